/* The plan: what to compute over one source, free of Lua values and of callbacks.
 *
 * Scripts declare views (a source with derived columns and filters) and aggregates over them; the
 * engine gathers the aggregates of all metrics over a source into one cyn_plan, and an executor
 * (exec; later remote) runs it. What a script computes is a SCRIPT node. Most have a translation:
 * the engine binds it to columns as a STEPS node. What only Lua can compute the engine asks for
 * first, and puts a COLUMN in its place; so an executor never meets a SCRIPT.
 *
 * All structures are immutable after construction and live in the catalog's or a cycle's arena.
 */
#pragma once
#include "base/num.h"
#include "base/period.h"
#include "base/type.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A place in a script or a YAML file, for messages. */
typedef struct cyn_place {
    const char *file; /* relative to the project; NULL = none */
    int line, column;
} cyn_place;

typedef enum cyn_const_kind {
    CYN_CONST_NIL,
    CYN_CONST_BOOLEAN, /* i */
    CYN_CONST_INTEGER, /* i */
    CYN_CONST_REAL,    /* r */
    CYN_CONST_TEXT,    /* s, n */
} cyn_const_kind;

typedef struct cyn_const {
    cyn_const_kind kind;
    int64_t i;
    double r;
    const char *s;
    size_t n;
} cyn_const;

typedef enum cyn_expr_kind {
    CYN_EXPR_COLUMN, /* name: a column of the source or a derived one */
    CYN_EXPR_CONST,  /* value */
    CYN_EXPR_EQUALS, /* a == b as Lua compares: 1 == 1.0, nil == nil, never across other types */
    CYN_EXPR_AND,    /* a and b, as truth values: nil and false are false, all else true */
    CYN_EXPR_SCRIPT, /* handle: what a script computes of a row */
    CYN_EXPR_STEPS,  /* bound: a script's translation over `inputs`; only in plans */
} cyn_expr_kind;

typedef struct cyn_expr cyn_expr;
struct cyn_translation;
struct cyn_expr {
    cyn_expr_kind kind;
    cyn_place place;
    const char *text;         /* as written, for people: "amount > 100", "function (line 7)" */
    const char *name;         /* COLUMN */
    cyn_const value;          /* CONST */
    const cyn_expr *a, *b;    /* EQUALS, AND */
    uint32_t handle;          /* SCRIPT: number of the function in the worker */
    const char *const *reads; /* SCRIPT: names that it may read; a superset of the columns read */
    size_t nreads;
    bool reads_all;     /* SCRIPT: what it reads is not known before it runs (a Lua function) */
    const char *digest; /* SCRIPT: hash of the compiled code; part of the definition's hash */
    const struct cyn_translation
        *code;                     /* SCRIPT, STEPS: plan/translation.h; NULL: there is none, */
    const char *why;               /* SCRIPT: because of this ("it has a loop (line 7)") */
    const cyn_expr *const *inputs; /* STEPS: for each of the code's inputs a COLUMN or STEPS */
};

typedef struct cyn_derive {
    const char *name;
    const cyn_expr *expr;
} cyn_derive;

/* A source with derived columns (each may read the ones before) and a filter over all of them. */
typedef struct cyn_view {
    const char *source;                  /* also of a relation: the source at the bottom */
    const struct cyn_relation *relation; /* plan/relation.h; NULL: the source's own rows */
    const cyn_derive *derives;
    size_t nderives;
    const cyn_expr *where; /* NULL: all rows */
    cyn_place place;
} cyn_view;

typedef enum cyn_agg_func {
    CYN_COUNT,    /* rows */
    CYN_DISTINCT, /* different values of arg, missing ones left out */
    CYN_SUM,
    CYN_MEAN,
    CYN_MIN,
    CYN_MAX,
    CYN_PERCENTILE, /* p, qtype */
    CYN_SHARE,      /* rows where arg is true / rows where arg is not missing */
    CYN_VARIANCE,   /* of a sample (n - 1) */
    CYN_STDDEV,
    CYN_FIRST,  /* arg in the row with the earliest time; of equal times, the first row */
    CYN_LAST,   /* in the latest; of equal times, the last row */
    CYN_CUSTOM, /* what functions of a script (arg) make of the rows; in no plan: the engine has
                   them counted, and calls the functions itself */
} cyn_agg_func;
extern const char
    *const cyn_agg_names[]; /* "count", "distinct", …, "p", "share"; NULL at the end */

typedef struct cyn_agg {
    cyn_agg_func func;
    const cyn_view *view;
    const cyn_expr *arg; /* NULL for count */
    double p;            /* PERCENTILE: 0 … 100 */
    int qtype;           /* PERCENTILE: Hyndman–Fan 1 … 9 */
    bool approx;         /* PERCENTILE, DISTINCT: a sketch with bounded error will do */
    cyn_place place;
} cyn_agg;

typedef struct cyn_interval {
    int64_t start, end;
} cyn_interval;

/* One scan: every aggregate, in every interval, for every combination of the groups' values.
 * The views' derives and wheres are already resolved: see cyn_plan_agg. */
typedef struct cyn_plan_agg {
    cyn_agg_func func;
    const cyn_expr *where, *arg; /* over the table's columns; NULL: all rows, none */
    double p;
    int qtype;
    bool approx;
} cyn_plan_agg;

typedef struct cyn_plan {
    const char *source;
    const char
        *time; /* time column (timestamp or date); NULL: a snapshot, every row in every interval */
    const char *interval; /* INTEGER column, the number of each row's interval (from 0), in place of
                             time; NULL: the time says */
    const cyn_tz *tz;     /* where dates begin */
    const cyn_interval *intervals; /* they may overlap; [MIN, MAX) holds rows without time too */
    size_t nintervals;
    const char *const *groups; /* columns */
    size_t ngroups;
    const cyn_plan_agg *aggs;
    size_t naggs;
} cyn_plan;

/* What an aggregate gives for one interval and segment. */
typedef struct cyn_cell {
    cyn_num value;
    cyn_num numerator, denominator; /* mean: sum and count; share: true and known; else missing */
    int64_t rows;                   /* rows that passed the filter */
} cyn_cell;

/* Cells are [agg][segment][interval]. Segments are the combinations that occur in any interval,
 * sorted by their values; without groups there is exactly one. */
typedef struct cyn_plan_result {
    size_t naggs, nsegments, nintervals, ngroups;
    const cyn_const *keys; /* [segment][group] */
    const cyn_cell *cells;
    const cyn_cell *none;             /* [agg]: what it gives where no row is */
    bool covered_any;                 /* the source has a row with a time */
    int64_t covered_from, covered_to; /* first and last time in the source (inclusive) */
    int64_t scanned;                  /* rows */
} cyn_plan_result;

static inline const cyn_cell *cyn_plan_cell(const cyn_plan_result *r, size_t agg, size_t segment,
                                            size_t interval)
{
    return &r->cells[(agg * r->nsegments + segment) * r->nintervals + interval];
}
