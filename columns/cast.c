/* columns/cast.c -- see cast.h. */
#include "columns/cast.h"

#include "core/number.h"

/* Of what two types together may need; and of a column that was declared wider already (Parquet: 76), of which values of up to 38 are read. */
enum { DIGITS_MAX = 38, DECLARED_MAX = 76 };

/* Bits of whole numbers; 0: not a whole number. */
static int signed_bits(struct type t)
{
    return t.kind >= TYPE_INT8 && t.kind <= TYPE_INT64 ? 8 << (t.kind - TYPE_INT8) : 0;
}

static int unsigned_bits(struct type t)
{
    return t.kind >= TYPE_UINT8 && t.kind <= TYPE_UINT64 ? 8 << (t.kind - TYPE_UINT8) : 0;
}

static bool is_whole(struct type t) { return signed_bits(t) || unsigned_bits(t); }

static struct type signed_type(int bits)
{
    return (struct type){.kind = bits <= 8 ? TYPE_INT8 : bits <= 16 ? TYPE_INT16 : bits <= 32 ? TYPE_INT32 : TYPE_INT64};
}

static bool unify_whole(struct type a, struct type b, struct type *out)
{
    int s = signed_bits(a) > signed_bits(b) ? signed_bits(a) : signed_bits(b);
    int u = unsigned_bits(a) > unsigned_bits(b) ? unsigned_bits(a) : unsigned_bits(b);

    if (s == 0 || u == 0) {
        *out = a.kind > b.kind ? a : b;
        return true;
    }
    *out = signed_type(s > 2 * u ? s : 2 * u);
    return u < 64;
}

static void as_decimal(struct type *t)
{
    static const int digits[] = {[1] = 3, [2] = 5, [4] = 10, [8] = 19};

    if (t->kind != TYPE_DECIMAL)
        *t = (struct type){.kind = TYPE_DECIMAL, .precision = digits[signed_bits(*t) / 8]};
}

static bool unify_decimals(struct type a, struct type b, struct type *out)
{
    int32_t whole;

    as_decimal(&a);
    as_decimal(&b);
    whole = a.precision - a.scale > b.precision - b.scale ? a.precision - a.scale : b.precision - b.scale;
    *out = (struct type){.kind = TYPE_DECIMAL, .scale = a.scale > b.scale ? a.scale : b.scale};
    out->precision = whole + out->scale;
    return a.precision > 0 && b.precision > 0 && a.scale >= 0 && b.scale >= 0 && out->scale <= DIGITS_MAX &&
           out->precision <= (a.precision > DIGITS_MAX || b.precision > DIGITS_MAX ? DECLARED_MAX : DIGITS_MAX);
}

/* Doubles hold whole numbers of up to 53 bits. */
static bool is_small(struct type t) { return is_whole(t) && signed_bits(t) <= 32 && unsigned_bits(t) <= 32; }

static bool is_naive(struct type t) { return t.kind == TYPE_TIMESTAMP && !t.is_utc; }

bool type_unify(struct type a, struct type b, struct type *out)
{
    *out = a;
    if (type_equal(a, b))
        return true;
    if (a.kind == TYPE_NULL || b.kind == TYPE_NULL) {
        *out = a.kind == TYPE_NULL ? b : a;
        return true;
    }
    if (is_whole(a) && is_whole(b))
        return unify_whole(a, b, out);
    if ((a.kind == TYPE_DECIMAL && (b.kind == TYPE_DECIMAL || signed_bits(b))) || (b.kind == TYPE_DECIMAL && signed_bits(a)))
        return unify_decimals(a, b, out);
    if (type_is_float(a) && type_is_float(b)) {
        *out = a.kind > b.kind ? a : b;
        return true;
    }
    if ((type_is_float(a) && is_small(b)) || (type_is_float(b) && is_small(a))) {
        *out = (struct type){.kind = TYPE_DOUBLE};
        return true;
    }
    if ((a.kind == TYPE_DATE && is_naive(b)) || (b.kind == TYPE_DATE && is_naive(a))) {
        *out = a.kind == TYPE_DATE ? b : a;
        return true;
    }
    out->unit = a.unit > b.unit ? a.unit : b.unit;
    return a.kind == b.kind && (a.kind == TYPE_TIME || (a.kind == TYPE_TIMESTAMP && a.is_utc == b.is_utc));
}

