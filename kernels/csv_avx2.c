/* kernels/csv_avx2.c -- kernels/csv.h with 32 bytes at a time; a carry-less product by all ones is the prefix xor. */
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define CSV_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt,pclmul")))
#define CSV_INLINE __attribute__((target("avx2,bmi,bmi2,popcnt,pclmul"), always_inline))
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

CSV_INLINE static inline uint64_t csv_compact(uint64_t x, uint64_t mask) { return _pext_u64(x, mask); }
CSV_INLINE static inline uint64_t csv_low_bits(uint64_t x, unsigned n) { return _bzhi_u64(x, n); }
CSV_INLINE static inline int csv_lowest(uint64_t x) { return (int)_tzcnt_u64(x); }
CSV_INLINE static inline void csv_masks(const uint8_t *at, uint8_t delimiter, int quote, struct csv_block *out,
                                        struct csv_bytes *bytes);

/* The first two generations of Zen take a hundred cycles or more for a pext, others three. */
static inline bool compacts_fast(void) { return !__builtin_cpu_is("znver1") && !__builtin_cpu_is("znver2"); }

#define CSV_RUNS compacts_fast()
struct csv_chars { __m256i quote, delimiter, lf, cr; uint64_t has_quote; };
struct csv_found;
CSV_INLINE static inline struct csv_found csv_find(const uint8_t *at, const struct csv_chars *k, int mode, uint64_t cr_before,
                                                   struct csv_bytes *bytes);
CSV_INLINE static inline struct csv_chars csv_chars_of(const struct csv_cut *c)
{
    return (struct csv_chars){_mm256_set1_epi8((char)(c->quote < 0 ? '\r' : c->quote)), _mm256_set1_epi8((char)c->delimiter), _mm256_set1_epi8('\n'),
                              _mm256_set1_epi8('\r'), c->quote < 0 ? 0 : ~(uint64_t)0};
}

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

CSV_INLINE static inline struct csv_found csv_find(const uint8_t *at, const struct csv_chars *k, int mode, uint64_t cr_before,
                                                   struct csv_bytes *bytes)
{
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)at);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));
    __m256i quote_a = _mm256_cmpeq_epi8(a, k->quote), quote_b = _mm256_cmpeq_epi8(b, k->quote);
    __m256i cr_a = _mm256_cmpeq_epi8(a, k->cr), cr_b = _mm256_cmpeq_epi8(b, k->cr), odd = _mm256_or_si256(cr_a, cr_b);
    uint64_t lf = bits_of(_mm256_cmpeq_epi8(a, k->lf), _mm256_cmpeq_epi8(b, k->lf));
    struct csv_found f = {.delimiter = bits_of(_mm256_cmpeq_epi8(a, k->delimiter), _mm256_cmpeq_epi8(b, k->delimiter)), .line = lf};

    bytes->any = _mm256_or_si256(bytes->any, _mm256_or_si256(a, b));
    bytes->least = _mm256_min_epu8(bytes->least, _mm256_min_epu8(a, b));
    if (mode == CSV_PLAIN)
        odd = _mm256_or_si256(odd, _mm256_or_si256(quote_a, quote_b));
    else
        f.quote = bits_of(quote_a, quote_b) & k->has_quote;
    if (mode == CSV_CRLF) {
        f.line = bits_of(cr_a, cr_b);
        f.is_odd = lf != (f.line << 1 | cr_before);
    } else {
        f.is_odd = !_mm256_testz_si256(odd, odd);
    }
    return f;
}

CSV_TARGET enum csv_cut_stop csv_cut_avx2(struct csv_cut *cut) { return csv_cut(cut); }

#endif
