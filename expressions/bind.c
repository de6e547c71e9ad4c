/* expressions/bind.c -- terms: columns get their types, literals become values of them. */
#include <stdio.h>

#include "core/number.h"
#include "expressions/compile.h"

static const char *const class_names[] = {
    "null", "a bool", "a number", "text", "binary", "a uuid", "a date", "a time", "a timestamp", "a duration", "nested"};

const char *class_name(enum class class)
{
    return class_names[class];
}

static enum class class_of_type(struct type type)
{
    switch (type.kind) {
    case TYPE_NULL:
        return CLASS_NULL;
    case TYPE_BOOL:
        return CLASS_BOOL;
    case TYPE_STRING:
        return CLASS_TEXT;
    case TYPE_BINARY:
        return CLASS_BYTES;
    case TYPE_UUID:
        return CLASS_UUID;
    case TYPE_DATE:
        return CLASS_DATE;
    case TYPE_TIME:
        return CLASS_TIME;
    case TYPE_TIMESTAMP:
        return CLASS_TIMESTAMP;
    default:
        return type_is_numeric(type) ? CLASS_NUMBER : CLASS_OTHER;
    }
}

static enum class class_of_value(const struct value *v)
{
    static const enum class classes[] = {
        [VALUE_NONE] = CLASS_NULL, [VALUE_NULL] = CLASS_NULL, [VALUE_BOOL] = CLASS_BOOL, [VALUE_INT] = CLASS_NUMBER,
        [VALUE_UINT] = CLASS_NUMBER, [VALUE_DOUBLE] = CLASS_NUMBER, [VALUE_DECIMAL] = CLASS_NUMBER, [VALUE_TEXT] = CLASS_TEXT,
        [VALUE_BYTES] = CLASS_BYTES, [VALUE_UUID] = CLASS_UUID, [VALUE_DATE] = CLASS_DATE, [VALUE_TIME] = CLASS_TIME,
        [VALUE_TIMESTAMP] = CLASS_TIMESTAMP, [VALUE_DURATION] = CLASS_DURATION};

    return classes[v->kind];
}

static bool is_moment(enum class class)
{
    return class == CLASS_DATE || class == CLASS_TIMESTAMP;
}

bool classes_compare(enum class a, enum class b)
{
    if (a == CLASS_OTHER || b == CLASS_OTHER)
        return false;
    if (a == b || a == CLASS_NULL || b == CLASS_NULL || (is_moment(a) && is_moment(b)))
        return true;
    return (a == CLASS_TEXT && b == CLASS_BYTES) || (a == CLASS_BYTES && b == CLASS_TEXT);
}

static bool family_has(enum family family, enum class class)
{
    switch (family) {
    case FAMILY_NUMBER:
        return class == CLASS_NUMBER;
    case FAMILY_TEXT:
        return class == CLASS_TEXT;
    case FAMILY_TIME:
        return is_moment(class) || class == CLASS_TIME;
    case FAMILY_BOOL:
        return class == CLASS_BOOL;
    default:
        return false; /* it could have become anything, so what it became is the data's doing */
    }
}

enum status refuse_term(struct compiler *c, const struct term *term, const char *what)
{
    char type[64];

    if (term->kind != TERM_COLUMN)
        return error_set(c->err, STATUS_BAD_SUITE, "%s cannot be %s", class_name(term->class), what);
    type_print(term->type, type);
    error_set(c->err, family_has(term->family, term->class) ? STATUS_BAD_SUITE : STATUS_BAD_DATA,
              "column `%s` is %s, which cannot be %s", term->name, type, what);
    error_column(c->err, term->name);
    return c->err->status;
}

static enum status no_memory(struct compiler *c)
{
    return memory_error(c->arena->memory, "an expression", c->err);
}

static enum status new_term(struct compiler *c, enum term_kind kind, enum class class, int32_t n_args, struct term **out)
{
    struct term *t = arena_alloc(c->arena, sizeof *t);

    *out = t;
    if (!t)
        return no_memory(c);
    t->kind = kind;
    t->class = class;
    t->n_args = n_args;
    t->slot = -1;
    t->args = n_args ? arena_array(c->arena, (size_t)n_args, sizeof *t->args) : NULL;
    return n_args && !t->args ? no_memory(c) : STATUS_OK;
}

