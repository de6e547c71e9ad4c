/* tests/reports/test_html.c -- the page for a browser: what it shows, and that nothing in it acts.
 *
 * page_reader.h reads a page as a browser's tokenizer does. Whatever it finds that the templates do not write came out of the data.
 */
#include "tests/reports/fixture.h"
#include "tests/reports/page_reader.h"
#include "core/sha256.h"

/* --- tests --- */

static void shows_the_whole_report(void **state)
{
    struct fixture f;
    char *page;

    (void)state;
    fixture_init(&f);
    page = fixture_render(&f, "html", NULL);
    assert_is_ours(page);
    assert_golden(strstr(page, "</head>"), "report.html"); /* without the stylesheet */
    free(page);
    fixture_done(&f);
}


/* Pages for looking at: see tools/screenshots/README.md. */
static void keep_page(const char *page, const char *name)
{
    const char *folder = getenv("ASSAY_WRITE_PAGES");
    char path[512];
    FILE *file;

    if (!folder)
        return;
    snprintf(path, sizeof path, "%s/%s.html", folder, name);
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(page, 1, strlen(page), file), strlen(page));
    fclose(file);
}

static char *render_checked(const struct fixture *f, const char *name)
{
    char *page = fixture_render(f, "html", NULL);

    keep_page(page, name);
    assert_is_ours(page);
    assert_true(strlen(page) <= 1000000);
    return page;
}

/* What might end a text, an attribute, a comment, a style or a script, run one, or hide what it is. */
static const char hostile[] = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>'-alert(1)-'</style></title><svg onload=x>]]>--><!--"
                              "&lt;&#60;javascript:alert(1)\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\x1b[31m\x07\x7f\xc2\x85\xff\xc0\xaf{{7*7}}`%s";

static void make_result_hostile(struct fixture *f, struct result *r)
{
    char parameters[1024];

    r->id = r->expectation = r->column = r->says = r->description = r->where = r->gx = hostile;
    r->proof = hostile;
    r->finding.reason = hostile;
    snprintf(parameters, sizeof parameters, "{\"min\": 1, \"regex\": \"%s\", \"<b onclick='x'>\": \"</dd><script>\", \"max_effect\": \"<i>\"}",
             "</script>\\\"><img onerror=x>\\u2028\\u202e");
    r->parameters = fixture_json(f, parameters);
    r->finding.details = fixture_json(f, "{\"<u>\": \"<script>x</script>\", \"list<\": [\"<a href=x>\"], \"age_seconds\": 5}");
}

static void make_batch_hostile(struct fixture *f)
{
    static const char *const names[] = {hostile};
    struct report *r = &f->report;

    r->batch.primary_key = names;
    f->partition[0] = f->labels[0] = (struct name_value){hostile, hostile};
    for (int i = 0; i < 2; i++)
        f->files[i].path = hostile;
    for (int i = 0; i < 3; i++)
        f->columns[i] = (struct report_column){hostile, hostile};
    r->batch.format = r->batch.dialect = hostile;
    r->batch.has_damage = true;
    r->batch.damage = (struct damage_shown){3, 10, hostile, 1, 2, hostile};
    for (int i = 0; i < 8; i++)
        f->between[i].value = f->between[i].keys[0] = fixture_bytes(hostile, sizeof hostile - 1);
    f->top[0].value = fixture_bytes(hostile, sizeof hostile - 1);
}

static void make_hostile(struct fixture *f)
{
    static const char *const names[] = {hostile, hostile};
    struct report *r = &f->report;

    for (int i = 0; i < FIXTURE_RESULTS; i++) {
        make_result_hostile(f, &f->results[i]);
        f->results[i].tags = names;
        f->results[i].n_tags = 1;
        f->results[i].value_columns = names;
        f->results[i].n_value_columns = 2;
        f->results[i].finding.observed = fixture_bytes(hostile, sizeof hostile - 1);
    }
    make_batch_hostile(f);
    r->headline = r->error = r->suite.name = r->suite.dataset = r->suite.owner = r->suite.description = r->suite.path = hostile;
    r->suite.runbook = r->suite.fingerprint = hostile;
    r->run.id = r->run.started = r->run.finished = r->run.now = r->run.host = r->run.assay = r->run.repeat = r->run.timezone = hostile;
}

