#include "tree/formula_impl.h"
#include <math.h>

/* A binary operator's shape from those of its sides; likewise the others below. */

static cyn_shape shape_of_sum(cyn_shape a, cyn_shape b)
{
    if (a == CYN_SHAPE_CONSTANT && b == CYN_SHAPE_CONSTANT) return CYN_SHAPE_CONSTANT;
    return a <= CYN_SHAPE_LINEAR && b <= CYN_SHAPE_LINEAR ? CYN_SHAPE_LINEAR : CYN_SHAPE_OTHER;
}

bool cyn_formula_is_factor(const cyn_formula *f, cyn_shape shape)
{
    if (shape == CYN_SHAPE_OTHER) return false;
    if (shape != CYN_SHAPE_LINEAR) return true;
    if (f->kind == CYN_FORMULA_METRIC) return true;
    if (f->op == CYN_ADD || f->op == CYN_SUB) return false;
    if (f->op == CYN_NEG) return cyn_formula_is_factor(f->a, shape);
    bool left = cyn_formula_shape(f->a) == CYN_SHAPE_LINEAR;
    return cyn_formula_is_factor(left ? f->a : f->b, shape);
}

static cyn_shape shape_of_product(const cyn_formula *f, cyn_shape a, cyn_shape b)
{
    if (a == CYN_SHAPE_CONSTANT) return b;
    if (b == CYN_SHAPE_CONSTANT) return a;
    if (!cyn_formula_is_factor(f->a, a) || !cyn_formula_is_factor(f->b, b)) return CYN_SHAPE_OTHER;
    bool divides = a == CYN_SHAPE_QUOTIENT || b == CYN_SHAPE_QUOTIENT;
    return divides ? CYN_SHAPE_QUOTIENT : CYN_SHAPE_PRODUCT;
}

static cyn_shape shape_of_division(const cyn_formula *f, cyn_shape a, cyn_shape b)
{
    if (b == CYN_SHAPE_CONSTANT) return a;
    return cyn_formula_is_factor(f->a, a) && cyn_formula_is_factor(f->b, b) ? CYN_SHAPE_QUOTIENT
                                                                            : CYN_SHAPE_OTHER;
}

static cyn_shape shape_of_power(const cyn_formula *f, cyn_shape a, cyn_shape b)
{
    if (b != CYN_SHAPE_CONSTANT) return CYN_SHAPE_OTHER;
    if (a == CYN_SHAPE_CONSTANT) return CYN_SHAPE_CONSTANT;
    if (!cyn_formula_is_factor(f->a, a)) return CYN_SHAPE_OTHER;
    bool positive = cyn_formula_constant(f->b) > 0;
    return positive && a != CYN_SHAPE_QUOTIENT ? CYN_SHAPE_PRODUCT : CYN_SHAPE_QUOTIENT;
}

static cyn_shape shape_of_op(const cyn_formula *f, cyn_shape a, cyn_shape b)
{
    switch (f->op) {
    case CYN_ADD:
    case CYN_SUB: return shape_of_sum(a, b);
    case CYN_MUL: return shape_of_product(f, a, b);
    case CYN_DIV: return shape_of_division(f, a, b);
    case CYN_POW: return shape_of_power(f, a, b);
    case CYN_NEG: return a;
    case CYN_MOD: break;
    }
    return a == CYN_SHAPE_CONSTANT && b == CYN_SHAPE_CONSTANT ? CYN_SHAPE_CONSTANT
                                                              : CYN_SHAPE_OTHER;
}

cyn_shape cyn_formula_shape(const cyn_formula *f)
{
    if (f->kind == CYN_FORMULA_CONST) return CYN_SHAPE_CONSTANT;
    if (f->kind == CYN_FORMULA_METRIC) return CYN_SHAPE_LINEAR;
    if (f->kind != CYN_FORMULA_OP && f->kind != CYN_FORMULA_CALL) return CYN_SHAPE_NONE;
    cyn_shape a = cyn_formula_shape(f->a);
    cyn_shape b = f->b ? cyn_formula_shape(f->b) : CYN_SHAPE_CONSTANT;
    if (a == CYN_SHAPE_NONE || b == CYN_SHAPE_NONE) return CYN_SHAPE_NONE;
    if (f->kind == CYN_FORMULA_OP) return shape_of_op(f, a, b);
    return a == CYN_SHAPE_CONSTANT && b == CYN_SHAPE_CONSTANT ? CYN_SHAPE_CONSTANT
                                                              : CYN_SHAPE_OTHER;
}
