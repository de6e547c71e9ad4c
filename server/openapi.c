/* server/openapi.c -- /openapi.json (OpenAPI 3.1) out of the route table and the rows of their parameters. */
#include <stdio.h>

#include "server/route.h"

/* Problems that every call can meet. */
static const enum problem_kind common[] = {PROBLEM_BAD_REQUEST, PROBLEM_BAD_FRAMING, PROBLEM_UNKNOWN_ROUTE, PROBLEM_METHOD, PROBLEM_URI_TOO_LONG,
                                           PROBLEM_EXPECTATION, PROBLEM_HEADERS_TOO_LARGE, PROBLEM_INTERNAL, PROBLEM_NONE};

static void raw(struct json_writer *w, const char *json) { json_raw(w, span_text(json)); }

static void write_schema_ref(struct json_writer *w, const char *component)
{
    char text[96];

    snprintf(text, sizeof text, "#/components/schemas/%s", component);
    json_object(w);
    json_member_text(w, "$ref", text);
    json_object_end(w);
}

static void write_content(struct json_writer *w, const char *type, const char *component)
{
    json_key(w, "content");
    json_object(w);
    json_key(w, type);
    json_object(w);
    json_key(w, "schema");
    if (component)
        write_schema_ref(w, component);
    else
        raw(w, "{\"type\": \"string\"}");
    json_object_end(w);
    json_object_end(w);
}

/* --- parameters --- */

/* What texts have to look like. Conditions are checked by their parser alone. */
static void write_pattern(struct json_writer *w, const char *name)
{
    static const struct { const char *name, *pattern; } patterns[] = {
        {"suite", "^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?$"},
        {"now", "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z)?$"},
        {"where", "^[^\\u0000-\\u001f\\u007f]+$"},
        {"after", "^[0-9a-f-]{36}$"},
    };

    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        if (strcmp(name, patterns[i].name) == 0)
            json_member_text(w, "pattern", patterns[i].pattern);
}

static void write_parameter_schema(struct json_writer *w, const struct field *field)
{
    json_key(w, "schema");
    json_object(w);
    switch (field->type) {
    case FIELD_BOOL:
        json_member_text(w, "type", "boolean");
        break;
    case FIELD_INT:
        json_member_text(w, "type", "integer");
        json_member_int(w, "minimum", (int64_t)field->min);
        json_member_int(w, "maximum", (int64_t)field->max);
        break;
    case FIELD_TEXT_LIST:
        json_member_text(w, "type", "array");
        json_key(w, "items");
        raw(w, "{\"type\": \"string\", \"pattern\": \"^[^=]+=\"}");
        break;
    default:
        json_member_text(w, "type", "string");
        write_pattern(w, field->name);
    }
    json_object_end(w);
}

static void write_parameter(struct json_writer *w, const struct field *field)
{
    json_object(w);
    json_member_text(w, "name", field->name);
    json_member_text(w, "in", "query");
    json_member_text(w, "description", field->doc);
    write_parameter_schema(w, field);
    json_object_end(w);
}

static void write_parameters(struct json_writer *w, const struct route *route)
{
    json_key(w, "parameters");
    json_array(w);
    if (strstr(route->pattern, "{name}"))
        raw(w, "{\"name\": \"name\", \"in\": \"path\", \"required\": true, \"description\": \"A suite: NAME, or NAME@sha256:HASH.\", "
               "\"schema\": {\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}(@sha256:[0-9a-f]{64})?$\"}}");
    if (strstr(route->pattern, "{id}"))
        raw(w, "{\"name\": \"id\", \"in\": \"path\", \"required\": true, \"description\": \"`run.id` of a report.\", "
               "\"schema\": {\"type\": \"string\", \"format\": \"uuid\"}}");
    for (const struct field *field = route->query; field && field->name; field++)
        write_parameter(w, field);
    if (route->is_long)
        raw(w, "{\"name\": \"Idempotency-Key\", \"in\": \"header\", \"description\": \"The same request with the same key gets the "
               "same answer.\", \"schema\": {\"type\": \"string\", \"minLength\": 1, \"maxLength\": 128}}");
    json_array_end(w);
}

