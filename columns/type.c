/* columns/type.c -- names of types, their lanes, and which takes which. */
#include "columns/type.h"

#include <stdio.h>

#include "core/number.h"

const char *const type_names[] = {
    "bool",   "int8",   "int16",   "int32",  "int64",  "uint8", "uint16", "uint32", "uint64",    "float16",     "float",
    "double", "decimal", "string", "binary", "uuid",   "date",  "time",   "timestamp", "timestamptz", NULL,
};

struct synonym {
    const char *name; /* lower case, single blanks */
    enum type_kind kind;
    enum time_unit unit;
    bool is_utc;
};

/* The first name of a kind is the one that is printed. `int` and `integer` are 64 bits wide: to those who write Python or
 * SQL without a thought for widths that is what they mean, and it takes the narrower column as well. */
static const struct synonym synonyms[] = {
    {"null", TYPE_NULL, 0, false},
    {"bool", TYPE_BOOL, 0, false},
    {"boolean", TYPE_BOOL, 0, false},
    {"bool_", TYPE_BOOL, 0, false},
    {"booleantype", TYPE_BOOL, 0, false},
    {"int8", TYPE_INT8, 0, false},
    {"tinyint", TYPE_INT8, 0, false},
    {"byte", TYPE_INT8, 0, false},
    {"bytetype", TYPE_INT8, 0, false},
    {"int16", TYPE_INT16, 0, false},
    {"smallint", TYPE_INT16, 0, false},
    {"short", TYPE_INT16, 0, false},
    {"int2", TYPE_INT16, 0, false},
    {"shorttype", TYPE_INT16, 0, false},
    {"int32", TYPE_INT32, 0, false},
    {"int4", TYPE_INT32, 0, false},
    {"integertype", TYPE_INT32, 0, false},
    {"int64", TYPE_INT64, 0, false},
    {"int", TYPE_INT64, 0, false},
    {"integer", TYPE_INT64, 0, false},
    {"bigint", TYPE_INT64, 0, false},
    {"long", TYPE_INT64, 0, false},
    {"longtype", TYPE_INT64, 0, false},
    {"uint8", TYPE_UINT8, 0, false},
    {"utinyint", TYPE_UINT8, 0, false},
    {"uint16", TYPE_UINT16, 0, false},
    {"usmallint", TYPE_UINT16, 0, false},
    {"uint32", TYPE_UINT32, 0, false},
    {"uinteger", TYPE_UINT32, 0, false},
    {"uint64", TYPE_UINT64, 0, false},
    {"ubigint", TYPE_UINT64, 0, false},
    {"float16", TYPE_FLOAT16, 0, false},
    {"halffloat", TYPE_FLOAT16, 0, false},
    {"float", TYPE_FLOAT, 0, false},
    {"float32", TYPE_FLOAT, 0, false},
    {"float4", TYPE_FLOAT, 0, false},
    {"real", TYPE_FLOAT, 0, false},
    {"floattype", TYPE_FLOAT, 0, false},
    {"double", TYPE_DOUBLE, 0, false},
    {"float64", TYPE_DOUBLE, 0, false},
    {"float8", TYPE_DOUBLE, 0, false},
    {"double precision", TYPE_DOUBLE, 0, false},
    {"double_precision", TYPE_DOUBLE, 0, false},
    {"doubletype", TYPE_DOUBLE, 0, false},
    {"decimal", TYPE_DECIMAL, 0, false},
    {"numeric", TYPE_DECIMAL, 0, false},
    {"dec", TYPE_DECIMAL, 0, false},
    {"decimal128", TYPE_DECIMAL, 0, false},
    {"decimaltype", TYPE_DECIMAL, 0, false},
    {"string", TYPE_STRING, 0, false},
    {"str", TYPE_STRING, 0, false},
    {"text", TYPE_STRING, 0, false},
    {"char", TYPE_STRING, 0, false},
    {"varchar", TYPE_STRING, 0, false},
    {"nvarchar", TYPE_STRING, 0, false},
    {"character", TYPE_STRING, 0, false},
    {"character varying", TYPE_STRING, 0, false},
    {"object", TYPE_STRING, 0, false},
    {"utf8", TYPE_STRING, 0, false},
    {"large_string", TYPE_STRING, 0, false},
    {"stringtype", TYPE_STRING, 0, false},
    {"binary", TYPE_BINARY, 0, false},
    {"bytes", TYPE_BINARY, 0, false},
    {"blob", TYPE_BINARY, 0, false},
    {"bytea", TYPE_BINARY, 0, false},
    {"varbinary", TYPE_BINARY, 0, false},
    {"binarytype", TYPE_BINARY, 0, false},
    {"uuid", TYPE_UUID, 0, false},
    {"guid", TYPE_UUID, 0, false},
    {"date", TYPE_DATE, 0, false},
    {"date32", TYPE_DATE, 0, false},
    {"datetype", TYPE_DATE, 0, false},
    {"time", TYPE_TIME, UNIT_MICRO, false},
    {"time32", TYPE_TIME, UNIT_MILLI, false},
    {"time64", TYPE_TIME, UNIT_MICRO, false},
    {"timestamp", TYPE_TIMESTAMP, UNIT_MICRO, false},
    {"timestamptz", TYPE_TIMESTAMP, UNIT_MICRO, true},
    {"timestamp with time zone", TYPE_TIMESTAMP, UNIT_MICRO, true},
    {"timestamp without time zone", TYPE_TIMESTAMP, UNIT_MICRO, false},
    {"timestamp_ntz", TYPE_TIMESTAMP, UNIT_MICRO, false},
    {"timestamp_ltz", TYPE_TIMESTAMP, UNIT_MICRO, true},
    {"timestamp_tz", TYPE_TIMESTAMP, UNIT_MICRO, true},
    {"timestamp_s", TYPE_TIMESTAMP, UNIT_SECOND, false},
    {"timestamp_ms", TYPE_TIMESTAMP, UNIT_MILLI, false},
    {"timestamp_us", TYPE_TIMESTAMP, UNIT_MICRO, false},
    {"timestamp_ns", TYPE_TIMESTAMP, UNIT_NANO, false},
    {"datetime", TYPE_TIMESTAMP, UNIT_MICRO, false},
    {"datetime64", TYPE_TIMESTAMP, UNIT_NANO, false},
    {"timestamptype", TYPE_TIMESTAMP, UNIT_MICRO, true},
    {"timestampntztype", TYPE_TIMESTAMP, UNIT_MICRO, false},
    {"interval", TYPE_INTERVAL, 0, false},
    {"nested", TYPE_NESTED, 0, false},
};

