/* readers/parquet/page_index.c -- what a file says of single pages: ColumnIndex and OffsetIndex of parquet.thrift (PageIndex.md).
 *
 * Both lie between the last row group and the footer, and are read for a column only when a page of it may be left out. They are
 * believed by the same three gates as the statistics of a whole chunk (summary.c). The file against itself means here: as many
 * entries as pages in each list; pages that begin at row 0 and at ascending rows, inside the chunk and one behind the other; a page that
 * is said to be null alone has as many nulls as rows, and no other has (parquet-java#3457); the nulls add up to those of the chunk; no
 * least value is above the greatest, and where an order of the bounds is declared they are in it. One contradiction, and nothing
 * of the index is believed.
 *
 * Bounds of pages may be cut or widened, and no flag says that they are exact.
 */
#include <math.h>

#include "readers/parquet/scan.h"
#include "readers/parquet/thrift.h"

enum { INDEX_MAX = 16 << 20 }; /* bytes of one of the two; a longer one is not read */
enum { BOUNDS_UNORDERED, BOUNDS_ASCENDING, BOUNDS_DESCENDING };

struct index {
    int32_t n;               /* pages */
    int64_t *first_rows;     /* of each */
    bool *is_null;
    struct span *min, *max;
    int64_t *nulls, *nans;   /* NULL: not said */
    int32_t order;
};

static const char no_list[] = "have a page index whose lists have different lengths";
static const char unreadable[] = "have a page index that cannot be read";

/* Its bytes in the arena; *out empty where there are none that could be looked at. */
static enum status load(const struct parquet_file *file, int64_t at, int32_t size, struct arena *arena, struct span *out, struct error *err)
{
    uint8_t *bytes;

    *out = span_of(NULL, 0);
    if (size <= 0 || size > INDEX_MAX || at < PARQUET_MAGIC_SIZE || at > file->footer_at - size)
        return STATUS_OK;
    bytes = arena_alloc(arena, (size_t)size);
    if (!bytes)
        return error_no_memory(err);
    TRY(source_read(file->table.source, at, bytes, (size_t)size, err));
    *out = span_of(bytes, (size_t)size);
    return STATUS_OK;
}

/* --- reading --- */

struct place { int64_t offset, first_row; int32_t size; };

/* PageLocation {1 offset, 2 compressed_page_size, 3 first_row_index}. */
static struct place read_place(struct thrift *t)
{
    struct place place = {-1, -1, -1};
    struct thrift_field f = {0};

    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1: (void)thrift_i64(t, &f, &place.offset); break;
        case 2: (void)thrift_i32(t, &f, &place.size); break;
        case 3: (void)thrift_i64(t, &f, &place.first_row); break;
        default: thrift_skip(t, f.type);
        }
    }
    return place;
}

static const char *read_places(struct thrift *t, struct index *x, const struct column_chunk *chunk, int64_t n_rows)
{
    int64_t end = chunk->start;

    for (int32_t i = 0; i < x->n && !t->problem; i++) {
        struct place place = read_place(t);

        if (place.offset < end || place.size <= 0 || place.offset - chunk->start > chunk->size - place.size)
            return "have a page index with pages outside the column chunk";
        if (i == 0 ? place.first_row != 0 : place.first_row <= x->first_rows[i - 1] || place.first_row >= n_rows)
            return "have a page index whose pages do not begin at ascending rows";
        end = place.offset + place.size;
        x->first_rows[i] = place.first_row;
    }
    return NULL;
}

static enum status read_offset_index(struct span bytes, struct index *x, const struct column_chunk *chunk, int64_t n_rows,
                                     struct arena *arena, const char **problem, struct error *err)
{
    struct thrift_field f = {0};
    struct thrift t;

    thrift_start(&t, bytes);
    while (!*problem && thrift_next(&t, &f)) {
        if (f.id != 1 || x->first_rows || !thrift_list(&t, &f, THRIFT_STRUCT, &x->n)) {
            if (f.id != 1 || x->first_rows)
                thrift_skip(&t, f.type);
            continue;
        }
        x->first_rows = arena_array(arena, (size_t)x->n + 1, sizeof *x->first_rows);
        if (!x->first_rows)
            return error_no_memory(err);
        *problem = read_places(&t, x, chunk, n_rows);
    }
    if (!*problem && (t.problem || !x->first_rows))
        *problem = unreadable;
    return STATUS_OK;
}

