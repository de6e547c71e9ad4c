/* readers/csv/scan.c -- the cells of the wanted columns, chunk by chunk; see csv.c for what a null and a record is.
 *
 * A view of the text is indexed (rows.h), and its rows are handed out in chunks: for each wanted column where its cells are,
 * by index arithmetic, then parsed (readers/cells.h). Cells of other columns are never looked at. Cells point into the
 * view, except those with doubled quotes, which are rewritten into an arena.
 *
 * A view is a block (blocks.h) with as much behind it as its last record needs, or, where the text cannot be read from the
 * middle, what a sliding window shows. Either way memory is bounded whatever the size of the file.
 *
 * What a scan of blocks allocates is kept for the next scan of the same columns.
 */
#include "readers/csv/scan.h"

#include "kernels/kernels.h"
#include "readers/cells.h"
#include "readers/text.h"

enum {
    BEHIND = 8 << 10,   /* read with a block, for its last record */
    ROWS_AT_ONCE = 128, /* a multiple of 64 */
    PREFETCH_MAX = 32 << 10, /* a first cache */
    WRONG_GUESSES_MAX = 100, /* of a table: then lines are mostly no records */
    SPARE_COLUMNS_MAX = 1000, /* more are as quickly made as their block is read, and would be a lot of memory to keep */
};

struct csv_scan {
    struct scan scan;
    struct csv_table *table;
    struct csv_scan *next_spare;
    struct csv_rows rows;
    struct window window; /* of a text without blocks */
    struct { uint8_t *bytes; size_t size, capacity; int64_t offset; int32_t number; } block;
    struct stream *unpacking; /* of a packed text in blocks; NULL: none yet */
    int32_t part;             /* which it is unpacking */
    struct frames_room unpacked_whole;
    bool is_through;      /* no view follows */
    size_t n_taken;       /* of the view's rows */
    int flags;
    struct cell_columns cells;
    struct arena unescaped;
    struct span *records; /* NULL: not wanted */
};

/* --- opening --- */

static void free_scan(struct csv_scan *s)
{
    struct memory *memory = s->table->memory;

    csv_rows_done(&s->rows);
    window_close(&s->window);
    stream_close(s->unpacking);
    frames_room_done(&s->unpacked_whole);
    mem_free(memory, s->block.bytes);
    cells_done(&s->cells);
    arena_done(&s->unescaped);
    mem_free(memory, s->records);
    mem_free(memory, s);
}

static enum status allocate(struct csv_scan *s, const struct want *wants, int32_t n_wants, struct error *err)
{
    struct csv_table *t = s->table;

    arena_init(&s->unescaped, t->memory, 0);
    TRY(cells_open(&s->cells, wants, n_wants, t->memory, err));
    s->cells.is_padded = true; /* by the view and by unquote */
    s->cells.has_valid = true;
    cells_set_styles(&s->cells, &t->table.schema);
    TRY(csv_rows_init(&s->rows, &t->dialect, t->table.schema.n_columns, n_wants > 0 || (s->flags & SCAN_RECORDS), t->memory, err));
    s->rows.is_exact |= t->is_exact;
    s->rows.charset = t->table.source->charset;
    if (s->flags & SCAN_RECORDS) {
        s->records = mem_alloc(t->memory, (size_t)s->cells.capacity * sizeof *s->records);
        if (!s->records)
            return memory_error(t->memory, "a scan", err);
    }
    return STATUS_OK;
}

/* A scan of the same columns that somebody closed, or NULL. */
static struct csv_scan *take_spare(struct csv_table *t, const struct want *wants, int32_t n_wants, int flags)
{
    struct csv_scan *found = NULL;

    pthread_mutex_lock(&t->blocks.lock);
    for (struct csv_scan **at = &t->spares; *at && !found; at = &(*at)->next_spare)
        if ((*at)->flags == flags && cells_are_wanted(&(*at)->cells, wants, n_wants)) {
            found = *at;
            *at = found->next_spare;
            break;
        }
    pthread_mutex_unlock(&t->blocks.lock);
    return found;
}

