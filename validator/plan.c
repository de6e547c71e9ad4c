/* validator/plan.c -- see plan.h. */
#include "core/pool.h"
#include "validator/plots.h"
#include "validator/reference.h"

#include <fnmatch.h>

static bool grow(struct plan *plan, void **array, size_t *capacity, int32_t n, size_t item)
{
    size_t wanted;
    void *more;

    if ((size_t)n < *capacity)
        return true;
    wanted = *capacity ? 2 * *capacity : 32;
    more = arena_array(plan->arena, wanted, item);
    if (!more)
        return false;
    if (n)
        memcpy(more, *array, (size_t)n * item);
    *array = more;
    *capacity = wanted;
    return true;
}

static const struct declared_column *declared(const struct suite *suite, const char *name)
{
    for (int32_t i = 0; i < suite->n_columns; i++)
        if (strcmp(suite->columns[i].name, name) == 0)
            return &suite->columns[i];
    return NULL;
}

static bool column_is_nullable(const struct suite *suite, const char *name)
{
    const struct declared_column *d = declared(suite, name);

    return d && d->has_nullable && d->is_nullable;
}

static struct type class_union(const struct cell_classes *classes, bool with_numbers, bool with_times)
{
    struct cell_classes some = *classes;

    if (!with_numbers)
        some.n[CELL_INT64] = some.n[CELL_DOUBLE] = 0;
    if (!with_times)
        some.n[CELL_DATE] = some.n[CELL_TIME] = some.n[CELL_TIMESTAMP] = 0;
    some.n[CELL_BOOL] = some.n[CELL_TEXT] = some.n[CELL_NULL] = 0;
    return cell_classes_type(&some);
}

struct type plan_family_type(const struct cell_classes *classes, enum family family)
{
    int64_t numbers = classes->n[CELL_INT64] + classes->n[CELL_DOUBLE];
    int64_t times = classes->n[CELL_DATE] + classes->n[CELL_TIME] + classes->n[CELL_TIMESTAMP];

    switch (family) {
    case FAMILY_NUMBER:
        return numbers ? class_union(classes, true, false) : (struct type){.kind = TYPE_INT64};
    case FAMILY_TIME:
        /* a column that is part date, part time of day has no common type: instants are the likelier meaning */
        if (times && classes->n[CELL_TIME] && classes->n[CELL_TIME] != times)
            return (struct type){.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO};
        return times ? class_union(classes, false, true) : (struct type){.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO};
    case FAMILY_BOOL:
        return (struct type){.kind = TYPE_BOOL};
    case FAMILY_TEXT:
        return (struct type){.kind = TYPE_STRING};
    case FAMILY_ANY:
        break;
    }
    /* Nothing but nulls so far: the narrowest guess, which the first other cell overturns. */
    if (numbers + times + classes->n[CELL_BOOL] + classes->n[CELL_TEXT] == 0)
        return (struct type){.kind = TYPE_INT64};
    return cell_classes_type(classes);
}

/* `timestamp` and `time` say nothing of offsets and digits, which Parquet's types do: as in an undeclared column, one cell with an
 * offset makes it one of instants, one with more than six digits one of nanoseconds. States must agree without having seen each
 * other's cells: there a timestamp is one of the wall clock and in microseconds. */
static struct type declared_type(const struct plan *plan, int32_t column, struct type type)
{
    const struct cell_classes *classes = plan->classes ? &plan->classes[column] : NULL;

    if (!classes || plan->first_round_only)
        return type;
    if (type.kind == TYPE_TIMESTAMP)
        type.is_utc = type.is_utc || classes->n_zoned > 0;
    if ((type.kind == TYPE_TIMESTAMP || type.kind == TYPE_TIME) && type.unit == UNIT_MICRO && classes->n_nano > 0)
        type.unit = UNIT_NANO;
    return type;
}

struct type plan_slot_type(const struct plan *plan, const struct slot *slot)
{
    if (slot->is_inferred)
        return plan_family_type(&plan->classes[slot->column], slot->family);
    return slot->is_open ? declared_type(plan, slot->column, slot->declared) : slot->type;
}

