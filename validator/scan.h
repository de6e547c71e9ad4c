/* validator/scan.h -- the rounds over the data: tasks, workers, merged states.
 *
 * A task is one group of columns of one unit of one file, or some of its rows (tasks.c). Workers fold tasks into
 * their own states; nothing is shared while scanning. After a round the states are merged into one per request, whatever the
 * number of workers, and requests that want another round get it.
 */
#ifndef VALIDATOR_SCAN_H
#define VALIDATOR_SCAN_H

#include "validator/rows.h"
#include "validator/timings.h"

/* Where a file contradicts itself in what it says about its columns; the first ones in batch order. */
enum { INTEGRITY_KEPT = 20 };
struct integrity_finding { int32_t file, unit, column; const char *what; };
struct integrity { struct integrity_finding at[INTEGRITY_KEPT]; int32_t n; int64_t n_total; };

struct scan_result {
    struct arena *arena;
    void **states;          /* merged, one a request */
    enum evidence *proof;   /* the weakest that was used, one a request */
    bool *has_proof;
    struct damage *damage;  /* one a file; cell readers */
    int64_t n_records, n_damaged;
    bool is_stopped;        /* --fail-fast: states go only as far as the run did */
    struct integrity integrity;
    struct integrity lies;  /* what files say that their values speak against: nothing here may be believed, the run is to begin again */
    int64_t n_audited;      /* columns of units of which --audit decoded a page */
    int64_t *file_rows;     /* rows of each file, where a scan or the format told; else -1 */
    bool is_contradicted;   /* plan->classes learned something that changes a slot's type: plan again */
    bool *is_undecided;     /* one a request: another round was wanted and could not be had; NULL: none */
    const char *why_undecided;
    struct timings timings; /* zeros unless a run is timed */
    const struct plan *plan;
};

/* All rounds, or the first where plan->first_round_only. `stop` is looked at between chunks: nonzero ends the run with TIMED_OUT past `deadline` (monotonic seconds, 0: none)
 * or CANCELLED. Damage that the suite does not judge is BAD_DATA. The first error in batch order is the one returned,
 * for any number of threads. scan_done in any case. */
enum status scan_run(struct plan *plan, double deadline, struct arena *arena, struct scan_result *out,
                     struct error *err) NODISCARD;
/* A result with empty states and no scan: what saved states are merged into. */
enum status scan_result_init(struct scan_result *out, const struct plan *plan, struct arena *arena, struct error *err) NODISCARD;
/* The rounds after the first, of states that come from elsewhere. need_data opens plan->batch when a round wants to look at the data:
 * where it cannot (exit code 3), the requests that wanted it are undecided, and judged as that. */
typedef enum status scan_need_data(void *context, struct error *err);
enum status scan_continue(struct plan *plan, double deadline, scan_need_data *need_data, void *context,
                          struct scan_result *result, struct error *err) NODISCARD;
bool scan_damage_is_accepted(const struct suite *suite, int64_t n_records, int64_t n_damaged);
void scan_done(struct scan_result *result);

/* One worker's way through one unit, for scans and for failed rows: vectors of the plan's slots, chunk by chunk. */
struct unit_scan {
    const struct plan *plan;
    int32_t file, unit;
    struct read_room *room;  /* NULL: nothing is kept from scan to scan */
    const struct unit_part *part; /* which rows unit_scan_open opens; NULL: all */
    struct scan *scan;       /* NULL: rows are only counted */
    int32_t *slot_of_want;   /* beside the wants */
    int32_t n_wants;
    struct vector *constants; /* partition and missing columns, one a slot */
    struct span *constant_texts;
    int64_t *constant_numbers;
    int64_t first_row, next_row, n_rows; /* counting only */
    struct chunk chunk;
};
enum status unit_scan_init(struct unit_scan *u, const struct plan *plan, struct arena *arena, struct error *err) NODISCARD;
/* needs[slot]: -1 not wanted, else enum need. extra: further columns of the file (want.column), after the slots'. */
enum status unit_scan_open(struct unit_scan *u, struct arena *arena, int32_t file, int32_t unit, const int8_t *needs,
                           const struct want *extra, int32_t n_extra, int flags, struct error *err) NODISCARD;
/* Points eye->slots at the next chunk's vectors; u->chunk.n_rows 0 at the end. */
enum status unit_scan_next(struct unit_scan *u, struct eye *eye, struct error *err) NODISCARD;
void unit_scan_close(struct unit_scan *u);

#endif
