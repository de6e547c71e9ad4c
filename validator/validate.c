/* validator/validate.c -- one run from paths to report: see validator.h.
 *
 * Whatever goes wrong with the *data* (missing, unreadable, timed out) becomes a whole report in which every expectation is
 * not evaluated; only the caller's mistakes and our own failures are statuses.
 */
#include "validator/verdict.h"
#include "validator/failed_rows.h"
#include "validator/run.h"

#include "core/pool.h"

#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

/* int64 -> double -> string, or a date that turns into instants: the lattice of inferred types is short. */
enum { ATTEMPTS_MAX = 8 };

void validation_options_init(struct validation_options *options)
{
    *options = (struct validation_options){.fail_on = SEVERITY_ERROR, .samples = TOP_VALUES_SHOWN};
}

bool run_is_about_data(enum status status)
{
    return status_exit_code(status) == 3;
}

/* --- set-up --- */

/* How cells are written: `over` wins, one by one; the formats of single columns are the suite's. */
static void set_cell_rules(struct cell_rules *out, const struct cell_rules *suite, const struct cell_rules *over)
{
    *out = *suite;
    if (!over)
        return;
    out->decimal = over->decimal ? over->decimal : out->decimal;
    out->thousands = over->thousands ? over->thousands : out->thousands;
    out->true_words = over->true_words.is_set ? over->true_words : out->true_words;
    out->false_words = over->false_words.is_set ? over->false_words : out->false_words;
    out->date_format = over->date_format ? over->date_format : out->date_format;
    out->time_format = over->time_format ? over->time_format : out->time_format;
    out->timestamp_format = over->timestamp_format ? over->timestamp_format : out->timestamp_format;
}

/* The command line's CSV options win over the suite's, one by one. */
static void set_reading(struct run *run)
{
    const struct csv_options *s = &run->suite->csv, *o = run->options->csv;
    struct read_options *r = &run->reading;

    r->format = run->options->format;
    r->delimiter = o && o->delimiter ? o->delimiter : s->delimiter;
    r->quote = o && o->quote ? o->quote : s->quote;
    r->header = o && o->header >= 0 ? o->header : s->header;
    r->null_words = o && o->null_words.is_set ? o->null_words : s->null_words;
    r->encoding = o && o->encoding ? o->encoding : s->encoding;
    r->comment = o && o->comment ? o->comment : s->comment;
    r->skip_lines = o && o->skip_lines ? o->skip_lines : s->skip_lines;
    r->escape = o && o->escape ? o->escape : s->escape;
    set_cell_rules(&run->cells, &s->cells, o ? &o->cells : NULL);
    r->cells = &run->cells;
    r->memory = &run->memory;
    r->temporary_directory = run->options->temporary_directory;
    r->cancelled = run->options->cancelled;
}

enum status run_set_up(struct run *run, struct error *err)
{
    const struct validation_options *o = run->options;
    size_t limit = o->memory_limit ? o->memory_limit : (size_t)(pool_memory_available() / 2);

    memory_init(&run->memory, limit);
    if (!o->memory_limit)
        memory_be_modest(&run->memory);
    spill_init(&run->spill, o->temporary_directory);
    run->memory.spill = &run->spill;
    run->reading.n_threads = pool_threads(o->threads, limit);
    memory_reserve_base(&run->memory, run->reading.n_threads);
    run->started = clock_monotonic_seconds();
    run->was_timed = read_counters.is_timed;
    run->is_timed = read_counters.is_timed = o->timings;
    run->timed_from = timings_now();
    run->cpu_started = counters_cpu_seconds();
    run->started_nanos = clock_now_nanos();
    run->before = read_counters;
    run->deadline = o->timeout_seconds > 0 ? run->started + o->timeout_seconds : 0;
    TRY(time_zone_find(run->arena, run->suite->timezone ? run->suite->timezone : "UTC", &run->zone, err));
    run->time.zone = &run->zone;
    run->time.now_seconds = o->has_now ? o->now_seconds : run->started_nanos / 1000000000;
    run->time.now_nanos = o->has_now ? o->now_nanos : (int32_t)(run->started_nanos % 1000000000);
    set_reading(run);
    run->plan = (struct plan){.arena = run->arena, .suite = run->suite, .options = o, .time = &run->time,
                              .memory = &run->memory, .batch = &run->batch, .references = &run->references};
    run->references = (struct references){.arena = run->arena, .suite = run->suite, .options = o, .reading = &run->reading,
                                          .time = &run->time, .memory = &run->memory, .deadline = run->deadline};
    run->report = arena_alloc(run->arena, sizeof *run->report);
    return run->report ? STATUS_OK : error_no_memory(err);
}

