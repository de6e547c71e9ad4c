/* readers/codecs/zstd.c -- Zstandard frames (RFC 8878), one context per scan. */
#include <zstd.h>

#include "readers/codecs/codec.h"

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
