/* readers/parquet/reader.c -- Apache Parquet as a reader: opening, closing, and the row of the registry. */
#include <stdlib.h>

#include "core/number.h"
#include "readers/parquet/parquet.h"
#include "readers/parquet/scan.h"

/* PAR1, or PARE for an encrypted footer: which is refused when it is opened, by name. */
static bool recognises(struct span head, const char *path)
{
    (void)path;
    return head.size >= PARQUET_MAGIC_SIZE &&
           (memcmp(head.at, "PAR1", PARQUET_MAGIC_SIZE) == 0 || memcmp(head.at, "PARE", PARQUET_MAGIC_SIZE) == 0);
}

static void close_table(struct table *table)
{
    struct parquet_file *file = (struct parquet_file *)table;

    if (!file)
        return;
    arena_done(&file->arena);
    buffer_done(&file->footer);
    source_close(file->table.source);
    mem_free(file->memory, file);
}

/* Many pages of usual writers have a MiB; a 16th of what may be used leaves room for those of several columns and threads. ASSAY_PARQUET_WHOLE=n (tests): n bytes. */
static int64_t whole_page_bytes(const struct read_options *options)
{
    const char *text = getenv("ASSAY_PARQUET_WHOLE");
    size_t limit = options->memory ? options->memory->limit : 0, part = limit / 16;
    int64_t n;

    if (options->whole_page_bytes > 0)
        return options->whole_page_bytes;
    if (text && number_parse_i64(span_text(text), &n) && n > 0)
        return n;
    return limit == 0 || part > PARQUET_WHOLE_PAGE_MOST ? PARQUET_WHOLE_PAGE_MOST : part < PARQUET_WHOLE_PAGE_LEAST ? PARQUET_WHOLE_PAGE_LEAST : (int64_t)part;
}

static enum status open_table(struct source *source, const struct read_options *options, struct table **out,
                              struct error *err)
{
    struct parquet_file *file = mem_alloc(options->memory, sizeof *file);
    enum status status;

    *out = NULL;
    error_source(err, source->path);
    if (!file) {
        source_close(source);
        return memory_error(options->memory, "a table", err);
    }
    file->table.reader = &reader_parquet;
    file->table.source = source;
    file->table.n_rows = -1;
    file->memory = file->footer.memory = options->memory;
    file->cancelled = options->cancelled;
    file->max_page_bytes = options->max_page_bytes > 0 ? options->max_page_bytes : PARQUET_MAX_PAGE_BYTES;
    file->whole_page_bytes = whole_page_bytes(options);
    status = footer_read(file, err);
    if (status)
        close_table(&file->table);
    else
        *out = &file->table;
    return status;
}

static int64_t unit_rows(const struct table *table, int32_t unit)
{
    return ((const struct parquet_file *)table)->row_groups[unit].n_rows;
}

const struct reader reader_parquet = {
    .name = "parquet",
    .doc = "Apache Parquet: all physical types and the codecs snappy, gzip, zstd, lz4 and brotli",
    .is_typed = true,
    .columns_are_independent = true,
    .recognises = recognises,
    .open = open_table,
    .close = close_table,
    .unit_rows = unit_rows,
    .summary = parquet_summary,
    .page_facts = parquet_page_facts,
    .may_hold = parquet_may_hold,
    .dictionary = parquet_dictionary,
    .weight = parquet_weight,
    .split = parquet_split,
    .scan_open = parquet_scan_open,
    .scan_part = parquet_scan_part,
    .scan_next = parquet_scan_next,
    .scan_close = parquet_scan_close,
};
