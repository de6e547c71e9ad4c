/* validator/rows.c -- see rows.h. */
#include "validator/rows.h"

#include "kernels/kernels.h"

enum { WORDS = CHUNK_MAX_ROWS / 64 };
enum { MASK_NULLS, MASK_NANS, MASK_MALFORMED, MASK_SOME, MASK_ALWAYS, MASKS };

enum status eye_init(struct eye *eye, const struct plan *plan, struct arena *arena, struct error *err)
{
    *eye = (struct eye){.plan = plan, .memory = plan->memory};
    eye->predicates = arena_array(arena, (size_t)plan->n_predicates + 1, sizeof *eye->predicates);
    eye->slots = arena_array(arena, (size_t)plan->n_slots + 1, sizeof *eye->slots);
    eye->masks = arena_array(arena, MASKS * WORDS, sizeof *eye->masks);
    eye->unexpected = arena_array(arena, WORDS, sizeof *eye->unexpected);
    if (!eye->predicates || !eye->slots || !eye->masks || !eye->unexpected)
        return error_no_memory(err);
    for (int32_t i = 0; i < plan->n_predicates; i++) {
        struct eye_predicate *p = &eye->predicates[i];

        p->is_true = arena_array(arena, WORDS, sizeof *p->is_true);
        p->is_unknown = arena_array(arena, WORDS, sizeof *p->is_unknown);
        if (!p->is_true || !p->is_unknown)
            return error_no_memory(err);
        if (!plan->predicates[i].is_true)
            TRY(predicate_scratch_new(plan->predicates[i].predicate, plan->memory, &p->scratch, err));
    }
    return STATUS_OK;
}

void eye_done(struct eye *eye)
{
    for (int32_t i = 0; eye->predicates && i < eye->plan->n_predicates; i++)
        if (eye->predicates[i].scratch)
            predicate_scratch_free(eye->predicates[i].scratch);
    eye->predicates = NULL;
}

void eye_turn(struct eye *eye, int64_t n_rows)
{
    eye->n_rows = n_rows;
    for (int32_t i = 0; i < eye->plan->n_predicates; i++)
        eye->predicates[i].is_fresh = false;
}

static enum status look(struct eye *eye, int32_t predicate, struct eye_predicate **out, struct error *err)
{
    struct eye_predicate *p = *out = &eye->predicates[predicate];

    if (p->is_fresh)
        return STATUS_OK;
    p->trouble = NULL;
    if (eye->plan->predicates[predicate].is_true) {
        bitmap_fill(p->is_true, eye->n_rows);
        memset(p->is_unknown, 0, BITMAP_WORDS(eye->n_rows) * sizeof *p->is_unknown);
    } else {
        TRY(predicate_eval(eye->plan->predicates[predicate].predicate, p->scratch, eye->slots, eye->n_rows, p->is_true,
                           p->is_unknown, &p->trouble, err));
    }
    p->n_true = bitmap_count(p->is_true, eye->n_rows);
    p->is_fresh = true;
    return STATUS_OK;
}

enum status eye_where(struct eye *eye, int32_t predicate, const uint64_t **rows, int64_t *n_selected, const char **trouble,
                      struct error *err)
{
    struct eye_predicate *p;

    *rows = NULL;
    *n_selected = eye->n_rows;
    if (predicate == NO_PREDICATE)
        return STATUS_OK;
    TRY(look(eye, predicate, &p, err));
    *rows = p->is_true;
    *n_selected = p->n_true;
    if (p->trouble)
        *trouble = p->trouble;
    return STATUS_OK;
}

static void mask_or(uint64_t *into, const uint64_t *from, size_t words)
{
    for (size_t w = 0; w < words; w++)
        into[w] |= from[w];
}

