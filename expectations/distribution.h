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

/* How many rows and values of what kind either side has. false: it was settled without looking, or one side has nothing but nulls. */
bool distribution_counts(const struct planned *p, const struct seen *seen, struct moments_counts *batch, struct moments_counts *reference);

/* What no_skew has in common with it. A reference that cannot be used settles the check; `status` of whoever looked for it. */
enum status distribution_settle_reference(struct planned *p, const struct planner *planner, enum status status, struct error *err);
/* "reference" of what was observed, where it is a saved one: when it was made, how many whole days ago, which one it is. */
void distribution_show_reference(const struct reference_facts *facts, const struct seen *seen, struct node *observed);
enum status distribution_validate_age(const struct literal *max_age, const struct node *written, struct error *err);
/* A check that passes against a reference older than max_age is a warning. */
enum status distribution_judge_age(const struct reference_facts *facts, const struct literal *max_age, const struct seen *seen,
                                   struct finding *out, struct error *err);

#endif
