/* readers/registry.c -- the formats, and which of them a file is.
 *
 * Told by content: the magic number of Parquet; an object or an array of objects is JSON; known formats that are not read
 * are refused by name, so that they are not taken for text, and so is Parquet without its first bytes. Anything else is
 * CSV. gzip and zstd are looked into. A file of zero bytes has no format: it opens as a CSV table without columns and rows.
 */
#include <string.h>
#include <strings.h>

#include "readers/csv/csv.h"
#include "readers/json/json.h"
#include "readers/parquet/parquet.h"
#include "readers/reader.h"
#include "readers/storage/stream.h"

enum { HEAD_SIZE = 64 << 10 };

/* In the order in which they are asked; CSV recognises everything. */
const struct reader *const readers[] = {&reader_parquet, &reader_json, &reader_csv, NULL};

const struct reader *reader_find(const char *name)
{
    for (int i = 0; readers[i]; i++)
        if (strcmp(readers[i]->name, name) == 0)
            return readers[i];
    return NULL;
}

bool reader_is_named_parquet(const char *path)
{
    static const char *const endings[] = {".parquet", ".parq", ".pq"};
    size_t size = strlen(path);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);

        if (size > n && strcasecmp(path + size - n, endings[i]) == 0)
            return true;
    }
    return false;
}

/* Formats that would make nonsense as CSV. */
static const struct {
    const char *magic;
    size_t size;
    const char *name;
} foreign[] = {
    {"PK\x03\x04", 4, "a zip archive (or an Excel workbook)"},
    {"\xd0\xcf\x11\xe0", 4, "an old Excel workbook"},
    {"BZh", 3, "bzip2"},
    {"\xfd" "7zXZ", 5, "xz"},
    {"\x04\x22\x4d\x18", 4, "lz4"},
    {"\xff\x06\x00\x00sNaPpY", 10, "framed snappy"},
    {"Obj\x01", 4, "Avro"},
    {"ORC", 3, "ORC"},
    {"ARROW1", 6, "Arrow IPC"},
    {"SQLite format 3", 15, "an SQLite database"},
    {"%PDF-", 5, "PDF"},
    {"\xff\xfe\0\0", 4, "UTF-32 text"},
    {"\0\0\xfe\xff", 4, "UTF-32 text"},
};

/* The first bytes of the text, unpacked. */
static enum status read_unpacked_head(struct source *source, struct memory *memory, uint8_t *head, size_t *size,
                                      struct error *err)
{
    struct stream *stream;
    enum status status = STATUS_OK;
    size_t got = 1;

    *size = 0;
    TRY(stream_open(source, memory, &stream, err));
    while (status == STATUS_OK && got && *size < HEAD_SIZE) {
        status = stream_read(stream, head + *size, HEAD_SIZE - *size, &got, err);
        *size += status == STATUS_OK ? got : 0;
    }
    stream_close(stream);
    return status;
}

static enum status refuse_foreign(struct span head, struct error *err)
{
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (head.size >= foreign[i].size && memcmp(head.at, foreign[i].magic, foreign[i].size) == 0)
            return error_set(err, STATUS_UNSUPPORTED, "this is %s, which is not read; Parquet, CSV and JSON are",
                             foreign[i].name);
    return STATUS_OK;
}

/* Parquet whose first bytes are damaged. As CSV it would be a table that nobody asked about. Two of three tell: its name, bytes
 * that are in no text, its end; so CSV under a wrong name stays CSV, and the end of other files is not read. */
static enum status refuse_beheaded(struct source *source, struct span head, struct error *err)
{
    enum { FIRST_OF_TEXT = 9 };
    uint8_t tail[4] = {0};
    int told = reader_is_named_parquet(source->path);
    size_t at = 0;

    while (at < head.size && head.at[at] >= FIRST_OF_TEXT)
        at++;
    told += at < head.size;
    if (told == 1 && source->size >= 4) {
        TRY(source_read(source, source->size - 4, tail, 4, err));
        told += memcmp(tail, "PAR1", 4) == 0;
    }
    if (told < 2)
        return STATUS_OK;
    return error_set(err, STATUS_BAD_DATA, "this was Parquet, but it does not start with PAR1: it is damaged (--format csv reads it as text)");
}

static enum status recognise(struct source *source, struct span head, const struct reader **out, struct error *err)
{
    uint8_t magic[4] = {0};

    for (int i = 0; readers[i]; i++)
        if (readers[i]->recognises(head, source->path)) {
            *out = readers[i];
            break;
        }
    if (*out != &reader_parquet)
        TRY(refuse_beheaded(source, head, err));
    if (source->size >= 4)
        TRY(source_read(source, 0, magic, 4, err));
    if (*out == &reader_parquet && packing_of(span_of(magic, 4)) != PACKING_NONE)
        return error_set(err, STATUS_UNSUPPORTED, "this is Parquet packed by %s; unpack it first",
                         packing_name(packing_of(span_of(magic, 4))));
    return STATUS_OK;
}

