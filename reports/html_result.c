/* reports/html_result.c -- one expectation on the page: what it asks, what was found, rows to look at. */
#include "reports/html.h"

#include <string.h>

#include "core/clock.h"
#include "core/number.h"
#include "reports/plots.h"

enum { SAMPLES_SHOWN = 20, TOP_SHOWN = 10, LIST_SHOWN = 20 };

static bool shows_details(const struct html *h, const struct result *result)
{
    return result_is_about_schema(result) || result_shows_values(h->report, result);
}

/* --- figures --- */

static void figure(struct html *h, const char *name, const char *style)
{
    page_add(&h->page, "<div%s%s%s><dt>%s</dt><dd>", *style ? " class=\"" : "", style, *style ? "\"" : "", name);
}

static void figure_end(struct html *h) { page_add(&h->page, "</dd></div>\n"); }

static void count_figure(struct html *h, const char *name, int64_t count, const char *style)
{
    char number[WORDS_NUMBER_SIZE];

    figure(h, name, style);
    page_add(&h->page, "%s", words_count(count, number));
    figure_end(h);
}

static void count_if_any(struct html *h, const char *name, int64_t count)
{
    if (count > 0)
        count_figure(h, name, count, "quiet");
}

static bool is_scalar(const struct node *node) { return node && node->kind != NODE_LIST && node->kind != NODE_MAP; }

static void scalar(struct html *h, const struct node *node, size_t limit)
{
    if (node->kind == NODE_BOOL)
        page_add(&h->page, "%s", node->boolean ? "true" : "false");
    else if (node->kind == NODE_NULL)
        page_add(&h->page, "null");
    else if (node->kind == NODE_NUMBER)
        page_scalar(&h->page, node->text, limit);
    else
        page_span(&h->page, node->text, limit);
}

/* What a suite wrote for a bound or a tolerance. */
static void asked_figures(struct html *h, const struct result *result)
{
    static const struct { const char *name, *word; } asked[] = {
        {"equals", "Asked"},       {"min", "At least"},          {"max", "At most"},
        {"within", "At most"},     {"mostly", "Accepted: mostly"}, {"max_unexpected", "Accepted"},
        {"max_effect", "Largest effect accepted"}, {"max_statistic", "Largest statistic accepted"},
    };

    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        const struct node *node = result->parameters ? node_find(result->parameters, asked[i].name) : NULL;

        /* the bounds of a row stand in the sentence */
        if (!is_scalar(node) || node->kind == NODE_NULL || (result->is_row_level && i < 4))
            continue;
        figure(h, asked[i].word, "quiet");
        scalar(h, node, CUT_NAME);
        figure_end(h);
    }
}

static void row_figures(struct html *h, const struct result *result)
{
    const struct finding *f = &result->finding;
    char number[WORDS_NUMBER_SIZE], percent[WORDS_PERCENT_SIZE];

    figure(h, "Unexpected", f->unexpected_count > 0 ? "bad" : "");
    page_add(&h->page, "%s", words_count(f->unexpected_count, number));
    if (f->considered_count >= 0) {
        page_add(&h->page, " <span class=\"small\">of %s", words_count(f->considered_count, number));
        if (f->unexpected_count > 0)
            page_add(&h->page, ", %s", words_percent(f->unexpected_count, f->considered_count, percent));
        page_add(&h->page, "</span>");
    }
    figure_end(h);
    asked_figures(h, result);
    count_if_any(h, "Duplicated values", f->duplicate_groups);
    count_if_any(h, "Surplus rows", f->surplus_rows);
}

/* purchase_amount's "age_seconds" as "age"; other names as they are, without underscores. */
static void detail_name(struct html *h, struct span key)
{
    for (size_t from = 0; from < key.size && from < CUT_NAME;) {
        size_t n = 0;

        while (from + n < key.size && key.at[from + n] != '_')
            n++;
        page_add(&h->page, "%s", from ? " " : "");
        page_span(&h->page, span_of(key.at + from, n), CUT_NAME);
        from += n + 1;
    }
}

