/* Spans: the stretches of time that an evaluation needs.
 *
 * A request names periods of one grain. Each is compared with the one before and with the same one
 * of last year, and may want a history; a period that has not ended is cut at `now` and compared
 * with the same elapsed part of the others (docs/numerics.md, P-…). These are the base spans. A
 * window in a formula (rolling, to date, cumulative, offset) turns each span into another, a fold
 * into several; windows nest, so what a formula needs is a chain of them applied to the base spans.
 *
 * Chain 0 holds the base spans; every other chain is its parent's spans seen through one window or
 * fold. Chains are made on demand by cyn_spans_chain(), each only once, and then found again by it.
 *
 *     cyn_spans *s;
 *     CYN_TRY(cyn_spans_new(&calendar, now, arena, &s, err));
 *     CYN_TRY(cyn_spans_request(s, periods, n, 12, err));       // fills chain 0 and the slots
 *     size_t chain;
 *     CYN_TRY(cyn_spans_chain(s, 0, rolling_node, &chain, err));
 *     size_t seen = cyn_spans_through(s, 0, span, chain, 0);     // base span → span of the chain
 */
#pragma once
#include "base/period.h"
#include "metric/metric.h"
#include "plan/plan.h"

#define CYN_NO_SPAN  ((size_t)-1)
#define CYN_NO_CHAIN ((size_t)-1)

typedef struct cyn_span {
    int64_t start, end;
    cyn_period period; /* what it is, or is the beginning of, or was made from */
    bool is_period;    /* start is the period's; end too, or an elapsed part of it */
} cyn_span;

typedef struct cyn_chain {
    size_t parent;              /* CYN_NO_CHAIN: its spans were chosen one by one */
    const cyn_formula *through; /* the window or fold; NULL for chain 0 and those */
    size_t width;               /* spans for each of the parent's: 1, or a fold's n */
    const cyn_span *spans;
    size_t nspans;
    const cyn_interval *intervals; /* the different stretches, by start and end */
    size_t nintervals;
    const size_t *interval_of; /* [span] */
    bool rest;                 /* what else is asked for is known (engine/scan_kept.c) */
} cyn_chain;

/* One requested period, as base spans; CYN_NO_SPAN where there is none (a period that has not
 * begun; comparisons of grain all). */
typedef struct cyn_slot {
    cyn_period period;
    bool partial;
    size_t current, previous, last_year;
    size_t against; /* the period of cyn_spans_compare, once as much of it has passed (P-16) */
} cyn_slot;

typedef struct cyn_spans {
    const cyn_calendar *calendar;
    int64_t now;
    cyn_arena *arena;
    cyn_chain *chains;
    size_t nchains, capacity;
    const cyn_slot *slots;
    size_t nslots;
    bool compares;
    cyn_period against;    /* of cyn_spans_compare */
    const size_t *history; /* base spans up to the only requested one, oldest first; may be none */
    size_t nhistory;
    size_t remembers;     /* of cyn_spans_remember */
    bool runs;            /* of cyn_spans_run */
    bool alone;           /* of cyn_spans_alone */
    const size_t *before; /* the base spans before the first slot, oldest first; may be none */
    size_t nbefore;
} cyn_spans;

CYN_NODISCARD cyn_code cyn_spans_new(const cyn_calendar *cal, int64_t now, cyn_arena *arena,
                                     cyn_spans **out, cyn_err *err);
/* Before the request: another period with which all slots are compared. */
void cyn_spans_compare(cyn_spans *s, cyn_period against);
/* Before the request: so many periods before the first requested one, for statuses (S-6). */
void cyn_spans_remember(cyn_spans *s, size_t periods);
/* Before the request: the last of its periods is the running one, beside those asked for. */
void cyn_spans_run(cyn_spans *s);
/* Before the request: its periods are compared with nothing. */
void cyn_spans_alone(cyn_spans *s);
/* Once. `history` periods are used when exactly one period is requested, beside the running one. */
CYN_NODISCARD cyn_code cyn_spans_request(cyn_spans *s, const cyn_period *periods, size_t n,
                                         size_t history, cyn_err *err);
/* In place of a request: just these base spans, and no slots. */
CYN_NODISCARD cyn_code cyn_spans_choose(cyn_spans *s, const cyn_span *spans, size_t n,
                                        cyn_err *err);
/* The chain of a window or fold below `parent`, made if it is not there yet. */
CYN_NODISCARD cyn_code cyn_spans_chain(cyn_spans *s, size_t parent, const cyn_formula *through,
                                       size_t *out, cyn_err *err);
/* The span of `chain` that span `span` of its parent becomes; k-th of a fold, 0 the latest. */
static inline size_t cyn_spans_through(const cyn_spans *s, size_t chain, size_t span, size_t k)
{
    return span * s->chains[chain].width + k;
}
/* The span n units later (earlier when negative); unit CYN_ALL: n periods (W-4). */
cyn_span cyn_span_later(const cyn_calendar *cal, cyn_span span, cyn_grain_unit unit, int n);
/* A chain of just these spans, apart from what was requested. */
CYN_NODISCARD cyn_code cyn_spans_add(cyn_spans *s, const cyn_span *spans, size_t n, size_t *out,
                                     cyn_err *err);
