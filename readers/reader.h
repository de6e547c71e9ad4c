/* readers/reader.h -- what a format must be able to do, and the files of a batch.
 *
 * A batch is a list of files (storage/batch.h finds them). A file is opened as a `struct table`, which has units: row
 * groups, blocks of a CSV, or one for a whole file. A unit is scanned for a set of columns in chunks of aligned vectors. Tables are
 * opened and asked by one thread; scans of different units or columns may run on different threads at once.
 */
#ifndef READERS_READER_H
#define READERS_READER_H

#include "columns/cell_rules.h"
#include "columns/summary.h"
#include "core/counters.h"
#include "readers/room.h"

struct source;
struct table;
struct scan;

/* CSV and JSON lines options: a suite's `csv:` and the command line. Fields of 0, NULL or -1: tell from the content. */
struct read_options {
    const char *format;     /* "parquet", "csv", "json"; NULL: told by content */
    int delimiter;          /* 0: told; else the byte */
    int quote;              /* -1: none; 0: told; else the byte */
    int escape;             /* -1: none; 0: told; else the byte before which a quote, delimiter or line end is text */
    int header;             /* -1: told; 0: no; 1: yes */
    struct text_list null_words; /* unquoted cells that are null besides the empty one; replaces the default when is_set */
    const char *encoding;   /* "utf-8", "utf-16", "latin-1" ... (storage/charset.h); NULL: told by content */
    const char *comment;    /* lines that start with it are no records; "": none; NULL: told */
    const struct cell_rules *cells; /* how numbers, dates and truth values are written; NULL: as readers/cells.h says */
    int64_t skip_lines;
    struct memory *memory;
    int32_t n_threads;      /* of the run: where there are fewer files, a packed one may be unpacked ahead; 0: not known, as 1 */
    const char *temporary_directory;
    const atomic_bool *cancelled; /* readers look at it between chunks: CANCELLED; may be NULL */
    int64_t max_page_bytes; /* 0: the limit of `assay limits` */
    int64_t whole_page_bytes; /* pages of more are not held whole but read piece by piece; 0: as `memory` allows */
    bool files_by_path;     /* batches: all files in the order of their paths, whatever the order of the arguments */
};

enum need {
    NEED_NULLS,  /* only which rows are null: vector lane LANE_NONE */
    NEED_VALUES,
};

/* Rows of a unit that lie together in a page of a column, up to where the next page's begin, and what the file says of them. */
struct page_facts { int64_t first_row; struct column_summary summary; };

struct want {
    int32_t column;   /* index in the table's schema */
    struct type type; /* cell readers: parse as this; typed readers: the schema's type, or a wider one (columns/cast.h) */
    enum need need;
    const struct time_zone *zone; /* cell readers: of timestamps without an offset, beside those with one; NULL: UTC */
    bool is_guess;    /* cell readers: a timestamp with an offset, read as one without, is malformed: it says what the column is */
};

/* Rows of a unit, from 0. is_by_index: page_facts told of them, so the same index may be trusted to find them. */
struct unit_part { int64_t first_row, n_rows; bool is_by_index; };

/* Something that a text reader told from the content, and why: "delimiter", "';'", "100 of the first 100 records ...". */
struct told { const char *what, *is, *because; };

/* What is wrong with the text of a CSV or JSON-lines file. */
struct damage_item { int64_t line, byte, row; char what[160]; };
enum { DAMAGE_KEPT = 20 };
enum { LINE_END_LF, LINE_END_CRLF, LINE_END_CR, LINE_END_KINDS };
struct line_ends { int64_t n, line, byte; /* of the first record that ends so */ };
struct damage {
    int64_t n_records; /* damaged records, left out of the chunks */
    int64_t n_total;   /* all records, damaged ones included */
    int32_t n_items;
    struct damage_item items[DAMAGE_KEPT]; /* the first ones */
    /* No damage, but worth knowing. */
    int64_t n_lines;                   /* of the file, up to where it was read */
    struct line_ends ends[LINE_END_KINDS]; /* CSV: of the records with cells, the header included */
};

