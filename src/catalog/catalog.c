#include "catalog/catalog.h"
#include "base/text.h"
#include "catalog/catalog_impl.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What an honest worker never exceeds (lua/cynosure/node.lua keeps the same limits), so that the
 * engine may walk formulas and expressions recursively. Sizes count shared parts every time. */
#define MAX_DEPTH     1000
#define MAX_SIZE      10000
#define MAX_MESSAGE   ((size_t)64 << 20)
#define MEMORY_FACTOR 64 /* bytes of tree per byte of message, at most */

typedef struct extent {
    uint32_t depth, size;
} extent;

typedef struct catalog {
    cyn_catalog pub;
    const cyn_metric **by_name; /* sorted */
} catalog;

/* The lists of the message, each item built from earlier ones only: nothing can be cyclic. */
typedef struct build {
    cyn_arena *arena;
    cyn_err *err;
    const cyn_expr **exprs;
    const cyn_view **views;
    const cyn_agg **aggs;
    const cyn_formula **formulas;
    extent *expr_extent, *formula_extent;
    size_t nexprs, nviews, naggs, nformulas; /* built so far */
    catalog *out;
} build;

/* ---- Fields ---- */

static void wrong(fields *f, const char *key)
{
    if (!f->bad) f->bad = key;
}

const cyn_value *field_get(const fields *f, const char *key)
{
    return cyn_value_get(f->item, key);
}

const char *field_text(fields *f, const char *key, bool required)
{
    const cyn_value *v = field_get(f, key);
    if (v->kind == CYN_VALUE_NIL && !required) return NULL;
    if (v->kind == CYN_VALUE_TEXT && strlen(v->s) == v->n) return v->s;
    wrong(f, key);
    return "";
}

int64_t field_integer(fields *f, const char *key, int64_t least, int64_t most)
{
    const cyn_value *v = field_get(f, key);
    if (v->kind == CYN_VALUE_INTEGER && v->i >= least && v->i <= most) return v->i;
    wrong(f, key);
    return least;
}

double field_real(fields *f, const char *key)
{
    const cyn_value *v = field_get(f, key);
    if (v->kind == CYN_VALUE_INTEGER) return (double)v->i;
    if (v->kind == CYN_VALUE_REAL && isfinite(v->r)) return v->r;
    wrong(f, key);
    return 0;
}

bool field_boolean(fields *f, const char *key)
{
    const cyn_value *v = field_get(f, key);
    if (v->kind != CYN_VALUE_BOOLEAN && v->kind != CYN_VALUE_NIL) wrong(f, key);
    return v->kind == CYN_VALUE_BOOLEAN && v->i;
}

int field_word(fields *f, const char *key, const char *const *names, int absent)
{
    const char *word = field_text(f, key, absent < 0);
    if (!word) return absent;
    for (int i = 0; names[i] && *word; i++)
        if (!strcmp(names[i], word)) return i;
    wrong(f, key);
    return 0;
}

const cyn_value *field_array(fields *f, const char *key)
{
    static const cyn_value none = {.kind = CYN_VALUE_ARRAY};
    const cyn_value *v = field_get(f, key);
    if (v->kind == CYN_VALUE_ARRAY) return v;
    if (v->kind != CYN_VALUE_NIL && (v->kind != CYN_VALUE_MAP || v->n > 0)) wrong(f, key);
    return &none;
}

cyn_place field_place(fields *f)
{
    cyn_place p = {.file = field_text(f, "file", false)};
    if (p.file) {
        p.line = (int)field_integer(f, "line", 0, INT32_MAX);
        p.column = (int)field_integer(f, "column", 0, INT32_MAX);
    }
    return p;
}

/* An index, one-based as Lua counts, of one of the n items built before. */
static size_t field_index(fields *f, const char *key, size_t n)
{
    if (n > 0) return (size_t)field_integer(f, key, 1, (int64_t)n) - 1;
    wrong(f, key);
    return 0;
}

static cyn_code bad_item(const build *b, const char *list, size_t i, const char *field)
{
    return cyn_fail(b->err, CYN_E_WORKER,
                    "the script worker's catalog is malformed: field '%s' of %s %zu", field, list,
                    i + 1);
}

