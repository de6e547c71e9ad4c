/* stats/ordered.h -- the state of `ordered` as `ks` sees it, and values turned into keys of one order. */
#ifndef STATS_ORDERED_H
#define STATS_ORDERED_H

#include "core/number.h"
#include "stats/drift.h"
#include "stats/entry_counts.h"
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
    uint64_t *tree;       /* nodes from 1; NULL until next_round */
    int32_t levels;
    uint64_t fingerprint; /* of keys and counts; after next_round */
    struct buffer packed;
};

/* false: the types have no common order that is `as`. */
bool order_init(struct order *order, struct type from, struct type as);
/* `out` may be `bits`. */
void order_keys(const struct order *order, const uint64_t *bits, int64_t n, uint64_t *out);
/* Keys of the selected values of a column; returns how many. Of a lane that has none, 0. */
int64_t order_take(const struct order *order, struct selection *s, const struct vector *v, uint64_t *out);
/* The value that has this key. */
struct value order_value(struct type as, uint64_t key);

/* Where each key lies among the k known ones: 2 i before the i-th (from 0) and behind the one before it, 2 i + 1 at it, 2 k behind all.
 * After next_round. */
void ordered_slots(const struct ordered *o, const uint64_t *keys, int64_t n, uint32_t *slots);

#endif
