/* expectations/literals.c -- literals of a suite: their place, their look, and bounds as values of a column's type. */
#include "expectations/shared.h"

#include <math.h>

#include "core/number.h"

bool literal_is_given(const struct literal *l)
{
    return l->is_set && l->kind != NODE_NULL;
}

void literal_place(const struct literal *l, struct error *err)
{
    bool is_plain = l->text.size && !memchr(l->text.at, '\n', l->text.size) && !memchr(l->text.at, '\\', l->text.size);

    if (l->line <= 0)
        return;
    err->line = l->line;
    err->line_column = l->column + (is_plain && err->line_column > 0 ? err->line_column - 1 + l->is_quoted : 0);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* now, today, and either with a shift. */
static bool is_relative_time(struct span s)
{
    size_t word = s.size >= 5 && memcmp(s.at, "today", 5) == 0 ? 5 : s.size >= 3 && memcmp(s.at, "now", 3) == 0 ? 3 : 0;

    if (word == 0)
        return false;
    while (word < s.size && is_space(s.at[word]))
        word++;
    return word == s.size || s.at[word] == '-' || s.at[word] == '+';
}

static bool is_time(struct span s)
{
    int64_t x;
    int32_t nanos;
    bool has_zone;

    return clock_parse_date(s, &x) || clock_parse_timestamp(s, &x, &nanos, &has_zone) || clock_parse_time(s, &x) ||
           is_relative_time(s);
}

enum family literal_family(const struct literal *l)
{
    switch (l->kind) {
    case NODE_NUMBER:
        return FAMILY_NUMBER;
    case NODE_BOOL:
        return FAMILY_BOOL;
    case NODE_TEXT:
        return is_time(l->text) ? FAMILY_TIME : FAMILY_TEXT;
    default:
        return FAMILY_ANY;
    }
}

bool type_is_text(struct type type)
{
    return type.kind == TYPE_STRING || type.kind == TYPE_BINARY || type.kind == TYPE_UUID;
}

enum status literal_check(const struct literal *l, struct type type, const struct planner *planner, bool *fits,
                          struct value *out, struct error *err)
{
    enum status status;

    *fits = false;
    /* Any literal could be read as text; a number or `now` beside a text column is a mistake about the column. */
    if (type_is_text(type) && (l->kind != NODE_TEXT || is_relative_time(l->text)))
        return STATUS_OK;
    if (type.kind == TYPE_BOOL && l->kind != NODE_BOOL)
        return STATUS_OK;
    status = literal_to_value(l, type, planner->time, planner->arena, out, err);
    if (status == STATUS_BAD_SUITE) {
        error_clear(err);
        return STATUS_OK;
    }
    *fits = status == STATUS_OK;
    return status;
}

const char *misfit(const struct planner *planner, const struct check *check, struct type type, const char *needs)
{
    char name[64];

    type_print(type, name);
    return arena_format(planner->arena, "%s is %s, %s needs %s here", check->column ? check->column : "the column", name,
                        check->kind->name, needs);
}

enum status settle_misfit(struct planned *p, const struct planner *planner, struct type type, const char *needs,
                          struct error *err)
{
    const char *reason = misfit(planner, p->check, type, needs);

    if (!reason)
        return error_no_memory(err);
    plan_settle(p, VERDICT_FAIL, reason);
    return STATUS_OK;
}

/* --- bounds --- */

static struct error *placed(struct error *err, const struct literal *at)
{
    if (at->line > 0) {
        err->line = at->line;
        err->line_column = at->column;
    }
    return err;
}

static const char *words(const struct literal *l)
{
    return (const char *)l->text.at;
}

static bool number_order(struct span a, struct span b, int *order)
{
    struct value x = {.kind = VALUE_DECIMAL}, y = x;

    if (!number_parse_decimal(a, &x.i128, &x.scale) || x.scale < 0) {
        x = value_double(0);
        if (!number_parse_double(a, &x.f64))
            return false;
    }
    if (!number_parse_decimal(b, &y.i128, &y.scale) || y.scale < 0) {
        y = value_double(0);
        if (!number_parse_double(b, &y.f64))
            return false;
    }
    return value_compare(&x, &y, order);
}

/* Both dates, or both timestamps with or both without a zone; what depends on the clock or on the suite's zone is not compared. */
static bool time_order(struct span a, struct span b, int *order)
{
    int64_t x, y;
    int32_t x_nanos = 0, y_nanos = 0;
    bool x_zone, y_zone;

    if (clock_parse_date(a, &x) && clock_parse_date(b, &y)) {
        *order = (x > y) - (x < y);
        return true;
    }
    if (!clock_parse_timestamp(a, &x, &x_nanos, &x_zone) || !clock_parse_timestamp(b, &y, &y_nanos, &y_zone) ||
        x_zone != y_zone)
        return false;
    *order = x != y ? (x > y) - (x < y) : (x_nanos > y_nanos) - (x_nanos < y_nanos);
    return true;
}

static bool literal_order(const struct literal *a, const struct literal *b, int *order)
{
    enum family family = literal_family(a);

    if (family != literal_family(b))
        return false;
    if (family == FAMILY_NUMBER)
        return number_order(a->text, b->text, order);
    if (family == FAMILY_TIME)
        return time_order(a->text, b->text, order);
    if (family != FAMILY_TEXT)
        return false;
    *order = span_compare(a->text, b->text);
    return true;
}

/* `now - 36h`, `today`. A shift of more years than a timestamp of microseconds has is a slip. */
static bool is_sound_shift(struct span s)
{
    static const int64_t most_seconds = INT64_MAX / 1000000;
    size_t at = s.at[0] == 't' ? 5 : 3;
    int64_t seconds;
    int32_t nanos;

    while (at < s.size && is_space(s.at[at]))
        at++;
    if (at == s.size)
        return true;
    for (at++; at < s.size && is_space(s.at[at]);)
        at++;
    while (s.size > at && is_space(s.at[s.size - 1]))
        s.size--;
    return at < s.size && s.at[at] != '-' && clock_parse_duration(span_of(s.at + at, s.size - at), &seconds, &nanos) &&
           seconds <= most_seconds;
}

/* 2024-02-30, 2024-01-01T25:00:00Z; not 2024-01-01/2024-02-01, which is a text. */
static bool looks_like_a_date(struct span s)
{
    static const char form[] = "0000-00-00";

    if (s.size < 10 || (s.size > 10 && s.at[10] != ' ' && (s.at[10] | 0x20) != 't'))
        return false;
    for (size_t i = 0; i < 10; i++)
        if (form[i] == '-' ? s.at[i] != '-' : s.at[i] < '0' || s.at[i] > '9')
            return false;
    for (size_t i = 11; i < s.size; i++)
        if (!memchr("0123456789:.+-Zz", s.at[i], 16))
            return false;
    return true;
}

/* A slip in a bound would else be told as a fault of the data, or make a text of it: `2024-02-30` is above and below something. */
static enum status check_bound(const struct literal *l, struct error *err)
{
    double x;

    if (!literal_is_given(l))
        return STATUS_OK;
    if (l->kind == NODE_NUMBER && number_parse_double(l->text, &x) && isnan(x))
        return error_set(placed(err, l), STATUS_BAD_SUITE, "NaN is no bound: nothing is above or below it");
    if (l->kind == NODE_TEXT && is_relative_time(l->text) && !is_sound_shift(l->text))
        return error_set(placed(err, l), STATUS_BAD_SUITE, "`%.80s` is no time: write `now - 24h` or `today + 7d`", words(l));
    if (l->kind == NODE_TEXT && looks_like_a_date(l->text) && !is_time(l->text))
        return error_set(placed(err, l), STATUS_BAD_SUITE, "`%.80s` looks like a date and is none", words(l));
    return STATUS_OK;
}

enum status bounds_validate(const struct bounds *b, const char *name, struct error *err)
{
    int order;

    if (!literal_is_given(&b->min) && !literal_is_given(&b->max))
        return error_set(err, STATUS_BAD_SUITE, "%s needs min or max", name);
    TRY(check_bound(&b->min, err));
    TRY(check_bound(&b->max, err));
    if (b->strict_min && !literal_is_given(&b->min))
        return error_set(err, STATUS_BAD_SUITE, "%s has strict_min but no min", name);
    if (b->strict_max && !literal_is_given(&b->max))
        return error_set(err, STATUS_BAD_SUITE, "%s has strict_max but no max", name);
    if (!literal_is_given(&b->min) || !literal_is_given(&b->max))
        return STATUS_OK;
    if (b->min.kind != b->max.kind)
        return error_set(placed(err, &b->max), STATUS_BAD_SUITE, "min %s and max %s are of different kinds", words(&b->min),
                         words(&b->max));
    if (literal_order(&b->min, &b->max, &order) && order > 0)
        return error_set(placed(err, &b->min), STATUS_BAD_SUITE, "min %s is above max %s", words(&b->min), words(&b->max));
    return STATUS_OK;
}

enum status bounds_are_numbers(const struct bounds *b, const char *name, struct error *err)
{
    const struct literal *both[] = {&b->min, &b->max};

    for (int i = 0; i < 2; i++)
        if (literal_is_given(both[i]) && both[i]->kind != NODE_NUMBER)
            return error_set(placed(err, both[i]), STATUS_BAD_SUITE, "%s is bounded by numbers, not by %s", name, words(both[i]));
    return STATUS_OK;
}

enum status count_bounds_validate(struct count_bounds *c, const char *name, struct error *err)
{
    if (literal_is_given(&c->equals)) {
        if (literal_is_given(&c->bounds.min) || literal_is_given(&c->bounds.max))
            return error_set(err, STATUS_BAD_SUITE, "%s takes equals, or min and max, not both", name);
        c->bounds.min = c->bounds.max = c->equals;
    }
    TRY(bounds_validate(&c->bounds, name, err));
    return bounds_are_numbers(&c->bounds, name, err);
}

enum status count_bounds_range(const struct count_bounds *c, const char *name, const struct planner *planner, void **out,
                               struct error *err)
{
    struct range *range = arena_alloc(planner->arena, sizeof *range);
    bool fits;

    if (!range)
        return error_no_memory(err);
    TRY(bounds_to_range(&c->bounds, (struct type){.kind = TYPE_INT64}, planner, range, &fits, err));
    *out = range;
    return fits ? STATUS_OK : error_set(err, STATUS_BAD_SUITE, "%s is bounded by whole numbers", name);
}

enum family bounds_family(const struct bounds *b)
{
    enum family low = literal_is_given(&b->min) ? literal_family(&b->min) : FAMILY_ANY;
    enum family high = literal_is_given(&b->max) ? literal_family(&b->max) : FAMILY_ANY;

    if (low == FAMILY_ANY || low == high)
        return high;
    return high == FAMILY_ANY ? low : FAMILY_TEXT;
}

enum status bounds_to_range(const struct bounds *b, struct type type, const struct planner *planner, struct range *out,
                            bool *fits, struct error *err)
{
    *out = (struct range){.has_min = literal_is_given(&b->min), .has_max = literal_is_given(&b->max),
                          .strict_min = b->strict_min, .strict_max = b->strict_max};
    *fits = true;
    if (out->has_min)
        TRY(literal_check(&b->min, type, planner, fits, &out->min, err));
    if (*fits && out->has_max)
        TRY(literal_check(&b->max, type, planner, fits, &out->max, err));
    return STATUS_OK;
}

bool range_holds(const struct range *r, const struct value *x)
{
    int order;

    if (r->has_min && (!value_compare(x, &r->min, &order) || order < 0 || (order == 0 && r->strict_min)))
        return false;
    if (r->has_max && (!value_compare(x, &r->max, &order) || order > 0 || (order == 0 && r->strict_max)))
        return false;
    return true;
}
