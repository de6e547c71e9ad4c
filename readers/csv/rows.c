/* readers/csv/rows.c -- kernel and lexer in turns; see rows.h. */
#include "readers/csv/rows.h"

#include <stdio.h>

#include "readers/text.h"

enum {
    PIECE = 4 << 10,    /* what the lexer is shown at first; doubled while a record does not fit */
    ROWS_AT_FIRST = 1 << 10,
};

enum status csv_rows_init(struct csv_rows *rows, const struct csv_dialect *dialect, int32_t n_fields, bool keeps_ends,
                          struct memory *memory, struct error *err)
{
    *rows = (struct csv_rows){.memory = memory, .kernels = kernels_get(), .is_exact = n_fields < 1 || dialect->escape};
    rows->cut = (struct csv_cut){.n_fields = n_fields, .delimiter = dialect->delimiter, .quote = dialect->quote,
                                 .comment = dialect->comment_size ? (uint8_t)*dialect->comment : -1, .keeps_ends = keeps_ends};
    rows->lexer = (struct csv_lexer){.dialect = *dialect, .capacity = n_fields};
    rows->lexer.index.memory = memory;
    rows->lexer.fields = mem_alloc(memory, (size_t)n_fields * sizeof *rows->lexer.fields);
    return rows->lexer.fields ? STATUS_OK : memory_error(memory, "a scan", err);
}

void csv_rows_done(struct csv_rows *rows)
{
    csv_lexer_done(&rows->lexer);
    mem_free(rows->memory, rows->lexer.fields);
    mem_free(rows->memory, rows->cut.starts);
    mem_free(rows->memory, rows->cut.ends);
    mem_free(rows->memory, rows->counted_starts);
    *rows = (struct csv_rows){0};
}

void csv_rows_show(struct csv_rows *rows, struct span text, int64_t offset, size_t at, size_t limit, int64_t line)
{
    rows->text = text;
    rows->offset = offset;
    rows->n_before += (int64_t)rows->cut.n_rows;
    rows->cut.n_rows = 0;
    rows->cut.at = at;
    rows->cut.limit = limit < text.size ? limit : text.size;
    rows->cut.n_lines = line;
    rows->first_at = at;
    rows->first_line = line;
    rows->n_noted = 0;
    rows->may_have_cr = false;
}

static bool grow(struct csv_rows *rows, size_t n_rows, size_t n_ends)
{
    struct csv_cut *c = &rows->cut;
    void *starts = c->starts, *ends = c->ends;
    bool has_grown = mem_grow(rows->memory, &starts, &rows->starts_capacity, n_rows, sizeof *c->starts) &&
                     mem_grow(rows->memory, &ends, &rows->ends_capacity, n_ends, sizeof *c->ends);

    c->starts = starts;
    c->ends = ends;
    c->rows_max = rows->starts_capacity;
    c->ends_max = rows->ends_capacity;
    return has_grown;
}

/* Room for the next rows of the kernel, or one of the lexer. Rows that are only counted need none. */
static enum status make_room(struct csv_rows *rows, struct error *err)
{
    const struct csv_cut *c = &rows->cut;
    size_t n_ends = (c->n_rows + 1) * (size_t)c->n_fields + 2 * CSV_CUT_SLACK;

    if (!c->keeps_ends || (c->n_rows < c->rows_max && n_ends <= c->ends_max))
        return STATUS_OK;
    if (!grow(rows, c->n_rows < ROWS_AT_FIRST ? ROWS_AT_FIRST : c->n_rows + 1, n_ends))
        return memory_error(rows->memory, "the index of a CSV file", err);
    return STATUS_OK;
}

static int64_t file_offset(const struct csv_rows *rows, size_t at)
{
    return rows->offset + charset_bytes(rows->charset, span_of(rows->text.at, at));
}

/* Does the text end at `end` of the view, without a line end? */
static bool is_cut_off(const struct csv_rows *rows, size_t end)
{
    return rows->is_end && end == rows->text.size && end > 0 && rows->text.at[end - 1] != '\n' && rows->text.at[end - 1] != '\r';
}

/* what NULL: it has n_cells cells. */
static void list_damage(struct csv_rows *rows, size_t at, int64_t line, const char *what, int32_t n_cells, bool is_cut_off)
{
    struct damage_item *item = damage_add(&rows->damage);

    if (!item)
        return;
    *item = (struct damage_item){.line = line, .byte = file_offset(rows, at),
                                 .row = rows->n_before + (int64_t)rows->cut.n_rows};
    if (what && rows->charset != CHARSET_UTF8 && strcmp(what, "invalid UTF-8") == 0)
        snprintf(item->what, sizeof item->what, "invalid %s", charset_name(rows->charset));
    else if (what)
        snprintf(item->what, sizeof item->what, "%s", what);
    else
        snprintf(item->what, sizeof item->what, "%s%d cells where the first record has %lld",
                 is_cut_off && n_cells < rows->cut.n_fields ? "the file ends in the middle of a record: " : "", n_cells,
                 (long long)rows->cut.n_fields);
}

