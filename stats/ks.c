/* stats/ks.c -- the two-sample Kolmogorov-Smirnov statistic of a batch against a reference, without sorting the batch.
 *
 * The reference has k distinct values r_1 < ... < r_k; G_i of its m values are at most r_i. Of the batch's n values it is counted how
 * many lie at each r_i and how many in each of the k + 1 gaps: 2 k + 1 counters, which merge by addition.
 *
 * They decide D = sup |F - G| exactly. On [r_i, r_(i+1)) G is constant and F does not fall, so F - G is smallest at r_i
 * and largest towards r_(i+1), where F has taken in the whole gap; left of r_1 G is 0 and F rises to the first gap's share, right of
 * r_k G is 1 and F rises to 1. So D is the largest of |F(r_i) - G_i/m| and |F(r_i -) - G_(i-1)/m|, as whole numbers over n m,
 * ties included.
 *
 * Against a reference that is counted in buckets (ordered.c) F and G are known where buckets begin. In a bucket from i to i + 1 F - G lies
 * between F_i - G_(i+1) and F_(i+1) - G_i, so only buckets in which that leaves room beyond the largest difference at their ends can hold D:
 * a second round over both sides collects the values of those, and D is exact as before. Wasserstein's distance is the sum of
 * (|D_(j-1)| - |D_j|) x_j over all values: where F - G keeps its sign, that takes sums of values (kept apart by sign, without rounding), where
 * it may change it, the values themselves; gaps between a few values of the reference are treated alike.
 *
 * Null, NaN and malformed cells are no values; infinities are. A dictionary's entries are searched once, then rows are only
 * counted.
 */
#include "stats/entry_counts.h"
#include "stats/drift_tests.h"
#include "stats/order_key.h"
#include "stats/ordered.h"
#include "stats/stretches.h"

enum { BINS_WANTED = 30, SEARCH_BLOCK = 1024 };

struct ks {
    struct moments_counts counts;
    const struct ordered *reference;
    struct order order;
    struct memory *memory;
    bool is_bucketed; /* knots are where buckets begin, and count all that lies in them */
    int64_t n_slots;
    uint64_t fingerprint; /* of the reference's knots: states of different references do not merge */
    uint64_t low, high;   /* outermost keys below the first and above the last knot; UINT64_MAX and 0: none */
    int64_t *slots;
    struct entry_counts entries; /* of the dictionary at hand: not among the slots yet */
    struct buffer packed;
    /* Against buckets: the second round collects the values of those in which D may lie. */
    uint8_t *wanted;         /* of each slot; NULL: not that far */
    uint64_t want_from, want_to; /* outside of which nothing is wanted */
    struct ordered *values;  /* the batch's where values are wanted */
    int64_t sums, limit;     /* of the parameters */
    struct ks_params asked;
    struct exact_sum plus, minus; /* of values where F is above, below G */
    bool takes_sums;         /* bounds want them: */
    struct key_sums totals;  /* of all values */
    const struct ks *merged; /* of a worker in the second round; else NULL */
};

static const struct field fields[] = {
    COUNTS_FIELDS(struct ks, counts),
    {.name = "fingerprint", .type = FIELD_U64, .offset = offsetof(struct ks, fingerprint), .doc = "of the reference"},
    {.name = "low", .type = FIELD_U64, .offset = offsetof(struct ks, low), .doc = "least key below the reference's"},
    {.name = "high", .type = FIELD_U64, .offset = offsetof(struct ks, high), .doc = "greatest key above the reference's"},
    {.name = "sum", .type = FIELD_I64, .offset = offsetof(struct ks, totals.sum), .count = EXACT_LIMBS + 4, .doc = "of all values, against knots"},
    {.name = "squares", .type = FIELD_I64, .offset = offsetof(struct ks, totals.squares), .count = EXACT_LIMBS + 4, .doc = "of their squares"},
    {.name = "slots", .type = FIELD_BLOB, .offset = offsetof(struct ks, packed), .doc = "counts in gaps and at knots, 8 bytes each"},
    {0},
};

