/* stats/knots.c -- a reference made small: what a column's values in order are once only a few of them are kept.
 *
 * The values are cut into some KNOTS buckets of equal counts; what is kept is where each begins (a knot) and how many values it holds, so the
 * distribution function of the reference is known exactly at every knot and within 1 / KNOTS between two. A value that is a
 * bucket's share by itself gets one of its own, which leaves nothing open. 25,200 = 2^4 3^2 5^2 7: wherever bins of equal share begin
 * (psi and its like, for 2 to 10, 12, 14, 15, 16, 18, 20, 24, 25, 28, 30, 50, 100 ... bins) there is a knot, so tests of shares give what
 * all values give. Few values are kept as they are.
 *
 * The sum of all values and of their squares are kept too (exact), so means and deviations are what all values give.
 *
 * Saved as: outermost keys, knots ascending (8 bytes each), counts (LEB128).
 */
#include "stats/order_key.h"
#include "stats/ordered.h"

enum { KNOTS = 25200, KNOTS_MAX = 3 * KNOTS + 4, LEB_BYTES = 10 };

struct knots { uint64_t *keys; int64_t *counts; size_t n; };

static enum status no_room(const struct ordered *o, struct error *err)
{
    return memory_error(o->memory, "the knots of a reference", err);
}

static bool knots_init(struct knots *k, struct memory *memory, size_t most)
{
    *k = (struct knots){mem_alloc(memory, most * sizeof *k->keys), mem_alloc(memory, most * sizeof *k->counts), 0};
    return k->keys && k->counts;
}

static void knots_done(struct knots *k, struct memory *memory)
{
    mem_free(memory, k->keys);
    mem_free(memory, k->counts);
}

/* A bucket from `key` on; none where the last one begins there. */
static void begin(struct knots *k, uint64_t key)
{
    if (k->n && k->keys[k->n - 1] == key)
        return;
    k->keys[k->n] = key;
    k->counts[k->n++] = 0;
}

/* They take the place of what the state had. */
static enum status take(struct ordered *o, struct knots *k, struct error *err)
{
    mem_free(o->memory, o->keys);
    mem_free(o->memory, o->counts_of);
    o->keys = k->keys;
    o->counts_of = k->counts;
    o->n = k->n;
    o->phase = ORDERED_BUCKETS;
    o->is_knots = true;
    o->is_coarse = ORDERED_SAVED_KNOTS;
    return ordered_ready(o, err);
}

/* Where a share begins, and before and behind a value or bucket that is a whole one. */
static void choose(const struct ordered *o, struct knots *k)
{
    int64_t m = o->counts.n_values, below = 0;
    bool is_plain = o->phase == ORDERED_KEEP, was_heavy = false;
    int32_t next = 0;

    for (size_t i = 0; i < o->n; i++) {
        int64_t count = o->counts_of[i];
        bool is_due = count > 0 && (int128)below * KNOTS >= (int128)next * m, is_heavy = count > 0 && (int128)count * KNOTS >= m;

        if (i == 0 || is_due || is_heavy || was_heavy)
            begin(k, o->keys[i]);
        while (is_due && next < KNOTS && (int128)below * KNOTS >= (int128)next * m)
            next++;
        k->counts[k->n - 1] += count;
        below += count;
        was_heavy = is_heavy && !is_plain;
        if (is_heavy && is_plain && o->keys[i] < o->high)
            begin(k, o->keys[i] + 1);
    }
}

enum status ordered_thin(void *state, struct error *err)
{
    struct ordered *o = state;
    struct knots k;

    if (o->phase != ORDERED_KEEP && o->phase != ORDERED_BUCKETS)
        return error_set(err, STATUS_INTERNAL, "ordered values are thinned before their rounds are over");
    if (o->n <= KNOTS && o->phase == ORDERED_KEEP)
        return STATUS_OK;
    if (o->phase == ORDERED_KEEP) {
        o->low = o->keys[0];
        o->high = o->keys[o->n - 1];
        o->has_sums = o->counts.n_infinite == 0 && ordered_sums(o, &o->sums);
        key_sums_normalise(&o->sums);
    }
    if (!knots_init(&k, o->memory, KNOTS_MAX)) {
        knots_done(&k, o->memory);
        return no_room(o, err);
    }
    choose(o, &k);
    return take(o, &k, err);
}

/* --- saving --- */

static bool add_leb(struct buffer *out, uint64_t x)
{
    uint8_t bytes[LEB_BYTES];
    size_t n = 0;

    for (; x >= 0x80; x >>= 7)
        bytes[n++] = (uint8_t)(x | 0x80);
    bytes[n++] = (uint8_t)x;
    return buffer_add(out, bytes, n);
}

static bool take_leb(struct span *in, uint64_t *x)
{
    struct span byte;

    *x = 0;
    for (int shift = 0; shift < 63; shift += 7) {
        if (!span_take(in, 1, &byte))
            return false;
        *x |= (uint64_t)(byte.at[0] & 0x7f) << shift;
        if (!(byte.at[0] & 0x80))
            return true;
    }
    return false;
}

enum status knots_pack(struct ordered *o, struct error *err)
{
    uint64_t head[3] = {o->low, o->high, o->n};
    bool ok = buffer_add(&o->packed, head, sizeof head) && buffer_add(&o->packed, o->keys, o->n * sizeof *o->keys);

