/* stats/shape.c -- exact sums of the first four powers: skewness and kurtosis without cancellation.
 *
 * Whole numbers and decimals (as scaled integers: the figures do not depend on the scale) are added in columns of 320 bits. Of a double x
 * with p = x^2 rounded and e = x^2 - p, which is a double too, x^3 = p x + e x and x^4 = p^2 + 2 p e + e^2 are sums of exact
 * products (kernels/exact_sum.c), as long as |x| lies between 2^-480 and 2^500 or is 0. If any value does not, a second round takes all
 * values times the power of two that makes the largest of them about 1; what is then below 2^-480 is taken as 0: 10^-140 of the largest.
 *
 * With S_k the sum of x^k, B = n S_2 - S_1^2, A = n^2 S_3 - 3 n S_1 S_2 + 2 S_1^3 and C = n^3 S_4 - 4 n^2 S_1 S_3 + 6 n S_1^2 S_2 - 3 S_1^4,
 * all exact,
 *     skewness = A / B^(3/2)      excess kurtosis = C / B^2 - 3 = (C - 3 B^2) / B^2
 * of the population (no correction for the sample's size): the kurtosis is rounded once, the skewness four times.
 *
 * Null, NaN and malformed cells are no values; with infinities both figures are NaN. A constant column has neither. Merges by addition.
 */
#include "stats/selection.h"

#include <math.h>

#include "kernels/kernels.h"
#include "stats/bignum.h"

enum { WIDE_LIMBS = 5, LEAST_EXPONENT = -480, MOST_EXPONENT = 500 };

/* A natural number that only grows: n < 2^61 powers below 2^256. */
struct wide { uint64_t limb[WIDE_LIMBS]; };

struct power_sums {
    struct moments_counts counts;
    int32_t lane;
    int64_t n_outside;   /* finite values that the sums of doubles cannot take */
    int64_t top;         /* the largest exponent of a value (frexp); INT64_MIN: none */
    int64_t is_scaled;   /* second round: values times 2^shift */
    int64_t shift;
    struct exact_sum sum[4];                 /* doubles: of x^1 ... x^4 */
    struct wide positive[4], negative[4];    /* others: of |x|^k, by the sign of x^k */
};

#define SUM_FIELD(name_, k)                                                                                                 \
    {.name = name_, .type = FIELD_I64, .offset = offsetof(struct power_sums, sum) + (k) * sizeof(struct exact_sum),              \
     .count = EXACT_LIMBS + 4, .doc = "superaccumulator: limbs, pending additions, NaNs, infinities"}

