/* reports/text.c -- the report for a person at a terminal or in a log.
 *
 * The first line says it all; then what failed, worst first; then what could not be told; then what holds, a line each; the last
 * line repeats the run. Laid out for 80 to 120 columns. No byte of the data reaches the terminal unescaped.
 */
#include <string.h>

#include "reports/formats.h"
#include "reports/words.h"

enum { ID_WIDTH_MAX = 44, SAMPLES_SHOWN = 5, VALUE_WIDTH = 60, TOP_SHOWN = 5, VALUE_PAD_MAX = 40 };

enum colour { PLAIN, BOLD, DIM, RED, GREEN, YELLOW };
static const char *const colour_codes[] = {"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[32m", "\x1b[1;33m"};

struct text {
    struct words_out w;
    const struct report *report;
    const struct report_options *options;
    int32_t *order;
};

static void colour(struct text *t, enum colour c)
{
    if (t->options->colour)
        words_add(&t->w, "%s", colour_codes[c]);
}

static void coloured(struct text *t, enum colour c, const char *word)
{
    colour(t, c);
    words_add(&t->w, "%s", word);
    colour(t, PLAIN);
}

static void safe(struct text *t, const char *text) { words_escaped(&t->w, span_text(text), 0); }

/* Pads to `width` what was written since `from`; code points stand for columns, which is near enough. */
static void pad(struct text *t, size_t from, int width)
{
    int64_t written;

    if (t->w.failed)
        return;
    written = t->w.out->size - from > INT32_MAX ? INT32_MAX : (int64_t)(t->w.out->size - from);
    for (size_t i = from; i < t->w.out->size; i++)
        written -= (t->w.out->at[i] & 0xc0) == 0x80;
    words_add(&t->w, "%*s", written < width ? (int)(width - written) : 0, "");
}

static enum colour severity_colour(enum severity severity)
{
    return severity >= SEVERITY_ERROR ? RED : YELLOW;
}

static void headline(struct text *t)
{
    static const enum colour colours[] = {[OUTCOME_PASS] = GREEN, [OUTCOME_FAIL] = RED, [OUTCOME_NOT_EVALUATED] = YELLOW};
    const char *line = t->report->headline;
    size_t n = strcspn(line, " ");

    colour(t, colours[t->report->outcome]);
    words_escaped(&t->w, span_of(line, n), 0);
    colour(t, PLAIN);
    safe(t, line + n);
    words_add(&t->w, "\n");
}

static void sample_value(struct text *t, const struct result *result, const struct sample *sample)
{
    if (sample->n_values == 0) {
        words_value(&t->w, &sample->value, VALUE_WIDTH);
        return;
    }
    for (int32_t i = 0; i < sample->n_values && i < result->n_value_columns; i++) {
        words_add(&t->w, "%s", i ? ", " : "");
        words_escaped(&t->w, span_text(result->value_columns[i]), VALUE_WIDTH);
        words_add(&t->w, "=");
        words_value(&t->w, &sample->values[i], VALUE_WIDTH);
    }
}

static void sample_key(struct text *t, const struct sample *sample)
{
    const char *before = "  ";

    for (int32_t i = 0; i < sample->n_keys && i < t->report->batch.n_primary_key; i++) {
        if (report_column_is_pii(t->report, t->report->batch.primary_key[i]))
            continue;
        words_add(&t->w, "%s", before);
        words_escaped(&t->w, span_text(t->report->batch.primary_key[i]), VALUE_WIDTH);
        words_add(&t->w, "=");
        words_value(&t->w, &sample->keys[i], VALUE_WIDTH);
        before = " ";
    }
}

static void sample_line(struct text *t, const struct result *result, const struct sample *sample, int width)
{
    size_t from;

    words_add(&t->w, "    ");
    from = t->w.out->size;
    if (result_shows_values(t->report, result)) {
        sample_value(t, result, sample);
        pad(t, from, width);
        words_add(&t->w, "  ");
    }
    colour(t, DIM);
    if (sample->file >= 0 && sample->file < t->report->batch.n_files)
        safe(t, t->report->batch.files[sample->file].path);
    words_add(&t->w, " row %lld", (long long)sample->row);
    sample_key(t, sample);
    colour(t, PLAIN);
    words_add(&t->w, "\n");
}

/* The widest of the shown values, so that places stand in a column. */
static int samples_width(struct text *t, const struct result *result, int32_t n)
{
    struct buffer scratch = {0};
    struct text measure = *t;
    int width = 0;

    measure.w = (struct words_out){&scratch, false};
    for (int32_t i = 0; i < n && result_shows_values(t->report, result); i++) {
        int length;
        scratch.size = 0;
        sample_value(&measure, result, &result->finding.samples[i]);
        length = scratch.size > VALUE_PAD_MAX ? VALUE_PAD_MAX : (int)scratch.size;
        width = length > width ? length : width;
    }
    t->w.failed = t->w.failed || measure.w.failed;
    buffer_done(&scratch);
    return width;
}

