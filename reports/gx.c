/* reports/gx.c -- the validation result that Great Expectations would give (its 1.x JSON), so that what reads those reads ours.
 *
 * Fields and their order are GX's, for each result_format. What GX calls kwargs is the suite's own where it was written for GX,
 * else our parameters under GX's names. Lists of unexpected values hold the samples that were kept (--samples).
 */
#include <stdlib.h>
#include <string.h>

#include "core/number.h"
#include "reports/formats.h"

/* The release whose shapes are followed; readers look for the member. */
static const char gx_version[] = "1.24.1";

enum { PARTIAL_MAX = 20, COMPLETE_MAX = 200 };
enum result_format { BOOLEAN_ONLY, BASIC, SUMMARY, COMPLETE };

struct gx {
    struct json_writer w;
    const struct report *report;
    enum result_format format;
};

static enum result_format format_of(const char *name)
{
    static const char *const names[] = {"BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"};

    for (int i = 0; name && i < 4; i++)
        if (strcmp(names[i], name) == 0)
            return (enum result_format)i;
    return SUMMARY;
}

static void percent(struct gx *g, const char *key, int64_t part, int64_t whole)
{
    json_key(&g->w, key);
    if (part >= 0 && whole > 0)
        json_double(&g->w, (double)part / (double)whole * 100); /* rounded in GX's order, not in ours */
    else
        json_null(&g->w); /* as GX does where the denominator is 0 */
}

static const char *kwarg_name(const struct result *result, const char *name)
{
    static const struct { const char *gx, *ours, *theirs; } names[] = {
        {"expect_compound_columns_to_be_unique", "columns", "column_list"},
        {"expect_select_column_values_to_be_unique_within_record", "columns", "column_list"},
        {"expect_table_columns_to_match_set", "columns", "column_set"},
        {"expect_table_columns_to_match_ordered_list", "columns", "column_list"},
        {NULL, "min", "min_value"},
        {NULL, "max", "max_value"},
        {NULL, "values", "value_set"},
        {NULL, "equals", "value"},
        {NULL, "type", "type_"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].ours, name) == 0 &&
            (!names[i].gx || (result->gx && strcmp(names[i].gx, result->gx) == 0)))
            return names[i].theirs;
    return name;
}

static void kwargs_write(struct gx *g, const struct result *result)
{
    json_key(&g->w, "kwargs");
    if (result->gx_kwargs) {
        json_node(&g->w, result->gx_kwargs);
        return;
    }
    json_object(&g->w);
    if (result->column)
        json_member_text(&g->w, "column", result->column);
    if (result->parameters && result->parameters->kind == NODE_MAP)
        for (const struct node *child = result->parameters->first; child; child = child->next) {
            json_key(&g->w, kwarg_name(result, (const char *)child->key.at));
            json_node(&g->w, child);
        }
    json_object_end(&g->w);
}

static void config_write(struct gx *g, const struct result *result)
{
    json_key(&g->w, "expectation_config");
    json_object(&g->w);
    json_member_text(&g->w, "type", result->gx ? result->gx : result->expectation);
    kwargs_write(g, result);
    json_key(&g->w, "meta");
    if (result->meta)
        json_node(&g->w, result->meta);
    else {
        json_object(&g->w);
        json_object_end(&g->w);
    }
    json_member_text(&g->w, "id", result->id);
    json_member_text(&g->w, "severity", severity_names[result->declared_severity]);
    json_object_end(&g->w);
}

static void sample_value(struct gx *g, const struct result *result, const struct sample *sample)
{
    if (sample->n_values == 0) {
        json_value(&g->w, &sample->value);
        return;
    }
    json_object(&g->w);
    for (int32_t i = 0; i < sample->n_values && i < result->n_value_columns; i++) {
        json_key(&g->w, result->value_columns[i]);
        json_value(&g->w, &sample->values[i]);
    }
    json_object_end(&g->w);
}

