/* expressions/row.c -- terms evaluated one row at a time, and the rules of their arithmetic.
 *
 * This is the slow and exact path: what a column is compared with is mostly a constant and goes through ranges and sets
 * instead (eval.c).
 *
 * Numbers: + - * of integers and decimals are exact in 38 digits and become doubles beyond; / is always a double; with a
 * double all is double; / and % by zero are unknown; % has the sign of its left operand.
 * Time: everything is counted in nanoseconds in 128 bits. A date is its first instant; naive timestamps are on the wall clock
 * of the suite's zone, and only a meeting with a UTC one makes them instants.
 */
#include <math.h>
#include <stdio.h>

#include "core/number.h"
#include "core/utf8.h"
#include "expressions/plan.h"

enum { NANOS = 1000000000, DAY_SECONDS = 86400 };
static const int64_t ZONE_SECONDS = (int64_t)1 << 60; /* no zone has rules out there, and nothing overflows before */

static struct value null_value(void)
{
    return (struct value){.kind = VALUE_NULL};
}

static bool is_missing(const struct value *v)
{
    return v->kind == VALUE_NULL || v->kind == VALUE_NONE;
}

/* NONE wins over NULL: a malformed cell is unknown, whatever stands beside it. */
static struct value missing_of(const struct value *a, const struct value *b)
{
    return a->kind == VALUE_NONE || b->kind == VALUE_NONE ? value_none() : null_value();
}

static bool is_time(const struct value *v)
{
    return v->kind == VALUE_DATE || v->kind == VALUE_TIME || v->kind == VALUE_TIMESTAMP || v->kind == VALUE_DURATION;
}

int128 value_nanos(const struct value *v, bool as_instant, const struct time_zone *zone)
{
    int128 nanos;
    int64_t seconds;

    if (v->kind == VALUE_DATE)
        nanos = (int128)v->i64 * DAY_SECONDS * NANOS;
    else
        nanos = (int128)v->i64 * (NANOS / clock_units_per_second(v->unit));
    if (!as_instant || (v->kind != VALUE_DATE && v->kind != VALUE_TIMESTAMP) || (v->kind == VALUE_TIMESTAMP && v->is_utc))
        return nanos;
    if (nanos / NANOS > ZONE_SECONDS || nanos / NANOS < -ZONE_SECONDS)
        return nanos;
    seconds = (int64_t)(nanos / NANOS);
    if (nanos % NANOS < 0)
        seconds--;
    return (int128)time_zone_to_utc(zone, seconds) * NANOS + (nanos - (int128)seconds * NANOS);
}

static bool is_instant(const struct value *v)
{
    return v->kind == VALUE_TIMESTAMP && v->is_utc;
}

static int order_times(const struct value *a, const struct value *b, const struct time_zone *zone)
{
    bool as_instant = is_instant(a) || is_instant(b);
    int128 x = value_nanos(a, as_instant, zone);
    int128 y = value_nanos(b, as_instant, zone);

    return (x > y) - (x < y);
}

static bool order_meets(enum comparison op, int order)
{
    switch (op) {
    case COMPARE_EQ:
        return order == 0;
    case COMPARE_NE:
        return order != 0;
    case COMPARE_LT:
        return order < 0;
    case COMPARE_LE:
        return order <= 0;
    case COMPARE_GT:
        return order > 0;
    default:
        return order >= 0;
    }
}

enum answer values_compare(enum comparison op, const struct value *a, const struct value *b, const struct time_zone *zone)
{
    int order;

    if (a->kind == VALUE_INT && b->kind == VALUE_INT)
        return order_meets(op, (a->i64 > b->i64) - (a->i64 < b->i64)) ? ANSWER_TRUE : ANSWER_FALSE;
    if (is_missing(a) || is_missing(b))
        return ANSWER_UNKNOWN;
    if ((a->kind == VALUE_DOUBLE && isnan(a->f64)) || (b->kind == VALUE_DOUBLE && isnan(b->f64)))
        return op == COMPARE_NE ? ANSWER_TRUE : ANSWER_FALSE;
    if (is_time(a) && is_time(b))
        order = order_times(a, b, zone);
    else if (!value_compare(a, b, &order))
        return ANSWER_UNKNOWN;
    return order_meets(op, order) ? ANSWER_TRUE : ANSWER_FALSE;
}

/* Integers and decimals as mantissa / 10^scale. */
static bool exact_number(const struct value *v, int128 *mantissa, int32_t *scale)
{
    *scale = v->kind == VALUE_DECIMAL ? v->scale : 0;
    switch (v->kind) {
    case VALUE_INT:
        *mantissa = v->i64;
        return true;
    case VALUE_UINT:
        *mantissa = (int128)v->u64;
        return true;
    case VALUE_DECIMAL:
        *mantissa = v->i128;
        return true;
    default:
        return false;
    }
}

