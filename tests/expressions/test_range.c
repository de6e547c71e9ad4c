/* The short cuts (ranges, sets, arrays) against the definition (one value at a time), on values with entropy. */
#include "tests/expressions/chunk.h"

#include "expressions/plan.h"

enum { N = 257 };

/* xorshift64*: the same on every run. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717u;
}

/* Values that meet each other: small, at powers of two, at the ends. */
static int64_t random_int(uint64_t *state)
{
    uint64_t r = next_random(state);
    int64_t near = (int64_t)(next_random(state) % 5) - 2;

    switch (r % 4) {
    case 0:
        return near;
    case 1:
        return (int64_t)(((uint64_t)1 << (r / 4 % 64)) + (uint64_t)near);
    case 2:
        return (int64_t)(((uint64_t)INT64_MAX + (uint64_t)near));
    default:
        return (int64_t)next_random(state);
    }
}

static double random_double(uint64_t *state)
{
    static const double special[] = {0.0, -0.0, NAN, INFINITY, -INFINITY, 0.1, 9007199254740992.0, 9007199254740994.0, 1e300, 5e-324, 0.5, -1.0};
    uint64_t r = next_random(state);

    if (r % 3 == 0)
        return special[r / 3 % (sizeof special / sizeof *special)];
    return r % 3 == 1 ? (double)random_int(state) : (double)(int64_t)(r >> 40) / 8;
}

static struct value random_constant(uint64_t *state)
{
    switch (next_random(state) % 5) {
    case 0:
        return value_int(random_int(state));
    case 1:
        return (struct value){.kind = VALUE_UINT, .u64 = (uint64_t)random_int(state)};
    case 2:
        return value_double(random_double(state));
    case 3:
        return value_huge((int128)random_int(state) * (int64_t)(next_random(state) % 1000 + 1), (int32_t)(next_random(state) % 12));
    default:
        return value_huge(random_int(state), (int32_t)(next_random(state) % 4));
    }
}

struct numbers {
    struct type type;
    struct vector vector;
    int128 i128[N];
    int64_t i64[N];
    double f64[N];
    struct span bytes[N];
};

static const struct type types[] = {
    {.kind = TYPE_INT64}, {.kind = TYPE_UINT64}, {.kind = TYPE_DOUBLE}, {.kind = TYPE_DECIMAL, .precision = 18, .scale = 2},
    {.kind = TYPE_DECIMAL, .precision = 38, .scale = 5},
};

static void fill(struct numbers *c, struct type type, uint64_t *state)
{
    c->type = type;
    for (int i = 0; i < N; i++) {
        c->i64[i] = random_int(state);
        c->f64[i] = random_double(state);
        c->i128[i] = (int128)random_int(state) * (int64_t)(next_random(state) % 100000);
    }
    c->vector = (struct vector){.type = type, .lane = type_lane(type), .n_rows = N};
    c->vector.values = c->vector.lane == LANE_F64 ? (const void *)c->f64 : c->vector.lane == LANE_I128 ? (const void *)c->i128 : (const void *)c->i64;
}

static bool in_range(const struct range *r, const struct vector *v, int i)
{
    if (r->is_empty)
        return false;
    switch (r->lane) {
    case LANE_I64:
        return v->i64[i] >= r->i64.low && v->i64[i] <= r->i64.high;
    case LANE_U64:
        return v->u64[i] >= r->u64.low && v->u64[i] <= r->u64.high;
    case LANE_F64:
        return v->f64[i] >= r->f64.low && v->f64[i] <= r->f64.high;
    default:
        return v->i128[i] >= r->i128.low && v->i128[i] <= r->i128.high;
    }
}

static void a_range_holds_what_compares_so(void **state)
{
    static struct numbers column;
    uint64_t seed = 20241210;
    int64_t n_ranges = 0;

    (void)state;
    for (int round = 0; round < 4000; round++) {
        struct value constant = random_constant(&seed);
        enum comparison op = (enum comparison)(next_random(&seed) % 6);
        struct range range;

        if (round % 50 == 0)
            fill(&column, types[(size_t)round / 50 % (sizeof types / sizeof *types)], &seed);
        if (!range_from(column.type, op, &constant, NULL, &range))
            continue;
        n_ranges++;
        for (int i = 0; i < N; i++) {
            struct value x = vector_entry(&column.vector, i);
            bool wanted = values_compare(op, &x, &constant, NULL) == ANSWER_TRUE;

            if (in_range(&range, &column.vector, i) != (op == COMPARE_NE ? !wanted : wanted))
                fail_msg("round %d, row %d, op %d", round, i, op);
        }
    }
    assert_true(n_ranges > 3000);
}

