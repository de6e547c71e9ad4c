/* tests/validator/test_evidence.c -- a short cut gives the same document as decoding everything, on every file there is.
 *
 * For each Parquet file of the shared corpora: a first run learns the least and the greatest value of every column; a suite made of them
 * asks every expectation that its type can take, with bounds at, below and above what was observed. The whole report but `run`
 * is then the same, byte for byte, with --evidence values as with any weaker level. Files that do not decode whole are left out and
 * counted. Without the corpora the test is skipped, but not where CI is set.
 */
#include "validator/validator.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/utf8.h"
#include "tests/readers/parquet_fixture.h"
#include "tests/validator/report_fixture.h"

enum { COLUMNS_MAX = 40, TEXT_MAX = 120, FILES_LEAST = 280 };
/* With sanitizers the corpus takes minutes; what they are there for shows in a part of it as well. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { EVERY = 5 };
#else
enum { EVERY = 1 };
#endif

static const char *const corpus = "../shared/corpora/parquet";

struct counts { int n_seen, n_files, n_left_out, n_proved, n_by_pages; };

/* --- judging --- */

enum flags { VERDICT_ONLY = 1, FAIL_FAST = 2 };
static int64_t audit_one_in; /* --audit; 0: none */

static const struct report *judge_with(struct arena *arena, struct span suite_text, const char *path, enum evidence evidence,
                                       int32_t samples, int flags)
{
    const char **paths = arena_array(arena, 1, sizeof *paths);
    struct validation_options options;
    struct problems problems;
    struct error err = ERROR_NONE;
    struct suite *suite;
    const struct report *report;

    assert_non_null(paths);
    problems_init(&problems, arena);
    if (suite_parse(arena, "suite.json", suite_text, NULL, &suite, &problems, &err) != STATUS_OK)
        fail_msg("%s: %s\n%.*s", path, err.text, (int)suite_text.size, (const char *)suite_text.at);
    validation_options_init(&options);
    paths[0] = path;
    options.paths = paths;
    options.n_paths = 1;
    options.threads = 1;
    options.has_now = true;
    options.now_seconds = 1700000000;
    options.evidence = evidence;
    options.samples = samples;
    options.verdict_only = flags & VERDICT_ONLY;
    options.fail_fast = flags & FAIL_FAST;
    options.audit = audit_one_in;
    if (validate(arena, suite, &options, &report, &err) != STATUS_OK)
        fail_msg("%s: %s", path, err.text);
    return report;
}

static const struct report *judge(struct arena *arena, struct span suite_text, const char *path, enum evidence evidence,
                                  int32_t samples)
{
    return judge_with(arena, suite_text, path, evidence, samples, 0);
}

/* --- suites --- */

static bool has_plain_values(const char *type)
{
    static const char *const words[] = {"int", "uint", "float", "double", "decimal", "string", "date", "time", "timestamp"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(type, words[i], strlen(words[i])) == 0 && strncmp(type, "interval", 8) != 0)
            return true;
    return false;
}

static bool is_number(const char *type)
{
    return has_plain_values(type) && strncmp(type, "string", 6) != 0 && strncmp(type, "date", 4) != 0 && strncmp(type, "time", 4) != 0;
}

/* Some value of the type, as a literal. */
static const char *any_literal(const char *type)
{
    if (is_number(type))
        return "0";
    if (strncmp(type, "timestamp", 9) == 0)
        return "\"2000-01-01T00:00:00\"";
    if (strncmp(type, "time", 4) == 0)
        return "\"12:00:00\"";
    return strcmp(type, "date") == 0 ? "\"2000-01-01\"" : "\"m\"";
}

static struct json_writer suite_start(struct buffer *out)
{
    struct json_writer w;

    json_init(&w, out, 0);
    json_object(&w);
    json_member_text(&w, "suite", "made");
    json_member_bool(&w, "allow_empty", true);
    json_key(&w, "columns");
    json_object(&w);
    return w;
}

