/* tests/expectations/test_freshness.c -- freshness. */
#include "tests/expectations/fixture.h"

/* A column of one value; now is 2024-12-10T12:00:00Z, 1733832000. */
static const struct finding *judge_one(struct stage *s, const char *yaml, struct type type, int64_t x)
{
    stage_open(s, yaml);
    stage_column_of(s, "x", type);
    {
        struct test_column *column = column_new(&s->arena, type, 1);

        memcpy(column->values, &x, sizeof x);
        stage_feed(s, column);
    }
    return stage_judge(s);
}

static const struct type utc = {.kind = TYPE_TIMESTAMP, .unit = UNIT_MILLI, .is_utc = true};
static const struct type naive = {.kind = TYPE_TIMESTAMP, .unit = UNIT_SECOND};
static const struct type date = {.kind = TYPE_DATE};
enum { NOW = 1733832000, TODAY = 20067 };

static enum verdict verdict_of(const char *yaml, struct type type, int64_t x)
{
    struct stage s;
    enum verdict verdict = judge_one(&s, yaml, type, x)->verdict;

    stage_close(&s);
    return verdict;
}

static void the_age_is_at_most_within(void **test)
{
    const char *yaml = "columns:\n  x: [freshness: 24h]\n";

    (void)test;
    assert_int_equal(verdict_of(yaml, utc, (NOW - 86400) * 1000LL), VERDICT_PASS);
    assert_int_equal(verdict_of(yaml, utc, (NOW - 86400) * 1000LL - 1), VERDICT_FAIL);
    assert_int_equal(verdict_of(yaml, utc, NOW * 1000LL), VERDICT_PASS);
}

static void later_than_now_fails_past_the_tolerance(void **test)
{
    const char *yaml = "columns:\n  x: [freshness: 24h]\n";
    struct stage s;

    (void)test;
    assert_int_equal(verdict_of(yaml, utc, (NOW + 300) * 1000LL), VERDICT_PASS);
    assert_int_equal(judge_one(&s, yaml, utc, (NOW + 3600) * 1000LL)->verdict, VERDICT_FAIL);
    assert_non_null(strstr(s.finding.reason, "in the future"));
    stage_close(&s);
    assert_int_equal(verdict_of("columns:\n  x: [freshness: {within: 24h, tolerance: 2h}]\n", utc, (NOW + 3600) * 1000LL), VERDICT_PASS);
}

static void the_age_is_reported_exactly(void **test)
{
    struct stage s;
    const struct finding *f = judge_one(&s, "columns:\n  x: [freshness: 24h]\n", utc, NOW * 1000LL - 1500);

    (void)test;
    assert_true(span_is(node_find(f->details, "age_seconds")->text, "1.5"));
    assert_null(node_find(f->details, "timezone"));
    assert_int_equal(f->observed.kind, VALUE_TIMESTAMP);
    stage_close(&s);
}

static void naive_times_are_in_the_zone_of_the_suite_which_is_named(void **test)
{
    struct test_column *column;
    struct stage s;
    int64_t x = NOW; /* on a clock that is two hours ahead: two hours ago */

    (void)test;
    stage_open(&s, "columns:\n  x: [freshness: 1h]\n");
    stage_column_of(&s, "x", naive);
    s.zone = (struct time_zone){.name = "+02:00", .fixed_offset = 7200};
    column = column_new(&s.arena, naive, 1);
    memcpy(column->values, &x, sizeof x);
    stage_feed(&s, column);
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_FAIL);
    assert_true(span_is(node_find(s.finding.details, "timezone")->text, "+02:00"));
    assert_true(span_is(node_find(s.finding.details, "age_seconds")->text, "7200"));
    stage_close(&s);
}

static void a_date_counts_from_its_start_or_its_end(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("columns:\n  x: [freshness: 12h]\n", date, TODAY), VERDICT_PASS);
    assert_int_equal(verdict_of("columns:\n  x: [freshness: 11h]\n", date, TODAY), VERDICT_FAIL);
    assert_int_equal(verdict_of("columns:\n  x: [freshness: {within: 12h, date_as: end}]\n", date, TODAY - 1), VERDICT_PASS);
    assert_int_equal(verdict_of("columns:\n  x: [freshness: {within: 11h, date_as: end}]\n", date, TODAY - 1), VERDICT_FAIL);
}

