/* kernels/exact.h -- the inner steps of exact_sum.c, inlined into the kernels. Not for other folders. */
#ifndef KERNELS_EXACT_H
#define KERNELS_EXACT_H

#include "kernels/kernels.h"

enum { EXACT_ADDITIONS = 512, EXACT_BLOCK = 256 };

static inline uint64_t double_bits(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* Before up to n <= EXACT_ADDITIONS additions without a check of their own. */
static inline void exact_make_room(struct exact_sum *sum, int64_t n)
{
    if (sum->n_added + n > EXACT_ADDITIONS)
        exact_sum_normalise(sum);
    sum->n_added += n;
}

/* +-m * 2^(at + EXACT_LOWEST), m < 2^53; `sign` is 0 or all ones. */
static inline void exact_add_bits(struct exact_sum *sum, uint64_t m, unsigned at, int64_t sign)
{
    int64_t *limb = sum->limb + (at >> 5);
    unsigned shift = at & 31;
    int64_t low = (int64_t)((m << shift) & 0xffffffff);
    int64_t high = (int64_t)(m >> (32 - shift));

    limb[0] += (low ^ sign) - sign;
    limb[1] += (high ^ sign) - sign;
}

/* A finite double's mantissa; *exponent is that of its last bit, plus 1075. */
static inline uint64_t exact_mantissa(uint64_t bits, unsigned *exponent)
{
    unsigned e = (unsigned)(bits >> 52) & 0x7ff;
    uint64_t hidden = (uint64_t)(e != 0) << 52;

    *exponent = e + (e == 0);
    return (bits & 0xfffffffffffff) | hidden;
}

static inline void exact_add_special(struct exact_sum *sum, uint64_t bits)
{
    if (bits << 12)
        sum->n_nan++;
    else if (bits >> 63)
        sum->n_negative_infinity++;
    else
        sum->n_positive_infinity++;
}

/* Needs room for 1. */
static inline void exact_add(struct exact_sum *sum, double x)
{
    uint64_t bits = double_bits(x), m;
    unsigned e;

    if (__builtin_expect((bits >> 52 & 0x7ff) == 0x7ff, 0)) {
        exact_add_special(sum, bits);
        return;
    }
    m = exact_mantissa(bits, &e);
    exact_add_bits(sum, m, e + (unsigned)(-EXACT_LOWEST - 1075), (int64_t)bits >> 63);
}

/* Finite factors; needs room for 2. The product of two mantissas has 106 bits and is added as two halves of 53. */
static inline void exact_add_product(struct exact_sum *sum, double a, double b)
{
    unsigned ea, eb;
    uint64_t bits_a = double_bits(a), bits_b = double_bits(b);
    uint128 product = (uint128)exact_mantissa(bits_a, &ea) * exact_mantissa(bits_b, &eb);
    unsigned at = ea + eb + (unsigned)(-EXACT_LOWEST - 2150);
    int64_t sign = (int64_t)(bits_a ^ bits_b) >> 63;

    exact_add_bits(sum, (uint64_t)product & (((uint64_t)1 << 53) - 1), at, sign);
    exact_add_bits(sum, (uint64_t)(product >> 53), at + 53, sign);
}

#endif