/* The declared encoding, or the one that the head tells. A declared UTF-16 without a byte order takes the head's. */
static enum status set_encoding(struct source *source, const struct read_options *options, struct span head, struct error *err)
{
    enum charset declared;
    bool order_is_open;

    source->told = charset_tell(head, head.size < HEAD_SIZE);
    source->charset = source->told.charset;
    if (!options->encoding)
        return STATUS_OK;
    if (!charset_parse(options->encoding, &declared, &order_is_open))
        return error_set(err, STATUS_BAD_USAGE, "unknown encoding %.60s; there is %s", options->encoding, charset_list);
    source->charset_is_declared = true;
    if (!order_is_open || source->told.charset != CHARSET_UTF16BE)
        source->charset = declared;
    return STATUS_OK;
}

/* JSON is UTF-8 (RFC 8259, 8.1); another encoding must show by its zeros or be declared. */
static void confine_json(struct source *source)
{
    if (!source->charset_is_declared && source->charset == CHARSET_WINDOWS1252)
        source->charset = CHARSET_UTF8;
}

/* A head in another encoding as UTF-8, over itself where it fits; for telling the format a part of it will do. */
static size_t decode_head(enum charset charset, uint8_t *head, size_t size, uint8_t *room)
{
    struct span in = span_of(head, size);
    size_t n;

    if (charset == CHARSET_UTF8)
        return size;
    n = charset_decode(charset, &in, false, room, HEAD_SIZE);
    memcpy(head, room, n);
    return n;
}

static enum status tell_from(struct source *source, const struct read_options *options, uint8_t *head, size_t size,
                             const struct reader **out, struct error *err)
{
    if (!options->format)
        TRY(refuse_foreign(span_of(head, size), err));
    TRY(set_encoding(source, options, span_of(head, size), err));
    size = decode_head(source->charset, head, size, head + HEAD_SIZE);
    if (!options->format)
        TRY(recognise(source, span_of(head, size), out, err));
    if (*out == &reader_json)
        confine_json(source);
    if (*out == &reader_parquet)
        source->charset = CHARSET_UTF8;
    return STATUS_OK;
}

static enum status tell(struct source *source, const struct read_options *options, const struct reader **out, struct error *err)
{
    uint8_t *head = mem_alloc(options->memory, 2 * (size_t)HEAD_SIZE); /* as it is, and decoded */
    enum status status;
    size_t size;

    if (!head)
        return memory_error(options->memory, "the head of a file", err);
    status = read_unpacked_head(source, options->memory, head, &size, err);
    if (status == STATUS_OK)
        status = tell_from(source, options, head, size, out, err);
    mem_free(options->memory, head);
    return status;
}

/* Four bytes tell: nothing else of its head is text. A declared encoding still has to be one that there is. */
static enum status tell_parquet(struct source *source, const struct read_options *options, bool *is_parquet, struct error *err)
{
    uint8_t magic[4];

    *is_parquet = false;
    if (source->size < (int64_t)sizeof magic || options->encoding)
        return STATUS_OK;
    TRY(source_read(source, 0, magic, sizeof magic, err));
    *is_parquet = reader_parquet.recognises(span_of(magic, sizeof magic), source->path);
    return STATUS_OK;
}

static enum status choose(struct source *source, const struct read_options *options, const struct reader **out,
                          struct error *err)
{
    bool is_parquet;

    *out = &reader_csv;
    if (options->format && !reader_find(options->format))
        return error_set(err, STATUS_BAD_USAGE, "unknown format %s; parquet, csv and json are known", options->format);
    if (source->size == 0)
        return STATUS_OK;
    if (options->format)
        *out = reader_find(options->format);
    if (*out == &reader_parquet)
        return STATUS_OK;
    if (!options->format) {
        TRY(tell_parquet(source, options, &is_parquet, err));
        if (is_parquet) {
            *out = &reader_parquet;
            return STATUS_OK;
        }
    }
    return tell(source, options, out, err);
}

enum status table_open(struct source *source, const struct read_options *options, struct table **out,
                       struct error *err)
{
    const struct reader *reader;
    enum status status = choose(source, options, &reader, err);

    *out = NULL;
    if (status != STATUS_OK) {
        error_source(err, source->path);
        source_close(source);
        return status;
    }
    return reader->open(source, options, out, err);
}

void table_close(struct table *table)
{
    if (table)
        table->reader->close(table);
}

int64_t table_unit_start(const struct table *table, int32_t unit)
{
    int64_t row = 0;

    for (int32_t before = 0; before < unit; before++)
        row += table->reader->unit_rows(table, before);
    return row;
}
