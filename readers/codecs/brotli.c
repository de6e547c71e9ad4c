/* readers/codecs/brotli.c -- Brotli (RFC 7932). The library keeps no context that could be reused. */
#include <brotli/decode.h>

#include "readers/codecs/codec.h"

static void *take(void *memory, size_t size) { return mem_alloc(memory, size); }
static void give(void *memory, void *block) { mem_free(memory, block); }

static enum status unpack(struct codec_context *context, struct span in, uint8_t *out, size_t out_size,
                          BrotliDecoderResult *result, struct error *err)
{
    BrotliDecoderState *state = BrotliDecoderCreateInstance(take, give, context->memory);
    size_t left = out_size;

    if (!state)
        return error_no_memory(err);
    *result = BrotliDecoderDecompressStream(state, &in.size, &in.at, &left, &out, NULL);
    BrotliDecoderDestroyInstance(state);
    if (*result == BROTLI_DECODER_RESULT_ERROR)
        return error_set(err, STATUS_BAD_DATA, "brotli: the bytes are broken");
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
