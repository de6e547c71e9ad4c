/* cli/probe.c -- `assay probe`: how fast this machine reads, unpacks, hashes and sums, so that a run's time can be measured against it. */
#include "validator/probe.h"

#include <stdio.h>

#include "cli/command.h"

static const char *const output_names[] = {"text", "json", NULL};

struct probe_options {
    int output;
    int64_t threads;
    const char *directory;
};

static const struct option probe_rows[] = {
    {"output", OPTION_CHOICE, offsetof(struct probe_options, output), "FORMAT", "text (default) or json", output_names},
    {"threads", OPTION_COUNT, offsetof(struct probe_options, threads), "N", "default: every core there is", NULL, 1, 1024},
    {"tmp", OPTION_TEXT, offsetof(struct probe_options, directory), "DIR", "where a file to be read is made; default: $TMPDIR or /tmp"},
    {NULL},
};

static bool print_json(const struct probe *probe, struct buffer *out)
{
    struct json_writer w;

    json_init(&w, out, 1);
    json_object(&w);
    json_member_int(&w, "assay_probe", 1);
    json_member_text(&w, "assay", ASSAY_VERSION);
    json_member_text(&w, "kernels", probe->kernels);
    json_member_int(&w, "threads", probe->n_threads);
    json_member_double(&w, "seconds", probe->seconds);
    json_key(&w, "floors");
    json_array(&w);
    for (int32_t i = 0; i < probe->n_floors; i++) {
        json_object(&w);
        json_member_text(&w, "name", probe->floors[i].name);
        json_member_text(&w, "what", probe->floors[i].what);
        json_member_double(&w, "bytes_per_second", probe->floors[i].one);
        json_member_double(&w, "bytes_per_second_all_threads", probe->floors[i].all);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
    return !w.failed && buffer_add(out, "\n", 1);
}

static bool print_text(const struct probe *probe, struct buffer *out)
{
    bool ok = buffer_format(out, "%-8s %10s %10s\n", "GB/s", "1 thread", probe->n_threads == 1 ? "" : "all");

    for (int32_t i = 0; ok && i < probe->n_floors; i++) {
        const struct floor *f = &probe->floors[i];

        ok = buffer_format(out, "%-8s %10.2f ", f->name, f->one / 1e9) &&
             (probe->n_threads == 1 ? buffer_format(out, "%10s", "") : buffer_format(out, "%10.2f", f->all / 1e9)) &&
             buffer_format(out, "  %s\n", f->what);
    }
    return ok && buffer_format(out, "\n%d %s, %s kernels, %.1f s. Best of some repetitions each; other work on the machine makes them smaller.\n",
                               probe->n_threads, probe->n_threads == 1 ? "thread" : "threads", probe->kernels, probe->seconds);
}

static int probe_and_print(const struct probe_options *options, const char *file, struct arena *arena)
{
    struct error err = ERROR_NONE;
    struct buffer out = {0};
    struct probe probe;
    int exit_code;

    if (probe_run(arena, (int32_t)options->threads, file, options->directory, &probe, &err) != STATUS_OK)
        return say_error(&err, NULL);
    exit_code = print_result(&out, options->output ? print_json(&probe, &out) : print_text(&probe, &out));
    buffer_done(&out);
    return exit_code;
}

static int run_probe(const struct command *command, int argc, const char *const *argv)
{
    struct arena arena = {0};
    struct words words = {.arena = &arena};
    struct probe_options options = {0};
    int exit_code;

    if (command_parse(command, argc, argv, &options, &words, &exit_code)) {
        if (words.arguments.n > 1)
            exit_code = say(STATUS_BAD_USAGE, NULL, "probe takes one file, not %d", (int)words.arguments.n);
        else
            exit_code = probe_and_print(&options, words.arguments.n ? words.arguments.at[0] : NULL, &arena);
    }
    arena_done(&arena);
    return exit_code;
}

const struct command command_probe = {
    "probe",
    "[FILE]",
    "how fast this machine reads, unpacks, hashes and sums",
    probe_rows,
    "FILE is read in place of a temporary file, as far as 32 MiB: from its disk the first time, then from the page cache. A run of\n"
    "check whose bytes, divided by these figures, make up most of its time is as fast as the machine;\n"
    "`assay check --timings` tells how long each stage took.\n",
    run_probe,
};
