/* tests/expectations/test_distinct.c -- distinct_count. */
#include "tests/expectations/fixture.h"

static const struct finding *judge_texts(struct stage *s, const char *yaml, const char *const *x, int64_t n)
{
    stage_open(s, yaml);
    stage_column(s, "x", TYPE_STRING);
    stage_feed(s, column_of_texts(&s->arena, x, n));
    return stage_judge(s);
}

static void nulls_are_no_values(void **test)
{
    static const char *const x[] = {"a", "b", "a", NULL};
    struct stage s;

    (void)test;
    assert_int_equal(judge_texts(&s, "columns:\n  x: [distinct_count: 2]\n", x, 4)->verdict, VERDICT_PASS);
    assert_int_equal(s.finding.observed.i64, 2);
    stage_close(&s);
    assert_int_equal(judge_texts(&s, "columns:\n  x: [distinct_count: {min: 3}]\n", x, 4)->verdict, VERDICT_FAIL);
    stage_close(&s);
}

static void without_values_it_fails_and_great_expectations_counts_0(void **test)
{
    static const char *const x[] = {NULL, NULL};
    struct stage s;

    (void)test;
    assert_int_equal(judge_texts(&s, "columns:\n  x: [distinct_count: {max: 3}]\n", x, 2)->verdict, VERDICT_FAIL);
    assert_true(s.finding.nothing_to_judge);
    stage_close(&s);
    assert_int_equal(judge_texts(&s, "dialect: gx\ncolumns:\n  x: [distinct_count: {max: 3}]\n", x, 2)->verdict, VERDICT_PASS);
    assert_int_equal(s.finding.observed.i64, 0);
    stage_close(&s);
}

static void wrong_counts_are_refused(void **test)
{
    (void)test;
    refuses("columns:\n  x: [distinct_count]\n", "needs min or max");
    refuses("columns:\n  x: [distinct_count: {equals: 3, max: 4}]\n", "not both");
    refuses("columns:\n  x: [distinct_count: many]\n", "bounded by numbers");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nulls_are_no_values),
        cmocka_unit_test(without_values_it_fails_and_great_expectations_counts_0),
        cmocka_unit_test(wrong_counts_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
