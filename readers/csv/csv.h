/* readers/csv/csv.h -- the row of CSV in the table of readers, and what its files share. */
#ifndef READERS_CSV_CSV_H
#define READERS_CSV_CSV_H

#include "readers/csv/blocks.h"
#include "readers/csv/rows.h"
#include "readers/reader.h"
#include "readers/storage/window.h"

extern const struct reader reader_csv;

enum {
    CSV_PARTS_MAX = 1 << 20,
    CSV_COLUMNS_MAX = 1000000, /* more is TOO_LARGE */
    BLOCK_SIZE = 512 << 10, /* with the index of its fields it should stay in the caches of a core */
};

struct csv_scan;

struct csv_table {
    struct table table;
    struct arena arena; /* names, header, words */
    struct memory *memory;
    struct csv_dialect dialect;
    struct span *null_words;
    int32_t n_null_words;
    const atomic_bool *cancelled;
    bool has_header;
    int header_end;          /* how its record ends: of reader.h; LINE_END_KINDS: not at all */
    int64_t header_line, header_byte;
    struct span header_text; /* the header record in UTF-8, without a byte order mark */
    int64_t data_offset; /* in the unpacked text: of the first record behind the header */
    int64_t data_line;
    struct damage_item header_damage; /* a misplaced quote in the header; line 0: none */
    struct frames frames;     /* of a packed file that is cut into blocks, else n 0 */
    struct csv_blocks blocks; /* n 0: there are none, the text is read through a window */
    atomic_int n_wrong_guesses; /* of where the first record of a block begins (scan.c) */
    struct csv_scan *spares;  /* closed ones; guarded by blocks.lock */
    size_t window_size;
    bool is_exact;            /* tests: every record goes through the lexer */
};

/* How the text is cut up; the rows are the same. Between open and the first scan_open, in tests. */
void csv_read_in_windows(struct csv_table *table, size_t window_size);
/* Blocks of about that size where the text can be read from the middle: plain text, or packed in several pieces (storage/frames.h); else windows. */
enum status csv_cut_up(struct csv_table *table, int64_t block_size, struct error *err) NODISCARD;

/* Reads the head of the text: dialect, header, names of columns (dialect.c). */
enum status csv_read_head(struct csv_table *table, const struct read_options *options, struct error *err) NODISCARD;

#endif
