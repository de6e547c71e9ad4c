/* stats/tally.c -- see tally.h. Linear probing, at most three quarters full, doubled when more. */
#include "stats/tally.h"

#include <stdlib.h>

#include "kernels/kernels.h"

enum { FIRST_CAPACITY = 64, BLOCK = 32 };

static const uint64_t hash_key = 0x2545f4914f6cdd1d;

void tally_init(struct tally *t, struct memory *memory, struct type type, size_t limit)
{
    memset(t, 0, sizeof *t);
    t->memory = memory;
    t->type = type;
    t->lane = type_lane(type);
    t->limit = limit;
    arena_init(&t->arena, memory, 0);
}

void tally_done(struct tally *t)
{
    mem_free(t->memory, t->slots);
    mem_free(t->memory, t->histogram);
    arena_done(&t->arena);
    memset(t, 0, sizeof *t);
}

struct tally_key tally_key_bytes(enum tally_tag tag, struct span bytes)
{
    struct tally_key key = {.bytes = bytes, .tag = (uint8_t)tag, .is_bytes = true};

    kernels_scalar.hash_bytes_128(&bytes, 1, hash_key, &key.low, &key.high);
    key.hash = key.low + (uint64_t)tag;
    return key;
}

static struct tally_key key_number(enum tally_tag tag, uint64_t low, uint64_t high)
{
    struct tally_key key = {.low = low, .high = high, .tag = (uint8_t)tag};
    uint64_t h = low ^ high * 0x9e3779b97f4a7c15 ^ (uint64_t)tag << 56 ^ hash_key;

    h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93; /* a finaliser in line; the slot is taken from the low bits */
    h = (h ^ (h >> 32)) * 0xd6e8feb86659fd93;
    key.hash = h ^ (h >> 32);
    return key;
}

static struct tally_key key_double(double x)
{
    uint64_t bits = 0x7ff8000000000000;

    if (x == 0)
        x = 0.0;
    if (x == x)
        memcpy(&bits, &x, sizeof bits);
    return key_number(TALLY_VALUE, bits, 0);
}

static struct tally_key key_entry(const struct vector *v, int64_t at)
{
    switch (v->lane) {
    case LANE_BOOL: return key_number(TALLY_VALUE, v->boolean[at], 0);
    case LANE_I64:
    case LANE_U64: return key_number(TALLY_VALUE, v->u64[at], 0);
    case LANE_F64: return key_double(v->f64[at]);
    case LANE_I128: return key_number(TALLY_VALUE, (uint64_t)v->i128[at], (uint64_t)(v->i128[at] >> 64));
    case LANE_BYTES: return tally_key_bytes(TALLY_VALUE, v->bytes[at]);
    case LANE_NONE: break;
    }
    return key_number(TALLY_UNKNOWN, 0, 0);
}

struct tally_key tally_key_null(void)
{
    return key_number(TALLY_NULL, 0, 0);
}

struct tally_key tally_key_cell(const struct vector *v, int64_t row)
{
    if (!vector_is_valid(v, row))
        return key_number(TALLY_NULL, 0, 0);
    if (v->malformed && bit_get(v->malformed, row))
        return v->raw ? tally_key_bytes(TALLY_RAW, v->raw[row]) : key_number(TALLY_UNKNOWN, 0, 0);
    return key_entry(v, vector_position(v, row));
}

static bool is_same(const struct tally_entry *e, const struct tally_key *key)
{
    size_t shown = key->bytes.size < TALLY_PREFIX ? key->bytes.size : TALLY_PREFIX;

    if (e->hash != key->hash || e->tag != key->tag || e->low != key->low || e->high != key->high)
        return false;
    if ((e->bytes != NULL) != key->is_bytes)
        return false;
    return !key->is_bytes || (e->size == key->bytes.size && (shown == 0 || memcmp(e->bytes, key->bytes.at, shown) == 0));
}

/* The entry, or the free slot where it belongs. capacity > n. */
static struct tally_entry *slot_of(const struct tally *t, const struct tally_key *key)
{
    size_t mask = t->capacity - 1;
    size_t i = key->hash & mask;

    while (t->slots[i].count && !is_same(&t->slots[i], key))
        i = (i + 1) & mask;
    return &t->slots[i];
}

static bool grow(struct tally *t)
{
    size_t capacity = t->capacity ? t->capacity * 2 : FIRST_CAPACITY, size;
    struct tally_entry *slots;

    if (!size_mul(capacity, sizeof *slots, &size) || !(slots = mem_alloc(t->memory, size)))
        return false;
    for (size_t i = 0; i < t->capacity; i++) {
        size_t at = t->slots[i].hash & (capacity - 1);

        if (!t->slots[i].count)
            continue;
        while (slots[at].count)
            at = (at + 1) & (capacity - 1);
        slots[at] = t->slots[i];
    }
    mem_free(t->memory, t->slots);
    t->slots = slots;
    t->capacity = capacity;
    return true;
}