void csv_free_spares(struct csv_table *t)
{
    while (t->spares) {
        struct csv_scan *s = t->spares;
        t->spares = s->next_spare;
        free_scan(s);
    }
}

static enum status new_scan(struct csv_table *t, const struct want *wants, int32_t n_wants, int flags, struct csv_scan **out,
                            struct error *err)
{
    struct csv_scan *s = mem_alloc(t->memory, sizeof *s);
    enum status status;

    *out = NULL;
    if (!s)
        return memory_error(t->memory, "a scan", err);
    s->scan = (struct scan){&reader_csv, &t->table};
    s->table = t;
    s->unpacked_whole.memory = t->memory;
    s->flags = flags;
    status = allocate(s, wants, n_wants, err);
    if (status == STATUS_OK)
        *out = s;
    else
        free_scan(s);
    return status;
}

void csv_scan_close(struct scan *scan)
{
    struct csv_scan *s = (struct csv_scan *)scan;
    struct csv_table *t = s->table;

    if (t->blocks.n == 0 || s->cells.n > SPARE_COLUMNS_MAX) {
        free_scan(s);
        return;
    }
    pthread_mutex_lock(&t->blocks.lock);
    /* Who asks for other columns now will not come back for these: a profile of 100,000 columns once kept hundreds of scans. */
    if (t->spares && (t->spares->flags != s->flags || !cells_are_wanted(&t->spares->cells, s->cells.wants, s->cells.n_wants)))
        csv_free_spares(t);
    s->next_spare = t->spares;
    t->spares = s;
    pthread_mutex_unlock(&t->blocks.lock);
}

/* --- a block as a view --- */

/* A stream at the first byte of a part. */
static enum status stream_part(struct csv_scan *s, int32_t part, struct error *err)
{
    const struct csv_blocks *b = &s->table->blocks;

    s->part = part;
    if (part == b->n)
        return STATUS_OK;
    if (!s->unpacking)
        TRY(stream_open(s->table->table.source, s->table->memory, &s->unpacking, err));
    return stream_restart(s->unpacking, b->places[part].packed, b->places[part + 1].packed, err);
}

/* The text of a block, which is a part: whole where that is possible, and else, as what is behind it, by a stream. */
static enum status begin_unpacking(struct csv_scan *s, struct error *err)
{
    const struct csv_blocks *b = &s->table->blocks;
    int32_t block = s->block.number;
    bool is_done;

    TRY(frames_unpack(&s->table->frames, (size_t)block, s->table->table.source, &s->unpacked_whole, s->block.bytes, &is_done, err));
    if (is_done)
        s->block.size = (size_t)(b->places[block + 1].text - b->places[block].text);
    return stream_part(s, block + is_done, err);
}

/* Nothing more came of the part that is being unpacked: is that where it has to end? *at_end: it was the last one. */
static enum status next_part(struct csv_scan *s, int64_t at, bool *at_end, struct error *err)
{
    const struct csv_blocks *b = &s->table->blocks;

    if (at != b->places[s->part + 1].text)
        return stream_is_wrong(s->unpacking, "a piece holds less than its header says", err);
    *at_end = ++s->part == b->n;
    if (!*at_end)
        stream_go_on(s->unpacking, b->places[s->part + 1].packed);
    return STATUS_OK;
}

/* The text of a packed file, behind what was unpacked before. Where it is the last of all its end is looked for, which is where checksums are. */
static enum status unpack(struct csv_scan *s, int64_t at, uint8_t *into, size_t size, struct error *err)
{
    const struct csv_blocks *b = &s->table->blocks;
    bool at_end = s->part == b->n;
    uint8_t one_more;

    while (!at_end && (size || at == b->text_size)) {
        size_t got;

        TRY(stream_read(s->unpacking, size ? into : &one_more, size ? size : 1, &got, err));
        if (got == 0) {
            TRY(next_part(s, at, &at_end, err));
        } else if (size == 0 || (int64_t)got > b->places[s->part + 1].text - at) {
            return stream_is_wrong(s->unpacking, "a piece holds more than its header says", err);
        }
        into += got;
        size -= got;
        at += (int64_t)got;
    }
    return STATUS_OK;
}

