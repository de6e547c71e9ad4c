/* cli/check.c -- `assay check`: reads a suite, judges a batch, writes the reports, gives the exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "cli/repeat.h"
#include "cli/state.h"
#include "cli/suite_file.h"
#include "cli/targets.h"
#include "validator/limits.h"
#include "validator/states.h"

enum { SAMPLES_DEFAULT = 20 };

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };
static const char *const colour_names[] = {"auto", "always", "never", NULL};

static const char *const output_names[] = {"text", "json", "gx", NULL};
static const char *const result_format_names[] = {"BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE", NULL};
enum { RESULT_FORMAT_SUMMARY = 2 };

struct check_options {
    struct reading_options reading;
    struct text_list variables, variable_files, select, exclude, reports, labels, baselines;
    const char *failed_rows, *passed_rows, *now, *merged;
    int64_t samples; /* -1: not given */
    int64_t audit;
    int fail_on, output, result_format, colour, evidence;
    int verdict_only, fail_fast, no_samples, allow_empty, is_quiet, no_progress, timings;
};

#define AT(member) offsetof(struct check_options, member)

// clang-format off
#define JUDGING_ROWS \
    {"What is judged", OPTION_HEADING, 0}, \
    {"var", OPTION_TEXTS, AT(variables), "NAME=VALUE", "what {{ NAME }} in the suite stands for (repeatable)"}, \
    {"vars-file", OPTION_TEXTS, AT(variable_files), "FILE", "a YAML or JSON map of them (repeatable); --var wins"}, \
    {"select", OPTION_TEXTS, AT(select), "WHAT", "only expectations tag:T, id:I or column:C; globs (repeatable)"}, \
    {"exclude", OPTION_TEXTS, AT(exclude), "WHAT", "all but those; what is left out is counted as skipped (repeatable)"}, \
    {"now", OPTION_TEXT, AT(now), "TIME", "judge freshness as of then, e.g. 2024-12-10T06:00:00Z"}, \
    {"fail-on", OPTION_CHOICE, AT(fail_on), "SEVERITY", "info, warning, error (default), critical or never", severity_names}, \
    {"allow-empty", OPTION_FLAG, AT(allow_empty), NULL, "a batch without rows does not fail the run", NULL, 0, 0, 1}
#define SHOWING_ROWS \
    {"What comes out", OPTION_HEADING, 0}, \
    {"output", OPTION_CHOICE, AT(output), "FORMAT", "on standard output: text (default), json or gx", output_names}, \
    {"report", OPTION_TEXTS, AT(reports), "[FORMAT:]FILE", "write a report; by suffix .html, .json, .junit.xml, .md ... (repeatable)"}, \
    {"result-format", OPTION_CHOICE, AT(result_format), "NAME", "of gx: BOOLEAN_ONLY, BASIC, SUMMARY (default) or COMPLETE", result_format_names}, \
    {"samples", OPTION_COUNT, AT(samples), "N", "unexpected rows shown of an expectation, default 20; junit and md show them only if this is given", NULL, 0, SAMPLES_MAX}, \
    {"no-samples", OPTION_FLAG, AT(no_samples), NULL, "no value of the data in any report", NULL, 0, 0, 1}
#define TELLING_ROWS \
    {"label", OPTION_TEXTS, AT(labels), "KEY=VALUE", "goes into the report's run (repeatable)"}, \
    {"quiet", OPTION_FLAG, AT(is_quiet), NULL, "headline and failures only, no messages about what went well", NULL, 0, 0, 1}, \
    {"no-progress", OPTION_FLAG, AT(no_progress), NULL, "no progress bar on a terminal", NULL, 0, 0, 1}, \
    {"color", OPTION_CHOICE, AT(colour), "WHEN", "auto (default), always or never", colour_names}

