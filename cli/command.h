/* cli/command.h -- what a command of `assay` is, and how commands speak.
 *
 * A command is a row in main.c's table. Standard output is the result and is written whole at the end; standard error
 * is messages and progress. Only main.c exits.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/options.h"

struct command {
    const char *name;             /* "check" */
    const char *arguments;        /* "SUITE BATCH..." */
    const char *doc;              /* one line, no period */
    const struct option *options; /* NULL: none; the last row has no name */
    const char *text;             /* what follows the options in the help: examples, exit codes */
    /* argv holds the words after the command's name; --help was dealt with. Returns the exit code. */
    int (*run)(const struct command *command, int argc, const char *const *argv);
};

extern const struct command *const commands[]; /* as help lists them, NULL-terminated */
extern const struct command command_check, command_diff, command_explain, command_limits, command_list, command_profile, command_schema,
    command_merge, command_probe, command_serve, command_state;

/* Parses the words of a command (options_parse). On failure says so, with the way to the help: *exit_code is then to be returned. */
bool command_parse(const struct command *command, int argc, const char *const *argv, void *into, struct words *words,
                   int *exit_code);

bool command_help(const struct command *command, struct buffer *out);

/* Prints "assay: message" and, if not NULL, "assay: hint" to standard error; returns the exit code of the error's status. */
int say_error(const struct error *err, const char *hint);
/* The same for a text of one's own. */
int say(enum status status, const char *hint, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Writes a command's result to standard output: 0, or 4 with a message (no memory: is_whole is false, disk full, reader gone). */
int print_result(const struct buffer *out, bool is_whole);

/* Set by SIGHUP, SIGINT and SIGTERM while `interruption_waits`: long work looks at it. */
extern atomic_bool was_interrupted;
/* From now on files may be left half-written: a signal sets was_interrupted and the command cleans up before main dies of
 * it. Otherwise a signal ends the process at once. */
void interruption_waits(bool waits);
extern atomic_bool interruption_is_deferred; /* read by main's handler */

#endif
