/* validator/failed_rows.h -- --failed-rows and --passed-rows: the batch split by its verdict, row by row.
 *
 * A row fails when it is unexpected under any row-level expectation at or above --fail-on, whatever `mostly` says. One
 * more pass in batch order on one thread, with the states of the scan (a duplicated key is known only at its end).
 */
#ifndef VALIDATOR_FAILED_ROWS_H
#define VALIDATOR_FAILED_ROWS_H

#include "validator/scan.h"

enum status failed_rows_write(const struct plan *plan, const struct scan_result *scanned, struct error *err) NODISCARD;

#endif