/* As vector_nan_mask; there is a zero where there is no value, so a flat vector's values alone tell. false: there are none. */
static bool nan_mask(const struct vector *v, uint64_t *out)
{
    uint64_t any = 0;

    if (v->lane != LANE_F64 || (v->shape == SHAPE_DICTIONARY && v->entries_are_finite))
        return false;
    if (v->shape != SHAPE_FLAT)
        return vector_nan_mask(v, out) > 0;
    kernels_get()->nan_f64(v->f64, v->n_rows, out);
    for (size_t w = 0; w < BITMAP_WORDS(v->n_rows); w++)
        any |= out[w];
    return any != 0;
}

/* Cells that are no value of the type in which the expression reads their column, which of an undeclared one is not always the type
 * that the request has it in: a text beside numbers is no null. */
static void malformed_of_expression(struct eye *eye, const struct plan_request *request, uint64_t *malformed, size_t words)
{
    const struct plan_predicate *holds = &eye->plan->predicates[request->holds];
    const int32_t *slots;
    int32_t n = 0;

    if (holds->is_true)
        return;
    slots = predicate_slots(holds->predicate, &n);
    for (int32_t i = 0; i < n; i++)
        if (eye->slots[slots[i]] && eye->slots[slots[i]]->malformed)
            mask_or(malformed, eye->slots[slots[i]]->malformed, words);
}

/* Nulls of the first column, NaNs and malformed cells of any. */
static void column_masks(struct eye *eye, const struct plan_request *request, const struct metric_input *in)
{
    size_t words = BITMAP_WORDS(in->n_rows);
    uint64_t *nulls = eye->masks + MASK_NULLS * WORDS, *nans = eye->masks + MASK_NANS * WORDS;
    uint64_t *malformed = eye->masks + MASK_MALFORMED * WORDS, *some = eye->masks + MASK_SOME * WORDS;
    bool is_expression = request->request.rule->missing_is_unknown;

    memset(nulls, 0, words * sizeof *nulls);
    memset(nans, 0, words * sizeof *nans);
    memset(malformed, 0, words * sizeof *malformed);
    if (in->n_columns > 0 && in->columns[0]->valid)
        for (size_t w = 0; w < words; w++)
            nulls[w] = ~in->columns[0]->valid[w] & (w + 1 == words ? bitmap_tail(in->n_rows) : ~(uint64_t)0);
    for (int32_t c = 0; c < in->n_columns; c++) {
        /* An expression decides about NaN itself (a NaN operand compares false), unless NaN is to be left out. */
        if ((!is_expression || request->request.rule->nan == NAN_IGNORE) && nan_mask(in->columns[c], some))
            mask_or(nans, some, words);
        if (in->columns[c]->malformed)
            mask_or(malformed, in->columns[c]->malformed, words);
    }
    if (is_expression)
        malformed_of_expression(eye, request, malformed, words);
}

struct word { uint64_t missing, nan, considered, unexpected; };

/* Most words are empty or full, and any x86-64 has no instruction that counts bits. */
static inline int64_t count_bits(uint64_t word)
{
    return word == 0 ? 0 : word == ~(uint64_t)0 ? 64 : __builtin_popcountll(word);
}

/* One word of the algebra: semantics.md, "Five facts in every row-level result". */
static struct word judge_word(const struct rule *rule, bool asks_presence, uint64_t selected, uint64_t nulls, uint64_t nans,
                              uint64_t malformed, uint64_t is_true)
{
    struct word w;
    uint64_t decided;

    w.missing = selected & nulls;
    w.nan = selected & nans & ~w.missing;
    decided = selected & ~w.missing & ~w.nan;
    w.unexpected = decided & ~is_true;
    if (!asks_presence) /* a cell that is no value of its type is no null either */
        w.unexpected |= decided & malformed;
    w.considered = decided;
    if (rule->nulls != NULLS_IGNORE)
        w.considered |= w.missing;
    if (rule->nulls == NULLS_FAIL)
        w.unexpected |= w.missing;
    if (rule->nan == NAN_IGNORE)
        w.missing |= w.nan; /* from here on a null like any other */
    if (rule->nan != NAN_IGNORE || rule->nulls != NULLS_IGNORE)
        w.considered |= w.nan;
    if (rule->nan == NAN_FAIL || (rule->nan == NAN_IGNORE && rule->nulls == NULLS_FAIL))
        w.unexpected |= w.nan;
    return w;
}

