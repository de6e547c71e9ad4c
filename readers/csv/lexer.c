/* readers/csv/lexer.c -- an exact state machine that jumps from special byte to special byte.
 *
 * Prefix-xor of the quote bits would find the line ends without a branch, but is right only while every quote is in its
 * place; a validator meets the others. Here quotes are followed one by one, so that damage needs no second path.
 */
#include "readers/csv/lexer.h"

#include "core/utf8.h"

/* Position of the next special byte, or the size of the text. */
static inline size_t next_special(struct csv_lexer *l)
{
    size_t at;

    while (l->bits == 0) {
        if (l->block + 1 >= l->index.n_blocks)
            return l->text.size;
        if (++l->block >= l->index.n_ready)
            csv_index_reach(&l->index, l->block);
        l->bits = l->index.special[l->block];
    }
    at = l->block * 64 + (size_t)__builtin_ctzll(l->bits);
    l->bits &= l->bits - 1;
    return at;
}

void csv_lexer_rewind(struct csv_lexer *l, size_t at, int64_t line)
{
    l->at = at;
    l->line = line;
    l->block = at / 64;
    if (l->block >= l->index.n_ready && l->block < l->index.n_blocks)
        csv_index_reach(&l->index, l->block);
    l->bits = l->block < l->index.n_blocks ? l->index.special[l->block] & (~(uint64_t)0 << (at & 63)) : 0;
}

bool csv_lexer_view(struct csv_lexer *l, struct span text, bool is_end)
{
    if (!csv_index_begin(&l->index, text, l->dialect.delimiter, l->dialect.quote))
        return false;
    l->text = text;
    l->is_end = is_end;
    csv_lexer_rewind(l, 0, l->line ? l->line : 1);
    return true;
}

void csv_lexer_done(struct csv_lexer *l) { csv_index_done(&l->index); }

static bool is_line_end(uint8_t c) { return c == '\n' || c == '\r'; }

static bool can_be_escaped(const struct csv_dialect *d, uint8_t c)
{
    return c == d->quote || c == d->delimiter || c == d->escape || is_line_end(c);
}

size_t csv_unescape(const struct csv_dialect *d, const struct csv_field *f, const uint8_t *text, uint8_t *out)
{
    size_t n = 0;

    for (size_t i = 0; i < f->size; i++) {
        if (d->escape && text[i] == d->escape && i + 1 < f->size && can_be_escaped(d, text[i + 1])) {
            out[n++] = text[++i];
            continue;
        }
        out[n++] = text[i];
        if (f->is_quoted && text[i] == d->quote && i + 1 < f->size && text[i + 1] == d->quote)
            i++;
    }
    return n;
}

/* Does an odd number of escapes stand before p, none of them before `from`, where the field begins? */
static bool is_escaped(const struct csv_lexer *l, size_t from, size_t p)
{
    size_t n = 0;

    while (p - n > from && l->text.at[p - n - 1] == l->dialect.escape)
        n++;
    return n & 1;
}

/* The next special byte that means something in the field that begins at `from`. */
static inline size_t next_live(struct csv_lexer *l, size_t from)
{
    size_t p = next_special(l);

    if (l->dialect.escape)
        while (p < l->text.size && is_escaped(l, from, p)) {
            l->n_escaped_lines += is_line_end(l->text.at[p]);
            p = next_special(l);
        }
    return p;
}

static inline void put_field(struct csv_lexer *l, size_t at, size_t end, bool is_quoted, bool has_doubled)
{
    if (l->dialect.escape && !has_doubled && end > at)
        has_doubled = memchr(l->text.at + at, l->dialect.escape, end - at) != NULL;
    if (l->record.n_fields < l->capacity)
        l->fields[l->record.n_fields] = (struct csv_field){(uint32_t)at, (uint32_t)(end - at), is_quoted, has_doubled};
    if (l->record.n_fields < INT32_MAX)
        l->record.n_fields++;
}

enum field_end { FIELD_DELIMITER, FIELD_RECORD_END, FIELD_MORE };

/* p is where a field ended: at the end of the text, at a delimiter or at a line end (already taken from the cursor).
 * Sets record.end for the latter two. */
static inline enum field_end end_at(struct csv_lexer *l, size_t p)
{
    uint8_t c;

    if (p == l->text.size) {
        l->record.end = p;
        return l->is_end ? FIELD_RECORD_END : FIELD_MORE;
    }
    c = l->text.at[p];
    if (!is_line_end(c))
        return FIELD_DELIMITER;
    l->record.end = p + 1;
    if (c == '\r' && p + 1 == l->text.size)
        return l->is_end ? FIELD_RECORD_END : FIELD_MORE;
    if (c == '\r' && l->text.at[p + 1] == '\n')
        l->record.end = next_special(l) + 1;
    return FIELD_RECORD_END;
}

static void misplaced_quote(struct csv_lexer *l, const char *what)
{
    l->record.damage = l->record.damage ? l->record.damage : what;
    l->record.is_cut = true;
}

/* An unquoted field, or what follows a closing quote: to the next delimiter or line end; quotes on the way are text. */
static inline size_t plain_end(struct csv_lexer *l, size_t from, size_t p)
{
    while (p < l->text.size && l->text.at[p] == l->dialect.quote) {
        misplaced_quote(l, "a quote inside an unquoted cell");
        p = next_live(l, from);
    }
    return p;
}

