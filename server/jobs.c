/* server/jobs.c -- see jobs.h.
 *
 * A caller that goes away sends a FIN or a RST; its connection sleeps, so nobody reads the socket, and poll for POLLRDHUP tells without
 * taking bytes away. A caller that only closes its sending half is taken for one that left, as nginx does: it cannot be told apart before
 * the answer is written. The list of active calls is changed under the lock before a connection wakes up, so a watched socket is open.
 */
#include "server/jobs.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

#include "server/route.h"

static void remove_active(struct jobs *jobs, struct call *call)
{
    struct call **at = &jobs->active;

    while (*at != call)
        at = &(*at)->next_active;
    *at = call->next_active;
    jobs->n_active--;
}

/* Under the lock. */
static void end_early(struct jobs *jobs, struct call *call)
{
    jobs->n_early -= call->is_early;
    call->is_early = false;
}

static void run_one(struct jobs *jobs, struct call *call)
{
    call->route->run(call);
    pthread_mutex_lock(&jobs->lock);
    remove_active(jobs, call);
    end_early(jobs, call);
    jobs->n_running--;
    jobs->finished(call); /* under the lock: whoever sees that nothing is active knows that every connection was woken */
    pthread_cond_broadcast(&jobs->idle);
}

static void *work(void *context)
{
    struct jobs *jobs = context;

    pthread_mutex_lock(&jobs->lock);
    for (;;) {
        struct call *call = jobs->first;
        if (!call && jobs->is_stopping)
            break;
        if (!call) {
            pthread_cond_wait(&jobs->more, &jobs->lock);
            continue;
        }
        jobs->first = call->next;
        jobs->n_reserved--;
        jobs->n_running++;
        pthread_mutex_unlock(&jobs->lock);
        run_one(jobs, call);
    }
    pthread_mutex_unlock(&jobs->lock);
    return NULL;
}

bool jobs_open(struct jobs *jobs, int n_workers, int64_t queue_max, void (*finished)(struct call *call))
{
    pthread_condattr_t monotonic;

    jobs->queue_max = queue_max;
    jobs->finished = finished;
    pthread_mutex_init(&jobs->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&jobs->more, NULL);
    pthread_cond_init(&jobs->idle, &monotonic);
    pthread_condattr_destroy(&monotonic);
    jobs->is_open = true;
    while (jobs->n_workers < n_workers && jobs->n_workers < WORKERS_MAX &&
           pthread_create(&jobs->workers[jobs->n_workers], NULL, work, jobs) == 0)
        jobs->n_workers++;
    return jobs->n_workers > 0;
}

bool jobs_reserve(struct jobs *jobs)
{
    bool ok;

    pthread_mutex_lock(&jobs->lock);
    /* Workers without work are places too: a queue of 0 still takes what can begin at once. */
    ok = !jobs->is_refusing && jobs->n_reserved + jobs->n_running < jobs->queue_max + jobs->n_workers;
    jobs->n_reserved += ok;
    pthread_mutex_unlock(&jobs->lock);
    return ok;
}

bool jobs_reserve_early(struct jobs *jobs, struct call *call)
{
    pthread_mutex_lock(&jobs->lock);
    call->is_early = !jobs->is_refusing && jobs->n_reserved + jobs->n_running < jobs->n_workers && jobs->n_early < jobs->n_workers - 1;
    jobs->n_reserved += call->is_early;
    jobs->n_early += call->is_early;
    pthread_mutex_unlock(&jobs->lock);
    return call->is_early;
}

void jobs_body_is_there(struct jobs *jobs, struct call *call, int socket)
{
    pthread_mutex_lock(&jobs->lock);
    if (call->is_early) /* else the run has ended, and nothing is watched */
        call->socket = socket;
    end_early(jobs, call);
    pthread_mutex_unlock(&jobs->lock);
}

bool jobs_are_full(struct jobs *jobs)
{
    bool is_full = !jobs_reserve(jobs);

    if (!is_full)
        jobs_unreserve(jobs);
    return is_full;
}

void jobs_unreserve(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->n_reserved--;
    pthread_cond_broadcast(&jobs->idle);
    pthread_mutex_unlock(&jobs->lock);
}

void jobs_refuse(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    jobs->is_refusing = true;
    pthread_mutex_unlock(&jobs->lock);
}

void jobs_add(struct jobs *jobs, struct call *call)
{
    pthread_mutex_lock(&jobs->lock);
    call->next = NULL;
    if (jobs->first)
        jobs->last->next = call;
    else
        jobs->first = call;
    jobs->last = call;
    call->next_active = jobs->active;
    jobs->active = call;
    jobs->n_active++;
    pthread_cond_signal(&jobs->more);
    pthread_mutex_unlock(&jobs->lock);
}

void jobs_watch(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    for (struct call *call = jobs->active; call; call = call->next_active) {
        struct pollfd one = {.fd = call->socket, .events = POLLRDHUP};
        if (call->socket >= 0 && poll(&one, 1, 0) > 0 && (one.revents & (POLLRDHUP | POLLHUP | POLLERR)))
            atomic_store(&call->cancelled, true);
    }
    pthread_mutex_unlock(&jobs->lock);
}

void jobs_cancel_all(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->lock);
    for (struct call *call = jobs->active; call; call = call->next_active)
        atomic_store(&call->cancelled, true);
    pthread_mutex_unlock(&jobs->lock);
}

bool jobs_wait_idle(struct jobs *jobs, double seconds)
{
    struct timespec until;
    int problem = 0;
    bool is_idle;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)seconds;
    until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&jobs->lock);
    while (jobs->n_active + jobs->n_reserved > 0 && problem != ETIMEDOUT)
        problem = pthread_cond_timedwait(&jobs->idle, &jobs->lock, &until);
    is_idle = jobs->n_active + jobs->n_reserved == 0;
    pthread_mutex_unlock(&jobs->lock);
    return is_idle;
}

void jobs_count(struct jobs *jobs, int64_t *n_queued, int64_t *n_running)
{
    pthread_mutex_lock(&jobs->lock);
    *n_queued = jobs->n_active - jobs->n_running;
    *n_running = jobs->n_running;
    pthread_mutex_unlock(&jobs->lock);
}

void jobs_close(struct jobs *jobs)
{
    if (!jobs->is_open)
        return;
    pthread_mutex_lock(&jobs->lock);
    jobs->is_stopping = true;
    pthread_cond_broadcast(&jobs->more);
    pthread_mutex_unlock(&jobs->lock);
    for (int i = 0; i < jobs->n_workers; i++)
        pthread_join(jobs->workers[i], NULL);
    pthread_cond_destroy(&jobs->more);
    pthread_cond_destroy(&jobs->idle);
    pthread_mutex_destroy(&jobs->lock);
    *jobs = (struct jobs){0};
}
