/* readers/parquet/encodings/registry.c -- the encodings of data pages. */
#include "readers/parquet/encodings/encoding.h"

static const struct encoding *const rows[] = {
    &encoding_plain, &encoding_rle, &encoding_delta_binary_packed, &encoding_delta_length_byte_array,
    &encoding_delta_byte_array, &encoding_byte_stream_split,
};

const char values_no_memory[] = "no memory is left";
const char values_too_large[] = "the values expand beyond the largest page that is read";
const char values_too_wide[] = "it is too large to be held, and its values are split into more than 64 streams of bytes";
const char values_too_few[] = "fewer values than the page declares";

const struct encoding *encoding_find(int id)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i]->id == id)
            return rows[i];
    return NULL;
}

const char *encoding_name(int id)
{
    const struct encoding *e = encoding_find(id);

    if (e)
        return e->name;
    return id == ENCODING_PLAIN_DICTIONARY ? "PLAIN_DICTIONARY"
           : id == ENCODING_RLE_DICTIONARY ? "RLE_DICTIONARY"
           : id == ENCODING_BIT_PACKED     ? "BIT_PACKED"
                                           : "unknown";
}

void *values_room(struct values *v, struct buffer *buffer, int64_t n, size_t item)
{
    size_t size;

    buffer->memory = v->memory;
    if (!size_mul((size_t)n, item, &size) || !buffer_reserve(buffer, size ? size : 1))
        return NULL;
    return buffer->at;
}

const char *values_open_part(struct values *v, size_t ahead, int32_t most)
{
    int32_t i = v->n_parts;

    if (!v->parts) {
        v->parts = mem_alloc(v->memory, (size_t)most * sizeof *v->parts);
        v->views = mem_alloc(v->memory, (size_t)most * sizeof *v->views);
        if (!v->parts || !v->views)
            return values_no_memory;
    }
    v->n_parts++;
    return cursor_open(&v->parts[i], v->from->page, cursor_position(v->from, v->in) + ahead, v->from->page->unpacked, &v->views[i]);
}

void values_close_parts(struct values *v)
{
    for (int32_t i = 0; i < v->n_parts; i++)
        cursor_close(&v->parts[i]);
    mem_free(v->memory, v->parts);
    mem_free(v->memory, v->views);
    v->prefixes_ahead.from = v->prefixes_ahead.n = v->lengths_ahead.from = v->lengths_ahead.n = 0;
    v->prefixes_ahead.problem = v->lengths_ahead.problem = NULL;
    v->parts = NULL;
    v->views = NULL;
    v->n_parts = 0;
}

const char *values_start_lengths(struct values *v, struct delta *d, int32_t most)
{
    const char *problem = NULL;
    struct delta walk;
    int32_t part = v->n_parts;

    if (v->from)
        problem = values_open_part(v, 0, most);
    if (!problem && v->from)
        problem = delta_start(d, v->views[part], &v->parts[part]);
    if (!problem)
        problem = delta_start(&walk, v->in, v->from);
    if (!problem && !v->from)
        *d = walk;
    return problem ? problem : delta_end(&walk, &v->in);
}

const char *values_lengths(struct delta *d, struct lengths_ahead *ahead, int64_t *out, int64_t n)
{
    int64_t known = n < ahead->n ? n : ahead->n;

    if (known > 0)
        memcpy(out, (const int64_t *)(const void *)ahead->lengths.at + ahead->from, (size_t)known * sizeof *out);
    ahead->from += known;
    ahead->n -= known;
    if (n > known && ahead->problem)
        return ahead->problem;
    return delta_next(d, out + known, n - known);
}

int64_t values_look_ahead(struct values *v, struct delta *d, struct lengths_ahead *ahead, int64_t n, const int64_t **out)
{
    uint64_t missing = n > ahead->n ? (uint64_t)(n - ahead->n) : 0;
    int64_t *at;

    if (missing > d->n_left)
        missing = d->n_left;
    if (!ahead->problem && missing > 0) {
        at = values_room(v, &ahead->lengths, ahead->from + n, sizeof *at);
        ahead->problem = at ? NULL : values_no_memory;
        if (at) {
            memmove(at, at + ahead->from, (size_t)ahead->n * sizeof *at);
            ahead->from = 0;
            ahead->problem = delta_next(d, at + ahead->n, (int64_t)missing);
        }
        if (!ahead->problem)
            ahead->n += (int64_t)missing;
    }
    *out = ahead->lengths.at ? (const int64_t *)(const void *)ahead->lengths.at + ahead->from : NULL; /* nothing was ever looked at */
    return ahead->n < n ? ahead->n : n;
}

const char *values_view_sum(struct values *v, const int64_t *lengths, int64_t n)
{
    size_t sum = 0, most = values_left(v);

    for (int64_t i = 0; v->from && i < n && lengths[i] >= 0 && (uint64_t)lengths[i] <= most - sum; i++)
        sum += (size_t)lengths[i];
    return values_more(v, sum);
}

void values_done(struct values *v)
{
    values_close_parts(v);
    buffer_done(&v->fixed);
    buffer_done(&v->spans);
    buffer_done(&v->numbers);
    buffer_done(&v->bytes);
    buffer_done(&v->last);
    buffer_done(&v->prefixes_ahead.lengths);
    buffer_done(&v->lengths_ahead.lengths);
}
