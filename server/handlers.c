/* server/handlers.c -- the calls that answer at once: runs, suites, probes, figures, pages. */
#include <stdio.h>

#include "core/sha256.h"
#include "server/pages.h"
#include "server/service.h"

static struct buffer *page(struct call *call)
{
    struct answer *answer = call_answer(call, 200, type_html);

    return answer ? &answer->body : NULL;
}

static struct buffer *json_answer(struct call *call, struct json_writer *w)
{
    struct answer *answer = call_answer(call, 200, type_json);

    if (!answer)
        return NULL;
    json_init(w, &answer->body, 1);
    return &answer->body;
}

/* An answer is whole or it is a problem. */
static void finish(struct call *call, bool ok)
{
    if (!ok)
        call_problem(call, PROBLEM_INTERNAL, "out of memory");
}

static bool json_finish(struct json_writer *w) { return !w->failed && buffer_add(w->out, "\n", 1); }

/* --- probes and figures --- */

static void answer_state(struct call *call, const char *state)
{
    struct json_writer w;

    if (!json_answer(call, &w))
        return;
    json_object(&w);
    json_member_text(&w, "status", state);
    json_member_text(&w, "assay", ASSAY_VERSION);
    json_object_end(&w);
    finish(call, json_finish(&w));
}

void answer_health(struct call *call) { answer_state(call, "ok"); }

void answer_ready(struct call *call)
{
    if (atomic_load(&call->service->is_draining))
        call_problem(call, PROBLEM_DRAINING, "no new validations are taken");
    else
        answer_state(call, "ready");
}

void answer_metrics(struct call *call)
{
    struct answer *answer = call_answer(call, 200, type_text);

    if (answer)
        finish(call, metrics_write(call->service, &answer->body));
}

void answer_openapi(struct call *call)
{
    struct answer *answer = call_answer(call, 200, type_json);

    if (answer)
        finish(call, openapi_write(&answer->body));
}

/* --- runs --- */

static struct history_row *rows_of(struct arena *arena, struct run_entry *const *entries, int32_t n)
{
    struct history_row *rows = arena_array(arena, (size_t)n + 1, sizeof *rows);

    for (int32_t i = 0; rows && i < n; i++)
        rows[i] = entries[i]->row;
    return rows;
}

static void release_runs(struct run_entry *const *entries, int32_t n)
{
    for (int32_t i = 0; i < n; i++)
        run_entry_release(entries[i]);
}

static void write_run(struct json_writer *w, const struct run_entry *entry)
{
    const struct history_row *row = &entry->row;

    json_object(w);
    json_member_text(w, "id", row->id);
    json_member_text(w, "suite", row->suite);
    json_member_text(w, "dataset", row->dataset);
    if (row->partition)
        json_member_text(w, "partition", row->partition);
    if (row->source)
        json_member_text(w, "source", row->source);
    json_member_text(w, "outcome", row->outcome);
    json_member_bool(w, "success", entry->success);
    json_member_text(w, "headline", row->headline);
    json_member_text(w, "started", row->started);
    json_member_double(w, "seconds", row->seconds);
    if (row->rows >= 0)
        json_member_int(w, "rows", row->rows);
    json_object_end(w);
}

static bool write_runs(struct json_writer *w, struct run_entry *const *entries, int32_t n, bool more, int64_t limit)
{
    json_object(w);
    json_key(w, "validations");
    json_array(w);
    for (int32_t i = 0; i < n; i++)
        write_run(w, entries[i]);
    json_array_end(w);
    if (more && n) {
        char next[256];
        snprintf(next, sizeof next, "/v1/validations?limit=%lld&after=%s", (long long)limit, entries[n - 1]->row.id);
        json_member_text(w, "next", next);
    }
    json_object_end(w);
    return json_finish(w);
}

