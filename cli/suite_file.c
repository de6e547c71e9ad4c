/* cli/suite_file.c -- see suite_file.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cli/suite_file.h"

/* Replaces one of the same name, so that the later wins. */
static void variable_set(struct variable *at, int32_t *n, struct variable one)
{
    for (int32_t i = 0; i < *n; i++)
        if (strcmp(at[i].name, one.name) == 0) {
            at[i] = one;
            return;
        }
    at[(*n)++] = one;
}

static enum status read_variables(const struct suite_file *file, struct suite_variables *out, struct error *err)
{
    const struct text_list *files = file->variable_files, *words = file->variables;
    struct variable *at = NULL;
    int32_t n = 0;

    for (int32_t i = 0; i <= files->n; i++) {
        struct variable *more = NULL, *grown;
        int32_t n_more = i < files->n ? 0 : words->n;

        if (i < files->n)
            TRY(variables_read(file->arena, files->at[i], &more, &n_more, err));
        grown = arena_array(file->arena, (size_t)n + (size_t)n_more + 1, sizeof *grown);
        if (!grown)
            return error_no_memory(err);
        if (n)
            memcpy(grown, at, (size_t)n * sizeof *grown);
        at = grown;
        for (int32_t k = 0; k < n_more; k++) {
            struct variable one;
            if (i < files->n)
                one = more[k];
            else
                TRY(option_split(file->arena, "var", words->at[k], &one.name, &one.value, err));
            variable_set(at, &n, one);
        }
    }
    *out = (struct suite_variables){.at = at, .n = n, .environment_allowed = true};
    return STATUS_OK;
}

/* The expectation that a message names in quotes, for a hint that helps. */
static const struct expectation *named_in(const char *text)
{
    char word[64];

    for (const char *at = strpbrk(text, "`'"); at; at = strpbrk(at + 1, "`'")) {
        size_t n = strcspn(at + 1, "`' ");
        if (n == 0 || n >= sizeof word)
            continue;
        memcpy(word, at + 1, n);
        word[n] = '\0';
        if (expectation_find(word))
            return expectation_find(word);
    }
    return NULL;
}

/* "a: a: No such file" says it twice. */
static void drop_repeated_source(struct error *err)
{
    size_t n = strlen(err->source);

    if (n && strncmp(err->text, err->source, n) == 0 && err->text[n] == ':')
        err->source[0] = '\0';
}

/* Every problem on its line, then what to do. `err` is the first of them, or all there is (a file that cannot be read). */
static int say_problems(const struct suite_file *file, const struct problems *problems, const struct error *err)
{
    const struct expectation *expectation = NULL;
    struct error only = *err;
    int exit_code = 0;

    for (int32_t i = 0; i < problems->n; i++) {
        struct error one = problems->at[i];
        error_source(&one, file->path);
        exit_code = say_error(&one, NULL);
        expectation = expectation ? expectation : named_in(one.text);
    }
    if (problems->n == 0) {
        error_source(&only, file->path);
        drop_repeated_source(&only);
        return say_error(&only, file->usage_hint);
    }
    if (problems->n > 1)
        fprintf(stderr, "assay: %d problems%s\n", problems->n, problems->lost_some ? " and more" : "");
    if (expectation)
        fprintf(stderr, "assay: run 'assay explain %s' for its parameters and an example\n", expectation->name);
    else
        fprintf(stderr, "assay: run 'assay list' for all expectations, 'assay explain NAME' for one with an example\n");
    return exit_code;
}

struct suite *suite_file_read(const struct suite_file *file, int *exit_code)
{
    struct error err = ERROR_NONE;
    struct problems problems;
    struct suite_variables variables;
    struct suite *suite = NULL;
    enum status status = read_variables(file, &variables, &err);

    if (status != STATUS_OK) {
        if (status_exit_code(status) != 4)
            err.status = STATUS_BAD_USAGE;
        drop_repeated_source(&err);
        *exit_code = say_error(&err, file->usage_hint);
        return NULL;
    }
    problems_init(&problems, file->arena);
    status = suite_read(file->arena, file->path, &variables, &suite, &problems, &err);
    if (status == STATUS_OK) {
        for (int32_t i = 0; i < suite->warnings.n && !file->is_quiet; i++)
            fprintf(stderr, "assay: %s\n", suite->warnings.at[i]);
        return suite;
    }
    if (status_exit_code(status) == 4) {
        *exit_code = say_error(&err, NULL);
        return NULL;
    }
    err.status = STATUS_BAD_SUITE;
    *exit_code = say_problems(file, &problems, &err);
    return NULL;
}

/* "check data.parquet suite.yaml" would otherwise be an error about the bytes of a suite. */
static bool looks_like_data(const char *path)
{
    static const char *const suffixes[] = {".parquet", ".csv", ".tsv", ".jsonl", ".ndjson", ".gz", ".zst", NULL};
    size_t n = strlen(path);

    for (int i = 0; suffixes[i]; i++) {
        size_t length = strlen(suffixes[i]);
        if (n > length && strcasecmp(path + n - length, suffixes[i]) == 0)
            return true;
    }
    return false;
}

enum status suite_words_check(const struct text_list *arguments, const char *what, struct error *err)
{
    struct stat file;

    if (arguments->n == 0)
        return error_set(err, STATUS_BAD_USAGE, "no suite and no %s", what);
    if (looks_like_data(arguments->at[0]))
        return error_set(err, STATUS_BAD_USAGE, "%s looks like data; the suite comes first, then the %s", arguments->at[0], what);
    if (strcmp(arguments->at[0], "-") == 0)
        return error_set(err, STATUS_BAD_USAGE, "the suite must be a file; - stands for a batch");
    if (stat(arguments->at[0], &file) == 0 && S_ISDIR(file.st_mode))
        return error_set(err, STATUS_BAD_USAGE, "the suite %s is a directory; a suite is one YAML or JSON file",
                         arguments->at[0]);
    if (arguments->n == 1 && strcmp(what, "batch") == 0)
        return error_set(err, STATUS_BAD_USAGE, "no batch: which file, directory or glob is to be judged by %s?",
                         arguments->at[0]);
    if (arguments->n == 1)
        return error_set(err, STATUS_BAD_USAGE, "no %s: which are to be judged by %s?", what, arguments->at[0]);
    for (int32_t i = 1; i < arguments->n; i++)
        if (arguments->at[i][0] == '\0')
            return error_set(err, STATUS_BAD_USAGE, "an empty word as %s; is a variable of the shell not set?", what);
    return STATUS_OK;
}

/* A time without zone is in the suite's; a date is its first instant there. */
enum status suite_now(struct arena *arena, const struct suite *suite, const char *now, struct validation_options *v,
                      struct error *err)
{
    struct span text = span_text(now);
    struct time_zone zone = {.name = "UTC"};
    bool has_zone = false;
    int64_t days;

    if (clock_parse_date(text, &days))
        v->now_seconds = days * 86400;
    else if (!clock_parse_timestamp(text, &v->now_seconds, &v->now_nanos, &has_zone))
        return error_set(err, STATUS_BAD_USAGE, "--now takes a time such as 2024-12-10T06:00:00Z, not '%s'", now);
    v->has_now = true;
    if (has_zone)
        return STATUS_OK;
    if (suite->timezone)
        TRY(time_zone_find(arena, suite->timezone, &zone, err));
    v->now_seconds = time_zone_to_utc(&zone, v->now_seconds);
    return STATUS_OK;
}