static const struct option check_rows[] = {
    READING_ROWS(struct check_options),
    CSV_ROWS(struct check_options),
    JUDGING_ROWS,
    {"baseline", OPTION_TEXTS, AT(baselines), "STATE", "judge the batch together with these saved states (repeatable)"},
    SHOWING_ROWS,
    {"failed-rows", OPTION_TEXT, AT(failed_rows), "FILE", "write the rows that break an expectation, and beside it FILE.ids: which"},
    {"passed-rows", OPTION_TEXT, AT(passed_rows), "FILE", "write the rows that break none"},
    TELLING_ROWS,
    RUNNING_ROWS(struct check_options),
    {"evidence", OPTION_CHOICE, AT(evidence), "LEVEL", "the weakest proof accepted of a Parquet file: schema (default), footer, page_index, dictionary, levels, or values, which decodes everything", evidence_names},
    {"audit", OPTION_COUNT, AT(audit), "N", "hold what a Parquet file says of itself against a page of one in N column chunks, chosen by their places; 1: of each", NULL, 1, INT32_MAX},
    {"timings", OPTION_FLAG, AT(timings), NULL, "on standard error, and in the JSON report's run, how long each stage took", NULL, 0, 0, 1},
    {"verdict-only", OPTION_FLAG, AT(verdict_only), NULL, "no counts, samples or observed values: whatever does not change the verdict may be left out", NULL, 0, 0, 1},
    {"fail-fast", OPTION_FLAG, AT(fail_fast), NULL, "end with the first expectation that fails at or above --fail-on", NULL, 0, 0, 1},
    {NULL},
};

static const struct option merge_rows[] = {
    JUDGING_ROWS,
    SHOWING_ROWS,
    {"out", OPTION_TEXT, AT(merged), "STATE", "write the merged states as well, to be merged again", NULL, 0, 0, 0, 'o'},
    TELLING_ROWS,
    RUNNING_ROWS(struct check_options),
    {NULL},
};
// clang-format on

/* Everything of one run; the arena owns what the pointers point to. */
struct run {
    struct arena *arena;
    const struct command *command;
    const char *usage_hint;
    struct check_options options;
    const char *suite_path;
    struct suite *suite;
    struct validation_options validation;
    struct csv_options csv;
    struct targets targets;
    struct text_list outputs; /* of the targets and the rows */
    struct progress_line progress;
    struct state_input *inputs; /* saved states, and at last the batch's own */
    int32_t n_inputs;
};

static bool is_merge(const struct run *run)
{
    return run->command == &command_merge;
}

static enum status check_arguments(const struct run *run, const struct text_list *arguments, struct error *err)
{
    const struct check_options *o = &run->options;

    TRY(suite_words_check(arguments, is_merge(run) ? "states" : "batch", err));
    if (is_merge(run))
        return STATUS_OK;
    if (o->baselines.n && (o->failed_rows || o->passed_rows))
        return error_set(err, STATUS_BAD_USAGE, "--baseline has no rows to split: the saved states hold none");
    if (o->samples > 0 && o->no_samples)
        return error_set(err, STATUS_BAD_USAGE, "--samples and --no-samples contradict each other");
    if ((o->verdict_only || o->fail_fast) && (o->failed_rows || o->passed_rows || o->baselines.n > 0))
        return error_set(err, STATUS_BAD_USAGE, "%s leaves rows unjudged, and %s needs all of them",
                         o->fail_fast ? "--fail-fast" : "--verdict-only",
                         o->baselines.n > 0 ? "--baseline" : o->failed_rows ? "--failed-rows" : "--passed-rows");
    if (o->failed_rows && o->passed_rows && strcmp(o->failed_rows, o->passed_rows) == 0)
        return error_set(err, STATUS_BAD_USAGE, "--failed-rows and --passed-rows are the same file");
    return STATUS_OK;
}

static enum status parse_labels(struct run *run, struct error *err)
{
    const struct text_list *words = &run->options.labels;
    struct name_value *labels = arena_array(run->arena, (size_t)words->n + 1, sizeof *labels);

    if (!labels)
        return error_no_memory(err);
    for (int32_t i = 0; i < words->n; i++)
        TRY(option_split(run->arena, "label", words->at[i], &labels[i].name, &labels[i].value, err));
    run->validation.labels = labels;
    run->validation.n_labels = words->n;
    return STATUS_OK;
}

static void set_reading(struct run *run)
{
    const struct reading_options *reading = &run->options.reading;
    struct validation_options *v = &run->validation;

    v->format = reading->format;
    v->csv = &run->csv;
    v->where = reading->where;
    v->partitions = reading->partitions;
    v->require = reading->require;
    v->threads = (int32_t)reading->threads;
    v->memory_limit = reading->memory;
    v->temporary_directory = reading->temporary_directory;
    v->timeout_seconds = reading->timeout_seconds;
}

