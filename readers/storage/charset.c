/* readers/storage/charset.c -- see charset.h. The table of Windows-1252 is the one of the WHATWG Encoding standard without its
 * five C1 controls, which Microsoft's leaves open. */
#include "readers/storage/charset.h"

#include <string.h>
#include <strings.h>

#include "core/utf8.h"

const char charset_list[] = "utf-8, utf-16, utf-16le, utf-16be, latin-1 or windows-1252";

static const struct { const char *name; enum charset charset; bool order_is_open; } names[] = {
    {"utf-8", CHARSET_UTF8, false},          {"utf8", CHARSET_UTF8, false},         {"utf-8-sig", CHARSET_UTF8, false},
    {"ascii", CHARSET_UTF8, false},          {"us-ascii", CHARSET_UTF8, false},
    {"utf-16", CHARSET_UTF16LE, true},       {"utf16", CHARSET_UTF16LE, true},      {"utf-16le", CHARSET_UTF16LE, false},
    {"utf-16-le", CHARSET_UTF16LE, false},   {"utf16le", CHARSET_UTF16LE, false},   {"utf-16be", CHARSET_UTF16BE, false},
    {"utf-16-be", CHARSET_UTF16BE, false},   {"utf16be", CHARSET_UTF16BE, false},   {"latin-1", CHARSET_LATIN1, false},
    {"latin1", CHARSET_LATIN1, false},       {"iso-8859-1", CHARSET_LATIN1, false}, {"iso8859-1", CHARSET_LATIN1, false},
    {"iso_8859-1", CHARSET_LATIN1, false},   {"windows-1252", CHARSET_WINDOWS1252, false},
    {"cp1252", CHARSET_WINDOWS1252, false},  {"cp-1252", CHARSET_WINDOWS1252, false}, {"ansi", CHARSET_WINDOWS1252, false},
};

const char *charset_name(enum charset charset)
{
    static const char *const canonical[] = {"utf-8", "utf-16le", "utf-16be", "latin-1", "windows-1252"};

    return canonical[charset];
}

bool charset_parse(const char *name, enum charset *out, bool *order_is_open)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(names[i].name, name) == 0) {
            *out = names[i].charset;
            *order_is_open = names[i].order_is_open;
            return true;
        }
    return false;
}

enum { ESCAPED = 0xdc00 }; /* + a byte that stands for no character: a surrogate, which UTF-8 forbids */

/* 0x80..0x9f of Windows-1252; 0: left open. */
static const uint16_t upper_1252[32] = {
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,
    0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
};

static uint32_t character_of(enum charset charset, uint8_t byte)
{
    uint32_t c = byte;

    if (charset == CHARSET_WINDOWS1252 && byte >= 0x80 && byte <= 0x9f)
        c = upper_1252[byte - 0x80] ? upper_1252[byte - 0x80] : (uint32_t)ESCAPED + byte;
    return c;
}

/* utf8_put also writes the three bytes of a surrogate. */
static size_t decode_bytes(enum charset charset, struct span *in, uint8_t *out, size_t room)
{
    const uint8_t *at = in->at, *end = in->at + in->size;
    size_t n = 0;

    while (at < end && room - n >= 4) {
        uint64_t x;
        if (end - at >= 8 && room - n >= 8) {
            memcpy(&x, at, 8);
            if (!(x & 0x8080808080808080ull)) {
                memcpy(out + n, &x, 8);
                n += 8;
                at += 8;
                continue;
            }
        }
        if (*at < 0x80)
            out[n++] = *at;
        else
            n += utf8_put(character_of(charset, *at), out + n);
        at++;
    }
    *in = span_of(at, (size_t)(end - at));
    return n;
}

static uint32_t unit_at(enum charset charset, const uint8_t *at)
{
    return charset == CHARSET_UTF16LE ? (uint32_t)at[0] | (uint32_t)at[1] << 8 : (uint32_t)at[1] | (uint32_t)at[0] << 8;
}

