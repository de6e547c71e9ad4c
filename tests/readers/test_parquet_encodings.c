/* tests/readers/test_parquet_encodings.c -- runs, levels and encodings against a plain writer of each. */
#include "tests/readers/parquet_fixture.h"

#include "readers/parquet/encodings/encoding.h"

static uint32_t noise(uint32_t *x)
{
    *x = *x * 1664525u + 1013904223u;
    return *x >> 8;
}

static void put_bits(uint8_t *out, uint64_t bit, unsigned width, uint64_t value)
{
    for (unsigned i = 0; i < width; i++, bit++)
        out[bit >> 3] |= (uint8_t)(((value >> i) & 1) << (bit & 7));
}

/* A mix of packed and repeated runs of n values; returns the bytes in a block of exactly their size. */
static uint8_t *write_hybrid(const uint32_t *values, int64_t n, unsigned width, uint32_t seed, size_t *size)
{
    struct bytes b = {.n = 0};
    uint8_t *out;

    for (int64_t at = 0; at < n;) {
        int64_t run = 1, groups = 1 + noise(&seed) % 3;

        while (at + run < n && values[at + run] == values[at])
            run++;
        if (run >= 8 || n - at < 8) {
            put_varint(&b, (uint64_t)run << 1);
            put(&b, &values[at], (width + 7) / 8);
            at += run;
            continue;
        }
        groups = groups * 8 <= n - at ? groups : (n - at) / 8;
        put_varint(&b, (uint64_t)groups << 1 | 1);
        memset(b.at + b.n, 0, (size_t)groups * width);
        for (int64_t i = 0; i < groups * 8; i++)
            put_bits(b.at + b.n, (uint64_t)i * width, width, values[at + i]);
        b.n += (size_t)groups * width;
        at += groups * 8;
    }
    out = malloc(b.n ? b.n : 1);
    memcpy(out, b.at, b.n);
    *size = b.n;
    return out;
}

static void make_values(uint32_t *values, int64_t n, unsigned width, uint32_t seed)
{
    uint32_t mask = width == 32 ? UINT32_MAX : (1u << width) - 1;

    for (int64_t i = 0; i < n;) {
        uint32_t run = noise(&seed) % 4 == 0 ? 1 + noise(&seed) % 40 : 1, x = (noise(&seed) << 16 ^ noise(&seed)) & mask;

        while (run-- > 0 && i < n)
            values[i++] = x;
    }
}

static void reads_runs_of_every_width_in_any_parts(void **state)
{
    enum { N = 700 };
    uint32_t values[N], out[N];

    (void)state;
    for (unsigned width = 1; width <= 32; width++) {
        size_t size;
        uint8_t *in;
        uint32_t seed = width, max = 0;
        struct hybrid h;

        make_values(values, N, width, width * 31);
        in = write_hybrid(values, N, width, width, &size);
        hybrid_start(&h, span_of(in, size), width);
        for (int64_t at = 0; at < N;) {
            int64_t part = 1 + noise(&seed) % 90;

            part = part < N - at ? part : N - at;
            assert_true(hybrid_read(&h, out + at, part, &max));
            at += part;
        }
        assert_memory_equal(out, values, sizeof values);
        assert_false(hybrid_read(&h, out, 1, &max));
        free(in);
    }
}

static void levels_become_a_bitmap_whatever_their_runs(void **state)
{
    enum { N = 1000 };
    uint32_t values[N];

    (void)state;
    for (uint32_t max = 1; max <= 7; max++) {
        unsigned width = max == 1 ? 1 : max <= 3 ? 2 : 3;
        size_t size;
        uint8_t *in;
        struct hybrid h;
        uint32_t seed = max;

        make_values(values, N, width, max * 77);
        for (int i = 0; i < N; i++)
            values[i] = values[i] > max ? max : values[i];
        in = write_hybrid(values, N, width, max, &size);
        hybrid_start(&h, span_of(in, size), width);
        for (int64_t at = 0; at < N;) {
            uint64_t map[BITMAP_WORDS(N)] = {0};
            int64_t part = 1 + noise(&seed) % 200, n_set, n_expected = 0;

            part = part < N - at ? part : N - at;
            assert_true(hybrid_levels(&h, part, max, map, &n_set));
            for (int64_t i = 0; i < part; i++) {
                assert_int_equal(bit_get(map, i), values[at + i] == max);
                n_expected += values[at + i] == max;
            }
            assert_int_equal(n_set, n_expected);
            at += part;
        }
        free(in);
    }
}

