#include "catalog/catalog.h"
#include "base/text.h"
#include "catalog/catalog_impl.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Fields ---- */

const cyn_value *field_get(const fields *f, const char *key)
{
    return cyn_value_get(f->item, key);
}

const char *field_text(fields *f, const char *key, bool required)
{
    const cyn_value *v = field_get(f, key);
    if (v->kind == CYN_VALUE_NIL && !required) return NULL;
    if (v->kind == CYN_VALUE_TEXT && strlen(v->s) == v->n) return v->s;
    field_wrong(f, key);
    return "";
}

int64_t field_integer(fields *f, const char *key, int64_t least, int64_t most)
{
    const cyn_value *v = field_get(f, key);
    if (v->kind == CYN_VALUE_INTEGER && v->i >= least && v->i <= most) return v->i;
    field_wrong(f, key);
    return least;
}

double field_real(fields *f, const char *key)
{
    const cyn_value *v = field_get(f, key);
    if (v->kind == CYN_VALUE_INTEGER) return (double)v->i;
    if (v->kind == CYN_VALUE_REAL && isfinite(v->r)) return v->r;
    field_wrong(f, key);
    return 0;
}

bool field_boolean(fields *f, const char *key)
{
    const cyn_value *v = field_get(f, key);
    if (v->kind != CYN_VALUE_BOOLEAN && v->kind != CYN_VALUE_NIL) field_wrong(f, key);
    return v->kind == CYN_VALUE_BOOLEAN && v->i;
}

int field_word(fields *f, const char *key, const char *const *names, int absent)
{
    const char *word = field_text(f, key, absent < 0);
    if (!word) return absent;
    for (int i = 0; names[i] && *word; i++)
        if (!strcmp(names[i], word)) return i;
    field_wrong(f, key);
    return 0;
}

const cyn_value *field_array(fields *f, const char *key)
{
    static const cyn_value none = {.kind = CYN_VALUE_ARRAY};
    const cyn_value *v = field_get(f, key);
    if (v->kind == CYN_VALUE_ARRAY) return v;
    if (v->kind != CYN_VALUE_NIL && (v->kind != CYN_VALUE_MAP || v->n > 0)) field_wrong(f, key);
    return &none;
}

