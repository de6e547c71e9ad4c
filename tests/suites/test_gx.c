/* tests/suites/test_gx.c -- suites of Great Expectations. */
#include "tests/suites/fixture.h"

#define SUITE(type, kwargs) "{\"name\": \"my suite\", \"expectations\": [{\"type\": \"" type "\", \"kwargs\": {" kwargs "}}]}"

static const struct check *only(struct reading *r, const char *text)
{
    const struct suite *s = read_well(r, text);

    assert_ptr_equal(s->dialect, &dialect_gx);
    assert_int_equal(s->n_checks, 1);
    return &s->checks[0];
}

struct mapping { const char *text, *name, *column, *key, *value; };

static void names_and_arguments_are_ours(void **test)
{
    static const struct mapping cases[] = {
        {SUITE("expect_column_values_to_be_between", "\"column\": \"x\", \"min_value\": 3, \"max_value\": null"), "between", "x", "min", "3"},
        {SUITE("expect_column_values_to_be_in_set", "\"column\": \"x\", \"value_set\": [1]"), "in_set", "x", "values", NULL},
        {SUITE("expect_column_values_to_not_be_in_set", "\"column\": \"x\", \"value_set\": [1]"), "not_in_set", "x", "values", NULL},
        {SUITE("expect_column_values_to_match_regex", "\"column\": \"x\", \"regex\": \"a\""), "matches_regex", "x", "regex", "a"},
        {SUITE("expect_column_values_to_not_be_null", "\"column\": \"x\", \"mostly\": 0.9"), "not_null", "x", "mostly", "0.9"},
        {SUITE("expect_column_value_lengths_to_equal", "\"column\": \"x\", \"value\": 3"), "length_between", "x", "equals", "3"},
        {SUITE("expect_column_value_lengths_to_be_between", "\"column\": \"x\", \"min_value\": 3"), "length_between", "x", "min", "3"},
        {SUITE("expect_table_row_count_to_equal", "\"value\": 3"), "row_count", NULL, "equals", "3"},
        {SUITE("expect_table_row_count_to_be_between", "\"min_value\": 3"), "row_count", NULL, "min", "3"},
        {SUITE("expect_compound_columns_to_be_unique", "\"column_list\": [\"a\", \"b\"], \"ignore_row_if\": \"all_values_are_missing\""),
         "unique_together", NULL, "columns", NULL},
        {SUITE("expect_table_columns_to_match_set", "\"column_set\": [\"a\"], \"exact_match\": false"), "columns_match", NULL, "extra", "allow"},
        {SUITE("expect_table_columns_to_match_ordered_list", "\"column_list\": [\"a\"]"), "columns_match", NULL, "order", "exact"},
        {SUITE("expect_column_unique_value_count_to_be_between", "\"column\": \"x\", \"max_value\": 3"), "distinct_count", "x", "max", "3"},
        {SUITE("expect_column_stdev_to_be_between", "\"column\": \"x\", \"max_value\": 3, \"strict_max\": true"), "stdev", "x", "strict_max", "true"},
        {SUITE("expect_column_values_to_be_of_type", "\"column\": \"x\", \"type_\": \"int64\""), "of_type", "x", "type", "int64"},
        {SUITE("expect_column_to_exist", "\"column\": \"x\", \"column_index\": 2"), "column_exists", "x", "index", "2"},
        {SUITE("expect_column_max_to_be_between", "\"column\": \"x\", \"min_value\": {\"$PARAMETER\": \"now() - timedelta(hours=24)\"}"),
         "max", "x", "min", "now - 86400s"},
    };

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading r;
        const struct check *check = only(&r, cases[i].text);
        const struct node *node = node_find(check->parameters, cases[i].key);

        if (strcmp(check->kind->name, cases[i].name) != 0 || !check->column != !cases[i].column || !node ||
            (cases[i].value && !span_is(node->text, cases[i].value)))
            fail_msg("%s", cases[i].text);
        assert_non_null(check->gx_kwargs);
        assert_non_null(check->gx_type);
        reading_done(&r);
    }
}

static void quantiles_come_in_two_lists(void **test)
{
    struct reading r;

    (void)test;
    only(&r, SUITE("expect_column_quantile_values_to_be_between",
                   "\"column\": \"x\", \"quantile_ranges\": {\"quantiles\": [0.1, 0.9], \"value_ranges\": [[1, 2], [null, 3]]}"));
    reading_done(&r);
}

