/* server/server.h -- the HTTP service: what `assay serve` starts, and tests in-process.
 *
 * server_open listens and returns; requests are answered by its own threads until server_close. One thread owns the handle.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "core/field.h"
#include "validator/limits.h"

/* Where nothing else is asked for. */
enum {
    SERVER_BODY_BYTES = 1 << 30, SERVER_BODY_MEMORY_BYTES = 256 << 20, SERVER_TIMEOUT_SECONDS = 900, SERVER_QUEUE = 64,
    SERVER_CONNECTIONS = 1024, SERVER_CONNECTIONS_PER_IP = 768, SERVER_IDLE_SECONDS = 30, SERVER_HEADER_SECONDS = 30,
    SERVER_BODY_SECONDS = 900, SERVER_HISTORY = 1000, SERVER_HISTORY_BYTES = 64 << 20, SERVER_KEYS = 1000,
};
extern const struct limit server_limits[]; /* of every request; the last has no name */

/* Every limit is on by default. 0 where it says so means: told from the machine. */
struct server_options {
    const char *suites;          /* directory of suite files */
    struct text_list data;       /* roots: what `source` is relative to */
    const char *listen;          /* "127.0.0.1:8080", "[::1]:8080"; port 0: any free one */
    const char *temporary_directory;
    uint64_t max_body;           /* bytes of a batch in a request, and what it may unpack to */
    uint64_t memory;             /* of one validation; 0: half of what is there, shared by all that may run at once */
    uint64_t body_memory;        /* all bodies together; past it they go to temporary files */
    double timeout_seconds;      /* of one validation */
    int64_t threads;             /* of one validation; 0: every core */
    int64_t concurrency;         /* validations at once; 0: as many as cores, 2 to 4 */
    int64_t queue;               /* validations that may wait; then 429 */
    int64_t connections, connections_per_ip;
    double idle_seconds;         /* a connection on which nothing moves */
    double header_seconds;       /* from connecting, or from the last answer, to the end of the headers */
    double body_seconds;         /* from the headers to the end of the body */
    int64_t history;             /* runs kept in memory */
    uint64_t history_bytes;      /* and their reports */
    int64_t keys;                /* answers kept for Idempotency-Key */
    int log_fd;                  /* lines of JSON; -1: none */
};

struct server;

void server_options_init(struct server_options *options);
/* Loads the suites (those in error are logged and listed, not fatal), listens, starts the threads. BAD_USAGE, NOT_FOUND. */
enum status server_open(const struct server_options *options, struct server **out, struct error *err) NODISCARD;
int server_port(const struct server *server);
/* Looks at the suites again (SIGHUP); it also happens by itself before a suite is used. */
void server_reload(struct server *server);
/* New validations get 503 from now on; returns when those accepted have been answered: true, or false after `seconds`, when the rest has
 * been cancelled. */
bool server_drain(struct server *server, double seconds);
/* What runs or waits is cancelled. Any thread. */
void server_cancel(struct server *server);
/* Is anybody able to reach it who is not on this machine? */
bool server_is_exposed(const struct server *server);
void server_close(struct server *server); /* NULL is fine; drains first */

#endif
