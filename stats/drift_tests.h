/* stats/drift_tests.h -- the tests and distances that compare two samples, or one with a law: each a row of one table.
 *
 * A row says what it needs, what its effect size is and from which on that is too large, and has one pure function. Tests of order
 * look at values (struct samples), tests of shares at counts by category or bin (struct shares). Whatever the figures are
 * made of is a function of counts, taken in the order of the values: the same for any split of either side.
 */
#ifndef STATS_DRIFT_TESTS_H
#define STATS_DRIFT_TESTS_H

#include "stats/drift.h"

/* --- laws that have a name --- */

enum { LAW_PARAMETERS = 2 };
struct law_parameter { const char *name; bool is_positive; const char *doc; };
struct law {
    const char *name;
    struct law_parameter parameters[LAW_PARAMETERS]; /* name NULL: none */
    double (*cdf)(double x, const double *parameters);
};
extern const struct law laws[]; /* sorted by name; the last has no name. GSL's cumulative distribution functions */
const struct law *law_find(const char *name);
/* P(X <= x). NaN where GSL cannot tell. */
double law_cdf(const struct law *law, const double *parameters, double x);

/* --- what is compared --- */

struct samples {
    const void *counted;   /* a state of metric_ks: the batch counted between the reference's values */
    const void *batch, *reference; /* states of metric_ordered, after next_round; reference NULL: `law` is what it is compared with */
    const struct law *law;
    const double *parameters; /* of the law */
    enum ks_side side;
};

/* `at` as categories_join leaves them, or bins in their order. */
struct shares {
    const struct category *at;
    int32_t n;
    int64_t observed, reference; /* totals */
    const double *given;         /* the reference's shares, beside `at`, where they are given and not counted; else NULL */
    double floor;                /* shares below it count as this much (psi, kl) */
    bool is_natural;             /* logarithms of jensen_shannon: natural, else binary */
    struct arena *arena;
};

struct drift_figures {
    double statistic, effect;
    const char *effect_name, *effect_title; /* NULL: the row's */
    double p_value;                  /* NaN: none */
    /* Where a thinned reference leaves it open the effect is between `effect` and `most`, the statistic between itself and this, p between
     * `p_least` and `p_value`; NaN: exact. */
    double most, statistic_most, p_least;
    const char *p_method;            /* NULL: none */
    double degrees_of_freedom;       /* NaN: none */
    double degrees_of_freedom_below; /* of the denominator of F; NaN: none */
    double other;                    /* a figure named by the row's `other`; NaN: none */
    int32_t n_pooled;                /* rare categories taken together; -1: does not apply */
    bool no_memory;
};

enum drift_flags {
    DRIFT_OF_ORDER = 1,     /* `order` looks at values, else `share` at shares */
    DRIFT_TAKES_LAW = 2,    /* a named law may stand in the reference's place */
    DRIFT_NEEDS_BATCH = 4,  /* the batch's values in order too, not only counted between the reference's */
    DRIFT_FINITE = 8,       /* infinite values leave it without an answer */
    DRIFT_SIDED = 16,       /* has one-sided forms */
    DRIFT_HAS_P = 32,
    DRIFT_POOLS = 64,       /* rare categories are taken together */
    DRIFT_BY_CATEGORY = 128, /* numbers too are compared value by value, unless bins are asked for */
    DRIFT_HAS_UNIT = 256,   /* the effect is in the column's unit: there is no default */
    DRIFT_SUMS = 1024,      /* of sums: past ORDERED_LIMIT distinct values too */
    DRIFT_BOUNDED = 512,    /* the effect lies between 0 and 1 */
};

struct drift_test {
    const char *name, *title;     /* the suite's word; what people call it */
    const char *effect, *effect_title;
    const char *other;            /* name of figures.other; NULL: none */
    double max_effect;            /* beyond it the effect is large; NaN: none */
    int flags;
    /* NULL, or static text that says why there is no answer. */
    const char *(*order)(const struct samples *samples, struct drift_figures *out);
    const char *(*share)(const struct shares *shares, struct drift_figures *out);
    const char *doc;
    /* Of a test of order, against a thinned reference: `counted` and `reference` say what they do (knot_bounds.c). false: nothing. */
    bool (*bounds)(const struct samples *samples, struct drift_figures *out);
};
extern const struct drift_test drift_tests[]; /* the last has no name */
const struct drift_test *drift_test_find(const char *name);
/* Does a check with these limits pass or fail whatever lies between the bounds? */
bool drift_decides(const struct ks_params *limits, const struct drift_figures *figures);

