/* tests/expectations/test_statistics.c -- min, max, mean, median, stdev, sum. */
#include "tests/expectations/fixture.h"

#define DOUBLES(...) (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double)

static const struct finding *judge_doubles(struct stage *s, const char *yaml, const double *x, size_t n)
{
    stage_open(s, yaml);
    stage_column(s, "x", TYPE_DOUBLE);
    stage_feed(s, column_of_doubles(&s->arena, x, (int64_t)n));
    return stage_judge(s);
}

static void check_doubles(const char *yaml, const double *x, size_t n, enum verdict verdict, const char *reason)
{
    struct stage s;
    const struct finding *f = judge_doubles(&s, yaml, x, n);

    if (f->verdict != verdict || !f->reason != !reason || (reason && strcmp(f->reason, reason) != 0))
        fail_msg("%s: %s (%s)", yaml, verdict_names[f->verdict], f->reason ? f->reason : "-");
    stage_close(&s);
}

static void a_figure_on_the_bound_passes_unless_the_bound_is_strict(void **test)
{
    (void)test;
    check_doubles("columns:\n  x: [mean: {min: 2, max: 2}]\n", DOUBLES(1, 2, 3), VERDICT_PASS, NULL);
    check_doubles("columns:\n  x: [mean: {min: 2, strict_min: true}]\n", DOUBLES(1, 2, 3), VERDICT_FAIL, NULL);
    check_doubles("columns:\n  x: [max: {max: 3}]\n", DOUBLES(1, 2, 3), VERDICT_PASS, NULL);
    check_doubles("columns:\n  x: [max: {max: 3, strict_max: true}]\n", DOUBLES(1, 2, 3), VERDICT_FAIL, NULL);
    check_doubles("columns:\n  x: [min: {min: 1}]\n", DOUBLES(1, 2, 3), VERDICT_PASS, NULL);
    check_doubles("columns:\n  x: [sum: {min: 6, max: 6}]\n", DOUBLES(1, 2, 3), VERDICT_PASS, NULL);
    check_doubles("columns:\n  x: [stdev: {min: 1, max: 1}]\n", DOUBLES(1, 2, 3), VERDICT_PASS, NULL);
    check_doubles("columns:\n  x: [median: {min: 1.5, max: 1.5}]\n", DOUBLES(1, 2), VERDICT_PASS, NULL);
}

static void nan_fails_unless_it_is_ignored_or_accepted(void **test)
{
    (void)test;
    check_doubles("columns:\n  x: [mean: {min: 0}]\n", DOUBLES(1, NAN, 3), VERDICT_FAIL, "1 of 3 values is NaN");
    check_doubles("columns:\n  x: [max: {min: 0}]\n", DOUBLES(NAN, NAN, 3), VERDICT_FAIL, "2 of 3 values are NaN");
    check_doubles("columns:\n  x: [mean: {min: 0, nan: ignore}]\n", DOUBLES(1, NAN, 3), VERDICT_PASS, NULL);
    check_doubles("columns:\n  x: [mean: {min: 0, nan: pass}]\n", DOUBLES(1, NAN, 3), VERDICT_PASS, NULL);
    check_doubles("defaults: {nan: ignore}\ncolumns:\n  x: [median: {min: 0}]\n", DOUBLES(1, NAN, 3), VERDICT_PASS, NULL);
    check_doubles("dialect: gx\ncolumns:\n  x: [mean: {min: 0}]\n", DOUBLES(1, NAN, 3), VERDICT_PASS, NULL);
}

static void infinity_fails_unless_nan_is_ignored(void **test)
{
    (void)test;
    check_doubles("columns:\n  x: [mean: {min: 0}]\n", DOUBLES(1, INFINITY), VERDICT_FAIL, "1 of 2 values is infinite");
    check_doubles("columns:\n  x: [mean: {min: 0, nan: ignore}]\n", DOUBLES(1, INFINITY), VERDICT_PASS, NULL);
    check_doubles("columns:\n  x: [mean: {max: 0, nan: ignore}]\n", DOUBLES(1, INFINITY), VERDICT_FAIL, NULL);
}

static void the_deviation_of_one_value_is_undefined(void **test)
{
    (void)test;
    check_doubles("columns:\n  x: [stdev: {min: 0}]\n", DOUBLES(7), VERDICT_FAIL,
                  "the standard deviation of fewer than 2 values is undefined");
}

static const struct finding *judge_nulls(struct stage *s, const char *yaml)
{
    struct test_column *column;

    stage_open(s, yaml);
    stage_column(s, "x", TYPE_DOUBLE);
    column = column_of_doubles(&s->arena, DOUBLES(0, 0));
    column_set_null(&s->arena, column, 0);
    column_set_null(&s->arena, column, 1);
    stage_feed(s, column);
    return stage_judge(s);
}

