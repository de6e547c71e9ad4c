/* stats/metrics.h -- the metrics of the first wave and what can be asked of their states.
 *
 * Unless said otherwise a metric looks at the selected rows of one column; nulls are not values; malformed cells (CSV) are
 * counted apart and are not values; NaN is counted apart. Accessors are pure.
 */
#ifndef STATS_METRICS_H
#define STATS_METRICS_H

#include "stats/metric.h"

/* rows: how many rows are selected. No columns. from_summary: n_rows (FOOTER). */
struct rows { int64_t n; };
extern const struct metric metric_rows;

/* presence: rows, nulls, NaNs. needs_only_nulls for columns that are no floats.
 * from_summary where the null count is trusted (and NaNs are known or the type has none). */
struct presence { int64_t n_rows, n_nulls, n_nans, n_malformed; };
extern const struct metric metric_presence;

/* violations: rows that break a rule: count, the first k, the most frequent values (exact up to 65,536
 * distinct, else absent; the overflow is the same on every split). takes_rule. */
struct violations;
extern const struct metric metric_violations;
struct violations_counts { int64_t n_rows, n_missing, n_nan, n_considered, n_unexpected; const char *trouble; };
struct violations_counts violations_counts(const void *state);
/* Samples in batch order and top values (count descending, then value ascending: numbers numerically, text bytewise), in the arena. */
bool violations_samples(const void *state, struct arena *arena, const struct sample **out, int32_t *n);
bool violations_top(const void *state, struct arena *arena, const struct top_value **out, int32_t *n, bool *is_known);
/* Counts rows that nobody looked at. The unexpected among them are nulls, all of them, and not of the first k rows. */
enum status violations_add_counts(void *state, const struct violations_counts *counts, struct error *err) NODISCARD;

/* moments: count, exact sum, exact sum of squares. Integers in 128/192 bits, decimals as scaled integers, floats by a
 * superaccumulator (exact, rounded once). Bool counts as 0 and 1. */
extern const struct metric metric_moments;
struct moments_counts { int64_t n_rows, n_nulls, n_nans, n_infinite, n_malformed, n_values; };
struct moments_counts moments_counts(const void *state);
/* false: no values (stdev: fewer than 2). Infinite sums give infinities or NaN as IEEE would. */
bool moments_sum(const void *state, struct value *out);  /* INT or DECIMAL exact for ints and decimals, else DOUBLE */
bool moments_mean(const void *state, struct value *out); /* DOUBLE, the exact quotient rounded once */
bool moments_stdev(const void *state, struct value *out); /* DOUBLE, sample (n-1) */

/* shape: exact sums of the first four powers; skewness and excess kurtosis of the population. A second round where values leave
 * 2^-480 ... 2^500. */
extern const struct metric metric_shape;
struct moments_counts shape_counts(const void *state);
/* DOUBLE, NaN with infinities. false: no values, or all of them equal. */
bool shape_skewness(const void *state, struct value *out);
bool shape_kurtosis(const void *state, struct value *out);

/* comoments: exact sums of two columns' values, squares and products, over rows that have both. */
extern const struct metric metric_comoments;
struct moments_counts comoments_counts(const void *state); /* n_nulls: rows in which either is null */
/* DOUBLE, NaN with infinities. false: fewer than 2 values; correlation: a column that does not vary. */
bool comoments_covariance(const void *state, struct value *out); /* sample (n-1) */
bool comoments_correlation(const void *state, struct value *out); /* Pearson's */

/* extremes: smallest and largest value of any ordered type (also text, bytewise). from_summary where bounds are exact and
 * null and NaN counts are known. */
extern const struct metric metric_extremes;
bool extremes_min(const void *state, struct value *out); /* borrowed text lives in the state */
bool extremes_max(const void *state, struct value *out);
struct moments_counts extremes_counts(const void *state);

/* quantiles: exact order statistics of numbers, dates, times, timestamps, decimals up to 18 digits. Small data is kept;
 * past a fixed count the state becomes a histogram of the leading bits of an order-preserving key and asks for further rounds
 * for the ranks it needs, so memory stays bounded and the answer exact for any split. */
