/* stats/bignum.c -- schoolbook arithmetic; division bit by bit, since only some 64 bits of a quotient are wanted. */
#include "stats/bignum.h"

#include <assert.h>
#include <math.h>

#include "kernels/kernels.h"

static void trim(struct big *x)
{
    while (x->n > 0 && x->limb[x->n - 1] == 0)
        x->n--;
}

void big_set(struct big *x, const uint64_t *limbs, int n)
{
    assert(n <= BIG_LIMBS);
    memcpy(x->limb, limbs, (size_t)n * sizeof *limbs);
    x->n = n;
    trim(x);
}

void big_set_u128(struct big *x, uint128 value)
{
    uint64_t limbs[2] = {(uint64_t)value, (uint64_t)(value >> 64)};

    big_set(x, limbs, 2);
}

void big_multiply_u64(struct big *x, uint64_t by)
{
    uint64_t carry = 0;

    for (int i = 0; i < x->n; i++) {
        uint128 product = (uint128)x->limb[i] * by + carry;

        x->limb[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    if (carry) {
        assert(x->n < BIG_LIMBS);
        x->limb[x->n++] = carry;
    }
    trim(x);
}

void big_multiply(struct big *x, const struct big *by)
{
    uint64_t product[BIG_LIMBS + 1] = {0};
    int n = x->n + by->n;

    assert(n <= BIG_LIMBS + 1);
    for (int i = 0; i < x->n; i++) {
        uint64_t carry = 0;

        for (int j = 0; j < by->n; j++) {
            uint128 sum = (uint128)x->limb[i] * by->limb[j] + product[i + j] + carry;

            product[i + j] = (uint64_t)sum;
            carry = (uint64_t)(sum >> 64);
        }
        product[i + by->n] = carry;
    }
    while (n > 0 && product[n - 1] == 0)
        n--;
    big_set(x, product, n);
}

void big_power_of_10(struct big *x, int n)
{
    big_set_u128(x, 1);
    for (int i = 0; i < n; i++)
        big_multiply_u64(x, 10);
}

int big_compare(const struct big *a, const struct big *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (int i = a->n - 1; i >= 0; i--)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

void big_add(struct big *x, const struct big *y)
{
    int n = x->n > y->n ? x->n : y->n;
    uint64_t carry = 0;

    for (int i = 0; i < n; i++) {
        uint128 sum = (uint128)(i < x->n ? x->limb[i] : 0) + (i < y->n ? y->limb[i] : 0) + carry;

        x->limb[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> 64);
    }
    x->n = n;
    if (carry) {
        assert(n < BIG_LIMBS);
        x->limb[x->n++] = carry;
    }
}

void big_set_exact(struct big *magnitude, const struct exact_sum *sum, int skip, bool *is_negative)
{
    struct exact_sum x = *sum;
    uint64_t limbs[EXACT_LIMBS / 2 + 1];
    int n = 0;

    exact_sum_normalise(&x);
    *is_negative = x.limb[EXACT_LIMBS - 1] < 0;
    if (*is_negative) {
        for (int i = 0; i < EXACT_LIMBS; i++)
            x.limb[i] = -x.limb[i];
        exact_sum_normalise(&x);
    }
    for (int i = skip; i < EXACT_LIMBS; i += 2)
        limbs[n++] = (uint64_t)x.limb[i] | (i + 1 < EXACT_LIMBS ? (uint64_t)x.limb[i + 1] << 32 : 0);
    big_set(magnitude, limbs, n);
}

void big_subtract(struct big *x, const struct big *y)
{
    uint64_t borrow = 0;

    for (int i = 0; i < x->n; i++) {
        uint128 taken = (uint128)(i < y->n ? y->limb[i] : 0) + borrow;

        borrow = x->limb[i] < taken;
        x->limb[i] -= (uint64_t)taken;
    }
    assert(borrow == 0);
    trim(x);
}

int64_t big_bits(const struct big *x)
{
    return x->n ? (int64_t)x->n * 64 - __builtin_clzll(x->limb[x->n - 1]) : 0;
}

static void double_and_add(struct big *x, unsigned bit)
{
    uint64_t carry = bit;

    for (int i = 0; i < x->n; i++) {
        uint64_t next = x->limb[i] >> 63;

        x->limb[i] = x->limb[i] << 1 | carry;
        carry = next;
    }
    if (carry) {
        assert(x->n < BIG_LIMBS);
        x->limb[x->n++] = carry;
    }
}

/* The quotient's first 64 bits, *is_sticky where anything is left, *exponent of the last of them. 0: a is 0. */
static uint64_t leading_quotient(const struct big *a, const struct big *b, bool *is_sticky, int64_t *exponent)
{
    struct big rest = {.n = 0};
    uint64_t bits = 0;
    int64_t at = big_bits(a);

    *is_sticky = false;
    if (at == 0)
        return 0;
    while (bits >> 63 == 0) {
        unsigned bit;

        at--;
        bit = at >= 0 ? (unsigned)(a->limb[at >> 6] >> (at & 63)) & 1 : 0;
        double_and_add(&rest, bit);
        bits <<= 1;
        if (big_compare(&rest, b) >= 0) {
            big_subtract(&rest, b);
            bits |= 1;
        }
    }
    *is_sticky = rest.n != 0;
    for (int64_t i = 0; i < at && !*is_sticky; i++)
        *is_sticky = (a->limb[i >> 6] >> (i & 63)) & 1;
    *exponent += at;
    return bits;
}

double big_quotient(const struct big *a, const struct big *b, int64_t exponent)
{
    bool is_sticky;
    uint64_t bits = leading_quotient(a, b, &is_sticky, &exponent);

    return exact_round(false, bits, is_sticky, exponent);
}

double big_root(const struct big *a, const struct big *b, int64_t exponent)
{
    bool is_sticky;
    uint64_t bits = leading_quotient(a, b, &is_sticky, &exponent);
    int odd = exponent & 1;

    return ldexp(sqrt(exact_round(false, bits, is_sticky, odd)), (int)((exponent - odd) / 2));
}
