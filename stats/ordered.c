/* stats/ordered.c -- the distinct values of a column in order, and how often each occurs: what the KS test needs of a reference.
 *
 * Values become 64-bit keys of one order (order_key.h). New keys wait unsorted; when as many wait as are known, at least PENDING_LEAST,
 * they are sorted by radix and merged with the known ones, so every key takes part in a logarithmic number of merges and memory
 * stays with the distinct values. Rows of a dictionary are only counted, and its entries sorted once. Null, NaN and malformed cells are no values; infinities are. Merges by union: any split and any
 * order give the same keys and counts.
 *
 * What lies where among them a guide tells (guide.h), in a few steps whatever their number.
 *
 * Beyond a limit of distinct values (a property of the union, so the same for any split) they are counted by their leading 16 bits; a
 * further round counts them in some 2^16 buckets between the outermost keys, cut evenly where the first round saw many, up to three more
 * cut what is still crowded. Where buckets begin depends on the values alone. What a test then needs of single values is
 * told by its batch (ks.c: ordered_want), and collected in a last round: memory is that of the buckets and of what is wanted. A saved
 * reference (knots.c) is such buckets.
 *
 * Integers and decimals that are compared with a finer scale or unit are multiplied; what leaves 64 bits then is taken as the
 * outermost value, which keeps the order. Compared with floats they are the nearest double.
 */
#include "stats/ordered.h"

#include <math.h>
#include <stdlib.h>

#include "core/utf8.h"
#include "kernels/kernels.h"
#include "stats/bignum.h"
#include "stats/order_key.h"

enum { COARSE_BITS = 16, COARSE = 1 << COARSE_BITS, BUCKETS_WANTED = 1 << 16, BUCKETS_MOST = 1 << 18, BUCKETS_MAX = 1 << 20, BUCKET_ROUNDS = 4 };
enum { PENDING_LEAST = 1 << 16, RADIX_BITS = 8, RADIX = 1 << RADIX_BITS, PASSES = 64 / RADIX_BITS };

static const struct field fields[] = {
    COUNTS_FIELDS(struct ordered, counts),
    {.name = "is_coarse", .type = FIELD_I64, .offset = offsetof(struct ordered, is_coarse), .doc = "what is saved: 0 values, 1 counts by leading bits, 2 counts between knots"},
    {.name = "has_sums", .type = FIELD_I64, .offset = offsetof(struct ordered, has_sums), .doc = "1: sums were asked for"},
    {.name = "sum", .type = FIELD_I64, .offset = offsetof(struct ordered, sums.sum), .count = EXACT_LIMBS + 4, .doc = "of values that are not kept one by one, where asked for"},
    {.name = "squares", .type = FIELD_I64, .offset = offsetof(struct ordered, sums.squares), .count = EXACT_LIMBS + 4, .doc = "of their squares"},
    {.name = "knots", .type = FIELD_BLOB, .offset = offsetof(struct ordered, packed), .doc = "keys ascending, then their counts"},
    {0},
};

/* --- comparing types --- */

static bool is_whole(struct type type)
{
    return type_is_numeric(type) && !type_is_float(type) && lane_width(type_lane(type)) == sizeof(uint64_t) &&
           type.scale >= 0 && type.scale <= 18;
}

bool ordered_common(struct type a, struct type b, struct type *out)
{
    if (type_is_temporal(a) && a.kind == b.kind && a.is_utc == b.is_utc) {
        *out = a;
        out->unit = a.unit > b.unit ? a.unit : b.unit;
        return true;
    }
    if (!(is_whole(a) || type_is_float(a)) || !(is_whole(b) || type_is_float(b)))
        return false;
    *out = (struct type){.kind = TYPE_DOUBLE};
    if (type_is_float(a) || type_is_float(b))
        return true;
    out->kind = type_lane(a) == LANE_U64 && type_lane(b) == LANE_U64 ? TYPE_UINT64 : TYPE_INT64;
    if (a.scale != 0 || b.scale != 0)
        *out = (struct type){.kind = TYPE_DECIMAL, .precision = 18, .scale = a.scale > b.scale ? a.scale : b.scale};
    return true;
}

static int64_t power_of_unit(enum time_unit from, enum time_unit to)
{
    int64_t factor = 1;

    for (int u = from; u < (int)to; u++)
        factor *= 1000;
    return factor;
}

bool order_init(struct order *order, struct type from, struct type as)
{
    struct type common;

    *order = (struct order){.from = type_lane(from), .to = type_lane(as), .factor = 1, .divisor = 1, .is_binary = from.kind == TYPE_BINARY};
    if (order->from == LANE_BYTES) /* by length */
        return as.kind == TYPE_INT64;
    if (!ordered_common(from, as, &common) || !type_equal(common, as))
        return false;
    if (type_is_temporal(as) && as.kind != TYPE_DATE)
        order->factor = power_of_unit(from.unit, as.unit);
    else if (order->to == LANE_F64)
        order->divisor = pow(10, from.scale);
    else
        order->factor = (int64_t)decimal_power(as.scale - from.scale);
    order->is_direct = order->from == order->to && order->factor == 1;
    return true;
}

