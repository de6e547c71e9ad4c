/* validator/state_file.c -- see state_file.h. */
#include "validator/state_file.h"

#include "core/number.h"
#include "core/utf8.h"

#include <stdio.h>
#include <xxhash.h>

enum { CHECKSUM_BYTES = 16, HEAD_BYTES = 16, ENTRIES_MAX = 1 << 20 };
static const char magic[] = "ASSAYST1";

/* --- writing --- */

struct writing {
    struct json_writer json;
    const char *not_text; /* the first name that JSON cannot carry */
};

static void put_text(struct writing *w, const char *key, const char *text)
{
    if (text && !utf8_is_valid(span_text(text)) && !w->not_text)
        w->not_text = key;
    json_member_text(&w->json, key, text);
}

static void put_file(struct writing *w, const struct state_part *part, int32_t f)
{
    const struct batch_file *file = &part->batch.found.files[f];

    json_object(&w->json);
    put_text(w, "path", file->path);
    json_member_int(&w->json, "bytes", file->bytes);
    json_member_int(&w->json, "modified", file->modified_nanos);
    json_member_int(&w->json, "rows", part->file_rows[f]);
    put_text(w, "fingerprint", part->fingerprints[f]);
    json_key(&w->json, "keys");
    json_array(&w->json);
    for (int32_t k = 0; k < file->n_keys; k++) {
        json_object(&w->json);
        put_text(w, "name", file->keys[k].name);
        put_text(w, "value", file->keys[k].value);
        json_object_end(&w->json);
    }
    json_array_end(&w->json);
    json_object_end(&w->json);
}

static void put_column(struct writing *w, const struct batch *batch, int32_t c)
{
    const struct column *column = &batch->schema.columns[c];
    const struct type t = column->type;

    json_object(&w->json);
    put_text(w, "name", column->name);
    json_key(&w->json, "type");
    json_array(&w->json);
    json_int(&w->json, t.kind);
    json_int(&w->json, t.unit);
    json_int(&w->json, t.is_utc);
    json_int(&w->json, t.precision);
    json_int(&w->json, t.scale);
    json_array_end(&w->json);
    json_member_bool(&w->json, "nullable", column->is_nullable);
    json_member_bool(&w->json, "nested", column->is_nested);
    json_member_int(&w->json, "partition", batch->columns[c].partition);
    put_text(w, "repeated", column->repeated);
    put_text(w, "conflict", batch->columns[c].conflict);
    put_text(w, "missing_in", batch->columns[c].missing_in);
    json_object_end(&w->json);
}

static void put_damage(struct writing *w, const struct state_part *part)
{
    json_member_int(&w->json, "records", part->n_records);
    json_member_int(&w->json, "damaged", part->n_damaged);
    if (part->n_damaged == 0)
        return;
    json_key(&w->json, "first_damage");
    json_object(&w->json);
    json_member_int(&w->json, "file", part->damaged_file);
    json_member_int(&w->json, "line", part->first_damage.line);
    json_member_int(&w->json, "byte", part->first_damage.byte);
    put_text(w, "what", part->first_damage.what);
    json_object_end(&w->json);
}

static void put_batch(struct writing *w, const struct state_part *part)
{
    json_key(&w->json, "source");
    json_array(&w->json);
    for (int32_t i = 0; i < part->n_source; i++)
        json_text(&w->json, part->source[i]);
    json_array_end(&w->json);
    put_text(w, "format", part->batch.format);
    json_member_bool(&w->json, "typed", part->batch.is_typed);
    json_member_bool(&w->json, "independent", part->batch.columns_are_independent);
    json_key(&w->json, "files");
    json_array(&w->json);
    for (int32_t f = 0; f < part->batch.found.n_files; f++)
        put_file(w, part, f);
    json_array_end(&w->json);
    json_key(&w->json, "columns");
    json_array(&w->json);
    for (int32_t c = 0; c < part->batch.schema.n_columns; c++)
        put_column(w, &part->batch, c);
    json_array_end(&w->json);
    put_damage(w, part);
}

