#include "base/arena.h"
#include "base/hash.h"
#include "base/text.h"
#include "metric/metric.h"
#include "plan/expr.h"
#include <string.h>

/* ---- the formula as text ---- */

typedef struct definer {
    cyn_metric *const *metrics;
    const size_t *by_name;
    size_t n;
    const cyn_agg *const *aggs;
} definer;

typedef struct writer {
    const cyn_agg *const *aggs;
    cyn_style style;
    const definer *known; /* CYN_CANONICAL: references stand as definitions */
    cyn_buf *out;
} writer;

/* How tightly an operator binds in Lua. What is called with a method must not be looser, so that a
 * number stands in parentheses. */
#define METHOD 6
static int tightness(const cyn_formula *f)
{
    static const int of[] = {[CYN_ADD] = 1, [CYN_SUB] = 1, [CYN_MUL] = 2, [CYN_DIV] = 2,
                             [CYN_MOD] = 2, [CYN_NEG] = 3, [CYN_POW] = 4};
    if (f->kind == CYN_FORMULA_OP) return of[f->op];
    if (f->kind != CYN_FORMULA_CONST) return METHOD;
    return cyn_num_double(f->value) < 0 ? of[CYN_NEG] : 5;
}

static size_t find_metric(const definer *d, const char *name)
{
    return cyn_metric_find((const cyn_metric *const *)d->metrics, d->by_name, d->n, name);
}

static void write_const(const writer *w, cyn_num value)
{
    cyn_const real = {.kind = CYN_CONST_REAL, .r = value.r};
    if (value.kind == CYN_NUM_REAL) {
        cyn_const_text(&real, w->out); /* 3.0 is not 3: an integer stays exact */
    } else if (value.kind == CYN_NUM_MISSING) {
        cyn_buf_puts(w->out, "nil");
    } else {
        cyn_buf_num(w->out, value);
    }
}

static void write_formula(const writer *w, const cyn_formula *f);

static void write_operand(const writer *w, const cyn_formula *f, int needed)
{
    bool paren = tightness(f) < needed;
    if (paren) cyn_buf_putc(w->out, '(');
    write_formula(w, f);
    if (paren) cyn_buf_putc(w->out, ')');
}

static void write_op(const writer *w, const cyn_formula *f)
{
    static const char *const signs[] = {[CYN_ADD] = " + ", [CYN_SUB] = " - ", [CYN_MUL] = " * ",
                                        [CYN_DIV] = " / ", [CYN_MOD] = " % ", [CYN_POW] = " ^ "};
    int own = tightness(f);
    if (f->op == CYN_NEG) {
        cyn_buf_putc(w->out, '-');
        write_operand(w, f->a, own + 1); /* never "--": that begins a comment */
        return;
    }
    /* All but ^ group to the left. */
    write_operand(w, f->a, f->op == CYN_POW ? own + 1 : own);
    cyn_buf_puts(w->out, signs[f->op]);
    write_operand(w, f->b, f->op == CYN_POW ? own : own + 1);
}

static void write_call(const writer *w, const cyn_formula *f)
{
    cyn_buf_printf(w->out, "%s(", cyn_call_names[f->call]);
    write_formula(w, f->a);
    if (f->b) {
        cyn_buf_puts(w->out, ", ");
        write_formula(w, f->b);
    }
    cyn_buf_putc(w->out, ')');
}

/* A short function reads as it is written; of a long one its place is enough. */
#define FUNCTION_TEXT 160
static void write_function(const writer *w, const cyn_formula *f)
{
    const cyn_function *fn = f->function;
    if (w->style != CYN_CANONICAL) {
        if (strlen(fn->text) <= FUNCTION_TEXT && !strchr(fn->text, '\n'))
            cyn_buf_puts(w->out, fn->text);
        else
            cyn_buf_printf(w->out, "function at %s:%d", f->place.file ? f->place.file : "?",
                           f->place.line);
        return;
    }
    cyn_buf_printf(w->out, "function:%s(", fn->digest);
    for (size_t i = 0; i < fn->nreads; i++) {
        if (i) cyn_buf_puts(w->out, ", ");
        write_formula(w, fn->reads[i]);
    }
    cyn_buf_putc(w->out, ')');
}

/* Windows and folds read as the calls that made them: revenue:rolling '28d'. */
static void write_window(const writer *w, cyn_window window)
{
    static const char *const suffixes[] = {"", "min", "h", "d", "w", "m", "q", "y"};
    static const char *const units[] = {"",     "minute", "hour",    "day",
                                        "week", "month",  "quarter", "year"};
    switch (window.kind) {
    case CYN_ROLLING:
        cyn_buf_printf(w->out, ":rolling '%d%s'", window.n, suffixes[window.unit]);
        break;
    case CYN_TO_DATE: cyn_buf_printf(w->out, ":to_date '%s'", units[window.unit]); break;
    case CYN_CUMULATIVE: cyn_buf_puts(w->out, ":cumulative()"); break;
    case CYN_OFFSET:
        cyn_buf_printf(w->out, ":offset(%d", window.n);
        if (window.unit != CYN_ALL) cyn_buf_printf(w->out, ", '%s'", units[window.unit]);
        cyn_buf_putc(w->out, ')');
        break;
    }
}

