/* stats/fingerprints.c -- see fingerprints.h.
 *
 * Settling a partition: every fingerprint goes through a table of at least four times as many slots, new ones are written back over the
 * blocks from the front (never faster than they are read), the rest is counted, and blocks that are empty then are freed. A slot's
 * index is made of the bits below the 8 that chose the partition; linear probing. Where a partition settles at m, 8 m, 64 m
 * ..., the rounds before the last together cost a seventh of it, at 4 m a third.
 *
 * Iterating a table in slot order means ascending hash order, and inserting in that order into a smaller table of the same
 * index function fills its front first: runs of probes grow quadratically. The table of a partition is therefore made as large as
 * it has to be before the first goes in; the repeats of a merge and of a saved state are visited with an odd stride.
 */
#include "stats/fingerprints.h"

#include <stdlib.h>

enum {
    FIRST_CAPACITY = 16,
    BLOCK_LEAST = 16,
    BLOCK_MOST = 1024,  /* 8 KiB: half a block is lost in each partition on average, 1 MiB beside at least as much of data */
    SETTLE_LEAST = 128,
    AHEAD = 8,
};

void fingerprints_init(struct fingerprints *f, struct memory *memory, int words, bool counts_repeats)
{
    memset(f, 0, sizeof *f);
    f->memory = memory;
    f->words = words;
    f->counts_repeats = counts_repeats;
    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        f->part[p].limit = SETTLE_LEAST;
}

static void free_blocks(struct fingerprints *f, struct fingerprint_block *block)
{
    while (block) {
        struct fingerprint_block *next = block->next;

        mem_free(f->memory, block);
        block = next;
    }
}

static void drop_table(struct fingerprints *f)
{
    mem_free(f->memory, f->table);
    f->table = NULL;
    f->table_capacity = 0;
}

void fingerprints_forget_singles(struct fingerprints *f)
{
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        struct fingerprint_part *part = &f->part[p];

        free_blocks(f, part->first);
        part->first = part->last = NULL;
        part->n = part->n_settled = 0;
        f->tail[p] = (struct fingerprint_tail){0};
    }
    drop_table(f);
}

void fingerprints_done(struct fingerprints *f)
{
    fingerprints_forget_singles(f);
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        mem_free(f->memory, f->part[p].repeats);
        f->part[p] = (struct fingerprint_part){.limit = SETTLE_LEAST};
    }
    f->has_zero = false;
    f->zero_extra = 0;
}

static inline size_t home(uint64_t key, size_t capacity)
{
    return (size_t)((key << 8) >> (__builtin_clzll(capacity) + 1)); /* log2(capacity) bits */
}

static inline size_t next(size_t at, size_t capacity)
{
    return (at + 1) & (capacity - 1);
}

static enum status no_room(const struct fingerprints *f, struct error *err)
{
    return memory_error(f->memory, "the distinct values of a column", err);
}

static bool grow_repeats(struct fingerprints *f, struct fingerprint_part *part)
{
    size_t capacity = part->repeats_capacity ? part->repeats_capacity * 2 : FIRST_CAPACITY, size;
    struct repeat *repeats;

    if (!size_mul(capacity, sizeof *repeats, &size) || !(repeats = mem_alloc(f->memory, size)))
        return false;
    for (size_t i = 0; i < part->repeats_capacity; i++) {
        const struct repeat *from = &part->repeats[i];
        size_t at = from->extra ? home(from->key, capacity) : 0;

        if (!from->extra)
            continue;
        while (repeats[at].extra)
            at = next(at, capacity);
        repeats[at] = *from;
    }
    mem_free(f->memory, part->repeats);
    part->repeats = repeats;
    part->repeats_capacity = capacity;
    return true;
}

static enum status add_extra(struct fingerprints *f, struct fingerprint_part *part, uint64_t key, int64_t extra, struct error *err)
{
    size_t at;

    if ((part->n_repeats + 1) * 4 > part->repeats_capacity * 3 && !grow_repeats(f, part))
        return no_room(f, err);
    at = home(key, part->repeats_capacity);
    while (part->repeats[at].extra && part->repeats[at].key != key)
        at = next(at, part->repeats_capacity);
    part->n_repeats += part->repeats[at].extra == 0;
    part->repeats[at].key = key;
    part->repeats[at].extra += extra;
    return STATUS_OK;
}

