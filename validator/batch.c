/* validator/batch.c -- see batch.h. */
#include "validator/batch.h"

#include "columns/cast.h"
#include "core/number.h"
#include "validator/state_file.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <xxhash.h>

/* Every file stays open from its footer to its last page, so that it cannot be replaced in between. */
static void raise_open_files(int32_t wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t)wanted + 64)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit); /* where it fails, open() says so */
}

/* Is what is no table a file that assay saved? */
static bool is_saved_state(const struct batch_file *file, const struct data_roots *roots, const struct read_options *options)
{
    struct error ignored = ERROR_NONE;
    struct source *source;
    uint8_t head[STATE_MAGIC_SIZE];
    bool is_one = false;

    if (strcmp(file->path, "-") == 0 || (roots ? source_open_beneath(roots, file->path, options->memory, &source, &ignored)
                                               : source_open(file->path, options->memory, &source, &ignored)) != STATUS_OK)
        return false;
    if (source->size >= (int64_t)sizeof head && source_read(source, 0, head, sizeof head, &ignored) == STATUS_OK)
        is_one = state_is_one(span_of(head, sizeof head));
    source_close(source);
    return is_one;
}

static enum status open_one(const struct batch_file *file, const struct data_roots *roots, struct source *body,
                            const struct read_options *options, struct table **out, struct error *err)
{
    struct source *source;
    enum status status = STATUS_OK;

    if (body) {
        source = body;
        source->cancelled = options->cancelled;
    } else if (roots) {
        status = source_open_beneath(roots, file->path, options->memory, &source, err);
    } else if (strcmp(file->path, "-") == 0) {
        status = source_from_fd(0, "-", options->temporary_directory, STDIN_MAX_BYTES, options->memory, &source, err);
    } else {
        status = source_open(file->path, options->memory, &source, err);
    }
    if (status == STATUS_OK)
        status = table_open(source, options, out, err);
    if (status == STATUS_BAD_DATA && !body && is_saved_state(file, roots, options)) {
        error_clear(err);
        status = error_set(err, STATUS_BAD_DATA, "no data, but what assay saved of some: `assay merge` takes states, matches_distribution takes a saved reference");
    }
    if (status != STATUS_OK)
        error_source(err, file->path);
    return status;
}

static enum status open_all(struct batch *batch, const struct data_roots *roots, struct source *body,
                            const struct read_options *options, struct error *err)
{
    int32_t n = batch->found.n_files;

    batch->tables = arena_array(batch->arena, (size_t)n, sizeof *batch->tables);
    if (!batch->tables) {
        if (body)
            source_close(body);
        return error_no_memory(err);
    }
    raise_open_files(n);
    for (int32_t f = 0; f < n; f++) {
        TRY(open_one(&batch->found.files[f], roots, body, options, &batch->tables[f], err));
        error_clear(err); /* a reader may have named the file in it, and what comes later is of another */
        batch->tables[f]->source->reads_ahead = n < options->n_threads;
        batch->found.files[f].path = roots_name(roots, batch->found.files[f].path); /* from here on it is only shown */
        batch->found.files[f].bytes = batch->tables[f]->source->size;
        batch->found.files[f].modified_nanos = batch->tables[f]->source->modified_nanos;
        batch->bytes += batch->tables[f]->source->size > 0 ? batch->tables[f]->source->size : 0; /* -1: it still grows */
    }
    return STATUS_OK;
}

/* A file of zero bytes says nothing about format or columns, so it agrees with all; but no writer of Parquet leaves one. */
static bool is_blank(const struct table *table)
{
    return table->source->size == 0;
}

static enum status one_format(struct batch *batch, struct error *err)
{
    const struct table *first = NULL;

    for (int32_t f = 0; f < batch->found.n_files; f++) {
        const struct table *t = batch->tables[f];

        if (!first || (is_blank(first) && !is_blank(t)))
            first = t;
    }
    for (int32_t f = 0; f < batch->found.n_files; f++)
        if (batch->tables[f]->reader != first->reader && !is_blank(batch->tables[f])) {
            error_source(err, batch->found.files[f].path);
            return error_set(err, STATUS_BAD_DATA, "a batch has one format, but this file is %s and others are %s",
                             batch->tables[f]->reader->name, first->reader->name);
        }
    for (int32_t f = 0; f < batch->found.n_files; f++)
        if (is_blank(batch->tables[f]) && !is_blank(first) && reader_is_named_parquet(batch->found.files[f].path)) {
            error_source(err, batch->found.files[f].path);
            return error_set(err, STATUS_BAD_DATA, "no Parquet file: 0 bytes; was it written to its end?");
        }
    batch->format = first->reader->name;
    batch->is_typed = first->reader->is_typed;
    batch->columns_are_independent = first->reader->columns_are_independent;
    return STATUS_OK;
}

