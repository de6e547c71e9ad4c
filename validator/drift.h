/* validator/drift.h -- what a suite's `drift:` says about its drift checks together: corrected p-values, the share that may fail. */
#ifndef VALIDATOR_DRIFT_H
#define VALIDATOR_DRIFT_H

#include "validator/plan.h"
#include "validator/result.h"

/* After every check was judged by itself. Of `results` only those of drift checks, and the one of drift_share, change. */
enum status drift_settle(const struct plan *plan, struct result *results, int32_t n, struct error *err) NODISCARD;

#endif
