/* readers/parquet/encodings/byte_stream_split.c -- BYTE_STREAM_SPLIT (Encodings.md, 9): all first bytes of the values,
 * then all second bytes, and so on.
 */
#include "readers/parquet/encodings/encoding.h"

static const char *start(struct values *v)
{
    size_t width = (size_t)v->leaf->fixed_width;

    if (v->in.size % width != 0)
        return "the bytes do not split into whole values";
    v->stride = v->in.size / width;
    v->at = 0;
    return NULL;
}

static const char *next(struct values *v, int64_t n, struct raw *out)
{
    size_t width = (size_t)v->leaf->fixed_width, count = (size_t)n;
    uint8_t *to;

    if (count > v->stride - v->at)
        return values_too_few;
    to = values_room(v, &v->fixed, n, width);
    if (!to)
        return values_no_memory;
    for (size_t byte = 0; byte < width; byte++) {
        const uint8_t *from = v->in.at + byte * v->stride + v->at;

        for (size_t i = 0; i < count; i++)
            to[i * width + byte] = from[i];
    }
    v->at += count;
    *out = (struct raw){.fixed = to};
    return NULL;
}

const struct encoding encoding_byte_stream_split = {
    "BYTE_STREAM_SPLIT", ENCODING_BYTE_STREAM_SPLIT,
    1u << PHYSICAL_INT32 | 1u << PHYSICAL_INT64 | 1u << PHYSICAL_FLOAT | 1u << PHYSICAL_DOUBLE | 1u << PHYSICAL_FIXED,
    start, next};
