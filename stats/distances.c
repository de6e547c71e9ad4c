/* stats/distances.c -- how far apart two lists of shares are.
 *
 * p is the batch's share of a category or bin, q the reference's. p - q is the exact quotient (o M - r N) / (N M) of whole numbers, rounded
 * once, and every sum is one of terms that are at least 0, so that small distances keep their digits where the textbook
 * forms cancel.
 *
 *     total variation  1/2 sum |p - q|             L-infinity  max |p - q|
 *     Hellinger        sqrt(1/2 sum (sqrt p - sqrt q)^2),  sqrt p - sqrt q = (p - q) / (sqrt p + sqrt q)
 *     KL               sum p log(p / q),  each term with q - p added: p log(p/q) - (p - q) >= 0, and the rest adds up to 0
 *     Jensen-Shannon   half the KL of p from the middle, and half that of q; the distance is its root
 *     PSI              sum (p - q) log(p / q)
 *
 * A share of 0 makes log(p / q) infinite: for PSI and KL shares below `floor` count as that much; nothing is renormalised.
 */
#include <math.h>

#include "stats/drift_tests.h"

struct pair { double p, q, difference; };

static struct pair pair_at(const struct shares *s, int32_t i)
{
    double n = (double)s->observed, m = (double)s->reference;
    struct pair x = {.p = (double)s->at[i].observed / n};

    if (s->given) {
        x.q = s->given[i];
        x.difference = x.p - x.q;
        return x;
    }
    x.q = (double)s->at[i].reference / m;
    x.difference = (double)((int128)s->at[i].observed * s->reference - (int128)s->at[i].reference * s->observed) / n / m;
    return x;
}

/* Shares that are too small to take a logarithm of count as `floor`. */
static struct pair lifted(const struct shares *s, int32_t i)
{
    struct pair x = pair_at(s, i);

    if (x.p >= s->floor && x.q >= s->floor)
        return x;
    x.p = fmax(x.p, s->floor);
    x.q = fmax(x.q, s->floor);
    x.difference = x.p - x.q;
    return x;
}

/* p log(p / q) - (p - q), at least 0. */
static double gain(double p, double q, double difference)
{
    double x = difference / q, sum = 0;

    if (p == 0)
        return q;
    if (q == 0)
        return INFINITY;
    if (fabs(x) > 0.01)
        return p * (fabs(x) < 0.5 ? log1p(x) : log(p / q)) - difference;
    for (int i = 9; i >= 2; i--) /* q ((1+x) log(1+x) - x) = q (x^2/2 - x^3/6 + x^4/12 - ...) */
        sum = 1.0 / (i * (i - 1)) - x * sum;
    return q * x * x * sum;
}

double share_jensen_shannon(const struct shares *s)
{
    double sum = 0;

    for (int32_t i = 0; i < s->n; i++) {
        struct pair x = pair_at(s, i);
        double middle = (x.p + x.q) / 2;

        if (middle > 0)
            sum += gain(x.p, middle, x.difference / 2) + gain(x.q, middle, -x.difference / 2);
    }
    sum /= 2;
    return s->is_natural ? sum : sum / log(2);
}

double share_kl(const struct shares *s)
{
    double sum = 0, lift = 0;

    for (int32_t i = 0; i < s->n; i++) {
        struct pair x = lifted(s, i);

        if (x.p == 0 && x.q == 0)
            continue;
        sum += gain(x.p, x.q, x.difference);
        lift += x.difference; /* shares that were lifted, or given, need not add up to 1 */
    }
    return fabs(lift) > 1e-14 ? sum + lift : sum;
}

double share_psi(const struct shares *s)
{
    double sum = 0;

    for (int32_t i = 0; i < s->n; i++) {
        struct pair x = lifted(s, i);

        if (x.difference == 0)
            continue;
        if (x.p == 0 || x.q == 0)
            return INFINITY;
        sum += x.difference * (fabs(x.difference) < x.q / 2 ? log1p(x.difference / x.q) : log(x.p / x.q));
    }
    return sum;
}

double share_hellinger(const struct shares *s)
{
    double sum = 0;

    for (int32_t i = 0; i < s->n; i++) {
        struct pair x = pair_at(s, i);
        double root = x.difference == 0 ? 0 : x.difference / (sqrt(x.p) + sqrt(x.q));

        sum += root * root;
    }
    return sqrt(sum / 2);
}

double share_total_variation(const struct shares *s)
{
    double sum = 0;

    for (int32_t i = 0; i < s->n; i++)
        sum += fabs(pair_at(s, i).difference);
    return sum / 2;
}

double share_l_infinity(const struct shares *s)
{
    double most = 0;

    for (int32_t i = 0; i < s->n; i++)
        most = fmax(most, fabs(pair_at(s, i).difference));
    return most;
}
