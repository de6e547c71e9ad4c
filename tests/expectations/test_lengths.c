/* tests/expectations/test_lengths.c -- length_between. */
#include "tests/expectations/fixture.h"

static void lengths_become_a_rule(void **test)
{
    (void)test;
    rule_is("columns:\n  x: [length_between: {min: 3, max: 5}]\n", TYPE_STRING, "length(x) between 3 and 5");
    rule_is("columns:\n  x: [length_between: {equals: 4}]\n", TYPE_BINARY, "length(x) between 4 and 4");
    rule_is("columns:\n  x: [expect_column_value_lengths_to_equal: {value: 4}]\n", TYPE_STRING, "length(x) between 4 and 4");
}

static void only_text_and_bytes_have_a_length(void **test)
{
    (void)test;
    settles("columns:\n  x: [length_between: {min: 3}]\n", TYPE_INT64, "x is int64, length_between needs text here");
}

static void wrong_lengths_are_refused(void **test)
{
    (void)test;
    refuses("columns:\n  x: [length_between: {equals: 3, min: 2}]\n", "not both");
    refuses("columns:\n  x: [length_between: {min: a}]\n", "bounded by numbers");
    refuses("columns:\n  x: [length_between: {min: 4, max: 3}]\n", "is above max");
    refuses("columns:\n  x: [length_between]\n", "needs min or max");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_become_a_rule),
        cmocka_unit_test(only_text_and_bytes_have_a_length),
        cmocka_unit_test(wrong_lengths_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
