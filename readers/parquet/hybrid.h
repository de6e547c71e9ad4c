/* readers/parquet/hybrid.h -- the RLE / bit-packing hybrid: levels, dictionary indices, booleans.
 *
 * A cursor over runs (Encodings.md, "Run Length Encoding / Bit-Packing Hybrid"). Runs are never expanded before somebody asks for
 * values, so that a hundred million equal ones cost a few bytes. The legacy BIT_PACKED levels (most
 * significant bit first, no runs) are one packed run of the same cursor.
 */
#ifndef READERS_PARQUET_HYBRID_H
#define READERS_PARQUET_HYBRID_H

#include "core/span.h"

struct cursor;

struct hybrid {
    struct span in;      /* bytes behind the current run */
    struct span packed;  /* a packed run's bytes */
    uint64_t bit;        /* position in them */
    int64_t run_left;    /* values left in the current run */
    uint32_t value;      /* of a repeated run */
    uint32_t width;      /* 0..32 */
    bool is_packed;
    bool is_msb_first;   /* legacy BIT_PACKED */
    bool is_zero;        /* values of no bits without runs: all are 0, however many are asked for */
    const char *problem; /* static text after a call returned false */
    struct cursor *from; /* of a page that is not held whole: `in` is its view (cursor.h); else NULL */
    uint64_t groups_left; /* then, of a packed run: what did not come into view yet */
};

/* width must be 0..32. Values of no bits are 0 and `in` is not looked at: levels of a column that has none; but see hybrid_wants_runs. */
void hybrid_start(struct hybrid *h, struct span in, uint32_t width);
/* The same over a cursor, whose view `in` is: a packed run is delivered as if it were several. */
void hybrid_start_from(struct hybrid *h, struct cursor *from, struct span in, uint32_t width);
/* Legacy BIT_PACKED: n values in exactly ceil(n * width / 8) bytes. */
void hybrid_start_legacy(struct hybrid *h, struct span in, uint32_t width, int64_t n);
void hybrid_start_legacy_from(struct hybrid *h, struct cursor *from, struct span in, uint32_t width, int64_t n);

/* Values of no bits are counted by runs, as others, if there are any bytes: dictionary indices. */
void hybrid_wants_runs(struct hybrid *h);

/* Makes a run with at least one value current; false: no more values, or a broken run. */
bool hybrid_run(struct hybrid *h);
/* Are the next n values known to be one and the same? */
bool hybrid_is_constant(struct hybrid *h, int64_t n, uint32_t *value);
bool hybrid_skip(struct hybrid *h, int64_t n);
/* The next n values; *max is raised to the largest of them. */
bool hybrid_read(struct hybrid *h, uint32_t *out, int64_t n, uint32_t *max);
/* Bit i of `map` (cleared by the caller, n bits) is set where level i is `max`; *n_set counts them. A level above
 * `max` is a problem. */
bool hybrid_levels(struct hybrid *h, int64_t n, uint32_t max, uint64_t *map, int64_t *n_set);

/* One value of 0..64 bits, least significant bit first, from bit `bit` of `in`; what `in` does not hold is 0. */
uint64_t bits_get(struct span in, uint64_t bit, uint32_t width);

#endif
