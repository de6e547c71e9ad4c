/* Vectors in their three shapes. */
#include "tests/core/check.h"

#include <math.h>

#include "columns/summary.h"

enum { ROWS = 70 };

/* Every third row null, every entry of the dictionary in turn. */
static void fill(uint64_t *valid, uint32_t *index, int64_t n_entries, int64_t *n_nulls)
{
    memset(valid, 0, BITMAP_WORDS(ROWS) * sizeof *valid);
    *n_nulls = 0;
    for (int64_t i = 0; i < ROWS; i++) {
        index[i] = i % 3 == 0 ? 0 : (uint32_t)(i % n_entries);
        if (i % 3 == 0)
            ++*n_nulls;
        else
            bit_set(valid, i);
    }
}

static void a_dictionary_is_flattened_with_zeros_at_nulls(void **state)
{
    static const int64_t entries[] = {100, 200, 300, 400};
    uint64_t valid[BITMAP_WORDS(ROWS)];
    uint32_t index[ROWS];
    int64_t flat[ROWS];
    struct vector v = {.type = {.kind = TYPE_DATE}, .lane = LANE_I64, .shape = SHAPE_DICTIONARY, .n_rows = ROWS, .valid = valid, .i64 = entries, .index = index, .n_entries = 4};

    (void)state;
    fill(valid, index, 4, &v.n_nulls);
    assert_null(vector_validate(&v));
    vector_flatten(&v, flat);
    for (int64_t i = 0; i < ROWS; i++) {
        struct value x = vector_value(&v, i);

        assert_true(flat[i] == (i % 3 == 0 ? 0 : entries[i % 4]));
        assert_int_equal(x.kind, i % 3 == 0 ? VALUE_NULL : VALUE_DATE);
        assert_true(x.kind == VALUE_NULL || x.i64 == flat[i]);
    }
    v.i64 = flat;
    v.shape = SHAPE_FLAT;
    v.index = NULL;
    assert_null(vector_validate(&v));
}

static void a_dictionary_without_entries_is_all_null(void **state)
{
    uint64_t valid[BITMAP_WORDS(ROWS)] = {0};
    uint32_t index[ROWS] = {0};
    double flat[ROWS];
    uint64_t nans[BITMAP_WORDS(ROWS)];
    struct vector v = {.type = {.kind = TYPE_DOUBLE}, .lane = LANE_F64, .shape = SHAPE_DICTIONARY, .n_rows = ROWS, .n_nulls = ROWS, .valid = valid, .index = index};

    (void)state;
    assert_null(vector_validate(&v));
    memset(flat, 0xff, sizeof flat);
    vector_flatten(&v, flat);
    for (int64_t i = 0; i < ROWS; i++)
        assert_true(flat[i] == 0);
    assert_true(vector_nan_mask(&v, nans) == 0);
}

static void a_constant_stands_in_every_row(void **state)
{
    static const struct span text = {(const uint8_t *)"de", 2};
    struct span flat[ROWS];
    struct vector v = {.type = {.kind = TYPE_STRING}, .lane = LANE_BYTES, .shape = SHAPE_CONSTANT, .n_rows = ROWS, .bytes = &text};

    (void)state;
    assert_null(vector_validate(&v));
    vector_flatten(&v, flat);
    for (int64_t i = 0; i < ROWS; i++)
        assert_true(span_equal(flat[i], text) && vector_value(&v, i).kind == VALUE_TEXT);
}

static void malformed_cells_show_their_text_and_count_as_zero(void **state)
{
    static const struct span raw[] = {{(const uint8_t *)"1", 1}, {(const uint8_t *)"abc", 3}, {(const uint8_t *)"", 0}};
    static const uint64_t valid[] = {3}, malformed[] = {2};
    static const int64_t values[] = {1, 0, 0};
    struct vector v = {.type = {.kind = TYPE_INT64}, .lane = LANE_I64, .n_rows = 3, .n_nulls = 1, .valid = valid, .malformed = malformed, .raw = raw, .i64 = values};
    struct value x;

    (void)state;
    assert_null(vector_validate(&v));
    assert_int_equal(vector_value(&v, 0).kind, VALUE_INT);
    x = vector_value(&v, 1);
    assert_true(x.kind == VALUE_TEXT && span_is(x.bytes, "abc"));
    assert_int_equal(vector_value(&v, 2).kind, VALUE_NULL);
}

