/* Calendar, ISO 8601, durations, sizes and time zones. */
#include "tests/core/check.h"

#include <time.h>

#include "core/clock.h"

static void days_and_civil_dates_are_inverse_over_ten_thousand_years(void **state)
{
    int64_t year;
    int month, day;

    (void)state;
    for (int64_t days = clock_days(-1000, 1, 1); days < clock_days(9000, 1, 1); days += 13) {
        clock_civil(days, &year, &month, &day);
        assert_true(clock_days(year, month, day) == days);
        assert_true(month >= 1 && month <= 12 && day >= 1 && day <= 31);
    }
    assert_true(clock_days(1970, 1, 1) == 0);
    assert_true(clock_days(2000, 2, 29) == 11016);
    clock_civil(INT64_MAX / 2, &year, &month, &day);
    assert_true(clock_days(year, month, day) == INT64_MAX / 2);
}

static const struct { const char *text; bool ok; int64_t days; } dates[] = {
    {"1970-01-01", true, 0},   {"2024-12-10", true, 20067}, {"2024-02-29", true, 19782}, {"2023-02-29", false, 0}, {"1900-02-29", false, 0},
    {"2000-02-29", true, 11016}, {"2024-13-01", false, 0},  {"2024-00-01", false, 0},    {"2024-01-00", false, 0}, {"2024-04-31", false, 0},
    {"2024-1-1", false, 0},    {"20240101", false, 0},      {"2024-01-01 ", false, 0},   {"24-01-01", false, 0},   {"0001-01-01", true, -719162},
    {"9999-12-31", true, 2932896}, {"2024/01/01", false, 0}, {"", false, 0},
};

static void dates_are_iso_8601_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(dates); i++) {
        int64_t days = 0;
        char text[CLOCK_TEXT_SIZE];

        check(clock_parse_date(span_text(dates[i].text), &days) == dates[i].ok, "%s", dates[i].text);
        if (!dates[i].ok)
            continue;
        check(days == dates[i].days, "%s: %lld", dates[i].text, (long long)days);
        check(clock_print_date(days, text) == 10 && strcmp(text, dates[i].text) == 0, "%s: %s", dates[i].text, text);
    }
}

static const struct { const char *text; bool ok; int64_t seconds; int32_t nanos; bool has_zone; } times[] = {
    {"2024-12-10T10:30:00Z", true, 1733826600, 0, true},
    {"2024-12-10 10:30:00", true, 1733826600, 0, false},
    {"2024-12-10T10:30", true, 1733826600, 0, false},
    {"2024-12-10T10:30:00.5+01:00", true, 1733823000, 500000000, true},
    {"2024-12-10T10:30:00-0130", true, 1733832000, 0, true},
    {"2024-12-10T10:30:00+01", true, 1733823000, 0, true},
    {"2024-12-10T10:30:00.123456789Z", true, 1733826600, 123456789, true},
    {"2024-12-10T10:30:00.1234567890Z", true, 1733826600, 123456789, true},
    {"2024-12-10T10:30:00.1234567891Z", false, 0, 0, false},
    {"1969-12-31T23:59:59.25Z", true, -1, 250000000, true},
    {"2024-12-10", false, 0, 0, false},
    {"2024-12-10T24:00:00Z", false, 0, 0, false},
    {"2024-12-10T10:60:00Z", false, 0, 0, false},
    {"2024-12-10T10:30:60Z", false, 0, 0, false},
    {"2024-12-10T10:30:00.Z", false, 0, 0, false},
    {"2024-12-10T10:30:00 Z", false, 0, 0, false},
    {"2024-12-10T10:30:00+", false, 0, 0, false},
    {"2024-12-10T10:30:00+1", false, 0, 0, false},
    {"2024-12-10T10:30:00+01:", false, 0, 0, false},
    {"2024-12-10T10:30:00+24:00", false, 0, 0, false},
    {"2024-12-10T10", false, 0, 0, false},
    {"2024-12-10T10:30:00Zx", false, 0, 0, false},
    {"2024-12-10  10:30:00", false, 0, 0, false},
};

