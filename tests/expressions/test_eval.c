/* What predicates say of rows: each on flat columns, on dictionaries (twice: the second time cached) and by way of values.
 *
 * Rows of the columns are in chunk.h. T, F and ? stand for the four rows.
 */
#include "tests/expressions/chunk.h"

static const struct { const char *text, *answers; } cases[] = {
    /* three-valued logic */
    {"true", "TTTT"}, {"false", "FFFF"}, {"null", "????"}, {"not null", "????"},
    {"n = 2", "FTF?"}, {"not n = 2", "TFT?"}, {"n = 2 or true", "TTTT"}, {"n = 2 and false", "FFFF"},
    {"n = 2 or null", "?T??"}, {"n = 2 and null", "F?F?"}, {"n = 2 or m = 7", "FTFT"}, {"n = 2 and m = 7", "FFF?"},
    {"n is null", "FFFT"}, {"n is not null", "TTTF"}, {"m is null", "FFFF"}, {"nothing is null", "TTTT"},
    {"nothing = 1", "????"}, {"nothing in (1)", "????"}, {"nothing like 'x'", "????"}, {"length(nothing) = 1", "????"},
    {"n = null", "????"}, {"null = n", "????"}, {"n < null or n is null", "???T"},
    {"(n > 1) is null", "FFFT"}, {"(n > 1) = true", "FTT?"}, {"(n > 1) = (m > 1)", "FTF?"}, {"not not (n > 1)", "FTT?"},
    {"flag", "TF?T"}, {"not flag", "FT?F"}, {"flag = true", "TF?T"}, {"flag != true", "FT?F"}, {"flag in (true, false)", "TT?T"},
    {"coalesce(flag, true)", "TFTT"}, {"flag < true", "FT?F"},
    /* comparisons with constants */
    {"n < 2", "TFF?"}, {"n <= 2", "TTF?"}, {"n > 2", "FFT?"}, {"n >= 2", "FTT?"}, {"n != 2", "TFT?"}, {"2 < n", "FFT?"}, {"2 = n", "FTF?"},
    {"n < 1.5", "TFF?"}, {"n = 1.5", "FFF?"}, {"n != 1.5", "TTT?"}, {"n >= 1.5", "FTT?"}, {"n > 1e0", "FTT?"}, {"n = 20e-1", "FTF?"},
    {"n < 1e30", "TTT?"}, {"n > -1e30", "TTT?"}, {"n < 9223372036854775808", "TTT?"}, {"n = 99999999999999999999", "FFF?"},
    {"n = '2'", "FTF?"},
    {"big = 9007199254740993", "FTFF"}, {"big = 9007199254740992", "TFFF"}, {"big > 9007199254740992", "FTTF"},
    {"big > 9223372036854775807", "FFFF"}, {"big >= 9223372036854775807", "FFTF"}, {"big < -9223372036854775808", "FFFF"},
    {"big <= -9223372036854775808", "FFFT"}, {"big = -9223372036854775808", "FFFT"}, {"big < 9007199254740992.5", "TFFT"},
    {"u = 18446744073709551615", "FFFT"}, {"u >= 9223372036854775808", "FFTT"}, {"u >= -1", "TTTT"}, {"u < 0", "FFFF"},
    {"u > 18446744073709551615", "FFFF"}, {"u < 18446744073709551616", "TTTT"}, {"u = -1", "FFFF"},
    {"small < 200", "TTTT"}, {"small between -128 and 5", "TTTF"}, {"small = 300", "FFFF"},
    {"x = 0.1", "TFF?"}, {"x = 0", "FTF?"}, {"x = -0.0", "FTF?"}, {"x < 0", "FFF?"}, {"x <= 0", "FTF?"}, {"x >= 0", "TTF?"},
    {"x != 0.1", "FTT?"}, {"x < 1e300", "TTF?"}, {"not x < 1e300", "FFT?"}, {"x = x", "TTF?"}, {"x != x", "FFT?"},
    {"y = 9007199254740993", "FFFF"}, {"y < 9007199254740993", "TTFT"}, {"y > 9007199254740991", "TFTF"}, {"y <= 9007199254740992", "TTFT"},
    {"y > 1e308", "FFTF"}, {"y < -1e299", "FFFT"}, {"y = 0.5", "FTFF"}, {"y < 1e400", "TTFT"}, {"y >= 'inf'", "FFTF"}, {"y = 'NaN'", "FFFF"}, {"y != 'NaN'", "TTTT"},
    {"price = 0.1", "TFFF"}, {"price = 0.10", "TFFF"}, {"price = 0.105", "FFFF"}, {"price > 0.105", "FTTF"}, {"price < 0.105", "TFFT"},
    {"price >= 123.45", "FFTF"}, {"price < 0", "FFFT"}, {"price < 1e40", "TTTT"}, {"price = -0.05", "FFFT"}, {"price > 1e-30", "TTTF"},
    {"huge = 1", "FTFF"}, {"huge = 0.0001", "TFFF"}, {"huge between 0.0001 and 1", "TTFF"}, {"huge < 0", "FFFT"}, {"huge > 1e37", "FFFF"},
    /* between and in */
    {"n between 2 and 3", "FTT?"}, {"n between 3 and 2", "FFF?"}, {"n not between 2 and 3", "TFF?"}, {"n between 1.5 and 2.5", "FTF?"},
    {"n between null and 2", "??F?"}, {"n between 2 and null", "F???"}, {"n between m and 3", "FTT?"}, {"2 between n and m", "TTF?"},
    {"x between -1 and 1", "TTF?"}, {"y between 0 and 1", "FTFF"}, {"s between 'a' and 'h'", "TFT?"}, {"n + 1 between 2 and 3", "TTF?"},
    {"price between 0.1 and 0.11", "TTFF"},
    {"n in (1, 3)", "TFT?"}, {"n not in (1, 3)", "FTF?"}, {"n in (1, null)", "T???"}, {"n not in (1, null)", "F???"}, {"n in (null)", "????"},
    {"n in (1.0, 2.5, 1e20)", "TFF?"}, {"n in (1, 1, 1)", "TFF?"}, {"n in (m, 5)", "FTF?"}, {"n in (m, 1)", "TTF?"}, {"n in (m, null)", "?T??"},
    {"big in (9007199254740993, 0)", "FTFF"}, {"u in (0, 1, 2, 3, 18446744073709551615)", "TTFT"}, {"small in (1, 2, 3, 4, 5, 6)", "FFTF"},
    {"x in (0.1, 0)", "TTF?"}, {"x not in (0.1, 0)", "FFT?"}, {"price in (0.1, 0.11, 9.999)", "TTFF"}, {"huge in (1, 1234.5678)", "FTTF"},
    {"s in ('gold', 'größe')", "TFT?"}, {"s not in ('gold')", "FTT?"}, {"s in ('gold', null)", "T???"}, {"s in ('', 'x')", "FFF?"}, {"t in ('', 'x')", "FTFF"},
    {"s in ('gold', 5, true)", "TFF?"}, {"lower(s) in ('gold', 'silver')", "TTF?"}, {"length(s) in (4, 6)", "TTF?"}, {"s in (t, 'Silver')", "TTF?"},
    {"n + 1 in (2, null)", "T???"}, {"d in ('2024-12-10', '1970-01-01')", "TFTF"}, {"ts in ('2024-12-10T00:00:00Z')", "TFFF"},
    /* text */
    {"s = 'gold'", "TFF?"}, {"s < 'gold'", "FTF?"}, {"s >= 'gold'", "TFT?"}, {"s != 'gold'", "FTT?"}, {"s = t", "TFF?"}, {"s > t", "FTT?"}, {"s <= t", "TFF?"},
    {"length(s) = 5", "FFT?"}, {"length(s) >= 5", "FTT?"}, {"length(s) between 4 and 5", "TFT?"}, {"length(s) < 4.5", "TFF?"}, {"length(t) = 0", "FTFF"},
    {"length(raw) = 1", "FFTF"}, {"length(s) = length(t)", "TFF?"}, {"lower(s) = 'silver'", "FTF?"}, {"upper(s) = 'GOLD'", "TFF?"},
    {"trim(t) = 'x'", "FFFT"}, {"upper(s) = upper(t)", "TFF?"}, {"lower(upper(s)) = 'gold'", "TFF?"}, {"coalesce(s, 'none') = 'none'", "FFFT"},
    {"s like '%o%'", "TFF?"}, {"s like 'gr__e'", "FFT?"}, {"s not like 'g%'", "FTF?"}, {"t like '%!%%' escape '!'", "FFTF"}, {"lower(s) like 's%'", "FTF?"},
    {"s matches '^.{5}$'", "FFT?"}, {"s ~ 'l'", "TTF?"}, {"s !~ 'l'", "FFT?"}, {"upper(s) ~ 'L'", "TTF?"}, {"t ~ '^$'", "FTFF"},
    {"raw = 'abc'", "TFFT"}, {"raw in ('abc')", "TFFT"},
    /* columns against columns */
    {"n = m", "FTF?"}, {"n < m", "TFF?"}, {"n > m", "FFT?"}, {"n <= m", "TTF?"}, {"n >= m", "FTT?"}, {"n != m", "TFT?"}, {"n = n", "TTT?"}, {"not n = m", "TFT?"},
    {"big = y", "TFFF"}, {"big > y", "FTFT"}, {"big != y", "FTTT"}, {"u > big", "FFTT"}, {"u = small", "FFFF"}, {"u <= small", "FFFF"}, {"u >= small", "TTTT"},
    {"price < x", "TFF?"}, {"price != x", "TTT?"}, {"huge > price", "FTTT"}, {"x < y", "TTF?"}, {"y < x", "FFF?"}, {"y <= x", "FFF?"},
    /* arithmetic */
    {"n + 1 = 2", "TFF?"}, {"n - m = -2", "TFF?"}, {"n * m = 3", "TFT?"}, {"n / m = 1", "FTF?"}, {"n / 2 = 0.5", "TFF?"}, {"n % 2 = 1", "TFT?"}, {"-n % 2 = -1", "TFT?"},
    {"n / (m - 2) > 0", "T?F?"}, {"n % (m - 3) = 0", "?TF?"}, {"1.0 / x > 0", "T?F?"}, {"n / 0 is null", "TTTT"}, {"-n < -1", "FTT?"}, {"abs(small) = 128", "TFFF"}, {"abs(-n) = n", "TTT?"},
    {"big + 1 = 9223372036854775808", "FFTF"}, {"big * 2 = 18446744073709551614", "FFTF"}, {"big * big * big > 0", "TTTF"}, {"big - 1 = -9223372036854775809", "FFFT"},
    {"u + 1 = 18446744073709551616", "FFFT"}, {"price + 0.01 = 0.11", "TFFF"}, {"price * 3 = 0.3", "TFFF"}, {"price * 0.1 = 0.01", "TFFF"}, {"price - huge = -0.04", "FFFF"},
    {"x + 0.2 = 0.3", "FFF?"}, {"x * 3 = 0.3", "FFF?"}, {"x * 1 = 0.1", "TFF?"}, {"price + x = 0.2", "TFF?"}, {"x + 1 != x + 1", "FFT?"},
    {"coalesce(n, 0) = 0", "FFFT"}, {"coalesce(n, m, 5) = 7", "FFFT"}, {"coalesce(null, n, 9) > 2", "FFTT"},
    {"1 < 2", "TTTT"}, {"0.1 + 0.2 = 0.3", "TTTT"}, {"'a' < 'b'", "TTTT"}, {"1 = null", "????"}, {"1 in (1, 2)", "TTTT"}, {"5 between 1 and 9", "TTTT"}, {"null is null", "TTTT"},
    {"7 / 2 = 3.5", "TTTT"}, {"7 % 0 = 0", "????"}, {"1e400 > 1", "TTTT"}, {"abs(-3) = 3", "TTTT"},
    {"\"two words\" = 3", "FFTF"}, {"`two words` > \"two words\" - 1", "TTTT"},
    /* time */
    {"d = '2024-12-10'", "TFFF"}, {"d >= date '2024-12-10'", "TFFT"}, {"d < today()", "FTTF"}, {"d = today", "TFFF"}, {"d >= today() - 1d", "TTFT"}, {"d > now()", "FFFT"},
    {"d <= now() - 24h", "FTTF"}, {"d between '2024-12-09' and 'today'", "TTFF"}, {"d = '1970-01-01'", "FFTF"},
    {"ts = '2024-12-10T00:00:00Z'", "TFFF"}, {"ts > timestamp '2024-12-10T00:00:00Z'", "FTFT"}, {"ts >= '2024-12-10'", "TTFT"}, {"ts > '2024-12-10T00:00:00.0000005Z'", "FTFT"},
    {"ts = timestamp '2024-12-10T01:00:00+01:00'", "TFFF"}, {"ts > now()", "FFFT"}, {"ts > now() - 24h", "TTFT"}, {"ts > now - 30m", "FFFT"}, {"ts <= now() + interval '1 day'", "TTTT"},
    {"ts = date '2024-12-10'", "TFFF"}, {"ts = d", "TFTT"}, {"d = ts", "TFTT"}, {"ts > d", "FTFF"},
    {"ts = ns", "TFFF"}, {"ns > ts", "FFTF"}, {"ns >= ts", "TFTF"}, {"wall = ts", "TFTF"}, {"wall > ns", "FTFT"}, {"wall = '2024-12-10T01:00:00'", "FTFF"}, {"wall >= '2024-12-10'", "TTFF"},
    {"ns > '2024-12-10T00:00:00.000000998Z'", "FTFF"}, {"ns < '2024-12-10T00:00:00Z'", "FFTT"},
    {"clock >= '10:30'", "FFTT"}, {"clock = time '10:30:00'", "FFTF"}, {"clock between '00:00' and '01:00'", "TTFF"},
    {"ts - d = 0s", "TFTT"}, {"ts - ts = 0s", "TTTT"}, {"ts - d < interval '1 ms'", "TFTT"}, {"ts - '2024-12-10T00:00:00Z' = 24h", "FFFT"}, {"wall - d >= 1h", "FTFF"},
    {"now() - ts <= 1h", "TTFT"}, {"now() - ts > '2 hours'", "FFTF"}, {"ts + 1h > now()", "FTFT"}, {"d + 1d = '2024-12-10'", "FTFF"}, {"-(ts - d) <= 0s", "TTTT"}, {"abs(d - today()) = 1d", "FTFT"},
    {"d - date '2024-12-09' = 1d", "TFFF"}, {"1h + ts > now()", "FTFT"}, {"24h = 1d", "TTTT"}, {"now() - 24h < now()", "TTTT"}, {"clock - time '00:00' = 1h", "FTFF"},
    /* cell columns: row 1 malformed, row 2 null */
    {"c = 42", "T??F"}, {"c != 42", "F??T"}, {"c is null", "FFTF"}, {"c is not null", "TTFT"}, {"c in (7, null)", "???T"}, {"not c > 10", "F??T"}, {"c + 1 > 10", "T??F"},
    {"coalesce(c, 5) = 5", "F?TF"}, {"c = n", "F???"}, {"c = m", "F??T"}, {"c + 0 is null", "F?TF"}, {"length(c) = 4", "T??T"},
};

