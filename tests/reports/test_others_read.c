/* tests/reports/test_others_read.c -- junit, markdown and gx: formats that others read. */
#include "tests/reports/fixture.h"
#include "core/utf8.h"

static const char *const values[] = {"script", "reversed", "a|b", "secret-person", "1200.5", "31mred"};

static void golden_of_every_format(void **state)
{
    static const struct { const char *format, *result_format, *name; } cases[] = {
        {"junit", NULL, "report.junit.xml"},        {"md", NULL, "report.md"},
        {"gx", "BOOLEAN_ONLY", "gx_boolean_only.json"}, {"gx", "BASIC", "gx_basic.json"},
        {"gx", NULL, "gx_summary.json"},            {"gx", "COMPLETE", "gx_complete.json"},
    };
    struct fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct report_options options = {.result_format = cases[i].result_format};
        char *text = fixture_render(&f, cases[i].format, &options);
        assert_golden(text, cases[i].name);
        free(text);
    }
    fixture_done(&f);
}

static void junit_and_markdown_show_no_values_unless_samples_were_asked(void **state)
{
    static const char *const formats[] = {"junit", "md"};
    struct fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < 2; i++) {
        char *text = fixture_render(&f, formats[i], NULL);
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++)
            assert_null(strstr(text, values[k]));
        free(text);
    }
    f.report.samples_were_asked = true;
    for (size_t i = 0; i < 2; i++) {
        char *text = fixture_render(&f, formats[i], NULL);
        assert_non_null(strstr(text, "script"));
        assert_non_null(strstr(text, "1200.5"));
        assert_null(strstr(text, "secret-person"));
        free(text);
    }
    fixture_done(&f);
}

static void no_format_shows_a_value_with_no_samples(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    f.report.max_samples = 0;
    for (int i = 0; report_formats[i]; i++) {
        char *text = fixture_render(&f, report_formats[i]->name, &(struct report_options){.result_format = "COMPLETE"});
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++)
            assert_null(strstr(text, values[k]));
        free(text);
    }
    fixture_done(&f);
}

static void every_format_is_valid_utf8_without_control_bytes(void **state)
{
    struct fixture f;

    (void)state;
    fixture_init(&f);
    f.report.samples_were_asked = true;
    for (int i = 0; report_formats[i]; i++) {
        char *text = fixture_render(&f, report_formats[i]->name, &(struct report_options){.result_format = "COMPLETE"});
        assert_true(utf8_is_valid(span_text(text)));
        assert_no_control_bytes(text);
        free(text);
    }
    fixture_done(&f);
}

static void markup_in_the_data_stays_text(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_init(&f);
    f.report.samples_were_asked = true;
    text = fixture_render(&f, "junit", NULL);
    assert_null(strstr(text, "<script>"));
    assert_non_null(strstr(text, "&lt;script&gt;alert(&apos;x&apos;)"));
    free(text);
    text = fixture_render(&f, "md", NULL);
    assert_null(strstr(text, "<script>"));
    assert_null(strstr(text, "a|b"));
    assert_non_null(strstr(text, "a\\|b\\`c"));
    free(text);
    fixture_done(&f);
}

static void a_run_that_fails_as_a_whole_is_a_failed_test(void **state)
{
    struct fixture f;
    char *text;

    (void)state;
    fixture_init(&f);
    f.report.n_results = 1;
    f.report.results = &f.results[FIXTURE_MEAN];
    memset(&f.report.statistics, 0, sizeof f.report.statistics);
    f.report.statistics.declared = f.report.statistics.passed = 1;
    f.report.headline = "FAIL silver.purchases: the batch has no rows";
    text = fixture_render(&f, "junit", NULL);
    assert_non_null(strstr(text, "tests=\"2\" failures=\"1\""));
    assert_non_null(strstr(text, "<testcase name=\"batch\""));
    assert_non_null(strstr(text, "the batch has no rows"));
    free(text);
    fixture_done(&f);
}

static void suffixes_tell_the_format(void **state)
{
    static const struct { const char *path, *name; } cases[] = {
        {"a.json", "json"}, {"a.gx.json", "gx"}, {"ci.junit.xml", "junit"}, {"x/y.md", "md"}, {"a.html", "html"}, {"a.txt", "text"}, {"a.xml", "junit"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(report_format_of_path(cases[i].path)->name, cases[i].name);
    assert_null(report_format_of_path("a.docx"));
    assert_null(report_format_of_path("json"));
    assert_null(report_format_find("pdf"));
    for (int i = 0; report_formats[i + 1]; i++)
        assert_true(strcmp(report_formats[i]->name, report_formats[i + 1]->name) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_of_every_format),
        cmocka_unit_test(junit_and_markdown_show_no_values_unless_samples_were_asked),
        cmocka_unit_test(no_format_shows_a_value_with_no_samples),
        cmocka_unit_test(every_format_is_valid_utf8_without_control_bytes),
        cmocka_unit_test(markup_in_the_data_stays_text),
        cmocka_unit_test(a_run_that_fails_as_a_whole_is_a_failed_test),
        cmocka_unit_test(suffixes_tell_the_format),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
