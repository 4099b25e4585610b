/* What what-if and goal seek share: a tree's metrics under assumptions. */
#pragma once
#include "tree/graph_impl.h"
#include "tree/what_if.h"

typedef struct cyn_scenario {
    cyn_graph graph;
    double *after; /* [item]: its value under the assumptions */
    bool *assumed; /* it was given */
    bool *touched; /* it is, or is made of, one that was */
    bool *reaches; /* the root is made of it, by what is not given */
} cyn_scenario;

CYN_NODISCARD cyn_code cyn_scenario_new(const cyn_tree *t, const double *values,
                                        const cyn_assumption *assumptions, size_t n,
                                        cyn_arena *arena, cyn_scenario *out, cyn_err *err);
