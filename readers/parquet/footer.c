/* readers/parquet/footer.c -- FileMetaData: where it is, and what of it is kept.
 *
 *     "PAR1" | column chunks | FileMetaData (Thrift, compact) | its length, 4 bytes LE | "PAR1"
 *
 * One pass over the footer; of a column chunk about ninety bytes are kept, paths and key-value pairs are skipped, and statistics
 * remain unread until a column is asked for. Field numbers are those of parquet.thrift. Encrypted files are refused by
 * name, with an encrypted footer ("PARE") or a plain one.
 */
#include "readers/parquet/file.h"
#include "readers/parquet/thrift.h"

enum { FIRST_READ = 64 << 10 };

enum status footer_no_memory(const struct parquet_file *file, size_t wanted, struct error *err)
{
    size_t ceiling = file->arena.ceiling;

    if (ceiling && wanted + 16 > ceiling - file->arena.used) /* what the arena hands out is rounded up to 16 */
        return error_set(err, STATUS_TOO_LARGE, "the footer of %zu bytes needs more than %zu when unpacked",
                         file->footer.size, ceiling);
    return memory_error(file->memory, "the footer", err);
}

static enum status bad(struct parquet_file *file, struct error *err, const struct thrift *t)
{
    err->byte = file->footer_at + (int64_t)thrift_position(t);
    return error_set(err, STATUS_BAD_DATA, "the footer is broken: %s", t->problem);
}

static bool take_list(struct thrift *t, const struct thrift_field *f, int element, int32_t *n)
{
    if (thrift_list(t, f, element, n))
        return true;
    *n = 0;
    return false;
}

/* TimeUnit: a union of empty structs 1 MILLIS, 2 MICROS, 3 NANOS. */
static void read_unit(struct thrift *t, int32_t *unit)
{
    struct thrift_field f = {0};

    while (thrift_next(t, &f)) {
        if (f.id >= 1 && f.id <= 3)
            *unit = f.id == 1 ? UNIT_MILLI : f.id == 2 ? UNIT_MICRO : UNIT_NANO;
        thrift_skip(t, f.type);
    }
}

static void read_logical_member(struct thrift *t, struct schema_element *e)
{
    struct thrift_field f = {0};

    while (thrift_next(t, &f)) {
        bool is_time = e->logical == LOGICAL_TIME || e->logical == LOGICAL_TIMESTAMP;

        if (e->logical == LOGICAL_DECIMAL && f.id == 1)
            (void)thrift_i32(t, &f, &e->logical_scale);
        else if (e->logical == LOGICAL_DECIMAL && f.id == 2)
            (void)thrift_i32(t, &f, &e->logical_precision);
        else if (is_time && f.id == 1)
            (void)thrift_bool(t, &f, &e->is_utc);
        else if (is_time && f.id == 2) {
            if (thrift_struct(t, &f))
                read_unit(t, &e->unit);
        } else if (e->logical == LOGICAL_INTEGER && f.id == 1)
            (void)thrift_i8(t, &f, &e->bit_width);
        else if (e->logical == LOGICAL_INTEGER && f.id == 2)
            (void)thrift_bool(t, &f, &e->is_signed);
        else
            thrift_skip(t, f.type);
    }
}

static void read_logical(struct thrift *t, struct schema_element *e)
{
    struct thrift_field f = {0};

    while (thrift_next(t, &f)) {
        if (!thrift_struct(t, &f))
            continue;
        e->logical = f.id;
        read_logical_member(t, e);
    }
}

void schema_element_read(struct thrift *t, struct schema_element *e)
{
    struct thrift_field f = {0};

    *e = (struct schema_element){.physical = -1, .converted = CONVERTED_NONE, .unit = -1};
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1:
            if (thrift_i32(t, &f, &e->physical) && e->physical < 0)
                e->physical = INT32_MAX; /* no type either, and no group */
            break;
        case 2: (void)thrift_i32(t, &f, &e->type_length); break;
        case 3: (void)thrift_i32(t, &f, &e->repetition); break;
        case 4: (void)thrift_binary(t, &f, &e->name); break;
        case 5: (void)thrift_i32(t, &f, &e->n_children); break;
        case 6: (void)thrift_i32(t, &f, &e->converted); break;
        case 7: (void)thrift_i32(t, &f, &e->scale); break;
        case 8: (void)thrift_i32(t, &f, &e->precision); break;
        case 10:
            if (thrift_struct(t, &f))
                read_logical(t, e);
            break;
        default: thrift_skip(t, f.type);
        }
    }
    if (e->n_children > 0)
        e->physical = -1; /* some writers give the root a type */
}

