/* tests/expectations/test_columns.c -- column_exists and columns_match. */
#include "tests/expectations/fixture.h"

static const struct finding *judge_schema(struct stage *s, const char *yaml, const char *const *names)
{
    stage_open(s, yaml);
    for (int i = 0; names[i]; i++) {
        struct column *c = stage_column(s, names[i], TYPE_INT64);

        c->is_nested = strpbrk(names[i], ".[") != NULL;
        c->is_partition = strcmp(names[i], "dt") == 0;
    }
    return stage_judge(s);
}

static enum verdict verdict_of(const char *yaml, const char *const *names)
{
    struct stage s;
    enum verdict verdict = judge_schema(&s, yaml, names)->verdict;

    stage_close(&s);
    return verdict;
}

static const char *const ab[] = {"a", "b", NULL};
static const char *const abc[] = {"a", "b", "c", NULL};
static const char *const ba[] = {"b", "a", NULL};
static const char *const nested[] = {"a.x", "a.y", "b[]", NULL};
static const char *const partitioned[] = {"a", "b", "dt", NULL};

static void columns_match_in_any_order_unless_told(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("table:\n  - columns_match: [a, b]\n", ba), VERDICT_PASS);
    assert_int_equal(verdict_of("table:\n  - columns_match: {columns: [a, b], order: exact}\n", ba), VERDICT_FAIL);
    assert_int_equal(verdict_of("table:\n  - columns_match: {columns: [a, b], order: exact}\n", ab), VERDICT_PASS);
    assert_int_equal(verdict_of("table:\n  - expect_table_columns_to_match_ordered_list: {column_list: [a, b]}\n", ba), VERDICT_FAIL);
}

static void other_columns_are_forbidden_unless_allowed(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("table:\n  - columns_match: [a, b]\n", abc), VERDICT_FAIL);
    assert_int_equal(verdict_of("table:\n  - columns_match: {columns: [a, b], extra: allow}\n", abc), VERDICT_PASS);
    assert_int_equal(verdict_of("table:\n  - columns_match: [a, b, c]\n", ab), VERDICT_FAIL);
    assert_int_equal(verdict_of("table:\n  - expect_table_columns_to_match_set: {column_set: [a], exact_match: false}\n", ab), VERDICT_PASS);
    assert_int_equal(verdict_of("table:\n  - expect_table_columns_to_match_set: {column_set: [a], exact_match: true}\n", ab), VERDICT_FAIL);
}

static void partition_columns_are_never_extra(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("table:\n  - columns_match: [a, b]\n", partitioned), VERDICT_PASS);
    assert_int_equal(verdict_of("table:\n  - columns_match: [a, b, dt]\n", partitioned), VERDICT_PASS);
}

static void nested_columns_are_known_by_their_top_name(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("table:\n  - columns_match: [a, b]\n", nested), VERDICT_PASS);
    assert_int_equal(verdict_of("columns:\n  a: [column_exists]\n", nested), VERDICT_PASS);
    assert_int_equal(verdict_of("columns:\n  a.x: [column_exists]\n", nested), VERDICT_PASS);
    assert_int_equal(verdict_of("columns:\n  a.: [column_exists]\n", nested), VERDICT_FAIL);
}

static void the_differences_are_listed(void **test)
{
    struct stage s;
    const struct finding *f = judge_schema(&s, "table:\n  - columns_match: {columns: [b, a, z], order: exact}\n", abc);

    (void)test;
    assert_int_equal(f->verdict, VERDICT_FAIL);
    assert_true(span_is(node_find(f->details, "missing")->first->text, "z"));
    assert_true(span_is(node_find(f->details, "extra")->first->text, "c"));
    assert_true(span_is(node_find(f->details, "out_of_order")->first->text, "b"));
    assert_int_equal(f->observed_node->n_children, 3);
    stage_close(&s);
}

static void a_column_that_is_not_there_is_told_with_a_hint(void **test)
{
    static const char *const names[] = {"user_age", "user_id", NULL};
    struct stage s;

    (void)test;
    assert_int_equal(judge_schema(&s, "columns:\n  user_agee: [column_exists]\n", names)->verdict, VERDICT_FAIL);
    assert_non_null(strstr(s.planned.finding.reason, "did you mean user_age?"));
    stage_close(&s);
}

static void a_position_may_be_asked_for(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("columns:\n  b: [column_exists: {index: 1}]\n", ab), VERDICT_PASS);
    assert_int_equal(verdict_of("columns:\n  b: [column_exists: {index: 0}]\n", ab), VERDICT_FAIL);
    refuses("columns:\n  b: [column_exists: {index: -1}]\n", "a whole number from 0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_match_in_any_order_unless_told),
        cmocka_unit_test(other_columns_are_forbidden_unless_allowed),
        cmocka_unit_test(partition_columns_are_never_extra),
        cmocka_unit_test(nested_columns_are_known_by_their_top_name),
        cmocka_unit_test(the_differences_are_listed),
        cmocka_unit_test(a_column_that_is_not_there_is_told_with_a_hint),
        cmocka_unit_test(a_position_may_be_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
