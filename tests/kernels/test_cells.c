/* tests/kernels/test_cells.c -- every variant takes at least the cells that the scalar one takes, as the same values, and reads no more than
 * CELL_PADDING bytes behind a cell. What the values have to be, the general parsers say (tests/readers/test_cells.c). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernels/kernels.h"

enum { N_MAX = 200 };

static uint64_t seed = 0x1234abcd5678ef01;

static uint64_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

/* A number or a time, now and then with a byte that is wrong, at `at`; its length. */
static size_t make_cell(uint8_t *at)
{
    uint64_t x = random_bits(), y = random_bits();
    char text[64];
    size_t n = 0;

    if (x % 3 == 0)
        n = (size_t)snprintf(text, sizeof text, "%s%llu", x & 8 ? "-" : "", (unsigned long long)(y >> (x >> 8 & 63)));
    else if (x % 3 == 1)
        n = (size_t)snprintf(text, sizeof text, "%s%llu.%.*llu", x & 8 ? "-" : "", (unsigned long long)(y >> (x >> 8 & 63)), (int)(x >> 16 & 7),
                             (unsigned long long)(random_bits() >> (x >> 24 & 63)));
    else
        n = (size_t)snprintf(text, sizeof text, "%04d-%02d-%02d%c%02d:%02d:%02d.%.*llu%s", 1900 + (int)(x >> 8 & 255), (int)(x >> 16) % 13,
                             (int)(x >> 20 & 31), x & 8 ? 'T' : ' ', (int)(y % 25), (int)(y / 25 % 61), (int)(y / 1525 % 61), (int)(x >> 40 & 7),
                             (unsigned long long)(y >> 48), x & 16 ? "Z" : "");
    if (x >> 60 == 0 && n)
        text[y % n] = "0123456789.-:TZ \xff"[y / 64 % 17];
    memcpy(at, text, n);
    return n;
}

struct result { int64_t out[N_MAX]; uint64_t taken[BITMAP_WORDS(N_MAX)]; bool zero_first; };

static void run(const struct kernels *k, int kind, const struct span *cells, int64_t n, const uint64_t *rows, struct result *out)
{
    memset(out, 0, sizeof *out);
    memset(out->taken, 0xff, sizeof out->taken);
    if (kind == 0)
        k->cells_i64(cells, n, rows, out->out, out->taken, &out->zero_first);
    else if (kind == 1)
        k->cells_f64(cells, n, rows, (double *)(void *)out->out, out->taken, &out->zero_first);
    else
        k->cells_micros(cells, n, rows, out->out, out->taken);
}

static void check(int kind, const struct span *cells, int64_t n, const uint64_t *rows)
{
    struct result expected, got;

    run(&kernels_scalar, kind, cells, n, rows, &expected);
    for (int v = 0; kernels_all[v]; v++) {
        if (!kernels_runs_here(kernels_all[v]))
            continue;
        run(kernels_all[v], kind, cells, n, rows, &got);
        assert_true(got.zero_first >= expected.zero_first);
        for (int64_t i = 0; i < (int64_t)(64 * BITMAP_WORDS(n)); i++) {
            bool is_wanted = i < n && (!rows || bit_get(rows, i));

            assert_true(is_wanted || !bit_get(got.taken, i));
            assert_true(bit_get(got.taken, i) || !bit_get(expected.taken, i));
            if (bit_get(expected.taken, i))
                assert_int_equal(got.out[i], expected.out[i]);
        }
    }
}