/* The last block's n, from where its tail stands. */
static size_t last_n(const struct fingerprints *f, int p)
{
    return (size_t)(f->tail[p].at - f->part[p].last->at) / (size_t)f->words;
}

static size_t part_n(const struct fingerprints *f, int p)
{
    return f->part[p].last ? f->part[p].n + last_n(f, p) : 0;
}

/* Makes `block` the last, which holds block->n. */
static void open_tail(struct fingerprints *f, int p, struct fingerprint_block *block)
{
    size_t w = (size_t)f->words;

    f->part[p].last = block;
    f->tail[p] = (struct fingerprint_tail){block->at + block->n * w, block->at + block->capacity * w};
}

/* A table of zeros with at least 4 n slots, so that most stand in the first they come to, and at least 2: a shift by 64 is undefined. */
static bool make_table(struct fingerprints *f, size_t n, size_t *capacity)
{
    size_t size, w = (size_t)f->words, power = 2;

    while (power / 4 < n)
        power *= 2;
    *capacity = power;
    if (!size_mul(power, w * sizeof *f->table, &size))
        return false;
    if (power <= f->table_capacity) {
        memset(f->table, 0, size);
        return true;
    }
    drop_table(f);
    f->table = mem_alloc(f->memory, size);
    f->table_capacity = f->table ? power : 0;
    return f->table != NULL;
}

static inline bool insert_64(uint64_t *table, size_t capacity, uint64_t key)
{
    size_t at = home(key, capacity);

    while (table[at] && table[at] != key)
        at = next(at, capacity);
    if (table[at])
        return false;
    table[at] = key;
    return true;
}

static inline bool insert_128(uint64_t *table, size_t capacity, const uint64_t *key)
{
    size_t at = home(key[0], capacity);

    while (table[2 * at] && (table[2 * at] != key[0] || table[2 * at + 1] != key[1]))
        at = next(at, capacity);
    if (table[2 * at])
        return false;
    table[2 * at] = key[0];
    table[2 * at + 1] = key[1];
    return true;
}

/* Where the next different fingerprint is written. */
struct cursor {
    struct fingerprint_block *block;
    size_t n;        /* in the block so far */
    size_t n_before; /* in the blocks before it */
};

static void cursor_step(struct cursor *to)
{
    to->block->n = to->n;
    to->n_before += to->n;
    to->block = to->block->next;
    to->n = 0;
}

static inline void cursor_write(struct cursor *to, const uint64_t *key, size_t w)
{
    uint64_t *at;

    if (to->n == to->block->capacity)
        cursor_step(to);
    at = to->block->at + to->n++ * w;
    at[0] = key[0];
    if (w == 2)
        at[1] = key[1];
}

/* A block's fingerprints through the table; n is what it holds, as it may be written to meanwhile. w is a constant to the compiler. */
static inline enum status settle_block(struct fingerprints *f, struct fingerprint_part *part, const struct fingerprint_block *block,
                                       size_t n, size_t capacity, size_t w, struct cursor *to, struct error *err)
{
    uint64_t *table = f->table;

    for (size_t i = 0; i < n; i++) {
        const uint64_t *key = block->at + i * w;

        if (i + AHEAD < n)
            __builtin_prefetch(table + home(key[AHEAD * w], capacity) * w, 1);
        if (w == 1 ? insert_64(table, capacity, *key) : insert_128(table, capacity, key))
            cursor_write(to, key, w);
        else if (f->counts_repeats)
            TRY(add_extra(f, part, *key, 1, err));
    }
    return STATUS_OK;
}

/* When to settle again, after n turned out to be `different`. Four times is 32 bytes for each that is different should nothing but
 * repeats follow, about what a table at its emptiest takes; below 2 MiB in all it does not matter. */
static size_t limit_after(size_t n, size_t different)
{
    size_t factor = different < n - n / 8 ? 2 : different < BLOCK_MOST ? 8 : 4;

    return different * factor < SETTLE_LEAST ? SETTLE_LEAST : different * factor;
}

static enum status settle_part(struct fingerprints *f, int p, struct error *err)
{
    struct fingerprint_part *part = &f->part[p];
    struct cursor to = {.block = part->first};
    size_t n = part_n(f, p), capacity;

