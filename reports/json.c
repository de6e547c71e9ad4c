/* reports/json.c -- the report as one JSON document: interfaces.md section 4, from which every other format could be made.
 *
 * All but `run` depends on the files and the suite alone, so that two documents of the same files are equal byte for byte.
 */
#include "core/clock.h"
#include "reports/formats.h"

enum { INDENT = 1 };

static void member_known(struct json_writer *w, const char *key, const char *text)
{
    if (text)
        json_member_text(w, key, text);
}

static void member_count(struct json_writer *w, const char *key, int64_t count)
{
    if (count >= 0)
        json_member_int(w, key, count);
}

static void texts_write(struct json_writer *w, const char *key, const char *const *texts, int32_t n)
{
    json_key(w, key);
    json_array(w);
    for (int32_t i = 0; i < n; i++)
        json_text(w, texts[i]);
    json_array_end(w);
}

static void names_write(struct json_writer *w, const char *key, const struct name_value *pairs, int32_t n)
{
    json_key(w, key);
    json_object(w);
    for (int32_t i = 0; i < n; i++)
        json_member_text(w, pairs[i].name, pairs[i].value);
    json_object_end(w);
}

static void suite_write(struct json_writer *w, const struct report *report)
{
    json_key(w, "suite");
    json_object(w);
    json_member_text(w, "name", report->suite.name);
    json_member_text(w, "dataset", report->suite.dataset);
    json_member_text(w, "dialect", report->suite.dialect);
    json_member_text(w, "fingerprint", report->suite.fingerprint);
    member_known(w, "owner", report->suite.owner);
    member_known(w, "runbook", report->suite.runbook);
    member_known(w, "description", report->suite.description);
    texts_write(w, "tags", report->suite.tags, report->suite.n_tags);
    json_object_end(w);
}

static void files_write(struct json_writer *w, const struct report *report)
{
    char modified[CLOCK_TEXT_SIZE];

    json_key(w, "files");
    json_array(w);
    for (int32_t i = 0; i < report->batch.n_files; i++) {
        const struct report_file *file = &report->batch.files[i];

        json_object(w);
        json_member_text(w, "path", file->path);
        member_count(w, "bytes", file->bytes);
        if (file->modified_nanos != 0) {
            clock_print_timestamp(file->modified_nanos, UNIT_NANO, true, modified);
            json_member_text(w, "modified", modified);
        }
        member_known(w, "fingerprint", file->fingerprint);
        member_count(w, "rows", file->rows);
        json_object_end(w);
    }
    json_array_end(w);
}

static void damage_write(struct json_writer *w, const struct damage_shown *damage)
{
    json_key(w, "damage");
    json_object(w);
    json_member_int(w, "records", damage->n_records);
    json_member_int(w, "of", damage->n_total);
    if (damage->what) {
        json_key(w, "first");
        json_object(w);
        member_known(w, "file", damage->file);
        member_count(w, "line", damage->line);
        member_count(w, "byte", damage->byte);
        json_member_text(w, "what", damage->what);
        json_object_end(w);
    }
    json_object_end(w);
}

static void columns_write(struct json_writer *w, const struct report *report)
{
    json_key(w, "columns");
    json_array(w);
    for (int32_t i = 0; i < report->batch.n_columns; i++) {
        json_object(w);
        json_member_text(w, "name", report->batch.columns[i].name);
        member_known(w, "type", report->batch.columns[i].type);
        json_object_end(w);
    }
    json_array_end(w);
}

static void batch_write(struct json_writer *w, const struct report *report)
{
    json_key(w, "batch");
    json_object(w);
    texts_write(w, "source", report->batch.source, report->batch.n_source);
    member_known(w, "format", report->batch.format);
    member_known(w, "dialect", report->batch.dialect);
    if (report->batch.n_partition)
        names_write(w, "partition", report->batch.partition, report->batch.n_partition);
    member_count(w, "rows", report->batch.rows);
    member_count(w, "rows_considered", report->batch.rows_considered);
    if (report->batch.n_primary_key)
        texts_write(w, "primary_key", report->batch.primary_key, report->batch.n_primary_key);
    if (report->batch.has_damage)
        damage_write(w, &report->batch.damage);
    files_write(w, report);
    columns_write(w, report);
    json_object_end(w);
}

