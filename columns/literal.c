/* columns/literal.c -- a suite's literal as a value that a column's values can be compared with.
 *
 * Nothing is rounded on the way: what the type of the column cannot hold becomes an exact decimal, or is refused with
 * its place.
 */
#include "columns/type.h"

#include <math.h>

#include "core/number.h"

enum { DAY_SECONDS = 86400, NANOS = 1000000000 };

/* Everything that making one value needs. */
struct making {
    const struct literal *literal;
    struct type type;
    const struct time_context *time;
    struct arena *arena;
    struct error *err;
};

static enum status refuse(const struct making *m, const char *wanted)
{
    char type[64];
    const struct literal *l = m->literal;
    int shown = l->text.size < 80 ? (int)l->text.size : 80;

    type_print(m->type, type);
    if (l->line > 0) {
        m->err->line = l->line;
        m->err->line_column = l->column;
    }
    if (l->kind == NODE_NULL)
        return error_set(m->err, STATUS_BAD_SUITE, "null cannot be compared with a %s column: it needs %s", type, wanted);
    return error_set(m->err, STATUS_BAD_SUITE, "`%.*s` cannot be compared with a %s column: it needs %s", shown,
                     l->text.size ? (const char *)l->text.at : "", type, wanted);
}

static bool looks_whole(struct span s)
{
    for (size_t i = 0; i < s.size; i++)
        if (s.at[i] == '.' || (s.at[i] | 0x20) == 'e')
            return false;
    return true;
}

/* The number exactly: INT where it is one, else DECIMAL. False: no number, or one of more than 38 digits. */
static bool parse_exact(struct span s, struct value *out)
{
    int128 mantissa, whole;
    int32_t scale;
    int64_t i64;

    if (number_parse_i64(s, &i64)) {
        *out = value_int(i64);
        return true;
    }
    if (!number_parse_decimal(s, &mantissa, &scale))
        return false;
    if (decimal_rescale(mantissa, scale, 0, &whole) && whole >= INT64_MIN && whole <= INT64_MAX)
        *out = value_int((int64_t)whole);
    else
        *out = value_huge(mantissa, scale);
    return true;
}

static enum status make_exact(const struct making *m, struct value *out)
{
    double x;

    if (m->literal->kind != NODE_NUMBER && m->literal->kind != NODE_TEXT)
        return refuse(m, "a number");
    if (parse_exact(m->literal->text, out))
        return STATUS_OK;
    if (!number_parse_double(m->literal->text, &x) || isnan(x))
        return refuse(m, "a number");
    if (!isinf(x) || (m->literal->text.at[m->literal->text.size - 1] | 0x20) < 'f') /* digits, not the word infinity */
        return refuse(m, "a number of at most 38 digits");
    *out = value_double(x);
    return STATUS_OK;
}

/* The value of an IEEE half next to x, half way to the even one; x itself where a half would overflow or lose it to zero. */
static double round_to_half(double x)
{
    int exponent;
    double unit, rounded;

    (void)frexp(x, &exponent);
    unit = ldexp(1, (exponent < -13 ? -13 : exponent) - 11); /* ten bits behind the first; subnormal from 2^-14 down */
    rounded = nearbyint(x / unit) * unit;
    return fabs(rounded) > 65504 || rounded == 0 ? x : rounded;
}

/* What a cell with this text would hold: 0.1 beside floats is the float next to it, or no value of 0.1 would be in [0.1].
 * A number that floats do not reach stays what it is, so that infinity is not within 1e39, nor 0 at least 1e-60. */
static double round_to_type(double x, struct type type)
{
    double rounded = (double)(float)x;

    if (!isfinite(x) || (type.kind != TYPE_FLOAT && type.kind != TYPE_FLOAT16))
        return x;
    if (type.kind == TYPE_FLOAT16)
        return round_to_half(x);
    return isfinite(rounded) && rounded != 0 ? rounded : x;
}

/* Whole numbers past 2^53 stay exact beside doubles, for the double nearest to them is another number. */
static enum status make_double(const struct making *m, struct value *out)
{
    double x;