static void the_older_keys_are_known(void **test)
{
    struct reading r;
    const struct suite *s = read_well(
        &r, "{\"expectation_suite_name\": \"old/one\", \"data_asset_type\": null, \"meta\": {\"great_expectations_version\": \"0.18\"}, \"expectations\": "
            "[{\"expectation_type\": \"expect_column_values_to_be_unique\", \"kwargs\": {\"column\": \"x\", \"result_format\": \"BASIC\", "
            "\"catch_exceptions\": true, \"batch_id\": \"b\"}, \"meta\": {\"notes\": \"n\"}, \"severity\": \"warning\", \"id\": \"0-1\"}]}");

    (void)test;
    assert_string_equal(s->name, "old-one");
    assert_string_equal(s->dataset, "old/one");
    assert_int_equal(s->meta->n_children, 1);
    assert_int_equal(s->checks[0].severity, SEVERITY_WARNING);
    assert_string_equal(s->checks[0].id, "0-1");
    assert_int_equal(s->checks[0].meta->n_children, 1);
    assert_int_equal(s->checks[0].gx_kwargs->n_children, 4);
    assert_string_equal(s->checks[0].gx_type, "expect_column_values_to_be_unique");
    reading_done(&r);
}

static void all_that_is_not_supported_is_told_at_once(void **test)
{
    struct reading r;

    (void)test;
    read_text(&r, "{\"expectations\": [\n"
                  "{\"type\": \"expect_column_values_to_be_json_parseable\", \"kwargs\": {\"column\": \"x\"}},\n"
                  "{\"type\": \"expect_column_kl_divergence_to_be_less_than\", \"kwargs\": {}},\n"
                  "{\"type\": \"expect_column_values_to_be_unique\", \"kwargs\": {\"column\": \"x\", \"foo\": 1}},\n"
                  "{\"type\": \"expect_column_values_to_be_unique\", \"kwargs\": {}},\n"
                  "{\"type\": \"expect_fun\"}, 5, {}]}");
    assert_int_equal(r.problems.n, 7);
    has_problem(&r, 2, 10, "not supported yet: expect_column_values_to_be_json_parseable");
    has_problem(&r, 3, 10, "not supported yet: expect_column_kl_divergence_to_be_less_than");
    has_problem(&r, 4, 73, "unknown key `foo`");
    has_problem(&r, 5, 10, "about a column");
    has_problem(&r, 6, 10, "unknown expectation `expect_fun`");
    reading_done(&r);
}

static void parameters_are_put_in(void **test)
{
    static const struct variable set[] = {{"low", "3"}};
    static const struct suite_variables variables = {set, 1, false};
    struct reading r;

    (void)test;
    read_with(&r, "{\"suite_parameters\": {\"high\": 9, \"names\": [\"a\", \"b\"]}, \"expectations\": ["
                  "{\"type\": \"expect_column_values_to_be_between\", \"kwargs\": {\"column\": \"x\", \"min_value\": {\"$PARAMETER\": \"low\"}, "
                  "\"max_value\": {\"$PARAMETER\": \"high\"}}},"
                  "{\"type\": \"expect_column_values_to_be_in_set\", \"kwargs\": {\"column\": \"x\", \"value_set\": {\"$PARAMETER\": \"names\"}}},"
                  "{\"type\": \"expect_table_row_count_to_equal\", \"kwargs\": {\"value\": {\"$PARAMETER\": \"up\", \"$PARAMETER.up\": 10}}}]}",
              &variables);
    assert_int_equal(r.status, STATUS_OK);
    assert_true(span_is(node_find(r.suite->checks[0].parameters, "min")->text, "3"));
    assert_true(span_is(node_find(r.suite->checks[0].parameters, "max")->text, "9"));
    assert_int_equal(node_find(r.suite->checks[1].parameters, "values")->n_children, 2);
    assert_true(span_is(node_find(r.suite->checks[2].parameters, "equals")->text, "10"));
    reading_done(&r);
    read_text(&r, SUITE("expect_table_row_count_to_equal", "\"value\": {\"$PARAMETER\": \"a * b\"}"));
    assert_int_equal(r.problems.n, 1);
    has_problem(&r, 0, 0, "$PARAMETER `a * b` is not known");
    reading_done(&r);
}

