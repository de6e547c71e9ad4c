/* profiles/profile_json.c -- a profile as JSON: interfaces.md, the end of section 4. What does not apply is absent. */
#include "profiles/profile.h"

#include "core/number.h"
#include "readers/text.h"

/* What a text was told to be, and why: {"delimiter": {"is": "';'", "because": "..."}}. */
static void write_told(struct json_writer *w, const struct table *table)
{
    if (!table->n_told)
        return;
    json_key(w, "told");
    json_object(w);
    for (int32_t i = 0; i < table->n_told; i++) {
        json_key(w, table->told[i].what);
        json_object(w);
        json_member_text(w, "is", table->told[i].is);
        json_member_text(w, "because", table->told[i].because);
        json_object_end(w);
    }
    json_object_end(w);
}

/* Lines, how they end, and what is odd about the header: no damage, but worth knowing. */
static void write_form(struct json_writer *w, const struct profile *p, int32_t f)
{
    const struct damage *d = p->damage ? &p->damage[f] : NULL;
    const struct table *t = p->batch.tables[f];
    const struct line_ends *mixed = d ? damage_mixed_ends(d) : NULL;

    if (!d || strcmp(p->batch.format, "csv") != 0)
        return;
    json_member_int(w, "lines", d->n_lines);
    json_key(w, "line_ends");
    json_object(w);
    json_member_int(w, "lf", d->ends[LINE_END_LF].n);
    json_member_int(w, "crlf", d->ends[LINE_END_CRLF].n);
    json_member_int(w, "cr", d->ends[LINE_END_CR].n);
    if (mixed) {
        json_member_int(w, "mixed_from_line", mixed->line);
        json_member_int(w, "mixed_from_byte", mixed->byte);
    }
    json_object_end(w);
    if (t->n_empty_names)
        json_member_int(w, "columns_without_name", t->n_empty_names);
    if (t->n_repeated_names == 0)
        return;
    json_key(w, "repeated_names");
    json_array(w);
    for (int32_t i = 0; i < t->n_repeated_names; i++)
        json_text(w, t->repeated_names[i]);
    json_array_end(w);
}

