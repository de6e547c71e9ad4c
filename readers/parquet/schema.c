/* readers/parquet/schema.c -- the tree of schema elements, flattened to columns with paths.
 *
 * The tree comes in depth-first order, each group with its number of children; the walk keeps its own stack. Paths
 * are what a user would write: `a.b` for members, `a[]` for the elements of a list, `m.key` and `m.value` for a map,
 * `m[]` for one without values ("a set of keys"). The levels that lists and maps put in between (LogicalTypes.md, "Nested Types", with its
 * rules for old two-level lists) have no name in a path.
 */
#include <stdlib.h>

#include "readers/parquet/file.h"
#include "readers/parquet/thrift.h"

/* What the children of a group add to the path. */
enum naming {
    NAME_MEMBER,   /* .name */
    NAME_REPEATED, /* the repeated level of a list: [] */
    NAME_ELEMENT,  /* the one child of that level: nothing */
    NAME_ENTRIES,  /* the repeated level of a map: nothing, or [] where a map has keys alone */
    NAME_KEY_VALUE /* .key, .value */
};

struct frame {
    int32_t children_left, child_index;
    size_t path_size;
    int32_t def, rep;
    /* The innermost repeated element above, itself included: 0 is none, the length of its path, its definition level. */
    int32_t repeated_at;
    size_t repeated_size;
    int32_t entry_def;
    enum naming naming;
    struct span name;
};

struct walk {
    struct parquet_file *file;
    struct frame *frames;
    int32_t depth; /* frames in use */
    int32_t at;    /* the element that is visited */
    struct buffer path;
};

static bool is_list(const struct schema_element *e)
{
    return e->logical == LOGICAL_LIST || e->converted == CONVERTED_LIST;
}

static bool is_map(const struct schema_element *e)
{
    return e->logical == LOGICAL_MAP || e->converted == CONVERTED_MAP || e->converted == CONVERTED_MAP_KEY_VALUE;
}

/* Is the repeated group the element itself (an old list of two levels)? LogicalTypes.md, "Backward-compatibility
 * rules", 2 to 4; a list or map in that place is one too. */
static bool is_element(const struct schema_element *e, struct span list_name)
{
    static const char suffix[] = "_tuple";
    struct span tail = e->name, head;

    if (e->n_children != 1 || span_is(e->name, "array") || is_list(e) || is_map(e))
        return true;
    return span_take(&tail, list_name.size, &head) && span_equal(head, list_name) && span_is(tail, suffix);
}

static enum naming naming_below(const struct schema_element *e, const struct frame *parent)
{
    if (parent->naming == NAME_REPEATED && e->repetition == REPETITION_REPEATED && !is_element(e, parent->name))
        return NAME_ELEMENT;
    if (parent->naming == NAME_ENTRIES && e->repetition == REPETITION_REPEATED)
        return e->n_children == 1 ? NAME_ELEMENT : NAME_KEY_VALUE;
    if (is_list(e) && e->n_children == 1)
        return NAME_REPEATED;
    if (is_map(e) && e->n_children == 1)
        return NAME_ENTRIES;
    return NAME_MEMBER;
}

static bool add_text(struct buffer *path, const char *text) { return buffer_add(path, text, strlen(text)); }

static bool add_name(struct walk *w, const struct schema_element *e, const struct frame *parent)
{
    struct buffer *path = &w->path;
    bool is_repeated = e->repetition == REPETITION_REPEATED;
    struct span name = e->name;

    if (is_repeated && (parent->naming == NAME_REPEATED || (parent->naming == NAME_ENTRIES && e->n_children == 1)))
        return add_text(path, "[]");
    if (parent->naming == NAME_ELEMENT || (parent->naming == NAME_ENTRIES && is_repeated))
        return true;
    if (parent->naming == NAME_KEY_VALUE && parent->child_index < 2)
        name = span_text(parent->child_index == 0 ? "key" : "value");
    return (path->size == 0 || add_text(path, ".")) && buffer_add(path, name.at, name.size) &&
           (!is_repeated || add_text(path, "[]"));
}

