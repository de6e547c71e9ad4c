/* validator/worker.h -- what scan.c and evidence.c share: a round over the data, its tasks and the workers that take them. */
#ifndef VALIDATOR_WORKER_H
#define VALIDATOR_WORKER_H

#include "validator/scan.h"

#include <pthread.h>

enum mode {
    MODE_IDLE,  /* not of this task */
    MODE_DONE,  /* answered without a scan: folded into the worker's state */
    MODE_HELD,  /* every value is expected, as bounds or a dictionary prove: which rows are null is left */
    MODE_SCAN,
};

enum summary_state { SUMMARY_UNASKED, SUMMARY_KNOWN, SUMMARY_NONE };

struct unit_place { int32_t file, unit; };

/* What is known of all units together about one request, made when it is first needed. */
struct foresight {
    bool is_made;
    bool has_low, has_high; /* extremes: a value that is certainly there is at most `low`, one is at least `high` */
    struct value low, high;
    bool has_samples_until; /* rules: no row beyond this unit is among the first k unexpected ones */
    int32_t file, unit;
    bool knows_apart;         /* apart.c: units whose values are in no other unit, in batch order */
    struct unit_place *apart;
    int64_t n_apart;
};

/* What is to be done with a group of columns of a unit, or with a part of its rows. */
struct task {
    int32_t file, unit, group;
    struct unit_part part; /* n_rows -1: all rows; else some of them, of which a summary is that of pages */
    const int8_t *mode;    /* enum mode, beside the group's requests; NULL: nothing is left to be scanned */
    const int8_t *needs;   /* as in struct worker, beside the group's slots */
    struct want counting;  /* as in struct worker */
    int32_t n_counting;
    int64_t weight;        /* about how many bytes are to be read; 0: not known */
    const struct task *pieces; /* of a unit of which pages are known (evidence_pages.c): what is left to do, instead of `mode` and so on */
    int32_t n_pieces;
};

/* A group's requests and slots, ascending. */
struct group { int32_t *requests, *slots; int32_t n_requests, n_slots; };

struct filter_place { struct table *table; int32_t unit, column; };

struct worker {
    struct arena arena;   /* of the run */
    struct read_room room;
    struct arena notes;   /* of a round: what is left of units */
    struct arena scratch; /* of a task */
    struct eye eye;
    struct unit_scan unit;
    void **states;
    enum evidence *proof;
    bool *has_proof;
    enum mode *mode;      /* one a request, for the task at hand */
    int8_t *needs;        /* one a slot */
    bool *where_holds;    /* one a request, while evidence is gathered: its `where` chooses every row of the unit */
    struct column_summary *summaries; /* one a slot, of the task's unit */
    uint8_t *summary_state;           /* enum summary_state */
    struct filter_place *filters;     /* one a slot, of the task's unit: whom to ask where its summary has_filter */
    struct integrity integrity, lies; /* lies: statistics that values speak against */
    struct witness *witnesses;        /* one a request, audit.h */
    int64_t n_audited;                /* columns of units */
    struct want counting; /* a column that is read so that rows are counted; n_counting 0: none */
    int32_t n_counting;
    bool *slot_has_values; /* a hypothesis that held at least once */
    struct cell_classes *contradictions; /* one a slot */
    int64_t busy_nanos, metrics_nanos; /* of tasks; and of that, of metrics */
    struct error error;
    int64_t error_task;   /* INT64_MAX: none */
    int64_t bytes_told;   /* what of the thread's bytes_read is in round.bytes */
};

struct round {
    struct plan *plan;
    struct group *groups;
    struct task *units;   /* every group of every unit, in batch order */
    int64_t n_units;
    struct task *tasks;   /* what evidence left open, in batch order */
    size_t tasks_capacity;
    int64_t *order;       /* in which workers take them */
    int64_t n_tasks;
    struct worker *workers;
    int32_t n_workers;
    bool *is_active;      /* one a request */
    bool is_first;
    int32_t number;
    double deadline, started;
    struct scan_result *result;
    pthread_mutex_t progress_lock;
    pthread_mutex_t records_lock; /* of result->file_rows and damage, to which the units of a file add */
    _Atomic int64_t rows, bytes;
    int64_t pool_nanos;   /* of all threads together, from the first task to the last */
    int64_t merge_nanos;
    double next_progress;
    _Atomic bool is_stopped;     /* --fail-fast */
    _Atomic bool *is_certain;    /* one a request: enough rows are unexpected */
    struct foresight *foresight; /* one a request */
    pthread_mutex_t foresight_lock;
};

/* tasks.c. round->groups and round->units: */
enum status tasks_list(struct round *round, struct arena *arena, struct error *err) NODISCARD;
/* Keeps in round->units[at] what evidence_gather left in the worker. */
enum status tasks_note(struct round *round, struct worker *worker, struct task *unit, struct error *err) NODISCARD;
int64_t tasks_weight(const struct round *round, const struct task *task);
/* In a further round, of a unit that is open: where no request needs some of its rows, it becomes the pieces that are left; *is_cut then. */
enum status tasks_narrow(struct round *round, struct worker *worker, struct task *unit, bool *is_cut, struct error *err) NODISCARD;
/* Puts it into the worker again; tasks_leave makes its requests idle. */
void tasks_enter(const struct round *round, struct worker *worker, const struct task *task);
void tasks_leave(const struct round *round, struct worker *worker, const struct task *task);
/* round->tasks and round->order, of the units that are open; large ones are cut into parts. */
enum status tasks_arrange(struct round *round, struct error *err) NODISCARD;
void tasks_done(struct round *round);

/* evidence.c: the cheapest proof for each of the task's requests. What the unit's summary or its dictionaries answer is folded into
 * the worker's states; worker->mode says of every request what is left to do, worker->needs of every slot how it must
 * be read for that, worker->counting what is read beside them. *any_open: is anything left? Proofs are noted; none is weaker than
 * options->evidence. */
enum status evidence_gather(struct round *round, struct worker *worker, const struct task *task, bool *any_open,
                            struct error *err) NODISCARD;

#endif
