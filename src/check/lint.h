/* Lints: what `check` looks for in a project's definitions, as a table.
 *
 * Each lint has a stable id, how severe it is, why it matters and how it is mended: `check` prints
 * them, `check --list` lists them, docs/reference/check.md is written from them. A remark is what
 * a lint has to say about one place. Whoever decides to live with it silences it by its id,
 * with a reason, for one metric (kpis.yaml) or the whole project (cynosure.yaml); what fails cannot
 * be silenced.
 *
 *     cyn_remarks found;
 *     cyn_remarks_init(&found, arena);
 *     cyn_remarks_add_error(&found, "metric-invalid", metric, &error);
 *     CYN_TRY(cyn_lint_project(project, data, &found, err));   // data NULL: definitions only
 *     cyn_remarks_sort(&found);
 */
#pragma once
#include "engine/dataset.h"

typedef enum cyn_lint_severity {
    CYN_LINT_ERROR,
    CYN_LINT_WARNING,
    CYN_LINT_NOTE,
    CYN_LINT_SEVERITIES
} cyn_lint_severity;
extern const char
    *const cyn_lint_severity_names[CYN_LINT_SEVERITIES]; /* "error", "warning", "note" */

/* Whose sheet a lint looks at, as bits: CYN_OF(CYN_KPI). CYN_ROLE_NONE is a metric without a role
 * that has a row in kpis.yaml. */
#define CYN_OF(role) (1u << (role))

typedef struct cyn_lint cyn_lint;
struct cyn_lint_run;
struct cyn_lint {
    const char *id;
    cyn_lint_severity severity;
    bool data;      /* needs the sources */
    unsigned roles; /* 0: not about one sheet */
    const char *why, *how;
    void (*check)(struct cyn_lint_run *run, const cyn_lint *lint); /* NULL: found on the way */
    /* A field that the sheet should have: what it is called, and whether it is missing. */
    const char *field;
    bool (*lacks)(const cyn_sheet *s);
};

typedef struct cyn_lint_topic {
    const char *title;
    const cyn_lint *lints; /* a NULL id ends them */
} cyn_lint_topic;
extern const cyn_lint_topic cyn_lint_topics[]; /* a NULL title ends them */
const cyn_lint *cyn_lint_find(const char *id); /* NULL: there is none */

typedef struct cyn_remark {
    const cyn_lint *lint;
    cyn_code code; /* of an error; CYN_OK: a definition that could be better */
    cyn_place place;
    const char *message;
    const char *hint;     /* what to do here; NULL: as the lint says */
    const char *metric;   /* NULL: not about one */
    const char *silenced; /* the reason; NULL: it is not */
} cyn_remark;

typedef struct cyn_remarks {
    cyn_arena *arena;
    cyn_remark *items;
    size_t count, capacity;
    bool failed; /* memory is exhausted; something may be missing */
} cyn_remarks;

void cyn_remarks_init(cyn_remarks *f, cyn_arena *arena);
/* Texts are copied. A failure is kept in `failed`. */
void cyn_remarks_add(cyn_remarks *f, const cyn_remark *remark);
void cyn_remarks_add_error(cyn_remarks *f, const char *id, const char *metric,
                           const cyn_err *error);
/* By file, those with the worst first; then by severity, line and column. What is there twice stays
 * once. */
void cyn_remarks_sort(cyn_remarks *f);
/* How many there are of a severity, silenced ones left out. */
size_t cyn_remarks_count(const cyn_remarks *f, cyn_lint_severity severity);
size_t cyn_remarks_silenced(const cyn_remarks *f);

/* Runs all lints and silences what the project silences, among what was found before, too. Sources
 * that are not loaded are left out. Fails only for what concerns all. */
CYN_NODISCARD cyn_code cyn_lint_project(const cyn_project *p, cyn_dataset *d, cyn_remarks *found,
                                        cyn_err *err);