static enum status no_room(const struct ks *s, struct error *err)
{
    return memory_error(s->memory, "the counts of a KS test", err);
}

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    const struct ordered_params *params = setup->params;
    struct ks *s = state;

    memset(s, 0, sizeof *s);
    s->memory = s->packed.memory = s->entries.memory = setup->memory;
    s->reference = setup->reference;
    s->sums = params ? params->sums : 0;
    s->limit = params ? params->limit : 0;
    if (setup->params_size == sizeof s->asked)
        memcpy(&s->asked, setup->params, sizeof s->asked);
    if (!s->reference || !s->reference->is_ready || !order_init(&s->order, setup->types[0], s->reference->as))
        return error_set(err, STATUS_INTERNAL, "a KS test without a reference in the order of its column");
    s->takes_sums = s->asked.asks == KS_DECIDE && s->reference->is_knots && (drift_tests[s->asked.test].flags & DRIFT_FINITE);
    s->is_bucketed = ordered_is_bucketed(s->reference) || s->reference->phase == ORDERED_COLLECT;
    s->n_slots = 2 * (int64_t)s->reference->n + 1;
    s->low = UINT64_MAX;
    s->fingerprint = s->reference->fingerprint;
    s->slots = mem_alloc(s->memory, (size_t)s->n_slots * sizeof *s->slots);
    return s->slots ? STATUS_OK : no_room(s, err);
}

/* --- adding --- */

static inline void count(struct ks *s, uint32_t slot, uint64_t key, int64_t n)
{
    if (slot == 0 && key < s->low)
        s->low = key;
    if (slot >= (uint32_t)s->n_slots - 2 && key > s->high)
        s->high = key;
    slot -= s->is_bucketed && slot > 0 && !(slot & 1);
    s->slots[slot] += n;
}

/* Those entries that occur are searched, a block at a time. */
static void take_entries(struct ks *s)
{
    struct entry_counts *e = &s->entries;
    uint64_t keys[SEARCH_BLOCK];
    uint32_t slots[SEARCH_BLOCK], counts[SEARCH_BLOCK];

    for (int64_t at = 0; at < e->n_entries;) {
        int64_t n = 0;

        for (; at < e->n_entries && n < SEARCH_BLOCK; at++)
            if (e->counts[at]) {
                keys[n] = e->entries[at];
                counts[n++] = e->counts[at];
            }
        order_keys(&s->order, keys, n, keys);
        ordered_slots(s->reference, keys, n, slots);
        for (int64_t i = 0; i < n; i++) {
            count(s, slots[i], keys[i], counts[i]);
            if (s->takes_sums)
                key_sums_add_times(&s->totals, s->reference->as, keys[i], counts[i]);
        }
    }
    entry_counts_clear(e);
}

static enum status add_dictionary(struct ks *s, const struct vector *v, const struct selection *selection, struct error *err)
{
    if (!entry_counts_continues(&s->entries, v)) {
        take_entries(s);
        TRY(entry_counts_start(&s->entries, v, err));
    }
    entry_counts_add(&s->entries, v, selection->counts.n_values == v->n_rows ? NULL : selection->values);
    return STATUS_OK;
}

static void add_flat(struct ks *s, struct selection *selection, const struct vector *v)
{
    uint64_t keys[CHUNK_MAX_ROWS];
    uint32_t slots[CHUNK_MAX_ROWS];
    int64_t n = order_take(&s->order, selection, v, keys);

    ordered_slots(s->reference, keys, n, slots);
    for (int64_t i = 0; i < n; i++)
        count(s, slots[i], keys[i], 1);
    if (s->takes_sums)
        key_sums_add(&s->totals, s->reference->as, keys, n);
}

/* The second round: what is wanted of values by where they lie. */
static enum status collect(struct ks *s, struct selection *selection, const struct vector *v, struct error *err)
{
    uint64_t keys[CHUNK_MAX_ROWS];
    uint32_t slots[CHUNK_MAX_ROWS];
    int64_t n = order_take(&s->order, selection, v, keys), kept = 0;

    n = ordered_within(keys, n, s->merged->want_from, s->merged->want_to);
    ordered_slots(s->reference, keys, n, slots);
    for (int64_t i = 0; i < n; i++) {
        uint32_t slot = slots[i] - (s->merged->is_bucketed && slots[i] > 0 && !(slots[i] & 1));
        uint8_t want = s->merged->wanted[slot];

        order_add_wanted(&s->plus, &s->minus, s->reference->as, keys[i], want);
        if (want & WANT_VALUES)
            keys[kept++] = keys[i];
    }
    return ordered_push(s->values, keys, kept, err);
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct ks *s = state;
    const struct vector *v = in->columns[0];
    struct selection selection;