static uint64_t convert(const struct order *order, uint64_t bits)
{
    bool is_unsigned = order->from == LANE_U64;
    int128 whole;
    double x;

    if (order->to == LANE_F64) {
        x = is_unsigned ? (double)bits : (double)(int64_t)bits;
        x /= order->divisor;
        memcpy(&bits, &x, sizeof bits);
        return order_key(LANE_F64, bits);
    }
    whole = (is_unsigned ? (int128)bits : (int128)(int64_t)bits) * order->factor;
    whole = whole > INT64_MAX ? INT64_MAX : whole < INT64_MIN ? INT64_MIN : whole;
    return order_key(LANE_I64, (uint64_t)(int64_t)whole);
}

void order_keys(const struct order *order, const uint64_t *bits, int64_t n, uint64_t *out)
{
    if (!order->is_direct)
        for (int64_t i = 0; i < n; i++)
            out[i] = convert(order, bits[i]);
    else if (order->from == LANE_F64)
        for (int64_t i = 0; i < n; i++)
            out[i] = order_key(LANE_F64, bits[i]);
    else
        for (int64_t i = 0; i < n; i++)
            out[i] = order_key(order->from, bits[i]);
}

static uint64_t length_key(const struct order *order, struct span s)
{
    return order_key(LANE_I64, (uint64_t)(order->is_binary ? (int64_t)s.size : utf8_length(s)));
}

int64_t order_take(const struct order *order, struct selection *s, const struct vector *v, uint64_t *out)
{
    const uint64_t *flat;
    int64_t n = 0;

    if (s->counts.n_values == 0 || v->lane != order->from)
        return 0;
    if (v->lane == LANE_BYTES) {
        FOR_EACH_BIT(i, s->values, v->n_rows)
            out[n++] = length_key(order, v->bytes[vector_position(v, i)]);
        return n;
    }
    flat = selection_flat(s, v);
    FOR_EACH_BIT(i, s->values, v->n_rows)
        out[n++] = flat[i];
    order_keys(order, out, n, out);
    return n;
}

struct value order_value(struct type as, uint64_t key)
{
    uint64_t bits = order_key_bits(type_lane(as), key);
    struct vector one = {.type = as, .lane = type_lane(as), .shape = SHAPE_CONSTANT, .n_rows = 1, .u64 = &bits};

    return vector_entry(&one, 0);
}

/* Of values that are still kept one by one the sums are taken when somebody asks. */
static void sums_of(const struct ordered *o, struct key_sums *out)
{
    *out = o->sums;
    if (o->phase == ORDERED_KEEP)
        for (size_t i = 0; i < o->n; i++)
            key_sums_add_times(out, o->as, o->keys[i], o->counts_of[i]);
}

bool ordered_sums(const void *state, struct key_sums *out)
{
    const struct ordered *o = state;

    if (o->counts.n_infinite > 0 || (o->phase != ORDERED_KEEP && !o->has_sums))
        return false;
    sums_of(o, out);
    return true;
}

double ordered_stdev(const void *state)
{
    struct key_sums sums;

    return ordered_sums(state, &sums) ? key_sums_stdev(&sums, ordered_counts(state).n_values) : NAN;
}

/* --- sorting --- */

/* Least digit first; a digit that all keys share is skipped. Returns which of the two arrays holds the result. */
static uint64_t *sort_keys(uint64_t *keys, uint64_t *other, size_t n)
{
    static const uint64_t mask = RADIX - 1;
    size_t at[PASSES][RADIX];

    memset(at, 0, sizeof at);
    for (size_t i = 0; i < n; i++)
        for (int p = 0; p < PASSES; p++)
            at[p][keys[i] >> (p * RADIX_BITS) & mask]++;
    for (int p = 0; p < PASSES; p++) {
        size_t sum = 0;
        uint64_t *swap;

        if (at[p][keys[0] >> (p * RADIX_BITS) & mask] == n)
            continue;
        for (int d = 0; d < RADIX; d++) {
            size_t here = at[p][d];

            at[p][d] = sum;
            sum += here;
        }
        for (size_t i = 0; i < n; i++)
            other[at[p][keys[i] >> (p * RADIX_BITS) & mask]++] = keys[i];
        swap = keys;
        keys = other;
        other = swap;
    }
    return keys;
}

static enum status no_room(const struct ordered *o, struct error *err)
{
    return memory_error(o->memory, "the distinct values of a reference", err);
}

/* Joins the known knots with n ascending keys; counts NULL: each key counts once, and equal ones stand together. */
static enum status join_knots(struct ordered *o, const uint64_t *keys, const int64_t *counts, size_t n, struct error *err)
{
    size_t n_distinct = n != 0, i = 0, j = 0, out = 0;
    uint64_t *all;
    int64_t *all_counts;

