/* readers/parquet/pages.c -- loading pages: window, header, checksum, levels, body.
 *
 *     v1: header | codec( repetition levels, definition levels, values )       levels in front of which their length stands
 *     v2: header | repetition levels | definition levels | codec( values )     lengths in the header
 *
 * README.md of parquet-format, "Data Pages". There are repetition levels only if something along the path is repeated, and
 * definition levels only if something is optional or repeated.
 */
#include "readers/parquet/pages.h"

#include <libdeflate.h>
#include <math.h>

#include "readers/parquet/thrift.h"

enum { PAGES_BLOCK = 128 << 10 };

static _Atomic uint64_t last_dictionary_id;

enum status pages_failed(const struct pages *p, const struct error *why, struct error *err)
{
    *err = *why;
    err->byte = p->page_at;
    return err->status;
}

enum status pages_problem(const struct pages *p, const char *problem, struct error *err)
{
    if (problem == cursor_failed && p->large)
        return pages_failed(p, p->large->levels.error.status ? &p->large->levels.error : &p->large->bytes.error, err);
    err->byte = p->page_at;
    if (problem == values_too_wide)
        return error_set(err, STATUS_TOO_LARGE, "a page cannot be read: %s", problem);
    if (problem == decimal_too_wide)
        return error_set(err, STATUS_UNSUPPORTED, "the column holds a decimal of more than 38 digits, which is not read");
    if (problem == values_no_memory)
        return memory_error(p->file->memory, "a page's values", err);
    return error_set(err, problem == values_too_large ? STATUS_TOO_LARGE : STATUS_BAD_DATA, "a page is broken: %s",
                     problem);
}

static enum status no_memory(const struct pages *p, struct error *err)
{
    return memory_error(p->file->memory, "a page", err);
}

static void count_unpacked(size_t n)
{
    read_counters.bytes_decompressed += (int64_t)n;
}

static enum status choose_codec(struct pages *p, struct error *err)
{
    p->codec = codec_find(p->chunk->codec);
    if (!p->codec)
        return error_set(err, STATUS_UNSUPPORTED, "the column is compressed by an unknown codec (%d)", p->chunk->codec);
    if (!p->codec->whole)
        return error_set(err, STATUS_UNSUPPORTED, "the column is compressed by %s, which is not read", p->codec->name);
    return STATUS_OK;
}

enum status pages_open(struct pages *p, const struct parquet_file *file, int32_t unit, int32_t column, enum need need,
                       struct codec_context *context, struct error *err)
{
    const struct row_group *group = &file->row_groups[unit];

    *p = (struct pages){.file = file, .leaf = &file->leaves[column], .chunk = &group->chunks[column], .need = need,
                        .context = context, .window_size = PAGES_WINDOW};
    p->values.leaf = p->leaf;
    p->width = lane_width(type_lane(file->table.schema.columns[column].type));
    p->values.memory = p->window.memory = p->body.memory = file->memory;
    p->dictionary_bytes.memory = p->entries.memory = file->memory;
    p->values.max_bytes = (size_t)file->max_page_bytes;
    if (p->chunk->is_encrypted)
        return error_set(err, STATUS_UNSUPPORTED, "the column is encrypted: no key is known");
    if (p->chunk->is_elsewhere)
        return error_set(err, STATUS_UNSUPPORTED, "the column's bytes are in another file");
    if (!p->chunk->has_metadata)
        return error_set(err, STATUS_BAD_DATA, "the column chunk has no metadata");
    if (p->leaf->max_rep == 0 && p->chunk->n_values != group->n_rows)
        return error_set(err, STATUS_BAD_DATA, "the column chunk has %lld values, the row group %lld rows",
                         (long long)p->chunk->n_values, (long long)group->n_rows);
    TRY(choose_codec(p, err));
    if (need == NEED_NULLS)
        p->window_size = PAGES_LEVELS_WINDOW;
    p->at = p->page_at = p->chunk->start;
    p->end = p->at + p->chunk->size;
    p->values_left = p->chunk->n_values;
    p->n_rows = group->n_rows;
    /* PARQUET-816: up to 100 bytes more are Arrow's remedy for chunk sizes without the dictionary page's header. */
    if ((file->writer.flags & QUIRK_CHUNK_SIZE) && p->end < file->footer_at)
        p->end += file->footer_at - p->end < 100 ? file->footer_at - p->end : 100;
    return STATUS_OK;
}

