/* readers/json/json.c -- JSON lines (or one list of objects) as a table of one unit.
 *
 * The columns of a file are the paths at which its records have values, in the order in which they first occur, so opening reads the
 * whole text once: exact, at the price of a second pass. It also knows then how many rows there are, and what kinds of values a
 * column holds (physical_type: "STRING", "NUMBER", "BOOLEAN", "NULL", "MIXED"; the words NaN and infinity count as numbers).
 *  - A member of an object within is a.b. Where the object, or the key, is missing or null, so is the column.
 *  - Elements of a list are a[], those of their members a[].b, of lists of lists a[][]. Such a column has entries, one for each
 *    element of the innermost list; a null or missing list and an empty one have none (as Parquet's nested columns, columns/schema.h).
 *  - A key that is an object or a list in some records and a value in others is both: a and a.b, each null where it is the other.
 * Damage of a line: no object, bad syntax, a key twice in one object, invalid UTF-8, NUL. Keys of damaged records make no columns.
 */
#include "readers/json/json.h"

#include <stdio.h>
#include <stdlib.h>

#include "readers/cells.h"
#include "readers/text.h"

enum { COLUMNS_MAX = 1000000 };

struct json_scan {
    struct scan scan;
    struct json_table *table;
    struct json_text text;
    struct cell_columns cells;
    int32_t *first_want; /* of a key; -1: none */
    int32_t *next_want;  /* of the same key; -1: none */
    int32_t list;        /* the key whose elements are the entries; JSON_NO_KEY: rows are scanned */
    size_t next_event;   /* of the record, where the last chunk had no room for all of its entries */
    int64_t *row_of;     /* of the chunk's entries */
    struct arena unescaped;
    struct span *records;
    int64_t n_good;
    struct damage damage;
};

static bool recognises(struct span head, const char *path)
{
    struct json_scanner s = {.at = head.at, .end = head.at + head.size};
    uint8_t first;

    (void)path;
    if (head.size >= 3 && memcmp(head.at, "\xef\xbb\xbf", 3) == 0)
        s.at += 3;
    json_skip_blanks(&s);
    if (s.at >= s.end || (*s.at != '{' && *s.at != '['))
        return false;
    first = *s.at++;
    json_skip_blanks(&s);
    if (s.at >= s.end)
        return false;
    return first == '{' ? *s.at == '"' || *s.at == '}' : *s.at == '{' || *s.at == ']';
}

/* NaN and infinity as strings are numbers. */
static enum json_kind kind_of(const struct json_event *m)
{
    bool is_word = m->kind == JSON_STRING && !m->is_escaped && m->value.size >= 3 && m->value.size <= 9 &&
                   cell_classify(m->value, true) == CELL_DOUBLE;

    return is_word ? JSON_NUMBER : m->kind;
}

static enum status cancelled(const struct json_table *t, struct error *err)
{
    return is_cancelled(t->cancelled) ? error_set(err, STATUS_CANCELLED, "cancelled") : STATUS_OK;
}

/* One record's keys and kinds. */
static enum status collect(struct json_table *t, struct json_text *text, int64_t *n_good, struct error *err)
{
    if (text->record.damage)
        return STATUS_OK;
    TRY(json_record_events(text, &t->keys, true, err));
    if (t->keys.n > COLUMNS_MAX)
        return error_set(err, STATUS_TOO_LARGE, "more than %d different keys", COLUMNS_MAX);
    for (size_t i = 0; i < text->n_events; i++) {
        const struct json_event *e = &text->events[i];
        if (e->what != JSON_EVENT_ENTRY)
            t->keys.at[e->key].kinds |= (uint8_t)(1 << (e->what == JSON_EVENT_NESTED ? JSON_NESTED : kind_of(e)));
    }
    *n_good += text->record.damage == NULL;
    return STATUS_OK;
}

/* The pass over the whole text. The number of rows is told only where nothing is damaged: else nobody may skip the scan
 * that reports it. */
static enum status discover(struct json_table *t, struct json_text *text, struct error *err)
{
    enum json_step step;
    int64_t n_good = 0;

    for (;;) {
        TRY(json_text_next(text, &step, err));
        if (step == JSON_END) {
            t->table.n_rows = n_good == text->n_records ? n_good : -1;
            t->table.n_lines = json_text_lines(text);
            return STATUS_OK;
        }
        if (step == JSON_RECORD) {
            TRY(collect(t, text, &n_good, err));
        } else {
            TRY(cancelled(t, err));
            TRY(json_text_slide(text, err));
        }
    }
}

