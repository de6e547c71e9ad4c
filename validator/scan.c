/* validator/scan.c -- see scan.h.
 *
 * For each task the cheapest proof is taken request by request: the unit's summary, the entries of a dictionary, the levels, the
 * values. What is still open decides which columns are read and how.
 */
#include "validator/scan.h"

#include "core/pool.h"

#include <pthread.h>

enum { ROUNDS_MAX = 24 };

enum mode {
    MODE_IDLE,  /* not of this task */
    MODE_DONE,  /* answered by the summary */
    MODE_CLEAN, /* the dictionary proves it: only rows and nulls are counted */
    MODE_SCAN,
};

struct task { int32_t file, unit, group; };

struct worker {
    struct arena arena;   /* of the run */
    struct arena scratch; /* of a task */
    struct eye eye;
    struct unit_scan unit;
    void **states;
    enum evidence *proof;
    bool *has_proof;
    enum mode *mode;      /* one a request, for the task at hand */
    int8_t *needs;        /* one a slot */
    bool *slot_has_values; /* a hypothesis that held at least once */
    struct cell_classes *contradictions; /* one a slot */
    struct error error;
    int64_t error_task;   /* INT64_MAX: none */
};

struct round {
    struct plan *plan;
    struct task *tasks;
    int64_t n_tasks;
    struct worker *workers;
    int32_t n_workers;
    bool *is_active;      /* one a request */
    bool is_first;
    int32_t number;
    double deadline, started;
    struct scan_result *result;
    pthread_mutex_t progress_lock;
    _Atomic int64_t rows;
    double next_progress;
};

/* --- what a unit's summary answers --- */