/* --- what the kernel took --- */

/* Line ends within a part of the view whose end is one. */
static int64_t count_line_ends(struct span s)
{
    int64_t n = 0;

    for (size_t i = 0; i < s.size; i++)
        n += s.at[i] == '\n' || (s.at[i] == '\r' && !(i + 1 < s.size && s.at[i + 1] == '\n'));
    return n;
}

/* Takes rows that hold NUL or invalid UTF-8 out again. The rows from `first` on follow each other, from starts[0] on line `line` to cut.at. */
static void take_out_bad_rows(struct csv_rows *rows, size_t first, const uint32_t *starts, int64_t line)
{
    struct csv_cut *c = &rows->cut;
    size_t n = c->n_rows - first, fields = (size_t)c->n_fields;

    c->n_rows = first;
    for (size_t r = 0; r < n; r++) {
        size_t at = starts[r], end = r + 1 < n ? starts[r + 1] : c->at;
        struct span record = span_of(rows->text.at + at, end - at);
        const char *what = csv_bad_bytes(record);

        if (what) {
            list_damage(rows, at, line, what, 0, false);
        } else if (c->keeps_ends) {
            c->starts[c->n_rows] = (uint32_t)at;
            memmove(c->ends + c->n_rows * fields, c->ends + (first + r) * fields, fields * sizeof *c->ends);
        }
        c->n_rows += !what;
        line += count_line_ends(record);
    }
}

/* Rows that were only counted are cut again for where they begin. */
static enum status find_starts(struct csv_rows *rows, const struct csv_cut *before, struct error *err)
{
    size_t n = rows->cut.n_rows - before->n_rows;
    struct csv_cut again = *before;
    void *starts = rows->counted_starts;

    if (!mem_grow(rows->memory, &starts, &rows->starts_capacity, n, sizeof *again.starts))
        return memory_error(rows->memory, "the index of a CSV file", err);
    rows->counted_starts = starts;
    again.starts = starts;
    again.n_rows = 0;
    again.rows_max = n;
    again.limit = rows->cut.at;
    (void)rows->kernels->csv_cut(&again);
    return STATUS_OK;
}

/* Of the rows that were cut since `before`. */
static enum status check_bytes(struct csv_rows *rows, const struct csv_cut *before, struct error *err)
{
    const struct csv_cut *c = &rows->cut;
    size_t first = before->n_rows;
    struct span run;

    if ((!c->has_high && !c->has_zero) || first == c->n_rows)
        return STATUS_OK;
    run = span_of(rows->text.at + before->at, c->at - before->at);
    if (!(c->has_zero && memchr(run.at, 0, run.size)) && !(c->has_high && !rows->kernels->utf8_is_valid(run)))
        return STATUS_OK;
    if (!c->keeps_ends)
        TRY(find_starts(rows, before, err));
    take_out_bad_rows(rows, first, c->keeps_ends ? c->starts + first : rows->counted_starts, before->n_lines);
    return STATUS_OK;
}

/* --- what the lexer takes --- */

/* The lexer's piece begins at `base` of the view. */
static enum status take_good(struct csv_rows *rows, size_t base, struct error *err)
{
    struct csv_cut *c = &rows->cut;
    const struct csv_record *r = &rows->lexer.record;

    TRY(make_room(rows, err));
    for (int32_t i = 0; c->keeps_ends && i < r->n_fields; i++) {
        const struct csv_field *f = &rows->lexer.fields[i];
        c->ends[c->n_rows * (size_t)c->n_fields + (size_t)i] = (uint32_t)(base + f->at + f->size + f->is_quoted);
    }
    if (c->keeps_ends)
        c->starts[c->n_rows] = (uint32_t)(base + r->at);
    c->n_rows++;
    return STATUS_OK;
}

static enum status take_lexed(struct csv_rows *rows, size_t base, struct error *err)
{
    const struct csv_record *r = &rows->lexer.record;

    if (r->is_blank && rows->cut.n_fields != 1)
        return STATUS_OK;
    rows->damage.n_total++;
    if (!r->damage && r->n_fields == rows->cut.n_fields)
        return take_good(rows, base, err);
    list_damage(rows, base + r->at, r->line, r->damage, r->n_fields, is_cut_off(rows, base + r->end));
    return STATUS_OK;
}

