/* validator/apart.h -- keys that are settled a row group at a time.
 *
 * Where the bounds of a column show that a unit has no value in common with any other unit, its keys are compared among themselves
 * only and then forgotten (stats/metric.h: set_apart): memory for one unit instead of all. The bounds are held against the values that are
 * read anyway (audit.h), so the proof is still the values.
 */
#ifndef VALIDATOR_APART_H
#define VALIDATOR_APART_H

#include "validator/worker.h"

/* Is the unit to be scanned whole, because its keys can be settled so, and are there units enough for all workers? */
enum status apart_is_whole(struct round *round, const struct task *unit, bool *out, struct error *err) NODISCARD;
/* Before and after the chunks of a task are fed; does nothing for requests whose values may be elsewhere too. */
enum status apart_begin(struct round *round, struct worker *worker, const struct task *task, struct error *err) NODISCARD;
enum status apart_end(struct round *round, struct worker *worker, const struct task *task, struct error *err) NODISCARD;

#endif
