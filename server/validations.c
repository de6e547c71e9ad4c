/* server/validations.c -- the two calls that judge: data below a root, and the body of the request.
 *
 * What can be refused by the header fields alone is refused before the body is read (check_*). The rest runs on a worker (run_*): find
 * the suite, read its variables, fill in the options, validate(), keep the run, answer.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/clock.h"
#include "server/service.h"
#include "validator/limits.h"
#include "validator/validator.h"

enum { VARIABLES_MAX = 1000, LABELS_MAX = 100, OWN_LABELS = 2 };

/* What one validation needs, gathered from JSON or from the query. */
struct wanted {
    struct call *call;
    struct variable *vars; int32_t n_vars;
    struct name_value *labels; int32_t n_labels;
    const char *now;
    const struct suite *suite;
    struct validation_options options;
};

static void no_memory(struct call *call) { call_problem(call, PROBLEM_INTERNAL, "out of memory"); }

/* --- suites --- */

bool suite_find(struct call *call, const char *reference)
{
    const char *name, *pin;

    if (!suite_reference_parse(&call->arena, reference, &name, &pin)) {
        call_problem(call, PROBLEM_BAD_SUITE_NAME,
                     "a suite is named by up to %d letters, digits, dots, dashes and underscores, or NAME@sha256:HASH", NAME_MAX_BYTES);
        return false;
    }
    call->suite = catalogue_find(&call->service->catalogue, name);
    if (!call->suite) {
        call_problem(call, PROBLEM_UNKNOWN_SUITE, "there is no suite `%s`; GET /v1/suites lists them", name);
        return false;
    }
    if ((pin && strcmp(pin, call->suite->hash) != 0) ||
        (call->headers.if_match && !etags_hold(call->headers.if_match, call->suite->hash))) {
        call_problem(call, PROBLEM_HASH_DIFFERS, "suite `%s` is %s now", name, call->suite->hash);
        return false;
    }
    return true;
}

static void suite_in_error(struct call *call, const char *const *texts, int32_t n)
{
    struct problems list;

    problems_init(&list, &call->arena);
    for (int32_t i = 0; i < n; i++) {
        struct error one = ERROR_NONE;
        error_set(&one, STATUS_BAD_SUITE, "%s", texts[i]);
        problems_take(&list, &one);
    }
    call_problems(call, PROBLEM_SUITE_IN_ERROR, &list);
}

/* A suite in error is refused as long as variables cannot mend it. */
static bool suite_is_usable(struct call *call)
{
    const struct suite_entry *entry = call->suite;

    if (entry->suite || entry->needs_variables)
        return true;
    suite_in_error(call, entry->problems, entry->n_problems);
    return false;
}

/* With variables the text is read again; without, the suite that was read once serves every run. */
static bool prepare_suite(struct wanted *w)
{
    struct call *call = w->call;
    const struct suite_entry *entry = call->suite;
    struct suite_variables variables = {.at = w->vars, .n = w->n_vars};
    struct error err = ERROR_NONE;
    struct problems problems;
    struct suite *suite;

    w->suite = entry->suite;
    if (w->suite && w->n_vars == 0)
        return true;
    problems_init(&problems, &call->arena);
    if (suite_parse(&call->arena, entry->file, entry->text, &variables, &suite, &problems, &err) == STATUS_OK) {
        w->suite = suite;
        return true;
    }
    if (problems.n)
        call_problems(call, PROBLEM_SUITE_IN_ERROR, &problems);
    else
        call_problem_of(call, PROBLEM_SUITE_IN_ERROR, &err);
    return false;
}

/* --- parameters --- */

/* Map nodes and NAME=VALUE texts to pairs; scalars keep their text. */
static bool pairs_of_node(struct arena *arena, const struct node *map, struct name_value **out, int32_t *n, int32_t more)
{
    *n = 0;
    *out = arena_array(arena, (size_t)(map ? map->n_children : 0) + (size_t)more + 1, sizeof **out);
    for (const struct node *child = *out && map ? map->first : NULL; child; child = child->next) {
        const char *value = child->kind == NODE_BOOL ? (child->boolean ? "true" : "false") : (const char *)child->text.at;
        (*out)[(*n)++] = (struct name_value){(const char *)child->key.at, value};
    }
    return *out != NULL;
}

