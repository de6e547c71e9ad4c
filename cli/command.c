/* cli/command.c -- how commands speak: messages, results, help. */
#include "cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "core/output.h"

atomic_bool was_interrupted;
atomic_bool interruption_is_deferred;

void interruption_waits(bool waits) { atomic_store(&interruption_is_deferred, waits); }

static void say_line(const char *text)
{
    char line[2048];
    int n = snprintf(line, sizeof line, "assay: %s\n", text);

    if (n >= (int)sizeof line) {
        n = sizeof line - 1;
        line[n - 1] = '\n';
    }
    (void)!write(STDERR_FILENO, line, (size_t)n); /* nowhere to say that saying failed */
}

int say_error(const struct error *err, const char *hint)
{
    char text[1536];

    error_format(err, text, sizeof text);
    say_line(text);
    if (hint)
        say_line(hint);
    return status_exit_code(err->status);
}

int say(enum status status, const char *hint, const char *format, ...)
{
    struct error err = ERROR_NONE;
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    error_set(&err, status, "%s", text);
    return say_error(&err, hint);
}

int print_result(const struct buffer *out, bool is_whole)
{
    struct error err = ERROR_NONE;

    if (!is_whole) {
        error_no_memory(&err);
        return say_error(&err, NULL);
    }
    if (output_write_fd(STDOUT_FILENO, "standard output", span_of(out->at, out->size), &err) != STATUS_OK)
        return say_error(&err, NULL);
    return 0;
}

bool command_parse(const struct command *command, int argc, const char *const *argv, void *into, struct words *words,
                   int *exit_code)
{
    struct error err = ERROR_NONE;
    char hint[128];

    if (options_parse(command->options, argc, argv, into, words, &err) == STATUS_OK)
        return true;
    snprintf(hint, sizeof hint, "run 'assay help %s' for the options", command->name);
    *exit_code = say_error(&err, hint);
    return false;
}

bool command_help(const struct command *command, struct buffer *out)
{
    bool ok = buffer_format(out, "assay %s %s%s -- %s\n", command->name, command->options ? "[OPTION...] " : "",
                            command->arguments, command->doc);

    ok = ok && options_help(command->options, out);
    return ok && (!command->text || buffer_format(out, "\n%s", command->text));
}