static void a_level_above_its_maximum_is_found(void **state)
{
    const uint8_t packed[] = {3, 0xff, 0xff}, run[] = {8 << 1, 3};
    uint64_t map[1] = {0};
    int64_t n_set;
    struct hybrid h;

    (void)state;
    hybrid_start(&h, span_of(packed, sizeof packed), 2);
    assert_false(hybrid_levels(&h, 8, 2, map, &n_set));
    hybrid_start(&h, span_of(run, sizeof run), 2);
    assert_false(hybrid_levels(&h, 8, 2, map, &n_set));
}

static void runs_that_lie_are_found(void **state)
{
    static const struct { uint8_t bytes[10]; size_t n; unsigned width; } cases[] = {
        {{0}, 0, 1},                                     /* nothing at all */
        {{200, 1}, 2, 1},                                /* a run without its value */
        {{4 << 1, 2}, 2, 1},                             /* a value of two bits in one */
        {{3, 0xff}, 2, 3},                               /* a group of 3 bytes with one */
        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 10, 8},
        {{0, 0, 0, 0}, 4, 1},                            /* runs of no values */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hybrid h;
        uint32_t out[64], max = 0;

        hybrid_start(&h, span_of(cases[i].bytes, cases[i].n), cases[i].width);
        assert_false(hybrid_read(&h, out, 64, &max));
        assert_non_null(h.problem);
    }
}

