/* validator/evidence.c -- what can be known of a unit without its values: see worker.h.
 *
 * For each task the cheapest proof is taken request by request: the unit's summary, the entries of a dictionary, the levels, the
 * values. What is still open decides which columns are read and how.
 */
#include "columns/cast.h"
#include "validator/worker.h"

/* --- what a unit's summary answers --- */

static void note_proof(struct worker *worker, int32_t request, enum evidence proof)
{
    if (!worker->has_proof[request] || proof < worker->proof[request])
        worker->proof[request] = proof;
    worker->has_proof[request] = true;
}

static bool accepts(const struct plan *plan, enum evidence proof)
{
    return proof >= plan->options->evidence;
}

/* What is said by weaker evidence than is accepted was not said. */
static void forget_weak(const struct plan *plan, struct column_summary *summary)
{
    if (!accepts(plan, summary->nulls_evidence))
        summary->has_nulls_count = false;
    if (!accepts(plan, EVIDENCE_FOOTER))
        summary->has_bounds = false;
}

/* not_null of a unit without nulls: nothing to show, everything is counted. */
static bool presence_is_proved(const struct plan *plan, const struct plan_request *r, const struct column_summary *summary)
{
    return r->request.rule && plan->predicates[r->holds].is_true && r->request.n_columns == 1 && summary->has_nulls_count &&
           summary->n_nulls == 0 && summary->has_nan_count && summary->n_nans == 0;
}

static enum status answer_rows(struct round *round, struct worker *worker, const struct task *task, int32_t i, bool *answered,
                               struct error *err)
{
    const struct table *table = round->plan->batch->tables[task->file];
    struct column_summary summary = {.n_rows = table->reader->unit_rows(table, task->unit)};
    enum evidence proof = EVIDENCE_FOOTER;

    if (summary.n_rows < 0 || !accepts(round->plan, EVIDENCE_FOOTER))
        return STATUS_OK;
    TRY(round->plan->requests[i].request.metric->from_summary(worker->states[i], &summary, answered, &proof, err));
    if (*answered)
        note_proof(worker, i, proof);
    return STATUS_OK;
}

static enum status answer_summary(struct round *round, struct worker *worker, const struct task *task, int32_t i,
                                  bool *answered, struct error *err)
{
    const struct plan_request *r = &round->plan->requests[i];
    struct table *table = round->plan->batch->tables[task->file];
    struct column_summary summary;
    enum evidence proof = EVIDENCE_FOOTER;
    struct cast cast;
    int32_t column;

    *answered = false;
    if (!round->is_first || r->where != NO_PREDICATE || !round->plan->batch->is_typed)
        return STATUS_OK;
    if (r->request.n_columns == 0)
        return r->request.metric->from_summary ? answer_rows(round, worker, task, i, answered, err) : STATUS_OK;
    column = round->plan->batch->positions[task->file][round->plan->slots[r->request.slots[0]].column];
    if (r->request.n_columns != 1 || column == COLUMN_ABSENT || !table->reader->summary ||
        table->schema.columns[column].repeated)
        return STATUS_OK;
    TRY(table->reader->summary(table, task->unit, column, &summary, err));
    forget_weak(round->plan, &summary);
    if (!cast_find(table->schema.columns[column].type, round->plan->slots[r->request.slots[0]].type, &cast) ||
        cast.kind != CAST_NONE)
        summary.has_bounds = false; /* values of the file's own type, where other files have a wider one */
    if (presence_is_proved(round->plan, r, &summary)) {
        violations_add_clean(worker->states[i], summary.n_rows, 0, summary.n_rows);
        note_proof(worker, i, summary.nulls_evidence);
        *answered = true;
    } else if (r->request.metric->from_summary) {
        TRY(r->request.metric->from_summary(worker->states[i], &summary, answered, &proof, err));
        if (*answered)
            note_proof(worker, i, proof);
    }
    return STATUS_OK;
}

/* --- what must be read --- */

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

/* Nulls may be all that is read of the column. That a column is REQUIRED is the schema's word, not that of levels. */
static bool levels_tell_nulls(const struct plan *plan, int32_t slot)
{
    return accepts(plan, EVIDENCE_LEVELS) &&
           (accepts(plan, EVIDENCE_SCHEMA) || plan->batch->schema.columns[plan->slots[slot].column].is_nullable);
}

