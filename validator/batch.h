/* validator/batch.h -- the files of a batch, opened, and the one schema that they share.
 *
 * Columns are matched by name. One whose type differs from file to file has the narrowest that takes all of them
 * (columns/cast.h), and is read as that. A column that some files lack, or whose types have none in common, stays in the
 * schema with the reason in `conflict` or `missing_in`: only an expectation that touches it fails. Partition keys of the path
 * (dt=...) are columns too, typed by their values.
 */
#ifndef VALIDATOR_BATCH_H
#define VALIDATOR_BATCH_H

#include "readers/reader.h"
#include "readers/storage/batch.h"
#include "readers/storage/source.h"

enum { COLUMN_ABSENT = -1 };

struct batch_column {
    const char *conflict;   /* why it cannot be judged over all files, or NULL */
    const char *missing_in; /* a file without it, or NULL */
    int32_t partition;      /* index into every file's keys by name, -1: a column of the files */
};

struct batch {
    struct arena *arena;
    struct batch_files found;
    struct table **tables;
    struct schema schema;         /* files' columns in the first file's order, then others, then partition keys */
    struct batch_column *columns; /* beside schema.columns */
    int32_t **positions;          /* [file][column]: index in the table's schema or COLUMN_ABSENT */
    bool is_typed;
    bool columns_are_independent;
    const char *format;
    int64_t bytes;
};

/* Finds and opens everything. On failure what was opened is closed. */
/* `body`: an open source that is the one file of the batch, taken over; NULL: the paths are looked for. */
enum status batch_open(struct arena *arena, const char *const *paths, int32_t n_paths, const struct text_list *partitions,
                       const struct text_list *require, const struct data_roots *roots, struct source *body,
                       const struct read_options *options, struct batch *out,
                       struct error *err) NODISCARD;
/* CHANGED where a file is no longer what it was at the start. */
enum status batch_check_unchanged(const struct batch *batch, struct error *err) NODISCARD;
/* BAD_USAGE where one of these files, which are about to be written, is one of the batch, by whatever name. */
enum status batch_check_outputs(const struct batch *batch, const struct text_list *outputs, struct error *err) NODISCARD;
void batch_close(struct batch *batch);
/* Identifies a file's content by its size and both ends, in the arena. The error of source_read, with the file's name, or NO_MEMORY. */
enum status batch_fingerprint(struct arena *arena, struct source *source, const char **out, struct error *err) NODISCARD;

/* The value of a partition column in a file as text; NULL: null. */
const char *batch_partition_value(const struct batch *batch, int32_t file, int32_t column);

#endif
