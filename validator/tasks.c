/* validator/tasks.c -- what there is to scan, cut to size and put in order.
 *
 * Evidence is gathered for every group of columns of every unit first. What it leaves open is weighed by the bytes that must be
 * read. A unit that is more than its share (SHARES of them for each worker) is cut into parts, so that one fat row group
 * keeps all workers busy. Then the heaviest group of columns comes first and the lightest last: no worker is left with a
 * long task when the others have none. Within a group the order is that of the batch, because states that keep the
 * first k rows expect their rows so. Neither cuts nor order change what any state becomes.
 */
#include "validator/apart.h"

#include <stdlib.h>

enum { SHARES = 8, PARTS_MAX = 64, NARROW_ROWS = 1 << 16 };
static const int64_t part_least = 1 << 20; /* bytes: below that opening costs more than waiting */

/* --- groups and units --- */

static enum status list_groups(struct round *round, struct arena *arena, struct error *err)
{
    const struct plan *plan = round->plan;
    int32_t *requests = arena_array(arena, (size_t)plan->n_requests + 1, sizeof *requests);
    int32_t *slots = arena_array(arena, (size_t)plan->n_slots + 1, sizeof *slots);

    round->groups = arena_array(arena, (size_t)plan->n_groups + 1, sizeof *round->groups);
    if (!requests || !slots || !round->groups)
        return error_no_memory(err);
    for (int32_t i = 0; i < plan->n_requests; i++)
        round->groups[plan->requests[i].group].n_requests++;
    for (int32_t s = 0; s < plan->n_slots; s++)
        round->groups[plan->slots[s].group].n_slots++;
    for (int32_t g = 0; g < plan->n_groups; g++) {
        struct group *group = &round->groups[g];

        group->requests = requests;
        group->slots = slots;
        requests += group->n_requests;
        slots += group->n_slots;
        group->n_requests = group->n_slots = 0;
    }
    for (int32_t i = 0; i < plan->n_requests; i++) {
        struct group *group = &round->groups[plan->requests[i].group];

        group->requests[group->n_requests++] = i;
    }
    for (int32_t s = 0; s < plan->n_slots; s++) {
        struct group *group = &round->groups[plan->slots[s].group];

        group->slots[group->n_slots++] = s;
    }
    return STATUS_OK;
}

enum status tasks_list(struct round *round, struct arena *arena, struct error *err)
{
    const struct batch *batch = round->plan->batch;
    int64_t units = 0;

    TRY(list_groups(round, arena, err));
    for (int32_t f = 0; f < batch->found.n_files; f++)
        units += batch->tables[f]->n_units;
    round->units = arena_array(arena, (size_t)units * (size_t)round->plan->n_groups + 1, sizeof *round->units);
    if (!round->units)
        return error_no_memory(err);
    for (int32_t f = 0; f < batch->found.n_files; f++)
        for (int32_t u = 0; u < batch->tables[f]->n_units; u++)
            for (int32_t g = 0; g < round->plan->n_groups; g++)
                round->units[round->n_units++] = (struct task){.file = f, .unit = u, .group = g, .part = {0, -1, false}};
    return STATUS_OK;
}

/* --- what is open --- */

/* A piece is taken to be as heavy as its share of the rows. */
int64_t tasks_weight(const struct round *round, const struct task *task)
{
    const struct batch *batch = round->plan->batch;
    const struct group *group = &round->groups[task->group];
    const struct table *table = batch->tables[task->file];
    int64_t sum = 0;

    for (int32_t i = 0; i < group->n_slots && table->reader->weight; i++) {
        int32_t column = batch->positions[task->file][round->plan->slots[group->slots[i]].column];

        if (task->needs[i] >= 0 && column >= 0)
            sum += table->reader->weight(table, task->unit, column, (enum need)task->needs[i]);
    }
    if (task->n_counting > 0 && table->reader->weight)
        sum += table->reader->weight(table, task->unit, task->counting.column, task->counting.need);
    if (task->part.n_rows >= 0)
        sum = (int64_t)((double)sum * (double)task->part.n_rows / (double)table->reader->unit_rows(table, task->unit));
    return sum;
}

enum status tasks_note(struct round *round, struct worker *worker, struct task *unit, struct error *err)
{
    const struct group *group = &round->groups[unit->group];
    int8_t *mode = arena_array(&worker->notes, (size_t)group->n_requests + (size_t)group->n_slots + 1, sizeof *mode);
    int8_t *needs = mode + group->n_requests;

    if (!mode)
        return error_no_memory(err);
    for (int32_t i = 0; i < group->n_requests; i++)
        mode[i] = (int8_t)worker->mode[group->requests[i]];
    for (int32_t i = 0; i < group->n_slots; i++)
        needs[i] = worker->needs[group->slots[i]];
    unit->mode = mode;
    unit->needs = needs;
    unit->counting = worker->counting;
    unit->n_counting = worker->n_counting;
    unit->weight = tasks_weight(round, unit);
    return STATUS_OK;
}