static void samples(struct text *t, const struct result *result)
{
    const struct finding *f = &result->finding;
    int32_t limit = t->report->samples_were_asked || t->report->max_samples < SAMPLES_SHOWN ? t->report->max_samples
                                                                                          : SAMPLES_SHOWN;
    int32_t n = f->n_samples < limit ? f->n_samples : limit;
    char more[WORDS_NUMBER_SIZE];
    int width = f->has_samples ? samples_width(t, result, n) : 0;

    for (int32_t i = 0; f->has_samples && i < n; i++)
        sample_line(t, result, &f->samples[i], width);
    if (n > 0 && f->unexpected_count > n)
        words_add(&t->w, "    and %s more\n", words_count(f->unexpected_count - n, more));
}

/* Worth a line only where some value occurs more than once. */
static void top_values(struct text *t, const struct result *result)
{
    const struct finding *f = &result->finding;
    char count[WORDS_NUMBER_SIZE];

    if (!f->has_top || f->n_top == 0 || f->top[0].count < 2 || !result_shows_values(t->report, result))
        return;
    words_add(&t->w, "    most frequent: ");
    for (int32_t i = 0; i < f->n_top && i < TOP_SHOWN; i++) {
        words_add(&t->w, "%s", i ? ", " : "");
        words_value(&t->w, &f->top[i].value, VALUE_WIDTH / 2);
        words_add(&t->w, " (%s times)", words_count(f->top[i].count, count));
    }
    words_add(&t->w, "\n");
}

static void reason_line(struct text *t, const struct result *result)
{
    if (!result->finding.reason)
        return;
    words_add(&t->w, "    ");
    safe(t, result->finding.reason);
    words_add(&t->w, "\n");
}

static void result_head(struct text *t, const struct result *result, const char *word)
{
    words_add(&t->w, "\n");
    coloured(t, severity_colour(result->severity), word);
    words_add(&t->w, " %s ", severity_names[result->severity]);
    colour(t, BOLD);
    safe(t, result->id);
    colour(t, PLAIN);
    words_add(&t->w, "\n");
    if (result->says) {
        words_add(&t->w, "    ");
        safe(t, result->says);
        if (result->where) {
            words_add(&t->w, ", where ");
            safe(t, result->where);
        }
        words_add(&t->w, "\n");
    }
    if (result->description) {
        words_add(&t->w, "    ");
        safe(t, result->description);
        words_add(&t->w, "\n");
    }
}

static void failure(struct text *t, const struct result *result)
{
    result_head(t, result, "FAIL");
    reason_line(t, result);
    if (words_has_figures(t->report, result, true)) {
        words_add(&t->w, "    ");
        words_figures(&t->w, t->report, result, true);
        words_add(&t->w, "\n");
    } else if (!result_shows_observed(t->report, result) && !result->finding.reason) {
        words_add(&t->w, "    what was observed is a value of the data, which is not to be shown\n");
    }
    samples(t, result);
    top_values(t, result);
}

static void not_evaluated(struct text *t, const struct result *result)
{
    result_head(t, result, "NOT EVALUATED");
    reason_line(t, result);
}

static int id_width(const struct text *t)
{
    size_t width = 0;

    for (int32_t i = 0; i < t->report->n_results; i++) {
        size_t n = strlen(t->report->results[i].id);
        width = n > width ? n : width;
    }
    return width > ID_WIDTH_MAX ? ID_WIDTH_MAX : (int)width;
}

static void short_line(struct text *t, const struct result *result, int width)
{
    const struct finding *f = &result->finding;
    size_t from;

    words_add(&t->w, "    ");
    from = t->w.out->size;
    safe(t, result->id);
    pad(t, from, width);
    colour(t, DIM);
    words_add(&t->w, "  ");
    if (f->verdict == VERDICT_PASS && f->vacuous)
        words_add(&t->w, "nothing to judge (vacuous)");
    else if (f->reason)
        safe(t, f->reason);
    else if (words_has_figures(t->report, result, true))
        words_figures(&t->w, t->report, result, true);
    else
        safe(t, result->says);
    colour(t, PLAIN);
    words_add(&t->w, "\n");
}

static void short_section(struct text *t, enum verdict verdict, const char *word, enum colour c, int64_t count)
{
    char number[WORDS_NUMBER_SIZE];
    int width = id_width(t);

    if (count == 0)
        return;
    words_add(&t->w, "\n");
    coloured(t, c, word);
    words_add(&t->w, " %s\n", words_count(count, number));
    for (int32_t i = 0; i < t->report->n_results; i++) {
        const struct result *result = &t->report->results[t->order[i]];
        if (result->finding.verdict == verdict)
            short_line(t, result, width);
    }
}

static void statistics_line(struct text *t)
{
    const struct report *r = t->report;
    const char *before = " (";

    words_add(&t->w, "\n%lld declared: %lld passed", (long long)r->statistics.declared, (long long)r->statistics.passed);
    if (r->statistics.vacuous)
        words_add(&t->w, " (%lld vacuous)", (long long)r->statistics.vacuous);
    words_add(&t->w, ", %lld failed", (long long)r->statistics.failed);
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_INFO; s--) {
        if (r->statistics.failed_by_severity[s] == 0)
            continue;
        words_add(&t->w, "%s%lld %s", before, (long long)r->statistics.failed_by_severity[s], severity_names[s]);
        before = ", ";
    }
    words_add(&t->w, "%s, %lld not evaluated, %lld skipped\n", *before == ',' ? ")" : "",
              (long long)r->statistics.not_evaluated, (long long)r->statistics.skipped);
}