/* --- what undeclared columns look like: the first rows of the first file that has any --- */

/* As many rows of every file, however it is cut into chunks and units: what is told of them does not hang on that. */
enum { SAMPLED_ROWS = 2048 };

/* The first rows of the chunk, `most` at most. want_of: by column of the file, -1 for those that were not asked for. */
static void classify_chunk(struct run *run, struct table *table, int32_t file, const int32_t *want_of, const struct chunk *chunk,
                           int64_t most)
{
    for (int32_t c = 0; c < run->batch.schema.n_columns; c++) {
        int32_t at = run->batch.positions[file][c];
        struct vector first;

        if (at == COLUMN_ABSENT || want_of[at] < 0)
            continue;
        first = chunk->vectors[want_of[at]];
        first.n_rows = first.n_rows < most ? first.n_rows : most;
        cell_classes_add_vector(&run->plan.classes[c], &first, &table->schema.columns[at]);
    }
}

static enum status sample_unit(struct run *run, int32_t file, int32_t unit, const struct want *wants, int32_t n_wants,
                               const int32_t *want_of, int64_t *n_rows, struct error *err)
{
    struct table *table = run->batch.tables[file];
    struct chunk chunk;
    struct scan *scan;
    enum status status;

    TRY(table->reader->scan_open(table, unit, wants, n_wants, 0, &scan, err));
    do {
        status = table->reader->scan_next(scan, &chunk, err);
        if (status != STATUS_OK || chunk.n_rows == 0)
            break;
        classify_chunk(run, table, file, want_of, &chunk, SAMPLED_ROWS - *n_rows);
        *n_rows += chunk.n_rows;
    } while (*n_rows < SAMPLED_ROWS);
    table->reader->scan_close(scan);
    return status;
}

static bool same_list(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

/* The first rows, or the first entries of a list. */
static enum status sample_list(struct run *run, int32_t file, const char *list, struct want *wants, int32_t *want_of, bool *has_rows,
                               struct error *err)
{
    struct table *table = run->batch.tables[file];
    int32_t n_wants = 0;
    int64_t n_rows = 0;

    for (int32_t c = 0; c < table->schema.n_columns; c++) {
        want_of[c] = same_list(table->schema.columns[c].repeated, list) ? n_wants : -1;
        if (want_of[c] >= 0)
            wants[n_wants++] = (struct want){c, {.kind = TYPE_STRING}, NEED_VALUES};
    }
    for (int32_t unit = 0; unit < table->n_units && n_rows < SAMPLED_ROWS; unit++)
        TRY(sample_unit(run, file, unit, wants, n_wants, want_of, &n_rows, err));
    *has_rows = n_rows > 0;
    return STATUS_OK;
}

/* Each list costs a look at the file; the columns of others are what their first contradicted guess says. */
enum { LISTS_SAMPLED_MAX = 64 };

static enum status sample_file(struct run *run, int32_t file, bool *has_rows, struct error *err)
{
    const struct schema *schema = &run->batch.tables[file]->schema;
    struct want *wants = arena_array(run->arena, (size_t)schema->n_columns + 1, sizeof *wants);
    int32_t *want_of = arena_array(run->arena, (size_t)schema->n_columns + 1, sizeof *want_of);
    const char *lists[LISTS_SAMPLED_MAX];
    int32_t n_lists = 0;

    if (!wants || !want_of)
        return error_no_memory(err);
    TRY(sample_list(run, file, NULL, wants, want_of, has_rows, err));
    for (int32_t c = 0; c < schema->n_columns && n_lists < LISTS_SAMPLED_MAX; c++) {
        const char *list = schema->columns[c].repeated;
        bool is_known = list == NULL, has_entries;

        for (int32_t i = 0; i < n_lists && !is_known; i++)
            is_known = same_list(lists[i], list);
        if (is_known)
            continue;
        lists[n_lists++] = list;
        TRY(sample_list(run, file, list, wants, want_of, &has_entries, err));
    }
    return STATUS_OK;
}

static enum status sample_types(struct run *run, struct error *err)
{
    bool has_rows = false;

    if (run->batch.is_typed)
        return STATUS_OK;
    run->plan.classes = arena_array(run->arena, (size_t)run->batch.schema.n_columns + 1, sizeof *run->plan.classes);
    if (!run->plan.classes)
        return error_no_memory(err);
    for (int32_t f = 0; f < run->batch.found.n_files && !has_rows; f++)
        if (run->batch.tables[f]->n_units > 0 && run->batch.tables[f]->schema.n_columns > 0) {
            enum status status = sample_file(run, f, &has_rows, err);

            if (status != STATUS_OK) {
                error_source(err, run->batch.found.files[f].path);
                return status;
            }
        }
    return STATUS_OK;
}

/* --- scanning --- */

/* A reference that turns out to be unreadable settles its checks: planned again, they no longer ask for it. */
enum status run_plan(struct run *run, struct error *err)
{
    bool again = true;
    int64_t started;

    while (again) {
        TRY(plan_make(&run->plan, err));
        if (run->options->outside_references_are_refused)
            TRY(references_are_beneath(&run->references, err));
        started = timings_now();
        TRY(references_scan(&run->references, &again, err));
        run->scanned_nanos += timings_now() - started;
        if (again)
            plan_done(&run->plan);
    }
    references_bind(&run->references, &run->plan);
    return STATUS_OK;
}

static enum status scan_until_types_hold(struct run *run, struct error *err)
{
    int64_t started;

    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        TRY(run_plan(run, err));
        TRY(verdict_foresee(&run->plan, err));
        run->is_scanned = true;
        started = timings_now();
        TRY(scan_run(&run->plan, run->deadline, run->arena, &run->scanned, err));
        run->scanned_nanos += timings_now() - started;
        timings_add(&run->timings, &run->scanned.timings);
        integrity_merge(&run->scanned.integrity, &run->lies);
        run->n_audited += run->scanned.n_audited;
        if (!run->scanned.is_contradicted && run->scanned.lies.n == 0)
            return STATUS_OK;
        run->plan.is_lied_to = run->scanned.lies.n > 0;
        run->lies = run->scanned.lies;
        scan_done(&run->scanned);
        plan_done(&run->plan);
        run->is_scanned = false;
    }
    return error_set(err, STATUS_INTERNAL, "the types of the batch's columns did not settle");
}

