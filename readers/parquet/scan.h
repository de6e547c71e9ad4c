/* readers/parquet/scan.h -- a scan of some columns of one row group. */
#ifndef READERS_PARQUET_SCAN_H
#define READERS_PARQUET_SCAN_H

#include "readers/parquet/pages.h"
#include "readers/parquet/parquet.h"

struct column_scan {
    int32_t column;
    enum need need;
    bool is_virtual;     /* needs no page: REQUIRED and only nulls wanted, or the null type */
    struct pages pages;
    enum lane lane;
    struct type type;
    struct buffer valid, index, values; /* of the current chunk */
    int64_t n_decoded;   /* values, for the counter */
};

/* decode.c: the next n rows, which lie in the current page, as a vector. */
enum status column_decode(struct column_scan *column, int64_t n, struct vector *out, struct error *err) NODISCARD;
void column_done(struct column_scan *column);

/* The functions of struct reader. */
enum status parquet_scan_open(struct table *table, int32_t unit, const struct want *wants, int32_t n_wants, int flags,
                              struct scan **out, struct error *err) NODISCARD;
enum status parquet_scan_next(struct scan *scan, struct chunk *out, struct error *err) NODISCARD;
enum status parquet_dictionary(struct scan *scan, int32_t want, bool *available, struct vector *out, struct error *err)
    NODISCARD;
void parquet_scan_close(struct scan *scan);

#endif
