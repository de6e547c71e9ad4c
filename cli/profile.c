/* cli/profile.c -- `assay profile`: what is in a batch. */
#include "cli/command.h"
#include "cli/targets.h"
#include "core/output.h"
#include "profiles/profile.h"

static const char *const output_names[] = {"text", "json", "html", NULL};

struct profile_words {
    struct reading_options reading;
    const char *reference;
    int output, wants_digest, is_quiet, no_progress;
};

#define AT(member) offsetof(struct profile_words, member)
#define READ(member) READING_OPTION(struct profile_words, member)

// clang-format off
static const struct option profile_rows[] = {
    {"What is read", OPTION_HEADING, 0},
    {"format", OPTION_TEXT, READ(format), "FORMAT", "parquet, csv or json; default: told by content"},
    {"partition", OPTION_TEXTS, READ(partitions), "KEY=VALUE", "only files below key=value/ (repeatable)"},
    {"require", OPTION_TEXTS, READ(require), "NAME", "a file such as _SUCCESS that must be there (repeatable)"},
    CSV_ROWS(struct profile_words),
    {"What comes out", OPTION_HEADING, 0},
    {"output", OPTION_CHOICE, AT(output), "FORMAT", "on standard output: text (default), json or html", output_names},
    {"digest", OPTION_FLAG, AT(wants_digest), NULL, "SHA-256 of all values of each column, and of the cells of a CSV", NULL, 0, 0, 1},
    {"out", OPTION_TEXT, AT(reference), "FILE", "keep what drift tests need of every column, as a reference for matches_distribution", NULL, 0, 0, 0, 'o'},
    {"quiet", OPTION_FLAG, AT(is_quiet), NULL, "accepted, has no effect", NULL, 0, 0, 1},
    {"no-progress", OPTION_FLAG, AT(no_progress), NULL, "accepted, has no effect", NULL, 0, 0, 1},
    {"How it runs", OPTION_HEADING, 0},
    {"threads", OPTION_COUNT, READ(threads), "N", "default: every core there is", NULL, 1, 1024},
    {"memory", OPTION_SIZE, READ(memory), "SIZE", "e.g. 2GB; default: half of what is there"},
    {"tmp", OPTION_TEXT, READ(temporary_directory), "DIR", "for what does not fit in memory; default: $TMPDIR or /tmp"},
    {NULL},
};
// clang-format on

static enum status set_options(const struct profile_words *words, const struct text_list *batch, struct cell_rules *cells,
                               struct profile_options *o, struct error *err)
{
    const struct reading_options *r = &words->reading;
    struct csv_options csv;

    if (batch->n == 0)
        return error_set(err, STATUS_BAD_USAGE, "what is to be profiled is missing");
    TRY(reading_csv_options(r, &csv, err));
    *cells = csv.cells;
    *o = (struct profile_options){.paths = batch->at, .n_paths = batch->n, .partitions = r->partitions, .require = r->require,
                                  .threads = (int32_t)r->threads, .memory_limit = r->memory,
                                  .wants_digest = words->wants_digest, .wants_reference = words->reference != NULL};
    o->reading = (struct read_options){.format = r->format, .delimiter = csv.delimiter, .quote = csv.quote, .header = csv.header,
                                       .null_words = csv.null_words, .encoding = csv.encoding, .comment = csv.comment,
                                       .skip_lines = csv.skip_lines, .escape = csv.escape, .cells = cells, .temporary_directory = r->temporary_directory,
                                       .cancelled = &was_interrupted};
    return STATUS_OK;
}

static int print_profile(const struct profile *profile, int output)
{
    struct buffer out = {0};
    bool (*const forms[])(const struct profile *, struct buffer *) = {profile_text, profile_json, profile_html};
    int exit_code = print_result(&out, forms[output](profile, &out));

    buffer_done(&out);
    return exit_code;
}

static enum status write_reference(const struct profile *profile, const struct profile_words *words, const struct profile_options *options,
                                   struct arena *arena, struct error *err)
{
    struct buffer out = {0};
    enum status status;

    if (!words->reference)
        return STATUS_OK;
    status = profile_reference(profile, arena, options->paths, options->n_paths, &out, err);
    if (status == STATUS_OK)
        status = output_write_file(words->reference, span_of(out.at, out.size), err);
    buffer_done(&out);
    return status;
}

static int run_profile(const struct command *command, int argc, const char *const *argv)
{
    static const char hint[] = "usage: assay profile BATCH...; 'assay help profile' tells more";
    struct arena arena;
    struct words words = {.arena = &arena};
    struct profile_words given = {0};
    struct profile_options options;
    struct cell_rules cells;
    struct profile profile = {0};
    struct error err = ERROR_NONE;
    int exit_code;

    arena_init(&arena, NULL, 0);
    reading_options_init(&given.reading);
    if (command_parse(command, argc, argv, &given, &words, &exit_code)) {
        if (set_options(&given, &words.arguments, &cells, &options, &err) != STATUS_OK ||
            targets_spare(&arena, "-o", given.reference, &words.arguments, &err) != STATUS_OK)
            exit_code = say_error(&err, hint);
        else if (profile_make(&arena, &options, &profile, &err) != STATUS_OK)
            exit_code = say_error(&err, err.status == STATUS_BAD_USAGE ? hint : NULL);
        else if (write_reference(&profile, &given, &options, &arena, &err) != STATUS_OK)
            exit_code = say_error(&err, NULL);
        else
            exit_code = print_profile(&profile, given.output);
        profile_done(&profile);
    }
    arena_done(&arena);
    return exit_code;
}

const struct command command_profile = {
    "profile",
    "BATCH...",
    "what is in a batch: types, nulls, distinct and extreme values, moments, quantiles",
    profile_rows,
    "BATCH is what it is for check. A damaged CSV is profiled without its damaged records, which are listed; a file that\n"
    "cannot be read is exit code 3.\n"
    "\n"
    "Examples:\n"
    "  assay profile silver/dt=2024-12-10\n"
    "  assay profile bronze/users.csv --output json --digest\n"
    "  assay profile silver/dt=2024-12-10 --output html >profile.html\n"
    "  assay profile training.parquet -o training.profile   (then: matches_distribution: {reference: training.profile})\n",
    run_profile,
};
