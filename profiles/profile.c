/* profiles/profile.c -- the rounds over a batch: see profile.h.
 *
 * Columns are measured in groups, a group by one worker from its first round to its last, so no state is shared. A group
 * is one column where the reader can read columns apart, else up to CELL_GROUP columns, which bounds the memory for a CSV of
 * 100,000 columns at the price of reading it several times.
 */
#include "profiles/profile.h"

#include "core/number.h"
#include "core/pool.h"
#include "profiles/measure.h"
#include "readers/cells.h"
#include "readers/csv/csv.h"
#include "readers/text.h"

enum { CELL_GROUP = 256, LISTS_MAX = 256 /* of cell readers: each is a scan of its own */ };

struct worker { struct arena scratch, *results; };

struct making {
    struct profile *profile;
    const struct profile_options *options;
    struct read_options reading;
    struct arena *arena;
    struct cell_classes *classes; /* cell readers, beside the columns */
    struct digest cells;
    struct worker *workers;
    const char *lists[LISTS_MAX]; /* of cell readers, by their paths */
    int32_t list_file[LISTS_MAX]; /* the last file that was read for it, from 1 */
    int32_t n_lists;
    int32_t *starts; /* of each group, the first column; one more at the end */
    int32_t n_groups;
    struct error **errors; /* one a group, NULL: none */
    atomic_bool is_out_of_memory; /* not even for an error */
};

/* --- the first pass over text: types, damage, digest of the cells --- */

/* The header's cells as they are in the file: names of columns may have been changed to be unique. */
static enum status digest_header(struct making *m, const struct table *table, struct error *err)
{
    struct csv_lexer lexer = {.dialect = ((const struct csv_table *)table)->dialect, .capacity = table->schema.n_columns};
    struct span header = ((const struct csv_table *)table)->header_text;
    size_t room = header.size;
    uint8_t *text = arena_alloc(m->arena, room + WINDOW_PADDING), *cell = arena_alloc(m->arena, room + 1);

    lexer.fields = arena_array(m->arena, (size_t)lexer.capacity + 1, sizeof *lexer.fields);
    if (!text || !cell || !lexer.fields)
        return error_no_memory(err);
    memcpy(text, header.at, room);
    if (!csv_lexer_view(&lexer, span_of(text, room), true) || csv_lexer_next(&lexer) != CSV_RECORD) {
        csv_lexer_done(&lexer);
        return error_no_memory(err);
    }
    for (int32_t i = 0; i < lexer.record.n_fields && i < lexer.capacity; i++) {
        const struct csv_field *f = &lexer.fields[i];
        struct span s = span_of(text + f->at, f->size);

        if (f->has_doubled)
            s = span_of(cell, csv_unescape(&lexer.dialect, f, s.at, cell));
        digest_cell(&m->cells, s);
    }
    digest_add(&m->cells, "\n", 1);
    csv_lexer_done(&lexer);
    return STATUS_OK;
}

static void digest_records(struct making *m, const struct chunk *chunk)
{
    for (int64_t row = 0; row < chunk->n_rows; row++) {
        for (int32_t c = 0; c < chunk->n_vectors; c++)
            digest_cell(&m->cells, chunk->vectors[c].raw ? chunk->vectors[c].raw[row] : span_of(NULL, 0));
        digest_add(&m->cells, "\n", 1);
    }
}

/* want_of: by column of the file, -1 for those that were not asked for. */
static void classify_chunk(struct making *m, int32_t file, const int32_t *want_of, const struct chunk *chunk)
{
    const struct batch *batch = &m->profile->batch;

    for (int32_t c = 0; c < batch->schema.n_columns; c++) {
        int32_t at = batch->positions[file][c];

        if (at != COLUMN_ABSENT && want_of[at] >= 0)
            cell_classes_add_vector(&m->classes[c], &chunk->vectors[want_of[at]], &batch->tables[file]->schema.columns[at]);
    }
}

