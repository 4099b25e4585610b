/* The parts of reuse: reuse_key.c says under which key cells are, reuse_part.c which intervals of
 * them are still right, reuse_reach.c how far these look, reuse.c finds and keeps them. Private to
 * engine. */
#pragma once
#include "engine/reuse.h"

/* A day or two beside the times of a report: those of dates are midnights in some zone. */
#define CYN_REUSE_SLACK (3 * INT64_C(86400000000))

/* The program, the scripts, the calendar: what all keys have in common. */
bool cyn_reuse_project_key(const cyn_project *p, char out[65]);
/* Whether each interval's cells depend on nothing but the rows whose time is in it. */
bool cyn_reuse_by_interval(const cyn_reuse_use *use);
/* The key of what `inputs` give; without intervals for what is kept by interval. False where
 * something is not known that the cells depend on. */
bool cyn_reuse_key(const char *project, const cyn_reuse_use *use, const char *inputs, char out[65]);
/* The journey or retention among the relations that a view stands on; NULL: there is none. */
const cyn_relation *cyn_reuse_cohort(const cyn_view *view);
/* Whether the cells of an interval depend on nothing but the rows, and on now, up to the end of its
 * reach. */
bool cyn_reuse_cohort_is_kept(const cyn_relation *r);
/* Whether what is derived of a cohort's rows is of one kind, whichever rows these are (E-6). */
bool cyn_reuse_is_of_times(const cyn_relation *cohort, const cyn_expr *e);
/* From when on rows, and now, matter nothing to the cells of an interval with such an end; the end
 * of time where they always may. */
typedef struct cyn_reuse_reach {
    int64_t rows, now;
} cyn_reuse_reach;
cyn_reuse_reach cyn_reuse_reach_of(const cyn_relation *cohort, const cyn_calendar *calendar,
                                   int64_t end);
/* A time that no row of such times reaches, or the end of time. */
int64_t cyn_reuse_after(const cyn_cache_times *t);
/* A time that none of the source's rows reaches, or the end of time. */
int64_t cyn_reuse_end_of_rows(const cyn_reuse_use *use);
/* What holds the same rows, of those that end before `end_of_rows`. */
cyn_interval cyn_reuse_cut(cyn_interval in, int64_t end_of_rows);
/* Which of the kept cells are of the chain's intervals, and right; `cohort`: cyn_reuse_cohort();
 * `before`: kept before these rows came, or NULL. */
CYN_NODISCARD cyn_code cyn_reuse_match(const cyn_reuse_use *use, const cyn_relation *cohort,
                                       const cyn_cache_before *before, cyn_reuse_found *found,
                                       cyn_err *err);
/* All intervals of `a`, and those of `b` that are good (NULL: all) and that `a` lacks. */
CYN_NODISCARD cyn_code cyn_reuse_unite(const cyn_kept_cells *a, const cyn_kept_cells *b,
                                       const bool *good, cyn_arena *arena, cyn_kept_cells *out,
                                       cyn_err *err);
/* The chain's cells as they are kept: intervals as cyn_reuse_cut() has them, each once. */
CYN_NODISCARD cyn_code cyn_reuse_cut_cells(const cyn_reuse_use *use, const cyn_kept_cells *cells,
                                           cyn_kept_cells *out, cyn_err *err);
