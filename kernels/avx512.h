/* kernels/avx512.h -- what the AVX-512 files are compiled for: Ice Lake, Zen 4 and what came after.
 *
 * Wanted are VBMI and VBMI2, which compress and shuffle single bytes: without them the CSV index gains nothing. The parts that lack them
 * (Skylake-X, Cascade Lake) are also those that lower their clock for 512 bits by a lot, so they are left to AVX2. registry.c asks the CPU
 * for each feature that is named here.
 *
 * A masked load does not fault on bytes whose mask bit is clear. That is how these files read the last values of an array.
 */
#ifndef KERNELS_AVX512_H
#define KERNELS_AVX512_H

#include <immintrin.h>

#if !defined(AVX512_TARGET) /* tests/kernels/portable_avx512.h has another */
#define AVX512_TARGET "avx2,fma,bmi,bmi2,popcnt,pclmul,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2"
#endif
#define AVX512 __attribute__((target(AVX512_TARGET)))
#define AVX512_INLINE __attribute__((target(AVX512_TARGET), always_inline)) static inline

#endif
