/* stats/sample_set.c -- see sample_set.h. An insertion-sorted array: workers see their rows in ascending order. */
#include "stats/sample_set.h"

void sample_set_init(struct sample_set *s, struct memory *memory, int32_t limit)
{
    memset(s, 0, sizeof *s);
    s->memory = memory;
    s->limit = limit > 0 ? limit : 0;
    arena_init(&s->arena, memory, 0);
}

void sample_set_done(struct sample_set *s)
{
    mem_free(s->memory, s->at);
    mem_free(s->memory, s->mark);
    arena_done(&s->arena);
    memset(s, 0, sizeof *s);
}

void sample_set_clear(struct sample_set *s)
{
    s->n = 0;
    arena_done(&s->arena);
    arena_init(&s->arena, s->memory, 0);
}

static bool is_before(int32_t file, int64_t row, const struct sample *b)
{
    return file != b->file ? file < b->file : row < b->row;
}

bool sample_set_wants(const struct sample_set *s, int32_t file, int64_t row)
{
    return s->n < s->limit || (s->n > 0 && is_before(file, row, &s->at[s->n - 1]));
}

static enum status no_room(const struct sample_set *s, struct error *err)
{
    return memory_error(s->memory, "sample rows", err);
}

/* All values of a sample into the arena, in place. */
static bool own_values(struct arena *arena, struct sample *x)
{
    bool ok = value_copy(arena, &x->value, SAMPLE_VALUE_BYTES, &x->value);

    for (int k = 0; k < x->n_keys && ok; k++)
        ok = value_copy(arena, &x->keys[k], SAMPLE_VALUE_BYTES, &x->keys[k]);
    for (int k = 0; k < x->n_values && ok; k++)
        ok = value_copy(arena, &x->values[k], SAMPLE_VALUE_BYTES, &x->values[k]);
    return ok;
}

/* `x` borrows its values. A wanted sample only. */
static enum status insert(struct sample_set *s, const struct sample *x, struct sample_mark mark, struct error *err)
{
    void *at = s->at, *marks = s->mark;
    struct sample owned = *x;
    int32_t i;

    if (s->n < s->limit) {
        bool grown = mem_grow(s->memory, &at, &s->capacity, (size_t)s->n + 1, sizeof *s->at);

        s->at = at;
        grown = grown && mem_grow(s->memory, &marks, &s->mark_capacity, (size_t)s->n + 1, sizeof *s->mark);
        s->mark = marks;
        if (!grown)
            return no_room(s, err);
    }
    if (!own_values(&s->arena, &owned))
        return no_room(s, err);
    i = s->n < s->limit ? s->n++ : s->n - 1;
    for (; i > 0 && is_before(x->file, x->row, &s->at[i - 1]); i--) {
        s->at[i] = s->at[i - 1];
        s->mark[i] = s->mark[i - 1];
    }
    s->at[i] = owned;
    s->mark[i] = mark;
    return STATUS_OK;
}

enum status sample_set_offer(struct sample_set *s, const struct metric_input *in, int64_t row, struct sample_mark mark,
                             struct error *err)
{
    struct sample x = {.file = in->file, .row = metric_row(in, row)};

    if (!sample_set_wants(s, x.file, x.row))
        return STATUS_OK;
    x.n_keys = in->n_keys < SAMPLE_KEYS_MAX ? in->n_keys : SAMPLE_KEYS_MAX;
    for (int k = 0; k < x.n_keys; k++)
        x.keys[k] = vector_value(in->keys[k], row);
    if (in->n_columns == 1)
        x.value = vector_value(in->columns[0], row);
    else
        x.n_values = in->n_columns < SAMPLE_KEYS_MAX ? in->n_columns : SAMPLE_KEYS_MAX;
    for (int k = 0; k < x.n_values; k++)
        x.values[k] = vector_value(in->columns[k], row);
    return insert(s, &x, mark, err);
}

enum status sample_set_merge(struct sample_set *into, const struct sample_set *from, struct error *err)
{
    for (int32_t i = 0; i < from->n && sample_set_wants(into, from->at[i].file, from->at[i].row); i++)
        TRY(insert(into, &from->at[i], from->mark[i], err));
    return STATUS_OK;
}

bool sample_set_copy(const struct sample_set *s, struct arena *arena, const struct sample **out, int32_t *n)
{
    struct sample *copy = arena_array(arena, (size_t)s->n + 1, sizeof *copy);
    bool ok = copy != NULL;

    for (int32_t i = 0; i < s->n && ok; i++) {
        copy[i] = s->at[i];
        ok = own_values(arena, &copy[i]);
    }
    *out = copy;
    *n = s->n;
    return ok;
}

