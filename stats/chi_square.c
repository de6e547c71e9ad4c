/* stats/chi_square.c -- Pearson's chi-square and its kin on tables of counts, and the drift of categories.
 *
 * o - e is computed as (o N - R C) / N in 128-bit integers, so nothing cancels. The upper tail is GSL's incomplete gamma function. Effect
 * size: Cramér's V = sqrt(chi2 / (N (min(rows, columns) - 1))), always of Pearson's chi2.
 *
 * Two samples of categories are compared for homogeneity. The approximation needs expected counts of 5 (Cochran 1954): categories
 * below that on the smaller side are pooled, and while the pool itself is below it and two others are left, the rarest of them joins it.
 */
#include <math.h>
#include <pthread.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>

#include "core/value.h"
#include "stats/drift.h"

enum { EXPECTED_LEAST = 5 };

/* GSL's default handler aborts. */
static void silence(void)
{
    gsl_set_error_handler_off();
}

static double upper_tail(double statistic, int64_t degrees)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, silence);
    if (degrees < 1)
        return 1;
    if (!(statistic > 0))
        return 1;
    return isinf(statistic) ? 0 : gsl_cdf_chisq_Q(statistic, (double)degrees);
}

/* 2 o log(o / e), with 2 (e - o) added to each cell, so that each term is at least 0 and small ones are exact. A rounding of e moves the
 * first by as much as it moves e, which is far more than itself where o is near e; it moves this one by o - e times less. */
static double g_term(double o, double e, double difference)
{
    double x = difference / e;

    if (o == 0)
        return 2 * e;
    if (fabs(x) < 0.01) { /* (1+x) log(1+x) - x = x^2/2 - x^3/6 + x^4/12 - ... */
        double sum = 0;

        for (int i = 9; i >= 2; i--)
            sum = 1.0 / (i * (i - 1)) - x * sum;
        return 2 * e * x * x * sum;
    }
    return 2 * (o * (fabs(x) < 0.5 ? log1p(x) : log(o / e)) - difference);
}

/* --- tables --- */

struct margins { const int64_t *counts; int32_t n_rows, n_columns; int64_t total; };

static int64_t row_sum(const struct margins *t, int32_t row)
{
    int64_t sum = 0;

    for (int32_t c = 0; c < t->n_columns; c++)
        sum += t->counts[(size_t)row * (size_t)t->n_columns + (size_t)c];
    return sum;
}

static int64_t column_sum(const struct margins *t, int32_t column)
{
    int64_t sum = 0;

    for (int32_t r = 0; r < t->n_rows; r++)
        sum += t->counts[(size_t)r * (size_t)t->n_columns + (size_t)column];
    return sum;
}

/* One cell's part of the statistic. */
static double cell_term(int64_t count, int64_t row, int64_t column, int64_t total, enum chi_square_form form)
{
    int128 difference = (int128)count * total - (int128)row * column; /* (o - e) N */
    double expected = (double)row * (double)column / (double)total, d = (double)difference / (double)total;

    if (form == CHI_SQUARE_G)
        return g_term((double)count, expected, d);
    d = fabs(d);
    if (form == CHI_SQUARE_YATES)
        d = d > 0.5 ? d - 0.5 : 0;
    return form == CHI_SQUARE_NEYMAN ? d * d / (double)count : d * d / expected;
}

static bool take_margins(const int64_t *counts, int32_t n_rows, int32_t n_columns, struct margins *out)
{
    *out = (struct margins){counts, n_rows, n_columns, 0};
    for (size_t i = 0; i < (size_t)n_rows * (size_t)n_columns; i++)
        if (counts[i] < 0 || __builtin_add_overflow(out->total, counts[i], &out->total))
            return false;
    for (int32_t r = 0; r < n_rows; r++)
        if (row_sum(out, r) == 0)
            return false;
    for (int32_t c = 0; c < n_columns; c++)
        if (column_sum(out, c) == 0)
            return false;
    return n_rows > 0 && n_columns > 0;
}

static double table_statistic(const struct margins *t, enum chi_square_form form)
{
    double sum = 0;

    for (int32_t r = 0; r < t->n_rows; r++) {
        int64_t row = row_sum(t, r);

        for (int32_t c = 0; c < t->n_columns; c++)
            sum += cell_term(t->counts[(size_t)r * (size_t)t->n_columns + (size_t)c], row, column_sum(t, c), t->total, form);
    }
    return sum;
}

bool chi_square_table(const int64_t *counts, int32_t n_rows, int32_t n_columns, enum chi_square_form form,
                      struct chi_square *out)
{
    int32_t smaller = n_rows < n_columns ? n_rows : n_columns;
    struct margins t;

    *out = (struct chi_square){0};
    if (!take_margins(counts, n_rows, n_columns, &t))
        return false;
    out->degrees_of_freedom = (int64_t)(n_rows - 1) * (n_columns - 1);
    if (form == CHI_SQUARE_YATES && out->degrees_of_freedom != 1)
        form = CHI_SQUARE_PEARSON;
    out->statistic = table_statistic(&t, form);
    out->p_value = upper_tail(out->statistic, out->degrees_of_freedom);
    if (smaller > 1)
        out->cramers_v = sqrt((form == CHI_SQUARE_PEARSON ? out->statistic : table_statistic(&t, CHI_SQUARE_PEARSON)) /
                              ((double)t.total * (smaller - 1)));
    return true;
}