/* Only pages draw. */
static bool wants_plots(const struct targets *targets)
{
    for (int32_t i = 0; i < targets->n; i++)
        if (strcmp(targets->at[i].format->name, "html") == 0)
            return true;
    return false;
}

static enum status set_validation(struct run *run, const struct text_list *batch, struct error *err)
{
    const struct check_options *o = &run->options;
    struct validation_options *v = &run->validation;

    validation_options_init(v);
    v->paths = batch->at;
    v->n_paths = batch->n;
    TRY(reading_csv_options(&o->reading, &run->csv, err));
    set_reading(run);
    v->select = o->select;
    v->exclude = o->exclude;
    v->fail_on = (enum severity)o->fail_on;
    v->outputs = run->outputs;
    v->failed_rows = o->failed_rows;
    v->passed_rows = o->passed_rows;
    v->samples = o->no_samples ? 0 : o->samples >= 0 ? (int32_t)o->samples : SAMPLES_DEFAULT;
    v->samples_were_asked = o->samples >= 0 && !o->no_samples;
    v->plots = wants_plots(&run->targets);
    v->allow_empty = o->allow_empty;
    v->timings = o->timings;
    v->evidence = (enum evidence)o->evidence;
    v->audit = o->audit;
    v->verdict_only = o->verdict_only;
    v->fail_fast = o->fail_fast;
    v->cancelled = &was_interrupted;
    v->on_progress = progress_show;
    v->progress_context = &run->progress;
    if (o->now)
        TRY(suite_now(run->arena, run->suite, o->now, v, err));
    return parse_labels(run, err);
}

static bool wants_colour(const struct check_options *o)
{
    const char *terminal = getenv("TERM"), *refused = getenv("NO_COLOR");

    if (o->colour != COLOUR_AUTO)
        return o->colour == COLOUR_ALWAYS;
    return isatty(STDOUT_FILENO) && !(refused && *refused) && terminal && strcmp(terminal, "dumb") != 0;
}

static int print_report(const struct run *run, const struct report *report, const struct report_options *options)
{
    const struct report_format *format = report_format_find(output_names[run->options.output]);
    struct buffer out = {0};
    int exit_code = print_result(&out, format->render(report, options, &out));

    buffer_done(&out);
    return exit_code;
}

/* How long each stage took, and writing the reports: shares of the time of all threads. */
static void show_timings(const struct report *report, double report_seconds)
{
    double sum = report_seconds;

    for (int32_t i = 0; i < report->run.n_timings; i++)
        sum += report->run.timings[i].seconds;
    if (report->run.n_timings == 0 || sum <= 0)
        return;
    fprintf(stderr, "assay: %.3f s on %d %s; of all threads' time:\n", report->run.seconds + report_seconds, report->run.threads,
            report->run.threads == 1 ? "thread" : "threads");
    for (int32_t i = 0; i < report->run.n_timings; i++)
        fprintf(stderr, "  %-10s %8.3f s %5.1f %%\n", report->run.timings[i].stage, report->run.timings[i].seconds,
                100 * report->run.timings[i].seconds / sum);
    fprintf(stderr, "  %-10s %8.3f s %5.1f %%\n", "report", report_seconds, 100 * report_seconds / sum);
}

/* The reports, then the verdict: who has read the verdict to its end finds the reports in their places. */
static int give_report(struct run *run, const struct report *report)
{
    struct report_options options = {
        .result_format = result_format_names[run->options.result_format],
        .quiet = run->options.is_quiet,
    };
    struct error err = ERROR_NONE;
    double started = clock_monotonic_seconds();
    int exit_code;

    if (targets_write(&run->targets, report, &options, &err) != STATUS_OK)
        return say_error(&err, NULL);
    for (int32_t i = 0; i < run->targets.n && !options.quiet; i++)
        fprintf(stderr, "assay: wrote %s\n", run->targets.at[i].path);
    if (report->error && run->options.output != 0)
        fprintf(stderr, "assay: %s\n", report->error);
    options.colour = wants_colour(&run->options);
    exit_code = print_report(run, report, &options);
    show_timings(report, clock_monotonic_seconds() - started);
    return exit_code ? exit_code : report->exit_code;
}

/* The batch's own states are the last input; where it cannot be read, the report is about that. */
static enum status judge_states(struct run *run, const struct report **report, struct error *err)
{
    struct buffer own = {0}, merged = {0};
    struct error why = ERROR_NONE;
    enum status status = STATUS_OK;

