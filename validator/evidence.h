/* validator/evidence.h -- what the files of evidence share; see worker.h for what it is for.
 *
 * | file | what |
 * | --- | --- |
 * | `evidence` | what a unit's summary answers: wheres, rules, figures; and the order in which proofs are tried |
 * | `evidence_dictionaries` | what a look at each entry of a dictionary answers |
 * | `evidence_pages` | what the summaries of single pages answer |
 * | `evidence_needs` | what must be read for the rest |
 * | `foresight`, `constants` | what footers say of all units together; units of one value |
 * | `apart`, `audit` | keys settled a unit at a time; what files say, held against values |
 */
#ifndef VALIDATOR_EVIDENCE_H
#define VALIDATOR_EVIDENCE_H

#include "validator/foresight.h"

/* --- evidence.c --- */

/* What the file says of the slot in the task's unit, asked once a task; NULL: nothing. */
enum status evidence_summary(struct round *round, struct worker *worker, const struct task *task, int32_t slot,
                             const struct column_summary **out, struct error *err) NODISCARD;
void evidence_note_proof(struct worker *worker, int32_t request, enum evidence proof);
/* Does the rule look at no other column than the one that it is asked about? */
bool evidence_is_about_one_slot(const struct plan *plan, const struct plan_request *r);
/* Nulls are nobody's value: a rule that is an expression may say otherwise (`x is null`), and then nothing is proved. */
bool evidence_leaves_nulls_alone(const struct plan *plan, const struct plan_request *r);
/* Sets the request's mode by what the summaries of the task's slots say, and folds what they answer into its state. */
enum status evidence_answer(struct round *round, struct worker *worker, const struct task *task, int32_t request, struct error *err) NODISCARD;
/* Where all values of the task are expected, as `proof` shows: nothing is left, or a look at which rows are null. s NULL: no summary. */
enum status evidence_settle_rule(struct round *round, struct worker *worker, const struct task *task, int32_t request,
                                 const struct column_summary *s, enum evidence proof, struct error *err) NODISCARD;

/* --- evidence_dictionaries.c --- */

/* Looks into the dictionaries of the slots that only rules about their values need; what they prove becomes MODE_HELD. */
enum status evidence_try_dictionaries(struct round *round, struct worker *worker, const struct task *task, struct error *err) NODISCARD;

/* --- evidence_needs.c --- */

/* Is something left to be scanned for the request, in the task at hand? */
bool evidence_is_open(const struct worker *worker, int32_t request);
bool evidence_reads_slot(const struct plan *plan, int32_t predicate, int32_t slot);
/* Nulls may be all that is read of the column. That a column is REQUIRED is the schema's word, not that of levels. */
bool evidence_levels_tell_nulls(const struct plan *plan, int32_t slot);
/* Nulls alone decide. Floats must be looked at for NaN, cells of text for whether they are of their type. */
bool evidence_needs_only_nulls(const struct plan *plan, const struct worker *worker, int32_t request);
/* Do the request's samples show the primary key? */
bool evidence_needs_keys(const struct plan *plan, const struct worker *worker, int32_t request);
/* worker->needs of what the modes leave open, and the proofs that reading it will be. */
void evidence_needs(const struct plan *plan, const struct group *group, struct worker *worker);
void evidence_note_scan(const struct plan *plan, const struct group *group, struct worker *worker);
/* worker->counting: rows that no column's needs count, where the footer's word is not enough; a column that is cheap to read. */
void evidence_need_counting(const struct plan *plan, struct worker *worker, const struct task *task);

/* --- foresight.c --- */

/* A page's facts, without what weaker evidence than is accepted says. */
void foresight_page(const struct plan *plan, int32_t file, int32_t slot, struct column_summary *s);

/* --- evidence_pages.c --- */

/* After evidence_gather left something open, what the file says of single pages. *is_cut: unit->pieces are the rows in
 * which something is left to do, each with that; else nothing was said that helps, and the worker is as it was. */
enum status evidence_pages(struct round *round, struct worker *worker, struct task *unit, bool *is_cut, struct error *err) NODISCARD;

#endif
