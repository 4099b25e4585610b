/* Formulas: what is computed from aggregates and other metrics. */
#include "catalog/catalog_impl.h"
#include <string.h>

static const char *const formula_kinds[] = {"const",  "agg",  "metric", "op", "call",
                                            "window", "fold", "script", NULL};
static const char *const op_names[] = {"+", "-", "*", "/", "^", "%", "neg", NULL};

/* The formulas before this one that it is made of: a, and b where there are two. */
static extent read_operands(build *b, fields *f, bool two, cyn_formula *out)
{
    size_t left = field_index(f, "a", b->nformulas), right = 0;
    if (two) right = field_index(f, "b", b->nformulas);
    if (!fields_ok(f)) return (extent){0};
    out->a = b->formulas[left];
    out->b = two ? b->formulas[right] : NULL;
    extent x = extent_join(b->formula_extent[left], two ? b->formula_extent[right] : (extent){0});
    if (!extent_fits(x)) field_wrong(f, "a");
    return x;
}

static extent read_op(build *b, fields *f, cyn_formula *out)
{
    out->op = (cyn_op)field_word(f, "op", op_names, -1);
    return read_operands(b, f, out->op != CYN_NEG, out);
}

static extent read_call(build *b, fields *f, cyn_formula *out)
{
    out->call = (cyn_call)field_word(f, "call", cyn_call_names, -1);
    return read_operands(b, f, cyn_call_is_binary(out->call), out);
}

static const char *const window_names[] = {"rolling", "to_date", "cumulative", "offset", NULL};
static const char *const unit_names[] = {"all",   "minute",  "hour", "day", "week",
                                         "month", "quarter", "year", NULL};

static cyn_window read_window(fields *f)
{
    cyn_window w = {.kind = (cyn_window_kind)field_word(f, "window", window_names, -1),
                    .unit = (cyn_grain_unit)field_word(f, "unit", unit_names, -1)};
    int most = w.kind == CYN_ROLLING || w.kind == CYN_OFFSET ? CYN_CATALOG_UNITS : 1;
    w.n = (int)field_integer(f, "n", w.kind == CYN_OFFSET ? -most : 1, most);
    bool fits = true;
    switch (w.kind) {
    case CYN_ROLLING: fits = w.unit != CYN_ALL; break;
    case CYN_TO_DATE: fits = w.unit >= CYN_WEEK; break;
    case CYN_CUMULATIVE: fits = w.unit == CYN_ALL; break;
    case CYN_OFFSET: fits = (w.unit == CYN_ALL || w.unit >= CYN_DAILY) && w.n != 0; break;
    }
    if (!fits) field_wrong(f, "unit");
    return w;
}

static cyn_agg_func read_fold(fields *f)
{
    static const char *const names[] = {"mean", "sum", "min", "max", NULL};
    static const cyn_agg_func funcs[] = {CYN_MEAN, CYN_SUM, CYN_MIN, CYN_MAX};
    return funcs[field_word(f, "fold", names, -1)];
}

/* A window counts its formula once; a fold as often as it computes it. */
static extent read_over_time(build *b, fields *f, cyn_formula *out)
{
    uint64_t times = 1;
    if (out->kind == CYN_FORMULA_WINDOW) {
        out->window = read_window(f);
    } else {
        out->fold = read_fold(f);
        out->n = (int)field_integer(f, "n", 1, CYN_CATALOG_PERIODS);
        times = (uint64_t)out->n;
    }
    size_t inner = field_index(f, "a", b->nformulas);
    if (!fields_ok(f)) return (extent){0};
    out->a = b->formulas[inner];
    extent below = b->formula_extent[inner];
    extent x = {below.depth + 1, (uint32_t)(1 + times * below.size)};
    if (!extent_fits(x)) field_wrong(f, "a");
    return x;
}

