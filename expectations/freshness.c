/* expectations/freshness.c -- freshness: the newest value is not older than it may be.
 *
 * now - newest <= within, in nanoseconds. A value later than now + tolerance fails by itself: a clock or a zone is wrong. Naive
 * timestamps and dates are in the suite's timezone, and the result names it. A date counts from its start (or its end: date_as),
 * and is in the future only when its day is. The newest is the column's largest value, the newest file's time of modification,
 * or a partition's value.
 */
#include "expectations/shared.h"

#include "core/number.h"

enum source { SOURCE_COLUMN, SOURCE_FILE_MTIME, SOURCE_PARTITION };
enum { DATE_START, DATE_END };
static const char *const source_names[] = {"column", "file_mtime", "partition", NULL};
static const char *const date_names[] = {"start", "end", NULL};

enum { DAY = 86400, NANOS = 1000000000 };
/* Wall-clock seconds past this (some 30 million years) are left without a zone's offset, which is noise there. */
static const int64_t zone_limit = (int64_t)1 << 50;

struct freshness { struct literal within, tolerance; int source, date_as; };

static const struct field fields[] = {
    {.name = "within", .type = FIELD_DURATION, .offset = offsetof(struct freshness, within),
     .flags = FIELD_REQUIRED | FIELD_MAIN, .doc = "the greatest age accepted: 90s, 15m, 24h, 7d"},
    {.name = "source", .type = FIELD_ENUM, .offset = offsetof(struct freshness, source), .default_text = "column",
     .names = source_names, .doc = "what is dated: the column's largest value, the newest file, or the partition"},
    {.name = "tolerance", .type = FIELD_DURATION, .offset = offsetof(struct freshness, tolerance), .default_text = "5m",
     .doc = "how far in the future a value may lie"},
    {.name = "date_as", .type = FIELD_ENUM, .offset = offsetof(struct freshness, date_as), .default_text = "start",
     .names = date_names, .doc = "does a date stand for the start or the end of its day"},
    {0},
};

static bool nanos_of(const struct literal *l, int128 *out)
{
    int64_t seconds;
    int32_t nanos;

    if (!clock_parse_duration(l->text, &seconds, &nanos))
        return false;
    *out = (int128)seconds * NANOS + nanos;
    return true;
}

static enum status validate(struct arena *arena, struct check *check, void *params, struct error *err)
{
    const struct freshness *p = params;
    int128 within, tolerance;

    (void)arena;
    if (!check->column && p->source != SOURCE_FILE_MTIME)
        return error_set(err, STATUS_BAD_SUITE, "freshness of a %s belongs under that column; under table: write source: "
                                                "file_mtime", source_names[p->source]);
    if (nanos_of(&p->within, &within) && within < 0)
        return error_set(err, STATUS_BAD_SUITE, "within is below zero");
    if (nanos_of(&p->tolerance, &tolerance) && tolerance < 0)
        return error_set(err, STATUS_BAD_SUITE, "tolerance is below zero");
    return STATUS_OK;
}

static bool is_partition(const struct planner *planner, const char *name)
{
    int32_t at = schema_find(planner->schema, name);

    return at >= 0 && planner->schema->columns[at].is_partition;
}

static enum status plan(struct planned *p, const struct planner *planner, struct error *err)
{
    const struct freshness *params = p->check->params;
    bool from_path, settled;
    int32_t slot;

    if (params->source == SOURCE_FILE_MTIME)
        return STATUS_OK;
    from_path = is_partition(planner, p->check->column);
    TRY(plan_column(p, planner, p->check->column, FAMILY_TIME, &slot, &settled, err));
    if (settled)
        return STATUS_OK;
    if (params->source == SOURCE_PARTITION && !from_path) {
        const char *reason = arena_format(planner->arena, "%s is no partition column", p->check->column);

        if (!reason)
            return error_no_memory(err);
        plan_settle(p, VERDICT_FAIL, reason);
        return STATUS_OK;
    }
    /* a partition's value is text where no file says what it is */
    if (p->type.kind != TYPE_DATE && p->type.kind != TYPE_TIMESTAMP && p->type.kind != TYPE_NULL &&
        !(from_path && p->type.kind == TYPE_STRING))
        return settle_misfit(p, planner, p->type, "dates or timestamps", err);
    return plan_figure(p, planner, &metric_extremes, slot, NULL, 0, err);
}