/* Impala's bad_rle_literal_count: three indices of no bits, and runs of none; it was read as three times entry 0. */
static void indices_of_no_bits_are_as_many_as_their_runs(void **state)
{
    static const struct { uint8_t bytes[4]; size_t n; int64_t n_values; } cases[] = {
        {{0}, 0, INT64_MAX},             /* no runs: as many as are asked for */
        {{4 << 1}, 1, 4},                /* repeated */
        {{1 << 1 | 1}, 1, 8},            /* a group */
        {{0, 3 << 1, 1 << 1 | 1}, 3, 11},
        {{0, 0, 0}, 3, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t n = cases[i].n_values < 64 ? cases[i].n_values : 64;
        uint32_t out[64], max = 0, value = 1;
        struct hybrid h;

        memset(out, 0xff, sizeof out);
        hybrid_start(&h, span_of(cases[i].bytes, cases[i].n), 0);
        hybrid_wants_runs(&h);
        if (i < 3) {
            assert_true(hybrid_is_constant(&h, n, &value));
            assert_int_equal(value, 0);
        }
        assert_true(hybrid_read(&h, out, n, &max));
        for (int64_t k = 0; k < n; k++)
            assert_int_equal(out[k], 0);
        assert_int_equal(hybrid_skip(&h, 1), cases[i].n == 0);
    }
}

static void reads_legacy_levels_from_the_most_significant_bit(void **state)
{
    const uint8_t in[] = {0xb1, 0x80}; /* 1 0 1 1 0 0 0 1, 1 */
    uint64_t map[1] = {0};
    int64_t n_set;
    struct hybrid h;

    (void)state;
    hybrid_start_legacy(&h, span_of(in, sizeof in), 1, 9);
    assert_true(hybrid_levels(&h, 9, 1, map, &n_set));
    assert_int_equal(map[0], 0x18d);
    assert_int_equal(n_set, 5);
    assert_false(hybrid_levels(&h, 1, 1, map, &n_set));
}

/* DELTA_BINARY_PACKED with blocks of 128 in 4 miniblocks. */
static void put_deltas(struct bytes *b, const int64_t *values, size_t n)
{
    put_varint(b, 128);
    put_varint(b, 4);
    put_varint(b, n);
    put_zigzag(b, n ? values[0] : 0);
    for (size_t at = 1; at < n; at += 128) {
        uint64_t deltas[128] = {0}, least = 0;
        size_t count = n - at < 128 ? n - at : 128;
        uint8_t *widths;

        for (size_t i = 0; i < count; i++)
            deltas[i] = (uint64_t)values[at + i] - (uint64_t)values[at + i - 1];
        for (size_t i = 0; i < count; i++)
            if (i == 0 || (int64_t)deltas[i] < (int64_t)least)
                least = deltas[i];
        put_zigzag(b, (int64_t)least);
        widths = b->at + b->n;
        put(b, (uint8_t[4]){0}, 4);
        for (size_t m = 0; m * 32 < count; m++) {
            unsigned width = 0;

            for (size_t i = m * 32; i < m * 32 + 32 && i < count; i++)
                while (width < 64 && (deltas[i] - least) >> width)
                    width++;
            widths[m] = (uint8_t)width;
            memset(b->at + b->n, 0, width * 4);
            for (size_t i = m * 32; i < m * 32 + 32 && i < count; i++)
                put_bits(b->at + b->n, (i - m * 32) * width, width, deltas[i] - least);
            b->n += width * 4;
        }
    }
}

static void deltas_add_up_over_the_whole_range(void **state)
{
    enum { N = 500 };
    int64_t values[N], out[N];

    (void)state;
    for (unsigned bits = 0; bits <= 64; bits += 4) {
        static struct bytes b;
        struct delta d, walk;
        struct span rest;
        uint32_t seed = bits + 1;
        size_t n = bits == 64 ? N : N - bits * 7;

        for (size_t i = 0; i < n; i++) {
            uint64_t x = (uint64_t)noise(&seed) << 40 ^ (uint64_t)noise(&seed) << 20 ^ noise(&seed);
            values[i] = bits == 0 ? 5 : (int64_t)(x << 8) >> (64 - bits);
        }
        b.n = 0;
        put_deltas(&b, values, n);
        put(&b, "tail", 4);
        assert_null(delta_start(&d, span_of(b.at, b.n), NULL));
        walk = d;
        assert_null(delta_end(&walk, &rest));
        assert_true(rest.size == 4 && memcmp(rest.at, "tail", 4) == 0);
        for (size_t at = 0; at < n; at += 37)
            assert_null(delta_next(&d, out + at, (int64_t)(n - at < 37 ? n - at : 37)));
        assert_memory_equal(out, values, n * sizeof *out);
        assert_non_null(delta_next(&d, out, 1));
    }
}

static void impossible_delta_headers_are_refused(void **state)
{
    static const uint8_t cases[][8] = {
        {0, 4, 1, 0}, {0x80, 1, 0, 1, 0}, {0x80, 1, 0x81, 1, 1, 0}, {0x80, 1, 64, 1, 0},
        {0xff, 0xff, 0xff, 0xff, 0x0f, 1, 1, 0}, {0x80, 0x80, 0x80, 0x80},
    };
    struct delta d;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_non_null(delta_start(&d, span_of(cases[i], sizeof cases[i]), NULL));
}

static struct values make(const struct leaf *leaf, const struct bytes *in)
{
    return (struct values){.leaf = leaf, .in = span_of(in->at, in->n), .max_bytes = 1 << 20, .n_page = 1000};
}

static void prefixes_reach_over_the_end_of_a_chunk(void **state)
{
    static const char *const words[] = {"apple", "apple", "applied", "apply", "", "b", "banana", "banana", "bandana"};
    const struct leaf leaf = {.physical = PHYSICAL_BYTE_ARRAY};
    int64_t prefix[9], suffix[9];

    (void)state;
    for (int64_t step = 1; step <= 9; step++) {
        struct bytes in = {.n = 0};
        struct values v;
        struct raw raw;

        for (int i = 0; i < 9; i++) {
            const char *before = i ? words[i - 1] : "";
            for (prefix[i] = 0; words[i][prefix[i]] && words[i][prefix[i]] == before[prefix[i]];)
                prefix[i]++;
            suffix[i] = (int64_t)strlen(words[i]) - prefix[i];
        }
        put_deltas(&in, prefix, 9);
        put_deltas(&in, suffix, 9);
        for (int i = 0; i < 9; i++)
            put(&in, words[i] + prefix[i], (size_t)suffix[i]);
        v = make(&leaf, &in);
        assert_null(encoding_delta_byte_array.start(&v));
        for (int64_t at = 0; at < 9; at += step) {
            int64_t n = 9 - at < step ? 9 - at : step;

            assert_null(encoding_delta_byte_array.next(&v, n, &raw));
            for (int64_t i = 0; i < n; i++)
                assert_true(span_is(raw.spans[i], words[at + i]));
        }
        assert_non_null(encoding_delta_byte_array.next(&v, 1, &raw));
        values_done(&v);
    }
}

static void a_few_bytes_do_not_become_gigabytes(void **state)
{
    enum { N = 4000 };
    static int64_t prefix[N], suffix[N];
    static struct bytes in;
    const struct leaf leaf = {.physical = PHYSICAL_BYTE_ARRAY};
    struct values v;
    struct raw raw;

    (void)state;
    for (int i = 0; i < N; i++) {
        prefix[i] = i ? 4999 - (i & 1) : 0;
        suffix[i] = i ? 1 : 5000;
    }
    in.n = 0;
    put_deltas(&in, prefix, N);
    put_deltas(&in, suffix, N);
    in.n += 5000 + N;
    v = make(&leaf, &in);
    assert_null(encoding_delta_byte_array.start(&v));
    assert_ptr_equal(encoding_delta_byte_array.next(&v, N, &raw), values_too_large);
    values_done(&v);
}

static void lengths_come_before_all_bytes(void **state)
{
    const struct leaf leaf = {.physical = PHYSICAL_BYTE_ARRAY};
    struct bytes in = {.n = 0};
    struct values v;
    struct raw raw;

    (void)state;
    put_deltas(&in, (int64_t[]){3, 0, 2}, 3);
    put(&in, "abcde", 5);
    v = make(&leaf, &in);
    assert_null(encoding_delta_length_byte_array.start(&v));
    assert_null(encoding_delta_length_byte_array.next(&v, 2, &raw));
    assert_true(span_is(raw.spans[0], "abc") && raw.spans[1].size == 0);
    assert_null(encoding_delta_length_byte_array.next(&v, 1, &raw));
    assert_true(span_is(raw.spans[0], "de"));
    values_done(&v);
    in.n--; /* a byte is missing */
    v = make(&leaf, &in);
    assert_null(encoding_delta_length_byte_array.start(&v));
    assert_non_null(encoding_delta_length_byte_array.next(&v, 3, &raw));
    values_done(&v);
}

static void split_streams_are_joined(void **state)
{
    const struct leaf leaf = {.physical = PHYSICAL_INT32, .fixed_width = 4};
    struct bytes in = {.n = 0};
    struct values v;
    struct raw raw;

    (void)state;
    for (int byte = 0; byte < 4; byte++)
        for (int i = 0; i < 3; i++)
            put_u8(&in, (unsigned)(byte * 16 + i));
    v = make(&leaf, &in);
    assert_null(encoding_byte_stream_split.start(&v));
    assert_null(encoding_byte_stream_split.next(&v, 1, &raw));
    assert_memory_equal(raw.fixed, ((uint8_t[]){0, 16, 32, 48}), 4);
    assert_null(encoding_byte_stream_split.next(&v, 2, &raw));
    assert_memory_equal(raw.fixed, ((uint8_t[]){1, 17, 33, 49, 2, 18, 34, 50}), 8);
    assert_non_null(encoding_byte_stream_split.next(&v, 1, &raw));
    in.n--;
    v.in.size--;
    assert_non_null(encoding_byte_stream_split.start(&v));
    values_done(&v);
}

static void plain_values_end_with_the_page(void **state)
{
    const struct leaf text = {.physical = PHYSICAL_BYTE_ARRAY}, bits = {.physical = PHYSICAL_BOOLEAN, .fixed_width = 1};
    struct bytes in = {.n = 0};
    struct values v;
    struct raw raw;

    (void)state;
    put_u32(&in, 2);
    put(&in, "hi", 2);
    put_u32(&in, UINT32_MAX);
    v = make(&text, &in);
    assert_null(encoding_plain.start(&v));
    assert_null(encoding_plain.next(&v, 1, &raw));
    assert_true(span_is(raw.spans[0], "hi"));
    assert_non_null(encoding_plain.next(&v, 1, &raw));
    values_done(&v);
    in.n = 1;
    in.at[0] = 0x05;
    v = make(&bits, &in);
    assert_null(encoding_plain.start(&v));
    assert_null(encoding_plain.next(&v, 8, &raw));
    assert_memory_equal(raw.fixed, ((uint8_t[]){1, 0, 1, 0, 0, 0, 0, 0}), 8);
    assert_non_null(encoding_plain.next(&v, 1, &raw));
    values_done(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_runs_of_every_width_in_any_parts),
        cmocka_unit_test(levels_become_a_bitmap_whatever_their_runs),
        cmocka_unit_test(a_level_above_its_maximum_is_found),
        cmocka_unit_test(runs_that_lie_are_found),
        cmocka_unit_test(indices_of_no_bits_are_as_many_as_their_runs),
        cmocka_unit_test(reads_legacy_levels_from_the_most_significant_bit),
        cmocka_unit_test(deltas_add_up_over_the_whole_range),
        cmocka_unit_test(impossible_delta_headers_are_refused),
        cmocka_unit_test(prefixes_reach_over_the_end_of_a_chunk),
        cmocka_unit_test(a_few_bytes_do_not_become_gigabytes),
        cmocka_unit_test(lengths_come_before_all_bytes),
        cmocka_unit_test(split_streams_are_joined),
        cmocka_unit_test(plain_values_end_with_the_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
