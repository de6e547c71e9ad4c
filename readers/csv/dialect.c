/* readers/csv/dialect.c -- what kind of CSV a text is, told from its head.
 *
 * Delimiter: of comma, semicolon, tab and bar the one by which the largest share of the first 100 records has as many cells as the
 * first (at least two); among equals the one with more cells, then in the order named. Comma where none gives two cells.
 * Header: the first record is one, unless an unquoted cell of it is a number, date, time or truth value, or all of
 * its cells are empty. Most files have one; where the rule errs, the names of the columns (column_1 ...) make it loud.
 * Empty names become column_N, a second "a" becomes "a#2". A BOM, then `skip_lines` lines, then blank lines and comments
 * before the first record are passed over. The quote is '"' unless the options say otherwise; it is never guessed.
 */
#include <stdio.h>
#include <stdlib.h>

#include "readers/cells.h"
#include "readers/csv/csv.h"

enum { SAMPLE_RECORDS = 100 };
static const char candidates[] = {',', ';', '\t', '|'};

struct head {
    struct csv_table *table;
    const struct read_options *options;
    struct window window;
    struct csv_lexer lexer;
    struct error *err;
};

static enum status no_memory(struct head *h) { return memory_error(h->table->memory, "the head of a CSV file", h->err); }

static bool has_mark(const struct csv_lexer *l) { return l->text.size >= 3 && memcmp(l->text.at, "\xef\xbb\xbf", 3) == 0; }

/* Moves the lexer to the first record with content. */
static enum csv_step to_first_record(struct head *h)
{
    struct csv_lexer *l = &h->lexer;
    enum csv_step step = CSV_RECORD;

    csv_lexer_rewind(l, has_mark(l) ? 3 : 0, 1);
    for (int64_t i = 0; i < h->options->skip_lines && step == CSV_RECORD; i++)
        step = csv_lexer_skip_line(l);
    if (step != CSV_RECORD)
        return step;
    while ((step = csv_lexer_next(l)) == CSV_RECORD)
        if (!l->record.is_blank) {
            csv_lexer_rewind(l, l->record.at, l->record.line);
            return CSV_RECORD;
        }
    return step;
}

struct fit { int64_t n_agreeing, n_records; int32_t n_cells; };

static bool is_better(const struct fit *a, const struct fit *b)
{
    int64_t left = a->n_agreeing * b->n_records, right = b->n_agreeing * a->n_records;

    if (a->n_cells < 2 || b->n_cells < 2)
        return a->n_cells >= 2;
    return left > right || (left == right && a->n_cells > b->n_cells);
}

/* How well the text's records agree when they are cut by the lexer's delimiter. The head may end within a record. */
static struct fit measure(struct head *h)
{
    struct csv_lexer *l = &h->lexer;
    struct fit fit = {0, 0, 0};

    if (to_first_record(h) != CSV_RECORD)
        return fit;
    while (fit.n_records < SAMPLE_RECORDS && csv_lexer_next(l) == CSV_RECORD) {
        if (l->record.is_blank)
            continue;
        if (fit.n_records++ == 0)
            fit.n_cells = l->record.n_fields;
        fit.n_agreeing += l->record.n_fields == fit.n_cells && !l->record.damage;
    }
    return fit;
}

static enum status view(struct head *h, uint8_t delimiter)
{
    struct csv_lexer *l = &h->lexer;

    l->dialect.delimiter = delimiter;
    return csv_lexer_view(l, span_of(h->window.bytes, h->window.size), h->window.is_end) ? STATUS_OK : no_memory(h);
}

static enum status tell_delimiter(struct head *h, uint8_t *delimiter)
{
    struct fit best = {0, 1, 0};

    *delimiter = ',';
    for (size_t i = 0; i < sizeof candidates; i++) {
        struct fit fit;
        TRY(view(h, (uint8_t)candidates[i]));
        fit = measure(h);
        if (is_better(&fit, &best)) {
            best = fit;
            *delimiter = (uint8_t)candidates[i];
        }
    }
    return STATUS_OK;
}