static void detail_figure(struct html *h, struct span key, const struct node *value)
{
    char text[CLOCK_TEXT_SIZE];
    int64_t seconds;

    page_add(&h->page, "<div class=\"quiet\"><dt>");
    if (span_is(key, "age_seconds") && number_parse_i64(value->text, &seconds)) {
        clock_print_duration(seconds, text);
        page_add(&h->page, "Age</dt><dd>%s", text);
    } else {
        detail_name(h, key);
        page_add(&h->page, "</dt><dd>");
        scalar(h, value, CUT_NAME);
    }
    figure_end(h);
}

/* Scalars of a map, and of {name, value} within it. A text may be a value of the data. */
static void detail_figures(struct html *h, const struct node *map, bool shows_values)
{
    for (const struct node *child = map->first; child; child = child->next) {
        const struct node *name = node_find(child, "name"), *value = node_find(child, "value");

        if (is_scalar(value))
            detail_figure(h, is_scalar(name) ? name->text : child->key, value);
        else if (is_scalar(child) && child->kind != NODE_NULL && (shows_values || child->kind != NODE_TEXT))
            detail_figure(h, child->key, child);
    }
}

static void observed_figure(struct html *h, const struct result *result)
{
    const struct finding *f = &result->finding;
    struct buffer text = {0};

    if (!f->has_observed || f->observed_node || (f->observed.kind == VALUE_NONE && f->reason))
        return;
    figure(h, "Observed", f->verdict == VERDICT_FAIL ? "bad" : "");
    if (f->observed.kind == VALUE_NONE)
        page_add(&h->page, "nothing");
    else if (f->observed.kind == VALUE_INT || f->observed.kind == VALUE_UINT || f->observed.kind == VALUE_DOUBLE ||
             f->observed.kind == VALUE_DECIMAL)
        (void)(value_print(&f->observed, &text) && (page_scalar(&h->page, span_of(text.at, text.size), CUT_VALUE), true));
    else
        page_value(&h->page, &f->observed, CUT_VALUE);
    buffer_done(&text);
    figure_end(h);
}

static void observed_node(struct html *h, const struct node *node)
{
    struct buffer text = {0};
    struct json_writer json;

    json_init(&json, &text, 0);
    json_node(&json, node);
    h->page.w.failed = h->page.w.failed || json.failed;
    figure(h, "Observed", "quiet");
    page_add(&h->page, "<code>");
    page_span(&h->page, span_of(text.at, text.size), CUT_PARAMETER);
    page_add(&h->page, "</code>");
    figure_end(h);
    buffer_done(&text);
}

static void aggregate_figures(struct html *h, const struct result *result)
{
    const struct finding *f = &result->finding;
    const struct node *nested = f->details ? node_find(f->details, "observed") : NULL;

    if (result_shows_observed(h->report, result)) {
        observed_figure(h, result);
        if (f->observed_node)
            observed_node(h, f->observed_node);
    }
    asked_figures(h, result);
    if (f->details && f->details->kind == NODE_MAP)
        detail_figures(h, nested && nested->kind == NODE_MAP ? nested : f->details, shows_details(h, result));
}

static void figures(struct html *h, const struct result *result)
{
    const struct finding *f = &result->finding;
    size_t mark = html_mark(h), begun;

    if (f->verdict != VERDICT_PASS && f->verdict != VERDICT_FAIL)
        return;
    page_add(&h->page, "<dl class=\"figures\">\n");
    begun = html_mark(h);
    if (f->unexpected_count >= 0)
        row_figures(h, result);
    else
        aggregate_figures(h, result);
    count_if_any(h, "Nulls", f->missing_count);
    count_if_any(h, "NaN", f->nan_count);
    if (html_mark(h) == begun)
        html_back(h, mark);
    else
        page_add(&h->page, "</dl>\n");
}

/* Lists among the details: columns that are missing, for example. */
static void detail_lists(struct html *h, const struct result *result)
{
    const struct node *details = result->finding.details;

    for (const struct node *list = details ? details->first : NULL; list; list = list->next) {
        int32_t n = 0;

        if (list->kind != NODE_LIST || list->n_children == 0 || !shows_details(h, result))
            continue;
        page_add(&h->page, "<p class=\"why\">");
        detail_name(h, list->key);
        page_add(&h->page, ": ");
        for (const struct node *item = list->first; item && n < LIST_SHOWN; item = item->next, n++) {
            page_add(&h->page, "%s<code>", n ? ", " : "");
            if (is_scalar(item))
                scalar(h, item, CUT_NAME);
            page_add(&h->page, "</code>");
        }
        if (list->n_children > n)
            page_add(&h->page, " and %d more", list->n_children - n);
        page_add(&h->page, "</p>\n");
    }
}

