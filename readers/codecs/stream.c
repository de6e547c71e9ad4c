/* readers/codecs/stream.c -- see stream.h. */
#include "readers/codecs/stream.h"

enum { FIRST_HISTORY = 64 << 10 };

static bool is_plain(const struct codec *codec) { return codec->max_ratio == 1; }

bool codec_can_stream(const struct codec *codec) { return is_plain(codec) || codec->stream; }

/* What was not taken moves to the front; the rest of the window is read. There are bytes left to read. */
static enum status refill(struct codec_stream *s, struct error *err)
{
    size_t left = s->bytes.size - s->n_read, kept = s->rest.size, n;

    if (kept)
        memmove(s->packed.at, s->rest.at, kept);
    if (!buffer_reserve(&s->packed, s->window + CODEC_STREAM_WINDOW_LEAST))
        return memory_error(s->memory, "a page", err);
    n = s->window + CODEC_STREAM_WINDOW_LEAST - kept;
    n = n < left ? n : left;
    TRY(s->bytes.read(s->bytes.from, s->n_read, s->packed.at + kept, n, err));
    s->n_read += n;
    s->rest = span_of(s->packed.at, kept + n);
    return STATUS_OK;
}

static enum status begin(struct codec_stream *s, struct error *err)
{
    s->rest = (struct span){0};
    s->made = s->n_read = s->wanted_history = 0;
    s->is_end = false;
    if (s->bytes.size > 0)
        TRY(refill(s, err));
    return s->codec->stream->open(s, err);
}

enum status codec_stream_open(struct codec_stream *s, const struct codec *codec, const struct codec_bytes *bytes, size_t unpacked,
                              size_t window, struct memory *memory, struct error *err)
{
    *s = (struct codec_stream){.codec = codec, .memory = memory, .bytes = *bytes, .unpacked = unpacked, .window = window,
                               .history = FIRST_HISTORY, .packed.memory = memory};
    if (unpacked == 0) /* whatever the bytes are: nobody unpacks them */
        return STATUS_OK;
    if (is_plain(codec) && bytes->size != unpacked)
        return error_set(err, STATUS_BAD_DATA, "a page without compression has %zu bytes, %zu are declared", bytes->size, unpacked);
    TRY(codec_check_sizes(codec, bytes->size, unpacked, err));
    return is_plain(codec) ? STATUS_OK : begin(s, err);
}

/* From the start again, with a history as long as a copy reaches back and some more, to where it was. */
static enum status begin_again(struct codec_stream *s, struct error *err)
{
    size_t made = s->made, history = s->wanted_history;

    while (s->history < history)
        s->history *= 2; /* to at most twice the page */
    s->codec->stream->close(s);
    TRY(begin(s, err));
    return codec_stream_read(s, NULL, made, err);
}

static enum status step(struct codec_stream *s, uint8_t *out, size_t room, size_t *made, struct error *err)
{
    size_t before = s->rest.size;

    TRY(s->codec->stream->step(s, out, room, made, err));
    s->made += *made;
    if (*made > 0 || s->rest.size != before)
        return STATUS_OK;
    if (s->wanted_history)
        return begin_again(s, err);
    if (s->n_read == s->bytes.size)
        return error_set(err, STATUS_BAD_DATA, "%s: unpacks to %zu bytes, %zu declared", s->codec->name, s->made, s->unpacked);
    return refill(s, err);
}

enum status codec_stream_read(struct codec_stream *s, uint8_t *out, size_t n, struct error *err)
{
    uint8_t nowhere[4096];

    if (is_plain(s->codec)) {
        if (out && n)
            TRY(s->bytes.read(s->bytes.from, s->made, out, n, err));
        s->made += n;
        return STATUS_OK;
    }
    while (n > 0) {
        size_t made = 0;

        TRY(step(s, out ? out : nowhere, out || n < sizeof nowhere ? n : sizeof nowhere, &made, err));
        out = out ? out + made : out;
        n -= made;
    }
    return STATUS_OK;
}

enum status codec_stream_finish(struct codec_stream *s, struct error *err)
{
    uint8_t more;

    TRY(codec_stream_read(s, NULL, s->unpacked - s->made, err));
    if (is_plain(s->codec) || s->unpacked == 0)
        return STATUS_OK;
    while (s->rest.size > 0 || s->n_read < s->bytes.size || !s->is_end) {
        size_t made = 0;

        TRY(step(s, &more, 1, &made, err));
        if (made > 0)
            return error_set(err, STATUS_BAD_DATA, "%s: unpacks to more than the declared %zu bytes", s->codec->name, s->unpacked);
    }
    return STATUS_OK;
}

void codec_stream_done(struct codec_stream *s)
{
    if (s->state)
        s->codec->stream->close(s);
    buffer_done(&s->packed);
}
