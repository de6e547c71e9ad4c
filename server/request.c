/* server/request.c -- see request.h. */
#include "server/request.h"

#include <stdio.h>
#include <strings.h>
#include <sys/random.h>

#include "core/utf8.h"

/* --- the target --- */

static int hex_digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_control(uint8_t c) { return c < 32 || c == 127; }

/* %XX, and + as a blank where it is a query. NULL where the result could not be shown or compared safely. */
static const char *decode(struct arena *arena, struct span s, bool plus_is_blank)
{
    char *out = arena_text(arena, s.at, s.size);
    size_t n = 0;

    for (size_t i = 0; out && i < s.size; i++) {
        int high = i + 2 < s.size && s.at[i] == '%' ? hex_digit(s.at[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(s.at[i + 2]) : -1;
        uint8_t c = s.at[i];
        if (c == '%' && low < 0)
            return NULL;
        if (c == '%') {
            c = (uint8_t)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if (is_control(c) && !(plus_is_blank && (c == '\n' || c == '\t' || c == '\r'))) /* a condition may have line ends */
            return NULL;
        out[n++] = (char)c;
    }
    if (!out || !utf8_is_valid(span_of(out, n)))
        return NULL;
    out[n] = '\0';
    return out;
}

const char *segment_decode(struct arena *arena, struct span encoded)
{
    const char *text = decode(arena, encoded, false);

    return text && !strpbrk(text, "/\\") ? text : NULL;
}

static enum status parse_pair(struct arena *arena, struct span pair, struct uri *out, struct error *err)
{
    const uint8_t *equals = memchr(pair.at, '=', pair.size);
    size_t n = equals ? (size_t)(equals - pair.at) : pair.size;
    struct query_pair *into = &out->pairs[out->n_pairs];

    if (pair.size == 0)
        return STATUS_OK;
    if (out->n_pairs == QUERY_MAX)
        return error_set(err, STATUS_BAD_USAGE, "the query has more than %d parameters", QUERY_MAX);
    into->name = decode(arena, span_of(pair.at, n), true);
    into->value = equals ? decode(arena, span_of(equals + 1, pair.size - n - 1), true) : "";
    if (!into->name || !into->value)
        return error_set(err, STATUS_BAD_USAGE, "the query holds a bad %%-sequence, a control character or invalid UTF-8");
    out->n_pairs++;
    return STATUS_OK;
}

enum status uri_parse(struct arena *arena, const char *raw, struct uri *out, struct error *err)
{
    size_t n = strcspn(raw, "?");
    const char *at = raw + n + (raw[n] == '?');

    out->raw = arena_text(arena, raw, strlen(raw));
    out->path = arena_text(arena, raw, n);
    out->n_pairs = 0;
    if (!out->raw || !out->path)
        return error_no_memory(err);
    if (raw[0] != '/' || strchr(raw, '#') || strchr(out->path, '\\') || !utf8_is_valid(span_text(raw)))
        return error_set(err, STATUS_BAD_USAGE, "the request's target is no absolute path");
    for (const char *p = raw; *p; p++)
        if (is_control((uint8_t)*p) || *p == ' ')
            return error_set(err, STATUS_BAD_USAGE, "the request's target holds a blank or a control character");
    while (*at) {
        size_t size = strcspn(at, "&");
        TRY(parse_pair(arena, span_of(at, size), out, err));
        at += size + (at[size] == '&');
    }
    return STATUS_OK;
}

/* --- header fields --- */

struct known_header { const char *name; size_t offset; };

static const struct known_header known_headers[] = {
    {"X-Request-Id", offsetof(struct request_headers, request_id)},
    {"traceparent", offsetof(struct request_headers, traceparent)},
    {"Content-Type", offsetof(struct request_headers, content_type)},
    {"Content-Encoding", offsetof(struct request_headers, content_encoding)},
    {"Accept", offsetof(struct request_headers, accept)},
    {"If-Match", offsetof(struct request_headers, if_match)},
    {"If-None-Match", offsetof(struct request_headers, if_none_match)},
    {"Idempotency-Key", offsetof(struct request_headers, idempotency_key)},
    {"Transfer-Encoding", offsetof(struct request_headers, transfer_encoding)},
    {"Content-Length", offsetof(struct request_headers, content_length)},
    {"Expect", offsetof(struct request_headers, expect)},
};

/* RFC 9110, section 5.6.2. A space before the colon is what two readers disagree about (RFC 9112, section 5.1). */
static bool is_field_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~");

    return n > 0 && name[n] == '\0';
}

void headers_add(struct request_headers *headers, const char *name, const char *value, size_t size)
{
    headers->size += strlen(name) + size + 4;
    headers->has_bad_bytes = headers->has_bad_bytes || !is_field_name(name);
    for (size_t i = 0; i < size; i++)
        if (is_control((uint8_t)value[i]) && value[i] != '\t')
            headers->has_bad_bytes = true;
    headers->n_content_length += strcasecmp(name, "Content-Length") == 0;
    headers->n_transfer_encoding += strcasecmp(name, "Transfer-Encoding") == 0;
    headers->n_host += strcasecmp(name, "Host") == 0;
    for (size_t i = 0; i < sizeof known_headers / sizeof known_headers[0]; i++)
        if (strcasecmp(name, known_headers[i].name) == 0)
            memcpy((char *)headers + known_headers[i].offset, &value, sizeof value);
}

/* What may be echoed into an answer, a log and a report. */
static bool is_token(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/+=@~");

    return n > 0 && n <= NAME_MAX_BYTES && text[n] == '\0';
}

static bool is_lower_hex(const char *text, size_t n, bool *is_zero)
{
    *is_zero = true;
    for (size_t i = 0; i < n; i++) {
        if (hex_digit((uint8_t)text[i]) < 0 || (text[i] >= 'A' && text[i] <= 'F'))
            return false;
        *is_zero = *is_zero && text[i] == '0';
    }
    return true;
}

/* W3C Trace Context, section 3.2: version-trace-parent-flags; ids of zeros are invalid, as is version ff. */
bool traceparent_is_valid(const char *text)
{
    bool version_is_zero, trace_is_zero, parent_is_zero, flags_are_zero;

    if (strlen(text) < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-')
        return false;
    if (!is_lower_hex(text, 2, &version_is_zero) || !is_lower_hex(text + 3, 32, &trace_is_zero) ||
        !is_lower_hex(text + 36, 16, &parent_is_zero) || !is_lower_hex(text + 53, 2, &flags_are_zero))
        return false;
    if (trace_is_zero || parent_is_zero || strncmp(text, "ff", 2) == 0)
        return false;
    return version_is_zero ? text[55] == '\0' : strlen(text) < NAME_MAX_BYTES && is_token(text);
}

/* The connection's memory goes with the connection, and a run that began before its body was there may outlive that. */
static bool copy_values(struct request_headers *headers, struct arena *arena)
{
    for (size_t i = 0; i < sizeof known_headers / sizeof known_headers[0]; i++) {
        char *field = (char *)headers + known_headers[i].offset;
        const char *value;

        memcpy(&value, field, sizeof value);
        if (!value)
            continue;
        value = arena_text(arena, value, strlen(value));
        memcpy(field, &value, sizeof value);
        if (!value)
            return false;
    }
    return true;
}

bool headers_finish(struct request_headers *headers, struct arena *arena)
{
    uint64_t random[2] = {0, 0};

    if (!copy_values(headers, arena))
        return false;
    if (headers->traceparent && !traceparent_is_valid(headers->traceparent))
        headers->traceparent = NULL;
    if (!headers->request_id || !is_token(headers->request_id)) {
        (void)!getrandom(random, sizeof random, 0);
        headers->request_id = arena_format(arena, "%016llx%016llx", (unsigned long long)random[0], (unsigned long long)random[1]);
    }
    return headers->request_id != NULL;
}

static const char *skip_blanks(const char *at) { return at + strspn(at, " \t"); }

bool media_type_is(const char *field, const char *type)
{
    size_t n = strlen(type);

    field = skip_blanks(field);
    return strncasecmp(field, type, n) == 0 && strchr(" \t;", field[n]); /* strchr finds the NUL too */
}

/* q=0.5 in thousandths; 1000 where none is given. */
static int quality(const char *at, size_t n)
{
    int q = 1000;

    for (size_t i = 0; i + 2 < n; i++) {
        if ((at[i] != ';' && at[i] != ' ') || (at[i + 1] != 'q' && at[i + 1] != 'Q') || at[i + 2] != '=')
            continue;
        q = 0;
        if (i + 3 < n && at[i + 3] == '1')
            return 1000;
        for (size_t k = 0, weight = 100; k < 3 && i + 5 + k < n; k++, weight /= 10) {
            if (at[i + 5 + k] < '0' || at[i + 5 + k] > '9')
                break;
            q += (at[i + 5 + k] - '0') * (int)weight;
        }
    }
    return q;
}

bool accepts_html_first(const char *accept)
{
    int html = 0, json = 0, any = 0;

    while (accept && *accept) {
        size_t n = strcspn(accept, ",");
        int q = quality(accept, n);
        if (media_type_is(accept, "text/html") || strncmp(skip_blanks(accept), "text/html", 9) == 0)
            html = q;
        else if (strncmp(skip_blanks(accept), "application/json", 16) == 0)
            json = q;
        else if (strncmp(skip_blanks(accept), "*/*", 3) == 0)
            any = q;
        accept += n + (accept[n] == ',');
    }
    return html > (json ? json : any) || (html > 0 && json == 0 && html >= any);
}

bool etags_hold(const char *field, const char *etag)
{
    size_t n = strlen(etag);

    while (field && *field) {
        field += strspn(field, " \t,");
        if (*field == '*')
            return true;
        if (strncmp(field, "W/", 2) == 0)
            field += 2;
        if (*field == '"' && strncmp(field + 1, etag, n) == 0 && field[n + 1] == '"')
            return true;
        field += strcspn(field, ",");
    }
    return false;
}

/* --- names --- */

static bool is_suite_name(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!((text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z') || (text[i] >= '0' && text[i] <= '9') ||
              (text[i] && strchr("_.-", text[i]))))
            return false;
    return n > 0 && n <= NAME_MAX_BYTES && text[0] != '.';
}

bool suite_reference_parse(struct arena *arena, const char *text, const char **name, const char **pin)
{
    size_t n = strcspn(text, "@");
    bool is_zero;

    *name = *pin = NULL;
    if (!is_suite_name(text, n))
        return false;
    if (text[n] == '@') {
        if (strncmp(text + n + 1, "sha256:", 7) != 0 || strlen(text + n + 8) != 64 || !is_lower_hex(text + n + 8, 64, &is_zero))
            return false;
        *pin = text + n + 1;
    }
    *name = arena_text(arena, text, n);
    return *name != NULL;
}

/* "file:", "s3://": letters before a colon, more than one of them; and whatever else looks like a URL. */
static bool has_scheme(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");

    return (n > 1 && text[n] == ':') || strstr(text, "://");
}

enum status source_name_check(const char *text, struct error *err)
{
    if (!*text)
        return error_set(err, STATUS_BAD_USAGE, "`source` is empty");
    if (strlen(text) > 4000)
        return error_set(err, STATUS_BAD_USAGE, "`source` is longer than 4000 bytes");
    for (const char *p = text; *p; p++)
        if (is_control((uint8_t)*p))
            return error_set(err, STATUS_BAD_USAGE, "`source` holds a control character");
    if (strncasecmp(text, "file:", 5) == 0 || text[0] == '/')
        return error_set(err, STATUS_FORBIDDEN, "`source` is relative to the directories that hold data");
    if (has_scheme(text))
        return error_set(err, STATUS_BAD_USAGE, "`source` is a name below the directories that hold data, not a URL");
    for (const char *p = text; *p; p += strcspn(p, "/"), p += *p == '/')
        if (strcspn(p, "/") == 2 && strncmp(p, "..", 2) == 0)
            return error_set(err, STATUS_FORBIDDEN, "`source` may not hold `..`");
    return STATUS_OK;
}

/* --- the query --- */

/* A text as the node that its field wants; where it is none of that type it stays text, and the field's parser says so. */
static struct node *query_node(struct arena *arena, const struct field *field, const char *value)
{
    bool is_word = strcmp(value, "true") == 0 || strcmp(value, "false") == 0;

    if (field && field->type == FIELD_BOOL && is_word)
        return node_bool(arena, value[0] == 't');
    if (field && field->type == FIELD_INT && *value && strspn(value, "0123456789") == strlen(value))
        return node_number(arena, value);
    return node_text(arena, span_text(value));
}

bool query_parse(struct arena *arena, const struct uri *uri, const struct field *fields, struct query *out,
                 struct problems *problems)
{
    static const struct field none[] = {{0}};
    struct node *map = node_map(arena);

    fields = fields ? fields : none;
    for (int i = 0; map && i < uri->n_pairs; i++) {
        const struct field *field = field_find(fields, uri->pairs[i].name);
        struct node *node = query_node(arena, field, uri->pairs[i].value);
        struct node *known = node_find(map, uri->pairs[i].name);
        if (!node)
            return false;
        if (known && field && field->type == FIELD_TEXT_LIST) {
            node_add(known, node);
            continue;
        }
        if (known)
            problems_add(problems, 0, 0, "`%s` is given twice", uri->pairs[i].name);
        if (field && field->type == FIELD_TEXT_LIST) {
            struct node *list = node_list(arena);
            node_add(list, node);
            node = list;
        }
        if (!known)
            node_set(arena, map, uri->pairs[i].name, node);
    }
    return map && fields_parse(arena, fields, map, out, NULL, NULL, problems);
}

/* --- the JSON of a validation --- */

#define AT(member) offsetof(struct validation_request, member)

const struct field validation_request_fields[] = {
    {.name = "suite", .type = FIELD_TEXT, .offset = AT(suite), .flags = FIELD_REQUIRED,
     .doc = "name of a suite of the service; name@sha256:... wants it with exactly that content"},
    {.name = "source", .type = FIELD_TEXT_LIST, .offset = AT(source), .flags = FIELD_REQUIRED,
     .doc = "the data: a file, a directory or a glob, relative to one of the directories that the service was given"},
    {.name = "partition", .type = FIELD_NODE, .offset = AT(partition),
     .doc = "only files below key=value/, as a map {\"dt\": \"2024-12-10\"}"},
    {.name = "where", .type = FIELD_TEXT, .offset = AT(where), .doc = "only rows for which this holds; joined to the suite's by and"},
    {.name = "vars", .type = FIELD_NODE, .offset = AT(vars), .doc = "what {{ name }} in the suite stands for, a map of scalars"},
    {.name = "now", .type = FIELD_TEXT, .offset = AT(now), .doc = "judge freshness as of then, e.g. 2024-12-10T06:00:00Z"},
    {.name = "labels", .type = FIELD_NODE, .offset = AT(labels), .doc = "go into the report's run, a map of texts"},
    {0},
};

static void check_map(const struct node *node, const char *name, struct problems *problems)
{
    if (node && node->kind != NODE_MAP)
        problems_add(problems, node->line, node->column, "`%s` is a map of names to scalars", name);
    for (const struct node *child = node && node->kind == NODE_MAP ? node->first : NULL; child; child = child->next)
        if (child->kind == NODE_LIST || child->kind == NODE_MAP || child->kind == NODE_NULL)
            problems_add(problems, child->line, child->column, "`%s.%s` is no scalar", name, (const char *)child->key.at);
}

bool validation_request_parse(struct arena *arena, struct span json, struct validation_request *out, struct problems *problems)
{
    struct error err = ERROR_NONE;
    struct node *root;

    *out = (struct validation_request){0};
    if (document_parse_json(arena, json, &root, &err) != STATUS_OK) {
        if (err.status == STATUS_NO_MEMORY)
            return false;
        problems_take(problems, &err);
        return true;
    }
    if (root->kind != NODE_MAP) {
        problems_add(problems, root->line, root->column, "the request is a JSON object such as {\"suite\": ..., \"source\": ...}");
        return true;
    }
    if (!fields_parse(arena, validation_request_fields, root, out, NULL, NULL, problems))
        return false;
    check_map(out->partition, "partition", problems);
    check_map(out->vars, "vars", problems);
    check_map(out->labels, "labels", problems);
    if (problems->n == 0 && out->source.n == 0)
        problems_add(problems, 0, 0, "`source` is an empty list");
    return true;
}
