/* stats/extremes.c -- the smallest and the largest value of any ordered type.
 *
 * Exact. Numbers by value (decimals of one column share their scale), text, binary and UUID bytewise, bool false < true.
 * Null, NaN and malformed cells are counted apart and are no values; infinities are values; -0.0 is reported as 0.0.
 * Merges by comparing: any split and any order give the same state. A footer answers where its bounds are exact, or
 * certainly beaten by those of another unit, and its null and NaN counts are known; with an infinite bound it does not say how many infinities there are, so not then.
 */
#include "stats/selection.h"

#include <math.h>

#include "kernels/kernels.h"

enum side { LOW, HIGH };

struct extremes {
    struct moments_counts counts;
    struct type type;
    enum lane lane;
    bool has_values;
    int64_t i64[2];
    uint64_t u64[2]; /* also bool */
    double f64[2];
    int128 i128[2];
    struct buffer bytes[2];
    uint64_t packed[10]; /* has_values and the numbers, for saving */
    struct memory *memory;
};

static const struct field fields[] = {
    COUNTS_FIELDS(struct extremes, counts),
    {.name = "numbers", .type = FIELD_U64, .offset = offsetof(struct extremes, packed), .count = 10, .doc = "bounds of a fixed-width lane"},
    {.name = "min", .type = FIELD_BLOB, .offset = offsetof(struct extremes, bytes[0]), .doc = "smallest bytes"},
    {.name = "max", .type = FIELD_BLOB, .offset = offsetof(struct extremes, bytes[1]), .doc = "largest bytes"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct extremes *e = state;

    (void)err;
    memset(e, 0, sizeof *e);
    if (setup->n_columns)
        e->type = setup->types[0];
    e->lane = type_lane(e->type);
    e->i64[LOW] = INT64_MAX;
    e->i64[HIGH] = INT64_MIN;
    e->u64[LOW] = UINT64_MAX;
    e->f64[LOW] = INFINITY;
    e->f64[HIGH] = -INFINITY;
    e->memory = setup->memory;
    e->bytes[LOW].memory = e->bytes[HIGH].memory = setup->memory;
    return STATUS_OK;
}

static void fold_i128(struct extremes *e, int128 x)
{
    if (!e->has_values || x < e->i128[LOW])
        e->i128[LOW] = x;
    if (!e->has_values || x > e->i128[HIGH])
        e->i128[HIGH] = x;
    e->has_values = true;
}

static bool keep(struct buffer *buffer, struct span s)
{
    buffer->size = 0;
    return buffer_add(buffer, s.at, s.size);
}

/* Copies only on improvement. */
static enum status fold_bytes(struct extremes *e, struct span s, struct error *err)
{
    bool kept = true;

    if (!e->has_values || span_compare(s, span_of(e->bytes[LOW].at, e->bytes[LOW].size)) < 0)
        kept = keep(&e->bytes[LOW], s);
    if (kept && (!e->has_values || span_compare(s, span_of(e->bytes[HIGH].at, e->bytes[HIGH].size)) > 0))
        kept = keep(&e->bytes[HIGH], s);
    e->has_values = true;
    return kept ? STATUS_OK : memory_error(e->memory, "the extremes of a text column", err);
}

/* The best of a chunk are found among its own spans first, so that at most two are copied. */
static enum status add_bytes(struct extremes *e, const struct vector *v, const uint64_t *rows, int64_t n, struct error *err)
{
    struct span low = {0}, high = {0};
    int64_t last = -1;
    bool any = false;

    FOR_EACH_BIT(i, rows, n) {
        int64_t at = vector_position(v, i);
        struct span s = v->bytes[at];

        if (at == last)
            continue;
        last = at;
        if (!any || span_compare(s, low) < 0)
            low = s;
        if (!any || span_compare(s, high) > 0)
            high = s;
        any = true;
    }
    if (!any)
        return STATUS_OK;
    TRY(fold_bytes(e, low, err));
    return fold_bytes(e, high, err);
}

/* Few entries: those that occur, each once. */
static enum status add_dictionary(struct extremes *e, const struct vector *v, const uint64_t *rows, struct error *err)
{
    uint64_t seen[CHUNK_MAX_ROWS / 64] = {0};

    FOR_EACH_BIT(i, rows, v->n_rows)
        bit_set(seen, v->index[i]);
    FOR_EACH_BIT(entry, seen, v->n_entries)
        TRY(fold_bytes(e, v->bytes[entry], err));
    return STATUS_OK;
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct extremes *e = state;
    const struct vector *v = in->columns[0];
    int64_t n = in->n_rows;
    struct selection s;

    TRY(selection_make(&s, in, err));
    counts_add(&e->counts, &s.counts);
    if (s.counts.n_values == 0)
        return STATUS_OK;
    if (v->shape == SHAPE_CONSTANT) { /* a run of one value: once */
        n = 1;
        s.values[0] = 1;
        s.flat = v->u64;
    }
    switch (v->lane) {
    case LANE_I64:
        kernels_get()->extremes_i64((const int64_t *)selection_flat(&s, v), n, s.values, &e->i64[LOW], &e->i64[HIGH]);
        break;
    case LANE_U64:
        kernels_get()->extremes_u64(selection_flat(&s, v), n, s.values, &e->u64[LOW], &e->u64[HIGH]);
        break;
    case LANE_F64:
        kernels_get()->extremes_f64((const double *)selection_flat(&s, v), n, s.values, &e->f64[LOW], &e->f64[HIGH]);
        break;
    case LANE_BOOL:
        FOR_EACH_BIT(i, s.values, n) {
            uint64_t x = v->boolean[vector_position(v, i)];

            e->u64[LOW] = x < e->u64[LOW] ? x : e->u64[LOW];
            e->u64[HIGH] = x > e->u64[HIGH] ? x : e->u64[HIGH];
        }
        break;
    case LANE_I128:
        FOR_EACH_BIT(i, s.values, n)
            fold_i128(e, v->i128[vector_position(v, i)]);
        break;
    case LANE_BYTES:
        if (v->shape == SHAPE_DICTIONARY && v->n_entries <= CHUNK_MAX_ROWS)
            return add_dictionary(e, v, s.values, err);
        return add_bytes(e, v, s.values, n, err);
    case LANE_NONE:
        return STATUS_OK;
    }
    e->has_values = true;
    return STATUS_OK;
}

static enum status fold_value(struct extremes *e, const struct value *x, bool *taken, struct error *err)
{
    int64_t i = x->i64;
    double f = x->f64 + 0.0;

    *taken = true;
    if ((x->kind == VALUE_TIMESTAMP || x->kind == VALUE_TIME) && x->unit != e->type.unit) {
        *taken = false;
        return STATUS_OK;
    }
    if (e->lane == LANE_BYTES && (x->kind == VALUE_TEXT || x->kind == VALUE_BYTES || x->kind == VALUE_UUID))
        return fold_bytes(e, x->bytes, err);
    if (e->lane == LANE_I128 && x->kind == VALUE_DECIMAL && x->scale == e->type.scale) {
        fold_i128(e, x->i128);
        return STATUS_OK;
    }
    if (x->kind == VALUE_DECIMAL && e->lane == LANE_I64 && x->scale == e->type.scale)
        i = (int64_t)x->i128;
    else if (x->kind == VALUE_DECIMAL)
        *taken = false;
    if (e->lane == LANE_I64 && *taken && x->kind != VALUE_DOUBLE && x->kind != VALUE_UINT && x->kind != VALUE_TEXT) {
        e->i64[LOW] = i < e->i64[LOW] ? i : e->i64[LOW];
        e->i64[HIGH] = i > e->i64[HIGH] ? i : e->i64[HIGH];
    } else if ((e->lane == LANE_U64 && (x->kind == VALUE_UINT || (x->kind == VALUE_INT && i >= 0))) ||
               (e->lane == LANE_BOOL && x->kind == VALUE_BOOL)) {
        uint64_t u = x->kind == VALUE_BOOL ? x->boolean : x->u64;

        e->u64[LOW] = u < e->u64[LOW] ? u : e->u64[LOW];
        e->u64[HIGH] = u > e->u64[HIGH] ? u : e->u64[HIGH];
    } else if (e->lane == LANE_F64 && x->kind == VALUE_DOUBLE && isfinite(f)) {
        e->f64[LOW] = f < e->f64[LOW] ? f : e->f64[LOW];
        e->f64[HIGH] = f > e->f64[HIGH] ? f : e->f64[HIGH];
    } else {
        *taken = false;
    }
    e->has_values |= *taken;
    return STATUS_OK;
}

static bool can_fold(const struct extremes *e, const struct value *x)
{
    struct extremes probe = *e;
    struct error ignored = ERROR_NONE;
    bool taken;

    if (e->lane == LANE_BYTES)
        return x->kind == VALUE_TEXT || x->kind == VALUE_BYTES || x->kind == VALUE_UUID;
    return fold_value(&probe, x, &taken, &ignored) == STATUS_OK && taken;
}

static enum status from_summary(void *state, const struct column_summary *summary, bool *answered, enum evidence *proof,
                                struct error *err)
{
    struct extremes *e = state;
    int64_t n_values = summary->n_rows - summary->n_nulls - summary->n_nans;
    bool taken;

    *answered = summary->has_nulls_count && summary->has_nan_count &&
                (n_values == 0 || (summary->has_bounds && (summary->min_is_exact || summary->min_is_moot) &&
                                   (summary->max_is_exact || summary->max_is_moot) && can_fold(e, &summary->min) &&
                                   can_fold(e, &summary->max)));
    if (!*answered)
        return STATUS_OK;
    *proof = EVIDENCE_FOOTER;
    if (n_values > 0 && summary->min_is_exact)
        TRY(fold_value(e, &summary->min, &taken, err));
    if (n_values > 0 && summary->max_is_exact)
        TRY(fold_value(e, &summary->max, &taken, err));
    counts_add(&e->counts, &(struct moments_counts){.n_rows = summary->n_rows, .n_nulls = summary->n_nulls,
                                                    .n_nans = summary->n_nans, .n_values = n_values});
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct extremes *a = into, *b = from;

    counts_add(&a->counts, &b->counts);
    if (!b->has_values)
        return STATUS_OK;
    if (a->lane == LANE_BYTES) {
        TRY(fold_bytes(a, span_of(b->bytes[LOW].at, b->bytes[LOW].size), err));
        return fold_bytes(a, span_of(b->bytes[HIGH].at, b->bytes[HIGH].size), err);
    }
    a->i64[LOW] = b->i64[LOW] < a->i64[LOW] ? b->i64[LOW] : a->i64[LOW];
    a->i64[HIGH] = b->i64[HIGH] > a->i64[HIGH] ? b->i64[HIGH] : a->i64[HIGH];
    a->u64[LOW] = b->u64[LOW] < a->u64[LOW] ? b->u64[LOW] : a->u64[LOW];
    a->u64[HIGH] = b->u64[HIGH] > a->u64[HIGH] ? b->u64[HIGH] : a->u64[HIGH];
    a->f64[LOW] = b->f64[LOW] < a->f64[LOW] ? b->f64[LOW] : a->f64[LOW];
    a->f64[HIGH] = b->f64[HIGH] > a->f64[HIGH] ? b->f64[HIGH] : a->f64[HIGH];
    if (a->lane == LANE_I128) {
        fold_i128(a, b->i128[LOW]);
        fold_i128(a, b->i128[HIGH]);
    }
    a->has_values = true;
    return STATUS_OK;
}

/* packed: [0] has_values, then low and high of i64, u64 and f64 as they lie, or of i128. */
static enum status pack(void *state, struct error *err)
{
    struct extremes *e = state;

    (void)err;
    memset(e->packed, 0, sizeof e->packed);
    e->packed[0] = e->has_values;
    if (e->lane == LANE_I128) {
        memcpy(e->packed + 1, e->i128, sizeof e->i128);
        return STATUS_OK;
    }
    memcpy(e->packed + 1, e->i64, sizeof e->i64);
    memcpy(e->packed + 3, e->u64, sizeof e->u64);
    memcpy(e->packed + 5, e->f64, sizeof e->f64);
    return STATUS_OK;
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct extremes *e = state;

    (void)setup;
    if (e->packed[0] > 1 || (e->packed[0] == 0) != (e->counts.n_values == 0 || e->lane == LANE_NONE))
        return error_set(err, STATUS_BAD_DATA, "a saved state of extremes contradicts itself");
    e->has_values = e->packed[0];
    if (e->lane == LANE_I128) {
        memcpy(e->i128, e->packed + 1, sizeof e->i128);
        return STATUS_OK;
    }
    memcpy(e->i64, e->packed + 1, sizeof e->i64);
    memcpy(e->u64, e->packed + 3, sizeof e->u64);
    memcpy(e->f64, e->packed + 5, sizeof e->f64);
    return STATUS_OK;
}

static void done(void *state)
{
    struct extremes *e = state;

    buffer_done(&e->bytes[LOW]);
    buffer_done(&e->bytes[HIGH]);
    memset(e, 0, sizeof *e);
}

const struct metric metric_extremes = {
    .name = "extremes",
    .doc = "the smallest and the largest value",
    .state_size = sizeof(struct extremes),
    .fields = fields,
    .init = init,
    .add = add,
    .from_summary = from_summary,
    .merge = merge,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

/* The numbers stand in an array of one, which a constant vector shows as a value of the column's type. */
static bool get(const struct extremes *e, enum side side, struct value *out)
{
    struct span bytes = span_of(e->bytes[side].at, e->bytes[side].size);
    uint8_t boolean = (uint8_t)e->u64[side];
    struct vector one = {.type = e->type, .lane = e->lane, .shape = SHAPE_CONSTANT, .n_rows = 1};

    if (!e->has_values)
        return false;
    switch (e->lane) {
    case LANE_I64: one.i64 = &e->i64[side]; break;
    case LANE_U64: one.u64 = &e->u64[side]; break;
    case LANE_F64: one.f64 = &e->f64[side]; break;
    case LANE_I128: one.i128 = &e->i128[side]; break;
    case LANE_BOOL: one.boolean = &boolean; break;
    case LANE_BYTES: one.bytes = &bytes; break;
    case LANE_NONE: return false;
    }
    *out = vector_entry(&one, 0);
    return true;
}

bool extremes_min(const void *state, struct value *out)
{
    return get(state, LOW, out);
}

bool extremes_max(const void *state, struct value *out)
{
    return get(state, HIGH, out);
}

struct moments_counts extremes_counts(const void *state)
{
    return ((const struct extremes *)state)->counts;
}
