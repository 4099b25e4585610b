/* What the parts of a set of scans share: scan.c gathers uses and runs them, scan_kept.c spares
 * what earlier runs have computed, scan_cells.c looks up what came of it. Private to engine. */
#pragma once
#include "engine/reuse.h"
#include "engine/scan.h"

#define CYN_NOWHERE ((size_t)-1)

/* An aggregate under a chain. */
typedef struct cyn_use {
    uint32_t agg;
    size_t chain;
    size_t run; /* the chain that it is computed under: of the intervals that are not known */
    cyn_bound_agg bound;
    bool kept;                    /* its cells are an earlier run's */
    const cyn_reuse_found *found; /* some of them are; NULL: none, or all */
    cyn_err error;                /* code CYN_OK: bound, and its scan has run */
    size_t scan, position;        /* its cells */
    size_t immature;              /* those that count its immature rows, or CYN_NOWHERE */
    cyn_num empty;                /* of a custom aggregate: its value over no rows */
} cyn_use;

/* Uses over the same rows with the same groups and chain: one plan. */
typedef struct cyn_scan {
    cyn_rows *rows;
    const char *const *groups;
    size_t chain;
    size_t *uses;
    size_t nuses;
    const cyn_plan_result *result;
    size_t *segment_of;  /* global segment → the result's, or CYN_NOWHERE */
    const bool *covered; /* [interval] of a result that is kept in part; NULL: it is computed */
    bool covers_all;     /* else stretches that meet [first, last] */
    int64_t first, last;
    cyn_err error;
} cyn_scan;

/* The intervals of a chain that are not known: a chain of their own. */
typedef struct cyn_chain_part {
    size_t of, chain;
} cyn_chain_part;

struct cyn_scans {
    cyn_rows_set *set;
    cyn_spans *spans;
    cyn_arena *arena;
    cyn_use *uses;
    size_t nuses, use_capacity;
    size_t **use_of; /* [chain][agg] → number of the use + 1, or 0; rows are made when needed */
    size_t chain_capacity;
    cyn_chain_part *parts;
    size_t nparts, part_capacity;
    cyn_scan *scans;
    size_t nscans, scan_capacity;
    const cyn_const **segments; /* [segment] → one value for each dimension */
    size_t nsegments;
    bool keeps_later;
};

/* The use of an aggregate under a chain; NULL when there is none. */
const cyn_use *cyn_scans_use(const cyn_scans *s, uint32_t agg, size_t chain);
static inline const cyn_agg *cyn_scans_agg(const cyn_scans *s, const cyn_use *u)
{
    return s->set->data->project->catalog->aggs[u->agg];
}
CYN_NODISCARD cyn_code cyn_scans_add_scan(cyn_scans *s, const cyn_use *u, size_t *out,
                                          cyn_err *err);
/* A result of the use alone: its cells and, behind them, those that count its immature rows. */
bool cyn_scans_copy(const cyn_scans *s, const cyn_use *u, cyn_plan_result *out, cyn_cell **cells);
/* Looks for what earlier runs know of a new use: all of it, which then need not run, or a part. */
CYN_NODISCARD cyn_code cyn_scans_take_kept(cyn_scans *s, cyn_use *u, cyn_err *err);
/* Before a use is bound: under which chain it is computed. */
CYN_NODISCARD cyn_code cyn_scans_choose_run(cyn_scans *s, cyn_use *u, cyn_err *err);
/* Once it has run: puts its cells together, and keeps them. */
CYN_NODISCARD cyn_code cyn_scans_keep(cyn_scans *s, cyn_use *u, cyn_err *err);
/* Sets what the scan's source covers. */
void cyn_scan_find_coverage(const cyn_scans *s, cyn_scan *sc);
/* Whether the scan's source covers the chain's interval of that number. */
bool cyn_scan_covers(const cyn_scan *sc, cyn_interval i, size_t number);
/* Once all scans have run: the segments of all of them, and where each scan has them. */
CYN_NODISCARD cyn_code cyn_scans_settle(cyn_scans *s, cyn_err *err);
