/* stats/rank_tests.c -- what the order and the distances of two samples' values say.
 *
 * Samples come as their distinct values in order with counts, so ties are exact and everything that is a rank is a whole number
 * (128 bits: beyond 10^12 values they would not suffice). t values of one tie have mid-ranks.
 *
 * Cramér-von Mises: T. W. Anderson, "On the distribution of the two-sample Cramér-von Mises criterion", Ann. Math. Statist. 33
 * (1962); exact p by his counting of all orders, as Xiao, Gordon and Yakovlev (J. Stat. Software 17, 2006) do it: walks from (0, 0)
 * to (n, m), each step adding (a i - b j)^2. The limit law's tail is Smirnov's (1936):
 *     P(W > x) = 1/pi sum over j of (-1)^(j+1) int from ((2j-1) pi)^2 to (2j pi)^2 of sqrt(-sqrt y / sin sqrt y) / y exp(-x y / 2) dy,
 * by Gauss-Chebyshev quadrature after y = s^2, which takes in the roots at both ends; unlike 1 - F it keeps small tails' digits.
 *
 * Anderson-Darling: Scholz and Stephens, "K-sample Anderson-Darling tests", JASA 82 (1987), the mid-rank form (7), variance (4), p
 * interpolated between their tabled values as scipy does.
 *
 * Mann-Whitney: U from mid-ranks, variance with the ties' correction; the exact law by adding one value at a time:
 *     P(n, m, u) = n/(n+m) P(n-1, m, u-m) + m/(n+m) P(n, m-1, u).
 *
 * Wasserstein-1: with D_j = M F_j - N G_j after the j-th pooled value x_j (whole numbers), N M W = sum (|D_(j-1)| - |D_j|) x_j: whole
 * numbers times doubles, added without rounding (kernels/exact_sum.c), and rounded once before the division by N M.
 */
#include <math.h>

#include "kernels/kernels.h"
#include "stats/bignum.h"
#include "stats/order_key.h"
#include "stats/pool.h"

static const double pi = 3.14159265358979323846;

/* --- Cramér-von Mises --- */

/* 4 times the sum of (mid-rank - rank in its own sample)^2 over `count` tied values behind `below` of their sample: with
 * c = 2 r - 2 below it is the sum of (c - 2 q)^2 over q = 1..count. */
static int128 rank_squares(int64_t twice_rank, int64_t below, int64_t count)
{
    int128 c = (int128)twice_rank - 2 * (int128)below, n = count;

    return n * c * c - 2 * c * n * (n + 1) + 2 * n * (n + 1) * (2 * n + 1) / 3;
}

double cramer_von_mises(const void *batch, const void *reference)
{
    const void *both[] = {batch, reference};
    int64_t n = ordered_counts(batch).n_values, m = ordered_counts(reference).n_values;
    int128 u = 0, product = (int128)n * m, numerator;
    struct pool p;

    pool_init(&p, both, 2);
    while (pool_next(&p)) {
        int64_t twice_rank = 2 * p.total_below + p.total + 1;

        u += n * rank_squares(twice_rank, p.below[0], p.count[0]) + m * rank_squares(twice_rank, p.below[1], p.count[1]);
    }
    /* T = U / (nm (n+m)) - (4nm - 1) / (6 (n+m)), and u is 4 U */
    numerator = 6 * u - 4 * product * (4 * product - 1);
    return (double)numerator / (24 * (double)product * ((double)n + (double)m));
}

double rms_distance(const void *batch, const void *reference)
{
    const void *both[] = {batch, reference};
    double n = (double)ordered_counts(batch).n_values, m = (double)ordered_counts(reference).n_values, sum = 0;
    struct pool p;

    pool_init(&p, both, 2);
    while (pool_next(&p)) {
        int128 twice = (int128)(2 * p.below[0] + p.count[0]) * (int64_t)m - (int128)(2 * p.below[1] + p.count[1]) * (int64_t)n;
        double apart = (double)twice / 2 / n / m;

        sum += (double)p.total * apart * apart;
    }
    return sqrt(sum / (n + m));
}

/* P(W > x) of the limit law. */
static double cramer_tail(double x)
{
    enum { NODES = 80, TERMS = 60 };
    double sum = 0;

    for (int j = 1; j <= TERMS; j++) {
        double from = (2 * j - 1) * pi, to = 2 * j * pi, part = 0;

        if (x * from * from / 2 > 745)
            break;
        for (int k = 0; k < NODES; k++) {
            double s = (from + to) / 2 + (to - from) / 2 * cos((2 * k + 1) * pi / (2 * NODES));

            part += 2 / s * sqrt(s / -sin(s)) * sqrt((s - from) * (to - s)) * exp(-x * s * s / 2);
        }
        part *= pi / NODES;
        sum += j & 1 ? part : -part;
        if (part < 1e-18 * sum)
            break;
    }
    return sum / pi;
}

