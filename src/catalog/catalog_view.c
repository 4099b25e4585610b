/* Expressions, views, relations and aggregates: what is computed over rows. */
#include "catalog/catalog_impl.h"
#include <string.h>

/* ---- Expressions ---- */

static const char *const expr_kinds[] = {"column", "const", "equals", "and", "script", NULL};

cyn_code cyn_catalog_expr(build *b, const cyn_value *item, size_t i)
{
    fields f = {.arena = b->arena, .item = item};
    cyn_expr *e = CYN_NEW(b->arena, cyn_expr);
    if (!e) return cyn_nomem(b->err);
    e->kind = (cyn_expr_kind)field_word(&f, "kind", expr_kinds, -1);
    e->place = field_place(&f);
    e->text = field_text(&f, "text", true);
    extent x = {1, 1};
    switch (e->kind) {
    case CYN_EXPR_COLUMN: e->name = field_text(&f, "name", true); break;
    case CYN_EXPR_CONST: e->value = field_const(&f, "value"); break;
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND: {
        size_t left = field_index(&f, "a", b->nexprs), right = field_index(&f, "b", b->nexprs);
        if (!fields_ok(&f)) break;
        e->a = b->exprs[left];
        e->b = b->exprs[right];
        x = extent_join(b->expr_extent[left], b->expr_extent[right]);
        if (!extent_fits(x)) field_wrong(&f, "a");
        break;
    }
    case CYN_EXPR_SCRIPT:
        e->handle = field_handle(b, &f, "handle");
        e->reads_all = field_boolean(&f, "reads_all");
        e->reads = field_texts(&f, "reads", &e->nreads);
        e->digest = field_text(&f, "digest", true);
        e->why = field_text(&f, "why", false);
        e->code = cyn_catalog_code(&f);
        if (e->code && (e->reads_all || e->why)) field_wrong(&f, "code");
        if (!e->reads) return cyn_nomem(b->err);
        break;
    case CYN_EXPR_STEPS: break; /* has no word */
    }
    if (!fields_ok(&f)) return cyn_catalog_bad(b, "expression", i, f.bad);
    b->expr_extent[i] = x;
    b->exprs[b->nexprs++] = e;
    return CYN_OK;
}

/* ---- Views ---- */

const cyn_expr *field_expr(const build *b, fields *f, const char *key, bool required)
{
    if (!required && !field_given(f, key)) return NULL;
    size_t which = field_index(f, key, b->nexprs);
    return fields_ok(f) ? b->exprs[which] : NULL;
}

void cyn_catalog_quantile(fields *f, double *p, int *qtype)
{
    *p = field_real(f, "p");
    if (!(*p >= 0 && *p <= 100)) field_wrong(f, "p");
    *qtype = (int)field_integer(f, "qtype", 1, 9);
}

static cyn_code read_derives(build *b, const cyn_value *list, size_t view, cyn_view *out)
{
    cyn_derive *derives = CYN_NEW_ARRAY(b->arena, list->n, cyn_derive);
    if (list->n && !derives) return cyn_nomem(b->err);
    for (size_t i = 0; i < list->n; i++) {
        fields f = {.arena = b->arena, .item = &list->items[i]};
        derives[i].name = field_text(&f, "name", true);
        derives[i].expr = field_expr(b, &f, "expr", true);
        if (!fields_ok(&f)) return cyn_catalog_bad(b, "view", view, f.bad);
    }
    out->derives = derives;
    out->nderives = list->n;
    return CYN_OK;
}

/* The relation of that number. Those before it in the list are read first; each is made of views
 * that stand before the one that asks now. */
static cyn_code view_relation(build *b, const cyn_value *item, size_t i, cyn_view *v)
{
    fields f = {.arena = b->arena, .item = item};
    if (!field_given(&f, "relation")) return CYN_OK;
    size_t which = field_index(&f, "relation", b->relation_items->n);
    if (!fields_ok(&f)) return cyn_catalog_bad(b, "view", i, f.bad);
    while (b->nrelations <= which)
        CYN_TRY(cyn_catalog_relation(b, &b->relation_items->items[b->nrelations], b->nrelations));
    v->relation = b->relations[which];
    b->view_nested[i] = b->relation_nested[which];
    if (strcmp(v->source, v->relation->base->source) != 0)
        return cyn_catalog_bad(b, "view", i, "source");
    return CYN_OK;
}

cyn_code cyn_catalog_view(build *b, const cyn_value *item, size_t i)
{
    fields f = {.arena = b->arena, .item = item};
    cyn_view *v = CYN_NEW(b->arena, cyn_view);
    if (!v) return cyn_nomem(b->err);
    v->place = field_place(&f);
    v->source = field_text(&f, "source", true);
    v->where = field_expr(b, &f, "where", false);
    CYN_TRY(read_derives(b, field_array(&f, "derives"), i, v));
    if (!fields_ok(&f)) return cyn_catalog_bad(b, "view", i, f.bad);
    CYN_TRY(view_relation(b, item, i, v));
    b->views[b->nviews++] = v;
    return CYN_OK;
}

/* ---- Aggregates ---- */

cyn_code cyn_catalog_agg(build *b, const cyn_value *item, size_t i)
{
    fields f = {.arena = b->arena, .item = item};
    cyn_agg *a = CYN_NEW(b->arena, cyn_agg);
    if (!a) return cyn_nomem(b->err);
    a->func = (cyn_agg_func)field_word(&f, "func", cyn_agg_names, -1);
    a->place = field_place(&f);
    a->arg = a->func == CYN_COUNT ? NULL : field_expr(b, &f, "arg", true);
    if (a->func == CYN_PERCENTILE) cyn_catalog_quantile(&f, &a->p, &a->qtype);
    if (a->func == CYN_CUSTOM && fields_ok(&f) && (a->arg->kind != CYN_EXPR_SCRIPT || a->arg->code))
        field_wrong(&f, "arg");
    a->approx = field_boolean(&f, "approx");
    if (a->approx && a->func != CYN_PERCENTILE && a->func != CYN_DISTINCT)
        field_wrong(&f, "approx");
    size_t view = field_index(&f, "view", b->nviews);
    if (!fields_ok(&f)) return cyn_catalog_bad(b, "aggregate", i, f.bad);
    a->view = b->views[view];
    b->aggs[b->naggs++] = a;
    return CYN_OK;
}