static bool pairs_of_texts(struct call *call, const char *parameter, const struct text_list *texts, struct name_value **out, int32_t *n,
                           int32_t more)
{
    *n = 0;
    *out = arena_array(&call->arena, (size_t)texts->n + (size_t)more + 1, sizeof **out);
    if (!*out) {
        no_memory(call);
        return false;
    }
    for (int32_t i = 0; i < texts->n; i++) {
        const char *equals = strchr(texts->at[i], '=');
        const char *name = equals ? arena_text(&call->arena, texts->at[i], (size_t)(equals - texts->at[i])) : NULL;
        if (!equals || equals == texts->at[i] || !name) {
            call_problem(call, PROBLEM_BAD_QUERY, "`%s` is written NAME=VALUE, not `%s`", parameter, texts->at[i]);
            return false;
        }
        (*out)[(*n)++] = (struct name_value){name, equals + 1};
    }
    return true;
}

static bool set_vars(struct wanted *w, const struct name_value *pairs, int32_t n)
{
    w->vars = arena_array(&w->call->arena, (size_t)n + 1, sizeof *w->vars);
    w->n_vars = n;
    for (int32_t i = 0; w->vars && i < n; i++)
        w->vars[i] = (struct variable){pairs[i].name, pairs[i].value};
    if (!w->vars)
        no_memory(w->call);
    return w->vars != NULL;
}

/* The request's id and trace go with the caller's labels, so that a report is found by them. */
static void set_labels(struct wanted *w, struct name_value *labels, int32_t n)
{
    labels[n++] = (struct name_value){"request_id", w->call->headers.request_id};
    if (w->call->headers.traceparent)
        labels[n++] = (struct name_value){"traceparent", w->call->headers.traceparent};
    w->options.labels = labels;
    w->options.n_labels = n;
}

/* A time without zone is in the suite's; a date is its first instant there. */
static bool set_now(struct wanted *w)
{
    struct validation_options *v = &w->options;
    struct time_zone zone = {.name = "UTC"};
    struct error err = ERROR_NONE;
    bool has_zone = false;
    int64_t days;

    if (!w->now)
        return true;
    v->has_now = true;
    if (clock_parse_date(span_text(w->now), &days)) {
        v->now_seconds = days * 86400;
    } else if (!clock_parse_timestamp(span_text(w->now), &v->now_seconds, &v->now_nanos, &has_zone)) {
        call_problem(w->call, PROBLEM_BAD_REQUEST, "`now` is a time such as 2024-12-10T06:00:00Z, not `%s`", w->now);
        return false;
    }
    if (has_zone || !w->suite->timezone)
        return true;
    if (time_zone_find(&w->call->arena, w->suite->timezone, &zone, &err) != STATUS_OK) {
        call_problem_of(w->call, PROBLEM_SUITE_IN_ERROR, &err);
        return false;
    }
    v->now_seconds = time_zone_to_utc(&zone, v->now_seconds);
    return true;
}

static void set_limits(struct wanted *w)
{
    const struct server_options *o = &w->call->service->options;
    struct validation_options *v = &w->options;

    validation_options_init(v);
    v->threads = (int32_t)o->threads;
    v->memory_limit = (size_t)o->memory;
    /* While its body arrives the run mostly waits, and for that the caller has time of its own. */
    v->timeout_seconds = o->timeout_seconds + (o->timeout_seconds > 0 && w->call->began_early ? o->body_seconds : 0);
    v->temporary_directory = o->temporary_directory;
    v->cancelled = &w->call->cancelled;
    v->reference_roots = &w->call->service->data;
    v->outside_references_are_refused = true;
    v->plots = true;
    v->samples = (int32_t)w->call->query->samples;
}

/* --- the verdict --- */

static int gate_status(const struct report *report)
{
    return report->outcome == OUTCOME_PASS ? 200 : report->outcome == OUTCOME_FAIL ? 422 : 424;
}

