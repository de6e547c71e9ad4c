/* core/clock.c -- the calendar, and ISO 8601 in and out.
 *
 * Days and civil dates by counting from 1 March of year 0 in eras of 400 years (146,097 days): leap days then end a
 * year, and months of 30 and 31 days follow (153 m + 2) / 5. After Howard Hinnant, "chrono-compatible low-level date
 * algorithms".
 */
#include "core/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum { DAY_SECONDS = 86400, NANOS = 1000000000 };

int64_t clock_units_per_second(enum time_unit unit)
{
    static const int64_t units[] = {1, 1000, 1000000, NANOS};

    return units[unit];
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

int64_t clock_days(int64_t year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

void clock_civil(int64_t days, int64_t *year, int *month, int *day)
{
    /* Shifted within the era, so that days near the ends of int64 do not overflow. */
    int64_t era = floor_div(days, 146097);
    int64_t day_of_era = days - era * 146097 + 719468 % 146097;
    int64_t year_of_era, day_of_year, shifted_month;

    era += 719468 / 146097;
    if (day_of_era >= 146097) {
        day_of_era -= 146097;
        era++;
    }
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

/* Exactly n digits. */
static bool take_number(struct span *s, size_t n, int *out)
{
    struct span digits;
    int x = 0;

    if (!span_take(s, n, &digits))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (digits.at[i] < '0' || digits.at[i] > '9')
            return false;
        x = x * 10 + (digits.at[i] - '0');
    }
    *out = x;
    return true;
}

static bool take_byte(struct span *s, uint8_t byte)
{
    struct span one;

    return s->size && *s->at == byte && span_take(s, 1, &one);
}

static bool take_date(struct span *s, int64_t *days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day, length;

    if (!take_number(s, 4, &year) || !take_byte(s, '-') || !take_number(s, 2, &month) || !take_byte(s, '-') ||
        !take_number(s, 2, &day) || month < 1 || month > 12)
        return false;
    length = lengths[month - 1] + (month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)));
    *days = clock_days(year, month, day);
    return day >= 1 && day <= length;
}

/* Up to nine digits; more only if they are zeros, for they could not be kept. */
static bool take_fraction(struct span *s, int64_t *nanos)
{
    int64_t unit = NANOS / 10;
    size_t n = 0;

    *nanos = 0;
    while (s->size && *s->at >= '0' && *s->at <= '9') {
        int digit = *s->at - '0';

        if (unit == 0 && digit != 0)
            return false;
        *nanos += digit * unit;
        unit /= 10;
        *s = span_of(s->at + 1, s->size - 1);
        n++;
    }
    return n > 0;
}

static bool take_time(struct span *s, int64_t *nanos)
{
    int hour, minute, second = 0;
    int64_t fraction = 0;

    if (!take_number(s, 2, &hour) || !take_byte(s, ':') || !take_number(s, 2, &minute))
        return false;
    if (take_byte(s, ':')) {
        if (!take_number(s, 2, &second))
            return false;
        if (take_byte(s, '.') && !take_fraction(s, &fraction))
            return false;
    }
    *nanos = (hour * 3600 + minute * 60 + second) * (int64_t)NANOS + fraction;
    return hour < 24 && minute < 60 && second < 60;
}

/* +01:00, +0100, +01; the sign decides. */
static bool take_offset(struct span *s, int32_t *seconds)
{
    bool is_west = s->size && *s->at == '-';
    int hours, minutes = 0;

    if (!take_byte(s, '+') && !take_byte(s, '-'))
        return false;
    if (!take_number(s, 2, &hours))
        return false;
    if (s->size && (take_byte(s, ':') || *s->at != ':') && !take_number(s, 2, &minutes))
        return false;
    *seconds = (is_west ? -1 : 1) * (hours * 3600 + minutes * 60);
    return hours < 24 && minutes < 60;
}

bool clock_parse_date(struct span s, int64_t *days)
{
    return take_date(&s, days) && s.size == 0;
}

bool clock_parse_time(struct span s, int64_t *nanos)
{
    return take_time(&s, nanos) && s.size == 0;
}

