/* cli/limits.c -- `assay limits`: the promise that any bytes end in a verdict or a named error, in numbers. */
#include "validator/limits.h"

#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "server/server.h"

static const char *const output_names[] = {"text", "json", NULL};

struct limits_options { int output; };

static const struct option limits_rows[] = {
    {"output", OPTION_CHOICE, offsetof(struct limits_options, output), "FORMAT", "text (default) or json", output_names},
    {NULL},
};

static void print_rows(struct json_writer *w, const char *key, const struct limit *limit)
{
    json_key(w, key);
    json_array(w);
    for (; limit->name; limit++) {
        json_object(w);
        json_member_text(w, "name", limit->name);
        json_member_int(w, "value", limit->value);
        json_member_text(w, "unit", limit->unit);
        json_member_text(w, "then", limit->then);
        json_object_end(w);
    }
    json_array_end(w);
}

static bool print_json(struct buffer *out)
{
    struct json_writer w;

    json_init(&w, out, 1);
    json_object(&w);
    json_member_int(&w, "assay_limits", 1);
    print_rows(&w, "limits", limits);
    print_rows(&w, "service", server_limits);
    json_object_end(&w);
    return !w.failed && buffer_add(out, "\n", 1);
}

static bool add_rows(struct buffer *out, const struct limit *limit)
{
    bool ok = true;

    for (; ok && limit->name; limit++)
        ok = buffer_format(out, "%-26s %13lld %-36s %s\n", limit->name, (long long)limit->value, limit->unit, limit->then);
    return ok;
}

static bool print_text(struct buffer *out)
{
    return buffer_format(out, "Any bytes, as data, suite or request, end in a verdict or a named error within these limits.\n\n") &&
           add_rows(out, limits) && buffer_format(out, "\nOf the service, where its options say nothing else:\n\n") &&
           add_rows(out, server_limits) &&
           buffer_format(out, "\nMemory, threads and time are --memory, --threads and --timeout of each run.\n");
}

static int run_limits(const struct command *command, int argc, const char *const *argv)
{
    struct arena arena = {0};
    struct words words = {.arena = &arena};
    struct limits_options options = {0};
    struct buffer out = {0};
    int exit_code;

    if (command_parse(command, argc, argv, &options, &words, &exit_code)) {
        if (words.arguments.n)
            exit_code = say(STATUS_BAD_USAGE, NULL, "limits takes no arguments, not '%s'", words.arguments.at[0]);
        else
            exit_code = print_result(&out, options.output ? print_json(&out) : print_text(&out));
    }
    buffer_done(&out);
    arena_done(&arena);
    return exit_code;
}

const struct command command_limits = {
    "limits", "", "the limits that hold for any input", limits_rows, NULL, run_limits,
};
