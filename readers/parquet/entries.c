/* readers/parquet/entries.c -- which entries a column below a repeated element has, told from its levels.
 *
 * A repeated column is delivered flattened: its rows are entries. Each level pair of a page stands for one place in the tree of a
 * row (README.md of parquet-format, "Nested Encoding", after the Dremel paper): the repetition level says at which repeated element
 * the place repeats, 0 a new row; the definition level says how far the path to the value exists. Let E be the definition level of
 * the innermost repeated element on the leaf's path, D that of the leaf itself (E <= D):
 *
 *     definition < E     the innermost list is null or empty, or one around it is, or an optional group above: no entry
 *     E <= d < D         there is an element, but it or an optional group between it and the leaf is null: an entry that is null
 *     definition = D     an entry with a value
 *
 * So [[1, null], [], null] in a column `a[][]` has two entries, one of them null, and a row whose list is empty or null has none. This
 * is what flattening to the innermost list gives in other readers. A leaf next to a list but not in it has an entry for each
 * element of the list around both; with no repeated element at all, rows. The keys and values of a map are two columns of the same
 * repeated element.
 *
 * Levels are read some thousand at a time and never beyond the page, for the values must come from it; entries wait until
 * they are asked for, because columns of the same list break their pages at different places.
 */
#include "readers/parquet/scan.h"

void entries_start(struct column_scan *c, const struct row_group *group)
{
    c->entries.row = -1;
    c->entries.first_row = group->first_row;
}

static enum status levels_problem(const struct column_scan *c, const struct hybrid *levels, uint32_t max, uint32_t limit,
                                  struct error *err)
{
    return pages_problem(&c->pages, levels->problem ? levels->problem
                                    : max > limit   ? "a level is above its maximum"
                                                    : "its levels are broken", err);
}

/* Reads n levels of both kinds to the front of the buffers. */
static enum status read_levels(struct column_scan *c, int64_t n, struct error *err)
{
    struct pages *p = &c->pages;
    uint32_t *repetitions = column_room(c, &c->entries.repetitions, n, sizeof *repetitions, err);
    uint32_t *definitions = column_room(c, &c->entries.definitions, n, sizeof *definitions, err);
    uint32_t most = 0, limit = (uint32_t)p->leaf->max_rep;

    if (!repetitions || !definitions)
        return err->status;
    if (!hybrid_read(&p->repetitions, repetitions, n, &most) || most > limit)
        return levels_problem(c, &p->repetitions, most, limit, err);
    most = 0;
    limit = (uint32_t)p->leaf->max_def;
    if (!hybrid_read(&p->levels, definitions, n, &most) || most > limit)
        return levels_problem(c, &p->levels, most, limit, err);
    p->page_left -= n;
    return STATUS_OK;
}

/* `repetition` is the level with which the next ones begin, `row` the row in which they end. */
static enum status move_to_row(struct column_scan *c, uint32_t repetition, int64_t row, struct error *err)
{
    if (repetition != 0 && c->entries.row < 0)
        return pages_problem(&c->pages, "it starts in the middle of a row", err);
    if (row >= c->pages.n_rows)
        return pages_problem(&c->pages, "the column chunk has more rows than its row group", err);
    c->entries.row = row;
    return STATUS_OK;
}

/* Keeps those of n levels that are entries, in place, and notes their rows. */
static enum status find_entries(struct column_scan *c, int64_t n, struct error *err)
{
    struct entries *e = &c->entries;
    const uint32_t *repetitions = (const uint32_t *)(const void *)e->repetitions.at;
    uint32_t *definitions = (uint32_t *)(void *)e->definitions.at, least = (uint32_t)c->pages.leaf->entry_def;
    int64_t *rows = column_room(c, &e->rows, n, sizeof *rows, err);
    int64_t row = e->row, kept = 0;

    if (!rows)
        return err->status;
    for (int64_t i = 0; i < n; i++) {
        uint32_t definition = definitions[i];

        row += repetitions[i] == 0;
        rows[kept] = (int64_t)((uint64_t)e->first_row + (uint64_t)row); /* unsigned: rows that the file only claims */
        definitions[kept] = definition; /* kept <= i: stored either way, so that no branch is needed */
        kept += definition >= least;
    }
    TRY(move_to_row(c, repetitions[0], row, err));
    e->n_same = 0;
    e->n = kept;
    e->is_uniform = e->is_one_a_row = false;
    return STATUS_OK;
}

static bool levels_are_constant(struct pages *p, int64_t n, uint32_t *repetition, uint32_t *definition)
{
    return hybrid_is_constant(&p->repetitions, n, repetition) && hybrid_is_constant(&p->levels, n, definition);
}

