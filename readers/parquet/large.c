/* readers/parquet/large.c -- pages that are not held whole: levels and values through cursors.
 *
 *     v1: one compressed stream        a cursor for the repetition levels, one for the definition levels, one for the values
 *     v2: levels as they are           cursors over the file; one over the compressed values
 *
 * The rows that come of it are those of a page that is held whole, in chunks that may be shorter; what is broken behind a row is found when that row
 * was already given out, and nobody gives a verdict on a batch with such a page. The packed bytes are read once more for their checksum, at first.
 */
#include "readers/parquet/pages.h"

/* What a chunk's values are to stay near. */
enum { CHUNK_BYTES = 1 << 20 };

bool pages_is_large(const struct pages *p, const struct page_header *h)
{
    int64_t most = p->file->whole_page_bytes;

    return h->unpacked_size > most || h->packed_size > most;
}

void pages_drop_large(struct pages *p)
{
    p->is_large = false;
    p->values.from = NULL;
    p->start_problem = NULL;
    values_close_parts(&p->values);
    if (!p->large)
        return;
    cursor_close(&p->large->repetitions);
    cursor_close(&p->large->definitions);
    cursor_close(&p->large->values);
    mem_free(p->file->memory, p->large);
    p->large = NULL;
}

/* `size` packed bytes at `at`, of `unpacked`. */
static void set_bytes(const struct pages *p, struct page_bytes *bytes, const struct codec *codec, int64_t at, size_t size, size_t unpacked)
{
    size_t window = p->file->whole_page_bytes < CURSOR_WINDOW ? (size_t)p->file->whole_page_bytes : CURSOR_WINDOW;

    *bytes = (struct page_bytes){.source = p->file->table.source, .memory = p->file->memory, .codec = codec, .at = at, .packed = size, .what = "a part of a page",
                                 .unpacked = unpacked, .window = window < CURSOR_LEAST ? CURSOR_LEAST : window, .error = ERROR_NONE};
}

static const char too_long[] = "its levels are longer than the page";

/* Levels of a v1 page at unpacked offset *at, which moves behind them. NULL or what is wrong. */
static const char *open_levels(struct pages *p, struct cursor *c, int32_t encoding, int16_t max, struct hybrid *to, size_t *at)
{
    uint32_t width = level_width(max), declared = 0;
    struct page_bytes *bytes = &p->large->bytes;
    const char *problem;
    size_t size, head = 0;
    struct span in, skipped;

    if (encoding != ENCODING_BIT_PACKED && encoding != ENCODING_RLE)
        return "its levels have an encoding that is not for levels";
    problem = cursor_open(c, bytes, *at, bytes->unpacked, &in);
    size = ((size_t)p->values.n_page * width + 7) / 8;
    if (encoding == ENCODING_RLE && !problem) {
        problem = cursor_more(c, &in, 4);
        if (!problem && in.size < 4)
            return too_long;
        if (!problem)
            memcpy(&declared, in.at, 4);
        (void)span_take(&in, problem ? 0 : 4, &skipped);
        size = declared;
        head = 4;
    }
    if (problem)
        return problem;
    if (size > cursor_left(c, in))
        return too_long;
    cursor_limit(c, &in, size);
    if (encoding == ENCODING_RLE)
        hybrid_start_from(to, c, in, width);
    else
        hybrid_start_legacy_from(to, c, in, width, p->values.n_page);
    *at += head + size;
    return NULL;
}

static const char *open_v1(struct pages *p, const struct page_header *h, int64_t at)
{
    struct large_page *l = p->large;
    const char *problem = NULL;
    size_t from = 0;

    set_bytes(p, &l->bytes, p->codec, at, (size_t)h->packed_size, (size_t)h->unpacked_size);
    if (p->leaf->max_rep > 0)
        problem = open_levels(p, &l->repetitions, h->rep_encoding, p->leaf->max_rep, &p->repetitions, &from);
    if (!problem && p->leaf->max_def > 0)
        problem = open_levels(p, &l->definitions, h->def_encoding, p->leaf->max_def, &p->levels, &from);
    if (problem || p->need == NEED_NULLS)
        return problem;
    return cursor_open(&l->values, &l->bytes, from, l->bytes.unpacked, &p->values.in);
}

