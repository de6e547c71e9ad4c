/* tools/kernel_loops.c -- every kernel over the same rows, for tools/kernels_table.sh to count instructions: one function each.
 *
 * kernel_loops VARIANT runs them all; what they compute is not looked at, tests/kernels does that.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kernels/kernels.h"

enum { ROWS = 8192, TEXT = 36, FIELDS = 11, RECORD = 160, UTF8_BYTES = 64 };

static uint64_t numbers[ROWS], out[ROWS], more[ROWS], bits[ROWS / 64];
static double doubles[ROWS];
static uint32_t index_of[ROWS], counts[ROWS];
static uint8_t text[ROWS * 4 + TEXT];
static struct span spans[ROWS], cells[3][ROWS];
static char cell_text[3 * ROWS * 32 + CELL_PADDING];
static struct span emails[ROWS];
static char email_text[ROWS * 32];
static struct byte_classes classes = {.n = 4};
static uint64_t masks[5 * CLASS_TEXTS], reached[CLASS_TEXTS];
static uint8_t records[2][ROWS * RECORD]; /* of each as many bytes; in the second, one in eight is quoted */
static uint32_t starts[ROWS], ends[ROWS * FIELDS + CSV_CUT_SLACK];
static uint8_t ascii[ROWS * UTF8_BYTES], umlauts[ROWS * UTF8_BYTES];
static const struct kernels *k;
static bool zero_first;
static volatile uint64_t sink;

/* Each is found by its name in what callgrind writes. */
#define LOOP(name) __attribute__((noinline)) static void loop_##name(void)

LOOP(sum_f64)
{
    static struct exact_sum sum;

    k->sum_f64(doubles, ROWS, NULL, &sum);
}
LOOP(sum_squares_f64)
{
    static struct exact_sum sum;

    k->sum_squares_f64(doubles, ROWS, NULL, &sum);
}
LOOP(sum_i64)
{
    int128 sum = 0;

    k->sum_i64((const int64_t *)numbers, ROWS, NULL, &sum);
    sink += (uint64_t)sum;
}
LOOP(extremes_i64)
{
    int64_t low = INT64_MAX, high = INT64_MIN;

    k->extremes_i64((const int64_t *)numbers, ROWS, NULL, &low, &high);
    sink += (uint64_t)low;
}
LOOP(extremes_u64)
{
    uint64_t low = UINT64_MAX, high = 0;

    k->extremes_u64(numbers, ROWS, NULL, &low, &high);
    sink += low;
}
LOOP(extremes_f64)
{
    double low = 1e300, high = -1e300;

    k->extremes_f64(doubles, ROWS, NULL, &low, &high);
    sink += (uint64_t)low;
}
LOOP(between_i64) { k->between_i64((const int64_t *)numbers, ROWS, 0, 1 << 20, bits); }
LOOP(between_u64) { k->between_u64(numbers, ROWS, 0, 1 << 20, bits); }
LOOP(between_f64) { k->between_f64(doubles, ROWS, 0, 500, bits); }
LOOP(nan_f64) { k->nan_f64(doubles, ROWS, bits); }
LOOP(unpack_u32_1_bit) { sink += k->unpack_u32(text, sizeof text, 0, 1, index_of, ROWS); }
LOOP(unpack_u32_5_bits) { sink += k->unpack_u32(text, sizeof text, 0, 5, index_of, ROWS); }
LOOP(unpack_u32_17_bits) { sink += k->unpack_u32(text, sizeof text, 0, 17, index_of, ROWS); }
LOOP(histogram_u32_8) { k->histogram_u32(index_of, ROWS, NULL, counts, 8); }
LOOP(histogram_u32_8192) { k->histogram_u32(index_of, ROWS, NULL, counts, ROWS); }
LOOP(hash_u64) { k->hash_u64(numbers, ROWS, 7, out); }
LOOP(hash_bytes_36) { k->hash_bytes(spans, ROWS, 7, out); }
LOOP(hash_bytes_128_36) { k->hash_bytes_128(spans, ROWS, 7, out, more); }
LOOP(cells_i64) { k->cells_i64(cells[0], ROWS, NULL, (int64_t *)out, bits, &zero_first); }
LOOP(cells_f64) { k->cells_f64(cells[1], ROWS, NULL, doubles, bits, &zero_first); }
LOOP(cells_micros) { k->cells_micros(cells[2], ROWS, NULL, (int64_t *)out, bits); }

LOOP(class_masks_28)
{
    for (int i = 0; i < ROWS; i += CLASS_TEXTS)
        k->class_masks(&classes, emails + i, CLASS_TEXTS, masks);
}

/* ^[a-z0-9.]+@[a-z.]+\.[a-z]{2,}$ */
LOOP(class_passes_email)
{
    static const struct class_item items[] = {{0, 1, 0, true}, {1, 1, 0, false}, {2, 1, 0, true}, {3, 1, 0, false}, {2, 2, 0, true}};

    for (int i = 0; i < ROWS; i += CLASS_TEXTS) {
        for (int t = 0; t < CLASS_TEXTS; t++)
            reached[t] = 1;
        k->class_passes(items, sizeof items / sizeof *items, masks, reached);
    }
}

