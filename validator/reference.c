/* validator/reference.c -- see reference.h. */
#include "validator/reference.h"

#include "core/clock.h"
#include "stats/drift.h"
#include "validator/saved_reference.h"
#include "validator/scan.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

struct reference_scan {
    struct plan plan;
    struct scan_result scanned;
    struct reference_scan *next;
};

struct reference_file {
    const char *path; /* resolved */
    const char *name; /* as messages call it */
    struct batch batch;
    bool is_open, is_broken, is_saved;
    struct state_part saved; /* where is_saved: `batch` is its, without data */
    struct reference_file *data; /* of a saved one, opened when they were needed; NULL: not yet, or they cannot be had: */
    const char *no_data;
    struct error error; /* why it is broken */
    struct reference_scan *scans;
    struct reference_file *next;
};

struct reference_state {
    int32_t handle;
    struct reference_file *asked; /* the file and column that were asked for */
    int32_t asked_column;
    struct reference_file *file;  /* where it comes from: `asked`, or its data */
    int32_t column; /* in the file's schema */
    struct type type;
    const struct metric *metric;
    const void *params;
    size_t params_size;
    void *state;       /* NULL: not scanned yet */
    bool is_loaded;    /* it came from a saved reference and is ended here, not by a scan */
    struct error error; /* why it cannot be had, though other states of the file can; status OK: it can */
    struct reference_state *next;
};

/* A reference is judged by nothing. */
static const struct suite no_suite = {.path = "reference"};

/* What ends the run is not the reference's fault, nor is our own failure. */
static bool is_its_fault(enum status status)
{
    return status_exit_code(status) == 3 && status != STATUS_TIMED_OUT && status != STATUS_CANCELLED;
}

/* --- paths --- */

static const struct data_roots *roots_of(const struct references *r)
{
    return r->options->reference_roots ? r->options->reference_roots : r->options->roots;
}

/* Takes "." and ".." out of an absolute path by its text: what the links on it lead to is up to who opens it. */
static void normalise(char *path)
{
    char *out = path;

    for (const char *at = path; *at;) {
        size_t n = strcspn(at + 1, "/") + 1; /* "/word" */

        if (n == 3 && at[1] == '.' && at[2] == '.') {
            while (out > path && *--out != '/')
                ;
        } else if (n > 1 && !(n == 2 && at[1] == '.')) {
            memmove(out, at, n);
            out += n;
        }
        at += n;
    }
    if (out == path)
        *out++ = '/';
    *out = '\0';
}

static const char *absolute(struct arena *arena, const char *path)
{
    char here[PATH_MAX];
    char *whole;

    if (path[0] != '/' && !getcwd(here, sizeof here))
        return path;
    whole = path[0] == '/' ? arena_format(arena, "%s", path) : arena_format(arena, "%s/%s", here, path);
    if (whole)
        normalise(whole);
    return whole;
}

/* Relative to the suite's directory, or to the working directory; absolute where roots are to be obeyed. NULL: no memory. */
static const char *resolve(const struct references *r, const struct reference *reference)
{
    const char *suite = r->suite->path ? r->suite->path : "", *slash = strrchr(suite, '/');
    const char *path = reference->path, *directory = r->options->suite_directory;

    if (path[0] != '/' && !reference->is_from_variable && directory)
        path = arena_format(r->arena, "%s/%s", directory, path);
    else if (path[0] != '/' && !reference->is_from_variable && slash)
        path = arena_format(r->arena, "%.*s/%s", (int)(slash - suite), suite, path);
    return path && roots_of(r) ? absolute(r->arena, path) : path;
}

/* --- opening --- */

static enum status open_file(const struct references *r, struct reference_file *file, struct error *err)
{
    struct read_options *reading = arena_alloc(r->arena, sizeof *reading);
    static const struct text_list none;

    if (!reading)
        return error_no_memory(err);
    TRY(saved_reference_open(r->arena, file->path, roots_of(r), r->memory, &file->is_saved, &file->saved, err));
    if (file->is_saved) {
        file->batch = file->saved.batch;
        return STATUS_OK;
    }
    *reading = *r->reading;
    reading->format = NULL;
    TRY(batch_open(r->arena, &file->path, 1, &none, &none, roots_of(r), NULL, reading, &file->batch, err));
    file->is_open = true;
    return STATUS_OK;
}