static void note_proof(struct worker *worker, int32_t request, enum evidence proof)
{
    if (!worker->has_proof[request] || proof < worker->proof[request])
        worker->proof[request] = proof;
    worker->has_proof[request] = true;
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

    if (summary.n_rows < 0)
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

/* Nulls alone decide, and a sample shows nothing but a null. Floats must be looked at for NaN. */
static bool needs_only_nulls(const struct plan *plan, const struct plan_request *r)
{
    struct type type;

    if (r->request.n_columns != 1 || !plan->batch->is_typed)
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

    if (!round->is_first || !table->reader->dictionary)
        return STATUS_OK;
    for (int32_t s = 0; s < plan->n_slots; s++) {
        int32_t column = plan->batch->positions[task->file][plan->slots[s].column];
        struct want want = {column, column < 0 ? plan->slots[s].type : table->schema.columns[column].type, NEED_NULLS};
        struct vector entries;
        bool available = false, all = false;
        struct scan *scan;
        enum status status;

        if (plan->slots[s].group != task->group || column < 0 || plan->n_keys > 0 ||
            !only_dictionary_requests(plan, worker, s))
            continue;
        TRY(table->reader->scan_open(table, task->unit, &want, 1, 0, &scan, err));
        status = table->reader->dictionary(scan, 0, &available, &entries, err);
        if (status == STATUS_OK && available)
            status = try_entries(round, worker, s, &entries, &all, err);
        table->reader->scan_close(scan);
        TRY(status);
    }
    return STATUS_OK;
}

/* --- chunks --- */

static enum status feed(struct round *round, struct worker *worker, const struct task *task, int32_t i, struct error *err)
{
    const struct plan *plan = round->plan;
    const struct plan_request *r = &plan->requests[i];
    const struct chunk *chunk = &worker->unit.chunk;
    const struct vector *columns[REQUEST_COLUMNS_MAX], *keys[SAMPLE_KEYS_MAX];
    struct metric_input in = {.n_rows = chunk->n_rows, .columns = columns, .n_columns = r->request.n_columns,
                              .file = task->file, .first_row = chunk->first_row, .row_of = chunk->row_of, .keys = keys};

    for (int32_t c = 0; c < r->request.n_columns; c++)
        columns[c] = worker->eye.slots[r->request.slots[c]];
    TRY(eye_where(&worker->eye, r->where, &in.rows, &in.n_selected, &in.trouble, err));
    if (worker->mode[i] == MODE_CLEAN) {
        violations_add_clean(worker->states[i], chunk->n_rows, columns[0]->n_nulls,
                             r->request.rule->nulls == NULLS_IGNORE ? chunk->n_rows - columns[0]->n_nulls : chunk->n_rows);
        return STATUS_OK;
    }
    if (r->request.rule)
        TRY(eye_rule(&worker->eye, r, &in, err));
    if (r->takes_keys) {
        in.n_keys = plan->n_keys;
        for (int32_t k = 0; k < plan->n_keys; k++)
            keys[k] = worker->eye.slots[plan->key_slots[k]];
    }
    return r->request.metric->add(worker->states[i], &in, err);
}

/* Cells that speak against the type in which an undeclared column is read. */
static void note_contradictions(const struct plan *plan, struct worker *worker)
{
    for (int32_t s = 0; s < plan->n_slots; s++) {
        const struct slot *slot = &plan->slots[s];
        const struct vector *v = worker->eye.slots[s];
        bool is_number = slot->type.kind == TYPE_INT64 || slot->type.kind == TYPE_DOUBLE;
        bool is_json = column_has_json_strings(&plan->batch->schema.columns[slot->column]);

        if (!slot->is_inferred || !v || !v->raw)
            continue;
        worker->slot_has_values[s] = worker->slot_has_values[s] || v->n_nulls < v->n_rows;
        for (int64_t row = 0; row < v->n_rows; row++) {
            struct span raw = v->raw[row];

            if (!vector_is_valid(v, row))
                continue;
            /* "007" reads as a number but makes its column text */
            if ((v->malformed && bit_get(v->malformed, row)) || (is_number && raw.size > 1 && (raw.at[0] == '0' ||
                 ((raw.at[0] == '-' || raw.at[0] == '+') && raw.at[1] == '0'))))
                cell_classes_add(&worker->contradictions[s], raw, is_json);
        }
    }
}

static void show_progress(struct round *round, int64_t n_rows)
{
    const struct validation_options *o = round->plan->options;
    int64_t rows = atomic_fetch_add_explicit(&round->rows, n_rows, memory_order_relaxed) + n_rows;
    double now;

    if (!o->on_progress || pthread_mutex_trylock(&round->progress_lock) != 0)
        return;
    now = clock_monotonic_seconds();
    if (now >= round->next_progress) {
        struct progress progress = {rows, atomic_load(&read_counters.bytes_read), round->plan->batch->bytes,
                                    round->number, now - round->started};

        round->next_progress = now + 0.1;
        o->on_progress(o->progress_context, &progress);
    }
    pthread_mutex_unlock(&round->progress_lock);
}

static enum status look_around(const struct round *round, struct error *err)
{
    const atomic_bool *cancelled = round->plan->options->cancelled;

    if (cancelled && atomic_load(cancelled))
        return error_set(err, STATUS_CANCELLED, "the run was cancelled");
    if (round->deadline > 0 && clock_monotonic_seconds() > round->deadline)
        return error_set(err, STATUS_TIMED_OUT, "the run did not end within --timeout");
    return STATUS_OK;
}

static enum status scan_chunks(struct round *round, struct worker *worker, const struct task *task, struct error *err)
{
    const struct plan *plan = round->plan;
    int64_t rows = 0;

    for (;;) {
        TRY(look_around(round, err));
        TRY(unit_scan_next(&worker->unit, &worker->eye, err));
        if (worker->unit.chunk.n_rows == 0)
            break;
        rows += worker->unit.chunk.n_rows;
        if (!plan->batch->is_typed && round->is_first)
            note_contradictions(plan, worker);
        for (int32_t i = 0; i < plan->n_requests; i++)
            if (worker->mode[i] == MODE_SCAN || worker->mode[i] == MODE_CLEAN)
                TRY(feed(round, worker, task, i, err));
        show_progress(round, worker->unit.chunk.n_rows);
    }
    if (!plan->batch->is_typed && round->is_first) {
        const struct scan *scan = worker->unit.scan;
        const struct damage *damage = scan && scan->reader->scan_damage ? scan->reader->scan_damage(scan) : NULL;

        round->result->file_rows[task->file] = rows; /* one task a file: nobody else writes this */
        if (damage)
            round->result->damage[task->file] = *damage;
    }
    return STATUS_OK;
}

static void note_scan_proofs(const struct plan *plan, struct worker *worker)
{
    for (int32_t i = 0; i < plan->n_requests; i++)
        if (worker->mode[i] == MODE_SCAN)
            note_proof(worker, i, needs_only_nulls(plan, &plan->requests[i]) && plan->requests[i].where == NO_PREDICATE &&
                                          worker->needs[plan->requests[i].request.slots[0]] == NEED_NULLS
                                      ? EVIDENCE_LEVELS
                                      : EVIDENCE_VALUES);
}

static enum status scan_task(struct round *round, struct worker *worker, const struct task *task, struct error *err)
{
    const struct plan *plan = round->plan;
    int32_t n_open = 0;
    enum status status;

    arena_reset(&worker->scratch);
    for (int32_t i = 0; i < plan->n_requests; i++) {
        bool answered = false;

        worker->mode[i] = MODE_IDLE;
        if (!round->is_active[i] || plan->requests[i].group != task->group)
            continue;
        TRY(answer_summary(round, worker, task, i, &answered, err));
        worker->mode[i] = answered ? MODE_DONE : MODE_SCAN;
        n_open += !answered;
    }
    if (n_open == 0 && (plan->batch->is_typed || !round->is_first))
        return STATUS_OK;
    TRY(try_dictionaries(round, worker, task, err));
    collect_needs(plan, worker);
    if (round->is_first)
        note_scan_proofs(plan, worker);
    TRY(unit_scan_open(&worker->unit, &worker->scratch, task->file, task->unit, worker->needs, NULL, 0, 0, err));
    status = scan_chunks(round, worker, task, err);
    unit_scan_close(&worker->unit);
    return status;
}

static void place_error(const struct plan *plan, const struct task *task, struct error *err)
{
    error_source(err, plan->batch->found.files[task->file].path);
}

static bool run_task(void *context, int number, int64_t at)
{
    struct round *round = context;
    struct worker *worker = &round->workers[number];
    struct error err = ERROR_NONE;

    if (scan_task(round, worker, &round->tasks[at], &err) == STATUS_OK)
        return true;
    place_error(round->plan, &round->tasks[at], &err);
    if (at < worker->error_task) {
        worker->error_task = at;
        worker->error = err;
    }
    return false;
}

/* --- rounds --- */

static enum status make_tasks(struct round *round, struct arena *arena, struct error *err)
{
    const struct batch *batch = round->plan->batch;
    int64_t units = 0;

    for (int32_t f = 0; f < batch->found.n_files; f++)
        units += batch->tables[f]->n_units;
    round->tasks = arena_array(arena, (size_t)units * (size_t)round->plan->n_groups + 1, sizeof *round->tasks);
    if (!round->tasks)
        return error_no_memory(err);
    round->n_tasks = 0;
    for (int32_t f = 0; f < batch->found.n_files; f++)
        for (int32_t u = 0; u < batch->tables[f]->n_units; u++)
            for (int32_t g = 0; g < round->plan->n_groups; g++)
                round->tasks[round->n_tasks++] = (struct task){f, u, g};
    return STATUS_OK;
}

static enum status worker_init(struct worker *worker, const struct plan *plan, struct error *err)
{
    size_t n = (size_t)plan->n_requests + 1, slots = (size_t)plan->n_slots + 1;

    arena_init(&worker->arena, plan->memory, 0);
    arena_init(&worker->scratch, plan->memory, 0);
    worker->error_task = INT64_MAX;
    worker->states = arena_array(&worker->arena, n, sizeof *worker->states);
    worker->proof = arena_array(&worker->arena, n, sizeof *worker->proof);
    worker->has_proof = arena_array(&worker->arena, n, sizeof *worker->has_proof);
    worker->mode = arena_array(&worker->arena, n, sizeof *worker->mode);
    worker->needs = arena_array(&worker->arena, slots, sizeof *worker->needs);
    worker->slot_has_values = arena_array(&worker->arena, slots, sizeof *worker->slot_has_values);
    worker->contradictions = arena_array(&worker->arena, slots, sizeof *worker->contradictions);
    if (!worker->states || !worker->proof || !worker->has_proof || !worker->mode || !worker->needs ||
        !worker->slot_has_values || !worker->contradictions)
        return error_no_memory(err);
    for (int32_t i = 0; i < plan->n_requests; i++) {
        worker->states[i] = arena_alloc(&worker->arena, plan->requests[i].request.metric->state_size);
        if (!worker->states[i])
            return error_no_memory(err);
    }
    TRY(eye_init(&worker->eye, plan, &worker->arena, err));
    return unit_scan_init(&worker->unit, plan, &worker->arena, err);
}

static void worker_states_done(struct worker *worker, const struct plan *plan, const bool *which)
{
    for (int32_t i = 0; i < plan->n_requests; i++)
        if (worker->states && worker->states[i] && which[i]) {
            plan->requests[i].request.metric->done(worker->states[i]);
            memset(worker->states[i], 0, plan->requests[i].request.metric->state_size);
        }
}

static enum status start_states(struct round *round, struct worker *worker, struct error *err)
{
    const struct plan *plan = round->plan;

    for (int32_t i = 0; i < plan->n_requests; i++) {
        const struct plan_request *r = &plan->requests[i];

        if (!round->is_active[i])
            continue;
        if (round->is_first)
            TRY(r->request.metric->init(worker->states[i], &r->setup, err));
        else
            TRY(r->request.metric->fork(worker->states[i], round->result->states[i], &r->setup, err));
    }
    return STATUS_OK;
}

/* Some states only show which request they belong to by its id, so a failure to merge names the column. */
static enum status merge_states(struct round *round, struct error *err)
{
    const struct plan *plan = round->plan;

    for (int32_t w = 0; w < round->n_workers; w++)
        for (int32_t i = 0; i < plan->n_requests; i++) {
            const struct plan_request *r = &plan->requests[i];
            struct worker *worker = &round->workers[w];

            if (!round->is_active[i])
                continue;
            if (r->request.metric->merge(round->result->states[i], worker->states[i], err) != STATUS_OK) {
                if (r->request.n_columns > 0)
                    error_column(err, plan->batch->schema.columns[plan->slots[r->request.slots[0]].column].name);
                return err->status;
            }
            if (worker->has_proof[i] && (!round->result->has_proof[i] || worker->proof[i] < round->result->proof[i]))
                round->result->proof[i] = worker->proof[i];
            round->result->has_proof[i] = round->result->has_proof[i] || worker->has_proof[i];
        }
    return STATUS_OK;
}

static enum status first_error(struct round *round, struct error *err)
{
    struct worker *first = NULL;

    for (int32_t w = 0; w < round->n_workers; w++)
        if (round->workers[w].error_task != INT64_MAX && (!first || round->workers[w].error_task < first->error_task))
            first = &round->workers[w];
    if (!first)
        return STATUS_OK;
    *err = first->error;
    return err->status;
}

static enum status next_actives(struct round *round, bool *any, struct error *err)
{
    const struct plan *plan = round->plan;

    *any = false;
    for (int32_t i = 0; i < plan->n_requests; i++) {
        const struct metric *metric = plan->requests[i].request.metric;
        bool wanted = false;

        if (round->is_active[i] && metric->next_round)
            TRY(metric->next_round(round->result->states[i], &wanted, err));
        round->is_active[i] = wanted;
        *any = *any || wanted;
    }
    return STATUS_OK;
}

static enum status run_round(struct round *round, struct error *err)
{
    enum status status = STATUS_OK;

    for (int32_t w = 0; w < round->n_workers && status == STATUS_OK; w++)
        status = start_states(round, &round->workers[w], err);
    if (status == STATUS_OK) {
        pool_run(round->n_workers, round->n_tasks, run_task, round);
        status = first_error(round, err);
    }
    if (status == STATUS_OK)
        status = merge_states(round, err);
    for (int32_t w = 0; w < round->n_workers; w++)
        worker_states_done(&round->workers[w], round->plan, round->is_active);
    return status;
}

/* --- after the first round of cell readers --- */

/* Damage that the suite names, and no more of it than it names. */
static bool damage_is_accepted(const struct suite *suite, const struct scan_result *result)
{
    return suite->judges_damage && (suite->malformed.kind == TOLERANCE_NONE ||
                                    tolerance_holds(&suite->malformed, result->n_records, result->n_damaged));
}

static enum status judge_damage(struct round *round, struct error *err)
{
    struct scan_result *result = round->result;
    const struct damage *first = NULL;
    int32_t file = 0;

    for (int32_t f = 0; f < round->plan->batch->found.n_files; f++) {
        const struct damage *d = &result->damage[f];

        result->n_records += d->n_total;
        result->n_damaged += d->n_records;
        if (d->n_records > 0 && !first) {
            first = d;
            file = f;
        }
    }
    if (!first || damage_is_accepted(round->plan->suite, result))
        return STATUS_OK;
    error_source(err, round->plan->batch->found.files[file].path);
    err->line = first->n_items ? first->items[0].line : -1;
    err->byte = first->n_items ? first->items[0].byte : -1;
    return error_set(err, STATUS_BAD_DATA, "%s; %lld of %lld records are damaged (%s)",
                     first->n_items ? first->items[0].what : "damaged", (long long)result->n_damaged,
                     (long long)result->n_records,
                     round->plan->suite->judges_damage ? "more than `malformed:` allows" : "to judge them, see `malformed:`");
}

/* Did the cells speak against a hypothesis? Then what they are is known now. */
static void learn_types(struct round *round)
{
    struct plan *plan = round->plan;

    for (int32_t s = 0; s < plan->n_slots; s++) {
        struct cell_classes *known = &plan->classes[plan->slots[s].column];
        bool has_values = false;

        if (!plan->slots[s].is_inferred)
            continue;
        for (int32_t w = 0; w < round->n_workers; w++) {
            cell_classes_merge(known, &round->workers[w].contradictions[s]);
            has_values = has_values || round->workers[w].slot_has_values[s];
        }
        if (has_values && plan->slots[s].type.kind == TYPE_INT64 && plan_family_type(known, FAMILY_ANY).kind == TYPE_INT64)
            known->n[CELL_INT64]++; /* the guess for a column that began with nulls came true */
    }
    for (int32_t s = 0; s < plan->n_slots; s++)
        if (plan->slots[s].is_inferred &&
            !type_equal(plan_family_type(&plan->classes[plan->slots[s].column], plan->slots[s].family), plan->slots[s].type))
            round->result->is_contradicted = true;
}

/* --- all of it --- */

static enum status result_init(struct scan_result *out, const struct plan *plan, struct arena *arena, struct error *err)
{
    size_t n = (size_t)plan->n_requests + 1, files = (size_t)plan->batch->found.n_files + 1;

    *out = (struct scan_result){.arena = arena, .plan = plan};
    out->states = arena_array(arena, n, sizeof *out->states);
    out->proof = arena_array(arena, n, sizeof *out->proof);
    out->has_proof = arena_array(arena, n, sizeof *out->has_proof);
    out->damage = arena_array(arena, files, sizeof *out->damage);
    out->file_rows = arena_array(arena, files, sizeof *out->file_rows);
    if (!out->states || !out->proof || !out->has_proof || !out->damage || !out->file_rows)
        return error_no_memory(err);
    for (int32_t f = 0; f < plan->batch->found.n_files; f++)
        out->file_rows[f] = plan->batch->tables[f]->n_rows;
    for (int32_t i = 0; i < plan->n_requests; i++) {
        out->states[i] = arena_alloc(arena, plan->requests[i].request.metric->state_size);
        if (!out->states[i])
            return error_no_memory(err);
        TRY(plan->requests[i].request.metric->init(out->states[i], &plan->requests[i].setup, err));
    }
    return STATUS_OK;
}

static enum status run_rounds(struct round *round, struct error *err)
{
    bool any = true;

    for (round->number = 1; any; round->number++) {
        if (round->number > ROUNDS_MAX)
            return error_set(err, STATUS_INTERNAL, "a metric asked for more than %d rounds", ROUNDS_MAX);
        round->is_first = round->number == 1;
        TRY(run_round(round, err));
        if (round->is_first && !round->plan->batch->is_typed) {
            TRY(judge_damage(round, err));
            learn_types(round);
            if (round->result->is_contradicted)
                return STATUS_OK;
        }
        TRY(next_actives(round, &any, err));
    }
    return STATUS_OK;
}

static int32_t worker_count(const struct plan *plan, int64_t n_tasks)
{
    int32_t n = plan->options->threads > 0 ? plan->options->threads : pool_cores();

    return n_tasks < n ? (n_tasks < 1 ? 1 : (int32_t)n_tasks) : n;
}

enum status scan_run(struct plan *plan, double deadline, struct arena *arena, struct scan_result *out, struct error *err)
{
    struct round round = {.plan = plan, .deadline = deadline, .result = out, .started = clock_monotonic_seconds()};
    enum status status;

    TRY(result_init(out, plan, arena, err));
    TRY(make_tasks(&round, arena, err));
    round.n_workers = worker_count(plan, round.n_tasks);
    round.workers = arena_array(arena, (size_t)round.n_workers, sizeof *round.workers);
    round.is_active = arena_array(arena, (size_t)plan->n_requests + 1, sizeof *round.is_active);
    if (!round.workers || !round.is_active)
        return error_no_memory(err);
    memset(round.is_active, 1, (size_t)plan->n_requests);
    round.next_progress = round.started + 1;
    pthread_mutex_init(&round.progress_lock, NULL);
    status = STATUS_OK;
    for (int32_t w = 0; w < round.n_workers && status == STATUS_OK; w++)
        status = worker_init(&round.workers[w], plan, err);
    if (status == STATUS_OK)
        status = run_rounds(&round, err);
    for (int32_t w = 0; w < round.n_workers; w++) {
        eye_done(&round.workers[w].eye);
        arena_done(&round.workers[w].scratch);
        arena_done(&round.workers[w].arena);
    }
    pthread_mutex_destroy(&round.progress_lock);
    return status;
}

void scan_done(struct scan_result *result)
{
    for (int32_t i = 0; result->states && i < result->plan->n_requests; i++)
        if (result->states[i])
            result->plan->requests[i].request.metric->done(result->states[i]);
    result->states = NULL;
}
