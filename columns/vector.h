/* columns/vector.h -- some thousand values of one column, and the rows they stand in.
 *
 * Values are spaced: element i belongs to row i of the chunk, nulls included. The value at a null or malformed
 * position is zero (an empty span), so sums need no mask. Three shapes: FLAT (values[n_rows]), DICTIONARY
 * (values[n_entries] and index[n_rows], 0 at nulls), CONSTANT (values[1]). All memory belongs to the scan that
 * made the vector and is good until its next call.
 */
#ifndef COLUMNS_VECTOR_H
#define COLUMNS_VECTOR_H

#include "columns/schema.h"

enum { CHUNK_MAX_ROWS = 8192 };

enum shape { SHAPE_FLAT, SHAPE_DICTIONARY, SHAPE_CONSTANT };

struct vector {
    struct type type;
    enum lane lane;
    enum shape shape;
    int64_t n_rows;
    int64_t n_nulls;
    const uint64_t *valid;     /* bitmap of non-null rows; NULL: all valid */
    const uint64_t *malformed; /* bitmap of rows whose cell is text that is not of this type; NULL: none. They are
                                  valid (not null); a float cell that says NaN is not malformed */
    const struct span *raw;    /* the cells' text, from CSV and JSON lines; NULL for typed readers and NEED_NULLS */
    bool has_leading_zeros;    /* with raw: a cell such as "007" may be among the numbers */
    union {
        const void *values;
        const uint8_t *boolean;
        const int64_t *i64;
        const uint64_t *u64;
        const double *f64;
        const int128 *i128;
        const struct span *bytes;
    };
    const uint32_t *index;   /* DICTIONARY */
    int64_t n_entries;       /* DICTIONARY */
    bool entries_are_finite; /* DICTIONARY of LANE_F64: no entry is NaN or infinite; false: not looked at */
    uint64_t dictionary_id;  /* changes whenever the entries change, unique in the process: caches hang on it; 0: none */
};

/* Rows of a unit, columns as they were asked for. Where the columns are repeated (struct column) these are entries. */
struct chunk {
    int64_t first_row; /* within the file, from 0; of entries: the row of the first one */
    int64_t n_rows;    /* 0: the end */
    const struct vector *vectors;
    int32_t n_vectors;
    const struct span *records; /* each row's bytes as they were, where asked for (cell readers), else NULL */
    const int64_t *row_of; /* of entries: the row within the file that each is in, ascending; NULL: row
                              first_row + i, as of columns that are not repeated */
};

static inline bool vector_is_valid(const struct vector *v, int64_t row) { return !v->valid || bit_get(v->valid, row); }
static inline int64_t vector_position(const struct vector *v, int64_t row)
{
    return v->shape == SHAPE_FLAT ? row : v->shape == SHAPE_CONSTANT ? 0 : (int64_t)v->index[row];
}

/* The value of a row (text and bytes borrowed); VALUE_NULL for null; for a malformed cell its raw text. */
struct value vector_value(const struct vector *v, int64_t row);
/* Entry e of the values array as a value. */
struct value vector_entry(const struct vector *v, int64_t e);
/* Writes the n_rows values in FLAT form to out (lane_width each); nulls as zero. */
void vector_flatten(const struct vector *v, void *out);
/* Sets bits of non-null rows whose value is NaN; returns how many. Lanes other than F64: none. `out` is cleared first. */
int64_t vector_nan_mask(const struct vector *v, uint64_t *out);

/* For tests: explains what is wrong with a vector, or NULL. */
const char *vector_validate(const struct vector *v);

#endif
