/* Threads that take numbered tasks. */
#include "tests/core/check.h"

#include <pthread.h>
#include <stdatomic.h>

#include "core/counters.h"
#include "core/pool.h"

enum { TASKS = 5000, WORKERS = 8 };

struct seen {
    _Atomic int runs[TASKS];
    int64_t last[WORKERS];
    atomic_bool out_of_order;
    int64_t fails_at, fails_also_at;
};

static bool note(void *context, int worker, int64_t task)
{
    struct seen *seen = context;

    if (task <= seen->last[worker])
        atomic_store(&seen->out_of_order, true);
    seen->last[worker] = task;
    atomic_fetch_add(&seen->runs[task], 1);
    return task != seen->fails_at && task != seen->fails_also_at;
}

static void start(struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    for (int i = 0; i < WORKERS; i++)
        seen->last[i] = -1;
    seen->fails_at = seen->fails_also_at = -1;
}

static void every_task_runs_once_and_in_order_for_its_worker(void **state)
{
    static struct seen seen;

    (void)state;
    for (int threads = 1; threads <= WORKERS; threads++) {
        start(&seen);
        pool_run(threads, TASKS, note, &seen);
        assert_false(seen.out_of_order);
        for (int i = 0; i < TASKS; i++)
            assert_int_equal(seen.runs[i], 1);
    }
}

static bool count(void *context, int worker, int64_t task)
{
    volatile uint64_t x = 1;

    (void)context;
    (void)worker;
    for (int i = 0; i < 20000; i++)
        x = x * 3 + (uint64_t)task;
    read_counters.bytes_read += task;
    read_counters.values_decoded++;
    return true;
}

/* Of another thread that does the same at the same time nothing is in it. */
static void *count_elsewhere(void *done)
{
    while (!atomic_load((atomic_bool *)done))
        count(NULL, 0, 1000);
    return NULL;
}

static void what_helpers_count_is_the_callers(void **state)
{
    atomic_bool done = false;
    pthread_t other;

    (void)state;
    assert_int_equal(pthread_create(&other, NULL, count_elsewhere, &done), 0);
    for (int threads = 1; threads <= WORKERS; threads++) {
        struct read_counters before = read_counters;
        double cpu = counters_cpu_seconds();
        pool_run(threads, 1000, count, NULL);
        assert_int_equal(read_counters.bytes_read - before.bytes_read, 999 * 1000 / 2);
        assert_int_equal(read_counters.values_decoded - before.values_decoded, 1000);
        cpu = counters_cpu_seconds() - cpu;
        assert_true(cpu > 0.001 && cpu < 5);
        assert_true(threads == 1 || read_counters.helpers_cpu_seconds >= before.helpers_cpu_seconds);
    }
    atomic_store(&done, true);
    pthread_join(other, NULL);
}

static void every_task_below_the_lowest_failure_runs(void **state)
{
    static struct seen seen;

    (void)state;
    for (int threads = 1; threads <= WORKERS; threads++) {
        start(&seen);
        seen.fails_at = 1234;
        seen.fails_also_at = 1240;
        pool_run(threads, TASKS, note, &seen);
        for (int i = 0; i <= 1234; i++)
            assert_int_equal(seen.runs[i], 1);
        if (threads == 1)
            assert_int_equal(seen.runs[1235], 0);
    }
}

static void an_order_is_kept_and_every_task_below_the_lowest_failure_runs(void **state)
{
    static struct seen seen;
    static int64_t order[TASKS];

    (void)state;
    for (int i = 0; i < TASKS; i++) /* the upper half first */
        order[i] = (i + TASKS / 2) % TASKS;
    for (int threads = 1; threads <= WORKERS; threads++) {
        start(&seen);
        pool_run_ordered(threads, TASKS, order, note, &seen);
        for (int i = 0; i < TASKS; i++)
            assert_int_equal(seen.runs[i], 1);
        start(&seen);
        seen.fails_at = 4000;
        seen.fails_also_at = 20;
        pool_run_ordered(threads, TASKS, order, note, &seen);
        for (int i = 0; i <= 20; i++)
            assert_int_equal(seen.runs[i], 1);
        if (threads == 1) { /* 4001 and above, and what is above 20 after that */
            assert_int_equal(seen.runs[4001], 0);
            assert_int_equal(seen.runs[21], 0);
            assert_int_equal(seen.runs[3999], 1);
        }
    }
}

static void no_tasks_and_no_threads_are_no_harm(void **state)
{
    static struct seen seen;

    (void)state;
    start(&seen);
    pool_run(4, 0, note, &seen);
    assert_int_equal(seen.runs[0], 0);
    pool_run(0, 1, note, &seen);
    assert_int_equal(seen.runs[0], 1);
}

static void this_machine_has_a_core_and_some_memory(void **state)
{
    (void)state;
    assert_true(pool_cores() >= 1);
    assert_true(pool_memory_available() > 1 << 20);
}

static void a_small_memory_has_room_for_few_threads(void **state)
{
    (void)state;
    assert_int_equal(pool_threads(8, 0), 8);
    assert_int_equal(pool_threads(8, 64000000), 2);
    assert_int_equal(pool_threads(8, 1000), 1);
    assert_int_equal(pool_threads(3, (size_t)1 << 40), 3);
    assert_int_equal(pool_threads(0, 0), pool_cores());
    assert_int_equal(pool_threads(INT64_MAX, 0), 1024);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_runs_once_and_in_order_for_its_worker),
        cmocka_unit_test(what_helpers_count_is_the_callers),
        cmocka_unit_test(every_task_below_the_lowest_failure_runs),
        cmocka_unit_test(an_order_is_kept_and_every_task_below_the_lowest_failure_runs),
        cmocka_unit_test(no_tasks_and_no_threads_are_no_harm),
        cmocka_unit_test(a_small_memory_has_room_for_few_threads),
        cmocka_unit_test(this_machine_has_a_core_and_some_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