static bool is_high(uint32_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
static bool is_low(uint32_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

static size_t decode_units(enum charset charset, struct span *in, bool is_end, uint8_t *out, size_t room)
{
    const uint8_t *at = in->at, *end = in->at + in->size;
    size_t n = 0;

    while (end - at >= 2 && room - n >= 4) {
        uint32_t c = unit_at(charset, at);
        if (c < 0x80) {
            out[n++] = (uint8_t)c;
            at += 2;
            continue;
        }
        if (is_high(c) && end - at < 4 && !is_end)
            break;
        if (is_high(c) && end - at >= 4 && is_low(unit_at(charset, at + 2))) {
            c = 0x10000 + ((c - 0xd800) << 10) + (unit_at(charset, at + 2) - 0xdc00);
            at += 2;
        }
        n += utf8_put(c, out + n);
        at += 2;
    }
    if (is_end && end - at == 1 && room - n >= 4)
        n += utf8_put((uint32_t)ESCAPED + *at++, out + n);
    *in = span_of(at, (size_t)(end - at));
    return n;
}

size_t charset_decode(enum charset charset, struct span *in, bool is_end, uint8_t *out, size_t room)
{
    if (in->size == 0) /* its `at` may be NULL, to which not even 0 may be added */
        return 0;
    if (charset == CHARSET_UTF16LE || charset == CHARSET_UTF16BE)
        return decode_units(charset, in, is_end, out, room);
    return decode_bytes(charset, in, out, room);
}

/* One character of text that charset_decode wrote, surrogates included. */
static uint32_t take_character(struct span *text)
{
    uint8_t first = text->at[0];
    size_t n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? first : first & (0x7fu >> n);

    n = n > text->size ? text->size : n;
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (text->at[i] & 0x3f);
    *text = span_of(text->at + n, text->size - n);
    return c;
}

static uint8_t byte_of(enum charset charset, uint32_t c)
{
    if (charset == CHARSET_WINDOWS1252)
        for (size_t i = 0; i < 32; i++)
            if (upper_1252[i] && upper_1252[i] == c)
                return (uint8_t)(0x80 + i);
    return (uint8_t)c; /* also of ESCAPED + byte */
}

static size_t put_unit(enum charset charset, uint32_t unit, uint8_t *out)
{
    out[charset == CHARSET_UTF16BE] = (uint8_t)unit;
    out[charset != CHARSET_UTF16BE] = (uint8_t)(unit >> 8);
    return 2;
}

size_t charset_encode(enum charset charset, struct span text, uint8_t *out)
{
    bool is_wide = charset == CHARSET_UTF16LE || charset == CHARSET_UTF16BE;
    size_t n = 0;

    if (charset == CHARSET_UTF8) {
        if (text.size)
            memcpy(out, text.at, text.size);
        return text.size;
    }
    while (text.size) {
        uint32_t c = take_character(&text);
        if (!is_wide) {
            out[n++] = byte_of(charset, c);
        } else if (c < 0x10000) {
            n += put_unit(charset, c, out + n);
        } else {
            n += put_unit(charset, 0xd800 + ((c - 0x10000) >> 10), out + n);
            n += put_unit(charset, 0xdc00 + ((c - 0x10000) & 0x3ff), out + n);
        }
    }
    return n;
}

struct span charset_line_feed(enum charset charset)
{
    return charset == CHARSET_UTF16LE ? span_of("\n", 2) : charset == CHARSET_UTF16BE ? span_of("\0\n", 2) : span_of("\n", 1);
}

int64_t charset_bytes(enum charset charset, struct span text)
{
    int64_t n = 0, n_long = 0;

    if (charset == CHARSET_UTF8)
        return (int64_t)text.size;
    for (size_t i = 0; i < text.size; i++) {
        n += (text.at[i] & 0xc0) != 0x80;
        n_long += text.at[i] >= 0xf0;
    }
    return charset == CHARSET_UTF16LE || charset == CHARSET_UTF16BE ? 2 * (n + n_long) : n;
}

/* --- telling --- */

static bool is_latin_letter(uint8_t c)
{
    static const uint8_t among_signs[] = {0x8a, 0x8c, 0x8e, 0x9a, 0x9c, 0x9e, 0x9f};

    return (c >= 0xc0 && c != 0xd7 && c != 0xf7) || (c >= 0x80 && memchr(among_signs, c, sizeof among_signs));
}

static bool is_letter(uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_latin_letter(c); }

/* Signs of Windows-1252 that running text has: euro, ellipsis, quotes, dashes, trade mark, no-break space, inverted marks,
 * pound, section, copyright, guillemets, degree, powers, micro, middle dot, ordinals, fractions. */
static bool is_common_sign(uint8_t c)
{
    static const uint8_t signs[] = {0x80, 0x84, 0x82, 0x85, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99, 0xa0, 0xa1, 0xa3, 0xa7,
                                    0xa9, 0xaa, 0xab, 0xae, 0xb0, 0xb1, 0xb2, 0xb3, 0xb4, 0xb5, 0xb7, 0xba, 0xbb, 0xbc, 0xbd, 0xbe,
                                    0xbf, 0xd7};
    return memchr(signs, c, sizeof signs) != NULL;
}

static bool is_control(uint8_t c) { return c < 0x20 && c != '\t' && c != '\n' && c != '\r'; }

/* Rule 4 of the header, but for the number of bytes. A character of UTF-8, and more than a few bytes that could begin one followed
 * by one that could go on with it, overlong forms too, speak for damaged UTF-8. */
static bool is_running_text(struct span head, int64_t n_high)
{
    int64_t n_pairs = 0;

    for (size_t i = 0; i < head.size; i++) {
        uint8_t c = head.at[i], before = i ? head.at[i - 1] : 0, after = i + 1 < head.size ? head.at[i + 1] : 0;
        if (is_control(c) || (c >= 0xc2 && c <= 0xdf && after >= 0x80 && after <= 0xbf))
            return false;
        if (c >= 0x80 && !(is_latin_letter(c) ? is_letter(before) || is_letter(after) : is_common_sign(c)))
            return false;
        n_pairs += c >= 0xc0 && after >= 0x80 && after <= 0xbf;
    }
    return n_pairs * 10 <= n_high;
}

/* Enough ASCII letters beside the others: two bytes that happen to be letters are no words. */
static bool has_words(struct span head)
{
    for (size_t i = 0; i + 1 < head.size; i++)
        if ((head.at[i] < 0x80) != (head.at[i + 1] < 0x80) && is_letter(head.at[i]) && is_letter(head.at[i + 1]))
            return true;
    return false;
}

/* The head without the character that its end cuts. */
static struct span without_cut(struct span head)
{
    for (size_t back = 1; back <= 3 && back <= head.size; back++) {
        uint8_t c = head.at[head.size - back];
        if (c >= 0xc0)
            return (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) > back ? span_of(head.at, head.size - back) : head;
        if (c < 0x80)
            break;
    }
    return head;
}

/* Rule 2. */
static bool tell_wide(struct span head, struct charset_told *out)
{
    int64_t n[2] = {0, 0}, pairs = (int64_t)(head.size / 2);

    for (size_t i = 0; i + 1 < head.size; i += 2) {
        n[0] += head.at[i] == 0;
        n[1] += head.at[i + 1] == 0;
    }
    if (pairs < 2 || (n[0] * 10 < pairs * 7 && n[1] * 10 < pairs * 7) || (n[0] * 20 > n[1] && n[1] * 20 > n[0]))
        return false;
    out->charset = n[1] > n[0] ? CHARSET_UTF16LE : CHARSET_UTF16BE;
    out->because = n[1] > n[0] ? "nearly every second byte is NUL, from the second on"
                               : "nearly every second byte is NUL, from the first on";
    return true;
}

static bool tell_mark(struct span head, struct charset_told *out)
{
    out->has_mark = true;
    out->because = "a byte order mark";
    if (head.size >= 3 && memcmp(head.at, "\xef\xbb\xbf", 3) == 0)
        out->charset = CHARSET_UTF8;
    else if (head.size >= 2 && memcmp(head.at, "\xff\xfe", 2) == 0)
        out->charset = CHARSET_UTF16LE;
    else if (head.size >= 2 && memcmp(head.at, "\xfe\xff", 2) == 0)
        out->charset = CHARSET_UTF16BE;
    else
        out->has_mark = false;
    return out->has_mark;
}

struct charset_told charset_tell(struct span head, bool is_whole)
{
    struct charset_told told = {.charset = CHARSET_UTF8};

    for (size_t i = 0; i < head.size; i++)
        told.n_high += head.at[i] >= 0x80;
    if (tell_mark(head, &told) || tell_wide(head, &told))
        return told;
    told.because = told.n_high ? "its bytes above 127 are UTF-8" : "nothing but ASCII at its beginning";
    if (!is_whole)
        head = without_cut(head);
    if (utf8_is_valid(head))
        return told;
    told.because = "no encoding fits all of its bytes";
    if (told.n_high >= 2 && is_running_text(head, told.n_high) && has_words(head)) {
        told.charset = CHARSET_WINDOWS1252;
        told.because = "bytes above 127 that are not UTF-8, but letters and signs of windows-1252";
    }
    return told;
}