    for (size_t i = 0; ok && i < o->n; i++)
        ok = add_leb(&o->packed, (uint64_t)o->counts_of[i]);
    return ok ? STATUS_OK : no_room(o, err);
}

static bool are_sane(const struct ordered *o, const struct knots *k)
{
    int64_t left = o->counts.n_values;
    bool ok = k->n > 0 && k->keys[0] == o->low && k->keys[k->n - 1] <= o->high && left > 0;

    for (size_t i = 0; ok && i < k->n; i++) {
        ok = (i == 0 || k->keys[i] > k->keys[i - 1]) && k->counts[i] >= 0 && k->counts[i] <= left;
        left -= k->counts[i];
    }
    return ok && left == 0;
}

static bool read_knots(struct ordered *o, struct span in, uint64_t n, struct knots *k)
{
    struct span keys;

    if (!span_take(&in, (size_t)n * sizeof *k->keys, &keys))
        return false;
    memcpy(k->keys, keys.at, keys.size);
    for (k->n = 0; k->n < n; k->n++) {
        uint64_t count;

        if (!take_leb(&in, &count) || count > INT64_MAX)
            return false;
        k->counts[k->n] = (int64_t)count;
    }
    return in.size == 0 && are_sane(o, k);
}

enum status knots_unpack(struct ordered *o, struct error *err)
{
    struct span in = span_of(o->packed.at, o->packed.size), cut;
    uint64_t head[3];
    struct knots k;
    bool has_room;

    if (!span_take(&in, sizeof head, &cut))
        return error_set(err, STATUS_BAD_DATA, "saved ordered values end within their head");
    memcpy(head, cut.at, sizeof head);
    o->low = head[0];
    o->high = head[1];
    if (head[2] == 0 || head[2] > KNOTS_MAX)
        return error_set(err, STATUS_BAD_DATA, "saved ordered values contradict themselves");
    if (o->has_sums && !key_sums_are_sane(&o->sums, o->counts.n_values))
        return error_set(err, STATUS_BAD_DATA, "saved ordered values contradict themselves");
    has_room = knots_init(&k, o->memory, (size_t)head[2]);
    if (has_room && read_knots(o, in, head[2], &k))
        return take(o, &k, err);
    knots_done(&k, o->memory);
    return has_room ? error_set(err, STATUS_BAD_DATA, "saved ordered values contradict themselves") : no_room(o, err);
}

/* --- another order --- */

/* Does every value of a bucket stay in it? Not where different ones may become one. */
static bool is_kept_apart(const struct ordered *o, struct type as)
{
    int64_t most = o->as.scale > 0 ? (int64_t)1000000000000000 : (int64_t)1 << 53; /* 15 digits, 53 bits: different doubles */
    uint64_t low = order_key_bits(type_lane(o->as), o->low), high = order_key_bits(type_lane(o->as), o->high);

    if (type_lane(o->as) == type_lane(as) || type_lane(as) != LANE_F64)
        return true;
    if (type_lane(o->as) == LANE_U64)
        return high <= (uint64_t)most;
    return (int64_t)low >= -most && (int64_t)high <= most;
}

static uint64_t key_of(const struct ordered *o, const struct order *order, uint64_t key)
{
    uint64_t bits = order_key_bits(type_lane(o->as), key);

    order_keys(order, &bits, 1, &bits);
    return bits;
}

/* Does every number fit into 64 bits with a sign, `factor` times as large? */
static bool fits(const struct ordered *o, int64_t factor)
{
    uint64_t low = order_key_bits(type_lane(o->as), o->low), high = order_key_bits(type_lane(o->as), o->high);

    if (type_lane(o->as) == LANE_U64)
        return high <= (uint64_t)(INT64_MAX / factor);
    return (int64_t)low >= -(INT64_MAX / factor) && (int64_t)high <= INT64_MAX / factor;
}

/* The numbers as another order has them: the same, or as many times as large. Not where they are rounded or cut. */
static void recast_sums(struct ordered *to, const struct ordered *o, const struct order *order)
{
    to->has_sums = o->has_sums && order->divisor == 1 && (order->is_direct || type_lane(to->as) == LANE_F64 || fits(o, order->factor));
    if (!to->has_sums)
        return;
    to->sums = o->sums;
    key_sums_scale(&to->sums, order->factor);
}

enum status knots_recast(struct ordered *to, const struct ordered *o, const struct order *order, struct error *err)
{
    bool needs_sums = to->has_sums != 0;
    struct knots k;

    if (!is_kept_apart(o, to->as))
        return error_set(err, STATUS_UNSUPPORTED, "its knots are of a type whose values the batch's column cannot tell apart");
    recast_sums(to, o, order);
    if (needs_sums && !to->has_sums)
        return error_set(err, STATUS_UNSUPPORTED, "its sums are of a type whose values the batch's column has not");
    if (!knots_init(&k, to->memory, 2 * o->n)) {
        knots_done(&k, to->memory);
        return no_room(to, err);
    }
    to->counts = o->counts;
    to->low = key_of(o, order, o->low);
    to->high = key_of(o, order, o->high);
    for (size_t i = 0; i < o->n; i++) {
        uint64_t key = key_of(o, order, o->keys[i]);

        begin(&k, key);
        k.counts[k.n - 1] += o->counts_of[i];
        if (ordered_is_single(o, i) && key < to->high) /* one value stays one */
            begin(&k, key + 1);
    }
    return take(to, &k, err);
}
