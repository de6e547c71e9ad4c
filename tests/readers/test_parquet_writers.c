/* tests/readers/test_parquet_writers.c -- a case for each row of writers.tab, and for what stands in no row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "readers/parquet/writers.h"

enum { ARROW = TRUST_BOUNDS | TRUST_OLD_BOUNDS | TRUST_OLD_EQUAL };

static const struct { const char *text; bool is_known; int flags; } cases[] = {
    {"parquet-cpp-arrow version 26.0.1", true, TRUST_NULLS | ARROW | TRUST_BLOOM},
    {"parquet-cpp-arrow version 25.0.1", true, TRUST_NULLS | ARROW},
    {"parquet-cpp-arrow version 12.0.0", true, TRUST_NULLS | ARROW},
    {"parquet-cpp-arrow version 6.0.0-SNAPSHOT", true, TRUST_NULLS | ARROW},
    {"parquet-cpp-arrow version 5.0.1", true, ARROW},
    {"parquet-cpp-arrow version 2.0.0", true, ARROW | QUIRK_V2_COMPRESSED},
    {"parquet-cpp version 1.5.1-SNAPSHOT", true, ARROW | QUIRK_V2_COMPRESSED},
    {"parquet-cpp version 1.2.9", true, TRUST_OLD_BOUNDS | TRUST_OLD_EQUAL | QUIRK_V2_COMPRESSED},
    {"parquet-mr version 1.13.1 (build db4183109d5b734ec5930d870cdae161e408ddba)", true, TRUST_NULLS | ARROW | TRUST_BLOOM},
    {"parquet-mr version 1.11.1", true, TRUST_NULLS | ARROW},
    {"parquet-mr version 1.9.0", true, TRUST_OLD_BOUNDS | TRUST_OLD_EQUAL},
    {"parquet-mr version 1.8.0rc4", true, TRUST_OLD_BOUNDS | TRUST_OLD_EQUAL},
    {"parquet-mr version 1.7.0", true, TRUST_OLD_BOUNDS},
    {"parquet-mr version 1.5.0-cdh5.4.999 (build x)", true, TRUST_OLD_BOUNDS},
    {"parquet-mr version 1.5.0-cdh5.5.0 (build x)", true, TRUST_OLD_BOUNDS | TRUST_OLD_EQUAL},
    {"parquet-mr version 1.2.8", true, TRUST_OLD_BOUNDS | QUIRK_CHUNK_SIZE},
    {"DuckDB version v1.2.0 (build 5f5512b827)", true, TRUST_NULLS | TRUST_BOUNDS | TRUST_BLOOM},
    {"DuckDB version v1.1.3 (build 19864453f7)", true, TRUST_NULLS | TRUST_BOUNDS},
    {"parquet-rs version 53.1.0", true, TRUST_NULLS | ARROW | TRUST_BLOOM},
    {"parquet-rs version 53.0.0", true, TRUST_BOUNDS | TRUST_OLD_BOUNDS},
    {"parquet-rs version 0.3.0 (build b45ce7cba2199f22d93269c150d8a83916c69b5e)", true, 0},
    {"Polars", false, TRUST_NULLS_IF_NONE},
    {"Polars version 9.9.9", true, TRUST_NULLS_IF_NONE},
    {"parquet-go version 18.0.0", true, 0},
    {"github.com/parquet-go/parquet-go version 0.25.0(build a)", true, 0},
    {"github.com/segmentio/parquet-go version 0.0.0-2", true, 0},
    /* no version: no trust, but warnings hold */
    {"parquet-mr", false, QUIRK_CHUNK_SIZE},
    {"parquet-mr version x", false, QUIRK_CHUNK_SIZE},
    {"parquet-cpp-arrow", false, QUIRK_V2_COMPRESSED},
    {"DuckDB", false, 0},
    {"parquet-cpp version(..151-SNAPSHOT", false, 0},
    /* nobody's */
    {"impala version 2.7.0", true, 0},
    {"somebody version 9.9.9", true, 0},
    {"", false, 0},
};

static void created_by_says_what_may_be_believed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct writer w = writer_identify(span_text(cases[i].text));

        if (w.is_known != cases[i].is_known || w.flags != cases[i].flags)
            fail_msg("%s: known %d, flags %d", cases[i].text, w.is_known, w.flags);
    }
}

/* --- the rows once more, to see that none is without a case --- */

#define VERSION(major, minor, patch) {major, minor, patch}
#define ANY (0, 0, 0)
#define WRITER(name, from, before, trust, source) {name, VERSION from, VERSION before, source},
static const struct { const char *name; int from[3], before[3]; const char *source; } rows[] = {
#include "readers/parquet/writers.tab"
};

static long number(const int v[3]) { return v[0] * 1000000L + v[1] * 1000L + v[2]; }

static bool has_case(size_t row)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t n = strlen(rows[row].name);
        int v[3] = {0};
        const char *at = strstr(cases[i].text, " version ");

        if (strncmp(cases[i].text, rows[row].name, n) != 0 || (cases[i].text[n] != ' ' && cases[i].text[n] != 0))
            continue;
        at = at ? at + 9 : "";
        at += *at == 'v';
        for (int part = 0; part < 3 && *at >= '0' && *at <= '9'; part++) {
            for (; *at >= '0' && *at <= '9'; at++)
                v[part] = v[part] * 10 + *at - '0';
            at += *at == '.';
        }
        if (number(v) >= number(rows[row].from) && (number(rows[row].before) == 0 || number(v) < number(rows[row].before)))
            return true;
    }
    return false;
}

static void each_row_has_a_case_and_a_source(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!has_case(i))
            fail_msg("no case for %s from %d.%d", rows[i].name, rows[i].from[0], rows[i].from[1]);
        assert_true(strlen(rows[i].source) > 5);
    }
    assert_int_equal(writers_version(), WRITERS_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(created_by_says_what_may_be_believed),
        cmocka_unit_test(each_row_has_a_case_and_a_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