static enum status read_schema(struct parquet_file *file, struct thrift *t, int32_t n, struct error *err)
{
    TRY(schema_build(file, t, n, err));
    return t->problem ? bad(file, err, t) : STATUS_OK;
}

/* The encodings of data pages, told apart by PageEncodingStats {1 page_type, 2 encoding, 3 count}. */
static void read_encoding_stats(struct thrift *t, struct column_chunk *chunk, int32_t n)
{
    bool is_all = true, is_any = false;

    for (int32_t i = 0; i < n && !t->problem; i++) {
        struct thrift_field f = {0};
        int32_t page = -1, encoding = -1, count = 0;

        while (thrift_next(t, &f)) {
            switch (f.id) {
            case 1: (void)thrift_i32(t, &f, &page); break;
            case 2: (void)thrift_i32(t, &f, &encoding); break;
            case 3: (void)thrift_i32(t, &f, &count); break;
            default: thrift_skip(t, f.type);
            }
        }
        if ((page != PAGE_DATA && page != PAGE_DATA_V2) || count == 0)
            continue;
        is_any = true;
        is_all = is_all && (encoding == ENCODING_PLAIN_DICTIONARY || encoding == ENCODING_RLE_DICTIONARY);
    }
    chunk->all_dictionary = is_any && is_all ? DICTIONARY_ALL : is_any ? DICTIONARY_NOT_ALL : chunk->all_dictionary;
}

/* Without those: PLAIN may be the dictionary page's own encoding and proves nothing, its absence does. */
static void read_encodings(struct thrift *t, struct column_chunk *chunk, int32_t n)
{
    bool has_dictionary = false, is_all = true;

    for (int32_t i = 0; i < n && !t->problem; i++) {
        int32_t encoding = thrift_list_i32(t);
        bool is_dictionary = encoding == ENCODING_PLAIN_DICTIONARY || encoding == ENCODING_RLE_DICTIONARY;

        has_dictionary = has_dictionary || is_dictionary;
        is_all = is_all && (is_dictionary || encoding == ENCODING_RLE || encoding == ENCODING_BIT_PACKED);
    }
    if (chunk->all_dictionary == DICTIONARY_UNKNOWN) {
        if (!has_dictionary)
            chunk->all_dictionary = DICTIONARY_NOT_ALL;
        else if (is_all)
            chunk->all_dictionary = DICTIONARY_ALL;
    }
}

struct chunk_places { int64_t data, dictionary, index; };

static void read_chunk_field(struct thrift *t, const struct thrift_field *f, struct column_chunk *chunk,
                             struct chunk_places *at, const struct leaf *leaf)
{
    int32_t n, x = -1;
    size_t from;

    switch (f->id) {
    case 1:
        if (thrift_i32(t, f, &x) && x != (int32_t)leaf->physical)
            thrift_fail(t, "a column chunk has another physical type than the schema");
        break;
    case 2:
        if (take_list(t, f, THRIFT_I32, &n))
            read_encodings(t, chunk, n);
        break;
    case 4:
        if (thrift_i32(t, f, &x))
            chunk->codec = x < 0 || x > INT8_MAX ? INT8_MAX : (int8_t)x;
        break;
    case 5: (void)thrift_i64(t, f, &chunk->n_values); break;
    case 7: (void)thrift_i64(t, f, &chunk->size); break;
    case 9: (void)thrift_i64(t, f, &at->data); break;
    case 11: (void)thrift_i64(t, f, &at->dictionary); break;
    case 12:
        from = thrift_position(t);
        thrift_skip(t, f->type);
        if (f->type == THRIFT_STRUCT && !t->problem) {
            chunk->statistics_at = (uint32_t)from; /* a footer is shorter than 4 GiB: its length has 32 bits */
            chunk->statistics_size = (uint32_t)(thrift_position(t) - from);
        }
        break;
    case 13:
        if (take_list(t, f, THRIFT_STRUCT, &n))
            read_encoding_stats(t, chunk, n);
        break;
    case 14: (void)thrift_i64(t, f, &chunk->bloom_at); break;
    case 15: (void)thrift_i32(t, f, &chunk->bloom_size); break;
    default: thrift_skip(t, f->type);
    }
}