    if ((m->literal->kind != NODE_NUMBER && m->literal->kind != NODE_TEXT) || !number_parse_double(m->literal->text, &x))
        return refuse(m, "a number");
    *out = value_double(round_to_type(x, m->type));
    if (m->type.kind == TYPE_FLOAT16 || m->type.kind == TYPE_FLOAT)
        return STATUS_OK;
    if (fabs(x) >= 9007199254740992.0 && looks_whole(m->literal->text)) {
        struct value exact;

        if (parse_exact(m->literal->text, &exact))
            *out = exact;
        if (out->kind == VALUE_INT)
            *out = value_huge(exact.i64, 0);
    }
    return STATUS_OK;
}

static enum status make_text(const struct making *m, struct value *out)
{
    struct value borrowed = value_text(m->literal->text);

    if (m->literal->kind == NODE_NULL)
        return refuse(m, "a text");
    if (m->type.kind == TYPE_BINARY)
        borrowed.kind = VALUE_BYTES;
    return value_copy(m->arena, &borrowed, 0, out) ? STATUS_OK : error_no_memory(m->err);
}

static enum status make_bool(const struct making *m, struct value *out)
{
    struct span s = m->literal->text;

    *out = (struct value){.kind = VALUE_BOOL, .boolean = s.size == 4};
    if (m->literal->kind != NODE_BOOL && !(m->literal->kind == NODE_TEXT && (span_is(s, "true") || span_is(s, "false"))))
        return refuse(m, "true or false");
    return STATUS_OK;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum status make_uuid(const struct making *m, struct value *out)
{
    struct span s = m->literal->text;
    uint8_t *bytes = arena_alloc(m->arena, 16);
    size_t n = 0;

    if (!bytes)
        return error_no_memory(m->err);
    for (size_t i = 0; i < s.size; i++) {
        int digit = hex_digit(s.at[i]);

        if (s.at[i] == '-' && s.size == 36 && (i == 8 || i == 13 || i == 18 || i == 23))
            continue;
        if (digit < 0 || n >= 32)
            return refuse(m, "a UUID");
        bytes[n / 2] = (uint8_t)(bytes[n / 2] << 4 | digit);
        n++;
    }
    if (n != 32)
        return refuse(m, "a UUID");
    *out = (struct value){.kind = VALUE_UUID, .bytes = span_of(bytes, 16)};
    return STATUS_OK;
}

/* A point in time: an instant, or a wall-clock time of the suite's zone. */
struct moment {
    int64_t seconds;
    int32_t nanos;
    bool is_instant;
    bool is_date; /* nothing finer than the day was written */
};

static int64_t wall_seconds(const struct making *m, const struct moment *t)
{
    return t->is_instant ? t->seconds + time_zone_offset_at(m->time->zone, t->seconds) : t->seconds;
}

static int64_t day_of(int64_t seconds) { return seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0); }

static struct span trim(struct span s)
{
    while (s.size && *s.at == ' ')
        s = span_of(s.at + 1, s.size - 1);
    while (s.size && s.at[s.size - 1] == ' ')
        s.size--;
    return s;
}

/* now, today, either with + or - a duration. `today` moves by the wall clock, so that days of 23 hours are days. */
static bool parse_relative(const struct making *m, struct span s, struct moment *t)
{
    struct span word;
    bool is_now = s.size >= 3 && memcmp(s.at, "now", 3) == 0;
    bool is_minus;
    int64_t seconds;
    int32_t nanos;

    if (!is_now && !(s.size >= 5 && memcmp(s.at, "today", 5) == 0))
        return false;
    *t = (struct moment){m->time->now_seconds, m->time->now_nanos, true, false};
    if (!is_now)
        *t = (struct moment){day_of(wall_seconds(m, t)) * DAY_SECONDS, 0, false, true};
    (void)span_take(&s, is_now ? 3 : 5, &word);
    s = trim(s);
    if (s.size == 0)
        return true;
    is_minus = *s.at == '-';
    if (!is_minus && *s.at != '+')
        return false;
    s = trim(span_of(s.at + 1, s.size - 1));
    if ((s.size && *s.at == '-') || !clock_parse_duration(s, &seconds, &nanos))
        return false;
    if (is_minus) {
        seconds = -seconds - (nanos > 0);
        nanos = nanos ? NANOS - nanos : 0;
    }
    t->nanos += nanos;
    if (__builtin_add_overflow(t->seconds, seconds + (t->nanos >= NANOS), &t->seconds))
        return false;
    t->nanos %= NANOS;
    t->is_date = t->is_date && t->nanos == 0 && seconds % DAY_SECONDS == 0;
    return true;
}

