/* Trees: evaluates all metrics below a root in two periods, and shares out the change.
 *
 *     cyn_tree_request r = {.root = "revenue", .against = {.kind = CYN_AGAINST_PREVIOUS},
 *                           .depth = CYN_TREE_ALL};
 *     CYN_TRY(cyn_tree_evaluate(project, data, &r, arena, &view, err));
 *
 * All metrics are evaluated in the root's period and grain, by one evaluation (engine/eval.h), and
 * over segments by a second one of the same data, without what is a driver only.
 * Against the target, or the market, an input without one counts as unchanged; what the inputs'
 * targets do not explain is the residual. `by` shares out the root over the segments of one
 * dimension first, and each segment over the parts below.
 */
#pragma once
#include "engine/eval.h"
#include "tree/view.h"

typedef struct cyn_tree_request {
    const char *root;
    const char *at; /* period label; NULL: the last that has ended */
    bool has_grain;
    cyn_grain grain;
    cyn_against against;
    const char *by; /* a dimension; NULL: none */
    int depth;      /* CYN_TREE_ALL or at least 0 */
    const char *as_of;
    const atomic_bool *cancel;
} cyn_tree_request;

/* Fails for what concerns all: an unknown name or period, cancellation, exhausted memory. A metric
 * that fails is an item with a failed point. */
CYN_NODISCARD cyn_code cyn_tree_evaluate(const cyn_project *p, cyn_dataset *d,
                                         const cyn_tree_request *request, cyn_arena *arena,
                                         cyn_tree_view *out, cyn_err *err);

/* The metrics that trees begin with unless one is named: the KGIs, else the NSM; none when there is
 * neither. */
CYN_NODISCARD cyn_code cyn_tree_roots(const cyn_project *p, cyn_arena *arena,
                                      const char *const **out, size_t *count, cyn_err *err);
