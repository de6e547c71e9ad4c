/* cli/options.c -- one loop over the words, one over the rows. */
#include "cli/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "core/clock_format.h"
#include "core/number.h"

enum { HELP_WIDTH = 100, HELP_COLUMN = 28 };

static bool is_option(const struct option *row) { return row->kind != OPTION_HEADING; }

static const struct option *option_find(const struct option *table, const char *name, size_t length)
{
    for (; table && table->name; table++)
        if (is_option(table) && strlen(table->name) == length && memcmp(table->name, name, length) == 0)
            return table;
    return NULL;
}

static enum status unknown_option(const struct option *table, const char *name, size_t length, struct words *words,
                                  struct error *err)
{
    const char **names;
    const char *word = arena_text(words->arena, name, length), *near;
    size_t n = 0, i = 0;

    for (const struct option *row = table; row && row->name; row++)
        n++;
    names = arena_array(words->arena, n + 2, sizeof *names);
    if (!names || !word)
        return error_no_memory(err);
    for (const struct option *row = table; row && row->name; row++)
        if (is_option(row))
            names[i++] = row->name;
    names[i] = "help";
    near = nearest_name(word, names);
    if (near)
        return error_set(err, STATUS_BAD_USAGE, "unknown option --%s; did you mean --%s?", word, near);
    return error_set(err, STATUS_BAD_USAGE, "unknown option --%s", word);
}

static bool list_add(struct arena *arena, struct text_list *list, const char *text)
{
    const char **at = arena_array(arena, (size_t)list->n + 1, sizeof *at);

    if (!at)
        return false;
    if (list->n)
        memcpy(at, list->at, (size_t)list->n * sizeof *at);
    at[list->n] = text;
    list->at = at;
    list->n++;
    list->is_set = true;
    return true;
}

static enum status take_count(const struct option *row, const char *text, int64_t *out, struct error *err)
{
    if (!number_parse_i64(span_text(text), out))
        return error_set(err, STATUS_BAD_USAGE, "--%s takes a whole number, not '%s'", row->name, text);
    if (*out < row->min || *out > row->max)
        return error_set(err, STATUS_BAD_USAGE, "--%s must be %" PRId64 " to %" PRId64 ", not %s", row->name, row->min,
                         row->max, text);
    return STATUS_OK;
}

static enum status take_size(const struct option *row, const char *text, uint64_t *out, struct error *err)
{
    if (!clock_parse_size(span_text(text), out) || *out == 0)
        return error_set(err, STATUS_BAD_USAGE, "--%s takes a size such as 512MB or 2GiB, not '%s'", row->name, text);
    return STATUS_OK;
}

static enum status take_duration(const struct option *row, const char *text, double *out, struct error *err)
{
    int64_t seconds;
    int32_t nanos = 0;

    if (number_parse_double(span_text(text), out) && *out > 0 && *out <= 1e9)
        return STATUS_OK;
    if (!clock_parse_duration(span_text(text), &seconds, &nanos) || seconds < 0 || (seconds == 0 && nanos == 0))
        return error_set(err, STATUS_BAD_USAGE, "--%s takes a time such as 90s, 15m or 2h, not '%s'", row->name, text);
    *out = (double)seconds + nanos / 1e9;
    return STATUS_OK;
}

static enum status take_choice(const struct option *row, const char *text, int *out, struct error *err)
{
    char all[256] = "";
    const char *near;
    size_t used = 0;

