/* stats/distinct.c -- the exact number of distinct values, or of distinct rows of several columns.
 *
 * Values of at most 8 bytes are told apart by a bijection, so their number is exact; integers that come in increasing stretches
 * are only counted, those of a narrow range are bits (integers.h). Text, binary, 128-bit decimals, tuples and the raw text of malformed cells are told apart by
 * 128 bits of xxh3: the number is too small by an expected n^2 / 2^129 (1.5e-21 at 10^9 values). -0.0 = 0.0,
 * NaN = NaN (dropped where nan_is_null). Null is not counted; of several columns a row of nulls only is not, else nulls equal each
 * other. Malformed cells count by their text, different from any value.
 * Memory grows with the number of distinct values; what the budget does not hold goes to its spill (fingerprints.h), and without one it is
 * TOO_LARGE. Merge is a union.
 */
#include "stats/integers.h"
#include "stats/row_keys.h"

struct distinct {
    struct moments_counts counts;
    struct memory *memory;
    int32_t threads;
    struct row_keys keys;
    struct integers integers; /* values that are not in `exact` (yet) */
    struct fingerprints exact, hashed;
    struct distinct *apart;    /* of values that nothing else equals: what is added goes there until `join`; else NULL */
    int64_t n_apart;           /* values that were told apart so */
    struct metric_setup setup; /* for `apart` */
    struct buffer exact_packed, hashed_packed;
};

static const struct field fields[] = {
    COUNTS_FIELDS(struct distinct, counts),
    {.name = "exact", .type = FIELD_BLOB, .offset = offsetof(struct distinct, exact_packed), .doc = "fingerprints that are bijections"},
    {.name = "hashed", .type = FIELD_BLOB, .offset = offsetof(struct distinct, hashed_packed), .doc = "fingerprints of 128 bits"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct distinct *d = state;

    (void)err;
    memset(d, 0, sizeof *d);
    d->memory = setup->memory;
    d->setup = *setup;
    d->threads = setup->threads;
    row_keys_init(&d->keys, setup, 2);
    integers_init(&d->integers, setup, false);
    fingerprints_init(&d->exact, setup->memory, 1, false);
    fingerprints_init(&d->hashed, setup->memory, 2, false);
    d->exact_packed.memory = d->hashed_packed.memory = setup->memory;
    return STATUS_OK;
}

/* `times` rows like each of `in`. */
static enum status add_rows(struct distinct *d, const struct metric_input *in, int64_t times, struct error *err)
{
    struct row_keys *k = &d->keys;
    bool taken;

    TRY(integers_offer(&d->integers, &d->exact, in, &k->counts, &taken, err));
    if (!taken)
        TRY(row_keys_make(k, in, err));
    counts_add_times(&d->counts, &k->counts, times);
    if (taken)
        return STATUS_OK;
    if (row_keys_by_entry(k, in)) {
        const struct entry_hashes *entries = &k->cache[0];
        struct fingerprints *into = k->n_exact ? &d->exact : &d->hashed;

        TRY(row_keys_histogram(k, in, err));
        for (int64_t e = 0; e < in->columns[0]->n_entries; e++)
            if (k->histogram[e])
                TRY(fingerprints_add_one(into, entries->low[e], entries->high[e], 1, err));
        return STATUS_OK;
    }
    TRY(fingerprints_add(&d->exact, k->low, NULL, in->n_rows, k->exact, err));
    return fingerprints_add(&d->hashed, k->low, k->high, in->n_rows, k->hashed, err);
}

/* A run of one value costs what one row does. */
static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct distinct *d = state, *into = d->apart ? d->apart : d;
    struct one_row one;

    if (one_row_of(&one, in))
        return add_rows(into, &one.in, in->n_selected, err);
    return add_rows(into, in, 1, err);
}

/* --- values that nothing else equals --- */

static void done(void *state);

static void end_apart(struct distinct *d)
{
    if (d->apart)
        done(d->apart);
    mem_free(d->memory, d->apart);
    d->apart = NULL;
}

static enum status set_apart(void *state, struct error *err)
{
    struct distinct *d = state;

    if (d->apart)
        return STATUS_OK;
    d->apart = mem_alloc(d->memory, sizeof *d->apart);
    return d->apart ? init(d->apart, &d->setup, err) : memory_error(d->memory, "the distinct values of a column", err);
}

static enum status settle(struct distinct *d, int32_t threads, struct error *err)
{
    TRY(integers_settle(&d->integers, &d->exact, err));
    TRY(fingerprints_settle(&d->exact, threads, err));
    return fingerprints_settle(&d->hashed, threads, err);
}

static enum status join(void *state, struct error *err)
{
    struct distinct *d = state;

    if (!d->apart)
        return STATUS_OK;
    TRY(settle(d->apart, 1, err));
    d->n_apart += distinct_count(d->apart);
    counts_add(&d->counts, &d->apart->counts);
    end_apart(d);
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct distinct *a = into, *b = from;

    counts_add(&a->counts, &b->counts);
    a->n_apart += b->n_apart;
    TRY(integers_merge(&a->integers, &a->exact, &b->integers, &b->exact, err));
    TRY(fingerprints_merge(&a->exact, &b->exact, err));
    return fingerprints_merge(&a->hashed, &b->hashed, err);
}

/* One round is enough; equal fingerprints are found while an error can still be told. */
static enum status next_round(void *state, bool *wanted, struct error *err)
{
    struct distinct *d = state;

    *wanted = false;
    return settle(d, d->threads, err);
}

static enum status fork(void *state, const void *merged, const struct metric_setup *setup, struct error *err)
{
    (void)merged;
    return init(state, setup, err);
}

static enum status pack(void *state, struct error *err)
{
    struct distinct *d = state;

    d->exact_packed.size = d->hashed_packed.size = 0;
    TRY(integers_drain(&d->integers, &d->exact, err)); /* so that equal states have equal bytes */
    TRY(fingerprints_pack(&d->exact, &d->exact_packed, err));
    return fingerprints_pack(&d->hashed, &d->hashed_packed, err);
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct distinct *d = state;

    (void)setup;
    TRY(integers_drain(&d->integers, &d->exact, err)); /* nothing: from here on the fingerprints hold values that it has not seen */
    TRY(fingerprints_unpack(&d->exact, span_of(d->exact_packed.at, d->exact_packed.size), err));
    TRY(fingerprints_unpack(&d->hashed, span_of(d->hashed_packed.at, d->hashed_packed.size), err));
    buffer_done(&d->exact_packed);
    buffer_done(&d->hashed_packed);
    return STATUS_OK;
}

static void done(void *state)
{
    struct distinct *d = state;

    end_apart(d);
    row_keys_done(&d->keys);
    integers_done(&d->integers);
    fingerprints_done(&d->exact);
    fingerprints_done(&d->hashed);
    buffer_done(&d->exact_packed);
    buffer_done(&d->hashed_packed);
    memset(d, 0, sizeof *d);
}

const struct metric metric_distinct = {
    .name = "distinct",
    .doc = "the number of distinct values or rows",
    .state_size = sizeof(struct distinct),
    .takes_values_only = true,
    .fields = fields,
    .init = init,
    .add = add,
    .set_apart = set_apart,
    .join = join,
    .merge = merge,
    .next_round = next_round,
    .fork = fork,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

int64_t distinct_count(const void *state)
{
    const struct distinct *d = state;

    return d->n_apart + integers_count(&d->integers) + fingerprints_count(&d->exact) + fingerprints_count(&d->hashed);
}

struct moments_counts distinct_counts(const void *state)
{
    return ((const struct distinct *)state)->counts;
}
