/* Trees with their numbers, in parts; private to this folder.
 *
 * tree.c evaluates the metrics, in all places; tree_changes.c shares out the change of each metric
 * among the metrics that it is made of; tree_segments.c that of the root among its segments;
 * tree_lines.c writes the lines of the view.
 */
#pragma once
#include "engine/tree.h"
#include "tree/decompose.h"
#include "tree/segments.h"

/* A metric that occurs in the tree. */
typedef struct member {
    const cyn_metric *metric;
    bool contributes; /* somewhere it is no driver, nor below one */
    bool inner; /* its parts are in the tree, so that its change is to be shared out among them */
    /* INNER: how */
    const cyn_formula *formula;
    const char *const *inputs;
    size_t *input; /* [input]: its member; CYN_NO_METRIC: it is not in the tree */
    size_t ninputs;
    cyn_method asked;
    const bool *flow; /* MOVEMENT: which inputs flow; NULL: none is known to */
} member;

/* Where values are known: everywhere (place 0), or in the segment of the place's number. */
typedef struct tree_work {
    const cyn_project *project;
    const cyn_tree_request *request;
    cyn_arena *arena;
    const cyn_tree *tree;
    member *members;
    size_t nmembers;
    size_t *member_of; /* [metric]: CYN_NO_METRIC: it is not in the tree */
    size_t nplaces;
    const cyn_point **points; /* [place][member]; NULL: none */
    cyn_parts *parts;         /* [place][member], of inner ones */
    cyn_segment_parts segments;
    size_t *order; /* [segment], the largest part first */
    cyn_tree_view *view;
} tree_work;

static inline bool against_figures(const tree_work *w)
{
    cyn_against_kind kind = w->request->against.kind;
    return kind == CYN_AGAINST_TARGET || kind == CYN_AGAINST_MARKET;
}

static inline const cyn_point *tree_point(const tree_work *w, size_t place, size_t number)
{
    return w->points[place * w->nmembers + number];
}

static inline cyn_parts *tree_parts(const tree_work *w, size_t place, size_t number)
{
    return &w->parts[place * w->nmembers + number];
}

/* The values on both sides of the comparison; NaN: missing. */
typedef struct two_sides {
    double before, after;
} two_sides;
two_sides tree_sides(const tree_work *w, size_t place, size_t number);

/* ---- tree_changes.c ---- */

/* Fills what the inner members need; the period must be known. */
CYN_NODISCARD cyn_code tree_prepare(tree_work *w, cyn_err *err);
/* Shares out all changes: everywhere, or in each segment where there are some. */
CYN_NODISCARD cyn_code tree_share_out(tree_work *w, cyn_err *err);

/* ---- tree_movement.c ---- */

/* Whether the member is the closing balance of a movement and its inputs the opening one and the
 * flows between them; *flow then says which inputs are those. */
CYN_NODISCARD cyn_code tree_movement(const tree_work *w, const member *m, const bool **flow,
                                     bool *found, cyn_err *err);

/* ---- tree_segments.c ---- */

/* Whether the values of segments add up to that of the whole, by the metric's formula. */
bool tree_is_additive(const cyn_project *p, const cyn_metric *m);
CYN_NODISCARD cyn_code tree_share_segments(tree_work *w, cyn_err *err);

/* ---- tree_lines.c ---- */

CYN_NODISCARD cyn_code tree_lines(tree_work *w, cyn_err *err);
