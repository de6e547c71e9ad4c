/* readers/storage/stream.c -- plain, gzip (zlib) and zstd as one row each of a table.
 *
 * libdeflate is faster than zlib but wants whole buffers; a CSV of any size must stream.
 */
#include "readers/storage/stream.h"

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum {
    PACKED_SIZE = 128 << 10, /* read at a time from a packed file */
    ZSTD_WINDOW_LOG_MAX = 27,
    FOREIGN_SIZE = 64 << 10, /* decoded at a time from another encoding */
};

struct stream {
    const struct unpacker *unpacker; /* NULL: plain */
    struct source *source;
    struct memory *memory;
    int64_t offset;    /* of the next byte to read from the source */
    int64_t end;       /* no byte of the packed file from here on is read; INT64_MAX: to its end */
    int64_t n_unpacked;
    uint8_t *packed;
    struct span left;  /* of `packed`, not unpacked yet */
    bool is_at_boundary; /* between members or frames: the file may end here */
    z_stream gzip;
    ZSTD_DStream *zstd;
    uint8_t *foreign;     /* unpacked, in source->charset; NULL where that is UTF-8 */
    struct span waiting;  /* of `foreign`, not decoded yet */
    bool foreign_is_over;
    uint8_t decoded[8];   /* a character for which there was no room */
    size_t n_decoded;
};

static const char out_of_memory[] = "out of memory";

struct unpacker {
    const char *name;
    bool (*open)(struct stream *s);
    bool (*reset)(struct stream *s); /* for another member or frame */
    void (*close)(struct stream *s);
    /* Moves from s->left to `into`; sets *got and is_at_boundary. NULL, what is wrong, or out_of_memory. */
    const char *(*run)(struct stream *s, uint8_t *into, size_t size, size_t *got);
};

static void *zlib_alloc(void *memory, unsigned n, unsigned size)
{
    size_t bytes;

    return size_mul(n, size, &bytes) ? mem_alloc(memory, bytes) : NULL;
}

static void zlib_free(void *memory, void *block) { mem_free(memory, block); }

static bool gzip_open(struct stream *s)
{
    s->gzip = (z_stream){.zalloc = zlib_alloc, .zfree = zlib_free, .opaque = s->memory};
    return inflateInit2(&s->gzip, 16 + MAX_WBITS) == Z_OK; /* 16: with a gzip header */
}

static bool gzip_reset(struct stream *s) { return inflateReset(&s->gzip) == Z_OK; }
static void gzip_close(struct stream *s) { inflateEnd(&s->gzip); }

/* Zeros after a member are padding of tapes and blocks, which gzip(1) accepts as well. */
static bool is_padding(struct stream *s)
{
    while (s->left.size && s->left.at[0] == 0) {
        s->left.at++;
        s->left.size--;
    }
    return s->left.size == 0;
}

static const char *gzip_run(struct stream *s, uint8_t *into, size_t size, size_t *got)
{
    int code;

    *got = 0;
    if (s->is_at_boundary && s->offset > (int64_t)s->left.size && is_padding(s))
        return NULL;
    s->gzip.next_in = (z_const Bytef *)(uintptr_t)s->left.at;
    s->gzip.avail_in = (unsigned)s->left.size; /* <= PACKED_SIZE */
    s->gzip.next_out = into;
    s->gzip.avail_out = size > UINT32_MAX ? UINT32_MAX : (unsigned)size;
    *got = s->gzip.avail_out;
    code = inflate(&s->gzip, Z_NO_FLUSH);
    *got -= s->gzip.avail_out;
    s->left = span_of(s->gzip.next_in, s->gzip.avail_in);
    s->is_at_boundary = code == Z_STREAM_END;
    if (code == Z_STREAM_END && inflateReset(&s->gzip) == Z_OK)
        return NULL;
    if (code == Z_MEM_ERROR)
        return out_of_memory;
    return code == Z_OK || code == Z_BUF_ERROR ? NULL : s->gzip.msg ? s->gzip.msg : "not the format";
}

static bool zstd_open(struct stream *s)
{
    s->zstd = ZSTD_createDStream();
    return s->zstd && !ZSTD_isError(ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX));
}

static bool zstd_reset(struct stream *s) { return !ZSTD_isError(ZSTD_DCtx_reset(s->zstd, ZSTD_reset_session_only)); }
static void zstd_close(struct stream *s) { ZSTD_freeDStream(s->zstd); }

