/* validator/evidence_pages.c -- a unit cut where what is known of its rows changes: by the page indexes of its columns.
 *
 * What the summary of a whole unit leaves open is asked again of stretches of rows that lie in one page of every column. Each
 * stretch is answered as a unit is (evidence_answer), with what the pages say: bounds hold for any part of a page, counts only where all
 * rows of the page are null or none is. Neighbours of which the same is left to do are joined to a piece; a piece of which nothing is
 * left is not read.
 *
 * It is done only where it can save reading: some column is looked at by nobody but requests that pages may answer.
 */
#include "validator/evidence.h"

#include <stdlib.h>

enum { STRETCHES_MAX = 1 << 16 }; /* more pages than that are not looked at one by one */

struct slot_pages { struct page_facts *pages; int32_t n, at; struct foresight extremes; /* of all its pages */ };

/* May pages answer what is left of the request? */
static bool may_use_pages(const struct plan *plan, const struct worker *worker, int32_t i)
{
    const struct plan_request *r = &plan->requests[i];

    if (worker->mode[i] == MODE_HELD || r->where != NO_PREDICATE)
        return true;
    if (r->request.n_columns != 1)
        return false;
    return r->request.rule ? evidence_is_about_one_slot(plan, r) && evidence_leaves_nulls_alone(plan, r)
                           : r->request.metric == &metric_extremes || r->request.metric == &metric_histogram;
}

static bool looks_at(const struct plan *plan, int32_t i, int32_t slot)
{
    const struct plan_request *r = &plan->requests[i];

    for (int32_t c = 0; c < r->request.n_columns; c++)
        if (r->request.slots[c] == slot)
            return true;
    for (int32_t k = 0; r->takes_keys && k < plan->n_keys; k++)
        if (plan->key_slots[k] == slot)
            return true;
    return evidence_reads_slot(plan, r->where, slot) || evidence_reads_slot(plan, r->holds, slot);
}

/* Is the slot read for such requests alone? */
static bool is_helped(const struct plan *plan, const struct group *group, const struct worker *worker, int32_t slot)
{
    if (worker->needs[slot] < 0)
        return false;
    for (int32_t at = 0; at < group->n_requests; at++) {
        int32_t i = group->requests[at];

        if (evidence_is_open(worker, i) && looks_at(plan, i, slot) && !may_use_pages(plan, worker, i))
            return false;
    }
    return true;
}

static bool is_worth_it(const struct round *round, const struct worker *worker, const struct task *unit)
{
    const struct plan *plan = round->plan;
    const struct table *table = plan->batch->tables[unit->file];
    const struct group *group = &round->groups[unit->group];

    if (!round->is_first || !plan->batch->is_typed || !table->reader->page_facts || !table->reader->scan_part || worker->n_counting > 0 ||
        !plan_accepts(plan, EVIDENCE_PAGE_INDEX))
        return false;
    for (int32_t s = 0; s < group->n_slots; s++)
        if (is_helped(plan, group, worker, group->slots[s]))
            return true;
    return false;
}

/* --- pages --- */

static enum status ask_slot(struct round *round, struct worker *worker, const struct task *unit, int32_t slot, struct slot_pages *out,
                            struct error *err)
{
    const struct plan *plan = round->plan;
    struct table *table = plan->batch->tables[unit->file];
    int32_t column = plan->batch->positions[unit->file][plan->slots[slot].column];
    const char *problem = NULL;

    if (column == COLUMN_ABSENT || table->schema.columns[column].repeated)
        return STATUS_OK;
    TRY(table->reader->page_facts(table, unit->unit, column, &worker->scratch, &out->pages, &out->n, &problem, err));
    if (problem)
        integrity_add(&worker->integrity, (struct integrity_finding){unit->file, unit->unit, plan->slots[slot].column, problem});
    for (int32_t i = 0; i < out->n; i++)
        foresight_page(plan, unit->file, slot, &out->pages[i].summary);
    for (int32_t i = 0; i < out->n; i++)
        foresight_see(&out->extremes, &out->pages[i].summary);
    for (int32_t i = 0; i < out->n; i++)
        foresight_beaten(&out->extremes, &out->pages[i].summary);
    return STATUS_OK;
}

