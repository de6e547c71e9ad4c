/* readers/json/scanner.c -- recursive descent; only values that are passed over nest. */
#include "readers/json/scanner.h"

#include "core/utf8.h"

static bool fail(struct json_scanner *s, const char *what)
{
    s->hit_end = s->at >= s->end;
    s->damage = s->hit_end ? "it ends too early" : what;
    return false;
}

void json_skip_blanks(struct json_scanner *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
        s->at++;
}

static bool expect(struct json_scanner *s, uint8_t c, const char *what)
{
    json_skip_blanks(s);
    if (s->at >= s->end || *s->at != c)
        return fail(s, what);
    s->at++;
    return true;
}

static int hex_digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits of \uXXXX at `at`, or -1. */
static int32_t hex_unit(const uint8_t *at)
{
    int32_t unit = 0;

    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high(int32_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
static bool is_low(int32_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

/* At the 'u'. A high surrogate must be followed by a low one. */
static bool check_unicode(struct json_scanner *s)
{
    int32_t unit, low;

    if (s->end - s->at < 5) {
        s->at = s->end;
        return fail(s, NULL);
    }
    unit = hex_unit(s->at + 1);
    if (unit < 0)
        return fail(s, "\\u is not followed by four hexadecimal digits");
    if (unit == 0)
        return fail(s, "a string holds NUL");
    s->at += 5;
    if (is_low(unit))
        return fail(s, "a string holds half of a surrogate pair");
    if (!is_high(unit))
        return true;
    if (s->at < s->end && *s->at != '\\')
        return fail(s, "a string holds half of a surrogate pair");
    if (s->end - s->at < 6) {
        s->at = s->end;
        return fail(s, NULL);
    }
    low = s->at[0] == '\\' && s->at[1] == 'u' ? hex_unit(s->at + 2) : -1;
    if (!is_low(low))
        return fail(s, "a string holds half of a surrogate pair");
    s->at += 6;
    return true;
}

/* At the backslash. */
static bool check_escape(struct json_scanner *s)
{
    s->at++;
    if (s->at >= s->end)
        return fail(s, NULL);
    if (*s->at == 'u')
        return check_unicode(s);
    if (*s->at == 0 || !strchr("\"\\/bfnrt", *s->at))
        return fail(s, "an unknown escape in a string");
    s->at++;
    return true;
}

#define EVERY_BYTE(b) (0x0101010101010101ull * (uint64_t)(b))

/* Passes over bytes that mean nothing in a string, eight at a time. The test may stop early (a byte above 127 beside a small
 * one), never late: x - 0x20.. borrows into the top bit of every byte below 0x20. */
static void skip_plain(struct json_scanner *s)
{
    while (s->end - s->at >= 8) {
        uint64_t x, quote, backslash, small;
        memcpy(&x, s->at, 8);
        quote = x ^ EVERY_BYTE('"');
        backslash = x ^ EVERY_BYTE('\\');
        small = (x - EVERY_BYTE(0x20)) & ~x;
        quote = (quote - EVERY_BYTE(1)) & ~quote;
        backslash = (backslash - EVERY_BYTE(1)) & ~backslash;
        if ((small | quote | backslash) & EVERY_BYTE(0x80))
            break;
        s->at += 8;
    }
    while (s->at < s->end && *s->at != '"' && *s->at != '\\' && *s->at >= 0x20)
        s->at++;
}

/* Behind the opening quote; takes the closing one. */
static bool string(struct json_scanner *s, struct span *out, bool *is_escaped)
{
    const uint8_t *from = s->at;

    *is_escaped = false;
    for (;;) {
        skip_plain(s);
        if (s->at >= s->end)
            return fail(s, NULL);
        if (*s->at == '"')
            break;
        if (*s->at != '\\')
            return fail(s, "a control character in a string");
        *is_escaped = true;
        if (!check_escape(s))
            return false;
    }
    *out = span_of(from, (size_t)(s->at - from));
    s->at++;
    return true;
}

static bool digits(struct json_scanner *s)
{
    const uint8_t *from = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return s->at > from ? true : fail(s, "a malformed number");
}

static bool number(struct json_scanner *s)
{
    if (*s->at == '-')
        s->at++;
    if (s->at < s->end && *s->at == '0')
        s->at++;
    else if (!digits(s))
        return false;
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!digits(s))
            return false;
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        return digits(s);
    }
    return true;
}

static bool word(struct json_scanner *s, const char *text)
{
    for (; *text; text++, s->at++)
        if (s->at >= s->end || *s->at != (uint8_t)*text)
            return fail(s, "neither a string, a number, true, false, null, an object nor a list");
    return true;
}

static bool value(struct json_scanner *s, int depth, struct span *out, enum json_kind *kind, bool *is_escaped);

/* Passes over an object or a list; at its bracket. */
static bool nested(struct json_scanner *s, int depth)
{
    bool is_object = *s->at == '{', is_escaped;
    uint8_t close = is_object ? '}' : ']';
    enum json_kind kind;
    struct span text;

    if (depth >= JSON_DEPTH_MAX)
        return fail(s, "nested more than 256 deep");
    s->at++;
    json_skip_blanks(s);
    if (s->at < s->end && *s->at == close) {
        s->at++;
        return true;
    }
    for (;;) {
        if (is_object && (!expect(s, '"', "a key is missing") || !string(s, &text, &is_escaped) ||
                          !expect(s, ':', "a colon is missing")))
            return false;
        if (!value(s, depth + 1, &text, &kind, &is_escaped))
            return false;
        json_skip_blanks(s);
        if (s->at < s->end && *s->at == close) {
            s->at++;
            return true;
        }
        if (!expect(s, ',', "a comma is missing"))
            return false;
    }
}

static bool value(struct json_scanner *s, int depth, struct span *out, enum json_kind *kind, bool *is_escaped)
{
    const uint8_t *from;
    bool is_good;

    json_skip_blanks(s);
    if (s->at >= s->end)
        return fail(s, NULL);
    from = s->at;
    *is_escaped = false;
    switch (*from) {
    case '"':
        *kind = JSON_STRING;
        s->at++;
        return string(s, out, is_escaped);
    case '{': case '[': *kind = JSON_NESTED; is_good = nested(s, depth); break;
    case 't': *kind = JSON_BOOL; is_good = word(s, "true"); break;
    case 'f': *kind = JSON_BOOL; is_good = word(s, "false"); break;
    case 'n': *kind = JSON_NULL; is_good = word(s, "null"); break;
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        *kind = JSON_NUMBER;
        is_good = number(s);
        break;
    default: return fail(s, "neither a string, a number, true, false, null, an object nor a list");
    }
    *out = span_of(from, (size_t)(s->at - from));
    return is_good;
}

bool json_take_key(struct json_scanner *s, struct json_member *m)
{
    return expect(s, '"', "a key is missing") && string(s, &m->key, &m->key_is_escaped) && expect(s, ':', "a colon is missing");
}

/* Any value, in truth: json_next_member passes over objects and lists with it. */
bool json_take_scalar(struct json_scanner *s, struct json_member *m)
{
    return value(s, 1, &m->value, &m->kind, &m->value_is_escaped);
}

bool json_enter_object(struct json_scanner *s) { return expect(s, '{', "a record is not an object"); }

bool json_next_member(struct json_scanner *s, bool is_first, struct json_member *m)
{
    json_skip_blanks(s);
    if (s->at < s->end && *s->at == '}') {
        s->at++;
        return false;
    }
    if (!is_first && !expect(s, ',', "a comma is missing"))
        return false;
    return json_take_key(s, m) && json_take_scalar(s, m);
}

static uint8_t simple_escape(uint8_t c)
{
    switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
    }
}

size_t json_unescape(struct span text, uint8_t *out)
{
    size_t n = 0, i = 0;

    while (i < text.size) {
        uint32_t c;
        if (text.at[i] != '\\') {
            out[n++] = text.at[i++];
            continue;
        }
        if (text.at[i + 1] != 'u') {
            out[n++] = simple_escape(text.at[i + 1]);
            i += 2;
            continue;
        }
        c = (uint32_t)hex_unit(text.at + i + 2);
        i += 6;
        if (is_high((int32_t)c)) {
            c = 0x10000 + ((c - 0xd800) << 10) + ((uint32_t)hex_unit(text.at + i + 2) - 0xdc00);
            i += 6;
        }
        n += utf8_put(c, out + n); /* never more than the six or twelve bytes of the escape */
    }
    return n;
}
