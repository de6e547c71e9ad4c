/* validator/states.h -- what was counted in one part of a batch, saved; and parts judged together as if they were one batch.
 *
 * A state holds counts and sums, the rows that samples show, and the keys of columns that must be unique: never all of the data.
 * Merging is exact and independent of order and grouping: files are taken in the order of their paths, so the report is
 * the one that a single run over all files, named in that order, gives. Where a round after the first is needed (the rows of duplicates across
 * parts, quantiles of more than a million values) the files named by the states are looked at again; where they
 * are not there any more, as they were, those expectations are not evaluated.
 */
#ifndef VALIDATOR_STATES_H
#define VALIDATOR_STATES_H

#include "core/output.h"
#include "validator/validator.h"

struct state_input {
    const char *name;  /* its path, for messages */
    struct span bytes; /* the whole file */
    const struct error *why; /* it cannot be had: the reason, of exit code 3. NULL: it can */
};

/* Scans the batch that the options name and appends its states to `out`. Columns of CSV and JSON lines that are asked for need declared
 * types: BAD_SUITE names those that have none. Data that cannot be read is an error (exit code 3). */
enum status states_make(struct arena *arena, const struct suite *suite, const struct validation_options *options,
                        struct buffer *out, struct error *err) NODISCARD;

/* Judges the parts together; options->paths are not looked at. As validate(): a report for whatever is the parts' fault (damaged,
 * of another suite, a file counted twice, other columns). merged: the states of all, to be merged again; NULL: not wanted. It stays empty
 * where the parts could not be merged. */
enum status states_judge(struct arena *arena, const struct suite *suite, const struct validation_options *options,
                         const struct state_input *inputs, int32_t n, struct buffer *merged, const struct report **out,
                         struct error *err) NODISCARD;

#endif