static bool looks_like_header(const struct csv_lexer *l)
{
    bool has_content = false;

    for (int32_t i = 0; i < l->record.n_fields; i++) {
        const struct csv_field *f = &l->fields[i];
        if (!f->is_quoted && f->size && cell_classify(span_of(l->text.at + f->at, f->size), false) != CELL_TEXT)
            return false;
        has_content |= f->size > 0;
    }
    return has_content;
}

static char *header_name(struct head *h, const struct csv_field *f)
{
    const uint8_t *text = h->lexer.text.at + f->at;
    char *name = arena_text(&h->table->arena, text, f->size);

    if (name && f->has_doubled)
        name[csv_unescape(text, f->size, (uint8_t)h->lexer.dialect.quote, (uint8_t *)name)] = '\0';
    return name;
}

struct named { const char *name; int32_t at; };

static int compare_named(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->at > y->at) - (x->at < y->at);
}

static bool is_taken(const struct named *sorted, int32_t n, const char *name)
{
    int32_t low = 0, high = n;

    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        int order = strcmp(sorted[middle].name, name);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* The second "a" becomes "a#2", or the next number that is no name of its own. */
static bool rename_repeats(struct arena *arena, struct column *columns, int32_t n)
{
    struct named *sorted = arena_array(arena, (size_t)n, sizeof *sorted);
    int32_t count = 1;

    if (!sorted)
        return false;
    for (int32_t i = 0; i < n; i++)
        sorted[i] = (struct named){columns[i].name, i};
    qsort(sorted, (size_t)n, sizeof *sorted, compare_named);
    for (int32_t i = 1; i < n; i++) {
        char *name;
        if (strcmp(sorted[i].name, sorted[i - 1].name) != 0) {
            count = 1;
            continue;
        }
        do
            name = arena_format(arena, "%s#%d", sorted[i].name, ++count);
        while (name && is_taken(sorted, n, name));
        if (!name)
            return false;
        columns[sorted[i].at].name = name;
    }
    return true;
}

static enum status name_columns(struct head *h)
{
    struct csv_table *t = h->table;
    int32_t n = h->lexer.record.n_fields;
    struct column *columns = arena_array(&t->arena, (size_t)n, sizeof *columns);

    if (!columns)
        return no_memory(h);
    for (int32_t i = 0; i < n; i++) {
        const struct csv_field *f = &h->lexer.fields[i];
        bool is_named = t->has_header && f->size > 0;
        columns[i].name = is_named ? header_name(h, f) : arena_format(&t->arena, "column_%d", i + 1);
        columns[i].is_nullable = true;
        if (!columns[i].name)
            return no_memory(h);
    }
    if (!rename_repeats(&t->arena, columns, n))
        return no_memory(h);
    t->table.schema = (struct schema){columns, n};
    return STATUS_OK;
}

/* The first record again, this time with room for its fields. */
static enum status cut_first_record(struct head *h)
{
    struct csv_lexer *l = &h->lexer;
    size_t at = l->record.at;
    int64_t line = l->record.line;

    if (l->record.damage && !l->record.is_cut) {
        h->err->line = line;
        h->err->byte = window_file_offset(&h->window, at);
        return error_set(h->err, STATUS_BAD_DATA, "the first record, which names the columns, is damaged: %s",
                         l->record.damage);
    }
    if (l->record.n_fields > CSV_COLUMNS_MAX)
        return error_set(h->err, STATUS_TOO_LARGE, "%d columns; the limit is %d", l->record.n_fields, CSV_COLUMNS_MAX);
    l->capacity = l->record.n_fields;
    l->fields = arena_array(&h->table->arena, (size_t)l->capacity, sizeof *l->fields);
    if (!l->fields)
        return no_memory(h);
    csv_lexer_rewind(l, at, line);
    return csv_lexer_next(l) == CSV_RECORD ? STATUS_OK : error_set(h->err, STATUS_INTERNAL, "the header read twice differs");
}

/* What goes before the rows when they are written out again: the byte order mark and the header, as they are in the file. */
static enum status keep_header(struct head *h)
{
    struct csv_table *t = h->table;
    enum charset charset = t->table.source->charset;
    struct span mark = span_of(h->lexer.text.at, has_mark(&h->lexer) ? 3 : 0), header = t->header_text;
    uint8_t *bytes = arena_alloc(&t->arena, 2 * (mark.size + header.size) + 1);
    size_t n;

    if (!bytes)
        return no_memory(h);
    n = charset_encode(charset, mark, bytes);
    n += charset_encode(charset, header, bytes + n);
    bytes[n] = '\0';
    t->table.header = (const char *)bytes;
    t->table.header_size = n;
    return STATUS_OK;
}

static enum status take_header(struct head *h)
{
    struct csv_table *t = h->table;
    struct csv_record *r = &h->lexer.record;

    TRY(cut_first_record(h));
    t->has_header = h->options->header == 1 || (h->options->header < 0 && looks_like_header(&h->lexer));
    TRY(name_columns(h));
    t->data_offset = (int64_t)(t->has_header ? r->end : r->at);
    t->data_line = t->has_header ? h->lexer.line : r->line;
    if (!t->has_header)
        return keep_header(h);
    if (r->damage) {
        t->header_damage = (struct damage_item){.line = r->line, .byte = window_file_offset(&h->window, r->at)};
        snprintf(t->header_damage.what, sizeof t->header_damage.what, "%s in the header", r->damage);
    }
    t->header_text = span_of(arena_text(&t->arena, h->lexer.text.at + r->at, r->end - r->at), r->end - r->at);
    return t->header_text.at ? keep_header(h) : no_memory(h);
}

static void describe(struct csv_table *t)
{
    char quote[16] = "no quote", delimiter[8] = "tab";

    if (t->dialect.quote >= 0)
        snprintf(quote, sizeof quote, "quote '%c'", t->dialect.quote);
    if (t->dialect.delimiter != '\t')
        snprintf(delimiter, sizeof delimiter, "'%c'", t->dialect.delimiter);
    snprintf(t->table.dialect, sizeof t->table.dialect, "delimiter %s, %s, %s", delimiter,
             t->has_header ? "header" : "no header", quote);
}

/* Makes the first record, cut by this delimiter, the lexer's record; brings more of the text in view as long as it is not
 * whole. *is_empty: there is none. */
static enum status reach_first_record(struct head *h, uint8_t delimiter, bool *is_empty)
{
    for (;;) {
        enum csv_step step;
        TRY(view(h, delimiter));
        step = to_first_record(h);
        if (step == CSV_RECORD)
            step = csv_lexer_next(&h->lexer);
        *is_empty = step == CSV_END;
        if (step != CSV_MORE)
            return STATUS_OK;
        TRY(window_slide(&h->window, 0, h->err));
    }
}

static enum status read_head(struct head *h)
{
    uint8_t delimiter = (uint8_t)h->options->delimiter;
    bool is_empty;

    TRY(reach_first_record(h, delimiter ? delimiter : ',', &is_empty));
    if (is_empty) {
        h->table->table.n_rows = 0;
        h->table->data_offset = INT64_MAX; /* nothing behind it, whatever comes before: a BOM, comments */
        return STATUS_OK;
    }
    if (!delimiter) {
        TRY(tell_delimiter(h, &delimiter));
        TRY(reach_first_record(h, delimiter, &is_empty)); /* may reach further: other quotes open a cell */
    }
    TRY(take_header(h));
    h->table->dialect.delimiter = delimiter;
    describe(h->table);
    return STATUS_OK;
}

enum status csv_read_head(struct csv_table *table, const struct read_options *options, struct error *err)
{
    struct head h = {.table = table, .options = options, .err = err};
    enum status status;

    h.lexer.dialect = table->dialect;
    h.lexer.index.memory = table->memory;
    TRY(window_open(&h.window, table->table.source, table->memory, 0, WINDOW_SIZE, err));
    status = read_head(&h);
    csv_lexer_done(&h.lexer);
    window_close(&h.window);
    return status;
}
