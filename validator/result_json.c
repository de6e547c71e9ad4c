/* validator/result_json.c -- a result as JSON, and the digest of a verdict.
 *
 * The order of members is part of the format (a report is compared byte for byte), so it is written down once, here.
 * Counts of -1 do not apply and are absent. Values of the data are shown only where result_shows_values allows it: the
 * counts and the rows of a pii column stay, its values do not.
 *
 * The canonical form leaves out where in which file something was: the same table split into other files is
 * the same verdict.
 */
#include "validator/result.h"

#include "core/sha256.h"

const char *const outcome_names[] = {
    [OUTCOME_PASS] = "pass",
    [OUTCOME_FAIL] = "fail",
    [OUTCOME_NOT_EVALUATED] = "not_evaluated",
    NULL,
};

/* Figures that are themselves values of the column, so that showing them shows data. */
static const char *const value_figures[] = {"max", "median", "min", "quantiles", NULL};

/* Expectations about the schema and the number of rows: what they observe is no value of the data. */
static const char *const schema_figures[] = {"column_exists", "columns_match", "of_type", "row_count", NULL};

/* Members of details that say where something is, which differs between splits of the same table. */
static const char *const place_members[] = {"byte", "file", "line", "path", "row", "row_group", NULL};

/* Texts in details that name a method and never data. */
static const char *const method_members[] = {"kind", "method", "name", "p_method", "p_value_method", "test", "timezone", "unit", NULL};

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

bool result_percent(int64_t part, int64_t whole, double *out)
{
    if (part < 0 || whole <= 0)
        return false;
    *out = 100.0 * (double)part / (double)whole;
    return true;
}

bool result_shows_values(const struct report *report, const struct result *result)
{
    return !result->is_pii && report->max_samples > 0;
}

bool result_is_about_schema(const struct result *result) { return is_one_of(result->expectation, schema_figures); }

bool result_shows_observed(const struct report *report, const struct result *result)
{
    if (result_shows_values(report, result) || result_is_about_schema(result))
        return true;
    if (result->finding.observed_node || is_one_of(result->expectation, value_figures))
        return false;
    return result->finding.observed.kind != VALUE_TEXT && result->finding.observed.kind != VALUE_BYTES;
}

bool report_column_is_pii(const struct report *report, const char *column)
{
    for (int32_t i = 0; i < report->n_results; i++) {
        const struct result *result = &report->results[i];
        if (result->is_pii && result->column && strcmp(result->column, column) == 0)
            return true;
    }
    return false;
}

static void member_count(struct json_writer *w, const char *key, int64_t count)
{
    if (count >= 0)
        json_member_int(w, key, count);
}

static void member_percent(struct json_writer *w, const char *key, int64_t part, int64_t whole)
{
    double percent;

    if (result_percent(part, whole, &percent))
        json_member_double(w, key, percent);
}

static void member_text(struct json_writer *w, const char *key, const char *text)
{
    if (text)
        json_member_text(w, key, text);
}

static void member_node(struct json_writer *w, const char *key, const struct node *node)
{
    if (!node)
        return;
    json_key(w, key);
    json_node(w, node);
}

static void sample_key_write(struct json_writer *w, const struct report *report, const struct sample *sample)
{
    int32_t n = sample->n_keys < report->batch.n_primary_key ? sample->n_keys : report->batch.n_primary_key;
    bool is_open = false;

    for (int32_t i = 0; i < n; i++) {
        if (report_column_is_pii(report, report->batch.primary_key[i]))
            continue;
        if (!is_open) {
            json_key(w, "key");
            json_object(w);
            is_open = true;
        }
        json_key(w, report->batch.primary_key[i]);
        json_value(w, &sample->keys[i]);
    }
    if (is_open)
        json_object_end(w);
}

