/* cli/options.h -- the words of a command line, by a table.
 *
 * --name value, --name=value, -x value where a row has that letter; flags take no value; `--` ends the options; a lone - is an argument. Options and
 * arguments may be mixed. Later ones win; list options add up. An unknown name is an error with a 'did you mean'.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "suites/suite.h"

enum option_kind {
    OPTION_FLAG,     /* int member = value */
    OPTION_TEXT,     /* const char * */
    OPTION_TEXTS,    /* struct text_list, grows */
    OPTION_COUNT,    /* int64_t, bounds min..max */
    OPTION_SIZE,     /* uint64_t bytes: 512MB, 1GiB */
    OPTION_DURATION, /* double seconds: 90, 90s, 15m */
    OPTION_CHOICE,   /* int: index into names */
    OPTION_HEADING,  /* no option: `name` is a line above the next rows in the help */
};

struct option {
    const char *name; /* without --; NULL ends the table */
    enum option_kind kind;
    size_t offset;    /* of the member in the struct that is filled in */
    const char *argument; /* "FILE"; NULL for flags */
    const char *doc;
    const char *const *names; /* CHOICE */
    int64_t min, max;         /* COUNT */
    int value;                /* FLAG */
    char letter;              /* -o for --out; 0: none */
};

/* What is no option, in order; and the memory of it all. */
struct words {
    struct arena *arena;
    struct text_list arguments;
};

/* Fills `into` by the table; texts are borrowed from argv. BAD_USAGE names the word. */
enum status options_parse(const struct option *table, int argc, const char *const *argv, void *into, struct words *words,
                          struct error *err) NODISCARD;
/* Two columns, wrapped at 100. */
bool options_help(const struct option *table, struct buffer *out);
/* Splits "name=value" at the first =; BAD_USAGE naming the option where there is none or the name is empty. */
enum status option_split(struct arena *arena, const char *option, const char *text, const char **name, const char **value,
                         struct error *err) NODISCARD;

/* How a batch is to be read: shared by check and profile. */
struct reading_options {
    const char *format, *where, *delimiter, *quote, *encoding, *comment, *temporary_directory;
    const char *escape, *decimal, *thousands, *date_format, *time_format, *timestamp_format;
    struct text_list null_words, true_words, false_words, partitions, require;
    int64_t skip_lines, threads;
    int header;       /* -1 told, 0 no, 1 yes */
    uint64_t memory;
    double timeout_seconds;
};
void reading_options_init(struct reading_options *options);
/* The CSV options among them; all are checked. BAD_USAGE. */
enum status reading_csv_options(const struct reading_options *options, struct csv_options *out, struct error *err) NODISCARD;

/* Rows for a table; `type` has a member `reading`. */
#define READING_OPTION(type, member) offsetof(type, reading) + offsetof(struct reading_options, member)
// clang-format off
#define READING_ROWS(type)                                                                                             \
    {"What is read", OPTION_HEADING, 0},                                                                               \
    {"format", OPTION_TEXT, READING_OPTION(type, format), "FORMAT", "parquet, csv or json; default: told by content"},  \
    {"where", OPTION_TEXT, READING_OPTION(type, where), "CONDITION", "only rows for which this holds, e.g. \"country = 'CH'\""}, \
    {"partition", OPTION_TEXTS, READING_OPTION(type, partitions), "KEY=VALUE", "only files below key=value/ (repeatable)"}, \
    {"require", OPTION_TEXTS, READING_OPTION(type, require), "NAME", "a file such as _SUCCESS that must be there (repeatable)"}
#define CSV_ROWS(type)                                                                                                 \
    {"CSV", OPTION_HEADING, 0},                                                                                        \
    {"delimiter", OPTION_TEXT, READING_OPTION(type, delimiter), "CHAR", "one byte, or tab; default: told by content"},  \
    {"quote", OPTION_TEXT, READING_OPTION(type, quote), "CHAR", "one byte, or none"},                                  \
    {"header", OPTION_FLAG, READING_OPTION(type, header), NULL, "the first record names the columns", NULL, 0, 0, 1},  \
    {"no-header", OPTION_FLAG, READING_OPTION(type, header), NULL, "it does not: columns are column_1, column_2 ..."}, \
    {"null", OPTION_TEXTS, READING_OPTION(type, null_words), "WORD", "an unquoted cell that is null (repeatable)"},    \
    {"escape", OPTION_TEXT, READING_OPTION(type, escape), "CHAR", "before a quote, delimiter or line end that is text, or none"}, \
    {"encoding", OPTION_TEXT, READING_OPTION(type, encoding), "NAME",                                                  \
     "utf-8, utf-16, utf-16le, utf-16be, latin-1 or windows-1252; default: told by content"},                          \
    {"comment", OPTION_TEXT, READING_OPTION(type, comment), "PREFIX", "lines that begin with it are no records, or none"}, \
    {"skip-lines", OPTION_COUNT, READING_OPTION(type, skip_lines), "N", "lines before the header", NULL, 0, INT32_MAX}, \
    {"decimal", OPTION_TEXT, READING_OPTION(type, decimal), "CHAR", "before the places of a number; default: ."},      \
    {"thousands", OPTION_TEXT, READING_OPTION(type, thousands), "CHAR", "between groups of three digits; default: none"}, \
    {"true", OPTION_TEXTS, READING_OPTION(type, true_words), "WORD", "is true, in place of true (repeatable)"},         \
    {"false", OPTION_TEXTS, READING_OPTION(type, false_words), "WORD", "is false, in place of false (repeatable)"},     \
    {"date-format", OPTION_TEXT, READING_OPTION(type, date_format), "FORMAT", "of dates, e.g. %d.%m.%Y; default: ISO 8601"}, \
    {"time-format", OPTION_TEXT, READING_OPTION(type, time_format), "FORMAT", "of times of day, e.g. '%I:%M %p'"},      \
    {"timestamp-format", OPTION_TEXT, READING_OPTION(type, timestamp_format), "FORMAT", "e.g. '%d.%m.%Y %H:%M:%S'"}
#define RUNNING_ROWS(type)                                                                                             \
    {"How it runs", OPTION_HEADING, 0},                                                                                \
    {"threads", OPTION_COUNT, READING_OPTION(type, threads), "N", "default: every core there is", NULL, 1, 1024},      \
    {"memory", OPTION_SIZE, READING_OPTION(type, memory), "SIZE", "e.g. 2GB; default: half of what is there"},         \
    {"tmp", OPTION_TEXT, READING_OPTION(type, temporary_directory), "DIR", "for what does not fit in memory; default: $TMPDIR or /tmp"}, \
    {"timeout", OPTION_DURATION, READING_OPTION(type, timeout_seconds), "TIME", "e.g. 15m: then exit code 3"}
// clang-format on

#endif