static void blame(struct reference_file *file, struct error *err)
{
    snprintf(err->source, sizeof err->source, "%s", file->name);
    file->error = *err;
    file->is_broken = true;
    error_clear(err);
}

static enum status find_file(struct references *r, const struct reference *reference, struct reference_file **out,
                             struct error *err)
{
    const char *path = resolve(r, reference);
    struct reference_file *file;
    enum status status;

    if (!path)
        return error_no_memory(err);
    for (file = r->files; file; file = file->next)
        if (strcmp(file->path, path) == 0)
            break;
    if (!file) {
        file = arena_alloc(r->arena, sizeof *file);
        if (!file)
            return error_no_memory(err);
        file->path = path;
        file->name = roots_of(r) ? reference->path : path;
        file->next = r->files;
        r->files = file;
        status = open_file(r, file, err);
        if (status != STATUS_OK && !is_its_fault(status))
            return status;
        if (status == STATUS_FORBIDDEN && r->outside.status == STATUS_OK && roots_of(r))
            error_set(&r->outside, STATUS_FORBIDDEN, "the reference %s %s", reference->path, err->text);
        if (status != STATUS_OK)
            blame(file, err);
    }
    *out = file;
    if (!file->is_broken)
        return STATUS_OK;
    *err = file->error;
    return err->status;
}

