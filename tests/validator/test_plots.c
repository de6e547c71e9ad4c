/* tests/validator/test_plots.c -- histograms for formats that draw: right, and no part of the verdict. */
#include "reports/report.h"
#include "validator/validator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64] = "/tmp/assay_plots_XXXXXX";

static const char suite_text[] = "suite: plots\n"
                                 "where: n != 7\n"
                                 "columns:\n"
                                 "  n: [{between: {min: 10, max: 90}}]\n"
                                 "  price: [{mean: {min: 0}}]\n"
                                 "  day: [{max: {max: '2024-02-01'}}]\n"
                                 "  name: [not_null, {in_set: [\"<script>alert('x')</script>\"]}]\n"
                                 "  same: [{between: {min: 0}}]\n"
                                 "  secret: {pii: true, expect: [{between: {min: 0, max: 5}}]}\n";

static int set_up(void **state)
{
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

    (void)state;
    if (!file)
        return -1;
    fputs("n,price,day,name,same,secret\n", file);
    for (int i = 0; i < 100; i++)
        fprintf(file, "%d,%d.25,2024-01-%02d,\"<script>alert('%d')</script>\"\" onload=\"\"x\",5,%d\n", i, i * i, i % 31 + 1, i, i);
    fputs(",,,,,\nx,,,,,\n", file); /* a null; "x" is malformed where a bound makes n a number */
    return fclose(file);
}

static int tear_down(void **state)
{
    (void)state;
    return unlink(path);
}

static const struct report *judge(struct arena *arena, bool plots, int32_t samples)
{
    const char *paths[] = {path};
    const struct suite_variables variables = {0};
    struct validation_options options;
    struct suite *suite = NULL;
    const struct report *report = NULL;
    struct problems problems;
    struct error err = ERROR_NONE;

    problems_init(&problems, arena);
    assert_int_equal(suite_parse(arena, "plots.yaml", span_text(suite_text), &variables, &suite, &problems, &err), STATUS_OK);
    validation_options_init(&options);
    options.paths = paths;
    options.n_paths = 1;
    options.plots = plots;
    options.samples = samples;
    options.threads = 2;
    if (validate(arena, suite, &options, &report, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    assert_null(report->error);
    return report;
}

static const struct report_plot *plot_of(const struct report *report, const char *column)
{
    for (int32_t i = 0; i < report->n_plots; i++)
        if (strcmp(report->plots[i].column, column) == 0)
            return &report->plots[i];
    return NULL;
}

static int64_t total(const struct report_plot *plot)
{
    int64_t sum = 0;

    for (int32_t i = 0; i < plot->n_bins; i++)
        sum += plot->counts[i];
    return sum;
}

static void counts_every_value_that_was_judged(void **state)
{
    struct arena arena = {0};
    const struct report *report = judge(&arena, true, 20);
    const struct report_plot *n = plot_of(report, "n"), *price = plot_of(report, "price"), *day = plot_of(report, "day");

    (void)state;
    assert_true(n && price && day);
    assert_int_equal(total(n), 99); /* where: n != 7 */
    assert_int_equal(total(price), 99);
    assert_int_equal(total(day), 99);
    assert_int_equal(n->min.i64, 0);
    assert_int_equal(n->max.i64, 99);
    assert_int_equal(n->counts[0], 3); /* whole numbers: each bin is three wide */
    assert_int_equal(n->counts[2], 2); /* 6 and 8 */
    assert_int_equal(day->n_bins, 31);
    assert_int_equal(price->n_bins, 40);
    arena_done(&arena);
}

static void draws_nothing_of_texts_constants_and_persons(void **state)
{
    struct arena arena = {0};
    const struct report *report = judge(&arena, true, 20);

    (void)state;
    assert_null(plot_of(report, "name"));
    assert_null(plot_of(report, "same"));
    assert_null(plot_of(report, "secret"));
    assert_int_equal(judge(&arena, true, 0)->n_plots, 0);
    assert_int_equal(judge(&arena, false, 20)->n_plots, 0);
    arena_done(&arena);
}

static void plots_are_no_part_of_the_verdict(void **state)
{
    struct arena arena = {0};
    const struct report *with = judge(&arena, true, 20), *without = judge(&arena, false, 20);

    (void)state;
    assert_string_equal(with->verdict_digest, without->verdict_digest);
    assert_string_equal(with->headline, without->headline);
    arena_done(&arena);
}

static void markup_in_a_file_stays_text_on_the_page(void **state)
{
    struct arena arena = {0};
    struct buffer page = {0};

    (void)state;
    assert_true(report_format_find("html")->render(judge(&arena, true, 20), &(struct report_options){0}, &page));
    assert_true(buffer_add(&page, "", 1));
    assert_null(strstr((const char *)page.at, "<script"));
    assert_null(strstr((const char *)page.at, "onload=\"x"));
    assert_non_null(strstr((const char *)page.at, "&lt;script&gt;alert(&#39;0&#39;)&lt;/script&gt;&quot; onload=&quot;x"));
    assert_non_null(strstr((const char *)page.at, "Histogram of n, 34 bars"));
    buffer_done(&page);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_every_value_that_was_judged),
        cmocka_unit_test(draws_nothing_of_texts_constants_and_persons),
        cmocka_unit_test(plots_are_no_part_of_the_verdict),
        cmocka_unit_test(markup_in_a_file_stays_text_on_the_page),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
