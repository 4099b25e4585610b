/* A tree with its numbers: what `cynosure tree` shows, made by the engine, written by report.
 *
 * Items are lines, parents before children: a metric, a segment of the root, one of the two effects
 * of a ratio, or the residual of the line above. Contributions are in the root's unit: those of the
 * children of any item, its residual among them, add up to the item's own.
 */
#pragma once
#include "metric/point.h"
#include "tree/segments.h"
#include "tree/tree.h"

typedef enum cyn_tree_line {
    CYN_LINE_METRIC,
    CYN_LINE_SEGMENT,  /* a value of the dimension: the root in it */
    CYN_LINE_RATE,     /* what changed within the segments */
    CYN_LINE_MIX,      /* what changed between them */
    CYN_LINE_RESIDUAL, /* what the lines beside it do not explain */
} cyn_tree_line;

typedef enum cyn_tree_mark { CYN_MARK_NONE, CYN_MARK_BEST, CYN_MARK_WORST } cyn_tree_mark;

typedef struct cyn_tree_item {
    cyn_tree_line line;
    size_t parent, depth, end; /* as in cyn_tree_node */
    const cyn_tree_node *node; /* METRIC, SEGMENT (the root's); NULL: none */
    const cyn_point
        *point; /* its value, segment, status, comparison (point->against); NULL: none */
    cyn_segment_state state; /* SEGMENT, and what is below it */
    /* How the children were made: their method, in words why, and their residual (an item, too,
     * where it is not 0). */
    cyn_method method;
    const char *why;
    /* NaN where there is none: drivers, missing values, no method. */
    double part;         /* of the parent's change, in the parent's unit */
    double contribution; /* to the root's change, in the root's unit */
    double share;        /* of the root's change; NaN when the root did not change */
    cyn_tree_mark mark;  /* among the leaves with a contribution: the best and the worst for the
                            root,  by the root's direction (up unless it says down) */
} cyn_tree_item;

typedef struct cyn_tree_view {
    const cyn_tree_item *items; /* the first is the root */
    size_t count;
    const char *dimension; /* of --by; NULL: none */
    cyn_period period;     /* of the root */
    bool partial;
    cyn_against against;
    bool has_against_period; /* PREVIOUS, LAST_YEAR, PERIOD: which one that is */
    cyn_period against_period;
    double change; /* of the root; NaN: missing */
    int failed;    /* points without a value because of an error (point->error) */
} cyn_tree_view;