double cramer_von_mises_p(double t, int64_t n_, int64_t m_)
{
    double n = (double)n_, m = (double)m_, all = n + m, k = n * m;
    double mean = (1 + 1 / all) / 6;
    double variance = (all + 1) * (4 * k * all - 3 * (n * n + m * m) - 2 * k) / (45 * all * all * 4 * k);
    double x = 1 / 6.0 + (t - mean) / sqrt(45 * variance);

    if (x < 0.003)
        return 1;
    return fmin(1, fmax(0, cramer_tail(x)));
}

struct walk { double *ways; int64_t most; }; /* ways[z]: orders whose sum is z; at `most` all that are at least that */

/* out = (a + b) with `step` added to each sum; `out` may be `a`. */
static void add_step(const struct walk *w, const double *a, const double *b, int64_t step, double *out)
{
    double beyond = 0;

    for (int64_t z = w->most; z >= 0; z--) {
        double ways = (a ? a[z] : 0) + (b ? b[z] : 0);

        out[z] = 0;
        if (z + step >= w->most)
            beyond += ways;
        else
            out[z + step] = ways;
    }
    out[w->most] = beyond;
}

bool cramer_von_mises_p_exact(double t, int64_t n, int64_t m, double *p)
{
    int64_t gcd = n, rest = m, a, b, lcm;
    struct walk w = {0};
    double *row, all = 0;
    size_t size;

    while (rest) {
        int64_t next = gcd % rest;

        gcd = rest;
        rest = next;
    }
    lcm = n / gcd * m;
    a = lcm / n;
    b = lcm / m;
    /* T = sum (i/n - j/m)^2 nm/(n+m)^2 over all steps, so the sum of (a i - b j)^2 is T lcm^2 (n+m)^2 / (nm) */
    w.most = (int64_t)ceil(t * (double)(lcm * lcm) * (double)((n + m) * (n + m)) / (double)(n * m) - 1e-6);
    if (w.most <= 0) {
        *p = 1;
        return true;
    }
    size = (size_t)w.most + 1;
    row = mem_alloc(NULL, (size_t)(m + 1) * size * sizeof *row); /* row[j]: walks to (i, j) */
    if (!row)
        return false;
    for (int64_t i = 0; i <= n; i++)
        for (int64_t j = 0; j <= m; j++) {
            double *here = row + (size_t)j * size;

            if (i == 0 && j == 0)
                here[0] = 1;
            else
                add_step(&w, i ? here : NULL, j ? here - size : NULL, (a * i - b * j) * (a * i - b * j), here);
        }
    for (size_t z = 0; z < size; z++)
        all += row[(size_t)m * size + z];
    *p = row[(size_t)m * size + size - 1] / all;
    mem_free(NULL, row);
    return true;
}

/* --- Anderson-Darling --- */

double anderson_darling_deviation(const double *sizes, int32_t n_samples)
{
    double n = 0, inverses = 0, harmonic = 0, g = 0, k = n_samples, a, b, c, d, h;

    for (int32_t i = 0; i < n_samples; i++) {
        n += sizes[i];
        inverses += 1 / sizes[i];
    }
    for (double i = 2; i < n; i++) { /* harmonic: 1/(n-1) + ... + 1/(n-i+1) */
        harmonic += 1 / (n - i + 1);
        g += harmonic / i;
    }
    h = harmonic + 1;
    a = (4 * g - 6) * (k - 1) + (10 - 6 * g) * inverses;
    b = (2 * g - 4) * k * k + 8 * h * k + (2 * g - 14 * h - 4) * inverses - 8 * h + 4 * g - 6;
    c = (6 * h + 2 * g - 2) * k * k + (4 * h - 4 * g + 6) * k + (2 * h - 6) * inverses + 4 * h;
    d = (2 * h + 6) * k * k - 4 * h * k;
    return sqrt((((a * n + b) * n + c) * n + d) / ((n - 1) * (n - 2) * (n - 3)));
}

