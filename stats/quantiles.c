/* stats/quantiles.c -- exact order statistics.
 *
 * Each value becomes a 64-bit key whose unsigned order is the values' order. Up to KEPT_MAX keys of the union are kept and
 * sorted. Beyond that the state is a histogram of the keys' leading 16 bits, and every further round looks only into the
 * few buckets that hold the wanted ranks: it keeps their keys if they are at most KEPT_MAX in all, else it counts their next
 * 16 bits. After four rounds a bucket is a single value. Memory stays bounded whatever the data; the answer is exact.
 *
 * Which samples a quantile lies between and what is made of them: quantile_rules.h.
 * Null, NaN and malformed cells are no values; infinities are, and between two equal samples nothing is computed. Merges by
 * union or addition: any split and any order give the same state.
 */
#include "stats/order_key.h"
#include "stats/quantile_rules.h"
#include "stats/selection.h"

#include <stdlib.h>

enum { KEPT_MAX = 1 << 20, BUCKET_BITS = 16, BUCKETS = 1 << BUCKET_BITS, TARGETS_MAX = 64 };

enum phase { PHASE_KEEP, PHASE_COUNT, PHASE_COLLECT, PHASE_FINAL };

struct target { uint64_t prefix; int64_t n_below, n; }; /* a bucket that holds wanted ranks; keys below and in it */

struct quantiles {
    struct moments_counts counts;
    struct quantiles_params params;
    struct type type;
    struct memory *memory;
    int64_t phase;  /* enum phase */
    int64_t bits;   /* COUNT, COLLECT: leading bits that are known: 0, 16, 32, 48, 64 */
    int64_t n_targets;
    struct target target[TARGETS_MAX]; /* ascending; before the first round one that holds everything */
    uint64_t *kept; /* KEEP, COLLECT */
    size_t n_kept, capacity;
    int64_t *histogram; /* COUNT: BUCKETS for each target */
    int64_t n_ranks;
    int64_t rank[TARGETS_MAX];       /* ascending order statistics that are wanted, from 0 */
    uint64_t statistic[TARGETS_MAX]; /* FINAL: their keys */
    struct buffer kept_packed, histogram_packed;
};

#define ROW(name_, type_, member, count_, doc_)                                                            \
    {.name = name_, .type = type_, .offset = offsetof(struct quantiles, member), .count = count_, .doc = doc_}

static const struct field fields[] = {
    COUNTS_FIELDS(struct quantiles, counts),
    ROW("phase", FIELD_I64, phase, 1, "0 values kept, 1 counting, 2 collecting, 3 final"),
    ROW("bits", FIELD_I64, bits, 1, "leading bits of the wanted buckets that are known"),
    ROW("n_targets", FIELD_I64, n_targets, 1, "wanted buckets"),
    ROW("targets", FIELD_I64, target, TARGETS_MAX * 3, "prefix, values below, values in it"),
    ROW("n_ranks", FIELD_I64, n_ranks, 1, "wanted order statistics"),
    ROW("ranks", FIELD_I64, rank, TARGETS_MAX, "their ranks"),
    ROW("statistics", FIELD_U64, statistic, TARGETS_MAX, "their keys"),
    ROW("kept", FIELD_BLOB, kept_packed, 0, "keys, sorted"),
    ROW("histogram", FIELD_BLOB, histogram_packed, 0, "counts by the next 16 bits"),
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct quantiles *q = state;
    enum lane lane = setup->n_columns ? type_lane(setup->types[0]) : LANE_NONE;
    const struct quantiles_params *params = setup->params;

    memset(q, 0, sizeof *q);
    if (lane == LANE_I128 || lane == LANE_BYTES)
        return error_set(err, STATUS_UNSUPPORTED, "quantiles of text, binary and decimals of more than 18 digits are not supported");
    if (params)
        q->params = *params;
    if (q->params.n < 0 || q->params.n > TARGETS_MAX / 2 || q->params.method < 0 || q->params.method > QUANTILE_METHOD_MAX)
        return error_set(err, STATUS_INTERNAL, "%d quantiles by method %d", (int)q->params.n, (int)q->params.method);
    q->type = setup->types[0];
    q->memory = setup->memory;
    q->n_targets = 1;
    q->kept_packed.memory = q->histogram_packed.memory = setup->memory;
    return STATUS_OK;
}

static enum status no_room(const struct quantiles *q, struct error *err)
{
    return memory_error(q->memory, "exact quantiles", err);
}

/* The bucket of a key within a target: the 16 bits after the known ones. */
static size_t bucket_of(const struct quantiles *q, uint64_t key)
{
    return (size_t)(key << q->bits >> (64 - BUCKET_BITS));
}

