/* Budgets, arenas, buffers, and allocations that fail. */
#include "tests/core/check.h"

#include <stdlib.h>

#include "core/memory.h"

static void a_budget_follows_blocks_through_their_lives(void **state)
{
    struct memory memory;
    void *block;

    (void)state;
    memory_init(&memory, 1000);
    block = mem_alloc(&memory, 600);
    assert_non_null(block);
    assert_int_equal(memory.used, 600);
    assert_null(mem_alloc(&memory, 401));
    assert_true(memory.is_over);
    assert_int_equal(memory.used, 600);
    assert_null(mem_resize(&memory, block, 1001));
    block = mem_resize(&memory, block, 1000);
    assert_non_null(block);
    block = mem_resize(&memory, block, 10);
    assert_int_equal(memory.used, 10);
    mem_free(&memory, block);
    mem_free(&memory, NULL);
    assert_int_equal(memory.used, 0);
    assert_int_equal(memory.peak, 1000);
}

static void a_refused_budget_is_told_from_a_failed_malloc(void **state)
{
    struct memory memory;
    struct error err = ERROR_NONE;

    (void)state;
    memory_init(&memory, 10);
    assert_int_equal(memory_error(&memory, "a page", &err), STATUS_NO_MEMORY);
    assert_null(mem_alloc(&memory, 11));
    assert_int_equal(memory_error(&memory, "a page", &err), STATUS_TOO_LARGE);
    assert_non_null(strstr(err.text, "a page"));
    assert_non_null(strstr(err.text, "--memory"));
    assert_int_equal(memory_error(NULL, "a page", &err), STATUS_NO_MEMORY);
}

static void blocks_are_zeroed_aligned_and_may_be_empty(void **state)
{
    (void)state;
    for (size_t size = 0; size < 100; size++) {
        uint8_t *block = mem_alloc(NULL, size);

        assert_non_null(block);
        assert_int_equal((uintptr_t)block % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(block[i], 0);
        mem_free(NULL, block);
    }
    assert_null(mem_alloc(NULL, SIZE_MAX));
    assert_null(mem_alloc(NULL, SIZE_MAX - 8));
}

static void growing_doubles_and_refuses_to_overflow(void **state)
{
    void *block = NULL;
    size_t capacity = 0;

    (void)state;
    assert_true(mem_grow(NULL, &block, &capacity, 1, 4));
    assert_true(capacity >= 1);
    assert_true(mem_grow(NULL, &block, &capacity, 1000, 4));
    assert_true(capacity >= 1000 && capacity < 2000);
    assert_false(mem_grow(NULL, &block, &capacity, SIZE_MAX / 2, 4));
    assert_true(capacity < 2000);
    mem_free(NULL, block);
}

static void a_tight_budget_still_grants_what_is_needed(void **state)
{
    struct memory memory;
    void *block = NULL;
    size_t capacity = 0;

    (void)state;
    memory_init(&memory, 100);
    assert_true(mem_grow(&memory, &block, &capacity, 60, 1));
    assert_true(mem_grow(&memory, &block, &capacity, 90, 1));
    assert_int_equal(capacity, 90);
    assert_false(mem_grow(&memory, &block, &capacity, 101, 1));
    mem_free(&memory, block);
    assert_int_equal(memory.used, 0);
}

static void an_arena_hands_out_zeroed_memory_again_after_a_reset(void **state)
{
    struct arena arena = {0};

    (void)state;
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 3000; size += 37) {
            uint8_t *at = arena_alloc(&arena, size);

            assert_non_null(at);
            assert_int_equal((uintptr_t)at % 16, 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(at[i], 0);
            memset(at, 0xab, size);
        }
        assert_non_null(arena_alloc(&arena, 5 << 20));
        arena_reset(&arena);
        assert_int_equal(arena.used, 0);
    }
    arena_done(&arena);
    assert_null(arena.blocks);
}

static void an_arena_keeps_its_ceiling_and_its_budget(void **state)
{
    struct memory memory;
    struct arena arena;

    (void)state;
    memory_init(&memory, 1 << 20);
    arena_init(&arena, &memory, 100);
    assert_non_null(arena_alloc(&arena, 64));
    assert_null(arena_alloc(&arena, 64));
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
    assert_true(memory.used > 0);
    arena_done(&arena);
    assert_int_equal(memory.used, 0);
}

static void texts_of_an_arena_end_in_nul(void **state)
{
    struct arena arena = {0};

    (void)state;
    assert_string_equal(arena_text(&arena, "abcdef", 3), "abc");
    assert_string_equal(arena_text(&arena, NULL, 0), "");
    assert_string_equal(arena_format(&arena, "%s-%d", "x", 17), "x-17");
    arena_done(&arena);
}

static void a_buffer_grows_to_its_ceiling(void **state)
{
    struct buffer buffer = {.ceiling = 1000};
    char long_text[600];

    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    assert_true(buffer_add(&buffer, "ab", 2));
    assert_true(buffer_add(&buffer, NULL, 0));
    assert_true(buffer_format(&buffer, "%d", 7));
    assert_true(buffer_format(&buffer, "%s", long_text));
    assert_int_equal(buffer.size, 602);
    assert_memory_equal(buffer.at, "ab7xxx", 6);
    assert_false(buffer_add(&buffer, long_text, 599));
    assert_int_equal(buffer.size, 602);
    buffer_done(&buffer);
    assert_null(buffer.at);
}

/* The environment is read once, at the process's first allocation: which this one must be. */
static void the_nth_allocation_fails_where_a_test_asks_for_it(void **state)
{
    void *first, *second;

    (void)state;
    assert_int_equal(setenv("ASSAY_FAIL_ALLOC", "2", 1), 0);
    first = mem_alloc(NULL, 1);
    second = mem_alloc(NULL, 1);
    assert_non_null(first);
    assert_null(second);
    second = mem_alloc(NULL, 1);
    assert_non_null(second);
    mem_free(NULL, first);
    mem_free(NULL, second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nth_allocation_fails_where_a_test_asks_for_it),
        cmocka_unit_test(a_budget_follows_blocks_through_their_lives),
        cmocka_unit_test(a_refused_budget_is_told_from_a_failed_malloc),
        cmocka_unit_test(blocks_are_zeroed_aligned_and_may_be_empty),
        cmocka_unit_test(growing_doubles_and_refuses_to_overflow),
        cmocka_unit_test(a_tight_budget_still_grants_what_is_needed),
        cmocka_unit_test(an_arena_hands_out_zeroed_memory_again_after_a_reset),
        cmocka_unit_test(an_arena_keeps_its_ceiling_and_its_budget),
        cmocka_unit_test(texts_of_an_arena_end_in_nul),
        cmocka_unit_test(a_buffer_grows_to_its_ceiling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
