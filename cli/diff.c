/* cli/diff.c -- `assay diff`: what changed from one batch to another, what moved most first.
 *
 * A diff is a judgement: a suite is made that asks of every common column whether it is distributed as in the first batch, and the second
 * is judged by it. So a diff and a drift check never disagree, and the page with its plots is the report's.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/progress.h"
#include "cli/suite_file.h"
#include "cli/targets.h"
#include "core/number.h"

static const char *const output_names[] = {"text", "json", NULL};

struct diff_words {
    struct reading_options reading;
    struct text_list reports;
    const char *test;
    int output, is_skew, is_quiet, no_progress;
};

#define AT(member) offsetof(struct diff_words, member)

// clang-format off
static const struct option diff_rows[] = {
    {"skew", OPTION_FLAG, AT(is_skew), NULL, "the batches are what a model was trained on and what it is served", NULL, 0, 0, 1},
    {"test", OPTION_TEXT, AT(test), "NAME", "of matches_distribution for every column, e.g. psi; default: by the column's type"},
    READING_ROWS(struct diff_words),
    CSV_ROWS(struct diff_words),
    {"What comes out", OPTION_HEADING, 0},
    {"output", OPTION_CHOICE, AT(output), "FORMAT", "on standard output: text (default) or json", output_names},
    {"report", OPTION_TEXTS, AT(reports), "[FORMAT:]FILE", "every column as a drift check, with plots: .html, .json, .md ... (repeatable)"},
    {"quiet", OPTION_FLAG, AT(is_quiet), NULL, "no messages about what went well", NULL, 0, 0, 1},
    {"no-progress", OPTION_FLAG, AT(no_progress), NULL, "no progress bar on a terminal", NULL, 0, 0, 1},
    RUNNING_ROWS(struct diff_words),
    {NULL},
};
// clang-format on

/* A column on both sides. */
struct moved {
    const char *name, *type, *type_before;
    double nulls, nulls_before;    /* percent; NaN: not known */
    const struct result *drift;    /* NULL: types that cannot be compared */
    double effect, limit;          /* NaN: no figure */
};

struct diff {
    struct arena *arena;
    const struct diff_words *words;
    const char *before, *after; /* paths */
    struct csv_options csv;
    struct progress_line progress;
    const struct report *a, *b, *drift; /* counts of each side; the second compared with the first */
    struct moved *moved;
    int32_t n_moved;
    const char **added, **removed;
    int32_t n_added, n_removed;
};

/* --- judging --- */

static void set_options(const struct diff *d, const char *const *path, struct validation_options *v)
{
    const struct reading_options *r = &d->words->reading;

    validation_options_init(v);
    v->paths = path;
    v->n_paths = 1;
    v->csv = &d->csv;
    v->format = r->format;
    v->where = r->where;
    v->partitions = r->partitions;
    v->require = r->require;
    v->threads = (int32_t)r->threads;
    v->memory_limit = r->memory;
    v->temporary_directory = r->temporary_directory;
    v->timeout_seconds = r->timeout_seconds;
    v->samples = 0;
    v->allow_empty = true;
    v->cancelled = &was_interrupted;
    v->on_progress = progress_show;
}

/* A batch that could not be read is this command's error. */
static enum status judge(struct diff *d, struct span suite_text, const char *const *path, const struct report **out, struct error *err)
{
    const struct suite_variables none = {0};
    struct validation_options options;
    struct problems problems;
    struct suite *suite;

    problems_init(&problems, d->arena);
    if (suite_parse(d->arena, "diff", suite_text, &none, &suite, &problems, err) != STATUS_OK) {
        if (err->status == STATUS_BAD_SUITE)
            err->status = STATUS_BAD_USAGE; /* --test is all that the caller can have got wrong */
        return err->status;
    }
    set_options(d, path, &options);
    options.progress_context = &d->progress;
    TRY(validate(d->arena, suite, &options, out, err));
    if ((*out)->error)
        return error_set(err, (*out)->error_status, "%s", (*out)->error);
    return STATUS_OK;
}

