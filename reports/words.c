/* reports/words.c -- see words.h. */
#include "reports/words.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"
#include "core/utf8.h"

void words_add(struct words_out *w, const char *format, ...)
{
    char small[512];
    va_list args, again;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(small, sizeof small, format, args);
    if (n >= 0 && (size_t)n < sizeof small) {
        w->failed = w->failed || !buffer_add(w->out, small, (size_t)n);
    } else if (n < 0 || !buffer_reserve(w->out, w->out->size + (size_t)n + 1)) {
        w->failed = true;
    } else {
        vsnprintf((char *)w->out->at + w->out->size, (size_t)n + 1, format, again);
        w->out->size += (size_t)n;
    }
    va_end(again);
    va_end(args);
}

/* Length of the valid sequence at s and its code point; 0 where there is none. */
static size_t decode(struct span s, uint32_t *point)
{
    size_t n = s.at[0] < 0x80 ? 1 : s.at[0] < 0xe0 ? 2 : s.at[0] < 0xf0 ? 3 : 4;

    if (n > s.size || utf8_valid_prefix(span_of(s.at, n)) < n)
        return 0;
    *point = n == 1 ? s.at[0] : s.at[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++)
        *point = *point << 6 | (s.at[i] & 0x3f);
    return n;
}

/* What moves the cursor, changes the direction of writing or ends a line somewhere. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void add_unsafe(struct words_out *w, uint32_t c)
{
    if (c == '\n')
        words_add(w, "\\n");
    else if (c == '\r')
        words_add(w, "\\r");
    else if (c == '\t')
        words_add(w, "\\t");
    else if (c < 0x80)
        words_add(w, "\\x%02x", c);
    else
        words_add(w, "\\u{%x}", c);
}

void words_escaped(struct words_out *w, struct span text, size_t limit)
{
    struct span left = limit ? utf8_cut(text, limit) : text;
    bool was_cut = left.size < text.size;

    while (left.size && !w->failed) {
        uint32_t c = 0;
        size_t n = decode(left, &c);

        if (n == 0) {
            words_add(w, "\\x%02x", left.at[0]);
            n = 1;
        } else if (is_unsafe(c)) {
            add_unsafe(w, c);
        } else {
            w->failed = w->failed || !buffer_add(w->out, left.at, n);
        }
        left = span_of(left.at + n, left.size - n);
    }
    if (was_cut)
        words_add(w, "...");
}

static bool is_hard_to_see(struct span s)
{
    return s.size == 0 || s.at[0] == ' ' || s.at[s.size - 1] == ' ' || span_is(s, "null") || span_is(s, "NULL") || s.at[0] == '"';
}

void words_value(struct words_out *w, const struct value *value, size_t limit)
{
    struct buffer text = {0};
    bool is_quoted = value->kind == VALUE_TEXT && is_hard_to_see(value->bytes);

    if (value->kind == VALUE_NULL || value->kind == VALUE_NONE) {
        words_add(w, value->kind == VALUE_NULL ? "null" : "nothing");
        return;
    }
    if (value_print(value, &text)) {
        words_add(w, "%s", is_quoted ? "\"" : "");
        words_escaped(w, span_of(text.at, text.size), limit);
        words_add(w, "%s", is_quoted ? "\"" : "");
    } else {
        w->failed = true;
    }
    buffer_done(&text);
}

const char *words_count(int64_t count, char out[WORDS_NUMBER_SIZE])
{
    char digits[NUMBER_TEXT_SIZE];
    size_t n = number_print_i64(count, digits), used = 0;

    for (size_t i = 0; i < n; i++) {
        if (i > 0 && digits[i - 1] != '-' && (n - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
    return out;
}

/* Digits after the point so that p shows three significant ones, or so that what is left to 100 does. */
static int percent_decimals(double p)
{
    double gap = p > 50 && p < 100 ? 100 - p : p;
    int decimals = gap <= 0 || p >= 100 ? 0 : 2 - (int)floor(log10(gap));

    if (p < 100 && p > 50 && gap >= 1)
        decimals = 1;
    return decimals < 0 ? 0 : decimals > 17 ? 17 : decimals;
}

const char *words_percent(int64_t part, int64_t whole, char out[WORDS_PERCENT_SIZE])
{
    double p;
    size_t n;

    out[0] = '\0';
    if (!result_percent(part, whole, &p))
        return out;
    snprintf(out, WORDS_PERCENT_SIZE - 1, "%.*f", percent_decimals(p), p);
    n = strlen(out);
    if (strchr(out, '.')) {
        while (out[n - 1] == '0')
            n--;
        n -= out[n - 1] == '.';
    }
    memcpy(out + n, "%", 2);
    return out;
}

