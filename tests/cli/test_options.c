/* tests/cli/test_options.c -- the words of a command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

static const char *const fruit_names[] = {"apple", "pear", NULL};

struct given {
    const char *file;
    struct text_list labels;
    int64_t samples;
    uint64_t memory;
    double timeout;
    int fruit, header, quiet;
};

#define AT(member) offsetof(struct given, member)

// clang-format off
static const struct option table[] = {
    {"A heading", OPTION_HEADING, 0},
    {"file", OPTION_TEXT, AT(file), "FILE", "a file"},
    {"label", OPTION_TEXTS, AT(labels), "KEY=VALUE", "more than one"},
    {"samples", OPTION_COUNT, AT(samples), "N", "how many", NULL, 0, 100},
    {"memory", OPTION_SIZE, AT(memory), "SIZE", "how much"},
    {"timeout", OPTION_DURATION, AT(timeout), "TIME", "how long"},
    {"fruit", OPTION_CHOICE, AT(fruit), "FRUIT", "which", fruit_names},
    {"header", OPTION_FLAG, AT(header), NULL, "there is one", NULL, 0, 0, 1},
    {"no-header", OPTION_FLAG, AT(header), NULL, "there is none"},
    {"quiet", OPTION_FLAG, AT(quiet), NULL, "say little", NULL, 0, 0, 1},
    {NULL},
};
// clang-format on

struct parsed {
    struct arena arena;
    struct given given;
    struct words words;
    struct error err;
    enum status status;
};

static void parse(struct parsed *p, const char *const *argv)
{
    int argc = 0;

    memset(p, 0, sizeof *p);
    error_clear(&p->err);
    p->words.arena = &p->arena;
    p->given.header = -1;
    while (argv[argc])
        argc++;
    p->status = options_parse(table, argc, argv, &p->given, &p->words, &p->err);
}

#define PARSE(p, ...) parse(p, (const char *const[]){__VA_ARGS__, NULL})

static void a_value_follows_as_the_next_word_or_after_an_equals_sign(void **state)
{
    struct parsed p;

    (void)state;
    PARSE(&p, "--file", "a", "--samples=7");
    assert_int_equal(p.status, STATUS_OK);
    assert_string_equal(p.given.file, "a");
    assert_int_equal(p.given.samples, 7);
    arena_done(&p.arena);
    PARSE(&p, "--file=a=b", "--file", "--quiet");
    assert_string_equal(p.given.file, "--quiet");
    arena_done(&p.arena);
    PARSE(&p, "--file=");
    assert_string_equal(p.given.file, "");
    arena_done(&p.arena);
}

static void options_and_arguments_may_be_mixed(void **state)
{
    struct parsed p;

    (void)state;
    PARSE(&p, "suite", "--quiet", "-", "--", "--file", "--");
    assert_int_equal(p.status, STATUS_OK);
    assert_int_equal(p.given.quiet, 1);
    assert_int_equal(p.words.arguments.n, 4);
    assert_string_equal(p.words.arguments.at[0], "suite");
    assert_string_equal(p.words.arguments.at[1], "-");
    assert_string_equal(p.words.arguments.at[2], "--file");
    assert_string_equal(p.words.arguments.at[3], "--");
    arena_done(&p.arena);
}

static void lists_add_up_and_the_last_of_others_wins(void **state)
{
    struct parsed p;

    (void)state;
    PARSE(&p, "--label", "a=1", "--label=b=2", "--header", "--no-header", "--samples", "1", "--samples", "2");
    assert_int_equal(p.status, STATUS_OK);
    assert_int_equal(p.given.labels.n, 2);
    assert_true(p.given.labels.is_set);
    assert_string_equal(p.given.labels.at[1], "b=2");
    assert_int_equal(p.given.header, 0);
    assert_int_equal(p.given.samples, 2);
    arena_done(&p.arena);
}

static void sizes_durations_and_choices_are_read(void **state)
{
    struct parsed p;

    (void)state;
    PARSE(&p, "--memory=512MB", "--timeout=1.5", "--fruit=pear");
    assert_int_equal(p.status, STATUS_OK);
    assert_int_equal(p.given.memory, 512000000);
    assert_true(p.given.timeout == 1.5);
    assert_int_equal(p.given.fruit, 1);
    arena_done(&p.arena);
    PARSE(&p, "--timeout", "15m", "--memory", "1GiB");
    assert_true(p.given.timeout == 900);
    assert_int_equal(p.given.memory, 1 << 30);
    arena_done(&p.arena);
}

static void refuses_what_it_cannot_take_and_says_so(void **state)
{
    static const struct { const char *word, *says; } cases[] = {
        {"--flie", "did you mean --file?"},
        {"--zzzzzzzz", "unknown option --zzzzzzzz"},
        {"--file", "--file needs FILE"},
        {"--quiet=yes", "--quiet takes no value"},
        {"--samples=many", "takes a whole number"},
        {"--samples=101", "must be 0 to 100"},
        {"--samples=-1", "must be 0 to 100"},
        {"--samples=99999999999999999999", "takes a whole number"},
        {"--memory=lots", "takes a size"},
        {"--memory=0", "takes a size"},
        {"--timeout=soon", "takes a time"},
        {"--timeout=-5s", "takes a time"},
        {"--timeout=0", "takes a time"},
        {"--timeout=nan", "takes a time"},
        {"--timeout=inf", "takes a time"},
        {"--fruit=appel", "did you mean apple?"},
        {"--fruit=", "must be one of apple, pear"},
        {"-q", "options begin with two dashes"},
        {"--A heading", "unknown option"},
        {"--=x", "unknown option"},
    };
    struct parsed p;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        PARSE(&p, cases[i].word);
        if (p.status != STATUS_BAD_USAGE || !strstr(p.err.text, cases[i].says))
            fail_msg("%s: %s", cases[i].word, p.err.text);
        arena_done(&p.arena);
    }
}

static void help_has_a_line_for_each_option(void **state)
{
    struct buffer out = {0};

    (void)state;
    assert_true(options_help(table, &out));
    assert_true(buffer_add(&out, "", 1));
    assert_non_null(strstr((const char *)out.at, "\nA heading:\n"));
    for (const struct option *row = table; row->name; row++)
        assert_non_null(strstr((const char *)out.at, row->name));
    assert_non_null(strstr((const char *)out.at, "  --file FILE               a file\n"));
    buffer_done(&out);
}

static void name_and_value_are_split_at_the_first_equals_sign(void **state)
{
    struct arena arena = {0};
    struct error err = ERROR_NONE;
    const char *name, *value;

    (void)state;
    assert_int_equal(option_split(&arena, "var", "a=b=c", &name, &value, &err), STATUS_OK);
    assert_string_equal(name, "a");
    assert_string_equal(value, "b=c");
    assert_int_equal(option_split(&arena, "var", "a=", &name, &value, &err), STATUS_OK);
    assert_string_equal(value, "");
    assert_int_equal(option_split(&arena, "var", "=b", &name, &value, &err), STATUS_BAD_USAGE);
    assert_int_equal(option_split(&arena, "var", "ab", &name, &value, &err), STATUS_BAD_USAGE);
    arena_done(&arena);
}

static void csv_options_are_checked(void **state)
{
    struct reading_options reading;
    struct csv_options csv;
    struct error err = ERROR_NONE;

    (void)state;
    reading_options_init(&reading);
    assert_int_equal(reading_csv_options(&reading, &csv, &err), STATUS_OK);
    assert_int_equal(csv.delimiter, 0);
    assert_int_equal(csv.header, -1);
    reading.delimiter = "tab";
    reading.quote = "none";
    reading.header = 0;
    assert_int_equal(reading_csv_options(&reading, &csv, &err), STATUS_OK);
    assert_int_equal(csv.delimiter, '\t');
    assert_int_equal(csv.quote, -1);
    assert_int_equal(csv.header, 0);
    reading.delimiter = "||";
    assert_int_equal(reading_csv_options(&reading, &csv, &err), STATUS_BAD_USAGE);
    reading.delimiter = "\"";
    reading.quote = NULL;
    assert_int_equal(reading_csv_options(&reading, &csv, &err), STATUS_BAD_USAGE);
    reading.delimiter = NULL;
    reading.encoding = "latin1"; /* the readers know which there are */
    reading.decimal = ",";
    reading.escape = "none";
    reading.comment = "none";
    assert_int_equal(reading_csv_options(&reading, &csv, &err), STATUS_OK);
    assert_string_equal(csv.encoding, "latin1");
    assert_int_equal(csv.cells.decimal, ',');
    assert_int_equal(csv.escape, -1);
    assert_string_equal(csv.comment, "");
    reading.date_format = "%d.%Q";
    assert_int_equal(reading_csv_options(&reading, &csv, &err), STATUS_BAD_USAGE);
    assert_non_null(strstr(err.text, "%d.%Q"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_follows_as_the_next_word_or_after_an_equals_sign),
        cmocka_unit_test(options_and_arguments_may_be_mixed),
        cmocka_unit_test(lists_add_up_and_the_last_of_others_wins),
        cmocka_unit_test(sizes_durations_and_choices_are_read),
        cmocka_unit_test(refuses_what_it_cannot_take_and_says_so),
        cmocka_unit_test(help_has_a_line_for_each_option),
        cmocka_unit_test(name_and_value_are_split_at_the_first_equals_sign),
        cmocka_unit_test(csv_options_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
