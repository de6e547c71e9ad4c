/* stats/stretches.h -- a batch beside a thinned reference: stretches of the order, and how many values of either side lie in each.
 *
 * Stretch 0 is below the reference's least value, stretch i is its bucket i - 1; the last one reaches as far as either side. Where in a
 * stretch its values lie is not known, unless it is one value wide.
 */
#ifndef STATS_STRETCHES_H
#define STATS_STRETCHES_H

#include "stats/ordered.h"

struct ks_stretches {
    const struct ordered *of;  /* the reference */
    const int64_t *slots;      /* of the ks state */
    int64_t n, n_batch;        /* stretches; values of the batch */
    uint64_t low, high;        /* the batch's least key below all stretches but the first (UINT64_MAX: none); the greatest of both sides */
    uint64_t batch_high;       /* the batch's greatest in the last stretch; 0: none */
    const struct key_sums *totals; /* of the batch */
    bool has_totals;
};
struct stretch { uint64_t first, last; int64_t observed, reference; bool is_single; };

/* stats/ks.c */
void ks_stretches(const void *state, struct ks_stretches *out);

static inline struct stretch stretch_at(const struct ks_stretches *s, int64_t i)
{
    const struct ordered *o = s->of;
    struct stretch x = {.observed = s->slots[i ? 2 * i - 1 : 0]};

    if (i == 0) {
        x.last = o->keys[0] - 1;
        x.first = s->low < x.last ? s->low : x.last;
        return x;
    }
    x.first = o->keys[i - 1];
    x.last = i < (int64_t)o->n ? o->keys[i] - 1 : s->high;
    x.reference = o->counts_of[i - 1];
    x.is_single = x.first == x.last;
    return x;
}

#endif
