#include "tree/formula.h"
#include "tree/formula_impl.h"
#include <math.h>
#include <string.h>

/* The program in post order. Of two operands the one that needs more of the stack comes first, so
 * that a stack of this height is enough for more than 2^60 steps. */
#define STACK 64

typedef enum step_kind { STEP_INPUT, STEP_CONST, STEP_OP, STEP_CALL } step_kind;

typedef struct step {
    step_kind kind;
    int what;     /* OP, CALL: which one */
    bool binary;  /* two operands */
    bool swapped; /* the second of them was computed first */
    size_t input;
    double value;
} step;

struct cyn_program {
    size_t inputs, count;
    step *steps;
};

/* ---- compiling ---- */

typedef struct compiler {
    const char *const *inputs;
    cyn_program *program;
} compiler;

static size_t count_steps(const cyn_formula *f)
{
    return f ? 1 + count_steps(f->a) + count_steps(f->b) : 0;
}

/* How much of the stack a formula takes at least. */
static int height(const cyn_formula *f)
{
    if (!f->a) return 1;
    if (!f->b) return height(f->a);
    int a = height(f->a), b = height(f->b);
    return a == b ? a + 1 : a > b ? a : b;
}

static cyn_code fail_here(const cyn_formula *f, cyn_code code, const char *what, cyn_err *err)
{
    return cyn_fail_at(err, code, f->place.file, f->place.line, f->place.column,
                       "a formula of parts consists of metrics, numbers, operators and functions, "
                       "and has %s here",
                       what);
}

static cyn_code compile_input(const compiler *c, const cyn_formula *f, step *s, cyn_err *err)
{
    s->kind = STEP_INPUT;
    for (s->input = 0; s->input < c->program->inputs; s->input++) {
        if (!strcmp(c->inputs[s->input], f->metric)) return CYN_OK;
    }
    return cyn_fail_at(err, CYN_E_NAME, f->place.file, f->place.line, f->place.column,
                       "metric '%s' is not among the inputs of the formula", f->metric);
}

static cyn_code compile(compiler *c, const cyn_formula *f, cyn_err *err);

static cyn_code compile_operands(compiler *c, const cyn_formula *f, step *s, cyn_err *err)
{
    s->binary = f->b != NULL;
    s->swapped = s->binary && height(f->b) > height(f->a);
    CYN_TRY(compile(c, s->swapped ? f->b : f->a, err));
    return s->binary ? compile(c, s->swapped ? f->a : f->b, err) : CYN_OK;
}

static cyn_code compile(compiler *c, const cyn_formula *f, cyn_err *err)
{
    step s = {0};
    switch (f->kind) {
    case CYN_FORMULA_CONST:
        s.kind = STEP_CONST;
        s.value = cyn_num_double(f->value);
        break;
    case CYN_FORMULA_METRIC: CYN_TRY(compile_input(c, f, &s, err)); break;
    case CYN_FORMULA_OP:
        s.kind = STEP_OP;
        s.what = (int)f->op;
        CYN_TRY(compile_operands(c, f, &s, err));
        break;
    case CYN_FORMULA_CALL:
        s.kind = STEP_CALL;
        s.what = (int)f->call;
        CYN_TRY(compile_operands(c, f, &s, err));
        break;
    case CYN_FORMULA_AGG: return fail_here(f, CYN_E_UNSUPPORTED, "an aggregate", err);
    case CYN_FORMULA_WINDOW:
    case CYN_FORMULA_FOLD: return fail_here(f, CYN_E_UNSUPPORTED, "another time", err);
    case CYN_FORMULA_SCRIPT: return fail_here(f, CYN_E_UNSUPPORTED, "a function's body", err);
    }
    c->program->steps[c->program->count++] = s;
    return CYN_OK;
}

cyn_code cyn_program_new(const cyn_formula *f, const char *const *inputs, size_t n,
                         cyn_arena *arena, cyn_program **out, cyn_err *err)
{
    cyn_program *p = CYN_NEW(arena, cyn_program);
    step *steps = CYN_NEW_ARRAY(arena, count_steps(f), step);
    if (!p || !steps) return cyn_nomem(err);
    *p = (cyn_program){.inputs = n, .steps = steps};
    CYN_TRY(compile(&(compiler){inputs, p}, f, err));
    *out = p;
    return CYN_OK;
}

size_t cyn_program_size(const cyn_program *p)
{
    return p->count;
}

bool cyn_program_reads(const cyn_program *p, size_t input)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->steps[i].kind == STEP_INPUT && p->steps[i].input == input) return true;
    }
    return false;
}

/* ---- values ---- */