enum status constant_term(struct compiler *c, const struct value *v, enum class class, struct term **out)
{
    TRY(new_term(c, TERM_CONSTANT, class, 0, out));
    (*out)->constant = *v;
    (*out)->is_float = v->kind == VALUE_DOUBLE;
    return STATUS_OK;
}

static enum status value_constant(struct compiler *c, const struct value *v, struct term **out)
{
    return constant_term(c, v, class_of_value(v), out);
}

static bool grow_slots(struct compiler *c)
{
    struct predicate *p = c->predicate;
    int32_t capacity = p->slots_capacity ? p->slots_capacity * 2 : 8;
    int32_t *slots = arena_array(c->arena, (size_t)capacity, sizeof *slots);
    struct slot_use *uses = arena_array(c->arena, (size_t)capacity, sizeof *uses);

    if (!slots || !uses)
        return false;
    for (int32_t i = 0; i < p->n_slots; i++) {
        slots[i] = p->slots[i];
        uses[i] = p->uses[i];
    }
    p->slots = slots;
    p->uses = uses;
    p->slots_capacity = capacity;
    return true;
}

enum status note_slot(struct compiler *c, const struct term *column, int32_t n_values)
{
    struct predicate *p = c->predicate;
    int32_t at = 0;

    while (at < p->n_slots && p->slots[at] < column->slot)
        at++;
    if (at == p->n_slots || p->slots[at] != column->slot) {
        if (p->n_slots == p->slots_capacity && !grow_slots(c))
            return no_memory(c);
        for (int32_t i = p->n_slots++; i > at; i--) {
            p->slots[i] = p->slots[i - 1];
            p->uses[i] = p->uses[i - 1];
        }
        p->slots[at] = column->slot;
        p->uses[at] = (struct slot_use){type_lane(column->type), 0};
    }
    p->uses[at].n_values += n_values;
    return STATUS_OK;
}

/* Who knows SQL from MySQL writes "text"; the column it then names is missing. */
static void add_quote_hint(const struct expression *e, struct error *err)
{
    size_t n = strlen(err->text);

    if (e->is_quoted && err->status == STATUS_NOT_FOUND)
        snprintf(err->text + n, sizeof err->text - n, "; text is written in 'single quotes'");
}

static enum status column_term(struct compiler *c, const struct expression *e, enum hint wanted, struct term **out)
{
    struct term *t;
    enum status status;

    TRY(new_term(c, TERM_COLUMN, CLASS_OTHER, 0, out));
    t = *out;
    t->name = e->text;
    t->family = family_of(wanted);
    status = c->binder->bind(c->binder->context, e->text, t->family, &t->slot, &t->type, c->err);
    if (status != STATUS_OK) {
        add_quote_hint(e, c->err);
        return status;
    }
    t->class = class_of_type(t->type);
    t->is_float = type_is_float(t->type);
    return note_slot(c, t, 1);
}

/* A number by its own look: an integer or decimal where 38 digits hold it, else a double. */
static bool number_value(struct span text, struct value *out)
{
    int128 mantissa;
    int32_t scale;
    double x;

    if (number_parse_decimal(text, &mantissa, &scale) && scale > -38 && scale < 400) {
        int128 whole;

        if (scale <= 0 && decimal_rescale(mantissa, scale, 0, &whole)) {
            mantissa = whole;
            scale = 0;
        }
        if (scale >= 0) {
            *out = scale == 0 && mantissa >= INT64_MIN && mantissa <= INT64_MAX ? value_int((int64_t)mantissa)
                                                                                : value_huge(mantissa, scale);
            return true;
        }
    }
    if (!number_parse_double(text, &x))
        return false;
    *out = value_double(x);
    return true;
}

static enum status number_literal(struct compiler *c, const struct literal *literal, bool as_double, struct term **out)
{
    struct value v;
    double x;