static int32_t partition_index(const struct batch_file *file, const char *name)
{
    for (int32_t k = 0; k < file->n_keys; k++)
        if (strcmp(file->keys[k].name, name) == 0)
            return k;
    return -1;
}

static enum status add_column(struct batch *batch, const struct column *column, int32_t partition, int32_t *capacity,
                              int32_t *at, struct error *err)
{
    int32_t n = batch->schema.n_columns;

    if (n == *capacity) {
        int32_t wanted = *capacity ? 2 * *capacity : 64;
        struct column *columns = arena_array(batch->arena, (size_t)wanted, sizeof *columns);
        struct batch_column *beside = arena_array(batch->arena, (size_t)wanted, sizeof *beside);

        if (!columns || !beside)
            return error_no_memory(err);
        if (n) {
            memcpy(columns, batch->schema.columns, (size_t)n * sizeof *columns);
            memcpy(beside, batch->columns, (size_t)n * sizeof *beside);
        }
        batch->schema.columns = columns;
        batch->columns = beside;
        *capacity = wanted;
    }
    batch->schema.columns[n] = *column;
    /* The report shows the name after the table that it came from is closed. */
    batch->schema.columns[n].name = arena_text(batch->arena, column->name, strlen(column->name));
    if (column->repeated)
        batch->schema.columns[n].repeated = arena_text(batch->arena, column->repeated, strlen(column->repeated));
    if (!batch->schema.columns[n].name || (column->repeated && !batch->schema.columns[n].repeated))
        return error_no_memory(err);
    batch->columns[n] = (struct batch_column){NULL, NULL, partition};
    batch->schema.n_columns++;
    *at = n;
    return STATUS_OK;
}

static void reconcile(struct batch *batch, int32_t at, const struct column *column, int32_t file)
{
    struct column *known = &batch->schema.columns[at];
    struct type wider;
    char a[64], b[64];

    if (column->is_nullable)
        known->is_nullable = true;
    if (column->is_nested)
        known->is_nested = true;
    if (!known->repeated != !column->repeated && !batch->columns[at].conflict)
        batch->columns[at].conflict = arena_format(batch->arena, "%s is in a list in some files but not in all, see %s", known->name,
                                                   batch->found.files[file].path);
    if (!batch->is_typed || batch->columns[at].conflict)
        return;
    if (known->n_same_name != column->n_same_name) {
        batch->columns[at].conflict = arena_format(batch->arena, "which column %s is cannot be told: %s has more or fewer of that name than other files",
                                                   known->name, batch->found.files[file].path);
        return;
    }
    if (type_unify(known->type, column->type, &wider)) {
        known->type = wider;
    } else {
        type_print(known->type, a);
        type_print(column->type, b);
        batch->columns[at].conflict = arena_format(batch->arena, "%s is %s in some files but %s in %s", known->name, a, b,
                                                   batch->found.files[file].path);
    }
}

/* Open addressing over names, so that 20,000 columns in 1,000 files stay linear. */
struct name_index { int32_t *slots; size_t n_slots; };

static size_t name_hash(const char *name)
{
    uint64_t h = 1469598103934665603u;

    for (; *name; name++)
        h = (h ^ (uint8_t)*name) * 1099511628211u;
    return (size_t)(h ^ h >> 29);
}

static int32_t index_find(const struct name_index *index, const struct schema *schema, const char *name, size_t *free_at)
{
    size_t at = name_hash(name) & (index->n_slots - 1);

    for (; index->slots[at]; at = (at + 1) & (index->n_slots - 1))
        if (strcmp(schema->columns[index->slots[at] - 1].name, name) == 0)
            return index->slots[at] - 1;
    *free_at = at;
    return COLUMN_ABSENT;
}

