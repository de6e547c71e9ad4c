/* readers/parquet/scan.c -- columns of a row group side by side.
 *
 * A chunk is as long as the shortest rest of a current page among the wanted columns, at most CHUNK_MAX_ROWS: so no
 * value is copied to line pages up, and a dictionary stays one for the whole chunk. Repeated columns are scanned by
 * entries (entries.c), and then all of them are of the same repeated element.
 */
#include "readers/parquet/scan.h"

struct parquet_scan {
    struct scan scan; /* first */
    struct parquet_file *file;
    struct memory *memory;
    int32_t unit;
    bool is_repeated;    /* rows are entries */
    int64_t rows_left, next_row;
    struct read_room *room;    /* the caller's, or own_room */
    struct read_room own_room;
    int32_t n_columns;
    struct column_scan *columns;
    struct vector *vectors;
};

/* Names the place of a problem of a column; what is known more exactly stays. */
static enum status at_column(const struct parquet_scan *s, const struct column_scan *c, enum status status,
                             struct error *err)
{
    if (status != STATUS_OK) {
        error_source(err, s->file->table.source->path);
        error_column(err, s->file->table.schema.columns[c->column].name);
        err->row_group = s->unit;
    }
    return status;
}

static enum status open_column(struct parquet_scan *s, struct column_scan *c, const struct want *want, struct error *err)
{
    const struct leaf *leaf;
    struct type own;

    if (want->column < 0 || want->column >= s->file->table.schema.n_columns)
        return error_set(err, STATUS_INTERNAL, "column %d of %d was asked for", want->column,
                         s->file->table.schema.n_columns);
    leaf = &s->file->leaves[want->column];
    own = s->file->table.schema.columns[want->column].type;
    c->column = want->column;
    c->need = want->need;
    c->type = want->type;
    c->pages.file = s->file; /* for its memory, also where no page is read */
    c->pages.leaf = leaf;
    if (leaf->refused && want->need == NEED_VALUES)
        return error_set(err, STATUS_UNSUPPORTED, "the column `%s` cannot be read: %s",
                         s->file->table.schema.columns[want->column].name, leaf->refused);
    if (!cast_find(own, want->type, &c->cast))
        return error_set(err, STATUS_INTERNAL, "the column `%s` was asked for in a type that is not wider than its own",
                         s->file->table.schema.columns[want->column].name);
    c->lane = type_lane(c->type);
    c->is_null_type = own.kind == TYPE_NULL;
    c->is_virtual = leaf->max_rep == 0 && (c->is_null_type || (want->need == NEED_NULLS && leaf->max_def == 0));
    if (c->is_virtual || s->rows_left == 0)
        return STATUS_OK;
    entries_start(c, &s->file->row_groups[s->unit]);
    TRY(pages_open(&c->pages, s->file, s->unit, want->column, c->is_null_type ? NEED_NULLS : c->need, &s->room->codecs, err));
    if (c->cast.kind != CAST_NONE && c->cast.kind != CAST_NULL) {
        c->pages.cast = &c->cast; /* columns do not move while they are scanned */
        c->pages.width = lane_width(c->lane);
    }
    column_settle_in(c, s->room);
    return STATUS_OK;
}

/* Entries of different lists do not stand side by side, nor do entries and rows. */
static enum status check_alignment(struct parquet_scan *s, const struct want *wants, int32_t n_wants, struct error *err)
{
    const struct column *columns = s->file->table.schema.columns;

    for (int32_t i = 0; i < n_wants; i++) {
        const struct leaf *first = s->columns[0].pages.leaf, *leaf = s->columns[i].pages.leaf;

        s->is_repeated = leaf->max_rep > 0;
        if (leaf->repeated_at != first->repeated_at)
            return error_set(err, STATUS_UNSUPPORTED, "the columns `%s` and `%s` do not have the same entries",
                             columns[wants[0].column].name, columns[wants[i].column].name);
    }
    return STATUS_OK;
}

static enum status make_scan(struct parquet_scan *s, const struct want *wants, int32_t n_wants, struct error *err)
{
    enum status status = STATUS_OK;

    s->columns = mem_alloc(s->memory, (size_t)n_wants * sizeof *s->columns);
    s->vectors = mem_alloc(s->memory, (size_t)n_wants * sizeof *s->vectors);
    if (!s->columns || !s->vectors)
        return memory_error(s->memory, "a scan", err);
    for (int32_t i = 0; !status && i < n_wants; i++) {
        s->n_columns = i + 1;
        status = at_column(s, &s->columns[i], open_column(s, &s->columns[i], &wants[i], err), err);
    }
    return status ? status : check_alignment(s, wants, n_wants, err);
}