bool anderson_darling(const void *const *ordered, int32_t k, double *out, double *raw)
{
    double sizes[POOL_MAX], parts[POOL_MAX] = {0}, n = 0, sum = 0;
    int64_t n_distinct = 0;
    struct pool p;

    for (int32_t i = 0; i < k; i++) {
        sizes[i] = (double)ordered_counts(ordered[i]).n_values;
        n += sizes[i];
    }
    pool_init(&p, ordered, k);
    while (pool_next(&p)) {
        double l = (double)p.total, b = (double)p.total_below + l / 2, spread = b * (n - b) - n * l / 4;

        n_distinct++;
        for (int32_t i = 0; i < k && spread > 0; i++) {
            double m = (double)p.below[i] + (double)p.count[i] / 2, x = n * m - b * sizes[i];

            parts[i] += l / n * x * x / spread;
        }
    }
    if (n_distinct < 2 || n < 4)
        return false;
    for (int32_t i = 0; i < k; i++)
        sum += parts[i] / sizes[i];
    *raw = sum * (n - 1) / n;
    *out = (*raw - (k - 1)) / anderson_darling_deviation(sizes, k);
    return true;
}

/* The parabola that lies nearest to seven points, at x: by polynomials that are orthogonal over them. */
static double parabola(const double *at, const double *y, double x)
{
    double mean = 0, square = 0, cube = 0, constant = 0, slope = 0, bend = 0, bends = 0, shift;

    for (int i = 0; i < 7; i++)
        mean += at[i] / 7;
    for (int i = 0; i < 7; i++) {
        double u = at[i] - mean;

        square += u * u;
        cube += u * u * u;
        constant += y[i] / 7;
        slope += u * y[i];
    }
    shift = cube / square;
    for (int i = 0; i < 7; i++) {
        double u = at[i] - mean, q = u * u - shift * u - square / 7;

        bend += q * y[i];
        bends += q * q;
    }
    x -= mean;
    return constant + slope / square * x + bend / bends * (x * x - shift * x - square / 7);
}

double anderson_darling_p(double statistic, int32_t k)
{
    static const double b0[] = {0.675, 1.281, 1.645, 1.96, 2.326, 2.573, 3.085};
    static const double b1[] = {-0.245, 0.25, 0.678, 1.149, 1.822, 2.364, 3.615};
    static const double b2[] = {-0.105, -0.305, -0.362, -0.391, -0.396, -0.345, -0.154};
    static const double levels[] = {0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001};
    double critical[7], logs[7], m = k - 1;

    for (int i = 0; i < 7; i++) {
        critical[i] = b0[i] + b1[i] / sqrt(m) + b2[i] / m;
        logs[i] = log(levels[i]);
    }
    if (statistic < critical[0])
        return levels[0];
    if (statistic > critical[6])
        return levels[6];
    return exp(parabola(critical, logs, statistic));
}

/* --- Mann-Whitney --- */

void mann_whitney(const void *batch, const void *reference, struct mann_whitney *out)
{
    const void *both[] = {batch, reference};
    int128 twice_ranks = 0, ties = 0;
    struct pool p;

    *out = (struct mann_whitney){.n = ordered_counts(batch).n_values, .m = ordered_counts(reference).n_values};
    pool_init(&p, both, 2);
    while (pool_next(&p)) {
        twice_ranks += (int128)p.count[0] * (2 * p.total_below + p.total + 1);
        ties += ((int128)p.total * p.total - 1) * p.total;
    }
    twice_ranks -= (int128)out->n * (out->n + 1);
    out->u = (double)twice_ranks / 2;
    out->u_other = (double)(2 * (int128)out->n * out->m - twice_ranks) / 2;
    out->ties = (double)ties;
    out->has_ties = ties > 0;
}

static double normal_tail(double z)
{
    return erfc(z / sqrt(2)) / 2;
}

double mann_whitney_p(const struct mann_whitney *r, enum ks_side side, bool is_continuous)
{
    double n = (double)r->n, m = (double)r->m, all = n + m;
    double u = side == KS_GREATER ? r->u : side == KS_LESS ? r->u_other : fmax(r->u, r->u_other);
    double deviation = sqrt(n * m / 12 * (all + 1 - r->ties / (all * (all - 1))));
    double p;

    if (!(deviation > 0)) /* one value only */
        return 1;
    p = normal_tail((u - n * m / 2 - (is_continuous ? 0.5 : 0)) / deviation);
    return fmin(1, side == KS_TWO_SIDED ? 2 * p : p);
}

/* here = the law of n and m values, of which `here` has that of n - 1 and m, `above` that of n and m - 1. */
static void add_value(double *here, const double *above, int64_t n, int64_t m)
{
    double all = (double)(n + m);

    for (int64_t i = n * m; i >= 0; i--) {
        double with_n = i >= m ? here[i - m] : 0, with_m = i <= n * (m - 1) ? above[i] : 0;

        here[i] = (double)n / all * with_n + (double)m / all * with_m;
    }
}

