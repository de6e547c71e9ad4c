/* stats/guide.h -- where keys lie among sorted ones, a few steps a key whatever their number. */
#ifndef STATS_GUIDE_H
#define STATS_GUIDE_H

#include "core/error.h"
#include "core/memory.h"

/* A cell of the range: its part of the keys is cut into 2^n pieces of equal width. */
struct guide_cell { uint32_t first; /* piece */ uint8_t shift; /* from an offset within the cell to its piece */ };

struct guide {
    uint64_t low, high;   /* outermost keys */
    const uint64_t *keys; /* ascending, distinct; not ours */
    size_t n;
    int cell_shift;       /* from an offset within the range to its cell */
    struct guide_cell *cells;
    uint32_t *ranks;      /* of each piece: keys below it; one more at the end */
};

/* Borrows the n keys, fewer than 2^30, which outlive it. false: no memory. guide_done in any case. */
bool guide_init(struct guide *guide, struct memory *memory, const uint64_t *keys, size_t n) NODISCARD;
void guide_done(struct guide *guide, struct memory *memory);
/* slots[i]: 2 r before the key of rank r and behind the one before it, 2 r + 1 at it, 2 n behind all. */
void guide_find(const struct guide *guide, const uint64_t *keys, int64_t n, uint32_t *slots);

#endif
