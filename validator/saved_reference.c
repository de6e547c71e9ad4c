/* validator/saved_reference.c -- see saved_reference.h. */
#include "validator/saved_reference.h"

#include "readers/storage/source.h"
#include "stats/drift.h"

enum status saved_reference_open(struct arena *arena, const char *path, const struct data_roots *roots, struct memory *memory,
                                 bool *is_one, struct state_part *out, struct error *err)
{
    struct source *source;
    struct error ignored = ERROR_NONE;
    uint8_t head[STATE_MAGIC_SIZE];
    uint8_t *bytes;
    enum status status;

    *is_one = false;
    status = roots ? source_open_beneath(roots, path, memory, &source, &ignored) : source_open(path, memory, &source, &ignored);
    if (status != STATUS_OK)
        return STATUS_OK;
    if (source->size >= (int64_t)sizeof head && source_read(source, 0, head, sizeof head, &ignored) == STATUS_OK)
        *is_one = state_is_one(span_of(head, sizeof head));
    if (!*is_one) {
        source_close(source);
        return STATUS_OK;
    }
    bytes = arena_alloc(arena, (size_t)source->size);
    status = bytes ? source_read(source, 0, bytes, (size_t)source->size, err) : error_no_memory(err);
    if (status == STATUS_OK)
        status = state_part_read(arena, path, span_of(bytes, (size_t)source->size), out, err);
    source_close(source);
    if (status == STATUS_OK && strcmp(out->suite_fingerprint, SAVED_REFERENCE) != 0 &&
        strncmp(out->suite_fingerprint, SAVED_REFERENCE_1, strlen(SAVED_REFERENCE_1)) == 0)
        return error_set(err, STATUS_BAD_DATA, "it was saved by another version, whose references are not read; make it again with `assay profile DATA -o FILE`");
    if (status == STATUS_OK && strcmp(out->suite_fingerprint, SAVED_REFERENCE) != 0)
        status = error_set(err, STATUS_BAD_DATA, "these are states of the suite %s, not a reference; `assay profile DATA -o FILE` makes one",
                           out->suite);
    return status;
}

static const struct state_entry *find_entry(const struct state_part *part, struct arena *arena, int32_t column, const char *what)
{
    const char *wanted = arena_format(arena, "%d %s", column, what);

    for (int32_t i = 0; wanted && i < part->n_entries; i++)
        if (strcmp(part->entries[i].signature, wanted) == 0)
            return &part->entries[i];
    return NULL;
}

/* In the order in which it was saved; the lengths of texts are whole numbers. */
static void saved_order(struct type type, struct ordered_params *params)
{
    if (type.kind == TYPE_STRING || type.kind == TYPE_BINARY || !ordered_common(type, type, &params->as))
        params->as = (struct type){.kind = TYPE_INT64};
}

static enum status load(const struct metric *metric, const struct metric_setup *setup, struct span bytes, struct arena *arena, void **state,
                        struct error *err)
{
    *state = arena_alloc(arena, metric->state_size);
    if (!*state)
        return error_no_memory(err);
    return metric_load(metric, setup, &bytes, *state, err);
}

/* The keys of the order in which it was saved become keys of the one that is asked for, with what else that wants to know of them. */
static enum status load_ordered(const struct state_entry *entry, const struct metric_setup *wanted, struct arena *arena, void **state,
                                struct error *err)
{
    struct ordered_params saved = {0};
    struct metric_setup setup = *wanted;
    void *other;
    enum status status;

    saved_order(wanted->types[0], &saved);
    setup.params = &saved;
    TRY(load(&metric_ordered, &setup, entry->bytes, arena, &other, err));
    *state = arena_alloc(arena, metric_ordered.state_size);
    status = *state ? metric_ordered.init(*state, wanted, err) : error_no_memory(err);
    if (status == STATUS_OK) {
        status = ordered_recast(*state, other, err);
        if (status != STATUS_OK)
            metric_ordered.done(*state);
    }
    metric_ordered.done(other);
    return status;
}

enum status saved_reference_state(const struct state_part *part, struct arena *arena, int32_t column, const struct metric *metric,
                                  const struct metric_setup *setup, void **state, struct error *err)
{
    bool is_ordered = metric == &metric_ordered, wanted;
    const struct state_entry *entry = find_entry(part, arena, column, metric->name);

    if (!entry)
        return error_set(err, STATUS_NOT_FOUND, "it does not hold the %s of %s", is_ordered ? "order of the values" : "categories",
                         part->batch.schema.columns[column].name);
    TRY(is_ordered ? load_ordered(entry, setup, arena, state, err) : load(metric, setup, entry->bytes, arena, state, err));
    if (!metric->next_round || metric->next_round(*state, &wanted, err) == STATUS_OK)
        return STATUS_OK;
    metric->done(*state);
    return err->status;
}

/* --- its data --- */

/* The paths as they were named; beside the reference where `directory` is given. */
static const char **data_paths(const struct state_part *part, struct arena *arena, struct span directory)
{
    const struct batch_files *found = &part->batch.found;
    const char **paths = arena_array(arena, (size_t)found->n_files + 1, sizeof *paths);

    for (int32_t f = 0; paths && f < found->n_files; f++) {
        const char *path = found->files[f].path;

        paths[f] = directory.size == 0 || path[0] == '/' ? path : arena_format(arena, "%.*s/%s", (int)directory.size, directory.at, path);
        if (!paths[f])
            return NULL;
    }
    return paths;
}

static enum status open_data(const struct state_part *part, struct arena *arena, struct span directory, const struct data_roots *roots,
                             struct read_options *reading, struct batch *out, struct error *err)
{
    static const struct text_list none;
    const char **paths = data_paths(part, arena, directory);

    if (!paths)
        return error_no_memory(err);
    return batch_open(arena, paths, part->batch.found.n_files, &none, &none, roots, NULL, reading, out, err);
}

static enum status check_same(const struct state_part *part, struct arena *arena, const struct batch *opened, struct error *err)
{
    if (opened->found.n_files != part->batch.found.n_files || opened->schema.n_columns != part->batch.schema.n_columns)
        return error_set(err, STATUS_CHANGED, "the data are not what they were when the reference was made");
    for (int32_t f = 0; f < opened->found.n_files; f++) {
        const char *now;

        TRY(batch_fingerprint(arena, opened->tables[f]->source, &now, err));
        error_source(err, opened->found.files[f].path);
        if (!part->fingerprints[f] || strcmp(now, part->fingerprints[f]) != 0)
            return error_set(err, STATUS_CHANGED, "the file is not what it was when the reference was made");
    }
    error_clear(err);
    return STATUS_OK;
}

enum status saved_reference_data(const struct state_part *part, struct arena *arena, const struct data_roots *roots,
                                 struct read_options *reading, struct batch *out, struct error *err)
{
    const char *slash = strrchr(part->name, '/');
    struct span here = {0}, beside = span_of(part->name, slash ? (size_t)(slash - part->name) : 0);
    enum status status;

    if (part->batch.found.n_files == 0)
        return error_set(err, STATUS_NOT_FOUND, "the reference names no files");
    status = open_data(part, arena, here, roots, reading, out, err);
    if (status == STATUS_NOT_FOUND && beside.size > 0) {
        error_clear(err);
        status = open_data(part, arena, beside, roots, reading, out, err);
    }
    TRY(status);
    if (check_same(part, arena, out, err) != STATUS_OK)
        batch_close(out);
    return err->status;
}
