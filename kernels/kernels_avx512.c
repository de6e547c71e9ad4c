/* kernels/kernels_avx512.c -- eight lanes of 64 bits, and a mask that says which of them count. Sums of doubles: sums_avx512.c.
 *
 * What is AVX2's or the scalar function here: hashes of texts (a chain of multiplications), histograms (eight counters at once may
 * be the same one) and the parsers of cells (a cell is one register of 16 bytes).
 */
#include "kernels/variants.h"

#if defined(__x86_64__)

#include "kernels/avx512.h"

/* The lowest n of eight or sixteen lanes. */
AVX512_INLINE uint32_t lanes_below(int64_t n) { return _bzhi_u32(~(uint32_t)0, (uint32_t)n); }

/* Calls step(i, lanes) for eight values at a time, from position i; `lanes` are those that exist and are selected. The others are loaded
 * as zeros: nothing behind the array is touched. */
#define FOR_EIGHTS(n, rows, step)                                                                           \
    do {                                                                                                    \
        const uint8_t *selected = (const uint8_t *)(rows);                                                  \
        int64_t at = 0;                                                                                     \
                                                                                                            \
        if (selected)                                                                                       \
            for (; at + 8 <= (n); at += 8)                                                                  \
                step(at, selected[at >> 3]);                                                                \
        else                                                                                                \
            for (; at + 8 <= (n); at += 8)                                                                  \
                step(at, (__mmask8)0xff);                                                                   \
        if (at < (n))                                                                                       \
            step(at, (__mmask8)(lanes_below((n) - at) & (selected ? selected[at >> 3] : 0xffu)));           \
    } while (0)

/* A bitmap as bytes: eight lanes write one. What lies behind the last bit is cleared here. */
static uint8_t *mask_bytes(uint64_t *out, int64_t n)
{
    if (n & 63)
        out[n >> 6] = 0;
    return (uint8_t *)out;
}

AVX512 static void between_i64(const int64_t *x, int64_t n, int64_t low, int64_t high, uint64_t *out)
{
    const __m512i lows = _mm512_set1_epi64(low), highs = _mm512_set1_epi64(high);
    uint8_t *bytes = mask_bytes(out, n);

#define STEP(i, lanes)                                                                                      \
    do {                                                                                                    \
        __m512i v = _mm512_maskz_loadu_epi64(lanes, x + (i));                                               \
                                                                                                            \
        bytes[(i) >> 3] = _mm512_mask_cmple_epi64_mask(_mm512_mask_cmpge_epi64_mask(lanes, v, lows), v, highs); \
    } while (0)
    FOR_EIGHTS(n, NULL, STEP);
#undef STEP
}

AVX512 static void between_u64(const uint64_t *x, int64_t n, uint64_t low, uint64_t high, uint64_t *out)
{
    const __m512i lows = _mm512_set1_epi64((int64_t)low), highs = _mm512_set1_epi64((int64_t)high);
    uint8_t *bytes = mask_bytes(out, n);

#define STEP(i, lanes)                                                                                      \
    do {                                                                                                    \
        __m512i v = _mm512_maskz_loadu_epi64(lanes, x + (i));                                               \
                                                                                                            \
        bytes[(i) >> 3] = _mm512_mask_cmple_epu64_mask(_mm512_mask_cmpge_epu64_mask(lanes, v, lows), v, highs); \
    } while (0)
    FOR_EIGHTS(n, NULL, STEP);
#undef STEP
}

AVX512 static void between_f64(const double *x, int64_t n, double low, double high, uint64_t *out)
{
    const __m512d lows = _mm512_set1_pd(low), highs = _mm512_set1_pd(high);
    uint8_t *bytes = mask_bytes(out, n);

#define STEP(i, lanes)                                                                                      \
    do {                                                                                                    \
        __m512d v = _mm512_maskz_loadu_pd(lanes, x + (i));                                                  \
                                                                                                            \
        bytes[(i) >> 3] = _mm512_mask_cmp_pd_mask(_mm512_mask_cmp_pd_mask(lanes, v, lows, _CMP_GE_OQ), v, highs, _CMP_LE_OQ); \
    } while (0)
    FOR_EIGHTS(n, NULL, STEP);
#undef STEP
}

