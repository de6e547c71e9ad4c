/* tests/expectations/test_types.c -- of_type. */
#include "tests/expectations/fixture.h"

static enum verdict verdict_of(const char *yaml, enum type_kind kind)
{
    struct stage s;
    enum verdict verdict;

    stage_open(&s, yaml);
    stage_column(&s, "x", kind);
    assert_true(stage_plan(&s)->is_settled);
    verdict = s.planned.finding.verdict;
    stage_close(&s);
    return verdict;
}

static void a_wider_type_takes_a_narrower_column(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("columns:\n  x: [of_type: int64]\n", TYPE_INT32), VERDICT_PASS);
    assert_int_equal(verdict_of("columns:\n  x: [of_type: int32]\n", TYPE_INT64), VERDICT_FAIL);
    assert_int_equal(verdict_of("columns:\n  x: [of_type: string]\n", TYPE_STRING), VERDICT_PASS);
    settles("columns:\n  x: [of_type: int64]\n", TYPE_STRING, "x is string, of_type needs int64 here");
}

static void cells_are_read_as_the_type(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "columns:\n  x: [of_type: int64]\n");
    stage_column(&s, "x", TYPE_UNKNOWN);
    stage_count(&s, 5, 0, 5, 1);
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_FAIL);
    assert_int_equal(s.planned.type.kind, TYPE_INT64);
    assert_int_equal(s.finding.unexpected_count, 1);
    stage_close(&s);
}

static void an_unknown_type_is_refused_with_a_hint(void **test)
{
    (void)test;
    refuses("columns:\n  x: [of_type: itn64]\n", "did you mean int64?");
    refuses("columns:\n  x: [of_type]\n", "`type` is missing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wider_type_takes_a_narrower_column),
        cmocka_unit_test(cells_are_read_as_the_type),
        cmocka_unit_test(an_unknown_type_is_refused_with_a_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
