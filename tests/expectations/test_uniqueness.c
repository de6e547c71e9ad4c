/* tests/expectations/test_uniqueness.c -- unique and unique_together. */
#include "tests/expectations/fixture.h"

static const struct finding *judge_texts(struct stage *s, const char *yaml, const char *const *x, int64_t n)
{
    stage_open(s, yaml);
    stage_column(s, "x", TYPE_STRING);
    stage_feed(s, column_of_texts(&s->arena, x, n));
    return stage_judge(s);
}

static void every_member_of_a_duplicated_group_is_unexpected(void **test)
{
    const char *const x[] = {"a", "a", "b", "b", "b", NULL};
    const struct finding *f;
    struct stage s;

    (void)test;
    f = judge_texts(&s, "columns:\n  x: [unique]\n", x, 6);
    assert_int_equal(f->verdict, VERDICT_FAIL);
    assert_int_equal(f->element_count, 6);
    assert_int_equal(f->missing_count, 1);
    assert_int_equal(f->considered_count, 5);
    assert_int_equal(f->unexpected_count, 5);
    assert_int_equal(f->duplicate_groups, 2);
    assert_int_equal(f->surplus_rows, 3);
    stage_close(&s);
}

static void nulls_fail_or_pass_where_the_check_says_so(void **test)
{
    const char *const x[] = {"a", "b", NULL, NULL};
    struct stage s;

    (void)test;
    assert_int_equal(judge_texts(&s, "columns:\n  x: [unique]\n", x, 4)->verdict, VERDICT_PASS);
    stage_close(&s);
    assert_int_equal(judge_texts(&s, "columns:\n  x: [unique: {nulls: fail}]\n", x, 4)->unexpected_count, 2);
    assert_int_equal(s.finding.considered_count, 4);
    stage_close(&s);
    assert_int_equal(judge_texts(&s, "columns:\n  x: [unique: {nulls: pass}]\n", x, 4)->verdict, VERDICT_PASS);
    assert_int_equal(s.finding.considered_count, 4);
    stage_close(&s);
}

static void mostly_counts_rows(void **test)
{
    const char *const x[] = {"a", "a", "b", "c"};
    struct stage s;

    (void)test;
    assert_int_equal(judge_texts(&s, "columns:\n  x: [unique: {mostly: 0.5}]\n", x, 4)->verdict, VERDICT_PASS);
    stage_close(&s);
    assert_int_equal(judge_texts(&s, "columns:\n  x: [unique: {mostly: 0.51}]\n", x, 4)->verdict, VERDICT_FAIL);
    stage_close(&s);
}

static void unique_together_asks_for_its_columns_in_order(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "table:\n  - unique_together: [b, a]\n");
    stage_column(&s, "a", TYPE_INT64);
    stage_column(&s, "b", TYPE_INT64);
    stage_plan(&s);
    assert_int_equal(s.requests[0].n_columns, 2);
    assert_int_equal(s.requests[0].slots[0], 1);
    assert_int_equal(s.requests[0].slots[1], 0);
    stage_close(&s);
}

static void wrong_lists_of_columns_are_refused(void **test)
{
    (void)test;
    refuses("table:\n  - unique_together: []\n", "names no column");
    refuses("table:\n  - unique_together: [a, b, a]\n", "names a twice");
    refuses("table:\n  - unique_together\n", "`columns` is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_of_a_duplicated_group_is_unexpected),
        cmocka_unit_test(nulls_fail_or_pass_where_the_check_says_so),
        cmocka_unit_test(mostly_counts_rows),
        cmocka_unit_test(unique_together_asks_for_its_columns_in_order),
        cmocka_unit_test(wrong_lists_of_columns_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
