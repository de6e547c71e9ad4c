/* writers/row_writer.c */
#include "writers/row_writer.h"

#include <strings.h>

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

static bool add_span(struct buffer *out, struct span s) { return buffer_add(out, s.at, s.size); }

/* `is_first`: nothing stands before them in the object, so that they do not begin with a comma. */
static bool add_labels(struct row_writer *w, int64_t row, bool is_first)
{
    const struct row_labels *labels = w->labels;
    struct span last = {NULL, 0};
    size_t skipped = is_first ? w->line_feed.size : 0;
    bool ok = buffer_add(&w->pending, labels->before.at + skipped, labels->before.size - skipped);

    for (int32_t i = 0; i < labels->n && ok; i++) {
        if (!bit_get(labels->masks[i], row) || (last.at && span_equal(last, labels->names[i])))
            continue;
        ok = (!last.at || add_span(&w->pending, labels->between)) && add_span(&w->pending, labels->names[i]);
        last = labels->names[i];
    }
    return ok && add_span(&w->pending, labels->after);
}

static bool add_csv_row(struct row_writer *w, const struct chunk *chunk, int64_t row)
{
    for (int32_t i = 0; i < chunk->n_vectors; i++)
        if ((i && !add_text(&w->pending, ",")) || !add_value(&w->pending, &chunk->vectors[i], row))
            return false;
    return (!w->labels || add_labels(w, row, false)) && add_text(&w->pending, "\n");
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
    if (json.failed || !w->labels)
        return !json.failed && add_text(&w->pending, "\n");
    w->pending.size--; /* the brace */
    return add_labels(w, row, false) && add_text(&w->pending, "}\n");
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

/* Is `c`, which is ASCII, the character that ends at `end`? One byte, or two as those of the line feed lie. */
static bool ends_with(const struct row_writer *w, struct span bytes, size_t end, char c)
{
    size_t n = w->line_feed.size;

    if (end < n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (bytes.at[end - n + i] != (w->line_feed.at[i] == '\n' ? (uint8_t)c : 0))
            return false;
    return true;
}

/* Where labels go: before the line end, or before the brace that closes the object. */
static size_t end_of_values(const struct row_writer *w, struct span record)
{
    size_t n = w->line_feed.size, end = record.size;

    if (w->format == ROWS_CSV) {
        while (ends_with(w, record, end, '\n') || ends_with(w, record, end, '\r'))
            end -= n;
        return end;
    }
    while (end >= n && !ends_with(w, record, end, '}'))
        end -= n;
    return end >= n ? end - n : record.size;
}

static bool is_empty_object(const struct row_writer *w, struct span record, size_t end)
{
    while (ends_with(w, record, end, ' ') || ends_with(w, record, end, '\t'))
        end -= w->line_feed.size;
    return w->format == ROWS_JSON && ends_with(w, record, end, '{');
}

static bool add_header_label(struct row_writer *w)
{
    return add_span(&w->pending, w->labels->before) && add_span(&w->pending, w->labels->column);
}

/* row -1: the header. */
static bool add_record(struct row_writer *w, struct span record, int64_t row)
{
    size_t end = w->labels ? end_of_values(w, record) : record.size;

    if (w->needs_line_end && !add_span(&w->pending, w->line_feed))
        return false;
    w->needs_line_end = !ends_line(w, record);
    if (!buffer_add(&w->pending, record.at, end))
        return false;
    if (w->labels && !(row < 0 ? add_header_label(w) : add_labels(w, row, is_empty_object(w, record, end))))
        return false;
    return end == record.size || buffer_add(&w->pending, record.at + end, record.size - end);
}

static bool add_row(struct row_writer *w, const struct chunk *chunk, int64_t row)
{
    if (w->is_as_is)
        return add_record(w, chunk->records[row], row);
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
        return header.size == 0 || add_record(w, header, -1);
    if (w->format == ROWS_JSON)
        return true;
    for (int32_t i = 0; i < w->n_columns; i++)
        if ((i && !add_text(&w->pending, ",")) || !add_cell(&w->pending, span_text(w->names[i])))
            return false;
    return (!w->labels || add_header_label(w)) && add_text(&w->pending, "\n");
}

enum status row_writer_open(struct row_writer *w, const char *path, enum row_format format, enum row_input input,
                            const char *const *names, int32_t n_columns, struct span header, struct span line_feed,
                            const struct row_labels *labels, struct memory *memory, struct error *err)
{
    *w = (struct row_writer){.format = format, .names = names, .n_columns = n_columns, .line_feed = line_feed, .labels = labels, .pending = {.memory = memory}};
    w->is_as_is = row_writer_copies(format, input);
    TRY(output_open(&w->output, path, err));
    if (!add_header(w, header)) {
        row_writer_abandon(w);
        return memory_error(memory, "a file of rows", err);
    }
    return STATUS_OK;
}

static enum status flush(struct row_writer *w, struct error *err)
{
    enum status status = output_add(&w->output, span_of(w->pending.at, w->pending.size), err);

    w->pending.size = 0;
    return status;
}

enum status row_writer_add(struct row_writer *w, const struct chunk *chunk, const uint64_t *rows, struct error *err)
{
    if (w->is_as_is && !chunk->records)
        return error_set(err, STATUS_INTERNAL, "rows are to be copied, but their records were not asked for");
    for (int64_t row = 0; row < chunk->n_rows; row++) {
        if (rows && !bit_get(rows, row))
            continue;
        if (!add_row(w, chunk, row))
            return memory_error(w->pending.memory, "a file of rows", err);
        w->n_rows++;
    }
    return flush(w, err);
}

enum status row_writer_commit(struct row_writer *w, struct error *err)
{
    enum status status = flush(w, err);

    buffer_done(&w->pending);
    if (status != STATUS_OK) {
        output_abandon(&w->output);
        return status;
    }
    return output_commit(&w->output, err);
}

void row_writer_abandon(struct row_writer *w)
{
    buffer_done(&w->pending);
    output_abandon(&w->output);
}
