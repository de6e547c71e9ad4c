/* kernels/kernels_scalar.c -- the kernels as they are defined: one value after the other.
 *
 * hash_u64 is the finaliser of SplitMix64 (Steele, Lea, Flood 2014; constants of Stafford's variant 13) after an
 * exclusive or with the key: each step can be undone, so different inputs have different hashes.
 */
#include <math.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kernels/exact.h"
#include "kernels/variants.h"

#include "core/utf8.h"

/* Calls `step` with each selected position; whole words of ones run as a plain loop. */
#define FOR_SELECTED(n, rows, step)                                                                        \
    do {                                                                                                    \
        if (!(rows)) {                                                                                      \
            for (int64_t i = 0; i < (n); i++)                                                               \
                step(i);                                                                                    \
            break;                                                                                          \
        }                                                                                                   \
        for (int64_t base = 0; base < (n); base += 64)                                                      \
            for (uint64_t left = (rows)[base >> 6]; left; left &= left - 1)                                 \
                step(base + __builtin_ctzll(left));                                                         \
    } while (0)

static void sum_f64(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum)
{
    for (int64_t start = 0; start < n; start += EXACT_BLOCK) {
        int64_t m = n - start < EXACT_BLOCK ? n - start : EXACT_BLOCK;

        exact_make_room(sum, m);
#define STEP(i) exact_add(sum, x[start + (i)])
        FOR_SELECTED(m, rows ? rows + (start >> 6) : NULL, STEP);
#undef STEP
    }
}

static inline void add_square(struct exact_sum *sum, double x)
{
    if (__builtin_expect(!isfinite(x), 0)) {
        if (isnan(x))
            sum->n_nan++;
        else
            sum->n_positive_infinity++;
        return;
    }
    exact_add_product(sum, x, x);
}

static void sum_squares_f64(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum)
{
    for (int64_t start = 0; start < n; start += EXACT_BLOCK) {
        int64_t m = n - start < EXACT_BLOCK ? n - start : EXACT_BLOCK;

        exact_make_room(sum, 2 * m);
#define STEP(i) add_square(sum, x[start + (i)])
        FOR_SELECTED(m, rows ? rows + (start >> 6) : NULL, STEP);
#undef STEP
    }
}

static void sum_i64(const int64_t *x, int64_t n, const uint64_t *rows, int128 *sum)
{
    int128 s = 0;

#define STEP(i) s += x[i]
    FOR_SELECTED(n, rows, STEP);
#undef STEP
    *sum += s;
}

#define FOLD(value)                                                                                         \
    do {                                                                                                    \
        if ((value) < lowest)                                                                               \
            lowest = (value);                                                                               \
        if ((value) > highest)                                                                              \
            highest = (value);                                                                              \
    } while (0)

static void extremes_i64(const int64_t *x, int64_t n, const uint64_t *rows, int64_t *low, int64_t *high)
{
    int64_t lowest = *low, highest = *high;

#define STEP(i) FOLD(x[i])
    FOR_SELECTED(n, rows, STEP);
    *low = lowest;
    *high = highest;
}

static void extremes_u64(const uint64_t *x, int64_t n, const uint64_t *rows, uint64_t *low, uint64_t *high)
{
    uint64_t lowest = *low, highest = *high;

    FOR_SELECTED(n, rows, STEP);
#undef STEP
    *low = lowest;
    *high = highest;
}

/* Adding 0.0 turns -0.0 into 0.0 and nothing else; a NaN is neither below nor above. */
static void extremes_f64(const double *x, int64_t n, const uint64_t *rows, double *low, double *high)
{
    double lowest = *low, highest = *high;

#define STEP(i) FOLD(x[i] + 0.0)
    FOR_SELECTED(n, rows, STEP);
#undef STEP
    *low = lowest;
    *high = highest;
}

/* Bit k of each word is `test` of position base + k. */
#define MASK(n, out, test)                                                                                  \
    for (int64_t base = 0; base < (n); base += 64) {                                                        \
        int64_t m = (n)-base < 64 ? (n)-base : 64;                                                          \
        uint64_t word = 0;                                                                                  \
                                                                                                            \
        for (int64_t k = 0; k < m; k++)                                                                     \
            word |= (uint64_t)(test) << k;                                                                  \
        (out)[base >> 6] = word;                                                                            \
    }

static void between_i64(const int64_t *x, int64_t n, int64_t low, int64_t high, uint64_t *out)
{
    MASK(n, out, (x[base + k] >= low) & (x[base + k] <= high))
}

static void between_u64(const uint64_t *x, int64_t n, uint64_t low, uint64_t high, uint64_t *out)
{
    MASK(n, out, (x[base + k] >= low) & (x[base + k] <= high))
}

static void between_f64(const double *x, int64_t n, double low, double high, uint64_t *out)
{
    MASK(n, out, (x[base + k] >= low) & (x[base + k] <= high))
}

static void nan_f64(const double *x, int64_t n, uint64_t *out)
{
    MASK(n, out, x[base + k] != x[base + k])
}