static void a_date_is_in_the_future_only_when_its_day_is(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("columns:\n  x: [freshness: {within: 12h, date_as: end}]\n", date, TODAY), VERDICT_PASS);
    assert_int_equal(verdict_of("columns:\n  x: [freshness: 12h]\n", date, TODAY + 1), VERDICT_FAIL);
    assert_int_equal(verdict_of("columns:\n  x: [freshness: {within: 1h, tolerance: 12h}]\n", date, TODAY + 1), VERDICT_PASS);
}

static void the_ends_of_the_scale_do_not_overflow(void **test)
{
    (void)test;
    assert_int_equal(verdict_of("columns:\n  x: [freshness: 1h]\n", naive, INT64_MIN), VERDICT_FAIL);
    assert_int_equal(verdict_of("columns:\n  x: [freshness: 1h]\n", naive, INT64_MAX), VERDICT_FAIL);
    assert_int_equal(verdict_of("columns:\n  x: [freshness: 1h]\n", utc, INT64_MIN), VERDICT_FAIL);
    assert_int_equal(verdict_of("columns:\n  x: [freshness: {within: 1h, date_as: end}]\n", date, INT32_MAX), VERDICT_FAIL);
}

static void a_partition_is_dated_by_its_value(void **test)
{
    static const struct { const char *value; enum verdict verdict; } cases[] = {
        {"2024-12-10", VERDICT_PASS}, {"2024-12-08", VERDICT_FAIL}, {"2024-12-10T11:00:00Z", VERDICT_PASS}, {"monday", VERDICT_FAIL},
    };

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stage s;

        stage_open(&s, "columns:\n  x: [freshness: {within: 24h, source: partition}]\n");
        stage_column(&s, "x", TYPE_STRING)->is_partition = true;
        stage_feed(&s, column_of_texts(&s.arena, &cases[i].value, 1));
        assert_int_equal(stage_judge(&s)->verdict, cases[i].verdict);
        stage_close(&s);
    }
    settles("columns:\n  x: [freshness: {within: 24h, source: partition}]\n", TYPE_DATE, "x is no partition column");
}

static void files_are_dated_by_their_modification(void **test)
{
    struct stage s;

    (void)test;
    stage_open(&s, "table:\n  - freshness: {within: 1h, source: file_mtime}\n");
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_NOT_EVALUATED);
    s.seen.newest_file_nanos = (NOW - 1800) * INT64_C(1000000000);
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_PASS);
    s.seen.newest_file_nanos = (NOW - 3601) * INT64_C(1000000000);
    assert_int_equal(stage_judge(&s)->verdict, VERDICT_FAIL);
    assert_string_equal(s.check->id, "table.freshness");
    stage_close(&s);
}

static void a_column_that_is_no_time_fails(void **test)
{
    (void)test;
    settles("columns:\n  x: [freshness: 24h]\n", TYPE_STRING, "x is string, freshness needs dates or timestamps here");
    settles("columns:\n  x: [freshness: 24h]\n", TYPE_TIME, "freshness needs dates or timestamps here");
}

static void wrong_ages_are_refused(void **test)
{
    (void)test;
    refuses("columns:\n  x: [freshness]\n", "`within` is missing");
    refuses("columns:\n  x: [freshness: 24]\n", "must be a duration");
    refuses("columns:\n  x: [freshness: -1d]\n", "below zero");
    refuses("columns:\n  x: [freshness: {within: 1d, source: files}]\n", "one of column, file_mtime, partition");
    refuses("table:\n  - freshness: 24h\n", "belongs under that column");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_age_is_at_most_within),
        cmocka_unit_test(later_than_now_fails_past_the_tolerance),
        cmocka_unit_test(the_age_is_reported_exactly),
        cmocka_unit_test(naive_times_are_in_the_zone_of_the_suite_which_is_named),
        cmocka_unit_test(a_date_counts_from_its_start_or_its_end),
        cmocka_unit_test(a_date_is_in_the_future_only_when_its_day_is),
        cmocka_unit_test(the_ends_of_the_scale_do_not_overflow),
        cmocka_unit_test(a_partition_is_dated_by_its_value),
        cmocka_unit_test(files_are_dated_by_their_modification),
        cmocka_unit_test(a_column_that_is_no_time_fails),
        cmocka_unit_test(wrong_ages_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