static void every_variant_says_what_the_scalar_one_says(void **state)
{
    enum { ROOM = N_MAX * 64 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (ROOM + page - 1) / page * page;
    uint8_t *pages = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *text;
    struct span cells[N_MAX];
    uint64_t rows[BITMAP_WORDS(N_MAX)];

    (void)state;
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + size, page, PROT_NONE), 0);
    for (int round = 0; round < 3000; round++) {
        int64_t n = (int64_t)(random_bits() % N_MAX);

        memset(pages, '7', size); /* what is behind a cell is not of it */
        text = pages + size - CELL_PADDING;
        for (int64_t i = 0; i < n; i++) { /* backwards: the first one ends as late as it may */
            uint8_t cell[64];
            size_t length = make_cell(cell);

            text -= length;
            memcpy(text, cell, length);
            cells[i] = span_of(text, length);
        }
        for (size_t w = 0; w < BITMAP_WORDS(N_MAX); w++)
            rows[w] = random_bits();
        for (int64_t i = 0; i < n; i++)
            if (round % 2 && !bit_get(rows, i))
                cells[i] = span_of(NULL, 0);
        for (int kind = 0; kind < 3; kind++)
            check(kind, cells, n, round % 2 ? rows : NULL);
    }
    munmap(pages, size + page);
}

static void takes_the_usual_forms(void **state)
{
    static const struct { int kind; const char *text; bool is_taken, zero_first; int64_t whole; double real; } cases[] = {
        {0, "0", true, false, 0, 0}, {0, "-17", true, false, -17, 0}, {0, "9999999999999999", true, false, 9999999999999999, 0},
        {0, "007", true, true, 7, 0}, {0, "", false, false, 0, 0}, {0, "-", false, false, 0, 0}, {0, "1x", false, false, 0, 0},
        {0, "+1", false, false, 0, 0}, {0, "1.", false, false, 0, 0},
        {1, "32.9", true, false, 0, 32.9}, {1, "-0.5", true, false, 0, -0.5}, {1, "00.5", true, true, 0, 0.5},
        {1, "1234567.12345678", true, false, 0, 1234567.12345678}, {1, "12", true, false, 0, 12}, {1, "", false, false, 0, 0},
        {1, ".5", false, false, 0, 0}, {1, "5.", false, false, 0, 0}, {1, "1.2.3", false, false, 0, 0}, {1, "1e5", false, false, 0, 0},
        {2, "1970-01-01T00:00:00Z", true, false, 0, 0}, {2, "1970-01-02 00:00:01.5", true, false, 86401500000, 0},
        {2, "1969-12-31T23:59:59.999999Z", true, false, -1, 0}, {2, "2024-02-29T23:59:59.000001", true, false, 1709251199000001, 0},
        {2, "2023-02-29T23:59:59.000001", false, false, 0, 0}, {2, "2024-01-01T24:00:00.000000", false, false, 0, 0},
        {2, "2024-01-01T00:60:00.000000", false, false, 0, 0}, {2, "2024-01-01T00:00:60.000000", false, false, 0, 0},
        {2, "2024-01-01T00:00:00:000000", false, false, 0, 0}, {2, "2024-01-00T00:00:00.000000", false, false, 0, 0},
        {2, "2024-01-32T00:00:00.000000", false, false, 0, 0}, {2, "2024-01-1/T00:00:00.000000", false, false, 0, 0},
        {2, "2024-01-01T00:00:00.00000x", false, false, 0, 0}, {2, "2024-01-01x00:00:00.000000", false, false, 0, 0},
        {2, "2024-01-01T00:00:00.000000z", false, false, 0, 0}, {2, "2024-01-01", false, false, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int v = 0; kernels_all[v]; v++) {
            char text[64] = "";
            size_t n = strlen(cases[i].text);
            struct span cell = span_of(text, n);
            struct result got;
            double real;

            if (!kernels_runs_here(kernels_all[v]))
                continue;
            memcpy(text, cases[i].text, n);
            run(kernels_all[v], cases[i].kind, &cell, 1, NULL, &got);
            assert_int_equal(got.taken[0], cases[i].is_taken);
            assert_int_equal(got.zero_first, cases[i].zero_first);
            memcpy(&real, got.out, sizeof real);
            if (cases[i].is_taken && cases[i].kind == 1)
                assert_true(real == cases[i].real);
            else if (cases[i].is_taken)
                assert_int_equal(got.out[0], cases[i].whole);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_says_what_the_scalar_one_says),
        cmocka_unit_test(takes_the_usual_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