static void read_chunk_metadata(struct thrift *t, struct column_chunk *chunk, const struct leaf *leaf)
{
    struct thrift_field f = {0};
    struct chunk_places at = {-1, -1, -1};

    chunk->has_metadata = true;
    chunk->size = chunk->n_values = -1;
    chunk->codec = INT8_MAX;
    while (thrift_next(t, &f))
        read_chunk_field(t, &f, chunk, &at, leaf);
    /* Some writers set dictionary_page_offset to 0 where there is no dictionary. */
    chunk->start = at.dictionary > 0 && at.dictionary < at.data ? at.dictionary : at.data;
}

static void read_chunk(struct thrift *t, struct column_chunk *chunk, const struct leaf *leaf)
{
    struct thrift_field f = {0};
    struct span path;

    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1:
            if (thrift_binary(t, &f, &path) && path.size > 0)
                chunk->is_elsewhere = true;
            break;
        case 3:
            if (thrift_struct(t, &f))
                read_chunk_metadata(t, chunk, leaf);
            break;
        case 4: (void)thrift_i64(t, &f, &chunk->offset_index_at); break;
        case 5: (void)thrift_i32(t, &f, &chunk->offset_index_size); break;
        case 6: (void)thrift_i64(t, &f, &chunk->column_index_at); break;
        case 7: (void)thrift_i32(t, &f, &chunk->column_index_size); break;
        case 8: case 9:
            chunk->is_encrypted = true;
            thrift_skip(t, f.type);
            break;
        default: thrift_skip(t, f.type);
        }
    }
}

static enum status read_chunks(struct parquet_file *file, struct thrift *t, struct row_group *group, int32_t n,
                               struct error *err)
{
    if (n != file->table.schema.n_columns)
        return error_set(err, STATUS_BAD_DATA, "a row group has %d columns, the schema %d", n,
                         file->table.schema.n_columns);
    group->chunks = arena_array(&file->arena, (size_t)n, sizeof *group->chunks);
    if (!group->chunks)
        return footer_no_memory(file, (size_t)n * sizeof *group->chunks, err);
    for (int32_t i = 0; i < n && !t->problem; i++)
        read_chunk(t, &group->chunks[i], &file->leaves[i]);
    return STATUS_OK;
}

static enum status read_row_group(struct parquet_file *file, struct thrift *t, struct row_group *group,
                                  struct error *err)
{
    struct thrift_field f = {0};
    int32_t n;

    group->n_rows = -1;
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 1:
            if (take_list(t, &f, THRIFT_STRUCT, &n))
                TRY(read_chunks(file, t, group, n, err));
            break;
        case 3: (void)thrift_i64(t, &f, &group->n_rows); break;
        default: thrift_skip(t, f.type);
        }
    }
    if (!t->problem && group->n_rows < 0)
        return error_set(err, STATUS_BAD_DATA, "no valid number of rows in a row group");
    if (!t->problem && !group->chunks && file->table.schema.n_columns > 0)
        return error_set(err, STATUS_BAD_DATA, "a row group without columns");
    return STATUS_OK;
}

static enum status read_row_groups(struct parquet_file *file, struct thrift *t, int32_t n, struct error *err)
{
    if (!file->leaves)
        return error_set(err, STATUS_BAD_DATA, "the footer has no schema in front of its row groups");
    file->row_groups = arena_array(&file->arena, (size_t)n, sizeof *file->row_groups);
    if (!file->row_groups)
        return footer_no_memory(file, (size_t)n * sizeof *file->row_groups, err);
    file->table.n_units = n;
    for (int32_t i = 0; i < n && !t->problem; i++) {
        err->row_group = i;
        TRY(read_row_group(file, t, &file->row_groups[i], err));
    }
    if (!t->problem)
        err->row_group = -1;
    return STATUS_OK;
}