/* The target that a key belongs to, or -1. */
static int64_t target_of(const struct quantiles *q, uint64_t key)
{
    uint64_t prefix = q->bits ? key >> (64 - q->bits) : 0;
    int64_t low = 0, high = q->n_targets;

    while (low < high) {
        int64_t mid = (low + high) / 2;

        if (q->target[mid].prefix < prefix)
            low = mid + 1;
        else
            high = mid;
    }
    return low < q->n_targets && q->target[low].prefix == prefix ? low : -1;
}

static enum status make_histogram(struct quantiles *q, struct error *err)
{
    size_t size = (size_t)q->n_targets * BUCKETS * sizeof *q->histogram;

    if (!q->histogram)
        q->histogram = mem_alloc(q->memory, size);
    return q->histogram ? STATUS_OK : no_room(q, err);
}

static void drop_kept(struct quantiles *q)
{
    mem_free(q->memory, q->kept);
    q->kept = NULL;
    q->n_kept = q->capacity = 0;
}

/* More values than are kept: what was kept goes into the first histogram. */
static enum status begin_counting(struct quantiles *q, struct error *err)
{
    TRY(make_histogram(q, err));
    for (size_t i = 0; i < q->n_kept; i++)
        q->histogram[bucket_of(q, q->kept[i])]++;
    drop_kept(q);
    q->phase = PHASE_COUNT;
    return STATUS_OK;
}

/* times <= CHUNK_MAX_ROWS. */
static enum status add_key(struct quantiles *q, uint64_t key, int64_t times, struct error *err)
{
    size_t n = (size_t)times;
    int64_t t;

    if (q->phase == PHASE_KEEP && q->n_kept + n > KEPT_MAX)
        TRY(begin_counting(q, err));
    t = q->phase == PHASE_KEEP || q->bits == 0 ? 0 : target_of(q, key);
    if (t < 0)
        return STATUS_OK;
    if (q->phase == PHASE_COUNT) {
        q->histogram[(size_t)t * BUCKETS + bucket_of(q, key)] += times;
        return STATUS_OK;
    }
    if (q->n_kept + n > q->capacity) {
        void *kept = q->kept;

        if (!mem_grow(q->memory, &kept, &q->capacity, q->n_kept + n, sizeof *q->kept))
            return no_room(q, err);
        q->kept = kept;
    }
    for (size_t i = 0; i < n; i++)
        q->kept[q->n_kept++] = key;
    return STATUS_OK;
}

static enum status add_bool(struct quantiles *q, const struct vector *v, const uint64_t *rows, struct error *err)
{
    FOR_EACH_BIT(i, rows, v->n_rows)
        TRY(add_key(q, v->boolean[vector_position(v, i)], 1, err));
    return STATUS_OK;
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct quantiles *q = state;
    const struct vector *v = in->columns[0];
    const uint64_t *flat;
    struct selection s;

    TRY(selection_make(&s, in, err));
    if (q->bits == 0)
        counts_add(&q->counts, &s.counts);
    if (v->lane == LANE_BOOL)
        return add_bool(q, v, s.values, err);
    if (s.counts.n_values == 0 || lane_width(v->lane) != sizeof *flat)
        return STATUS_OK;
    if (q->phase == PHASE_COUNT)
        TRY(make_histogram(q, err));
    if (v->shape == SHAPE_CONSTANT)
        return add_key(q, order_key(v->lane, v->u64[0]), s.counts.n_values, err);
    flat = selection_flat(&s, v);
    FOR_EACH_BIT(i, s.values, in->n_rows)
        TRY(add_key(q, order_key(v->lane, flat[i]), 1, err));
    return STATUS_OK;
}

static enum status merge_histograms(struct quantiles *a, const struct quantiles *b, struct error *err)
{
    size_t n = (size_t)a->n_targets * BUCKETS;

    if (!b->histogram)
        return STATUS_OK;
    TRY(make_histogram(a, err));
    for (size_t i = 0; i < n; i++)
        a->histogram[i] += b->histogram[i];
    return STATUS_OK;
}

static void take_kept(struct quantiles *a, struct quantiles *b)
{
    drop_kept(a);
    a->kept = b->kept;
    a->n_kept = b->n_kept;
    a->capacity = b->capacity;
    b->kept = NULL;
    b->n_kept = b->capacity = 0;
}

