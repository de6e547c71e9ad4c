/* core/finding.h -- what was found out about one expectation, before a report gives it words.
 *
 * Filled in by an expectation's `judge`, read by validator/ and reports/. Counts of -1 do not apply and are left out of
 * every report; only `observed` of VALUE_NONE is shown as null.
 */
#ifndef CORE_FINDING_H
#define CORE_FINDING_H

#include "core/document.h"

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_NOT_EVALUATED, VERDICT_SKIPPED };
extern const char *const verdict_names[]; /* "pass", "fail", "not_evaluated", "skipped" */

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR, SEVERITY_CRITICAL, SEVERITY_NEVER /* only --fail-on */ };
extern const char *const severity_names[]; /* "info", ..., "never", NULL */

enum { SAMPLE_KEYS_MAX = 8, SAMPLE_VALUE_BYTES = 256, TOP_VALUES_SHOWN = 20, TOP_VALUES_DISTINCT_MAX = 65536 };

struct sample {
    int32_t file;  /* index into the batch's files */
    int64_t row;   /* from 0 within the file */
    struct value value; /* of the column; of several columns (unique_together, satisfies): see n_values */
    int32_t n_keys;
    struct value keys[SAMPLE_KEYS_MAX]; /* the primary key's columns, in its order */
    int32_t n_values;                   /* 0: `value` is it; else values of the check's columns, in their order */
    struct value values[SAMPLE_KEYS_MAX];
};

struct top_value { struct value value; int64_t count; };

struct finding {
    enum verdict verdict;
    const char *reason; /* where the figures do not say it; NULL else */
    bool vacuous;       /* passed because there was nothing to judge */
    bool nothing_to_judge; /* failed because there was nothing to judge */
    bool fails_as_warning; /* ... and only at severity warning (a row-level check whose column has no values) */
    int64_t element_count, missing_count, nan_count, considered_count, unexpected_count;
    int64_t duplicate_groups, surplus_rows;
    bool has_observed;
    struct value observed;       /* observed_value */
    struct node *observed_node;  /* observed_value where it is no scalar (quantiles, sets); wins over observed */
    struct node *details;        /* further members shown under "observed" or "details"; NULL: none */
    bool is_drift;               /* of a check that compares distributions */
    bool has_p_limit;            /* ... by a p-value too, which a suite may correct */
    bool fails_by_p_alone;
    double p_value, p_limit;
    bool has_samples;
    const struct sample *samples;
    int32_t n_samples;
    bool has_top;
    const struct top_value *top;
    int32_t n_top;
};

/* Verdict pass, every count -1, nothing observed. */
void finding_init(struct finding *finding);

#endif
