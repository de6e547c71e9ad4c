/* readers/csv/csv.c -- CSV as a table of one unit, read through a sliding window.
 *
 * A file has one unit. A scan takes the records that are whole in the window, keeps where the cells of the wanted columns
 * are, and parses those column by column (readers/cells.h); cells of other columns are never looked at. Cells point into
 * the window, except those with doubled quotes, which are rewritten into an arena. So a chunk ends where the window must
 * slide, and memory is bounded whatever the size of the file.
 *
 * A null is an empty unquoted cell or one of the options' null words, unquoted; `""` is a value. Blank lines are no
 * records, except in a file of one column, where they are a null. A damaged record (lexer.h) and one with another number of
 * cells than the first record are left out of the chunks and listed. `row` of an item is the number of good records before
 * it. A misplaced quote in the header is listed too; where its cells cannot be told (a quote never closed, NUL, invalid
 * UTF-8) the file is BAD_DATA. Packed text that cannot be unpacked, or that ends too early, is BAD_DATA at once: nothing is known of the rest.
 */
#include "readers/csv/csv.h"

#include <stdio.h>

#include "readers/cells.h"
#include "readers/text.h"

struct csv_scan {
    struct scan scan;
    struct csv_table *table;
    struct window window;
    struct csv_lexer lexer;
    struct cell_columns cells;
    struct arena unescaped;
    struct csv_field *fields;
    struct span *records; /* NULL: not wanted */
    int64_t n_good;
    struct damage damage;
};

static bool recognises(struct span head, const char *path)
{
    (void)head;
    (void)path;
    return true;
}

static enum status check_options(const struct read_options *o, struct error *err)
{
    if (o->delimiter < 0 || o->delimiter > 127 || o->delimiter == '\n' || o->delimiter == '\r')
        return error_set(err, STATUS_BAD_USAGE, "a CSV delimiter is one ASCII character and no line end");
    if (o->quote < -1 || o->quote > 127 || o->quote == '\n' || o->quote == '\r' || (o->quote && o->quote == o->delimiter))
        return error_set(err, STATUS_BAD_USAGE, "a CSV quote is one ASCII character, no line end and not the delimiter");
    return STATUS_OK;
}

static bool copy_options(struct csv_table *t, const struct read_options *o)
{
    const char *comment = o->comment ? o->comment : "";
    int32_t n = o->null_words.is_set ? o->null_words.n : 0;

    t->dialect.delimiter = (uint8_t)o->delimiter;
    t->dialect.quote = o->quote == 0 ? '"' : o->quote;
    t->dialect.comment_size = strlen(comment);
    t->dialect.comment = arena_text(&t->arena, comment, strlen(comment));
    if (n)
        t->null_words = arena_array(&t->arena, (size_t)n, sizeof *t->null_words);
    if (!t->dialect.comment || (n && !t->null_words))
        return false;
    for (int32_t i = 0; i < n; i++) {
        const char *word = arena_text(&t->arena, o->null_words.at[i], strlen(o->null_words.at[i]));
        if (!word)
            return false;
        t->null_words[t->n_null_words++] = span_text(word);
    }
    return true;
}

static void csv_close(struct table *table)
{
    struct csv_table *t = (struct csv_table *)table;

    source_close(t->table.source);
    arena_done(&t->arena);
    mem_free(t->memory, t);
}

static enum status csv_open(struct source *source, const struct read_options *options, struct table **out,
                            struct error *err)
{
    struct csv_table *t = mem_alloc(options->memory, sizeof *t);
    enum status status;

    *out = NULL;
    if (!t) {
        source_close(source);
        return memory_error(options->memory, "a CSV file", err);
    }
    t->memory = options->memory;
    t->table = (struct table){.reader = &reader_csv, .source = source, .n_units = 1, .n_rows = -1};
    t->cancelled = options->cancelled;
    t->window_size = WINDOW_SIZE;
    arena_init(&t->arena, t->memory, 0);
    status = check_options(options, err);
    if (status == STATUS_OK && !copy_options(t, options))
        status = memory_error(t->memory, "a CSV file", err);
    if (status == STATUS_OK)
        status = csv_read_head(t, options, err);
    if (status != STATUS_OK) {
        error_source(err, source->path);
        csv_close(&t->table);
        return status;
    }
    *out = &t->table;
    return STATUS_OK;
}

