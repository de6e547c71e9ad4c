/* stats/fingerprints.c -- see fingerprints.h: adding, merging and figures.
 *
 * Iterating a table in slot order means ascending hash order, and inserting in that order into a smaller table of the same
 * index function fills its front first: runs of probes grow quadratically. The repeats of a merge and of a saved state are therefore visited
 * with an odd stride.
 */
#include "stats/fingerprint_parts.h"

enum {
    FIRST_CAPACITY = 16,
    BLOCK_LEAST = 16,
    BLOCK_MOST = 1024,  /* 8 KiB: half a block is lost in each partition on average, 1 MiB beside at least as much of data */
    REPEATS_WORTH_WRITING = 1024,
};

void fingerprints_init(struct fingerprints *f, struct memory *memory, int words, bool counts_repeats)
{
    memset(f, 0, sizeof *f);
    f->memory = memory;
    f->words = words;
    f->counts_repeats = counts_repeats;
    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        f->part[p].limit = FINGERPRINT_SETTLE_LEAST;
}

static size_t block_bytes(const struct fingerprints *f, size_t capacity)
{
    return sizeof(struct fingerprint_block) + capacity * (size_t)f->words * sizeof(uint64_t);
}

void fingerprints_free_blocks(struct fingerprints *f, struct fingerprint_block *block)
{
    while (block) {
        struct fingerprint_block *next = block->next;

        f->held -= block_bytes(f, block->capacity);
        mem_free(f->memory, block);
        block = next;
    }
}

void fingerprints_drop_blocks(struct fingerprints *f, int p)
{
    struct fingerprint_part *part = &f->part[p];

    fingerprints_free_blocks(f, part->first);
    part->first = part->last = NULL;
    part->n = part->n_settled = 0;
    part->limit = FINGERPRINT_SETTLE_LEAST;
    f->tail[p] = (struct fingerprint_tail){0};
}

void fingerprints_forget_singles(struct fingerprints *f)
{
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        fingerprints_drop_blocks(f, p);
        if (f->spilled) {
            fingerprints_free_extents(f, &f->spilled[p].keys, (size_t)f->words * sizeof(uint64_t));
            f->spilled[p].n_keys = f->spilled[p].n_checked = 0;
        }
    }
    fingerprint_table_done(f, &f->table);
}

void fingerprints_done(struct fingerprints *f)
{
    fingerprints_forget_singles(f);
    fingerprints_free_spilled(f);
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        mem_free(f->memory, f->part[p].repeats);
        f->part[p] = (struct fingerprint_part){.limit = FINGERPRINT_SETTLE_LEAST};
    }
    f->has_zero = false;
    f->zero_extra = 0;
}

enum status fingerprints_no_room(const struct fingerprints *f, struct error *err)
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
        size_t at = from->extra ? fingerprint_home(from->key, 8, capacity) : 0;

        if (!from->extra)
            continue;
        while (repeats[at].extra)
            at = fingerprint_next(at, capacity);
        repeats[at] = *from;
    }
    mem_free(f->memory, part->repeats);
    part->repeats = repeats;
    part->repeats_capacity = capacity;
    return true;
}

/* Room for one more in the table of repeats. Counts can wait in the spill, where a key may stand more than once, but while its partition
 * settles. */
static enum status room_for_repeat(struct fingerprints *f, int p, struct error *err)
{
    struct fingerprint_part *part = &f->part[p];

    if ((part->n_repeats + 1) * 4 <= part->repeats_capacity * 3)
        return STATUS_OK;
    if (!f->is_settling && part->n_repeats >= REPEATS_WORTH_WRITING && memory_is_tight(f->memory))
        TRY(fingerprints_spill_repeats(f, p, err));
    return (part->n_repeats + 1) * 4 <= part->repeats_capacity * 3 || grow_repeats(f, part) ? STATUS_OK : fingerprints_no_room(f, err);
}

enum status fingerprints_add_extra(struct fingerprints *f, int p, uint64_t key, int64_t extra, struct error *err)
{
    struct fingerprint_part *part = &f->part[p];
    size_t at;

    TRY(room_for_repeat(f, p, err));
    at = fingerprint_home(key, 8, part->repeats_capacity);
    while (part->repeats[at].extra && part->repeats[at].key != key)
        at = fingerprint_next(at, part->repeats_capacity);
    part->n_repeats += part->repeats[at].extra == 0;
    part->repeats[at].key = key;
    part->repeats[at].extra += extra;
    return STATUS_OK;
}

size_t fingerprints_last_n(const struct fingerprints *f, int p)
{
    return (size_t)(f->tail[p].at - f->part[p].last->at) / (size_t)f->words;
}

