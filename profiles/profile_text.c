/* profiles/profile_text.c -- a profile as a table for people: a line per column, the widths fitted to what is in it. */
#include "profiles/profile.h"

#include <stdio.h>

#include "core/number.h"
#include "core/utf8.h"
#include "readers/storage/source.h"
#include "readers/text.h"

enum { CELL_MAX = 28, TEXT_COLUMNS = 10 };

static const char *const heads[TEXT_COLUMNS] = {"column", "type", "nulls", "distinct", "min", "mean", "max", "looks like", "most frequent", ""};

struct line { struct span cells[TEXT_COLUMNS]; };

/* A value as a cell of the table, cut with three points. */
static struct span value_cell(struct arena *arena, const struct value *v)
{
    struct buffer text = {0};
    struct span cut;
    char *kept;

    if (v->kind == VALUE_NONE || !value_print(v, &text))
        return span_text("");
    cut = utf8_cut(span_of(text.at, text.size), CELL_MAX);
    kept = arena_format(arena, "%.*s%s", (int)cut.size, (const char *)cut.at, cut.size < text.size ? "..." : "");
    buffer_done(&text);
    return span_text(kept ? kept : "");
}

static struct span text_cell(const char *text) { return span_text(text ? text : ""); }

static struct span count_cell(struct arena *arena, int64_t n)
{
    return text_cell(n < 0 ? "" : arena_format(arena, "%lld", (long long)n));
}

static struct span share_cell(struct arena *arena, int64_t n, int64_t of)
{
    if (n <= 0 || of <= 0)
        return text_cell(n == 0 ? "0" : "");
    return text_cell(arena_format(arena, "%lld (%.3g%%)", (long long)n, 100.0 * (double)n / (double)of));
}

static struct span top_cell(struct arena *arena, const struct profile_column *c)
{
    struct span value;

    if (c->n_top == 0)
        return span_text("");
    value = value_cell(arena, &c->top[0].value);
    return text_cell(arena_format(arena, "%.*s (%lld)", (int)value.size, (const char *)value.at, (long long)c->top[0].count));
}

/* The histogram as a line of bars: the highest bin is a full block, an empty one a blank, any other at least an eighth. */
static struct span bars_cell(struct arena *arena, const struct profile_column *c)
{
    static const char *const bars[] = {" ", "\u2581", "\u2582", "\u2583", "\u2584", "\u2585", "\u2586", "\u2587", "\u2588"};
    char text[PROFILE_BINS * 3 + 1] = "";
    int64_t most = 0;
    size_t n = 0;

    for (int32_t i = 0; i < c->n_bins; i++)
        most = c->counts[i] > most ? c->counts[i] : most;
    for (int32_t i = 0; i < c->n_bins; i++) {
        int64_t height = c->counts[i] == 0 ? 0 : (int64_t)(8 * ((double)c->counts[i] / (double)most) + 0.5);
        const char *bar = bars[c->counts[i] && height == 0 ? 1 : height];

        memcpy(text + n, bar, strlen(bar));
        n += strlen(bar);
    }
    return text_cell(arena_text(arena, text, n));
}

/* The most frequent pattern with its share, or the lengths where there are too many patterns. */
static struct span looks_cell(struct arena *arena, const struct profile_column *c)
{
    struct span pattern;

    if (c->n_bins)
        return bars_cell(arena, c);
    if (c->n_patterns) {
        pattern = value_cell(arena, &c->patterns[0].value);
        return text_cell(arena_format(arena, "%.*s (%.3g%%)", (int)pattern.size, (const char *)pattern.at,
                                      100.0 * (double)c->patterns[0].count / (double)(c->element_count - c->null_count)));
    }
    if (c->has_lengths)
        return text_cell(arena_format(arena, "%lld to %lld long", (long long)c->shortest, (long long)c->longest));
    return span_text("");
}

static struct span notes_cell(struct arena *arena, const struct profile_column *c)
{
    bool is_ordered = c->order && strcmp(c->order, "none") != 0;

    return text_cell(arena_format(arena, "%s%s%s", c->is_key_candidate ? "key" : "", c->is_key_candidate && is_ordered ? ", " : "",
                                  is_ordered ? c->order : ""));
}

static struct value rounded(struct value v)
{
    char text[64];

    if (v.kind != VALUE_DOUBLE)
        return v;
    snprintf(text, sizeof text, "%.6g", v.f64);
    return number_parse_double(span_text(text), &v.f64) ? v : v;
}

static void fill_line(struct arena *arena, const struct profile_column *c, struct line *line)
{
    struct value name = value_text(span_text(c->name)), mean = rounded(c->mean);
    char type[64];

    type_print(c->type, type);
    line->cells[0] = value_cell(arena, &name);
    line->cells[1] = text_cell(arena_text(arena, type, strlen(type)));
    line->cells[2] = c->note ? text_cell(c->note) : share_cell(arena, c->null_count, c->element_count);
    line->cells[3] = count_cell(arena, c->distinct_count);
    line->cells[4] = value_cell(arena, &c->min);
    line->cells[5] = value_cell(arena, &mean);
    line->cells[6] = value_cell(arena, &c->max);
    line->cells[7] = looks_cell(arena, c);
    line->cells[8] = top_cell(arena, c);
    line->cells[9] = notes_cell(arena, c);
}

