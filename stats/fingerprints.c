/* stats/fingerprints.c -- see fingerprints.h.
 *
 * A slot's index is made of the bits below the 8 that chose the partition; linear probing, at most three quarters full.
 * Iterating a table in slot order means ascending hash order, and inserting in that order into a smaller table of the same
 * index function fills its front first: runs of probes grow quadratically. Merging therefore visits slots with an odd stride.
 */
#include "stats/fingerprints.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 16, PENDING_LEAST = 64, AHEAD = 8 };

void fingerprints_init(struct fingerprints *f, struct memory *memory, int words, bool counts_repeats)
{
    memset(f, 0, sizeof *f);
    f->memory = memory;
    f->words = words;
    f->counts_repeats = counts_repeats;
}

static void part_done(struct fingerprints *f, struct fingerprint_part *part)
{
    mem_free(f->memory, part->slots);
    mem_free(f->memory, part->repeats);
    mem_free(f->memory, part->pending);
    *part = (struct fingerprint_part){0};
}

void fingerprints_done(struct fingerprints *f)
{
    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        part_done(f, &f->part[p]);
    f->has_zero = false;
    f->zero_extra = 0;
}

void fingerprints_forget_singles(struct fingerprints *f)
{
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        mem_free(f->memory, f->part[p].slots);
        f->part[p].slots = NULL;
        f->part[p].capacity = f->part[p].n = 0;
    }
}

static inline size_t home(uint64_t key, size_t capacity)
{
    return (size_t)((key << 8) >> (__builtin_clzll(capacity) + 1)); /* log2(capacity) bits */
}

static inline size_t next(size_t at, size_t capacity)
{
    return (at + 1) & (capacity - 1);
}

