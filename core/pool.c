/* core/pool.c -- worker threads over a counter, and what this process may use of the machine. */
#include "core/pool.h"

#include "core/counters.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS_MAX = 1024, THREAD_ROOM = 24000000 };

struct run {
    pool_task *task;
    void *context;
    const int64_t *order; /* NULL: ascending */
    int64_t n_tasks;
    _Atomic int64_t next;
    _Atomic int64_t lowest_failed; /* n_tasks while none has failed */
};

struct worker {
    struct run *run;
    int number;
    pthread_t thread;
    bool is_timed;
    struct read_counters counted;
};

/* Whatever is drawn with a number below the lowest failure still runs, so that failure is the lowest there is, whoever was
 * faster. In ascending order nothing behind it needs to be drawn any more. */
static void work(struct run *run, int worker)
{
    for (;;) {
        int64_t at = atomic_fetch_add(&run->next, 1), task, lowest;

        if (at >= run->n_tasks || (!run->order && at > atomic_load(&run->lowest_failed)))
            return;
        task = run->order ? run->order[at] : at;
        if (task > atomic_load(&run->lowest_failed) || run->task(run->context, worker, task))
            continue;
        lowest = atomic_load(&run->lowest_failed);
        while (task < lowest && !atomic_compare_exchange_weak(&run->lowest_failed, &lowest, task))
            ;
    }
}

static void *thread_main(void *argument)
{
    struct worker *w = argument;

    read_counters.is_timed = w->is_timed;
    work(w->run, w->number);
    w->counted = read_counters;
    w->counted.helpers_cpu_seconds = counters_cpu_seconds();
    return NULL;
}

void pool_run(int n_threads, int64_t n_tasks, pool_task *task, void *context)
{
    pool_run_ordered(n_threads, n_tasks, NULL, task, context);
}

void pool_run_ordered(int n_threads, int64_t n_tasks, const int64_t *order, pool_task *task, void *context)
{
    struct run run = {.task = task, .context = context, .order = order, .n_tasks = n_tasks};
    struct worker workers[THREADS_MAX];
    int n = 0;

    atomic_init(&run.next, 0);
    atomic_init(&run.lowest_failed, n_tasks);
    if (n_threads > THREADS_MAX)
        n_threads = THREADS_MAX;
    if (n_threads > n_tasks)
        n_threads = (int)n_tasks;
    for (int i = 1; i < n_threads; i++, n++) {
        workers[n] = (struct worker){.run = &run, .number = i, .is_timed = read_counters.is_timed};
        if (pthread_create(&workers[n].thread, NULL, thread_main, &workers[n]) != 0)
            break;
    }
    work(&run, 0);
    for (int i = 0; i < n; i++) {
        pthread_join(workers[i].thread, NULL);
        counters_add(&read_counters, &workers[i].counted);
    }
}

/* The first line of a small file; false if there is none. */
static bool read_line(const char *path, char *line, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return false;
    do
        n = read(fd, line, size - 1);
    while (n < 0 && errno == EINTR);
    close(fd);
    if (n <= 0)
        return false;
    line[n] = '\0';
    line[strcspn(line, "\n")] = '\0';
    return true;
}

typedef void cgroup_visit(const char *directory, void *context);

/* Calls visit for this process's cgroup (version 2) and all above it: each of them limits. */
static void cgroup_walk(cgroup_visit *visit, void *context)
{
    char line[512], directory[640];
    char *slash;

    if (!read_line("/proc/self/cgroup", line, sizeof line) || strncmp(line, "0::/", 4) != 0)
        snprintf(line, sizeof line, "0::/");
    for (;;) {
        snprintf(directory, sizeof directory, "/sys/fs/cgroup%s", line + 3);
        visit(directory, context);
        slash = strrchr(line + 3, '/');
        if (!slash || line[4] == '\0')
            return;
        slash[slash == line + 3] = '\0'; /* the root keeps its slash */
    }
}

static void visit_cpu(const char *directory, void *context)
{
    char path[704], line[128];
    char *end;
    double *cores = context;
    long long quota, period;

    snprintf(path, sizeof path, "%s/cpu.max", directory);
    if (!read_line(path, line, sizeof line))
        return;
    quota = strtoll(line, &end, 10);
    if (end == line) /* "max" */
        return;
    period = strtoll(end, NULL, 10);
    if (quota > 0 && period > 0 && (double)quota / (double)period < *cores)
        *cores = (double)quota / (double)period;
}

int pool_cores(void)
{
    cpu_set_t set;
    double cores;
    int n = 1;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        n = CPU_COUNT(&set);
    else if (sysconf(_SC_NPROCESSORS_ONLN) > 0)
        n = (int)sysconf(_SC_NPROCESSORS_ONLN);
    cores = n;
    cgroup_walk(visit_cpu, &cores);
    if ((int)(cores + 0.999) < n) /* half a core is a thread of its own */
        n = (int)(cores + 0.999);
    return n < 1 ? 1 : n;
}

int pool_threads(int64_t asked, size_t memory_limit)
{
    int64_t n = asked > 0 ? asked : pool_cores(), room = (int64_t)(memory_limit / THREAD_ROOM);

    if (memory_limit > 0 && n > room)
        n = room;
    return n < 1 ? 1 : n < THREADS_MAX ? (int)n : THREADS_MAX;
}

static void visit_memory(const char *directory, void *context)
{
    char path[704], line[128];
    uint64_t *limit = context;
    char *end;
    unsigned long long bytes;

    snprintf(path, sizeof path, "%s/memory.max", directory);
    if (!read_line(path, line, sizeof line))
        return;
    bytes = strtoull(line, &end, 10);
    if (end != line && bytes < *limit)
        *limit = bytes;
}

uint64_t pool_memory_available(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t limit = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : (uint64_t)1 << 30;
    char line[128];

    cgroup_walk(visit_memory, &limit);
    if (read_line("/sys/fs/cgroup/memory/memory.limit_in_bytes", line, sizeof line)) { /* version 1 */
        char *end;
        unsigned long long bytes = strtoull(line, &end, 10);

        if (end != line && bytes < limit)
            limit = bytes;
    }
    return limit;
}