/* From the byte after the opening quote to the closing one; the size of the text where there is none. */
static size_t closing_quote(struct csv_lexer *l, size_t from, bool *has_doubled, int64_t *line_ends)
{
    const uint8_t *text = l->text.at;

    for (;;) {
        size_t p = next_live(l, from);
        if (p == l->text.size)
            return p;
        if (text[p] == l->dialect.quote) {
            if (p + 1 == l->text.size || text[p + 1] != l->dialect.quote)
                return p;
            *has_doubled = true;
            next_special(l);
        } else if (text[p] == '\n' || (text[p] == '\r' && p + 1 < l->text.size && text[p + 1] != '\n')) {
            (*line_ends)++;
        }
    }
}

/* `at`: the opening quote. *end: where the field ended, as end_at wants it. */
static enum field_end quoted_field(struct csv_lexer *l, size_t at, size_t *end, int64_t *line_ends)
{
    bool has_doubled = false;
    size_t close = closing_quote(l, at + 1, &has_doubled, line_ends);
    size_t p = close + 1;

    *end = l->text.size;
    if ((close == l->text.size || p == l->text.size) && !l->is_end)
        return FIELD_MORE;
    if (close == l->text.size) {
        l->record.damage = "a quote is never closed";
        l->record.is_cut = false;
        put_field(l, at + 1, close, true, has_doubled);
        return end_at(l, close);
    }
    if (p == l->text.size || l->text.at[p] == l->dialect.delimiter || is_line_end(l->text.at[p])) {
        put_field(l, at + 1, close, true, has_doubled);
        *end = p == l->text.size ? p : next_special(l);
        return end_at(l, p);
    }
    misplaced_quote(l, "text after a closing quote");
    *end = plain_end(l, p, next_live(l, p));
    put_field(l, at, *end, false, false);
    return end_at(l, *end);
}

/* The fields of the record at `at`. FIELD_MORE or FIELD_RECORD_END. */
static enum field_end lex_fields(struct csv_lexer *l, size_t at, int64_t *line_ends)
{
    for (;;) {
        size_t p = next_live(l, at);
        enum field_end how;

        if (p == at && p < l->text.size && l->text.at[p] == l->dialect.quote) {
            how = quoted_field(l, at, &p, line_ends);
        } else {
            p = plain_end(l, at, p);
            put_field(l, at, p, false, false);
            how = end_at(l, p);
        }
        if (how != FIELD_DELIMITER)
            return how;
        at = p + 1;
    }
}

const char *csv_bad_bytes(struct span record)
{
    if (memchr(record.at, 0, record.size))
        return "a NUL byte";
    return utf8_is_valid(record) ? NULL : "invalid UTF-8";
}

/* Looked for only in records that touch a suspect block. */
static const char *bad_bytes(const struct csv_lexer *l, size_t at, size_t end)
{
    bool is_suspect = false;

    for (size_t b = at / 64; b <= (end - 1) / 64; b++)
        is_suspect |= bit_get(l->index.suspect, (int64_t)b);
    return is_suspect ? csv_bad_bytes(span_of(l->text.at + at, end - at)) : NULL;
}

static void take_bad_bytes(struct csv_record *r, const char *what)
{
    if (!what)
        return;
    r->damage = what;
    r->is_cut = false;
}

enum csv_step csv_lexer_skip_line(struct csv_lexer *l)
{
    size_t p;

    if (l->at >= l->text.size)
        return l->is_end ? CSV_END : CSV_MORE;
    do
        p = next_special(l);
    while (p < l->text.size && !is_line_end(l->text.at[p]));
    if (end_at(l, p) == FIELD_MORE)
        return CSV_MORE;
    l->at = l->record.end;
    l->line++;
    return CSV_RECORD;
}

static bool starts_comment(const struct csv_lexer *l)
{
    size_t n = l->dialect.comment_size;

    return n && l->text.size - l->at >= n && memcmp(l->text.at + l->at, l->dialect.comment, n) == 0;
}

/* Might the bytes that are still missing make a comment of this line? */
static bool is_undecided(const struct csv_lexer *l)
{
    return !l->is_end && l->text.size - l->at < l->dialect.comment_size;
}

enum csv_step csv_lexer_next(struct csv_lexer *l)
{
    int64_t line_ends = 1;
    struct csv_record *r = &l->record;

    l->n_escaped_lines = 0;

    if (l->dialect.comment_size)
        while (l->at < l->text.size && starts_comment(l))
            if (csv_lexer_skip_line(l) == CSV_MORE)
                return CSV_MORE;
    if (l->at >= l->text.size)
        return l->is_end ? CSV_END : CSV_MORE;
    if (l->dialect.comment_size && is_undecided(l))
        return CSV_MORE;
    *r = (struct csv_record){.at = l->at, .line = l->line};
    if (lex_fields(l, l->at, &line_ends) == FIELD_MORE)
        return CSV_MORE;
    r->is_blank = r->n_fields == 1 && is_line_end(l->text.at[r->at]);
    if (l->index.has_suspects && (!r->damage || r->is_cut))
        take_bad_bytes(r, bad_bytes(l, r->at, r->end));
    l->at = r->end;
    l->line += line_ends + l->n_escaped_lines;
    return CSV_RECORD;
}