/* A value: {kind, unit, flags, scale, size} in 4 bytes each, then the bytes, or 16 bytes of the number. */
enum { VALUE_WORDS = 5, FLAG_UTC = 1, FLAG_TRUNCATED = 2 };

static bool is_bytes(enum value_kind kind)
{
    return kind == VALUE_TEXT || kind == VALUE_BYTES || kind == VALUE_UUID;
}

static bool pack_value(const struct value *v, struct buffer *out)
{
    uint32_t head[VALUE_WORDS] = {(uint32_t)v->kind, (uint32_t)v->unit,
                                  (v->is_utc ? FLAG_UTC : 0) | (v->truncated ? FLAG_TRUNCATED : 0), (uint32_t)v->scale, 16};
    int128 number = 0;

    if (is_bytes(v->kind)) {
        head[4] = (uint32_t)v->bytes.size;
        return buffer_add(out, head, sizeof head) && buffer_add(out, v->bytes.at, v->bytes.size);
    }
    if (v->kind == VALUE_DECIMAL)
        number = v->i128;
    else if (v->kind == VALUE_BOOL)
        number = v->boolean;
    else if (v->kind != VALUE_NONE && v->kind != VALUE_NULL)
        number = v->i64;
    return buffer_add(out, head, sizeof head) && buffer_add(out, &number, sizeof number);
}

/* Borrows the bytes. */
static bool unpack_value(struct span *bytes, struct value *v)
{
    uint32_t head[VALUE_WORDS];
    struct span part;
    int128 number;

    if (!span_take(bytes, sizeof head, &part))
        return false;
    memcpy(head, part.at, sizeof head);
    if (head[0] > VALUE_DURATION || head[1] > UNIT_NANO || !span_take(bytes, head[4], &part))
        return false;
    *v = (struct value){.kind = (enum value_kind)head[0], .unit = (enum time_unit)head[1], .is_utc = head[2] & FLAG_UTC,
                        .truncated = (head[2] & FLAG_TRUNCATED) != 0, .scale = (int32_t)head[3]};
    if (is_bytes(v->kind)) {
        v->bytes = part;
        return v->kind != VALUE_UUID || part.size == 16;
    }
    if (part.size != sizeof number)
        return false;
    memcpy(&number, part.at, sizeof number);
    if (v->kind == VALUE_DECIMAL)
        v->i128 = number;
    else if (v->kind == VALUE_BOOL)
        v->boolean = number != 0;
    else
        v->i64 = (int64_t)number;
    return true;
}

struct sample_head { int64_t file, row, n_keys, n_values; struct sample_mark mark; };

enum status sample_set_pack(const struct sample_set *s, struct buffer *out, struct error *err)
{
    bool ok = true;

    for (int32_t i = 0; i < s->n && ok; i++) {
        const struct sample *x = &s->at[i];
        struct sample_head head = {x->file, x->row, x->n_keys, x->n_values, s->mark[i]};

        ok = buffer_add(out, &head, sizeof head) && pack_value(&x->value, out);
        for (int k = 0; k < x->n_keys && ok; k++)
            ok = pack_value(&x->keys[k], out);
        for (int k = 0; k < x->n_values && ok; k++)
            ok = pack_value(&x->values[k], out);
    }
    return ok ? STATUS_OK : no_room(s, err);
}

enum status sample_set_unpack(struct sample_set *s, struct span bytes, const struct metric_setup *setup, struct error *err)
{
    while (bytes.size) {
        struct sample_head head;
        struct sample x = {0};
        struct span part;
        bool ok = span_take(&bytes, sizeof head, &part);

        if (ok)
            memcpy(&head, part.at, sizeof head);
        ok = ok && head.n_keys >= 0 && head.n_keys <= SAMPLE_KEYS_MAX && head.n_values >= 0 &&
             head.n_values <= SAMPLE_KEYS_MAX && head.file >= 0 && head.file <= INT32_MAX && unpack_value(&bytes, &x.value);
        for (int k = 0; ok && k < head.n_keys; k++)
            ok = unpack_value(&bytes, &x.keys[k]);
        for (int k = 0; ok && k < head.n_values; k++)
            ok = unpack_value(&bytes, &x.values[k]);
        if (!ok || (setup->file_numbers && head.file >= setup->n_file_numbers))
            return error_set(err, STATUS_BAD_DATA, "saved samples are damaged");
        x.file = setup->file_numbers ? setup->file_numbers[head.file] : (int32_t)head.file;
        x.row = head.row;
        x.n_keys = (int32_t)head.n_keys;
        x.n_values = (int32_t)head.n_values;
        if (sample_set_wants(s, x.file, x.row))
            TRY(insert(s, &x, head.mark, err));
    }
    return STATUS_OK;
}
