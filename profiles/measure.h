/* profiles/measure.h -- the metrics of one column of a profile, round by round. */
#ifndef PROFILES_MEASURE_H
#define PROFILES_MEASURE_H

#include "profiles/digest.h"
#include "profiles/profile.h"
#include "stats/drift.h"

enum measure_kind {
    MEASURE_PRESENCE, MEASURE_EXTREMES, MEASURE_MOMENTS, MEASURE_DISTINCT, MEASURE_QUANTILES, MEASURE_FREQUENCIES,
    MEASURE_HISTOGRAM, /* from the second round: its edges are the extremes */
    MEASURE_TEXTS, MEASURE_DIRECTION, MEASURE_ORDERED,
    MEASURES
};

struct measured {
    const struct metric *metric; /* NULL: does not apply, or was given up */
    void *state;  /* merged */
    void *forked; /* of a further round, or NULL */
    struct metric_setup setup;
    bool is_active; /* takes part in the round */
    bool is_begun;
};

struct measure {
    struct profile_column *column;
    struct arena *arena; /* of states */
    struct measured at[MEASURES];
    struct quantiles_params quantiles;
    struct histogram_params histogram;
    struct ordered_params ordered;
    int wants;
    struct digest *digest; /* NULL: not wanted */
    bool is_first_round;
};

enum measure_wants { MEASURE_DIGEST = 1, MEASURE_FOR_REFERENCE = 2 /* fill column->saved */ };
/* Chooses the metrics by column->type. States live in `arena`, tables of theirs in `memory`. */
enum status measure_init(struct measure *m, struct profile_column *column, int wants, struct arena *arena, struct memory *memory,
                         struct error *err) NODISCARD;
/* `results` keeps the first values. */
enum status measure_add(struct measure *m, const struct vector *vector, int32_t file, int64_t first_row,
                        struct arena *results, struct error *err) NODISCARD;
/* After all rows were added: *wanted where they are to be added once more. */
enum status measure_next_round(struct measure *m, bool *wanted, struct error *err) NODISCARD;
/* Fills in the column; texts are copied to `results`. */
enum status measure_finish(struct measure *m, struct arena *results, struct error *err) NODISCARD;
void measure_done(struct measure *m);

#endif
