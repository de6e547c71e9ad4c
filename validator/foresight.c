/* validator/foresight.c -- see foresight.h.
 *
 * Looking at all units costs a pass over the footers, so it is done for a request when the first of its tasks asks for it.
 */
#include "validator/evidence.h"

#include "columns/cast.h"

/* What is said by weaker evidence than is accepted was not said; `level` is that of the bounds. */
static void forget_weak(const struct plan *plan, struct type type, enum evidence level, struct column_summary *s)
{
    if (!plan_accepts(plan, s->nulls_evidence))
        s->has_nulls_count = false;
    if (!plan_accepts(plan, level)) {
        s->has_bounds = s->has_filter = false;
        s->has_nan_count = s->has_nan_count && !type_is_float(type); /* there are none of other types */
    }
}

static void believe(const struct plan *plan, struct type type, int32_t slot, enum evidence level, struct column_summary *s)
{
    struct cast cast;

    forget_weak(plan, type, level, s);
    if (!cast_find(type, plan->slots[slot].type, &cast) || cast.kind != CAST_NONE)
        s->has_bounds = s->has_filter = false; /* values of the file's own type, where other files have a wider one */
}

enum status foresight_summary(const struct plan *plan, int32_t file, int32_t unit, int32_t slot, struct column_summary *out,
                              bool *is_there, struct error *err)
{
    struct table *table = plan->batch->tables[file];
    int32_t column = plan->batch->positions[file][plan->slots[slot].column];

    *is_there = column != COLUMN_ABSENT && table->reader->summary && !table->schema.columns[column].repeated;
    if (!*is_there)
        return STATUS_OK;
    TRY(table->reader->summary(table, unit, column, out, err));
    believe(plan, table->schema.columns[column].type, slot, EVIDENCE_FOOTER, out);
    return STATUS_OK;
}

void foresight_page(const struct plan *plan, int32_t file, int32_t slot, struct column_summary *s)
{
    const struct schema *schema = &plan->batch->tables[file]->schema;

    believe(plan, schema->columns[plan->batch->positions[file][plan->slots[slot].column]].type, slot, EVIDENCE_PAGE_INDEX, s);
}

/* --- one pass over all units --- */

static int64_t values_of(const struct column_summary *s)
{
    return s->has_nulls_count && s->has_nan_count ? s->n_rows - s->n_nulls - s->n_nans : 0;
}

/* There is a value that is at least the exact greatest one, or at least the lower bound; likewise on the other side. */
void foresight_see(struct foresight *f, const struct column_summary *s)
{
    const struct value *high = s->max_is_exact ? &s->max : &s->min, *low = s->min_is_exact ? &s->min : &s->max;
    int order;

    if (!s->has_bounds || values_of(s) <= 0)
        return;
    if (!f->has_high || (value_compare(high, &f->high, &order) && order > 0))
        f->high = *high;
    if (!f->has_low || (value_compare(low, &f->low, &order) && order < 0))
        f->low = *low;
    f->has_high = f->has_low = true;
}

static enum status look_ahead(const struct round *round, int32_t request, struct foresight *f, struct error *err)
{
    const struct plan *plan = round->plan;
    const struct plan_request *r = &plan->requests[request];
    int64_t n_nulls = 0;

    for (int32_t file = 0; file < plan->batch->found.n_files; file++)
        for (int32_t unit = 0; unit < plan->batch->tables[file]->n_units; unit++) {
            struct column_summary s;
            bool is_there;

            TRY(foresight_summary(plan, file, unit, r->request.slots[0], &s, &is_there, err));
            if (!is_there)
                continue;
            if (!r->request.rule) {
                foresight_see(f, &s);
                continue;
            }
            n_nulls += s.has_nulls_count ? s.n_nulls : 0;
            if (n_nulls >= r->setup.samples) {
                f->has_samples_until = true;
                f->file = file;
                f->unit = unit;
                return STATUS_OK;
            }
        }
    return STATUS_OK;
}

/* A request with a `where` counts other rows than the footers do: of it nothing is foreseen. */
static enum status foresee(struct round *round, int32_t request, struct foresight *out, struct error *err)
{
    struct foresight *f = &round->foresight[request];
    enum status status = STATUS_OK;

    *out = (struct foresight){0};
    if (round->plan->requests[request].where != NO_PREDICATE)
        return STATUS_OK;
    pthread_mutex_lock(&round->foresight_lock);
    if (!f->is_made)
        status = look_ahead(round, request, f, err);
    f->is_made = f->is_made || status == STATUS_OK;
    *out = *f;
    pthread_mutex_unlock(&round->foresight_lock);
    return status;
}

enum status foresight_wants_samples(struct round *round, int32_t request, int32_t file, int32_t unit, bool *wanted,
                                    struct error *err)
{
    struct foresight f;

    TRY(foresee(round, request, &f, err));
    *wanted = !f.has_samples_until || file < f.file || (file == f.file && unit <= f.unit);
    return STATUS_OK;
}

void foresight_beaten(const struct foresight *f, struct column_summary *s)
{
    int order;

    if (!s->has_bounds)
        return;
    if (f->has_high && value_compare(&s->max, &f->high, &order) && order < 0)
        s->max_is_moot = true;
    if (f->has_low && value_compare(&s->min, &f->low, &order) && order > 0)
        s->min_is_moot = true;
}

enum status foresight_moot(struct round *round, int32_t request, struct column_summary *s, struct error *err)
{
    struct foresight f;

    if (!s->has_bounds || (s->min_is_exact && s->max_is_exact))
        return STATUS_OK;
    TRY(foresee(round, request, &f, err));
    foresight_beaten(&f, s);
    return STATUS_OK;
}

/* --- contradictions --- */

static bool is_before(const struct integrity_finding *a, const struct integrity_finding *b)
{
    if (a->file != b->file)
        return a->file < b->file;
    return a->unit != b->unit ? a->unit < b->unit : a->column < b->column;
}

static void keep(struct integrity *list, const struct integrity_finding *finding)
{
    int32_t at = list->n < INTEGRITY_KEPT ? list->n : INTEGRITY_KEPT - 1;

    if (list->n == INTEGRITY_KEPT && !is_before(finding, &list->at[at]))
        return;
    for (; at > 0 && is_before(finding, &list->at[at - 1]); at--)
        list->at[at] = list->at[at - 1];
    list->at[at] = *finding;
    list->n += list->n < INTEGRITY_KEPT;
}

/* Two requests may find out the same. */
static bool is_kept(const struct integrity *list, const struct integrity_finding *finding)
{
    for (int32_t i = 0; i < list->n; i++)
        if (!is_before(&list->at[i], finding) && !is_before(finding, &list->at[i]) && list->at[i].what == finding->what)
            return true;
    return false;
}

void integrity_add(struct integrity *list, struct integrity_finding finding)
{
    if (is_kept(list, &finding))
        return;
    keep(list, &finding);
    list->n_total++;
}

void integrity_merge(struct integrity *into, const struct integrity *from)
{
    for (int32_t i = 0; i < from->n; i++)
        keep(into, &from->at[i]);
    into->n_total += from->n_total;
}