void tasks_enter(const struct round *round, struct worker *worker, const struct task *task)
{
    const struct group *group = &round->groups[task->group];

    memset(worker->needs, -1, (size_t)round->plan->n_slots + 1);
    for (int32_t i = 0; i < group->n_requests; i++)
        worker->mode[group->requests[i]] = (enum mode)task->mode[i];
    for (int32_t i = 0; i < group->n_slots; i++)
        worker->needs[group->slots[i]] = task->needs[i];
}

void tasks_leave(const struct round *round, struct worker *worker, const struct task *task)
{
    const struct group *group = &round->groups[task->group];

    for (int32_t i = 0; i < group->n_requests; i++)
        worker->mode[group->requests[i]] = MODE_IDLE;
}

/* --- further rounds --- */

/* Does every open request of the group say which rows it needs? */
static bool can_narrow(const struct round *round, const struct worker *worker, const struct task *unit)
{
    const struct batch *batch = round->plan->batch;
    const struct group *group = &round->groups[unit->group];

    if (!batch->is_typed || !batch->tables[unit->file]->reader->scan_part || worker->n_counting > 0)
        return false;
    for (int32_t s = 0; s < group->n_slots; s++)
        if (batch->schema.columns[round->plan->slots[group->slots[s]].column].repeated)
            return false;
    for (int32_t at = 0; at < group->n_requests; at++) {
        int32_t i = group->requests[at];

        if (worker->mode[i] == MODE_HELD || (worker->mode[i] == MODE_SCAN && !round->plan->requests[i].request.metric->needs_rows))
            return false;
    }
    return true;
}

static bool needs_rows(const struct round *round, const struct worker *worker, const struct task *unit, int64_t first_row, int64_t n_rows)
{
    const struct group *group = &round->groups[unit->group];

    for (int32_t at = 0; at < group->n_requests; at++) {
        int32_t i = group->requests[at];

        if (worker->mode[i] == MODE_SCAN &&
            round->plan->requests[i].request.metric->needs_rows(worker->states[i], unit->file, first_row, n_rows))
            return true;
    }
    return false;
}

enum status tasks_narrow(struct round *round, struct worker *worker, struct task *unit, bool *is_cut, struct error *err)
{
    const struct table *table = round->plan->batch->tables[unit->file];
    int64_t before, n_rows = table->reader->unit_rows(table, unit->unit);
    struct task *pieces = NULL, *last = NULL;

    *is_cut = false;
    if (!can_narrow(round, worker, unit) || n_rows < 0)
        return STATUS_OK;
    before = table_unit_start(table, unit->unit);
    pieces = arena_array(&worker->notes, (size_t)(n_rows / NARROW_ROWS) + 1, sizeof *pieces);
    if (!pieces)
        return error_no_memory(err);
    for (int64_t row = 0; row < n_rows; row += NARROW_ROWS) {
        int64_t n = n_rows - row < NARROW_ROWS ? n_rows - row : NARROW_ROWS;

        if (!needs_rows(round, worker, unit, before + row, n))
            continue;
        if (last && last->part.first_row + last->part.n_rows == row) {
            last->part.n_rows += n;
            continue;
        }
        last = &pieces[unit->n_pieces++];
        *last = *unit;
        last->part = (struct unit_part){row, n, false};
    }
    if (unit->n_pieces == 1 && pieces[0].part.n_rows == n_rows) { /* all of it, cut like any other unit */
        unit->n_pieces = 0;
        return STATUS_OK;
    }
    *is_cut = true;
    unit->pieces = pieces;
    for (int32_t p = 0; p < unit->n_pieces; p++) {
        pieces[p].n_pieces = 0;
        TRY(tasks_note(round, worker, &pieces[p], err));
    }
    return STATUS_OK;
}

/* --- cutting --- */

static enum status push(struct round *round, const struct task *task, struct error *err)
{
    void *tasks = round->tasks;

    if (!mem_grow(round->plan->memory, &tasks, &round->tasks_capacity, (size_t)round->n_tasks + 1, sizeof *round->tasks))
        return memory_error(round->plan->memory, "the tasks of a scan", err);
    round->tasks = tasks;
    round->tasks[round->n_tasks++] = *task;
    return STATUS_OK;
}

/* Where parts of the unit begin; 1: it stays whole. */
static enum status find_parts(const struct round *round, const struct task *unit, int32_t n_wanted, int64_t *starts, int32_t *n_parts,
                              struct error *err)
{
    const struct batch *batch = round->plan->batch;
    const struct group *group = &round->groups[unit->group];
    struct table *table = batch->tables[unit->file];
    int32_t columns[PARTS_MAX], n = 0;

