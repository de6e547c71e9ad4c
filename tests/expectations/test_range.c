/* tests/expectations/test_range.c -- between. */
#include "tests/expectations/fixture.h"

static void bounds_become_a_rule(void **test)
{
    (void)test;
    rule_is("columns:\n  x: [between: {min: 18, max: 120}]\n", TYPE_INT64, "x between 18 and 120");
}

static void a_typed_column_that_cannot_take_the_bounds_fails(void **test)
{
    (void)test;
    settles("columns:\n  x: [between: {min: 18}]\n", TYPE_STRING, "x is string, between needs a number here");
    settles("columns:\n  x: [between: {min: now}]\n", TYPE_STRING, "between needs a date or time here");
    settles("columns:\n  x: [between: {min: abc}]\n", TYPE_INT64, "x is int64, between needs text here");
    settles("columns:\n  x: [between: {min: 3}]\n", TYPE_DATE, "x is date, between needs a number here");
    settles("columns:\n  x: [between: {min: 3}]\n", TYPE_BOOL, "x is bool");
}

static void bounds_tell_how_an_undeclared_column_is_read(void **test)
{
    static const struct { const char *yaml; enum family family; } cases[] = {
        {"columns:\n  x: [between: {min: 18}]\n", FAMILY_NUMBER},
        {"columns:\n  x: [between: {max: 1.5e3}]\n", FAMILY_NUMBER},
        {"columns:\n  x: [between: {max: now}]\n", FAMILY_TIME},
        {"columns:\n  x: [between: {min: 'today - 1d'}]\n", FAMILY_TIME},
        {"columns:\n  x: [between: {min: 2024-12-10, max: 2024-12-11T00:00:00Z}]\n", FAMILY_TIME},
        {"columns:\n  x: [between: {min: '10:30'}]\n", FAMILY_TIME},
        {"columns:\n  x: [between: {min: '18'}]\n", FAMILY_TEXT},
        {"columns:\n  x: [between: {min: nowhere}]\n", FAMILY_TEXT},
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

static void times_as_bounds_of_an_undeclared_column_are_not_taken_for_text(void **test)
{
    struct stage s;
    const char *rule;

    (void)test;
    stage_open(&s, "columns:\n  'a \"b': [between: {min: '2024-12-10', max: now - 1h, strict_max: true}]\n");
    stage_column(&s, "a \"b", TYPE_UNKNOWN);
    stage_plan(&s);
    rule = expression_print(&s.arena, s.requests[0].rule->holds);
    assert_non_null(strstr(rule, "date '2024-12-10'"));
    assert_non_null(strstr(rule, "a \"\"b"));
    stage_close(&s);
}

static void wrong_bounds_are_refused(void **test)
{
    (void)test;
    refuses("columns:\n  x: [between]\n", "needs min or max");
    refuses("columns:\n  x: [between: {min: null, max: null}]\n", "needs min or max");
    refuses("columns:\n  x: [between: {min: 5, max: 3}]\n", "min 5 is above max 3");
    refuses("columns:\n  x: [between: {min: 9007199254740993, max: 9007199254740992}]\n", "is above max");
    refuses("columns:\n  x: [between: {min: 1e400, max: 3}]\n", "is above max");
    refuses("columns:\n  x: [between: {min: 2024-12-10, max: 2024-12-09}]\n", "is above max");
    refuses("columns:\n  x: [between: {min: 2024-12-10T10:00:00Z, max: 2024-12-10T09:00:00Z}]\n", "is above max");
    refuses("columns:\n  x: [between: {min: 5, max: z}]\n", "of different kinds");
    refuses("columns:\n  x: [between: {min: 5, strict_max: true}]\n", "strict_max but no max");
    refuses("columns:\n  x: [between: 5]\n", "takes a map");
}

static void a_column_of_nulls_only_has_nothing_to_judge(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "columns:\n  x: [between: {min: 3}]\n");
    stage_column(&s, "x", TYPE_NULL);
    stage_count(&s, 5, 5, 0, 0);
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_FAIL);
    assert_true(s.finding.fails_as_warning);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_become_a_rule),
        cmocka_unit_test(a_typed_column_that_cannot_take_the_bounds_fails),
        cmocka_unit_test(bounds_tell_how_an_undeclared_column_is_read),
        cmocka_unit_test(times_as_bounds_of_an_undeclared_column_are_not_taken_for_text),
        cmocka_unit_test(wrong_bounds_are_refused),
        cmocka_unit_test(a_column_of_nulls_only_has_nothing_to_judge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
