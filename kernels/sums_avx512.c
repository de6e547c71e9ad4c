/* kernels/sums_avx512.c -- exact sums of doubles, eight at a time: kernels/sums_cut.h. */
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <math.h>

#include "kernels/avx512.h"

#define SUMS_TARGET AVX512

typedef __m512d vector;
enum { LANES = 8 };

AVX512_INLINE vector sums_set1(double x) { return _mm512_set1_pd(x); }
AVX512_INLINE vector sums_load(const double *x) { return _mm512_loadu_pd(x); }
AVX512_INLINE void sums_store(double *out, vector x) { _mm512_storeu_pd(out, x); }
AVX512_INLINE vector sums_add(vector a, vector b) { return _mm512_add_pd(a, b); }
AVX512_INLINE vector sums_sub(vector a, vector b) { return _mm512_sub_pd(a, b); }
AVX512_INLINE vector sums_mul(vector a, vector b) { return _mm512_mul_pd(a, b); }
AVX512_INLINE vector sums_mul_sub(vector a, vector b, vector c) { return _mm512_fmsub_pd(a, b, c); }
AVX512_INLINE vector sums_or(vector a, vector b) { return _mm512_or_pd(a, b); }

AVX512_INLINE bool sums_is_zero(vector x)
{
    return _mm512_test_epi64_mask(_mm512_castpd_si512(x), _mm512_set1_epi64(INT64_MAX)) == 0;
}

/* Zeros are left out of the lowest by the mask; min and max give their second operand where the first is a NaN. */
AVX512_INLINE void sums_fold(vector x, vector *highest, vector *lowest)
{
    vector v = _mm512_abs_pd(x);

    *highest = _mm512_max_pd(v, *highest);
    *lowest = _mm512_mask_min_pd(*lowest, _mm512_cmp_pd_mask(v, _mm512_setzero_pd(), _CMP_NEQ_UQ), v, *lowest);
}

AVX512_INLINE vector sums_select(const double *x, uint64_t bits) { return _mm512_maskz_loadu_pd((__mmask8)bits, x); }

#include "kernels/sums_cut.h"

void sum_f64_avx512(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum)
{
    by_blocks(x, n, rows, sum, add_block, kernels_scalar.sum_f64);
}

void sum_squares_f64_avx512(const double *x, int64_t n, const uint64_t *rows, struct exact_sum *sum)
{
    by_blocks(x, n, rows, sum, add_block_of_squares, kernels_scalar.sum_squares_f64);
}

#endif