static enum status make_room(struct csv_scan *s, size_t size, struct error *err)
{
    uint8_t *bytes;

    if (size <= s->block.capacity)
        return STATUS_OK;
    bytes = mem_resize(s->table->memory, s->block.bytes, size);
    if (!bytes)
        return memory_error(s->table->memory, "a block of a CSV file", err);
    s->block.bytes = bytes;
    s->block.capacity = size;
    return STATUS_OK;
}

/* Brings the text up to `end`, at least all of the block, into its buffer. */
static enum status read_up_to(struct csv_scan *s, int64_t end, struct error *err)
{
    size_t size = (size_t)(end - s->block.offset);

    TRY(make_room(s, size + WINDOW_PADDING, err));
    if (s->table->blocks.places && s->block.size == 0)
        TRY(begin_unpacking(s, err));
    if (s->table->blocks.places)
        TRY(unpack(s, s->block.offset + (int64_t)s->block.size, s->block.bytes + s->block.size, size - s->block.size, err));
    else
        TRY(source_read(s->table->table.source, s->block.offset + (int64_t)s->block.size, s->block.bytes + s->block.size,
                        size - s->block.size, err));
    s->block.size = size;
    memset(s->block.bytes + size, 0, WINDOW_PADDING);
    return STATUS_OK;
}

static struct span view_of_block(const struct csv_scan *s) { return span_of(s->block.bytes, s->block.size); }

/* The record at cut.at is not whole. */
static enum status extend(struct csv_scan *s, struct error *err)
{
    int64_t text_size = s->table->blocks.text_size;
    int64_t start = s->block.offset + (int64_t)s->rows.cut.at;
    int64_t visible = s->block.offset + (int64_t)s->block.size - start;
    int64_t wanted = visible < BEHIND ? BEHIND : 2 * visible;

    if (visible >= RECORD_MAX_BYTES) {
        err->byte = start;
        return window_record_too_long(err);
    }
    wanted = wanted > RECORD_MAX_BYTES ? RECORD_MAX_BYTES : wanted;
    wanted = wanted > text_size - start ? text_size - start : wanted;
    TRY(read_up_to(s, start + wanted, err));
    s->rows.text = view_of_block(s);
    /* As in a window: a record of the greatest size needs its line end. */
    s->rows.is_end = start + wanted == text_size && wanted < RECORD_MAX_BYTES;
    return STATUS_OK;
}

/* The block as a view, from its entry on. */
static void show_block(struct csv_scan *s, int64_t end, const struct csv_entry *entry)
{
    struct csv_rows *rows = &s->rows;

    csv_rows_show(rows, view_of_block(s), s->block.offset, (size_t)(entry->start - s->block.offset),
                  (size_t)(end - s->block.offset), entry->line);
    rows->n_before = entry->row;
    rows->is_end = s->block.offset + (int64_t)s->block.size == s->table->blocks.text_size;
}

/* Of the next block, when this one is cut. */
static struct csv_entry entry_behind(const struct csv_scan *s, const struct csv_entry *entry)
{
    const struct csv_cut *c = &s->rows.cut;

    return (struct csv_entry){s->block.offset + (int64_t)c->at, c->n_lines, entry->row + (int64_t)c->n_rows};
}

/* Cuts the block's records, the first of which is the entry's. */
static enum status index_block(struct csv_scan *s, int64_t end, const struct csv_entry *entry, struct csv_entry *next,
                               struct error *err)
{
    enum csv_step step = CSV_MORE;

    *next = *entry;
    if (entry->start >= end)
        return STATUS_OK;
    show_block(s, end, entry);
    while (step == CSV_MORE) {
        TRY(csv_rows_index(&s->rows, &step, err));
        if (step == CSV_MORE)
            TRY(extend(s, err));
    }
    *next = entry_behind(s, entry);
    return STATUS_OK;
}

/* Nobody works on a block before this one: then it is cut here, for the entry that comes of it. */
static enum status scan_missing(struct csv_table *t, int32_t block, struct error *err)
{
    struct scan *scan;

    TRY(csv_scan_open(&t->table, block, NULL, 0, 0, &scan, err));
    csv_scan_close(scan);
    return STATUS_OK;
}

