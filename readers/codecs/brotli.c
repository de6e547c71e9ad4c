/* readers/codecs/brotli.c -- Brotli (RFC 7932). The library keeps no context that could be reused. */
#include <brotli/decode.h>

#include "readers/codecs/stream.h"

static void *take(void *memory, size_t size) { return mem_alloc(memory, size); }
static void give(void *memory, void *block) { mem_free(memory, block); }

/* The library says in one way that memory is short and that bytes are broken, and the difference by a code. */
static enum status problem(BrotliDecoderErrorCode code, const struct memory *memory, struct error *err)
{
    if (code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES && code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES)
        return memory_error(memory, "a page", err);
    return error_set(err, STATUS_BAD_DATA, "brotli: the bytes are broken");
}

static enum status unpack(struct codec_context *context, struct span in, uint8_t *out, size_t out_size,
                          BrotliDecoderResult *result, struct error *err)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(take, give, context->memory);
    size_t left = out_size;
    BrotliDecoderErrorCode code;

    if (!state)
        return memory_error(context->memory, "a page", err);
    *result = BrotliDecoderDecompressStream(state, &in.size, &in.at, &left, &out, NULL);
    code = BrotliDecoderGetErrorCode(state);
    BrotliDecoderDestroyInstance(state);
    if (*result == BROTLI_DECODER_RESULT_ERROR)
        return problem(code, context->memory, err);
    if (left > 0)
        return error_set(err, STATUS_BAD_DATA, "brotli: unpacks to %zu bytes, %zu needed", out_size - left, out_size);
    return STATUS_OK;
}

enum status brotli_whole(struct codec_context *context, struct span in, uint8_t *out, size_t out_size, struct error *err)
{
    BrotliDecoderResult result;

    TRY(unpack(context, in, out, out_size, &result, err));
    if (result != BROTLI_DECODER_RESULT_SUCCESS)
        return error_set(err, STATUS_BAD_DATA, "brotli: does not end after the declared %zu bytes", out_size);
    return STATUS_OK;
}

enum status brotli_prefix(struct codec_context *context, struct span in, uint8_t *out, size_t out_size,
                          struct error *err)
{
    BrotliDecoderResult result;

    return unpack(context, in, out, out_size, &result, err);
}

static void stream_close(struct codec_stream *s)
{
    if (s->state)
        BrotliDecoderDestroyInstance(s->state);
    s->state = NULL;
}

static enum status stream_open(struct codec_stream *s, struct error *err)
{
    s->state = BrotliDecoderCreateInstance(take, give, s->memory);
    return s->state ? STATUS_OK : memory_error(s->memory, "a page", err);
}

static enum status stream_step(struct codec_stream *s, uint8_t *out, size_t room, size_t *made, struct error *err)
{
    size_t left = room;
    BrotliDecoderResult result;

    if (s->is_end) { /* what stands behind the end is not looked at, as in `whole` */
        s->rest.size = 0;
        return STATUS_OK;
    }
    result = BrotliDecoderDecompressStream(s->state, &s->rest.size, &s->rest.at, &left, &out, NULL);
    if (result == BROTLI_DECODER_RESULT_ERROR)
        return problem(BrotliDecoderGetErrorCode(s->state), s->memory, err);
    *made = room - left;
    s->is_end = result == BROTLI_DECODER_RESULT_SUCCESS;
    return STATUS_OK;
}

const struct codec_steps brotli_steps = {stream_open, stream_step, stream_close};