static const struct field fields[] = {
    COUNTS_FIELDS(struct power_sums, counts),
    {.name = "n_outside", .type = FIELD_I64, .offset = offsetof(struct power_sums, n_outside), .doc = "values beyond the range of the sums"},
    {.name = "top", .type = FIELD_I64, .offset = offsetof(struct power_sums, top), .doc = "largest exponent"},
    {.name = "is_scaled", .type = FIELD_I64, .offset = offsetof(struct power_sums, is_scaled), .doc = "1: values are scaled"},
    {.name = "shift", .type = FIELD_I64, .offset = offsetof(struct power_sums, shift), .doc = "by this power of two"},
    SUM_FIELD("sum", 0),
    SUM_FIELD("squares", 1),
    SUM_FIELD("cubes", 2),
    SUM_FIELD("fourths", 3),
    {.name = "positive", .type = FIELD_U64, .offset = offsetof(struct power_sums, positive), .count = 4 * WIDE_LIMBS,
     .doc = "whole numbers: positive powers, 1 to 4"},
    {.name = "negative", .type = FIELD_U64, .offset = offsetof(struct power_sums, negative), .count = 4 * WIDE_LIMBS,
     .doc = "whole numbers: negative powers, 1 to 4"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct power_sums *s = state;

    memset(s, 0, sizeof *s);
    s->lane = setup->n_columns ? (int32_t)type_lane(setup->types[0]) : LANE_NONE;
    s->top = INT64_MIN;
    if (s->lane == LANE_I128 || s->lane == LANE_BYTES)
        return error_set(err, STATUS_UNSUPPORTED, "skewness and kurtosis of text and of decimals of more than 18 digits are not supported");
    return STATUS_OK;
}

/* --- adding --- */

static void wide_add(struct wide *sum, const uint64_t *limbs, int n)
{
    uint64_t carry = 0;

    for (int i = 0; i < WIDE_LIMBS; i++) {
        uint128 x = (uint128)sum->limb[i] + (i < n ? limbs[i] : 0) + carry;

        sum->limb[i] = (uint64_t)x;
        carry = (uint64_t)(x >> 64);
    }
}

static void add_whole(struct power_sums *s, uint64_t x, bool is_negative)
{
    struct wide *odd = is_negative ? s->negative : s->positive;
    uint64_t power[WIDE_LIMBS] = {1};

    for (int k = 0; k < 4; k++) {
        uint64_t carry = 0;

        for (int i = 0; i <= k; i++) {
            uint128 product = (uint128)power[i] * x + carry;

            power[i] = (uint64_t)product;
            carry = (uint64_t)(product >> 64);
        }
        wide_add(k & 1 ? &s->positive[k] : &odd[k], power, k + 1);
    }
}

static void add_double(struct power_sums *s, double x)
{
    double p, e;
    int exponent;

    if (x == 0 || isinf(x))
        return;
    if (s->is_scaled)
        x = ldexp(x, (int)s->shift);
    frexp(x, &exponent);
    if (!s->is_scaled && exponent > s->top)
        s->top = exponent;
    if (exponent <= LEAST_EXPONENT || exponent >= MOST_EXPONENT) {
        s->n_outside += !s->is_scaled;
        return;
    }
    p = x * x;
    e = fma(x, x, -p);
    exact_sum_add(&s->sum[0], x);
    exact_sum_add_product(&s->sum[1], x, x);
    exact_sum_add_product(&s->sum[2], p, x);
    exact_sum_add_product(&s->sum[2], e, x);
    exact_sum_add_product(&s->sum[3], p, p);
    exact_sum_add_product(&s->sum[3], 2 * p, e);
    exact_sum_add_product(&s->sum[3], e, e);
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct power_sums *s = state;
    const struct vector *v = in->columns[0];
    struct selection selection;
    const uint64_t *flat;

    TRY(selection_make(&selection, in, err));
    if (!s->is_scaled)
        counts_add(&s->counts, &selection.counts);
    if (selection.counts.n_values == 0)
        return STATUS_OK;
    if (v->lane == LANE_BOOL) {
        FOR_EACH_BIT(i, selection.values, v->n_rows)
            add_whole(s, v->boolean[vector_position(v, i)] != 0, false);
        return STATUS_OK;
    }
    if (lane_width(v->lane) != sizeof *flat)
        return STATUS_OK;
    flat = selection_flat(&selection, v);
    FOR_EACH_BIT(i, selection.values, v->n_rows) {
        double x;

        if (v->lane == LANE_F64) {
            memcpy(&x, &flat[i], sizeof x);
            add_double(s, x);
        } else if (v->lane == LANE_I64 && flat[i] >> 63) {
            add_whole(s, -flat[i], true);
        } else {
            add_whole(s, flat[i], false);
        }
    }
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct power_sums *a = into;
    const struct power_sums *b = from;

    if (a->is_scaled != b->is_scaled || a->shift != b->shift)
        return error_set(err, STATUS_INTERNAL, "states of skewness of different rounds meet");
    counts_add(&a->counts, &b->counts);
    a->n_outside += b->n_outside;
    a->top = b->top > a->top ? b->top : a->top;
    for (int k = 0; k < 4; k++) {
        exact_sum_merge(&a->sum[k], &b->sum[k]);
        wide_add(&a->positive[k], b->positive[k].limb, WIDE_LIMBS);
        wide_add(&a->negative[k], b->negative[k].limb, WIDE_LIMBS);
    }
    return STATUS_OK;
}

static enum status next_round(void *state, bool *wanted, struct error *err)
{
    struct power_sums *s = state;

    (void)err;
    *wanted = !s->is_scaled && s->n_outside > 0;
    if (!*wanted)
        return STATUS_OK;
    s->is_scaled = 1;
    s->shift = -s->top;
    memset(s->sum, 0, sizeof s->sum);
    return STATUS_OK;
}

static enum status fork(void *state, const void *merged, const struct metric_setup *setup, struct error *err)
{
    struct power_sums *s = state;
    const struct power_sums *m = merged;

    TRY(init(s, setup, err));
    s->is_scaled = m->is_scaled;
    s->shift = m->shift;
    return STATUS_OK;
}

static enum status pack(void *state, struct error *err)
{
    struct power_sums *s = state;

    (void)err;
    for (int k = 0; k < 4; k++)
        exact_sum_normalise(&s->sum[k]);
    return STATUS_OK;
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct power_sums *s = state;

    (void)setup;
    if (s->n_outside < 0 || s->n_outside > s->counts.n_values || (s->top != INT64_MIN && (s->top < -1100 || s->top > 1024)) ||
        s->is_scaled < 0 || s->is_scaled > 1 || (s->is_scaled && s->shift != -s->top))
        return error_set(err, STATUS_BAD_DATA, "a saved state of skewness contradicts itself");
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < EXACT_LIMBS - 1; i++)
            if (s->sum[k].limb[i] < 0 || s->sum[k].limb[i] >> 32)
                return error_set(err, STATUS_BAD_DATA, "a saved state of skewness contradicts itself");
    return STATUS_OK;
}

static void done(void *state)
{
    memset(state, 0, sizeof(struct power_sums));
}

