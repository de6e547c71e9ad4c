/* readers/codecs/lz4.c -- LZ4 blocks: raw (LZ4_RAW), and in Hadoop's frame (the deprecated codec LZ4).
 *
 * Hadoop's frame: per block two big-endian numbers, the unpacked and the packed size, then a raw block. The codec LZ4 was
 * never specified; writers used this frame, or none at all. As Parquet's Compression.md advises, the frame is tried
 * first: it is one where the sizes lead exactly to the end of input and output.
 */
#include <limits.h>
#include <lz4.h>

#include "readers/codecs/stream.h"

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

/* Piece by piece: the library's decoder wants a block in one piece, so this one is our own (lz4_Block_format.md of lz4/lz4).
 *
 *     sequence := token, [more of the literal length], literals, offset (2 bytes), [more of the match length]
 *
 * The upper four bits of the token are the number of literals, the lower four the length of the match minus 4; 15 is followed by bytes that
 * are added, up to and with the first one below 255. The last sequence ends behind its literals. What the format demands of the end of a
 * block the library refuses where it is not so, and this decoder too: the last match starts 12 bytes before the end or earlier, the last 5 bytes are literals. */
enum stream_at { AT_FRAME, AT_TOKEN, AT_LITERAL_LENGTH, AT_LITERALS, AT_OFFSET, AT_MATCH_LENGTH, AT_MATCH };
enum { MATCH_LEAST = 4, LAST_LITERALS = 5, LAST_MATCH = 12, LAST_INPUT = 2 + 1 + LAST_LITERALS };

static const char broken[] = "the bytes are broken";

struct stream {
    struct past history; /* first: past_close */
    enum stream_at at;
    bool is_framed;
    size_t in_left, out_left;       /* of the block */
    size_t block_from;              /* history.total at its start: no match reaches before it */
    size_t literals, match, offset; /* still to come, of the current sequence */
};

static enum status raw_open(struct codec_stream *s, struct error *err)
{
    struct stream *z = s->state = mem_alloc(s->memory, sizeof *z);

    if (!z || !past_open(&z->history, UINT16_MAX + 1, s->memory))
        return memory_error(s->memory, "a page", err);
    z->at = AT_TOKEN;
    z->in_left = s->bytes.size;
    z->out_left = s->unpacked;
    return STATUS_OK;
}

/* is_hadoop_frame over bytes that are not in memory: heads alone are looked at, through a window of their own. */
static enum status find_frames(struct codec_stream *s, bool *is_frame, struct error *err)
{
    enum { HEAD = 8, WINDOW = 8 << 10 };
    uint8_t window[WINDOW];
    size_t at = 0, from = 0, have = 0, sum = 0;

    *is_frame = false;
    while (at < s->bytes.size) {
        size_t unpacked = 0, packed = 0, left = s->bytes.size - at;
        struct span head;

        if (left < HEAD)
            return STATUS_OK;
        if (at < from || at + HEAD > from + have) {
            from = at;
            have = left < WINDOW ? left : WINDOW;
            TRY(s->bytes.read(s->bytes.from, from, window, have, err));
        }
        head = span_of(window + (at - from), HEAD);
        if (!take_be32(&head, &unpacked) || !take_be32(&head, &packed) || packed > left - HEAD)
            return STATUS_OK;
        sum += unpacked;
        at += HEAD + packed;
    }
    *is_frame = sum == s->unpacked;
    return STATUS_OK;
}

static enum status hadoop_open(struct codec_stream *s, struct error *err)
{
    struct stream *z;
    bool is_frame;

    TRY(raw_open(s, err));
    z = s->state;
    TRY(find_frames(s, &is_frame, err));
    if (is_frame) {
        z->is_framed = true;
        z->at = AT_FRAME;
        z->in_left = z->out_left = 0;
    }
    return STATUS_OK;
}

/* Bytes of the block, from the window: false where the window ends before them. */
static bool block_take(struct codec_stream *s, struct stream *z, size_t n, struct span *out)
{
    if (n > z->in_left || !span_take(&s->rest, n, out))
        return false;
    z->in_left -= n;
    return true;
}

/* Adds the bytes of a length; true when its last one was met. */
static bool take_more(struct codec_stream *s, struct stream *z, size_t *length)
{
    struct span b;

    while (block_take(s, z, 1, &b)) {
        *length += b.at[0]; /* a byte of the file for each 255: no overflow */
        if (b.at[0] < 255)
            return true;
    }
    return false;
}

static const char *next_frame(struct codec_stream *s, struct stream *z)
{
    struct span head;

    if (!span_take(&s->rest, 8, &head))
        return NULL;
    (void)take_be32(&head, &z->out_left);
    (void)take_be32(&head, &z->in_left);
    z->block_from = z->history.total;
    z->at = AT_TOKEN;
    return z->in_left == 0 ? broken : NULL;
}

static const char *take_token(struct codec_stream *s, struct stream *z)
{
    struct span token;

    if (!block_take(s, z, 1, &token))
        return z->in_left == 0 ? broken : NULL;
    z->literals = token.at[0] >> 4;
    z->match = (size_t)(token.at[0] & 15) + MATCH_LEAST;
    z->at = z->literals == 15 ? AT_LITERAL_LENGTH : AT_LITERALS;
    return NULL;
}

