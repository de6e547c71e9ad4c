/* readers/parquet/summary.c -- what a row group's statistics may be believed.
 *
 * Every rule is a reason to say nothing. Three gates, one after the other:
 *
 *  1. The file against itself. Counts lie between 0 and the number of values, a REQUIRED column has no nulls, a bound is a value of
 *     the type and the least is not above the greatest. What fails here is a finding (`problem`), and all statistics of
 *     the chunk are forgotten. (Numbers of rows and places of chunks were checked when the file was opened.)
 *  2. The order. min_value and max_value count where column_orders names the order for the column: TYPE_ORDER, for floats also
 *     IEEE_754_TOTAL_ORDER, for INT96 only INT96_TIMESTAMP_ORDER; without one the format calls them undefined. The deprecated min
 *     and max were compared as signed whatever the type, so they count for signed numbers, dates, times and booleans, and for any type
 *     where both are the same bytes (parquet.thrift, Statistics and ColumnOrder).
 *  3. The writer (writers.tab).
 *
 * Floats: bounds are of the values that are no NaN, and without nan_count there may be NaNs. Bounds may be cut or widened unless a flag
 * says that they are exact; equal bounds are exact whatever the flags say, because the values lie between them.
 */
#include <math.h>

#include "readers/parquet/scan.h"
#include "readers/parquet/thrift.h"

enum { ORDER_TYPE = 1, ORDER_IEEE_754_TOTAL = 2, ORDER_INT96_TIMESTAMP = 3 }; /* members of ColumnOrder */

struct bound { struct span bytes; bool is_there, is_exact; };

struct statistics {
    struct bound min, max, old_min, old_max;
    bool has_nulls, has_nans;
    int64_t n_nulls, n_nans;
};

/* Fields of Statistics; 4 is distinct_count, which nobody may trust (arrow#36385). */
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
        case 1: s->old_max.is_there = thrift_binary(&t, &f, &s->old_max.bytes); break;
        case 2: s->old_min.is_there = thrift_binary(&t, &f, &s->old_min.bytes); break;
        case 3: s->has_nulls = thrift_i64(&t, &f, &s->n_nulls); break;
        case 5: s->max.is_there = thrift_binary(&t, &f, &s->max.bytes); break;
        case 6: s->min.is_there = thrift_binary(&t, &f, &s->min.bytes); break;
        case 7: (void)thrift_bool(&t, &f, &s->max.is_exact); break;
        case 8: (void)thrift_bool(&t, &f, &s->min.is_exact); break;
        case 9: s->has_nans = thrift_i64(&t, &f, &s->n_nans); break;
        default: thrift_skip(&t, f.type);
        }
    }
    return !t.problem;
}

/* --- gate 1: the file against itself --- */

static const char *check_counts(const struct leaf *leaf, struct type type, const struct statistics *s, int64_t n_values)
{
    int64_t n_nulls = s->has_nulls ? s->n_nulls : 0;

    if (n_nulls < 0 || n_nulls > n_values)
        return "have a null count that is not between 0 and the number of values";
    if (leaf->max_def == 0 && n_nulls > 0)
        return "have nulls in a REQUIRED column";
    if (s->has_nans && type_is_float(type) && (s->n_nans < 0 || s->n_nans > n_values - n_nulls))
        return "have a NaN count that is not between 0 and the number of values";
    return NULL;
}

/* Statistics.min_value in parquet.thrift. */
const char *summary_bound(const struct leaf *leaf, struct type type, struct span bytes, struct value *out)
{
    static const struct span empty;
    union { int64_t i64; uint64_t u64; double f64; int128 i128; struct span bytes; uint8_t boolean; } lane;
    struct vector v = {.type = type, .lane = type_lane(type), .shape = SHAPE_CONSTANT, .n_rows = 1, .values = &lane};
    struct raw raw = {.fixed = bytes.at};

    memset(&lane, 0, sizeof lane);
    if (leaf->fixed_width && bytes.size != (size_t)leaf->fixed_width)
        return "have a bound that is not as long as a value of the type";
    if (leaf->physical == PHYSICAL_BOOLEAN && bytes.at[0] > 1)
        return "have a bound that is neither true nor false";
    if (!leaf->fixed_width)
        raw = (struct raw){.spans = bytes.size ? &bytes : &empty};
    if (!leaf->convert || leaf->convert(leaf, raw, 1, &lane) != NULL)
        return "have a bound that is no value of the type";
    *out = vector_entry(&v, 0);
    return NULL;
}