static void write_formula(const writer *w, const cyn_formula *f)
{
    switch (f->kind) {
    case CYN_FORMULA_CONST: write_const(w, f->value); break;
    case CYN_FORMULA_AGG: cyn_agg_text(w->aggs[f->agg], w->style, w->out); break;
    case CYN_FORMULA_METRIC:
        if (w->style == CYN_CANONICAL) {
            size_t i = find_metric(w->known, f->metric);
            cyn_buf_printf(w->out, "metric:%s", w->known->metrics[i]->definition);
        } else {
            cyn_buf_lua_name(w->out, f->metric);
        }
        break;
    case CYN_FORMULA_OP: write_op(w, f); break;
    case CYN_FORMULA_CALL: write_call(w, f); break;
    case CYN_FORMULA_WINDOW:
        write_operand(w, f->a, METHOD);
        write_window(w, f->window);
        break;
    case CYN_FORMULA_FOLD:
        write_operand(w, f->a, METHOD);
        cyn_buf_printf(w->out, ":over(%d, '%s')", f->n, cyn_agg_names[f->fold]);
        break;
    case CYN_FORMULA_SCRIPT: write_function(w, f); break;
    }
}

cyn_code cyn_formula_text(const cyn_formula *f, const cyn_agg *const *aggs, cyn_buf *out,
                          cyn_err *err)
{
    writer w = {.aggs = aggs, .style = CYN_WORDS, .out = out};
    write_formula(&w, f);
    return cyn_buf_check(out, err);
}

/* ---- definitions ---- */

/* The metrics being defined, innermost first. */
typedef struct path {
    const struct path *up;
    size_t which;
    int chain, depth; /* how deep its formula stands in those above */
} path;

static void path_text(const definer *d, const path *p, size_t stop, cyn_buf *b)
{
    if (p->which != stop) path_text(d, p->up, stop, b);
    cyn_buf_printf(b, "%s → ", d->metrics[p->which]->name);
}

static cyn_code fail_circle(const definer *d, const path *p, size_t which,
                            const cyn_formula *reference, cyn_err *err)
{
    cyn_buf names = {0};
    path_text(d, p, which, &names);
    cyn_buf_puts(&names, d->metrics[which]->name);
    cyn_code rc = cyn_buf_check(&names, err);
    if (rc == CYN_OK) {
        rc = cyn_fail_at(err, CYN_E_CONFLICT, reference->place.file, reference->place.line,
                         reference->place.column, "metric %s goes in a circle", names.data);
    }
    cyn_buf_clear(&names);
    return rc;
}

static cyn_code fail_unknown(const definer *d, const cyn_formula *reference, cyn_err *err)
{
    const cyn_place at = reference->place;
    cyn_fail_at(err, CYN_E_NAME, at.file, at.line, at.column, "there is no metric '%s'",
                reference->metric);
    const char **names = cyn_calloc(d->n + 1, sizeof *names);
    if (!names) return CYN_E_NAME;
    for (size_t i = 0; i < d->n; i++)
        names[i] = d->metrics[i]->name;
    const char *near = cyn_nearest(reference->metric, names, d->n);
    if (near) cyn_hint(err, "did you mean '%s'?", near);
    cyn_free(names);
    return CYN_E_NAME;
}

static cyn_code fail_weight(const cyn_metric *m, cyn_weight w, cyn_err *err)
{
    const cyn_place at = m->place;
    cyn_fail_at(err, CYN_E_LIMIT, at.file, at.line, at.column, "metric '%s' %s", m->name,
                w.chain > CYN_METRIC_CHAIN
                    ? "stands on too many other metrics in a row, at most 200"
                : w.depth > CYN_METRIC_DEPTH ? "has formulas nested more than 2,000 deep"
                                             : "takes more than a million steps to compute");
    if (w.cost > CYN_METRIC_COST)
        cyn_hint(err, "over(n, …) and repeated metrics multiply the work");
    return CYN_E_LIMIT;
}

/* Without the limit of cost, a = b + b, b = c + c, … would double the work with each line. */
static bool too_heavy(cyn_weight w)
{
    return w.chain > CYN_METRIC_CHAIN || w.depth > CYN_METRIC_DEPTH || w.cost > CYN_METRIC_COST;
}

static cyn_code define(const definer *d, const path *p, cyn_err *err);