static void answer_report(struct call *call, const struct report *report)
{
    struct run_entry *entry = run_entry_new(report);
    struct answer *answer = entry ? call_answer(call, call->query->gate ? gate_status(report) : 200, type_json) : NULL;

    metrics_run(&call->service->metrics, report);
    if (!answer || !buffer_add(&answer->body, entry->json.at, entry->json.size)) {
        no_memory(call);
    } else {
        history_add(&call->service->history, entry);
        answer_header(answer, "Location", "/v1/validations/%s", entry->row.id);
        call->run_id = arena_text(&call->arena, entry->row.id, strlen(entry->row.id));
        call->outcome = entry->row.outcome;
    }
    run_entry_release(entry);
}

/* An error of the data that is a problem of the request: nothing of its kind is told by a report. PROBLEM_NONE: the report is the answer. */
static enum problem_kind problem_of_report(const struct call *call, const struct report *report)
{
    bool is_body = call->route->body == BODY_BATCH;

    switch (report->error_status) {
    case STATUS_CANCELLED: return PROBLEM_CANCELLED;
    case STATUS_FORBIDDEN: return strstr(report->error, "leads out") ? PROBLEM_OUTSIDE_ROOTS : PROBLEM_FORBIDDEN_SOURCE;
    case STATUS_TOO_LARGE: return is_body && body_unpacks_too_far(&call->body) ? PROBLEM_BODY_TOO_LARGE : PROBLEM_NONE;
    case STATUS_NOT_FOUND: return is_body || call->query->gate ? PROBLEM_NONE : PROBLEM_UNKNOWN_SOURCE;
    case STATUS_BAD_DATA:
    case STATUS_UNSUPPORTED: return is_body && !call->query->gate ? PROBLEM_UNREADABLE_BODY : PROBLEM_NONE;
    default: return PROBLEM_NONE;
    }
}

static void judge(struct wanted *w)
{
    struct call *call = w->call;
    struct error err = ERROR_NONE;
    const struct report *report = NULL;
    enum status status;
    enum problem_kind kind;

    w->options.suite_directory = call->suite->directory;
    status = validate(&call->arena, w->suite, &w->options, &report, &err);

    if (status != STATUS_OK) {
        call_problem_of(call, status == STATUS_BAD_SUITE ? PROBLEM_SUITE_IN_ERROR : PROBLEM_BAD_REQUEST, &err);
        return;
    }
    kind = problem_of_report(call, report);
    if (kind == PROBLEM_CANCELLED)
        metrics_cancelled(&call->service->metrics);
    if (kind == PROBLEM_BODY_TOO_LARGE)
        metrics_rejected(&call->service->metrics, REJECTED_TOO_LARGE);
    if (kind != PROBLEM_NONE)
        call_problem(call, kind, "%s", report->error);
    else
        answer_report(call, report);
}

/* --- data below a root --- */

/* Each name is looked for below the roots in their order; a glob by what stands before its first special character. */
static const char *safe_path(struct call *call, const char *name)
{
    const struct data_roots *roots = &call->service->data;
    size_t plain = strcspn(name, "*?[\\");
    struct error err = ERROR_NONE;
    int fd;

    if (name[plain]) /* up to the last / before it */
        while (plain > 0 && name[plain - 1] != '/')
            plain--;
    for (int32_t i = 0; i < roots->n; i++) {
        struct data_roots one = {&roots->at[i], 1};
        const char *path = arena_format(&call->arena, "%s/%s", roots->at[i].path, name);
        const char *base = arena_format(&call->arena, "%s/%.*s", roots->at[i].path, (int)plain, name);
        if (!path || !base) {
            no_memory(call);
            return NULL;
        }
        error_clear(&err);
        if (roots_open(&one, base, O_PATH, &fd, &err) == STATUS_OK) {
            close(fd);
            return path;
        }
        if (err.status != STATUS_NOT_FOUND)
            break;
    }
    if (err.status == STATUS_NOT_FOUND && call->query->gate) /* the report says so, with 424 */
        return arena_format(&call->arena, "%s/%s", roots->at[0].path, name);
    if (err.status == STATUS_NOT_FOUND)
        call_problem(call, PROBLEM_UNKNOWN_SOURCE, "there is no `%s` below the directories that hold data", name);
    else if (err.status == STATUS_FORBIDDEN)
        call_problem(call, PROBLEM_OUTSIDE_ROOTS, "`%s` leads out of the directories that hold data", name);
    else
        call_problem(call, PROBLEM_BAD_SOURCE, "`%s`: %s", name, err.text);
    return NULL;
}