/* What is to be said of the header. */
static void add_header(struct csv_scan *s)
{
    const struct csv_table *t = s->table;
    struct damage *d = &s->rows.damage;

    if (t->has_header && t->header_end != LINE_END_KINDS)
        d->ends[t->header_end] = (struct line_ends){1, t->header_line, t->header_byte};
    if (t->header_damage.line) {
        *damage_add(d) = t->header_damage;
        d->n_total++;
    }
}

/* Nobody knows yet where the block's first record begins: most likely behind its first line end. A cut from there is right if that turns out to
 * be so, but for the numbers of its lines and rows. false: nothing was cut. */
static bool guess_block(struct csv_scan *s, int64_t end, struct csv_entry *guess, struct csv_entry *next)
{
    const uint8_t *line_end = memchr(s->block.bytes, '\n', s->block.size);
    struct error unheard = ERROR_NONE; /* it is met again, if it is one */
    enum csv_step step;

    *guess = (struct csv_entry){.line = 1};
    if (!line_end || atomic_load_explicit(&s->table->n_wrong_guesses, memory_order_relaxed) > WRONG_GUESSES_MAX)
        return false;
    guess->start = s->block.offset + (line_end - s->block.bytes) + 1;
    if (guess->start >= end)
        return false;
    show_block(s, end, guess);
    if (csv_rows_index(&s->rows, &step, &unheard) != STATUS_OK || step == CSV_MORE)
        return false;
    *next = entry_behind(s, guess);
    return true;
}

/* What was cut from the guess is the block, whose entry is known now. */
static void settle_guess(struct csv_scan *s, const struct csv_entry *guess, const struct csv_entry *entry, struct csv_entry *next)
{
    int64_t lines = entry->line - guess->line;
    struct damage *d = &s->rows.damage;

    s->rows.n_before = entry->row;
    s->rows.first_line += lines;
    s->rows.cut.n_lines += lines;
    next->line += lines;
    next->row += entry->row;
    for (int32_t i = 0; i < d->n_items; i++) {
        d->items[i].line += lines;
        d->items[i].row += entry->row;
    }
    for (int i = 0; i < LINE_END_KINDS; i++)
        d->ends[i].line += d->ends[i].n ? lines : 0;
}

static enum status enter_block(struct csv_scan *s, int32_t block, struct csv_entry *next, struct error *err)
{
    struct csv_table *t = s->table;
    int64_t text_size = t->blocks.text_size, begin = csv_blocks_begin(&t->blocks, block), end = csv_blocks_begin(&t->blocks, block + 1);
    struct csv_entry entry, guess;
    bool is_known = csv_blocks_peek(&t->blocks, block, &entry), is_guessed = false;
    int32_t missing;

    s->block.number = block;
    s->block.offset = begin;
    s->block.size = 0;
    if (!is_known || entry.start < end)
        TRY(read_up_to(s, text_size - end < BEHIND ? text_size : end + BEHIND, err));
    if (!is_known && !csv_blocks_peek(&t->blocks, block, &entry))
        is_guessed = guess_block(s, end, &guess, next);
    while (!csv_blocks_wait(&t->blocks, block, &entry, &missing))
        TRY(scan_missing(t, missing, err));
    if (is_guessed && guess.start == entry.start) {
        settle_guess(s, &guess, &entry, next);
        return STATUS_OK;
    }
    if (is_guessed)
        atomic_fetch_add_explicit(&t->n_wrong_guesses, 1, memory_order_relaxed);
    s->rows.cut.n_rows = 0;
    s->rows.damage = (struct damage){0};
    if (block == 0)
        add_header(s);
    return index_block(s, end, &entry, next, err);
}

static enum status open_block(struct csv_scan *s, int32_t block, struct error *err)
{
    struct csv_table *t = s->table;
    bool is_claimed = csv_blocks_claim(&t->blocks, block);
    struct csv_entry next;
    enum status status;