static enum status find_column(struct references *r, const struct reference *reference, struct reference_file **file,
                               int32_t *column, struct error *err)
{
    const struct schema *schema;
    const char *near;

    TRY(find_file(r, reference, file, err));
    error_source(err, (*file)->name);
    schema = &(*file)->batch.schema;
    *column = schema_find(schema, reference->column);
    if (*column < 0) {
        near = schema_nearest(schema, reference->column);
        return error_set(err, STATUS_NOT_FOUND, "the reference has no column %s%s%s%s", schema_shown(reference->column),
                         near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    if ((*file)->batch.columns[*column].conflict)
        return error_set(err, STATUS_BAD_DATA, "%s", (*file)->batch.columns[*column].conflict);
    if ((*file)->batch.columns[*column].missing_in)
        return error_set(err, STATUS_NOT_FOUND, "column %s is missing in %s", reference->column,
                         (*file)->batch.columns[*column].missing_in);
    if (schema->columns[*column].type.kind == TYPE_NESTED)
        return error_set(err, STATUS_UNSUPPORTED, "column %s is nested, and nested values cannot be compared yet", reference->column);
    return STATUS_OK;
}

enum status references_column(struct references *r, const struct reference *reference, struct type *type, struct error *err)
{
    struct reference_file *file;
    int32_t column;

    TRY(find_column(r, reference, &file, &column, err));
    *type = file->batch.schema.columns[column].type;
    return STATUS_OK;
}

enum status references_schema(struct references *r, const struct reference *reference, const struct schema **out, struct error *err)
{
    struct reference_file *file;

    TRY(find_file(r, reference, &file, err));
    *out = &file->batch.schema;
    return STATUS_OK;
}

/* When the newest of its files was written. */
static int64_t written_nanos(const struct batch *batch)
{
    int64_t newest = 0;

    for (int32_t f = 0; f < batch->found.n_files; f++)
        newest = batch->found.files[f].modified_nanos > newest ? batch->found.files[f].modified_nanos : newest;
    return newest;
}

enum status references_facts(struct references *r, const struct reference *reference, struct reference_facts *out, struct error *err)
{
    struct reference_file *file;
    char text[CLOCK_TEXT_SIZE];
    int64_t seconds;
    int32_t nanos;
    bool has_zone;

    *out = (struct reference_facts){0};
    TRY(find_file(r, reference, &file, err));
    out->is_saved = file->is_saved;
    if (file->is_saved) {
        out->made = file->saved.now;
        out->fingerprint = file->saved.checksum;
        if (clock_parse_timestamp(span_text(file->saved.now), &seconds, &nanos, &has_zone))
            out->made_nanos = seconds * 1000000000 + nanos;
        return STATUS_OK;
    }
    out->made_nanos = written_nanos(&file->batch);
    if (out->made_nanos > 0)
        out->made = arena_text(r->arena, text, clock_print_timestamp(out->made_nanos / 1000000, UNIT_MILLI, true, text));
    return out->made_nanos == 0 || out->made ? STATUS_OK : error_no_memory(err);
}

enum status references_are_beneath(const struct references *r, struct error *err)
{
    if (r->outside.status != STATUS_OK)
        *err = r->outside;
    return r->outside.status;
}

/* --- asking --- */

static bool is_asked(const struct reference_state *a, const struct reference_state *b)
{
    return a->asked == b->asked && a->asked_column == b->asked_column && type_equal(a->type, b->type) && a->metric == b->metric &&
           a->params_size == b->params_size && (a->params_size == 0 || memcmp(a->params, b->params, a->params_size) == 0);
}

enum status references_ask(struct references *r, const struct reference *reference, struct type type, const struct metric *metric,
                           const void *params, size_t params_size, int32_t *handle, struct error *err)
{
    struct reference_state wanted = {.type = type, .metric = metric, .params = params, .params_size = params_size}, *s;

    TRY(find_column(r, reference, &wanted.file, &wanted.column, err));
    wanted.asked = wanted.file;
    wanted.asked_column = wanted.column;
    for (s = r->states; s; s = s->next)
        if (is_asked(s, &wanted)) {
            *handle = s->handle;
            if (s->error.status != STATUS_OK)
                *err = s->error;
            return s->error.status;
        }
    s = arena_alloc(r->arena, sizeof *s);
    if (!s)
        return error_no_memory(err);
    *s = wanted;
    s->handle = *handle = ++r->n_states;
    s->next = r->states;
    r->states = s;
    return STATUS_OK;
}

const void *references_state(const struct references *r, int32_t handle)
{
    for (const struct reference_state *s = r->states; s; s = s->next)
        if (s->handle == handle)
            return s->state;
    return NULL;
}

void references_bind(const struct references *r, struct plan *plan)
{
    for (int32_t i = 0; i < plan->n_requests; i++)
        plan->requests[i].setup.reference = references_state(r, plan->requests[i].request.reference);
}

/* --- scanning --- */

static bool is_due(const struct reference_state *s, const struct reference_file *file)
{
    return s->file == file && !s->state && s->error.status == STATUS_OK;
}

static enum status make_plan(const struct references *r, struct reference_file *file, struct plan_question *questions, int32_t n,
                             struct plan *plan, struct error *err)
{
    struct validation_options *options = arena_alloc(r->arena, sizeof *options);

    if (!options)
        return error_no_memory(err);
    *options = *r->options;
    options->where = NULL;
    options->on_progress = NULL;
    options->samples = 0;
    *plan = (struct plan){.arena = r->arena, .suite = &no_suite, .options = options, .time = r->time, .memory = r->memory,
                          .batch = &file->batch};
    plan->classes = arena_array(r->arena, (size_t)file->batch.schema.n_columns + 1, sizeof *plan->classes);
    if (!plan->classes)
        return error_no_memory(err);
    return plan_make_questions(plan, questions, n, err);
}

/* All states of a file that are due, in one scan. */
static enum status scan_file(struct references *r, struct reference_file *file, struct error *err)
{
    struct plan_question *questions = arena_array(r->arena, (size_t)r->n_states + 1, sizeof *questions);
    struct reference_scan *scan = arena_alloc(r->arena, sizeof *scan);
    int32_t n = 0;

    if (!questions || !scan)
        return error_no_memory(err);
    for (const struct reference_state *s = r->states; s; s = s->next)
        if (is_due(s, file))
            questions[n++] = (struct plan_question){.slot = {.column = s->column, .type = s->type, .family = FAMILY_ANY},
                                                    .metric = s->metric, .params = s->params, .params_size = s->params_size};
    if (n == 0)
        return STATUS_OK;
    TRY(make_plan(r, file, questions, n, &scan->plan, err));
    scan->next = file->scans;
    file->scans = scan;
    TRY(scan_run(&scan->plan, r->deadline, r->arena, &scan->scanned, err));
    if (scan->scanned.lies.n > 0) { /* nothing that its footers say is believed any more */
        scan_done(&scan->scanned);
        scan->plan.is_lied_to = true;
        TRY(scan_run(&scan->plan, r->deadline, r->arena, &scan->scanned, err));
    }
    timings_add(&r->timings, &scan->scanned.timings);
    n = 0;
    for (struct reference_state *s = r->states; s; s = s->next)
        if (is_due(s, file))
            s->state = scan->scanned.states[questions[n++].handle];
    return batch_check_unchanged(&file->batch, err);
}

/* --- saved references --- */

/* Opens the data of a saved reference, once. Where they cannot be had file->no_data says why; fails only for what is not their fault. */
static enum status need_data(struct references *r, struct reference_file *file, struct error *err)
{
    struct reference_file *data = arena_alloc(r->arena, sizeof *data);
    struct read_options *reading = arena_alloc(r->arena, sizeof *reading);
    enum status status;
    char text[900];

    if (file->data || file->no_data)
        return STATUS_OK;
    if (!data || !reading)
        return error_no_memory(err);
    *reading = *r->reading;
    reading->format = NULL;
    data->path = "";
    data->name = file->name;
    error_clear(err);
    status = saved_reference_data(&file->saved, r->arena, roots_of(r), reading, &data->batch, err);
    if (status == STATUS_OK) {
        data->is_open = true;
        data->next = r->files;
        r->files = file->data = data;
        return STATUS_OK;
    }
    if (!is_its_fault(status))
        return status;
    error_format(err, text, sizeof text);
    error_clear(err);
    file->no_data = arena_format(r->arena, "%s", text);
    return file->no_data ? STATUS_OK : error_no_memory(err);
}

/* A state of which the saved reference does not know enough (`err` says what): from its data, or not at all. */
static enum status take_from_data(struct references *r, struct reference_state *s, bool *again, struct error *err)
{
    const struct schema *schema = &s->file->batch.schema;
    const char *name = schema->columns[s->column].name, *why = arena_format(r->arena, "%s", err->text);

    error_clear(err);
    if (!why)
        return error_no_memory(err);
    TRY(need_data(r, s->file, err));
    if (s->file->data) {
        s->column = schema_find(&s->file->data->batch.schema, name);
        s->file = s->file->data;
        if (s->column >= 0)
            return STATUS_OK;
    }
    s->file = s->asked;
    s->column = s->asked_column;
    *again = true;
    error_clear(&s->error);
    error_set(&s->error, STATUS_NOT_FOUND, "%s; its data, which has all, cannot be read (%s): put it back, or make the reference again", why,
              s->file->no_data ? s->file->no_data : "the column is missing");
    error_source(&s->error, s->file->name);
    return STATUS_OK;
}

/* What a scan of the data would have counted, as it was saved. */
static enum status load_file(struct references *r, struct reference_file *file, bool *again, struct error *err)
{
    for (struct reference_state *s = r->states; s; s = s->next) {
        struct metric_setup setup = {.memory = r->memory, .n_columns = 1, .types = {file->batch.schema.columns[s->column].type},
                                     .params = s->params, .params_size = s->params_size};
        enum status status;

        if (!is_due(s, file))
            continue;
        status = saved_reference_state(&file->saved, r->arena, s->column, s->metric, &setup, &s->state, err);
        s->is_loaded = status == STATUS_OK;
        if (status == STATUS_OK)
            continue;
        s->state = NULL;
        if (status != STATUS_NOT_FOUND && status != STATUS_UNSUPPORTED)
            return status;
        TRY(take_from_data(r, s, again, err));
    }
    return file->data ? scan_file(r, file->data, err) : STATUS_OK;
}

enum status references_scan(struct references *r, bool *again, struct error *err)
{
    *again = false;
    for (struct reference_file *file = r->files; file; file = file->next) {
        enum status status = file->is_broken  ? STATUS_OK
                             : file->is_saved ? load_file(r, file, again, err)
                                              : scan_file(r, file, err);

        if (status == STATUS_OK)
            continue;
        if (!is_its_fault(status))
            return status;
        blame(file, err);
        *again = true;
    }
    return STATUS_OK;
}

static enum status data_is_there(void *context, struct error *err)
{
    (void)context;
    (void)err;
    return STATUS_OK;
}

void *references_for_writing(struct references *r, int32_t handle)
{
    for (struct reference_state *s = r->states; s; s = s->next)
        if (s->handle == handle)
            return s->state;
    return NULL;
}

const char *references_trouble(const struct references *r, int32_t handle)
{
    for (const struct reference_state *s = r->states; s; s = s->next)
        if (s->handle == handle)
            return s->is_loaded ? s->file->no_data : NULL;
    return NULL;
}

/* Is something of a loaded state to be looked at in the data? */
static bool is_wanted(const struct reference_state *s, const struct reference_file *file)
{
    return s->file == file && s->is_loaded && s->metric == &metric_ordered && ordered_is_wanted(s->state);
}

/* A scan of the data that goes on where the loaded states are. */
static enum status adopt(struct references *r, struct reference_file *file, struct plan_question *questions, int32_t n, struct error *err)
{
    struct reference_scan *scan = arena_alloc(r->arena, sizeof *scan);

    if (!scan)
        return error_no_memory(err);
    scan->next = file->data->scans;
    file->data->scans = scan;
    TRY(make_plan(r, file->data, questions, n, &scan->plan, err));
    TRY(scan_result_init(&scan->scanned, &scan->plan, r->arena, err));
    n = 0;
    for (struct reference_state *s = r->states; s; s = s->next) {
        void **place;

        if (!is_wanted(s, file))
            continue;
        place = &scan->scanned.states[questions[n++].handle];
        s->metric->done(*place);
        *place = s->state;
        s->is_loaded = false; /* the scan ends it */
        s->file = file->data;
    }
    return STATUS_OK;
}

static enum status adopt_wanted(struct references *r, struct reference_file *file, struct error *err)
{
    struct plan_question *questions = arena_array(r->arena, (size_t)r->n_states + 1, sizeof *questions);
    int32_t n = 0;

    if (!questions)
        return error_no_memory(err);
    for (const struct reference_state *s = r->states; s; s = s->next)
        n += is_wanted(s, file);
    if (n == 0)
        return STATUS_OK;
    TRY(need_data(r, file, err));
    n = 0;
    for (struct reference_state *s = r->states; s; s = s->next) {
        int32_t column = -1;

        if (!is_wanted(s, file))
            continue;
        if (file->data)
            column = schema_find(&file->data->batch.schema, file->batch.schema.columns[s->column].name);
        if (column >= 0)
            questions[n++] = (struct plan_question){.slot = {.column = column, .type = s->type, .family = FAMILY_ANY},
                                                    .metric = s->metric, .params = s->params, .params_size = s->params_size};
        else
            ordered_unwant(s->state);
    }
    return n ? adopt(r, file, questions, n, err) : STATUS_OK;
}

static enum status continue_file(struct references *r, struct reference_file *file, struct error *err)
{
    bool any = false;

    for (struct reference_scan *scan = file->scans; scan; scan = scan->next) {
        any = any || scan->scanned.plan;
        if (scan->scanned.plan && scan_continue(&scan->plan, r->deadline, data_is_there, NULL, &scan->scanned, err) != STATUS_OK) {
            error_source(err, file->path[0] ? file->path : file->name);
            return err->status;
        }
    }
    return any ? batch_check_unchanged(&file->batch, err) : STATUS_OK;
}

enum status references_continue(struct references *r, struct error *err)
{
    for (struct reference_file *file = r->files; file; file = file->next)
        if (file->is_saved && !file->is_broken)
            TRY(adopt_wanted(r, file, err));
    for (struct reference_file *file = r->files; file; file = file->next)
        TRY(continue_file(r, file, err));
    return STATUS_OK;
}

void references_close(struct references *r)
{
    for (struct reference_state *s = r->states; s; s = s->next)
        if (s->is_loaded)
            s->metric->done(s->state);
    for (struct reference_file *file = r->files; file; file = file->next) {
        for (struct reference_scan *scan = file->scans; scan; scan = scan->next) {
            if (scan->scanned.plan)
                scan_done(&scan->scanned);
            plan_done(&scan->plan);
        }
        if (file->is_open)
            batch_close(&file->batch);
    }
    r->files = NULL;
    r->states = NULL;
    r->n_states = 0;
}