static int64_t units(enum time_unit from, enum time_unit to)
{
    int64_t factor = 1;

    for (int u = from; u < (int)to; u++)
        factor *= 1000;
    return factor;
}

/* How many of the unit of `to` one of `from` is. */
static int128 factor_of(struct type from, struct type to)
{
    if (to.kind == TYPE_DECIMAL)
        return decimal_power(to.scale - (from.kind == TYPE_DECIMAL ? from.scale : 0));
    if (from.kind == TYPE_DATE && to.kind == TYPE_TIMESTAMP)
        return (int128)86400 * units(UNIT_SECOND, to.unit);
    return from.kind == TYPE_TIME || from.kind == TYPE_TIMESTAMP ? units(from.unit, to.unit) : 1;
}

bool cast_find(struct type from, struct type to, struct cast *out)
{
    enum lane a = type_lane(from), b = type_lane(to);
    struct type wider;

    *out = (struct cast){.kind = CAST_NONE, .factor = 1};
    if (type_equal(from, to))
        return true;
    if (!type_unify(from, to, &wider) || !type_equal(wider, to))
        return false;
    if (from.kind == TYPE_NULL) {
        out->kind = CAST_NULL;
        return true;
    }
    out->factor = factor_of(from, to);
    out->from_unsigned = a == LANE_U64;
    if (b == LANE_F64)
        out->kind = a == LANE_F64 ? CAST_NONE : CAST_DOUBLE;
    else if (a == LANE_U64)
        out->kind = b == LANE_U64 ? CAST_NONE : CAST_SIGNED;
    else if (b == LANE_I128)
        out->kind = a == LANE_I64 ? CAST_I128 : out->factor == 1 ? CAST_NONE : CAST_WIDE;
    else
        out->kind = out->factor == 1 ? CAST_NONE : CAST_I64;
    return true;
}

static const char too_large[] = "a value does not fit the wider type that the column has in other files";

static const char *scale_64(int64_t *x, int64_t n, int64_t factor)
{
    bool is_over = false;

    for (int64_t i = 0; i < n; i++)
        is_over |= __builtin_mul_overflow(x[i], factor, &x[i]);
    return is_over ? too_large : NULL;
}

/* From the back: what is written is as wide as two of what is read. */
static const char *widen(void *values, int64_t n, int128 factor)
{
    bool is_over = false;

    for (int64_t i = n; i-- > 0;) {
        int64_t narrow;
        int128 wide;

        memcpy(&narrow, (uint8_t *)values + i * 8, sizeof narrow);
        is_over |= __builtin_mul_overflow((int128)narrow, factor, &wide);
        memcpy((uint8_t *)values + i * 16, &wide, sizeof wide);
    }
    return is_over ? too_large : NULL;
}

static const char *scale_128(int128 *x, int64_t n, int128 factor)
{
    bool is_over = false;

    for (int64_t i = 0; i < n; i++)
        is_over |= __builtin_mul_overflow(x[i], factor, &x[i]);
    return is_over ? too_large : NULL;
}

static const char *check_signed(const uint64_t *x, int64_t n)
{
    uint64_t all = 0;

    for (int64_t i = 0; i < n; i++)
        all |= x[i];
    return all >> 63 ? too_large : NULL;
}

static void to_doubles(void *values, int64_t n, bool from_unsigned)
{
    for (int64_t i = 0; i < n; i++) {
        uint64_t bits;
        double x;

        memcpy(&bits, (uint8_t *)values + i * 8, sizeof bits);
        x = from_unsigned ? (double)bits : (double)(int64_t)bits;
        memcpy((uint8_t *)values + i * 8, &x, sizeof x);
    }
}

const char *cast_values(const struct cast *cast, void *values, int64_t n)
{
    switch (cast->kind) {
    case CAST_I64: return scale_64(values, n, (int64_t)cast->factor);
    case CAST_I128: return widen(values, n, cast->factor);
    case CAST_WIDE: return scale_128(values, n, cast->factor);
    case CAST_SIGNED: return check_signed(values, n);
    case CAST_DOUBLE: to_doubles(values, n, cast->from_unsigned); break;
    case CAST_NONE: case CAST_NULL: break;
    }
    return NULL;
}