    s->rows.cut.n_rows = 0;
    s->rows.damage = (struct damage){0};
    s->n_taken = 0;
    s->is_through = true;
    status = is_cancelled(t->cancelled) ? error_set(err, STATUS_CANCELLED, "cancelled") : enter_block(s, block, &next, err);
    if (status == STATUS_OK)
        s->rows.damage.n_lines = next.line - 1;
    if (is_claimed && status == STATUS_OK)
        csv_blocks_publish(&t->blocks, block, next);
    else if (is_claimed)
        csv_blocks_give_up(&t->blocks, block);
    return status;
}

/* --- a window as a view --- */

static enum status open_window(struct csv_scan *s, struct error *err)
{
    struct csv_table *t = s->table;

    add_header(s);
    s->rows.cut.n_lines = t->data_line;
    return window_open(&s->window, t->table.source, t->memory, t->data_offset, t->window_size, err);
}

static enum status slide(struct csv_scan *s, struct error *err)
{
    enum csv_step step;

    TRY(window_slide(&s->window, s->rows.cut.at, err));
    csv_rows_show(&s->rows, span_of(s->window.bytes, s->window.size), s->window.file_offset, 0, s->window.size, s->rows.cut.n_lines);
    s->rows.is_end = s->window.is_end;
    s->n_taken = 0;
    TRY(csv_rows_index(&s->rows, &step, err));
    s->is_through = s->window.is_end;
    s->rows.damage.n_lines = s->rows.cut.n_lines - 1;
    return STATUS_OK;
}

/* --- both --- */

static enum status place_error(const struct csv_scan *s, enum status status, struct error *err)
{
    if (status == STATUS_TOO_LARGE)
        err->line = s->rows.cut.n_lines;
    if (status != STATUS_OK)
        error_source(err, s->table->table.source->path);
    return status;
}

enum status csv_scan_open(struct table *table, int32_t unit, const struct want *wants, int32_t n_wants, int flags,
                          struct scan **out, struct error *err)
{
    struct csv_table *t = (struct csv_table *)table;
    struct csv_scan *s = t->blocks.n ? take_spare(t, wants, n_wants, flags) : NULL;
    enum status status = s ? STATUS_OK : new_scan(t, wants, n_wants, flags, &s, err);

    *out = NULL;
    if (status != STATUS_OK) {
        error_source(err, table->source->path);
        return status;
    }
    status = place_error(s, t->blocks.n ? open_block(s, unit, err) : open_window(s, err), err);
    if (status != STATUS_OK)
        free_scan(s);
    else
        *out = &s->scan;
    return status;
}

static bool is_null_word(const struct csv_table *t, struct span cell)
{
    for (int32_t i = 0; i < t->n_null_words; i++)
        if (span_equal(t->null_words[i], cell))
            return true;
    return false;
}

static bool has_escape(const struct csv_scan *s, struct span cell)
{
    return s->table->dialect.escape && memchr(cell.at, s->table->dialect.escape, cell.size);
}

/* The cell without its quotes. A row of a cut has its quotes in their places. at NULL: no memory. */
static struct span unquote(struct csv_scan *s, struct span cell)
{
    uint8_t quote = (uint8_t)s->table->dialect.quote;
    uint8_t *text;

    cell = span_of(cell.at + 1, cell.size - 2);
    if (!memchr(cell.at, quote, cell.size) && !has_escape(s, cell))
        return cell;
    text = arena_alloc(&s->unescaped, cell.size + CELL_PADDING);
    return span_of(text, text ? csv_unescape(&s->table->dialect, &(struct csv_field){.size = (uint32_t)cell.size, .is_quoted = true},
                                             cell.at, text) : 0);
}

/* An unquoted cell without its escapes. at NULL: no memory. */
static struct span unescape(struct csv_scan *s, struct span cell)
{
    uint8_t *text = arena_alloc(&s->unescaped, cell.size + CELL_PADDING);

    return span_of(text, text ? csv_unescape(&s->table->dialect, &(struct csv_field){.size = (uint32_t)cell.size}, cell.at, text) : 0);
}