    if (n == part->n_settled)
        return STATUS_OK;
    if (!make_table(f, n, &capacity))
        return no_room(f, err);
    part->last->n = last_n(f, p);
    for (struct fingerprint_block *block = part->first; block; block = block->next)
        TRY(f->words == 1 ? settle_block(f, part, block, block->n, capacity, 1, &to, err)
                          : settle_block(f, part, block, block->n, capacity, 2, &to, err));
    part->n = to.n_before;
    to.block->n = to.n;
    free_blocks(f, to.block->next);
    to.block->next = NULL;
    open_tail(f, p, to.block);
    part->n_settled = to.n_before + to.n;
    part->limit = limit_after(n, part->n_settled);
    return STATUS_OK;
}

enum status fingerprints_settle(struct fingerprints *f, struct error *err)
{
    enum status status = STATUS_OK;

    for (int p = 0; p < FINGERPRINT_PARTS && status == STATUS_OK; p++)
        status = settle_part(f, p, err);
    drop_table(f);
    return status;
}

static struct fingerprint_block *new_block(struct fingerprints *f, size_t n_before)
{
    size_t capacity = n_before < BLOCK_LEAST ? BLOCK_LEAST : n_before < BLOCK_MOST ? n_before : BLOCK_MOST;
    struct fingerprint_block *block = mem_alloc(f->memory, sizeof *block + capacity * (size_t)f->words * sizeof *block->at);

    if (block)
        block->capacity = capacity;
    return block;
}

/* A tail that is not at its end. */
static enum status make_room(struct fingerprints *f, int p, struct error *err)
{
    struct fingerprint_part *part = &f->part[p];
    struct fingerprint_block *block;

    if (part_n(f, p) >= part->limit) {
        TRY(settle_part(f, p, err));
        if (f->tail[p].at < f->tail[p].end)
            return STATUS_OK;
    }
    block = new_block(f, part_n(f, p));
    if (!block)
        return no_room(f, err);
    if (part->last) {
        part->last->n = last_n(f, p);
        part->n += part->last->n;
        part->last->next = block;
    } else {
        part->first = block;
    }
    open_tail(f, p, block);
    return STATUS_OK;
}

static inline enum status put_64(struct fingerprints *f, uint64_t key, struct error *err)
{
    struct fingerprint_tail *tail = &f->tail[key >> 56];

    if (__builtin_expect(key == 0, 0)) {
        f->zero_extra += f->has_zero;
        f->has_zero = true;
        return STATUS_OK;
    }
    if (__builtin_expect(tail->at == tail->end, 0))
        TRY(make_room(f, (int)(key >> 56), err));
    *tail->at++ = key;
    return STATUS_OK;
}

/* A first word of 0 becomes 1: at 128 bits a collision that this could make is none to speak of. */
static inline enum status put_128(struct fingerprints *f, uint64_t low, uint64_t high, struct error *err)
{
    uint64_t key = low ? low : 1;
    struct fingerprint_tail *tail = &f->tail[key >> 56];

    if (__builtin_expect(tail->at == tail->end, 0))
        TRY(make_room(f, (int)(key >> 56), err));
    *tail->at++ = key;
    *tail->at++ = high;
    return STATUS_OK;
}

enum status fingerprints_add_one(struct fingerprints *f, uint64_t low, uint64_t high, int64_t count, struct error *err)
{
    if (f->words == 2)
        return put_128(f, low, high, err);
    TRY(put_64(f, low, err));
    if (low == 0)
        f->zero_extra += count - 1;
    else if (f->counts_repeats && count > 1)
        return add_extra(f, &f->part[low >> 56], low, count - 1, err);
    return STATUS_OK;
}

enum status fingerprints_add(struct fingerprints *f, const uint64_t *low, const uint64_t *high, int64_t n, const uint64_t *rows,
                             struct error *err)
{
    for (int64_t base = 0; base < n; base += 64) {
        for (uint64_t left = rows[base >> 6]; left; left &= left - 1) {
            int64_t i = base + __builtin_ctzll(left);

            TRY(f->words == 1 ? put_64(f, low[i], err) : put_128(f, low[i], high[i], err));
        }
    }
    return STATUS_OK;
}

static const size_t stride = (size_t)0x9e3779b97f4a7c15; /* odd: visits every slot of a power of 2 */

static enum status merge_repeats(struct fingerprints *into, struct fingerprints *from, int p, struct error *err)
{
    struct fingerprint_part *a = &into->part[p], *b = &from->part[p];
    size_t at = 0;

