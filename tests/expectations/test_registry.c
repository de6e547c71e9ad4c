/* tests/expectations/test_registry.c -- what must hold of every row of the table. */
#include "tests/expectations/fixture.h"

static void names_are_sorted_and_unique(void **test)
{
    (void)test;
    for (int32_t i = 1; expectations[i]; i++)
        assert_true(strcmp(expectations[i - 1]->name, expectations[i]->name) < 0);
}

static void every_expectation_and_every_field_is_documented(void **test)
{
    (void)test;
    for (int32_t i = 0; expectations[i]; i++) {
        const struct expectation *kind = expectations[i];

        assert_non_null(kind->says);
        assert_non_null(kind->example);
        assert_non_null(kind->plan);
        assert_non_null(kind->judge);
        assert_true(kind->doc && strlen(kind->doc) > 10);
        for (const struct field *f = kind->fields; f->name; f++)
            if (!f->doc || !*f->doc || f->doc[strlen(f->doc) - 1] == '.')
                fail_msg("%s.%s", kind->name, f->name);
    }
    for (int level = LEVEL_ROW; level <= LEVEL_TABLE; level++)
        for (const struct field *f = suite_common_fields((enum expectation_level)level); f->name; f++)
            assert_non_null(f->doc);
}

static void fields_do_not_overlap_and_lie_within_the_parameters(void **test)
{
    (void)test;
    for (int32_t i = 0; expectations[i]; i++)
        for (const struct field *f = expectations[i]->fields; f->name; f++) {
            assert_true(f->offset < expectations[i]->params_size);
            for (const struct field *g = expectations[i]->fields; g != f; g++)
                assert_true(strcmp(f->name, g->name) != 0 && f->offset != g->offset);
        }
}

static void no_field_of_an_expectation_is_called_as_a_common_one(void **test)
{
    (void)test;
    for (int32_t i = 0; expectations[i]; i++)
        for (const struct field *f = expectations[i]->fields; f->name; f++)
            assert_null(field_find(suite_common_fields(LEVEL_ROW), f->name));
}

static void every_example_is_a_suite_of_that_expectation(void **test)
{
    (void)test;
    for (int32_t i = 0; expectations[i]; i++) {
        struct stage s;

        stage_open(&s, expectations[i]->example);
        assert_int_equal(s.suite->n_checks, 1);
        assert_ptr_equal(s.check->kind, expectations[i]);
        assert_non_null(check_says(&s.arena, s.check));
        assert_null(strstr(check_says(&s.arena, s.check), "{?"));
        stage_close(&s);
    }
}

static void names_of_great_expectations_are_synonyms(void **test)
{
    (void)test;
    assert_ptr_equal(expectation_find("expect_column_values_to_be_between"), expectation_find("between"));
    assert_ptr_equal(expectation_find("column_values_to_be_between"), expectation_find("between"));
    assert_ptr_equal(expectation_find("expect_table_row_count_to_equal"), expectation_find("row_count"));
    assert_ptr_equal(expectation_find("expect_table_row_count_to_be_between"), expectation_find("row_count"));
    assert_ptr_equal(expectation_find("expect_column_stdev_to_be_between"), expectation_find("stdev"));
    assert_null(expectation_find("expect_between"));
    assert_null(expectation_find("column_values_to_be"));
    assert_null(expectation_find(""));
}

static void no_name_of_great_expectations_stands_for_two(void **test)
{
    struct arena arena = {0};

    (void)test;
    for (int32_t i = 0; expectations[i]; i++) {
        const char *name = expectation_gx_name(&arena, expectations[i]);

        if (name) {
            assert_ptr_equal(expectation_find(name), expectations[i]);
            assert_false(expectation_is_foreign(name));
        }
    }
    assert_true(expectation_is_foreign("expect_column_values_to_be_json_parseable"));
    assert_false(expectation_is_foreign("expect_nothing"));
    arena_done(&arena);
}

static void a_word_that_is_nearly_right_is_told(void **test)
{
    (void)test;
    assert_string_equal(expectation_nearest("not_nul"), "not_null");
    assert_string_equal(expectation_nearest("betwen"), "between");
    assert_null(expectation_nearest("zzzzzzzz"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_sorted_and_unique),
        cmocka_unit_test(every_expectation_and_every_field_is_documented),
        cmocka_unit_test(fields_do_not_overlap_and_lie_within_the_parameters),
        cmocka_unit_test(no_field_of_an_expectation_is_called_as_a_common_one),
        cmocka_unit_test(every_example_is_a_suite_of_that_expectation),
        cmocka_unit_test(names_of_great_expectations_are_synonyms),
        cmocka_unit_test(no_name_of_great_expectations_stands_for_two),
        cmocka_unit_test(a_word_that_is_nearly_right_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
