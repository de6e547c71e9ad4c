/* tests/library/test_assay.c -- the library as a program sees it: assay.h and nothing else of ours. */
#include "assay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char suite_text[] = "suite: library\ncolumns:\n  x: [not_null, {between: {min: 0, max: '{{ most }}'}}]\n";
static const char *const variables[] = {"most=100", NULL};
static char directory[] = "/tmp/assay_test_XXXXXX";
static char good[64], bad[64];

static void write_text(char path[64], const char *name, const char *text)
{
    FILE *file;

    snprintf(path, 64, "%s/%s", directory, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    write_text(good, "good.csv", "n,x\n1,10\n");
    write_text(bad, "bad.csv", "n,x\n1,10\n2,200\n");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(good);
    unlink(bad);
    return rmdir(directory);
}

static struct assay_suite *suite_open(void)
{
    struct assay_error error;
    struct assay_suite *suite = assay_suite_parse("library.yaml", suite_text, strlen(suite_text), variables, &error);

    if (!suite)
        fail_msg("%s", error.text);
    return suite;
}

static void judges_a_batch_and_renders_the_report(void **state)
{
    struct assay_suite *suite = suite_open();
    const char *batch[] = {bad, NULL};
    struct assay_error error;
    struct assay_report *report = assay_validate(suite, batch, NULL, &error);
    size_t size = 0;
    const char *json;

    (void)state;
    assert_non_null(report);
    assert_int_equal(assay_report_success(report), 0);
    assert_int_equal(assay_report_exit_code(report), 1);
    assert_memory_equal(assay_report_headline(report), "FAIL library", 12);
    json = assay_report_render(report, "json", &size, &error);
    assert_non_null(json);
    assert_int_equal(strlen(json), size);
    assert_non_null(strstr(json, "\"exit_code\": 1"));
    assert_non_null(assay_report_render(report, "text", NULL, NULL));
    assert_null(assay_report_render(report, "html5", NULL, &error));
    assert_int_equal(error.exit_code, 2);
    assay_report_free(report);
    batch[0] = good;
    report = assay_validate(suite, batch, &(struct assay_options){.size = sizeof(struct assay_options), .threads = 1}, &error);
    assert_non_null(report);
    assert_int_equal(assay_report_success(report), 1);
    assay_report_free(report);
    assay_suite_close(suite);
}

static void missing_data_has_a_report_with_exit_code_3(void **state)
{
    struct assay_suite *suite = suite_open();
    const char *batch[] = {"/nowhere/at/all.csv", NULL};
    struct assay_report *report = assay_validate(suite, batch, NULL, NULL);

    (void)state;
    assert_non_null(report);
    assert_int_equal(assay_report_exit_code(report), 3);
    assert_int_equal(assay_report_success(report), 0);
    assay_report_free(report);
    assay_suite_close(suite);
}

static void a_suite_in_error_tells_every_problem(void **state)
{
    static const char text[] = "suite: s\ncolumns: {x: [not_nul, {betwen: {min: 1}}]}\n";
    struct assay_error error = {0};

    (void)state;
    assert_null(assay_suite_parse("s.yaml", text, strlen(text), NULL, &error));
    assert_int_equal(error.exit_code, 2);
    assert_non_null(strstr(error.text, "s.yaml:2:"));
    assert_non_null(strstr(error.text, "not_null"));
    assert_non_null(strstr(error.text, "\ns.yaml"));
    assert_null(assay_suite_open("/nowhere/suite.yaml", NULL, &error));
    assert_int_equal(error.exit_code, 2);
    assert_null(assay_suite_parse("s.yaml", suite_text, strlen(suite_text), (const char *const[]){"most", NULL}, &error));
    assert_int_equal(error.exit_code, 2);
    assert_null(assay_suite_parse("s.yaml", suite_text, strlen(suite_text), NULL, NULL)); /* the variable is not set */
}

static void no_batch_is_a_usage_error(void **state)
{
    struct assay_suite *suite = suite_open();
    struct assay_error error = {0};

    (void)state;
    assert_null(assay_validate(suite, NULL, NULL, &error));
    assert_int_equal(error.exit_code, 2);
    assay_suite_close(suite);
    assay_suite_close(NULL);
    assay_report_free(NULL);
    assert_string_equal(assay_version(), ASSAY_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_a_batch_and_renders_the_report),
        cmocka_unit_test(missing_data_has_a_report_with_exit_code_3),
        cmocka_unit_test(a_suite_in_error_tells_every_problem),
        cmocka_unit_test(no_batch_is_a_usage_error),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
