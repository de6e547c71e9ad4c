/* readers/codecs/snappy.c -- Snappy's raw format, with a stop after the first N bytes.
 *
 * Reference: format_description.txt of google/snappy. A varint with the unpacked length, then elements; the low two
 * bits of an element's first byte tell its kind:
 *
 *     00  literal: length - 1 in the upper six bits, or (60..63) in the next 1..4 bytes; then the bytes
 *     01  copy: length - 4 in bits 2..4, offset in bits 5..7 (high) and the next byte: 4..11 bytes, up to 2047 back
 *     10  copy: length - 1 in the upper six bits, offset in the next two bytes
 *     11  copy: likewise, offset in four bytes
 *
 * A copy may overlap what it writes (a pattern that repeats). Why our own: the library's C interface cannot stop early,
 * and the levels of a page are its first few bytes.
 */
#include "readers/codecs/stream.h"

static bool take_number(struct span *in, size_t n_bytes, uint32_t *out)
{
    struct span bytes;
    uint32_t x = 0;

    if (!span_take(in, n_bytes, &bytes))
        return false;
    for (size_t i = 0; i < n_bytes; i++)
        x |= (uint32_t)bytes.at[i] << (8 * i);
    *out = x;
    return true;
}

static bool take_length(struct span *in, uint32_t *out)
{
    uint64_t x = 0;
    struct span b;

    for (unsigned shift = 0; shift < 35; shift += 7) {
        if (!span_take(in, 1, &b))
            return false;
        x |= (uint64_t)(b.at[0] & 0x7f) << shift;
        if (!(b.at[0] & 0x80)) {
            *out = (uint32_t)x;
            return x <= UINT32_MAX;
        }
    }
    return false;
}

/* Copies `length` bytes (1..64) from `offset` back, overlap repeating; at least ROOM bytes may be written: what is
 * written past the end is overwritten by what follows. A pattern shorter than 8 bytes is written once by bytes; from then on
 * the bytes a multiple of it back are the same, and far enough away for 8 at a time. */
enum { ROOM = 64 + 16 };
static inline void copy_wide(uint8_t *to, size_t offset, size_t length)
{
    size_t i = 0;

    if (offset >= 16) {
        for (; i < length; i += 16)
            memcpy(to + i, to + i - offset, 16);
        return;
    }
    if (offset < 8) {
        for (; i < 8; i++)
            to[i] = *(to + i - offset);
        offset = (7 / offset + 1) * offset; /* 8..14: reaches no further back than `offset` before `to` */
    }
    for (; i < length; i += 8)
        memcpy(to + i, to + i - offset, 8);
}

/* Likewise without a byte to spare. */
static void copy_back(uint8_t *to, size_t offset, size_t length)
{
    for (size_t i = 0; i < length; i++)
        to[i] = *(to + i - offset);
}

static const char *copy_literal(struct span *in, uint32_t tag, uint8_t *out, size_t *at, size_t limit, size_t total)
{
    uint32_t length = tag >> 2;
    struct span bytes;
    size_t part;

    if (length >= 60 && !take_number(in, length - 59, &length))
        return "ends inside a literal's length";
    if ((size_t)length + 1 > total - *at)
        return "a literal runs past the declared length";
    if (!span_take(in, (size_t)length + 1, &bytes))
        return "ends inside a literal";
    part = bytes.size < limit - *at ? bytes.size : limit - *at;
    memcpy(out + *at, bytes.at, part);
    *at += part;
    return NULL;
}

static const char *copy_element(struct span *in, uint32_t tag, uint8_t *out, size_t *at, size_t limit, size_t total)
{
    uint32_t length = (tag >> 2) + 1, offset;
    bool is_whole;

    if ((tag & 3) == 1) {
        length = ((tag >> 2) & 7) + 4;
        is_whole = take_number(in, 1, &offset);
        offset |= (tag >> 5) << 8;
    } else {
        is_whole = take_number(in, (tag & 3) == 2 ? 2 : 4, &offset);
    }
    if (!is_whole)
        return "ends inside a copy";
    if (offset == 0 || offset > *at)
        return "a copy reaches before the start";
    if (length > total - *at)
        return "a copy runs past the declared length";
    if (length > limit - *at)
        length = (uint32_t)(limit - *at);
    copy_back(out + *at, offset, length);
    *at += length;
    return NULL;
}