const char *const *field_texts(fields *f, const char *key, size_t *n)
{
    const cyn_value *list = field_array(f, key);
    const char **texts = CYN_NEW_ARRAY(f->arena, list->n + 1, const char *);
    for (size_t i = 0; texts && i < list->n; i++) {
        texts[i] = list->items[i].s;
        if (list->items[i].kind != CYN_VALUE_TEXT || strlen(texts[i]) != list->items[i].n) {
            texts[i] = "";
            field_wrong(f, key);
        }
    }
    *n = texts ? list->n : 0;
    return texts;
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

size_t field_index(fields *f, const char *key, size_t n)
{
    if (n > 0) return (size_t)field_integer(f, key, 1, (int64_t)n) - 1;
    field_wrong(f, key);
    return 0;
}

cyn_const field_const(fields *f, const char *key)
{
    const cyn_value *v = field_get(f, key);
    switch (v->kind) {
    case CYN_VALUE_BOOLEAN: return (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = v->i};
    case CYN_VALUE_INTEGER: return (cyn_const){.kind = CYN_CONST_INTEGER, .i = v->i};
    case CYN_VALUE_REAL:
        if (!isfinite(v->r)) field_wrong(f, key);
        return (cyn_const){.kind = CYN_CONST_REAL, .r = v->r};
    case CYN_VALUE_TEXT: return (cyn_const){.kind = CYN_CONST_TEXT, .s = v->s, .n = v->n};
    default: field_wrong(f, key); return (cyn_const){0};
    }
}

bool field_given(const fields *f, const char *key)
{
    return field_get(f, key)->kind != CYN_VALUE_NIL;
}

uint32_t field_handle(const build *b, fields *f, const char *key)
{
    uint32_t local = (uint32_t)field_integer(f, key, 1, CYN_HANDLE_MOST);
    return b->part << CYN_HANDLE_BITS | local;
}

cyn_code cyn_catalog_bad(const build *b, const char *list, size_t i, const char *field)
{
    return cyn_fail(b->err, CYN_E_WORKER,
                    "the script worker's catalog is malformed: field '%s' of %s %zu", field, list,
                    i + 1);
}

/* ---- Metrics ---- */

static cyn_code read_drivers(build *b, const cyn_value *list, size_t metric, cyn_metric *out)
{
    cyn_driver *drivers = CYN_NEW_ARRAY(b->arena, list->n, cyn_driver);
    if (list->n && !drivers) return cyn_nomem(b->err);
    for (size_t i = 0; i < list->n; i++) {
        fields f = {.arena = b->arena, .item = &list->items[i]};
        drivers[i].metric = field_text(&f, "metric", true);
        drivers[i].direction = (cyn_direction)field_word(&f, "direction", cyn_direction_names, -1);
        if (!fields_ok(&f)) return cyn_catalog_bad(b, "metric", metric, f.bad);
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
    size_t formula = field_index(&f, "formula", b->nformulas);
    if (!cyn_catalog_sheet(&f, &out->sheet)) return cyn_nomem(b->err);
    if (!cyn_is_identifier(out->name)) field_wrong(&f, "name");
    CYN_TRY(read_drivers(b, field_array(&f, "drivers"), i, out));
    if (!fields_ok(&f)) return cyn_catalog_bad(b, "metric", i, f.bad);
    out->formula = b->formulas[formula];
    CYN_TRY(cyn_catalog_parts(b, &f, out));
    return fields_ok(&f) ? CYN_OK : cyn_catalog_bad(b, "metric", i, f.bad);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static cyn_code read_metrics(build *b, const cyn_value *list, part *out)
{
    out->metrics = CYN_NEW_ARRAY(b->arena, list->n + 1, cyn_metric);
    const char **names = CYN_NEW_ARRAY(b->arena, list->n + 1, const char *);
    if (!out->metrics || !names) return cyn_nomem(b->err);
    for (size_t i = 0; i < list->n; i++) {
        CYN_TRY(read_metric(b, &list->items[i], i, &out->metrics[i]));
        names[i] = out->metrics[i].name;
    }
    qsort(names, list->n, sizeof *names, by_text);
    for (size_t i = 1; i < list->n; i++)
        if (!strcmp(names[i - 1], names[i])) return cyn_catalog_bad(b, "metric", i, "name");
    out->nmetrics = list->n;
    return CYN_OK;
}

/* ---- A whole part ---- */

static cyn_code read_errors(build *b, const cyn_value *list, part *out)
{
    cyn_err *errors = CYN_NEW_ARRAY(b->arena, list->n, cyn_err);
    if (list->n && !errors) return cyn_nomem(b->err);
    for (size_t i = 0; i < list->n; i++)
        if (!cyn_value_error(&list->items[i], &errors[i]))
            return cyn_catalog_bad(b, "error", i, "message");
    out->errors = errors;
    out->nerrors = list->n;
    return CYN_OK;
}

typedef cyn_code read_item(build *b, const cyn_value *item, size_t i);

static cyn_code read_list(build *b, const cyn_value *list, read_item *read)
{
    for (size_t i = 0; i < list->n; i++)
        CYN_TRY(read(b, &list->items[i], i));
    return CYN_OK;
}

static cyn_code read_lists(build *b, const cyn_value *tree, const char *pack, part *out)
{
    fields f = {.arena = b->arena, .item = tree};
    const cyn_value *exprs = field_array(&f, "exprs"), *views = field_array(&f, "views");
    b->relation_items = field_array(&f, "relations");
    const cyn_value *aggs = field_array(&f, "aggs"), *formulas = field_array(&f, "formulas");
    const cyn_value *metrics = field_array(&f, "metrics"), *rules = field_array(&f, "rules");
    const cyn_value *cases = field_array(&f, "cases"), *errors = field_array(&f, "errors");
    if (tree->kind != CYN_VALUE_MAP) field_wrong(&f, "exprs");
    if (!fields_ok(&f)) return cyn_catalog_bad(b, "catalog", 0, f.bad);
    b->exprs = CYN_NEW_ARRAY(b->arena, exprs->n + 1, const cyn_expr *);
    b->expr_extent = CYN_NEW_ARRAY(b->arena, exprs->n + 1, extent);
    b->views = CYN_NEW_ARRAY(b->arena, views->n + 1, const cyn_view *);
    b->view_nested = CYN_NEW_ARRAY(b->arena, views->n + 1, int);
    b->relations = CYN_NEW_ARRAY(b->arena, b->relation_items->n + 1, const cyn_relation *);
    b->relation_nested = CYN_NEW_ARRAY(b->arena, b->relation_items->n + 1, int);
    b->aggs = CYN_NEW_ARRAY(b->arena, aggs->n + 1, const cyn_agg *);
    b->formulas = CYN_NEW_ARRAY(b->arena, formulas->n + 1, const cyn_formula *);
    b->formula_extent = CYN_NEW_ARRAY(b->arena, formulas->n + 1, extent);
    b->formula_made = CYN_NEW_ARRAY(b->arena, formulas->n + 1, bool);
    if (!b->exprs || !b->expr_extent || !b->views || !b->view_nested || !b->relations ||
        !b->relation_nested || !b->aggs || !b->formulas || !b->formula_extent || !b->formula_made)
        return cyn_nomem(b->err);
    CYN_TRY(read_list(b, exprs, cyn_catalog_expr));
    CYN_TRY(read_list(b, views, cyn_catalog_view));
    CYN_TRY(read_list(b, aggs, cyn_catalog_agg));
    CYN_TRY(read_list(b, formulas, cyn_catalog_formula));
    CYN_TRY(read_metrics(b, metrics, out));
    CYN_TRY(cyn_catalog_rules(b, rules, pack, out));
    CYN_TRY(cyn_catalog_cases(b, cases, out));
    out->aggs = b->aggs;
    out->naggs = b->naggs;
    return read_errors(b, errors, out);
}

cyn_code cyn_catalog_read_part(const cyn_catalog_part *message, uint32_t number, size_t first_agg,
                               cyn_arena *arena, part *out, cyn_err *err)
{
    const cyn_value *tree;
    const char *pack = message->pack ? cyn_strdup(arena, message->pack) : NULL;
    part p = {0};
    build b = {.arena = arena, .err = err, .part = number, .first_agg = first_agg};
    if (message->pack && !pack) return cyn_nomem(err);
    CYN_TRY(cyn_wire_read(message->data, message->size, arena, &tree, err));
    CYN_TRY(read_lists(&b, tree, pack, &p));
    *out = p;
    return CYN_OK;
}
