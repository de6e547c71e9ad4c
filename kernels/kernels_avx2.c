/* kernels/kernels_avx2.c -- four lanes of 64 bits. What is not worthwhile is the scalar function. Sums of doubles: sums_avx2.c.
 *
 * Selected values only: a mask word of ones runs as a plain loop, any other goes to the scalar kernel, 64 values at a time.
 */
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static __m256i load(const void *x) { return _mm256_loadu_si256((const __m256i *)x); }
AVX2 static unsigned bits_of(__m256i mask) { return (unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(mask)); }

/* Full words of the result; the rest is the scalar kernel's. `inside` makes a mask of 4 lanes at position i. */
#define MASK_WORDS(n, out, inside)                                                                          \
    int64_t done = (n) & ~(int64_t)63;                                                                      \
                                                                                                            \
    for (int64_t base = 0; base < done; base += 64) {                                                       \
        uint64_t word = 0;                                                                                  \
                                                                                                            \
        for (int k = 0; k < 64; k += 4) {                                                                   \
            int64_t i = base + k;                                                                           \
                                                                                                            \
            word |= (uint64_t)bits_of(inside) << k;                                                         \
        }                                                                                                   \
        (out)[base >> 6] = word;                                                                            \
    }

AVX2 static __m256i outside_i64(__m256i x, __m256i low, __m256i high)
{
    return _mm256_or_si256(_mm256_cmpgt_epi64(low, x), _mm256_cmpgt_epi64(x, high));
}

AVX2 static __m256i complement(__m256i x) { return _mm256_xor_si256(x, _mm256_set1_epi64x(-1)); }

AVX2 static void between_i64(const int64_t *x, int64_t n, int64_t low, int64_t high, uint64_t *out)
{
    __m256i lows = _mm256_set1_epi64x(low), highs = _mm256_set1_epi64x(high);

    MASK_WORDS(n, out, complement(outside_i64(load(x + i), lows, highs)))
    kernels_scalar.between_i64(x + done, n - done, low, high, out + (done >> 6));
}

/* There is only a signed comparison: shifting both sides by 2^63 keeps the order. */
AVX2 static void between_u64(const uint64_t *x, int64_t n, uint64_t low, uint64_t high, uint64_t *out)
{
    __m256i flip = _mm256_set1_epi64x(INT64_MIN);
    __m256i lows = _mm256_xor_si256(_mm256_set1_epi64x((int64_t)low), flip);
    __m256i highs = _mm256_xor_si256(_mm256_set1_epi64x((int64_t)high), flip);

    MASK_WORDS(n, out, complement(outside_i64(_mm256_xor_si256(load(x + i), flip), lows, highs)))
    kernels_scalar.between_u64(x + done, n - done, low, high, out + (done >> 6));
}

AVX2 static __m256i inside_f64(__m256d x, __m256d low, __m256d high)
{
    return _mm256_castpd_si256(_mm256_and_pd(_mm256_cmp_pd(x, low, _CMP_GE_OQ), _mm256_cmp_pd(x, high, _CMP_LE_OQ)));
}

AVX2 static void between_f64(const double *x, int64_t n, double low, double high, uint64_t *out)
{
    __m256d lows = _mm256_set1_pd(low), highs = _mm256_set1_pd(high);

    MASK_WORDS(n, out, inside_f64(_mm256_loadu_pd(x + i), lows, highs))
    kernels_scalar.between_f64(x + done, n - done, low, high, out + (done >> 6));
}

AVX2 static __m256i nans(__m256d x) { return _mm256_castpd_si256(_mm256_cmp_pd(x, x, _CMP_UNORD_Q)); }

AVX2 static void nan_f64(const double *x, int64_t n, uint64_t *out)
{
    MASK_WORDS(n, out, nans(_mm256_loadu_pd(x + i)))
    kernels_scalar.nan_f64(x + done, n - done, out + (done >> 6));
}

/* A run of words of ones from `start`, in values; with no mask the full multiple of 4 of all. */
static int64_t dense_run(int64_t start, int64_t n, const uint64_t *rows)
{
    int64_t at = start;

    if (!rows)
        return (n - start) & ~(int64_t)3;
    while (at + 64 <= n && rows[at >> 6] == ~(uint64_t)0)
        at += 64;
    return at - start;
}

/* Walks dense runs by `dense(x + at, run)` and the rest by the scalar kernel with `tail(x + at, m, word)`. */
#define WALK(n, rows, dense, tail)                                                                          \
    for (int64_t at = 0; at < (n);) {                                                                       \
        int64_t run = dense_run(at, n, rows);                                                               \
        int64_t m;                                                                                          \
                                                                                                            \
        if (run > 0)                                                                                        \
            dense(at, run);                                                                                 \
        at += run;                                                                                          \
        m = n - at < 64 ? n - at : 64;                                                                      \
        if (m > 0 && !(rows))                                                                               \
            tail(at, m, NULL);                                                                              \
        else if (m > 0 && (rows)[at >> 6])                                                                  \
            tail(at, m, (rows) + (at >> 6));                                                                \
        at += m;                                                                                            \
    }

