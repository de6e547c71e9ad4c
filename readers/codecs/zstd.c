/* readers/codecs/zstd.c -- Zstandard frames (RFC 8878), one context per scan. */
#include <zstd.h>
#include <zstd_errors.h>

#include "readers/codecs/stream.h"

/* The streaming interface keeps a window; frames that ask for more than 2^24 bytes of it are unpacked whole. */
enum { WINDOW_LOG_MAX = 24 };

static ZSTD_DCtx *context_get(struct codec_context *context, struct error *err)
{
    if (!context->zstd) {
        context->zstd = ZSTD_createDCtx();
        if (!context->zstd)
            (void)error_no_memory(err);
        else
            (void)ZSTD_DCtx_setParameter(context->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    }
    return context->zstd;
}

void zstd_context_done(struct codec_context *context)
{
    ZSTD_freeDCtx(context->zstd);
    context->zstd = NULL;
}

enum status zstd_whole(struct codec_context *context, struct span in, uint8_t *out, size_t out_size, struct error *err)
{
    ZSTD_DCtx *dctx = context_get(context, err);
    size_t n;

    if (!dctx)
        return err->status;
    n = ZSTD_decompressDCtx(dctx, out, out_size, in.at, in.size);
    if (ZSTD_isError(n))
        return error_set(err, STATUS_BAD_DATA, "zstd: %s", ZSTD_getErrorName(n));
    if (n != out_size)
        return error_set(err, STATUS_BAD_DATA, "zstd: unpacks to %zu bytes, %zu declared", n, out_size);
    return STATUS_OK;
}

/* Stops at the end of the block (128 KiB) in which the last wanted byte lies. */
enum status zstd_prefix(struct codec_context *context, struct span in, uint8_t *out, size_t out_size, struct error *err)
{
    ZSTD_DCtx *dctx = context_get(context, err);
    ZSTD_inBuffer from = {in.at, in.size, 0};
    ZSTD_outBuffer to = {out, out_size, 0};

    if (!dctx)
        return err->status;
    (void)ZSTD_DCtx_reset(dctx, ZSTD_reset_session_only);
    while (to.pos < to.size) {
        size_t before = from.pos + to.pos, n = ZSTD_decompressStream(dctx, &to, &from);

        if (ZSTD_isError(n))
            return error_set(err, STATUS_BAD_DATA, "zstd: %s", ZSTD_getErrorName(n));
        if (from.pos + to.pos == before)
            return error_set(err, STATUS_BAD_DATA, "zstd: %zu bytes are there, %zu needed", to.pos, out_size);
    }
    return STATUS_OK;
}

/* The library allocates by itself: what a stream takes (the window, two blocks and its tables) is charged to the budget by us. */
struct stream {
    ZSTD_DCtx *dctx;
    size_t charged;
};

enum { STREAM_TABLES = 192 << 10, STREAM_BLOCK = 128 << 10, STREAM_LEAST_LOG = 17, STREAM_MOST_LOG = 31 };

/* Frame_Header of RFC 8878, 3.1.1.1: the window's size, or in a single segment that of the contents. 0: not told. */
static uint64_t frame_window(struct span head)
{
    static const uint8_t dictionary_bytes[] = {0, 1, 2, 4}, content_bytes[] = {1, 2, 4, 8};
    uint64_t content = 0;
    unsigned flags, size;
    struct span skipped, bytes;

    if (!span_take(&head, 4, &skipped) || !span_take(&head, 1, &bytes))
        return 0;
    flags = bytes.at[0];
    if (!(flags & 32)) {
        unsigned log, mantissa;

        if (!span_take(&head, 1, &bytes))
            return 0;
        log = 10 + (bytes.at[0] >> 3);
        mantissa = bytes.at[0] & 7;
        return ((uint64_t)1 << log) + (((uint64_t)1 << log) / 8) * mantissa;
    }
    size = content_bytes[flags >> 6];
    if (!span_take(&head, dictionary_bytes[flags & 3], &skipped) || !span_take(&head, size, &bytes))
        return 0;
    for (unsigned i = 0; i < size; i++)
        content |= (uint64_t)bytes.at[i] << (8 * i);
    return content + (size == 2 ? 256 : 0);
}

static void stream_close(struct codec_stream *s)
{
    struct stream *z = s->state;

    if (z) {
        ZSTD_freeDCtx(z->dctx);
        memory_release(s->memory, z->charged);
    }
    mem_free(s->memory, z);
    s->state = NULL;
}

static enum status stream_open(struct codec_stream *s, struct error *err)
{
    struct stream *z = s->state = mem_alloc(s->memory, sizeof *z);
    uint64_t window = frame_window(s->rest);
    int log = STREAM_LEAST_LOG;
    size_t size;

    if (!z)
        return memory_error(s->memory, "a page", err);
    while (log < STREAM_MOST_LOG && ((uint64_t)1 << log) < window)
        log++;
    size = ((size_t)1 << log) + STREAM_TABLES + 2 * STREAM_BLOCK;
    if (!memory_charge(s->memory, size))
        return memory_error(s->memory, "a page", err);
    z->charged = size;
    z->dctx = ZSTD_createDCtx();
    if (!z->dctx)
        return error_no_memory(err);
    (void)ZSTD_DCtx_setParameter(z->dctx, ZSTD_d_windowLogMax, log);
    return STATUS_OK;
}

static enum status stream_step(struct codec_stream *s, uint8_t *out, size_t room, size_t *made, struct error *err)
{
    struct stream *z = s->state;
    ZSTD_inBuffer from = {s->rest.at, s->rest.size, 0};
    ZSTD_outBuffer to = {out, room, 0};
    size_t n;

    if (s->is_end && s->rest.size == 0) /* between frames: asked again it would want the next one */
        return STATUS_OK;
    n = ZSTD_decompressStream(z->dctx, &to, &from);
    if (ZSTD_isError(n) && ZSTD_getErrorCode(n) == ZSTD_error_frameParameter_windowTooLarge)
        return error_set(err, STATUS_TOO_LARGE, "zstd: a page's frames ask for different windows, the later for more than the first");
    if (ZSTD_isError(n))
        return error_set(err, ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation ? STATUS_NO_MEMORY : STATUS_BAD_DATA, "zstd: %s",
                         ZSTD_getErrorName(n));
    (void)span_take(&s->rest, from.pos, &(struct span){0});
    *made = to.pos;
    s->is_end = n == 0;
    return STATUS_OK;
}

const struct codec_steps zstd_steps = {stream_open, stream_step, stream_close};