static void write_sources(struct json_writer *w, const struct profile *p)
{
    json_key(w, "files");
    json_array(w);
    for (int32_t f = 0; f < p->batch.found.n_files; f++) {
        json_object(w);
        json_member_text(w, "path", p->batch.found.files[f].path);
        json_member_int(w, "bytes", p->batch.found.files[f].bytes);
        json_member_int(w, "rows", p->file_rows[f]);
        json_member_int(w, "units", p->batch.tables[f]->n_units);
        if (p->batch.tables[f]->created_by)
            json_member_text(w, "created_by", p->batch.tables[f]->created_by);
        if (p->batch.tables[f]->dialect[0])
            json_member_text(w, "dialect", p->batch.tables[f]->dialect);
        write_told(w, p->batch.tables[f]);
        write_form(w, p, f);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_damage(struct json_writer *w, const struct profile *p)
{
    if (!p->n_damaged)
        return;
    json_key(w, "damage");
    json_object(w);
    json_member_int(w, "records", p->n_damaged);
    json_member_int(w, "of", p->n_records);
    json_key(w, "items");
    json_array(w);
    for (int32_t f = 0; f < p->batch.found.n_files; f++)
        for (int32_t i = 0; i < p->damage[f].n_items; i++) {
            const struct damage_item *item = &p->damage[f].items[i];

            json_object(w);
            json_member_text(w, "file", p->batch.found.files[f].path);
            json_member_int(w, "line", item->line);
            json_member_int(w, "byte", item->byte);
            json_member_text(w, "what", item->what);
            json_object_end(w);
        }
    json_array_end(w);
    json_object_end(w);
}

static void write_batch(struct json_writer *w, const struct profile *p)
{
    json_key(w, "batch");
    json_object(w);
    json_member_text(w, "format", p->batch.format);
    json_member_int(w, "rows", p->n_rows);
    write_sources(w, p);
    write_damage(w, p);
    if (p->cells_sha256)
        json_member_text(w, "cells_sha256", p->cells_sha256);
    json_object_end(w);
}

static void write_value(struct json_writer *w, const char *key, const struct value *v)
{
    if (v->kind == VALUE_NONE)
        return;
    json_key(w, key);
    json_value(w, v);
}

static void write_count(struct json_writer *w, const char *key, int64_t n)
{
    if (n >= 0)
        json_member_int(w, key, n);
}

static void write_quantiles(struct json_writer *w, const struct profile_column *c)
{
    char key[NUMBER_TEXT_SIZE];

    if (!c->n_quantiles)
        return;
    json_key(w, "quantiles");
    json_object(w);
    for (int32_t i = 0; i < c->n_quantiles; i++) {
        json_key_span(w, span_of(key, number_print_double(profile_quantiles[i], key)));
        json_value(w, &c->quantiles[i]);
    }
    json_object_end(w);
}

static void write_frequent(struct json_writer *w, const struct profile_column *c)
{
    json_key(w, "first");
    json_array(w);
    for (int32_t i = 0; i < c->n_first; i++)
        json_value(w, &c->first[i]);
    json_array_end(w);
    if (!c->top)
        return;
    json_key(w, "top");
    json_array(w);
    for (int32_t i = 0; i < c->n_top; i++) {
        json_object(w);
        json_key(w, "value");
        json_value(w, &c->top[i].value);
        json_member_int(w, "count", c->top[i].count);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_histogram(struct json_writer *w, const struct profile_column *c)
{
    if (!c->n_bins)
        return;
    json_key(w, "histogram");
    json_object(w);
    json_key(w, "edges");
    json_array(w);
    for (int32_t i = 0; i <= c->n_bins; i++)
        json_double(w, c->edges[i]);
    json_array_end(w);
    json_key(w, "counts");
    json_array(w);
    for (int32_t i = 0; i < c->n_bins; i++)
        json_int(w, c->counts[i]);
    json_array_end(w);
    json_object_end(w);
}

static void write_looks(struct json_writer *w, const struct profile_column *c)
{
    if (c->has_lengths) {
        json_key(w, "length");
        json_object(w);
        json_member_int(w, "min", c->shortest);
        json_member_int(w, "max", c->longest);
        json_member_double(w, "mean", c->mean_length);
        json_object_end(w);
    }
    if (c->n_patterns) {
        json_key(w, "patterns");
        json_array(w);
        for (int32_t i = 0; i < c->n_patterns; i++) {
            json_object(w);
            json_key(w, "pattern");
            json_value(w, &c->patterns[i].value);
            json_member_int(w, "count", c->patterns[i].count);
            json_object_end(w);
        }
        json_array_end(w);
    }
    if (c->order)
        json_member_text(w, "order", c->order);
    if (c->is_key_candidate)
        json_member_bool(w, "key_candidate", true);
}

static void write_figures(struct json_writer *w, const struct profile_column *c)
{
    write_count(w, "element_count", c->element_count);
    write_count(w, "null_count", c->null_count);
    write_count(w, "nan_count", c->nan_count);
    write_count(w, "distinct_count", c->distinct_count);
    if (c->distinct_count >= 0)
        json_member_bool(w, "distinct_is_exact", true);
    write_value(w, "min", &c->min);
    write_value(w, "max", &c->max);
    write_value(w, "sum", &c->sum);
    write_value(w, "mean", &c->mean);
    write_value(w, "stdev", &c->stdev);
    write_quantiles(w, c);
    write_frequent(w, c);
    write_histogram(w, c);
    write_looks(w, c);
    if (c->values_sha256)
        json_member_text(w, "values_sha256", c->values_sha256);
}

static void write_column(struct json_writer *w, const struct profile_column *c)
{
    char type[64];

    json_object(w);
    json_member_text(w, "name", c->name);
    type_print(c->type, type);
    json_member_text(w, "type", type);
    if (c->physical_type)
        json_member_text(w, "physical_type", c->physical_type);
    if (c->logical_type)
        json_member_text(w, "logical_type", c->logical_type);
    if (c->note)
        json_member_text(w, "note", c->note);
    else
        write_figures(w, c);
    json_object_end(w);
}

bool profile_json(const struct profile *p, struct buffer *out)
{
    struct json_writer w;

    json_init(&w, out, 1);
    json_object(&w);
    json_member_int(&w, "assay_profile", 1);
    write_batch(&w, p);
    json_key(&w, "columns");
    json_array(&w);
    for (int32_t c = 0; c < p->batch.schema.n_columns; c++)
        write_column(&w, &p->columns[c]);
    json_array_end(&w);
    json_object_end(&w);
    return !w.failed && buffer_add(out, "\n", 1);
}
