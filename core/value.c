/* core/value.c -- exact order of values, and values as text.
 *
 * Numbers of different kinds are compared without rounding. The way through: both as int64 where they are; both as
 * decimals m * 10^-s where neither is a double; a double against a decimal by bringing both to integers,
 *     m * 10^-s  ?  w * 2^e   <=>   m * 10^max(-s,0) * 2^max(-e,0)  ?  w * 10^max(s,0) * 2^max(e,0),
 * in a fixed array of limbs. Orders of magnitude are compared first, so that s is within 400 there and 2,900 bits hold
 * either side.
 */
#include "core/value.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/number.h"
#include "core/utf8.h"

static int order_of(int128 a, int128 b) { return (a > b) - (a < b); }

/* A number that is no double: m / 10^scale. */
static bool as_decimal(const struct value *v, int128 *m, int32_t *scale)
{
    *scale = 0;
    switch (v->kind) {
    case VALUE_INT:
        *m = v->i64;
        return true;
    case VALUE_UINT:
        *m = v->u64;
        return true;
    case VALUE_DECIMAL:
        *m = v->i128;
        *scale = v->scale;
        return true;
    default:
        return false;
    }
}

static int count_digits(uint128 x)
{
    int n = 1;

    while (x >= 10) {
        x /= 10;
        n++;
    }
    return n;
}

static uint128 magnitude(int128 m) { return m < 0 ? 0 - (uint128)m : (uint128)m; }

/* a / 10^sa against b / 10^sb, both positive. */
static int compare_magnitudes(uint128 a, int32_t sa, uint128 b, int32_t sb)
{
    int64_t point_a = (int64_t)count_digits(a) - sa;
    int64_t point_b = (int64_t)count_digits(b) - sb;

    if (point_a != point_b)
        return point_a < point_b ? -1 : 1;
    /* Equal places before the point: the scales differ by at most 38. What overflows has outgrown the other. */
    for (; sa < sb; sa++)
        if (__builtin_mul_overflow(a, 10u, &a))
            return 1;
    for (; sb < sa; sb++)
        if (__builtin_mul_overflow(b, 10u, &b))
            return -1;
    return (a > b) - (a < b);
}

static int compare_decimals(int128 a, int32_t sa, int128 b, int32_t sb)
{
    int sign_a = (a > 0) - (a < 0), sign_b = (b > 0) - (b < 0);

    if (sign_a != sign_b || sign_a == 0)
        return sign_a - sign_b;
    if (sa == sb)
        return order_of(a, b);
    return sign_a * compare_magnitudes(magnitude(a), sa, magnitude(b), sb);
}

/* 127 bits of a mantissa + 400 * log2(10) + 1,074 < 2,560 on either side. */
enum { WIDE_LIMBS = 96 };
struct wide {
    uint32_t limb[WIDE_LIMBS]; /* least significant first */
};