    for (size_t k = 1; k < n; k++)
        n_distinct += keys[k] != keys[k - 1];
    all = mem_alloc(o->memory, (o->n + n_distinct) * sizeof *all);
    all_counts = all ? mem_alloc(o->memory, (o->n + n_distinct) * sizeof *all_counts) : NULL;
    if (!all_counts) {
        mem_free(o->memory, all);
        return no_room(o, err);
    }
    while (i < o->n || j < n) {
        uint64_t key = j == n || (i < o->n && o->keys[i] <= keys[j]) ? o->keys[i] : keys[j];
        int64_t count = 0;

        if (i < o->n && o->keys[i] == key)
            count = o->counts_of[i++];
        for (; j < n && keys[j] == key; j++)
            count += counts ? counts[j] : 1;
        all[out] = key;
        all_counts[out++] = count;
    }
    mem_free(o->memory, o->keys);
    mem_free(o->memory, o->counts_of);
    o->keys = all;
    o->counts_of = all_counts;
    o->n = out;
    return STATUS_OK;
}

static void drop_guide(struct ordered *o)
{
    guide_done(&o->guide, o->memory);
    o->is_ready = false;
}

static enum status flush(struct ordered *o, struct error *err)
{
    uint64_t *other, *sorted;
    enum status status;

    if (o->n_pending == 0)
        return STATUS_OK;
    drop_guide(o);
    other = mem_alloc(o->memory, o->n_pending * sizeof *other);
    if (!other)
        return no_room(o, err);
    sorted = sort_keys(o->pending, other, o->n_pending);
    status = join_knots(o, sorted, NULL, o->n_pending, err);
    mem_free(o->memory, other);
    o->n_pending = 0;
    return status;
}

static void coarse_count(struct ordered *o, uint64_t key, int64_t n)
{
    o->coarse[key >> (64 - COARSE_BITS)] += n;
    o->low = key < o->low ? key : o->low;
    o->high = key > o->high ? key : o->high;
}

/* --- dictionaries --- */

struct knot { uint64_t key; int64_t count; };

/* As sort_keys. */
static struct knot *sort_knots(struct knot *knots, struct knot *other, size_t n)
{
    static const uint64_t mask = RADIX - 1;

    for (int shift = 0; shift < 64; shift += RADIX_BITS) {
        size_t at[RADIX] = {0}, sum = 0;
        struct knot *swap = knots;

        for (size_t i = 0; i < n; i++)
            at[knots[i].key >> shift & mask]++;
        if (n == 0 || at[knots[0].key >> shift & mask] == n)
            continue;
        for (int d = 0; d < RADIX; d++) {
            size_t here = at[d];

            at[d] = sum;
            sum += here;
        }
        for (size_t i = 0; i < n; i++)
            other[at[knots[i].key >> shift & mask]++] = knots[i];
        knots = other;
        other = swap;
    }
    return knots;
}

/* The entries that occur, as keys beside their counts; different entries may have the same key. */
static size_t knots_of_entries(struct ordered *o, struct knot *knots)
{
    struct entry_counts *e = &o->entries;
    size_t n = 0;

    for (int64_t i = 0; i < e->n_entries; i++)
        if (e->counts[i]) {
            knots[n].count = e->counts[i];
            order_keys(&o->order, &e->entries[i], 1, &knots[n++].key);
        }
    return n;
}

static enum status take_knots(struct ordered *o, struct knot *knots, struct knot *other, uint64_t *keys, int64_t *counts, struct error *err)
{
    size_t n = knots_of_entries(o, knots);

    knots = sort_knots(knots, other, n);
    for (size_t i = 0; i < n; i++) {
        keys[i] = knots[i].key;
        counts[i] = knots[i].count;
    }
    entry_counts_clear(&o->entries);
    if (n == 0)
        return STATUS_OK;
    if (o->phase == ORDERED_COARSE) {
        for (size_t i = 0; i < n; i++) {
            coarse_count(o, keys[i], counts[i]);
            if (o->has_sums)
                key_sums_add_times(&o->sums, o->as, keys[i], counts[i]);
        }
        return STATUS_OK;
    }
    drop_guide(o);
    return join_knots(o, keys, counts, n, err);
}

static enum status take_entries(struct ordered *o, struct error *err)
{
    size_t n = (size_t)o->entries.n_entries;
    struct knot *knots, *other;
    uint64_t *keys;
    int64_t *counts;
    enum status status;

