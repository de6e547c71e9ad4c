/* stats/key_sums.c -- see key_sums.h. Doubles go through the kernels' blocks, whole numbers through columns of 64 bits. */
#include "stats/key_sums.h"

#include <math.h>
#include <string.h>

#include "stats/bignum.h"
#include "stats/order_key.h"

enum { BLOCK = 1024, FACTOR_BITS = 20 };

/* The factor in parts of 53 bits, a whole number in two. */
void order_add_multiple(struct exact_sum *sum, struct type as, uint64_t key, int128 factor)
{
    enum lane lane = type_lane(as);
    uint64_t bits = order_key_bits(lane, key);
    double low = 0, high;
    uint128 left = factor < 0 ? -(uint128)factor : (uint128)factor;

    memcpy(&high, &bits, sizeof high);
    if (lane != LANE_F64) {
        low = (double)(bits & 0xffffffff);
        high = 4294967296.0 * (lane == LANE_I64 ? (double)((int64_t)bits >> 32) : (double)(bits >> 32));
    }
    if (factor == 1) { /* most */
        exact_sum_add(sum, high);
        if (low != 0)
            exact_sum_add(sum, low);
        return;
    }
    for (double scale = factor < 0 ? -1 : 1; left > 0; left >>= 53, scale *= 0x1p53) {
        double part = scale * (double)((uint64_t)left & (((uint64_t)1 << 53) - 1));

        exact_sum_add_product(sum, part, high);
        if (low != 0)
            exact_sum_add_product(sum, part, low);
    }
}

void exact_add_times(struct exact_sum *sum, const struct exact_sum *x, int64_t factor)
{
    struct exact_sum part = *x;

    /* limbs are below 2^32 and carry when they are normalised: the factor goes in by 20 bits at a time */
    exact_sum_normalise(&part);
    for (uint64_t left = (uint64_t)(factor < 0 ? -factor : factor); left; left >>= FACTOR_BITS) {
        struct exact_sum scaled = part;
        int64_t by = (int64_t)(left & ((1 << FACTOR_BITS) - 1)) * (factor < 0 ? -1 : 1);

        for (int i = 0; i < EXACT_LIMBS; i++)
            scaled.limb[i] *= by;
        exact_sum_normalise(&scaled);
        exact_sum_merge(sum, &scaled);
        for (int i = 0; i < EXACT_LIMBS; i++)
            part.limb[i] *= 1 << FACTOR_BITS;
        exact_sum_normalise(&part);
    }
}

/* x 2^shift */
static void add_whole(struct exact_sum *sum, int128 x, int shift)
{
    uint128 left = x < 0 ? -(uint128)x : (uint128)x;

    for (double scale = ldexp(x < 0 ? -1 : 1, shift); left > 0; left >>= 53, scale *= 0x1p53)
        exact_sum_add(sum, scale * (double)((uint64_t)left & (((uint64_t)1 << 53) - 1)));
}

static void add_doubles(struct key_sums *s, const uint64_t *keys, int64_t n)
{
    double x[BLOCK];

    for (int64_t i = 0; i < n; i++) {
        uint64_t bits = order_key_bits(LANE_F64, keys[i]);

        memcpy(&x[i], &bits, sizeof bits);
    }
    kernels_get()->sum_f64(x, n, NULL, &s->sum);
    kernels_get()->sum_squares_f64(x, n, NULL, &s->squares);
}

static void add_integers(struct key_sums *s, enum lane lane, const uint64_t *keys, int64_t n)
{
    uint128 low = 0, high = 0; /* of squares, which are below 2^128 */
    int128 sum = 0;

    for (int64_t i = 0; i < n; i++) {
        uint64_t bits = order_key_bits(lane, keys[i]);
        int128 x = lane == LANE_I64 ? (int128)(int64_t)bits : (int128)bits;
        uint128 square = (uint128)(x < 0 ? -x : x) * (uint128)(x < 0 ? -x : x);

        sum += x;
        low += (uint64_t)square;
        high += square >> 64;
    }
    add_whole(&s->sum, sum, 0);
    add_whole(&s->squares, (int128)low, 0);
    add_whole(&s->squares, (int128)high, 64);
}