static void drop(struct tally *t)
{
    mem_free(t->memory, t->slots);
    t->slots = NULL;
    t->capacity = t->n = 0;
    arena_done(&t->arena);
    arena_init(&t->arena, t->memory, 0);
    t->is_over = true;
}

static enum status no_room(const struct tally *t, struct error *err)
{
    return memory_error(t->memory, "the counts of distinct values", err);
}

static enum status insert(struct tally *t, struct tally_entry *e, const struct tally_key *key, struct error *err)
{
    if (t->limit && t->n == t->limit) {
        drop(t);
        return STATUS_OK;
    }
    if (key->is_bytes) {
        e->bytes = (const uint8_t *)arena_text(&t->arena, key->bytes.at ? key->bytes.at : (const uint8_t *)"",
                                               key->bytes.size < TALLY_PREFIX ? key->bytes.size : TALLY_PREFIX);
        if (!e->bytes)
            return no_room(t, err);
    }
    e->hash = key->hash;
    e->low = key->low;
    e->high = key->high;
    e->size = key->bytes.size;
    e->tag = key->tag;
    t->n++;
    return STATUS_OK;
}

enum status tally_add(struct tally *t, const struct tally_key *key, int64_t count, struct error *err)
{
    struct tally_entry *e;

    if (t->is_over || count == 0)
        return STATUS_OK;
    if ((t->n + 1) * 4 > t->capacity * 3 && !grow(t))
        return no_room(t, err);
    e = slot_of(t, key);
    if (!e->count)
        TRY(insert(t, e, key, err));
    if (!t->is_over)
        e->count += count;
    return STATUS_OK;
}

int64_t tally_find(const struct tally *t, const struct tally_key *key)
{
    return t->capacity ? slot_of(t, key)->count : 0;
}

int64_t tally_find_hashed(const struct tally *t, uint8_t tag, uint64_t low, uint64_t high)
{
    bool is_number = tag == TALLY_VALUE && t->lane != LANE_BYTES;
    uint64_t hash = is_number ? key_number(tag, low, high).hash : low + tag;

    for (size_t i = hash & (t->capacity - 1); t->capacity && t->slots[i].count; i = (i + 1) & (t->capacity - 1)) {
        const struct tally_entry *e = &t->slots[i];

        if ((e->bytes == NULL) == is_number && e->tag == tag && e->low == low && e->high == high)
            return e->count;
    }
    return 0;
}

/* Rows that are null or malformed, one by one; the others of `rows` are left in `counted`. */
static enum status add_oddities(struct tally *t, const struct vector *v, const uint64_t *rows, uint64_t *counted, struct error *err)
{
    for (size_t w = 0; w < BITMAP_WORDS(v->n_rows); w++) {
        uint64_t plain = v->valid ? v->valid[w] : ~(uint64_t)0;

        if (v->malformed)
            plain &= ~v->malformed[w];
        counted[w] = rows[w] & plain;
        for (uint64_t left = rows[w] & ~plain; left; left &= left - 1) {
            struct tally_key key = tally_key_cell(v, (int64_t)w * 64 + __builtin_ctzll(left));

            TRY(tally_add(t, &key, 1, err));
        }
    }
    return STATUS_OK;
}

/* A dictionary's rows counted per entry first. n rows are wanted. */
static enum status add_dictionary(struct tally *t, const struct vector *v, const uint64_t *rows, int64_t n, struct error *err)
{
    bool is_all = n == v->n_rows && !v->valid && !v->malformed;
    uint64_t counted[CHUNK_MAX_ROWS / 64];
    void *histogram = t->histogram;

    if (!mem_grow(t->memory, &histogram, &t->histogram_capacity, (size_t)v->n_entries, sizeof *t->histogram))
        return no_room(t, err);
    t->histogram = histogram;
    memset(t->histogram, 0, (size_t)v->n_entries * sizeof *t->histogram);
    if (!is_all)
        TRY(add_oddities(t, v, rows, counted, err));
    kernels_get()->histogram_u32(v->index, v->n_rows, is_all ? NULL : counted, t->histogram, v->n_entries);
    for (int64_t e = 0; e < v->n_entries; e++) {
        if (t->histogram[e]) {
            struct tally_key key = key_entry(v, e);

            TRY(tally_add(t, &key, t->histogram[e], err));
        }
    }
    return STATUS_OK;
}