    if (as_double && number_parse_double(literal->text, &x))
        v = value_double(x);
    else if (!number_value(literal->text, &v))
        return error_set(c->err, STATUS_BAD_SUITE, "`%.*s` is no number", (int)literal->text.size, (const char *)literal->text.at);
    return value_constant(c, &v, out);
}

static enum status duration_literal(struct compiler *c, const struct literal *literal, struct term **out)
{
    struct value v = {.kind = VALUE_DURATION, .unit = UNIT_NANO};
    int64_t seconds;
    int32_t nanos;

    if (!clock_parse_duration(literal->text, &seconds, &nanos))
        return error_set(c->err, STATUS_BAD_SUITE, "'%.*s' is no duration; write 90s, 15m, 24h, 7d or '24 hours'",
                         (int)literal->text.size, (const char *)literal->text.at);
    if (__builtin_mul_overflow(seconds, (int64_t)1000000000, &v.i64) || __builtin_add_overflow(v.i64, (int64_t)nanos, &v.i64)) {
        v.unit = UNIT_SECOND;
        v.i64 = seconds;
    }
    return value_constant(c, &v, out);
}

static enum status literal_as(struct compiler *c, const struct literal *literal, struct type type, struct term **out)
{
    struct value v;

    TRY(literal_to_value(literal, type, c->binder->time, c->arena, &v, c->err));
    return value_constant(c, &v, out);
}

/* date '2024-01-01' and its like on their own. */
static enum status worded_literal(struct compiler *c, const struct expression *e, struct term **out)
{
    int64_t seconds;
    int32_t nanos;
    bool has_zone = false;

    switch (e->word) {
    case WORD_INTERVAL:
        return duration_literal(c, &e->literal, out);
    case WORD_DATE:
        return literal_as(c, &e->literal, (struct type){.kind = TYPE_DATE}, out);
    case WORD_TIME:
        return literal_as(c, &e->literal, (struct type){.kind = TYPE_TIME, .unit = UNIT_NANO}, out);
    default:
        (void)clock_parse_timestamp(e->literal.text, &seconds, &nanos, &has_zone);
        return literal_as(c, &e->literal, (struct type){.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO, .is_utc = has_zone}, out);
    }
}

static enum status plain_literal(struct compiler *c, const struct literal *literal, struct term **out)
{
    struct value v = {.kind = VALUE_NULL};

    switch (literal->kind) {
    case NODE_NUMBER:
        return number_literal(c, literal, false, out);
    case NODE_BOOL:
        v = (struct value){.kind = VALUE_BOOL, .boolean = literal->text.size == 4};
        break;
    case NODE_TEXT:
        v = value_text(literal->text);
        break;
    default:
        break;
    }
    return value_constant(c, &v, out);
}

bool is_raw_literal(const struct expression *e)
{
    return e->kind == EXPRESSION_LITERAL && e->word == WORD_PLAIN;
}

/* "compared with the text 'abc'" */
static enum status refuse_literal(struct compiler *c, const struct term *beside, const struct literal *literal)
{
    static const char *const kinds[] = {[NODE_NULL] = "null", [NODE_BOOL] = "the bool", [NODE_NUMBER] = "the number", [NODE_TEXT] = "the text"};
    char what[120];
    struct span text = literal->text;

    snprintf(what, sizeof what, "compared with %s %s%.*s%s", kinds[literal->kind], literal->kind == NODE_TEXT ? "'" : "",
             (int)(text.size > 60 ? 60 : text.size), (const char *)text.at, literal->kind == NODE_TEXT ? "'" : "");
    return refuse_term(c, beside, what);
}

/* The type that a text beside a computed value is read as; false: its class has none. */
static bool type_of_class(const struct term *term, struct type *type)
{
    *type = (struct type){.unit = UNIT_NANO};
    if (term->kind == TERM_COLUMN)
        *type = term->type;
    else if (term->class == CLASS_DATE)
        type->kind = TYPE_DATE;
    else if (term->class == CLASS_TIME)
        type->kind = TYPE_TIME;
    else if (term->class == CLASS_TIMESTAMP)
        *type = (struct type){.kind = TYPE_TIMESTAMP, .unit = UNIT_MICRO, .is_utc = true};
    else if (term->class == CLASS_BOOL)
        type->kind = TYPE_BOOL;
    else if (term->class == CLASS_UUID)
        type->kind = TYPE_UUID;
    else
        return false;
    return true;
}

