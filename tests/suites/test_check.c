/* tests/suites/test_check.c -- one expectation of a suite. */
#include "tests/suites/fixture.h"

static void common_parameters_are_read(void **test)
{
    struct reading r;
    const struct check *c;

    (void)test;
    read_well(&r, "columns:\n  a:\n    - between: {min: 1, id: mine, description: words, tags: [x, y], meta: {k: v}, severity: info,\n"
                  "                where: b > 3, mostly: 0.9, nulls: pass, nan: pass, on_empty: pass}\n    - not_null: {active: false}\n");
    c = check_of(r.suite, "mine");
    assert_string_equal(c->description, "words");
    assert_int_equal(c->tags.n, 2);
    assert_int_equal(c->meta->n_children, 1);
    assert_int_equal(c->severity, SEVERITY_INFO);
    assert_string_equal(c->where, "b > 3");
    assert_non_null(c->where_expression);
    assert_int_equal(c->tolerance.kind, TOLERANCE_MOSTLY);
    assert_int_equal(c->nulls, NULLS_PASS);
    assert_int_equal(c->nan, NAN_PASS);
    assert_int_equal(c->on_empty, EMPTY_PASS);
    assert_true(c->is_active);
    assert_int_equal(c->line, 3);
    assert_false(check_of(r.suite, "a.not_null")->is_active);
    reading_done(&r);
}

static void the_report_shows_what_was_given_and_what_has_a_default(void **test)
{
    struct reading r;
    const struct node *p;

    (void)test;
    read_well(&r, "columns:\n  a: [between: {min: 1, mostly: 0.9, id: x, severity: info}, freshness: 1h]\n");
    p = check_of(r.suite, "x")->parameters;
    assert_non_null(node_find(p, "min"));
    assert_non_null(node_find(p, "mostly"));
    assert_null(node_find(p, "max"));
    assert_null(node_find(p, "id"));
    assert_null(node_find(p, "severity"));
    assert_null(node_find(p, "nulls"));
    assert_non_null(node_find(check_of(r.suite, "a.freshness")->parameters, "tolerance"));
    reading_done(&r);
}

static void warn_is_the_same_check_tighter(void **test)
{
    struct reading r;
    const struct check *c;

    (void)test;
    read_well(&r, "columns:\n  a:\n    - between: {min: 0, max: 9, mostly: 0.9, id: x, warn: {max: 5, max_unexpected: 0}}\n");
    c = check_of(r.suite, "x");
    assert_int_equal(c->severity, SEVERITY_ERROR);
    assert_int_equal(c->tolerance.kind, TOLERANCE_MOSTLY);
    assert_null(node_find(c->parameters, "warn"));
    assert_non_null(c->warn);
    assert_int_equal(c->warn->severity, SEVERITY_WARNING);
    assert_int_equal(c->warn->tolerance.kind, TOLERANCE_COUNT);
    assert_true(span_is(node_find(c->warn->parameters, "min")->text, "0"));
    assert_true(span_is(node_find(c->warn->parameters, "max")->text, "5"));
    assert_null(node_find(c->warn->parameters, "mostly"));
    assert_string_equal(c->warn->id, "x");
    reading_done(&r);
}

static void a_wrong_warn_is_refused(void **test)
{
    (void)test;
    refused("columns:\n  a: [between: {min: 1, warn: 5}]\n", 2, 31, "warn takes a map");
    refused("columns:\n  a: [between: {min: 1, warn: {}}]\n", 2, 31, "warn takes a map");
    refused("columns:\n  a: [between: {min: 1, warn: {id: y}}]\n", 2, 32, "`id` does not belong under warn");
    refused("columns:\n  a: [between: {min: 1, warn: {mx: 3}}]\n", 2, 32, "did you mean `max`?");
    refused("columns:\n  a: [between: {min: 1, warn: {max: 0}}]\n", 2, 22, "is above max");
}

static void an_expectation_is_a_word_a_scalar_a_list_or_a_map(void **test)
{
    struct reading r;
    const struct suite *s;

    (void)test;
    s = read_well(&r, "columns:\n  a: [unique, not_null: , in_set: [1], in_set: 1, in_set: {values: [1]}, freshness: 24h]\n");
    assert_int_equal(s->n_checks, 6);
    reading_done(&r);
}

