/* server/request.h -- from the bytes of a request to its parts: target, query, header fields, JSON. Pure: what fuzz_request feeds. */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include "core/field.h"

enum { URI_MAX = 8 << 10, HEADERS_MAX = 16 << 10, QUERY_MAX = 64, NAME_MAX_BYTES = 128, JSON_REQUEST_MAX = 1 << 20 };

struct query_pair { const char *name, *value; };

struct uri {
    const char *raw;       /* as sent */
    const char *path;      /* before the ?, still encoded */
    struct query_pair pairs[QUERY_MAX]; int n_pairs; /* decoded */
};
/* BAD_USAGE: no absolute path, a bad %-sequence, a NUL, bytes that are not UTF-8, control characters, too many parameters. */
enum status uri_parse(struct arena *arena, const char *raw, struct uri *out, struct error *err) NODISCARD;
/* Decodes one segment of a path. NULL: as above, also an encoded slash. */
const char *segment_decode(struct arena *arena, struct span encoded);

/* Header fields that the service looks at; NULL where absent. Texts that are echoed are checked: what is no token is replaced. */
struct request_headers {
    const char *request_id;  /* never NULL after headers_finish */
    const char *traceparent; /* only where it is well-formed */
    const char *content_type, *content_encoding, *accept, *if_match, *if_none_match, *idempotency_key, *transfer_encoding, *expect;
    const char *content_length;
    int n_content_length, n_transfer_encoding, n_host;
    bool has_bad_bytes;      /* control characters in a value, or a name that is no token */
    size_t size;             /* of all */
};
/* Field by field; the texts are borrowed until headers_finish. */
void headers_add(struct request_headers *headers, const char *name, const char *value, size_t size);
/* Copies the texts, checks what is echoed, makes a request id where there is none. false: no memory. */
bool headers_finish(struct request_headers *headers, struct arena *arena);
bool traceparent_is_valid(const char *text);

/* "text/csv; charset=utf-8" is "text/csv"? */
bool media_type_is(const char *field, const char *type);
/* Is HTML preferred over JSON by this Accept field? Not where it is absent or both are equal. */
bool accepts_html_first(const char *accept);
/* Is one of the entity tags in an If-Match or If-None-Match field this one (without quotes), or *? */
bool etags_hold(const char *field, const char *etag);

/* "name" or "name@sha256:<64 hex>", the name of letters, digits, dot, dash and underscore. *pin is NULL without one. */
bool suite_reference_parse(struct arena *arena, const char *text, const char **name, const char **pin);
/* Is this a name relative to a data root: no URL, not absolute, no `..`, no control characters? What is wrong otherwise, and FORBIDDEN
 * (it leads elsewhere) or BAD_USAGE (it is none). */
enum status source_name_check(const char *text, struct error *err) NODISCARD;

/* Parameters of the query. */
struct query {
    bool gate;
    const char *now, *where, *after;
    int64_t samples, limit;
    struct text_list partition, var, label;
};
/* Fills it by a route's rows; every problem is added. false: no memory. */
bool query_parse(struct arena *arena, const struct uri *uri, const struct field *fields, struct query *out,
                 struct problems *problems);

/* The JSON of POST /v1/validations. */
struct validation_request {
    const char *suite;
    struct text_list source;
    struct node *partition, *vars, *labels;
    const char *where, *now;
};
extern const struct field validation_request_fields[];
/* Syntax errors and unknown or wrong members are problems. false: no memory. */
bool validation_request_parse(struct arena *arena, struct span json, struct validation_request *out, struct problems *problems);

#endif
