/* tests/reports/fixture.h -- one report by hand, with one of everything that a format has to show.
 *
 * The data in it is hostile: escape sequences, markup, pipes, quotes, invalid UTF-8.
 */
#ifndef TESTS_REPORTS_FIXTURE_H
#define TESTS_REPORTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reports/report.h"

enum {
    FIXTURE_UNIQUE,      /* fails, error; samples with key, top */
    FIXTURE_BETWEEN,     /* fails, warning; hostile values, more than are shown */
    FIXTURE_MEAN,        /* passes */
    FIXTURE_MAX,         /* fails: an aggregate */
    FIXTURE_EMAIL,       /* fails, pii */
    FIXTURE_SEGMENT,     /* not evaluated */
    FIXTURE_VACUOUS,     /* passes, nothing to judge */
    FIXTURE_SKIPPED,     /* skipped */
    FIXTURE_TOGETHER,    /* fails, critical: two columns */
    FIXTURE_RESULTS,
};

struct fixture {
    struct arena arena;
    struct report report;
    struct result results[FIXTURE_RESULTS];
    struct sample unique[2], between[8], email[1], together[1];
    struct top_value top[1], email_top[1];
    struct report_file files[2];
    struct report_column columns[3];
    struct name_value partition[1], labels[1];
};

static inline struct node *fixture_json(struct fixture *f, const char *json)
{
    struct error err = ERROR_NONE;
    struct node *node = NULL;

    assert_int_equal(document_parse_json(&f->arena, span_text(json), &node, &err), STATUS_OK);
    return node;
}

static inline void fixture_result(struct fixture *f, int which, const char *id, const char *expectation, const char *column,
                                  const char *says, const char *parameters, enum severity severity, enum verdict verdict)
{
    struct result *r = &f->results[which];

    finding_init(&r->finding);
    r->id = id;
    r->expectation = expectation;
    r->column = column;
    r->says = says;
    r->parameters = fixture_json(f, parameters);
    r->severity = r->declared_severity = severity;
    r->finding.verdict = verdict;
    r->proof = verdict == VERDICT_SKIPPED ? NULL : "values";
}

static inline void fixture_counts(struct fixture *f, int which, int64_t elements, int64_t missing, int64_t unexpected)
{
    struct finding *finding = &f->results[which].finding;

    f->results[which].is_row_level = true;
    finding->element_count = elements;
    finding->missing_count = missing;
    finding->considered_count = elements - missing;
    finding->unexpected_count = unexpected;
}

static inline void fixture_samples(struct fixture *f, int which, const struct sample *samples, int32_t n)
{
    f->results[which].finding.has_samples = true;
    f->results[which].finding.samples = samples;
    f->results[which].finding.n_samples = n;
}

static inline struct value fixture_bytes(const char *text, size_t size)
{
    return (struct value){.kind = VALUE_TEXT, .bytes = span_of(text, size)};
}