static int64_t csv_unit_rows(const struct table *table, int32_t unit)
{
    (void)unit;
    return table->n_rows;
}

static void csv_scan_close(struct scan *scan)
{
    struct csv_scan *s = (struct csv_scan *)scan;
    struct memory *memory = s->table->memory;

    csv_lexer_done(&s->lexer);
    window_close(&s->window);
    cells_done(&s->cells);
    arena_done(&s->unescaped);
    mem_free(memory, s->fields);
    mem_free(memory, s->records);
    mem_free(memory, s);
}

static enum status prepare(struct csv_scan *s, const struct want *wants, int32_t n_wants, int flags, struct error *err)
{
    struct csv_table *t = s->table;
    int32_t n = t->table.schema.n_columns;

    arena_init(&s->unescaped, t->memory, 0);
    TRY(cells_open(&s->cells, wants, n_wants, t->memory, err));
    s->fields = mem_alloc(t->memory, (size_t)n * sizeof *s->fields);
    if (flags & SCAN_RECORDS)
        s->records = mem_alloc(t->memory, (size_t)s->cells.capacity * sizeof *s->records);
    if (!s->fields || ((flags & SCAN_RECORDS) && !s->records))
        return memory_error(t->memory, "a scan", err);
    s->lexer = (struct csv_lexer){.dialect = t->dialect, .line = t->data_line, .fields = s->fields, .capacity = n};
    s->lexer.index.memory = t->memory;
    if (t->header_damage.line) {
        *damage_add(&s->damage) = t->header_damage;
        s->damage.n_total++;
    }
    return window_open(&s->window, t->table.source, t->memory, t->data_offset, t->window_size, err);
}

static enum status csv_scan_open(struct table *table, int32_t unit, const struct want *wants, int32_t n_wants,
                                 int flags, struct scan **out, struct error *err)
{
    struct csv_table *t = (struct csv_table *)table;
    struct csv_scan *s = mem_alloc(t->memory, sizeof *s);
    enum status status;

    (void)unit;
    *out = NULL;
    if (!s)
        return memory_error(t->memory, "a scan", err);
    s->scan = (struct scan){&reader_csv, table};
    s->table = t;
    status = prepare(s, wants, n_wants, flags, err);
    if (status != STATUS_OK) {
        error_source(err, table->source->path);
        csv_scan_close(&s->scan);
        return status;
    }
    *out = &s->scan;
    return STATUS_OK;
}

static bool is_null_word(const struct csv_table *t, struct span cell)
{
    for (int32_t i = 0; i < t->n_null_words; i++)
        if (span_equal(t->null_words[i], cell))
            return true;
    return false;
}

/* false: no memory. */
static inline bool put_cell(struct csv_scan *s, struct cell_column *c, const struct csv_field *f, int64_t row)
{
    struct span cell = span_of(s->lexer.text.at + f->at, f->size);

    if (!f->is_quoted && (f->size == 0 || (s->table->n_null_words && is_null_word(s->table, cell)))) {
        c->raw[row] = span_of(NULL, 0);
        c->state[row] = CELL_IS_NULL;
        return true;
    }
    if (f->has_doubled) {
        uint8_t *text = arena_alloc(&s->unescaped, f->size);
        if (!text)
            return false;
        cell = span_of(text, csv_unescape(cell.at, cell.size, (uint8_t)s->lexer.dialect.quote, text));
    }
    c->raw[row] = cell;
    c->state[row] = CELL_IS_PLAIN;
    return true;
}

static void add_damage(struct csv_scan *s)
{
    const struct csv_record *r = &s->lexer.record;
    struct damage_item *item = damage_add(&s->damage);

    if (!item)
        return;
    *item = (struct damage_item){.line = r->line, .byte = window_file_offset(&s->window, r->at), .row = s->n_good};
    if (r->damage && s->table->table.source->charset != CHARSET_UTF8 && strcmp(r->damage, "invalid UTF-8") == 0)
        snprintf(item->what, sizeof item->what, "invalid %s", charset_name(s->table->table.source->charset));
    else if (r->damage)
        snprintf(item->what, sizeof item->what, "%s", r->damage);
    else
        snprintf(item->what, sizeof item->what, "%d cells where the first record has %d", r->n_fields,
                 s->table->table.schema.n_columns);
}

