/* validator/constants.c -- units in which a column has one value, or none: as vectors, and folded without being read. */
#include "validator/foresight.h"

static const uint64_t no_row[CHUNK_MAX_ROWS / 64]; /* the validity of nulls */

static bool is_of_unit(const struct value *x, struct type type)
{
    return (x->kind != VALUE_TIMESTAMP && x->kind != VALUE_TIME) || x->unit == type.unit;
}

static bool set_lane(const struct value *x, struct type type, union constant_lane *lane)
{
    switch (type_lane(type)) {
    case LANE_I64: case LANE_I128:
        if (x->kind == VALUE_DECIMAL ? type.kind != TYPE_DECIMAL || x->scale != type.scale
                                     : type.kind == TYPE_DECIMAL || (x->kind != VALUE_INT && x->kind != VALUE_DATE &&
                                                                     x->kind != VALUE_TIME && x->kind != VALUE_TIMESTAMP))
            return false;
        if (type_lane(type) == LANE_I128)
            lane->i128 = x->i128;
        else
            lane->i64 = x->kind == VALUE_DECIMAL ? (int64_t)x->i128 : x->i64;
        return is_of_unit(x, type);
    case LANE_U64:
        lane->u64 = x->u64;
        return x->kind == VALUE_UINT;
    case LANE_F64: /* 0.0 stands for -0.0 too, which is another value to some */
        lane->f64 = x->f64;
        return x->kind == VALUE_DOUBLE && x->f64 != 0;
    case LANE_BOOL:
        lane->boolean = x->boolean;
        return x->kind == VALUE_BOOL;
    case LANE_BYTES:
        lane->bytes = x->bytes;
        return x->kind == VALUE_TEXT || x->kind == VALUE_BYTES || x->kind == VALUE_UUID;
    case LANE_NONE:
        break;
    }
    return false;
}

bool constant_vector(const struct value *x, struct type type, int64_t n, union constant_lane *lane, struct vector *out)
{
    memset(lane, 0, sizeof *lane);
    *out = (struct vector){.type = type, .lane = type_lane(type), .shape = SHAPE_CONSTANT, .n_rows = n, .values = lane};
    return set_lane(x, type, lane);
}

static enum status fold(const struct plan_request *r, struct vector *v, int64_t n, int32_t file, void *state, struct error *err)
{
    while (n > 0) {
        const struct vector *column = v;
        struct metric_input in = {.columns = &column, .n_columns = 1, .file = file};

        in.n_rows = in.n_selected = v->n_rows = n < CHUNK_MAX_ROWS ? n : CHUNK_MAX_ROWS;
        v->n_nulls = v->valid ? v->n_rows : 0;
        TRY(r->request.metric->add(state, &in, err));
        n -= v->n_rows;
    }
    return STATUS_OK;
}

enum status constant_fold(const struct plan *plan, const struct plan_request *r, const struct column_summary *s, int32_t file,
                          void *state, bool *answered, struct error *err)
{
    struct type type = plan->slots[r->request.slots[0]].type;
    int64_t n_values = s->n_rows - s->n_nulls;
    union constant_lane lane;
    struct vector v;
    int order;

    *answered = false;
    if (!r->request.metric->takes_values_only || !s->has_nulls_count || !s->has_nan_count || s->n_nans > 0)
        return STATUS_OK;
    memset(&lane, 0, sizeof lane);
    v = (struct vector){.type = type, .lane = type_lane(type), .shape = SHAPE_CONSTANT, .values = &lane};
    if (n_values > 0 && (!s->has_bounds || !value_compare(&s->min, &s->max, &order) || order != 0 ||
                         !constant_vector(&s->min, type, 0, &lane, &v)))
        return STATUS_OK;
    TRY(fold(r, &v, n_values, file, state, err));
    v.valid = no_row;
    memset(&lane, 0, sizeof lane); /* the value at a null is zero */
    TRY(fold(r, &v, s->n_nulls, file, state, err));
    *answered = true;
    return STATUS_OK;
}
