/* core/clock_duration.c -- durations and sizes as people write them.
 *
 * Both are a decimal number and a unit. Numbers are taken as a whole and nine digits of fraction, in integers, so that 0.1h
 * is 360 seconds exactly.
 */
#include "core/clock.h"

#include <string.h>

enum { NANOS_PER_SECOND = 1000000000 };

struct unit {
    const char *name; /* without the plural's s */
    int64_t size;     /* nanoseconds; bytes */
};

static const struct unit duration_units[] = {
    {"ns", 1},
    {"nanosecond", 1},
    {"us", 1000},
    {"microsecond", 1000},
    {"ms", 1000000},
    {"millisecond", 1000000},
    {"s", NANOS_PER_SECOND},
    {"sec", NANOS_PER_SECOND},
    {"second", NANOS_PER_SECOND},
    {"m", 60 * (int64_t)NANOS_PER_SECOND},
    {"min", 60 * (int64_t)NANOS_PER_SECOND},
    {"minute", 60 * (int64_t)NANOS_PER_SECOND},
    {"h", 3600 * (int64_t)NANOS_PER_SECOND},
    {"hr", 3600 * (int64_t)NANOS_PER_SECOND},
    {"hour", 3600 * (int64_t)NANOS_PER_SECOND},
    {"d", 86400 * (int64_t)NANOS_PER_SECOND},
    {"day", 86400 * (int64_t)NANOS_PER_SECOND},
    {"w", 7 * 86400 * (int64_t)NANOS_PER_SECOND},
    {"week", 7 * 86400 * (int64_t)NANOS_PER_SECOND},
    {NULL, 0},
};

static const struct unit iso_units[] = {
    {"W", 7 * 86400 * (int64_t)NANOS_PER_SECOND}, {"D", 86400 * (int64_t)NANOS_PER_SECOND},
    {"H", 3600 * (int64_t)NANOS_PER_SECOND},      {"M", 60 * (int64_t)NANOS_PER_SECOND},
    {"S", NANOS_PER_SECOND},                      {NULL, 0},
};

static const struct unit size_units[] = {
    {"b", 1},
    {"byte", 1},
    {"kb", 1000},
    {"mb", 1000000},
    {"gb", 1000000000},
    {"tb", 1000000000000},
    {"pb", 1000000000000000},
    {"kib", (int64_t)1 << 10},
    {"mib", (int64_t)1 << 20},
    {"gib", (int64_t)1 << 30},
    {"tib", (int64_t)1 << 40},
    {"pib", (int64_t)1 << 50},
    {NULL, 0},
};

static struct span rest_of(struct span s, size_t n) { return span_of(s.at + n, s.size - n); }
static bool is_letter(uint8_t c) { return (uint8_t)((c | 0x20) - 'a') < 26; }

static struct span skip_blanks(struct span s)
{
    while (s.size && *s.at == ' ')
        s = rest_of(s, 1);
    return s;
}

/* 12 or 1.5, as a whole and billionths. */
static bool take_quantity(struct span *s, int64_t *whole, int64_t *billionths)
{
    int64_t unit = 100000000;
    size_t n = 0;

    *whole = *billionths = 0;
    for (; s->size && *s->at >= '0' && *s->at <= '9'; *s = rest_of(*s, 1), n++)
        if (__builtin_mul_overflow(*whole, 10, whole) || __builtin_add_overflow(*whole, *s->at - '0', whole))
            return false;
    if (n == 0 || s->size == 0 || *s->at != '.')
        return n > 0;
    *s = rest_of(*s, 1);
    for (n = 0; s->size && *s->at >= '0' && *s->at <= '9'; *s = rest_of(*s, 1), n++) {
        if (unit == 0 && *s->at != '0')
            return false;
        *billionths += (*s->at - '0') * unit;
        unit /= 10;
    }
    return n > 0;
}

static struct span take_word(struct span *s)
{
    struct span word = {s->at, 0};

