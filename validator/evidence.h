/* validator/evidence.h -- what evidence.c (units) and evidence_pages.c (pages of them) share: see worker.h for what they are for. */
#ifndef VALIDATOR_EVIDENCE_H
#define VALIDATOR_EVIDENCE_H

#include "validator/foresight.h"

/* Is something left to be scanned for the request, in the task at hand? */
bool evidence_is_open(const struct worker *worker, int32_t request);
/* Does the rule look at no other column than the one that it is asked about? */
bool evidence_is_about_one_slot(const struct plan *plan, const struct plan_request *r);
/* Nulls are nobody's value: a rule that is an expression may say otherwise (`x is null`), and then nothing is proved. */
bool evidence_leaves_nulls_alone(const struct plan *plan, const struct plan_request *r);
bool evidence_reads_slot(const struct plan *plan, int32_t predicate, int32_t slot);
/* Sets the request's mode by what the summaries of the task's slots say, and folds what they answer into its state. */
enum status evidence_answer(struct round *round, struct worker *worker, const struct task *task, int32_t request, struct error *err) NODISCARD;
/* Where all values of the task are expected, as `proof` shows: nothing is left, or a look at which rows are null. s NULL: no summary. */
enum status evidence_settle_rule(struct round *round, struct worker *worker, const struct task *task, int32_t request,
                                 const struct column_summary *s, enum evidence proof, struct error *err) NODISCARD;
/* worker->needs of what the modes leave open, and the proofs that reading it will be. */
void evidence_needs(const struct plan *plan, const struct group *group, struct worker *worker);
void evidence_note_scan(const struct plan *plan, const struct group *group, struct worker *worker);
/* A page's facts, without what weaker evidence than is accepted says. */
void foresight_page(const struct plan *plan, int32_t file, int32_t slot, struct column_summary *s);

/* evidence_pages.c: after evidence_gather left something open, what the file says of single pages. *is_cut: unit->pieces are the rows in
 * which something is left to do, each with that; else nothing was said that helps, and the worker is as it was. */
enum status evidence_pages(struct round *round, struct worker *worker, struct task *unit, bool *is_cut, struct error *err) NODISCARD;

#endif