/* --- the newest value as an instant --- */

struct instant { int128 nanos; bool is_date, is_naive; int64_t day; };

static int128 wall_to_utc(const struct time_zone *zone, int64_t seconds)
{
    return seconds > -zone_limit && seconds < zone_limit ? time_zone_to_utc(zone, seconds) : seconds;
}

static struct instant instant_of_date(int64_t day, int date_as, const struct time_zone *zone)
{
    struct instant out = {.is_date = true, .is_naive = true, .day = day};
    int128 start = (int128)(day + (date_as == DATE_END && day < INT32_MAX)) * DAY;

    out.nanos = (start > -(int128)zone_limit && start < (int128)zone_limit ? wall_to_utc(zone, (int64_t)start) : start) * NANOS;
    return out;
}

static struct instant instant_of_timestamp(int64_t seconds, int64_t nanos, bool is_utc, const struct time_zone *zone)
{
    return (struct instant){.nanos = (is_utc ? (int128)seconds : wall_to_utc(zone, seconds)) * NANOS + nanos,
                            .is_naive = !is_utc};
}

static bool instant_of_text(struct span text, int date_as, const struct time_zone *zone, struct instant *out)
{
    int64_t x;
    int32_t nanos;
    bool has_zone;

    if (clock_parse_date(text, &x)) {
        *out = instant_of_date(x, date_as, zone);
        return true;
    }
    if (!clock_parse_timestamp(text, &x, &nanos, &has_zone))
        return false;
    *out = instant_of_timestamp(x, nanos, has_zone, zone);
    return true;
}

static bool instant_of(const struct value *v, int date_as, const struct time_zone *zone, struct instant *out)
{
    int64_t per_second, seconds, rest;

    if (v->kind == VALUE_TEXT)
        return instant_of_text(v->bytes, date_as, zone, out);
    if (v->kind == VALUE_DATE) {
        *out = instant_of_date(v->i64, date_as, zone);
        return true;
    }
    if (v->kind != VALUE_TIMESTAMP)
        return false;
    per_second = clock_units_per_second(v->unit);
    seconds = v->i64 / per_second;
    rest = v->i64 % per_second;
    if (rest < 0) {
        rest += per_second;
        seconds--;
    }
    *out = instant_of_timestamp(seconds, rest * (NANOS / per_second), v->is_utc, zone);
    return true;
}

/* --- the verdict --- */

/* The last day that is not in the future, in the zone. */
static int64_t day_of(int128 nanos, const struct time_zone *zone)
{
    int64_t seconds = (int64_t)(nanos / NANOS);
    int64_t wall = seconds + time_zone_offset_at(zone, seconds);

    return wall / DAY - (wall % DAY < 0);
}

static struct node *seconds_node(struct arena *arena, int128 nanos)
{
    char text[NUMBER_TEXT_SIZE * 2];
    size_t size = number_print_decimal(nanos, 9, text);

    while (size > 0 && text[size - 1] == '0')
        size--;
    size -= size > 0 && text[size - 1] == '.';
    text[size] = '\0';
    return node_number(arena, text);
}

static void describe(const struct seen *seen, const struct instant *at, int128 age, struct finding *out)
{
    out->details = node_map(seen->arena);
    node_set(seen->arena, out->details, "age_seconds", seconds_node(seen->arena, age));
    if (at->is_naive)
        node_set(seen->arena, out->details, "timezone", node_text(seen->arena, span_text(seen->time->zone->name)));
}