    if (n == 0)
        return STATUS_OK;
    knots = mem_alloc(o->memory, n * sizeof *knots);
    other = mem_alloc(o->memory, n * sizeof *other);
    keys = mem_alloc(o->memory, n * sizeof *keys);
    counts = mem_alloc(o->memory, n * sizeof *counts);
    status = knots && other && keys && counts ? take_knots(o, knots, other, keys, counts, err) : no_room(o, err);
    mem_free(o->memory, knots);
    mem_free(o->memory, other);
    mem_free(o->memory, keys);
    mem_free(o->memory, counts);
    return status;
}

/* Everything among the knots. */
static enum status gather_all(struct ordered *o, struct error *err)
{
    TRY(take_entries(o, err));
    return flush(o, err);
}

/* --- buckets --- */

static enum status make_guide(struct ordered *o, struct error *err);
static uint64_t fingerprint_of(const struct ordered *o);

/* Values are no longer kept one by one: what is kept is counted by its leading bits. Nothing waits. */
static enum status coarsen(struct ordered *o, struct error *err)
{
    o->coarse = mem_alloc(o->memory, COARSE * sizeof *o->coarse);
    if (!o->coarse)
        return no_room(o, err);
    o->low = UINT64_MAX;
    o->high = 0;
    if (o->has_sums)
        sums_of(o, &o->sums);
    for (size_t i = 0; i < o->n; i++)
        coarse_count(o, o->keys[i], o->counts_of[i]);
    mem_free(o->memory, o->keys);
    mem_free(o->memory, o->counts_of);
    mem_free(o->memory, o->pending);
    o->keys = NULL;
    o->counts_of = NULL;
    o->pending = NULL;
    o->n = o->capacity = 0;
    o->phase = ORDERED_COARSE;
    o->is_coarse = ORDERED_SAVED_COARSE;
    return STATUS_OK;
}

static enum status keep_limit(struct ordered *o, struct error *err)
{
    bool is_over = o->phase == ORDERED_KEEP && o->limit > 0 && o->n > (size_t)o->limit;

    if (!is_over)
        return STATUS_OK;
    TRY(flush(o, err));
    return coarsen(o, err);
}

/* The first key of part i of `parts` from `from` to `to`, both included. */
static uint64_t part_of(uint64_t from, uint64_t to, int64_t i, int64_t parts)
{
    return from + (uint64_t)(((uint128)(to - from) + 1) * (uint64_t)i / (uint64_t)parts);
}

/* So many that there are some hundred values in each, or of few values a few; no more than a cache holds, unless there are very many values. */
static int64_t buckets_for(const struct ordered *o)
{
    int64_t n = o->counts.n_values / 4 + 1, many = o->counts.n_values / 256;

    if (many > BUCKETS_WANTED)
        return many < BUCKETS_MOST ? many : BUCKETS_MOST;
    return n < BUCKETS_WANTED ? n : BUCKETS_WANTED;
}

/* Into how many parts of equal width a bucket is cut. */
static int64_t parts_of(const struct ordered *o, uint64_t from, uint64_t to, int64_t n)
{
    int64_t parts = (int64_t)(((int128)n * buckets_for(o) + o->counts.n_values - 1) / o->counts.n_values);

    if (parts < 1)
        parts = 1;
    return to - from < (uint64_t)parts ? (int64_t)(to - from) + 1 : parts;
}

/* New buckets from old ones: `n` of them, the i-th from starts[i], with counts[i] values. */
static enum status cut_buckets(struct ordered *o, const uint64_t *starts, const int64_t *counts, size_t n, struct error *err)
{
    size_t total = 0, out = 0;
    uint64_t *keys;

    for (size_t i = 0; i < n; i++)
        total += (size_t)parts_of(o, starts[i], i + 1 < n ? starts[i + 1] - 1 : o->high, counts[i]);
    keys = mem_alloc(o->memory, total * sizeof *keys);
    if (!keys)
        return no_room(o, err);
    for (size_t i = 0; i < n; i++) {
        uint64_t to = i + 1 < n ? starts[i + 1] - 1 : o->high;
        int64_t parts = parts_of(o, starts[i], to, counts[i]);

        for (int64_t p = 0; p < parts; p++)
            keys[out++] = part_of(starts[i], to, p, parts);
    }
    mem_free(o->memory, o->keys);
    mem_free(o->memory, o->counts_of);
    o->keys = keys;
    o->n = total;
    o->counts_of = mem_alloc(o->memory, total * sizeof *o->counts_of);
    o->phase = ORDERED_COUNT;
    o->n_rounds++;
    return o->counts_of ? make_guide(o, err) : no_room(o, err);
}

/* The first buckets: the leading bits that occur, clipped to the outermost keys. */
static enum status first_buckets(struct ordered *o, struct error *err)
{
    uint64_t *starts = mem_alloc(o->memory, COARSE * sizeof *starts);
    int64_t *counts = mem_alloc(o->memory, COARSE * sizeof *counts);
    enum status status;
    size_t n = 0;