static bool wants_cells_digest(const struct making *m)
{
    return m->options->wants_digest && m->profile->batch.found.n_files == 1 && strcmp(m->profile->batch.format, "csv") == 0;
}

static void note_damage(struct making *m, int32_t file, const struct damage *damage)
{
    if (!damage)
        return;
    damage_merge(&m->profile->damage[file], damage);
    m->profile->n_damaged += damage->n_records;
    m->profile->n_records += damage->n_total;
}

static bool same_list(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

static bool has_null_words(const struct table *table) { return ((const struct csv_table *)table)->n_null_words > 0; }

/* The cells of a file of which the reader takes some words for null, and hands out no text of theirs: once more, without the words. */
static enum status digest_cells(struct making *m, struct table *table, const struct want *wants, struct error *err)
{
    struct csv_table *csv = (struct csv_table *)table;
    int32_t n_null_words = csv->n_null_words;
    enum status status = STATUS_OK;
    struct scan *scan;
    struct chunk chunk;

    csv->n_null_words = 0;
    for (int32_t unit = 0; unit < table->n_units && status == STATUS_OK; unit++) {
        status = table->reader->scan_open(table, unit, wants, table->schema.n_columns, 0, &scan, err);
        if (status != STATUS_OK)
            break;
        while ((status = table->reader->scan_next(scan, &chunk, err)) == STATUS_OK && chunk.n_rows > 0)
            digest_records(m, &chunk);
        table->reader->scan_close(scan);
    }
    csv->n_null_words = n_null_words;
    return status;
}

/* One unit's rows (list NULL), or the entries of a list in it. */
static enum status classify_unit(struct making *m, int32_t file, int32_t unit, const char *list, const struct want *wants,
                                 int32_t n_wants, const int32_t *want_of, struct error *err)
{
    struct table *table = m->profile->batch.tables[file];
    struct scan *scan;
    struct chunk chunk;
    enum status status;

    TRY(table->reader->scan_open(table, unit, wants, n_wants, 0, &scan, err));
    while ((status = table->reader->scan_next(scan, &chunk, err)) == STATUS_OK && chunk.n_rows > 0) {
        m->profile->file_rows[file] += list ? 0 : chunk.n_rows;
        classify_chunk(m, file, want_of, &chunk);
        if (wants_cells_digest(m) && !has_null_words(table))
            digest_records(m, &chunk);
    }
    if (status == STATUS_OK && !list && table->reader->scan_damage)
        note_damage(m, file, table->reader->scan_damage(scan));
    table->reader->scan_close(scan);
    return status;
}

static enum status classify_list(struct making *m, int32_t file, const char *list, struct want *wants, int32_t *want_of,
                                 struct error *err)
{
    struct table *table = m->profile->batch.tables[file];
    int32_t n_wants = 0;

    for (int32_t c = 0; c < table->schema.n_columns; c++) {
        want_of[c] = same_list(table->schema.columns[c].repeated, list) ? n_wants : -1;
        if (want_of[c] >= 0)
            wants[n_wants++] = (struct want){c, {.kind = TYPE_STRING}, NEED_VALUES};
    }
    for (int32_t unit = 0; unit < table->n_units; unit++)
        TRY(classify_unit(m, file, unit, list, wants, n_wants, want_of, err));
    return STATUS_OK;
}

/* Has the file a list of this name that no column before this one is of? Lists beyond LISTS_MAX are not measured. */
static bool is_new_list(struct making *m, int32_t file, const char *list)
{
    int32_t i = 0;

    while (i < m->n_lists && strcmp(m->lists[i], list) != 0)
        i++;
    if (i == LISTS_MAX)
        return false;
    if (i == m->n_lists)
        m->lists[m->n_lists++] = list;
    if (m->list_file[i] == file + 1)
        return false;
    m->list_file[i] = file + 1;
    return true;
}

static bool is_measured_list(const struct making *m, const char *list)
{
    int32_t i = 0;

    while (i < m->n_lists && strcmp(m->lists[i], list) != 0)
        i++;
    return i < m->n_lists;
}

static enum status classify_file(struct making *m, int32_t file, struct error *err)
{
    struct table *table = m->profile->batch.tables[file];
    const struct column *columns = table->schema.columns;
    int32_t n = table->schema.n_columns;
    struct want *wants = arena_array(m->arena, (size_t)n + 1, sizeof *wants);
    int32_t *want_of = arena_array(m->arena, (size_t)n + 1, sizeof *want_of);

    if (!wants || !want_of)
        return error_no_memory(err);
    if (wants_cells_digest(m) && ((const struct csv_table *)table)->has_header)
        TRY(digest_header(m, table, err));
    TRY(classify_list(m, file, NULL, wants, want_of, err));
    if (wants_cells_digest(m) && has_null_words(table))
        TRY(digest_cells(m, table, wants, err));
    for (int32_t c = 0; c < n; c++)
        if (columns[c].repeated && is_new_list(m, file, columns[c].repeated))
            TRY(classify_list(m, file, columns[c].repeated, wants, want_of, err));
    return STATUS_OK;
}

static enum status classify(struct making *m, struct error *err)
{
    struct profile *p = m->profile;
    char hex[65];

    m->classes = arena_array(m->arena, (size_t)p->batch.schema.n_columns + 1, sizeof *m->classes);
    p->damage = arena_array(m->arena, (size_t)p->batch.found.n_files, sizeof *p->damage);
    if (!m->classes || !p->damage)
        return error_no_memory(err);
    digest_init(&m->cells);
    for (int32_t f = 0; f < p->batch.found.n_files; f++)
        if (classify_file(m, f, err) != STATUS_OK) {
            error_source(err, p->batch.found.files[f].path);
            return err->status;
        }
    if (!wants_cells_digest(m))
        return STATUS_OK;
    digest_hex(&m->cells, hex);
    p->cells_sha256 = arena_text(m->arena, hex, strlen(hex));
    return p->cells_sha256 ? STATUS_OK : error_no_memory(err);
}

/* --- columns --- */

static void count_rows(struct making *m)
{
    struct profile *p = m->profile;

    for (int32_t f = 0; f < p->batch.found.n_files; f++) {
        const struct table *table = p->batch.tables[f];

        for (int32_t unit = 0; p->batch.is_typed && unit < table->n_units; unit++)
            p->file_rows[f] += table->reader->unit_rows(table, unit);
        p->n_rows += p->file_rows[f];
    }
}

static void describe(struct making *m, int32_t c)
{
    const struct batch *batch = &m->profile->batch;
    const struct column *from = &batch->schema.columns[c];
    struct profile_column *to = &m->profile->columns[c];

    *to = (struct profile_column){.name = from->name, .physical_type = from->physical_type, .logical_type = from->logical_type,
                                  .type = from->type, .is_nested = from->is_nested, .element_count = -1, .null_count = -1,
                                  .nan_count = -1, .distinct_count = -1};
    if (!batch->is_typed && batch->columns[c].partition < 0 && from->type.kind != TYPE_NESTED)
        to->type = cell_classes_type(&m->classes[c]);
    if (!batch->is_typed && from->repeated && !is_measured_list(m, from->repeated))
        to->note = "of one list too many: not measured";
    else if (batch->columns[c].conflict)
        to->note = batch->columns[c].conflict;
}

/* --- one group --- */

/* What a file has of a group: wants for the columns that it holds, constants for the others. */
struct view {
    int32_t file, first, n;
    struct want *wants;
    int32_t n_wants;
    int32_t *want_of;          /* per column of the group, -1: a constant */
    struct vector constant;
    struct span constant_text;
    int64_t constant_number;
};

static const uint64_t no_row[CHUNK_MAX_ROWS / 64];

/* A partition key or a missing column: the same for all rows of the file. */
static const struct vector *constant_vector(const struct making *m, struct view *v, int32_t c, int64_t n_rows)
{
    const struct batch *batch = &m->profile->batch;
    struct type type = m->profile->columns[c].type;
    const char *text = batch->columns[c].partition >= 0 ? batch_partition_value(batch, v->file, c) : NULL;

    v->constant_text = span_text(text ? text : "");
    v->constant_number = 0;
    v->constant = (struct vector){.type = type, .lane = type_lane(type), .shape = SHAPE_CONSTANT, .n_entries = 1, .n_rows = n_rows};
    v->constant.values = v->constant.lane == LANE_BYTES ? (const void *)&v->constant_text : &v->constant_number;
    if (!text) {
        v->constant.valid = no_row;
        v->constant.n_nulls = n_rows;
    } else if (type.kind == TYPE_DATE) {
        (void)clock_parse_date(v->constant_text, &v->constant_number);
    } else if (v->constant.lane == LANE_I64) {
        (void)number_parse_i64(v->constant_text, &v->constant_number);
    }
    return &v->constant;
}

static enum status view_init(const struct making *m, struct view *v, int32_t file, int32_t first, int32_t n,
                             struct arena *arena, struct error *err)
{
    const struct batch *batch = &m->profile->batch;

    *v = (struct view){.file = file, .first = first, .n = n};
    v->wants = arena_array(arena, (size_t)n + 1, sizeof *v->wants);
    v->want_of = arena_array(arena, (size_t)n + 1, sizeof *v->want_of);
    if (!v->wants || !v->want_of)
        return error_no_memory(err);
    for (int32_t i = 0; i < n; i++) {
        const struct profile_column *c = &m->profile->columns[first + i];
        int32_t at = batch->positions[file][first + i];
        enum need need = type_lane(c->type) == LANE_NONE ? NEED_NULLS : NEED_VALUES;

        v->want_of[i] = -1;
        if (at == COLUMN_ABSENT || c->note)
            continue;
        v->want_of[i] = v->n_wants;
        v->wants[v->n_wants++] = (struct want){at, c->type, need};
    }
    return STATUS_OK;
}

static enum status add_chunk(const struct making *m, struct measure *measures, struct view *v, const struct chunk *chunk,
                             struct arena *results, struct error *err)
{
    for (int32_t i = 0; i < v->n; i++) {
        const struct profile_column *c = &m->profile->columns[v->first + i];
        const struct vector *vector;

        if (c->note)
            continue;
        vector = v->want_of[i] >= 0 ? &chunk->vectors[v->want_of[i]] : constant_vector(m, v, v->first + i, chunk->n_rows);
        if (measure_add(&measures[i], vector, v->file, chunk->first_row, results, err) != STATUS_OK) {
            error_column(err, c->name);
            return err->status;
        }
    }
    return STATUS_OK;
}

/* A file that holds none of the group's columns is only counted through; a list that it lacks has no entries. */
static enum status count_through(const struct making *m, struct measure *measures, struct view *v, struct arena *results,
                                 struct error *err)
{
    if (m->profile->batch.schema.columns[v->first].repeated)
        return STATUS_OK; /* a group of its own */
    for (int64_t left = m->profile->file_rows[v->file]; left > 0; left -= CHUNK_MAX_ROWS) {
        struct chunk chunk = {.n_rows = left < CHUNK_MAX_ROWS ? left : CHUNK_MAX_ROWS};

        TRY(add_chunk(m, measures, v, &chunk, results, err));
    }
    return STATUS_OK;
}

static enum status scan_unit(const struct making *m, struct measure *measures, struct view *v, int32_t unit,
                             struct arena *results, struct error *err)
{
    struct table *table = m->profile->batch.tables[v->file];
    struct scan *scan;
    struct chunk chunk;
    enum status status;

    TRY(table->reader->scan_open(table, unit, v->wants, v->n_wants, 0, &scan, err));
    while ((status = table->reader->scan_next(scan, &chunk, err)) == STATUS_OK && chunk.n_rows > 0)
        if ((status = add_chunk(m, measures, v, &chunk, results, err)) != STATUS_OK)
            break;
    table->reader->scan_close(scan);
    return status;
}

static enum status scan_file(const struct making *m, struct measure *measures, struct view *v, struct arena *results,
                             struct error *err)
{
    const struct batch *batch = &m->profile->batch;
    enum status status = STATUS_OK;

    if (v->n_wants == 0)
        return count_through(m, measures, v, results, err);
    for (int32_t unit = 0; status == STATUS_OK && unit < batch->tables[v->file]->n_units; unit++)
        status = scan_unit(m, measures, v, unit, results, err);
    if (status != STATUS_OK) {
        error_source(err, batch->found.files[v->file].path);
        if (v->n_wants == 1)
            error_column(err, m->profile->columns[v->first].name);
    }
    return status;
}

static enum status run_rounds(const struct making *m, struct measure *measures, int32_t first, int32_t n,
                              struct worker *worker, struct error *err)
{
    bool again = true;

    while (again) {
        for (int32_t f = 0; f < m->profile->batch.found.n_files; f++) {
            struct view v;

            TRY(view_init(m, &v, f, first, n, &worker->scratch, err));
            TRY(scan_file(m, measures, &v, worker->results, err));
        }
        again = false;
        for (int32_t i = 0; i < n; i++) {
            bool wanted = false;

            if (m->profile->columns[first + i].note)
                continue;
            TRY(measure_next_round(&measures[i], &wanted, err));
            again = again || wanted;
        }
    }
    return STATUS_OK;
}

static int wants(const struct profile_options *o)
{
    return (o->wants_digest ? MEASURE_DIGEST : 0) | (o->wants_reference ? MEASURE_FOR_REFERENCE : 0);
}

static enum status measure_group(const struct making *m, struct measure *measures, int32_t first, int32_t n,
                                 struct worker *worker, struct error *err)
{
    struct profile_column *columns = &m->profile->columns[first];
    bool any = false;

    for (int32_t i = 0; i < n; i++) {
        if (columns[i].note)
            continue;
        any = true;
        TRY(measure_init(&measures[i], &columns[i], wants(m->options), &worker->scratch, m->reading.memory, err));
    }
    if (!any)
        return STATUS_OK;
    TRY(run_rounds(m, measures, first, n, worker, err));
    for (int32_t i = 0; i < n; i++)
        if (!columns[i].note)
            TRY(measure_finish(&measures[i], worker->results, err));
    return STATUS_OK;
}

static bool run_group(void *context, int number, int64_t group)
{
    struct making *m = context;
    struct worker *worker = &m->workers[number];
    int32_t first = m->starts[group], n = m->starts[group + 1] - first;
    struct error err = ERROR_NONE;
    struct measure *measures = arena_array(&worker->scratch, (size_t)n, sizeof *measures);
    enum status status = measures ? measure_group(m, measures, first, n, worker, &err) : error_no_memory(&err);

    for (int32_t i = 0; measures && i < n; i++)
        measure_done(&measures[i]);
    arena_reset(&worker->scratch);
    if (status == STATUS_OK)
        return true;
    m->errors[group] = arena_alloc(worker->results, sizeof err);
    if (m->errors[group])
        *m->errors[group] = err;
    else
        m->is_out_of_memory = true;
    return false;
}

/* --- all of it --- */

/* Columns next to each other that can be read together: one, or up to CELL_GROUP that are of rows, or of the same list. */
static enum status make_groups(struct making *m, struct error *err)
{
    const struct schema *schema = &m->profile->batch.schema;
    int32_t largest = m->profile->batch.columns_are_independent ? 1 : CELL_GROUP;

    m->starts = arena_array(m->arena, (size_t)schema->n_columns + 1, sizeof *m->starts);
    if (!m->starts)
        return error_no_memory(err);
    for (int32_t c = 0; c < schema->n_columns; c++)
        if (c == 0 || c - m->starts[m->n_groups - 1] == largest ||
            !same_list(schema->columns[c].repeated, schema->columns[c - 1].repeated))
            m->starts[m->n_groups++] = c;
    m->starts[m->n_groups] = schema->n_columns;
    return STATUS_OK;
}

static enum status start_workers(struct making *m, struct error *err)
{
    struct profile *p = m->profile;
    int32_t n = pool_threads(m->options->threads, p->memory.limit);

    TRY(make_groups(m, err));
    n = n > m->n_groups ? m->n_groups : n;
    n = n < 1 ? 1 : n;
    m->workers = arena_array(m->arena, (size_t)n, sizeof *m->workers);
    m->errors = arena_array(m->arena, (size_t)m->n_groups + 1, sizeof *m->errors);
    p->worker_arenas = arena_array(m->arena, (size_t)n, sizeof *p->worker_arenas);
    if (!m->workers || !m->errors || !p->worker_arenas)
        return error_no_memory(err);
    p->n_workers = n;
    for (int32_t w = 0; w < n; w++) {
        arena_init(&p->worker_arenas[w], m->reading.memory, 0);
        arena_init(&m->workers[w].scratch, m->reading.memory, 0);
        m->workers[w].results = &p->worker_arenas[w];
    }
    return STATUS_OK;
}

/* The error is the one of the first column that has one, for any number of threads. */
static enum status measure_all(struct making *m, struct error *err)
{
    enum status status = STATUS_OK;

    TRY(start_workers(m, err));
    pool_run(m->profile->n_workers, m->n_groups, run_group, m);
    for (int32_t g = 0; g < m->n_groups && status == STATUS_OK; g++)
        if (m->errors[g]) {
            *err = *m->errors[g];
            status = err->status;
        }
    if (status == STATUS_OK && m->is_out_of_memory)
        status = error_no_memory(err);
    for (int32_t w = 0; w < m->profile->n_workers; w++)
        arena_done(&m->workers[w].scratch);
    return status;
}

static enum status make(struct making *m, struct error *err)
{
    struct profile *p = m->profile;
    int32_t n = p->batch.schema.n_columns;

    p->file_rows = arena_array(m->arena, (size_t)p->batch.found.n_files + 1, sizeof *p->file_rows);
    p->columns = arena_array(m->arena, (size_t)n + 1, sizeof *p->columns);
    if (!p->file_rows || !p->columns)
        return error_no_memory(err);
    if (!p->batch.is_typed)
        TRY(classify(m, err));
    count_rows(m);
    for (int32_t c = 0; c < n; c++)
        describe(m, c);
    TRY(measure_all(m, err));
    return batch_check_unchanged(&p->batch, err);
}

enum status profile_make(struct arena *arena, const struct profile_options *options, struct profile *out, struct error *err)
{
    struct making m = {.profile = out, .options = options, .reading = options->reading, .arena = arena};

    *out = (struct profile){0};
    memory_init(&out->memory, options->memory_limit ? options->memory_limit : (size_t)(pool_memory_available() / 2));
    if (!options->memory_limit)
        memory_be_modest(&out->memory);
    spill_init(&out->spill, options->reading.temporary_directory);
    out->memory.spill = &out->spill;
    m.reading.n_threads = pool_threads(options->threads, out->memory.limit);
    memory_reserve_base(&out->memory, m.reading.n_threads);
    if (!m.reading.memory)
        m.reading.memory = &out->memory;
    TRY(batch_open(arena, options->paths, options->n_paths, &options->partitions, &options->require, NULL, NULL, &m.reading,
                   &out->batch, err));
    return make(&m, err);
}

void profile_done(struct profile *profile)
{
    for (int32_t w = 0; w < profile->n_workers; w++)
        arena_done(&profile->worker_arenas[w]);
    if (profile->batch.tables)
        batch_close(&profile->batch);
    spill_done(&profile->spill);
}
