/* readers/cells.c -- one small parser per type, one loop for all.
 *
 * The call through a pointer per cell goes to the same place for a whole column and is predicted; what it calls costs
 * several times as much.
 */
#include "readers/cells.h"

#include "core/clock_format.h"
#include "core/number.h"
#include "kernels/cell_swar.h"
#include "kernels/kernels.h"

/* Parses one cell into *out, an element of the type's lane. false: malformed (*out may be garbage then). */
typedef bool cell_parser(struct span cell, enum cell_state state, struct type type, void *out);

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c; }

/* `word` in lower case. */
static bool is_word(struct span s, const char *word)
{
    size_t n = strlen(word);

    if (s.size != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (lower(s.at[i]) != (uint8_t)word[i])
            return false;
    return true;
}

static bool is_number_word(struct span s)
{
    if (s.size && (s.at[0] == '+' || s.at[0] == '-'))
        s = span_of(s.at + 1, s.size - 1);
    return is_word(s, "nan") || is_word(s, "inf") || is_word(s, "infinity");
}

static bool parse_bool(struct span cell, enum cell_state state, struct type type, void *out)
{
    uint8_t *value = out;

    (void)type;
    *value = is_word(cell, "true");
    return state == CELL_IS_PLAIN && (*value || is_word(cell, "false"));
}

static int bits_of(enum type_kind kind)
{
    switch (kind) {
    case TYPE_INT8: case TYPE_UINT8: return 8;
    case TYPE_INT16: case TYPE_UINT16: return 16;
    case TYPE_INT32: case TYPE_UINT32: return 32;
    default: return 64;
    }
}

static bool parse_signed(struct span cell, enum cell_state state, struct type type, void *out)
{
    int64_t *value = out, highest = INT64_MAX >> (64 - bits_of(type.kind));

    return state == CELL_IS_PLAIN && number_parse_i64(cell, value) && *value <= highest && *value >= -highest - 1;
}

static bool parse_unsigned(struct span cell, enum cell_state state, struct type type, void *out)
{
    uint64_t *value = out;

    return state == CELL_IS_PLAIN && number_parse_u64(cell, value) && *value <= UINT64_MAX >> (64 - bits_of(type.kind));
}

static bool parse_double(struct span cell, enum cell_state state, struct type type, void *out)
{
    double *value = out;

    if (state == CELL_IS_STRING && !is_number_word(cell))
        return false;
    if (!number_parse_double(cell, value))
        return false;
    if (type.kind != TYPE_DOUBLE)
        *value = (double)(float)*value;
    return true;
}

static bool parse_decimal(struct span cell, enum cell_state state, struct type type, void *out)
{
    int128 mantissa, highest;
    int32_t scale;

    (void)state;
    if (!number_parse_decimal(cell, &mantissa, &scale) || !decimal_rescale(mantissa, scale, type.scale, &mantissa))
        return false;
    highest = decimal_power(type.precision) - 1;
    if (mantissa > highest || mantissa < -highest)
        return false;
    if (type_lane(type) == LANE_I64)
        *(int64_t *)out = (int64_t)mantissa;
    else
        *(int128 *)out = mantissa;
    return true;
}

static int hex_value(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

/* `out` gets the 16 bytes, not the span. */
static bool parse_uuid(struct span cell, enum cell_state state, struct type type, void *out)
{
    uint8_t *byte = out;
    size_t at = 0;

    (void)type;
    (void)state;
    if (cell.size != 36)
        return false;
    for (int i = 0; i < 16; i++) {
        int high, low;
        if (i == 4 || i == 6 || i == 8 || i == 10)
            if (cell.at[at++] != '-')
                return false;
        high = hex_value(cell.at[at++]);
        low = hex_value(cell.at[at++]);
        if (high < 0 || low < 0)
            return false;
        byte[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static bool parse_date(struct span cell, enum cell_state state, struct type type, void *out)
{
    (void)type;
    (void)state;
    return clock_parse_date(cell, out);
}

/* seconds and nanos in `unit`, false where that loses digits or overflows. */
static bool to_unit(int64_t seconds, int64_t nanos, enum time_unit unit, int64_t *out)
{
    int64_t per_second = clock_units_per_second(unit), step = 1000000000 / per_second;

    return nanos % step == 0 && !__builtin_mul_overflow(seconds, per_second, out) &&
           !__builtin_add_overflow(*out, nanos / step, out);
}

static bool parse_time(struct span cell, enum cell_state state, struct type type, void *out)
{
    int64_t nanos;

    (void)state;
    return clock_parse_time(cell, &nanos) && to_unit(nanos / 1000000000, nanos % 1000000000, type.unit, out);
}

static bool parse_timestamp(struct span cell, enum cell_state state, struct type type, void *out)
{
    int64_t seconds, days;
    int32_t nanos;
    bool has_zone;

    (void)state;
    if (clock_parse_timestamp(cell, &seconds, &nanos, &has_zone))
        return to_unit(seconds, nanos, type.unit, out);
    return clock_parse_date(cell, &days) && !__builtin_mul_overflow(days, 86400, &seconds) &&
           to_unit(seconds, 0, type.unit, out);
}

static const struct {
    cell_parser *parse; /* NULL: the text itself is the value */
    bool is_supported;
} parsers[] = {
    [TYPE_UNKNOWN] = {NULL, true},          [TYPE_STRING] = {NULL, true},          [TYPE_BINARY] = {NULL, true},
    [TYPE_BOOL] = {parse_bool, true},       [TYPE_INT8] = {parse_signed, true},    [TYPE_INT16] = {parse_signed, true},
    [TYPE_INT32] = {parse_signed, true},    [TYPE_INT64] = {parse_signed, true},   [TYPE_UINT8] = {parse_unsigned, true},
    [TYPE_UINT16] = {parse_unsigned, true}, [TYPE_UINT32] = {parse_unsigned, true}, [TYPE_UINT64] = {parse_unsigned, true},
    [TYPE_FLOAT16] = {parse_double, true},  [TYPE_FLOAT] = {parse_double, true},   [TYPE_DOUBLE] = {parse_double, true},
    [TYPE_DECIMAL] = {parse_decimal, true}, [TYPE_UUID] = {parse_uuid, true},      [TYPE_DATE] = {parse_date, true},
    [TYPE_TIME] = {parse_time, true},       [TYPE_TIMESTAMP] = {parse_timestamp, true},
    [TYPE_INTERVAL] = {NULL, false},        [TYPE_NESTED] = {NULL, false},         [TYPE_NULL] = {NULL, false},
};

/* --- by a style --- */

enum { NUMBER_TEXT_MAX = 128 }; /* a longer number is none */

/* Is the integer part cut by `thousands` into one to three digits and then threes? Ends at the first byte that is neither. */
static bool groups_are_right(struct span s, int thousands)
{
    size_t i = s.size && (s.at[0] == '+' || s.at[0] == '-'), n_digits = 0;
    bool has_groups = false;

    for (; i < s.size; i++) {
        if (s.at[i] >= '0' && s.at[i] <= '9') {
            n_digits++;
        } else if (s.at[i] == thousands) {
            if (n_digits == 0 || n_digits > 3 || (has_groups && n_digits != 3))
                return false;
            has_groups = true;
            n_digits = 0;
        } else {
            break;
        }
    }
    for (size_t k = i; k < s.size; k++)
        if (s.at[k] == thousands)
            return false;
    return !has_groups || n_digits == 3;
}

/* The number as everybody else writes it, into `text`. false: no number of this style. */
static bool plain_number(struct span cell, const struct cell_rules *r, char text[NUMBER_TEXT_MAX], struct span *out)
{
    size_t n = 0;

    if (cell.size > NUMBER_TEXT_MAX || (r->thousands && !groups_are_right(cell, r->thousands)))
        return false;
    for (size_t i = 0; i < cell.size; i++) {
        uint8_t c = cell.at[i];
        if (r->thousands && c == r->thousands)
            continue;
        if (c == '.' && r->decimal && r->decimal != '.')
            return false;
        text[n++] = r->decimal && c == r->decimal ? '.' : (char)c;
    }
    *out = span_of(text, n);
    return true;
}

/* In any case; ASCII. */
static bool is_one_of(struct span cell, const struct text_list *words)
{
    for (int32_t i = 0; i < words->n; i++) {
        size_t k = 0, n = strlen(words->at[i]);
        while (n == cell.size && k < n && lower(cell.at[k]) == lower((uint8_t)words->at[i][k]))
            k++;
        if (n == cell.size && k == n)
            return true;
    }
    return false;
}

static bool parse_bool_as(struct span cell, const struct cell_rules *r, uint8_t *out)
{
    bool is_false = r->false_words.is_set ? is_one_of(cell, &r->false_words) : is_word(cell, "false");

    *out = r->true_words.is_set ? is_one_of(cell, &r->true_words) : is_word(cell, "true");
    return *out != is_false; /* a word of both lists is neither */
}

/* The format for a type, or NULL: a column's own serves for whichever it fits. */
static const char *format_of(const struct cell_style *style, enum type_kind kind)
{
    const struct cell_rules *r = style->rules;

    if (style->format)
        return style->format;
    return kind == TYPE_DATE ? r->date_format : kind == TYPE_TIME ? r->time_format : kind == TYPE_TIMESTAMP ? r->timestamp_format : NULL;
}

/* A timestamp may be a date alone, but for a time that was left out nothing stands in. */
static bool parse_by_format(struct span cell, const char *format, struct type type, int64_t *out)
{
    struct clock_parsed p;
    int64_t seconds;

    if (!clock_parse_format(cell, format, &p))
        return false;
    if (type.kind == TYPE_DATE) {
        *out = p.days;
        return p.has_date && !p.has_time;
    }
    if (type.kind == TYPE_TIME)
        return p.has_time && !p.has_date && to_unit(p.day_nanos / 1000000000, p.day_nanos % 1000000000, type.unit, out);
    if (!p.has_date || __builtin_mul_overflow(p.days, 86400, &seconds) ||
        __builtin_add_overflow(seconds, p.day_nanos / 1000000000 - p.zone_seconds, &seconds))
        return false;
    return to_unit(seconds, p.day_nanos % 1000000000, type.unit, out);
}

static bool parse_as(struct span cell, enum cell_state state, struct type type, const struct cell_style *style, void *out)
{
    const char *format = format_of(style, type.kind);
    char text[NUMBER_TEXT_MAX];

    if (type.kind == TYPE_BOOL && (style->rules->true_words.is_set || style->rules->false_words.is_set))
        return parse_bool_as(cell, style->rules, out);
    if (format && type_is_temporal(type))
        return parse_by_format(cell, format, type, out);
    if (type_is_numeric(type) && !plain_number(cell, style->rules, text, &cell))
        return false;
    return parsers[type.kind].parse(cell, state, type, out);
}

enum status cell_rules_validate(const struct cell_rules *r, int delimiter, struct error *err)
{
    const char *formats[] = {r->date_format, r->time_format, r->timestamp_format};
    int decimal = r->decimal ? r->decimal : '.';
    const char *two_faced = cell_rules_two_faced(r);

    if (r->thousands && r->thousands == decimal)
        return error_set(err, STATUS_BAD_USAGE, "decimal and thousands are the same character");
    if ((r->decimal && strchr("0123456789+-eE", r->decimal)) || (r->thousands && strchr("0123456789+-eE", r->thousands)))
        return error_set(err, STATUS_BAD_USAGE, "decimal and thousands are no digits, signs or e");
    if (two_faced)
        return error_set(err, STATUS_BAD_USAGE, "'%.60s' cannot be both true and false", two_faced);
    (void)delimiter;
    for (int32_t i = 0; i < 3 + r->n_formats; i++) {
        const char *format = i < 3 ? formats[i] : r->formats[i - 3].format;
        const char *wrong = format ? clock_format_wrong(format) : NULL;
        if (wrong)
            return error_set(err, STATUS_BAD_USAGE, "the format '%.60s' cannot be used: %s", format, wrong);
    }
    return STATUS_OK;
}

static bool rules_are_default(const struct cell_rules *r)
{
    return !r->decimal && !r->thousands && !r->true_words.is_set && !r->false_words.is_set && !r->date_format && !r->time_format &&
           !r->timestamp_format;
}

bool cell_style_make(struct arena *arena, const struct cell_rules *rules, const char *column, const struct cell_style **out)
{
    const char *format = NULL;
    struct cell_style *style;

    *out = NULL;
    for (int32_t i = 0; rules && i < rules->n_formats; i++)
        if (strcmp(rules->formats[i].column, column) == 0)
            format = rules->formats[i].format;
    if (!rules || (!format && rules_are_default(rules)))
        return true;
    style = arena_alloc(arena, sizeof *style);
    if (!style)
        return false;
    *style = (struct cell_style){rules, format};
    *out = style;
    return true;
}

static enum lane column_lane(const struct want *want)
{
    if (want->need == NEED_NULLS)
        return LANE_NONE;
    return parsers[want->type.kind].parse ? type_lane(want->type) : LANE_BYTES;
}

static bool column_open(struct cell_column *c, const struct want *want, size_t rows, struct memory *memory)
{
    enum lane lane = column_lane(want);
    bool is_parsed = lane != LANE_NONE && parsers[want->type.kind].parse;

    c->want = *want;
    c->raw = mem_alloc(memory, rows * sizeof *c->raw);
    c->state = mem_alloc(memory, 64 * BITMAP_WORDS(rows));
    c->valid = mem_alloc(memory, BITMAP_WORDS(rows) * sizeof *c->valid);
    c->malformed = mem_alloc(memory, BITMAP_WORDS(rows) * sizeof *c->malformed);
    if (is_parsed)
        c->values = mem_alloc(memory, rows * lane_width(lane));
    if (is_parsed && want->type.kind == TYPE_UUID)
        c->uuids = mem_alloc(memory, rows * 16);
    return c->raw && c->state && c->valid && c->malformed && (!is_parsed || c->values) &&
           (!is_parsed || want->type.kind != TYPE_UUID || c->uuids);
}

/* At most about a million cells at once, so that 100,000 columns do not take gigabytes, and no more rows than leave the spans and values of a
 * dozen columns in a core's second cache, from which the metrics then take them. */
enum { CELLS_AT_ONCE = 1 << 20, ROWS_AT_ONCE = 1 << 10 };

static int64_t rows_at_once(int32_t n_columns)
{
    int64_t rows = n_columns ? CELLS_AT_ONCE / n_columns : CHUNK_MAX_ROWS, most = n_columns ? ROWS_AT_ONCE : CHUNK_MAX_ROWS;

    return rows > most ? most : rows < 1 ? 1 : rows;
}

static enum status check_want(const struct want *want, struct error *err)
{
    char name[64];

    if (want->need == NEED_NULLS || parsers[want->type.kind].is_supported)
        return STATUS_OK;
    type_print(want->type, name);
    return error_set(err, STATUS_UNSUPPORTED, "cells of text are not read as %s", name);
}

/* Does what is read for `have` serve `want`, of the same column? */
static bool serves(const struct want *have, const struct want *want)
{
    return want->need == NEED_NULLS || (have->need == NEED_VALUES && type_equal(have->type, want->type));
}

/* Which of the wants are to be read: of_want, and at[i].want. newest[c]: 1 + the newest of wanted column c; older[i]: the one before i. */
static void share_columns(struct cell_columns *cells, int32_t *newest, int32_t *older)
{
    for (int32_t i = 0; i < cells->n_wants; i++) {
        const struct want *want = &cells->wants[i];
        int32_t k = newest[want->column] - 1;

        while (k >= 0 && !serves(&cells->at[k].want, want))
            k = older[k];
        if (k < 0) {
            k = cells->n++;
            cells->at[k].want = *want;
            older[k] = newest[want->column] - 1;
            newest[want->column] = k + 1;
        }
        cells->of_want[i] = k;
    }
}

static enum status choose_columns(struct cell_columns *cells, struct error *err)
{
    int32_t *newest, *older, highest = -1;
    bool has_memory;

    for (int32_t i = 0; i < cells->n_wants; i++)
        highest = cells->wants[i].column > highest ? cells->wants[i].column : highest;
    newest = mem_alloc(cells->memory, ((size_t)highest + 1) * sizeof *newest);
    older = mem_alloc(cells->memory, (size_t)cells->n_wants * sizeof *older);
    has_memory = newest && older;
    if (has_memory)
        share_columns(cells, newest, older);
    mem_free(cells->memory, newest);
    mem_free(cells->memory, older);
    return has_memory ? STATUS_OK : memory_error(cells->memory, "the columns of a text file", err);
}

enum status cells_open(struct cell_columns *cells, const struct want *wants, int32_t n, struct memory *memory,
                       struct error *err)
{
    *cells = (struct cell_columns){.n_wants = n, .kernels = kernels_get(), .memory = memory};
    cells->at = mem_alloc(memory, (size_t)n * sizeof *cells->at);
    cells->wants = mem_alloc(memory, (size_t)n * sizeof *cells->wants);
    cells->of_want = mem_alloc(memory, (size_t)n * sizeof *cells->of_want);
    cells->vectors = mem_alloc(memory, (size_t)n * sizeof *cells->vectors);
    if (!cells->at || !cells->wants || !cells->of_want || !cells->vectors)
        return memory_error(memory, "the columns of a text file", err);
    for (int32_t i = 0; i < n; i++) {
        TRY(check_want(&wants[i], err));
        cells->wants[i] = wants[i];
    }
    TRY(choose_columns(cells, err));
    cells->capacity = rows_at_once(cells->n);
    for (int32_t i = 0; i < cells->n; i++) {
        struct want want = cells->at[i].want;

        if (!column_open(&cells->at[i], &want, (size_t)cells->capacity, memory))
            return memory_error(memory, "the columns of a text file", err);
    }
    return STATUS_OK;
}

bool cells_are_wanted(const struct cell_columns *cells, const struct want *wants, int32_t n)
{
    if (cells->n_wants != n)
        return false;
    for (int32_t i = 0; i < n; i++)
        if (cells->wants[i].column != wants[i].column || cells->wants[i].need != wants[i].need ||
            !type_equal(cells->wants[i].type, wants[i].type))
            return false;
    return true;
}

void cells_set_styles(struct cell_columns *cells, const struct schema *schema)
{
    for (int32_t i = 0; i < cells->n; i++)
        cells->at[i].style = schema->columns[cells->at[i].want.column].style;
}

void cells_done(struct cell_columns *cells)
{
    for (int32_t i = 0; cells->at && i < cells->n; i++) {
        struct cell_column *c = &cells->at[i];
        mem_free(cells->memory, c->raw);
        mem_free(cells->memory, c->state);
        mem_free(cells->memory, c->valid);
        mem_free(cells->memory, c->malformed);
        mem_free(cells->memory, c->values);
        mem_free(cells->memory, c->uuids);
    }
    mem_free(cells->memory, cells->at);
    mem_free(cells->memory, cells->wants);
    mem_free(cells->memory, cells->of_want);
    mem_free(cells->memory, cells->vectors);
    *cells = (struct cell_columns){0};
}

/* The bitmap of non-null rows. */
static void make_valid(struct cell_column *c, int64_t from, int64_t end)
{
    memset(c->state + end, CELL_IS_NULL, (size_t)(-end & 63)); /* there is room for whole words of states */
    for (int64_t base = from; base < end; base += 64) {
        c->valid[base / 64] = bitmap_of_bytes(c->state + base);
    }
}

/* Words of whole rows are most; where the processor is not known, counting bits is a call. */
static void count_nulls(struct cell_column *c, int64_t from, int64_t end)
{
    for (int64_t base = from; base < end; base += 64) {
        int64_t n = end - base < 64 ? end - base : 64;

        if (c->valid[base / 64] != (n < 64 ? bitmap_tail(n) : ~(uint64_t)0))
            c->n_nulls += n - __builtin_popcountll(c->valid[base / 64]);
    }
}

/* "007" and "-00.5": what a number would lose. */
static bool has_leading_zero(struct span s)
{
    size_t i = s.size && (s.at[0] == '+' || s.at[0] == '-');

    return i + 1 < s.size && s.at[i] == '0' && s.at[i + 1] >= '0' && s.at[i + 1] <= '9';
}

/* Of a cell that is a timestamp: behind its first colon stand digits, a point and the offset. */
static bool has_offset(struct span cell, const struct cell_style *style)
{
    const char *format = style ? format_of(style, TYPE_TIMESTAMP) : NULL;
    struct clock_parsed p;
    size_t i = 0;

    if (format)
        return clock_parse_format(cell, format, &p) && p.has_zone;
    while (i < cell.size && cell.at[i] != ':')
        i++;
    while (i < cell.size && cell.at[i] != '+' && cell.at[i] != '-' && (cell.at[i] | 0x20) != 'z')
        i++;
    return i < cell.size;
}

/* A timestamp with an offset in a column of those without, or the other way round, becomes one of the column's own kind.
 * false: it is one that the guess did not reckon with, or 64 bits cannot hold it. */
static bool settle_zone(const struct cell_column *c, struct span cell, int64_t *x)
{
    const struct time_zone *zone = c->want.zone;
    int64_t per_second = clock_units_per_second(c->want.type.unit), rest = *x % per_second, seconds = *x / per_second;
    bool is_zoned = has_offset(cell, c->style);

    if (is_zoned == c->want.type.is_utc)
        return true;
    if (is_zoned && c->want.is_guess)
        return false;
    if (!zone)
        return true;
    if (rest < 0) {
        rest += per_second;
        seconds--;
    }
    seconds = is_zoned ? seconds + time_zone_offset_at(zone, seconds) : time_zone_to_utc(zone, seconds);
    return !__builtin_mul_overflow(seconds, per_second, x) && !__builtin_add_overflow(*x, rest, x);
}

/* Whether cells may be of the kind that the column is not, and that matters. */
static bool minds_zones(const struct want *want)
{
    return want->type.kind == TYPE_TIMESTAMP && (want->zone || (want->is_guess && !want->type.is_utc));
}

/* Value `row` by the parser of its type; returns whether it is malformed. */
static bool parse_one(struct cell_column *c, bool has_states, int64_t row, void *out, size_t width)
{
    enum cell_state state = has_states ? c->state[row] : bit_get(c->valid, row) ? CELL_IS_PLAIN : CELL_IS_NULL;
    bool is_good = state != CELL_IS_NULL && (c->style ? parse_as(c->raw[row], state, c->want.type, c->style, out)
                                                      : parsers[c->want.type.kind].parse(c->raw[row], state, c->want.type, out));

    if (is_good && minds_zones(&c->want))
        is_good = settle_zone(c, c->raw[row], out);
    if (is_good) {
        c->has_leading_zeros = c->has_leading_zeros || has_leading_zero(c->raw[row]);
        return false;
    }
    memset(out, 0, width);
    if (state == CELL_IS_NULL)
        return false;
    bit_set(c->malformed, row);
    return true;
}

/* Parses the values of rows from..end-1; returns whether one is malformed. */
static bool parse_column(struct cell_column *c, bool has_states, int64_t from, int64_t end)
{
    size_t width = c->uuids ? 16 : lane_width(type_lane(c->want.type));
    uint8_t *out = (c->uuids ? c->uuids : (uint8_t *)c->values) + (size_t)from * width;
    bool has_malformed = false;

    for (int64_t i = from; i < end; i++, out += width)
        has_malformed |= parse_one(c, has_states, i, out, width);
    return has_malformed;
}

static void parse_bools(const struct cell_column *c, int64_t from, int64_t n, uint8_t *out, uint64_t *taken)
{
    for (int64_t base = 0; base < n; base += 64) {
        const struct span *cells = c->raw + from + base;
        uint64_t valid = c->valid[(from + base) / 64], word = 0;
        int end = n - base < 64 ? (int)(n - base) : 64;

        for (int i = 0; i < end; i++)
            if (valid >> i & 1)
                word |= (uint64_t)cell_fast_bool(cells[i], &out[base + i]) << i;
        taken[base / 64] = word;
    }
}

/* Gives back to the general parser what is beyond a signed type's range, to be called malformed. */
static void check_range(struct type type, const int64_t *x, int64_t n, uint64_t *taken)
{
    int64_t highest = INT64_MAX >> (64 - bits_of(type.kind));

    for (int64_t i = 0; i < n; i++)
        taken[i / 64] &= ~((uint64_t)(x[i] < -highest - 1 || x[i] > highest) << (i & 63));
}

static void round_to_float(double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        x[i] = (double)(float)x[i];
}

/* Gives back to the general parser what the kernel took of the other kind: it reads no offset but Z. */
static void check_zones(const struct want *want, const struct span *cells, int64_t n, uint64_t *taken)
{
    for (int64_t i = 0; i < n; i++)
        if (bit_get(taken, i) && (cells[i].at[cells[i].size - 1] == 'Z') != want->type.is_utc)
            taken[i / 64] &= ~((uint64_t)1 << (i & 63));
}

/* The usual cells, by a kernel. false: none for this type. */
static bool parse_usual(struct cell_column *c, const struct kernels *k, int64_t from, int64_t n, uint64_t *taken)
{
    const struct span *cells = c->raw + from;
    const uint64_t *rows = c->valid + from / 64;
    enum type_kind kind = c->want.type.kind;
    void *out = (uint8_t *)c->values + (size_t)from * lane_width(type_lane(c->want.type));

    if (kind >= TYPE_INT8 && kind <= TYPE_INT64) {
        k->cells_i64(cells, n, rows, out, taken, &c->has_leading_zeros);
        if (kind != TYPE_INT64)
            check_range(c->want.type, out, n, taken);
    } else if (kind == TYPE_DOUBLE || kind == TYPE_FLOAT) {
        k->cells_f64(cells, n, rows, out, taken, &c->has_leading_zeros);
        if (kind == TYPE_FLOAT)
            round_to_float(out, n);
    } else if (kind == TYPE_TIMESTAMP && c->want.type.unit == UNIT_MICRO) {
        k->cells_micros(cells, n, rows, out, taken);
        if (minds_zones(&c->want))
            check_zones(&c->want, cells, n, taken);
    } else if (kind == TYPE_BOOL) {
        parse_bools(c, from, n, out, taken);
    } else {
        return false;
    }
    return true;
}

/* The same for CSV cells with padding behind them: what the kernels leave is parsed one by one. */
static bool parse_padded(struct cell_column *c, const struct kernels *kernels, bool has_states, int64_t from, int64_t end)
{
    size_t width = lane_width(type_lane(c->want.type));
    uint64_t taken[BITMAP_WORDS(CHUNK_MAX_ROWS)];
    int64_t n = end - from;
    bool has_malformed = false;

    if (!parse_usual(c, kernels, from, n, taken))
        return parse_column(c, has_states, from, end);
    for (int64_t base = 0; base < n; base += 64) {
        uint64_t left = ~taken[base / 64] & (n - base < 64 ? bitmap_tail(n) : ~(uint64_t)0);

        for (; left; left &= left - 1) {
            int64_t i = from + base + __builtin_ctzll(left);
            has_malformed |= parse_one(c, has_states, i, (uint8_t *)c->values + (size_t)i * width, width);
        }
    }
    return has_malformed;
}

static void uuid_spans(struct cell_column *c, int64_t n_rows)
{
    struct span *spans = c->values;

    for (int64_t i = 0; i < n_rows; i++) {
        bool is_value = bit_get(c->valid, i) && !bit_get(c->malformed, i);
        spans[i] = is_value ? span_of(c->uuids + 16 * i, 16) : span_of(NULL, 0);
    }
}

void cells_parse(struct cell_columns *cells, int32_t column, int64_t from, int64_t end)
{
    struct cell_column *c = &cells->at[column];

    if (from == 0) {
        c->n_nulls = 0;
        c->has_malformed = c->has_leading_zeros = false;
    }
    if (!cells->has_valid)
        make_valid(c, from, end);
    count_nulls(c, from, end);
    if (!c->values)
        return;
    memset(c->malformed + from / 64, 0, BITMAP_WORDS(end - from) * sizeof *c->malformed);
    c->has_malformed |= cells->is_padded && !c->style ? parse_padded(c, cells->kernels, !cells->has_valid, from, end)
                                                      : parse_column(c, !cells->has_valid, from, end);
}

static void set_vector(const struct cell_column *c, const struct want *want, struct vector *v, int64_t n_rows)
{
    bool has_values = want->need == NEED_VALUES;

    *v = (struct vector){
        .type = want->type,
        .lane = column_lane(want),
        .shape = SHAPE_FLAT,
        .n_rows = n_rows,
        .n_nulls = c->n_nulls,
        .valid = c->n_nulls ? c->valid : NULL,
        .malformed = has_values && c->has_malformed ? c->malformed : NULL,
        .raw = has_values ? c->raw : NULL,
        .has_leading_zeros = has_values && c->has_leading_zeros,
    };
    if (v->type.kind == TYPE_UNKNOWN)
        v->type.kind = TYPE_STRING;
    if (v->lane != LANE_NONE)
        v->values = c->values ? c->values : c->raw;
}

void cells_deliver(struct cell_columns *cells, int64_t n_rows)
{
    int64_t n_decoded = 0;

    for (int32_t i = 0; i < cells->n; i++) {
        if (cells->at[i].uuids)
            uuid_spans(&cells->at[i], n_rows);
        n_decoded += cells->at[i].want.need == NEED_VALUES ? n_rows : 0;
    }
    for (int32_t i = 0; i < cells->n_wants; i++)
        set_vector(&cells->at[cells->of_want[i]], &cells->wants[i], &cells->vectors[i], n_rows);
    read_counters.values_decoded += n_decoded;
}

void cells_finish(struct cell_columns *cells, int64_t n_rows)
{
    for (int32_t i = 0; i < cells->n; i++)
        cells_parse(cells, i, 0, n_rows);
    cells_deliver(cells, n_rows);
}

const char json_physical_string[] = "STRING";

bool column_has_json_strings(const struct column *column)
{
    return column->physical_type && strcmp(column->physical_type, json_physical_string) == 0;
}

static enum cell_class classify_number(struct span s)
{
    int64_t integer;
    double x;

    if (has_leading_zero(s))
        return CELL_TEXT;
    if (number_parse_i64(s, &integer))
        return CELL_INT64;
    return number_parse_double(s, &x) ? CELL_DOUBLE : CELL_TEXT;
}

static enum cell_class classify_time(struct span s)
{
    int64_t x;
    int32_t nanos;
    bool has_zone;

    if (clock_parse_date(s, &x))
        return CELL_DATE;
    if (clock_parse_time(s, &x))
        return CELL_TIME;
    return clock_parse_timestamp(s, &x, &nanos, &has_zone) ? CELL_TIMESTAMP : CELL_TEXT;
}

enum cell_class cell_classify(struct span s, bool is_json_string)
{
    uint8_t first = s.size ? s.at[0] : 0;
    enum cell_class class = CELL_TEXT;

    if (s.size == 0)
        return CELL_TEXT;
    if (!is_json_string && (is_word(s, "true") || is_word(s, "false")))
        return CELL_BOOL;
    if ((first < '0' || first > '9') && first != '+' && first != '-' && first != '.')
        return is_number_word(s) ? CELL_DOUBLE : CELL_TEXT;
    if (!is_json_string || is_number_word(s))
        class = classify_number(s);
    return class == CELL_TEXT ? classify_time(s) : class;
}

/* By a format of the style: what it makes of the cell, or CELL_TEXT. */
static enum cell_class classify_by_format(struct span s, const char *format)
{
    struct clock_parsed p;

    if (!format || !clock_parse_format(s, format, &p))
        return CELL_TEXT;
    return p.has_date && p.has_time ? CELL_TIMESTAMP : p.has_date ? CELL_DATE : p.has_time ? CELL_TIME : CELL_TEXT;
}

/* The first format of the style that the cell is written by; NULL: none. */
static const char *format_that_fits(struct span s, const struct cell_style *style)
{
    static const enum type_kind kinds[] = {TYPE_DATE, TYPE_TIMESTAMP, TYPE_TIME};

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (classify_by_format(s, format_of(style, kinds[i])) != CELL_TEXT)
            return format_of(style, kinds[i]);
    return NULL;
}

/* A format takes the place of ISO 8601 for its kind of cell. */
static bool is_iso_still(enum cell_class class, const struct cell_style *style)
{
    return (class != CELL_DATE || !format_of(style, TYPE_DATE)) && (class != CELL_TIME || !format_of(style, TYPE_TIME)) &&
           (class != CELL_TIMESTAMP || !format_of(style, TYPE_TIMESTAMP));
}

enum cell_class cell_classify_as(struct span s, bool is_json_string, const struct cell_style *style)
{
    const struct cell_rules *r = style ? style->rules : NULL;
    char text[NUMBER_TEXT_MAX];
    enum cell_class class;
    const char *format;
    struct span number;
    uint8_t truth;

    if (!style)
        return cell_classify(s, is_json_string);
    format = format_that_fits(s, style);
    if (format)
        return classify_by_format(s, format);
    if ((r->true_words.is_set || r->false_words.is_set) && parse_bool_as(s, r, &truth))
        return CELL_BOOL;
    class = plain_number(s, r, text, &number) ? cell_classify(number, is_json_string) : CELL_TEXT;
    if (class == CELL_INT64 || class == CELL_DOUBLE)
        return class;
    class = cell_classify(s, is_json_string);
    if (class == CELL_INT64 || class == CELL_DOUBLE || (class == CELL_BOOL && (r->true_words.is_set || r->false_words.is_set)))
        return CELL_TEXT;
    return is_iso_still(class, style) ? class : CELL_TEXT;
}

/* More than six digits behind the last point of a time. */
static bool has_nanos(struct span s)
{
    const uint8_t *point = memchr(s.at, '.', s.size);
    size_t n = 0;

    for (const uint8_t *p = point; p && p + 1 < s.at + s.size && p[1] >= '0' && p[1] <= '9'; p++)
        n++;
    return n > 6;
}

static void add_time(struct cell_classes *classes, struct span cell, enum cell_class class, const struct cell_style *style)
{
    const char *format = style ? format_that_fits(cell, style) : NULL;
    struct clock_parsed p = {0};
    int64_t seconds;
    int32_t nanos;

    if (format) {
        (void)clock_parse_format(cell, format, &p);
        classes->n_nano += p.fraction_digits > 6;
    } else {
        if (class == CELL_TIMESTAMP)
            (void)clock_parse_timestamp(cell, &seconds, &nanos, &p.has_zone);
        classes->n_nano += has_nanos(cell);
    }
    classes->n_zoned += class == CELL_TIMESTAMP && p.has_zone;
}

void cell_classes_add(struct cell_classes *classes, struct span cell, bool is_json_string, const struct cell_style *style)
{
    enum cell_class class = cell_classify_as(cell, is_json_string, style);

    classes->n[class]++;
    if (class == CELL_TIME || class == CELL_TIMESTAMP)
        add_time(classes, cell, class, style);
}

void cell_classes_add_vector(struct cell_classes *classes, const struct vector *v, const struct column *column)
{
    bool is_json_string = column_has_json_strings(column);

    for (int64_t i = 0; i < v->n_rows; i++) {
        if (vector_is_valid(v, i))
            cell_classes_add(classes, v->raw[i], is_json_string, column->style);
        else
            classes->n[CELL_NULL]++;
    }
}

void cell_classes_merge(struct cell_classes *into, const struct cell_classes *from)
{
    for (int i = 0; i < CELL_CLASSES; i++)
        into->n[i] += from->n[i];
    into->n_zoned += from->n_zoned;
    into->n_nano += from->n_nano;
}

struct type cell_class_type(enum cell_class class)
{
    static const enum type_kind kinds[] = {
        [CELL_NULL] = TYPE_STRING, [CELL_BOOL] = TYPE_BOOL, [CELL_INT64] = TYPE_INT64,         [CELL_DOUBLE] = TYPE_DOUBLE,
        [CELL_DATE] = TYPE_DATE,   [CELL_TIME] = TYPE_TIME, [CELL_TIMESTAMP] = TYPE_TIMESTAMP, [CELL_TEXT] = TYPE_STRING,
    };

    return (struct type){.kind = kinds[class], .unit = class == CELL_TIME || class == CELL_TIMESTAMP ? UNIT_MICRO : UNIT_SECOND};
}

/* The one class that covers all cells. */
static enum cell_class common_class(const struct cell_classes *classes)
{
    int64_t all = 0;
    const int64_t *n = classes->n;

    for (int i = CELL_NULL + 1; i < CELL_CLASSES; i++)
        all += n[i];
    for (int i = CELL_NULL + 1; i < CELL_CLASSES; i++)
        if (n[i] == all)
            return all ? (enum cell_class)i : CELL_TEXT;
    if (n[CELL_INT64] + n[CELL_DOUBLE] == all)
        return CELL_DOUBLE;
    return n[CELL_DATE] + n[CELL_TIMESTAMP] == all ? CELL_TIMESTAMP : CELL_TEXT;
}

struct type cell_classes_type(const struct cell_classes *classes)
{
    struct type type = cell_class_type(common_class(classes));

    if (classes->n_nano && (type.kind == TYPE_TIME || type.kind == TYPE_TIMESTAMP))
        type.unit = UNIT_NANO;
    if (type.kind == TYPE_TIMESTAMP)
        type.is_utc = classes->n_zoned > 0;
    return type;
}
