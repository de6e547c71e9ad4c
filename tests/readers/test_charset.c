/* tests/readers/test_charset.c -- texts in other encodings: what they are told to be, read, placed and written back. */
#include "tests/readers/text_fixture.h"

#include <stdlib.h>

static struct span decoded(struct arena *arena, enum charset charset, struct span text)
{
    uint8_t *out = arena_alloc(arena, 4 * text.size + 16);

    assert_non_null(out);
    return span_of(out, charset_decode(charset, &text, true, out, 4 * text.size + 16));
}

static void decodes_what_the_standards_say(void **state)
{
    static const struct { enum charset charset; const char *text; size_t size; const char *expected; } cases[] = {
        {CHARSET_LATIN1, "M\xfcller \x80", 8, "M\xc3\xbcller \xc2\x80"},
        {CHARSET_WINDOWS1252, "\x80 5 \x93q\x94", 7, "\xe2\x82\xac 5 \xe2\x80\x9cq\xe2\x80\x9d"},
        {CHARSET_WINDOWS1252, "a\x81", 2, "a\xed\xb2\x81"}, /* left open: invalid UTF-8 */
        {CHARSET_UTF16LE, "\xff\xfe" "a\0\xe4\0\x3d\xd8\x00\xde", 10, "\xef\xbb\xbf" "a\xc3\xa4\xf0\x9f\x98\x80"},
        {CHARSET_UTF16BE, "\xfe\xff\0a\x20\xac", 6, "\xef\xbb\xbf" "a\xe2\x82\xac"},
        {CHARSET_UTF16LE, "\x3d\xd8" "a\0", 4, "\xed\xa0\xbd" "a"}, /* half of a pair */
        {CHARSET_UTF16LE, "a\0b", 3, "a\xed\xb1\xa2"},              /* an odd byte */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena = {0};
        struct span got = decoded(&arena, cases[i].charset, span_of(cases[i].text, cases[i].size));
        assert_true(span_is(got, cases[i].expected));
        arena_done(&arena);
    }
}

/* A stream decodes before it has read anything; adding 0 to NULL is undefined: found by fuzz_dialect. */
static void nothing_decodes_to_nothing(void **state)
{
    struct span nothing = span_of(NULL, 0);
    uint8_t out[8];

    (void)state;
    for (int c = CHARSET_UTF16LE; c <= CHARSET_WINDOWS1252; c++)
        for (int is_end = 0; is_end < 2; is_end++) {
            assert_int_equal(charset_decode((enum charset)c, &nothing, is_end, out, sizeof out), 0);
            assert_null(nothing.at);
        }
}

static void every_text_comes_back_byte_for_byte_and_every_place_is_known(void **state)
{
    static const enum charset charsets[] = {CHARSET_LATIN1, CHARSET_WINDOWS1252, CHARSET_UTF16LE, CHARSET_UTF16BE};
    uint8_t text[512], back[4096];
    uint64_t seed = 7;

    (void)state;
    for (int round = 0; round < 200; round++)
        for (size_t c = 0; c < 4; c++) {
            struct arena arena = {0};
            struct span got;
            for (size_t i = 0; i < sizeof text; i++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                text[i] = (uint8_t)(seed >> 56);
                if (round % 2 && i % 2 == (charsets[c] == CHARSET_UTF16LE))
                    text[i] = (uint8_t)(0xd8 + (text[i] & 7)); /* surrogates, whole and halved */
            }
            got = decoded(&arena, charsets[c], span_of(text, sizeof text));
            assert_int_equal(charset_encode(charsets[c], got, back), sizeof text);
            assert_memory_equal(back, text, sizeof text);
            assert_int_equal(charset_bytes(charsets[c], got), sizeof text);
            for (size_t cut = 0; cut <= got.size; cut++)
                assert_int_equal(charset_bytes(charsets[c], span_of(got.at, cut)) +
                                     charset_bytes(charsets[c], span_of(got.at + cut, got.size - cut)), sizeof text);
            arena_done(&arena);
        }
}

