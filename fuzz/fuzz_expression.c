/* fuzz/fuzz_expression.c -- any bytes as a predicate: a named error with its place, or an answer for each row.
 *
 * What parses is printed and parsed again (equal text must come back), bound to a table with a column of every type, and
 * evaluated with its columns flat, as dictionaries and row after row in other chunks: all must agree.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "expressions/expression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 5, INPUT_MAX = 4096 };

static void demand(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "fuzz_expression: %s\n", what);
    abort();
}

static const struct { const char *name; struct type type; } columns[] = {
    {"b", {.kind = TYPE_BOOL}},      {"i", {.kind = TYPE_INT64}},   {"j", {.kind = TYPE_INT64}},
    {"k", {.kind = TYPE_INT8}},      {"u", {.kind = TYPE_UINT64}},  {"x", {.kind = TYPE_DOUBLE}},
    {"f", {.kind = TYPE_FLOAT}},     {"p", {.kind = TYPE_DECIMAL, .precision = 10, .scale = 2}},
    {"q", {.kind = TYPE_DECIMAL, .precision = 38, .scale = 10}},    {"s", {.kind = TYPE_STRING}},
    {"t", {.kind = TYPE_STRING}},    {"r", {.kind = TYPE_BINARY}},  {"id", {.kind = TYPE_UUID}},
    {"d", {.kind = TYPE_DATE}},      {"h", {.kind = TYPE_TIME, .unit = UNIT_MICRO}},
    {"ts", {.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO, .is_utc = true}},
    {"w", {.kind = TYPE_TIMESTAMP, .unit = UNIT_NANO}},             {"n", {.kind = TYPE_NULL}},
    {"z", {.kind = TYPE_INTERVAL}},  {"c", {.kind = TYPE_UNKNOWN}},
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static const uint64_t numbers[ROWS] = {0, 42, UINT64_MAX, (uint64_t)1 << 63, 1733788800000000};
static const double doubles[ROWS] = {0.1, -0.0, __builtin_nan(""), 9007199254740993.0, -1e300};
static const char *const texts[ROWS] = {"", "gold", "größe", "\xff\xfe", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"};

struct binding { struct type types[COLUMNS]; };

static enum status bind(void *context, const char *name, enum family family, int32_t *slot, struct type *type, struct error *err)
{
    struct binding *binding = context;

    for (int32_t i = 0; i < COLUMNS; i++) {
        if (strcmp(columns[i].name, name) != 0)
            continue;
        /* One slot has one type, so an undeclared column keeps the family of its first use. */
        if (binding->types[i].kind == TYPE_UNKNOWN)
            binding->types[i].kind = family == FAMILY_NUMBER ? TYPE_DOUBLE : family == FAMILY_BOOL ? TYPE_BOOL
                                     : family == FAMILY_TIME ? TYPE_DATE : TYPE_STRING;
        *slot = i;
        *type = binding->types[i];
        return STATUS_OK;
    }
    return error_set(err, STATUS_NOT_FOUND, "there is no column `%.40s`", name);
}

struct cells { _Alignas(16) uint8_t at[ROWS * 16]; };

static void put(struct cells *cells, enum lane lane, int at, int row)
{
    struct span s = span_text(texts[row]);
    int128 wide = (int128)(int64_t)numbers[row] * 1000000007;

    switch (lane) {
    case LANE_BOOL:
        cells->at[at] = row & 1;
        break;
    case LANE_F64:
        memcpy(cells->at + at * 8, &doubles[row], 8);
        break;
    case LANE_I128:
        memcpy(cells->at + at * 16, &wide, 16);
        break;
    case LANE_BYTES:
        memcpy(cells->at + at * 16, &s, 16);
        break;
    default:
        memcpy(cells->at + at * 8, &numbers[row], 8);
    }
}