AVX512 static void nan_f64(const double *x, int64_t n, uint64_t *out)
{
    uint8_t *bytes = mask_bytes(out, n);

#define STEP(i, lanes)                                                                                      \
    do {                                                                                                    \
        __m512d v = _mm512_maskz_loadu_pd(lanes, x + (i));                                                  \
                                                                                                            \
        bytes[(i) >> 3] = _mm512_cmp_pd_mask(v, v, _CMP_UNORD_Q); /* the zeros behind are numbers */        \
    } while (0)
    FOR_EIGHTS(n, NULL, STEP);
#undef STEP
}

/* Low halves unsigned, high halves signed: neither sum of 2^30 values leaves 64 bits. */
AVX512 static int128 sum_part(const int64_t *x, int64_t n, const uint64_t *rows)
{
    const __m512i low_half = _mm512_set1_epi64(0xffffffff);
    __m512i lows = _mm512_setzero_si512(), highs = lows;

#define STEP(i, lanes)                                                                                      \
    do {                                                                                                    \
        __m512i v = _mm512_maskz_loadu_epi64(lanes, x + (i));                                               \
                                                                                                            \
        lows = _mm512_add_epi64(lows, _mm512_and_si512(v, low_half));                                       \
        highs = _mm512_add_epi64(highs, _mm512_srai_epi64(v, 32));                                          \
    } while (0)
    FOR_EIGHTS(n, rows, STEP);
#undef STEP
    return (int128)_mm512_reduce_add_epi64(highs) * ((int128)1 << 32) + _mm512_reduce_add_epi64(lows);
}

static void sum_i64(const int64_t *x, int64_t n, const uint64_t *rows, int128 *sum)
{
    enum { PART = 1 << 30 };

    for (int64_t start = 0; start < n; start += PART)
        *sum += sum_part(x + start, n - start < PART ? n - start : PART, rows ? rows + (start >> 6) : NULL);
}

AVX512 static void extremes_i64(const int64_t *x, int64_t n, const uint64_t *rows, int64_t *low, int64_t *high)
{
    __m512i lows = _mm512_set1_epi64(*low), highs = _mm512_set1_epi64(*high);

#define STEP(i, lanes)                                                                                      \
    do {                                                                                                    \
        __m512i v = _mm512_maskz_loadu_epi64(lanes, x + (i));                                               \
                                                                                                            \
        lows = _mm512_mask_min_epi64(lows, lanes, lows, v);                                                 \
        highs = _mm512_mask_max_epi64(highs, lanes, highs, v);                                              \
    } while (0)
    FOR_EIGHTS(n, rows, STEP);
#undef STEP
    *low = _mm512_reduce_min_epi64(lows);
    *high = _mm512_reduce_max_epi64(highs);
}

AVX512 static void extremes_u64(const uint64_t *x, int64_t n, const uint64_t *rows, uint64_t *low, uint64_t *high)
{
    __m512i lows = _mm512_set1_epi64((int64_t)*low), highs = _mm512_set1_epi64((int64_t)*high);

#define STEP(i, lanes)                                                                                      \
    do {                                                                                                    \
        __m512i v = _mm512_maskz_loadu_epi64(lanes, x + (i));                                               \
                                                                                                            \
        lows = _mm512_mask_min_epu64(lows, lanes, lows, v);                                                 \
        highs = _mm512_mask_max_epu64(highs, lanes, highs, v);                                              \
    } while (0)
    FOR_EIGHTS(n, rows, STEP);
#undef STEP
    *low = _mm512_reduce_min_epu64(lows);
    *high = _mm512_reduce_max_epu64(highs);
}

