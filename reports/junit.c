/* reports/junit.c -- JUnit XML as CI systems read it: one testsuite, a testcase for each result.
 *
 * <failure> is a broken promise of the data, <error> what could not be evaluated. Build logs are read by many: no value of
 * the data is shown unless --samples was given. XML 1.0 knows no control characters, not even escaped, so they come as \xNN.
 */
#include <string.h>

#include "reports/formats.h"
#include "reports/words.h"

struct junit {
    struct words_out w;
    const struct report *report;
    struct buffer scratch;
};

/* `text` was through words_escaped: what is left to do are the five characters of XML. */
static void add_xml(struct junit *j, struct span text)
{
    for (size_t i = 0; i < text.size && !j->w.failed; i++) {
        switch (text.at[i]) {
        case '&': words_add(&j->w, "&amp;"); break;
        case '<': words_add(&j->w, "&lt;"); break;
        case '>': words_add(&j->w, "&gt;"); break;
        case '"': words_add(&j->w, "&quot;"); break;
        case '\'': words_add(&j->w, "&apos;"); break;
        case '\n': words_add(&j->w, "&#10;"); break;
        default: j->w.failed = j->w.failed || !buffer_add(j->w.out, text.at + i, 1);
        }
    }
}

/* U+FFFE and U+FFFF are valid UTF-8 and not XML; ef bf be, ef bf bf. */
static void drop_noncharacters(struct buffer *text)
{
    for (size_t i = 0; i + 2 < text->size; i++)
        if (text->at[i] == 0xef && text->at[i + 1] == 0xbf && text->at[i + 2] >= 0xbe)
            text->at[i + 2] = 0xbd; /* U+FFFD, the replacement character */
}

static struct words_out begin(struct junit *j)
{
    j->scratch.size = 0;
    return (struct words_out){&j->scratch, false};
}

static void end(struct junit *j, const struct words_out *w)
{
    j->w.failed = j->w.failed || w->failed;
    drop_noncharacters(&j->scratch);
    add_xml(j, span_of(j->scratch.at, j->scratch.size));
}

static void xml(struct junit *j, const char *text)
{
    struct words_out w = begin(j);

    words_escaped(&w, span_text(text), 0);
    end(j, &w);
}

static void attribute(struct junit *j, const char *name, const char *text)
{
    words_add(&j->w, " %s=\"", name);
    xml(j, text);
    words_add(&j->w, "\"");
}

/* The message of a failure: reason and figures, in one line; where there are none to show, the sentence. */
static void message(struct junit *j, const struct result *result)
{
    struct words_out w = begin(j);
    bool may_show = j->report->samples_were_asked;

    if (result->finding.reason)
        words_escaped(&w, span_text(result->finding.reason), 0);
    if (words_has_figures(j->report, result, may_show)) {
        words_add(&w, "%s", result->finding.reason ? ": " : "");
        words_figures(&w, j->report, result, may_show);
    }
    if (j->scratch.size == 0 && result->says)
        words_escaped(&w, span_text(result->says), 0);
    end(j, &w);
}

static void sample_line(struct junit *j, const struct result *result, const struct sample *sample)
{
    struct words_out w = begin(j);

    if (sample->file >= 0 && sample->file < j->report->batch.n_files)
        words_escaped(&w, span_text(j->report->batch.files[sample->file].path), 0);
    words_add(&w, ":%lld", (long long)sample->row);
    if (j->report->samples_were_asked && result_shows_values(j->report, result)) {
        words_add(&w, " ");
        if (sample->n_values == 0)
            words_value(&w, &sample->value, 0);
        for (int32_t i = 0; i < sample->n_values && i < result->n_value_columns; i++) {
            words_add(&w, "%s", i ? ", " : "");
            words_escaped(&w, span_text(result->value_columns[i]), 0);
            words_add(&w, "=");
            words_value(&w, &sample->values[i], 0);
        }
    }
    words_add(&w, "\n");
    end(j, &w);
}

static void failure(struct junit *j, const struct result *result)
{
    const struct finding *f = &result->finding;

    words_add(&j->w, "      <failure type=\"%s\" message=\"", severity_names[result->severity]);
    message(j, result);
    words_add(&j->w, "\">");
    if (result->says)
        xml(j, result->says);
    words_add(&j->w, "&#10;");
    for (int32_t i = 0; f->has_samples && i < f->n_samples && i < j->report->max_samples; i++)
        sample_line(j, result, &f->samples[i]);
    words_add(&j->w, "</failure>\n");
}