/* Sums the low halves (unsigned) and the high halves (shifted to unsigned) in 64-bit lanes: 2^20 values cannot overflow. */
AVX2 static int128 dense_sum_i64(const int64_t *x, int64_t n)
{
    const __m256i flip = _mm256_set1_epi64x(INT64_MIN), mask = _mm256_set1_epi64x(0xffffffff);
    __m256i lows = _mm256_setzero_si256(), highs = lows;
    uint64_t low[4], high[4];
    uint128 total = 0;

    for (int64_t i = 0; i < n; i += 4) {
        __m256i v = _mm256_xor_si256(load(x + i), flip);

        lows = _mm256_add_epi64(lows, _mm256_and_si256(v, mask));
        highs = _mm256_add_epi64(highs, _mm256_srli_epi64(v, 32));
    }
    _mm256_storeu_si256((__m256i *)low, lows);
    _mm256_storeu_si256((__m256i *)high, highs);
    for (int k = 0; k < 4; k++)
        total += (uint128)low[k] + ((uint128)high[k] << 32);
    return (int128)(total - ((uint128)(uint64_t)n << 63));
}

static void sum_i64(const int64_t *x, int64_t n, const uint64_t *rows, int128 *sum)
{
#define DENSE(at, run)                                                                                      \
    for (int64_t start = 0; start < run; start += 1 << 20)                                                  \
        *sum += dense_sum_i64(x + at + start, run - start < 1 << 20 ? run - start : 1 << 20)
#define TAIL(at, m, word) kernels_scalar.sum_i64(x + at, m, word, sum)
    WALK(n, rows, DENSE, TAIL)
#undef DENSE
#undef TAIL
}

AVX2 static void dense_extremes_i64(const int64_t *x, int64_t n, uint64_t flip_bit, int64_t *low, int64_t *high)
{
    const __m256i flip = _mm256_set1_epi64x((int64_t)flip_bit);
    __m256i lows = _mm256_set1_epi64x(*low), highs = _mm256_set1_epi64x(*high);
    int64_t lowest[4], highest[4];

    for (int64_t i = 0; i < n; i += 4) {
        __m256i v = _mm256_xor_si256(load(x + i), flip);

        lows = _mm256_blendv_epi8(lows, v, _mm256_cmpgt_epi64(lows, v));
        highs = _mm256_blendv_epi8(highs, v, _mm256_cmpgt_epi64(v, highs));
    }
    _mm256_storeu_si256((__m256i *)lowest, lows);
    _mm256_storeu_si256((__m256i *)highest, highs);
    for (int k = 0; k < 4; k++) {
        *low = lowest[k] < *low ? lowest[k] : *low;
        *high = highest[k] > *high ? highest[k] : *high;
    }
}

static void extremes_i64(const int64_t *x, int64_t n, const uint64_t *rows, int64_t *low, int64_t *high)
{
#define DENSE(at, run) dense_extremes_i64(x + at, run, 0, low, high)
#define TAIL(at, m, word) kernels_scalar.extremes_i64(x + at, m, word, low, high)
    WALK(n, rows, DENSE, TAIL)
#undef DENSE
#undef TAIL
}

static void dense_extremes_u64(const uint64_t *x, int64_t n, uint64_t *low, uint64_t *high)
{
    const uint64_t flip = (uint64_t)1 << 63;
    int64_t lowest = (int64_t)(*low ^ flip), highest = (int64_t)(*high ^ flip);

    dense_extremes_i64((const int64_t *)x, n, flip, &lowest, &highest);
    *low = (uint64_t)lowest ^ flip;
    *high = (uint64_t)highest ^ flip;
}

static void extremes_u64(const uint64_t *x, int64_t n, const uint64_t *rows, uint64_t *low, uint64_t *high)
{
#define DENSE(at, run) dense_extremes_u64(x + at, run, low, high)
#define TAIL(at, m, word) kernels_scalar.extremes_u64(x + at, m, word, low, high)
    WALK(n, rows, DENSE, TAIL)
#undef DENSE
#undef TAIL
}

