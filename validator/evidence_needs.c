/* validator/evidence_needs.c -- what must be read for what no proof has answered, and how far that is a proof: see evidence.h. */
#include "validator/evidence.h"

static void need(struct worker *worker, int32_t slot, enum need how)
{
    if (worker->needs[slot] < (int8_t)how)
        worker->needs[slot] = (int8_t)how;
}

static void need_predicate(const struct plan *plan, struct worker *worker, int32_t predicate)
{
    const int32_t *slots;
    int32_t n = 0;

    if (predicate == NO_PREDICATE || plan->predicates[predicate].is_true)
        return;
    slots = predicate_slots(plan->predicates[predicate].predicate, &n);
    for (int32_t i = 0; i < n; i++)
        need(worker, slots[i], NEED_VALUES);
}

bool evidence_levels_tell_nulls(const struct plan *plan, int32_t slot)
{
    return plan_accepts(plan, EVIDENCE_LEVELS) &&
           (plan_accepts(plan, EVIDENCE_SCHEMA) || plan->batch->schema.columns[plan->slots[slot].column].is_nullable);
}

/* Are rows of the slot that are not null all there is to be counted of it? A float may be NaN, and a cell of text may be none of its type,
 * unless any text is. */
static bool nulls_are_all(const struct plan *plan, int32_t slot)
{
    struct type type = plan->slots[slot].type;

    return plan->batch->is_typed ? !type_is_float(type) : type.kind == TYPE_STRING;
}

bool evidence_needs_only_nulls(const struct plan *plan, const struct worker *worker, int32_t i)
{
    const struct plan_request *r = &plan->requests[i];

    if (worker->mode[i] == MODE_HELD)
        return true;
    return r->request.n_columns == 1 && nulls_are_all(plan, r->request.slots[0]) && evidence_levels_tell_nulls(plan, r->request.slots[0]) &&
           r->request.metric->needs_only_nulls;
}

bool evidence_needs_keys(const struct plan *plan, const struct worker *worker, int32_t i)
{
    const struct plan_request *r = &plan->requests[i];

    return r->takes_keys && (worker->mode[i] == MODE_SCAN || (worker->mode[i] == MODE_HELD && r->request.rule->nulls == NULLS_FAIL));
}

static void need_request(const struct plan *plan, struct worker *worker, int32_t i)
{
    const struct plan_request *r = &plan->requests[i];

    for (int32_t c = 0; c < r->request.n_columns; c++)
        need(worker, r->request.slots[c], evidence_needs_only_nulls(plan, worker, i) ? NEED_NULLS : NEED_VALUES);
    if (worker->mode[i] == MODE_SCAN) {
        need_predicate(plan, worker, r->where);
        need_predicate(plan, worker, r->holds);
    }
    for (int32_t k = 0; evidence_needs_keys(plan, worker, i) && k < plan->n_keys; k++)
        need(worker, plan->key_slots[k], NEED_VALUES);
}

bool evidence_is_open(const struct worker *worker, int32_t i)
{
    return worker->mode[i] == MODE_SCAN || worker->mode[i] == MODE_HELD;
}

void evidence_needs(const struct plan *plan, const struct group *group, struct worker *worker)
{
    memset(worker->needs, -1, (size_t)plan->n_slots + 1);
    for (int32_t at = 0; at < group->n_requests; at++)
        if (evidence_is_open(worker, group->requests[at]))
            need_request(plan, worker, group->requests[at]);
}

void evidence_need_counting(const struct plan *plan, struct worker *worker, const struct task *task)
{
    const struct table *table = plan->batch->tables[task->file];
    bool any = false;
    int best = 0;

    for (int32_t s = 0; s < plan->n_slots; s++)
        any = any || worker->needs[s] >= 0;
    if (any || !plan->batch->is_typed || plan_accepts(plan, EVIDENCE_FOOTER))
        return;
    for (int32_t c = 0; c < table->schema.n_columns; c++) {
        const struct column *column = &table->schema.columns[c];
        bool by_levels = column->is_nullable && plan_accepts(plan, EVIDENCE_LEVELS);
        enum lane lane = type_lane(column->type);
        int merit = by_levels ? 3 : lane == LANE_NONE ? 0 : lane == LANE_BYTES || lane == LANE_I128 ? 1 : 2;

        if (column->repeated || merit <= best)
            continue;
        best = merit;
        worker->counting = (struct want){c, column->type, by_levels ? NEED_NULLS : NEED_VALUES};
        worker->n_counting = 1;
    }
}

bool evidence_reads_slot(const struct plan *plan, int32_t predicate, int32_t slot)
{
    const int32_t *slots;
    int32_t n = 0;

    if (predicate == NO_PREDICATE || plan->predicates[predicate].is_true)
        return false;
    slots = predicate_slots(plan->predicates[predicate].predicate, &n);
    for (int32_t k = 0; k < n; k++)
        if (slots[k] == slot)
            return true;
    return false;
}

/* --- proofs of what is read --- */

/* How a request is answered by what is read for it. */
static enum evidence scan_proof(const struct plan *plan, const struct worker *worker, int32_t i)
{
    const struct plan_request *r = &plan->requests[i];

    if (r->request.n_columns == 0 && r->where == NO_PREDICATE) {
        bool is_read = worker->n_counting > 0;

        for (int32_t s = 0; s < plan->n_slots; s++)
            is_read = is_read || worker->needs[s] >= 0;
        if (plan->batch->is_typed && !is_read)
            return EVIDENCE_FOOTER; /* every column is a list, say: nothing counts rows but the footer */
        return worker->n_counting && worker->counting.need == NEED_NULLS ? EVIDENCE_LEVELS : EVIDENCE_VALUES;
    }
    if (r->request.n_columns == 1 && r->where == NO_PREDICATE && plan->slots[r->request.slots[0]].type.kind == TYPE_NULL)
        return EVIDENCE_SCHEMA;
    if (!plan->batch->is_typed || !evidence_needs_only_nulls(plan, worker, i) || worker->needs[r->request.slots[0]] != NEED_NULLS)
        return EVIDENCE_VALUES; /* a text has no levels: all of it was gone through */
    return worker->mode[i] == MODE_HELD || r->where == NO_PREDICATE ? EVIDENCE_LEVELS : EVIDENCE_VALUES;
}

void evidence_note_scan(const struct plan *plan, const struct group *group, struct worker *worker)
{
    for (int32_t at = 0; at < group->n_requests; at++)
        if (evidence_is_open(worker, group->requests[at]))
            evidence_note_proof(worker, group->requests[at], scan_proof(plan, worker, group->requests[at]));
}