static const char *zstd_run(struct stream *s, uint8_t *into, size_t size, size_t *got)
{
    ZSTD_inBuffer in = {s->left.at, s->left.size, 0};
    ZSTD_outBuffer out = {into, size, 0};
    size_t hint = ZSTD_decompressStream(s->zstd, &out, &in);

    *got = out.pos;
    if (ZSTD_isError(hint) && ZSTD_getErrorCode(hint) == ZSTD_error_memory_allocation)
        return out_of_memory;
    if (ZSTD_isError(hint))
        return ZSTD_getErrorName(hint);
    s->left = span_of(s->left.at + in.pos, s->left.size - in.pos);
    s->is_at_boundary = hint == 0;
    return NULL;
}

static const struct unpacker unpackers[] = {
    [PACKING_GZIP] = {"gzip", gzip_open, gzip_reset, gzip_close, gzip_run},
    [PACKING_ZSTD] = {"zstd", zstd_open, zstd_reset, zstd_close, zstd_run},
};

enum packing packing_of(struct span head)
{
    if (head.size >= 3 && memcmp(head.at, "\x1f\x8b\x08", 3) == 0)
        return PACKING_GZIP;
    if (head.size >= 4 && memcmp(head.at, "\x28\xb5\x2f\xfd", 4) == 0)
        return PACKING_ZSTD;
    if (head.size >= 4 && (head.at[0] & 0xf0) == 0x50 && memcmp(head.at + 1, "\x2a\x4d\x18", 3) == 0) /* a skippable frame: pzstd begins so */
        return PACKING_ZSTD;
    return PACKING_NONE;
}

const char *packing_name(enum packing packing) { return packing == PACKING_NONE ? "" : unpackers[packing].name; }

void stream_close(struct stream *s)
{
    if (!s)
        return;
    if (s->unpacker)
        s->unpacker->close(s);
    mem_free(s->memory, s->packed);
    mem_free(s->memory, s->foreign);
    mem_free(s->memory, s);
}

static enum status start_unpacking(struct stream *s, enum packing packing, struct error *err)
{
    s->packed = mem_alloc(s->memory, PACKED_SIZE);
    if (!s->packed)
        return memory_error(s->memory, "unpacking", err);
    s->unpacker = &unpackers[packing];
    s->is_at_boundary = true;
    return s->unpacker->open(s) ? STATUS_OK : memory_error(s->memory, "unpacking", err);
}

enum status stream_open(struct source *source, struct memory *memory, struct stream **out, struct error *err)
{
    struct stream *s = mem_alloc(memory, sizeof *s);
    uint8_t head[4];
    size_t n = 0, got = 1;
    enum status status = STATUS_OK;

    *out = NULL;
    if (!s)
        return memory_error(memory, "reading", err);
    s->source = source;
    s->memory = memory;
    s->end = INT64_MAX;
    for (; n < sizeof head && got > 0 && status == STATUS_OK; n += got)
        status = source_read_some(source, (int64_t)n, head + n, sizeof head - n, &got, err);
    if (status == STATUS_OK && packing_of(span_of(head, n)) != PACKING_NONE)
        status = start_unpacking(s, packing_of(span_of(head, n)), err);
    if (status == STATUS_OK && source->charset != CHARSET_UTF8) {
        s->foreign = mem_alloc(memory, FOREIGN_SIZE);
        status = s->foreign ? STATUS_OK : memory_error(memory, "decoding", err);
    }
    if (status != STATUS_OK) {
        stream_close(s);
        return status;
    }
    *out = s;
    return STATUS_OK;
}

static enum status read_plain(struct stream *s, void *into, size_t size, size_t *got, struct error *err)
{
    TRY(source_read_some(s->source, s->offset, into, size, got, err));
    s->offset += (int64_t)*got;
    return STATUS_OK;
}

static enum status bad_packing(struct stream *s, const char *what, struct error *err)
{
    err->byte = s->offset - (int64_t)s->left.size;
    error_source(err, s->source->path);
    return error_set(err, STATUS_BAD_DATA, "the %s data cannot be unpacked: %s", s->unpacker->name, what);
}

static enum status too_much(struct stream *s, struct error *err)
{
    if (s->source->spool)
        spool_mark_unpacked_too_far(s->source->spool);
    error_source(err, s->source->path);
    return error_set(err, STATUS_TOO_LARGE, "the %s data unpacks to more than %lld bytes", s->unpacker->name,
                     (long long)s->source->unpacked_max);
}

