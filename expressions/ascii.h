/* expressions/ascii.h -- is a text plain ASCII? Mostly it is, and then its length and its validity cost nothing more. */
#ifndef EXPRESSIONS_ASCII_H
#define EXPRESSIONS_ASCII_H

#include "core/span.h"

static inline uint64_t ascii_load(const uint8_t *at)
{
    uint64_t eight;

    memcpy(&eight, at, 8);
    return eight;
}

/* The last eight bytes are looked at as a whole, some of them for the second time: no loop over single bytes. */
static inline bool span_is_ascii(struct span s)
{
    uint64_t all = 0;

    if (s.size < 8) {
        for (size_t i = 0; i < s.size; i++)
            all |= s.at[i];
        return (all & 0x80) == 0;
    }
    for (size_t i = 0; i + 8 <= s.size; i += 8)
        all |= ascii_load(s.at + i);
    all |= ascii_load(s.at + s.size - 8);
    return (all & 0x8080808080808080u) == 0;
}

#endif
