/* tests/expectations/test_presence.c -- not_null and null. */
#include "tests/expectations/fixture.h"

static void an_all_null_column_is_judged_like_any_other(void **test)
{
    (void)test;
    assert_int_equal(verdict_of_counts("columns:\n  x: [not_null]\n", TYPE_INT64, 5, 5, 5, 5), VERDICT_FAIL);
    assert_int_equal(verdict_of_counts("columns:\n  x: [\"null\"]\n", TYPE_INT64, 5, 5, 5, 0), VERDICT_PASS);
}

static void not_null_counts_nulls_as_unexpected_whatever_the_defaults(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "defaults: {nulls: pass}\ncolumns:\n  x: [not_null]\n");
    stage_column(&s, "x", TYPE_DOUBLE);
    stage_plan(&s);
    assert_int_equal(s.requests[0].rule->nulls, NULLS_FAIL);
    assert_int_equal(s.requests[0].rule->nan, NAN_FAIL);
    stage_close(&s);
}

static void null_takes_nulls_and_nothing_else(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "columns:\n  x:\n    - null\n");
    stage_column(&s, "x", TYPE_DOUBLE);
    stage_plan(&s);
    assert_string_equal(s.check->id, "x.null");
    assert_int_equal(s.requests[0].rule->nulls, NULLS_PASS);
    assert_int_equal(s.requests[0].rule->nan, NAN_FAIL);
    stage_close(&s);
}

static void in_dialect_gx_a_nan_is_a_null(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "dialect: gx\ncolumns:\n  x: [\"null\", not_null]\n");
    stage_column(&s, "x", TYPE_DOUBLE);
    stage_plan(&s);
    assert_int_equal(s.requests[0].rule->nan, NAN_PASS);
    s.planned = (struct planned){.check = &s.suite->checks[1]};
    must(s.planned.check->kind->plan(&s.planned, &s.planner, &s.err), &s.err);
    assert_int_equal(s.requests[1].rule->nan, NAN_FAIL);
    stage_close(&s);
}

static void a_missing_column_fails_and_a_nested_one_is_not_evaluated(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "columns:\n  x: [not_null]\n");
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_FAIL);
    assert_true(s.planned.is_settled);
    stage_close(&s);
    stage_open(&s, "columns:\n  x: [not_null]\n");
    stage_column(&s, "x", TYPE_NESTED)->is_nested = true;
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_NOT_EVALUATED);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_all_null_column_is_judged_like_any_other),
        cmocka_unit_test(not_null_counts_nulls_as_unexpected_whatever_the_defaults),
        cmocka_unit_test(null_takes_nulls_and_nothing_else),
        cmocka_unit_test(in_dialect_gx_a_nan_is_a_null),
        cmocka_unit_test(a_missing_column_fails_and_a_nested_one_is_not_evaluated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