bool clock_parse_timestamp(struct span s, int64_t *seconds, int32_t *nanos, bool *has_zone)
{
    int64_t days, time;
    int32_t offset = 0;

    if (!take_date(&s, &days) || !(take_byte(&s, 'T') || take_byte(&s, ' ')) || !take_time(&s, &time))
        return false;
    *has_zone = s.size > 0;
    if (*has_zone && !take_byte(&s, 'Z') && !take_offset(&s, &offset))
        return false;
    *seconds = days * DAY_SECONDS + time / NANOS - offset;
    *nanos = (int32_t)(time % NANOS);
    return s.size == 0;
}

bool clock_convert(int64_t x, enum time_unit from, enum time_unit to, int64_t *out)
{
    int64_t a = clock_units_per_second(from), b = clock_units_per_second(to);

    if (b >= a)
        return !__builtin_mul_overflow(x, b / a, out);
    *out = floor_div(x, a / b);
    return true;
}

int64_t clock_now_nanos(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * NANOS + t.tv_nsec;
}

static double seconds_of(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / NANOS;
}

int64_t clock_monotonic_nanos(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return 1;
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec + 1;
}

double clock_monotonic_seconds(void) { return seconds_of(CLOCK_MONOTONIC); }
double clock_cpu_seconds(void) { return seconds_of(CLOCK_PROCESS_CPUTIME_ID); }
double clock_thread_cpu_seconds(void) { return seconds_of(CLOCK_THREAD_CPUTIME_ID); }

size_t clock_print_date(int64_t days, char out[CLOCK_TEXT_SIZE])
{
    int64_t year;
    int month, day;

    clock_civil(days, &year, &month, &day);
    /* ISO 8601: a year of other than four digits carries its sign. */
    if (year < 0 || year > 9999)
        return (size_t)snprintf(out, CLOCK_TEXT_SIZE, "%+05" PRId64 "-%02d-%02d", year, month, day);
    return (size_t)snprintf(out, CLOCK_TEXT_SIZE, "%04" PRId64 "-%02d-%02d", year, month, day);
}

/* x in units since midnight. */
size_t clock_print_time(int64_t x, enum time_unit unit, char out[CLOCK_TEXT_SIZE])
{
    int64_t per_second = clock_units_per_second(unit);
    int64_t seconds = floor_div(x, per_second);
    int64_t fraction = x - seconds * per_second;
    int digits = 3 * (int)unit;
    size_t n = (size_t)snprintf(out, CLOCK_TEXT_SIZE, "%02" PRId64 ":%02d:%02d", seconds / 3600,
                                (int)(seconds / 60 % 60), (int)(seconds % 60));

    while (digits > 0 && fraction % 10 == 0) {
        fraction /= 10;
        digits--;
    }
    if (digits > 0)
        n += (size_t)snprintf(out + n, CLOCK_TEXT_SIZE - n, ".%0*" PRId64, digits, fraction);
    return n;
}

size_t clock_print_timestamp(int64_t x, enum time_unit unit, bool is_utc, char out[CLOCK_TEXT_SIZE])
{
    int64_t per_day = DAY_SECONDS * clock_units_per_second(unit);
    int64_t days = floor_div(x, per_day);
    int64_t rest = (int64_t)((uint64_t)x - (uint64_t)days * (uint64_t)per_day); /* the product may pass INT64_MIN */
    char time[CLOCK_TEXT_SIZE];
    size_t n = clock_print_date(days, out);

    clock_print_time(rest, unit, time);
    return n + (size_t)snprintf(out + n, CLOCK_TEXT_SIZE - n, "T%.20s%s", time, is_utc ? "Z" : "");
}

size_t clock_print_duration(int64_t seconds, char out[CLOCK_TEXT_SIZE])
{
    static const struct {
        int64_t seconds;
        char name;
    } units[] = {{DAY_SECONDS, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    uint64_t rest = seconds < 0 ? 0 - (uint64_t)seconds : (uint64_t)seconds;
    size_t n = 0, first = 4;

    if (seconds == 0)
        return (size_t)snprintf(out, CLOCK_TEXT_SIZE, "0s");
    for (size_t i = 0; i < 4 && i <= first + 1; i++) {
        uint64_t unit = (uint64_t)units[i].seconds, count = rest / unit;

        rest %= unit;
        if (count == 0)
            continue;
        n += (size_t)snprintf(out + n, CLOCK_TEXT_SIZE - n, "%s%" PRIu64 "%c",
                              n ? " " : seconds < 0 ? "-" : "", count, units[i].name);
        if (first == 4)
            first = i;
    }
    return n;
}