    for (uint64_t b = 0; starts && counts && b < COARSE; b++)
        if (o->coarse[b]) {
            starts[n] = b << (64 - COARSE_BITS);
            starts[n] = starts[n] < o->low ? o->low : starts[n];
            counts[n++] = o->coarse[b];
        }
    status = starts && counts ? cut_buckets(o, starts, counts, n, err) : no_room(o, err);
    mem_free(o->memory, starts);
    mem_free(o->memory, counts);
    mem_free(o->memory, o->coarse);
    o->coarse = NULL;
    return status;
}

/* Is there a bucket far above its share that can be cut? */
static bool is_uneven(const struct ordered *o)
{
    int64_t most = o->counts.n_values / buckets_for(o) * 16 + 16;

    for (size_t i = 0; i < o->n; i++)
        if (o->counts_of[i] > most && (i + 1 < o->n ? o->keys[i + 1] - 1 : o->high) > o->keys[i])
            return true;
    return false;
}

/* After a round of counting: cut again where that pays, else done. */
static enum status next_buckets(struct ordered *o, bool *wanted, struct error *err)
{
    uint64_t *starts = o->keys;
    int64_t *counts = o->counts_of;
    enum status status;

    *wanted = o->n_rounds < BUCKET_ROUNDS && o->n < BUCKETS_MAX && is_uneven(o);
    if (!*wanted) {
        o->phase = ORDERED_BUCKETS;
        o->fingerprint = fingerprint_of(o);
        return STATUS_OK;
    }
    o->keys = NULL;
    o->counts_of = NULL;
    status = cut_buckets(o, starts, counts, o->n, err);
    mem_free(o->memory, starts);
    mem_free(o->memory, counts);
    return status;
}

enum status ordered_want(struct ordered *o, const uint8_t *slots, struct error *err)
{
    if (!o->wanted)
        o->wanted = mem_alloc(o->memory, o->n);
    if (!o->wanted)
        return no_room(o, err);
    for (size_t i = 0; i < o->n; i++)
        o->wanted[i] |= slots[2 * i + 1];
    o->phase = ORDERED_COLLECT;
    return STATUS_OK;
}

bool ordered_is_wanted(const void *state)
{
    return ((const struct ordered *)state)->phase == ORDERED_COLLECT;
}

void ordered_unwant(void *state)
{
    struct ordered *o = state;

    if (o->phase != ORDERED_COLLECT)
        return;
    o->phase = ORDERED_BUCKETS;
    o->is_collecting = false;
    mem_free(o->memory, o->wanted);
    o->wanted = NULL;
}

bool ordered_hull(const struct ordered *o, const uint8_t *wanted, size_t step, uint64_t *from, uint64_t *to)
{
    bool any = false;

    for (size_t i = 0; i < o->n; i++) {
        if (!wanted[i * step])
            continue;
        if (!any)
            *from = i ? o->keys[i] : 0; /* values beyond the outermost ones are in the outermost buckets */
        *to = i + 1 < o->n ? o->keys[i + 1] - 1 : UINT64_MAX;
        any = true;
    }
    return any;
}

/* Before values are collected: none are there. */
static enum status begin_collecting(struct ordered *o, struct error *err)
{
    if (!o->values)
        o->values = mem_alloc(o->memory, sizeof *o->values);
    else
        ordered_done(o->values);
    if (!o->values)
        return no_room(o, err);
    ordered_init_like(o->values, o, o->memory);
    o->plus = o->minus = (struct exact_sum){0};
    if (!ordered_hull(o, o->wanted, 1, &o->want_from, &o->want_to))
        return error_set(err, STATUS_INTERNAL, "nothing is wanted of a reference's values");
    return STATUS_OK;
}

/* A worker's keys in the buckets of the merged state: counted, or kept where they are wanted. */
static enum status add_to_buckets(struct ordered *o, uint64_t *keys, int64_t n, struct error *err)
{
    uint32_t slots[CHUNK_MAX_ROWS];
    int64_t kept = 0;

    if (o->phase != ORDERED_COUNT)
        n = ordered_within(keys, n, o->buckets->want_from, o->buckets->want_to);
    ordered_slots(o->buckets, keys, n, slots);
    for (int64_t i = 0; i < n; i++) {
        int64_t b = ordered_bucket(slots[i]);

        if (b < 0) /* the data changed since the last round: said elsewhere */
            continue;
        if (o->phase == ORDERED_COUNT) {
            o->counts_of[b]++;
            continue;
        }
        order_add_wanted(&o->plus, &o->minus, o->as, keys[i], o->buckets->wanted[b]);
        if (o->buckets->wanted[b] & WANT_VALUES)
            keys[kept++] = keys[i];
    }
    return o->phase == ORDERED_COUNT ? STATUS_OK : ordered_push(o, keys, kept, err);
}