static void declare(const struct plan *plan, struct type type, struct slot *slot)
{
    slot->declared = type;
    slot->is_open = !plan->first_round_only && (type.kind == TYPE_TIME || type.kind == TYPE_TIMESTAMP);
    slot->type = declared_type(plan, slot->column, type);
}

struct type plan_column_type(const struct plan *plan, int32_t column)
{
    const struct column *c = &plan->batch->schema.columns[column];
    const struct declared_column *d = declared(plan->suite, c->name);

    if (c->type.kind != TYPE_UNKNOWN || !plan->classes)
        return c->type;
    if (d && d->has_type)
        return declared_type(plan, column, d->type);
    return cell_classes_type(&plan->classes[column]);
}

static enum status add_slot(struct plan *plan, const struct slot *wanted, int32_t *slot, struct error *err)
{
    for (int32_t s = 0; s < plan->n_slots; s++)
        if (plan->slots[s].column == wanted->column && type_equal(plan->slots[s].type, wanted->type) &&
            plan->slots[s].is_inferred == wanted->is_inferred && plan->slots[s].is_open == wanted->is_open && plan->slots[s].family == wanted->family) {
            *slot = s;
            return STATUS_OK;
        }
    if (!grow(plan, (void **)&plan->slots, &plan->slots_capacity, plan->n_slots, sizeof *plan->slots))
        return error_no_memory(err);
    plan->slots[plan->n_slots] = *wanted;
    *slot = plan->n_slots++;
    return STATUS_OK;
}

static enum status find_column(struct plan *plan, const char *name, int32_t *column, struct error *err)
{
    const struct schema *schema = &plan->batch->schema;
    const char *near;
    int32_t at = schema_find(schema, name);

    error_column(err, name);
    if (at < 0) {
        near = schema_nearest(schema, name);
        return error_set(err, STATUS_NOT_FOUND, "the batch has no column %s%s%s%s", schema_shown(name), near ? "; did you mean " : "",
                         near ? near : "", near ? "?" : "");
    }
    if (plan->batch->columns[at].conflict)
        return error_set(err, STATUS_BAD_DATA, "%s", plan->batch->columns[at].conflict);
    if (plan->batch->columns[at].missing_in && !column_is_nullable(plan->suite, name))
        return error_set(err, STATUS_NOT_FOUND, "column %s is missing in %s", name, plan->batch->columns[at].missing_in);
    if (schema->columns[at].type.kind == TYPE_NESTED)
        return error_set(err, STATUS_UNSUPPORTED, "column %s is nested, and nested values cannot be judged yet", name);
    *column = at;
    return STATUS_OK;
}

static enum status plan_column_read(void *context, const char *name, enum family family, int32_t *slot, struct type *type,
                                    struct error *err)
{
    struct plan *plan = context;
    const struct declared_column *d = declared(plan->suite, name);
    struct slot wanted = {.family = FAMILY_ANY};

    TRY(find_column(plan, name, &wanted.column, err));
    wanted.type = plan->batch->schema.columns[wanted.column].type;
    if (wanted.type.kind == TYPE_UNKNOWN && d && d->has_type) {
        declare(plan, d->type, &wanted);
    } else if (wanted.type.kind == TYPE_UNKNOWN) {
        wanted.family = family;
        wanted.is_inferred = family != FAMILY_TEXT && family != FAMILY_BOOL;
        wanted.type = plan_family_type(&plan->classes[wanted.column], family);
    }
    *type = wanted.type;
    return add_slot(plan, &wanted, slot, err);
}

static enum status plan_column_read_as(void *context, const char *name, struct type type, int32_t *slot, struct type *actual,
                                       struct error *err)
{
    struct plan *plan = context;
    struct slot wanted = {.family = FAMILY_ANY};

