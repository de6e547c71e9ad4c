/* tests/kernels/portable_avx512.h -- the AVX-512 intrinsics that kernels/ uses, as plain loops over lanes.
 *
 * The Makefile puts it in front of kernels/registry.c and of the AVX-512 files (-include) and links what comes out with the tests of
 * kernels/, so that those files are tested on any x86-64 (make units) and under the sanitizers: a masked load reads, and a masked store
 * writes, exactly the lanes of its mask here, so the address sanitizer sees what a processor would touch. What this cannot show is whether an
 * instruction does what is written here: tools/avx512_emulator.sh runs those.
 *
 * Each function follows the "Operation" section of its instruction in Intel's Software Developer's Manual, volume 2.
 */
#ifndef TESTS_KERNELS_PORTABLE_AVX512_H
#define TESTS_KERNELS_PORTABLE_AVX512_H

#if defined(__x86_64__)

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define AVX512_TARGET "avx2,fma,bmi,bmi2,popcnt,pclmul"
/* The emulated CPU has all of AVX-512. */
#define __builtin_cpu_supports(feature) ((feature)[3] == '5' || __builtin_cpu_supports(feature))

union lanes_512 { uint8_t b[64]; uint16_t h[32]; uint32_t w[16]; uint64_t q[8]; double d[8]; };
#define __m512i union lanes_512
#define __m512d union lanes_512
#define PORTABLE __attribute__((unused)) static inline

/* name(parameters): lane i of n is `value`. */
#define EACH(name, parameters, n, field, value)  \
    PORTABLE union lanes_512 name parameters     \
    {                                            \
        union lanes_512 r;                       \
                                                 \
        for (int i = 0; i < (n); i++)            \
            r.field[i] = (value);                \
        return r;                                \
    }
/* name(parameters): bit i of n is `bit`. */
#define MASK_OF(name, type, parameters, n, bit)  \
    PORTABLE type name parameters                \
    {                                            \
        type r = 0;                              \
                                                 \
        for (int i = 0; i < (n); i++)            \
            r = (type)(r | (type)(bit) << i);    \
        return r;                                \
    }
/* All lanes of x folded by `step`, from lane 0 on. */
#define FOLDED(name, type, field, n, step)       \
    PORTABLE type name(union lanes_512 x)        \
    {                                            \
        type r = (type)x.field[0];               \
                                                 \
        for (int i = 1; i < (n); i++) {          \
            type v = (type)x.field[i];           \
                                                 \
            r = (step);                          \
        }                                        \
        return r;                                \
    }

#define TWO (union lanes_512 a, union lanes_512 b)
#define SHIFTED (union lanes_512 a, unsigned by)
#define IS_SET(mask) ((mask) >> i & 1)

EACH(portable_set1_epi8, (char x), 64, b, (uint8_t)x)
EACH(portable_set1_epi32, (int x), 16, w, (uint32_t)x)
EACH(portable_set1_epi64, (long long x), 8, q, (uint64_t)x)
EACH(portable_set1_pd, (double x), 8, d, x)
EACH(portable_array_epi32, (const int *x), 16, w, (uint32_t)x[i])
EACH(portable_add_epi32, TWO, 16, w, a.w[i] + b.w[i])
EACH(portable_add_epi64, TWO, 8, q, a.q[i] + b.q[i])
EACH(portable_mullo_epi32, TWO, 16, w, a.w[i] * b.w[i])
EACH(portable_mullo_epi64, TWO, 8, q, a.q[i] * b.q[i])
EACH(portable_and, TWO, 8, q, a.q[i] & b.q[i])
EACH(portable_or, TWO, 8, q, a.q[i] | b.q[i])
EACH(portable_xor, TWO, 8, q, a.q[i] ^ b.q[i])
EACH(portable_min_epu8, TWO, 64, b, a.b[i] < b.b[i] ? a.b[i] : b.b[i])
EACH(portable_srli_epi16, SHIFTED, 32, h, (uint16_t)(a.h[i] >> by))
EACH(portable_srli_epi32, SHIFTED, 16, w, a.w[i] >> by)
EACH(portable_srli_epi64, SHIFTED, 8, q, a.q[i] >> by)
EACH(portable_srai_epi64, SHIFTED, 8, q, (uint64_t)((int64_t)a.q[i] >> by))
EACH(portable_srlv_epi32, TWO, 16, w, b.w[i] < 32 ? a.w[i] >> b.w[i] : 0)
EACH(portable_shuffle_epi8, TWO, 64, b, b.b[i] & 0x80 ? 0 : a.b[(i & 0x30) + (b.b[i] & 15)])
EACH(portable_permutexvar_epi8, TWO, 64, b, b.b[a.b[i] & 63])
EACH(portable_alignr_epi64, (union lanes_512 a, union lanes_512 b, int by), 8, q, i + by < 8 ? b.q[i + by] : a.q[i + by - 8])
EACH(portable_alignr_epi8, (union lanes_512 a, union lanes_512 b, int by), 64, b,
     (i & 15) + by < 16 ? b.b[i + by] : (i & 15) + by < 32 ? a.b[i + by - 16] : 0)