static bool index_init(struct arena *arena, const struct batch *batch, struct name_index *index)
{
    size_t names = 64;

    for (int32_t f = 0; f < batch->found.n_files; f++)
        if ((size_t)batch->tables[f]->schema.n_columns * 2 > names)
            names = (size_t)batch->tables[f]->schema.n_columns * 2;
    for (index->n_slots = 256; index->n_slots < names * 4;)
        index->n_slots *= 2;
    index->slots = arena_array(arena, index->n_slots, sizeof *index->slots);
    return index->slots != NULL;
}

static enum status join_schemas(struct batch *batch, struct name_index *index, struct error *err)
{
    int32_t capacity = 0;

    for (int32_t f = 0; f < batch->found.n_files; f++) {
        const struct schema *schema = &batch->tables[f]->schema;

        if (is_blank(batch->tables[f]))
            continue;
        for (int32_t c = 0; c < schema->n_columns; c++) {
            size_t free_at = 0;
            int32_t at = index_find(index, &batch->schema, schema->columns[c].name, &free_at);

            if (at != COLUMN_ABSENT) {
                reconcile(batch, at, &schema->columns[c], f);
                continue;
            }
            if ((size_t)batch->schema.n_columns + 1 >= index->n_slots / 2)
                return error_set(err, STATUS_TOO_LARGE, "the files have too many different columns");
            TRY(add_column(batch, &schema->columns[c], -1, &capacity, &at, err));
            index->slots[free_at] = at + 1;
        }
    }
    for (int32_t f = 0; f < batch->found.n_files; f++)
        for (int32_t k = 0; k < batch->found.files[f].n_keys; k++) {
            struct column column = {.name = batch->found.files[f].keys[k].name, .is_nullable = true, .is_partition = true};
            size_t free_at = 0;
            int32_t at = index_find(index, &batch->schema, column.name, &free_at);

            if (at != COLUMN_ABSENT)
                continue;
            TRY(add_column(batch, &column, k, &capacity, &at, err));
            index->slots[free_at] = at + 1;
        }
    return STATUS_OK;
}

/* int64, date or string: whatever all values of the key are. */
static struct type partition_type(const struct batch *batch, int32_t column)
{
    bool ints = true, dates = true, any = false;

    for (int32_t f = 0; f < batch->found.n_files; f++) {
        const char *text = batch_partition_value(batch, f, column);
        int64_t x;

        if (!text)
            continue;
        any = true;
        ints = ints && number_parse_i64(span_text(text), &x) && !(text[0] == '0' && text[1]) && text[0] != '+';
        dates = dates && clock_parse_date(span_text(text), &x);
    }
    return (struct type){.kind = any && ints ? TYPE_INT64 : any && dates ? TYPE_DATE : TYPE_STRING};
}

/* Of columns that share a name it cannot be told which one a file lacks, not even where they may be null. */
static void note_missing(struct batch *batch, int32_t column, const char *path)
{
    struct batch_column *c = &batch->columns[column];

    if (!c->missing_in)
        c->missing_in = path;
    if (batch->schema.columns[column].n_same_name > 1 && !c->conflict)
        c->conflict = arena_format(batch->arena, "which column %s is cannot be told: %s has more or fewer of that name than other files",
                                   batch->schema.columns[column].name, path);
}

static enum status map_positions(struct batch *batch, struct name_index *index, struct error *err)
{
    int32_t n = batch->schema.n_columns;

    batch->positions = arena_array(batch->arena, (size_t)batch->found.n_files, sizeof *batch->positions);
    if (!batch->positions)
        return error_no_memory(err);
    for (int32_t f = 0; f < batch->found.n_files; f++) {
        const struct schema *schema = &batch->tables[f]->schema;
        int32_t *map = batch->positions[f] = arena_array(batch->arena, (size_t)n + 1, sizeof **batch->positions);

        if (!map)
            return error_no_memory(err);
        for (int32_t c = 0; c < n; c++)
            map[c] = COLUMN_ABSENT;
        for (int32_t c = 0; c < schema->n_columns; c++) {
            size_t free_at;
            int32_t at = index_find(index, &batch->schema, schema->columns[c].name, &free_at);

            if (at != COLUMN_ABSENT)
                map[at] = c;
        }
        for (int32_t c = 0; c < n && !is_blank(batch->tables[f]); c++)
            if (map[c] == COLUMN_ABSENT && batch->columns[c].partition < 0)
                note_missing(batch, c, batch->found.files[f].path);
    }
    for (int32_t c = 0; c < n; c++)
        if (batch->columns[c].partition >= 0)
            batch->schema.columns[c].type = partition_type(batch, c);
    return STATUS_OK;
}

