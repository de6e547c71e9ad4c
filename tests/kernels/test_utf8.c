/* tests/kernels/test_utf8.c -- every variant of utf8_is_valid says what core/utf8.c says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "core/utf8.h"
#include "kernels/kernels.h"

static uint64_t seed = 0x1234abcd5678ef01;

static uint64_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

static void compare(struct span s)
{
    bool expected = utf8_is_valid(s);

    for (int v = 0; kernels_all[v]; v++)
        if (kernels_runs_here(kernels_all[v]))
            assert_int_equal(kernels_all[v]->utf8_is_valid(s), expected);
}

/* All pairs of first bytes and all edges of the others, at every place of two blocks. */
static void says_it_of_every_sequence_at_every_place(void **state)
{
    static const uint8_t edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xf4, 0xff};
    enum { N = sizeof edges };
    uint8_t text[70];

    (void)state;
    for (int first = 0x80; first < 0x100; first++)
        for (int second = 0; second < 0x100; second += second >= 0x78 && second < 0xc8 ? 1 : 8)
            for (int rest = 0; rest < N * N; rest++) {
                size_t at = random_bits() % 66, size = at + 1 + random_bits() % (70 - at);
                memset(text, 'a', sizeof text);
                text[at] = (uint8_t)first;
                text[at + 1] = (uint8_t)second;
                text[at + 2] = edges[rest % N];
                text[at + 3] = edges[rest / N];
                compare(span_of(text, size));
                compare(span_of(text, at + 4));
            }
}

static void says_it_of_texts_of_characters_with_a_byte_wrong(void **state)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int n_valid = 0;

    (void)state;
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    for (int round = 0; round < 30000; round++) {
        uint8_t text[320];
        size_t n = 0, room = random_bits() % 300, cut;
        while (n < room) {
            uint32_t c = (uint32_t)(random_bits() >> (11 + random_bits() % 53)) % 0x110000;
            n += utf8_put(c >= 0xd800 && c < 0xe000 ? 'x' : c, text + n);
        }
        cut = random_bits() % 4 ? 0 : n ? random_bits() % n : 0;
        memcpy(pages + page - (n - cut), text, n - cut);
        if (random_bits() % 2 && n > cut)
            (pages + page - (n - cut))[random_bits() % (n - cut)] ^= (uint8_t)(1 << random_bits() % 8);
        compare(span_of(pages + page - (n - cut), n - cut));
        n_valid += utf8_is_valid(span_of(pages + page - (n - cut), n - cut));
    }
    assert_true(n_valid > 10000);
    munmap(pages, 2 * page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_it_of_every_sequence_at_every_place),
        cmocka_unit_test(says_it_of_texts_of_characters_with_a_byte_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
