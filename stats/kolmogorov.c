/* stats/kolmogorov.c -- distributions of the Kolmogorov-Smirnov statistics.
 *
 * Two samples, exact. A path from (0, 0) to (n, m) takes a step right for each value of the one and up for each of the other, in their
 * order; without ties all paths are equally likely, and n m D is the largest |i m - j n| on the way. The probability u(i, j) that a
 * random path to (i, j) has touched the boundary is 1 beyond it and else
 *     u(i, j) = (i u(i-1, j) + j u(i, j-1)) / (i + j)
 * (Hodges, "The significance probability of the Smirnov two-sample test", Arkiv för Matematik 3, 1958, turned to what lies outside as
 * Viehmann, arXiv:2102.08037, shows: all terms are positive, so small p-values keep their digits). It is computed by
 * diagonals i + j, which need one array and have no chain of dependent divisions. For n = m the reflection principle gives
 * a short sum (Gnedenko and Korolyuk 1951).
 *
 * Two samples, large: as one sample of N = n m / (n + m) values, N rounded, as scipy's `asymp` does.
 *
 * One sample, after Simard and L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution", Journal of Statistical Software
 * 39 (2011): closed forms at both ends (Ruben and Gambino 1982), twice the one-sided distribution in the upper tail, Durbin's matrix
 * (1973) as Marsaglia, Tsang and Wang (2003) raise it to a power, and Pelz and Good's expansion (1976). The places where one
 * takes over from the other are scipy's, so that p-values agree with it where a method is only nearly exact.
 *
 * One-sided, one sample: Birnbaum and Tingey's sum (1951). Its binomial terms are taken as deviations (Loader 2000), so they keep their
 * digits for any n.
 */
#include <math.h>

#include "stats/drift.h"

enum { DURBIN_MAX = 120, SMIRNOV_MAX = 1000000 };

static const double pi = 3.14159265358979323846;

/* --- the limit --- */

/* 1 - 2 sum (-1)^(k-1) exp(-2 k^2 z^2), or what Jacobi's theta function turns it into for small z. Both end within 8 terms. */
static double limit_tail(double z)
{
    double sum = 0;

    if (z <= 0)
        return 1;
    if (z < 1) {
        for (int k = 1; k <= 15; k += 2)
            sum += exp(-(k * k) * pi * pi / (8 * z * z));
        return 1 - sqrt(2 * pi) / z * sum;
    }
    for (int k = 8; k >= 1; k--)
        sum = exp(-2.0 * k * k * z * z) - sum;
    return 2 * sum;
}

double ks_p_limit(int64_t n, int64_t m, double d)
{
    return limit_tail(d * sqrt((double)n * (double)m / ((double)n + (double)m)));
}

/* --- one sample, one-sided --- */

/* log n! - (n log n - n + log(2 pi n) / 2) */
static double stirling_rest(double n)
{
    double n2 = n * n;
    int sign;

    if (n < 16)
        return lgamma_r(n + 1, &sign) - ((n + 0.5) * log(n) - n + 0.5 * log(2 * pi));
    return (1 / 12.0 - (1 / 360.0 - (1 / 1260.0 - (1 / 1680.0 - 1 / 1188.0 / n2) / n2) / n2) / n2) / n;
}

/* x sum over j of C(n, j) (x + j/n)^(j-1) (1 - x - j/n)^(n-j), 0 <= j <= n (1 - x). */
static double one_sided(double n, double x)
{
    double t = n * x, sum = exp(n * log1p(-x)), rest = stirling_rest(n);

    if (x >= 1)
        return 0;
    if (n > SMIRNOV_MAX) /* as scipy: the first terms of the expansion */
        return exp(-(6 * t + 1) * (6 * t + 1) / (18 * n));
    for (double j = 1; j < n && n - j > t; j++) {
        double k = n - j;
        double deviation = j * log1p(t / j) + k * log1p(-t / k);

        if (deviation > -745)
            sum += exp(deviation + rest - stirling_rest(j) - stirling_rest(k)) * sqrt(n / (2 * pi * j * k)) * (t / (t + j));
    }
    return sum;
}

/* --- one sample, two-sided --- */

struct matrix { int size; int exponent; double at[DURBIN_MAX][DURBIN_MAX]; }; /* times 10^exponent */

