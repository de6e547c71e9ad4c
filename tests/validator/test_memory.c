/* tests/validator/test_memory.c -- `--memory` is a ceiling on resident memory, and changes nothing about the answer.
 *
 * Every kind of state that grows with a table is there: keys, distinct values, exact quantiles. A child of its own judges, so that
 * the kernel's figure of its peak is of that run alone. Eight threads are asked for: that many have no room, so fewer work. bench.py memory
 * is the same with ten million rows.
 */
#include "suites/suite.h"
#include "validator/validator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROWS = 500000, LIMIT = 24 << 20 };

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { IS_SANITIZED = 1 }; /* shadow memory is resident as well */
#elif defined(__has_feature)
enum { IS_SANITIZED = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) };
#else
enum { IS_SANITIZED = 0 };
#endif

static char path[64] = "/tmp/assay-memory-XXXXXX";

static const char suite_text[] =
    "suite: memory\n"
    "types: {id: int64, amount: double, name: string}\n"
    "columns:\n"
    "  id: [unique, {distinct_count: {min: 1}}, {median: {min: 0}}]\n"
    "  amount: [unique, {mean: {min: 0}}, {quantiles: {0.01: {max: 1}, 0.99: {min: 1}}}]\n"
    "  name: [unique, {distinct_count: {max: 5}}]\n";

/* Wide numbers and texts that nothing sorts; some rows twice. */
static int write_table(void **state)
{
    uint64_t x = 88172645463325252u;
    int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;

    (void)state;
    if (!f)
        return -1;
    fputs("id,amount,name\n", f);
    for (int i = 0; i < ROWS; i++) {
        if (i % 50021 != 7) { /* else: the row before once more */
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
        }
        fprintf(f, "%lld,%.17g,customer %016llx\n", (long long)(x >> 2), (double)(x >> 11) / 8192.0, (unsigned long long)x);
    }
    return fclose(f);
}

static int remove_table(void **state)
{
    (void)state;
    return unlink(path);
}

/* In a child: writes the digest; the exit code is 0 where all was judged. */
static int judge(size_t limit, int digest_to)
{
    struct validation_options options;
    struct arena arena = {0};
    struct problems problems;
    struct error err = ERROR_NONE;
    struct suite *suite;
    const struct report *report;
    const char *paths[1] = {path};

    problems_init(&problems, &arena);
    if (suite_parse(&arena, "memory.yaml", span_text(suite_text), NULL, &suite, &problems, &err) != STATUS_OK)
        return 1;
    validation_options_init(&options);
    options.paths = paths;
    options.n_paths = 1;
    options.threads = 8;
    options.has_now = true;
    options.memory_limit = limit;
    if (validate(&arena, suite, &options, &report, &err) != STATUS_OK || report->error || report->statistics.not_evaluated) {
        fprintf(stderr, "%s\n", err.status != STATUS_OK ? err.text : report->error ? report->error : "not evaluated");
        return 2;
    }
    return write(digest_to, report->verdict_digest, 72) == 72 ? 0 : 3;
}

/* The run's peak of resident memory in bytes. */
static size_t peak_of(size_t limit, char digest[72])
{
    struct rusage usage;
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(judge(limit, ends[1]));
    assert_int_equal(wait4(child, &status, 0, &usage), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(read(ends[0], digest, 72), 72);
    close(ends[0]);
    close(ends[1]);
    return (size_t)usage.ru_maxrss * 1024;
}

static void little_memory_is_not_exceeded_and_gives_the_same_answer(void **state)
{
    char with_much[72], with_little[72];
    size_t much = peak_of(0, with_much), little = peak_of(LIMIT, with_little);

    (void)state;
    assert_memory_equal(with_much, with_little, 72);
    if (IS_SANITIZED)
        return;
    assert_true(much > LIMIT); /* else nothing was asked of the limit */
    assert_in_range(little, 1, LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_memory_is_not_exceeded_and_gives_the_same_answer),
    };

    return cmocka_run_group_tests(tests, write_table, remove_table);
}