/* {"suite": "diff", "columns": {NAME: [check ...]}} where `checks` writes the list of one column. */
typedef void write_checks(struct json_writer *w, const struct diff *d, const char *column);

static enum status judge_columns(struct diff *d, const char *const *names, int32_t n, write_checks *checks, const char *const *path,
                                 const struct report **out, struct error *err)
{
    struct buffer text = {0};
    struct json_writer w;
    enum status status;

    json_init(&w, &text, 0);
    json_object(&w);
    json_member_text(&w, "suite", "diff");
    json_member_text(&w, "dataset", d->after);
    json_key(&w, "malformed");
    json_object(&w);
    json_member_text(&w, "max", "100%");
    json_object_end(&w);
    json_key(&w, "table");
    json_raw(&w, span_text("[{\"row_count\": {\"min\": 0}}]"));
    json_key(&w, "columns");
    json_object(&w);
    for (int32_t i = 0; i < n; i++) {
        json_key(&w, names[i]);
        json_array(&w);
        checks(&w, d, names[i]);
        json_array_end(&w);
    }
    json_object_end(&w);
    json_object_end(&w);
    status = w.failed ? error_no_memory(err) : judge(d, span_of(text.at, text.size), path, out, err);
    buffer_done(&text);
    return status;
}

static void ask_nothing(struct json_writer *w, const struct diff *d, const char *column)
{
    (void)w, (void)d, (void)column;
}

static void ask_nulls(struct json_writer *w, const struct diff *d, const char *column)
{
    (void)d;
    json_object(w);
    json_key(w, "not_null");
    json_object(w);
    json_member_text(w, "id", column);
    json_member_text(w, "nan", "pass");
    json_object_end(w);
    json_object_end(w);
}

static void ask_drift(struct json_writer *w, const struct diff *d, const char *column)
{
    json_object(w);
    json_key(w, "matches_distribution");
    json_object(w);
    json_member_text(w, "id", column);
    json_member_text(w, "reference", d->before);
    json_member_text(w, "nan", "ignore");
    if (d->words->test)
        json_member_text(w, "test", d->words->test);
    json_object_end(w);
    json_object_end(w);
}

/* --- what there is on each side --- */

static int32_t column_of(const struct report *r, const char *name)
{
    for (int32_t c = 0; c < r->batch.n_columns; c++)
        if (strcmp(r->batch.columns[c].name, name) == 0)
            return c;
    return -1;
}

static enum status compare_schemas(struct diff *d, struct error *err)
{
    const struct report *a = d->a, *b = d->b;

    d->moved = arena_array(d->arena, (size_t)b->batch.n_columns + 1, sizeof *d->moved);
    d->added = arena_array(d->arena, (size_t)b->batch.n_columns + 1, sizeof *d->added);
    d->removed = arena_array(d->arena, (size_t)a->batch.n_columns + 1, sizeof *d->removed);
    if (!d->moved || !d->added || !d->removed)
        return error_no_memory(err);
    for (int32_t c = 0; c < b->batch.n_columns; c++) {
        const struct report_column *column = &b->batch.columns[c];
        int32_t before = column_of(a, column->name);

        if (before < 0)
            d->added[d->n_added++] = column->name;
        else
            d->moved[d->n_moved++] = (struct moved){.name = column->name, .type = column->type, .type_before = a->batch.columns[before].type,
                                                    .nulls = NAN, .nulls_before = NAN, .effect = NAN, .limit = NAN};
    }
    for (int32_t c = 0; c < a->batch.n_columns; c++)
        if (column_of(b, a->batch.columns[c].name) < 0)
            d->removed[d->n_removed++] = a->batch.columns[c].name;
    return STATUS_OK;
}

static const struct result *result_of(const struct report *report, const char *id)
{
    for (int32_t i = 0; i < report->n_results; i++)
        if (report->results[i].column && strcmp(report->results[i].id, id) == 0)
            return &report->results[i];
    return NULL;
}

