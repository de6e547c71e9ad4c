/* tests/expectations/test_patterns.c -- matches_regex and not_matches_regex. */
#include "tests/expectations/fixture.h"

static void only_text_has_a_pattern(void **test)
{
    (void)test;
    settles("columns:\n  x: [matches_regex: a]\n", TYPE_INT64, "x is int64, matches_regex needs text here");
    settles("columns:\n  x: [not_matches_regex: a]\n", TYPE_DATE, "needs text here");
}

static void an_undeclared_column_is_read_as_text(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "columns:\n  x: [not_matches_regex: '^a']\n");
    stage_column(&s, "x", TYPE_UNKNOWN);
    stage_plan(&s);
    assert_int_equal(s.family, FAMILY_TEXT);
    assert_non_null(strstr(expression_print(&s.arena, s.requests[0].rule->holds), "not"));
    stage_close(&s);
}

static void a_pattern_is_there_and_no_longer_than_it_may_be(void **test)
{
    static char yaml[40000];

    (void)test;
    refuses("columns:\n  x: [matches_regex]\n", "`regex` is missing");
    refuses("columns:\n  x: [matches_regex: [a]]\n", "`regex` must be a text");
    snprintf(yaml, sizeof yaml, "columns:\n  x: [matches_regex: %0*d]\n", 33000, 1);
    refuses(yaml, "longer than");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_text_has_a_pattern),
        cmocka_unit_test(an_undeclared_column_is_read_as_text),
        cmocka_unit_test(a_pattern_is_there_and_no_longer_than_it_may_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