    TRY(find_column(plan, name, &wanted.column, err));
    wanted.type = plan->batch->schema.columns[wanted.column].type;
    if (wanted.type.kind == TYPE_UNKNOWN && plan->now_planning && strcmp(plan->now_planning->kind->name, "of_type") == 0)
        declare(plan, type, &wanted);
    else if (wanted.type.kind == TYPE_UNKNOWN)
        wanted.type = type; /* a reference's, which is as it is */
    *actual = wanted.type;
    return add_slot(plan, &wanted, slot, err);
}

static enum status add_predicate(struct plan *plan, const struct expression *e, int32_t *at, struct error *err)
{
    struct binder binder = {plan_column_read, plan, plan->time};
    const char *text = expression_print(plan->arena, e);
    const char *always = expression_print(plan->arena, expression_true(plan->arena));
    struct plan_predicate *p;

    if (!text || !always)
        return error_no_memory(err);
    for (int32_t i = 0; i < plan->n_predicates; i++)
        if (strcmp(plan->predicates[i].text, text) == 0) {
            *at = i;
            return STATUS_OK;
        }
    if (!grow(plan, (void **)&plan->predicates, &plan->predicates_capacity, plan->n_predicates, sizeof *p))
        return error_no_memory(err);
    p = &plan->predicates[plan->n_predicates];
    *p = (struct plan_predicate){.text = text, .is_true = strcmp(text, always) == 0};
    if (!p->is_true)
        TRY(predicate_compile(plan->arena, e, &binder, &p->predicate, err));
    *at = plan->n_predicates++;
    return STATUS_OK;
}

static bool requests_equal(const struct plan_request *a, const struct plan_request *b)
{
    const struct request *x = &a->request, *y = &b->request;

    if (x->metric != y->metric || x->n_columns != y->n_columns || x->nan_is_null != y->nan_is_null ||
        x->params_size != y->params_size || x->reference != y->reference || a->where != b->where || a->holds != b->holds ||
        !x->rule != !y->rule)
        return false;
    if (x->rule && (x->rule->nulls != y->rule->nulls || x->rule->nan != y->rule->nan ||
                    x->rule->missing_is_unknown != y->rule->missing_is_unknown ||
                    x->rule->malformed_is_value != y->rule->malformed_is_value))
        return false;
    return (x->n_columns == 0 || memcmp(x->slots, y->slots, (size_t)x->n_columns * sizeof *x->slots) == 0) &&
           (x->params_size == 0 || memcmp(x->params, y->params, x->params_size) == 0);
}

static void fill_setup(struct plan *plan, struct plan_request *r)
{
    if (plan->n_threads == 0) /* asking the system takes longer than all the rest of a request */
        plan->n_threads = pool_threads(plan->options->threads, plan->memory ? plan->memory->limit : 0);
    r->setup = (struct metric_setup){.memory = plan->memory, .n_columns = r->request.n_columns,
                                     .params = r->request.params, .params_size = r->request.params_size,
                                     .samples = plan->options->samples, .nan_is_null = r->request.nan_is_null,
                                     .threads = plan->n_threads};
    for (int32_t i = 0; i < r->request.n_columns; i++)
        r->setup.types[i] = plan->slots[r->request.slots[i]].type;
}

/* Entries stand beside entries of the same list or map, and beside nothing else. *first is what the others are compared with. */
static enum status align(const struct plan *plan, const int32_t *slots, int32_t n, const struct column **first, struct error *err)
{
    for (int32_t i = 0; i < n; i++) {
        const struct column *a = *first, *b = &plan->batch->schema.columns[plan->slots[slots[i]].column];

        if (!a) {
            *first = b;
            continue;
        }
        if (!a->repeated && !b->repeated)
            continue;
        if (a->repeated && b->repeated && strcmp(a->repeated, b->repeated) != 0)
            return error_set(err, STATUS_UNSUPPORTED, "%s and %s are of different lists: their entries do not belong together",
                             a->name, b->name);
        if (!a->repeated || !b->repeated)
            return error_set(err, STATUS_UNSUPPORTED, "%s is repeated: it has entries, not rows, and cannot be judged beside %s",
                             a->repeated ? a->name : b->name, a->repeated ? b->name : a->name);
    }
    return STATUS_OK;
}