static extent join(extent a, extent b)
{
    return (extent){1 + (a.depth > b.depth ? a.depth : b.depth), 1 + a.size + b.size};
}

/* ---- Expressions, views, aggregates ---- */

static cyn_const read_const(fields *f, const char *key)
{
    const cyn_value *v = field_get(f, key);
    switch (v->kind) {
    case CYN_VALUE_BOOLEAN: return (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = v->i};
    case CYN_VALUE_INTEGER: return (cyn_const){.kind = CYN_CONST_INTEGER, .i = v->i};
    case CYN_VALUE_REAL:
        if (!isfinite(v->r)) wrong(f, key);
        return (cyn_const){.kind = CYN_CONST_REAL, .r = v->r};
    case CYN_VALUE_TEXT: return (cyn_const){.kind = CYN_CONST_TEXT, .s = v->s, .n = v->n};
    default: wrong(f, key); return (cyn_const){0};
    }
}

static const char *const *read_names(fields *f, const char *key, size_t *n)
{
    const cyn_value *list = field_array(f, key);
    const char **names = CYN_NEW_ARRAY(f->arena, list->n + 1, const char *);
    for (size_t i = 0; names && i < list->n; i++) {
        names[i] = list->items[i].s;
        if (list->items[i].kind != CYN_VALUE_TEXT || strlen(names[i]) != list->items[i].n) {
            names[i] = "";
            wrong(f, key);
        }
    }
    *n = names ? list->n : 0;
    return names;
}

static const char *const expr_kinds[] = {"column", "const", "equals", "and", "script", NULL};

static cyn_code read_expr(build *b, const cyn_value *item, size_t i)
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
    case CYN_EXPR_CONST: e->value = read_const(&f, "value"); break;
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND: {
        size_t left = field_index(&f, "a", b->nexprs), right = field_index(&f, "b", b->nexprs);
        if (!fields_ok(&f)) break;
        e->a = b->exprs[left];
        e->b = b->exprs[right];
        x = join(b->expr_extent[left], b->expr_extent[right]);
        if (x.depth > MAX_DEPTH || x.size > MAX_SIZE) wrong(&f, "a");
        break;
    }
    case CYN_EXPR_SCRIPT:
        e->handle = (uint32_t)field_integer(&f, "handle", 1, UINT32_MAX);
        e->reads_all = field_boolean(&f, "reads_all");
        e->reads = read_names(&f, "reads", &e->nreads);
        e->digest = field_text(&f, "digest", true);
        if (!e->reads) return cyn_nomem(b->err);
        break;
    }
    if (!fields_ok(&f)) return bad_item(b, "expression", i, f.bad);
    b->expr_extent[i] = x;
    b->exprs[b->nexprs++] = e;
    return CYN_OK;
}

static cyn_code read_derives(build *b, const cyn_value *list, size_t view, cyn_view *out)
{
    cyn_derive *derives = CYN_NEW_ARRAY(b->arena, list->n, cyn_derive);
    if (list->n && !derives) return cyn_nomem(b->err);
    for (size_t i = 0; i < list->n; i++) {
        fields f = {.arena = b->arena, .item = &list->items[i]};
        derives[i].name = field_text(&f, "name", true);
        size_t expr = field_index(&f, "expr", b->nexprs);
        if (!fields_ok(&f)) return bad_item(b, "view", view, f.bad);
        derives[i].expr = b->exprs[expr];
    }
    out->derives = derives;
    out->nderives = list->n;
    return CYN_OK;
}

static cyn_code read_view(build *b, const cyn_value *item, size_t i)
{
    fields f = {.arena = b->arena, .item = item};
    cyn_view *v = CYN_NEW(b->arena, cyn_view);
    if (!v) return cyn_nomem(b->err);
    v->place = field_place(&f);
    v->source = field_text(&f, "source", true);
    CYN_TRY(read_derives(b, field_array(&f, "derives"), i, v));
    if (field_get(&f, "where")->kind != CYN_VALUE_NIL) {
        size_t where = field_index(&f, "where", b->nexprs);
        if (fields_ok(&f)) v->where = b->exprs[where];
    }
    if (!fields_ok(&f)) return bad_item(b, "view", i, f.bad);
    b->views[b->nviews++] = v;
    return CYN_OK;
}

