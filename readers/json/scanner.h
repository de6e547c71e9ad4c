/* readers/json/scanner.h -- one flat JSON object, member by member, without a tree (RFC 8259, strictly).
 *
 * Besides what the grammar forbids, refused are \u0000 and lone surrogates in strings (no text could hold them) and nesting
 * deeper than JSON_DEPTH_MAX. UTF-8 is not looked at here. Spans point into the text.
 */
#ifndef READERS_JSON_SCANNER_H
#define READERS_JSON_SCANNER_H

#include "core/span.h"

enum { JSON_DEPTH_MAX = 256 };

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_NESTED /* its span begins with { or [ */ };

struct json_member {
    struct span key, value; /* strings without their quotes, escapes as written */
    enum json_kind kind;
    bool key_is_escaped, value_is_escaped;
};

struct json_scanner {
    const uint8_t *at, *end;
    const char *damage; /* static text; NULL: none */
    bool hit_end;       /* the damage is that the text ends too early */
};

void json_skip_blanks(struct json_scanner *s);
/* Takes the '{'. false: damage is set. */
bool json_enter_object(struct json_scanner *s);
/* true: *member. false: the object is over ('}' taken), or damage is set. `is_first`: right after json_enter_object. */
bool json_next_member(struct json_scanner *s, bool is_first, struct json_member *member);

/* For a text that was passed over before and found good: a key with its colon; a value that is no object and no list. */
bool json_take_key(struct json_scanner *s, struct json_member *member);
bool json_take_scalar(struct json_scanner *s, struct json_member *member);

/* A scanned string with its escapes resolved; out has room for text.size bytes. Returns the size. */
size_t json_unescape(struct span text, uint8_t *out);

#endif
