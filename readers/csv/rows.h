/* readers/csv/rows.h -- the records of a view of the text: good ones as a matrix of field ends, damaged ones as a list.
 *
 * Two machines cut the records. The kernel (kernels/csv.h) takes runs of plain ones at the speed of memory; in front of every
 * other one it stops, and the exact lexer goes on over a small piece: what is damage, and what it is called, is the lexer's
 * word alone. A comment line and a record of another number of cells are for the lexer, too.
 *
 * A view is shown, then indexed until its records are through or the last one needs more bytes; then it is extended, or
 * another view follows.
 */
#ifndef READERS_CSV_ROWS_H
#define READERS_CSV_ROWS_H

#include "kernels/kernels.h"
#include "readers/csv/lexer.h"
#include "readers/reader.h"
#include "readers/storage/charset.h"

struct csv_rows {
    struct csv_cut cut;     /* n_rows and with keeps_ends starts and ends of the view's good records; n_lines: the line of the next one */
    struct span text;       /* the view */
    int64_t offset;         /* in the file, of the view's first byte */
    enum charset charset;   /* of the file; the view is UTF-8 */
    bool is_end;            /* the view reaches the end of the text */
    bool is_exact;          /* the kernel is of no use: everything goes through the lexer */
    int64_t n_before;       /* good records before the view */
    size_t first_at, n_noted; /* of the view: where its first record begins, and how many rows' line ends are counted */
    int64_t first_line;
    struct damage damage;   /* of all views */
    struct csv_lexer lexer;
    bool may_have_cr;       /* of the view: a row may end in something else than LF */
    size_t starts_capacity, ends_capacity;
    uint32_t *counted_starts; /* room for where rows begin that are only counted */
    const struct kernels *kernels;
    struct memory *memory;
};

/* n_fields: of a good record. keeps_ends: where the rows and their fields are is wanted, not only how many there are. csv_rows_done in any case. */
enum status csv_rows_init(struct csv_rows *rows, const struct csv_dialect *dialect, int32_t n_fields, bool keeps_ends,
                          struct memory *memory, struct error *err) NODISCARD;
/* Begins a view at its record `at` (on line `line`); records from `limit` on are left alone. WINDOW_PADDING bytes that may be read follow it. */
void csv_rows_show(struct csv_rows *rows, struct span text, int64_t offset, size_t at, size_t limit, int64_t line);
/* *step: CSV_END where no record begins between cut.at and the limit, CSV_MORE where the one at cut.at is not whole. */
enum status csv_rows_index(struct csv_rows *rows, enum csv_step *step, struct error *err) NODISCARD;
/* All of the row, with its line end. */
struct span csv_rows_record(const struct csv_rows *rows, size_t row);
void csv_rows_done(struct csv_rows *rows);

#endif
