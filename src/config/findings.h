/* What is wrong with one file, collected while it is read (private to config).
 *
 * Reading goes on after a finding, so that a person sees all of them at once; after
 * CYN_FINDINGS_MAX of one file the rest is only said to exist. Findings of several files share one
 * cyn_err_list; a cyn_findings knows which part of it is its own. Exhausted memory is remembered in
 * `nomem` and becomes the result of the whole load.
 *
 *     cyn_findings f = {.list = errs, .file = "kpis.yaml", .first = errs->count};
 *     cyn_finding(&f, CYN_E_TYPE, 3, 7, "expected a number");
 *     cyn_finding_hint(&f, "Write it without quotes.");
 *     return cyn_findings_result(&f);
 */
#pragma once
#include "config/config.h"

#define CYN_FINDINGS_MAX 100

typedef struct cyn_findings {
    cyn_err_list *list;
    const char *file;
    size_t first; /* index of this file's first finding in the list */
    bool nomem, full;
} cyn_findings;

void cyn_finding(cyn_findings *f, cyn_code code, int line, int column, const char *fmt, ...)
    CYN_PRINTF(5, 6);
/* Adds a hint to the finding reported last. */
void cyn_finding_hint(cyn_findings *f, const char *fmt, ...) CYN_PRINTF(2, 3);
/* Puts this file's findings in the order of their places; the first one's code, or CYN_OK. */
cyn_code cyn_findings_result(cyn_findings *f);