enum status run_read(struct run *run, struct error *err)
{
    const struct validation_options *o = run->options;

    TRY(batch_open(run->arena, o->paths, o->n_paths, &o->partitions, &o->require, o->roots, o->body,
                   &run->reading, &run->batch, err));
    run->is_open = true;
    TRY(batch_check_outputs(&run->batch, &o->outputs, err));
    TRY(sample_types(run, err));
    TRY(scan_until_types_hold(run, err));
    run->read_at = timings_now();
    if (!run->scanned.is_stopped)
        plots_scan(&run->plan, &run->scanned, run->deadline, &run->plots, &run->n_plots);
    return batch_check_unchanged(&run->batch, err);
}

/* --- the report --- */

static const char *millis_text(struct arena *arena, int64_t millis)
{
    char text[CLOCK_TEXT_SIZE];
    size_t n = clock_print_timestamp(millis, UNIT_MILLI, true, text);

    return arena_text(arena, text, n);
}

static const char *timestamp_text(struct arena *arena, int64_t nanos)
{
    return millis_text(arena, nanos / 1000000 - (nanos % 1000000 < 0));
}

enum status run_fingerprints(struct run *run, struct error *err)
{
    int32_t n = run->batch.found.n_files;

    run->fingerprints = arena_array(run->arena, (size_t)n + 1, sizeof *run->fingerprints);
    if (!run->fingerprints)
        return error_no_memory(err);
    error_clear(err); /* columns that were named while values were read are none of its */
    for (int32_t f = 0; f < n; f++) {
        if (!run->batch.tables || !run->batch.tables[f] || run->batch.tables[f]->source->size < 0)
            continue; /* never opened, or a stream that nobody read to its end */
        TRY(batch_fingerprint(run->arena, run->batch.tables[f]->source, &run->fingerprints[f], err));
    }
    return STATUS_OK;
}

const char *run_now_text(const struct run *run)
{
    return millis_text(run->arena, run->time.now_seconds * 1000 + run->time.now_nanos / 1000000); /* nanoseconds end in 2262 */
}

