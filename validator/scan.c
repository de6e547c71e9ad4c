/* validator/scan.c -- see scan.h. What must be read for a task, and what need not, evidence.c tells. */
#include "validator/apart.h"
#include "validator/audit.h"
#include "validator/evidence.h"
#include "validator/reference.h"
#include "validator/verdict.h"

#include "core/pool.h"
#include "readers/text.h"

enum { ROUNDS_MAX = 100000 }; /* a metric that has little memory goes on in slices */

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
    TRY(eye_where(&worker->eye, worker->mode[i] == MODE_HELD ? NO_PREDICATE : r->where, &in.rows, &in.n_selected, &in.trouble, err));
    if (worker->mode[i] == MODE_HELD)
        eye_held(&worker->eye, r, &in);
    else if (r->request.rule)
        TRY(eye_rule(&worker->eye, r, &in, err));
    if (r->takes_keys) {
        in.n_keys = plan->n_keys;
        for (int32_t k = 0; k < plan->n_keys; k++)
            keys[k] = worker->eye.slots[plan->key_slots[k]];
    }
    TRY(witness_see(&worker->witnesses[i], &in, err));
    return r->request.metric->add(worker->states[i], &in, err);
}

/* "007" reads as a number but makes its column text. */
static bool speaks_against(const struct vector *v, int64_t row, bool is_number)
{
    struct span raw = v->raw[row];
    size_t sign;

    if (!vector_is_valid(v, row))
        return false;
    sign = raw.size && (raw.at[0] == '-' || raw.at[0] == '+');
    return (v->malformed && bit_get(v->malformed, row)) ||
           (is_number && raw.size > sign + 1 && raw.at[sign] == '0' && raw.at[sign + 1] >= '0' && raw.at[sign + 1] <= '9');
}

/* Cells that speak against the type in which an undeclared column is read. */
static void note_contradictions(const struct plan *plan, struct worker *worker)
{
    for (int32_t s = 0; s < plan->n_slots; s++) {
        const struct slot *slot = &plan->slots[s];
        const struct vector *v = worker->eye.slots[s];
        bool is_number = slot->type.kind == TYPE_INT64 || slot->type.kind == TYPE_DOUBLE;
        /* Which cells of such a column are JSON strings nobody knows; a use that asks for numbers takes what reads as one. */
        bool is_json = slot->family != FAMILY_NUMBER && column_has_json_strings(&plan->batch->schema.columns[slot->column]);

        if ((!slot->is_inferred && !slot->is_open) || !v)
            continue;
        worker->slot_has_values[s] = worker->slot_has_values[s] || v->n_nulls < v->n_rows;
        if (!v->raw || (!v->malformed && !(is_number && v->has_leading_zeros)))
            continue;
        for (int64_t row = 0; row < v->n_rows; row++)
            if (speaks_against(v, row, is_number))
                cell_classes_add(&worker->contradictions[s], v->raw[row], is_json,
                                 plan->batch->schema.columns[slot->column].style);
    }
}

