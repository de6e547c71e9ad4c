/* stats/sketch.c -- quantiles in one round and little memory, with bounds that are certain.
 *
 * A histogram of the order keys (order_key.h) without their lowest bits: as many bits are dropped as are needed for the values seen
 * to fall into at most CELLS_MAX different cells, and no more. The number of cells at a level only grows with the values and
 * shrinks with the level, so the level that is reached in the end depends on the values alone: any order, any split and any
 * order of merging give the same state. (The idea of collapsing all cells alike is that of UDDSketch, Epicoco and others,
 * "UDDSketch: Accurate Tracking of Quantiles in Data Streams", IEEE Access 8 (2020); its cells are powers of a base, ours are
 * the leading bits of a number, which costs no logarithm.)
 *
 * Every value lies in a known cell, so each order statistic lies between the ends of one cell, for certain. The estimate is the cell's middle.
 * Cells of doubles have a relative width: 2^-8 to 2^-10 for values over thirty powers of two. Cells of integers, dates and times have
 * an absolute one: the span of the values divided by about CELLS_MAX. Fewer different values than CELLS_MAX are exact.
 * Null, NaN and malformed cells are no values; infinities are.
 */
#include "stats/order_key.h"
#include "stats/quantile_rules.h"
#include "stats/selection.h"

#include <stdlib.h>

enum { CELLS_MAX = 1 << 14, TABLE_BITS = 15, TABLE_SIZE = 1 << TABLE_BITS, LEVEL_MAX = 63 };

struct cell { uint64_t at; int64_t n; }; /* keys >> level; n 0: a free place */

struct sketch {
    struct moments_counts counts;
    struct quantiles_params params;
    struct type type;
    struct memory *memory;
    int64_t level;      /* bits dropped */
    struct cell *table; /* TABLE_SIZE, or NULL while there is no value */
    int64_t n_cells;
    uint64_t least, most; /* keys of the smallest and largest value, which bound the first and last cell */
    struct cell *sorted; /* after the last round */
    struct buffer packed;
};