/* ColumnOrder: a union whose members are empty structs; 1 is TYPE_ORDER. */
static enum status read_orders(struct parquet_file *file, struct thrift *t, int32_t n, struct error *err)
{
    int32_t n_leaves = file->table.schema.n_columns;

    file->orders = arena_array(&file->arena, (size_t)n_leaves, 1);
    if (!file->orders)
        return footer_no_memory(file, (size_t)n_leaves, err);
    for (int32_t i = 0; i < n && !t->problem; i++) {
        struct thrift_field f = {0};

        while (thrift_next(t, &f)) {
            if (i < n_leaves)
                file->orders[i] = f.id > 0 && f.id < 255 ? (uint8_t)f.id : 0;
            thrift_skip(t, f.type);
        }
    }
    return STATUS_OK;
}

static enum status read_created_by(struct parquet_file *file, struct span text, struct error *err)
{
    file->writer = writer_identify(text);
    file->table.created_by = arena_text(&file->arena, text.at, text.size);
    return file->table.created_by ? STATUS_OK : footer_no_memory(file, text.size, err);
}

static enum status read_metadata(struct parquet_file *file, struct thrift *t, struct error *err)
{
    struct thrift_field f = {0};
    struct span text;
    int32_t n;

    file->table.n_rows = -1;
    while (thrift_next(t, &f)) {
        switch (f.id) {
        case 2:
            if (take_list(t, &f, THRIFT_STRUCT, &n) && !file->leaves)
                TRY(read_schema(file, t, n, err));
            else
                thrift_fail(t, "there is no list of schema elements, or a second one");
            break;
        case 3: (void)thrift_i64(t, &f, &file->table.n_rows); break;
        case 4:
            if (take_list(t, &f, THRIFT_STRUCT, &n) && !file->row_groups)
                TRY(read_row_groups(file, t, n, err));
            else
                thrift_fail(t, "there is no list of row groups, or a second one");
            break;
        case 6:
            if (thrift_binary(t, &f, &text))
                TRY(read_created_by(file, text, err));
            break;
        case 7:
            if (take_list(t, &f, THRIFT_STRUCT, &n))
                TRY(read_orders(file, t, n, err));
            break;
        case 8:
            return error_set(err, STATUS_UNSUPPORTED, "the file is encrypted (plain footer): no key is known");
        default: thrift_skip(t, f.type);
        }
    }
    return t->problem ? bad(file, err, t) : STATUS_OK;
}

/* A chunk lies inside the file, and in a flat column each row is a value, in a repeated one at least one. A page has at
 * most 2^31 values and a header of more than eight bytes: that bounds the rows which a small file can claim, and so the time of a
 * scan that has to look at no page. */
static enum status check_chunk(const struct parquet_file *file, const struct row_group *group, int32_t column,
                               struct error *err)
{
    const struct column_chunk *chunk = &group->chunks[column];
    const char *name = file->table.schema.columns[column].name;
    bool is_flat = file->leaves[column].max_rep == 0;
    int64_t end;

    if (!chunk->has_metadata || chunk->is_elsewhere || chunk->is_encrypted)
        return STATUS_OK; /* refused by name when it is touched */
    if (chunk->n_values < 0 || chunk->size < 0 || chunk->start < 0 ||
        __builtin_add_overflow(chunk->start, chunk->size, &end) || end > file->table.source->size) {
        error_column(err, name);
        return error_set(err, STATUS_BAD_DATA,
                         "a column chunk of %lld values in %lld bytes at %lld does not fit a file of %lld bytes",
                         (long long)chunk->n_values, (long long)chunk->size, (long long)chunk->start,
                         (long long)file->table.source->size);
    }
    if ((is_flat ? chunk->n_values != group->n_rows : chunk->n_values < group->n_rows) ||
        chunk->n_values / INT32_MAX > chunk->size / 8) {
        error_column(err, name);
        return error_set(err, STATUS_BAD_DATA, "a column chunk has %lld values in %lld bytes, its row group %lld rows",
                         (long long)chunk->n_values, (long long)chunk->size, (long long)group->n_rows);
    }
    return STATUS_OK;
}

