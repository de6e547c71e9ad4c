/* validator/plan.h -- a suite bound to a batch: which columns, predicates and metrics are needed, each once.
 *
 * Slots are (column, type) pairs: for typed readers one a column, for cell readers one for each way in which a column is read.
 * Slots that some request needs together form a group; a group of a unit is what a worker scans at a time. Columns in a
 * list or map have entries, not rows (columns/schema.h): a request that looks at them looks at nothing else, so that groups are never mixed.
 */
#ifndef VALIDATOR_PLAN_H
#define VALIDATOR_PLAN_H

#include "readers/cells.h"
#include "validator/batch.h"
#include "validator/validator.h"

enum { NO_PREDICATE = -1, FAMILIES = FAMILY_BOOL + 1 };

struct slot {
    int32_t column;      /* in the batch's schema */
    struct type type;
    bool is_inferred;    /* an undeclared column of a cell reader: the type is a hypothesis */
    bool is_open;        /* a declared time: whether it has an offset and how fine it is, its cells say */
    struct type declared; /* is_open: what the suite says */
    enum family family;
    int32_t group;
};

struct plan_predicate {
    const char *text;
    struct predicate *predicate;
    bool is_true; /* holds for every row: never evaluated */
};

struct plan_request {
    struct request request;
    int32_t where; /* predicate, or NO_PREDICATE */
    int32_t holds; /* of the rule, or NO_PREDICATE */
    bool takes_keys; /* its samples show the primary key */
    int32_t group;
    struct metric_setup setup;
    /* verdict.c. So many unexpected rows make every check that uses it fail for certain, or with --fail-fast one that
     * ends the run; INT64_MAX: never. */
    int64_t enough, fatal;
    bool is_foreseen; /* no check needs it any more */
};

struct plan_check {
    const struct check *check;
    bool is_skipped;
    const char *skipped_because;
    struct planned planned;
    struct planned warn; /* of check->warn, where has_warn */
    bool has_warn;
};

/* A column whose values are to be drawn: where its extremes will be. validator/plots.c. */
struct plan_plot { const char *column; int32_t slot, extremes; };

struct plan {
    struct arena *arena;
    const struct suite *suite;
    const struct validation_options *options;
    const struct time_context *time;
    struct memory *memory;
    struct batch *batch;
    struct references *references; /* that checks compare with; NULL: none can be had */

    struct slot *slots;
    int32_t n_slots;
    size_t slots_capacity;
    struct plan_predicate *predicates;
    int32_t n_predicates;
    size_t predicates_capacity;
    struct plan_request *requests;
    int32_t n_requests;
    size_t requests_capacity;
    struct plan_check *checks; /* beside suite->checks */
    struct plan_plot *plots;   /* none unless options->plots */
    int32_t n_plots;
    int32_t n_groups;
    int32_t n_threads;         /* that the run will have; 0: not asked yet */

    struct expression *where; /* the suite's and the command line's */
    bool first_round_only;    /* states are to be saved, not judged */
    bool is_lied_to;          /* a file said of its values what they are not: nothing but values counts any more */
    const struct check *now_planning;
    const char *where_broken; /* the batch lacks a column of it, say: the reason of every check */
    enum verdict where_verdict; /* and its verdict */
    int32_t rows_handle;      /* rows after the suite's where */
    int32_t key_slots[SAMPLE_KEYS_MAX];
    int32_t n_keys;

    /* What cells of undeclared columns looked like so far, a row a column of the batch: the sample at first, then every cell
     * that contradicted a hypothesis. */
    struct cell_classes *classes;
};

/* Which checks are left by active, --select and --exclude; BAD_USAGE where none is. plan_make comes after it. */
enum status plan_select(struct plan *plan, struct error *err) NODISCARD;
/* Fails with BAD_SUITE or BAD_USAGE only for what the suite or command line did wrong; what the data did wrong settles checks. */
enum status plan_make(struct plan *plan, struct error *err) NODISCARD;
/* Is a proof strong enough, by --evidence? */
static inline bool plan_accepts(const struct plan *plan, enum evidence proof)
{
    return proof >= (plan->is_lied_to ? EVIDENCE_VALUES : plan->options->evidence);
}
void plan_done(struct plan *plan); /* frees compiled predicates; may be made again afterwards */

/* Something to be asked of a slot of another plan over the same batch, for every row of the suite's where. */
struct plan_question {
    struct slot slot;
    const struct metric *metric;
    const void *params; size_t params_size;
    int32_t handle; /* set by plan_make_questions */
};
/* A plan of these alone, in place of the suite's. The types of its slots are taken as they are. */
enum status plan_make_questions(struct plan *plan, struct plan_question *questions, int32_t n, struct error *err) NODISCARD;
/* One request more while plan_make is at work. */
enum status plan_ask(struct plan *plan, const struct request *request, int32_t *handle, struct error *err) NODISCARD;

/* The type in which an undeclared column is read for a family, by what is known of its cells. */
struct type plan_family_type(const struct cell_classes *classes, enum family family);
/* A column's type as the report names it. */
struct type plan_column_type(const struct plan *plan, int32_t column);
/* As what is known by now of the cells has it; its own type where that is no guess. */
struct type plan_slot_type(const struct plan *plan, const struct slot *slot);

#endif
