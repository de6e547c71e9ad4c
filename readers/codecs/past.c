/* readers/codecs/past.c -- the last bytes that Snappy and LZ4 unpacked: see stream.h.
 *
 * One buffer of `keep` bytes and a block of new ones: when the block is full, the last `keep` bytes are moved to the front. So every
 * copy is from one piece of memory, and each byte is moved once for every block of it.
 */
#include "readers/codecs/stream.h"

bool past_open(struct past *h, size_t keep, struct memory *memory)
{
    size_t size;

    *h = (struct past){.keep = keep, .bytes.memory = memory};
    return size_add(keep, (keep > PAST_BLOCK ? keep : PAST_BLOCK) + PAST_SLACK, &size) && buffer_reserve(&h->bytes, size);
}

void past_close(struct codec_stream *s)
{
    struct past *h = s->state;

    if (h)
        buffer_done(&h->bytes);
    mem_free(s->memory, h);
    s->state = NULL;
}

size_t past_give(struct past *h, uint8_t *out, size_t room)
{
    size_t n = h->at - h->given < room ? h->at - h->given : room;

    if (n)
        memcpy(out, h->bytes.at + h->given, n);
    h->given += n;
    return n;
}

size_t past_room(struct past *h)
{
    size_t end = h->bytes.capacity - PAST_SLACK;

    if (end - h->at < PAST_SLACK && h->at > h->keep && h->given == h->at) {
        memmove(h->bytes.at, h->bytes.at + h->at - h->keep, h->keep);
        h->at = h->given = h->keep;
    }
    return end - h->at;
}

void past_add(struct past *h, const uint8_t *from, size_t n)
{
    if (n)
        memcpy(h->bytes.at + h->at, from, n);
    h->at += n;
    h->total += n;
}

void past_copy(struct past *h, size_t offset, size_t n)
{
    uint8_t *to = h->bytes.at + h->at;

    if (offset >= 16)
        for (size_t i = 0; i < n; i += 16) /* up to 15 bytes behind the copy are written, which is what the slack is for */
            memcpy(to + i, to + i - offset, 16);
    else
        for (size_t i = 0; i < n; i++)
            to[i] = *(to + i - offset);
    h->at += n;
    h->total += n;
}