static const char *physical_type(uint8_t kinds)
{
    bool has_string = kinds & 1 << JSON_STRING, has_number = kinds & 1 << JSON_NUMBER, has_bool = kinds & 1 << JSON_BOOL;

    if (has_string)
        return json_physical_string;
    if (has_number && has_bool)
        return "MIXED";
    return has_number ? "NUMBER" : has_bool ? "BOOLEAN" : "NULL";
}

/* Has the key values of its own? Nulls alone make a column only where it is nothing else, and an empty list shows that there
 * is a list, though nobody knows of what. */
static bool is_column(const struct json_key *key, bool has_children)
{
    uint8_t values = 1 << JSON_BOOL | 1 << JSON_NUMBER | 1 << JSON_STRING;

    if (key->kinds & values)
        return true;
    return !has_children && !(key->kinds & 1 << JSON_NESTED);
}

static enum status no_schema(const struct json_table *t, struct error *err)
{
    return memory_error(t->memory, "the schema of a JSON file", err);
}

static enum status describe_column(struct json_table *t, int32_t k, struct column *c, struct error *err)
{
    const struct json_key *key = &t->keys.at[k];

    *c = (struct column){.name = json_keys_path(&t->keys, k), .type.kind = TYPE_UNKNOWN, .is_nullable = true,
                         .is_nested = key->list != JSON_NO_KEY, .physical_type = physical_type(key->kinds)};
    if (key->list != JSON_NO_KEY)
        c->repeated = json_keys_path(&t->keys, key->list);
    return c->name && (key->list == JSON_NO_KEY || c->repeated) ? STATUS_OK : no_schema(t, err);
}

struct named { const char *name; int32_t at; };