static void forms_that_are_none_of_these_are_refused(void **test)
{
    (void)test;
    refused("columns:\n  a:\n    - [unique]\n", 3, 7, "not a list");
    refused("columns:\n  a:\n    - {}\n", 3, 7, "an expectation is a name");
    refused("columns:\n  a:\n    - between:\n      min: 3\n", 4, 7, "`min` stands beside `between`");
    refused("columns:\n  a:\n    - unique: true\n", 3, 15, "unique takes no value");
    refused("columns:\n  a:\n    - between: [1, 2]\n", 3, 16, "between takes a map, such as {min: ...}");
}

static void an_unknown_expectation_is_told_with_a_hint(void **test)
{
    (void)test;
    refused("columns:\n  a: [not_nul]\n", 2, 7, "unknown expectation `not_nul`; did you mean `not_null`?");
    refused("columns:\n  a: [foo: 3]\n", 2, 7, "unknown expectation `foo`");
    refused("columns:\n  a: [expect_column_values_to_be_json_parseable]\n", 2, 7,
            "not supported yet: expect_column_values_to_be_json_parseable");
}

static void what_does_not_apply_is_refused_by_name(void **test)
{
    (void)test;
    refused("columns:\n  a: [mean: {min: 1, mostly: 0.9}]\n", 2, 22, "`mostly` does not apply to mean");
    refused("columns:\n  a: [mean: {min: 1, nulls: fail}]\n", 2, 22, "`nulls` does not apply to mean");
    refused("table: [row_count: {min: 1, nan: fail}]\n", 1, 29, "`nan` does not apply to row_count");
    refused("columns:\n  a: [mean: {min: 1, group_by: b}]\n", 2, 22, "`group_by` is not supported yet");
    refused("table: [between: {min: 1}]\n", 1, 9, "between is about a column");
    refused("columns:\n  a: [row_count: 1]\n", 2, 7, "row_count is about the batch as a whole");
}

static void mostly_and_max_unexpected_exclude_each_other(void **test)
{
    (void)test;
    refused("columns:\n  a: [unique: {mostly: 0.9, max_unexpected: 3}]\n", 2, 29, "`mostly` or `max_unexpected`, not both");
    refused("columns:\n  a: [unique: {mostly: 1.1}]\n", 2, 24, "`mostly` must be a share from 0 to 1");
    refused("columns:\n  a: [unique: {max_unexpected: -1}]\n", 2, 32, "`max_unexpected` must be a count");
}

static void a_where_that_is_no_expression_is_refused_at_its_place(void **test)
{
    (void)test;
    refused("columns:\n  a: [unique: {where: 'b > > 3'}]\n", 2, 28, "expected");
    refused("columns:\n  a: [unique: {where: 3}]\n", 2, 23, "as text");
}

static void a_check_has_few_parameters(void **test)
{
    struct reading r;
    struct buffer text = {0};

    (void)test;
    assert_true(buffer_format(&text, "columns:\n  a:\n    - between:\n"));
    for (int i = 0; i < 300; i++)
        assert_true(buffer_format(&text, "        k%d: 1\n", i));
    assert_true(buffer_add(&text, "", 1));
    read_text(&r, (const char *)text.at);
    assert_int_equal(r.problems.n, 1);
    has_problem(&r, 0, 0, "more than 256 parameters");
    reading_done(&r);
    buffer_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(common_parameters_are_read),
        cmocka_unit_test(the_report_shows_what_was_given_and_what_has_a_default),
        cmocka_unit_test(warn_is_the_same_check_tighter),
        cmocka_unit_test(a_wrong_warn_is_refused),
        cmocka_unit_test(an_expectation_is_a_word_a_scalar_a_list_or_a_map),
        cmocka_unit_test(forms_that_are_none_of_these_are_refused),
        cmocka_unit_test(an_unknown_expectation_is_told_with_a_hint),
        cmocka_unit_test(what_does_not_apply_is_refused_by_name),
        cmocka_unit_test(mostly_and_max_unexpected_exclude_each_other),
        cmocka_unit_test(a_where_that_is_no_expression_is_refused_at_its_place),
        cmocka_unit_test(a_check_has_few_parameters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