/* In a table that no cache holds every key costs two misses, its slot and then its bytes: those of a block of keys are waited for together. */
static enum status add_block(struct tally *t, const struct tally_key *keys, int n, struct error *err)
{
    for (int i = 0; i < n && t->capacity; i++) {
        const struct tally_entry *e = &t->slots[keys[i].hash & (t->capacity - 1)];

        if (e->bytes && e->hash == keys[i].hash)
            __builtin_prefetch(e->bytes);
    }
    for (int i = 0; i < n; i++)
        TRY(tally_add(t, &keys[i], 1, err));
    return STATUS_OK;
}

static enum status add_rows(struct tally *t, const struct vector *v, const uint64_t *rows, struct error *err)
{
    struct tally_key keys[BLOCK];
    int n = 0;

    FOR_EACH_BIT(i, rows, v->n_rows) {
        keys[n] = tally_key_cell(v, i);
        if (t->capacity) {
            const struct tally_entry *e = &t->slots[keys[n].hash & (t->capacity - 1)];

            __builtin_prefetch(e);
            __builtin_prefetch(&e->tag); /* it may end in the next line */
        }
        if (++n == BLOCK) {
            TRY(add_block(t, keys, n, err));
            n = 0;
        }
    }
    return add_block(t, keys, n, err);
}

enum status tally_add_vector(struct tally *t, const struct vector *v, const uint64_t *rows, struct error *err)
{
    int64_t n;

    if (t->is_over)
        return STATUS_OK;
    n = bitmap_count(rows, v->n_rows);
    if (v->n_nulls == v->n_rows && n) {
        struct tally_key key = key_number(TALLY_NULL, 0, 0);

        return tally_add(t, &key, n, err);
    }
    if (v->shape == SHAPE_DICTIONARY && v->n_entries < n)
        return add_dictionary(t, v, rows, n, err);
    if (v->shape == SHAPE_CONSTANT && !v->valid && !v->malformed && n) {
        struct tally_key key = key_entry(v, 0);

        return tally_add(t, &key, n, err);
    }
    return add_rows(t, v, rows, err);
}

static struct tally_key key_of(const struct tally_entry *e)
{
    return (struct tally_key){.hash = e->hash, .low = e->low, .high = e->high, .bytes = span_of(e->bytes, e->size),
                              .tag = e->tag, .is_bytes = e->bytes != NULL};
}