/* "cramers_v 0.12", or why there is none. */
static void effect_cells(struct html *h, const struct node *column)
{
    const struct node *effect = node_find(column, "effect_size"), *reason = node_find(column, "reason");
    const struct node *name = effect ? node_find(effect, "name") : NULL, *value = effect ? node_find(effect, "value") : NULL;

    if (!is_scalar(name) || !is_scalar(value)) {
        page_add(&h->page, "<td colspan=\"2\">");
        if (is_scalar(reason))
            page_span(&h->page, reason->text, CUT_PARAMETER);
        page_add(&h->page, "</td>");
        return;
    }
    page_add(&h->page, "<td class=\"n\">");
    scalar(h, value, CUT_NAME);
    page_add(&h->page, "</td><td>");
    detail_name(h, name->text);
    page_add(&h->page, "</td>");
}

static void null_cell(struct html *h, const struct node *column)
{
    const struct node *map = node_find(column, "null_share"), *observed, *reference;

    page_add(&h->page, "<td>");
    observed = map && map->kind == NODE_MAP ? node_find(map, "observed") : NULL;
    reference = map && map->kind == NODE_MAP ? node_find(map, "reference") : NULL;
    if (is_scalar(observed) && is_scalar(reference)) {
        scalar(h, observed, CUT_NAME);
        page_add(&h->page, ", reference ");
        scalar(h, reference, CUT_NAME);
    }
    page_add(&h->page, "</td>");
}

/* The columns that no_skew compared, the worst first. */
static void compared_columns(struct html *h, const struct result *result)
{
    const struct node *observed = result->finding.details ? node_find(result->finding.details, "observed") : NULL;
    const struct node *worst = observed && observed->kind == NODE_MAP ? node_find(observed, "worst") : NULL;

    if (!worst || worst->kind != NODE_LIST || worst->n_children == 0)
        return;
    page_add(&h->page, "<div class=\"scroll\" role=\"region\" aria-label=\"Columns compared\" tabindex=\"0\"><table><thead><tr>"
                       "<th scope=\"col\">Column</th><th scope=\"col\" class=\"n\">Effect size</th><th scope=\"col\">Measure</th>"
                       "<th scope=\"col\">Null share</th></tr></thead>\n<tbody>\n");
    for (const struct node *c = worst->first; c; c = c->next) {
        const struct node *name = node_find(c, "column");

        page_add(&h->page, "<tr><td><code>");
        if (is_scalar(name))
            page_span(&h->page, name->text, CUT_NAME);
        page_add(&h->page, "</code></td>");
        effect_cells(h, c);
        null_cell(h, c);
        page_add(&h->page, "</tr>\n");
    }
    page_add(&h->page, "</tbody></table></div>\n");
}

/* --- rows to look at --- */

static bool shows_key(const struct html *h, int32_t k) { return !report_column_is_pii(h->report, h->report->batch.primary_key[k]); }

static int32_t n_keys(const struct html *h, const struct result *result)
{
    int32_t most = 0;

    for (int32_t i = 0; i < result->finding.n_samples; i++)
        most = result->finding.samples[i].n_keys > most ? result->finding.samples[i].n_keys : most;
    return most < h->report->batch.n_primary_key ? most : h->report->batch.n_primary_key;
}

static void heading(struct html *h, const char *name)
{
    page_add(&h->page, "<th scope=\"col\">");
    page_text(&h->page, name, CUT_NAME);
    page_add(&h->page, "</th>");
}