/* min and max give their second operand where the first is a NaN: the accumulator stands second. Adding 0.0 turns -0.0 into 0.0. */
AVX512 static void extremes_f64(const double *x, int64_t n, const uint64_t *rows, double *low, double *high)
{
    __m512d lows = _mm512_set1_pd(*low), highs = _mm512_set1_pd(*high);

#define STEP(i, lanes)                                                                                      \
    do {                                                                                                    \
        __m512d v = _mm512_add_pd(_mm512_maskz_loadu_pd(lanes, x + (i)), _mm512_setzero_pd());              \
                                                                                                            \
        lows = _mm512_mask_min_pd(lows, lanes, v, lows);                                                    \
        highs = _mm512_mask_max_pd(highs, lanes, v, highs);                                                 \
    } while (0)
    FOR_EIGHTS(n, rows, STEP);
#undef STEP
    *low = _mm512_reduce_min_pd(lows);
    *high = _mm512_reduce_max_pd(highs);
}

/* The same steps as in kernels_scalar.c: there is a multiplication of 64 bits. */
AVX512 static void hash_u64(const uint64_t *x, int64_t n, uint64_t key, uint64_t *out)
{
    const __m512i keys = _mm512_set1_epi64((int64_t)key);
    const __m512i mix_1 = _mm512_set1_epi64((int64_t)0xbf58476d1ce4e5b9), mix_2 = _mm512_set1_epi64((int64_t)0x94d049bb133111eb);

#define STEP(i, lanes)                                                                                      \
    do {                                                                                                    \
        __m512i h = _mm512_xor_si512(_mm512_maskz_loadu_epi64(lanes, x + (i)), keys);                       \
                                                                                                            \
        h = _mm512_mullo_epi64(_mm512_xor_si512(h, _mm512_srli_epi64(h, 30)), mix_1);                       \
        h = _mm512_mullo_epi64(_mm512_xor_si512(h, _mm512_srli_epi64(h, 27)), mix_2);                       \
        _mm512_mask_storeu_epi64(out + (i), lanes, _mm512_xor_si512(h, _mm512_srli_epi64(h, 31)));          \
    } while (0)
    FOR_EIGHTS(n, NULL, STEP);
#undef STEP
}

/* Sixteen values of `width` bits are 2 * width bytes, so every group of sixteen begins at the same bit of its first byte. Where no value lies
 * in more than four bytes (up to 25 bits), a group lies in 52: each value's bytes are brought to its lane by a shuffle over the whole
 * register, to the lane's lowest bit by a shift of its own, and cut. */
enum { UNPACK_WIDTH_MAX = 25 };
struct unpacking { __m512i from, shift, mask; };

AVX512_INLINE struct unpacking plan_unpacking(uint32_t offset, uint32_t width)
{
    const __m512i counting = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __m512i first = _mm512_add_epi32(_mm512_mullo_epi32(counting, _mm512_set1_epi32((int)width)), _mm512_set1_epi32((int)offset));
    __m512i first_byte = _mm512_mullo_epi32(_mm512_srli_epi32(first, 3), _mm512_set1_epi32(0x01010101));

    return (struct unpacking){_mm512_add_epi32(first_byte, _mm512_set1_epi32(0x03020100)), _mm512_and_si512(first, _mm512_set1_epi32(7)),
                              _mm512_set1_epi32((int)(((uint32_t)1 << width) - 1))};
}

AVX512_INLINE __m512i unpack_16(const struct unpacking *plan, __m512i bytes)
{
    return _mm512_and_si512(_mm512_srlv_epi32(_mm512_permutexvar_epi8(plan->from, bytes), plan->shift), plan->mask);
}

