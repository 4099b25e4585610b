/* Targets and OKRs with their numbers: made by the engine, written by report. */
#pragma once
#include "metric/point.h"
#include "tree/pace.h"

/* One thing to be reached, and how far it is. */
typedef struct cyn_goal {
    const cyn_metric *metric;
    bool has_line; /* else there is no target, only a value */
    cyn_goal_line line;
    cyn_period period; /* the last that has ended, and is mature */
    cyn_num value;
    cyn_pace pace;
    const cyn_err *error; /* why there is no value; NULL: none */
} cyn_goal;

/* What hangs on what, parents before children. */
typedef enum cyn_okr_line {
    CYN_OKR_METRIC, /* the NSM or a KGI, on which objectives hang */
    CYN_OKR_DEPARTMENT,
    CYN_OKR_OBJECTIVE,
    CYN_OKR_RESULT, /* a key result */
    CYN_OKR_LOOSE,  /* what hangs on nothing */
} cyn_okr_line;

typedef struct cyn_okr_item {
    cyn_okr_line line;
    size_t parent, depth, end; /* as in cyn_tree_node */
    const char *name;          /* of the objective, the department or the metric */
    cyn_label title;
    const char *owner, *department;
    const char *supports;      /* OBJECTIVE: what it says it supports */
    const cyn_metric *through; /* OBJECTIVE: the metric below the root that it supports */
    const cyn_goal *goal;      /* METRIC, RESULT; NULL: its metric is not known */
    bool has_by;
    int64_t by;           /* OBJECTIVE, RESULT */
    double progress;      /* 0 … 1 (G-12); NaN: not known */
    cyn_pace_state state; /* OBJECTIVE: the worst of its key results (G-13) */
} cyn_okr_item;

typedef enum cyn_loose {
    CYN_LOOSE_SUPPORTS_NOTHING, /* it does not say what it supports */
    CYN_LOOSE_UNKNOWN,          /* nothing has the name that it supports */
    CYN_LOOSE_CIRCLE,           /* the objectives support each other */
    CYN_LOOSE_METRIC,           /* it supports a metric that is below neither NSM nor KGI */
    CYN_LOOSE_OBJECTIVE,        /* what it supports hangs on nothing */
    CYN_LOOSE_RESULT,           /* the key result's metric is below neither NSM nor KGI */
    CYN_LOOSE_RESULT_UNKNOWN,   /* the key result's metric is not known */
    CYN_LOOSE_RESULT_NO_TARGET, /* neither the key result nor its metric has a target */
} cyn_loose;

/* Why something hangs on nothing, or cannot be judged. */
typedef struct cyn_loose_end {
    cyn_loose why;
    const char *objective; /* name */
    cyn_label title;       /* of the objective */
    const char *result;    /* the metric of its key result; NULL: the objective itself */
    const char *supports;  /* what it names */
} cyn_loose_end;

typedef struct cyn_okr_view {
    const cyn_okr_item *items;
    size_t count;
    const cyn_loose_end *loose;
    size_t nloose;
    bool has_root; /* the project has an NSM or a KGI */
    int failed;    /* goals without a value because of an error */
} cyn_okr_view;