/* At the end of the literals the block is at its end, or far enough from it. */
static const char *take_literals(struct codec_stream *s, struct stream *z)
{
    size_t n = z->literals, room = past_room(&z->history);
    struct span part;

    if (n > z->out_left || n > z->in_left)
        return broken;
    n = n < room ? n : room;
    n = n < s->rest.size ? n : s->rest.size;
    if (n > 0 && block_take(s, z, n, &part)) {
        past_add(&z->history, part.at, n);
        z->literals -= n;
        z->out_left -= n;
    }
    if (z->literals > 0)
        return NULL;
    if (z->in_left == 0) {
        z->at = z->is_framed ? AT_FRAME : AT_TOKEN;
        return z->out_left > 0 ? "unpacks to fewer bytes than declared" : NULL;
    }
    z->at = AT_OFFSET;
    return z->out_left < LAST_MATCH || z->in_left < LAST_INPUT ? broken : NULL;
}

static const char *take_offset(struct codec_stream *s, struct stream *z)
{
    struct span offset;

    if (!block_take(s, z, 2, &offset))
        return z->in_left < 2 ? broken : NULL;
    z->offset = (size_t)offset.at[0] | (size_t)offset.at[1] << 8;
    z->at = z->match == 15 + MATCH_LEAST ? AT_MATCH_LENGTH : AT_MATCH;
    return z->offset == 0 || z->offset > z->history.total - z->block_from ? broken : NULL;
}

static const char *copy_match(struct stream *z)
{
    size_t n = z->match, room = past_room(&z->history);

    if (n > z->out_left || z->out_left - n < LAST_LITERALS)
        return broken;
    n = n < room ? n : room;
    past_copy(&z->history, z->offset, n);
    z->match -= n;
    z->out_left -= n;
    if (z->match == 0)
        z->at = AT_TOKEN;
    return NULL;
}

/* Sequences of short literals and a short match, as long as FAST bytes are left of the window, the block and the room: then the end of the block is
 * far enough away for each. Stops in front of what it does not take on. */
static void take_short_sequences(struct codec_stream *s, struct stream *z)
{
    enum { FAST = 64 };
    struct past *h = &z->history;
    const uint8_t *from = s->rest.at;
    uint8_t *to = h->bytes.at;
    size_t room = past_room(h), pos = 0, at = h->at, before = h->total - h->at; /* unpacked, and no longer in the buffer */
    size_t in_end = s->rest.size < z->in_left ? s->rest.size : z->in_left, out_end = at + (room < z->out_left ? room : z->out_left);

    while (in_end - pos >= FAST && out_end - at >= FAST) {
        size_t literals = from[pos] >> 4, match = (size_t)(from[pos] & 15) + MATCH_LEAST, offset;

        if (literals == 15 || match == 15 + MATCH_LEAST)
            break;
        offset = (size_t)from[pos + 1 + literals] | (size_t)from[pos + 2 + literals] << 8;
        if (offset == 0 || offset > before + at + literals - z->block_from)
            break;
        memcpy(to + at, from + pos + 1, 16);
        at += literals;
        pos += 3 + literals;
        if (offset >= 16) {
            memcpy(to + at, to + at - offset, 16);
            memcpy(to + at + 16, to + at + 16 - offset, 16);
        } else {
            for (size_t i = 0; i < match; i++)
                to[at + i] = to[at + i - offset];
        }
        at += match;
    }
    (void)span_take(&s->rest, pos, &(struct span){0});
    z->in_left -= pos;
    z->out_left -= at - h->at;
    h->total += at - h->at;
    h->at = at;
}

static const char *stream_move(struct codec_stream *s, struct stream *z)
{
    switch (z->at) {
    case AT_FRAME: return next_frame(s, z);
    case AT_TOKEN: return take_token(s, z);
    case AT_LITERAL_LENGTH:
        if (take_more(s, z, &z->literals))
            z->at = AT_LITERALS;
        return z->at == AT_LITERAL_LENGTH && z->in_left == 0 ? broken : NULL;
    case AT_LITERALS: return take_literals(s, z);
    case AT_OFFSET: return take_offset(s, z);
    case AT_MATCH_LENGTH:
        if (take_more(s, z, &z->match))
            z->at = AT_MATCH;
        return z->at == AT_MATCH_LENGTH && z->in_left == 0 ? broken : NULL;
    case AT_MATCH: return copy_match(z);
    }
    return NULL;
}

/* At the end of a block, and nothing behind it. */
static bool stream_is_over(const struct codec_stream *s, const struct stream *z)
{
    return z->in_left == 0 && z->out_left == 0 && s->rest.size == 0 && s->n_read == s->bytes.size && z->at <= AT_TOKEN;
}

static enum status stream_step(struct codec_stream *s, uint8_t *out, size_t room, size_t *made, struct error *err)
{
    struct stream *z = s->state;
    struct past *h = &z->history;
    const char *problem = NULL;

    *made = past_give(h, out, room);
    while (*made == 0 && !problem && !stream_is_over(s, z) && past_room(h) >= PAST_SLACK) {
        size_t rest = s->rest.size, total = h->total;
        enum stream_at at = z->at;

        if (at == AT_TOKEN)
            take_short_sequences(s, z);
        problem = stream_move(s, z);
        if (rest == s->rest.size && total == h->total && at == z->at)
            break;
    }
    if (*made == 0 && !problem)
        *made = past_give(h, out, room);
    s->is_end = stream_is_over(s, z) && h->given == h->at;
    return problem ? error_set(err, STATUS_BAD_DATA, "lz4: %s", problem) : STATUS_OK;
}

const struct codec_steps lz4_raw_steps = {raw_open, stream_step, past_close};
const struct codec_steps lz4_hadoop_steps = {hadoop_open, stream_step, past_close};