const struct metric metric_shape = {
    .name = "shape",
    .doc = "exact sums of the first four powers",
    .state_size = sizeof(struct power_sums),
    .fields = fields,
    .init = init,
    .add = add,
    .merge = merge,
    .next_round = next_round,
    .fork = fork,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

struct moments_counts shape_counts(const void *state)
{
    return ((const struct power_sums *)state)->counts;
}

/* --- finishing --- */

struct whole { struct big size; bool is_negative; };

/* The sum of x^(k+1). Of doubles in units of 2^(EXACT_LOWEST / 4 (k+1)): 17 limbs of 32 bits a power, below which all is 0. */
static void power_sum(const struct power_sums *s, int k, struct whole *out)
{
    struct big below;

    if (s->lane == LANE_F64) {
        big_set_exact(&out->size, &s->sum[k], (3 - k) * (EXACT_LOWEST / -4 / 32), &out->is_negative);
        return;
    }
    big_set(&out->size, s->positive[k].limb, WIDE_LIMBS);
    big_set(&below, s->negative[k].limb, WIDE_LIMBS);
    out->is_negative = big_compare(&out->size, &below) < 0;
    if (out->is_negative) {
        struct big swap = out->size;

        out->size = below;
        below = swap;
    }
    big_subtract(&out->size, &below);
}

static void add_to(struct whole *sum, const struct whole *x)
{
    if (sum->is_negative == x->is_negative) {
        big_add(&sum->size, &x->size);
    } else if (big_compare(&sum->size, &x->size) >= 0) {
        big_subtract(&sum->size, &x->size);
    } else {
        struct whole other = *x;

        big_subtract(&other.size, &sum->size);
        *sum = other;
    }
}

/* factor n^power times the product of some sums. */
static void add_product(struct whole *sum, int factor, uint64_t n, int power, const struct whole *const *of, int n_of)
{
    struct whole product = {.is_negative = factor < 0};

    big_set_u128(&product.size, (uint128)(factor < 0 ? -factor : factor));
    for (int i = 0; i < power; i++)
        big_multiply_u64(&product.size, n);
    for (int i = 0; i < n_of; i++) {
        big_multiply(&product.size, &of[i]->size);
        product.is_negative ^= of[i]->is_negative;
    }
    add_to(sum, &product);
}

#define ADD_PRODUCT(sum, factor, power, ...)                                                                                \
    add_product(sum, factor, n, power, (const struct whole *const[]){__VA_ARGS__},                                          \
                (int)(sizeof((const struct whole *const[]){__VA_ARGS__}) / sizeof(struct whole *)))

struct powers { struct whole s1, s2, s3, s4, b; };

/* false: no values, or all of them equal. */
static bool take_powers(const struct power_sums *s, struct powers *p)
{
    uint64_t n = (uint64_t)s->counts.n_values;

    if (s->counts.n_values == 0)
        return false;
    power_sum(s, 0, &p->s1);
    power_sum(s, 1, &p->s2);
    power_sum(s, 2, &p->s3);
    power_sum(s, 3, &p->s4);
    p->b = (struct whole){.size = {.n = 0}};
    ADD_PRODUCT(&p->b, 1, 1, &p->s2);
    ADD_PRODUCT(&p->b, -1, 0, &p->s1, &p->s1);
    return p->b.size.n > 0;
}

bool shape_skewness(const void *state, struct value *out)
{
    const struct power_sums *s = state;
    uint64_t n = (uint64_t)s->counts.n_values;
    struct whole a = {.size = {.n = 0}};
    struct powers p;
    struct big one;
    double x;
    int64_t exponent;

    *out = value_double(NAN);
    if (s->counts.n_infinite > 0)
        return true;
    if (!take_powers(s, &p))
        return false;
    ADD_PRODUCT(&a, 1, 2, &p.s3);
    ADD_PRODUCT(&a, -3, 1, &p.s1, &p.s2);
    ADD_PRODUCT(&a, 2, 0, &p.s1, &p.s1, &p.s1);
    big_set_u128(&one, 1);
    /* A / B / sqrt(B): B is as large as 2^2190, so both steps are taken with its exponent apart */
    exponent = big_bits(&p.b.size) & ~(int64_t)1;
    x = big_quotient(&a.size, &p.b.size, -exponent / 2) / big_root(&p.b.size, &one, -exponent);
    *out = value_double(a.is_negative ? -x : x);
    return true;
}

bool shape_kurtosis(const void *state, struct value *out)
{
    const struct power_sums *s = state;
    uint64_t n = (uint64_t)s->counts.n_values;
    struct whole c = {.size = {.n = 0}}, square = c;
    struct powers p;
    double x;

    *out = value_double(NAN);
    if (s->counts.n_infinite > 0)
        return true;
    if (!take_powers(s, &p))
        return false;
    ADD_PRODUCT(&square, 1, 0, &p.b, &p.b);
    ADD_PRODUCT(&c, 1, 3, &p.s4);
    ADD_PRODUCT(&c, -4, 2, &p.s1, &p.s3);
    ADD_PRODUCT(&c, 6, 1, &p.s1, &p.s1, &p.s2);
    ADD_PRODUCT(&c, -3, 0, &p.s1, &p.s1, &p.s1, &p.s1);
    ADD_PRODUCT(&c, -3, 0, &p.b, &p.b);
    x = big_quotient(&c.size, &square.size, 0);
    *out = value_double(c.is_negative ? -x : x);
    return true;
}