static enum status find_body(struct batch *batch, struct source *body, struct error *err)
{
    batch->found.files = arena_alloc(batch->arena, sizeof *batch->found.files);
    if (batch->found.files)
        batch->found.files->path = arena_format(batch->arena, "%s", body->path);
    if (!batch->found.files || !batch->found.files->path) {
        source_close(body);
        return error_no_memory(err);
    }
    batch->found.n_files = 1;
    return STATUS_OK;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(((const struct batch_file *)a)->path, ((const struct batch_file *)b)->path);
}

enum status batch_open(struct arena *arena, const char *const *paths, int32_t n_paths, const struct text_list *partitions,
                       const struct text_list *require, const struct data_roots *roots, struct source *body,
                       const struct read_options *options, struct batch *out, struct error *err)
{
    struct name_index index;
    enum status status;

    *out = (struct batch){.arena = arena};
    status = body ? find_body(out, body, err)
                  : batch_find_beneath(arena, roots, paths, n_paths, partitions, require, &out->found, err);
    if (status == STATUS_OK && options->files_by_path && out->found.n_files > 1)
        qsort(out->found.files, (size_t)out->found.n_files, sizeof *out->found.files, compare_paths);
    if (status == STATUS_OK)
        status = open_all(out, roots, body, options, err);
    if (status == STATUS_OK)
        status = one_format(out, err);
    if (status == STATUS_OK && !index_init(arena, out, &index))
        status = error_no_memory(err);
    if (status == STATUS_OK)
        status = join_schemas(out, &index, err);
    if (status == STATUS_OK)
        status = map_positions(out, &index, err);
    if (status != STATUS_OK)
        batch_close(out);
    return status;
}

enum status batch_check_unchanged(const struct batch *batch, struct error *err)
{
    for (int32_t f = 0; f < batch->found.n_files; f++) {
        enum status status = source_check_unchanged(batch->tables[f]->source, err);

        if (status != STATUS_OK) {
            error_source(err, batch->found.files[f].path);
            return status;
        }
    }
    return STATUS_OK;
}

enum status batch_check_outputs(const struct batch *batch, const struct text_list *outputs, struct error *err)
{
    for (int32_t i = 0; i < outputs->n; i++) {
        struct stat st;

        if (stat(outputs->at[i], &st) != 0)
            continue; /* not there yet */
        for (int32_t f = 0; f < batch->found.n_files; f++) {
            const struct source *source = batch->tables[f]->source;

            if (source->device == st.st_dev && source->inode == st.st_ino)
                return error_set(err, STATUS_BAD_USAGE, "%s would be overwritten, and is part of the batch", outputs->at[i]);
        }
    }
    return STATUS_OK;
}

void batch_close(struct batch *batch)
{
    for (int32_t f = 0; batch->tables && f < batch->found.n_files; f++)
        if (batch->tables[f])
            table_close(batch->tables[f]);
    batch->tables = NULL;
}

const char *batch_partition_value(const struct batch *batch, int32_t file, int32_t column)
{
    int32_t k = partition_index(&batch->found.files[file], batch->schema.columns[column].name);

    return k < 0 ? NULL : batch->found.files[file].keys[k].value;
}

enum { FINGERPRINT_BYTES = 64 << 10 };

/* Cheap, and stable for the same bytes. */
enum status batch_fingerprint(struct arena *arena, struct source *source, const char **out, struct error *err)
{
    size_t n = source->size < FINGERPRINT_BYTES ? (size_t)source->size : FINGERPRINT_BYTES;
    uint8_t *bytes = arena_alloc(arena, 2 * FINGERPRINT_BYTES);
    XXH128_hash_t h;

    if (!bytes)
        return error_no_memory(err);
    TRY(source_read(source, 0, bytes, n, err));
    TRY(source_read(source, source->size - (int64_t)n, bytes + n, n, err));
    h = XXH3_128bits_withSeed(bytes, 2 * n, (uint64_t)source->size);
    *out = arena_format(arena, "xxh3:%016llx%016llx", (unsigned long long)h.high64, (unsigned long long)h.low64);
    return *out ? STATUS_OK : error_no_memory(err);
}