struct quantiles_params { int32_t n; double at[32]; int32_t method; /* of quantile_place */ };
extern const struct metric metric_quantiles;
/* The i-th requested quantile. DOUBLE for numbers; decimals, dates and timestamps in their own unit, rounded half even. */
bool quantiles_get(const void *state, int32_t i, struct value *out);
struct moments_counts quantiles_counts(const void *state);

/* sketch: the same quantiles (params too) between bounds that are certain, in one round and 1 MB at most. */
extern const struct metric metric_sketch;
/* The i-th requested quantile lies in low..high; of few different values the three are equal. Types as of quantiles_get. false: no values. */
bool sketch_quantile(const void *state, int32_t i, struct value *estimate, struct value *low, struct value *high);
struct moments_counts sketch_counts(const void *state);

/* distinct: exact number of distinct values (NaN equal to itself, -0.0 = 0.0); several columns: distinct rows (a row with all
 * columns null is not counted; else nulls equal each other). Past the memory budget: TOO_LARGE naming --memory. */
extern const struct metric metric_distinct;
int64_t distinct_count(const void *state);
struct moments_counts distinct_counts(const void *state);

/* hyperloglog: the same count by estimate, in 16 KB. */
extern const struct metric metric_hyperloglog;
int64_t hyperloglog_count(const void *state);
double hyperloglog_standard_error(void); /* of the count, relative */
struct moments_counts hyperloglog_counts(const void *state);

/* uniqueness: which rows share their key. Round 1 fingerprints (64 bits, keyed, a bijection for 8-byte
 * values; different fingerprints prove different keys), round 2, only where fingerprints repeat, looks at those rows' bytes: counts
 * are exact. Unexpected = every member of a duplicated group. Nulls as in `distinct`. */
enum missing_rows { MISSING_ALL_NULL, MISSING_ANY_NULL, MISSING_NEVER }; /* which rows of several columns have no key */
struct uniqueness_params { enum missing_rows missing_rows; }; /* NULL: rows that are null throughout */
extern const struct metric metric_uniqueness;
struct uniqueness_counts { int64_t n_rows, n_missing, n_nan, n_considered, n_unexpected, n_groups, n_surplus; };
struct uniqueness_counts uniqueness_counts(const void *state);
bool uniqueness_samples(const void *state, struct arena *arena, const struct sample **out, int32_t *n);
bool uniqueness_top(const void *state, struct arena *arena, const struct top_value **out, int32_t *n, bool *is_known);
/* After all rounds: sets the bits of selected rows whose key is duplicated (for failed rows). */
enum status uniqueness_mark(const void *state, const struct metric_input *in, uint64_t *out, struct error *err) NODISCARD;

/* frequencies: how often each value occurs; exact up to 65,536 distinct values, else only that there are more. */
extern const struct metric metric_frequencies;
/* All (limit 0) or the most frequent, count descending, then value ascending. *is_known false: more than 65,536 distinct. */
bool frequencies_top(const void *state, struct arena *arena, int32_t limit, const struct top_value **out, int32_t *n,
                     bool *is_known);
struct moments_counts frequencies_counts(const void *state);

/* histogram: counts between edges (n + 1 edges, closed on the left, the last bin closed on both sides). */
struct histogram_params { int32_t n_bins; double low, high; };
extern const struct metric metric_histogram;
bool histogram_counts(const void *state, const int64_t **counts, int32_t *n_bins);

/* texts: lengths of texts in code points (binary: bytes), and their patterns: "user.17@shop.example" has the shape "a.9@a.a". Exact up to 4,096
 * shapes, else only that there are more. */
extern const struct metric metric_texts;
/* false: no values. */
bool texts_lengths(const void *state, int64_t *shortest, int64_t *longest, double *mean);
bool texts_top(const void *state, struct arena *arena, int32_t limit, const struct top_value **out, int32_t *n, bool *is_known);

/* direction: from each value to the next in batch order, rows without one passed over: how often it rises, stays, falls. Of 8-byte lanes. */
extern const struct metric metric_direction;
struct direction_steps { int64_t rises, stays, falls; };
bool direction_steps(const void *state, struct direction_steps *out); /* false: no memory */

#endif