static void suite_end(struct json_writer *w)
{
    json_object_end(w);
    json_key(w, "table");
    json_array(w);
    json_object(w);
    json_key(w, "row_count");
    json_object(w);
    json_member_int(w, "min", 0);
    json_object_end(w);
    json_object_end(w);
    json_array_end(w);
    json_object_end(w);
    assert_false(w->failed);
}

static void first_suite(const struct report *schema, struct buffer *out)
{
    struct json_writer w = suite_start(out);

    for (int32_t i = 0; i < schema->batch.n_columns && i < COLUMNS_MAX; i++) {
        const struct report_column *c = &schema->batch.columns[i];

        json_key(&w, c->name);
        json_array(&w);
        json_text(&w, "not_null");
        for (int high = 0; high < 2 && has_plain_values(c->type); high++) {
            json_object(&w);
            json_key(&w, high ? "max" : "min");
            json_object(&w);
            json_member_text(&w, "nan", "ignore");
            json_key(&w, "min");
            json_raw(&w, span_text(any_literal(c->type)));
            json_object_end(&w);
            json_object_end(&w);
        }
        json_array_end(&w);
    }
    suite_end(&w);
}

/* `- word: {key: value, more}`; a bare word without anything. */
struct ask { const char *word, *key, *other_key, *extra, *extra_value; const struct value *value, *other; };

static void ask(struct json_writer *w, struct ask a)
{
    json_object(w);
    json_key(w, a.word);
    json_object(w);
    if (a.key)
        json_key(w, a.key), json_value(w, a.value);
    if (a.other_key)
        json_key(w, a.other_key), json_value(w, a.other);
    if (a.extra)
        json_key(w, a.extra), json_raw(w, span_text(a.extra_value));
    json_object_end(w);
    json_object_end(w);
}

static void ask_list(struct json_writer *w, const char *word, const struct value *a, const struct value *b)
{
    json_object(w);
    json_key(w, word);
    json_array(w);
    json_value(w, a);
    if (b)
        json_value(w, b);
    json_array_end(w);
    json_object_end(w);
}

/* At the observed bounds, inside, below and above them, with every rule for nulls and NaN. */
static void ask_ranges(struct json_writer *w, const struct value *min, const struct value *max)
{
    static const char *const rules[][2] = {{"nulls", "\"fail\""}, {"nulls", "\"pass\""}, {"nan", "\"ignore\""}, {"nan", "\"pass\""}, {"mostly", "0.5"}};

    ask(w, (struct ask){"between", .key = "min", .value = min, .other_key = "max", .other = max});
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        ask(w, (struct ask){"between", .key = "min", .value = min, .other_key = "max", .other = max, .extra = rules[i][0],
                            .extra_value = rules[i][1]});
    ask(w, (struct ask){"between", .key = "min", .value = min, .other_key = "max", .other = min});
    ask(w, (struct ask){"between", .key = "min", .value = max});
    ask(w, (struct ask){"between", .key = "max", .value = max});
    ask(w, (struct ask){"between", .key = "max", .value = max, .extra = "strict_max", .extra_value = "true"});
    ask(w, (struct ask){"between", .key = "max", .value = min, .extra = "strict_max", .extra_value = "true"});
    ask(w, (struct ask){"between", .key = "min", .value = max, .extra = "strict_min", .extra_value = "true"});
    ask(w, (struct ask){"min", .key = "min", .value = min});
    ask(w, (struct ask){"min", .key = "max", .value = min, .extra = "nan", .extra_value = "\"ignore\""});
    ask(w, (struct ask){"max", .key = "max", .value = max, .extra = "nan", .extra_value = "\"pass\""});
    ask(w, (struct ask){"max", .key = "max", .value = min});
    ask_list(w, "in_set", min, max);
    ask_list(w, "in_set", max, NULL);
    ask_list(w, "not_in_set", min, NULL);
}

static void ask_figures(struct json_writer *w, const struct value *min, const struct value *max)
{
    static const char *const words[] = {"mean", "sum", "stdev", "median"};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        ask(w, (struct ask){words[i], .key = "min", .value = min, .other_key = "max", .other = max});
        ask(w, (struct ask){words[i], .key = "max", .value = max, .extra = "nan", .extra_value = "\"ignore\""});
    }
}

