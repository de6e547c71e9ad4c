/* core/document_json.c -- JSON as RFC 8259 defines it, with the place of everything.
 *
 * Stricter than the grammar where the RFC lets a reader choose: a key twice in a map, NUL and lone surrogates in strings,
 * and nesting past DOCUMENT_MAX_DEPTH are refused. A byte order mark is skipped. Any value may be the document. Numbers
 * keep their text, so 1e999 and 0.10 arrive as they were written. Columns count bytes.
 */
#include "core/document.h"
#include "core/document_parts.h"
#include "core/utf8.h"

struct scanner {
    struct span left;
    const uint8_t *line_start;
    int32_t line;
    int32_t n_nodes;
    int depth;
    struct arena *arena;
    struct error *err;
};

static int32_t column_of(const struct scanner *s) { return (int32_t)(s->left.at - s->line_start) + 1; }

#define FAIL(s, ...) document_error((s)->err, (s)->line, column_of(s), __VA_ARGS__)

static void step(struct scanner *s, size_t n) { s->left = span_of(s->left.at + n, s->left.size - n); }

/* The next byte, 0 at the end: a NUL of the text is no token either. */
static uint8_t peek(const struct scanner *s) { return s->left.size ? *s->left.at : 0; }

static void skip_blanks(struct scanner *s)
{
    for (; s->left.size; step(s, 1)) {
        uint8_t c = *s->left.at;

        if (c == '\n') {
            s->line++;
            s->line_start = s->left.at + 1;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return;
        }
    }
}

static enum status unexpected(struct scanner *s, const char *wanted)
{
    uint8_t c = peek(s);

    if (s->left.size == 0)
        return FAIL(s, "the document ends where %s should be", wanted);
    if (c < 0x20 || c >= 0x7f)
        return FAIL(s, "byte 0x%02x stands where %s should be", c, wanted);
    return FAIL(s, "`%c` stands where %s should be", c, wanted);
}

static enum status scan_literal(struct scanner *s, const char *word, enum node_kind kind, struct node *node)
{
    size_t n = strlen(word);

    if (s->left.size < n || memcmp(s->left.at, word, n) != 0)
        return unexpected(s, "a value");
    node->kind = kind;
    node->boolean = *word == 't';
    node->text = span_text(word); /* static text, NUL follows */
    step(s, n);
    return STATUS_OK;
}