size_t fingerprints_part_n(const struct fingerprints *f, int p)
{
    return f->part[p].last ? f->part[p].n + fingerprints_last_n(f, p) : 0;
}

void fingerprints_open_tail(struct fingerprints *f, int p, struct fingerprint_block *block)
{
    size_t w = (size_t)f->words;

    f->part[p].last = block;
    f->tail[p] = (struct fingerprint_tail){block->at + block->n * w, block->at + block->capacity * w};
}

static struct fingerprint_block *new_block(struct fingerprints *f, size_t n_before)
{
    size_t capacity = n_before < BLOCK_LEAST ? BLOCK_LEAST : n_before < BLOCK_MOST ? n_before : BLOCK_MOST;
    struct fingerprint_block *block = mem_alloc(f->memory, block_bytes(f, capacity));

    if (block) {
        block->capacity = capacity;
        f->held += block_bytes(f, capacity);
    }
    return block;
}

static void append_block(struct fingerprints *f, int p, struct fingerprint_block *block)
{
    struct fingerprint_part *part = &f->part[p];

    if (part->last) {
        part->last->n = fingerprints_last_n(f, p);
        part->n += part->last->n;
        part->last->next = block;
    } else {
        part->first = block;
    }
    fingerprints_open_tail(f, p, block);
}

/* A tail that is not at its end. */
static enum status make_room(struct fingerprints *f, int p, struct error *err)
{
    struct fingerprint_block *block;
    bool has_room = true;

    if (fingerprints_should_spill(f))
        TRY(fingerprints_relieve(f, err));
    if (fingerprints_part_n(f, p) >= f->part[p].limit) {
        TRY(fingerprints_settle_blocks(f, p, &f->table, &has_room, err));
        if (!has_room && !fingerprints_can_spill(f))
            return fingerprints_no_room(f, err);
        if (has_room && f->tail[p].at < f->tail[p].end)
            return STATUS_OK;
    }
    block = has_room ? new_block(f, fingerprints_part_n(f, p)) : NULL;
    if (!block && fingerprints_can_spill(f)) {
        TRY(fingerprints_spill_blocks(f, err));
        block = new_block(f, 0);
    }
    if (!block)
        return fingerprints_no_room(f, err);
    append_block(f, p, block);
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

enum status fingerprints_put(struct fingerprints *f, uint64_t low, uint64_t high, struct error *err)
{
    return f->words == 1 ? put_64(f, low, err) : put_128(f, low, high, err);
}

enum status fingerprints_add_one(struct fingerprints *f, uint64_t low, uint64_t high, int64_t count, struct error *err)
{
    TRY(fingerprints_put(f, low, high, err));
    if (f->words == 2)
        return STATUS_OK;
    if (low == 0)
        f->zero_extra += count - 1;
    else if (f->counts_repeats && count > 1)
        return fingerprints_add_extra(f, (int)(low >> 56), low, count - 1, err);
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
                TRY(fingerprints_add_extra(into, p, b->repeats[at].key, b->repeats[at].extra, err));
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
    b->last->n = fingerprints_last_n(from, p);
    if (a->last) {
        a->last->n = fingerprints_last_n(into, p);
        a->n += a->last->n + b->n;
        a->last->next = b->first;
    } else {
        a->first = b->first;
        a->n = b->n;
        a->n_settled = b->n_settled;
        a->limit = b->limit;
    }
    fingerprints_open_tail(into, p, b->last);
    b->first = b->last = NULL;
    b->n = b->n_settled = 0;
    from->tail[p] = (struct fingerprint_tail){0};
}

static enum status copy_spilled(struct fingerprints *into, struct fingerprints *from, int p, struct error *err)
{
    struct fingerprint_pieces pieces = {.f = from, .extent = from->spilled[p].keys};
    size_t w = (size_t)from->words, n = 1;
    enum status status = STATUS_OK;

    while (n > 0 && status == STATUS_OK) {
        status = fingerprint_pieces_next(&pieces, w * sizeof(uint64_t), &n, err);
        for (size_t i = 0; i < n && status == STATUS_OK; i++)
            status = fingerprints_put(into, pieces.buffer[w * i], w == 2 ? pieces.buffer[2 * i + 1] : 0, err);
    }
    mem_free(from->memory, pieces.buffer);
    return status;
}

/* Of another budget, so that they cannot change hands. */
static enum status copy_blocks(struct fingerprints *into, struct fingerprints *from, int p, struct error *err)
{
    size_t w = (size_t)from->words;

