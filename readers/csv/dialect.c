/* readers/csv/dialect.c -- what kind of CSV a text is, told from its head.
 *
 * Delimiter, quote, escape and comment are told together: of all that is open every combination is tried, and the one wins by which
 * the largest share of the first 100 records has as many cells as the first (at least two). Among equals the one with
 * more cells, then the earlier: comma, semicolon, tab, bar (colon, caret and tilde only where each of at least three records agrees);
 * '"' before "'", unless only the latter quotes anything, and that in every record; no escape before the backslash, which
 * needs quoted cells as well; no comment before '#', which is tried only where the first line begins with it, and by which more than half of
 * the records must agree. Comma where nothing gives two cells.
 * Lines before the table: where the first records have one cell each, or only one that is not empty, and all others, at least two,
 * agree on three or more, the first of them without an empty one, they are a preamble.
 * Header: see `tell_header`. Most files have one; where the rule errs, the names of the columns (column_1 ...) make it loud.
 * Empty names become column_N, a second "a" becomes "a#2". A BOM, then `skip_lines` lines, then blank lines and comments
 * before the first record are passed over.
 * The evidence for each is kept in words (table.told) and shown by `assay profile`.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/number.h"
#include "readers/cells.h"
#include "readers/csv/csv.h"

enum { SAMPLE_RECORDS = 100, SAMPLE_COLUMNS = 1000, SAMPLE_FIELDS = 64, TOLD_MAX = 10, PREAMBLE_MAX = 20 };

struct head {
    struct csv_table *table;
    const struct read_options *options;
    struct window window;
    struct csv_lexer lexer;
    struct csv_field sample[SAMPLE_FIELDS]; /* of the record that the lexer cut last, while the dialect is told */
    int64_t skip_lines;
    bool is_tabular; /* a delimiter gives the first record two cells and more */
    struct error *err;
};

static enum status no_memory(struct head *h) { return memory_error(h->table->memory, "the head of a CSV file", h->err); }

/* NULL without memory shows when the table is complete. */
static void note(struct head *h, const char *what, const char *is, const char *because)
{
    struct csv_table *t = h->table;

    if (t->table.told)
        t->table.told[t->table.n_told++] = (struct told){what, is, because};
}

static bool has_mark(const struct csv_lexer *l) { return l->text.size >= 3 && memcmp(l->text.at, "\xef\xbb\xbf", 3) == 0; }

/* Moves the lexer to the first record with content. */
static enum csv_step to_first_record(struct head *h)
{
    struct csv_lexer *l = &h->lexer;
    enum csv_step step = CSV_RECORD;

    csv_lexer_rewind(l, has_mark(l) ? 3 : 0, 1);
    for (int64_t i = 0; i < h->skip_lines && step == CSV_RECORD; i++)
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

/* --- delimiter, quote, escape, comment --- */

struct fit { int64_t n_agreeing, n_records, n_quoted; int32_t n_cells; };

/* How well the text's records agree when they are cut by the lexer's dialect. The head may end within a record. */
static struct fit measure(struct head *h)
{
    struct csv_lexer *l = &h->lexer;
    struct fit fit = {0};

    if (to_first_record(h) != CSV_RECORD)
        return fit;
    while (fit.n_records < SAMPLE_RECORDS && csv_lexer_next(l) == CSV_RECORD) {
        if (l->record.is_blank)
            continue;
        if (fit.n_records++ == 0)
            fit.n_cells = l->record.n_fields;
        fit.n_agreeing += l->record.n_fields == fit.n_cells && !l->record.damage;
        for (int32_t i = 0; i < l->record.n_fields && i < l->capacity; i++)
            fit.n_quoted += l->fields[i].is_quoted;
    }
    return fit;
}

static enum status view(struct head *h, const struct csv_dialect *dialect)
{
    struct csv_lexer *l = &h->lexer;

