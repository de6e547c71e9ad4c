/* readers/json/json.c -- flat JSON lines (or one list of flat objects) as a table of one unit.
 *
 * The columns of a file are the keys of all its records, in the order in which they first occur, so opening reads the whole
 * text once: exact, at the price of a second pass. It also knows then how many rows there are, and what kinds of values a
 * column holds (physical_type: "STRING", "NUMBER", "BOOLEAN", "NULL", "MIXED"; the words NaN and infinity count as numbers).
 * A missing key is null. A column with an object or a list in it is TYPE_NESTED and refused by name when scanned.
 * Damage of a line: no object, bad syntax, a key twice, invalid UTF-8, NUL. Keys of damaged records make no columns.
 */
#include "readers/json/json.h"

#include <stdio.h>

#include "readers/cells.h"
#include "readers/text.h"

enum { COLUMNS_MAX = 1000000 };

struct json_scan {
    struct scan scan;
    struct json_table *table;
    struct json_text text;
    struct cell_columns cells;
    int32_t *first_want; /* of a column; -1: none */
    int32_t *next_want;  /* of the same column; -1: none */
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
static enum json_kind kind_of(const struct json_member *m)
{
    bool is_word = m->kind == JSON_STRING && !m->value_is_escaped && m->value.size >= 3 && m->value.size <= 9 &&
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
    TRY(json_record_columns(text, &t->keys, true, err));
    if (t->keys.n > COLUMNS_MAX)
        return error_set(err, STATUS_TOO_LARGE, "more than %d different keys", COLUMNS_MAX);
    for (int32_t i = 0; i < text->record.n_members; i++)
        t->keys.at[text->columns[i]].kinds |= (uint8_t)(1 << kind_of(&text->members[i]));
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

static enum status make_schema(struct json_table *t, struct error *err)
{
    struct column *columns = arena_array(&t->arena, t->keys.n, sizeof *columns);

    if (!columns)
        return memory_error(t->memory, "the schema of a JSON file", err);
    for (size_t i = 0; i < t->keys.n; i++) {
        uint8_t kinds = t->keys.at[i].kinds;
        columns[i].name = t->keys.at[i].name;
        columns[i].is_nullable = true;
        columns[i].is_nested = kinds & 1 << JSON_NESTED;
        columns[i].type.kind = columns[i].is_nested ? TYPE_NESTED : TYPE_UNKNOWN;
        columns[i].physical_type = columns[i].is_nested ? "NESTED" : physical_type(kinds);
    }
    t->table.schema = (struct schema){columns, (int32_t)t->keys.n};
    return STATUS_OK;
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

static enum status read_keys(struct json_table *t, struct error *err)
{
    struct json_text text;
    enum status status;

    TRY(keep_mark(t, err));
    TRY(json_text_open(&text, t->table.source, t->memory, t->window_size, err));
    status = discover(t, &text, err);
    snprintf(t->table.dialect, sizeof t->table.dialect, "%s", text.is_list ? "one list of objects" : "one object per line");
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
    mem_free(memory, s);
}

static enum status refuse_nested(const struct json_table *t, const struct want *wants, int32_t n, struct error *err)
{
    for (int32_t i = 0; i < n; i++) {
        const struct column *c = &t->table.schema.columns[wants[i].column];
        if (!c->is_nested)
            continue;
        error_column(err, c->name);
        return error_set(err, STATUS_UNSUPPORTED, "column `%.100s` holds objects or lists, which are not judged yet", c->name);
    }
    return STATUS_OK;
}

static enum status prepare(struct json_scan *s, const struct want *wants, int32_t n_wants, int flags, struct error *err)
{
    struct json_table *t = s->table;
    size_t n = t->keys.n;

    arena_init(&s->unescaped, t->memory, 0);
    TRY(refuse_nested(t, wants, n_wants, err));
    TRY(cells_open(&s->cells, wants, n_wants, t->memory, err));
    s->first_want = mem_alloc(t->memory, n * sizeof *s->first_want);
    s->next_want = mem_alloc(t->memory, (size_t)n_wants * sizeof *s->next_want);
    if (flags & SCAN_RECORDS)
        s->records = mem_alloc(t->memory, (size_t)s->cells.capacity * sizeof *s->records);
    if (!s->first_want || !s->next_want || ((flags & SCAN_RECORDS) && !s->records))
        return memory_error(t->memory, "a scan", err);
    for (size_t i = 0; i < n; i++)
        s->first_want[i] = -1;
    for (int32_t i = 0; i < n_wants; i++) {
        s->next_want[i] = s->first_want[wants[i].column];
        s->first_want[wants[i].column] = i;
    }
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
static bool put_member(struct json_scan *s, const struct json_member *m, int32_t want, int64_t row)
{
    struct span cell = m->value;

    if (m->kind == JSON_NULL)
        return true;
    if (m->value_is_escaped) {
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

static enum status take_record(struct json_scan *s, int64_t *row, struct error *err)
{
    struct json_text *text = &s->text;

    s->damage.n_total++;
    if (!text->record.damage)
        TRY(json_record_columns(text, &s->table->keys, false, err));
    if (text->record.damage) {
        add_damage(s);
        return STATUS_OK;
    }
    for (int32_t i = 0; i < s->cells.n; i++) {
        s->cells.at[i].raw[*row] = span_of(NULL, 0);
        s->cells.at[i].state[*row] = CELL_IS_NULL;
    }
    for (int32_t i = 0; i < text->record.n_members; i++) {
        int32_t want = s->first_want[text->columns[i]];
        if (want >= 0 && !put_member(s, &text->members[i], want, *row))
            return memory_error(s->table->memory, "cells", err);
    }
    if (s->records && !put_record(s, *row))
        return memory_error(s->table->memory, "records", err);
    ++*row;
    ++s->n_good;
    return STATUS_OK;
}

static enum status take_records(struct json_scan *s, int64_t *n_rows, struct error *err)
{
    while (*n_rows < s->cells.capacity) {
        enum json_step step;
        TRY(json_text_next(&s->text, &step, err));
        if (step == JSON_RECORD) {
            TRY(take_record(s, n_rows, err));
        } else if (step == JSON_END) {
            return *n_rows ? STATUS_OK : source_check_unchanged(s->table->table.source, err);
        } else if (*n_rows) {
            return STATUS_OK; /* the window would slide under the cells */
        } else {
            TRY(cancelled(s->table, err));
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
    *out = (struct chunk){first, n_rows, s->cells.vectors, s->cells.n, s->records};
    return STATUS_OK;
}

static const struct damage *json_scan_damage(const struct scan *scan)
{
    return &((const struct json_scan *)scan)->damage;
}

const struct reader reader_json = {
    .name = "json",
    .doc = "JSON lines of flat objects, or one list of them, also gzip or zstd",
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
