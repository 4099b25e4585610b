/* What `explain` finds out about metrics before it writes (private to cmd_explain.c and
 * explain*.c).
 *
 * cyn_explain_aggs() collects what a metric stands on; cyn_explain_plan() evaluates the aggregates
 * of several metrics, scan by scan, and says how each expression was computed and which aggregates
 * share it. Everything lives in the arena.
 */
#pragma once
#include "app/facts.h"
#include "app/session.h"
#include "engine/dataset.h"
#include "plan/relation.h"

/* Different aggregates below a metric, those of the metrics that it refers to included. */
typedef struct cyn_explained_aggs {
    uint32_t *items; /* numbers in the catalog, in order of first occurrence */
    size_t count;
} cyn_explained_aggs;
/* Adds to what is there; `out` begins zeroed. */
CYN_NODISCARD cyn_code cyn_explain_aggs(const cyn_project *p, const cyn_metric *m, cyn_arena *arena,
                                        cyn_explained_aggs *out, cyn_err *err);

/* The two sides of a ratio, share or mean in words; left empty for anything else. */
CYN_NODISCARD cyn_code cyn_explain_sides(const cyn_project *p, const cyn_metric *m,
                                         cyn_buf *numerator, cyn_buf *denominator, cyn_err *err);

/* One expression of an aggregate or relation: a condition of its filter, its argument … */
typedef struct cyn_explained_expr {
    const char *role; /* "where", "value", "derive gross", "entity", "start", "step 2" … */
    const cyn_expr *expr;
    bool script;             /* computed row by row by the interpreter; else over whole vectors */
    const char *why;         /* script: because of this; NULL: nobody knows */
    const char *shared_with; /* who has it already, over the same rows: "1.2"; NULL: nobody */
} cyn_explained_expr;

typedef struct cyn_explained_exprs {
    cyn_explained_expr *items;
    size_t count, capacity;
} cyn_explained_exprs;
/* Adds the different expressions of aggregates and of the relations below them. */
CYN_NODISCARD cyn_code cyn_explain_exprs(const cyn_project *p, const cyn_explained_aggs *aggs,
                                         cyn_arena *arena, cyn_explained_exprs *out, cyn_err *err);
/* "amount > 100  [vector, metrics/x.lua:3]" */
void cyn_write_explained(const cyn_explained_expr *e, cyn_buf *out);
/* A list of objects. */
void cyn_write_explained_json(const cyn_explained_exprs *exprs, cyn_buf *out);

typedef struct cyn_explained_agg {
    uint32_t agg;
    const char *text;
    cyn_explained_exprs exprs;
    int64_t rows; /* of the last period that has ended */
    cyn_err error;
} cyn_explained_agg;

/* One relation below a scan: a layer of rows made of other rows. */
typedef struct cyn_explained_layer {
    const cyn_relation *relation;
    cyn_explained_exprs exprs;
} cyn_explained_layer;

/* Aggregates over the same rows: those of a source, or of a relation over it. */
typedef struct cyn_explained_scan {
    size_t source; /* index in the project */
    const cyn_relation *relation;
    cyn_explained_layer *layers; /* from the relation down to the source */
    size_t nlayers;
    cyn_explained_agg *aggs;
    size_t naggs;
    int64_t microseconds; /* binding, relations and the scan itself; not the load */
} cyn_explained_scan;

typedef struct cyn_explained_plan {
    cyn_explained_scan *scans;
    size_t nscans;
    cyn_period period; /* the one that was evaluated */
} cyn_explained_plan;

/* Loads the sources. An aggregate that fails keeps its error. Fails on what concerns all. */
CYN_NODISCARD cyn_code cyn_explain_plan(const cyn_project *p, cyn_dataset *d,
                                        const cyn_explained_aggs *aggs, cyn_grain grain,
                                        const atomic_bool *cancel, cyn_arena *arena,
                                        cyn_explained_plan *out, cyn_err *err);
void cyn_write_plan(const cyn_project *p, const cyn_dataset *d, const cyn_explained_plan *plan,
                    cyn_buf *out);
void cyn_write_plan_json(const cyn_project *p, const cyn_dataset *d, const cyn_explained_plan *plan,
                         cyn_buf *out);

/* ---- what is said about a metric, part by part ---- */

/* The grain in which it is looked at. */
cyn_grain cyn_explain_grain(const cyn_project *p, const cyn_metric *m);
/* What it is: formula, sources, filters, period, sheet (explain_metric.c). */
CYN_NODISCARD cyn_code cyn_say_metric(cyn_facts *f, const cyn_metric *m,
                                      const cyn_explained_aggs *aggs, cyn_arena *arena,
                                      cyn_err *err);
/* As its script has it (explain_links.c). */
void cyn_say_declaration(cyn_facts *f, const cyn_metric *m);
/* Which metrics it is made of, and which it feeds. */
void cyn_say_links(cyn_facts *f, const cyn_metric *m);
/* Its definition, since when it is in force, and those before (explain_values.c). */
CYN_NODISCARD cyn_code cyn_say_definition(cyn_facts *f, const cyn_metric *m, cyn_arena *arena,
                                          cyn_err *err);
/* Its last value, what that is made of, and the segments that moved it. Loads its sources. */
CYN_NODISCARD cyn_code cyn_say_values(cyn_facts *f, cyn_session *s, const cyn_metric *m,
                                      const cyn_explained_aggs *aggs, cyn_err *err);
