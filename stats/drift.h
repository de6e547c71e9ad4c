/* stats/drift.h -- two samples compared: a batch and what it is measured against.
 *
 * A reference is a sample too. `ordered` is what KS needs of it: its distinct values with their counts. `ks` then counts the batch
 * between those knots, without sorting it, and is exact, ties included. Categories of two `frequencies` states are
 * joined and compared by chi-square. Everything here is a function of counts: the same for any split of either side.
 */
#ifndef STATS_DRIFT_H
#define STATS_DRIFT_H

#include "stats/metrics.h"

/* --- ordered values: Kolmogorov-Smirnov --- */

/* In whose order the values are compared. limit: beyond so many distinct values they are counted in buckets; 0: none. */
struct ordered_params {
    struct type as;
    int64_t limit;
    int64_t sums;    /* not 0: what Wasserstein's distance needs is added up too; checks of different numbers keep apart */
    int64_t is_few;  /* 1: past the limit nothing is asked of it any more, no buckets are made */
};
enum { ORDERED_LIMIT = 1 << 17 };

/* The type in whose order values of both types can be compared: equal ones, integers and decimals (up to 18 digits) with each other, any of
 * them with a float as doubles, times of different units. false: none. */
bool ordered_common(struct type a, struct type b, struct type *out);

/* ordered: distinct values in order and how often each occurs. Memory grows with the distinct values, within the
 * budget; beyond a limit they are counted in some 2^16 buckets of nearly equal counts, in further rounds. The state that a `ks` is set up with must have been through next_round. */
extern const struct metric metric_ordered;
struct moments_counts ordered_counts(const void *state);
int64_t ordered_distinct(const void *state);
/* `into`, an empty state in another order, gets the values of `from`: the state that the same data would have given. Of a
 * reference that was thinned, as much as it knows; UNSUPPORTED where `into` was set up for more. Memory. */
enum status ordered_recast(void *into, const void *from, struct error *err) NODISCARD;
/* For saving: of more than some 25,000 distinct values only counts between knots are left (knots.c). After its rounds. Memory. */
enum status ordered_thin(void *state, struct error *err) NODISCARD;
/* Has it been thinned? Then single values need its data. */
bool ordered_is_thin(const void *state);
/* Is its data to be looked at again (metric.refine)? Where they cannot be had: no longer. */
void ordered_unwant(void *state);
bool ordered_is_wanted(const void *state);
struct type ordered_order(const void *state); /* ordered_params.as */

enum ks_side { KS_TWO_SIDED, KS_GREATER, KS_LESS };
enum ks_asks {
    KS_EXACT,  /* D */
    KS_DECIDE, /* on which side of the limits a test's figures are; what decides that where bounds leave it open */
    KS_COUNTS, /* only counts */
};
/* What is asked of a `ks`; the first member alone is as good as KS_EXACT. */
struct ks_params {
    struct ordered_params values;
    int64_t asks;          /* enum ks_asks; DECIDE is EXACT but against a thinned reference */
    int64_t side;          /* enum ks_side */
    int64_t test;          /* DECIDE: which of drift_tests (drift_tests.h) */
    double max_effect, max_statistic, p_value; /* it fails where a figure is above the first two, or p below the last; NaN: none */
};

/* ks: how many values lie at and between the reference's (setup.reference: a state of metric_ordered of the same `as`, which must
 * outlive it). 2 k + 1 counters for k distinct values. */
extern const struct metric metric_ks;
struct moments_counts ks_counts(const void *state);

struct ks_result {
    int64_t n, n_reference;
    double statistic;           /* D: the largest distance between the two distribution functions */
    double greater, less;       /* D+: of the batch's above the reference's; D-: below */
    struct value farthest;      /* of the reference: D is attained at it or just below it */
    double p_value;             /* two-sided */
    const char *p_method;       /* "exact" or "asymptotic" */
    bool is_exact;              /* false: a thinned reference; statistic, greater and less are the least they may be, these the most: */
    double most, most_greater, most_less;
};
/* Are there only bounds, of whatever asks for single values? Against a thinned reference, unless its data were looked at again for this state. */
bool ks_is_bounded(const void *state);
/* All values of both sides, as states of metric_ordered, where a last round collected them; NULL: of that side it did not. */
void ks_collected(const void *state, const void **batch, const void **reference);
/* false: a side has no values. */
bool ks_result(const void *state, struct ks_result *out);

/* N M times Wasserstein's distance of states with `sums`, over N M; false: the values of both sides are few enough to be walked
 * (`wasserstein`). In units of the order's lane. */
