/* validator/apart.h -- what a file's bounds say, held against the values that are decoded; and keys that are settled a row group at a time.
 *
 * Where the bounds of a column show that a unit has no value in common with any other unit, its keys are compared among themselves
 * only and then forgotten (stats/metric.h: set_apart): memory for one unit instead of all. The bounds are checked by the values that are
 * read anyway, so the proof is still the values. Values beyond them are a lie: it is noted (round->result->lies), and the run begins
 * again with nothing but values.
 */
#ifndef VALIDATOR_APART_H
#define VALIDATOR_APART_H

#include "validator/worker.h"

/* Holds the values of one column of one unit against what its summary says. */
struct witness {
    bool is_on;
    struct column_summary claim;
    void *extremes; /* of the values so far: a state of metric_extremes */
};
enum status witness_start(struct witness *w, const struct plan *plan, struct arena *arena, int32_t slot, const struct column_summary *claim,
                          struct error *err) NODISCARD;
enum status witness_see(struct witness *w, const struct metric_input *in, struct error *err) NODISCARD;
/* What is wrong with the claim, as in column_summary.problem; NULL: nothing that was seen. Ends it. */
const char *witness_end(struct witness *w);

/* Before and after the chunks of a task are fed; does nothing for requests whose values may be elsewhere too. */
enum status apart_begin(struct round *round, struct worker *worker, const struct task *task, struct error *err) NODISCARD;
enum status apart_end(struct round *round, struct worker *worker, const struct task *task, struct error *err) NODISCARD;

#endif
