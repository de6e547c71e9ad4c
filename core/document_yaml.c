/* core/document_yaml.c -- YAML by libyaml's events, scalars resolved by the core schema of YAML 1.2.2, section 10.3.2.
 *
 * libyaml knows the syntax of YAML 1.1, but only its resolver would make NO a bool, and we do not use that one. What a
 * suite does not need is refused with its place: anchors and aliases (the alias bomb with them), tags, merge keys, keys
 * that are not scalars, a second document, a key twice. Columns count characters, as libyaml's marks do.
 */
#include <yaml.h>

#include "core/document.h"
#include "core/document_parts.h"
#include "core/number.h"

struct builder {
    yaml_parser_t parser;
    struct arena *arena;
    struct error *err;
    int32_t n_nodes;
    int depth;
};

static enum status fail_at(struct builder *b, yaml_mark_t mark, const char *text)
{
    return document_error(b->err, (int64_t)mark.line + 1, (int64_t)mark.column + 1, "%s", text);
}

static enum status next_event(struct builder *b, yaml_event_t *event)
{
    const yaml_parser_t *p = &b->parser;

    if (yaml_parser_parse(&b->parser, event))
        return STATUS_OK;
    if (p->error == YAML_MEMORY_ERROR)
        return error_no_memory(b->err);
    if (p->error == YAML_READER_ERROR) { /* it has no mark */
        b->err->byte = (int64_t)p->problem_offset;
        return error_set(b->err, STATUS_BAD_SUITE, "not YAML: %s", p->problem ? p->problem : "unreadable bytes");
    }
    return document_error(b->err, (int64_t)p->problem_mark.line + 1, (int64_t)p->problem_mark.column + 1,
                          "not YAML: %s%s%s", p->context ? p->context : "", p->context ? ", " : "",
                          p->problem ? p->problem : "a syntax error");
}

static bool is_one_of(struct span s, const char *const *words)
{
    for (; *words; words++)
        if (span_is(s, *words))
            return true;
    return false;
}

static size_t count_class(struct span s, size_t from, const char *class)
{
    size_t at = from;

    while (at < s.size && s.at[at] && strchr(class, s.at[at]))
        at++;
    return at - from;
}

#define DIGITS "0123456789"

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? -- which covers the decimal integers. */
static bool looks_like_number(struct span s)
{
    size_t at = s.size && (*s.at == '-' || *s.at == '+');
    size_t whole = count_class(s, at, DIGITS), fraction = 0;

    at += whole;
    if (at < s.size && s.at[at] == '.') {
        fraction = count_class(s, at + 1, DIGITS);
        at += fraction + 1;
    }
    if (whole + fraction == 0)
        return false;
    if (at < s.size && (s.at[at] | 0x20) == 'e') {
        size_t digits;

        at++;
        at += at < s.size && (s.at[at] == '-' || s.at[at] == '+');
        digits = count_class(s, at, DIGITS);
        if (digits == 0)
            return false;
        at += digits;
    }
    return at == s.size;
}

/* 0o17 and 0x1F as decimal text. False: no such number; *text NULL: too large, or no memory. */
static bool read_radix(struct arena *arena, struct span s, const char **text)
{
    char decimal[NUMBER_TEXT_SIZE * 2];
    int shift;
    int128 x = 0;

    if (s.size < 3 || s.at[0] != '0' || (s.at[1] != 'o' && s.at[1] != 'x'))
        return false;
    shift = s.at[1] == 'o' ? 3 : 4;
    if (count_class(s, 2, shift == 3 ? "01234567" : DIGITS "abcdefABCDEF") != s.size - 2)
        return false;
    *text = NULL;
    for (size_t i = 2; i < s.size; i++) {
        int c = s.at[i];

        if (x >> (126 - shift))
            return true;
        x = x << shift | (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    *text = arena_text(arena, decimal, number_print_decimal(x, 0, decimal));
    return true;
}

static enum status resolve(struct builder *b, yaml_mark_t mark, struct node *node)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const trues[] = {"true", "True", "TRUE", NULL};
    static const char *const falses[] = {"false", "False", "FALSE", NULL};
    static const char *const infinities[] = {".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", NULL};
    static const char *const negatives[] = {"-.inf", "-.Inf", "-.INF", NULL};
    static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};
    struct span s = node->text;
    const char *text;

    node->kind = NODE_NUMBER;
    if (looks_like_number(s))
        return STATUS_OK;
    if (is_one_of(s, infinities))
        node->text = span_text("Infinity");
    else if (is_one_of(s, negatives))
        node->text = span_text("-Infinity");
    else if (is_one_of(s, nans))
        node->text = span_text("NaN");
    else if (read_radix(b->arena, s, &text)) {
        if (!text)
            return fail_at(b, mark, "an integer of more than 126 bits");
        node->text = span_text(text);
    } else if (is_one_of(s, nulls))
        node->kind = NODE_NULL;
    else if ((node->boolean = is_one_of(s, trues)) || is_one_of(s, falses))
        node->kind = NODE_BOOL;
    else
        node->kind = NODE_TEXT;
    return STATUS_OK;
}

static enum status copy_text(struct builder *b, const yaml_event_t *event, struct span *out)
{
    const void *bytes = event->data.scalar.value;
    size_t size = event->data.scalar.length;
    char *copy;

