/* tests/validator/test_drift.c -- references as data of their own: the same answer for any split of either side, where references are
 * looked for, and a real series of months against what scipy says. */
#include "validator/validator.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/number.h"
#include "core/output.h"
#include "reports/report.h"
#include "stats/drift.h"

enum { ROWS = 20011 };

static char directory[64];

static const char suite_text[] =
    "suite: drift\n"
    "types: {amount: double, price: 'decimal(10,2)', day: date, kind: string, n: int64}\n"
    "columns:\n"
    "  amount: [matches_distribution: {reference: ref, p_value: 0.001}]\n"
    "  price: [matches_distribution: {reference: ref}, matches_distribution: {id: few, reference: ref, where: 'n < 3000', max_effect: 0.5}]\n"
    "  day: [matches_distribution: {reference: ref, warn: {max_effect: 0}}]\n"
    "  n: [matches_distribution: {reference: ref, max_effect: 1}]\n"
    "  kind: [matches_distribution: {reference: ref}, matches_distribution: {id: other, reference: ref, column: shade}]\n";

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

struct row { char amount[40], price[24], day[16], kind[16], shade[16]; };

static void make_row(uint64_t *seed, bool is_reference, struct row *r)
{
    static const char *const names[] = {"alpha", "beta", "gamma", "delta", "zeta", "\xce\xb2"};
    uint64_t x = next_random(seed), y = next_random(seed);

    snprintf(r->amount, sizeof r->amount, "%.17g", (double)(x % 10007) / 31.0 * (is_reference ? 1 : 1.01));
    if (x % 101 == 0)
        r->amount[0] = '\0';
    snprintf(r->price, sizeof r->price, "%llu.%02llu", (unsigned long long)(x % 50), (unsigned long long)(y % 100));
    snprintf(r->day, sizeof r->day, "2023-%02llu-%02llu", (unsigned long long)(1 + x % 12), (unsigned long long)(1 + y % 28));
    snprintf(r->kind, sizeof r->kind, "%s", y % 4001 == 7 ? (is_reference ? "old" : "new") : names[x % 6]);
    snprintf(r->shade, sizeof r->shade, "%s", names[y % 3]);
}

/* n_files of ROWS rows in all below directory/folder. */
static void write_files(const char *folder, const char *kind, int n_files, bool is_reference)
{
    uint64_t seed = is_reference ? 88172645463325252u : 123456789123u;
    char path[160];
    FILE *f = NULL;

    snprintf(path, sizeof path, "%s/%s", directory, folder);
    assert_true(mkdir(path, 0700) == 0);
    for (int i = 0, file = -1; i < ROWS; i++) {
        struct row r;

        if (file != i * n_files / ROWS) {
            file = i * n_files / ROWS;
            if (f)
                assert_int_equal(fclose(f), 0);
            snprintf(path, sizeof path, "%s/%s/part-%02d.%s", directory, folder, file, kind);
            f = fopen(path, "w");
            assert_non_null(f);
            if (strcmp(kind, "csv") == 0)
                fputs("n,amount,price,day,kind,shade\n", f);
        }
        make_row(&seed, is_reference, &r);
        if (strcmp(kind, "csv") == 0)
            fprintf(f, "%d,%s,%s,%s,%s,%s\n", i, r.amount, r.price, r.day, r.kind, r.shade);
        else
            fprintf(f, "{\"n\": %d, \"amount\": %s, \"price\": %s, \"day\": \"%s\", \"kind\": \"%s\", \"shade\": \"%s\"}\n", i,
                    r.amount[0] ? r.amount : "null", r.price, r.day, r.kind, r.shade);
    }
    assert_int_equal(fclose(f), 0);
}

/* a, b, c: the reference in other files and formats. */
static int make_directory(void **state)
{
    static const char *const kinds[] = {"csv", "csv", "jsonl"};
    static const int files[] = {1, 7, 3};
    char path[128];

    (void)state;
    snprintf(directory, sizeof directory, "/tmp/assay-test-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%c", directory, 'a' + i);
        assert_true(mkdir(path, 0700) == 0);
        snprintf(path, sizeof path, "%c/ref", 'a' + i);
        write_files(path, kinds[i], files[i], true);
        snprintf(path, sizeof path, "batch%d", i);
        write_files(path, kinds[i], files[i], false);
    }
    return 0;
}