    if (!is_merge(run)) {
        struct state_input *last = &run->inputs[run->n_inputs - 1];

        status = states_make(run->arena, run->suite, &run->validation, &own, &why);
        *last = (struct state_input){.name = "the batch", .bytes = span_of(own.at, own.size)};
        if (status_exit_code(status) == 3) {
            last->why = &why;
            status = STATUS_OK;
        } else if (status != STATUS_OK) {
            *err = why;
        }
    }
    if (status == STATUS_OK)
        status = states_judge(run->arena, run->suite, &run->validation, run->inputs, run->n_inputs,
                              run->options.merged ? &merged : NULL, report, err);
    if (status == STATUS_OK && merged.size)
        status = output_write_file(run->options.merged, span_of(merged.at, merged.size), err);
    buffer_done(&own);
    buffer_done(&merged);
    return status;
}

static int judge(struct run *run)
{
    struct error err = ERROR_NONE;
    const struct report *report = NULL;
    enum status status;

    if (run->options.failed_rows || run->options.passed_rows)
        interruption_waits(true);
    progress_init(&run->progress, !run->options.is_quiet && !run->options.no_progress);
    status = run->n_inputs ? judge_states(run, &report, &err)
                           : validate(run->arena, run->suite, &run->validation, &report, &err);
    progress_clear(&run->progress);
    interruption_waits(true); /* from here on files are written */
    if (atomic_load(&was_interrupted))
        return 4; /* main dies of the signal */
    if (status != STATUS_OK)
        return say_error(&err, status == STATUS_BAD_USAGE ? run->usage_hint : NULL);
    return give_report(run, report);
}

/* The states that are judged: those of merge, or the baselines and room for the batch's own. */
static enum status read_inputs(struct run *run, const struct text_list *batch, struct error *err)
{
    const struct text_list *names = is_merge(run) ? batch : &run->options.baselines;

    if (names->n == 0)
        return STATUS_OK;
    run->n_inputs = names->n + !is_merge(run);
    return state_inputs_read(run->arena, names, 1, &run->inputs, err);
}

static int prepare_and_judge(struct run *run, const struct text_list *arguments, const char *repeat)
{
    struct error err = ERROR_NONE;
    struct text_list batch = {arguments->at + 1, arguments->n - 1, true};
    int exit_code;

    run->suite = suite_file_read(&(struct suite_file){run->arena, run->suite_path, &run->options.variables, &run->options.variable_files,
                                                      run->options.is_quiet, run->usage_hint}, &exit_code);
    if (!run->suite)
        return exit_code;
    if (set_validation(run, &batch, &err) != STATUS_OK)
        return say_error(&err, run->usage_hint);
    run->validation.repeat = repeat;
    if (read_inputs(run, &batch, &err) != STATUS_OK)
        return say_error(&err, NULL);
    return judge(run);
}

/* Where the ids go that failed rows break; out of memory, where the rows go. */
static const char *row_ids_path(const struct run *run)
{
    const char *path = arena_format(run->arena, "%s" FAILED_ROWS_IDS, run->options.failed_rows);

    return path ? path : run->options.failed_rows;
}

/* Everything that will be written, which no file of the batch may be: one of a directory or a glob shows only when they are opened. */
static enum status list_outputs(struct run *run, struct error *err)
{
    const char **outputs = arena_array(run->arena, (size_t)run->targets.n + 3, sizeof *outputs);
    int32_t n = 0;

    if (!outputs)
        return error_no_memory(err);
    if (run->options.failed_rows) {
        outputs[n++] = run->options.failed_rows;
        outputs[n++] = row_ids_path(run);
    }
    if (run->options.passed_rows)
        outputs[n++] = run->options.passed_rows;
    for (int32_t i = 0; i < run->targets.n; i++)
        outputs[n++] = run->targets.at[i].path;
    run->outputs = (struct text_list){outputs, n, true};
    return STATUS_OK;
}

/* What must not be overwritten: the suite and what the batch names. */
static enum status find_targets(struct run *run, const struct text_list *arguments, struct error *err)
{
    const struct check_options *o = &run->options;
    struct text_list taken = {arena_array(run->arena, (size_t)arguments->n + 4, sizeof *taken.at), 0, true};