/* The rule on rows whose columns' masks are made, and of which `is_true` says where it holds. */
static void apply_rule(struct eye *eye, const struct plan_request *request, struct metric_input *in, const uint64_t *is_true,
                       const uint64_t *is_unknown)
{
    const struct rule *rule = request->request.rule;
    const uint64_t *nulls = eye->masks + MASK_NULLS * WORDS;
    bool asks_presence = rule->malformed_is_value || (eye->plan->predicates[request->holds].is_true && rule->nulls == NULLS_FAIL);
    size_t words = BITMAP_WORDS(in->n_rows);
    uint64_t any = 0;

    in->n_missing = in->n_nan = in->n_considered = 0;
    for (size_t i = 0; i < words; i++) {
        uint64_t malformed = eye->masks[MASK_MALFORMED * WORDS + i];
        uint64_t selected = in->rows ? in->rows[i] : i + 1 == words ? bitmap_tail(in->n_rows) : ~(uint64_t)0;
        uint64_t missing = rule->missing_is_unknown ? is_unknown[i] & ~malformed : nulls[i];
        struct word w = judge_word(rule, asks_presence, selected, missing, eye->masks[MASK_NANS * WORDS + i], malformed,
                                   is_true[i]);

        in->n_missing += count_bits(w.missing);
        in->n_nan += count_bits(w.nan);
        in->n_considered += count_bits(w.considered);
        eye->unexpected[i] = w.unexpected;
        any |= w.unexpected;
    }
    in->unexpected = any ? eye->unexpected : NULL;
}

enum status eye_rule(struct eye *eye, const struct plan_request *request, struct metric_input *in, struct error *err)
{
    struct eye_predicate *holds;

    TRY(look(eye, request->holds, &holds, err));
    if (holds->trouble)
        in->trouble = holds->trouble;
    column_masks(eye, request, in);
    apply_rule(eye, request, in, holds->is_true, holds->is_unknown);
    return STATUS_OK;
}

void eye_held(struct eye *eye, const struct plan_request *request, struct metric_input *in)
{
    uint64_t *always = eye->masks + MASK_ALWAYS * WORDS;

    bitmap_fill(always, in->n_rows);
    column_masks(eye, request, in);
    apply_rule(eye, request, in, always, eye->masks + MASK_NULLS * WORDS);
}

/* A slice of the entries, as if they were rows. */
static struct vector entries_from(const struct vector *entries, int64_t from, int64_t n)
{
    struct vector rows = {.type = entries->type, .lane = entries->lane, .shape = SHAPE_FLAT, .n_rows = n};

    rows.values = (const uint8_t *)entries->values + (size_t)from * lane_width(entries->lane);
    return rows;
}

enum status eye_entries_hold(struct eye *eye, const struct plan_request *request, const struct vector *entries, bool *all,
                             struct error *err)
{
    int32_t slot = request->request.slots[0];

    *all = true;
    for (int64_t at = 0; at < entries->n_entries && *all; at += CHUNK_MAX_ROWS) {
        int64_t n = entries->n_entries - at < CHUNK_MAX_ROWS ? entries->n_entries - at : CHUNK_MAX_ROWS;
        struct vector rows = entries_from(entries, at, n);
        const struct vector *columns[1] = {&rows};
        struct metric_input in = {.n_rows = n, .n_selected = n, .columns = columns, .n_columns = 1};

        eye->slots[slot] = &rows;
        eye_turn(eye, n);
        TRY(eye_rule(eye, request, &in, err));
        *all = !in.unexpected && !in.trouble && in.n_nan == 0 && in.n_considered == n;
    }
    eye->slots[slot] = NULL;
    return STATUS_OK;
}
