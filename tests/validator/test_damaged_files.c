/* tests/validator/test_damaged_files.c -- a file that was damaged is told of, and never taken for a good one.
 *
 * Small honest files, cut off at every length and with a bit turned over in every byte. A run over them ends with a verdict or with the reason
 * why there is none; with sanitizers, without an error of memory either. Where the format can know that bytes are not what was
 * written (the file's length, a page's checksum), there is no verdict.
 */
#include "validator/validator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "readers/parquet/pages.h"
#include "readers/parquet/thrift.h"
#include "readers/storage/source.h"
#include "tests/validator/report_fixture.h"

enum { FILE_MOST = 1 << 16 };

/* With sanitizers a smaller part is looked at; each byte costs some runs. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { EVERY = 7, FLIP_EVERY = 11 };
#else
enum { EVERY = 1, FLIP_EVERY = 3 };
#endif

struct bytes { uint8_t at[FILE_MOST]; size_t n; };

static void load(const char *path, struct bytes *out)
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    out->n = fread(out->at, 1, sizeof out->at, file);
    assert_true(out->n > 0 && out->n < sizeof out->at);
    fclose(file);
}

static const struct report *judge(struct arena *arena, const char *suite_text, struct span file, enum evidence evidence, int64_t audit)
{
    static const char *const paths[] = {"body"};
    struct validation_options options;
    struct problems problems;
    struct error err = ERROR_NONE;
    const struct report *report;
    struct suite *suite;

    problems_init(&problems, arena);
    if (suite_parse(arena, "suite.json", span_text(suite_text), NULL, &suite, &problems, &err) != STATUS_OK)
        fail_msg("%s", err.text);
    validation_options_init(&options);
    options.paths = paths;
    options.n_paths = 1;
    options.threads = 1;
    options.format = "parquet";
    options.evidence = evidence;
    options.audit = audit;
    assert_int_equal(source_from_memory("body", file, NULL, &options.body, &err), STATUS_OK);
    if (validate(arena, suite, &options, &report, &err) != STATUS_OK)
        fail_msg("%s: %s", status_name(err.status), err.text);
    if (report->exit_code != 0 && report->exit_code != 1 && report->exit_code != 3)
        fail_msg("exit code %d", report->exit_code);
    for (int32_t i = 0; i < report->n_results; i++)
        if (report->results[i].finding.verdict == VERDICT_NOT_EVALUATED && !report->results[i].finding.reason)
            fail_msg("%s has no verdict, and no reason", report->results[i].id);
    return report;
}

static int exit_code(const char *suite, struct span file, enum evidence evidence, int64_t audit)
{
    struct arena arena;
    int code;

    arena_init(&arena, NULL, 0);
    code = judge(&arena, suite, file, evidence, audit)->exit_code;
    arena_done(&arena);
    return code;
}

static const struct { const char *path, *suite; } files[] = {
    {"tests/readers/data/checksums.parquet",
     "{\"suite\": \"x\", \"columns\": {\"id\": [\"not_null\", \"unique\", {\"between\": {\"min\": 0, \"max\": 2000}}], \"name\": [{\"in_set\": "
     "[\"n0\", \"n1\", \"n2\", \"n3\", \"n4\", \"n5\", \"n6\", \"n7\", \"n8\"]}], \"at\": [{\"not_null\": {\"mostly\": 0.5}}, {\"max\": "
     "{\"max\": 200000}}], \"share\": [{\"mean\": {\"min\": 0, \"max\": 30}}]}}"},
    {"fuzz/seeds/parquet/bloom.parquet",
     "{\"suite\": \"x\", \"columns\": {\"a\": [{\"not_in_set\": [3, 7]}, {\"distinct_count\": {\"min\": 1}}], "
     "\"b\": [\"not_null\", {\"not_in_set\": [\"u11\"]}]}}"},
};

static void a_file_that_is_cut_off_is_not_judged(void **state)
{
    static struct bytes file;

    (void)state;
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        load(files[f].path, &file);
        assert_int_equal(exit_code(files[f].suite, span_of(file.at, file.n), EVIDENCE_SCHEMA, 0), 0);
        for (size_t n = 1; n < file.n; n += EVERY)
            if (exit_code(files[f].suite, span_of(file.at, n), EVIDENCE_SCHEMA, 0) != 3)
                fail_msg("%s: %d of its bytes were judged", files[f].path, (int)n);
    }
}

/* By what is given: whether footers answer and are believed, whether pages are looked at. */
static void a_bit_that_is_turned_over_is_an_answer_or_a_reason(void **state)
{
    static struct bytes file;

    (void)state;
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        load(files[f].path, &file);
        for (size_t at = 0; at < file.n; at += FLIP_EVERY) {
            uint8_t bit = (uint8_t)(1 << (at * 5 % 8));

            file.at[at] ^= bit;
            (void)exit_code(files[f].suite, span_of(file.at, file.n), EVIDENCE_SCHEMA, at % 2);
            (void)exit_code(files[f].suite, span_of(file.at, file.n), EVIDENCE_VALUES, 0);
            file.at[at] ^= bit;
        }
    }
}