static size_t count_digits(struct span s, size_t from)
{
    size_t at = from;

    while (at < s.size && s.at[at] >= '0' && s.at[at] <= '9')
        at++;
    return at - from;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static enum status scan_number(struct scanner *s, struct node *node)
{
    struct span left = s->left;
    size_t at = left.at[0] == '-', n = count_digits(left, at);
    char *copy;

    if (n == 0 || (n > 1 && left.at[at] == '0'))
        return FAIL(s, n == 0 ? "a `-` without a number" : "a number with leading zeros");
    at += n;
    if (at < left.size && left.at[at] == '.') {
        n = count_digits(left, at + 1);
        if (n == 0)
            return FAIL(s, "a number without digits after its point");
        at += n + 1;
    }
    if (at < left.size && (left.at[at] | 0x20) == 'e') {
        at++;
        if (at < left.size && (left.at[at] == '+' || left.at[at] == '-'))
            at++;
        n = count_digits(left, at);
        if (n == 0)
            return FAIL(s, "a number without digits in its exponent");
        at += n;
    }
    copy = arena_text(s->arena, left.at, at);
    if (!copy)
        return error_no_memory(s->err);
    node->kind = NODE_NUMBER;
    node->text = span_of(copy, at);
    step(s, at);
    return STATUS_OK;
}

/* Four hexadecimal digits at `at`. */
static bool read_hex4(struct span s, size_t at, uint32_t *out)
{
    *out = 0;
    if (s.size < at + 4)
        return false;
    for (size_t i = at; i < at + 4; i++) {
        uint32_t c = s.at[i], lower = c | 0x20;

        if (c >= '0' && c <= '9')
            *out = *out << 4 | (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            *out = *out << 4 | (lower - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* After \u; a pair of surrogates is one code point. */
static enum status scan_unicode(struct scanner *s, uint8_t *out, size_t *n)
{
    uint32_t c, low;
    size_t used = 6;

    if (!read_hex4(s->left, 2, &c))
        return FAIL(s, "\\u needs four hexadecimal digits");
    if (c == 0)
        return FAIL(s, "a string with a NUL in it");
    if (c >= 0xd800 && c < 0xe000) {
        if (c >= 0xdc00 || s->left.size < 12 || s->left.at[6] != '\\' || s->left.at[7] != 'u' ||
            !read_hex4(s->left, 8, &low) || low < 0xdc00 || low > 0xdfff)
            return FAIL(s, "half of a surrogate pair");
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        used = 12;
    }
    *n += utf8_put(c, out + *n);
    step(s, used);
    return STATUS_OK;
}

static enum status scan_escape(struct scanner *s, uint8_t *out, size_t *n)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    uint8_t c = s->left.size > 1 ? s->left.at[1] : 0;
    const char *found;

    if (c == 'u')
        return scan_unicode(s, out, n);
    found = c ? strchr(from, c) : NULL;
    if (!found)
        return FAIL(s, "an escape that JSON does not have");
    out[(*n)++] = (uint8_t)to[found - from];
    step(s, 2);
    return STATUS_OK;
}

/* Bytes up to the closing quote, escapes undone: they only ever shrink. */
static enum status scan_string(struct scanner *s, struct span *text)
{
    size_t limit = 1, n = 0;
    uint8_t *out;

    while (limit < s->left.size && s->left.at[limit] != '"')
        limit += s->left.at[limit] == '\\' ? 2 : 1;
    if (limit >= s->left.size)
        return FAIL(s, "a string without its closing quote");
    out = arena_alloc(s->arena, limit);
    if (!out)
        return error_no_memory(s->err);
    step(s, 1);
    while (peek(s) != '"') {
        size_t plain = 0;

        while (s->left.at[plain] != '"' && s->left.at[plain] != '\\' && s->left.at[plain] >= 0x20)
            plain++;
        memcpy(out + n, s->left.at, plain);
        n += plain;
        step(s, plain);
        if (peek(s) == '\\')
            TRY(scan_escape(s, out, &n));
        else if (peek(s) != '"')
            return FAIL(s, "the control character 0x%02x in a string", peek(s));
    }
    step(s, 1);
    *text = span_of(out, n);
    return STATUS_OK;
}

static enum status scan_value(struct scanner *s, struct node **out);

/* After the bracket; `close` ends it. A map's members have keys. */
static enum status scan_children(struct scanner *s, struct node *parent, uint8_t close)
{
    struct node *child;

    if (++s->depth > DOCUMENT_MAX_DEPTH)
        return FAIL(s, "values are nested more than %d deep", (int)DOCUMENT_MAX_DEPTH);
    step(s, 1);
    skip_blanks(s);
    if (peek(s) == close)
        goto closed;
    for (;;) {
        struct span key = {NULL, 0};
        int32_t line = s->line, column = column_of(s);

        if (close == '}') {
            if (peek(s) != '"')
                return unexpected(s, "a key in double quotes");
            TRY(scan_string(s, &key));
            skip_blanks(s);
            if (peek(s) != ':')
                return unexpected(s, "a `:`");
            step(s, 1);
            skip_blanks(s);
        }
        TRY(scan_value(s, &child));
        child->key = key;
        child->key_line = close == '}' ? line : 0;
        child->key_column = close == '}' ? column : 0;
        node_add(parent, child);
        skip_blanks(s);
        if (peek(s) == close)
            break;
        if (peek(s) != ',')
            return unexpected(s, close == '}' ? "a `,` or a `}`" : "a `,` or a `]`");
        step(s, 1);
        skip_blanks(s);
    }
closed:
    step(s, 1);
    s->depth--;
    return close == '}' ? document_check_keys(parent, s->err) : STATUS_OK;
}

static enum status scan_value(struct scanner *s, struct node **out)
{
    uint8_t c = peek(s);

    TRY(document_new_node(s->arena, &s->n_nodes, s->line, column_of(s), out, s->err));
    switch (c) {
    case '{':
        (*out)->kind = NODE_MAP;
        return scan_children(s, *out, '}');
    case '[':
        (*out)->kind = NODE_LIST;
        return scan_children(s, *out, ']');
    case '"':
        (*out)->kind = NODE_TEXT;
        (*out)->is_quoted = true;
        return scan_string(s, &(*out)->text);
    case 't':
        return scan_literal(s, "true", NODE_BOOL, *out);
    case 'f':
        return scan_literal(s, "false", NODE_BOOL, *out);
    case 'n':
        return scan_literal(s, "null", NODE_NULL, *out);
    default:
        if (c == '-' || (c >= '0' && c <= '9'))
            return scan_number(s, *out);
        return unexpected(s, "a value");
    }
}

enum status document_parse_json(struct arena *arena, struct span bytes, struct node **out, struct error *err)
{
    struct scanner s = {.line = 1, .arena = arena, .err = err};

    TRY(document_check_bytes(&bytes, err));
    s.left = bytes;
    s.line_start = bytes.at;
    skip_blanks(&s);
    TRY(scan_value(&s, out));
    skip_blanks(&s);
    if (s.left.size)
        return unexpected(&s, "the end of the document");
    return STATUS_OK;
}