static void nothing_of_the_data_becomes_markup(void **state)
{
    struct fixture f;
    char *page;

    (void)state;
    fixture_init(&f);
    make_hostile(&f);
    page = render_checked(&f, "hostile");
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<img"));
    assert_null(strstr(page, "href=\"j"));
    assert_non_null(strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert_non_null(strstr(page, "\\u{2028}\\u{202e}\\u{2066}\\x1b[31m\\x07\\x7f\\u{85}\\xff\\xc0\\xaf"));
    free(page);
    fixture_done(&f);
}

/* A name of a dataset with quotes is where title, heading and headline meet. */
static void nothing_is_reported_twice_of_a_usual_headline(void **state)
{
    struct fixture f;
    char *page;

    (void)state;
    fixture_init(&f);
    f.report.headline = "FAIL silver.purchases dt=2024-12-10: 5 of 9 fail, worst x; data-team, https://wiki.example/purchases";
    page = render_checked(&f, "usual");
    assert_non_null(strstr(page, "<p class=\"lead\">5 of 9 fail, worst x</p>"));
    free(page);
    f.report.headline = "FAIL something else: 5 of 9";
    page = render_checked(&f, "unusual");
    assert_non_null(strstr(page, "<p class=\"lead\">FAIL something else: 5 of 9</p>"));
    free(page);
    fixture_done(&f);
}

static void only_addresses_of_the_web_become_links(void **state)
{
    static const struct { const char *url; bool is_link; } cases[] = {
        {"https://wiki.example/a?b=c&d#e", true}, {"http://wiki.example/", true},      {"javascript:alert(1)", false},
        {"JaVaScRiPt:alert(1)", false},           {"data:text/html,<b>", false},       {" https://a.example", false},
        {"https://a.example/\" onclick=\"x", false}, {"https://a.example/\nx", false}, {"//a.example", false},
        {"file:///etc/passwd", false},            {"https://a.example/\xe2\x80\xae", false},
    };
    struct fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *page;

        f.report.suite.runbook = cases[i].url;
        page = render_checked(&f, "link");
        assert_int_equal(strstr(page, "<a href=\"h") != NULL, cases[i].is_link);
        free(page);
    }
    fixture_done(&f);
}

/* --- size --- */

enum { MANY = 500, BIG_SAMPLES = 20, BIG = 1024 };

static struct result *many_results(struct fixture *f, int32_t n, enum verdict verdict)
{
    struct result *results = arena_array(&f->arena, (size_t)n, sizeof *results);
    struct sample *samples = arena_array(&f->arena, BIG_SAMPLES, sizeof *samples);
    struct top_value *top = arena_array(&f->arena, TOP_VALUES_SHOWN, sizeof *top);
    char *big = arena_alloc(&f->arena, BIG + 1);

    memset(big, '"', BIG); /* six bytes each, where escaped */
    for (int i = 0; i < BIG_SAMPLES; i++)
        samples[i] = (struct sample){.row = i, .value = fixture_bytes(big, BIG), .n_keys = 1, .keys = {fixture_bytes(big, BIG)}};
    for (int i = 0; i < TOP_VALUES_SHOWN; i++)
        top[i] = (struct top_value){fixture_bytes(big, BIG), 1000 - i};
    for (int32_t i = 0; i < n; i++) {
        results[i] = f->results[FIXTURE_UNIQUE];
        results[i].id = arena_format(&f->arena, "check %d %s", i, big);
        results[i].says = results[i].description = results[i].where = results[i].finding.reason = big;
        results[i].finding.verdict = verdict;
        results[i].finding.samples = samples;
        results[i].finding.n_samples = BIG_SAMPLES;
        results[i].finding.top = top;
        results[i].finding.n_top = TOP_VALUES_SHOWN;
    }
    f->report.results = results;
    f->report.n_results = n;
    f->report.statistics.declared = n;
    f->report.statistics.failed = verdict == VERDICT_FAIL ? n : 0;
    f->report.statistics.passed = verdict == VERDICT_PASS ? n : 0;
    return results;
}

