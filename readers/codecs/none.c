/* readers/codecs/none.c -- bytes as they are. */
#include "readers/codecs/codec.h"

enum status none_whole(struct codec_context *context, struct span in, uint8_t *out, size_t out_size, struct error *err)
{
    if (in.size != out_size)
        return error_set(err, STATUS_BAD_DATA, "%zu bytes that are not compressed, %zu declared", in.size, out_size);
    return none_prefix(context, in, out, out_size, err);
}

enum status none_prefix(struct codec_context *context, struct span in, uint8_t *out, size_t out_size, struct error *err)
{
    (void)context;
    if (in.size < out_size)
        return error_set(err, STATUS_BAD_DATA, "%zu bytes that are not compressed, %zu needed", in.size, out_size);
    if (out_size)
        memcpy(out, in.at, out_size);
    return STATUS_OK;
}
