#include "engine/bind.h"
#include "base/text.h"
#include "engine/bind_impl.h"
#include "exec/exec.h"
#include <stdio.h>
#include <string.h>

/* ---- dimensions ---- */

static bool declared_dimension(const cyn_config_source *s, const char *name)
{
    for (size_t i = 0; i < s->ndimensions; i++)
        if (strcmp(s->dimensions[i], name) == 0) return true;
    return false;
}

/* The first few of those that there are. */
static void hint_dimensions(const char *const *names, size_t n, cyn_err *err)
{
    char list[256] = "";
    size_t used = 0;
    for (size_t i = 0; i < n && i < 5 && used < sizeof list; i++)
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s'%s'", i ? ", " : "", names[i]);
    cyn_hint(err, "its dimension%s %s%s", n > 1 ? "s are" : " is", list, n > 5 ? " …" : "");
}

static cyn_code unknown_dimension(const cyn_scope *s, const char *name, cyn_err *err)
{
    const cyn_config_source *source = &s->set->data->project->config->sources[s->rows->source];
    const cyn_place *place = &s->view->place;
    cyn_fail_at(err, CYN_E_NAME, place->file, place->line, place->column,
                "source '%s' has no dimension '%s'", source->name, name);
    const char *names[256];
    size_t n = 0;
    for (size_t i = 0; i < s->nderives && n < 256; i++)
        names[n++] = s->view->derives[i].name;
    for (size_t i = 0; i < source->ndimensions && n < 256; i++)
        names[n++] = source->dimensions[i];
    const char *near = cyn_nearest(name, names, n);
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else if (cyn_scope_column(s, name) >= 0)
        cyn_hint(err, "it is a column: add it to 'dimensions' of '%s' in cynosure.yaml",
                 source->name);
    else if (n > 0)
        hint_dimensions(names, n, err);
    else
        cyn_hint(err, "dimensions are listed under the source in cynosure.yaml, or derived");
    return CYN_E_NAME;
}

/* The column that holds a dimension's values; a derived one is made if it is not there yet. The
 * rows of a relation carry their dimensions as columns. */
static cyn_code bind_dimension(const cyn_scope *s, const char *name, const char **out, cyn_err *err)
{
    const cyn_config_source *source = &s->set->data->project->config->sources[s->rows->source];
    bool known =
        cyn_scope_derive(s, name) >= 0 ||
        (s->rows->relation ? cyn_scope_column(s, name) >= 0 : declared_dimension(source, name));
    if (!known) return unknown_dimension(s, name, err);
    cyn_expr reference = {
        .kind = CYN_EXPR_COLUMN, .place = s->view->place, .text = name, .name = name};
    const cyn_expr *bound;
    CYN_TRY(cyn_bind_column(s, name, &reference, &bound, err));
    *out = bound->name;
    return CYN_OK;
}

static cyn_code bind_dimensions(const cyn_scope *s, const char *const *names, size_t n,
                                const char ***out, cyn_err *err)
{
    const char **columns = CYN_NEW_ARRAY(s->arena, n + 1, const char *);
    if (!columns) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(bind_dimension(s, names[i], &columns[i], err));
    *out = columns;
    return CYN_OK;
}

/* ---- whole expressions ---- */

static cyn_scope scope_of(cyn_rows_set *set, cyn_rows *rows, const cyn_view *view, cyn_binding how)
{
    return (cyn_scope){.set = set,
                       .rows = rows,
                       .view = view,
                       .nderives = view->nderives,
                       .columns = how == CYN_BIND_COLUMNS || set->interpret,
                       .arena = set->arena};
}

/* NULL stays NULL. */
static cyn_code bind_whole(const cyn_scope *s, const cyn_expr *e, cyn_use use, const cyn_expr **out,
                           cyn_err *err)
{
    unsigned kinds;
    *out = NULL;
    if (!e) return CYN_OK;
    CYN_TRY(cyn_bind_expr(s, e, use, out, err));
    return cyn_exec_expr_kinds(*out, s->rows->table, &kinds, err);
}

static cyn_code bind_condition(const cyn_scope *s, const cyn_expr *e, const cyn_expr **out,
                               cyn_err *err)
{
    return bind_whole(s, e, CYN_USE_TRUTH, out, err);
}

