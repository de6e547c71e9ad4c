/* columns/vector.c -- single values out of vectors, and vectors made flat.
 *
 * Dispatch is once per call at the edge; the loops inside are over plain arrays.
 */
#include "columns/vector.h"

#include <math.h>

static bool is_malformed(const struct vector *v, int64_t row) { return v->malformed && bit_get(v->malformed, row); }

static struct value i64_value(struct type type, int64_t x)
{
    struct value out = {.i64 = x, .unit = type.unit, .is_utc = type.is_utc};

    switch (type.kind) {
    case TYPE_DECIMAL:
        return value_huge(x, type.scale);
    case TYPE_DATE:
        out.kind = VALUE_DATE;
        break;
    case TYPE_TIME:
        out.kind = VALUE_TIME;
        break;
    case TYPE_TIMESTAMP:
        out.kind = VALUE_TIMESTAMP;
        break;
    default:
        out.kind = VALUE_INT;
        break;
    }
    return out;
}

static struct value bytes_value(struct type type, struct span s)
{
    struct value out = {.bytes = s};

    switch (type.kind) {
    case TYPE_BINARY:
    case TYPE_INTERVAL:
        out.kind = VALUE_BYTES;
        break;
    case TYPE_UUID:
        out.kind = VALUE_UUID;
        break;
    default:
        out.kind = VALUE_TEXT;
        break;
    }
    return out;
}

struct value vector_entry(const struct vector *v, int64_t e)
{
    switch (v->lane) {
    case LANE_BOOL:
        return (struct value){.kind = VALUE_BOOL, .boolean = v->boolean[e] != 0};
    case LANE_I64:
        return i64_value(v->type, v->i64[e]);
    case LANE_U64:
        return (struct value){.kind = VALUE_UINT, .u64 = v->u64[e]};
    case LANE_F64:
        return value_double(v->f64[e]);
    case LANE_I128:
        return value_huge(v->i128[e], v->type.scale);
    case LANE_BYTES:
        return bytes_value(v->type, v->bytes[e]);
    case LANE_NONE:
        break;
    }
    return value_none();
}

struct value vector_value(const struct vector *v, int64_t row)
{
    if (!vector_is_valid(v, row))
        return (struct value){.kind = VALUE_NULL};
    if (is_malformed(v, row))
        return value_text(v->raw ? v->raw[row] : span_of(NULL, 0));
    return vector_entry(v, vector_position(v, row));
}

/* One gather per width; a null's index is 0, which may be a real entry, so nulls are cleared afterwards. */
#define GATHER(ctype, member)                                                           \
    do {                                                                                \
        ctype *to = out;                                                                \
        for (int64_t i = 0; i < v->n_rows; i++)                                         \
            to[i] = v->member[v->shape == SHAPE_CONSTANT ? 0 : (int64_t)v->index[i]];   \
    } while (0)

static void gather(const struct vector *v, void *out)
{
    switch (v->lane) {
    case LANE_BOOL:
        GATHER(uint8_t, boolean);
        break;
    case LANE_I64:
        GATHER(int64_t, i64);
        break;
    case LANE_U64:
        GATHER(uint64_t, u64);
        break;
    case LANE_F64:
        GATHER(double, f64);
        break;
    case LANE_I128:
        GATHER(int128, i128);
        break;
    case LANE_BYTES:
        GATHER(struct span, bytes);
        break;
    case LANE_NONE:
        break;
    }
}

static void clear_rows(void *out, size_t width, const uint64_t *bits, int64_t n_rows, uint64_t flip)
{
    for (int64_t word = 0; word < (int64_t)BITMAP_WORDS(n_rows); word++) {
        uint64_t set = bits[word] ^ flip;

        if (word == (int64_t)BITMAP_WORDS(n_rows) - 1)
            set &= bitmap_tail(n_rows);
        for (; set; set &= set - 1)
            memset((uint8_t *)out + (size_t)(word * 64 + __builtin_ctzll(set)) * width, 0, width);
    }
}

