/* validator/verdict.h -- --verdict-only and --fail-fast: when enough is known.
 *
 * Both leave success and the exit code as they are. A verdict alone is certain earlier than the figures beside it: by bounds, or as soon as
 * more rows are unexpected than the tolerance could accept among all rows that there are.
 */
#ifndef VALIDATOR_VERDICT_H
#define VALIDATOR_VERDICT_H

#include "validator/foresight.h"

/* After planning: settles checks whose verdict footers make certain (--verdict-only), and says of every request when it is enough. */
enum status verdict_foresee(struct plan *plan, struct error *err) NODISCARD;
/* --fail-fast: has a check failed already that ends the run? */
bool verdict_is_lost(const struct plan *plan);
/* Of a run that ended early: is this check one that has failed for certain, by the states as far as they go? */
bool verdict_has_failed(const struct plan *plan, const struct planned *planned, const struct scan_result *scanned);

#endif