static enum status fill_files(struct run *run, struct error *err)
{
    const struct batch *batch = &run->batch;
    int32_t n = batch->found.n_files;
    struct report_file *files = arena_array(run->arena, (size_t)n + 1, sizeof *files);
    int64_t rows = 0;

    if (!files)
        return error_no_memory(err);
    for (int32_t f = 0; f < n; f++) {
        files[f].path = batch->found.files[f].path;
        files[f].bytes = batch->found.files[f].bytes;
        if (files[f].bytes < 0 && batch->tables && batch->tables[f]) /* it grew while it was read */
            files[f].bytes = batch->tables[f]->source->size;
        files[f].modified_nanos = batch->found.files[f].modified_nanos;
        files[f].rows = run->is_scanned && run->scanned.file_rows ? run->scanned.file_rows[f] : -1;
        if (run->fingerprints && run->report->error == NULL)
            files[f].fingerprint = run->fingerprints[f];
        rows = files[f].rows < 0 || rows < 0 ? -1 : rows + files[f].rows;
    }
    run->report->batch.files = files;
    run->report->batch.n_files = n;
    run->report->batch.rows = run->report->error ? -1 : rows;
    return STATUS_OK;
}

static enum status fill_columns(struct run *run, struct error *err)
{
    int32_t n = run->batch.schema.n_columns;
    struct report_column *columns = arena_array(run->arena, (size_t)n + 1, sizeof *columns);

    if (!columns)
        return error_no_memory(err);
    for (int32_t c = 0; c < n; c++) {
        char text[64];
        size_t size = type_print(plan_column_type(&run->plan, c), text);

        columns[c].name = run->batch.schema.columns[c].name;
        columns[c].type = arena_text(run->arena, text, size);
        if (!columns[c].type)
            return error_no_memory(err);
    }
    run->report->batch.columns = columns;
    run->report->batch.n_columns = n;
    return STATUS_OK;
}

/* Keys that have one value in all files, else those that --partition asked for. */
static enum status fill_partition(struct run *run, struct error *err)
{
    const struct batch_files *found = &run->batch.found;
    int32_t n = 0, most = run->batch.found.n_files ? found->files[0].n_keys : 0;
    struct name_value *out = arena_array(run->arena, (size_t)most + 1, sizeof *out);

    if (!out)
        return error_no_memory(err);
    for (int32_t k = 0; k < most; k++) {
        const struct partition_key *key = &found->files[0].keys[k];
        bool same = key->value != NULL;

        for (int32_t f = 1; f < found->n_files && same; f++) {
            bool has = false;

            for (int32_t i = 0; i < found->files[f].n_keys; i++)
                has = has || (strcmp(found->files[f].keys[i].name, key->name) == 0 && found->files[f].keys[i].value &&
                              strcmp(found->files[f].keys[i].value, key->value) == 0);
            same = has;
        }
        if (same)
            out[n++] = (struct name_value){key->name, key->value};
    }
    run->report->batch.partition = out;
    run->report->batch.n_partition = n;
    return STATUS_OK;
}

static enum status partition_from_options(struct run *run, struct error *err)
{
    const struct text_list *asked = &run->options->partitions;
    struct name_value *out = arena_array(run->arena, (size_t)asked->n + 1, sizeof *out);

    if (!out)
        return error_no_memory(err);
    for (int32_t i = 0; i < asked->n; i++) {
        const char *eq = strchr(asked->at[i], '=');

        if (!eq)
            continue;
        out[i].name = arena_text(run->arena, asked->at[i], (size_t)(eq - asked->at[i]));
        out[i].value = eq + 1;
        if (!out[i].name)
            return error_no_memory(err);
    }
    run->report->batch.partition = out;
    run->report->batch.n_partition = asked->n;
    return STATUS_OK;
}

static void fill_damage(struct run *run)
{
    struct report *report = run->report;

    if (!run->is_scanned || !run->scanned.damage || run->scanned.n_damaged == 0)
        return;
    report->batch.has_damage = true;
    report->batch.damage.n_records = run->scanned.n_damaged;
    report->batch.damage.n_total = run->scanned.n_records;
    for (int32_t f = 0; f < run->batch.found.n_files; f++) {
        const struct damage *d = &run->scanned.damage[f];

        if (d->n_items == 0)
            continue;
        report->batch.damage.file = run->batch.found.files[f].path;
        report->batch.damage.line = d->items[0].line;
        report->batch.damage.byte = d->items[0].byte;
        report->batch.damage.what = d->items[0].what;
        return;
    }
}

