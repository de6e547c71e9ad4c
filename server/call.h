/* server/call.h -- one request as data, and the answer to it. Knows nothing of the library that speaks HTTP.
 *
 * http.c makes a call, fills in what came over the wire and gives it to its route; a worker may take it over while its connection
 * sleeps, or while its body arrives: then the body alone is shared (validator/body.h). So a call belongs to one thread at a time. Everything lives in its arena but the answer, which is shared (an answer is also
 * kept for Idempotency-Key) and counts its owners.
 */
#ifndef SERVER_CALL_H
#define SERVER_CALL_H

#include <stdatomic.h>

#include "server/request.h"
#include "validator/body.h"

struct service;
struct route;

enum { ANSWER_HEADERS_MAX = 6 };

struct answer {
    atomic_int owners;
    int status;
    const char *content_type;    /* constant */
    struct buffer body;
    struct { const char *name; char value[256]; } headers[ANSWER_HEADERS_MAX]; /* Allow, ETag, Retry-After ... */
    int n_headers;
};

struct call {
    struct service *service;
    struct arena arena;
    const char *method;
    struct uri uri;
    struct request_headers headers;
    const char *remote;          /* the caller's address */
    const struct route *route;   /* NULL: none was found */
    const char *segment;         /* what {name} or {id} stands for, decoded; or NULL */
    bool wants_page;             /* .html, or Accept prefers HTML */
    struct query *query;         /* by route->query */
    struct body body;
    struct suite_entry *suite;   /* found while checking; let go with the call */
    struct answer *answer;
    const struct key_claim *claim; /* Idempotency-Key: the place its answer will be kept in */
    bool is_replayed;
    double started;
    uint64_t bytes_in;
    /* of a validation, for the log */
    const char *run_id, *outcome;
    /* while a worker has it */
    atomic_bool cancelled;       /* the caller went away, or the service stops */
    int socket;                  /* watched for that; -1: not */
    bool is_early;               /* its body still arrives: jobs.c's, under its lock */
    bool began_early;            /* the run was given to a worker before the body was there */
    void *connection;            /* http.c's */
    struct call *next;           /* in the queue */
    struct call *next_active;    /* queued or running */
};

void call_init(struct call *call, struct service *service);
void call_done(struct call *call);

/* An answer with an empty body; replaces one that is there. NULL without memory (the connection is then cut). */
struct answer *call_answer(struct call *call, int status, const char *content_type);
void answer_header(struct answer *answer, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
void answer_release(void *answer);
struct answer *answer_share(struct answer *answer);

extern const char type_json[], type_html[], type_text[], type_problem[];

#endif