static int32_t kept(const struct gx *g, const struct result *result, int32_t limit)
{
    int32_t n = result->finding.has_samples ? result->finding.n_samples : 0;

    n = n < g->report->max_samples ? n : g->report->max_samples;
    return n < limit ? n : limit;
}

static void unexpected_list(struct gx *g, const struct result *result, const char *key, int32_t limit)
{
    if (!result_shows_values(g->report, result))
        return; /* as with exclude_unexpected_values */
    json_key(&g->w, key);
    json_array(&g->w);
    for (int32_t i = 0; i < kept(g, result, limit); i++)
        sample_value(g, result, &result->finding.samples[i]);
    json_array_end(&g->w);
}

/* The row's number in the whole batch, as a data frame of all its files would count it. -1 where it cannot be known. */
static int64_t row_of(const struct gx *g, const struct sample *sample)
{
    int64_t row = sample->row;

    for (int32_t i = 0; i < sample->file && i < g->report->batch.n_files; i++) {
        if (g->report->batch.files[i].rows < 0)
            return -1;
        row += g->report->batch.files[i].rows;
    }
    return row;
}

/* With a primary key GX's unexpected_index_column_names form: a map of value and key; else row numbers. */
static void index_entry(struct gx *g, const struct result *result, const struct sample *sample)
{
    if (g->report->batch.n_primary_key == 0) {
        json_int(&g->w, row_of(g, sample));
        return;
    }
    json_object(&g->w);
    if (result_shows_values(g->report, result) && sample->n_values == 0 && result->column) {
        json_key(&g->w, result->column);
        json_value(&g->w, &sample->value);
    }
    for (int32_t i = 0; i < sample->n_keys && i < g->report->batch.n_primary_key; i++) {
        const char *key = g->report->batch.primary_key[i];
        if (report_column_is_pii(g->report, key) || (result->column && strcmp(key, result->column) == 0))
            continue;
        json_key(&g->w, key);
        json_value(&g->w, &sample->keys[i]);
    }
    json_object_end(&g->w);
}

static void index_list(struct gx *g, const struct result *result, const char *key, int32_t limit)
{
    json_key(&g->w, key);
    json_array(&g->w);
    for (int32_t i = 0; i < kept(g, result, limit); i++)
        index_entry(g, result, &result->finding.samples[i]);
    json_array_end(&g->w);
}

/* pandas' own words for those rows; only where every unexpected row was kept and rows have numbers. */
static void index_query(struct gx *g, const struct result *result)
{
    struct buffer text = {0};
    int32_t n = kept(g, result, COMPLETE_MAX);
    bool ok = buffer_format(&text, "df.filter(items=[");

    if (g->report->batch.n_primary_key || n < result->finding.unexpected_count) {
        buffer_done(&text);
        return;
    }
    for (int32_t i = 0; ok && i < n; i++)
        ok = buffer_format(&text, "%s%lld", i ? ", " : "", (long long)row_of(g, &result->finding.samples[i]));
    ok = ok && buffer_format(&text, "], axis=0)");
    json_key(&g->w, "unexpected_index_query");
    json_span(&g->w, span_of(text.at, text.size));
    g->w.failed = g->w.failed || !ok;
    buffer_done(&text);
}

static void partial_counts(struct gx *g, const struct result *result)
{
    const struct finding *f = &result->finding;

    if ((!f->has_top && f->unexpected_count > 0) || !result_shows_values(g->report, result))
        return;
    json_key(&g->w, "partial_unexpected_counts");
    json_array(&g->w);
    for (int32_t i = 0; i < f->n_top && i < PARTIAL_MAX; i++) {
        json_object(&g->w);
        json_key(&g->w, "value");
        json_value(&g->w, &f->top[i].value);
        json_member_int(&g->w, "count", f->top[i].count);
        json_object_end(&g->w);
    }
    json_array_end(&g->w);
}

static bool is_null_check(const struct result *result)
{
    return strcmp(result->expectation, "not_null") == 0 || strcmp(result->expectation, "null") == 0;
}

