/* core/document.c -- trees: what the scanners share, and building them by hand. */
#include "core/document.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/document_parts.h"
#include "core/number.h"
#include "core/utf8.h"

enum status document_error(struct error *err, int64_t line, int64_t column, const char *format, ...)
{
    char text[sizeof err->text];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    err->line = line;
    err->line_column = column;
    return error_set(err, STATUS_BAD_SUITE, "%s", text);
}

enum status document_new_node(struct arena *arena, int32_t *n_nodes, int32_t line, int32_t column, struct node **out,
                              struct error *err)
{
    if (++*n_nodes > DOCUMENT_MAX_NODES)
        return document_error(err, line, column, "the document has more than %d values", (int)DOCUMENT_MAX_NODES);
    *out = arena_alloc(arena, sizeof **out);
    if (!*out)
        return error_no_memory(err);
    (*out)->line = line;
    (*out)->column = column;
    return STATUS_OK;
}

static enum status duplicate_key(const struct node *node, struct error *err)
{
    struct span key = utf8_cut(node->key, 100);

    return document_error(err, node->key_line, node->key_column, "the key `%.*s` stands here a second time", (int)key.size,
                          (const char *)key.at);
}

static bool is_before(const struct node *a, const struct node *b)
{
    return a->key_line != b->key_line ? a->key_line < b->key_line : a->key_column < b->key_column;
}

static int by_key_and_place(const void *a, const void *b)
{
    const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
    int order = span_compare(x->key, y->key);

    return order ? order : is_before(x, y) ? -1 : 1;
}

enum status document_check_keys(const struct node *map, struct error *err)
{
    enum { FEW = 12 };
    const struct node *first = NULL, *child, **sorted;
    size_t n = 0;

    if (map->n_children <= FEW) {
        for (child = map->first; child; child = child->next)
            for (const struct node *other = map->first; other != child; other = other->next)
                if (span_equal(child->key, other->key))
                    return duplicate_key(child, err);
        return STATUS_OK;
    }
    sorted = mem_alloc(NULL, (size_t)map->n_children * sizeof *sorted);
    if (!sorted)
        return error_no_memory(err);
    for (child = map->first; child; child = child->next)
        sorted[n++] = child;
    qsort(sorted, n, sizeof *sorted, by_key_and_place);
    for (size_t i = 1; i < n; i++)
        if (span_equal(sorted[i]->key, sorted[i - 1]->key) && (!first || is_before(sorted[i], first)))
            first = sorted[i];
    mem_free(NULL, sorted);
    return first ? duplicate_key(first, err) : STATUS_OK;
}

enum status document_check_bytes(struct span *bytes, struct error *err)
{
    size_t valid;
    int64_t line = 1, column = 1;

    if (bytes->size > DOCUMENT_MAX_BYTES)
        return error_set(err, STATUS_BAD_SUITE, "the document is larger than %d bytes", (int)DOCUMENT_MAX_BYTES);
    if (bytes->size >= 3 && memcmp(bytes->at, "\xef\xbb\xbf", 3) == 0)
        *bytes = span_of(bytes->at + 3, bytes->size - 3);
    valid = utf8_valid_prefix(*bytes);
    if (valid == bytes->size)
        return STATUS_OK;
    for (size_t i = 0; i < valid; i++, column++)
        if (bytes->at[i] == '\n') {
            line++;
            column = 0;
        }
    return document_error(err, line, column, "byte 0x%02x is not UTF-8", bytes->at[valid]);
}

enum status document_parse(struct arena *arena, struct span bytes, const char *format, struct node **out,
                           struct error *err)
{
    size_t at = bytes.size >= 3 && memcmp(bytes.at, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

    if (format)
        return strcmp(format, "json") == 0 ? document_parse_json(arena, bytes, out, err)
                                           : document_parse_yaml(arena, bytes, out, err);
    while (at < bytes.size && memchr(" \t\r\n", bytes.at[at], 4))
        at++;
    if (at < bytes.size && (bytes.at[at] == '{' || bytes.at[at] == '['))
        return document_parse_json(arena, bytes, out, err);
    return document_parse_yaml(arena, bytes, out, err);
}

struct node *node_find(const struct node *map, const char *key)
{
    if (!map || map->kind != NODE_MAP)
        return NULL;
    for (struct node *child = map->first; child; child = child->next)
        if (span_is(child->key, key))
            return child;
    return NULL;
}

static struct node *new_node(struct arena *arena, enum node_kind kind)
{
    struct node *node = arena_alloc(arena, sizeof *node);

    if (node)
        node->kind = kind;
    return node;
}

/* A scalar with a copy of its text. */
static struct node *new_scalar(struct arena *arena, enum node_kind kind, struct span text)
{
    struct node *node = new_node(arena, kind);
    char *copy = node ? arena_text(arena, text.at, text.size) : NULL;