static double null_percent(const struct report *report, const char *column)
{
    const struct result *r = result_of(report, column);
    double percent;

    return r && r->finding.verdict != VERDICT_NOT_EVALUATED && result_percent(r->finding.missing_count, r->finding.element_count, &percent)
               ? percent
               : NAN;
}

static const struct node *observed_of(const struct moved *m)
{
    const struct node *details = m->drift ? m->drift->finding.details : NULL, *observed = details ? node_find(details, "observed") : NULL;

    return observed ? observed : details;
}

static double number_of(const struct node *map, const char *key)
{
    const struct node *n = map ? node_find(map, key) : NULL;
    double x = NAN;

    return n && n->kind == NODE_NUMBER && number_parse_double(n->text, &x) ? x : NAN;
}

static const char *text_of(const struct node *map, const char *key)
{
    const struct node *n = map ? node_find(map, key) : NULL;

    return n && (n->kind == NODE_TEXT || n->kind == NODE_NUMBER) ? (const char *)n->text.at : NULL;
}

static void take_figures(struct diff *d)
{
    for (int32_t i = 0; i < d->n_moved; i++) {
        struct moved *m = &d->moved[i];
        const struct node *observed;

        m->drift = result_of(d->drift, m->name);
        m->nulls_before = null_percent(d->a, m->name);
        m->nulls = null_percent(d->b, m->name);
        observed = observed_of(m);
        m->effect = number_of(observed ? node_find(observed, "effect_size") : NULL, "value");
        m->limit = m->drift ? number_of(m->drift->parameters, "max_effect") : NAN;
    }
}

/* How often the effect goes into what is accepted: columns of different tests side by side. Without a figure last. */
static double weight(const struct moved *m)
{
    return isnan(m->effect) ? -1 : m->limit > 0 ? m->effect / m->limit : m->effect;
}

static int compare_moved(const void *x, const void *y)
{
    const struct moved *a = x, *b = y;
    double v = weight(a), w = weight(b);

    return v != w ? (v < w ? 1 : -1) : strcmp(a->name, b->name);
}

static enum status make_diff(struct diff *d, struct error *err)
{
    const char **names;

    TRY(judge_columns(d, NULL, 0, ask_nothing, &d->before, &d->a, err));
    TRY(judge_columns(d, NULL, 0, ask_nothing, &d->after, &d->b, err));
    TRY(compare_schemas(d, err));
    names = arena_array(d->arena, (size_t)d->n_moved + 1, sizeof *names);
    if (!names)
        return error_no_memory(err);
    for (int32_t i = 0; i < d->n_moved; i++)
        names[i] = d->moved[i].name;
    TRY(judge_columns(d, names, d->n_moved, ask_nulls, &d->before, &d->a, err));
    TRY(judge_columns(d, names, d->n_moved, ask_nulls, &d->after, &d->b, err));
    TRY(judge_columns(d, names, d->n_moved, ask_drift, &d->after, &d->drift, err));
    take_figures(d);
    if (d->n_moved)
        qsort(d->moved, (size_t)d->n_moved, sizeof *d->moved, compare_moved);
    return STATUS_OK;
}

/* --- text --- */

static bool add_names(struct buffer *out, const char *head, const char *const *names, int32_t n)
{
    bool ok = n == 0 || buffer_format(out, "%s", head);

    for (int32_t i = 0; i < n && ok; i++)
        ok = buffer_format(out, "%s%s", i ? ", " : "", names[i]);
    return ok && (n == 0 || buffer_format(out, "\n"));
}

