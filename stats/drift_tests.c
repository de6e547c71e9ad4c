/* stats/drift_tests.c -- the table of drift_tests.h.
 *
 * Effect sizes do not grow with the samples, so that one threshold suits any size. Those of the distances are the distances. The others:
 *
 *     ks                 D, the largest difference of the distribution functions
 *     chi_square, g      Cramér's V; against given shares Cohen's w
 *     cramer_von_mises   the root mean square of F - G over all values, which T is for values without ties; by ranks, as scipy takes it, T
 *                        grows with each tie too, by (n^3 sum f^3 / m + m^3 sum g^3 / n) / (12 (n+m)), f and g the shares that are tied
 *     anderson_darling   the same with each square weighed by 1 / (H (1 - H)), H the distribution of both: sqrt(A2 (n+m) / (n m))
 *     mann_whitney       the rank-biserial correlation |2 U / (n m) - 1|: how often one side's value is the larger, less how often not
 *     welch_t, levene    Cohen's d of the values, of their distances from the median: the difference of means in deviations
 *
 * Thresholds: 0.1 where 0.1 of a distribution has moved (ks, shares, total variation). A shift of a normal distribution that moves D by 0.1
 * moves the root mean square by 0.076 and the weighed one by 0.173, which is where those two stand; Cohen (1988) calls d = 0.2 small, Romano
 * et al. (2006) take a rank-biserial correlation below 0.147 as negligible.
 */
#include <math.h>
#include <pthread.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

#include "stats/drift_tests.h"

static void silence(void)
{
    gsl_set_error_handler_off();
}

/* Before the first call of GSL. */
static void quiet(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, silence);
}

static const struct drift_figures no_figures = {.p_value = NAN, .degrees_of_freedom = NAN, .degrees_of_freedom_below = NAN,
                                                .other = NAN, .most = NAN, .statistic_most = NAN, .p_least = NAN, .n_pooled = -1};

/* --- tests of order --- */

static const char *one_sample_ks(const struct samples *s, struct drift_figures *out)
{
    int64_t n = ordered_counts(s->batch).n_values;
    double greater, less;

    *out = no_figures;
    out->effect = ks_one_sample(s->batch, s->law, s->parameters, &greater, &less, NULL);
    out->p_method = "exact";
    if (s->side == KS_TWO_SIDED) {
        out->p_value = ks_p_one_sample(n, out->effect);
    } else {
        out->effect = s->side == KS_GREATER ? greater : less;
        out->p_value = ks_p_one_sided(n, out->effect);
    }
    out->statistic = out->effect;
    return isnan(out->effect) ? "the law has no value at some of the column's" : NULL;
}

static const char *ks(const struct samples *s, struct drift_figures *out)
{
    struct ks_result r;
    double d;

    if (s->law)
        return one_sample_ks(s, out);
    *out = no_figures;
    if (!ks_result(s->counted, &r))
        return "a side has no values";
    d = s->side == KS_TWO_SIDED ? r.statistic : s->side == KS_GREATER ? r.greater : r.less;
    out->statistic = out->effect = d;
    out->p_value = r.p_value;
    out->p_method = r.p_method;
    if (s->side != KS_TWO_SIDED)
        out->p_value = ks_p(r.n, r.n_reference, d, s->side, NULL);
    if (!r.is_exact) {
        out->most = s->side == KS_TWO_SIDED ? r.most : s->side == KS_GREATER ? r.most_greater : r.most_less;
        out->statistic_most = out->most;
        out->p_least = ks_p(r.n, r.n_reference, out->most, s->side, NULL);
    }
    return NULL;
}

/* D is bounded as it stands. */
static bool bounds_ks(const struct samples *s, struct drift_figures *out)
{
    return ks(s, out) == NULL;
}

/* 1/n + 1/m: by its root a statistic that grows with the samples becomes one that does not. */
static double inverse_sizes(const struct samples *s)
{
    return 1 / (double)ordered_counts(s->batch).n_values + 1 / (double)ordered_counts(s->reference).n_values;
}

static const char *cramer(const struct samples *s, struct drift_figures *out)
{
    int64_t n = ordered_counts(s->batch).n_values, m = ordered_counts(s->reference).n_values;
    double t = cramer_von_mises(s->batch, s->reference);

    *out = no_figures;
    out->statistic = t;
    out->effect = rms_distance(s->batch, s->reference);
    if (n <= CRAMER_EXACT_MAX && m <= CRAMER_EXACT_MAX) {
        out->p_method = "exact";
        out->no_memory = !cramer_von_mises_p_exact(t, n, m, &out->p_value);
    } else {
        out->p_method = "asymptotic";
        out->p_value = cramer_von_mises_p(t, n, m);
    }
    return NULL;
}

