/* readers/parquet/encodings/encoding.h -- how the values of a data page are laid out.
 *
 * An encoding is a row: its number in parquet.thrift, the physical types it may be used for, and two functions. `start` looks at the page's
 * values once, `next` delivers the following n non-null ones as struct raw. What it delivers is good until the next call or as long as
 * the page. Dictionary indices are no row here: they are delivered as such (pages.c). Nulls do not exist at this level.
 */
#ifndef READERS_PARQUET_ENCODINGS_ENCODING_H
#define READERS_PARQUET_ENCODINGS_ENCODING_H

#include "readers/parquet/cursor.h"
#include "readers/parquet/encodings/delta.h"
#include "readers/parquet/file.h"
#include "readers/parquet/hybrid.h"

/* Lengths that were decoded to see how many values go together, and not used yet. */
struct lengths_ahead {
    struct buffer lengths; /* int64_t */
    int64_t from, n;
    const char *problem;   /* behind them; NULL */
};

struct values {
    const struct leaf *leaf;
    struct span in;       /* what is left of the values, or of the view of `from` */
    struct cursor *from;  /* of a page that is not held whole; else NULL */
    int64_t n_page;       /* values the page declares, nulls included: an upper bound */
    size_t max_bytes;     /* ceiling of `bytes` */
    struct memory *memory;
    /* State of the encodings, as each needs it. */
    uint64_t at;
    size_t stride;
    struct hybrid hybrid;
    struct delta prefixes, lengths;
    /* Buffers, kept from page to page. */
    struct buffer fixed, spans, numbers, bytes, last;
    /* Cursors at other parts of the values than `from`, and their views: what an encoding opened for this page. */
    struct cursor *parts;
    struct span *views;
    int32_t n_parts;
    struct lengths_ahead prefixes_ahead, lengths_ahead;
};

struct encoding {
    const char *name;
    int id;
    unsigned physicals; /* bit set of enum physical */
    /* NULL or what is wrong with the bytes, as in `next`; values_no_memory, values_too_large and values_too_wide are told by identity. */
    const char *(*start)(struct values *v);
    const char *(*next)(struct values *v, int64_t n, struct raw *out);
    /* How many of the next n values lie in about `budget` bytes of a page that is not held whole, at least 1; NULL: as many as of an average length.
     * What is wrong with the bytes is left to `next`, but for cursor_failed in *problem. */
    int64_t (*fit)(struct values *v, int64_t n, size_t budget, const char **problem);
};

/* NULL: not known. */
const struct encoding *encoding_find(int id);
const char *encoding_name(int id); /* "encoding 17" is "unknown" */

extern const char values_no_memory[], values_too_large[], values_too_few[], values_too_wide[];

/* Room for n elements of `item` bytes; NULL without memory. */
void *values_room(struct values *v, struct buffer *buffer, int64_t n, size_t item);
void values_done(struct values *v);
/* Makes v->in at least `wanted` bytes long if there are so many. NULL or cursor_failed. */
static inline const char *values_more(struct values *v, size_t wanted) { return v->from ? cursor_more(v->from, &v->in, wanted) : NULL; }
/* How many bytes of the values there are from v->in on. */
static inline size_t values_left(const struct values *v) { return v->from ? cursor_left(v->from, v->in) : v->in.size; }
/* Another cursor, from `ahead` bytes behind the start of v->in on; of `most` in all, and parts[i] is the i-th opened. NULL or what is wrong. */
const char *values_open_part(struct values *v, size_t ahead, int32_t most);
void values_close_parts(struct values *v);
/* Starts deltas at v->in and moves v->in behind them, whose end is found by walking over them. Of a page that is not held whole they are read
 * through a part of their own, of `most` in all. NULL or what is wrong. */
const char *values_start_lengths(struct values *v, struct delta *d, int32_t most);
/* The next n of them, first those that were looked at ahead. NULL or what is wrong. */
const char *values_lengths(struct delta *d, struct lengths_ahead *ahead, int64_t *out, int64_t n);
/* Looks at up to n of them ahead; returns how many there are, *out is where. A problem is kept for who wants what is behind them. */
int64_t values_look_ahead(struct values *v, struct delta *d, struct lengths_ahead *ahead, int64_t n, const int64_t **out);
/* Brings the bytes of n values of these lengths into view, as far as the lengths can be true. NULL or cursor_failed. */
const char *values_view_sum(struct values *v, const int64_t *lengths, int64_t n);

extern const struct encoding encoding_plain, encoding_rle, encoding_delta_binary_packed, encoding_delta_length_byte_array,
    encoding_delta_byte_array, encoding_byte_stream_split;

#endif
