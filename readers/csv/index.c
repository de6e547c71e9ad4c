/* readers/csv/index.c -- eight bytes at a time in an ordinary register.
 *
 * A byte of x is zero exactly where the top bit of ((x & 0x7f..) + 0x7f..) | x is clear: the sum carries into the top bit
 * for every nonzero low part, never into the next byte. Hacker's Delight, 6-1. The eight top bits are gathered by a
 * multiplication that moves bit 8k+7 to bit 56+k without two of them meeting.
 */
#include "readers/csv/index.h"

#define EVERY_BYTE(b) (0x0101010101010101ull * (uint64_t)(b))
#define LOW EVERY_BYTE(0x7f)
#define TOP EVERY_BYTE(0x80)

static inline uint64_t nonzero(uint64_t x) { return ((x & LOW) + LOW) | x; }
static inline uint64_t gather(uint64_t tops) { return ((tops >> 7) * 0x0102040810204080ull) >> 56; }

/* The block's special bits; *suspects gathers NUL and non-ASCII of all of it. */
static inline uint64_t block(const uint8_t *at, uint64_t delimiter, uint64_t quote, uint64_t *suspects)
{
    uint64_t bits = 0, dubious = 0;

    for (int k = 0; k < 8; k++) {
        uint64_t x, others;
        memcpy(&x, at + 8 * k, 8);
        others = nonzero(x ^ delimiter) & nonzero(x ^ quote) & nonzero(x ^ EVERY_BYTE('\n')) & nonzero(x ^ EVERY_BYTE('\r'));
        bits |= gather(~others & TOP) << (8 * k);
        dubious |= ~nonzero(x) | x;
    }
    *suspects = dubious & TOP;
    return bits;
}

bool csv_index_build(struct csv_index *index, struct span text, uint8_t delimiter, int quote)
{
    size_t n = text.size ? BITMAP_WORDS(text.size) : 1, suspects = BITMAP_WORDS(n);
    uint64_t delimiters = EVERY_BYTE(delimiter), quotes = EVERY_BYTE(quote < 0 ? delimiter : quote);

    if (n + suspects > index->capacity) {
        uint64_t *words = mem_resize(index->memory, index->special, (n + suspects) * sizeof *words);
        if (!words)
            return false;
        index->special = words;
        index->capacity = n + suspects;
    }
    index->suspect = index->special + n;
    index->n_blocks = n;
    index->has_suspects = false;
    memset(index->suspect, 0, suspects * sizeof *index->suspect);
    index->special[0] = 0;
    for (size_t b = 0; b < BITMAP_WORDS(text.size); b++) {
        uint64_t dubious;
        index->special[b] = block(text.at + 64 * b, delimiters, quotes, &dubious);
        if (dubious) {
            bit_set(index->suspect, (int64_t)b);
            index->has_suspects = true;
        }
    }
    /* What follows the text is none of it; it may have made the last block suspect, which only costs a look. */
    if (text.size & 63)
        index->special[text.size / 64] &= bitmap_tail((int64_t)text.size);
    return true;
}

void csv_index_done(struct csv_index *index)
{
    mem_free(index->memory, index->special);
    *index = (struct csv_index){0};
}
