/* stats/moments.c -- count, exact sum, exact sum of squares: mean and standard deviation without cancellation.
 *
 * Exactness: integers and decimals (as scaled integers) are summed in columns of 64 bits, each in a 128-bit
 * accumulator, floats in a superaccumulator (kernels/exact_sum.c). The mean is the exact quotient rounded once; the standard
 * deviation sqrt((n Sxx - Sx^2) / (n (n - 1))) has an exact fraction, rounded once before the root: within 1 ulp.
 * Null, NaN and malformed cells are counted apart and are no values; infinities are values: a sum with them is what
 * IEEE 754 says, a deviation NaN. Bool counts as 0 and 1. Overflow: none below 2^61 rows.
 * Merge: integer addition, so any split and any order give the same state and the same bits.
 */
#include "stats/selection.h"

#include <math.h>

#include "kernels/kernels.h"
#include "stats/bignum.h"
#include "stats/entry_counts.h"

enum { SINGLES_BLOCK = 512 };

struct moments {
    struct moments_counts counts;
    int32_t lane, scale;
    uint128 sum_low;    /* the low 64 bits of each integer, summed; carried to below 2^64 by carry() */
    int128 sum_high;    /* the rest, signed */
    uint128 squares[4]; /* columns of 64 bits of the squares of integers */
    struct exact_sum sum, sum_squares; /* floats */
    struct entry_counts entries; /* of the dictionary at hand: not yet in the sums */
};

#define EXACT_FIELDS(name_, member)                                                                        \
    {.name = name_, .type = FIELD_I64, .offset = offsetof(struct moments, member), .count = EXACT_LIMBS + 4, \
     .doc = "superaccumulator: limbs, pending additions, NaNs, infinities"}

static const struct field fields[] = {
    COUNTS_FIELDS(struct moments, counts),
    {.name = "sum_low", .type = FIELD_U64, .offset = offsetof(struct moments, sum_low), .count = 2, .doc = "integers: sum"},
    {.name = "sum_high", .type = FIELD_U64, .offset = offsetof(struct moments, sum_high), .count = 2, .doc = "integers: its high part"},
    {.name = "squares", .type = FIELD_U64, .offset = offsetof(struct moments, squares), .count = 8, .doc = "integers: sum of squares"},
    EXACT_FIELDS("sum", sum),
    EXACT_FIELDS("sum_squares", sum_squares),
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct moments *m = state;

    (void)err;
    memset(m, 0, sizeof *m);
    m->lane = setup->n_columns ? (int32_t)type_lane(setup->types[0]) : LANE_NONE;
    m->entries.memory = setup->memory;
    m->scale = setup->n_columns && setup->types[0].kind == TYPE_DECIMAL ? setup->types[0].scale : 0;
    return STATUS_OK;
}

static void carry(struct moments *m)
{
    m->sum_high += (int128)(m->sum_low >> 64);
    m->sum_low = (uint64_t)m->sum_low;
    for (int i = 0; i < 3; i++) {
        m->squares[i + 1] += m->squares[i] >> 64;
        m->squares[i] = (uint64_t)m->squares[i];
    }
    exact_sum_normalise(&m->sum);
    exact_sum_normalise(&m->sum_squares);
}

static void add_sum(struct moments *m, int128 sum)
{
    m->sum_low += (uint64_t)sum;
    m->sum_high += sum >> 64;
}

/* Squares of 64-bit integers: x * x below 2^128. */
static void add_square(struct moments *m, uint128 square)
{
    m->squares[0] += (uint64_t)square;
    m->squares[1] += square >> 64;
}

/* (a 2^64 + b)^2 = a^2 2^128 + 2 a b 2^64 + b^2, for |x| < 2^127. */
static void add_wide(struct moments *m, int128 x)
{
    uint128 magnitude = x < 0 ? -(uint128)x : (uint128)x;
    uint64_t a = (uint64_t)(magnitude >> 64), b = (uint64_t)magnitude;
    uint128 high = (uint128)a * a, cross = (uint128)a * b;

    add_sum(m, x);
    add_square(m, (uint128)b * b);
    m->squares[1] += (uint128)(uint64_t)cross * 2;
    m->squares[2] += (cross >> 64) * 2 + (uint64_t)high;
    m->squares[3] += high >> 64;
}

