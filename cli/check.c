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
#include "cli/targets.h"
#include "validator/limits.h"
#include "validator/validator.h"

enum { SAMPLES_DEFAULT = 20 };

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };
static const char *const colour_names[] = {"auto", "always", "never", NULL};

static const char *const output_names[] = {"text", "json", "gx", NULL};
static const char *const result_format_names[] = {"BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE", NULL};
enum { RESULT_FORMAT_SUMMARY = 2 };

struct check_options {
    struct reading_options reading;
    struct text_list variables, variable_files, select, exclude, reports, labels;
    const char *failed_rows, *passed_rows, *now;
    int64_t samples; /* -1: not given */
    int fail_on, output, result_format, colour, evidence;
    int no_samples, allow_empty, is_quiet, no_progress;
};

#define AT(member) offsetof(struct check_options, member)

// clang-format off
static const struct option check_rows[] = {
    READING_ROWS(struct check_options),
    CSV_ROWS(struct check_options),
    {"What is judged", OPTION_HEADING, 0},
    {"var", OPTION_TEXTS, AT(variables), "NAME=VALUE", "what {{ NAME }} in the suite stands for (repeatable)"},
    {"vars-file", OPTION_TEXTS, AT(variable_files), "FILE", "a YAML or JSON map of them (repeatable); --var wins"},
    {"select", OPTION_TEXTS, AT(select), "WHAT", "only expectations tag:T, id:I or column:C; globs (repeatable)"},
    {"exclude", OPTION_TEXTS, AT(exclude), "WHAT", "all but those; what is left out is counted as skipped (repeatable)"},
    {"now", OPTION_TEXT, AT(now), "TIME", "judge freshness as of then, e.g. 2024-12-10T06:00:00Z"},
    {"fail-on", OPTION_CHOICE, AT(fail_on), "SEVERITY", "info, warning, error (default), critical or never", severity_names},
    {"allow-empty", OPTION_FLAG, AT(allow_empty), NULL, "a batch without rows does not fail the run", NULL, 0, 0, 1},
    {"What comes out", OPTION_HEADING, 0},
    {"output", OPTION_CHOICE, AT(output), "FORMAT", "on standard output: text (default), json or gx", output_names},
    {"report", OPTION_TEXTS, AT(reports), "[FORMAT:]FILE", "write a report; by suffix .html, .json, .junit.xml, .md ... (repeatable)"},
    {"result-format", OPTION_CHOICE, AT(result_format), "NAME", "of gx: BOOLEAN_ONLY, BASIC, SUMMARY (default) or COMPLETE", result_format_names},
    {"samples", OPTION_COUNT, AT(samples), "N", "unexpected rows shown of an expectation, default 20; junit and md show them only if this is given", NULL, 0, SAMPLES_MAX},
    {"no-samples", OPTION_FLAG, AT(no_samples), NULL, "no value of the data in any report", NULL, 0, 0, 1},
    {"failed-rows", OPTION_TEXT, AT(failed_rows), "FILE", "write the rows that break an expectation, with its id"},
    {"passed-rows", OPTION_TEXT, AT(passed_rows), "FILE", "write the rows that break none"},
    {"label", OPTION_TEXTS, AT(labels), "KEY=VALUE", "goes into the report's run (repeatable)"},
    {"quiet", OPTION_FLAG, AT(is_quiet), NULL, "headline and failures only, no messages about what went well", NULL, 0, 0, 1},
    {"no-progress", OPTION_FLAG, AT(no_progress), NULL, "no progress bar on a terminal", NULL, 0, 0, 1},
    {"color", OPTION_CHOICE, AT(colour), "WHEN", "auto (default), always or never", colour_names},
    RUNNING_ROWS(struct check_options),
    {"evidence", OPTION_CHOICE, AT(evidence), "LEVEL", "the weakest proof accepted of a Parquet file: schema (default), footer, page_index, dictionary, levels, or values, which decodes everything", evidence_names},
    {NULL},
};
// clang-format on