void pages_close(struct pages *p)
{
    buffer_done(&p->window);
    buffer_done(&p->body);
    buffer_done(&p->dictionary_bytes);
    buffer_done(&p->entries);
    pages_drop_large(p);
    values_done(&p->values);
}

/* Makes at least n bytes (no more than the chunk has left) visible from p->at on. */
static enum status window_fill(struct pages *p, size_t n, struct error *err)
{
    size_t have = p->window.size - p->window_from, want;
    int64_t left = p->end - p->at;

    if (have >= n)
        return STATUS_OK;
    want = n > p->window_size ? n : p->window_size;
    if ((uint64_t)want > (uint64_t)left)
        want = (size_t)left;
    if (have)
        memmove(p->window.at, p->window.at + p->window_from, have);
    p->window.size = have;
    p->window_from = 0;
    if (!buffer_reserve(&p->window, want))
        return no_memory(p, err);
    TRY(source_read(p->file->table.source, p->at + (int64_t)have, p->window.at + have, want - have, err));
    p->window.size = want;
    return STATUS_OK;
}

static struct span window_view(const struct pages *p)
{
    return span_of(p->window.at ? p->window.at + p->window_from : NULL, p->window.size - p->window_from);
}

/* n bytes may be fewer than are visible, or more: those are not read at all. */
static void window_advance(struct pages *p, size_t n)
{
    size_t have = p->window.size - p->window_from;

    p->at += (int64_t)n;
    if (n <= have)
        p->window_from += n;
    else
        p->window.size = p->window_from = 0;
}

static enum status window_take(struct pages *p, size_t n, struct span *out, struct error *err)
{
    TRY(window_fill(p, n, err));
    *out = span_of(window_view(p).at, n);
    window_advance(p, n);
    return STATUS_OK;
}

static enum status check_header(const struct pages *p, const struct page_header *h, struct error *err)
{
    err->byte = p->page_at;
    if (h->packed_size < 0 || h->unpacked_size < 0)
        return error_set(err, STATUS_BAD_DATA, "a page has the sizes %d and %d", h->packed_size, h->unpacked_size);
    if (h->packed_size > p->end - p->at)
        return error_set(err, STATUS_BAD_DATA, "a page of %d bytes is declared where %lld are left of the column chunk",
                         h->packed_size, (long long)(p->end - p->at));
    if (h->unpacked_size > p->file->max_page_bytes && h->unpacked_size / PARQUET_LARGE_PAGE_RATIO > h->packed_size)
        return error_set(err, STATUS_TOO_LARGE, "a page of %d bytes is declared that is packed into %d, and more than %lld are read only where "
                         "their packed bytes are at least 1/%d of that", h->unpacked_size, h->packed_size, (long long)p->file->max_page_bytes,
                         PARQUET_LARGE_PAGE_RATIO);
    if ((h->type == PAGE_DATA || h->type == PAGE_DATA_V2 || h->type == PAGE_DICTIONARY) &&
        (!h->has_part || h->n_values < 0))
        return error_set(err, STATUS_BAD_DATA, "a page's header does not say how many values it has");
    err->byte = -1;
    return STATUS_OK;
}

/* Headers are some dozens of bytes, but may hold statistics of any length: parsed again with more bytes as long as
 * there are more. */
static enum status next_header(struct pages *p, struct page_header *h, struct error *err)
{
    size_t n = 256;

    p->page_at = p->at;
    for (;;) {
        struct thrift t;
        size_t left = (size_t)(p->end - p->at), visible;

        if (left == 0)
            return pages_problem(p, "the column chunk ends before its last value", err);
        TRY(window_fill(p, n < left ? n : left, err));
        visible = p->window.size - p->window_from;
        thrift_start(&t, window_view(p));
        page_header_read(&t, h);
        if (t.problem && t.is_short && visible < left && visible < PAGES_MAX_HEADER) {
            n = visible * 4;
            continue;
        }
        if (t.problem)
            return pages_problem(p, t.problem, err);
        window_advance(p, thrift_position(&t));
        return check_header(p, h, err);
    }
}

