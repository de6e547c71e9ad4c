/* stats/integers.h -- integer columns without fingerprints: increasing stretches first, bits of a narrow range else.
 *
 * What both metrics of keys do before they make a key of each row. As long as chunks increase (increasing.h) they are noted as
 * stretches; a column that does not from the start is kept as bits (dense.h); what is neither goes to the owner's fingerprints.
 */
#ifndef STATS_INTEGERS_H
#define STATS_INTEGERS_H

#include "stats/dense.h"
#include "stats/increasing.h"

struct integers {
    struct increasing increasing;
    struct dense dense;
};

void integers_init(struct integers *s, const struct metric_setup *setup, bool counts_repeats);
/* Takes the selected values of a chunk, with the figures of row_keys_make in *counts. *taken false: it is for `exact`. */
enum status integers_offer(struct integers *s, struct fingerprints *exact, const struct metric_input *in, struct moments_counts *counts,
                           bool *taken, struct error *err) NODISCARD;
/* Before the fingerprints of both sides are merged. Empties `from`. */
enum status integers_merge(struct integers *into, struct fingerprints *into_exact, struct integers *from, struct fingerprints *from_exact,
                           struct error *err) NODISCARD;
/* Afterwards all values here are different, and none is among the fingerprints; repeated ones have gone there. */
enum status integers_settle(struct integers *s, struct fingerprints *exact, struct error *err) NODISCARD;
/* All to the fingerprints, as if they had gone there at once; bits are not kept any more. */
enum status integers_drain(struct integers *s, struct fingerprints *exact, struct error *err) NODISCARD;
int64_t integers_count(const struct integers *s); /* different values that are here */
void integers_done(struct integers *s);

#endif
