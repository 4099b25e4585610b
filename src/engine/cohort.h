/* Cohorts: a retention metric at every offset, one cohort after the other (the triangle).
 *
 * The metric's formula is evaluated as it stands, with its retention moved to 0, 1, 2 … units after
 * the start: so a metric that is 1 − retention, or a retention of revenue, has its triangle too.
 * All offsets go into one evaluation. A cell is immature, and has no value, while the unit of a
 * cohort's last possible start has not passed (docs/numerics.md, P-15).
 *
 *     cyn_cohort_request request = {.metric = "d1", .cohorts = 12, .offsets = 8};
 *     cyn_cohort_table t;
 *     CYN_TRY(cyn_cohort(project, data, &request, arena, &t, err));
 *     t.rows[0].cells[k].value;      // the oldest cohort, t.first + k units after its start
 */
#pragma once
#include "engine/dataset.h"
#include "plan/relation.h"

typedef struct cyn_cohort_request {
    const char *metric;
    bool has_grain; /* of the cohorts; else the metric's, else the project's */
    cyn_grain grain;
    int cohorts;       /* the last ones that have ended */
    int offsets;       /* the last offset: 0 … offsets */
    const char *as_of; /* overrides the project's */
    const atomic_bool *cancel;
} cyn_cohort_request;

typedef struct cyn_cohort_cell {
    cyn_num value, numerator, denominator; /* missing while immature */
    bool immature;
} cyn_cohort_cell;

typedef struct cyn_cohort_row {
    cyn_period period; /* in which its members started */
    cyn_num size;      /* members; missing where the source does not cover the period */
    const cyn_cohort_cell *cells;
} cyn_cohort_row;

typedef struct cyn_cohort_table {
    const cyn_metric *metric;
    const cyn_relation *retention;
    cyn_grain grain;
    int first; /* offset of cells[0]: 0, or 1 where retention is within the offset */
    size_t noffsets;
    const cyn_cohort_row *rows; /* oldest first, from the first that the source covers */
    size_t nrows;
    const cyn_cohort_cell *all; /* rolled up from the mature cells' parts; no cell is immature */
    int64_t as_of;
} cyn_cohort_table;

/* CYN_E_NAME: no such metric. CYN_E_USAGE: one that does not stand on a retention, or on several
 * that count different units. */
CYN_NODISCARD cyn_code cyn_cohort(const cyn_project *p, cyn_dataset *d,
                                  const cyn_cohort_request *request, cyn_arena *arena,
                                  cyn_cohort_table *out, cyn_err *err);
