/* Relations (plan/relation.h): rows made of the rows of an earlier view. */
#include "catalog/catalog_impl.h"

/* ---- Journeys ---- */

static const cyn_journey_step *read_steps(const build *b, fields *f, size_t *n)
{
    const cyn_value *list = field_array(f, "steps");
    if (list->n < 2 || list->n > CYN_CATALOG_STEPS) {
        field_wrong(f, "steps");
        return NULL;
    }
    cyn_journey_step *steps = CYN_NEW_ARRAY(b->arena, list->n, cyn_journey_step);
    for (size_t i = 0; steps && i < list->n; i++) {
        fields step = {.arena = b->arena, .item = &list->items[i]};
        steps[i].when = field_expr(b, &step, "when", true);
        if (field_given(&step, "within"))
            steps[i].within = field_integer(&step, "within", 1, INT64_MAX);
        if (!fields_ok(&step)) field_wrong(f, step.bad);
    }
    *n = list->n;
    return steps;
}

static const cyn_expr *const *read_exprs(const build *b, fields *f, const char *key, size_t *n)
{
    const cyn_value *list = field_array(f, key);
    const cyn_expr **exprs = CYN_NEW_ARRAY(b->arena, list->n + 1, const cyn_expr *);
    for (size_t i = 0; exprs && i < list->n; i++) {
        const cyn_value *v = &list->items[i];
        if (v->kind == CYN_VALUE_INTEGER && v->i >= 1 && (uint64_t)v->i <= b->nexprs)
            exprs[i] = b->exprs[v->i - 1];
        else
            field_wrong(f, key);
    }
    *n = list->n;
    return exprs;
}

/* False: no memory. */
static bool read_journey(const build *b, fields *f, cyn_relation *r)
{
    r->steps = read_steps(b, f, &r->nsteps);
    r->same = read_exprs(b, f, "same", &r->nsame);
    if (field_given(f, "within")) r->within = field_integer(f, "within", 1, INT64_MAX);
    r->strict = field_boolean(f, "strict");
    r->any_order = field_boolean(f, "any_order");
    r->every = field_boolean(f, "every");
    return r->same && (r->steps || !fields_ok(f));
}

/* ---- The other kinds ---- */

static void read_per(const build *b, fields *f, cyn_relation *r)
{
    r->func = (cyn_agg_func)field_word(f, "func", cyn_agg_names, -1);
    if (r->func == CYN_CUSTOM) field_wrong(f, "func");
    r->arg = r->func == CYN_COUNT ? NULL : field_expr(b, f, "arg", true);
    if (r->func == CYN_PERCENTILE) cyn_catalog_quantile(f, &r->p, &r->qtype);
}

static void read_retention(const build *b, fields *f, cyn_relation *r)
{
    static const char *const modes[] = {"bounded", "unbounded", "within", NULL};
    static const char *const units[] = {"day", "week", "month", NULL};
    static const cyn_grain_unit grains[] = {CYN_DAILY, CYN_WEEK, CYN_MONTH};
    r->start = field_expr(b, f, "start", true);
    r->active = field_expr(b, f, "active", false);
    r->arg = field_expr(b, f, "arg", false);
    r->mode = (cyn_retention_mode)field_word(f, "mode", modes, -1);
    r->unit = grains[field_word(f, "unit", units, -1)];
    r->n = (int)field_integer(f, "n", 1, CYN_CATALOG_UNITS);
}

static void read_balance(const build *b, fields *f, cyn_relation *r)
{
    r->arg = field_expr(b, f, "arg", true);
    r->from = field_expr(b, f, "from", false);
    r->to = field_expr(b, f, "to", r->from != NULL);
    if (r->to && !r->from) field_wrong(f, "from");
}

static void read_base(const build *b, fields *f, cyn_relation *r, int *nested)
{
    size_t base = field_index(f, "base", b->nviews);
    if (!fields_ok(f)) return;
    r->base = b->views[base];
    *nested = 1 + b->view_nested[base];
    if (*nested > CYN_CATALOG_NESTED) field_wrong(f, "base");
}

cyn_code cyn_catalog_relation(build *b, const cyn_value *item, size_t i)
{
    fields f = {.arena = b->arena, .item = item};
    cyn_relation *r = CYN_NEW(b->arena, cyn_relation);
    if (!r) return cyn_nomem(b->err);
    r->kind = (cyn_relation_kind)field_word(&f, "kind", cyn_relation_names, -1);
    r->place = field_place(&f);
    read_base(b, &f, r, &b->relation_nested[i]);
    r->entity = field_expr(b, &f, "entity", true);
    bool enough = true;
    switch (r->kind) {
    case CYN_PER: read_per(b, &f, r); break;
    case CYN_JOURNEY: enough = read_journey(b, &f, r); break;
    case CYN_RETENTION: read_retention(b, &f, r); break;
    case CYN_BALANCE:
    case CYN_MOVEMENT: read_balance(b, &f, r); break;
    }
    if (!enough) return cyn_nomem(b->err);
    if (!fields_ok(&f)) return cyn_catalog_bad(b, "relation", i, f.bad);
    b->relations[b->nrelations++] = r;
    return CYN_OK;
}
