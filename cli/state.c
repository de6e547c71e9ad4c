/* cli/state.c -- `assay state`: counts what a suite asks of one part of a batch and saves it, to be merged. */
#include <inttypes.h>

#include "cli/progress.h"
#include "cli/state.h"
#include "cli/targets.h"
#include "validator/state_file.h"

enum { SAMPLES_DEFAULT = 20, SAMPLES_MOST = 1000000 };
static const uint64_t state_file_max = (uint64_t)64 << 30;

struct state_words {
    struct reading_options reading;
    struct text_list variables, variable_files, select, exclude;
    const char *now, *out;
    int64_t samples;
    int is_quiet, no_progress;
};

#define AT(member) offsetof(struct state_words, member)

// clang-format off
static const struct option state_rows[] = {
    {"out", OPTION_TEXT, AT(out), "FILE", "where the states go", NULL, 0, 0, 0, 'o'},
    READING_ROWS(struct state_words),
    CSV_ROWS(struct state_words),
    {"What is counted", OPTION_HEADING, 0},
    {"var", OPTION_TEXTS, AT(variables), "NAME=VALUE", "what {{ NAME }} in the suite stands for (repeatable)"},
    {"vars-file", OPTION_TEXTS, AT(variable_files), "FILE", "a YAML or JSON map of them (repeatable); --var wins"},
    {"select", OPTION_TEXTS, AT(select), "WHAT", "only expectations tag:T, id:I or column:C; globs (repeatable)"},
    {"exclude", OPTION_TEXTS, AT(exclude), "WHAT", "all but those (repeatable)"},
    {"now", OPTION_TEXT, AT(now), "TIME", "what `now` means in a rule, e.g. 2024-12-10T06:00:00Z"},
    {"samples", OPTION_COUNT, AT(samples), "N", "unexpected rows kept of an expectation, default 20", NULL, 0, SAMPLES_MOST},
    {"quiet", OPTION_FLAG, AT(is_quiet), NULL, "nothing on standard output", NULL, 0, 0, 1},
    {"no-progress", OPTION_FLAG, AT(no_progress), NULL, "no progress bar on a terminal", NULL, 0, 0, 1},
    RUNNING_ROWS(struct state_words),
    {NULL},
};
// clang-format on

enum status state_inputs_read(struct arena *arena, const struct text_list *names, int32_t extra, struct state_input **out,
                              struct error *err)
{
    *out = arena_array(arena, (size_t)names->n + (size_t)extra, sizeof **out);
    if (!*out)
        return error_no_memory(err);
    for (int32_t i = 0; i < names->n; i++) {
        (*out)[i].name = names->at[i];
        TRY(input_read_file(arena, names->at[i], state_file_max, &(*out)[i].bytes, err));
    }
    return STATUS_OK;
}

static enum status set_options(struct arena *arena, const struct state_words *words, const struct text_list *arguments,
                               const struct suite *suite, struct csv_options *csv, struct validation_options *v,
                               struct error *err)
{
    const struct reading_options *r = &words->reading;

    validation_options_init(v);
    TRY(targets_spare(arena, "-o", words->out, arguments, err));
    v->outputs = (struct text_list){arena_array(arena, 1, sizeof *v->outputs.at), 1, true};
    if (!v->outputs.at)
        return error_no_memory(err);
    v->outputs.at[0] = words->out;
    v->paths = arguments->at + 1;
    v->n_paths = arguments->n - 1;
    TRY(reading_csv_options(r, csv, err));
    v->csv = csv;
    v->format = r->format;
    v->where = r->where;
    v->partitions = r->partitions;
    v->require = r->require;
    v->threads = (int32_t)r->threads;
    v->memory_limit = r->memory;
    v->temporary_directory = r->temporary_directory;
    v->timeout_seconds = r->timeout_seconds;
    v->select = words->select;
    v->exclude = words->exclude;
    v->samples = (int32_t)words->samples;
    v->cancelled = &was_interrupted;
    return words->now ? suite_now(arena, suite, words->now, v, err) : STATUS_OK;
}

