/* kernels/cells_scalar.c -- kernels/cells.h by kernels/cell_swar.h. */
#include "kernels/cell_swar.h"
#include "kernels/variants.h"

#define CELLS_TARGET
#define cells_parse_i64 cell_fast_i64
#define cells_parse_f64 cell_fast_double
#define cells_parse_micros cell_fast_micros

#include "kernels/cells_loop.h"

void cells_i64_scalar(const struct span *x, int64_t n, const uint64_t *rows, int64_t *out, uint64_t *taken, bool *zero_first)
{
    cells_i64(x, n, rows, out, taken, zero_first);
}

void cells_f64_scalar(const struct span *x, int64_t n, const uint64_t *rows, double *out, uint64_t *taken, bool *zero_first)
{
    cells_f64(x, n, rows, out, taken, zero_first);
}

void cells_micros_scalar(const struct span *x, int64_t n, const uint64_t *rows, int64_t *out, uint64_t *taken)
{
    cells_micros(x, n, rows, out, taken);
}