/* The record's bytes as they are in the file. */
static bool put_record(struct csv_scan *s, int64_t row)
{
    const struct csv_record *r = &s->lexer.record;
    enum charset charset = s->table->table.source->charset;
    uint8_t *bytes;

    s->records[row] = span_of(s->lexer.text.at + r->at, r->end - r->at);
    if (charset == CHARSET_UTF8)
        return true;
    bytes = arena_alloc(&s->unescaped, 2 * (r->end - r->at) + 1);
    if (bytes)
        s->records[row] = span_of(bytes, charset_encode(charset, s->records[row], bytes));
    return bytes != NULL;
}

/* Takes the lexer's record in as row *row where it is good. */
static enum status take_record(struct csv_scan *s, int64_t *row, struct error *err)
{
    const struct csv_record *r = &s->lexer.record;

    if (r->is_blank && s->lexer.capacity != 1)
        return STATUS_OK;
    s->damage.n_total++;
    if (r->damage || r->n_fields != s->lexer.capacity) {
        add_damage(s);
        return STATUS_OK;
    }
    for (int32_t i = 0; i < s->cells.n; i++) {
        struct cell_column *c = &s->cells.at[i];
        if (!put_cell(s, c, &s->fields[c->want.column], *row))
            return memory_error(s->table->memory, "cells", err);
    }
    if (s->records && !put_record(s, *row))
        return memory_error(s->table->memory, "records", err);
    ++*row;
    ++s->n_good;
    return STATUS_OK;
}

static enum status show_more(struct csv_scan *s, struct error *err)
{
    TRY(window_slide(&s->window, s->lexer.at, err));
    if (!csv_lexer_view(&s->lexer, span_of(s->window.bytes, s->window.size), s->window.is_end))
        return memory_error(s->table->memory, "the index of a CSV file", err);
    return STATUS_OK;
}

/* At most `capacity` rows; stops where the window would have to slide under cells that were taken. */
static enum status take_records(struct csv_scan *s, int64_t *n_rows, struct error *err)
{
    while (*n_rows < s->cells.capacity) {
        enum csv_step step = csv_lexer_next(&s->lexer);
        if (step == CSV_RECORD) {
            TRY(take_record(s, n_rows, err));
        } else if (step == CSV_END) {
            return *n_rows ? STATUS_OK : source_check_unchanged(s->table->table.source, err);
        } else if (*n_rows) {
            return STATUS_OK;
        } else {
            if (is_cancelled(s->table->cancelled))
                return error_set(err, STATUS_CANCELLED, "cancelled");
            TRY(show_more(s, err));
        }
    }
    return STATUS_OK;
}

static enum status csv_scan_next(struct scan *scan, struct chunk *out, struct error *err)
{
    struct csv_scan *s = (struct csv_scan *)scan;
    int64_t first = s->n_good, n_rows = 0;
    enum status status;

    *out = (struct chunk){0};
    arena_reset(&s->unescaped);
    status = take_records(s, &n_rows, err);
    if (status != STATUS_OK) {
        if (status == STATUS_TOO_LARGE)
            err->line = s->lexer.line;
        error_source(err, s->table->table.source->path);
        return status;
    }
    cells_finish(&s->cells, n_rows);
    *out = (struct chunk){first, n_rows, s->cells.vectors, s->cells.n, s->records};
    return STATUS_OK;
}

static const struct damage *csv_scan_damage(const struct scan *scan)
{
    return &((const struct csv_scan *)scan)->damage;
}

const struct reader reader_csv = {
    .name = "csv",
    .doc = "CSV (RFC 4180), also gzip or zstd; delimiter and header told from the content",
    .is_typed = false,
    .columns_are_independent = false,
    .recognises = recognises,
    .open = csv_open,
    .close = csv_close,
    .unit_rows = csv_unit_rows,
    .scan_open = csv_scan_open,
    .scan_next = csv_scan_next,
    .scan_close = csv_scan_close,
    .scan_damage = csv_scan_damage,
};