EACH(portable_subs_epu8, TWO, 64, b, (uint8_t)(a.b[i] > b.b[i] ? a.b[i] - b.b[i] : 0))
EACH(portable_loadu, (const void *x), 64, b, ((const uint8_t *)x)[i])
EACH(portable_maskz_loadu_epi8, (__mmask64 k, const void *x), 64, b, IS_SET(k) ? ((const uint8_t *)x)[i] : 0)
EACH(portable_maskz_loadu_epi64, (__mmask8 k, const void *x), 8, q, IS_SET(k) ? ((const uint64_t *)x)[i] : 0)
EACH(portable_mask_min_epi64, (union lanes_512 s, __mmask8 k, union lanes_512 a, union lanes_512 b), 8, q,
     !IS_SET(k) ? s.q[i] : (int64_t)a.q[i] < (int64_t)b.q[i] ? a.q[i] : b.q[i])
EACH(portable_mask_max_epi64, (union lanes_512 s, __mmask8 k, union lanes_512 a, union lanes_512 b), 8, q,
     !IS_SET(k) ? s.q[i] : (int64_t)a.q[i] > (int64_t)b.q[i] ? a.q[i] : b.q[i])
EACH(portable_mask_min_epu64, (union lanes_512 s, __mmask8 k, union lanes_512 a, union lanes_512 b), 8, q,
     !IS_SET(k) ? s.q[i] : a.q[i] < b.q[i] ? a.q[i] : b.q[i])
EACH(portable_mask_max_epu64, (union lanes_512 s, __mmask8 k, union lanes_512 a, union lanes_512 b), 8, q,
     !IS_SET(k) ? s.q[i] : a.q[i] > b.q[i] ? a.q[i] : b.q[i])
EACH(portable_mask_max_epu32, (union lanes_512 s, __mmask16 k, union lanes_512 a, union lanes_512 b), 16, w,
     !IS_SET(k) ? s.w[i] : a.w[i] > b.w[i] ? a.w[i] : b.w[i])
/* Doubles: the second operand where the first is not less (greater), so where one is a NaN and where both are zeros. */
EACH(portable_add_pd, TWO, 8, d, a.d[i] + b.d[i])
EACH(portable_sub_pd, TWO, 8, d, a.d[i] - b.d[i])
EACH(portable_mul_pd, TWO, 8, d, a.d[i] * b.d[i])
EACH(portable_fmsub_pd, (union lanes_512 a, union lanes_512 b, union lanes_512 c), 8, d, fma(a.d[i], b.d[i], -c.d[i]))
EACH(portable_abs_pd, (union lanes_512 a), 8, d, fabs(a.d[i]))
EACH(portable_mask_min_pd, (union lanes_512 s, __mmask8 k, union lanes_512 a, union lanes_512 b), 8, d,
     !IS_SET(k) ? s.d[i] : a.d[i] < b.d[i] ? a.d[i] : b.d[i])
EACH(portable_mask_max_pd, (union lanes_512 s, __mmask8 k, union lanes_512 a, union lanes_512 b), 8, d,
     !IS_SET(k) ? s.d[i] : a.d[i] > b.d[i] ? a.d[i] : b.d[i])

