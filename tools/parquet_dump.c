/* tools/parquet_dump.c -- every value of every column of a Parquet file, as a hash: for tools/check_parquet.py.
 *
 *     parquet_dump FILE...
 *
 * One JSON object per file: its rows, or the error; for each column its type, nulls and the hash of its values, in the
 * form that the corpora's README defines as values_sha256. Each column is scanned by itself and, where none is refused,
 * all of them together; so both paths are checked. A third scan asks for nulls alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/number.h"
#include "core/sha256.h"
#include "readers/parquet/parquet.h"
#include "readers/storage/source.h"

struct sum { struct sha256 hash; int64_t n_rows, n_nulls; };

/* As Python's Decimal prints, which is what the hashes of the corpora are of: an exponent below 10^-6. */
static size_t print_decimal(int128 x, int32_t scale, char text[NUMBER_TEXT_SIZE * 2])
{
    char digits[NUMBER_TEXT_SIZE * 2];
    size_t n = number_print_decimal(x < 0 ? -x : x, 0, digits);
    int exponent = (int)n - 1 - scale;

    if (scale == 0 || exponent >= -6)
        return number_print_decimal(x, scale, text);
    return (size_t)snprintf(text, NUMBER_TEXT_SIZE * 2, "%s%.1s%s%sE%d", x < 0 ? "-" : "", digits, n > 1 ? "." : "", digits + 1, exponent);
}

static void add_value(struct sum *sum, const struct vector *v, int64_t row)
{
    char text[NUMBER_TEXT_SIZE * 2];
    int64_t at = vector_position(v, row);
    size_t n = 0;
    uint64_t bits;

    if (!vector_is_valid(v, row)) {
        sha256_add(&sum->hash, "N\n", 2);
        return;
    }
    switch (v->lane) {
    case LANE_BOOL: text[n++] = v->boolean[at] ? 'T' : 'F'; break;
    case LANE_I64:
        n = v->type.kind == TYPE_DECIMAL ? print_decimal(v->i64[at], v->type.scale, text)
                                         : number_print_i64(v->i64[at], text);
        break;
    case LANE_U64: n = number_print_u64(v->u64[at], text); break;
    case LANE_I128: n = print_decimal(v->i128[at], v->type.scale, text); break;
    case LANE_F64:
        memcpy(&bits, &v->f64[at], sizeof bits);
        n = (size_t)snprintf(text, sizeof text, "%016" PRIx64, bits);
        break;
    case LANE_BYTES:
        n = (size_t)snprintf(text, sizeof text, "%zu:", v->bytes[at].size);
        sha256_add(&sum->hash, text, n);
        sha256_add(&sum->hash, v->bytes[at].at, v->bytes[at].size);
        n = 0;
        break;
    case LANE_NONE: break;
    }
    text[n++] = '\n';
    sha256_add(&sum->hash, text, n);
}

static void add_chunk(struct sum *sums, const struct chunk *chunk, bool with_values)
{
    for (int32_t i = 0; i < chunk->n_vectors; i++) {
        const struct vector *v = &chunk->vectors[i];

        sums[i].n_rows += v->n_rows;
        sums[i].n_nulls += v->n_nulls;
        for (int64_t row = 0; with_values && row < v->n_rows; row++)
            add_value(&sums[i], v, row);
    }
}

static void broken(const char *what)
{
    fprintf(stderr, "BROKEN VECTOR: %s\n", what);
    exit(70);
}

static bool has_dictionary(struct scan *scan, struct error *err)
{
    struct vector entries;
    bool available;

    return scan->reader->dictionary(scan, 0, &available, &entries, err) == STATUS_OK && available;
}

static enum status scan_units(struct table *table, const struct want *wants, int32_t n, struct sum *sums,
                              struct error *err)
{
    for (int32_t unit = 0; unit < table->n_units; unit++) {
        struct scan *scan;
        struct chunk chunk;
        enum status status;

        bool is_encoded;

        TRY(table->reader->scan_open(table, unit, wants, n, 0, &scan, err));
        is_encoded = n > 0 && has_dictionary(scan, err);
        while ((status = table->reader->scan_next(scan, &chunk, err)) == STATUS_OK && chunk.n_rows > 0) {
            for (int32_t i = 0; i < n; i++) {
                const char *problem = vector_validate(&chunk.vectors[i]);
                if (problem)
                    broken(problem);
            }
            if (is_encoded && chunk.vectors[0].shape == SHAPE_FLAT && chunk.vectors[0].n_nulls < chunk.n_rows)
                broken("a flat page in a chunk that is all dictionary");
            add_chunk(sums, &chunk, wants[0].need == NEED_VALUES);
        }
        table->reader->scan_close(scan);
        TRY(status);
    }
    return STATUS_OK;
}

static void print_text(const char *text)
{
    putchar('"');
    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\' || *c < 0x20)
            printf("\\u%04x", *c);
        else
            putchar(*c);
    }
    putchar('"');
}

