/* readers/parquet/cursor.c -- see cursor.h. */
#include "readers/parquet/cursor.h"

#include <libdeflate.h>

#include "readers/reader.h"

const char cursor_failed[] = "its bytes could not be unpacked";

static enum status read_packed(void *from, size_t at, void *into, size_t n, struct error *err)
{
    const struct page_bytes *page = from;

    return source_read(page->source, page->at + (int64_t)at, into, n, err);
}

static const char *result(struct page_bytes *page, enum status status)
{
    page->error.status = status;
    return status ? cursor_failed : NULL;
}

const char *cursor_open(struct cursor *c, struct page_bytes *page, size_t from, size_t to, struct span *in)
{
    struct codec_bytes bytes = {page, read_packed, page->packed};
    size_t window = page->window < CODEC_STREAM_WINDOW ? page->window : CODEC_STREAM_WINDOW;
    enum status status;

    *c = (struct cursor){.page = page, .window.memory = page->memory, .left = to - from};
    *in = (struct span){0};
    status = codec_stream_open(&c->stream, page->codec, &bytes, page->unpacked, window, page->memory, &page->error);
    if (!status)
        status = codec_stream_read(&c->stream, NULL, from, &page->error);
    return result(page, status);
}

const char *cursor_fill(struct cursor *c, struct span *in, size_t wanted)
{
    size_t kept = in->size, n = wanted - kept > c->page->window ? wanted - kept : c->page->window;
    int64_t started;
    enum status status;

    if (c->page->error.status) /* where a stream is after a failure nobody knows */
        return cursor_failed;
    n = n < c->left ? n : c->left; /* a window more than there is, for who asks for a few bytes at a time */
    if (kept && in->at != c->window.at)
        memmove(c->window.at, in->at, kept);
    *in = span_of(c->window.at, kept);
    if (!buffer_reserve(&c->window, kept + n))
        return result(c->page, memory_error(c->page->memory, c->page->what, &c->page->error));
    started = read_timer_start();
    status = codec_stream_read(&c->stream, c->window.at + kept, n, &c->page->error);
    read_timer_stop(&read_counters.decompress_nanos, started);
    if (c->page->codec->max_ratio != 1)
        read_counters.bytes_decompressed += (int64_t)n;
    c->left -= n;
    *in = span_of(c->window.at, status ? 0 : kept + n);
    return result(c->page, status);
}

void cursor_limit(struct cursor *c, struct span *in, size_t size)
{
    if (in->size > size)
        in->size = size;
    c->left = size - in->size;
}

size_t cursor_position(const struct cursor *c, struct span in) { return c->stream.made - in.size; }

const char *cursor_finish(struct cursor *c)
{
    return c->page->error.status ? cursor_failed : result(c->page, codec_stream_finish(&c->stream, &c->page->error));
}

void cursor_close(struct cursor *c)
{
    codec_stream_done(&c->stream);
    buffer_done(&c->window);
}

enum status page_bytes_check(const struct page_bytes *page, int64_t at, size_t size, uint32_t expected, struct error *err)
{
    struct buffer window = {.memory = page->memory};
    enum status status = STATUS_OK;
    uint32_t crc = 0;

    if (!buffer_reserve(&window, page->window))
        return memory_error(page->memory, page->what, err);
    while (size > 0 && status == STATUS_OK) {
        size_t n = size < page->window ? size : page->window;

        status = source_read(page->source, at, window.at, n, err);
        if (status == STATUS_OK)
            crc = libdeflate_crc32(crc, window.at, n);
        at += (int64_t)n;
        size -= n;
    }
    buffer_done(&window);
    if (status == STATUS_OK && crc != expected)
        return error_set(err, STATUS_BAD_DATA, "a page's checksum is %08x, its header says %08x", crc, expected);
    return status;
}
