/* readers/parquet/parts.c -- a row group cut at pages, so that several workers can read it at once.
 *
 * Pages of different columns end at different rows. The cuts are made where pages of the largest column begin: that
 * one is unpacked once in all, and of the others no more than a page for each cut is unpacked twice. Where pages begin only their
 * headers tell; they are read in small windows.
 */
#include "readers/parquet/scan.h"

enum { LEVELS_SHARE = 8 };

int64_t parquet_weight(const struct table *table, int32_t unit, int32_t column, enum need need)
{
    const struct parquet_file *file = (const struct parquet_file *)table;
    int64_t size = file->row_groups[unit].chunks[column].size;

    return need == NEED_VALUES ? size : size / LEVELS_SHARE;
}

/* The next cut is the first page that begins at or after each n-th part of the rows. */
static enum status find_cuts(struct pages *pages, int64_t n_rows, int32_t n_wanted, int64_t *starts, int32_t *n_parts,
                             struct error *err)
{
    int64_t row = 0, n_values;

    do {
        TRY(pages_measure(pages, &n_values, err));
        row += n_values;
        if (n_values > 0 && row < n_rows && row >= n_rows / n_wanted * *n_parts)
            starts[(*n_parts)++] = row;
    } while (n_values > 0 && *n_parts < n_wanted);
    return STATUS_OK;
}

enum status parquet_split(struct table *table, int32_t unit, const int32_t *columns, int32_t n_columns, int32_t n_wanted, int64_t *starts,
                          int32_t *n_parts, struct error *err)
{
    struct parquet_file *file = (struct parquet_file *)table;
    const struct row_group *group = &file->row_groups[unit];
    struct error ignored = ERROR_NONE;
    struct pages pages = {0};
    int32_t largest = -1;

    (void)err;
    starts[0] = 0;
    *n_parts = 1;
    for (int32_t i = 0; i < n_columns; i++) {
        if (file->leaves[columns[i]].max_rep > 0)
            return STATUS_OK;
        if (largest < 0 || group->chunks[columns[i]].size > group->chunks[largest].size)
            largest = columns[i];
    }
    if (largest < 0 || n_wanted < 2)
        return STATUS_OK;
    /* A file that is broken here is found to be so by whoever reads it. */
    if (pages_open(&pages, file, unit, largest, NEED_NULLS, NULL, &ignored) == STATUS_OK &&
        find_cuts(&pages, group->n_rows, n_wanted, starts, n_parts, &ignored) != STATUS_OK)
        *n_parts = 1;
    pages_close(&pages);
    return STATUS_OK;
}