enum status stream_is_wrong(struct stream *s, const char *what, struct error *err) { return bad_packing(s, what, err); }

enum status stream_restart(struct stream *s, int64_t from, int64_t end, struct error *err)
{
    s->offset = from;
    s->end = end;
    s->n_unpacked = 0;
    s->left = (struct span){0};
    s->is_at_boundary = true;
    return s->unpacker->reset(s) ? STATUS_OK : memory_error(s->memory, "unpacking", err);
}

void stream_go_on(struct stream *s, int64_t end) { s->end = end; }

/* The next piece of the packed file, when the last one is used up. */
static enum status refill(struct stream *s, size_t *got, struct error *err)
{
    TRY(read_plain(s, s->packed, s->end - s->offset < PACKED_SIZE ? (size_t)(s->end - s->offset) : PACKED_SIZE, got, err));
    s->left = span_of(s->packed, *got);
    return STATUS_OK;
}

static enum status read_unpacked(struct stream *s, void *into, size_t size, size_t *got, struct error *err)
{
    *got = 0;
    if (!s->unpacker)
        return read_plain(s, into, size, got, err);
    while (*got == 0) {
        const char *wrong;
        size_t n = s->left.size;
        if (n == 0)
            TRY(refill(s, &n, err));
        if (n == 0 && s->is_at_boundary)
            return STATUS_OK;
        /* Also run without input: the unpacker may hold bytes for which the last call had no room. */
        wrong = s->unpacker->run(s, into, size, got);
        if (wrong == out_of_memory)
            return memory_error(s->memory, "unpacking", err);
        if (wrong)
            return bad_packing(s, wrong, err);
        if (n == 0 && *got == 0 && !s->is_at_boundary)
            return bad_packing(s, "the file ends too early", err);
    }
    s->n_unpacked += (int64_t)*got;
    return s->source->unpacked_max && s->n_unpacked > s->source->unpacked_max ? too_much(s, err) : STATUS_OK;
}

/* More of the text in its own encoding, behind what is waiting (a few bytes at most). */
static enum status refill_foreign(struct stream *s, struct error *err)
{
    size_t kept = s->waiting.size, got;

    if (kept)
        memmove(s->foreign, s->waiting.at, kept);
    s->waiting = span_of(s->foreign, kept);
    TRY(read_unpacked(s, s->foreign + kept, FOREIGN_SIZE - kept, &got, err));
    s->waiting.size += got;
    s->foreign_is_over = got == 0;
    return STATUS_OK;
}

static size_t decode(struct stream *s, uint8_t *into, size_t size)
{
    size_t n;

    if (s->n_decoded == 0 && size >= sizeof s->decoded)
        return charset_decode(s->source->charset, &s->waiting, s->foreign_is_over, into, size);
    if (s->n_decoded == 0)
        s->n_decoded = charset_decode(s->source->charset, &s->waiting, s->foreign_is_over, s->decoded, sizeof s->decoded);
    n = s->n_decoded < size ? s->n_decoded : size;
    memcpy(into, s->decoded, n);
    s->n_decoded -= n;
    memmove(s->decoded, s->decoded + n, s->n_decoded);
    return n;
}

enum status stream_read(struct stream *s, void *into, size_t size, size_t *got, struct error *err)
{
    if (!s->foreign)
        return read_unpacked(s, into, size, got, err);
    for (;;) {
        *got = decode(s, into, size);
        if (*got || (s->foreign_is_over && s->waiting.size == 0))
            return STATUS_OK;
        TRY(refill_foreign(s, err));
    }
}

bool stream_is_plain(const struct stream *s) { return !s->unpacker && !s->foreign; }

enum status stream_skip(struct stream *s, int64_t n, struct error *err)
{
    uint8_t passed[4096];

    if (stream_is_plain(s)) { /* where a spool ends is not known; what is passed over was read before */
        s->offset = s->source->size < 0 || n < s->source->size - s->offset ? s->offset + n : s->source->size;
        return STATUS_OK;
    }
    while (n > 0) {
        size_t got;
        TRY(stream_read(s, passed, n < (int64_t)sizeof passed ? (size_t)n : sizeof passed, &got, err));
        if (got == 0)
            break;
        n -= (int64_t)got;
    }
    return STATUS_OK;
}
