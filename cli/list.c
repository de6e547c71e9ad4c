/* cli/list.c -- `assay list`, `assay explain NAME`, `assay schema`: what a suite can say, from the tables that read it. */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "expectations/expectation.h"

static const char *const output_names[] = {"text", "json", NULL};
static const char *const level_names[] = {[LEVEL_ROW] = "row", [LEVEL_AGGREGATE] = "aggregate", [LEVEL_TABLE] = "table"};
static const char *const level_docs[] = {
    [LEVEL_ROW] = "row by row: counts the rows that break it",
    [LEVEL_AGGREGATE] = "one figure of a column",
    [LEVEL_TABLE] = "the batch as a whole, or its schema",
};

struct list_options { int output; };

static const struct option list_rows[] = {
    {"output", OPTION_CHOICE, offsetof(struct list_options, output), "FORMAT", "text (default) or json", output_names},
    {NULL},
};

enum { FOR_ALL = 1, FOR_ROWS = 2, FOR_AGGREGATES = 4 };

/* What every expectation takes besides its own parameters (interfaces.md section 1). */
static const struct { const char *name, *doc; int whom; } common[] = {
    {"mostly", "share of the considered rows that must be expected: 0.99 or 99%", FOR_ROWS},
    {"max_unexpected", "how many may be unexpected: a count, 0.1% or 20ppm; not with mostly", FOR_ROWS},
    {"nulls", "ignore (default): not considered; fail: unexpected; pass: expected", FOR_ROWS},
    {"nan", "fail (default), ignore: like nulls, pass", FOR_ROWS | FOR_AGGREGATES},
    {"where", "only rows for which this condition holds", FOR_ALL},
    {"severity", "info, warning, error (default), critical", FOR_ALL},
    {"warn", "a map over the parameters: the same check, tighter, at severity warning", FOR_ALL},
    {"on_empty", "fail (default), warn or pass where there is nothing to judge", FOR_ALL},
    {"id", "what reports call it; default: column.name", FOR_ALL},
    {"active", "false: skipped, and counted as that", FOR_ALL},
    {"description", "for reports", FOR_ALL},
    {"tags", "for --select and --exclude", FOR_ALL},
    {"meta", "a map that reports carry along", FOR_ALL},
};

static bool takes_common(const struct expectation *e, int whom)
{
    return whom == FOR_ALL || (e->level == LEVEL_ROW && (whom & FOR_ROWS)) ||
           (e->level == LEVEL_AGGREGATE && (whom & FOR_AGGREGATES));
}

/* The first sentence, for a table. */
static int first_sentence(const char *doc)
{
    const char *end = strstr(doc, ". ");

    return end ? (int)(end - doc) : (int)strlen(doc) - (doc[0] && doc[strlen(doc) - 1] == '.');
}

static bool list_text(struct buffer *out)
{
    bool ok = true;

    for (int level = LEVEL_ROW; level <= LEVEL_TABLE; level++) {
        ok = ok && buffer_format(out, "%s%s:\n", level ? "\n" : "", level_docs[level]);
        for (int i = 0; ok && expectations[i]; i++)
            if (expectations[i]->level == (enum expectation_level)level)
                ok = buffer_format(out, "  %-22s %.*s\n", expectations[i]->name, first_sentence(expectations[i]->doc),
                                   expectations[i]->doc);
    }
    return ok && buffer_format(out, "\nGreat Expectations' names mean the same. 'assay explain NAME' tells all about one.\n");
}

/* "a,b" as an array, each with "expect_". */
static void gx_names_write(struct json_writer *w, const char *names)
{
    char name[160];

    json_key(w, "gx");
    json_array(w);
    while (names && *names) {
        size_t n = strcspn(names, ",");
        snprintf(name, sizeof name, "expect_%.*s", (int)n, names);
        json_text(w, name);
        names += n + (names[n] == ',');
    }
    json_array_end(w);
}

