/* kernels/cell_swar.h -- the cells that nearly all cells are, parsed without a loop over their bytes, in ordinary registers.
 *
 * Each function takes a cell behind which CELL_PADDING more bytes may be read, and either gives the value that the general
 * parser would give, or says false: then the general parser has the word. What they refuse is rare, not wrong.
 *
 * Eight digits in a register, the first in the lowest byte: every byte minus '0' must be below 10, which no addition of 0x76
 * carries into the top bit of. Pairs, then fours, then all eight are joined by three multiplications (D. Lemire, "Quickly parsing
 * eight digits", 2018; the trick is older).
 */
#ifndef KERNELS_CELL_SWAR_H
#define KERNELS_CELL_SWAR_H

#include "core/clock.h"
#include "kernels/cells.h"

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#define CELL_BYTES(b) (0x0101010101010101ull * (b))

static inline uint64_t cell_load(const uint8_t *at)
{
    uint64_t x;
    memcpy(&x, at, sizeof x);
    return x;
}

static inline bool cell_has_no_other_than_digits(uint64_t minus_zeros)
{
    return ((minus_zeros | (minus_zeros + CELL_BYTES(0x76))) & CELL_BYTES(0x80)) == 0;
}

static inline uint64_t cell_join_digits(uint64_t minus_zeros)
{
    uint64_t pairs = (minus_zeros * 10) + (minus_zeros >> 8);

    return (((pairs & 0x000000ff000000ffull) * (100 + (1000000ull << 32)) +
             ((pairs >> 16) & 0x000000ff000000ffull) * (1 + (10000ull << 32))) >> 32);
}

/* 1 to 8 digits. */
static inline bool cell_digits_8(const uint8_t *at, size_t n, uint64_t *out)
{
    unsigned shift = 8 * (unsigned)(8 - n);
    uint64_t x = (cell_load(at) << shift) - (CELL_BYTES('0') << shift); /* zeros before the first digit */

    *out = cell_join_digits(x) & 0xffffffff;
    return cell_has_no_other_than_digits(x);
}

/* 1 to 16 digits. */
static inline bool cell_digits_16(const uint8_t *at, size_t n, uint64_t *out)
{
    uint64_t high, low;
    bool is_high, is_low;

    if (n <= 8)
        return cell_digits_8(at, n, out);
    is_high = cell_digits_8(at, n - 8, &high);
    is_low = cell_digits_8(at + n - 8, 8, &low);
    *out = high * 100000000 + low;
    return is_high && is_low;
}

/* [-]digits, 16 at most. *zero_first: more than one digit, and the first is 0. */
static inline bool cell_fast_i64(struct span cell, int64_t *out, bool *zero_first)
{
    bool is_negative = cell.size && *cell.at == '-';
    const uint8_t *at = cell.at + is_negative;
    size_t n = cell.size - is_negative;
    uint64_t x;

    if (n - 1 >= 16 || !cell_digits_16(at, n, &x))
        return false;
    *out = is_negative ? -(int64_t)x : (int64_t)x;
    *zero_first |= n > 1 && *at == '0';
    return true;
}

/* [-]digits.digits with 1 to 7 digits before the point and 1 to 8 behind it, or [-]digits of 1 to 8, where all digits together are
 * below 2^53: their quotient by a power of ten below 10^23 is rounded once (Clinger 1990). */