static void a_set_holds_what_equals_a_member(void **state)
{
    static struct numbers column;
    static uint64_t hashes[N];
    uint64_t seed = 7;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct arena arena = {0};
        struct value values[40];
        int32_t n = (int32_t)(next_random(&seed) % 40);
        uint64_t out[BITMAP_WORDS(N)];
        struct set set;

        fill(&column, types[(size_t)round % (sizeof types / sizeof *types)], &seed);
        for (int32_t i = 0; i < n; i++)
            do
                values[i] = next_random(&seed) % 2 ? vector_entry(&column.vector, (int64_t)(next_random(&seed) % N)) : random_constant(&seed);
            while (values[i].kind == VALUE_DOUBLE && column.type.kind == TYPE_DECIMAL); /* no literal becomes that */
        assert_true(set_build(&arena, column.type, values, n, NULL, &set));
        set_lookup(&set, &column.vector, N, hashes, out);
        for (int i = 0; i < N; i++) {
            struct value x = vector_entry(&column.vector, i);
            bool wanted = false;

            for (int32_t k = 0; k < n && !wanted; k++)
                wanted = values_compare(COMPARE_EQ, &x, &values[k], NULL) == ANSWER_TRUE;
            if (wanted != bit_get(out, i))
                fail_msg("round %d, row %d", round, i);
        }
        arena_done(&arena);
    }
}

static void a_set_of_texts_holds_its_members(void **state)
{
    static struct span texts[CHUNK_MAX_ROWS];
    static char bytes[CHUNK_MAX_ROWS][16];
    static uint64_t hashes[CHUNK_MAX_ROWS];
    static struct value values[CHUNK_MAX_ROWS / 2];
    uint64_t out[BITMAP_WORDS(CHUNK_MAX_ROWS)];
    struct arena arena = {0};
    struct set set;
    struct vector v = {.type = {.kind = TYPE_STRING}, .lane = LANE_BYTES, .n_rows = CHUNK_MAX_ROWS, .bytes = texts};

    (void)state;
    for (int i = 0; i < CHUNK_MAX_ROWS; i++) {
        texts[i] = span_of(bytes[i], (size_t)snprintf(bytes[i], sizeof bytes[i], "%x", i * i));
        if (i % 2 == 0)
            values[i / 2] = value_text(texts[i]);
    }
    assert_true(set_build(&arena, v.type, values, CHUNK_MAX_ROWS / 2, NULL, &set));
    set_lookup(&set, &v, CHUNK_MAX_ROWS, hashes, out);
    for (int i = 0; i < CHUNK_MAX_ROWS; i++)
        assert_int_equal(bit_get(out, i), i % 2 == 0);
    arena_done(&arena);
}

/* Short members are numbers in a table of their own (set.c): every text of up to three bytes of a small alphabet, zero bytes among
 * them, and longer ones, against sets of every size up to where there are too many. */
static void a_set_of_short_texts_holds_its_members(void **state)
{
    static char bytes[CHUNK_MAX_ROWS][16];
    static struct span texts[CHUNK_MAX_ROWS];
    static uint64_t hashes[CHUNK_MAX_ROWS];
    static const char letters[] = {0, 'a', 'b', (char)0xff};
    struct vector v = {.type = {.kind = TYPE_STRING}, .lane = LANE_BYTES, .bytes = texts};
    uint64_t seed = 11;
    int n_short = 0;

    (void)state;
    for (int i = 0; i < CHUNK_MAX_ROWS; i++) {
        size_t size = (size_t)i % 10;

        for (size_t k = 0; k < size; k++)
            bytes[i][k] = letters[next_random(&seed) % sizeof letters];
        texts[i] = i == 0 ? span_of(NULL, 0) : span_of(bytes[i], size);
    }
    for (int32_t n = 0; n <= 140; n++) {
        struct value values[140];
        uint64_t out[BITMAP_WORDS(CHUNK_MAX_ROWS)];
        struct arena arena = {0};
        struct set set;
        size_t most = n % 5 == 0 ? 9 : 7; /* one in five has a long one among them */

        v.n_rows = 600;
        for (int32_t i = 0; i < n; i++)
            do
                values[i] = value_text(texts[next_random(&seed) % CHUNK_MAX_ROWS]);
            while (values[i].bytes.size > most);
        assert_true(set_build(&arena, v.type, values, n, NULL, &set));
        n_short += set.numbers != NULL;
        set_lookup(&set, &v, v.n_rows, hashes, out);
        for (int i = 0; i < v.n_rows; i++) {
            bool wanted = false;

            for (int32_t k = 0; k < n && !wanted; k++)
                wanted = span_equal(values[k].bytes, texts[i]);
            if (wanted != bit_get(out, i))
                fail_msg("%d members, text %d", n, i);
        }
        arena_done(&arena);
    }
    assert_true(n_short > 90);
}