void answer_validations(struct call *call)
{
    struct json_writer w;
    struct run_entry **entries;
    int64_t limit = call->query->limit;
    int32_t n;
    bool more;

    entries = history_list(&call->service->history, &call->arena, call->query->after, NULL, limit, &n, &more);
    if (n < 0) {
        call_problem(call, PROBLEM_UNKNOWN_VALIDATION, "there is no run `%s` to go on after", call->query->after);
        return;
    }
    if (entries && call->wants_page) {
        const struct history_row *rows = rows_of(&call->arena, entries, n);
        struct buffer *out = page(call);
        if (out)
            finish(call, rows && pages_index(rows, n, out));
    } else if (entries && json_answer(call, &w)) {
        finish(call, write_runs(&w, entries, n, more, limit));
    } else {
        finish(call, false);
    }
    release_runs(entries, n);
}

void answer_validation(struct call *call)
{
    struct run_entry *entry = history_find(&call->service->history, call->segment);
    const struct buffer *from;
    struct answer *answer;

    if (!entry) {
        call_problem(call, PROBLEM_UNKNOWN_VALIDATION, "there is no run `%s`; the last %lld are kept", call->segment,
                     (long long)call->service->options.history);
        return;
    }
    from = call->wants_page ? &entry->html : &entry->json;
    if (from->size == 0) {
        call_problem(call, PROBLEM_NOT_ACCEPTABLE, "reports are not rendered as HTML here; ask for application/json");
    } else {
        answer = call_answer(call, 200, call->wants_page ? type_html : type_json);
        if (answer)
            finish(call, buffer_add(&answer->body, from->at, from->size));
    }
    answer_header(call->answer, "Vary", "Accept");
    run_entry_release(entry);
}

void answer_index(struct call *call)
{
    int32_t n;
    bool more;
    struct run_entry **entries = history_list(&call->service->history, &call->arena, NULL, NULL, 100, &n, &more);
    const struct history_row *rows = entries ? rows_of(&call->arena, entries, n) : NULL;
    struct buffer *out = page(call);

    if (out)
        finish(call, rows && pages_index(rows, n, out));
    release_runs(entries, n);
}

/* --- suites --- */

static void write_texts(struct json_writer *w, const char *key, const char *const *texts, int32_t n)
{
    json_key(w, key);
    json_array(w);
    for (int32_t i = 0; i < n; i++)
        json_text(w, texts[i]);
    json_array_end(w);
}

static void write_optional(struct json_writer *w, const char *key, const char *text)
{
    if (text)
        json_member_text(w, key, text);
}

static void write_suite_members(struct json_writer *w, const struct suite_row *row)
{
    json_member_text(w, "name", row->name);
    json_member_text(w, "hash", row->hash);
    json_member_text(w, "file", row->file);
    json_member_bool(w, "usable", row->n_problems == 0);
    json_member_bool(w, "needs_variables", row->needs_variables);
    write_optional(w, "dataset", row->dataset);
    write_optional(w, "description", row->description);
    write_optional(w, "owner", row->owner);
    write_optional(w, "runbook", row->runbook);
    write_texts(w, "tags", row->tags, row->n_tags);
    json_member_int(w, "expectations", row->n_expectations);
    write_texts(w, "problems", row->problems, row->n_problems);
}

/* The rows; a name that an earlier file has already is told as a problem of the later one. */
static struct suite_row *suite_rows(struct arena *arena, struct suite_entry *const *entries, int32_t n)
{
    static const char *const taken[] = {"another file holds a suite of this name"};
    struct suite_row *rows = arena_array(arena, (size_t)n + 1, sizeof *rows);

    for (int32_t i = 0; rows && i < n; i++) {
        suite_entry_row(entries[i], &rows[i]);
        if (i && rows[i].n_problems == 0 && strcmp(rows[i].name, rows[i - 1].name) == 0) {
            rows[i].problems = taken;
            rows[i].n_problems = 1;
        }
    }
    return rows;
}

/* The tag of the list: of all names and hashes. */
static void list_hash(const struct suite_row *rows, int32_t n, char out[72])
{
    struct sha256 sha;

    sha256_init(&sha);
    for (int32_t i = 0; i < n; i++) {
        sha256_add(&sha, rows[i].name, strlen(rows[i].name) + 1);
        sha256_add(&sha, rows[i].hash, strlen(rows[i].hash) + 1);
        sha256_add(&sha, rows[i].file, strlen(rows[i].file) + 1);
    }
    memcpy(out, "sha256:", 7);
    sha256_hex(&sha, out + 7);
}