static bool add_head(const struct diff *d, struct buffer *out)
{
    int64_t before = d->a->batch.rows, after = d->b->batch.rows;
    bool ok = buffer_format(out, "%s against %s%s\n", d->after, d->before, d->words->is_skew ? " (serving against training)" : "") &&
              buffer_format(out, "rows: %" PRId64 " -> %" PRId64, before, after);

    if (before > 0 && before != after)
        ok = ok && buffer_format(out, " (%+.3g%%)", 100.0 * (double)(after - before) / (double)before);
    ok = ok && buffer_format(out, "\n") && add_names(out, "columns that are new: ", d->added, d->n_added) &&
         add_names(out, "columns that are gone: ", d->removed, d->n_removed);
    for (int32_t i = 0; i < d->n_moved && ok; i++)
        if (strcmp(d->moved[i].type, d->moved[i].type_before) != 0)
            ok = buffer_format(out, "%s: %s -> %s\n", d->moved[i].name, d->moved[i].type_before, d->moved[i].type);
    return ok;
}

static bool add_nulls(const struct moved *m, struct buffer *out)
{
    if (isnan(m->nulls) || isnan(m->nulls_before) || m->nulls == m->nulls_before)
        return true;
    return buffer_format(out, "; nulls %.3g%% -> %.3g%%", m->nulls_before, m->nulls);
}

static bool add_moved(const struct moved *m, int width, struct buffer *out)
{
    const struct node *observed = observed_of(m), *effect = observed ? node_find(observed, "effect_size") : NULL;
    const char *most = text_of(observed, "moved_most"), *test = text_of(observed, "test"), *name = text_of(effect, "name");
    bool ok;

    if (isnan(m->effect))
        return buffer_format(out, "  %-*s  not compared: %s", width, m->name,
                             m->drift && m->drift->finding.reason ? m->drift->finding.reason : "no figure") &&
               add_nulls(m, out) && buffer_format(out, "\n");
    ok = buffer_format(out, "  %-*s  %s %s %.4g", width, m->name, test ? test : "", name ? name : "effect", m->effect);
    if (ok && !isnan(m->limit) && m->effect > m->limit)
        ok = buffer_format(out, ", MOVED (more than %.3g)", m->limit);
    if (ok && most && m->effect > 0)
        ok = buffer_format(out, ", most at %s", most);
    return ok && add_nulls(m, out) && buffer_format(out, "\n");
}

static bool print_text(const struct diff *d, struct buffer *out)
{
    bool ok = add_head(d, out) && buffer_format(out, "\nwhat moved most:\n");
    int width = 0;

    for (int32_t i = 0; i < d->n_moved; i++)
        width = (int)strlen(d->moved[i].name) > width && strlen(d->moved[i].name) <= 40 ? (int)strlen(d->moved[i].name) : width;
    for (int32_t i = 0; i < d->n_moved && ok; i++)
        ok = add_moved(&d->moved[i], width, out);
    if (ok && d->n_moved == 0)
        ok = buffer_format(out, "  no column is in both\n");
    return ok;
}

/* --- JSON --- */

static void write_side(struct json_writer *w, const char *key, const char *path, const struct report *report)
{
    json_key(w, key);
    json_object(w);
    json_member_text(w, "source", path);
    json_member_int(w, "rows", report->batch.rows);
    json_key(w, "columns");
    json_int(w, report->batch.n_columns);
    json_object_end(w);
}

static void write_names(struct json_writer *w, const char *key, const char *const *names, int32_t n)
{
    json_key(w, key);
    json_array(w);
    for (int32_t i = 0; i < n; i++)
        json_text(w, names[i]);
    json_array_end(w);
}

static void write_moved(struct json_writer *w, const struct moved *m)
{
    const struct node *observed = observed_of(m);

    json_object(w);
    json_member_text(w, "name", m->name);
    json_member_text(w, "type", m->type);
    if (strcmp(m->type, m->type_before) != 0)
        json_member_text(w, "type_before", m->type_before);
    if (!isnan(m->nulls))
        json_member_double(w, "null_percent", m->nulls);
    if (!isnan(m->nulls_before))
        json_member_double(w, "null_percent_before", m->nulls_before);
    if (!isnan(m->effect))
        json_member_bool(w, "moved", m->effect > m->limit);
    if (!isnan(m->limit))
        json_member_double(w, "max_effect", m->limit);
    if (!isnan(m->effect) && observed) {
        json_key(w, "observed");
        json_node(w, observed);
    } else if (m->drift && m->drift->finding.reason) {
        json_member_text(w, "reason", m->drift->finding.reason);
    }
    json_object_end(w);
}

