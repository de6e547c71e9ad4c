/* readers/csv/scan.h -- the scans of a CSV table: what reader_csv calls. */
#ifndef READERS_CSV_SCAN_H
#define READERS_CSV_SCAN_H

#include "readers/csv/csv.h"

enum status csv_scan_open(struct table *table, int32_t unit, const struct want *wants, int32_t n_wants, int flags,
                          struct scan **out, struct error *err) NODISCARD;
enum status csv_scan_next(struct scan *scan, struct chunk *out, struct error *err) NODISCARD;
void csv_scan_close(struct scan *scan);
const struct damage *csv_scan_damage(const struct scan *scan);
/* Frees what closed scans left for the next ones. */
void csv_free_spares(struct csv_table *table);

#endif
