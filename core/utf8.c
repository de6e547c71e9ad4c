/* core/utf8.c -- UTF-8 by the table of well-formed sequences, Unicode 15 table 3-7. */
#include "core/utf8.h"

/* Bytes of the valid sequence that starts at `at`, 0 if there is none. Table 3-7: only the second byte's range depends
 * on the first one; that is what shuts out overlong forms (E0, F0), surrogates (ED) and what is above U+10FFFF (F4). */
static size_t sequence_length(const uint8_t *at, size_t left)
{
    uint8_t low = 0x80, high = 0xbf;
    size_t n;

    if (at[0] < 0x80)
        return 1;
    if (at[0] < 0xc2 || at[0] > 0xf4)
        return 0;
    n = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    if (n > left)
        return 0;
    if (at[0] == 0xe0)
        low = 0xa0;
    else if (at[0] == 0xed)
        high = 0x9f;
    else if (at[0] == 0xf0)
        low = 0x90;
    else if (at[0] == 0xf4)
        high = 0x8f;
    if (at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

size_t utf8_valid_prefix(struct span s)
{
    size_t i = 0;

    while (i < s.size) {
        uint64_t eight;
        size_t n;

        /* Most text is ASCII: eight bytes at a time while no top bit is set. */
        if (s.size - i >= 8) {
            memcpy(&eight, s.at + i, 8);
            if ((eight & 0x8080808080808080u) == 0) {
                i += 8;
                continue;
            }
        }
        n = sequence_length(s.at + i, s.size - i);
        if (n == 0)
            return i;
        i += n;
    }
    return i;
}

bool utf8_is_valid(struct span s)
{
    return utf8_valid_prefix(s) == s.size;
}

int64_t utf8_length(struct span s)
{
    int64_t length = 0;
    size_t i = 0;

    while (i < s.size) {
        uint64_t eight;
        size_t n;

        if (s.size - i >= 8) {
            memcpy(&eight, s.at + i, 8);
            if ((eight & 0x8080808080808080u) == 0) {
                i += 8;
                length += 8;
                continue;
            }
        }
        n = sequence_length(s.at + i, s.size - i);
        i += n ? n : 1;
        length++;
    }
    return length;
}

struct span utf8_cut(struct span s, size_t limit)
{
    size_t end = limit;

    if (s.size <= limit)
        return s;
    /* A code point has at most three continuation bytes; more of them in a row are not UTF-8 and may be split. */
    while (end > 0 && limit - end < 4 && (s.at[end] & 0xc0) == 0x80)
        end--;
    if ((s.at[end] & 0xc0) == 0x80)
        end = limit;
    return span_of(s.at, end);
}

size_t utf8_put(uint32_t c, uint8_t *out)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (uint8_t)(0xe0 | c >> 12);
        out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
        out[2] = (uint8_t)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (uint8_t)(0xf0 | c >> 18);
    out[1] = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[3] = (uint8_t)(0x80 | (c & 0x3f));
    return 4;
}
