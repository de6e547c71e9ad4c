/* tests/readers/test_codecs.c -- codecs against the libraries that write their formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <lz4.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include "readers/codecs/pack.h"

enum { SIZE = 40000, ROOM = 2 * SIZE };

/* Text-like bytes with repeats near and far, so that all kinds of copies occur. */
static void fill(uint8_t *out, size_t n, unsigned seed, unsigned entropy)
{
    uint32_t x = seed * 2654435761u + 1;

    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        if (i > 300 && (x >> 28) < 8)
            for (size_t back = 1 + (x >> 8) % 290, m = 4 + (x >> 20) % 90; m-- > 0 && i < n; i++)
                out[i] = out[i - back];
        if (i < n)
            out[i] = (uint8_t)((x >> 16) % entropy);
    }
}

static size_t pack(const char *codec, const uint8_t *in, size_t n, uint8_t *out)
{
    size_t size = ROOM;

    if (strcmp(codec, "snappy") == 0)
        assert_int_equal(snappy_compress((const char *)in, n, (char *)out, &size), SNAPPY_OK);
    else if (strcmp(codec, "zstd") == 0)
        size = ZSTD_compress(out, ROOM, in, n, 3);
    else if (strcmp(codec, "lz4_raw") == 0)
        size = (size_t)LZ4_compress_default((const char *)in, (char *)out, (int)n, ROOM);
    else {
        z_stream z = {.next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)n, .next_out = out, .avail_out = ROOM};

        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        size = z.total_out;
        deflateEnd(&z);
    }
    return size;
}

static const struct codec *by_name(const char *name)
{
    for (const struct codec *c = codecs; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    fail_msg("no codec %s", name);
    return NULL;
}

static const char *const packers[] = {"snappy", "zstd", "lz4_raw", "gzip"};

static void unpacks_what_the_libraries_pack(void **state)
{
    static uint8_t plain[SIZE], packed[ROOM], out[SIZE + 1];
    struct codec_context context = {0};
    struct error err = ERROR_NONE;

    (void)state;
    for (unsigned i = 0; i < 4 * 60; i++) {
        const struct codec *c = by_name(packers[i % 4]);
        size_t n = (i * 977u) % SIZE, size;

        fill(plain, n, i, 2 + i % 250);
        size = pack(c->name, plain, n, packed);
        assert_int_equal(codec_check_sizes(c, size, n, &err), STATUS_OK);
        out[n] = 0xa5;
        assert_int_equal(c->whole(&context, span_of(packed, size), out, n, &err), STATUS_OK);
        assert_memory_equal(out, plain, n);
        assert_int_equal(out[n], 0xa5);
    }
    codec_context_done(&context);
}

static void what_is_packed_here_unpacks_everywhere(void **state)
{
    static const char *const names[] = {"none", "snappy", "gzip", "zstd", "lz4_raw"};
    static const size_t lengths[] = {1, 3, 4, 5, 60, 61, 300, 1000, SIZE};
    static uint8_t in[SIZE], out[SIZE];
    struct codec_context context = {0};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names * (sizeof lengths / sizeof *lengths) * 3; i++) {
        const char *name = names[i % 5];
        size_t n = lengths[i / 5 % 9], back = SIZE;
        struct buffer packed = {0};
        struct error err = ERROR_NONE;

        fill(in, n, (unsigned)i, i / 45 == 0 ? 256 : i / 45 == 1 ? 20 : 1);
        assert_int_equal(codec_pack(name, span_of(in, n), &packed, &err), STATUS_OK);
        memset(out, 0xee, n);
        assert_int_equal(by_name(name)->whole(&context, span_of(packed.at, packed.size), out, n, &err), STATUS_OK);
        assert_memory_equal(in, out, n);
        if (strcmp(name, "snappy") == 0) {
            assert_int_equal(snappy_uncompress((const char *)packed.at, packed.size, (char *)out, &back), SNAPPY_OK);
            assert_int_equal(back, n);
            assert_memory_equal(in, out, n);
        }
        buffer_done(&packed);
    }
    codec_context_done(&context);
}

static void stops_after_any_number_of_bytes(void **state)
{
    static uint8_t plain[SIZE], packed[ROOM];
    struct codec_context context = {0};
    struct error err = ERROR_NONE;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        const struct codec *c = by_name(packers[i]);
        size_t n = 3000, size;

        fill(plain, n, i + 7, 40);
        size = pack(c->name, plain, n, packed);
        for (size_t part = 0; part <= n; part += part < 300 ? 1 : 97) {
            uint8_t *out = malloc(part + 1); /* exactly: a sanitizer sees a byte too many */

            out[part] = 0x5a;
            assert_int_equal(c->prefix(&context, span_of(packed, size), out, part, &err), STATUS_OK);
            assert_memory_equal(out, plain, part);
            assert_int_equal(out[part], 0x5a);
            free(out);
        }
    }
    codec_context_done(&context);
}

static void refuses_other_sizes_than_declared(void **state)
{
    static uint8_t plain[SIZE], packed[ROOM], out[SIZE];
    struct codec_context context = {0};

    (void)state;
    fill(plain, 5000, 3, 40);
    for (unsigned i = 0; i < 4; i++) {
        const struct codec *c = by_name(packers[i]);
        size_t size = pack(c->name, plain, 5000, packed);
        struct error err = ERROR_NONE;

        assert_int_equal(c->whole(&context, span_of(packed, size), out, 4999, &err), STATUS_BAD_DATA);
        assert_int_equal(c->whole(&context, span_of(packed, size), out, 5001, &err), STATUS_BAD_DATA);
        assert_int_equal(c->prefix(&context, span_of(packed, size), out, 5001, &err), STATUS_BAD_DATA);
    }
    codec_context_done(&context);
}

