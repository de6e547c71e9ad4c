/* tests/expectations/test_judge.c -- counts and figures to verdicts: thresholds and emptiness. */
#include "tests/expectations/fixture.h"

#define ROW "columns:\n  x:\n    - between: {min: 1"

static void thresholds_are_met_exactly(void **test)
{
    static const struct { const char *yaml; int64_t considered, unexpected; enum verdict verdict; } cases[] = {
        {ROW "}\n", 1000, 0, VERDICT_PASS},
        {ROW "}\n", 1000, 1, VERDICT_FAIL},
        {ROW ", mostly: 0.999}\n", 1000, 1, VERDICT_PASS},
        {ROW ", mostly: 0.999}\n", 1000, 2, VERDICT_FAIL},
        {ROW ", mostly: 0.999}\n", 999, 1, VERDICT_FAIL},
        {ROW ", mostly: 99.9%}\n", 1000, 1, VERDICT_PASS},
        {ROW ", max_unexpected: 2}\n", 10, 2, VERDICT_PASS},
        {ROW ", max_unexpected: 2}\n", 10, 3, VERDICT_FAIL},
        {ROW ", max_unexpected: 0.1%}\n", 1000, 1, VERDICT_PASS},
        {ROW ", max_unexpected: 20ppm}\n", 50000, 1, VERDICT_PASS},
        {ROW ", max_unexpected: 20ppm}\n", 49999, 1, VERDICT_FAIL},
        {ROW ", mostly: 0}\n", 10, 10, VERDICT_PASS},
    };

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage s;

        stage_open(&s, cases[i].yaml);
        stage_column(&s, "x", TYPE_INT64);
        /* a chunk holds so many rows: what is considered is said, not held */
        stage_count(&s, 100, 0, cases[i].considered, cases[i].unexpected);
        if (stage_judge(&s)->verdict != cases[i].verdict)
            fail_msg("case %zu", i);
        stage_close(&s);
    }
}

static void in_dialect_gx_mostly_is_a_matter_of_doubles(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "dialect: gx\n" ROW ", mostly: 0.9}\n");
    stage_column(&s, "x", TYPE_INT64);
    stage_count(&s, 10, 0, 10, 1);
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_PASS);
    stage_close(&s);
}

struct empty_case {
    const char *yaml;
    int64_t batch_rows, n_rows, n_missing;
    enum verdict verdict;
    bool vacuous, nothing, as_warning;
};

static void nothing_to_judge_is_a_failure_in_three_strengths(void **test)
{
    static const struct empty_case cases[] = {
        /* the batch has no rows */
        {ROW "}\n", 0, 0, 0, VERDICT_FAIL, false, true, false},
        {ROW ", on_empty: warn}\n", 0, 0, 0, VERDICT_FAIL, false, true, true},
        {ROW ", on_empty: pass}\n", 0, 0, 0, VERDICT_PASS, true, false, false},
        {"dialect: gx\n" ROW "}\n", 0, 0, 0, VERDICT_PASS, true, false, false},
        {"columns:\n  x: {nullable: true, expect: [between: {min: 1}]}\n", 0, 0, 0, VERDICT_FAIL, false, true, false},
        /* the check's own where matches no row */
        {ROW ", where: x > 3}\n", 5, 0, 0, VERDICT_PASS, true, false, false},
        {ROW ", where: x > 3, on_empty: fail}\n", 5, 0, 0, VERDICT_FAIL, false, true, false},
        {ROW ", where: x > 3, on_empty: warn}\n", 5, 0, 0, VERDICT_FAIL, false, true, true},
        {"defaults: {on_empty: fail}\n" ROW ", where: x > 3}\n", 5, 0, 0, VERDICT_PASS, true, false, false},
        /* the column has no values */
        {ROW "}\n", 5, 5, 5, VERDICT_FAIL, false, true, true},
        {ROW ", on_empty: fail}\n", 5, 5, 5, VERDICT_FAIL, false, true, false},
        {ROW ", on_empty: pass}\n", 5, 5, 5, VERDICT_PASS, true, false, false},
        {"columns:\n  x: {nullable: true, expect: [between: {min: 1}]}\n", 5, 5, 5, VERDICT_PASS, true, false, false},
        {"columns:\n  x: {nullable: true, expect: [between: {min: 1, on_empty: fail}]}\n", 5, 5, 5, VERDICT_FAIL, false, true, false},
        {"defaults: {on_empty: pass}\n" ROW "}\n", 5, 5, 5, VERDICT_PASS, true, false, false},
        {"dialect: gx\n" ROW "}\n", 5, 5, 5, VERDICT_PASS, true, false, false},
    };

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct empty_case *c = &cases[i];
        const struct finding *f;
        struct stage s;

        stage_open(&s, c->yaml);
        stage_column(&s, "x", TYPE_INT64);
        stage_count(&s, c->n_rows, c->n_missing, 0, 0);
        s.seen.batch_rows = c->batch_rows;
        f = stage_judge(&s);
        if (f->verdict != c->verdict || f->vacuous != c->vacuous || f->nothing_to_judge != c->nothing ||
            f->fails_as_warning != c->as_warning)
            fail_msg("case %zu: %d %d %d %d", i, f->verdict, f->vacuous, f->nothing_to_judge, f->fails_as_warning);
        stage_close(&s);
    }
}

