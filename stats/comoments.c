/* stats/comoments.c -- exact sums of two columns' values, squares and products: covariance and correlation without cancellation.
 *
 * Rows in which both columns have a value. A value is the exact sum of two doubles (whole numbers beyond 2^53 in two parts), so all
 * products are sums of exact products (kernels/exact_sum.c). With S the sums, Bxy = n Sxy - Sx Sy and so on, all exact,
 *     covariance = Bxy / (n (n - 1))      correlation = Bxy / sqrt(Bxx Byy)
 * the covariance rounded once, the correlation four times. Decimals are scaled integers, brought to scale at the end.
 *
 * Null, NaN and malformed cells on either side leave the row out (counted by the first that has them); with infinities both figures are
 * NaN. Merges by addition: any split and any order give the same bits.
 */
#include "stats/selection.h"

#include <math.h>

#include "kernels/kernels.h"
#include "stats/bignum.h"

struct comoments {
    struct moments_counts counts; /* n_values: rows with both */
    int32_t scale[2];
    struct exact_sum x, y, xx, yy, xy;
};

#define SUM_FIELD(member_)                                                                                                  \
    {.name = #member_, .type = FIELD_I64, .offset = offsetof(struct comoments, member_), .count = EXACT_LIMBS + 4,           \
     .doc = "superaccumulator: limbs, pending additions, NaNs, infinities"}

