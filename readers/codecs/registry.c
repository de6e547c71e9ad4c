/* readers/codecs/registry.c -- the codecs, by their number in Parquet. */
#include "readers/codecs/stream.h"

/* max_ratio: Snappy's densest element is a copy of 64 bytes in 3 (a copy of 11 in 2 is less); LZ4 adds 255 bytes per
 * length byte; DEFLATE's longest match is 258 bytes in two bits. The sums are rounded up. zstd and Brotli can describe
 * almost any length in a few bytes. */
/* clang-format off */
const struct codec codecs[] = {
    {"none",    0, 1,    none_whole,       none_prefix,    0,         NULL},
    {"snappy",  1, 22,   snappy_whole,     snappy_prefix,  0,         &snappy_steps},
    {"gzip",    2, 1033, gzip_whole,       gzip_prefix,    64 << 10,  &gzip_steps}, /* zlib stops early, libdeflate is faster */
    {"lzo",     3, 0,    NULL,             NULL,           0,         NULL},
    {"brotli",  4, 0,    brotli_whole,     brotli_prefix,  0,         &brotli_steps},
    {"lz4",     5, 256,  lz4_hadoop_whole, NULL,           0,         &lz4_hadoop_steps},
    {"zstd",    6, 0,    zstd_whole,       zstd_prefix,    192 << 10, &zstd_steps}, /* it unpacks blocks of 128 KiB */
    {"lz4_raw", 7, 256,  lz4_raw_whole,    lz4_raw_prefix, 0,         &lz4_raw_steps},
    {NULL,     -1, 0,    NULL,             NULL,           0,         NULL},
};
/* clang-format on */

const struct codec *codec_find(int parquet_id)
{
    for (const struct codec *c = codecs; c->name; c++)
        if (c->parquet_id == parquet_id)
            return c;
    return NULL;
}

enum status codec_check_sizes(const struct codec *codec, size_t packed, size_t unpacked, struct error *err)
{
    if (codec->max_ratio && unpacked / codec->max_ratio > packed)
        return error_set(err, STATUS_BAD_DATA, "%zu bytes of %s cannot unpack to the declared %zu", packed, codec->name,
                         unpacked);
    return STATUS_OK;
}

void codec_context_done(struct codec_context *context)
{
    zstd_context_done(context);
    gzip_context_done(context);
}