/* --- the tests of order: rank_tests.c --- */

/* Of k ordered samples; *out is the normalised statistic, *raw A^2 itself. false: fewer than two distinct values or 4 values. */
enum { POOL_MAX = 8 };
bool anderson_darling(const void *const *ordered, int32_t k, double *out, double *raw);
/* scipy's: interpolated between tabled values, from 0.25 to 0.001. */
double anderson_darling_p(double statistic, int32_t k);
double anderson_darling_deviation(const double *sizes, int32_t k); /* of A^2 without ties */
/* T of two samples, mid-ranks for ties. */
double cramer_von_mises(const void *batch, const void *reference);
/* The root mean square of F - G over all values of both, at a tie the mean of before and behind: without ties sqrt((T - 1/4N) N / (nm)), N = n + m. */
double rms_distance(const void *batch, const void *reference);
double cramer_von_mises_p(double t, int64_t n, int64_t m);       /* asymptotic */
/* Counts all orders; ties are not known to it. n, m <= CRAMER_EXACT_MAX. false: no memory. */
enum { CRAMER_EXACT_MAX = 12, MANN_WHITNEY_EXACT_MAX = 50 };
bool cramer_von_mises_p_exact(double t, int64_t n, int64_t m, double *p);
struct mann_whitney { int64_t n, m; double u, u_other, ties; bool has_ties; }; /* u: of the batch; ties: sum of t^3 - t */
void mann_whitney(const void *batch, const void *reference, struct mann_whitney *out);
double mann_whitney_p(const struct mann_whitney *r, enum ks_side side, bool is_continuous); /* asymptotic */
/* Without ties; n, m <= MANN_WHITNEY_EXACT_MAX. false: no memory. */
bool mann_whitney_p_exact(const struct mann_whitney *r, enum ks_side side, double *p);
/* sum / (n m), rounded once. */
struct exact_sum;
double exact_over(const struct exact_sum *sum, int64_t n, int64_t m);
/* What one of a type's numbers is in units of its lane: decimals in ones, times in seconds, dates in days. */
double order_unit(struct type as);
/* The number of a key, in units of the lane. */
double order_number(struct type as, uint64_t key);
/* The integral of |F - G|, in the unit of the values (times: seconds; dates: days). */
double wasserstein(const void *batch, const void *reference);
struct spread { int64_t n; double mean, variance; };
/* Welch's t of two sides with 2 values at least; as the row's function. */
const char *welch_of(const struct spread *batch, const struct spread *reference, enum ks_side side, struct drift_figures *out);
/* Levene's by how far the mean distances are apart, and the variance within the sides. */
struct levene { double d, statistic, p; };
void levene_of(double apart, double within, int64_t n, int64_t m, struct levene *out);
void ordered_spread(const void *ordered, struct spread *out); /* variance NaN for n < 2 */
void ordered_spread_around_median(const void *ordered, struct spread *out); /* of the distances from the sample's median */
/* D of a sample against a law; *greater and *less are D+ and D-; *farthest may be NULL. */
double ks_one_sample(const void *ordered, const struct law *law, const double *parameters, double *greater, double *less,
                     struct value *farthest);

/* At most n bins from the smallest to the largest value; the inner edges lie evenly between the 1st and the 99th percentile, at values.
 * `starts` are the edges as numbers. false: no memory. */
struct ordered_bins { int32_t n; struct value *edges; double *starts; int64_t *counts; };
bool ordered_histogram(const void *ordered, int32_t n, struct arena *arena, struct ordered_bins *out);

/* --- between which figures a thinned reference leaves a test: knot_bounds.c; as the row's `bounds` --- */

bool bounds_cramer_von_mises(const struct samples *samples, struct drift_figures *out);
bool bounds_anderson_darling(const struct samples *samples, struct drift_figures *out);
bool bounds_mann_whitney(const struct samples *samples, struct drift_figures *out);
bool bounds_welch(const struct samples *samples, struct drift_figures *out);
bool bounds_levene(const struct samples *samples, struct drift_figures *out);
bool bounds_wasserstein(const struct samples *samples, struct drift_figures *out);
bool bounds_wasserstein_normed(const struct samples *samples, struct drift_figures *out);

/* --- the distances of shares: distances.c --- */

double share_jensen_shannon(const struct shares *s); /* the divergence; its root is the distance */
double share_kl(const struct shares *s);             /* of the batch from the reference, in nats */
double share_psi(const struct shares *s);
double share_hellinger(const struct shares *s);
double share_total_variation(const struct shares *s);
double share_l_infinity(const struct shares *s);

#endif
