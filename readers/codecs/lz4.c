/* readers/codecs/lz4.c -- LZ4 blocks: raw (LZ4_RAW), and in Hadoop's frame (the deprecated codec LZ4).
 *
 * Hadoop's frame: per block two big-endian numbers, the unpacked and the packed size, then a raw block. The codec LZ4 was
 * never specified; writers used this frame, or none at all. As Parquet's Compression.md advises, the frame is tried
 * first: it is one where the sizes lead exactly to the end of input and output.
 */
#include <limits.h>
#include <lz4.h>

#include "readers/codecs/codec.h"

static enum status unpack(struct span in, uint8_t *out, size_t out_size, size_t *made, struct error *err)
{
    int n;

    if (in.size > INT_MAX || out_size > INT_MAX)
        return error_set(err, STATUS_TOO_LARGE, "lz4: a block of more than 2 GiB");
    n = LZ4_decompress_safe((const char *)in.at, (char *)out, (int)in.size, (int)out_size);
    if (n < 0)
        return error_set(err, STATUS_BAD_DATA, "lz4: the bytes are broken");
    *made = (size_t)n;
    return STATUS_OK;
}

enum status lz4_raw_whole(struct codec_context *context, struct span in, uint8_t *out, size_t out_size, struct error *err)
{
    size_t made = 0;

    (void)context;
    TRY(unpack(in, out, out_size, &made, err));
    if (made != out_size)
        return error_set(err, STATUS_BAD_DATA, "lz4: unpacks to %zu bytes, %zu declared", made, out_size);
    return STATUS_OK;
}

enum status lz4_raw_prefix(struct codec_context *context, struct span in, uint8_t *out, size_t out_size,
                           struct error *err)
{
    int n;

    (void)context;
    if (in.size > INT_MAX || out_size > INT_MAX)
        return error_set(err, STATUS_TOO_LARGE, "lz4: a block of more than 2 GiB");
    n = LZ4_decompress_safe_partial((const char *)in.at, (char *)out, (int)in.size, (int)out_size, (int)out_size);
    if (n < 0 || (size_t)n < out_size)
        return error_set(err, STATUS_BAD_DATA, "lz4: the bytes are broken or too few");
    return STATUS_OK;
}

static bool take_be32(struct span *in, size_t *out)
{
    struct span b;

    if (!span_take(in, 4, &b))
        return false;
    *out = (size_t)b.at[0] << 24 | (size_t)b.at[1] << 16 | (size_t)b.at[2] << 8 | b.at[3];
    return true;
}

static bool is_hadoop_frame(struct span in, size_t out_size)
{
    size_t sum = 0;

    while (in.size > 0) {
        size_t unpacked, packed;
        struct span block;

        if (!take_be32(&in, &unpacked) || !take_be32(&in, &packed) || !span_take(&in, packed, &block))
            return false;
        sum += unpacked; /* at most 2^32 each and eight bytes of input: no overflow */
    }
    return sum == out_size;
}

enum status lz4_hadoop_whole(struct codec_context *context, struct span in, uint8_t *out, size_t out_size,
                             struct error *err)
{
    size_t at = 0;

    if (!is_hadoop_frame(in, out_size))
        return lz4_raw_whole(context, in, out, out_size, err);
    while (in.size > 0) {
        size_t unpacked = 0, packed = 0;
        struct span block = {0};

        if (!take_be32(&in, &unpacked) || !take_be32(&in, &packed) || !span_take(&in, packed, &block))
            break;
        TRY(lz4_raw_whole(context, block, out + at, unpacked, err));
        at += unpacked;
    }
    return STATUS_OK;
}