static void say_age(const struct seen *seen, int128 nanos, const char *what, struct finding *out)
{
    char text[CLOCK_TEXT_SIZE];

    clock_print_duration((int64_t)(nanos / NANOS), text);
    fail_because(out, seen, "the newest is %s %s", text, what);
}

static void judge_instant(const struct planned *p, const struct seen *seen, const struct instant *at, struct finding *out)
{
    const struct freshness *params = p->check->params;
    int128 now = (int128)seen->time->now_seconds * NANOS + seen->time->now_nanos;
    int128 age = now - at->nanos, within = 0, tolerance = 0;
    bool is_future;

    nanos_of(&params->within, &within);
    nanos_of(&params->tolerance, &tolerance);
    is_future = at->is_date ? at->day > day_of(now + tolerance, seen->time->zone) : at->nanos > now + tolerance;
    describe(seen, at, age, out);
    out->verdict = VERDICT_PASS;
    if (is_future)
        say_age(seen, -age, "in the future", out);
    else if (age > within)
        say_age(seen, age, "old", out);
}

static enum status judge_files(const struct planned *p, const struct seen *seen, struct finding *out)
{
    struct instant at = {.nanos = seen->newest_file_nanos};

    if (seen->newest_file_nanos == 0) {
        out->verdict = VERDICT_NOT_EVALUATED;
        out->reason = "the batch has no files whose age is known";
        return STATUS_OK;
    }
    out->has_observed = true;
    out->observed = (struct value){.kind = VALUE_TIMESTAMP, .unit = UNIT_NANO, .is_utc = true, .i64 = seen->newest_file_nanos};
    judge_instant(p, seen, &at, out);
    return STATUS_OK;
}

static enum status judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct freshness *params = p->check->params;
    struct instant at;
    struct value newest;

    if (params->source == SOURCE_FILE_MTIME)
        return judge_files(p, seen, out);
    if (!judge_figure(p, seen, extremes_counts, out))
        return STATUS_OK;
    if (!extremes_max(seen->state(seen->context, p->requests[0]), &newest))
        return error_set(err, STATUS_INTERNAL, "a column with values has no largest one");
    out->observed = newest;
    if (instant_of(&newest, params->date_as, seen->time->zone, &at))
        judge_instant(p, seen, &at, out);
    else
        fail_because(out, seen, "the partition's value is no date");
    return STATUS_OK;
}

/* The newest lies between `high` and `max`: where both are fresh it is, and where `max` is too old it is too old. */
static bool foresee(const struct planned *p, const struct outlook *o, const struct seen *seen, struct finding *out)
{
    const struct freshness *params = p->check->params;
    struct finding early = *out, late = *out;
    struct instant from, to;
    int128 now = (int128)seen->time->now_seconds * NANOS + seen->time->now_nanos;

    if (params->source == SOURCE_FILE_MTIME || o->n_values < 1 || !o->has_bounds ||
        !instant_of(&o->high, params->date_as, seen->time->zone, &from) ||
        !instant_of(&o->max, params->date_as, seen->time->zone, &to))
        return false;
    if (to.is_naive && strcmp(seen->time->zone->name, "UTC") != 0)
        return false; /* where clocks are set back, later on the wall may be earlier */
    judge_instant(p, seen, &from, &early);
    judge_instant(p, seen, &to, &late);
    out->verdict = late.verdict;
    if (late.verdict == VERDICT_PASS)
        return early.verdict == VERDICT_PASS;
    return to.nanos <= now; /* a failure, and not because it is in the future */
}

const struct expectation expect_freshness = {
    .name = "freshness",
    .says = "the newest {column} is at most {within} old",
    .doc = "The newest value is not older than `within`, and none lies in the future. From the column, from the files' times of "
           "modification, or from the partition.",
    .example = "columns:\n  created_at:\n    - freshness: {within: 24h}\n",
    .level = LEVEL_AGGREGATE,
    .takes_column = true,
    .takes_either = true,
    .fields = fields,
    .params_size = sizeof(struct freshness),
    .validate = validate,
    .plan = plan,
    .judge = judge,
    .foresee = foresee,
};
