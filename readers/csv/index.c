/* readers/csv/index.c -- eight bytes at a time in an ordinary register.
 *
 * A byte of x is zero exactly where the top bit of ((x & 0x7f..) + 0x7f..) | x is clear: the sum carries into the top bit
 * for every nonzero low part, never into the next byte. Hacker's Delight, 6-1. The eight top bits are gathered by a
 * multiplication that moves bit 8k+7 to bit 56+k without two of them meeting.
 */
#include "readers/csv/index.h"

enum { BLOCKS_AT_ONCE = 16 };

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

bool csv_index_begin(struct csv_index *index, struct span text, uint8_t delimiter, int quote)
{
    size_t n = text.size ? BITMAP_WORDS(text.size) : 1, suspects = BITMAP_WORDS(n);

    if (n + suspects > index->capacity) {
        uint64_t *words = mem_resize(index->memory, index->special, (n + suspects) * sizeof *words);
        if (!words)
            return false;
        index->special = words;
        index->capacity = n + suspects;
    }
    index->suspect = index->special + n;
    index->n_blocks = n;
    index->n_ready = 0;
    index->has_suspects = false;
    index->text = text;
    index->delimiters = EVERY_BYTE(delimiter);
    index->quotes = EVERY_BYTE(quote < 0 ? delimiter : quote);
    memset(index->suspect, 0, suspects * sizeof *index->suspect);
    return true;
}

void csv_index_reach(struct csv_index *index, size_t wanted)
{
    size_t size = index->text.size, end = wanted + BLOCKS_AT_ONCE < index->n_blocks ? wanted + BLOCKS_AT_ONCE : index->n_blocks;

    for (size_t b = index->n_ready; b < end; b++) {
        uint64_t dubious = 0;

        index->special[b] = size ? block(index->text.at + 64 * b, index->delimiters, index->quotes, &dubious) : 0;
        if (dubious) {
            bit_set(index->suspect, (int64_t)b);
            index->has_suspects = true;
        }
        /* What follows the text is none of it; it may have made the last block suspect, which only costs a look. */
        if (b == size / 64)
            index->special[b] &= ((uint64_t)1 << (size & 63)) - 1;
    }
    index->n_ready = end > index->n_ready ? end : index->n_ready;
}

void csv_index_done(struct csv_index *index)
{
    mem_free(index->memory, index->special);
    *index = (struct csv_index){0};
}
