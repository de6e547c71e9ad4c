/* readers/codecs/pack.c -- see pack.h.
 *
 * Snappy (format_description.txt of google/snappy) is packed by the simplest encoder that finds repetitions: a table from the hash of four
 * bytes to where they stood last, a literal for what lies between, copies of at most 64 bytes with two bytes of offset.
 */
#include "readers/codecs/pack.h"

#include <libdeflate.h>
#include <lz4.h>
#include <zstd.h>

enum { SNAPPY_TABLE_BITS = 14, SNAPPY_WINDOW = 65535, SNAPPY_COPY = 64, ZSTD_LEVEL = 3, GZIP_LEVEL = 6 };

static enum status no_room(struct buffer *out, struct error *err)
{
    return memory_error(out->memory, "a packed page", err);
}

static bool reserve(struct buffer *out, size_t n)
{
    size_t all;

    return size_add(out->size, n, &all) && buffer_reserve(out, all);
}

static enum status pack_zstd(struct span in, struct buffer *out, struct error *err)
{
    size_t n;

    if (!reserve(out, ZSTD_compressBound(in.size)))
        return no_room(out, err);
    n = ZSTD_compress(out->at + out->size, out->capacity - out->size, in.at, in.size, ZSTD_LEVEL);
    if (ZSTD_isError(n))
        return error_no_memory(err);
    out->size += n;
    return STATUS_OK;
}

static enum status pack_lz4(struct span in, struct buffer *out, struct error *err)
{
    int n;

    if (in.size > LZ4_MAX_INPUT_SIZE)
        return error_set(err, STATUS_TOO_LARGE, "a page of %zu bytes for lz4", in.size);
    if (!reserve(out, (size_t)LZ4_compressBound((int)in.size)))
        return no_room(out, err);
    n = LZ4_compress_default((const char *)in.at, (char *)out->at + out->size, (int)in.size, (int)(out->capacity - out->size));
    if (n <= 0)
        return error_no_memory(err);
    out->size += (size_t)n;
    return STATUS_OK;
}

static enum status pack_gzip(struct span in, struct buffer *out, struct error *err)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(GZIP_LEVEL);
    bool has_room = c && reserve(out, libdeflate_gzip_compress_bound(c, in.size));
    size_t n = has_room ? libdeflate_gzip_compress(c, in.at, in.size, out->at + out->size, out->capacity - out->size) : 0;

    if (c)
        libdeflate_free_compressor(c);
    if (n == 0)
        return no_room(out, err);
    out->size += n;
    return STATUS_OK;
}

static bool put_literal(struct buffer *out, const uint8_t *at, size_t n)
{
    uint8_t head[5] = {60 + 3, (uint8_t)(n - 1), (uint8_t)((n - 1) >> 8), (uint8_t)((n - 1) >> 16), (uint8_t)((n - 1) >> 24)};

    if (n == 0)
        return true;
    head[0] = (uint8_t)(n <= 60 ? (n - 1) << 2 : 63 << 2); /* 63: four bytes of length follow */
    return buffer_add(out, head, n <= 60 ? 1 : 5) && buffer_add(out, at, n);
}

static bool put_copies(struct buffer *out, size_t offset, size_t n)
{
    while (n > 0) {
        size_t part = n < SNAPPY_COPY ? n : SNAPPY_COPY;
        uint8_t copy[3] = {(uint8_t)((part - 1) << 2 | 2), (uint8_t)offset, (uint8_t)(offset >> 8)};

        if (!buffer_add(out, copy, sizeof copy))
            return false;
        n -= part;
    }
    return true;
}

static bool put_size(struct buffer *out, size_t n)
{
    uint8_t byte;

    for (; n >= 128; n >>= 7) {
        byte = (uint8_t)(n | 128);
        if (!buffer_add(out, &byte, 1))
            return false;
    }
    byte = (uint8_t)n;
    return buffer_add(out, &byte, 1);
}

static bool put_snappy(struct span in, struct buffer *out, uint32_t *table)
{
    size_t at = 0, literal = 0;

    while (at + 4 <= in.size) {
        uint32_t four, before, hash;
        size_t n = 0, was;

        memcpy(&four, in.at + at, 4);
        hash = (four * 0x9e3779b1u) >> (32 - SNAPPY_TABLE_BITS);
        was = table[hash];
        table[hash] = (uint32_t)at;
        memcpy(&before, in.at + was, 4);
        if (was < at && at - was <= SNAPPY_WINDOW && before == four)
            for (n = 4; at + n < in.size && in.at[was + n] == in.at[at + n];)
                n++;
        if (n == 0) {
            at++;
            continue;
        }
        if (!put_literal(out, in.at + literal, at - literal) || !put_copies(out, at - was, n))
            return false;
        at += n;
        literal = at;
    }
    return put_literal(out, in.at + literal, in.size - literal);
}

static enum status pack_snappy(struct span in, struct buffer *out, struct error *err)
{
    uint32_t *table = mem_alloc(out->memory, sizeof *table << SNAPPY_TABLE_BITS);
    bool ok = table && put_size(out, in.size) && put_snappy(in, out, table);

    mem_free(out->memory, table);
    return ok ? STATUS_OK : no_room(out, err);
}

static enum status pack_none(struct span in, struct buffer *out, struct error *err)
{
    return buffer_add(out, in.at, in.size) ? STATUS_OK : no_room(out, err);
}

static const struct {
    const char *name;
    enum status (*pack)(struct span in, struct buffer *out, struct error *err);
} packers[] = {{"none", pack_none}, {"snappy", pack_snappy}, {"gzip", pack_gzip}, {"zstd", pack_zstd}, {"lz4_raw", pack_lz4}};

enum status codec_pack(const char *codec, struct span in, struct buffer *out, struct error *err)
{
    for (size_t i = 0; i < sizeof packers / sizeof *packers; i++)
        if (strcmp(packers[i].name, codec) == 0)
            return packers[i].pack(in, out, err);
    return error_set(err, STATUS_UNSUPPORTED, "nothing is packed by %s", codec);
}