static void samples_head(struct html *h, const struct result *result, bool has_values, int32_t keys)
{
    const struct sample *first = result->finding.samples;

    page_add(&h->page, "<thead><tr>");
    if (has_values && first->n_values == 0)
        heading(h, result->column ? result->column : "value");
    for (int32_t i = 0; has_values && i < first->n_values && i < result->n_value_columns; i++)
        heading(h, result->value_columns[i]);
    for (int32_t k = 0; k < keys; k++)
        if (shows_key(h, k))
            heading(h, h->report->batch.primary_key[k]);
    page_add(&h->page, "<th scope=\"col\" class=\"n\">Row</th>%s</tr></thead>\n", h->report->batch.n_files > 1 ? "<th scope=\"col\">File</th>" : "");
}

static void value_cell(struct html *h, const struct value *value, const char *style)
{
    bool is_nothing = value->kind == VALUE_NULL || value->kind == VALUE_NONE;

    page_add(&h->page, "<td%s>%s", style, is_nothing ? "<em>" : "<code>");
    page_value(&h->page, value, CUT_VALUE);
    page_add(&h->page, "%s</td>", is_nothing ? "</em>" : "</code>");
}

static void sample_row(struct html *h, const struct result *result, const struct sample *sample, bool has_values, int32_t keys)
{
    char number[WORDS_NUMBER_SIZE];

    page_add(&h->page, "<tr>");
    if (has_values && sample->n_values == 0)
        value_cell(h, &sample->value, " class=\"v\"");
    for (int32_t i = 0; has_values && i < sample->n_values && i < result->n_value_columns; i++)
        value_cell(h, &sample->values[i], "");
    for (int32_t k = 0; k < keys; k++)
        if (shows_key(h, k)) {
            if (k < sample->n_keys)
                value_cell(h, &sample->keys[k], "");
            else
                page_add(&h->page, "<td></td>");
        }
    page_add(&h->page, "<td class=\"n\">%s</td>", words_count(sample->row, number));
    if (h->report->batch.n_files > 1) {
        page_add(&h->page, "<td>");
        if (sample->file >= 0 && sample->file < h->report->batch.n_files)
            page_text(&h->page, h->report->batch.files[sample->file].path, CUT_PATH);
        page_add(&h->page, "</td>");
    }
    page_add(&h->page, "</tr>\n");
}

static void samples_caption(struct html *h, int64_t n, int64_t of)
{
    char number[WORDS_NUMBER_SIZE], all[WORDS_NUMBER_SIZE];

    if (n < of)
        page_add(&h->page, "The first %s of %s unexpected rows", words_count(n, number), words_count(of, all));
    else
        page_add(&h->page, "%s unexpected %s", words_count(n, number), n == 1 ? "row" : "rows");
    if (h->report->batch.n_files == 1) {
        page_add(&h->page, " of ");
        page_text(&h->page, h->report->batch.files[0].path, CUT_PATH);
    }
    page_add(&h->page, "; rows count from 0");
}

/* Rows until the result's share of the page is used up. The caption says how many there are, so it is written when that is known. */
static void samples_table(struct html *h, const struct result *result, size_t end)
{
    const struct finding *f = &result->finding;
    int32_t most = h->report->max_samples < SAMPLES_SHOWN ? h->report->max_samples : SAMPLES_SHOWN, keys = n_keys(h, result), n = 0;
    bool has_values = result_shows_values(h->report, result);
    size_t mark = html_mark(h);

    most = f->n_samples < most ? f->n_samples : most;
    for (int pass = 0; pass < 2 && most > 0; pass++, most = n) {
        html_back(h, mark);
        page_add(&h->page, "<div class=\"scroll\" role=\"region\" aria-label=\"Unexpected rows\" tabindex=\"0\"><table><caption>");
        samples_caption(h, most, f->unexpected_count);
        page_add(&h->page, "</caption>\n");
        samples_head(h, result, has_values, keys);
        page_add(&h->page, "<tbody>\n");
        for (n = 0; n < most; n++) {
            size_t before = html_mark(h);

            sample_row(h, result, &f->samples[n], has_values, keys);
            if (!html_fits(h, end) && pass == 0) {
                html_back(h, before);
                break;
            }
        }
        page_add(&h->page, "</tbody></table></div>\n");
        if (n == most)
            return;
    }
    html_back(h, mark);
}

static void samples(struct html *h, const struct result *result, size_t end)
{
    const struct finding *f = &result->finding;

    if (!f->has_samples || f->n_samples == 0)
        return;
    samples_table(h, result, end);
}

