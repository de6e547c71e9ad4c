/* tests/server/fixture.h -- a service in this process on a free port of loopback, and callers that speak HTTP by hand. */
#ifndef TESTS_SERVER_FIXTURE_H
#define TESTS_SERVER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "server/server.h"

enum { SLOW_ROWS = 250000 };

static char here[] = "/tmp/assay-server-XXXXXX"; /* suites/, data/, outside/ */
static const char *data_root[1];
static char suites_root[64];

struct reply { int status; char *head, *body; size_t body_size; char *all; };

static inline void write_file(const char *name, const char *text, size_t size)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", here, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    fclose(file);
}

static inline void write_text(const char *name, const char *text) { write_file(name, text, strlen(text)); }

static const char good_csv[] = "id,amount,at\n1,10.50,2024-12-10T00:00:00Z\n2,20.25,2024-12-10T01:00:00Z\n3,30,2024-12-10T02:00:00Z\n";
static const char bad_csv[] = "id,amount,at\n1,10.50,2024-12-10T00:00:00Z\n1,-1,2024-12-10T01:00:00Z\n";
static const char good_lines[] = "{\"id\":1,\"amount\":10.50,\"at\":\"2024-12-10T00:00:00Z\"}\n{\"id\":2,\"amount\":20.25,\"at\":\"2024-12-10T01:00:00Z\"}\n"
                                 "{\"id\":3,\"amount\":30,\"at\":\"2024-12-10T02:00:00Z\"}\n";
static const char good_list[] = "[{\"id\":1,\"amount\":10.50,\"at\":\"2024-12-10T00:00:00Z\"},{\"id\":2,\"amount\":20.25,\"at\":\"2024-12-10T01:00:00Z\"},"
                                "{\"id\":3,\"amount\":30,\"at\":\"2024-12-10T02:00:00Z\"}]";

