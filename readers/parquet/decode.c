/* readers/parquet/decode.c -- rows of the current page to a vector.
 *
 * First the levels become a validity bitmap, or nothing where one run says that all rows are there. Then the non-null values are
 * decoded densely and spread to their rows from the back, in place. Where nothing has to be moved or widened the vector
 * points at the page itself; a run of one dictionary entry becomes a CONSTANT, whatever its length.
 */
#include "readers/parquet/scan.h"

void *column_room(struct column_scan *c, struct buffer *buffer, int64_t n, size_t item, struct error *err)
{
    buffer->memory = c->pages.file->memory;
    if (buffer_reserve(buffer, (size_t)n * item)) /* n <= CHUNK_MAX_ROWS */
        return buffer->at;
    (void)memory_error(buffer->memory, "a column's values", err);
    return NULL;
}

enum status column_all_null(struct column_scan *c, int64_t n, struct vector *out, struct error *err)
{
    uint64_t *map = column_room(c, &c->valid, (int64_t)BITMAP_WORDS(n), sizeof *map, err);

    if (!map)
        return err->status;
    memset(map, 0, BITMAP_WORDS(n) * sizeof *map);
    out->valid = map;
    out->n_nulls = n;
    return STATUS_OK;
}

/* Sets valid and n_nulls of `out`. */
static enum status decode_levels(struct column_scan *c, int64_t n, struct vector *out, struct error *err)
{
    struct hybrid *levels = &c->pages.levels;
    uint32_t max = (uint32_t)c->pages.leaf->max_def, level;
    uint64_t *map;
    int64_t n_set = 0;

    if (max == 0)
        return STATUS_OK;
    if (hybrid_is_constant(levels, n, &level) && level <= max) {
        if (!hybrid_skip(levels, n))
            return pages_problem(&c->pages, levels->problem, err);
        return level == max ? STATUS_OK : column_all_null(c, n, out, err);
    }
    TRY(column_all_null(c, n, out, err));
    map = (uint64_t *)(void *)c->valid.at;
    if (!hybrid_levels(levels, n, max, map, &n_set))
        return pages_problem(&c->pages, levels->problem, err);
    out->n_nulls = n - n_set;
    if (n_set == n)
        out->valid = NULL;
    return STATUS_OK;
}

#define SPREAD(name, element)                                                                   \
    static void name(element *x, const uint64_t *valid, int64_t n, int64_t n_valid)             \
    {                                                                                           \
        const element zero = {0};                                                               \
                                                                                                \
        for (int64_t i = n; i-- > 0 && n_valid < i + 1;) {                                      \
            bool is_valid = bit_get(valid, i);                                                  \
            element here;                                                                       \
                                                                                                \
            n_valid -= is_valid;                                                                \
            here = x[n_valid]; /* n_valid <= i: loaded either way, so that no branch is needed */ \
            x[i] = is_valid ? here : zero;                                                      \
        }                                                                                       \
    }
SPREAD(spread_u8, uint8_t)
SPREAD(spread_u32, uint32_t)
SPREAD(spread_u64, uint64_t)
SPREAD(spread_u128, uint128)
SPREAD(spread_span, struct span)

/* Moves the n_valid values at the front to the valid rows, zeroes the others. Done as soon as all that are left stand where
 * they belong. */
static void spread(enum lane lane, void *values, const uint64_t *valid, int64_t n, int64_t n_valid)
{
    switch (lane) {
    case LANE_BOOL: spread_u8(values, valid, n, n_valid); break;
    case LANE_I64: case LANE_U64: case LANE_F64: spread_u64(values, valid, n, n_valid); break;
    case LANE_I128: spread_u128(values, valid, n, n_valid); break;
    case LANE_BYTES: spread_span(values, valid, n, n_valid); break;
    case LANE_NONE: break;
    }
}

static enum status zeros(struct column_scan *c, int64_t n, struct vector *out, struct error *err)
{
    size_t width = lane_width(c->lane);
    void *to = column_room(c, &c->values, n, width, err);

    if (!to)
        return err->status;
    if (c->n_zeros < n)
        memset(to, 0, (size_t)n * width);
    c->n_zeros = n > c->n_zeros ? n : c->n_zeros;
    out->values = to;
    return STATUS_OK;
}

static enum status decode_constant(struct column_scan *c, int64_t n, uint32_t entry, struct vector *out,
                                   struct error *err)
{
    struct pages *p = &c->pages;

    if (entry >= (uint64_t)p->n_entries)
        return pages_problem(p, "a dictionary index is out of range", err);
    if (!hybrid_skip(&p->indices, n))
        return pages_problem(p, p->indices.problem, err);
    out->shape = SHAPE_CONSTANT;
    out->values = p->entries.at + entry * lane_width(c->lane);
    return STATUS_OK;
}

static enum status decode_indices(struct column_scan *c, int64_t n, int64_t n_valid, struct vector *out,
                                  struct error *err)
{
    struct pages *p = &c->pages;
    uint32_t entry, max = 0, *index;