void vector_flatten(const struct vector *v, void *out)
{
    size_t width = lane_width(v->lane);

    if (v->n_rows == 0 || width == 0)
        return;
    if (v->shape == SHAPE_DICTIONARY && v->n_entries == 0) { /* no entry: every row is null */
        memset(out, 0, (size_t)v->n_rows * width);
        return;
    }
    if (v->shape == SHAPE_FLAT) {
        memcpy(out, v->values, (size_t)v->n_rows * width);
        return;
    }
    gather(v, out);
    if (v->valid)
        clear_rows(out, width, v->valid, v->n_rows, ~(uint64_t)0);
    if (v->malformed)
        clear_rows(out, width, v->malformed, v->n_rows, 0);
}

int64_t vector_nan_mask(const struct vector *v, uint64_t *out)
{
    int64_t n = 0;

    memset(out, 0, BITMAP_WORDS(v->n_rows) * sizeof *out);
    if (v->lane != LANE_F64 || (v->shape == SHAPE_DICTIONARY && v->n_entries == 0))
        return 0;
    for (int64_t i = 0; i < v->n_rows; i++)
        if (isnan(v->f64[vector_position(v, i)]) && vector_is_valid(v, i) && !is_malformed(v, i)) {
            bit_set(out, i);
            n++;
        }
    return n;
}

/* Bits past the end are zero. */
static bool bitmap_is_clean(const uint64_t *map, int64_t n)
{
    return n % 64 == 0 || (map[n / 64] & ~bitmap_tail(n)) == 0;
}

static const char *validate_bitmaps(const struct vector *v)
{
    int64_t n_valid = v->n_rows;

    if (v->valid) {
        if (!bitmap_is_clean(v->valid, v->n_rows))
            return "bits of `valid` are set past the last row";
        n_valid = bitmap_count(v->valid, v->n_rows);
    }
    if (v->n_nulls != v->n_rows - n_valid)
        return "n_nulls is not the number of rows that are not valid";
    if (!v->malformed)
        return NULL;
    if (!bitmap_is_clean(v->malformed, v->n_rows))
        return "bits of `malformed` are set past the last row";
    if (!v->raw)
        return "malformed rows without their raw text";
    for (int64_t i = 0; i < v->n_rows; i++)
        if (is_malformed(v, i) && !vector_is_valid(v, i))
            return "a null row is malformed";
    return NULL;
}

static const char *validate_nulls_are_zero(const struct vector *v)
{
    static const uint8_t zeros[sizeof(int128)];
    size_t width = lane_width(v->lane);

    for (int64_t i = 0; i < v->n_rows; i++) {
        const uint8_t *at = (const uint8_t *)v->values + (size_t)i * width;

        if (vector_is_valid(v, i) && !is_malformed(v, i))
            continue;
        if (v->lane == LANE_BYTES ? v->bytes[i].size != 0 : memcmp(at, zeros, width) != 0)
            return "the value at a null or malformed row is not zero";
    }
    return NULL;
}

const char *vector_validate(const struct vector *v)
{
    const char *what;

    if (v->n_rows < 0 || v->n_nulls < 0)
        return "a negative count";
    if (v->lane != LANE_NONE && v->lane != type_lane(v->type))
        return "the lane is not the type's";
    what = validate_bitmaps(v);
    if (what)
        return what;
    if (v->lane == LANE_NONE || v->n_rows == 0)
        return NULL;
    if (!v->values && !(v->shape == SHAPE_DICTIONARY && v->n_entries == 0))
        return "no values";
    if (v->shape == SHAPE_DICTIONARY) {
        if (!v->index)
            return "a dictionary without an index";
        for (int64_t i = 0; i < v->n_rows; i++) {
            if (!vector_is_valid(v, i) && v->index[i] != 0)
                return "the index at a null row is not 0";
            if (vector_is_valid(v, i) && (int64_t)v->index[i] >= v->n_entries)
                return "an index past the last entry";
        }
    }
    if (v->lane == LANE_BOOL && v->shape == SHAPE_FLAT)
        for (int64_t i = 0; i < v->n_rows; i++)
            if (v->boolean[i] > 1)
                return "a bool that is neither 0 nor 1";
    return v->shape == SHAPE_FLAT ? validate_nulls_are_zero(v) : NULL;
}
