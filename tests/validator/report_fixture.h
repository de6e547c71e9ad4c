/* tests/validator/report_fixture.h -- what of a report must be the same however a batch was read. */
#ifndef TESTS_VALIDATOR_REPORT_FIXTURE_H
#define TESTS_VALIDATOR_REPORT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "reports/report.h"

/* The JSON document in the arena, without `run`, which is its last member. */
static inline struct span document_without_run(struct arena *arena, const struct report *report)
{
    const struct report_options options = {0};
    struct buffer out = {0};
    char *text, *run;

    assert_true(report_format_find("json")->render(report, &options, &out));
    text = arena_text(arena, out.at, out.size);
    assert_non_null(text);
    buffer_done(&out);
    run = strstr(text, "\n \"run\": {");
    assert_non_null(run);
    return span_of(text, (size_t)(run - text));
}

#endif