/* min and max give their second operand where the first is a NaN: the accumulator stands second. */
AVX2 static void dense_extremes_f64(const double *x, int64_t n, double *low, double *high)
{
    const __m256d zero = _mm256_setzero_pd();
    __m256d lows = _mm256_set1_pd(*low), highs = _mm256_set1_pd(*high);
    double lowest[4], highest[4];

    for (int64_t i = 0; i < n; i += 4) {
        __m256d v = _mm256_add_pd(_mm256_loadu_pd(x + i), zero);

        lows = _mm256_min_pd(v, lows);
        highs = _mm256_max_pd(v, highs);
    }
    _mm256_storeu_pd(lowest, lows);
    _mm256_storeu_pd(highest, highs);
    for (int k = 0; k < 4; k++) {
        *low = lowest[k] < *low ? lowest[k] : *low;
        *high = highest[k] > *high ? highest[k] : *high;
    }
}

static void extremes_f64(const double *x, int64_t n, const uint64_t *rows, double *low, double *high)
{
#define DENSE(at, run) dense_extremes_f64(x + at, run, low, high)
#define TAIL(at, m, word) kernels_scalar.extremes_f64(x + at, m, word, low, high)
    WALK(n, rows, DENSE, TAIL)
#undef DENSE
#undef TAIL
}

/* Eight values of `width` bits are `width` bytes, so every group of eight begins at the same bit of its first byte. Where no value lies in more
 * than four bytes (up to 25 bits), those of four neighbours lie within 16 bytes: each is brought to its lane by a shuffle of bytes, to
 * the lane's lowest bit by a shift of its own, and cut. The second four are loaded from their own first byte. */
enum { UNPACK_WIDTH_MAX = 25, UNPACK_LEAST = 32 };

AVX2 static uint32_t largest_u32(__m256i x)
{
    uint32_t lane[8], most = 0;

    _mm256_storeu_si256((__m256i *)lane, x);
    for (int k = 0; k < 8; k++)
        most = lane[k] > most ? lane[k] : most;
    return most;
}

/* For a group of eight whose first value starts at bit `offset`: which byte goes where, and by how much each lane is shifted. */
AVX2 static void plan_unpacking(uint32_t offset, uint32_t width, size_t second, __m256i *shuffle, __m256i *shift)
{
    uint32_t shifts[8];
    uint8_t from[32];

    for (uint32_t k = 0; k < 8; k++) {
        uint32_t first = offset + k * width - (k < 4 ? 0 : 8 * (uint32_t)second);

        shifts[k] = first & 7;
        for (uint32_t b = 0; b < 4; b++)
            from[4 * k + b] = (uint8_t)((first >> 3) + b);
    }
    *shuffle = load(from);
    *shift = load(shifts);
}

AVX2 static uint32_t unpack_u32(const uint8_t *in, size_t size, uint64_t bit, uint32_t width, uint32_t *out, int64_t n)
{
    uint32_t offset = (uint32_t)(bit & 7), most, rest;
    size_t at = (size_t)(bit >> 3), second = (offset + 4 * width) >> 3;
    __m256i shuffle, shift, mask = _mm256_set1_epi32((int)(((uint32_t)1 << (width & 31)) - 1)), largest = _mm256_setzero_si256();
    int64_t i = 0;

    if (width > UNPACK_WIDTH_MAX || n < UNPACK_LEAST)
        return kernels_scalar.unpack_u32(in, size, bit, width, out, n);
    plan_unpacking(offset, width, second, &shuffle, &shift);
    for (; i + 8 <= n && at + second + 16 <= size; i += 8, at += width) {
        __m128i low = _mm_loadu_si128((const __m128i *)(in + at)), high = _mm_loadu_si128((const __m128i *)(in + at + second));
        __m256i x = _mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1), shuffle);

        x = _mm256_and_si256(_mm256_srlv_epi32(x, shift), mask);
        largest = _mm256_max_epu32(largest, x);
        _mm256_storeu_si256((__m256i *)(out + i), x);
    }
    most = largest_u32(largest);
    rest = kernels_scalar.unpack_u32(in, size, bit + (uint64_t)i * width, width, out + i, n - i);
    return rest > most ? rest : most;
}

/* Equal indices that follow each other wait for one another's store: few counters are spread over four tables. */
enum { HISTOGRAM_SMALL = 512 };

static void histogram_u32(const uint32_t *index, int64_t n, const uint64_t *rows, uint32_t *counts, int64_t n_counts)
{
    uint32_t table[4][HISTOGRAM_SMALL];
    int64_t i;

    if (rows || n_counts > HISTOGRAM_SMALL || n < 4 * n_counts) {
        kernels_scalar.histogram_u32(index, n, rows, counts, n_counts);
        return;
    }
    for (int t = 0; t < 4; t++)
        memset(table[t], 0, (size_t)n_counts * sizeof *table[t]);
    for (i = 0; i + 4 <= n; i += 4) {
        table[0][index[i]]++;
        table[1][index[i + 1]]++;
        table[2][index[i + 2]]++;
        table[3][index[i + 3]]++;
    }
    for (; i < n; i++)
        counts[index[i]]++;
    for (int64_t e = 0; e < n_counts; e++)
        counts[e] += table[0][e] + table[1][e] + table[2][e] + table[3][e];
}