    if (!a->n_repeats && into->memory == from->memory) {
        mem_free(into->memory, a->repeats);
        a->repeats = b->repeats;
        a->repeats_capacity = b->repeats_capacity;
        a->n_repeats = b->n_repeats;
    } else {
        for (size_t i = 0; i < b->repeats_capacity; i++, at = (at + stride) & (b->repeats_capacity - 1))
            if (b->repeats[at].extra)
                TRY(add_extra(into, a, b->repeats[at].key, b->repeats[at].extra, err));
        mem_free(from->memory, b->repeats);
    }
    b->repeats = NULL;
    b->repeats_capacity = b->n_repeats = 0;
    return STATUS_OK;
}

/* Links the other side's blocks behind. */
static void take_blocks(struct fingerprints *into, struct fingerprints *from, int p)
{
    struct fingerprint_part *a = &into->part[p], *b = &from->part[p];

    if (!b->last)
        return;
    b->last->n = last_n(from, p);
    if (a->last) {
        a->last->n = last_n(into, p);
        a->n += a->last->n + b->n;
        a->last->next = b->first;
    } else {
        a->first = b->first;
        a->n = b->n;
        a->n_settled = b->n_settled;
        a->limit = b->limit;
    }
    open_tail(into, p, b->last);
    b->first = b->last = NULL;
    b->n = b->n_settled = 0;
    from->tail[p] = (struct fingerprint_tail){0};
}

/* Of another budget, so that they cannot change hands. */
static enum status copy_blocks(struct fingerprints *into, struct fingerprints *from, int p, struct error *err)
{
    size_t w = (size_t)from->words;

    if (from->part[p].last)
        from->part[p].last->n = last_n(from, p);
    for (struct fingerprint_block *b = from->part[p].first; b; b = b->next)
        for (size_t i = 0; i < b->n; i++)
            TRY(w == 1 ? put_64(into, b->at[i], err) : put_128(into, b->at[2 * i], b->at[2 * i + 1], err));
    return STATUS_OK;
}

enum status fingerprints_merge(struct fingerprints *into, struct fingerprints *from, struct error *err)
{
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        TRY(merge_repeats(into, from, p, err));
        if (into->memory == from->memory)
            take_blocks(into, from, p);
        else
            TRY(copy_blocks(into, from, p, err));
        if (part_n(into, p) >= into->part[p].limit)
            TRY(settle_part(into, p, err));
    }
    if (from->has_zero) {
        into->zero_extra += from->zero_extra + into->has_zero;
        into->has_zero = true;
    }
    fingerprints_done(from);
    return STATUS_OK;
}

int64_t fingerprints_count(const struct fingerprints *f)
{
    int64_t n = f->has_zero;

    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        n += (int64_t)f->part[p].n_settled;
    return n;
}

int64_t fingerprints_extra(const struct fingerprints *f, uint64_t low)
{
    const struct fingerprint_part *part = &f->part[low >> 56];
    size_t at;

    if (low == 0)
        return f->zero_extra;
    if (!part->n_repeats)
        return 0;
    at = home(low, part->repeats_capacity);
    while (part->repeats[at].extra && part->repeats[at].key != low)
        at = next(at, part->repeats_capacity);
    return part->repeats[at].extra;
}

void fingerprints_repeated(const struct fingerprints *f, int64_t *n_groups, int64_t *n_extra)
{
    *n_groups = f->zero_extra > 0;
    *n_extra = f->zero_extra;
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        *n_groups += (int64_t)f->part[p].n_repeats;
        for (size_t i = 0; i < f->part[p].repeats_capacity; i++)
            *n_extra += f->part[p].repeats[i].extra;
    }
}

bool fingerprints_are_empty(const struct fingerprints *f)
{
    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        if (f->part[p].first || f->part[p].n_repeats)
            return false;
    return !f->has_zero;
}

bool fingerprints_are_unique(const struct fingerprints *f)
{
    size_t n_repeats = f->zero_extra > 0;

    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        n_repeats += f->part[p].n_repeats;
    return n_repeats == 0;
}

void fingerprints_list(const struct fingerprints *f, struct repeat *out)
{
    size_t n = 0;

    if (f->zero_extra)
        out[n++] = (struct repeat){0, f->zero_extra};
    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        for (size_t i = 0; i < f->part[p].repeats_capacity; i++)
            if (f->part[p].repeats[i].extra)
                out[n++] = f->part[p].repeats[i];
}

static int compare_words(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (x[0] > y[0]) - (x[0] < y[0]);
}

