/* stats/fingerprint_settle.c -- which fingerprints of a partition are equal: see fingerprints.h.
 *
 * In blocks: every fingerprint goes through a table of at least twice as many slots, new ones are written back over the
 * blocks from the front (never faster than they are read), the rest is counted, and blocks that are empty then are freed. A slot's
 * index is made of the bits below the 8 that chose the partition; linear probing. Where a partition settles at m, 8 m, 64 m
 * ..., the rounds before the last together cost a seventh of it, at 4 m a third.
 *
 * In the spill: the table takes a slice of the partition at a time, by the next bits of the fingerprint, and everything is read
 * once a slice. Most columns that go there hold no equal ones at all: so the first way through only looks, and stops at the first
 * that is equal. Then the slices are gone through again, and each writes what is different in it anew.
 */
#include "stats/fingerprint_parts.h"

#include "core/pool.h"

enum {
    AHEAD = 24,
    PARALLEL_LEAST = 1 << 16, /* fingerprints that are worth a thread */
    THREADS_MAX = 64,
    SLICE_BITS_MAX = 40,
    SLICE_TABLE_LEAST = 64 << 10, /* bytes */
};

void fingerprint_table_done(struct fingerprints *f, struct fingerprint_table *table)
{
    mem_free(f->memory, table->at);
    *table = (struct fingerprint_table){0};
}

/* All zeros, at least `least` slots and at least 2. */
static bool make_table(struct fingerprints *f, struct fingerprint_table *table, size_t least, size_t *capacity)
{
    size_t size, w = (size_t)f->words, power = 2;

    while (power < least)
        power *= 2;
    *capacity = power;
    if (!size_mul(power, w * sizeof *table->at, &size))
        return false;
    if (power <= table->capacity) {
        memset(table->at, 0, size);
        return true;
    }
    fingerprint_table_done(f, table);
    table->at = mem_alloc(f->memory, size);
    table->capacity = table->at ? power : 0;
    return table->at != NULL;
}

static inline bool insert_64(uint64_t *table, size_t capacity, int above, uint64_t key)
{
    size_t at = fingerprint_home(key, above, capacity);

    while (table[at] && table[at] != key)
        at = fingerprint_next(at, capacity);
    if (table[at])
        return false;
    table[at] = key;
    return true;
}

static inline bool insert_128(uint64_t *table, size_t capacity, int above, const uint64_t *key)
{
    size_t at = fingerprint_home(key[0], above, capacity);

    while (table[2 * at] && (table[2 * at] != key[0] || table[2 * at + 1] != key[1]))
        at = fingerprint_next(at, capacity);
    if (table[2 * at])
        return false;
    table[2 * at] = key[0];
    table[2 * at + 1] = key[1];
    return true;
}

/* --- in blocks --- */

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
static inline enum status settle_block(struct fingerprints *f, int p, const struct fingerprint_block *block, size_t n, uint64_t *table,
                                       size_t capacity, size_t w, struct cursor *to, struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t *key = block->at + i * w;

        if (i + AHEAD < n)
            __builtin_prefetch(table + fingerprint_home(key[AHEAD * w], 8, capacity) * w, 1);
        if (w == 1 ? insert_64(table, capacity, 8, *key) : insert_128(table, capacity, 8, key))
            cursor_write(to, key, w);
        else if (f->counts_repeats)
            TRY(fingerprints_add_extra(f, p, *key, 1, err));
    }
    return STATUS_OK;
}

/* When to settle again, after n turned out to be `different`. Four times is 32 bytes for each that is different should nothing but
 * repeats follow, about what a table at its emptiest takes; below 2 MiB in all it does not matter. */
static size_t limit_after(size_t n, size_t different)
{
    size_t factor = different < n - n / 8 ? 2 : different < 1024 ? 8 : 4;

    return different * factor < FINGERPRINT_SETTLE_LEAST ? FINGERPRINT_SETTLE_LEAST : different * factor;
}

enum status fingerprints_settle_blocks(struct fingerprints *f, int p, struct fingerprint_table *table, bool *has_room, struct error *err)
{
    struct fingerprint_part *part = &f->part[p];
    struct cursor to = {.block = part->first};
    size_t n = fingerprints_part_n(f, p), capacity;

