/* validator/evidence.c -- what can be known of a unit without its values: see worker.h.
 *
 * For each task the cheapest proof is taken request by request: the unit's summary, the entries of a dictionary, the levels, the
 * values (the decision table of performance.md 2.6). A proof counts only if it yields every number that the report shows. So a range that the
 * bounds prove still needs the number of nulls: from the footer where that is to be trusted, else from the levels. What is still open
 * decides which columns are read and how.
 */
#include "validator/evidence.h"

void evidence_note_proof(struct worker *worker, int32_t request, enum evidence proof)
{
    if (!worker->has_proof[request] || proof < worker->proof[request])
        worker->proof[request] = proof;
    worker->has_proof[request] = true;
}

static enum evidence weaker(enum evidence a, enum evidence b) { return a < b ? a : b; }

/* A figure of values and of nulls rests on both. That a REQUIRED column has no nulls is a fact, and weakens nothing; alone it is the proof. */
static enum evidence with_nulls(enum evidence values, bool only_nulls, const struct column_summary *s)
{
    return s->nulls_evidence == EVIDENCE_SCHEMA && !only_nulls ? values : weaker(values, s->nulls_evidence);
}

static bool is_page(const struct task *task) { return task->part.n_rows >= 0; }

/* What summaries rest on: those of a unit, or of pages of it. */
static enum evidence summary_level(const struct task *task) { return is_page(task) ? EVIDENCE_PAGE_INDEX : EVIDENCE_FOOTER; }

/* --- summaries --- */

enum status evidence_summary(struct round *round, struct worker *worker, const struct task *task, int32_t slot,
                             const struct column_summary **out, struct error *err)
{
    bool is_there = false;

    if (worker->summary_state[slot] == SUMMARY_UNASKED) {
        TRY(foresight_summary(round->plan, task->file, task->unit, slot, &worker->summaries[slot], &is_there, err));
        worker->summary_state[slot] = is_there ? SUMMARY_KNOWN : SUMMARY_NONE;
        worker->filters[slot] = (struct filter_place){round->plan->batch->tables[task->file], task->unit,
                                                      round->plan->batch->positions[task->file][round->plan->slots[slot].column]};
        if (is_there && worker->summaries[slot].problem)
            integrity_add(&worker->integrity, (struct integrity_finding){task->file, task->unit, round->plan->slots[slot].column,
                                                                         worker->summaries[slot].problem});
    }
    *out = worker->summary_state[slot] == SUMMARY_KNOWN ? &worker->summaries[slot] : NULL;
    return STATUS_OK;
}

static bool may_hold(const void *filter, const void *value)
{
    const struct filter_place *place = filter;

    return place->table->reader->may_hold(place->table, place->unit, place->column, value);
}

static struct slot_facts facts_of(const struct worker *worker, int32_t slot)
{
    const struct column_summary *s = &worker->summaries[slot];

    return (struct slot_facts){
        .may_be_null = !s->has_nulls_count || s->n_nulls > 0,
        .may_be_nan = !s->has_nan_count || s->n_nans > 0,
        .may_be_value = !s->has_nulls_count || s->n_nulls + (s->has_nan_count ? s->n_nans : 0) < s->n_rows,
        .has_bounds = s->has_bounds, .min = s->min, .max = s->max,
        .may_hold = s->has_filter ? may_hold : NULL, .filter = &worker->filters[slot],
    };
}

/* --- a `where` that chooses all rows of the unit, or none --- */

struct looked_up { const struct worker *worker; };

static struct slot_facts slot_facts(void *context, int32_t slot)
{
    const struct worker *worker = ((const struct looked_up *)context)->worker;

    if (worker->summary_state[slot] != SUMMARY_KNOWN)
        return (struct slot_facts){.may_be_null = true, .may_be_nan = true, .may_be_value = true};
    return facts_of(worker, slot);
}

static enum status where_answers(struct round *round, struct worker *worker, const struct task *task, int32_t predicate, int *out,
                                 struct error *err)
{
    const struct predicate *p = round->plan->predicates[predicate].predicate;
    struct looked_up context = {worker};
    const struct column_summary *unused;
    const int32_t *slots;
    int32_t n = 0;

    *out = CAN_TRUE;
    if (round->plan->predicates[predicate].is_true)
        return STATUS_OK;
    slots = predicate_slots(p, &n);
    for (int32_t i = 0; i < n; i++)
        TRY(evidence_summary(round, worker, task, slots[i], &unused, err));
    *out = predicate_answers(p, slot_facts, &context);
    return STATUS_OK;
}

