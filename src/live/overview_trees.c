/* Trees. One that shows what takes long is made by whoever evaluates that, as an overview of such
 * trees alone, and taken over by the overview of everything else. */
#include "engine/tree.h"
#include "live/overview_impl.h"
#include <string.h>

/* ---- which ---- */

/* Whether a tree shows some of these metrics. */
typedef struct looking {
    const overview_work *w;
    const bool *some; /* [metric of the project] */
    bool *seen;       /* likewise */
    bool found;
} looking;

static cyn_code look_at(looking *l, const char *name, cyn_err *err);

/* Its parts, as a tree has them, and its drivers; there may be no metrics of their names. */
static cyn_code look_below(looking *l, const cyn_metric *m, cyn_err *err)
{
    const cyn_formula *made_of = cyn_metric_parts(m);
    const char *const *names = NULL;
    size_t n = 0;
    if (made_of) CYN_TRY(cyn_formula_inputs(made_of, l->w->scratch, &names, &n, err));
    for (size_t i = 0; i < n; i++)
        CYN_TRY(look_at(l, names[i], err));
    for (size_t i = 0; i < m->ndrivers; i++)
        CYN_TRY(look_at(l, m->drivers[i].metric, err));
    return CYN_OK;
}

static cyn_code look_at(looking *l, const char *name, cyn_err *err)
{
    const size_t metric = cyn_project_metric(l->w->project, name);
    if (metric == CYN_NO_METRIC || l->seen[metric] || l->found) return CYN_OK;
    l->seen[metric] = true;
    l->found = l->some[metric];
    return l->found ? CYN_OK : look_below(l, l->w->project->metrics[metric], err);
}

/* … or may: what a function asks for is known when it runs. */
static cyn_code may_show(const overview_work *w, const char *root, const bool *some, bool *out,
                         cyn_err *err)
{
    const size_t all = w->project->nmetrics;
    looking l = {.w = w, .some = some, .seen = CYN_NEW_ARRAY(w->scratch, all + 1, bool)};
    if (!l.seen) return cyn_nomem(err);
    *out = false;
    if (!memchr(some, true, all)) return CYN_OK;
    CYN_TRY(look_at(&l, root, err));
    *out = l.found || overview_is_function(w, cyn_project_metric(w->project, root));
    return CYN_OK;
}

/* ---- making ---- */

typedef struct tree_list {
    const cyn_tree_view **items;
    size_t count;
} tree_list;

/* A tree that cannot be made is a finding, and the others are shown. */
static cyn_code make_tree(overview_work *w, const char *root, tree_list *list, cyn_err *err)
{
    cyn_err why = {0};
    cyn_tree_view *view = CYN_NEW(w->arena, cyn_tree_view);
    cyn_tree_request request = {.root = root,
                                .against = {.kind = CYN_AGAINST_PREVIOUS},
                                .depth = CYN_TREE_ALL,
                                .as_of = w->options->as_of,
                                .cancel = w->options->cancel};
    if (!view) return cyn_nomem(err);
    cyn_code rc = cyn_tree_evaluate(w->project, w->data, &request, w->arena, view, &why);
    if (rc == CYN_OK) {
        list->items[list->count++] = view;
        return CYN_OK;
    }
    cyn_context(&why, "the tree of '%s'", root);
    if (!cyn_concerns_all(rc)) {
        cyn_err_list_add(&w->findings, &why);
        return CYN_OK;
    }
    if (err) *err = why;
    return rc;
}

/* Where somebody else has made it. */
static void take_over(overview_work *w, const char *root, tree_list *list)
{
    const cyn_page_data *also = w->view->also ? &w->view->also->data : NULL;
    for (size_t i = 0; also && i < also->ntrees; i++)
        if (strcmp(also->trees[i]->items[0].node->metric->name, root) == 0)
            list->items[list->count++] = also->trees[i];
}

static cyn_code add_tree(overview_work *w, const char *root, tree_list *list, cyn_err *err)
{
    bool left_out = false, slow = true;
    CYN_TRY(may_show(w, root, w->left_out, &left_out, err));
    if (w->options->trees_alone) CYN_TRY(may_show(w, root, w->recorded, &slow, err));
    if (!left_out && slow) return make_tree(w, root, list, err);
    if (left_out) take_over(w, root, list);
    return CYN_OK;
}

/* Notes which metrics the tree shows. */
static void note_shown(const overview_work *w, const cyn_tree_view *v, bool *shown)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->items[i].node)
            shown[cyn_project_metric(w->project, v->items[i].node->metric->name)] = true;
}

cyn_code overview_trees(overview_work *w, cyn_err *err)
{
    const cyn_project *p = w->project;
    cyn_page_data *d = &w->view->data;
    const char *const *roots = NULL;
    size_t n = 0, seen = 0;
    CYN_TRY(cyn_tree_roots(p, w->arena, &roots, &n, err));
    tree_list list = {CYN_NEW_ARRAY(w->arena, p->nmetrics + 1, const cyn_tree_view *), 0};
    bool *shown = CYN_NEW_ARRAY(w->scratch, p->nmetrics + 1, bool);
    if (!list.items || !shown) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        shown[cyn_project_metric(p, roots[i])] = true; /* also where it cannot be made */
        CYN_TRY(add_tree(w, roots[i], &list, err));
    }
    for (size_t i = 0; i < p->nmetrics; i++) {
        for (; seen < list.count; seen++)
            note_shown(w, list.items[seen], shown);
        if (!shown[i] && p->metrics[i]->identity)
            CYN_TRY(add_tree(w, p->metrics[i]->name, &list, err));
    }
    for (size_t i = 0; w->view->also && i < w->view->also->data.nfindings; i++)
        cyn_err_list_add(&w->findings, &w->view->also->data.findings[i]);
    d->trees = list.items;
    d->ntrees = list.count;
    return CYN_OK;
}