/* The bytes of the page as they are in the file; their checksum is verified where there is one (README.md,
 * "Checksumming": CRC-32 of gzip over the page as written). */
static enum status page_bytes(struct pages *p, const struct page_header *h, struct span *out, struct error *err)
{
    uint32_t crc;

    TRY(window_take(p, (size_t)h->packed_size, out, err));
    if (!h->has_crc)
        return STATUS_OK;
    crc = libdeflate_crc32(0, out->at, out->size);
    if (crc == h->crc)
        return STATUS_OK;
    err->byte = p->page_at;
    return error_set(err, STATUS_BAD_DATA, "a page's checksum is %08x, its header says %08x", crc, h->crc);
}

/* The first `size` bytes of the page, or all of it where it is short: only then its checksum can be verified. The page
 * is passed over by page_leave. */
static enum status page_front(struct pages *p, const struct page_header *h, size_t size, struct span *out, struct error *err)
{
    size_t packed = (size_t)h->packed_size;

    if (packed <= PAGES_LEVELS_WINDOW)
        size = packed;
    size = size < packed ? size : packed;
    TRY(window_fill(p, size, err));
    *out = span_of(window_view(p).at, size);
    if (size < packed || !h->has_crc || libdeflate_crc32(0, out->at, size) == h->crc)
        return STATUS_OK;
    return page_bytes(p, h, out, err); /* which says what is wrong */
}

/* What page_front showed is good until the next page's header is asked for. */
static void page_leave(struct pages *p, const struct page_header *h)
{
    window_advance(p, (size_t)h->packed_size);
}

/* Unpacks into *buffer, or gives a view where nothing is packed. */
static enum status unpack(struct pages *p, struct buffer *buffer, struct span in, size_t size, struct span *out,
                          struct error *err)
{
    enum status status;
    int64_t started;

    err->byte = p->page_at;
    if (size == 0 || p->codec->max_ratio == 1) {
        if (size && in.size != size)
            return error_set(err, STATUS_BAD_DATA, "a page without compression has %zu bytes, %zu are declared",
                             in.size, size);
        *out = span_of(in.at, size);
        err->byte = -1;
        return STATUS_OK;
    }
    TRY(codec_check_sizes(p->codec, in.size, size, err));
    if (!buffer_reserve(buffer, size))
        return no_memory(p, err);
    started = read_timer_start();
    status = p->codec->whole(p->context, in, buffer->at, size, err);
    read_timer_stop(&read_counters.decompress_nanos, started);
    count_unpacked(size);
    *out = span_of(buffer->at, size);
    if (!status)
        err->byte = -1;
    return status;
}

/* Can this codec stop after `size` bytes of the page, and is that worth it? */
static bool stops_early(const struct pages *p, const struct page_header *h, size_t size)
{
    size_t total = (size_t)h->unpacked_size;

    return p->codec->max_ratio == 1 || (p->codec->prefix && size < total && total >= p->codec->prefix_from);
}

/* The first `size` bytes of the page. `in` may be its front alone: then *is_cut tells where that was not enough. */
static enum status unpack_prefix(struct pages *p, const struct page_header *h, struct span in, size_t size, struct span *out,
                                 bool *is_cut, struct error *err)
{
    size_t total = (size_t)h->unpacked_size;
    bool is_whole = in.size == (size_t)h->packed_size, is_early = stops_early(p, h, size);

    *is_cut = !is_whole && !is_early;
    if (*is_cut)
        return STATUS_OK;
    if (is_early && !is_whole && p->codec->max_ratio == 1) {
        *is_cut = in.size < size;
        *out = span_of(in.at, *is_cut ? 0 : size);
        return STATUS_OK;
    }
    if (is_early && p->codec->max_ratio != 1) {
        int64_t started = read_timer_start();
        struct error ignored = ERROR_NONE; /* a frame of a kind that cannot be streamed: the whole tells what is wrong, if anything */

        err->byte = p->page_at;
        TRY(codec_check_sizes(p->codec, (size_t)h->packed_size, total, err));
        err->byte = -1;
        if (!buffer_reserve(&p->body, size))
            return no_memory(p, err);
        *out = span_of(p->body.at, size);
        if (p->codec->prefix(p->context, in, p->body.at, size, &ignored) == STATUS_OK) {
            read_timer_stop(&read_counters.decompress_nanos, started);
            count_unpacked(size);
            return STATUS_OK;
        }
        *is_cut = !is_whole;
        if (*is_cut)
            return STATUS_OK;
    }
    TRY(unpack(p, &p->body, in, total, out, err));
    out->size = size < total ? size : total;
    return STATUS_OK;
}