static const char *const unit_names[] = {"s", "ms", "us", "ns"};

enum lane type_lane(struct type type)
{
    switch (type.kind) {
    case TYPE_BOOL:
        return LANE_BOOL;
    case TYPE_INT8:
    case TYPE_INT16:
    case TYPE_INT32:
    case TYPE_INT64:
    case TYPE_DATE:
    case TYPE_TIME:
    case TYPE_TIMESTAMP:
        return LANE_I64;
    case TYPE_UINT8:
    case TYPE_UINT16:
    case TYPE_UINT32:
    case TYPE_UINT64:
        return LANE_U64;
    case TYPE_FLOAT16:
    case TYPE_FLOAT:
    case TYPE_DOUBLE:
        return LANE_F64;
    case TYPE_DECIMAL:
        return type.precision >= 1 && type.precision <= 18 ? LANE_I64 : LANE_I128;
    case TYPE_STRING:
    case TYPE_BINARY:
    case TYPE_UUID:
    case TYPE_INTERVAL:
    case TYPE_UNKNOWN: /* a cell is its text until a type is known */
        return LANE_BYTES;
    case TYPE_NULL:
    case TYPE_NESTED:
        break;
    }
    return LANE_NONE;
}

size_t lane_width(enum lane lane)
{
    static const size_t widths[] = {
        [LANE_NONE] = 0, [LANE_BOOL] = 1,  [LANE_I64] = 8,                       [LANE_U64] = 8,
        [LANE_F64] = 8,  [LANE_I128] = 16, [LANE_BYTES] = sizeof(struct span),
    };

    return widths[lane];
}

static bool is_signed(struct type t) { return t.kind >= TYPE_INT8 && t.kind <= TYPE_INT64; }
static bool is_unsigned(struct type t) { return t.kind >= TYPE_UINT8 && t.kind <= TYPE_UINT64; }

bool type_is_float(struct type type) { return type.kind >= TYPE_FLOAT16 && type.kind <= TYPE_DOUBLE; }

bool type_is_numeric(struct type type)
{
    return is_signed(type) || is_unsigned(type) || type_is_float(type) || type.kind == TYPE_DECIMAL;
}

bool type_is_temporal(struct type type)
{
    return type.kind == TYPE_DATE || type.kind == TYPE_TIME || type.kind == TYPE_TIMESTAMP;
}

bool type_equal(struct type a, struct type b)
{
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case TYPE_TIME:
        return a.unit == b.unit;
    case TYPE_TIMESTAMP:
        return a.unit == b.unit && a.is_utc == b.is_utc;
    case TYPE_DECIMAL:
        return a.precision == b.precision && a.scale == b.scale;
    default:
        return true;
    }
}