    l->dialect = *dialect;
    return csv_lexer_view(l, span_of(h->window.bytes, h->window.size), h->window.is_end) ? STATUS_OK : no_memory(h);
}

/* In the order in which they are tried. */
static const struct { char byte; bool is_rare; } delimiters[] = {
    {',', false}, {';', false}, {'\t', false}, {'|', false}, {':', true}, {'^', true}, {'~', true},
};
static const char quotes[] = {'"', '\''};
static const char escapes[] = {0, '\\'};
static const char *const comments[] = {"", "#"};

struct candidate { struct csv_dialect dialect; struct fit fit; };

static bool is_rare(uint8_t delimiter)
{
    for (size_t i = 0; i < sizeof delimiters / sizeof *delimiters; i++)
        if (delimiters[i].byte == delimiter)
            return delimiters[i].is_rare;
    return false;
}

/* `a` was tried later than the best so far. */
static bool is_better(const struct candidate *a, const struct candidate *b)
{
    int64_t left = a->fit.n_agreeing * b->fit.n_records, right = b->fit.n_agreeing * a->fit.n_records;
    bool has_other_quote = a->dialect.quote != b->dialect.quote;

    if (a->dialect.comment_size && a->fit.n_agreeing * 2 <= a->fit.n_records)
        return false;
    if (a->fit.n_cells < 2 || (is_rare(a->dialect.delimiter) && (a->fit.n_records < 3 || a->fit.n_agreeing < a->fit.n_records)))
        return false;
    if (b->fit.n_cells < 2)
        return true;
    if (is_rare(a->dialect.delimiter) && !is_rare(b->dialect.delimiter))
        return b->fit.n_agreeing * 2 < b->fit.n_records;
    if (left == right && has_other_quote && a->dialect.delimiter == b->dialect.delimiter) /* fewer cells, if they hold delimiters */
        return a->fit.n_quoted >= 2 && a->fit.n_quoted >= a->fit.n_records && b->fit.n_quoted == 0;
    if (a->dialect.escape && !b->dialect.escape && a->fit.n_quoted == 0)
        return false;
    if (left == right && (a->dialect.escape != b->dialect.escape || has_other_quote))
        return false;
    return left > right || (left == right && a->fit.n_cells > b->fit.n_cells);
}

static enum status try_dialect(struct head *h, const struct csv_dialect *dialect, struct candidate *best)
{
    struct candidate c = {.dialect = *dialect};

    if (c.dialect.delimiter == c.dialect.quote || c.dialect.escape == c.dialect.quote || c.dialect.escape == c.dialect.delimiter)
        return STATUS_OK;
    TRY(view(h, dialect));
    c.fit = measure(h);
    if (is_better(&c, best))
        *best = c;
    return STATUS_OK;
}

static enum status try_delimiters(struct head *h, struct csv_dialect dialect, struct candidate *best)
{
    if (h->options->delimiter)
        return try_dialect(h, &dialect, best);
    for (size_t i = 0; i < sizeof delimiters / sizeof *delimiters; i++) {
        dialect.delimiter = (uint8_t)delimiters[i].byte;
        TRY(try_dialect(h, &dialect, best));
    }
    return STATUS_OK;
}

static bool has_byte(const struct head *h, char byte) { return memchr(h->window.bytes, byte, h->window.size) != NULL; }

static enum status try_quotes(struct head *h, struct csv_dialect dialect, struct candidate *best)
{
    if (h->options->quote)
        return try_delimiters(h, dialect, best);
    for (size_t i = 0; i < sizeof quotes; i++) {
        dialect.quote = quotes[i];
        if (i == 0 || has_byte(h, quotes[i]))
            TRY(try_delimiters(h, dialect, best));
    }
    return STATUS_OK;
}

static enum status try_escapes(struct head *h, struct csv_dialect dialect, struct candidate *best)
{
    if (h->options->escape)
        return try_quotes(h, dialect, best);
    for (size_t i = 0; i < sizeof escapes; i++) {
        dialect.escape = escapes[i];
        if (i == 0 || has_byte(h, escapes[i]))
            TRY(try_quotes(h, dialect, best));
    }
    return STATUS_OK;
}

/* A comment is tried only where the first line that is not empty begins as one: dropping lines needs a reason. */
static bool may_be_comment(struct head *h, const char *prefix)
{
    struct csv_lexer *l = &h->lexer;

    return to_first_record(h) == CSV_RECORD && l->text.at[l->at] == (uint8_t)prefix[0];
}

static enum status tell_dialect(struct head *h, struct candidate *best)
{
    struct csv_dialect dialect = h->table->dialect;