/* The elements of up to 64 bytes, as long as ROOM bytes are left on both sides: one check for all of an element. Stops
 * in front of what it does not take on, which the careful loop then does. */
static const char *unpack_fast(struct span *in, uint8_t *out, size_t *at_out, size_t limit)
{
    const uint8_t *from = in->at;
    size_t pos = 0, at = *at_out;
    const char *problem = NULL;

    while (in->size - pos >= ROOM && limit - at >= ROOM) {
        size_t tag = from[pos], length = (tag >> 2) + 1, offset;

        if ((tag & 3) == 0) {
            if (length > 60)
                break;
            memcpy(out + at, from + pos + 1, 16);
            if (length > 16)
                memcpy(out + at + 16, from + pos + 17, 48);
            pos += 1 + length;
            at += length;
            continue;
        }
        if ((tag & 3) == 1) {
            length = ((tag >> 2) & 7) + 4;
            offset = (tag >> 5) << 8 | from[pos + 1];
            pos += 2;
        } else if ((tag & 3) == 2) {
            offset = (size_t)from[pos + 1] | (size_t)from[pos + 2] << 8;
            pos += 3;
        } else {
            break;
        }
        if (offset == 0 || offset > at) {
            problem = "a copy reaches before the start";
            pos -= (tag & 3) == 1 ? 2 : 3; /* still in front of it: a stream may have more behind it than is in `out` */
            break;
        }
        copy_wide(out + at, offset, length);
        at += length;
    }
    (void)span_take(in, pos, &(struct span){0});
    *at_out = at;
    return problem;
}

/* Unpacks the first `limit` of `total` bytes. */
static const char *unpack(struct span in, uint8_t *out, size_t limit, size_t total)
{
    size_t at = 0;

    while (at < limit) {
        struct span tag;
        const char *problem = unpack_fast(&in, out, &at, limit);

        if (problem)
            return problem;
        if (!span_take(&in, 1, &tag))
            return "ends too early";
        if ((tag.at[0] & 3) == 0)
            problem = copy_literal(&in, tag.at[0], out, &at, limit, total);
        else
            problem = copy_element(&in, tag.at[0], out, &at, limit, total);
        if (problem)
            return problem;
    }
    return limit == total && in.size > 0 ? "has bytes behind its end" : NULL;
}

enum status snappy_prefix(struct codec_context *context, struct span in, uint8_t *out, size_t out_size, struct error *err)
{
    uint32_t total;
    const char *problem;

    (void)context;
    if (!take_length(&in, &total))
        return error_set(err, STATUS_BAD_DATA, "snappy: the length is broken");
    if (out_size > total)
        return error_set(err, STATUS_BAD_DATA, "snappy: %u bytes are there, %zu needed", total, out_size);
    problem = unpack(in, out, out_size, total);
    if (problem)
        return error_set(err, STATUS_BAD_DATA, "snappy: %s", problem);
    return STATUS_OK;
}

enum status snappy_whole(struct codec_context *context, struct span in, uint8_t *out, size_t out_size, struct error *err)
{
    struct span rest = in;
    uint32_t total;

    if (take_length(&rest, &total) && total != out_size)
        return error_set(err, STATUS_BAD_DATA, "snappy: unpacks to %u bytes, %zu declared", total, out_size);
    return snappy_prefix(context, in, out, out_size, err);
}

/* Piece by piece: whole elements are taken, but for literals, which may be longer than any window. */
struct stream {
    struct past history; /* first: past_close */
    size_t total;          /* of the stream's own head */
    size_t literal_left;
};

static enum status stream_open(struct codec_stream *s, struct error *err)
{
    struct stream *z = s->state = mem_alloc(s->memory, sizeof *z);
    size_t history = s->history < s->unpacked ? s->history : s->unpacked;
    uint32_t total;

