/* readers/parquet/encodings/registry.c -- the encodings of data pages. */
#include "readers/parquet/encodings/encoding.h"

static const struct encoding *const rows[] = {
    &encoding_plain, &encoding_rle, &encoding_delta_binary_packed, &encoding_delta_length_byte_array,
    &encoding_delta_byte_array, &encoding_byte_stream_split,
};

const char values_no_memory[] = "no memory is left";
const char values_too_large[] = "the values expand beyond the largest page that is read";
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

void values_done(struct values *v)
{
    buffer_done(&v->fixed);
    buffer_done(&v->spans);
    buffer_done(&v->numbers);
    buffer_done(&v->bytes);
    buffer_done(&v->last);
}