static void expectation_write(struct json_writer *w, const struct expectation *e)
{
    json_object(w);
    json_member_text(w, "name", e->name);
    json_member_text(w, "doc", e->doc);
    json_member_text(w, "level", level_names[e->level]);
    json_member_text(w, "stands_under", e->takes_column ? "columns" : "table");
    json_member_text(w, "says", e->says);
    gx_names_write(w, e->gx);
    json_key(w, "parameters");
    fields_schema(w, e->fields);
    json_key(w, "common");
    json_array(w);
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (takes_common(e, common[i].whom))
            json_text(w, common[i].name);
    json_array_end(w);
    json_member_text(w, "example", e->example);
    json_object_end(w);
}

static bool list_json(struct buffer *out)
{
    struct json_writer w;

    json_init(&w, out, 1);
    json_object(&w);
    json_member_int(&w, "assay_list", 1);
    json_key(&w, "expectations");
    json_array(&w);
    for (int i = 0; expectations[i]; i++)
        expectation_write(&w, expectations[i]);
    json_array_end(&w);
    json_object_end(&w);
    return !w.failed && buffer_add(out, "\n", 1);
}

static bool indented(struct buffer *out, const char *text)
{
    bool ok = true;

    while (ok && *text) {
        int n = (int)strcspn(text, "\n");
        ok = buffer_format(out, "  %.*s\n", n, text);
        text += n + (text[n] == '\n');
    }
    return ok;
}

/* The five facts of semantics.md, for this kind. */
static bool explain_counts(struct buffer *out, const struct expectation *e)
{
    bool is_null_check = strcmp(e->name, "not_null") == 0 || strcmp(e->name, "null") == 0;

    if (e->level == LEVEL_ROW)
        return buffer_format(out,
                             "\nWhat is counted:\n"
                             "  considered   rows after the suite's and its own `where`%s\n"
                             "  nulls        %s\n"
                             "  unexpected   %s\n"
                             "  percents     unexpected of considered; \"_total\" of all rows after `where`\n"
                             "  nothing      no rows: fails; a column without values: fails as a warning; see on_empty\n",
                             is_null_check ? "" : ", minus nulls (nulls: ignore)",
                             is_null_check ? "are what it is about: all rows are considered"
                                           : "not considered, unless nulls: fail or pass says otherwise",
                             strncmp(e->name, "unique", 6) == 0 ? "every member of a duplicated group; of one column a NaN as well (nan: ...)"
                                                                : "rows that break it; NaN is never a good value (nan: ...)");
    if (e->level == LEVEL_AGGREGATE)
        return buffer_format(out,
                             "\nWhat is counted:\n"
                             "  nulls        are no values\n"
                             "  NaN          fails, unless nan: ignore or pass; infinities fail unless nan: ignore\n"
                             "  nothing      a column without values fails; see on_empty\n");
    return buffer_format(out, "\nThere is always something to judge, also in a batch without rows.\n");
}

/* The sentence with everything optional in it: {?x} leaves no text, brackets only group. */
static bool sentence(struct buffer *out, const char *says)
{
    bool ok = buffer_format(out, "\n  says: ");

    for (; ok && *says; says++) {
        if (says[0] == '{' && says[1] == '?')
            says += strcspn(says, "}");
        else if (*says != '[' && *says != ']')
            ok = buffer_add(out, says, 1);
        if (!*says)
            break;
    }
    return ok && buffer_add(out, "\n", 1);
}

static bool explain_head(struct buffer *out, const struct expectation *e)
{
    bool ok = buffer_format(out, "%s -- %s\n\n", e->name, level_docs[e->level]);
    const char *names = e->gx;

    ok = ok && indented(out, e->doc) && sentence(out, e->says);
    while (ok && names && *names) {
        int n = (int)strcspn(names, ",");
        ok = buffer_format(out, "  Great Expectations: expect_%.*s\n", n, names);
        names += n + (names[n] == ',');
    }
    return ok;
}

