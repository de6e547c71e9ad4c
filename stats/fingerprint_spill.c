/* stats/fingerprint_spill.c -- fingerprints in the temporary file: see fingerprints.h.
 *
 * Whole sets of blocks are written at once, a partition after the other, so that a partition can be read back in long pieces. Keys lie in the
 * file as they do in blocks, repeats as struct repeat. Nothing is written where the budget has no spill.
 */
#include "stats/fingerprint_parts.h"

enum {
    SPILL_LEAST = 128 << 10, /* bytes of blocks that are worth a list of extents */
    SPILL_IN_NEED = 16 << 10,
    WORTH_GIVING_BACK = 64 << 20, /* malloc keeps what a thread frees for that thread: the next to grow is another as a rule */
};

bool fingerprints_can_spill(const struct fingerprints *f)
{
    return f->memory && f->memory->spill && f->held >= SPILL_IN_NEED;
}

bool fingerprints_should_spill(const struct fingerprints *f)
{
    return f->held >= SPILL_LEAST && memory_should_spill(f->memory);
}

/* A partition that could not be written is as it was. */
enum status fingerprints_relieve(struct fingerprints *f, struct error *err)
{
    enum status status = fingerprints_spill_blocks(f, err);

    if (status != STATUS_WRITE || !memory_can_do_without_spill(f->memory))
        return status;
    error_clear(err);
    return STATUS_OK;
}

static enum status ready(struct fingerprints *f, struct error *err)
{
    if (!f->spilled)
        f->spilled = mem_alloc(f->memory, FINGERPRINT_PARTS * sizeof *f->spilled);
    return f->spilled ? STATUS_OK : fingerprints_no_room(f, err);
}

static enum status add_extent(struct fingerprints *f, struct fingerprint_extent **list, int64_t offset, size_t n, struct error *err)
{
    struct fingerprint_extent *extent = mem_alloc(f->memory, sizeof *extent);

    if (!extent)
        return fingerprints_no_room(f, err);
    *extent = (struct fingerprint_extent){.next = *list, .offset = offset, .n = n};
    *list = extent;
    return STATUS_OK;
}

enum status fingerprints_write_extent(struct fingerprints *f, struct fingerprint_extent **list, const void *at, size_t n, size_t size,
                                      struct error *err)
{
    int64_t offset = spill_reserve(f->memory->spill, n * size);

    TRY(spill_write(f->memory->spill, offset, at, n * size, err));
    return add_extent(f, list, offset, n, err);
}

void fingerprints_free_extents(struct fingerprints *f, struct fingerprint_extent **list, size_t size)
{
    while (*list) {
        struct fingerprint_extent *next = (*list)->next;

        spill_forget(f->memory->spill, (*list)->offset, (*list)->n * size);
        mem_free(f->memory, *list);
        *list = next;
    }
}

void fingerprints_free_spilled(struct fingerprints *f)
{
    for (int p = 0; p < FINGERPRINT_PARTS && f->spilled; p++) {
        fingerprints_free_extents(f, &f->spilled[p].keys, (size_t)f->words * sizeof(uint64_t));
        fingerprints_free_extents(f, &f->spilled[p].repeats, sizeof(struct repeat));
    }
    mem_free(f->memory, f->spilled);
    f->spilled = NULL;
}

static enum status write_blocks(struct fingerprints *f, int p, int64_t *offset, struct error *err)
{
    size_t item = (size_t)f->words * sizeof(uint64_t), n = fingerprints_part_n(f, p);
    struct fingerprint_part *part = &f->part[p];
    int64_t at = *offset;

    if (n == 0)
        return STATUS_OK;
    part->last->n = fingerprints_last_n(f, p);
    for (const struct fingerprint_block *b = part->first; b; b = b->next) {
        TRY(spill_write(f->memory->spill, at, b->at, b->n * item, err));
        at += (int64_t)(b->n * item);
    }
    TRY(add_extent(f, &f->spilled[p].keys, *offset, n, err));
    f->spilled[p].n_keys += n;
    f->spilled[p].n_checked = 0;
    fingerprints_drop_blocks(f, p);
    *offset = at;
    return STATUS_OK;
}

enum status fingerprints_spill_blocks(struct fingerprints *f, struct error *err)
{
    size_t n = 0, held = f->held;
    int64_t offset;

    TRY(ready(f, err));
    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        n += fingerprints_part_n(f, p);
    offset = spill_reserve(f->memory->spill, n * (size_t)f->words * sizeof(uint64_t));
    for (int p = 0; p < FINGERPRINT_PARTS; p++)
        TRY(write_blocks(f, p, &offset, err));
    if (held >= WORTH_GIVING_BACK)
        memory_give_back();
    return STATUS_OK;
}