/* Cuts levels of one kind off a v1 body and adds to *needed how many bytes of the body that takes: more than there are where
 * they do not end in it. */
static enum status take_level(struct pages *p, int32_t n, int32_t encoding, int16_t max, struct hybrid *to, struct span *body,
                              size_t *needed, struct error *err)
{
    uint32_t width = level_width(max), size = 0;
    struct span head, levels;

    if (encoding == ENCODING_BIT_PACKED) {
        size_t packed = ((size_t)n * width + 7) / 8;

        *needed += packed;
        if (span_take(body, packed, &levels))
            hybrid_start_legacy(to, levels, width, n);
        return STATUS_OK;
    }
    if (encoding != ENCODING_RLE)
        return pages_problem(p, "its levels have an encoding that is not for levels", err);
    *needed += 4;
    if (!span_take(body, 4, &head))
        return STATUS_OK;
    memcpy(&size, head.at, 4);
    *needed += size;
    if (span_take(body, size, &levels))
        hybrid_start(to, levels, width);
    return STATUS_OK;
}

/* Repetition levels come first. *needed is to be compared with the size of the body: what is cut off must have been there. */
static enum status take_levels(struct pages *p, const struct page_header *h, struct span *body, size_t *needed,
                               struct error *err)
{
    size_t size = body->size;

    *needed = 0;
    if (p->leaf->max_rep > 0)
        TRY(take_level(p, h->n_values, h->rep_encoding, p->leaf->max_rep, &p->repetitions, body, needed, err));
    if (p->leaf->max_def > 0 && *needed <= size)
        TRY(take_level(p, h->n_values, h->def_encoding, p->leaf->max_def, &p->levels, body, needed, err));
    return STATUS_OK;
}

/* How many bytes packed levels of a v1 page take, and some. */
static size_t guess_levels_size(const struct pages *p, const struct page_header *h)
{
    size_t n = (size_t)h->n_values;

    return 64 + n * (level_width(p->leaf->max_def) + level_width(p->leaf->max_rep)) / 8 + n / 64;
}

/* How many bytes of the packed page the first `size` bytes of it can lie in: LZ4 and Snappy grow by less than 1/6 (and a literal
 * that runs on), zstd unpacks blocks of 128 KiB that are never packed into more; where it is not enough the whole page is read. */
static size_t front_size(const struct pages *p, size_t size)
{
    return p->codec->max_ratio == 1 ? size : (size / PAGES_BLOCK + 1) * (PAGES_BLOCK + PAGES_BLOCK / 8);
}

static enum status show_prefix(struct pages *p, const struct page_header *h, size_t size, struct span *out, struct error *err)
{
    struct span in;
    bool is_cut;

    TRY(page_front(p, h, front_size(p, size), &in, err));
    TRY(unpack_prefix(p, h, in, size, out, &is_cut, err));
    if (!is_cut)
        return STATUS_OK;
    TRY(window_fill(p, (size_t)h->packed_size, err));
    return unpack_prefix(p, h, span_of(window_view(p).at, (size_t)h->packed_size), size, out, &is_cut, err);
}

/* Where the guess is too small the second attempt knows how long the repetition levels are, the third the definition levels. */
static enum status load_levels_only(struct pages *p, const struct page_header *h, struct error *err)
{
    size_t total = (size_t)h->unpacked_size, guess = guess_levels_size(p, h), size = guess, needed = 0;