    dialect.delimiter = dialect.delimiter ? dialect.delimiter : ',';
    *best = (struct candidate){.dialect = dialect};
    h->lexer.fields = h->sample;
    h->lexer.capacity = SAMPLE_FIELDS;
    TRY(try_escapes(h, dialect, best));
    TRY(view(h, &dialect));
    if (!h->options->comment && may_be_comment(h, comments[1])) {
        dialect.comment = comments[1];
        dialect.comment_size = strlen(comments[1]);
        TRY(try_escapes(h, dialect, best));
    }
    return STATUS_OK;
}

/* --- what stands before the table --- */

/* How many of the record's first fields have something in them. */
static int32_t n_filled(const struct csv_lexer *l)
{
    int32_t n = 0;

    for (int32_t i = 0; i < l->record.n_fields && i < l->capacity; i++)
        n += l->fields[i].size > 0;
    return n;
}

/* Lines before the first record with several cells, where it and all later ones have as many; 0: none, or not for sure. What is
 * before it has one cell, or as many of which all but one are empty (a title in a spreadsheet); then the record itself may have no empty one. Nothing but empty cells is no title: it
 * may be a header. */
static int64_t preamble_lines(struct head *h)
{
    struct csv_lexer *l = &h->lexer;
    int64_t n_lines = 0, n_same = 0, n_before = 0, n_titles = 0;
    int32_t n_cells = 1;

    if (h->options->skip_lines || to_first_record(h) != CSV_RECORD)
        return 0;
    for (int64_t i = 0; i < SAMPLE_RECORDS && csv_lexer_next(l) == CSV_RECORD; i++) {
        const struct csv_record *r = &l->record;
        if (r->is_blank)
            continue;
        if (n_cells == 1 && (r->n_fields == 1 || n_filled(l) <= 1)) {
            n_before++;
            n_titles += n_filled(l) == 1;
            continue;
        }
        if (n_cells == 1) {
            n_cells = r->n_fields;
            n_lines = r->line - 1;
            if (n_filled(l) < (n_cells < l->capacity ? n_cells : l->capacity))
                return 0;
        }
        n_same += r->n_fields == n_cells;
        if (r->n_fields != n_cells && !h->is_tabular)
            return 0;
    }
    return n_cells >= 3 && n_same >= 2 && n_titles > 0 && n_before <= PREAMBLE_MAX ? n_lines : 0;
}

/* Where the first record has several cells, is it a title whose other cells are empty? Where no delimiter gave it two: each
 * once more behind a preamble. */
static enum status tell_preamble(struct head *h, struct candidate *best)
{
    h->lexer.fields = h->sample;
    h->lexer.capacity = SAMPLE_FIELDS;
    h->is_tabular = best->fit.n_cells >= 2;
    if (h->is_tabular && !h->options->skip_lines && h->options->header != 0) {
        TRY(view(h, &best->dialect));
        h->skip_lines = preamble_lines(h);
    }
    if (h->is_tabular || h->options->skip_lines)
        return STATUS_OK;
    for (size_t i = 0; i < sizeof delimiters / sizeof *delimiters && h->skip_lines == 0; i++) {
        struct csv_dialect dialect = best->dialect;
        if (!h->options->delimiter)
            dialect.delimiter = (uint8_t)delimiters[i].byte;
        if (is_rare(dialect.delimiter) || dialect.delimiter == dialect.quote)
            continue;
        TRY(view(h, &dialect));
        h->skip_lines = preamble_lines(h);
        if (h->skip_lines == 0)
            continue;
        best->dialect = dialect;
        best->fit = measure(h);
    }
    return STATUS_OK;
}

/* --- header --- */

/* What a cell looks like: enum cell_class, or figures without a letter such as 1/2/2020. */
enum { LOOK_FIGURES = CELL_CLASSES, LOOK_CLASSES };

/* What the cells of one column say about the first of them. */
struct column_look {
    int first;
    bool first_is_quoted;
    int64_t n_body, n_quoted, n_same;  /* not null; in quotes; equal to the first */
    int64_t n[LOOK_CLASSES];
    int64_t first_number;              /* where `first` is CELL_INT64 */
    bool has_years;                    /* every integer of the body could be a year */
};

enum { YEAR_MIN = 1800, YEAR_MAX = 2199 };
static bool is_year(int64_t x) { return x >= YEAR_MIN && x <= YEAR_MAX; }

static bool are_figures(struct span s)
{
    bool has_digit = false;

    for (size_t i = 0; i < s.size; i++) {
        if ((s.at[i] | 0x20) >= 'a' && s.at[i] != '|' && s.at[i] != '~')
            return false;
        has_digit = has_digit || (s.at[i] >= '0' && s.at[i] <= '9');
    }
    return has_digit;
}

/* Quoted cells look like what is in them; only a first record's are labels unless the others are quoted as well. */
static int look_at(const struct head *h, const struct csv_field *f)
{
    const struct cell_style style = {h->options->cells, NULL};
    struct span cell = span_of(h->lexer.text.at + f->at, f->size);
    enum cell_class class;

    if (f->size == 0)
        return f->is_quoted ? CELL_TEXT : CELL_NULL;
    class = cell_classify_as(cell, false, h->options->cells ? &style : NULL);
    return class == CELL_TEXT && are_figures(cell) ? LOOK_FIGURES : class;
}

static void look_at_first(struct head *h, const struct csv_field *fields, int32_t n, struct column_look *looks)
{
    for (int32_t i = 0; i < n; i++) {
        looks[i].first = look_at(h, &fields[i]);
        looks[i].first_is_quoted = fields[i].is_quoted;
        looks[i].has_years = true;
        if (looks[i].first == CELL_INT64)
            (void)number_parse_i64(span_of(h->lexer.text.at + fields[i].at, fields[i].size), &looks[i].first_number);
    }
}

static void look_at_body(struct head *h, const struct csv_field *first, int32_t n, struct column_look *looks)
{
    const uint8_t *text = h->lexer.text.at;

    for (int32_t i = 0; i < n && i < h->lexer.record.n_fields; i++) {
        const struct csv_field *f = &h->lexer.fields[i];
        int class = look_at(h, f);
        int64_t x;
        if (class == CELL_NULL)
            continue;
        looks[i].n_body++;
        looks[i].n_quoted += f->is_quoted;
        looks[i].n[class]++;
        looks[i].n_same += span_equal(span_of(text + f->at, f->size), span_of(text + first[i].at, first[i].size));
        if (class == CELL_INT64 && number_parse_i64(span_of(text + f->at, f->size), &x))
            looks[i].has_years = looks[i].has_years && is_year(x);
        else if (class != CELL_INT64)
            looks[i].has_years = false;
    }
}

static bool are_numbers(const struct column_look *c)
{
    return c->n_body > 0 && c->n[CELL_INT64] + c->n[CELL_DOUBLE] == c->n_body;
}

/* Is the first cell of the kind of all the others, where that says something? */
static bool fits_in(const struct column_look *c)
{
    if (c->first == CELL_INT64 || c->first == CELL_DOUBLE)
        return are_numbers(c);
    return c->n_body > 0 && c->n[c->first] == c->n_body;
}

/* Do all the others have one kind, which is not text and not the first cell's? */
static bool stands_out(const struct column_look *c)
{
    bool are_uniform = are_numbers(c);

    for (int k = CELL_BOOL; k < LOOK_CLASSES; k++)
        are_uniform = are_uniform || (k != CELL_TEXT && c->n_body > 0 && c->n[k] == c->n_body);
    return are_uniform && c->first != CELL_NULL && !fits_in(c);
}

/* country,2019,2020: numbers as labels are years above cells that are none, beside at least one text. */
static bool are_labels(const struct column_look *looks, int32_t n)
{
    int32_t n_years = 0, n_texts = 0;

    for (int32_t i = 0; i < n; i++) {
        if (looks[i].first == CELL_TEXT)
            n_texts++;
        else if (looks[i].first == CELL_INT64 && is_year(looks[i].first_number) && looks[i].n_body && !looks[i].has_years)
            n_years++;
        else if (looks[i].first != CELL_NULL)
            return false;
    }
    return n_texts > 0 && n_years > 0;
}

/* Is the first record a header? The reason in words.
 *  1. All of its cells empty, or nothing but the record itself and one of its unquoted cells a number, date or truth value: no.
 *  2. Texts and years, the years above cells that are not all years: yes.
 *  3. A cell that is a number, date or truth value (in quotes only where the others of its column are) above others of that kind: no.
 *  4. A cell of another kind than all others of its column, which are numbers, dates or truth values: yes.
 *  5. A cell that is a number, date or truth value: no.
 *  6. Every text of it occurs again below: no, unless whole records do (a header repeated).
 *  7. Yes. */
static bool decide_header(const struct column_look *looks, int32_t n, int64_t n_body, const char **because)
{
    int32_t n_values = 0, n_alike = 0, n_outstanding = 0, n_texts = 0, n_again = 0;

    for (int32_t i = 0; i < n; i++) {
        const struct column_look *c = &looks[i];
        bool is_value = c->first != CELL_TEXT && c->first != CELL_NULL;
        bool is_label = c->first_is_quoted && !(n_body > 0 && c->n_quoted * 2 > c->n_body);
        n_texts += c->first != CELL_NULL;
        n_values += is_value && !is_label;
        n_alike += is_value && !is_label && fits_in(c);
        n_outstanding += stands_out(c) || (is_value && is_label && c->n_body > 0);
        n_again += c->first == CELL_TEXT && c->n_same > 0;
    }
    if (n_texts == 0)
        return *because = "all cells of the first record are empty", false;
    if (are_labels(looks, n))
        return *because = "the first record has texts, and years above cells that are none", true;
    if (n_alike > 0)
        return *because = "a cell of the first record is what the cells below it are", false;
    if (n_outstanding > 0)
        return *because = "the first record has other cells than the columns below it", true;
    if (n_values > 0)
        return *because = "the first record holds a number, a date or a truth value", false;
    if (n_again == n_texts && n_body >= 3)
        return *because = "every cell of the first record occurs again in its column", false;
    return *because = "the cells of the first record are texts", true;
}

/* The lexer stands behind the first record, whose fields it has; it must be led back. */
static enum status tell_header(struct head *h, bool *has_header, const char **because)
{
    struct csv_lexer *l = &h->lexer;
    int32_t n = l->record.n_fields < SAMPLE_COLUMNS ? l->record.n_fields : SAMPLE_COLUMNS;
    struct csv_field *first = arena_array(&h->table->arena, (size_t)n + 1, sizeof *first);
    struct column_look *looks = arena_array(&h->table->arena, (size_t)n + 1, sizeof *looks);
    struct span whole = span_of(l->text.at + l->record.at, l->record.end - l->record.at);
    int64_t n_body = 0;

