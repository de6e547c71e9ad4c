/* core/number.c -- numbers to text and back, exactly.
 *
 * Reading a double, three ways, the first that applies:
 *  1. at most 2^53 times or over 10^0..10^22: both are doubles, one rounding (Clinger 1990, the fast path);
 *  2. at most 19 digits times 10^-27..10^27: 5^27 < 2^63, so the product or the quotient with its remainder is formed in
 *     128 bits and rounded once, half to even;
 *  3. else strtod_l, given at most 800 digits without a point. A double's midpoint has at most 767 significant digits, so
 *     digits past that matter only by being there: one sticky 1 stands for them.
 *
 * Printing asks for 15 digits, then 16, then 17, and takes the first that reads back: a decimal of 15 digits survives the
 * way through a double, so 15 without their trailing zeros are the shortest, if they read back at all.
 */
#include "core/number.h"

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DIGITS_IN_U64 = 19, POWERS_OF_FIVE = 28, STRTOD_DIGITS = 800, DECIMAL_DIGITS = 38 };

static bool is_digit(uint8_t c) { return (uint8_t)(c - '0') < 10; }

/* Cuts a sign off. */
static bool take_sign(struct span *s)
{
    if (s->size == 0 || (*s->at != '-' && *s->at != '+'))
        return false;
    *s = span_of(s->at + 1, s->size - 1);
    return s->at[-1] == '-';
}

static bool parse_digits(struct span s, uint64_t *out)
{
    uint64_t x = 0;

    if (s.size == 0)
        return false;
    for (size_t i = 0; i < s.size; i++) {
        if (!is_digit(s.at[i]))
            return false;
        if (__builtin_mul_overflow(x, 10u, &x) || __builtin_add_overflow(x, s.at[i] - '0', &x))
            return false;
    }
    *out = x;
    return true;
}

bool number_parse_i64(struct span s, int64_t *out)
{
    bool is_negative = take_sign(&s);
    uint64_t x;

    if (!parse_digits(s, &x) || x > (uint64_t)INT64_MAX + is_negative)
        return false;
    *out = is_negative ? (int64_t)(0 - x) : (int64_t)x;
    return true;
}

bool number_parse_u64(struct span s, uint64_t *out)
{
    bool is_negative = take_sign(&s);

    return parse_digits(s, out) && !(is_negative && *out != 0);
}

/* The parts of a decimal text; value = whole.fraction * 10^exponent. */
struct parts {
    bool is_negative;
    struct span whole, fraction;
    int64_t exponent;
};

/* Exponents past any double are cut here, so that sums with a digit count cannot overflow. */
enum { EXPONENT_LIMIT = 1000000000 };

static struct span take_digits(struct span *s)
{
    struct span out = {s->at, 0};

    while (out.size < s->size && is_digit(s->at[out.size]))
        out.size++;
    *s = span_of(s->at + out.size, s->size - out.size);
    return out;
}

static bool split(struct span s, struct parts *p)
{
    *p = (struct parts){.is_negative = take_sign(&s)};
    p->whole = take_digits(&s);
    if (s.size && *s.at == '.') {
        s = span_of(s.at + 1, s.size - 1);
        p->fraction = take_digits(&s);
    }
    if (p->whole.size + p->fraction.size == 0)
        return false;
    if (s.size && (*s.at | 0x20) == 'e') {
        bool is_negative;
        struct span digits;

        s = span_of(s.at + 1, s.size - 1);
        is_negative = take_sign(&s);
        digits = take_digits(&s);
        if (digits.size == 0)
            return false;
        for (size_t i = 0; i < digits.size && p->exponent < EXPONENT_LIMIT; i++)
            p->exponent = p->exponent * 10 + (digits.at[i] - '0');
        if (p->exponent > EXPONENT_LIMIT)
            p->exponent = EXPONENT_LIMIT;
        if (is_negative)
            p->exponent = -p->exponent;
    }
    return s.size == 0;
}

