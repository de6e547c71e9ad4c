/* readers/parquet/encodings/byte_stream_split.c -- BYTE_STREAM_SPLIT (Encodings.md, 9): all first bytes of the values,
 * then all second bytes, and so on.
 */
#include "readers/parquet/encodings/encoding.h"

/* Cursors of a page that is not held whole: decimals are up to 16 bytes wide, hashes 32. */
enum { PARTS_MOST = 64 };

/* One cursor for each byte of a value. */
static const char *open_parts(struct values *v, size_t width)
{
    const char *problem = NULL;

    if (width > PARTS_MOST)
        return values_too_wide;
    for (size_t i = 0; i < width && !problem; i++) {
        problem = values_open_part(v, i * v->stride, (int32_t)width);
        if (!problem)
            cursor_limit(&v->parts[i], &v->views[i], v->stride);
    }
    return problem;
}

static const char *start(struct values *v)
{
    size_t width = (size_t)v->leaf->fixed_width;

    if (values_left(v) % width != 0)
        return "the bytes do not split into whole values";
    v->stride = values_left(v) / width;
    v->at = 0;
    return v->from ? open_parts(v, width) : NULL;
}

/* The i-th bytes of the next values, of which there are so many. */
static const char *part_take(struct values *v, size_t i, size_t count, const uint8_t **from)
{
    const char *problem;
    struct span part = {0};

    if (!v->from) {
        *from = v->in.at + i * v->stride + v->at;
        return NULL;
    }
    problem = cursor_more(&v->parts[i], &v->views[i], count);
    if (!problem && !span_take(&v->views[i], count, &part))
        problem = values_too_few;
    *from = part.at;
    return problem;
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
        const uint8_t *from;
        const char *problem = part_take(v, byte, count, &from);

        if (problem)
            return problem;
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
    start, next, NULL};
