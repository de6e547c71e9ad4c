/* expectations/row.c -- planning: settled checks, columns, and the one request of a row-level check. */
#include "expectations/shared.h"

void plan_settle(struct planned *p, enum verdict verdict, const char *reason)
{
    finding_init(&p->finding);
    p->finding.verdict = verdict;
    p->finding.reason = reason;
    p->is_settled = true;
}

enum status plan_column(struct planned *p, const struct planner *planner, const char *name, enum family family,
                        int32_t *slot, bool *settled, struct error *err)
{
    enum status status = planner->column(planner->context, name, family, slot, &p->type, err);
    const char *reason;

    *settled = status == STATUS_NOT_FOUND || status == STATUS_UNSUPPORTED;
    if (!*settled)
        return status;
    reason = arena_text(planner->arena, err->text, strlen(err->text));
    if (!reason)
        return error_no_memory(err);
    plan_settle(p, status == STATUS_NOT_FOUND ? VERDICT_FAIL : VERDICT_NOT_EVALUATED, reason);
    error_clear(err);
    return STATUS_OK;
}

bool column_is_undeclared(const struct planner *planner, const char *name)
{
    int32_t at = schema_find(planner->schema, name);

    return at >= 0 && planner->schema->columns[at].type.kind == TYPE_UNKNOWN;
}

static enum status add_request(struct planned *p, const struct planner *planner, const struct request *request,
                               struct error *err)
{
    TRY(planner->request(planner->context, request, &p->requests[p->n_requests], err));
    p->n_requests++;
    return STATUS_OK;
}

enum status plan_with_rule(struct planned *p, const struct planner *planner, const int32_t *slots, int32_t n_slots,
                           const struct rule *rule, struct error *err)
{
    struct request request = {.metric = &metric_violations, .n_columns = n_slots,
                              .nan_is_null = rule->nan == NAN_IGNORE};
    struct rule *copy = arena_alloc(planner->arena, sizeof *copy);

    if (!copy || !rule->holds)
        return error_no_memory(err);
    *copy = *rule;
    request.rule = copy;
    /* An expression decides about NaN itself, and nobody counts those that it met, unless they are to be left out. */
    p->nan_is_value = rule->missing_is_unknown ? rule->nan != NAN_IGNORE : rule->nan == NAN_PASS;
    memcpy(request.slots, slots, (size_t)n_slots * sizeof *slots);
    return add_request(p, planner, &request, err);
}

enum status plan_rule(struct planned *p, const struct planner *planner, const int32_t *slots, int32_t n_slots,
                      struct expression *holds, struct error *err)
{
    struct rule rule = {.holds = holds, .nulls = p->check->nulls, .nan = p->check->nan};

    return plan_with_rule(p, planner, slots, n_slots, &rule, err);
}

enum status plan_figure(struct planned *p, const struct planner *planner, const struct metric *metric, int32_t slot,
                        const void *params, size_t params_size, struct error *err)
{
    struct request request = {.metric = metric, .n_columns = 1, .params = params, .params_size = params_size,
                              .nan_is_null = p->check->nan == NAN_IGNORE};

    request.slots[0] = slot;
    if (p->type.kind == TYPE_NULL) {
        request.metric = &metric_presence;
        request.params = NULL;
        request.params_size = 0;
    }
    return add_request(p, planner, &request, err);
}
