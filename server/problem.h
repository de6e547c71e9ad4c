/* server/problem.h -- what can go wrong with a request: application/problem+json (RFC 9457), a type for each. */
#ifndef SERVER_PROBLEM_H
#define SERVER_PROBLEM_H

#include "core/field.h"

struct call;

enum problem_kind {
    PROBLEM_NONE,
    PROBLEM_BAD_REQUEST, PROBLEM_BAD_FRAMING, PROBLEM_BAD_QUERY, PROBLEM_BAD_JSON, PROBLEM_BAD_SUITE_NAME, PROBLEM_BAD_SOURCE,
    PROBLEM_SUITE_IN_ERROR, PROBLEM_UNREADABLE_BODY, PROBLEM_OUTSIDE_ROOTS, PROBLEM_FORBIDDEN_SOURCE, PROBLEM_UNKNOWN_ROUTE, PROBLEM_UNKNOWN_SUITE,
    PROBLEM_UNKNOWN_SOURCE, PROBLEM_UNKNOWN_VALIDATION, PROBLEM_METHOD, PROBLEM_NOT_ACCEPTABLE, PROBLEM_KEY_REUSED,
    PROBLEM_KEY_IN_USE, PROBLEM_HASH_DIFFERS, PROBLEM_BODY_TOO_LARGE, PROBLEM_URI_TOO_LONG, PROBLEM_MEDIA_TYPE,
    PROBLEM_CONTENT_ENCODING, PROBLEM_EXPECTATION, PROBLEM_QUEUE_FULL, PROBLEM_HEADERS_TOO_LARGE, PROBLEM_INTERNAL, PROBLEM_DRAINING,
    PROBLEM_CANCELLED,
    PROBLEM_COUNT
};

struct problem { const char *type; int status; const char *title; };
extern const struct problem problems_known[PROBLEM_COUNT];

/* Sets the call's answer. The detail is a sentence for whoever made the request. */
void call_problem(struct call *call, enum problem_kind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same with a list of them as "errors". */
void call_problems(struct call *call, enum problem_kind kind, const struct problems *list);
/* Of a failure that has no place of its own: our own are INTERNAL. */
void call_problem_of(struct call *call, enum problem_kind kind, const struct error *err);

#endif
