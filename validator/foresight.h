/* validator/foresight.h -- what footers say of units: of one (summaries), of all together (foresight), of units with one value. */
#ifndef VALIDATOR_FORESIGHT_H
#define VALIDATOR_FORESIGHT_H

#include "validator/worker.h"

/* The summary of a slot's column in a unit, without what weaker evidence than is accepted says. *is_there false: the file has no such column,
 * or one of entries, or the reader knows nothing. */
enum status foresight_summary(const struct plan *plan, int32_t file, int32_t unit, int32_t slot, struct column_summary *out,
                              bool *is_there, struct error *err) NODISCARD;
/* Of a rule that takes nulls for unexpected: can rows of this unit be among the first k, which are shown? */
enum status foresight_wants_samples(struct round *round, int32_t request, int32_t file, int32_t unit, bool *wanted,
                                    struct error *err) NODISCARD;
/* Takes note of what a summary shows to be there; sets min_is_moot and max_is_moot of one that something noted beats. */
void foresight_see(struct foresight *f, const struct column_summary *s);
void foresight_beaten(const struct foresight *f, struct column_summary *s);
/* Of extremes, by all units: sets min_is_moot and max_is_moot of the summary. */
enum status foresight_moot(struct round *round, int32_t request, struct column_summary *s, struct error *err) NODISCARD;

/* Keeps the first INTEGRITY_KEPT in batch order. */
void integrity_add(struct integrity *list, struct integrity_finding finding);
void integrity_merge(struct integrity *into, const struct integrity *from);

/* constants.c: a value in the form of its lane, and a vector of n times that value; false: it is none of the type's. */
union constant_lane { int64_t i64; uint64_t u64; double f64; int128 i128; struct span bytes; uint8_t boolean; };
bool constant_vector(const struct value *x, struct type type, int64_t n, union constant_lane *lane, struct vector *out);
/* Folds a unit whose values are all the same, or all null, into a metric that asks for nothing but values. */
enum status constant_fold(const struct plan *plan, const struct plan_request *r, const struct column_summary *s, int32_t file,
                          void *state, bool *answered, struct error *err) NODISCARD;

#endif