    *has_room = true;
    if (n == part->n_settled)
        return STATUS_OK;
    *has_room = make_table(f, table, 2 * n, &capacity);
    if (!*has_room)
        return STATUS_OK;
    part->last->n = fingerprints_last_n(f, p);
    for (struct fingerprint_block *block = part->first; block; block = block->next)
        TRY(f->words == 1 ? settle_block(f, p, block, block->n, table->at, capacity, 1, &to, err)
                          : settle_block(f, p, block, block->n, table->at, capacity, 2, &to, err));
    part->n = to.n_before;
    to.block->n = to.n;
    fingerprints_free_blocks(f, to.block->next);
    to.block->next = NULL;
    fingerprints_open_tail(f, p, to.block);
    part->n_settled = to.n_before + to.n;
    part->limit = limit_after(n, part->n_settled);
    return STATUS_OK;
}

/* --- in slices --- */

struct slices {
    struct fingerprints *f;
    int p, bits;             /* 2^bits slices */
    uint64_t slice;          /* at hand */
    struct fingerprint_table *table;
    size_t capacity, n;      /* slots in use, and how many are taken */
    size_t n_different;      /* of all slices so far */
    bool rewrites;           /* else it only looks */
    bool has_equal;
    uint64_t *out;           /* FINGERPRINT_PIECE words, to be written */
    size_t n_out;
    struct fingerprint_extent *written;
};

static enum status flush(struct slices *s, struct error *err)
{
    size_t w = (size_t)s->f->words;

    if (s->n_out)
        TRY(fingerprints_write_extent(s->f, &s->written, s->out, s->n_out / w, w * sizeof *s->out, err));
    s->n_out = 0;
    return STATUS_OK;
}

/* Fingerprints that were made to crowd one slice need more than the even share that the table was made for. */
static enum status grow_table(struct slices *s, struct error *err)
{
    size_t w = (size_t)s->f->words, capacity = s->capacity * 2;
    struct fingerprint_table grown = {0};
    int above = 8 + s->bits;

    if (!make_table(s->f, &grown, capacity, &capacity))
        return fingerprints_no_room(s->f, err);
    for (size_t i = 0; i < s->capacity; i++) {
        const uint64_t *key = s->table->at + i * w;

        if (key[0] && w == 1)
            insert_64(grown.at, capacity, above, *key);
        else if (key[0])
            insert_128(grown.at, capacity, above, key);
    }
    fingerprint_table_done(s->f, s->table);
    *s->table = grown;
    s->capacity = capacity;
    return STATUS_OK;
}

static enum status take_key(struct slices *s, const uint64_t *key, struct error *err)
{
    int above = 8 + s->bits;
    size_t w = (size_t)s->f->words;

    if (w == 1 ? insert_64(s->table->at, s->capacity, above, *key) : insert_128(s->table->at, s->capacity, above, key)) {
        s->n_different++;
        s->n++;
        if (s->rewrites) {
            memcpy(s->out + s->n_out, key, w * sizeof *key);
            s->n_out += w;
            if (s->n_out == FINGERPRINT_PIECE)
                TRY(flush(s, err));
        }
        return s->n * 4 > s->capacity * 3 ? grow_table(s, err) : STATUS_OK;
    }
    s->has_equal = true;
    return s->rewrites && s->f->counts_repeats ? fingerprints_add_extra(s->f, s->p, *key, 1, err) : STATUS_OK;
}

static inline bool is_in_slice(const struct slices *s, uint64_t key)
{
    return s->bits == 0 || key << 8 >> (64 - s->bits) == s->slice;
}

/* take_key of n fingerprints of one word, for which there is room, when one slice is all and nothing is written: most are different. */
static void look_at_keys(struct slices *s, const uint64_t *keys, size_t n)
{
    uint64_t *table = s->table->at;
    size_t capacity = s->capacity, i = 0;

    for (; i < n; i++) {
        if (i + AHEAD < n)
            __builtin_prefetch(table + fingerprint_home(keys[i + AHEAD], 8, capacity), 1);
        if (!insert_64(table, capacity, 8, keys[i]))
            break;
    }
    s->has_equal = i < n;
    s->n += i;
    s->n_different += i;
}

static enum status take_keys(struct slices *s, const uint64_t *keys, size_t n, struct error *err)
{
    size_t w = (size_t)s->f->words;