/* Text beside what is no text: '18' for a number, 'now - 24h' for a timestamp. */
static enum status text_beside(struct compiler *c, const struct literal *literal, const struct term *beside, struct term **out)
{
    bool is_strict = beside->class == CLASS_NUMBER || beside->class == CLASS_BOOL;
    struct error quiet = ERROR_NONE;
    struct type type;
    struct value v;

    if (beside->class == CLASS_DURATION)
        return duration_literal(c, literal, out);
    if (!type_of_class(beside, &type))
        return refuse_literal(c, beside, literal);
    if (!is_strict)
        return literal_as(c, literal, type, out);
    if (literal_to_value(literal, type, c->binder->time, c->arena, &v, &quiet) != STATUS_OK)
        return quiet.status == STATUS_BAD_SUITE ? refuse_literal(c, beside, literal) : error_set(c->err, quiet.status, "%s", quiet.text);
    if (!classes_compare(class_of_value(&v), beside->class))
        return refuse_literal(c, beside, literal);
    return value_constant(c, &v, out);
}

enum status literal_beside(struct compiler *c, const struct expression *e, const struct term *beside, struct term **out)
{
    const struct literal *literal = &e->literal;

    if (beside->class == CLASS_OTHER)
        return refuse_literal(c, beside, literal);
    if (literal->kind == NODE_NULL || beside->class == CLASS_NULL)
        return plain_literal(c, literal, out);
    switch (literal->kind) {
    case NODE_NUMBER:
        if (beside->class == CLASS_NUMBER)
            return beside->kind == TERM_COLUMN ? literal_as(c, literal, beside->type, out)
                                               : number_literal(c, literal, beside->is_float, out);
        if (beside->class == CLASS_TEXT && beside->kind == TERM_COLUMN && beside->family == FAMILY_TEXT) {
            struct value v = value_text(literal->text); /* a list of texts and numbers */

            return value_constant(c, &v, out);
        }
        return refuse_literal(c, beside, literal);
    case NODE_BOOL:
        if (beside->class == CLASS_TEXT && beside->kind == TERM_COLUMN && beside->family == FAMILY_TEXT) {
            struct value v = value_text(literal->text);

            return value_constant(c, &v, out);
        }
        return beside->class == CLASS_BOOL ? plain_literal(c, literal, out) : refuse_literal(c, beside, literal);
    default:
        if (beside->class == CLASS_TEXT || beside->class == CLASS_BYTES)
            return plain_literal(c, literal, out);
        return text_beside(c, literal, beside, out);
    }
}

/* A constant stands for what is computed from constants alone. */
static bool is_constant(const struct term *t)
{
    for (int32_t i = 0; i < t->n_args; i++)
        if (t->args[i]->kind != TERM_CONSTANT)
            return false;
    return t->kind == TERM_ARITHMETIC || t->kind == TERM_NEGATE || t->kind == TERM_ABS;
}

static void fold(struct compiler *c, struct term *t)
{
    struct rows rows = {.replaced_slot = -1, .zone = c->binder->time->zone};

    if (!is_constant(t))
        return;
    t->constant = term_value(t, &rows, 0);
    t->kind = TERM_CONSTANT;
    t->is_float = t->constant.kind == VALUE_DOUBLE;
    if (t->constant.kind == VALUE_NULL)
        t->class = CLASS_NULL;
}

/* The class of a op b; CLASS_OTHER: there is none. */
static enum class class_of_arithmetic(char operation, enum class a, enum class b)
{
    if (a == CLASS_OTHER || b == CLASS_OTHER)
        return CLASS_OTHER;
    if (a == CLASS_NULL || b == CLASS_NULL)
        return a == CLASS_NULL ? b : a;
    if (a == CLASS_NUMBER && b == CLASS_NUMBER)
        return CLASS_NUMBER;
    if (operation != '+' && operation != '-')
        return CLASS_OTHER;
    if (a == CLASS_DURATION && b == CLASS_DURATION)
        return CLASS_DURATION;
    if (is_moment(a) && b == CLASS_DURATION)
        return CLASS_TIMESTAMP;
    if (operation == '+')
        return a == CLASS_DURATION && is_moment(b) ? CLASS_TIMESTAMP : CLASS_OTHER;
    return (is_moment(a) && is_moment(b)) || (a == CLASS_TIME && b == CLASS_TIME) ? CLASS_DURATION : CLASS_OTHER;
}

