/* core/clock_format.c -- see clock_format.h. */
#include "core/clock_format.h"

#include "core/clock.h"

/* Parts of a time as they are read, before they are put together. -1: not said. */
struct parts {
    int64_t year, month, day, day_of_year, hour, hour_12, minute, second, nanos;
    int is_afternoon; /* -1: not said */
    bool has_zone;
    int32_t zone_seconds;
    int fraction_digits;
};

static bool take_number(struct span *s, size_t max_digits, int64_t *out)
{
    size_t n = 0;

    *out = 0;
    for (; n < max_digits && n < s->size && s->at[n] >= '0' && s->at[n] <= '9'; n++)
        *out = *out * 10 + (s->at[n] - '0');
    *s = span_of(s->at + n, s->size - n);
    return n > 0;
}

static bool take_digits(struct span *s, size_t n, int64_t *out)
{
    size_t before = s->size;

    return take_number(s, n, out) && before - s->size == n;
}

static bool take_byte(struct span *s, uint8_t c)
{
    if (s->size == 0 || s->at[0] != c)
        return false;
    *s = span_of(s->at + 1, s->size - 1);
    return true;
}

/* A word in any case. */
static bool take_word(struct span *s, const char *word)
{
    size_t n = strlen(word);

    if (s->size < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((s->at[i] | 0x20) != (word[i] | 0x20))
            return false;
    *s = span_of(s->at + n, s->size - n);
    return true;
}

static bool take_month(struct span *s, int64_t *month)
{
    static const char *const names[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September",
                                        "October", "November", "December"};
    for (int i = 0; i < 12; i++) {
        char short_name[4] = {names[i][0], names[i][1], names[i][2], 0};
        if (take_word(s, names[i]) || take_word(s, short_name)) {
            *month = i + 1;
            return true;
        }
    }
    return false;
}

static bool take_fraction(struct span *s, struct parts *p)
{
    size_t before = s->size;
    int64_t scale = 1;

    if (!take_number(s, 9, &p->nanos))
        return false;
    p->fraction_digits = (int)(before - s->size);
    for (int i = p->fraction_digits; i < 9; i++)
        scale *= 10;
    p->nanos *= scale;
    return true;
}

static bool take_zone(struct span *s, struct parts *p)
{
    bool is_west = s->size && s->at[0] == '-';
    int64_t hours, minutes = 0;

    p->has_zone = true;
    if (take_byte(s, 'Z') || take_byte(s, 'z'))
        return true;
    if (!take_byte(s, '+') && !take_byte(s, '-'))
        return false;
    if (!take_digits(s, 2, &hours) || hours > 23)
        return false;
    if ((take_byte(s, ':') || (s->size && s->at[0] >= '0' && s->at[0] <= '9')) && (!take_digits(s, 2, &minutes) || minutes > 59))
        return false;
    p->zone_seconds = (int32_t)((is_west ? -1 : 1) * (hours * 3600 + minutes * 60));
    return true;
}

static bool take_two_digit_year(struct span *s, int64_t *year)
{
    if (!take_digits(s, 2, year))
        return false;
    *year += *year >= 69 ? 1900 : 2000;
    return true;
}

static bool take_half(struct span *s, int *is_afternoon)
{
    *is_afternoon = take_word(s, "PM");
    return *is_afternoon || take_word(s, "AM");
}

static const char *expand(char c) { return c == 'F' ? "%Y-%m-%d" : c == 'T' ? "%H:%M:%S" : NULL; }

static bool take_format(struct span *s, const char *format, struct parts *p);

/* One directive, after its '%'. */
static bool take_directive(struct span *s, char c, struct parts *p)
{
    switch (c) {
    case 'Y': return take_digits(s, 4, &p->year);
    case 'y': return take_two_digit_year(s, &p->year);
    case 'm': return take_number(s, 2, &p->month);
    case 'd': return take_number(s, 2, &p->day);
    case 'b': case 'B': return take_month(s, &p->month);
    case 'j': return take_number(s, 3, &p->day_of_year);
    case 'H': return take_number(s, 2, &p->hour);
    case 'I': return take_number(s, 2, &p->hour_12);
    case 'p': return take_half(s, &p->is_afternoon);
    case 'M': return take_number(s, 2, &p->minute);
    case 'S': return take_number(s, 2, &p->second);
    case 'f': return take_fraction(s, p);
    case 'z': return take_zone(s, p);
    case '%': return take_byte(s, '%');
    default: return expand(c) && take_format(s, expand(c), p);
    }
}

static bool take_format(struct span *s, const char *format, struct parts *p)
{
    for (; *format; format++) {
        if (*format != '%') {
            if (!take_byte(s, (uint8_t)*format))
                return false;
            continue;
        }
        format += format[1] == '-' ? 2 : 1;
        if (!take_directive(s, *format, p))
            return false;
    }
    return true;
}

static int days_of_month(int64_t year, int64_t month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && is_leap ? 29 : days[month - 1];
}

static bool put_date(const struct parts *p, struct clock_parsed *out)
{
    out->has_date = p->year >= 0;
    if (!out->has_date)
        return true;
    if (p->day_of_year >= 0) {
        bool is_leap = days_of_month(p->year, 2) == 29;
        out->days = clock_days(p->year, 1, 1) + p->day_of_year - 1;
        return p->day_of_year >= 1 && p->day_of_year <= (is_leap ? 366 : 365);
    }
    if (p->month < 1 || p->month > 12 || p->day < 1 || p->day > days_of_month(p->year, p->month))
        return false;
    out->days = clock_days(p->year, (int)p->month, (int)p->day);
    return true;
}

static bool put_time(const struct parts *p, struct clock_parsed *out)
{
    int64_t hour = p->hour, minute = p->minute < 0 ? 0 : p->minute, second = p->second < 0 ? 0 : p->second;

    if (p->hour_12 >= 0) {
        if (p->hour_12 < 1 || p->hour_12 > 12 || p->is_afternoon < 0)
            return false;
        hour = p->hour_12 % 12 + (p->is_afternoon ? 12 : 0);
    }
    out->has_time = hour >= 0;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    out->day_nanos = out->has_time ? ((hour * 60 + minute) * 60 + second) * 1000000000 + p->nanos : 0;
    return true;
}

bool clock_parse_format(struct span text, const char *format, struct clock_parsed *out)
{
    struct parts p = {-1, -1, -1, -1, -1, -1, -1, -1, 0, .is_afternoon = -1};

    *out = (struct clock_parsed){0};
    if (!take_format(&text, format, &p) || text.size || !put_date(&p, out) || !put_time(&p, out))
        return false;
    out->has_zone = p.has_zone;
    out->zone_seconds = p.zone_seconds;
    out->fraction_digits = p.fraction_digits;
    return true;
}

/* Does the format hold one of these directives? */
static bool has_directive(const char *format, const char *letters)
{
    for (; *format; format++) {
        if (*format != '%')
            continue;
        format += format[1] == '-' ? 2 : 1;
        if (strchr(letters, *format))
            return true;
    }
    return false;
}

void clock_format_parts(const char *format, bool *has_date, bool *has_time)
{
    *has_date = has_directive(format, "YyF");
    *has_time = has_directive(format, "HIT");
}

const char *clock_format_wrong(const char *format)
{
    bool has_date, has_time;

    for (const char *c = format; *c; c++) {
        if (*c != '%')
            continue;
        c += c[1] == '-' ? 2 : 1;
        if (*c == '\0' || !strchr("YymdbBjHIpMSfzFT%", *c))
            return "it has a directive that is not known; %Y %y %m %d %b %B %j %H %I %p %M %S %f %z %F %T and %% are";
    }
    clock_format_parts(format, &has_date, &has_time);
    if (!has_date && !has_time)
        return "it names neither a year nor an hour";
    if (has_date && !has_directive(format, "jF") && !(has_directive(format, "mbB") && has_directive(format, "d")))
        return "it names a year without a month and a day";
    if (has_directive(format, "I") != has_directive(format, "p"))
        return "%I and %p go together";
    return NULL;
}