static void a_column_without_values_fails_and_observes_nothing(void **test)
{
    struct stage s;
    const struct finding *f = judge_nulls(&s, "columns:\n  x: [mean: {min: 0}]\n");

    (void)test;
    assert_int_equal(f->verdict, VERDICT_FAIL);
    assert_true(f->nothing_to_judge && !f->fails_as_warning && f->has_observed);
    assert_int_equal(f->observed.kind, VALUE_NONE);
    assert_int_equal(f->missing_count, 2);
    stage_close(&s);
    f = judge_nulls(&s, "columns:\n  x: {nullable: true, expect: [mean: {min: 0}]}\n");
    assert_true(f->verdict == VERDICT_PASS && f->vacuous);
    stage_close(&s);
    f = judge_nulls(&s, "columns:\n  x: [mean: {min: 0, on_empty: warn}]\n");
    assert_true(f->verdict == VERDICT_FAIL && f->fails_as_warning);
    stage_close(&s);
    f = judge_nulls(&s, "dialect: gx\ncolumns:\n  x: [mean: {min: 0}]\n");
    assert_int_equal(f->verdict, VERDICT_FAIL); /* as GX does for figures */
    stage_close(&s);
}

static void cells_that_are_no_numbers_fail_and_are_counted(void **test)
{
    struct test_column *column;
    struct stage s;

    (void)test;
    stage_open(&s, "columns:\n  x: [sum: {min: 0}]\n");
    stage_column(&s, "x", TYPE_UNKNOWN);
    column = column_of_doubles(&s.arena, DOUBLES(1, 0, 3, 0));
    column_set_malformed(&s.arena, column, 1, "n/a");
    column_set_malformed(&s.arena, column, 3, "-");
    stage_feed(&s, column);
    assert_int_equal(s.family, FAMILY_NUMBER);
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_FAIL);
    assert_string_equal(s.finding.reason, "2 of 4 values are no numbers");
    stage_close(&s);
}

static void sums_of_integers_are_compared_exactly(void **test)
{
    static const int64_t x[] = {INT64_MAX, 1};
    struct stage s;

    (void)test;
    stage_open(&s, "columns:\n  x: [sum: {min: 9223372036854775808, max: 9223372036854775808}]\n");
    stage_column(&s, "x", TYPE_INT64);
    stage_feed(&s, column_of_ints(&s.arena, x, 2));
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_PASS);
    stage_close(&s);
    stage_open(&s, "columns:\n  x: [sum: {max: 9223372036854775807}]\n");
    stage_column(&s, "x", TYPE_INT64);
    stage_feed(&s, column_of_ints(&s.arena, x, 2));
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_FAIL);
    stage_close(&s);
}

static void extremes_of_texts_and_times_have_bounds_of_their_kind(void **test)
{
    static const char *const x[] = {"b", "a", NULL};
    struct stage s;

    (void)test;
    stage_open(&s, "columns:\n  x: [min: {min: a, max: a}]\n");
    stage_column(&s, "x", TYPE_STRING);
    stage_feed(&s, column_of_texts(&s.arena, x, 3));
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_PASS);
    stage_close(&s);
    stage_open(&s, "columns:\n  x: [max: {min: now - 24h, max: now}]\n");
    stage_column(&s, "x", TYPE_UNKNOWN);
    stage_plan(&s);
    assert_int_equal(s.family, FAMILY_TIME);
    stage_close(&s);
}

static void a_column_that_has_no_such_figure_fails(void **test)
{
    (void)test;
    settles("columns:\n  x: [mean: {min: 1}]\n", TYPE_STRING, "x is string, mean needs numbers here");
    settles("columns:\n  x: [stdev: {min: 1}]\n", TYPE_DATE, "x is date, stdev needs numbers here");
    settles("columns:\n  x: [median: {min: 1}]\n", TYPE_STRING, "median needs numbers here");
    settles("columns:\n  x: [max: {min: 1}]\n", TYPE_STRING, "max needs numbers here");
    settles("columns:\n  x: [max: {min: 2024-12-10}]\n", TYPE_INT64, "max needs dates or times here");
    settles("columns:\n  x: [max: {min: 1}]\n", TYPE_UUID, "max needs");
}

static void wrong_bounds_are_refused(void **test)
{
    (void)test;
    refuses("columns:\n  x: [mean]\n", "needs min or max");
    refuses("columns:\n  x: [mean: {min: now}]\n", "bounded by numbers");
    refuses("columns:\n  x: [mean: {min: 1, mostly: 0.5}]\n", "`mostly` does not apply to mean");
    refuses("columns:\n  x: [mean: 5]\n", "takes a map");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_figure_on_the_bound_passes_unless_the_bound_is_strict),
        cmocka_unit_test(nan_fails_unless_it_is_ignored_or_accepted),
        cmocka_unit_test(infinity_fails_unless_nan_is_ignored),
        cmocka_unit_test(the_deviation_of_one_value_is_undefined),
        cmocka_unit_test(a_column_without_values_fails_and_observes_nothing),
        cmocka_unit_test(cells_that_are_no_numbers_fail_and_are_counted),
        cmocka_unit_test(sums_of_integers_are_compared_exactly),
        cmocka_unit_test(extremes_of_texts_and_times_have_bounds_of_their_kind),
        cmocka_unit_test(a_column_that_has_no_such_figure_fails),
        cmocka_unit_test(wrong_bounds_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