static void nans_are_found_in_every_shape(void **state)
{
    static const double entries[] = {1, NAN, INFINITY, NAN};
    uint64_t valid[BITMAP_WORDS(ROWS)], nans[BITMAP_WORDS(ROWS)];
    uint32_t index[ROWS];
    double flat[ROWS];
    struct vector v = {.type = {.kind = TYPE_FLOAT}, .lane = LANE_F64, .shape = SHAPE_DICTIONARY, .n_rows = ROWS, .valid = valid, .f64 = entries, .index = index, .n_entries = 4};
    struct vector constant = {.type = {.kind = TYPE_FLOAT}, .lane = LANE_F64, .shape = SHAPE_CONSTANT, .n_rows = ROWS, .f64 = &entries[1]};
    int64_t expected = 0;

    (void)state;
    fill(valid, index, 4, &v.n_nulls);
    for (int64_t i = 0; i < ROWS; i++)
        expected += i % 3 != 0 && i % 2 == 1;
    memset(nans, 0xff, sizeof nans);
    assert_true(vector_nan_mask(&v, nans) == expected && bitmap_count(nans, ROWS) == expected);
    for (int64_t i = 0; i < ROWS; i++)
        assert_int_equal(bit_get(nans, i), i % 3 != 0 && i % 2 == 1);
    vector_flatten(&v, flat);
    v.shape = SHAPE_FLAT;
    v.f64 = flat;
    assert_true(vector_nan_mask(&v, nans) == expected);
    assert_true(vector_nan_mask(&constant, nans) == ROWS);
}

static const struct { struct type type; enum lane lane; enum value_kind kind; const char *printed; } kinds[] = {
    {{.kind = TYPE_BOOL}, LANE_BOOL, VALUE_BOOL, "true"},
    {{.kind = TYPE_INT16}, LANE_I64, VALUE_INT, "1"},
    {{.kind = TYPE_UINT16}, LANE_U64, VALUE_UINT, "1"},
    {{.kind = TYPE_DECIMAL, .precision = 4, .scale = 2}, LANE_I64, VALUE_DECIMAL, "0.01"},
    {{.kind = TYPE_DECIMAL, .precision = 30, .scale = 3}, LANE_I128, VALUE_DECIMAL, "0.001"},
    {{.kind = TYPE_DATE}, LANE_I64, VALUE_DATE, "1970-01-02"},
    {{.kind = TYPE_TIME, .unit = UNIT_MILLI}, LANE_I64, VALUE_TIME, "00:00:00.001"},
    {{.kind = TYPE_TIMESTAMP, .unit = UNIT_SECOND, .is_utc = true}, LANE_I64, VALUE_TIMESTAMP, "1970-01-01T00:00:01Z"},
};

static void entries_carry_their_columns_type(void **state)
{
    static const int128 one = 1; /* little-endian: the low bytes read as any integer */

    (void)state;
    for (size_t i = 0; i < LENGTH(kinds); i++) {
        struct vector v = {.type = kinds[i].type, .lane = kinds[i].lane, .n_rows = 1, .values = &one};
        struct value x = vector_entry(&v, 0);
        struct buffer out = {0};

        assert_null(vector_validate(&v));
        assert_true(value_print(&x, &out));
        check(x.kind == kinds[i].kind && span_is(span_of(out.at, out.size), kinds[i].printed), "%s: %.*s", kinds[i].printed, (int)out.size, (const char *)out.at);
        buffer_done(&out);
    }
}

static void what_is_wrong_with_a_vector_is_explained(void **state)
{
    static const int64_t values[] = {1, 2};
    static const uint64_t one[] = {1}, past[] = {7};
    static const uint32_t index[] = {0, 2};
    struct vector good = {.type = {.kind = TYPE_INT64}, .lane = LANE_I64, .n_rows = 2, .i64 = values};
    struct vector v = good;

    (void)state;
    assert_null(vector_validate(&v));
    v.n_nulls = 1;
    assert_non_null(strstr(vector_validate(&v), "n_nulls"));
    v.valid = one;
    assert_non_null(strstr(vector_validate(&v), "not zero"));
    v.valid = past;
    assert_non_null(strstr(vector_validate(&v), "past the last row"));
    v = good;
    v.lane = LANE_F64;
    assert_non_null(strstr(vector_validate(&v), "lane"));
    v = good;
    v.shape = SHAPE_DICTIONARY;
    assert_non_null(strstr(vector_validate(&v), "without an index"));
    v.index = index;
    v.n_entries = 2;
    assert_non_null(strstr(vector_validate(&v), "past the last entry"));
    v = good;
    v.malformed = one;
    assert_non_null(strstr(vector_validate(&v), "raw"));
    v = good;
    v.values = NULL;
    assert_non_null(strstr(vector_validate(&v), "no values"));
}

static void evidence_has_a_word_for_each_level(void **state)
{
    (void)state;
    assert_string_equal(evidence_names[EVIDENCE_SCHEMA], "schema");
    assert_string_equal(evidence_names[EVIDENCE_VALUES], "values");
    assert_null(evidence_names[EVIDENCE_VALUES + 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dictionary_is_flattened_with_zeros_at_nulls),
        cmocka_unit_test(a_dictionary_without_entries_is_all_null),
        cmocka_unit_test(a_constant_stands_in_every_row),
        cmocka_unit_test(malformed_cells_show_their_text_and_count_as_zero),
        cmocka_unit_test(nans_are_found_in_every_shape),
        cmocka_unit_test(entries_carry_their_columns_type),
        cmocka_unit_test(what_is_wrong_with_a_vector_is_explained),
        cmocka_unit_test(evidence_has_a_word_for_each_level),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
