/* tests/expectations/fixture.h -- one check on a stage: read from YAML, planned against a schema, fed with literal columns, judged.
 *
 *     struct stage s;
 *     stage_open(&s, "columns:\n  x: [mean: {min: 1}]\n");
 *     stage_column(&s, "x", TYPE_DOUBLE);
 *     stage_feed(&s, column_of_doubles(&s.arena, (double[]){1, 2}, 2));
 *     assert_int_equal(stage_judge(&s)->verdict, VERDICT_PASS);
 *     stage_close(&s);
 *
 * now is 2024-12-10T12:00:00Z, the zone UTC. A column of TYPE_UNKNOWN is one of CSV that nobody declared: it is read as the family
 * that was asked for.
 */
#ifndef TESTS_EXPECTATIONS_FIXTURE_H
#define TESTS_EXPECTATIONS_FIXTURE_H

#include "tests/stats/fixture.h"

#include "suites/suite.h"

enum { STAGE_MAX = 8 };

struct stage {
    struct arena arena;
    struct suite *suite;
    const struct check *check;
    struct column columns[STAGE_MAX];
    struct schema schema;
    struct time_zone zone;
    struct time_context time;
    struct planner planner;
    struct request requests[STAGE_MAX];
    struct feed feeds[STAGE_MAX];
    void *states[STAGE_MAX];
    int32_t n_requests;
    enum family family; /* that was asked for last */
    struct planned planned;
    bool is_planned;
    struct seen seen;
    struct finding finding;
    struct error err;
};

static inline struct type stage_family_type(enum family family)
{
    static const enum type_kind kinds[] = {[FAMILY_ANY] = TYPE_STRING, [FAMILY_NUMBER] = TYPE_DOUBLE, [FAMILY_TEXT] = TYPE_STRING,
                                           [FAMILY_TIME] = TYPE_TIMESTAMP, [FAMILY_BOOL] = TYPE_BOOL};

    return (struct type){.kind = kinds[family], .unit = UNIT_MICRO, .is_utc = true};
}

static inline enum status stage_find(void *context, const char *name, enum family family, int32_t *slot, struct type *type,
                                     struct error *err)
{
    struct stage *s = context;

    *slot = schema_find(&s->schema, name);
    if (*slot < 0)
        return error_set(err, STATUS_NOT_FOUND, "the batch has no column %s", name);
    if (s->schema.columns[*slot].is_nested)
        return error_set(err, STATUS_UNSUPPORTED, "column %s is nested", name);
    *type = s->schema.columns[*slot].type;
    s->family = family;
    if (type->kind == TYPE_UNKNOWN)
        *type = stage_family_type(family);
    return STATUS_OK;
}

static inline enum status stage_find_as(void *context, const char *name, struct type type, int32_t *slot, struct type *actual,
                                        struct error *err)
{
    struct stage *s = context;

    TRY(stage_find(context, name, FAMILY_ANY, slot, actual, err));
    if (s->schema.columns[*slot].type.kind == TYPE_UNKNOWN)
        *actual = type;
    return STATUS_OK;
}

static inline enum status stage_request(void *context, const struct request *request, int32_t *handle, struct error *err)
{
    struct stage *s = context;

    (void)err;
    assert_true(s->n_requests < STAGE_MAX);
    *handle = s->n_requests++;
    s->requests[*handle] = *request;
    return STATUS_OK;
}

static inline const void *stage_state(void *context, int32_t handle)
{
    struct stage *s = context;

    return s->states[handle];
}

static inline void stage_open(struct stage *s, const char *yaml)
{
    struct problems problems;
    struct error err = ERROR_NONE;

    *s = (struct stage){.zone = {.name = "UTC"}};
    arena_init(&s->arena, NULL, 0);
    problems_init(&problems, &s->arena);
    if (suite_parse(&s->arena, "test.yaml", span_text(yaml), NULL, &s->suite, &problems, &err) != STATUS_OK)
        fail_msg("%lld:%lld: %s", (long long)err.line, (long long)err.line_column, err.text);
    s->check = &s->suite->checks[0];
    s->schema = (struct schema){s->columns, 0};
    s->time = (struct time_context){.now_seconds = 1733832000, .zone = &s->zone};
    s->planner = (struct planner){.context = s, .arena = &s->arena, .schema = &s->schema, .time = &s->time, .column = stage_find,
                                  .column_as = stage_find_as, .request = stage_request};
    s->seen = (struct seen){.context = s, .state = stage_state, .batch_rows = 10, .samples = 20, .schema = &s->schema, .time = &s->time,
                            .arena = &s->arena};
    s->err = (struct error)ERROR_NONE;
}

static inline struct column *stage_column_of(struct stage *s, const char *name, struct type type)
{
    struct column *c = &s->columns[s->schema.n_columns++];

    *c = (struct column){.name = name, .type = type, .is_nullable = true,
                         .physical_type = type.kind == TYPE_UNKNOWN ? NULL : "BYTES"};
    return c;
}

static inline struct column *stage_column(struct stage *s, const char *name, enum type_kind kind)
{
    return stage_column_of(s, name, (struct type){.kind = kind, .unit = UNIT_MICRO, .is_utc = true});
}

