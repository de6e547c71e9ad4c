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
#include "readers/text.h"

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

struct sums { int64_t n_rows; struct damage damage; };

static enum status dump_unit(struct table *t, int32_t unit, const struct want *wants, int32_t n, bool is_silent, struct sums *sums,
                             struct error *err)
{
    struct scan *scan;
    struct chunk chunk;
    enum status status;

    TRY(t->reader->scan_open(t, unit, wants, n, 0, &scan, err));
    while ((status = t->reader->scan_next(scan, &chunk, err)) == STATUS_OK && chunk.n_rows) {
        sums->n_rows += chunk.n_rows;
        if (!is_silent)
            print_rows(&chunk);
    }
    damage_merge(&sums->damage, t->reader->scan_damage(scan));
    t->reader->scan_close(scan);
    return status;
}

static void print_sums(const struct table *t, const struct sums *sums)
{
    const struct damage *d = &sums->damage;

    fprintf(stderr, "%d columns, %lld rows, %lld damaged, %s, %s\n", t->schema.n_columns, (long long)sums->n_rows,
            (long long)d->n_records, t->reader->name, t->dialect);
    for (int32_t i = 0; i < d->n_items && i < 5; i++)
        fprintf(stderr, "  line %lld byte %lld: %s\n", (long long)d->items[i].line, (long long)d->items[i].byte,
                d->items[i].what);
}

static enum status dump(struct table *t, bool is_silent, struct error *err)
{
    struct want *wants = calloc((size_t)t->schema.n_columns + 1, sizeof *wants);
    struct sums sums = {0};
    enum status status = STATUS_OK;
    int32_t n = 0;

    if (!wants)
        return error_no_memory(err);
    for (int32_t i = 0; i < t->schema.n_columns; i++)
        if (!t->schema.columns[i].is_nested)
            wants[n++] = (struct want){i, {.kind = TYPE_STRING}, NEED_VALUES};
    for (int32_t unit = 0; unit < t->n_units && status == STATUS_OK; unit++)
        status = dump_unit(t, unit, wants, n, is_silent, &sums, err);
    if (status == STATUS_OK)
        print_sums(t, &sums);
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
        csv_read_in_windows((struct csv_table *)table, (size_t)window);
    if (status == STATUS_OK)
        status = dump(table, is_silent, &err);
    table_close(table);
    if (status == STATUS_OK)
        return 0;
    error_format(&err, text, sizeof text);
    fprintf(stderr, "%s: %s\n", status_name(status), text);
    return status_exit_code(status);
}
