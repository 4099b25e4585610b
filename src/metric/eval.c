#include "metric/metric.h"
#include <stdio.h>

/* An error without a place gets that of the operation where it happened. */
static cyn_code at_place(cyn_code code, const cyn_formula *f, cyn_err *err)
{
    if (code == CYN_OK || !err || err->file[0] || !f->place.file) return code;
    snprintf(err->file, sizeof err->file, "%s", f->place.file);
    err->line = f->place.line;
    err->column = f->place.column;
    return code;
}

static bool reads_data(const cyn_formula *f)
{
    switch (f->kind) {
    case CYN_FORMULA_CONST: return false;
    case CYN_FORMULA_AGG:
    case CYN_FORMULA_SCRIPT:
    case CYN_FORMULA_METRIC: return true;
    default: return reads_data(f->a) || (f->b && reads_data(f->b));
    }
}

static cyn_code eval_op(const cyn_formula *f, const cyn_formula_env *env, cyn_cell *out,
                        cyn_err *err)
{
    cyn_cell a = {0}, b = {0};
    CYN_TRY(cyn_formula_eval(f->a, env, &a, err));
    if (f->b) CYN_TRY(cyn_formula_eval(f->b, env, &b, err));
    cyn_cell cell = {.rows = a.rows > b.rows ? a.rows : b.rows};
    CYN_TRY(at_place(cyn_num_op(f->op, a.value, b.value, &cell.value, err), f, err));
    if (f->op == CYN_DIV) {
        cell.numerator = a.value;
        cell.denominator = b.value;
        /* count / 7 has no rows below: there the numerator's say how much was seen. */
        if (reads_data(f->b)) cell.rows = b.rows;
    }
    *out = cell;
    return CYN_OK;
}

static cyn_code eval_call(const cyn_formula *f, const cyn_formula_env *env, cyn_cell *out,
                          cyn_err *err)
{
    cyn_cell a = {0}, b = {0};
    CYN_TRY(cyn_formula_eval(f->a, env, &a, err));
    if (f->b) CYN_TRY(cyn_formula_eval(f->b, env, &b, err));
    cyn_cell cell = {.rows = a.rows > b.rows ? a.rows : b.rows};
    CYN_TRY(at_place(cyn_num_call(f->call, a.value, b.value, &cell.value, err), f, err));
    *out = cell;
    return CYN_OK;
}

/* The parts of an inner operation are overwritten or dropped by the outer one, so that only those
 * of a top-level division come out. */
cyn_code cyn_formula_eval(const cyn_formula *f, const cyn_formula_env *env, cyn_cell *out,
                          cyn_err *err)
{
    switch (f->kind) {
    case CYN_FORMULA_CONST: *out = (cyn_cell){.value = f->value}; return CYN_OK;
    case CYN_FORMULA_AGG: return at_place(env->agg(env->self, f->agg, out, err), f, err);
    case CYN_FORMULA_METRIC: return at_place(env->metric(env->self, f->metric, out, err), f, err);
    case CYN_FORMULA_WINDOW:
    case CYN_FORMULA_FOLD: return at_place(env->over_time(env->self, f, out, err), f, err);
    case CYN_FORMULA_SCRIPT: return at_place(env->script(env->self, f, out, err), f, err);
    case CYN_FORMULA_CALL: return eval_call(f, env, out, err);
    case CYN_FORMULA_OP: break;
    }
    return eval_op(f, env, out, err);
}
