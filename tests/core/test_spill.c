/* The temporary file: what is written is read back, whoever wrote it, and what goes wrong has a name. */
#include "tests/core/check.h"

#include "core/pool.h"
#include "core/spill.h"

enum { PIECES = 400, PIECE_WORDS = 300 };

struct writing {
    struct spill spill;
    int64_t at[PIECES];
};

static void fill(uint64_t *words, int64_t piece)
{
    for (uint64_t i = 0; i < PIECE_WORDS; i++)
        words[i] = ((uint64_t)piece * PIECE_WORDS + i) * 0x9e3779b97f4a7c15;
}

static bool write_piece(void *context, int worker, int64_t piece)
{
    struct writing *w = context;
    uint64_t words[PIECE_WORDS];
    struct error err = ERROR_NONE;

    (void)worker;
    fill(words, piece);
    w->at[piece] = spill_reserve(&w->spill, sizeof words);
    return spill_write(&w->spill, w->at[piece], words, sizeof words, &err) == STATUS_OK;
}

static void pieces_of_many_threads_are_read_back(void **state)
{
    static struct writing w;
    struct error err = ERROR_NONE;

    (void)state;
    spill_init(&w.spill, NULL);
    pool_run(4, PIECES, write_piece, &w);
    spill_forget(&w.spill, w.at[0], PIECE_WORDS * 8);
    for (int64_t piece = 1; piece < PIECES; piece++) {
        uint64_t words[PIECE_WORDS], expected[PIECE_WORDS];

        fill(expected, piece);
        assert_int_equal(spill_read(&w.spill, w.at[piece], words, sizeof words, &err), STATUS_OK);
        assert_memory_equal(words, expected, sizeof words);
    }
    assert_int_equal(spill_read(&w.spill, w.spill.end, w.at, 8, &err), STATUS_WRITE);
    assert_non_null(strstr(err.text, "cut short"));
    spill_done(&w.spill);
}

static void a_directory_that_is_not_there_is_named(void **state)
{
    struct error err = ERROR_NONE;
    struct spill spill;

    (void)state;
    spill_init(&spill, "/nowhere/at/all");
    assert_int_equal(spill_write(&spill, 0, "x", 1, &err), STATUS_WRITE);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
    spill_done(&spill);
    spill_done(&(struct spill){0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_of_many_threads_are_read_back),
        cmocka_unit_test(a_directory_that_is_not_there_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
