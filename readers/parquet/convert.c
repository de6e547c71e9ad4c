/* readers/parquet/convert.c -- raw values of a physical type to elements of a lane.
 *
 * Plain loops, chosen once per column. Parquet is little-endian, and so is every machine this is built for; loads go
 * through memcpy because a page's values start at any byte.
 */
#include <math.h>

#include "readers/parquet/file.h"

static struct span raw_at(const struct leaf *leaf, struct raw raw, int64_t i)
{
    size_t width = (size_t)leaf->fixed_width;

    return raw.spans ? raw.spans[i] : span_of(raw.fixed + (size_t)i * width, width);
}

/* Values that come as spans though all have one length (DELTA_BYTE_ARRAY of fixed arrays) must have it. */
static bool has_length(const struct leaf *leaf, struct span s)
{
    return !leaf->type_length || s.size == (size_t)leaf->type_length;
}

static const char wrong_length[] = "a value of a fixed-length column has another length";

static const char *copy_values(const struct leaf *leaf, struct raw raw, int64_t n, void *out)
{
    if (n > 0)
        memcpy(out, raw.fixed, (size_t)n * (size_t)leaf->fixed_width);
    return NULL;
}

static const char *int32_to_i64(const struct leaf *leaf, struct raw raw, int64_t n, void *out)
{
    int64_t *to = out;

    (void)leaf;
    for (int64_t i = 0; i < n; i++) {
        int32_t x;
        memcpy(&x, raw.fixed + (size_t)i * 4, 4);
        to[i] = x;
    }
    return NULL;
}

static const char *int32_to_u64(const struct leaf *leaf, struct raw raw, int64_t n, void *out)
{
    uint64_t *to = out;

    (void)leaf;
    for (int64_t i = 0; i < n; i++) {
        uint32_t x;
        memcpy(&x, raw.fixed + (size_t)i * 4, 4);
        to[i] = x;
    }
    return NULL;
}

static const char *int32_to_i128(const struct leaf *leaf, struct raw raw, int64_t n, void *out)
{
    int128 *to = out;

    (void)leaf;
    for (int64_t i = 0; i < n; i++) {
        int32_t x;
        memcpy(&x, raw.fixed + (size_t)i * 4, 4);
        to[i] = x;
    }
    return NULL;
}

static const char *int64_to_i128(const struct leaf *leaf, struct raw raw, int64_t n, void *out)
{
    int128 *to = out;

    (void)leaf;
    for (int64_t i = 0; i < n; i++) {
        int64_t x;
        memcpy(&x, raw.fixed + (size_t)i * 8, 8);
        to[i] = x;
    }
    return NULL;
}

/* Eight bytes of nanoseconds within the day, four of the Julian day number. Dates that Spark writes may leave the
 * range of 64-bit microseconds: arithmetic modulo 2^64, as other readers do. */
static const char *int96_to_micros(const struct leaf *leaf, struct raw raw, int64_t n, void *out)
{
    const uint64_t julian_epoch = 2440588, micros_per_day = UINT64_C(86400000000);
    int64_t *to = out;

    (void)leaf;
    for (int64_t i = 0; i < n; i++) {
        uint64_t nanos;
        uint32_t day;
        memcpy(&nanos, raw.fixed + (size_t)i * 12, 8);
        memcpy(&day, raw.fixed + (size_t)i * 12 + 8, 4);
        to[i] = (int64_t)((day - julian_epoch) * micros_per_day + nanos / 1000);
    }
    return NULL;
}

static const char *float_to_f64(const struct leaf *leaf, struct raw raw, int64_t n, void *out)
{
    double *to = out;

    (void)leaf;
    for (int64_t i = 0; i < n; i++) {
        float x;
        memcpy(&x, raw.fixed + (size_t)i * 4, 4);
        to[i] = (double)x;
    }
    return NULL;
}

/* IEEE 754 binary16: sign, 5 bits of exponent (bias 15), 10 bits of fraction, which a NaN keeps at its front. */
static double half_to_double(uint32_t h)
{
    uint32_t exponent = (h >> 10) & 31, fraction = h & 1023;
    uint64_t bits = (uint64_t)2047 << 52 | (uint64_t)fraction << 42 | (uint64_t)(h & 0x8000) << 48;
    double x;

    if (exponent == 31) {
        memcpy(&x, &bits, sizeof x);
        return x;
    }
    if (exponent == 0)
        x = ldexp((double)fraction, -24);
    else
        x = ldexp((double)(fraction + 1024), (int)exponent - 25);
    return (h & 0x8000) ? -x : x;
}