static enum status align_predicate(const struct plan *plan, int32_t predicate, const struct column **first, struct error *err)
{
    const int32_t *slots;
    int32_t n = 0;

    if (predicate == NO_PREDICATE || plan->predicates[predicate].is_true)
        return STATUS_OK;
    slots = predicate_slots(plan->predicates[predicate].predicate, &n);
    return align(plan, slots, n, first, err);
}

/* *repeated: what the request looks at are entries. */
static enum status align_request(const struct plan *plan, const struct plan_request *r, bool *repeated, struct error *err)
{
    const struct column *first = NULL;

    TRY(align(plan, r->request.slots, r->request.n_columns, &first, err));
    TRY(align_predicate(plan, r->where, &first, err));
    TRY(align_predicate(plan, r->holds, &first, err));
    *repeated = first && first->repeated;
    if (*repeated && r->request.n_columns == 0)
        return error_set(err, STATUS_UNSUPPORTED, "%s is repeated: it has entries, not rows, and cannot choose rows", first->name);
    return STATUS_OK;
}

static enum status plan_request_add(void *context, const struct request *request, int32_t *handle, struct error *err)
{
    struct plan *plan = context;
    struct plan_request r = {.request = *request, .where = NO_PREDICATE, .holds = NO_PREDICATE, .enough = INT64_MAX,
                             .fatal = INT64_MAX};
    struct expression *where = plan->where;
    bool is_repeated;

    if (plan->now_planning && plan->now_planning->where_expression)
        where = expression_and(plan->arena, plan->where, plan->now_planning->where_expression);
    if (where)
        TRY(add_predicate(plan, where, &r.where, err));
    if (request->rule)
        TRY(add_predicate(plan, request->rule->holds, &r.holds, err));
    TRY(align_request(plan, &r, &is_repeated, err));
    for (int32_t i = 0; i < plan->n_requests; i++)
        if (requests_equal(&plan->requests[i], &r)) {
            *handle = i;
            return STATUS_OK;
        }
    if (!grow(plan, (void **)&plan->requests, &plan->requests_capacity, plan->n_requests, sizeof r))
        return error_no_memory(err);
    r.takes_keys = !is_repeated && (request->metric->takes_rule || request->metric == &metric_uniqueness);
    fill_setup(plan, &r);
    *handle = plan->n_requests;
    plan->requests[plan->n_requests++] = r;
    return STATUS_OK;
}

/* --- references --- */

static bool is_undeclared(void *context, const char *name)
{
    const struct plan *plan = context;
    const struct declared_column *d = declared(plan->suite, name);
    int32_t at = schema_find(&plan->batch->schema, name);

    return at >= 0 && plan->batch->schema.columns[at].type.kind == TYPE_UNKNOWN && !(d && d->has_type);
}

static enum status plan_reference(void *context, const struct reference *reference, struct type *type, struct error *err)
{
    const struct plan *plan = context;

    return references_column(plan->references, reference, type, err);
}

static enum status plan_reference_state(void *context, const struct reference *reference, struct type type,
                                        const struct metric *metric, const void *params, size_t params_size, int32_t *handle,
                                        struct error *err)
{
    const struct plan *plan = context;

    return references_ask(plan->references, reference, type, metric, params, params_size, handle, err);
}

static enum status plan_reference_schema(void *context, const struct reference *reference, const struct schema **out, struct error *err)
{
    const struct plan *plan = context;

    return references_schema(plan->references, reference, out, err);
}

static enum status plan_reference_facts(void *context, const struct reference *reference, struct reference_facts *out, struct error *err)
{
    const struct plan *plan = context;

    return references_facts(plan->references, reference, out, err);
}

/* --- checks --- */

