/* readers/csv/csv.c -- CSV as a table whose units are blocks of the text.
 *
 * A plain file is cut into blocks (blocks.h), which are its units; so is a packed one that was written in pieces (storage/frames.h).
 * Another packed one can only be read from front to back and is one unit, read through a sliding window; so is one in another encoding, and a body that still arrives. scan.c hands out the cells of either.
 *
 * A null is an empty unquoted cell or one of the options' null words, unquoted; `""` is a value. Blank lines are no
 * records, except in a file of one column, where they are a null. A damaged record (lexer.h) and one with another number of
 * cells than the first record are left out of the chunks and listed. `row` of an item is the number of good records before
 * it. A misplaced quote in the header is listed too; where its cells cannot be told (a quote never closed, NUL, invalid
 * UTF-8) the file is BAD_DATA. Packed text that cannot be unpacked, or that ends too early, is BAD_DATA at once: nothing is known of the rest.
 */
#include "readers/csv/csv.h"

#include <stdlib.h>

#include "core/number.h"
#include "readers/cells.h"
#include "readers/csv/scan.h"

static bool recognises(struct span head, const char *path)
{
    (void)head;
    (void)path;
    return true;
}

static enum status check_options(const struct read_options *o, struct error *err)
{
    if (o->delimiter < 0 || o->delimiter > 127 || o->delimiter == '\n' || o->delimiter == '\r')
        return error_set(err, STATUS_BAD_USAGE, "a CSV delimiter is one ASCII character and no line end");
    if (o->quote < -1 || o->quote > 127 || o->quote == '\n' || o->quote == '\r' || (o->quote && o->quote == o->delimiter))
        return error_set(err, STATUS_BAD_USAGE, "a CSV quote is one ASCII character, no line end and not the delimiter");
    if (o->escape < -1 || o->escape > 127 || o->escape == '\n' || o->escape == '\r' || (o->escape > 0 && o->escape == o->delimiter))
        return error_set(err, STATUS_BAD_USAGE, "a CSV escape is one ASCII character, no line end and not the delimiter");
    return o->cells ? cell_rules_validate(o->cells, o->delimiter, err) : STATUS_OK;
}

static bool copy_options(struct csv_table *t, const struct read_options *o)
{
    const char *comment = o->comment ? o->comment : "";
    int32_t n = o->null_words.is_set ? o->null_words.n : 0;

    t->dialect.delimiter = (uint8_t)o->delimiter;
    t->dialect.quote = o->quote == 0 ? '"' : o->quote;
    t->dialect.escape = o->escape > 0 && o->escape != t->dialect.quote ? o->escape : 0; /* the quote itself: doubled, as always */
    t->dialect.comment_size = strlen(comment);
    t->dialect.comment = arena_text(&t->arena, comment, strlen(comment));
    if (n)
        t->null_words = arena_array(&t->arena, (size_t)n, sizeof *t->null_words);
    if (!t->dialect.comment || (n && !t->null_words))
        return false;
    for (int32_t i = 0; i < n; i++) {
        const char *word = arena_text(&t->arena, o->null_words.at[i], strlen(o->null_words.at[i]));
        if (!word)
            return false;
        t->null_words[t->n_null_words++] = span_text(word);
    }
    return true;
}

static void csv_close(struct table *table)
{
    struct csv_table *t = (struct csv_table *)table;

    csv_free_spares(t);
    csv_blocks_done(&t->blocks);
    frames_done(&t->frames);
    source_close(t->table.source);
    arena_done(&t->arena);
    mem_free(t->memory, t);
}

void csv_read_in_windows(struct csv_table *t, size_t window_size)
{
    csv_free_spares(t);
    csv_blocks_done(&t->blocks);
    frames_done(&t->frames);
    t->table.n_units = 1;
    t->window_size = window_size;
}

static enum status read_in_blocks(struct csv_table *t, int64_t block_size, struct error *err)
{
    struct csv_entry first = {t->data_offset, t->data_line, 0};

    if (!csv_blocks_init(&t->blocks, t->table.source->size, block_size, first, t->memory))
        return memory_error(t->memory, "a CSV file", err);
    t->table.n_units = t->blocks.n;
    return STATUS_OK;
}

static enum status read_in_parts(struct csv_table *t, int64_t block_size, struct error *err)
{
    struct csv_entry first = {t->data_offset, t->data_line, 0};
    struct source *source = t->table.source;

    TRY(frames_find(&t->frames, source, block_size, t->memory, err));
    if (t->frames.n == 0 || t->frames.n > CSV_PARTS_MAX ||
        (source->unpacked_max && frames_text_size(&t->frames) > source->unpacked_max)) { /* which is said when the limit is met */
        frames_done(&t->frames);
        return STATUS_OK;
    }
    if (!csv_blocks_init_packed(&t->blocks, &t->frames, first, t->memory))
        return memory_error(t->memory, "a CSV file", err);
    t->table.n_units = t->blocks.n;
    return STATUS_OK;
}

enum status csv_cut_up(struct csv_table *t, int64_t block_size, struct error *err)
{
    struct source *source = t->table.source;
    uint8_t head[4];
    size_t n = source->size < 4 ? (size_t)source->size : 4;

    csv_read_in_windows(t, WINDOW_SIZE);
    if (source->spool || source->charset != CHARSET_UTF8) /* a spool may still grow */
        return STATUS_OK;
    TRY(source_read(source, 0, head, n, err));
    return packing_of(span_of(head, n)) == PACKING_NONE ? read_in_blocks(t, block_size, err) : read_in_parts(t, block_size, err);
}

/* ASSAY_CSV_BLOCK=n (tests): blocks of n bytes. */
static int64_t usual_block_size(void)
{
    const char *text = getenv("ASSAY_CSV_BLOCK");
    int64_t n;

    return text && number_parse_i64(span_text(text), &n) && n > 0 ? n : BLOCK_SIZE;
}

static enum status csv_open(struct source *source, const struct read_options *options, struct table **out,
                            struct error *err)
{
    struct csv_table *t = mem_alloc(options->memory, sizeof *t);
    enum status status;

    *out = NULL;
    if (!t) {
        source_close(source);
        return memory_error(options->memory, "a CSV file", err);
    }
    t->memory = options->memory;
    t->table = (struct table){.reader = &reader_csv, .source = source, .n_units = 1, .n_rows = -1};
    t->cancelled = options->cancelled;
    t->window_size = WINDOW_SIZE;
    arena_init(&t->arena, t->memory, 0);
    status = check_options(options, err);
    if (status == STATUS_OK && !copy_options(t, options))
        status = memory_error(t->memory, "a CSV file", err);
    if (status == STATUS_OK)
        status = csv_read_head(t, options, err);
    if (status == STATUS_OK)
        status = csv_cut_up(t, usual_block_size(), err);
    if (status != STATUS_OK) {
        error_source(err, source->path);
        csv_close(&t->table);
        return status;
    }
    *out = &t->table;
    return STATUS_OK;
}

static int64_t csv_unit_rows(const struct table *table, int32_t unit)
{
    (void)unit;
    return table->n_rows;
}

const struct reader reader_csv = {
    .name = "csv",
    .doc = "CSV (RFC 4180), also gzip or zstd; delimiter and header told from the content",
    .is_typed = false,
    .columns_are_independent = false,
    .recognises = recognises,
    .open = csv_open,
    .close = csv_close,
    .unit_rows = csv_unit_rows,
    .scan_open = csv_scan_open,
    .scan_next = csv_scan_next,
    .scan_close = csv_scan_close,
    .scan_damage = csv_scan_damage,
};
