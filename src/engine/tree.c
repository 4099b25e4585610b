/* Trees with their numbers: what is evaluated, and who has which point. */
#include "engine/tree_impl.h"
#include "plan/expr.h"
#include <math.h>
#include <string.h>

/* Lines of a view over segments: beyond so many nobody reads them. */
#define LINES_MOST 200000

two_sides tree_sides(const tree_work *w, size_t place, size_t number)
{
    const cyn_point *p = tree_point(w, place, number);
    if (!p || p->failed) return (two_sides){NAN, NAN};
    return (two_sides){cyn_num_double(p->against.value), cyn_num_double(p->value)};
}

/* ---- members ---- */

static cyn_code find_members(tree_work *w, cyn_err *err)
{
    const cyn_tree *t = w->tree;
    w->members = CYN_NEW_ARRAY(w->arena, t->count + 1, member);
    w->member_of = CYN_NEW_ARRAY(w->arena, w->project->nmetrics + 1, size_t);
    if (!w->members || !w->member_of) return cyn_nomem(err);
    for (size_t i = 0; i < w->project->nmetrics; i++)
        w->member_of[i] = CYN_NO_METRIC;
    size_t drivers = 0; /* nodes before this one are a driver, or below one */
    for (size_t i = 0; i < t->count; i++) {
        const cyn_tree_node *node = &t->nodes[i];
        size_t *number = &w->member_of[node->index];
        if (*number == CYN_NO_METRIC) {
            *number = w->nmembers++;
            w->members[*number].metric = node->metric;
        }
        if (node->link == CYN_LINK_DRIVER && node->end > drivers) drivers = node->end;
        w->members[*number].contributes |= i >= drivers;
        if (node->link == CYN_LINK_PART)
            w->members[w->member_of[t->nodes[node->parent].index]].inner = true;
    }
    return CYN_OK;
}

/* ---- evaluation ---- */

/* Of the whole, or of its segments: there without drivers, which contribute nothing. */
static cyn_code evaluate(const tree_work *w, cyn_dataset *d, bool segments, cyn_eval_result *out,
                         cyn_err *err)
{
    const cyn_tree_request *r = w->request;
    const cyn_metric *root = w->tree->nodes[0].metric;
    const char **names = CYN_NEW_ARRAY(w->arena, w->nmembers + 1, const char *);
    size_t n = 0;
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < w->nmembers; i++)
        if (!segments || w->members[i].contributes) names[n++] = w->members[i].metric->name;
    cyn_eval_request request = {
        .metrics = names,
        .nmetrics = n,
        .has_grain = r->has_grain,
        .grain = r->grain,
        .at = r->at,
        .has_against = !segments || !against_figures(w), /* the sheet's figures are of the whole */
        .against = r->against,
        .as_of = r->as_of,
        .cancel = r->cancel,
    };
    request.grain = cyn_request_grain(w->project, &request, root);
    request.has_grain = true;
    if (segments) {
        request.by = &r->by;
        request.nby = 1;
        request.all_segments = true;
    }
    return cyn_evaluate(w->project, d, &request, w->arena, out, err);
}

static size_t member_of_point(const tree_work *w, const cyn_point *p)
{
    return w->member_of[cyn_project_metric(w->project, p->metric->name)];
}

static const cyn_point *root_point(const tree_work *w, const cyn_eval_result *r)
{
    for (size_t i = 0; i < r->npoints; i++)
        if (r->points[i].metric == w->tree->nodes[0].metric) return &r->points[i];
    return NULL;
}

/* ---- segments ---- */

static bool stands_on_nothing(cyn_num value, int64_t rows)
{
    return rows == 0 && (cyn_num_is_missing(value) || cyn_num_double(value) == 0);
}

/* Segments that occur on neither side, but in the history or last year, are none of this tree. */
static bool has_either_side(const cyn_point *p)
{
    return !p->failed && (!stands_on_nothing(p->value, p->rows) ||
                          !stands_on_nothing(p->against.value, p->against.rows));
}

/* A metric that cannot be computed by the dimension fails once, and lacks in each segment. */
static void fail_everywhere(tree_work *w, const cyn_point *p, size_t number)
{
    for (size_t place = 1; place < w->nplaces; place++)
        w->points[place * w->nmembers + number] = p;
}

/* Every metric has its segments in the same order, so one walk finds those that the root has. */
static void take_segments(tree_work *w, const cyn_eval_result *r, const cyn_point *const *roots,
                          size_t n)
{
    const cyn_metric *metric = NULL;
    size_t number = 0, at = 0;
    for (size_t i = 0; i < r->npoints; i++) {
        const cyn_point *p = &r->points[i];
        if (p->metric != metric) {
            metric = p->metric;
            number = member_of_point(w, p);
            at = 0;
        }
        if (p->failed) {
            fail_everywhere(w, p, number);
            continue;
        }
        while (at < n && cyn_const_compare(&roots[at]->keys[0], &p->keys[0]) < 0)
            at++;
        if (at < n && cyn_const_compare(&roots[at]->keys[0], &p->keys[0]) == 0)
            w->points[(1 + at) * w->nmembers + number] = p;
    }
}