static void add_i64(struct moments *m, const int64_t *x, int64_t n, const uint64_t *rows)
{
    int128 sum = 0;
    uint128 low = 0, high = 0;

    kernels_get()->sum_i64(x, n, rows, &sum);
    add_sum(m, sum);
#define SQUARE(i)                                                                                           \
    do {                                                                                                    \
        uint128 square = (uint128)((int128)x[i] * x[i]);                                                    \
                                                                                                            \
        low += (uint64_t)square;                                                                            \
        high += (uint64_t)(square >> 64);                                                                   \
    } while (0)
    if (!rows) {
        for (int64_t i = 0; i < n; i++)
            SQUARE(i);
    } else {
        FOR_EACH_BIT(i, rows, n)
            SQUARE(i);
    }
#undef SQUARE
    m->squares[0] += low;
    m->squares[1] += high;
}

static void add_u64(struct moments *m, const uint64_t *x, int64_t n, const uint64_t *rows)
{
    FOR_EACH_BIT(i, rows, n) {
        m->sum_low += x[i];
        add_square(m, (uint128)x[i] * x[i]);
    }
}

static void add_bool(struct moments *m, const struct vector *v, const uint64_t *rows)
{
    int64_t n_true = 0;

    FOR_EACH_BIT(i, rows, v->n_rows)
        n_true += v->boolean[vector_position(v, i)] != 0;
    m->sum_low += (uint64_t)n_true;
    m->squares[0] += (uint64_t)n_true;
}

static void take_entry(struct moments *m, uint64_t bits, uint32_t times)
{
    uint128 square;
    double x;

    if (m->lane == LANE_F64) {
        memcpy(&x, &bits, sizeof x);
        exact_sum_add_times(&m->sum, x, times);
        exact_sum_add_square_times(&m->sum_squares, x, times);
        return;
    }
    add_sum(m, (m->lane == LANE_U64 ? (int128)bits : (int128)(int64_t)bits) * times);
    square = m->lane == LANE_U64 ? (uint128)bits * bits : (uint128)((int128)(int64_t)bits * (int64_t)bits);
    m->squares[0] += (uint128)(uint64_t)square * times;
    m->squares[1] += (square >> 64) * times;
}

/* Doubles that occur once go through the kernels a block at a time: that is most of them where a dictionary is nearly as long as its column. */
static void take_doubles(struct moments *m)
{
    const struct entry_counts *c = &m->entries;
    double once[SINGLES_BLOCK];

    for (int64_t e = 0; e < c->n_entries;) {
        int64_t n = 0;

        for (; e < c->n_entries && n < SINGLES_BLOCK; e++) {
            if (c->counts[e] > 1)
                take_entry(m, c->entries[e], c->counts[e]);
            memcpy(&once[n], &c->entries[e], sizeof once[n]);
            n += c->counts[e] == 1;
        }
        kernels_get()->sum_f64(once, n, NULL, &m->sum);
        kernels_get()->sum_squares_f64(once, n, NULL, &m->sum_squares);
    }
    m->sum.n_nan = m->sum_squares.n_nan = 0; /* counted apart */
}

static void take_entries(struct moments *m)
{
    if (m->lane == LANE_F64)
        take_doubles(m);
    else
        for (int64_t e = 0; e < m->entries.n_entries; e++)
            if (m->entries.counts[e])
                take_entry(m, m->entries.entries[e], m->entries.counts[e]);
    entry_counts_clear(&m->entries);
}

static enum status add_dictionary(struct moments *m, const struct vector *v, const struct selection *s, struct error *err)
{
    if (!entry_counts_continues(&m->entries, v)) {
        take_entries(m);
        TRY(entry_counts_start(&m->entries, v, err));
    }
    entry_counts_add(&m->entries, v, s->counts.n_values == v->n_rows ? NULL : s->values);
    return STATUS_OK;
}

