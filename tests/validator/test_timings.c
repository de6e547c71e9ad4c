/* tests/validator/test_timings.c -- stages of a run are timed where that was asked for; what this machine can do has a figure. */
#include "validator/timings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernels/kernels.h"
#include "validator/probe.h"
#include "validator/validator.h"

enum { ROWS = 50000 };

static char table[64];

static int write_table(void **state)
{
    int fd;
    FILE *f;

    (void)state;
    snprintf(table, sizeof table, "/tmp/assay-timings-XXXXXX");
    fd = mkstemp(table);
    f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return -1;
    fputs("id,amount\n", f);
    for (int i = 0; i < ROWS; i++)
        fprintf(f, "%d,%d.5\n", i, i % 700);
    return fclose(f);
}

static int remove_table(void **state)
{
    (void)state;
    return unlink(table);
}

static const struct report *judge(struct arena *arena, bool timings)
{
    static const char text[] = "suite: t\ncolumns: {id: [unique], amount: [mean: {max: 1000}, between: {min: 0, max: 700}]}\n";
    const char *paths[] = {table};
    struct validation_options options;
    struct problems problems;
    struct error err = ERROR_NONE;
    const struct report *report = NULL;
    struct suite *suite = NULL;

    problems_init(&problems, arena);
    assert_int_equal(suite_parse(arena, "t.yaml", span_text(text), NULL, &suite, &problems, &err), STATUS_OK);
    validation_options_init(&options);
    options.paths = paths;
    options.n_paths = 1;
    options.threads = 2;
    options.timings = timings;
    assert_int_equal(validate(arena, suite, &options, &report, &err), STATUS_OK);
    assert_int_equal(report->exit_code, 0);
    return report;
}

static void stages_have_names_and_add_up_to_the_time_of_all_threads(void **state)
{
    struct arena arena = {0};
    const struct report *report = judge(&arena, true);
    double sum = 0;

    (void)state;
    assert_int_equal(report->run.n_timings, STAGES);
    for (int s = 0; s < STAGES; s++) {
        assert_string_equal(report->run.timings[s].stage, stage_names[s]);
        assert_true(report->run.timings[s].seconds >= 0);
        sum += report->run.timings[s].seconds;
    }
    assert_null(stage_names[STAGES]);
    assert_true(report->run.timings[STAGE_METRICS].seconds > 0);
    assert_true(report->run.timings[STAGE_READ].seconds > 0);
    assert_true(report->run.timings[STAGE_DECODE].seconds > 0);
    assert_true(report->run.timings[STAGE_REFERENCE].seconds == 0);
    assert_true(sum > 0 && sum <= 2.05 * report->run.seconds + 0.01);
    assert_false(read_counters.is_timed);
    arena_done(&arena);
}

static void nothing_is_timed_unless_it_was_asked_for(void **state)
{
    struct arena arena = {0};
    int64_t before = read_counters.read_nanos;

    (void)state;
    assert_int_equal(judge(&arena, false)->run.n_timings, 0);
    assert_int_equal(read_counters.read_nanos, before);
    assert_true(timings_now() == 0);
    arena_done(&arena);
}

static void every_floor_has_a_figure(void **state)
{
    struct arena arena = {0};
    struct error err = ERROR_NONE;
    struct probe probe;

    (void)state;
    assert_int_equal(probe_run(&arena, 2, NULL, NULL, &probe, &err), STATUS_OK);
    assert_string_equal(probe.kernels, kernels_get()->name);
    assert_int_equal(probe.n_threads, 2);
    assert_true(probe.n_floors >= 9);
    for (int32_t i = 0; i < probe.n_floors; i++) {
        if (!(probe.floors[i].one > 1e6 && probe.floors[i].all > 1e6))
            fail_msg("%s: %g and %g bytes a second", probe.floors[i].name, probe.floors[i].one, probe.floors[i].all);
        for (int32_t k = 0; k < i; k++)
            assert_string_not_equal(probe.floors[i].name, probe.floors[k].name);
    }
    assert_int_equal(probe_run(&arena, 1, "/nowhere/at-all", NULL, &probe, &err), STATUS_NOT_FOUND);
    assert_int_equal(probe_run(&arena, 1, table, NULL, &probe, &err), STATUS_BAD_USAGE); /* too short */
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_have_names_and_add_up_to_the_time_of_all_threads),
        cmocka_unit_test(nothing_is_timed_unless_it_was_asked_for),
        cmocka_unit_test(every_floor_has_a_figure),
    };

    return cmocka_run_group_tests(tests, write_table, remove_table);
}
