/* cli/serve.c -- `assay serve`: the HTTP service until SIGTERM.
 *
 * The settings of --config are words of the command line before those that were given, so both obey one table. SIGTERM and SIGINT drain
 * (a second one cancels what runs), SIGHUP looks at the suites again. They are taken by sigwait in this thread, every other one has them
 * blocked: so main's handler, by which other commands die of them, is not asked.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "core/output.h"
#include "server/server.h"

struct serve_options {
    struct server_options server;
    const char *config;
    double drain_seconds;
    int is_quiet;
};

#define AT(member) offsetof(struct serve_options, member)

// clang-format off
static const struct option serve_rows[] = {
    {"What is served", OPTION_HEADING, 0},
    {"suites", OPTION_TEXT, AT(server.suites), "DIR", "the suites: *.yaml, *.yml and *.json of this directory"},
    {"data", OPTION_TEXTS, AT(server.data), "ROOT", "a directory of data that requests may name (repeatable)"},
    {"listen", OPTION_TEXT, AT(server.listen), "ADDR:PORT", "default 127.0.0.1:8080; port 0: any that is free"},
    {"config", OPTION_TEXT, AT(config), "FILE", "a YAML or JSON map of these options; those given here win"},
    {"Limits", OPTION_HEADING, 0},
    {"max-body", OPTION_SIZE, AT(server.max_body), "SIZE", "of a batch in a request, also unpacked; default 1GiB"},
    {"body-memory", OPTION_SIZE, AT(server.body_memory), "SIZE", "of all bodies together, then temporary files; default 256MiB"},
    {"timeout", OPTION_DURATION, AT(server.timeout_seconds), "TIME", "of a validation; default 15m"},
    {"memory", OPTION_SIZE, AT(server.memory), "SIZE", "of a validation; default: its share of half of what is there"},
    {"threads", OPTION_COUNT, AT(server.threads), "N", "of a validation; default: every core there is", NULL, 1, 1024},
    {"concurrency", OPTION_COUNT, AT(server.concurrency), "N", "validations at once; default: as cores, 2 to 4", NULL, 1, 256},
    {"queue", OPTION_COUNT, AT(server.queue), "N", "validations that may wait, then 429; default 64", NULL, 0, 100000},
    {"connections", OPTION_COUNT, AT(server.connections), "N", "in total; default 1024", NULL, 1, 100000},
    {"connections-per-ip", OPTION_COUNT, AT(server.connections_per_ip), "N", "default 768", NULL, 1, 100000},
    {"idle-timeout", OPTION_DURATION, AT(server.idle_seconds), "TIME", "a connection on which nothing moves; default 30s"},
    {"header-timeout", OPTION_DURATION, AT(server.header_seconds), "TIME", "until the header fields are there; default 30s"},
    {"body-timeout", OPTION_DURATION, AT(server.body_seconds), "TIME", "until the body is there; default 15m"},
    {"drain-timeout", OPTION_DURATION, AT(drain_seconds), "TIME", "how long SIGTERM waits for running validations; default 5m"},
    {"history", OPTION_COUNT, AT(server.history), "N", "runs kept in memory; default 1000", NULL, 1, 100000},
    {"tmp", OPTION_TEXT, AT(server.temporary_directory), "DIR", "for bodies that do not fit in memory; default: $TMPDIR or /tmp"},
    {"quiet", OPTION_FLAG, AT(is_quiet), NULL, "no log", NULL, 0, 0, 1},
    {NULL},
};
// clang-format on

static const char usage_hint[] = "usage: assay serve --suites DIR --data ROOT...; 'assay help serve' tells more";

/* --- --config --- */

static bool add_word(struct arena *arena, const struct node *node, const char *key, struct text_list *words)
{
    bool is_flag = node->kind == NODE_BOOL;
    const char *value = (const char *)node->text.at;

    if (is_flag && !node->boolean)
        return true;
    words->at[words->n] = is_flag ? arena_format(arena, "--%s", key) : arena_format(arena, "--%s=%s", key, value ? value : "");
    return words->at[words->n++] != NULL;
}

/* Every scalar is one word, every list one for each of its entries. Keys may be written with _ instead of -. */
static enum status config_words(struct arena *arena, const struct node *map, struct text_list *words, struct error *err)
{
    int32_t n = 0;

    for (const struct node *child = map->first; child; child = child->next)
        n += child->kind == NODE_LIST ? child->n_children : 1;
    words->at = arena_array(arena, (size_t)n + 1, sizeof *words->at);
    for (const struct node *child = map->first; words->at && child; child = child->next) {
        char *key = arena_text(arena, child->key.at, child->key.size);
        for (char *p = key; p && *p; p++)
            *p = *p == '_' ? '-' : *p;
        if (child->kind == NODE_MAP || child->kind == NODE_NULL) {
            err->line = child->line;
            err->line_column = child->column;
            return error_set(err, STATUS_BAD_USAGE, "`%s` is a text, a number or a list of them", key ? key : "");
        }
        if (child->kind == NODE_LIST) {
            for (const struct node *entry = child->first; entry; entry = entry->next)
                if (!key || !add_word(arena, entry, key, words))
                    return error_no_memory(err);
        } else if (!key || !add_word(arena, child, key, words)) {
            return error_no_memory(err);
        }
    }
    return words->at ? STATUS_OK : error_no_memory(err);
}

