/* stats/key_sums.h -- the sum, and that of the squares, of the numbers that keys of one order stand for: exact, in units of the order's lane. */
#ifndef STATS_KEY_SUMS_H
#define STATS_KEY_SUMS_H

#include "columns/type.h"
#include "kernels/kernels.h"

struct key_sums { struct exact_sum sum, squares; };

/* factor * x without rounding, x the number of the key. */
void order_add_multiple(struct exact_sum *sum, struct type as, uint64_t key, int128 factor);
/* sum += factor * x, x a sum of doubles. */
void exact_add_times(struct exact_sum *sum, const struct exact_sum *x, int64_t factor);

/* n keys, each once. */
void key_sums_add(struct key_sums *s, struct type as, const uint64_t *keys, int64_t n);
/* One key, `times` times. */
void key_sums_add_times(struct key_sums *s, struct type as, uint64_t key, int64_t times);
void key_sums_merge(struct key_sums *into, const struct key_sums *from);
void key_sums_normalise(struct key_sums *s);
/* Normalised, and what n numbers may add up to? Bytes from a file need not be. */
bool key_sums_are_sane(const struct key_sums *s, int64_t n);
/* Each number `factor` times as large, factor > 0. */
void key_sums_scale(struct key_sums *s, int64_t factor);

/* Of n numbers without infinities; each rounded once but the deviation (1 ulp). n < 2: NaN, but for the mean. */
double key_sums_mean(const struct key_sums *s, int64_t n);
double key_sums_variance(const struct key_sums *s, int64_t n); /* sample */
double key_sums_stdev(const struct key_sums *s, int64_t n);

#endif
