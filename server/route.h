/* server/route.h -- what the service answers: a row for each call, from which requests are dispatched and /openapi.json is written. */
#ifndef SERVER_ROUTE_H
#define SERVER_ROUTE_H

#include "server/call.h"
#include "server/problem.h"

enum route_body { BODY_NONE, BODY_JSON, BODY_BATCH };
enum { ROUTE_PROBLEMS_MAX = 20 };

struct route_answer { int status; const char *type, *doc; const char *schema; /* a component of openapi.c, or NULL */ };

struct route {
    const char *method;            /* "GET" (HEAD goes with it) or "POST" */
    const char *pattern;           /* "/v1/suites/{name}/validations"; at most one {word} */
    const char *id;                /* operation id */
    const char *doc;               /* one sentence */
    const struct field *query;     /* NULL: takes none */
    enum route_body body;
    bool is_long;                  /* runs on a worker, not on the thread that listens */
    bool has_page;                 /* .html or Accept: text/html gives a browser page */
    /* Once the header fields are there, before the body is read; may set the answer, which then is given. NULL: nothing to check. */
    void (*check)(struct call *call);
    void (*run)(struct call *call); /* sets the answer */
    struct route_answer answers[5]; /* the last has status 0 */
    enum problem_kind problems[ROUTE_PROBLEMS_MAX]; /* beside those that every call can meet; ended by PROBLEM_NONE */
};

extern const struct route routes[]; /* the last has no method */

/* The route of a method and an encoded path; sets call->segment, wants_page (.html). NULL: the problem is set in call->answer. */
const struct route *route_find(struct call *call);
/* "GET /v1/suites/{name}" of the row, for metrics and logs; -1 is "none". */
int route_index(const struct route *route);

/* handlers.c */
void answer_index(struct call *call);
void answer_health(struct call *call);
void answer_ready(struct call *call);
void answer_metrics(struct call *call);
void answer_openapi(struct call *call);
void answer_suites(struct call *call);
void answer_suite(struct call *call);
void answer_validations(struct call *call);
void answer_validation(struct call *call);
/* validations.c */
/* NAME or NAME@sha256:..., with the content of the pin and of If-Match: in call->suite. false: the problem is set. */
bool suite_find(struct call *call, const char *reference);
void check_source_validation(struct call *call);
void check_body_validation(struct call *call);
void run_source_validation(struct call *call);
void run_body_validation(struct call *call);
/* Is the body of a format that is judged from front to back, so that it may begin before all is there? */
bool body_is_read_in_order(const struct call *call);
/* openapi.c */
bool openapi_write(struct buffer *out);

#endif