static void put_header(struct writing *w, const struct state_part *part)
{
    json_object(&w->json);
    put_text(w, "suite", part->suite);
    put_text(w, "suite_fingerprint", part->suite_fingerprint);
    put_text(w, "now", part->now);
    json_member_bool(&w->json, "reads_now", part->reads_now);
    json_member_int(&w->json, "samples", part->samples);
    put_batch(w, part);
    json_key(&w->json, "states");
    json_array(&w->json);
    for (int32_t i = 0; i < part->n_entries; i++) {
        json_object(&w->json);
        put_text(w, "of", part->entries[i].signature);
        json_member_int(&w->json, "proof", part->entries[i].proof);
        json_member_int(&w->json, "bytes", (int64_t)part->entries[i].bytes.size);
        json_object_end(&w->json);
    }
    json_array_end(&w->json);
    json_object_end(&w->json);
}

static bool add_checksum(struct buffer *out)
{
    XXH128_canonical_t sum;

    XXH128_canonicalFromHash(&sum, XXH3_128bits(out->at, out->size));
    return buffer_add(out, sum.digest, sizeof sum.digest);
}

bool state_is_one(struct span head)
{
    return head.size >= STATE_MAGIC_SIZE && memcmp(head.at, magic, STATE_MAGIC_SIZE) == 0;
}

enum status state_part_write(const struct state_part *part, struct buffer *out, struct error *err)
{
    struct buffer header = {.memory = out->memory};
    struct writing w = {.not_text = NULL};
    uint64_t size;
    bool ok;

    json_init(&w.json, &header, 0);
    put_header(&w, part);
    size = header.size;
    ok = !w.json.failed && buffer_add(out, magic, sizeof magic - 1) && buffer_add(out, &size, sizeof size) &&
         buffer_add(out, header.at, header.size);
    for (int32_t i = 0; i < part->n_entries && ok; i++)
        ok = buffer_add(out, part->entries[i].bytes.at, part->entries[i].bytes.size);
    ok = ok && add_checksum(out);
    buffer_done(&header);
    if (!ok)
        return memory_error(out->memory, "the saved states", err);
    if (w.not_text)
        return error_set(err, STATUS_UNSUPPORTED, "states cannot be saved: a %s is not UTF-8", w.not_text);
    return STATUS_OK;
}

/* --- reading --- */

struct reading {
    struct arena *arena;
    bool ok; /* sticky: false once something is not as it must be */
};

static const char *get_text(struct reading *r, const struct node *map, const char *key, bool may_be_null)
{
    const struct node *n = node_find(map, key);

    if (n && n->kind == NODE_TEXT)
        return (const char *)n->text.at;
    r->ok = r->ok && may_be_null && n && n->kind == NODE_NULL;
    return may_be_null ? NULL : "";
}

static int64_t node_int(struct reading *r, const struct node *n, int64_t least, int64_t most)
{
    int64_t x = least;

    if (!n || n->kind != NODE_NUMBER || !number_parse_i64(n->text, &x) || x < least || x > most) {
        r->ok = false;
        return least;
    }
    return x;
}

static int64_t get_int(struct reading *r, const struct node *map, const char *key, int64_t least, int64_t most)
{
    return node_int(r, node_find(map, key), least, most);
}

static bool get_bool(struct reading *r, const struct node *map, const char *key)
{
    const struct node *n = node_find(map, key);

    r->ok = r->ok && n && n->kind == NODE_BOOL;
    return r->ok && n->boolean;
}

/* The children of a list; at least one element of memory for each. */
static const struct node *get_list(struct reading *r, const struct node *map, const char *key, size_t item, void **out,
                                   int32_t *n)
{
    const struct node *list = node_find(map, key);

    *n = 0;
    *out = NULL;
    r->ok = r->ok && list && list->kind == NODE_LIST;
    if (!r->ok)
        return NULL;
    *out = arena_array(r->arena, (size_t)list->n_children + 1, item);
    r->ok = *out != NULL;
    *n = r->ok ? list->n_children : 0;
    return r->ok ? list->first : NULL;
}

static void get_keys(struct reading *r, const struct node *node, struct batch_file *file)
{
    void *keys;
    const struct node *k = get_list(r, node, "keys", sizeof *file->keys, &keys, &file->n_keys);

    file->keys = keys;
    for (int32_t i = 0; k && i < file->n_keys; i++, k = k->next) {
        file->keys[i].name = get_text(r, k, "name", false);
        file->keys[i].value = get_text(r, k, "value", true);
    }
}

