/* readers/storage/window.c */
#include "readers/storage/window.h"

/* stream_skip where positions in the file are others than in the text. */
static enum status skip_foreign(struct window *w, int64_t n, struct error *err)
{
    uint8_t passed[4096];

    while (n > 0) {
        size_t got;
        TRY(stream_read(w->stream, passed, n < (int64_t)sizeof passed ? (size_t)n : sizeof passed, &got, err));
        if (got == 0)
            break;
        w->file_offset += charset_bytes(w->charset, span_of(passed, got));
        n -= (int64_t)got;
    }
    return STATUS_OK;
}

static enum status skip(struct window *w, int64_t n, struct error *err)
{
    if (w->charset != CHARSET_UTF8)
        return skip_foreign(w, n, err);
    w->file_offset = n;
    return stream_skip(w->stream, n, err);
}

int64_t window_file_offset(const struct window *w, size_t at)
{
    return w->file_offset + charset_bytes(w->charset, span_of(w->bytes, at));
}

/* A short text needs no more room than it has: a body of ten rows is opened several times, and each time fresh memory is cleared. One byte
 * more than the text, so that its end shows without growing. */
static size_t fitting(const struct stream *stream, const struct source *source, size_t capacity)
{
    return stream_is_plain(stream) && source->size >= 0 && (uint64_t)source->size < capacity ? (size_t)source->size + 1 : capacity;
}

enum status window_open(struct window *w, struct source *source, struct memory *memory, int64_t from,
                        size_t capacity, struct error *err)
{
    enum status status;

    *w = (struct window){.memory = memory, .source = source, .capacity = capacity, .offset = from, .charset = source->charset};
    TRY(stream_open(source, memory, &w->stream, err));
    w->capacity = fitting(w->stream, source, capacity);
    w->bytes = mem_alloc(memory, w->capacity + WINDOW_PADDING);
    status = w->bytes ? skip(w, from, err) : memory_error(memory, "the text window", err);
    if (status != STATUS_OK)
        window_close(w);
    return status;
}

enum status window_record_too_long(struct error *err)
{
    return error_set(err, STATUS_TOO_LARGE, "a record is longer than %d MiB (a quote that is never closed?)", RECORD_MAX_BYTES >> 20);
}

static enum status grow(struct window *w, struct error *err)
{
    /* The last step may be less than double: the limit is the same whatever the first window was. */
    size_t capacity = w->capacity < RECORD_MAX_BYTES / 2 ? w->capacity * 2 : RECORD_MAX_BYTES;
    uint8_t *bytes;

    if (w->capacity >= RECORD_MAX_BYTES) {
        err->byte = w->file_offset;
        return window_record_too_long(err);
    }
    bytes = mem_resize(w->memory, w->bytes, capacity + WINDOW_PADDING);
    if (!bytes)
        return memory_error(w->memory, "the text window", err);
    w->bytes = bytes;
    w->capacity = capacity;
    return STATUS_OK;
}

/* A packed text of some size may be unpacked by a thread of its own; where more of it arrives nobody can read ahead. */
static enum status begin(struct window *w, struct error *err)
{
    struct source *source = w->source;

    w->source = NULL;
    if (!source->reads_ahead || source->spool || stream_is_plain(w->stream) || source->size < AHEAD_MIN_BYTES)
        return STATUS_OK;
    return ahead_open(w->stream, w->memory, &w->ahead, err);
}

enum status window_slide(struct window *w, size_t keep, struct error *err)
{
    if (w->source)
        TRY(begin(w, err));
    if (keep == 0 && w->size == w->capacity && !w->is_end)
        TRY(grow(w, err));
    if (keep) {
        w->file_offset = window_file_offset(w, keep);
        memmove(w->bytes, w->bytes + keep, w->size - keep);
        w->size -= keep;
        w->offset += (int64_t)keep;
    }
    while (w->size < w->capacity && !w->is_end) {
        size_t got;
        TRY(w->ahead ? ahead_read(w->ahead, w->bytes + w->size, w->capacity - w->size, &got, err)
                     : stream_read(w->stream, w->bytes + w->size, w->capacity - w->size, &got, err));
        w->size += got;
        w->is_end = got == 0;
    }
    memset(w->bytes + w->size, 0, WINDOW_PADDING);
    return STATUS_OK;
}

void window_close(struct window *w)
{
    ahead_close(w->ahead);
    stream_close(w->stream);
    mem_free(w->memory, w->bytes);
    *w = (struct window){0};
}
