/* Names of types, and which takes which. */
#include "tests/core/check.h"

#include "columns/schema.h"

static const struct { const char *name, *printed; } names[] = {
    {"int64", "int64"}, {"INTEGER", "int64"}, {"int", "int64"}, {"BIGINT", "int64"}, {"smallint", "int16"}, {"uint8", "uint8"},
    {"float", "float"}, {"float64", "double"}, {"DOUBLE PRECISION", "double"}, {"real", "float"}, {"halffloat", "float16"},
    {"decimal(10,2)", "decimal(10,2)"}, {"NUMERIC( 38 , 0 )", "decimal(38,0)"}, {"decimal(5)", "decimal(5,0)"}, {"decimal", "decimal"},
    {"str", "string"}, {"VARCHAR(20)", "string"}, {"object", "string"}, {"StringType", "string"}, {"bytes", "binary"},
    {"uuid", "uuid"}, {"date", "date"}, {"time", "time(us)"}, {"time(ms)", "time(ms)"}, {"timestamp", "timestamp(us)"},
    {"timestamptz", "timestamp(us, UTC)"}, {"timestamp(ns, UTC)", "timestamp(ns, UTC)"}, {"timestamp(3)", "timestamp(ms)"},
    {"datetime64[ns]", "timestamp(ns)"}, {"datetime64[ns, UTC]", "timestamp(ns, UTC)"}, {"TIMESTAMP WITH TIME ZONE", "timestamp(us, UTC)"},
    {" bool ", "bool"}, {"boolean", "bool"}, {"interval", "interval"}, {"null", "null"},
};

static void types_have_many_names_and_print_one_that_parses_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(names); i++) {
        struct type type, again;
        char text[64];

        check(type_parse(names[i].name, &type), "%s", names[i].name);
        check(type_print(type, text) == strlen(text) && strcmp(text, names[i].printed) == 0, "%s: %s", names[i].name, text);
        check(type_parse(text, &again) && type_equal(type, again), "%s", text);
    }
    for (size_t i = 0; type_names[i]; i++) {
        struct type type;

        check(type_parse(type_names[i], &type), "%s", type_names[i]);
    }
}

static const char *const no_types[] = {"", "integre", "unknown", "decimal(0,0)", "decimal(39,0)", "decimal(5,6)", "decimal()", "decimal(5,2,1)", "decimal(5,-1)", "decimal(5", "decimal 5)",
                                       "int64(3)", "timestamp(xs)", "timestamp(us, CET)", "timestamp(10)", "varchar(x)", "(", ")", "[]", "date[]",
                                       "a name that is longer than any type has ever been and so must be refused early on"};

static void what_is_no_type_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(no_types); i++) {
        struct type type;

        check(!type_parse(no_types[i], &type), "%s", no_types[i]);
    }
}

static const struct { const char *declared, *actual; bool accepts; } pairs[] = {
    {"int64", "int8", true},       {"int32", "int64", false},      {"int64", "uint32", true},     {"int64", "uint64", false},
    {"int32", "uint32", false},    {"int16", "uint8", true},       {"uint32", "uint8", true},     {"uint32", "int8", false},
    {"double", "float", true},     {"float", "double", false},     {"float", "float16", true},    {"double", "int32", false},
    {"int64", "double", false},    {"decimal(10,2)", "decimal(10,2)", true}, {"decimal(12,2)", "decimal(10,2)", true},
    {"decimal(12,4)", "decimal(10,2)", true}, {"decimal(12,4)", "decimal(11,2)", false}, {"decimal(38,1)", "decimal(10,2)", false},
    {"decimal", "decimal(38,10)", true}, {"string", "string", true}, {"string", "binary", false}, {"timestamp", "timestamp(ns, UTC)", true},
    {"timestamptz", "timestamp", false}, {"timestamptz", "timestamp(ms, UTC)", true}, {"date", "timestamp", false}, {"time(us)", "time(ns)", true},
    {"bool", "bool", true},        {"int64", "bool", false},       {"string", "null", false},
};

static void a_wider_type_takes_a_narrower_one_of_its_family(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(pairs); i++) {
        struct type declared, actual;

        assert_true(type_parse(pairs[i].declared, &declared) && type_parse(pairs[i].actual, &actual));
        check(type_accepts(declared, actual) == pairs[i].accepts, "%s takes %s", pairs[i].declared, pairs[i].actual);
        assert_true(type_accepts(declared, declared));
    }
}

static const struct { const char *name; enum lane lane; size_t width; bool is_numeric, is_float, is_temporal; } lanes[] = {
    {"bool", LANE_BOOL, 1, false, false, false},       {"int8", LANE_I64, 8, true, false, false},   {"uint64", LANE_U64, 8, true, false, false},
    {"float16", LANE_F64, 8, true, true, false},       {"decimal(18,2)", LANE_I64, 8, true, false, false}, {"decimal(19,2)", LANE_I128, 16, true, false, false},
    {"decimal", LANE_I128, 16, true, false, false},    {"date", LANE_I64, 8, false, false, true},   {"time", LANE_I64, 8, false, false, true},
    {"timestamp", LANE_I64, 8, false, false, true},    {"string", LANE_BYTES, sizeof(struct span), false, false, false},
    {"interval", LANE_BYTES, sizeof(struct span), false, false, false}, {"null", LANE_NONE, 0, false, false, false},
    {"nested", LANE_NONE, 0, false, false, false},
};

static void each_type_lies_in_one_lane(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(lanes); i++) {
        struct type type;

        assert_true(type_parse(lanes[i].name, &type));
        check(type_lane(type) == lanes[i].lane && lane_width(lanes[i].lane) == lanes[i].width, "%s", lanes[i].name);
        check(type_is_numeric(type) == lanes[i].is_numeric && type_is_float(type) == lanes[i].is_float && type_is_temporal(type) == lanes[i].is_temporal, "%s", lanes[i].name);
    }
}

static void columns_are_found_by_their_exact_name(void **state)
{
    static char text[200][24];
    static struct column columns[200];
    struct schema schema = {columns, 200};

    (void)state;
    for (int i = 0; i < 200; i++) {
        snprintf(text[i], sizeof text[i], "column_%03d", i);
        columns[i].name = text[i];
    }
    columns[150].name = "purchase_amount";
    assert_int_equal(schema_find(&schema, "column_199"), 199);
    assert_int_equal(schema_find(&schema, "purchase_amount"), 150);
    assert_int_equal(schema_find(&schema, "Purchase_amount"), -1);
    assert_string_equal(schema_nearest(&schema, "purchase_amuont"), "purchase_amount");
    assert_string_equal(schema_nearest(&schema, "PURCHASE_AMOUNT"), "purchase_amount");
    assert_null(schema_nearest(&schema, "zz"));
    schema.n_columns = 0;
    assert_null(schema_nearest(&schema, "purchase_amount"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_have_many_names_and_print_one_that_parses_back),
        cmocka_unit_test(what_is_no_type_is_refused),
        cmocka_unit_test(a_wider_type_takes_a_narrower_one_of_its_family),
        cmocka_unit_test(each_type_lies_in_one_lane),
        cmocka_unit_test(columns_are_found_by_their_exact_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
