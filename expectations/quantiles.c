/* expectations/quantiles.c -- quantiles: several quantiles of a column, each between bounds of its own.
 *
 * The map's keys are the quantiles: {0.5: {min: 10}, 0.99: {max: 500}}. Exact, unless `approximate: true`; Hyndman-Fan type 7 unless `method` names another, or
 * the dialect does (gx: the nearest value that occurs). Great Expectations' quantile_ranges is the same in two lists.
 */
#include "expectations/shared.h"

#include "core/number.h"
#include "stats/quantile_rules.h"

enum { QUANTILES_MAX = 32 /* of struct quantiles_params */ };

static const char *const method_names[] = {"nearest", "type1", "type2", "type3", "type4", "type5",
                                           "type6",   "type7", "type8", "type9", "lower", "higher", "midpoint", NULL};

struct one { double at; struct span text; struct bounds bounds; };

struct quantiles {
    const char *method;
    struct node *quantile_ranges;
    struct literal relative_error;
    bool approximate;
    bool is_gx;
    int32_t method_number;
    int32_t n;
    struct one one[QUANTILES_MAX];
};

/* What one quantile's map may say. */
static const struct field range_fields[] = {
    BOUNDS_FIELDS(0, "lowest quantile accepted", "highest quantile accepted"),
    {0},
};

static const struct field fields[] = {
    {.name = "method", .type = FIELD_TEXT, .offset = offsetof(struct quantiles, method),
     .doc = "how to interpolate: type1 to type9 (Hyndman and Fan; type7 unless given), nearest, lower, higher or midpoint"},
    {.name = "quantile_ranges", .type = FIELD_NODE, .offset = offsetof(struct quantiles, quantile_ranges),
     .doc = "Great Expectations' form: {quantiles: [0.5], value_ranges: [[10, null]]}", .gx = "quantile_ranges"},
    {.name = "allow_relative_error", .type = FIELD_LITERAL, .offset = offsetof(struct quantiles, relative_error),
     .doc = "Great Expectations' choice of interpolation: false is nearest, linear is type7; nearest, lower, higher, midpoint", .gx = "allow_relative_error"},
    {.name = "approximate", .type = FIELD_BOOL, .offset = offsetof(struct quantiles, approximate), .default_text = "false",
     .doc = "one pass and at most 1 MB; the estimate is judged, and `bounds` of the result hold the exact value for certain"},
    {0},
};

/* A plain number: "inf" and "nan" are no quantiles. */
static bool parse_quantile(struct span s, double *out)
{
    return s.size > 0 && (s.at[0] == '.' || (s.at[0] >= '0' && s.at[0] <= '9')) && number_parse_double(s, out);
}

static bool accepts_key(const char *key)
{
    double x;

    return parse_quantile(span_text(key), &x);
}

static enum status refuse_at(const struct node *node, struct error *err, const char *text)
{
    if (node->line > 0) {
        err->line = node->line;
        err->line_column = node->column;
    }
    return error_set(err, STATUS_BAD_SUITE, "%s", text);
}

static enum status add_quantile(struct quantiles *p, struct span text, const struct node *place, struct one **out,
                                struct error *err)
{
    struct one one = {.text = text};

    if (!parse_quantile(text, &one.at) || one.at > 1)
        return refuse_at(place, err, "a quantile is a number from 0 to 1");
    if (p->n == QUANTILES_MAX)
        return refuse_at(place, err, "at most 32 quantiles can be asked for at once");
    for (int32_t i = 0; i < p->n; i++)
        if (p->one[i].at == one.at)
            return refuse_at(place, err, "this quantile is here twice");
    p->one[p->n] = one;
    *out = &p->one[p->n++];
    return STATUS_OK;
}

static enum status first_problem(const struct problems *problems, struct error *err)
{
    if (problems->n == 0)
        return STATUS_OK;
    err->line = problems->at[0].line;
    err->line_column = problems->at[0].line_column;
    return error_set(err, STATUS_BAD_SUITE, "%s", problems->at[0].text);
}

/* {0.99: {max: 500}} */
static enum status read_own(struct arena *arena, struct quantiles *p, const struct node *written, struct error *err)
{
    for (const struct node *c = written ? written->first : NULL; c; c = c->next) {
        struct problems problems;
        struct one *one;

        if (!accepts_key((const char *)c->key.at))
            continue;
        TRY(add_quantile(p, c->key, c, &one, err));
        if (c->kind != NODE_MAP)
            return refuse_at(c, err, "a quantile takes a map: {min: ..., max: ...}");
        problems_init(&problems, arena);
        if (!fields_parse(arena, range_fields, c, &one->bounds, NULL, NULL, &problems))
            return error_no_memory(err);
        TRY(first_problem(&problems, err));
        TRY(bounds_validate(&one->bounds, "a quantile", err));
    }
    return STATUS_OK;
}