MASK_OF(portable_cmpeq_epi8, __mmask64, TWO, 64, a.b[i] == b.b[i])
MASK_OF(portable_testn_epi8, __mmask64, TWO, 64, !(a.b[i] & b.b[i]))
MASK_OF(portable_test_epi64, __mmask8, TWO, 8, (a.q[i] & b.q[i]) != 0)
MASK_OF(portable_mask_test_epi8, __mmask64, (__mmask64 k, union lanes_512 a, union lanes_512 b), 64, IS_SET(k) && (a.b[i] & b.b[i]))
MASK_OF(portable_movepi8, __mmask64, (union lanes_512 a), 64, a.b[i] >> 7)
MASK_OF(portable_mask_cmpge_epi64, __mmask8, (__mmask8 k, union lanes_512 a, union lanes_512 b), 8, IS_SET(k) && (int64_t)a.q[i] >= (int64_t)b.q[i])
MASK_OF(portable_mask_cmple_epi64, __mmask8, (__mmask8 k, union lanes_512 a, union lanes_512 b), 8, IS_SET(k) && (int64_t)a.q[i] <= (int64_t)b.q[i])
MASK_OF(portable_mask_cmpge_epu64, __mmask8, (__mmask8 k, union lanes_512 a, union lanes_512 b), 8, IS_SET(k) && a.q[i] >= b.q[i])
MASK_OF(portable_mask_cmple_epu64, __mmask8, (__mmask8 k, union lanes_512 a, union lanes_512 b), 8, IS_SET(k) && a.q[i] <= b.q[i])
MASK_OF(portable_mask_cmp_pd, __mmask8, (__mmask8 k, union lanes_512 a, union lanes_512 b, int how), 8,
        IS_SET(k) && (how == _CMP_GE_OQ ? a.d[i] >= b.d[i] : how == _CMP_LE_OQ ? a.d[i] <= b.d[i] : how == _CMP_NEQ_UQ ? a.d[i] != b.d[i] : isunordered(a.d[i], b.d[i])))

FOLDED(portable_reduce_add_epi64, int64_t, q, 8, (int64_t)((uint64_t)r + (uint64_t)v))
FOLDED(portable_reduce_min_epi64, int64_t, q, 8, v < r ? v : r)
FOLDED(portable_reduce_max_epi64, int64_t, q, 8, v > r ? v : r)
FOLDED(portable_reduce_min_epu64, uint64_t, q, 8, v < r ? v : r)
FOLDED(portable_reduce_max_epu64, uint64_t, q, 8, v > r ? v : r)
FOLDED(portable_reduce_max_epu32, uint32_t, w, 16, v > r ? v : r)
FOLDED(portable_reduce_min_pd, double, d, 8, v < r ? v : r)
FOLDED(portable_reduce_max_pd, double, d, 8, v > r ? v : r)

PORTABLE void portable_storeu(void *out, union lanes_512 x) { memcpy(out, &x, sizeof x); }

PORTABLE void portable_mask_storeu_epi64(void *out, __mmask8 k, union lanes_512 x)
{
    for (int i = 0; i < 8; i++)
        if (IS_SET(k))
            ((uint64_t *)out)[i] = x.q[i];
}

PORTABLE void portable_mask_storeu_epi32(void *out, __mmask16 k, union lanes_512 x)
{
    for (int i = 0; i < 16; i++)
        if (IS_SET(k))
            ((uint32_t *)out)[i] = x.w[i];
}

PORTABLE union lanes_512 portable_maskz_compress_epi8(__mmask64 k, union lanes_512 x)
{
    union lanes_512 r = {{0}};
    int n = 0;

    for (int i = 0; i < 64; i++)
        if (IS_SET(k))
            r.b[n++] = x.b[i];
    return r;
}

PORTABLE __m128i portable_castsi512_si128(union lanes_512 x)
{
    __m128i r;

    memcpy(&r, &x, sizeof r);
    return r;
}

PORTABLE union lanes_512 portable_cvtepu8_epi32(__m128i x)
{
    union lanes_512 r;
    uint8_t b[16];

    memcpy(b, &x, sizeof b);
    for (int i = 0; i < 16; i++)
        r.w[i] = b[i];
    return r;
}

PORTABLE union lanes_512 portable_broadcast_i32x4(__m128i x)
{
    union lanes_512 r;

    for (int i = 0; i < 4; i++)
        memcpy(r.b + 16 * i, &x, sizeof x);
    return r;
}

/* What is a macro in a compiler's own header. */
#undef _mm512_setr_epi32
#undef _mm512_alignr_epi64
#undef _mm512_alignr_epi8
#undef _mm512_mask_cmpge_epi64_mask
#undef _mm512_mask_cmple_epi64_mask
#undef _mm512_mask_cmpge_epu64_mask
#undef _mm512_mask_cmple_epu64_mask
#undef _mm512_mask_cmp_pd_mask
#undef _mm512_cmp_pd_mask
#undef _mm512_cmpeq_epi8_mask

