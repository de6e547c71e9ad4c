/* expectations/dialect.c -- the switches that make an imported suite keep the verdict of its own tool. */
#include "expectations/expectation.h"

const struct dialect dialect_assay = {
    .name = "assay",
    .empty_is_success = false,
    .nan = NAN_FAIL,
    .quantile_method = 7,
    .regex_flags = 0,
    .mostly_in_doubles = false,
};

/* Great Expectations on pandas: a NaN is a missing value, nothing to judge is a success, quantiles are values that occur. */
const struct dialect dialect_gx = {
    .name = "gx",
    .empty_is_success = true,
    .nan = NAN_IGNORE,
    .quantile_method = 0,
    .regex_flags = REGEX_DOLLAR_NEWLINE | REGEX_UNICODE_CLASSES,
    .mostly_in_doubles = true,
};
