/* server/pages.h -- the browser pages of the service: HTML from plain rows.
 *
 * Everything is text of somebody else (suites, file names, headlines of data) and is escaped here. A page is one file: the service
 * sends it with `Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; img-src data:`, so no script runs and nothing
 * is fetched. Links are absolute paths of the service. Texts may be NULL where a run or a suite has none.
 */
#ifndef SERVER_PAGES_H
#define SERVER_PAGES_H

#include "core/memory.h"

/* One run. */
struct history_row {
    const char *id;        /* of /v1/validations/{id} (JSON) and /v1/validations/{id}.html (the page) */
    const char *suite, *dataset;
    const char *partition; /* "dt=2024-12-10", or NULL */
    const char *source;    /* the data's name, or "body" */
    const char *outcome;   /* "pass", "fail", "not_evaluated" */
    const char *headline;
    const char *started;   /* ISO 8601, UTC */
    double seconds;
    int64_t rows;          /* -1: not known */
    int64_t declared, passed, failed, not_evaluated, skipped;
};

/* One suite. */
struct suite_row {
    const char *name, *dataset, *description, *owner, *runbook, *file;
    const char *hash;      /* "sha256:...": the ETag, and what name@sha256:... pins */
    const char *const *tags; int32_t n_tags;
    int32_t n_expectations;
    bool needs_variables;  /* it holds {{ name }}: judged only together with `vars` */
    const char *const *problems; int32_t n_problems; /* it cannot be used: why, a line each */
};

struct check_row { const char *id, *expectation, *column /* NULL: the table */, *severity, *description; };

/* One suite with what it holds and its last runs. */
struct suite_page {
    struct suite_row suite;
    const struct check_row *checks; int32_t n_checks;
    const char *text;      /* the suite's file */
    const struct history_row *runs; int32_t n_runs;
};

/* All add to `out`; false: no memory. `/`: the last runs, newest first. */
bool pages_index(const struct history_row *rows, int32_t n, struct buffer *out);
/* /v1/suites in a browser */
bool pages_suites(const struct suite_row *rows, int32_t n, struct buffer *out);
/* /v1/suites/{name} in a browser */
bool pages_suite(const struct suite_page *page, struct buffer *out);

#endif
