/* core/span.h -- bytes that somebody else owns, and bitmaps.
 *
 * Readers get bytes only by span_take, which checks: so no decoder contains
 * pointer arithmetic on input.
 */
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
    const uint8_t *at; /* may be NULL when size is 0 */
    size_t size;
};

static inline struct span span_of(const void *at, size_t size) { return (struct span){at, size}; }
static inline struct span span_text(const char *text) { return (struct span){(const uint8_t *)text, strlen(text)}; }

/* Cuts the first n bytes off *s. false and nothing changed where fewer are left. */
static inline bool span_take(struct span *s, size_t n, struct span *out)
{
    if (n > s->size)
        return false;
    *out = (struct span){s->at, n};
    s->at = s->at ? s->at + n : s->at;
    s->size -= n;
    return true;
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.at, b.at, a.size) == 0);
}

static inline bool span_is(struct span a, const char *text) { return span_equal(a, span_text(text)); }

/* Bytewise, shorter first: <0, 0, >0. */
static inline int span_compare(struct span a, struct span b)
{
    size_t n = a.size < b.size ? a.size : b.size;
    int order = n ? memcmp(a.at, b.at, n) : 0;
    return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* Bitmaps: bit i is bit i%64 of word i/64; bits past the end are zero. */
#define BITMAP_WORDS(n) (((size_t)(n) + 63) / 64)
static inline bool bit_get(const uint64_t *map, int64_t i) { return (map[i >> 6] >> (i & 63)) & 1; }
static inline void bit_set(uint64_t *map, int64_t i) { map[i >> 6] |= (uint64_t)1 << (i & 63); }
/* The valid bits of the last word of a bitmap of n bits; all ones where n%64 is 0. */
static inline uint64_t bitmap_tail(int64_t n) { return (n & 63) ? ((uint64_t)1 << (n & 63)) - 1 : ~(uint64_t)0; }
/* Bit i: byte i of 64, each below 0x80, is not zero. The top bits are moved from 8k to 56+k, where no two of them meet. */
static inline uint64_t bitmap_of_bytes(const uint8_t bytes[64])
{
    uint64_t word = 0;

    for (int k = 0; k < 8; k++) {
        uint64_t x;
        memcpy(&x, bytes + 8 * k, 8);
        x = ((x + 0x7f7f7f7f7f7f7f7f) & 0x8080808080808080) >> 7;
        word |= ((x * 0x0102040810204080) >> 56) << (8 * k);
    }
    return word;
}

static inline void bitmap_fill(uint64_t *map, int64_t n)
{
    size_t words = BITMAP_WORDS(n);
    if (words == 0)
        return;
    memset(map, 0xff, words * sizeof *map);
    map[words - 1] &= bitmap_tail(n);
}

static inline int64_t bitmap_count(const uint64_t *map, int64_t n)
{
    int64_t sum = 0;
    for (size_t w = 0; w < BITMAP_WORDS(n); w++)
        sum += __builtin_popcountll(map[w]);
    return sum;
}

#endif
