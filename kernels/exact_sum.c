/* kernels/exact_sum.c -- sums of doubles, and of products of doubles, without any rounding until the end.
 *
 * A wide two's-complement-like number: limb[i] counts units of 2^(32 i - 2176) and is a signed 64-bit integer, so that
 * each limb has 31 bits above its own 32 for carries that are put off. 2^-2176 lies below the smallest
 * product of two doubles (2^-2148); the last limb starts at 2^2144, so that 2^63 products of the largest doubles fit.
 *
 *     a double m * 2^e (m < 2^53) at bit p = e + 2176:     limb[p/32]     += low 32 bits of m << p%32
 *                                                          limb[p/32 + 1] += the rest, below 2^53
 *
 * A normalised limb is below 2^32, an added part below 2^53: 512 additions stay below 2^62 + 2^32, so carries are
 * propagated every 512 additions (a product is two). Integer additions commute and associate: any split and any order give
 * the same limbs once they are normalised (each in [0, 2^32), the last one carrying the sign).
 *
 * R. M. Neal, "Fast exact summation using small and large superaccumulators", arXiv:1505.05571 (2015), section 2.
 */
#include "kernels/kernels.h"

#include <math.h>

#include "kernels/exact.h"

void exact_sum_normalise(struct exact_sum *sum)
{
    int64_t carry = 0;

    for (int i = 0; i < EXACT_LIMBS - 1; i++) {
        int64_t x = sum->limb[i] + carry;

        carry = x >> 32;
        sum->limb[i] = x & 0xffffffff;
    }
    sum->limb[EXACT_LIMBS - 1] += carry;
    sum->n_added = 0;
}

void exact_sum_add(struct exact_sum *sum, double x)
{
    exact_make_room(sum, 1);
    exact_add(sum, x);
}

/* Rare: an infinity or a NaN is among the factors. */
static void add_special_product(struct exact_sum *sum, double a, double b)
{
    if (isnan(a) || isnan(b) || a == 0 || b == 0)
        sum->n_nan++;
    else if (signbit(a) == signbit(b))
        sum->n_positive_infinity++;
    else
        sum->n_negative_infinity++;
}

void exact_sum_add_product(struct exact_sum *sum, double a, double b)
{
    if (!isfinite(a) || !isfinite(b)) {
        add_special_product(sum, a, b);
        return;
    }
    exact_make_room(sum, 2);
    exact_add_product(sum, a, b);
}

static void add_specials(struct exact_sum *sum, double x, int64_t n)
{
    if (isnan(x))
        sum->n_nan += n;
    else if (x > 0)
        sum->n_positive_infinity += n;
    else
        sum->n_negative_infinity += n;
}

/* m * times has up to 53 + 32 bits. */
static void add_bits_times(struct exact_sum *sum, uint64_t m, uint32_t times, unsigned at, int64_t sign)
{
    uint128 product = (uint128)m * times;

    exact_add_bits(sum, (uint64_t)product & (((uint64_t)1 << 53) - 1), at, sign);
    exact_add_bits(sum, (uint64_t)(product >> 53), at + 53, sign);
}

void exact_sum_add_times(struct exact_sum *sum, double x, uint32_t times)
{
    uint64_t bits = double_bits(x), m;
    unsigned e;

    if (!isfinite(x)) {
        add_specials(sum, x, times);
        return;
    }
    exact_make_room(sum, 2);
    m = exact_mantissa(bits, &e);
    add_bits_times(sum, m, times, e + (unsigned)(-EXACT_LOWEST - 1075), (int64_t)bits >> 63);
}

void exact_sum_add_square_times(struct exact_sum *sum, double x, uint32_t times)
{
    uint128 square;
    uint64_t m;
    unsigned e, at;

    if (!isfinite(x)) {
        add_specials(sum, fabs(x), times);
        return;
    }
    exact_make_room(sum, 4);
    m = exact_mantissa(double_bits(x), &e);
    square = (uint128)m * m;
    at = 2 * e + (unsigned)(-EXACT_LOWEST - 2150);
    add_bits_times(sum, (uint64_t)square & (((uint64_t)1 << 53) - 1), times, at, 0);
    add_bits_times(sum, (uint64_t)(square >> 53), times, at + 53, 0);
}