/* Room for one item a page, where the list has as many; *out NULL with *problem set where it has not. */
static enum status list_room(const struct index *x, int32_t n, size_t item, struct arena *arena, void **out, const char **problem,
                             struct error *err)
{
    *out = NULL;
    if (n != x->n) {
        *problem = no_list;
        return STATUS_OK;
    }
    *out = arena_array(arena, (size_t)n + 1, item);
    return *out ? STATUS_OK : error_no_memory(err);
}

static enum status read_numbers(struct thrift *t, const struct thrift_field *f, const struct index *x, struct arena *arena, int64_t **out,
                                const char **problem, struct error *err)
{
    void *room;
    int32_t n;

    if (!thrift_list(t, f, THRIFT_I64, &n))
        return STATUS_OK;
    TRY(list_room(x, n, sizeof **out, arena, &room, problem, err));
    *out = room;
    for (int32_t i = 0; *out && i < n; i++)
        (*out)[i] = thrift_list_i64(t);
    return STATUS_OK;
}

static enum status read_bounds(struct thrift *t, const struct thrift_field *f, const struct index *x, struct arena *arena,
                               struct span **out, const char **problem, struct error *err)
{
    void *room;
    int32_t n;

    if (!thrift_list(t, f, THRIFT_BINARY, &n))
        return STATUS_OK;
    TRY(list_room(x, n, sizeof **out, arena, &room, problem, err));
    *out = room;
    for (int32_t i = 0; *out && i < n; i++)
        (*out)[i] = thrift_list_binary(t);
    return STATUS_OK;
}

static enum status read_null_pages(struct thrift *t, const struct thrift_field *f, struct index *x, struct arena *arena,
                                   const char **problem, struct error *err)
{
    void *room;
    int32_t n;

    if (!thrift_list(t, f, THRIFT_TRUE, &n))
        return STATUS_OK;
    TRY(list_room(x, n, sizeof *x->is_null, arena, &room, problem, err));
    x->is_null = room;
    for (int32_t i = 0; x->is_null && i < n; i++)
        x->is_null[i] = thrift_list_bool(t);
    return STATUS_OK;
}

static enum status read_column_index(struct span bytes, struct index *x, struct arena *arena, const char **problem, struct error *err)
{
    struct thrift_field f = {0};
    struct thrift t;

    thrift_start(&t, bytes);
    while (!*problem && thrift_next(&t, &f)) {
        switch (f.id) {
        case 1: TRY(read_null_pages(&t, &f, x, arena, problem, err)); break;
        case 2: TRY(read_bounds(&t, &f, x, arena, &x->min, problem, err)); break;
        case 3: TRY(read_bounds(&t, &f, x, arena, &x->max, problem, err)); break;
        case 4: (void)thrift_i32(&t, &f, &x->order); break;
        case 5: TRY(read_numbers(&t, &f, x, arena, &x->nulls, problem, err)); break;
        case 8: TRY(read_numbers(&t, &f, x, arena, &x->nans, problem, err)); break;
        default: thrift_skip(&t, f.type);
        }
    }
    if (!*problem && (t.problem || !x->is_null || !x->min || !x->max))
        *problem = unreadable;
    return STATUS_OK;
}

/* --- the index against itself --- */

static int64_t page_rows(const struct index *x, int32_t page, int64_t n_rows)
{
    return (page + 1 < x->n ? x->first_rows[page + 1] : n_rows) - x->first_rows[page];
}

static const char *check_counts(const struct index *x, const struct leaf *leaf, struct type type, int64_t n_rows)
{
    for (int32_t i = 0; i < x->n; i++) {
        int64_t rows = page_rows(x, i, n_rows), nulls = x->nulls ? x->nulls[i] : 0;

        if (nulls < 0 || nulls > rows || (leaf->max_def == 0 && nulls > 0))
            return "have a page index with more nulls than can be";
        if (x->nulls ? x->is_null[i] != (nulls == rows) : x->is_null[i] && leaf->max_def == 0)
            return "have a page index that calls a page null and counts otherwise";
        if (x->nans && type_is_float(type) && (x->nans[i] < 0 || x->nans[i] > rows - nulls))
            return "have a page index with a NaN count that is not between 0 and the number of values";
    }
    return NULL;
}