/* The digits of both halves as one sequence without leading zeros. */
static void skip_zeros(struct parts *p)
{
    while (p->whole.size && *p->whole.at == '0')
        p->whole = span_of(p->whole.at + 1, p->whole.size - 1);
    if (p->whole.size)
        return;
    while (p->fraction.size && *p->fraction.at == '0') {
        p->fraction = span_of(p->fraction.at + 1, p->fraction.size - 1);
        p->exponent--;
    }
}

static uint64_t accumulate(uint64_t x, struct span digits)
{
    for (size_t i = 0; i < digits.size; i++)
        x = x * 10 + (uint64_t)(digits.at[i] - '0');
    return x;
}

/* q * 2^exponent, with a remainder below the last bit where is_inexact; q has at least 54 bits unless it is exact.
 * The result is a normal double in all calls. */
static double round_to_double(uint128 q, bool is_inexact, int exponent)
{
    uint64_t high = (uint64_t)(q >> 64);
    int bits = high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)q);
    int shift = bits - DBL_MANT_DIG;
    uint64_t mantissa, scale_bits;
    double scale;

    if (shift > 0) {
        uint128 rest = q & (((uint128)1 << shift) - 1);
        uint128 half = (uint128)1 << (shift - 1);

        mantissa = (uint64_t)(q >> shift);
        if (rest > half || (rest == half && (is_inexact || (mantissa & 1))))
            mantissa++;
        exponent += shift;
    } else {
        mantissa = (uint64_t)q;
    }
    scale_bits = (uint64_t)(exponent + DBL_MAX_EXP - 1) << (DBL_MANT_DIG - 1);
    memcpy(&scale, &scale_bits, sizeof scale);
    return (double)mantissa * scale;
}

static const uint64_t five_to[POWERS_OF_FIVE] = {
    1u, 5u, 25u, 125u, 625u, 3125u, 15625u, 78125u, 390625u, 1953125u, 9765625u, 48828125u, 244140625u, 1220703125u,
    6103515625u, 30517578125u, 152587890625u, 762939453125u, 3814697265625u, 19073486328125u, 95367431640625u,
    476837158203125u, 2384185791015625u, 11920928955078125u, 59604644775390625u, 298023223876953125u,
    1490116119384765625u, 7450580596923828125u,
};