static void ask_presence(struct json_writer *w, bool all_values)
{
    static const struct ask asked[] = {
        {"not_null", 0}, {"null", 0},
        {"not_null", .extra = "nan", .extra_value = "\"pass\""}, {"not_null", .extra = "nan", .extra_value = "\"ignore\""},
        {"not_null", .extra = "mostly", .extra_value = "0.5"}, {"null", .extra = "mostly", .extra_value = "0.25"},
    };

    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        ask(w, asked[i]);
    if (all_values) {
        ask(w, (struct ask){"unique", 0});
        ask(w, (struct ask){"distinct_count", .extra = "min", .extra_value = "1"});
    }
}

/* Of the column's own greatest value: at some rows, wherever they are. */
static void ask_where(struct json_writer *w, const char *name, const struct value *min, const struct value *max)
{
    static const char *const orders[] = {">=", "<", "=", ">"};
    char text[3 * TEXT_MAX];

    if (max->kind != VALUE_INT || strlen(name) > TEXT_MAX || strpbrk(name, "\"\\$"))
        return;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        long long at = (long long)(i < 3 ? max->i64 / 2 + min->i64 / 2 : max->i64);

        snprintf(text, sizeof text, "\"\\\"%s\\\" %s %lld\"", name, orders[i], at);
        ask(w, (struct ask){"between", .key = "min", .value = min, .other_key = "max", .other = max, .extra = "where", .extra_value = text});
        ask(w, (struct ask){"min", .key = "min", .value = max, .extra = "where", .extra_value = text});
        ask(w, (struct ask){"not_null", .extra = "where", .extra_value = text});
        ask(w, (struct ask){"mean", .key = "max", .value = min, .extra = "where", .extra_value = text});
    }
}

static void ask_type(struct json_writer *w, const char *type, bool all_values)
{
    ask(w, (struct ask){"of_type", .extra = "type", .extra_value = strncmp(type, "double", 6) == 0 ? "\"double\"" : "\"int64\""});
    if (strncmp(type, "string", 6) == 0) {
        ask(w, (struct ask){"matches_regex", .extra = "regex", .extra_value = "\"^.\""});
        ask(w, (struct ask){"not_matches_regex", .extra = "regex", .extra_value = "\"[aeiou]\""});
        ask(w, (struct ask){"length_between", .extra = "min", .extra_value = "1"});
        ask(w, (struct ask){"length_between", .extra = "max", .extra_value = "3"});
    }
    if (strncmp(type, "timestamp", 9) == 0 || strcmp(type, "date") == 0) {
        ask(w, (struct ask){"freshness", .extra = "within", .extra_value = "\"9000d\""});
        ask(w, (struct ask){"freshness", .extra = "within", .extra_value = "\"24h\""});
    }
    if (is_number(type) && all_values)
        ask(w, (struct ask){"quantiles", .extra = "0.25", .extra_value = "{\"min\": 0}"});
}

/* Can the value be written down, and read back? */
static bool is_plain(const struct value *v)
{
    if (v->kind == VALUE_NONE || v->kind == VALUE_NULL || v->kind == VALUE_BYTES || v->kind == VALUE_UUID)
        return false;
    if (v->kind == VALUE_DOUBLE)
        return v->f64 - v->f64 == 0;
    if (v->kind == VALUE_TEXT)
        return v->bytes.size < TEXT_MAX && !v->truncated && utf8_is_valid(v->bytes) &&
               !memchr(v->bytes.at, '$', v->bytes.size) && !memchr(v->bytes.at, '{', v->bytes.size) && /* no variables */
               !memchr(v->bytes.at, 0, v->bytes.size);
    if (v->kind == VALUE_DATE) /* years that ISO 8601 writes with four digits */
        return v->i64 > -700000 && v->i64 < 2900000;
    if (v->kind == VALUE_TIMESTAMP)
        return v->unit == UNIT_NANO || (v->i64 / clock_units_per_second(v->unit) > -62000000000 &&
                                        v->i64 / clock_units_per_second(v->unit) < 250000000000);
    return v->kind != VALUE_DURATION;
}