    for (int i = 0; row->names[i]; i++) {
        if (strcmp(row->names[i], text) == 0) {
            *out = i;
            return STATUS_OK;
        }
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "", row->names[i]);
        if (used >= sizeof all)
            used = sizeof all - 1;
    }
    near = nearest_name(text, row->names);
    return error_set(err, STATUS_BAD_USAGE, "--%s must be one of %s, not '%s'%s%s%s", row->name, all, text,
                     near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static enum status option_take(const struct option *row, const char *text, void *into, struct words *words,
                               struct error *err)
{
    void *member = (char *)into + row->offset;

    switch (row->kind) {
    case OPTION_FLAG: *(int *)member = row->value; return STATUS_OK;
    case OPTION_TEXT: *(const char **)member = text; return STATUS_OK;
    case OPTION_TEXTS: return list_add(words->arena, member, text) ? STATUS_OK : error_no_memory(err);
    case OPTION_COUNT: return take_count(row, text, member, err);
    case OPTION_SIZE: return take_size(row, text, member, err);
    case OPTION_DURATION: return take_duration(row, text, member, err);
    case OPTION_CHOICE: return take_choice(row, text, member, err);
    case OPTION_HEADING: break;
    }
    return error_set(err, STATUS_INTERNAL, "option --%s has no kind", row->name);
}

/* The value is the next word. */
static enum status take_next(const struct option *row, int argc, const char *const *argv, int *at, void *into,
                             struct words *words, struct error *err)
{
    if (*at + 1 >= argc)
        return error_set(err, STATUS_BAD_USAGE, "--%s needs %s", row->name, row->argument);
    return option_take(row, argv[++*at], into, words, err);
}

/* The word argv[*at] is "--name" or "--name=value"; moves *at over a value that is the next word. */
static enum status parse_one(const struct option *table, int argc, const char *const *argv, int *at, void *into,
                             struct words *words, struct error *err)
{
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const struct option *row = option_find(table, name, length);

    if (!row)
        return unknown_option(table, name, length, words, err);
    if (row->kind == OPTION_FLAG) {
        if (equals)
            return error_set(err, STATUS_BAD_USAGE, "--%s takes no value", row->name);
        return option_take(row, NULL, into, words, err);
    }
    if (equals)
        return option_take(row, equals + 1, into, words, err);
    return take_next(row, argc, argv, at, into, words, err);
}

/* -o FILE, for rows with a letter that take a value. */
static enum status parse_letter(const struct option *table, int argc, const char *const *argv, int *at, void *into,
                                struct words *words, struct error *err)
{
    const char *word = argv[*at];

    for (const struct option *row = table; row && row->name; row++)
        if (row->letter && row->letter == word[1] && word[2] == '\0')
            return take_next(row, argc, argv, at, into, words, err);
    return error_set(err, STATUS_BAD_USAGE, "unknown option %s; options begin with two dashes", word);
}

enum status options_parse(const struct option *table, int argc, const char *const *argv, void *into, struct words *words,
                          struct error *err)
{
    bool options_ended = false;

    for (int i = 0; i < argc; i++) {
        bool is_dashed = !options_ended && argv[i][0] == '-' && argv[i][1] != '\0';

        if (is_dashed && strcmp(argv[i], "--") == 0) {
            options_ended = true;
        } else if (is_dashed && argv[i][1] == '-') {
            TRY(parse_one(table, argc, argv, &i, into, words, err));
        } else if (is_dashed) {
            TRY(parse_letter(table, argc, argv, &i, into, words, err));
        } else if (!list_add(words->arena, &words->arguments, argv[i])) {
            return error_no_memory(err);
        }
    }
    return STATUS_OK;
}

/* One row: the name in its column, the remark wrapped beside it. */
static bool help_row(const struct option *row, struct buffer *out)
{
    char name[80];
    const char *doc = row->doc;
    char letter[8] = "";
    int at;
    bool ok;

    if (row->letter)
        snprintf(letter, sizeof letter, "-%c, ", row->letter);
    at = snprintf(name, sizeof name, "  %s--%s%s%s", letter, row->name, row->argument ? " " : "", row->argument ? row->argument : "");
    ok = buffer_format(out, "%s", name);
    if (at >= HELP_COLUMN) {
        ok = ok && buffer_add(out, "\n", 1);
        at = 0;
    }
    ok = ok && buffer_format(out, "%*s", HELP_COLUMN - at, "");
    at = HELP_COLUMN;
    while (ok && *doc) {
        int length = (int)strcspn(doc, " ");

        if (at > HELP_COLUMN && at + 1 + length > HELP_WIDTH) {
            ok = buffer_format(out, "\n%*s", HELP_COLUMN, "");
            at = HELP_COLUMN;
        } else if (at > HELP_COLUMN) {
            ok = buffer_add(out, " ", 1);
            at++;
        }
        ok = ok && buffer_add(out, doc, (size_t)length);
        at += length;
        doc += length + (doc[length] == ' ');
    }
    return ok && buffer_add(out, "\n", 1);
}

bool options_help(const struct option *table, struct buffer *out)
{
    bool ok = true;

    for (; ok && table && table->name; table++)
        ok = is_option(table) ? help_row(table, out) : buffer_format(out, "\n%s:\n", table->name);
    return ok;
}

enum status option_split(struct arena *arena, const char *option, const char *text, const char **name, const char **value,
                         struct error *err)
{
    const char *equals = strchr(text, '=');

    if (!equals || equals == text)
        return error_set(err, STATUS_BAD_USAGE, "--%s takes name=value, not '%s'", option, text);
    *name = arena_text(arena, text, (size_t)(equals - text));
    *value = equals + 1;
    return *name ? STATUS_OK : error_no_memory(err);
}

void reading_options_init(struct reading_options *options)
{
    memset(options, 0, sizeof *options);
    options->header = -1;
}

/* One byte, or a word for it. */
static enum status one_byte(const char *option, const char *text, int *out, struct error *err)
{
    if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0)
        *out = '\t';
    else if (text[0] != '\0' && text[1] == '\0' && text[0] != '\n' && text[0] != '\r')
        *out = (unsigned char)text[0];
    else
        return error_set(err, STATUS_BAD_USAGE, "--%s takes one byte, not '%s'", option, text);
    return STATUS_OK;
}