    for (int attempt = 0; attempt < 3 && p->leaf->max_def > 0; attempt++) {
        struct span body;

        size = size < total ? size : total;
        TRY(show_prefix(p, h, size, &body, err));
        TRY(take_levels(p, h, &body, &needed, err));
        if (needed <= size)
            break;
        if (needed > total || attempt == 2)
            return pages_problem(p, "its levels are longer than the page", err);
        size = p->leaf->max_rep > 0 && attempt == 0 ? needed + guess : needed;
    }
    page_leave(p, h);
    return STATUS_OK;
}

static enum status load_v1(struct pages *p, const struct page_header *h, struct error *err)
{
    struct span in, body;
    size_t needed = 0;

    if (p->need == NEED_NULLS)
        return load_levels_only(p, h, err);
    TRY(page_bytes(p, h, &in, err));
    TRY(unpack(p, &p->body, in, (size_t)h->unpacked_size, &body, err));
    if (p->leaf->max_def > 0) {
        TRY(take_levels(p, h, &body, &needed, err));
        if (needed > (size_t)h->unpacked_size)
            return pages_problem(p, "its levels are longer than the page", err);
    }
    p->values.in = body;
    return STATUS_OK;
}

static enum status load_v2(struct pages *p, const struct page_header *h, struct error *err)
{
    struct span in, levels, repetitions;
    int64_t levels_size = (int64_t)h->def_size + h->rep_size, size = h->unpacked_size - levels_size;
    bool is_compressed = h->is_compressed || (p->file->writer.flags & QUIRK_V2_COMPRESSED);

    if (h->def_size < 0 || h->rep_size < 0 || levels_size > h->packed_size || size < 0)
        return pages_problem(p, "its levels are longer than the page", err);
    if (p->need == NEED_NULLS)
        TRY(page_front(p, h, (size_t)levels_size, &in, err));
    else
        TRY(page_bytes(p, h, &in, err));
    if (!span_take(&in, (size_t)h->rep_size, &repetitions) || !span_take(&in, (size_t)h->def_size, &levels))
        return pages_problem(p, "its levels are longer than the page", err);
    if (p->leaf->max_rep > 0)
        hybrid_start(&p->repetitions, repetitions, level_width(p->leaf->max_rep));
    if (p->leaf->max_def > 0)
        hybrid_start(&p->levels, levels, level_width(p->leaf->max_def));
    if (p->need == NEED_NULLS) {
        page_leave(p, h);
        return STATUS_OK;
    }
    if (is_compressed)
        return unpack(p, &p->body, in, (size_t)size, &p->values.in, err);
    if ((int64_t)in.size != size)
        return pages_problem(p, "its size without compression is not the declared one", err);
    p->values.in = in;
    return STATUS_OK;
}

static enum status choose_encoding(struct pages *p, const struct page_header *h, struct error *err)
{
    p->is_started = false;
    p->is_dictionary = h->encoding == ENCODING_PLAIN_DICTIONARY || h->encoding == ENCODING_RLE_DICTIONARY;
    if (p->is_dictionary || p->need == NEED_NULLS)
        return STATUS_OK;
    p->encoding = encoding_find(h->encoding);
    err->byte = p->page_at;
    if (!p->encoding)
        return error_set(err, STATUS_UNSUPPORTED, "a page has the encoding %s (%d), which is not read",
                         encoding_name(h->encoding), h->encoding);
    if (!(p->encoding->physicals & 1u << p->leaf->physical))
        return error_set(err, STATUS_BAD_DATA, "a page has the encoding %s, which is not for its type",
                         p->encoding->name);
    err->byte = -1;
    return STATUS_OK;
}

static enum status load_data(struct pages *p, const struct page_header *h, struct error *err)
{
    TRY(pages_finish(p, err));
    pages_drop_large(p);
    if (h->n_values > p->values_left)
        return pages_problem(p, "the pages have more values than the column chunk", err);
    p->values_left -= h->n_values;
    p->page_left = p->values.n_page = h->n_values;
    if (h->n_values == 0) {
        window_advance(p, (size_t)h->packed_size);
        return STATUS_OK;
    }
    TRY(choose_encoding(p, h, err));
    read_counters.pages_decoded += 1;
    if (pages_is_large(p, h)) {
        int64_t at = p->at;

        window_advance(p, (size_t)h->packed_size);
        return pages_load_large(p, h, at, err);
    }
    return h->type == PAGE_DATA ? load_v1(p, h, err) : load_v2(p, h, err);
}

