/* stats/hyperloglog.c -- about how many different values, in 16 KB whatever their number.
 *
 * Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm", AofA 2007, of
 * 2^14 registers over the 64-bit fingerprints of row_keys.h; the estimate is the improved raw one of Ertl, "New cardinality
 * estimation algorithms for HyperLogLog sketches", arXiv:1702.01284 (2017), algorithm 6, which needs no tables of bias and is
 * good from 0 on. Its relative standard error is 1.04 / sqrt(2^14) = 0.8 %.
 * A register is a maximum, so the state is the same for any order, split and merging. Null and NaN as in distinct.c.
 */
#include "stats/row_keys.h"

#include <math.h>

enum { INDEX_BITS = 14, REGISTERS = 1 << INDEX_BITS, RANK_MAX = 64 - INDEX_BITS + 1 };

struct hyperloglog {
    struct moments_counts counts;
    struct memory *memory;
    struct row_keys keys;
    uint8_t *registers; /* REGISTERS of 0..RANK_MAX */
    struct buffer packed;
};

static const struct field fields[] = {
    COUNTS_FIELDS(struct hyperloglog, counts),
    {.name = "registers", .type = FIELD_BLOB, .offset = offsetof(struct hyperloglog, packed), .doc = "16384 bytes: longest run of zeros and 1"},
    {0},
};

static enum status init(void *state, const struct metric_setup *setup, struct error *err)
{
    struct hyperloglog *h = state;

    memset(h, 0, sizeof *h);
    h->memory = h->packed.memory = setup->memory;
    row_keys_init(&h->keys, setup, 1);
    h->registers = mem_alloc(h->memory, REGISTERS);
    return h->registers ? STATUS_OK : memory_error(h->memory, "an approximate count", err);
}

static void add_one(struct hyperloglog *h, uint64_t fingerprint)
{
    uint64_t rest = fingerprint << INDEX_BITS;
    uint8_t rank = (uint8_t)(rest ? __builtin_clzll(rest) + 1 : RANK_MAX);
    uint8_t *at = &h->registers[fingerprint >> (64 - INDEX_BITS)];

    if (rank > *at)
        *at = rank;
}

static enum status add(void *state, const struct metric_input *in, struct error *err)
{
    struct hyperloglog *h = state;
    struct row_keys *k = &h->keys;

    TRY(row_keys_make(k, in, err));
    counts_add(&h->counts, &k->counts);
    FOR_EACH_BIT(i, k->exact, in->n_rows)
        add_one(h, k->low[i]);
    FOR_EACH_BIT(j, k->hashed, in->n_rows)
        add_one(h, k->low[j]);
    return STATUS_OK;
}

static enum status merge(void *into, void *from, struct error *err)
{
    struct hyperloglog *a = into;
    const struct hyperloglog *b = from;

    (void)err;
    counts_add(&a->counts, &b->counts);
    for (int i = 0; i < REGISTERS; i++)
        if (b->registers[i] > a->registers[i])
            a->registers[i] = b->registers[i];
    return STATUS_OK;
}

static enum status pack(void *state, struct error *err)
{
    struct hyperloglog *h = state;

    h->packed.size = 0;
    return buffer_add(&h->packed, h->registers, REGISTERS) ? STATUS_OK : memory_error(h->memory, "an approximate count", err);
}

static enum status unpack(void *state, const struct metric_setup *setup, struct error *err)
{
    struct hyperloglog *h = state;

    (void)setup;
    if (h->packed.size != REGISTERS)
        return error_set(err, STATUS_BAD_DATA, "a saved approximate count has not its 16384 registers");
    for (int i = 0; i < REGISTERS; i++)
        if (h->packed.at[i] > RANK_MAX)
            return error_set(err, STATUS_BAD_DATA, "a register of a saved approximate count is too large");
    memcpy(h->registers, h->packed.at, REGISTERS);
    buffer_done(&h->packed);
    h->packed.memory = h->memory;
    return STATUS_OK;
}

static void done(void *state)
{
    struct hyperloglog *h = state;

    row_keys_done(&h->keys);
    mem_free(h->memory, h->registers);
    buffer_done(&h->packed);
    memset(h, 0, sizeof *h);
}

const struct metric metric_hyperloglog = {
    .name = "hyperloglog",
    .doc = "about how many distinct values",
    .state_size = sizeof(struct hyperloglog),
    .fields = fields,
    .init = init,
    .add = add,
    .merge = merge,
    .pack = pack,
    .unpack = unpack,
    .done = done,
};

/* Ertl, equations (13) and (14) of section 4: both sums end when they no longer change. */
static double sigma(double x)
{
    double power = 1, sum = x, before;

    if (x == 1)
        return INFINITY;
    do {
        x *= x;
        before = sum;
        sum += x * power;
        power += power;
    } while (sum != before);
    return sum;
}

static double tau(double x)
{
    double power = 1, sum = 1 - x, before;

    if (x == 0 || x == 1)
        return 0;
    do {
        x = sqrt(x);
        before = sum;
        power *= 0.5;
        sum -= (1 - x) * (1 - x) * power;
    } while (sum != before);
    return sum / 3;
}

int64_t hyperloglog_count(const void *state)
{
    const struct hyperloglog *h = state;
    const double m = REGISTERS;
    int64_t n[RANK_MAX + 1] = {0};
    double z;

    for (int i = 0; i < REGISTERS; i++)
        n[h->registers[i]]++;
    z = m * tau(1 - (double)n[RANK_MAX] / m);
    for (int k = RANK_MAX - 1; k >= 1; k--)
        z = 0.5 * (z + (double)n[k]);
    z += m * sigma((double)n[0] / m);
    return (int64_t)llrint(m * m / (2 * M_LN2 * z));
}

double hyperloglog_standard_error(void)
{
    return 1.04 / sqrt(REGISTERS);
}

struct moments_counts hyperloglog_counts(const void *state)
{
    return ((const struct hyperloglog *)state)->counts;
}