static void allow_empty_makes_a_batch_without_rows_a_pass(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, ROW "}\n");
    stage_column(&s, "x", TYPE_INT64);
    stage_count(&s, 0, 0, 0, 0);
    s.seen.batch_rows = 0;
    s.seen.allow_empty = true;
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_PASS);
    assert_true(s.finding.vacuous);
    stage_close(&s);
}

static void a_pattern_over_its_limit_is_not_evaluated(void **test)
{
    static const char trouble[] = "the pattern took more steps than it may";
    struct vector vector = {.type = {.kind = TYPE_STRING}, .lane = LANE_BYTES, .n_rows = 1, .values = &(struct span){0}};
    const struct vector *vectors[] = {&vector};
    struct metric_input in = {.n_rows = 1, .columns = vectors, .n_columns = 1, .n_selected = 1, .n_considered = 1, .trouble = trouble};
    struct stage s;

    (void)test;
    stage_open(&s, "columns:\n  x: [matches_regex: a]\n");
    stage_column(&s, "x", TYPE_STRING);
    stage_count(&s, 0, 0, 0, 0);
    must(metric_violations.add(s.states[0], &in, &s.err), &s.err);
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_NOT_EVALUATED);
    assert_string_equal(s.finding.reason, trouble);
    stage_close(&s);
}

static void counts_are_reported(void **test)
{
    struct stage s;
    const struct finding *f;

    (void)test;
    stage_open(&s, ROW "}\n");
    stage_column(&s, "x", TYPE_INT64);
    stage_count(&s, 10, 3, 7, 2);
    f = stage_judge(&s);
    assert_int_equal(f->element_count, 10);
    assert_int_equal(f->missing_count, 3);
    assert_int_equal(f->considered_count, 7);
    assert_int_equal(f->unexpected_count, 2);
    assert_int_equal(f->nan_count, -1); /* an int64 has none to count */
    assert_true(f->has_samples);
    assert_int_equal(f->n_samples, 2);
    stage_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thresholds_are_met_exactly),
        cmocka_unit_test(in_dialect_gx_mostly_is_a_matter_of_doubles),
        cmocka_unit_test(nothing_to_judge_is_a_failure_in_three_strengths),
        cmocka_unit_test(allow_empty_makes_a_batch_without_rows_a_pass),
        cmocka_unit_test(a_pattern_over_its_limit_is_not_evaluated),
        cmocka_unit_test(counts_are_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