static void damage_line(struct text *t)
{
    const struct damage_shown *damage = &t->report->batch.damage;
    char part[WORDS_NUMBER_SIZE], whole[WORDS_NUMBER_SIZE];

    if (!t->report->batch.has_damage || damage->n_records == 0)
        return;
    words_add(&t->w, "damage: %s of %s records", words_count(damage->n_records, part), words_count(damage->n_total, whole));
    if (damage->what) {
        words_add(&t->w, ", the first: ");
        if (damage->file)
            safe(t, damage->file);
        words_add(&t->w, " line %lld, byte %lld: ", (long long)damage->line, (long long)damage->byte);
        safe(t, damage->what);
    }
    words_add(&t->w, "\n");
}

static void batch_line(struct text *t)
{
    const struct report *r = t->report;
    char number[WORDS_NUMBER_SIZE];
    int64_t bytes = 0;

    for (int32_t i = 0; i < r->batch.n_files; i++)
        bytes += r->batch.files[i].bytes > 0 ? r->batch.files[i].bytes : 0;
    if (r->batch.rows >= 0)
        words_add(&t->w, "%s rows", words_count(r->batch.rows, number));
    else
        words_add(&t->w, "rows not known");
    if (r->batch.rows >= 0 && r->batch.rows_considered >= 0 && r->batch.rows_considered != r->batch.rows)
        words_add(&t->w, " (%s considered)", words_count(r->batch.rows_considered, number));
    words_add(&t->w, " in %s %s", words_count(r->batch.n_files, number), r->batch.n_files == 1 ? "file" : "files");
    if (r->batch.n_files)
        words_add(&t->w, ", %s", words_size(bytes, number));
    if (r->batch.format)
        words_add(&t->w, " of %s", r->batch.format);
    if (r->batch.dialect && *r->batch.dialect) {
        words_add(&t->w, ", ");
        safe(t, r->batch.dialect);
    }
    words_add(&t->w, "\n");
}

static void run_line(struct text *t)
{
    const struct report *r = t->report;
    char number[WORDS_NUMBER_SIZE];

    words_add(&t->w, "suite ");
    safe(t, r->suite.name);
    words_add(&t->w, ", %.2f s on %d %s", r->run.seconds, r->run.threads, r->run.threads == 1 ? "thread" : "threads");
    if (r->run.bytes_read > 0)
        words_add(&t->w, ", %s read", words_size(r->run.bytes_read, number));
    if (r->run.assay)
        words_add(&t->w, ", assay %s", r->run.assay);
    words_add(&t->w, "\n");
    if (r->run.n_integrity > 0) {
        safe(t, r->run.integrity[0].file);
        words_add(&t->w, ", row group %d, ", r->run.integrity[0].row_group);
        safe(t, r->run.integrity[0].column);
        words_add(&t->w, ": %s; they are not believed", r->run.integrity[0].what);
        if (r->run.n_integrity_total > 1)
            words_add(&t->w, " (%lld such findings)", (long long)r->run.n_integrity_total);
        words_add(&t->w, "\n");
    }
    if (r->run.repeat) {
        safe(t, r->run.repeat);
        words_add(&t->w, "\n");
    }
}

static void results(struct text *t)
{
    for (int32_t i = 0; i < t->report->n_results; i++) {
        const struct result *result = &t->report->results[t->order[i]];
        if (result->finding.verdict == VERDICT_FAIL)
            failure(t, result);
        else if (result->finding.verdict == VERDICT_NOT_EVALUATED && !t->report->error)
            not_evaluated(t, result);
    }
}

static bool render(const struct report *report, const struct report_options *options, struct buffer *out)
{
    struct arena arena = {0};
    struct text t = {{out, false}, report, options, arena_array(&arena, (size_t)report->n_results + 1, sizeof *t.order)};

    if (!t.order)
        return false;
    words_order(report, t.order);
    headline(&t);
    if (report->error) {
        words_add(&t.w, "\n");
        safe(&t, report->error);
        words_add(&t.w, "\nnothing was judged%s\n", report->retryable ? "; trying again may help" : "");
    }
    results(&t);
    if (!options->quiet) {
        short_section(&t, VERDICT_PASS, "PASS", GREEN, report->statistics.passed);
        short_section(&t, VERDICT_SKIPPED, "SKIPPED", DIM, report->statistics.skipped);
        statistics_line(&t);
        damage_line(&t);
        batch_line(&t);
        run_line(&t);
    }
    arena_done(&arena);
    return !t.w.failed;
}

const struct report_format report_text = {
    "text",
    ".txt",
    "for people: headline, failures with samples, a line for each pass",
    render,
};
