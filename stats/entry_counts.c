/* stats/entry_counts.c -- see entry_counts.h. */
#include "stats/entry_counts.h"

#include "kernels/kernels.h"

enum { KEPT_ENTRIES = 256 }; /* 3 KB of a column: a thousand columns may keep so much */

bool entry_counts_can(const struct vector *v)
{
    return v->shape == SHAPE_DICTIONARY && v->dictionary_id != 0 && lane_width(v->lane) == sizeof(uint64_t);
}

bool entry_counts_continues(const struct entry_counts *c, const struct vector *v)
{
    return c->dictionary_id == v->dictionary_id && c->n_rows + v->n_rows <= UINT32_MAX;
}

static enum status no_room(const struct entry_counts *c, struct error *err)
{
    return memory_error(c->memory, "the entries of a dictionary", err);
}

enum status entry_counts_start(struct entry_counts *c, const struct vector *v, struct error *err)
{
    void *entries = c->entries, *counts = c->counts;

    if (!mem_grow(c->memory, &entries, &c->entries_capacity, (size_t)v->n_entries, sizeof *c->entries))
        return no_room(c, err);
    c->entries = entries;
    if (!mem_grow(c->memory, &counts, &c->counts_capacity, (size_t)v->n_entries, sizeof *c->counts))
        return no_room(c, err);
    c->counts = counts;
    c->n_entries = v->n_entries;
    if (v->n_entries > 0) {
        memcpy(c->entries, v->u64, (size_t)v->n_entries * sizeof *c->entries);
        memset(c->counts, 0, (size_t)v->n_entries * sizeof *c->counts);
    }
    c->n_rows = 0;
    c->dictionary_id = v->dictionary_id;
    return STATUS_OK;
}

void entry_counts_add(struct entry_counts *c, const struct vector *v, const uint64_t *rows)
{
    kernels_get()->histogram_u32(v->index, v->n_rows, rows, c->counts, c->n_entries);
    c->n_rows += v->n_rows;
}

void entry_counts_clear(struct entry_counts *c)
{
    c->dictionary_id = 0;
    c->n_entries = c->n_rows = 0;
}

void entry_counts_rest(struct entry_counts *c)
{
    entry_counts_clear(c);
    if (c->entries_capacity <= KEPT_ENTRIES && c->counts_capacity <= KEPT_ENTRIES)
        return;
    mem_free(c->memory, c->entries);
    mem_free(c->memory, c->counts);
    c->entries = NULL;
    c->counts = NULL;
    c->entries_capacity = c->counts_capacity = 0;
}

void entry_counts_done(struct entry_counts *c)
{
    mem_free(c->memory, c->entries);
    mem_free(c->memory, c->counts);
    memset(c, 0, sizeof *c);
}