const char *words_size(int64_t bytes, char out[WORDS_NUMBER_SIZE])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double x = (double)bytes;
    size_t i = 0;

    while (x >= 999.5 && i + 1 < sizeof units / sizeof units[0]) {
        x /= 1000;
        i++;
    }
    snprintf(out, WORDS_NUMBER_SIZE, "%.*f %s", i && x < 99.95 ? 1 : 0, x, units[i]);
    return out;
}

enum { LIST_SHOWN = 10 };

static void add_counted(struct words_out *w, const char **before, int64_t count, const char *one, const char *many)
{
    char number[WORDS_NUMBER_SIZE];

    if (count <= 0)
        return;
    words_add(w, "%s%s %s", *before, words_count(count, number), count == 1 ? one : many);
    *before = ", ";
}

static void add_scalar(struct words_out *w, const struct node *node)
{
    if (node->kind == NODE_BOOL)
        words_add(w, "%s", node->boolean ? "true" : "false");
    else if (node->kind == NODE_NULL)
        words_add(w, "null");
    else
        words_escaped(w, node->text, 80);
}


static bool is_scalar(const struct node *node) { return node->kind != NODE_LIST && node->kind != NODE_MAP; }

/* A scalar member that is, or may be, a value of the data. */
static bool may_be_value(const struct node *member) { return member->kind == NODE_TEXT || span_is(member->key, "moved_most"); }

/* "null share 0.31, reference 0.02" */
static void add_null_share(struct words_out *w, const struct node *share)
{
    const struct node *observed = share->kind == NODE_MAP ? node_find(share, "observed") : NULL;
    const struct node *reference = observed ? node_find(share, "reference") : NULL;

    if (!reference || !is_scalar(observed) || !is_scalar(reference))
        return;
    words_add(w, ", null share ");
    add_scalar(w, observed);
    words_add(w, ", reference ");
    add_scalar(w, reference);
}

/* What is said of one column: "amount (ks_d 0.31)", or why nothing is. Other maps may hold values. */
static void add_item(struct words_out *w, const struct node *item)
{
    const struct node *column = item->kind == NODE_MAP ? node_find(item, "column") : NULL, *effect = column ? node_find(item, "effect_size") : NULL;
    const struct node *why = column ? node_find(item, "reason") : NULL, *nulls = column ? node_find(item, "null_share") : NULL;

    if (!column) {
        words_add(w, "...");
        return;
    }
    add_scalar(w, column);
    if (!effect && !why)
        return;
    words_add(w, " (");
    for (const struct node *part = effect ? effect->first : why; part; part = effect ? part->next : NULL) {
        words_add(w, "%s", effect && part != effect->first ? " " : "");
        add_scalar(w, part);
    }
    if (nulls)
        add_null_share(w, nulls);
    words_add(w, ")");
}

/* "a, b, c ..." */
static void add_list(struct words_out *w, const struct node *list)
{
    int32_t n = 0;

    for (const struct node *item = list->first; item && n < LIST_SHOWN; item = item->next, n++) {
        words_add(w, "%s", n ? ", " : "");
        if (is_scalar(item))
            add_scalar(w, item);
        else
            add_item(w, item);
    }
    if (list->n_children > n)
        words_add(w, " and %d more", list->n_children - n);
}

/* "name value, name value" of the scalar members; a map {name, value} is one figure. Texts only where values may be shown. */
static void add_members(struct words_out *w, const char **before, const struct node *map, bool may_show_values)
{
    for (const struct node *child = map->first; child; child = child->next) {
        const struct node *name = node_find(child, "name"), *value = node_find(child, "value");

        if (value && is_scalar(value)) {
            words_add(w, "%s", *before);
            words_escaped(w, name ? name->text : child->key, 60);
        } else if (is_scalar(child) && (may_show_values || !may_be_value(child))) {
            value = child;
            words_add(w, "%s", *before);
            words_escaped(w, child->key, 60);
        } else if (child->kind == NODE_LIST && child->n_children && may_show_values) {
            words_add(w, "%s", *before);
            words_escaped(w, child->key, 60);
            words_add(w, ": ");
            add_list(w, child);
            *before = "; ";
            continue;
        } else {
            continue;
        }
        words_add(w, " ");
        add_scalar(w, value);
        *before = ", ";
    }
}

/* The bounds beside what was observed; the sentence has the rest. */
static void add_asked(struct words_out *w, const struct result *result)
{
    static const char *const bounds[] = {"equals", "min", "max", "within"};
    const char *before = "; asked: ";

    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        const struct node *node = result->parameters ? node_find(result->parameters, bounds[i]) : NULL;
        if (!node || !is_scalar(node))
            continue;
        words_add(w, "%s%s ", before, bounds[i]);
        add_scalar(w, node);
        before = ", ";
    }
}