/* Nulls alone decide, and a sample shows nothing but a null. Floats must be looked at for NaN. */
static bool needs_only_nulls(const struct plan *plan, const struct plan_request *r)
{
    struct type type;

    if (r->request.n_columns != 1 || !plan->batch->is_typed || !levels_tell_nulls(plan, r->request.slots[0]))
        return false;
    type = plan->slots[r->request.slots[0]].type;
    if (type_is_float(type))
        return false;
    if (r->request.metric->needs_only_nulls)
        return true;
    return r->request.rule && plan->predicates[r->holds].is_true;
}

static void need_request(const struct plan *plan, struct worker *worker, int32_t i)
{
    const struct plan_request *r = &plan->requests[i];
    bool nulls = worker->mode[i] == MODE_CLEAN || needs_only_nulls(plan, r);

    for (int32_t c = 0; c < r->request.n_columns; c++)
        need(worker, r->request.slots[c], nulls ? NEED_NULLS : NEED_VALUES);
    need_predicate(plan, worker, r->where);
    if (worker->mode[i] == MODE_CLEAN)
        return;
    need_predicate(plan, worker, r->holds);
    for (int32_t k = 0; r->takes_keys && k < plan->n_keys; k++)
        need(worker, plan->key_slots[k], NEED_VALUES);
}

static void collect_needs(const struct plan *plan, struct worker *worker)
{
    memset(worker->needs, -1, (size_t)plan->n_slots + 1);
    for (int32_t i = 0; i < plan->n_requests; i++)
        if (worker->mode[i] == MODE_SCAN || worker->mode[i] == MODE_CLEAN)
            need_request(plan, worker, i);
}

/* Rows that no column's needs count, where the footer's word is not enough: a column that is cheap to read. */
static void need_counting(const struct plan *plan, struct worker *worker, const struct task *task)
{
    const struct table *table = plan->batch->tables[task->file];
    bool any = false;
    int best = 0;

    worker->n_counting = 0;
    for (int32_t s = 0; s < plan->n_slots; s++)
        any = any || worker->needs[s] >= 0;
    if (any || !plan->batch->is_typed || accepts(plan, EVIDENCE_FOOTER))
        return;
    for (int32_t c = 0; c < table->schema.n_columns; c++) {
        const struct column *column = &table->schema.columns[c];
        bool by_levels = column->is_nullable && accepts(plan, EVIDENCE_LEVELS);
        enum lane lane = type_lane(column->type);
        int merit = by_levels ? 3 : lane == LANE_NONE ? 0 : lane == LANE_BYTES || lane == LANE_I128 ? 1 : 2;

        if (column->repeated || merit <= best)
            continue;
        best = merit;
        worker->counting = (struct want){c, column->type, by_levels ? NEED_NULLS : NEED_VALUES};
        worker->n_counting = 1;
    }
}

/* --- dictionaries --- */

static bool may_use_dictionary(const struct plan *plan, const struct plan_request *r)
{
    const int32_t *slots;
    int32_t n = 0;

    if (!r->request.rule || r->where != NO_PREDICATE || plan->predicates[r->holds].is_true || r->request.n_columns != 1 ||
        r->request.rule->nulls == NULLS_FAIL || r->request.rule->missing_is_unknown)
        return false;
    slots = predicate_slots(plan->predicates[r->holds].predicate, &n);
    return n == 1 && slots[0] == r->request.slots[0];
}

/* A column's dictionary helps only where nothing else needs its values. */
static bool only_dictionary_requests(const struct plan *plan, const struct worker *worker, int32_t slot)
{
    bool any = false;

    for (int32_t i = 0; i < plan->n_requests; i++) {
        const struct plan_request *r = &plan->requests[i];
        const int32_t *slots;
        int32_t n = 0;

        if (worker->mode[i] != MODE_SCAN)
            continue;
        if (r->request.n_columns == 1 && r->request.slots[0] == slot) {
            if (!may_use_dictionary(plan, r) && !(needs_only_nulls(plan, r) && r->where == NO_PREDICATE))
                return false;
            any = any || may_use_dictionary(plan, r);
            continue;
        }
        for (int32_t c = 0; c < r->request.n_columns; c++)
            if (r->request.slots[c] == slot)
                return false;
        for (int p = 0; p < 2; p++) {
            int32_t predicate = p ? r->where : r->holds;

            if (predicate == NO_PREDICATE || plan->predicates[predicate].is_true)
                continue;
            slots = predicate_slots(plan->predicates[predicate].predicate, &n);
            for (int32_t k = 0; k < n; k++)
                if (slots[k] == slot)
                    return false;
        }
    }
    return any;
}