static void timestamps_are_iso_8601_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(times); i++) {
        int64_t seconds = 0;
        int32_t nanos = 0;
        bool has_zone = false;

        check(clock_parse_timestamp(span_text(times[i].text), &seconds, &nanos, &has_zone) == times[i].ok, "%s", times[i].text);
        if (times[i].ok)
            check(seconds == times[i].seconds && nanos == times[i].nanos && has_zone == times[i].has_zone, "%s: %lld %d", times[i].text, (long long)seconds, nanos);
    }
}

static const struct { const char *text; bool ok; int64_t seconds; int32_t nanos; } durations[] = {
    {"90s", true, 90, 0},          {"15m", true, 900, 0},        {"24h", true, 86400, 0},      {"7d", true, 604800, 0},
    {"2w", true, 1209600, 0},      {"500ms", true, 0, 500000000}, {"24 hours", true, 86400, 0}, {"1 hour", true, 3600, 0},
    {"1 Day", true, 86400, 0},     {"PT24H", true, 86400, 0},    {"P1DT12H", true, 129600, 0}, {"PT0.5S", true, 0, 500000000},
    {"1h30m", true, 5400, 0},      {"3d 2h", true, 266400, 0},   {"1.5h", true, 5400, 0},      {"0.1h", true, 360, 0},
    {"-5m", true, -300, 0},        {"-500ms", true, -1, 500000000}, {"P1M", false, 0, 0},      {"P1Y", false, 0, 0},
    {"PT1M", true, 60, 0},         {"P1H", false, 0, 0},         {"PT", false, 0, 0},          {"P", false, 0, 0},
    {"1M", false, 0, 0},           {"5", false, 0, 0},           {"h", false, 0, 0},           {"", false, 0, 0},
    {"5 parsecs", false, 0, 0},    {"--5m", false, 0, 0},        {"5m ", false, 0, 0},         {" 5m", false, 0, 0},
    {"1.5", false, 0, 0},          {"99999999999999999999s", false, 0, 0}, {"300000000000w", true, 181440000000000000, 0}, {"0s", true, 0, 0},
};

static void durations_are_read_as_people_write_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(durations); i++) {
        int64_t seconds = 0;
        int32_t nanos = 0;

        check(clock_parse_duration(span_text(durations[i].text), &seconds, &nanos) == durations[i].ok, "%s", durations[i].text);
        if (durations[i].ok)
            check(seconds == durations[i].seconds && nanos == durations[i].nanos, "%s: %lld %d", durations[i].text, (long long)seconds, nanos);
    }
}

static const struct { int64_t seconds; const char *text; } spoken[] = {
    {0, "0s"}, {59, "59s"}, {60, "1m"}, {3601, "1h"}, {3660, "1h 1m"}, {266461, "3d 2h"}, {86400 + 59, "1d"}, {-90, "-1m 30s"}, {INT64_MIN, "-106751991167300d 15h"},
};

static void a_duration_prints_its_two_largest_units(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(spoken); i++) {
        char text[CLOCK_TEXT_SIZE];

        check(clock_print_duration(spoken[i].seconds, text) == strlen(text) && strcmp(text, spoken[i].text) == 0, "%s, not %s", text, spoken[i].text);
    }
}

static const struct { const char *text; bool ok; uint64_t bytes; } sizes[] = {
    {"512", true, 512},     {"512B", true, 512},       {"512KB", true, 512000},  {"1MiB", true, 1048576}, {"1.5GB", true, 1500000000},
    {"2 GiB", true, (uint64_t)2 << 30}, {"0", true, 0}, {"1gb", true, 1000000000}, {"1.5", false, 0},     {"-1", false, 0},
    {"1X", false, 0},       {"", false, 0},            {"1MB ", false, 0},       {"99999999PB", false, 0}, {"0.5KB", true, 500}, {"0.0001KB", false, 0},
};

