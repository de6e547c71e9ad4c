/* core/json_writer.c -- JSON to a buffer, a value at a time. */
#include "core/json_writer.h"

#include <math.h>
#include <stdio.h>

#include "core/number.h"
#include "core/utf8.h"

static void put(struct json_writer *w, const void *bytes, size_t size)
{
    if (!w->failed && !buffer_add(w->out, bytes, size))
        w->failed = true;
}

static void new_line(struct json_writer *w)
{
    static const char blanks[] = "                                ";
    size_t left = (size_t)w->indent * (size_t)w->depth;

    if (w->indent == 0)
        return;
    put(w, "\n", 1);
    while (left) {
        size_t n = left < sizeof blanks - 1 ? left : sizeof blanks - 1;

        put(w, blanks, n);
        left -= n;
    }
}

/* What stands before a value or a key: a comma, a new line, or nothing after a key. */
static void before_item(struct json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (w->has_items)
        put(w, w->indent ? "," : ", ", w->indent ? 1 : 2);
    if (w->depth > 0)
        new_line(w);
}

void json_init(struct json_writer *w, struct buffer *out, int indent)
{
    *w = (struct json_writer){.out = out, .indent = indent};
}

static void open_level(struct json_writer *w, const char *bracket)
{
    before_item(w);
    put(w, bracket, 1);
    w->depth++;
    w->has_items = false;
}

static void close_level(struct json_writer *w, const char *bracket)
{
    w->depth--;
    if (w->has_items)
        new_line(w);
    put(w, bracket, 1);
    w->has_items = true;
}

void json_object(struct json_writer *w) { open_level(w, "{"); }
void json_object_end(struct json_writer *w) { close_level(w, "}"); }
void json_array(struct json_writer *w) { open_level(w, "["); }
void json_array_end(struct json_writer *w) { close_level(w, "]"); }

static void put_plain(struct json_writer *w, const char *text, size_t size)
{
    before_item(w);
    put(w, text, size);
    w->has_items = true;
}

/* The bytes at `at` that must be escaped: how many, 0 for none. "<", ">" and "&" would end a script element or an attribute
 * of a page that the document is put into; U+2028 and U+2029 end a line for JavaScript. */
static size_t escape_at(struct span s, char out[8], size_t *n)
{
    static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    uint8_t c = *s.at;
    const char *found = c ? strchr(named, c) : NULL;

    if (found) {
        out[0] = '\\';
        out[1] = letters[found - named];
        *n = 2;
        return 1;
    }
    if (c < 0x20 || c == 0x7f || c == '<' || c == '>' || c == '&') {
        *n = (size_t)snprintf(out, 8, "\\u%04x", c);
        return 1;
    }
    if (c == 0xe2 && s.size >= 3 && s.at[1] == 0x80 && (s.at[2] == 0xa8 || s.at[2] == 0xa9)) {
        *n = (size_t)snprintf(out, 8, "\\u20%02x", s.at[2] - 0x80);
        return 3;
    }
    return 0;
}

static void put_string(struct json_writer *w, struct span s)
{
    put(w, "\"", 1);
    while (s.size) {
        char escape[8];
        size_t plain = 0, n = 0, used = 0;

        while (plain < s.size && (used = escape_at(span_of(s.at + plain, s.size - plain), escape, &n)) == 0)
            plain++;
        put(w, s.at, plain);
        if (plain < s.size)
            put(w, escape, n);
        s = span_of(s.at + plain + used, s.size - plain - used);
    }
    put(w, "\"", 1);
}

void json_key_span(struct json_writer *w, struct span key)
{
    before_item(w);
    if (utf8_is_valid(key)) {
        put_string(w, key);
    } else { /* a key cannot be a {"hex"}: bytes that are not UTF-8 show as \xNN */
        struct buffer text = {0};
        struct value v = value_text(key);

        if (value_print(&v, &text))
            put_string(w, span_of(text.at, text.size));
        else
            w->failed = true;
        buffer_done(&text);
    }
    put(w, ": ", 2);
    w->has_items = true;
    w->after_key = true;
}

void json_key(struct json_writer *w, const char *key) { json_key_span(w, span_text(key)); }

static void put_hex(struct json_writer *w, struct span s)
{
    static const char digits[] = "0123456789abcdef";

    put(w, "\"", 1);
    for (size_t i = 0; i < s.size; i++) {
        char two[2] = {digits[s.at[i] >> 4], digits[s.at[i] & 15]};

        put(w, two, 2);
    }
    put(w, "\"", 1);
}

/* {"hex": ...}, {"text": ..., "truncated": true} or a string. */
static void write_bytes(struct json_writer *w, struct span s, bool is_hex, bool is_truncated)
{
    if (!is_hex && !is_truncated) {
        before_item(w);
        put_string(w, s);
        w->has_items = true;
        return;
    }
    json_object(w);
    json_key(w, is_hex ? "hex" : "text");
    before_item(w);
    if (is_hex)
        put_hex(w, s);
    else
        put_string(w, s);
    if (is_truncated)
        json_member_bool(w, "truncated", true);
    json_object_end(w);
}