static void index_names(struct gx *g)
{
    if (g->report->batch.n_primary_key == 0)
        return;
    json_key(&g->w, "unexpected_index_column_names");
    json_array(&g->w);
    for (int32_t i = 0; i < g->report->batch.n_primary_key; i++)
        json_text(&g->w, g->report->batch.primary_key[i]);
    json_array_end(&g->w);
}

static void row_result(struct gx *g, const struct result *result)
{
    const struct finding *f = &result->finding;
    int64_t considered = f->considered_count >= 0 ? f->considered_count : f->element_count;

    json_member_int(&g->w, "element_count", f->element_count);
    json_member_int(&g->w, "unexpected_count", f->unexpected_count);
    percent(g, "unexpected_percent", f->unexpected_count, considered);
    unexpected_list(g, result, "partial_unexpected_list", PARTIAL_MAX);
    index_names(g);
    if (!is_null_check(result)) {
        json_member_int(&g->w, "missing_count", f->missing_count < 0 ? 0 : f->missing_count);
        percent(g, "missing_percent", f->missing_count < 0 ? 0 : f->missing_count, f->element_count);
        percent(g, "unexpected_percent_total", f->unexpected_count, f->element_count);
        percent(g, "unexpected_percent_nonmissing", f->unexpected_count, considered);
    }
    if (g->format >= SUMMARY) {
        partial_counts(g, result);
        index_list(g, result, "partial_unexpected_index_list", PARTIAL_MAX);
    }
    if (g->format == COMPLETE) {
        unexpected_list(g, result, "unexpected_list", COMPLETE_MAX);
        index_list(g, result, "unexpected_index_list", COMPLETE_MAX);
        index_query(g, result);
    }
}

/* Quantiles as GX has them, where ours are a map {"0.25": value}. */
static void quantiles_write(struct gx *g, const struct node *map)
{
    double level = 0;

    json_object(&g->w);
    json_key(&g->w, "quantiles");
    json_array(&g->w);
    for (const struct node *child = map->first; child; child = child->next)
        if (number_parse_double(child->key, &level)) /* are_quantiles saw to it */
            json_double(&g->w, level);
    json_array_end(&g->w);
    json_key(&g->w, "values");
    json_array(&g->w);
    for (const struct node *child = map->first; child; child = child->next)
        json_node(&g->w, child);
    json_array_end(&g->w);
    json_object_end(&g->w);
}

static bool are_quantiles(const struct result *result)
{
    const struct node *map = result->finding.observed_node;
    double x;

    if (strcmp(result->expectation, "quantiles") != 0 || map->kind != NODE_MAP)
        return false;
    for (const struct node *child = map->first; child; child = child->next)
        if (!number_parse_double(child->key, &x))
            return false;
    return true;
}

static bool is_called(const struct result *result, const char *name)
{
    return result->gx && strcmp(result->gx, name) == 0;
}

static int by_text(const void *a, const void *b)
{
    return span_compare((*(const struct node *const *)a)->text, (*(const struct node *const *)b)->text);
}

/* GX takes the columns for a set, and shows them in order. */
static void sorted_write(struct gx *g, const struct node *list)
{
    struct arena arena;
    const struct node **all;
    int32_t n = 0;

    arena_init(&arena, NULL, 0);
    all = arena_array(&arena, (size_t)list->n_children + 1, sizeof *all);
    g->w.failed |= !all;
    for (const struct node *c = list->first; all && c; c = c->next)
        all[n++] = c;
    if (all)
        qsort(all, (size_t)n, sizeof *all, by_text);
    json_array(&g->w);
    for (int32_t i = 0; i < n; i++)
        json_node(&g->w, all[i]);
    json_array_end(&g->w);
    arena_done(&arena);
}