static void sizes_have_decimal_and_binary_units(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(sizes); i++) {
        uint64_t bytes = 0;

        check(clock_parse_size(span_text(sizes[i].text), &bytes) == sizes[i].ok, "%s", sizes[i].text);
        check(!sizes[i].ok || bytes == sizes[i].bytes, "%s: %llu", sizes[i].text, (unsigned long long)bytes);
    }
}

static void a_coarser_unit_rounds_down(void **state)
{
    int64_t x;

    (void)state;
    assert_true(clock_convert(-1, UNIT_MILLI, UNIT_SECOND, &x) && x == -1);
    assert_true(clock_convert(-1000, UNIT_MILLI, UNIT_SECOND, &x) && x == -1);
    assert_true(clock_convert(1999, UNIT_MILLI, UNIT_SECOND, &x) && x == 1);
    assert_true(clock_convert(3, UNIT_SECOND, UNIT_NANO, &x) && x == 3000000000);
    assert_false(clock_convert(INT64_MAX / 10, UNIT_SECOND, UNIT_NANO, &x));
    assert_true(clock_convert(INT64_MIN, UNIT_NANO, UNIT_NANO, &x) && x == INT64_MIN);
}

static const struct { int64_t x; enum time_unit unit; bool is_utc; const char *text; } stamps[] = {
    {0, UNIT_SECOND, true, "1970-01-01T00:00:00Z"},
    {-1, UNIT_NANO, false, "1969-12-31T23:59:59.999999999"},
    {1500, UNIT_MILLI, true, "1970-01-01T00:00:01.5Z"},
    {INT64_MIN, UNIT_NANO, true, "1677-09-21T00:12:43.145224192Z"},
    {INT64_MAX, UNIT_NANO, true, "2262-04-11T23:47:16.854775807Z"},
    {INT64_MIN, UNIT_MICRO, true, "-290308-12-21T19:59:05.224192Z"},
    {253402300800, UNIT_SECOND, true, "+10000-01-01T00:00:00Z"},
    {-62167219201, UNIT_SECOND, true, "-0001-12-31T23:59:59Z"},
};

static void timestamps_print_to_the_ends_of_their_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(stamps); i++) {
        char text[CLOCK_TEXT_SIZE];

        check(clock_print_timestamp(stamps[i].x, stamps[i].unit, stamps[i].is_utc, text) == strlen(text) && strcmp(text, stamps[i].text) == 0, "%s, not %s", text, stamps[i].text);
    }
}

static void zones_of_fixed_offset_need_no_files(void **state)
{
    static const struct { const char *name; int32_t offset; } fixed[] = {{"UTC", 0}, {"Z", 0}, {"+01:00", 3600}, {"-0530", -19800}, {"+14", 50400}};
    struct arena arena = {0};
    struct error err = ERROR_NONE;

    (void)state;
    for (size_t i = 0; i < LENGTH(fixed); i++) {
        struct time_zone zone;

        check(time_zone_find(&arena, fixed[i].name, &zone, &err) == STATUS_OK, "%s", fixed[i].name);
        assert_int_equal(time_zone_offset_at(&zone, 1733826600), fixed[i].offset);
        assert_true(time_zone_to_utc(&zone, 1000) == 1000 - fixed[i].offset);
    }
    arena_done(&arena);
}

static void an_unknown_zone_is_an_error_of_the_suite(void **state)
{
    static const char *const names[] = {"Europe/Berlim", "../../../etc/passwd", "/etc/passwd", "", "Europe", "+25:00", "tzdata.zi", "+1"};
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++) {
        struct error err = ERROR_NONE;
        struct time_zone zone;

        check(time_zone_find(&arena, names[i], &zone, &err) == STATUS_BAD_SUITE, "%s", names[i]);
        assert_non_null(strstr(err.text, "time zone"));
    }
    arena_done(&arena);
}

