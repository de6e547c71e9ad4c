/* tests/suites/fixture.h -- a suite read from literal text, with all its problems. */
#ifndef TESTS_SUITES_FIXTURE_H
#define TESTS_SUITES_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "suites/suite.h"

struct reading {
    struct arena arena;
    struct suite *suite;
    struct problems problems;
    struct error err;
    enum status status;
};

static inline void read_with(struct reading *r, const char *text, const struct suite_variables *variables)
{
    *r = (struct reading){.err = ERROR_NONE};
    problems_init(&r->problems, &r->arena);
    r->status = suite_parse(&r->arena, "dir/orders.v1.yaml", span_text(text), variables, &r->suite, &r->problems, &r->err);
}

static inline void read_text(struct reading *r, const char *text)
{
    read_with(r, text, NULL);
}

/* Read without a problem. */
static inline const struct suite *read_well(struct reading *r, const char *text)
{
    read_text(r, text);
    if (r->status != STATUS_OK)
        fail_msg("%lld:%lld: %s", (long long)r->err.line, (long long)r->err.line_column, r->err.text);
    return r->suite;
}

static inline void reading_done(struct reading *r)
{
    arena_done(&r->arena);
}

/* Is one of the problems at this place, with these words? line 0: at none. */
static inline void has_problem(const struct reading *r, int line, int column, const char *words)
{
    for (int32_t i = 0; i < r->problems.n; i++) {
        const struct error *p = &r->problems.at[i];

        if (strstr(p->text, words) && (line == 0 || (p->line == line && p->line_column == column)))
            return;
    }
    for (int32_t i = 0; i < r->problems.n; i++)
        print_error("%lld:%lld: %s\n", (long long)r->problems.at[i].line, (long long)r->problems.at[i].line_column,
                    r->problems.at[i].text);
    fail_msg("no problem at %d:%d with: %s", line, column, words);
}

/* The only problem. */
static inline void refused(const char *text, int line, int column, const char *words)
{
    struct reading r;

    read_text(&r, text);
    assert_int_equal(r.status, STATUS_BAD_SUITE);
    assert_null(r.suite);
    has_problem(&r, line, column, words);
    if (r.problems.n != 1)
        fail_msg("%d problems, the second: %s", (int)r.problems.n, r.problems.at[1].text);
    reading_done(&r);
}

static inline const struct check *check_of(const struct suite *suite, const char *id)
{
    for (int32_t i = 0; i < suite->n_checks; i++)
        if (strcmp(suite->checks[i].id, id) == 0)
            return &suite->checks[i];
    fail_msg("no check %s", id);
    return NULL;
}

#endif