/* --- the metric --- */

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct ordered *o = state;
    const struct ordered_params *params = setup->params;

    memset(o, 0, sizeof *o);
    o->memory = o->packed.memory = o->entries.memory = setup->memory;
    if (!params || !order_init(&o->order, setup->types[0], params->as))
        return error_set(err, STATUS_INTERNAL, "values that have no common order");
    o->as = params->as;
    o->limit = params->limit;
    o->has_sums = params->sums != 0;
    o->is_few = params->is_few;
    return STATUS_OK;
}

void ordered_init_like(struct ordered *o, const struct ordered *other, struct memory *memory)
{
    *o = (struct ordered){.memory = memory, .as = other->as, .order = other->order};
    o->packed.memory = o->entries.memory = memory;
}

enum status ordered_gather(struct ordered *o, struct error *err)
{
    return gather_all(o, err);
}

void ordered_count_kept(struct ordered *o)
{
    o->counts = (struct moments_counts){0};
    for (size_t i = 0; i < o->n; i++)
        o->counts.n_values += o->counts_of[i];
    o->counts.n_rows = o->counts.n_values;
}

enum status ordered_join(struct ordered *into, struct ordered *from, struct error *err)
{
    TRY(gather_all(into, err));
    TRY(gather_all(from, err));
    return from->n ? join_knots(into, from->keys, from->counts_of, from->n, err) : STATUS_OK;
}

static enum status reserve(struct ordered *o, size_t n, struct error *err)
{
    size_t most = o->n > PENDING_LEAST ? o->n : PENDING_LEAST;
    void *pending;

    if (o->n_pending && o->n_pending + n > most)
        TRY(flush(o, err));
    TRY(keep_limit(o, err));
    if (o->phase == ORDERED_COARSE)
        return STATUS_OK;
    pending = o->pending;
    if (!mem_grow(o->memory, &pending, &o->capacity, o->n_pending + n, sizeof *o->pending))
        return no_room(o, err);
    o->pending = pending;
    return STATUS_OK;
}

static enum status add_dictionary(struct ordered *o, const struct vector *v, const struct selection *s, struct error *err)
{
    if (!entry_counts_continues(&o->entries, v)) {
        TRY(take_entries(o, err));
        TRY(entry_counts_start(&o->entries, v, err));
    }
    entry_counts_add(&o->entries, v, s->counts.n_values == v->n_rows ? NULL : s->values);
    return STATUS_OK;
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct ordered *o = state;
    struct selection s;

    uint64_t keys[CHUNK_MAX_ROWS];
    int64_t n;

    TRY(selection_make(&s, in, err));
    if (!o->buckets)
        counts_add(&o->counts, &s.counts);
    if (s.counts.n_values == 0 || in->columns[0]->lane != o->order.from)
        return STATUS_OK;
    if (o->phase == ORDERED_KEEP && !o->buckets && entry_counts_can(in->columns[0]))
        return add_dictionary(o, in->columns[0], &s, err);
    n = order_take(&o->order, &s, in->columns[0], keys);
    return o->buckets ? add_to_buckets(o, keys, n, err) : ordered_push(o, keys, n, err);
}

enum status ordered_push(struct ordered *o, const uint64_t *keys, int64_t n, struct error *err)
{
    if (o->phase != ORDERED_COARSE)
        TRY(reserve(o, (size_t)n, err));
    if (o->phase == ORDERED_COARSE) {
        for (int64_t i = 0; i < n; i++)
            coarse_count(o, keys[i], 1);
        if (o->has_sums)
            key_sums_add(&o->sums, o->as, keys, n);
        return STATUS_OK;
    }
    if (n)
        memcpy(o->pending + o->n_pending, keys, (size_t)n * sizeof *keys);
    o->n_pending += (size_t)n;
    return STATUS_OK;
}

/* A worker's round in the buckets of `a`. */
static enum status merge_round(struct ordered *a, struct ordered *b, struct error *err)
{
    if (a->phase == ORDERED_COUNT) {
        for (size_t i = 0; i < a->n; i++)
            a->counts_of[i] += b->counts_of[i];
        return STATUS_OK;
    }
    exact_sum_merge(&a->plus, &b->plus);
    exact_sum_merge(&a->minus, &b->minus);
    return ordered_join(a->buckets ? a : a->values, b, err);
}

static enum status merge_coarse(struct ordered *a, struct ordered *b, struct error *err)
{
    if (a->phase == ORDERED_KEEP)
        TRY(coarsen(a, err));
    if (b->phase == ORDERED_KEEP)
        TRY(coarsen(b, err));
    key_sums_merge(&a->sums, &b->sums);
    for (int i = 0; i < COARSE; i++)
        a->coarse[i] += b->coarse[i];
    a->low = b->low < a->low ? b->low : a->low;
    a->high = b->high > a->high ? b->high : a->high;
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct ordered *a = into, *b = from;

