/* stats/quantile_rules.c -- see quantile_rules.h. */
#include "stats/quantile_rules.h"

#include "columns/vector.h"
#include "core/number.h"

#include <math.h>
#include <string.h>

/* p = k / d. */
struct ratio { int64_t k, d; };

/* The shortest decimal that reads back as p; one of more than 17 places is cut there. */
static struct ratio ratio_of(double p)
{
    enum { PLACES_MAX = 17 };
    char text[NUMBER_TEXT_SIZE];
    size_t size = number_print_double(p, text);
    int128 mantissa;
    int32_t scale;

    if (number_parse_decimal(span_of(text, size), &mantissa, &scale) && scale >= 0 && scale <= PLACES_MAX)
        return (struct ratio){(int64_t)mantissa, (int64_t)decimal_power(scale)};
    return (struct ratio){(int64_t)rint(p * 1e17), (int64_t)decimal_power(PLACES_MAX)};
}

static int64_t floor_divide(int128 num, int64_t of, int64_t *rest)
{
    int128 whole = num / of;

    *rest = (int64_t)(num % of);
    if (*rest < 0) {
        *rest += of;
        whole--;
    }
    return (int64_t)whole;
}

/* The place as a number of samples, before a method that interpolates nothing decides for one of the two. In 24ths, of which 1/3
 * and 3/8 are whole numbers. */
static struct quantile_place place_between(int32_t method, struct ratio p, int64_t n)
{
    static const int alpha[] = {0, 0, 0, 0, 0, 12, 0, 24, 8, 9};
    static const int beta[] = {0, 0, 0, 0, 24, 12, 0, 24, 8, 9};
    struct quantile_place at = {.of = p.d};
    int128 num = (int128)(n - 1) * p.k; /* below 2^57 times the rows */

    if (method == 1 || method == 2) {
        num = (int128)n * p.k - p.d;
    } else if (method == 3) {
        at.of = 2 * p.d;
        num = 2 * ((int128)n * p.k) - 3 * (int128)p.d;
    } else if (method > 3 && method < QUANTILE_LOWER && method != 7) {
        at.of = 24 * p.d; /* at most 2.4e18 */
        num = 24 * ((int128)n * p.k) + alpha[method] * (int128)p.d + (24 - alpha[method] - beta[method]) * (int128)p.k -
              24 * (int128)p.d;
    }
    at.low = floor_divide(num, at.of, &at.part);
    return at;
}

struct quantile_place quantile_place(int32_t method, double p, int64_t n)
{
    struct quantile_place at = place_between(method, ratio_of(p), n);

    if (at.low < 0 || at.low >= n - 1)
        return (struct quantile_place){at.low < 0 ? 0 : n - 1, 0, 1};
    if (method == 0)
        return (struct quantile_place){at.low + (at.part > at.of - at.part || (at.part == at.of - at.part && at.low % 2 != 0)), 0, 1};
    if (method == 1)
        return (struct quantile_place){at.low, at.part > 0, 1};
    if (method == 2)
        return (struct quantile_place){at.low, 1, at.part > 0 ? 1 : 2};
    if (method == QUANTILE_LOWER)
        return (struct quantile_place){at.low, 0, 1};
    if (method == QUANTILE_HIGHER)
        return (struct quantile_place){at.low, at.part > 0, 1};
    if (method == QUANTILE_MIDPOINT)
        return (struct quantile_place){at.low, at.part > 0, 2};
    if (method == 3) /* the nearest one, of two equally near the even one, counted from 1 */
        return (struct quantile_place){at.low, at.part > 0 || at.low % 2 == 0, 1};
    return at;
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

/* num / den, den > 0, rounded half to even. */
static int64_t round_to_unit(int128 num, int64_t den)
{
    int64_t rest, whole = floor_divide(num, den, &rest);

    return whole + (rest > den - rest || (rest == den - rest && whole % 2 != 0));
}

/* num / den, 0 < den < 2^62, as the double next to it: 62 bits or more of the quotient and whether any follow, rounded once. */
static double round_to_double(int128 num, int64_t den)
{
    bool is_negative = num < 0;
    unsigned __int128 size = is_negative ? -(unsigned __int128)num : (unsigned __int128)num;
    unsigned __int128 whole = size / (uint64_t)den;
    uint64_t rest = (uint64_t)(size % (uint64_t)den);
    int places = 0;
    double x;

    for (; rest && whole < (unsigned __int128)1 << 61; places++) {
        rest *= 2;
        whole = whole * 2 + (rest >= (uint64_t)den);
        rest -= rest >= (uint64_t)den ? (uint64_t)den : 0;
    }
    x = ldexp((double)(whole | (rest != 0)), -places);
    return is_negative ? -x : x;
}

struct value quantile_between(struct type type, uint64_t a, uint64_t b, const struct quantile_place *place)
{
    enum lane lane = type_lane(type);
    int128 low = lane == LANE_I64 ? (int64_t)a : (int128)a, high = lane == LANE_I64 ? (int64_t)b : (int128)b, num;

    if (lane == LANE_F64)
        return value_double(between_doubles(as_double(a), as_double(b), (double)place->part / (double)place->of));
    num = low * place->of + (high - low) * place->part; /* of < 2^62, the rest of 64 bits each */
    if (type_is_temporal(type) || type.kind == TYPE_DECIMAL) {
        int64_t unit = round_to_unit(num, place->of);
        struct vector one = {.type = type, .lane = lane, .shape = SHAPE_CONSTANT, .n_rows = 1, .i64 = &unit};

        return vector_entry(&one, 0);
    }
    return value_double(round_to_double(num, place->of));
}
