/* expressions/range.c -- a comparison with a constant as closed bounds in the column's own units.
 *
 * The constant is cut at a unit of the column: `floor` is the greatest unit that is not above it, `is_exact` says whether
 * it is that unit. Then x <= c is x <= floor, x < c is x <= floor - (is_exact ? 1 : 0), and so on: int64 against 2^53+1,
 * a decimal(10,2) against 0.125, seconds against nanoseconds, all without rounding. Doubles are cut the same way, at the
 * nearest double below.
 */
#include <math.h>

#include "core/number.h"
#include "expressions/plan.h"

struct cut { int128 floor; bool is_exact; };

/* 2^127 - 2: beyond every lane but I128, and beyond 38 digits (10^38 is between 2^126 and 2^127), far enough to stand for infinity,
 * small enough to add 1. */
static const int128 FAR = (((int128)1 << 126) - 1) * 2;

static struct cut cut_ratio(int128 numerator, int128 divisor)
{
    struct cut cut = {numerator / divisor, numerator % divisor == 0};

    if (numerator % divisor < 0)
        cut.floor--;
    return cut;
}

static struct cut cut_decimal(int128 mantissa, int32_t from, int32_t to)
{
    int128 scaled;
    int32_t by = to - from;

    if (mantissa == 0)
        return (struct cut){0, true};
    if (by >= 0) {
        if (by <= 38 && !__builtin_mul_overflow(mantissa, decimal_power(by), &scaled) && scaled < FAR && scaled > -FAR)
            return (struct cut){scaled, true};
        return (struct cut){mantissa < 0 ? -FAR : FAR, false};
    }
    if (by < -38) /* less than one unit */
        return (struct cut){mantissa < 0 ? -1 : 0, false};
    return cut_ratio(mantissa, decimal_power(-by));
}

static struct cut cut_double(double x)
{
    double down = floor(x);

    if (fabs(down) >= 0x1p127)
        return (struct cut){down < 0 ? -FAR : FAR, false};
    return (struct cut){(int128)down, down == x};
}

static bool cut_number(const struct value *v, int32_t scale, struct cut *cut)
{
    switch (v->kind) {
    case VALUE_INT:
        *cut = cut_decimal(v->i64, 0, scale);
        return true;
    case VALUE_UINT:
        *cut = cut_decimal((int128)v->u64, 0, scale);
        return true;
    case VALUE_DECIMAL:
        *cut = cut_decimal(v->i128, v->scale, scale);
        return true;
    case VALUE_DOUBLE:
        if (scale != 0)
            return false;
        *cut = cut_double(v->f64);
        return true;
    default:
        return false;
    }
}

/* Nanoseconds in one unit of a temporal column. */
static int128 unit_nanos(struct type type)
{
    return type.kind == TYPE_DATE ? (int128)86400 * 1000000000 : 1000000000 / clock_units_per_second(type.unit);
}

static bool cut_time(const struct value *v, struct type type, const struct time_zone *zone, struct cut *cut)
{
    bool is_moment = v->kind == VALUE_TIMESTAMP || v->kind == VALUE_DATE;
    int128 nanos;

    if (type.kind == TYPE_TIME ? v->kind != VALUE_TIME : !is_moment)
        return false;
    nanos = value_nanos(v, type.kind == TYPE_TIMESTAMP && type.is_utc, zone);
    if (v->kind == VALUE_TIMESTAMP && v->is_utc && !(type.kind == TYPE_TIMESTAMP && type.is_utc)) {
        int64_t seconds = (int64_t)cut_ratio(nanos, 1000000000).floor; /* in 64 bits: the constant was */

        nanos += (int128)time_zone_offset_at(zone, seconds) * 1000000000; /* an instant on the column's wall clock */
    }
    *cut = cut_ratio(nanos, unit_nanos(type));
    return true;
}

/* Bounds of x op cut; low > high: no x. */
static void bounds(enum comparison op, struct cut cut, int128 least, int128 most, int128 *low, int128 *high)
{
    *low = least;
    *high = most;
    switch (op) {
    case COMPARE_LE:
        *high = cut.floor;
        break;
    case COMPARE_LT:
        *high = cut.is_exact ? cut.floor - 1 : cut.floor;
        break;
    case COMPARE_GE:
        *low = cut.is_exact ? cut.floor : cut.floor + 1;
        break;
    case COMPARE_GT:
        *low = cut.floor + 1;
        break;
    default:
        *low = cut.is_exact ? cut.floor : 1;
        *high = cut.is_exact ? cut.floor : 0;
    }
    *low = *low < least ? least : *low;
    *high = *high > most ? most : *high;
}

static void range_of_cut(enum comparison op, struct cut cut, struct range *out)
{
    int128 low, high;

    switch (out->lane) {
    case LANE_I64:
        bounds(op, cut, INT64_MIN, INT64_MAX, &low, &high);
        out->i64.low = (int64_t)low;
        out->i64.high = (int64_t)high;
        break;
    case LANE_U64:
        bounds(op, cut, 0, UINT64_MAX, &low, &high);
        out->u64.low = (uint64_t)low;
        out->u64.high = (uint64_t)high;
        break;
    default:
        bounds(op, cut, -FAR, FAR, &low, &high);
        out->i128.low = low;
        out->i128.high = high;
    }
    out->is_empty = low > high;
}

