/* What else there is to know about formulas of parts. */
#pragma once
#include "tree/formula.h"

/* The value of a formula without metrics; NaN where it has one, or is missing. */
double cyn_formula_constant(const cyn_formula *f);

size_t cyn_program_size(const cyn_program *p); /* steps */
/* Whether the input occurs in it. */
bool cyn_program_reads(const cyn_program *p, size_t input);
/* One partial derivative, as cyn_program_gradient gives it. */
double cyn_program_slope(const cyn_program *p, const double *x, size_t input);

/* ---- what sort of formula it is ---- */

typedef enum cyn_shape {
    CYN_SHAPE_NONE,     /* aggregates, windows or functions of the point: nothing is known */
    CYN_SHAPE_CONSTANT, /* no metrics */
    CYN_SHAPE_LINEAR,   /* Σ coefficient · input + constant */
    CYN_SHAPE_PRODUCT,  /* constant · Π input ^ exponent, without a division by metrics */
    CYN_SHAPE_QUOTIENT, /* the same with one, or with exponents that are not positive */
    CYN_SHAPE_OTHER,
} cyn_shape;
cyn_shape cyn_formula_shape(const cyn_formula *f);
/* Whether a formula of this shape may be a factor of a product: a linear one only when it is one
 * metric, times a constant, and not a sum of several. */
bool cyn_formula_is_factor(const cyn_formula *f, cyn_shape shape);
