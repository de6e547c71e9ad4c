/* validator/result.h -- the report as data: everything that any format shows. Needs only core.
 *
 * Everything lives in the report's arena.
 */
#ifndef VALIDATOR_RESULT_H
#define VALIDATOR_RESULT_H

#include "core/finding.h"
#include "core/json_writer.h"

enum outcome { OUTCOME_PASS, OUTCOME_FAIL, OUTCOME_NOT_EVALUATED };
extern const char *const outcome_names[];

struct result {
    const char *id, *expectation, *gx, *column; /* gx: full GX name or NULL; column NULL for the table */
    const char *says;
    const char *description;
    const char *const *tags; int32_t n_tags;
    const struct node *meta;
    const struct node *parameters;   /* map; never NULL */
    const struct node *gx_kwargs;    /* kwargs of a GX suite, or NULL */
    const char *where;               /* the check's own, or NULL */
    enum severity severity;          /* at which it tripped, else declared */
    enum severity declared_severity;
    bool is_row_level, is_pii;
    struct finding finding;
    const char *proof;               /* "values"; NULL: nothing was read */
    const char *const *value_columns; int32_t n_value_columns; /* names for sample.values */
};

struct report_file { const char *path; int64_t bytes; int64_t modified_nanos; const char *fingerprint; int64_t rows; };
struct report_column { const char *name, *type; };
struct name_value { const char *name, *value; };

struct damage_shown { int64_t n_records, n_total; const char *file; int64_t line, byte; const char *what; };

/* How the values of a column are spread, for formats that draw; no part of the verdict. Times count in their own unit. */
struct report_plot {
    const char *column, *type;
    struct value min, max;           /* exact */
    double low, high;                /* the same as doubles: the outer edges; the others lie evenly between them */
    const int64_t *counts; int32_t n_bins; /* closed on the left, the last on both sides */
};

/* Seconds of all threads together that a stage of the run took (validator/timings.h). */
struct stage_time { const char *stage; double seconds; };
/* What a file says of a column contradicts itself or its format, so nothing of it was believed. */
struct report_integrity { const char *file, *column, *what; int32_t row_group; };

struct report {
    bool success;
    int exit_code;                   /* 0, 1 or 3 */
    enum outcome outcome;
    bool retryable;
    const char *headline;
    char verdict_digest[72];         /* "sha256:..." */
    const char *error;               /* why the batch could not be judged (formatted struct error), or NULL */
    enum status error_status;        /* of `error`; STATUS_OK without one */
    struct { int64_t declared, passed, failed, not_evaluated, skipped, vacuous; int64_t failed_by_severity[4]; } statistics;
    struct { const char *name, *dataset, *dialect, *fingerprint, *owner, *runbook, *description, *path;
             const char *const *tags; int32_t n_tags; } suite;
    struct {
        const char *const *source; int32_t n_source;
        const char *format;
        const struct name_value *partition; int32_t n_partition; /* keys with one value in all files, or asked for */
        int64_t rows, rows_considered; /* -1: not known (unreadable) */
        const struct report_file *files; int32_t n_files;
        const struct report_column *columns; int32_t n_columns;
        bool has_damage; struct damage_shown damage;
        const char *const *primary_key; int32_t n_primary_key;
        const char *dialect; /* CSV: what was told */
    } batch;
    const struct result *results; int32_t n_results;
    const struct report_plot *plots; int32_t n_plots; /* none unless they were asked for */
    struct {
        const char *id, *started, *finished, *now, *host, *assay, *repeat, *evidence, *timezone;
        double seconds, cpu_seconds;
        int32_t threads;
        bool verdict_only, is_stopped;   /* --verdict-only; --fail-fast ended the run early */
        const struct report_integrity *integrity; int32_t n_integrity; int64_t n_integrity_total;
        int64_t bytes_read, bytes_decompressed, pages_decoded, values_decoded;
        bool is_audited; int64_t n_audited; /* column chunks, by --audit */
        const struct name_value *labels; int32_t n_labels;
        const struct stage_time *timings; int32_t n_timings; /* none unless they were asked for */
    } run;
    int32_t max_samples;             /* --samples; 0 with --no-samples */
    bool samples_were_asked;         /* --samples was given: junit and md may show values */
};

/* The members of a result's JSON object. `flags` RESULT_CANONICAL leaves out file, row and offsets of samples: what verdict_digest covers.
 * Implemented in validator/result_json.c, used by the digest and by reports/. */
enum result_flags { RESULT_CANONICAL = 1 };
void result_write(struct json_writer *w, const struct report *report, const struct result *result, int flags);
void statistics_write(struct json_writer *w, const struct report *report);
/* 100 * part / whole. false where it does not apply: a count that is not known, nothing to divide by. */
bool result_percent(int64_t part, int64_t whole, double *out);
/* Is what it observes no value of the data but its schema or its number of rows? */
bool result_is_about_schema(const struct result *result);
/* May values of the data be shown for this result? Not of a pii column, not with --no-samples. */
bool result_shows_values(const struct report *report, const struct result *result);
/* May the observed figure be shown? It may not where it is itself a value of the data (min, max, quantiles) and values may not. */
bool result_shows_observed(const struct report *report, const struct result *result);
/* Is a column of the primary key pii, so that its values stay out of every sample's key? */
bool report_column_is_pii(const struct report *report, const char *column);
/* "sha256:" + hex over success, statistics and canonical results. false: no memory. */
bool report_digest(const struct report *report, char out[72]);

#endif
