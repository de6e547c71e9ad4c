/* stats/direction.c -- do the values rise or fall from row to row?
 *
 * Rows without a value (null, NaN, malformed cells) are passed over; of values of 8-byte lanes. A state is a list of segments, stretches of rows that were
 * looked at one after the other: their first and last value, and how often the next value was larger, equal, smaller. Segments in the order
 * of (file, row) are joined end to end, so any split and any order of merging give the same answer: the last value of one stands
 * before the first of the next. Exact.
 */
#include <stdlib.h>

#include "stats/order_key.h"
#include "stats/selection.h"

struct segment {
    int64_t file, from_row, last_row; /* rows, whether or not they have a value */
    int64_t n;                        /* values */
    uint64_t first, last;             /* keys; 0 without values */
    int64_t rises, stays, falls;
};

struct direction {
    struct moments_counts counts;
    struct memory *memory;
    enum lane lane;
    struct segment *at;
    size_t n, capacity;
    struct buffer packed;
};

static const struct field fields[] = {
    COUNTS_FIELDS(struct direction, counts),
    {.name = "segments", .type = FIELD_BLOB, .offset = offsetof(struct direction, packed), .doc = "stretches of rows, nine numbers each"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct direction *d = state;

    (void)err;
    memset(d, 0, sizeof *d);
    d->memory = d->packed.memory = setup->memory;
    d->lane = type_lane(setup->types[0]);
    return STATUS_OK;
}

static enum status no_room(const struct direction *d, struct error *err)
{
    return memory_error(d->memory, "the order of rows", err);
}

/* b's rows come after a's. */
static void join(struct segment *a, const struct segment *b)
{
    if (a->n && b->n) {
        a->rises += b->first > a->last;
        a->stays += b->first == a->last;
        a->falls += b->first < a->last;
    }
    a->first = a->n ? a->first : b->first;
    a->last = b->n ? b->last : a->last;
    a->n += b->n;
    a->rises += b->rises;
    a->stays += b->stays;
    a->falls += b->falls;
    a->last_row = b->last_row;
}

static enum status append(struct direction *d, const struct segment *s, struct error *err)
{
    void *at = d->at;
    bool ok = mem_grow(d->memory, &at, &d->capacity, d->n + 1, sizeof *d->at);

    d->at = at;
    if (!ok)
        return no_room(d, err);
    d->at[d->n++] = *s;
    return STATUS_OK;
}

static bool touches(const struct segment *a, const struct segment *b)
{
    return a->file == b->file && a->last_row + 1 == b->from_row;
}

/* n equal values one after the other. */
static struct segment run_of(uint64_t key, int64_t n, int64_t last_row)
{
    return (struct segment){.n = n, .first = key, .last = key, .stays = n - 1, .last_row = last_row};
}

static void look_at(struct segment *s, struct selection *selected, const struct vector *v, int64_t n_rows)
{
    const uint64_t *flat;
    struct segment one;

    if (v->shape == SHAPE_CONSTANT) { /* a run costs one step, however long it is */
        uint64_t value;

        if (selected->counts.n_values == 0)
            return;
        memcpy(&value, v->values, sizeof value);
        one = run_of(order_key(v->lane, value), selected->counts.n_values, s->last_row);
        join(s, &one);
        return;
    }
    flat = selection_flat(selected, v);
    FOR_EACH_BIT(i, selected->values, n_rows) {
        one = run_of(order_key(v->lane, flat[i]), 1, s->last_row);
        join(s, &one);
    }
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct direction *d = state;
    const struct vector *v = in->columns[0];
    struct segment s = {.file = in->file, .from_row = in->first_row, .last_row = in->first_row + in->n_rows - 1};
    struct selection selected;

    TRY(selection_make(&selected, in, err));
    counts_add(&d->counts, &selected.counts);
    if (in->n_rows == 0 || v->lane != d->lane || lane_width(v->lane) != sizeof(uint64_t) || in->row_of)
        return STATUS_OK;
    look_at(&s, &selected, v, in->n_rows);
    if (d->n && touches(&d->at[d->n - 1], &s)) {
        join(&d->at[d->n - 1], &s);
        return STATUS_OK;
    }
    return append(d, &s, err);
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct direction *a = into;
    const struct direction *b = from;

    counts_add(&a->counts, &b->counts);
    for (size_t i = 0; i < b->n; i++)
        TRY(append(a, &b->at[i], err));
    return STATUS_OK;
}

static int compare(const void *x, const void *y)
{
    const struct segment *a = x, *b = y;

    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return (a->from_row > b->from_row) - (a->from_row < b->from_row);
}

/* All segments as one, in the order of their rows. */
static bool joined(const struct direction *d, struct segment *out)
{
    struct segment *sorted = mem_alloc(d->memory, (d->n + 1) * sizeof *sorted);

    if (!sorted)
        return false;
    if (d->n) {
        memcpy(sorted, d->at, d->n * sizeof *sorted);
        qsort(sorted, d->n, sizeof *sorted, compare);
        *out = sorted[0];
    }
    for (size_t i = 1; i < d->n; i++)
        join(out, &sorted[i]);
    mem_free(d->memory, sorted);
    return true;
}

/* Neighbours that touch become one, so that equal states have equal bytes however the rows were dealt out. */
static void canonical(struct direction *d)
{
    size_t kept = 0;

    if (d->n == 0)
        return;
    qsort(d->at, d->n, sizeof *d->at, compare);
    for (size_t i = 1; i < d->n; i++) {
        if (touches(&d->at[kept], &d->at[i]))
            join(&d->at[kept], &d->at[i]);
        else
            d->at[++kept] = d->at[i];
    }
    d->n = kept + 1;
}

static enum status pack(void *state, struct error *err)
{
    struct direction *d = state;

    canonical(d);
    d->packed.size = 0;
    return buffer_add(&d->packed, d->at, d->n * sizeof *d->at) ? STATUS_OK : no_room(d, err);
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct direction *d = state;

    if (d->packed.size % sizeof *d->at)
        return error_set(err, STATUS_BAD_DATA, "the saved order of rows ends within a segment");
    for (size_t i = 0; i < d->packed.size; i += sizeof *d->at) {
        struct segment s;

        memcpy(&s, d->packed.at + i, sizeof s);
        if (s.file < 0 || (setup->file_numbers && s.file >= setup->n_file_numbers) || s.n < 0 || s.rises < 0 || s.stays < 0 || s.falls < 0 || s.last_row < s.from_row)
            return error_set(err, STATUS_BAD_DATA, "the saved order of rows contradicts itself");
        s.file = setup->file_numbers ? setup->file_numbers[s.file] : s.file;
        TRY(append(d, &s, err));
    }
    buffer_done(&d->packed);
    d->packed.memory = d->memory;
    return STATUS_OK;
}

static void done(void *state)
{
    struct direction *d = state;

    mem_free(d->memory, d->at);
    buffer_done(&d->packed);
    memset(d, 0, sizeof *d);
}

const struct metric metric_direction = {
    .name = "direction",
    .doc = "whether the values rise or fall from row to row",
    .state_size = sizeof(struct direction),
    .fields = fields,
    .init = init,
    .add = add,
    .merge = merge,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

bool direction_steps(const void *state, struct direction_steps *out)
{
    struct segment all = {0};

    if (!joined(state, &all))
        return false;
    *out = (struct direction_steps){all.rises, all.stays, all.falls};
    return true;
}