static void sample_values_write(struct json_writer *w, const struct result *result, const struct sample *sample)
{
    if (sample->n_values == 0) {
        json_key(w, "value");
        json_value(w, &sample->value);
        return;
    }
    json_key(w, "values");
    json_object(w);
    for (int32_t i = 0; i < sample->n_values && i < result->n_value_columns; i++) {
        json_key(w, result->value_columns[i]);
        json_value(w, &sample->values[i]);
    }
    json_object_end(w);
}

static void sample_write(struct json_writer *w, const struct report *report, const struct result *result,
                         const struct sample *sample, int flags)
{
    bool has_place = !(flags & RESULT_CANONICAL);

    json_object(w);
    if (has_place)
        json_member_int(w, "row", sample->row);
    if (result_shows_values(report, result))
        sample_values_write(w, result, sample);
    if (has_place && sample->file >= 0 && sample->file < report->batch.n_files)
        json_member_text(w, "file", report->batch.files[sample->file].path);
    sample_key_write(w, report, sample);
    json_object_end(w);
}

static void samples_write(struct json_writer *w, const struct report *report, const struct result *result, int flags)
{
    const struct finding *f = &result->finding;

    if (f->has_samples && report->max_samples > 0) {
        json_key(w, "unexpected_sample");
        json_array(w);
        for (int32_t i = 0; i < f->n_samples && i < report->max_samples; i++)
            sample_write(w, report, result, &f->samples[i], flags);
        json_array_end(w);
    }
    if (f->has_top && result_shows_values(report, result)) {
        json_key(w, "unexpected_top");
        json_array(w);
        for (int32_t i = 0; i < f->n_top; i++) {
            json_object(w);
            json_key(w, "value");
            json_value(w, &f->top[i].value);
            json_member_int(w, "count", f->top[i].count);
            json_object_end(w);
        }
        json_array_end(w);
    }
}

/* Is a member of details left out: a place in canonical form, data where values may not be shown? */
static bool is_left_out(const struct node *member, bool shows_values, int flags)
{
    const char *key = (const char *)member->key.at;

    if ((flags & RESULT_CANONICAL) && is_one_of(key, place_members))
        return true;
    if (shows_values)
        return false;
    return strcmp(key, "distribution") == 0 || strcmp(key, "moved_most") == 0 || member->kind == NODE_LIST ||
           (member->kind == NODE_TEXT && !is_one_of(key, method_members));
}

/* Nesting is bounded by the expectations that build the tree, not by data. */
static void details_write(struct json_writer *w, const struct node *node, bool shows_values, int flags)
{
    if (node->kind == NODE_LIST) {
        json_array(w);
        for (const struct node *child = node->first; child; child = child->next)
            details_write(w, child, shows_values, flags);
        json_array_end(w);
    } else if (node->kind == NODE_MAP) {
        json_object(w);
        for (const struct node *child = node->first; child; child = child->next) {
            if (is_left_out(child, shows_values, flags))
                continue;
            json_key_span(w, child->key);
            details_write(w, child, shows_values, flags);
        }
        json_object_end(w);
    } else {
        json_node(w, node);
    }
}

static void details_members_write(struct json_writer *w, const struct node *details, bool shows_values, int flags)
{
    for (const struct node *child = details->first; child; child = child->next) {
        if (is_left_out(child, shows_values, flags))
            continue;
        json_key_span(w, child->key);
        details_write(w, child, shows_values, flags);
    }
}

/* An expectation whose details name their own places ("observed", "distribution") gets them as members of the result; other
 * details stand under "details" beside an observed_value, else under "observed". */
static void observed_write(struct json_writer *w, const struct report *report, const struct result *result, int flags)
{
    const struct finding *f = &result->finding;
    bool shows_values = result_shows_values(report, result) || result_is_about_schema(result);

    if ((f->has_observed || f->observed_node) && result_shows_observed(report, result)) {
        json_key(w, "observed_value");
        if (f->observed_node)
            details_write(w, f->observed_node, true, flags);
        else
            json_value(w, &f->observed);
    }
    if (!f->details || f->details->kind != NODE_MAP)
        return;
    if (node_find(f->details, "observed")) {
        details_members_write(w, f->details, shows_values, flags);
        return;
    }
    json_key(w, f->has_observed || f->observed_node ? "details" : "observed");
    details_write(w, f->details, shows_values, flags);
}

