/* validator/failed_rows.c -- see failed_rows.h. */
#include "validator/failed_rows.h"

#include "writers/row_writer.h"

struct label { const char *id; int32_t request; };

struct split {
    const struct plan *plan;
    const struct scan_result *scanned;
    struct arena scratch;
    struct eye eye;
    struct unit_scan unit;
    int8_t *needs;
    int32_t *requests; /* whose unexpected rows fail */
    int32_t n_requests;
    struct label *labels; /* the checks, with the place in `requests` that tells of their rows */
    int32_t n_labels;
    uint64_t (*marks)[CHUNK_MAX_ROWS / 64]; /* a request each: the rows of the chunk that it finds unexpected */
    struct row_labels written; /* the labels as the writer of failed rows takes them */
    uint64_t failed[CHUNK_MAX_ROWS / 64], mask[CHUNK_MAX_ROWS / 64];
    enum row_input input;
    struct vector *columns; /* of the batch, without partition keys: what is written from values */
    const char **names;
    int32_t n_columns;
    struct row_writer failed_writer, passed_writer;
    bool has_failed, has_passed, copies_all;
};

static const uint64_t no_row[CHUNK_MAX_ROWS / 64];

/* The request of a row-level check that knows its rows. */
static void add_request(struct split *s, const struct planned *planned, const char *id, enum severity severity)
{
    const struct plan *plan = s->plan;

    if (planned->is_settled || severity < plan->options->fail_on || planned->check->kind->level != LEVEL_ROW)
        return;
    for (int32_t i = 0; i < planned->n_requests; i++) {
        int32_t h = planned->requests[i];
        const struct metric *metric = plan->requests[h].request.metric;
        int32_t k = 0;

        if (!metric->takes_rule && metric != &metric_uniqueness)
            continue;
        while (k < s->n_requests && s->requests[k] != h)
            k++;
        if (k == s->n_requests)
            s->requests[s->n_requests++] = h;
        s->labels[s->n_labels++] = (struct label){id, k};
    }
}

static void need_slots(struct split *s, const int32_t *slots, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        s->needs[slots[i]] = NEED_VALUES;
}

static void need_predicate(struct split *s, int32_t predicate)
{
    const int32_t *slots;
    int32_t n = 0;

    if (predicate == NO_PREDICATE || s->plan->predicates[predicate].is_true)
        return;
    slots = predicate_slots(s->plan->predicates[predicate].predicate, &n);
    need_slots(s, slots, n);
}

static enum status collect(struct split *s, struct error *err)
{
    const struct plan *plan = s->plan;

    s->needs = arena_alloc(plan->arena, (size_t)plan->n_slots + 1);
    s->requests = arena_array(plan->arena, (size_t)plan->n_requests + 1, sizeof *s->requests);
    s->labels = arena_array(plan->arena, 2 * (size_t)plan->suite->n_checks * PLANNED_REQUESTS_MAX + 1, sizeof *s->labels);
    if (!s->needs || !s->requests || !s->labels)
        return error_no_memory(err);
    memset(s->needs, -1, (size_t)plan->n_slots + 1);
    for (int32_t i = 0; i < plan->suite->n_checks; i++) {
        const struct plan_check *c = &plan->checks[i];

        if (c->is_skipped)
            continue;
        add_request(s, &c->planned, c->check->id, c->check->severity);
        if (c->has_warn)
            add_request(s, &c->warn, c->check->id, SEVERITY_WARNING);
    }
    s->marks = arena_array(plan->arena, (size_t)s->n_requests + 1, sizeof *s->marks);
    if (!s->marks)
        return error_no_memory(err);
    for (int32_t i = 0; i < s->n_requests; i++) {
        const struct plan_request *r = &plan->requests[s->requests[i]];

        need_slots(s, r->request.slots, r->request.n_columns);
        need_predicate(s, r->where);
        need_predicate(s, r->holds);
    }
    return STATUS_OK;
}

/* Keeps the rows that one request finds unexpected in its marks, and ORs them into s->failed. */
static enum status mark(struct split *s, int32_t k, struct error *err)
{
    int32_t request = s->requests[k];
    const struct plan_request *r = &s->plan->requests[request];
    const struct chunk *chunk = &s->unit.chunk;
    const struct vector *columns[REQUEST_COLUMNS_MAX];
    const uint64_t *unexpected = s->mask;
    struct metric_input in = {.n_rows = chunk->n_rows, .columns = columns, .n_columns = r->request.n_columns,
                              .file = s->unit.file, .first_row = chunk->first_row};