/* --- bodies and answers --- */

static void write_request_body(struct json_writer *w, enum route_body body)
{
    if (body == BODY_NONE)
        return;
    json_key(w, "requestBody");
    json_object(w);
    json_member_bool(w, "required", true);
    if (body == BODY_JSON)
        write_content(w, "application/json", "ValidationRequest");
    if (body == BODY_BATCH) {
        json_key(w, "content");
        raw(w, "{\"text/csv\": {}, \"application/vnd.apache.parquet\": {}, \"application/x-ndjson\": {}, "
               "\"application/json\": {\"schema\": {\"type\": \"array\", \"items\": {\"type\": \"object\"}}}}");
    }
    json_object_end(w);
}

static void status_key(struct json_writer *w, int status)
{
    char text[16];

    snprintf(text, sizeof text, "%d", status);
    json_key(w, text);
}

static void write_answer(struct json_writer *w, const struct route_answer *answer)
{
    status_key(w, answer->status);
    json_object(w);
    json_member_text(w, "description", answer->doc);
    if (answer->type)
        write_content(w, answer->type, answer->schema);
    json_object_end(w);
}

static bool has_status(const enum problem_kind *kinds, int status)
{
    for (int i = 0; i < ROUTE_PROBLEMS_MAX && kinds[i] != PROBLEM_NONE; i++)
        if (problems_known[kinds[i]].status == status)
            return true;
    return false;
}

/* "/problems/bad-query, /problems/bad-json" */
static void problem_types(const enum problem_kind *kinds, int status, char *out, size_t size)
{
    for (int i = 0; i < ROUTE_PROBLEMS_MAX && kinds[i] != PROBLEM_NONE; i++) {
        size_t n = strlen(out);
        if (problems_known[kinds[i]].status == status)
            snprintf(out + n, size - n, "%s%s", n ? ", " : "", problems_known[kinds[i]].type);
    }
}

static void write_problems(struct json_writer *w, const struct route *route)
{
    for (int status = 400; status < 600; status++) {
        char types[1024] = "";
        if (!has_status(route->problems, status) && !has_status(common, status))
            continue;
        problem_types(common, status, types, sizeof types);
        problem_types(route->problems, status, types, sizeof types);
        status_key(w, status);
        json_object(w);
        json_member_text(w, "description", types);
        write_content(w, "application/problem+json", "Problem");
        json_object_end(w);
    }
}

static void write_operation(struct json_writer *w, const struct route *route)
{
    json_key(w, strcmp(route->method, "GET") == 0 ? "get" : "post");
    json_object(w);
    json_member_text(w, "operationId", route->id);
    json_member_text(w, "summary", route->doc);
    write_parameters(w, route);
    write_request_body(w, route->body);
    json_key(w, "responses");
    json_object(w);
    for (const struct route_answer *answer = route->answers; answer->status; answer++)
        write_answer(w, answer);
    write_problems(w, route);
    json_object_end(w);
    json_object_end(w);
}

/* Two methods of one path stand in one item. */
static void write_paths(struct json_writer *w)
{
    json_key(w, "paths");
    json_object(w);
    for (const struct route *route = routes; route->method; route++) {
        bool is_first = true;
        for (const struct route *before = routes; before < route; before++)
            is_first = is_first && strcmp(before->pattern, route->pattern) != 0;
        if (!is_first)
            continue;
        json_key(w, route->pattern);
        json_object(w);
        for (const struct route *same = route; same->method; same++)
            if (strcmp(same->pattern, route->pattern) == 0)
                write_operation(w, same);
        json_object_end(w);
    }
    json_object_end(w);
}

/* --- components --- */

static void write_request_member(struct json_writer *w, const struct field *field)
{
    json_key(w, field->name);
    json_object(w);
    json_member_text(w, "description", field->doc);
    if (field->type == FIELD_TEXT_LIST) {
        json_key(w, "anyOf");
        raw(w, "[{\"type\": \"string\", \"minLength\": 1, \"maxLength\": 1000}, {\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": "
               "\"string\", \"minLength\": 1, \"maxLength\": 1000}}]");
    } else if (field->type == FIELD_NODE) {
        json_member_text(w, "type", "object");
        json_key(w, "additionalProperties");
        raw(w, "{\"type\": [\"string\", \"number\", \"boolean\"]}");
    } else {
        json_member_text(w, "type", "string");
        write_pattern(w, field->name);
    }
    json_object_end(w);
}

