/* tests/expectations/test_row_count.c -- row_count. */
#include "tests/expectations/fixture.h"

static enum verdict verdict_of(const char *yaml, int64_t n)
{
    struct rows rows = {n};
    enum verdict verdict;
    struct stage s;

    stage_open(&s, yaml);
    stage_plan(&s);
    s.states[0] = &rows;
    s.seen.batch_rows = n;
    verdict = stage_judge(&s)->verdict;
    assert_int_equal(s.finding.observed.i64, n);
    assert_false(s.finding.vacuous);
    s.states[0] = NULL;
    stage_close(&s);
    return verdict;
}

static void rows_lie_between_the_bounds(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("table:\n  - row_count: {min: 3, max: 5}\n", 3), VERDICT_PASS);
    assert_int_equal(verdict_of("table:\n  - row_count: {min: 3, max: 5}\n", 5), VERDICT_PASS);
    assert_int_equal(verdict_of("table:\n  - row_count: {min: 3, max: 5}\n", 6), VERDICT_FAIL);
    assert_int_equal(verdict_of("table:\n  - row_count: {min: 3, strict_min: true}\n", 3), VERDICT_FAIL);
    assert_int_equal(verdict_of("table:\n  - row_count: {min: 2.5}\n", 2), VERDICT_FAIL);
}

static void a_bare_number_is_the_one_count(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("table:\n  - row_count: 3\n", 3), VERDICT_PASS);
    assert_int_equal(verdict_of("table:\n  - row_count: 3\n", 4), VERDICT_FAIL);
    assert_int_equal(verdict_of("table:\n  - expect_table_row_count_to_equal: {value: 3}\n", 3), VERDICT_PASS);
}

static void there_is_always_something_to_judge(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("table:\n  - row_count: {max: 3}\n", 0), VERDICT_PASS);
    assert_int_equal(verdict_of("table:\n  - row_count: 0\n", 0), VERDICT_PASS);
}

static void wrong_counts_are_refused(void **test)
{
    (void)test;
    refuses("table:\n  - row_count\n", "needs min or max");
    refuses("table:\n  - row_count: {equals: 3, min: 3}\n", "not both");
    refuses("table:\n  - row_count: many\n", "bounded by numbers");
    refuses("columns:\n  x: [row_count: 3]\n", "belongs under `table:`");
    refuses("table:\n  - row_count: {min: 3, mostly: 0.5}\n", "`mostly` does not apply to row_count");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_lie_between_the_bounds),
        cmocka_unit_test(a_bare_number_is_the_one_count),
        cmocka_unit_test(there_is_always_something_to_judge),
        cmocka_unit_test(wrong_counts_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