/* Correctly rounded: by a division of exact doubles where both are exact, else by way of its text. */
static double to_double(const struct value *v)
{
    char text[NUMBER_TEXT_SIZE * 2 + 16];
    int128 mantissa;
    int32_t scale;
    double x = 0;
    size_t n;

    if (v->kind == VALUE_DOUBLE)
        return v->f64;
    if (!exact_number(v, &mantissa, &scale))
        return 0;
    if (scale == 0)
        return (double)mantissa;
    if (scale > 0 && scale <= 22 && mantissa < ((int128)1 << 53) && mantissa > -((int128)1 << 53))
        return (double)mantissa / (double)decimal_power(scale);
    n = number_print_decimal(mantissa, 0, text);
    snprintf(text + n, sizeof text - n, "e%d", (int)-scale);
    (void)number_parse_double(span_text(text), &x);
    return x;
}

static bool is_within_38_digits(int128 x)
{
    return x < decimal_power(38) && x > -decimal_power(38);
}

static struct value number_of(int128 mantissa, int32_t scale)
{
    if (scale == 0 && mantissa >= INT64_MIN && mantissa <= INT64_MAX)
        return value_int((int64_t)mantissa);
    return value_huge(mantissa, scale);
}

/* Brings both to the larger scale; false where that takes more than 38 digits. */
static bool align(int128 *a, int32_t *scale_a, int128 *b, int32_t *scale_b)
{
    int32_t by = *scale_a - *scale_b;
    int128 *small = by < 0 ? a : b;

    if (by == 0)
        return true;
    if (by > 38 || by < -38 || __builtin_mul_overflow(*small, decimal_power(by < 0 ? -by : by), small))
        return false;
    *scale_a = *scale_b = by < 0 ? *scale_b : *scale_a;
    return is_within_38_digits(*small);
}

/* false: more digits than 38; the caller goes on in doubles. */
static bool exact_arithmetic(char operation, int128 a, int32_t scale_a, int128 b, int32_t scale_b, struct value *out)
{
    int128 x;

    if (operation == '*') {
        if (__builtin_mul_overflow(a, b, &x) || !is_within_38_digits(x) || scale_a + scale_b > 1000)
            return false;
        *out = number_of(x, scale_a + scale_b);
        return true;
    }
    if (!align(&a, &scale_a, &b, &scale_b))
        return false;
    if (operation == '%')
        x = b == -1 ? 0 : a % b; /* the quotient of the least number by -1 overflows */
    else if (operation == '+' ? __builtin_add_overflow(a, b, &x) : __builtin_sub_overflow(a, b, &x))
        return false;
    if (!is_within_38_digits(x))
        return false;
    *out = number_of(x, scale_a);
    return true;
}

static struct value double_arithmetic(char operation, double a, double b)
{
    switch (operation) {
    case '+':
        return value_double(a + b);
    case '-':
        return value_double(a - b);
    case '*':
        return value_double(a * b);
    case '/':
        return b == 0 ? null_value() : value_double(a / b);
    default:
        return b == 0 ? null_value() : value_double(fmod(a, b));
    }
}

/* The finest unit that holds it; nothing between the years -290,000 and 290,000 is lost beyond nanoseconds. */
static struct value time_of(enum value_kind kind, bool is_utc, int128 nanos)
{
    struct value v = {.kind = kind, .is_utc = is_utc, .unit = UNIT_NANO};
    int128 divisor = 1;

    while (nanos / divisor > INT64_MAX || nanos / divisor < INT64_MIN) {
        if (v.unit == UNIT_SECOND)
            return null_value();
        divisor *= 1000;
        v.unit = (enum time_unit)(v.unit - 1);
    }
    v.i64 = (int64_t)(nanos / divisor);
    if (nanos % divisor < 0)
        v.i64--;
    return v;
}

static struct value time_arithmetic(char operation, const struct value *a, const struct value *b, const struct time_zone *zone)
{
    bool as_instant = is_instant(a) || is_instant(b);
    bool is_moment_a = a->kind == VALUE_DATE || a->kind == VALUE_TIMESTAMP;
    bool is_moment_b = b->kind == VALUE_DATE || b->kind == VALUE_TIMESTAMP;
    int128 x, y;

    if (!(is_moment_a && is_moment_b)) /* with a duration a naive timestamp stays naive */
        as_instant = false;
    x = value_nanos(a, as_instant, zone);
    y = value_nanos(b, as_instant, zone);
    x = operation == '-' ? x - y : x + y;
    if (is_moment_a != is_moment_b)
        return time_of(VALUE_TIMESTAMP, is_instant(a) || is_instant(b), x);
    return time_of(VALUE_DURATION, false, x);
}

/* What most arithmetic is: two int64 whose result is one. false: something else. */
static bool small_arithmetic(char operation, int64_t a, int64_t b, struct value *out)
{
    out->kind = VALUE_INT;
    switch (operation) {
    case '+':
        return !__builtin_add_overflow(a, b, &out->i64);
    case '-':
        return !__builtin_sub_overflow(a, b, &out->i64);
    case '*':
        return !__builtin_mul_overflow(a, b, &out->i64);
    case '%':
        if (b == 0 || b == -1)
            return false;
        out->i64 = a % b;
        return true;
    default:
        return false;
    }
}

