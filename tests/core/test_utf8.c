/* UTF-8, well formed or not, and SHA-256 of known texts. */
#include "tests/core/check.h"

#include "core/sha256.h"
#include "core/utf8.h"

static const struct { const char *text; size_t size, valid; int64_t length; } texts[] = {
    {"", 0, 0, 0},
    {"plain text of more than eight bytes", 35, 35, 35},
    {"gr\xc3\xbc\xc3\x9f" "e", 7, 7, 5},
    {"\xe2\x82\xac\xf0\x9f\x98\x80", 7, 7, 2},
    {"\x00\x7f", 2, 2, 2},
    {"a\x80", 2, 1, 2},
    {"\xc0\x80", 2, 0, 2},             /* overlong */
    {"\xc1\xbf", 2, 0, 2},
    {"\xe0\x9f\xbf", 3, 0, 3},         /* overlong */
    {"\xe0\xa0\x80", 3, 3, 1},
    {"\xed\x9f\xbf", 3, 3, 1},
    {"\xed\xa0\x80", 3, 0, 3},         /* a surrogate */
    {"\xef\xbf\xbf", 3, 3, 1},
    {"\xf0\x8f\xbf\xbf", 4, 0, 4},     /* overlong */
    {"\xf4\x8f\xbf\xbf", 4, 4, 1},
    {"\xf4\x90\x80\x80", 4, 0, 4},     /* past U+10FFFF */
    {"\xf5\x80\x80\x80", 4, 0, 4},
    {"12345678\xe2\x82", 10, 8, 10},   /* cut off */
    {"1234567\xff" "12345678", 16, 7, 16},
};

static void well_formed_is_what_the_table_of_unicode_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH(texts); i++) {
        struct span s = span_of(texts[i].text, texts[i].size);

        check(utf8_valid_prefix(s) == texts[i].valid, "row %zu: %zu", i, utf8_valid_prefix(s));
        check(utf8_is_valid(s) == (texts[i].valid == texts[i].size), "row %zu", i);
        check(utf8_length(s) == texts[i].length, "row %zu: %lld", i, (long long)utf8_length(s));
    }
}

static void a_cut_never_splits_a_code_point(void **state)
{
    struct span s = span_text("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80");

    (void)state;
    for (size_t limit = 0; limit <= s.size; limit++) {
        struct span cut = utf8_cut(s, limit);

        check(cut.size <= limit && limit - cut.size < 4 && utf8_is_valid(cut), "%zu", limit);
    }
    assert_int_equal(utf8_cut(span_text("\x80\x80\x80\x80\x80\x80"), 5).size, 5);
}

static void known_texts_have_their_known_digests(void **state)
{
    static const struct { const char *text; size_t repeat; const char *hex; } digests[] = {
        {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(digests); i++) {
        struct sha256 s;
        char hex[65];

        sha256_init(&s);
        for (size_t n = 0; n < digests[i].repeat; n++)
            sha256_add(&s, digests[i].text, strlen(digests[i].text));
        sha256_hex(&s, hex);
        assert_string_equal(hex, digests[i].hex);
    }
}

static void a_digest_does_not_depend_on_the_pieces(void **state)
{
    uint8_t bytes[300];
    char whole[65], pieces[65];

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct sha256 s;

        sha256_init(&s);
        sha256_add(&s, bytes, size);
        sha256_hex(&s, whole);
        sha256_init(&s);
        for (size_t at = 0, n; at < size; at += n) {
            n = (at * 13 + 1) % 71 + 1;
            if (n > size - at)
                n = size - at;
            sha256_add(&s, bytes + at, n);
        }
        sha256_hex(&s, pieces);
        check(strcmp(whole, pieces) == 0, "%zu bytes", size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_is_what_the_table_of_unicode_says),
        cmocka_unit_test(a_cut_never_splits_a_code_point),
        cmocka_unit_test(known_texts_have_their_known_digests),
        cmocka_unit_test(a_digest_does_not_depend_on_the_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
