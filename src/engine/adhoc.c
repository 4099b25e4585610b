#include "engine/adhoc.h"
#include "engine/bind.h"
#include "engine/project.h"
#include "exec/exec.h"
#include <string.h>

/* ---- Names ---- */

static bool has_no_name(const cyn_metric *m)
{
    return strncmp(m->name, CYN_ADHOC_NAME, strlen(CYN_ADHOC_NAME)) == 0;
}

/* A formula without a name is called by its title, else by its words. */
static cyn_code name_metric(const cyn_catalog *c, const cyn_metric *m, const char *title,
                            cyn_arena *arena, const cyn_metric **out, cyn_err *err)
{
    cyn_buf words = {0};
    cyn_code rc = CYN_OK;
    cyn_metric *named = CYN_NEW(arena, cyn_metric);
    if (!named) return cyn_nomem(err);
    *named = *m;
    if (!title) rc = cyn_formula_text(m->formula, c->aggs, &words, err);
    if (rc == CYN_OK) rc = cyn_buf_check(&words, err);
    if (rc == CYN_OK && !(named->name = cyn_strdup(arena, title ? title : words.data)))
        rc = cyn_nomem(err);
    cyn_buf_clear(&words);
    *out = named;
    return rc;
}

/* ---- The catalog as a project ---- */

/* The dataset's project with another catalog. Contradictions between scripts and sheets were said
 * when the project was opened. */
static cyn_code attach(const cyn_dataset *d, const cyn_catalog *c, cyn_arena *arena,
                       cyn_project *out, cyn_err *err)
{
    cyn_err_list said;
    cyn_err_list_init(&said, arena);
    *out = *d->project;
    out->arena = arena;
    return cyn_project_attach(out, c, d->project->evaluator, &said) == CYN_OK ? CYN_OK
                                                                              : cyn_nomem(err);
}

/* ---- Values ---- */

static const char *title_of(const cyn_eval_request *r, const char *const *titles, const char *name)
{
    for (size_t i = 0; i < r->nmetrics; i++)
        if (strcmp(r->metrics[i], name) == 0) return titles[i];
    return NULL;
}

/* Names are given at the end: a title that a declared metric has as its name is no reason to judge
 * the formula by that metric's sheet. */
static cyn_code name_points(const cyn_catalog *c, const char *const *titles,
                            const cyn_eval_request *r, cyn_arena *arena, cyn_eval_result *result,
                            cyn_err *err)
{
    cyn_point *points = CYN_NEW_ARRAY(arena, result->npoints + 1, cyn_point);
    if (!points) return cyn_nomem(err);
    for (size_t i = 0; i < result->npoints; i++) {
        const cyn_metric *m = result->points[i].metric;
        points[i] = result->points[i];
        if (i > 0 && m == result->points[i - 1].metric)
            points[i].metric = points[i - 1].metric;
        else if (has_no_name(m))
            CYN_TRY(name_metric(c, m, title_of(r, titles, m->name), arena, &points[i].metric, err));
    }
    result->points = points;
    return CYN_OK;
}

static cyn_code evaluate(cyn_dataset *d, const cyn_catalog *catalog, const char *const *titles,
                         const cyn_eval_request *request, cyn_arena *arena, cyn_eval_result *out,
                         cyn_err *err)
{
    cyn_project *p = CYN_NEW(arena, cyn_project);
    if (!p) return cyn_nomem(err);
    CYN_TRY(attach(d, catalog, arena, p, err));
    d->project = p;
    CYN_TRY(cyn_evaluate(p, d, request, arena, out, err));
    return name_points(catalog, titles, request, arena, out, err);
}

cyn_code cyn_adhoc_points(cyn_dataset *d, const cyn_catalog *catalog, const char *const *titles,
                          const cyn_eval_request *request, cyn_arena *arena, cyn_eval_result *out,
                          cyn_err *err)
{
    const cyn_project *own = d->project;
    cyn_code rc = evaluate(d, catalog, titles, request, arena, out, err);
    d->project = own;
    return rc;
}

/* ---- Rows ---- */

/* What reading rows goes through. */
typedef struct reading {
    cyn_dataset *data;
    cyn_project *project;
    const cyn_view *view;
    const cyn_spans *spans;
    const atomic_bool *cancel;
    cyn_arena *arena;
    cyn_adhoc_rows *out;
    cyn_rows *rows;
    const cyn_expr *where;
    cyn_column *columns;
} reading;

static const cyn_view *view_of(const cyn_project *p, const char *metric)
{
    size_t m = cyn_project_metric(p, metric);
    const cyn_formula *f = m == CYN_NO_METRIC ? NULL : p->metrics[m]->formula;
    return f && f->kind == CYN_FORMULA_AGG ? p->catalog->aggs[f->agg]->view : NULL;
}

/* The last period that has ended: rows of relations like per are made for it. */
static cyn_code make_spans(reading *r, cyn_err *err)
{
    cyn_spans *spans = NULL;
    cyn_eval_request last = {.last = 1};
    cyn_period *periods = NULL;
    size_t n = 0;
    int64_t now = 0;
    int source = cyn_project_source(r->project, r->view->source);
    if (source >= 0) CYN_TRY(cyn_dataset_need(r->data, (size_t)source, err));
    CYN_TRY(cyn_dataset_now(r->data, NULL, &now, err));
    CYN_TRY(cyn_request_periods(r->project, &last, r->project->config->grain, now, r->arena,
                                &periods, &n, err));
    CYN_TRY(cyn_spans_new(&r->project->calendar, now, r->arena, &spans, err));
    CYN_TRY(cyn_spans_request(spans, periods, n, 0, err));
    r->spans = spans;
    return CYN_OK;
}

