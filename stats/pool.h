/* stats/pool.h -- several ordered samples, walked together from the smallest value to the largest. */
#ifndef STATS_POOL_H
#define STATS_POOL_H

#include "stats/drift_tests.h"
#include "stats/ordered.h"

struct pool {
    const struct ordered *of[POOL_MAX];
    size_t at[POOL_MAX];
    int32_t k;
    uint64_t key;            /* the value at hand */
    int64_t count[POOL_MAX]; /* how often each sample has it; 0: not */
    int64_t below[POOL_MAX]; /* values of each below it */
    int64_t total, total_below;
};

static inline void pool_init(struct pool *p, const void *const *ordered, int32_t k)
{
    *p = (struct pool){.k = k};
    for (int32_t i = 0; i < k; i++)
        p->of[i] = ordered[i];
}

/* false: there are no more values. */
static inline bool pool_next(struct pool *p)
{
    bool any = false;

    for (int32_t i = 0; i < p->k; i++) {
        p->below[i] += p->count[i];
        p->total_below += p->count[i];
        if (p->at[i] < p->of[i]->n && (!any || p->of[i]->keys[p->at[i]] < p->key)) {
            p->key = p->of[i]->keys[p->at[i]];
            any = true;
        }
    }
    p->total = 0;
    for (int32_t i = 0; i < p->k && any; i++) {
        bool here = p->at[i] < p->of[i]->n && p->of[i]->keys[p->at[i]] == p->key;

        p->count[i] = here ? p->of[i]->counts_of[p->at[i]++] : 0;
        p->total += p->count[i];
    }
    return any;
}

#endif