static void top_row(struct html *h, const struct top_value *top, int64_t most)
{
    char number[WORDS_NUMBER_SIZE];

    page_add(&h->page, "<tr>");
    value_cell(h, &top->value, " class=\"v\"");
    page_add(&h->page, "<td class=\"n\">%s</td><td class=\"bars\">", words_count(top->count, number));
    plot_bar(&h->page, (double)top->count / (double)(most > 0 ? most : 1), "s-bar");
    page_add(&h->page, "</td></tr>\n");
}

/* Worth a table only where some value occurs more than once. */
static void top_values(struct html *h, const struct result *result, size_t end)
{
    const struct finding *f = &result->finding;
    size_t mark = html_mark(h);

    if (!f->has_top || f->n_top == 0 || f->top[0].count < 2 || !result_shows_values(h->report, result))
        return;
    page_add(&h->page, "<div class=\"scroll\" role=\"region\" aria-label=\"Most frequent unexpected values\" tabindex=\"0\"><table>"
                       "<caption>Most frequent unexpected values</caption>\n<thead><tr><th scope=\"col\">Value</th>"
                       "<th scope=\"col\" class=\"n\">Rows</th><th scope=\"col\"><span class=\"hidden\">Share</span></th></tr></thead><tbody>\n");
    for (int32_t i = 0; i < f->n_top && i < TOP_SHOWN; i++)
        top_row(h, &f->top[i], f->top[0].count);
    page_add(&h->page, "</tbody></table></div>\n");
    if (!html_fits(h, end))
        html_back(h, mark);
}

/* --- what the suite says --- */

static void pair(struct html *h, const char *name) { page_add(&h->page, "<dt>%s</dt><dd>", name); }
static void pair_end(struct html *h) { page_add(&h->page, "</dd>\n"); }

static void parameter_pairs(struct html *h, const struct node *parameters)
{
    for (const struct node *child = parameters ? parameters->first : NULL; child; child = child->next) {
        struct buffer text = {0};
        struct json_writer json;

        json_init(&json, &text, 0);
        json_node(&json, child);
        h->page.w.failed = h->page.w.failed || json.failed;
        page_add(&h->page, "<dt>");
        page_span(&h->page, child->key, CUT_NAME);
        page_add(&h->page, "</dt><dd><code>");
        page_span(&h->page, span_of(text.at, text.size), CUT_PARAMETER);
        page_add(&h->page, "</code></dd>\n");
        buffer_done(&text);
    }
}

static void tag_pairs(struct html *h, const struct result *result)
{
    if (result->n_tags == 0)
        return;
    pair(h, "tags");
    for (int32_t i = 0; i < result->n_tags && i < LIST_SHOWN; i++) {
        page_add(&h->page, "%s", i ? ", " : "");
        page_text(&h->page, result->tags[i], CUT_NAME);
    }
    pair_end(h);
}

static void asked(struct html *h, const struct result *result, size_t end)
{
    size_t mark = html_mark(h);

    page_add(&h->page, "<details class=\"more\"><summary>As the suite has it</summary><dl class=\"pairs\">\n");
    pair(h, "expectation");
    page_text(&h->page, result->expectation, CUT_NAME);
    pair_end(h);
    if (result->gx) {
        pair(h, "Great Expectations");
        page_text(&h->page, result->gx, CUT_NAME);
        pair_end(h);
    }
    parameter_pairs(h, result->parameters);
    tag_pairs(h, result);
    if (result->declared_severity != result->severity) {
        pair(h, "declared severity");
        page_add(&h->page, "%s", severity_names[result->declared_severity]);
        pair_end(h);
    }
    if (result->proof) {
        pair(h, "proved by");
        page_text(&h->page, result->proof, CUT_NAME);
        pair_end(h);
    }
    page_add(&h->page, "</dl></details>\n");
    if (!html_fits(h, end))
        html_back(h, mark);
}

/* --- whole results --- */

static void sentence(struct html *h, const struct result *result)
{
    page_text(&h->page, result->says, CUT_SAYS);
    if (result->where) {
        page_add(&h->page, ", where <code>");
        page_text(&h->page, result->where, CUT_SAYS);
        page_add(&h->page, "</code>");
    }
}