static enum status read_pair(const struct node *pair, struct bounds *out, struct error *err)
{
    if (pair->kind != NODE_LIST || pair->n_children != 2 || !literal_from_node(pair->first, &out->min) ||
        !literal_from_node(pair->last, &out->max))
        return refuse_at(pair, err, "a value range is a list of two: [lowest, highest], null for none");
    return bounds_validate(out, "a quantile", err);
}

/* {quantiles: [...], value_ranges: [[lowest, highest], ...]} */
static enum status read_gx(struct quantiles *p, const struct node *ranges, struct error *err)
{
    const struct node *at = node_find(ranges, "quantiles"), *pairs = node_find(ranges, "value_ranges");
    const struct node *a, *b;

    if (!at || !pairs || at->kind != NODE_LIST || pairs->kind != NODE_LIST || at->n_children != pairs->n_children)
        return refuse_at(ranges, err, "quantile_ranges is {quantiles: [...], value_ranges: [...]} with lists of one length");
    for (a = at->first, b = pairs->first; a; a = a->next, b = b->next) {
        struct one *one;

        TRY(add_quantile(p, a->text, a, &one, err));
        TRY(read_pair(b, &one->bounds, err));
    }
    return STATUS_OK;
}

/* As quantile_place counts them; -1: there is none of that name. */
static int32_t method_named(struct span name)
{
    for (int32_t i = 0; method_names[i]; i++)
        if (span_is(name, method_names[i]))
            return i;
    return -1;
}

static enum status read_method(struct quantiles *p, const struct check *check, struct error *err)
{
    const struct literal *l = &p->relative_error;

    p->method_number = check->dialect->quantile_method;
    if (literal_is_given(l) && l->kind == NODE_TEXT) {
        p->method_number = method_named(span_is(l->text, "linear") ? span_text("type7") : l->text);
        if (p->method_number < 0 || (p->method_number > 0 && p->method_number < QUANTILE_LOWER && p->method_number != 7))
            return error_set(err, STATUS_BAD_SUITE, "allow_relative_error: %.80s is none of linear, lower, higher, midpoint, nearest and false",
                             (const char *)l->text.at);
    }
    if (p->method)
        p->method_number = method_named(span_text(p->method));
    if (p->method_number < 0)
        return error_set(err, STATUS_BAD_SUITE, "%s is no method: type1 to type9, nearest, lower, higher or midpoint", p->method);
    return STATUS_OK;
}

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    struct quantiles *p = params;

    TRY(read_method(p, check, err));
    TRY(read_own(arena, p, check->written, err));
    if (p->quantile_ranges) {
        if (p->n > 0)
            return refuse_at(p->quantile_ranges, err, "quantiles are given by key or by quantile_ranges, not both");
        p->is_gx = true;
        TRY(read_gx(p, p->quantile_ranges, err));
    }
    if (p->n == 0)
        return error_set(err, STATUS_BAD_SUITE, "quantiles names none: write {0.99: {max: 500}}");
    return STATUS_OK;
}

static enum family quantiles_family(const struct quantiles *p)
{
    enum family family = FAMILY_ANY;

    for (int32_t i = 0; i < p->n && family == FAMILY_ANY; i++)
        family = bounds_family(&p->one[i].bounds);
    return family == FAMILY_TIME ? FAMILY_TIME : FAMILY_NUMBER;
}

/* The bounds as values of the quantile's type; `fits` false: the column cannot take them. */
static enum status plan_ranges(struct planned *p, const struct planner *planner, bool *fits, struct error *err)
{
    const struct quantiles *params = p->check->params;
    struct range *ranges = arena_array(planner->arena, (size_t)params->n, sizeof *ranges);
    struct type type = p->type;

    if (!ranges)
        return error_no_memory(err);
    if (!type_is_temporal(type) && !type_is_float(type) && type.kind != TYPE_DECIMAL)
        type = (struct type){.kind = TYPE_DOUBLE};
    *fits = type_is_numeric(p->type) || type_is_temporal(p->type);
    for (int32_t i = 0; *fits && i < params->n; i++)
        TRY(bounds_to_range(&params->one[i].bounds, type, planner, &ranges[i], fits, err));
    p->extra = ranges;
    return STATUS_OK;
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct quantiles *params = p->check->params;
    struct quantiles_params *wanted = arena_alloc(planner->arena, sizeof *wanted);
    int32_t slot;
    bool settled, fits = true;