AVX512 static uint32_t unpack_u32(const uint8_t *in, size_t size, uint64_t bit, uint32_t width, uint32_t *out, int64_t n)
{
    struct unpacking plan;
    size_t at = (size_t)(bit >> 3);
    __m512i largest = _mm512_setzero_si512();
    int64_t i = 0;

    if (width > UNPACK_WIDTH_MAX)
        return kernels_avx2.unpack_u32(in, size, bit, width, out, n);
    plan = plan_unpacking((uint32_t)(bit & 7), width);
    for (; i + 16 <= n && at + 64 <= size; i += 16, at += 2 * width) {
        __m512i x = unpack_16(&plan, _mm512_loadu_si512(in + at));

        largest = _mm512_max_epu32(largest, x);
        _mm512_storeu_si512(out + i, x);
    }
    for (; i < n; i += 16, at += 2 * width) { /* what is loaded of a register's bytes and what counts of its lanes is less than all */
        __mmask64 there = size - at < 64 ? _bzhi_u64(~(uint64_t)0, (uint32_t)(size - at)) : ~(uint64_t)0;
        __mmask16 lanes = (__mmask16)lanes_below(n - i < 16 ? n - i : 16);
        __m512i x = unpack_16(&plan, _mm512_maskz_loadu_epi8(there, in + at));

        largest = _mm512_mask_max_epu32(largest, lanes, largest, x);
        _mm512_mask_storeu_epi32(out + i, lanes, x);
    }
    return _mm512_reduce_max_epu32(largest);
}

/* A byte's set is found by its low half, its place in that set by its high half, as in kernels_avx2.c. A byte beyond ASCII finds the empty
 * set. The masked load takes the text as it lies, whatever lies behind it. */
AVX512_INLINE void masks_of_text(const struct byte_classes *classes, const __m512i *of_low, struct span x, uint64_t *out, size_t stride)
{
    const __m512i places = _mm512_set1_epi64((int64_t)0x8040201008040201);
    uint64_t inside = _bzhi_u64(~(uint64_t)0, (uint32_t)x.size);
    __m512i text = _mm512_maskz_loadu_epi8(inside, x.at);
    __m512i place = _mm512_shuffle_epi8(places, _mm512_and_si512(_mm512_srli_epi16(text, 4), _mm512_set1_epi8(15)));
    __m512i low = _mm512_and_si512(text, _mm512_set1_epi8((char)0x8f));

    for (int32_t k = 0; k < classes->n; k++)
        out[(size_t)k * stride] = _mm512_mask_test_epi8_mask(inside, _mm512_shuffle_epi8(of_low[k], low), place);
    out[(size_t)classes->n * stride] = _mm512_movepi8_mask(text);
}

AVX512 static void class_masks(const struct byte_classes *classes, const struct span *x, int64_t n, uint64_t *out)
{
    __m512i of_low[BYTE_CLASSES_MAX];

    for (int32_t k = 0; k < classes->n; k++)
        of_low[k] = _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)classes->of_low[k]));
    for (int64_t i = 0; i < n; i++) {
        if (x[i].size && x[i].size <= CLASS_MASK_BYTES)
            masks_of_text(classes, of_low, x[i], out + i, (size_t)n);
        else
            for (int32_t k = 0; k <= classes->n; k++)
                out[k * n + i] = 0;
    }
}

static void histogram_u32(const uint32_t *index, int64_t n, const uint64_t *rows, uint32_t *counts, int64_t n_counts)
{
    kernels_avx2.histogram_u32(index, n, rows, counts, n_counts);
}

static void hash_bytes(const struct span *x, int64_t n, uint64_t key, uint64_t *out)
{
    kernels_scalar.hash_bytes(x, n, key, out);
}

static void hash_bytes_128(const struct span *x, int64_t n, uint64_t key, uint64_t *low, uint64_t *high)
{
    kernels_scalar.hash_bytes_128(x, n, key, low, high);
}

#define CLASS_TARGET AVX512
#include "kernels/class_passes.h"

const struct kernels kernels_avx512 = {
    "avx512",    sum_f64_avx512, sum_squares_f64_avx512, sum_i64, extremes_i64, extremes_u64, extremes_f64,
    between_i64, between_u64, between_f64,  unpack_u32, histogram_u32, nan_f64, hash_u64, hash_bytes, hash_bytes_128,
    class_masks, class_passes,
    csv_cut_avx512, utf8_is_valid_avx512, cells_i64_avx2, cells_f64_avx2, cells_micros_avx2,
};

#endif