static void cut(const uint8_t *csv, bool keeps_ends)
{
    struct csv_cut c = {.text = csv, .size = ROWS * RECORD, .limit = ROWS * RECORD, .n_fields = FIELDS, .delimiter = ',', .quote = '"', .comment = -1,
                        .keeps_ends = keeps_ends, .rows_max = ROWS, .ends_max = ROWS * FIELDS + CSV_CUT_SLACK};

    c.starts = keeps_ends ? starts : NULL;
    c.ends = keeps_ends ? ends : NULL;
    sink += (uint64_t)k->csv_cut(&c) + c.n_rows;
}
LOOP(csv_count) { cut(records[0], false); }
LOOP(csv_cut) { cut(records[0], true); }
LOOP(csv_cut_quoted) { cut(records[1], true); }
LOOP(utf8_ascii_64) { sink += k->utf8_is_valid(span_of(ascii, sizeof ascii)); }
LOOP(utf8_umlauts_64) { sink += k->utf8_is_valid(span_of(umlauts, sizeof umlauts)); }

/* Eleven fields; the last one fills the record up. */
static void put_record(uint8_t *at, int i, bool is_quoted)
{
    char line[RECORD + 1];
    int n = snprintf(line, sizeof line, "%d,%08x-%04x-4000-8000-%012x,%d,%d.%02d,name.%d@shop.example.net,gold,DE,2026-11-22T11:00:00Z,true,%d.5,%s", 1000000 + i,
                     (unsigned)i * 2654435761u, (unsigned)i & 0xffff, (unsigned)i, i % 90, i % 100, i % 7, i, i % 1000, is_quoted ? "\"a, " : "");

    memset(line + n, 'x', sizeof line - (size_t)n);
    if (is_quoted)
        line[RECORD - 2] = '"';
    line[RECORD - 1] = '\n';
    memcpy(at, line, RECORD);
}

static void put_texts(int i)
{
    char *email = email_text + i * 32;

    emails[i] = span_of(email, (size_t)snprintf(email, 32, "name.%07d@shop.example.net", i));
    put_record(records[0] + i * RECORD, i, false);
    put_record(records[1] + i * RECORD, i, i % 8 == 0);
    memset(ascii + i * UTF8_BYTES, 'a', UTF8_BYTES);
    for (int b = 0; b < UTF8_BYTES; b += 2)
        memcpy(umlauts + i * UTF8_BYTES + b, "\xc3\xa4", 2);
}

static void fill_classes(void)
{
    for (int c = 'a'; c <= 'z'; c++)
        for (int in = 0; in < 3; in += 2)
            byte_classes_add(&classes, in, (uint8_t)c);
    for (int c = '0'; c <= '9'; c++)
        byte_classes_add(&classes, 0, (uint8_t)c);
    byte_classes_add(&classes, 0, '.');
    byte_classes_add(&classes, 1, '@');
    byte_classes_add(&classes, 2, '.');
    byte_classes_add(&classes, 3, '.');
}

/* A cell of each kind. */
static void put_cells(int i, uint64_t x)
{
    char *at = cell_text + i * 32;

    cells[0][i] = span_of(at, (size_t)snprintf(at, 32, "%llu", (unsigned long long)(x >> (40 + x % 16))));
    at += ROWS * 32;
    cells[1][i] = span_of(at, (size_t)snprintf(at, 32, "%llu.%02d", (unsigned long long)(x >> (50 + x % 8)), (int)(x % 100)));
    at += ROWS * 32;
    cells[2][i] = span_of(at, (size_t)snprintf(at, 32, "2026-11-22T11:%02d:01.%06dZ", (int)(x % 60), (int)(x % 1000000)));
}

static void fill(void)
{
    uint64_t x = 0x9e3779b97f4a7c15;

    for (int i = 0; i < ROWS; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        numbers[i] = x >> 40;
        doubles[i] = (double)(x >> 44) / 100;
        index_of[i] = (uint32_t)(x >> 50) % 8;
        memcpy(text + i * 4, &x, 4);
        spans[i] = span_of(text + (i & 4095) * 4, TEXT);
        put_cells(i, x);
        put_texts(i);
    }
    fill_classes();
}

int main(int argc, char **argv)
{
    const char *wanted = argc > 1 ? argv[1] : "scalar";

    for (int i = 0; kernels_all[i]; i++)
        if (kernels_runs_here(kernels_all[i]) && strcmp(kernels_all[i]->name, wanted) == 0)
            k = kernels_all[i];
    if (!k) {
        fprintf(stderr, "kernel_loops: no variant %s on this machine\n", wanted);
        return 2;
    }
    fill();
    loop_sum_f64();
    loop_sum_squares_f64();
    loop_sum_i64();
    loop_extremes_i64();
    loop_extremes_u64();
    loop_extremes_f64();
    loop_between_i64();
    loop_between_u64();
    loop_between_f64();
    loop_nan_f64();
    loop_histogram_u32_8();
    loop_histogram_u32_8192();
    loop_unpack_u32_1_bit();
    loop_unpack_u32_5_bits();
    loop_unpack_u32_17_bits();
    loop_hash_u64();
    loop_hash_bytes_36();
    loop_hash_bytes_128_36();
    loop_cells_i64();
    loop_cells_f64();
    loop_cells_micros();
    loop_class_masks_28();
    loop_class_passes_email();
    loop_csv_count();
    loop_csv_cut();
    loop_csv_cut_quoted();
    loop_utf8_ascii_64();
    loop_utf8_umlauts_64();
    printf("%d rows\n", ROWS);
    return 0;
}