static void proof_write(struct json_writer *w, const struct report *report)
{
    json_key(w, "proof");
    json_object(w);
    for (int32_t i = 0; i < report->n_results; i++)
        member_known(w, report->results[i].id, report->results[i].proof);
    json_object_end(w);
}

/* Only where they were asked for. */
static void timings_write(struct json_writer *w, const struct report *report)
{
    if (report->run.n_timings == 0)
        return;
    json_key(w, "timings");
    json_object(w);
    for (int32_t i = 0; i < report->run.n_timings; i++)
        json_member_double(w, report->run.timings[i].stage, report->run.timings[i].seconds);
    json_object_end(w);
}

/* How many there are in all is said where not all are listed. */
static void integrity_write(struct json_writer *w, const struct report *report)
{
    if (report->run.n_integrity == 0)
        return;
    json_member_int(w, "integrity_count", report->run.n_integrity_total);
    json_key(w, "integrity");
    json_array(w);
    for (int32_t i = 0; i < report->run.n_integrity; i++) {
        const struct report_integrity *f = &report->run.integrity[i];

        json_object(w);
        json_member_text(w, "file", f->file);
        json_member_int(w, "row_group", f->row_group);
        json_member_text(w, "column", f->column);
        json_member_text(w, "what", f->what);
        json_object_end(w);
    }
    json_array_end(w);
}

static void run_write(struct json_writer *w, const struct report *report)
{
    json_key(w, "run");
    json_object(w);
    member_known(w, "id", report->run.id);
    member_known(w, "started", report->run.started);
    member_known(w, "finished", report->run.finished);
    member_known(w, "now", report->run.now);
    member_known(w, "timezone", report->run.timezone);
    json_member_double(w, "seconds", report->run.seconds);
    json_member_double(w, "cpu_seconds", report->run.cpu_seconds);
    member_known(w, "host", report->run.host);
    member_known(w, "assay", report->run.assay);
    json_member_int(w, "threads", report->run.threads);
    member_count(w, "bytes_read", report->run.bytes_read);
    member_count(w, "bytes_decompressed", report->run.bytes_decompressed);
    member_count(w, "pages_decoded", report->run.pages_decoded);
    member_count(w, "values_decoded", report->run.values_decoded);
    member_known(w, "evidence", report->run.evidence);
    if (report->run.is_audited)
        json_member_int(w, "chunks_audited", report->run.n_audited);
    if (report->run.verdict_only)
        json_member_bool(w, "verdict_only", true);
    if (report->run.is_stopped)
        json_member_bool(w, "stopped", true);
    integrity_write(w, report);
    names_write(w, "labels", report->run.labels, report->run.n_labels);
    timings_write(w, report);
    member_known(w, "repeat", report->run.repeat);
    proof_write(w, report);
    json_object_end(w);
}

static void verdict_write(struct json_writer *w, const struct report *report)
{
    json_member_int(w, "assay_report", 1);
    json_member_bool(w, "success", report->success);
    json_member_int(w, "exit_code", report->exit_code);
    json_member_text(w, "outcome", outcome_names[report->outcome]);
    json_member_bool(w, "retryable", report->retryable);
    json_member_text(w, "headline", report->headline);
    json_member_text(w, "verdict_digest", report->verdict_digest);
    member_known(w, "error", report->error);
    json_key(w, "statistics");
    statistics_write(w, report);
}

static bool render(const struct report *report, const struct report_options *options, struct buffer *out)
{
    struct json_writer w;

    (void)options;
    json_init(&w, out, INDENT);
    json_object(&w);
    verdict_write(&w, report);
    suite_write(&w, report);
    batch_write(&w, report);
    json_key(&w, "results");
    json_array(&w);
    for (int32_t i = 0; i < report->n_results; i++)
        result_write(&w, report, &report->results[i], 0);
    json_array_end(&w);
    run_write(&w, report);
    json_object_end(&w);
    return !w.failed && buffer_add(out, "\n", 1);
}

const struct report_format report_json = {
    "json",
    ".json",
    "the whole report as one JSON document",
    render,
};
