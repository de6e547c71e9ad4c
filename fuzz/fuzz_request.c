/* fuzz/fuzz_request.c -- any bytes as an HTTP request: a line with the target, lines with header fields, an empty line, JSON.
 *
 * What is accepted obeys its rules: nothing that is echoed, logged or looked for holds a control character, names of suites are of their
 * alphabet, and no source is absolute, a URL or holds `..`.
 */
#include <stdlib.h>

#include "server/call.h"
#include "server/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool holds)
{
    if (!holds)
        abort();
}

static void no_controls(const char *text)
{
    for (; text && *text; text++)
        demand((uint8_t)*text >= 32 && *text != 127);
}

static char *take_line(struct arena *arena, struct span *rest)
{
    const uint8_t *end = rest->size ? memchr(rest->at, '\n', rest->size) : NULL;
    size_t n = end ? (size_t)(end - rest->at) : rest->size;
    char *line = arena_text(arena, rest->at, n);
    struct span taken;

    demand(span_take(rest, end ? n + 1 : n, &taken));
    return line;
}

static void feed_headers(struct call *call, struct span *rest)
{
    struct arena *arena = &call->arena;
    char *line;

    while (rest->size && (line = take_line(arena, rest)) && *line) {
        char *value = strchr(line, ':');
        if (!value)
            continue;
        *value++ = '\0';
        value += strspn(value, " ");
        headers_add(&call->headers, line, value, strlen(value));
    }
    demand(headers_finish(&call->headers, arena));
    no_controls(call->headers.request_id);
    no_controls(call->headers.traceparent);
    (void)accepts_html_first(call->headers.accept);
    if (call->headers.if_match)
        (void)etags_hold(call->headers.if_match, "sha256:00");
    if (call->headers.content_type)
        (void)media_type_is(call->headers.content_type, "text/csv");
}

static void feed_target(struct call *call, const char *target)
{
    struct error err = ERROR_NONE;
    struct problems problems;
    struct query query = {0};

    if (uri_parse(&call->arena, target, &call->uri, &err) != STATUS_OK)
        return;
    no_controls(call->uri.path);
    call->method = "GET";
    call->route = route_find(call);
    demand(call->route || call->answer);
    no_controls(call->segment);
    problems_init(&problems, &call->arena);
    if (call->route)
        demand(query_parse(&call->arena, &call->uri, call->route->query, &query, &problems));
}

static void check_suite_name(struct arena *arena, const char *text)
{
    const char *name, *pin;

    if (!suite_reference_parse(arena, text, &name, &pin))
        return;
    demand(*name && *name != '.' && strlen(name) <= NAME_MAX_BYTES && !strpbrk(name, "/\\%:@ "));
    no_controls(name);
    no_controls(pin);
}

static void check_source(const char *text)
{
    struct error err = ERROR_NONE;

    if (source_name_check(text, &err) != STATUS_OK)
        return;
    no_controls(text);
    demand(*text && *text != '/' && strncmp(text, "../", 3) != 0 && !strstr(text, "/../") && !strstr(text, "://"));
    demand(strlen(text) < 3 || strcmp(text + strlen(text) - 3, "/..") != 0);
}

static void feed_json(struct arena *arena, struct span json)
{
    struct validation_request request;
    struct problems problems;

    problems_init(&problems, arena);
    demand(validation_request_parse(arena, json, &request, &problems));
    if (problems.n)
        return;
    demand(request.suite && request.source.n > 0);
    check_suite_name(arena, request.suite);
    for (int32_t i = 0; i < request.source.n; i++)
        check_source(request.source.at[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span rest = span_of(data, size);
    struct call call;
    char *target;

    if (size > 1 << 16)
        return 0;
    call_init(&call, NULL);
    target = take_line(&call.arena, &rest);
    demand(target != NULL);
    check_suite_name(&call.arena, target);
    check_source(target);
    feed_headers(&call, &rest);
    feed_target(&call, target);
    feed_json(&call.arena, rest);
    call_done(&call);
    return 0;
}
