/* tests/readers/test_ahead.c -- a window whose text is unpacked by a thread of its own shows what one without it shows: the bytes, the
 * error behind the last of them, and what was counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "core/counters.h"
#include "readers/storage/window.h"

enum { TEXT_SIZE = 3 << 20 };

static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t random_bits(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

/* Text that does not pack well, so that AHEAD_MIN_BYTES are soon reached. */
static uint8_t *make_text(void)
{
    uint8_t *text = malloc(TEXT_SIZE);

    assert_non_null(text);
    for (size_t i = 0; i < TEXT_SIZE; i++)
        text[i] = (uint8_t)(' ' + random_bits() % 64);
    return text;
}

static size_t pack_gzip(const uint8_t *text, size_t size, uint8_t *out, size_t room)
{
    z_stream z = {.next_in = (z_const Bytef *)(uintptr_t)text, .avail_in = (unsigned)size, .next_out = out, .avail_out = (unsigned)room};

    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(deflateEnd(&z), Z_OK);
    return room - z.avail_out;
}

static size_t pack_zstd(const uint8_t *text, size_t size, uint8_t *out, size_t room)
{
    size_t n = ZSTD_compress(out, room, text, size, 1);

    assert_false(ZSTD_isError(n));
    return n;
}

struct seen { uint8_t *text; size_t size; enum status status; struct error error; int64_t bytes_read; bool had_thread; };

/* Slides over all of it, `step` bytes of each view being taken; stops after `enough` bytes. */
static struct seen look(struct span packed, bool reads_ahead, size_t step, size_t enough)
{
    struct seen seen = {.text = malloc(TEXT_SIZE + 1), .error = ERROR_NONE};
    int64_t before = read_counters.bytes_read;
    struct source *source;
    struct window window;

    assert_non_null(seen.text);
    assert_int_equal(source_from_memory("packed", packed, NULL, &source, &seen.error), STATUS_OK);
    source->reads_ahead = reads_ahead;
    assert_int_equal(window_open(&window, source, NULL, 0, 64 << 10, &seen.error), STATUS_OK);
    seen.status = window_slide(&window, 0, &seen.error);
    while (seen.status == STATUS_OK && window.size && seen.size < enough) {
        size_t n = window.size < step ? window.size : step;

        assert_true(seen.size + n <= TEXT_SIZE);
        memcpy(seen.text + seen.size, window.bytes, n);
        seen.size += n;
        seen.status = window_slide(&window, n, &seen.error);
    }
    seen.had_thread = window.ahead != NULL;
    window_close(&window);
    source_close(source);
    seen.bytes_read = read_counters.bytes_read - before;
    return seen;
}

static void assert_same(struct span packed, size_t step)
{
    struct seen plain = look(packed, false, step, SIZE_MAX), ahead = look(packed, true, step, SIZE_MAX);

    assert_false(plain.had_thread);
    assert_int_equal(ahead.had_thread, packed.size >= AHEAD_MIN_BYTES);
    assert_int_equal(ahead.status, plain.status);
    assert_string_equal(ahead.error.text, plain.error.text);
    assert_string_equal(ahead.error.source, plain.error.source);
    assert_int_equal(ahead.error.byte, plain.error.byte);
    if (plain.status == STATUS_OK) /* how much is shown before an error depends on how much is unpacked at a time */
        assert_int_equal(ahead.size, plain.size);
    assert_memory_equal(ahead.text, plain.text, ahead.size < plain.size ? ahead.size : plain.size);
    assert_int_equal(ahead.bytes_read, plain.bytes_read);
    free(plain.text);
    free(ahead.text);
}

static void shows_the_same_bytes_and_errors(void **state)
{
    static size_t (*const packers[])(const uint8_t *, size_t, uint8_t *, size_t) = {pack_gzip, pack_zstd};
    size_t room = TEXT_SIZE + (64 << 10);
    uint8_t *text = make_text(), *packed = malloc(room);

    (void)state;
    assert_non_null(packed);
    for (size_t p = 0; p < sizeof packers / sizeof *packers; p++)
        for (int round = 0; round < 12; round++) {
            size_t size = round == 0 ? 10 : TEXT_SIZE - random_bits() % (TEXT_SIZE / 2), n = packers[p](text, size, packed, room);

            if (round % 3 == 1) /* cut off */
                n -= 1 + random_bits() % (n / 2);
            if (round % 3 == 2) /* damaged */
                packed[n / 2 + random_bits() % (n / 2)] ^= (uint8_t)(1 + random_bits() % 255);
            assert_same(span_of(packed, n), 1 + random_bits() % (64 << 10));
        }
    free(text);
    free(packed);
}

/* Whoever has seen enough does not wait for the rest, nor does the thread stay. */
static void can_be_left_in_the_middle(void **state)
{
    size_t room = TEXT_SIZE + (64 << 10);
    uint8_t *text = make_text(), *packed = malloc(room);
    size_t n;

    (void)state;
    assert_non_null(packed);
    n = pack_gzip(text, TEXT_SIZE, packed, room);
    for (int round = 0; round < 50; round++) {
        struct seen seen = look(span_of(packed, n), true, 5000, random_bits() % TEXT_SIZE / (size_t)(1 + round));

        assert_true(seen.had_thread);
        assert_int_equal(seen.status, STATUS_OK);
        assert_memory_equal(seen.text, text, seen.size);
        free(seen.text);
    }
    free(text);
    free(packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_the_same_bytes_and_errors),
        cmocka_unit_test(can_be_left_in_the_middle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
