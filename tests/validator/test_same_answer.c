/* tests/validator/test_same_answer.c -- semantics.md, "Same answer, always": the same document for any number of threads, the
 * same digest for any split into files, for CSV and JSON lines of the same table. */
#include "reports/report.h"
#include "validator/validator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROWS = 30011 };

static char directory[64];

static const char suite_text[] =
    "suite: split\n"
    "primary_key: [id]\n"
    "types: {id: int64, amount: double, price: 'decimal(10,2)', when: timestamp, name: string}\n"
    "table:\n"
    "  - row_count: {min: 1}\n"
    "  - satisfies: {expression: \"amount < 900 or name like 'a%'\", mostly: 0.5}\n"
    "  - unique_together: {id: pair, columns: [name, price]}\n"
    "columns:\n"
    "  id: [unique, {between: {min: 10, max: 29000}}]\n"
    "  amount:\n"
    "    - not_null\n"
    "    - mean: {min: 0, max: 1000}\n"
    "    - sum: {min: 0, max: 1}\n"
    "    - stdev: {min: 0, max: 1}\n"
    "    - median: {min: 0, max: 1}\n"
    "    - quantiles: {0.01: {max: 1}, 0.99: {min: 1}}\n"
    "  price: [{sum: {min: 0}}, {mean: {min: 0}}, distinct_count: {max: 10}]\n"
    "  when: [{max: {max: '2024-01-02'}}, {min: {min: '2023-01-01'}}]\n"
    "  name:\n"
    "    - matches_regex: {regex: '^[a-m]', where: 'amount > 100'}\n"
    "    - in_set: {values: [alpha, beta, gamma], max_unexpected: 1%}\n"
    "    - length_between: {min: 4, max: 5}\n";

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

struct row { char id[24], amount[40], price[24], when[32], name[16]; };

static void make_row(uint64_t *seed, int i, struct row *r)
{
    static const char *const names[] = {"alpha", "beta", "gamma", "delta", "zeta", "\xce\xb2\xce\xb7\xcf\x84\xce\xb1"};
    uint64_t x = next_random(seed);

    snprintf(r->id, sizeof r->id, "%d", i % 997 == 5 ? i - 1 : i);
    snprintf(r->amount, sizeof r->amount, "%.17g", (double)(x % 1000003) / 997.0 * (x & 1 ? 1e-9 : 1));
    if (x % 101 == 0)
        r->amount[0] = '\0';
    snprintf(r->price, sizeof r->price, "%llu.%02llu", (unsigned long long)(x % 5000), (unsigned long long)(x / 7 % 100));
    snprintf(r->when, sizeof r->when, "2023-%02llu-%02lluT%02llu:00:00", (unsigned long long)(1 + x % 12),
             (unsigned long long)(1 + x % 28), (unsigned long long)(x % 24));
    snprintf(r->name, sizeof r->name, "%s", names[x % 6]);
}

static void write_files(const char *kind, int n_files)
{
    uint64_t seed = 88172645463325252u;
    char path[128];
    FILE *f = NULL;

    for (int i = 0, file = -1; i < ROWS; i++) {
        struct row r;

        if (file != i * n_files / ROWS) {
            file = i * n_files / ROWS;
            if (f)
                assert_int_equal(fclose(f), 0);
            snprintf(path, sizeof path, "%s/%s%d-%02d.%s", directory, kind, n_files, file, kind);
            f = fopen(path, "w");
            assert_non_null(f);
            if (strcmp(kind, "csv") == 0)
                fputs("id,amount,price,when,name\n", f);
        }
        make_row(&seed, i, &r);
        if (strcmp(kind, "csv") == 0)
            fprintf(f, "%s,%s,%s,%s,%s\n", r.id, r.amount, r.price, r.when, r.name);
        else
            fprintf(f, "{\"id\": %s, \"amount\": %s, \"price\": %s, \"when\": \"%s\", \"name\": \"%s\"}\n", r.id,
                    r.amount[0] ? r.amount : "null", r.price, r.when, r.name);
    }
    assert_int_equal(fclose(f), 0);
}

static int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof directory, "/tmp/assay-test-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    write_files("csv", 1);
    write_files("csv", 10);
    write_files("jsonl", 1);
    write_files("jsonl", 3);
    return 0;
}

static int remove_directory(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -r '%s'", directory);
    return system(command);
}

/* Judges; the digest, and the whole document without its `run` where text is not NULL. */
static void judge(struct arena *arena, const char *glob, int threads, char digest[72], struct buffer *text)
{
    struct validation_options options;
    struct problems problems;
    struct error err = ERROR_NONE;
    struct suite *suite;
    const struct report *report;
    struct report copy;
    char path[128];
    const char *paths[1] = {path};

    problems_init(&problems, arena);
    snprintf(path, sizeof path, "%s/%s", directory, glob);
    assert_int_equal(suite_parse(arena, "split.yaml", span_text(suite_text), NULL, &suite, &problems, &err), STATUS_OK);
    validation_options_init(&options);
    options.paths = paths;
    options.n_paths = 1;
    options.threads = threads;
    options.has_now = true;
    if (validate(arena, suite, &options, &report, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    if (report->error)
        fail_msg("%s", report->error);
    assert_int_equal(report->batch.rows, ROWS);
    assert_true(report->statistics.failed >= 8);
    assert_int_equal(report->statistics.not_evaluated, 0);
    memcpy(digest, report->verdict_digest, 72);
    if (!text)
        return;
    copy = *report;
    memset(&copy.run, 0, sizeof copy.run);
    assert_true(report_format_find("json")->render(&copy, &(struct report_options){0}, text));
}

static void any_number_of_threads_gives_the_same_document(void **state)
{
    static const char *const globs[] = {"csv1-*", "csv10-*", "jsonl3-*"};
    static const int threads[] = {1, 2, 8};

    (void)state;
    for (size_t g = 0; g < sizeof globs / sizeof *globs; g++) {
        struct arena arena = {0};
        struct buffer text[3] = {{0}};
        char digest[3][72];

        for (int t = 0; t < 3; t++)
            judge(&arena, globs[g], threads[t], digest[t], &text[t]);
        for (int t = 1; t < 3; t++) {
            assert_string_equal(digest[0], digest[t]);
            assert_int_equal(text[0].size, text[t].size);
            assert_memory_equal(text[0].at, text[t].at, text[0].size);
        }
        for (int t = 0; t < 3; t++)
            buffer_done(&text[t]);
        arena_done(&arena);
    }
}

static void any_split_and_csv_and_json_lines_give_the_same_digest(void **state)
{
    static const char *const globs[] = {"csv1-*", "csv10-*", "jsonl1-*", "jsonl3-*"};
    struct arena arena = {0};
    char first[72], other[72];

    (void)state;
    judge(&arena, globs[0], 2, first, NULL);
    for (size_t g = 1; g < sizeof globs / sizeof *globs; g++) {
        judge(&arena, globs[g], 2, other, NULL);
        assert_string_equal(first, other);
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_gives_the_same_document),
        cmocka_unit_test(any_split_and_csv_and_json_lines_give_the_same_digest),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
