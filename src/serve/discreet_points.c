/* Errors of points: of metrics, of the lines of trees, of goals. */
#include "serve/discreet.h"
#include "tree/why.h"
#include <string.h>

static cyn_code hush_error(const cyn_request *r, const cyn_err **error, cyn_err *err)
{
    return *error ? cyn_discreet_findings(r, error, 1, err) : CYN_OK;
}

/* ---- points ---- */

cyn_code cyn_discreet_points(const cyn_request *r, const cyn_point **items, size_t n, cyn_err *err)
{
    size_t failed = 0;
    for (size_t i = 0; i < n; i++)
        failed += (*items)[i].error != NULL;
    if (r->may_know || failed == 0) return CYN_OK;
    cyn_point *all = CYN_NEW_ARRAY(r->arena, n, cyn_point);
    if (!all) return cyn_nomem(err);
    memcpy(all, *items, n * sizeof *all);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(hush_error(r, &all[i].error, err));
    *items = all;
    return CYN_OK;
}

cyn_code cyn_discreet_metrics(const cyn_request *r, const cyn_page_metric **items, size_t n,
                              cyn_err *err)
{
    if (r->may_know || n == 0) return CYN_OK;
    cyn_page_metric *all = CYN_NEW_ARRAY(r->arena, n, cyn_page_metric);
    if (!all) return cyn_nomem(err);
    memcpy(all, *items, n * sizeof *all);
    for (size_t i = 0; i < n; i++) {
        cyn_page_metric *m = &all[i];
        if (m->ended) CYN_TRY(cyn_discreet_points(r, &m->ended, 1, err));
        if (m->running) CYN_TRY(cyn_discreet_points(r, &m->running, 1, err));
        CYN_TRY(cyn_discreet_points(r, &m->segments, m->nsegments, err));
    }
    *items = all;
    return CYN_OK;
}

/* ---- trees ---- */

/* Why a change could not be shared out is one of our sentences, or what went wrong. */
static bool went_wrong(const cyn_tree_item *i)
{
    return i->method == CYN_METHOD_NONE && i->why && *i->why &&
           cyn_why_text(i->why, "ja") == i->why;
}

cyn_code cyn_discreet_tree(const cyn_request *r, const cyn_tree_view **view, cyn_err *err)
{
    if (r->may_know) return CYN_OK;
    cyn_tree_view *copy = CYN_NEW(r->arena, cyn_tree_view);
    cyn_tree_item *items = CYN_NEW_ARRAY(r->arena, (*view)->count + 1, cyn_tree_item);
    if (!copy || !items) return cyn_nomem(err);
    *copy = **view;
    memcpy(items, copy->items, copy->count * sizeof *items);
    for (size_t i = 0; i < copy->count; i++) {
        if (items[i].point) CYN_TRY(cyn_discreet_points(r, &items[i].point, 1, err));
        if (went_wrong(&items[i])) items[i].why = cyn_discreet(r, items[i].why);
    }
    copy->items = items;
    *view = copy;
    return CYN_OK;
}

cyn_code cyn_discreet_trees(const cyn_request *r, const cyn_tree_view *const **items, size_t n,
                            cyn_err *err)
{
    if (r->may_know || n == 0) return CYN_OK;
    const cyn_tree_view **all = CYN_NEW_ARRAY(r->arena, n, const cyn_tree_view *);
    if (!all) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        all[i] = (*items)[i];
        CYN_TRY(cyn_discreet_tree(r, &all[i], err));
    }
    *items = all;
    return CYN_OK;
}

/* ---- goals ---- */

static cyn_code hush_goal(const cyn_request *r, const cyn_goal **goal, cyn_err *err)
{
    if (!*goal || !(*goal)->error) return CYN_OK;
    cyn_goal *copy = CYN_NEW(r->arena, cyn_goal);
    if (!copy) return cyn_nomem(err);
    *copy = **goal;
    *goal = copy;
    return hush_error(r, &copy->error, err);
}

cyn_code cyn_discreet_okrs(const cyn_request *r, const cyn_okr_view **view, cyn_err *err)
{
    if (r->may_know || (*view)->failed == 0) return CYN_OK;
    cyn_okr_view *copy = CYN_NEW(r->arena, cyn_okr_view);
    cyn_okr_item *items = CYN_NEW_ARRAY(r->arena, (*view)->count + 1, cyn_okr_item);
    if (!copy || !items) return cyn_nomem(err);
    *copy = **view;
    memcpy(items, copy->items, copy->count * sizeof *items);
    for (size_t i = 0; i < copy->count; i++)
        CYN_TRY(hush_goal(r, &items[i].goal, err));
    copy->items = items;
    *view = copy;
    return CYN_OK;
}