/* What holds below an element, as far as it does not depend on its children. */
static struct frame levels_below(const struct walk *w, const struct schema_element *e, const struct frame *parent)
{
    struct frame f = {.def = parent->def + (e->repetition != REPETITION_REQUIRED),
                      .rep = parent->rep + (e->repetition == REPETITION_REPEATED),
                      .repeated_at = parent->repeated_at, .repeated_size = parent->repeated_size,
                      .entry_def = parent->entry_def, .path_size = w->path.size, .name = e->name};

    if (e->repetition == REPETITION_REPEATED) {
        f.repeated_at = w->at;
        f.repeated_size = w->path.size;
        f.entry_def = f.def;
    }
    return f;
}

static enum status add_leaf(struct walk *w, const struct schema_element *e, const struct frame *levels, struct error *err)
{
    struct parquet_file *file = w->file;
    int32_t at = file->table.schema.n_columns;
    struct leaf *leaf = &file->leaves[at];
    struct column *column = &file->table.schema.columns[at];

    column->name = arena_text(&file->arena, w->path.at, w->path.size);
    if (!column->name)
        return footer_no_memory(file, w->path.size, err);
    leaf->max_def = (int16_t)levels->def;
    leaf->max_rep = (int16_t)levels->rep;
    leaf->entry_def = (int16_t)levels->entry_def;
    leaf->repeated_at = levels->repeated_at;
    leaf->depth = (int16_t)w->depth;
    column->is_nullable = levels->def > levels->entry_def;
    column->is_nested = levels->rep > 0;
    if (column->is_nested) {
        column->repeated = arena_text(&file->arena, w->path.at, levels->repeated_size);
        if (!column->repeated)
            return footer_no_memory(file, levels->repeated_size, err);
    }
    TRY(leaf_describe(file, e, leaf, column, err));
    file->table.schema.n_columns++;
    return STATUS_OK;
}

static enum status push(struct walk *w, const struct schema_element *e, const struct frame *levels, struct error *err)
{
    const struct frame *parent = &w->frames[w->depth - 1];

    if (w->depth >= PARQUET_MAX_SCHEMA_DEPTH)
        return error_set(err, STATUS_TOO_LARGE, "the schema is nested more than %d levels deep",
                         PARQUET_MAX_SCHEMA_DEPTH);
    w->frames[w->depth] = *levels;
    w->frames[w->depth].children_left = e->n_children;
    w->frames[w->depth].naming = naming_below(e, parent);
    w->depth++;
    return STATUS_OK;
}

static enum status visit(struct walk *w, const struct schema_element *e, struct error *err)
{
    struct frame *parent, levels;
    enum status status;

    while (w->depth > 0 && w->frames[w->depth - 1].children_left == 0)
        w->depth--;
    if (w->depth == 0)
        return error_set(err, STATUS_BAD_DATA, "the schema has elements outside its root");
    parent = &w->frames[w->depth - 1];
    if (e->repetition < REPETITION_REQUIRED || e->repetition > REPETITION_REPEATED)
        return error_set(err, STATUS_BAD_DATA, "a schema element has the unknown repetition %d", e->repetition);
    w->path.size = parent->path_size;
    if (!add_name(w, e, parent))
        return footer_no_memory(w->file, 0, err);
    levels = levels_below(w, e, parent);
    status = e->physical >= 0 ? add_leaf(w, e, &levels, err) : push(w, e, &levels, err);
    parent->child_index++;
    parent->children_left--;
    return status;
}

static enum status check_element(const struct schema_element *e, int32_t at, int32_t n, struct error *err)
{
    if (e->n_children < 0 || e->n_children > n)
        return error_set(err, STATUS_BAD_DATA, "schema element %d of %d has %d children", at, n, e->n_children);
    if (at == 0 && e->physical >= 0)
        return error_set(err, STATUS_BAD_DATA, "the schema's root is not a group");
    return STATUS_OK;
}

/* The elements are read twice instead of being kept: in memory one takes eighty bytes, in a forged footer one. */
static enum status count_leaves(struct thrift *t, int32_t n, int32_t *n_leaves, struct error *err)
{
    struct schema_element e;