static cyn_code read_agg(build *b, const cyn_value *item, size_t i)
{
    fields f = {.arena = b->arena, .item = item};
    cyn_agg *a = CYN_NEW(b->arena, cyn_agg);
    if (!a) return cyn_nomem(b->err);
    a->func = (cyn_agg_func)field_word(&f, "func", cyn_agg_names, -1);
    a->place = field_place(&f);
    size_t view = field_index(&f, "view", b->nviews);
    size_t arg = a->func == CYN_COUNT ? 0 : field_index(&f, "arg", b->nexprs);
    if (a->func == CYN_PERCENTILE) {
        a->p = field_real(&f, "p");
        if (!(a->p >= 0 && a->p <= 100)) wrong(&f, "p");
        a->qtype = (int)field_integer(&f, "qtype", 1, 9);
    }
    if (!fields_ok(&f)) return bad_item(b, "aggregate", i, f.bad);
    a->view = b->views[view];
    a->arg = a->func == CYN_COUNT ? NULL : b->exprs[arg];
    b->aggs[b->naggs++] = a;
    return CYN_OK;
}

/* ---- Formulas and metrics ---- */

static const char *const formula_kinds[] = {"const", "agg", "metric", "op", NULL};
static const char *const op_names[] = {"+", "-", "*", "/", "^", "%", "neg", NULL};

static extent read_op(build *b, fields *f, cyn_formula *out)
{
    out->op = (cyn_op)field_word(f, "op", op_names, -1);
    size_t left = field_index(f, "a", b->nformulas), right = 0;
    if (out->op != CYN_NEG) right = field_index(f, "b", b->nformulas);
    if (!fields_ok(f)) return (extent){0};
    out->a = b->formulas[left];
    out->b = out->op == CYN_NEG ? NULL : b->formulas[right];
    extent x = join(b->formula_extent[left], out->b ? b->formula_extent[right] : (extent){0});
    if (x.depth > MAX_DEPTH || x.size > MAX_SIZE) wrong(f, "a");
    return x;
}

static cyn_code read_formula(build *b, const cyn_value *item, size_t i)
{
    fields f = {.arena = b->arena, .item = item};
    cyn_formula *out = CYN_NEW(b->arena, cyn_formula);
    if (!out) return cyn_nomem(b->err);
    out->kind = (cyn_formula_kind)field_word(&f, "kind", formula_kinds, -1);
    out->place = field_place(&f);
    extent x = {1, 1};
    switch (out->kind) {
    case CYN_FORMULA_CONST: {
        cyn_const c = read_const(&f, "value");
        if (c.kind == CYN_CONST_INTEGER)
            out->value = cyn_num_integer(c.i);
        else if (c.kind == CYN_CONST_REAL)
            out->value = cyn_num_real(c.r);
        else
            wrong(&f, "value");
        break;
    }
    case CYN_FORMULA_AGG: out->agg = (uint32_t)field_index(&f, "agg", b->naggs); break;
    case CYN_FORMULA_METRIC: out->metric = field_text(&f, "metric", true); break;
    case CYN_FORMULA_OP: x = read_op(b, &f, out); break;
    }
    if (!fields_ok(&f)) return bad_item(b, "formula", i, f.bad);
    b->formula_extent[i] = x;
    b->formulas[b->nformulas++] = out;
    return CYN_OK;
}

static cyn_code read_drivers(build *b, const cyn_value *list, size_t metric, cyn_metric *out)
{
    cyn_driver *drivers = CYN_NEW_ARRAY(b->arena, list->n, cyn_driver);
    if (list->n && !drivers) return cyn_nomem(b->err);
    for (size_t i = 0; i < list->n; i++) {
        fields f = {.arena = b->arena, .item = &list->items[i]};
        drivers[i].metric = field_text(&f, "metric", true);
        drivers[i].direction = (cyn_direction)field_word(&f, "direction", cyn_direction_names, -1);
        if (!fields_ok(&f)) return bad_item(b, "metric", metric, f.bad);
    }
    out->drivers = drivers;
    out->ndrivers = list->n;
    return CYN_OK;
}