    while (word.size < s->size && is_letter(s->at[word.size]))
        word.size++;
    *s = rest_of(*s, word.size);
    return word;
}

/* Any case, but a single capital is no unit: M is months to some and minutes to others. */
static const struct unit *unit_find(const struct unit *units, struct span word)
{
    if (word.size == 1 && *word.at < 'a' && units == duration_units)
        return NULL;
    for (; units->name; units++) {
        size_t n = strlen(units->name), i = 0;

        while (i < n && i < word.size && (word.at[i] | 0x20) == (units->name[i] | 0x20))
            i++;
        if (i == n && (word.size == n || (n > 2 && word.size == n + 1 && (word.at[n] | 0x20) == 's')))
            return units;
    }
    return NULL;
}

/* quantity * unit, exactly; false where less than a unit of the result would be lost. */
static bool multiply(int64_t whole, int64_t billionths, int64_t unit, int128 *out)
{
    int128 part = (int128)billionths * unit;

    if (part % 1000000000 != 0)
        return false;
    *out = (int128)whole * unit + part / 1000000000;
    return true;
}

/* After the P: dates before the T, times after it; no years or months. */
static bool parse_iso(struct span s, int128 *nanos)
{
    bool in_time = false, has_part = false;

    *nanos = 0;
    while (s.size) {
        int64_t whole, billionths;
        const struct unit *unit;
        int128 part;

        if (*s.at == 'T' && !in_time) {
            in_time = true;
            has_part = false;
            s = rest_of(s, 1);
            continue;
        }
        if (!take_quantity(&s, &whole, &billionths) || s.size == 0 || *s.at < 'A' || *s.at > 'Z')
            return false;
        unit = unit_find(iso_units, span_of(s.at, 1));
        if (!unit || in_time != (unit->size < 86400 * (int64_t)NANOS_PER_SECOND) ||
            !multiply(whole, billionths, unit->size, &part))
            return false;
        *nanos += part;
        has_part = true;
        s = rest_of(s, 1);
    }
    return has_part;
}

/* 90s, 24 hours, 1h 30m. */
static bool parse_units(struct span s, int128 *nanos)
{
    bool has_part = false;

    *nanos = 0;
    while (s.size) {
        int64_t whole, billionths;
        const struct unit *unit;
        int128 part;

        if (!take_quantity(&s, &whole, &billionths))
            return false;
        s = skip_blanks(s);
        unit = unit_find(duration_units, take_word(&s));
        if (!unit || !multiply(whole, billionths, unit->size, &part))
            return false;
        *nanos += part;
        has_part = true;
        if (s.size && skip_blanks(s).size == 0)
            return false;
        s = skip_blanks(s);
    }
    return has_part;
}

bool clock_parse_duration(struct span s, int64_t *seconds, int32_t *nanos)
{
    bool is_negative = s.size && *s.at == '-';
    int128 total, rest;

    if (is_negative)
        s = rest_of(s, 1);
    if (s.size && *s.at == 'P' ? !parse_iso(rest_of(s, 1), &total) : !parse_units(s, &total))
        return false;
    if (is_negative)
        total = -total;
    rest = total % NANOS_PER_SECOND;
    if (rest < 0)
        rest += NANOS_PER_SECOND;
    total = (total - rest) / NANOS_PER_SECOND;
    if (total > INT64_MAX || total < INT64_MIN)
        return false;
    *seconds = (int64_t)total;
    *nanos = (int32_t)rest;
    return true;
}

bool clock_parse_size(struct span s, uint64_t *bytes)
{
    const struct unit *unit = &size_units[0];
    int64_t whole, billionths;
    int128 total;

    if (!take_quantity(&s, &whole, &billionths))
        return false;
    if (s.size) {
        s = skip_blanks(s);
        unit = unit_find(size_units, take_word(&s));
    }
    if (!unit || s.size || !multiply(whole, billionths, unit->size, &total) || total > INT64_MAX)
        return false;
    *bytes = (uint64_t)total;
    return true;
}
