/* tests/suites/test_variables.c -- {{ name }}, {{ ds - 1d }}, ${ENV}. */
#include "tests/suites/fixture.h"

static const struct variable set[] = {{"low", "10"}, {"word", "abc"}, {"code", "007"}, {"yes", "true"}, {"nothing", "null"},
                                      {"ds", "2024-03-01"}, {"at", "2024-03-01T00:30:00Z"}, {"rate", "-1.5e3"}};
static const struct suite_variables both = {set, sizeof set / sizeof *set, true};
static const struct suite_variables without_environment = {set, sizeof set / sizeof *set, false};

/* What `min` of a check became. */
static void becomes(const char *min, enum node_kind kind, const char *text)
{
    struct reading r;
    char yaml[256];
    const struct node *node;

    snprintf(yaml, sizeof yaml, "columns:\n  a: [min: {min: \"%s\"}]\n", min);
    read_with(&r, yaml, &both);
    if (r.status != STATUS_OK)
        fail_msg("%s: %s", min, r.err.text);
    node = node_find(r.suite->checks[0].parameters, "min");
    if (node->kind != kind || !span_is(node->text, text))
        fail_msg("%s: %d %s", min, node->kind, (const char *)node->text.at);
    reading_done(&r);
}

static void a_scalar_that_is_one_variable_takes_the_type_of_its_text(void **test)
{
    (void)test;
    becomes("{{ low }}", NODE_NUMBER, "10");
    becomes("{{low}}", NODE_NUMBER, "10");
    becomes("{{ rate }}", NODE_NUMBER, "-1.5e3");
    becomes("{{ word }}", NODE_TEXT, "abc");
    becomes("{{ code }}", NODE_TEXT, "007");
    becomes("{{ yes }}", NODE_BOOL, "true");
    becomes("{{ ds }}", NODE_TEXT, "2024-03-01");
}

static void within_other_text_a_variable_is_text(void **test)
{
    (void)test;
    becomes("x{{ low }}", NODE_TEXT, "x10");
    becomes("{{ low }}{{ low }}", NODE_TEXT, "1010");
    becomes("{{ low }} ", NODE_TEXT, "10 ");
    becomes("a {b} $c {d", NODE_TEXT, "a {b} $c {d");
}

static void a_shift_adds_a_duration(void **test)
{
    (void)test;
    becomes("{{ ds - 1d }}", NODE_TEXT, "2024-02-29");
    becomes("{{ ds + 2w }}", NODE_TEXT, "2024-03-15");
    becomes("{{ at - 1h }}", NODE_TEXT, "2024-02-29T23:30:00Z");
    becomes("{{ at-1h }}", NODE_TEXT, "2024-02-29T23:30:00Z");
}

static void the_environment_is_read_where_it_may_be(void **test)
{
    struct reading r;

    (void)test;
    setenv("ASSAY_TEST_LOW", "5", 1);
    unsetenv("ASSAY_TEST_NOT_SET");
    becomes("${ASSAY_TEST_LOW}", NODE_NUMBER, "5");
    becomes("${ASSAY_TEST_NOT_SET:-7}", NODE_NUMBER, "7");
    becomes("${ASSAY_TEST_NOT_SET:-}x", NODE_TEXT, "x");
    becomes("${ASSAY_TEST_LOW:-7}", NODE_NUMBER, "5");
    read_with(&r, "columns:\n  a: [min: {min: '${ASSAY_TEST_LOW}'}]\n", &without_environment);
    has_problem(&r, 2, 18, "may not see here");
    reading_done(&r);
}

static void refused_with(const char *min, const char *words)
{
    struct reading r;
    char yaml[256];

    snprintf(yaml, sizeof yaml, "columns:\n  a: [min: {min: \"%s\"}]\n", min);
    read_with(&r, yaml, &both);
    assert_int_equal(r.problems.n, 1);
    has_problem(&r, 2, 18, words);
    reading_done(&r);
}

static void what_is_not_set_or_no_variable_is_refused_at_its_place(void **test)
{
    (void)test;
    refused_with("{{ lwo }}", "variable `lwo` is not set; did you mean `low`?");
    refused_with("{{ zzzzzz }}", "variable `zzzzzz` is not set: give it with --var");
    refused_with("${ASSAY_TEST_NOT_SET}", "the environment has no variable");
    refused_with("{{ low", "`{{` is not closed");
    refused_with("${LOW", "`${` is not closed");
    refused_with("{{ }}", "is no variable");
    refused_with("{{ a b }}", "is no variable");
    refused_with("${A-b}", "is no variable");
    refused_with("{{ ds - 5h }}", "whole days");
    refused_with("{{ word - 1d }}", "neither a date nor a timestamp");
    refused_with("{{ ds - x }}", "is no duration");
}

static void every_variable_that_is_not_set_is_told_at_once(void **test)
{
    struct reading r;

    (void)test;
    read_with(&r, "suite: '{{ a1 }}'\ncolumns:\n  x: [min: {min: '{{ b1 }}', max: '{{ c1 }}'}]\n", &both);
    assert_int_equal(r.problems.n, 3);
    reading_done(&r);
}

static void a_value_never_becomes_structure(void **test)
{
    static const struct variable evil[] = {{"x", "{min: 3}\n- not_null"}};
    static const struct suite_variables variables = {evil, 1, false};
    struct reading r;

    (void)test;
    read_with(&r, "columns:\n  a: [in_set: ['{{ x }}']]\n", &variables);
    assert_int_equal(r.status, STATUS_OK);
    assert_int_equal(r.suite->n_checks, 1);
    reading_done(&r);
}

static void the_fingerprint_covers_values(void **test)
{
    static const struct variable other[] = {{"low", "11"}};
    static const struct suite_variables variables = {other, 1, false};
    const char *yaml = "table: [row_count: {min: '{{ low }}'}]\n";
    struct reading a, b, c;

    (void)test;
    read_with(&a, yaml, &both);
    read_with(&b, yaml, &variables);
    read_with(&c, "table: [row_count: {min: 11}]\n", NULL);
    assert_string_not_equal(a.suite->fingerprint, b.suite->fingerprint);
    assert_string_equal(b.suite->fingerprint, c.suite->fingerprint);
    reading_done(&a);
    reading_done(&b);
    reading_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_scalar_that_is_one_variable_takes_the_type_of_its_text),
        cmocka_unit_test(within_other_text_a_variable_is_text),
        cmocka_unit_test(a_shift_adds_a_duration),
        cmocka_unit_test(the_environment_is_read_where_it_may_be),
        cmocka_unit_test(what_is_not_set_or_no_variable_is_refused_at_its_place),
        cmocka_unit_test(every_variable_that_is_not_set_is_told_at_once),
        cmocka_unit_test(a_value_never_becomes_structure),
        cmocka_unit_test(the_fingerprint_covers_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
