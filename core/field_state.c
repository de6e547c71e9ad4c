/* core/field_state.c -- a metric's state as bytes and back.
 *
 *     u32 length of the name | name | u32 fields | then per field: u8 type | u64 elements (bytes of a blob) | the elements
 *
 * All little-endian, as the machines that run this are; the check below makes another kind fail to build rather than
 * to merge. Other machines' states are input like any other: everything is checked against what is left.
 */
#include "core/field.h"
#include "core/field_parts.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "states are written in the machine's order, which must be little-endian"
#endif

static uint64_t element_count(const struct field *f) { return f->count ? (uint64_t)f->count : 1; }

static uint32_t count_fields(const struct field *fields)
{
    uint32_t n = 0;

    while (fields[n].name)
        n++;
    return n;
}

static bool save_field(const struct field *f, const void *at, struct buffer *out)
{
    const struct buffer *blob = at;
    uint8_t type = (uint8_t)f->type;
    uint64_t n = f->type == FIELD_BLOB ? blob->size : element_count(f);

    if (f->type < FIELD_I64) /* parameters are no state */
        return false;
    if (!buffer_add(out, &type, 1) || !buffer_add(out, &n, 8))
        return false;
    return f->type == FIELD_BLOB ? buffer_add(out, blob->at, blob->size) : buffer_add(out, at, n * 8);
}

bool fields_save(const char *name, const struct field *fields, const void *state, struct buffer *out)
{
    uint32_t length = (uint32_t)strlen(name), n = count_fields(fields);

    if (!buffer_add(out, &length, 4) || !buffer_add(out, name, length) || !buffer_add(out, &n, 4))
        return false;
    for (const struct field *f = fields; f->name; f++)
        if (!save_field(f, field_in(f, state), out))
            return false;
    return true;
}

static bool take_number(struct span *bytes, size_t size, uint64_t *out)
{
    struct span cut;

    *out = 0;
    if (!span_take(bytes, size, &cut))
        return false;
    memcpy(out, cut.at, size);
    return true;
}

static enum status load_field(const char *name, const struct field *f, struct span *bytes, void *at, struct error *err)
{
    struct buffer *blob = at;
    uint64_t type, n;
    struct span cut;

    if (!take_number(bytes, 1, &type) || !take_number(bytes, 8, &n))
        return error_set(err, STATUS_BAD_DATA, "the state `%s` ends before its field `%s`", name, f->name);
    if (type != f->type || (f->type != FIELD_BLOB && n != element_count(f)))
        return error_set(err, STATUS_BAD_DATA, "the field `%s` of a state `%s` has another layout than this version's",
                         f->name, name);
    if (!span_take(bytes, f->type == FIELD_BLOB ? n : n * 8, &cut))
        return error_set(err, STATUS_BAD_DATA, "the state `%s` ends within its field `%s`", name, f->name);
    if (f->type != FIELD_BLOB) {
        memcpy(at, cut.at, cut.size);
        return STATUS_OK;
    }
    blob->size = 0;
    return buffer_add(blob, cut.at, cut.size) ? STATUS_OK : error_no_memory(err);
}

enum status fields_load(const char *name, const struct field *fields, struct span *bytes, void *state, struct error *err)
{
    uint64_t length, n;
    struct span found;

    if (!take_number(bytes, 4, &length) || !span_take(bytes, length, &found))
        return error_set(err, STATUS_BAD_DATA, "a state ends within its name");
    if (!span_is(found, name))
        return error_set(err, STATUS_BAD_DATA, "a state of `%.*s` where one of `%s` should be",
                         (int)(found.size < 60 ? found.size : 60), found.size ? (const char *)found.at : "", name);
    if (!take_number(bytes, 4, &n) || n != count_fields(fields))
        return error_set(err, STATUS_BAD_DATA, "the state `%s` has another number of fields than this version's", name);
    for (const struct field *f = fields; f->name; f++)
        TRY(load_field(name, f, bytes, field_at(f, state), err));
    return STATUS_OK;
}