static void run(enum shape shape)
{
    char answers[600];

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_text(shape, cases[i].text, answers);
        if (strcmp(answers, cases[i].answers) != 0)
            print_error("%s: %s, not %s\n", cases[i].text, answers, cases[i].answers);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_text(shape, cases[i].text, answers);
        assert_string_equal(answers, cases[i].answers);
    }
}

static void flat_columns_give_these_answers(void **state)
{
    (void)state;
    run(SHAPE_FLAT);
}

static void dictionaries_give_the_same_answers(void **state)
{
    (void)state;
    run(SHAPE_DICTIONARY);
}

/* Every row of a constant column is row 0 of the flat one, where nothing is null or malformed. */
static void constants_answer_like_their_first_row(void **state)
{
    char answers[600];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        test_text(SHAPE_CONSTANT, cases[i].text, answers);
        for (int row = 0; row < ROWS; row++)
            if (answers[row] != cases[i].answers[0])
                fail_msg("%s: %s", cases[i].text, answers);
    }
}

static const struct { const char *text, *says; } refused[] = {
    {"n", "!bad_data: column `n` is int64, which cannot be a condition"},
    {"n + 1", "!bad_suite"}, {"5", "!bad_suite"}, {"'text'", "!bad_suite"}, {"now()", "!bad_suite"}, {"length(s)", "!bad_suite"},
    {"missing = 1", "!not_found: there is no column `missing`"}, {"s = \"gold\"", "!not_found: there is no column `gold`; text is written in 'single quotes'"},
    {"n = 'abc'", "!bad_data: column `n` is int64, which cannot be compared with the text 'abc'"}, {"s > 5", "!bad_data: column `s` is string, which cannot be compared with the number 5"},
    {"s between 1 and 5", "!bad_data"}, {"s in (1, 2)", "!bad_data"}, {"n in ('a', 'b')", "!bad_data"}, {"flag = 1", "!bad_data"}, {"n = true", "!bad_data"}, {"n = s", "!bad_data: columns `n` (int64) and `s` (string)"},
    {"ts = 5", "!bad_data"}, {"ts = 'yesterday'", "!bad_suite"}, {"d > date '2024-13-01'", "!bad_suite"}, {"s > now()", "!bad_data"}, {"s = date '2024-01-01'", "!bad_data"}, {"n > today()", "!bad_data"},
    {"n matches 'x'", "!bad_data: column `n` is int64, which cannot be matched with a regular expression"}, {"n like 'x'", "!bad_data"}, {"length(n) = 1", "!bad_data"}, {"lower(n) = 'a'", "!bad_data"}, {"abs(s) = 1", "!bad_data"},
    {"raw ~ 'x'", "!bad_data"}, {"s + 1 = 2", "!bad_data"}, {"n + 'a' = 2", "!bad_suite"}, {"ts + 1 = ts", "!bad_suite"}, {"ts + ts = ts", "!bad_"}, {"ts * 2 = ts", "!bad_"}, {"-s = 1", "!bad_data"}, {"clock + 1h = clock", "!bad_"},
    {"length(s) = 'abc'", "!bad_suite"}, {"lower(s) = 5", "!bad_suite"}, {"lower(5) = 'a'", "!bad_suite"}, {"ts - d = 5", "!bad_suite"}, {"ts - d = 'long'", "!bad_suite"}, {"n + 1 = s", "!bad_data"}, {"not n", "!bad_data"}, {"flag and s", "!bad_data"},
    {"coalesce(n, s) = 1", "!bad_data"}, {"s ~ '('", "!5: the regular expression `(` is wrong at offset 1: missing closing parenthesis"}, {"s ~ '\\Ca'", "!5: "},
    {"c matches 5", "!11: "}, {"(n > 1) = 5", "!bad_suite"}, {"n in (flag)", "!bad_data"},
};