    if (w == 1 && s->bits == 0 && !s->rewrites && !s->has_equal && (s->n + n) * 4 <= s->capacity * 3) {
        look_at_keys(s, keys, n);
        return STATUS_OK;
    }
    for (size_t i = 0; i < n && (s->rewrites || !s->has_equal); i++) {
        if (i + AHEAD < n && is_in_slice(s, keys[(i + AHEAD) * w]))
            __builtin_prefetch(s->table->at + fingerprint_home(keys[(i + AHEAD) * w], 8 + s->bits, s->capacity) * w, 1);
        if (is_in_slice(s, keys[i * w]))
            TRY(take_key(s, keys + i * w, err));
    }
    return STATUS_OK;
}

static enum status run_slice(struct slices *s, struct fingerprint_pieces *pieces, struct error *err)
{
    struct fingerprints *f = s->f;
    size_t n = 1;

    memset(s->table->at, 0, s->capacity * (size_t)f->words * sizeof *s->table->at);
    s->n = 0;
    pieces->extent = f->spilled[s->p].keys;
    pieces->done = 0;
    while (n > 0 && (s->rewrites || !s->has_equal)) {
        TRY(fingerprint_pieces_next(pieces, (size_t)f->words * sizeof(uint64_t), &n, err));
        TRY(take_keys(s, pieces->buffer, n, err));
    }
    for (const struct fingerprint_block *b = f->part[s->p].first; b; b = b->next)
        TRY(take_keys(s, b->at, b->n, err));
    return STATUS_OK;
}

static enum status run_slices(struct slices *s, struct fingerprint_pieces *pieces, struct error *err)
{
    s->n_different = 0;
    s->has_equal = false;
    for (s->slice = 0; s->slice < (uint64_t)1 << s->bits && (s->rewrites || !s->has_equal); s->slice++)
        TRY(run_slice(s, pieces, err));
    return s->rewrites ? flush(s, err) : STATUS_OK;
}

/* A table for an even share of n, in a fair share of the memory that is left. */
static enum status size_table(struct slices *s, size_t n, int n_threads, struct error *err)
{
    size_t left = memory_left(s->f->memory) / 4 / (size_t)n_threads, item = (size_t)s->f->words * sizeof(uint64_t);
    size_t most = (left > SLICE_TABLE_LEAST ? left : SLICE_TABLE_LEAST) / item / 2; /* a power of two above may be twice as much */

    while (s->bits < SLICE_BITS_MAX && 2 * n >> s->bits > most)
        s->bits++;
    return make_table(s->f, s->table, 2 * n >> s->bits, &s->capacity) ? STATUS_OK : fingerprints_no_room(s->f, err);
}

static enum status rewrite(struct slices *s, struct fingerprint_pieces *pieces, struct error *err)
{
    struct fingerprints *f = s->f;
    struct fingerprint_spilled *spilled = &f->spilled[s->p];

    s->out = mem_alloc(f->memory, FINGERPRINT_PIECE * sizeof *s->out);
    if (!s->out)
        return fingerprints_no_room(f, err);
    s->rewrites = true;
    TRY(run_slices(s, pieces, err));
    fingerprints_free_extents(f, &spilled->keys, (size_t)f->words * sizeof(uint64_t));
    spilled->keys = s->written;
    s->written = NULL;
    spilled->n_keys = s->n_different;
    fingerprints_drop_blocks(f, s->p);
    return STATUS_OK;
}

/* A partition of which something has been written, or whose table would not fit. */
static enum status settle_slices(struct fingerprints *f, int p, struct fingerprint_table *table, int n_threads, struct error *err)
{
    struct fingerprint_spilled *spilled = &f->spilled[p];
    size_t n = fingerprints_part_n(f, p) + spilled->n_keys;
    struct slices s = {.f = f, .p = p, .table = table};
    struct fingerprint_pieces pieces = {.f = f};
    enum status status;

    if (n == spilled->n_checked)
        return STATUS_OK;
    if (f->part[p].last)
        f->part[p].last->n = fingerprints_last_n(f, p);
    status = size_table(&s, n, n_threads, err);
    if (status == STATUS_OK)
        status = run_slices(&s, &pieces, err);
    if (status == STATUS_OK && s.has_equal)
        status = rewrite(&s, &pieces, err);
    fingerprints_free_extents(f, &s.written, (size_t)f->words * sizeof(uint64_t));
    mem_free(f->memory, s.out);
    mem_free(f->memory, pieces.buffer);
    if (status != STATUS_OK)
        return status;
    spilled->n_checked = s.n_different;
    f->part[p].n_settled = fingerprints_part_n(f, p);
    return STATUS_OK;
}

/* All counts of repeated ones together, then back to the spill where memory is tight. */
static enum status gather_repeats(struct fingerprints *f, int p, struct error *err)
{
    struct fingerprint_spilled *spilled = &f->spilled[p];

