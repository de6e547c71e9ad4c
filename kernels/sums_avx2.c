/* kernels/sums_avx2.c -- exact sums of doubles, four at a time: kernels/sums_cut.h. */
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>

#define SUMS_TARGET __attribute__((target("avx2,fma")))
#define SUMS_INLINE __attribute__((target("avx2,fma"), always_inline)) static inline

typedef __m256d vector;
enum { LANES = 4 };

SUMS_INLINE vector sums_set1(double x) { return _mm256_set1_pd(x); }
SUMS_INLINE vector sums_load(const double *x) { return _mm256_loadu_pd(x); }
SUMS_INLINE void sums_store(double *out, vector x) { _mm256_storeu_pd(out, x); }
SUMS_INLINE vector sums_add(vector a, vector b) { return _mm256_add_pd(a, b); }
SUMS_INLINE vector sums_sub(vector a, vector b) { return _mm256_sub_pd(a, b); }
SUMS_INLINE vector sums_mul(vector a, vector b) { return _mm256_mul_pd(a, b); }
SUMS_INLINE vector sums_mul_sub(vector a, vector b, vector c) { return _mm256_fmsub_pd(a, b, c); }
SUMS_INLINE vector sums_or(vector a, vector b) { return _mm256_or_pd(a, b); }

SUMS_INLINE bool sums_is_zero(vector x)
{
    __m256i without_sign = _mm256_slli_epi64(_mm256_castpd_si256(x), 1);

    return _mm256_testz_si256(without_sign, without_sign);
}

SUMS_INLINE void sums_fold(vector x, vector *highest, vector *lowest)
{
    vector v = _mm256_andnot_pd(_mm256_set1_pd(-0.0), x);
    vector is_zero = _mm256_cmp_pd(v, _mm256_setzero_pd(), _CMP_EQ_OQ);

    *highest = _mm256_max_pd(v, *highest);
    *lowest = _mm256_min_pd(_mm256_blendv_pd(v, _mm256_set1_pd(INFINITY), is_zero), *lowest);
}

SUMS_INLINE vector sums_select(const double *x, uint64_t bits)
{
    const __m256i bit = _mm256_setr_epi64x(1, 2, 4, 8);
    __m256i keep = _mm256_cmpeq_epi64(_mm256_and_si256(_mm256_set1_epi64x((long long)bits), bit), bit);

    return _mm256_and_pd(_mm256_castsi256_pd(keep), _mm256_loadu_pd(x));
}

#include "kernels/sums_cut.h"

void sum_f64_avx2(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum)
{
    by_blocks(x, n, rows, sum, add_block, kernels_scalar.sum_f64);
}

void sum_squares_f64_avx2(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum)
{
    by_blocks(x, n, rows, sum, add_block_of_squares, kernels_scalar.sum_squares_f64);
}

#endif