struct reader {
    const char *name; /* "parquet" */
    const char *doc;
    bool is_typed;               /* columns carry types; cell readers are asked for types */
    bool columns_are_independent; /* scanning one column does not cost reading the others */
    /* By the first up to 64 KiB and the name (which may be lied about by content). */
    bool (*recognises)(struct span head, const char *path);
    /* Reads the schema. The table takes the source over, also on failure. */
    enum status (*open)(struct source *source, const struct read_options *options, struct table **out, struct error *err);
    void (*close)(struct table *table);
    /* Rows of a unit where they are known without a scan, else -1. */
    int64_t (*unit_rows)(const struct table *table, int32_t unit);
    /* NULL where a reader knows nothing. */
    enum status (*summary)(struct table *table, int32_t unit, int32_t column, struct column_summary *out, struct error *err);
    /* What the file says of the pages of a column in a unit: the first begins at row 0, *n is 0 where it says nothing that may be believed.
     * *problem as in struct column_summary; that and text in bounds is static or the arena's. NULL: never. */
    enum status (*page_facts)(struct table *table, int32_t unit, int32_t column, struct arena *arena, struct page_facts **out,
                              int32_t *n, const char **problem, struct error *err);
    /* Where a summary has_filter: may the value, an element of the column's lane, be in the column of the unit? false: certainly not. NULL: never
     * asked. */
    bool (*may_hold)(struct table *table, int32_t unit, int32_t column, const void *value);
    /* The entries of a column's dictionary when *every* data page of the unit is encoded by it (*available). The vector has
     * shape DICTIONARY with n_rows 0 and an index of NULL; entries may be unused or repeated. Memory is the scan's. NULL: never. */
    enum status (*dictionary)(struct scan *scan, int32_t want, bool *available, struct vector *out, struct error *err);
    /* Wants of repeated columns (columns/schema.h) are all of the same list or map: UNSUPPORTED otherwise. */
    enum status (*scan_open)(struct table *table, int32_t unit, const struct want *wants, int32_t n_wants,
                             int flags, struct scan **out, struct error *err);
    /* About how many bytes reading a column of a unit means; NULL: not known. */
    int64_t (*weight)(const struct table *table, int32_t unit, int32_t column, enum need need);
    /* Where the rows of up to n_wanted parts of a unit begin, so that little is read twice; *n_parts 1 where it cannot be cut.
     * NULL: never. */
    enum status (*split)(struct table *table, int32_t unit, const int32_t *columns, int32_t n_columns, int32_t n_wanted,
                         int64_t *starts, int32_t *n_parts, struct error *err);
    /* As scan_open, of a part (NULL: of all of it) and with what a worker keeps (NULL: nothing). NULL: only scan_open. */
    enum status (*scan_part)(struct table *table, int32_t unit, const struct unit_part *part, const struct want *wants,
                             int32_t n_wants, struct read_room *room, struct scan **out, struct error *err);
    /* chunk->n_rows 0 at the end. Sizes are the reader's choice, 1..CHUNK_MAX_ROWS. */
    enum status (*scan_next)(struct scan *scan, struct chunk *out, struct error *err);
    void (*scan_close)(struct scan *scan);
    /* Cell readers, after a unit was scanned to its end: NULL for others. */
    const struct damage *(*scan_damage)(const struct scan *scan);
};

enum scan_flags { SCAN_RECORDS = 1 }; /* chunk.records wanted */

/* The head of every reader's own table struct. */
struct table {
    const struct reader *reader;
    struct source *source;
    struct schema schema;
    int32_t n_units;
    int64_t n_rows;       /* -1: not known before a scan */
    int64_t n_lines;      /* text, where opening told: else 0, and a scan's damage has them */
    const char *header;   /* CSV: byte order mark and header record as they are in the file, for failed rows; else NULL */
    size_t header_size;
    const char *created_by; /* Parquet's writer; NULL */
    const char **repeated_names; /* CSV: names that stand in the header more than once, each once */
    int32_t n_repeated_names, n_empty_names;
    struct told *told;    /* text readers: the evidence for what was told, or "declared" */
    int32_t n_told;
    char dialect[96];     /* CSV: what was told, e.g. "delimiter ';', header, quote '\"'" */
};
struct scan { const struct reader *reader; struct table *table; };

extern const struct reader *const readers[]; /* registry, NULL-terminated */
const struct reader *reader_find(const char *name);
bool reader_is_named_parquet(const char *path); /* .parquet, .parq or .pq, in any case */
/* Opens by options->format or content; NOT_FOUND etc. with err->source set. */
enum status table_open(struct source *source, const struct read_options *options, struct table **out,
                       struct error *err) NODISCARD;
void table_close(struct table *table);
/* The row within the file that a unit begins with, where unit_rows tells of all before it. */
int64_t table_unit_start(const struct table *table, int32_t unit);

#endif