static void show_progress(struct round *round, struct worker *worker)
{
    int64_t n_rows = worker->unit.chunk.n_rows, n_bytes = read_counters.bytes_read - worker->bytes_told;
    const struct validation_options *o = round->plan->options;
    int64_t rows = atomic_fetch_add_explicit(&round->rows, n_rows, memory_order_relaxed) + n_rows;
    int64_t bytes = atomic_fetch_add_explicit(&round->bytes, n_bytes, memory_order_relaxed) + n_bytes;
    double now;

    worker->bytes_told += n_bytes;
    if (!o->on_progress || pthread_mutex_trylock(&round->progress_lock) != 0)
        return;
    now = clock_monotonic_seconds();
    if (now >= round->next_progress) {
        struct progress progress = {rows, bytes, round->plan->batch->bytes,
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

/* A file's units add up, in whatever order they are done. */
static void note_records(struct scan_result *result, pthread_mutex_t *lock, int32_t file, int64_t rows, const struct damage *damage)
{
    pthread_mutex_lock(lock);
    result->file_rows[file] = (result->file_rows[file] < 0 ? 0 : result->file_rows[file]) + rows;
    if (damage)
        damage_merge(&result->damage[file], damage);
    pthread_mutex_unlock(lock);
}

/* Are so many rows unexpected already that no more are needed? */
static void note_enough(struct round *round, struct worker *worker, int32_t i)
{
    const struct plan_request *r = &round->plan->requests[i];
    int64_t n;

    if (r->enough == INT64_MAX && r->fatal == INT64_MAX)
        return;
    n = violations_counts(worker->states[i]).n_unexpected;
    if (n >= r->enough)
        atomic_store_explicit(&round->is_certain[i], true, memory_order_relaxed);
    if (n >= r->fatal)
        atomic_store_explicit(&round->is_stopped, true, memory_order_relaxed);
}

/* Could anything from this chunk to the end of the task still matter? */
static bool needs_more(const struct round *round, const struct worker *worker, const struct task *task, int32_t i)
{
    const struct metric *metric = round->plan->requests[i].request.metric;
    const struct chunk *chunk = &worker->unit.chunk;

    return round->is_first || !metric->needs_rows || chunk->row_of ||
           metric->needs_rows(worker->states[i], task->file, chunk->first_row, INT64_MAX / 4);
}

/* Feeds what the task has open; *any: was there anything that is not certain yet? */
static enum status feed_all(struct round *round, struct worker *worker, const struct task *task, bool *any, struct error *err)
{
    const struct group *group = &round->groups[task->group];

    *any = !round->plan->batch->is_typed || group->n_requests == 0 || task->n_counting > 0;
    for (int32_t at = 0; at < group->n_requests; at++) {
        int32_t i = group->requests[at];

        if ((task->mode[at] != MODE_SCAN && task->mode[at] != MODE_HELD) ||
            atomic_load_explicit(&round->is_certain[i], memory_order_relaxed) || !needs_more(round, worker, task, i))
            continue;
        *any = true;
        TRY(feed(round, worker, task, i, err));
        note_enough(round, worker, i);
    }
    return STATUS_OK;
}

/* The next task is of another column as a rule. What was put off is done here, by all threads, and not when states are merged, by one. */
static void rest_all(const struct round *round, struct worker *worker, const struct task *task)
{
    const struct group *group = &round->groups[task->group];
    int64_t started = timings_now();

    for (int32_t at = 0; at < group->n_requests; at++) {
        const struct metric *metric = round->plan->requests[group->requests[at]].request.metric;

        if (metric->rest && task->mode[at] == MODE_SCAN)
            metric->rest(worker->states[group->requests[at]]);
    }
    worker->metrics_nanos += timings_now() - started;
}

static enum status scan_chunks(struct round *round, struct worker *worker, const struct task *task, struct error *err)
{
    const struct plan *plan = round->plan;
    bool any = true;
    int64_t rows = 0, started;

    while (any && !atomic_load_explicit(&round->is_stopped, memory_order_relaxed)) {
        TRY(look_around(round, err));
        TRY(unit_scan_next(&worker->unit, &worker->eye, err));
        if (worker->unit.chunk.n_rows == 0)
            break;
        started = timings_now();
        rows += worker->unit.chunk.n_rows;
        if (!plan->batch->is_typed && round->is_first)
            note_contradictions(plan, worker);
        TRY(feed_all(round, worker, task, &any, err));
        worker->metrics_nanos += timings_now() - started;
        show_progress(round, worker);
    }
    rest_all(round, worker, task);
    if (!plan->batch->is_typed && round->is_first && task->group == 0) { /* the rows; other groups are entries of lists */
        const struct scan *scan = worker->unit.scan;
        const struct damage *damage = scan && scan->reader->scan_damage ? scan->reader->scan_damage(scan) : NULL;

        note_records(round->result, &round->records_lock, task->file, rows, damage);
    }
    return STATUS_OK;
}

static void place_error(const struct plan *plan, const struct task *task, struct error *err)
{
    error_source(err, plan->batch->found.files[task->file].path);
}

static bool keep_error(struct round *round, struct worker *worker, const struct task *task, int64_t at, struct error *err)
{
    place_error(round->plan, task, err);
    if (at < worker->error_task) {
        worker->error_task = at;
        worker->error = *err;
    }
    return false;
}

/* A cell reader's unit is scanned even where nobody asks for its cells: rows and damage are counted. */
static enum status look_at_unit(struct round *round, struct worker *worker, struct task *unit, struct error *err)
{
    bool is_open = false, is_cut = false;

    unit->mode = NULL;
    unit->n_pieces = 0;
    arena_reset(&worker->scratch);
    TRY(evidence_gather(round, worker, unit, &is_open, err));
    TRY(audit_unit(round, worker, unit, err));
    if (is_open)
        TRY(round->is_first ? evidence_pages(round, worker, unit, &is_cut, err) : tasks_narrow(round, worker, unit, &is_cut, err));
    for (int32_t at = 0; at < round->groups[unit->group].n_requests; at++)
        note_enough(round, worker, round->groups[unit->group].requests[at]);
    if ((is_open && !is_cut) || (!round->plan->batch->is_typed && round->is_first))
        TRY(tasks_note(round, worker, unit, err));
    tasks_leave(round, worker, unit);
    return STATUS_OK;
}

static bool run_unit(void *context, int number, int64_t at)
{
    struct round *round = context;
    struct worker *worker = &round->workers[number];
    struct error err = ERROR_NONE;
    int64_t started = timings_now();
    bool is_done = look_at_unit(round, worker, &round->units[at], &err) == STATUS_OK ||
                   keep_error(round, worker, &round->units[at], at, &err);

    worker->busy_nanos += timings_now() - started;
    return is_done;
}

static enum status scan_task(struct round *round, struct worker *worker, const struct task *task, struct error *err)
{
    enum status status;

    if (atomic_load_explicit(&round->is_stopped, memory_order_relaxed))
        return STATUS_OK;
    arena_reset(&worker->scratch);
    tasks_enter(round, worker, task);
    worker->unit.part = task->part.n_rows >= 0 ? &task->part : NULL;
    status = unit_scan_open(&worker->unit, &worker->scratch, task->file, task->unit, worker->needs, &task->counting,
                            task->n_counting, 0, err);
    if (status == STATUS_OK) {
        status = apart_begin(round, worker, task, err);
        if (status == STATUS_OK)
            status = scan_chunks(round, worker, task, err);
        unit_scan_close(&worker->unit);
    }
    if (status == STATUS_OK)
        status = apart_end(round, worker, task, err);
    tasks_leave(round, worker, task);
    return status;
}

static bool run_task(void *context, int number, int64_t at)
{
    struct round *round = context;
    struct worker *worker = &round->workers[number];
    struct error err = ERROR_NONE;
    int64_t started = timings_now();
    bool is_done;

    worker->bytes_told = read_counters.bytes_read; /* the thread may have read before, for others */
    is_done = scan_task(round, worker, &round->tasks[at], &err) == STATUS_OK ||
              keep_error(round, worker, &round->tasks[at], at, &err);

    worker->busy_nanos += timings_now() - started;
    return is_done;
}

/* --- rounds --- */

static enum status worker_init(struct worker *worker, const struct plan *plan, struct error *err)
{
    size_t n = (size_t)plan->n_requests + 1, slots = (size_t)plan->n_slots + 1;

    arena_init(&worker->arena, plan->memory, 0);
    arena_init(&worker->notes, plan->memory, 0);
    arena_init(&worker->scratch, plan->memory, 0);
    read_room_init(&worker->room, plan->memory);
    worker->error_task = INT64_MAX;
    worker->states = arena_array(&worker->arena, n, sizeof *worker->states);
    worker->proof = arena_array(&worker->arena, n, sizeof *worker->proof);
    worker->has_proof = arena_array(&worker->arena, n, sizeof *worker->has_proof);
    worker->mode = arena_array(&worker->arena, n, sizeof *worker->mode);
    worker->where_holds = arena_array(&worker->arena, n, sizeof *worker->where_holds);
    worker->needs = arena_array(&worker->arena, slots, sizeof *worker->needs);
    worker->summaries = arena_array(&worker->arena, slots, sizeof *worker->summaries);
    worker->filters = arena_array(&worker->arena, slots, sizeof *worker->filters);
    worker->summary_state = arena_array(&worker->arena, slots, sizeof *worker->summary_state);
    worker->slot_has_values = arena_array(&worker->arena, slots, sizeof *worker->slot_has_values);
    worker->witnesses = arena_array(&worker->arena, n, sizeof *worker->witnesses);
    worker->contradictions = arena_array(&worker->arena, slots, sizeof *worker->contradictions);
    if (!worker->states || !worker->proof || !worker->has_proof || !worker->mode || !worker->needs || !worker->where_holds ||
        !worker->summaries || !worker->summary_state || !worker->filters || !worker->witnesses ||
        !worker->slot_has_values || !worker->contradictions)
        return error_no_memory(err);
    for (int32_t i = 0; i < plan->n_requests; i++) {
        worker->states[i] = arena_alloc(&worker->arena, plan->requests[i].request.metric->state_size);
        if (!worker->states[i])
            return error_no_memory(err);
    }
    TRY(eye_init(&worker->eye, plan, &worker->arena, err));
    TRY(unit_scan_init(&worker->unit, plan, &worker->arena, err));
    worker->unit.room = &worker->room;
    return STATUS_OK;
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

    for (int32_t w = 0; w < round->n_workers; w++) {
        integrity_merge(&round->result->integrity, &round->workers[w].integrity);
        integrity_merge(&round->result->lies, &round->workers[w].lies);
        round->result->n_audited += round->workers[w].n_audited;
        round->workers[w].n_audited = 0;
        round->workers[w].integrity = round->workers[w].lies = (struct integrity){.n = 0};
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

/* What another round of a metric with a reference needs of it is looked at first. */
static enum status refine_references(struct round *round, struct error *err)
{
    const struct plan *plan = round->plan;
    bool any = false;

    for (int32_t i = 0; i < plan->n_requests && plan->references; i++) {
        const struct plan_request *r = &plan->requests[i];

        if (!round->is_active[i] || !r->request.metric->refine || !r->setup.reference)
            continue;
        TRY(r->request.metric->refine(round->result->states[i], references_for_writing(plan->references, r->request.reference), err));
        any = true;
    }
    return any ? references_continue(plan->references, err) : STATUS_OK;
}

static enum status next_actives(struct round *round, bool *any, struct error *err)
{
    const struct plan *plan = round->plan;
    int64_t started = timings_now();

    *any = false;
    for (int32_t i = 0; i < plan->n_requests; i++) {
        const struct metric *metric = plan->requests[i].request.metric;
        bool wanted = false;

        if (round->is_active[i] && metric->next_round)
            TRY(metric->next_round(round->result->states[i], &wanted, err));
        round->is_active[i] = wanted;
        *any = *any || wanted;
    }
    round->merge_nanos += timings_now() - started;
    return *any ? refine_references(round, err) : STATUS_OK;
}

/* First what can be had without a scan, then what is left. */
static enum status scan_units(struct round *round, struct error *err)
{
    int64_t started = timings_now();
    enum status status;

    for (int32_t w = 0; w < round->n_workers; w++)
        arena_reset(&round->workers[w].notes);
    pool_run(round->n_workers, round->n_units, run_unit, round);
    status = first_error(round, err);
    if (status == STATUS_OK)
        status = tasks_arrange(round, err);
    if (status == STATUS_OK) {
        pool_run_ordered(round->n_workers, round->n_tasks, round->order, run_task, round);
        status = first_error(round, err);
    }
    round->pool_nanos += (timings_now() - started) * round->n_workers;
    return status;
}

static enum status run_round(struct round *round, struct error *err)
{
    enum status status = STATUS_OK;
    int64_t started;

    for (int32_t w = 0; w < round->n_workers && status == STATUS_OK; w++)
        status = start_states(round, &round->workers[w], err);
    if (status == STATUS_OK)
        status = scan_units(round, err);
    started = timings_now();
    if (status == STATUS_OK)
        status = merge_states(round, err);
    round->merge_nanos += timings_now() - started;
    for (int32_t w = 0; w < round->n_workers; w++)
        worker_states_done(&round->workers[w], round->plan, round->is_active);
    return status;
}

/* --- after the first round of cell readers --- */

/* Damage that the suite names, and no more of it than it names. */
bool scan_damage_is_accepted(const struct suite *suite, int64_t n_records, int64_t n_damaged)
{
    return suite->judges_damage &&
           (suite->malformed.kind == TOLERANCE_NONE || tolerance_holds(&suite->malformed, n_records, n_damaged));
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
    if (!first || scan_damage_is_accepted(round->plan->suite, result->n_records, result->n_damaged))
        return STATUS_OK;
    if (round->plan->first_round_only && round->plan->suite->judges_damage)
        return STATUS_OK; /* a share is of all parts: judged when they are merged */
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

        if (!plan->slots[s].is_inferred && !plan->slots[s].is_open)
            continue;
        for (int32_t w = 0; w < round->n_workers; w++) {
            cell_classes_merge(known, &round->workers[w].contradictions[s]);
            has_values = has_values || round->workers[w].slot_has_values[s];
        }
        if (has_values && plan->slots[s].type.kind == TYPE_INT64 && plan_family_type(known, FAMILY_ANY).kind == TYPE_INT64)
            known->n[CELL_INT64]++; /* the guess for a column that began with nulls came true */
    }
    for (int32_t s = 0; s < plan->n_slots; s++)
        if (!type_equal(plan_slot_type(plan, &plan->slots[s]), plan->slots[s].type))
            round->result->is_contradicted = true;
}

/* --- all of it --- */

enum status scan_result_init(struct scan_result *out, const struct plan *plan, struct arena *arena, struct error *err)
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
        out->file_rows[f] = plan->batch->tables && plan->batch->is_typed ? plan->batch->tables[f]->n_rows : -1; /* text is counted */
    for (int32_t i = 0; i < plan->n_requests; i++) {
        out->states[i] = arena_alloc(arena, plan->requests[i].request.metric->state_size);
        if (!out->states[i])
            return error_no_memory(err);
        TRY(plan->requests[i].request.metric->init(out->states[i], &plan->requests[i].setup, err));
    }
    return STATUS_OK;
}

static enum status first_round(struct round *round, struct error *err)
{
    round->number = 1;
    round->is_first = true;
    TRY(run_round(round, err));
    if (round->plan->batch->is_typed)
        return STATUS_OK;
    TRY(judge_damage(round, err));
    learn_types(round);
    return STATUS_OK;
}

/* Requests that want another look at data that is not there any more. */
static enum status leave_undecided(struct round *round, const struct error *why, struct error *err)
{
    const struct plan *plan = round->plan;
    struct scan_result *result = round->result;
    char text[1200];

    error_format(why, text, sizeof text);
    result->is_undecided = arena_array(result->arena, (size_t)plan->n_requests + 1, sizeof *result->is_undecided);
    result->why_undecided = arena_format(result->arena, "the saved states leave it open, and the data cannot be looked at again: %s", text);
    if (!result->is_undecided || !result->why_undecided)
        return error_no_memory(err);
    memcpy(result->is_undecided, round->is_active, (size_t)plan->n_requests * sizeof *round->is_active);
    return STATUS_OK;
}

/* Rounds from the second on; is_active says who wanted it. */
static enum status further_rounds(struct round *round, struct error *err)
{
    bool any = true;

    round->is_first = false;
    for (round->number = 2; any; round->number++) {
        if (round->number > ROUNDS_MAX)
            return error_set(err, STATUS_INTERNAL, "a metric asked for more than %d rounds", ROUNDS_MAX);
        TRY(run_round(round, err));
        TRY(next_actives(round, &any, err));
    }
    return STATUS_OK;
}

static enum status all_rounds(struct round *round, struct error *err)
{
    bool any;

    TRY(first_round(round, err));
    round->result->is_stopped = atomic_load(&round->is_stopped);
    if (round->result->is_stopped)
        round->result->is_contradicted = false; /* what stopped it rests on no guess */
    if (round->result->is_stopped || round->result->is_contradicted || round->result->lies.n > 0 || round->plan->first_round_only)
        return STATUS_OK;
    TRY(next_actives(round, &any, err));
    return any ? further_rounds(round, err) : STATUS_OK;
}

/* Rows are what threads are for: below some thousand a thread costs more than it helps. */
static int32_t worker_count(const struct round *round)
{
    const struct plan *plan = round->plan;
    int32_t n = plan->n_threads > 0 ? plan->n_threads : pool_threads(plan->options->threads, plan->memory ? plan->memory->limit : 0);
    int64_t n_rows = 0;

    for (int32_t f = 0; f < plan->batch->found.n_files && n_rows >= 0; f++)
        n_rows = plan->batch->tables[f]->n_rows < 0 ? -1 : n_rows + plan->batch->tables[f]->n_rows;
    if (round->n_units == 0 || (n_rows >= 0 && n_rows <= CHUNK_MAX_ROWS))
        return 1;
    return round->n_units < n && !plan->batch->is_typed ? (int32_t)round->n_units : n;
}

static enum status round_init(struct round *round, struct plan *plan, double deadline, struct scan_result *result,
                              struct error *err)
{
    *round = (struct round){.plan = plan, .deadline = deadline, .result = result, .started = clock_monotonic_seconds()};
    round->next_progress = round->started + 1;
    round->is_active = arena_array(result->arena, (size_t)plan->n_requests + 1, sizeof *round->is_active);
    if (!round->is_active)
        return error_no_memory(err);
    memset(round->is_active, 1, (size_t)plan->n_requests);
    round->is_certain = arena_array(result->arena, (size_t)plan->n_requests + 1, sizeof *round->is_certain);
    if (!round->is_certain)
        return error_no_memory(err);
    for (int32_t i = 0; i < plan->n_requests; i++)
        round->is_active[i] = !plan->requests[i].is_foreseen;
    round->foresight = arena_array(result->arena, (size_t)plan->n_requests + 1, sizeof *round->foresight);
    return round->foresight ? STATUS_OK : error_no_memory(err);
}

/* Reading and unpacking are counted where they happen: what was counted so far is taken off first. */
static void start_timings(struct timings *timings)
{
    timings->nanos[STAGE_READ] -= read_counters.read_nanos;
    timings->nanos[STAGE_DECOMPRESS] -= read_counters.decompress_nanos;
}

static void finish_timings(const struct round *round, struct timings *timings)
{
    int64_t busy = 0, in_metrics = 0, *n = timings->nanos, decode;

    for (int32_t w = 0; w < round->n_workers; w++) {
        busy += round->workers[w].busy_nanos;
        in_metrics += round->workers[w].metrics_nanos;
    }
    n[STAGE_READ] += read_counters.read_nanos;
    n[STAGE_DECOMPRESS] += read_counters.decompress_nanos;
    decode = busy - in_metrics - n[STAGE_READ] - n[STAGE_DECOMPRESS];
    n[STAGE_DECODE] = decode > 0 ? decode : 0;
    n[STAGE_METRICS] = in_metrics;
    n[STAGE_MERGE] = round->merge_nanos;
    n[STAGE_WAIT] = round->pool_nanos > busy ? round->pool_nanos - busy : 0;
}

/* Workers for `rounds`, and their end. */
static enum status with_workers(struct round *round, enum status (*rounds)(struct round *, struct error *), struct error *err)
{
    struct arena *arena = round->result->arena;
    enum status status = STATUS_OK;

    TRY(tasks_list(round, arena, err));
    round->n_workers = worker_count(round);
    round->workers = arena_array(arena, (size_t)round->n_workers, sizeof *round->workers);
    if (!round->workers)
        return error_no_memory(err);
    pthread_mutex_init(&round->progress_lock, NULL);
    pthread_mutex_init(&round->foresight_lock, NULL);
    for (int32_t w = 0; w < round->n_workers && status == STATUS_OK; w++)
        status = worker_init(&round->workers[w], round->plan, err);
    start_timings(&round->result->timings);
    if (status == STATUS_OK)
        status = rounds(round, err);
    finish_timings(round, &round->result->timings);
    for (int32_t w = 0; w < round->n_workers; w++) {
        for (int32_t i = 0; i < round->plan->n_requests && round->workers[w].witnesses; i++)
            if (round->workers[w].witnesses[i].is_on) /* of a task that failed */
                (void)witness_end(&round->workers[w].witnesses[i]);
        eye_done(&round->workers[w].eye);
        read_room_done(&round->workers[w].room);
        arena_done(&round->workers[w].notes);
        arena_done(&round->workers[w].scratch);
        arena_done(&round->workers[w].arena);
    }
    tasks_done(round);
    pthread_mutex_destroy(&round->progress_lock);
    pthread_mutex_destroy(&round->foresight_lock);
    return status;
}

enum status scan_run(struct plan *plan, double deadline, struct arena *arena, struct scan_result *out, struct error *err)
{
    struct round round;

    TRY(scan_result_init(out, plan, arena, err));
    out->is_stopped = verdict_is_lost(plan);
    if (out->is_stopped)
        return STATUS_OK;
    TRY(round_init(&round, plan, deadline, out, err));
    return with_workers(&round, all_rounds, err);
}

enum status scan_continue(struct plan *plan, double deadline, scan_need_data *need_data, void *context,
                          struct scan_result *result, struct error *err)
{
    struct error why = ERROR_NONE;
    struct round round;
    bool any;

    TRY(round_init(&round, plan, deadline, result, err));
    TRY(next_actives(&round, &any, err));
    if (!any)
        return STATUS_OK;
    if (need_data(context, &why) == STATUS_OK)
        return with_workers(&round, further_rounds, err);
    if (status_exit_code(why.status) == 3)
        return leave_undecided(&round, &why, err);
    *err = why;
    return err->status;
}

void scan_done(struct scan_result *result)
{
    for (int32_t i = 0; result->states && i < result->plan->n_requests; i++)
        if (result->states[i])
            result->plan->requests[i].request.metric->done(result->states[i]);
    result->states = NULL;
}