/* Beneath roots: as the caller named it, not where that is on this machine. */
static enum status fill_source(struct run *run, struct error *err)
{
    const char **names = arena_array(run->arena, (size_t)run->options->n_paths + 1, sizeof *names);

    if (!names)
        return error_no_memory(err);
    for (int32_t i = 0; i < run->options->n_paths; i++)
        names[i] = roots_name(run->options->roots, run->options->paths[i]);
    run->report->batch.source = names;
    return STATUS_OK;
}

/* What an error names is told to whoever asked: again as that one knows it. */
static void name_source(const struct validation_options *options, struct error *why)
{
    char name[sizeof why->source];

    snprintf(name, sizeof name, "%s", roots_name(options->roots, why->source));
    snprintf(why->source, sizeof why->source, "%s", name);
}

static enum status fill_batch(struct run *run, struct error *err)
{
    struct report *report = run->report;

    TRY(fill_source(run, err));
    report->batch.n_source = run->options->n_paths;
    report->batch.rows = report->batch.rows_considered = -1;
    report->batch.primary_key = run->suite->primary_key.at;
    report->batch.n_primary_key = run->suite->primary_key.n;
    if (!run->is_open)
        return partition_from_options(run, err);
    report->batch.format = run->batch.format;
    if (run->batch.tables && run->batch.found.n_files > 0 && run->batch.tables[0]->dialect[0])
        report->batch.dialect = arena_format(run->arena, "%s", run->batch.tables[0]->dialect);
    TRY(fill_files(run, err));
    TRY(fill_columns(run, err));
    TRY(fill_partition(run, err));
    fill_damage(run);
    if (!report->error) {
        const struct rows *rows = run->scanned.states[run->plan.rows_handle];

        report->batch.rows_considered = run->plan.where_broken ? report->batch.rows : run->scanned.is_stopped ? -1 : rows->n;
    }
    return STATUS_OK;
}

static void fill_suite(struct run *run)
{
    const struct suite *s = run->suite;
    struct report *r = run->report;

    r->suite.name = s->name;
    r->suite.dataset = s->dataset;
    r->suite.dialect = s->dialect->name;
    r->suite.fingerprint = s->fingerprint;
    r->suite.owner = s->owner;
    r->suite.runbook = s->runbook;
    r->suite.description = s->description;
    r->suite.path = s->path;
    r->suite.tags = s->tags.at;
    r->suite.n_tags = s->tags.n;
    r->max_samples = run->options->samples;
    r->samples_were_asked = run->options->samples_were_asked;
}

static const char *run_id(struct arena *arena)
{
    uint8_t b[16];

    if (getrandom(b, sizeof b, 0) != (ssize_t)sizeof b)
        memset(b, 0, sizeof b);
    return arena_format(arena, "%02x%02x%02x%02x-%02x%02x-4%x%02x-%x%x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1], b[2], b[3],
                        b[4], b[5], b[6] & 15, b[7], 8 + (b[8] & 3), b[8] >> 4, b[9], b[10], b[11], b[12], b[13], b[14],
                        b[15]);
}

static enum status fill_timings(struct run *run, struct error *err)
{
    struct timings *t = &run->timings;
    int64_t now = timings_now(), read_at = run->read_at ? run->read_at : now;
    struct stage_time *out;

    if (!run->is_timed)
        return STATUS_OK;
    for (int s = 0; s < STAGES; s++)
        t->nanos[STAGE_REFERENCE] += run->references.timings.nanos[s];
    t->nanos[STAGE_OPEN] = read_at - run->timed_from - run->scanned_nanos;
    t->nanos[STAGE_JUDGE] = now - read_at;
    out = arena_array(run->arena, STAGES, sizeof *out);
    if (!out)
        return error_no_memory(err);
    for (int s = 0; s < STAGES; s++)
        out[s] = (struct stage_time){stage_names[s], (double)t->nanos[s] / 1e9};
    run->report->run.timings = out;
    run->report->run.n_timings = STAGES;
    return STATUS_OK;
}

static enum status fill_integrity(struct run *run, struct error *err)
{
    const struct integrity *found = &run->scanned.integrity;
    struct report_integrity *out;

