#include "engine/needs.h"
#include "plan/relation.h"
#include "plan/translation.h"
#include <string.h>

/* A walk over the views and expressions above one source, for what they read of its rows, or of
 * those of one relation. */
typedef struct walk {
    const char *source;
    const cyn_relation *relation; /* NULL: the source's own rows */
    cyn_needs *needs;
    cyn_arena *arena;
    cyn_err *err;
} walk;

static cyn_code add_one(cyn_needs *needs, const char *name, cyn_arena *arena, cyn_err *err)
{
    for (size_t i = 0; i < needs->count; i++)
        if (strcmp(needs->names[i], name) == 0) return CYN_OK;
    const char **more =
        cyn_grown(arena, needs->names, needs->count, &needs->capacity, sizeof *more);
    if (!more) return cyn_nomem(err);
    needs->names = more;
    needs->names[needs->count++] = name;
    return CYN_OK;
}

static cyn_code add_name(walk *w, const char *name)
{
    return add_one(w->needs, name, w->arena, w->err);
}

cyn_code cyn_needs_add(cyn_needs *needs, const char *const *names, size_t n, cyn_arena *arena,
                       cyn_err *err)
{
    for (size_t i = 0; i < n; i++)
        CYN_TRY(add_one(needs, names[i], arena, err));
    return CYN_OK;
}

/* Derived columns hide those of the source, for the expressions behind them. */
static bool is_derived(const cyn_view *view, size_t nderives, const char *name)
{
    for (size_t i = 0; i < nderives; i++)
        if (strcmp(view->derives[i].name, name) == 0) return true;
    return false;
}

/* An expression over the view's first `nderives` derived columns and the source's own. */
static cyn_code add_expr(walk *w, const cyn_view *view, size_t nderives, const cyn_expr *e)
{
    if (!e) return CYN_OK;
    switch (e->kind) {
    case CYN_EXPR_COLUMN:
        return is_derived(view, nderives, e->name) ? CYN_OK : add_name(w, e->name);
    case CYN_EXPR_CONST: return CYN_OK;
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND:
        CYN_TRY(add_expr(w, view, nderives, e->a));
        return add_expr(w, view, nderives, e->b);
    case CYN_EXPR_SCRIPT:
    case CYN_EXPR_STEPS: break; /* the catalog has no bound ones */
    }
    size_t inputs = e->code ? e->code->ninputs : 0;
    w->needs->all = w->needs->all || (e->reads_all && !e->code);
    for (size_t i = 0; i < e->nreads + inputs; i++) {
        const char *name = i < e->nreads ? e->reads[i] : e->code->inputs[i - e->nreads].name;
        if (!is_derived(view, nderives, name)) CYN_TRY(add_name(w, name));
    }
    return CYN_OK;
}

/* The view, and one more expression over its rows. Where these are another relation's, they have
 * its columns and the source's dimensions, and what is read of ours is read below. */
static cyn_code add_view(walk *w, const cyn_view *view, const cyn_expr *e)
{
    if (view->relation != w->relation) return CYN_OK;
    for (size_t i = 0; i < view->nderives; i++)
        CYN_TRY(add_expr(w, view, i, view->derives[i].expr));
    CYN_TRY(add_expr(w, view, view->nderives, view->where));
    return add_expr(w, view, view->nderives, e);
}

static cyn_code add_relation(walk *w, const cyn_relation *r)
{
    const cyn_expr *const exprs[] = {r->entity, r->arg, r->start, r->active, r->from, r->to};
    for (size_t i = 0; i < sizeof exprs / sizeof *exprs; i++)
        CYN_TRY(add_view(w, r->base, exprs[i]));
    for (size_t i = 0; i < r->nsteps; i++)
        CYN_TRY(add_view(w, r->base, r->steps[i].when));
    for (size_t i = 0; i < r->nsame; i++)
        CYN_TRY(add_view(w, r->base, r->same[i]));
    return r->base->relation ? add_relation(w, r->base->relation) : CYN_OK;
}

static cyn_code add_agg(walk *w, const cyn_agg *agg)
{
    if (strcmp(agg->view->source, w->source) != 0) return CYN_OK;
    CYN_TRY(add_view(w, agg->view, agg->arg));
    return agg->view->relation ? add_relation(w, agg->view->relation) : CYN_OK;
}

/* A value that is not of its declared type makes its row bad, whoever reads the column. Inferred
 * types fit all values, and any value is a text. */
static cyn_code add_declared(walk *w, const cyn_source_spec *spec)
{
    for (size_t i = 0; i < spec->ncolumns; i++) {
        const cyn_column_decl *d = &spec->columns[i];
        if (d->has_type && d->type != CYN_TEXT) CYN_TRY(add_name(w, d->name));
    }
    return CYN_OK;
}

cyn_code cyn_needs_find(const cyn_project *p, size_t source, const char *const *more, size_t nmore,
                        cyn_arena *arena, cyn_needs *out, cyn_err *err)
{
    const cyn_config_source *config = &p->config->sources[source];
    cyn_needs needs = {0};
    walk w = {.source = config->name, .needs = &needs, .arena = arena, .err = err};
    for (size_t i = 0; i < p->catalog->naggs; i++)
        CYN_TRY(add_agg(&w, p->catalog->aggs[i]));
    needs.nstrict = needs.count;
    CYN_TRY(add_declared(&w, &p->specs[source]));
    for (size_t i = 0; i < config->ndimensions; i++)
        CYN_TRY(add_name(&w, config->dimensions[i]));
    if (config->entity) CYN_TRY(add_name(&w, config->entity));
    for (size_t i = 0; i < nmore; i++)
        CYN_TRY(add_name(&w, more[i]));
    *out = needs;
    return CYN_OK;
}

cyn_code cyn_needs_add_relation(const cyn_project *p, const cyn_relation *r, cyn_arena *arena,
                                cyn_needs *needs, cyn_err *err)
{
    walk w = {.source = r->base->source, .relation = r, .needs = needs, .arena = arena, .err = err};
    for (size_t i = 0; i < p->catalog->naggs; i++)
        CYN_TRY(add_agg(&w, p->catalog->aggs[i]));
    return CYN_OK;
}

static bool is_column(const cyn_load_report *report, const char *name, size_t n)
{
    for (size_t i = 0; i < report->ncolumns; i++)
        if (strncmp(report->columns[i].name, name, n) == 0 && !report->columns[i].name[n])
            return true;
    return false;
}

/* "payload", where "payload.size" was loaded: a script reads the one on its way to the other. */
static bool leads_to_column(const cyn_needs *needs, const cyn_load_report *report, const char *name,
                            size_t n)
{
    for (size_t i = 0; i < needs->count; i++) {
        const char *other = needs->names[i];
        if (strncmp(other, name, n) == 0 && other[n] == '.' &&
            is_column(report, other, strlen(other)))
            return true;
    }
    return false;
}

/* A method of a column's text ("channel.upper") is met where the column is. */
static bool is_met(const cyn_needs *needs, const cyn_load_report *report, const char *name)
{
    for (size_t n = strlen(name); n > 0; n--) {
        if (name[n] && name[n] != '.') continue;
        if (is_column(report, name, n) || leads_to_column(needs, report, name, n)) return true;
    }
    return false;
}

bool cyn_needs_are_met(const cyn_needs *needs, const cyn_load_report *report)
{
    for (size_t i = 0; i < needs->nstrict; i++)
        if (!is_met(needs, report, needs->names[i])) return false;
    return true;
}
