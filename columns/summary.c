/* columns/summary.c -- words for evidence. */
#include "columns/summary.h"

const char *const evidence_names[] = {"schema", "footer", "page_index", "dictionary", "levels", "values", NULL};
