/* expectations/form.c -- the form of text files: encoding, no_duplicate_headers, line_count.
 *
 * What they judge is known of every file once it was read, whatever its values are. Parquet has an encoding of its own: it counts as
 * utf-8 without a mark, has no lines, and its names of columns are judged like those of a header.
 */
#include "expectations/shared.h"

#include <strings.h>

static enum status plan_nothing(struct planned *p, const struct planner *planner, struct error *err)
{
    (void)p;
    (void)planner;
    (void)err;
    return STATUS_OK;
}

/* false and not evaluated where the files themselves were not read (saved states). */
static bool has_facts(const struct seen *seen, struct finding *out)
{
    if (seen->text)
        return true;
    out->verdict = VERDICT_NOT_EVALUATED;
    out->reason = "only the files themselves can tell, and they were not read";
    return false;
}

static bool add_text(struct arena *arena, struct node *list, const char *text)
{
    struct node *item = node_text(arena, span_text(text));

    if (list && item)
        node_add(list, item);
    return list && item;
}

/* --- encoding --- */

enum { MARK_ANY, MARK_REQUIRED, MARK_FORBIDDEN };
static const char *const mark_names[] = {"any", "required", "forbidden", NULL};

struct encoding { struct text_list accepted; int mark; };

static const struct field encoding_fields[] = {
    {.name = "is", .type = FIELD_TEXT_LIST, .offset = offsetof(struct encoding, accepted), .flags = FIELD_REQUIRED | FIELD_MAIN,
     .doc = "encodings accepted: utf-8, utf-16 (either byte order), utf-16le, utf-16be, latin-1, windows-1252"},
    {.name = "mark", .type = FIELD_ENUM, .offset = offsetof(struct encoding, mark), .default_text = "any", .names = mark_names,
     .doc = "may a byte order mark begin the file"},
    {0},
};

/* The names by which people know them, as the readers print them. */
static const char *canonical(const char *name)
{
    static const char *const words[][2] = {
        {"utf-8", "utf-8"}, {"utf8", "utf-8"}, {"utf-16", "utf-16"}, {"utf16", "utf-16"}, {"utf-16le", "utf-16le"},
        {"utf-16be", "utf-16be"}, {"latin-1", "latin-1"}, {"latin1", "latin-1"}, {"iso-8859-1", "latin-1"},
        {"windows-1252", "windows-1252"}, {"cp1252", "windows-1252"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i][0], name) == 0)
            return words[i][1];
    return NULL;
}

static enum status validate_encoding(struct arena *arena, struct check *check, void *params, struct error *err)
{
    struct encoding *p = params;

    (void)arena;
    (void)check;
    for (int32_t i = 0; i < p->accepted.n; i++)
        if (!canonical(p->accepted.at[i]))
            return error_set(err, STATUS_BAD_SUITE, "encoding %.60s is not known; utf-8, utf-16, utf-16le, utf-16be, latin-1 and "
                             "windows-1252 are", p->accepted.at[i]);
    return STATUS_OK;
}

static bool is_accepted(const struct encoding *p, const struct text_file_facts *f)
{
    bool is_named = false;

    for (int32_t i = 0; i < p->accepted.n; i++) {
        const char *name = canonical(p->accepted.at[i]);
        is_named = is_named || strcmp(name, f->charset) == 0 || (strcmp(name, "utf-16") == 0 && strncmp(f->charset, name, 6) == 0);
    }
    return is_named && (p->mark != MARK_REQUIRED || f->has_mark) && (p->mark != MARK_FORBIDDEN || !f->has_mark);
}

/* "utf-8", "utf-8 with a mark": what the report observes of a file. */
static const char *observed_encoding(struct arena *arena, const struct text_file_facts *f)
{
    return f->has_mark ? arena_format(arena, "%s with a byte order mark", f->charset) : f->charset;
}

static enum status judge_encoding(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    const struct encoding *params = p->check->params;
    const struct text_file_facts *wrong = NULL, *first = NULL;
    const char *observed;
    int32_t n_wrong = 0;

    if (!has_facts(seen, out))
        return STATUS_OK;
    for (int32_t i = 0; i < seen->text->n_files; i++) {
        static const struct text_file_facts parquet = {.charset = "utf-8"};
        const struct text_file_facts *f = seen->text->files[i].charset ? &seen->text->files[i] : &parquet;
        first = first ? first : f;
        if (is_accepted(params, f))
            continue;
        wrong = wrong ? wrong : f;
        n_wrong++;
    }
    observed = wrong || first ? observed_encoding(seen->arena, wrong ? wrong : first) : "";
    if (!observed)
        return error_no_memory(err);
    out->has_observed = true;
    out->observed = value_text(span_text(observed));
    if (wrong) {
        out->verdict = VERDICT_FAIL;
        if (seen->text->n_files > 1)
            fail_because(out, seen, "%d of %d files are in another, the first of them %s", (int)n_wrong, (int)seen->text->n_files,
                         wrong->path ? wrong->path : "");
    }
    return STATUS_OK;
}