/* What the data did wrong fails the check, what we cannot do leaves it without a verdict; what the suite did wrong ends the run with the check's place. */
static enum status plan_one(struct plan *plan, const struct planner *planner, const struct check *check,
                            struct planned *planned, struct error *err)
{
    enum status status;

    *planned = (struct planned){.check = check};
    finding_init(&planned->finding);
    error_clear(err);
    if (plan->where_broken) {
        plan_settle(planned, plan->where_verdict, plan->where_broken);
        return STATUS_OK;
    }
    plan->now_planning = check;
    status = check->kind->plan(planned, planner, err);
    plan->now_planning = NULL;
    if (status == STATUS_NOT_FOUND || status == STATUS_BAD_DATA || status == STATUS_UNSUPPORTED) {
        const char *reason = arena_format(plan->arena, "%s", err->text);

        if (!reason)
            return error_no_memory(err);
        plan_settle(planned, status == STATUS_UNSUPPORTED ? VERDICT_NOT_EVALUATED : VERDICT_FAIL, reason);
        error_clear(err);
        return STATUS_OK;
    }
    if (status == STATUS_BAD_SUITE && err->line < 0) {
        error_source(err, plan->suite->path);
        err->line = check->line;
        err->line_column = check->column_at;
    }
    return status;
}

static bool matches(const char *pattern, const struct check *check)
{
    const char *of = strchr(pattern, ':');
    const char *glob = of ? of + 1 : pattern;

    if (!of || strncmp(pattern, "id:", 3) == 0)
        return fnmatch(glob, check->id, 0) == 0;
    if (strncmp(pattern, "column:", 7) == 0)
        return check->column && fnmatch(glob, check->column, 0) == 0;
    for (int32_t i = 0; i < check->tags.n; i++)
        if (fnmatch(glob, check->tags.at[i], 0) == 0)
            return true;
    return false;
}

static enum status check_patterns(const struct text_list *patterns, const char *option, struct error *err)
{
    for (int32_t i = 0; i < patterns->n; i++) {
        const char *p = patterns->at[i];

        if (strncmp(p, "tag:", 4) != 0 && strncmp(p, "id:", 3) != 0 && strncmp(p, "column:", 7) != 0)
            return error_set(err, STATUS_BAD_USAGE, "%s %s: write tag:T, id:I or column:C (globs are allowed)", option, p);
    }
    return STATUS_OK;
}

static bool any_matches(const struct text_list *patterns, const struct check *check)
{
    for (int32_t i = 0; i < patterns->n; i++)
        if (matches(patterns->at[i], check))
            return true;
    return false;
}

enum status plan_select(struct plan *plan, struct error *err)
{
    const struct validation_options *o = plan->options;
    int32_t left = 0;

    plan->checks = arena_array(plan->arena, (size_t)plan->suite->n_checks + 1, sizeof *plan->checks);
    if (!plan->checks)
        return error_no_memory(err);
    TRY(check_patterns(&o->select, "--select", err));
    TRY(check_patterns(&o->exclude, "--exclude", err));
    for (int32_t i = 0; i < plan->suite->n_checks; i++) {
        struct plan_check *c = &plan->checks[i];

        c->check = &plan->suite->checks[i];
        if (!c->check->is_active)
            c->skipped_because = "active: false";
        else if (o->select.n && !any_matches(&o->select, c->check))
            c->skipped_because = "not named by --select";
        else if (any_matches(&o->exclude, c->check))
            c->skipped_because = "named by --exclude";
        c->is_skipped = c->skipped_because != NULL;
        left += !c->is_skipped;
    }
    if (left == 0)
        return error_set(err, STATUS_BAD_USAGE, "--select and --exclude leave no expectation of %s to judge",
                         plan->suite->path);
    return STATUS_OK;
}

static enum status plan_checks(struct plan *plan, struct error *err)
{
    struct planner planner = {.context = plan, .arena = plan->arena, .schema = &plan->batch->schema, .time = plan->time,
                              .column = plan_column_read, .column_as = plan_column_read_as, .request = plan_request_add,
                              .is_undeclared = is_undeclared, .reference = plan_reference,
                              .reference_state = plan_reference_state, .reference_facts = plan_reference_facts,
                              .reference_schema = plan_reference_schema};