static void add_tolerance(struct words_out *w, const struct result *result)
{
    static const char *const names[] = {"mostly", "max_unexpected"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct node *node = result->parameters ? node_find(result->parameters, names[i]) : NULL;
        if (node && is_scalar(node)) {
            words_add(w, "; accepted: %s ", names[i]);
            add_scalar(w, node);
        }
    }
}

static void add_row_figures(struct words_out *w, const struct result *result)
{
    const struct finding *f = &result->finding;
    char part[WORDS_NUMBER_SIZE], whole[WORDS_NUMBER_SIZE], percent[WORDS_PERCENT_SIZE];
    const char *before = ", ";

    if (f->unexpected_count == 0)
        words_add(w, "none of %s unexpected", words_count(f->considered_count, whole));
    else if (f->considered_count < 0)
        words_add(w, "%s unexpected", words_count(f->unexpected_count, part));
    else
        words_add(w, "%s of %s unexpected (%s)", words_count(f->unexpected_count, part),
                  words_count(f->considered_count, whole), words_percent(f->unexpected_count, f->considered_count, percent));
    add_counted(w, &before, f->duplicate_groups, "duplicated value", "duplicated values");
    add_counted(w, &before, f->surplus_rows, "surplus row", "surplus rows");
    add_counted(w, &before, f->missing_count, "missing", "missing");
    add_counted(w, &before, f->nan_count, "NaN", "NaN");
    if (f->unexpected_count > 0)
        add_tolerance(w, result);
}

static void add_observed(struct words_out *w, const struct finding *f)
{
    struct buffer text = {0};
    struct json_writer json;

    words_add(w, "observed ");
    if (!f->observed_node) {
        words_value(w, &f->observed, 120);
        return;
    }
    json_init(&json, &text, 0);
    json_node(&json, f->observed_node);
    w->failed = w->failed || json.failed;
    words_escaped(w, span_of(text.at, text.size), 200);
    buffer_done(&text);
}

/* ... and the reason says why. */
static bool observed_nothing(const struct finding *f) { return f->observed.kind == VALUE_NONE && f->reason; }

static bool shows_observed(const struct report *report, const struct result *result, bool may_show_values)
{
    struct report masked = {.max_samples = may_show_values ? report->max_samples : 0};

    if (!result->finding.observed_node && (!result->finding.has_observed || observed_nothing(&result->finding)))
        return false;
    return result_shows_observed(&masked, result);
}

bool words_has_figures(const struct report *report, const struct result *result, bool may_show_values)
{
    const struct finding *f = &result->finding;

    if (f->verdict != VERDICT_PASS && f->verdict != VERDICT_FAIL)
        return false;
    return f->unexpected_count >= 0 || f->details || shows_observed(report, result, may_show_values);
}

void words_figures(struct words_out *w, const struct report *report, const struct result *result, bool may_show_values)
{
    const struct finding *f = &result->finding;
    bool shows_values = result_is_about_schema(result) || (may_show_values && result_shows_values(report, result));
    const struct node *nested = f->details ? node_find(f->details, "observed") : NULL;
    const char *before = "";

    if (!words_has_figures(report, result, may_show_values))
        return;
    if (f->unexpected_count >= 0) {
        add_row_figures(w, result);
        return;
    }
    if (shows_observed(report, result, may_show_values)) {
        add_observed(w, f);
        before = ", ";
    }
    if (f->details && f->details->kind == NODE_MAP)
        add_members(w, &before, nested && nested->kind == NODE_MAP ? nested : f->details, shows_values);
    if (f->verdict == VERDICT_FAIL)
        add_asked(w, result);
}

/* Smaller comes first. */
static int rank(const struct result *result)
{
    switch (result->finding.verdict) {
    case VERDICT_FAIL: return SEVERITY_CRITICAL - (int)result->severity;
    case VERDICT_NOT_EVALUATED: return 10 + SEVERITY_CRITICAL - (int)result->severity;
    case VERDICT_PASS: return 20;
    case VERDICT_SKIPPED: break;
    }
    return 30;
}

/* One pass for each rank: stable, and there are few ranks. */
void words_order(const struct report *report, int32_t *order)
{
    int32_t n = 0;

    for (int wanted = 0; wanted <= 30; wanted++)
        for (int32_t i = 0; i < report->n_results; i++)
            if (rank(&report->results[i]) == wanted)
                order[n++] = i;
}
