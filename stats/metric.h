/* stats/metric.h -- what a metric is: a mergeable state and the verbs on it.
 *
 * A state is folded from chunks by one worker, states of workers are merged in any order and give the same
 * state. What depends on order (the first k) carries (file, row) and is sorted by merge. A metric may ask for further rounds:
 * `next_round` looks at the merged state, `fork` gives each worker a state for the next round (sharing read-only what the merged
 * one knows), and the workers' states are merged into the merged one again. Every file head says what
 * null, NaN, infinity, malformed cells and overflow do, and how the state merges.
 */
#ifndef STATS_METRIC_H
#define STATS_METRIC_H

#include "columns/summary.h"
#include "core/finding.h"

struct metric_setup {
    struct memory *memory;
    int32_t n_columns;
    struct type types[SAMPLE_KEYS_MAX * 4]; /* of the request's columns */
    const void *params; /* of the metric, e.g. struct quantiles_params; compared bytewise for equal requests */
    size_t params_size;
    int32_t samples;    /* how many unexpected rows to keep (--samples) */
    int32_t threads;    /* that next_round may use; 0: one */
    bool nan_is_null;   /* nan: ignore */
    /* unpack: the number that each of the saved state's files has now; NULL: as saved. */
    const int32_t *file_numbers; int32_t n_file_numbers;
    const void *reference; /* the state that it is compared with (ks), finished; outlives the metric's. NULL: none */
};

struct metric_input {
    int64_t n_rows;
    const struct vector *const *columns; /* the request's, in its order */
    int32_t n_columns;
    const uint64_t *rows; /* after every `where`; NULL: all rows */
    int64_t n_selected;
    int32_t file;
    int64_t first_row;    /* of the chunk, within the file */
    const int64_t *row_of; /* of a repeated column: the row within the file that each entry is in; else NULL */
    const struct vector *const *keys; /* primary key columns for samples; may be 0 */
    int32_t n_keys;
    /* Only for metrics with takes_rule: what the check's rule says of the selected rows. */
    const uint64_t *unexpected; /* NULL: none */
    int64_t n_missing, n_nan, n_considered;
    const char *trouble; /* rows could not be decided (pattern over its match limit): static text; NULL: none */
};

/* The row within the file. */
static inline int64_t metric_row(const struct metric_input *in, int64_t at)
{
    return in->row_of ? in->row_of[at] : in->first_row + at;
}

struct metric {
    const char *name;
    const char *doc;
    size_t state_size;
    const struct field *fields; /* of the state: save, load */
    bool takes_rule;            /* fed with the mask of a row rule */
    bool needs_only_nulls;      /* NEED_NULLS columns are enough (floats need values for NaN) */
    bool takes_values_only;     /* gives the same for values in any order and rows of any number */
    enum status (*init)(void *state, const struct metric_setup *setup, struct error *err);
    enum status (*add)(void *state, const struct metric_input *in, struct error *err);
    /* The rows of a column chunk (or of a part of one) are over: takes what was put off from chunk to chunk, and gives back the room that
     * served only that. NULL: nothing is put off. */
    void (*rest)(void *state);
    /* What is added between these two is equal to nothing that is added before or after, nor to anything of other workers: what occurs in it once
     * need not be remembered, and is not. NULL: of no use. Not of states that are saved in their first round. */
    enum status (*set_apart)(void *state, struct error *err);
    enum status (*join)(void *state, struct error *err);
    /* Answers for a whole unit without decoding; *proof says how. NULL: never. */
    enum status (*from_summary)(void *state, const struct column_summary *summary, bool *answered, enum evidence *proof,
                                struct error *err);
    enum status (*merge)(void *into, void *from, struct error *err); /* `from` is only done() afterwards */
    enum status (*next_round)(void *state, bool *wanted, struct error *err); /* NULL: one round */
    enum status (*fork)(void *state, const void *merged, const struct metric_setup *setup, struct error *err);
    /* In a further round, of a worker's state: may any of n_rows rows from first_row on of the file still matter? Not asked of rows of lists.
     * NULL: all may. */
    bool (*needs_rows)(const void *state, int32_t file, int64_t first_row, int64_t n_rows);
    /* Of a metric with a reference, when another round was wanted: tells the reference's state what is to be looked at in it again. It
     * is run through a round of its own before. NULL: never. */
    enum status (*refine)(const void *state, void *reference, struct error *err);
    /* Makes fields (blobs) hold everything before saving, and the tables again after loading. NULL: fields are all. */
    enum status (*pack)(void *state, struct error *err);
    enum status (*unpack)(void *state, const struct metric_setup *setup, struct error *err);
    void (*done)(void *state); /* accepts a zeroed state */
};

extern const struct metric *const metrics[]; /* registry, sorted by name, NULL-terminated */
const struct metric *metric_find(const char *name);
bool metric_save(const struct metric *metric, void *state, struct buffer *out, struct error *err);
enum status metric_load(const struct metric *metric, const struct metric_setup *setup, struct span *bytes, void *state,
                        struct error *err) NODISCARD;

#endif
