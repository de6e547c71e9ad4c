/* stats/selection.h -- which rows of a chunk have a value of a column, and how many have none and why.
 *
 * A value is selected, not null, not malformed and not NaN. Every metric of a single column begins with this.
 */
#ifndef STATS_SELECTION_H
#define STATS_SELECTION_H

#include "stats/metrics.h"

struct selection {
    uint64_t values[CHUNK_MAX_ROWS / 64];    /* rows with a value */
    uint64_t malformed[CHUNK_MAX_ROWS / 64]; /* selected rows whose cell is malformed; not filled in where there are none */
    uint64_t nans[CHUNK_MAX_ROWS / 64];      /* selected rows with NaN; likewise */
    struct moments_counts counts;            /* of this chunk */
    const uint64_t *flat;                    /* 8-byte lanes: the values, spaced; NULL until selection_flat */
    uint64_t room[CHUNK_MAX_ROWS];           /* where a dictionary or constant is made flat */
};

/* Of column 0. INTERNAL for a chunk beyond CHUNK_MAX_ROWS. */
enum status selection_make(struct selection *s, const struct metric_input *in, struct error *err) NODISCARD;
/* The same for any of the columns. */
enum status selection_of(struct selection *s, const struct metric_input *in, const struct vector *v,
                         struct error *err) NODISCARD;
/* The values of an 8-byte lane in FLAT form: the vector's own or a copy within `s`. */
const uint64_t *selection_flat(struct selection *s, const struct vector *v);
/* Fills `out` with the selected rows of the chunk; returns BITMAP_WORDS(n_rows). */
size_t selection_rows(const struct metric_input *in, uint64_t *out);

/* A chunk whose selected rows all have one value, as a chunk of one row. */
struct one_row { struct vector vector; const struct vector *column; struct metric_input in; };

/* false: rows differ, or a single column is not what it is about, or no row is selected. *out must not move. */
bool one_row_of(struct one_row *out, const struct metric_input *in);

void counts_add(struct moments_counts *into, const struct moments_counts *from);
void counts_add_times(struct moments_counts *into, const struct moments_counts *from, int64_t times);

/* Runs the body for each set bit of the first n of `map`, ascending. `break` in it only goes on to the next bit. */
#define FOR_EACH_BIT(i, map, n)                                                                            \
    for (int64_t i##_base = 0; i##_base < (n); i##_base += 64)                                              \
        for (uint64_t i##_left = (map)[i##_base >> 6]; i##_left; i##_left &= i##_left - 1)                  \
            for (int64_t i = i##_base + __builtin_ctzll(i##_left), i##_once = 1; i##_once; i##_once = 0)

/* State rows of moments_counts for a metric's field table. */
#define COUNTS_FIELDS(owner, member)                                                                       \
    {.name = "counts", .type = FIELD_I64, .offset = offsetof(owner, member), .count = 6,                     \
     .doc = "rows, nulls, NaNs, infinities, malformed cells, values"}

#endif
