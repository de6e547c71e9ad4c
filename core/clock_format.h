/* core/clock_format.h -- dates and times in a written format: the words of strptime that name one thing, locale-independent.
 *
 * %Y four digits, %y two (69..99: 19xx, else 20xx), %m %d %H %I %M %S one or two digits, %p AM or PM, %b %B an English month in any
 * case, %f one to nine digits of a second, %j day of the year, %z Z, +01:00, +0100 or +01, %F = %Y-%m-%d, %T = %H:%M:%S, %%.
 * Every other byte stands for itself. `%-d` is `%d`.
 */
#ifndef CORE_CLOCK_FORMAT_H
#define CORE_CLOCK_FORMAT_H

#include "core/span.h"

struct clock_parsed {
    bool has_date, has_time, has_zone;
    int64_t days;        /* since 1970-01-01; with has_date */
    int64_t day_nanos;   /* since midnight; 0 without has_time */
    int32_t zone_seconds; /* east of UTC */
    int fraction_digits;
};

/* NULL: the format is good; else what is wrong with it, static text. */
const char *clock_format_wrong(const char *format);
/* What the format says, whether or not a text follows it. */
void clock_format_parts(const char *format, bool *has_date, bool *has_time);
/* The whole text or false. The format is a good one. */
bool clock_parse_format(struct span text, const char *format, struct clock_parsed *out);

#endif