/* The metrics that a function names, as references with a place of their own. */
static cyn_code read_reads(build *b, fields *f, cyn_place place, cyn_function *out)
{
    const cyn_value *list = field_array(f, "reads");
    const cyn_formula **reads = CYN_NEW_ARRAY(b->arena, list->n + 1, const cyn_formula *);
    cyn_formula *items = CYN_NEW_ARRAY(b->arena, list->n + 1, cyn_formula);
    if (!reads || !items) return cyn_nomem(b->err);
    if (list->n > CYN_CATALOG_SIZE) field_wrong(f, "reads");
    for (size_t i = 0; i < list->n; i++) {
        fields r = {.arena = b->arena, .item = &list->items[i]};
        items[i] = (cyn_formula){.kind = CYN_FORMULA_METRIC, .place = place};
        items[i].metric = field_text(&r, "metric", true);
        items[i].place.line = (int)field_integer(&r, "line", 0, INT32_MAX);
        items[i].place.column = 0;
        if (!fields_ok(&r)) field_wrong(f, "reads");
        reads[i] = &items[i];
    }
    out->reads = reads;
    out->nreads = list->n;
    return CYN_OK;
}

static bool is_digest(const char *s)
{
    return strspn(s, "0123456789abcdef") == 64 && !s[64];
}

cyn_code cyn_catalog_function(build *b, fields *f, cyn_function **out)
{
    cyn_function *fn = CYN_NEW(b->arena, cyn_function);
    if (!fn) return cyn_nomem(b->err);
    fn->handle = field_handle(b, f, "handle");
    fn->digest = field_text(f, "digest", true);
    fn->text = field_text(f, "text", true);
    if (!is_digest(fn->digest)) field_wrong(f, "digest");
    *out = fn;
    return CYN_OK;
}

static cyn_code read_function(build *b, fields *f, cyn_formula *out)
{
    cyn_function *fn = NULL;
    CYN_TRY(cyn_catalog_function(b, f, &fn));
    out->function = fn;
    return read_reads(b, f, out->place, fn);
}

/* Whether an identity may be such a formula; what it is made of has been seen before it. */
static bool is_made(const build *b, fields *f, const cyn_formula *formula)
{
    switch (formula->kind) {
    case CYN_FORMULA_CONST:
    case CYN_FORMULA_METRIC: return true;
    case CYN_FORMULA_OP:
    case CYN_FORMULA_CALL:
    case CYN_FORMULA_WINDOW: break;
    default: return false;
    }
    return b->formula_made[field_index(f, "a", b->nformulas)] &&
           (!formula->b || b->formula_made[field_index(f, "b", b->nformulas)]);
}

cyn_code cyn_catalog_formula(build *b, const cyn_value *item, size_t i)
{
    fields f = {.arena = b->arena, .item = item};
    cyn_formula *out = CYN_NEW(b->arena, cyn_formula);
    if (!out) return cyn_nomem(b->err);
    out->kind = (cyn_formula_kind)field_word(&f, "kind", formula_kinds, -1);
    out->place = field_place(&f);
    extent x = {1, 1};
    switch (out->kind) {
    case CYN_FORMULA_CONST: {
        cyn_const c = field_const(&f, "value");
        if (c.kind == CYN_CONST_INTEGER)
            out->value = cyn_num_integer(c.i);
        else if (c.kind == CYN_CONST_REAL)
            out->value = cyn_num_real(c.r);
        else
            field_wrong(&f, "value");
        break;
    }
    case CYN_FORMULA_AGG:
        out->agg = (uint32_t)(b->first_agg + field_index(&f, "agg", b->naggs));
        break;
    case CYN_FORMULA_METRIC: out->metric = field_text(&f, "metric", true); break;
    case CYN_FORMULA_OP: x = read_op(b, &f, out); break;
    case CYN_FORMULA_CALL: x = read_call(b, &f, out); break;
    case CYN_FORMULA_WINDOW:
    case CYN_FORMULA_FOLD: x = read_over_time(b, &f, out); break;
    case CYN_FORMULA_SCRIPT: CYN_TRY(read_function(b, &f, out)); break;
    }
    if (!fields_ok(&f)) return cyn_catalog_bad(b, "formula", i, f.bad);
    b->formula_extent[i] = x;
    b->formula_made[i] = is_made(b, &f, out);
    b->formulas[b->nformulas++] = out;
    return CYN_OK;
}
