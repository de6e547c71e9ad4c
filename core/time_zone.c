/* core/time_zone.c -- time zones from the system's zoneinfo files, TZif of RFC 8536.
 *
 * A file is a header and data for 32 bits, then the same for 64 bits (version 2 and later; we read that one), then a
 * line with a POSIX TZ string for times after the last transition. We write that rule out as transitions up to the
 * year 2500, so that a lookup is one binary search; later instants keep the offset of the last one.
 *
 * Header, 44 bytes: "TZif", version, 15 unused, six big-endian counts: isut, isstd, leap, time, type, char.
 * Data: time * 8 transition times, time * 1 type indexes, type * 6 {int32 offset, is_dst, name}, char, leap * 12, isstd,
 * isut. Leap seconds do not exist for us.
 */
#include "core/clock.h"

#include <stdio.h>

#include "core/output.h"

#define ZONEINFO "/usr/share/zoneinfo/"

enum { DAY = 86400, ZONE_FILE_LIMIT = 1 << 20, LAST_RULE_YEAR = 2500 };

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static int64_t read_i64(const uint8_t *at)
{
    return (int64_t)((uint64_t)read_u32(at) << 32 | read_u32(at + 4));
}

struct counts {
    uint32_t isut, isstd, leap, time, type, chars;
};

static bool take_header(struct span *s, uint8_t *version, struct counts *n)
{
    struct span h;

    if (!span_take(s, 44, &h) || memcmp(h.at, "TZif", 4) != 0)
        return false;
    *version = h.at[4];
    *n = (struct counts){read_u32(h.at + 20), read_u32(h.at + 24), read_u32(h.at + 28),
                         read_u32(h.at + 32), read_u32(h.at + 36), read_u32(h.at + 40)};
    return n->time <= 100000 && n->type <= 256 && n->chars <= 65536 && n->leap <= 65536;
}

/* A POSIX TZ rule: CET-1CEST,M3.5.0,M10.5.0/3. */
struct rule_date {
    char kind; /* 'M' month.week.day, 'J' day 1..365 without 29 February, '0' day 0..365 */
    int month, week, day;
    int32_t seconds;
};
struct rule {
    int32_t standard, daylight; /* seconds east */
    bool has_daylight;
    struct rule_date from, to;
};

static bool take_int(struct span *s, int *out)
{
    size_t n = 0;

    *out = 0;
    for (; s->size && *s->at >= '0' && *s->at <= '9' && n < 4; n++) {
        *out = *out * 10 + (*s->at - '0');
        *s = span_of(s->at + 1, s->size - 1);
    }
    return n > 0;
}

static bool take_char(struct span *s, char c)
{
    struct span one;

    return s->size && *s->at == (uint8_t)c && span_take(s, 1, &one);
}