enum status fingerprints_spill_repeats(struct fingerprints *f, int p, struct error *err)
{
    struct fingerprint_part *part = &f->part[p];
    size_t n = 0;

    TRY(ready(f, err));
    for (size_t i = 0; i < part->repeats_capacity; i++)
        if (part->repeats[i].extra)
            part->repeats[n++] = part->repeats[i]; /* never ahead of what is read */
    if (n)
        TRY(fingerprints_write_extent(f, &f->spilled[p].repeats, part->repeats, n, sizeof *part->repeats, err));
    mem_free(f->memory, part->repeats);
    part->repeats = NULL;
    part->repeats_capacity = part->n_repeats = 0;
    f->spilled[p].has_all_repeats = f->spilled[p].is_loaded = false;
    return STATUS_OK;
}

static void join_lists(struct fingerprint_extent **into, struct fingerprint_extent **from)
{
    while (*into)
        into = &(*into)->next;
    *into = *from;
    *from = NULL;
}

enum status fingerprints_take_extents(struct fingerprints *into, struct fingerprints *from, int p, struct error *err)
{
    struct fingerprint_spilled *a, *b = &from->spilled[p];

    TRY(ready(into, err));
    a = &into->spilled[p];
    join_lists(&b->keys, &a->keys); /* the other way round: workers' lists are short, the merged one is long */
    join_lists(&b->repeats, &a->repeats);
    a->keys = b->keys;
    a->repeats = b->repeats;
    a->n_keys += b->n_keys;
    a->n_checked = 0;
    a->has_all_repeats = a->is_loaded = false;
    *b = (struct fingerprint_spilled){0};
    return STATUS_OK;
}

enum status fingerprint_pieces_next(struct fingerprint_pieces *pieces, size_t size, size_t *n, struct error *err)
{
    const struct fingerprints *f = pieces->f;
    size_t most = FINGERPRINT_PIECE * sizeof(uint64_t) / size;

    *n = 0;
    if (!pieces->extent)
        return STATUS_OK;
    if (!pieces->buffer)
        pieces->buffer = mem_alloc(f->memory, FINGERPRINT_PIECE * sizeof(uint64_t));
    if (!pieces->buffer)
        return fingerprints_no_room(f, err);
    *n = pieces->extent->n - pieces->done < most ? pieces->extent->n - pieces->done : most;
    TRY(spill_read(f->memory->spill, pieces->extent->offset + (int64_t)(pieces->done * size), pieces->buffer, *n * size, err));
    pieces->done += *n;
    if (pieces->done == pieces->extent->n) {
        pieces->extent = pieces->extent->next;
        pieces->done = 0;
    }
    return STATUS_OK;
}

static enum status add_written_repeats(struct fingerprints *f, int p, struct fingerprint_pieces *pieces, struct error *err)
{
    size_t n = 1;

    while (n > 0) {
        const struct repeat *r;

        TRY(fingerprint_pieces_next(pieces, sizeof *r, &n, err));
        r = (const struct repeat *)(const void *)pieces->buffer;
        for (size_t i = 0; i < n; i++)
            TRY(fingerprints_add_extra(f, p, r[i].key, r[i].extra, err));
    }
    return STATUS_OK;
}

enum status fingerprints_load_repeats(struct fingerprints *f, int p, struct error *err)
{
    struct fingerprint_spilled *s = f->spilled ? &f->spilled[p] : NULL;
    struct fingerprint_pieces pieces = {.f = f, .extent = s ? s->repeats : NULL};
    bool was_settling = f->is_settling;
    enum status status;

    if (!s || !s->repeats || s->is_loaded)
        return STATUS_OK;
    if (!was_settling)
        f->is_settling = true; /* what comes back must not go at once */
    status = add_written_repeats(f, p, &pieces, err);
    if (!was_settling)
        f->is_settling = false;
    mem_free(f->memory, pieces.buffer);
    s->is_loaded = status == STATUS_OK;
    return status;
}

bool fingerprints_are_loaded(const struct fingerprints *f)
{
    for (int p = 0; p < FINGERPRINT_PARTS && f->spilled; p++)
        if (f->spilled[p].repeats && !f->spilled[p].is_loaded)
            return false;
    return true;
}

enum status fingerprints_window(struct fingerprints *f, int from, int to, struct error *err)
{
    for (int p = 0; p < FINGERPRINT_PARTS && f->spilled; p++) {
        struct fingerprint_part *part = &f->part[p];

        if ((p >= from && p < to) || !f->spilled[p].is_loaded)
            continue;
        mem_free(f->memory, part->repeats);
        part->repeats = NULL;
        part->repeats_capacity = part->n_repeats = 0;
        f->spilled[p].is_loaded = false;
    }
    for (int p = from; p < to; p++)
        TRY(fingerprints_load_repeats(f, p, err));
    return STATUS_OK;
}