void exact_sum_merge(struct exact_sum *into, const struct exact_sum *from)
{
    struct exact_sum other = *from;

    exact_sum_normalise(&other);
    exact_sum_normalise(into);
    for (int i = 0; i < EXACT_LIMBS; i++)
        into->limb[i] += other.limb[i];
    exact_sum_normalise(into);
    into->n_nan += other.n_nan;
    into->n_positive_infinity += other.n_positive_infinity;
    into->n_negative_infinity += other.n_negative_infinity;
}

double exact_round(bool is_negative, uint64_t bits, bool is_sticky, int64_t exponent)
{
    int drop;
    uint64_t rest, half;
    double magnitude;

    if (bits == 0)
        return is_negative ? -0.0 : 0.0;
    drop = 11 - __builtin_clzll(bits); /* to 53 bits; negative where there are fewer */
    if (exponent + drop < -1074)       /* subnormal: the last bit that a double has is 2^-1074 */
        drop = -1074 - exponent > 64 ? 65 : (int)(-1074 - exponent);
    if (drop > 64)
        return is_negative ? -0.0 : 0.0;
    if (drop > 0) {
        rest = drop == 64 ? bits : bits & (((uint64_t)1 << drop) - 1);
        half = (uint64_t)1 << (drop - 1);
        bits = drop == 64 ? 0 : bits >> drop;
        exponent += drop;
        if (rest > half || (rest == half && (is_sticky || (bits & 1))))
            bits++;
    }
    if (exponent > 1100)
        exponent = 1100;
    magnitude = ldexp((double)bits, (int)exponent); /* exact, or overflow to infinity */
    return is_negative ? -magnitude : magnitude;
}

/* Two's complement of a normalised number. */
static void negate(struct exact_sum *sum)
{
    for (int i = 0; i < EXACT_LIMBS; i++)
        sum->limb[i] = -sum->limb[i];
    exact_sum_normalise(sum);
}

/* The 64 bits below and including the highest one, for a number that is not negative. */
static uint64_t leading_bits(const struct exact_sum *sum, bool *is_sticky, int64_t *exponent)
{
    int top = EXACT_LIMBS - 1;
    uint128 window;
    int shift;
    uint64_t bits;

    while (top > 0 && sum->limb[top] == 0)
        top--;
    if (top < 3)
        top = 3;
    window = (uint128)sum->limb[top] << 96 | (uint128)sum->limb[top - 1] << 64 | (uint128)sum->limb[top - 2] << 32 |
             (uint128)sum->limb[top - 3];
    *is_sticky = false;
    for (int i = 0; i < top - 3 && !*is_sticky; i++)
        *is_sticky = sum->limb[i] != 0;
    *exponent = EXACT_LOWEST + 32 * (top - 3);
    if (window >> 64 == 0)
        return (uint64_t)window;
    shift = 64 - __builtin_clzll((uint64_t)(window >> 64));
    bits = (uint64_t)(window >> shift);
    *is_sticky |= (window & (((uint128)1 << shift) - 1)) != 0;
    *exponent += shift;
    return bits;
}

double exact_sum_round(const struct exact_sum *sum)
{
    struct exact_sum x = *sum;
    bool is_negative, is_sticky;
    int64_t exponent;
    uint64_t bits;

    if (x.n_nan || (x.n_positive_infinity && x.n_negative_infinity))
        return NAN;
    if (x.n_positive_infinity || x.n_negative_infinity)
        return x.n_positive_infinity ? INFINITY : -INFINITY;
    exact_sum_normalise(&x);
    is_negative = x.limb[EXACT_LIMBS - 1] < 0;
    if (is_negative)
        negate(&x);
    bits = leading_bits(&x, &is_sticky, &exponent);
    if (bits == 0)
        return 0.0;
    return exact_round(is_negative, bits, is_sticky, exponent);
}
