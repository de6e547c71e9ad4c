/* tests/expectations/test_damage.c -- well_formed. */
#include "tests/expectations/fixture.h"

static const struct finding *judge_damage(struct stage *s, const char *yaml, int64_t records, int64_t damaged, int64_t rows)
{
    stage_open(s, yaml);
    s->seen.n_records = records;
    s->seen.n_malformed_records = damaged;
    s->seen.batch_rows = rows;
    return stage_judge(s);
}

static void damaged_records_are_unexpected(void **test)
{
    struct stage s;

    (void)test;
    assert_int_equal(judge_damage(&s, "table: [well_formed]\n", 1000, 0, 1000)->verdict, VERDICT_PASS);
    assert_true(s.suite->judges_damage);
    stage_close(&s);
    assert_int_equal(judge_damage(&s, "table: [well_formed]\n", 1000, 1, 999)->verdict, VERDICT_FAIL);
    assert_int_equal(s.finding.unexpected_count, 1);
    stage_close(&s);
    assert_int_equal(judge_damage(&s, "table: [well_formed: {max_unexpected: 0.1%}]\n", 1000, 1, 999)->verdict, VERDICT_PASS);
    stage_close(&s);
    assert_int_equal(judge_damage(&s, "table: [well_formed]\n", 3, 3, 0)->verdict, VERDICT_FAIL);
    assert_false(s.finding.nothing_to_judge);
    stage_close(&s);
}

static void a_typed_file_has_none(void **test)
{
    struct stage s;

    (void)test;
    assert_int_equal(judge_damage(&s, "table: [well_formed]\n", 0, 0, 7)->verdict, VERDICT_PASS);
    assert_int_equal(s.finding.considered_count, 7);
    stage_close(&s);
}

static void a_batch_without_records_has_nothing_to_judge(void **test)
{
    struct stage s;

    (void)test;
    assert_int_equal(judge_damage(&s, "table: [well_formed]\n", 0, 0, 0)->verdict, VERDICT_FAIL);
    assert_true(s.finding.nothing_to_judge);
    stage_close(&s);
}

static void it_takes_no_where(void **test)
{
    (void)test;
    refuses("table: [well_formed: {where: a > 3}]\n", "takes no where");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_records_are_unexpected),
        cmocka_unit_test(a_typed_file_has_none),
        cmocka_unit_test(a_batch_without_records_has_nothing_to_judge),
        cmocka_unit_test(it_takes_no_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
