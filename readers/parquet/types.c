/* readers/parquet/types.c -- what a leaf's physical, logical and converted types mean together.
 *
 * LogicalTypes.md says which physical types each logical type may annotate; a pair that it does not allow is BAD_DATA. A
 * logical type that we do not know, or that only has a meaning for its own readers, is read as the physical type. INT96 is the
 * timestamp that Impala and Spark wrote, read in microseconds.
 */
#include "readers/parquet/file.h"

static const char *const physical_names[PHYSICAL_COUNT] = {
    "BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY",
};

/* Converted types as the logical types that replaced them (LogicalTypes.md, the compatibility sections). */
static void from_converted(struct schema_element *e)
{
    switch (e->converted) {
    case CONVERTED_UTF8: e->logical = LOGICAL_STRING; break;
    case CONVERTED_ENUM: e->logical = LOGICAL_ENUM; break;
    case CONVERTED_JSON: e->logical = LOGICAL_JSON; break;
    case CONVERTED_BSON: e->logical = LOGICAL_BSON; break;
    case CONVERTED_DATE: e->logical = LOGICAL_DATE; break;
    case CONVERTED_DECIMAL:
        e->logical = LOGICAL_DECIMAL;
        e->logical_scale = e->scale;
        e->logical_precision = e->precision;
        break;
    case CONVERTED_TIME_MILLIS: case CONVERTED_TIME_MICROS:
        e->logical = LOGICAL_TIME;
        e->is_utc = true;
        e->unit = e->converted == CONVERTED_TIME_MILLIS ? UNIT_MILLI : UNIT_MICRO;
        break;
    case CONVERTED_TIMESTAMP_MILLIS: case CONVERTED_TIMESTAMP_MICROS:
        e->logical = LOGICAL_TIMESTAMP;
        e->is_utc = true;
        e->unit = e->converted == CONVERTED_TIMESTAMP_MILLIS ? UNIT_MILLI : UNIT_MICRO;
        break;
    default: break;
    }
    if (e->converted >= CONVERTED_UINT_8 && e->converted <= CONVERTED_INT_64) {
        e->logical = LOGICAL_INTEGER;
        e->is_signed = e->converted >= CONVERTED_INT_8;
        e->bit_width = 8 << ((e->converted - CONVERTED_UINT_8) & 3);
    }
}

static struct type physical_type(enum physical physical)
{
    static const enum type_kind kinds[PHYSICAL_COUNT] = {
        TYPE_BOOL, TYPE_INT32, TYPE_INT64, TYPE_TIMESTAMP, TYPE_FLOAT, TYPE_DOUBLE, TYPE_BINARY, TYPE_BINARY,
    };

    return (struct type){.kind = kinds[physical], .unit = physical == PHYSICAL_INT96 ? UNIT_MICRO : UNIT_SECOND};
}

static bool integer_type(const struct schema_element *e, struct type *out)
{
    static const enum type_kind with_sign[] = {TYPE_INT8, TYPE_INT16, TYPE_INT32, TYPE_INT64};
    static const enum type_kind without[] = {TYPE_UINT8, TYPE_UINT16, TYPE_UINT32, TYPE_UINT64};
    int at = e->bit_width == 8 ? 0 : e->bit_width == 16 ? 1 : e->bit_width == 32 ? 2 : e->bit_width == 64 ? 3 : -1;

    if (at < 0 || e->physical != (at == 3 ? PHYSICAL_INT64 : PHYSICAL_INT32))
        return false;
    out->kind = e->is_signed ? with_sign[at] : without[at];
    return true;
}

static bool temporal_type(const struct schema_element *e, struct type *out)
{
    bool is_time = e->logical == LOGICAL_TIME;

    if (e->unit < 0 || e->physical != (is_time && e->unit == UNIT_MILLI ? PHYSICAL_INT32 : PHYSICAL_INT64))
        return false;
    *out = (struct type){.kind = is_time ? TYPE_TIME : TYPE_TIMESTAMP, .unit = (enum time_unit)e->unit,
                         .is_utc = !is_time && e->is_utc};
    return true;
}

static bool logical_type(const struct schema_element *e, struct type *out)
{
    bool is_bytes = e->physical == PHYSICAL_BYTE_ARRAY, is_fixed = e->physical == PHYSICAL_FIXED;
    bool is_integer = e->physical == PHYSICAL_INT32 || e->physical == PHYSICAL_INT64;

    *out = (struct type){.kind = TYPE_UNKNOWN};
    switch (e->logical) {
    case LOGICAL_STRING: case LOGICAL_ENUM: case LOGICAL_JSON: out->kind = TYPE_STRING; return is_bytes;
    case LOGICAL_BSON: out->kind = TYPE_BINARY; return is_bytes;
    case LOGICAL_DATE: out->kind = TYPE_DATE; return e->physical == PHYSICAL_INT32;
    case LOGICAL_TIME: case LOGICAL_TIMESTAMP: return temporal_type(e, out);
    case LOGICAL_INTEGER: return integer_type(e, out);
    case LOGICAL_UNKNOWN: out->kind = TYPE_NULL; return true;
    case LOGICAL_UUID: out->kind = TYPE_UUID; return is_fixed && e->type_length == 16;
    case LOGICAL_FLOAT16: out->kind = TYPE_FLOAT16; return is_fixed && e->type_length == 2;
    case LOGICAL_DECIMAL:
        *out = (struct type){.kind = TYPE_DECIMAL, .precision = e->logical_precision, .scale = e->logical_scale};
        return is_bytes || is_fixed || is_integer;
    default: break;
    }
    out->kind = TYPE_INTERVAL;
    return e->logical == LOGICAL_NONE && e->converted == CONVERTED_INTERVAL && is_fixed && e->type_length == 12;
}