    if (!spilled->repeats || (spilled->has_all_repeats && (spilled->is_loaded || f->part[p].n_repeats == 0)))
        return STATUS_OK;
    TRY(fingerprints_load_repeats(f, p, err));
    fingerprints_free_extents(f, &spilled->repeats, sizeof(struct repeat));
    spilled->has_all_repeats = spilled->is_loaded = false;
    return STATUS_OK;
}

static enum status put_repeats_away(struct fingerprints *f, int p, struct error *err)
{
    struct fingerprint_part *part = &f->part[p];
    size_t n = part->n_repeats;
    int64_t n_extra = 0;

    if (n == 0 || f->spilled[p].has_all_repeats || !memory_is_tight(f->memory))
        return STATUS_OK;
    for (size_t i = 0; i < part->repeats_capacity; i++)
        n_extra += part->repeats[i].extra;
    TRY(fingerprints_spill_repeats(f, p, err));
    f->spilled[p].n_repeats = n;
    f->spilled[p].n_extra = n_extra;
    f->spilled[p].has_all_repeats = true;
    return STATUS_OK;
}

static enum status settle_part(struct fingerprints *f, int p, struct fingerprint_table *table, int n_threads, struct error *err)
{
    bool has_room = true;

    if (f->spilled)
        TRY(gather_repeats(f, p, err));
    if (!f->spilled || f->spilled[p].n_keys == 0)
        TRY(fingerprints_settle_blocks(f, p, table, &has_room, err));
    if (!has_room && !f->spilled)
        return fingerprints_no_room(f, err);
    if (!has_room || (f->spilled && f->spilled[p].n_keys))
        TRY(settle_slices(f, p, table, n_threads, err));
    return f->spilled ? put_repeats_away(f, p, err) : STATUS_OK;
}

/* --- all partitions --- */

struct settling {
    struct fingerprints *f;
    int n_threads;
    struct fingerprint_table tables[THREADS_MAX];
    struct error errors[THREADS_MAX];
    int64_t failed[THREADS_MAX]; /* the lowest partition that failed; FINGERPRINT_PARTS: none */
};

static bool settle_task(void *context, int worker, int64_t p)
{
    struct settling *s = context;
    struct error err = ERROR_NONE;

    if (settle_part(s->f, (int)p, &s->tables[worker], s->n_threads, &err) == STATUS_OK)
        return true;
    if (p < s->failed[worker]) {
        s->failed[worker] = p;
        s->errors[worker] = err;
    }
    return false;
}

static int threads_for(const struct fingerprints *f, int wanted)
{
    size_t n = 0, most;

    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        n += fingerprints_part_n(f, p) + (f->spilled ? f->spilled[p].n_keys : 0);
    most = n / PARALLEL_LEAST + 1;
    if (wanted > THREADS_MAX)
        wanted = THREADS_MAX;
    return wanted < 1 ? 1 : (size_t)wanted < most ? wanted : (int)most;
}

static enum status settle_all(struct settling *s, struct error *err)
{
    int first = -1;

    for (int i = 0; i < s->n_threads; i++)
        s->failed[i] = FINGERPRINT_PARTS;
    s->f->is_settling = true;
    pool_run(s->n_threads, FINGERPRINT_PARTS, settle_task, s);
    s->f->is_settling = false;
    for (int i = 0; i < s->n_threads; i++) {
        fingerprint_table_done(s->f, &s->tables[i]);
        if (s->failed[i] < FINGERPRINT_PARTS && (first < 0 || s->failed[i] < s->failed[first]))
            first = i;
    }
    if (first < 0)
        return STATUS_OK;
    *err = s->errors[first];
    return err->status;
}

enum status fingerprints_settle(struct fingerprints *f, int n_threads, struct error *err)
{
    struct settling *s;
    enum status status;

    fingerprint_table_done(f, &f->table);
    if (!f->spilled && f->held == 0)
        return STATUS_OK;
    if (!f->spilled && f->memory && f->memory->spill)
        f->spilled = mem_alloc(f->memory, FINGERPRINT_PARTS * sizeof *f->spilled);
    s = mem_alloc(f->memory, sizeof *s);
    if (!s)
        return fingerprints_no_room(f, err);
    s->f = f;
    s->n_threads = threads_for(f, n_threads);
    status = settle_all(s, err);
    mem_free(f->memory, s);
    return status;
}
