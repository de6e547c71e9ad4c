/* stats/fingerprint_save.c -- saved sets of fingerprints, cut by hash range.
 *
 *     {words, has_zero, zero_extra}                     8 bytes each
 *     256 times {n keys, n repeats}                     the directory
 *     256 times n keys, ascending; n struct repeat, ascending
 *
 * Equal sets have equal bytes, whatever was settled, written to the spill or merged when. The directory tells where each partition lies, so
 * states can be merged some partitions at a time, by several processes: a fingerprint is in one partition of all of them.
 */
#include "stats/fingerprint_parts.h"

#include <stdlib.h>

static const size_t stride = (size_t)0x9e3779b97f4a7c15; /* odd: visits every slot of a power of 2 */

enum { HEAD_WORDS = 3, DIRECTORY_WORDS = 2 * FINGERPRINT_PARTS };

static int compare_words(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (x[0] > y[0]) - (x[0] < y[0]);
}

static int compare_pairs(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return x[0] != y[0] ? (x[0] > y[0]) - (x[0] < y[0]) : (x[1] > y[1]) - (x[1] < y[1]);
}

static enum status pack_written(struct fingerprints *f, int p, struct buffer *out, struct error *err)
{
    struct fingerprint_pieces pieces = {.f = f, .extent = f->spilled ? f->spilled[p].keys : NULL};
    size_t item = (size_t)f->words * sizeof(uint64_t), n = 1;
    enum status status = STATUS_OK;

    while (n > 0 && status == STATUS_OK) {
        status = fingerprint_pieces_next(&pieces, item, &n, err);
        if (status == STATUS_OK && !buffer_add(out, pieces.buffer, n * item))
            status = fingerprints_no_room(f, err);
    }
    mem_free(f->memory, pieces.buffer);
    return status;
}

static enum status pack_keys(struct fingerprints *f, int p, struct buffer *out, uint64_t *n, struct error *err)
{
    size_t item = (size_t)f->words * sizeof(uint64_t), start = out->size;
    const struct fingerprint_part *part = &f->part[p];

    TRY(pack_written(f, p, out, err));
    for (const struct fingerprint_block *b = part->first; b; b = b->next)
        if (!buffer_add(out, b->at, (b == part->last ? fingerprints_last_n(f, p) : b->n) * item))
            return fingerprints_no_room(f, err);
    *n = (out->size - start) / item;
    if (*n)
        qsort(out->at + start, *n, item, f->words == 1 ? compare_words : compare_pairs);
    return STATUS_OK;
}

static enum status pack_repeats(struct fingerprints *f, int p, struct buffer *out, uint64_t *n, struct error *err)
{
    const struct fingerprint_part *part = &f->part[p];
    size_t start = out->size;

    TRY(fingerprints_window(f, p, p + 1, err));
    for (size_t i = 0; i < part->repeats_capacity; i++)
        if (part->repeats[i].extra && !buffer_add(out, &part->repeats[i], sizeof part->repeats[i]))
            return fingerprints_no_room(f, err);
    *n = part->n_repeats;
    if (*n)
        qsort(out->at + start, *n, sizeof(struct repeat), compare_words);
    return STATUS_OK;
}

enum status fingerprints_pack(struct fingerprints *f, struct buffer *out, struct error *err)
{
    uint64_t head[HEAD_WORDS] = {(uint64_t)f->words, f->has_zero, (uint64_t)f->zero_extra}, directory[DIRECTORY_WORDS] = {0};
    size_t at;

    TRY(fingerprints_settle(f, 1, err));
    if (!buffer_add(out, head, sizeof head))
        return fingerprints_no_room(f, err);
    at = out->size;
    if (!buffer_add(out, directory, sizeof directory))
        return fingerprints_no_room(f, err);
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        TRY(pack_keys(f, p, out, &directory[2 * p], err));
        TRY(pack_repeats(f, p, out, &directory[2 * p + 1], err));
    }
    memcpy(out->at + at, directory, sizeof directory);
    return fingerprints_window(f, 0, 0, err);
}

static bool take_words(struct span *bytes, uint64_t *out, size_t n)
{
    struct span part;

    if (!span_take(bytes, n * sizeof *out, &part))
        return false;
    memcpy(out, part.at, n * sizeof *out);
    return true;
}

static enum status unpack_item(struct fingerprints *f, int p, const uint64_t *item, bool is_repeat, struct error *err)
{
    if ((int)(item[0] >> 56) != p || item[0] == 0)
        return error_set(err, STATUS_BAD_DATA, "a saved set of fingerprints has one in the wrong place");
    if (!is_repeat)
        return fingerprints_put(f, item[0], item[1], err);
    if ((int64_t)item[1] <= 0)
        return error_set(err, STATUS_BAD_DATA, "a saved set of fingerprints counts a value %lld times", (long long)item[1]);
    return fingerprints_add_extra(f, p, item[0], (int64_t)item[1], err);
}

/* Saved keys ascend, so they are visited with a stride. */
static enum status unpack_items(struct fingerprints *f, int p, struct span all, size_t width, bool are_repeats, struct error *err)
{
    size_t n = all.size / (width * sizeof(uint64_t)), power = 1, at = 0;
    uint64_t item[2] = {0, 0};

    while (power < n)
        power *= 2;
    for (size_t i = 0; i < power; i++, at = (at + stride) & (power - 1)) {
        if (at >= n)
            continue;
        memcpy(item, all.at + at * width * sizeof(uint64_t), width * sizeof(uint64_t));
        TRY(unpack_item(f, p, item, are_repeats, err));
    }
    return STATUS_OK;
}

static enum status cut_short(struct error *err)
{
    return error_set(err, STATUS_BAD_DATA, "a saved set of fingerprints is cut short");
}

enum status fingerprints_unpack_parts(struct fingerprints *f, struct span bytes, int from, int to, struct error *err)
{
    uint64_t head[HEAD_WORDS], directory[DIRECTORY_WORDS];
    size_t width = (size_t)f->words;

    if (bytes.size == 0)
        return STATUS_OK;
    if (!take_words(&bytes, head, HEAD_WORDS) || head[0] != (uint64_t)f->words || head[1] > 1 || head[2] > INT64_MAX)
        return error_set(err, STATUS_BAD_DATA, "a saved set of fingerprints is of another kind");
    if (!take_words(&bytes, directory, DIRECTORY_WORDS))
        return cut_short(err);
    if (from == 0) {
        f->has_zero = head[1];
        f->zero_extra = (int64_t)head[2];
    }
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        struct span keys, repeats;
        size_t n_keys, n_repeats;

        if (!size_mul(directory[2 * p], width * sizeof(uint64_t), &n_keys) || !span_take(&bytes, n_keys, &keys) ||
            !size_mul(directory[2 * p + 1], sizeof(struct repeat), &n_repeats) || !span_take(&bytes, n_repeats, &repeats))
            return cut_short(err);
        if (p < from || p >= to)
            continue;
        TRY(unpack_items(f, p, keys, width, false, err));
        TRY(unpack_items(f, p, repeats, 2, true, err));
    }
    if (bytes.size)
        return error_set(err, STATUS_BAD_DATA, "a saved set of fingerprints has %zu bytes too many", bytes.size);
    return fingerprints_settle(f, 1, err);
}

enum status fingerprints_unpack(struct fingerprints *f, struct span bytes, struct error *err)
{
    return fingerprints_unpack_parts(f, bytes, 0, FINGERPRINT_PARTS, err);
}