    if (from->part[p].last)
        from->part[p].last->n = fingerprints_last_n(from, p);
    for (struct fingerprint_block *b = from->part[p].first; b; b = b->next)
        for (size_t i = 0; i < b->n; i++)
            TRY(fingerprints_put(into, b->at[w * i], w == 2 ? b->at[2 * i + 1] : 0, err));
    if (from->spilled)
        TRY(copy_spilled(into, from, p, err));
    return STATUS_OK;
}

static enum status merge_part(struct fingerprints *into, struct fingerprints *from, int p, struct error *err)
{
    bool has_room = true;

    if (into->memory != from->memory && from->spilled)
        TRY(fingerprints_load_repeats(from, p, err));
    TRY(merge_repeats(into, from, p, err));
    if (into->memory != from->memory)
        return copy_blocks(into, from, p, err);
    take_blocks(into, from, p);
    if (from->spilled)
        TRY(fingerprints_take_extents(into, from, p, err));
    if (fingerprints_part_n(into, p) >= into->part[p].limit)
        TRY(fingerprints_settle_blocks(into, p, &into->table, &has_room, err)); /* without room it can wait */
    return STATUS_OK;
}

enum status fingerprints_merge(struct fingerprints *into, struct fingerprints *from, struct error *err)
{
    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        TRY(merge_part(into, from, p, err));
    if (into->memory == from->memory) {
        into->held += from->held;
        from->held = 0;
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
        n += (int64_t)(f->spilled && f->spilled[p].n_keys ? f->spilled[p].n_checked : f->part[p].n_settled);
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
    at = fingerprint_home(low, 8, part->repeats_capacity);
    while (part->repeats[at].extra && part->repeats[at].key != low)
        at = fingerprint_next(at, part->repeats_capacity);
    return part->repeats[at].extra;
}

void fingerprints_fetch_extra(const struct fingerprints *f, uint64_t low)
{
    const struct fingerprint_part *part = &f->part[low >> 56];

    if (part->n_repeats)
        __builtin_prefetch(&part->repeats[fingerprint_home(low, 8, part->repeats_capacity)]);
}

static bool has_written_repeats(const struct fingerprints *f, int p)
{
    return f->spilled && f->spilled[p].has_all_repeats;
}

size_t fingerprints_part_repeats(const struct fingerprints *f, int p)
{
    return (p == 0 && f->zero_extra > 0) + (has_written_repeats(f, p) ? f->spilled[p].n_repeats : f->part[p].n_repeats);
}

void fingerprints_repeated(const struct fingerprints *f, int64_t *n_groups, int64_t *n_extra)
{
    *n_groups = 0;
    *n_extra = f->zero_extra;
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        *n_groups += (int64_t)fingerprints_part_repeats(f, p);
        if (has_written_repeats(f, p))
            *n_extra += f->spilled[p].n_extra;
        else
            for (size_t i = 0; i < f->part[p].repeats_capacity; i++)
                *n_extra += f->part[p].repeats[i].extra;
    }
}

bool fingerprints_are_empty(const struct fingerprints *f)
{
    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        if (f->part[p].first || f->part[p].n_repeats || (f->spilled && (f->spilled[p].keys || f->spilled[p].repeats)))
            return false;
    return !f->has_zero;
}

bool fingerprints_are_unique(const struct fingerprints *f)
{
    size_t n_repeats = 0;

    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        n_repeats += fingerprints_part_repeats(f, p);
    return n_repeats == 0;
}

static enum status list_written(const struct fingerprints *f, int p, struct repeat *out, size_t *n, struct error *err)
{
    struct fingerprint_pieces pieces = {.f = f, .extent = f->spilled[p].repeats};
    enum status status = STATUS_OK;

    for (size_t got = 1; got > 0 && status == STATUS_OK; *n += got) {
        status = fingerprint_pieces_next(&pieces, sizeof *out, &got, err);
        if (status == STATUS_OK && got)
            memcpy(out + *n, pieces.buffer, got * sizeof *out);
    }
    mem_free(f->memory, pieces.buffer);
    return status;
}

enum status fingerprints_list(const struct fingerprints *f, struct repeat *out, struct error *err)
{
    size_t n = 0;

    if (f->zero_extra)
        out[n++] = (struct repeat){0, f->zero_extra};
    for (int p = 0; p < FINGERPRINT_PARTS; p++) {
        if (has_written_repeats(f, p)) {
            TRY(list_written(f, p, out, &n, err));
            continue;
        }
        for (size_t i = 0; i < f->part[p].repeats_capacity; i++)
            if (f->part[p].repeats[i].extra)
                out[n++] = f->part[p].repeats[i];
    }
    return STATUS_OK;
}