static bool grow_slots(struct fingerprints *f, struct fingerprint_part *part)
{
    size_t capacity = part->capacity ? part->capacity * 2 : FIRST_CAPACITY, size, w = (size_t)f->words;
    uint64_t *slots;

    if (!size_mul(capacity, w * sizeof *slots, &size) || !(slots = mem_alloc(f->memory, size)))
        return false;
    for (size_t i = 0; i < part->capacity; i++) {
        const uint64_t *from = part->slots + i * w;
        size_t at = from[0] ? home(from[0], capacity) : 0;

        if (!from[0])
            continue;
        while (slots[at * w])
            at = next(at, capacity);
        memcpy(slots + at * w, from, w * sizeof *from);
    }
    mem_free(f->memory, part->slots);
    part->slots = slots;
    part->capacity = capacity;
    return true;
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

static enum status no_room(const struct fingerprints *f, struct error *err)
{
    return memory_error(f->memory, "the distinct values of a column", err);
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

static inline enum status add_64(struct fingerprints *f, uint64_t key, int64_t count, struct error *err)
{
    struct fingerprint_part *part = &f->part[key >> 56];
    int64_t extra = count;
    size_t at;

    if (__builtin_expect(key == 0, 0)) {
        f->zero_extra += count - !f->has_zero;
        f->has_zero = true;
        return STATUS_OK;
    }
    if (__builtin_expect((part->n + 1) * 4 > part->capacity * 3, 0) && !grow_slots(f, part))
        return no_room(f, err);
    at = home(key, part->capacity);
    while (part->slots[at] && part->slots[at] != key)
        at = next(at, part->capacity);
    if (!part->slots[at]) {
        part->slots[at] = key;
        part->n++;
        extra--;
    }
    return f->counts_repeats && extra ? add_extra(f, part, key, extra, err) : STATUS_OK;
}

/* A first word of 0 becomes 1: at 128 bits a collision that this could make is none to speak of. */
static inline enum status add_128(struct fingerprints *f, uint64_t low, uint64_t high, struct error *err)
{
    uint64_t key = low ? low : 1;
    struct fingerprint_part *part = &f->part[key >> 56];
    uint64_t *slot;
    size_t at;

    if (__builtin_expect((part->n + 1) * 4 > part->capacity * 3, 0) && !grow_slots(f, part))
        return no_room(f, err);
    at = home(key, part->capacity);
    for (slot = part->slots + 2 * at; slot[0] && (slot[0] != key || slot[1] != high); slot = part->slots + 2 * at)
        at = next(at, part->capacity);
    part->n += slot[0] == 0;
    slot[0] = key;
    slot[1] = high;
    return STATUS_OK;
}

enum status fingerprints_add_one(struct fingerprints *f, uint64_t low, uint64_t high, int64_t count, struct error *err)
{
    return f->words == 1 ? add_64(f, low, count, err) : add_128(f, low, high, err);
}

static inline void prefetch(const struct fingerprints *f, const struct fingerprint_part *part, uint64_t key)
{
    __builtin_prefetch(part->slots + home(key, part->capacity) * (size_t)f->words, 1);
}

/* The table has at least PENDING_LEAST entries, so it is there. */
static enum status settle_part(struct fingerprints *f, struct fingerprint_part *part, struct error *err)
{
    size_t w = (size_t)f->words;

    for (size_t i = 0; i < part->n_pending; i++) {
        const uint64_t *key = part->pending + i * w;

        if (i + AHEAD < part->n_pending)
            prefetch(f, part, key[AHEAD * w]);
        TRY(fingerprints_add_one(f, key[0], w == 2 ? key[1] : 0, 1, err));
    }
    part->n_pending = 0;
    return STATUS_OK;
}

enum status fingerprints_settle(struct fingerprints *f, struct error *err)
{
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        struct fingerprint_part *part = &f->part[p];

        TRY(settle_part(f, part, err));
        mem_free(f->memory, part->pending);
        part->pending = NULL;
        part->pending_capacity = 0;
    }
    return STATUS_OK;
}

static enum status make_pending_room(struct fingerprints *f, struct fingerprint_part *part, struct error *err)
{
    void *pending = part->pending;
    bool grown;

    if (part->n_pending >= part->n)
        return settle_part(f, part, err);
    grown = mem_grow(f->memory, &pending, &part->pending_capacity, part->n_pending + PENDING_LEAST,
                     (size_t)f->words * sizeof *part->pending);
    part->pending = pending;
    return grown ? STATUS_OK : no_room(f, err);
}

static inline enum status put(struct fingerprints *f, uint64_t low, uint64_t high, struct error *err)
{
    uint64_t key = low || f->words == 1 ? low : 1;
    struct fingerprint_part *part = &f->part[key >> 56];

    if (part->n < PENDING_LEAST || key == 0)
        return fingerprints_add_one(f, key, high, 1, err);
    if (part->n_pending == part->pending_capacity)
        TRY(make_pending_room(f, part, err));
    if (f->words == 1) {
        part->pending[part->n_pending++] = key;
    } else {
        part->pending[2 * part->n_pending] = key;
        part->pending[2 * part->n_pending++ + 1] = high;
    }
    return STATUS_OK;
}

enum status fingerprints_add(struct fingerprints *f, const uint64_t *low, const uint64_t *high, int64_t n, const uint64_t *rows,
                             struct error *err)
{
    for (int64_t base = 0; base < n; base += 64) {
        for (uint64_t left = rows[base >> 6]; left; left &= left - 1) {
            int64_t i = base + __builtin_ctzll(left);

            TRY(put(f, low[i], high ? high[i] : 0, err));
        }
    }
    return STATUS_OK;
}

static const size_t stride = (size_t)0x9e3779b97f4a7c15; /* odd: visits every slot of a power of 2 */

static enum status merge_part(struct fingerprints *into, struct fingerprints *from, struct fingerprint_part *part, struct error *err)
{
    size_t at = 0;

    for (size_t i = 0; i < part->capacity; i++, at = (at + stride) & (part->capacity - 1)) {
        const uint64_t *slot = part->slots + at * (size_t)from->words;

        if (slot[0])
            TRY(fingerprints_add_one(into, slot[0], from->words == 2 ? slot[1] : 0, 1, err));
    }
    at = 0;
    for (size_t i = 0; i < part->repeats_capacity; i++, at = (at + stride) & (part->repeats_capacity - 1)) {
        const struct repeat *r = &part->repeats[at];

        if (r->extra)
            TRY(add_extra(into, &into->part[r->key >> 56], r->key, r->extra, err));
    }
    return STATUS_OK;
}

/* A partition that is empty on one side changes hands. */
static bool take_part(struct fingerprints *into, struct fingerprints *from, int p)
{
    struct fingerprint_part *part = &into->part[p];

    if (into->memory != from->memory || part->n || part->n_repeats || part->n_pending)
        return false;
    part_done(into, part);
    *part = from->part[p];
    from->part[p] = (struct fingerprint_part){0};
    return true;
}

enum status fingerprints_merge(struct fingerprints *into, struct fingerprints *from, struct error *err)
{
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        if (take_part(into, from, p))
            continue;
        TRY(settle_part(into, &into->part[p], err));
        TRY(settle_part(from, &from->part[p], err));
        TRY(merge_part(into, from, &from->part[p], err));
        part_done(from, &from->part[p]);
    }
    if (from->has_zero)
        TRY(add_64(into, 0, from->zero_extra + 1, err));
    from->has_zero = false;
    from->zero_extra = 0;
    return STATUS_OK;
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

static bool contains(const struct fingerprints *f, const struct fingerprint_part *part, const uint64_t *key)
{
    size_t w = (size_t)f->words, at = part->capacity ? home(key[0], part->capacity) : 0;

    while (part->capacity && part->slots[at * w]) {
        if (memcmp(part->slots + at * w, key, w * sizeof *key) == 0)
            return true;
        at = next(at, part->capacity);
    }
    return false;
}

/* Waiting fingerprints that are new, each once. Their order means nothing, so they may be sorted where they are. */
static size_t count_new(const struct fingerprints *f, const struct fingerprint_part *part)
{
    size_t w = (size_t)f->words, n = 0;

    if (part->n_pending)
        qsort(part->pending, part->n_pending, w * sizeof *part->pending, w == 1 ? compare_words : compare_pairs);
    for (size_t i = 0; i < part->n_pending; i++) {
        const uint64_t *key = part->pending + i * w;

        n += (i == 0 || memcmp(key, key - w, w * sizeof *key) != 0) && !contains(f, part, key);
    }
    return n;
}

int64_t fingerprints_count(const struct fingerprints *f)
{
    int64_t n = f->has_zero;

    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        n += (int64_t)(f->part[p].n + count_new(f, &f->part[p]));
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

/* Saved: {words, has_zero, zero_extra}, n slots, slots ascending, n repeats, repeats ascending; 8 bytes each. Partitions
 * are in the order of their keys, so sorting each sorts all. */
static bool pack_slots(const struct fingerprints *f, struct buffer *out)
{
    size_t w = (size_t)f->words;

    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        const struct fingerprint_part *part = &f->part[p];
        size_t start = out->size, n = part->n;

        for (size_t i = 0; i < part->capacity; i++)
            if (part->slots[i * w] && !buffer_add(out, part->slots + i * w, w * sizeof(uint64_t)))
                return false;
        if (n)
            qsort(out->at + start, n, w * sizeof(uint64_t), w == 1 ? compare_words : compare_pairs);
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
    if (buffer_add(out, head, sizeof head) && pack_slots(f, out) && buffer_add(out, &n_repeats, sizeof n_repeats) &&
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

/* Saved keys ascend, so they are visited with a stride as well. */
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
    return unpack_items(f, &bytes, 2, true, err);
}