static void wide_scale(struct wide *w, uint32_t factor)
{
    uint64_t carry = 0;

    for (int i = 0; i < WIDE_LIMBS; i++) {
        carry += (uint64_t)w->limb[i] * factor;
        w->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
}

static void wide_set(struct wide *w, uint128 x, int64_t tens, int64_t twos)
{
    memset(w, 0, sizeof *w);
    for (int i = 0; i < 4; i++)
        w->limb[i] = (uint32_t)(x >> (32 * i));
    for (; tens >= 9; tens -= 9)
        wide_scale(w, 1000000000);
    for (; tens > 0; tens--)
        wide_scale(w, 10);
    for (; twos >= 31; twos -= 31)
        wide_scale(w, (uint32_t)1 << 31);
    wide_scale(w, (uint32_t)1 << (twos > 0 ? twos : 0));
}

static int wide_compare(const struct wide *a, const struct wide *b)
{
    for (int i = WIDE_LIMBS - 1; i >= 0; i--)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

/* m / 10^scale against x, which is not NaN. */
static int compare_decimal_to_double(int128 m, int32_t scale, double x)
{
    int sign_m = (m > 0) - (m < 0), sign_x = (x > 0) - (x < 0);
    struct wide left, right;
    int64_t point;
    int exponent;
    double fraction;

    if (sign_m != sign_x || sign_m == 0)
        return sign_m - sign_x;
    if (isinf(x))
        return -sign_x;
    if (scale == 0 && m >= INT64_MIN && m <= INT64_MAX && fabs(x) < 9223372036854775808.0) {
        int order = order_of(m, (int64_t)x);
        double rest = x - (double)(int64_t)x;

        return order ? order : (rest < 0) - (rest > 0);
    }
    /* Doubles that are not zero lie within 10^-324..10^309. */
    point = (int64_t)count_digits(magnitude(m)) - scale;
    if (point > 310)
        return sign_m;
    if (point < -325)
        return -sign_m;
    fraction = frexp(fabs(x), &exponent);
    exponent -= DBL_MANT_DIG;
    wide_set(&left, magnitude(m), scale < 0 ? -(int64_t)scale : 0, exponent < 0 ? -exponent : 0);
    wide_set(&right, (uint64_t)ldexp(fraction, DBL_MANT_DIG), scale > 0 ? scale : 0, exponent > 0 ? exponent : 0);
    return sign_m * wide_compare(&left, &right);
}

static bool is_number(const struct value *v)
{
    return v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_DOUBLE || v->kind == VALUE_DECIMAL;
}

static bool compare_numbers(const struct value *a, const struct value *b, int *order)
{
    int128 ma, mb;
    int32_t sa, sb;
    bool a_is_decimal = as_decimal(a, &ma, &sa), b_is_decimal = as_decimal(b, &mb, &sb);

    if ((!a_is_decimal && isnan(a->f64)) || (!b_is_decimal && isnan(b->f64)))
        return false;
    if (a_is_decimal && b_is_decimal)
        *order = compare_decimals(ma, sa, mb, sb);
    else if (a_is_decimal)
        *order = compare_decimal_to_double(ma, sa, b->f64);
    else if (b_is_decimal)
        *order = -compare_decimal_to_double(mb, sb, a->f64);
    else
        *order = (a->f64 > b->f64) - (a->f64 < b->f64);
    return true;
}

static bool is_text(const struct value *v) { return v->kind == VALUE_TEXT || v->kind == VALUE_BYTES; }

bool value_compare(const struct value *a, const struct value *b, int *order)
{
    if (is_number(a) && is_number(b))
        return compare_numbers(a, b, order);
    if (is_text(a) && is_text(b)) {
        *order = span_compare(a->bytes, b->bytes);
        return true;
    }
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case VALUE_BOOL:
        *order = (int)a->boolean - (int)b->boolean;
        return true;
    case VALUE_UUID:
        *order = span_compare(a->bytes, b->bytes);
        return true;
    case VALUE_DATE:
        *order = order_of(a->i64, b->i64);
        return true;
    case VALUE_TIME:
    case VALUE_TIMESTAMP:
    case VALUE_DURATION:
        /* Across units: 2^63 * 10^9 < 2^93. */
        *order = order_of((int128)a->i64 * clock_units_per_second(b->unit),
                          (int128)b->i64 * clock_units_per_second(a->unit));
        return true;
    default:
        return false;
    }
}

bool value_copy(struct arena *arena, const struct value *from, size_t limit, struct value *to)
{
    struct span bytes = from->bytes;
    char *copy;

    *to = *from;
    if (!is_text(from) && from->kind != VALUE_UUID)
        return true;
    if (limit && bytes.size > limit) {
        bytes = from->kind == VALUE_TEXT ? utf8_cut(bytes, limit) : span_of(bytes.at, limit);
        to->truncated = true;
    }
    copy = arena_text(arena, bytes.at, bytes.size);
    to->bytes = span_of(copy, bytes.size);
    return copy != NULL;
}

static bool print_hex(struct span s, struct buffer *out)
{
    for (size_t i = 0; i < s.size; i++)
        if (!buffer_format(out, "%02x", s.at[i]))
            return false;
    return true;
}

static bool print_uuid(struct span s, struct buffer *out)
{
    static const uint8_t group_ends[] = {4, 6, 8, 10, 16};
    size_t at = 0;

    if (s.size != 16)
        return print_hex(s, out);
    for (size_t g = 0; g < sizeof group_ends; g++) {
        if (g && !buffer_add(out, "-", 1))
            return false;
        if (!print_hex(span_of(s.at + at, group_ends[g] - at), out))
            return false;
        at = group_ends[g];
    }
    return true;
}

/* Runs of plain text as they are; a control character or a byte that is not UTF-8 as \xNN. */
static bool print_text(struct span s, struct buffer *out)
{
    while (s.size) {
        size_t valid = utf8_valid_prefix(s), plain = 0;

        while (plain < valid && s.at[plain] >= 0x20 && s.at[plain] != 0x7f &&
               !(s.at[plain] == 0xc2 && s.at[plain + 1] < 0xa0)) /* valid: the second byte is there */
            plain++;
        if (!buffer_add(out, s.at, plain))
            return false;
        if (plain == s.size)
            return true;
        if (!buffer_format(out, "\\x%02x", s.at[plain]))
            return false;
        s = span_of(s.at + plain + 1, s.size - plain - 1);
    }
    return true;
}

/* Milliseconds and the like as seconds with a fraction: "1.5s". */
static bool print_duration(const struct value *v, struct buffer *out)
{
    char text[NUMBER_TEXT_SIZE * 2];
    int32_t scale = 3 * (int32_t)v->unit;
    int128 m = v->i64;

    while (scale > 0 && m % 10 == 0) {
        m /= 10;
        scale--;
    }
    return buffer_add(out, text, number_print_decimal(m, scale, text)) && buffer_add(out, "s", 1);
}

bool value_print(const struct value *v, struct buffer *out)
{
    char text[NUMBER_TEXT_SIZE * 2];
    size_t n = 0;

    switch (v->kind) {
    case VALUE_NONE:
    case VALUE_NULL:
        return buffer_add(out, "null", 4);
    case VALUE_BOOL:
        return v->boolean ? buffer_add(out, "true", 4) : buffer_add(out, "false", 5);
    case VALUE_INT:
        n = number_print_i64(v->i64, text);
        break;
    case VALUE_UINT:
        n = number_print_u64(v->u64, text);
        break;
    case VALUE_DOUBLE:
        n = number_print_double(v->f64, text);
        break;
    case VALUE_DECIMAL:
        n = number_print_decimal(v->i128, v->scale, text);
        break;
    case VALUE_DATE:
        n = clock_print_date(v->i64, text);
        break;
    case VALUE_TIME:
        n = clock_print_time(v->i64, v->unit, text);
        break;
    case VALUE_TIMESTAMP:
        n = clock_print_timestamp(v->i64, v->unit, v->is_utc, text);
        break;
    case VALUE_DURATION:
        return print_duration(v, out);
    case VALUE_UUID:
        return print_uuid(v->bytes, out);
    case VALUE_TEXT:
        return print_text(v->bytes, out) && (!v->truncated || buffer_add(out, "...", 3));
    case VALUE_BYTES:
        return print_hex(v->bytes, out) && (!v->truncated || buffer_add(out, "...", 3));
    }
    return buffer_add(out, text, n);
}