static enum status try_entries(struct round *round, struct worker *worker, int32_t slot, const struct vector *entries,
                               bool *all, struct error *err)
{
    const struct plan *plan = round->plan;

    *all = true;
    for (int32_t i = 0; i < plan->n_requests && *all; i++)
        if (worker->mode[i] == MODE_SCAN && plan->requests[i].request.n_columns == 1 &&
            plan->requests[i].request.slots[0] == slot && may_use_dictionary(plan, &plan->requests[i]))
            TRY(eye_entries_hold(&worker->eye, &plan->requests[i], entries, all, err));
    for (int32_t i = 0; i < plan->n_requests && *all; i++)
        if (worker->mode[i] == MODE_SCAN && plan->requests[i].request.n_columns == 1 &&
            plan->requests[i].request.slots[0] == slot && may_use_dictionary(plan, &plan->requests[i])) {
            worker->mode[i] = MODE_CLEAN;
            note_proof(worker, i, EVIDENCE_DICTIONARY);
        }
    return STATUS_OK;
}

/* Looks into the dictionaries of the slots that only such requests need; what they prove becomes MODE_CLEAN. */
static enum status try_dictionaries(struct round *round, struct worker *worker, const struct task *task, struct error *err)
{
    const struct plan *plan = round->plan;
    struct table *table = plan->batch->tables[task->file];

    if (!round->is_first || !table->reader->dictionary || !accepts(plan, EVIDENCE_DICTIONARY))
        return STATUS_OK;
    for (int32_t s = 0; s < plan->n_slots; s++) {
        int32_t column = plan->batch->positions[task->file][plan->slots[s].column];
        struct want want = {column, plan->slots[s].type, NEED_NULLS};
        struct vector entries;
        bool available = false, all = false;
        struct scan *scan;
        enum status status;

        if (plan->slots[s].group != task->group || column < 0 || plan->n_keys > 0 ||
            !only_dictionary_requests(plan, worker, s))
            continue;
        TRY(table->reader->scan_part
                ? table->reader->scan_part(table, task->unit, NULL, &want, 1, &worker->room, &scan, err)
                : table->reader->scan_open(table, task->unit, &want, 1, 0, &scan, err));
        status = table->reader->dictionary(scan, 0, &available, &entries, err);
        if (status == STATUS_OK && available)
            status = try_entries(round, worker, s, &entries, &all, err);
        table->reader->scan_close(scan);
        TRY(status);
    }
    return STATUS_OK;
}

/* How a request is answered by what is read for it. */
static enum evidence scan_proof(const struct plan *plan, const struct worker *worker, const struct plan_request *r)
{
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
    return needs_only_nulls(plan, r) && r->where == NO_PREDICATE && worker->needs[r->request.slots[0]] == NEED_NULLS
               ? EVIDENCE_LEVELS
               : EVIDENCE_VALUES;
}

static void note_scan_proofs(const struct plan *plan, struct worker *worker)
{
    for (int32_t i = 0; i < plan->n_requests; i++)
        if (worker->mode[i] == MODE_SCAN)
            note_proof(worker, i, scan_proof(plan, worker, &plan->requests[i]));
}

/* --- all of it --- */

enum status evidence_gather(struct round *round, struct worker *worker, const struct task *task, bool *is_open,
                            struct error *err)
{
    const struct plan *plan = round->plan;

    *is_open = false;
    for (int32_t i = 0; i < plan->n_requests; i++) {
        bool answered = false;

        worker->mode[i] = MODE_IDLE;
        if (!round->is_active[i] || plan->requests[i].group != task->group)
            continue;
        TRY(answer_summary(round, worker, task, i, &answered, err));
        worker->mode[i] = answered ? MODE_DONE : MODE_SCAN;
        *is_open = *is_open || !answered;
    }
    if (*is_open)
        TRY(try_dictionaries(round, worker, task, err));
    collect_needs(plan, worker);
    worker->n_counting = 0;
    if (*is_open)
        need_counting(plan, worker, task);
    if (round->is_first)
        note_scan_proofs(plan, worker);
    return STATUS_OK;
}
