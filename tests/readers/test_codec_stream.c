/* tests/readers/test_codec_stream.c -- pages unpacked piece by piece, against the same unpacked whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "readers/codecs/pack.h"
#include "readers/codecs/stream.h"

enum { LARGE = 400000 };

/* Bytes with repeats near and far, so that all kinds of copies occur. */
static void fill(uint8_t *out, size_t n, unsigned seed, unsigned entropy)
{
    uint32_t x = seed * 2654435761u + 1;

    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        if (i > 300 && (x >> 28) < 8) {
            size_t reach = (x & 64) && i > 60000 ? 60000 : 290;

            for (size_t back = 1 + (x >> 8) % reach, m = 4 + (x >> 20) % 90; m-- > 0 && i < n; i++)
                out[i] = out[i - back];
        }
        if (i < n)
            out[i] = (uint8_t)((x >> 16) % entropy);
    }
}

static const char *const packers[] = {"none", "snappy", "gzip", "zstd", "lz4_raw"};

static const struct codec *by_name(const char *name)
{
    for (const struct codec *c = codecs; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

static enum status read_bytes(void *from, size_t at, void *into, size_t n, struct error *err)
{
    const struct span *bytes = from;

    if (at > bytes->size || n > bytes->size - at)
        return error_set(err, STATUS_INTERNAL, "%zu bytes at %zu of %zu were asked for", n, at, bytes->size);
    memcpy(into, bytes->at + at, n);
    return STATUS_OK;
}

/* Unpacks `in` with windows of that size in pieces of that size; `out` is exactly as large as it must be. */
static enum status stream(const struct codec *codec, struct span in, uint8_t *out, size_t n, size_t window, size_t piece,
                          struct memory *memory, struct error *err)
{
    struct codec_bytes bytes = {&in, read_bytes, in.size};
    struct codec_stream s;
    enum status status = codec_stream_open(&s, codec, &bytes, n, window, memory, err);

    for (size_t at = 0; status == STATUS_OK && at < n; at += piece)
        status = codec_stream_read(&s, out + at, n - at < piece ? n - at : piece, err);
    if (status == STATUS_OK)
        status = codec_stream_finish(&s, err);
    codec_stream_done(&s);
    return status;
}

static void assert_streams(const struct codec *codec, struct span packed, const uint8_t *plain, size_t n, size_t window, size_t piece)
{
    struct memory memory;
    struct error err = ERROR_NONE;
    uint8_t *out = malloc(n ? n : 1);

    memory_init(&memory, 0);
    if (n)
        memset(out, 0xee, n);
    assert_int_equal(stream(codec, packed, out, n, window, piece, &memory, &err), STATUS_OK);
    assert_memory_equal(out, plain, n);
    assert_int_equal(atomic_load(&memory.used), 0);
    free(out);
}

static void unpacks_in_any_pieces_what_was_packed(void **state)
{
    static const size_t lengths[] = {1, 2, 11, 12, 13, 60, 61, 300, 1000, 70000, LARGE}, pieces[] = {1, 7, 100, 4096, 65536, LARGE},
                        windows[] = {1, 16, 100, 5000, CODEC_STREAM_WINDOW};
    static const unsigned entropies[] = {256, 20, 1};
    static uint8_t in[LARGE];

    (void)state;
    for (unsigned i = 0; i < 5 * 11 * 3; i++) {
        size_t n = lengths[i / 5 % 11];
        struct buffer packed = {0};
        struct error err = ERROR_NONE;

        fill(in, n, i, entropies[i / 55]);
        assert_int_equal(codec_pack(packers[i % 5], span_of(in, n), &packed, &err), STATUS_OK);
        for (unsigned k = 0; k < 30; k++)
            if (n < LARGE || k % 7 == i % 7)
                assert_streams(by_name(packers[i % 5]), span_of(packed.at, packed.size), in, n, windows[k % 5], pieces[k / 5]);
        buffer_done(&packed);
    }
}

static uint32_t random_next(uint32_t *x) { return (*x = *x * 1664525u + 1013904223u) >> 8; }

/* Where the library takes what is broken, the stream may refuse it (a match of LZ4 that reaches back by nothing), or by another name (a window of
 * zstd that is too large); never the other way round. */
static void says_of_broken_bytes_what_the_whole_says(void **state)
{
    enum { N = 1500 };
    static uint8_t plain[N], whole[N], pieces[N];
    struct codec_context context = {0};
    uint32_t x = 1;

    (void)state;
    fill(plain, N, 9, 30);
    for (unsigned c = 1; c < 5; c++) {
        const struct codec *codec = by_name(packers[c]);
        struct buffer packed = {0};
        struct error err = ERROR_NONE;

        assert_int_equal(codec_pack(codec->name, span_of(plain, N), &packed, &err), STATUS_OK);
        for (size_t i = 0; i < packed.size * 9; i++) { /* each cut, and each bit of each byte */
            size_t at = i % packed.size, cut = i < packed.size ? at : packed.size;
            uint8_t *copy = malloc(cut ? cut : 1);
            enum status one, other;

            if (cut)
                memcpy(copy, packed.at, cut);
            if (cut == packed.size)
                copy[at] ^= (uint8_t)(1u << (i / packed.size - 1));
            memset(whole, 0, N);
            memset(pieces, 0, N);
            one = codec->whole(&context, span_of(copy, cut), whole, N, &err);
            other = stream(codec, span_of(copy, cut), pieces, N, 1 + random_next(&x) % 200, 1 + random_next(&x) % 700, NULL, &err);
            if (other == STATUS_OK)
                assert_memory_equal(whole, pieces, N);
            if ((one == STATUS_OK) != (other == STATUS_OK) && !(c == 4 && one == STATUS_OK))
                fail_msg("%s: damage %zu of %zu: whole %s, in pieces %s: %s", codec->name, i, packed.size, status_name(one), status_name(other), err.text);
            free(copy);
        }
        buffer_done(&packed);
    }
    codec_context_done(&context);
}

static void refuses_other_sizes_than_declared(void **state)
{
    static uint8_t plain[5000], out[5001];

    (void)state;
    fill(plain, 5000, 3, 40);
    for (unsigned c = 0; c < 5; c++) {
        struct buffer packed = {0};
        struct error err = ERROR_NONE;

        assert_int_equal(codec_pack(packers[c], span_of(plain, 5000), &packed, &err), STATUS_OK);
        for (size_t n = 4999; n <= 5001; n += 2)
            assert_int_equal(stream(by_name(packers[c]), span_of(packed.at, packed.size), out, n, 100, 1000, NULL, &err), STATUS_BAD_DATA);
        buffer_done(&packed);
    }
}

/* Hadoop's frame is of blocks: nothing in one points into the one before. */
static void lz4_is_read_with_and_without_the_frame_of_hadoop(void **state)
{
    static uint8_t plain[9000];
    struct buffer framed = {0}, raw = {0};
    struct error err = ERROR_NONE;

    (void)state;
    fill(plain, 9000, 5, 60);
    for (size_t at = 0; at < 9000; at += 3000) {
        size_t head = framed.size;

        assert_true(buffer_add(&framed, "\0\0\x0b\xb8\0\0\0\0", 8)); /* 3000 */
        assert_int_equal(codec_pack("lz4_raw", span_of(plain + at, 3000), &framed, &err), STATUS_OK);
        framed.at[head + 6] = (uint8_t)((framed.size - head - 8) >> 8);
        framed.at[head + 7] = (uint8_t)(framed.size - head - 8);
    }
    assert_int_equal(codec_pack("lz4_raw", span_of(plain, 9000), &raw, &err), STATUS_OK);
    for (size_t window = 1; window < 4000; window += window / 2 + 1) {
        assert_streams(by_name("lz4"), span_of(framed.at, framed.size), plain, 9000, window, 1 + window / 2);
        assert_streams(by_name("lz4"), span_of(raw.at, raw.size), plain, 9000, window, 1 + window / 2);
    }
    buffer_done(&framed);
    buffer_done(&raw);
}

static void gzip_pages_may_have_several_members(void **state)
{
    static uint8_t plain[3000];
    struct buffer packed = {0};
    struct error err = ERROR_NONE;

    (void)state;
    fill(plain, 3000, 5, 60);
    assert_int_equal(codec_pack("gzip", span_of(plain, 1000), &packed, &err), STATUS_OK);
    assert_int_equal(codec_pack("gzip", span_of(plain + 1000, 2000), &packed, &err), STATUS_OK);
    for (size_t window = 1; window < 3000; window += window / 2 + 1)
        assert_streams(by_name("gzip"), span_of(packed.at, packed.size), plain, 3000, window, 1 + window / 3);
    buffer_done(&packed);
}

/* Snappy may point back to its start, which most writers do not: the stream then keeps more, as far as memory allows. */
static void snappy_may_point_far_back(void **state)
{
    enum { N = 300000, BACK = N };
    static uint8_t plain[N + 64], out[N + 64];
    struct buffer packed = {0};
    struct memory memory;
    struct error err = ERROR_NONE;
    size_t n = N - 1;

    (void)state;
    fill(plain, N, 1, 256);
    memcpy(plain + N, plain, 64);
    assert_true(buffer_add(&packed, (const uint8_t[]){(uint8_t)((N + 64) | 0x80), (uint8_t)((N + 64) >> 7 | 0x80), (N + 64) >> 14}, 3));
    assert_true(buffer_add(&packed, (const uint8_t[]){62 << 2, (uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16)}, 4)); /* a literal of N bytes */
    assert_true(buffer_add(&packed, plain, N));
    assert_true(buffer_add(&packed, (const uint8_t[]){63 << 2 | 3, (uint8_t)BACK, (uint8_t)(BACK >> 8), BACK >> 16, 0}, 5));
    assert_streams(by_name("snappy"), span_of(packed.at, packed.size), plain, N + 64, 1000, 5000);
    memory_init(&memory, 400000); /* enough for the usual history, not for all */
    assert_int_equal(stream(by_name("snappy"), span_of(packed.at, packed.size), out, N + 64, 1000, 5000, &memory, &err), STATUS_TOO_LARGE);
    assert_non_null(strstr(err.text, "--memory"));
    assert_int_equal(atomic_load(&memory.used), 0);
    buffer_done(&packed);
}

static void memory_may_end_at_any_allocation(void **state)
{
    static uint8_t plain[LARGE], out[LARGE];

    (void)state;
    fill(plain, LARGE, 3, 40);
    for (unsigned c = 1; c < 5; c++) {
        struct buffer packed = {0};
        struct error err = ERROR_NONE;
        enum status status = STATUS_TOO_LARGE;

        assert_int_equal(codec_pack(packers[c], span_of(plain, LARGE), &packed, &err), STATUS_OK);
        for (size_t limit = 100; status != STATUS_OK; limit += 997) {
            struct memory memory;

            assert_in_range(limit, 0, 4 << 20);
            memory_init(&memory, limit);
            status = stream(by_name(packers[c]), span_of(packed.at, packed.size), out, LARGE, 1000, 9000, &memory, &err);
            assert_true(status == STATUS_OK || status == STATUS_TOO_LARGE);
            assert_int_equal(atomic_load(&memory.used), 0);
        }
        buffer_done(&packed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpacks_in_any_pieces_what_was_packed),
        cmocka_unit_test(says_of_broken_bytes_what_the_whole_says),
        cmocka_unit_test(refuses_other_sizes_than_declared),
        cmocka_unit_test(lz4_is_read_with_and_without_the_frame_of_hadoop),
        cmocka_unit_test(gzip_pages_may_have_several_members),
        cmocka_unit_test(snappy_may_point_far_back),
        cmocka_unit_test(memory_may_end_at_any_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