static inline void fixture_failures(struct fixture *f)
{
    static const char *const hostile[] = {"\x1b[31mred", "<script>alert('x')</script>", "a|b`c", "", "line\nfeed",
                                          "\xff\xfe", "\xe2\x80\xaereversed", "plain"};
    static const char *const pair[] = {"order_id", "line_no"};
    struct finding *finding;

    fixture_result(f, FIXTURE_UNIQUE, "user_id.unique", "unique", "user_id", "values of user_id are unique", "{}",
                   SEVERITY_ERROR, VERDICT_FAIL);
    f->results[FIXTURE_UNIQUE].gx = "expect_column_values_to_be_unique";
    fixture_counts(f, FIXTURE_UNIQUE, 1000000, 0, 2);
    finding = &f->results[FIXTURE_UNIQUE].finding;
    finding->duplicate_groups = finding->surplus_rows = 1;
    f->unique[0] = (struct sample){.row = 17, .value = value_int(42), .n_keys = 1, .keys = {value_int(5)}};
    f->unique[1] = (struct sample){.file = 1, .row = 3, .value = value_int(42), .n_keys = 1, .keys = {value_int(6)}};
    fixture_samples(f, FIXTURE_UNIQUE, f->unique, 2);
    f->top[0] = (struct top_value){value_int(42), 2};
    finding->has_top = true;
    finding->top = f->top;
    finding->n_top = 1;

    fixture_result(f, FIXTURE_BETWEEN, "note.in_set", "in_set", "note", "values of note are one of a, b",
                   "{\"values\": [\"a\", \"b\"], \"mostly\": 0.999999}", SEVERITY_WARNING, VERDICT_FAIL);
    f->results[FIXTURE_BETWEEN].gx = "expect_column_values_to_be_in_set";
    fixture_counts(f, FIXTURE_BETWEEN, 1000000, 10, 8);
    for (int i = 0; i < 8; i++)
        f->between[i] = (struct sample){.row = i, .value = fixture_bytes(hostile[i], strlen(hostile[i])), .n_keys = 1,
                                        .keys = {value_int(i)}};
    fixture_samples(f, FIXTURE_BETWEEN, f->between, 8);

    fixture_result(f, FIXTURE_EMAIL, "email.matches_regex", "matches_regex", "email", "values of email match ^.+@.+$",
                   "{\"regex\": \"^.+@.+$\"}", SEVERITY_ERROR, VERDICT_FAIL);
    f->results[FIXTURE_EMAIL].is_pii = true;
    fixture_counts(f, FIXTURE_EMAIL, 1000000, 0, 1);
    f->email[0] = (struct sample){.row = 9, .value = value_text(span_text("secret-person")), .n_keys = 1, .keys = {value_int(9)}};
    fixture_samples(f, FIXTURE_EMAIL, f->email, 1);
    f->email_top[0] = (struct top_value){value_text(span_text("secret-person")), 1};
    f->results[FIXTURE_EMAIL].finding.has_top = true;
    f->results[FIXTURE_EMAIL].finding.top = f->email_top;
    f->results[FIXTURE_EMAIL].finding.n_top = 1;

    fixture_result(f, FIXTURE_TOGETHER, "table.unique_together", "unique_together", NULL, "order_id, line_no are unique together",
                   "{\"columns\": [\"order_id\", \"line_no\"]}", SEVERITY_CRITICAL, VERDICT_FAIL);
    f->results[FIXTURE_TOGETHER].gx = "expect_compound_columns_to_be_unique";
    f->results[FIXTURE_TOGETHER].value_columns = pair;
    f->results[FIXTURE_TOGETHER].n_value_columns = 2;
    fixture_counts(f, FIXTURE_TOGETHER, 1000000, 0, 2);
    f->together[0] = (struct sample){.row = 4, .n_values = 2, .values = {value_int(7), {.kind = VALUE_NULL}}};
    fixture_samples(f, FIXTURE_TOGETHER, f->together, 1);
}

static inline void fixture_others(struct fixture *f)
{
    struct finding *finding;

    fixture_result(f, FIXTURE_MEAN, "purchase_amount.mean", "mean", "purchase_amount",
                   "the mean of purchase_amount is at least 10 and at most 1000", "{\"min\": 10, \"max\": 1000}", SEVERITY_ERROR,
                   VERDICT_PASS);
    f->results[FIXTURE_MEAN].gx = "expect_column_mean_to_be_between";
    finding = &f->results[FIXTURE_MEAN].finding;
    finding->has_observed = true;
    finding->observed = value_double(57.25);
    finding->element_count = 1000000;
    finding->missing_count = finding->nan_count = 0;

    fixture_result(f, FIXTURE_MAX, "purchase_amount.max", "max", "purchase_amount", "the maximum of purchase_amount is at most 1000",
                   "{\"max\": 1000}", SEVERITY_ERROR, VERDICT_FAIL);
    finding = &f->results[FIXTURE_MAX].finding;
    finding->has_observed = true;
    finding->observed = value_double(1200.5);

    fixture_result(f, FIXTURE_SEGMENT, "segment.matches_distribution", "matches_distribution", "segment",
                   "segment is distributed like ref.parquet", "{\"test\": \"chi_square\"}", SEVERITY_ERROR, VERDICT_NOT_EVALUATED);
    f->results[FIXTURE_SEGMENT].finding.reason = "ref.parquet: No such file or directory";

    fixture_result(f, FIXTURE_VACUOUS, "coupon.between", "between", "coupon", "values of coupon are at least 0", "{\"min\": 0}",
                   SEVERITY_ERROR, VERDICT_PASS);
    fixture_counts(f, FIXTURE_VACUOUS, 1000000, 1000000, 0);
    f->results[FIXTURE_VACUOUS].finding.vacuous = true;

    fixture_result(f, FIXTURE_SKIPPED, "legacy.null", "null", "legacy", "legacy is always null", "{}", SEVERITY_INFO, VERDICT_SKIPPED);
    f->results[FIXTURE_SKIPPED].finding.reason = "not selected";
}

