/* tests/kernels/test_csv_cut.c -- every variant of csv_cut gives what the scalar one gives; what that is, the lexer says
 * (tests/readers/test_csv.c). Texts of all lengths, in front of a page without access. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernels/kernels.h"

enum { LONGEST = 700, ENDS = LONGEST + 2 * CSV_CUT_SLACK };

static uint64_t seed = 0x1234abcd5678ef01;

static uint64_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

struct result { struct csv_cut cut; enum csv_cut_stop stops[8]; uint32_t starts[LONGEST], ends[ENDS]; };

/* Cut on behind odd bytes, so that texts with several are gone through. */
static void run(const struct kernels *kernels, struct csv_cut cut, struct result *out)
{
    memset(out, 0, sizeof *out);
    cut.starts = cut.starts ? out->starts : NULL;
    cut.ends = out->ends;
    for (int i = 0; i < 8 && cut.at < cut.limit; i++) {
        out->stops[i] = kernels->csv_cut(&cut);
        cut.at += out->stops[i] == CSV_CUT_ODD;
    }
    memset(out->ends + cut.n_rows * (size_t)cut.n_fields, 0, sizeof out->ends - cut.n_rows * (size_t)cut.n_fields * sizeof *out->ends);
    memset(out->starts + cut.n_rows, 0, sizeof out->starts - cut.n_rows * sizeof *out->starts); /* and of starts: a variant may write ahead */
    cut.starts = cut.ends = NULL;
    cut.mode = 0; /* a variant's own affair */
    out->cut = cut;
}

static void make_text(uint8_t *text, size_t size)
{
    static const char letters[] = "abcdefgh,,,\"\"\n\n\r\xc3\xa4 \0x";
    static const char *const plain[] = {"a,b,\"c\"\n", "\n,,\n,,\n,", "1234,\"5,6\n7\",890123456789012345678901234567890123456789012345678901234567890\n",
                                        "a\n", "abcdefghijkl,mnopqrs,tuvwxyz01234567,8\n", ",,,\n\"\",,,\n"};
    const char *record = plain[random_bits() % 6];
    bool is_plain = random_bits() % 2;
    size_t n = strlen(record);

    for (size_t i = 0; i < size; i++)
        text[i] = (uint8_t)(is_plain ? record[i % n] : letters[random_bits() % (sizeof letters - 1)]);
    if (is_plain && size > 80)
        text[random_bits() % size] = (uint8_t)letters[random_bits() % (sizeof letters - 1)];
}

static void every_variant_cuts_as_the_scalar_one(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct result expected, got;

    (void)state;
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    for (int round = 0; round < 20000; round++) {
        size_t size = random_bits() % LONGEST;
        struct csv_cut cut = {.text = pages + page - size, .size = size, .limit = round % 3 ? size : random_bits() % (size + 1),
                              .n_fields = 1 + (int64_t)(random_bits() % 4), .delimiter = ',', .quote = round % 5 ? '"' : -1,
                              .comment = round % 7 ? -1 : 'a', .keeps_ends = round % 11 != 0, .n_lines = 1,
                              .rows_max = round % 13 ? LONGEST : 3, .ends_max = ENDS};
        uint32_t kept;

        cut.starts = cut.keeps_ends || round % 2 ? &kept : NULL;
        make_text(pages + page - size, size);
        run(&kernels_scalar, cut, &expected);
        for (int v = 1; kernels_all[v]; v++) {
            if (!kernels_runs_here(kernels_all[v]))
                continue;
            run(kernels_all[v], cut, &got);
            assert_memory_equal(&got, &expected, sizeof got);
        }
    }
    munmap(pages, 2 * page);
}

/* What the scalar one gives, on texts whose answer can be seen. */
static void takes_plain_records_and_stops_in_front_of_others(void **state)
{
    static const struct { const char *text; size_t n_rows, at; int64_t n_lines; enum csv_cut_stop stop; } cases[] = {
        {"a,b\nc,d\n", 2, 8, 3, CSV_CUT_DONE},
        {"a,b\r\nc,d\r\n", 2, 10, 3, CSV_CUT_DONE},
        {"a,b\rc,d\n", 2, 8, 3, CSV_CUT_DONE},
        {"a,b\nc,d\r", 1, 4, 2, CSV_CUT_ODD}, /* its LF may be still to come */
        {"a,b\nc,d", 1, 4, 2, CSV_CUT_ODD},
        {"a,\"x\ny\"\nc,\n", 2, 11, 4, CSV_CUT_DONE},
        {"a,\"\"\"\"\nc,\"\"\n", 2, 12, 3, CSV_CUT_DONE},
        {"a,b\nx\"y,d\ne,f\n", 1, 4, 2, CSV_CUT_ODD},
        {"a,b\n\"x\"y,d\ne,f\n", 1, 4, 2, CSV_CUT_ODD},
        {"a,b\nc\ne,f\n", 1, 4, 2, CSV_CUT_ODD},
        {"a,b\n\ne,f\n", 1, 4, 2, CSV_CUT_ODD},
        {"a,b\n1,2,3\n", 1, 4, 2, CSV_CUT_ODD},
        {"a,b\n#,d\n", 1, 4, 2, CSV_CUT_ODD},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int v = 0; kernels_all[v]; v++) {
            uint32_t starts[16], ends[CSV_CUT_SLACK * 2];
            size_t size = strlen(cases[i].text);
            struct csv_cut cut = {.text = (const uint8_t *)cases[i].text, .size = size, .limit = size, .n_fields = 2, .delimiter = ',',
                                  .quote = '"', .comment = '#', .keeps_ends = true, .n_lines = 1, .starts = starts, .ends = ends,
                                  .rows_max = 16, .ends_max = CSV_CUT_SLACK * 2};
            if (!kernels_runs_here(kernels_all[v]))
                continue;
            assert_int_equal(kernels_all[v]->csv_cut(&cut), cases[i].stop);
            assert_int_equal(cut.n_rows, cases[i].n_rows);
            assert_int_equal(cut.at, cases[i].at);
            assert_int_equal(cut.n_lines, cases[i].n_lines);
            assert_int_equal(starts[0], 0);
            assert_int_equal(ends[0], 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_plain_records_and_stops_in_front_of_others),
        cmocka_unit_test(every_variant_cuts_as_the_scalar_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