    for (int32_t c = 0; c < r->request.n_columns; c++)
        columns[c] = s->eye.slots[r->request.slots[c]];
    TRY(eye_where(&s->eye, r->where, &in.rows, &in.n_selected, &in.trouble, err));
    if (r->request.rule) {
        TRY(eye_rule(&s->eye, r, &in, err));
        unexpected = in.unexpected;
    } else {
        memset(s->mask, 0, sizeof s->mask);
        TRY(uniqueness_mark(s->scanned->states[request], &in, s->mask, err));
    }
    for (size_t w = 0; w < BITMAP_WORDS(chunk->n_rows); w++) {
        s->marks[k][w] = unexpected ? unexpected[w] : 0;
        s->failed[w] |= s->marks[k][w];
    }
    return STATUS_OK;
}

/* The batch's columns in its order; the file's follow the slots' vectors, one that it lacks is null. */
static void arrange(struct split *s)
{
    const struct batch *batch = s->plan->batch;
    const struct vector *of_file = s->unit.chunk.vectors + s->unit.n_wants;

    for (int32_t c = 0; c < s->n_columns; c++) {
        int32_t at = batch->positions[s->unit.file][c];

        s->columns[c] = at != COLUMN_ABSENT
                            ? of_file[at]
                            : (struct vector){.lane = LANE_NONE, .shape = SHAPE_CONSTANT, .n_rows = s->unit.chunk.n_rows,
                                              .n_nulls = s->unit.chunk.n_rows, .valid = no_row};
    }
}

static enum status write_chunk(struct split *s, struct error *err)
{
    struct chunk rows = s->unit.chunk;
    int64_t n = rows.n_rows;

    if (!s->copies_all) {
        arrange(s);
        rows.vectors = s->columns;
        rows.n_vectors = s->n_columns;
    }
    if (s->has_failed)
        TRY(row_writer_add(&s->failed_writer, &rows, s->failed, err));
    if (!s->has_passed)
        return STATUS_OK;
    for (size_t w = 0; w < BITMAP_WORDS(n); w++)
        s->failed[w] = ~s->failed[w] & (w + 1 == BITMAP_WORDS(n) ? bitmap_tail(n) : ~(uint64_t)0);
    return row_writer_add(&s->passed_writer, &rows, s->failed, err);
}

static enum status split_unit(struct split *s, struct error *err)
{
    const struct validation_options *o = s->plan->options;

    for (;;) {
        if (o->cancelled && atomic_load(o->cancelled))
            return error_set(err, STATUS_CANCELLED, "the run was cancelled");
        TRY(unit_scan_next(&s->unit, &s->eye, err));
        if (s->unit.chunk.n_rows == 0)
            return STATUS_OK;
        memset(s->failed, 0, sizeof s->failed);
        for (int32_t i = 0; i < s->n_requests; i++)
            TRY(mark(s, i, err));
        TRY(write_chunk(s, err));
    }
}

static enum status split_file(struct split *s, int32_t file, struct error *err)
{
    const struct batch *batch = s->plan->batch;
    const struct table *table = batch->tables[file];
    int32_t n = s->copies_all ? 0 : table->schema.n_columns;
    struct want *all = arena_array(s->plan->arena, (size_t)n + 1, sizeof *all);
    enum status status = STATUS_OK;

    if (!all)
        return error_no_memory(err);
    for (int32_t c = 0; c < n; c++)
        all[c] = (struct want){c, batch->is_typed ? table->schema.columns[c].type : (struct type){.kind = TYPE_STRING},
                               NEED_VALUES};
    for (int32_t u = 0; u < table->n_units && status == STATUS_OK; u++) {
        arena_reset(&s->scratch);
        status = unit_scan_open(&s->unit, &s->scratch, file, u, s->needs, all, n, SCAN_RECORDS, err);
        if (status == STATUS_OK)
            status = split_unit(s, err);
        unit_scan_close(&s->unit);
    }
    if (status != STATUS_OK)
        error_source(err, batch->found.files[file].path);
    return status;
}

/* CSV files with one header, or JSON lines, can be copied record by record. */
static enum row_input input_of(const struct batch *batch)
{
    const struct table *first = batch->tables[0];