/* Null and malformed positions hold zero, so only a `where` needs a mask. */
static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct moments *m = state;
    const struct vector *v = in->columns[0];
    struct selection s;

    TRY(selection_make(&s, in, err));
    counts_add(&m->counts, &s.counts);
    if (s.counts.n_values == 0 && s.counts.n_nans == 0)
        return STATUS_OK;
    if (entry_counts_can(v))
        return add_dictionary(m, v, &s, err);
    if (v->shape == SHAPE_CONSTANT && lane_width(v->lane) == sizeof *v->u64) {
        take_entry(m, v->u64[0], (uint32_t)s.counts.n_values); /* at most CHUNK_MAX_ROWS */
        return STATUS_OK;
    }
    if (v->lane == LANE_I64) {
        add_i64(m, (const int64_t *)selection_flat(&s, v), in->n_rows, in->rows ? s.values : NULL);
    } else if (v->lane == LANE_U64) {
        add_u64(m, selection_flat(&s, v), in->n_rows, s.values);
    } else if (v->lane == LANE_F64) {
        const double *x = (const double *)selection_flat(&s, v);

        kernels_get()->sum_f64(x, in->n_rows, in->rows ? s.values : NULL, &m->sum);
        kernels_get()->sum_squares_f64(x, in->n_rows, in->rows ? s.values : NULL, &m->sum_squares);
        m->sum.n_nan = m->sum_squares.n_nan = 0; /* counted apart */
    } else if (v->lane == LANE_I128) {
        FOR_EACH_BIT(i, s.values, in->n_rows)
            add_wide(m, v->i128[vector_position(v, i)]);
    } else if (v->lane == LANE_BOOL) {
        add_bool(m, v, s.values);
    }
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct moments *a = into, *b = from;

    (void)err;
    take_entries(a);
    take_entries(b);
    counts_add(&a->counts, &b->counts);
    a->sum_low += b->sum_low;
    a->sum_high += b->sum_high;
    for (int i = 0; i < 4; i++)
        a->squares[i] += b->squares[i];
    exact_sum_merge(&a->sum, &b->sum);
    exact_sum_merge(&a->sum_squares, &b->sum_squares);
    carry(a);
    return STATUS_OK;
}

static void rest(void *state)
{
    struct moments *m = state;

    take_entries(m);
    entry_counts_rest(&m->entries);
}

/* Not for a second round, but to have everything in the sums before anybody asks for them. */
static enum status next_round(void *state, bool *wanted, struct error *err)
{
    (void)err;
    take_entries(state);
    *wanted = false;
    return STATUS_OK;
}

static enum status fork(void *state, const void *merged, const struct metric_setup *setup, struct error *err)
{
    (void)merged;
    (void)setup;
    memset(state, 0, sizeof(struct moments));
    return error_set(err, STATUS_INTERNAL, "moments need no second round");
}

static enum status pack(void *state, struct error *err)
{
    (void)err;
    take_entries(state);
    carry(state);
    return STATUS_OK;
}

static void done(void *state)
{
    struct moments *m = state;

    entry_counts_done(&m->entries);
    memset(m, 0, sizeof *m);
}

const struct metric metric_moments = {
    .name = "moments",
    .doc = "count, exact sum and exact sum of squares",
    .state_size = sizeof(struct moments),
    .takes_values_only = true,
    .fields = fields,
    .init = init,
    .add = add,
    .rest = rest,
    .merge = merge,
    .next_round = next_round,
    .fork = fork,
    .pack = pack,
    .done = done,
};

struct moments_counts moments_counts(const void *state)
{
    return ((const struct moments *)state)->counts;
}

/* |x| of the 192-bit sum of integers. */
static void integer_sum(const struct moments *m, struct big *magnitude, bool *is_negative)
{
    int128 high = m->sum_high + (int128)(m->sum_low >> 64);
    uint64_t limbs[3] = {(uint64_t)m->sum_low, (uint64_t)high, (uint64_t)(high >> 64)};

    *is_negative = high < 0;
    if (*is_negative) {
        uint64_t one = 1;

        for (int i = 0; i < 3; i++) {
            limbs[i] = ~limbs[i] + one;
            one = one && limbs[i] == 0;
        }
    }
    big_set(magnitude, limbs, 3);
}