static cyn_code read_metric(build *b, const cyn_value *item, size_t i, cyn_metric *out)
{
    fields f = {.arena = b->arena, .item = item};
    out->name = field_text(&f, "name", true);
    out->place = field_place(&f);
    out->identity = field_text(&f, "identity", false);
    size_t formula = field_index(&f, "formula", b->nformulas);
    cyn_catalog_sheet(&f, &out->sheet);
    if (!cyn_is_identifier(out->name)) wrong(&f, "name");
    CYN_TRY(read_drivers(b, field_array(&f, "drivers"), i, out));
    if (!fields_ok(&f)) return bad_item(b, "metric", i, f.bad);
    out->formula = b->formulas[formula];
    return CYN_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const cyn_metric *const *)a)->name, (*(const cyn_metric *const *)b)->name);
}

static cyn_code read_metrics(build *b, const cyn_value *list)
{
    cyn_catalog *c = &b->out->pub;
    cyn_metric *items = CYN_NEW_ARRAY(b->arena, list->n, cyn_metric);
    const cyn_metric **metrics = CYN_NEW_ARRAY(b->arena, list->n + 1, const cyn_metric *);
    const cyn_metric **sorted = CYN_NEW_ARRAY(b->arena, list->n + 1, const cyn_metric *);
    if (!metrics || !sorted || (list->n && !items)) return cyn_nomem(b->err);
    for (size_t i = 0; i < list->n; i++) {
        CYN_TRY(read_metric(b, &list->items[i], i, &items[i]));
        metrics[i] = sorted[i] = &items[i];
    }
    qsort(sorted, list->n, sizeof *sorted, by_name);
    for (size_t i = 1; i < list->n; i++)
        if (!strcmp(sorted[i - 1]->name, sorted[i]->name)) return bad_item(b, "metric", i, "name");
    c->metrics = metrics;
    c->nmetrics = list->n;
    b->out->by_name = sorted;
    return CYN_OK;
}

/* ---- References between metrics: each resolves, and none leads back to where it began ---- */

typedef struct walk {
    const cyn_catalog *catalog;
    const cyn_metric *base; /* of the array that holds all metrics */
    uint8_t *state;         /* per metric: 0 new, 1 being visited, 2 done */
} walk;

static bool visit_metric(walk *w, const cyn_metric *m, int depth);

static bool visit_formula(walk *w, const cyn_formula *f, int depth)
{
    if (f->kind == CYN_FORMULA_OP)
        return visit_formula(w, f->a, depth) && (!f->b || visit_formula(w, f->b, depth));
    if (f->kind != CYN_FORMULA_METRIC) return true;
    const cyn_metric *m = cyn_catalog_metric(w->catalog, f->metric);
    return m && visit_metric(w, m, depth);
}

static bool visit_metric(walk *w, const cyn_metric *m, int depth)
{
    uint8_t *state = &w->state[m - w->base];
    if (*state == 2) return true;
    if (*state == 1 || depth > MAX_DEPTH / 10) return false;
    *state = 1;
    bool ok = visit_formula(w, m->formula, depth + 1);
    *state = 2;
    return ok;
}

static cyn_code check_references(build *b)
{
    const cyn_catalog *c = &b->out->pub;
    uint8_t *state = cyn_alloc(b->arena, c->nmetrics + 1);
    if (!state) return cyn_nomem(b->err);
    walk w = {.catalog = c, .base = c->nmetrics ? c->metrics[0] : NULL, .state = state};
    for (size_t i = 0; i < c->nmetrics; i++)
        if (!visit_metric(&w, c->metrics[i], 0)) return bad_item(b, "metric", i, "formula");
    return CYN_OK;
}

/* ---- The whole ---- */