    if (batch->is_typed)
        return ROWS_FROM_VALUES;
    if (strcmp(batch->format, "csv") != 0)
        return ROWS_FROM_JSON;
    for (int32_t f = 1; f < batch->found.n_files; f++)
        if (!span_equal(span_of(first->header, first->header_size),
                        span_of(batch->tables[f]->header, batch->tables[f]->header_size)) ||
            first->source->charset != batch->tables[f]->source->charset)
            return ROWS_FROM_VALUES;
    return ROWS_FROM_CSV;
}

static enum status name_columns(struct split *s, struct error *err)
{
    const struct batch *batch = s->plan->batch;

    s->columns = arena_array(s->plan->arena, (size_t)batch->schema.n_columns + 1, sizeof *s->columns);
    s->names = arena_array(s->plan->arena, (size_t)batch->schema.n_columns + 1, sizeof *s->names);
    if (!s->columns || !s->names)
        return error_no_memory(err);
    while (s->n_columns < batch->schema.n_columns && batch->columns[s->n_columns].partition < 0) {
        s->names[s->n_columns] = batch->schema.columns[s->n_columns].name;
        s->n_columns++;
    }
    return STATUS_OK;
}

static enum status make_labels(struct split *s, struct error *err)
{
    const char **ids = arena_array(s->plan->arena, (size_t)s->n_labels + 1, sizeof *ids);
    const uint64_t **masks = arena_array(s->plan->arena, (size_t)s->n_labels + 1, sizeof *masks);

    if (!ids || !masks)
        return error_no_memory(err);
    for (int32_t i = 0; i < s->n_labels; i++) {
        ids[i] = s->labels[i].id;
        masks[i] = s->marks[s->labels[i].request];
    }
    s->written = (struct row_labels){s->n_labels, ids, masks, FAILED_ROWS_IDS};
    return STATUS_OK;
}

static enum status open_writer(struct split *s, const char *path, struct row_writer *writer, const struct row_labels *labels, bool *is_open,
                               struct error *err)
{
    const struct batch *batch = s->plan->batch;
    const struct table *first = batch->tables[0];
    enum row_format format;

    if (!path)
        return STATUS_OK;
    TRY(row_format_of(path, &format, err));
    for (int32_t c = 0; c < s->n_columns && !row_writer_copies(format, s->input); c++)
        if (batch->schema.columns[c].is_nested)
            return error_set(err, STATUS_BAD_USAGE, "rows cannot be written to %s, for column %s is nested", path,
                             batch->schema.columns[c].name);
    if (labels)
        TRY(make_labels(s, err));
    TRY(row_writer_open(writer, path, format, s->input, s->names, s->n_columns,
                        span_of(first->header, first->header_size), charset_line_feed(first->source->charset), labels, s->plan->memory, err));
    *is_open = true;
    s->copies_all = s->copies_all && row_writer_copies(format, s->input);
    return STATUS_OK;
}

static enum status split_all(struct split *s, struct error *err)
{
    const struct plan *plan = s->plan;

    TRY(eye_init(&s->eye, plan, plan->arena, err));
    TRY(unit_scan_init(&s->unit, plan, plan->arena, err));
    TRY(collect(s, err));
    TRY(name_columns(s, err));
    s->input = input_of(plan->batch);
    s->copies_all = true;
    TRY(open_writer(s, plan->options->failed_rows, &s->failed_writer, &s->written, &s->has_failed, err));
    TRY(open_writer(s, plan->options->passed_rows, &s->passed_writer, NULL, &s->has_passed, err));
    for (int32_t f = 0; f < plan->batch->found.n_files; f++)
        TRY(split_file(s, f, err));
    if (s->has_failed)
        TRY(row_writer_commit(&s->failed_writer, err));
    return s->has_passed ? row_writer_commit(&s->passed_writer, err) : STATUS_OK;
}

enum status failed_rows_write(const struct plan *plan, const struct scan_result *scanned, struct error *err)
{
    struct split *s = arena_alloc(plan->arena, sizeof *s);
    enum status status;

    if (!s)
        return error_no_memory(err);
    s->plan = plan;
    s->scanned = scanned;
    arena_init(&s->scratch, plan->memory, 0);
    status = split_all(s, err);
    if (status != STATUS_OK && s->has_failed)
        row_writer_abandon(&s->failed_writer);
    if (status != STATUS_OK && s->has_passed)
        row_writer_abandon(&s->passed_writer);
    eye_done(&s->eye);
    arena_done(&s->scratch);
    return status;
}
