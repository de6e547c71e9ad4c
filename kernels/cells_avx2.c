/* kernels/cells_avx2.c -- kernels/cells.h with sixteen characters in a register.
 *
 * A byte shuffle brings the digits where they are wanted: those of a number to the right, without its point, and zeros before them; those
 * of a time pair by pair. Neighbours are joined by multiply-and-add: ten digits and a digit, a hundred pairs and a pair, and so on.
 * A number of 15 digits and a point is exact as a double, as is 10^15, so their quotient is rounded once (Clinger 1990).
 */
#include "kernels/cell_swar.h"
#include "kernels/variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define CELLS_TARGET __attribute__((target("avx2,bmi,popcnt")))
#define CELLS_INLINE __attribute__((target("avx2,bmi,popcnt"), always_inline)) static inline

CELLS_INLINE __m128i text_16(const uint8_t *at) { return _mm_loadu_si128((const __m128i *)(const void *)at); }
CELLS_INLINE __m128i counting(void) { return _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }
CELLS_INLINE bool are_all(__m128i a) { return _mm_movemask_epi8(a) == 0xffff; }

/* The number that 16 bytes with the values of digits are. false: one is no digit. */
CELLS_INLINE bool join_16(__m128i digits, uint64_t *out)
{
    __m128i pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(1 << 8 | 10));
    __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(1 << 16 | 100));
    __m128i eights = _mm_madd_epi16(_mm_packus_epi32(fours, fours), _mm_set1_epi32(1 << 16 | 10000));
    uint64_t halves = (uint64_t)_mm_cvtsi128_si64(eights);

    *out = (halves & 0xffffffff) * 100000000 + (halves >> 32);
    return are_all(_mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits));
}

/* [-]digits, 16 at most. */
CELLS_INLINE bool cells_parse_i64(struct span cell, int64_t *out, bool *zero_first)
{
    bool is_negative = cell.size && *cell.at == '-';
    const uint8_t *at = cell.at + is_negative;
    size_t n = cell.size - is_negative;
    __m128i digits, from = _mm_add_epi8(counting(), _mm_set1_epi8((char)(n - 16))); /* negative, which shuffles a zero, before the first */
    uint64_t x;

    if (n - 1 >= 16)
        return false;
    digits = _mm_shuffle_epi8(_mm_sub_epi8(text_16(at), _mm_set1_epi8('0')), from);
    if (!join_16(digits, &x))
        return false;
    *out = is_negative ? -(int64_t)x : (int64_t)x;
    *zero_first |= n > 1 && *at == '0';
    return true;
}

/* [-]digits.digits of 16 characters at most, or [-]digits of 15. */
CELLS_INLINE bool cells_parse_f64(struct span cell, double *out, bool *zero_first)
{
    static const double ten_to[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool is_negative = cell.size && *cell.at == '-';
    const uint8_t *at = cell.at + is_negative;
    size_t n = cell.size - is_negative, point, n_behind;
    __m128i text, from;
    uint64_t x, points;
    double value;

    if (n - 1 >= 16)
        return false;
    text = text_16(at);
    points = (uint64_t)_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8('.'))) & (((uint64_t)1 << n) - 1);
    point = points ? (size_t)__builtin_ctzll(points) : n;
    n_behind = n - point - (points != 0);
    if (point == 0 || (points ? n_behind == 0 : n > 15))
        return false;
    from = _mm_add_epi8(counting(), _mm_set1_epi8((char)(n - 16)));
    if (points) /* what is before the point goes one further to the right: the compare is -1 for the others */
        from = _mm_sub_epi8(_mm_sub_epi8(from, _mm_set1_epi8(1)), _mm_cmpgt_epi8(from, _mm_set1_epi8((char)point)));
    if (!join_16(_mm_shuffle_epi8(_mm_sub_epi8(text, _mm_set1_epi8('0')), from), &x))
        return false;
    value = (double)(int64_t)x / ten_to[n_behind];
    *out = is_negative ? -value : value;
    *zero_first |= point > 1 && *at == '0';
    return true;
}

/* YYYY-MM-DDTHH:MM:SS.ffffff, also with a blank for the T, and Z: the one form that clocks write; the others are cell_fast_micros's. */
CELLS_INLINE bool cells_parse_micros(struct span cell, struct cell_month *month, int64_t *out)
{
    size_t n = cell.size;
    __m128i text, digits, pairs, joined;
    uint64_t low, high;
    unsigned tens, ones, day;

    if (n < 26 || n > 27 || (cell.at[n - 1] == 'Z') != (n == 27) || (cell.at[10] != 'T' && cell.at[10] != ' '))
        return cell_fast_micros(cell, month, out);
    tens = cell.at[8] - (unsigned)'0';
    ones = cell.at[9] - (unsigned)'0';
    if (tens > 9 || ones > 9 || (cell_load(cell.at) != month->text && !cell_fast_month(cell_load(cell.at), month)))
        return false;
    text = text_16(cell.at + 10); /* "T00:00:00.000000" */
    digits = _mm_shuffle_epi8(_mm_sub_epi8(text, _mm_set1_epi8('0')), _mm_setr_epi8(1, 2, 4, 5, 7, 8, -1, -1, 10, 11, 12, 13, 14, 15, -1, -1));
    pairs = _mm_maddubs_epi16(digits, _mm_set1_epi16(1 << 8 | 10));
    joined = _mm_madd_epi16(pairs, _mm_setr_epi16(3600, 60, 1, 0, 10000, 100, 1, 0));
    low = (uint64_t)_mm_cvtsi128_si64(joined);
    high = (uint64_t)_mm_extract_epi64(joined, 1);
    day = tens * 10 + ones;
    *out = ((month->first_day + day - 1) * 86400 + (int64_t)((low & 0xffffffff) + (low >> 32))) * 1000000 +
           (int64_t)((high & 0xffffffff) + (high >> 32));
    return are_all(_mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits)) &&
           are_all(_mm_cmpgt_epi16(_mm_setr_epi16(24, 60, 60, 1, 100, 100, 100, 1), pairs)) &&
           (_mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_setr_epi8(0, 0, 0, ':', 0, 0, ':', 0, 0, '.', 0, 0, 0, 0, 0, 0))) & 0x248) == 0x248 &&
           day >= 1 && day <= (unsigned)month->n_days;
}

#include "kernels/cells_loop.h"

CELLS_TARGET void cells_i64_avx2(const struct span *x, int64_t n, const uint64_t *rows, int64_t *out, uint64_t *taken, bool *zero_first)
{
    cells_i64(x, n, rows, out, taken, zero_first);
}

CELLS_TARGET void cells_f64_avx2(const struct span *x, int64_t n, const uint64_t *rows, double *out, uint64_t *taken, bool *zero_first)
{
    cells_f64(x, n, rows, out, taken, zero_first);
}

CELLS_TARGET void cells_micros_avx2(const struct span *x, int64_t n, const uint64_t *rows, int64_t *out, uint64_t *taken)
{
    cells_micros(x, n, rows, out, taken);
}

#endif