/* The records of the next `size` bytes. */
static enum status lex_piece(struct csv_rows *rows, size_t size, enum csv_step *step, struct error *err)
{
    struct csv_cut *c = &rows->cut;
    struct csv_lexer *l = &rows->lexer;
    size_t base = c->at;
    bool is_end = rows->is_end && base + size == rows->text.size;
    enum status status = STATUS_OK;

    l->line = c->n_lines;
    if (!csv_lexer_view(l, span_of(rows->text.at + base, size), is_end))
        return memory_error(rows->memory, "the index of a CSV file", err);
    *step = CSV_RECORD;
    while (status == STATUS_OK && *step == CSV_RECORD) {
        *step = base + l->at >= c->limit ? CSV_END : csv_lexer_next(l);
        if (*step == CSV_RECORD)
            status = take_lexed(rows, base, err);
    }
    c->at = base + l->at;
    c->n_lines = l->line;
    return status;
}

/* Past the record at cut.at, which is not plain. *step: CSV_RECORD where the kernel may go on. */
static enum status lex(struct csv_rows *rows, enum csv_step *step, struct error *err)
{
    size_t room = PIECE;

    for (;;) {
        size_t left = rows->text.size - rows->cut.at, at = rows->cut.at;

        TRY(lex_piece(rows, left < room ? left : room, step, err));
        if (*step == CSV_END || left <= room)
            return STATUS_OK;
        if (rows->cut.at == at) {
            room *= 2;
        } else if (!rows->is_exact) {
            *step = CSV_RECORD;
            return STATUS_OK;
        }
    }
}

/* --- in turns --- */

static enum status cut(struct csv_rows *rows, enum csv_cut_stop *stop, struct error *err)
{
    struct csv_cut *c = &rows->cut, before;

    c->text = rows->text.at;
    c->size = rows->text.size;
    c->has_high = c->has_zero = c->has_cr = false;
    before = *c;
    *stop = rows->is_exact ? CSV_CUT_ODD : rows->kernels->csv_cut(c);
    rows->damage.n_total += (int64_t)(c->n_rows - before.n_rows);
    rows->may_have_cr |= c->has_cr || *stop == CSV_CUT_ODD;
    return check_bytes(rows, &before, err);
}

static void note_first_end(struct csv_rows *rows, size_t row, struct line_ends *ends)
{
    size_t at = rows->cut.starts[row];

    ends->line = rows->first_line + count_line_ends(span_of(rows->text.at + rows->first_at, at - rows->first_at));
    ends->byte = file_offset(rows, at);
}

static void note_end(struct csv_rows *rows, size_t row)
{
    const uint8_t *text = rows->text.at;
    size_t end = rows->cut.ends[(row + 1) * (size_t)rows->cut.n_fields - 1];
    int kind;

    if (end >= rows->text.size)
        return; /* the last one of the text may not end at all */
    kind = text[end] == '\n' ? LINE_END_LF : end + 1 < rows->text.size && text[end + 1] == '\n' ? LINE_END_CRLF : LINE_END_CR;
    if (rows->damage.ends[kind].n++ == 0)
        note_first_end(rows, row, &rows->damage.ends[kind]);
}

/* Counts how the rows end. */
static void note_ends(struct csv_rows *rows)
{
    const struct csv_cut *c = &rows->cut;

    if (!c->keeps_ends || rows->n_noted == c->n_rows)
        return;
    note_end(rows, rows->n_noted++);
    if (!rows->may_have_cr) { /* as the first one does */
        rows->damage.ends[LINE_END_LF].n += (int64_t)(c->n_rows - rows->n_noted);
        rows->n_noted = c->n_rows;
    }
    while (rows->n_noted < c->n_rows)
        note_end(rows, rows->n_noted++);
}

enum status csv_rows_index(struct csv_rows *rows, enum csv_step *step, struct error *err)
{
    enum csv_cut_stop stop;

    *step = CSV_RECORD;
    while (*step == CSV_RECORD) {
        TRY(make_room(rows, err));
        if (rows->cut.at >= rows->cut.limit) {
            *step = CSV_END;
            break;
        }
        TRY(cut(rows, &stop, err));
        if (stop == CSV_CUT_ODD)
            TRY(lex(rows, step, err));
    }
    note_ends(rows);
    return STATUS_OK;
}

struct span csv_rows_record(const struct csv_rows *rows, size_t row)
{
    size_t at = rows->cut.starts[row], end = rows->cut.ends[(row + 1) * (size_t)rows->cut.n_fields - 1];
    const uint8_t *text = rows->text.at;

    if (end < rows->text.size)
        end += text[end] == '\r' && end + 1 < rows->text.size && text[end + 1] == '\n' ? 2 : 1;
    return span_of(text + at, end - at);
}
