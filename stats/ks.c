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
 * Null, NaN and malformed cells are no values; infinities are. A dictionary's entries are searched once, then rows are only
 * counted.
 */
#include "stats/entry_counts.h"
#include "stats/order_key.h"
#include "stats/ordered.h"

enum { BINS_WANTED = 30, SEARCH_BLOCK = 1024 };

struct ks {
    struct moments_counts counts;
    const struct ordered *reference;
    struct order order;
    struct memory *memory;
    int64_t n_slots;
    uint64_t fingerprint; /* of the reference's knots: states of different references do not merge */
    uint64_t low, high;   /* outermost keys below the first and above the last knot; UINT64_MAX and 0: none */
    int64_t *slots;
    struct entry_counts entries; /* of the dictionary at hand: not among the slots yet */
    struct buffer packed;
};

static const struct field fields[] = {
    COUNTS_FIELDS(struct ks, counts),
    {.name = "fingerprint", .type = FIELD_U64, .offset = offsetof(struct ks, fingerprint), .doc = "of the reference"},
    {.name = "low", .type = FIELD_U64, .offset = offsetof(struct ks, low), .doc = "least key below the reference's"},
    {.name = "high", .type = FIELD_U64, .offset = offsetof(struct ks, high), .doc = "greatest key above the reference's"},
    {.name = "slots", .type = FIELD_BLOB, .offset = offsetof(struct ks, packed), .doc = "counts in gaps and at knots, 8 bytes each"},
    {0},
};

static enum status no_room(const struct ks *s, struct error *err)
{
    return memory_error(s->memory, "the counts of a KS test", err);
}

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct ks *s = state;

    memset(s, 0, sizeof *s);
    s->memory = s->packed.memory = s->entries.memory = setup->memory;
    s->reference = setup->reference;
    if (!s->reference || !s->reference->tree || !order_init(&s->order, setup->types[0], s->reference->as))
        return error_set(err, STATUS_INTERNAL, "a KS test without a reference in the order of its column");
    s->n_slots = 2 * (int64_t)s->reference->n + 1;
    s->low = UINT64_MAX;
    s->fingerprint = s->reference->fingerprint;
    s->slots = mem_alloc(s->memory, (size_t)s->n_slots * sizeof *s->slots);
    return s->slots ? STATUS_OK : no_room(s, err);
}

/* --- adding --- */

static inline void count(struct ks *s, uint32_t slot, uint64_t key, int64_t n)
{
    s->slots[slot] += n;
    if (slot == 0 && key < s->low)
        s->low = key;
    if (slot == (uint32_t)s->n_slots - 1 && key > s->high)
        s->high = key;
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
        for (int64_t i = 0; i < n; i++)
            count(s, slots[i], keys[i], counts[i]);
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
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct ks *s = state;
    const struct vector *v = in->columns[0];
    struct selection selection;

    TRY(selection_make(&selection, in, err));
    counts_add(&s->counts, &selection.counts);
    if (selection.counts.n_values == 0 || v->lane != s->order.from)
        return STATUS_OK;
    if (entry_counts_can(v))
        return add_dictionary(s, v, &selection, err);
    add_flat(s, &selection, v);
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct ks *a = into, *b = from;

    if (a->n_slots != b->n_slots || a->fingerprint != b->fingerprint)
        return error_set(err, STATUS_INTERNAL, "KS tests against different references meet");
    take_entries(a);
    take_entries(b);
    counts_add(&a->counts, &b->counts);
    a->low = b->low < a->low ? b->low : a->low;
    a->high = b->high > a->high ? b->high : a->high;
    for (int64_t i = 0; i < a->n_slots; i++)
        a->slots[i] += b->slots[i];
    return STATUS_OK;
}

static enum status next_round(void *state, bool *wanted, struct error *err)
{
    (void)err;
    take_entries(state);
    *wanted = false;
    return STATUS_OK;
}

static enum status fork(void *state, const void *merged, const struct metric_setup *setup, struct error *err)
{
    (void)merged;
    (void)setup;
    memset(state, 0, sizeof(struct ks));
    return error_set(err, STATUS_INTERNAL, "a KS test needs no second round");
}

static enum status pack(void *state, struct error *err)
{
    struct ks *s = state;

    take_entries(s);
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
    entry_counts_done(&s->entries);
    buffer_done(&s->packed);
    memset(s, 0, sizeof *s);
}

const struct metric metric_ks = {
    .name = "ks",
    .doc = "how many values lie at and between those of a reference",
    .state_size = sizeof(struct ks),
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

struct moments_counts ks_counts(const void *state)
{
    return ((const struct ks *)state)->counts;
}

/* --- the statistic --- */

struct extremes { int128 most, least; size_t at; };

/* n m (F - G), looked at once more. */
static void look(struct extremes *e, int128 difference, size_t knot)
{
    int128 largest = e->most > -e->least ? e->most : -e->least;

    if (difference > largest || -difference > largest)
        e->at = knot;
    e->most = difference > e->most ? difference : e->most;
    e->least = difference < e->least ? difference : e->least;
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
    struct extremes e = {0};
    int128 largest;

    *out = (struct ks_result){.n = n, .n_reference = m};
    if (n == 0 || m == 0)
        return false;
    for (size_t i = 0; i < o->n; i++) {
        below += s->slots[2 * i];
        look(&e, (int128)below * m - (int128)reference * n, i);
        below += s->slots[2 * i + 1];
        reference += o->counts_of[i];
        look(&e, (int128)below * m - (int128)reference * n, i);
    }
    largest = e.most > -e.least ? e.most : -e.least;
    out->statistic = quotient(largest, n, m);
    out->greater = quotient(e.most, n, m);
    out->less = quotient(-e.least, n, m);
    out->farthest = order_value(o->as, o->keys[e.at]);
    if (n <= KS_EXACT_MAX && m <= KS_EXACT_MAX) {
        out->p_method = "exact";
        out->p_value = ks_p_exact(n, m, (int64_t)largest, KS_TWO_SIDED);
    } else {
        out->p_method = "asymptotic";
        out->p_value = ks_p_asymptotic(n, m, out->statistic, KS_TWO_SIDED);
    }
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

/* Where bins of equal numbers of the reference's values begin. */
static int32_t choose_ranks(const struct ordered *o, int32_t wanted, size_t *edges)
{
    int64_t below = 0;
    int32_t n = 0, next = 0;

    for (size_t i = 0; i < o->n && n < wanted; i++) {
        if ((int128)below * wanted >= (int128)next * o->counts.n_values) {
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
    uint64_t last = s->reference->keys[s->reference->n - 1];

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
