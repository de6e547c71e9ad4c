/* core/pool.h -- threads that take numbered tasks.
 *
 * Tasks are handed out in ascending order, one at a time, so that a worker sees its tasks in ascending order: what
 * `first k` states rely on. A task that returns false stops the handing out of tasks with a higher number than the
 * lowest failed one; lower ones still run, so the lowest failure is the same for any number of threads.
 */
#ifndef CORE_POOL_H
#define CORE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* Returns false when the task failed (it keeps its own error). */
typedef bool pool_task(void *context, int worker, int64_t task);

/* Runs tasks 0..n-1 on n_threads threads (the caller is one of them). Threads that cannot be started are done without.
 * What they counted (core/counters.h) is the caller's afterwards. */
void pool_run(int n_threads, int64_t n_tasks, pool_task *task, void *context);
/* The same, handed out as `order` says (each number once): a worker sees its tasks in that order. Tasks below the lowest failed one still
 * run, wherever they stand in it. NULL: ascending. */
void pool_run_ordered(int n_threads, int64_t n_tasks, const int64_t *order, pool_task *task, void *context);
int pool_cores(void); /* usable by this process: affinity and the cgroup's cpu.max, at least 1 */
uint64_t pool_memory_available(void); /* bytes: physical, or the cgroup's limit when that is lower */
/* Threads of a run: `asked`, or 0: all cores; but no more than can work in a memory limit of so many bytes (0: none), which is one for
 * each 24 MB: many threads that all lack room would fail where one of them does not. At least 1. */
int pool_threads(int64_t asked, size_t memory_limit);

#endif