    if (b->buckets)
        return merge_round(a, b, err);
    if (a->phase > ORDERED_COARSE || b->phase > ORDERED_COARSE)
        return error_set(err, STATUS_INTERNAL, "ordered values of different rounds meet");
    TRY(gather_all(a, err));
    TRY(gather_all(b, err));
    counts_add(&a->counts, &b->counts);
    if (a->phase == ORDERED_COARSE || b->phase == ORDERED_COARSE)
        return merge_coarse(a, b, err);
    if (b->n == 0)
        return STATUS_OK;
    drop_guide(a);
    TRY(join_knots(a, b->keys, b->counts_of, b->n, err));
    return keep_limit(a, err);
}

static enum status make_guide(struct ordered *o, struct error *err)
{
    if (o->n >= (size_t)1 << 30)
        return error_set(err, STATUS_TOO_LARGE, "a reference of more than %d distinct values", 1 << 30);
    drop_guide(o);
    o->is_ready = guide_init(&o->guide, o->memory, o->keys, o->n);
    return o->is_ready ? STATUS_OK : no_room(o, err);
}

static uint64_t fingerprint_of(const struct ordered *o)
{
    struct span parts[2] = {span_of(o->keys, o->n * sizeof *o->keys), span_of(o->counts_of, o->n * sizeof *o->counts_of)};
    uint64_t hash[2];

    kernels_scalar.hash_bytes(parts, 2, o->n, hash);
    return hash[0] ^ (hash[1] << 1 | hash[1] >> 63);
}

enum status ordered_ready(struct ordered *o, struct error *err)
{
    o->fingerprint = fingerprint_of(o);
    return make_guide(o, err);
}

static enum status next_round(void *state, bool *wanted, struct error *err)
{
    struct ordered *o = state;

    *wanted = false;
    if (o->phase == ORDERED_BUCKETS)
        return STATUS_OK;
    if (o->phase == ORDERED_COUNT)
        return next_buckets(o, wanted, err);
    if (o->phase == ORDERED_COLLECT) { /* asked for (ordered_want), or done */
        *wanted = !o->is_collecting;
        o->is_collecting = *wanted;
        if (*wanted)
            return begin_collecting(o, err);
        o->phase = ORDERED_BUCKETS;
        TRY(ordered_gather(o->values, err));
        ordered_count_kept(o->values);
        return STATUS_OK;
    }
    TRY(gather_all(o, err));
    TRY(keep_limit(o, err));
    if (o->phase == ORDERED_COARSE && o->is_few)
        return STATUS_OK;
    if (o->phase == ORDERED_COARSE) {
        *wanted = true;
        return first_buckets(o, err);
    }
    mem_free(o->memory, o->pending);
    o->pending = NULL;
    o->capacity = 0;
    return ordered_ready(o, err);
}

static enum status fork(void *state, const void *merged, const struct metric_setup *setup, struct error *err)
{
    struct ordered *o = state;
    const struct ordered *m = merged;

    if (m->phase != ORDERED_COUNT && m->phase != ORDERED_COLLECT)
        return error_set(err, STATUS_INTERNAL, "ordered values need no second round");
    TRY(init(o, setup, err));
    o->limit = 0;
    o->buckets = m;
    if (m->phase == ORDERED_COLLECT)
        return STATUS_OK; /* it keeps what is wanted */
    o->phase = ORDERED_COUNT;
    o->n = m->n;
    o->counts_of = mem_alloc(o->memory, m->n * sizeof *o->counts_of);
    return o->counts_of ? STATUS_OK : no_room(o, err);
}

static enum status pack(void *state, struct error *err)
{
    struct ordered *o = state;

    TRY(gather_all(o, err));
    TRY(keep_limit(o, err));
    key_sums_normalise(&o->sums);
    o->packed.size = 0;
    if (o->phase == ORDERED_BUCKETS && o->is_knots)
        return knots_pack(o, err);
    if (o->phase > ORDERED_COARSE)
        return error_set(err, STATUS_INTERNAL, "ordered values are saved between their rounds");
    if (o->phase == ORDERED_COARSE) {
        uint64_t ends[2] = {o->low, o->high};

        return buffer_add(&o->packed, ends, sizeof ends) && buffer_add(&o->packed, o->coarse, COARSE * sizeof *o->coarse)
                   ? STATUS_OK
                   : no_room(o, err);
    }
    if (!buffer_add(&o->packed, o->keys, o->n * sizeof *o->keys) ||
        !buffer_add(&o->packed, o->counts_of, o->n * sizeof *o->counts_of))
        return no_room(o, err);
    return STATUS_OK;
}

static bool is_sane(const struct ordered *o, const uint64_t *keys, const int64_t *counts, size_t n)
{
    int64_t left = o->counts.n_values;

    for (size_t i = 0; i < n; i++) {
        if ((i && keys[i] <= keys[i - 1]) || counts[i] < 1 || counts[i] > left)
            return false;
        left -= counts[i];
    }
    return left == 0;
}

static enum status unpack_coarse(struct ordered *o, struct error *err)
{
    int64_t left = o->counts.n_values;

