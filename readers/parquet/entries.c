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
    c->entries.row = group->first_row - 1;
    c->entries.end_row = group->first_row + group->n_rows;
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
    if (repetitions[0] != 0 && row == e->end_row - c->pages.n_rows - 1)
        return pages_problem(&c->pages, "it starts in the middle of a row", err);
    for (int64_t i = 0; i < n; i++) {
        uint32_t definition = definitions[i];

        row += repetitions[i] == 0;
        rows[kept] = row; /* kept <= i: stored either way, so that no branch is needed */
        definitions[kept] = definition;
        kept += definition >= least;
    }
    if (row >= e->end_row)
        return pages_problem(&c->pages, "the column chunk has more rows than its row group", err);
    e->row = row;
    e->from = 0;
    e->n = kept;
    return STATUS_OK;
}

enum status entries_fill(struct column_scan *c, struct error *err)
{
    struct pages *p = &c->pages;

    while (c->entries.n == 0) {
        if (p->file->cancelled && atomic_load_explicit(p->file->cancelled, memory_order_relaxed))
            return error_set(err, STATUS_CANCELLED, "the run was cancelled");
        if (p->page_left == 0 && p->values_left == 0)
            break;
        if (p->page_left == 0) {
            TRY(pages_next(p, err));
        } else {
            int64_t n = p->page_left < CHUNK_MAX_ROWS ? p->page_left : CHUNK_MAX_ROWS;

            TRY(read_levels(c, n, err));
            TRY(find_entries(c, n, err));
        }
    }
    if (c->entries.n == 0 && c->entries.row + 1 != c->entries.end_row)
        return pages_problem(p, "the column chunk has fewer rows than its row group", err);
    return STATUS_OK;
}

enum status entries_take(struct column_scan *c, int64_t n, struct vector *out, struct error *err)
{
    struct entries *e = &c->entries;
    const uint32_t *definitions = (const uint32_t *)(const void *)e->definitions.at + e->from;
    uint32_t max = (uint32_t)c->pages.leaf->max_def;
    uint64_t *map;

    TRY(column_all_null(c, n, out, err));
    e->from += n;
    e->n -= n;
    if (c->type.kind == TYPE_NULL)
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