/* Lower case, outer blanks cut, blanks before the arguments cut. False if it does not fit. */
static bool fold_name(const char *name, char out[80], char **arguments)
{
    size_t n = 0;
    char *open;

    while (*name == ' ')
        name++;
    for (; *name; name++) {
        if (n + 1 >= 80)
            return false;
        out[n++] = *name >= 'A' && *name <= 'Z' ? (char)(*name | 0x20) : *name;
    }
    while (n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    *arguments = NULL;
    open = strpbrk(out, "([");
    if (!open)
        return true;
    if (out[n - 1] != (*open == '(' ? ')' : ']'))
        return false;
    out[n - 1] = '\0';
    *arguments = open + 1;
    do
        *open = '\0';
    while (open-- > out && *open == ' ');
    return true;
}

static const struct synonym *synonym_find(const char *name)
{
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
        if (strcmp(synonyms[i].name, name) == 0)
            return &synonyms[i];
    return NULL;
}

/* Up to two arguments between commas, blanks cut. */
static int split_arguments(char *arguments, char *parts[2])
{
    int n = 0;
    char *comma;

    for (; arguments; arguments = comma) {
        size_t length;

        comma = strchr(arguments, ',');
        if (comma)
            *comma++ = '\0';
        arguments += strspn(arguments, " ");
        length = strlen(arguments);
        while (length && arguments[length - 1] == ' ')
            arguments[--length] = '\0';
        if (n == 2 || length == 0)
            return -1;
        parts[n++] = arguments;
    }
    return n;
}

static bool parse_small(const char *text, int32_t *out)
{
    int64_t x;

    if (!number_parse_i64(span_text(text), &x) || x < 0 || x > 1000000)
        return false;
    *out = (int32_t)x;
    return true;
}

/* us, or SQL's number of digits: timestamp(6). */
static bool parse_unit(const char *text, enum time_unit *unit)
{
    int32_t digits;

    if (parse_small(text, &digits)) {
        *unit = digits == 0 ? UNIT_SECOND : digits <= 3 ? UNIT_MILLI : digits <= 6 ? UNIT_MICRO : UNIT_NANO;
        return digits <= 9;
    }
    for (int i = 0; i < 4; i++)
        if (strcmp(text, unit_names[i]) == 0) {
            *unit = (enum time_unit)i;
            return true;
        }
    return false;
}

static bool parse_arguments(char *arguments, struct type *t)
{
    char *parts[2];
    int32_t width;
    int n = split_arguments(arguments, parts);

    if (n < 1)
        return false;
    switch (t->kind) {
    case TYPE_DECIMAL:
        return parse_small(parts[0], &t->precision) && (n < 2 || parse_small(parts[1], &t->scale)) &&
               t->precision >= 1 && t->precision <= 38 && t->scale <= t->precision;
    case TYPE_TIME:
        return n == 1 && parse_unit(parts[0], &t->unit);
    case TYPE_TIMESTAMP:
        if (n == 2)
            t->is_utc = strcmp(parts[1], "utc") == 0;
        return (n == 1 || t->is_utc) && parse_unit(parts[0], &t->unit);
    case TYPE_STRING:
    case TYPE_BINARY:
        return n == 1 && parse_small(parts[0], &width); /* varchar(20): a length is another expectation's business */
    default:
        return false;
    }
}

bool type_parse(const char *name, struct type *out)
{
    char folded[80];
    char *arguments;
    const struct synonym *found;

    if (!fold_name(name, folded, &arguments))
        return false;
    found = synonym_find(folded);
    if (!found)
        return false;
    *out = (struct type){.kind = found->kind, .unit = found->unit, .is_utc = found->is_utc};
    return !arguments || parse_arguments(arguments, out);
}

size_t type_print(struct type type, char out[64])
{
    const char *name = "unknown";

    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++)
        if (synonyms[i].kind == type.kind) {
            name = synonyms[i].name;
            break;
        }
    if (type.kind == TYPE_DECIMAL && type.precision > 0)
        return (size_t)snprintf(out, 64, "%s(%d,%d)", name, type.precision, type.scale);
    if (type.kind == TYPE_TIME)
        return (size_t)snprintf(out, 64, "%s(%s)", name, unit_names[type.unit]);
    if (type.kind == TYPE_TIMESTAMP)
        return (size_t)snprintf(out, 64, "%s(%s%s)", name, unit_names[type.unit], type.is_utc ? ", UTC" : "");
    return (size_t)snprintf(out, 64, "%s", name);
}

/* Within a family only: an int column is no double column, whatever would fit. */
bool type_accepts(struct type declared, struct type actual)
{
    if (is_signed(declared) && is_signed(actual))
        return actual.kind <= declared.kind;
    if (is_unsigned(declared) && is_unsigned(actual))
        return actual.kind <= declared.kind;
    if (is_signed(declared) && is_unsigned(actual)) /* uint32 needs int64 */
        return actual.kind - TYPE_UINT8 < declared.kind - TYPE_INT8;
    if (type_is_float(declared) && type_is_float(actual))
        return actual.kind <= declared.kind;
    if (declared.kind != actual.kind)
        return false;
    if (declared.kind == TYPE_DECIMAL) /* a bare `decimal` takes all */
        return declared.precision == 0 ||
               (declared.scale >= actual.scale && declared.precision - declared.scale >= actual.precision - actual.scale);
    if (declared.kind == TYPE_TIMESTAMP) /* a bare `timestamp` is of no unit, and an instant is one with more said */
        return !declared.is_utc || actual.is_utc;
    return true;
}
