/* validator/saved_reference.h -- a reference kept in a file: the counts that drift tests compare a batch with, without its data.
 *
 * Written by `assay profile -o FILE` (profiles/reference.c) in the format of state_file.h, its suite_fingerprint being SAVED_REFERENCE. A column has
 * "C frequencies", how often each value occurs, and "C ordered", its values in order or the lengths of its texts, C being
 * its number in the schema. Exact: a test against it gives what a test against the data gives.
 */
#ifndef VALIDATOR_SAVED_REFERENCE_H
#define VALIDATOR_SAVED_REFERENCE_H

#include "validator/state_file.h"

#define SAVED_REFERENCE "a saved reference"

/* *is_one: the file begins as one; then *out is it, in the arena, or the error says why not. Anything else, also what cannot be opened, is
 * left to others. `roots` may be NULL. */
enum status saved_reference_open(struct arena *arena, const char *path, const struct data_roots *roots, struct memory *memory,
                                 bool *is_one, struct state_part *out, struct error *err) NODISCARD;
/* The state of a metric over a column as if its data had been scanned, in the arena: metric->done() ends it. NOT_FOUND where the
 * reference does not have it. setup: of the question; its params may ask for another order than the saved one. */
enum status saved_reference_state(const struct state_part *part, struct arena *arena, int32_t column, const struct metric *metric,
                                  const struct metric_setup *setup, void **state, struct error *err) NODISCARD;

#endif
