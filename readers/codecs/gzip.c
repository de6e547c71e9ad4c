/* readers/codecs/gzip.c -- GZIP pages: one or several members (RFC 1952); also zlib's frame (RFC 1950), which some
 * writers used in its stead. libdeflate for whole pages, zlib where a prefix is enough.
 */
#include <libdeflate.h>
#define ZLIB_CONST /* next_in takes const bytes */
#include <zlib.h>

#include "readers/codecs/stream.h"

void gzip_context_done(struct codec_context *context)
{
    if (context->libdeflate)
        libdeflate_free_decompressor(context->libdeflate);
    context->libdeflate = NULL;
}

static bool is_zlib_frame(struct span in)
{
    return in.size >= 2 && in.at[0] != 0x1f && (in.at[0] & 15) == 8 && (in.at[0] * 256 + in.at[1]) % 31 == 0;
}

static enum status unpack_member(struct libdeflate_decompressor *d, struct span *in, uint8_t *out, size_t room,
                                 size_t *made, struct error *err)
{
    enum libdeflate_result result;
    size_t used = 0;
    struct span taken;

    *made = 0;
    if (is_zlib_frame(*in))
        result = libdeflate_zlib_decompress_ex(d, in->at, in->size, out, room, &used, made);
    else
        result = libdeflate_gzip_decompress_ex(d, in->at, in->size, out, room, &used, made);
    if (result == LIBDEFLATE_INSUFFICIENT_SPACE)
        return error_set(err, STATUS_BAD_DATA, "gzip: unpacks to more than the declared bytes");
    if (result != LIBDEFLATE_SUCCESS || used == 0 || !span_take(in, used, &taken))
        return error_set(err, STATUS_BAD_DATA, "gzip: the bytes are broken");
    return STATUS_OK;
}

enum status gzip_whole(struct codec_context *context, struct span in, uint8_t *out, size_t out_size, struct error *err)
{
    size_t at = 0;

    if (!context->libdeflate)
        context->libdeflate = libdeflate_alloc_decompressor();
    if (!context->libdeflate)
        return error_no_memory(err);
    while (in.size > 0) {
        size_t made;

        TRY(unpack_member(context->libdeflate, &in, out + at, out_size - at, &made, err));
        at += made;
    }
    if (at != out_size)
        return error_set(err, STATUS_BAD_DATA, "gzip: unpacks to %zu bytes, %zu declared", at, out_size);
    return STATUS_OK;
}

static int inflate_members(z_stream *z)
{
    int result = Z_OK;

    while (z->avail_out > 0 && result == Z_OK) {
        result = inflate(z, Z_SYNC_FLUSH);
        if (result == Z_STREAM_END && z->avail_in > 0 && z->avail_out > 0)
            result = inflateReset(z);
    }
    return result;
}

enum status gzip_prefix(struct codec_context *context, struct span in, uint8_t *out, size_t out_size, struct error *err)
{
    z_stream z = {0};
    int result;
    size_t left;

    (void)context;
    if (in.size > UINT32_MAX || out_size > UINT32_MAX)
        return error_set(err, STATUS_TOO_LARGE, "gzip: a page of more than 4 GiB");
    z.next_in = in.at;
    z.avail_in = (uInt)in.size;
    z.next_out = out;
    z.avail_out = (uInt)out_size;
    if (inflateInit2(&z, 15 + 32) != Z_OK) /* 32: tell gzip's frame from zlib's */
        return error_no_memory(err);
    result = inflate_members(&z);
    left = z.avail_out;
    (void)inflateEnd(&z);
    if (left > 0)
        return error_set(err, STATUS_BAD_DATA, "gzip: %s",
                         result == Z_STREAM_END ? "fewer bytes than needed" : "the bytes are broken");
    return STATUS_OK;
}

static void *take(void *memory, unsigned n, unsigned size) { return mem_alloc(memory, (size_t)n * size); }
static void give(void *memory, void *block) { mem_free(memory, block); }

static void stream_close(struct codec_stream *s)
{
    z_stream *z = s->state;

    if (z && z->state)
        (void)inflateEnd(z);
    mem_free(s->memory, z);
    s->state = NULL;
}

static enum status stream_open(struct codec_stream *s, struct error *err)
{
    z_stream *z = s->state = mem_alloc(s->memory, sizeof *z);

    if (!z)
        return memory_error(s->memory, "a page", err);
    *z = (z_stream){.zalloc = take, .zfree = give, .opaque = s->memory};
    return inflateInit2(z, 15 + 32) == Z_OK ? STATUS_OK : memory_error(s->memory, "a page", err);
}

static enum status stream_step(struct codec_stream *s, uint8_t *out, size_t room, size_t *made, struct error *err)
{
    z_stream *z = s->state;
    size_t n = room < UINT32_MAX ? room : UINT32_MAX;
    int result;

    if (s->is_end && s->rest.size == 0)
        return STATUS_OK;
    if (s->is_end) /* another member */
        (void)inflateReset(z);
    z->next_in = s->rest.at;
    z->avail_in = (uInt)s->rest.size; /* no more than a window */
    z->next_out = out;
    z->avail_out = (uInt)n;
    result = inflate(z, Z_SYNC_FLUSH);
    if (result == Z_MEM_ERROR)
        return memory_error(s->memory, "a page", err);
    if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END)
        return error_set(err, STATUS_BAD_DATA, "gzip: the bytes are broken");
    (void)span_take(&s->rest, s->rest.size - z->avail_in, &(struct span){0});
    *made = n - z->avail_out;
    s->is_end = result == Z_STREAM_END;
    return STATUS_OK;
}

const struct codec_steps gzip_steps = {stream_open, stream_step, stream_close};