static void print_error(const struct error *err)
{
    char text[1500];

    error_format(err, text, sizeof text);
    printf("\"status\":\"%s\",\"error\":", status_name(err->status));
    print_text(text);
}

static void dump_column(struct table *table, int32_t column, enum need need)
{
    const struct column *c = &table->schema.columns[column];
    struct want want = {column, c->type, need};
    struct error err = ERROR_NONE;
    struct sum sum = {0};
    char type[64], hex[65];

    sha256_init(&sum.hash);
    type_print(c->type, type);
    printf("{\"name\":");
    print_text(c->name);
    printf(",\"type\":\"%s\",\"nullable\":%s,\"nested\":%s,\"physical\":\"%s\",\"logical\":\"%s\",", type,
           c->is_nullable ? "true" : "false", c->is_nested ? "true" : "false", c->physical_type,
           c->logical_type ? c->logical_type : "");
    if (scan_units(table, &want, 1, &sum, &err))
        print_error(&err);
    else {
        sha256_hex(&sum.hash, hex);
        printf("\"entries\":%" PRId64 ",\"non_null\":%" PRId64 ",\"sha256\":\"%s\"", sum.n_rows,
               sum.n_rows - sum.n_nulls, hex);
    }
    printf("}");
}

/* All columns that are not nested at once: the hashes must be the same again. */
static void dump_together(struct table *table)
{
    struct want *wants = calloc((size_t)table->schema.n_columns + 1, sizeof *wants);
    struct sum *sums = calloc((size_t)table->schema.n_columns + 1, sizeof *sums);
    struct error err = ERROR_NONE;
    int32_t n = 0;
    char hex[65];

    for (int32_t i = 0; i < table->schema.n_columns; i++) {
        sha256_init(&sums[n].hash);
        if (!table->schema.columns[i].is_nested)
            wants[n++] = (struct want){i, table->schema.columns[i].type, NEED_VALUES};
    }
    if (scan_units(table, wants, n, sums, &err))
        print_error(&err);
    else {
        printf("\"hashes\":[");
        for (int32_t i = 0; i < n; i++) {
            sha256_hex(&sums[i].hash, hex);
            printf("%s\"%s\"", i ? "," : "", hex);
        }
        printf("]");
    }
    free(wants);
    free(sums);
}

static void dump_bound(const char *name, const struct value *v)
{
    struct buffer text = {0};

    if (!value_print(v, &text) || !buffer_add(&text, "", 1))
        return;
    printf(",\"%s\":", name);
    print_text((const char *)text.at);
    buffer_done(&text);
}

static void dump_summary(struct table *table, int32_t unit, int32_t column)
{
    struct column_summary s;
    struct error err = ERROR_NONE;

    if (table->reader->summary(table, unit, column, &s, &err))
        return;
    printf("{\"unit\":%d,\"column\":%d,\"rows\":%" PRId64, unit, column, s.n_rows);
    if (s.has_nulls_count)
        printf(",\"nulls\":%" PRId64 ",\"evidence\":\"%s\"", s.n_nulls, evidence_names[s.nulls_evidence]);
    if (s.has_bounds) {
        dump_bound("min", &s.min);
        dump_bound("max", &s.max);
        printf(",\"exact\":%s", s.min_is_exact && s.max_is_exact ? "true" : "false");
    }
    printf("}");
}

static void dump_table(struct table *table)
{
    bool is_first = true;

    printf("\"rows\":%" PRId64 ",\"units\":%d,\"created_by\":", table->n_rows, table->n_units);
    print_text(table->created_by ? table->created_by : "");
    for (int pass = 0; pass < 2; pass++) {
        printf(",\"%s\":[", pass ? "levels" : "columns");
        for (int32_t i = 0; i < table->schema.n_columns; i++) {
            printf("%s", i ? "," : "");
            dump_column(table, i, pass ? NEED_NULLS : NEED_VALUES);
        }
        printf("]");
    }
    printf(",\"together\":{");
    dump_together(table);
    printf("},\"summaries\":[");
    for (int32_t unit = 0; unit < table->n_units; unit++) {
        for (int32_t i = 0; i < table->schema.n_columns; i++, is_first = false) {
            printf("%s", is_first ? "" : ",");
            dump_summary(table, unit, i);
        }
    }
    printf("]");
}

static void dump_file(const char *path)
{
    struct memory memory;
    struct read_options options = {.format = "parquet", .memory = &memory};
    struct error err = ERROR_NONE;
    struct source *source = NULL;
    struct table *table = NULL;

    memory_init(&memory, (size_t)1 << 30);
    printf("{\"file\":");
    print_text(path);
    putchar(',');
    if (source_open(path, &memory, &source, &err) || reader_parquet.open(source, &options, &table, &err))
        print_error(&err);
    else {
        dump_table(table);
        reader_parquet.close(table);
    }
    printf(",\"peak\":%zu,\"leaked\":%zu}\n", atomic_load(&memory.peak), atomic_load(&memory.used));
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        dump_file(argv[i]);
    return 0;
}