struct value value_arithmetic(char operation, const struct value *a, const struct value *b, const struct time_zone *zone)
{
    int128 x, y;
    int32_t scale_x, scale_y;
    struct value out = {.kind = VALUE_NULL};

    if (a->kind == VALUE_INT && b->kind == VALUE_INT && small_arithmetic(operation, a->i64, b->i64, &out))
        return out;
    if (a->kind == VALUE_DOUBLE && b->kind == VALUE_DOUBLE)
        return double_arithmetic(operation, a->f64, b->f64);

    if (is_missing(a) || is_missing(b))
        return missing_of(a, b);
    if (is_time(a) || is_time(b))
        return is_time(a) && is_time(b) ? time_arithmetic(operation, a, b, zone) : null_value();
    if (exact_number(a, &x, &scale_x) && exact_number(b, &y, &scale_y)) {
        if ((operation == '/' || operation == '%') && y == 0)
            return null_value();
        if (operation != '/' && exact_arithmetic(operation, x, scale_x, y, scale_y, &out))
            return out;
    }
    return double_arithmetic(operation, to_double(a), to_double(b));
}

static struct value negate(const struct value *v)
{
    struct value zero = value_int(0);

    switch (v->kind) {
    case VALUE_DOUBLE:
        return value_double(-v->f64);
    case VALUE_DURATION:
        return time_of(VALUE_DURATION, false, -value_nanos(v, false, NULL));
    default:
        return value_arithmetic('-', &zero, v, NULL);
    }
}

static struct value absolute(const struct value *v)
{
    int128 mantissa;
    int32_t scale;

    if (v->kind == VALUE_DOUBLE)
        return value_double(fabs(v->f64));
    if (v->kind == VALUE_DURATION)
        return v->i64 < 0 ? negate(v) : *v;
    if (!exact_number(v, &mantissa, &scale))
        return *v;
    return mantissa < 0 ? negate(v) : *v;
}

/* ASCII letters only: what other letters do depends on the language. */
static struct value change_case(const struct term *term, struct rows *rows, const struct value *v)
{
    struct buffer *buffer = &rows->buffers[term->number];
    uint8_t first = term->kind == TERM_LOWER ? 'A' : 'a';

    if (v->bytes.size == 0)
        return *v;
    if (!buffer_reserve(buffer, v->bytes.size)) {
        rows->no_memory = true;
        return value_none();
    }
    for (size_t i = 0; i < v->bytes.size; i++) {
        uint8_t byte = v->bytes.at[i];

        buffer->at[i] = byte >= first && byte <= first + 25 ? byte ^ 0x20 : byte;
    }
    return value_text(span_of(buffer->at, v->bytes.size));
}

static struct value trim(const struct value *v)
{
    struct span s = v->bytes;

    while (s.size > 0 && (s.at[0] == ' ' || (s.at[0] >= '\t' && s.at[0] <= '\r'))) {
        s.at++;
        s.size--;
    }
    while (s.size > 0 && (s.at[s.size - 1] == ' ' || (s.at[s.size - 1] >= '\t' && s.at[s.size - 1] <= '\r')))
        s.size--;
    return value_text(s);
}

static struct value column_value(const struct term *term, struct rows *rows, int64_t row)
{
    const struct vector *v = rows_vector(rows, term->slot);

    if (!vector_is_valid(v, row))
        return null_value();
    if (v->malformed && bit_get(v->malformed, row))
        return value_none();
    return vector_entry(v, vector_position(v, row));
}

static struct value coalesce(const struct term *term, struct rows *rows, int64_t row)
{
    struct value v = null_value();

    for (int32_t i = 0; i < term->n_args && v.kind == VALUE_NULL; i++)
        v = term_value(term->args[i], rows, row);
    return v;
}

static struct value truth(const struct term *term, struct rows *rows, int64_t row)
{
    const uint64_t *is_true = rows->truths[term->number];

    if (bit_get(is_true + BITMAP_WORDS(CHUNK_MAX_ROWS), row))
        return null_value();
    return (struct value){.kind = VALUE_BOOL, .boolean = bit_get(is_true, row)};
}

struct value term_value(const struct term *term, struct rows *rows, int64_t row)
{
    struct value a, b;

    switch (term->kind) {
    case TERM_CONSTANT:
        return term->constant;
    case TERM_COLUMN:
        return column_value(term, rows, row);
    case TERM_COALESCE:
        return coalesce(term, rows, row);
    case TERM_TRUTH:
        return truth(term, rows, row);
    default:
        break;
    }
    a = term_value(term->args[0], rows, row);
    if (term->kind == TERM_ARITHMETIC) {
        b = term_value(term->args[1], rows, row);
        return value_arithmetic(term->operation, &a, &b, rows->zone);
    }
    if (is_missing(&a))
        return a;
    switch (term->kind) {
    case TERM_NEGATE:
        return negate(&a);
    case TERM_ABS:
        return absolute(&a);
    case TERM_LENGTH:
        return value_int(a.kind == VALUE_TEXT ? utf8_length(a.bytes) : (int64_t)a.bytes.size);
    case TERM_TRIM:
        return trim(&a);
    default:
        return change_case(term, rows, &a);
    }
}