static int compare_pairs(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return x[0] != y[0] ? (x[0] > y[0]) - (x[0] < y[0]) : (x[1] > y[1]) - (x[1] < y[1]);
}

/* Saved: {words, has_zero, zero_extra}, n fingerprints, ascending, n repeats, ascending; 8 bytes each. Partitions are in the
 * order of their keys, so sorting each sorts all. */
static bool pack_blocks(const struct fingerprints *f, struct buffer *out)
{
    size_t w = (size_t)f->words;

    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        const struct fingerprint_part *part = &f->part[p];
        size_t start = out->size;

        for (const struct fingerprint_block *b = part->first; b; b = b->next)
            if (!buffer_add(out, b->at, (b == part->last ? last_n(f, p) : b->n) * w * sizeof *b->at))
                return false;
        if (part->n_settled)
            qsort(out->at + start, part->n_settled, w * sizeof(uint64_t), w == 1 ? compare_words : compare_pairs);
    }
    return true;
}

static bool pack_repeats(const struct fingerprints *f, struct buffer *out)
{
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        const struct fingerprint_part *part = &f->part[p];
        size_t start = out->size;

        for (size_t i = 0; i < part->repeats_capacity; i++)
            if (part->repeats[i].extra && !buffer_add(out, &part->repeats[i], sizeof part->repeats[i]))
                return false;
        if (part->n_repeats)
            qsort(out->at + start, part->n_repeats, sizeof(struct repeat), compare_words);
    }
    return true;
}

enum status fingerprints_pack(struct fingerprints *f, struct buffer *out, struct error *err)
{
    uint64_t head[4] = {(uint64_t)f->words, f->has_zero, (uint64_t)f->zero_extra, 0};
    uint64_t n_repeats = 0;

    TRY(fingerprints_settle(f, err));
    head[3] = (uint64_t)fingerprints_count(f) - f->has_zero;
    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        n_repeats += f->part[p].n_repeats;
    if (buffer_add(out, head, sizeof head) && pack_blocks(f, out) && buffer_add(out, &n_repeats, sizeof n_repeats) &&
        pack_repeats(f, out))
        return STATUS_OK;
    return no_room(f, err);
}

static bool take_words(struct span *bytes, uint64_t *out, size_t n)
{
    struct span part;

    if (!span_take(bytes, n * sizeof *out, &part))
        return false;
    memcpy(out, part.at, n * sizeof *out);
    return true;
}

/* Saved keys ascend, so they are visited with a stride. */
static enum status unpack_items(struct fingerprints *f, struct span *bytes, size_t width, bool are_repeats, struct error *err)
{
    uint64_t n = 0, item[2] = {0, 0};
    struct span all;
    size_t size, power = 1, at = 0;

    if (!take_words(bytes, &n, 1) || !size_mul(n, width * sizeof(uint64_t), &size) || !span_take(bytes, size, &all))
        return error_set(err, STATUS_BAD_DATA, "a saved set of fingerprints is cut short");
    while (power < n)
        power *= 2;
    for (size_t i = 0; i < power; i++, at = (at + stride) & (power - 1)) {
        if (at >= n)
            continue;
        memcpy(item, all.at + at * width * sizeof(uint64_t), width * sizeof(uint64_t));
        if (!are_repeats)
            TRY(fingerprints_add_one(f, item[0], item[1], 1, err));
        else if (item[0] == 0 || (int64_t)item[1] <= 0)
            return error_set(err, STATUS_BAD_DATA, "a saved set of fingerprints counts a value %lld times", (long long)item[1]);
        else
            TRY(add_extra(f, &f->part[item[0] >> 56], item[0], (int64_t)item[1], err));
    }
    return STATUS_OK;
}

enum status fingerprints_unpack(struct fingerprints *f, struct span bytes, struct error *err)
{
    uint64_t head[3];

    if (bytes.size == 0)
        return STATUS_OK;
    if (!take_words(&bytes, head, 3) || head[0] != (uint64_t)f->words || head[1] > 1 || head[2] > INT64_MAX)
        return error_set(err, STATUS_BAD_DATA, "a saved set of fingerprints is of another kind");
    f->has_zero = head[1];
    f->zero_extra = (int64_t)head[2];
    TRY(unpack_items(f, &bytes, (size_t)f->words, false, err));
    TRY(unpack_items(f, &bytes, 2, true, err));
    return fingerprints_settle(f, err);
}
