/* tests/cli/test_progress.c -- the words of the progress line. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cli/progress.h"

static void tells_share_rows_rate_and_time_left(void **state)
{
    const struct progress p = {.rows = 1200000, .bytes = 450000000, .bytes_total = 900000000, .round = 1, .seconds = 3};
    char line[200] = "";
    size_t n = progress_print(&p, line, sizeof line);

    (void)state;
    assert_int_equal(n, strlen(line));
    assert_string_equal(line, "[##########..........]  50%  1.2M rows  450 MB of 900 MB  150 MB/s  3 s left");
}

static void tells_what_is_known_of_a_stream(void **state)
{
    const struct progress p = {.rows = 999, .bytes = 1000, .bytes_total = 0, .round = 2, .seconds = 2};
    char line[200];

    (void)state;
    progress_print(&p, line, sizeof line);
    assert_string_equal(line, "999 rows  1.0 KB  500 B/s  round 2");
}

static void survives_nonsense_and_little_room(void **state)
{
    const struct progress p = {.rows = INT64_MAX, .bytes = INT64_MAX, .bytes_total = 1, .round = INT32_MAX, .seconds = 0};
    char line[8] = "";
    size_t n = progress_print(&p, line, sizeof line);

    (void)state;
    assert_int_equal(n, 7);
    assert_int_equal(strlen(line), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_share_rows_rate_and_time_left),
        cmocka_unit_test(tells_what_is_known_of_a_stream),
        cmocka_unit_test(survives_nonsense_and_little_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
