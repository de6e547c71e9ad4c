/* kernels/utf8_avx2.c -- is a text UTF-8? 32 bytes at a time: kernels/utf8_faults.h. */
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "kernels/utf8_faults.h"

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i look_up(const uint8_t table[16], __m256i halves)
{
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)table)), halves);
}

AVX2 static inline __m256i high_half(__m256i x) { return _mm256_and_si256(_mm256_srli_epi16(x, 4), _mm256_set1_epi8(15)); }

/* Nonzero bytes where something is wrong; `before` are the 32 bytes before x. */
AVX2 static inline __m256i faults(__m256i x, __m256i before)
{
    __m256i across = _mm256_permute2x128_si256(before, x, 0x21); /* the last 16 before, the first 16 of x */
    __m256i one = _mm256_alignr_epi8(x, across, 15), two = _mm256_alignr_epi8(x, across, 14), three = _mm256_alignr_epi8(x, across, 13);
    __m256i pair = _mm256_and_si256(look_up(first_high, high_half(one)),
                                    _mm256_and_si256(look_up(first_low, _mm256_and_si256(one, _mm256_set1_epi8(15))),
                                                     look_up(second_high, high_half(x))));
    __m256i third = _mm256_subs_epu8(two, _mm256_set1_epi8(0xe0 - 0x80)); /* top bit: E0 or more stood two before */
    __m256i fourth = _mm256_subs_epu8(three, _mm256_set1_epi8((char)(0xf0 - 0x80)));
    __m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));

    return _mm256_xor_si256(must, pair);
}

AVX2 bool utf8_is_valid_avx2(struct span s)
{
    __m256i before = _mm256_setzero_si256(), wrong = _mm256_setzero_si256();
    uint8_t last[32] = {0}; /* at least one zero follows the text: a character cut at its end is too short */
    size_t i = 0;

    for (; i + 32 <= s.size; i += 32) {
        __m256i x = _mm256_loadu_si256((const __m256i *)(const void *)(s.at + i));

        if (_mm256_movemask_epi8(_mm256_or_si256(x, before)))
            wrong = _mm256_or_si256(wrong, faults(x, before));
        before = x;
    }
    if (i < s.size)
        memcpy(last, s.at + i, s.size - i);
    wrong = _mm256_or_si256(wrong, faults(_mm256_loadu_si256((const __m256i *)(const void *)last), before));
    return _mm256_testz_si256(wrong, wrong);
}

#endif