/* --- gates 2 and 3: the order and the writer --- */

/* Are signed comparison and the type's own order the same? Only then were old min and max right. */
static bool is_signed_order(const struct leaf *leaf, struct type type)
{
    bool is_integer = leaf->physical == PHYSICAL_INT32 || leaf->physical == PHYSICAL_INT64;

    return leaf->physical == PHYSICAL_BOOLEAN || (is_integer && type_lane(type) != LANE_U64);
}

/* Julian day and nanoseconds of the day become microseconds in the same order, as long as neither is out of its range. */
static bool is_plain_int96(struct span bytes)
{
    enum { DAYS_MAX = 100000000 };
    uint64_t nanos;
    uint32_t day;

    if (bytes.size != 12)
        return false;
    memcpy(&nanos, bytes.at, 8);
    memcpy(&day, bytes.at + 8, 4);
    return nanos < (uint64_t)86400 * 1000000000 && day < DAYS_MAX;
}

bool summary_is_ordered(const struct parquet_file *file, int32_t column, bool has_nan_count)
{
    int order = file->orders ? file->orders[column] : 0;

    if (file->leaves[column].is_unordered || file->leaves[column].physical == PHYSICAL_INT96)
        return false;
    if (order == ORDER_IEEE_754_TOTAL) /* nan_count is mandatory there */
        return type_is_float(file->table.schema.columns[column].type) && has_nan_count;
    return order == ORDER_TYPE;
}

static bool is_ordered(const struct parquet_file *file, int32_t column, const struct statistics *s)
{
    if (file->leaves[column].physical == PHYSICAL_INT96)
        return file->orders && file->orders[column] == ORDER_INT96_TIMESTAMP && is_plain_int96(s->min.bytes) && is_plain_int96(s->max.bytes);
    return summary_is_ordered(file, column, s->has_nans);
}

/* Chooses the pair that may be used; *is_believed false: it is only to be checked. */
static bool choose_bounds(const struct parquet_file *file, int32_t column, const struct statistics *s, struct bound *min,
                          struct bound *max, bool *is_believed)
{
    const struct leaf *leaf = &file->leaves[column];
    struct type type = file->table.schema.columns[column].type;
    int trust = file->writer.flags;

    if (s->min.is_there && s->max.is_there) {
        *min = s->min;
        *max = s->max;
        *is_believed = trust & TRUST_BOUNDS;
        return is_ordered(file, column, s);
    }
    if (!s->old_min.is_there || !s->old_max.is_there || leaf->is_unordered)
        return false;
    *min = s->old_min;
    *max = s->old_max;
    min->is_exact = max->is_exact = false; /* the flags are about the others */
    *is_believed = true;
    return (is_signed_order(leaf, type) && (trust & TRUST_OLD_BOUNDS)) ||
           (span_equal(min->bytes, max->bytes) && (trust & TRUST_OLD_EQUAL));
}

static bool is_cut_decimal(const struct leaf *leaf, struct type type)
{
    return type.kind == TYPE_DECIMAL && !leaf->fixed_width; /* a cut byte array is another number, not a bound */
}

static bool is_nan(const struct value *v) { return v->kind == VALUE_DOUBLE && isnan(v->f64); }

static void add_bounds(const struct parquet_file *file, int32_t column, const struct statistics *s, struct column_summary *out)
{
    const struct leaf *leaf = &file->leaves[column];
    struct type type = file->table.schema.columns[column].type;
    struct bound min, max;
    bool is_believed = false;
    int order;

    if (!choose_bounds(file, column, s, &min, &max, &is_believed) || is_cut_decimal(leaf, type))
        return;
    out->problem = summary_bound(leaf, type, min.bytes, &out->min);
    if (!out->problem)
        out->problem = summary_bound(leaf, type, max.bytes, &out->max);
    if (out->problem || is_nan(&out->min) || is_nan(&out->max) || !value_compare(&out->min, &out->max, &order))
        return;
    if (order > 0) {
        out->problem = "have a least value that is above the greatest";
        return;
    }
    out->has_bounds = is_believed;
    out->min_is_exact = order == 0 || min.is_exact;
    out->max_is_exact = order == 0 || max.is_exact;
}