static inline bool cell_fast_double(struct span cell, double *out, bool *zero_first)
{
    static const double ten_to[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
    static const uint64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    bool is_negative = cell.size && *cell.at == '-';
    const uint8_t *at = cell.at + is_negative;
    size_t n = cell.size - is_negative, point, n_behind;
    uint64_t no_point, whole, fraction;
    double x;

    if (n - 1 >= 16)
        return false;
    no_point = cell_load(at) ^ CELL_BYTES('.');
    no_point = ((no_point & CELL_BYTES(0x7f)) + CELL_BYTES(0x7f)) | no_point; /* the top bit of a byte is clear: a point */
    no_point = ~no_point & CELL_BYTES(0x80);
    point = no_point ? (size_t)__builtin_ctzll(no_point) / 8 : 8;
    if (point >= n) { /* a point behind the cell is not of it */
        if (n > 8 || !cell_digits_8(at, n, &whole))
            return false;
        x = (double)whole;
        point = n;
    } else {
        n_behind = n - point - 1;
        if (point == 0 || point == 8 || n_behind - 1 >= 8 || !cell_digits_8(at, point, &whole) ||
            !cell_digits_8(at + point + 1, n_behind, &fraction))
            return false;
        whole = whole * tens[n_behind] + fraction;
        if (whole >> 53)
            return false;
        x = (double)whole / ten_to[n_behind];
    }
    *out = is_negative ? -x : x;
    *zero_first |= point > 1 && *at == '0';
    return true;
}

/* true and false in lower case. Without a branch: which of them it is nobody foresees. */
static inline bool cell_fast_bool(struct span cell, uint8_t *out)
{
    uint64_t x = cell_load(cell.at);
    bool is_true = (cell.size == 4) & ((uint32_t)x == 0x65757274);                /* "true" */
    bool is_false = (cell.size == 5) & ((x & 0xffffffffff) == 0x65736c6166); /* "false" */

    *out = is_true;
    return is_true | is_false;
}

/* The month that was met last, for columns of times that lie close together. Zeroed at first. */
struct cell_month { uint64_t text; int64_t first_day; int n_days; };

static inline bool cell_fast_month(uint64_t text, struct cell_month *month)
{
    static const int8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    uint64_t x = text ^ 0x2d30302d30303030; /* "0000-00-" */
    int year, number;

    if (((x | (x + 0x7f76767f76767676)) & CELL_BYTES(0x80)) != 0) /* digits below 10, the rest 0 */
        return false;
    year = (int)((x & 15) * 1000 + (x >> 8 & 15) * 100 + (x >> 16 & 15) * 10 + (x >> 24 & 15));
    number = (int)((x >> 40 & 15) * 10 + (x >> 48 & 15));
    if (number < 1 || number > 12)
        return false;
    month->text = text;
    month->first_day = clock_days(year, number, 1);
    month->n_days = lengths[number - 1] + (number == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    return true;
}

/* YYYY-MM-DDTHH:MM:SS, also with a blank for the T, up to six places of a second, and Z; in microseconds. */
static inline bool cell_fast_micros(struct span cell, struct cell_month *month, int64_t *out)
{
    static const int32_t scale[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    uint64_t middle, fraction = 0, second;
    int day, hour, minute;
    size_t n = cell.size;

    if (n < 19 || cell.at[16] != ':' || (cell_load(cell.at) != month->text && !cell_fast_month(cell_load(cell.at), month)))
        return false;
    middle = cell_load(cell.at + 8);
    middle ^= cell.at[10] == ' ' ? 0x30303a3030203030 : 0x30303a3030543030; /* "00 00:00", "00T00:00" */
    if (((middle | (middle + 0x76767f76767f7676)) & CELL_BYTES(0x80)) != 0 || !cell_digits_8(cell.at + 17, 2, &second))
        return false;
    day = (int)((middle & 15) * 10 + (middle >> 8 & 15));
    hour = (int)((middle >> 24 & 15) * 10 + (middle >> 32 & 15));
    minute = (int)((middle >> 48 & 15) * 10 + (middle >> 56 & 15));
    n -= cell.at[n - 1] == 'Z';
    if (n > 19) {
        if (cell.at[19] != '.' || n < 21 || n > 26 || !cell_digits_8(cell.at + 20, n - 20, &fraction))
            return false;
        fraction *= (uint64_t)scale[n - 20];
    }
    *out = ((month->first_day + day - 1) * 86400 + hour * 3600 + minute * 60 + (int64_t)second) * 1000000 + (int64_t)fraction;
    return day >= 1 && day <= month->n_days && hour < 24 && minute < 60 && second < 60;
}

#else /* the general parsers do it all */

struct cell_month { int64_t first_day; };
static inline bool cell_fast_i64(struct span cell, int64_t *out, bool *zero_first) { (void)cell; (void)out; (void)zero_first; return false; }
static inline bool cell_fast_double(struct span cell, double *out, bool *zero_first) { (void)cell; (void)out; (void)zero_first; return false; }
static inline bool cell_fast_bool(struct span cell, uint8_t *out) { (void)cell; (void)out; return false; }
static inline bool cell_fast_micros(struct span cell, struct cell_month *month, int64_t *out) { (void)cell; (void)month; (void)out; return false; }

#endif

#endif