static cyn_code fail_size(const tree_work *w, size_t segments, cyn_err *err)
{
    cyn_fail(err, CYN_E_LIMIT, "%zu metrics in %zu segments of '%s' are more than %d lines",
             w->tree->count, segments, w->request->by, LINES_MOST);
    cyn_hint(err, "name a depth, or a metric further down");
    return CYN_E_LIMIT;
}

static cyn_code evaluate_segments(tree_work *w, cyn_dataset *d, const cyn_point ***roots,
                                  cyn_eval_result *out, cyn_err *err)
{
    CYN_TRY(evaluate(w, d, true, out, err));
    const cyn_point *root = root_point(w, out);
    if (root && root->failed) {
        if (err) *err = *root->error;
        cyn_context(err, "'%s' by '%s'", root->metric->name, w->request->by);
        return root->error->code;
    }
    *roots = CYN_NEW_ARRAY(w->arena, out->npoints + 1, const cyn_point *);
    if (!*roots) return cyn_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < out->npoints; i++) {
        const cyn_point *p = &out->points[i];
        if (p->metric == w->tree->nodes[0].metric && has_either_side(p)) (*roots)[n++] = p;
    }
    w->nplaces = 1 + n;
    return n > LINES_MOST / w->tree->count ? fail_size(w, n, err) : CYN_OK;
}

/* A metric that fails both in the whole and in the segments fails once. */
static int failed_in_segments_only(const tree_work *w, const cyn_eval_result *segments)
{
    int failed = 0;
    for (size_t i = 0; i < segments->npoints; i++) {
        const cyn_point *p = &segments->points[i];
        const cyn_point *whole = tree_point(w, 0, member_of_point(w, p));
        failed += p->failed && whole && !whole->failed;
    }
    return failed;
}

/* ---- the whole ---- */

static cyn_code find_points(tree_work *w, cyn_dataset *d, cyn_err *err)
{
    cyn_eval_result whole, segments = {0};
    const cyn_point **roots = NULL;
    w->nplaces = 1;
    CYN_TRY(evaluate(w, d, false, &whole, err));
    if (w->request->by) CYN_TRY(evaluate_segments(w, d, &roots, &segments, err));
    w->points = CYN_NEW_ARRAY(w->arena, w->nplaces * w->nmembers, const cyn_point *);
    w->parts = CYN_NEW_ARRAY(w->arena, w->nplaces * w->nmembers, cyn_parts);
    if (!w->points || !w->parts) return cyn_nomem(err);
    for (size_t i = 0; i < whole.npoints; i++)
        w->points[member_of_point(w, &whole.points[i])] = &whole.points[i];
    take_segments(w, &segments, roots, w->nplaces - 1);
    w->view->failed = whole.failed + failed_in_segments_only(w, &segments);
    return CYN_OK;
}

static void describe(tree_work *w)
{
    const cyn_point *root = tree_point(w, 0, 0);
    const cyn_tree_request *r = w->request;
    two_sides sides = tree_sides(w, 0, 0);
    cyn_tree_view *v = w->view;
    v->dimension = r->by;
    v->period = root->period;
    v->partial = root->partial;
    v->against = r->against;
    v->has_against_period =
        cyn_against_period(&r->against, &w->project->calendar, root->period, &v->against_period);
    v->change = sides.after - sides.before;
}

cyn_code cyn_tree_evaluate(const cyn_project *p, cyn_dataset *d, const cyn_tree_request *request,
                           cyn_arena *arena, cyn_tree_view *out, cyn_err *err)
{
    cyn_tree_view view = {0};
    cyn_tree *tree = NULL;
    size_t root;
    CYN_TRY(cyn_project_need_metric(p, request->root, &root, err));
    CYN_TRY(cyn_tree_build(p->metrics, p->nmetrics, root, request->depth, arena, &tree, err));
    tree_work w = {.project = p, .request = request, .arena = arena, .tree = tree, .view = &view};
    CYN_TRY(find_members(&w, err));
    CYN_TRY(find_points(&w, d, err));
    describe(&w);
    CYN_TRY(tree_prepare(&w, err));
    CYN_TRY(tree_share_out(&w, err));
    if (request->by) CYN_TRY(tree_share_segments(&w, err));
    CYN_TRY(tree_lines(&w, err));
    *out = view;
    return CYN_OK;
}

cyn_code cyn_tree_roots(const cyn_project *p, cyn_arena *arena, const char *const **out,
                        size_t *count, cyn_err *err)
{
    static const cyn_role roles[] = {CYN_KGI, CYN_NSM};
    const char **roots = CYN_NEW_ARRAY(arena, p->nmetrics + 1, const char *);
    size_t n = 0;
    if (!roots) return cyn_nomem(err);
    for (size_t role = 0; role < 2 && !n; role++)
        for (size_t i = 0; i < p->nmetrics; i++)
            if (p->metrics[i]->sheet.role == roles[role]) roots[n++] = p->metrics[i]->name;
    *out = roots;
    *count = n;
    return CYN_OK;
}
