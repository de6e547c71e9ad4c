/* kernels/cells_loop.h -- the loops of kernels/cells.h; not a header but a template, included once by each variant's file.
 *
 * The file defines before: CELLS_TARGET, the attribute of its functions, or nothing; cells_parse_i64, cells_parse_f64 and
 * cells_parse_micros, which parse one cell or say false.
 */

/* 64 cells at a time: `parse` of cell x[i] into out[i]. */
#define CELLS_LOOP(parse)                                                        \
    for (int64_t base = 0; base < n; base += 64) {                               \
        int64_t end = n - base < 64 ? n : base + 64;                             \
        uint64_t wanted = rows ? rows[base / 64] : ~(uint64_t)0, word = 0;       \
                                                                                 \
        for (int64_t i = base; i < end; i++)                                     \
            if (wanted >> (i - base) & 1)                                        \
                word |= (uint64_t)(parse) << (i - base);                         \
        taken[base / 64] = word;                                                 \
    }

CELLS_TARGET static void cells_i64(const struct span *x, int64_t n, const uint64_t *rows, int64_t *out, uint64_t *taken, bool *zero_first)
{
    bool zero = false;

    CELLS_LOOP(cells_parse_i64(x[i], &out[i], &zero))
    *zero_first |= zero;
}

CELLS_TARGET static void cells_f64(const struct span *x, int64_t n, const uint64_t *rows, double *out, uint64_t *taken, bool *zero_first)
{
    bool zero = false;

    CELLS_LOOP(cells_parse_f64(x[i], &out[i], &zero))
    *zero_first |= zero;
}

CELLS_TARGET static void cells_micros(const struct span *x, int64_t n, const uint64_t *rows, int64_t *out, uint64_t *taken)
{
    struct cell_month month = {0};

    CELLS_LOOP(cells_parse_micros(x[i], &month, &out[i]))
}
