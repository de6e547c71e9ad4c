/* validator/worker.h -- what scan.c and evidence.c share: a round over the data, its tasks and the workers that take them. */
#ifndef VALIDATOR_WORKER_H
#define VALIDATOR_WORKER_H

#include "validator/scan.h"

#include <pthread.h>

enum mode {
    MODE_IDLE,  /* not of this task */
    MODE_DONE,  /* answered without a scan: folded into the worker's state */
    MODE_CLEAN, /* the dictionary proves it: only rows and nulls are counted */
    MODE_SCAN,
};

struct task { int32_t file, unit, group; };

struct worker {
    struct arena arena;   /* of the run */
    struct arena scratch; /* of a task */
    struct eye eye;
    struct unit_scan unit;
    void **states;
    enum evidence *proof;
    bool *has_proof;
    enum mode *mode;      /* one a request, for the task at hand */
    int8_t *needs;        /* one a slot */
    struct want counting; /* a column that is read so that rows are counted; n_counting 0: none */
    int32_t n_counting;
    bool *slot_has_values; /* a hypothesis that held at least once */
    struct cell_classes *contradictions; /* one a slot */
    struct error error;
    int64_t error_task;   /* INT64_MAX: none */
};

struct round {
    struct plan *plan;
    struct task *tasks;
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
    _Atomic int64_t rows;
    double next_progress;
};

/* evidence.c: the cheapest proof for each of the task's requests. What the unit's summary or its dictionaries answer is folded into
 * the worker's states; worker->mode says of every request what is left to do, worker->needs of every slot how it must
 * be read for that, worker->counting what is read beside them. *is_open: is anything left? Proofs are noted; none is weaker than
 * options->evidence. */
enum status evidence_gather(struct round *round, struct worker *worker, const struct task *task, bool *is_open,
                            struct error *err) NODISCARD;

#endif