    if (!wanted)
        return error_no_memory(err);
    TRY(plan_column(p, planner, p->check->column, quantiles_family(params), &slot, &settled, err));
    if (settled)
        return STATUS_OK;
    if (p->type.kind != TYPE_NULL)
        TRY(plan_ranges(p, planner, &fits, err));
    if (!fits)
        return settle_misfit(p, planner, p->type, quantiles_family(params) == FAMILY_TIME ? "dates or times" : "numbers", err);
    if (p->type.kind == TYPE_DECIMAL && p->type.precision > 18) {
        plan_settle(p, VERDICT_NOT_EVALUATED, "quantiles of decimals of more than 18 digits cannot be computed yet");
        return STATUS_OK;
    }
    wanted->n = params->n;
    wanted->method = params->method_number;
    for (int32_t i = 0; i < params->n; i++)
        wanted->at[i] = params->one[i].at;
    return plan_figure(p, planner, params->approximate ? &metric_sketch : &metric_quantiles, slot, wanted, sizeof *wanted, err);
}

/* The i-th quantile in the shape of the dialect. */
static void show(struct arena *arena, const struct quantiles *p, int32_t i, const struct value *x, struct node *map)
{
    struct node *shown = node_value(arena, x);

    if (p->is_gx) {
        node_add(node_find(map, "quantiles"), node_number(arena, (const char *)p->one[i].text.at));
        node_add(node_find(map, "values"), shown);
    } else {
        node_set(arena, map, (const char *)p->one[i].text.at, shown);
    }
}

/* {"0.99": [lowest, highest]}: where the exact quantiles lie. */
static enum status show_bounds(struct arena *arena, const struct quantiles *p, const void *state, struct finding *out, struct error *err)
{
    struct node *bounds = node_map(arena);

    for (int32_t i = 0; bounds && i < p->n; i++) {
        struct node *pair = sketch_bounds(arena, state, i);

        if (!pair)
            return error_no_memory(err);
        node_set(arena, bounds, (const char *)p->one[i].text.at, pair);
    }
    return show_detail(arena, out, "bounds", bounds, err);
}

static bool get(const struct quantiles *p, const void *state, int32_t i, struct value *out)
{
    struct value low, high;

    return p->approximate ? sketch_quantile(state, i, out, &low, &high) : quantiles_get(state, i, out);
}

static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct quantiles *params = p->check->params;
    const struct range *ranges = p->extra;
    const void *state = seen->state(seen->context, p->requests[0]);
    struct node *holds = NULL; /* one by one, as Great Expectations shows it */

    if (!judge_figure(p, seen, params->approximate ? sketch_counts : quantiles_counts, out))
        return STATUS_OK;
    out->observed_node = node_map(seen->arena);
    if (!out->observed_node)
        return error_no_memory(err);
    if (params->is_gx) {
        node_set(seen->arena, out->observed_node, "quantiles", node_list(seen->arena));
        node_set(seen->arena, out->observed_node, "values", node_list(seen->arena));
        holds = node_list(seen->arena);
        TRY(show_detail(seen->arena, out, "success_details", holds, err));
    }
    for (int32_t i = 0; i < params->n; i++) {
        struct value x;

        if (!get(params, state, i, &x))
            return error_set(err, STATUS_INTERNAL, "a column with values has no quantile");
        if (!range_holds(&ranges[i], &x))
            out->verdict = VERDICT_FAIL;
        if (holds)
            node_add(holds, node_bool(seen->arena, range_holds(&ranges[i], &x)));
        show(seen->arena, params, i, &x, out->observed_node);
    }
    return params->approximate ? show_bounds(seen->arena, params, state, out, err) : STATUS_OK;
}

static void extra_schema(struct json_writer *w)
{
    json_key(w, "patternProperties");
    json_object(w);
    json_key(w, "^(0?\\.[0-9]+|0|1|1\\.0*|0\\.)$");
    json_object(w);
    json_member_text(w, "type", "object");
    json_key(w, "properties");
    fields_schema(w, range_fields);
    json_member_bool(w, "additionalProperties", false);
    json_object_end(w);
    json_object_end(w);
}

const struct expectation expect_quantiles = {
    .name = "quantiles",
    .gx = "column_quantile_values_to_be_between",
    .says = "quantiles of {column} lie in their ranges",
    .doc = "Each quantile named lies between its bounds; exact, unless approximate is asked for.",
    .example = "columns:\n  latency_ms:\n    - quantiles: {0.5: {min: 10}, 0.99: {max: 500}}\n",
    .level = LEVEL_AGGREGATE,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct quantiles),
    .accepts_key = accepts_key,
    .extra_schema = extra_schema,
    .validate = validate,
    .plan = plan,
    .judge = judge,
};
