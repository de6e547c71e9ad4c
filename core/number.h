/* core/number.h -- numbers to text and back, without a locale.
 *
 * Every parser takes the whole span or refuses: no blanks, no trailing bytes.
 */
#ifndef CORE_NUMBER_H
#define CORE_NUMBER_H

#include "core/value.h"

/* [+-]digits; false on anything else and on overflow. */
bool number_parse_i64(struct span s, int64_t *out);
bool number_parse_u64(struct span s, uint64_t *out);
/* Decimal floating point as in JSON, also "+1", ".5", "5.", exponents; correctly rounded (round half even);
 * NaN, inf, infinity in any case with optional sign. No hex. Overflow gives infinity and true. */
bool number_parse_double(struct span s, double *out);
/* Plain or exponent notation to mantissa * 10^-scale; exactly as written where 38 digits hold it; *scale may be
 * negative. false where more than 38 significant digits are needed. */
bool number_parse_decimal(struct span s, int128 *mantissa, int32_t *scale);
/* mantissa*10^-from to mantissa*10^-to exactly; false if digits would be lost or overflow 38 digits. */
bool decimal_rescale(int128 mantissa, int32_t from, int32_t to, int128 *out);
/* "\d+(\.\d+)?%" , "20ppm", or a plain number... see field.h FIELD_TOLERANCE. 10^n for 0 <= n <= 38. */
int128 decimal_power(int n);

enum { NUMBER_TEXT_SIZE = 64 };
/* Shortest text that reads back to the same double ("0.1", "1e+300", "5" for 5.0); NaN, Infinity, -Infinity
 * by name. Integers below 2^53 in magnitude and 21 digits are printed plainly. Returns the length. */
size_t number_print_double(double x, char out[NUMBER_TEXT_SIZE]);
size_t number_print_i64(int64_t x, char out[NUMBER_TEXT_SIZE]);
size_t number_print_u64(uint64_t x, char out[NUMBER_TEXT_SIZE]);
/* mantissa / 10^scale in plain notation with exactly `scale` digits after the point (none for scale <= 0). */
size_t number_print_decimal(int128 mantissa, int32_t scale, char out[NUMBER_TEXT_SIZE * 2]);

#endif