static void remarks(struct html *h, const struct result *result)
{
    if (result->description) {
        page_add(&h->page, "<p class=\"why soft\">");
        page_prose(&h->page, result->description, CUT_REASON);
        page_add(&h->page, "</p>\n");
    }
    if (result->finding.reason) {
        page_add(&h->page, "<p class=\"why\">");
        page_prose(&h->page, result->finding.reason, CUT_REASON);
        page_add(&h->page, "</p>\n");
    }
    if (result->finding.verdict == VERDICT_FAIL && !result_shows_values(h->report, result) && !result_is_about_schema(result))
        page_add(&h->page, "<p class=\"why soft small\">Values are not shown: %s.</p>\n",
                 result->is_pii ? "the column is about persons (pii)" : "the run was told so (--no-samples)");
}

static void mark_of(struct html *h, const struct result *result)
{
    page_add(&h->page, "<div class=\"mark\"><b class=\"%s\">", html_style(result));
    page_icon(&h->page, html_icon(result));
    page_add(&h->page, "%s</b>", html_word(result));
    if (result->finding.verdict != VERDICT_PASS)
        page_add(&h->page, "<span>%s</span>", severity_names[result->severity]);
    if (result->column) {
        page_add(&h->page, "<span class=\"small\">column ");
        page_text(&h->page, result->column, CUT_NAME);
        page_add(&h->page, "</span>");
    } else {
        page_add(&h->page, "<span class=\"small\">whole table</span>");
    }
    page_add(&h->page, "</div>\n");
}

static void evidence(struct html *h, const struct result *result, size_t end)
{
    size_t mark;

    figures(h, result);
    detail_lists(h, result);
    compared_columns(h, result);
    mark = html_mark(h);
    html_plots(h, result);
    if (!html_fits(h, end))
        html_back(h, mark);
    page_add(&h->page, "<div class=\"tables\">\n");
    mark = html_mark(h);
    samples(h, result, end);
    top_values(h, result, end);
    if (html_mark(h) == mark)
        html_back(h, mark - strlen("<div class=\"tables\">\n"));
    else
        page_add(&h->page, "</div>\n");
    asked(h, result, end);
}

void html_result(struct html *h, int32_t index, size_t end)
{
    const struct result *result = &h->report->results[index];

    page_add(&h->page, "<article class=\"result %s\" id=\"r%d\" aria-labelledby=\"h%d\">\n", html_style(result), index, index);
    mark_of(h, result);
    page_add(&h->page, "<div>\n<h3 id=\"h%d\" class=\"id\">", index);
    page_text(&h->page, result->id, CUT_ID);
    page_add(&h->page, "</h3>\n<p class=\"says\">");
    sentence(h, result);
    page_add(&h->page, "</p>\n");
    remarks(h, result);
    evidence(h, result, end);
    page_add(&h->page, "</div>\n</article>\n");
}

static void line_parts(struct html *h, const struct result *result)
{
    page_icon(&h->page, html_icon(result));
    page_add(&h->page, "<span><span class=\"id\">");
    page_text(&h->page, result->id, CUT_ID);
    page_add(&h->page, "</span><span class=\"hidden\"> %s</span></span><span class=\"amount\">", html_word(result));
    if (html_has_amount(h, result))
        html_amount(h, result);
    else
        sentence(h, result);
    page_add(&h->page, "</span>");
}

void html_folded(struct html *h, int32_t index, size_t end)
{
    const struct result *result = &h->report->results[index];

    page_add(&h->page, "<details class=\"fold\" id=\"r%d\"><summary>", index);
    line_parts(h, result);
    page_add(&h->page, "</summary>\n<div class=\"result %s\">\n", html_style(result));
    mark_of(h, result);
    page_add(&h->page, "<div>\n<p class=\"says\">");
    sentence(h, result);
    page_add(&h->page, "</p>\n");
    remarks(h, result);
    evidence(h, result, end);
    page_add(&h->page, "</div>\n</div></details>\n");
}

void html_line(struct html *h, int32_t index)
{
    page_add(&h->page, "<div class=\"line\" id=\"r%d\">", index);
    line_parts(h, &h->report->results[index]);
    page_add(&h->page, "</div>\n");
}