int summary_shown_values(const struct parquet_file *file, int32_t unit, int32_t column, struct span out[2])
{
    const struct leaf *leaf = &file->leaves[column];
    bool is_number = leaf->physical == PHYSICAL_INT32 || leaf->physical == PHYSICAL_INT64; /* nobody cuts these off */
    struct statistics s;
    struct bound min, max;

    if (!parse(file, &file->row_groups[unit].chunks[column], &s))
        return 0;
    min = s.min.is_there ? s.min : s.old_min;
    max = s.max.is_there ? s.max : s.old_max;
    if (!min.is_there || !max.is_there || (leaf->fixed_width && (min.bytes.size != (size_t)leaf->fixed_width || max.bytes.size != (size_t)leaf->fixed_width)))
        return 0;
    if (!is_number && (!min.is_exact || !max.is_exact) && !span_equal(min.bytes, max.bytes))
        return 0;
    out[0] = min.bytes;
    out[1] = max.bytes;
    return 2;
}

static void add_counts(const struct parquet_file *file, int32_t column, const struct statistics *s, struct column_summary *out)
{
    const struct leaf *leaf = &file->leaves[column];
    int trust = leaf->depth == 1 ? file->writer.flags : TRUST_NOTHING;

    if (leaf->max_def > 0 && s->has_nulls && ((trust & TRUST_NULLS) || (s->n_nulls == 0 && (trust & TRUST_NULLS_IF_NONE)))) {
        out->has_nulls_count = true;
        out->n_nulls = s->n_nulls;
        out->nulls_evidence = EVIDENCE_FOOTER;
    }
    if (s->has_nans && type_is_float(file->table.schema.columns[column].type) && (trust & TRUST_NULLS)) {
        out->has_nan_count = true;
        out->n_nans = s->n_nans;
    }
}

struct column_summary summary_by_schema(const struct parquet_file *file, int32_t unit, int32_t column)
{
    const struct leaf *leaf = &file->leaves[column];
    struct type type = file->table.schema.columns[column].type;
    struct column_summary out = {.n_rows = file->row_groups[unit].n_rows, .nulls_evidence = EVIDENCE_FOOTER};

    if (leaf->max_rep > 0)
        return out;
    out.has_nan_count = !type_is_float(type);
    if (leaf->max_def == 0 || type.kind == TYPE_NULL) {
        out.has_nulls_count = true;
        out.n_nulls = type.kind == TYPE_NULL ? out.n_rows : 0;
        out.nulls_evidence = EVIDENCE_SCHEMA;
    }
    return out;
}

enum status parquet_summary(struct table *table, int32_t unit, int32_t column, struct column_summary *out,
                            struct error *err)
{
    const struct parquet_file *file = (const struct parquet_file *)table;
    const struct leaf *leaf = &file->leaves[column];
    struct type type = table->schema.columns[column].type;
    const struct column_chunk *chunk = &file->row_groups[unit].chunks[column];
    struct statistics s;
    const char *problem;

    (void)err;
    *out = summary_by_schema(file, unit, column);
    out->has_filter = bloom_is_believed(file, unit, column);
    if (leaf->max_rep > 0 || type.kind == TYPE_NULL || !parse(file, chunk, &s) || chunk->n_values != out->n_rows)
        return STATUS_OK;
    problem = check_counts(leaf, type, &s, chunk->n_values);
    if (!problem) {
        add_counts(file, column, &s, out);
        /* bounds of no value are nobody's */
        if (!leaf->refused && (!s.has_nulls || s.n_nulls < out->n_rows) && (!s.has_nans || s.n_nans < out->n_rows))
            add_bounds(file, column, &s, out);
        problem = out->problem;
    }
    if (problem) {
        *out = summary_by_schema(file, unit, column);
        out->problem = problem;
    }
    return STATUS_OK;
}
