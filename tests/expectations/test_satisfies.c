/* tests/expectations/test_satisfies.c -- satisfies. */
#include "tests/expectations/fixture.h"

static void its_columns_are_asked_for_in_order_of_appearance(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "table:\n  - satisfies: b >= a and b < 10\n");
    stage_column(&s, "a", TYPE_INT64);
    stage_column(&s, "b", TYPE_INT64);
    stage_plan(&s);
    assert_int_equal(s.requests[0].n_columns, 2);
    assert_int_equal(s.requests[0].slots[0], 1);
    assert_true(s.requests[0].rule->missing_is_unknown);
    stage_close(&s);
}

static void it_may_stand_under_a_column(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "columns:\n  a: [satisfies: a > 3]\n");
    assert_string_equal(s.check->id, "a.satisfies");
    assert_string_equal(check_says(&s.arena, s.check), "a > 3");
    stage_close(&s);
}

static void a_missing_column_fails(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "table:\n  - satisfies: b >= a\n");
    stage_column(&s, "b", TYPE_INT64);
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_FAIL);
    stage_close(&s);
}

static void what_is_no_expression_is_refused_at_its_place(void **test)
{
    struct arena arena = {0};
    struct suite *suite;
    struct problems problems;
    struct error err = ERROR_NONE;
    const char *yaml = "table:\n  - satisfies: \"a + > 3\"\n";

    (void)test;
    problems_init(&problems, &arena);
    assert_int_equal(suite_parse(&arena, "x", span_text(yaml), NULL, &suite, &problems, &err), STATUS_BAD_SUITE);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.line_column, 21); /* of the > */
    arena_done(&arena);
    refuses("table:\n  - satisfies: 1 = 1\n", "names no column");
    refuses("table:\n  - satisfies: 5\n", "as text");
    refuses("table:\n  - satisfies\n", "`expression` is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_columns_are_asked_for_in_order_of_appearance),
        cmocka_unit_test(it_may_stand_under_a_column),
        cmocka_unit_test(a_missing_column_fails),
        cmocka_unit_test(what_is_no_expression_is_refused_at_its_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
