/* profiles/reference.c -- a profile kept as what later batches are compared with. */
#include "profiles/profile.h"

#include "core/clock.h"
#include "validator/saved_reference.h"

/* The schema with the types that were told of the whole columns, so that a reference made of CSV is typed. */
static bool copy_schema(const struct profile *p, struct arena *arena, struct batch *out)
{
    int32_t n = p->batch.schema.n_columns;
    struct column *columns = arena_array(arena, (size_t)n + 1, sizeof *columns);

    *out = p->batch;
    out->is_typed = true;
    out->schema.columns = columns;
    for (int32_t c = 0; columns && c < n; c++) {
        columns[c] = p->batch.schema.columns[c];
        columns[c].type = p->columns[c].type;
    }
    return columns != NULL;
}

static bool fill_entries(const struct profile *p, struct arena *arena, struct state_part *part)
{
    int32_t n = p->batch.schema.n_columns;

    part->entries = arena_array(arena, (size_t)n * PROFILE_SAVED_MAX + 1, sizeof *part->entries);
    for (int32_t c = 0; part->entries && c < n; c++)
        for (int32_t i = 0; i < p->columns[c].n_saved; i++) {
            struct state_entry *e = &part->entries[part->n_entries++];

            *e = (struct state_entry){arena_format(arena, "%d %s", c, p->columns[c].saved[i].what), -1, p->columns[c].saved[i].bytes};
            if (!e->signature)
                return false;
        }
    return part->entries != NULL;
}

static enum status fill_files(const struct profile *p, struct arena *arena, struct state_part *part, struct error *err)
{
    part->fingerprints = arena_array(arena, (size_t)p->batch.found.n_files + 1, sizeof *part->fingerprints);
    if (!part->fingerprints)
        return error_no_memory(err);
    part->file_rows = p->file_rows;
    for (int32_t f = 0; f < p->batch.found.n_files; f++)
        TRY(batch_fingerprint(arena, p->batch.tables[f]->source, &part->fingerprints[f], err));
    return STATUS_OK;
}

enum status profile_reference(const struct profile *p, struct arena *arena, const char *const *paths, int32_t n_paths, struct buffer *out,
                              struct error *err)
{
    struct state_part part = {.suite = "", .suite_fingerprint = SAVED_REFERENCE, .source = paths, .n_source = n_paths,
                              .n_records = p->n_records};
    int64_t now = clock_now_nanos();
    char text[CLOCK_TEXT_SIZE];

    part.now = arena_text(arena, text, clock_print_timestamp(now / 1000000, UNIT_MILLI, true, text));
    TRY(fill_files(p, arena, &part, err));
    if (!part.now || !copy_schema(p, arena, &part.batch) || !fill_entries(p, arena, &part))
        return error_no_memory(err);
    return state_part_write(&part, out, err);
}
