/* tests/expectations/test_sets.c -- in_set and not_in_set. */
#include "tests/expectations/fixture.h"

static void values_become_a_rule(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "columns:\n  x: [in_set: [DE, \"NO\"], not_in_set: [XX, null]]\n");
    stage_column(&s, "x", TYPE_STRING);
    stage_plan(&s);
    assert_non_null(strstr(expression_print(&s.arena, s.requests[0].rule->holds), "'NO'"));
    s.planned = (struct planned){.check = &s.suite->checks[1]};
    must(s.planned.check->kind->plan(&s.planned, &s.planner, &s.err), &s.err);
    assert_non_null(strstr(expression_print(&s.arena, s.requests[1].rule->holds), "not"));
    assert_null(strstr(expression_print(&s.arena, s.requests[1].rule->holds), "null"));
    stage_close(&s);
}

static void a_value_that_the_column_cannot_hold_fails(void **test)
{
    (void)test;
    settles("columns:\n  x: [in_set: [1, US]]\n", TYPE_INT64, "x is int64, in_set needs a type that can be US here");
    settles("columns:\n  x: [in_set: [1, 2]]\n", TYPE_STRING, "x is string");
    settles("columns:\n  x: [not_in_set: [3]]\n", TYPE_BOOL, "x is bool");
}

static void values_tell_how_an_undeclared_column_is_read(void **test)
{
    static const struct { const char *yaml; enum family family; } cases[] = {
        {"columns:\n  x: [in_set: [1, 2]]\n", FAMILY_NUMBER},
        {"columns:\n  x: [in_set: [1, a]]\n", FAMILY_TEXT},
        {"columns:\n  x: [in_set: [true]]\n", FAMILY_BOOL},
        {"columns:\n  x: [in_set: ['1', '2']]\n", FAMILY_TEXT},
        {"columns:\n  x: [in_set: [2024-12-10]]\n", FAMILY_ANY},
        {"columns:\n  x: [in_set: [2024-12-10, other]]\n", FAMILY_TEXT},
    };

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage s;

        stage_open(&s, cases[i].yaml);
        stage_column(&s, "x", TYPE_UNKNOWN);
        stage_plan(&s);
        if (s.family != cases[i].family)
            fail_msg("%s: %d", cases[i].yaml, s.family);
        stage_close(&s);
    }
}

static void an_empty_list_is_refused_but_not_in_dialect_gx(void **test)
{
    (void)test;
    refuses("columns:\n  x: [in_set: []]\n", "has no values");
    refuses("columns:\n  x: [in_set: [null]]\n", "has no values");
    refuses("columns:\n  x: [in_set]\n", "`values` is missing");
    rule_is("dialect: gx\ncolumns:\n  x: [not_in_set: []]\n", TYPE_STRING, "true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_become_a_rule),
        cmocka_unit_test(a_value_that_the_column_cannot_hold_fails),
        cmocka_unit_test(values_tell_how_an_undeclared_column_is_read),
        cmocka_unit_test(an_empty_list_is_refused_but_not_in_dialect_gx),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