void key_sums_add(struct key_sums *s, struct type as, const uint64_t *keys, int64_t n)
{
    for (int64_t some; n > 0; keys += some, n -= some) {
        some = n < BLOCK ? n : BLOCK;
        if (type_lane(as) == LANE_F64)
            add_doubles(s, keys, some);
        else
            add_integers(s, type_lane(as), keys, some);
    }
}

void key_sums_add_times(struct key_sums *s, struct type as, uint64_t key, int64_t times)
{
    uint64_t bits = order_key_bits(type_lane(as), key);
    int128 whole = type_lane(as) == LANE_U64 ? (int128)bits : (int128)(int64_t)bits;
    double x;

    order_add_multiple(&s->sum, as, key, times);
    memcpy(&x, &bits, sizeof x);
    for (int64_t some; times > 0; times -= some) {
        some = times < INT32_MAX ? times : INT32_MAX;
        if (type_lane(as) == LANE_F64)
            exact_sum_add_square_times(&s->squares, x, (uint32_t)some);
        else
            order_add_multiple(&s->squares, as, key, whole * some);
    }
}

void key_sums_merge(struct key_sums *into, const struct key_sums *from)
{
    exact_sum_merge(&into->sum, &from->sum);
    exact_sum_merge(&into->squares, &from->squares);
}

void key_sums_normalise(struct key_sums *s)
{
    exact_sum_normalise(&s->sum);
    exact_sum_normalise(&s->squares);
}

void key_sums_scale(struct key_sums *s, int64_t factor)
{
    struct key_sums out = {0}, once = {0};

    if (factor == 1)
        return;
    exact_add_times(&out.sum, &s->sum, factor);
    exact_add_times(&once.squares, &s->squares, factor);
    exact_add_times(&out.squares, &once.squares, factor);
    *s = out;
}

double key_sums_mean(const struct key_sums *s, int64_t n)
{
    struct big size, divisor;
    bool is_negative;
    double x;

    big_set_exact(&size, &s->sum, 0, &is_negative);
    big_set_u128(&divisor, (uint128)(uint64_t)n);
    x = big_quotient(&size, &divisor, EXACT_LOWEST);
    return is_negative ? -x : x;
}

static bool is_canonical(const struct exact_sum *x)
{
    bool ok = x->n_added == 0 && x->n_nan >= 0 && x->n_positive_infinity >= 0 && x->n_negative_infinity >= 0;

    for (int i = 0; i < EXACT_LIMBS - 1; i++)
        ok = ok && x->limb[i] >= 0 && x->limb[i] <= UINT32_MAX;
    return ok && (x->limb[EXACT_LIMBS - 1] == 0 || x->limb[EXACT_LIMBS - 1] == -1);
}

bool key_sums_are_sane(const struct key_sums *s, int64_t n)
{
    for (int i = 0; i < 34; i++)
        if (s->sum.limb[i] != 0)
            return false;
    return is_canonical(&s->sum) && is_canonical(&s->squares) && s->squares.limb[EXACT_LIMBS - 1] == 0 &&
           (n < 2 || s->squares.n_positive_infinity > 0 || !isnan(key_sums_variance(s, n)));
}

/* n Sxx - Sx^2 over n (n - 1), in units of 2^EXACT_LOWEST; false for n < 2. */
static bool variance_fraction(const struct key_sums *s, int64_t n, struct big *over, struct big *under)
{
    struct big sum, square;
    bool is_negative;

    if (n < 2)
        return false;
    big_set_exact(&sum, &s->sum, 34, &is_negative); /* nothing is below 2^-1088 */
    big_set_exact(over, &s->squares, 0, &is_negative);
    big_multiply_u64(over, (uint64_t)n);
    square = sum;
    big_multiply(&square, &sum);
    if (big_compare(over, &square) < 0) /* of no numbers that there are: a file says so */
        return false;
    big_subtract(over, &square);
    big_set_u128(under, (uint128)(uint64_t)n * (uint64_t)(n - 1));
    return true;
}

double key_sums_variance(const struct key_sums *s, int64_t n)
{
    struct big over, under;

    return variance_fraction(s, n, &over, &under) ? big_quotient(&over, &under, EXACT_LOWEST) : NAN;
}

double key_sums_stdev(const struct key_sums *s, int64_t n)
{
    struct big over, under;

    return variance_fraction(s, n, &over, &under) ? big_root(&over, &under, EXACT_LOWEST) : NAN;
}