static const struct field fields[] = {
    COUNTS_FIELDS(struct sketch, counts),
    {.name = "level", .type = FIELD_I64, .offset = offsetof(struct sketch, level), .count = 1, .doc = "bits dropped of each key"},
    {.name = "least", .type = FIELD_U64, .offset = offsetof(struct sketch, least), .count = 1, .doc = "smallest key"},
    {.name = "most", .type = FIELD_U64, .offset = offsetof(struct sketch, most), .count = 1, .doc = "largest key"},
    {.name = "cells", .type = FIELD_BLOB, .offset = offsetof(struct sketch, packed), .doc = "key without them, and values; ascending"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct sketch *s = state;
    const struct quantiles_params *params = setup->params;

    memset(s, 0, sizeof *s);
    if (lane_width(type_lane(setup->types[0])) != sizeof(uint64_t))
        return error_set(err, STATUS_UNSUPPORTED, "quantiles of text, binary and decimals of more than 18 digits are not supported");
    if (params)
        s->params = *params;
    s->type = setup->types[0];
    s->least = UINT64_MAX;
    s->memory = s->packed.memory = setup->memory;
    return STATUS_OK;
}

static enum status no_room(const struct sketch *s, struct error *err)
{
    return memory_error(s->memory, "approximate quantiles", err);
}

static enum status ready(struct sketch *s, struct error *err)
{
    if (!s->table)
        s->table = mem_alloc(s->memory, TABLE_SIZE * sizeof *s->table);
    return s->table ? STATUS_OK : no_room(s, err);
}

static void put(struct sketch *s, uint64_t at, int64_t n)
{
    size_t place = (size_t)(at * 0x9e3779b97f4a7c15 >> (64 - TABLE_BITS));

    while (s->table[place].n && s->table[place].at != at)
        place = (place + 1) % TABLE_SIZE;
    s->n_cells += s->table[place].n == 0;
    s->table[place].at = at;
    s->table[place].n += n;
}

/* Two cells become one, until there are few enough or the level is `least`. */
static enum status collapse(struct sketch *s, int64_t least, struct error *err)
{
    struct cell *old = mem_alloc(s->memory, TABLE_SIZE * sizeof *old);

    if (!old)
        return no_room(s, err);
    while (s->level < LEVEL_MAX && (s->n_cells > CELLS_MAX || s->level < least)) {
        struct cell *swap = s->table;
        int64_t by = s->n_cells > CELLS_MAX ? 1 : least - s->level;

        s->table = old;
        old = swap;
        memset(s->table, 0, TABLE_SIZE * sizeof *s->table);
        s->n_cells = 0;
        s->level += by;
        for (size_t i = 0; i < TABLE_SIZE; i++)
            if (old[i].n)
                put(s, old[i].at >> by, old[i].n);
    }
    mem_free(s->memory, old);
    return STATUS_OK;
}

static void widen(struct sketch *s, uint64_t least, uint64_t most)
{
    s->least = least < s->least ? least : s->least;
    s->most = most > s->most ? most : s->most;
}

static enum status add_key(struct sketch *s, uint64_t key, int64_t times, struct error *err)
{
    widen(s, key, key);
    put(s, key >> s->level, times);
    return s->n_cells > CELLS_MAX ? collapse(s, s->level, err) : STATUS_OK;
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct sketch *s = state;
    const struct vector *v = in->columns[0];
    struct selection selected;
    const uint64_t *flat;

    TRY(selection_make(&selected, in, err));
    counts_add(&s->counts, &selected.counts);
    if (selected.counts.n_values == 0 || lane_width(v->lane) != sizeof *flat)
        return STATUS_OK;
    TRY(ready(s, err));
    if (v->shape == SHAPE_CONSTANT)
        return add_key(s, order_key(v->lane, v->u64[0]), selected.counts.n_values, err);
    flat = selection_flat(&selected, v);
    FOR_EACH_BIT(i, selected.values, in->n_rows)
        TRY(add_key(s, order_key(v->lane, flat[i]), 1, err));
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct sketch *a = into;
    const struct sketch *b = from;

    counts_add(&a->counts, &b->counts);
    mem_free(a->memory, a->sorted);
    a->sorted = NULL;
    if (!b->table)
        return STATUS_OK;
    TRY(ready(a, err));
    widen(a, b->least, b->most);
    if (a->level < b->level)
        TRY(collapse(a, b->level, err));
    for (size_t i = 0; i < TABLE_SIZE; i++) {
        if (b->table[i].n == 0)
            continue;
        put(a, b->table[i].at >> (a->level - b->level), b->table[i].n);
        if (a->n_cells > CELLS_MAX)
            TRY(collapse(a, a->level, err));
    }
    return STATUS_OK;
}

static int by_place(const void *x, const void *y)
{
    const struct cell *a = x, *b = y;

    return (a->at > b->at) - (a->at < b->at);
}

/* `sorted`: n_cells of them, and at least one. */
static enum status sort(struct sketch *s, struct error *err)
{
    size_t n = 0;

    mem_free(s->memory, s->sorted);
    s->sorted = mem_alloc(s->memory, ((size_t)s->n_cells + 1) * sizeof *s->sorted);
    if (!s->sorted)
        return no_room(s, err);
    for (size_t i = 0; s->table && i < TABLE_SIZE; i++)
        if (s->table[i].n)
            s->sorted[n++] = s->table[i];
    qsort(s->sorted, n, sizeof *s->sorted, by_place);
    return STATUS_OK;
}

static enum status next_round(void *state, bool *wanted, struct error *err)
{
    *wanted = false;
    return sort(state, err);
}

static enum status fork(void *state, const void *merged, const struct metric_setup *setup, struct error *err)
{
    (void)merged;
    return init(state, setup, err);
}

static enum status pack(void *state, struct error *err)
{
    struct sketch *s = state;

    TRY(sort(s, err));
    s->packed.size = 0;
    return buffer_add(&s->packed, s->sorted, (size_t)s->n_cells * sizeof *s->sorted) ? STATUS_OK : no_room(s, err);
}

/* Ascending, as few as are allowed, of keys that have so many bits, and as many values as the counts say. */
static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct sketch *s = state;
    size_t n = s->packed.size / sizeof(struct cell);
    struct cell c = {0}, before = {0};
    int64_t total = 0;

    (void)setup;
    if (s->packed.size % sizeof c || n > CELLS_MAX || s->level < 0 || s->level > LEVEL_MAX)
        return error_set(err, STATUS_BAD_DATA, "a saved state of approximate quantiles contradicts itself");
    if (n)
        TRY(ready(s, err));
    for (size_t i = 0; i < n; i++, before = c) {
        memcpy(&c, s->packed.at + i * sizeof c, sizeof c);
        if ((i && c.at <= before.at) || (c.at << s->level >> s->level) != c.at || c.n < 1 || c.n > s->counts.n_values - total)
            return error_set(err, STATUS_BAD_DATA, "cells of a saved state of approximate quantiles are no cells");
        total += c.n;
        put(s, c.at, c.n);
    }
    if (total != s->counts.n_values || (n && (s->least > s->most || s->most >> s->level != c.at)))
        return error_set(err, STATUS_BAD_DATA, "a saved state of approximate quantiles lacks values or has others");
    buffer_done(&s->packed);
    s->packed.memory = s->memory;
    return STATUS_OK;
}