static const char *anderson(const struct samples *s, struct drift_figures *out)
{
    const void *both[] = {s->batch, s->reference};
    double raw;

    *out = no_figures;
    if (!anderson_darling(both, 2, &out->statistic, &raw)) {
        out->p_value = 1; /* one value on both sides */
        out->p_method = "table";
        return NULL;
    }
    out->effect = sqrt(fmax(0, raw) * inverse_sizes(s));
    out->p_value = anderson_darling_p(out->statistic, 2);
    out->p_method = "table"; /* between 0.25 and 0.001 */
    return NULL;
}

static const char *mann(const struct samples *s, struct drift_figures *out)
{
    struct mann_whitney r;

    *out = no_figures;
    mann_whitney(s->batch, s->reference, &r);
    out->statistic = r.u;
    out->effect = fabs(r.u - r.u_other) / ((double)r.n * (double)r.m);
    if (!r.has_ties && r.n <= MANN_WHITNEY_EXACT_MAX && r.m <= MANN_WHITNEY_EXACT_MAX) {
        out->p_method = "exact";
        out->no_memory = !mann_whitney_p_exact(&r, s->side, &out->p_value);
    } else {
        out->p_method = "asymptotic";
        out->p_value = mann_whitney_p(&r, s->side, true);
    }
    return NULL;
}

/* (a - b) / deviation where nothing may vary at all. */
static double in_deviations(double a, double b, double variance)
{
    return a == b ? 0 : variance > 0 ? (a - b) / sqrt(variance) : a > b ? INFINITY : -INFINITY;
}

const char *welch_of(const struct spread *a, const struct spread *b, enum ks_side side, struct drift_figures *out)
{
    double u, v, t, df;

    quiet();
    *out = no_figures;
    if (a->n < 2 || b->n < 2)
        return "welch_t needs 2 values on each side";
    u = a->variance / (double)a->n;
    v = b->variance / (double)b->n;
    t = in_deviations(a->mean, b->mean, u + v);
    df = u + v > 0 ? (u + v) * (u + v) / (u * u / (double)(a->n - 1) + v * v / (double)(b->n - 1)) : (double)(a->n + b->n - 2);
    out->statistic = t;
    out->degrees_of_freedom = df;
    out->effect = fabs(in_deviations(a->mean, b->mean, (a->variance + b->variance) / 2));
    out->p_method = "t";
    if (isinf(t))
        out->p_value = side == KS_TWO_SIDED || (t > 0) == (side == KS_GREATER) ? 0 : 1;
    else if (side == KS_TWO_SIDED)
        out->p_value = fmin(1, 2 * gsl_cdf_tdist_Q(fabs(t), df));
    else
        out->p_value = side == KS_GREATER ? gsl_cdf_tdist_Q(t, df) : gsl_cdf_tdist_P(t, df);
    return NULL;
}

static const char *welch(const struct samples *s, struct drift_figures *out)
{
    struct spread a, b;

    ordered_spread(s->batch, &a);
    ordered_spread(s->reference, &b);
    return welch_of(&a, &b, s->side, out);
}

void levene_of(double apart, double within, int64_t n_, int64_t m_, struct levene *out)
{
    double n = (double)n_, m = (double)m_;

    quiet();
    out->d = fabs(in_deviations(apart, 0, within));
    out->statistic = out->d * out->d * (n * m / (n + m));
    out->p = isinf(out->d) ? 0 : gsl_cdf_fdist_Q(out->statistic, 1, n + m - 2);
}

/* Centred on medians: Brown and Forsythe (1974). W of two samples is the square of the equal-variance t of the distances. */
static const char *levene(const struct samples *s, struct drift_figures *out)
{
    struct spread a, b;
    struct levene found;
    double n, m;

    *out = no_figures;
    ordered_spread_around_median(s->batch, &a);
    ordered_spread_around_median(s->reference, &b);
    if (a.n < 2 || b.n < 2)
        return "levene needs 2 values on each side";
    n = (double)a.n;
    m = (double)b.n;
    levene_of(a.mean - b.mean, ((n - 1) * a.variance + (m - 1) * b.variance) / (n + m - 2), a.n, b.n, &found);
    out->statistic = found.statistic;
    out->effect = found.d;
    out->degrees_of_freedom = 1;
    out->degrees_of_freedom_below = n + m - 2;
    out->p_method = "f";
    out->p_value = found.p;
    return NULL;
}

/* Of sides that are too large to be walked by what was counted. */
static double distance_of(const struct samples *s)
{
    double x;

    if (s->counted && ks_wasserstein(s->counted, &x))
        return x / order_unit(ordered_order(s->reference));
    return wasserstein(s->batch, s->reference);
}

