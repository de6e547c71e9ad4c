/* stats/quantile_rules.c -- see quantile_rules.h. */
#include "stats/quantile_rules.h"

#include "columns/vector.h"

#include <math.h>
#include <string.h>

void quantile_place(int32_t method, double p, int64_t n, int64_t *low, double *share)
{
    static const double alpha[] = {0, 0, 0, 0, 0, 0.5, 0, 1, 1 / 3.0, 3 / 8.0};
    static const double beta[] = {0, 0, 0, 0, 1, 0.5, 0, 1, 1 / 3.0, 3 / 8.0};
    double count = (double)n, at;

    if (method == 0)
        at = rint((count - 1) * p);
    else if (method == 7)
        at = (count - 1) * p;
    else if (method <= 2)
        at = count * p - 1;
    else if (method == 3)
        at = count * p - 1.5;
    else
        at = count * p + (alpha[method] + p * (1 - alpha[method] - beta[method])) - 1;
    *share = at - floor(at);
    if (method == 1)
        *share = *share > 0;
    else if (method == 2)
        *share = *share > 0 ? 1 : 0.5;
    else if (method == 3) /* the nearest one, of two equally near the even one, counted from 1 */
        *share = *share > 0 || fmod(floor(at), 2) == 0;
    if (at < 0 || at >= count - 1) {
        at = at < 0 ? 0 : count - 1;
        *share = 0;
    }
    *low = (int64_t)floor(at);
    if (*low > n - 1)
        *low = n - 1;
}

static double as_double(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static double between_doubles(double a, double b, double share)
{
    if (a == b || share == 0)
        return a;
    if (share == 1)
        return b;
    return share >= 0.5 ? b - (b - a) * (1 - share) : a + (b - a) * share;
}

static const int64_t share_unit = (int64_t)1 << 53;

/* a + (b - a) * share in units of 2^-53: below 2^118. */
static int128 between_integers(int128 a, int128 b, double share)
{
    return a * share_unit + (b - a) * (int128)(share * (double)share_unit);
}

static int64_t round_half_even(int128 x)
{
    int128 whole = x >> 53, rest = x - whole * share_unit, half = (int128)1 << 52;

    return (int64_t)(whole + (rest > half || (rest == half && (whole & 1))));
}

struct value quantile_between(struct type type, uint64_t a, uint64_t b, double share)
{
    enum lane lane = type_lane(type);
    int128 x;

    if (lane == LANE_F64)
        return value_double(between_doubles(as_double(a), as_double(b), share));
    x = lane == LANE_I64 ? between_integers((int64_t)a, (int64_t)b, share) : between_integers((int128)a, (int128)b, share);
    if (type_is_temporal(type) || type.kind == TYPE_DECIMAL) {
        int64_t unit = round_half_even(x);
        struct vector one = {.type = type, .lane = lane, .shape = SHAPE_CONSTANT, .n_rows = 1, .i64 = &unit};

        return vector_entry(&one, 0);
    }
    return value_double(ldexp((double)x, -53));
}