/* Binds the filter, with an aggregate over the view that has nothing else to it. */
static cyn_code bind_rows(reading *r, const cyn_expr *arg, cyn_bound_agg *bound, cyn_err *err)
{
    cyn_agg *agg = CYN_NEW(r->arena, cyn_agg);
    if (!agg) return cyn_nomem(err);
    *agg = (cyn_agg){.func = arg ? CYN_DISTINCT : CYN_COUNT, .view = r->view, .arg = arg};
    return cyn_bind_agg(r->out->set, agg, r->spans, 0, CYN_BIND_COLUMNS, bound, err);
}

/* The values of an expression over all rows. */
static cyn_code compute(reading *r, const cyn_expr *e, const char *name, cyn_column *out,
                        cyn_err *err)
{
    cyn_table *made = NULL;
    if (e->kind == CYN_EXPR_COLUMN) {
        int i = cyn_table_find(r->rows->table, e->name);
        *out = *cyn_table_column(r->rows->table, (size_t)i);
        out->name = name;
        return CYN_OK;
    }
    CYN_TRY(cyn_exec_expr_column(e, r->rows->table, r->project->calendar.tz, name, r->cancel, &made,
                                 err));
    r->out->computed[r->out->ncomputed++] = made;
    *out = *cyn_table_column(made, 0);
    return CYN_OK;
}

static bool is_derived(const cyn_view *v, const char *name)
{
    for (size_t i = 0; i < v->nderives; i++)
        if (strcmp(v->derives[i].name, name) == 0) return true;
    return false;
}

static cyn_code read_derived(reading *r, cyn_err *err)
{
    const cyn_view *v = r->view;
    for (size_t i = 0; i < v->nderives; i++) {
        cyn_bound_agg bound;
        cyn_expr *e = CYN_NEW(r->arena, cyn_expr);
        if (!e) return cyn_nomem(err);
        *e = (cyn_expr){.kind = CYN_EXPR_COLUMN,
                        .place = v->place,
                        .text = v->derives[i].name,
                        .name = v->derives[i].name};
        CYN_TRY(bind_rows(r, e, &bound, err));
        CYN_TRY(compute(r, bound.agg.arg, e->name, &r->columns[r->out->ncolumns], err));
        r->out->ncolumns++;
    }
    return CYN_OK;
}

static cyn_code read_columns(reading *r, cyn_err *err)
{
    size_t room = r->view->nderives + cyn_table_width(r->rows->table);
    r->columns = CYN_NEW_ARRAY(r->arena, room + 1, cyn_column);
    r->out->computed = CYN_NEW_ARRAY(r->arena, r->view->nderives + 2, cyn_table *);
    if (!r->columns || !r->out->computed) return cyn_nomem(err);
    r->out->columns = r->columns;
    CYN_TRY(read_derived(r, err));
    for (size_t i = 0; i < cyn_table_width(r->rows->table); i++) {
        const cyn_column *c = cyn_table_column(r->rows->table, i);
        if (c->name[0] == '#' || is_derived(r->view, c->name)) continue;
        if (r->out->ncolumns < room) r->columns[r->out->ncolumns++] = *c;
    }
    return CYN_OK;
}

static bool passes(const cyn_column *where, size_t row)
{
    return cyn_column_has(where, row) && (where->type != CYN_BOOLEAN || where->v.bit[row]);
}

static cyn_code choose_rows(reading *r, size_t limit, cyn_err *err)
{
    size_t rows = cyn_table_rows(r->rows->table);
    size_t *chosen = CYN_NEW_ARRAY(r->arena, limit + 1, size_t);
    cyn_column where;
    if (!chosen) return cyn_nomem(err);
    if (r->where) CYN_TRY(compute(r, r->where, "where", &where, err));
    for (size_t row = 0; row < rows; row++) {
        if (r->where && !passes(&where, row)) continue;
        if (r->out->total++ < limit) chosen[r->out->nrows++] = row;
    }
    r->out->row = chosen;
    return CYN_OK;
}

static cyn_code read_rows(reading *r, size_t limit, cyn_err *err)
{
    cyn_bound_agg bound;
    r->data->project = r->project;
    CYN_TRY(make_spans(r, err));
    CYN_TRY(cyn_rows_set_new(r->data, NULL, 0, r->cancel, r->arena, &r->out->set, err));
    CYN_TRY(bind_rows(r, NULL, &bound, err));
    r->rows = bound.rows;
    r->where = bound.agg.where;
    CYN_TRY(read_columns(r, err));
    return choose_rows(r, limit, err);
}

cyn_code cyn_adhoc_rows_read(cyn_dataset *d, const cyn_catalog *catalog, const char *metric,
                             size_t limit, const atomic_bool *cancel, cyn_arena *arena,
                             cyn_adhoc_rows *out, cyn_err *err)
{
    const cyn_project *own = d->project;
    reading r = {.data = d, .cancel = cancel, .arena = arena, .out = out};
    *out = (cyn_adhoc_rows){0};
    r.project = CYN_NEW(arena, cyn_project);
    if (!r.project) return cyn_nomem(err);
    CYN_TRY(attach(d, catalog, arena, r.project, err));
    r.view = view_of(r.project, metric);
    if (!r.view)
        return cyn_fail(err, CYN_E_WORKER, "rows of '%s', which is no set of rows", metric);
    cyn_code rc = read_rows(&r, limit, err);
    d->project = own;
    if (rc != CYN_OK) cyn_adhoc_rows_clear(out);
    return rc;
}

void cyn_adhoc_rows_clear(cyn_adhoc_rows *r)
{
    for (size_t i = 0; i < r->ncomputed; i++)
        cyn_table_unref(r->computed[i]);
    cyn_rows_set_free(r->set);
    *r = (cyn_adhoc_rows){0};
}