static void integer_squares(const struct moments *m, struct big *out)
{
    uint64_t limbs[5];
    uint128 carried = 0;

    for (int i = 0; i < 4; i++) {
        carried += m->squares[i];
        limbs[i] = (uint64_t)carried;
        carried >>= 64;
    }
    limbs[4] = (uint64_t)carried;
    big_set(out, limbs, 5);
}

/* Doubles are multiples of 2^-1074, so their sum has nothing below 2^-1088 = 2^(32 * 34 - 2176). */
enum { SUM_SKIP = 34, SUM_UNIT = 32 * SUM_SKIP + EXACT_LOWEST };

static bool is_special(const struct moments *m)
{
    return m->lane == LANE_F64 && (m->sum.n_positive_infinity || m->sum.n_negative_infinity);
}

static int decimal_scale(const struct moments *m)
{
    return m->scale > 0 ? m->scale : 0;
}

bool moments_sum(const void *state, struct value *out)
{
    const struct moments *m = state;
    struct big magnitude, power;
    uint128 low;
    bool is_negative;

    if (m->counts.n_values == 0)
        return false;
    if (m->lane == LANE_F64) {
        *out = value_double(exact_sum_round(&m->sum));
        return true;
    }
    integer_sum(m, &magnitude, &is_negative);
    if (magnitude.n > 2 || (magnitude.n == 2 && magnitude.limb[1] >> 63)) {
        double x;

        big_power_of_10(&power, decimal_scale(m));
        x = big_quotient(&magnitude, &power, 0);
        *out = value_double(is_negative ? -x : x);
        return true;
    }
    low = (magnitude.n > 0 ? magnitude.limb[0] : 0) | (uint128)(magnitude.n > 1 ? magnitude.limb[1] : 0) << 64;
    *out = value_huge(is_negative ? -(int128)low : (int128)low, m->scale);
    if (m->scale == 0 && out->i128 >= INT64_MIN && out->i128 <= INT64_MAX)
        *out = value_int((int64_t)out->i128);
    return true;
}

bool moments_mean(const void *state, struct value *out)
{
    const struct moments *m = state;
    struct big sum, divisor;
    bool is_negative;
    double x;

    if (m->counts.n_values == 0)
        return false;
    if (is_special(m)) {
        *out = value_double(exact_sum_round(&m->sum));
        return true;
    }
    if (m->lane == LANE_F64)
        big_set_exact(&sum, &m->sum, SUM_SKIP, &is_negative);
    else
        integer_sum(m, &sum, &is_negative);
    big_power_of_10(&divisor, decimal_scale(m));
    big_multiply_u64(&divisor, (uint64_t)m->counts.n_values);
    x = big_quotient(&sum, &divisor, m->lane == LANE_F64 ? SUM_UNIT : 0);
    *out = value_double(is_negative ? -x : x);
    return true;
}

/* n Sxx - Sx^2 is never negative (Cauchy-Schwarz), and exact here. */
bool moments_stdev(const void *state, struct value *out)
{
    const struct moments *m = state;
    struct big sum, square, squares, divisor;
    uint64_t n = (uint64_t)m->counts.n_values;
    bool is_negative;

    if (n < 2)
        return false;
    if (is_special(m)) {
        *out = value_double(NAN);
        return true;
    }
    if (m->lane == LANE_F64) {
        big_set_exact(&sum, &m->sum, SUM_SKIP, &is_negative);
        big_set_exact(&squares, &m->sum_squares, 0, &is_negative);
    } else {
        integer_sum(m, &sum, &is_negative);
        integer_squares(m, &squares);
    }
    big_multiply_u64(&squares, n);
    square = sum;
    big_multiply(&square, &sum);
    big_subtract(&squares, &square);
    big_power_of_10(&divisor, 2 * decimal_scale(m));
    big_multiply_u64(&divisor, n);
    big_multiply_u64(&divisor, n - 1);
    *out = value_double(big_root(&squares, &divisor, m->lane == LANE_F64 ? EXACT_LOWEST : 0));
    return true;
}
