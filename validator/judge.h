/* validator/judge.h -- from merged states to the report: findings, statistics, outcome, headline. */
#ifndef VALIDATOR_JUDGE_H
#define VALIDATOR_JUDGE_H

#include "validator/scan.h"

/* Fills results, statistics, outcome, exit code of a batch that was scanned. */
enum status judge_scanned(const struct plan *plan, const struct scan_result *scanned, struct report *report,
                          struct error *err) NODISCARD;
/* The same for a batch that could not be read: every active check is not evaluated because of `why`. */
enum status judge_unreadable(const struct plan *plan, const struct error *why, struct report *report, struct error *err) NODISCARD;
/* The first line of a text verdict; report->suite, batch and results are set. */
enum status judge_headline(struct arena *arena, struct report *report, struct error *err) NODISCARD;

#endif
