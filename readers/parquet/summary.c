/* readers/parquet/summary.c -- what a row group's statistics may be believed.
 *
 * Every rule is a reason to say nothing. The order of a column: min_value and max_value count only where the file's column_orders
 * says TYPE_ORDER for it; the deprecated min and max, which were compared as signed whatever the type, only for
 * signed integers, dates and times (parquet.thrift, Statistics and ColumnOrder). Floats: bounds are of the values that are no NaN, and
 * whether there are NaNs is not known. Bounds may be cut or widened unless a flag says that they are exact.
 */
#include "readers/parquet/scan.h"
#include "readers/parquet/thrift.h"

struct statistics {
    struct span min, max, old_min, old_max;
    bool has_min, has_max, has_old_min, has_old_max;
    bool has_nulls;
    int64_t n_nulls;
    bool is_min_exact, is_max_exact;
};

static bool parse(const struct parquet_file *file, const struct column_chunk *chunk, struct statistics *s)
{
    struct span bytes = span_of(file->footer.at, file->footer.size), skipped, part;
    struct thrift_field f = {0};
    struct thrift t;

    *s = (struct statistics){0};
    if (chunk->statistics_size == 0 || !span_take(&bytes, chunk->statistics_at, &skipped) ||
        !span_take(&bytes, chunk->statistics_size, &part))
        return false;
    thrift_start(&t, part);
    while (thrift_next(&t, &f)) {
        switch (f.id) {
        case 1: s->has_old_max = thrift_binary(&t, &f, &s->old_max); break;
        case 2: s->has_old_min = thrift_binary(&t, &f, &s->old_min); break;
        case 3: s->has_nulls = thrift_i64(&t, &f, &s->n_nulls); break;
        case 5: s->has_max = thrift_binary(&t, &f, &s->max); break;
        case 6: s->has_min = thrift_binary(&t, &f, &s->min); break;
        case 7: (void)thrift_bool(&t, &f, &s->is_max_exact); break;
        case 8: (void)thrift_bool(&t, &f, &s->is_min_exact); break;
        default: thrift_skip(&t, f.type);
        }
    }
    return !t.problem;
}

/* Are signed comparison and the type's own order the same? Only then were old min and max right. */
static bool is_signed_order(const struct leaf *leaf, struct type type)
{
    bool is_integer = leaf->physical == PHYSICAL_INT32 || leaf->physical == PHYSICAL_INT64;

    return is_integer && type_lane(type) != LANE_U64;
}

/* Chooses the pair that may be used. */
static bool choose_bounds(const struct parquet_file *file, int32_t column, struct statistics *s)
{
    const struct leaf *leaf = &file->leaves[column];
    struct type type = file->table.schema.columns[column].type;
    bool has_order = file->orders && file->orders[column] == 1; /* TYPE_ORDER */

    if (leaf->is_unordered || leaf->refused || leaf->max_rep > 0)
        return false;
    if (s->has_min && s->has_max)
        return has_order && (file->writer.flags & TRUST_BOUNDS);
    if (!s->has_old_min || !s->has_old_max || !is_signed_order(leaf, type) || !(file->writer.flags & TRUST_OLD_BOUNDS))
        return false;
    s->min = s->old_min;
    s->max = s->old_max;
    s->is_min_exact = s->is_max_exact = false;
    return true;
}

/* A bound is written as PLAIN, byte arrays without their length (parquet.thrift, Statistics). */
static bool bound_value(const struct leaf *leaf, struct type type, struct span bytes, struct value *out)
{
    union { int64_t i64; uint64_t u64; double f64; int128 i128; struct span bytes; uint8_t boolean; } lane;
    struct vector v = {.type = type, .lane = type_lane(type), .shape = SHAPE_CONSTANT, .n_rows = 1, .values = &lane};
    struct raw raw = {.fixed = bytes.at};

    memset(&lane, 0, sizeof lane);
    if (leaf->fixed_width ? bytes.size != (size_t)leaf->fixed_width : bytes.size > 0 && !bytes.at)
        return false;
    if (leaf->physical == PHYSICAL_BOOLEAN && bytes.at[0] > 1)
        return false;
    if (!leaf->fixed_width)
        raw = (struct raw){.spans = &bytes};
    if (!leaf->convert || leaf->convert(leaf, raw, 1, &lane) != NULL)
        return false;
    *out = vector_entry(&v, 0);
    return true;
}

static bool is_cut_decimal(const struct leaf *leaf, struct type type)
{
    return type.kind == TYPE_DECIMAL && !leaf->fixed_width; /* a cut byte array is another number, not a bound */
}

static void add_bounds(const struct parquet_file *file, int32_t column, struct statistics *s,
                       struct column_summary *out)
{
    const struct leaf *leaf = &file->leaves[column];
    struct type type = file->table.schema.columns[column].type;
    struct value min, max;
    int order;

    if (!choose_bounds(file, column, s) || is_cut_decimal(leaf, type))
        return;
    if (!bound_value(leaf, type, s->min, &min) || !bound_value(leaf, type, s->max, &max))
        return;
    if (!value_compare(&min, &max, &order) || order > 0) /* NaN compares with nothing; a wrong order is nobody's */
        return;
    out->has_bounds = true;
    out->min = min;
    out->max = max;
    out->bounds_are_exact = order == 0 || (s->is_min_exact && s->is_max_exact);
}

static void add_nulls(const struct parquet_file *file, int32_t column, const struct statistics *s,
                      struct column_summary *out)
{
    const struct leaf *leaf = &file->leaves[column];
    bool is_trusted = (file->writer.flags & TRUST_NULL_COUNTS) && leaf->depth == 1 && leaf->max_rep == 0;

    if (s->has_nulls && is_trusted && s->n_nulls >= 0 && s->n_nulls <= out->n_rows) {
        out->has_nulls_count = true;
        out->n_nulls = s->n_nulls;
        out->nulls_evidence = EVIDENCE_FOOTER;
    }
}

enum status parquet_summary(struct table *table, int32_t unit, int32_t column, struct column_summary *out,
                            struct error *err)
{
    const struct parquet_file *file = (const struct parquet_file *)table;
    const struct leaf *leaf = &file->leaves[column];
    struct type type = table->schema.columns[column].type;
    const struct column_chunk *chunk = &file->row_groups[unit].chunks[column];
    struct statistics s;
    bool is_sane;

    (void)err;
    *out = (struct column_summary){.n_rows = file->row_groups[unit].n_rows, .nulls_evidence = EVIDENCE_FOOTER};
    out->has_nan_count = !type_is_float(type) && leaf->max_rep == 0;
    if (leaf->max_rep > 0)
        return STATUS_OK;
    if (leaf->max_def == 0 || type.kind == TYPE_NULL) {
        out->has_nulls_count = true;
        out->n_nulls = type.kind == TYPE_NULL ? out->n_rows : 0;
        out->nulls_evidence = EVIDENCE_SCHEMA;
        if (type.kind == TYPE_NULL)
            return STATUS_OK;
    }
    if (!parse(file, chunk, &s) || chunk->n_values != out->n_rows)
        return STATUS_OK;
    is_sane = !s.has_nulls || (s.n_nulls >= 0 && s.n_nulls <= out->n_rows && (leaf->max_def > 0 || s.n_nulls == 0));
    if (!is_sane)
        return STATUS_OK; /* statistics that contradict the file are wrong as a whole */
    if (leaf->max_def > 0)
        add_nulls(file, column, &s, out);
    if (!s.has_nulls || s.n_nulls < out->n_rows)
        add_bounds(file, column, &s, out);
    return STATUS_OK;
}