/* What each operand of an arithmetic is wanted to be. */
static enum hint operand_hint(const struct expression *e, const struct expression *other, enum hint wanted)
{
    enum hint beside = hint_of(other);

    if (e->operation != '-' && e->operation != '+')
        return HINT_NUMBER;
    if (beside == HINT_TIME || beside == HINT_DATE_TEXT || beside == HINT_DURATION)
        return HINT_TIME;
    if (beside == HINT_NONE && e->operation == '-' && wanted == HINT_DURATION)
        return HINT_TIME;
    return HINT_NUMBER;
}

static enum status refuse_arithmetic(struct compiler *c, char operation, const struct term *a, const struct term *b)
{
    bool a_is_wrong = a->class != CLASS_NUMBER && (b->class == CLASS_NUMBER || a->kind == TERM_COLUMN);
    char what[100];

    if (is_moment(a->class) && b->class == CLASS_NUMBER)
        return error_set(c->err, STATUS_BAD_SUITE, "%s and a number have no `%c`; durations are written 24h or 7d",
                         class_name(a->class), operation);
    snprintf(what, sizeof what, "an operand of `%c` with %s", operation, class_name(a_is_wrong ? b->class : a->class));
    return refuse_term(c, a_is_wrong ? a : b, what);
}

static enum status arithmetic_term(struct compiler *c, const struct expression *e, enum hint wanted, struct term **out)
{
    struct term *a = NULL, *b = NULL;
    bool a_waits = is_raw_literal(e->args[0]) && e->args[0]->literal.kind == NODE_TEXT;
    bool b_waits = is_raw_literal(e->args[1]) && e->args[1]->literal.kind == NODE_TEXT;
    enum class class;

    if (!a_waits || b_waits)
        TRY(compile_term(c, e->args[0], operand_hint(e, e->args[1], wanted), &a));
    if (!b_waits)
        TRY(compile_term(c, e->args[1], operand_hint(e, e->args[0], wanted), &b));
    if (!a)
        TRY(literal_beside(c, e->args[0], b, &a));
    if (!b)
        TRY(literal_beside(c, e->args[1], a, &b));
    class = class_of_arithmetic(e->operation, a->class, b->class);
    if (class == CLASS_OTHER)
        return refuse_arithmetic(c, e->operation, a, b);
    TRY(new_term(c, TERM_ARITHMETIC, class, 2, out));
    (*out)->operation = e->operation;
    (*out)->args[0] = a;
    (*out)->args[1] = b;
    (*out)->is_float = a->is_float || b->is_float || e->operation == '/';
    fold(c, *out);
    return STATUS_OK;
}

static bool call_takes(enum term_kind kind, enum class class)
{
    switch (kind) {
    case TERM_LENGTH:
        return class == CLASS_TEXT || class == CLASS_BYTES;
    case TERM_NEGATE: case TERM_ABS:
        return class == CLASS_NUMBER || class == CLASS_DURATION;
    default:
        return class == CLASS_TEXT;
    }
}

static enum status call_term(struct compiler *c, enum term_kind kind, const struct expression *arg, const char *name, struct term **out)
{
    bool is_of_text = kind != TERM_NEGATE && kind != TERM_ABS;
    struct term *a;
    char what[64];

    TRY(compile_term(c, arg, is_of_text ? HINT_TEXT : HINT_NUMBER, &a));
    if (a->class != CLASS_NULL && !call_takes(kind, a->class)) {
        snprintf(what, sizeof what, "the operand of %s", name);
        return refuse_term(c, a, what);
    }
    TRY(new_term(c, kind, kind == TERM_LENGTH ? CLASS_NUMBER : a->class == CLASS_NULL && is_of_text ? CLASS_TEXT : a->class, 1, out));
    (*out)->args[0] = a;
    (*out)->is_float = a->is_float;
    if (kind == TERM_LOWER || kind == TERM_UPPER)
        (*out)->number = c->predicate->n_buffers++;
    fold(c, *out);
    return STATUS_OK;
}