static const double ten_to[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* w * 10^exponent for w != 0 and |exponent| < POWERS_OF_FIVE. */
static double scale_exactly(uint64_t w, int exponent)
{
    if (w <= (uint64_t)1 << DBL_MANT_DIG && exponent >= -22 && exponent <= 22)
        return exponent < 0 ? (double)w / ten_to[-exponent] : (double)w * ten_to[exponent];
    if (exponent >= 0)
        return round_to_double((uint128)w * five_to[exponent], false, exponent);
    /* Shifted to 127 bits, w over at most 63 bits leaves a quotient of at least 64. */
    int shift = __builtin_clzll(w) + 63;
    uint128 shifted = (uint128)w << shift;
    uint64_t divisor = five_to[-exponent];

    return round_to_double(shifted / divisor, shifted % divisor != 0, exponent - shift);
}

static double parse_slowly(const struct parts *p)
{
    char text[STRTOD_DIGITS + 32];
    int n = 0;
    bool has_more = false;
    int64_t exponent = p->exponent + (int64_t)p->whole.size;
    locale_t c = newlocale(LC_ALL_MASK, "C", NULL); /* glibc hands out a static object for this name */
    double x;

    for (size_t i = 0; i < p->whole.size + p->fraction.size; i++) {
        uint8_t digit = i < p->whole.size ? p->whole.at[i] : p->fraction.at[i - p->whole.size];

        if (n < STRTOD_DIGITS)
            text[n++] = (char)digit;
        else
            has_more |= digit != '0';
    }
    exponent -= n;
    if (has_more) {
        text[n++] = '1';
        exponent--;
    }
    if (exponent > 100000)
        exponent = 100000;
    if (exponent < -100000)
        exponent = -100000;
    snprintf(text + n, sizeof text - (size_t)n, "e%d", (int)exponent);
    x = strtod_l(text, NULL, c);
    if (c)
        freelocale(c);
    return x;
}

static bool is_word(struct span s, const char *lower)
{
    size_t i = 0;

    for (; i < s.size && lower[i]; i++)
        if ((s.at[i] | 0x20) != (uint8_t)lower[i])
            return false;
    return i == s.size && lower[i] == '\0';
}

static bool parse_special(struct span s, double *out)
{
    bool is_negative = take_sign(&s);

    if (is_word(s, "nan"))
        *out = NAN;
    else if (is_word(s, "inf") || is_word(s, "infinity"))
        *out = is_negative ? -INFINITY : INFINITY;
    else
        return false;
    return true;
}

/* [+-]digits[.digits] of at most 19 digits, which is nearly every cell: one pass, no spans. False: look again. */
static bool parse_plainly(struct span s, double *out)
{
    size_t at = s.size && (*s.at == '-' || *s.at == '+'), first = at, n_fraction = 0;
    uint64_t w = 0, digit;
    double x;

    if (s.size > DIGITS_IN_U64 + 1 || at == s.size)
        return false;
    for (; at < s.size && (digit = (uint64_t)s.at[at] - '0') < 10; at++)
        w = w * 10 + digit;
    if (at < s.size) {
        size_t point = at++;

        if (s.at[point] != '.' || s.size == first + 1)
            return false;
        for (; at < s.size && (digit = (uint64_t)s.at[at] - '0') < 10; at++)
            w = w * 10 + digit;
        n_fraction = at - point - 1;
    }
    if (at < s.size || s.size - first - (n_fraction > 0) > DIGITS_IN_U64)
        return false;
    x = w ? scale_exactly(w, -(int)n_fraction) : 0;
    *out = *s.at == '-' ? -x : x;
    return true;
}

bool number_parse_double(struct span s, double *out)
{
    struct parts p;
    size_t n_digits;
    int64_t exponent;
    double x;

    if (parse_plainly(s, out))
        return true;
    if (!split(s, &p))
        return parse_special(s, out);
    n_digits = p.whole.size + p.fraction.size;
    if (n_digits > DIGITS_IN_U64) {
        skip_zeros(&p);
        n_digits = p.whole.size + p.fraction.size;
    }
    exponent = p.exponent - (int64_t)p.fraction.size;
    if (n_digits <= DIGITS_IN_U64) {
        uint64_t w = accumulate(accumulate(0, p.whole), p.fraction);

        if (w == 0)
            x = 0;
        else if (exponent > -POWERS_OF_FIVE && exponent < POWERS_OF_FIVE)
            x = scale_exactly(w, (int)exponent);
        else
            x = parse_slowly(&p);
    } else {
        x = parse_slowly(&p);
    }
    *out = p.is_negative ? -x : x;
    return true;
}

int128 decimal_power(int n)
{
    int128 x = 1;

    while (n-- > 0)
        x *= 10;
    return x;
}

/* Cuts zeros off the end of the digits. */
static void drop_trailing_zeros(struct parts *p)
{
    while (p->fraction.size && p->fraction.at[p->fraction.size - 1] == '0')
        p->fraction.size--;
    if (p->fraction.size)
        return;
    while (p->whole.size && p->whole.at[p->whole.size - 1] == '0') {
        p->whole.size--;
        p->exponent++;
    }
}

bool number_parse_decimal(struct span s, int128 *mantissa, int32_t *scale)
{
    struct parts p;
    int128 m = 0;
    int64_t exponent;

    if (!split(s, &p))
        return false;
    skip_zeros(&p);
    if (p.whole.size + p.fraction.size > DECIMAL_DIGITS)
        drop_trailing_zeros(&p);
    if (p.whole.size + p.fraction.size > DECIMAL_DIGITS)
        return false;
    for (size_t i = 0; i < p.whole.size; i++)
        m = m * 10 + (p.whole.at[i] - '0');
    for (size_t i = 0; i < p.fraction.size; i++)
        m = m * 10 + (p.fraction.at[i] - '0');
    exponent = p.exponent - (int64_t)p.fraction.size;
    if (m == 0 && (exponent > 0 || exponent < -DECIMAL_DIGITS))
        exponent = 0;
    if (exponent >= EXPONENT_LIMIT || exponent <= -EXPONENT_LIMIT)
        return false;
    *mantissa = p.is_negative ? -m : m;
    *scale = (int32_t)-exponent;
    return true;
}

bool decimal_rescale(int128 mantissa, int32_t from, int32_t to, int128 *out)
{
    int64_t steps = (int64_t)to - from;
    int128 limit = decimal_power(DECIMAL_DIGITS);

    if (mantissa == 0) {
        *out = 0;
        return true;
    }
    if (steps > DECIMAL_DIGITS || steps < -DECIMAL_DIGITS)
        return false;
    if (steps < 0) {
        int128 divisor = decimal_power((int)-steps);

        if (mantissa % divisor != 0)
            return false;
        mantissa /= divisor;
    } else if (__builtin_mul_overflow(mantissa, decimal_power((int)steps), &mantissa)) {
        return false;
    }
    if (mantissa >= limit || mantissa <= -limit)
        return false;
    *out = mantissa;
    return true;
}

/* Digits without a point, value = 0.d1d2... * 10^point. */
struct digits {
    char at[24];
    int n;
    int point;
};

/* The `precision` digits nearest to x > 0. The radix character depends on the locale: whatever stands between the first
 * digit and the next is skipped. */
static void round_to_digits(double x, int precision, struct digits *d)
{
    char text[64];
    const char *c = text;
    int exponent = 0;
    bool is_negative;

    snprintf(text, sizeof text, "%.*e", precision - 1, x);
    d->n = 0;
    for (; *c != 'e'; c++)
        if (is_digit((uint8_t)*c))
            d->at[d->n++] = *c;
    is_negative = c[1] == '-';
    for (c += 2; *c; c++)
        exponent = exponent * 10 + (*c - '0');
    d->point = (is_negative ? -exponent : exponent) + 1;
    while (d->n > 1 && d->at[d->n - 1] == '0')
        d->n--;
}

static bool reads_back(const struct digits *d, double x)
{
    struct parts p = {.whole = span_of(d->at, (size_t)d->n), .exponent = d->point - d->n};
    uint64_t w = accumulate(0, p.whole);

    if (p.exponent > -POWERS_OF_FIVE && p.exponent < POWERS_OF_FIVE)
        return scale_exactly(w, (int)p.exponent) == x;
    return parse_slowly(&p) == x;
}

/* Adds one to the last digit. */
static void step_up(struct digits *d)
{
    int i = d->n - 1;

    while (i > 0 && d->at[i] == '9')
        d->at[i--] = '0';
    if (d->at[i] == '9') {
        d->at[i] = '1';
        d->point++;
    } else {
        d->at[i]++;
    }
    while (d->n > 1 && d->at[d->n - 1] == '0')
        d->n--;
}

static void shortest_digits(double x, struct digits *d)
{
    /* Below the normal range fewer than 15 digits may be all there is. */
    for (int precision = x < DBL_MIN ? 1 : 15; precision <= 16; precision++) {
        round_to_digits(x, precision, d);
        if (reads_back(d, x))
            return;
        /* Above a power of two doubles lie twice as far apart as below it: the nearest decimal may miss on the narrow
         * side where the next one up, farther away, still hits. */
        if (precision == 16 && d->n == 16) {
            step_up(d);
            if (reads_back(d, x))
                return;
        }
    }
    round_to_digits(x, 17, d);
}

size_t number_print_double(double x, char out[NUMBER_TEXT_SIZE])
{
    struct digits d;
    int n = 0;

    if (isnan(x))
        return (size_t)snprintf(out, NUMBER_TEXT_SIZE, "NaN");
    if (isinf(x))
        return (size_t)snprintf(out, NUMBER_TEXT_SIZE, "%s", x < 0 ? "-Infinity" : "Infinity");
    if (fabs(x) < 9007199254740992.0 && x == (double)(int64_t)x && !(x == 0 && signbit(x)))
        return number_print_i64((int64_t)x, out);
    if (x == 0)
        return (size_t)snprintf(out, NUMBER_TEXT_SIZE, "-0");
    shortest_digits(fabs(x), &d);
    if (x < 0)
        out[n++] = '-';
    if (d.point > 21 || d.point < -5) { /* where JavaScript and JSON writers change over to an exponent */
        n += snprintf(out + n, NUMBER_TEXT_SIZE - (size_t)n, d.n > 1 ? "%.1s.%.*se%+d" : "%.1s%.*se%+d", d.at, d.n - 1,
                      d.at + 1, d.point - 1);
    } else if (d.point <= 0) {
        n += snprintf(out + n, NUMBER_TEXT_SIZE - (size_t)n, "0.%.*s%.*s", -d.point, "00000", d.n, d.at);
    } else if (d.point < d.n) {
        n += snprintf(out + n, NUMBER_TEXT_SIZE - (size_t)n, "%.*s.%.*s", d.point, d.at, d.n - d.point, d.at + d.point);
    } else {
        n += snprintf(out + n, NUMBER_TEXT_SIZE - (size_t)n, "%.*s%.*s", d.n, d.at, d.point - d.n,
                      "00000000000000000000");
    }
    return (size_t)n;
}

/* The digits of x, least significant first. */
static int digits_backwards(uint128 x, char out[40])
{
    int n = 0;

    do
        out[n++] = (char)('0' + (int)(x % 10));
    while (x /= 10);
    return n;
}

static size_t print_u64(uint64_t x, bool is_negative, char out[NUMBER_TEXT_SIZE])
{
    char backwards[20];
    int n = 0;
    size_t at = 0;

    do
        backwards[n++] = (char)('0' + (int)(x % 10));
    while (x /= 10);
    if (is_negative)
        out[at++] = '-';
    while (n)
        out[at++] = backwards[--n];
    out[at] = '\0';
    return at;
}

size_t number_print_i64(int64_t x, char out[NUMBER_TEXT_SIZE])
{
    return print_u64(x < 0 ? 0 - (uint64_t)x : (uint64_t)x, x < 0, out);
}

size_t number_print_u64(uint64_t x, char out[NUMBER_TEXT_SIZE])
{
    return print_u64(x, false, out);
}

size_t number_print_decimal(int128 mantissa, int32_t scale, char out[NUMBER_TEXT_SIZE * 2])
{
    enum { PLAIN_DIGITS = 120 }; /* with sign, point and NUL that fills `out` */
    char backwards[40];
    int n = digits_backwards(mantissa < 0 ? 0 - (uint128)mantissa : (uint128)mantissa, backwards);
    int64_t leading = scale >= n ? (int64_t)scale - n + 1 : 0;
    int64_t trailing = scale < 0 && mantissa != 0 ? -(int64_t)scale : 0;
    size_t at = 0;

    if (mantissa < 0)
        out[at++] = '-';
    if (leading + n + trailing > PLAIN_DIGITS) { /* only a literal like 1e300 comes here */
        while (n)
            out[at++] = backwards[--n];
        return at + (size_t)snprintf(out + at, NUMBER_TEXT_SIZE * 2 - at, "e%+d", -scale);
    }
    for (int64_t left = leading + n + trailing; left > 0; left--) {
        if (scale > 0 && left == scale)
            out[at++] = '.';
        if (left > n + trailing || left <= trailing)
            out[at++] = '0';
        else
            out[at++] = backwards[left - trailing - 1];
    }
    out[at] = '\0';
    return at;
}
