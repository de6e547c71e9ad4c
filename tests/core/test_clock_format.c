/* tests/core/test_clock_format.c -- dates and times in a written format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/clock_format.h"

enum { NO = -1 };

static void reads_what_the_format_says_and_nothing_else(void **state)
{
    static const struct { const char *format, *text; int64_t year; int month, day; int64_t second; int32_t zone; } cases[] = {
        {"%d.%m.%Y", "10.12.2024", 2024, 12, 10, 0, 0},
        {"%d.%m.%Y", "1.2.2024", 2024, 2, 1, 0, 0},
        {"%d.%m.%Y", "29.02.2023", NO, 0, 0, 0, 0},
        {"%d.%m.%Y", "29.02.2024", 2024, 2, 29, 0, 0},
        {"%d.%m.%Y", "31.04.2024", NO, 0, 0, 0, 0},
        {"%d.%m.%Y", "10.12.2024 ", NO, 0, 0, 0, 0},
        {"%d.%m.%Y", "10.12.24", NO, 0, 0, 0, 0},
        {"%m/%d/%y", "12/31/68", 2068, 12, 31, 0, 0},
        {"%m/%d/%y", "12/31/69", 1969, 12, 31, 0, 0},
        {"%d %b %Y", "3 MAR 2024", 2024, 3, 3, 0, 0},
        {"%B %-d, %Y", "March 3, 2024", 2024, 3, 3, 0, 0},
        {"%Y%j", "2024366", 2024, 12, 31, 0, 0},
        {"%Y%j", "2023366", NO, 0, 0, 0, 0},
        {"%F %T%z", "2024-01-02 03:04:05-02:30", 2024, 1, 2, 11045, -9000},
        {"%F %I:%M %p", "2024-01-02 12:05 am", 2024, 1, 2, 300, 0},
        {"%F %I:%M %p", "2024-01-02 13:05 PM", NO, 0, 0, 0, 0},
        {"%F %H:%M", "2024-01-02 24:00", NO, 0, 0, 0, 0},
        {"%Y%m%d", "20240102", 2024, 1, 2, 0, 0},
        {"%%%Y-%m-%d", "%2024-01-02", 2024, 1, 2, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct clock_parsed p;
        assert_null(clock_format_wrong(cases[i].format));
        assert_int_equal(clock_parse_format(span_text(cases[i].text), cases[i].format, &p), cases[i].year != NO);
        if (cases[i].year == NO)
            continue;
        assert_int_equal(p.days, clock_days(cases[i].year, cases[i].month, cases[i].day));
        assert_int_equal(p.day_nanos, cases[i].second * 1000000000);
        assert_int_equal(p.zone_seconds, cases[i].zone);
    }
}

static void a_fraction_is_exact_to_the_nanosecond(void **state)
{
    struct clock_parsed p;

    (void)state;
    assert_true(clock_parse_format(span_text("00:00:01.5"), "%H:%M:%S.%f", &p));
    assert_int_equal(p.day_nanos, 1500000000);
    assert_true(p.has_time && !p.has_date);
    assert_true(clock_parse_format(span_text("00:00:00,000000001"), "%T,%f", &p));
    assert_int_equal(p.day_nanos, 1);
    assert_int_equal(p.fraction_digits, 9);
    assert_false(clock_parse_format(span_text("00:00:00.0000000001"), "%T.%f", &p));
}

static void a_format_that_names_no_one_time_is_refused(void **state)
{
    static const char *const wrong[] = {"", "%", "%Q", "%d.%m", "%Y", "%Y-%m", "%I:%M", "%M:%S", "%H %p", "%-"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_non_null(clock_format_wrong(wrong[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_the_format_says_and_nothing_else),
        cmocka_unit_test(a_fraction_is_exact_to_the_nanosecond),
        cmocka_unit_test(a_format_that_names_no_one_time_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