static void multiply(const struct matrix *a, const struct matrix *b, struct matrix *out)
{
    int n = a->size;

    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            out->at[i][j] = 0;
        for (int k = 0; k < n; k++)
            for (int j = 0; j < n; j++)
                out->at[i][j] += a->at[i][k] * b->at[k][j];
    }
    out->size = n;
    out->exponent = a->exponent + b->exponent;
    if (out->at[n / 2][n / 2] > 1e140) {
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                out->at[i][j] *= 1e-140;
        out->exponent += 140;
    }
}

/* Durbin's: ones on and below the first upper diagonal, corrected in the first column and the last row, over factorials. */
static void make_durbin(struct matrix *h, int size, double rest)
{
    double power = 1;

    h->size = size;
    h->exponent = 0;
    for (int i = 0; i < size; i++)
        for (int j = 0; j < size; j++)
            h->at[i][j] = i - j + 1 >= 0;
    for (int i = 0; i < size; i++) {
        power *= rest; /* rest^(i+1) */
        h->at[i][0] -= power;
        h->at[size - 1][size - 1 - i] -= power;
    }
    if (2 * rest > 1)
        h->at[size - 1][0] += pow(2 * rest - 1, size);
    for (int i = 0; i < size; i++)
        for (int j = 0; j <= i; j++)
            for (int g = 2; g <= i - j + 1; g++)
                h->at[i][j] /= g;
}

/* P(D_n < d): the middle of the matrix's n-th power, times n! / n^n. */
static double durbin(int64_t n, double d)
{
    struct matrix a, b, c, *power = &a, *result = &b, *spare = &c, *swap;
    int k = (int)((double)n * d) + 1;
    double p;
    int exponent;

    make_durbin(power, 2 * k - 1, k - (double)n * d);
    *result = (struct matrix){.size = power->size};
    for (int i = 0; i < power->size; i++)
        result->at[i][i] = 1;
    for (int64_t left = n; left; left >>= 1) {
        if (left & 1) {
            multiply(result, power, spare);
            swap = result, result = spare, spare = swap;
        }
        multiply(power, power, spare);
        swap = power, power = spare, spare = swap;
    }
    p = result->at[k - 1][k - 1];
    exponent = result->exponent;
    for (int64_t i = 1; i <= n; i++) {
        p = p * (double)i / (double)n;
        if (p < 1e-140) {
            p *= 1e140;
            exponent -= 140;
        }
    }
    return p * pow(10, exponent);
}

/* P(D_n < z / sqrt(n)) = K0 + K1 / n^(1/2) + K2 / n + K3 / n^(3/2) + O(n^-2). The sums over all integers converge within
 * a dozen terms for the z in use; w is pi^2 (k + 1/2)^2, v is pi^2 k^2. */
static double pelz_good(double n, double z)
{
    double z2 = z * z, z4 = z2 * z2, z6 = z4 * z2, k0 = 0, k1 = 0, k2 = 0, k3 = 0, even2 = 0, even3 = 0;

    for (int k = 20; k >= 0; k--) {
        double w = pi * pi * (k + 0.5) * (k + 0.5), v = pi * pi * k * k;
        double e = 2 * exp(-w / (2 * z2)), f = 2 * exp(-v / (2 * z2)); /* 2: k and its mirror image */

        k0 += e;
        k1 += e * (w - z2);
        k2 += e * (6 * z6 + 2 * z4 + w * (2 * z4 - 5 * z2) + w * w * (1 - 2 * z2));
        k3 += e * (-30 * z6 - 90 * z6 * z2 + w * (135 * z4 - 96 * z6) + w * w * (212 * z4 - 60 * z2) +
                   w * w * w * (5 - 30 * z2));
        even2 += f * v;
        even3 += f * (3 * v * z2 - v * v);
    }
    k0 *= sqrt(pi / 2) / z;
    k1 *= sqrt(pi / 2) / (6 * z4);
    k2 = sqrt(pi / 2) * (k2 / (72 * z6 * z) - even2 / (36 * z2 * z));
    k3 = sqrt(pi / 2) * (k3 / (6480 * z6 * z4) + even3 / (216 * z6));
    return k0 + (k1 + (k2 + k3 / sqrt(n)) / sqrt(n)) / sqrt(n);
}

static double within(double p)
{
    return p < 0 ? 0 : p > 1 ? 1 : p;
}

