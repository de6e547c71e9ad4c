/* kernels/cells.h -- cells of text as numbers and times: the usual forms of them, a column at a time.
 *
 * A parser of struct kernels takes those of n cells that are wanted and of the form below, and leaves the others to its caller's general
 * parser: `rows` (NULL: all) says which cells are wanted, bit i of `taken` whether out[i] was set; bits past n are zero. What is taken has
 * the value that the general parser would give it. Which cells beyond those of the form are taken is a variant's own affair.
 *
 *   cells_i64     [-]digits, 16 at most
 *   cells_f64     [-]digits.digits with 1 to 7 digits before the point and 1 to 8 behind it, [-]digits of 1 to 8
 *   cells_micros  YYYY-MM-DDTHH:MM:SS, also with a blank for the T, up to six places of a second, and Z; microseconds of the epoch
 *
 * CELL_PADDING bytes behind each wanted cell may be read. *zero_first is set where one that was taken has another digit behind a leading 0.
 */
#ifndef KERNELS_CELLS_H
#define KERNELS_CELLS_H

#include "core/span.h"

enum { CELL_PADDING = 16 };

typedef void cells_i64_kernel(const struct span *x, int64_t n, const uint64_t *rows, int64_t *out, uint64_t *taken, bool *zero_first);
typedef void cells_f64_kernel(const struct span *x, int64_t n, const uint64_t *rows, double *out, uint64_t *taken, bool *zero_first);
typedef void cells_micros_kernel(const struct span *x, int64_t n, const uint64_t *rows, int64_t *out, uint64_t *taken);

#endif