/* --- goodness of fit --- */

static double fit_term(double o, double e, enum chi_square_form form)
{
    if (o == e)
        return 0;
    if (form == CHI_SQUARE_NEYMAN)
        return (o - e) * (o - e) / o;
    if (e == 0)
        return INFINITY;
    return form == CHI_SQUARE_G ? g_term(o, e, o - e) : (o - e) * (o - e) / e;
}

/* A sum of differences and what its roundings left behind (Neumaier 1974). */
struct excess { double sum, rest; };

static void excess_add(struct excess *x, double a)
{
    double sum = x->sum + a;

    x->rest += fabs(x->sum) >= fabs(a) ? x->sum - sum + a : a - sum + x->sum;
    x->sum = sum;
}

bool chi_square_fit(const double *observed, const double *expected, int32_t n, int32_t ddof, enum chi_square_form form,
                    struct chi_square *out)
{
    double sum = 0, sum_observed = 0, sum_expected = 0;
    struct excess excess = {0};

    *out = (struct chi_square){.degrees_of_freedom = n - 1 - ddof};
    for (int32_t i = 0; i < n; i++) {
        if (!(observed[i] >= 0) || !(expected[i] >= 0))
            return false;
        sum_observed += observed[i];
        sum_expected += expected[i];
        excess_add(&excess, observed[i]);
        excess_add(&excess, -expected[i]);
        sum += fit_term(observed[i], expected[i], form);
    }
    if (n < 1 || fabs(sum_observed - sum_expected) > 1e-8 * fmin(sum_observed, sum_expected))
        return false;
    if (form == CHI_SQUARE_G) /* what g_term added */
        sum += 2 * (excess.sum + excess.rest);
    out->statistic = sum;
    out->p_value = upper_tail(sum, out->degrees_of_freedom);
    return true;
}

bool chi_square_shares(const double *observed, const double *shares, int32_t n, enum chi_square_form form, struct chi_square *out)
{
    double total = 0, whole = 0, sum = 0;

    *out = (struct chi_square){.degrees_of_freedom = n - 1};
    for (int32_t i = 0; i < n; i++) {
        if (!(observed[i] >= 0) || !(shares[i] >= 0))
            return false;
        total += observed[i];
        whole += shares[i];
    }
    if (!(total > 0) || !(fabs(whole - 1) < 1e-6))
        return false;
    for (int32_t i = 0; i < n; i++)
        sum += fit_term(observed[i], shares[i] / whole * total, form);
    out->statistic = sum;
    out->p_value = upper_tail(sum, out->degrees_of_freedom);
    return true;
}

/* --- categories --- */

struct pool { int64_t observed, reference; int32_t n; };

static void join_pool(struct pool *pool, const struct category *c)
{
    pool->observed += c->observed;
    pool->reference += c->reference;
    pool->n++;
}

static bool is_rare(int64_t count, int64_t smaller_side, int64_t total)
{
    return (int128)count * smaller_side < (int128)EXPECTED_LEAST * total;
}

/* The largest change of a share; the first of equals. */
static int32_t most_moved(const struct category *c, int32_t n, int64_t observed, int64_t reference)
{
    int128 largest = -1;
    int32_t at = 0;

    for (int32_t i = 0; i < n; i++) {
        int128 change = (int128)c[i].observed * reference - (int128)c[i].reference * observed;

        change = change < 0 ? -change : change;
        if (change > largest) {
            largest = change;
            at = i;
        }
    }
    return at;
}

/* Categories come with the most frequent first, so those that stay alone are a prefix. */
static int32_t pool_rare(const struct category *c, int32_t n, int64_t observed, int64_t reference, struct pool *pool)
{
    int64_t smaller = observed < reference ? observed : reference, total = observed + reference;
    int32_t kept = n;

    *pool = (struct pool){0};
    while (kept > 0 && is_rare(c[kept - 1].observed + c[kept - 1].reference, smaller, total))
        join_pool(pool, &c[--kept]);
    while (pool->n && kept > 1 && is_rare(pool->observed + pool->reference, smaller, total))
        join_pool(pool, &c[--kept]);
    return kept;
}

bool category_drift(const struct category *c, int32_t n, enum chi_square_form form, struct arena *arena,
                    struct category_drift *out)
{
    int64_t observed = 0, reference = 0, *table;
    struct pool pool;
    int32_t kept, columns;

    *out = (struct category_drift){0};
    for (int32_t i = 0; i < n; i++) {
        observed += c[i].observed;
        reference += c[i].reference;
        out->n_new += c[i].reference == 0;
    }
    kept = pool_rare(c, n, observed, reference, &pool);
    out->n_pooled = pool.n;
    out->n_columns = columns = kept + (pool.n > 0);
    out->moved_most = most_moved(c, n, observed, reference);
    table = arena_array(arena, 2 * (size_t)columns + 1, sizeof *table);
    if (!table)
        return false;
    for (int32_t i = 0; i < kept; i++) {
        table[i] = c[i].observed;
        table[columns + i] = c[i].reference;
    }
    if (pool.n) {
        table[kept] = pool.observed;
        table[columns + kept] = pool.reference;
    }
    if (!chi_square_table(table, 2, columns, form, &out->test))
        out->n_columns = 0;
    return true;
}