static void refuses_what_makes_no_sense(void **state)
{
    char answers[600];
    int n_wrong = 0;

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        test_text(SHAPE_FLAT, refused[i].text, answers);
        if (strncmp(answers, refused[i].says, strlen(refused[i].says)) != 0) {
            print_error("%s: %s\n", refused[i].text, answers);
            n_wrong++;
        }
    }
    assert_int_equal(n_wrong, 0);
}

static const struct { const char *text; enum family family; } families[] = {
    {"c = 1", FAMILY_NUMBER}, {"c between 1 and 2", FAMILY_NUMBER}, {"c + m = 1", FAMILY_NUMBER}, {"c * 2 > 1", FAMILY_NUMBER}, {"abs(c) = 1", FAMILY_NUMBER}, {"c in (1, 2, null)", FAMILY_NUMBER},
    {"c = 'abc'", FAMILY_TEXT}, {"c in ('a', 'b')", FAMILY_TEXT}, {"c in ('a', 5)", FAMILY_TEXT}, {"c like 'a'", FAMILY_TEXT}, {"c ~ 'a'", FAMILY_TEXT}, {"length(c) = 1", FAMILY_TEXT}, {"lower(c) = 'a'", FAMILY_TEXT}, {"c = lower(s)", FAMILY_TEXT},
    {"c = '2024-01-01'", FAMILY_ANY}, {"c in ('2024-01-01', '2024-01-02')", FAMILY_ANY}, {"c > 'now - 24h'", FAMILY_ANY}, {"c in ('2024-01-01', 'a')", FAMILY_TEXT},
    {"c = n", FAMILY_ANY}, {"c is null", FAMILY_ANY}, {"c is not null", FAMILY_ANY}, {"c", FAMILY_BOOL}, {"not c", FAMILY_BOOL}, {"c = true", FAMILY_BOOL}, {"c and true", FAMILY_BOOL},
    {"c > now()", FAMILY_TIME}, {"c >= date '2024-01-01'", FAMILY_TIME}, {"c > today - 7d", FAMILY_TIME}, {"now() - c < 1h", FAMILY_TIME}, {"c + 1h < now()", FAMILY_TIME}, {"c - c < 1h", FAMILY_TIME}, {"c between now() - 1d and now()", FAMILY_TIME},
};

