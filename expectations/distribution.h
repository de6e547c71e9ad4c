/* expectations/distribution.h -- what matches_distribution's two halves share: its parameters, and what planning found out. */
#ifndef EXPECTATIONS_DISTRIBUTION_H
#define EXPECTATIONS_DISTRIBUTION_H

#include "expectations/shared.h"
#include "stats/drift_tests.h"

enum { DRIFT_PROBABILITIES_MAX = 4096 };

struct probability { const char *label; double share; };

struct distribution {
    const char *reference, *column;
    struct node *law_node, *probabilities_node;
    int test, by, alternative, base;
    double max_effect, p_value, max_statistic, floor;
    int64_t min_samples, bins;
    struct literal max_age;
    /* found out by validate */
    bool is_from_variable, has_max_effect, has_p_value, has_max_statistic, has_bins;
    const struct drift_test *wanted; /* NULL: auto */
    const struct law *law;           /* NULL: none */
    double parameters[LAW_PARAMETERS];
    const struct probability *probabilities; /* NULL: none */
    int32_t n_probabilities;
};

/* What the two sides are read as and compared by. */
struct pairing {
    const struct drift_test *test;
    bool is_order;                /* values in order; else categories */
    struct type batch, reference; /* as they are read */
    struct type as;               /* the order of both */
    int32_t state;                /* of planner->reference_state; 0: no reference */
    struct reference_facts facts; /* of the reference */
    const struct ks_params *limits; /* of a ks in order; NULL: of others */
};

/* Requests of a check: the batch counted against the reference, or its categories, or (against a law) its values; then its values. */
enum { REQUEST_COUNTS, REQUEST_VALUES };

enum status distribution_judge(const struct planned *p, const struct seen *seen, struct finding *out, struct error *err);

#endif