bool mann_whitney_p_exact(const struct mann_whitney *r, enum ks_side side, double *p)
{
    double u = side == KS_GREATER ? r->u : side == KS_LESS ? r->u_other : fmax(r->u, r->u_other), sum = 0;
    int64_t width = r->n * r->m + 1;
    double *rows = mem_alloc(NULL, (size_t)(r->m + 1) * (size_t)width * sizeof *rows); /* of m = 0, 1 ... values */

    if (!rows)
        return false;
    for (int64_t m = 0; m <= r->m; m++)
        rows[m * width] = 1;
    for (int64_t n = 1; n <= r->n; n++)
        for (int64_t m = 1; m <= r->m; m++)
            add_value(rows + m * width, rows + (m - 1) * width, n, m);
    for (int64_t i = width - 1; i >= (int64_t)ceil(u); i--)
        sum += rows[r->m * width + i];
    mem_free(NULL, rows);
    *p = fmin(1, side == KS_TWO_SIDED ? 2 * sum : sum);
    return true;
}

/* --- values as numbers --- */

/* What a unit of the key's lane is worth: decimals in ones, times in seconds, dates in days. */
double order_unit(struct type as)
{
    static const double per_second[] = {[UNIT_SECOND] = 1, [UNIT_MILLI] = 1e3, [UNIT_MICRO] = 1e6, [UNIT_NANO] = 1e9};

    if (as.kind == TYPE_DECIMAL)
        return pow(10, as.scale);
    return type_is_temporal(as) && as.kind != TYPE_DATE ? per_second[as.unit] : 1;
}

double order_number(struct type as, uint64_t key)
{
    enum lane lane = type_lane(as);
    uint64_t bits = order_key_bits(lane, key);
    double x;

    if (lane == LANE_I64)
        return (double)(int64_t)bits;
    if (lane == LANE_U64)
        return (double)bits;
    memcpy(&x, &bits, sizeof x);
    return x;
}

double exact_over(const struct exact_sum *sum, int64_t n, int64_t m)
{
    struct big size, divisor;
    bool is_negative;
    double x;

    big_set_exact(&size, sum, 0, &is_negative);
    big_set_u128(&divisor, (uint128)(uint64_t)n * (uint64_t)m);
    x = big_quotient(&size, &divisor, EXACT_LOWEST);
    return is_negative ? -x : x;
}

double wasserstein(const void *batch, const void *reference)
{
    const void *both[] = {batch, reference};
    const struct ordered *o = reference;
    int64_t n = ordered_counts(batch).n_values, m = ordered_counts(reference).n_values;
    int128 before = 0;
    struct exact_sum sum = {0};
    struct pool p;

    pool_init(&p, both, 2);
    while (pool_next(&p)) {
        int128 after = before + (int128)p.count[0] * m - (int128)p.count[1] * n;
        int128 factor = (before < 0 ? -before : before) - (after < 0 ? -after : after);

        if (factor)
            order_add_multiple(&sum, o->as, p.key, factor);
        before = after;
    }
    return exact_over(&sum, n, m) / order_unit(o->as);
}

/* --- means and deviations --- */

/* A sum and what its roundings left behind (Neumaier 1974). */
struct careful { double sum, rest; };

static void careful_add(struct careful *c, double x)
{
    double sum = c->sum + x;

    c->rest += fabs(c->sum) >= fabs(x) ? c->sum - sum + x : x - sum + c->sum;
    c->sum = sum;
}

/* Of f(x) = x - middle, or of |x - middle| where `middle` is meant: mean and sample variance, two passes. */
static void spread_of(const struct ordered *o, double middle, bool is_absolute, struct spread *out)
{
    double n = (double)o->counts.n_values;
    struct careful sum = {0}, squares = {0};

    *out = (struct spread){.n = o->counts.n_values, .variance = NAN};
    for (size_t i = 0; i < o->n; i++) {
        double x = order_number(o->as, o->keys[i]) - middle;

        careful_add(&sum, (double)o->counts_of[i] * (is_absolute ? fabs(x) : x));
    }
    out->mean = (sum.sum + sum.rest) / n;
    for (size_t i = 0; i < o->n; i++) {
        double x = order_number(o->as, o->keys[i]) - middle, d = (is_absolute ? fabs(x) : x) - out->mean;

        careful_add(&squares, (double)o->counts_of[i] * d * d);
    }
    if (out->n > 1)
        out->variance = (squares.sum + squares.rest) / (n - 1);
}