static int compare_named(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* A key with a point in it may be spelt as another's path: the second one becomes "a.b#2". */
static enum status rename_repeats(struct json_table *t, struct column *columns, int32_t n, struct error *err)
{
    struct named *sorted = arena_array(&t->arena, (size_t)n + 1, sizeof *sorted);
    int32_t count = 1;

    if (!sorted)
        return no_schema(t, err);
    for (int32_t i = 0; i < n; i++)
        sorted[i] = (struct named){columns[i].name, i};
    qsort(sorted, (size_t)n, sizeof *sorted, compare_named);
    for (int32_t i = 1; i < n; i++) {
        count = strcmp(sorted[i].name, sorted[i - 1].name) == 0 ? count + 1 : 1;
        if (count > 1)
            columns[sorted[i].at].name = arena_format(&t->arena, "%s#%d", sorted[i].name, count);
        if (!columns[sorted[i].at].name)
            return no_schema(t, err);
    }
    return STATUS_OK;
}

static enum status make_schema(struct json_table *t, struct error *err)
{
    struct column *columns = arena_array(&t->arena, t->keys.n + 1, sizeof *columns);
    uint64_t *has_children = arena_array(&t->arena, BITMAP_WORDS(t->keys.n) + 1, sizeof *has_children);
    int32_t n = 0;

    t->key_of = arena_array(&t->arena, t->keys.n + 1, sizeof *t->key_of);
    if (!columns || !has_children || !t->key_of)
        return no_schema(t, err);
    for (size_t i = 0; i < t->keys.n; i++)
        if (t->keys.at[i].parent != JSON_NO_KEY)
            bit_set(has_children, t->keys.at[i].parent);
    for (size_t i = 0; i < t->keys.n; i++) {
        if (!is_column(&t->keys.at[i], bit_get(has_children, (int64_t)i)))
            continue;
        TRY(describe_column(t, (int32_t)i, &columns[n], err));
        t->key_of[n++] = (int32_t)i;
    }
    t->table.schema = (struct schema){columns, n};
    return rename_repeats(t, columns, n, err);
}

/* A byte order mark stays the first thing of rows that are written out again. */
static enum status keep_mark(struct json_table *t, struct error *err)
{
    static const uint8_t mark[3] = {0xef, 0xbb, 0xbf};
    uint8_t *bytes;

    if (!t->table.source->told.has_mark)
        return STATUS_OK;
    bytes = arena_alloc(&t->arena, 2 * sizeof mark);
    if (!bytes)
        return memory_error(t->memory, "a JSON file", err);
    t->table.header_size = charset_encode(t->table.source->charset, span_of(mark, sizeof mark), bytes);
    t->table.header = (const char *)bytes;
    return STATUS_OK;
}

/* What was told, for `assay profile`. */
static enum status note_told(struct json_table *t, bool is_list, struct error *err)
{
    const struct source *source = t->table.source;
    struct told *told = arena_array(&t->arena, 2, sizeof *told);

    if (!told)
        return memory_error(t->memory, "a JSON file", err);
    told[0] = (struct told){"encoding", charset_name(source->charset), source->charset_is_declared ? "declared" :
                            source->told.because ? source->told.because : "there is no text"};
    told[1] = (struct told){"form", is_list ? "list" : "lines", is_list ? "the first byte that is no blank is [" :
                            "each line is a record of its own"};
    t->table.told = told;
    t->table.n_told = 2;
    return STATUS_OK;
}

static enum status read_keys(struct json_table *t, struct error *err)
{
    struct json_text text;
    enum status status;

    TRY(keep_mark(t, err));
    TRY(json_text_open(&text, t->table.source, t->memory, t->window_size, err));
    status = discover(t, &text, err);
    snprintf(t->table.dialect, sizeof t->table.dialect, "%s", text.is_list ? "one list of objects" : "one object per line");
    if (status == STATUS_OK)
        status = note_told(t, text.is_list, err);
    json_text_close(&text);
    return status == STATUS_OK ? make_schema(t, err) : status;
}

static void json_close(struct table *table)
{
    struct json_table *t = (struct json_table *)table;

    source_close(t->table.source);
    json_keys_done(&t->keys);
    arena_done(&t->arena);
    mem_free(t->memory, t);
}

static enum status json_open(struct source *source, const struct read_options *options, struct table **out,
                             struct error *err)
{
    struct json_table *t = mem_alloc(options->memory, sizeof *t);
    enum status status;

    *out = NULL;
    if (!t) {
        source_close(source);
        return memory_error(options->memory, "a JSON file", err);
    }
    t->memory = options->memory;
    t->table = (struct table){.reader = &reader_json, .source = source, .n_units = 1};
    t->cancelled = options->cancelled;
    t->window_size = WINDOW_SIZE;
    arena_init(&t->arena, t->memory, 0);
    json_keys_init(&t->keys, &t->arena, t->memory);
    status = read_keys(t, err);
    if (status != STATUS_OK) {
        error_source(err, source->path);
        json_close(&t->table);
        return status;
    }
    *out = &t->table;
    return STATUS_OK;
}

static int64_t json_unit_rows(const struct table *table, int32_t unit)
{
    (void)unit;
    return table->n_rows;
}

static void json_scan_close(struct scan *scan)
{
    struct json_scan *s = (struct json_scan *)scan;
    struct memory *memory = s->table->memory;

    json_text_close(&s->text);
    cells_done(&s->cells);
    arena_done(&s->unescaped);
    mem_free(memory, s->first_want);
    mem_free(memory, s->next_want);
    mem_free(memory, s->records);
    mem_free(memory, s->row_of);
    mem_free(memory, s);
}

/* The one list that all wanted columns are of, or none. */
static enum status choose_list(struct json_scan *s, const struct want *wants, int32_t n, struct error *err)
{
    const struct json_table *t = s->table;

    s->list = n ? t->keys.at[t->key_of[wants[0].column]].list : JSON_NO_KEY;
    for (int32_t i = 1; i < n; i++)
        if (t->keys.at[t->key_of[wants[i].column]].list != s->list)
            return error_set(err, STATUS_UNSUPPORTED, "%.100s and %.100s are not of the same list: they cannot be read side by side",
                             t->table.schema.columns[wants[0].column].name, t->table.schema.columns[wants[i].column].name);
    return STATUS_OK;
}

static enum status link_wants(struct json_scan *s, struct error *err)
{
    struct json_table *t = s->table;
    size_t n = t->keys.n;

    s->first_want = mem_alloc(t->memory, n * sizeof *s->first_want);
    s->next_want = mem_alloc(t->memory, (size_t)s->cells.n * sizeof *s->next_want);
    if (!s->first_want || !s->next_want)
        return memory_error(t->memory, "a scan", err);
    for (size_t i = 0; i < n; i++)
        s->first_want[i] = -1;
    for (int32_t i = 0; i < s->cells.n; i++) {
        int32_t key = t->key_of[s->cells.at[i].want.column];

        s->next_want[i] = s->first_want[key];
        s->first_want[key] = i;
    }
    return STATUS_OK;
}

static enum status prepare(struct json_scan *s, const struct want *wants, int32_t n_wants, int flags, struct error *err)
{
    struct json_table *t = s->table;
    size_t capacity;

    arena_init(&s->unescaped, t->memory, 0);
    TRY(choose_list(s, wants, n_wants, err));
    TRY(cells_open(&s->cells, wants, n_wants, t->memory, err));
    TRY(link_wants(s, err));
    capacity = (size_t)s->cells.capacity;
    if (flags & SCAN_RECORDS && s->list == JSON_NO_KEY)
        s->records = mem_alloc(t->memory, capacity * sizeof *s->records);
    if (s->list != JSON_NO_KEY)
        s->row_of = mem_alloc(t->memory, capacity * sizeof *s->row_of);
    if ((flags & SCAN_RECORDS && s->list == JSON_NO_KEY && !s->records) || (s->list != JSON_NO_KEY && !s->row_of))
        return memory_error(t->memory, "a scan", err);
    return json_text_open(&s->text, t->table.source, t->memory, t->window_size, err);
}

static enum status json_scan_open(struct table *table, int32_t unit, const struct want *wants, int32_t n_wants,
                                  int flags, struct scan **out, struct error *err)
{
    struct json_table *t = (struct json_table *)table;
    struct json_scan *s = mem_alloc(t->memory, sizeof *s);
    enum status status;

    (void)unit;
    *out = NULL;
    if (!s)
        return memory_error(t->memory, "a scan", err);
    s->scan = (struct scan){&reader_json, table};
    s->table = t;
    status = prepare(s, wants, n_wants, flags, err);
    if (status != STATUS_OK) {
        error_source(err, table->source->path);
        json_scan_close(&s->scan);
        return status;
    }
    *out = &s->scan;
    return STATUS_OK;
}

/* false: no memory. */
static bool put_value(struct json_scan *s, const struct json_event *m, int32_t want, int64_t row)
{
    struct span cell = m->value;

    if (m->kind == JSON_NULL)
        return true;
    if (m->is_escaped) {
        uint8_t *text = arena_alloc(&s->unescaped, cell.size);
        if (!text)
            return false;
        cell = span_of(text, json_unescape(cell, text));
    }
    for (; want >= 0; want = s->next_want[want]) {
        s->cells.at[want].raw[row] = cell;
        s->cells.at[want].state[row] = m->kind == JSON_STRING ? CELL_IS_STRING : CELL_IS_PLAIN;
    }
    return true;
}

static void add_damage(struct json_scan *s)
{
    const struct json_record *r = &s->text.record;
    struct damage_item *item = damage_add(&s->damage);

    if (!item)
        return;
    *item = (struct damage_item){.line = r->line, .byte = r->byte, .row = s->n_good};
    snprintf(item->what, sizeof item->what, "%s", r->damage);
}

/* The record in the file's own encoding. */
static bool encode_record(struct json_scan *s, int64_t row)
{
    enum charset charset = s->table->table.source->charset;
    uint8_t *bytes;

    if (charset == CHARSET_UTF8)
        return true;
    bytes = arena_alloc(&s->unescaped, 2 * s->records[row].size + 1);
    if (bytes)
        s->records[row] = span_of(bytes, charset_encode(charset, s->records[row], bytes));
    return bytes != NULL;
}

/* An element of a list may span lines; as a record it is one line. Line feeds occur only between its tokens. */
static bool put_record(struct json_scan *s, int64_t row)
{
    struct span bytes = s->text.record.bytes;
    uint8_t *line;
    size_t n = 0;

    s->records[row] = bytes;
    if (!s->text.is_list || !memchr(bytes.at, '\n', bytes.size))
        return encode_record(s, row);
    line = arena_alloc(&s->unescaped, bytes.size);
    if (!line)
        return false;
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.at[i] != '\n' && bytes.at[i] != '\r')
            line[n++] = bytes.at[i];
    s->records[row] = span_of(line, n);
    return encode_record(s, row);
}