const struct expectation expect_encoding = {
    .name = "encoding",
    .says = "the encoding is {is}",
    .doc = "Every file is in one of these encodings, as `csv: {encoding: ...}` declares it or as its content tells. What is invalid in it is "
           "damage: see well_formed.",
    .example = "table:\n  - encoding: utf-8\n",
    .level = LEVEL_TABLE,
    .takes_column = false,
    .fields = encoding_fields,
    .params_size = sizeof(struct encoding),
    .validate = validate_encoding,
    .plan = plan_nothing,
    .judge = judge_encoding,
};

/* --- no_duplicate_headers --- */

static const struct field no_fields[] = {{0}};

static enum status judge_headers(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    struct node *names = node_list(seen->arena);
    int32_t n_empty = 0;
    bool ok = names != NULL;

    (void)p;
    if (!has_facts(seen, out))
        return STATUS_OK;
    for (int32_t f = 0; ok && f < seen->text->n_files; f++) {
        const struct text_file_facts *file = &seen->text->files[f];
        n_empty = file->n_empty_names > n_empty ? file->n_empty_names : n_empty;
        for (int32_t i = 0; ok && i < file->n_repeated_names; i++) {
            bool is_known = false;
            for (const struct node *c = names->first; c; c = c->next)
                is_known = is_known || span_is(c->text, file->repeated_names[i]);
            ok = is_known || add_text(seen->arena, names, file->repeated_names[i]);
        }
    }
    if (!ok)
        return error_no_memory(err);
    out->has_observed = true;
    out->observed_node = names;
    if (names->n_children || n_empty) {
        out->verdict = VERDICT_FAIL;
        fail_because(out, seen, "%d names occur more than once, %d columns have none", (int)names->n_children, (int)n_empty);
    }
    return STATUS_OK;
}

const struct expectation expect_no_duplicate_headers = {
    .name = "no_duplicate_headers",
    .says = "every column has a name of its own",
    .doc = "No name stands twice in the header, and none is empty. Columns without a name are read as column_N, a second `a` as `a#2`.",
    .example = "table:\n  - no_duplicate_headers\n",
    .level = LEVEL_TABLE,
    .takes_column = false,
    .fields = no_fields,
    .plan = plan_nothing,
    .judge = judge_headers,
};

/* --- line_count --- */

static const struct field line_fields[] = {
    {.name = "equals", .type = FIELD_LITERAL, .offset = offsetof(struct count_bounds, equals), .flags = FIELD_MAIN,
     .doc = "the one count accepted", .gx = "value"},
    BOUNDS_FIELDS(offsetof(struct count_bounds, bounds), "lowest count accepted", "highest count accepted"),
    {0},
};

static enum status validate_lines(struct arena *arena, struct check *check, void *params, struct error *err)
{
    (void)arena;
    return count_bounds_validate(params, check->kind->name, err);
}

static enum status plan_lines(struct planned *p, const struct planner *planner, struct error *err)
{
    return count_bounds_range(p->check->params, p->check->kind->name, planner, &p->extra, err);
}

static enum status judge_lines(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err)
{
    int64_t n = 0;
    struct value x;

    (void)err;
    if (!has_facts(seen, out))
        return STATUS_OK;
    for (int32_t f = 0; f < seen->text->n_files; f++) {
        if (seen->text->files[f].n_lines < 0) {
            out->verdict = VERDICT_NOT_EVALUATED;
            out->reason = "the batch is no text and has no lines";
            return STATUS_OK;
        }
        n += seen->text->files[f].n_lines;
    }
    x = value_int(n);
    judge_range(p->extra, &x, out);
    return STATUS_OK;
}

const struct expectation expect_line_count = {
    .name = "line_count",
    .says = "the files have[ {equals}][ at least {min}][{?strict_min} (excluded)][{?min}{?max} and][ at most {max}]"
            "[{?strict_max} (excluded)] lines",
    .doc = "The lines of all files together, header, comments, blank and damaged ones and those within quotes included, as `wc -l` counts them "
           "where the last one ends. row_count counts records.",
    .example = "table:\n  - line_count: {min: 2}\n",
    .level = LEVEL_TABLE,
    .takes_column = false,
    .fields = line_fields,
    .params_size = sizeof(struct count_bounds),
    .validate = validate_lines,
    .plan = plan_lines,
    .judge = judge_lines,
};
