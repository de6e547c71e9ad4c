/* core/tolerance.c -- how many unexpected values are accepted, decided in integers.
 *
 * No product overflows: counts are below 2^63, mantissas of shares at most 10^18, and 2^63 * 10^18 < 2^123.
 */
#include "core/field.h"
#include "core/field_parts.h"
#include "core/number.h"

enum { SCALE_MAX = 18 };

bool tolerance_holds(const struct tolerance *t, int64_t considered, int64_t unexpected)
{
    int128 power = decimal_power(t->scale);

    switch (t->kind) {
    case TOLERANCE_MOSTLY:
        return (considered - unexpected) * power >= (int128)t->mantissa * considered;
    case TOLERANCE_COUNT:
        return unexpected <= t->mantissa;
    case TOLERANCE_SHARE:
        return unexpected * power <= (int128)t->mantissa * considered;
    case TOLERANCE_NONE:
        break;
    }
    return unexpected == 0;
}

/* The number before the suffix, divided by 10^shift. */
static bool read_share(struct span s, int32_t shift, struct tolerance *t)
{
    int128 mantissa;
    int32_t scale;

    if (!number_parse_decimal(s, &mantissa, &scale) || mantissa < 0)
        return false;
    if (__builtin_add_overflow(scale, shift, &scale))
        return false;
    while (mantissa != 0 && mantissa % 10 == 0) {
        mantissa /= 10;
        scale--;
    }
    if (mantissa == 0)
        scale = 0;
    if (scale < 0 || scale > SCALE_MAX || mantissa > decimal_power(scale)) /* no more than 1 */
        return false;
    t->mantissa = (int64_t)mantissa;
    t->scale = scale;
    return true;
}

/* 0.1% or 20ppm, blanks before the unit allowed. */
static bool read_with_unit(struct span s, const char *unit, int32_t shift, struct tolerance *t)
{
    size_t n = strlen(unit);

    if (s.size <= n || memcmp(s.at + s.size - n, unit, n) != 0)
        return false;
    s.size -= n;
    while (s.size && s.at[s.size - 1] == ' ')
        s.size--;
    return read_share(s, shift, t);
}

bool tolerance_parse_mostly(const struct literal *l, struct tolerance *t)
{
    *t = (struct tolerance){.kind = TOLERANCE_MOSTLY, .literal = *l};
    return read_with_unit(l->text, "%", 2, t) || read_share(l->text, 0, t);
}

bool tolerance_parse_max_count(const struct literal *l, struct tolerance *t)
{
    int128 mantissa, whole;
    int32_t scale;

    *t = (struct tolerance){.kind = TOLERANCE_SHARE, .literal = *l};
    if (read_with_unit(l->text, "%", 2, t) || read_with_unit(l->text, "ppm", 6, t))
        return true;
    t->kind = TOLERANCE_COUNT;
    t->scale = 0;
    if (!number_parse_decimal(l->text, &mantissa, &scale) || !decimal_rescale(mantissa, scale, 0, &whole) || whole < 0 ||
        whole > INT64_MAX)
        return false;
    t->mantissa = (int64_t)whole;
    return true;
}