bool ks_wasserstein(const void *state, double *out);
/* Sum and squares of all values of a state of metric_ordered, in units of the lane. false: some are infinite, or they were not asked for
 * (ordered_params.sums) and the values are no longer known one by one. */
struct key_sums;
bool ordered_sums(const void *state, struct key_sums *out);
/* The sample deviation by them. NaN for n < 2, and where they are not known. */
double ordered_stdev(const void *state);

/* About 30 bins: evenly spaced between the 1st and the 99th percentile of both sides, each edge moved down to a value of the reference,
 * where counts are exact; the outer bins reach to the outermost values of both. Closed on the left, the last one on both sides. */
struct ks_bins { int32_t n; struct value *edges; int64_t *observed, *reference; };
/* false: no memory. n 0: a side has no values. */
bool ks_histogram(const void *state, struct arena *arena, struct ks_bins *out);
/* At most n bins that hold as many values of the reference each as its ties allow; the outer ones reach as far as either side. A property
 * of the reference alone, so any batch is counted in the same bins. */
bool ks_ranked_bins(const void *state, int32_t n, struct arena *arena, struct ks_bins *out);

/* --- the Kolmogorov distributions: kolmogorov.c --- */

enum { KS_EXACT_MAX = 10000 }; /* the larger sample, up to which the exact distribution is used */

/* P(n m D >= distance) of two samples of n and m values without ties; distance in units of 1/(n m), a multiple of
 * gcd(n, m). n, m <= KS_EXACT_MAX. */
double ks_p_exact(int64_t n, int64_t m, int64_t distance, enum ks_side side);
/* For large samples: as one sample of nm/(n+m) values, rounded; one-sided by Hodges' 5.3. */
double ks_p_asymptotic(int64_t n, int64_t m, double d, enum ks_side side);
/* The one of the two that the sizes ask for; *method (may be NULL) names it. */
double ks_p(int64_t n, int64_t m, double d, enum ks_side side, const char **method);
/* The limit law: both samples infinite. */
double ks_p_limit(int64_t n, int64_t m, double d);
/* P(D_n >= d) of one sample of n values from a continuous distribution; one-sided P(D_n+ >= d). */
double ks_p_one_sample(int64_t n, double d);
double ks_p_one_sided(int64_t n, double d);

/* --- categories: chi-square --- */

enum chi_square_form { CHI_SQUARE_PEARSON, CHI_SQUARE_YATES /* for 1 degree of freedom */, CHI_SQUARE_G, CHI_SQUARE_NEYMAN };
struct chi_square { double statistic, p_value, cramers_v; int64_t degrees_of_freedom; };
/* A table of counts, row by row: homogeneity or independence. false: a row or column without counts, or a count below 0. */
bool chi_square_table(const int64_t *counts, int32_t n_rows, int32_t n_columns, enum chi_square_form form,
                      struct chi_square *out);
/* Goodness of fit of n counts. false where the sums differ by more than 1e-8 of them, or n < 1. G is 2 sum o log(o / e), to which the difference
 * of the two sums belongs. */
bool chi_square_fit(const double *observed, const double *expected, int32_t n, int32_t ddof, enum chi_square_form form,
                    struct chi_square *out);
/* The same against shares, which count as parts of their sum: what they fall short of 1 by rounding moves nothing. false where that is
 * 1e-6 or more, without counts, or n < 1. */
bool chi_square_shares(const double *observed, const double *shares, int32_t n, enum chi_square_form form, struct chi_square *out);

struct category { struct value value; int64_t observed, reference; uint64_t low, high; };
/* Can values of both types be the same category? */
bool categories_comparable(struct type a, struct type b);
/* The values of either of two `frequencies` states, the most frequent first (both sides together), then by value. *is_known false: a
 * side has more than 65,536 of them. false: no memory. */
bool categories_join(const void *batch, const void *reference, struct arena *arena, struct category **out, int32_t *n,
                     bool *is_known);

struct category_drift {
    struct chi_square test;
    int32_t n_columns;  /* categories compared, the pool included; below 2: nothing could be compared */
    int32_t n_pooled;   /* rare ones taken together: their expected count on the smaller side is below 5 */
    int32_t n_new;      /* the reference has none of them */
    int32_t moved_most; /* the largest change of its share */
};
/* `joined` as categories_join leaves it, or otherwise with the most frequent first. false: no memory. */
bool category_drift(const struct category *joined, int32_t n, enum chi_square_form form, struct arena *arena,
                    struct category_drift *out);

#endif
