/* validator/apart.c -- see apart.h.
 *
 * Which units are apart: all units' bounds in the order of their least values; a unit is apart where the greatest value of all before it is
 * less than its least, and its greatest less than the least of the next. Bounds that are wide or cut off still hold, so they will do. A unit
 * of which no bounds are known may have any value: then none is apart.
 */
#include "validator/apart.h"
#include "validator/audit.h"
#include "validator/foresight.h"

#include <stdlib.h>

/* --- which units are apart --- */

enum { ENOUGH_FOR_WORKERS = 4 }; /* units each: then none needs to be cut so that all workers are busy to the end */

struct unit_bounds { struct value min, max; int32_t file, unit; bool is_apart; };

static int by_min(const void *a, const void *b)
{
    int order = 0;

    (void)value_compare(&((const struct unit_bounds *)a)->min, &((const struct unit_bounds *)b)->min, &order);
    return order;
}

/* *n -1: of some unit nothing is known. */
static enum status list_bounds(const struct plan *plan, int32_t slot, struct unit_bounds *out, int64_t *n, struct error *err)
{
    *n = 0;
    for (int32_t file = 0; file < plan->batch->found.n_files; file++)
        for (int32_t unit = 0; unit < plan->batch->tables[file]->n_units; unit++) {
            struct column_summary s;
            bool is_there;
            int order;

            TRY(foresight_summary(plan, file, unit, slot, &s, &is_there, err));
            if (is_there && s.has_nulls_count && s.n_nulls == s.n_rows)
                continue;
            out[*n] = (struct unit_bounds){.min = s.min, .max = s.max, .file = file, .unit = unit};
            if (!is_there || !s.has_bounds || !value_compare(&out[0].min, &s.min, &order)) {
                *n = -1;
                return STATUS_OK;
            }
            *n += 1;
        }
    return STATUS_OK;
}

static void sweep(struct unit_bounds *at, int64_t n)
{
    const struct value *highest = NULL;
    int order;

    qsort(at, (size_t)n, sizeof *at, by_min);
    for (int64_t i = 0; i < n; i++) {
        bool is_above = !highest || (value_compare(highest, &at[i].min, &order) && order < 0);
        bool is_below = i + 1 == n || (value_compare(&at[i].max, &at[i + 1].min, &order) && order < 0);

        at[i].is_apart = is_above && is_below;
        if (!highest || (value_compare(&at[i].max, highest, &order) && order > 0))
            highest = &at[i].max;
    }
}

static int by_place(const void *a, const void *b)
{
    const struct unit_place *x = a, *y = b;

    return x->file != y->file ? (x->file > y->file) - (x->file < y->file) : (x->unit > y->unit) - (x->unit < y->unit);
}

static enum status find_units(struct round *round, int32_t request, struct foresight *f, struct error *err)
{
    const struct plan *plan = round->plan;
    struct unit_bounds *bounds;
    int64_t n = 0, n_units = 0;
    enum status status;

    for (int32_t file = 0; file < plan->batch->found.n_files; file++)
        n_units += plan->batch->tables[file]->n_units;
    bounds = mem_alloc(plan->memory, ((size_t)n_units + 1) * sizeof *bounds);
    if (!bounds)
        return memory_error(plan->memory, "the bounds of row groups", err);
    status = list_bounds(plan, plan->requests[request].request.slots[0], bounds, &n, err);
    if (status == STATUS_OK && n > 1) {
        f->apart = arena_array(round->result->arena, (size_t)n, sizeof *f->apart);
        if (!f->apart)
            status = error_no_memory(err);
    }
    if (f->apart) {
        sweep(bounds, n);
        for (int64_t i = 0; i < n; i++)
            if (bounds[i].is_apart)
                f->apart[f->n_apart++] = (struct unit_place){bounds[i].file, bounds[i].unit};
        qsort(f->apart, (size_t)f->n_apart, sizeof *f->apart, by_place);
    }
    mem_free(plan->memory, bounds);
    return status;
}

static enum status is_apart(struct round *round, int32_t request, const struct task *task, bool *out, struct error *err)
{
    struct foresight *f = &round->foresight[request];
    struct unit_place here = {task->file, task->unit};
    enum status status = STATUS_OK;

    pthread_mutex_lock(&round->foresight_lock);
    if (!f->knows_apart)
        status = find_units(round, request, f, err);
    f->knows_apart = true;
    pthread_mutex_unlock(&round->foresight_lock);
    *out = status == STATUS_OK && f->n_apart > 0 && bsearch(&here, f->apart, (size_t)f->n_apart, sizeof here, by_place);
    return status;
}

/* --- tasks --- */

static bool may_be_apart(const struct round *round, const struct task *task, int32_t i, enum mode mode)
{
    const struct plan *plan = round->plan;
    const struct request *r = &plan->requests[i].request;

    return r->metric->set_apart && r->n_columns == 1 && mode == MODE_SCAN && round->is_first && task->part.n_rows < 0 &&
           plan->batch->is_typed && !plan->first_round_only && plan_accepts(plan, EVIDENCE_FOOTER) && !type_is_float(plan->slots[r->slots[0]].type);
}

enum status apart_is_whole(struct round *round, const struct task *unit, bool *out, struct error *err)
{
    const struct group *group = &round->groups[unit->group];

    *out = false;
    for (int32_t at = 0; at < group->n_requests && !*out; at++) {
        int32_t i = group->requests[at];

        if (!may_be_apart(round, unit, i, (enum mode)unit->mode[at]))
            continue;
        TRY(is_apart(round, i, unit, out, err));
        *out = *out && round->foresight[i].n_apart >= round->n_workers * ENOUGH_FOR_WORKERS;
    }
    return STATUS_OK;
}

enum status apart_begin(struct round *round, struct worker *worker, const struct task *task, struct error *err)
{
    const struct group *group = &round->groups[task->group];

    for (int32_t at = 0; at < group->n_requests; at++) {
        int32_t i = group->requests[at], slot;
        struct column_summary claim;
        bool is_alone = false, is_there;

        if (!may_be_apart(round, task, i, worker->mode[i]))
            continue;
        TRY(is_apart(round, i, task, &is_alone, err));
        if (!is_alone)
            continue;
        slot = round->plan->requests[i].request.slots[0];
        TRY(foresight_summary(round->plan, task->file, task->unit, slot, &claim, &is_there, err));
        TRY(witness_start(&worker->witnesses[i], round->plan, &worker->arena, slot, &claim, err));
        TRY(round->plan->requests[i].request.metric->set_apart(worker->states[i], err));
    }
    return STATUS_OK;
}

enum status apart_end(struct round *round, struct worker *worker, const struct task *task, struct error *err)
{
    const struct group *group = &round->groups[task->group];

    for (int32_t at = 0; at < group->n_requests; at++) {
        int32_t i = group->requests[at];
        const char *lie;

        if (!worker->witnesses[i].is_on)
            continue;
        lie = witness_end(&worker->witnesses[i]);
        if (lie)
            integrity_add(&worker->lies, (struct integrity_finding){task->file, task->unit,
                                                                    round->plan->slots[round->plan->requests[i].request.slots[0]].column, lie});
        TRY(round->plan->requests[i].request.metric->join(worker->states[i], err));
    }
    return STATUS_OK;
}