/* To the part's first row: by the index as far as it goes, and over what is left. */
static enum status go_to_row(struct parquet_scan *s, struct column_scan *c, const struct unit_part *part, struct error *err)
{
    struct page_place place;
    int64_t left = c->pages.values_left;

    if (part->is_by_index && page_index_find(s->file, s->unit, c->column, part, &place))
        TRY(pages_jump(&c->pages, &place, err));
    return column_skip(c, part->first_row - (left - c->pages.values_left), err);
}

/* Leaves the part's rows only; what lies before them is passed over. */
static enum status go_to_part(struct parquet_scan *s, const struct unit_part *part, struct error *err)
{
    if (s->is_repeated || part->first_row < 0 || part->n_rows < 0 || part->n_rows > s->rows_left - part->first_row)
        return error_set(err, STATUS_INTERNAL, "rows %lld to %lld of a row group of %lld were asked for", (long long)part->first_row,
                         (long long)(part->first_row + part->n_rows), (long long)s->rows_left);
    for (int32_t i = 0; i < s->n_columns && part->first_row > 0; i++)
        if (!s->columns[i].is_virtual)
            TRY(at_column(s, &s->columns[i], go_to_row(s, &s->columns[i], part, err), err));
    s->next_row += part->first_row;
    s->rows_left = part->n_rows;
    return STATUS_OK;
}

enum status parquet_scan_part(struct table *table, int32_t unit, const struct unit_part *part, const struct want *wants,
                              int32_t n_wants, struct read_room *room, struct scan **out, struct error *err)
{
    struct parquet_file *file = (struct parquet_file *)table;
    struct parquet_scan *s = mem_alloc(file->memory, sizeof *s);
    enum status status;

    *out = NULL;
    if (!s)
        return memory_error(file->memory, "a scan", err);
    *s = (struct parquet_scan){.scan = {&reader_parquet, table}, .file = file, .memory = file->memory, .unit = unit};
    read_room_init(&s->own_room, file->memory);
    s->room = room ? room : &s->own_room;
    s->rows_left = file->row_groups[unit].n_rows;
    s->next_row = file->row_groups[unit].first_row;
    status = make_scan(s, wants, n_wants, err);
    if (!status && part)
        status = go_to_part(s, part, err);
    if (status)
        parquet_scan_close(&s->scan);
    else
        *out = &s->scan;
    return status;
}

enum status parquet_scan_open(struct table *table, int32_t unit, const struct want *wants, int32_t n_wants, int flags,
                              struct scan **out, struct error *err)
{
    (void)flags;
    return parquet_scan_part(table, unit, NULL, wants, n_wants, NULL, out, err);
}

void parquet_scan_close(struct scan *scan)
{
    struct parquet_scan *s = (struct parquet_scan *)scan;

    if (!s)
        return;
    for (int32_t i = 0; i < s->n_columns; i++)
        column_done(&s->columns[i], s->room);
    read_room_done(&s->own_room);
    mem_free(s->memory, s->columns);
    mem_free(s->memory, s->vectors);
    mem_free(s->memory, s);
}

/* Every column has a current page with rows left after this; *n is how many all of them have. */
static enum status load_pages(struct parquet_scan *s, int64_t *n, struct error *err)
{
    for (int32_t i = 0; i < s->n_columns; i++) {
        struct column_scan *c = &s->columns[i];

        if (c->is_virtual)
            continue;
        if (c->pages.page_left == 0)
            TRY(at_column(s, c, pages_next(&c->pages, err), err));
        if (c->pages.page_left < *n)
            *n = c->pages.page_left;
        *n = pages_fit(&c->pages, *n);
    }
    return STATUS_OK;
}

static void count_values(struct column_scan *c)
{
    if (c->n_decoded)
        read_counters.values_decoded += c->n_decoded;
    c->n_decoded = 0;
}

/* As load_pages for entries: *n is 0 at the end, which all columns reach together. */
static enum status load_entries(struct parquet_scan *s, int64_t *n, struct error *err)
{
    const struct entries *first = &s->columns[0].entries;

    for (int32_t i = 0; i < s->n_columns; i++) {
        struct column_scan *c = &s->columns[i];

        TRY(at_column(s, c, entries_fill(c, err), err));
        if ((c->entries.n == 0) != (first->n == 0))
            return at_column(s, c, error_set(err, STATUS_BAD_DATA, "columns of the same list have different numbers of entries"),
                             err);
        if (c->entries.n < *n)
            *n = c->entries.n;
        *n = pages_fit(&c->pages, *n);
    }
    return STATUS_OK;
}