static void get_files(struct reading *r, const struct node *header, struct state_part *part)
{
    struct batch_files *found = &part->batch.found;
    void *files;
    const struct node *f = get_list(r, header, "files", sizeof *found->files, &files, &found->n_files);

    found->files = files;
    part->fingerprints = arena_array(r->arena, (size_t)found->n_files + 1, sizeof *part->fingerprints);
    part->file_rows = arena_array(r->arena, (size_t)found->n_files + 1, sizeof *part->file_rows);
    r->ok = r->ok && part->fingerprints && part->file_rows;
    for (int32_t i = 0; r->ok && f && i < found->n_files; i++, f = f->next) {
        found->files[i].path = get_text(r, f, "path", false);
        found->files[i].bytes = get_int(r, f, "bytes", 0, INT64_MAX);
        found->files[i].modified_nanos = get_int(r, f, "modified", INT64_MIN, INT64_MAX);
        part->file_rows[i] = get_int(r, f, "rows", -1, INT64_MAX);
        part->fingerprints[i] = get_text(r, f, "fingerprint", true);
        get_keys(r, f, &found->files[i]);
        part->batch.bytes += found->files[i].bytes;
    }
}

static struct type get_type(struct reading *r, const struct node *column)
{
    const struct node *list = node_find(column, "type"), *n = list && list->kind == NODE_LIST ? list->first : NULL;
    int64_t x[5] = {0};

    r->ok = r->ok && list && list->kind == NODE_LIST && list->n_children == 5;
    for (int i = 0; r->ok && i < 5; i++, n = n->next)
        x[i] = node_int(r, n, 0, i == 0 ? TYPE_NESTED : i == 1 ? UNIT_NANO : i == 2 ? 1 : INT32_MAX);
    return (struct type){.kind = (enum type_kind)x[0], .unit = (enum time_unit)x[1], .is_utc = x[2] != 0,
                         .precision = (int32_t)x[3], .scale = (int32_t)x[4]};
}

static void get_columns(struct reading *r, const struct node *header, struct batch *batch)
{
    void *columns;
    const struct node *c = get_list(r, header, "columns", sizeof *batch->schema.columns, &columns, &batch->schema.n_columns);

    batch->schema.columns = columns;
    batch->columns = arena_array(r->arena, (size_t)batch->schema.n_columns + 1, sizeof *batch->columns);
    r->ok = r->ok && batch->columns;
    for (int32_t i = 0; r->ok && c && i < batch->schema.n_columns; i++, c = c->next) {
        struct column *column = &batch->schema.columns[i];

        column->name = get_text(r, c, "name", false);
        column->type = get_type(r, c);
        column->is_nullable = get_bool(r, c, "nullable");
        column->is_nested = get_bool(r, c, "nested");
        column->repeated = get_text(r, c, "repeated", true);
        batch->columns[i].partition = (int32_t)get_int(r, c, "partition", -1, INT32_MAX);
        column->is_partition = batch->columns[i].partition >= 0;
        batch->columns[i].conflict = get_text(r, c, "conflict", true);
        batch->columns[i].missing_in = get_text(r, c, "missing_in", true);
    }
}

static void get_damage(struct reading *r, const struct node *header, struct state_part *part)
{
    const struct node *first = node_find(header, "first_damage");

    part->n_records = get_int(r, header, "records", 0, INT64_MAX);
    part->n_damaged = get_int(r, header, "damaged", 0, INT64_MAX);
    if (part->n_damaged == 0 || !r->ok)
        return;
    r->ok = first != NULL && part->batch.found.n_files > 0;
    if (!r->ok)
        return;
    part->damaged_file = (int32_t)get_int(r, first, "file", 0, part->batch.found.n_files - 1);
    part->first_damage.line = get_int(r, first, "line", -1, INT64_MAX);
    part->first_damage.byte = get_int(r, first, "byte", -1, INT64_MAX);
    snprintf(part->first_damage.what, sizeof part->first_damage.what, "%s", get_text(r, first, "what", false));
}

