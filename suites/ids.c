/* suites/ids.c -- every check has an id: the one it was given, or column.name, numbered where that repeats.
 *
 * Ids go into history and alerts, so what a person wrote comes first: a derived check (primary key, type, nullable) gives way to
 * a written one of the same name. All is done by sorting: a suite of many checks costs no square.
 */
#include "suites/reader.h"

#include <stdlib.h>

/* A check that needs an id, under the name it would have alone. */
struct nameless { const char *base; struct draft *draft; };

struct ids {
    const char **given; /* sorted */
    int32_t n_given;
    struct nameless *nameless;
    int32_t n_nameless;
};

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int compare_given(const void *a, const void *b)
{
    const struct draft *x = *(struct draft *const *)a, *y = *(struct draft *const *)b;
    int order = strcmp(x->check.id, y->check.id);

    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int compare_nameless(const void *a, const void *b)
{
    const struct nameless *x = a, *y = b;
    int order = strcmp(x->base, y->base);

    if (order == 0)
        order = (int)x->draft->is_derived - (int)y->draft->is_derived;
    return order ? order : (x->draft->order > y->draft->order) - (x->draft->order < y->draft->order);
}

static bool is_taken(const struct ids *ids, const char *id)
{
    return ids->n_given &&
           bsearch(&id, ids->given, (size_t)ids->n_given, sizeof *ids->given, compare_texts) != NULL;
}

static bool collect_given(struct suite_reader *r, struct ids *ids)
{
    struct draft **given = arena_array(r->arena, (size_t)r->n_drafts + 1, sizeof *given);
    int32_t n = 0;

    ids->given = arena_array(r->arena, (size_t)r->n_drafts + 1, sizeof *ids->given);
    if (!given || !ids->given)
        return reader_no_memory(r);
    for (int32_t i = 0; i < r->n_drafts; i++)
        if (r->drafts[i].check.id)
            given[n++] = &r->drafts[i];
    qsort(given, (size_t)n, sizeof *given, compare_given);
    for (int32_t i = 0; i < n; i++) {
        const struct check *check = &given[i]->check;

        ids->given[i] = check->id;
        if (i > 0 && strcmp(ids->given[i - 1], check->id) == 0)
            problems_add(r->problems, check->line, check->column_at, "the id `%s` is here twice (first in line %d)",
                         check->id, (int)given[i - 1]->check.line);
    }
    ids->n_given = n;
    return true;
}

static bool collect_nameless(struct suite_reader *r, struct ids *ids)
{
    ids->nameless = arena_array(r->arena, (size_t)r->n_drafts + 1, sizeof *ids->nameless);
    if (!ids->nameless)
        return reader_no_memory(r);
    for (int32_t i = 0; i < r->n_drafts; i++) {
        const struct check *check = &r->drafts[i].check;
        const char *base;

        if (check->id)
            continue;
        base = arena_format(r->arena, "%s.%s", check->column ? check->column : "table", check->kind->name);
        if (!base)
            return reader_no_memory(r);
        ids->nameless[ids->n_nameless++] = (struct nameless){base, &r->drafts[i]};
    }
    qsort(ids->nameless, (size_t)ids->n_nameless, sizeof *ids->nameless, compare_nameless);
    return true;
}

static const char *numbered(struct arena *arena, const char *base, int32_t number)
{
    return number == 1 ? base : arena_format(arena, "%s.%d", base, (int)number);
}

static bool name_them(struct suite_reader *r, struct ids *ids)
{
    int32_t number = 0;

    for (int32_t i = 0; i < ids->n_nameless; i++) {
        const char *base = ids->nameless[i].base;
        const char *id;

        number = i > 0 && strcmp(ids->nameless[i - 1].base, base) == 0 ? number + 1 : 1;
        while ((id = numbered(r->arena, base, number)) && is_taken(ids, id))
            number++;
        if (!id)
            return reader_no_memory(r);
        ids->nameless[i].draft->check.id = id;
    }
    return true;
}

static int compare_places(const void *a, const void *b)
{
    const struct nameless *x = a, *y = b;

    return (x->draft->order > y->draft->order) - (x->draft->order < y->draft->order);
}

/* Numbered ids move when a line is put in between: whoever keeps history wants them written down. */
static bool warn_of_numbers(struct suite_reader *r, struct ids *ids)
{
    struct text_list *warnings = &r->suite->warnings;

    warnings->at = arena_array(r->arena, (size_t)ids->n_nameless + 1, sizeof *warnings->at);
    if (!warnings->at)
        return reader_no_memory(r);
    qsort(ids->nameless, (size_t)ids->n_nameless, sizeof *ids->nameless, compare_places);
    for (int32_t i = 0; i < ids->n_nameless; i++) {
        const struct draft *draft = ids->nameless[i].draft;

        if (draft->is_derived || draft->check.gx_kwargs || strcmp(draft->check.id, ids->nameless[i].base) == 0)
            continue;
        warnings->at[warnings->n] = arena_format(r->arena, "%s:%d: this check is called %s because its name repeats: give it an id",
                                                 r->suite->path, (int)draft->check.line, draft->check.id);
        if (!warnings->at[warnings->n++])
            return reader_no_memory(r);
    }
    return true;
}

void reader_finish_checks(struct suite_reader *r)
{
    struct ids ids = {0};
    struct suite *suite = r->suite;

    if (r->n_drafts > SUITE_CHECKS_MAX || !collect_given(r, &ids) || !collect_nameless(r, &ids) || !name_them(r, &ids) ||
        !warn_of_numbers(r, &ids))
        return;
    suite->checks = arena_array(r->arena, (size_t)r->n_drafts + 1, sizeof *suite->checks);
    if (!suite->checks) {
        r->no_memory = true;
        return;
    }
    for (int32_t i = 0; i < r->n_drafts; i++) {
        struct check *check = &suite->checks[i];

        *check = r->drafts[i].check;
        if (check->warn) {
            struct check *warn = arena_alloc(r->arena, sizeof *warn);

            if (!warn) {
                r->no_memory = true;
                return;
            }
            *warn = *check->warn;
            warn->id = check->id;
            check->warn = warn;
        }
    }
    suite->n_checks = r->n_drafts;
}