/* Rows from..ROWS of every column; the last row of odd columns is null, the first row of `c` is malformed. */
static void evaluate(const struct predicate *p, const struct binding *binding, enum shape shape, int from, char answers[ROWS])
{
    static struct cells cells[COLUMNS];
    static const uint32_t index[ROWS] = {4, 3, 2, 1, 0};
    struct vector vectors[COLUMNS];
    const struct vector *slots[COLUMNS];
    uint64_t valid = ((uint64_t)1 << (ROWS - 1 - from)) - 1, malformed = from == 0, is_true = 0, is_unknown = 0;
    uint32_t indexes[ROWS];
    struct predicate_scratch *scratch;
    struct error err = ERROR_NONE;
    const char *trouble = NULL;
    int n = ROWS - from;

    memcpy(indexes, index + from, (size_t)n * sizeof *indexes);
    indexes[n - 1] = 0; /* where the null is */
    for (int i = 0; i < COLUMNS; i++) {
        struct vector *v = &vectors[i];
        bool is_flat = shape == SHAPE_FLAT;

        *v = (struct vector){.type = binding->types[i], .lane = type_lane(binding->types[i]), .shape = shape, .n_rows = n};
        for (int row = from; row < ROWS; row++)
            put(&cells[i], v->lane, is_flat ? row - from : ROWS - 1 - row, row);
        v->values = cells[i].at;
        v->index = is_flat ? NULL : i & 1 ? indexes : index + from;
        v->n_entries = is_flat ? 0 : n;
        v->dictionary_id = is_flat ? 0 : (uint64_t)i + 1;
        v->valid = i & 1 ? &valid : NULL;
        v->malformed = columns[i].type.kind == TYPE_UNKNOWN ? &malformed : NULL;
        slots[i] = v;
    }
    vectors[COLUMNS - 3].valid = &valid;
    demand(predicate_scratch_new(p, NULL, &scratch, &err) == STATUS_OK, "no scratch");
    demand(predicate_eval(p, scratch, slots, n, &is_true, &is_unknown, &trouble, &err) == STATUS_OK, err.text);
    predicate_scratch_free(scratch);
    demand((is_true & is_unknown) == 0, "a row is true and unknown");
    demand(((is_true | is_unknown) >> n) == 0, "bits past the end");
    for (int row = 0; row < n; row++)
        answers[from + row] = (is_true >> row) & 1 ? 'T' : (is_unknown >> row) & 1 ? '?' : 'F';
}

static void run(struct arena *arena, const struct expression *e)
{
    struct time_zone zone = {.name = "+01:00", .fixed_offset = 3600};
    struct time_context time = {1733788800, 5, &zone};
    struct binding binding;
    struct binder binder = {bind, &binding, &time};
    struct error err = ERROR_NONE;
    struct predicate *p;
    char flat[ROWS], dictionary[ROWS], later[ROWS];
    enum status status;

    for (int i = 0; i < COLUMNS; i++)
        binding.types[i] = columns[i].type;
    status = predicate_compile(arena, e, &binder, &p, &err);
    if (status != STATUS_OK) {
        demand(status == STATUS_BAD_SUITE || status == STATUS_BAD_DATA || status == STATUS_NOT_FOUND, err.text);
        demand(err.text[0] != '\0', "an error without a text");
        return;
    }
    for (int i = 0; i < COLUMNS; i++)
        if (binding.types[i].kind == TYPE_UNKNOWN)
            binding.types[i].kind = TYPE_STRING;
    evaluate(p, &binding, SHAPE_FLAT, 0, flat);
    evaluate(p, &binding, SHAPE_DICTIONARY, 0, dictionary);
    demand(memcmp(flat, dictionary, ROWS) == 0, "a dictionary changed the answer");
    evaluate(p, &binding, SHAPE_FLAT, 2, later);
    demand(memcmp(flat + 2, later + 2, ROWS - 2) == 0, "the chunk changed the answer");
    predicate_done(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {.ceiling = 64 << 20};
    struct error err = ERROR_NONE;
    struct expression *e, *again;
    const char *printed;

    if (size > INPUT_MAX)
        size = INPUT_MAX;
    if (expression_parse(&arena, span_of(data, size), &e, &err) == STATUS_OK) {
        printed = expression_print(&arena, e);
        demand(printed != NULL, "no memory to print");
        /* Parentheses that printing adds may nest it too deep. */
        if (expression_parse(&arena, span_text(printed), &again, &err) == STATUS_OK)
            demand(strcmp(expression_print(&arena, again), printed) == 0, "printing is not stable");
        else
            demand(strstr(err.text, "nested deeper") != NULL, err.text);
        run(&arena, e);
    } else {
        demand(err.status == STATUS_BAD_SUITE && err.line_column >= 1 && (size_t)err.line_column <= size + 1, "an error without a place");
    }
    arena_done(&arena);
    return 0;
}