    if (!run->is_scanned || found->n == 0)
        return STATUS_OK;
    out = arena_array(run->arena, (size_t)found->n, sizeof *out);
    if (!out)
        return error_no_memory(err);
    for (int32_t i = 0; i < found->n; i++) {
        const char *what = arena_format(run->arena, "the statistics of the column %s", found->at[i].what);

        if (!what)
            return error_no_memory(err);
        out[i] = (struct report_integrity){run->batch.found.files[found->at[i].file].path,
                                           run->batch.schema.columns[found->at[i].column].name, what, found->at[i].unit};
    }
    run->report->run.integrity = out;
    run->report->run.n_integrity = found->n;
    run->report->run.n_integrity_total = found->n_total;
    return STATUS_OK;
}

static enum status fill_run(struct run *run, struct error *err)
{
    struct report *r = run->report;
    char host[256] = "";

    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    r->run.id = run_id(run->arena);
    r->run.started = timestamp_text(run->arena, run->started_nanos);
    r->run.finished = timestamp_text(run->arena, clock_now_nanos());
    r->run.now = run_now_text(run);
    r->run.host = arena_format(run->arena, "%s", host);
    r->run.assay = ASSAY_VERSION;
    r->run.repeat = run->options->repeat;
    r->run.timezone = arena_format(run->arena, "%s", run->zone.name);
    r->run.seconds = clock_monotonic_seconds() - run->started;
    r->run.cpu_seconds = counters_cpu_seconds() - run->cpu_started;
    r->run.threads = pool_threads(run->options->threads, run->memory.limit);
    r->run.bytes_read = read_counters.bytes_read - run->before.bytes_read;
    r->run.bytes_decompressed = read_counters.bytes_decompressed - run->before.bytes_decompressed;
    r->run.pages_decoded = read_counters.pages_decoded - run->before.pages_decoded;
    r->run.values_decoded = read_counters.values_decoded - run->before.values_decoded;
    r->run.is_audited = run->options->audit > 0;
    r->run.n_audited = run->n_audited;
    r->run.verdict_only = run->options->verdict_only;
    r->run.is_stopped = run->is_scanned && run->scanned.is_stopped;
    TRY(fill_integrity(run, err));
    r->run.evidence = evidence_names[run->options->evidence];
    r->run.labels = run->options->labels;
    r->run.n_labels = run->options->n_labels;
    TRY(fill_timings(run, err));
    return r->run.id && r->run.started && r->run.finished && r->run.now && r->run.host && r->run.timezone ? STATUS_OK : error_no_memory(err);
}

enum status run_report(struct run *run, const struct error *why, struct error *err)
{
    fill_suite(run);
    if (why)
        TRY(judge_unreadable(&run->plan, why, run->report, err));
    else
        TRY(judge_scanned(&run->plan, &run->scanned, run->report, err));
    TRY(fill_batch(run, err));
    run->report->plots = why ? NULL : run->plots;
    run->report->n_plots = why ? 0 : run->n_plots;
    TRY(judge_headline(run->arena, run->report, err));
    if (!why && (run->options->failed_rows || run->options->passed_rows))
        TRY(failed_rows_write(&run->plan, &run->scanned, err));
    if (!report_digest(run->report, run->report->verdict_digest))
        return error_no_memory(err);
    return fill_run(run, err);
}

void run_clean_up(struct run *run)
{
    if (run->is_timed)
        read_counters.is_timed = run->was_timed;
    run->is_timed = false;
    if (run->is_scanned)
        scan_done(&run->scanned);
    plan_done(&run->plan);
    references_close(&run->references);
    if (run->is_open)
        batch_close(&run->batch);
    spill_done(&run->spill);
}

/* A failure for want of memory is data's when the budget was the reason (only spilling would help): TOO_LARGE says so already. */
enum status validate(struct arena *arena, const struct suite *suite, const struct validation_options *options,
                     const struct report **out, struct error *err)
{
    struct run run = {.arena = arena, .suite = suite, .options = options};
    struct error why;
    enum status status;

    status = run_set_up(&run, err);
    if (status == STATUS_OK)
        status = plan_select(&run.plan, err);
    if (status != STATUS_OK) {
        if (options->body)
            source_close(options->body);
        return status;
    }
    status = run_read(&run, err);
    if (status == STATUS_OK)
        status = run_fingerprints(&run, err);
    if (status == STATUS_OK) {
        status = run_report(&run, NULL, err);
    } else if (run_is_about_data(status)) {
        why = *err;
        error_clear(err);
        name_source(options, &why);
        status = run_report(&run, &why, err);
    }
    run_clean_up(&run);
    *out = run.report;
    return status;
}
