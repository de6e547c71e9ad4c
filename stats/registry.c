/* stats/registry.c -- the list of metrics, and the saving and loading of any of them. */
#include "stats/drift.h"

const struct metric *const metrics[] = {
    &metric_comoments,  &metric_direction, &metric_distinct,  &metric_extremes, &metric_frequencies, &metric_histogram,
    &metric_hyperloglog, &metric_ks,       &metric_moments,   &metric_ordered,  &metric_presence,    &metric_quantiles,
    &metric_rows,       &metric_shape,     &metric_sketch,    &metric_texts,    &metric_uniqueness,  &metric_violations,
    NULL,
};

const struct metric *metric_find(const char *name)
{
    for (int i = 0; metrics[i]; i++)
        if (strcmp(metrics[i]->name, name) == 0)
            return metrics[i];
    return NULL;
}

bool metric_save(const struct metric *metric, void *state, struct buffer *out, struct error *err)
{
    if (metric->pack && metric->pack(state, err) != STATUS_OK)
        return false;
    if (!fields_save(metric->name, metric->fields, state, out)) {
        memory_error(out->memory, "a saved state", err);
        return false;
    }
    return true;
}

enum status metric_load(const struct metric *metric, const struct metric_setup *setup, struct span *bytes, void *state,
                        struct error *err)
{
    enum status status = metric->init(state, setup, err);

    if (status == STATUS_OK)
        status = fields_load(metric->name, metric->fields, bytes, state, err);
    if (status == STATUS_OK && metric->unpack)
        status = metric->unpack(state, setup, err);
    if (status != STATUS_OK)
        metric->done(state);
    return status;
}