static void counts_write(struct json_writer *w, const struct finding *f)
{
    member_count(w, "element_count", f->element_count);
    member_count(w, "missing_count", f->missing_count);
    member_percent(w, "missing_percent", f->missing_count, f->element_count);
    member_count(w, "nan_count", f->nan_count);
    member_count(w, "considered_count", f->considered_count);
    member_count(w, "unexpected_count", f->unexpected_count);
    member_percent(w, "unexpected_percent", f->unexpected_count, f->considered_count);
    member_percent(w, "unexpected_percent_total", f->unexpected_count, f->element_count);
    member_count(w, "duplicate_groups", f->duplicate_groups);
    member_count(w, "surplus_rows", f->surplus_rows);
}

static void tags_write(struct json_writer *w, const struct result *result)
{
    if (result->n_tags == 0)
        return;
    json_key(w, "tags");
    json_array(w);
    for (int32_t i = 0; i < result->n_tags; i++)
        json_text(w, result->tags[i]);
    json_array_end(w);
}

void result_write(struct json_writer *w, const struct report *report, const struct result *result, int flags)
{
    const struct finding *f = &result->finding;

    json_object(w);
    json_member_text(w, "id", result->id);
    json_member_text(w, "expectation", result->expectation);
    member_text(w, "gx", result->gx);
    member_text(w, "column", result->column);
    member_text(w, "says", result->says);
    member_text(w, "description", result->description);
    tags_write(w, result);
    member_node(w, "meta", result->meta);
    member_text(w, "where", result->where);
    member_node(w, "parameters", result->parameters);
    json_member_text(w, "severity", severity_names[result->severity]);
    json_member_text(w, "status", verdict_names[f->verdict]);
    member_text(w, "reason", f->reason);
    if (f->verdict == VERDICT_PASS || f->verdict == VERDICT_FAIL)
        json_member_bool(w, "vacuous", f->vacuous);
    observed_write(w, report, result, flags);
    counts_write(w, f);
    samples_write(w, report, result, flags);
    json_object_end(w);
}

void statistics_write(struct json_writer *w, const struct report *report)
{
    json_object(w);
    json_member_int(w, "declared", report->statistics.declared);
    json_member_int(w, "passed", report->statistics.passed);
    json_member_int(w, "failed", report->statistics.failed);
    json_member_int(w, "not_evaluated", report->statistics.not_evaluated);
    json_member_int(w, "skipped", report->statistics.skipped);
    json_member_int(w, "vacuous", report->statistics.vacuous);
    json_key(w, "failed_by_severity");
    json_object(w);
    for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_INFO; severity--)
        if (report->statistics.failed_by_severity[severity] > 0)
            json_member_int(w, severity_names[severity], report->statistics.failed_by_severity[severity]);
    json_object_end(w);
    json_object_end(w);
}

bool report_digest(const struct report *report, char out[72])
{
    struct buffer canonical = {0};
    struct json_writer w;
    struct sha256 hash;
    bool is_whole;

    json_init(&w, &canonical, 0);
    json_object(&w);
    json_member_bool(&w, "success", report->success);
    json_key(&w, "statistics");
    statistics_write(&w, report);
    json_key(&w, "results");
    json_array(&w);
    for (int32_t i = 0; i < report->n_results; i++)
        result_write(&w, report, &report->results[i], RESULT_CANONICAL);
    json_array_end(&w);
    json_object_end(&w);
    is_whole = !w.failed;
    if (is_whole) {
        sha256_init(&hash);
        sha256_add(&hash, canonical.at, canonical.size);
        memcpy(out, "sha256:", 7);
        sha256_hex(&hash, out + 7);
    }
    buffer_done(&canonical);
    return is_whole;
}