static void problem(struct junit *j, const struct result *result)
{
    words_add(&j->w, "      <error type=\"not_evaluated\" message=\"");
    message(j, result);
    words_add(&j->w, "\"/>\n");
}

static void skipped(struct junit *j, const struct result *result)
{
    words_add(&j->w, "      <skipped message=\"");
    message(j, result);
    words_add(&j->w, "\"/>\n");
}

static void testcase(struct junit *j, const struct result *result)
{
    words_add(&j->w, "    <testcase");
    attribute(j, "name", result->id);
    attribute(j, "classname", j->report->suite.dataset);
    words_add(&j->w, " time=\"0\"");
    switch (result->finding.verdict) {
    case VERDICT_PASS: words_add(&j->w, "/>\n"); return;
    case VERDICT_FAIL: words_add(&j->w, ">\n"); failure(j, result); break;
    case VERDICT_NOT_EVALUATED: words_add(&j->w, ">\n"); problem(j, result); break;
    case VERDICT_SKIPPED: words_add(&j->w, ">\n"); skipped(j, result); break;
    }
    words_add(&j->w, "    </testcase>\n");
}

/* The run fails though no single result does (a batch without rows): a test of its own, or the build would be green. */
static bool fails_as_a_whole(const struct report *r)
{
    return r->outcome != OUTCOME_PASS && r->statistics.failed == 0 && r->statistics.not_evaluated == 0;
}

static void whole_testcase(struct junit *j)
{
    bool is_failure = j->report->outcome == OUTCOME_FAIL;

    words_add(&j->w, "    <testcase name=\"batch\"");
    attribute(j, "classname", j->report->suite.dataset);
    words_add(&j->w, " time=\"0\">\n      <%s type=\"batch\"", is_failure ? "failure" : "error");
    attribute(j, "message", j->report->error ? j->report->error : j->report->headline);
    words_add(&j->w, "/>\n    </testcase>\n");
}

static void property(struct junit *j, const char *name, const char *value)
{
    words_add(&j->w, "      <property");
    attribute(j, "name", name);
    attribute(j, "value", value);
    words_add(&j->w, "/>\n");
}

static void properties(struct junit *j)
{
    const struct report *r = j->report;

    words_add(&j->w, "    <properties>\n");
    property(j, "headline", r->headline);
    property(j, "outcome", outcome_names[r->outcome]);
    property(j, "verdict_digest", r->verdict_digest);
    for (int32_t i = 0; i < r->batch.n_partition; i++)
        property(j, r->batch.partition[i].name, r->batch.partition[i].value ? r->batch.partition[i].value : "");
    for (int32_t i = 0; i < r->run.n_labels; i++)
        property(j, r->run.labels[i].name, r->run.labels[i].value);
    words_add(&j->w, "    </properties>\n");
}

static void testsuite(struct junit *j)
{
    const struct report *r = j->report;
    int extra = fails_as_a_whole(r);
    int failures = extra && r->outcome == OUTCOME_FAIL;

    words_add(&j->w, "  <testsuite");
    attribute(j, "name", r->suite.name);
    words_add(&j->w, " tests=\"%lld\" failures=\"%lld\" errors=\"%lld\" skipped=\"%lld\" time=\"%.3f\"",
              (long long)r->n_results + extra, (long long)r->statistics.failed + failures,
              (long long)r->statistics.not_evaluated + extra - failures, (long long)r->statistics.skipped, r->run.seconds);
    if (r->run.started)
        attribute(j, "timestamp", r->run.started);
    if (r->run.host)
        attribute(j, "hostname", r->run.host);
    words_add(&j->w, ">\n");
    properties(j);
    for (int32_t i = 0; i < r->n_results; i++)
        testcase(j, &r->results[i]);
    if (extra)
        whole_testcase(j);
    words_add(&j->w, "  </testsuite>\n");
}

static bool render(const struct report *report, const struct report_options *options, struct buffer *out)
{
    struct junit j = {.w = {out, false}, .report = report};

    (void)options;
    words_add(&j.w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    testsuite(&j);
    words_add(&j.w, "</testsuites>\n");
    buffer_done(&j.scratch);
    return !j.w.failed;
}

const struct report_format report_junit = {
    "junit",
    ".junit.xml,.xml",
    "JUnit XML for CI systems; no values unless --samples is given",
    render,
};
