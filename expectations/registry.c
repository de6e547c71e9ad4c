/* expectations/registry.c -- the table of expectations, and names: ours and Great Expectations'. */
#include "expectations/shared.h"

const struct expectation *const expectations[] = {
#define EXPECTATION(word) &expect_##word,
#include "expectations/list.h"
#undef EXPECTATION
    NULL,
};

/* Great Expectations' runnable names (and its historic drift tests) that have no row of ours yet: so that the message says
 * "not supported yet" and not "unknown". */
static const char *const foreign_names[] = {
    "column_bootstrapped_ks_test_p_value_to_be_greater_than",
    "column_chisquare_test_p_value_to_be_greater_than",
    "column_distinct_values_to_be_in_set",
    "column_distinct_values_to_contain_set",
    "column_distinct_values_to_equal_set",
    "column_kl_divergence_to_be_less_than",
    "column_most_common_value_to_be_in_set",
    "column_pair_values_A_to_be_greater_than_B", /* its name before 1.0 */
    "column_pair_cramers_phi_value_to_be_less_than",
    "column_pair_values_a_to_be_greater_than_b",
    "column_pair_values_to_be_equal",
    "column_pair_values_to_be_in_set",
    "column_parameterized_distribution_ks_test_p_value_to_be_greater_than",
    "column_proportion_of_non_null_values_to_be_between",
    "column_proportion_of_unique_values_to_be_between",
    "column_value_z_scores_to_be_less_than",
    "column_values_to_be_dateutil_parseable",
    "column_values_to_be_decreasing",
    "column_values_to_be_in_type_list",
    "column_values_to_be_increasing",
    "column_values_to_be_json_parseable",
    "column_values_to_match_json_schema",
    "column_values_to_match_like_pattern",
    "column_values_to_match_like_pattern_list",
    "column_values_to_match_regex_list",
    "column_values_to_match_strftime_format",
    "column_values_to_not_be_outliers",
    "column_values_to_not_match_like_pattern",
    "column_values_to_not_match_like_pattern_list",
    "column_values_to_not_match_regex_list",
    "multicolumn_sum_to_equal",
    "multicolumn_values_to_be_equal",
    "multicolumn_values_to_be_unique",
    "query_results_to_match_comparison",
    "select_column_values_to_be_unique_within_record",
    "table_column_count_to_be_between",
    "table_column_count_to_equal",
    "table_row_count_to_equal_other_table",
    NULL,
};

enum { NAMES_MAX = 256 };

static const char *without_expect(const char *name)
{
    return strncmp(name, "expect_", 7) == 0 ? name + 7 : name;
}

/* Is `name` one of the comma-separated words? */
static bool is_one_of(const char *words, const char *name)
{
    size_t size = strlen(name);

    while (words && *words) {
        size_t word = strcspn(words, ",");

        if (word == size && memcmp(words, name, size) == 0)
            return true;
        words += word + (words[word] == ',');
    }
    return false;
}

const struct expectation *expectation_find(const char *name)
{
    const char *gx = without_expect(name);

    for (int32_t i = 0; expectations[i]; i++)
        if (strcmp(expectations[i]->name, name) == 0)
            return expectations[i];
    for (int32_t i = 0; expectations[i]; i++)
        if (is_one_of(expectations[i]->gx, gx))
            return expectations[i];
    return NULL;
}

const char *expectation_nearest(const char *name)
{
    const char *names[NAMES_MAX];
    int32_t n = 0;

    for (int32_t i = 0; expectations[i] && n < NAMES_MAX - 1; i++)
        names[n++] = expectations[i]->name;
    names[n] = NULL;
    return nearest_name(name, names);
}

const char *expectation_gx_name(struct arena *arena, const struct expectation *kind)
{
    return kind->gx ? arena_format(arena, "expect_%.*s", (int)strcspn(kind->gx, ","), kind->gx) : NULL;
}

bool expectation_is_foreign(const char *name)
{
    const char *gx = without_expect(name);

    if (strcmp(name, "unexpected_rows_expectation") == 0)
        return true;
    for (int32_t i = 0; foreign_names[i]; i++)
        if (strcmp(foreign_names[i], gx) == 0)
            return true;
    return false;
}
