/* readers/parquet/encodings/encoding.h -- how the values of a data page are laid out.
 *
 * An encoding is a row: its number in parquet.thrift, the physical types it may be used for, and two functions. `start` looks at the page's
 * values once, `next` delivers the following n non-null ones as struct raw. What it delivers is good until the next call or as long as
 * the page. Dictionary indices are no row here: they are delivered as such (pages.c). Nulls do not exist at this level.
 */
#ifndef READERS_PARQUET_ENCODINGS_ENCODING_H
#define READERS_PARQUET_ENCODINGS_ENCODING_H

#include "readers/parquet/encodings/delta.h"
#include "readers/parquet/file.h"
#include "readers/parquet/hybrid.h"

struct values {
    const struct leaf *leaf;
    struct span in;       /* what is left of the values */
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
};

struct encoding {
    const char *name;
    int id;
    unsigned physicals; /* bit set of enum physical */
    /* NULL or what is wrong with the bytes, as in `next`; VALUES_NO_MEMORY and VALUES_TOO_LARGE are told by identity. */
    const char *(*start)(struct values *v);
    const char *(*next)(struct values *v, int64_t n, struct raw *out);
};

/* NULL: not known. */
const struct encoding *encoding_find(int id);
const char *encoding_name(int id); /* "encoding 17" is "unknown" */

extern const char values_no_memory[], values_too_large[], values_too_few[];

/* Room for n elements of `item` bytes; NULL without memory. */
void *values_room(struct values *v, struct buffer *buffer, int64_t n, size_t item);
void values_done(struct values *v);

extern const struct encoding encoding_plain, encoding_rle, encoding_delta_binary_packed, encoding_delta_length_byte_array,
    encoding_delta_byte_array, encoding_byte_stream_split;

#endif
