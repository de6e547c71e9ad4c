/* kernels/csv_scalar.c -- kernels/csv.h with eight bytes at a time in an ordinary register.
 *
 * A byte of x is zero exactly where the top bit of ((x & 0x7f..) + 0x7f..) | x is clear: the sum carries into the top bit
 * for every nonzero low part, never into the next byte. Hacker's Delight, 6-1. The eight top bits are gathered by a
 * multiplication that moves bit 8k+7 to bit 56+k without two of them meeting.
 */
#include "kernels/variants.h"

#define EVERY_BYTE(b) (0x0101010101010101ull * (uint64_t)(uint8_t)(b))
#define LOW EVERY_BYTE(0x7f)
#define TOP EVERY_BYTE(0x80)

#define CSV_TARGET
#define CSV_INLINE __attribute__((always_inline))
#define CSV_NO_BYTES {0, 0}
struct csv_bytes { uint64_t high, zero; };
struct csv_block;

static inline uint64_t nonzero(uint64_t x) { return ((x & LOW) + LOW) | x; }
static inline uint64_t gather(uint64_t tops) { return ((tops >> 7) * 0x0102040810204080ull) >> 56; }
static inline uint64_t equal(uint64_t x, int byte) { return gather(~nonzero(x ^ EVERY_BYTE(byte)) & TOP); }
static inline bool csv_bytes_high(const struct csv_bytes *b) { return (b->high & TOP) != 0; }
static inline bool csv_bytes_zero(const struct csv_bytes *b) { return (b->zero & TOP) != 0; }

static inline uint64_t csv_prefix_xor(uint64_t x)
{
    for (int shift = 1; shift < 64; shift *= 2)
        x ^= x << shift;
    return x;
}

static inline int csv_lowest(uint64_t x) { return __builtin_ctzll(x | (uint64_t)1 << 63); }
static inline void csv_masks(const uint8_t *at, uint8_t delimiter, int quote, struct csv_block *out, struct csv_bytes *bytes);

#include "kernels/csv_cut.h"

static inline void csv_masks(const uint8_t *at, uint8_t delimiter, int quote, struct csv_block *out, struct csv_bytes *bytes)
{
    *out = (struct csv_block){0};
    for (int k = 0; k < 8; k++) {
        uint64_t x, cr;

        memcpy(&x, at + 8 * k, 8);
        cr = equal(x, '\r');
        out->quote |= (quote < 0 ? 0 : equal(x, quote)) << (8 * k);
        out->delimiter |= equal(x, delimiter) << (8 * k);
        out->line |= (cr | equal(x, '\n')) << (8 * k);
        out->cr |= cr << (8 * k);
        bytes->high |= x;
        bytes->zero |= ~nonzero(x);
    }
}

enum csv_cut_stop csv_cut_scalar(struct csv_cut *cut) { return csv_cut(cut); }