static void make_everything_big(struct fixture *f)
{
    struct report_file *files = arena_array(&f->arena, 5000, sizeof *files);
    struct report_column *columns = arena_array(&f->arena, 5000, sizeof *columns);
    char *big = arena_alloc(&f->arena, 100001);

    memset(big, '"', 100000);
    for (int i = 0; i < 5000; i++) {
        files[i] = (struct report_file){big, 1, 1, big, 1};
        columns[i] = (struct report_column){big, big};
    }
    f->report.batch.files = files;
    f->report.batch.columns = columns;
    f->report.batch.n_files = f->report.batch.n_columns = 5000;
    f->report.headline = f->report.error = f->report.suite.dataset = f->report.suite.owner = f->report.suite.name = big;
    f->report.suite.description = f->report.suite.path = f->report.run.repeat = f->report.run.host = big;
    f->report.suite.runbook = f->report.batch.dialect = big;
    f->partition[0] = f->labels[0] = (struct name_value){big, big};
}

static void a_page_is_at_most_a_megabyte(void **state)
{
    static const enum verdict verdicts[] = {VERDICT_FAIL, VERDICT_PASS, VERDICT_NOT_EVALUATED, VERDICT_SKIPPED};

    (void)state;
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
        for (int k = 0; k < 3; k++) {
            struct fixture f;
            char *page;

            fixture_init(&f);
            many_results(&f, k == 2 ? 20 * MANY : MANY, verdicts[i]);
            if (k > 0)
                make_everything_big(&f);
            page = render_checked(&f, "big");
            free(page);
            fixture_done(&f);
        }
}

static void says_what_was_left_out(void **state)
{
    struct fixture f;
    char *page;

    (void)state;
    fixture_init(&f);
    many_results(&f, 20 * MANY, VERDICT_FAIL);
    page = render_checked(&f, "left-out");
    assert_non_null(strstr(page, "To keep this page below 1 MB"));
    assert_non_null(strstr(page, "are left out"));
    free(page);
    fixture_done(&f);
}

static void every_failure_has_its_samples_where_there_is_room(void **state)
{
    struct fixture f;
    char *page;

    (void)state;
    fixture_init(&f);
    page = render_checked(&f, "fixture");
    assert_null(strstr(page, "To keep this page below"));
    assert_non_null(strstr(page, "8 unexpected rows"));
    assert_non_null(strstr(page, "line\\x0afeed"));
    free(page);
    fixture_done(&f);
}

/* --- what may not be shown --- */

static void values_of_persons_are_not_shown(void **state)
{
    struct fixture f;
    char *page;

    (void)state;
    fixture_init(&f);
    f.report.samples_were_asked = true;
    page = render_checked(&f, "pii");
    assert_null(strstr(page, "secret-person"));
    assert_non_null(strstr(page, "Values are not shown: the column is about persons (pii)."));
    free(page);
    fixture_done(&f);
}

static const int64_t counts[] = {1, 4, 9, 30, 55, 80, 61, 33, 12, 5, 0, 1};

static void add_plot(struct fixture *f, struct report_plot *plot, const char *column)
{
    *plot = (struct report_plot){.column = column, .type = "double", .min = value_double(-987.125), .max = value_double(1200.5), .low = -987.125,
                                 .high = 1200.5, .counts = counts, .n_bins = sizeof counts / sizeof counts[0]};
    f->report.plots = plot;
    f->report.n_plots = 1;
}

static void a_histogram_is_drawn_only_where_values_may_be_shown(void **state)
{
    struct fixture f;
    struct report_plot plot;
    char *page;

    (void)state;
    fixture_init(&f);
    add_plot(&f, &plot, "purchase_amount");
    page = render_checked(&f, "plot");
    assert_non_null(strstr(page, "Histogram of purchase_amount, 12 bars from -987.125 to 1200.5; the highest, of 80, is bar 6"));
    free(page);
    f.report.max_samples = 0;
    page = render_checked(&f, "plot-hidden");
    assert_null(strstr(page, "987"));
    free(page);
    f.report.max_samples = 20;
    f.results[FIXTURE_MAX].is_pii = true;
    page = render_checked(&f, "plot-pii");
    assert_null(strstr(page, "987"));
    free(page);
    fixture_done(&f);
}

