/* Evaluation, in parts; private to this folder.
 *
 * eval.c sorts the metrics into jobs of one grain and runs them; slice.c holds the cells of one
 * choice of dimensions; eval_formula.c computes one value; free.c those that are functions;
 * eval_points.c makes the points.
 */
#pragma once
#include "engine/eval.h"
#include "engine/scan.h"
#include "engine/uses.h"

/* The cells of one choice of dimensions: those asked for, or others that a function asks for.
 * Segments are numbered: first those that occur in the first scans, in order. */
typedef struct slice {
    const char *const *by;
    size_t nby;
    cyn_rows_set *rows;
    cyn_scans **scans; /* that have run */
    size_t nscans, scan_capacity;
    cyn_scans *next;            /* uses found since; NULL: none */
    const cyn_const **segments; /* their values, one for each dimension */
    size_t nsegments, segment_capacity;
} slice;

struct free_values;

/* The metrics of one grain, evaluated together. */
typedef struct job {
    const cyn_project *project;
    cyn_dataset *data;
    const cyn_eval_request *request;
    cyn_arena *arena;
    cyn_grain grain;
    int64_t now;
    size_t *metrics; /* indices into the project's */
    size_t nmetrics;
    cyn_rows_set *rows; /* of the dimensions asked for; all jobs share it */
    cyn_spans *spans;
    slice **slices; /* the first is of the dimensions asked for; free.c adds others */
    size_t nslices, slice_capacity;
    struct free_values *free;
} job;

/* ---- slice.c ---- */

/* Starts a slice whose first scans are yet to be run: uses go to slice->next. */
CYN_NODISCARD cyn_code slice_new(const job *j, const char *const *by, size_t nby,
                                 cyn_rows_set *rows, slice **out, cyn_err *err);
CYN_NODISCARD cyn_code slice_keep(job *j, slice *s, cyn_err *err); /* as the job's next one */
CYN_NODISCARD cyn_code slice_run(slice *s, cyn_err *err);          /* what waits in next */
/* The number of the segment of these values, which need not occur. */
CYN_NODISCARD cyn_code slice_segment(const job *j, slice *s, const cyn_const *keys, size_t *out,
                                     cyn_err *err);

/* Where a formula is computed. */
typedef struct spot {
    size_t slice, segment, chain, span;
} spot;

/* What a value stands on. */
typedef struct basis {
    bool immature;
    bool pending; /* something has to be computed first (free_settle): there is no value yet */
} basis;

/* The aggregate's cell; pending when no scan has it yet. */
CYN_NODISCARD cyn_code slice_cell(const job *j, uint32_t agg, spot at, cyn_cell *out, basis *on,
                                  cyn_err *err);

/* ---- eval_formula.c ---- */

/* The formula's value; where on->pending it is none. */
CYN_NODISCARD cyn_code eval_at(const job *j, const cyn_formula *f, spot at, cyn_cell *out,
                               basis *on, cyn_err *err);
/* The same of a base span and the dimensions asked for, computing first what has to be; nothing
 * where there is no span. An immature value is shown, but not compared with. */
CYN_NODISCARD cyn_code eval_cell(const job *j, const cyn_metric *m, size_t span, size_t segment,
                                 cyn_cell *out, bool *immature, cyn_err *err);

/* ---- free.c: metrics that are functions (docs/numerics.md, F-…) ---- */

CYN_NODISCARD cyn_code free_new(job *j, struct free_values **out, cyn_err *err);
/* Gives back the rows of other dimensions. */
void free_end(job *j);
/* The value of a function; asked for and pending when it is not known yet. */
CYN_NODISCARD cyn_code free_value(struct free_values *v, const cyn_formula *f, spot at,
                                  cyn_cell *out, basis *on, cyn_err *err);
/* Computes all values asked for, and what they stand on. */
CYN_NODISCARD cyn_code free_settle(struct free_values *v, cyn_err *err);

/* ---- eval_points.c ---- */

/* Points as they come, in the caller's arena. */
typedef struct point_list {
    cyn_arena *arena;
    cyn_point *items;
    size_t count, capacity;
    int failed;
} point_list;

/* Asks for the metric's functions in all spans and segments, so that free_settle computes them in
 * as few batches as it can. */
CYN_NODISCARD cyn_code ask_for_points(const job *j, size_t metric, cyn_err *err);
CYN_NODISCARD cyn_code metric_points(const job *j, size_t metric, point_list *out, cyn_err *err);