static const char *half_to_f64(const struct leaf *leaf, struct raw raw, int64_t n, void *out)
{
    double *to = out;

    for (int64_t i = 0; i < n; i++) {
        struct span s = raw_at(leaf, raw, i);
        if (!has_length(leaf, s))
            return wrong_length;
        to[i] = half_to_double((uint32_t)s.at[0] | (uint32_t)s.at[1] << 8);
    }
    return NULL;
}

static const char *bytes_to_spans(const struct leaf *leaf, struct raw raw, int64_t n, void *out)
{
    struct span *to = out;

    for (int64_t i = 0; i < n; i++) {
        to[i] = raw_at(leaf, raw, i);
        if (!has_length(leaf, to[i]))
            return wrong_length;
    }
    return NULL;
}

/* Big-endian two's complement of any length; longer than 16 bytes only with copies of the sign in front
 * (LogicalTypes.md, DECIMAL). An empty array is zero. */
static bool decimal_parse(struct span s, int128 *out)
{
    uint8_t sign = s.size > 0 && (s.at[0] & 0x80) ? 0xff : 0;
    uint128 x = sign ? ~(uint128)0 : 0;

    for (size_t i = 0; i < s.size; i++) {
        bool is_extra = s.size - i > 16;

        if (is_extra && s.at[i] != sign)
            return false;
        if (!is_extra)
            x = x << 8 | s.at[i];
    }
    *out = (int128)x;
    return s.size <= 16 || ((int128)x < 0) == (sign != 0);
}

/* A column may be declared wider than 38 digits (decimal256 of Arrow: 76): its values are read as long as they are not. */
const char decimal_too_wide[] = "a decimal has more than 38 digits";

static const char *decimal_to_i128(const struct leaf *leaf, struct raw raw, int64_t n, void *out)
{
    int128 *to = out;

    for (int64_t i = 0; i < n; i++) {
        struct span s = raw_at(leaf, raw, i);
        if (!has_length(leaf, s))
            return wrong_length;
        if (!decimal_parse(s, &to[i]))
            return decimal_too_wide;
    }
    return NULL;
}

static const char *decimal_to_i64(const struct leaf *leaf, struct raw raw, int64_t n, void *out)
{
    int64_t *to = out;

    for (int64_t i = 0; i < n; i++) {
        struct span s = raw_at(leaf, raw, i);
        int128 x;
        if (!has_length(leaf, s))
            return wrong_length;
        if (!decimal_parse(s, &x) || x < INT64_MIN || x > INT64_MAX)
            return "a decimal has more digits than its declared precision";
        to[i] = (int64_t)x;
    }
    return NULL;
}

struct conversion {
    enum physical physical;
    enum lane lane;
    bool is_lane;
    convert_function *convert;
};

/* clang-format off */
static const struct conversion conversions[] = {
    {PHYSICAL_BOOLEAN,    LANE_BOOL,  true,  copy_values},
    {PHYSICAL_INT32,      LANE_I64,   false, int32_to_i64},
    {PHYSICAL_INT32,      LANE_U64,   false, int32_to_u64},
    {PHYSICAL_INT32,      LANE_I128,  false, int32_to_i128},
    {PHYSICAL_INT64,      LANE_I64,   true,  copy_values},
    {PHYSICAL_INT64,      LANE_U64,   true,  copy_values},
    {PHYSICAL_INT64,      LANE_I128,  false, int64_to_i128},
    {PHYSICAL_INT96,      LANE_I64,   false, int96_to_micros},
    {PHYSICAL_FLOAT,      LANE_F64,   false, float_to_f64},
    {PHYSICAL_DOUBLE,     LANE_F64,   true,  copy_values},
    {PHYSICAL_FIXED,      LANE_F64,   false, half_to_f64},
    {PHYSICAL_BYTE_ARRAY, LANE_BYTES, true,  bytes_to_spans},
    {PHYSICAL_FIXED,      LANE_BYTES, false, bytes_to_spans},
    {PHYSICAL_BYTE_ARRAY, LANE_I64,   false, decimal_to_i64},
    {PHYSICAL_FIXED,      LANE_I64,   false, decimal_to_i64},
    {PHYSICAL_BYTE_ARRAY, LANE_I128,  false, decimal_to_i128},
    {PHYSICAL_FIXED,      LANE_I128,  false, decimal_to_i128},
};
/* clang-format on */

bool leaf_choose_conversion(struct leaf *leaf, struct type type)
{
    enum lane lane = type_lane(type);

    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++) {
        if (conversions[i].physical == leaf->physical && conversions[i].lane == lane) {
            leaf->convert = conversions[i].convert;
            leaf->is_lane = conversions[i].is_lane;
            return true;
        }
    }
    return false;
}