/* n! / n^n (2 t - 1)^n for 1/2 < t <= 1 */
static double lower_end(int64_t n, double t)
{
    double p = 1;

    for (int64_t i = 1; i <= n && p > 0; i++)
        p *= (double)i / (double)n * (2 * t - 1);
    return p;
}

double ks_p_one_sided(int64_t n, double d)
{
    return d <= 0 ? 1 : within(one_sided((double)n, d));
}

double ks_p_one_sample(int64_t n, double d)
{
    double t = (double)n * d, nd2 = t * d;

    if (d >= 1)
        return 0;
    if (t <= 0.5)
        return 1;
    if (t <= 1)
        return 1 - lower_end(n, t);
    if (t >= (double)n - 1)
        return 2 * pow(1 - d, (double)n);
    if (d >= 0.5 || (n <= 140 && nd2 > 4) || (n > 140 && nd2 >= 2.2 && nd2 < 370))
        return within(2 * one_sided((double)n, d));
    if (n > 140 && nd2 >= 370)
        return 0;
    if (n <= 140 || (n <= 100000 && t * sqrt(d) <= 1.4))
        return within(1 - durbin(n, d));
    return within(1 - pelz_good((double)n, d * sqrt((double)n)));
}

/* --- two samples --- */

double ks_p_asymptotic(int64_t n, int64_t m, double d, enum ks_side side)
{
    double large = (double)(n > m ? n : m), small = (double)(n > m ? m : n), size = large * small / (large + small), z;

    if (d <= 0)
        return 1;
    if (side == KS_TWO_SIDED)
        return ks_p_one_sample((int64_t)rint(size), d);
    z = sqrt(size) * d;
    return within(exp(-2 * z * z - 2 * z * (large + 2 * small) / sqrt(large * small * (large + small)) / 3));
}

/* Sum over k of (-1)^(k-1) C(2n, n - k h) / C(2n, n), innermost first; one-sided only its first term. */
static double equal_sizes(int64_t n, int64_t h, enum ks_side side)
{
    double p = 0;

    for (int64_t k = side == KS_TWO_SIDED ? n / h : 1; k >= 1; k--) {
        double ratio = 1; /* C(2n, n - k h) / C(2n, n - (k-1) h) */

        for (int64_t i = 0; i < h; i++)
            ratio *= (double)(n - (k - 1) * h - i) / (double)(n + (k - 1) * h + i + 1);
        p = ratio * (1 - p);
    }
    return side == KS_TWO_SIDED ? 2 * p : p;
}

static int64_t floor_quotient(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* u(n, m). Within the boundary: -low < i m - j n < high, that is, -low < i (n + m) - (i + j) n < high. */
static double touched(int64_t n, int64_t m, int64_t low, int64_t high)
{
    double u[KS_EXACT_MAX + 2]; /* u[i + 1] is u(i, diagonal - i) */

    for (int64_t i = 0; i < n + 2; i++)
        u[i] = 1;
    u[1] = 0;
    for (int64_t d = 1; d <= n + m; d++) {
        int64_t first = floor_quotient(d * n - low, n + m) + 1, last = floor_quotient(d * n + high - 1, n + m);
        double scale = 1.0 / (double)d;

        first = first < d - m ? d - m : first;
        first = first < 0 ? 0 : first;
        last = last > d ? d : last;
        last = last > n ? n : last;
        for (int64_t i = last; i >= first; i--)
            u[i + 1] = ((double)i * u[i] + (double)(d - i) * u[i + 1]) * scale;
        u[first] = 1; /* u(first - 1): it has left the band, or is never asked for */
    }
    return u[n + 1];
}

double ks_p_exact(int64_t n, int64_t m, int64_t distance, enum ks_side side)
{
    int64_t far = n * m + 1;

    if (distance <= 0)
        return 1;
    if (distance > n * m)
        return 0;
    if (n == m)
        return within(equal_sizes(n, (distance + n - 1) / n, side));
    return within(touched(n, m, side == KS_GREATER ? far : distance, side == KS_LESS ? far : distance));
}

double ks_p(int64_t n, int64_t m, double d, enum ks_side side, const char **method)
{
    bool is_exact = n <= KS_EXACT_MAX && m <= KS_EXACT_MAX;

    if (method)
        *method = is_exact ? "exact" : "asymptotic";
    return is_exact ? ks_p_exact(n, m, (int64_t)llround(d * (double)n * (double)m), side) : ks_p_asymptotic(n, m, d, side);
}