/* By its text alone, before anything is looked for. */
static bool names_are_allowed(struct call *call, const struct text_list *source)
{
    struct error err = ERROR_NONE;

    for (int32_t i = 0; i < source->n; i++)
        if (source_name_check(source->at[i], &err) != STATUS_OK) {
            call_problem(call, err.status == STATUS_FORBIDDEN ? PROBLEM_OUTSIDE_ROOTS : PROBLEM_BAD_SOURCE, "%s", err.text);
            return false;
        }
    return true;
}

static bool set_sources(struct wanted *w, const struct text_list *source)
{
    struct call *call = w->call;
    const char **paths = arena_array(&call->arena, (size_t)source->n, sizeof *paths);

    for (int32_t i = 0; paths && i < source->n; i++) {
        paths[i] = safe_path(call, source->at[i]);
        if (!paths[i])
            return false;
    }
    if (!paths)
        no_memory(call);
    w->options.paths = paths;
    w->options.n_paths = source->n;
    w->options.roots = &call->service->data;
    return paths != NULL;
}

static bool set_partitions(struct wanted *w, const struct node *map)
{
    struct arena *arena = &w->call->arena;
    struct text_list *list = &w->options.partitions;
    struct name_value *pairs;
    int32_t n;

    if (!map)
        return true;
    list->at = arena_array(arena, (size_t)map->n_children + 1, sizeof *list->at);
    if (!list->at || !pairs_of_node(arena, map, &pairs, &n, 0))
        return false;
    for (list->n = 0; list->n < n; list->n++) {
        list->at[list->n] = arena_format(arena, "%s=%s", pairs[list->n].name, pairs[list->n].value);
        if (!list->at[list->n])
            return false;
    }
    list->is_set = true;
    return true;
}

static bool read_request(struct call *call, struct validation_request *request)
{
    struct error err = ERROR_NONE;
    struct problems problems;
    struct span text;

    problems_init(&problems, &call->arena);
    if (body_text(&call->body, &call->arena, &text, &err) != STATUS_OK) {
        call_problem_of(call, PROBLEM_INTERNAL, &err);
        return false;
    }
    if (!validation_request_parse(&call->arena, text, request, &problems)) {
        no_memory(call);
        return false;
    }
    if (problems.n)
        call_problems(call, PROBLEM_BAD_JSON, &problems);
    return problems.n == 0;
}

void run_source_validation(struct call *call)
{
    struct wanted w = {.call = call};
    struct validation_request request;
    struct name_value *pairs, *labels;
    int32_t n, n_labels;

    set_limits(&w);
    if (!read_request(call, &request) || !names_are_allowed(call, &request.source) || !suite_find(call, request.suite) || !suite_is_usable(call))
        return;
    if (!pairs_of_node(&call->arena, request.vars, &pairs, &n, 0) ||
        !pairs_of_node(&call->arena, request.labels, &labels, &n_labels, OWN_LABELS) || !set_partitions(&w, request.partition)) {
        no_memory(call);
        return;
    }
    w.now = request.now;
    w.options.where = request.where;
    set_labels(&w, labels, n_labels);
    if (set_vars(&w, pairs, n) && prepare_suite(&w) && set_now(&w) && set_sources(&w, &request.source))
        judge(&w);
}

/* --- the body --- */

static const struct body_type { const char *type, *format; } body_types[] = {
    {"text/csv", "csv"},
    {"application/vnd.apache.parquet", "parquet"},
    {"application/x-ndjson", "json"},
    {"application/json", "json"},
};

static const struct body_type *body_type_find(const char *field)
{
    for (size_t i = 0; field && i < sizeof body_types / sizeof body_types[0]; i++)
        if (media_type_is(field, body_types[i].type))
            return &body_types[i];
    return NULL;
}

