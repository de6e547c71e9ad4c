/* stats/ordered.h -- the state of `ordered` as `ks` sees it, and values turned into keys of one order. */
#ifndef STATS_ORDERED_H
#define STATS_ORDERED_H

#include "core/number.h"
#include "kernels/kernels.h"
#include "stats/drift.h"
#include "stats/entry_counts.h"
#include "stats/guide.h"
#include "stats/key_sums.h"
#include "stats/selection.h"

/* How values of one type become keys of another's order. */
struct order {
    enum lane from, to;
    bool is_direct;
    int64_t factor;  /* whole numbers, times */
    double divisor;  /* decimals as doubles */
    bool is_binary;  /* text counts by its length: of binary in bytes, else in code points */
};

struct ordered {
    struct moments_counts counts;
    struct type as;
    struct order order;
    struct memory *memory;
    uint64_t *keys;       /* ascending, distinct */
    int64_t *counts_of;   /* beside keys */
    size_t n;
    uint64_t *pending;    /* new keys, in no order */
    size_t n_pending, capacity;
    struct entry_counts entries; /* of the dictionary at hand: among neither of these yet */
    bool is_ready;        /* after next_round: keys and counts stand, and there is a guide to them */
    struct guide guide;
    uint64_t fingerprint; /* of keys and counts; after next_round */
    struct buffer packed;
    /* More distinct values than the limit: `keys` are where buckets begin, counts_of what is in them. */
    int64_t limit;
    enum ordered_phase { ORDERED_KEEP, ORDERED_COARSE, ORDERED_COUNT, ORDERED_BUCKETS, ORDERED_COLLECT } phase;
    int64_t is_coarse;      /* what is saved of it: enum ordered_saved */
    bool is_knots;          /* BUCKETS: of a saved reference, whose data is elsewhere */
    bool is_collecting;
    int32_t n_rounds;
    uint64_t low, high;     /* COARSE and on: outermost keys */
    int64_t *coarse;        /* COARSE: by the leading 16 bits */
    uint8_t *wanted;        /* buckets whose values are to be collected, one byte each; NULL: none yet */
    uint64_t want_from, want_to; /* outside of which nothing is wanted */
    struct ordered *values; /* those values: a plain state */
    int64_t has_sums, is_few;
    struct exact_sum plus, minus;  /* COLLECT: of values in buckets where F is above, below G */
    struct key_sums sums;          /* has_sums: of the values that are no longer among the keys (past KEEP: of all) */
    const struct ordered *buckets; /* COUNT, COLLECT: of a worker, the merged state, whose buckets it counts in; else NULL */
};

/* false: the types have no common order that is `as`. */
bool order_init(struct order *order, struct type from, struct type as);
/* `out` may be `bits`. */
void order_keys(const struct order *order, const uint64_t *bits, int64_t n, uint64_t *out);
/* Adds n keys to a state that keeps all. */
enum status ordered_push(struct ordered *o, const uint64_t *keys, int64_t n, struct error *err);
/* A plain state without a limit, in the order of another; ordered_gather sorts what it has been given; ordered_done. */
void ordered_init_like(struct ordered *o, const struct ordered *other, struct memory *memory);
enum status ordered_gather(struct ordered *o, struct error *err);
/* After that: what ordered_counts says of it, as of a column that has no other values. */
void ordered_count_kept(struct ordered *o);
/* Adds the values of one plain state to another. */
enum status ordered_join(struct ordered *into, struct ordered *from, struct error *err);
void ordered_done(struct ordered *o);
/* Keys and counts stand: what searches and merges of a `ks` need of them is made. */
enum status ordered_ready(struct ordered *o, struct error *err);
/* Is it counted in buckets? */
static inline bool ordered_is_bucketed(const struct ordered *o) { return o->phase == ORDERED_BUCKETS; }
/* Has the bucket one value alone? Then where it begins is all there is to know. */
static inline bool ordered_is_single(const struct ordered *o, size_t i)
{
    return i + 1 < o->n ? o->keys[i + 1] - o->keys[i] == 1 : o->high == o->keys[i];
}
/* Of the slot that ordered_slots says: which bucket; -1 below the first. */
static inline int64_t ordered_bucket(uint32_t slot) { return ((int64_t)slot - 1) / 2 - (slot == 0); }
/* What the next round does with a bucket's values; a byte for each slot of ordered_slots. */
enum { WANT_VALUES = 1, WANT_PLUS = 2, WANT_MINUS = 4 };
/* Keeps the keys from `from` to `to`, both included, in their order; returns how many. What a last round wants is often close together. */
static inline int64_t ordered_within(uint64_t *keys, int64_t n, uint64_t from, uint64_t to)
{
    int64_t kept = 0;

    for (int64_t i = 0; i < n; i++) {
        uint64_t key = keys[i];

        keys[kept] = key;
        kept += key - from <= to - from;
    }
    return kept;
}
/* The outermost keys of the buckets that `wanted` (one byte each, `step` apart) marks. false: there is none. */
bool ordered_hull(const struct ordered *o, const uint8_t *wanted, size_t step, uint64_t *from, uint64_t *to);
enum status ordered_want(struct ordered *o, const uint8_t *slots, struct error *err);
/* stats/knots.c: BUCKETS to `packed` and back, and in another order (UNSUPPORTED where that would leave more open than there is). */
enum ordered_saved { ORDERED_SAVED_VALUES, ORDERED_SAVED_COARSE, ORDERED_SAVED_KNOTS };
enum status knots_pack(struct ordered *o, struct error *err);
enum status knots_unpack(struct ordered *o, struct error *err);
enum status knots_recast(struct ordered *to, const struct ordered *o, const struct order *order, struct error *err);
/* What is wanted of the value of a key, done. */
static inline void order_add_wanted(struct exact_sum *plus, struct exact_sum *minus, struct type as, uint64_t key, uint8_t want)
{
    if (want & (WANT_PLUS | WANT_MINUS))
        order_add_multiple(want & WANT_PLUS ? plus : minus, as, key, 1);
}
/* Keys of the selected values of a column; returns how many. Of a lane that has none, 0. */
int64_t order_take(const struct order *order, struct selection *s, const struct vector *v, uint64_t *out);
/* The value that has this key. */
struct value order_value(struct type as, uint64_t key);

/* Where each key lies among the k known ones: 2 i before the i-th (from 0) and behind the one before it, 2 i + 1 at it, 2 k behind all.
 * After next_round. */
void ordered_slots(const struct ordered *o, const uint64_t *keys, int64_t n, uint32_t *slots);

#endif