/* *n_stretches 0: no column has more than one page that something is said of. */
static enum status ask_slots(struct round *round, struct worker *worker, const struct task *unit, struct slot_pages **out,
                             int64_t *n_stretches, struct error *err)
{
    const struct group *group = &round->groups[unit->group];

    *n_stretches = 0;
    *out = arena_array(&worker->scratch, (size_t)group->n_slots, sizeof **out);
    if (!*out)
        return error_no_memory(err);
    for (int32_t s = 0; s < group->n_slots; s++) {
        TRY(ask_slot(round, worker, unit, group->slots[s], &(*out)[s], err));
        *n_stretches += (*out)[s].n > 1 ? (*out)[s].n : 0;
    }
    return STATUS_OK;
}

/* What holds of each part of a page. */
static struct column_summary of_part(const struct column_summary *page, int64_t n_rows)
{
    struct column_summary s = *page;
    bool is_float = s.n_nans > 0;

    if (n_rows == page->n_rows)
        return s;
    s.n_rows = n_rows;
    s.has_nulls_count = page->has_nulls_count && (page->n_nulls == 0 || page->n_nulls == page->n_rows);
    s.n_nulls = s.has_nulls_count && page->n_nulls > 0 ? n_rows : 0;
    s.has_nan_count = page->has_nan_count && !is_float;
    s.n_nans = 0;
    return s;
}

/* Moves every column to the page that holds `row`; where the stretch ends that begins there. */
static int64_t stretch_end(struct slot_pages *slots, int32_t n_slots, int64_t row, int64_t n_rows)
{
    int64_t end = n_rows;

    for (int32_t s = 0; s < n_slots; s++) {
        struct slot_pages *p = &slots[s];

        while (p->at + 1 < p->n && p->pages[p->at + 1].first_row <= row)
            p->at++;
        if (p->at + 1 < p->n && p->pages[p->at + 1].first_row < end)
            end = p->pages[p->at + 1].first_row;
    }
    return end;
}

static void show_stretch(const struct group *group, struct worker *worker, const struct slot_pages *slots, int64_t n_rows)
{
    for (int32_t s = 0; s < group->n_slots; s++) {
        worker->summary_state[group->slots[s]] = slots[s].n > 0 ? SUMMARY_KNOWN : SUMMARY_NONE;
        if (slots[s].n > 0)
            worker->summaries[group->slots[s]] = of_part(&slots[s].pages[slots[s].at].summary, n_rows);
    }
}

/* --- pieces --- */

/* One request in one stretch; `mode` is what the whole unit left to do. */
static enum status answer_again(struct round *round, struct worker *worker, const struct task *stretch, int32_t i, enum mode mode,
                                struct error *err)
{
    const struct plan_request *r = &round->plan->requests[i];

    if (mode != MODE_HELD)
        return evidence_answer(round, worker, stretch, i, err);
    worker->mode[i] = mode; /* the values are judged, only nulls are to be found */
    if (worker->summary_state[r->request.slots[0]] != SUMMARY_KNOWN)
        return STATUS_OK;
    return evidence_settle_rule(round, worker, stretch, i, &worker->summaries[r->request.slots[0]], EVIDENCE_PAGE_INDEX, err);
}

static enum status answer_stretch(struct round *round, struct worker *worker, const struct task *stretch, const enum mode *modes,
                                  struct error *err)
{
    const struct group *group = &round->groups[stretch->group];

    for (int32_t at = 0; at < group->n_requests; at++) {
        int32_t i = group->requests[at];

        worker->mode[i] = modes[at];
        if (modes[at] == MODE_SCAN || modes[at] == MODE_HELD)
            TRY(answer_again(round, worker, stretch, i, modes[at], err));
    }
    evidence_needs(round->plan, group, worker);
    evidence_note_scan(round->plan, group, worker);
    return STATUS_OK;
}