    if (o->packed.size != 2 * sizeof o->low + COARSE * sizeof *o->coarse)
        return error_set(err, STATUS_BAD_DATA, "saved ordered values contradict themselves");
    TRY(coarsen(o, err));
    memcpy(&o->low, o->packed.at, sizeof o->low);
    memcpy(&o->high, o->packed.at + sizeof o->low, sizeof o->high);
    memcpy(o->coarse, o->packed.at + 2 * sizeof o->low, COARSE * sizeof *o->coarse);
    for (int i = 0; i < COARSE; i++) {
        if (o->coarse[i] < 0 || o->coarse[i] > left)
            return error_set(err, STATUS_BAD_DATA, "saved ordered values contradict themselves");
        left -= o->coarse[i];
    }
    return left == 0 && o->low <= o->high ? STATUS_OK
                                          : error_set(err, STATUS_BAD_DATA, "saved ordered values contradict themselves");
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct ordered *o = state;
    size_t n = o->packed.size / (sizeof *o->keys + sizeof *o->counts_of);

    (void)setup;
    if (o->is_coarse == ORDERED_SAVED_KNOTS)
        return knots_unpack(o, err);
    if (o->is_coarse)
        return unpack_coarse(o, err);
    if (o->packed.size % (sizeof *o->keys + sizeof *o->counts_of) != 0)
        return error_set(err, STATUS_BAD_DATA, "saved ordered values end within one");
    o->keys = mem_alloc(o->memory, n * sizeof *o->keys);
    o->counts_of = mem_alloc(o->memory, n * sizeof *o->counts_of);
    if (!o->keys || !o->counts_of)
        return no_room(o, err);
    if (n) {
        memcpy(o->keys, o->packed.at, n * sizeof *o->keys);
        memcpy(o->counts_of, o->packed.at + n * sizeof *o->keys, n * sizeof *o->counts_of);
    }
    o->n = n;
    return is_sane(o, o->keys, o->counts_of, n) ? STATUS_OK
                                                : error_set(err, STATUS_BAD_DATA, "saved ordered values contradict themselves");
}

void ordered_done(struct ordered *o)
{
    if (o->values) {
        ordered_done(o->values);
        mem_free(o->memory, o->values);
    }
    mem_free(o->memory, o->wanted);
    mem_free(o->memory, o->coarse);
    mem_free(o->memory, o->keys);
    mem_free(o->memory, o->counts_of);
    mem_free(o->memory, o->pending);
    drop_guide(o);
    entry_counts_done(&o->entries);
    buffer_done(&o->packed);
    memset(o, 0, sizeof *o);
}

static void done(void *state)
{
    ordered_done(state);
}

const struct metric metric_ordered = {
    .name = "ordered",
    .doc = "distinct values in order and how often each occurs",
    .state_size = sizeof(struct ordered),
    .takes_values_only = true,
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

struct moments_counts ordered_counts(const void *state)
{
    return ((const struct ordered *)state)->counts;
}

struct type ordered_order(const void *state)
{
    return ((const struct ordered *)state)->as;
}

bool ordered_is_thin(const void *state)
{
    return ((const struct ordered *)state)->is_knots;
}

int64_t ordered_distinct(const void *state)
{
    return (int64_t)((const struct ordered *)state)->n;
}

/* --- searching --- */

void ordered_slots(const struct ordered *o, const uint64_t *keys, int64_t n, uint32_t *slots)
{
    guide_find(&o->guide, keys, n, slots);
}

/* Orders follow each other: keys stay ascending, and neighbours that became equal are one. */
enum status ordered_recast(void *into, const void *from, struct error *err)
{
    struct ordered *to = into;
    const struct ordered *o = from;
    struct order order;

    if (!order_init(&order, o->as, to->as))
        return error_set(err, STATUS_INTERNAL, "ordered values of types that have no common order");
    if (o->phase == ORDERED_BUCKETS && to->limit == 0)
        return error_set(err, STATUS_UNSUPPORTED, "it holds knots, and the test needs all values");
    if (o->phase == ORDERED_BUCKETS)
        return knots_recast(to, o, &order, err);
    to->keys = mem_alloc(to->memory, o->n * sizeof *to->keys);
    to->counts_of = mem_alloc(to->memory, o->n * sizeof *to->counts_of);
    if (!to->keys || !to->counts_of)
        return no_room(to, err);
    to->counts = o->counts;
    for (size_t i = 0; i < o->n; i++) {
        uint64_t bits = order_key_bits(type_lane(o->as), o->keys[i]), key;

        order_keys(&order, &bits, 1, &key);
        if (to->n == 0 || to->keys[to->n - 1] != key)
            to->keys[to->n++] = key;
        to->counts_of[to->n - 1] += o->counts_of[i];
    }
    to->limit = 0; /* all are there: no data to look at again */
    return STATUS_OK;
}