/* Looked at once, so that nobody looks at each row. */
static bool are_finite(const struct pages *p)
{
    const double *x = (const double *)(const void *)p->entries.at;
    double low = INFINITY, high = -INFINITY;

    if (type_lane(p->file->table.schema.columns[p->leaf - p->file->leaves].type) != LANE_F64)
        return false;
    for (int64_t i = 0; i < p->n_entries; i++) {
        if (isnan(x[i]))
            return false;
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    return p->n_entries > 0 && low > -INFINITY && high < INFINITY;
}

/* In pieces, so that what is between the bytes and the entries stays small. */
static const char *decode_entries(struct pages *p, struct values *values, int64_t n)
{
    const char *problem = encoding_plain.start(values);

    for (int64_t at = 0, part; at < n && !problem; at += part) {
        uint8_t *to = p->entries.at + (size_t)at * p->width;
        struct raw raw = {0};

        part = n - at < CHUNK_MAX_ROWS ? n - at : CHUNK_MAX_ROWS;
        problem = encoding_plain.next(values, part, &raw);
        if (!problem)
            problem = p->leaf->convert(p->leaf, raw, part, to);
        if (!problem && p->cast)
            problem = cast_values(p->cast, to, part);
    }
    return problem;
}

/* The declared number of entries is checked against the bytes that they need before memory is taken for them. */
enum status pages_decode_dictionary(struct pages *p, struct span body, struct cursor *from, int64_t n, struct error *err)
{
    struct values values = {.leaf = p->leaf, .in = body, .from = from, .n_page = n, .memory = p->file->memory};
    size_t least = p->leaf->fixed_width ? (size_t)p->leaf->fixed_width : 4, size;
    const char *problem;

    if (p->leaf->physical == PHYSICAL_BOOLEAN)
        return pages_problem(p, "booleans have no dictionary", err);
    if ((uint64_t)n > values_left(&values) / least)
        return pages_problem(p, "its dictionary has fewer entries than declared", err);
    if (!size_mul((size_t)n, p->width, &size) || !buffer_reserve(&p->entries, size ? size : 1))
        return memory_error(p->file->memory, "a dictionary", err);
    problem = decode_entries(p, &values, n);
    values_done(&values);
    if (problem)
        return pages_problem(p, problem, err);
    p->n_entries = n;
    p->entries_are_finite = p->width == sizeof(double) && are_finite(p);
    p->has_dictionary = true;
    p->dictionary_id = atomic_fetch_add_explicit(&last_dictionary_id, 1, memory_order_relaxed) + 1;
    return STATUS_OK;
}

static enum status load_dictionary(struct pages *p, const struct page_header *h, struct error *err)
{
    struct span in, body;

    if (p->has_dictionary || p->is_deferred)
        return pages_problem(p, "the column chunk has a second dictionary", err);
    if (p->need == NEED_NULLS) {
        window_advance(p, (size_t)h->packed_size);
        return STATUS_OK;
    }
    if (h->encoding != ENCODING_PLAIN && h->encoding != ENCODING_PLAIN_DICTIONARY)
        return pages_problem(p, "its dictionary is not PLAIN", err);
    if (pages_is_large(p, h)) {
        int64_t at = p->at;

        window_advance(p, (size_t)h->packed_size);
        return pages_load_large_dictionary(p, h, at, err);
    }
    TRY(page_bytes(p, h, &in, err));
    TRY(unpack(p, &p->dictionary_bytes, in, (size_t)h->unpacked_size, &body, err));
    /* Entries point into these bytes, and a view of the window does not last. */
    if (body.at != p->dictionary_bytes.at && p->leaf->physical >= PHYSICAL_BYTE_ARRAY && body.size > 0) {
        if (!buffer_reserve(&p->dictionary_bytes, body.size))
            return no_memory(p, err);
        memcpy(p->dictionary_bytes.at, body.at, body.size);
        body.at = p->dictionary_bytes.at;
    }
    return pages_decode_dictionary(p, body, NULL, h->n_values, err);
}

static bool is_data(const struct page_header *h) { return h->type == PAGE_DATA || h->type == PAGE_DATA_V2; }

/* By a cursor of its own, for this one's window holds the page at hand. */
static enum status fetch_dictionary(struct pages *p, struct error *err)
{
    struct pages other = {.file = p->file, .leaf = p->leaf, .chunk = p->chunk, .codec = p->codec, .context = p->context,
                          .need = p->need, .cast = p->cast, .width = p->width, .at = p->chunk->start, .end = p->end,
                          .window_size = PAGES_HEADER_WINDOW};
    enum status status;

    other.window.memory = other.dictionary_bytes.memory = other.entries.memory = p->file->memory;
    status = pages_load_dictionary(&other, err);
    if (!status && other.has_dictionary) {
        struct buffer bytes = p->dictionary_bytes, entries = p->entries;

        p->dictionary_bytes = other.dictionary_bytes;
        p->entries = other.entries;
        other.dictionary_bytes = bytes;
        other.entries = entries;
        p->n_entries = other.n_entries;
        p->entries_are_finite = other.entries_are_finite;
        p->dictionary_id = other.dictionary_id;
        p->has_dictionary = true;
    }
    p->is_deferred = false;
    pages_close(&other);
    return status;
}

static enum status load_page(struct pages *p, const struct page_header *h, struct error *err)
{
    if (is_data(h)) {
        bool is_indices = h->encoding == ENCODING_PLAIN_DICTIONARY || h->encoding == ENCODING_RLE_DICTIONARY;

        if (p->is_deferred && is_indices)
            TRY(fetch_dictionary(p, err));
        return load_data(p, h, err);
    }
    if (h->type == PAGE_DICTIONARY)
        return load_dictionary(p, h, err);
    window_advance(p, (size_t)h->packed_size); /* index pages, and types that came later: skipped */
    return STATUS_OK;
}

static enum status next_page(struct pages *p, struct page_header *h, struct error *err)
{
    if (p->values_left == 0)
        return pages_problem(p, "the column chunk ends before its last value", err);
    return next_header(p, h, err);
}

enum status pages_next(struct pages *p, struct error *err)
{
    while (p->page_left == 0) {
        struct page_header h;

        TRY(next_page(p, &h, err));
        TRY(load_page(p, &h, err));
    }
    return STATUS_OK;
}

/* Of what is passed over only the headers are read: a window of the usual size would be all of it. */
static enum status next_to_skip(struct pages *p, struct page_header *h, struct error *err)
{
    size_t window = p->window_size;
    enum status status;

    p->window_size = window < PAGES_HEADER_WINDOW ? window : PAGES_HEADER_WINDOW;
    status = next_page(p, h, err);
    p->window_size = window;
    return status;
}

enum status pages_skip(struct pages *p, int64_t *n, struct error *err)
{
    while (*n > 0 && p->page_left == 0) {
        struct page_header h;

        TRY(next_to_skip(p, &h, err));
        if (h.type == PAGE_DICTIONARY && p->need == NEED_VALUES && !p->has_dictionary && p->page_at == p->chunk->start) {
            window_advance(p, (size_t)h.packed_size);
            p->is_deferred = true;
            continue;
        }
        if (!is_data(&h) || h.n_values > *n || h.n_values > p->values_left) {
            TRY(load_page(p, &h, err));
            continue;
        }
        window_advance(p, (size_t)h.packed_size);
        p->values_left -= h.n_values;
        *n -= h.n_values;
    }
    return STATUS_OK;
}

/* The window is forgotten, so the next header is read at `at`. */
static void move_to(struct pages *p, int64_t at)
{
    p->window.size = p->window_from = 0;
    p->at = p->page_at = at;
}

enum status pages_jump(struct pages *p, const struct page_place *place, struct error *err)
{
    struct error ignored = ERROR_NONE;
    size_t window = p->window_size, extent = (size_t)(place->extent < PAGES_WINDOW ? place->extent : PAGES_WINDOW);
    struct page_header h;
    bool is_there;

    (void)err;
    if (place->offset < p->chunk->start || place->offset >= p->end || place->extent <= 0 || place->first_row == 0)
        return STATUS_OK;
    p->window_size = extent < window ? extent : window;
    move_to(p, place->offset);
    is_there = next_header(p, &h, &ignored) == STATUS_OK && is_data(&h) && h.n_values == place->n_rows &&
               p->at - place->offset + h.packed_size == place->size && place->first_row < p->values_left;
    if (!is_there) {
        p->window_size = window;
        move_to(p, p->chunk->start);
        return STATUS_OK;
    }
    p->window_from -= (size_t)(p->at - place->offset); /* the header is still in the window */
    p->at = place->offset;
    p->values_left -= place->first_row;
    p->is_deferred = p->need == NEED_VALUES; /* a dictionary, if there is one, was passed over */
    return STATUS_OK;
}

enum status pages_measure(struct pages *p, int64_t *n_values, struct error *err)
{
    p->window_size = PAGES_HEADER_WINDOW;
    *n_values = 0;
    while (p->values_left > 0 && *n_values == 0) {
        struct page_header h;

        TRY(next_header(p, &h, err));
        window_advance(p, (size_t)h.packed_size);
        if (!is_data(&h))
            continue;
        if (h.n_values > p->values_left)
            return pages_problem(p, "the pages have more values than the column chunk", err);
        p->values_left -= h.n_values;
        *n_values = h.n_values;
    }
    return STATUS_OK;
}

enum status pages_load_dictionary(struct pages *p, struct error *err)
{
    struct page_header h;
    int64_t at = p->at;

    if (p->has_dictionary || p->at != p->chunk->start || p->chunk->size == 0)
        return STATUS_OK;
    TRY(next_header(p, &h, err));
    if (h.type == PAGE_DICTIONARY)
        return load_dictionary(p, &h, err);
    p->window_from -= (size_t)(p->at - at); /* the header is still in the window: back to its start */
    p->at = at;
    return STATUS_OK;
}

enum status pages_walk(struct pages *p, bool *all_dictionary, struct error *err)
{
    p->window_size = PAGES_HEADER_WINDOW;
    *all_dictionary = false;
    while (p->values_left > 0) {
        struct page_header h;

        TRY(next_header(p, &h, err));
        window_advance(p, (size_t)h.packed_size);
        if (!is_data(&h))
            continue;
        if (h.encoding != ENCODING_PLAIN_DICTIONARY && h.encoding != ENCODING_RLE_DICTIONARY)
            return STATUS_OK;
        if (h.n_values > p->values_left)
            return pages_problem(p, "the pages have more values than the column chunk", err);
        p->values_left -= h.n_values;
    }
    *all_dictionary = true;
    return STATUS_OK;
}

enum status pages_start_values(struct pages *p, struct error *err)
{
    struct span width;

    if (p->is_started)
        return p->start_problem ? pages_problem(p, p->start_problem, err) : STATUS_OK;
    p->is_started = true;
    p->start_problem = p->is_dictionary ? values_more(&p->values, 1) : NULL;
    if (p->start_problem) {
        /* its bytes are not to be had */
    } else if (!p->is_dictionary) {
        p->start_problem = p->encoding->start(&p->values);
    } else if (!p->has_dictionary) {
        p->start_problem = "it needs a dictionary, and there is none";
    } else if (!span_take(&p->values.in, 1, &width)) {
        p->start_problem = "it ends before its dictionary indices";
    } else if (width.at[0] > 32) {
        p->start_problem = "its dictionary indices have more than 32 bits";
    } else if (p->values.from) {
        hybrid_start_from(&p->indices, p->values.from, p->values.in, width.at[0]);
    } else {
        hybrid_start(&p->indices, p->values.in, width.at[0]);
    }
    if (p->is_dictionary && !p->start_problem)
        hybrid_wants_runs(&p->indices);
    return p->start_problem ? pages_problem(p, p->start_problem, err) : STATUS_OK;
}