    for (int32_t i = 0; i < plan->suite->n_checks; i++) {
        struct plan_check *c = &plan->checks[i];

        if (c->is_skipped)
            continue;
        TRY(plan_one(plan, &planner, c->check, &c->planned, err));
        c->has_warn = c->check->warn != NULL;
        if (c->has_warn)
            TRY(plan_one(plan, &planner, c->check->warn, &c->warn, err));
    }
    return STATUS_OK;
}

/* --- the batch's own needs --- */

static enum status plan_where(struct plan *plan, struct error *err)
{
    struct request rows = {.metric = &metric_rows};
    struct expression *extra = NULL;
    enum status status;

    plan->where = plan->suite->where_expression;
    if (plan->options->where) {
        status = expression_parse(plan->arena, span_text(plan->options->where), &extra, err);
        if (status != STATUS_OK) {
            error_source(err, "--where");
            return status == STATUS_BAD_SUITE ? (err->status = STATUS_BAD_USAGE) : status;
        }
        plan->where = expression_and(plan->arena, plan->where, extra);
    }
    plan->where_broken = NULL;
    status = plan_request_add(plan, &rows, &plan->rows_handle, err);
    if (status == STATUS_NOT_FOUND || status == STATUS_BAD_DATA || status == STATUS_UNSUPPORTED) {
        plan->where_broken = arena_format(plan->arena, "where: %s", err->text);
        plan->where_verdict = status == STATUS_UNSUPPORTED ? VERDICT_NOT_EVALUATED : VERDICT_FAIL;
        plan->where = NULL;
        error_clear(err);
        if (!plan->where_broken)
            return error_no_memory(err);
        return plan_request_add(plan, &rows, &plan->rows_handle, err);
    }
    if (status == STATUS_BAD_SUITE)
        error_source(err, plan->options->where ? "where" : plan->suite->path);
    return status;
}

static enum status plan_keys(struct plan *plan, struct error *err)
{
    plan->n_keys = 0;
    for (int32_t i = 0; i < plan->suite->primary_key.n && plan->n_keys < SAMPLE_KEYS_MAX; i++) {
        struct type type;
        int32_t slot;
        enum status status = plan_column_read(plan, plan->suite->primary_key.at[i], FAMILY_ANY, &slot, &type, err);

        if (status == STATUS_OK && !plan->batch->schema.columns[plan->slots[slot].column].repeated)
            plan->key_slots[plan->n_keys++] = slot;
        else if (status == STATUS_NO_MEMORY)
            return status;
        error_clear(err); /* a missing key column fails its own not_null; samples then show the other columns */
    }
    return STATUS_OK;
}

/* --- groups: union-find over slots --- */

static int32_t root(struct plan *plan, int32_t slot)
{
    while (plan->slots[slot].group != slot)
        slot = plan->slots[slot].group = plan->slots[plan->slots[slot].group].group;
    return slot;
}

static void join(struct plan *plan, int32_t *first, int32_t slot)
{
    if (*first < 0)
        *first = slot;
    else
        plan->slots[root(plan, slot)].group = root(plan, *first);
}

static void join_predicate(struct plan *plan, int32_t predicate, int32_t *first)
{
    const int32_t *slots;
    int32_t n = 0;

    if (predicate == NO_PREDICATE || plan->predicates[predicate].is_true)
        return;
    slots = predicate_slots(plan->predicates[predicate].predicate, &n);
    for (int32_t i = 0; i < n; i++)
        join(plan, first, slots[i]);
}

/* A reader that reads all columns at once does so for the rows, and once more for the entries of each list. `lists` are the lists so
 * far, group 1 the first of them. */