    TRY(selection_make(&selection, in, err));
    if (s->merged)
        return collect(s, &selection, v, err);
    counts_add(&s->counts, &selection.counts);
    if (selection.counts.n_values == 0 || v->lane != s->order.from)
        return STATUS_OK;
    if (entry_counts_can(v))
        return add_dictionary(s, v, &selection, err);
    add_flat(s, &selection, v);
    return STATUS_OK;
}

static void rest(void *state)
{
    struct ks *s = state;

    if (s->merged)
        return;
    take_entries(s);
    entry_counts_rest(&s->entries);
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct ks *a = into, *b = from;

    if (b->merged) {
        exact_sum_merge(&a->plus, &b->plus);
        exact_sum_merge(&a->minus, &b->minus);
        return ordered_join(a->values, b->values, err);
    }
    if (a->n_slots != b->n_slots || a->fingerprint != b->fingerprint)
        return error_set(err, STATUS_INTERNAL, "KS tests against different references meet");
    take_entries(a);
    take_entries(b);
    counts_add(&a->counts, &b->counts);
    key_sums_merge(&a->totals, &b->totals);
    a->low = b->low < a->low ? b->low : a->low;
    a->high = b->high > a->high ? b->high : a->high;
    for (int64_t i = 0; i < a->n_slots; i++)
        a->slots[i] += b->slots[i];
    return STATUS_OK;
}

/* Is bucket i one value on both sides? Beyond the reference's largest value the batch may have others. */
static bool is_single(const struct ks *s, size_t i)
{
    return ordered_is_single(s->reference, i) && (i + 1 < s->reference->n || s->high <= s->reference->high);
}

/* Which buckets can hold a difference larger than any at their ends? */
static bool choose_farthest(struct ks *s)
{
    const struct ordered *o = s->reference;
    int64_t n = s->counts.n_values, m = o->counts.n_values, below = s->slots[0], reference = 0;
    int128 most = (int128)below * m, least = 0;
    bool any = false;

    for (size_t i = 0; i < o->n; i++) {
        int128 difference;

        below += s->slots[2 * i + 1];
        reference += o->counts_of[i];
        difference = (int128)below * m - (int128)reference * n;
        most = difference > most ? difference : most;
        least = difference < least ? difference : least;
    }
    below = s->slots[0];
    reference = 0;
    for (size_t i = 0; i < o->n; i++) {
        int64_t next = below + s->slots[2 * i + 1], next_reference = reference + o->counts_of[i];

        if (!is_single(s, i) &&
            ((int128)next * m - (int128)reference * n > most || (int128)below * m - (int128)next_reference * n < least))
            s->wanted[2 * i + 1] = any = WANT_VALUES;
        below = next;
        reference = next_reference;
    }
    return any;
}

/* Where F - G keeps its sign, sums of values do; where it may change it, and to know where D lies, the values themselves. */
static void choose_signs(struct ks *s)
{
    const struct ordered *o = s->reference;
    int64_t n = s->counts.n_values, m = o->counts.n_values, below = 0, reference = 0;

    for (int64_t i = 0; i < s->n_slots; i++) {
        int64_t next = below + s->slots[i], next_reference = reference + (i & 1 ? o->counts_of[i / 2] : 0);
        bool is_knot = (i & 1) && !s->is_bucketed; /* a value that is known */

        if ((int128)below * m >= (int128)next_reference * n)
            s->wanted[i] |= is_knot ? 0 : WANT_PLUS;
        else if ((int128)next * m <= (int128)reference * n)
            s->wanted[i] |= is_knot ? 0 : WANT_MINUS;
        else
            s->wanted[i] |= is_knot ? 0 : WANT_VALUES;
        if ((s->wanted[i] & WANT_VALUES) && (s->wanted[i] & ~WANT_VALUES))
            s->wanted[i] = WANT_VALUES;
        below = next;
        reference = next_reference;
    }
}

/* Does the test look at every value of both sides? */
static bool wants_all(const struct ks *s)
{
    return s->asked.asks == KS_DECIDE && (drift_tests[s->asked.test].flags & (DRIFT_NEEDS_BATCH | DRIFT_SUMS)) == DRIFT_NEEDS_BATCH;
}

