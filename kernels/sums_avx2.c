/* kernels/sums_avx2.c -- exact sums of doubles, four at a time, by error-free splitting.
 *
 * In a block of n <= 2,048 values below 2^e each value is cut into slices on fixed grids. With C = 1.5 * 2^(e + 9),
 * q = (x + C) - C is x rounded to a multiple of 2^(e - 43): x + C lies in [2^(e + 9), 2^(e + 10)), where doubles are that far
 * apart. q and x - q are exact. A lane adds up 2^9 slices of at most 2^e: the sum is a multiple of 2^(e - 43) below 2^(e + 9),
 * so it has at most 52 bits and is exact as well. What is left of x is at most 2^(e - 44) and is cut again, twice. If anything
 * is left after the third slice (values more than some 2^78 apart, NaN, infinity), the block is summed by the scalar kernel.
 * The lanes' sums go into the superaccumulator, which so gets the same number as from the values themselves.
 *
 * A square is h + l, h = x * x rounded and l = fma(x, x, -h), exactly while neither under- nor overflows: both are cut.
 *
 * S. M. Rump, T. Ogita, S. Oishi, "Accurate floating-point summation part I", SIAM J. Sci. Comput. 31 (2008), section 3
 * (splitting by adding and subtracting a large number); J. Demmel, H. D. Nguyen, "Parallel reproducible summation",
 * IEEE Trans. Comput. 64 (2015) (blocks of slices). Needs round to nearest and no contraction (-ffp-contract=off).
 */
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>

#define AVX2 __attribute__((target("avx2,fma")))

enum { BLOCK = 2048, SLICE_BITS = 44 };

struct slices {
    __m256d offset_1, offset_2, offset_3; /* C of each grid */
    __m256d sum_1, sum_2, sum_3;
    __m256d left; /* ored bits of what no slice took */
};

/* For values whose magnitude is at most 2^e. */
AVX2 static inline void slices_init(struct slices *s, int e)
{
    s->offset_1 = _mm256_set1_pd(ldexp(1.5, e + 9));
    s->offset_2 = _mm256_set1_pd(ldexp(1.5, e + 9 - SLICE_BITS));
    s->offset_3 = _mm256_set1_pd(ldexp(1.5, e + 9 - 2 * SLICE_BITS));
    s->sum_1 = s->sum_2 = s->sum_3 = s->left = _mm256_setzero_pd();
}

/* Adds x on its grid to *sum; returns what is left of it. */
AVX2 static inline __m256d cut(__m256d x, __m256d offset, __m256d *sum)
{
    __m256d q = _mm256_sub_pd(_mm256_add_pd(x, offset), offset);

    *sum = _mm256_add_pd(*sum, q);
    return _mm256_sub_pd(x, q);
}

AVX2 static inline void slices_add(struct slices *s, __m256d x)
{
    x = cut(x, s->offset_1, &s->sum_1);
    x = cut(x, s->offset_2, &s->sum_2);
    x = cut(x, s->offset_3, &s->sum_3);
    s->left = _mm256_or_pd(s->left, x);
}

AVX2 static inline bool slices_are_exact(const struct slices *s)
{
    __m256i without_sign = _mm256_slli_epi64(_mm256_castpd_si256(s->left), 1);

    return _mm256_testz_si256(without_sign, without_sign);
}

AVX2 static inline void slices_finish(const struct slices *s, struct exact_sum *sum)
{
    double lane[12];

    _mm256_storeu_pd(lane, s->sum_1);
    _mm256_storeu_pd(lane + 4, s->sum_2);
    _mm256_storeu_pd(lane + 8, s->sum_3);
    for (int i = 0; i < 12; i++)
        if (lane[i] != 0)
            exact_sum_add(sum, lane[i]);
}

