/* tests/readers/test_csv.c -- records, damage, dialects, nulls and windows. */
#include "tests/readers/text_fixture.h"

#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "core/pool.h"

static void cuts_records_as_rfc_4180_says(void **state)
{
    static const struct text_case cases[] = {
        {"a,b\n1,2\n3,4\n", "a,b\n[1][2]\n[3][4]\n"},
        {"a,b\r\n1,2\r\n", "a,b\n[1][2]\n"},
        {"a,b\n1,2", "a,b\n[1][2]\n"},
        {"a,b\r1,2\r3,4", "a,b\n[1][2]\n[3][4]\n"},
        {"a,b\r\n1,2\n3,4\r5,6\r\n\"x\r\ny\",7\n", "a,b\n[1][2]\n[3][4]\n[5][6]\n[x\r\ny][7]\n"},
        {"a,b\n\"1\",\"2\"\n", "a,b\n[1][2]\n"},
        {"a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n", "a,b\n[say \"hi\"][\"]\n"},
        {"a,b\n\"x,y\",\"l1\nl2\"\n", "a,b\n[x,y][l1\nl2]\n"},
        {"a,b\n\"x\",\"y\"", "a,b\n[x][y]\n"},
        {"\"a\"\"q\",b\nx,y\n", "a\"q,b\n[x][y]\n"},
        {"\xef\xbb\xbf" "a,b\nx,y\n", "a,b\n[x][y]\n"},
        {"a,b\n 1 , x\n", "a,b\n[ 1 ][ x]\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void tells_null_from_empty_text(void **state)
{
    static const struct text_case cases[] = {
        {"a,b\n,\"\"\n\"\",\n", "a,b\n~[]\n[]~\n"},
        {"a,b\n,", "a,b\n~~\n"},
        {"a,b\nNA,\"NA\"\n", "a,b\n[NA][NA]\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void takes_null_words_only_unquoted(void **state)
{
    static const char *words[] = {"NA", "-"};
    static const struct text_case cases[] = {{"a,b\nNA,\"NA\"\n-,NAN\n,\n", "a,b\n~[NA]\n~[NAN]\n~~\n"}};
    (void)state;
    CHECK_CASES_WITH(cases, .header = -1, .null_words = {words, 2, true});
}

static void passes_over_blank_lines_but_not_in_a_single_column(void **state)
{
    static const struct text_case cases[] = {
        {"\n\na,b\n\n1,2\n\r\n\n3,4\n\n", "a,b\n[1][2]\n[3][4]\n"},
        {"a\nx\n\ny\n", "a\n[x]\n~\n[y]\n"},
        {"a\nx\n", "a\n[x]\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void lists_every_kind_of_damage_and_goes_on(void **state)
{
    static const struct text_case cases[] = {
        {"a,b\n1\n3,4,5\n6,7\n", "a,b\n[6][7]\n! 2:4 1 cells where the first record has 2\n"
                                 "! 3:6 3 cells where the first record has 2\n"},
        {"a,b\nx\"y,1\n3,4\n", "a,b\n[3][4]\n! 2:4 a quote inside an unquoted cell\n"},
        {"a,b\n\"x\"y,1\n3,4\n", "a,b\n[3][4]\n! 2:4 text after a closing quote\n"},
        {"a,b\n\"x\" ,1\n3,4\n", "a,b\n[3][4]\n! 2:4 text after a closing quote\n"},
        {"a,b\n3,4\n\"x,1\n3,4\n", "a,b\n[3][4]\n! 3:8 a quote is never closed\n"},
        {"a,b\n3,\"4\"\"", "a,b\n! 2:4 a quote is never closed\n"},
        {"a,b\n\xc0\xaf,1\n\xed\xa0\x80,2\n\xc3\xa4,3\n", "a,b\n[\xc3\xa4][3]\n! 2:4 invalid UTF-8\n! 3:9 invalid UTF-8\n"},
        {"a,b\n1\0,2\n3,4\n", "a,b\n[3][4]\n! 2:4 a NUL byte\n", 13},
        {"a,b\n\"l1\nl2\",1\nbad\n", "a,b\n[l1\nl2][1]\n! 4:14 1 cells where the first record has 2\n"},
        {"a,b\n\"l1\r\nl2\rl3\",1\nbad\n", "a,b\n[l1\r\nl2\rl3][1]\n! 5:18 1 cells where the first record has 2\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void lists_a_misplaced_quote_in_the_header(void **state)
{
    static const struct text_case cases[] = {
        {"a\"b,c\n1,2\n", "a\"b,c\n[1][2]\n! 1:0 a quote inside an unquoted cell in the header\n"},
        {"\n\"a\" ,c\n1\n", "\"a\" ,c\n! 2:1 text after a closing quote in the header\n! 3:8 1 cells where the first record has 2\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void refuses_a_damaged_first_record(void **state)
{
    static const struct text_case cases[] = {
        {"x\"a\xff,b\n", "bad_data: the first record, which names the columns, is damaged: invalid UTF-8"},
        {"\"a,b\n1,2\n", "bad_data: the first record, which names the columns, is damaged: a quote is never closed"},
        {"a\xff,b\n", "bad_data: the first record, which names the columns, is damaged: invalid UTF-8"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void tells_the_delimiter_by_which_records_agree(void **state)
{
    static const struct text_case cases[] = {
        {"a;b\n1,5;2,5\n", "a,b\n[1,5][2,5]\n"},
        {"a\tb\nx,y\tz\n", "a,b\n[x,y][z]\n"},
        {"a|b|c\n1|2|3\n", "a,b,c\n[1][2][3]\n"},
        {"a,b\n\"x;y;z\",1\n", "a,b\n[x;y;z][1]\n"},
        {"a\nx;y\n", "a\n[x;y]\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void tells_quote_escape_comment_and_preamble(void **state)
{
    static const struct text_case cases[] = {
        {"a,'b,c'\n'x',2\n'y,z',3\n", "a,b,c\n[x][2]\n[y,z][3]\n"},
        {"1,'2,5'\n3,'4,5'\n", "column_1,column_2\n[1][2,5]\n[3][4,5]\n"}, /* three cells each were as many, and more */
        {"a,b\n'tis,it's\n", "a,b\n['tis][it's]\n"},
        {"a,b\n\"say \\\"hi\\\"\",1\n\"C:\\new\",2\n", "a,b\n[say \"hi\"][1]\n[C:\\new][2]\n"},
        {"a,b\nC:\\x,1\nD:\\,2\n", "a,b\n[C:\\x][1]\n[D:\\][2]\n"},
        {"# made by hand\na,b\n1,2\n# half way\n3,4\n", "a,b\n[1][2]\n[3][4]\n"},
        {"#a,b\n1,2\n3,4\n", "#a,b\n[1][2]\n[3][4]\n"},
        {"a,b\n#1\n3,4\n", "a,b\n[3][4]\n! 2:4 1 cells where the first record has 2\n"},
        {"Sales of 2024\n\nq,x,n\n1,a,3\n2,b,4\n", "q,x,n\n[1][a][3]\n[2][b][4]\n"},
        {"Sales,,\n,,\nq,x,n\n1,a,\n,,\n2,b,4\n", "q,x,n\n[1][a]~\n~~~\n[2][b][4]\n"},
        {",,\n1,a,3\n2,b,4\n", "column_1,column_2,column_3\n~~~\n[1][a][3]\n[2][b][4]\n"}, /* taken for a title once */
        {"a,,\n1,,3\n2,b,4\n", "a,column_2,column_3\n[1]~[3]\n[2][b][4]\n"},
        {"a\n1,2\n3,4\n", "a\n! 2:2 2 cells where the first record has 1\n! 3:6 2 cells where the first record has 1\n"},
        {"a:b:c\n1:2:3\n4:5:6\n", "a,b,c\n[1][2][3]\n[4][5][6]\n"},
        {"time\n12:30:00\n13:30:00\n", "time\n[12:30:00]\n[13:30:00]\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void an_escape_makes_delimiters_quotes_and_line_ends_text(void **state)
{
    static const struct text_case cases[] = {
        {"a,b\nx\\,y,1\n\"p\\\"q\"\"r\",2\nl1\\\nl2,3\n\\\\,4\nbad\n",
         "a,b\n[x,y][1]\n[p\"q\"r][2]\n[l1\nl2][3]\n[\\][4]\n! 7:37 1 cells where the first record has 2\n"},
        {"a,b\nx,\"\\", "a,b\n! 2:4 a quote is never closed\n"},
        {"a,b\nx,\\", "a,b\n[x][\\]\n"},
    };
    (void)state;
    CHECK_CASES_WITH(cases, .header = -1, .delimiter = ',', .quote = '"', .escape = '\\', .comment = "");
}

static void tells_a_header_by_what_stands_below_it(void **state)
{
    static const struct text_case cases[] = {
        {"country,2019,2020\nCH,1.5,2\nDE,3,4\n", "country,2019,2020\n[CH][1.5][2]\n[DE][3][4]\n"},
        {"CH,2019,2020\nDE,2018,2021\n", "column_1,column_2,column_3\n[CH][2019][2020]\n[DE][2018][2021]\n"},
        {"region,2020-01-01,2020-02-01\nx,1,2\n", "region,2020-01-01,2020-02-01\n[x][1][2]\n"},
        {"\"id\",\"n\"\n\"1\",\"2\"\n", "id,n\n[1][2]\n"},
        {"\"5\",\"6\"\n\"1\",\"2\"\n", "column_1,column_2\n[5][6]\n[1][2]\n"},
        {"1/2/2020\n3/4/2020\n", "column_1\n[1/2/2020]\n[3/4/2020]\n"},
        {"m,x\nf,y\nm,y\nf,x\n", "column_1,column_2\n[m][x]\n[f][y]\n[m][y]\n[f][x]\n"},
        {"m,x\nf,y\nm,x\nf,z\n", "m,x\n[f][y]\n[m][x]\n[f][z]\n"}, /* a header repeated */
        {"x,y\n", "x,y\n"},
    };
    (void)state;
    CHECK_CASES_WITH(cases, .header = -1, .delimiter = ',');
}

static void keeps_the_evidence_for_what_it_told(void **state)
{
    static const struct { const char *what, *is, *because; } expected[] = {
        {"encoding", "utf-8", "nothing but ASCII at its beginning"},
        {"line_end", "crlf", "3 CR LF, 0 LF, 0 CR in the first 20 bytes"},
        {"delimiter", "';'", "3 of the first 3 records have the 2 cells of the first"},
        {"quote", "'\"'", "1 cells of the sample are quoted by it"},
        {"escape", "none", "declared"},
        {"comment", "none", "the first line begins with none that makes more records agree"},
        {"header", "yes", "the first record has other cells than the columns below it"},
    };
    struct read_options options = {.header = -1, .escape = -1};
    struct error err = ERROR_NONE;
    struct source *source;
    struct table *table;

    (void)state;
    assert_int_equal(source_from_memory("text", span_text("a;b\r\n1;\"x\"\r\n2;yyyy\r\n"), NULL, &source, &err), STATUS_OK);
    assert_int_equal(table_open(source, &options, &table, &err), STATUS_OK);
    assert_int_equal(table->n_told, sizeof expected / sizeof *expected);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        assert_string_equal(table->told[i].what, expected[i].what);
        assert_string_equal(table->told[i].is, expected[i].is);
        assert_string_equal(table->told[i].because, expected[i].because);
    }
    table_close(table);
}

static void takes_a_first_record_of_values_as_data(void **state)
{
    static const struct text_case cases[] = {
        {"1,x\n2,y\n", "column_1,column_2\n[1][x]\n[2][y]\n"},
        {"x,2024-01-01\n", "column_1,column_2\n[x][2024-01-01]\n"},
        {"\"1\",x\n2,y\n", "1,x\n[2][y]\n"},
        {",\n1,2\n", "column_1,column_2\n~~\n[1][2]\n"},
        {"a,,a,a#2,a\n1,2,3,4,5\n", "a,column_2,a#3,a#2,a#4\n[1][2][3][4][5]\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void obeys_its_options(void **state)
{
    static const struct text_case no_header[] = {{"a,b\n", "column_1,column_2\n[a][b]\n"}};
    static const struct text_case header[] = {{"1,2\n3,4\n", "1,2\n[3][4]\n"}};
    static const struct text_case comment[] = {{"# a \"note\n#\na,b\n#x\n1,2\n#", "a,b\n[1][2]\n"},
                                               {"a,b\n1,#2\n\"#3\",4\n", "a,b\n[1][#2]\n[#3][4]\n"}};
    static const struct text_case skip[] = {{"t\"itle\r\nmore\na,b\nx\n1,2\n", "a,b\n[1][2]\n! 4:17 1 cells where the first record has 2\n"},
                                            {"one\n", "\n"}};
    static const struct text_case no_quote[] = {{"a,b\n\"x,y\"\n", "a,b\n[\"x][y\"]\n"}};
    static const struct text_case quote[] = {{"a,b\n'it''s',2\n", "a,b\n[it's][2]\n"}};
    (void)state;
    CHECK_CASES_WITH(no_header, .header = 0);
    CHECK_CASES_WITH(header, .header = 1);
    CHECK_CASES_WITH(comment, .header = -1, .comment = "#");
    CHECK_CASES_WITH(skip, .header = -1, .skip_lines = 2);
    CHECK_CASES_WITH(no_quote, .header = -1, .quote = -1);
    CHECK_CASES_WITH(quote, .header = -1, .quote = '\'', .delimiter = ',');
}

static void a_text_without_records_has_no_columns(void **state)
{
    static const struct text_case cases[] = {{"\n\n", "\n"}, {"\xef\xbb\xbf", "\n"}};
    struct read_options options = TELL_OPTIONS;
    struct arena arena = {0};
    (void)state;
    CHECK_CASES(cases);
    assert_string_equal(tell(&arena, span_of("", 0), &options, 0), "\n");
    arena_done(&arena);
}

static void refuses_known_formats_by_name(void **state)
{
    static const struct text_case cases[] = {
        {"PK\x03\x04 rest", "unsupported: this is a zip archive (or an Excel workbook), which is not read; Parquet, CSV and JSON are"},
        {"\xff\xfe\0\0a\0\0\0", "unsupported: this is UTF-32 text, which is not read; Parquet, CSV and JSON are", 8},
    };
    (void)state;
    CHECK_CASES(cases);
}

/* Pseudo-random text that is mostly quotes, delimiters and line ends. */
static size_t make_soup(uint64_t seed, char *out, size_t size)
{
    static const char letters[] = "ab,,,\"\"\n\n\r\xc3\xa4 x";
    size_t n = 4;

    memcpy(out, "a,b\n", 4);
    while (n < size) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        out[n++] = letters[(seed >> 33) % (sizeof letters - 1)];
    }
    return n;
}

static const char *tell_exactly(struct arena *arena, struct span text, const struct read_options *options)
{
    struct read_options exact = *options;
    const char *told;

    lexer_alone = true;
    told = tell(arena, text, &exact, 0);
    lexer_alone = false;
    return told;
}

static void any_window_and_any_blocks_say_what_the_lexer_says(void **state)
{
    static const size_t sizes[] = {1, 3, 17, 64, 100, 127, 1000};
    static const struct read_options options[] = {TELL_OPTIONS, {.header = -1, .comment = "a"}, {.header = -1, .comment = "ab", .delimiter = ','},
                                                  {.header = -1, .quote = -1, .delimiter = ','}};
    char text[300];

    (void)state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct arena arena = {0};
        struct span soup = span_of(text, make_soup(seed * 77, text, sizeof text));
        const struct read_options *o = &options[seed % 4];
        const char *expected = tell_exactly(&arena, soup, o);
        assert_string_equal(tell(&arena, soup, o, 0), expected);
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            assert_string_equal(tell_cut_up(&arena, soup, o, sizes[k], 0), expected);
            assert_string_equal(tell_cut_up(&arena, soup, o, 0, sizes[k]), expected);
        }
        arena_done(&arena);
    }
}

/* Mostly plain records, with all that may go wrong now and then: long runs of the kernel, short ones of the lexer. */
static void make_nearly_plain(struct buffer *out, uint64_t seed, int n_records)
{
    static const char *const odd[] = {"x\"y,2,3\n", "\"q\" ,2,3\n", "1,2\n", "1,2,3,4\n", "\n", "\r\n", "a\xff,2,3\n", "\"l1\nl2\r\n\"\"\",,\r\n",
                                      "\xc3\xa4,\"\",3\n", "\"a,\n\",\"b\"\"\",\"\"\r\n", "\"\"\"\"\"\",2,3\r", "r,2,3\r"};

    assert_true(buffer_add(out, "a,b,c\n", 6));
    for (int i = 0; i < n_records; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        if ((seed >> 40) % 16 == 0)
            assert_true(buffer_format(out, "%s", odd[(seed >> 50) % (sizeof odd / sizeof *odd)]));
        else
            assert_true(buffer_format(out, "%llu,text %d,\"%.*s\"\n", (unsigned long long)(seed >> 33), i, (int)(seed >> 59), "quoted, with a comma in it, and long"));
    }
}

static void nearly_plain_text_is_told_as_the_lexer_tells_it(void **state)
{
    static const size_t sizes[] = {37, 64, 1000, 4096, 100000};
    struct read_options options = TELL_OPTIONS;

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct arena arena = {0};
        struct buffer text = {0};
        const char *expected;
        make_nearly_plain(&text, seed, 700);
        expected = tell_exactly(&arena, span_of(text.at, text.size), &options);
        assert_memory_equal(expected, "a,b,c\n[", 7);
        assert_string_equal(tell(&arena, span_of(text.at, text.size), &options, 0), expected);
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            assert_string_equal(tell_cut_up(&arena, span_of(text.at, text.size), &options, sizes[k], 0), expected);
            assert_string_equal(tell_cut_up(&arena, span_of(text.at, text.size), &options, 0, sizes[k]), expected);
        }
        buffer_done(&text);
        arena_done(&arena);
    }
}

/* --- blocks on many threads --- */

enum { THREADS = 7, BLOCKS_SUMMED = 4096 };

struct block_sums {
    struct table *table;
    const int32_t *order; /* which unit a task scans */
    int64_t first_row[BLOCKS_SUMMED], n_rows[BLOCKS_SUMMED];
    _Atomic int64_t sum;
    int32_t n_units;
    struct damage damage;
    pthread_mutex_t lock;
};

static bool sum_block(void *context, int worker, int64_t task)
{
    struct block_sums *s = context;
    struct want want = {0, {.kind = TYPE_STRING}, NEED_VALUES};
    struct error err = ERROR_NONE;
    struct scan *scan;
    struct chunk chunk;
    int32_t unit = s->order[task];

    (void)worker;
    if (s->table->reader->scan_open(s->table, unit, &want, 1, 0, &scan, &err) != STATUS_OK)
        return false;
    s->first_row[unit] = -1;
    while (s->table->reader->scan_next(scan, &chunk, &err) == STATUS_OK && chunk.n_rows) {
        if (s->n_rows[unit] == 0)
            s->first_row[unit] = chunk.first_row;
        s->n_rows[unit] += chunk.n_rows;
        for (int64_t row = 0; row < chunk.n_rows; row++)
            for (size_t k = 0; k < chunk.vectors[0].raw[row].size; k++)
                s->sum += chunk.vectors[0].raw[row].at[k] * (chunk.first_row + row + 1);
    }
    pthread_mutex_lock(&s->lock);
    damage_merge(&s->damage, s->table->reader->scan_damage(scan));
    pthread_mutex_unlock(&s->lock);
    s->table->reader->scan_close(scan);
    return err.status == STATUS_OK;
}

static struct block_sums *sum_blocks(struct span text, int64_t block, int n_threads, bool is_backwards)
{
    struct block_sums *sums = calloc(1, sizeof *sums);
    static int32_t order[BLOCKS_SUMMED];
    struct read_options options = TELL_OPTIONS;
    struct error err = ERROR_NONE;
    struct source *source;
    int64_t n_rows = 0;

    assert_non_null(sums);
    pthread_mutex_init(&sums->lock, NULL);
    assert_int_equal(source_from_memory("text", text, NULL, &source, &err), STATUS_OK);
    assert_int_equal(table_open(source, &options, &sums->table, &err), STATUS_OK);
    assert_int_equal(csv_cut_up((struct csv_table *)sums->table, block, &err), STATUS_OK);
    assert_true(sums->table->n_units <= BLOCKS_SUMMED);
    for (int32_t i = 0; i < sums->table->n_units; i++)
        order[i] = is_backwards ? sums->table->n_units - 1 - i : i;
    sums->order = order;
    sums->n_units = sums->table->n_units;
    pool_run(n_threads, sums->table->n_units, sum_block, sums);
    for (int32_t i = 0; i < sums->table->n_units; i++) {
        if (sums->n_rows[i])
            assert_int_equal(sums->first_row[i], n_rows);
        n_rows += sums->n_rows[i];
    }
    assert_int_equal(sums->damage.n_total, n_rows + sums->damage.n_records);
    table_close(sums->table);
    pthread_mutex_destroy(&sums->lock);
    return sums;
}

static void blocks_say_the_same_on_any_number_of_threads_in_any_order(void **state)
{
    struct buffer text = {0};
    struct block_sums *expected, *sums;

    (void)state;
    make_nearly_plain(&text, 5, 3000);
    expected = sum_blocks(span_of(text.at, text.size), 1 << 20, 1, false);
    assert_true(expected->damage.n_records > 20);
    for (int64_t block = 61; block < 10000; block *= 3)
        for (int backwards = 0; backwards < 2; backwards++) {
            sums = sum_blocks(span_of(text.at, text.size), block, backwards ? THREADS - 4 : THREADS, backwards);
            assert_int_equal(sums->sum, expected->sum);
            assert_memory_equal(&sums->damage, &expected->damage, sizeof sums->damage);
            free(sums);
        }
    free(expected);
    buffer_done(&text);
}

static size_t gzip_text(const char *text, uint8_t *out, size_t room)
{
    z_stream z = {0};

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (z_const Bytef *)(uintptr_t)text;
    z.avail_in = (unsigned)strlen(text);
    z.next_out = out;
    z.avail_out = (unsigned)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return room - z.avail_out;
}

static void unpacks_gzip_in_several_members_and_refuses_a_cut_one(void **state)
{
    struct read_options options = TELL_OPTIONS;
    uint8_t packed[512];
    struct arena arena = {0};
    size_t n = gzip_text("a,b\n1,", packed, sizeof packed);
    size_t all = n + gzip_text("2\n3,4\n", packed + n, sizeof packed - n);

    (void)state;
    assert_string_equal(tell(&arena, span_of(packed, all), &options, 0), "a,b\n[1][2]\n[3][4]\n");
    assert_string_equal(tell(&arena, span_of(packed, all), &options, 3), "a,b\n[1][2]\n[3][4]\n");
    for (size_t cut = n + 1; cut < all; cut++)
        assert_memory_equal(tell(&arena, span_of(packed, cut), &options, 0), "bad_data", 8);
    memcpy(packed + all, "junk", 4);
    assert_memory_equal(tell(&arena, span_of(packed, all + 4), &options, 0), "bad_data", 8);
    memset(packed + all, 0, 4);
    assert_string_equal(tell(&arena, span_of(packed, all + 4), &options, 0), "a,b\n[1][2]\n[3][4]\n");
    arena_done(&arena);
}

static void unpacks_zstd_and_refuses_a_cut_one(void **state)
{
    struct read_options options = TELL_OPTIONS;
    uint8_t packed[512];
    struct arena arena = {0};
    size_t n = ZSTD_compress(packed, sizeof packed, "a,b\n1,2\n", 8, 3);

    (void)state;
    assert_string_equal(tell(&arena, span_of(packed, n), &options, 0), "a,b\n[1][2]\n");
    for (size_t cut = 5; cut < n; cut++)
        assert_memory_equal(tell(&arena, span_of(packed, cut), &options, 0), "bad_data", 8);
    arena_done(&arena);
}

/* --- packed in pieces --- */

/* The next piece of a packed file: a member of bgzip, or a zstd frame that says how long it is. */
static void add_piece(struct buffer *out, bool is_zstd, const uint8_t *text, size_t size, bool has_checksum)
{
    static const uint8_t head[] = {0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 6, 0, 'B', 'C', 2, 0};
    static uint8_t packed[1 << 20];
    size_t n;

    if (is_zstd) {
        ZSTD_CCtx *z = ZSTD_createCCtx();
        ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, has_checksum);
        n = ZSTD_compress2(z, packed, sizeof packed, text, size);
        ZSTD_freeCCtx(z);
        assert_false(ZSTD_isError(n));
    } else {
        z_stream z = {.next_in = (z_const Bytef *)(uintptr_t)text, .avail_in = (unsigned)size, .next_out = packed + 18, .avail_out = 1 << 19};
        uint32_t tail[2] = {(uint32_t)crc32(0, text, (unsigned)size), (uint32_t)size};
        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        n = 18 + z.total_out;
        deflateEnd(&z);
        memcpy(packed, head, sizeof head);
        for (int k = 0; k < 8; k++)
            packed[n + (size_t)k] = (uint8_t)(tail[k / 4] >> (8 * (k % 4)));
        n += 8;
        packed[16] = (uint8_t)(n - 1);
        packed[17] = (uint8_t)((n - 1) >> 8);
    }
    assert_true(buffer_add(out, packed, n));
}

static void pack(struct buffer *out, bool is_zstd, struct span text, uint64_t seed)
{
    size_t at = 0;

    while (at < text.size) {
        size_t size = (seed >> 40) % 997;

        size = size < text.size - at ? size : text.size - at;
        add_piece(out, is_zstd, text.at + at, size, seed >> 60 & 1);
        if (is_zstd && seed >> 61 & 1)
            assert_true(buffer_add(out, "\x5e\x2a\x4d\x18\x03\0\0\0abc", 11)); /* a skippable frame */
        at += size;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
    }
    add_piece(out, is_zstd, text.at, 0, false);
}

static void packed_pieces_say_the_same_on_any_number_of_threads_in_any_order(void **state)
{
    struct buffer text = {0};
    struct block_sums *expected, *sums;

    (void)state;
    make_nearly_plain(&text, 5, 3000);
    expected = sum_blocks(span_of(text.at, text.size), 1 << 20, 1, false);
    for (int is_zstd = 0; is_zstd < 2; is_zstd++) {
        struct buffer packed = {0};

        pack(&packed, is_zstd, span_of(text.at, text.size), 77);
        for (int64_t block = 61; block < 1 << 20; block *= 5)
            for (int backwards = 0; backwards < 2; backwards++) {
                sums = sum_blocks(span_of(packed.at, packed.size), block, backwards ? THREADS - 4 : THREADS, backwards);
                if (block < 10000)
                    assert_true(sums->n_units > 10);
                assert_int_equal(sums->sum, expected->sum);
                assert_memory_equal(&sums->damage, &expected->damage, sizeof sums->damage);
                free(sums);
            }
        buffer_done(&packed);
    }
    free(expected);
    buffer_done(&text);
}

/* Every byte of a packed file changed: what is told is what is told in windows, or the file is refused. */
static void pieces_that_lie_are_refused(void **state)
{
    struct read_options options = TELL_OPTIONS;
    struct buffer text = {0};

    (void)state;
    make_nearly_plain(&text, 9, 60);
    for (int is_zstd = 0; is_zstd < 2; is_zstd++) {
        struct buffer packed = {0};
        const char *good;
        struct arena arena = {0};
        int n_refused = 0;

        pack(&packed, is_zstd, span_of(text.at, text.size), 3);
        good = tell(&arena, span_of(packed.at, packed.size), &options, 1000);
        assert_string_equal(tell_cut_up(&arena, span_of(packed.at, packed.size), &options, 0, 100), good);
        for (size_t i = 4; i < packed.size; i++)
            for (int bit = 0; bit < 8; bit += 3) {
                const char *in_windows, *in_parts;

                packed.at[i] = (char)(packed.at[i] ^ 1 << bit);
                in_windows = tell(&arena, span_of(packed.at, packed.size), &options, 1000);
                in_parts = tell_cut_up(&arena, span_of(packed.at, packed.size), &options, 0, 100);
                if (strcmp(in_windows, in_parts) != 0)
                    assert_memory_equal(in_parts, "bad_data", 8);
                n_refused += memcmp(in_parts, "bad_data", 8) == 0;
                packed.at[i] = (char)(packed.at[i] ^ 1 << bit);
            }
        assert_true(n_refused > (int)packed.size / 2);
        for (size_t cut = 4; cut < packed.size; cut += 7)
            assert_string_equal(tell_cut_up(&arena, span_of(packed.at, cut), &options, 0, 100), tell(&arena, span_of(packed.at, cut), &options, 1000));
        arena_done(&arena);
        buffer_done(&packed);
    }
    buffer_done(&text);
}

static void a_record_beyond_the_limit_is_named(void **state)
{
    struct read_options options = TELL_OPTIONS;
    struct arena arena = {0};
    size_t size = (size_t)RECORD_MAX_BYTES + (4 << 20);
    char *text = malloc(size);

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, "a,b\n\"", 5);
    assert_memory_equal(tell(&arena, span_of(text, size), &options, 0), "too_large: a record is longer than 16 MiB", 41);
    /* A window that grew from 100 bytes once took in 26 MB before it refused: found by fuzz_csv. */
    assert_memory_equal(tell(&arena, span_of(text, size), &options, 100), "too_large: a record is longer than 16 MiB", 41);
    free(text);
    arena_done(&arena);
}

static void a_cancelled_scan_and_a_small_budget_are_named(void **state)
{
    atomic_bool cancelled = true;
    struct memory memory;
    struct read_options options = TELL_OPTIONS;
    struct arena arena = {0};

    (void)state;
    options.cancelled = &cancelled;
    assert_string_equal(tell(&arena, span_text("a,b\n1,2\n"), &options, 0), "cancelled: cancelled");
    options.cancelled = NULL;
    memory_init(&memory, 100000);
    options.memory = &memory;
    assert_memory_equal(tell(&arena, span_text("a,b\n1,2\n"), &options, 0), "too_large: ", 11);
    assert_int_equal(memory.used, 0);
    arena_done(&arena);
}

static void a_chunk_holds_fewer_rows_of_very_many_columns(void **state)
{
    enum { N = 40000 };
    struct buffer text = {0};
    struct want *wants = calloc(N, sizeof *wants);
    struct read_options options = {.header = 0, .delimiter = ','};
    struct error err = ERROR_NONE;
    struct source *source;
    struct table *table;
    struct scan *scan;
    struct chunk chunk;
    int64_t n_rows = 0;

    (void)state;
    assert_non_null(wants);
    for (int row = 0; row < 40; row++)
        for (int i = 0; i < N; i++)
            assert_true(buffer_add(&text, i + 1 < N ? "1," : "2\n", 2));
    for (int i = 0; i < N; i++)
        wants[i] = (struct want){i, {.kind = TYPE_INT64}, NEED_VALUES};
    assert_int_equal(source_from_memory("text", span_of(text.at, text.size), NULL, &source, &err), STATUS_OK);
    assert_int_equal(table_open(source, &options, &table, &err), STATUS_OK);
    assert_int_equal(table->schema.n_columns, N);
    for (int32_t unit = 0; unit < table->n_units; unit++) {
        assert_int_equal(table->reader->scan_open(table, unit, wants, N, 0, &scan, &err), STATUS_OK);
        do {
            assert_int_equal(table->reader->scan_next(scan, &chunk, &err), STATUS_OK);
            assert_true(chunk.n_rows <= 26);
            for (int64_t row = 0; row < chunk.n_rows; row++)
                assert_int_equal(chunk.vectors[N - 1].i64[row], 2);
            n_rows += chunk.n_rows;
        } while (chunk.n_rows);
        table->reader->scan_close(scan);
    }
    assert_int_equal(n_rows, 40);
    table_close(table);
    buffer_done(&text);
    free(wants);
}

/* NEED_NULLS looks at the places of cells alone where there are no words for null: it has to say what looking at the cells says. */
static void nulls_alone_are_the_nulls_of_values(void **state)
{
    static const char *const cells[] = {"", "\"\"", "x", "NA", "\"NA\"", "\"\"\"\"", " ", "\"a,b\"", "\"\n\""};
    static const char *words[] = {"NA"};
    struct buffer text = {0};

    (void)state;
    srand(7);
    assert_true(buffer_format(&text, "a,b,c\n"));
    for (int row = 0; row < 5000; row++)
        assert_true(buffer_format(&text, "%s,%s,%s%s", cells[rand() % 9], cells[rand() % 9], cells[rand() % 9], rand() % 5 ? "\n" : "\r\n"));
    for (int round = 0; round < 4; round++) {
        struct read_options options = {.header = 1, .delimiter = ',', .null_words = {words, 1, round & 1}};
        struct want wants[6];
        struct error err = ERROR_NONE;
        struct source *source;
        struct table *table;
        struct scan *scan;
        struct chunk chunk;
        int64_t n_rows = 0, n_nulls = 0;

        for (int32_t i = 0; i < 6; i++)
            wants[i] = (struct want){i % 3, {.kind = TYPE_STRING}, i < 3 ? NEED_VALUES : NEED_NULLS};
        assert_int_equal(source_from_memory("text", span_of(text.at, text.size), NULL, &source, &err), STATUS_OK);
        assert_int_equal(table_open(source, &options, &table, &err), STATUS_OK);
        if (round & 2)
            csv_read_in_windows((struct csv_table *)table, 64 << 10);
        for (int32_t unit = 0; unit < table->n_units; unit++) {
            assert_int_equal(table->reader->scan_open(table, unit, wants, 6, 0, &scan, &err), STATUS_OK);
            do {
                assert_int_equal(table->reader->scan_next(scan, &chunk, &err), STATUS_OK);
                n_rows += chunk.n_rows;
                for (int32_t i = 0; i < 3 && chunk.n_rows; i++) {
                    const struct vector *values = &chunk.vectors[i], *nulls = &chunk.vectors[i + 3];

                    assert_null(nulls->raw);
                    assert_int_equal(nulls->lane, LANE_NONE);
                    assert_int_equal(nulls->n_nulls, values->n_nulls);
                    for (int64_t row = 0; row < chunk.n_rows; row++)
                        assert_int_equal(vector_is_valid(nulls, row), vector_is_valid(values, row));
                    n_nulls += nulls->n_nulls;
                }
            } while (chunk.n_rows);
            table->reader->scan_close(scan);
        }
        assert_int_equal(n_rows, 5000);
        assert_true(round & 1 ? n_nulls > 3000 : n_nulls > 1300 && n_nulls < 2200);
        table_close(table);
    }
    buffer_done(&text);
}

static void delivers_records_as_they_were_and_the_header(void **state)
{
    static const char text[] = "\xef\xbb\xbf" "a,b\r\n\"1\",2\r\nbad\r\n3,\"4\n\"";
    struct read_options options = TELL_OPTIONS;
    struct error err = ERROR_NONE;
    struct source *source;
    struct table *table;
    struct scan *scan;
    struct chunk chunk;

    (void)state;
    assert_int_equal(source_from_memory("text", span_text(text), NULL, &source, &err), STATUS_OK);
    assert_int_equal(table_open(source, &options, &table, &err), STATUS_OK);
    assert_string_equal(table->header, "\xef\xbb\xbf" "a,b\r\n");
    assert_int_equal(table->header_size, 8);
    assert_string_equal(table->dialect, "delimiter ',', header, quote '\"'");
    assert_int_equal(table->reader->scan_open(table, 0, NULL, 0, SCAN_RECORDS, &scan, &err), STATUS_OK);
    assert_int_equal(table->reader->scan_next(scan, &chunk, &err), STATUS_OK);
    assert_int_equal(chunk.n_rows, 2);
    assert_int_equal(chunk.n_vectors, 0);
    assert_true(span_is(chunk.records[0], "\"1\",2\r\n"));
    assert_true(span_is(chunk.records[1], "3,\"4\n\""));
    table->reader->scan_close(scan);
    table_close(table);
}

/* All units, the first n_wants columns of each. Returns the rows. */
static int64_t count_rows(struct span text, size_t block, int32_t n_wants, struct damage *damage)
{
    struct read_options options = {.delimiter = ',', .header = 1};
    struct error err = ERROR_NONE;
    struct source *source;
    struct table *table;
    struct want wants[3];
    int64_t n_rows = 0;

    *damage = (struct damage){0};
    for (int32_t i = 0; i < n_wants; i++)
        wants[i] = (struct want){i, {.kind = TYPE_STRING}, NEED_VALUES};
    assert_int_equal(source_from_memory("text", text, NULL, &source, &err), STATUS_OK);
    assert_int_equal(table_open(source, &options, &table, &err), STATUS_OK);
    cut_up(table, 0, block);
    for (int32_t unit = 0; unit < table->n_units; unit++) {
        struct scan *scan;
        struct chunk chunk;

        assert_int_equal(table->reader->scan_open(table, unit, wants, n_wants, 0, &scan, &err), STATUS_OK);
        do {
            assert_int_equal(table->reader->scan_next(scan, &chunk, &err), STATUS_OK);
            n_rows += chunk.n_rows;
        } while (chunk.n_rows);
        damage_merge(damage, table->reader->scan_damage(scan));
        table->reader->scan_close(scan);
    }
    table_close(table);
    return n_rows;
}

/* Where no column is wanted rows are counted without being put down; what is wrong with them has to be found all the same. */
static void rows_that_are_only_counted_have_the_same_damage(void **state)
{
    static const char *const records[] = {"1,2,3\n", "abc,def,ghijklmnopqrstuvwxyz\n", "\"x,\ny\",,\n", "\xc3\xa4,\xc3\xb6,\n", "1,\xff,3\n",
                                          "1,2\n", "1,2,3,4\n", "a\"b,,\n", "1,2,3\r\n", "\"\"\"\",2,3\n", "\n", "1,*,3\n"};
    static const size_t blocks[] = {0, 100, 1000};
    uint64_t seed = 0x853c49e6748fea9b;

    (void)state;
    for (int round = 0; round < 300; round++) {
        uint8_t text[6000];
        size_t size = 0, rare = 2 + (size_t)round % 60;
        struct damage counted, read;

        memcpy(text, "a,b,c\n", 6);
        for (size = 6; size < sizeof text - 100;) {
            size_t number, n;

            seed = seed * 6364136223846793005u + 1442695040888963407u;
            number = seed >> 33;
            n = number % rare ? number / rare % 3 : number / rare % 12;
            memcpy(text + size, records[n], strlen(records[n]));
            if (n == 11)
                text[size + 2] = 0;
            size += strlen(records[n]);
        }
        for (size_t b = 0; b < 3; b++) {
            assert_int_equal(count_rows(span_of(text, size), blocks[b], 0, &counted), count_rows(span_of(text, size), blocks[b], 3, &read));
            assert_int_equal(counted.n_records, read.n_records);
            assert_int_equal(counted.n_total, read.n_total);
            assert_int_equal(counted.n_lines, read.n_lines);
            assert_int_equal(counted.n_items, read.n_items);
            for (int32_t i = 0; i < read.n_items; i++) {
                assert_int_equal(counted.items[i].line, read.items[i].line);
                assert_int_equal(counted.items[i].byte, read.items[i].byte);
                assert_int_equal(counted.items[i].row, read.items[i].row);
                assert_string_equal(counted.items[i].what, read.items[i].what);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_records_as_rfc_4180_says),
        cmocka_unit_test(tells_null_from_empty_text),
        cmocka_unit_test(takes_null_words_only_unquoted),
        cmocka_unit_test(passes_over_blank_lines_but_not_in_a_single_column),
        cmocka_unit_test(lists_every_kind_of_damage_and_goes_on),
        cmocka_unit_test(lists_a_misplaced_quote_in_the_header),
        cmocka_unit_test(refuses_a_damaged_first_record),
        cmocka_unit_test(tells_the_delimiter_by_which_records_agree),
        cmocka_unit_test(tells_quote_escape_comment_and_preamble),
        cmocka_unit_test(an_escape_makes_delimiters_quotes_and_line_ends_text),
        cmocka_unit_test(tells_a_header_by_what_stands_below_it),
        cmocka_unit_test(keeps_the_evidence_for_what_it_told),
        cmocka_unit_test(takes_a_first_record_of_values_as_data),
        cmocka_unit_test(obeys_its_options),
        cmocka_unit_test(a_text_without_records_has_no_columns),
        cmocka_unit_test(refuses_known_formats_by_name),
        cmocka_unit_test(any_window_and_any_blocks_say_what_the_lexer_says),
        cmocka_unit_test(nearly_plain_text_is_told_as_the_lexer_tells_it),
        cmocka_unit_test(blocks_say_the_same_on_any_number_of_threads_in_any_order),
        cmocka_unit_test(unpacks_gzip_in_several_members_and_refuses_a_cut_one),
        cmocka_unit_test(unpacks_zstd_and_refuses_a_cut_one),
        cmocka_unit_test(packed_pieces_say_the_same_on_any_number_of_threads_in_any_order),
        cmocka_unit_test(pieces_that_lie_are_refused),
        cmocka_unit_test(a_record_beyond_the_limit_is_named),
        cmocka_unit_test(a_cancelled_scan_and_a_small_budget_are_named),
        cmocka_unit_test(a_chunk_holds_fewer_rows_of_very_many_columns),
        cmocka_unit_test(nulls_alone_are_the_nulls_of_values),
        cmocka_unit_test(delivers_records_as_they_were_and_the_header),
        cmocka_unit_test(rows_that_are_only_counted_have_the_same_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