    if (!z || !past_open(&z->history, history, s->memory))
        return memory_error(s->memory, "a page", err);
    if (!take_length(&s->rest, &total))
        return error_set(err, STATUS_BAD_DATA, "snappy: the length is broken");
    if (total != s->unpacked)
        return error_set(err, STATUS_BAD_DATA, "snappy: unpacks to %u bytes, %zu declared", total, s->unpacked);
    z->total = total;
    return STATUS_OK;
}

static const char *stream_copy(struct codec_stream *s, struct stream *z, uint32_t tag)
{
    struct span in = s->rest;
    uint32_t length = (tag >> 2) + 1, offset;
    bool is_whole;

    (void)span_take(&in, 1, &(struct span){0});
    if ((tag & 3) == 1) {
        length = ((tag >> 2) & 7) + 4;
        is_whole = take_number(&in, 1, &offset);
        offset |= (tag >> 5) << 8;
    } else {
        is_whole = take_number(&in, (tag & 3) == 2 ? 2 : 4, &offset);
    }
    if (!is_whole)
        return "ends inside a copy";
    if (offset == 0 || offset > z->history.total)
        return "a copy reaches before the start";
    if (length > z->total - z->history.total)
        return "a copy runs past the declared length";
    if (offset > z->history.at) {
        s->wanted_history = offset;
        return NULL;
    }
    past_copy(&z->history, offset, length);
    s->rest = in;
    return NULL;
}

static const char *stream_literal(struct codec_stream *s, struct stream *z, uint32_t tag)
{
    uint32_t length = tag >> 2;

    (void)span_take(&s->rest, 1, &(struct span){0});
    if (length >= 60 && !take_number(&s->rest, length - 59, &length))
        return "ends inside a literal's length";
    if ((size_t)length + 1 > z->total - z->history.total)
        return "a literal runs past the declared length";
    z->literal_left = (size_t)length + 1;
    return NULL;
}

/* As much as fits: until room or bytes end, or a copy reaches too far back. */
static const char *stream_fill(struct codec_stream *s, struct stream *z)
{
    enum { HEAD = 5 };
    struct past *h = &z->history;
    const char *problem = NULL;
    size_t room;

    while (!problem && !s->wanted_history && h->total < z->total && (room = past_room(h)) >= PAST_SLACK) {
        size_t left = z->total - h->total, at = h->at;
        struct span part;

        if (z->literal_left > 0) {
            size_t n = z->literal_left < room ? z->literal_left : room;

            if (!span_take(&s->rest, n < s->rest.size ? n : s->rest.size, &part) || part.size == 0)
                break;
            past_add(h, part.at, part.size);
            z->literal_left -= part.size;
            continue;
        }
        (void)unpack_fast(&s->rest, h->bytes.at, &h->at, at + (left < room ? left : room));
        h->total += h->at - at;
        if (h->at > at)
            continue;
        if (s->rest.size == 0 || (s->rest.size < HEAD && s->n_read < s->bytes.size))
            break;
        problem = (s->rest.at[0] & 3) == 0 ? stream_literal(s, z, s->rest.at[0]) : stream_copy(s, z, s->rest.at[0]);
    }
    return problem;
}

static enum status stream_step(struct codec_stream *s, uint8_t *out, size_t room, size_t *made, struct error *err)
{
    struct stream *z = s->state;
    const char *problem = NULL;

    *made = past_give(&z->history, out, room);
    if (*made == 0)
        problem = stream_fill(s, z);
    if (*made == 0 && !problem)
        *made = past_give(&z->history, out, room);
    s->is_end = z->history.total == z->total && z->history.given == z->history.at;
    if (s->is_end && s->rest.size > 0)
        problem = "has bytes behind its end";
    return problem ? error_set(err, STATUS_BAD_DATA, "snappy: %s", problem) : STATUS_OK;
}

const struct codec_steps snappy_steps = {stream_open, stream_step, past_close};