/* --- rules --- */

struct facts_of_one { int32_t slot; struct slot_facts facts; };

static struct slot_facts one_slot_facts(void *context, int32_t slot)
{
    const struct facts_of_one *one = context;

    if (slot != one->slot)
        return (struct slot_facts){.may_be_null = true, .may_be_nan = true, .may_be_value = true};
    return one->facts;
}

bool evidence_is_about_one_slot(const struct plan *plan, const struct plan_request *r)
{
    const int32_t *slots;
    int32_t n = 0;

    if (r->request.n_columns != 1)
        return false;
    if (plan->predicates[r->holds].is_true)
        return true;
    slots = predicate_slots(plan->predicates[r->holds].predicate, &n);
    return n == 1 && slots[0] == r->request.slots[0];
}

/* Does the rule's predicate give this answer, and no other, in rows of which only `facts` are known? */
static bool always_answers(const struct plan *plan, const struct plan_request *r, const struct slot_facts *facts, int answer)
{
    struct facts_of_one one = {r->request.slots[0], *facts};

    if (plan->predicates[r->holds].is_true)
        return answer == CAN_TRUE;
    return predicate_answers(plan->predicates[r->holds].predicate, one_slot_facts, &one) == answer;
}

bool evidence_leaves_nulls_alone(const struct plan *plan, const struct plan_request *r)
{
    const struct slot_facts null = {.may_be_null = true};

    return !r->request.rule->missing_is_unknown || always_answers(plan, r, &null, CAN_UNKNOWN);
}

/* All values of the unit are one: it is judged as if it were the only entry of a dictionary. */
static enum status constant_holds(struct worker *worker, const struct plan_request *r, const struct column_summary *s, bool *holds,
                                  struct error *err)
{
    union constant_lane lane;
    struct vector entry;
    int order;

    *holds = false;
    if (!s->has_bounds || r->request.rule->missing_is_unknown || !value_compare(&s->min, &s->max, &order) || order != 0 ||
        !constant_vector(&s->min, worker->unit.plan->slots[r->request.slots[0]].type, 1, &lane, &entry))
        return STATUS_OK;
    entry.shape = SHAPE_DICTIONARY;
    entry.n_entries = 1;
    return eye_entries_hold(&worker->eye, r, &entry, holds, err);
}

/* How many NaNs there are, where that matters: `nan: pass` takes them for values and does not count them. */
static bool knows_nans(const struct plan_request *r, const struct column_summary *s)
{
    return s->has_nan_count || (r->request.rule->nan == NAN_PASS && !r->request.rule->missing_is_unknown);
}

/* Rows of a unit in which every value is expected. */
static struct violations_counts count_rows(const struct rule *rule, const struct column_summary *s)
{
    int64_t n_nans = s->has_nan_count ? s->n_nans : 0;
    struct violations_counts c = {.n_rows = s->n_rows, .n_missing = s->n_nulls, .n_nan = n_nans,
                                  .n_considered = s->n_rows - s->n_nulls - n_nans};

    if (rule->nulls != NULLS_IGNORE)
        c.n_considered += s->n_nulls;
    if (rule->nulls == NULLS_FAIL)
        c.n_unexpected += s->n_nulls;
    if (rule->nan == NAN_IGNORE)
        c.n_missing += n_nans;
    if (rule->nan != NAN_IGNORE || rule->nulls != NULLS_IGNORE)
        c.n_considered += n_nans;
    return c;
}

static bool nans_are_unexpected(const struct rule *rule)
{
    return rule->nan == NAN_FAIL || (rule->nan == NAN_IGNORE && rule->nulls == NULLS_FAIL);
}

enum status evidence_settle_rule(struct round *round, struct worker *worker, const struct task *task, int32_t i,
                               const struct column_summary *s, enum evidence proof, struct error *err)
{
    const struct plan_request *r = &round->plan->requests[i];
    bool has_unseen_nulls = s && s->has_nulls_count && r->request.rule->nulls == NULLS_FAIL && s->n_nulls > 0;

    if (s && s->has_nulls_count && has_unseen_nulls)
        TRY(foresight_wants_samples(round, i, task->file, task->unit, &has_unseen_nulls, err));
    if (s && s->has_nulls_count && !has_unseen_nulls) {
        struct violations_counts counts = count_rows(r->request.rule, s);

        TRY(violations_add_counts(worker->states[i], &counts, err));
        evidence_note_proof(worker, i, with_nulls(proof, proof == EVIDENCE_LEVELS, s));
        worker->mode[i] = MODE_DONE;
    } else if (evidence_levels_tell_nulls(round->plan, r->request.slots[0])) {
        evidence_note_proof(worker, i, proof);
        worker->mode[i] = MODE_HELD;
    }
    return STATUS_OK;
}