static const char *plain_wasserstein(const struct samples *s, struct drift_figures *out)
{
    *out = no_figures;
    out->statistic = out->effect = distance_of(s);
    return NULL;
}

static const char *normed_wasserstein(const struct samples *s, struct drift_figures *out)
{
    double distance = distance_of(s), deviation = ordered_stdev(s->reference) / order_unit(ordered_order(s->reference));

    *out = no_figures;
    if (ordered_counts(s->reference).n_values < 2)
        return "wasserstein_normed needs 2 values in the reference";
    out->other = distance;
    out->statistic = out->effect = distance == 0 ? 0 : deviation > 0 ? distance / deviation : INFINITY;
    return NULL;
}

/* --- tests of shares --- */

/* The counts of given shares, rare ones taken together: the pool's share is that of what is in it. Returns how many are left. */
static int32_t pool_given(const struct shares *s, double *observed, double *shares, struct drift_figures *out)
{
    double n = (double)s->observed, pool = 0, pool_share = 0;
    int32_t k = 0;

    out->n_pooled = 0;
    for (int32_t i = 0; i < s->n; i++) {
        if (s->given[i] > 0 && s->given[i] * n < 5) { /* Cochran (1954); what is impossible stays by itself */
            pool += (double)s->at[i].observed;
            pool_share += s->given[i];
            out->n_pooled++;
            continue;
        }
        observed[k] = (double)s->at[i].observed;
        shares[k++] = s->given[i];
    }
    if (out->n_pooled) {
        observed[k] = pool;
        shares[k++] = pool_share;
    }
    return k;
}

static const char *fit(const struct shares *s, enum chi_square_form form, struct drift_figures *out)
{
    double *observed = arena_array(s->arena, (size_t)s->n + 1, sizeof *observed);
    double *shares = arena_array(s->arena, (size_t)s->n + 1, sizeof *shares);
    struct chi_square c;
    int32_t k;

    if (!observed || !shares) {
        out->no_memory = true;
        return NULL;
    }
    k = pool_given(s, observed, shares, out);
    if (k < 2)
        return out->n_pooled ? "each category is too rare to compare: its expected count is below 5" : "one category has nothing to differ in";
    if (!chi_square_shares(observed, shares, k, form, &c))
        return "the given shares do not add up to 1";
    out->statistic = c.statistic;
    out->effect_name = "cohens_w";
    out->effect_title = "Cohen's w";
    out->p_value = c.p_value;
    out->degrees_of_freedom = (double)c.degrees_of_freedom;
    out->p_method = "chi_square";
    if (chi_square_shares(observed, shares, k, CHI_SQUARE_PEARSON, &c))
        out->effect = sqrt(c.statistic / (double)s->observed);
    return NULL;
}

static const char *homogeneity(const struct shares *s, enum chi_square_form form, struct drift_figures *out)
{
    struct category_drift d;

    *out = no_figures;
    if (s->given)
        return fit(s, form, out);
    out->no_memory = !category_drift(s->at, s->n, form, s->arena, &d);
    if (out->no_memory)
        return NULL;
    if (d.n_columns < 2 && d.n_pooled > 0)
        return "each category is too rare to compare: its expected count is below 5 (numbers can be taken together by `bins`)";
    out->statistic = d.test.statistic;
    out->effect = d.test.cramers_v;
    out->p_value = d.test.p_value;
    out->degrees_of_freedom = (double)d.test.degrees_of_freedom;
    out->p_method = "chi_square";
    out->n_pooled = d.n_pooled;
    return NULL;
}

static const char *pearson(const struct shares *s, struct drift_figures *out)
{
    return homogeneity(s, CHI_SQUARE_PEARSON, out);
}

static const char *likelihood(const struct shares *s, struct drift_figures *out)
{
    return homogeneity(s, CHI_SQUARE_G, out);
}

static const char *distance(double x, struct drift_figures *out)
{
    *out = no_figures;
    out->statistic = out->effect = x;
    return NULL;
}

static const char *jensen_shannon(const struct shares *s, struct drift_figures *out)
{
    double divergence = share_jensen_shannon(s);

    distance(sqrt(divergence), out);
    out->other = divergence;
    return NULL;
}

static const char *psi(const struct shares *s, struct drift_figures *out) { return distance(share_psi(s), out); }
static const char *kl(const struct shares *s, struct drift_figures *out) { return distance(share_kl(s), out); }
static const char *hellinger(const struct shares *s, struct drift_figures *out) { return distance(share_hellinger(s), out); }
static const char *variation(const struct shares *s, struct drift_figures *out) { return distance(share_total_variation(s), out); }
static const char *largest(const struct shares *s, struct drift_figures *out) { return distance(share_l_infinity(s), out); }

