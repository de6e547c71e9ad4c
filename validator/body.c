/* validator/body.c -- see body.h. */
#include "validator/body.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "readers/storage/source.h"
#include "readers/storage/stream.h"

enum { STEP = 256 << 10 };

void body_init(struct body *body, uint64_t limit, size_t held_max, struct memory *budget, const char *directory)
{
    *body = (struct body){.limit = limit, .held = {.memory = budget}, .held_max = held_max, .fd = -1, .directory = directory};
}

void body_done(struct body *body)
{
    buffer_done(&body->held);
    if (body->fd >= 0)
        close(body->fd);
    body->fd = -1;
    body->size = 0;
}

static enum status write_all(int fd, struct span bytes, struct error *err)
{
    while (bytes.size > 0) {
        ssize_t n = write(fd, bytes.at, bytes.size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, STATUS_WRITE, "the body cannot be kept in a temporary file: %s", strerror(errno));
        bytes = span_of(bytes.at + n, bytes.size - (size_t)n);
    }
    return STATUS_OK;
}

static enum status move_to_file(struct body *body, struct error *err)
{
    TRY(source_temporary_file(body->directory, &body->fd, err));
    TRY(write_all(body->fd, span_of(body->held.at, body->held.size), err));
    buffer_done(&body->held);
    return STATUS_OK;
}

/* Past the common budget the file takes over, so that many bodies at once cost disk and not memory. */
enum status body_add(struct body *body, struct span bytes, struct error *err)
{
    if (bytes.size > body->limit - body->size)
        return error_set(err, STATUS_TOO_LARGE, "the body is larger than %llu bytes", (unsigned long long)body->limit);
    if (body->fd < 0 && (body->held.size + bytes.size > body->held_max || !buffer_add(&body->held, bytes.at, bytes.size)))
        TRY(move_to_file(body, err));
    body->size += bytes.size;
    return body->fd < 0 ? STATUS_OK : write_all(body->fd, bytes, err);
}

/* `body` becomes a source and is empty afterwards. The source frees its own struct without a budget and the bytes with theirs, so bytes
 * in memory are moved to a buffer of no budget; a validation's own budget counts what it decodes, not the batch. */
static enum status to_source(struct body *body, const char *name, struct source **out, struct error *err)
{
    TRY(source_from_memory(name, span_of(NULL, 0), NULL, out, err));
    (*out)->size = (int64_t)body->size;
    (*out)->unpacked_max = (int64_t)body->limit;
    if (body->fd >= 0) {
        (*out)->fd = body->fd;
        body->fd = -1;
    } else if (body->size) {
        struct buffer copy = {0};
        if (!buffer_add(&copy, body->held.at, body->held.size)) {
            source_close(*out);
            *out = NULL;
            return error_no_memory(err);
        }
        (*out)->memory_bytes = span_of(copy.at, copy.size);
        (*out)->owned = copy.at;
    }
    body_done(body);
    return STATUS_OK;
}

enum status body_text(struct body *body, struct arena *arena, struct span *out, struct error *err)
{
    char *text = arena_alloc(arena, body->size + 1);
    size_t at = 0;

    if (!text)
        return error_no_memory(err);
    if (body->fd < 0 && body->size)
        memcpy(text, body->held.at, body->size);
    while (body->fd >= 0 && at < body->size) {
        ssize_t n = pread(body->fd, text + at, body->size - at, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_set(err, STATUS_READ, "the body cannot be read back");
        at += (size_t)n;
    }
    *out = span_of(text, body->size);
    return STATUS_OK;
}

static enum status unpack_all(struct source *packed, struct body *into, struct error *err)
{
    struct stream *stream;
    uint8_t *bytes = mem_alloc(NULL, STEP);
    enum status status = bytes ? stream_open(packed, NULL, &stream, err) : error_no_memory(err);

    if (status == STATUS_OK) {
        size_t got = 1;
        while (status == STATUS_OK && got > 0) {
            status = stream_read(stream, bytes, STEP, &got, err);
            if (status == STATUS_OK)
                status = body_add(into, span_of(bytes, got), err);
        }
        stream_close(stream);
    }
    mem_free(NULL, bytes);
    return status;
}

static enum status check_encoding(struct source *packed, enum body_encoding encoding, struct error *err)
{
    static const enum packing packings[] = {PACKING_NONE, PACKING_GZIP, PACKING_ZSTD};
    uint8_t head[4];
    size_t n = packed->size < 4 ? (size_t)packed->size : 4;

    TRY(source_read(packed, 0, head, n, err));
    if (packing_of(span_of(head, n)) == packings[encoding])
        return STATUS_OK;
    error_source(err, packed->path);
    return error_set(err, STATUS_BAD_DATA, "the bytes are not in the encoding %s, as Content-Encoding says",
                     packing_name(packings[encoding]));
}

/* Unpacked at once, not while it is read: Parquet is read from its end, and a limit on what comes out holds for every format. */
enum status body_take(struct body *body, const char *name, enum body_encoding encoding, struct source **out, struct error *err)
{
    struct source *packed;
    struct body unpacked;
    enum status status;

    body_init(&unpacked, body->limit, body->held_max, body->held.memory, body->directory);
    *out = NULL;
    TRY(to_source(body, name, &packed, err));
    if (encoding == BODY_PLAIN) {
        *out = packed;
        return STATUS_OK;
    }
    status = check_encoding(packed, encoding, err);
    if (status == STATUS_OK)
        status = unpack_all(packed, &unpacked, err);
    if (status == STATUS_OK)
        status = to_source(&unpacked, name, out, err);
    source_close(packed);
    body_done(&unpacked);
    return status;
}