static void give_distribution(struct fixture *f, const char *kind)
{
    static const char histogram[] =
        "{\"observed\": {\"test\": \"ks\", \"statistic\": 0.213, \"p_value\": 0.000012, \"effect_size\": {\"name\": \"ks\", \"value\": 0.213}, "
        "\"n\": 100000, \"n_reference\": 98000}, \"distribution\": {\"kind\": \"histogram\", \"edges\": [0, 10, 20, 30, 40, 50, 60, 70, 80],"
        "\"observed\": [0.02, 0.05, 0.11, 0.19, 0.28, 0.21, 0.1, 0.04], \"reference\": [0.05, 0.14, 0.25, 0.26, 0.16, 0.09, 0.04, 0.01]}}";
    static const char categories[] =
        "{\"observed\": {\"test\": \"chi_square\", \"statistic\": 412.7, \"degrees_of_freedom\": 4, \"p_value\": 5e-88, "
        "\"effect_size\": {\"name\": \"cramers_v\", \"value\": 0.14}, \"n\": 10000, \"n_reference\": 10000, \"moved_most\": \"gold\"},"
        "\"distribution\": {\"kind\": \"categories\", \"labels\": [\"bronze\", \"silver\", \"gold\", \"platinum\", \"<none>\"],"
        "\"observed\": [0.412, 0.301, 0.082, 0.2, 0.005], \"reference\": [0.4, 0.29, 0.21, 0.1, 0]}}";
    struct result *r = &f->results[FIXTURE_SEGMENT];

    r->finding.verdict = VERDICT_FAIL;
    r->finding.reason = NULL;
    r->finding.details = fixture_json(f, strcmp(kind, "histogram") == 0 ? histogram : categories);
    f->report.statistics.not_evaluated = 0;
    f->report.statistics.failed++;
}

static void draws_a_distribution_beside_its_reference(void **state)
{
    struct fixture f;
    char *page;

    (void)state;
    fixture_init(&f);
    give_distribution(&f, "categories");
    page = render_checked(&f, "categories");
    assert_non_null(strstr(page, "<code>gold</code></th><td class=\"n\">8.2%</td><td class=\"n\">21.0%</td>"));
    assert_non_null(strstr(page, "<code>&lt;none&gt;</code>"));
    assert_non_null(strstr(page, "cramers v"));
    free(page);
    f.report.max_samples = 0;
    page = render_checked(&f, "categories-hidden");
    assert_null(strstr(page, "gold"));
    free(page);
    fixture_done(&f);
    fixture_init(&f);
    give_distribution(&f, "histogram");
    page = render_checked(&f, "histogram");
    assert_non_null(strstr(page, "8 bars from 0 to 80; the highest, of 0.28, is bar 5; with a reference"));
    assert_non_null(strstr(page, "line: reference"));
    free(page);
    fixture_done(&f);
}

/* Details are made by expectations; still, a page must not depend on their being whole. */
static void a_distribution_that_is_not_whole_is_not_drawn(void **state)
{
    static const char *const broken[] = {
        "{\"distribution\": 5}", "{\"distribution\": {\"kind\": \"histogram\"}}",
        "{\"distribution\": {\"kind\": \"histogram\", \"edges\": [1], \"observed\": [1], \"reference\": [1]}}",
        "{\"distribution\": {\"kind\": \"categories\", \"labels\": [\"a\"], \"observed\": [1, 2], \"reference\": [1, 2]}}",
        "{\"distribution\": {\"kind\": \"categories\", \"labels\": 1, \"observed\": [], \"reference\": []}}",
        "{\"distribution\": {\"kind\": \"histogram\", \"edges\": [0, 1], \"observed\": [\"NaN\"], \"reference\": [1]}}",
        "{\"distribution\": {\"kind\": \"histogram\", \"edges\": [\"a\", \"b\"], \"observed\": [0], \"reference\": [0]}}",
    };
    struct fixture f;

    (void)state;
    fixture_init(&f);
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        f.results[FIXTURE_MAX].finding.details = fixture_json(&f, broken[i]);
        free(render_checked(&f, "broken"));
    }
    fixture_done(&f);
}

