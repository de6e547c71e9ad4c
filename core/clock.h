/* core/clock.h -- dates, times and durations; proleptic Gregorian, no leap seconds.
 *
 * Text forms are ISO 8601: 2024-12-10, 10:30, 10:30:00.123456789, 2024-12-10T10:30:00Z, a blank instead of T,
 * offsets +01:00, +0100, +01. Nothing else is guessed.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include "core/value.h"

int64_t clock_units_per_second(enum time_unit unit); /* 1, 10^3, 10^6, 10^9 */
int64_t clock_days(int64_t year, int month, int day);                       /* since 1970-01-01 */
void clock_civil(int64_t days, int64_t *year, int *month, int *day);

/* Whole span or false. `fraction_digits` (may be NULL) tells how many were written. */
bool clock_parse_date(struct span s, int64_t *days);
bool clock_parse_time(struct span s, int64_t *nanos);
/* seconds since the epoch + nanos in [0, 10^9); *has_zone: an offset or Z was written (then the seconds are UTC);
 * without one they are wall-clock seconds. A date alone is not a timestamp. */
bool clock_parse_timestamp(struct span s, int64_t *seconds, int32_t *nanos, bool *has_zone);
/* 90s 15m 24h 7d 2w 500ms, '24 hours' (any unit word, singular or plural), PT24H P1DT12H (no months or years);
 * a leading - is allowed. */
bool clock_parse_duration(struct span s, int64_t *seconds, int32_t *nanos);
/* 512, 512B, 512KB (10^3), 1MiB (2^20), 1.5GB. */
bool clock_parse_size(struct span s, uint64_t *bytes);

/* Converts between units; false on overflow; to a coarser unit rounds down. */
bool clock_convert(int64_t x, enum time_unit from, enum time_unit to, int64_t *out);

/* A suite's time zone: "UTC", "+01:00", or an IANA name read from the system's zoneinfo (TZif v2+, RFC 8536). */
struct time_zone {
    char name[64];
    int32_t fixed_offset; /* seconds, when transitions is NULL */
    int32_t n_transitions;
    int64_t *transitions; /* UTC seconds, ascending */
    int32_t *offsets;     /* n_transitions + 1 entries: before the first, then after each */
};
enum status time_zone_find(struct arena *arena, const char *name, struct time_zone *out, struct error *err) NODISCARD;
/* Seconds east of UTC for an instant; for a wall-clock time (the earlier of two when ambiguous). */
int32_t time_zone_offset_at(const struct time_zone *zone, int64_t utc_seconds);
int64_t time_zone_to_utc(const struct time_zone *zone, int64_t wall_seconds);

int64_t clock_now_nanos(void);       /* wall clock, since the epoch */
double clock_monotonic_seconds(void);
int64_t clock_monotonic_nanos(void); /* never 0 */
double clock_cpu_seconds(void);      /* of the process */
double clock_thread_cpu_seconds(void); /* of this thread */

enum { CLOCK_TEXT_SIZE = 64 };
/* ISO 8601: fraction only as many digits as needed to be exact, "Z" when utc. Returns the length. */
size_t clock_print_date(int64_t days, char out[CLOCK_TEXT_SIZE]);
size_t clock_print_time(int64_t x, enum time_unit unit, char out[CLOCK_TEXT_SIZE]);
size_t clock_print_timestamp(int64_t x, enum time_unit unit, bool is_utc, char out[CLOCK_TEXT_SIZE]);
size_t clock_print_duration(int64_t seconds, char out[CLOCK_TEXT_SIZE]); /* "3d 2h", two largest units */

#endif
