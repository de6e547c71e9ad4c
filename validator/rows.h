/* validator/rows.h -- which rows of a chunk count, and which of them break a rule: mask algebra on one chunk.
 *
 * A `struct eye` is one worker's view of the chunk at hand: the vectors of every slot and the predicates' masks, each
 * evaluated at most once a chunk.
 */
#ifndef VALIDATOR_ROWS_H
#define VALIDATOR_ROWS_H

#include "validator/plan.h"

struct eye_predicate {
    struct predicate_scratch *scratch;
    uint64_t *is_true, *is_unknown;
    int64_t n_true;
    const char *trouble;
    bool is_fresh; /* evaluated for the chunk at hand */
};

struct eye {
    const struct plan *plan;
    struct memory *memory;
    struct eye_predicate *predicates;
    const struct vector **slots; /* of the chunk at hand; NULL: not read */
    int64_t n_rows;
    uint64_t *masks; /* room for the rule's masks */
    uint64_t *unexpected;
};

enum status eye_init(struct eye *eye, const struct plan *plan, struct arena *arena, struct error *err) NODISCARD;
void eye_done(struct eye *eye);
/* Forgets the masks of the chunk before. */
void eye_turn(struct eye *eye, int64_t n_rows);

/* The rows selected by a request's `where`: *rows NULL for all. */
enum status eye_where(struct eye *eye, int32_t predicate, const uint64_t **rows, int64_t *n_selected, const char **trouble,
                      struct error *err) NODISCARD;
/* Fills n_missing, n_nan, n_considered, unexpected, trouble of `in`, whose rows, n_rows, columns are set. The mask is
 * good until the next call. */
enum status eye_rule(struct eye *eye, const struct plan_request *request, struct metric_input *in, struct error *err) NODISCARD;
/* The same of a rule over one column that is known to hold wherever there is a value and to be unknown elsewhere, so that only its nulls
 * are looked at. */
void eye_held(struct eye *eye, const struct plan_request *request, struct metric_input *in);
/* May all rows of this dictionary's entries be taken as expected by the request's rule? */
enum status eye_entries_hold(struct eye *eye, const struct plan_request *request, const struct vector *entries, bool *all,
                             struct error *err) NODISCARD;

#endif