static bool print_json(const struct diff *d, struct buffer *out)
{
    struct json_writer w;

    json_init(&w, out, 1);
    json_object(&w);
    json_member_int(&w, "assay_diff", 1);
    write_side(&w, "before", d->before, d->a);
    write_side(&w, "after", d->after, d->b);
    write_names(&w, "added", d->added, d->n_added);
    write_names(&w, "removed", d->removed, d->n_removed);
    json_key(&w, "columns");
    json_array(&w);
    for (int32_t i = 0; i < d->n_moved; i++)
        write_moved(&w, &d->moved[i]);
    json_array_end(&w);
    json_object_end(&w);
    return !w.failed && buffer_add(out, "\n", 1);
}

/* --- the command --- */

static int give(struct diff *d, struct targets *targets)
{
    const struct report_options options = {.result_format = "SUMMARY"};
    struct error err = ERROR_NONE;
    struct buffer out = {0};
    int exit_code;

    if (targets_write(targets, d->drift, &options, &err) != STATUS_OK)
        return say_error(&err, NULL);
    exit_code = print_result(&out, d->words->output == 0 ? print_text(d, &out) : print_json(d, &out));
    buffer_done(&out);
    return exit_code;
}

static int run_diff(const struct command *command, int argc, const char *const *argv)
{
    static const char hint[] = "usage: assay diff BEFORE AFTER; 'assay help diff' tells more";
    struct arena arena;
    struct words words = {.arena = &arena};
    struct diff_words given = {0};
    struct diff d = {.arena = &arena, .words = &given};
    struct targets targets = {0};
    struct error err = ERROR_NONE;
    enum status status;
    int exit_code;

    arena_init(&arena, NULL, 0);
    reading_options_init(&given.reading);
    if (command_parse(command, argc, argv, &given, &words, &exit_code)) {
        if (words.arguments.n != 2) {
            exit_code = say(STATUS_BAD_USAGE, hint, "two batches are compared, not %d", words.arguments.n);
        } else {
            d.before = words.arguments.at[0];
            d.after = words.arguments.at[1];
            progress_init(&d.progress, !given.is_quiet && !given.no_progress);
            status = targets_find(&arena, &given.reports, &words.arguments, &targets, &err);
            if (status == STATUS_OK)
                status = reading_csv_options(&given.reading, &d.csv, &err);
            if (status == STATUS_OK)
                status = make_diff(&d, &err);
            progress_clear(&d.progress);
            interruption_waits(true); /* from here on files are written */
            exit_code = atomic_load(&was_interrupted) ? 4
                        : status != STATUS_OK         ? say_error(&err, status == STATUS_BAD_USAGE ? hint : NULL)
                                                      : give(&d, &targets);
        }
    }
    arena_done(&arena);
    return exit_code;
}

const struct command command_diff = {
    "diff",
    "BEFORE AFTER",
    "what changed from one batch to another: columns, rows, nulls, distributions",
    diff_rows,
    "Each column that both have is compared by the test that matches_distribution takes for its type; what moved most, measured by what\n"
    "that test accepts, comes first. Each batch is a file, a directory or a glob.\n"
    "\n"
    "Examples:\n"
    "  assay diff silver/dt=2024-12-09 silver/dt=2024-12-10\n"
    "  assay diff --skew training.parquet serving.parquet --report skew.html\n"
    "  assay diff old.csv new.csv --test psi --output json\n"
    "\n"
    "Exit codes: 0 compared, 2 usage is wrong, 3 a batch could not be read, 4 assay itself failed.\n",
    run_diff,
};
