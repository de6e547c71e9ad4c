/* stats/quantile_rules.h -- from samples in order to a quantile.
 *
 * Hyndman and Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996), definitions 1 to 9; method 0
 * is the sample at (n - 1) p rounded half to even; 10, 11 and 12 are the sample before that place, the one behind it, and the middle of
 * the two (numpy's lower, higher and midpoint).
 */
#ifndef STATS_QUANTILE_RULES_H
#define STATS_QUANTILE_RULES_H

#include "columns/type.h"
#include "core/value.h"

/* Between the samples `low` and `low` + 1, counted from 0, `part` / `of` of the way; at `low` itself where part is 0. */
struct quantile_place { int64_t low, part, of; };

enum { QUANTILE_LOWER = 10, QUANTILE_HIGHER, QUANTILE_MIDPOINT, QUANTILE_METHOD_MAX = QUANTILE_MIDPOINT };

/* Where the quantile p (0..1) of n > 0 samples lies. p is the decimal that it was written as, with up to 17 places: the 0.07 quantile
 * of 101 samples is the seventh, though 100 * 0.07 in doubles is more than 7. method: 0..12. */
struct quantile_place quantile_place(int32_t method, double p, int64_t n);
/* Between two samples of an 8-byte lane, given as they lie in it. Of a float column, with g the double next to part / of, a + (b - a) g,
 * or b - (b - a)(1 - g) for g >= 1/2, in doubles, and a where the two are equal; of integers exactly, rounded once: to a double, or for
 * decimals, dates, times and timestamps to their unit, half to even. */
struct value quantile_between(struct type type, uint64_t a, uint64_t b, const struct quantile_place *place);

#endif