/* --- the policy --- */

static void the_policy_names_the_hash_of_the_stylesheet(void **state)
{
    struct fixture f;
    char *page, *policy;
    const char *from, *to;
    struct sha256 hash;
    uint8_t digest[32];

    (void)state;
    fixture_init(&f);
    page = render_checked(&f, "policy");
    from = strstr(page, "<style>") + strlen("<style>");
    to = strstr(from, "</style>");
    sha256_init(&hash);
    sha256_add(&hash, from, (size_t)(to - from));
    sha256_finish(&hash, digest);
    policy = strstr(page, "style-src 'sha256-") + strlen("style-src 'sha256-");
    for (int i = 0, k = 0; i < 43 && k < 32; i++) { /* base64 back to bytes, six bits at a time */
        static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        static uint32_t bits, n;

        if (i == 0)
            bits = n = 0;
        bits = bits << 6 | (uint32_t)(strchr(digits, policy[i]) - digits);
        n += 6;
        if (n >= 8) {
            n -= 8;
            assert_int_equal(bits >> n & 0xff, digest[k++]);
        }
    }
    assert_memory_equal(policy + 43, "='; base-uri 'none'; form-action 'none'\">", 41);
    assert_null(strstr(page, "url(h"));
    assert_null(strstr(page, "@import"));
    assert_null(strstr(page, " style=\""));
    free(page);
    fixture_done(&f);
}

static void a_batch_that_was_not_read_says_so_first(void **state)
{
    struct fixture f;
    char *page, *trouble;

    (void)state;
    fixture_init(&f);
    for (int i = 0; i < FIXTURE_RESULTS; i++) {
        finding_init(&f.results[i].finding);
        f.results[i].finding.verdict = VERDICT_NOT_EVALUATED;
        f.results[i].finding.reason = "the batch could not be read";
    }
    memset(&f.report.statistics, 0, sizeof f.report.statistics);
    f.report.statistics.declared = f.report.statistics.not_evaluated = FIXTURE_RESULTS;
    f.report.outcome = OUTCOME_NOT_EVALUATED;
    f.report.error = "silver/part-0.parquet: the footer is 812 bytes longer than the file";
    f.report.headline = "NOT EVALUATED silver.purchases dt=2024-12-10: the batch could not be read: silver/part-0.parquet: the footer";
    f.report.retryable = true;
    f.report.batch.rows = f.report.batch.rows_considered = -1;
    f.report.batch.n_columns = f.report.batch.n_files = 0;
    page = render_checked(&f, "unreadable");
    trouble = strstr(page, "Nothing was judged.");
    assert_non_null(trouble);
    assert_true(trouble < strstr(page, "<main"));
    assert_non_null(strstr(page, "Trying again may help."));
    free(page);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_the_whole_report),
        cmocka_unit_test(nothing_of_the_data_becomes_markup),
        cmocka_unit_test(nothing_is_reported_twice_of_a_usual_headline),
        cmocka_unit_test(only_addresses_of_the_web_become_links),
        cmocka_unit_test(a_page_is_at_most_a_megabyte),
        cmocka_unit_test(says_what_was_left_out),
        cmocka_unit_test(every_failure_has_its_samples_where_there_is_room),
        cmocka_unit_test(values_of_persons_are_not_shown),
        cmocka_unit_test(a_histogram_is_drawn_only_where_values_may_be_shown),
        cmocka_unit_test(draws_a_distribution_beside_its_reference),
        cmocka_unit_test(a_distribution_that_is_not_whole_is_not_drawn),
        cmocka_unit_test(the_policy_names_the_hash_of_the_stylesheet),
        cmocka_unit_test(a_batch_that_was_not_read_says_so_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
