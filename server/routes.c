/* server/routes.c -- the table of calls, and how a path finds its row. */
#include "server/route.h"

#include <stdio.h>

#define AT(member) offsetof(struct query, member)

// clang-format off
static const struct field body_query[] = {
    {.name = "gate", .type = FIELD_BOOL, .offset = AT(gate), .default_text = "false",
     .doc = "true: the verdict is in the status as well: 200 holds, 422 fails, 424 could not be judged"},
    {.name = "now", .type = FIELD_TEXT, .offset = AT(now), .doc = "judge freshness as of then, e.g. 2024-12-10T06:00:00Z"},
    {.name = "where", .type = FIELD_TEXT, .offset = AT(where), .doc = "only rows for which this holds; joined to the suite's by and"},
    {.name = "samples", .type = FIELD_INT, .offset = AT(samples), .min = 0, .max = 1000, .default_text = "20",
     .doc = "unexpected rows shown of an expectation; 0: no value of the data in the report"},
    {.name = "var", .type = FIELD_TEXT_LIST, .offset = AT(var), .doc = "NAME=VALUE for {{ NAME }} in the suite; repeatable"},
    {.name = "label", .type = FIELD_TEXT_LIST, .offset = AT(label), .doc = "KEY=VALUE for the report's run; repeatable"},
    {0},
};
static const struct field source_query[] = {
    {.name = "gate", .type = FIELD_BOOL, .offset = AT(gate), .default_text = "false",
     .doc = "true: the verdict is in the status as well: 200 holds, 422 fails, 424 could not be judged"},
    {.name = "samples", .type = FIELD_INT, .offset = AT(samples), .min = 0, .max = 1000, .default_text = "20",
     .doc = "unexpected rows shown of an expectation; 0: no value of the data in the report"},
    {0},
};
static const struct field page_query[] = {
    {.name = "limit", .type = FIELD_INT, .offset = AT(limit), .min = 1, .max = 1000, .default_text = "50", .doc = "how many at most"},
    {.name = "after", .type = FIELD_TEXT, .offset = AT(after), .doc = "the id of the last one seen: older ones follow"},
    {0},
};

const struct route routes[] = {
    {.method = "POST", .pattern = "/v1/validations", .id = "validateSource", .doc = "Judges data that lies below one of the service's directories.",
     .query = source_query, .body = BODY_JSON, .is_long = true, .check = check_source_validation, .run = run_source_validation,
     .answers = {{200, "application/json", "The report; `success` tells the verdict.", "Report"},
                 {422, "application/json", "With gate=true: the data is bad.", "Report"},
                 {424, "application/json", "With gate=true: the data could not be judged.", "Report"}},
     .problems = {PROBLEM_BAD_QUERY, PROBLEM_BAD_JSON, PROBLEM_BAD_SUITE_NAME, PROBLEM_BAD_SOURCE, PROBLEM_SUITE_IN_ERROR, PROBLEM_OUTSIDE_ROOTS, PROBLEM_FORBIDDEN_SOURCE,
                  PROBLEM_UNKNOWN_SUITE, PROBLEM_UNKNOWN_SOURCE, PROBLEM_KEY_REUSED, PROBLEM_KEY_IN_USE, PROBLEM_HASH_DIFFERS, PROBLEM_BODY_TOO_LARGE,
                  PROBLEM_MEDIA_TYPE, PROBLEM_QUEUE_FULL, PROBLEM_DRAINING}},
    {.method = "POST", .pattern = "/v1/suites/{name}/validations", .id = "validateBody", .doc = "Judges the batch that is the body of the request.",
     .query = body_query, .body = BODY_BATCH, .is_long = true, .check = check_body_validation, .run = run_body_validation,
     .answers = {{200, "application/json", "The report; `success` tells the verdict.", "Report"},
                 {422, "application/json", "With gate=true: the data is bad.", "Report"},
                 {424, "application/json", "With gate=true: the data could not be judged.", "Report"}},
     .problems = {PROBLEM_BAD_QUERY, PROBLEM_BAD_SUITE_NAME, PROBLEM_SUITE_IN_ERROR, PROBLEM_UNREADABLE_BODY, PROBLEM_OUTSIDE_ROOTS, PROBLEM_UNKNOWN_SUITE,
                  PROBLEM_KEY_REUSED, PROBLEM_KEY_IN_USE, PROBLEM_HASH_DIFFERS, PROBLEM_BODY_TOO_LARGE, PROBLEM_MEDIA_TYPE,
                  PROBLEM_CONTENT_ENCODING, PROBLEM_QUEUE_FULL, PROBLEM_DRAINING}},
    {.method = "GET", .pattern = "/v1/validations", .id = "listValidations", .doc = "The last runs, newest first.", .query = page_query, .has_page = true,
     .run = answer_validations, .answers = {{200, "application/json", "A page of runs; `next` leads to older ones.", "Runs"}},
     .problems = {PROBLEM_BAD_QUERY, PROBLEM_UNKNOWN_VALIDATION}},
    {.method = "GET", .pattern = "/v1/validations/{id}", .id = "getValidation", .doc = "The report of one run.", .has_page = true, .run = answer_validation,
     .answers = {{200, "application/json", "The report.", "Report"}}, .problems = {PROBLEM_BAD_QUERY, PROBLEM_UNKNOWN_VALIDATION, PROBLEM_NOT_ACCEPTABLE}},
    {.method = "GET", .pattern = "/v1/suites", .id = "listSuites", .doc = "The suites, also those that cannot be used.", .has_page = true, .run = answer_suites,
     .answers = {{200, "application/json", "The suites.", "Suites"}, {304, NULL, "Unchanged since the entity tag of If-None-Match.", NULL}},
     .problems = {PROBLEM_BAD_QUERY}},
    {.method = "GET", .pattern = "/v1/suites/{name}", .id = "getSuite", .doc = "One suite; name@sha256:... only with that content.", .has_page = true,
     .run = answer_suite,
     .answers = {{200, "application/json", "The suite.", "Suite"}, {304, NULL, "Unchanged since the entity tag of If-None-Match.", NULL}},
     .problems = {PROBLEM_BAD_QUERY, PROBLEM_BAD_SUITE_NAME, PROBLEM_UNKNOWN_SUITE, PROBLEM_HASH_DIFFERS}},
    {.method = "GET", .pattern = "/metrics", .id = "getMetrics", .doc = "Figures for Prometheus.", .run = answer_metrics,
     .answers = {{200, "text/plain", "Prometheus text format.", NULL}}, .problems = {PROBLEM_BAD_QUERY}},
    {.method = "GET", .pattern = "/healthz", .id = "getHealth", .doc = "Is the process alive?", .run = answer_health,
     .answers = {{200, "application/json", "It is.", "State"}}, .problems = {PROBLEM_BAD_QUERY}},
    {.method = "GET", .pattern = "/readyz", .id = "getReadiness", .doc = "Are new validations taken?", .run = answer_ready,
     .answers = {{200, "application/json", "They are.", "State"}}, .problems = {PROBLEM_BAD_QUERY, PROBLEM_DRAINING}},
    {.method = "GET", .pattern = "/openapi.json", .id = "getOpenapi", .doc = "This description.", .run = answer_openapi,
     .answers = {{200, "application/json", "OpenAPI 3.1.", "Anything"}}, .problems = {PROBLEM_BAD_QUERY}},
    {.method = "GET", .pattern = "/", .id = "getIndex", .doc = "The last runs, for a browser.", .run = answer_index,
     .answers = {{200, "text/html", "A page.", NULL}}, .problems = {PROBLEM_BAD_QUERY}},
    {0},
};
// clang-format on

