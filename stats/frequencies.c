/* stats/frequencies.c -- how often each value occurs.
 *
 * Exact up to 65,536 distinct values of the union (texts beyond 256 bytes by a 128-bit hash, see tally.h); with more only that
 * there are more, the same for every split. Null, NaN and malformed cells are counted apart and are no values;
 * infinities are values; -0.0 is 0.0. Merges by addition.
 */
#include "stats/tally.h"

struct frequencies {
    struct moments_counts counts;
    struct tally tally;
    struct buffer packed;
};

static const struct field fields[] = {
    COUNTS_FIELDS(struct frequencies, counts),
    {.name = "tally", .type = FIELD_BLOB, .offset = offsetof(struct frequencies, packed), .doc = "values and their counts"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct frequencies *f = state;

    (void)err;
    memset(f, 0, sizeof *f);
    tally_init(&f->tally, setup->memory, setup->types[0], TOP_VALUES_DISTINCT_MAX);
    f->packed.memory = setup->memory;
    return STATUS_OK;
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct frequencies *f = state;
    struct selection s;

    TRY(selection_make(&s, in, err));
    counts_add(&f->counts, &s.counts);
    return s.counts.n_values ? tally_add_vector(&f->tally, in->columns[0], s.values, err) : STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct frequencies *a = into, *b = from;

    counts_add(&a->counts, &b->counts);
    return tally_merge(&a->tally, &b->tally, err);
}

static enum status pack(void *state, struct error *err)
{
    struct frequencies *f = state;

    f->packed.size = 0;
    return tally_pack(&f->tally, &f->packed, err);
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct frequencies *f = state;

    (void)setup;
    return tally_unpack(&f->tally, span_of(f->packed.at, f->packed.size), err);
}

static void done(void *state)
{
    struct frequencies *f = state;

    tally_done(&f->tally);
    buffer_done(&f->packed);
    memset(f, 0, sizeof *f);
}

const struct metric metric_frequencies = {
    .name = "frequencies",
    .doc = "how often each value occurs",
    .state_size = sizeof(struct frequencies),
    .takes_values_only = true,
    .fields = fields,
    .init = init,
    .add = add,
    .merge = merge,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

bool frequencies_top(const void *state, struct arena *arena, int32_t limit, const struct top_value **out, int32_t *n,
                     bool *is_known)
{
    const struct frequencies *f = state;

    *out = NULL;
    *n = 0;
    *is_known = !f->tally.is_over;
    return !*is_known || tally_top(&f->tally, arena, limit, 1, out, n);
}

struct moments_counts frequencies_counts(const void *state)
{
    return ((const struct frequencies *)state)->counts;
}

const struct tally *frequencies_tally(const void *state)
{
    return &((const struct frequencies *)state)->tally;
}