/* An answered state that still has all its values may be merged further, one that counted may not. */
static void reopen(struct quantiles *q)
{
    if (q->phase == PHASE_FINAL && q->bits == 0)
        q->phase = PHASE_KEEP;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct quantiles *a = into, *b = from;

    reopen(a);
    reopen(b);
    if (a->bits != b->bits || (a->bits && a->phase != b->phase))
        return error_set(err, STATUS_INTERNAL, "states of quantiles of different rounds meet");
    counts_add(&a->counts, &b->counts);
    if (b->phase == PHASE_COUNT && a->phase == PHASE_KEEP)
        TRY(begin_counting(a, err));
    if (b->phase == PHASE_COUNT)
        return merge_histograms(a, b, err);
    if (a->phase == PHASE_COUNT)
        TRY(make_histogram(a, err));
    else if (a->n_kept == 0 && a->memory == b->memory)
        take_kept(a, b);
    for (size_t i = 0; i < b->n_kept; i++)
        TRY(add_key(a, b->kept[i], 1, err));
    drop_kept(b);
    return STATUS_OK;
}

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static int by_key(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* By bytes from the lowest, skipping those that all keys share; stable, so each pass keeps the order of the one before. */
static void radix_sort(uint64_t *x, uint64_t *scratch, size_t n)
{
    uint64_t *from = x, *to = scratch;

    for (int shift = 0; shift < 64; shift += 8) {
        size_t start[257] = {0};
        uint64_t *swap = from;

        for (size_t i = 0; i < n; i++)
            start[(from[i] >> shift & 0xff) + 1]++;
        if (start[(from[0] >> shift & 0xff) + 1] == n)
            continue;
        for (int b = 0; b < 256; b++)
            start[b + 1] += start[b];
        for (size_t i = 0; i < n; i++)
            to[start[from[i] >> shift & 0xff]++] = from[i];
        from = to;
        to = swap;
    }
    if (from != x)
        memcpy(x, from, n * sizeof *x);
}

/* Without memory for a copy it takes longer. */
static void sort_kept(struct quantiles *q)
{
    uint64_t *scratch = q->n_kept > 1000 ? mem_alloc(q->memory, q->n_kept * sizeof *scratch) : NULL;

    if (scratch)
        radix_sort(q->kept, scratch, q->n_kept);
    else if (q->n_kept)
        qsort(q->kept, q->n_kept, sizeof *q->kept, by_key);
    mem_free(q->memory, scratch);
}

static void find_ranks(struct quantiles *q)
{
    int64_t n = 0, m = 0;

    for (int32_t i = 0; i < q->params.n; i++) {
        struct quantile_place place = quantile_place(q->params.method, q->params.at[i], q->counts.n_values);

        q->rank[n++] = place.low;
        if (place.part > 0)
            q->rank[n++] = place.low + 1;
    }
    qsort(q->rank, (size_t)n, sizeof *q->rank, by_number);
    for (int64_t i = 0; i < n; i++)
        if (i == 0 || q->rank[i] != q->rank[m - 1])
            q->rank[m++] = q->rank[i];
    q->n_ranks = m;
}

static const struct target *target_of_rank(const struct quantiles *q, int64_t rank)
{
    const struct target *found = q->target;

    for (int64_t t = 0; t < q->n_targets; t++)
        if (q->target[t].n_below <= rank)
            found = &q->target[t];
    return found;
}

/* The kept keys are those of the targets, all of them: sorted, each target's stand together. */
static void answer_from_kept(struct quantiles *q)
{
    sort_kept(q);
    for (int64_t r = 0; r < q->n_ranks; r++) {
        const struct target *t = target_of_rank(q, q->rank[r]);
        int64_t at = q->rank[r] - t->n_below;

        for (const struct target *before = q->target; before < t; before++)
            at += before->n;
        q->statistic[r] = q->kept[at];
    }
    q->phase = PHASE_FINAL;
}

static void answer_from_prefixes(struct quantiles *q)
{
    for (int64_t r = 0; r < q->n_ranks; r++)
        q->statistic[r] = target_of_rank(q, q->rank[r])->prefix;
    q->phase = PHASE_FINAL;
}

/* The buckets that hold wanted ranks become the targets. Returns how many values they hold. */
static int64_t narrow(struct quantiles *q)
{
    struct target next[TARGETS_MAX];
    int64_t n_next = 0, total = 0, r = 0;

    for (int64_t t = 0; t < q->n_targets; t++) {
        int64_t below = q->target[t].n_below;

        for (uint64_t b = 0; b < BUCKETS; b++) {
            int64_t n = q->histogram[(size_t)t * BUCKETS + b];

            if (r < q->n_ranks && q->rank[r] < below + n) {
                uint64_t prefix = q->bits ? q->target[t].prefix << BUCKET_BITS : 0;

                next[n_next++] = (struct target){prefix | b, below, n};
                total += n;
                while (r < q->n_ranks && q->rank[r] < below + n)
                    r++;
            }
            below += n;
        }
    }
    memcpy(q->target, next, (size_t)n_next * sizeof *next);
    q->n_targets = n_next;
    q->bits += BUCKET_BITS;
    mem_free(q->memory, q->histogram);
    q->histogram = NULL;
    return total;
}

static enum status next_round(void *state, bool *wanted, struct error *err)
{
    struct quantiles *q = state;

    *wanted = false;
    if (q->phase == PHASE_FINAL || q->counts.n_values == 0 || q->params.n == 0)
        return STATUS_OK;
    if (q->bits == 0)
        find_ranks(q);
    if (q->phase != PHASE_COUNT) {
        answer_from_kept(q);
        return STATUS_OK;
    }
    TRY(make_histogram(q, err));
    q->phase = narrow(q) <= KEPT_MAX ? PHASE_COLLECT : PHASE_COUNT;
    if (q->bits == 64)
        answer_from_prefixes(q);
    *wanted = q->phase != PHASE_FINAL;
    return STATUS_OK;
}

static enum status fork(void *state, const void *merged, const struct metric_setup *setup, struct error *err)
{
    struct quantiles *q = state;
    const struct quantiles *m = merged;

    TRY(init(q, setup, err));
    q->phase = m->phase;
    q->bits = m->bits;
    q->n_targets = m->n_targets;
    memcpy(q->target, m->target, sizeof q->target);
    return STATUS_OK;
}

static enum status pack(void *state, struct error *err)
{
    struct quantiles *q = state;

    q->kept_packed.size = q->histogram_packed.size = 0;
    sort_kept(q);
    if (!buffer_add(&q->kept_packed, q->kept, q->n_kept * sizeof *q->kept) ||
        (q->histogram && !buffer_add(&q->histogram_packed, q->histogram, (size_t)q->n_targets * BUCKETS * sizeof *q->histogram)))
        return no_room(q, err);
    return STATUS_OK;
}

static bool is_sane(const struct quantiles *q)
{
    bool sane = q->phase >= PHASE_KEEP && q->phase <= PHASE_FINAL && q->bits >= 0 && q->bits <= 64 &&
                q->bits % BUCKET_BITS == 0 && q->n_targets >= 1 && q->n_targets <= TARGETS_MAX && q->n_ranks >= 0 &&
                q->n_ranks <= TARGETS_MAX && q->kept_packed.size % sizeof *q->kept == 0;
    size_t n_histogram = (size_t)q->n_targets * BUCKETS * sizeof *q->histogram;
    int64_t n_kept = (int64_t)(q->kept_packed.size / sizeof *q->kept);

    if (!sane || (q->histogram_packed.size && q->histogram_packed.size != n_histogram))
        return false;
    if (q->phase == PHASE_COUNT)
        return q->bits < 64 && n_kept == 0;
    return q->bits || (n_kept == q->counts.n_values && n_kept <= KEPT_MAX);
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct quantiles *q = state;

    (void)setup;
    if (!is_sane(q))
        return error_set(err, STATUS_BAD_DATA, "a saved state of quantiles contradicts itself");
    q->n_kept = q->capacity = q->kept_packed.size / sizeof *q->kept;
    if (q->n_kept && !(q->kept = mem_alloc(q->memory, q->kept_packed.size)))
        return no_room(q, err);
    if (q->n_kept)
        memcpy(q->kept, q->kept_packed.at, q->kept_packed.size);
    if (q->histogram_packed.size) {
        TRY(make_histogram(q, err));
        memcpy(q->histogram, q->histogram_packed.at, q->histogram_packed.size);
    }
    return STATUS_OK;
}

static void done(void *state)
{
    struct quantiles *q = state;

    mem_free(q->memory, q->kept);
    mem_free(q->memory, q->histogram);
    buffer_done(&q->kept_packed);
    buffer_done(&q->histogram_packed);
    memset(q, 0, sizeof *q);
}

const struct metric metric_quantiles = {
    .name = "quantiles",
    .doc = "exact order statistics",
    .state_size = sizeof(struct quantiles),
    .takes_values_only = true,
    .fields = fields,
    .init = init,
    .add = add,
    .merge = merge,
    .next_round = next_round,
    .fork = fork,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

static uint64_t statistic(const struct quantiles *q, int64_t rank)
{
    for (int64_t r = 0; r < q->n_ranks; r++)
        if (q->rank[r] == rank)
            return order_key_bits(type_lane(q->type), q->statistic[r]);
    return 0;
}

bool quantiles_get(const void *state, int32_t i, struct value *out)
{
    const struct quantiles *q = state;
    struct quantile_place place;
    uint64_t a, b;

    if (q->phase != PHASE_FINAL || i < 0 || i >= q->params.n || q->counts.n_values == 0)
        return false;
    place = quantile_place(q->params.method, q->params.at[i], q->counts.n_values);
    a = statistic(q, place.low);
    b = place.part > 0 ? statistic(q, place.low + 1) : a;
    *out = quantile_between(q->type, a, b, &place);
    return true;
}

struct moments_counts quantiles_counts(const void *state)
{
    return ((const struct quantiles *)state)->counts;
}
