/* readers/parquet/encodings/delta_binary.c -- DELTA_BINARY_PACKED (Encodings.md, 5).
 *
 *     header    := block size, miniblocks per block, number of values (varints), first value (zigzag)
 *     block     := min delta (zigzag), a width in bits for each miniblock (a byte each), miniblocks
 *     miniblock := (delta - min delta) packed, least significant bit first, padded to its full number of values
 *
 * Sums wrap modulo 2^64; for INT32 the low half of that is the sum modulo 2^32, which is what the format asks for.
 * Miniblocks behind the last value have a width but no bytes. Some writers cut the padding of the last miniblock.
 */
#include "readers/parquet/encodings/encoding.h"
#include "readers/parquet/cursor.h"
#include "readers/parquet/thrift.h"

/* Writers use 128; a miniblock of 2^24 values of 64 bits is far from overflowing anything. */
enum { MAX_BLOCK = 1 << 24 };

/* Four or one of them: see varint_take. */
enum { VARINT_MOST = 10 };

const char *delta_start(struct delta *d, struct span in, struct cursor *from)
{
    uint64_t block, minis, total, first;

    *d = (struct delta){.in = in, .from = from};
    if (from) {
        const char *problem = cursor_more(from, &d->in, 4 * VARINT_MOST);
        if (problem)
            return problem;
    }
    if (!varint_take(&d->in, &block) || !varint_take(&d->in, &minis) || !varint_take(&d->in, &total) ||
        !varint_take(&d->in, &first))
        return "the header of deltas is broken";
    if (block == 0 || block > MAX_BLOCK || minis == 0 || minis > block || block % minis != 0 || (block / minis) % 8 != 0)
        return "the header of deltas has an impossible block size";
    d->n_left = total;
    d->last = (uint64_t)zigzag(first);
    d->per_mini = block / minis;
    d->n_minis = minis;
    return NULL;
}

/* Brings the next block into view, all of its miniblocks that have bytes: nothing points into the view between two blocks. */
static const char *view_block(struct delta *d)
{
    struct span rest, widths = {0};
    size_t size = 0;
    uint64_t n_minis = (d->n_left + d->per_mini - 1) / d->per_mini, ignored;
    const char *problem = cursor_more(d->from, &d->in, VARINT_MOST + (size_t)d->n_minis);

    rest = d->in;
    if (problem || !varint_take(&rest, &ignored) || !span_take(&rest, (size_t)d->n_minis, &widths))
        return problem; /* without a problem here: it is cut off, and next_miniblock says so */
    for (size_t i = 0; i < widths.size && i < n_minis; i++)
        size += (size_t)(d->per_mini / 8 * widths.at[i]); /* at most 2^24 values: no overflow */
    return cursor_more(d->from, &d->in, d->in.size - rest.size + size);
}

/* Makes the next miniblock current. Values are left. */
static const char *next_miniblock(struct delta *d)
{
    struct span width = {0};
    uint64_t needed = d->n_left < d->per_mini ? d->n_left : d->per_mini;
    size_t bytes;

    if (d->widths.size == 0) {
        uint64_t min_delta;
        const char *problem = d->from ? view_block(d) : NULL;

        if (problem)
            return problem;
        if (!varint_take(&d->in, &min_delta) || !span_take(&d->in, (size_t)d->n_minis, &d->widths))
            return "a block of deltas is cut off";
        d->min_delta = (uint64_t)zigzag(min_delta);
    }
    (void)span_take(&d->widths, 1, &width);
    d->width = width.at[0];
    if (d->width > 64)
        return "a delta has more than 64 bits";
    bytes = (size_t)(d->per_mini / 8 * d->width);
    if (bytes > d->in.size && (needed * d->width + 7) / 8 <= d->in.size)
        bytes = d->in.size;
    if (!span_take(&d->in, bytes, &d->packed))
        return "a miniblock of deltas is cut off";
    d->mini_left = needed;
    d->bit = 0;
    return NULL;
}

static void unpack(struct delta *d, int64_t *out, uint64_t n)
{
    const uint64_t mask = d->width < 64 ? ((uint64_t)1 << d->width) - 1 : ~(uint64_t)0;

    for (uint64_t i = 0; i < n; i++, d->bit += d->width) {
        size_t byte = (size_t)(d->bit >> 3);
        uint64_t x;

        if (d->width <= 57 && d->packed.size >= 8 && byte <= d->packed.size - 8) {
            memcpy(&x, d->packed.at + byte, sizeof x);
            x = (x >> (d->bit & 7)) & mask;
        } else {
            x = bits_get(d->packed, d->bit, d->width);
        }
        d->last += d->min_delta + x;
        out[i] = (int64_t)d->last;
    }
    d->mini_left -= n;
    d->n_left -= n;
}

const char *delta_next(struct delta *d, int64_t *out, int64_t n)
{
    if ((uint64_t)n > d->n_left)
        return values_too_few;
    if (n > 0 && !d->is_started) {
        d->is_started = true;
        d->n_left--;
        *out++ = (int64_t)d->last;
        n--;
    }
    while (n > 0) {
        uint64_t part;

        if (d->mini_left == 0) {
            const char *problem = next_miniblock(d);
            if (problem)
                return problem;
        }
        part = (uint64_t)n < d->mini_left ? (uint64_t)n : d->mini_left;
        unpack(d, out, part);
        out += part;
        n -= (int64_t)part;
    }
    return NULL;
}

const char *delta_end(struct delta *d, struct span *rest)
{
    if (d->n_left > 0 && !d->is_started) {
        d->is_started = true;
        d->n_left--;
    }
    d->n_left -= d->mini_left;
    while (d->n_left > 0) { /* each miniblock has a width in the input: the loop is bounded by its size */
        const char *problem = next_miniblock(d);
        if (problem)
            return problem;
        d->n_left -= d->mini_left;
    }
    *rest = d->in;
    return NULL;
}

static const char *start(struct values *v) { return delta_start(&v->lengths, v->in, v->from); }

static const char *next(struct values *v, int64_t n, struct raw *out)
{
    int64_t *to = values_room(v, &v->numbers, n, sizeof *to);
    const char *problem = to ? delta_next(&v->lengths, to, n) : values_no_memory;
    uint8_t *narrow;

    if (problem)
        return problem;
    *out = (struct raw){.fixed = (const uint8_t *)to};
    if (v->leaf->physical == PHYSICAL_INT64)
        return NULL;
    narrow = values_room(v, &v->fixed, n, 4);
    if (!narrow)
        return values_no_memory;
    for (int64_t i = 0; i < n; i++) {
        uint32_t x = (uint32_t)(uint64_t)to[i];
        memcpy(narrow + (size_t)i * 4, &x, 4);
    }
    out->fixed = narrow;
    return NULL;
}

const struct encoding encoding_delta_binary_packed = {
    "DELTA_BINARY_PACKED", ENCODING_DELTA_BINARY_PACKED, 1u << PHYSICAL_INT32 | 1u << PHYSICAL_INT64, start, next, NULL};