static void tells_the_encoding_from_the_head(void **state)
{
    static const struct { const char *text; size_t size; enum charset expected; } cases[] = {
        {"a,b\n", 4, CHARSET_UTF8},
        {"\xef\xbb\xbf" "a", 4, CHARSET_UTF8},
        {"\xff\xfe" "a\0", 4, CHARSET_UTF16LE},
        {"\xfe\xff\0a", 4, CHARSET_UTF16BE},
        {"a\0,\0b\0\n\0", 8, CHARSET_UTF16LE},
        {"\0a\0,\0b\0\n", 8, CHARSET_UTF16BE},
        {"a,b\n1\0,2\n3,4\n", 13, CHARSET_UTF8},                       /* one NUL is damage */
        {"M\xc3\xbcller", 7, CHARSET_UTF8},
        {"M\xfcller,Z\xfcrich", 13, CHARSET_WINDOWS1252},
        {"caf\xe9,\x80" "5", 7, CHARSET_WINDOWS1252},
        {"M\xfcller,Zurich", 13, CHARSET_UTF8},                        /* one byte: a damaged record rather */
        {"M\xfcller,Z\xc3\xbcrich", 14, CHARSET_UTF8},                 /* UTF-8 beside it */
        {"\xc0\xaf,\xe0\x80\xaf,x", 7, CHARSET_UTF8},                  /* overlong forms */
        {"\xff\xfe\xff", 3, CHARSET_UTF16LE},
        {"a\xff\xff\x01z", 5, CHARSET_UTF8},                           /* a control character */
        {"1,\xe9\xe8\n2,\xea\n", 8, CHARSET_UTF8},                     /* no words around them */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(charset_tell(span_of(cases[i].text, cases[i].size), true).charset, cases[i].expected);
    assert_int_equal(charset_tell(span_of("M\xfcller \xc3", 8), false).n_high, 2);
    assert_string_equal(charset_tell(span_of("Muller \xc3", 8), false).because, "its bytes above 127 are UTF-8");
}

static void reads_csv_in_any_encoding_and_places_damage_in_the_file(void **state)
{
    static const struct text_case cases[] = {
        {"\xff\xfe" "a\0;\0b\0\n\0\xe4\0;\0" "1\0\n\0x\0\n\0", "a,b\n[\xc3\xa4][1]\n! 3:18 1 cells where the first record has 2\n", 22},
        {"n\xe4me,b\r\n\xe4\xf6x,1\r\nx\r\n", "n\xc3\xa4me,b\n[\xc3\xa4\xc3\xb6x][1]\n! 3:15 1 cells where the first record has 2\n"},
    };
    (void)state;
    CHECK_CASES(cases);
}

static void a_declared_encoding_wins(void **state)
{
    static const struct text_case latin[] = {{"a,b\n\xe4,1\n", "a,b\n[\xc3\xa4][1]\n"}};
    static const struct text_case utf8[] = {{"a,b\n\xe4\xf6x,1\nM\xfcller,2\n", "a,b\n! 2:4 invalid UTF-8\n! 3:10 invalid UTF-8\n"}};
    static const struct text_case wide[] = {{"a\0,\0b\0\n\0", "a,b\n", 8}};
    static const struct text_case unknown[] = {{"a,b\n", "bad_usage: unknown encoding klingon; there is utf-8, utf-16, utf-16le, utf-16be, "
                                                        "latin-1 or windows-1252"}};
    static const struct text_case open[] = {{"a,b\nx\x81,1\nx,2\n", "a,b\n[x][2]\n! 2:4 invalid windows-1252\n"}};
    (void)state;
    CHECK_CASES_WITH(latin, .header = -1, .encoding = "ISO-8859-1");
    CHECK_CASES_WITH(utf8, .header = -1, .encoding = "utf-8");
    CHECK_CASES_WITH(wide, .header = -1, .encoding = "utf-16");
    CHECK_CASES_WITH(unknown, .header = -1, .encoding = "klingon");
    CHECK_CASES_WITH(open, .header = -1, .encoding = "windows-1252");
}

static void reads_json_lines_in_utf_16(void **state)
{
    static const struct text_case cases[] = {{"{\0\"\0a\0\"\0:\0" "1\0}\0\n\0x\0\n\0", "a\n[1]\n! 2:16 a record is not an object\n", 20}};
    (void)state;
    CHECK_CASES(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_what_the_standards_say),
        cmocka_unit_test(nothing_decodes_to_nothing),
        cmocka_unit_test(every_text_comes_back_byte_for_byte_and_every_place_is_known),
        cmocka_unit_test(tells_the_encoding_from_the_head),
        cmocka_unit_test(reads_csv_in_any_encoding_and_places_damage_in_the_file),
        cmocka_unit_test(a_declared_encoding_wins),
        cmocka_unit_test(reads_json_lines_in_utf_16),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
