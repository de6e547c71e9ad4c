/* readers/csv/lexer.h -- the records of a text in memory, cut into fields.
 *
 * The rule (RFC 4180, and what it leaves open):
 *  - A record ends at LF, CR LF or a CR alone, outside quotes; the last one needs no end.
 *  - A field whose first byte is the quote is quoted: it ends at the next quote that is not doubled.
 *  - Where the dialect has an escape, a delimiter, quote or line end behind it is text, in quotes or not, as is a second escape;
 *    before any other byte it is itself text. Quotes may still be doubled.
 *  - Damage, with how the reading goes on: a quote inside an unquoted field (it is text); text after a closing quote (the
 *    field goes on as text to the next delimiter or end of line); a quote that is never closed (the record is all that is
 *    left); NUL; invalid UTF-8.
 */
#ifndef READERS_CSV_LEXER_H
#define READERS_CSV_LEXER_H

#include "readers/csv/index.h"

struct csv_field {
    uint32_t at, size; /* within the text, quotes left out */
    bool is_quoted;
    bool has_doubled; /* quotes inside are doubled, or there are escapes: csv_unescape makes its text */
};

struct csv_dialect {
    uint8_t delimiter;
    int quote; /* -1: none */
    int escape; /* 0: none; a byte that is neither delimiter nor quote. Only the lexer knows how to cut such a text. */
    const char *comment; /* lines that start with it are passed over; NULL: none */
    size_t comment_size;
};

struct csv_record {
    size_t at, end;   /* end: after its line end */
    int64_t line;     /* its first one, from 1 */
    int32_t n_fields; /* all of them, also those beyond the capacity */
    bool is_blank;    /* an empty line */
    const char *damage; /* static text; NULL: none */
    bool is_cut;        /* the damage is a misplaced quote: the fields are those of the rule above */
};

struct csv_lexer {
    struct csv_dialect dialect;
    struct span text;
    bool is_end;         /* no text follows this one */
    size_t at;           /* of the next record */
    int64_t line;        /* of the next record */
    struct csv_field *fields; /* the last record's first `capacity` fields; the caller's storage */
    int32_t capacity;
    struct csv_record record;
    int64_t n_escaped_lines; /* in the last record */
    struct csv_index index;
    size_t block;        /* the cursor: specials of this block that are not passed yet */
    uint64_t bits;
};

enum csv_step {
    CSV_RECORD,
    CSV_MORE, /* the text ends inside a record, which begins at lexer->at: show it again with more behind it */
    CSV_END,
};

/* Sets the text to go on in; its first byte begins a record. WINDOW_PADDING bytes that may be read follow it. false: no memory. */
bool csv_lexer_view(struct csv_lexer *lexer, struct span text, bool is_end);
enum csv_step csv_lexer_next(struct csv_lexer *lexer);
/* Looks at the same text from record `at` on line `line` again. */
void csv_lexer_rewind(struct csv_lexer *lexer, size_t at, int64_t line);
/* Passes over one line whatever is in it: CSV_RECORD, CSV_MORE or CSV_END. */
enum csv_step csv_lexer_skip_line(struct csv_lexer *lexer);
void csv_lexer_done(struct csv_lexer *lexer);

/* What is wrong with a record's bytes whatever its fields are: static text, NULL: nothing. */
const char *csv_bad_bytes(struct span record);
/* A field's text with the doubled quotes halved (where it is quoted) and the escapes taken out, `out` having room for
 * field->size bytes. Returns the size. */
size_t csv_unescape(const struct csv_dialect *dialect, const struct csv_field *field, const uint8_t *text, uint8_t *out);

#endif
