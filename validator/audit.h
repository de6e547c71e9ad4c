/* validator/audit.h -- what a file says of its columns, held against their values.
 *
 * Statistics that values speak against are a lie: it is noted (worker->lies), and when the round is over the run begins again with nothing but
 * values (validate.c).
 */
#ifndef VALIDATOR_AUDIT_H
#define VALIDATOR_AUDIT_H

#include "validator/worker.h"

/* Holds rows of one column of one unit, all or some, against what its summary says. */
struct witness {
    bool is_on;
    struct column_summary claim;
    void *extremes; /* of the rows so far: a state of metric_extremes */
};
/* The first start takes memory from the arena, which the witness keeps. */
enum status witness_start(struct witness *w, const struct plan *plan, struct arena *arena, int32_t slot, const struct column_summary *claim,
                          struct error *err) NODISCARD;
/* Does nothing unless started. */
enum status witness_see(struct witness *w, const struct metric_input *in, struct error *err) NODISCARD;
/* What is wrong with the claim, as in column_summary.problem; NULL: nothing that was seen. */
const char *witness_end(struct witness *w);

/* --audit N: of one in N columns of units, if something is said of it, a page is decoded. Which ones and where depends on their place
 * in the batch alone. */
enum status audit_unit(struct round *round, struct worker *worker, const struct task *unit, struct error *err) NODISCARD;

#endif
