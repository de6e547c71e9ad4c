/* readers/codecs/codec.h -- how the bytes of a page were compressed.
 *
 * A codec is a row: a name, its number in Parquet, a function that unpacks exactly `out_size` bytes, and one that stops
 * after the first `out_size` bytes of more (the levels of a page are at its front). What does not come to
 * exactly that size is BAD_DATA. A context belongs to one scan and is never shared between threads.
 */
#ifndef READERS_CODECS_CODEC_H
#define READERS_CODECS_CODEC_H

#include "core/memory.h"
#include "core/span.h"

/* Contexts of the libraries, made when first needed; zeroed is empty. */
struct codec_context {
    struct memory *memory;
    void *zstd;       /* ZSTD_DCtx */
    void *libdeflate; /* struct libdeflate_decompressor */
};
void codec_context_done(struct codec_context *context);

typedef enum status codec_function(struct codec_context *context, struct span in, uint8_t *out, size_t out_size,
                                   struct error *err);

struct codec_steps; /* stream.h */

struct codec {
    const char *name;
    int parquet_id;         /* CompressionCodec of parquet.thrift */
    size_t max_ratio;       /* no input can grow by more; 0: no such bound. A declared size beyond it is a lie */
    codec_function *whole;  /* NULL: known, and refused by name */
    codec_function *prefix; /* NULL: the whole has to be unpacked */
    size_t prefix_from;     /* sizes below which the whole costs no more than a prefix */
    const struct codec_steps *stream; /* piece by piece; NULL: as it is, or not at all */
};

extern const struct codec codecs[]; /* the last has no name */
const struct codec *codec_find(int parquet_id); /* NULL: no such codec */

/* Could `packed` bytes have come from `unpacked`? BAD_DATA if not: asked before memory is taken. */
enum status codec_check_sizes(const struct codec *codec, size_t packed, size_t unpacked, struct error *err) NODISCARD;

codec_function none_whole, none_prefix, snappy_whole, snappy_prefix, zstd_whole, zstd_prefix, gzip_whole, gzip_prefix,
    lz4_raw_whole, lz4_raw_prefix, lz4_hadoop_whole, brotli_whole, brotli_prefix;
void zstd_context_done(struct codec_context *context);
void gzip_context_done(struct codec_context *context);

#endif
