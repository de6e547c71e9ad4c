/* tests/suites/test_ids.c -- ids of checks. */
#include "tests/suites/fixture.h"

static void repeats_are_numbered_and_the_author_is_told(void **test)
{
    struct reading r;
    const struct suite *s =
        read_well(&r, "columns:\n  a:\n    - between: {min: 1}\n    - between: {min: 2}\n    - between: {min: 3}\n");

    (void)test;
    assert_string_equal(s->checks[0].id, "a.between");
    assert_string_equal(s->checks[1].id, "a.between.2");
    assert_string_equal(s->checks[2].id, "a.between.3");
    assert_int_equal(s->warnings.n, 2);
    assert_non_null(strstr(s->warnings.at[0], ":4: this check is called a.between.2"));
    reading_done(&r);
}

static void an_explicit_id_is_never_given_to_another(void **test)
{
    struct reading r;
    const struct suite *s = read_well(&r, "columns:\n  a:\n    - between: {min: 1}\n    - between: {min: 2}\n"
                                          "    - unique: {id: a.between}\n    - not_null: {id: a.between.2}\n");

    (void)test;
    assert_string_equal(s->checks[0].id, "a.between.3");
    assert_string_equal(s->checks[1].id, "a.between.4");
    reading_done(&r);
}

static void the_same_id_twice_is_refused(void **test)
{
    (void)test;
    refused("columns:\n  a: [unique: {id: x}]\n  b: [unique: {id: x}]\n", 3, 7, "the id `x` is here twice (first in line 2)");
    refused("columns:\n  a: [unique: {id: ''}]\n", 2, 20, "not empty");
}

static void a_derived_check_gives_way_to_a_written_one(void **test)
{
    struct reading r;
    const struct suite *s = read_well(&r, "primary_key: a\ncolumns:\n  a: [not_null]\n");

    (void)test;
    assert_string_equal(s->checks[0].id, "a.not_null.2");
    assert_string_equal(s->checks[1].id, "table.unique_together");
    assert_string_equal(s->checks[2].id, "a.not_null");
    assert_int_equal(s->warnings.n, 0);
    reading_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_are_numbered_and_the_author_is_told),
        cmocka_unit_test(an_explicit_id_is_never_given_to_another),
        cmocka_unit_test(the_same_id_twice_is_refused),
        cmocka_unit_test(a_derived_check_gives_way_to_a_written_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
