/* assay.c -- assay.h over suites/, validator/ and reports/. Handles carry an arena each. */
#include "assay.h"

#include "reports/report.h"
#include "validator/validator.h"

struct assay_suite {
    struct arena arena;
    struct suite *suite;
};

struct assay_report {
    struct arena arena;
    const struct report *report;
};

const char *assay_version(void) { return ASSAY_VERSION; }

static void give_error(struct assay_error *out, const struct error *err)
{
    if (!out)
        return;
    out->exit_code = status_exit_code(err->status);
    out->retryable = status_is_retryable(err->status);
    error_format(err, out->text, sizeof out->text);
}

/* Every problem a line, as many as fit. */
static void give_problems(struct assay_error *out, const struct problems *problems, const char *path, const struct error *err)
{
    size_t used = 0;

    if (problems->n == 0 || status_exit_code(err->status) == 4) {
        give_error(out, err);
        return;
    }
    if (!out)
        return;
    for (int32_t i = 0; i < problems->n && used + 2 < sizeof out->text; i++) {
        struct error one = problems->at[i];

        error_source(&one, path);
        if (i)
            out->text[used++] = '\n';
        error_format(&one, out->text + used, sizeof out->text - used);
        used += strlen(out->text + used);
    }
    out->exit_code = status_exit_code(STATUS_BAD_SUITE);
    out->retryable = 0;
}

static enum status split_variables(struct arena *arena, const char *const *texts, struct suite_variables *out,
                                   struct error *err)
{
    struct variable *at;
    int32_t n = 0;

    while (texts && texts[n])
        n++;
    at = arena_array(arena, (size_t)n + 1, sizeof *at);
    if (!at)
        return error_no_memory(err);
    for (int32_t i = 0; i < n; i++) {
        const char *equals = strchr(texts[i], '=');

        if (!equals || equals == texts[i])
            return error_set(err, STATUS_BAD_USAGE, "a variable is name=value, not '%s'", texts[i]);
        at[i].name = arena_text(arena, texts[i], (size_t)(equals - texts[i]));
        at[i].value = arena_text(arena, equals + 1, strlen(equals + 1));
        if (!at[i].name || !at[i].value)
            return error_no_memory(err);
    }
    *out = (struct suite_variables){.at = at, .n = n};
    return STATUS_OK;
}

/* `text` NULL: read the file `path`. */
static struct assay_suite *suite_new(const char *path, const struct span *text, const char *const *variables,
                                     struct assay_error *error)
{
    struct assay_suite *handle = mem_alloc(NULL, sizeof *handle);
    struct suite_variables split = {0};
    struct problems problems = {0};
    struct error err = ERROR_NONE;
    enum status status;

    if (!handle) {
        error_no_memory(&err);
        give_error(error, &err);
        return NULL;
    }
    arena_init(&handle->arena, NULL, 0);
    problems_init(&problems, &handle->arena);
    status = split_variables(&handle->arena, variables, &split, &err);
    if (status == STATUS_OK && text)
        status = suite_parse(&handle->arena, path, *text, &split, &handle->suite, &problems, &err);
    else if (status == STATUS_OK)
        status = suite_read(&handle->arena, path, &split, &handle->suite, &problems, &err);
    if (status == STATUS_OK)
        return handle;
    if (status_exit_code(status) != 4 && status != STATUS_BAD_USAGE)
        err.status = STATUS_BAD_SUITE; /* a suite that is not there is a wrong configuration, not missing data */
    give_problems(error, &problems, path, &err);
    assay_suite_close(handle);
    return NULL;
}

struct assay_suite *assay_suite_open(const char *path, const char *const *variables, struct assay_error *error)
{
    return suite_new(path, NULL, variables, error);
}

struct assay_suite *assay_suite_parse(const char *name, const char *text, size_t size, const char *const *variables,
                                      struct assay_error *error)
{
    struct span bytes = span_of(text, size);

    return suite_new(name, &bytes, variables, error);
}

void assay_suite_close(struct assay_suite *suite)
{
    if (!suite)
        return;
    arena_done(&suite->arena);
    mem_free(NULL, suite);
}

/* Members that an older caller's struct does not have stay zero. */
static void set_options(struct validation_options *v, const struct assay_options *given)
{
    struct assay_options o = {0};

    validation_options_init(v);
    if (given)
        memcpy(&o, given, given->size && given->size < sizeof o ? given->size : sizeof o);
    v->format = o.format;
    v->where = o.where;
    v->threads = o.threads;
    v->memory_limit = o.memory;
    v->timeout_seconds = o.timeout_seconds;
    v->allow_empty = o.allow_empty != 0;
    v->samples_were_asked = o.samples > 0;
    if (o.samples)
        v->samples = o.samples > 0 ? o.samples : 0;
}

struct assay_report *assay_validate(const struct assay_suite *suite, const char *const *batch,
                                    const struct assay_options *options, struct assay_error *error)
{
    struct assay_report *handle = mem_alloc(NULL, sizeof *handle);
    struct validation_options v;
    struct error err = ERROR_NONE;
    enum status status;

    if (!handle) {
        error_no_memory(&err);
        give_error(error, &err);
        return NULL;
    }
    arena_init(&handle->arena, NULL, 0);
    set_options(&v, options);
    v.paths = batch;
    while (batch && batch[v.n_paths])
        v.n_paths++;
    if (v.n_paths == 0)
        status = error_set(&err, STATUS_BAD_USAGE, "no batch");
    else
        status = validate(&handle->arena, suite->suite, &v, &handle->report, &err);
    if (status == STATUS_OK)
        return handle;
    give_error(error, &err);
    assay_report_free(handle);
    return NULL;
}

int assay_report_success(const struct assay_report *report) { return report->report->success ? 1 : 0; }
int assay_report_exit_code(const struct assay_report *report) { return report->report->exit_code; }
const char *assay_report_headline(const struct assay_report *report) { return report->report->headline; }

const char *assay_report_render(struct assay_report *report, const char *format, size_t *size, struct assay_error *error)
{
    const struct report_format *row = report_format_find(format);
    struct report_options options = {.result_format = "SUMMARY"};
    struct error err = ERROR_NONE;
    struct buffer text = {0};
    const char *copy = NULL;

    if (!row)
        error_set(&err, STATUS_BAD_USAGE, "there is no report format '%s'", format);
    else if (!row->render(report->report, &options, &text) ||
             !(copy = arena_text(&report->arena, text.at, text.size)))
        error_no_memory(&err);
    if (copy && size)
        *size = text.size;
    if (!copy)
        give_error(error, &err);
    buffer_done(&text);
    return copy;
}

void assay_report_free(struct assay_report *report)
{
    if (!report)
        return;
    arena_done(&report->arena);
    mem_free(NULL, report);
}
