/* validator/run.h -- one run over a batch or over saved states: what validate.c and states.c share. */
#ifndef VALIDATOR_RUN_H
#define VALIDATOR_RUN_H

#include "core/spill.h"
#include "validator/judge.h"
#include "validator/plots.h"
#include "validator/reference.h"

struct run {
    struct arena *arena;
    const struct suite *suite;
    const struct validation_options *options;
    struct memory memory;
    struct spill spill; /* of `memory` */
    struct read_options reading;
    struct cell_rules cells; /* of `reading` */
    struct time_zone zone;
    struct time_context time;
    struct batch batch;
    struct plan plan;
    struct references references;
    struct scan_result scanned;
    int64_t n_audited;     /* by all scans */
    struct integrity lies; /* of a scan before, for which this one looks at nothing but values */
    struct report *report;
    const struct report_plot *plots;
    int32_t n_plots;
    double started, cpu_started, deadline;
    int64_t started_nanos;
    struct read_counters before; /* at the start */
    const char **fingerprints; /* one a file; NULL: made for the report */
    struct timings timings;       /* zeros unless is_timed */
    int64_t timed_from, scanned_nanos, read_at; /* start of the run, wall time of all scans, when the last one had ended */
    bool is_open, is_scanned, is_timed, was_timed; /* was: the thread was timed before */
};

/* Budget, clocks, time zone and reading options; the run's arena, suite and options are set. Nothing is opened. */
enum status run_set_up(struct run *run, struct error *err) NODISCARD;
/* Opens the batch, plans until the types of its columns hold, scans all rounds. After plan_select. */
enum status run_read(struct run *run, struct error *err) NODISCARD;
/* Plans over run->batch, with the references that the plan asks for read. */
enum status run_plan(struct run *run, struct error *err) NODISCARD;
enum status run_fingerprints(struct run *run, struct error *err) NODISCARD; /* of all files, into run->fingerprints */
const char *run_now_text(const struct run *run); /* what `now` means, as reports show it */
/* Everything of run->report; why: the error that kept the batch from being judged, or NULL. */
enum status run_report(struct run *run, const struct error *why, struct error *err) NODISCARD;
/* Closes what is open; accepts a run at any stage after run_set_up. */
void run_clean_up(struct run *run);
/* Is it the data's fault (exit 3), so that there is a report that says so? */
bool run_is_about_data(enum status status);

#endif
