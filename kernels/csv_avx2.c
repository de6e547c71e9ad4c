/* kernels/csv_avx2.c -- kernels/csv.h with 32 bytes at a time; a carry-less product by all ones is the prefix xor. */
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define CSV_TARGET __attribute__((target("avx2,bmi,popcnt,pclmul")))
#define CSV_INLINE __attribute__((target("avx2,bmi,popcnt,pclmul"), always_inline))
#define CSV_NO_BYTES {_mm256_setzero_si256(), _mm256_set1_epi8(-1)}
struct csv_bytes { __m256i any, least; };
struct csv_block;

CSV_INLINE static inline uint64_t bits_of(__m256i a, __m256i b)
{
    return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

CSV_INLINE static inline uint64_t equal(__m256i a, __m256i b, int byte)
{
    __m256i wanted = _mm256_set1_epi8((char)byte);

    return bits_of(_mm256_cmpeq_epi8(a, wanted), _mm256_cmpeq_epi8(b, wanted));
}

CSV_INLINE static inline bool csv_bytes_high(const struct csv_bytes *b) { return _mm256_movemask_epi8(b->any) != 0; }
CSV_INLINE static inline bool csv_bytes_zero(const struct csv_bytes *b)
{
    return _mm256_movemask_epi8(_mm256_cmpeq_epi8(b->least, _mm256_setzero_si256())) != 0;
}

CSV_INLINE static inline uint64_t csv_prefix_xor(uint64_t x)
{
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)x), _mm_set1_epi8(-1), 0);

    return (uint64_t)_mm_cvtsi128_si64(product);
}

CSV_INLINE static inline int csv_lowest(uint64_t x) { return (int)_tzcnt_u64(x); }
CSV_INLINE static inline void csv_masks(const uint8_t *at, uint8_t delimiter, int quote, struct csv_block *out,
                                        struct csv_bytes *bytes);

#include "kernels/csv_cut.h"

CSV_INLINE static inline void csv_masks(const uint8_t *at, uint8_t delimiter, int quote, struct csv_block *out,
                                        struct csv_bytes *bytes)
{
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)at);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));

    out->quote = quote < 0 ? 0 : equal(a, b, quote);
    out->delimiter = equal(a, b, delimiter);
    out->cr = equal(a, b, '\r');
    out->line = equal(a, b, '\n') | out->cr;
    bytes->any = _mm256_or_si256(bytes->any, _mm256_or_si256(a, b));
    bytes->least = _mm256_min_epu8(bytes->least, _mm256_min_epu8(a, b));
}

CSV_TARGET enum csv_cut_stop csv_cut_avx2(struct csv_cut *cut) { return csv_cut(cut); }

#endif