    *n_parts = 1;
    starts[0] = 0;
    if (unit->part.n_rows >= 0) { /* by rows: that a page is unpacked twice is cheaper than looking for where pages begin */
        *n_parts = n_wanted < unit->part.n_rows ? n_wanted : 1;
        for (int32_t p = 0; p < *n_parts; p++)
            starts[p] = unit->part.first_row + unit->part.n_rows / *n_parts * p;
        return STATUS_OK;
    }
    if (n_wanted < 2 || !table->reader->split || !table->reader->scan_part || !batch->is_typed)
        return STATUS_OK;
    for (int32_t i = 0; i < group->n_slots; i++) {
        int32_t column = batch->positions[unit->file][round->plan->slots[group->slots[i]].column];

        if (unit->needs[i] < 0 || column < 0)
            continue;
        if (n + 1 == PARTS_MAX)
            return STATUS_OK;
        columns[n++] = column;
    }
    if (unit->n_counting > 0)
        columns[n++] = unit->counting.column;
    return table->reader->split(table, unit->unit, columns, n, n_wanted, starts, n_parts, err);
}

static enum status cut(struct round *round, const struct task *unit, int64_t share, struct error *err)
{
    const struct table *table = round->plan->batch->tables[unit->file];
    int64_t starts[PARTS_MAX], n_wanted = unit->weight / share + 1;
    bool is_whole = false;
    int32_t n_parts;
    int64_t last = unit->part.n_rows >= 0 ? unit->part.first_row + unit->part.n_rows : table->reader->unit_rows(table, unit->unit);

    if (n_wanted > 1)
        TRY(apart_is_whole(round, unit, &is_whole, err));
    n_wanted = is_whole ? 1 : n_wanted;
    TRY(find_parts(round, unit, n_wanted < PARTS_MAX ? (int32_t)n_wanted : PARTS_MAX, starts, &n_parts, err));
    if (n_parts == 1)
        return push(round, unit, err);
    for (int32_t p = 0; p < n_parts; p++) {
        int64_t end = p + 1 < n_parts ? starts[p + 1] : last;
        struct task task = *unit;

        task.part = (struct unit_part){starts[p], end - starts[p], unit->part.is_by_index};
        task.weight = unit->weight / n_parts;
        TRY(push(round, &task, err));
    }
    return STATUS_OK;
}

/* --- order --- */

struct heap { int64_t weight; int32_t group; };

static int by_weight(const void *a, const void *b)
{
    const struct heap *x = a, *y = b;

    return x->weight != y->weight ? (x->weight < y->weight) - (x->weight > y->weight) : (x->group > y->group) - (x->group < y->group);
}

static enum status put_in_order(struct round *round, struct error *err)
{
    int32_t n_groups = round->plan->n_groups;
    struct heap *heaps = mem_alloc(round->plan->memory, ((size_t)n_groups + 1) * sizeof *heaps);
    int64_t *next = mem_alloc(round->plan->memory, ((size_t)n_groups + 1) * sizeof *next), at = 0;

    round->order = mem_alloc(round->plan->memory, ((size_t)round->n_tasks + 1) * sizeof *round->order);
    if (heaps && next && round->order) {
        for (int32_t g = 0; g < n_groups; g++)
            heaps[g] = (struct heap){0, g};
        for (int64_t t = 0; t < round->n_tasks; t++) {
            heaps[round->tasks[t].group].weight += round->tasks[t].weight;
            next[round->tasks[t].group]++;
        }
        qsort(heaps, (size_t)n_groups, sizeof *heaps, by_weight);
        for (int32_t h = 0; h < n_groups; h++) { /* from how many to where they begin */
            int64_t n = next[heaps[h].group];

            next[heaps[h].group] = at;
            at += n;
        }
        for (int64_t t = 0; t < round->n_tasks; t++)
            round->order[next[round->tasks[t].group]++] = t;
    } else {
        (void)memory_error(round->plan->memory, "the tasks of a scan", err);
    }
    mem_free(round->plan->memory, heaps);
    mem_free(round->plan->memory, next);
    return err->status;
}

void tasks_done(struct round *round)
{
    mem_free(round->plan->memory, round->tasks);
    mem_free(round->plan->memory, round->order);
    round->tasks = NULL;
    round->order = NULL;
    round->n_tasks = 0;
    round->tasks_capacity = 0;
}

enum status tasks_arrange(struct round *round, struct error *err)
{
    int64_t sum = 0, share;

    tasks_done(round);
    for (int64_t u = 0; u < round->n_units; u++) {
        sum += round->units[u].mode ? round->units[u].weight : 0;
        for (int32_t p = 0; p < round->units[u].n_pieces; p++)
            sum += round->units[u].pieces[p].weight;
    }
    share = sum / (round->n_workers * SHARES);
    if (share < part_least)
        share = part_least;
    if (round->n_workers == 1)
        share = INT64_MAX;
    for (int64_t u = 0; u < round->n_units; u++) {
        const struct task *unit = &round->units[u];

        if (unit->mode)
            TRY(cut(round, unit, share, err));
        for (int32_t p = 0; p < unit->n_pieces; p++)
            TRY(cut(round, &unit->pieces[p], share, err));
    }
    return put_in_order(round, err);
}