    if (n_valid == n && hybrid_is_constant(&p->indices, n, &entry))
        return decode_constant(c, n, entry, out, err);
    index = column_room(c, &c->index, n, sizeof *index, err);
    if (!index)
        return err->status;
    if (!hybrid_read(&p->indices, index, n_valid, &max))
        return pages_problem(p, p->indices.problem, err);
    if (max >= (uint64_t)p->n_entries)
        return pages_problem(p, "a dictionary index is out of range", err);
    if (n_valid < n)
        spread_u32(index, out->valid, n, n_valid);
    out->shape = SHAPE_DICTIONARY;
    out->values = p->entries.at;
    out->n_entries = p->n_entries;
    out->entries_are_finite = p->entries_are_finite;
    out->dictionary_id = p->dictionary_id;
    out->index = index;
    return STATUS_OK;
}

static bool is_aligned(const void *at, size_t width) { return ((uintptr_t)at & (width < 8 ? width - 1 : 7)) == 0; }

static enum status decode_flat(struct column_scan *c, int64_t n, int64_t n_valid, struct vector *out, struct error *err)
{
    struct pages *p = &c->pages;
    size_t width = lane_width(c->lane);
    struct raw raw = {0};
    const char *problem = p->encoding->next(&p->values, n_valid, &raw);
    const void *as_is = raw.spans ? (const void *)raw.spans : raw.fixed;
    void *to;

    if (problem)
        return pages_problem(p, problem, err);
    if (n_valid == n && p->leaf->is_lane && !p->cast && is_aligned(as_is, width)) {
        out->values = as_is;
        return STATUS_OK;
    }
    c->n_zeros = 0;
    to = column_room(c, &c->values, n, width, err);
    if (!to)
        return err->status;
    problem = p->leaf->convert(p->leaf, raw, n_valid, to);
    if (!problem && p->cast)
        problem = cast_values(p->cast, to, n_valid);
    if (problem)
        return pages_problem(p, problem, err);
    if (n_valid < n)
        spread(c->lane, to, out->valid, n, n_valid);
    out->values = to;
    return STATUS_OK;
}

static enum status decode_values(struct column_scan *c, int64_t n, struct vector *out, struct error *err)
{
    int64_t n_valid = n - out->n_nulls;

    out->lane = c->lane;
    if (n_valid == 0)
        return c->lane == LANE_NONE ? STATUS_OK : zeros(c, n, out, err);
    TRY(pages_start_values(&c->pages, err));
    c->n_decoded += n_valid;
    return c->pages.is_dictionary ? decode_indices(c, n, n_valid, out, err) : decode_flat(c, n, n_valid, out, err);
}

/* A column of the null type, which other files may have given a type with values. */
static enum status no_values(struct column_scan *c, int64_t n, struct vector *out, struct error *err)
{
    TRY(column_all_null(c, n, out, err));
    return c->need == NEED_VALUES ? decode_values(c, n, out, err) : STATUS_OK;
}

enum status column_decode(struct column_scan *c, int64_t n, struct vector *out, struct error *err)
{
    *out = (struct vector){.type = c->type, .lane = LANE_NONE, .shape = SHAPE_FLAT, .n_rows = n};
    if (c->is_virtual)
        return c->is_null_type ? no_values(c, n, out, err) : STATUS_OK;
    if (c->pages.leaf->max_rep > 0)
        TRY(entries_take(c, n, out, err));
    else
        TRY(decode_levels(c, n, out, err));
    if (c->need == NEED_VALUES)
        TRY(decode_values(c, n, out, err));
    if (c->pages.leaf->max_rep == 0)
        c->pages.page_left -= n; /* for entries this was done when their levels were read */
    return c->pages.page_left == 0 && c->entries.n == 0 ? pages_finish(&c->pages, err) : STATUS_OK;
}

enum status column_skip(struct column_scan *c, int64_t n, struct error *err)
{
    struct vector ignored;

    while (n > 0) {
        int64_t part;

        if (c->pages.page_left == 0)
            TRY(pages_skip(&c->pages, &n, err));
        part = n < c->pages.page_left ? n : c->pages.page_left;
        part = pages_fit(&c->pages, part < CHUNK_MAX_ROWS ? part : CHUNK_MAX_ROWS);
        if (part > 0)
            TRY(column_decode(c, part, &ignored, err));
        n -= part;
    }
    c->n_decoded = 0; /* whoever the rows belong to counts them */
    return STATUS_OK;
}

/* Each buffer and what kind of spare it is. */
#define COLUMN_BUFFERS(c)                                                                                    \
    {{ROOM_WINDOW, &(c)->pages.window}, {ROOM_BODY, &(c)->pages.body}, {ROOM_DICTIONARY, &(c)->pages.dictionary_bytes}, \
     {ROOM_ENTRIES, &(c)->pages.entries}, {ROOM_SPANS, &(c)->pages.values.spans}, {ROOM_VALID, &(c)->valid}, \
     {ROOM_INDEX, &(c)->index}, {ROOM_VALUES, &(c)->values}}

struct column_buffer { enum room_kind kind; struct buffer *buffer; };

void column_settle_in(struct column_scan *c, struct read_room *room)
{
    const struct column_buffer buffers[] = COLUMN_BUFFERS(c);

    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++) {
        buffers[i].buffer->memory = c->pages.file->memory;
        read_room_take(room, buffers[i].kind, buffers[i].buffer);
    }
}

void column_done(struct column_scan *c, struct read_room *room)
{
    const struct column_buffer buffers[] = COLUMN_BUFFERS(c);

    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        read_room_give(room, buffers[i].kind, buffers[i].buffer);
    pages_close(&c->pages);
    buffer_done(&c->entries.definitions);
    buffer_done(&c->entries.repetitions);
    buffer_done(&c->entries.rows);
}