/* The same rows in the four shapes, in chunks of every size around a word, give the same bits. */
static void sizes_and_shapes_change_nothing(void **state)
{
    static int64_t entries[20000], flat[CHUNK_MAX_ROWS];
    static uint32_t index[CHUNK_MAX_ROWS];
    static const int64_t sizes[] = {0, 1, 63, 64, 65, 127, 128, 129, 8191, 8192};
    struct test_table table;
    struct error err = ERROR_NONE;
    struct binder binder = {test_bind, &table, &table.time};
    struct expression *e;
    struct predicate *p;
    struct predicate_scratch *scratch;
    uint64_t seed = 99;

    (void)state;
    test_table_init(&table, SHAPE_FLAT);
    assert_int_equal(expression_parse(&table.arena, span_text("m % 3 = 1 and m between 5 and 15000 or m in (2, 4, 19999)"), &e, &err), STATUS_OK);
    assert_int_equal(predicate_compile(&table.arena, e, &binder, &p, &err), STATUS_OK);
    assert_int_equal(predicate_scratch_new(p, NULL, &scratch, &err), STATUS_OK);
    for (int i = 0; i < 20000; i++)
        entries[i] = i;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        uint64_t t[2][BITMAP_WORDS(CHUNK_MAX_ROWS)] = {0}, u[BITMAP_WORDS(CHUNK_MAX_ROWS)];
        const char *trouble = NULL;

        for (int64_t i = 0; i < sizes[k]; i++) {
            index[i] = (uint32_t)(next_random(&seed) % 20000);
            flat[i] = entries[index[i]];
        }
        for (int with_dictionary = 0; with_dictionary < 2; with_dictionary++) {
            struct vector v = {.type = {.kind = TYPE_INT64}, .lane = LANE_I64, .n_rows = sizes[k], .i64 = flat};

            if (with_dictionary) {
                v.shape = SHAPE_DICTIONARY;
                v.i64 = entries;
                v.index = index;
                v.n_entries = 20000;
                v.dictionary_id = k % 3; /* 0: no id */
            }
            table.slots[1] = &v;
            assert_int_equal(predicate_eval(p, scratch, table.slots, sizes[k], t[with_dictionary], u, &trouble, &err), STATUS_OK);
        }
        assert_memory_equal(t[0], t[1], sizeof t[0]);
        for (int64_t i = 0; i < sizes[k]; i++)
            assert_int_equal(bit_get(t[0], i), (flat[i] % 3 == 1 && flat[i] >= 5 && flat[i] <= 15000) || flat[i] == 2 || flat[i] == 4 || flat[i] == 19999);
    }
    predicate_scratch_free(scratch);
    predicate_done(p);
    arena_done(&table.arena);
}

/* A value that hits the limit is unknown, with the reason; only where a row has it, not where it lies in a dictionary unused. */
static void a_limit_that_is_hit_is_told_and_is_no_answer(void **state)
{
    struct span entries[3];
    static const uint32_t without[3] = {0, 1, 0}, with[3] = {0, 2, 1};
    struct test_table table;
    struct error err = ERROR_NONE;
    struct binder binder = {test_bind, &table, &table.time};
    struct expression *e;
    struct predicate *p;
    struct predicate_scratch *scratch;
    uint64_t t, u;
    const char *trouble = NULL;
    struct vector v = {.type = {.kind = TYPE_STRING}, .lane = LANE_BYTES, .shape = SHAPE_DICTIONARY, .n_rows = 3, .n_entries = 3, .dictionary_id = 5};

    (void)state;
    entries[0] = span_text("aa");
    entries[1] = span_text("b");
    entries[2] = span_text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!");
    v.bytes = entries;
    test_table_init(&table, SHAPE_FLAT);
    assert_int_equal(expression_parse(&table.arena, span_text("not t ~ '^(a+)+$'"), &e, &err), STATUS_OK);
    assert_int_equal(predicate_compile(&table.arena, e, &binder, &p, &err), STATUS_OK);
    assert_int_equal(predicate_scratch_new(p, NULL, &scratch, &err), STATUS_OK);
    for (int i = 0; i < COLUMNS; i++)
        table.slots[i] = &v;
    for (int flat = 0; flat < 2; flat++) {
        v.index = without;
        trouble = NULL;
        if (!flat) {
            assert_int_equal(predicate_eval(p, scratch, table.slots, 3, &t, &u, &trouble, &err), STATUS_OK);
            assert_null(trouble);
            assert_int_equal(t, 2);
            assert_int_equal(u, 0);
        }
        v.index = with;
        if (flat) {
            v.shape = SHAPE_FLAT;
            entries[1] = entries[2];
            entries[2] = span_text("b");
        }
        assert_int_equal(predicate_eval(p, scratch, table.slots, 3, &t, &u, &trouble, &err), STATUS_OK);
        assert_non_null(strstr(trouble, "match limit"));
        assert_int_equal(t, 4);
        assert_int_equal(u, 2);
    }
    predicate_scratch_free(scratch);
    predicate_done(p);
    arena_done(&table.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_range_holds_what_compares_so),
        cmocka_unit_test(a_set_holds_what_equals_a_member),
        cmocka_unit_test(a_set_of_texts_holds_its_members),
        cmocka_unit_test(a_set_of_short_texts_holds_its_members),
        cmocka_unit_test(sizes_and_shapes_change_nothing),
        cmocka_unit_test(a_limit_that_is_hit_is_told_and_is_no_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
