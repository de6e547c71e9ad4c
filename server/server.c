/* server/server.c -- puts the parts together: see server.h. */
#include "server/server.h"

#include <limits.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/pool.h"
#include "server/http.h"
#include "server/log.h"

struct server {
    struct service service;
    struct arena arena;
    struct http *http;
    pthread_t keeper;       /* watches callers and clocks */
    atomic_bool keeper_stops;
    bool has_keeper, is_exposed;
};

void server_options_init(struct server_options *options)
{
    *options = (struct server_options){
        .listen = "127.0.0.1:8080", .max_body = SERVER_BODY_BYTES, .body_memory = SERVER_BODY_MEMORY_BYTES,
        .timeout_seconds = SERVER_TIMEOUT_SECONDS, .queue = SERVER_QUEUE, .connections = SERVER_CONNECTIONS,
        .connections_per_ip = SERVER_CONNECTIONS_PER_IP, .idle_seconds = SERVER_IDLE_SECONDS, .header_seconds = SERVER_HEADER_SECONDS,
        .body_seconds = SERVER_BODY_SECONDS, .history = SERVER_HISTORY, .history_bytes = SERVER_HISTORY_BYTES, .keys = SERVER_KEYS,
        .log_fd = STDERR_FILENO,
    };
}

/* --- the keeper --- */

static void *keep(void *context)
{
    struct server *server = context;
    const struct timespec pause = {0, 50 * 1000 * 1000};

    for (int round = 0; !atomic_load(&server->keeper_stops); round++) {
        jobs_watch(&server->service.jobs);
        if (round % 10 == 0)
            http_cut_slow(server->http);
        nanosleep(&pause, NULL);
    }
    return NULL;
}

/* --- opening --- */

static void log_suite(void *context, const struct suite_entry *entry)
{
    const struct server *server = context;
    struct log_line line;

    log_begin(&line, server->service.options.log_fd, entry->n_problems ? "warning" : "info", entry->n_problems ? "suite_in_error" : "suite");
    json_member_text(&line.w, "suite", entry->name);
    json_member_text(&line.w, "file", entry->file);
    json_member_text(&line.w, "hash", entry->hash);
    if (entry->needs_variables)
        json_member_bool(&line.w, "needs_variables", true);
    if (entry->n_problems) {
        json_key(&line.w, "problems");
        json_array(&line.w);
        for (int32_t i = 0; i < entry->n_problems; i++)
            json_text(&line.w, entry->problems[i]);
        json_array_end(&line.w);
    }
    log_end(&line);
}

static enum status open_roots(struct server *server, struct error *err)
{
    const struct text_list *data = &server->service.options.data;
    char path[PATH_MAX];

    server->service.roots = arena_array(&server->arena, (size_t)data->n + 1, sizeof *server->service.roots);
    if (!server->service.roots)
        return error_no_memory(err);
    server->service.data.at = server->service.roots;
    for (int32_t i = 0; i < data->n; i++) {
        struct data_root *root = &server->service.roots[i];
        TRY(root_open(data->at[i], path, &root->fd, err));
        server->service.data.n++;
        root->path = arena_format(&server->arena, "%s", path);
        if (!root->path)
            return error_no_memory(err);
    }
    return STATUS_OK;
}

/* Every connection is a descriptor, and a batch may be of many files. */
static void raise_open_files(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)!setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void tell_from_machine(struct server_options *o)
{
    int cores = pool_cores();

    if (o->concurrency <= 0)
        o->concurrency = cores < 2 ? 2 : cores > 4 ? 4 : cores;
    if (o->concurrency > WORKERS_MAX)
        o->concurrency = WORKERS_MAX;
    if (o->threads <= 0)
        o->threads = cores;
    if (o->memory == 0)
        o->memory = pool_memory_available() / 2 / (uint64_t)o->concurrency;
}

/* "127.0.0.1:80", "[::1]:80", "localhost:80" */
static bool is_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]:", 6) == 0 || strncmp(listen, "localhost:", 10) == 0;
}

static enum status open_parts(struct server *server, struct error *err)
{
    struct service *s = &server->service;
    const struct server_options *o = &s->options;