    if (!taken.at)
        return error_no_memory(err);
    for (; taken.n < arguments->n; taken.n++)
        taken.at[taken.n] = arguments->at[taken.n];
    TRY(targets_spare(run->arena, "--failed-rows", o->failed_rows, &taken, err));
    if (o->failed_rows) {
        TRY(targets_spare(run->arena, "--failed-rows with its ids", row_ids_path(run), &taken, err));
        taken.at[taken.n++] = o->failed_rows;
        taken.at[taken.n++] = row_ids_path(run);
    }
    TRY(targets_spare(run->arena, "--passed-rows", o->passed_rows, &taken, err));
    if (o->passed_rows)
        taken.at[taken.n++] = o->passed_rows;
    if (o->merged)
        taken.at[taken.n++] = o->merged;
    TRY(targets_find(run->arena, &o->reports, &taken, &run->targets, err));
    return list_outputs(run, err);
}

static int run_check(const struct command *command, int argc, const char *const *argv)
{
    struct arena arena;
    struct run run = {.arena = &arena, .command = command};
    struct words words = {.arena = &arena};
    struct error err = ERROR_NONE;
    const char *repeat;
    int exit_code;

    arena_init(&arena, NULL, 0);
    run.usage_hint = is_merge(&run) ? "usage: assay merge SUITE STATE...; 'assay help merge' tells more"
                                    : "usage: assay check SUITE BATCH...; 'assay help check' tells more";
    reading_options_init(&run.options.reading);
    run.options.samples = -1;
    run.options.fail_on = SEVERITY_ERROR;
    run.options.result_format = RESULT_FORMAT_SUMMARY;
    repeat = repeat_command(&arena, command->name, argc, argv);
    if (command_parse(command, argc, argv, &run.options, &words, &exit_code)) {
        run.suite_path = words.arguments.n ? words.arguments.at[0] : NULL;
        if (!repeat)
            exit_code = say(STATUS_NO_MEMORY, NULL, "out of memory");
        else if (check_arguments(&run, &words.arguments, &err) != STATUS_OK)
            exit_code = say_error(&err, run.usage_hint);
        else if (find_targets(&run, &words.arguments, &err) != STATUS_OK)
            exit_code = say_error(&err, NULL);
        else
            exit_code = prepare_and_judge(&run, &words.arguments, repeat);
    }
    arena_done(&arena);
    return exit_code;
}

const struct command command_check = {
    "check",
    "SUITE BATCH...",
    "judge a batch; the exit code halts the pipeline",
    check_rows,
    "BATCH is a file, a directory (partitions such as dt=2024-12-10/ become columns), a glob, or - for standard\n"
    "input; Parquet, CSV or JSON lines.\n"
    "\n"
    "Examples:\n"
    "  assay check purchases.yaml silver/dt=2024-12-10\n"
    "  assay check purchases.yaml 'bronze/*.csv' --delimiter ';' --report report.json --report ci.junit.xml\n"
    "  zcat big.csv.gz | assay check purchases.yaml - --output json\n"
    "  assay check purchases.yaml silver --partition dt=2024-12-10 --var ds=2024-12-10 --now 2024-12-11\n"
    "\n"
    "Exit codes:\n"
    "  0  every expectation at or above --fail-on was evaluated and holds\n"
    "  1  at least one of them fails: the data is bad\n"
    "  2  usage, suite or configuration is wrong: nothing was judged\n"
    "  3  could not be judged: data missing, unreadable, changed while read, forbidden, timed out\n"
    "  4  assay itself failed: no memory, a report that cannot be written, a bug\n",
    run_check,
};

const struct command command_merge = {
    "merge",
    "SUITE STATE...",
    "judge parts of a batch together, by the states that `assay state` saved of each",
    merge_rows,
    "The report is the one that `assay check` gives of all the files in one run, named in the order of their paths (the same\n"
    "verdict_digest), in whatever order and grouping the states are merged. Expectations that need another look at\n"
    "the data (the rows of duplicates across parts, quantiles of more than a million values) look at the files that the states\n"
    "name; where those are not there any more, as they were, they are not evaluated (exit code 3).\n"
    "\n"
    "Examples:\n"
    "  assay state purchases.yaml silver/dt=2024-12-10 -o monday.state\n"
    "  assay state purchases.yaml silver/dt=2024-12-11 -o tuesday.state\n"
    "  assay merge purchases.yaml monday.state tuesday.state --report week.json -o week.state\n"
    "\n"
    "Exit codes are those of check.\n",
    run_check,
};