/* The text of a cell that is empty, quoted, perhaps a null word or with an escape; at NULL: null. false: no memory. */
static bool read_odd_cell(struct csv_scan *s, struct span *cell)
{
    const struct csv_table *t = s->table;

    if (cell->size && *cell->at == t->dialect.quote) {
        *cell = unquote(s, *cell);
    } else if (cell->size == 0 || is_null_word(t, *cell)) {
        *cell = span_of(NULL, 0);
        return true;
    } else if (has_escape(s, *cell)) {
        *cell = unescape(s, *cell);
    }
    return cell->at != NULL;
}

#define ON_ITS_OWN __attribute__((noinline)) /* a loop over cells needs all registers */

/* Where the cells of one column end, row by row; they begin behind the end of the field before. Those of the first column have none
 * before them: they begin where their rows do. */
struct cell_places {
    const uint32_t *starts; /* NULL: not the first column */
    const uint32_t *ends;
    size_t step;
};

static struct cell_places places_of(const struct csv_scan *s, int32_t column, size_t row)
{
    const struct csv_cut *cut = &s->rows.cut;
    size_t n_fields = (size_t)cut->n_fields;

    return (struct cell_places){column == 0 ? cut->starts + row : NULL, cut->ends + row * n_fields + (size_t)column, n_fields};
}

static inline size_t cell_begin(const struct cell_places *p, const uint32_t *end, int i, bool is_first)
{
    return is_first ? p->starts[i] : (size_t)end[-1] + 1;
}

static inline uint64_t find_empty_as(struct cell_places p, int n, const bool is_first)
{
    uint8_t is_empty[64] = {0};
    const uint32_t *end = p.ends;

#pragma GCC unroll 4
    for (int i = 0; i < n; i++, end += p.step)
        is_empty[i] = *end == cell_begin(&p, end, i, is_first);
    return bitmap_of_bytes(is_empty);
}

/* Without a branch: a quote here and there nobody foresees. */
static inline uint64_t find_cells_as(struct cell_places p, const uint8_t *text, uint8_t quote, struct span *raw, int n, const bool is_first)
{
    uint8_t is_odd[64] = {0};
    const uint32_t *end = p.ends;

#pragma GCC unroll 4
    for (int i = 0; i < n; i++, end += p.step) {
        size_t begin = cell_begin(&p, end, i, is_first), size = *end - begin;

        raw[i] = span_of(text + begin, size);
        is_odd[i] = (size == 0) | (text[begin] == quote);
    }
    return bitmap_of_bytes(is_odd);
}

/* Which of n <= 64 cells are empty, which tells the nulls where there are no words for them; the text is not touched. */
ON_ITS_OWN static uint64_t find_empty(struct cell_places p, int n)
{
    return p.starts ? find_empty_as(p, n, true) : find_empty_as(p, n, false);
}

/* Where n <= 64 cells are, and which of them are empty or quoted. */
ON_ITS_OWN static uint64_t find_cells(struct cell_places p, const uint8_t *text, uint8_t quote, struct span *raw, int n)
{
    return p.starts ? find_cells_as(p, text, quote, raw, n, true) : find_cells_as(p, text, quote, raw, n, false);
}

/* The cells of rows n_taken + from and at most 63 more. false: no memory. */
static bool fill_word(struct csv_scan *s, struct cell_column *c, int64_t from, int n)
{
    struct cell_places p = places_of(s, c->want.column, s->n_taken + (size_t)from);
    bool any_may_be_odd = s->table->n_null_words > 0 || s->table->dialect.escape;
    uint64_t valid = n < 64 ? bitmap_tail(n) : ~(uint64_t)0, odd;
    int quote;

    if (c->want.need == NEED_NULLS && !any_may_be_odd) {
        c->valid[from / 64] = valid & ~find_empty(p, n);
        return true;
    }
    quote = s->table->dialect.quote < 0 ? s->table->dialect.delimiter : s->table->dialect.quote; /* no cell begins with a delimiter */
    odd = find_cells(p, s->rows.text.at, (uint8_t)quote, c->raw + from, n);
    for (odd = any_may_be_odd ? valid : odd; odd; odd &= odd - 1) {
        int i = __builtin_ctzll(odd);

        if (!read_odd_cell(s, &c->raw[from + i]))
            return false;
        if (!c->raw[from + i].at)
            valid &= ~((uint64_t)1 << i);
    }
    c->valid[from / 64] = valid;
    return true;
}

