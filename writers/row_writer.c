/* writers/row_writer.c */
#include "writers/row_writer.h"

#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/json_writer.h"

static const struct { const char *suffix; enum row_format format; } suffixes[] = {
    {".csv", ROWS_CSV}, {".jsonl", ROWS_JSON}, {".ndjson", ROWS_JSON}, {".json", ROWS_JSON},
};

enum status row_format_of(const char *path, enum row_format *out, struct error *err)
{
    size_t n = strlen(path);

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t size = strlen(suffixes[i].suffix);
        if (n >= size && strcasecmp(path + n - size, suffixes[i].suffix) == 0) {
            *out = suffixes[i].format;
            return STATUS_OK;
        }
    }
    return error_set(err, STATUS_BAD_USAGE, "rows are written to a .csv, .jsonl, .ndjson or .json file, not to %.200s", path);
}

bool row_writer_copies(enum row_format format, enum row_input input)
{
    return (format == ROWS_CSV && input == ROWS_FROM_CSV) || (format == ROWS_JSON && input == ROWS_FROM_JSON);
}

static bool add_text(struct buffer *out, const char *text) { return buffer_add(out, text, strlen(text)); }

static bool needs_quotes(struct span cell)
{
    for (size_t i = 0; i < cell.size; i++)
        if (cell.at[i] == ',' || cell.at[i] == '"' || cell.at[i] == '\n' || cell.at[i] == '\r')
            return true;
    return cell.size == 0;
}

/* A value that is not null: empty text is "". */
static bool add_cell(struct buffer *out, struct span cell)
{
    if (!needs_quotes(cell))
        return buffer_add(out, cell.at, cell.size);
    if (!add_text(out, "\""))
        return false;
    while (cell.size) {
        const uint8_t *quote = memchr(cell.at, '"', cell.size);
        size_t n = quote ? (size_t)(quote - cell.at) + 1 : cell.size;
        if (!buffer_add(out, cell.at, n) || (quote && !add_text(out, "\"")))
            return false;
        cell = span_of(cell.at + n, cell.size - n);
    }
    return add_text(out, "\"");
}

static bool add_value(struct buffer *out, const struct vector *v, int64_t row)
{
    struct value value;

    if (!vector_is_valid(v, row))
        return true;
    if (v->raw)
        return add_cell(out, v->raw[row]);
    value = vector_value(v, row);
    return value.kind == VALUE_TEXT ? add_cell(out, value.bytes) : value_print(&value, out);
}

static bool add_csv_row(struct row_writer *w, const struct chunk *chunk, int64_t row)
{
    for (int32_t i = 0; i < chunk->n_vectors; i++)
        if ((i && !add_text(&w->pending, ",")) || !add_value(&w->pending, &chunk->vectors[i], row))
            return false;
    return add_text(&w->pending, "\n");
}

static bool add_json_row(struct row_writer *w, const struct chunk *chunk, int64_t row)
{
    struct json_writer json;

    json_init(&json, &w->pending, 0);
    json_object(&json);
    for (int32_t i = 0; i < chunk->n_vectors; i++) {
        struct value value = vector_value(&chunk->vectors[i], row);
        json_key(&json, w->names[i]);
        json_value(&json, &value);
    }
    json_object_end(&json);
    return !json.failed && add_text(&w->pending, "\n");
}

/* The last character is LF or CR, which differ from a line feed in one byte. */
static bool ends_line(const struct row_writer *w, struct span bytes)
{
    size_t n = w->line_feed.size;

    if (bytes.size < n)
        return bytes.size == 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t c = bytes.at[bytes.size - n + i], feed = w->line_feed.at[i];
        if (c != feed && !(feed == '\n' && c == '\r'))
            return false;
    }
    return true;
}

static bool add_record(struct row_writer *w, struct span record)
{
    if (w->needs_line_end && !buffer_add(&w->pending, w->line_feed.at, w->line_feed.size))
        return false;
    w->needs_line_end = !ends_line(w, record);
    return buffer_add(&w->pending, record.at, record.size);
}

static bool add_ids(struct row_writer *w, int64_t row)
{
    const struct row_labels *labels = w->labels;
    struct json_writer json;

    json_init(&json, &w->pending_ids, 0);
    json_array(&json);
    for (int32_t i = 0, last = -1; i < labels->n; i++) {
        if (!bit_get(labels->masks[i], row) || (last >= 0 && strcmp(labels->ids[last], labels->ids[i]) == 0))
            continue;
        json_text(&json, labels->ids[i]);
        last = i;
    }
    json_array_end(&json);
    return !json.failed && add_text(&w->pending_ids, "\n");
}

