/* tests/expectations/test_says.c -- the sentence of a check. */
#include "tests/expectations/fixture.h"

static void says(const char *yaml, const char *text)
{
    struct stage s;

    stage_open(&s, yaml);
    assert_string_equal(check_says(&s.arena, s.check), text);
    stage_close(&s);
}

static void segments_are_dropped_where_a_name_is_not_set(void **test)
{
    (void)test;
    says("columns:\n  x: [between: {min: 1, max: 2}]\n", "values of x are at least 1 and at most 2");
    says("columns:\n  x: [between: {min: 1}]\n", "values of x are at least 1");
    says("columns:\n  x: [between: {max: 2, strict_max: true}]\n", "values of x are at most 2 (excluded)");
    says("columns:\n  x: [between: {max: 2, strict_max: false}]\n", "values of x are at most 2");
    says("table:\n  - row_count: 3\n", "the batch has 3 rows");
}

static void what_is_accepted_and_where_is_said_as_well(void **test)
{
    (void)test;
    says("columns:\n  x: [not_null: {mostly: 0.99}]\n", "x is never null, mostly 0.99");
    says("columns:\n  x: [unique: {max_unexpected: 0.1%, where: y > 3}]\n",
         "values of x are unique, with at most 0.1% unexpected, where y > 3");
}

static void long_lists_are_cut(void **test)
{
    (void)test;
    says("columns:\n  x: [in_set: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]\n",
         "values of x are one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...");
}

static void brackets_and_braces_of_a_value_are_left_alone(void **test)
{
    (void)test;
    says("columns:\n  x: [matches_regex: '^[a]{2}{min}$']\n", "values of x match ^[a]{2}{min}$");
    says("columns:\n  '[{min}]': [not_null]\n", "[{min}] is never null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_are_dropped_where_a_name_is_not_set),
        cmocka_unit_test(what_is_accepted_and_where_is_said_as_well),
        cmocka_unit_test(long_lists_are_cut),
        cmocka_unit_test(brackets_and_braces_of_a_value_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
