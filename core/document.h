/* core/document.h -- a text document (YAML or JSON) as a tree with positions.
 *
 * YAML 1.2 core schema: NO is text. Aliases, anchors, tags, merge keys, several documents and
 * duplicate keys are refused with their place: a suite needs none of them. JSON by our own scanner (RFC 8259, depth
 * 2,048... see DOCUMENT_MAX_DEPTH, duplicate keys, NUL in strings and invalid UTF-8 refused): it keeps line, column
 * and the literal text of numbers, which jansson does not; jansson is its oracle in tests.
 */
#ifndef CORE_DOCUMENT_H
#define CORE_DOCUMENT_H

#include "core/memory.h"
#include "core/span.h"
#include "core/value.h"

enum { DOCUMENT_MAX_DEPTH = 256, DOCUMENT_MAX_NODES = 1000000, DOCUMENT_MAX_BYTES = 16 << 20 };

enum node_kind { NODE_NULL, NODE_BOOL, NODE_NUMBER, NODE_TEXT, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    bool boolean;
    bool is_quoted;      /* scalar was written in quotes */
    bool starts_with_variable; /* a suite's text that began with {{ or ${, which has been substituted */
    int32_t line, column; /* of its first byte, from 1; 0 for built nodes */
    struct span text;    /* scalar: its text (number: as written); NUL follows it */
    struct span key;     /* member of a map: its key; NUL follows it */
    int32_t key_line, key_column;
    int32_t n_children;
    struct node *first, *last, *next;
};

/* Told by the first non-blank byte ({ or [ is JSON) unless `format` says "json" or "yaml". All syntax errors are
 * BAD_SUITE with line and column. The tree lives in the arena; nothing refers to `bytes` afterwards. */
enum status document_parse(struct arena *arena, struct span bytes, const char *format, struct node **out,
                           struct error *err) NODISCARD;
enum status document_parse_json(struct arena *arena, struct span bytes, struct node **out, struct error *err) NODISCARD;
enum status document_parse_yaml(struct arena *arena, struct span bytes, struct node **out, struct error *err) NODISCARD;

/* NULL where absent or not a map. */
struct node *node_find(const struct node *map, const char *key);

/* Building (result details, parameters); all return NULL without memory, and accept NULL parents, so that a chain of
 * calls needs one check at its end. */
struct node *node_map(struct arena *arena);
struct node *node_list(struct arena *arena);
struct node *node_text(struct arena *arena, struct span text);
struct node *node_number(struct arena *arena, const char *text);
struct node *node_bool(struct arena *arena, bool x);
struct node *node_null(struct arena *arena);
struct node *node_value(struct arena *arena, const struct value *v); /* as JSON shows it: NaN becomes text, bytes a hex map */
struct node *node_copy(struct arena *arena, const struct node *from);
void node_set(struct arena *arena, struct node *map, const char *key, struct node *child); /* appends; replaces an equal key */
void node_add(struct node *list, struct node *child);

/* Edit distance for 'did you mean': the candidate nearest to `word` (case-insensitive Damerau-Levenshtein, at most
 * a third of its length), NULL if none is near. `names` ends with NULL. */
const char *nearest_name(const char *word, const char *const *names);

#endif