static inline void fixture_init(struct fixture *f)
{
    static const char *const source[] = {"silver/dt=2024-12-10"}, *const key[] = {"order_id"}, *const tags[] = {"silver"};
    struct report *r = &f->report;

    memset(f, 0, sizeof *f);
    fixture_failures(f);
    fixture_others(f);
    f->files[0] = (struct report_file){"silver/dt=2024-12-10/part-0.parquet", 12345678, 1733799600000000000, "xxh3:00ff", 600000};
    f->files[1] = (struct report_file){"silver/dt=2024-12-10/part-1.parquet", 1000, 1733799600500000000, "xxh3:11ee", 400000};
    f->columns[0] = (struct report_column){"user_id", "int64"};
    f->columns[1] = (struct report_column){"note", "string"};
    f->columns[2] = (struct report_column){"email", "string"};
    f->partition[0] = (struct name_value){"dt", "2024-12-10"};
    f->labels[0] = (struct name_value){"dag", "nightly"};

    r->exit_code = 1;
    r->outcome = OUTCOME_FAIL;
    r->headline = "FAIL silver.purchases dt=2024-12-10: 5 of 9 fail, worst table.unique_together: 2 of 1000000 unexpected; data-team";
    strcpy(r->verdict_digest, "sha256:0123");
    r->results = f->results;
    r->n_results = FIXTURE_RESULTS;
    r->statistics.declared = FIXTURE_RESULTS;
    r->statistics.passed = 2;
    r->statistics.failed = 5;
    r->statistics.not_evaluated = r->statistics.skipped = r->statistics.vacuous = 1;
    r->statistics.failed_by_severity[SEVERITY_CRITICAL] = r->statistics.failed_by_severity[SEVERITY_WARNING] = 1;
    r->statistics.failed_by_severity[SEVERITY_ERROR] = 3;
    r->suite.name = "purchases";
    r->suite.dataset = "silver.purchases";
    r->suite.dialect = "assay";
    r->suite.fingerprint = "sha256:abcd";
    r->suite.owner = "data-team";
    r->suite.runbook = "https://wiki.example/purchases";
    r->suite.tags = tags;
    r->suite.n_tags = 1;
    r->batch.source = source;
    r->batch.n_source = 1;
    r->batch.format = "parquet";
    r->batch.partition = f->partition;
    r->batch.n_partition = 1;
    r->batch.rows = r->batch.rows_considered = 1000000;
    r->batch.files = f->files;
    r->batch.n_files = 2;
    r->batch.columns = f->columns;
    r->batch.n_columns = 3;
    r->batch.primary_key = key;
    r->batch.n_primary_key = 1;
    r->run.id = "run-1";
    r->run.started = "2024-12-10T04:00:00Z";
    r->run.finished = "2024-12-10T04:00:01Z";
    r->run.now = "2024-12-10T04:00:00Z";
    r->run.host = "host";
    r->run.assay = "0.1.0";
    r->run.repeat = "assay check purchases.yaml silver/dt=2024-12-10";
    r->run.seconds = 0.4;
    r->run.cpu_seconds = 0.7;
    r->run.threads = 2;
    r->run.bytes_read = 12346678;
    r->run.bytes_decompressed = 23456789;
    r->run.pages_decoded = 321;
    r->run.values_decoded = 9000000;
    r->run.labels = f->labels;
    r->run.n_labels = 1;
    r->max_samples = 20;
}

static inline void fixture_done(struct fixture *f) { arena_done(&f->arena); }

/* Renders to a NUL-terminated text that the caller frees. */
static inline char *fixture_render(const struct fixture *f, const char *format, const struct report_options *options)
{
    const struct report_options plain = {0};
    struct buffer out = {0};
    char *text;

    assert_true(report_format_find(format)->render(&f->report, options ? options : &plain, &out));
    text = malloc(out.size + 1);
    assert_non_null(text);
    memcpy(text, out.at, out.size);
    text[out.size] = '\0';
    buffer_done(&out);
    return text;
}

/* Compares with tests/reports/golden/NAME; with ASSAY_WRITE_GOLDEN set, writes it instead. */
static inline void assert_golden(const char *text, const char *name)
{
    char path[256];
    FILE *file;
    char *wanted;
    size_t n;

    snprintf(path, sizeof path, "tests/reports/golden/%s", name);
    if (getenv("ASSAY_WRITE_GOLDEN")) {
        file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
        fclose(file);
        return;
    }
    file = fopen(path, "rb");
    assert_non_null(file);
    wanted = calloc(1, 1 << 20);
    assert_non_null(wanted);
    n = fread(wanted, 1, (1 << 20) - 1, file);
    wanted[n] = '\0';
    fclose(file);
    assert_string_equal(text, wanted);
    free(wanted);
}

/* No byte that a terminal or an XML parser would act upon. */
static inline void assert_no_control_bytes(const char *text)
{
    for (; *text; text++)
        assert_true(*text == '\n' || ((unsigned char)*text >= 0x20 && *text != 0x7f));
}

#endif