int route_index(const struct route *route) { return route ? (int)(route - routes) : -1; }

/* Does the path match, and what stands in for {word}? */
static bool matches(const char *pattern, const char *path, size_t n, struct span *segment)
{
    const char *end = path + n;

    while (*pattern && path < end) {
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
            continue;
        }
        *segment = span_of(path, 0);
        while (path < end && *path != '/') {
            path++;
            segment->size++;
        }
        pattern = strchr(pattern, '}') + 1;
        if (segment->size == 0)
            return false;
    }
    return *pattern == '\0' && path == end;
}

/* The path without the .html of a page. */
static size_t page_length(const char *path, bool *is_page)
{
    size_t n = strlen(path);

    *is_page = n > 6 && strcmp(path + n - 5, ".html") == 0 && path[n - 6] != '/';
    return *is_page ? n - 5 : n;
}

static bool is_method(const struct route *route, const char *method)
{
    return strcmp(route->method, method) == 0 || (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static void refuse_method(struct call *call, const char *allowed)
{
    call_problem(call, PROBLEM_METHOD, "%s is not for this path, but %s", call->method, allowed);
    answer_header(call->answer, "Allow", "%s", allowed);
}

static void add_allowed(const struct route *route, char *allowed, size_t size)
{
    size_t n = strlen(allowed);

    snprintf(allowed + n, size - n, "%s%s", n ? ", " : "", strcmp(route->method, "GET") == 0 ? "GET, HEAD" : route->method);
}

const struct route *route_find(struct call *call)
{
    const char *path = call->uri.path;
    char allowed[64] = "";
    bool is_page;
    size_t n = page_length(path, &is_page);

    for (const struct route *route = routes; route->method; route++) {
        struct span segment = {0};
        bool as_page = is_page && route->has_page;
        if (!matches(route->pattern, path, as_page ? n : strlen(path), &segment))
            continue;
        if (!is_method(route, call->method)) {
            add_allowed(route, allowed, sizeof allowed);
            continue;
        }
        call->wants_page = as_page || (route->has_page && accepts_html_first(call->headers.accept));
        call->segment = segment.size ? segment_decode(&call->arena, segment) : NULL;
        if (segment.size && !call->segment) {
            call_problem(call, PROBLEM_BAD_REQUEST, "the path holds a bad %%-sequence, an encoded slash or a control character");
            return NULL;
        }
        return route;
    }
    if (*allowed)
        refuse_method(call, allowed);
    else
        call_problem(call, PROBLEM_UNKNOWN_ROUTE, "there is nothing at this path; /openapi.json lists what there is");
    return NULL;
}