/* All cells of the next rows are null until a record says otherwise: 64 rows at once, since with thousands of columns each cell that is cleared by
 * itself is a line of the cache that is fetched for it. Rows begin one after another, from 0 on in each chunk. */
static void begin_row(struct json_scan *s, int64_t row)
{
    int64_t end = row + 64 < s->cells.capacity ? row + 64 : s->cells.capacity;

    if (row % 64)
        return;
    for (int32_t i = 0; i < s->cells.n; i++) {
        for (int64_t at = row; at < end; at++)
            s->cells.at[i].raw[at] = span_of(NULL, 0);
        memset(s->cells.at[i].state + row, CELL_IS_NULL, (size_t)(end - row));
    }
}

/* The entries of the record, as many as there is room for; the next chunk goes on where this one ends. */
static enum status take_entries(struct json_scan *s, int64_t *n_rows, struct error *err)
{
    const struct json_text *text = &s->text;

    for (; s->next_event < text->n_events; s->next_event++) {
        const struct json_event *e = &text->events[s->next_event];
        if (e->what == JSON_EVENT_ENTRY && e->key == s->list) {
            if (*n_rows == s->cells.capacity)
                return STATUS_OK;
            begin_row(s, *n_rows);
            s->row_of[(*n_rows)++] = s->n_good - 1;
        } else if (e->what == JSON_EVENT_VALUE && s->first_want[e->key] >= 0) {
            if (!put_value(s, e, s->first_want[e->key], *n_rows - 1))
                return memory_error(s->table->memory, "cells", err);
        }
    }
    return STATUS_OK;
}