    if (n == 0)
        return error_set(err, STATUS_BAD_DATA, "the schema is empty");
    for (int32_t i = 0; i < n && !t->problem; i++) {
        schema_element_read(t, &e);
        if (!t->problem)
            TRY(check_element(&e, i, n, err));
        *n_leaves += e.physical >= 0;
    }
    return STATUS_OK;
}

static enum status walk_elements(struct walk *w, struct thrift *t, int32_t n, struct error *err)
{
    struct schema_element e;

    schema_element_read(t, &e);
    w->frames[0] = (struct frame){.children_left = e.n_children};
    w->depth = 1;
    for (w->at = 1; w->at < n; w->at++) {
        schema_element_read(t, &e);
        TRY(visit(w, &e, err));
    }
    for (int32_t d = 0; d < w->depth; d++)
        if (w->frames[d].children_left > 0)
            return error_set(err, STATUS_BAD_DATA, "the schema ends before all its groups are complete");
    return STATUS_OK;
}

static int by_name_then_place(const void *a, const void *b)
{
    const struct column *x = *(struct column *const *)a, *y = *(struct column *const *)b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x > y) - (x < y);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* `first` to `end` of the sorted columns have one name: a second one is a#2, and so on, unless the file has a column of that name already. */
static enum status name_group(struct parquet_file *file, struct column **sorted, const char **names, int32_t first, int32_t end,
                              struct error *err)
{
    int32_t number = 1;

    sorted[first]->n_same_name = end - first;
    for (int32_t i = first + 1; i < end; i++) {
        const char *name;

        do {
            name = arena_format(&file->arena, "%s#%d", sorted[first]->name, ++number);
            if (!name)
                return footer_no_memory(file, strlen(sorted[first]->name) + 12, err);
        } while (bsearch(&name, names, (size_t)file->table.schema.n_columns, sizeof *names, by_text));
        sorted[i]->name = name;
        sorted[i]->n_same_name = end - first;
    }
    return STATUS_OK;
}

/* `names`: room for as many as `sorted`. */
static enum status name_duplicates(struct parquet_file *file, struct column **sorted, const char **names, struct error *err)
{
    struct schema *schema = &file->table.schema;

    for (int32_t i = 0; i < schema->n_columns; i++)
        sorted[i] = &schema->columns[i];
    qsort(sorted, (size_t)schema->n_columns, sizeof *sorted, by_name_then_place);
    for (int32_t i = 0; i < schema->n_columns; i++)
        names[i] = sorted[i]->name;
    for (int32_t first = 0, end; first < schema->n_columns; first = end) {
        for (end = first + 1; end < schema->n_columns && strcmp(names[first], names[end]) == 0; end++)
            ;
        TRY(name_group(file, sorted, names, first, end, err));
    }
    return STATUS_OK;
}

enum status schema_build(struct parquet_file *file, struct thrift *t, int32_t n, struct error *err)
{
    struct walk w = {.file = file, .path = {.memory = file->memory}};
    struct thrift ahead = *t;
    struct arena scratch;
    struct column **sorted;
    const char **names;
    int32_t n_leaves = 0;
    enum status status = STATUS_OK;

    TRY(count_leaves(&ahead, n, &n_leaves, err));
    if (ahead.problem) {
        *t = ahead;
        return STATUS_OK;
    }
    arena_init(&scratch, file->memory, 0);
    w.frames = arena_array(&scratch, PARQUET_MAX_SCHEMA_DEPTH, sizeof *w.frames);
    sorted = arena_array(&scratch, (size_t)n_leaves, sizeof *sorted);
    names = arena_array(&scratch, (size_t)n_leaves, sizeof *names);
    file->leaves = arena_array(&file->arena, (size_t)n_leaves, sizeof *file->leaves);
    file->table.schema.columns = arena_array(&file->arena, (size_t)n_leaves, sizeof(struct column));
    if (!w.frames || !sorted || !names || !file->leaves || !file->table.schema.columns)
        status = footer_no_memory(file, (size_t)n_leaves * (sizeof *file->leaves + sizeof(struct column)), err);
    if (!status)
        status = walk_elements(&w, t, n, err);
    if (!status)
        status = name_duplicates(file, sorted, names, err);
    buffer_done(&w.path);
    arena_done(&scratch);
    return status;
}
