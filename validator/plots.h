/* validator/plots.h -- how the values of columns are spread, for formats that draw.
 *
 * No part of the verdict: what goes wrong here costs the plots and nothing else, and neither the results nor their digest depend
 * on whether plots were asked for.
 */
#ifndef VALIDATOR_PLOTS_H
#define VALIDATOR_PLOTS_H

#include "validator/scan.h"

/* Within plan_make, after the checks: with options->plots, asks for the extremes of each column of numbers or times that has a
 * check of its range. Not of pii columns, not with --no-samples: extremes are values. */
enum status plots_plan(struct plan *plan, struct error *err) NODISCARD;
/* After the scan: counts those columns' values in bins, in one more pass over them alone. What is drawn lies in the plan's arena. */
void plots_scan(const struct plan *plan, const struct scan_result *scanned, double deadline, const struct report_plot **out,
                int32_t *n);

#endif