static const struct result *result_of(const struct report *report, const char *column, const char *expectation)
{
    for (int32_t i = 0; i < report->n_results; i++)
        if (report->results[i].column && strcmp(report->results[i].column, column) == 0 &&
            strcmp(report->results[i].expectation, expectation) == 0)
            return &report->results[i];
    return NULL;
}

/* all_values: with expectations that look at every value, beside which nothing of the column can be left out. */
static void full_suite(const struct report *first, bool all_values, struct buffer *out)
{
    struct json_writer w = suite_start(out);

    for (int32_t i = 0; i < first->batch.n_columns && i < COLUMNS_MAX; i++) {
        const struct report_column *c = &first->batch.columns[i];
        const struct result *low = result_of(first, c->name, "min"), *high = result_of(first, c->name, "max");

        json_key(&w, c->name);
        json_array(&w);
        ask_presence(&w, all_values);
        ask_type(&w, c->type, all_values);
        if (low && high && low->finding.has_observed && is_plain(&low->finding.observed) && is_plain(&high->finding.observed)) {
            ask_ranges(&w, &low->finding.observed, &high->finding.observed);
            if (!all_values)
                ask_where(&w, c->name, &low->finding.observed, &high->finding.observed);
            if (is_number(c->type) && all_values)
                ask_figures(&w, &low->finding.observed, &high->finding.observed);
        }
        json_array_end(&w);
    }
    suite_end(&w);
}

/* --- every file --- */

static void show_difference(const char *path, struct span a, struct span b)
{
    size_t n = a.size < b.size ? a.size : b.size, at = 0, from;

    while (at < n && a.at[at] == b.at[at])
        at++;
    from = at > 600 ? at - 600 : 0;
    fail_msg("%s: by values\n...%.*s\n--- by less\n...%.*s", path, (int)(a.size - from < 900 ? a.size - from : 900), (const char *)a.at + from,
             (int)(b.size - from < 900 ? b.size - from : 900), (const char *)b.at + from);
}

/* Rows are counted by reading a column that has rows. */
static bool has_rows_to_count(const struct report *report)
{
    for (int32_t i = 0; i < report->batch.n_columns; i++) {
        const char *name = report->batch.columns[i].name;

        if (!strstr(name, "[]") && !strstr(name, ".key") && !strstr(name, ".value") && strcmp(report->batch.columns[i].type, "null") != 0)
            return true;
    }
    return false;
}

/* Is nothing proved by less than was asked for? Facts of the schema alone are no question of evidence. */
static void check_proofs(const char *path, const struct report *report, enum evidence least)
{
    for (int32_t i = 0; i < report->n_results; i++) {
        const char *proof = report->results[i].proof;
        int at = 0;

        if (!proof || strcmp(proof, "schema") == 0)
            continue;
        while (strcmp(evidence_names[at], proof) != 0)
            at++;
        if (at < (int)least && (strcmp(report->results[i].expectation, "row_count") != 0 || has_rows_to_count(report)))
            fail_msg("%s: %s is proved by %s", path, report->results[i].id, proof);
    }
}

/* Verdicts alone are the same verdicts; a run that ends early ends with the same exit code, and what it says holds. */
static void check_verdicts(struct arena *arena, const char *path, struct span suite, const struct report *whole)
{
    const struct report *bare = judge_with(arena, suite, path, EVIDENCE_SCHEMA, 20, VERDICT_ONLY);
    const struct report *fast = judge_with(arena, suite, path, EVIDENCE_SCHEMA, 20, FAIL_FAST);

    assert_int_equal(bare->exit_code, whole->exit_code);
    assert_int_equal(bare->success, whole->success);
    assert_int_equal(fast->exit_code, whole->exit_code);
    for (int32_t i = 0; i < whole->n_results; i++) {
        const struct result *a = &whole->results[i], *b = &bare->results[i], *c = &fast->results[i];

        if (a->finding.verdict != b->finding.verdict || a->severity != b->severity)
            fail_msg("%s: %s is %s, its verdict alone %s", path, a->id, verdict_names[a->finding.verdict], verdict_names[b->finding.verdict]);
        if (b->finding.unexpected_count != -1 || b->finding.has_observed || b->finding.n_samples)
            fail_msg("%s: %s has figures beside its verdict", path, a->id);
        if (c->finding.verdict != a->finding.verdict && !(fast->run.is_stopped && c->finding.verdict == VERDICT_NOT_EVALUATED))
            fail_msg("%s: %s is %s, with --fail-fast %s", path, a->id, verdict_names[a->finding.verdict], verdict_names[c->finding.verdict]);
    }
}