/* Wall-clock and UTC seconds around the changes of 2024, and past the last transition that a zone file lists. */
static const struct { const char *zone, *wall, *utc; } walls[] = {
    {"Europe/Berlin", "2024-01-15 12:00:00", "2024-01-15T11:00:00Z"},
    {"Europe/Berlin", "2024-07-15 12:00:00", "2024-07-15T10:00:00Z"},
    {"Europe/Berlin", "2024-03-31 01:59:59", "2024-03-31T00:59:59Z"},
    {"Europe/Berlin", "2024-03-31 02:30:00", "2024-03-31T01:30:00Z"}, /* does not exist */
    {"Europe/Berlin", "2024-10-27 02:30:00", "2024-10-27T00:30:00Z"}, /* the earlier of two */
    {"Europe/Berlin", "2024-10-27 03:00:00", "2024-10-27T02:00:00Z"},
    {"Europe/Berlin", "2099-07-01 12:00:00", "2099-07-01T10:00:00Z"},
    {"Europe/Berlin", "2099-12-01 12:00:00", "2099-12-01T11:00:00Z"},
    {"America/New_York", "2024-11-03 01:30:00", "2024-11-03T05:30:00Z"},
    {"America/New_York", "2150-06-01 00:00:00", "2150-06-01T04:00:00Z"},
    {"Australia/Sydney", "2024-01-01 00:00:00", "2023-12-31T13:00:00Z"},
    {"Australia/Sydney", "2101-01-01 00:00:00", "2100-12-31T13:00:00Z"},
    {"Australia/Sydney", "2101-07-01 00:00:00", "2101-06-30T14:00:00Z"},
    {"Asia/Kolkata", "2024-01-01 00:00:00", "2023-12-31T18:30:00Z"},
    {"Europe/Dublin", "2060-07-01 00:00:00", "2060-06-30T23:00:00Z"}, /* whose winter time is the daylight one */
    {"Africa/Casablanca", "2024-12-10 12:00:00", "2024-12-10T11:00:00Z"},
};

static void named_zones_follow_their_rules(void **state)
{
    struct arena arena = {0};
    struct error err = ERROR_NONE;

    (void)state;
    for (size_t i = 0; i < LENGTH(walls); i++) {
        struct time_zone zone;
        int64_t wall, utc, found;
        int32_t nanos;
        bool has_zone;

        if (time_zone_find(&arena, walls[i].zone, &zone, &err) != STATUS_OK) {
            print_message("no %s on this machine\n", walls[i].zone);
            skip();
        }
        assert_true(clock_parse_timestamp(span_text(walls[i].wall), &wall, &nanos, &has_zone));
        assert_true(clock_parse_timestamp(span_text(walls[i].utc), &utc, &nanos, &has_zone));
        found = time_zone_to_utc(&zone, wall);
        check(found == utc, "%s %s: %lld s off", walls[i].zone, walls[i].wall, (long long)(found - utc));
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_and_civil_dates_are_inverse_over_ten_thousand_years),
        cmocka_unit_test(dates_are_iso_8601_and_nothing_else),
        cmocka_unit_test(timestamps_are_iso_8601_and_nothing_else),
        cmocka_unit_test(durations_are_read_as_people_write_them),
        cmocka_unit_test(a_duration_prints_its_two_largest_units),
        cmocka_unit_test(sizes_have_decimal_and_binary_units),
        cmocka_unit_test(a_coarser_unit_rounds_down),
        cmocka_unit_test(timestamps_print_to_the_ends_of_their_range),
        cmocka_unit_test(zones_of_fixed_offset_need_no_files),
        cmocka_unit_test(an_unknown_zone_is_an_error_of_the_suite),
        cmocka_unit_test(named_zones_follow_their_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