static void other_rules_for_missing_rows_are_refused(void **test)
{
    struct reading r;

    (void)test;
    read_text(&r, SUITE("expect_compound_columns_to_be_unique", "\"column_list\": [\"a\"], \"ignore_row_if\": \"sometimes\""));
    has_problem(&r, 0, 0, "ignore_row_if");
    reading_done(&r);
}

struct condition { const char *json, *where; };

static void row_conditions_become_expressions(void **test)
{
    static const struct condition cases[] = {
        {"\"Age > 5\"", "Age > 5"},
        {"\"Sex == \\\"male\\\" & `Passenger Class` != '1st'\"", "Sex == 'male'  and  \"Passenger Class\"  !=  '1st'"},
        {"\"col(\\\"Age\\\") >= 5\"", "\"Age\" >= 5"},
        {"\"col('x y').notNull()\"", "\"x y\" is not null"},
        {"\"x in [1, 2] | ~(y == 3)\"", "x in (1, 2)  or   not (y == 3)"},
        {"\"x == \\\"it's\\\"\"", "x == 'it''s'"},
        {"{\"type\": \"comparison\", \"column\": {\"name\": \"x\"}, \"operator\": \"NOT_IN\", \"parameter\": [1, \"b\"]}", "\"x\" not in (1, 'b')"},
        {"{\"type\": \"or\", \"conditions\": [{\"type\": \"nullity\", \"column\": {\"name\": \"x\"}, \"is_null\": true}, "
         "{\"type\": \"comparison\", \"column\": {\"name\": \"y\"}, \"operator\": \"==\", \"parameter\": \"a'b\"}]}",
         "(\"x\" is null or \"y\" = 'a''b')"},
    };

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading r;
        char text[1024];

        snprintf(text, sizeof text, "{\"expectations\": [{\"type\": \"expect_column_values_to_be_unique\", \"kwargs\": {\"column\": \"z\", "
                                    "\"condition_parser\": \"pandas\", \"row_condition\": %s}}]}", cases[i].json);
        assert_string_equal(only(&r, text)->where, cases[i].where);
        reading_done(&r);
    }
}

static void row_conditions_that_are_none_of_ours_are_refused(void **test)
{
    static const char *const cases[] = {
        "\"x.str.contains('a')\"", "\"x @ 3\"", "5", "{}", "{\"type\": \"pass_through\", \"pass_through_filter\": \"x\"}",
        "{\"type\": \"comparison\", \"column\": {\"name\": \"x\"}, \"operator\": \"~\", \"parameter\": 1}",
        "{\"type\": \"and\", \"conditions\": []}",
    };

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading r;
        char text[1024];

        snprintf(text, sizeof text, "{\"expectations\": [{\"type\": \"expect_column_values_to_be_unique\", \"kwargs\": {\"column\": \"z\", "
                                    "\"row_condition\": %s}}]}", cases[i]);
        read_text(&r, text);
        if (r.status != STATUS_BAD_SUITE)
            fail_msg("%s", cases[i]);
        reading_done(&r);
    }
}

static void its_names_are_synonyms_in_a_suite_of_ours(void **test)
{
    struct reading r;
    const struct suite *s = read_well(&r, "table:\n  - expect_table_row_count_to_equal: {value: 3}\n"
                                          "  - expect_column_values_to_be_unique: {column: y}\n"
                                          "columns:\n  x:\n    - column_values_to_be_between: {min_value: 3, max_value: 5}\n"
                                          "    - expect_column_values_to_not_be_null\n");

    (void)test;
    assert_ptr_equal(s->dialect, &dialect_assay);
    assert_string_equal(s->checks[0].id, "table.row_count");
    assert_string_equal(s->checks[1].id, "y.unique");
    assert_string_equal(s->checks[2].id, "x.between");
    assert_string_equal(s->checks[2].gx_type, "expect_column_values_to_be_between");
    assert_string_equal(s->checks[3].id, "x.not_null");
    reading_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_arguments_are_ours),
        cmocka_unit_test(quantiles_come_in_two_lists),
        cmocka_unit_test(the_older_keys_are_known),
        cmocka_unit_test(all_that_is_not_supported_is_told_at_once),
        cmocka_unit_test(parameters_are_put_in),
        cmocka_unit_test(other_rules_for_missing_rows_are_refused),
        cmocka_unit_test(row_conditions_become_expressions),
        cmocka_unit_test(row_conditions_that_are_none_of_ours_are_refused),
        cmocka_unit_test(its_names_are_synonyms_in_a_suite_of_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
