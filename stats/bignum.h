/* stats/bignum.h -- natural numbers of up to 4,608 bits: enough to finish a mean or a variance without rounding twice.
 *
 * The largest is n * Sxx of doubles: (2^63 * (2^2048 * 2^63)) in units of 2^-2176, 4,350 bits. No function allocates;
 * a result that does not fit is our own mistake (assert).
 */
#ifndef STATS_BIGNUM_H
#define STATS_BIGNUM_H

#include "kernels/kernels.h"

enum { BIG_LIMBS = 72 };
struct big {
    uint64_t limb[BIG_LIMBS]; /* least first */
    int n;                    /* limbs in use; the last is not zero; 0: zero */
};

void big_set(struct big *x, const uint64_t *limbs, int n);
void big_set_u128(struct big *x, uint128 value);
void big_multiply(struct big *x, const struct big *by);
void big_multiply_u64(struct big *x, uint64_t by);
void big_power_of_10(struct big *x, int n);
int big_compare(const struct big *a, const struct big *b);
void big_add(struct big *x, const struct big *y);
void big_subtract(struct big *x, const struct big *y); /* y <= x */
int64_t big_bits(const struct big *x); /* how many it takes; 0: zero */
/* |x| of a superaccumulator in units of 2^(32 * skip + EXACT_LOWEST); the limbs below must be zero. */
void big_set_exact(struct big *magnitude, const struct exact_sum *sum, int skip, bool *is_negative);

/* a / b * 2^exponent, b > 0, to the nearest double, once. */
double big_quotient(const struct big *a, const struct big *b, int64_t exponent);
/* sqrt(a / b * 2^exponent): the quotient is rounded to 53 bits without over- or underflow, then its root: within 1 ulp. */
double big_root(const struct big *a, const struct big *b, int64_t exponent);

#endif