static bool is_decided(const struct ks *s)
{
    struct samples samples = {.counted = s, .reference = s->reference, .side = (enum ks_side)s->asked.side};
    struct drift_figures figures;

    return drift_tests[s->asked.test].bounds(&samples, &figures) && drift_decides(&s->asked, &figures);
}

/* The batch's values that are not among the reference's, together with those: more than ORDERED_LIMIT? Then nobody may have kept the values. */
static bool is_many(const struct ks *s)
{
    int64_t n = (int64_t)s->reference->n;

    for (int64_t i = 0; i < s->n_slots; i += 2)
        n += s->slots[i];
    return s->asked.values.limit > 0 && n > s->asked.values.limit;
}

/* Does the first round leave something open? */
static bool is_open(const struct ks *s)
{
    if (s->asked.asks == KS_COUNTS || s->counts.n_values == 0 || s->reference->counts.n_values == 0)
        return false;
    if (s->wanted)
        return true;
    if (s->asked.asks == KS_DECIDE && s->reference->is_knots && is_decided(s))
        return false;
    return s->is_bucketed || (s->sums && s->limit > 0 && s->counts.n_values > s->limit) || (wants_all(s) && is_many(s));
}

/* Marks what is wanted of which values. false: nothing. */
static bool choose(struct ks *s)
{
    bool any;

    if (wants_all(s)) {
        memset(s->wanted, WANT_VALUES, (size_t)s->n_slots);
        return true;
    }
    any = s->is_bucketed && choose_farthest(s);
    if (s->sums)
        choose_signs(s);
    return any || s->sums;
}

static enum status end_collecting(struct ks *s, struct error *err)
{
    if (!s->values)
        return STATUS_OK;
    TRY(ordered_gather(s->values, err));
    ordered_count_kept(s->values);
    return STATUS_OK;
}

static enum status next_round(void *state, bool *wanted, struct error *err)
{
    struct ks *s = state;

    take_entries(s);
    *wanted = false;
    if (!is_open(s))
        return STATUS_OK;
    if (s->wanted)
        return end_collecting(s, err);
    s->wanted = mem_alloc(s->memory, (size_t)s->n_slots);
    if (!s->wanted)
        return no_room(s, err);
    if (!choose(s))
        return STATUS_OK;
    s->values = mem_alloc(s->memory, sizeof *s->values);
    if (!s->values)
        return no_room(s, err);
    ordered_init_like(s->values, s->reference, s->memory);
    s->want_from = 0;
    s->want_to = UINT64_MAX;
    if (s->is_bucketed && !s->wanted[0])
        (void)ordered_hull(s->reference, s->wanted + 1, 2, &s->want_from, &s->want_to);
    *wanted = true;
    return STATUS_OK;
}

static enum status refine(const void *state, void *reference, struct error *err)
{
    const struct ks *s = state;

    return s->wanted && s->is_bucketed ? ordered_want(reference, s->wanted, err) : STATUS_OK;
}

static enum status fork(void *state, const void *merged, const struct metric_setup *setup, struct error *err)
{
    struct ks *s = state;
    const struct ks *m = merged;

    memset(s, 0, sizeof *s);
    s->memory = s->packed.memory = s->entries.memory = setup->memory;
    s->reference = setup->reference;
    s->merged = m;
    if (!m->wanted || !order_init(&s->order, setup->types[0], s->reference->as))
        return error_set(err, STATUS_INTERNAL, "a KS test needs no second round");
    s->values = mem_alloc(s->memory, sizeof *s->values);
    if (!s->values)
        return no_room(s, err);
    ordered_init_like(s->values, s->reference, s->memory);
    return STATUS_OK;
}

static enum status pack(void *state, struct error *err)
{
    struct ks *s = state;

    take_entries(s);
    key_sums_normalise(&s->totals);
    s->packed.size = 0;
    return buffer_add(&s->packed, s->slots, (size_t)s->n_slots * sizeof *s->slots) ? STATUS_OK : no_room(s, err);
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct ks *s = state;
    int64_t left = s->counts.n_values;

