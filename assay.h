/* assay.h -- the library behind the command: open a suite, judge a batch, get the report.
 *
 *     struct assay_error error;
 *     struct assay_suite *suite = assay_suite_open("purchases.yaml", NULL, &error);
 *     const char *batch[] = {"silver/dt=2024-12-10", NULL};
 *     struct assay_report *report = suite ? assay_validate(suite, batch, NULL, &error) : NULL;
 *     int code = report ? assay_report_exit_code(report) : error.exit_code;
 *     ...
 *     assay_report_free(report);
 *     assay_suite_close(suite);
 *
 * Handles are opaque. A suite is immutable once it is open: several threads may validate by it at once. A report belongs to one
 * thread at a time. Nothing prints, exits or installs signal handlers. Functions that return a pointer return NULL on
 * failure and then fill in `error`, which may be NULL. Link with -lassay; the whole is GPL-3.0-or-later.
 */
#ifndef ASSAY_H
#define ASSAY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct assay_suite;
struct assay_report;

struct assay_error {
    int exit_code;   /* what `assay` would exit with: 2 usage or suite, 3 data, 4 our own failure */
    int retryable;   /* 1: the same call may succeed later without anybody changing anything */
    char text[1536]; /* one message, for a suite in error one for each problem, a line each */
};

/* All zero is the default of everything. */
struct assay_options {
    size_t size;            /* sizeof (struct assay_options): lets the struct grow */
    const char *format;     /* "parquet", "csv", "json"; NULL: told by content */
    const char *where;      /* joined to the suite's by and; NULL */
    int threads;            /* 0: every core there is */
    size_t memory;          /* bytes; 0: half of what is there */
    double timeout_seconds; /* 0: none */
    int samples;            /* unexpected rows kept of an expectation; 0: 20, -1: no value of the data in any report */
    int allow_empty;        /* 1: a batch without rows does not fail the run */
};

/* "0.1.0" */
const char *assay_version(void);

/* Reads a suite: YAML or JSON, ours or Great Expectations'. `variables` are "name=value" texts for {{ name }}, ended by NULL; it
 * may be NULL. The environment is not looked at. */
struct assay_suite *assay_suite_open(const char *path, const char *const *variables, struct assay_error *error);
/* The same from memory; `name` stands for the path in messages and relative paths start at its directory. */
struct assay_suite *assay_suite_parse(const char *name, const char *text, size_t size, const char *const *variables,
                                      struct assay_error *error);
void assay_suite_close(struct assay_suite *suite); /* NULL is fine; no report may be in the making */

/* Judges a batch: files, directories, globs, ended by NULL. `options` may be NULL. A batch that is missing or cannot be
 * read has a report too (exit code 3); NULL is returned for usage errors and our own failures. */
struct assay_report *assay_validate(const struct assay_suite *suite, const char *const *batch,
                                    const struct assay_options *options, struct assay_error *error);

int assay_report_success(const struct assay_report *report);   /* 1 exactly where the exit code is 0 */
int assay_report_exit_code(const struct assay_report *report); /* 0 holds, 1 fails, 3 could not be judged */
const char *assay_report_headline(const struct assay_report *report);
/* In one of the formats of --report ("json", "text", "md", "junit", "gx"). The text ends with a NUL byte, belongs to the report and
 * is good until it is freed; *size (may be NULL) is its length. */
const char *assay_report_render(struct assay_report *report, const char *format, size_t *size, struct assay_error *error);
void assay_report_free(struct assay_report *report); /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif
