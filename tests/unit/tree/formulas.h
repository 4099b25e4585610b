/* Formulas for tests, read from text: "a * b + min(c, 2) ^ 2", as Lua would group them. */
#pragma once
#include "metric/metric.h"
#include "test.h"
#include <ctype.h>

typedef struct reading {
    cyn_arena *arena;
    const char *at;
} reading;

static inline cyn_formula *new_formula(cyn_arena *a, cyn_formula_kind kind)
{
    cyn_formula *f = CYN_NEW(a, cyn_formula);
    if (!f) exit(2);
    f->kind = kind;
    return f;
}

static inline cyn_formula *new_op(cyn_arena *a, cyn_op op, const cyn_formula *x,
                                  const cyn_formula *y)
{
    cyn_formula *f = new_formula(a, CYN_FORMULA_OP);
    f->op = op;
    f->a = x;
    f->b = y;
    return f;
}

static inline cyn_formula *new_call(cyn_arena *a, cyn_call call, const cyn_formula *x,
                                    const cyn_formula *y)
{
    cyn_formula *f = new_formula(a, CYN_FORMULA_CALL);
    f->call = call;
    f->a = x;
    f->b = y;
    return f;
}

static inline cyn_formula *new_number(cyn_arena *a, double x)
{
    cyn_formula *f = new_formula(a, CYN_FORMULA_CONST);
    f->value = cyn_num_real(x);
    return f;
}

static inline cyn_formula *new_reference(cyn_arena *a, const char *metric)
{
    cyn_formula *f = new_formula(a, CYN_FORMULA_METRIC);
    f->metric = metric;
    return f;
}

static inline const cyn_formula *read_sum(reading *r);

static inline bool reads(reading *r, char c)
{
    while (*r->at == ' ')
        r->at++;
    if (*r->at != c) return false;
    r->at++;
    return true;
}

static inline const cyn_formula *read_call(reading *r, const char *name)
{
    int call = 0;
    while (cyn_call_names[call] && strcmp(cyn_call_names[call], name) != 0)
        call++;
    const cyn_formula *x = read_sum(r), *y = reads(r, ',') ? read_sum(r) : NULL;
    if (!cyn_call_names[call] || !reads(r, ')')) exit(2);
    return new_call(r->arena, (cyn_call)call, x, y);
}

static inline const cyn_formula *read_atom(reading *r)
{
    if (reads(r, '(')) {
        const cyn_formula *f = read_sum(r);
        if (!reads(r, ')')) exit(2);
        return f;
    }
    if (isdigit((unsigned char)*r->at)) {
        char *end;
        double x = strtod(r->at, &end);
        r->at = end;
        return new_number(r->arena, x);
    }
    size_t n = 0;
    while (isalnum((unsigned char)r->at[n]) || r->at[n] == '_')
        n++;
    if (n == 0) exit(2);
    const char *name = cyn_strndup(r->arena, r->at, n);
    r->at += n;
    return reads(r, '(') ? read_call(r, name) : new_reference(r->arena, name);
}

static inline const cyn_formula *read_sign(reading *r);

static inline const cyn_formula *read_power(reading *r)
{
    const cyn_formula *f = read_atom(r);
    return reads(r, '^') ? new_op(r->arena, CYN_POW, f, read_sign(r)) : f;
}

static inline const cyn_formula *read_sign(reading *r)
{
    return reads(r, '-') ? new_op(r->arena, CYN_NEG, read_sign(r), NULL) : read_power(r);
}

static inline const cyn_formula *read_product(reading *r)
{
    const cyn_formula *f = read_sign(r);
    for (;;) {
        if (reads(r, '*'))
            f = new_op(r->arena, CYN_MUL, f, read_sign(r));
        else if (reads(r, '/'))
            f = new_op(r->arena, CYN_DIV, f, read_sign(r));
        else if (reads(r, '%'))
            f = new_op(r->arena, CYN_MOD, f, read_sign(r));
        else
            return f;
    }
}

static inline const cyn_formula *read_sum(reading *r)
{
    const cyn_formula *f = read_product(r);
    for (;;) {
        if (reads(r, '+'))
            f = new_op(r->arena, CYN_ADD, f, read_product(r));
        else if (reads(r, '-'))
            f = new_op(r->arena, CYN_SUB, f, read_product(r));
        else
            return f;
    }
}

static inline const cyn_formula *formula(cyn_arena *a, const char *text)
{
    reading r = {a, text};
    const cyn_formula *f = read_sum(&r);
    if (*r.at) {
        printf("# cannot read '%s' from '%s'\n", text, r.at);
        exit(2);
    }
    return f;
}
