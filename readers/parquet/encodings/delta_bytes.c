/* readers/parquet/encodings/delta_bytes.c -- DELTA_BYTE_ARRAY (Encodings.md, 7): each value is a prefix of the one before it and
 * a suffix.
 *
 *     prefix lengths (deltas) | suffix lengths (deltas) | suffixes
 *
 * A few bytes can describe values of any size (a prefix of a megabyte, eight thousand times), so the sum of what a chunk needs is
 * checked before memory is taken, and a value equal to the one before it takes none.
 */
#include "readers/parquet/encodings/encoding.h"

static const char *start(struct values *v)
{
    const char *problem = values_start_lengths(v, &v->prefixes, 2);

    if (!problem)
        problem = values_start_lengths(v, &v->lengths, 2);
    v->last.size = 0;
    return problem;
}

/* Checks the lengths against each other and what is left, and sums up the bytes of values that must be built. */
static const char *measure(const struct values *v, const int64_t *prefix, const int64_t *suffix, int64_t n, size_t *sum)
{
    size_t left = v->in.size;
    size_t before = v->last.size;

    *sum = 0;
    for (int64_t i = 0; i < n; i++) {
        if (prefix[i] < 0 || (uint64_t)prefix[i] > before)
            return "a prefix is longer than the value before it";
        if (suffix[i] < 0 || (uint64_t)suffix[i] > left)
            return "a value is longer than the page";
        left -= (size_t)suffix[i];
        if (suffix[i] > 0 || (size_t)prefix[i] < before) {
            before = (size_t)prefix[i] + (size_t)suffix[i];
            *sum += before;
        }
        if (*sum > v->max_bytes)
            return values_too_large;
    }
    return NULL;
}

static void build(struct values *v, const int64_t *prefix, const int64_t *suffix, int64_t n, struct span *to)
{
    struct span before = span_of(v->last.at, v->last.size), tail = {0};
    uint8_t *at = v->bytes.at;

    for (int64_t i = 0; i < n; i++) {
        size_t head = (size_t)prefix[i], rest = (size_t)suffix[i];

        if (rest > 0 || head < before.size) {
            (void)span_take(&v->in, rest, &tail); /* measured */
            if (head)
                memcpy(at, before.at, head);
            if (rest)
                memcpy(at + head, tail.at, rest);
            before = span_of(at, head + rest);
            at += head + rest;
        }
        to[i] = before;
    }
}

/* The last value outlives the chunk. Values of this chunk that are equal to the previous `last` point into it, so
 * the two buffers change places and the old one is kept for a chunk more. */
static const char *keep_last(struct values *v, struct span value)
{
    struct buffer old = v->last;

    if (value.at == old.at && old.size == value.size)
        return NULL;
    if (!values_room(v, &v->fixed, (int64_t)value.size, 1))
        return values_no_memory;
    if (value.size)
        memcpy(v->fixed.at, value.at, value.size);
    v->last = v->fixed;
    v->last.size = value.size;
    v->fixed = old;
    return NULL;
}

static const char *next(struct values *v, int64_t n, struct raw *out)
{
    int64_t *prefix = values_room(v, &v->numbers, 2 * n, sizeof *prefix), *suffix = prefix ? prefix + n : NULL;
    struct span *to = values_room(v, &v->spans, n, sizeof *to);
    const char *problem = prefix && to ? values_lengths(&v->prefixes, &v->prefixes_ahead, prefix, n) : values_no_memory;
    size_t sum = 0;

    *out = (struct raw){.spans = to};
    if (!problem)
        problem = values_lengths(&v->lengths, &v->lengths_ahead, suffix, n);
    if (!problem)
        problem = values_view_sum(v, suffix, n);
    if (!problem)
        problem = measure(v, prefix, suffix, n, &sum);
    if (problem || n == 0)
        return problem;
    if (!values_room(v, &v->bytes, (int64_t)sum, 1))
        return values_no_memory;
    build(v, prefix, suffix, n, to);
    return keep_last(v, to[n - 1]);
}

/* By the bytes of the values, which are what takes memory. */
static int64_t fit(struct values *v, int64_t n, size_t budget, const char **problem)
{
    const int64_t *prefix, *suffix;
    int64_t known = values_look_ahead(v, &v->prefixes, &v->prefixes_ahead, n, &prefix);
    size_t sum = 0;

    (void)problem;
    known = values_look_ahead(v, &v->lengths, &v->lengths_ahead, known, &suffix);
    for (int64_t i = 0; i < known; i++) {
        size_t size;

        if (prefix[i] < 0 || suffix[i] < 0 || !size_add((size_t)prefix[i], (size_t)suffix[i], &size) || !size_add(sum, size, &sum))
            return n;
        if (i > 0 && sum > budget)
            return i;
    }
    return n;
}

const struct encoding encoding_delta_byte_array = {"DELTA_BYTE_ARRAY", ENCODING_DELTA_BYTE_ARRAY,
                                                   1u << PHYSICAL_BYTE_ARRAY | 1u << PHYSICAL_FIXED, start, next, fit};