static bool is_nan(const struct value *v) { return v->kind == VALUE_DOUBLE && isnan(v->f64); }

/* Is `b` on the wrong side of `a`, for an order of the bounds that is declared? */
static bool is_out_of_order(int32_t declared, const struct value *a, const struct value *b)
{
    int order;

    if (declared == BOUNDS_UNORDERED || !value_compare(a, b, &order))
        return false;
    return declared == BOUNDS_ASCENDING ? order > 0 : declared == BOUNDS_DESCENDING && order < 0;
}

static const char *add_bounds(const struct parquet_file *file, int32_t column, const struct index *x, struct page_facts *pages)
{
    const struct leaf *leaf = &file->leaves[column];
    struct type type = file->table.schema.columns[column].type;
    const struct column_summary *before = NULL;

    for (int32_t i = 0; i < x->n; i++) {
        struct column_summary *s = &pages[i].summary;
        const char *problem;
        int order;

        if (x->is_null[i] || (x->nans && x->nans[i] > 0 && x->nulls && x->nans[i] + x->nulls[i] == s->n_rows))
            continue; /* bounds of no value are nobody's */
        problem = summary_bound(leaf, type, x->min[i], &s->min);
        if (!problem)
            problem = summary_bound(leaf, type, x->max[i], &s->max);
        if (problem)
            return "have a page index with a bound that is no value of the type";
        if (is_nan(&s->min) || is_nan(&s->max) || !value_compare(&s->min, &s->max, &order))
            continue;
        if (order > 0)
            return "have a page index with a least value that is above the greatest";
        if (before && (is_out_of_order(x->order, &before->min, &s->min) || is_out_of_order(x->order, &before->max, &s->max)))
            return "have a page index whose bounds are not in the order that it declares";
        before = s;
        s->has_bounds = (file->writer.flags & TRUST_BOUNDS) != 0;
        s->min_is_exact = s->max_is_exact = order == 0;
    }
    return NULL;
}

static void add_counts(const struct parquet_file *file, int32_t column, const struct index *x, struct page_facts *pages)
{
    const struct leaf *leaf = &file->leaves[column];
    bool is_trusted = leaf->depth == 1 && (file->writer.flags & TRUST_NULLS);

    for (int32_t i = 0; i < x->n && is_trusted; i++) {
        struct column_summary *s = &pages[i].summary;

        if (leaf->max_def > 0 && !s->has_nulls_count && (x->nulls || x->is_null[i])) {
            s->has_nulls_count = true;
            s->n_nulls = x->nulls ? x->nulls[i] : s->n_rows;
            s->nulls_evidence = EVIDENCE_PAGE_INDEX;
        }
        if (x->nans && type_is_float(file->table.schema.columns[column].type)) {
            s->has_nan_count = true;
            s->n_nans = x->nans[i];
        }
    }
}

/* The chunk's own null count, where it is one that is believed, is the sum of those of its pages. */
static enum status check_sum(struct table *table, int32_t unit, int32_t column, const struct index *x, const char **problem,
                             struct error *err)
{
    struct column_summary s;
    int64_t sum = 0;

    TRY(parquet_summary(table, unit, column, &s, err));
    if (!x->nulls || !s.has_nulls_count || s.nulls_evidence != EVIDENCE_FOOTER)
        return STATUS_OK;
    for (int32_t i = 0; i < x->n; i++)
        sum += x->nulls[i]; /* each is at most its page's rows */
    if (sum != s.n_nulls)
        *problem = "have a page index whose nulls are not those of the column chunk";
    return STATUS_OK;
}

/* --- all of it --- */

static enum status make_facts(struct table *table, int32_t unit, int32_t column, const struct index *x, struct arena *arena,
                              struct page_facts **out, const char **problem, struct error *err)
{
    const struct parquet_file *file = (const struct parquet_file *)table;
    int64_t n_rows = file->row_groups[unit].n_rows;
    struct page_facts *pages = arena_array(arena, (size_t)x->n, sizeof *pages);