static enum status config_read(struct arena *arena, const char *path, struct serve_options *options, struct error *err)
{
    struct words ignored = {.arena = arena};
    struct text_list words = {0};
    struct span text;
    struct node *root;

    error_source(err, path);
    TRY(input_read_file(arena, path, 1 << 20, &text, err));
    TRY(document_parse(arena, text, NULL, &root, err));
    if (root->kind != NODE_MAP)
        return error_set(err, STATUS_BAD_USAGE, "a configuration is a map such as {suites: suites, data: [data]}");
    TRY(config_words(arena, root, &words, err));
    return options_parse(serve_rows, words.n, words.at, options, &ignored, err);
}

/* --- running --- */

/* SIGUSR1 too, by which the thread that drains tells this one: a thread of the service that could take it would end the process. */
static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGUSR1);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    sigdelset(set, SIGUSR1); /* waited for only while draining */
}

struct drain { struct server *server; double seconds; };

static void *drain_in_background(void *context)
{
    struct drain *drain = context;

    server_drain(drain->server, drain->seconds);
    kill(getpid(), SIGUSR1);
    return NULL;
}

/* While the rest ends, a second SIGTERM or SIGINT cuts it off: server_close cancels. */
static void drain(struct server *server, double seconds, sigset_t *set)
{
    struct drain job = {server, seconds};
    pthread_t thread;
    int number = 0;

    sigaddset(set, SIGUSR1);
    if (pthread_create(&thread, NULL, drain_in_background, &job) != 0) {
        server_drain(server, seconds);
        return;
    }
    while (sigwait(set, &number) == 0 && number == SIGHUP)
        continue;
    if (number != SIGUSR1)
        server_cancel(server);
    pthread_join(thread, NULL);
}

static int serve(struct serve_options *options)
{
    struct error err = ERROR_NONE;
    struct server *server;
    sigset_t set;
    int number;

    memory_keep_blocks();
    block_signals(&set);
    if (options->is_quiet)
        options->server.log_fd = -1;
    if (server_open(&options->server, &server, &err) != STATUS_OK)
        return say_error(&err, err.status == STATUS_BAD_USAGE ? usage_hint : NULL);
    if (server_is_exposed(server))
        fprintf(stderr, "assay: WARNING: %s is reachable from other machines and there are no tokens: everybody who reaches it may judge "
                        "and see the data below --data\n", options->server.listen);
    while (sigwait(&set, &number) == 0 && number == SIGHUP)
        server_reload(server);
    drain(server, options->drain_seconds, &set);
    server_close(server);
    return 0;
}

/* Twice over the words: --config is found by the first, and wins nothing over what the second finds. */
static int run_serve(const struct command *command, int argc, const char *const *argv)
{
    struct arena arena = {0};
    struct words words = {.arena = &arena};
    struct serve_options found = {0}, options = {.drain_seconds = 300};
    struct error err = ERROR_NONE;
    int exit_code;

    server_options_init(&options.server);
    if (!command_parse(command, argc, argv, &found, &words, &exit_code)) {
        arena_done(&arena);
        return exit_code;
    }
    words.arguments = (struct text_list){0};
    if (found.config && config_read(&arena, found.config, &options, &err) != STATUS_OK) {
        err.status = status_exit_code(err.status) == 4 ? err.status : STATUS_BAD_USAGE;
        exit_code = say_error(&err, usage_hint);
    } else if (command_parse(command, argc, argv, &options, &words, &exit_code)) {
        if (words.arguments.n)
            exit_code = say(STATUS_BAD_USAGE, usage_hint, "serve takes no arguments, not '%s'", words.arguments.at[0]);
        else if (!options.server.suites || options.server.data.n == 0)
            exit_code = say(STATUS_BAD_USAGE, usage_hint, "%s", options.server.suites ? "which data? --data ROOT" : "which suites? --suites DIR");
        else
            exit_code = serve(&options);
    }
    arena_done(&arena);
    return exit_code;
}

const struct command command_serve = {
    "serve",
    "",
    "the HTTP service",
    serve_rows,
    "Examples:\n"
    "  assay serve --suites suites --data /data/bronze --data /data/silver\n"
    "  curl -sS localhost:8080/v1/validations -H 'Content-Type: application/json' \\\n"
    "       -d '{\"suite\": \"purchases\", \"source\": \"dt=2024-12-10\"}'\n"
    "  curl -sS 'localhost:8080/v1/suites/purchases/validations?gate=true' -H 'Content-Type: text/csv' --data-binary @batch.csv\n"
    "\n"
    "docs/service.md tells the calls. SIGTERM drains: running validations end, new ones get 503, exit code 0.\n",
    run_serve,
};