static void asks_for_the_family_that_the_use_implies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        struct test_table table;
        struct error err = ERROR_NONE;
        struct binder binder = {test_bind, &table, &table.time};
        struct expression *e;
        struct predicate *p = NULL;

        test_table_init(&table, SHAPE_FLAT);
        assert_int_equal(expression_parse(&table.arena, span_text(families[i].text), &e, &err), STATUS_OK);
        if (predicate_compile(&table.arena, e, &binder, &p, &err) == STATUS_OK) /* int64 is not always what was hoped for */
            predicate_done(p);
        for (int k = 0; k < COLUMNS; k++)
            if (strcmp(test_columns[k].name, "c") == 0 && table.asked[k] != families[i].family)
                fail_msg("%s: family %d", families[i].text, table.asked[k]);
        arena_done(&table.arena);
    }
}

static void slots_are_ascending_and_each_once(void **state)
{
    struct test_table table;
    struct error err = ERROR_NONE;
    struct binder binder = {test_bind, &table, &table.time};
    struct expression *e;
    struct predicate *p;
    const int32_t *slots;
    int32_t n;

    (void)state;
    test_table_init(&table, SHAPE_FLAT);
    assert_int_equal(expression_parse(&table.arena, span_text("s = 'a' and n = 1 or m > n and x is null"), &e, &err), STATUS_OK);
    assert_int_equal(predicate_compile(&table.arena, e, &binder, &p, &err), STATUS_OK);
    slots = predicate_slots(p, &n);
    assert_int_equal(n, 4);
    for (int i = 1; i < n; i++)
        assert_true(slots[i - 1] < slots[i]);
    predicate_done(p);
    arena_done(&table.arena);
}

