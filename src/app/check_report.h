/* What `check` found, as text for people, JSON for scripts, and SARIF for CI. */
#pragma once
#include "app/session.h"
#include "check/lint.h"

typedef struct cyn_check_report {
    const cyn_project *project; /* NULL where it could not be opened */
    const cyn_remarks *found;   /* sorted */
    bool silenced;              /* list those that are silenced, too; SARIF always does */
    bool colour;
} cyn_check_report;

/* By file, each with its id; why it matters and how it is mended stand below the first of each. */
void cyn_put_check_text(const cyn_check_report *r, cyn_buf *out);
/* One object per line. */
void cyn_put_check_json(const cyn_check_report *r, cyn_buf *out);
/* SARIF 2.1.0: one run, all lints as rules; silenced ones are suppressed. */
void cyn_put_check_sarif(const cyn_check_report *r, cyn_buf *out);
/* The lints themselves: a list for people, or one object per line. */
void cyn_put_check_list(bool json, bool colour, cyn_buf *out);