/* The double at or next below a number; false where that cannot be told. */
static bool cut_to_double(const struct value *v, double *floor_out, bool *is_exact)
{
    struct value near = value_double(0);
    int order;

    switch (v->kind) {
    case VALUE_DOUBLE:
        *floor_out = v->f64;
        *is_exact = true;
        return true;
    case VALUE_INT:
        near.f64 = (double)v->i64;
        break;
    case VALUE_UINT:
        near.f64 = (double)v->u64;
        break;
    case VALUE_DECIMAL: /* a few units off at most; the comparisons below walk to the right one */
        if (v->scale < -60 || v->scale > 60)
            return false;
        near.f64 = (double)v->i128 / pow(10.0, v->scale);
        break;
    default:
        return false;
    }
    if (!value_compare(&near, v, &order))
        return false;
    while (order > 0) {
        near.f64 = nextafter(near.f64, -INFINITY);
        if (!value_compare(&near, v, &order))
            return false;
    }
    for (;;) { /* the greatest that is not above */
        struct value next = value_double(nextafter(near.f64, INFINITY));
        int next_order;

        if (order == 0 || !value_compare(&next, v, &next_order) || next_order > 0)
            break;
        near = next;
        order = next_order;
    }
    *floor_out = near.f64;
    *is_exact = order == 0;
    return true;
}

static bool range_of_double(enum comparison op, const struct value *v, struct range *out)
{
    double down;
    bool is_exact;

    if (!cut_to_double(v, &down, &is_exact))
        return false;
    out->f64.low = -INFINITY;
    out->f64.high = INFINITY;
    switch (op) {
    case COMPARE_LE:
        out->f64.high = down;
        break;
    case COMPARE_LT:
        out->is_empty = is_exact && down == -INFINITY;
        out->f64.high = is_exact ? nextafter(down, -INFINITY) : down;
        break;
    case COMPARE_GE:
        out->f64.low = is_exact ? down : nextafter(down, INFINITY);
        break;
    case COMPARE_GT:
        out->is_empty = down == INFINITY;
        out->f64.low = nextafter(down, INFINITY);
        break;
    default:
        out->is_empty = !is_exact;
        out->f64.low = out->f64.high = down;
    }
    return true;
}

static bool range_of_bytes(enum comparison op, const struct value *v, struct range *out)
{
    if (v->kind != VALUE_TEXT && v->kind != VALUE_BYTES && v->kind != VALUE_UUID)
        return false;
    out->has_low = op == COMPARE_GT || op == COMPARE_GE || op == COMPARE_EQ || op == COMPARE_NE;
    out->has_high = op == COMPARE_LT || op == COMPARE_LE || op == COMPARE_EQ || op == COMPARE_NE;
    out->strict_low = op == COMPARE_GT;
    out->strict_high = op == COMPARE_LT;
    out->bytes.low = out->bytes.high = v->bytes;
    return true;
}

bool range_from(struct type type, enum comparison op, const struct value *constant, const struct time_zone *zone, struct range *out)
{
    struct cut cut;

    *out = (struct range){.lane = type_lane(type)};
    if (constant->kind == VALUE_DOUBLE && isnan(constant->f64)) { /* nothing compares with it; everything is != */
        out->is_empty = true;
        return type_is_numeric(type);
    }
    switch (out->lane) {
    case LANE_F64:
        return range_of_double(op, constant, out);
    case LANE_BYTES:
        return range_of_bytes(op, constant, out);
    case LANE_I64: case LANE_U64: case LANE_I128:
        if (type_is_temporal(type) ? !cut_time(constant, type, zone, &cut)
                                   : !cut_number(constant, type.kind == TYPE_DECIMAL ? type.scale : 0, &cut))
            return false;
        range_of_cut(op, cut, out);
        return true;
    default:
        return false;
    }
}

void range_intersect(struct range *r, const struct range *other)
{
    r->is_empty |= other->is_empty;
    switch (r->lane) {
    case LANE_I64:
        r->i64.low = other->i64.low > r->i64.low ? other->i64.low : r->i64.low;
        r->i64.high = other->i64.high < r->i64.high ? other->i64.high : r->i64.high;
        break;
    case LANE_U64:
        r->u64.low = other->u64.low > r->u64.low ? other->u64.low : r->u64.low;
        r->u64.high = other->u64.high < r->u64.high ? other->u64.high : r->u64.high;
        break;
    case LANE_F64:
        r->f64.low = other->f64.low > r->f64.low ? other->f64.low : r->f64.low;
        r->f64.high = other->f64.high < r->f64.high ? other->f64.high : r->f64.high;
        break;
    case LANE_I128:
        r->i128.low = other->i128.low > r->i128.low ? other->i128.low : r->i128.low;
        r->i128.high = other->i128.high < r->i128.high ? other->i128.high : r->i128.high;
        break;
    default: /* BYTES: one gives the low bound, the other the high one */
        if (other->has_low) {
            r->has_low = true;
            r->strict_low = other->strict_low;
            r->bytes.low = other->bytes.low;
        }
        if (other->has_high) {
            r->has_high = true;
            r->strict_high = other->strict_high;
            r->bytes.high = other->bytes.high;
        }
    }
}