static void get_source(struct reading *r, const struct node *header, struct state_part *part)
{
    void *source;
    const struct node *s = get_list(r, header, "source", sizeof *part->source, &source, &part->n_source);
    const char **at = source;

    part->source = at;
    for (int32_t i = 0; s && i < part->n_source; i++, s = s->next) {
        r->ok = r->ok && s->kind == NODE_TEXT;
        at[i] = r->ok ? (const char *)s->text.at : "";
    }
}

static void get_entries(struct reading *r, const struct node *header, struct span states, struct state_part *part)
{
    void *entries;
    const struct node *e = get_list(r, header, "states", sizeof *part->entries, &entries, &part->n_entries);

    part->entries = entries;
    r->ok = r->ok && part->n_entries <= ENTRIES_MAX;
    for (int32_t i = 0; r->ok && e && i < part->n_entries; i++, e = e->next) {
        int64_t size = get_int(r, e, "bytes", 0, INT64_MAX);

        part->entries[i].signature = get_text(r, e, "of", false);
        part->entries[i].proof = (int32_t)get_int(r, e, "proof", -1, EVIDENCE_VALUES);
        r->ok = r->ok && span_take(&states, (size_t)size, &part->entries[i].bytes);
    }
    r->ok = r->ok && states.size == 0;
}

static void get_header(struct reading *r, const struct node *header, struct span states, struct state_part *part)
{
    part->suite = get_text(r, header, "suite", false);
    part->suite_fingerprint = get_text(r, header, "suite_fingerprint", false);
    part->now = get_text(r, header, "now", false);
    part->reads_now = get_bool(r, header, "reads_now");
    part->samples = get_int(r, header, "samples", 0, INT32_MAX);
    part->batch.arena = r->arena;
    part->batch.format = get_text(r, header, "format", false);
    part->batch.is_typed = get_bool(r, header, "typed");
    part->batch.columns_are_independent = get_bool(r, header, "independent");
    get_source(r, header, part);
    get_files(r, header, part);
    get_columns(r, header, &part->batch);
    get_damage(r, header, part);
    get_entries(r, header, states, part);
}

static enum status check_sum(struct span bytes, struct arena *arena, const char **text, struct error *err)
{
    XXH128_hash_t hash = XXH3_128bits(bytes.at, bytes.size - CHECKSUM_BYTES);
    XXH128_canonical_t sum;

    XXH128_canonicalFromHash(&sum, hash);
    *text = arena_format(arena, "xxh3:%016llx%016llx", (unsigned long long)hash.high64, (unsigned long long)hash.low64);
    if (!*text)
        return error_no_memory(err);
    if (memcmp(sum.digest, bytes.at + bytes.size - CHECKSUM_BYTES, CHECKSUM_BYTES) == 0)
        return STATUS_OK;
    return error_set(err, STATUS_BAD_DATA, "the saved states are damaged: their checksum is wrong");
}

enum status state_part_read(struct arena *arena, const char *name, struct span bytes, struct state_part *out,
                            struct error *err)
{
    struct reading r = {arena, true};
    struct span text, rest = bytes;
    struct node *header;
    uint64_t size;

    *out = (struct state_part){.name = name};
    error_source(err, name);
    if (!state_is_one(bytes))
        return error_set(err, STATUS_BAD_DATA, "not a file of saved states (`assay state` writes them)");
    if (bytes.size < HEAD_BYTES + CHECKSUM_BYTES || bytes.at[7] != magic[7])
        return error_set(err, STATUS_BAD_DATA, "saved states of a version that this assay does not know, or cut short");
    TRY(check_sum(bytes, arena, &out->checksum, err));
    rest.size -= CHECKSUM_BYTES;
    (void)span_take(&rest, sizeof magic - 1, &text);
    (void)span_take(&rest, sizeof size, &text);
    memcpy(&size, text.at, sizeof size);
    if (size > rest.size || !span_take(&rest, (size_t)size, &text))
        return error_set(err, STATUS_BAD_DATA, "the saved states end within their header");
    if (document_parse_json(arena, text, &header, err) != STATUS_OK) {
        if (err->status == STATUS_BAD_SUITE)
            err->status = STATUS_BAD_DATA; /* nobody's suite: our own header */
        return err->status;
    }
    get_header(&r, header, rest, out);
    if (!r.ok)
        return error_set(err, STATUS_BAD_DATA, "the header of the saved states is not what it must be");
    error_clear(err);
    return STATUS_OK;
}