static void check_level(struct arena *arena, const char *path, struct span suite, enum evidence level, int32_t samples, struct span expected,
                        struct counts *counts)
{
    const struct report *report = judge(arena, suite, path, level, samples);
    struct span got = document_without_run(arena, report);

    if (!span_equal(expected, got))
        show_difference(path, expected, got);
    check_proofs(path, report, level);
    for (int32_t r = 0; r < report->n_results; r++) {
        counts->n_proved += level == EVIDENCE_SCHEMA && report->results[r].proof && strcmp(report->results[r].proof, "values") != 0;
        counts->n_by_pages += report->results[r].proof && strcmp(report->results[r].proof, "page_index") == 0;
    }
}

/* Whatever can be had, and in turn what is left without footers, without dictionaries; where pages answer, those alone. */
static void check_suite(struct arena *arena, const char *path, struct span suite, bool all_values, struct counts *counts)
{
    int32_t samples = counts->n_files % 3 == 0 ? 1 : 20; /* few: then row groups are left out that have none of the first */
    const struct report *whole = judge(arena, suite, path, EVIDENCE_VALUES, samples);
    struct span expected = document_without_run(arena, whole);
    int n_by_pages = counts->n_by_pages;

    if (whole->error) {
        counts->n_left_out++;
        return;
    }
    check_proofs(path, whole, EVIDENCE_VALUES);
    audit_one_in = counts->n_files % 4 == 0; /* an honest file is none the worse for it */
    check_level(arena, path, suite, EVIDENCE_SCHEMA, samples, expected, counts);
    audit_one_in = 0;
    if (all_values)
        check_level(arena, path, suite, counts->n_files / 2 % 2 ? EVIDENCE_DICTIONARY : EVIDENCE_LEVELS, samples, expected, counts);
    else if (counts->n_by_pages > n_by_pages)
        check_level(arena, path, suite, EVIDENCE_PAGE_INDEX, samples, expected, counts);
    if (all_values || counts->n_by_pages > n_by_pages)
        check_verdicts(arena, path, suite, whole);
    counts->n_files++;
}

static void check_file(const char *path, void *context)
{
    struct counts *counts = context;
    struct buffer none = {0}, first = {0}, rows = {0}, full = {0};
    const struct report *schema, *observed;
    struct json_writer w = suite_start(&none);
    struct arena arena;

    arena_init(&arena, NULL, 0);
    suite_end(&w);
    schema = judge(&arena, span_of(none.at, none.size), path, EVIDENCE_SCHEMA, 0);
    if (schema->error) {
        counts->n_left_out++;
    } else {
        first_suite(schema, &first);
        observed = judge(&arena, span_of(first.at, first.size), path, EVIDENCE_VALUES, 20);
        if (observed->error) {
            counts->n_left_out++;
        } else {
            full_suite(observed, false, &rows);
            check_suite(&arena, path, span_of(rows.at, rows.size), false, counts);
            full_suite(observed, true, &full);
            check_suite(&arena, path, span_of(full.at, full.size), true, counts);
        }
    }
    buffer_done(&none);
    buffer_done(&first);
    buffer_done(&rows);
    buffer_done(&full);
    arena_done(&arena);
}

static void check_some_files(const char *path, void *context)
{
    struct counts *counts = context;

    if (counts->n_seen++ % EVERY == 0)
        check_file(path, counts);
}