static int32_t list_group(struct plan *plan, const char **lists, int32_t slot)
{
    const char *list = plan->batch->schema.columns[plan->slots[slot].column].repeated;

    if (!list)
        return 0;
    for (int32_t g = 1; g < plan->n_groups; g++)
        if (strcmp(lists[g], list) == 0)
            return g;
    lists[plan->n_groups] = list;
    return plan->n_groups++;
}

static enum status number_groups(struct plan *plan, int32_t *first_slots, struct error *err)
{
    int32_t *number = arena_array(plan->arena, (size_t)plan->n_slots + 1, sizeof *number);
    int32_t *of = arena_array(plan->arena, (size_t)plan->n_slots + 1, sizeof *of);
    const char **lists = arena_array(plan->arena, (size_t)plan->n_slots + 2, sizeof *lists);

    if (!number || !of || !lists)
        return error_no_memory(err);
    plan->n_groups = 1; /* group 0: requests without columns */
    for (int32_t s = 0; s < plan->n_slots; s++) {
        int32_t r = root(plan, s);

        if (!number[r])
            number[r] = plan->batch->columns_are_independent ? plan->n_groups++ : list_group(plan, lists, s);
        of[s] = number[r];
    }
    for (int32_t s = 0; s < plan->n_slots; s++)
        plan->slots[s].group = of[s];
    for (int32_t i = 0; i < plan->n_requests; i++)
        plan->requests[i].group = first_slots[i] < 0 ? 0 : plan->slots[first_slots[i]].group;
    return STATUS_OK;
}

static enum status make_groups(struct plan *plan, struct error *err)
{
    int32_t *first = arena_array(plan->arena, (size_t)plan->n_requests + 1, sizeof *first);

    if (!first)
        return error_no_memory(err);
    for (int32_t s = 0; s < plan->n_slots; s++)
        plan->slots[s].group = s;
    for (int32_t i = 0; i < plan->n_requests; i++) {
        const struct plan_request *r = &plan->requests[i];

        first[i] = -1;
        for (int32_t c = 0; c < r->request.n_columns; c++)
            join(plan, &first[i], r->request.slots[c]);
        join_predicate(plan, r->where, &first[i]);
        join_predicate(plan, r->holds, &first[i]);
        for (int32_t k = 0; r->takes_keys && k < plan->n_keys; k++)
            join(plan, &first[i], plan->key_slots[k]);
    }
    return number_groups(plan, first, err);
}

enum status plan_make(struct plan *plan, struct error *err)
{
    plan->n_slots = plan->n_predicates = plan->n_requests = 0;
    TRY(plan_where(plan, err));
    TRY(plan_keys(plan, err));
    TRY(plan_checks(plan, err));
    TRY(plots_plan(plan, err));
    return make_groups(plan, err);
}

enum status plan_ask(struct plan *plan, const struct request *request, int32_t *handle, struct error *err)
{
    return plan_request_add(plan, request, handle, err);
}

enum status plan_make_questions(struct plan *plan, struct plan_question *questions, int32_t n, struct error *err)
{
    plan->slots = NULL;
    plan->predicates = NULL;
    plan->requests = NULL;
    plan->slots_capacity = plan->predicates_capacity = plan->requests_capacity = 0;
    plan->n_slots = plan->n_predicates = plan->n_requests = plan->n_keys = 0;
    TRY(plan_where(plan, err));
    for (int32_t i = 0; i < n; i++) {
        struct plan_question *q = &questions[i];
        struct request request = {.metric = q->metric, .n_columns = 1, .params = q->params, .params_size = q->params_size};

        q->slot.is_inferred = q->slot.is_open = false;
        TRY(add_slot(plan, &q->slot, &request.slots[0], err));
        TRY(plan_request_add(plan, &request, &q->handle, err));
    }
    return make_groups(plan, err);
}

void plan_done(struct plan *plan)
{
    for (int32_t i = 0; i < plan->n_predicates; i++)
        if (plan->predicates[i].predicate)
            predicate_done(plan->predicates[i].predicate);
    plan->n_predicates = 0;
}