static const struct field fields[] = {
    COUNTS_FIELDS(struct comoments, counts), SUM_FIELD(x), SUM_FIELD(y), SUM_FIELD(xx), SUM_FIELD(yy), SUM_FIELD(xy), {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct comoments *c = state;

    memset(c, 0, sizeof *c);
    if (setup->n_columns != 2)
        return error_set(err, STATUS_INTERNAL, "a covariance of %d columns", (int)setup->n_columns);
    for (int i = 0; i < 2; i++) {
        enum lane lane = type_lane(setup->types[i]);

        if (lane == LANE_I128 || lane == LANE_BYTES)
            return error_set(err, STATUS_UNSUPPORTED, "covariance of text and of decimals of more than 18 digits is not supported");
        c->scale[i] = setup->types[i].kind == TYPE_DECIMAL ? setup->types[i].scale : 0;
    }
    return STATUS_OK;
}

/* --- adding --- */

struct parts { double high, low; };

static struct parts parts_of(const struct vector *v, int64_t row)
{
    int64_t at = vector_position(v, row);
    uint64_t bits;

    if (v->lane == LANE_F64)
        return (struct parts){v->f64[at], 0};
    if (v->lane == LANE_BOOL)
        return (struct parts){v->boolean[at] != 0, 0};
    bits = v->u64[at];
    if (v->lane == LANE_U64)
        return (struct parts){0x1p32 * (double)(bits >> 32), (double)(bits & 0xffffffff)};
    return (struct parts){0x1p32 * (double)((int64_t)bits >> 32), (double)(bits & 0xffffffff)};
}

static void add_value(struct exact_sum *sum, struct parts x)
{
    exact_sum_add(sum, x.high);
    if (x.low != 0)
        exact_sum_add(sum, x.low);
}

static void add_product(struct exact_sum *sum, struct parts x, struct parts y)
{
    exact_sum_add_product(sum, x.high, y.high);
    if (x.low != 0)
        exact_sum_add_product(sum, x.low, y.high);
    if (y.low != 0)
        exact_sum_add_product(sum, x.high, y.low);
    if (x.low != 0 && y.low != 0)
        exact_sum_add_product(sum, x.low, y.low);
}

/* Nulls of either, then malformed cells, then NaNs: each row is counted once. */
static void count_rows(struct comoments *c, const struct metric_input *in, const struct selection *a, const struct selection *b,
                       uint64_t *both)
{
    const struct vector *x = in->columns[0], *y = in->columns[1];
    uint64_t selected[CHUNK_MAX_ROWS / 64];
    size_t words = selection_rows(in, selected);

    for (size_t w = 0; w < words; w++) {
        uint64_t there = selected[w] & (x->valid ? x->valid[w] : ~(uint64_t)0) & (y->valid ? y->valid[w] : ~(uint64_t)0);
        uint64_t bad = (x->malformed ? x->malformed[w] : 0) | (y->malformed ? y->malformed[w] : 0);

        both[w] = a->values[w] & b->values[w];
        c->counts.n_rows += __builtin_popcountll(selected[w]);
        c->counts.n_nulls += __builtin_popcountll(selected[w] & ~there);
        c->counts.n_malformed += __builtin_popcountll(there & bad);
        c->counts.n_nans += __builtin_popcountll(there & ~bad & ~both[w]);
        c->counts.n_values += __builtin_popcountll(both[w]);
    }
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct comoments *c = state;
    uint64_t both[CHUNK_MAX_ROWS / 64];
    struct selection a, b;

    TRY(selection_of(&a, in, in->columns[0], err));
    TRY(selection_of(&b, in, in->columns[1], err));
    count_rows(c, in, &a, &b, both);
    FOR_EACH_BIT(i, both, in->n_rows) {
        struct parts x = parts_of(in->columns[0], i), y = parts_of(in->columns[1], i);

        if (isinf(x.high) || isinf(y.high)) {
            c->counts.n_infinite++;
        } else {
            add_value(&c->x, x);
            add_value(&c->y, y);
            add_product(&c->xx, x, x);
            add_product(&c->yy, y, y);
            add_product(&c->xy, x, y);
        }
    }
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct comoments *a = into;
    const struct comoments *b = from;

    (void)err;
    counts_add(&a->counts, &b->counts);
    exact_sum_merge(&a->x, &b->x);
    exact_sum_merge(&a->y, &b->y);
    exact_sum_merge(&a->xx, &b->xx);
    exact_sum_merge(&a->yy, &b->yy);
    exact_sum_merge(&a->xy, &b->xy);
    return STATUS_OK;
}

static enum status pack(void *state, struct error *err)
{
    struct comoments *c = state;
    struct exact_sum *sums[] = {&c->x, &c->y, &c->xx, &c->yy, &c->xy};

    (void)err;
    for (int i = 0; i < 5; i++)
        exact_sum_normalise(sums[i]);
    return STATUS_OK;
}

static void done(void *state)
{
    memset(state, 0, sizeof(struct comoments));
}

const struct metric metric_comoments = {
    .name = "comoments",
    .doc = "exact sums of two columns' values, squares and products",
    .state_size = sizeof(struct comoments),
    .fields = fields,
    .init = init,
    .add = add,
    .merge = merge,
    .pack = pack,
    .done = done,
};

struct moments_counts comoments_counts(const void *state)
{
    return ((const struct comoments *)state)->counts;
}

/* --- finishing --- */

/* Doubles are multiples of 2^-1074, and their sums of 2^-1088. */
enum { SUM_SKIP = 34 };

/* |n Sab - Sa Sb| in units of 2^EXACT_LOWEST. */
static void spread(const struct comoments *c, const struct exact_sum *ab, const struct exact_sum *a, const struct exact_sum *b,
                   struct big *out, bool *is_negative)
{
    struct big product, other;
    bool ab_is_negative, a_is_negative, b_is_negative, product_is_negative;

    big_set_exact(out, ab, 0, &ab_is_negative);
    big_multiply_u64(out, (uint64_t)c->counts.n_values);
    big_set_exact(&product, a, SUM_SKIP, &a_is_negative);
    big_set_exact(&other, b, SUM_SKIP, &b_is_negative);
    big_multiply(&product, &other);
    /* the product is taken off: with its sign turned it is added */
    product_is_negative = a_is_negative == b_is_negative;
    *is_negative = ab_is_negative;
    if (ab_is_negative == product_is_negative) {
        big_add(out, &product);
    } else if (big_compare(out, &product) >= 0) {
        big_subtract(out, &product);
    } else {
        big_subtract(&product, out);
        *out = product;
        *is_negative = product_is_negative;
    }
}

bool comoments_covariance(const void *state, struct value *out)
{
    const struct comoments *c = state;
    uint64_t n = (uint64_t)c->counts.n_values;
    struct big top, divisor;
    bool is_negative;
    double x;

    *out = value_double(NAN);
    if (n < 2)
        return false;
    if (c->counts.n_infinite > 0)
        return true;
    spread(c, &c->xy, &c->x, &c->y, &top, &is_negative);
    big_power_of_10(&divisor, c->scale[0] + c->scale[1]);
    big_multiply_u64(&divisor, n);
    big_multiply_u64(&divisor, n - 1);
    x = big_quotient(&top, &divisor, EXACT_LOWEST);
    *out = value_double(is_negative ? -x : x);
    return true;
}

bool comoments_correlation(const void *state, struct value *out)
{
    const struct comoments *c = state;
    struct big top, xx, yy, one;
    bool is_negative, ignored;
    int64_t a, b;
    double x;

    *out = value_double(NAN);
    if (c->counts.n_values < 2)
        return false;
    if (c->counts.n_infinite > 0)
        return true;
    spread(c, &c->xy, &c->x, &c->y, &top, &is_negative);
    spread(c, &c->xx, &c->x, &c->x, &xx, &ignored);
    spread(c, &c->yy, &c->y, &c->y, &yy, &ignored);
    if (xx.n == 0 || yy.n == 0)
        return false;
    big_set_u128(&one, 1);
    a = big_bits(&xx) & ~(int64_t)1;
    b = big_bits(&yy) & ~(int64_t)1;
    x = big_quotient(&top, &one, -(a + b) / 2) / (big_root(&xx, &one, -a) * big_root(&yy, &one, -b));
    x = fmin(x, 1);
    *out = value_double(is_negative ? -x : x);
    return true;
}
