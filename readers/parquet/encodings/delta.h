/* readers/parquet/encodings/delta.h -- a cursor over DELTA_BINARY_PACKED integers.
 *
 * Used for values, and by the two encodings of byte arrays for lengths. Never reads ahead of what is asked for.
 */
#ifndef READERS_PARQUET_ENCODINGS_DELTA_H
#define READERS_PARQUET_ENCODINGS_DELTA_H

#include "core/span.h"

struct cursor;

struct delta {
    struct span in;       /* behind the current miniblock */
    uint64_t n_left;      /* values not yet delivered, the first one included */
    uint64_t last;        /* value delivered last, modulo 2^64 */
    uint64_t min_delta;
    uint64_t per_mini;    /* values of a miniblock */
    uint64_t n_minis;     /* of a block */
    struct span widths;   /* of the block's miniblocks that are still to come */
    struct span packed;   /* the current miniblock */
    uint64_t mini_left, bit;
    uint32_t width;
    bool is_started;      /* the first value was delivered */
    struct cursor *from;  /* of a page that is not held whole: `in` is its view (cursor.h), and the current block is in it; else NULL */
};

/* NULL or what is wrong. */
const char *delta_start(struct delta *d, struct span in, struct cursor *from);
const char *delta_next(struct delta *d, int64_t *out, int64_t n);
/* The bytes behind the last value; the cursor itself is used up. */
const char *delta_end(struct delta *d, struct span *rest);

#endif
