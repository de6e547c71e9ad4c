/* tests/readers/test_parquet_levels.c -- nulls are counted from the front of a page: no more of it is read or unpacked than it must be. */
#include "tests/readers/parquet_fixture.h"

#include <lz4.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>

#include "readers/parquet/pages.h"

enum { ROWS = 200000, BODY = 4 + 2 + 4 + ROWS / 8 + 8 * ROWS, ROOM = 2 * BODY };

struct big { uint8_t *at; size_t n; };

/* Every tenth row is null. Values are noise, so that the page stays as large when it is packed. Returns the levels' bytes. */
static size_t make_body(uint8_t *body, size_t *size)
{
    struct bytes levels = {.n = 0};
    uint64_t noise = 88172645463325252u;
    size_t at;

    put_varint(&levels, ROWS / 8 << 1 | 1);
    for (int i = 0; i < ROWS / 8; i++) {
        unsigned byte = 0;

        for (int bit = 0; bit < 8; bit++)
            byte |= (unsigned)((i * 8 + bit) % 10 != 0) << bit;
        put_u8(&levels, byte);
    }
    memcpy(body, &(uint32_t){(uint32_t)levels.n}, 4);
    memcpy(body + 4, levels.at, levels.n);
    at = 4 + levels.n;
    for (int i = 0; i < ROWS - ROWS / 10; i++, at += 8) {
        noise ^= noise << 13;
        noise ^= noise >> 7;
        noise ^= noise << 17;
        memcpy(body + at, &noise, 8);
    }
    *size = at;
    return levels.n;
}

static size_t pack(int codec, const uint8_t *in, size_t n, uint8_t *out)
{
    size_t size = ROOM;

    switch (codec) {
    case 1:
        assert_int_equal(snappy_compress((const char *)in, n, (char *)out, &size), SNAPPY_OK);
        return size;
    case 2: {
        z_stream z = {.next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)n, .next_out = out, .avail_out = ROOM};

        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        size = z.total_out;
        deflateEnd(&z);
        return size;
    }
    case 6:
        return ZSTD_compress(out, ROOM, in, n, 1);
    case 7:
        return (size_t)LZ4_compress_default((const char *)in, (char *)out, (int)n, ROOM);
    default:
        memcpy(out, in, n);
        return n;
    }
}

/* One optional column of one page, v1 or v2, whose last bytes may be broken. */
static struct big make_file(int codec, int type, bool is_broken)
{
    static struct file_build b;
    uint8_t *body = malloc(ROOM), *packed = malloc(ROOM);
    struct big file = {malloc(2 * ROOM), 0};
    size_t size, levels = make_body(body, &size), front = 0, n;
    size_t footer_from;
    const struct bytes nothing = {.n = 0};
    struct file_column *c;

    if (type == PAGE_DATA_V2) { /* the levels stand alone, without their length */
        memmove(body, body + 4, size - 4);
        size -= 4;
        front = levels;
        memcpy(packed, body, levels);
    }
    n = front + pack(codec, body + front, size - front, packed + front);
    if (is_broken)
        memset(packed + n - 64, 0xff, 64);
    build_start(&b);
    b.n_rows = ROWS;
    c = build_column(&b, "x", PHYSICAL_INT64, REPETITION_OPTIONAL);
    c->codec = codec;
    build_page(&b, (struct page){.type = type, .n_values = ROWS, .encoding = ENCODING_PLAIN, .unpacked = (int)size, .packed = (int)n,
                                 .crc = -1, .def_size = (int)levels, .is_packed = codec != 0}, &nothing);
    c->size += (int64_t)n;
    footer_from = b.out.n;
    build_finish(&b);
    memcpy(file.at, b.out.at, footer_from);
    memcpy(file.at + footer_from, packed, n);
    memcpy(file.at + footer_from + n, b.out.at + footer_from, b.out.n - footer_from);
    file.n = b.out.n + n;
    free(body);
    free(packed);
    return file;
}

struct seen { int64_t n_rows, n_nulls, bytes_read, bytes_decompressed; enum status status; };

static struct seen scan(const struct big *file, enum need need)
{
    struct error err = ERROR_NONE;
    struct opened o = open_bytes(file->at, file->n, &err);
    struct want want = {0, {.kind = TYPE_INT64}, need};
    struct seen out = {0};
    struct chunk chunk;
    struct scan *s;

    assert_non_null(o.table);
    out.bytes_read = -read_counters.bytes_read;
    out.bytes_decompressed = -read_counters.bytes_decompressed;
    assert_int_equal(reader_parquet.scan_open(o.table, 0, &want, 1, 0, &s, &err), STATUS_OK);
    for (;;) {
        out.status = reader_parquet.scan_next(s, &chunk, &err);
        if (out.status || chunk.n_rows == 0)
            break;
        out.n_rows += chunk.n_rows;
        out.n_nulls += chunk.vectors[0].n_nulls;
    }
    reader_parquet.scan_close(s);
    out.bytes_read += read_counters.bytes_read;
    out.bytes_decompressed += read_counters.bytes_decompressed;
    close_opened(o);
    return out;
}

/* The levels take 25 KB of 1.5 MB. zstd unpacks in blocks of 128 KiB, but gives out no more than was asked for. */
static void the_levels_of_a_page_are_unpacked_and_nothing_else(void **state)
{
    static const int ids[] = {0, 1, 2, 6, 7}, types[] = {PAGE_DATA, PAGE_DATA_V2};

    (void)state;
    for (size_t i = 0; i < 10; i++) {
        int codec = ids[i % 5], type = types[i / 5];
        struct big file = make_file(codec, type, false);
        struct seen nulls = scan(&file, NEED_NULLS), values = scan(&file, NEED_VALUES);

        assert_int_equal(nulls.status, STATUS_OK);
        assert_int_equal(nulls.n_rows, ROWS);
        assert_int_equal(nulls.n_nulls, ROWS / 10);
        assert_int_equal(values.n_nulls, ROWS / 10);
        assert_true(values.bytes_read > 1400000);
        assert_in_range(nulls.bytes_read, 1, type == PAGE_DATA ? 200 << 10 : 65 << 10);
        assert_in_range(nulls.bytes_decompressed, 0, type == PAGE_DATA && codec ? 40 << 10 : 0);
        free(file.at);
    }
}

/* What lies behind the levels is not looked at, so its damage is not seen: who wants to see it asks for values. gzip
 * ends in a checksum, which tells. */
static void what_is_behind_the_levels_is_the_business_of_values(void **state)
{
    struct big file = make_file(2, PAGE_DATA, true);

    (void)state;
    assert_int_equal(scan(&file, NEED_NULLS).status, STATUS_OK);
    assert_int_equal(scan(&file, NEED_NULLS).n_nulls, ROWS / 10);
    assert_int_equal(scan(&file, NEED_VALUES).status, STATUS_BAD_DATA);
    free(file.at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_levels_of_a_page_are_unpacked_and_nothing_else),
        cmocka_unit_test(what_is_behind_the_levels_is_the_business_of_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