    if (!first || !looks)
        return no_memory(h);
    memcpy(first, l->fields, (size_t)n * sizeof *first);
    look_at_first(h, first, n, looks);
    while (n_body < SAMPLE_RECORDS && csv_lexer_next(l) == CSV_RECORD) {
        const struct csv_record *r = &l->record;
        if (r->is_blank || r->damage || span_equal(span_of(l->text.at + r->at, r->end - r->at), whole))
            continue;
        look_at_body(h, first, n, looks);
        n_body++;
    }
    *has_header = decide_header(looks, n, n_body, because);
    return STATUS_OK;
}

static char *header_name(struct head *h, const struct csv_field *f)
{
    const uint8_t *text = h->lexer.text.at + f->at;
    char *name = arena_text(&h->table->arena, text, f->size);

    if (name && f->has_doubled)
        name[csv_unescape(&h->lexer.dialect, f, text, (uint8_t *)name)] = '\0';
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

/* Names that occur more than once, each once, and how many are missing: before they are made unique. */
static enum status keep_repeats(struct head *h, const struct column *columns, int32_t n, int32_t n_empty)
{
    struct table *t = &h->table->table;
    struct named *sorted = arena_array(&h->table->arena, (size_t)n + 1, sizeof *sorted);

    t->repeated_names = arena_array(&h->table->arena, (size_t)n / 2 + 1, sizeof *t->repeated_names);
    if (!sorted || !t->repeated_names)
        return no_memory(h);
    for (int32_t i = 0; i < n; i++)
        sorted[i] = (struct named){columns[i].name, i};
    qsort(sorted, (size_t)n, sizeof *sorted, compare_named);
    for (int32_t i = 1; i < n; i++)
        if (strcmp(sorted[i].name, sorted[i - 1].name) == 0 && (i == 1 || strcmp(sorted[i].name, sorted[i - 2].name) != 0))
            t->repeated_names[t->n_repeated_names++] = sorted[i].name;
    t->n_empty_names = n_empty;
    return STATUS_OK;
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
    int32_t n_empty = 0;

    if (!columns)
        return no_memory(h);
    for (int32_t i = 0; i < n; i++) {
        const struct csv_field *f = &h->lexer.fields[i];
        bool is_named = t->has_header && f->size > 0;
        columns[i].name = is_named ? header_name(h, f) : arena_format(&t->arena, "column_%d", i + 1);
        columns[i].is_nullable = true;
        n_empty += t->has_header && f->size == 0;
        if (!columns[i].name)
            return no_memory(h);
    }
    TRY(keep_repeats(h, columns, n, n_empty));
    if (!rename_repeats(&t->arena, columns, n))
        return no_memory(h);
    for (int32_t i = 0; i < n; i++)
        if (!cell_style_make(&t->arena, h->options->cells, columns[i].name, &columns[i].style))
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

static enum status choose_header(struct head *h)
{
    struct csv_table *t = h->table;
    const char *because = "declared";
    size_t at = h->lexer.record.at;
    int64_t line = h->lexer.record.line;

    t->has_header = h->options->header == 1;
    if (h->options->header < 0) {
        TRY(tell_header(h, &t->has_header, &because));
        csv_lexer_rewind(&h->lexer, at, line);
        if (csv_lexer_next(&h->lexer) != CSV_RECORD)
            return error_set(h->err, STATUS_INTERNAL, "the header read twice differs");
    }
    note(h, "header", t->has_header ? "yes" : "no", because);
    return STATUS_OK;
}

static int header_end(struct span record)
{
    uint8_t last = record.size ? record.at[record.size - 1] : 0;

    if (last == '\r')
        return LINE_END_CR;
    if (last != '\n')
        return LINE_END_KINDS;
    return record.size > 1 && record.at[record.size - 2] == '\r' ? LINE_END_CRLF : LINE_END_LF;
}

static enum status take_header(struct head *h)
{
    struct csv_table *t = h->table;
    struct csv_record *r = &h->lexer.record;

    TRY(cut_first_record(h));
    TRY(choose_header(h));
    TRY(name_columns(h));
    t->data_offset = (int64_t)(t->has_header ? r->end : r->at);
    t->data_line = t->has_header ? h->lexer.line : r->line;
    if (!t->has_header)
        return keep_header(h);
    t->header_end = header_end(span_of(h->lexer.text.at + r->at, r->end - r->at));
    t->header_line = r->line;
    t->header_byte = window_file_offset(&h->window, r->at);
    if (r->damage) {
        t->header_damage = (struct damage_item){.line = r->line, .byte = window_file_offset(&h->window, r->at)};
        snprintf(t->header_damage.what, sizeof t->header_damage.what, "%s in the header", r->damage);
    }
    t->header_text = span_of(arena_text(&t->arena, h->lexer.text.at + r->at, r->end - r->at), r->end - r->at);
    return t->header_text.at ? keep_header(h) : no_memory(h);
}

/* --- the evidence --- */

/* A byte as a message shows it: "','", "tab", "none" for 0 and -1. */
static const char *shown(struct arena *arena, int byte)
{
    return byte == '\t' ? "tab" : byte <= 0 ? "none" : arena_format(arena, "'%c'", byte);
}

static void describe(struct csv_table *t)
{
    const struct csv_dialect *d = &t->dialect;
    char quote[16] = "no quote", delimiter[8] = "tab", escape[16] = "";

    if (d->quote >= 0)
        snprintf(quote, sizeof quote, "quote '%c'", d->quote);
    if (d->delimiter != '\t')
        snprintf(delimiter, sizeof delimiter, "'%c'", d->delimiter);
    if (d->escape)
        snprintf(escape, sizeof escape, ", escape '%c'", d->escape);
    snprintf(t->table.dialect, sizeof t->table.dialect, "delimiter %s, %s, %s%s%s%s", delimiter,
             t->has_header ? "header" : "no header", quote, escape, t->table.source->charset == CHARSET_UTF8 ? "" : ", ",
             t->table.source->charset == CHARSET_UTF8 ? "" : charset_name(t->table.source->charset));
}

static const char *fit_words(struct head *h, const struct fit *fit)
{
    if (fit->n_cells < 2)
        return "no delimiter gives the first record two cells";
    return arena_format(&h->table->arena, "%lld of the first %lld records have the %d cells of the first", (long long)fit->n_agreeing,
                        (long long)fit->n_records, fit->n_cells);
}

static const char *quote_words(struct head *h, const struct candidate *c)
{
    if (c->fit.n_quoted == 0)
        return "no cell of the sample is quoted";
    return arena_format(&h->table->arena, "%lld cells of the sample are quoted by it", (long long)c->fit.n_quoted);
}

static void note_dialect(struct head *h, const struct candidate *c)
{
    struct arena *arena = &h->table->arena;
    const struct read_options *o = h->options;
    const struct csv_dialect *d = &c->dialect;

    note(h, "delimiter", shown(arena, d->delimiter), o->delimiter ? "declared" : fit_words(h, &c->fit));
    note(h, "quote", shown(arena, d->quote), o->quote ? "declared" : quote_words(h, c));
    note(h, "escape", shown(arena, d->escape), o->escape ? "declared" : d->escape ? "with it more records agree" :
                                                                        "doubled quotes, or none, explain the sample");
    note(h, "comment", d->comment_size ? d->comment : "none",
         o->comment ? "declared" : d->comment_size ? "the first line begins with it, and without such lines more records agree"
                                                   : "the first line begins with none that makes more records agree");
    if (h->skip_lines)
        note(h, "skip_lines", arena_format(arena, "%lld", (long long)h->skip_lines),
             o->skip_lines ? "declared" : "lines with one cell that is not empty, before records that have three or more");
}

static void note_encoding(struct head *h)
{
    const struct source *source = h->table->table.source;

    note(h, "encoding", charset_name(source->charset), source->charset_is_declared ? "declared" : source->told.because ? source->told.because : "there is no text");
}

/* LF, CR LF or CR: what ends the first lines in view. */
static void note_line_ends(struct head *h)
{
    int64_t n_lf = 0, n_crlf = 0, n_cr = 0;
    struct span text = span_of(h->window.bytes, h->window.size);

    for (size_t i = 0; i < text.size; i++) {
        bool follows_cr = i && text.at[i - 1] == '\r';
        n_crlf += text.at[i] == '\n' && follows_cr;
        n_lf += text.at[i] == '\n' && !follows_cr;
        n_cr += text.at[i] == '\r' && i + 1 < text.size && text.at[i + 1] != '\n';
    }
    note(h, "line_end", n_crlf >= n_lf && n_crlf >= n_cr && n_crlf ? "crlf" : n_lf >= n_cr && n_lf ? "lf" : n_cr ? "cr" : "none",
         arena_format(&h->table->arena, "%lld CR LF, %lld LF, %lld CR in the first %zu bytes", (long long)n_crlf, (long long)n_lf,
                      (long long)n_cr, text.size));
}

/* Makes the first record, cut by this dialect, the lexer's record; brings more of the text in view as long as it is not
 * whole. *is_empty: there is none. */
static enum status reach_first_record(struct head *h, const struct csv_dialect *dialect, bool *is_empty)
{
    for (;;) {
        enum csv_step step;
        TRY(view(h, dialect));
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
    struct csv_table *t = h->table;
    struct csv_dialect first = t->dialect;
    struct candidate best;
    bool is_empty;

    first.delimiter = first.delimiter ? first.delimiter : ',';
    TRY(reach_first_record(h, &first, &is_empty));
    note_encoding(h);
    if (is_empty) {
        t->table.n_rows = 0;
        t->data_offset = INT64_MAX; /* nothing behind it, whatever comes before: a BOM, comments */
        t->data_line = h->lexer.line;
        t->table.n_lines = h->lexer.line - 1;
        return STATUS_OK;
    }
    TRY(tell_dialect(h, &best));
    TRY(tell_preamble(h, &best));
    h->lexer.capacity = 0;
    TRY(reach_first_record(h, &best.dialect, &is_empty)); /* may reach further: other quotes open a cell */
    t->dialect = best.dialect;
    if (is_empty) { /* everything is comment */
        t->table.n_rows = 0;
        t->data_line = h->lexer.line;
        t->table.n_lines = h->lexer.line - 1;
        t->data_offset = INT64_MAX;
        return STATUS_OK;
    }
    note_line_ends(h);
    note_dialect(h, &best);
    TRY(take_header(h));
    describe(t);
    return STATUS_OK;
}

enum status csv_read_head(struct csv_table *table, const struct read_options *options, struct error *err)
{
    struct head h = {.table = table, .options = options, .skip_lines = options->skip_lines, .err = err};
    enum status status;

    h.lexer.dialect = table->dialect;
    h.lexer.index.memory = table->memory;
    table->table.told = arena_array(&table->arena, TOLD_MAX, sizeof *table->table.told);
    if (!table->table.told)
        return no_memory(&h);
    TRY(window_open(&h.window, table->table.source, table->memory, 0, WINDOW_SIZE, err));
    status = read_head(&h);
    csv_lexer_done(&h.lexer);
    window_close(&h.window);
    for (int32_t i = 0; i < table->table.n_told && status == STATUS_OK; i++)
        if (!table->table.told[i].is || !table->table.told[i].because)
            status = memory_error(table->memory, "the head of a CSV file", err);
    return status;
}