static bool is_same_work(const struct group *group, const struct worker *worker, const struct task *piece)
{
    for (int32_t at = 0; at < group->n_requests; at++)
        if (piece->mode[at] != (int8_t)worker->mode[group->requests[at]])
            return false;
    for (int32_t s = 0; s < group->n_slots; s++)
        if (piece->needs[s] != worker->needs[group->slots[s]])
            return false;
    return true;
}

/* Joins the stretch to the newest piece, or makes it one. */
static enum status keep_stretch(struct round *round, struct worker *worker, struct task *unit, const struct task *stretch, struct task *pieces,
                                struct error *err)
{
    const struct group *group = &round->groups[unit->group];
    struct task *last = unit->n_pieces > 0 ? &pieces[unit->n_pieces - 1] : NULL;
    bool is_open = false;

    for (int32_t at = 0; at < group->n_requests; at++)
        is_open = is_open || evidence_is_open(worker, group->requests[at]);
    if (!is_open)
        return STATUS_OK;
    if (last && last->part.first_row + last->part.n_rows == stretch->part.first_row && is_same_work(group, worker, last)) {
        last->part.n_rows += stretch->part.n_rows;
        return STATUS_OK;
    }
    pieces[unit->n_pieces] = *stretch;
    TRY(tasks_note(round, worker, &pieces[unit->n_pieces], err));
    unit->n_pieces++;
    return STATUS_OK;
}

static enum status cut(struct round *round, struct worker *worker, struct task *unit, struct slot_pages *slots, int64_t n_stretches,
                       struct error *err)
{
    const struct group *group = &round->groups[unit->group];
    const struct table *table = round->plan->batch->tables[unit->file];
    enum mode *modes = arena_array(&worker->scratch, (size_t)group->n_requests + 1, sizeof *modes);
    struct task *pieces = arena_array(&worker->notes, (size_t)n_stretches + 1, sizeof *pieces);
    int64_t n_rows = table->reader->unit_rows(table, unit->unit);

    if (!modes || !pieces)
        return error_no_memory(err);
    for (int32_t at = 0; at < group->n_requests; at++)
        modes[at] = worker->mode[group->requests[at]];
    for (int64_t row = 0; row < n_rows;) {
        struct task stretch = {.file = unit->file, .unit = unit->unit, .group = unit->group};
        int64_t end = stretch_end(slots, group->n_slots, row, n_rows);

        stretch.part = (struct unit_part){row, end - row, true};
        show_stretch(group, worker, slots, end - row);
        TRY(answer_stretch(round, worker, &stretch, modes, err));
        TRY(keep_stretch(round, worker, unit, &stretch, pieces, err));
        row = end;
    }
    unit->pieces = pieces;
    for (int32_t p = 0; p < unit->n_pieces; p++) /* they were weighed before they had grown */
        pieces[p].weight = tasks_weight(round, &pieces[p]);
    if (unit->n_pieces == 1 && pieces[0].part.n_rows == n_rows) { /* all rows after all: cut like any other unit */
        unit->mode = pieces[0].mode;
        unit->needs = pieces[0].needs;
        unit->n_counting = 0;
        unit->weight = pieces[0].weight;
        unit->n_pieces = 0;
    }
    return STATUS_OK;
}

enum status evidence_pages(struct round *round, struct worker *worker, struct task *unit, bool *is_cut, struct error *err)
{
    struct slot_pages *slots;
    int64_t n_stretches;

    *is_cut = false;
    if (!is_worth_it(round, worker, unit))
        return STATUS_OK;
    TRY(ask_slots(round, worker, unit, &slots, &n_stretches, err));
    if (n_stretches == 0 || n_stretches > STRETCHES_MAX)
        return STATUS_OK;
    *is_cut = true;
    return cut(round, worker, unit, slots, n_stretches, err);
}