/* {"mismatched": {"unexpected": [...], "missing": [...]}} of what there is; nothing where the sets are equal. */
static void set_details(struct gx *g, const struct node *details)
{
    static const char *const names[][2] = {{"extra", "unexpected"}, {"missing", "missing"}};
    const struct node *extra = node_find(details, "extra"), *missing = node_find(details, "missing");

    if (!extra || !missing || extra->n_children + missing->n_children == 0)
        return;
    json_key(&g->w, "details");
    json_object(&g->w);
    json_key(&g->w, "mismatched");
    json_object(&g->w);
    for (int i = 0; i < 2; i++) {
        const struct node *list = node_find(details, names[i][0]);

        if (list->n_children) {
            json_key(&g->w, names[i][1]);
            sorted_write(g, list);
        }
    }
    json_object_end(&g->w);
    json_object_end(&g->w);
}

static void name_write(struct gx *g, const char *key, const struct node *name)
{
    json_key(&g->w, key);
    if (name)
        json_node(&g->w, name);
    else
        json_null(&g->w);
}

/* {"mismatched": [...]}: each place at which another column stands than was expected. */
static void list_details(struct gx *g, const struct node *wanted, const struct node *found)
{
    int64_t at = 0;

    json_key(&g->w, "details");
    json_object(&g->w);
    json_key(&g->w, "mismatched");
    json_array(&g->w);
    for (wanted = wanted->first, found = found->first; wanted || found; at++) {
        if (!wanted || !found || !span_equal(wanted->text, found->text)) {
            json_object(&g->w);
            json_member_int(&g->w, "Expected Column Position", at);
            name_write(g, "Expected", wanted);
            name_write(g, "Found", found);
            json_object_end(&g->w);
        }
        wanted = wanted ? wanted->next : NULL;
        found = found ? found->next : NULL;
    }
    json_array_end(&g->w);
    json_object_end(&g->w);
}

static void columns_result(struct gx *g, const struct result *result)
{
    const struct finding *f = &result->finding;
    const struct node *wanted = result->parameters ? node_find(result->parameters, "columns") : NULL;

    json_key(&g->w, "observed_value");
    if (is_called(result, "expect_table_columns_to_match_set")) {
        sorted_write(g, f->observed_node);
        set_details(g, f->details);
        return;
    }
    json_node(&g->w, f->observed_node);
    if (wanted && f->verdict == VERDICT_FAIL)
        list_details(g, wanted, f->observed_node);
}

static void aggregate_result(struct gx *g, const struct result *result)
{
    const struct finding *f = &result->finding;

    if (f->observed_node && f->details && strcmp(result->expectation, "columns_match") == 0) {
        columns_result(g, result);
        return;
    }

    if ((f->has_observed || f->observed_node) && result_shows_observed(g->report, result)) {
        json_key(&g->w, "observed_value");
        if (!f->observed_node)
            json_value(&g->w, &f->observed);
        else if (are_quantiles(result))
            quantiles_write(g, f->observed_node);
        else
            json_node(&g->w, f->observed_node);
    }
    if (f->details && result_shows_values(g->report, result)) {
        json_key(&g->w, "details");
        json_node(&g->w, f->details);
    }
}

static void result_object(struct gx *g, const struct result *result)
{
    json_key(&g->w, "result");
    json_object(&g->w);
    if (g->format != BOOLEAN_ONLY && result->finding.verdict != VERDICT_NOT_EVALUATED) {
        if (result->finding.unexpected_count >= 0)
            row_result(g, result);
        else
            aggregate_result(g, result);
    }
    json_object_end(&g->w);
}

static void exception_write(struct gx *g, const struct result *result)
{
    bool is_raised = result->finding.verdict == VERDICT_NOT_EVALUATED;

    json_key(&g->w, "exception_info");
    json_object(&g->w);
    json_member_bool(&g->w, "raised_exception", is_raised);
    json_member_text(&g->w, "exception_traceback", NULL);
    json_member_text(&g->w, "exception_message", is_raised ? result->finding.reason : NULL);
    json_object_end(&g->w);
}

