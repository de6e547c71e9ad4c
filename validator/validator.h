/* validator/validator.h -- judges a batch by a suite: plan, scan, merge, judge. The only place with threads over data. */
#ifndef VALIDATOR_VALIDATOR_H
#define VALIDATOR_VALIDATOR_H

#include "readers/reader.h"
#include "readers/storage/batch.h"
#include "suites/suite.h"
#include "validator/result.h"

#define FAILED_ROWS_IDS ".ids"

struct progress { int64_t rows, bytes, bytes_total; int round; double seconds; };

struct validation_options {
    const char *const *paths; int32_t n_paths; /* BATCH... as given */
    struct source *body;             /* an open source that is the whole batch (a request's body); taken over by validate(), also on
                                        failure. `paths` then only says what the report calls it. NULL: paths are opened */
    const struct data_roots *roots;  /* `paths` and what they lead to must lie beneath them: FORBIDDEN; NULL: anywhere */
    const struct data_roots *reference_roots; /* the same for the references of a suite; NULL: as `roots` */
    bool outside_references_are_refused; /* a reference that leads out of its roots ends the run, FORBIDDEN; else its checks are not evaluated */
    const char *suite_directory;     /* what the suite's relative paths start at; NULL: where the suite's file is */
    const char *format;              /* --format, or NULL */
    const struct csv_options *csv;   /* command line's, laid over the suite's; NULL */
    const char *where;               /* --where, joined to the suite's by and; NULL */
    struct text_list partitions, require, select, exclude;
    enum severity fail_on;           /* SEVERITY_ERROR */
    const char *failed_rows, *passed_rows; /* paths, or NULL; beside the first FAILED_ROWS_IDS: which expectations each row breaks */
    struct text_list outputs;        /* files that the caller or --failed-rows will write: BAD_USAGE where one is of the batch */
    int32_t samples;                 /* 20 */
    bool samples_were_asked;
    bool plots;                      /* fill report->plots: one more pass over the columns that have bounds */
    int32_t threads;                 /* 0: all cores */
    size_t memory_limit;             /* 0: half of what is there, and keys are written down long before that (memory_be_modest) */
    const char *temporary_directory;
    double timeout_seconds;          /* 0: none */
    bool timings;                    /* fill report->run.timings */
    bool allow_empty;
    bool verdict_only;               /* what does not change success or the exit code may be left out: counts, samples, observed values */
    bool fail_fast;                  /* ends with the first expectation that fails at or above fail_on */
    enum evidence evidence;          /* the weakest that is accepted: EVIDENCE_SCHEMA, all; EVIDENCE_VALUES: every value that an expectation
                                        is about is decoded, every page checksum verified. Cell readers have nothing weaker */
    int64_t audit;                   /* of about one in so many columns of row groups a page is decoded, and what the file says of them held
                                        against it; 0: of none */
    bool has_now; int64_t now_seconds; int32_t now_nanos;
    const struct name_value *labels; int32_t n_labels;
    const char *repeat;              /* the command that repeats the run, or NULL */
    void (*on_progress)(void *context, const struct progress *progress); /* from any thread, seldom; NULL */
    void *progress_context;
    const atomic_bool *cancelled;    /* set from outside: CANCELLED; may be NULL */
};
void validation_options_init(struct validation_options *options);

/* Judges. OK: *out is a whole report with exit code 0, 1 or 3 (also of an unreadable batch: every result not_evaluated,
 * report->error says why). Other statuses are usage, suite or our own failures (exit 2 or 4): no report. Everything is
 * in the arena. */
enum status validate(struct arena *arena, const struct suite *suite, const struct validation_options *options,
                     const struct report **out, struct error *err) NODISCARD;

#endif