static void write_request_schema(struct json_writer *w)
{
    json_key(w, "ValidationRequest");
    json_object(w);
    json_member_text(w, "type", "object");
    json_member_bool(w, "additionalProperties", false);
    json_key(w, "required");
    raw(w, "[\"suite\", \"source\"]");
    json_key(w, "properties");
    json_object(w);
    for (const struct field *field = validation_request_fields; field->name; field++)
        write_request_member(w, field);
    json_object_end(w);
    json_object_end(w);
}

static const struct { const char *name, *schema; } components[] = {
    {"Anything", "{\"type\": \"object\"}"},
    {"Problem", "{\"type\": \"object\", \"required\": [\"type\", \"title\", \"status\", \"detail\"], \"properties\": {\"type\": {\"type\": \"string\", "
                "\"format\": \"uri-reference\"}, \"title\": {\"type\": \"string\"}, \"status\": {\"type\": \"integer\"}, \"detail\": {\"type\": \"string\"}, "
                "\"errors\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}}}}"},
    {"Report", "{\"type\": \"object\", \"description\": \"The report, as `assay check --output json` prints it.\", \"required\": [\"assay_report\", "
               "\"success\", \"exit_code\", \"outcome\", \"headline\", \"verdict_digest\", \"statistics\", \"suite\", \"batch\", \"results\", \"run\"], "
               "\"properties\": {\"success\": {\"type\": \"boolean\"}, \"exit_code\": {\"enum\": [0, 1, 3]}, \"outcome\": {\"enum\": [\"pass\", \"fail\", "
               "\"not_evaluated\"]}, \"headline\": {\"type\": \"string\"}, \"verdict_digest\": {\"type\": \"string\"}, \"results\": {\"type\": \"array\"}}}"},
    {"Runs", "{\"type\": \"object\", \"required\": [\"validations\"], \"properties\": {\"validations\": {\"type\": \"array\", \"items\": {\"type\": "
             "\"object\", \"required\": [\"id\", \"suite\", \"outcome\", \"success\"]}}, \"next\": {\"type\": \"string\"}}}"},
    {"Suite", "{\"type\": \"object\", \"required\": [\"name\", \"hash\", \"usable\", \"problems\"], \"properties\": {\"name\": {\"type\": \"string\"}, "
              "\"hash\": {\"type\": \"string\"}, \"usable\": {\"type\": \"boolean\"}, \"problems\": {\"type\": \"array\", \"items\": {\"type\": \"string\"}}}}"},
    {"Suites", "{\"type\": \"object\", \"required\": [\"suites\"], \"properties\": {\"suites\": {\"type\": \"array\", \"items\": {\"$ref\": "
               "\"#/components/schemas/Suite\"}}}}"},
    {"State", "{\"type\": \"object\", \"required\": [\"status\"], \"properties\": {\"status\": {\"type\": \"string\"}}}"},
};

bool openapi_write(struct buffer *out)
{
    struct json_writer w;

    json_init(&w, out, 1);
    json_object(&w);
    json_member_text(&w, "openapi", "3.1.0");
    json_key(&w, "info");
    json_object(&w);
    json_member_text(&w, "title", "assay");
    json_member_text(&w, "version", ASSAY_VERSION);
    json_member_text(&w, "description", "Judges batches of data by suites of expectations.");
    json_object_end(&w);
    write_paths(&w);
    json_key(&w, "components");
    json_object(&w);
    json_key(&w, "schemas");
    json_object(&w);
    write_request_schema(&w);
    for (size_t i = 0; i < sizeof components / sizeof components[0]; i++) {
        json_key(&w, components[i].name);
        raw(&w, components[i].schema);
    }
    json_object_end(&w);
    json_object_end(&w);
    json_object_end(&w);
    return !w.failed && buffer_add(out, "\n", 1);
}