static void broken_bytes_end_in_an_error_or_in_other_bytes(void **state)
{
    static uint8_t plain[SIZE], packed[ROOM], out[SIZE];
    struct codec_context context = {0};
    uint32_t x = 12345;

    (void)state;
    fill(plain, 2000, 9, 30);
    for (unsigned i = 0; i < 4; i++) {
        const struct codec *c = by_name(packers[i]);
        size_t size = pack(c->name, plain, 2000, packed);

        for (int round = 0; round < 1500; round++) {
            uint8_t *copy = malloc(size);
            size_t cut = size;
            struct error err = ERROR_NONE;

            memcpy(copy, packed, size);
            x = x * 1664525u + 1013904223u;
            copy[(x >> 8) % size] ^= (uint8_t)(1 + x % 255);
            if (round & 1)
                cut = (x >> 4) % size;
            copy = realloc(copy, cut ? cut : 1);
            (void)!c->whole(&context, span_of(copy, cut), out, 2000, &err);
            (void)!c->prefix(&context, span_of(copy, cut), out, 700, &err);
            free(copy);
        }
    }
    codec_context_done(&context);
}

static void gzip_pages_may_have_several_members(void **state)
{
    static uint8_t plain[SIZE], packed[2 * ROOM], out[SIZE];
    struct codec_context context = {0};
    struct error err = ERROR_NONE;
    size_t size;

    (void)state;
    fill(plain, 3000, 5, 60);
    size = pack("gzip", plain, 1000, packed);
    size += pack("gzip", plain + 1000, 2000, packed + size);
    assert_int_equal(gzip_whole(&context, span_of(packed, size), out, 3000, &err), STATUS_OK);
    assert_memory_equal(out, plain, 3000);
    assert_int_equal(gzip_prefix(&context, span_of(packed, size), out, 2500, &err), STATUS_OK);
    assert_memory_equal(out, plain, 2500);
    codec_context_done(&context);
}

static void lz4_is_read_with_and_without_the_frame_of_hadoop(void **state)
{
    static uint8_t plain[SIZE], packed[ROOM], out[SIZE];
    struct codec_context context = {0};
    struct error err = ERROR_NONE;
    size_t size;

    (void)state;
    fill(plain, 3000, 5, 60);
    size = pack("lz4_raw", plain, 3000, packed + 8);
    packed[2] = 3000 >> 8;
    packed[3] = 3000 & 255;
    packed[6] = (uint8_t)(size >> 8);
    packed[7] = (uint8_t)size;
    assert_int_equal(lz4_hadoop_whole(&context, span_of(packed, size + 8), out, 3000, &err), STATUS_OK);
    assert_memory_equal(out, plain, 3000);
    memset(out, 0, sizeof out);
    assert_int_equal(lz4_hadoop_whole(&context, span_of(packed + 8, size), out, 3000, &err), STATUS_OK);
    assert_memory_equal(out, plain, 3000);
}

static void a_size_that_no_input_can_unpack_to_is_a_lie(void **state)
{
    struct error err = ERROR_NONE;

    (void)state;
    assert_int_equal(codec_check_sizes(by_name("snappy"), 100, 1 << 28, &err), STATUS_BAD_DATA);
    assert_int_equal(codec_check_sizes(by_name("gzip"), 100, 1 << 28, &err), STATUS_BAD_DATA);
    assert_int_equal(codec_check_sizes(by_name("zstd"), 100, 1 << 28, &err), STATUS_OK);
}

/* The densest that Snappy's library makes: a copy of 64 bytes takes three. */
static void snappy_unpacks_long_runs_of_one_byte(void **state)
{
    static uint8_t plain[SIZE], packed[ROOM], out[SIZE];
    struct codec_context context = {0};
    struct error err = ERROR_NONE;
    size_t size;

    (void)state;
    memset(plain, 'x', SIZE);
    size = pack("snappy", plain, SIZE, packed);
    assert_int_equal(codec_check_sizes(by_name("snappy"), size, SIZE, &err), STATUS_OK);
    assert_int_equal(snappy_whole(&context, span_of(packed, size), out, SIZE, &err), STATUS_OK);
    assert_memory_equal(out, plain, SIZE);
}

static void lzo_is_known_and_has_no_decoder(void **state)
{
    (void)state;
    assert_non_null(codec_find(3));
    assert_null(codec_find(3)->whole);
    assert_null(codec_find(8));
    assert_null(codec_find(-1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unpacks_what_the_libraries_pack),
        cmocka_unit_test(what_is_packed_here_unpacks_everywhere),
        cmocka_unit_test(stops_after_any_number_of_bytes),
        cmocka_unit_test(refuses_other_sizes_than_declared),
        cmocka_unit_test(broken_bytes_end_in_an_error_or_in_other_bytes),
        cmocka_unit_test(gzip_pages_may_have_several_members),
        cmocka_unit_test(lz4_is_read_with_and_without_the_frame_of_hadoop),
        cmocka_unit_test(a_size_that_no_input_can_unpack_to_is_a_lie),
        cmocka_unit_test(snappy_unpacks_long_runs_of_one_byte),
        cmocka_unit_test(lzo_is_known_and_has_no_decoder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