/* n times the same two levels: entries all (n <= CHUNK_MAX_ROWS then) or none, so that a run costs no more than it must. */
static enum status take_run(struct column_scan *c, int64_t n, uint32_t repetition, uint32_t definition, struct error *err)
{
    struct pages *p = &c->pages;
    struct entries *e = &c->entries;
    int64_t row = e->row, step = repetition == 0;
    uint32_t *definitions;
    int64_t *rows;

    if (repetition > (uint32_t)p->leaf->max_rep || definition > (uint32_t)p->leaf->max_def)
        return pages_problem(p, "a level is above its maximum", err);
    if (!hybrid_skip(&p->repetitions, n) || !hybrid_skip(&p->levels, n))
        return pages_problem(p, "its levels are broken", err);
    TRY(move_to_row(c, repetition, row + n * step, err));
    p->page_left -= n;
    if (definition < (uint32_t)p->leaf->entry_def)
        return STATUS_OK;
    definitions = column_room(c, &e->definitions, n, sizeof *definitions, err);
    rows = column_room(c, &e->rows, n, sizeof *rows, err);
    if (!definitions || !rows)
        return err->status;
    definitions[0] = definition; /* is_uniform: nobody looks at more */
    e->is_one_a_row = step;
    if (!step && e->n_same < n)
        for (int64_t i = 0; i < n; i++)
            rows[i] = e->first_row + row;
    e->n_same = step ? 0 : n > e->n_same ? n : e->n_same;
    e->n = n;
    e->is_uniform = true;
    return STATUS_OK;
}

/* Some of the current page's levels: a run without entries in one piece, whatever its length. */
static enum status take_levels(struct column_scan *c, struct error *err)
{
    struct pages *p = &c->pages;
    uint32_t repetition, definition;
    int64_t n = p->page_left < CHUNK_MAX_ROWS ? p->page_left : CHUNK_MAX_ROWS;

    if (levels_are_constant(p, n, &repetition, &definition)) {
        if (definition < (uint32_t)p->leaf->entry_def && levels_are_constant(p, p->page_left, &repetition, &definition))
            n = p->page_left;
        return take_run(c, n, repetition, definition, err);
    }
    TRY(read_levels(c, n, err));
    return find_entries(c, n, err);
}

enum status entries_fill(struct column_scan *c, struct error *err)
{
    struct pages *p = &c->pages;

    while (c->entries.n == 0) {
        if (p->file->cancelled && atomic_load_explicit(p->file->cancelled, memory_order_relaxed))
            return error_set(err, STATUS_CANCELLED, "the run was cancelled");
        if (p->page_left == 0 && p->values_left == 0) {
            TRY(pages_finish(p, err));
            break;
        }
        c->entries.from = 0;
        if (p->page_left == 0)
            TRY(pages_next(p, err));
        else
            TRY(take_levels(c, err));
    }
    if (c->entries.n == 0 && c->entries.row + 1 != p->n_rows)
        return pages_problem(p, "the column chunk has fewer rows than its row group", err);
    return STATUS_OK;
}

const int64_t *entries_rows(struct column_scan *c)
{
    struct entries *e = &c->entries;
    int64_t *rows = (int64_t *)(void *)e->rows.at;

    if (e->is_one_a_row)
        for (int64_t i = 0; i < e->from + e->n; i++)
            rows[i] = entries_first_row(c) - e->from + i;
    e->is_one_a_row = false;
    return rows + e->from;
}

int64_t entries_first_row(const struct column_scan *c)
{
    const struct entries *e = &c->entries;

    return e->is_one_a_row ? e->first_row + e->row + 1 - e->n : ((const int64_t *)(const void *)e->rows.at)[e->from];
}

enum status entries_take(struct column_scan *c, int64_t n, struct vector *out, struct error *err)
{
    struct entries *e = &c->entries;
    const uint32_t *definitions = (const uint32_t *)(const void *)e->definitions.at + (e->is_uniform ? 0 : e->from);
    uint32_t max = (uint32_t)c->pages.leaf->max_def;
    uint64_t *map;

    e->from += n;
    e->n -= n;
    if (e->is_uniform && definitions[0] == max && !c->is_null_type)
        return STATUS_OK; /* a vector starts without nulls */
    TRY(column_all_null(c, n, out, err));
    if (e->is_uniform || c->is_null_type)
        return STATUS_OK;
    map = (uint64_t *)(void *)c->valid.at;
    for (int64_t i = 0; i < n; i++) {
        map[i >> 6] |= (uint64_t)(definitions[i] == max) << (i & 63);
        out->n_nulls -= definitions[i] == max;
    }
    if (out->n_nulls == 0)
        out->valid = NULL;
    return STATUS_OK;
}