    if (!copy)
        return NULL;
    node->text = span_of(copy, text.size);
    return node;
}

struct node *node_map(struct arena *arena) { return new_node(arena, NODE_MAP); }
struct node *node_list(struct arena *arena) { return new_node(arena, NODE_LIST); }

struct node *node_text(struct arena *arena, struct span text)
{
    struct node *node = new_scalar(arena, NODE_TEXT, text);

    if (node)
        node->is_quoted = true;
    return node;
}

struct node *node_number(struct arena *arena, const char *text)
{
    return new_scalar(arena, NODE_NUMBER, span_text(text));
}

struct node *node_bool(struct arena *arena, bool x)
{
    struct node *node = new_scalar(arena, NODE_BOOL, span_text(x ? "true" : "false"));

    if (node)
        node->boolean = x;
    return node;
}

struct node *node_null(struct arena *arena) { return new_scalar(arena, NODE_NULL, span_text("null")); }

static struct node *hex_map(struct arena *arena, struct span bytes)
{
    static const char digits[] = "0123456789abcdef";
    struct node *map = node_map(arena);
    size_t size;
    char *hex = size_mul(bytes.size, 2, &size) ? arena_alloc(arena, size + 1) : NULL;

    if (!map || !hex)
        return NULL;
    for (size_t i = 0; i < bytes.size; i++) {
        hex[2 * i] = digits[bytes.at[i] >> 4];
        hex[2 * i + 1] = digits[bytes.at[i] & 15];
    }
    node_set(arena, map, "hex", node_text(arena, span_of(hex, size)));
    return map->n_children ? map : NULL;
}

/* Text and bytes: what json_value writes, as a tree. */
static struct node *bytes_node(struct arena *arena, const struct value *v)
{
    bool is_hex = v->kind == VALUE_BYTES || !utf8_is_valid(v->bytes);
    struct node *map;

    if (!v->truncated)
        return is_hex ? hex_map(arena, v->bytes) : node_text(arena, v->bytes);
    map = is_hex ? hex_map(arena, v->bytes) : node_map(arena);
    if (!map)
        return NULL;
    if (!is_hex)
        node_set(arena, map, "text", node_text(arena, v->bytes));
    node_set(arena, map, "truncated", node_bool(arena, true));
    return map->n_children == 2 ? map : NULL;
}

struct node *node_value(struct arena *arena, const struct value *v)
{
    struct buffer text = {0};
    struct node *node = NULL;
    bool is_number = v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_DECIMAL ||
                     (v->kind == VALUE_DOUBLE && isfinite(v->f64));

    if (v->kind == VALUE_NONE || v->kind == VALUE_NULL)
        return node_null(arena);
    if (v->kind == VALUE_BOOL)
        return node_bool(arena, v->boolean);
    if (v->kind == VALUE_TEXT || v->kind == VALUE_BYTES) {
        node = bytes_node(arena, v);
    } else if (value_print(v, &text)) {
        struct span s = span_of(text.at, text.size);

        node = is_number ? new_scalar(arena, NODE_NUMBER, s) : node_text(arena, s);
    }
    arena->n_refused += !node; /* no room for the text is no refusal of the arena's, but as bad */
    buffer_done(&text);
    return node;
}

static bool set_key(struct arena *arena, struct node *node, struct span key)
{
    char *copy = arena_text(arena, key.at, key.size);

    node->key = span_of(copy, key.size);
    return copy != NULL;
}

/* Depth is bounded: trees come from the scanners or are built level by level in code. */
struct node *node_copy(struct arena *arena, const struct node *from)
{
    struct node *to = from ? new_scalar(arena, from->kind, from->text) : NULL;

    if (!to)
        return NULL;
    to->boolean = from->boolean;
    to->is_quoted = from->is_quoted;
    to->starts_with_variable = from->starts_with_variable;
    to->line = from->line;
    to->column = from->column;
    for (const struct node *child = from->first; child; child = child->next) {
        struct node *copy = node_copy(arena, child);

        if (!copy || !set_key(arena, copy, child->key))
            return NULL;
        copy->key_line = child->key_line;
        copy->key_column = child->key_column;
        node_add(to, copy);
    }
    return to;
}

void node_add(struct node *list, struct node *child)
{
    if (!list || !child)
        return;
    child->next = NULL;
    if (list->last)
        list->last->next = child;
    else
        list->first = child;
    list->last = child;
    list->n_children++;
}

void node_set(struct arena *arena, struct node *map, const char *key, struct node *child)
{
    struct node *before = NULL;

    if (!map || !child || !set_key(arena, child, span_text(key)))
        return;
    for (struct node *at = map->first; at; before = at, at = at->next) {
        if (!span_equal(at->key, child->key))
            continue;
        child->next = at->next;
        if (before)
            before->next = child;
        else
            map->first = child;
        if (map->last == at)
            map->last = child;
        return;
    }
    node_add(map, child);
}