static void for_each_file(const char *folder, void (*visit)(const char *path, void *context), void *context)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, alphasort);

    for (int i = 0; i < n; free(entries[i++])) {
        char path[1024];
        struct stat info;

        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && stat(path, &info) == 0) {
            size_t size = strlen(path);

            if (S_ISDIR(info.st_mode) && strcmp(entries[i]->d_name, "runs") == 0)
                continue; /* 2^31 - 1 rows each: decoding them everywhere takes minutes */
            if (S_ISDIR(info.st_mode))
                for_each_file(path, visit, context);
            else if (size > 8 && strcmp(path + size - 8, ".parquet") == 0)
                visit(path, context);
        }
    }
    if (n >= 0)
        free(entries);
}

static void every_file_of_the_corpus_is_judged_alike_by_any_evidence(void **state)
{
    const char *ci = getenv("CI"), *only = getenv("ASSAY_EVIDENCE_FILE");
    struct counts counts = {0};

    (void)state;
    if (only) {
        check_file(only, &counts);
        print_message("%d results by pages\n", counts.n_by_pages);
        return;
    }
    if (access(corpus, R_OK) != 0 && !(ci && strcmp(ci, "true") == 0))
        skip();
    for_each_file(corpus, check_some_files, &counts);
    print_message("%d suites judged alike, %d results by less than values, %d by pages, %d files do not decode whole\n", counts.n_files,
                  counts.n_proved, counts.n_by_pages, counts.n_left_out);
    assert_true(counts.n_files >= 2 * FILES_LEAST / EVERY - (EVERY > 1 ? 20 : 0));
    assert_true(counts.n_proved > 1000 / EVERY);
}

/* Several row groups, of which most need not be looked at: the first nulls, the extremes and the failing values are in some of them. */
static void row_groups_that_are_left_out_change_nothing(void **state)
{
    struct counts counts = {0};

    (void)state;
    for_each_file("tests/readers/data", check_file, &counts);
    assert_true(counts.n_files >= 3);
    assert_true(counts.n_proved > 100);
    assert_true(counts.n_by_pages > 50);
}

/* The footer says that the least of three values is above the greatest: that is told, not believed, and the values decide. */
static void a_file_that_contradicts_itself_is_told_of(void **state)
{
    static const char suite[] = "{\"suite\": \"made\", \"columns\": {\"x\": [{\"between\": {\"min\": 1, \"max\": 3}}]}}";
    static const int64_t nine = 9, two = 2;
    static struct file_build b;
    char path[] = "/tmp/assay-test-XXXXXX";
    struct bytes body = {.n = 0};
    const struct report *report;
    struct file_column *c;
    struct arena arena;
    int fd = mkstemp(path);

    (void)state;
    build_start(&b);
    b.n_rows = 3;
    c = build_column(&b, "x", PHYSICAL_INT64, REPETITION_REQUIRED);
    for (int64_t i = 1; i <= 3; i++)
        put_i64(&body, i);
    build_page(&b, (struct page){.type = PAGE_DATA, .n_values = 3, .encoding = ENCODING_PLAIN, .unpacked = -1, .packed = -1, .crc = -1}, &body);
    c->null_count = 0;
    c->min = &nine;
    c->max = &two;
    c->bound_size = 8;
    build_finish(&b);
    assert_true(write(fd, b.out.at, b.out.n) == (ssize_t)b.out.n);
    close(fd);
    arena_init(&arena, NULL, 0);
    report = judge(&arena, span_text(suite), path, EVIDENCE_SCHEMA, 20);
    assert_null(report->error);
    assert_int_equal(report->exit_code, 0);
    assert_string_equal(report->results[0].proof, "values");
    assert_int_equal(report->run.n_integrity, 1);
    assert_int_equal(report->run.n_integrity_total, 1);
    assert_string_equal(report->run.integrity[0].column, "x");
    assert_int_equal(report->run.integrity[0].row_group, 0);
    assert_string_equal(report->run.integrity[0].what, "the statistics of the column have a least value that is above the greatest");
    assert_int_equal(judge(&arena, span_text(suite), path, EVIDENCE_VALUES, 20)->run.n_integrity, 1);
    arena_done(&arena);
    unlink(path);
}

static void write_build(const char *path, const struct file_build *b)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(b->out.at, 1, b->out.n, file), b->out.n);
    assert_int_equal(fclose(file), 0);
}