static inline const struct planned *stage_plan(struct stage *s)
{
    if (s->is_planned)
        return &s->planned;
    s->is_planned = true;
    s->planned = (struct planned){.check = s->check};
    finding_init(&s->planned.finding);
    must(s->check->kind->plan(&s->planned, &s->planner, &s->err), &s->err);
    return &s->planned;
}

/* The metric that was asked for, over a column. A rule beside it (of unique, about rows that are unexpected by themselves) finds none. */
static inline void stage_feed(struct stage *s, const struct test_column *column)
{
    struct feed *feed = &s->feeds[0];

    stage_plan(s);
    assert_true(s->n_requests == 1 || (s->n_requests == 2 && s->requests[1].metric == &metric_violations));
    if (s->n_requests == 2) {
        feed_init(&s->feeds[1], &metric_violations, column);
        s->states[1] = new_state(&s->feeds[1], NULL);
    }
    feed_init(feed, s->requests[0].metric, column);
    feed->setup.params = s->requests[0].params;
    feed->setup.params_size = s->requests[0].params_size;
    feed->setup.nan_is_null = s->requests[0].nan_is_null;
    s->states[0] = feed_run(feed);
}

/* What a row-level check counted. The first n_unexpected rows are the unexpected ones. */
static inline void stage_count(struct stage *s, int64_t n_rows, int64_t n_missing, int64_t n_considered, int64_t n_unexpected)
{
    struct test_column *column = column_new(&s->arena, (struct type){.kind = TYPE_INT64}, n_rows);
    uint64_t *unexpected = arena_array(&s->arena, BITMAP_WORDS(n_rows) + 1, sizeof *unexpected);
    struct vector vector = {.type = column->type, .lane = LANE_I64, .n_rows = n_rows, .values = column->values};
    const struct vector *vectors[] = {&vector};
    struct metric_input in = {.n_rows = n_rows, .columns = vectors, .n_columns = 1, .n_selected = n_rows, .unexpected = unexpected,
                              .n_missing = n_missing, .n_considered = n_considered};

    stage_plan(s);
    assert_ptr_equal(s->requests[0].metric, &metric_violations);
    for (int64_t i = 0; i < n_unexpected; i++)
        bit_set(unexpected, i);
    feed_init(&s->feeds[0], &metric_violations, column);
    s->states[0] = new_state(&s->feeds[0], NULL);
    if (n_rows)
        must(metric_violations.add(s->states[0], &in, &s->err), &s->err);
}

static inline const struct finding *stage_judge(struct stage *s)
{
    if (stage_plan(s)->is_settled)
        return &s->planned.finding;
    finding_init(&s->finding);
    must(s->check->kind->judge(&s->planned, &s->seen, &s->finding, &s->err), &s->err);
    return &s->finding;
}

static inline void stage_close(struct stage *s)
{
    for (int32_t i = 0; i < STAGE_MAX; i++)
        if (s->states[i])
            feed_done(&s->feeds[i], s->states[i]);
    arena_done(&s->arena);
}

/* The first problem of a suite that must not be read. */
static inline void refuses(const char *yaml, const char *words)
{
    struct arena arena = {0};
    struct suite *suite;
    struct problems problems;
    struct error err = ERROR_NONE;

    problems_init(&problems, &arena);
    if (suite_parse(&arena, "test.yaml", span_text(yaml), NULL, &suite, &problems, &err) != STATUS_BAD_SUITE ||
        !strstr(err.text, words))
        fail_msg("%s\nwanted: %s\ngot: %s", yaml, words, err.text);
    assert_null(suite);
    arena_done(&arena);
}

/* An only row-level check with these counts. */
static inline enum verdict verdict_of_counts(const char *yaml, enum type_kind kind, int64_t n_rows, int64_t n_missing,
                                             int64_t n_considered, int64_t n_unexpected)
{
    struct stage s;
    enum verdict verdict;

    stage_open(&s, yaml);
    stage_column(&s, "x", kind);
    stage_count(&s, n_rows, n_missing, n_considered, n_unexpected);
    verdict = stage_judge(&s)->verdict;
    stage_close(&s);
    return verdict;
}

/* What planning settles for a column x of this type: the reason, which must have the words. */
static inline void settles(const char *yaml, enum type_kind kind, const char *words)
{
    struct stage s;

    stage_open(&s, yaml);
    stage_column(&s, "x", kind);
    assert_true(stage_plan(&s)->is_settled);
    assert_int_equal(s.planned.finding.verdict, VERDICT_FAIL);
    if (!strstr(s.planned.finding.reason, words))
        fail_msg("%s: %s", yaml, s.planned.finding.reason);
    stage_close(&s);
}

/* The canonical text of the rule of an only row-level check on x. */
static inline void rule_is(const char *yaml, enum type_kind kind, const char *text)
{
    struct stage s;

    stage_open(&s, yaml);
    stage_column(&s, "x", kind);
    assert_false(stage_plan(&s)->is_settled);
    assert_non_null(s.requests[0].rule);
    assert_string_equal(expression_print(&s.arena, s.requests[0].rule->holds), text);
    stage_close(&s);
}

#endif