void json_span(struct json_writer *w, struct span text) { write_bytes(w, text, !utf8_is_valid(text), false); }

void json_text(struct json_writer *w, const char *text)
{
    if (text)
        json_span(w, span_text(text));
    else
        json_null(w);
}

void json_int(struct json_writer *w, int64_t x)
{
    char text[NUMBER_TEXT_SIZE];

    put_plain(w, text, number_print_i64(x, text));
}

void json_double(struct json_writer *w, double x)
{
    char text[NUMBER_TEXT_SIZE];
    size_t n = number_print_double(x, text);

    if (isfinite(x))
        put_plain(w, text, n);
    else
        json_span(w, span_of(text, n));
}

void json_bool(struct json_writer *w, bool x) { put_plain(w, x ? "true" : "false", x ? 4 : 5); }
void json_null(struct json_writer *w) { put_plain(w, "null", 4); }
void json_raw(struct json_writer *w, struct span json) { put_plain(w, (const char *)json.at, json.size); }

void json_value(struct json_writer *w, const struct value *v)
{
    struct buffer text = {0};

    switch (v->kind) {
    case VALUE_NONE:
    case VALUE_NULL:
        json_null(w);
        return;
    case VALUE_DOUBLE:
        json_double(w, v->f64);
        return;
    case VALUE_TEXT:
    case VALUE_BYTES:
        write_bytes(w, v->bytes, v->kind == VALUE_BYTES || !utf8_is_valid(v->bytes), v->truncated);
        return;
    default:
        break;
    }
    if (!value_print(v, &text))
        w->failed = true;
    else if (v->kind == VALUE_BOOL || v->kind == VALUE_INT || v->kind == VALUE_UINT || v->kind == VALUE_DECIMAL)
        put_plain(w, (const char *)text.at, text.size);
    else
        json_span(w, span_of(text.at, text.size));
    buffer_done(&text);
}

static bool is_digit(const struct span *s, size_t at) { return at < s->size && s->at[at] >= '0' && s->at[at] <= '9'; }

/* YAML's numbers are more than JSON's: +1, .5, 5., 007. Digits stay as they are, what JSON lacks is put right. */
static void write_number(struct json_writer *w, struct span s)
{
    before_item(w);
    w->has_items = true;
    if (s.size && *s.at == '-')
        put(w, "-", 1);
    if (s.size && (*s.at == '-' || *s.at == '+'))
        s = span_of(s.at + 1, s.size - 1);
    while (s.size > 1 && *s.at == '0' && is_digit(&s, 1))
        s = span_of(s.at + 1, s.size - 1);
    if (!is_digit(&s, 0))
        put(w, "0", 1);
    for (size_t i = 0; i < s.size; i++) {
        bool is_bare_point = s.at[i] == '.' && !is_digit(&s, i + 1);

        if (!is_bare_point)
            put(w, s.at + i, 1);
    }
}

static void write_scalar(struct json_writer *w, const struct node *node)
{
    double x;

    switch (node->kind) {
    case NODE_BOOL:
        json_bool(w, node->boolean);
        break;
    case NODE_NUMBER:
        if (number_parse_double(node->text, &x) && (isfinite(x) || is_digit(&node->text, node->text.size - 1)))
            write_number(w, node->text); /* 1e999 is a number; Infinity ends in no digit */
        else
            json_span(w, node->text);
        break;
    case NODE_TEXT:
        json_span(w, node->text);
        break;
    default:
        json_null(w);
        break;
    }
}

void json_node(struct json_writer *w, const struct node *node)
{
    if (!node || (node->kind != NODE_LIST && node->kind != NODE_MAP)) {
        static const struct node nothing = {.kind = NODE_NULL};

        write_scalar(w, node ? node : &nothing);
        return;
    }
    if (node->kind == NODE_MAP)
        json_object(w);
    else
        json_array(w);
    for (const struct node *child = node->first; child; child = child->next) {
        if (node->kind == NODE_MAP)
            json_key_span(w, child->key);
        json_node(w, child);
    }
    if (node->kind == NODE_MAP)
        json_object_end(w);
    else
        json_array_end(w);
}

void json_member_text(struct json_writer *w, const char *key, const char *text)
{
    json_key(w, key);
    json_text(w, text);
}

void json_member_int(struct json_writer *w, const char *key, int64_t x)
{
    json_key(w, key);
    json_int(w, x);
}

void json_member_double(struct json_writer *w, const char *key, double x)
{
    json_key(w, key);
    json_double(w, x);
}

void json_member_bool(struct json_writer *w, const char *key, bool x)
{
    json_key(w, key);
    json_bool(w, x);
}
