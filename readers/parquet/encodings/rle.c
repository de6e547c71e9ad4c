/* readers/parquet/encodings/rle.c -- RLE (Encodings.md, 3) as an encoding of values: booleans only.
 *
 * A four-byte length, then the hybrid of runs with a width of one bit.
 */
#include "readers/parquet/encodings/encoding.h"

static const char *start(struct values *v)
{
    struct span head, runs;
    uint32_t length;
    const char *problem = values_more(v, 4);

    if (problem)
        return problem;
    if (!span_take(&v->in, 4, &head))
        return values_too_few;
    memcpy(&length, head.at, 4);
    if (v->from && length <= values_left(v)) { /* what stands behind them nobody wants */
        cursor_limit(v->from, &v->in, length);
        hybrid_start_from(&v->hybrid, v->from, v->in, 1);
        return NULL;
    }
    if (v->from || !span_take(&v->in, length, &runs))
        return "the runs are longer than the page";
    hybrid_start(&v->hybrid, runs, 1);
    return NULL;
}

static const char *next(struct values *v, int64_t n, struct raw *out)
{
    uint8_t *to = values_room(v, &v->fixed, n, 1);
    uint32_t *wide = values_room(v, &v->numbers, n, sizeof *wide), max = 0;

    if (!to || !wide)
        return values_no_memory;
    if (!hybrid_read(&v->hybrid, wide, n, &max))
        return v->hybrid.problem;
    for (int64_t i = 0; i < n; i++)
        to[i] = (uint8_t)wide[i];
    *out = (struct raw){.fixed = to};
    return NULL;
}

const struct encoding encoding_rle = {"RLE", ENCODING_RLE, 1u << PHYSICAL_BOOLEAN, start, next, NULL};
