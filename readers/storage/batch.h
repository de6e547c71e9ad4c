/* readers/storage/batch.h -- which files a batch is.
 *
 * A file, a directory (recursively; Hive partitions `key=value/` become columns; names that begin with . or _ and
 * *.crc are no data), a glob (* ? [..] and **), or "-". Order: as given, then by path, bytewise; a file given twice
 * is read once. Nothing found is NOT_FOUND with the pattern named.
 */
#ifndef READERS_STORAGE_BATCH_H
#define READERS_STORAGE_BATCH_H

#include "core/field.h"
#include "readers/storage/roots.h"

struct partition_key { const char *name; const char *value; /* URL-decoded; NULL for __HIVE_DEFAULT_PARTITION__ */ };

struct batch_file {
    const char *path;
    struct partition_key *keys;
    int32_t n_keys;
    int64_t bytes;
    int64_t modified_nanos;
};

struct batch_files {
    struct batch_file *files;
    int32_t n_files;
};

/* partitions: "dt=2024-12-10" conditions that all must hold (a file whose path lacks the key does not match);
 * require: names that must be present in each given directory (NOT_FOUND else). All memory in the arena. */
enum status batch_find(struct arena *arena, const char *const *paths, int32_t n_paths,
                       const struct text_list *partitions, const struct text_list *require,
                       struct batch_files *out, struct error *err) NODISCARD;
/* The same where no file and no directory may lead out of the roots: FORBIDDEN then, naming only what was asked for. The paths are
 * absolute. `roots` may be NULL. */
enum status batch_find_beneath(struct arena *arena, const struct data_roots *roots, const char *const *paths, int32_t n_paths,
                               const struct text_list *partitions, const struct text_list *require, struct batch_files *out,
                               struct error *err) NODISCARD;

#endif
