/* fuzz/fuzz_suite.c -- any bytes as a suite, YAML or JSON, ours or Great Expectations': a suite that keeps its promises, or
 * named errors, each with its place.
 *
 * Promises: ids are there and unique, every check has its sentence and its parameters, a `warn` is of the same kind, what is said
 * to be active is. The same bytes give the same fingerprint.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "suites/suite.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 16, ARENA_MAX = 256 << 20, CHECKS_COMPARED = 200 };

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_suite: %s\n", what);
    abort();
}

static const struct variable set[] = {{"low", "10"}, {"word", "abc"}, {"ds", "2024-12-10"}, {"at", "2024-12-10T00:00:00Z"}};
static const struct suite_variables variables = {set, sizeof set / sizeof *set, false};

static void check_one(struct arena *arena, const struct check *check)
{
    const char *says = check_says(arena, check);

    demand(check->id && *check->id, "a check has an id");
    demand(says && *says, "a check has a sentence");
    demand(check->parameters && check->parameters->kind == NODE_MAP, "a check has parameters");
    demand(!check->where == !check->where_expression, "where is parsed");
    demand(!check->kind->takes_column || check->kind->takes_either || check->column, "a check of a column has one");
    demand(!check->warn || (check->warn->kind == check->kind && check->warn->severity == SEVERITY_WARNING), "warn is the same check");
}

static void check_suite(struct arena *arena, const struct suite *suite)
{
    bool is_active = false;

    demand(suite->name && suite->dataset && suite->timezone && suite->dialect, "a suite has its names");
    for (int32_t i = 0; i < suite->n_checks; i++) {
        check_one(arena, &suite->checks[i]);
        is_active |= suite->checks[i].is_active;
        for (int32_t j = 0; j < i && i < CHECKS_COMPARED; j++)
            demand(strcmp(suite->checks[i].id, suite->checks[j].id) != 0, "ids are unique");
    }
    demand(is_active, "a suite has an active check");
}

static enum status parse(struct arena *arena, struct span text, struct suite **suite, struct problems *problems, struct error *err)
{
    arena_init(arena, NULL, ARENA_MAX);
    problems_init(problems, arena);
    return suite_parse(arena, "fuzz.yaml", text, &variables, suite, problems, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena, again;
    struct suite *suite, *second;
    struct problems problems, others;
    struct error err = ERROR_NONE, other = ERROR_NONE;
    enum status status;

    if (size > INPUT_MAX)
        return 0;
    status = parse(&arena, span_of(data, size), &suite, &problems, &err);
    demand((status == STATUS_OK) == (suite != NULL), "a suite or an error");
    if (status != STATUS_OK) {
        demand(status == STATUS_BAD_SUITE || status == STATUS_NO_MEMORY, "the error is one of a suite");
        demand(err.text[0] != '\0' && err.source[0] != '\0', "the error has words and a source");
        demand(status == STATUS_NO_MEMORY || problems.n > 0, "problems are listed");
    } else {
        check_suite(&arena, suite);
        demand(parse(&again, span_of(data, size), &second, &others, &other) == STATUS_OK, "the same again");
        demand(strcmp(suite->fingerprint, second->fingerprint) == 0, "the same fingerprint");
        arena_done(&again);
    }
    arena_done(&arena);
    return 0;
}