/* A file of one column of integers, whose footer says that they lie in min..max. */
static void write_claim(const char *path, const int64_t *values, int n, int64_t min, int64_t max)
{
    static struct file_build b;
    struct bytes body = {.n = 0};
    struct file_column *c;

    build_start(&b);
    b.n_rows = n;
    c = build_column(&b, "x", PHYSICAL_INT64, REPETITION_REQUIRED);
    for (int i = 0; i < n; i++)
        put_i64(&body, values[i]);
    build_page(&b, (struct page){.type = PAGE_DATA, .n_values = n, .encoding = ENCODING_PLAIN, .unpacked = -1, .packed = -1, .crc = -1}, &body);
    c->null_count = 0;
    c->min = &min;
    c->max = &max;
    c->bound_size = 8;
    build_finish(&b);
    write_build(path, &b);
}

/* Two files whose bounds have nothing in common, so that each one's keys are compared among themselves only. But the second has a value
 * of the first, and one above its greatest: that comes out, the duplicate is found, and the range that the footer had proved fails. */
static void bounds_that_the_values_speak_against_are_told_of(void **state)
{
    static const char suite[] = "{\"suite\": \"made\", \"columns\": {\"x\": [\"unique\", {\"between\": {\"min\": 1, \"max\": 20}}, "
                                "{\"distinct_count\": {\"min\": 1}}]}}";
    static const int64_t first[] = {1, 9, 2, 5}, honest[] = {12, 19, 10}, lying[] = {12, 30, 2};
    char folder[] = "/tmp/assay-test-XXXXXX", a[64], b[64];
    const struct report *report;
    struct arena arena;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(a, sizeof a, "%s/a.parquet", folder);
    snprintf(b, sizeof b, "%s/b.parquet", folder);
    arena_init(&arena, NULL, 0);
    write_claim(a, first, 4, 1, 9);
    write_claim(b, honest, 3, 10, 20);
    report = judge(&arena, span_text(suite), folder, EVIDENCE_SCHEMA, 20);
    assert_int_equal(report->exit_code, 0);
    assert_int_equal(report->run.n_integrity, 0);
    assert_string_equal(report->results[0].proof, "values");
    assert_string_equal(report->results[1].proof, "footer");
    write_claim(b, lying, 3, 10, 20);
    report = judge(&arena, span_text(suite), folder, EVIDENCE_SCHEMA, 20);
    assert_int_equal(report->exit_code, 1);
    assert_int_equal(report->statistics.failed, 2);
    assert_int_equal(report->results[0].finding.unexpected_count, 2);
    assert_string_equal(report->results[1].proof, "values");
    assert_int_equal(report->run.n_integrity, 1);
    assert_string_equal(report->run.integrity[0].file, b);
    assert_string_equal(report->run.integrity[0].what, "the statistics of the column have bounds that the values speak against");
    report = judge_with(&arena, span_text(suite), folder, EVIDENCE_SCHEMA, 20, VERDICT_ONLY);
    assert_int_equal(report->exit_code, 1);
    assert_int_equal(report->statistics.failed, 2);
    arena_done(&arena);
    unlink(a);
    unlink(b);
    rmdir(folder);
}

/* A column of five rows of which the third is null, as the footer does not say. */
static void write_hidden_null(const char *path)
{
    static const int64_t values[] = {1, 2, 4, 5};
    static struct file_build b;
    struct bytes body = {.n = 0};
    struct file_column *c;

    build_start(&b);
    b.n_rows = 5;
    c = build_column(&b, "x", PHYSICAL_INT64, REPETITION_OPTIONAL);
    put_u32(&body, 2);
    put_varint(&body, 1 << 1 | 1); /* one group of eight levels, a bit each */
    put_u8(&body, 0x1b);
    for (int i = 0; i < 4; i++)
        put_i64(&body, values[i]);
    build_page(&b, (struct page){.type = PAGE_DATA, .n_values = 5, .encoding = ENCODING_PLAIN, .unpacked = -1, .packed = -1, .crc = -1}, &body);
    c->null_count = 0;
    build_finish(&b);
    write_build(path, &b);
}