static cyn_code read_errors(build *b, const cyn_value *list)
{
    cyn_err *errors = CYN_NEW_ARRAY(b->arena, list->n, cyn_err);
    if (list->n && !errors) return cyn_nomem(b->err);
    for (size_t i = 0; i < list->n; i++)
        if (!cyn_value_error(&list->items[i], &errors[i]))
            return bad_item(b, "error", i, "message");
    b->out->pub.errors = errors;
    b->out->pub.nerrors = list->n;
    return CYN_OK;
}

typedef cyn_code read_item(build *b, const cyn_value *item, size_t i);

static cyn_code read_list(build *b, const cyn_value *list, read_item *read)
{
    for (size_t i = 0; i < list->n; i++)
        CYN_TRY(read(b, &list->items[i], i));
    return CYN_OK;
}

static cyn_code read_catalog(build *b, const cyn_value *tree)
{
    fields f = {.arena = b->arena, .item = tree};
    const cyn_value *exprs = field_array(&f, "exprs"), *views = field_array(&f, "views");
    const cyn_value *aggs = field_array(&f, "aggs"), *formulas = field_array(&f, "formulas");
    const cyn_value *metrics = field_array(&f, "metrics"), *errors = field_array(&f, "errors");
    if (tree->kind != CYN_VALUE_MAP) wrong(&f, "exprs");
    if (!fields_ok(&f)) return bad_item(b, "catalog", 0, f.bad);
    b->exprs = CYN_NEW_ARRAY(b->arena, exprs->n + 1, const cyn_expr *);
    b->expr_extent = CYN_NEW_ARRAY(b->arena, exprs->n + 1, extent);
    b->views = CYN_NEW_ARRAY(b->arena, views->n + 1, const cyn_view *);
    b->aggs = CYN_NEW_ARRAY(b->arena, aggs->n + 1, const cyn_agg *);
    b->formulas = CYN_NEW_ARRAY(b->arena, formulas->n + 1, const cyn_formula *);
    b->formula_extent = CYN_NEW_ARRAY(b->arena, formulas->n + 1, extent);
    if (!b->exprs || !b->expr_extent || !b->views || !b->aggs || !b->formulas || !b->formula_extent)
        return cyn_nomem(b->err);
    CYN_TRY(read_list(b, exprs, read_expr));
    CYN_TRY(read_list(b, views, read_view));
    CYN_TRY(read_list(b, aggs, read_agg));
    CYN_TRY(read_list(b, formulas, read_formula));
    CYN_TRY(read_metrics(b, metrics));
    CYN_TRY(check_references(b));
    b->out->pub.aggs = b->aggs;
    b->out->pub.naggs = b->naggs;
    return read_errors(b, errors);
}

cyn_code cyn_catalog_read(const uint8_t *data, size_t n, cyn_catalog **out, cyn_err *err)
{
    if (n > MAX_MESSAGE)
        return cyn_fail(err, CYN_E_WORKER, "the script worker's catalog has %zu bytes, at most %zu",
                        n, MAX_MESSAGE);
    cyn_code rc = CYN_OK;
    const cyn_value *tree;
    cyn_arena *arena = cyn_arena_new(MEMORY_FACTOR * n + ((size_t)1 << 20));
    if (!arena) return cyn_nomem(err);
    build b = {.arena = arena, .err = err, .out = CYN_NEW(arena, catalog)};
    rc = b.out ? CYN_OK : cyn_nomem(err);
    if (rc == CYN_OK) rc = cyn_wire_read(data, n, arena, &tree, err);
    if (rc == CYN_OK) rc = read_catalog(&b, tree);
    if (rc != CYN_OK) {
        cyn_arena_free(arena);
        return rc;
    }
    b.out->pub.arena = arena;
    *out = &b.out->pub;
    return CYN_OK;
}

void cyn_catalog_free(cyn_catalog *c)
{
    if (c) cyn_arena_free(c->arena);
}

const cyn_metric *cyn_catalog_metric(const cyn_catalog *c, const char *name)
{
    const catalog *impl = (const catalog *)c; /* pub is its first member */
    const cyn_metric wanted = {.name = name}, *key = &wanted;
    const cyn_metric *const *found =
        bsearch(&key, impl->by_name, c->nmetrics, sizeof *impl->by_name, by_name);
    return found ? *found : NULL;
}
