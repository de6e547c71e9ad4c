/* tools/dump_cells.c -- all cells of a text file, for comparison with other readers.
 *
 * dump_cells [-d DELIMITER] [-H] [-w WINDOW] [-t] FILE: `length:bytes` per cell, a line feed per record (the form of cells_sha256
 * in the corpora); -H: the first record is data; -w: size of the window; -t: no cells, only what was told. A last line
 * on standard error says columns, rows, damaged records and dialect. Built by hand: cc -I. tools/dump_cells.c libassay.a and LIBS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/number.h"
#include "readers/csv/csv.h"

static void print_rows(const struct chunk *c)
{
    for (int64_t row = 0; row < c->n_rows; row++) {
        for (int32_t i = 0; i < c->n_vectors; i++) {
            struct span cell = c->vectors[i].raw[row];
            printf("%zu:", cell.size);
            if (cell.size)
                fwrite(cell.at, 1, cell.size, stdout);
        }
        putchar('\n');
    }
}

static enum status dump_scan(struct table *t, struct scan *scan, bool is_silent, struct error *err)
{
    const struct damage *d;
    struct chunk chunk;
    int64_t n_rows = 0;

    do {
        TRY(t->reader->scan_next(scan, &chunk, err));
        n_rows += chunk.n_rows;
        if (!is_silent)
            print_rows(&chunk);
    } while (chunk.n_rows);
    d = t->reader->scan_damage(scan);
    fprintf(stderr, "%d columns, %lld rows, %lld damaged, %s, %s\n", t->schema.n_columns, (long long)n_rows,
            (long long)d->n_records, t->reader->name, t->dialect);
    for (int32_t i = 0; i < d->n_items && i < 5; i++)
        fprintf(stderr, "  line %lld byte %lld: %s\n", (long long)d->items[i].line, (long long)d->items[i].byte,
                d->items[i].what);
    return STATUS_OK;
}

static enum status dump(struct table *t, bool is_silent, struct error *err)
{
    struct want *wants = calloc((size_t)t->schema.n_columns + 1, sizeof *wants);
    struct scan *scan = NULL;
    int32_t n = 0;
    enum status status;

    if (!wants)
        return error_no_memory(err);
    for (int32_t i = 0; i < t->schema.n_columns; i++)
        if (!t->schema.columns[i].is_nested)
            wants[n++] = (struct want){i, {.kind = TYPE_STRING}, NEED_VALUES};
    status = t->reader->scan_open(t, 0, wants, n, 0, &scan, err);
    if (status == STATUS_OK)
        status = dump_scan(t, scan, is_silent, err);
    if (scan)
        t->reader->scan_close(scan);
    free(wants);
    return status;
}

int main(int argc, char **argv)
{
    struct read_options options = {.header = -1};
    struct error err = ERROR_NONE;
    struct source *source;
    struct table *table = NULL;
    bool is_silent = false;
    int64_t window = 0;
    char text[2048];
    enum status status;

    for (int c; (c = getopt(argc, argv, "d:Hw:tf:")) != -1;) {
        if (c == 'd')
            options.delimiter = optarg[0];
        else if (c == 'H')
            options.header = 0;
        else if (c == 't')
            is_silent = true;
        else if (c == 'f')
            options.format = optarg;
        else if (c == 'w' && !number_parse_i64(span_text(optarg), &window))
            return 2;
    }
    if (optind >= argc)
        return 2;
    status = source_open(argv[optind], NULL, &source, &err);
    if (status == STATUS_OK)
        status = table_open(source, &options, &table, &err);
    if (status == STATUS_OK && window && table->reader == &reader_csv)
        ((struct csv_table *)table)->window_size = (size_t)window;
    if (status == STATUS_OK)
        status = dump(table, is_silent, &err);
    table_close(table);
    if (status == STATUS_OK)
        return 0;
    error_format(&err, text, sizeof text);
    fprintf(stderr, "%s: %s\n", status_name(status), text);
    return status_exit_code(status);
}