/* An audit of each column chunk sees all rows of so small a file: nothing that a footer says may then change what comes out. */
static void an_audit_of_everything_leaves_no_lie_of_a_footer(void **state)
{
    static struct bytes file;
    int n_lies = 0;

    (void)state;
    load(files[0].path, &file);
    for (size_t at = 0; at < file.n; at += FLIP_EVERY) {
        uint8_t bit = (uint8_t)(1 << (at * 7 % 8));
        const struct report *audited, *whole;
        struct arena arena;

        file.at[at] ^= bit;
        arena_init(&arena, NULL, 0);
        whole = judge(&arena, files[0].suite, span_of(file.at, file.n), EVIDENCE_VALUES, 0);
        audited = judge(&arena, files[0].suite, span_of(file.at, file.n), EVIDENCE_SCHEMA, 1);
        if (!whole->error && !span_equal(document_without_run(&arena, whole), document_without_run(&arena, audited)))
            fail_msg("byte %d, bit %d: an audit does not see what all values show", (int)at, bit);
        n_lies += audited->run.n_integrity > 0;
        arena_done(&arena);
        file.at[at] ^= bit;
    }
    print_message("%d lies were told of\n", n_lies);
    assert_true(n_lies > 20 / FLIP_EVERY);
}

/* Marks the bodies of all pages. */
static void find_bodies(const struct bytes *file, uint8_t *is_body)
{
    struct read_options options = {0};
    struct error err = ERROR_NONE;
    const struct parquet_file *parquet;
    struct source *source;
    struct table *table;

    assert_int_equal(source_from_memory("body", span_of(file->at, file->n), NULL, &source, &err), STATUS_OK);
    assert_int_equal(table_open(source, &options, &table, &err), STATUS_OK);
    parquet = (const struct parquet_file *)table;
    for (int32_t unit = 0; unit < table->n_units; unit++)
        for (int32_t c = 0; c < table->schema.n_columns; c++) {
            const struct column_chunk *chunk = &parquet->row_groups[unit].chunks[c];
            int64_t at = chunk->start;

            while (at < chunk->start + chunk->size) {
                struct page_header header;
                struct thrift t;

                thrift_start(&t, span_of(file->at + at, (size_t)(chunk->start + chunk->size - at)));
                page_header_read(&t, &header);
                assert_true(!t.problem && header.has_crc);
                at += (int64_t)thrift_position(&t);
                memset(is_body + at, 1, (size_t)header.packed_size);
                at += header.packed_size;
            }
        }
    table_close(table);
}

/* --evidence values reads all of them; whatever a bit in a page was, there is no verdict without it. */
static void a_page_that_is_not_what_was_written_is_not_judged(void **state)
{
    static struct bytes file;
    static uint8_t is_body[FILE_MOST];
    int n = 0;

    (void)state;
    load(files[0].path, &file);
    find_bodies(&file, is_body);
    for (size_t at = 0; at < file.n; at += FLIP_EVERY) {
        uint8_t bit = (uint8_t)(1 << (at * 3 % 8));

        if (!is_body[at])
            continue;
        file.at[at] ^= bit;
        if (exit_code(files[0].suite, span_of(file.at, file.n), EVIDENCE_VALUES, 0) != 3)
            fail_msg("byte %d was another one, and the file was judged", (int)at);
        file.at[at] ^= bit;
        n++;
    }
    assert_true(n > 1000 / FLIP_EVERY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_cut_off_is_not_judged),
        cmocka_unit_test(a_bit_that_is_turned_over_is_an_answer_or_a_reason),
        cmocka_unit_test(an_audit_of_everything_leaves_no_lie_of_a_footer),
        cmocka_unit_test(a_page_that_is_not_what_was_written_is_not_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
