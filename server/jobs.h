/* server/jobs.h -- validations wait in a queue for workers; whoever waits for a caller that went away is told to stop. */
#ifndef SERVER_JOBS_H
#define SERVER_JOBS_H

#include <pthread.h>

#include "server/call.h"

enum { WORKERS_MAX = 256 };

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t more, idle;
    struct call *first, *last;   /* the queue */
    struct call *active;         /* queued or running: watched */
    int64_t n_reserved, n_running, n_active, queue_max;
    bool is_stopping, is_refusing, is_open;
    pthread_t workers[WORKERS_MAX];
    int n_workers;
    void (*finished)(struct call *call); /* from the worker, when the answer is there */
};

bool jobs_open(struct jobs *jobs, int n_workers, int64_t queue_max, void (*finished)(struct call *call));
/* A place in the queue, to be used by jobs_add or given back by jobs_unreserve; false: it is full. */
bool jobs_reserve(struct jobs *jobs);
void jobs_unreserve(struct jobs *jobs);
/* The call is the worker's until `finished`. */
void jobs_add(struct jobs *jobs, struct call *call);
bool jobs_are_full(struct jobs *jobs);
/* Cancels the calls whose caller closed its end. */
void jobs_watch(struct jobs *jobs);
void jobs_cancel_all(struct jobs *jobs);
/* No place is given any more. */
void jobs_refuse(struct jobs *jobs);
/* Waits until nothing is queued or running, nor has a place; false after `seconds`. */
bool jobs_wait_idle(struct jobs *jobs, double seconds);
void jobs_count(struct jobs *jobs, int64_t *n_queued, int64_t *n_running);
void jobs_close(struct jobs *jobs); /* idle */

#endif