static inline int make_tree(void **state)
{
    static const char *const directories[] = {"suites", "data", "data/dt=2024-12-10", "data/dt=2024-12-11", "data/leak", "outside"};
    char path[256], target[256];

    (void)state;
    if (!mkdtemp(here))
        return -1;
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        snprintf(path, sizeof path, "%s/%s", here, directories[i]);
        if (mkdir(path, 0755) != 0)
            return -1;
    }
    write_text("suites/orders.yaml",
               "suite: orders\ndataset: silver.orders\nowner: data-team\ntypes: {id: int64, amount: 'decimal(10,2)', at: timestamp}\n"
               "table:\n  - row_count: {min: 1}\ncolumns:\n  id: [not_null, unique]\n  amount:\n    - between: {min: 0, max: 100}\n"
               "  at:\n    - freshness: {within: 24h}\n");
    write_text("suites/slow.yml", "suite: slow\ncolumns:\n  t:\n    - matches_regex: \"^(x+x+)+[yz]\"\n");
    write_text("suites/vars.yaml", "suite: vars\ntable:\n  - row_count: {min: \"{{ least }}\"}\n");
    write_text("suites/env.yaml", "suite: env\ntable:\n  - row_count: {min: 1}\ndescription: ${HOME}\n");
    write_text("suites/broken.yaml", "suite: broken\ncolums: {}\n");
    write_text("suites/ignored.txt", "suite: ignored\n");
    write_text("data/good.csv", good_csv);
    write_text("data/bad.csv", bad_csv);
    write_text("data/damaged.csv", "id,amount,at\n1,2,3,4\n");
    write_text("data/dt=2024-12-10/a.csv", good_csv);
    write_text("data/dt=2024-12-11/a.csv", bad_csv);
    write_text("outside/secret.csv", "id,amount,at\n1,1,2024-12-10T00:00:00Z\n");
    snprintf(path, sizeof path, "%s/data/pipe", here);
    if (mkfifo(path, 0600) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/data/inner.csv", here);
    snprintf(target, sizeof target, "%s/outside/secret.csv", here);
    if (symlink("good.csv", path) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/data/link.csv", here);
    if (symlink(target, path) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/data/leak/outside", here);
    if (symlink("../../outside", path) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/data/zero", here);
    if (symlink("/dev/zero", path) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/data/environ", here);
    if (symlink("/proc/self/environ", path) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/data", here);
    data_root[0] = strdup(path);
    snprintf(suites_root, sizeof suites_root, "%s/suites", here);
    return 0;
}

/* A table that the suite `slow` takes seconds for. */
static inline void write_slow_table(void)
{
    static bool is_there;
    char *text, *at;

    if (is_there)
        return;
    text = at = malloc((size_t)SLOW_ROWS * 24 + 8);
    assert_non_null(text);
    at += sprintf(at, "id,t\n");
    for (int i = 0; i < SLOW_ROWS; i++)
        at += sprintf(at, "%d,xxxxxxxxxxxx\n", i);
    write_file("data/slow.csv", text, (size_t)(at - text));
    free(text);
    is_there = true;
}

static inline int remove_tree(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", here);
    free((void *)(uintptr_t)data_root[0]);
    return system(command);
}

static inline struct server_options usual_options(void)
{
    struct server_options options;

    server_options_init(&options);
    options.suites = suites_root;
    options.data = (struct text_list){data_root, 1, true};
    options.listen = "127.0.0.1:0";
    options.log_fd = -1;
    options.threads = 1;
    options.memory = 256 << 20;
    return options;
}

static inline struct server *start_with(const struct server_options *options)
{
    struct error err = ERROR_NONE;
    struct server *server;

    if (server_open(options, &server, &err) != STATUS_OK)
        fail_msg("the service does not start: %s", err.text);
    return server;
}

static inline struct server *start(void)
{
    struct server_options options = usual_options();

    return start_with(&options);
}

static inline int connect_to(const struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)server_port(server))};
    struct timeval limit = {90, 0}; /* on a machine that does much else a run takes its time */
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

/* As much as the other side takes: it may have answered and closed already. */
static inline void send_bytes(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0) {
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        at += n;
        size -= (size_t)n;
    }
}

/* One answer: until its length is there or the connection ends. Status 0: there was none. */
static inline struct reply receive(int fd)
{
    struct reply reply = {0};
    size_t size = 0, capacity = 1 << 16;
    char *end = NULL, *length;

    reply.all = malloc(capacity + 1);
    for (;;) {
        ssize_t n;
        if (size == capacity)
            reply.all = realloc(reply.all, (capacity *= 2) + 1);
        n = recv(fd, reply.all + size, capacity - size, 0);
        if (n <= 0)
            break;
        size += (size_t)n;
        reply.all[size] = '\0';
        end = strstr(reply.all, "\r\n\r\n");
        length = end ? strcasestr(reply.all, "\r\nContent-Length: ") : NULL;
        if (length && length < end && size >= (size_t)(end + 4 - reply.all) + strtoul(length + 18, NULL, 10))
            break;
    }
    reply.all[size] = '\0';
    end = strstr(reply.all, "\r\n\r\n");
    if (!end || sscanf(reply.all, "HTTP/1.1 %d", &reply.status) != 1)
        return reply;
    *end = '\0';
    reply.head = reply.all;
    reply.body = end + 4;
    reply.body_size = size - (size_t)(reply.body - reply.all);
    return reply;
}

static inline struct reply ask_bytes(const struct server *server, const void *bytes, size_t size)
{
    int fd = connect_to(server);
    struct reply reply;

    send_bytes(fd, bytes, size);
    reply = receive(fd);
    close(fd);
    return reply;
}

/* "POST /x" with further header lines (each with \r\n) and a body; NULL: none. */
static inline struct reply ask(const struct server *server, const char *method, const char *target, const char *headers, const void *body,
                               size_t size)
{
    size_t room = strlen(method) + strlen(target) + strlen(headers) + size + 256;
    char *text = malloc(room);
    size_t n = (size_t)snprintf(text, room, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s", method, target, headers);
    struct reply reply;

    n += body ? (size_t)snprintf(text + n, room - n, "Content-Length: %zu\r\n\r\n", size) : (size_t)snprintf(text + n, room - n, "\r\n");
    if (size)
        memcpy(text + n, body, size);
    reply = ask_bytes(server, text, n + size);
    free(text);
    return reply;
}

static inline struct reply get(const struct server *server, const char *target) { return ask(server, "GET", target, "", NULL, 0); }

static inline struct reply judge_source(const struct server *server, const char *query, const char *json)
{
    char target[256];

    snprintf(target, sizeof target, "/v1/validations%s", query);
    return ask(server, "POST", target, "Content-Type: application/json\r\n", json, strlen(json));
}

static inline struct reply judge_body(const struct server *server, const char *target, const char *type, const void *body, size_t size)
{
    char headers[128];

    snprintf(headers, sizeof headers, "Content-Type: %s\r\n", type);
    return ask(server, "POST", target, headers, body, size);
}

static inline void done(struct reply *reply) { free(reply->all); }

/* The text of a member of a JSON body, by its first occurrence. */
static inline bool body_says(const struct reply *reply, const char *text) { return reply->body && strstr(reply->body, text); }
static inline bool head_says(const struct reply *reply, const char *text) { return reply->head && strcasestr(reply->head, text); }

static inline void copy_member(const struct reply *reply, const char *name, char *out, size_t size)
{
    char key[64];
    const char *at;

    snprintf(key, sizeof key, "\"%s\": \"", name);
    at = reply->body ? strstr(reply->body, key) : NULL;
    out[0] = '\0';
    if (at)
        snprintf(out, size, "%.*s", (int)strcspn(at + strlen(key), "\""), at + strlen(key));
}

/* The whole reply is this status and, for a problem, this type. */
static inline void expect(struct reply reply, int status, const char *type)
{
    if (reply.status != status)
        fail_msg("status %d, not %d: %.600s", reply.status, status, reply.body ? reply.body : reply.all);
    if (type) {
        char found[128];
        copy_member(&reply, "type", found, sizeof found);
        assert_string_equal(found, type);
        assert_true(head_says(&reply, "Content-Type: application/problem+json"));
    }
    done(&reply);
}

static inline void sleep_seconds(double seconds)
{
    struct timespec pause = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};

    nanosleep(&pause, NULL);
}

static inline double now_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The value of a line of /metrics; -1: it is not there. */
static inline double metric(const struct server *server, const char *line)
{
    struct reply reply = get(server, "/metrics");
    char start[256];
    const char *at;
    double value = -1;

    snprintf(start, sizeof start, "\n%s ", line); /* not its HELP */
    at = reply.body ? strstr(reply.body, start) : NULL;
    if (at && sscanf(at + strlen(start), "%lf", &value) != 1)
        value = -1;
    done(&reply);
    return value;
}

/* Waits until the line has this value. */
static inline bool wait_for_metric(const struct server *server, const char *line, double wanted)
{
    for (int i = 0; i < 3000; i++) { /* a minute, for a machine that does much else or looks for races */
        if (metric(server, line) == wanted)
            return true;
        sleep_seconds(0.02);
    }
    return false;
}

#endif
