/* core/json_writer.h -- streaming JSON to a buffer.
 *
 * Keeps no tree; commas and indentation are its business. Output is valid UTF-8 always: invalid bytes of a text make
 * it {"hex": "..."}. "<", ">", "&", U+2028 and U+2029 inside strings are escaped, so that a document may be embedded in HTML.
 */
#ifndef CORE_JSON_WRITER_H
#define CORE_JSON_WRITER_H

#include "core/document.h"

struct json_writer {
    struct buffer *out;
    int indent;     /* blanks per level; 0: one line */
    int depth;
    bool has_items; /* something was written at this level */
    bool after_key;
    bool failed;    /* no memory: sticky, checked once at the end */
};

/* jansson has functions of these three names too: in one program, each would be called in place of the other. So the linker
 * knows ours by another name. A file cannot include both headers. */
void json_object(struct json_writer *w) __asm__("json_writer_object");
void json_array(struct json_writer *w) __asm__("json_writer_array");
void json_null(struct json_writer *w) __asm__("json_writer_null");

void json_init(struct json_writer *w, struct buffer *out, int indent);
void json_object_end(struct json_writer *w);
void json_array_end(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);
void json_key_span(struct json_writer *w, struct span key);
void json_text(struct json_writer *w, const char *text); /* NULL: null */
void json_span(struct json_writer *w, struct span text); /* invalid UTF-8: {"hex"} */
void json_int(struct json_writer *w, int64_t x);
void json_double(struct json_writer *w, double x); /* shortest; NaN etc. as strings */
void json_bool(struct json_writer *w, bool x);
void json_value(struct json_writer *w, const struct value *v); /* a truncated text or bytes: {"text"|"hex": ..., "truncated": true} */
void json_node(struct json_writer *w, const struct node *node);
void json_raw(struct json_writer *w, struct span json); /* already JSON */

/* "key": value in one call. */
void json_member_text(struct json_writer *w, const char *key, const char *text);
void json_member_int(struct json_writer *w, const char *key, int64_t x);
void json_member_double(struct json_writer *w, const char *key, double x);
void json_member_bool(struct json_writer *w, const char *key, bool x);

#endif