static cyn_code define_reference(const definer *d, const path *p, const cyn_formula *f, int depth,
                                 cyn_err *err)
{
    path next = {
        .up = p, .which = find_metric(d, f->metric), .chain = p->chain + 1, .depth = depth + 1};
    if (next.which == CYN_NO_METRIC) return fail_unknown(d, f, err);
    if (d->metrics[next.which]->definition[0]) return CYN_OK;
    for (const path *q = p; q; q = q->up) {
        if (q->which == next.which) return fail_circle(d, p, next.which, f, err);
    }
    cyn_weight above = {.chain = next.chain, .depth = next.depth};
    if (too_heavy(above)) return fail_weight(d->metrics[p->which], above, err);
    cyn_code rc = define(d, &next, err);
    /* The error is another metric's; a circle names all that are in it. */
    if (rc != CYN_OK && rc != CYN_E_CONFLICT && !p->up)
        cyn_context(err, "metric '%s' needs '%s'", d->metrics[p->which]->name, f->metric);
    return rc;
}

static cyn_code define_references(const definer *d, const path *p, const cyn_formula *f, int depth,
                                  cyn_err *err)
{
    if (f->kind == CYN_FORMULA_METRIC) return define_reference(d, p, f, depth, err);
    if (f->kind == CYN_FORMULA_SCRIPT) {
        for (size_t i = 0; i < f->function->nreads; i++)
            CYN_TRY(define_reference(d, p, f->function->reads[i], depth + 1, err));
    }
    if (f->a) CYN_TRY(define_references(d, p, f->a, depth + 1, err));
    return f->b ? define_references(d, p, f->b, depth + 1, err) : CYN_OK;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static cyn_weight weigh(const definer *d, const cyn_formula *f);

/* A function is computed once for each point, however often it is asked for. */
static cyn_weight weigh_function(const definer *d, const cyn_function *fn)
{
    cyn_weight all = {.free = true};
    for (size_t i = 0; i < fn->nreads; i++) {
        cyn_weight w = weigh(d, fn->reads[i]);
        all.chain = larger(all.chain, w.chain);
        all.depth = larger(all.depth, w.depth);
    }
    return all;
}

/* All metrics that the formula refers to are defined. */
static cyn_weight weigh(const definer *d, const cyn_formula *f)
{
    cyn_weight a = {0}, b = {0};
    if (f->kind == CYN_FORMULA_METRIC) {
        a = d->metrics[find_metric(d, f->metric)]->weight;
    } else if (f->kind == CYN_FORMULA_SCRIPT) {
        a = weigh_function(d, f->function);
    } else {
        if (f->a) a = weigh(d, f->a);
        if (f->b) b = weigh(d, f->b);
    }
    double times = f->kind == CYN_FORMULA_FOLD ? f->n : 1;
    return (cyn_weight){.chain = larger(a.chain, b.chain),
                        .depth = 1 + larger(a.depth, b.depth),
                        .cost = 1 + times * a.cost + b.cost,
                        .free = a.free || b.free};
}

/* What a function makes of a period says nothing about 28 days that end with it. */
static cyn_code check_windows(const definer *d, const cyn_formula *f, cyn_err *err)
{
    if (!f) return CYN_OK;
    bool stretches = f->kind == CYN_FORMULA_WINDOW && f->window.kind != CYN_OFFSET;
    if (stretches && weigh(d, f->a).free) {
        cyn_fail_at(err, CYN_E_UNSUPPORTED, f->place.file, f->place.line, f->place.column,
                    "a window over a metric that is a function: it has values of periods only");
        cyn_hint(err, "over(n, \"mean\") folds values of periods, offset(-1) is that of another");
        return CYN_E_UNSUPPORTED;
    }
    CYN_TRY(check_windows(d, f->a, err));
    return check_windows(d, f->b, err);
}

static cyn_code define(const definer *d, const path *p, cyn_err *err)
{
    cyn_metric *m = d->metrics[p->which];
    CYN_TRY(define_references(d, p, m->formula, p->depth, err));
    cyn_weight weight = weigh(d, m->formula);
    weight.chain++;
    if (too_heavy(weight)) return fail_weight(m, weight, err);
    if (weight.free) CYN_TRY(check_windows(d, m->formula, err));
    cyn_buf text = {0};
    writer w = {.aggs = d->aggs, .style = CYN_CANONICAL, .known = d, .out = &text};
    write_formula(&w, m->formula);
    cyn_code rc = cyn_buf_check(&text, err);
    if (rc == CYN_OK) {
        cyn_sha256 hash = cyn_sha256_of(text.data, text.len);
        cyn_hex(hash.bytes, sizeof hash.bytes, m->definition);
        m->weight = weight;
    }
    cyn_buf_clear(&text);
    return rc;
}

cyn_code cyn_metric_define(cyn_metric *const *metrics, const size_t *by_name, size_t n,
                           size_t which, const cyn_agg *const *aggs, cyn_err *err)
{
    definer d = {.metrics = metrics, .by_name = by_name, .n = n, .aggs = aggs};
    path start = {.which = which};
    return metrics[which]->definition[0] ? CYN_OK : define(&d, &start, err);
}
