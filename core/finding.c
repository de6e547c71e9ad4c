/* core/finding.c -- the empty finding, and the words for verdicts and severities. */
#include "core/finding.h"

const char *const verdict_names[] = {
    [VERDICT_PASS] = "pass",
    [VERDICT_FAIL] = "fail",
    [VERDICT_NOT_EVALUATED] = "not_evaluated",
    [VERDICT_SKIPPED] = "skipped",
    NULL,
};

const char *const severity_names[] = {
    [SEVERITY_INFO] = "info",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_ERROR] = "error",
    [SEVERITY_CRITICAL] = "critical",
    [SEVERITY_NEVER] = "never",
    NULL,
};

void finding_init(struct finding *finding)
{
    *finding = (struct finding){
        .verdict = VERDICT_PASS,
        .element_count = -1,
        .missing_count = -1,
        .nan_count = -1,
        .considered_count = -1,
        .unexpected_count = -1,
        .duplicate_groups = -1,
        .surplus_rows = -1,
        .observed = {.kind = VALUE_NONE},
    };
}