enum status tally_merge(struct tally *into, const struct tally *from, struct error *err)
{
    if (from->is_over && !into->is_over)
        drop(into);
    for (size_t i = 0; i < from->capacity && !into->is_over; i++) {
        if (from->slots[i].count) {
            struct tally_key key = key_of(&from->slots[i]);

            TRY(tally_add(into, &key, from->slots[i].count, err));
        }
    }
    return STATUS_OK;
}

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* Order-preserving form of a double's bits; the NaN sorts last. */
static uint64_t double_order(uint64_t bits)
{
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static int compare_wide(const struct tally_entry *a, const struct tally_entry *b)
{
    return a->high != b->high ? COMPARE((int64_t)a->high, (int64_t)b->high) : COMPARE(a->low, b->low);
}

/* Null, values, raw texts; within them numbers numerically, bytes bytewise. */
static int compare_values(const struct tally_entry *a, const struct tally_entry *b, enum lane lane)
{
    int order;

    if (a->tag != b->tag)
        return COMPARE(a->tag, b->tag);
    if (a->bytes && b->bytes) {
        struct span x = span_of(a->bytes, a->size < TALLY_PREFIX ? a->size : TALLY_PREFIX);
        struct span y = span_of(b->bytes, b->size < TALLY_PREFIX ? b->size : TALLY_PREFIX);

        order = span_compare(x, y);
        order = order ? order : COMPARE(a->size, b->size);
        return order ? order : compare_wide(a, b);
    }
    if (lane == LANE_F64)
        return COMPARE(double_order(a->low), double_order(b->low));
    if (lane == LANE_I64)
        return COMPARE((int64_t)a->low, (int64_t)b->low);
    return compare_wide(a, b);
}

struct ranked {
    const struct tally_entry *entry;
    enum lane lane;
};

static int by_value(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return compare_values(x->entry, y->entry, x->lane);
}

static int by_count(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return x->entry->count != y->entry->count ? COMPARE(y->entry->count, x->entry->count) : by_value(a, b);
}

static bool rank(const struct tally *t, int64_t least, int (*order)(const void *, const void *), struct ranked **out, size_t *n)
{
    struct ranked *ranked = mem_alloc(t->memory, (t->n + 1) * sizeof *ranked);

    *n = 0;
    *out = ranked;
    if (!ranked)
        return false;
    for (size_t i = 0; i < t->capacity; i++)
        if (t->slots[i].count >= least && t->slots[i].count)
            ranked[(*n)++] = (struct ranked){&t->slots[i], t->lane};
    qsort(ranked, *n, sizeof *ranked, order);
    return true;
}

/* An array of one, which a constant vector shows as a value of the column's type. */
struct value tally_value(const struct tally *t, const struct tally_entry *e)
{
    struct span bytes = span_of(e->bytes, e->size < TALLY_PREFIX ? e->size : TALLY_PREFIX);
    uint8_t boolean = (uint8_t)e->low;
    int128 wide = (int128)((uint128)e->high << 64 | e->low);
    struct vector one = {.type = t->type, .lane = t->lane, .shape = SHAPE_CONSTANT, .n_rows = 1, .u64 = &e->low};

    if (e->tag == TALLY_NULL)
        return (struct value){.kind = VALUE_NULL};
    if (e->tag == TALLY_RAW)
        return value_text(bytes);
    if (e->tag != TALLY_VALUE)
        return value_none();
    if (t->lane == LANE_BYTES)
        one.bytes = &bytes;
    if (t->lane == LANE_BOOL)
        one.boolean = &boolean;
    if (t->lane == LANE_I128)
        one.i128 = &wide;
    return vector_entry(&one, 0);
}

bool tally_top(const struct tally *t, struct arena *arena, int32_t limit, int64_t least, const struct top_value **out, int32_t *n)
{
    struct ranked *ranked;
    struct top_value *top = NULL;
    size_t m;
    bool ok = rank(t, least, by_count, &ranked, &m);

    if (limit && m > (size_t)limit)
        m = (size_t)limit;
    ok = ok && (top = arena_array(arena, m + 1, sizeof *top));
    for (size_t i = 0; i < m && ok; i++) {
        struct value v = tally_value(t, ranked[i].entry);

        top[i].count = ranked[i].entry->count;
        ok = value_copy(arena, &v, SAMPLE_VALUE_BYTES, &top[i].value);
    }
    mem_free(t->memory, ranked);
    *out = top;
    *n = (int32_t)m;
    return ok;
}

/* Saved: is_over (8 bytes), then per entry {tag, is_bytes, count, low, high, size} in 8 bytes each and the kept bytes. */
enum { HEAD_WORDS = 6 };

enum status tally_pack(const struct tally *t, struct buffer *out, struct error *err)
{
    struct ranked *ranked;
    uint64_t is_over = t->is_over;
    size_t n;
    bool ok = rank(t, 1, by_value, &ranked, &n) && buffer_add(out, &is_over, sizeof is_over);

    for (size_t i = 0; i < n && ok; i++) {
        const struct tally_entry *e = ranked[i].entry;
        uint64_t head[HEAD_WORDS] = {e->tag, e->bytes != NULL, (uint64_t)e->count, e->low, e->high, e->size};

        ok = buffer_add(out, head, sizeof head);
        if (ok && e->bytes)
            ok = buffer_add(out, e->bytes, e->size < TALLY_PREFIX ? e->size : TALLY_PREFIX);
    }
    mem_free(t->memory, ranked);
    return ok ? STATUS_OK : no_room(t, err);
}

static enum status unpack_entry(struct tally *t, struct span *bytes, struct error *err)
{
    uint64_t head[HEAD_WORDS];
    struct span part = {0}, kept = {0};
    struct tally_key key;

    if (!span_take(bytes, sizeof head, &part))
        return error_set(err, STATUS_BAD_DATA, "a saved tally ends within an entry");
    memcpy(head, part.at, sizeof head);
    if (head[0] < TALLY_NULL || head[0] > TALLY_UNKNOWN || head[1] > 1 || head[2] == 0 || head[2] > INT64_MAX)
        return error_set(err, STATUS_BAD_DATA, "a saved tally has an entry of kind %llu", (unsigned long long)head[0]);
    if (head[1] && !span_take(bytes, head[5] < TALLY_PREFIX ? head[5] : TALLY_PREFIX, &kept))
        return error_set(err, STATUS_BAD_DATA, "a saved tally ends within a value");
    key = head[1] ? tally_key_bytes((enum tally_tag)head[0], kept) : key_number((enum tally_tag)head[0], head[3], head[4]);
    if (head[1]) { /* of the whole value, of which only the beginning was kept */
        key.low = head[3];
        key.high = head[4];
        key.hash = key.low + head[0];
        key.bytes.size = head[5];
    }
    return tally_add(t, &key, (int64_t)head[2], err);
}

enum status tally_unpack(struct tally *t, struct span bytes, struct error *err)
{
    struct span part;
    uint64_t is_over;

    if (bytes.size == 0)
        return STATUS_OK;
    if (!span_take(&bytes, sizeof is_over, &part))
        return error_set(err, STATUS_BAD_DATA, "a saved tally is too short");
    memcpy(&is_over, part.at, sizeof is_over);
    if (is_over)
        drop(t);
    while (bytes.size && !t->is_over)
        TRY(unpack_entry(t, &bytes, err));
    return STATUS_OK;
}