static enum status read_cell_rules(const struct reading_options *options, struct cell_rules *out, struct error *err)
{
    const char *const formats[] = {options->date_format, options->time_format, options->timestamp_format};

    if (options->decimal)
        TRY(one_byte("decimal", options->decimal, &out->decimal, err));
    if (options->thousands)
        TRY(one_byte("thousands", options->thousands, &out->thousands, err));
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        const char *wrong = formats[i] ? clock_format_wrong(formats[i]) : NULL;
        if (wrong)
            return error_set(err, STATUS_BAD_USAGE, "the format '%.60s' cannot be used: %s", formats[i], wrong);
    }
    out->date_format = options->date_format;
    out->time_format = options->time_format;
    out->timestamp_format = options->timestamp_format;
    out->true_words = options->true_words;
    out->false_words = options->false_words;
    return STATUS_OK;
}

/* What would go unseen until it is too late: a marker without a name asks for nothing, and a directory is wanted only once memory is full. */
static enum status check_places(const struct reading_options *options, struct error *err)
{
    const char *tmp = options->temporary_directory;
    struct stat st;

    for (int32_t i = 0; i < options->require.n; i++)
        if (options->require.at[i][0] == '\0')
            return error_set(err, STATUS_BAD_USAGE, "--require needs a name; is a variable of the shell not set?");
    if (tmp && (stat(tmp, &st) != 0 || !S_ISDIR(st.st_mode)))
        return error_set(err, STATUS_BAD_USAGE, "--tmp %s is no directory", tmp);
    return STATUS_OK;
}

enum status reading_csv_options(const struct reading_options *options, struct csv_options *out, struct error *err)
{
    csv_options_init(out);
    TRY(check_places(options, err));
    if (options->delimiter)
        TRY(one_byte("delimiter", options->delimiter, &out->delimiter, err));
    if (options->quote && strcmp(options->quote, "none") == 0)
        out->quote = -1;
    else if (options->quote)
        TRY(one_byte("quote", options->quote, &out->quote, err));
    if (options->escape && strcmp(options->escape, "none") == 0)
        out->escape = -1;
    else if (options->escape)
        TRY(one_byte("escape", options->escape, &out->escape, err));
    if (out->delimiter && out->delimiter == (out->quote ? out->quote : '"'))
        return error_set(err, STATUS_BAD_USAGE, "--delimiter and --quote are the same byte");
    if (options->header >= 0)
        out->header = options->header;
    if (options->null_words.is_set)
        out->null_words = options->null_words;
    out->encoding = options->encoding;
    out->comment = options->comment && strcmp(options->comment, "none") == 0 ? "" : options->comment;
    out->skip_lines = options->skip_lines;
    return read_cell_rules(options, &out->cells, err);
}
