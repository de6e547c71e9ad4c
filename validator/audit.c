/* validator/audit.c -- see audit.h. */
#include "validator/audit.h"
#include "validator/foresight.h"

enum { AUDIT_ROWS = CHUNK_MAX_ROWS };

/* --- a witness --- */

enum status witness_start(struct witness *w, const struct plan *plan, struct arena *arena, int32_t slot, const struct column_summary *claim,
                          struct error *err)
{
    struct metric_setup setup = {.memory = plan->memory, .n_columns = 1};

    setup.types[0] = plan->slots[slot].type;
    if (!w->extremes)
        w->extremes = arena_alloc(arena, metric_extremes.state_size);
    if (!w->extremes)
        return error_no_memory(err);
    TRY(metric_extremes.init(w->extremes, &setup, err));
    w->claim = *claim;
    w->is_on = true;
    return STATUS_OK;
}

enum status witness_see(struct witness *w, const struct metric_input *in, struct error *err)
{
    return w->is_on ? metric_extremes.add(w->extremes, in, err) : STATUS_OK;
}

/* Of all rows a bound that is said to be exact occurs. */
static bool are_bounds(const struct column_summary *claim, bool is_whole, const struct value *min, const struct value *max)
{
    int low, high;

    if (!value_compare(min, &claim->min, &low) || !value_compare(max, &claim->max, &high))
        return false;
    return (low == 0 || (low > 0 && !(is_whole && claim->min_is_exact))) && (high == 0 || (high < 0 && !(is_whole && claim->max_is_exact)));
}

/* n were seen of which there are said to be `claimed`, and `n_others` of which there are `n_rows` less so many. */
static bool is_count(int64_t claimed, int64_t n_rows, bool is_whole, int64_t n, int64_t n_others)
{
    return n <= claimed && n_others <= n_rows - claimed && (!is_whole || n == claimed);
}

const char *witness_end(struct witness *w)
{
    struct moments_counts seen = extremes_counts(w->extremes);
    const struct column_summary *s = &w->claim;
    const char *lie = NULL;
    bool is_whole = seen.n_rows == s->n_rows;
    struct value min, max;

    if (s->has_bounds && extremes_min(w->extremes, &min) && extremes_max(w->extremes, &max) && !are_bounds(s, is_whole, &min, &max))
        lie = "have bounds that the values speak against";
    else if (s->has_nulls_count && !is_count(s->n_nulls, s->n_rows, is_whole, seen.n_nulls, seen.n_values + seen.n_nans))
        lie = "have a null count that the values speak against";
    else if (s->has_nan_count && !is_count(s->n_nans, s->n_rows, is_whole, seen.n_nans, seen.n_values + seen.n_nulls))
        lie = "have a NaN count that the values speak against";
    metric_extremes.done(w->extremes);
    w->is_on = false;
    return lie;
}

/* --- samples --- */

/* The finisher of splitmix64. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

/* Columns of units are numbered in batch order; of every N that follow each other (or of those that are left) one is chosen. */
static bool is_chosen(const struct round *round, const struct task *unit, int32_t slot, uint64_t *number)
{
    uint64_t n_slots = (uint64_t)round->plan->n_slots, one_in = (uint64_t)round->plan->options->audit;
    uint64_t n_units = (uint64_t)round->n_units / (uint64_t)round->plan->n_groups, first, left;

    *number = (uint64_t)(unit - round->units) / (uint64_t)round->plan->n_groups * n_slots + (uint64_t)slot;
    first = *number / one_in * one_in;
    left = n_units * n_slots - first;
    return *number - first == mix(first + 1) % (left < one_in ? left : one_in);
}

/* The rows as a witness sees them. */
static enum status show_rows(struct witness *w, const struct table *table, struct scan *scan, const struct task *unit, struct error *err)
{
    struct chunk chunk;

    for (;;) {
        const struct vector *column = &chunk.vectors[0];
        struct metric_input in = {.columns = &column, .n_columns = 1, .file = unit->file};

        TRY(table->reader->scan_next(scan, &chunk, err));
        if (chunk.n_rows == 0)
            return STATUS_OK;
        column = &chunk.vectors[0];
        in.n_rows = in.n_selected = chunk.n_rows;
        TRY(witness_see(w, &in, err));
    }
}

static enum status audit_column(struct round *round, struct worker *worker, const struct task *unit, int32_t slot,
                                const struct column_summary *claim, uint64_t number, struct error *err)
{
    const struct plan *plan = round->plan;
    struct table *table = plan->batch->tables[unit->file];
    bool has_nans = claim->has_nan_count && type_is_float(plan->slots[slot].type);
    struct want want = {plan->batch->positions[unit->file][plan->slots[slot].column], plan->slots[slot].type,
                        claim->has_bounds || has_nans ? NEED_VALUES : NEED_NULLS};
    int64_t n = claim->n_rows < AUDIT_ROWS ? claim->n_rows : AUDIT_ROWS;
    struct unit_part part = {(int64_t)(mix(~number) % (uint64_t)(claim->n_rows - n + 1)), n, false};
    struct witness witness = {0};
    enum status status;
    struct scan *scan;
    const char *lie;

    TRY(witness_start(&witness, plan, &worker->scratch, slot, claim, err));
    status = table->reader->scan_part(table, unit->unit, &part, &want, 1, &worker->room, &scan, err);
    if (status == STATUS_OK) {
        status = show_rows(&witness, table, scan, unit, err);
        table->reader->scan_close(scan);
    }
    lie = witness_end(&witness);
    worker->n_audited += status == STATUS_OK;
    if (status == STATUS_OK && lie)
        integrity_add(&worker->lies, (struct integrity_finding){unit->file, unit->unit, plan->slots[slot].column, lie});
    return status;
}

enum status audit_unit(struct round *round, struct worker *worker, const struct task *unit, struct error *err)
{
    const struct plan *plan = round->plan;
    const struct group *group = &round->groups[unit->group];

    if (plan->options->audit < 1 || !round->is_first || !plan->batch->is_typed || !plan_accepts(plan, EVIDENCE_FOOTER) ||
        !plan->batch->tables[unit->file]->reader->scan_part)
        return STATUS_OK;
    for (int32_t s = 0; s < group->n_slots; s++) {
        int32_t slot = group->slots[s];
        struct column_summary claim;
        uint64_t number;
        bool is_there;

        if (!is_chosen(round, unit, slot, &number))
            continue;
        TRY(foresight_summary(plan, unit->file, unit->unit, slot, &claim, &is_there, err));
        if (is_there && claim.n_rows > 0 && (claim.has_bounds || (claim.has_nulls_count && claim.nulls_evidence == EVIDENCE_FOOTER)))
            TRY(audit_column(round, worker, unit, slot, &claim, number, err));
    }
    return STATUS_OK;
}