/* A value of at most 32 bits that starts inside a byte lies within 39 bits: one 8-byte load covers it where there are eight bytes. */
static uint32_t unpack_u32(const uint8_t *in, size_t size, uint64_t bit, uint32_t width, uint32_t *out, int64_t n)
{
    const uint64_t mask = ((uint64_t)1 << width) - 1;
    uint32_t most = 0;

    for (int64_t i = 0; i < n; i++, bit += width) {
        size_t byte = (size_t)(bit >> 3), left = size - byte;
        uint64_t x = 0;

        if (left >= sizeof x)
            memcpy(&x, in + byte, sizeof x);
        else
            for (size_t k = 0; k < left; k++)
                x |= (uint64_t)in[byte + k] << (8 * k);
        out[i] = (uint32_t)((x >> (bit & 7)) & mask);
        most = out[i] > most ? out[i] : most;
    }
    return most;
}

static void histogram_u32(const uint32_t *index, int64_t n, const uint64_t *rows, uint32_t *counts, int64_t n_counts)
{
    (void)n_counts;
#define STEP(i) counts[index[i]]++
    FOR_SELECTED(n, rows, STEP);
#undef STEP
}

static const uint64_t mix_1 = 0xbf58476d1ce4e5b9, mix_2 = 0x94d049bb133111eb;

static void hash_u64(const uint64_t *x, int64_t n, uint64_t key, uint64_t *out)
{
    for (int64_t i = 0; i < n; i++) {
        uint64_t h = x[i] ^ key;

        h = (h ^ (h >> 30)) * mix_1;
        h = (h ^ (h >> 27)) * mix_2;
        out[i] = h ^ (h >> 31);
    }
}

/* An odd number's inverse modulo 2^64 by Newton's iteration: each step doubles the right bits, x itself has 3. */
static uint64_t odd_inverse(uint64_t x)
{
    uint64_t y = x;

    for (int i = 0; i < 5; i++)
        y *= 2 - x * y;
    return y;
}

/* h = x ^ (x >> s): the top s bits of x are those of h, the next follow from them, and so on. */
static uint64_t unshift(uint64_t h, int s)
{
    uint64_t x = h;

    for (int known = s; known < 64; known += s)
        x = h ^ (x >> s);
    return x;
}

uint64_t hash_u64_inverse(uint64_t hash, uint64_t key)
{
    uint64_t h = unshift(hash, 31);

    h = unshift(h * odd_inverse(mix_2), 27);
    h = unshift(h * odd_inverse(mix_1), 30);
    return h ^ key;
}

static void hash_bytes(const struct span *x, int64_t n, uint64_t key, uint64_t *out)
{
    for (int64_t i = 0; i < n; i++)
        out[i] = XXH3_64bits_withSeed(x[i].at, x[i].size, key);
}

static void hash_bytes_128(const struct span *x, int64_t n, uint64_t key, uint64_t *low, uint64_t *high)
{
    for (int64_t i = 0; i < n; i++) {
        XXH128_hash_t h = XXH3_128bits_withSeed(x[i].at, x[i].size, key);

        low[i] = h.low64;
        high[i] = h.high64;
    }
}

void byte_classes_add(struct byte_classes *classes, int32_t k, uint8_t byte)
{
    if (byte >= 0x80)
        return;
    classes->of_byte[byte] |= (uint8_t)(1 << k);
    classes->of_low[k][byte & 15] |= (uint8_t)(1 << (byte >> 4));
}

/* Bit k of byte i becomes bit i of byte k (Warren, Hacker's Delight, 7-3). */
static uint64_t transpose_8(uint64_t x)
{
    uint64_t t = (x ^ (x >> 7)) & 0x00aa00aa00aa00aa;

    x ^= t ^ (t << 7);
    t = (x ^ (x >> 14)) & 0x0000cccc0000cccc;
    x ^= t ^ (t << 14);
    t = (x ^ (x >> 28)) & 0x00000000f0f0f0f0;
    return x ^ t ^ (t << 28);
}

/* `stride` words lie between the words of two classes. */
static void class_masks_of(const struct byte_classes *classes, struct span x, uint64_t *out, size_t stride)
{
    for (size_t at = 0; at < x.size; at += 8) {
        size_t n = x.size - at < 8 ? x.size - at : 8;
        uint64_t sets = 0, wide = 0;

        for (size_t i = 0; i < n; i++) {
            sets |= (uint64_t)classes->of_byte[x.at[at + i]] << (8 * i);
            wide |= (uint64_t)(x.at[at + i] >> 7) << i;
        }
        sets = transpose_8(sets);
        for (int32_t k = 0; k < classes->n; k++)
            out[(size_t)k * stride] |= (sets >> (8 * k) & 0xff) << at;
        out[(size_t)classes->n * stride] |= wide << at;
    }
}

static void class_masks(const struct byte_classes *classes, const struct span *x, int64_t n, uint64_t *out)
{
    memset(out, 0, (size_t)n * ((size_t)classes->n + 1) * sizeof *out);
    for (int64_t i = 0; i < n; i++)
        if (x[i].size <= CLASS_MASK_BYTES)
            class_masks_of(classes, x[i], out + i, (size_t)n);
}

#define CLASS_TARGET
#include "kernels/class_passes.h"

const struct kernels kernels_scalar = {
    "scalar",     sum_f64,     sum_squares_f64, sum_i64, extremes_i64, extremes_u64, extremes_f64,
    between_i64,  between_u64, between_f64,     unpack_u32, histogram_u32, nan_f64, hash_u64, hash_bytes, hash_bytes_128,
    class_masks,  class_passes,
    csv_cut_scalar, utf8_is_valid, cells_i64_scalar, cells_f64_scalar, cells_micros_scalar,
};
