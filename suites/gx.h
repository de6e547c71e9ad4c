/* suites/gx.h -- between the files that read Great Expectations' suites. */
#ifndef SUITES_GX_H
#define SUITES_GX_H

#include "suites/reader.h"

/* A row_condition (text of condition_parser pandas or great_expectations, or typed JSON) as text of our expressions, in the
 * arena; NULL where it is none (null, "") or something was refused. */
const char *gx_condition(struct suite_reader *r, const struct node *condition);
/* "now() - timedelta(hours=24)" as "now - 86400s"; NULL where it is something else. */
const char *gx_relative_time(struct suite_reader *r, struct span text);

#endif
