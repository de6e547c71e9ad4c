/* stats/increasing.h -- integers that come in strictly increasing stretches: different without being compared.
 *
 * Most ids and times are written in order. As long as the values of each chunk increase, they are only noted, as a stretch; where stretches do
 * not overlap either, in whatever order workers met them, all values are different. Consecutive numbers are noted as (first, last)
 * alone, others with their values, so that nothing is lost when the proof fails: the owner's fingerprints then
 * get every value, as if it had gone there at once.
 *
 * Lanes I64 and U64 of one column. Owned by a metric's state beside the fingerprints of the same column.
 */
#ifndef STATS_INCREASING_H
#define STATS_INCREASING_H

#include "stats/fingerprints.h"
#include "stats/selection.h"

struct stretch {
    uint64_t first, last; /* in an order of unsigned numbers: I64 with the sign bit turned over */
    int64_t n;
    uint64_t *values;     /* as they lie in their lane; NULL: consecutive */
};

struct increasing {
    struct memory *memory;
    struct stretch *at;
    size_t n, capacity;
    int64_t n_values;
    size_t held;          /* bytes of all `values` */
    uint64_t sign;        /* what turns a value into its order and back */
    bool is_possible;     /* no chunk was refused so far */
};

void increasing_init(struct increasing *s, struct memory *memory, int32_t n_columns, struct type type);
/* Where memory is tight and values are held: all to the fingerprints, which can write theirs down, and none is taken any more. */
enum status increasing_relieve(struct increasing *s, struct fingerprints *exact, struct error *err) NODISCARD;
/* Takes the selected values of a chunk where they increase, with the figures of row_keys_make in *counts. *taken false: it is for
 * the fingerprints, and so will be all that follow. */
enum status increasing_offer(struct increasing *s, const struct metric_input *in, struct moments_counts *counts, bool *taken,
                             struct error *err) NODISCARD;
enum status increasing_merge(struct increasing *into, struct increasing *from, struct error *err) NODISCARD; /* empties `from` */
/* Afterwards all values here are different, and none is among the fingerprints: where that was not so, all have gone there. */
enum status increasing_settle(struct increasing *s, struct fingerprints *exact, struct error *err) NODISCARD;
/* All to the fingerprints. */
enum status increasing_drain(struct increasing *s, struct fingerprints *exact, struct error *err) NODISCARD;
void increasing_done(struct increasing *s);

#endif