#define _mm512_set1_epi8 portable_set1_epi8
#define _mm512_set1_epi32 portable_set1_epi32
#define _mm512_set1_epi64 portable_set1_epi64
#define _mm512_set1_pd portable_set1_pd
#define _mm512_setzero_si512() portable_set1_epi64(0)
#define _mm512_setzero_pd() portable_set1_epi64(0)
#define _mm512_setr_epi32(...) portable_array_epi32((const int[16]){__VA_ARGS__})
#define _mm512_add_epi32 portable_add_epi32
#define _mm512_add_epi64 portable_add_epi64
#define _mm512_mullo_epi32 portable_mullo_epi32
#define _mm512_mullo_epi64 portable_mullo_epi64
#define _mm512_and_si512 portable_and
#define _mm512_or_si512 portable_or
#define _mm512_xor_si512 portable_xor
#define _mm512_min_epu8 portable_min_epu8
#define _mm512_max_epu32(a, b) portable_mask_max_epu32(a, 0xffff, a, b)
#define _mm512_srli_epi16 portable_srli_epi16
#define _mm512_srli_epi32 portable_srli_epi32
#define _mm512_srli_epi64 portable_srli_epi64
#define _mm512_srai_epi64 portable_srai_epi64
#define _mm512_srlv_epi32 portable_srlv_epi32
#define _mm512_shuffle_epi8 portable_shuffle_epi8
#define _mm512_permutexvar_epi8 portable_permutexvar_epi8
#define _mm512_alignr_epi64 portable_alignr_epi64
#define _mm512_alignr_epi8 portable_alignr_epi8
#define _mm512_subs_epu8 portable_subs_epu8
#define _mm512_loadu_si512 portable_loadu
#define _mm512_maskz_loadu_epi8 portable_maskz_loadu_epi8
#define _mm512_maskz_loadu_epi64 portable_maskz_loadu_epi64
#define _mm512_maskz_loadu_pd portable_maskz_loadu_epi64
#define _mm512_mask_min_epi64 portable_mask_min_epi64
#define _mm512_mask_max_epi64 portable_mask_max_epi64
#define _mm512_mask_min_epu64 portable_mask_min_epu64
#define _mm512_mask_max_epu64 portable_mask_max_epu64
#define _mm512_mask_max_epu32 portable_mask_max_epu32
#define _mm512_add_pd portable_add_pd
#define _mm512_sub_pd portable_sub_pd
#define _mm512_mul_pd portable_mul_pd
#define _mm512_fmsub_pd portable_fmsub_pd
#define _mm512_abs_pd portable_abs_pd
#define _mm512_or_pd portable_or
#define _mm512_max_pd(a, b) portable_mask_max_pd(a, 0xff, a, b)
#define _mm512_loadu_pd portable_loadu
#define _mm512_storeu_pd portable_storeu
#define _mm512_castpd_si512(x) (x)
#define _mm512_mask_min_pd portable_mask_min_pd
#define _mm512_mask_max_pd portable_mask_max_pd
#define _mm512_cmpeq_epi8_mask portable_cmpeq_epi8
#define _mm512_testn_epi8_mask portable_testn_epi8
#define _mm512_test_epi64_mask portable_test_epi64
#define _mm512_mask_test_epi8_mask portable_mask_test_epi8
#define _mm512_movepi8_mask portable_movepi8
#define _mm512_mask_cmpge_epi64_mask portable_mask_cmpge_epi64
#define _mm512_mask_cmple_epi64_mask portable_mask_cmple_epi64
#define _mm512_mask_cmpge_epu64_mask portable_mask_cmpge_epu64
#define _mm512_mask_cmple_epu64_mask portable_mask_cmple_epu64
#define _mm512_mask_cmp_pd_mask portable_mask_cmp_pd
#define _mm512_cmp_pd_mask(a, b, how) portable_mask_cmp_pd(0xff, a, b, how)
#define _mm512_reduce_add_epi64 portable_reduce_add_epi64
#define _mm512_reduce_min_epi64 portable_reduce_min_epi64
#define _mm512_reduce_max_epi64 portable_reduce_max_epi64
#define _mm512_reduce_min_epu64 portable_reduce_min_epu64
#define _mm512_reduce_max_epu64 portable_reduce_max_epu64
#define _mm512_reduce_max_epu32 portable_reduce_max_epu32
#define _mm512_reduce_min_pd portable_reduce_min_pd
#define _mm512_reduce_max_pd portable_reduce_max_pd
#define _mm512_storeu_si512 portable_storeu
#define _mm512_mask_storeu_epi64 portable_mask_storeu_epi64
#define _mm512_mask_storeu_epi32 portable_mask_storeu_epi32
#define _mm512_maskz_compress_epi8 portable_maskz_compress_epi8
#define _mm512_castsi512_si128 portable_castsi512_si128
#define _mm512_cvtepu8_epi32 portable_cvtepu8_epi32
#define _mm512_broadcast_i32x4 portable_broadcast_i32x4

#endif
#endif