/* What was written, with the states that are large: those grow with the data. */
static bool describe(const struct state_part *part, const char *path, size_t size, struct buffer *out)
{
    int64_t rows = 0;
    bool ok = true, is_known = true;

    for (int32_t f = 0; f < part->batch.found.n_files; f++) {
        rows += part->file_rows[f];
        is_known = is_known && part->file_rows[f] >= 0;
    }
    ok = buffer_format(out, "%s: %zu bytes, %d states of %d file%s", path, size, part->n_entries, part->batch.found.n_files,
                       part->batch.found.n_files == 1 ? "" : "s");
    ok = ok && (is_known ? buffer_format(out, ", %" PRId64 " rows\n", rows) : buffer_format(out, "\n"));
    for (int32_t i = 0; i < part->n_entries && ok; i++)
        if (part->entries[i].bytes.size > size / 10)
            ok = buffer_format(out, "%12zu bytes  %s\n", part->entries[i].bytes.size, part->entries[i].signature);
    return ok;
}

static int write_states(struct arena *arena, const struct state_words *words, const struct buffer *states)
{
    struct span bytes = span_of(states->at, states->size);
    struct error err = ERROR_NONE;
    struct state_part part;
    struct buffer out = {0};
    int exit_code;

    if (state_part_read(arena, words->out, bytes, &part, &err) != STATUS_OK ||
        output_write_file(words->out, bytes, &err) != STATUS_OK)
        return say_error(&err, NULL);
    if (words->is_quiet)
        return 0;
    exit_code = print_result(&out, describe(&part, words->out, states->size, &out));
    buffer_done(&out);
    return exit_code;
}

static int make_states(struct arena *arena, const struct state_words *words, const struct text_list *arguments,
                       const struct suite *suite, const char *hint)
{
    struct validation_options options;
    struct csv_options csv;
    struct progress_line progress;
    struct buffer states = {0};
    struct error err = ERROR_NONE;
    enum status status;
    int exit_code;

    if (set_options(arena, words, arguments, suite, &csv, &options, &err) != STATUS_OK)
        return say_error(&err, hint);
    options.on_progress = progress_show;
    options.progress_context = &progress;
    progress_init(&progress, !words->is_quiet && !words->no_progress);
    status = states_make(arena, suite, &options, &states, &err);
    progress_clear(&progress);
    interruption_waits(true); /* from here on a file is written */
    if (atomic_load(&was_interrupted))
        exit_code = 4;
    else
        exit_code = status == STATUS_OK ? write_states(arena, words, &states) : say_error(&err, status == STATUS_BAD_USAGE ? hint : NULL);
    buffer_done(&states);
    return exit_code;
}

static int run_state(const struct command *command, int argc, const char *const *argv)
{
    static const char hint[] = "usage: assay state SUITE BATCH... -o FILE; 'assay help state' tells more";
    struct arena arena;
    struct words words = {.arena = &arena};
    struct state_words given = {.samples = SAMPLES_DEFAULT};
    struct suite *suite;
    struct error err = ERROR_NONE;
    int exit_code;

    arena_init(&arena, NULL, 0);
    reading_options_init(&given.reading);
    if (command_parse(command, argc, argv, &given, &words, &exit_code)) {
        if (suite_words_check(&words.arguments, "batch", &err) != STATUS_OK) {
            exit_code = say_error(&err, hint);
        } else if (!given.out) {
            exit_code = say(STATUS_BAD_USAGE, hint, "where are the states to go? -o FILE says it");
        } else {
            suite = suite_file_read(&(struct suite_file){&arena, words.arguments.at[0], &given.variables, &given.variable_files,
                                                         given.is_quiet, hint}, &exit_code);
            if (suite)
                exit_code = make_states(&arena, &given, &words.arguments, suite, hint);
        }
    }
    arena_done(&arena);
    return exit_code;
}

const struct command command_state = {
    "state",
    "SUITE BATCH... -o FILE",
    "count what a suite asks of a part of a batch and save it, to be merged",
    state_rows,
    "A state holds counts, exact sums, sample rows and the keys of columns that must be unique, never all of the data: `assay\n"
    "merge` judges the states of all parts as one batch, `assay check --baseline` a new part together with what came before.\n"
    "Columns of CSV and JSON lines need declared types.\n"
    "\n"
    "Examples:\n"
    "  assay state purchases.yaml silver/dt=2024-12-10 -o monday.state\n"
    "  assay merge purchases.yaml monday.state tuesday.state\n"
    "  assay check purchases.yaml silver/dt=2024-12-12 --baseline week.state\n"
    "\n"
    "Exit codes: 0 written, 2 usage or suite is wrong, 3 the data could not be read, 4 assay itself failed.\n",
    run_state,
};
