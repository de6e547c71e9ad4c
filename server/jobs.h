/* server/jobs.h -- validations wait in a queue for workers; whoever waits for a caller that went away is told to stop.
 *
 * A validation may begin while its body still arrives (an early one). The caller then decides how long it takes, so only an idle worker
 * takes it, and one worker is always left to the others: slow callers can keep each other from starting early, and nobody else from
 * being judged.
 */
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
    int64_t n_early;             /* of those, whose body is not there yet */
    bool is_stopping, is_refusing, is_open;
    pthread_t workers[WORKERS_MAX];
    int n_workers;
    void (*finished)(struct call *call); /* from the worker, when the answer is there */
};

bool jobs_open(struct jobs *jobs, int n_workers, int64_t queue_max, void (*finished)(struct call *call));
/* A place in the queue, to be used by jobs_add or given back by jobs_unreserve; false: it is full. */
bool jobs_reserve(struct jobs *jobs);
void jobs_unreserve(struct jobs *jobs);
/* The same for a call whose body still arrives; sets call->is_early. false: not now. */
bool jobs_reserve_early(struct jobs *jobs, struct call *call);
/* The body of an early call is there: from now on it is watched like others, at this socket. */
void jobs_body_is_there(struct jobs *jobs, struct call *call, int socket);
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