static cyn_code bind_value(const cyn_scope *s, const cyn_expr *e, const cyn_expr **out,
                           cyn_err *err)
{
    return bind_whole(s, e, CYN_USE_VALUE, out, err);
}

cyn_code cyn_bind_agg(cyn_rows_set *set, const cyn_agg *agg, const cyn_spans *spans, size_t chain,
                      cyn_binding how, cyn_bound_agg *out, cyn_err *err)
{
    cyn_rows *rows;
    CYN_TRY(cyn_rows_of(set, agg->view, spans, chain, &rows, err));
    cyn_scope s = scope_of(set, rows, agg->view, how);
    const char **groups;
    cyn_plan_agg bound = {
        .func = agg->func, .p = agg->p, .qtype = agg->qtype, .approx = agg->approx};
    CYN_TRY(bind_condition(&s, agg->view->where, &bound.where, err));
    cyn_use use = agg->func == CYN_SHARE ? CYN_USE_TRUTH : CYN_USE_VALUE;
    if (agg->func == CYN_CUSTOM)
        bound.func = CYN_COUNT;
    else
        CYN_TRY(bind_whole(&s, agg->arg, use, &bound.arg, err));
    CYN_TRY(bind_dimensions(&s, set->by, set->nby, &groups, err));
    *out = (cyn_bound_agg){.rows = rows, .agg = bound, .groups = groups};
    return CYN_OK;
}

cyn_code cyn_bind_reads(cyn_rows_set *set, cyn_rows *rows, const cyn_agg *agg,
                        const cyn_derive_input **out, size_t *n, cyn_err *err)
{
    cyn_scope s = scope_of(set, rows, agg->view, CYN_BIND_COLUMNS);
    const cyn_bound_input *inputs = NULL;
    CYN_TRY(cyn_bind_inputs(&s, agg->arg, &inputs, n, err));
    cyn_derive_input *list = CYN_NEW_ARRAY(set->arena, *n + 1, cyn_derive_input);
    if (!list) return cyn_nomem(err);
    for (size_t i = 0; i < *n; i++) {
        int column = cyn_table_find(rows->table, inputs[i].expr->name);
        list[i] = (cyn_derive_input){.name = inputs[i].name,
                                     .column = cyn_table_column(rows->table, (size_t)column)};
    }
    *out = list;
    return CYN_OK;
}

static cyn_code bind_list(const cyn_scope *s, const cyn_expr *const *from, size_t n,
                          const cyn_expr *const **out, cyn_err *err)
{
    const cyn_expr **list = CYN_NEW_ARRAY(s->arena, n + 1, const cyn_expr *);
    if (!list) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(bind_value(s, from[i], &list[i], err));
    *out = list;
    return CYN_OK;
}

static cyn_code bind_journey_steps(const cyn_scope *s, cyn_relation *r, cyn_err *err)
{
    cyn_journey_step *steps = CYN_NEW_ARRAY(s->arena, r->nsteps + 1, cyn_journey_step);
    if (!steps) return cyn_nomem(err);
    for (size_t i = 0; i < r->nsteps; i++) {
        steps[i] = r->steps[i];
        CYN_TRY(bind_condition(s, r->steps[i].when, &steps[i].when, err));
    }
    r->steps = steps;
    return CYN_OK;
}

cyn_code cyn_bind_relation(cyn_rows_set *set, cyn_rows *base, const cyn_relation *r,
                           cyn_binding how, const char *const *names, size_t n, cyn_relation *bound,
                           const cyn_expr **where, const char ***groups, cyn_err *err)
{
    cyn_scope s = scope_of(set, base, r->base, how);
    *bound = *r;
    CYN_TRY(bind_condition(&s, r->base->where, where, err));
    CYN_TRY(bind_value(&s, r->entity, &bound->entity, err));
    CYN_TRY(bind_value(&s, r->arg, &bound->arg, err));
    CYN_TRY(bind_condition(&s, r->start, &bound->start, err));
    CYN_TRY(bind_condition(&s, r->active, &bound->active, err));
    CYN_TRY(bind_value(&s, r->from, &bound->from, err));
    CYN_TRY(bind_value(&s, r->to, &bound->to, err));
    CYN_TRY(bind_list(&s, r->same, r->nsame, &bound->same, err));
    CYN_TRY(bind_journey_steps(&s, bound, err));
    return bind_dimensions(&s, names, n, groups, err);
}