    if (!pages)
        return error_no_memory(err);
    for (int32_t i = 0; i < x->n; i++) {
        pages[i] = (struct page_facts){x->first_rows[i], summary_by_schema(file, unit, column)};
        pages[i].summary.n_rows = page_rows(x, i, n_rows);
    }
    *problem = check_counts(x, &file->leaves[column], table->schema.columns[column].type, n_rows);
    if (!*problem)
        TRY(check_sum(table, unit, column, x, problem, err));
    if (!*problem && !file->leaves[column].refused && summary_is_ordered(file, column, x->nans != NULL))
        *problem = add_bounds(file, column, x, pages);
    if (!*problem)
        add_counts(file, column, x, pages);
    *out = pages;
    return STATUS_OK;
}

enum status parquet_page_facts(struct table *table, int32_t unit, int32_t column, struct arena *arena, struct page_facts **out,
                               int32_t *n, const char **problem, struct error *err)
{
    const struct parquet_file *file = (const struct parquet_file *)table;
    const struct column_chunk *chunk = &file->row_groups[unit].chunks[column];
    struct type type = table->schema.columns[column].type;
    struct index x = {0};
    struct span columns, offsets;

    *out = NULL;
    *n = 0;
    *problem = NULL;
    if (file->leaves[column].max_rep > 0 || type.kind == TYPE_NULL || chunk->is_elsewhere || chunk->is_encrypted || !chunk->has_metadata ||
        file->row_groups[unit].n_rows == 0)
        return STATUS_OK;
    TRY(load(file, chunk->offset_index_at, chunk->offset_index_size, arena, &offsets, err));
    TRY(load(file, chunk->column_index_at, chunk->column_index_size, arena, &columns, err));
    if (offsets.size == 0 || columns.size == 0)
        return STATUS_OK;
    TRY(read_offset_index(offsets, &x, chunk, file->row_groups[unit].n_rows, arena, problem, err));
    if (!*problem)
        TRY(read_column_index(columns, &x, arena, problem, err));
    if (!*problem && x.n > 0)
        TRY(make_facts(table, unit, column, &x, arena, out, problem, err));
    *n = *problem ? 0 : x.n;
    return STATUS_OK;
}

/* --- the way to a page --- */

/* Goes through the list up to the end of the part; what the whole of it says was checked when it was believed. */
static bool find_place(struct thrift *t, int32_t n, const struct unit_part *part, int64_t n_rows, struct page_place *out)
{
    struct place place = {0};
    bool is_found = false;

    for (int32_t i = 0; i < n; i++) {
        struct place next = read_place(t);

        if (t->problem || next.size <= 0 || next.offset < 0 || (i > 0 && (next.first_row <= place.first_row || next.offset <= place.offset)))
            return false;
        if (is_found && next.first_row > part->first_row && out->n_rows == 0)
            out->n_rows = next.first_row - out->first_row;
        if (next.first_row <= part->first_row) {
            *out = (struct page_place){next.offset, next.first_row, 0, next.size, 0};
            is_found = true;
        }
        if (next.first_row < part->first_row + part->n_rows && is_found)
            out->extent = next.offset + next.size - out->offset;
        else if (is_found)
            return true;
        place = next;
    }
    if (is_found && out->n_rows == 0)
        out->n_rows = n_rows - out->first_row;
    return is_found;
}

bool page_index_find(const struct parquet_file *file, int32_t unit, int32_t column, const struct unit_part *part, struct page_place *out)
{
    const struct column_chunk *chunk = &file->row_groups[unit].chunks[column];
    struct error ignored = ERROR_NONE;
    struct thrift_field f = {0};
    struct span bytes;
    struct arena arena;
    struct thrift t;
    bool is_found = false;
    int32_t n;

    arena_init(&arena, file->memory, 0);
    if (load(file, chunk->offset_index_at, chunk->offset_index_size, &arena, &bytes, &ignored) == STATUS_OK && bytes.size > 0) {
        thrift_start(&t, bytes);
        if (thrift_next(&t, &f) && f.id == 1 && thrift_list(&t, &f, THRIFT_STRUCT, &n))
            is_found = find_place(&t, n, part, file->row_groups[unit].n_rows, out);
    }
    arena_done(&arena);
    return is_found;
}