static void done(void *state)
{
    struct sketch *s = state;

    mem_free(s->memory, s->table);
    mem_free(s->memory, s->sorted);
    buffer_done(&s->packed);
    memset(s, 0, sizeof *s);
}

const struct metric metric_sketch = {
    .name = "sketch",
    .doc = "order statistics between certain bounds, in one round",
    .state_size = sizeof(struct sketch),
    .fields = fields,
    .init = init,
    .add = add,
    .merge = merge,
    .next_round = next_round,
    .fork = fork,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

/* The cell that holds the sample of this rank. */
static const struct cell *cell_of(const struct sketch *s, int64_t rank)
{
    int64_t i = 0;

    for (int64_t below = 0; i < s->n_cells - 1 && below + s->sorted[i].n <= rank; i++)
        below += s->sorted[i].n;
    return &s->sorted[i];
}

/* 0: its lower end, 1: its upper end, 2: the middle; no further out than the values go. */
static uint64_t end_of(const struct sketch *s, const struct cell *c, int which)
{
    uint64_t low = c->at << s->level, high = low + (((uint64_t)1 << s->level) - 1);

    low = low < s->least ? s->least : low;
    high = high > s->most ? s->most : high;
    return order_key_bits(type_lane(s->type), which == 0 ? low : which == 1 ? high : low + (high - low) / 2);
}

bool sketch_quantile(const void *state, int32_t i, struct value *estimate, struct value *low, struct value *high)
{
    const struct sketch *s = state;
    struct value *const out[] = {low, high, estimate};
    const struct cell *a, *b;
    struct quantile_place place;

    if (!s->sorted || i < 0 || i >= s->params.n || s->counts.n_values == 0)
        return false;
    place = quantile_place(s->params.method, s->params.at[i], s->counts.n_values);
    a = cell_of(s, place.low);
    b = place.part > 0 ? cell_of(s, place.low + 1) : a;
    for (int which = 0; which < 3; which++)
        *out[which] = quantile_between(s->type, end_of(s, a, which), end_of(s, b, which), &place);
    return true;
}

struct moments_counts sketch_counts(const void *state)
{
    return ((const struct sketch *)state)->counts;
}
