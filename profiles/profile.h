/* profiles/profile.h -- what is in a batch: figures of every column, without any expectation.
 *
 * Typed readers are measured column by column, on several threads; cell readers (CSV, JSON lines) are first read once to tell the
 * type of each whole column, then measured for all columns at once. Every figure is exact; one that would need more
 * memory than there is is left out. Figures of a column in a list or map are of its entries (columns/schema.h). Nested columns of
 * JSON lines are named with their type and have no figures.
 */
#ifndef PROFILES_PROFILE_H
#define PROFILES_PROFILE_H

#include "core/finding.h"
#include "core/spill.h"
#include "validator/batch.h"

enum { PROFILE_FIRST = 5, PROFILE_TOP = 10, PROFILE_BINS = 20, PROFILE_QUANTILES = 5, PROFILE_PATTERNS = 5 };
extern const double profile_quantiles[PROFILE_QUANTILES]; /* 0.05, 0.25, 0.5, 0.75, 0.95 */

struct profile_options {
    const char *const *paths; int32_t n_paths;
    struct text_list partitions, require;
    struct read_options reading; /* memory and cancelled are set by profile_make where NULL */
    int32_t threads;             /* 0: all cores */
    size_t memory_limit;         /* 0: half of what is there */
    bool wants_digest;
    bool wants_reference;        /* profile_reference will be asked for */
};

/* A metric's state, saved: what a reference needs of a column. */
struct profile_saved { const char *what; /* "frequencies", "ordered" */ struct span bytes; };
enum { PROFILE_SAVED_MAX = 2 };

/* Figures that do not apply have VALUE_NONE, or -1, or n 0, or a NULL text. */
struct profile_column {
    const char *name, *physical_type, *logical_type;
    struct type type;
    bool is_nested;
    const char *note;        /* why there are no figures, or NULL */
    int64_t element_count, null_count, nan_count, distinct_count;
    struct value min, max, sum, mean, stdev;
    struct value quantiles[PROFILE_QUANTILES];
    int32_t n_quantiles;
    const struct top_value *top; int32_t n_top;
    struct value first[PROFILE_FIRST]; int32_t n_first;
    double edges[PROFILE_BINS + 1];
    int64_t counts[PROFILE_BINS]; int32_t n_bins;
    bool has_lengths;              /* of texts, in code points; of binary in bytes */
    int64_t shortest, longest;
    double mean_length;
    const struct top_value *patterns; int32_t n_patterns; /* the most frequent shapes (stats/texts.c) */
    const char *order;             /* "strictly_increasing", "none" ...: from row to row; NULL: does not apply */
    bool is_key_candidate;         /* no value twice and none missing */
    const char *values_sha256;
    struct profile_saved saved[PROFILE_SAVED_MAX]; int32_t n_saved;
};

struct profile {
    struct batch batch;
    struct profile_column *columns; /* beside batch.schema.columns */
    int64_t n_rows;
    int64_t *file_rows;
    struct damage *damage;          /* one a file; NULL for typed readers */
    int64_t n_damaged, n_records;
    const char *cells_sha256;       /* of a single CSV file, with wants_digest */
    struct arena *worker_arenas; int32_t n_workers;
    struct memory memory;
    struct spill spill; /* of `memory` */
};

/* All memory is the arena's and the profile's: profile_done in any case. */
enum status profile_make(struct arena *arena, const struct profile_options *options, struct profile *out,
                         struct error *err) NODISCARD;
void profile_done(struct profile *profile);

/* interfaces.md, the end of section 4. false: no memory. */
bool profile_json(const struct profile *profile, struct buffer *out);
bool profile_text(const struct profile *profile, struct buffer *out);
bool profile_html(const struct profile *profile, struct buffer *out); /* at most 1 MB */
/* The bytes of a saved reference (validator/saved_reference.h), for matches_distribution to compare with; made with wants_reference.
 * `paths` are those that were profiled. */
enum status profile_reference(const struct profile *profile, struct arena *arena, const char *const *paths, int32_t n_paths,
                              struct buffer *out, struct error *err) NODISCARD;

#endif