static bool parse_moment(const struct making *m, struct moment *t)
{
    struct span s = trim(m->literal->text);
    int64_t days;
    bool has_zone;

    if (m->literal->kind != NODE_TEXT)
        return false;
    if (clock_parse_date(s, &days)) {
        *t = (struct moment){days * DAY_SECONDS, 0, false, true};
        return true;
    }
    if (clock_parse_timestamp(s, &t->seconds, &t->nanos, &has_zone)) {
        t->is_instant = has_zone;
        t->is_date = false;
        return true;
    }
    return parse_relative(m, s, t);
}

static enum status make_date(const struct making *m, struct value *out)
{
    struct moment t;
    bool is_written_time;

    if (!parse_moment(m, &t))
        return refuse(m, "a date such as 2024-12-10, `today` or `today - 7d`");
    /* `now - 36h` means the day in which that is; a time of day that somebody wrote out would be lost unseen. */
    is_written_time = m->literal->text.size && m->literal->text.at[0] != 'n' && m->literal->text.at[0] != 't';
    if (is_written_time && (wall_seconds(m, &t) % DAY_SECONDS != 0 || t.nanos != 0))
        return refuse(m, "a date without a time of day");
    *out = (struct value){.kind = VALUE_DATE, .i64 = day_of(wall_seconds(m, &t))};
    return STATUS_OK;
}

static enum status make_time(const struct making *m, struct value *out)
{
    int64_t nanos;

    if (m->literal->kind != NODE_TEXT || !clock_parse_time(trim(m->literal->text), &nanos))
        return refuse(m, "a time of day such as 10:30:00");
    *out = (struct value){.kind = VALUE_TIME, .unit = UNIT_NANO, .i64 = nanos};
    return STATUS_OK;
}

static enum status make_timestamp(const struct making *m, struct value *out)
{
    struct moment t;
    int64_t seconds;
    int128 nanos;

    if (!parse_moment(m, &t))
        return refuse(m, "a time such as 2024-12-10T10:30:00Z, a date, `now` or `now - 24h`");
    if (m->type.is_utc)
        seconds = t.is_instant ? t.seconds : time_zone_to_utc(m->time->zone, t.seconds);
    else
        seconds = wall_seconds(m, &t);
    *out = (struct value){.kind = VALUE_TIMESTAMP, .unit = UNIT_NANO, .is_utc = m->type.is_utc};
    nanos = (int128)seconds * NANOS + t.nanos;
    if (nanos >= INT64_MIN && nanos <= INT64_MAX) {
        out->i64 = (int64_t)nanos;
        return STATUS_OK;
    }
    out->unit = UNIT_MICRO;
    if (t.nanos % 1000 != 0 || nanos / 1000 > INT64_MAX || nanos / 1000 < INT64_MIN)
        return refuse(m, "a time that 64 bits of microseconds can hold");
    out->i64 = (int64_t)(nanos / 1000);
    return STATUS_OK;
}

/* Nothing is known of the column: the literal's own look decides. */
static enum status make_as_it_looks(const struct making *m, struct value *out)
{
    switch (m->literal->kind) {
    case NODE_NUMBER:
        return parse_exact(m->literal->text, out) ? STATUS_OK : make_double(m, out);
    case NODE_BOOL:
        return make_bool(m, out);
    default:
        return make_text(m, out);
    }
}

enum status literal_to_value(const struct literal *literal, struct type type, const struct time_context *time,
                             struct arena *arena, struct value *out, struct error *err)
{
    struct making m = {literal, type, time, arena, err};

    switch (type.kind) {
    case TYPE_BOOL:
        return make_bool(&m, out);
    case TYPE_FLOAT16:
    case TYPE_FLOAT:
    case TYPE_DOUBLE:
        return make_double(&m, out);
    case TYPE_STRING:
    case TYPE_BINARY:
        return make_text(&m, out);
    case TYPE_UUID:
        return make_uuid(&m, out);
    case TYPE_DATE:
        return make_date(&m, out);
    case TYPE_TIME:
        return make_time(&m, out);
    case TYPE_TIMESTAMP:
        return make_timestamp(&m, out);
    case TYPE_UNKNOWN:
    case TYPE_NULL:
        return make_as_it_looks(&m, out);
    case TYPE_INTERVAL:
    case TYPE_NESTED:
        return refuse(&m, "a column of simple values");
    default:
        return make_exact(&m, out);
    }
}
