/* stats/row_keys.h -- the key of each row as a fingerprint: one column's value or a tuple of several.
 *
 * One column of a lane of at most 8 bytes: the fingerprint is a bijection of the value (-0.0 made 0.0, every NaN one NaN), so equal
 * fingerprints are equal values. Anything else (text, binary, 128-bit decimals, tuples, the raw text of malformed cells) is
 * hashed by xxh3 to 64 or 128 bits; those rows are in `hashed`. The hash keys are fixed: states of different processes merge.
 *
 * One column: null rows have no key, nor NaN rows where nan_is_null. Several: a row of nulls only has none (NaN counting as
 * null where nan_is_null), unless missing_rows says otherwise; else nulls are values equal to each other.
 */
#ifndef STATS_ROW_KEYS_H
#define STATS_ROW_KEYS_H

#include "stats/selection.h"

struct entry_hashes { /* of one dictionary, kept while its id lasts */
    uint64_t dictionary_id;
    uint64_t *low, *high;
    size_t low_capacity, high_capacity;
};

struct row_keys {
    struct memory *memory;
    int words; /* of the fingerprint of hashed rows: 1 or 2 */
    bool nan_is_null;
    enum missing_rows missing_rows; /* of several columns */
    int32_t n_columns;
    struct entry_hashes cache[SAMPLE_KEYS_MAX * 4];
    /* of the last chunk */
    uint64_t *low, *high;                 /* per row; high and column_high: words 2 only */
    uint64_t *column_low, *column_high;   /* scratch */
    uint64_t exact[CHUNK_MAX_ROWS / 64];  /* rows whose fingerprint is a bijection */
    uint64_t hashed[CHUNK_MAX_ROWS / 64]; /* rows whose fingerprint is a hash */
    int64_t n_exact, n_hashed;
    struct moments_counts counts;         /* n_nulls: rows without a key */
    struct buffer tuple;                  /* row_keys_bytes */
    int64_t *histogram;
    size_t histogram_capacity;
};

void row_keys_init(struct row_keys *k, const struct metric_setup *setup, int words);
/* Is a single column's fingerprint a bijection? */
bool row_keys_are_exact(int32_t n_columns, struct type type);
enum status row_keys_make(struct row_keys *k, const struct metric_input *in, struct error *err) NODISCARD;
/* For a dictionary with fewer entries than selected rows, after row_keys_make: entry e occurs k->histogram[e] times among rows that
 * are not malformed, with fingerprint (low[e], high[e]). false: go by rows. */
bool row_keys_by_entry(const struct row_keys *k, const struct metric_input *in);
enum status row_keys_histogram(struct row_keys *k, const struct metric_input *in, struct error *err) NODISCARD;
/* A tuple of several columns as bytes: equal tuples, and no others, have equal bytes. Good until the next call. */
enum status row_keys_bytes(struct row_keys *k, const struct metric_input *in, int64_t row, struct span *out, struct error *err) NODISCARD;
/* The bijective fingerprints of n values as they lie in a lane of 8 bytes that is not F64. */
void row_keys_of_words(const uint64_t *values, int64_t n, uint64_t *low);
/* The double, integer ... of a bijective fingerprint, as it lies in its lane. */
uint64_t row_keys_value(uint64_t fingerprint);
void row_keys_done(struct row_keys *k);

#endif
