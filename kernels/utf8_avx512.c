/* kernels/utf8_avx512.c -- is a text UTF-8? 64 bytes at a time: kernels/utf8_faults.h. */
#include "kernels/variants.h"

#if defined(__x86_64__)

#include "kernels/avx512.h"
#include "kernels/utf8_faults.h"

AVX512_INLINE __m512i look_up(const uint8_t table[16], __m512i halves)
{
    return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)table)), halves);
}

AVX512_INLINE __m512i high_half(__m512i x) { return _mm512_and_si512(_mm512_srli_epi16(x, 4), _mm512_set1_epi8(15)); }

/* Nonzero bytes where something is wrong; `before` are the 64 bytes before x. */
AVX512_INLINE __m512i faults(__m512i x, __m512i before)
{
    __m512i across = _mm512_alignr_epi64(x, before, 6); /* the last 16 before, the first 48 of x */
    __m512i one = _mm512_alignr_epi8(x, across, 15), two = _mm512_alignr_epi8(x, across, 14), three = _mm512_alignr_epi8(x, across, 13);
    __m512i pair = _mm512_and_si512(look_up(first_high, high_half(one)),
                                    _mm512_and_si512(look_up(first_low, _mm512_and_si512(one, _mm512_set1_epi8(15))),
                                                     look_up(second_high, high_half(x))));
    __m512i third = _mm512_subs_epu8(two, _mm512_set1_epi8(0xe0 - 0x80)); /* top bit: E0 or more stood two before */
    __m512i fourth = _mm512_subs_epu8(three, _mm512_set1_epi8((char)(0xf0 - 0x80)));
    __m512i must = _mm512_and_si512(_mm512_or_si512(third, fourth), _mm512_set1_epi8((char)0x80));

    return _mm512_xor_si512(must, pair);
}

AVX512 bool utf8_is_valid_avx512(struct span s)
{
    __m512i before = _mm512_setzero_si512(), wrong = before, last = before;
    size_t i = 0;

    for (; i + 64 <= s.size; i += 64) {
        __m512i x = _mm512_loadu_si512(s.at + i);

        if (_mm512_movepi8_mask(_mm512_or_si512(x, before)))
            wrong = _mm512_or_si512(wrong, faults(x, before));
        before = x;
    }
    if (i < s.size) /* at least one zero follows the text: a character cut at its end is too short */
        last = _mm512_maskz_loadu_epi8(_bzhi_u64(~(uint64_t)0, (uint32_t)(s.size - i)), s.at + i);
    wrong = _mm512_or_si512(wrong, faults(last, before));
    return _mm512_test_epi64_mask(wrong, wrong) == 0;
}

#endif