    if (!o->suites)
        return error_set(err, STATUS_BAD_USAGE, "which suites? --suites DIR");
    TRY(open_roots(server, err));
    s->catalogue.on_load = log_suite;
    s->catalogue.context = server;
    TRY(catalogue_open(&s->catalogue, o->suites, err));
    if (!history_open(&s->history, o->history, o->history_bytes) || !keys_open(&s->keys, o->keys) || !metrics_open(&s->metrics) ||
        !jobs_open(&s->jobs, (int)o->concurrency, o->queue, http_wake))
        return error_no_memory(err);
    TRY(http_open(s, &server->http, err));
    server->has_keeper = pthread_create(&server->keeper, NULL, keep, server) == 0;
    return server->has_keeper ? STATUS_OK : error_no_memory(err);
}

static void log_start(const struct server *server)
{
    const struct server_options *o = &server->service.options;
    struct log_line line;

    log_begin(&line, o->log_fd, "info", "listening");
    json_member_text(&line.w, "listen", o->listen);
    json_member_int(&line.w, "port", http_port(server->http));
    json_member_int(&line.w, "concurrency", o->concurrency);
    json_member_int(&line.w, "threads", o->threads);
    json_member_int(&line.w, "memory", (int64_t)o->memory);
    json_member_int(&line.w, "max_body", (int64_t)o->max_body);
    log_end(&line);
    if (!server->is_exposed)
        return;
    log_begin(&line, o->log_fd, "warning", "exposed");
    json_member_text(&line.w, "message",
                     "everybody who reaches this address may judge and see the data below --data: there are no tokens. Listen on 127.0.0.1, "
                     "or put a proxy that authenticates in front");
    log_end(&line);
}

enum status server_open(const struct server_options *options, struct server **out, struct error *err)
{
    struct server *server = mem_alloc(NULL, sizeof *server);
    enum status status;

    *out = NULL;
    if (!server)
        return error_no_memory(err);
    server->service.options = *options;
    server->service.started = (double)clock_now_nanos() / 1e9;
    server->is_exposed = !is_loopback(options->listen);
    arena_init(&server->arena, NULL, 0);
    memory_init(&server->service.body_memory, options->body_memory);
    tell_from_machine(&server->service.options);
    raise_open_files();
    status = open_parts(server, err);
    if (status != STATUS_OK) {
        server_close(server);
        return status;
    }
    log_start(server);
    *out = server;
    return STATUS_OK;
}

int server_port(const struct server *server) { return http_port(server->http); }
bool server_is_exposed(const struct server *server) { return server->is_exposed; }

void server_reload(struct server *server)
{
    struct error err = ERROR_NONE;
    struct log_line line;

    if (catalogue_refresh(&server->service.catalogue, &err) == STATUS_OK)
        return;
    log_begin(&line, server->service.options.log_fd, "error", "suites_unreadable");
    json_member_text(&line.w, "message", err.text);
    log_end(&line);
}

/* --- closing --- */

/* The last bytes of answers go out by themselves; a caller that does not take them is not waited for longer than this. */
static void wait_for_answers(const struct server *server)
{
    const struct timespec pause = {0, 10 * 1000 * 1000};

    for (int i = 0; i < 100 && http_open_calls(server->http) > 0; i++)
        nanosleep(&pause, NULL);
}

void server_cancel(struct server *server) { jobs_cancel_all(&server->service.jobs); }

bool server_drain(struct server *server, double seconds)
{
    bool is_idle;
    struct log_line line;

    atomic_store(&server->service.is_draining, true);
    jobs_refuse(&server->service.jobs);
    log_begin(&line, server->service.options.log_fd, "info", "draining");
    log_end(&line);
    is_idle = jobs_wait_idle(&server->service.jobs, seconds);
    if (!is_idle) {
        jobs_cancel_all(&server->service.jobs);
        (void)jobs_wait_idle(&server->service.jobs, 60);
    }
    wait_for_answers(server);
    return is_idle;
}

void server_close(struct server *server)
{
    if (!server)
        return;
    if (server->http) {
        atomic_store(&server->service.is_draining, true);
        jobs_refuse(&server->service.jobs);
        jobs_cancel_all(&server->service.jobs);
        while (!jobs_wait_idle(&server->service.jobs, 60))
            jobs_cancel_all(&server->service.jobs);
    }
    atomic_store(&server->keeper_stops, true);
    if (server->has_keeper)
        pthread_join(server->keeper, NULL);
    http_close(server->http);
    jobs_close(&server->service.jobs);
    metrics_close(&server->service.metrics);
    keys_close(&server->service.keys);
    history_close(&server->service.history);
    catalogue_close(&server->service.catalogue);
    for (int32_t i = 0; i < server->service.data.n; i++)
        close(server->service.roots[i].fd);
    arena_done(&server->arena);
    mem_free(NULL, server);
}