/* The rules of a zone, where wall-clock columns meet instants: 2024-12-10 begins at 23:00 UTC of the day before. */
static void naive_times_are_in_the_zone_of_the_suite(void **state)
{
    static const struct { const char *text, *answers; } in_berlin[] = {
        {"wall = ts", "FFFF"}, {"ts > d", "TTTT"}, {"ts >= '2024-12-10'", "TTFT"}, {"ts >= '2024-12-09T23:00:00Z'", "TTFT"},
        {"wall >= '2024-12-10T01:00:00'", "FTFF"}, {"wall = timestamp '2024-12-10T00:00:00Z'", "FTFF"}, {"d = today()", "TFFF"}, {"ts - wall = 1us", "FTFF"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof in_berlin / sizeof *in_berlin; i++) {
        struct test_table table;
        struct error err = ERROR_NONE;
        struct expression *e;
        const char *trouble = NULL;
        char answers[600];

        test_table_init(&table, SHAPE_FLAT);
        assert_int_equal(time_zone_find(&table.arena, "+01:00", &table.zone, &err), STATUS_OK);
        assert_int_equal(expression_parse(&table.arena, span_text(in_berlin[i].text), &e, &err), STATUS_OK);
        test_answers(&table, e, answers, &trouble);
        if (strcmp(answers, in_berlin[i].answers) != 0)
            fail_msg("%s: %s", in_berlin[i].text, answers);
        arena_done(&table.arena);
    }
}

/* Nulls alone are read from the levels of a Parquet file: a vector without values. */
static void null_checks_need_no_values(void **state)
{
    struct test_table table;
    struct error err = ERROR_NONE;
    struct binder binder = {test_bind, &table, &table.time};
    struct expression *e;
    struct predicate *p;
    struct predicate_scratch *scratch;
    uint64_t t = 0, u = 0;
    const char *trouble = NULL;
    const int32_t *slots;
    int32_t n;

    (void)state;
    test_table_init(&table, SHAPE_FLAT);
    assert_int_equal(expression_parse(&table.arena, span_text("n is null or s = 'gold' and s is not null"), &e, &err), STATUS_OK);
    assert_int_equal(predicate_compile(&table.arena, e, &binder, &p, &err), STATUS_OK);
    slots = predicate_slots(p, &n);
    assert_int_equal(n, 2);
    assert_false(predicate_reads_values(p, slots[0]));
    assert_true(predicate_reads_values(p, slots[1]));
    for (int i = 0; i < COLUMNS; i++)
        test_vector(&table, i);
    table.vectors[0].lane = LANE_NONE;
    table.vectors[0].values = NULL;
    assert_int_equal(predicate_scratch_new(p, NULL, &scratch, &err), STATUS_OK);
    assert_int_equal(predicate_eval(p, scratch, table.slots, ROWS, &t, &u, &trouble, &err), STATUS_OK);
    assert_int_equal(t, 1 | 8);
    assert_int_equal(u, 0);
    table.vectors[slots[1]].lane = LANE_I64;
    assert_int_equal(predicate_eval(p, scratch, table.slots, ROWS, &t, &u, &trouble, &err), STATUS_INTERNAL);
    predicate_scratch_free(scratch);
    predicate_done(p);
    arena_done(&table.arena);
}

/* Parse, compile and evaluate within a budget of `limit` bytes; whatever fails, fails by name and leaves nothing behind. */
static enum status live_within(size_t limit, enum shape shape)
{
    static const char text[] = "n in (1, 2) and (s ~ 'a+' or lower(s) like 'b%') and x + 1 > m or n < m or (s = t) = flag";
    struct test_table table;
    struct memory memory;
    struct arena arena;
    struct error err = ERROR_NONE;
    struct binder binder = {test_bind, &table, &table.time};
    struct expression *e;
    struct predicate *p = NULL;
    struct predicate_scratch *scratch = NULL;
    uint64_t t, u;
    const char *trouble = NULL;
    enum status status;

    test_table_init(&table, shape);
    memory_init(&memory, limit);
    arena_init(&arena, &memory, 0);
    status = expression_parse(&arena, span_text(text), &e, &err);
    if (status == STATUS_OK)
        status = predicate_compile(&arena, e, &binder, &p, &err);
    if (status == STATUS_OK)
        status = predicate_scratch_new(p, &memory, &scratch, &err);
    for (int i = 0; i < COLUMNS; i++)
        test_vector(&table, i);
    if (status == STATUS_OK)
        status = predicate_eval(p, scratch, table.slots, ROWS, &t, &u, &trouble, &err);
    predicate_scratch_free(scratch);
    predicate_done(p);
    arena_done(&arena);
    assert_int_equal(memory.used, 0);
    arena_done(&table.arena);
    return status;
}

static void failing_allocations_are_an_error_and_no_crash(void **state)
{
    (void)state;
    for (int shape = SHAPE_FLAT; shape <= SHAPE_DICTIONARY; shape++) {
        enum status status = STATUS_TOO_LARGE;

        for (size_t limit = 1; status == STATUS_TOO_LARGE; limit += limit / 50 + 7)
            status = live_within(limit, (enum shape)shape);
        assert_int_equal(status, STATUS_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flat_columns_give_these_answers),
        cmocka_unit_test(dictionaries_give_the_same_answers),
        cmocka_unit_test(constants_answer_like_their_first_row),
        cmocka_unit_test(refuses_what_makes_no_sense),
        cmocka_unit_test(asks_for_the_family_that_the_use_implies),
        cmocka_unit_test(slots_are_ascending_and_each_once),
        cmocka_unit_test(naive_times_are_in_the_zone_of_the_suite),
        cmocka_unit_test(null_checks_need_no_values),
        cmocka_unit_test(failing_allocations_are_an_error_and_no_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
