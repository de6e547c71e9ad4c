/* fuzz/fuzz_parquet_footer.c -- any bytes as the footer of a Parquet file, and as the header of a page and of a Bloom filter.
 *
 * What a reader says about a file before it reads a value is the path that other readers forgot to fuzz, and ours takes
 * its short cuts from it. Opened; every column of every row group asked for its summary, and its filter for a value. What that takes in
 * memory has to stay within what `assay limits` says of footers.
 */
#include "fuzz/parquet_build.h"
#include "fuzz/parquet_target.h"
#include "readers/parquet/pages.h"

enum { BODY = 4096, SUMMARIES = 4096 };

static struct building file;

static void ask(struct table *table)
{
    static const struct { struct span text; int128 rest; } element; /* of any lane: a number, or no bytes */
    int64_t n = 0, n_rows = 0;

    for (int32_t unit = 0; unit < table->n_units; unit++) {
        n_rows += table->reader->unit_rows(table, unit);
        for (int32_t i = 0; i < table->schema.n_columns && n < SUMMARIES; i++, n++) {
            struct column_summary summary;
            struct error err = ERROR_NONE;

            if (table->reader->summary(table, unit, i, &summary, &err) != STATUS_OK)
                continue;
            if (summary.has_nulls_count && summary.n_nulls < 0)
                abort();
            if (summary.has_filter)
                sink += table->reader->may_hold(table, unit, i, &element);
            if (summary.has_bounds && (summary.min.kind == VALUE_NONE || summary.max.kind == VALUE_NONE))
                abort();
        }
    }
    if (n_rows != table->n_rows)
        abort();
    for (int32_t i = 0; i < table->schema.n_columns; i++)
        sink += strlen(table->schema.columns[i].name);
}

static void open_footer(struct span footer)
{
    struct memory memory;
    struct read_options options = {.format = "parquet", .memory = &memory};
    struct error err = ERROR_NONE;
    struct source *source = NULL;
    struct table *table = NULL;

    memory_init(&memory, BUDGET);
    if (source_from_memory("input", span_of(file.at, file.n), &memory, &source, &err))
        return;
    if (reader_parquet.open(source, &options, &table, &err) == STATUS_OK) {
        ask(table);
        reader_parquet.close(table);
    }
    if (atomic_load(&memory.used) != 0)
        abort();
    if (atomic_load(&memory.peak) > PARQUET_FOOTER_RATIO * footer.size + PARQUET_FOOTER_BYTES)
        abort(); /* more than `assay limits` promises */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t zeros[BODY];
    struct page_header header;
    struct thrift t;
    int32_t n_bytes;

    if (size > BUILD_MAX - BODY - 12)
        return 0;
    start_file(&file);
    add(&file, zeros, sizeof zeros);
    add(&file, data, size);
    add_u32(&file, (uint32_t)size);
    add(&file, "PAR1", 4);
    open_footer(span_of(data, size));
    thrift_start(&t, span_of(data, size));
    page_header_read(&t, &header);
    if (thrift_position(&t) > size)
        abort();
    thrift_start(&t, span_of(data, size));
    if (bloom_header_read(&t, &n_bytes) && (n_bytes < 32 || n_bytes % 32 || thrift_position(&t) > size))
        abort();
    return 0;
}