static const struct report *judge_audited(struct arena *arena, const char *suite_text, const char *path, int64_t audit, int flags)
{
    const struct report *report;

    audit_one_in = audit;
    report = judge_with(arena, span_text(suite_text), path, EVIDENCE_SCHEMA, 20, flags);
    audit_one_in = 0;
    return report;
}

/* A page is decoded of what the footer answered: a lie is told of, and the verdict is that of the values. A truth costs nothing. */
static void an_audit_finds_out_what_a_footer_lies_about(void **state)
{
    static const char range[] = "{\"suite\": \"made\", \"columns\": {\"x\": [{\"between\": {\"min\": 1, \"max\": 20}}]}}";
    static const char present[] = "{\"suite\": \"made\", \"columns\": {\"x\": [\"not_null\"]}}";
    static const int64_t values[] = {12, 30, 2};
    char path[] = "/tmp/assay-test-XXXXXX";
    const struct report *report;
    struct arena arena;

    (void)state;
    assert_true(mkstemp(path) >= 0);
    arena_init(&arena, NULL, 0);
    write_claim(path, values, 3, 10, 20);
    assert_int_equal(judge_audited(&arena, range, path, 0, 0)->exit_code, 0); /* the writer is one that is believed */
    for (int flags = 0; flags <= VERDICT_ONLY; flags += VERDICT_ONLY) {
        report = judge_audited(&arena, range, path, 1, flags);
        assert_int_equal(report->exit_code, 1);
        assert_string_equal(report->results[0].proof, "values");
        assert_int_equal(report->run.n_audited, 1);
        assert_int_equal(report->run.n_integrity, 1);
        assert_string_equal(report->run.integrity[0].what, "the statistics of the column have bounds that the values speak against");
    }
    write_claim(path, values, 3, 2, 30);
    report = judge_audited(&arena, range, path, 1, 0);
    assert_int_equal(report->exit_code, 1);
    assert_int_equal(report->run.n_audited, 1);
    assert_int_equal(report->run.n_integrity, 0);
    write_hidden_null(path);
    assert_int_equal(judge_audited(&arena, present, path, 0, 0)->exit_code, 0);
    report = judge_audited(&arena, present, path, 1, 0);
    assert_int_equal(report->exit_code, 1);
    assert_int_equal(report->results[0].finding.unexpected_count, 1);
    assert_string_equal(report->run.integrity[0].what, "the statistics of the column have a null count that the values speak against");
    arena_done(&arena);
    unlink(path);
}

/* A reference's footer says that all its values are one, which would be drift. An audit sees that they are those of the batch. */
static void a_reference_is_audited_too(void **state)
{
    char path[] = "/tmp/assay-test-XXXXXX", reference[] = "/tmp/assay-test-XXXXXX", suite[256];
    int64_t values[100];
    struct arena arena;

    (void)state;
    assert_true(mkstemp(path) >= 0 && mkstemp(reference) >= 0);
    for (int i = 0; i < 100; i++)
        values[i] = i + 1;
    write_claim(path, values, 100, 1, 100);
    write_claim(reference, values, 100, 5, 5);
    snprintf(suite, sizeof suite, "{\"suite\": \"made\", \"columns\": {\"x\": [{\"matches_distribution\": {\"reference\": \"%s\"}}]}}", reference);
    arena_init(&arena, NULL, 0);
    assert_int_equal(judge_audited(&arena, suite, path, 0, 0)->exit_code, 1);
    assert_int_equal(judge_audited(&arena, suite, path, 1, 0)->exit_code, 0);
    arena_done(&arena);
    unlink(path);
    unlink(reference);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_contradicts_itself_is_told_of),
        cmocka_unit_test(bounds_that_the_values_speak_against_are_told_of),
        cmocka_unit_test(an_audit_finds_out_what_a_footer_lies_about),
        cmocka_unit_test(a_reference_is_audited_too),
        cmocka_unit_test(row_groups_that_are_left_out_change_nothing),
        cmocka_unit_test(every_file_of_the_corpus_is_judged_alike_by_any_evidence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