static bool skip_name(struct span *s)
{
    size_t n = 0;
    bool is_bracketed = take_char(s, '<');

    while (s->size && (is_bracketed ? *s->at != '>' : (uint8_t)((*s->at | 0x20) - 'a') < 26)) {
        *s = span_of(s->at + 1, s->size - 1);
        n++;
    }
    return n > 0 && (!is_bracketed || take_char(s, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool take_hms(struct span *s, int32_t *seconds)
{
    bool is_negative = take_char(s, '-');
    int hours, minutes = 0, rest = 0;

    if (!is_negative)
        (void)take_char(s, '+');
    if (!take_int(s, &hours) || hours > 167)
        return false;
    if (take_char(s, ':')) {
        if (!take_int(s, &minutes))
            return false;
        if (take_char(s, ':') && !take_int(s, &rest))
            return false;
    }
    *seconds = (is_negative ? -1 : 1) * (hours * 3600 + minutes * 60 + rest);
    return true;
}

static bool take_rule_date(struct span *s, struct rule_date *d)
{
    *d = (struct rule_date){.kind = '0', .seconds = 7200};
    if (take_char(s, 'M')) {
        d->kind = 'M';
        if (!take_int(s, &d->month) || !take_char(s, '.') || !take_int(s, &d->week) || !take_char(s, '.') ||
            !take_int(s, &d->day) || d->month < 1 || d->month > 12 || d->week < 1 || d->week > 5 || d->day > 6)
            return false;
    } else {
        if (take_char(s, 'J'))
            d->kind = 'J';
        if (!take_int(s, &d->day) || d->day > 365)
            return false;
    }
    return !take_char(s, '/') || take_hms(s, &d->seconds);
}

static bool parse_rule(struct span s, struct rule *rule)
{
    *rule = (struct rule){0};
    if (!skip_name(&s) || !take_hms(&s, &rule->standard))
        return false;
    rule->standard = -rule->standard; /* POSIX counts westwards */
    if (s.size == 0)
        return true;
    rule->has_daylight = true;
    rule->daylight = rule->standard + 3600;
    if (!skip_name(&s))
        return false;
    if (s.size && *s.at != ',') {
        if (!take_hms(&s, &rule->daylight))
            return false;
        rule->daylight = -rule->daylight;
    }
    return take_char(&s, ',') && take_rule_date(&s, &rule->from) && take_char(&s, ',') &&
           take_rule_date(&s, &rule->to) && s.size == 0;
}

/* Wall-clock seconds of a rule's date in a year. */
static int64_t rule_seconds(const struct rule_date *d, int64_t year)
{
    int64_t first = clock_days(year, d->kind == 'M' ? d->month : 1, 1), day;

    if (d->kind == 'M') {
        int64_t next = d->month == 12 ? clock_days(year + 1, 1, 1) : clock_days(year, d->month + 1, 1);
        int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday, day 4 */

        day = first + (d->day - weekday + 7) % 7 + 7 * (int64_t)(d->week - 1);
        if (day >= next)
            day -= 7;
    } else {
        bool is_leap = clock_days(year + 1, 1, 1) - first == 366;

        day = first + d->day - (d->kind == 'J') + (d->kind == 'J' && is_leap && d->day >= 60);
    }
    return day * DAY + d->seconds;
}

/* What a file's 64-bit data hold, checked to lie within it. */
struct zone_data {
    struct counts n;
    const uint8_t *times, *indexes, *types;
    struct rule rule;
    bool has_rule;
};

static bool skip(struct span *s, size_t n, const uint8_t **at)
{
    struct span cut;

    if (!span_take(s, n, &cut))
        return false;
    if (at)
        *at = cut.at;
    return true;
}

static bool read_zone_data(struct span s, struct zone_data *z)
{
    struct counts *n = &z->n;
    uint8_t version;
    size_t rest;

    if (!take_header(&s, &version, n) || version < '2')
        return false;
    rest = n->time * 5ul + n->type * 6ul + n->chars + n->leap * 8ul + n->isstd + n->isut;
    if (!skip(&s, rest, NULL) || !take_header(&s, &version, n) || n->type == 0)
        return false;
    if (!skip(&s, n->time * 8ul, &z->times) || !skip(&s, n->time, &z->indexes) || !skip(&s, n->type * 6ul, &z->types) ||
        !skip(&s, n->chars + n->leap * 12ul + n->isstd + n->isut, NULL))
        return false;
    for (uint32_t i = 0; i < n->time; i++)
        if (z->indexes[i] >= n->type || (i && read_i64(z->times + 8 * i) <= read_i64(z->times + 8 * i - 8)))
            return false;
    if (s.size >= 2 && s.at[0] == '\n' && s.at[s.size - 1] == '\n')
        z->has_rule = s.size > 2 && parse_rule(span_of(s.at + 1, s.size - 2), &z->rule);
    return true;
}

static int32_t type_offset(const struct zone_data *z, uint32_t type) { return (int32_t)read_u32(z->types + 6 * type); }

static void add_transition(struct time_zone *zone, int64_t at, int32_t offset)
{
    if (zone->n_transitions && at <= zone->transitions[zone->n_transitions - 1])
        return;
    zone->transitions[zone->n_transitions++] = at;
    zone->offsets[zone->n_transitions] = offset;
}

static void add_rule(struct time_zone *zone, const struct rule *rule)
{
    int64_t year = 1970;
    int month, day;

    if (!rule->has_daylight) {
        zone->offsets[zone->n_transitions] = rule->standard;
        return;
    }
    if (zone->n_transitions)
        clock_civil(zone->transitions[zone->n_transitions - 1] / DAY, &year, &month, &day);
    for (; year <= LAST_RULE_YEAR; year++) {
        int64_t from = rule_seconds(&rule->from, year) - rule->standard;
        int64_t to = rule_seconds(&rule->to, year) - rule->daylight;

        /* In the south the year begins in daylight time. */
        if (from > to)
            add_transition(zone, to, rule->standard);
        add_transition(zone, from, rule->daylight);
        if (from <= to)
            add_transition(zone, to, rule->standard);
    }
}

static enum status build_zone(struct arena *arena, const struct zone_data *z, struct time_zone *zone, struct error *err)
{
    size_t capacity = z->n.time + 2 * (LAST_RULE_YEAR + 1);

    zone->transitions = arena_array(arena, capacity, sizeof *zone->transitions);
    zone->offsets = arena_array(arena, capacity + 1, sizeof *zone->offsets);
    if (!zone->transitions || !zone->offsets)
        return error_no_memory(err);
    zone->offsets[0] = type_offset(z, 0);
    for (uint32_t i = 0; i < z->n.time; i++)
        add_transition(zone, read_i64(z->times + 8 * i), type_offset(z, z->indexes[i]));
    if (z->has_rule)
        add_rule(zone, &z->rule);
    return STATUS_OK;
}

/* A name is a path below zoneinfo: letters, digits, _ + - and single slashes, never a dot. */
static bool is_zone_name(const char *name)
{
    const char *c = name;

    if (strlen(name) >= sizeof ((struct time_zone *)0)->name || *name == '/' || *name == '\0')
        return false;
    for (; *c; c++)
        if (!((uint8_t)((*c | 0x20) - 'a') < 26 || (*c >= '0' && *c <= '9') || strchr("_+-/", *c)))
            return false;
    return true;
}

/* +01:00 and its short forms. */
static bool parse_fixed(const char *name, int32_t *offset)
{
    char text[48];
    int64_t seconds;
    int32_t nanos;
    bool has_zone;

    if ((*name != '+' && *name != '-') || strlen(name) > 6)
        return false;
    snprintf(text, sizeof text, "1970-01-01T00:00%s", name); /* one reader of offsets is enough */
    if (!clock_parse_timestamp(span_text(text), &seconds, &nanos, &has_zone))
        return false;
    *offset = (int32_t)-seconds;
    return true;
}

enum status time_zone_find(struct arena *arena, const char *name, struct time_zone *out, struct error *err)
{
    struct zone_data data = {0};
    struct span bytes;
    char path[sizeof ZONEINFO + sizeof out->name];
    enum status status;

    *out = (struct time_zone){0};
    snprintf(out->name, sizeof out->name, "%s", name);
    if (strcmp(name, "UTC") == 0 || strcmp(name, "Z") == 0 || parse_fixed(name, &out->fixed_offset))
        return STATUS_OK;
    if (!is_zone_name(name))
        return error_set(err, STATUS_BAD_SUITE, "`%.80s` is no time zone: UTC, +01:00 or a name such as Europe/Berlin", name);
    snprintf(path, sizeof path, "%s%s", ZONEINFO, name);
    status = input_read_file(arena, path, ZONE_FILE_LIMIT, &bytes, err);
    if (status == STATUS_NO_MEMORY)
        return status;
    if (status != STATUS_OK)
        return error_set(err, STATUS_BAD_SUITE, "unknown time zone `%s` (there is no %s%s)", name, ZONEINFO, name);
    if (!read_zone_data(bytes, &data))
        return error_set(err, STATUS_BAD_SUITE, "unknown time zone `%s` (%s%s is not a zone file)", name, ZONEINFO, name);
    return build_zone(arena, &data, out, err);
}

int32_t time_zone_offset_at(const struct time_zone *zone, int64_t utc_seconds)
{
    int32_t low = 0, high = zone->n_transitions;

    if (!zone->offsets)
        return zone->fixed_offset;
    while (low < high) { /* how many transitions are at or before the instant */
        int32_t middle = low + (high - low) / 2;

        if (zone->transitions[middle] <= utc_seconds)
            low = middle + 1;
        else
            high = middle;
    }
    return zone->offsets[low];
}

/* Offsets are under a day: those of a day earlier and a day later are the two that a wall-clock time can have. In a gap
 * neither fits; then the clock is read as if it had not been put forward yet. */
int64_t time_zone_to_utc(const struct time_zone *zone, int64_t wall_seconds)
{
    int64_t day_before, day_after;
    int64_t early, late;

    if (__builtin_sub_overflow(wall_seconds, 2 * DAY, &day_before) ||
        __builtin_add_overflow(wall_seconds, 2 * DAY, &day_after))
        return wall_seconds;
    early = wall_seconds - time_zone_offset_at(zone, wall_seconds - DAY);
    late = wall_seconds - time_zone_offset_at(zone, wall_seconds + DAY);
    if (early + time_zone_offset_at(zone, early) == wall_seconds) {
        if (late < early && late + time_zone_offset_at(zone, late) == wall_seconds)
            return late;
        return early;
    }
    if (late + time_zone_offset_at(zone, late) == wall_seconds)
        return late;
    return early;
}
