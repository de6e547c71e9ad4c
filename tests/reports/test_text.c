/* tests/reports/test_text.c -- what a person reads. */
#include "tests/reports/fixture.h"

static void shows_the_whole_report(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_init(&f);
    text = fixture_render(&f, "text", NULL);
    assert_golden(text, "report.txt");
    free(text);
    fixture_done(&f);
}

static void begins_with_the_headline_and_ends_with_the_command_that_repeats_the_run(void **state)
{
    struct fixture f;
    char *text, *last;

    (void)state;
    fixture_init(&f);
    text = fixture_render(&f, "text", NULL);
    assert_memory_equal(text, f.report.headline, strlen(f.report.headline));
    last = strstr(text, "\nassay check ");
    assert_non_null(last);
    assert_string_equal(last + 1, "assay check purchases.yaml silver/dt=2024-12-10\n");
    free(text);
    fixture_done(&f);
}

static void shows_failures_worst_first(void **state)
{
    struct fixture f;
    char *text;
    const char *critical, *error, *warning, *unknown, *pass;

    (void)state;
    fixture_init(&f);
    text = fixture_render(&f, "text", NULL);
    critical = strstr(text, "FAIL critical table.unique_together");
    error = strstr(text, "FAIL error user_id.unique");
    warning = strstr(text, "FAIL warning note.in_set");
    unknown = strstr(text, "NOT EVALUATED error segment");
    pass = strstr(text, "\nPASS 2\n");
    assert_true(critical && error && warning && unknown && pass);
    assert_true(critical < error && error < warning && warning < unknown && unknown < pass);
    free(text);
    fixture_done(&f);
}

static void escapes_what_a_terminal_would_obey(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_init(&f);
    f.report.samples_were_asked = true; /* all of them */
    f.report.headline = "FAIL a\x1b]0;title\x07";
    text = fixture_render(&f, "text", NULL);
    assert_no_control_bytes(text);
    assert_non_null(strstr(text, "\\x1b[31mred"));
    assert_non_null(strstr(text, "line\\x0afeed"));
    assert_non_null(strstr(text, "\\xff\\xfe"));
    assert_non_null(strstr(text, "\\u{202e}reversed"));
    free(text);
    fixture_done(&f);
}

static void colours_only_where_asked(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_init(&f);
    text = fixture_render(&f, "text", NULL);
    assert_null(strchr(text, '\x1b'));
    free(text);
    text = fixture_render(&f, "text", &(struct report_options){.colour = true});
    assert_memory_equal(text, "\x1b[1;31mFAIL\x1b[0m silver", 15);
    free(text);
    fixture_done(&f);
}

static void shows_no_value_of_a_pii_column(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_init(&f);
    text = fixture_render(&f, "text", NULL);
    assert_null(strstr(text, "secret-person"));
    assert_non_null(strstr(text, "part-0.parquet row 9"));
    free(text);
    fixture_done(&f);
}

static void shows_no_value_at_all_without_samples(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_init(&f);
    f.report.max_samples = 0;
    text = fixture_render(&f, "text", NULL);
    assert_null(strstr(text, "42"));
    assert_null(strstr(text, "script"));
    assert_null(strstr(text, "1200.5"));
    assert_non_null(strstr(text, "2 of 1,000,000 unexpected (0.0002%)"));
    free(text);
    fixture_done(&f);
}

static void quiet_shows_headline_and_failures_only(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_init(&f);
    text = fixture_render(&f, "text", &(struct report_options){.quiet = true});
    assert_non_null(strstr(text, "FAIL error user_id.unique"));
    assert_null(strstr(text, "PASS"));
    assert_null(strstr(text, "declared"));
    free(text);
    fixture_done(&f);
}

static void an_unreadable_batch_says_why_once(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_init(&f);
    f.report.outcome = OUTCOME_NOT_EVALUATED;
    f.report.headline = "NOT EVALUATED silver.purchases: no such file";
    f.report.error = "a.csv: No such file or directory";
    f.report.retryable = true;
    f.report.batch.rows = f.report.batch.rows_considered = -1;
    text = fixture_render(&f, "text", NULL);
    assert_non_null(strstr(text, "a.csv: No such file or directory\nnothing was judged; trying again may help\n"));
    assert_null(strstr(text, "NOT EVALUATED error"));
    assert_non_null(strstr(text, "rows not known"));
    free(text);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_the_whole_report),
        cmocka_unit_test(begins_with_the_headline_and_ends_with_the_command_that_repeats_the_run),
        cmocka_unit_test(shows_failures_worst_first),
        cmocka_unit_test(escapes_what_a_terminal_would_obey),
        cmocka_unit_test(colours_only_where_asked),
        cmocka_unit_test(shows_no_value_of_a_pii_column),
        cmocka_unit_test(shows_no_value_at_all_without_samples),
        cmocka_unit_test(quiet_shows_headline_and_failures_only),
        cmocka_unit_test(an_unreadable_batch_says_why_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