/* --verdict-only, and one unexpected row decides: then it is enough to know that some row is expected and none is not, or that one is not.
 * Whoever has bounds has a value. */
static enum status settle_bare(struct worker *worker, const struct task *task, int32_t i, const struct column_summary *s, const struct plan_request *r, bool holds,
                               struct error *err)
{
    struct violations_counts counts = {.n_rows = s->n_rows, .n_considered = 1, .n_unexpected = !holds};

    /* of a page, not all rows may be meant, and those that are may be null */
    if (is_page(task) && (!s->has_nulls_count || s->n_nulls + s->n_nans >= s->n_rows))
        return STATUS_OK;
    if (!s->has_bounds || r->enough != 1 || (holds && r->request.rule->nulls == NULLS_FAIL) || worker->mode[i] == MODE_DONE)
        return STATUS_OK;
    TRY(violations_add_counts(worker->states[i], &counts, err));
    evidence_note_proof(worker, i, summary_level(task));
    worker->mode[i] = MODE_DONE;
    return STATUS_OK;
}

static enum status answer_rule(struct round *round, struct worker *worker, const struct task *task, int32_t i,
                               const struct column_summary *s, struct error *err)
{
    const struct plan *plan = round->plan;
    const struct plan_request *r = &plan->requests[i];
    bool is_presence = plan->predicates[r->holds].is_true, holds;
    struct slot_facts values;

    if (!evidence_is_about_one_slot(plan, r) || !evidence_leaves_nulls_alone(plan, r))
        return STATUS_OK;
    if (!s) /* entries of a list: their nulls are counted by levels, whatever the footer says */
        return is_presence && !type_is_float(plan->slots[r->request.slots[0]].type)
                   ? evidence_settle_rule(round, worker, task, i, NULL, EVIDENCE_LEVELS, err)
                   : STATUS_OK;
    if (!knows_nans(r, s) || (s->has_nan_count && s->n_nans > 0 && (!s->has_nulls_count || nans_are_unexpected(r->request.rule) ||
                                                                    r->request.rule->missing_is_unknown)))
        return STATUS_OK;
    values = facts_of(worker, r->request.slots[0]);
    holds = !values.may_be_value;
    values.may_be_value = true;
    values.may_be_null = values.may_be_nan = false;
    holds = holds || always_answers(plan, r, &values, CAN_TRUE);
    if (!holds)
        TRY(constant_holds(worker, r, s, &holds, err));
    if (holds)
        TRY(evidence_settle_rule(round, worker, task, i, s, is_presence ? EVIDENCE_LEVELS : summary_level(task), err));
    if (holds || (s->has_bounds && r->enough == 1 && always_answers(plan, r, &values, CAN_FALSE)))
        TRY(settle_bare(worker, task, i, s, r, holds, err));
    return STATUS_OK;
}

/* --- figures --- */

static enum status answer_figure(struct round *round, struct worker *worker, const struct task *task, int32_t i,
                                 const struct column_summary *known, struct error *err)
{
    const struct plan_request *r = &round->plan->requests[i];
    enum evidence proof = summary_level(task);
    struct column_summary s = *known;
    bool answered = false;

    if (r->where != NO_PREDICATE) /* what is beyond it elsewhere may not be asked about */
        s.min_is_moot = s.max_is_moot = false;
    if (r->request.metric == &metric_extremes)
        TRY(foresight_moot(round, i, &s, err));
    if (r->request.metric->from_summary)
        TRY(r->request.metric->from_summary(worker->states[i], &s, &answered, &proof, err));
    if (!answered)
        TRY(constant_fold(round->plan, r, &s, task->file, worker->states[i], &answered, err));
    if (answered) {
        proof = proof == EVIDENCE_FOOTER ? summary_level(task) : proof;
        evidence_note_proof(worker, i, with_nulls(proof, r->request.metric->needs_only_nulls, &s));
        worker->mode[i] = MODE_DONE;
    }
    return STATUS_OK;
}