static double median_of(const struct ordered *o)
{
    int64_t n = o->counts.n_values, below = 0, low = (n - 1) / 2, high = n / 2;
    double a = 0, b = 0;

    for (size_t i = 0; i < o->n && below <= high; below += o->counts_of[i++]) {
        if (below <= low)
            a = order_number(o->as, o->keys[i]);
        b = order_number(o->as, o->keys[i]);
    }
    return a == b ? a : a + (b - a) / 2;
}

void ordered_spread(const void *ordered, struct spread *out)
{
    const struct ordered *o = ordered;
    double first = o->n ? order_number(o->as, o->keys[o->n / 2]) : 0, unit = order_unit(o->as);

    spread_of(o, first, false, out);
    out->mean = (out->mean + first) / unit;
    out->variance /= unit * unit;
}

void ordered_spread_around_median(const void *ordered, struct spread *out)
{
    const struct ordered *o = ordered;
    double unit = order_unit(o->as);

    spread_of(o, median_of(o), true, out);
    out->mean /= unit;
    out->variance /= unit * unit;
}

/* --- one sample --- */

double ks_one_sample(const void *ordered, const struct law *law, const double *parameters, double *greater, double *less,
                     struct value *farthest)
{
    const struct ordered *o = ordered;
    double n = (double)o->counts.n_values, unit = order_unit(o->as), most = -1;
    int64_t below = 0;
    size_t at = 0;

    *greater = *less = 0;
    for (size_t i = 0; i < o->n; i++) {
        double expected = law_cdf(law, parameters, order_number(o->as, o->keys[i]) / unit);
        double under = expected - (double)below / n, over = (double)(below += o->counts_of[i]) / n - expected;

        *greater = fmax(*greater, over);
        *less = fmax(*less, under);
        if (fmax(over, under) > most) {
            most = fmax(over, under);
            at = i;
        }
    }
    if (farthest && o->n)
        *farthest = order_value(o->as, o->keys[at]);
    return fmax(*greater, *less);
}

/* The first value that more than `rank` values do not exceed. */
static size_t knot_of_rank(const struct ordered *o, int64_t rank)
{
    int64_t sum = 0;
    size_t i = 0;

    while (i + 1 < o->n && (sum += o->counts_of[i]) <= rank)
        i++;
    return i;
}

/* Which values begin a bin: all where they are few, else the first at or above evenly spaced marks. */
static int32_t choose_starts(const struct ordered *o, int32_t n, size_t *starts)
{
    int64_t all = o->counts.n_values;
    double low = order_number(o->as, o->keys[knot_of_rank(o, all / 100)]);
    double high = order_number(o->as, o->keys[knot_of_rank(o, all - 1 - all / 100)]);
    int32_t found = 0, mark = 0;

    starts[found++] = 0;
    for (size_t i = 1; i < o->n && found < n; i++) {
        double x = order_number(o->as, o->keys[i]);

        if (o->n > (size_t)n && (mark > n - 2 || !(x >= low + (high - low) / (n - 2) * mark)))
            continue;
        starts[found++] = i;
        while (mark <= n - 2 && x >= low + (high - low) / (n - 2) * mark)
            mark++;
    }
    return found;
}

bool ordered_histogram(const void *ordered, int32_t n, struct arena *arena, struct ordered_bins *out)
{
    const struct ordered *o = ordered;
    size_t *starts = arena_array(arena, (size_t)n + 1, sizeof *starts);

    *out = (struct ordered_bins){0};
    if (!starts || o->n == 0)
        return starts != NULL;
    out->n = choose_starts(o, n, starts);
    if (out->n > 1 && starts[out->n - 1] == o->n - 1) /* the last bin would have no width */
        out->n--;
    out->edges = arena_array(arena, (size_t)out->n + 1, sizeof *out->edges);
    out->starts = arena_array(arena, (size_t)out->n + 1, sizeof *out->starts);
    out->counts = arena_array(arena, (size_t)out->n, sizeof *out->counts);
    if (!out->edges || !out->starts || !out->counts)
        return false;
    for (int32_t b = 0; b <= out->n; b++) {
        size_t at = b < out->n ? starts[b] : o->n - 1, end = b + 1 < out->n ? starts[b + 1] : o->n;

        out->edges[b] = order_value(o->as, o->keys[at]);
        out->starts[b] = order_number(o->as, o->keys[at]) / order_unit(o->as);
        for (size_t i = at; b < out->n && i < end; i++)
            out->counts[b] += o->counts_of[i];
    }
    return true;
}