static bool add_row(struct row_writer *w, const struct chunk *chunk, int64_t row)
{
    if (w->is_as_is)
        return add_record(w, chunk->records[row]);
    return w->format == ROWS_CSV ? add_csv_row(w, chunk, row) : add_json_row(w, chunk, row);
}

/* Nothing but a byte order mark is no record: no line end follows it. */
static bool is_mark(struct span header)
{
    return span_is(header, "\xef\xbb\xbf") || span_is(header, "\xff\xfe") || span_is(header, "\xfe\xff");
}

static bool add_header(struct row_writer *w, struct span header)
{
    if (w->is_as_is && is_mark(header))
        return buffer_add(&w->pending, header.at, header.size);
    if (w->is_as_is)
        return header.size == 0 || add_record(w, header);
    if (w->format == ROWS_JSON)
        return true;
    for (int32_t i = 0; i < w->n_columns; i++)
        if ((i && !add_text(&w->pending, ",")) || !add_cell(&w->pending, span_text(w->names[i])))
            return false;
    return add_text(&w->pending, "\n");
}

/* Or nothing yet. */
static bool is_regular(const char *path)
{
    struct stat st;

    return stat(path, &st) != 0 || S_ISREG(st.st_mode);
}

static enum status open_ids(struct row_writer *w, const char *path, struct error *err)
{
    char beside[sizeof w->ids.path];

    if ((size_t)snprintf(beside, sizeof beside, "%s%s", path, w->labels->suffix) >= sizeof beside)
        return error_set(err, STATUS_WRITE, "cannot write %.100s...: the name is too long", path);
    TRY(output_open(&w->ids, beside, err));
    w->has_ids = true;
    return STATUS_OK;
}

enum status row_writer_open(struct row_writer *w, const char *path, enum row_format format, enum row_input input,
                            const char *const *names, int32_t n_columns, struct span header, struct span line_feed,
                            const struct row_labels *labels, struct memory *memory, struct error *err)
{
    enum status status;

    *w = (struct row_writer){.format = format, .names = names, .n_columns = n_columns, .line_feed = line_feed, .labels = labels};
    w->pending.memory = w->pending_ids.memory = memory;
    w->is_as_is = row_writer_copies(format, input);
    w->ids.fd = -1;
    TRY(output_open(&w->output, path, err));
    status = labels && is_regular(path) ? open_ids(w, path, err) : STATUS_OK;
    if (status == STATUS_OK && !add_header(w, header))
        status = memory_error(memory, "a file of rows", err);
    if (status != STATUS_OK)
        row_writer_abandon(w);
    return status;
}

static enum status flush(struct row_writer *w, struct error *err)
{
    TRY(output_add(&w->output, span_of(w->pending.at, w->pending.size), err));
    w->pending.size = 0;
    if (w->has_ids)
        TRY(output_add(&w->ids, span_of(w->pending_ids.at, w->pending_ids.size), err));
    w->pending_ids.size = 0;
    return STATUS_OK;
}

enum status row_writer_add(struct row_writer *w, const struct chunk *chunk, const uint64_t *rows, struct error *err)
{
    if (w->is_as_is && !chunk->records)
        return error_set(err, STATUS_INTERNAL, "rows are to be copied, but their records were not asked for");
    for (int64_t row = 0; row < chunk->n_rows; row++) {
        if (rows && !bit_get(rows, row))
            continue;
        if (!add_row(w, chunk, row) || (w->has_ids && !add_ids(w, row)))
            return memory_error(w->pending.memory, "a file of rows", err);
        w->n_rows++;
    }
    return flush(w, err);
}

enum status row_writer_commit(struct row_writer *w, struct error *err)
{
    enum status status = flush(w, err);

    if (status == STATUS_OK)
        status = output_commit(&w->output, err);
    if (status == STATUS_OK && w->has_ids) {
        w->has_ids = false;
        status = output_commit(&w->ids, err);
    }
    row_writer_abandon(w); /* what is left of it */
    return status;
}

void row_writer_abandon(struct row_writer *w)
{
    buffer_done(&w->pending);
    buffer_done(&w->pending_ids);
    output_abandon(&w->output);
    if (w->has_ids)
        output_abandon(&w->ids);
    w->has_ids = false;
}