static void expectation_result(struct gx *g, const struct result *result)
{
    json_object(&g->w);
    json_member_bool(&g->w, "success", result->finding.verdict == VERDICT_PASS);
    config_write(g, result);
    result_object(g, result);
    json_key(&g->w, "meta");
    json_object(&g->w);
    json_object_end(&g->w);
    exception_write(g, result);
    json_object_end(&g->w);
}

static void gx_statistics(struct gx *g)
{
    const struct report *r = g->report;
    int64_t evaluated = r->statistics.passed + r->statistics.failed + r->statistics.not_evaluated;

    json_key(&g->w, "statistics");
    json_object(&g->w);
    json_member_int(&g->w, "evaluated_expectations", evaluated);
    json_member_int(&g->w, "successful_expectations", r->statistics.passed);
    json_member_int(&g->w, "unsuccessful_expectations", evaluated - r->statistics.passed);
    percent(g, "success_percent", r->statistics.passed, evaluated);
    json_object_end(&g->w);
}

static void empty_map(struct gx *g, const char *key)
{
    json_key(&g->w, key);
    json_object(&g->w);
    json_object_end(&g->w);
}

static void batch_meta(struct gx *g)
{
    const struct report *r = g->report;

    json_key(&g->w, "batch_spec");
    json_object(&g->w);
    if (r->batch.n_source)
        json_member_text(&g->w, "path", r->batch.source[0]);
    json_object_end(&g->w);
    empty_map(g, "batch_markers");
    json_key(&g->w, "active_batch_definition");
    json_object(&g->w);
    json_member_text(&g->w, "data_asset_name", r->suite.dataset);
    json_key(&g->w, "batch_identifiers");
    json_object(&g->w);
    for (int32_t i = 0; i < r->batch.n_partition; i++)
        json_member_text(&g->w, r->batch.partition[i].name, r->batch.partition[i].value);
    json_object_end(&g->w);
    json_object_end(&g->w);
    empty_map(g, "batch_parameters");
}

static void meta_write(struct gx *g)
{
    const struct report *r = g->report;

    json_key(&g->w, "meta");
    json_object(&g->w);
    json_member_text(&g->w, "great_expectations_version", gx_version);
    json_member_text(&g->w, "assay_version", r->run.assay);
    batch_meta(g);
    json_member_text(&g->w, "validation_id", r->run.id);
    json_member_text(&g->w, "checkpoint_id", NULL);
    json_key(&g->w, "run_id");
    json_object(&g->w);
    json_member_text(&g->w, "run_name", r->run.id);
    json_member_text(&g->w, "run_time", r->run.started);
    json_object_end(&g->w);
    json_member_text(&g->w, "validation_time", r->run.started);
    json_object_end(&g->w);
}

static bool render(const struct report *report, const struct report_options *options, struct buffer *out)
{
    struct gx g = {.report = report, .format = format_of(options->result_format)};
    bool all_hold = !report->error && report->statistics.failed == 0 && report->statistics.not_evaluated == 0;

    json_init(&g.w, out, 2);
    json_object(&g.w);
    json_member_bool(&g.w, "success", all_hold); /* GX's: of all expectations, whatever their severity */
    json_key(&g.w, "results");
    json_array(&g.w);
    for (int32_t i = 0; i < report->n_results; i++)
        if (report->results[i].finding.verdict != VERDICT_SKIPPED)
            expectation_result(&g, &report->results[i]);
    json_array_end(&g.w);
    json_member_text(&g.w, "suite_name", report->suite.name);
    empty_map(&g, "suite_parameters");
    gx_statistics(&g);
    meta_write(&g);
    json_member_text(&g.w, "id", report->run.id);
    json_object_end(&g.w);
    return !g.w.failed && buffer_add(out, "\n", 1);
}

const struct report_format report_gx = {
    "gx",
    ".gx.json",
    "the validation result that Great Expectations would give",
    render,
};