static bool add_line(struct buffer *out, const struct line *line, const int64_t *widths)
{
    int last = TEXT_COLUMNS - 1;
    bool ok = true;

    while (last > 0 && line->cells[last].size == 0)
        last--;
    for (int i = 0; i <= last; i++) {
        int64_t blanks = i == last ? 0 : widths[i] + 2 - utf8_length(line->cells[i]);

        ok = ok && buffer_add(out, line->cells[i].at, line->cells[i].size) &&
             buffer_format(out, "%*s", blanks > 0 ? (int)blanks : 0, "");
    }
    return ok && buffer_add(out, "\n", 1);
}

static bool add_table(const struct profile *p, struct arena *arena, struct buffer *out)
{
    int32_t n = p->batch.schema.n_columns;
    struct line *lines = arena_array(arena, (size_t)n + 1, sizeof *lines);
    int64_t widths[TEXT_COLUMNS] = {0};
    bool ok = lines != NULL;

    if (!ok)
        return false;
    for (int i = 0; i < TEXT_COLUMNS; i++)
        lines[0].cells[i] = span_text(heads[i]);
    for (int32_t c = 0; c < n; c++)
        fill_line(arena, &p->columns[c], &lines[c + 1]);
    for (int32_t l = 0; l <= n; l++)
        for (int i = 0; i < TEXT_COLUMNS; i++) {
            bool is_note = i == 2 && l > 0 && p->columns[l - 1].note; /* may run over the columns behind it */
            int64_t width = is_note ? 0 : utf8_length(lines[l].cells[i]);

            widths[i] = width > widths[i] ? width : widths[i];
        }
    for (int32_t l = 0; ok && l <= n; l++)
        ok = add_line(out, &lines[l], widths);
    return ok;
}

/* What a text was told to be, and why; of several files the first, and how many others were told something else. */
static bool add_told(const struct profile *p, struct buffer *out)
{
    const struct table *first = p->batch.found.n_files ? p->batch.tables[0] : NULL;
    int32_t n_others = 0;
    bool ok = true;

    for (int32_t i = 0; first && i < first->n_told; i++)
        ok = ok && buffer_format(out, "  %-10s %-14s %s\n", first->told[i].what, first->told[i].is, first->told[i].because);
    for (int32_t f = 1; f < p->batch.found.n_files; f++)
        n_others += strcmp(p->batch.tables[f]->dialect, first->dialect) != 0 ||
                    p->batch.tables[f]->source->charset != first->source->charset;
    if (n_others)
        ok = ok && buffer_format(out, "  %d of the other files are written otherwise: --output json has them all\n", n_others);
    return ok;
}

/* What is odd about a file, though nothing is damaged. */
static bool add_form(const struct profile *p, int32_t f, struct buffer *out)
{
    const struct damage *d = &p->damage[f];
    const struct table *t = p->batch.tables[f];
    const char *path = p->batch.found.files[f].path;
    const struct line_ends *mixed = damage_mixed_ends(d);
    bool ok = true;

    if (mixed)
        ok = buffer_format(out, "MIXED LINE ENDS: %s: %lld LF, %lld CR LF, %lld CR; line %lld, byte %lld ends otherwise\n", path,
                           (long long)d->ends[LINE_END_LF].n, (long long)d->ends[LINE_END_CRLF].n, (long long)d->ends[LINE_END_CR].n,
                           (long long)mixed->line, (long long)mixed->byte);
    if (t->n_empty_names)
        ok = ok && buffer_format(out, "HEADER: %s: %d columns have no name\n", path, t->n_empty_names);
    for (int32_t i = 0; ok && i < t->n_repeated_names && i < 20; i++)
        ok = buffer_format(out, "HEADER: %s: %s stands there more than once\n", path, t->repeated_names[i]);
    return ok;
}

static bool add_head(const struct profile *p, struct buffer *out)
{
    bool ok = buffer_format(out, "%lld rows, %d columns, %d %s of %s, %lld bytes\n", (long long)p->n_rows,
                            p->batch.schema.n_columns, p->batch.found.n_files, p->batch.found.n_files == 1 ? "file" : "files",
                            p->batch.format, (long long)p->batch.bytes);

    ok = ok && add_told(p, out);
    if (p->n_damaged)
        ok = ok && buffer_format(out, "DAMAGED: %lld of %lld records, left out of the figures\n", (long long)p->n_damaged,
                                 (long long)p->n_records);
    for (int32_t f = 0; p->damage && f < p->batch.found.n_files; f++)
        for (int32_t i = 0; i < p->damage[f].n_items; i++) {
            const struct damage_item *item = &p->damage[f].items[i];

            ok = ok && buffer_format(out, "  %s:%lld: byte %lld: %s\n", p->batch.found.files[f].path, (long long)item->line,
                                     (long long)item->byte, item->what);
        }
    for (int32_t f = 0; p->damage && f < p->batch.found.n_files; f++)
        ok = ok && add_form(p, f, out);
    return ok && buffer_add(out, "\n", 1);
}

bool profile_text(const struct profile *p, struct buffer *out)
{
    struct arena arena;
    bool ok;

    arena_init(&arena, NULL, 0);
    ok = add_head(p, out) && add_table(p, &arena, out);
    if (p->cells_sha256)
        ok = ok && buffer_format(out, "\ncells sha256 %s\n", p->cells_sha256);
    for (int32_t c = 0; c < p->batch.schema.n_columns; c++)
        if (p->columns[c].values_sha256)
            ok = ok && buffer_format(out, "%ssha256 %s %s\n", c == 0 ? "\n" : "", p->columns[c].values_sha256, p->columns[c].name);
    arena_done(&arena);
    return ok;
}
