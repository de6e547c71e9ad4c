/* validator/saved_reference.h -- a reference kept in a file: the counts that drift tests compare a batch with, without its data.
 *
 * Written by `assay profile -o FILE` (profiles/reference.c) in the format of state_file.h, its suite_fingerprint being SAVED_REFERENCE. A column has
 * "C frequencies", how often each value occurs (numbers and times: where they are few), and "C ordered", its values in order or the
 * lengths of its texts, C being its number in the schema; of many distinct values only knots (stats/knots.c). What a test needs
 * beyond that is read from the data, where they are still what they were: reference.c.
 */
#ifndef VALIDATOR_SAVED_REFERENCE_H
#define VALIDATOR_SAVED_REFERENCE_H

#include "validator/state_file.h"

#define SAVED_REFERENCE "a saved reference, 3"
#define SAVED_REFERENCE_1 "a saved reference" /* as all begin: 1 kept all values, 2 no sums; neither is read any more */

/* *is_one: the file begins as one; then *out is it, in the arena, or the error says why not. Anything else, also what cannot be opened, is
 * left to others. `roots` may be NULL. */
enum status saved_reference_open(struct arena *arena, const char *path, const struct data_roots *roots, struct memory *memory,
                                 bool *is_one, struct state_part *out, struct error *err) NODISCARD;
/* The state of a metric over a column as if its data had been scanned, in the arena: metric->done() ends it. NOT_FOUND or UNSUPPORTED where
 * the reference does not know as much. setup: of the question; its params may ask for another order than the saved one. */
enum status saved_reference_state(const struct state_part *part, struct arena *arena, int32_t column, const struct metric *metric,
                                  const struct metric_setup *setup, void **state, struct error *err) NODISCARD;

/* Opens the data that it was made of, where they are still what they were: as named then, or beside the reference. The error says why not. */
enum status saved_reference_data(const struct state_part *part, struct arena *arena, const struct data_roots *roots,
                                 struct read_options *reading, struct batch *out, struct error *err) NODISCARD;

#endif