static enum status next_entries(struct parquet_scan *s, struct chunk *out, struct error *err)
{
    int64_t n = CHUNK_MAX_ROWS;

    TRY(load_entries(s, &n, err));
    if (n == 0) {
        s->rows_left = 0;
        return STATUS_OK;
    }
    out->first_row = entries_first_row(&s->columns[0]);
    if (s->n_columns > 1 || !s->columns[0].entries.is_one_a_row) /* else they are rows like those of any other column */
        out->row_of = entries_rows(&s->columns[0]);
    for (int32_t i = 0; i < s->n_columns; i++) {
        struct column_scan *c = &s->columns[i];

        if (i > 0 && memcmp(entries_rows(c), out->row_of, (size_t)n * sizeof *out->row_of) != 0)
            return at_column(s, c, error_set(err, STATUS_BAD_DATA, "columns of the same list have entries in different rows"), err);
        TRY(at_column(s, c, column_decode(c, n, &s->vectors[i], err), err));
        count_values(c);
    }
    out->n_rows = n;
    return STATUS_OK;
}

enum status parquet_scan_next(struct scan *scan, struct chunk *out, struct error *err)
{
    struct parquet_scan *s = (struct parquet_scan *)scan;
    int64_t n = s->rows_left < CHUNK_MAX_ROWS ? s->rows_left : CHUNK_MAX_ROWS;

    *out = (struct chunk){.first_row = s->next_row, .vectors = s->vectors, .n_vectors = s->n_columns};
    if (s->file->cancelled && atomic_load_explicit(s->file->cancelled, memory_order_relaxed))
        return error_set(err, STATUS_CANCELLED, "the run was cancelled");
    if (n == 0)
        return STATUS_OK;
    if (s->is_repeated)
        return next_entries(s, out, err);
    TRY(load_pages(s, &n, err));
    for (int32_t i = 0; i < s->n_columns; i++) {
        TRY(at_column(s, &s->columns[i], column_decode(&s->columns[i], n, &s->vectors[i], err), err));
        count_values(&s->columns[i]);
    }
    out->n_rows = n;
    s->next_row += n;
    s->rows_left -= n;
    return STATUS_OK;
}

/* encoding_stats or encodings in the footer may tell; else the page headers do. */
static enum status prove_dictionary(struct parquet_scan *s, const struct column_scan *c, bool *is_proved,
                                    struct error *err)
{
    const struct column_chunk *chunk = c->pages.chunk;
    struct pages walk = {0};
    enum status status;

    *is_proved = chunk->all_dictionary == DICTIONARY_ALL;
    if (chunk->all_dictionary != DICTIONARY_UNKNOWN)
        return STATUS_OK;
    status = pages_open(&walk, s->file, s->unit, c->column, NEED_NULLS, &s->room->codecs, err);
    if (!status)
        status = pages_walk(&walk, is_proved, err);
    pages_close(&walk);
    return status;
}

static enum status open_dictionary(struct parquet_scan *s, struct column_scan *c, bool *available, struct vector *out,
                                   struct error *err)
{
    bool is_proved;

    TRY(prove_dictionary(s, c, &is_proved, err));
    if (!is_proved)
        return STATUS_OK;
    c->pages.window_size = PAGES_LEVELS_WINDOW; /* the page and not much more */
    TRY(pages_load_dictionary(&c->pages, err));
    c->pages.window_size = PAGES_WINDOW;
    *available = c->pages.has_dictionary;
    if (*available)
        *out = (struct vector){.type = c->type, .lane = c->lane, .shape = SHAPE_DICTIONARY,
                               .values = c->pages.entries.at, .n_entries = c->pages.n_entries,
                               .entries_are_finite = c->pages.entries_are_finite,
                               .dictionary_id = c->pages.dictionary_id};
    return STATUS_OK;
}

enum status parquet_dictionary(struct scan *scan, int32_t want, bool *available, struct vector *out, struct error *err)
{
    struct parquet_scan *s = (struct parquet_scan *)scan;
    struct column_scan *c = &s->columns[want];

    *available = false;
    *out = (struct vector){.type = c->type};
    if (c->is_virtual || c->need != NEED_VALUES || !c->pages.chunk)
        return STATUS_OK;
    TRY(at_column(s, c, open_dictionary(s, c, available, out, err), err));
    if (*available)
        read_counters.values_decoded += out->n_entries;
    return STATUS_OK;
}
