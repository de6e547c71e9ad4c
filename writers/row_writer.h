/* writers/row_writer.h -- rows written to a file again: --failed-rows and --passed-rows.
 *
 * CSV to CSV and JSON lines to JSON lines: the records byte for byte as they were, in the file's own encoding, its byte
 * order mark and the CSV header first; nothing is
 * neutralised, for these files are data (reliability.md: formula injection). Anything else is written from the vectors: as
 * CSV (RFC 4180, LF, null empty, empty text "", binary in hexadecimal) or as JSON lines.
 * Which checks the rows break stands beside them, in a file of its own, so that the rows stay what they were: line n, a JSON list, is of row n.
 * Each file appears whole at commit or not at all. One thread at a time.
 */
#ifndef WRITERS_ROW_WRITER_H
#define WRITERS_ROW_WRITER_H

#include "columns/vector.h"
#include "core/output.h"

enum row_format { ROWS_CSV, ROWS_JSON };
enum row_input { ROWS_FROM_CSV, ROWS_FROM_JSON, ROWS_FROM_VALUES };

/* Which rows of the chunk that is added break what. */
struct row_labels {
    int32_t n;
    const char *const *ids;       /* equal ones that follow each other are written once */
    const uint64_t *const *masks; /* the rows that break each */
    const char *suffix;           /* of the file of ids, behind the name of the file of rows */
};

struct row_writer {
    struct output output, ids;
    bool has_ids;
    enum row_format format;
    bool is_as_is;          /* chunk.records are written */
    struct span line_feed;  /* of the input's encoding, borrowed */
    bool needs_line_end;    /* the last record had none; one is added only if another follows */
    const char *const *names; /* of the chunk's vectors, borrowed */
    int32_t n_columns;
    const struct row_labels *labels; /* borrowed; NULL: none */
    struct buffer pending, pending_ids;
    int64_t n_rows;
};

/* By suffix: .csv; .jsonl, .ndjson, .json. BAD_USAGE for others. */
enum status row_format_of(const char *path, enum row_format *out, struct error *err) NODISCARD;
/* Whether rows of such an input are copied as they were: the scan then needs SCAN_RECORDS, else the vectors of all columns. */
bool row_writer_copies(enum row_format format, enum row_input input);

/* `line_feed`: "\n" as the records have it (two bytes in UTF-16). `header`: the header record as it was (struct table), empty where there is none. For a batch of several CSV files it
 * must be the same in all of them; where it is not, the caller says ROWS_FROM_VALUES. `labels`: as they will be for each chunk, NULL where no
 * ids are written; nor are they beside a path that is no regular file. */
enum status row_writer_open(struct row_writer *writer, const char *path, enum row_format format, enum row_input input,
                            const char *const *names, int32_t n_columns, struct span header, struct span line_feed,
                            const struct row_labels *labels, struct memory *memory, struct error *err) NODISCARD;
/* The rows whose bit is set; rows NULL: all. */
enum status row_writer_add(struct row_writer *writer, const struct chunk *chunk, const uint64_t *rows,
                           struct error *err) NODISCARD;
enum status row_writer_commit(struct row_writer *writer, struct error *err) NODISCARD;
void row_writer_abandon(struct row_writer *writer);

#endif