/* --- the table --- */

enum { ORDER = DRIFT_OF_ORDER | DRIFT_NEEDS_BATCH, VALUES = ORDER | DRIFT_FINITE };

/* clang-format off */
const struct drift_test drift_tests[] = {
    {"ks", "Kolmogorov-Smirnov", "ks_d", "KS D", NULL, 0.1, DRIFT_OF_ORDER | DRIFT_SIDED | DRIFT_HAS_P | DRIFT_BOUNDED | DRIFT_TAKES_LAW, ks, NULL,
     "largest difference of the distribution functions", bounds_ks},
    {"chi_square", "chi-square", "cramers_v", "Cramér's V", NULL, 0.1, DRIFT_HAS_P | DRIFT_BOUNDED | DRIFT_POOLS | DRIFT_BY_CATEGORY, NULL, pearson,
     "Pearson's test on the counts of categories"},
    {"g", "G", "cramers_v", "Cramér's V", NULL, 0.1, DRIFT_HAS_P | DRIFT_BOUNDED | DRIFT_POOLS | DRIFT_BY_CATEGORY, NULL, likelihood,
     "likelihood-ratio test on the counts of categories"},
    {"cramer_von_mises", "Cramér-von Mises", "rms_distance", "the root mean square distance", NULL, 0.076, ORDER | DRIFT_HAS_P, cramer, NULL,
     "squared difference of the distribution functions over all values", bounds_cramer_von_mises},
    {"anderson_darling", "Anderson-Darling", "weighted_rms_distance", "the weighted root mean square distance", NULL, 0.173, ORDER | DRIFT_HAS_P, anderson, NULL,
     "the same with more weight on the tails; p between 0.001 and 0.25", bounds_anderson_darling},
    {"mann_whitney", "Mann-Whitney", "rank_biserial", "the rank-biserial correlation", NULL, 0.147, ORDER | DRIFT_SIDED | DRIFT_HAS_P | DRIFT_BOUNDED, mann, NULL,
     "is a value of one side larger than one of the other more often than not?", bounds_mann_whitney},
    {"welch_t", "Welch's t", "cohens_d", "Cohen's d", NULL, 0.2, VALUES | DRIFT_SIDED | DRIFT_HAS_P, welch, NULL,
     "do the means differ?", bounds_welch},
    {"levene", "Levene's", "cohens_d", "Cohen's d of the distances from the median", NULL, 0.2, VALUES | DRIFT_HAS_P, levene, NULL,
     "do the deviations differ? (centred on medians: Brown-Forsythe)", bounds_levene},
    {"wasserstein", "Wasserstein", "wasserstein_1", "the Wasserstein distance", NULL, NAN, VALUES | DRIFT_HAS_UNIT | DRIFT_SUMS, plain_wasserstein, NULL,
     "how far values would have to be moved, on average; in the column's unit (times: seconds, dates: days)", bounds_wasserstein},
    {"wasserstein_normed", "normed Wasserstein", "wasserstein_1_normed", "the normed Wasserstein distance", "distance", 0.1, VALUES | DRIFT_SUMS, normed_wasserstein, NULL,
     "the same in standard deviations of the reference", bounds_wasserstein_normed},
    {"jensen_shannon", "Jensen-Shannon", "jensen_shannon_distance", "the Jensen-Shannon distance", "divergence", 0.1, DRIFT_BOUNDED, NULL, jensen_shannon,
     "root of the divergence, base 2 unless `base` says e"},
    {"psi", "PSI", "psi", "PSI", NULL, 0.1, 0, NULL, psi,
     "population stability index; shares below `floor` count as that much"},
    {"kl", "Kullback-Leibler", "kl_divergence", "the KL divergence", NULL, 0.1, 0, NULL, kl,
     "of the batch from the reference, in nats; shares below `floor` count as that much"},
    {"hellinger", "Hellinger", "hellinger_distance", "the Hellinger distance", NULL, 0.1, DRIFT_BOUNDED, NULL, hellinger,
     "root of half the squared differences of the roots of the shares"},
    {"total_variation", "total variation", "total_variation", "the total variation", NULL, 0.1, DRIFT_BOUNDED, NULL, variation,
     "the share that would have to move"},
    {"l_infinity", "L-infinity", "l_infinity", "the L-infinity distance", NULL, 0.1, DRIFT_BOUNDED, NULL, largest,
     "the largest change of a share"},
    {0},
};
/* clang-format on */

const struct drift_test *drift_test_find(const char *name)
{
    for (const struct drift_test *t = drift_tests; t->name; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}
