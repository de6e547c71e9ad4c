/* server/problem.c -- see problem.h. */
#include "server/problem.h"

#include <stdarg.h>
#include <stdio.h>

#include "server/call.h"

// clang-format off
const struct problem problems_known[PROBLEM_COUNT] = {
    [PROBLEM_NONE]              = {"about:blank", 200, ""},
    [PROBLEM_BAD_REQUEST]       = {"/problems/bad-request", 400, "The request is malformed"},
    [PROBLEM_BAD_FRAMING]       = {"/problems/bad-framing", 400, "The request's length is ambiguous"},
    [PROBLEM_BAD_QUERY]         = {"/problems/bad-query", 400, "The query is wrong"},
    [PROBLEM_BAD_JSON]          = {"/problems/bad-json", 400, "The JSON of the request is wrong"},
    [PROBLEM_BAD_SUITE_NAME]    = {"/problems/bad-suite-name", 400, "This cannot be the name of a suite"},
    [PROBLEM_BAD_SOURCE]        = {"/problems/bad-source", 400, "This cannot be the name of data"},
    [PROBLEM_SUITE_IN_ERROR]    = {"/problems/suite-in-error", 400, "The suite cannot be used"},
    [PROBLEM_UNREADABLE_BODY]   = {"/problems/unreadable-body", 400, "The body is not what its content type says"},
    [PROBLEM_OUTSIDE_ROOTS]     = {"/problems/outside-roots", 403, "Outside the directories that hold data"},
    [PROBLEM_FORBIDDEN_SOURCE]  = {"/problems/forbidden-source", 403, "This data may not be read"},
    [PROBLEM_UNKNOWN_ROUTE]     = {"/problems/unknown-route", 404, "There is nothing here"},
    [PROBLEM_UNKNOWN_SUITE]     = {"/problems/unknown-suite", 404, "There is no such suite"},
    [PROBLEM_UNKNOWN_SOURCE]    = {"/problems/unknown-source", 404, "There is no such data"},
    [PROBLEM_UNKNOWN_VALIDATION] = {"/problems/unknown-validation", 404, "There is no such run, or it is no longer kept"},
    [PROBLEM_METHOD]            = {"/problems/method-not-allowed", 405, "This method is not for this path"},
    [PROBLEM_NOT_ACCEPTABLE]    = {"/problems/not-acceptable", 406, "There is no page of this run"},
    [PROBLEM_KEY_REUSED]        = {"/problems/idempotency-key-reused", 409, "The Idempotency-Key belongs to another request"},
    [PROBLEM_KEY_IN_USE]        = {"/problems/idempotency-key-in-use", 409, "The request of this Idempotency-Key still runs"},
    [PROBLEM_HASH_DIFFERS]      = {"/problems/suite-hash-differs", 412, "The suite has another content hash"},
    [PROBLEM_BODY_TOO_LARGE]    = {"/problems/body-too-large", 413, "The body is too large"},
    [PROBLEM_URI_TOO_LONG]      = {"/problems/uri-too-long", 414, "The request's target is too long"},
    [PROBLEM_MEDIA_TYPE]        = {"/problems/unsupported-media-type", 415, "This content type is not accepted here"},
    [PROBLEM_CONTENT_ENCODING]  = {"/problems/unsupported-content-encoding", 415, "This content encoding is not accepted"},
    [PROBLEM_EXPECTATION]       = {"/problems/expectation-failed", 417, "Only Expect: 100-continue is understood"},
    [PROBLEM_QUEUE_FULL]        = {"/problems/queue-full", 429, "Too many validations are waiting"},
    [PROBLEM_HEADERS_TOO_LARGE] = {"/problems/headers-too-large", 431, "The header fields are too large"},
    [PROBLEM_INTERNAL]          = {"/problems/internal", 500, "The service failed"},
    [PROBLEM_DRAINING]          = {"/problems/draining", 503, "The service is about to stop"},
    [PROBLEM_CANCELLED]         = {"/problems/cancelled", 503, "The run was cancelled"},
};
// clang-format on

static void begin(struct json_writer *w, struct buffer *out, const struct problem *problem, const char *detail)
{
    json_init(w, out, 1);
    json_object(w);
    json_member_text(w, "type", problem->type);
    json_member_text(w, "title", problem->title);
    json_member_int(w, "status", problem->status);
    json_member_text(w, "detail", detail);
}

static void end(struct json_writer *w, struct call *call)
{
    json_object_end(w);
    if (!w->failed && buffer_add(w->out, "\n", 1))
        return;
    answer_release(call->answer); /* no memory even for a problem: the connection is cut */
    call->answer = NULL;
}

static void set_headers(struct answer *answer, int status)
{
    if (status == 429 || status == 503)
        answer_header(answer, "Retry-After", "%d", status == 429 ? 2 : 10);
}

void call_problem(struct call *call, enum problem_kind kind, const char *format, ...)
{
    const struct problem *problem = &problems_known[kind];
    struct answer *answer = call_answer(call, problem->status, type_problem);
    struct json_writer w;
    char detail[2048];
    va_list args;

    if (!answer)
        return;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    set_headers(answer, problem->status);
    begin(&w, &answer->body, problem, detail);
    end(&w, call);
}

void call_problems(struct call *call, enum problem_kind kind, const struct problems *list)
{
    const struct problem *problem = &problems_known[kind];
    struct answer *answer = call_answer(call, problem->status, type_problem);
    struct json_writer w;
    char text[1600];

    if (!answer)
        return;
    if (list->n)
        error_format(&list->at[0], text, sizeof text);
    begin(&w, &answer->body, problem, list->n ? text : problem->title);
    json_key(&w, "errors");
    json_array(&w);
    for (int32_t i = 0; i < list->n; i++) {
        error_format(&list->at[i], text, sizeof text);
        json_text(&w, text);
    }
    json_array_end(&w);
    end(&w, call);
}

void call_problem_of(struct call *call, enum problem_kind kind, const struct error *err)
{
    char text[1600];

    error_format(err, text, sizeof text);
    call_problem(call, status_exit_code(err->status) == 4 ? PROBLEM_INTERNAL : kind, "%s", text);
}