/* Everything of one run; the arena owns what the pointers point to. */
struct run {
    struct arena *arena;
    struct check_options options;
    const char *suite_path;
    struct suite *suite;
    struct validation_options validation;
    struct csv_options csv;
    struct targets targets;
    struct progress_line progress;
};

static const char usage_hint[] = "usage: assay check SUITE BATCH...; 'assay help check' tells more";

/* "check data.parquet suite.yaml" would otherwise be an error about the bytes of a suite. */
static bool looks_like_data(const char *path)
{
    static const char *const suffixes[] = {".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".gz", ".zst", NULL};
    size_t n = strlen(path);

    for (int i = 0; suffixes[i]; i++) {
        size_t length = strlen(suffixes[i]);
        if (n > length && strcasecmp(path + n - length, suffixes[i]) == 0)
            return true;
    }
    return false;
}

static enum status check_arguments(const struct run *run, const struct text_list *arguments, struct error *err)
{
    const struct check_options *o = &run->options;
    struct stat file;

    if (arguments->n == 0)
        return error_set(err, STATUS_BAD_USAGE, "no suite and no batch");
    if (looks_like_data(arguments->at[0]))
        return error_set(err, STATUS_BAD_USAGE, "%s looks like data; the suite comes first, then the batch", arguments->at[0]);
    if (strcmp(arguments->at[0], "-") == 0)
        return error_set(err, STATUS_BAD_USAGE, "the suite must be a file; - stands for a batch");
    if (stat(arguments->at[0], &file) == 0 && S_ISDIR(file.st_mode))
        return error_set(err, STATUS_BAD_USAGE, "the suite %s is a directory; a suite is one YAML or JSON file",
                         arguments->at[0]);
    if (arguments->n == 1)
        return error_set(err, STATUS_BAD_USAGE, "no batch: which file, directory or glob is to be judged by %s?",
                         arguments->at[0]);
    for (int32_t i = 1; i < arguments->n; i++)
        if (arguments->at[i][0] == '\0')
            return error_set(err, STATUS_BAD_USAGE, "an empty word as batch; is a variable of the shell not set?");
    if (o->samples > 0 && o->no_samples)
        return error_set(err, STATUS_BAD_USAGE, "--samples and --no-samples contradict each other");
    if (o->failed_rows && o->passed_rows && strcmp(o->failed_rows, o->passed_rows) == 0)
        return error_set(err, STATUS_BAD_USAGE, "--failed-rows and --passed-rows are the same file");
    return STATUS_OK;
}

/* Replaces one of the same name, so that the later wins. */
static void variable_set(struct variable *at, int32_t *n, struct variable one)
{
    for (int32_t i = 0; i < *n; i++)
        if (strcmp(at[i].name, one.name) == 0) {
            at[i] = one;
            return;
        }
    at[(*n)++] = one;
}

static enum status read_variables(struct run *run, struct suite_variables *out, struct error *err)
{
    const struct text_list *files = &run->options.variable_files, *words = &run->options.variables;
    struct variable *at = NULL;
    int32_t n = 0;

    for (int32_t i = 0; i <= files->n; i++) {
        struct variable *more = NULL, *grown;
        int32_t n_more = i < files->n ? 0 : words->n;

        if (i < files->n)
            TRY(variables_read(run->arena, files->at[i], &more, &n_more, err));
        grown = arena_array(run->arena, (size_t)n + (size_t)n_more + 1, sizeof *grown);
        if (!grown)
            return error_no_memory(err);
        if (n)
            memcpy(grown, at, (size_t)n * sizeof *grown);
        at = grown;
        for (int32_t k = 0; k < n_more; k++) {
            struct variable one;
            if (i < files->n)
                one = more[k];
            else
                TRY(option_split(run->arena, "var", words->at[k], &one.name, &one.value, err));
            variable_set(at, &n, one);
        }
    }
    *out = (struct suite_variables){.at = at, .n = n, .environment_allowed = true};
    return STATUS_OK;
}

/* The expectation that a message names in quotes, for a hint that helps. */
static const struct expectation *named_in(const char *text)
{
    char word[64];

    for (const char *at = strpbrk(text, "`'"); at; at = strpbrk(at + 1, "`'")) {
        size_t n = strcspn(at + 1, "`' ");
        if (n == 0 || n >= sizeof word)
            continue;
        memcpy(word, at + 1, n);
        word[n] = '\0';
        if (expectation_find(word))
            return expectation_find(word);
    }
    return NULL;
}

/* "a: a: No such file" says it twice. */
static void drop_repeated_source(struct error *err)
{
    size_t n = strlen(err->source);

    if (n && strncmp(err->text, err->source, n) == 0 && err->text[n] == ':')
        err->source[0] = '\0';
}

/* Every problem on its line, then what to do. `err` is the first of them, or all there is (a file that cannot be read). */
static int say_problems(const struct run *run, const struct problems *problems, const struct error *err)
{
    const struct expectation *expectation = NULL;
    struct error only = *err;
    int exit_code = 0;

    for (int32_t i = 0; i < problems->n; i++) {
        struct error one = problems->at[i];
        error_source(&one, run->suite_path);
        exit_code = say_error(&one, NULL);
        expectation = expectation ? expectation : named_in(one.text);
    }
    if (problems->n == 0) {
        error_source(&only, run->suite_path);
        drop_repeated_source(&only);
        return say_error(&only, usage_hint);
    }
    if (problems->n > 1)
        fprintf(stderr, "assay: %d problems%s\n", problems->n, problems->lost_some ? " and more" : "");
    if (expectation)
        fprintf(stderr, "assay: run 'assay explain %s' for its parameters and an example\n", expectation->name);
    else
        fprintf(stderr, "assay: run 'assay list' for all expectations, 'assay explain NAME' for one with an example\n");
    return exit_code;
}

/* Whatever is wrong with the suite's file, also that it is not there, is its author's: exit code 2, unless it is memory. */
static bool load_suite(struct run *run, int *exit_code)
{
    struct error err = ERROR_NONE;
    struct problems problems;
    struct suite_variables variables;
    enum status status = read_variables(run, &variables, &err);

    if (status != STATUS_OK) {
        if (status_exit_code(status) != 4)
            err.status = STATUS_BAD_USAGE;
        drop_repeated_source(&err);
        *exit_code = say_error(&err, usage_hint);
        return false;
    }
    problems_init(&problems, run->arena);
    status = suite_read(run->arena, run->suite_path, &variables, &run->suite, &problems, &err);
    if (status == STATUS_OK) {
        for (int32_t i = 0; i < run->suite->warnings.n && !run->options.is_quiet; i++)
            fprintf(stderr, "assay: %s\n", run->suite->warnings.at[i]);
        return true;
    }
    if (status_exit_code(status) == 4) {
        *exit_code = say_error(&err, NULL);
        return false;
    }
    err.status = STATUS_BAD_SUITE;
    *exit_code = say_problems(run, &problems, &err);
    return false;
}

/* A time without zone is in the suite's; a date is its first instant there. */
static enum status parse_now(struct run *run, struct error *err)
{
    struct validation_options *v = &run->validation;
    struct span text = span_text(run->options.now);
    struct time_zone zone = {.name = "UTC"};
    bool has_zone = false;
    int64_t days;

    if (clock_parse_date(text, &days))
        v->now_seconds = days * 86400;
    else if (!clock_parse_timestamp(text, &v->now_seconds, &v->now_nanos, &has_zone))
        return error_set(err, STATUS_BAD_USAGE, "--now takes a time such as 2024-12-10T06:00:00Z, not '%s'", run->options.now);
    v->has_now = true;
    if (has_zone)
        return STATUS_OK;
    if (run->suite->timezone)
        TRY(time_zone_find(run->arena, run->suite->timezone, &zone, err));
    v->now_seconds = time_zone_to_utc(&zone, v->now_seconds);
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
    v->failed_rows = o->failed_rows;
    v->passed_rows = o->passed_rows;
    v->samples = o->no_samples ? 0 : o->samples >= 0 ? (int32_t)o->samples : SAMPLES_DEFAULT;
    v->samples_were_asked = o->samples >= 0 && !o->no_samples;
    v->plots = wants_plots(&run->targets);
    v->allow_empty = o->allow_empty;
    v->evidence = (enum evidence)o->evidence;
    v->cancelled = &was_interrupted;
    v->on_progress = progress_show;
    v->progress_context = &run->progress;
    if (o->now)
        TRY(parse_now(run, err));
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

/* The reports, then the verdict: who has read the verdict to its end finds the reports in their places. */
static int give_report(struct run *run, const struct report *report)
{
    struct report_options options = {
        .result_format = result_format_names[run->options.result_format],
        .quiet = run->options.is_quiet,
    };
    struct error err = ERROR_NONE;
    int exit_code;

    if (targets_write(&run->targets, report, &options, &err) != STATUS_OK)
        return say_error(&err, NULL);
    for (int32_t i = 0; i < run->targets.n && !options.quiet; i++)
        fprintf(stderr, "assay: wrote %s\n", run->targets.at[i].path);
    if (report->error && run->options.output != 0)
        fprintf(stderr, "assay: %s\n", report->error);
    options.colour = wants_colour(&run->options);
    exit_code = print_report(run, report, &options);
    return exit_code ? exit_code : report->exit_code;
}

static int judge(struct run *run)
{
    struct error err = ERROR_NONE;
    const struct report *report = NULL;
    enum status status;

    if (run->options.failed_rows || run->options.passed_rows)
        interruption_waits(true);
    progress_init(&run->progress, !run->options.is_quiet && !run->options.no_progress);
    status = validate(run->arena, run->suite, &run->validation, &report, &err);
    progress_clear(&run->progress);
    interruption_waits(true); /* from here on files are written */
    if (atomic_load(&was_interrupted))
        return 4; /* main dies of the signal */
    if (status != STATUS_OK)
        return say_error(&err, status == STATUS_BAD_USAGE ? usage_hint : NULL);
    return give_report(run, report);
}

static int prepare_and_judge(struct run *run, const struct text_list *arguments, const char *repeat)
{
    struct error err = ERROR_NONE;
    struct text_list batch = {arguments->at + 1, arguments->n - 1, true};
    int exit_code;

    if (!load_suite(run, &exit_code))
        return exit_code;
    if (set_validation(run, &batch, &err) != STATUS_OK)
        return say_error(&err, usage_hint);
    run->validation.repeat = repeat;
    return judge(run);
}

/* What must not be overwritten: the suite and what the batch names. */
static enum status find_targets(struct run *run, const struct text_list *arguments, struct error *err)
{
    const char **taken = arena_array(run->arena, (size_t)arguments->n + 3, sizeof *taken);
    int32_t n = 0;

    if (!taken)
        return error_no_memory(err);
    for (; n < arguments->n; n++)
        taken[n] = arguments->at[n];
    if (run->options.failed_rows)
        taken[n++] = run->options.failed_rows;
    if (run->options.passed_rows)
        taken[n++] = run->options.passed_rows;
    return targets_find(run->arena, &run->options.reports, taken, &run->targets, err);
}

static int run_check(const struct command *command, int argc, const char *const *argv)
{
    struct arena arena;
    struct run run = {.arena = &arena};
    struct words words = {.arena = &arena};
    struct error err = ERROR_NONE;
    const char *repeat;
    int exit_code;

    arena_init(&arena, NULL, 0);
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
            exit_code = say_error(&err, usage_hint);
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
