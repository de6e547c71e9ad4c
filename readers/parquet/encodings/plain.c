/* readers/parquet/encodings/plain.c -- PLAIN (Encodings.md, 0): values back to back, little-endian.
 *
 * Booleans are bits, least significant first; byte arrays are a four-byte length and that many bytes.
 */
#include "readers/parquet/encodings/encoding.h"

static const char *start(struct values *v)
{
    v->at = 0;
    return NULL;
}

/* Eight bits become eight bytes: byte i of the product keeps bit i, and what is not zero is made 1. */
static void unpack_bits(struct span in, uint64_t at, uint8_t *to, int64_t n)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), bits = UINT64_C(0x8040201008040201);
    int64_t i = 0;

    for (; i < n && (at & 7); i++, at++)
        to[i] = (in.at[at >> 3] >> (at & 7)) & 1;
    for (; n - i >= 8; i += 8, at += 8) {
        uint64_t x = (((in.at[at >> 3] * ones) & bits) + ones * 0x7f) >> 7 & ones;
        memcpy(to + i, &x, 8);
    }
    for (; i < n; i++, at++)
        to[i] = (in.at[at >> 3] >> (at & 7)) & 1;
}

static const char *next_booleans(struct values *v, int64_t n, struct raw *out)
{
    uint8_t *to = values_room(v, &v->fixed, n, 1);

    if (!to)
        return values_no_memory;
    if (v->from) { /* the view starts with the byte of the next one */
        const char *problem;

        (void)span_take(&v->in, (size_t)(v->at >> 3), &(struct span){0});
        v->at &= 7;
        problem = values_more(v, (size_t)(v->at + (uint64_t)n + 7) / 8);
        if (problem)
            return problem;
    }
    if (v->at + (uint64_t)n > (uint64_t)v->in.size * 8)
        return values_too_few;
    unpack_bits(v->in, v->at, to, n);
    v->at += (uint64_t)n;
    out->fixed = to;
    return NULL;
}

/* Brings the next values into view, of arrays up to `budget` bytes and one at least; returns how many, n where it is `next` that has to say what is wrong. */
static int64_t fit(struct values *v, int64_t n, size_t budget, const char **problem)
{
    size_t at = 0;

    if (v->leaf->physical != PHYSICAL_BYTE_ARRAY) {
        size_t width = v->leaf->fixed_width > 0 ? (size_t)v->leaf->fixed_width : 1;
        return budget / width >= (size_t)n ? n : budget < width ? 1 : (int64_t)(budget / width);
    }
    for (int64_t i = 0; i < n; i++) {
        uint32_t length = 0;

        *problem = values_more(v, at + 4);
        if (!*problem && v->in.size >= at + 4)
            memcpy(&length, v->in.at + at, 4);
        if (*problem || v->in.size < at + 4 || length > values_left(v) - at - 4)
            return n;
        at += 4 + (size_t)length;
        if (i > 0 && at > budget)
            return i;
        *problem = values_more(v, at);
        if (*problem)
            return n;
    }
    return n;
}

static const char *next_arrays(struct values *v, int64_t n, struct raw *out)
{
    struct span *to = values_room(v, &v->spans, n, sizeof *to);
    const char *problem = NULL;
    const uint8_t *at;
    size_t left;

    if (!to)
        return values_no_memory;
    if (v->from)
        (void)fit(v, n, SIZE_MAX, &problem);
    if (problem)
        return problem;
    at = v->in.at;
    left = v->in.size;
    for (int64_t i = 0; i < n; i++) { /* a chain from length to length: what span_take does, kept in registers */
        uint32_t length;

        if (left < 4)
            return values_too_few;
        memcpy(&length, at, 4);
        if (length > left - 4)
            return "a value is longer than the page";
        to[i] = span_of(at + 4, length);
        at += 4 + (size_t)length;
        left -= 4 + (size_t)length;
    }
    v->in = span_of(at, left);
    out->spans = to;
    return NULL;
}

static const char *next(struct values *v, int64_t n, struct raw *out)
{
    size_t size;
    struct span part;

    *out = (struct raw){0};
    if (v->leaf->physical == PHYSICAL_BOOLEAN)
        return next_booleans(v, n, out);
    if (v->leaf->physical == PHYSICAL_BYTE_ARRAY)
        return next_arrays(v, n, out);
    if (!size_mul((size_t)n, (size_t)v->leaf->fixed_width, &size))
        return values_too_few;
    if (v->from) {
        const char *problem = values_more(v, size);
        if (problem)
            return problem;
    }
    if (!span_take(&v->in, size, &part))
        return values_too_few;
    out->fixed = part.at;
    return NULL;
}

const struct encoding encoding_plain = {"PLAIN", ENCODING_PLAIN, 0xff, start, next, fit};