    (void)setup;
    if (s->fingerprint != s->reference->fingerprint || s->packed.size != (size_t)s->n_slots * sizeof *s->slots)
        return error_set(err, STATUS_BAD_DATA, "a saved KS test is about another reference");
    if (!key_sums_are_sane(&s->totals, s->counts.n_values))
        return error_set(err, STATUS_BAD_DATA, "a saved KS test contradicts itself");
    memcpy(s->slots, s->packed.at, s->packed.size);
    for (int64_t i = 0; i < s->n_slots; i++) {
        if (s->slots[i] < 0 || s->slots[i] > left)
            return error_set(err, STATUS_BAD_DATA, "a saved KS test contradicts itself");
        left -= s->slots[i];
    }
    return left == 0 ? STATUS_OK : error_set(err, STATUS_BAD_DATA, "a saved KS test contradicts itself");
}

static void done(void *state)
{
    struct ks *s = state;

    mem_free(s->memory, s->slots);
    mem_free(s->memory, s->wanted);
    if (s->values)
        ordered_done(s->values);
    mem_free(s->memory, s->values);
    entry_counts_done(&s->entries);
    buffer_done(&s->packed);
    memset(s, 0, sizeof *s);
}

const struct metric metric_ks = {
    .name = "ks",
    .doc = "how many values lie at and between those of a reference",
    .state_size = sizeof(struct ks),
    .takes_values_only = true,
    .fields = fields,
    .init = init,
    .add = add,
    .rest = rest,
    .merge = merge,
    .next_round = next_round,
    .refine = refine,
    .fork = fork,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

struct moments_counts ks_counts(const void *state)
{
    return ((const struct ks *)state)->counts;
}

/* --- the statistic --- */

struct extremes {
    int128 most, least;
    uint64_t at; /* key */
    int128 top, bottom; /* beyond which values that are not known cannot lead */
};

/* n m (F - G), looked at once more. */
static void look(struct extremes *e, int128 difference, uint64_t key)
{
    int128 largest = e->most > -e->least ? e->most : -e->least;

    if (difference > largest || -difference > largest)
        e->at = key;
    e->most = difference > e->most ? difference : e->most;
    e->least = difference < e->least ? difference : e->least;
}

/* Values of both sides that the second round kept, from the one at hand on. */
struct kept { const struct ordered *batch, *reference; size_t i, j; };

/* Those below `end`, each looked at. */
static void look_within(struct extremes *e, struct kept *k, uint64_t end, bool is_last, int64_t n, int64_t m, int64_t below, int64_t reference)
{
    for (;;) {
        bool has = k->i < k->batch->n && (is_last || k->batch->keys[k->i] < end);
        bool has_reference = k->j < k->reference->n && (is_last || k->reference->keys[k->j] < end);
        uint64_t key;

        if (!has && !has_reference)
            return;
        key = has && (!has_reference || k->batch->keys[k->i] <= k->reference->keys[k->j]) ? k->batch->keys[k->i] : k->reference->keys[k->j];
        if (has && k->batch->keys[k->i] == key)
            below += k->batch->counts_of[k->i++];
        if (has_reference && k->reference->keys[k->j] == key)
            reference += k->reference->counts_of[k->j++];
        look(e, (int128)below * m - (int128)reference * n, key);
    }
}

static void skip_to(const struct ordered *o, size_t *at, uint64_t key)
{
    while (*at < o->n && o->keys[*at] < key)
        ++*at;
}

/* What may be within a bucket of which only the ends are known. */
static void look_between(struct extremes *e, int128 highest, int128 lowest)
{
    e->top = highest > e->top ? highest : e->top;
    e->bottom = lowest < e->bottom ? lowest : e->bottom;
}

/* At the ends of all buckets, and at every value of those that were wanted. */
static void look_at_buckets(const struct ks *s, struct extremes *e)
{
    const struct ordered *o = s->reference;
    struct kept k = {.batch = s->values, .reference = o->values};
    int64_t n = s->counts.n_values, m = o->counts.n_values, below = s->slots[0], reference = 0;
    bool has_values = s->values && o->values;

    look(e, (int128)below * m, o->keys[0]);
    for (size_t i = 0; i < o->n; i++) {
        int64_t next = below + s->slots[2 * i + 1], next_reference = reference + o->counts_of[i];

        if (!has_values && !is_single(s, i)) {
            look_between(e, (int128)next * m - (int128)reference * n, (int128)below * m - (int128)next_reference * n);
        } else if (has_values && (s->wanted[2 * i + 1] & WANT_VALUES)) {
            bool is_last = i + 1 == o->n;

            skip_to(k.batch, &k.i, o->keys[i]);
            skip_to(k.reference, &k.j, o->keys[i]); /* what other checks wanted */
            look_within(e, &k, is_last ? 0 : o->keys[i + 1], is_last, n, m, below, reference);
        }
        below = next;
        reference = next_reference;
        look(e, (int128)below * m - (int128)reference * n, i + 1 < o->n ? o->keys[i + 1] : o->high);
    }
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* numerator / (n m), reduced, so that each of the two is a double as soon as 53 bits hold it. */
static double quotient(int128 numerator, int64_t n, int64_t m)
{
    int64_t g = common_divisor(n, m);

    return (double)(numerator / g) / (double)((int128)(n / g) * m);
}

bool ks_result(const void *state, struct ks_result *out)
{
    const struct ks *s = state;
    const struct ordered *o = s->reference;
    int64_t n = s->counts.n_values, m = o->counts.n_values, below = 0, reference = 0;
    struct extremes e = {.at = o->n ? o->keys[0] : 0}; /* where nothing differs, any value */
    int128 largest;

    *out = (struct ks_result){.n = n, .n_reference = m};
    if (n == 0 || m == 0)
        return false;
    if (s->is_bucketed)
        look_at_buckets(s, &e);
    for (size_t i = 0; i < o->n && !s->is_bucketed; i++) {
        below += s->slots[2 * i];
        look(&e, (int128)below * m - (int128)reference * n, o->keys[i]);
        below += s->slots[2 * i + 1];
        reference += o->counts_of[i];
        look(&e, (int128)below * m - (int128)reference * n, o->keys[i]);
    }
    e.top = e.top > e.most ? e.top : e.most;
    e.bottom = e.bottom < e.least ? e.bottom : e.least;
    largest = e.most > -e.least ? e.most : -e.least;
    out->statistic = quotient(largest, n, m);
    out->greater = quotient(e.most, n, m);
    out->less = quotient(-e.least, n, m);
    out->is_exact = e.top == e.most && e.bottom == e.least;
    out->most = quotient(e.top > -e.bottom ? e.top : -e.bottom, n, m);
    out->most_greater = quotient(e.top, n, m);
    out->most_less = quotient(-e.bottom, n, m);
    out->farthest = order_value(o->as, e.at);
    out->p_value = ks_p(n, m, out->statistic, KS_TWO_SIDED, &out->p_method);
    return true;
}

bool ks_is_bounded(const void *state)
{
    const struct ks *s = state;

    return s->reference->is_knots && !(s->values && s->reference->values);
}

void ks_collected(const void *state, const void **batch, const void **reference)
{
    const struct ks *s = state;
    bool has_all = s->values && wants_all(s);

    *batch = has_all ? s->values : NULL;
    *reference = has_all && s->is_bucketed ? s->reference->values : NULL;
}

void ks_stretches(const void *state, struct ks_stretches *out)
{
    const struct ks *s = state;

    *out = (struct ks_stretches){.of = s->reference, .slots = s->slots, .n = (int64_t)s->reference->n + 1, .n_batch = s->counts.n_values,
                                 .low = s->low, .high = s->high > s->reference->high ? s->high : s->reference->high,
                                 .batch_high = s->high, .totals = &s->totals, .has_totals = s->takes_sums};
}

/* --- Wasserstein --- */

/* The values of both sides within a slot, from the difference at its start: sum (|D before| - |D behind|) x. */
static void add_within(struct exact_sum *sum, struct kept *k, struct type as, uint64_t end, bool is_last, int64_t n, int64_t m, int128 before)
{
    for (;;) {
        bool has = k->i < k->batch->n && (is_last || k->batch->keys[k->i] < end);
        bool has_reference = k->reference && k->j < k->reference->n && (is_last || k->reference->keys[k->j] < end);
        uint64_t key;
        int128 after = before;

        if (!has && !has_reference)
            return;
        key = has && (!has_reference || k->batch->keys[k->i] <= k->reference->keys[k->j]) ? k->batch->keys[k->i] : k->reference->keys[k->j];
        if (has && k->batch->keys[k->i] == key)
            after += (int128)k->batch->counts_of[k->i++] * m;
        if (has_reference && k->reference->keys[k->j] == key)
            after -= (int128)k->reference->counts_of[k->j++] * n;
        order_add_multiple(sum, as, key, (before < 0 ? -before : before) - (after < 0 ? -after : after));
        before = after;
    }
}

/* Slot i, where n m (F - G) is `before` at its start. */
static void add_slot(const struct ks *s, struct exact_sum *sum, struct kept *k, int64_t i, int128 before)
{
    const struct ordered *o = s->reference;
    int64_t n = s->counts.n_values, m = o->counts.n_values;
    bool is_knot = (i & 1) && !s->is_bucketed, is_last = i + (i & 1 ? 2 : 1) >= s->n_slots;
    size_t next = (size_t)(i + 1) / 2; /* the knot that ends it */

    if (is_knot) {
        int128 after = before + (int128)s->slots[i] * m - (int128)o->counts_of[i / 2] * n;

        order_add_multiple(sum, o->as, o->keys[i / 2], (before < 0 ? -before : before) - (after < 0 ? -after : after));
    } else if (s->wanted[i] & WANT_VALUES) {
        if (s->is_bucketed && (i & 1)) {
            skip_to(k->batch, &k->i, o->keys[i / 2]);
            skip_to(k->reference, &k->j, o->keys[i / 2]);
        }
        add_within(sum, k, o->as, is_last ? 0 : o->keys[next], is_last, n, m, before);
    }
}

bool ks_wasserstein(const void *state, double *out)
{
    const struct ks *s = state;
    const struct ordered *o = s->reference;
    int64_t n = s->counts.n_values, m = o->counts.n_values;
    struct kept k = {.batch = s->values, .reference = s->is_bucketed ? o->values : NULL};
    struct exact_sum sum = {0};
    int128 difference = 0;

    if (!s->sums || !is_open(s) || !s->values)
        return false;
    for (int64_t i = 0; i < s->n_slots; i++) {
        add_slot(s, &sum, &k, i, difference);
        difference += (int128)s->slots[i] * m - (i & 1 ? (int128)o->counts_of[i / 2] * n : 0);
    }
    exact_add_times(&sum, &s->minus, m);
    exact_add_times(&sum, &s->plus, -m);
    if (s->is_bucketed) {
        exact_add_times(&sum, &o->plus, n);
        exact_add_times(&sum, &o->minus, -n);
    }
    *out = exact_over(&sum, n, m);
    return true;
}

/* --- the histogram --- */

/* The first knot that at least `rank` + 1 of the reference's values do not exceed. */
static size_t knot_of_rank(const struct ordered *o, int64_t rank)
{
    int64_t sum = 0;
    size_t i = 0;

    while (i + 1 < o->n && (sum += o->counts_of[i]) <= rank)
        i++;
    return i;
}

/* The same of the batch's values: the first knot that they do not exceed, or the last one. */
static size_t knot_of_batch_rank(const struct ks *s, int64_t rank)
{
    int64_t sum = 0;
    size_t i = 0;

    while (i + 1 < s->reference->n && (sum += s->slots[2 * i] + s->slots[2 * i + 1]) <= rank)
        i++;
    return i;
}

/* The last knot at or below a key that is not below the first knot. */
static size_t knot_below(const struct ordered *o, uint64_t key)
{
    uint32_t slot;

    ordered_slots(o, &key, 1, &slot);
    return slot & 1 ? slot / 2 : slot ? slot / 2 - 1 : 0;
}

static double double_of_key(uint64_t key)
{
    uint64_t bits = order_key_bits(LANE_F64, key);
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The key part/parts of the way from one to another; of doubles by their value. */
static uint64_t key_between(struct type as, uint64_t low, uint64_t high, int part, int parts)
{
    double a, b, x;
    uint64_t bits;

    if (type_lane(as) != LANE_F64)
        return low + (uint64_t)((uint128)(high - low) * (uint64_t)part / (uint64_t)parts);
    a = double_of_key(low);
    b = double_of_key(high);
    x = a * ((double)(parts - part) / parts) + b * ((double)part / parts);
    if (!(x >= a)) /* an infinity at an end */
        return low;
    memcpy(&bits, &x, sizeof bits);
    return order_key(LANE_F64, bits);
}

/* Knots at which bins begin, ascending, the first knot among them. Few distinct values are bins of their own. */
static int32_t choose_edges(const struct ks *s, size_t edges[BINS_WANTED])
{
    const struct ordered *o = s->reference;
    int64_t n_batch = s->counts.n_values, n_reference = o->counts.n_values;
    size_t low = knot_of_rank(o, n_reference / 100), high = knot_of_rank(o, n_reference - 1 - n_reference / 100);
    size_t batch_low = knot_of_batch_rank(s, n_batch / 100), batch_high = knot_of_batch_rank(s, n_batch - 1 - n_batch / 100);
    int32_t n = 1;

    low = batch_low < low ? batch_low : low;
    high = batch_high > high ? batch_high : high;
    edges[0] = 0;
    for (int i = 1; i < BINS_WANTED; i++) {
        size_t knot = o->n <= BINS_WANTED
                          ? (size_t)i
                          : knot_below(o, key_between(o->as, o->keys[low], o->keys[high], i - 1, BINS_WANTED - 2));

        if (knot < o->n && knot > edges[n - 1])
            edges[n++] = knot;
    }
    return n;
}

/* Where bins of equal numbers of the reference's values begin: at a value, or at a bucket that has some (knots.c relies on it). */
static int32_t choose_ranks(const struct ordered *o, int32_t wanted, size_t *edges)
{
    int64_t below = 0;
    int32_t n = 0, next = 0;

    for (size_t i = 0; i < o->n && n < wanted; i++) {
        if (o->counts_of[i] > 0 && (int128)below * wanted >= (int128)next * o->counts.n_values) {
            edges[n++] = i;
            while (next < wanted && (int128)below * wanted >= (int128)next * o->counts.n_values)
                next++;
        }
        below += o->counts_of[i];
    }
    return n;
}

static void fill_bins(const struct ks *s, const size_t *edges, struct ks_bins *out)
{
    const struct ordered *o = s->reference;

    for (int32_t b = 0; b < out->n; b++) {
        size_t from = edges[b], to = b + 1 < out->n ? edges[b + 1] : o->n;

        /* knot i, and the gap behind it; the gap before the first knot too */
        out->observed[b] = b ? 0 : s->slots[0];
        for (size_t i = from; i < to; i++) {
            out->reference[b] += o->counts_of[i];
            out->observed[b] += s->slots[2 * i + 1] + s->slots[2 * i + 2];
        }
    }
}

static uint64_t last_key(const struct ks *s)
{
    uint64_t last = s->is_bucketed ? s->reference->high : s->reference->keys[s->reference->n - 1];

    return s->high > last ? s->high : last;
}

/* Counts in bins that begin at the knots `edges`, of which the first is the first knot. */
static bool make_bins(const struct ks *s, const size_t *edges, int32_t n, struct arena *arena, struct ks_bins *out)
{
    const struct ordered *o = s->reference;

    out->n = n;
    out->edges = arena_array(arena, (size_t)out->n + 1, sizeof *out->edges);
    out->observed = arena_array(arena, (size_t)out->n, sizeof *out->observed);
    out->reference = arena_array(arena, (size_t)out->n, sizeof *out->reference);
    if (!out->edges || !out->observed || !out->reference)
        return false;
    for (int32_t b = 1; b < out->n; b++)
        out->edges[b] = order_value(o->as, o->keys[edges[b]]);
    out->edges[0] = order_value(o->as, s->low < o->keys[0] ? s->low : o->keys[0]);
    out->edges[out->n] = order_value(o->as, last_key(s));
    fill_bins(s, edges, out);
    return true;
}

bool ks_histogram(const void *state, struct arena *arena, struct ks_bins *out)
{
    const struct ks *s = state;
    const struct ordered *o = s->reference;
    size_t edges[BINS_WANTED];
    int32_t n;

    *out = (struct ks_bins){0};
    if (s->counts.n_values == 0 || o->n == 0)
        return true;
    n = choose_edges(s, edges);
    if (n > 1 && last_key(s) == o->keys[edges[n - 1]]) /* the last bin would have no width */
        n--;
    return make_bins(s, edges, n, arena, out);
}

bool ks_ranked_bins(const void *state, int32_t n, struct arena *arena, struct ks_bins *out)
{
    const struct ks *s = state;
    size_t *edges = arena_array(arena, (size_t)n + 1, sizeof *edges);

    *out = (struct ks_bins){0};
    if (!edges)
        return false;
    if (s->counts.n_values == 0 || s->reference->n == 0)
        return true;
    return make_bins(s, edges, choose_ranks(s->reference, n, edges), arena, out);
}
