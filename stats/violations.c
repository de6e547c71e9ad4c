/* stats/violations.c -- the rows that break a row rule: how many, the first k, the most frequent values.
 *
 * Exact. What is null, NaN or malformed was decided by whoever evaluated the rule: the state takes its counts and its mask. A
 * malformed cell's sample and top value is its raw text. Samples carry (file, row), and merging keeps the smallest. Top
 * values are counted for rules over one column, exactly up to 65,536 distinct values of the union, else they are absent.
 * Merges by addition, union and choice: any split and any order give the same state. `trouble` (rows that could not be
 * decided) sticks; of several texts the bytewise first stays.
 */
#include "stats/sample_set.h"
#include "stats/tally.h"

struct violations {
    struct violations_counts counts; /* trouble: static text */
    int32_t n_columns;
    struct sample_set samples;
    struct tally top;
    struct buffer samples_packed, top_packed, trouble_packed;
    struct memory *memory;
};

static const struct field fields[] = {
    {.name = "counts", .type = FIELD_I64, .offset = offsetof(struct violations, counts), .count = 5,
     .doc = "rows, missing, NaN, considered, unexpected"},
    {.name = "samples", .type = FIELD_BLOB, .offset = offsetof(struct violations, samples_packed), .doc = "the first k rows"},
    {.name = "top", .type = FIELD_BLOB, .offset = offsetof(struct violations, top_packed), .doc = "how often each value occurs"},
    {.name = "trouble", .type = FIELD_BLOB, .offset = offsetof(struct violations, trouble_packed), .doc = "why rows could not be decided"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct violations *v = state;
    struct type type = setup->n_columns ? setup->types[0] : (struct type){0};

    (void)err;
    memset(v, 0, sizeof *v);
    v->n_columns = setup->n_columns;
    v->memory = setup->memory;
    sample_set_init(&v->samples, setup->memory, setup->samples);
    tally_init(&v->top, setup->memory, type, TOP_VALUES_DISTINCT_MAX);
    v->samples_packed.memory = v->top_packed.memory = v->trouble_packed.memory = setup->memory;
    return STATUS_OK;
}

static void take_trouble(struct violations *v, const char *trouble)
{
    if (trouble && (!v->counts.trouble || strcmp(trouble, v->counts.trouble) < 0))
        v->counts.trouble = trouble;
}

static enum status keep_rows(struct violations *v, const struct metric_input *in, struct error *err)
{
    const struct sample_mark none = {0};

    for (int64_t base = 0; base < in->n_rows; base += 64) {
        if (!sample_set_wants(&v->samples, in->file, metric_row(in, base)))
            break;
        for (uint64_t left = in->unexpected[base >> 6]; left; left &= left - 1)
            TRY(sample_set_offer(&v->samples, in, base + __builtin_ctzll(left), none, err));
    }
    return STATUS_OK;
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct violations *v = state;
    int64_t n_unexpected = in->unexpected ? bitmap_count(in->unexpected, in->n_rows) : 0;

    v->counts.n_rows += in->n_selected;
    v->counts.n_missing += in->n_missing;
    v->counts.n_nan += in->n_nan;
    v->counts.n_considered += in->n_considered;
    v->counts.n_unexpected += n_unexpected;
    take_trouble(v, in->trouble);
    if (n_unexpected == 0)
        return STATUS_OK;
    TRY(keep_rows(v, in, err));
    return in->n_columns == 1 ? tally_add_vector(&v->top, in->columns[0], in->unexpected, err) : STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct violations *a = into;
    const struct violations *b = from;

    a->counts.n_rows += b->counts.n_rows;
    a->counts.n_missing += b->counts.n_missing;
    a->counts.n_nan += b->counts.n_nan;
    a->counts.n_considered += b->counts.n_considered;
    a->counts.n_unexpected += b->counts.n_unexpected;
    take_trouble(a, b->counts.trouble);
    TRY(sample_set_merge(&a->samples, &b->samples, err));
    return tally_merge(&a->top, &b->top, err);
}

static enum status pack(void *state, struct error *err)
{
    struct violations *v = state;
    const char *trouble = v->counts.trouble ? v->counts.trouble : "";

    v->samples_packed.size = v->top_packed.size = v->trouble_packed.size = 0;
    if (!buffer_add(&v->trouble_packed, trouble, strlen(trouble)))
        return memory_error(v->memory, "a saved state", err);
    TRY(sample_set_pack(&v->samples, &v->samples_packed, err));
    return tally_pack(&v->top, &v->top_packed, err);
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct violations *v = state;

    if (v->trouble_packed.size) /* the text itself must be static */
        v->counts.trouble = "rows could not be decided when the state was made";
    TRY(sample_set_unpack(&v->samples, span_of(v->samples_packed.at, v->samples_packed.size), setup, err));
    return tally_unpack(&v->top, span_of(v->top_packed.at, v->top_packed.size), err);
}

static void done(void *state)
{
    struct violations *v = state;

    sample_set_done(&v->samples);
    tally_done(&v->top);
    buffer_done(&v->samples_packed);
    buffer_done(&v->top_packed);
    buffer_done(&v->trouble_packed);
    memset(v, 0, sizeof *v);
}

const struct metric metric_violations = {
    .name = "violations",
    .doc = "rows that break a rule: count, the first k, the most frequent values",
    .state_size = sizeof(struct violations),
    .fields = fields,
    .takes_rule = true,
    .init = init,
    .add = add,
    .merge = merge,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

struct violations_counts violations_counts(const void *state)
{
    return ((const struct violations *)state)->counts;
}

bool violations_samples(const void *state, struct arena *arena, const struct sample **out, int32_t *n)
{
    return sample_set_copy(&((const struct violations *)state)->samples, arena, out, n);
}

bool violations_top(const void *state, struct arena *arena, const struct top_value **out, int32_t *n, bool *is_known)
{
    const struct violations *v = state;

    *out = NULL;
    *n = 0;
    *is_known = v->n_columns == 1 && !v->top.is_over;
    return !*is_known || tally_top(&v->top, arena, TOP_VALUES_SHOWN, 1, out, n);
}

enum status violations_add_counts(void *state, const struct violations_counts *counts, struct error *err)
{
    struct violations *v = state;
    struct tally_key null = tally_key_null();

    v->counts.n_rows += counts->n_rows;
    v->counts.n_missing += counts->n_missing;
    v->counts.n_nan += counts->n_nan;
    v->counts.n_considered += counts->n_considered;
    v->counts.n_unexpected += counts->n_unexpected;
    return counts->n_unexpected > 0 ? tally_add(&v->top, &null, counts->n_unexpected, err) : STATUS_OK;
}