bool body_is_read_in_order(const struct call *call)
{
    const struct body_type *type = body_type_find(call->headers.content_type);

    return type && strcmp(type->format, "parquet") != 0;
}

static bool body_encoding_find(const char *field, enum body_encoding *out)
{
    static const char *const names[] = {"identity", "gzip", "zstd", "x-gzip"};
    static const enum body_encoding encodings[] = {BODY_PLAIN, BODY_GZIP, BODY_ZSTD, BODY_GZIP};

    *out = BODY_PLAIN;
    for (size_t i = 0; field && *field && i < sizeof names / sizeof names[0]; i++)
        if (media_type_is(field, names[i])) {
            *out = encodings[i];
            return true;
        }
    return !field || !*field;
}

/* What both calls have to pass before their body is read. */
static bool may_begin(struct call *call)
{
    struct service *service = call->service;

    if (atomic_load(&service->is_draining)) {
        metrics_rejected(&service->metrics, REJECTED_DRAINING);
        call_problem(call, PROBLEM_DRAINING, "no new validations are taken");
        return false;
    }
    if (jobs_are_full(&service->jobs)) {
        metrics_rejected(&service->metrics, REJECTED_QUEUE_FULL);
        call_problem(call, PROBLEM_QUEUE_FULL, "%lld validations run or wait; try again", (long long)service->options.queue);
        return false;
    }
    return true;
}

void check_source_validation(struct call *call)
{
    if (!call->headers.content_type || !media_type_is(call->headers.content_type, "application/json"))
        call_problem(call, PROBLEM_MEDIA_TYPE, "this call takes application/json");
    else if (call->headers.content_encoding)
        call_problem(call, PROBLEM_CONTENT_ENCODING, "this call takes JSON as it is");
    else
        (void)may_begin(call);
}

void check_body_validation(struct call *call)
{
    enum body_encoding encoding;

    if (!body_type_find(call->headers.content_type)) {
        call_problem(call, PROBLEM_MEDIA_TYPE,
                     "a batch is text/csv, application/vnd.apache.parquet, application/x-ndjson or application/json (a list of records)");
        return;
    }
    if (!body_encoding_find(call->headers.content_encoding, &encoding)) {
        call_problem(call, PROBLEM_CONTENT_ENCODING, "a body is encoded by gzip or zstd, or not at all");
        answer_header(call->answer, "Accept-Encoding", "gzip, zstd");
        return;
    }
    if (suite_find(call, call->segment) && suite_is_usable(call))
        (void)may_begin(call);
}

static bool take_body(struct wanted *w)
{
    static const char *const names[] = {"body"};
    struct call *call = w->call;
    struct error err = ERROR_NONE;
    enum body_encoding encoding;
    enum status status;
    bool is_text = body_is_read_in_order(call);

    body_encoding_find(call->headers.content_encoding, &encoding);
    w->options.format = body_type_find(call->headers.content_type)->format;
    w->options.paths = names;
    w->options.n_paths = 1;
    status = body_take(&call->body, names[0], encoding, is_text ? BODY_UNPACK_WHILE_READ : BODY_UNPACK_FIRST,
                       &w->options.body, &err);
    if (status == STATUS_OK)
        return true;
    if (status == STATUS_TOO_LARGE)
        metrics_rejected(&call->service->metrics, REJECTED_TOO_LARGE);
    call_problem_of(call, status == STATUS_TOO_LARGE ? PROBLEM_BODY_TOO_LARGE : PROBLEM_UNREADABLE_BODY, &err);
    return false;
}

void run_body_validation(struct call *call)
{
    struct wanted w = {.call = call, .now = call->query->now};
    struct name_value *pairs, *labels;
    int32_t n, n_labels;

    set_limits(&w);
    w.options.where = call->query->where;
    if (!pairs_of_texts(call, "var", &call->query->var, &pairs, &n, 0) ||
        !pairs_of_texts(call, "label", &call->query->label, &labels, &n_labels, OWN_LABELS))
        return;
    set_labels(&w, labels, n_labels);
    if (set_vars(&w, pairs, n) && prepare_suite(&w) && set_now(&w) && take_body(&w))
        judge(&w);
}