/* 304 where the caller has it already. */
static bool is_unchanged(struct call *call, const char *hash)
{
    struct answer *answer;

    if (!etags_hold(call->headers.if_none_match, hash))
        return false;
    answer = call_answer(call, 304, NULL);
    answer_header(answer, "ETag", "\"%s\"", hash);
    return true;
}

void answer_suites(struct call *call)
{
    int32_t n = 0;
    struct suite_entry **entries = catalogue_list(&call->service->catalogue, &call->arena, &n);
    struct suite_row *rows = entries ? suite_rows(&call->arena, entries, n) : NULL;
    struct json_writer w;
    struct buffer *out;
    char hash[72];

    if (rows)
        list_hash(rows, n, hash);
    if (!rows) {
        finish(call, false);
    } else if (call->wants_page) {
        out = page(call);
        if (out)
            finish(call, pages_suites(rows, n, out));
    } else if (!is_unchanged(call, hash) && json_answer(call, &w)) {
        json_object(&w);
        json_key(&w, "suites");
        json_array(&w);
        for (int32_t i = 0; i < n; i++) {
            json_object(&w);
            write_suite_members(&w, &rows[i]);
            json_object_end(&w);
        }
        json_array_end(&w);
        json_object_end(&w);
        answer_header(call->answer, "ETag", "\"%s\"", hash);
        finish(call, json_finish(&w));
    }
    for (int32_t i = 0; entries && i < n; i++)
        suite_entry_release(entries[i]);
}

static struct check_row *check_rows(struct arena *arena, const struct suite *suite, int32_t *n)
{
    struct check_row *rows;

    *n = suite ? suite->n_checks : 0;
    rows = arena_array(arena, (size_t)*n + 1, sizeof *rows);
    for (int32_t i = 0; rows && i < *n; i++) {
        const struct check *check = &suite->checks[i];
        rows[i] = (struct check_row){check->id, check->kind->name, check->column, severity_names[check->severity], check->description};
    }
    return rows;
}

static void answer_suite_page(struct call *call, const struct suite_page *from)
{
    struct suite_page whole = *from;
    int32_t n;
    bool more;
    struct run_entry **entries = history_list(&call->service->history, &call->arena, NULL, from->suite.name, 20, &n, &more);
    struct buffer *out = page(call);

    whole.runs = entries ? rows_of(&call->arena, entries, n) : NULL;
    whole.n_runs = whole.runs ? n : 0;
    if (out)
        finish(call, whole.runs && pages_suite(&whole, out));
    release_runs(entries, n);
}

static void answer_suite_json(struct call *call, const struct suite_page *from)
{
    struct json_writer w;

    if (!json_answer(call, &w))
        return;
    json_object(&w);
    write_suite_members(&w, &from->suite);
    json_key(&w, "checks");
    json_array(&w);
    for (int32_t i = 0; i < from->n_checks; i++) {
        json_object(&w);
        json_member_text(&w, "id", from->checks[i].id);
        json_member_text(&w, "expectation", from->checks[i].expectation);
        write_optional(&w, "column", from->checks[i].column);
        json_member_text(&w, "severity", from->checks[i].severity);
        write_optional(&w, "description", from->checks[i].description);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_key(&w, "text");
    json_span(&w, call->suite->text);
    json_object_end(&w);
    answer_header(call->answer, "ETag", "\"%s\"", from->suite.hash);
    finish(call, json_finish(&w));
}

void answer_suite(struct call *call)
{
    struct suite_page from = {0};

    if (!suite_find(call, call->segment) || (!call->wants_page && is_unchanged(call, call->suite->hash)))
        return;
    suite_entry_row(call->suite, &from.suite);
    from.text = arena_text(&call->arena, call->suite->text.at, call->suite->text.size);
    from.checks = check_rows(&call->arena, call->suite->suite, &from.n_checks);
    if (!from.text || !from.checks)
        finish(call, false);
    else if (call->wants_page)
        answer_suite_page(call, &from);
    else
        answer_suite_json(call, &from);
}