/* The record as one row. */
static enum status take_row(struct json_scan *s, int64_t *n_rows, struct error *err)
{
    const struct json_text *text = &s->text;

    begin_row(s, *n_rows);
    for (size_t i = 0; i < text->n_events; i++) {
        const struct json_event *e = &text->events[i];
        if (e->what == JSON_EVENT_VALUE && s->first_want[e->key] >= 0 && !put_value(s, e, s->first_want[e->key], *n_rows))
            return memory_error(s->table->memory, "cells", err);
    }
    if (s->records && !put_record(s, *n_rows))
        return memory_error(s->table->memory, "records", err);
    ++*n_rows;
    return STATUS_OK;
}

static enum status take_record(struct json_scan *s, int64_t *n_rows, struct error *err)
{
    struct json_text *text = &s->text;

    s->damage.n_total++;
    if (!text->record.damage)
        TRY(json_record_events(text, &s->table->keys, false, err));
    if (text->record.damage) {
        text->n_events = 0;
        add_damage(s);
        return STATUS_OK;
    }
    ++s->n_good;
    s->next_event = 0;
    return s->list == JSON_NO_KEY ? take_row(s, n_rows, err) : take_entries(s, n_rows, err);
}

static bool is_between_entries(const struct json_scan *s)
{
    return s->list != JSON_NO_KEY && s->next_event < s->text.n_events;
}

static enum status take_records(struct json_scan *s, int64_t *n_rows, struct error *err)
{
    if (is_between_entries(s))
        TRY(take_entries(s, n_rows, err));
    while (*n_rows < s->cells.capacity && !is_between_entries(s)) {
        enum json_step step;
        TRY(json_text_next(&s->text, &step, err));
        if (step == JSON_RECORD) {
            TRY(take_record(s, n_rows, err));
        } else if (step == JSON_END) {
            s->damage.n_lines = json_text_lines(&s->text);
            return *n_rows ? STATUS_OK : source_check_unchanged(s->table->table.source, err);
        } else if (*n_rows) {
            return STATUS_OK; /* the window would slide under the cells */
        } else {
            TRY(cancelled(s->table, err));
            s->text.n_events = 0;
            TRY(json_text_slide(&s->text, err));
        }
    }
    return STATUS_OK;
}

static enum status json_scan_next(struct scan *scan, struct chunk *out, struct error *err)
{
    struct json_scan *s = (struct json_scan *)scan;
    int64_t first = s->n_good, n_rows = 0;
    enum status status;

    *out = (struct chunk){0};
    arena_reset(&s->unescaped);
    status = take_records(s, &n_rows, err);
    if (status != STATUS_OK) {
        error_source(err, s->table->table.source->path);
        return status;
    }
    cells_finish(&s->cells, n_rows);
    if (s->list != JSON_NO_KEY && n_rows)
        first = s->row_of[0];
    *out = (struct chunk){first, n_rows, s->cells.vectors, s->cells.n_wants, s->records, s->list == JSON_NO_KEY ? NULL : s->row_of};
    return STATUS_OK;
}

static const struct damage *json_scan_damage(const struct scan *scan)
{
    return &((const struct json_scan *)scan)->damage;
}

const struct reader reader_json = {
    .name = "json",
    .doc = "JSON lines, or one list of objects, also gzip or zstd; nested values by their paths",
    .is_typed = false,
    .columns_are_independent = false,
    .recognises = recognises,
    .open = json_open,
    .close = json_close,
    .unit_rows = json_unit_rows,
    .scan_open = json_scan_open,
    .scan_next = json_scan_next,
    .scan_close = json_scan_close,
    .scan_damage = json_scan_damage,
};