static bool explain_text(struct buffer *out, const struct expectation *e)
{
    bool ok = explain_head(out, e);

    if (e->fields && e->fields->name)
        ok = ok && buffer_format(out, "\nParameters:\n") && fields_help(e->fields, out);
    ok = ok && buffer_format(out, "\nParameters that %s expectation takes:\n",
                             e->level == LEVEL_ROW ? "every row-level" : "every such");
    for (size_t i = 0; ok && i < sizeof common / sizeof common[0]; i++)
        if (takes_common(e, common[i].whom))
            ok = buffer_format(out, "  %-16s %s\n", common[i].name, common[i].doc);
    ok = ok && explain_counts(out, e);
    return ok && buffer_format(out, "\nExample:\n") && indented(out, e->example);
}

static bool explain_json(struct buffer *out, const struct expectation *e)
{
    struct json_writer w;

    json_init(&w, out, 1);
    expectation_write(&w, e);
    return !w.failed && buffer_add(out, "\n", 1);
}

static int run_list(const struct command *command, int argc, const char *const *argv)
{
    struct arena arena = {0};
    struct words words = {.arena = &arena};
    struct list_options options = {0};
    struct buffer out = {0};
    int exit_code;

    if (command_parse(command, argc, argv, &options, &words, &exit_code)) {
        if (words.arguments.n)
            exit_code = say(STATUS_BAD_USAGE, NULL, "list takes no arguments; did you mean 'assay explain %s'?",
                            words.arguments.at[0]);
        else
            exit_code = print_result(&out, options.output ? list_json(&out) : list_text(&out));
    }
    buffer_done(&out);
    arena_done(&arena);
    return exit_code;
}

static int unknown_expectation(const char *name)
{
    const char *near = expectation_nearest(name);

    return say(STATUS_BAD_USAGE, "run 'assay list' for all expectations", "unknown expectation '%s'%s%s%s", name,
               near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int run_explain(const struct command *command, int argc, const char *const *argv)
{
    struct arena arena = {0};
    struct words words = {.arena = &arena};
    struct list_options options = {0};
    struct buffer out = {0};
    int exit_code;

    if (command_parse(command, argc, argv, &options, &words, &exit_code)) {
        const struct expectation *e = words.arguments.n == 1 ? expectation_find(words.arguments.at[0]) : NULL;

        if (words.arguments.n != 1)
            exit_code = say(STATUS_BAD_USAGE, "run 'assay list' for all expectations", "explain takes the name of one expectation");
        else if (!e)
            exit_code = unknown_expectation(words.arguments.at[0]);
        else
            exit_code = print_result(&out, options.output ? explain_json(&out, e) : explain_text(&out, e));
    }
    buffer_done(&out);
    arena_done(&arena);
    return exit_code;
}

static int run_schema(const struct command *command, int argc, const char *const *argv)
{
    struct arena arena = {0};
    struct words words = {.arena = &arena};
    struct buffer out = {0};
    int exit_code;

    if (command_parse(command, argc, argv, NULL, &words, &exit_code)) {
        if (words.arguments.n)
            exit_code = say(STATUS_BAD_USAGE, NULL, "schema takes no arguments, not '%s'", words.arguments.at[0]);
        else
            exit_code = print_result(&out, suite_schema(&out));
    }
    buffer_done(&out);
    arena_done(&arena);
    return exit_code;
}

const struct command command_list = {
    "list", "", "all expectations", list_rows, NULL, run_list,
};

const struct command command_explain = {
    "explain",
    "NAME",
    "one expectation: parameters, what is counted, an example",
    list_rows,
    "Examples:\n"
    "  assay explain between\n"
    "  assay explain expect_column_values_to_be_unique\n",
    run_explain,
};

const struct command command_schema = {
    "schema",
    "",
    "JSON Schema of the suite format, for editors",
    NULL,
    "Example:\n"
    "  assay schema > assay.schema.json   # then, in a suite's first line:\n"
    "  # yaml-language-server: $schema=assay.schema.json\n",
    run_schema,
};