static void hash_bytes(const struct span *x, int64_t n, uint64_t key, uint64_t *out)
{
    kernels_scalar.hash_bytes(x, n, key, out);
}

static void hash_bytes_128(const struct span *x, int64_t n, uint64_t key, uint64_t *low, uint64_t *high)
{
    kernels_scalar.hash_bytes_128(x, n, key, low, high);
}

static void hash_u64(const uint64_t *x, int64_t n, uint64_t key, uint64_t *out)
{
    kernels_scalar.hash_u64(x, n, key, out);
}

/* A byte's set is found by its low half, its place in that set by its high half (Langdale and Lemire, "Parsing gigabytes of
 * JSON per second", VLDB Journal 28, 2019, section 3.1.2). A byte beyond ASCII finds the empty set and a place that equals nothing. */
struct halves { __m256i low, place, wide; };

AVX2 static inline struct halves halves_of(__m256i x)
{
    const __m256i places = _mm256_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, -1, -1, -1, -1, -1, -1, -1, -1,
                                            1, 2, 4, 8, 16, 32, 64, -128, -1, -1, -1, -1, -1, -1, -1, -1);
    __m256i high = _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15));

    return (struct halves){_mm256_and_si256(x, _mm256_set1_epi8((char)0x8f)), _mm256_shuffle_epi8(places, high), x};
}

AVX2 static inline uint32_t members(struct halves x, __m256i of_low)
{
    __m256i set = _mm256_and_si256(_mm256_shuffle_epi8(of_low, x.low), x.place);

    return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(set, x.place));
}

/* Texts are read in place, 64 bytes whatever their size, unless that could touch another page: what lies behind them is masked.
 * Sanitizers would rightly ask what that is good for, so under them every text is copied. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define READS_BEHIND 0
#elif defined(__has_feature)
#define READS_BEHIND (!__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer) && !__has_feature(memory_sanitizer))
#else
#define READS_BEHIND 1
#endif

/* `stride` words lie between the words of two classes. */
AVX2 static inline void masks_of_text(const struct byte_classes *classes, const __m256i *of_low, struct span x, uint64_t *out, size_t stride)
{
    uint8_t copy[64];
    const uint8_t *at = x.at;
    uint64_t inside = ((uint64_t)1 << x.size) - 1;
    struct halves first, second;

    if (!READS_BEHIND || x.size == 0 || ((uintptr_t)at & 4095) > 4096 - sizeof copy) {
        memset(copy, 0, sizeof copy);
        if (x.size)
            memcpy(copy, at, x.size);
        at = copy;
    }
    first = halves_of(load(at));
    if (x.size <= 32) {
        for (int32_t k = 0; k < classes->n; k++)
            out[(size_t)k * stride] = members(first, of_low[k]) & inside;
        out[(size_t)classes->n * stride] = (uint32_t)_mm256_movemask_epi8(first.wide) & inside;
        return;
    }
    second = halves_of(load(at + 32));
    for (int32_t k = 0; k < classes->n; k++)
        out[(size_t)k * stride] = (members(first, of_low[k]) | (uint64_t)members(second, of_low[k]) << 32) & inside;
    out[(size_t)classes->n * stride] =
        ((uint32_t)_mm256_movemask_epi8(first.wide) | (uint64_t)(uint32_t)_mm256_movemask_epi8(second.wide) << 32) & inside;
}

AVX2 static void class_masks(const struct byte_classes *classes, const struct span *x, int64_t n, uint64_t *out)
{
    __m256i of_low[BYTE_CLASSES_MAX];

    for (int32_t k = 0; k < classes->n; k++)
        of_low[k] = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)classes->of_low[k]));
    for (int64_t i = 0; i < n; i++) {
        if (x[i].size <= CLASS_MASK_BYTES)
            masks_of_text(classes, of_low, x[i], out + i, (size_t)n);
        else
            for (int32_t k = 0; k <= classes->n; k++)
                out[k * n + i] = 0;
    }
}

#define CLASS_TARGET AVX2
#include "kernels/class_passes.h"

const struct kernels kernels_avx2 = {
    "avx2",      sum_f64_avx2, sum_squares_f64_avx2, sum_i64, extremes_i64, extremes_u64, extremes_f64,
    between_i64, between_u64, between_f64,  unpack_u32, histogram_u32, nan_f64, hash_u64, hash_bytes, hash_bytes_128,
    class_masks, class_passes,
    csv_cut_avx2, utf8_is_valid_avx2, cells_i64_avx2, cells_f64_avx2, cells_micros_avx2,
};

#endif
