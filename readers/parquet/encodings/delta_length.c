/* readers/parquet/encodings/delta_length.c -- DELTA_LENGTH_BYTE_ARRAY (Encodings.md, 6): all lengths as deltas,
 * then all bytes.
 */
#include "readers/parquet/encodings/encoding.h"

static const char *start(struct values *v)
{
    return values_start_lengths(v, &v->lengths, 1);
}

static const char *next(struct values *v, int64_t n, struct raw *out)
{
    int64_t *lengths = values_room(v, &v->numbers, n, sizeof *lengths);
    struct span *to = values_room(v, &v->spans, n, sizeof *to);
    const char *problem = lengths && to ? values_lengths(&v->lengths, &v->lengths_ahead, lengths, n) : values_no_memory;

    if (!problem)
        problem = values_view_sum(v, lengths, n);
    for (int64_t i = 0; i < n && !problem; i++)
        if (lengths[i] < 0 || !span_take(&v->in, (size_t)lengths[i], &to[i]))
            problem = "a value is longer than the page";
    *out = (struct raw){.spans = to};
    return problem;
}

static int64_t fit(struct values *v, int64_t n, size_t budget, const char **problem)
{
    const int64_t *lengths;
    int64_t known = values_look_ahead(v, &v->lengths, &v->lengths_ahead, n, &lengths);
    size_t left = values_left(v), sum = 0;

    (void)problem;
    for (int64_t i = 0; i < known; i++) {
        if (lengths[i] < 0 || (uint64_t)lengths[i] > left - sum)
            return n;
        sum += (size_t)lengths[i];
        if (i > 0 && sum > budget)
            return i;
    }
    return n;
}

const struct encoding encoding_delta_length_byte_array = {
    "DELTA_LENGTH_BYTE_ARRAY", ENCODING_DELTA_LENGTH_BYTE_ARRAY, 1u << PHYSICAL_BYTE_ARRAY, start, next, fit};
