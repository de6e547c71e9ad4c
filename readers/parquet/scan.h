/* readers/parquet/scan.h -- a scan of some columns of one row group. */
#ifndef READERS_PARQUET_SCAN_H
#define READERS_PARQUET_SCAN_H

#include "readers/parquet/pages.h"
#include "readers/parquet/parquet.h"

/* Entries of a repeated column that were told from the levels and not yet delivered; their values are in the current page. */
struct entries {
    struct buffer definitions, repetitions; /* uint32_t: the definition level of each; repetition levels are only in passing */
    struct buffer rows;                     /* int64_t: the row within the file of each */
    int64_t from, n;
    int64_t n_same;         /* so many at the front of `rows` are the row `row`: a run of entries of one row is not written twice */
    bool is_one_a_row;      /* those of `n` are one in each row up to `row`, and `rows` is not written yet */
    bool is_uniform;        /* all of these have the same definition level, which is the first */
    int64_t row, first_row; /* the row that was begun last, from the row group's first on, -1: none; that first one in the file */
};

struct column_scan {
    int32_t column;
    enum need need;
    bool is_virtual;     /* needs no page: REQUIRED and only nulls wanted, or the null type; never a repeated column */
    struct pages pages;
    struct entries entries;
    enum lane lane;      /* of the wanted type, as is `type` */
    struct type type;
    bool is_null_type;   /* the file's own type has no values: all rows are null, whatever type is wanted */
    struct cast cast;    /* from the file's type to the wanted one */
    struct buffer valid, index, values; /* of the current chunk */
    int64_t n_zeros;     /* so many elements at the front of `values` are zero, from a chunk of nulls before */
    int64_t n_decoded;   /* values, for the counter */
};

/* decode.c: the next n rows, which lie in the current page, as a vector. */
enum status column_decode(struct column_scan *column, int64_t n, struct vector *out, struct error *err) NODISCARD;
void column_done(struct column_scan *column, struct read_room *room);
/* Takes buffers from the room; after pages_open. */
void column_settle_in(struct column_scan *column, struct read_room *room);
/* Passes over n rows of a flat column: pages by their headers alone, a part of one by decoding it. */
enum status column_skip(struct column_scan *column, int64_t n, struct error *err) NODISCARD;
/* Room for n <= CHUNK_MAX_ROWS items, or NULL with the error. */
void *column_room(struct column_scan *column, struct buffer *buffer, int64_t n, size_t item, struct error *err);
/* Makes all n rows of `out` null: valid is a bitmap of zeros in column->valid. */
enum status column_all_null(struct column_scan *column, int64_t n, struct vector *out, struct error *err) NODISCARD;

/* entries.c: before the first page, then until entries.n is 0 after it: the end. */
void entries_start(struct column_scan *column, const struct row_group *group);
enum status entries_fill(struct column_scan *column, struct error *err) NODISCARD;
/* The rows within the file of the entries that wait, and that of the first one without writing them out. */
const int64_t *entries_rows(struct column_scan *column);
int64_t entries_first_row(const struct column_scan *column);
/* Sets valid and n_nulls of `out` for the next n entries, which are then taken. */
enum status entries_take(struct column_scan *column, int64_t n, struct vector *out, struct error *err) NODISCARD;

/* parts.c: see struct reader. */
enum status parquet_split(struct table *table, int32_t unit, const int32_t *columns, int32_t n_columns, int32_t n_wanted, int64_t *starts,
                          int32_t *n_parts, struct error *err) NODISCARD;
int64_t parquet_weight(const struct table *table, int32_t unit, int32_t column, enum need need);

/* The functions of struct reader. */
enum status parquet_scan_open(struct table *table, int32_t unit, const struct want *wants, int32_t n_wants, int flags,
                              struct scan **out, struct error *err) NODISCARD;
enum status parquet_scan_part(struct table *table, int32_t unit, const struct unit_part *part, const struct want *wants,
                              int32_t n_wants, struct read_room *room, struct scan **out, struct error *err) NODISCARD;
enum status parquet_scan_next(struct scan *scan, struct chunk *out, struct error *err) NODISCARD;
enum status parquet_dictionary(struct scan *scan, int32_t want, bool *available, struct vector *out, struct error *err)
    NODISCARD;
void parquet_scan_close(struct scan *scan);

#endif