/* As in Lua, with the sign of the divisor. */
static double remainder_of(double a, double b)
{
    double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static double op_value(cyn_op op, double a, double b)
{
    switch (op) {
    case CYN_ADD: return a + b;
    case CYN_SUB: return a - b;
    case CYN_MUL: return a * b;
    case CYN_DIV: return b == 0 ? NAN : a / b;
    case CYN_POW: return pow(a, b);
    case CYN_MOD: return b == 0 ? NAN : remainder_of(a, b);
    case CYN_NEG: return -a;
    }
    return NAN;
}

static double call_value(cyn_call call, double a, double b)
{
    switch (call) {
    case CYN_CALL_MIN: return a <= b ? a : b;
    case CYN_CALL_MAX: return a >= b ? a : b;
    case CYN_CALL_ABS: return fabs(a);
    case CYN_CALL_SQRT: return sqrt(a);
    case CYN_CALL_EXP: return exp(a);
    case CYN_CALL_LOG: return log(a);
    }
    return NAN;
}

/* NaN where an operand is missing, even where C has a result: pow(NaN, 0) is 1. */
static double apply(bool is_op, int what, double a, double b)
{
    if (isnan(a) || isnan(b)) return NAN;
    double y = is_op ? op_value((cyn_op)what, a, b) : call_value((cyn_call)what, a, b);
    return isfinite(y) ? y : NAN;
}

double cyn_program_value(const cyn_program *p, const double *x)
{
    double stack[STACK];
    size_t top = 0;
    for (size_t i = 0; i < p->count; i++) {
        const step *s = &p->steps[i];
        if (s->kind == STEP_INPUT || s->kind == STEP_CONST) {
            stack[top++] = s->kind == STEP_INPUT ? x[s->input] : s->value;
            continue;
        }
        double b = s->binary ? stack[--top] : 0, a = stack[--top];
        stack[top++] = s->swapped ? apply(s->kind == STEP_OP, s->what, b, a)
                                  : apply(s->kind == STEP_OP, s->what, a, b);
    }
    double y = stack[0];
    return isfinite(y) ? y : NAN;
}

double cyn_formula_constant(const cyn_formula *f)
{
    if (f->kind == CYN_FORMULA_CONST) return cyn_num_double(f->value);
    bool is_op = f->kind == CYN_FORMULA_OP;
    if (!is_op && f->kind != CYN_FORMULA_CALL) return NAN;
    return apply(is_op, is_op ? (int)f->op : (int)f->call, cyn_formula_constant(f->a),
                 f->b ? cyn_formula_constant(f->b) : 0);
}

/* ---- derivatives ---- */

/* A value, and how fast it changes as the input moves to one side. */
typedef struct dual {
    double v, t;
} dual;

/* At 0 most of the rule is 0 · ∞; the power itself is as smooth there as its exponent says. */
static double power_tangent(dual a, dual b, double y)
{
    double by_base = a.t == 0 || b.v == 0 ? 0 : b.v * pow(a.v, b.v - 1) * a.t;
    double by_exponent = b.t == 0 || (a.v == 0 && b.v > 0) ? 0 : y * log(a.v) * b.t;
    return by_base + by_exponent;
}

static double op_tangent(cyn_op op, dual a, dual b, double y)
{
    switch (op) {
    case CYN_ADD: return a.t + b.t;
    case CYN_SUB: return a.t - b.t;
    case CYN_MUL: return a.t * b.v + a.v * b.t;
    case CYN_DIV: return (a.t - y * b.t) / b.v;
    case CYN_POW: return power_tangent(a, b, y);
    case CYN_MOD: /* where nothing is left over, it jumps */
        if (y == 0 && (a.t != 0 || b.t != 0)) return NAN;
        return a.t - floor(a.v / b.v) * b.t;
    case CYN_NEG: return -a.t;
    }
    return NAN;
}

static double call_tangent(cyn_call call, dual a, dual b, double y)
{
    switch (call) {
    case CYN_CALL_MIN: return a.v < b.v ? a.t : b.v < a.v ? b.t : fmin(a.t, b.t);
    case CYN_CALL_MAX: return a.v > b.v ? a.t : b.v > a.v ? b.t : fmax(a.t, b.t);
    case CYN_CALL_ABS: return a.v > 0 ? a.t : a.v < 0 ? -a.t : fabs(a.t);
    case CYN_CALL_SQRT: return a.t == 0 ? 0 : a.t / (2 * y);
    case CYN_CALL_EXP: return y * a.t;
    case CYN_CALL_LOG: return a.t / a.v;
    }
    return NAN;
}

/* Both sides of min, max or abs are equally near. */
static bool is_kink(const step *s, dual a, dual b)
{
    if (s->kind != STEP_CALL) return false;
    bool choice = s->what == CYN_CALL_MIN || s->what == CYN_CALL_MAX;
    return choice ? a.v == b.v : s->what == CYN_CALL_ABS && a.v == 0;
}

static dual apply_dual(const step *s, dual a, dual b, bool *kink)
{
    bool is_op = s->kind == STEP_OP;
    *kink = *kink || is_kink(s, a, b);
    dual r = {.v = apply(is_op, s->what, a.v, b.v)};
    if (isnan(r.v) || isnan(a.t) || isnan(b.t))
        r.t = NAN; /* fmin would leave it out */
    else if (is_op)
        r.t = op_tangent((cyn_op)s->what, a, b, r.v);
    else
        r.t = call_tangent((cyn_call)s->what, a, b, r.v);
    return r;
}

/* The derivative along the input moving up (direction 1) or down (-1). */
static double one_side(const cyn_program *p, const double *x, size_t input, double direction,
                       bool *kink)
{
    dual stack[STACK];
    size_t top = 0;
    for (size_t i = 0; i < p->count; i++) {
        const step *s = &p->steps[i];
        if (s->kind == STEP_INPUT) {
            stack[top++] = (dual){x[s->input], s->input == input ? direction : 0};
        } else if (s->kind == STEP_CONST) {
            stack[top++] = (dual){s->value, 0};
        } else {
            dual b = s->binary ? stack[--top] : (dual){0, 0}, a = stack[--top];
            stack[top++] = s->swapped ? apply_dual(s, b, a, kink) : apply_dual(s, a, b, kink);
        }
    }
    return stack[0].t;
}

double cyn_program_slope(const cyn_program *p, const double *x, size_t input)
{
    bool kink = false;
    double slope = one_side(p, x, input, 1, &kink);
    if (kink) slope = (slope - one_side(p, x, input, -1, &kink)) / 2;
    return isfinite(slope) ? slope : NAN;
}

double cyn_program_gradient(const cyn_program *p, const double *x, double *gradient)
{
    for (size_t i = 0; i < p->inputs; i++)
        gradient[i] = cyn_program_slope(p, x, i);
    return cyn_program_value(p, x);
}