static const char *logical_text(struct arena *arena, const struct schema_element *e)
{
    static const char *const plain[] = {
        [LOGICAL_STRING] = "STRING", [LOGICAL_MAP] = "MAP", [LOGICAL_LIST] = "LIST", [LOGICAL_ENUM] = "ENUM",
        [LOGICAL_DATE] = "DATE", [LOGICAL_UNKNOWN] = "UNKNOWN", [LOGICAL_JSON] = "JSON", [LOGICAL_BSON] = "BSON",
        [LOGICAL_UUID] = "UUID", [LOGICAL_FLOAT16] = "FLOAT16", [LOGICAL_VARIANT] = "VARIANT",
        [LOGICAL_GEOMETRY] = "GEOMETRY", [LOGICAL_GEOGRAPHY] = "GEOGRAPHY",
    };
    static const char *const units[] = {"?", "MILLIS", "MICROS", "NANOS"};
    const char *unit = e->unit < 0 ? "?" : units[e->unit];

    switch (e->logical) {
    case LOGICAL_NONE: return "INTERVAL";
    case LOGICAL_DECIMAL: return arena_format(arena, "DECIMAL(%d,%d)", e->logical_precision, e->logical_scale);
    case LOGICAL_TIME: return arena_format(arena, "TIME(%s,%s)", unit, e->is_utc ? "true" : "false");
    case LOGICAL_TIMESTAMP: return arena_format(arena, "TIMESTAMP(%s,%s)", unit, e->is_utc ? "true" : "false");
    case LOGICAL_INTEGER: return arena_format(arena, "INT(%d,%s)", e->bit_width, e->is_signed ? "true" : "false");
    default: break;
    }
    if (e->logical > 0 && e->logical < (int32_t)(sizeof plain / sizeof *plain) && plain[e->logical])
        return plain[e->logical];
    return arena_format(arena, "logical type %d", e->logical);
}

static const char *why_refused(struct type type)
{
    if (type.kind != TYPE_DECIMAL)
        return NULL;
    if (type.scale > 38)
        return "decimals of more than 38 digits behind the point are not read";
    if (type.precision < 1 || type.scale < 0 || type.scale > type.precision)
        return "its decimal has an impossible precision or scale";
    return NULL;
}

/* Types with rules for what they may annotate, in the form that logical_type() knows. */
static bool is_strict(const struct schema_element *e)
{
    return e->converted == CONVERTED_INTERVAL || e->logical == LOGICAL_STRING ||
           (e->logical >= LOGICAL_ENUM && e->logical <= LOGICAL_FLOAT16);
}

static bool is_unordered(const struct schema_element *e, struct type type, bool is_logical)
{
    return type.kind == TYPE_INTERVAL || type.kind == TYPE_NULL || e->physical == PHYSICAL_INT96 ||
           (e->logical != LOGICAL_NONE && !is_logical);
}

enum status leaf_describe(struct parquet_file *file, const struct schema_element *element, struct leaf *leaf,
                          struct column *column, struct error *err)
{
    static const int32_t widths[PHYSICAL_COUNT] = {1, 4, 8, 12, 4, 8, 0, 0};
    struct schema_element e = *element;
    struct type type;
    bool is_logical;

    error_column(err, column->name);
    if (e.physical >= PHYSICAL_COUNT)
        return error_set(err, STATUS_UNSUPPORTED, "the column has the unknown physical type %d", e.physical);
    if (e.physical == PHYSICAL_FIXED && e.type_length <= 0)
        return error_set(err, STATUS_BAD_DATA, "the column is FIXED_LEN_BYTE_ARRAY of length %d", e.type_length);
    if (e.logical == LOGICAL_NONE)
        from_converted(&e);
    is_logical = logical_type(&e, &type);
    if (!is_logical && is_strict(&e))
        return error_set(err, STATUS_BAD_DATA, "%s cannot annotate %s", logical_text(&file->arena, &e),
                         physical_names[e.physical]);
    if (!is_logical)
        type = physical_type((enum physical)e.physical);
    leaf->physical = (enum physical)e.physical;
    leaf->type_length = e.physical == PHYSICAL_FIXED ? e.type_length : 0;
    leaf->fixed_width = e.physical == PHYSICAL_FIXED ? e.type_length : widths[e.physical];
    leaf->is_unordered = is_unordered(&e, type, is_logical);
    leaf->refused = why_refused(type);
    if (!leaf->refused && type.kind != TYPE_NULL && !leaf_choose_conversion(leaf, type))
        leaf->refused = "its type cannot be read";
    column->type = type;
    column->physical_type = physical_names[e.physical];
    if (is_logical || e.logical != LOGICAL_NONE)
        column->logical_type = logical_text(&file->arena, &e);
    err->column[0] = '\0';
    return STATUS_OK;
}
