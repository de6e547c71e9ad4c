/* stats/uniqueness.c -- which rows share their key.
 *
 * Integers that come in increasing stretches, or shuffled from a narrow range, need no fingerprints (integers.h). Of the rest
 * round 1 keeps 64-bit fingerprints (row_keys.h). Different fingerprints prove different keys, so no repeated one
 * proves uniqueness at any width. Repeated fingerprints of values of at most 8 bytes are repeated values: their counts are final, and round 2
 * only fetches the sample rows. Repeated hashes are candidates: round 2 counts their rows by the keys' bytes (tally.h: exact
 * up to 256 bytes, then 128 bits of hash) and takes the first k candidate rows; should one of those turn out to be single (expected n^2 / 2^65
 * false candidates: 3e-6 at 10 million rows), round 3 takes the first k rows of verified groups.
 *
 * A round after the first looks only where it has to: where it is known which blocks of rows hold the repeated integers (dense.h) at those,
 * and where nothing but samples is left to find only as far as the k-th.
 *
 * Where memory is tight (--memory) fingerprints and the counts of repeated ones are written to the budget's spill, and the rounds
 * after the first look at a window of the fingerprints each: as many partitions as their counts and the candidates' bytes have room. Each window
 * gives the first k rows of its groups; the first k of all of them are the same as of one window.
 *
 * Values that occur nowhere else (`set_apart`: those of a row group, by its bounds) are settled by themselves, and only what is repeated
 * among them is remembered.
 *
 * Exact. Unexpected is every member of a group of two or more. Null rows are missing (of several columns: rows with nulls
 * only, unless the parameters say otherwise; else nulls are equal to each other). NaN equals NaN and is considered, unless nan_is_null, when it is missing-like and
 * only counted in n_nan. Malformed cells are keys by their raw text, different from any value. Merge: unions and additions, the
 * same for any split and order.
 */
#include "stats/integers.h"
#include "stats/row_keys.h"
#include "stats/sample_set.h"
#include "stats/tally.h"

enum { ROUND_FINGERPRINTS = 1, ROUND_VERIFY, ROUND_SAMPLES };

enum {
    RUN_LEAST = 64,       /* rows of one value that are taken at once: bits of integers, which this ends, are worth more than a few rows */
    REPEAT_COST = 48,     /* bytes of a repeated fingerprint that is brought back: its slot, in a table that may just have grown */
    CANDIDATE_COST = 288, /* and of its key in `verified`, of each worker's and the merged one */
    WINDOW_LEAST = 1 << 20,
};

struct uniqueness {
    struct uniqueness_counts counts; /* n_unexpected, n_groups, n_surplus once final */
    int64_t round, is_final;
    struct memory *memory;
    int32_t n_columns;
    struct type type;
    struct row_keys keys;
    struct integers integers; /* values that are not in `exact` (yet) */
    struct fingerprints exact, hashed;
    struct tally verified;
    struct sample_set samples;    /* of the window */
    struct sample_set kept;       /* of the windows before it; only in the merged state */
    int32_t threads;
    int window_from, window_to;   /* partitions that the round looks at */
    int64_t n_verified_groups, n_verified_extra; /* of windows whose `verified` had to go */
    bool is_partial;              /* there were such, or counts are in the spill: single rows cannot be looked up any more */
    struct row_blocks repeats;     /* of units that were settled by themselves, after round 1 of all: rows of repeated keys are in these */
    int64_t n_settled;            /* rows with a key of such units */
    bool knows_where;             /* after round 1; else they may be anywhere */
    const struct uniqueness *known; /* the merged state of the round before; NULL in round 1 */
    struct uniqueness *apart;     /* of values that nothing else equals: what is added goes there until `join`; else NULL */
    struct metric_setup setup;    /* for `apart` */
    struct buffer exact_packed, hashed_packed, verified_packed, samples_packed;
};