static bool fill_column(struct csv_scan *s, struct cell_column *c, int64_t from, int64_t end)
{
    for (; from < end; from += 64)
        if (!fill_word(s, c, from, end - from < 64 ? (int)(end - from) : 64))
            return false;
    return true;
}

/* Asks for the text of rows row..row + n - 1 of the view: its cells are gone through column by column, which no processor foresees. */
static void prefetch_rows(const struct csv_scan *s, size_t row, size_t n)
{
    const struct csv_cut *cut = &s->rows.cut;
    size_t at, end;

    if (row >= cut->n_rows)
        return;
    at = cut->starts[row];
    end = row + n < cut->n_rows ? cut->starts[row + n] : cut->at;
    end = end - at > PREFETCH_MAX ? at + PREFETCH_MAX : end;
    for (; at < end; at += 64)
        __builtin_prefetch(s->rows.text.at + at);
}

/* The record's bytes as they are in the file. at NULL: no memory. */
static struct span file_record(struct csv_scan *s, size_t row)
{
    struct span record = csv_rows_record(&s->rows, row);
    uint8_t *bytes;

    if (s->rows.charset == CHARSET_UTF8)
        return record;
    bytes = arena_alloc(&s->unescaped, 2 * record.size + 1);
    return span_of(bytes, bytes ? charset_encode(s->rows.charset, record, bytes) : 0);
}

/* A few rows at a time for all columns, so that their text comes into the core's first cache once. */
static enum status fill_cells(struct csv_scan *s, int64_t n_rows, struct error *err)
{
    for (int64_t from = 0; from < n_rows; from += ROWS_AT_ONCE) {
        int64_t end = n_rows - from < ROWS_AT_ONCE ? n_rows : from + ROWS_AT_ONCE;

        if (s->cells.n)
            prefetch_rows(s, s->n_taken + (size_t)end, ROWS_AT_ONCE);
        for (int32_t i = 0; i < s->cells.n; i++) {
            if (!fill_column(s, &s->cells.at[i], from, end))
                return memory_error(s->table->memory, "cells", err);
            cells_parse(&s->cells, i, from, end);
        }
    }
    cells_deliver(&s->cells, n_rows);
    return STATUS_OK;
}

static enum status fill(struct csv_scan *s, int64_t n_rows, struct error *err)
{
    arena_reset(&s->unescaped);
    TRY(fill_cells(s, n_rows, err));
    for (int64_t i = 0; s->records && i < n_rows; i++) {
        s->records[i] = file_record(s, s->n_taken + (size_t)i);
        if (!s->records[i].at)
            return memory_error(s->table->memory, "records", err);
    }
    return STATUS_OK;
}

static enum status to_next_rows(struct csv_scan *s, struct error *err)
{
    while (s->n_taken == s->rows.cut.n_rows) {
        if (s->is_through)
            return source_check_unchanged(s->table->table.source, err);
        if (is_cancelled(s->table->cancelled))
            return error_set(err, STATUS_CANCELLED, "cancelled");
        TRY(slide(s, err));
    }
    return STATUS_OK;
}

enum status csv_scan_next(struct scan *scan, struct chunk *out, struct error *err)
{
    struct csv_scan *s = (struct csv_scan *)scan;
    enum status status = to_next_rows(s, err);
    int64_t left = (int64_t)(s->rows.cut.n_rows - s->n_taken), n_rows = left < s->cells.capacity ? left : s->cells.capacity;

    *out = (struct chunk){0};
    if (status == STATUS_OK && n_rows > 0)
        status = fill(s, n_rows, err);
    if (status != STATUS_OK || n_rows == 0)
        return place_error(s, status, err);
    *out = (struct chunk){s->rows.n_before + (int64_t)s->n_taken, n_rows, s->cells.vectors, s->cells.n_wants, s->records};
    s->n_taken += (size_t)n_rows;
    return STATUS_OK;
}

const struct damage *csv_scan_damage(const struct scan *scan)
{
    return &((const struct csv_scan *)scan)->rows.damage;
}
