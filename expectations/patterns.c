/* expectations/patterns.c -- text matches, or does not match, a regular expression: matches_regex and not_matches_regex.
 *
 * A search, not a full match; PCRE2. A pattern that meets its step limit leaves the check not evaluated, never passed.
 */
#include "expectations/shared.h"

struct pattern { const char *regex; };

static const struct field fields[] = {
    {.name = "regex", .type = FIELD_TEXT, .offset = offsetof(struct pattern, regex), .flags = FIELD_REQUIRED | FIELD_MAIN,
     .doc = "the regular expression; anchor it with ^ and $ to match the whole text", .gx = "regex"},
    {0},
};

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    const struct pattern *p = params;

    (void)arena;
    return p->regex ? expression_check_regex(p->regex, check->dialect->regex_flags, err) : STATUS_OK;
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct pattern *params = p->check->params;
    struct arena *arena = planner->arena;
    struct expression *holds;
    int32_t slot;
    bool settled;

    TRY(plan_column(p, planner, p->check->column, FAMILY_TEXT, &slot, &settled, err));
    if (settled)
        return STATUS_OK;
    if (p->type.kind == TYPE_NULL)
        return plan_rule(p, planner, &slot, 1, expression_true(arena), err);
    if (p->type.kind != TYPE_STRING)
        return settle_misfit(p, planner, p->type, "text", err);
    holds = expression_matches(arena, expression_column(arena, p->check->column), params->regex,
                               p->check->dialect->regex_flags);
    if (p->check->kind == &expect_not_matches_regex)
        holds = expression_not(arena, holds);
    return plan_rule(p, planner, &slot, 1, holds, err);
}

const struct expectation expect_matches_regex = {
    .name = "matches_regex",
    .gx = "column_values_to_match_regex",
    .says = "values of {column} match {regex}",
    .doc = "The pattern is found in every value.",
    .example = "columns:\n  email:\n    - matches_regex: '^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$'\n",
    .level = LEVEL_ROW,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct pattern),
    .validate = validate,
    .plan = plan,
    .judge = judge_rule,
};

const struct expectation expect_not_matches_regex = {
    .name = "not_matches_regex",
    .gx = "column_values_to_not_match_regex",
    .says = "values of {column} do not match {regex}",
    .doc = "The pattern is found in no value.",
    .example = "columns:\n  note:\n    - not_matches_regex: '[0-9]{16}'\n",
    .level = LEVEL_ROW,
    .takes_column = true,
    .fields = fields,
    .params_size = sizeof(struct pattern),
    .validate = validate,
    .plan = plan,
    .judge = judge_rule,
};