static enum status coalesce_term(struct compiler *c, const struct expression *e, enum hint wanted, struct term **out)
{
    enum hint hint = hint_of(e);
    const struct term *leader = NULL;

    TRY(new_term(c, TERM_COALESCE, CLASS_NULL, e->n_args, out));
    for (int32_t i = 0; i < e->n_args; i++) {
        if (is_raw_literal(e->args[i]))
            continue;
        TRY(compile_term(c, e->args[i], hint != HINT_NONE ? hint : wanted, &(*out)->args[i]));
        if (!leader && (*out)->args[i]->class != CLASS_NULL)
            leader = (*out)->args[i];
    }
    for (int32_t i = 0; i < e->n_args; i++) {
        struct term **arg = &(*out)->args[i];

        if (!*arg && leader)
            TRY(literal_beside(c, e->args[i], leader, arg));
        else if (!*arg)
            TRY(plain_literal(c, &e->args[i]->literal, arg));
        if ((*arg)->class == CLASS_NULL)
            continue;
        if ((*out)->class == CLASS_NULL)
            (*out)->class = (*arg)->class;
        if (!classes_compare((*out)->class, (*arg)->class))
            return refuse_term(c, *arg, "an alternative of coalesce to another type");
        (*out)->is_float |= (*arg)->is_float;
    }
    return STATUS_OK;
}

static enum status now_term(struct compiler *c, struct term **out)
{
    const struct time_context *now = c->binder->time;
    struct value v = {.kind = VALUE_TIMESTAMP, .unit = UNIT_NANO, .is_utc = true};

    if (__builtin_mul_overflow(now->now_seconds, (int64_t)1000000000, &v.i64) ||
        __builtin_add_overflow(v.i64, (int64_t)now->now_nanos, &v.i64)) {
        v.unit = UNIT_SECOND;
        v.i64 = now->now_seconds;
    }
    return value_constant(c, &v, out);
}

static enum status today_term(struct compiler *c, struct term **out)
{
    const struct time_context *now = c->binder->time;
    int64_t wall = now->now_seconds + time_zone_offset_at(now->zone, now->now_seconds);
    struct value v = {.kind = VALUE_DATE, .i64 = wall / 86400 - (wall % 86400 < 0)};

    return value_constant(c, &v, out);
}

static enum status truth_term(struct compiler *c, const struct expression *e, struct term **out)
{
    struct test *test;

    TRY(compile_test(c, e, &test));
    TRY(new_term(c, TERM_TRUTH, CLASS_BOOL, 0, out));
    (*out)->test = test;
    (*out)->number = c->predicate->n_truths++;
    return STATUS_OK;
}

enum status compile_term(struct compiler *c, const struct expression *e, enum hint wanted, struct term **out)
{
    static const enum term_kind calls[] = {TERM_LENGTH, TERM_ABS, TERM_LOWER, TERM_UPPER, TERM_TRIM};

    switch (e->kind) {
    case EXPRESSION_COLUMN:
        return column_term(c, e, wanted, out);
    case EXPRESSION_LITERAL:
        return e->word == WORD_PLAIN ? plain_literal(c, &e->literal, out) : worded_literal(c, e, out);
    case EXPRESSION_NOW:
        return now_term(c, out);
    case EXPRESSION_TODAY:
        return today_term(c, out);
    case EXPRESSION_ARITHMETIC:
        return arithmetic_term(c, e, wanted, out);
    case EXPRESSION_NEGATE:
        return call_term(c, TERM_NEGATE, e->args[0], "unary -", out);
    case EXPRESSION_CALL:
        if (e->function == FUNCTION_COALESCE)
            return coalesce_term(c, e, wanted, out);
        return call_term(c, calls[e->function], e->args[0], function_names[e->function], out);
    default:
        return truth_term(c, e, out);
    }
}