static int remove_directory(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -r '%s'", directory);
    return system(command);
}

static const struct report *judge_with(struct arena *arena, const char *suite_path, const char *text, const char *batch, int threads,
                                       const struct data_roots *roots)
{
    static const char *path;
    struct validation_options options;
    struct problems problems;
    struct error err = ERROR_NONE;
    struct suite *suite;
    const struct report *report;

    problems_init(&problems, arena);
    if (suite_parse(arena, suite_path, span_text(text), NULL, &suite, &problems, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    validation_options_init(&options);
    path = batch;
    options.paths = &path;
    options.n_paths = 1;
    options.threads = threads;
    options.has_now = true;
    options.reference_roots = roots;
    if (validate(arena, suite, &options, &report, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    if (report->error)
        fail_msg("%s", report->error);
    return report;
}

static const struct report *judge(struct arena *arena, char reference, int batch, int threads)
{
    const char *suite = arena_format(arena, "%s/%c/drift.yaml", directory, reference);

    return judge_with(arena, suite, suite_text, arena_format(arena, "%s/batch%d", directory, batch), threads, NULL);
}

static void any_split_of_either_side_gives_the_same_digest(void **state)
{
    struct arena arena = {0};
    const struct report *first = judge(&arena, 'a', 0, 1);

    (void)state;
    assert_int_equal(first->statistics.not_evaluated, 0);
    assert_int_equal(first->statistics.declared, 7 + 5); /* of_type of `types` too */
    for (char reference = 'a'; reference <= 'c'; reference++)
        for (int batch = 0; batch < 3; batch++)
            for (int threads = 1; threads <= 8; threads *= 4)
                assert_string_equal(judge(&arena, reference, batch, threads)->verdict_digest, first->verdict_digest);
    arena_done(&arena);
}

static const struct result *result_of(const struct report *report, const char *id)
{
    for (int32_t i = 0; i < report->n_results; i++)
        if (strcmp(report->results[i].id, id) == 0)
            return &report->results[i];
    fail_msg("no result %s", id);
    return NULL;
}

static double figure(const struct result *result, const char *name)
{
    const struct node *node = node_find(node_find(result->finding.details, "observed"), name);
    double x = NAN;

    if (node)
        assert_true(number_parse_double(node->text, &x));
    return x;
}

static void a_where_is_about_the_batch_alone(void **state)
{
    struct arena arena = {0};
    const struct report *report = judge(&arena, 'b', 1, 2);

    (void)state;
    assert_true(figure(result_of(report, "few"), "n") == 3000);
    assert_true(figure(result_of(report, "few"), "n_reference") == ROWS);
    assert_int_equal(result_of(report, "day.matches_distribution")->severity, SEVERITY_WARNING);
    assert_int_equal(result_of(report, "day.matches_distribution")->finding.verdict, VERDICT_FAIL);
    assert_string_equal(result_of(report, "kind.matches_distribution")->proof, "values");
    arena_done(&arena);
}

/* --- more distinct values than are kept --- */

enum { MANY = 1100000, SOME = 200000 };

static int64_t some_value(int64_t j)
{
    return j * 54 / 10 + (j % 7 == 0 ? 3 : 0) + (j > SOME / 2 ? 900 : 0);
}

/* Both sides by definition, one whole number after the other. */
static void by_definition(double *d, double *w)
{
    int64_t f = 0, j = 0, sum = 0, most = 0;
    static int32_t counts[MANY + 4000];

    for (j = 0; j < SOME; j++)
        counts[some_value(j)]++;
    for (int64_t x = 0; x < MANY + 4000; x++) {
        int64_t g = x < MANY ? x + 1 : MANY, difference;

        f += counts[x];
        difference = f * MANY - g * SOME;
        difference = difference < 0 ? -difference : difference;
        most = difference > most ? difference : most;
        sum += difference;
    }
    *d = (double)most / MANY / SOME;
    *w = (double)sum / MANY / SOME;
}

static void a_large_reference_is_compared_exactly_in_rounds_over_both(void **state)
{
    static const char suite[] = "types: {n: int64}\n"
                                "columns: {n: [matches_distribution: {id: ks, reference: many.csv, max_effect: 1},\n"
                                "  matches_distribution: {id: w1, reference: many.csv, test: wasserstein, max_effect: 1e9},\n"
                                "  matches_distribution: {id: half, reference: many.csv, where: 'n < 500000', max_effect: 1}]}\n";
    struct arena arena = {0};
    const char *many = arena_format(&arena, "%s/many.csv", directory), *some = arena_format(&arena, "%s/some.csv", directory);
    const char *path = arena_format(&arena, "%s/large.yaml", directory);
    const struct report *report;
    double d, w;
    FILE *f;

    (void)state;
    f = fopen(many, "w");
    assert_non_null(f);
    fputs("n\n", f);
    for (int64_t i = 0; i < MANY; i++)
        fprintf(f, "%lld\n", (long long)(i * 7 % MANY));
    assert_int_equal(fclose(f), 0);
    f = fopen(some, "w");
    assert_non_null(f);
    fputs("n\n", f);
    for (int64_t j = 0; j < SOME; j++)
        fprintf(f, "%lld\n", (long long)some_value(j));
    assert_int_equal(fclose(f), 0);
    by_definition(&d, &w);
    report = judge_with(&arena, path, suite, some, 2, NULL);
    if (fabs(figure(result_of(report, "ks"), "statistic") - d) > 1e-15 || fabs(figure(result_of(report, "w1"), "statistic") - w) > 1e-12 * w)
        fail_msg("D %.17g instead of %.17g, W %.17g instead of %.17g", figure(result_of(report, "ks"), "statistic"), d,
                 figure(result_of(report, "w1"), "statistic"), w);
    assert_true(figure(result_of(report, "half"), "n") < SOME && figure(result_of(report, "half"), "n_reference") == MANY);
    assert_string_equal(judge_with(&arena, path, suite, some, 1, NULL)->verdict_digest, report->verdict_digest);
    arena_done(&arena);
}

/* --- where references may be --- */

static void roots_hold_references_in(void **state)
{
    static const char outside[] = "columns: {n: [matches_distribution: {reference: ../a/ref}]}\n";
    struct arena arena = {0};
    char path[4096];
    struct data_root root = {.path = path};
    struct data_roots roots = {&root, 1};
    struct error err = ERROR_NONE;
    const char *suite = arena_format(&arena, "%s/b/s.yaml", directory), *batch = arena_format(&arena, "%s/batch0", directory);
    const struct report *report;

    (void)state;
    assert_int_equal(root_open(arena_format(&arena, "%s/b", directory), path, &root.fd, &err), STATUS_OK);
    report = judge_with(&arena, suite, outside, batch, 1, NULL);
    assert_int_equal(report->results[0].finding.verdict, VERDICT_PASS);
    report = judge_with(&arena, suite, outside, batch, 1, &roots);
    assert_int_equal(report->results[0].finding.verdict, VERDICT_NOT_EVALUATED);
    assert_non_null(strstr(report->results[0].finding.reason, "the reference cannot be used"));
    assert_int_equal(report->exit_code, 3);
    report = judge_with(&arena, suite, "columns: {n: [matches_distribution: {reference: ref}]}\n", batch, 1, &roots);
    assert_int_equal(report->results[0].finding.verdict, VERDICT_PASS);
    report = judge_with(&arena, suite, "columns: {n: [matches_distribution: {reference: ./../b/ref}]}\n", batch, 1, &roots);
    assert_int_equal(report->results[0].finding.verdict, VERDICT_PASS);
    report = judge_with(&arena, suite, "columns: {n: [matches_distribution: {reference: /etc/passwd}]}\n", batch, 1, &roots);
    assert_int_equal(report->results[0].finding.verdict, VERDICT_NOT_EVALUATED);
    close(root.fd);
    arena_done(&arena);
}

static void a_symbolic_link_does_not_lead_out_of_the_roots(void **state)
{
    struct arena arena = {0};
    char path[4096];
    struct data_root root = {.path = path};
    struct data_roots roots = {&root, 1};
    struct error err = ERROR_NONE;
    const char *link = arena_format(&arena, "%s/b/link.csv", directory);
    const struct report *report;

    (void)state;
    assert_int_equal(symlink(arena_format(&arena, "%s/a/ref/part-00.csv", directory), link), 0);
    assert_int_equal(root_open(arena_format(&arena, "%s/b", directory), path, &root.fd, &err), STATUS_OK);
    report = judge_with(&arena, arena_format(&arena, "%s/b/s.yaml", directory), "columns: {n: [matches_distribution: {reference: link.csv}]}\n",
                        arena_format(&arena, "%s/batch0", directory), 1, &roots);
    assert_int_equal(report->results[0].finding.verdict, VERDICT_NOT_EVALUATED);
    close(root.fd);
    assert_int_equal(unlink(link), 0);
    arena_done(&arena);
}

/* --- real months --- */

static bool is_near(double a, double b, double relative)
{
    return a == b || fabs(a - b) <= relative * fmax(fabs(a), fabs(b));
}

static bool is_p_near(double p, double wanted)
{
    return wanted > 1e-12 ? is_near(p, wanted, 1e-9) : p == wanted || (p >= wanted / 10 && p <= wanted * 10);
}

static double number_of(const struct node *node)
{
    double x = NAN;

    assert_true(node && number_parse_double(node->text, &x));
    return x;
}

static void check_number(const struct report *report, const struct node *expected)
{
    const char *column = (const char *)expected->key.at;
    const struct result *r = result_of(report, column);
    int64_t n = (int64_t)figure(r, "n"), m = (int64_t)figure(r, "n_reference");
    double d = figure(r, "statistic"), p = ks_p_asymptotic(n, m, d, KS_TWO_SIDED), limit = ks_p_limit(n, m, d);

    assert_true((double)m == number_of(node_find(expected, "n")->first) && (double)n == number_of(node_find(expected, "n")->last));
    if (!is_near(d, number_of(node_find(expected, "ks_statistic")), 1e-12))
        fail_msg("%s: %.17g", column, d);
    if (!is_p_near(p, number_of(node_find(expected, "ks_p_asymp"))) ||
        !is_p_near(limit, number_of(node_find(expected, "ks_p_kolmogorov_limit"))))
        fail_msg("%s: p %.17g, limit %.17g", column, p, limit);
    if (p > 1e-6) /* the exact one, which is what the check goes by */
        assert_true(figure(r, "p_value") <= 1.2 * p && figure(r, "p_value") >= 0.8 * p);
}

struct counted { int32_t n; int64_t counts[2][32]; };

static bool table_test(const struct counted *t, struct chi_square *out)
{
    int64_t counts[64];

    memcpy(counts, t->counts[0], (size_t)t->n * sizeof *counts);
    memcpy(counts + t->n, t->counts[1], (size_t)t->n * sizeof *counts);
    return chi_square_table(counts, 2, t->n, CHI_SQUARE_PEARSON, out);
}

/* pandas made floats of a column with nulls, so the expectation has "1.0" beside "1" where both files say 1. */
static int32_t same_label(const struct node *labels, int32_t n, struct span label)
{
    const struct node *other = labels->first;

    if (label.size > 2 && memcmp(label.at + label.size - 2, ".0", 2) == 0)
        label.size -= 2;
    for (int32_t i = 0; i < n; i++, other = other->next)
        if (span_equal(other->text, label))
            return i;
    return n;
}

static void take_tables(const struct node *expected, struct counted *whole, struct counted *joined)
{
    const struct node *table = node_find(expected, "table"), *labels = node_find(expected, "categories");
    const struct node *label = labels->first, *a = table->first->first, *b = table->last->first;
    int32_t place[32];

    *whole = *joined = (struct counted){0};
    for (int32_t i = 0; label; i++, label = label->next, a = a->next, b = b->next) {
        int32_t at = same_label(labels, i, label->text);

        assert_true(i < 32);
        place[i] = at < i ? place[at] : joined->n++;
        for (int row = 0; row < 2; row++) {
            whole->counts[row][i] = (int64_t)number_of(row ? b : a);
            joined->counts[row][place[i]] += whole->counts[row][i];
        }
        whole->n++;
    }
}

static void check_categories(const struct report *report, const struct node *expected)
{
    const char *column = (const char *)expected->key.at;
    const struct result *r = result_of(report, column);
    struct counted whole, joined;
    struct chi_square test;

    take_tables(expected, &whole, &joined);
    assert_true(table_test(&whole, &test));
    if (!is_near(test.statistic, number_of(node_find(expected, "chi2")), 1e-12) ||
        !is_p_near(test.p_value, number_of(node_find(expected, "p"))) ||
        (double)test.degrees_of_freedom != number_of(node_find(expected, "df")))
        fail_msg("%s: %.17g, p %.17g", column, test.statistic, test.p_value);
    assert_true(table_test(&joined, &test));
    if (figure(r, "pooled_category_count") > 0) { /* which scipy leaves to its caller */
        assert_true(figure(r, "degrees_of_freedom") < (double)test.degrees_of_freedom);
    } else {
        assert_true(figure(r, "degrees_of_freedom") == (double)test.degrees_of_freedom);
        assert_true(is_near(figure(r, "statistic"), test.statistic, 1e-13));
        assert_true(is_near(figure(r, "p_value"), test.p_value, 1e-13));
    }
}

/* "taxi 2019-02" */
static const char *month_file(struct arena *arena, const char *shared, const struct node *name)
{
    return arena_format(arena, "%s/corpora/real/taxi/yellow_tripdata_sample_%s.csv", shared, (const char *)name->text.at + 5);
}

static void check_pair(struct arena *arena, const char *shared, const struct node *pair)
{
    const char *reference = month_file(arena, shared, node_find(pair, "reference"));
    const char *current = month_file(arena, shared, node_find(pair, "current"));
    struct buffer text = {0};
    const struct report *report;

    assert_true(buffer_format(&text, "columns:\n"));
    for (const struct node *c = node_find(pair, "numeric")->first; c; c = c->next)
        assert_true(buffer_format(&text, "  %s: [matches_distribution: {id: %s, reference: '%s'}]\n", (const char *)c->key.at,
                                  (const char *)c->key.at, reference));
    for (const struct node *c = node_find(pair, "categorical")->first; c; c = c->next)
        assert_true(buffer_format(&text, "  %s: [matches_distribution: {id: %s, reference: '%s', test: chi_square}]\n",
                                  (const char *)c->key.at, (const char *)c->key.at, reference));
    assert_true(buffer_add(&text, "", 1));
    report = judge_with(arena, "suite.yaml", (const char *)text.at, current, 2, NULL);
    assert_int_equal(report->statistics.not_evaluated, 0);
    for (const struct node *c = node_find(pair, "numeric")->first; c; c = c->next)
        check_number(report, c);
    for (const struct node *c = node_find(pair, "categorical")->first; c; c = c->next)
        check_categories(report, c);
    buffer_done(&text);
}

static void months_of_taxi_rides_drift_as_scipy_says(void **state)
{
    const char *shared = getenv("ASSAY_SHARED"), *ci = getenv("CI");
    struct arena arena = {0};
    struct error err = ERROR_NONE;
    struct node *pairs;
    struct span text;
    char here[4096], *at;

    (void)state;
    shared = shared ? shared : "../shared";
    at = realpath(shared, here);
    if (!at || input_read_file(&arena, arena_format(&arena, "%s/corpora/real/expected/taxi_drift.json", at), 1 << 24, &text, &err) != STATUS_OK) {
        if (ci && strcmp(ci, "true") == 0)
            fail_msg("%s", err.text);
        printf("  skipped: %s\n", err.text);
        arena_done(&arena);
        return;
    }
    assert_int_equal(document_parse_json(&arena, text, &pairs, &err), STATUS_OK);
    assert_true(pairs->n_children >= 3);
    for (const struct node *pair = pairs->first; pair; pair = pair->next)
        check_pair(&arena, at, pair);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_split_of_either_side_gives_the_same_digest),
        cmocka_unit_test(a_where_is_about_the_batch_alone),
        cmocka_unit_test(a_large_reference_is_compared_exactly_in_rounds_over_both),
        cmocka_unit_test(roots_hold_references_in),
        cmocka_unit_test(a_symbolic_link_does_not_lead_out_of_the_roots),
        cmocka_unit_test(months_of_taxi_rides_drift_as_scipy_says),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
