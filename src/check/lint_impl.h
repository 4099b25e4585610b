/* What the lints of all topics share: the project as they see it, and a way to speak. */
#pragma once
#include "check/lint.h"

/* A metric with what its lints ask again and again. */
typedef struct cyn_lint_metric {
    const cyn_metric *metric;
    const cyn_sheet *row; /* of kpis.yaml; NULL: none */
    cyn_role role;        /* as declared: CYN_ROLE_NONE where nobody gave one */
    bool has_sheet;       /* the row, or the script, says something about it */
    cyn_place place;      /* of the row, else of the declaration */
    size_t *below; /* metrics that it is made of, those that its formula names, then its drivers;
                      some may be there twice */
    size_t nparts, nbelow;
} cyn_lint_metric;

struct cyn_event_rows; /* check/lint_events_impl.h */

typedef struct cyn_lint_run {
    const cyn_project *project;
    cyn_dataset *data; /* NULL: without data */
    cyn_arena *arena;
    int64_t today;                  /* date, days, of the project's as-of */
    const cyn_lint_metric *metrics; /* one for each of the project's, same order */
    size_t nmetrics;
    const cyn_sheet **rows;        /* of kpis.yaml, by name */
    const bool *below_goal;        /* [metric] whether some goal (KGI) has it below itself … */
    const bool *below_any;         /* … or some North Star */
    struct cyn_event_rows *events; /* one for each source */
    const struct cyn_identity *identities; /* of the last periods … */
    size_t nidentities;
    bool identities_known; /* … once they have been asked for */
    uint32_t *seen;        /* [metric] by which walk, the last of which has this stamp */
    uint32_t stamp;
    cyn_remarks *found;
    cyn_err *err;
    cyn_code rc; /* what concerns all, met on the way */
} cyn_lint_run;

/* Fills all but the events. */
CYN_NODISCARD cyn_code cyn_lint_prepare(cyn_lint_run *run);

/* The row of kpis.yaml, or NULL. */
const cyn_sheet *cyn_lint_row(const cyn_lint_run *run, const char *name);
/* Whether the role is one of the lint's; metrics without a sheet have none to judge. */
bool cyn_lint_applies(const cyn_lint *lint, const cyn_lint_metric *m);
/* "the KPI 'aha_rate'". */
const char *cyn_lint_name(cyn_lint_run *run, const cyn_lint_metric *m);

/* Adds a remark about a metric (at its row or declaration), a row of kpis.yaml, or a place. `hint`
 * may be NULL. */
void cyn_lint_say(cyn_lint_run *run, const cyn_lint *lint, const cyn_lint_metric *m,
                  const char *hint, const char *fmt, ...) CYN_PRINTF(5, 6);
void cyn_lint_say_at(cyn_lint_run *run, const cyn_lint *lint, cyn_place place, const char *hint,
                     const char *fmt, ...) CYN_PRINTF(5, 6);
void cyn_lint_say_row(cyn_lint_run *run, const cyn_lint *lint, const cyn_sheet *row,
                      const char *hint, const char *fmt, ...) CYN_PRINTF(5, 6);
/* "did you mean 'x'?", or NULL; of NULL, too. */
const char *cyn_lint_did_you_mean(cyn_lint_run *run, const char *near);
/* The same of the nearest name. */
const char *cyn_lint_nearest(cyn_lint_run *run, const char *word, const char *const *names,
                             size_t n);
/* Memory of the run: NULL is noted in run->rc. */
void *cyn_lint_alloc(cyn_lint_run *run, size_t count, size_t size);
#define CYN_LINT_ARRAY(run, count, type) ((type *)cyn_lint_alloc((run), (count), sizeof(type)))

/* Metrics at or below one, by parts and drivers; those of other goals are not followed when
 * `own` is true. Gives how many; `out` holds nmetrics. */
size_t cyn_lint_below(cyn_lint_run *run, size_t root, bool own, size_t *out);

extern const cyn_lint cyn_lints_sheet[], cyn_lints_nsm[], cyn_lints_tree[], cyn_lints_okr[],
    cyn_lints_events[], cyn_lints_properties[], cyn_lints_evidence[], cyn_lints_rule[],
    cyn_lints_delivery[];
