/* tests/expectations/test_quantiles.c -- quantiles. */
#include "tests/expectations/fixture.h"

static const struct finding *judge_ints(struct stage *s, const char *yaml)
{
    static const int64_t x[] = {1, 2, 3, 4};

    stage_open(s, yaml);
    stage_column(s, "x", TYPE_INT64);
    stage_feed(s, column_of_ints(&s->arena, x, 4));
    return stage_judge(s);
}

static void each_quantile_has_bounds_of_its_own(void **test)
{
    struct stage s;
    const struct finding *f = judge_ints(&s, "columns:\n  x: [quantiles: {0.5: {min: 2.5, max: 2.5}, 1: {max: 4}}]\n");

    (void)test;
    assert_int_equal(f->verdict, VERDICT_PASS);
    assert_true(span_is(node_find(f->observed_node, "0.5")->text, "2.5"));
    assert_true(span_is(node_find(f->observed_node, "1")->text, "4"));
    stage_close(&s);
    assert_int_equal(judge_ints(&s, "columns:\n  x: [quantiles: {0.5: {max: 2}, 1: {max: 4}}]\n")->verdict, VERDICT_FAIL);
    stage_close(&s);
}

static void the_method_is_named_or_the_dialects(void **test)
{
    struct stage s;

    (void)test;
    assert_int_equal(judge_ints(&s, "columns:\n  x: [quantiles: {0.5: {max: 2}, method: type1}]\n")->verdict, VERDICT_PASS);
    stage_close(&s);
    judge_ints(&s, "dialect: gx\ncolumns:\n  x: [quantiles: {0.4: {max: 2}}]\n");
    assert_int_equal(((const struct quantiles_params *)s.requests[0].params)->method, 0);
    stage_close(&s);
}

static void the_form_of_great_expectations_is_the_same_in_two_lists(void **test)
{
    struct stage s;
    const struct finding *f =
        judge_ints(&s, "columns:\n  x: [quantiles: {quantile_ranges: {quantiles: [0.5, 1], value_ranges: [[null, 3], [1, 4]]}}]\n");

    (void)test;
    assert_int_equal(f->verdict, VERDICT_PASS);
    assert_int_equal(node_find(f->observed_node, "quantiles")->n_children, 2);
    assert_true(span_is(node_find(f->observed_node, "values")->last->text, "4"));
    stage_close(&s);
}

static void wrong_quantiles_are_refused(void **test)
{
    (void)test;
    refuses("columns:\n  x: [quantiles]\n", "names none");
    refuses("columns:\n  x: [quantiles: {1.5: {max: 3}}]\n", "from 0 to 1");
    refuses("columns:\n  x: [quantiles: {0.5: 3}]\n", "takes a map");
    refuses("columns:\n  x: [quantiles: {0.5: {}}]\n", "needs min or max");
    refuses("columns:\n  x: [quantiles: {0.5: {mx: 3}}]\n", "did you mean `max`?");
    refuses("columns:\n  x: [quantiles: {0.5: {max: 3}, 0.50: {max: 4}}]\n", "twice");
    refuses("columns:\n  x: [quantiles: {0.5: {max: 3}, method: typo}]\n", "is no method");
    refuses("columns:\n  x: [quantiles: {quantile_ranges: {quantiles: [0.5], value_ranges: []}}]\n", "of one length");
    refuses("columns:\n  x: [quantiles: {quantile_ranges: {quantiles: [0.5], value_ranges: [3]}}]\n", "a list of two");
    refuses("columns:\n  x: [quantiles: {nan: {max: 3}}]\n", "nan");
    settles("columns:\n  x: [quantiles: {0.5: {max: 3}}]\n", TYPE_STRING, "quantiles needs numbers here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_quantile_has_bounds_of_its_own),
        cmocka_unit_test(the_method_is_named_or_the_dialects),
        cmocka_unit_test(the_form_of_great_expectations_is_the_same_in_two_lists),
        cmocka_unit_test(wrong_quantiles_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