/* Largest magnitude and smallest that is not zero (infinity if there is none); NaN is passed over. */
AVX2 static inline void magnitudes(const double *x, int64_t n, double *most, double *least)
{
    const __m256d sign = _mm256_set1_pd(-0.0), none = _mm256_set1_pd(INFINITY);
    __m256d highest = _mm256_setzero_pd(), lowest = none;
    double high[4], low[4];

    for (int64_t i = 0; i < n; i += 4) {
        __m256d v = _mm256_andnot_pd(sign, _mm256_loadu_pd(x + i));
        __m256d is_zero = _mm256_cmp_pd(v, _mm256_setzero_pd(), _CMP_EQ_OQ);

        highest = _mm256_max_pd(v, highest);
        lowest = _mm256_min_pd(_mm256_blendv_pd(v, none, is_zero), lowest);
    }
    _mm256_storeu_pd(high, highest);
    _mm256_storeu_pd(low, lowest);
    *most = fmax(fmax(high[0], high[1]), fmax(high[2], high[3]));
    *least = fmin(fmin(low[0], low[1]), fmin(low[2], low[3]));
}

/* n a multiple of 4, at most BLOCK. false: nothing was added. */
AVX2 static bool add_block(const double *x, int64_t n, struct exact_sum *sum)
{
    struct slices s;
    double most, least;
    int e;

    magnitudes(x, n, &most, &least);
    if (most == 0)
        e = 0;
    else if (most < 0x1p900 && most > 0x1p-800)
        frexp(most, &e); /* most < 2^e */
    else
        return false;
    slices_init(&s, e);
    for (int64_t i = 0; i < n; i += 4)
        slices_add(&s, _mm256_loadu_pd(x + i));
    if (!slices_are_exact(&s))
        return false;
    slices_finish(&s, sum);
    return true;
}

/* Squares of magnitudes between 2^-450 and 2^400: their last bit, 2^(2 * (-450 - 52)), is a double. */
AVX2 static bool add_block_of_squares(const double *x, int64_t n, struct exact_sum *sum)
{
    struct slices high, low;
    double most, least;
    int e = 0;

    magnitudes(x, n, &most, &least);
    if (most != 0 && !(most < 0x1p400 && most > 0x1p-200 && least > 0x1p-450))
        return false;
    frexp(most, &e);
    slices_init(&high, 2 * e);
    slices_init(&low, 2 * e - 53);
    for (int64_t i = 0; i < n; i += 4) {
        __m256d v = _mm256_loadu_pd(x + i);
        __m256d h = _mm256_mul_pd(v, v);

        slices_add(&high, h);
        slices_add(&low, _mm256_fmsub_pd(v, v, h));
    }
    if (!slices_are_exact(&high) || !slices_are_exact(&low))
        return false;
    slices_finish(&high, sum);
    slices_finish(&low, sum);
    return true;
}

/* Positions that are not selected become 0. */
AVX2 static void copy_selected(const double *x, int64_t n, const uint64_t *rows, double *out)
{
    const __m256i bit = _mm256_setr_epi64x(1, 2, 4, 8);

    for (int64_t i = 0; i < n; i += 4) {
        __m256i four = _mm256_set1_epi64x((long long)(rows[i >> 6] >> (i & 63)));
        __m256i keep = _mm256_cmpeq_epi64(_mm256_and_si256(four, bit), bit);

        _mm256_storeu_pd(out + i, _mm256_and_pd(_mm256_castsi256_pd(keep), _mm256_loadu_pd(x + i)));
    }
}

typedef bool block_kernel(const double *x, int64_t n, struct exact_sum *sum);
typedef void scalar_kernel(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum);

static void by_blocks(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum, block_kernel *block,
                      scalar_kernel *scalar)
{
    double selected[BLOCK];

    for (int64_t start = 0; start < n; start += BLOCK) {
        int64_t m = n - start < BLOCK ? n - start : BLOCK, fours = m & ~(int64_t)3;
        const uint64_t *mask = rows ? rows + (start >> 6) : NULL;
        const double *from = x + start;

        if (mask) {
            copy_selected(from, fours, mask, selected);
            from = selected;
        }
        if (!block(from, fours, sum)) {
            scalar(x + start, m, mask, sum);
            continue;
        }
        for (int64_t i = fours; i < m; i++)
            if (!mask || bit_get(mask, i))
                scalar(x + start + i, 1, NULL, sum);
    }
}

void sum_f64_avx2(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum)
{
    by_blocks(x, n, rows, sum, add_block, kernels_scalar.sum_f64);
}

void sum_squares_f64_avx2(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum)
{
    by_blocks(x, n, rows, sum, add_block_of_squares, kernels_scalar.sum_squares_f64);
}

#endif