static enum status answer_rows(struct round *round, struct worker *worker, const struct task *task, int32_t i, struct error *err)
{
    const struct table *table = round->plan->batch->tables[task->file];
    struct column_summary summary = {.n_rows = is_page(task) ? task->part.n_rows : table->reader->unit_rows(table, task->unit)};
    enum evidence proof;
    bool answered = false;

    if (summary.n_rows < 0 || !plan_accepts(round->plan, summary_level(task)) || !round->plan->requests[i].request.metric->from_summary)
        return STATUS_OK;
    TRY(round->plan->requests[i].request.metric->from_summary(worker->states[i], &summary, &answered, &proof, err));
    if (answered) {
        evidence_note_proof(worker, i, summary_level(task));
        worker->mode[i] = MODE_DONE;
    }
    return STATUS_OK;
}

/* Is every cell of a text expected that is not null? */
static bool asks_for_any_text(const struct plan *plan, const struct plan_request *r)
{
    return r->request.rule && evidence_is_about_one_slot(plan, r) && plan->predicates[r->holds].is_true && r->where == NO_PREDICATE &&
           plan->slots[r->request.slots[0]].type.kind == TYPE_STRING && evidence_levels_tell_nulls(plan, r->request.slots[0]);
}

enum status evidence_answer(struct round *round, struct worker *worker, const struct task *task, int32_t i, struct error *err)
{
    const struct plan_request *r = &round->plan->requests[i];
    const struct column_summary *s;
    int answers = CAN_TRUE;

    worker->mode[i] = MODE_SCAN;
    worker->where_holds[i] = r->where == NO_PREDICATE;
    if (!round->plan->batch->is_typed && asks_for_any_text(round->plan, r))
        worker->mode[i] = MODE_HELD;
    if (!round->is_first || !round->plan->batch->is_typed)
        return STATUS_OK;
    if (r->where != NO_PREDICATE)
        TRY(where_answers(round, worker, task, r->where, &answers, err));
    if (!(answers & CAN_TRUE)) { /* no row is asked about */
        evidence_note_proof(worker, i, summary_level(task));
        worker->mode[i] = MODE_DONE;
        return STATUS_OK;
    }
    worker->where_holds[i] = answers == CAN_TRUE;
    if (!worker->where_holds[i] || r->request.n_columns > 1)
        return STATUS_OK;
    if (r->request.n_columns == 0)
        return answer_rows(round, worker, task, i, err);
    TRY(evidence_summary(round, worker, task, r->request.slots[0], &s, err));
    if (r->request.rule)
        return answer_rule(round, worker, task, i, s, err);
    return s ? answer_figure(round, worker, task, i, s, err) : STATUS_OK;
}

/* --- all of it --- */

/* The file's contradictions are found whatever evidence is accepted. */
static enum status ask_summaries(struct round *round, struct worker *worker, const struct task *task, struct error *err)
{
    const struct group *group = &round->groups[task->group];
    const struct column_summary *unused;

    memset(worker->summary_state, SUMMARY_UNASKED, (size_t)round->plan->n_slots + 1);
    for (int32_t s = 0; s < group->n_slots && round->is_first && round->plan->batch->is_typed; s++)
        TRY(evidence_summary(round, worker, task, group->slots[s], &unused, err));
    return STATUS_OK;
}

enum status evidence_gather(struct round *round, struct worker *worker, const struct task *task, bool *any_open,
                            struct error *err)
{
    const struct group *group = &round->groups[task->group];

    *any_open = false;
    worker->n_counting = 0;
    TRY(ask_summaries(round, worker, task, err));
    for (int32_t at = 0; at < group->n_requests; at++) {
        int32_t i = group->requests[at];

        worker->mode[i] = MODE_IDLE;
        if (!round->is_active[i])
            continue;
        TRY(evidence_answer(round, worker, task, i, err));
    }
    TRY(evidence_try_dictionaries(round, worker, task, err));
    for (int32_t at = 0; at < group->n_requests; at++)
        *any_open = *any_open || evidence_is_open(worker, group->requests[at]);
    evidence_needs(round->plan, group, worker);
    if (*any_open)
        evidence_need_counting(round->plan, worker, task);
    if (round->is_first)
        evidence_note_scan(round->plan, group, worker);
    return STATUS_OK;
}

