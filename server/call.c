/* server/call.c -- see call.h. */
#include "server/call.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/clock.h"
#include "server/catalogue.h"

const char type_json[] = "application/json";
const char type_html[] = "text/html; charset=utf-8";
const char type_text[] = "text/plain; version=0.0.4; charset=utf-8";
const char type_problem[] = "application/problem+json";

void call_init(struct call *call, struct service *service)
{
    *call = (struct call){.service = service, .socket = -1, .started = clock_monotonic_seconds()};
    arena_init(&call->arena, NULL, 0);
}

void call_done(struct call *call)
{
    body_done(&call->body);
    suite_entry_release(call->suite);
    answer_release(call->answer);
    arena_done(&call->arena);
}

struct answer *call_answer(struct call *call, int status, const char *content_type)
{
    answer_release(call->answer);
    call->answer = mem_alloc(NULL, sizeof *call->answer);
    if (call->answer) {
        call->answer->status = status;
        call->answer->content_type = content_type;
        atomic_init(&call->answer->owners, 1);
    }
    return call->answer;
}

void answer_header(struct answer *answer, const char *name, const char *format, ...)
{
    va_list args;

    if (!answer || answer->n_headers == ANSWER_HEADERS_MAX)
        return;
    answer->headers[answer->n_headers].name = name;
    va_start(args, format);
    vsnprintf(answer->headers[answer->n_headers].value, sizeof answer->headers[0].value, format, args);
    va_end(args);
    answer->n_headers++;
}

struct answer *answer_share(struct answer *answer)
{
    if (answer)
        atomic_fetch_add(&answer->owners, 1);
    return answer;
}

void answer_release(void *owned)
{
    struct answer *answer = owned;

    if (!answer || atomic_fetch_sub(&answer->owners, 1) != 1)
        return;
    buffer_done(&answer->body);
    mem_free(NULL, answer);
}
