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
    for (i = 0; i + 4 <= n; i += 4)
        for (int t = 0; t < 4; t++)
            table[t][index[i + t]]++;
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

const struct kernels kernels_avx2 = {
    "avx2",      sum_f64_avx2, sum_squares_f64_avx2, sum_i64, extremes_i64, extremes_u64, extremes_f64,
    between_i64, between_u64, between_f64,  histogram_u32, nan_f64, hash_u64, hash_bytes, hash_bytes_128,
};

#endif
