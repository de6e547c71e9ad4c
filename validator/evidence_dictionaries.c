/* validator/evidence_dictionaries.c -- rules that hold of every entry of a dictionary hold of every value: see evidence.h.
 *
 * A column's dictionary helps only where nothing else needs its values: whoever reads them anyway judges each entry once as well.
 */
#include "validator/evidence.h"

/* Could a look at each entry settle what is to be known of the values? */
static bool may_use_dictionary(const struct plan *plan, const struct worker *worker, int32_t i)
{
    const struct plan_request *r = &plan->requests[i];

    return worker->mode[i] == MODE_SCAN && r->request.rule && worker->where_holds[i] && !r->request.rule->missing_is_unknown &&
           evidence_is_about_one_slot(plan, r) && evidence_levels_tell_nulls(plan, r->request.slots[0]);
}

/* Does the open request look at values of the slot in a way that its dictionary cannot settle? */
static bool needs_slot_values(const struct plan *plan, const struct worker *worker, int32_t i, int32_t slot)
{
    const struct plan_request *r = &plan->requests[i];

    for (int32_t k = 0; evidence_needs_keys(plan, worker, i) && k < plan->n_keys; k++)
        if (plan->key_slots[k] == slot)
            return true;
    if (worker->mode[i] != MODE_SCAN || (may_use_dictionary(plan, worker, i) && r->request.slots[0] == slot))
        return false;
    if (evidence_reads_slot(plan, r->where, slot) || evidence_reads_slot(plan, r->holds, slot))
        return true;
    for (int32_t c = 0; c < r->request.n_columns; c++)
        if (r->request.slots[c] == slot && !evidence_needs_only_nulls(plan, worker, i))
            return true;
    return false;
}

static bool only_dictionary_requests(const struct plan *plan, const struct group *group, const struct worker *worker, int32_t slot)
{
    bool any = false;

    for (int32_t at = 0; at < group->n_requests; at++) {
        int32_t i = group->requests[at];

        if (evidence_is_open(worker, i) && needs_slot_values(plan, worker, i, slot))
            return false;
        any = any || (may_use_dictionary(plan, worker, i) && plan->requests[i].request.slots[0] == slot);
    }
    return any;
}

static enum status try_entries(struct round *round, struct worker *worker, const struct task *task, int32_t slot,
                               const struct vector *entries, struct error *err)
{
    const struct plan *plan = round->plan;
    const struct group *group = &round->groups[task->group];
    const struct column_summary *s;
    bool all = true;

    TRY(evidence_summary(round, worker, task, slot, &s, err));
    for (int32_t at = 0; at < group->n_requests && all; at++) {
        int32_t i = group->requests[at];

        if (may_use_dictionary(plan, worker, i) && plan->requests[i].request.slots[0] == slot)
            TRY(eye_entries_hold(&worker->eye, &plan->requests[i], entries, &all, err));
    }
    for (int32_t at = 0; at < group->n_requests && all; at++) {
        int32_t i = group->requests[at];

        if (may_use_dictionary(plan, worker, i) && plan->requests[i].request.slots[0] == slot)
            TRY(evidence_settle_rule(round, worker, task, i, s, EVIDENCE_DICTIONARY, err));
    }
    return STATUS_OK;
}

static enum status try_dictionary(struct round *round, struct worker *worker, const struct task *task, int32_t slot,
                                  struct error *err)
{
    const struct plan *plan = round->plan;
    const struct group *group = &round->groups[task->group];
    struct table *table = plan->batch->tables[task->file];
    int32_t column = plan->batch->positions[task->file][plan->slots[slot].column];
    struct want want = {column, plan->slots[slot].type, NEED_VALUES};
    struct vector entries;
    bool available = false;
    struct scan *scan;
    enum status status;

    if (column == COLUMN_ABSENT || !only_dictionary_requests(plan, group, worker, slot))
        return STATUS_OK;
    TRY(table->reader->scan_part ? table->reader->scan_part(table, task->unit, NULL, &want, 1, &worker->room, &scan, err)
                                 : table->reader->scan_open(table, task->unit, &want, 1, 0, &scan, err));
    status = table->reader->dictionary(scan, 0, &available, &entries, err);
    if (status == STATUS_OK && available)
        status = try_entries(round, worker, task, slot, &entries, err);
    table->reader->scan_close(scan);
    return status;
}

enum status evidence_try_dictionaries(struct round *round, struct worker *worker, const struct task *task, struct error *err)
{
    const struct group *group = &round->groups[task->group];

    if (!round->is_first || !round->plan->batch->tables[task->file]->reader->dictionary ||
        !plan_accepts(round->plan, EVIDENCE_DICTIONARY))
        return STATUS_OK;
    for (int32_t s = 0; s < group->n_slots; s++)
        TRY(try_dictionary(round, worker, task, group->slots[s], err));
    return STATUS_OK;
}
