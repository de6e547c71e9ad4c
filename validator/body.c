/* validator/body.c -- see body.h. */
#include "validator/body.h"

#include "readers/storage/source.h"
#include "readers/storage/stream.h"

enum { STEP = 256 << 10 };

void body_init(struct body *body, uint64_t limit, size_t held_max, struct memory *budget, const char *directory)
{
    *body = (struct body){.limit = limit, .held_max = held_max, .budget = budget, .directory = directory};
}

void body_done(struct body *body)
{
    spool_release(body->spool);
    body->spool = NULL;
}

static enum status start(struct body *body, struct error *err)
{
    if (!body->spool)
        body->spool = spool_new(body->limit, body->held_max, body->budget, body->directory);
    return body->spool ? STATUS_OK : error_no_memory(err);
}

enum status body_add(struct body *body, struct span bytes, struct error *err)
{
    TRY(start(body, err));
    return spool_add(body->spool, bytes, err);
}

enum status body_end(struct body *body, struct error *err)
{
    TRY(start(body, err));
    spool_end(body->spool);
    return STATUS_OK;
}

void body_fail(struct body *body, const struct error *why)
{
    if (body->spool)
        spool_fail(body->spool, why);
}

uint64_t body_size(const struct body *body)
{
    bool is_ended;

    return body->spool ? spool_size(body->spool, &is_ended) : 0;
}

bool body_unpacks_too_far(const struct body *body) { return body->spool && spool_is_unpacked_too_far(body->spool); }

static enum status to_source(struct body *body, const char *name, struct source **out, struct error *err)
{
    *out = NULL;
    TRY(start(body, err));
    TRY(source_from_spool(body->spool, name, out, err));
    (*out)->unpacked_max = (int64_t)body->limit;
    return STATUS_OK;
}

enum status body_text(struct body *body, struct arena *arena, struct span *out, struct error *err)
{
    uint64_t size = body_size(body);
    char *text = arena_alloc(arena, size + 1);
    size_t got = 0;

    if (!text)
        return error_no_memory(err);
    *out = span_of(text, size);
    for (uint64_t at = 0; at < size; at += got)
        TRY(spool_read(body->spool, (int64_t)at, text + at, size - at, &got, NULL, err));
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
    return status == STATUS_OK ? body_end(into, err) : status;
}

static enum status check_encoding(struct source *packed, enum body_encoding encoding, struct error *err)
{
    static const enum packing packings[] = {PACKING_NONE, PACKING_GZIP, PACKING_ZSTD};
    uint8_t head[4];
    size_t n = 0, got = 1;

    for (; n < sizeof head && got > 0; n += got)
        TRY(source_read_some(packed, (int64_t)n, head + n, sizeof head - n, &got, err));
    if (packing_of(span_of(head, n)) == packings[encoding])
        return STATUS_OK;
    error_source(err, packed->path);
    return error_set(err, STATUS_BAD_DATA, "the bytes are not in the encoding %s, as Content-Encoding says",
                     packing_name(packings[encoding]));
}

static enum status unpack_first(struct body *body, const char *name, struct source *packed, struct source **out, struct error *err)
{
    struct body unpacked;
    enum status status;

    body_init(&unpacked, body->limit, body->held_max, body->budget, body->directory);
    status = unpack_all(packed, &unpacked, err);
    if (status == STATUS_OK)
        status = to_source(&unpacked, name, out, err);
    body_done(&unpacked);
    return status;
}

enum status body_take(struct body *body, const char *name, enum body_encoding encoding, enum body_unpacking unpacking,
                      struct source **out, struct error *err)
{
    struct source *packed;
    enum status status;

    *out = NULL;
    TRY(to_source(body, name, &packed, err));
    status = encoding == BODY_PLAIN ? STATUS_OK : check_encoding(packed, encoding, err);
    if (status == STATUS_OK && (encoding == BODY_PLAIN || unpacking == BODY_UNPACK_WHILE_READ)) {
        *out = packed;
        return STATUS_OK;
    }
    if (status == STATUS_OK)
        status = unpack_first(body, name, packed, out, err);
    source_close(packed);
    return status;
}