static const struct field fields[] = {
    {.name = "counts", .type = FIELD_I64, .offset = offsetof(struct uniqueness, counts), .count = 7,
     .doc = "rows, missing, NaN, considered, unexpected, groups, surplus"},
    {.name = "round", .type = FIELD_I64, .offset = offsetof(struct uniqueness, round), .doc = "round that the state is in"},
    {.name = "is_final", .type = FIELD_I64, .offset = offsetof(struct uniqueness, is_final), .doc = "1: all rounds are over"},
    {.name = "exact", .type = FIELD_BLOB, .offset = offsetof(struct uniqueness, exact_packed), .doc = "fingerprints that are bijections"},
    {.name = "hashed", .type = FIELD_BLOB, .offset = offsetof(struct uniqueness, hashed_packed), .doc = "fingerprints that are hashes"},
    {.name = "verified", .type = FIELD_BLOB, .offset = offsetof(struct uniqueness, verified_packed), .doc = "candidates by their bytes"},
    {.name = "samples", .type = FIELD_BLOB, .offset = offsetof(struct uniqueness, samples_packed), .doc = "the first k rows of groups"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct uniqueness *u = state;
    struct type tuple = {.kind = TYPE_BINARY};

    (void)err;
    memset(u, 0, sizeof *u);
    u->memory = setup->memory;
    u->round = ROUND_FINGERPRINTS;
    u->n_columns = setup->n_columns;
    u->type = setup->types[0];
    u->setup = *setup;
    row_keys_init(&u->keys, setup, 1);
    if (setup->params)
        u->keys.missing_rows = ((const struct uniqueness_params *)setup->params)->missing_rows;
    integers_init(&u->integers, setup, true);
    fingerprints_init(&u->exact, setup->memory, 1, true);
    fingerprints_init(&u->hashed, setup->memory, 1, true);
    tally_init(&u->verified, setup->memory, setup->n_columns == 1 ? u->type : tuple, 0);
    sample_set_init(&u->samples, setup->memory, setup->samples);
    sample_set_init(&u->kept, setup->memory, setup->samples);
    u->threads = setup->threads > 0 ? setup->threads : 1;
    u->window_to = FINGERPRINT_PARTS;
    u->exact_packed.memory = u->hashed_packed.memory = u->verified_packed.memory = u->samples_packed.memory = setup->memory;
    return STATUS_OK;
}

static void add_counts(struct uniqueness *u, int64_t times)
{
    const struct moments_counts *c = &u->keys.counts;

    u->counts.n_rows += c->n_rows * times;
    u->counts.n_missing += c->n_nulls * times;
    u->counts.n_nan += c->n_nans * times;
    u->counts.n_considered += c->n_values * times;
}

/* So many rows like the one of `in`. */
static enum status add_run(struct uniqueness *u, const struct metric_input *in, int64_t times, struct error *err)
{
    struct row_keys *k = &u->keys;

    TRY(integers_drain(&u->integers, &u->exact, err));
    TRY(row_keys_make(k, in, err));
    add_counts(u, times);
    if (k->n_exact + k->n_hashed == 0)
        return STATUS_OK; /* NaN that is as good as null */
    return fingerprints_add_one(k->n_exact ? &u->exact : &u->hashed, k->low[0], 0, times, err);
}

static enum status add_fingerprints(struct uniqueness *u, const struct metric_input *in, struct error *err)
{
    struct row_keys *k = &u->keys;
    struct one_row one;
    bool taken;

    if (in->n_selected >= RUN_LEAST && one_row_of(&one, in))
        return add_run(u, &one.in, in->n_selected, err);
    TRY(integers_offer(&u->integers, &u->exact, in, &k->counts, &taken, err));
    if (!taken)
        TRY(row_keys_make(k, in, err));
    add_counts(u, 1);
    if (taken)
        return STATUS_OK;
    if (row_keys_by_entry(k, in)) {
        const struct entry_hashes *entries = &k->cache[0];
        struct fingerprints *into = k->n_exact ? &u->exact : &u->hashed;

        TRY(row_keys_histogram(k, in, err));
        for (int64_t e = 0; e < in->columns[0]->n_entries; e++)
            if (k->histogram[e])
                TRY(fingerprints_add_one(into, entries->low[e], 0, k->histogram[e], err));
        return STATUS_OK;
    }
    TRY(fingerprints_add(&u->exact, k->low, NULL, in->n_rows, k->exact, err));
    return fingerprints_add(&u->hashed, k->low, NULL, in->n_rows, k->hashed, err);
}

/* Keeps the bits of rows whose fingerprint is in the window and repeated. */
static int64_t keep_repeated(const struct uniqueness *u, const struct fingerprints *f, const uint64_t *low, int64_t n, uint64_t *rows)
{
    uint64_t from = (uint64_t)u->window_from, width = (uint64_t)(u->window_to - u->window_from);
    int64_t kept = 0;

    for (int64_t base = 0; base < n; base += 64) {
        uint64_t word = rows[base >> 6];

        for (uint64_t left = word; left; left &= left - 1)
            fingerprints_fetch_extra(f, low[base + __builtin_ctzll(left)]);
        for (uint64_t left = word; left; left &= left - 1) {
            int k = __builtin_ctzll(left);

            if ((low[base + k] >> 56) - from < width && fingerprints_extra(f, low[base + k]))
                kept++;
            else
                word &= ~((uint64_t)1 << k);
        }
        rows[base >> 6] = word;
    }
    return kept;
}

static enum status key_of_row(struct uniqueness *u, const struct metric_input *in, int64_t row, struct tally_key *key, struct error *err)
{
    struct span bytes;

    if (in->n_columns == 1) {
        *key = tally_key_cell(in->columns[0], row);
        return STATUS_OK;
    }
    TRY(row_keys_bytes(&u->keys, in, row, &bytes, err));
    *key = tally_key_bytes(TALLY_VALUE, bytes);
    return STATUS_OK;
}

/* So many rows like each of `in` whose bit is left in `hashed`. */
static enum status count_candidates(struct uniqueness *u, const struct metric_input *in, int64_t times, struct error *err)
{
    struct tally_key key;

    if (in->n_columns == 1 && times == 1)
        return tally_add_vector(&u->verified, in->columns[0], u->keys.hashed, err);
    FOR_EACH_BIT(i, u->keys.hashed, in->n_rows) {
        TRY(key_of_row(u, in, i, &key, err));
        TRY(tally_add(&u->verified, &key, times, err));
    }
    return STATUS_OK;
}

/* What is set for the one row of a run is set for all its rows. */
static void spread(uint64_t *bits, const struct metric_input *in)
{
    if (bit_get(bits, 0))
        selection_rows(in, bits);
    else
        memset(bits, 0, BITMAP_WORDS(in->n_rows) * sizeof *bits);
}

/* Rows of a repeated fingerprint, in round 3 of a verified group. The mark is the key, so that it can be found again. */
static enum status offer_row(struct uniqueness *u, const struct metric_input *in, int64_t row, struct error *err)
{
    struct sample_mark mark = {0};
    struct tally_key key;

    if (bit_get(u->keys.hashed, row)) {
        TRY(key_of_row(u, in, row, &key, err));
        if (u->round == ROUND_SAMPLES && tally_find(&u->known->verified, &key) < 2)
            return STATUS_OK;
        mark = (struct sample_mark){key.tag, key.low, key.high};
    }
    return sample_set_offer(&u->samples, in, row, mark, err);
}

/* Not what an earlier window has enough of. */
static bool wants_row(const struct uniqueness *u, const struct metric_input *in, int64_t at)
{
    return sample_set_wants(&u->samples, in->file, metric_row(in, at)) && sample_set_wants(&u->known->kept, in->file, metric_row(in, at));
}

static enum status offer_rows(struct uniqueness *u, const struct metric_input *in, struct error *err)
{
    for (int64_t base = 0; base < in->n_rows; base += 64) {
        uint64_t left = u->keys.exact[base >> 6] | u->keys.hashed[base >> 6];

        if (left && !wants_row(u, in, base))
            break;
        for (; left; left &= left - 1)
            TRY(offer_row(u, in, base + __builtin_ctzll(left), err));
    }
    return STATUS_OK;
}

/* All that is left to learn is which rows are the first k. */
static bool only_wants_samples(const struct uniqueness *u)
{
    return u->round == ROUND_SAMPLES || (u->round == ROUND_VERIFY && fingerprints_are_unique(&u->known->hashed));
}

static bool needs_rows(const void *state, int32_t file, int64_t first_row, int64_t n_rows)
{
    const struct uniqueness *u = state;

    if (u->round == ROUND_FINGERPRINTS)
        return true;
    if (u->known->knows_where && !row_blocks_touch(&u->known->repeats, file, first_row, n_rows))
        return false;
    return !only_wants_samples(u) ||
           (sample_set_wants(&u->samples, file, first_row) && sample_set_wants(&u->known->kept, file, first_row));
}

static enum status add_known(struct uniqueness *u, const struct metric_input *in, struct error *err)
{
    struct row_keys *k = &u->keys;
    struct one_row one;
    bool is_run = one_row_of(&one, in);
    const struct metric_input *keyed = is_run ? &one.in : in;
    int64_t n_candidates;

    TRY(row_keys_make(k, keyed, err));
    n_candidates = keep_repeated(u->known, &u->known->hashed, k->low, keyed->n_rows, k->hashed);
    if (u->round == ROUND_VERIFY && n_candidates)
        TRY(count_candidates(u, keyed, is_run ? in->n_selected : 1, err));
    if (!wants_row(u, in, 0))
        return STATUS_OK;
    keep_repeated(u->known, &u->known->exact, k->low, keyed->n_rows, k->exact);
    if (is_run) {
        spread(k->exact, in);
        spread(k->hashed, in);
    }
    return offer_rows(u, in, err);
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct uniqueness *u = state;

    if (u->apart)
        return add_fingerprints(u->apart, in, err);
    if (u->round == ROUND_FINGERPRINTS)
        return add_fingerprints(u, in, err);
    if (only_wants_samples(u) && !wants_row(u, in, 0))
        return STATUS_OK; /* nothing left to learn */
    return add_known(u, in, err);
}

/* --- values that nothing else equals --- */

static void done(void *state);

static void end_apart(struct uniqueness *u)
{
    if (u->apart)
        done(u->apart);
    mem_free(u->memory, u->apart);
    u->apart = NULL;
}

static enum status set_apart(void *state, struct error *err)
{
    struct uniqueness *u = state;

    if (u->round != ROUND_FINGERPRINTS || u->apart)
        return STATUS_OK;
    u->apart = mem_alloc(u->memory, sizeof *u->apart);
    return u->apart ? init(u->apart, &u->setup, err) : memory_error(u->memory, "the distinct values of a column", err);
}

/* What is repeated, as if it had been added so often at once. */
static enum status take_repeats(struct fingerprints *into, struct fingerprints *from, struct error *err)
{
    int64_t n, extra;
    struct repeat *repeats;
    enum status status;

    TRY(fingerprints_settle(from, 1, err));
    fingerprints_repeated(from, &n, &extra);
    if (n == 0)
        return STATUS_OK;
    repeats = mem_alloc(from->memory, (size_t)n * sizeof *repeats);
    if (!repeats)
        return memory_error(from->memory, "the repeated values of a column", err);
    status = fingerprints_list(from, repeats, err);
    for (int64_t i = 0; i < n && status == STATUS_OK; i++)
        status = fingerprints_add_one(into, repeats[i].key, 0, repeats[i].extra + 1, err);
    mem_free(from->memory, repeats);
    return status;
}

static void join_counts(struct uniqueness_counts *a, const struct uniqueness_counts *b)
{
    a->n_rows += b->n_rows;
    a->n_missing += b->n_missing;
    a->n_nan += b->n_nan;
    a->n_considered += b->n_considered;
}

static enum status join(void *state, struct error *err)
{
    struct uniqueness *u = state, *a = u->apart;
    bool knows_where;

    if (!a)
        return STATUS_OK;
    knows_where = dense_repeats(&a->integers.dense, a->counts.n_considered, 1, &a->repeats);
    TRY(integers_settle(&a->integers, &a->exact, err));
    TRY(take_repeats(&u->exact, &a->exact, err));
    TRY(take_repeats(&u->hashed, &a->hashed, err));
    if (knows_where || (fingerprints_are_unique(&a->exact) && fingerprints_are_unique(&a->hashed))) {
        row_blocks_add_all(&u->repeats, &a->repeats);
        u->n_settled += a->counts.n_considered;
    }
    join_counts(&u->counts, &a->counts);
    end_apart(u);
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct uniqueness *a = into, *b = from;

    if (a->round != b->round)
        return error_set(err, STATUS_INTERNAL, "states of uniqueness of rounds %d and %d meet", (int)a->round, (int)b->round);
    if (a->round == ROUND_FINGERPRINTS) {
        join_counts(&a->counts, &b->counts);
        row_blocks_add_all(&a->repeats, &b->repeats);
        a->n_settled += b->n_settled;
        TRY(integers_merge(&a->integers, &a->exact, &b->integers, &b->exact, err));
        TRY(fingerprints_merge(&a->exact, &b->exact, err));
        return fingerprints_merge(&a->hashed, &b->hashed, err);
    }
    TRY(tally_merge(&a->verified, &b->verified, err));
    return sample_set_merge(&a->samples, &b->samples, err);
}

/* The figures that are known: groups of exact fingerprints, and of verified keys. */
static void count_verified(const struct uniqueness *u, int64_t *n_groups, int64_t *n_extra)
{
    for (size_t i = 0; i < u->verified.capacity; i++) {
        if (u->verified.slots[i].count >= 2) {
            *n_groups += 1;
            *n_extra += u->verified.slots[i].count - 1;
        }
    }
}

static void set_figures(struct uniqueness *u)
{
    int64_t n_groups, n_extra;

    fingerprints_repeated(&u->exact, &n_groups, &n_extra);
    n_groups += u->n_verified_groups;
    n_extra += u->n_verified_extra;
    count_verified(u, &n_groups, &n_extra);
    u->counts.n_groups = n_groups;
    u->counts.n_surplus = n_extra;
    u->counts.n_unexpected = n_extra + n_groups;
}

/* Is there a sample of a hashed key that nothing else equals? */
static bool has_false_sample(const struct uniqueness *u)
{
    for (int32_t i = 0; i < u->samples.n; i++) {
        const struct sample_mark *mark = &u->samples.mark[i];

        if (mark->tag && tally_find_hashed(&u->verified, (uint8_t)mark->tag, mark->low, mark->high) < 2)
            return true;
    }
    return false;
}

/* Repeated fingerprints, before any is verified: top values are exact while these are few. */
static int64_t repeated_fingerprints(const struct uniqueness *u)
{
    int64_t n_exact, n_hashed, extra;

    fingerprints_repeated(&u->exact, &n_exact, &extra);
    fingerprints_repeated(&u->hashed, &n_hashed, &extra);
    return n_exact + n_hashed;
}

static size_t cost_of_part(const struct uniqueness *u, int p)
{
    size_t n_exact = fingerprints_part_repeats(&u->exact, p), n_hashed = fingerprints_part_repeats(&u->hashed, p);

    return (n_exact + n_hashed) * REPEAT_COST + n_hashed * CANDIDATE_COST * (size_t)(u->threads + 1);
}

/* The next window, from `from` on: at least one partition, and as many as half of the memory that is left has room for. */
static enum status open_window(struct uniqueness *u, int from, struct error *err)
{
    size_t left, cost = 0;

    TRY(fingerprints_window(&u->exact, 0, 0, err));
    TRY(fingerprints_window(&u->hashed, 0, 0, err));
    left = memory_left(u->memory) / 2;
    if (left < WINDOW_LEAST)
        left = WINDOW_LEAST;
    u->window_from = u->window_to = from;
    do
        cost += cost_of_part(u, u->window_to++);
    while (u->window_to < FINGERPRINT_PARTS && cost + cost_of_part(u, u->window_to) <= left);
    TRY(fingerprints_window(&u->exact, u->window_from, u->window_to, err));
    return fingerprints_window(&u->hashed, u->window_from, u->window_to, err);
}

/* Of the window that is over. Few groups keep their keys, for the top values. */
static enum status close_window(struct uniqueness *u, struct error *err)
{
    TRY(sample_set_merge(&u->kept, &u->samples, err));
    sample_set_clear(&u->samples);
    if (u->window_to == FINGERPRINT_PARTS && u->window_from == 0)
        return STATUS_OK;
    u->is_partial = true;
    if (repeated_fingerprints(u) <= TOP_VALUES_DISTINCT_MAX)
        return STATUS_OK;
    count_verified(u, &u->n_verified_groups, &u->n_verified_extra);
    tally_done(&u->verified);
    tally_init(&u->verified, u->memory, u->n_columns == 1 ? u->type : (struct type){.kind = TYPE_BINARY}, 0);
    return STATUS_OK;
}

/* All windows are done: `samples` is what they have in common. */
static enum status finish(struct uniqueness *u, struct error *err)
{
    TRY(sample_set_merge(&u->samples, &u->kept, err));
    sample_set_clear(&u->kept);
    u->is_final = 1;
    u->is_partial = u->is_partial || !fingerprints_are_loaded(&u->exact);
    set_figures(u);
    return STATUS_OK;
}

static enum status end_first_round(struct uniqueness *u, bool *wanted, struct error *err)
{
    struct row_blocks found;

    u->knows_where = dense_repeats(&u->integers.dense, u->counts.n_considered - u->n_settled, u->threads, &found);
    row_blocks_add_all(&u->repeats, &found);
    TRY(integers_settle(&u->integers, &u->exact, err));
    TRY(fingerprints_settle(&u->exact, u->threads, err));
    TRY(fingerprints_settle(&u->hashed, u->threads, err));
    set_figures(u);
    *wanted = !fingerprints_are_unique(&u->hashed) || (u->counts.n_groups > 0 && u->samples.limit > 0);
    if (!*wanted)
        return finish(u, err);
    integers_done(&u->integers);
    fingerprints_forget_singles(&u->exact);
    fingerprints_forget_singles(&u->hashed);
    u->round = ROUND_VERIFY;
    return open_window(u, 0, err);
}

static enum status next_round(void *state, bool *wanted, struct error *err)
{
    struct uniqueness *u = state;

    *wanted = false;
    if (u->is_final)
        return STATUS_OK;
    if (u->round == ROUND_FINGERPRINTS)
        return end_first_round(u, wanted, err);
    if (u->round == ROUND_VERIFY && has_false_sample(u)) {
        sample_set_clear(&u->samples);
        u->round = ROUND_SAMPLES;
        *wanted = true;
        return STATUS_OK;
    }
    TRY(close_window(u, err));
    if (u->window_to == FINGERPRINT_PARTS)
        return finish(u, err);
    u->round = ROUND_VERIFY;
    *wanted = true;
    return open_window(u, u->window_to, err);
}

static enum status fork(void *state, const void *merged, const struct metric_setup *setup, struct error *err)
{
    struct uniqueness *u = state;

    TRY(init(u, setup, err));
    u->known = merged;
    u->round = u->known->round;
    return STATUS_OK;
}

static enum status pack(void *state, struct error *err)
{
    struct uniqueness *u = state;

    u->exact_packed.size = u->hashed_packed.size = u->verified_packed.size = u->samples_packed.size = 0;
    TRY(integers_drain(&u->integers, &u->exact, err)); /* so that equal states have equal bytes */
    TRY(fingerprints_pack(&u->exact, &u->exact_packed, err));
    TRY(fingerprints_pack(&u->hashed, &u->hashed_packed, err));
    TRY(fingerprints_window(&u->exact, u->window_from, u->window_to, err));
    TRY(fingerprints_window(&u->hashed, u->window_from, u->window_to, err));
    TRY(tally_pack(&u->verified, &u->verified_packed, err));
    return sample_set_pack(&u->samples, &u->samples_packed, err);
}

static struct span packed(const struct buffer *b)
{
    return span_of(b->at, b->size);
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct uniqueness *u = state;

    if (u->round < ROUND_FINGERPRINTS || u->round > ROUND_SAMPLES || u->is_final < 0 || u->is_final > 1)
        return error_set(err, STATUS_BAD_DATA, "a saved state of uniqueness is in round %lld", (long long)u->round);
    TRY(integers_drain(&u->integers, &u->exact, err)); /* nothing: from here on the fingerprints hold values that it has not seen */
    TRY(fingerprints_unpack(&u->exact, packed(&u->exact_packed), err));
    TRY(fingerprints_unpack(&u->hashed, packed(&u->hashed_packed), err));
    TRY(tally_unpack(&u->verified, packed(&u->verified_packed), err));
    TRY(sample_set_unpack(&u->samples, packed(&u->samples_packed), setup, err));
    buffer_done(&u->exact_packed);
    buffer_done(&u->hashed_packed);
    return STATUS_OK;
}

static void done(void *state)
{
    struct uniqueness *u = state;

    end_apart(u);
    row_keys_done(&u->keys);
    integers_done(&u->integers);
    fingerprints_done(&u->exact);
    fingerprints_done(&u->hashed);
    tally_done(&u->verified);
    sample_set_done(&u->samples);
    sample_set_done(&u->kept);
    buffer_done(&u->exact_packed);
    buffer_done(&u->hashed_packed);
    buffer_done(&u->verified_packed);
    buffer_done(&u->samples_packed);
    memset(u, 0, sizeof *u);
}

const struct metric metric_uniqueness = {
    .name = "uniqueness",
    .doc = "which rows share their key",
    .state_size = sizeof(struct uniqueness),
    .fields = fields,
    .init = init,
    .add = add,
    .set_apart = set_apart,
    .join = join,
    .merge = merge,
    .next_round = next_round,
    .fork = fork,
    .needs_rows = needs_rows,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

struct uniqueness_counts uniqueness_counts(const void *state)
{
    return ((const struct uniqueness *)state)->counts;
}

bool uniqueness_samples(const void *state, struct arena *arena, const struct sample **out, int32_t *n)
{
    return sample_set_copy(&((const struct uniqueness *)state)->samples, arena, out, n);
}

/* Groups of exact fingerprints join the verified ones in a tally of their own: the bijection gives the values back. */
static bool tally_groups(const struct uniqueness *u, struct tally *all)
{
    struct error ignored = ERROR_NONE;
    struct repeat *repeats;
    int64_t n, extra;
    bool ok;

    fingerprints_repeated(&u->exact, &n, &extra);
    repeats = mem_alloc(u->memory, ((size_t)n + 1) * sizeof *repeats);
    ok = repeats && tally_merge(all, &u->verified, &ignored) == STATUS_OK;
    ok = ok && fingerprints_list(&u->exact, repeats, &ignored) == STATUS_OK;
    for (int64_t i = 0; i < n && ok; i++) {
        uint64_t word = row_keys_value(repeats[i].key);
        uint8_t boolean = (uint8_t)word;
        struct vector one = {.type = u->type, .lane = type_lane(u->type), .shape = SHAPE_CONSTANT, .n_rows = 1, .u64 = &word};
        struct tally_key key;

        if (one.lane == LANE_BOOL)
            one.boolean = &boolean;
        key = tally_key_cell(&one, 0);
        ok = tally_add(all, &key, repeats[i].extra + 1, &ignored) == STATUS_OK;
    }
    mem_free(u->memory, repeats);
    return ok;
}

bool uniqueness_top(const void *state, struct arena *arena, const struct top_value **out, int32_t *n, bool *is_known)
{
    const struct uniqueness *u = state;
    struct tally all;
    bool ok;

    *out = NULL;
    *n = 0;
    *is_known = u->n_columns == 1 && repeated_fingerprints(u) <= TOP_VALUES_DISTINCT_MAX;
    if (!*is_known)
        return true;
    if (fingerprints_are_unique(&u->exact))
        return tally_top(&u->verified, arena, TOP_VALUES_SHOWN, 2, out, n);
    tally_init(&all, u->memory, u->type, 0);
    ok = tally_groups(u, &all) && tally_top(&all, arena, TOP_VALUES_SHOWN, 2, out, n);
    tally_done(&all);
    return ok;
}

/* Looks keys up with a scratch of its own, so that threads may share the state. */
static enum status mark_rows(const struct uniqueness *u, struct uniqueness *scratch, const struct metric_input *in, uint64_t *out,
                             struct error *err)
{
    struct row_keys *k = &scratch->keys;
    struct tally_key key;

    TRY(row_keys_make(k, in, err));
    keep_repeated(u, &u->exact, k->low, in->n_rows, k->exact);
    keep_repeated(u, &u->hashed, k->low, in->n_rows, k->hashed);
    memcpy(out, k->exact, BITMAP_WORDS(in->n_rows) * sizeof *out);
    FOR_EACH_BIT(i, k->hashed, in->n_rows) {
        TRY(key_of_row(scratch, in, i, &key, err));
        if (tally_find(&u->verified, &key) >= 2)
            bit_set(out, i);
    }
    return STATUS_OK;
}

enum status uniqueness_mark(const void *state, const struct metric_input *in, uint64_t *out, struct error *err)
{
    const struct uniqueness *u = state;
    struct metric_setup setup = {.memory = u->memory, .n_columns = u->n_columns, .nan_is_null = u->keys.nan_is_null};
    struct uniqueness *scratch = mem_alloc(u->memory, sizeof *scratch);
    enum status status;

    if (u->is_partial) {
        mem_free(u->memory, scratch);
        return error_set(err, STATUS_TOO_LARGE, "to tell which rows are duplicated takes more than the memory limit of %zu bytes (--memory)",
                         u->memory->limit);
    }
    if (!scratch)
        return memory_error(u->memory, "the marks of duplicated rows", err);
    setup.types[0] = u->type;
    status = init(scratch, &setup, err);
    scratch->keys.missing_rows = u->keys.missing_rows;
    if (status == STATUS_OK)
        status = mark_rows(u, scratch, in, out, err);
    done(scratch);
    mem_free(u->memory, scratch);
    return status;
}