static const char *open_v2(struct pages *p, const struct page_header *h, int64_t at)
{
    struct large_page *l = p->large;
    const struct codec *plain = codec_find(0);
    int64_t levels_size = (int64_t)h->def_size + h->rep_size, size = h->unpacked_size - levels_size, packed = h->packed_size - levels_size;
    bool is_compressed = h->is_compressed || (p->file->writer.flags & QUIRK_V2_COMPRESSED);
    const char *problem = NULL;
    struct span in;

    if (h->def_size < 0 || h->rep_size < 0 || packed < 0 || size < 0)
        return too_long;
    set_bytes(p, &l->levels, plain, at, (size_t)levels_size, (size_t)levels_size);
    if (p->leaf->max_rep > 0) {
        problem = cursor_open(&l->repetitions, &l->levels, 0, (size_t)h->rep_size, &in);
        hybrid_start_from(&p->repetitions, &l->repetitions, in, level_width(p->leaf->max_rep));
    }
    if (!problem && p->leaf->max_def > 0) {
        problem = cursor_open(&l->definitions, &l->levels, (size_t)h->rep_size, (size_t)levels_size, &in);
        hybrid_start_from(&p->levels, &l->definitions, in, level_width(p->leaf->max_def));
    }
    if (problem || p->need == NEED_NULLS)
        return problem;
    if (!is_compressed && packed != size)
        return "its size without compression is not the declared one";
    set_bytes(p, &l->bytes, is_compressed ? p->codec : plain, at + levels_size, (size_t)packed, (size_t)size);
    return cursor_open(&l->values, &l->bytes, 0, (size_t)size, &p->values.in);
}

enum status pages_load_large(struct pages *p, const struct page_header *h, int64_t at, struct error *err)
{
    const char *problem;

    p->large = mem_alloc(p->file->memory, sizeof *p->large);
    if (!p->large)
        return memory_error(p->file->memory, "a page", err);
    if (h->has_crc && p->need == NEED_VALUES) {
        err->byte = p->page_at;
        set_bytes(p, &p->large->bytes, p->codec, at, (size_t)h->packed_size, 0);
        TRY(page_bytes_check(&p->large->bytes, at, (size_t)h->packed_size, h->crc, err));
        err->byte = -1;
    }
    problem = h->type == PAGE_DATA ? open_v1(p, h, at) : open_v2(p, h, at);
    if (problem)
        return pages_problem(p, problem, err);
    p->is_large = true;
    p->values.from = p->need == NEED_VALUES ? &p->large->values : NULL;
    return STATUS_OK;
}

enum status pages_finish(struct pages *p, struct error *err)
{
    const char *problem = NULL;

    if (p->is_large && p->values.from)
        problem = cursor_finish(p->values.from);
    p->is_large = false;
    return problem ? pages_problem(p, problem, err) : STATUS_OK;
}

int64_t pages_fit(struct pages *p, int64_t n)
{
    const char *ignored = NULL; /* a cursor that failed says so again */
    struct error err = ERROR_NONE;
    size_t budget = p->large && p->large->bytes.window < CURSOR_WINDOW ? p->large->bytes.window : CHUNK_BYTES, mean;

    if (!p->is_large || !p->values.from || p->is_dictionary || n <= 1)
        return n;
    if (pages_start_values(p, &err) != STATUS_OK) /* which is told where a value is wanted: it may be that all are null */
        return n;
    if (p->encoding->fit)
        return p->encoding->fit(&p->values, n, budget, &ignored);
    mean = p->large->bytes.unpacked / (size_t)p->values.n_page + 1;
    return budget / mean >= (size_t)n ? n : budget < mean ? 1 : (int64_t)(budget / mean);
}

/* The entries of a dictionary whose bytes are not held twice: of numbers only the entries are, of texts the unpacked bytes too. */
enum status pages_load_large_dictionary(struct pages *p, const struct page_header *h, int64_t at, struct error *err)
{
    struct page_bytes bytes;
    struct cursor c = {0};
    enum status status = STATUS_OK;
    const char *problem;
    struct span in;

    set_bytes(p, &bytes, p->codec, at, (size_t)h->packed_size, (size_t)h->unpacked_size);
    bytes.what = "a dictionary";
    err->byte = p->page_at;
    if (h->has_crc)
        TRY(page_bytes_check(&bytes, at, (size_t)h->packed_size, h->crc, err));
    problem = cursor_open(&c, &bytes, 0, bytes.unpacked, &in);
    if (!problem && p->leaf->physical >= PHYSICAL_BYTE_ARRAY)
        problem = cursor_more(&c, &in, bytes.unpacked);
    if (!problem)
        status = pages_decode_dictionary(p, in, &c, h->n_values, err);
    if (!problem && !status)
        problem = cursor_finish(&c);
    if (problem || bytes.error.status)
        status = pages_failed(p, &bytes.error, err);
    if (p->leaf->physical >= PHYSICAL_BYTE_ARRAY) { /* entries point into them */
        struct buffer old = p->dictionary_bytes;

        p->dictionary_bytes = c.window;
        c.window = old;
    }
    cursor_close(&c);
    if (!status)
        err->byte = -1;
    return status;
}
