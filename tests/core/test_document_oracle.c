/* jansson is the oracle of our JSON scanner. Its header cannot be included beside json_writer.h. */
#include "tests/core/check.h"

#include <jansson.h>

#include "core/document.h"

/* Bytes changed at random: whatever jansson takes we take and the other way round, but for what only one of us refuses. */
static void broken_json_is_judged_as_jansson_judges_it(void **state)
{
    static const char seed_text[] = "{\"a\": [1, -2.5e+3, true, null, \"x\\u00e9\\n\"], \"b\\\\\": {\"c\": false, \"d\": [[], {}]}}";
    static const char alphabet[] = "{}[],:\"\\ue0123456789+-.Ee tfnrualse\n\t\x7f\xc3\xa9";
    uint64_t seed = 99;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        char text[sizeof seed_text];
        size_t size = sizeof seed_text - 1;
        struct arena arena = {0};
        struct error err = ERROR_NONE;
        struct node *root;
        json_t *theirs;
        json_error_t why;
        bool ours;

        memcpy(text, seed_text, sizeof text);
        for (uint64_t n = next_random(&seed) % 3 + 1; n; n--)
            text[next_random(&seed) % size] = alphabet[next_random(&seed) % (sizeof alphabet - 1)];
        ours = document_parse_json(&arena, span_of(text, size), &root, &err) == STATUS_OK;
        theirs = json_loadb(text, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &why);
        check(ours == (theirs != NULL) || strstr(why.text, "too big") || strstr(why.text, "overflow"), "%s: %s / %s", text, err.text, why.text);
        json_decref(theirs);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_json_is_judged_as_jansson_judges_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