static enum status check(struct parquet_file *file, struct error *err)
{
    int64_t sum = 0;

    if (!file->leaves)
        return error_set(err, STATUS_BAD_DATA, "the footer has no schema");
    for (int32_t g = 0; g < file->table.n_units; g++) {
        struct row_group *group = &file->row_groups[g];

        err->row_group = g;
        group->first_row = sum;
        if (__builtin_add_overflow(sum, group->n_rows, &sum))
            return error_set(err, STATUS_BAD_DATA, "the row groups have more than 2^63 rows");
        for (int32_t i = 0; i < file->table.schema.n_columns; i++)
            TRY(check_chunk(file, group, i, err));
    }
    err->row_group = -1;
    if (file->table.n_rows == 0) /* parquet-rs 0.3 and Impala 2.8 left it so */
        file->table.n_rows = sum;
    if (file->table.n_rows != sum)
        return error_set(err, STATUS_BAD_DATA, "the footer says %lld rows, its row groups have %lld",
                         (long long)file->table.n_rows, (long long)sum);
    return STATUS_OK;
}

static enum status check_magic(const uint8_t *tail, const uint8_t *head, struct error *err)
{
    if (memcmp(tail, "PARE", PARQUET_MAGIC_SIZE) == 0)
        return error_set(err, STATUS_UNSUPPORTED, "the file is encrypted (encrypted footer): no key is known");
    if (memcmp(tail, "PAR1", PARQUET_MAGIC_SIZE) != 0)
        return error_set(err, STATUS_BAD_DATA, "no Parquet file, or cut off: it does not end in PAR1");
    if (memcmp(head, "PAR1", PARQUET_MAGIC_SIZE) != 0)
        return error_set(err, STATUS_BAD_DATA, "no Parquet file: it does not start with PAR1");
    return STATUS_OK;
}

/* Leaves exactly the footer's bytes in file->footer: the end of the file is read once, and again where the footer is
 * longer than that. */
static enum status load(struct parquet_file *file, struct error *err)
{
    struct source *source = file->table.source;
    size_t n = source->size < FIRST_READ ? (size_t)source->size : FIRST_READ, length;
    uint8_t head[PARQUET_MAGIC_SIZE];
    const uint8_t *tail;

    if (source->size < 2 * PARQUET_MAGIC_SIZE + 4)
        return error_set(err, STATUS_BAD_DATA, "no Parquet file: %lld bytes are too few", (long long)source->size);
    if (!buffer_reserve(&file->footer, n))
        return footer_no_memory(file, 0, err);
    TRY(source_read(source, 0, head, sizeof head, err));
    TRY(source_read(source, source->size - (int64_t)n, file->footer.at, n, err));
    tail = file->footer.at + n - PARQUET_TAIL_SIZE;
    TRY(check_magic(tail + 4, head, err));
    length = (size_t)tail[0] | (size_t)tail[1] << 8 | (size_t)tail[2] << 16 | (size_t)tail[3] << 24;
    if ((int64_t)length > source->size - PARQUET_TAIL_SIZE - PARQUET_MAGIC_SIZE) {
        err->byte = source->size - PARQUET_TAIL_SIZE;
        return error_set(err, STATUS_BAD_DATA, "the footer's length is %zu in a file of %lld bytes", length,
                         (long long)source->size);
    }
    file->footer_at = source->size - PARQUET_TAIL_SIZE - (int64_t)length;
    file->footer.size = length;
    if (length + PARQUET_TAIL_SIZE <= n) {
        memmove(file->footer.at, tail - length, length);
        return STATUS_OK;
    }
    if (!buffer_reserve(&file->footer, length))
        return footer_no_memory(file, 0, err);
    return source_read(source, file->footer_at, file->footer.at, length, err);
}

enum status footer_read(struct parquet_file *file, struct error *err)
{
    struct thrift t;

    TRY(load(file, err));
    arena_init(&file->arena, file->memory, PARQUET_FOOTER_KEPT * file->footer.size + PARQUET_FOOTER_BYTES / 4);
    thrift_start(&t, span_of(file->footer.at, file->footer.size));
    TRY(read_metadata(file, &t, err));
    return check(file, err);
}