    if (memchr(bytes, 0, size))
        return fail_at(b, event->start_mark, "a text with a NUL in it");
    copy = arena_text(b->arena, bytes, size);
    if (!copy)
        return error_no_memory(b->err);
    *out = span_of(copy, size);
    return STATUS_OK;
}

/* What a node may not carry: an anchor, a tag. */
static enum status check_decorations(struct builder *b, const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;

    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return fail_at(b, event->start_mark, "aliases (*name) are not supported: write the value out");
    case YAML_SCALAR_EVENT:
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    default:
        break;
    }
    if (anchor)
        return fail_at(b, event->start_mark, "anchors (&name) are not supported: write the value out");
    if (tag)
        return fail_at(b, event->start_mark, "tags (!name) are not supported: quote a text, leave the rest plain");
    return STATUS_OK;
}

static enum status build(struct builder *b, const yaml_event_t *event, struct node **out);

/* The key that the event starts, then its value. */
static enum status build_member(struct builder *b, const yaml_event_t *event, struct node *map)
{
    bool is_plain = event->type == YAML_SCALAR_EVENT && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    yaml_mark_t mark = event->start_mark;
    yaml_event_t value;
    struct node *child = NULL;
    struct span key;
    enum status status;

    TRY(check_decorations(b, event));
    if (event->type != YAML_SCALAR_EVENT)
        return fail_at(b, mark, "a key that is a list or a map");
    TRY(copy_text(b, event, &key));
    if (is_plain && key.size == 0)
        return fail_at(b, mark, "a value without a key");
    if (is_plain && span_is(key, "<<"))
        return fail_at(b, mark, "merge keys (<<) are not supported: write the members out");
    TRY(next_event(b, &value));
    status = build(b, &value, &child);
    yaml_event_delete(&value);
    if (status != STATUS_OK)
        return status;
    child->key = key;
    child->key_line = (int32_t)mark.line + 1;
    child->key_column = (int32_t)mark.column + 1;
    node_add(map, child);
    return STATUS_OK;
}

static enum status build_children(struct builder *b, yaml_mark_t mark, struct node *parent)
{
    yaml_event_type_t end = parent->kind == NODE_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;

    if (++b->depth > DOCUMENT_MAX_DEPTH)
        return document_error(b->err, (int64_t)mark.line + 1, (int64_t)mark.column + 1,
                              "values are nested more than %d deep", (int)DOCUMENT_MAX_DEPTH);
    for (;;) {
        yaml_event_t event;
        struct node *child = NULL;
        bool is_end;
        enum status status;

        TRY(next_event(b, &event));
        is_end = event.type == end;
        if (is_end)
            status = STATUS_OK;
        else if (parent->kind == NODE_MAP)
            status = build_member(b, &event, parent);
        else
            status = build(b, &event, &child);
        yaml_event_delete(&event);
        if (status != STATUS_OK)
            return status;
        if (is_end)
            break;
        node_add(parent, child);
    }
    b->depth--;
    return parent->kind == NODE_MAP ? document_check_keys(parent, b->err) : STATUS_OK;
}

/* The value that the event starts. */
static enum status build(struct builder *b, const yaml_event_t *event, struct node **out)
{
    yaml_mark_t mark = event->start_mark;

    TRY(check_decorations(b, event));
    TRY(document_new_node(b->arena, &b->n_nodes, (int32_t)mark.line + 1, (int32_t)mark.column + 1, out, b->err));
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        TRY(copy_text(b, event, &(*out)->text));
        (*out)->kind = NODE_TEXT;
        (*out)->is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        return (*out)->is_quoted ? STATUS_OK : resolve(b, mark, *out);
    case YAML_SEQUENCE_START_EVENT:
        (*out)->kind = NODE_LIST;
        return build_children(b, mark, *out);
    case YAML_MAPPING_START_EVENT:
        (*out)->kind = NODE_MAP;
        return build_children(b, mark, *out);
    default:
        return fail_at(b, mark, "not YAML: a value is missing");
    }
}

/* Events around the one document; an empty stream is null. */
static enum status build_document(struct builder *b, struct node **out)
{
    bool has_root = false, is_end = false;

    while (!is_end) {
        yaml_event_t event;
        enum status status = STATUS_OK;

        TRY(next_event(b, &event));
        is_end = event.type == YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && has_root)
            status = fail_at(b, event.start_mark, "a second document: a suite is one");
        else if (event.type != YAML_STREAM_START_EVENT && event.type != YAML_DOCUMENT_START_EVENT &&
                 event.type != YAML_DOCUMENT_END_EVENT && !is_end) {
            status = build(b, &event, out);
            has_root = true;
        }
        yaml_event_delete(&event);
        if (status != STATUS_OK)
            return status;
    }
    if (has_root)
        return STATUS_OK;
    *out = node_null(b->arena);
    if (!*out)
        return error_no_memory(b->err);
    (*out)->line = (*out)->column = 1;
    return STATUS_OK;
}

enum status document_parse_yaml(struct arena *arena, struct span bytes, struct node **out, struct error *err)
{
    struct builder b = {.arena = arena, .err = err};
    enum status status;

    TRY(document_check_bytes(&bytes, err));
    if (!yaml_parser_initialize(&b.parser))
        return error_no_memory(err);
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, bytes.at ? bytes.at : (const unsigned char *)"", bytes.size);
    status = build_document(&b, out);
    yaml_parser_delete(&b.parser);
    return status;
}
