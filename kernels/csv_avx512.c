/* kernels/csv_avx512.c -- kernels/csv.h with 64 bytes at a time: a comparison is a mask already, and a compress finds all positions. */
#include "kernels/variants.h"

#if defined(__x86_64__)

#include "kernels/avx512.h"

#define CSV_TARGET AVX512
#define CSV_INLINE __attribute__((target(AVX512_TARGET), always_inline))
#define CSV_NO_BYTES {_mm512_setzero_si512(), _mm512_set1_epi8(-1)}
struct csv_bytes { __m512i any, least; };
struct csv_block;

AVX512_INLINE uint64_t equal(__m512i x, int byte) { return _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8((char)byte)); }

AVX512_INLINE bool csv_bytes_high(const struct csv_bytes *b) { return _mm512_movepi8_mask(b->any) != 0; }
AVX512_INLINE bool csv_bytes_zero(const struct csv_bytes *b) { return _mm512_testn_epi8_mask(b->least, b->least) != 0; }

AVX512_INLINE uint64_t csv_prefix_xor(uint64_t x)
{
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((int64_t)x), _mm_set1_epi8(-1), 0);

    return (uint64_t)_mm_cvtsi128_si64(product);
}

AVX512_INLINE uint64_t csv_compact(uint64_t x, uint64_t mask) { return _pext_u64(x, mask); }
AVX512_INLINE uint64_t csv_low_bits(uint64_t x, unsigned n) { return _bzhi_u64(x, n); }
AVX512_INLINE void csv_masks(const uint8_t *at, uint8_t delimiter, int quote, struct csv_block *out, struct csv_bytes *bytes);

/* The numbers 0..63. */
AVX512_INLINE __m512i counting(void)
{
    const __m512i fours = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);

    return _mm512_add_epi32(_mm512_mullo_epi32(fours, _mm512_set1_epi32(0x04040404)), _mm512_set1_epi32(0x03020100));
}

/* The numbers of the bits that are set, side by side, sixteen to a store, whatever there are of them: up to 64 places are written, which
 * CSV_CUT_SLACK allows. The compress is one of a register: to memory it takes Zen 4 a hundred cycles and more. */
#define CSV_PUTS_ENDS
AVX512_INLINE void csv_put_ends(uint32_t *out, uint64_t bits, uint32_t base, int n)
{
    const __m512i bases = _mm512_set1_epi32((int)base);
    __m512i at = _mm512_maskz_compress_epi8(bits, counting());
    int done = 0;

    do {
        _mm512_storeu_si512(out + done, _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(at)), bases));
        at = _mm512_alignr_epi64(at, at, 2);
        done += 16;
    } while (done < n);
}

#define CSV_RUNS true /* pext is fast wherever there is VBMI2 */
struct csv_chars { __m512i quote, delimiter, lf, cr; uint64_t has_quote; };
struct csv_found;
AVX512_INLINE struct csv_found csv_find(const uint8_t *at, const struct csv_chars *k, int mode, uint64_t cr_before, struct csv_bytes *bytes);
AVX512_INLINE struct csv_chars csv_chars_of(const struct csv_cut *c)
{
    return (struct csv_chars){_mm512_set1_epi8((char)(c->quote < 0 ? '\r' : c->quote)), _mm512_set1_epi8((char)c->delimiter), _mm512_set1_epi8('\n'),
                              _mm512_set1_epi8('\r'), c->quote < 0 ? 0 : ~(uint64_t)0};
}

#include "kernels/csv_cut.h"

AVX512_INLINE __m512i load(const uint8_t *at, struct csv_bytes *bytes)
{
    __m512i x = _mm512_loadu_si512(at);

    bytes->any = _mm512_or_si512(bytes->any, x);
    bytes->least = _mm512_min_epu8(bytes->least, x);
    return x;
}

AVX512_INLINE void csv_masks(const uint8_t *at, uint8_t delimiter, int quote, struct csv_block *out, struct csv_bytes *bytes)
{
    __m512i x = load(at, bytes);

    out->quote = quote < 0 ? 0 : equal(x, quote);
    out->delimiter = equal(x, delimiter);
    out->cr = equal(x, '\r');
    out->line = equal(x, '\n') | out->cr;
}

AVX512_INLINE struct csv_found csv_find(const uint8_t *at, const struct csv_chars *k, int mode, uint64_t cr_before, struct csv_bytes *bytes)
{
    __m512i x = load(at, bytes);
    uint64_t lf = _mm512_cmpeq_epi8_mask(x, k->lf), cr = _mm512_cmpeq_epi8_mask(x, k->cr), quote = _mm512_cmpeq_epi8_mask(x, k->quote);
    struct csv_found f = {.delimiter = _mm512_cmpeq_epi8_mask(x, k->delimiter), .line = lf};

    if (mode == CSV_PLAIN) {
        f.is_odd = (cr | quote) != 0;
        return f;
    }
    f.quote = quote & k->has_quote;
    f.is_odd = cr != 0;
    if (mode == CSV_CRLF) {
        f.line = cr;
        f.is_odd = lf != (cr << 1 | cr_before);
    }
    return f;
}

AVX512 enum csv_cut_stop csv_cut_avx512(struct csv_cut *cut) { return csv_cut(cut); }

#endif
