#include "plan/expr.h"
#include "base/text.h"
#include "exec/expr_impl.h"
#include <string.h>

/* ---- names ---- */

static void hint_columns(const cyn_table *t, const char *name, cyn_err *err)
{
    const char *near = cyn_table_nearest(t, name);
    if (near) {
        cyn_hint(err, "did you mean '%s'?", near);
        return;
    }
    cyn_buf list = {0};
    for (size_t i = 0; i < cyn_table_width(t); i++)
        cyn_buf_printf(&list, "%s%s", i ? ", " : "", cyn_table_column(t, i)->name);
    if (list.len > 0) cyn_hint(err, "its columns are: %s", list.data);
    cyn_buf_clear(&list);
}

cyn_code cyn_program_column(const cyn_program *p, const char *name, const cyn_place *place,
                            const cyn_column **out, cyn_err *err)
{
    int i = cyn_table_find(p->table, name);
    if (i < 0) {
        cyn_place at = place ? *place : (cyn_place){0};
        cyn_fail_at(err, CYN_E_NAME, at.file, at.line, at.column, "no column '%s' in source '%s'",
                    name, p->source);
        if (err) hint_columns(p->table, name, err);
        return CYN_E_NAME;
    }
    *out = cyn_table_column(p->table, (size_t)i);
    return CYN_OK;
}

/* ---- binding ---- */

static const cyn_vector bare = {.a = CYN_NO_STEP, .b = CYN_NO_STEP, .c = CYN_NO_STEP};

/* Checks a comparison before it is added. */
static cyn_code add_compare(cyn_program *p, const cyn_vector *x, const char *const name[2],
                            const cyn_place *place, uint32_t *out, cyn_err *err)
{
    CYN_TRY(cyn_vector_check(&p->vectors, x, name, place, err));
    return cyn_vectors_add(&p->vectors, x, out, err);
}

static cyn_code bind_column(cyn_program *p, const cyn_expr *e, uint32_t *out, cyn_err *err)
{
    cyn_vector x = bare;
    x.op = CYN_OP_INPUT;
    CYN_TRY(cyn_program_column(p, e->name, &e->place, &x.column, err));
    return cyn_vectors_add(&p->vectors, &x, out, err);
}

static const char *name_of(const cyn_expr *e)
{
    return e->kind == CYN_EXPR_COLUMN ? e->name : NULL;
}

/* An expression as a column has it: a float that is no finite number is missing (M-3). */
static cyn_code bind_settled(cyn_program *p, const cyn_expr *e, uint32_t *out, cyn_err *err)
{
    cyn_vector x = bare;
    CYN_TRY(cyn_program_bind(p, e, &x.a, err));
    x.op = CYN_VECTOR_SETTLE;
    *out = x.a;
    return e->kind == CYN_EXPR_COLUMN ? CYN_OK : cyn_vectors_add(&p->vectors, &x, out, err);
}

static cyn_code bind_two(cyn_program *p, const cyn_expr *e, uint32_t *out, cyn_err *err)
{
    cyn_vector x = bare;
    const char *const names[] = {name_of(e->a), name_of(e->b)};
    x.op = e->kind == CYN_EXPR_AND ? (int)CYN_VECTOR_AND : (int)CYN_OP_EQUALS;
    CYN_TRY(bind_settled(p, e->a, &x.a, err));
    CYN_TRY(bind_settled(p, e->b, &x.b, err));
    if (e->kind == CYN_EXPR_AND) return cyn_vectors_add(&p->vectors, &x, out, err);
    return add_compare(p, &x, names, &e->place, out, err);
}

/* A larger array for one more; NULL when memory is exhausted. */
static void *grow(cyn_arena *arena, const void *old, size_t n, size_t *room, size_t size)
{
    size_t larger = *room ? *room * 2 : 16;
    void *out = cyn_alloc_array(arena, larger, size);
    if (out && n) memcpy(out, old, n * size);
    if (out) *room = larger;
    return out;
}

static cyn_code add_root(cyn_program *p, const cyn_expr *e, uint32_t vector, cyn_err *err)
{
    if (!(p->vectors.at[vector].kinds & CYN_KIND_ESCAPE)) return CYN_OK;
    if (p->nroots == p->root_room) {
        cyn_program_root *roots = grow(p->arena, p->roots, p->nroots, &p->root_room, sizeof *roots);
        if (!roots) return cyn_nomem(err);
        p->roots = roots;
    }
    p->roots[p->nroots++] = (cyn_program_root){.expr = e, .vector = vector};
    return CYN_OK;
}

/* An input that is itself computed is as good as a column: its floats are finite (M-3), and no row
 * may escape, whether or not it is read there. */
static cyn_code bind_input(cyn_program *p, const cyn_expr *input, uint32_t *out, cyn_err *err)
{
    cyn_vector x = bare;
    CYN_TRY(cyn_program_bind(p, input, &x.a, err));
    x.op = CYN_VECTOR_SETTLE;
    *out = x.a;
    if (input->kind == CYN_EXPR_COLUMN) return CYN_OK;
    if (p->vectors.at[x.a].kinds & CYN_KIND_ESCAPE) {
        CYN_TRY(cyn_vectors_keep(&p->vectors, x.a, err));
        CYN_TRY(add_root(p, input, x.a, err));
    }
    return cyn_vectors_add(&p->vectors, &x, out, err);
}

static bool is_comparison(cyn_step_op op)
{
    return op == CYN_OP_EQUALS || op == CYN_OP_LESS || op == CYN_OP_LESS_EQUAL ||
           op == CYN_OP_ONE_OF;
}

/* The input that a step is; NULL when it is none. */
static const cyn_translation_input *input_of(const cyn_translation *code, uint32_t step)
{
    if (step == CYN_NO_STEP || code->steps[step].op != CYN_OP_INPUT) return NULL;
    return &code->inputs[code->steps[step].input];
}

static cyn_code bind_step(cyn_program *p, const cyn_expr *e, const cyn_step *s, uint32_t *number,
                          uint32_t *out, cyn_err *err)
{
    cyn_vector x = bare;
    if (s->op == CYN_OP_INPUT) return bind_input(p, e->inputs[s->input], out, err);
    x.op = (int)s->op;
    x.value = s->value;
    x.list = s->list;
    x.nlist = s->nlist;
    if (s->a != CYN_NO_STEP && s->op != CYN_OP_CONST) x.a = number[s->a];
    if (s->b != CYN_NO_STEP && cyn_step_arities[s->op].most > 1) x.b = number[s->b];
    if (s->c != CYN_NO_STEP && cyn_step_arities[s->op].most > 2) x.c = number[s->c];
    if (!is_comparison(s->op)) return cyn_vectors_add(&p->vectors, &x, out, err);
    const cyn_translation_input *a = input_of(e->code, s->a);
    const cyn_translation_input *b = s->op == CYN_OP_ONE_OF ? NULL : input_of(e->code, s->b);
    const char *const names[] = {a ? a->name : NULL, b ? b->name : NULL};
    const cyn_place *place = a && a->place.line   ? &a->place
                             : b && b->place.line ? &b->place
                                                  : &e->place;
    return add_compare(p, &x, names, place, out, err);
}

static cyn_code bind_steps(cyn_program *p, const cyn_expr *e, uint32_t *out, cyn_err *err)
{
    size_t n = e->code->nsteps;
    uint32_t *number = CYN_NEW_ARRAY(p->arena, n, uint32_t);
    if (!number) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(bind_step(p, e, &e->code->steps[i], number, &number[i], err));
    *out = number[n - 1];
    return CYN_OK;
}

cyn_code cyn_program_bind(cyn_program *p, const cyn_expr *e, uint32_t *out, cyn_err *err)
{
    cyn_vector x = bare;
    p->vectors.arena = p->arena;
    p->vectors.tz = p->tz;
    p->vectors.rows = cyn_table_rows(p->table);
    switch (e->kind) {
    case CYN_EXPR_COLUMN: return bind_column(p, e, out, err);
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND: return bind_two(p, e, out, err);
    case CYN_EXPR_STEPS: return bind_steps(p, e, out, err);
    case CYN_EXPR_SCRIPT: /* the engine puts a column in its place */
        return cyn_fail_at(err, CYN_E_UNSUPPORTED, e->place.file, e->place.line, e->place.column,
                           "the expression %s was not computed before the plan ran",
                           e->text ? e->text : "of a script");
    case CYN_EXPR_CONST: break;
    }
    x.op = CYN_OP_CONST;
    x.value = e->value;
    return cyn_vectors_add(&p->vectors, &x, out, err);
}

cyn_code cyn_program_condition(cyn_program *p, const cyn_expr *e, size_t *out, cyn_err *err)
{
    cyn_test t = {.expr = e};
    for (size_t i = 0; i < p->ntests; i++) {
        if (!cyn_expr_equal(p->tests[i].expr, e)) continue;
        *out = i;
        return CYN_OK;
    }
    if (p->ntests == p->test_room) {
        cyn_test *tests = grow(p->arena, p->tests, p->ntests, &p->test_room, sizeof *tests);
        if (!tests) return cyn_nomem(err);
        p->tests = tests;
    }
    CYN_TRY(bind_settled(p, e, &t.vector, err));
    CYN_TRY(cyn_vectors_keep(&p->vectors, t.vector, err));
    CYN_TRY(add_root(p, e, t.vector, err));
    t.mask = CYN_NEW_ARRAY(p->arena, CYN_BATCH, uint8_t);
    if (!t.mask) return cyn_nomem(err);
    p->tests[p->ntests] = t;
    *out = p->ntests++;
    return CYN_OK;
}

/* ---- operands ---- */

static cyn_type type_of(const cyn_vector *x)
{
    if (x->kinds & CYN_KIND_TEXT) return CYN_TEXT;
    if (x->kinds & CYN_KIND_REAL) return CYN_REAL;
    return x->kinds & CYN_KIND_BOOLEAN ? CYN_BOOLEAN : CYN_INTEGER;
}

/* The pool may move when it grows. */
static void show_texts(cyn_program *p)
{
    const cyn_intern *pool = &p->vectors.pool;
    if (p->texts)
        *p->texts = (cyn_dict){.count = pool->count, .offset = pool->offset, .heap = pool->heap};
}

static cyn_code buffer_of(cyn_program *p, cyn_vector *x, cyn_operand *out, cyn_err *err)
{
    uint64_t *known = x->known; /* another operand may have it */
    cyn_operand o = {.buffer = true, .column = {.name = "", .type = type_of(x), .dict = x->dict}};
    if (!known && (x->kinds & CYN_KIND_LACKING || x->shape == CYN_SHAPE_MIXED)) {
        known = CYN_NEW_ARRAY(p->arena, CYN_BATCH / 64 + 1, uint64_t);
        if (!known) return cyn_nomem(err);
    }
    if (x->shape != CYN_SHAPE_MIXED) x->known = known;
    o.column.valid = known;
    o.column.v.values = x->v.values;
    if (o.column.type == CYN_TEXT && !x->dict) {
        if (!p->texts) p->texts = CYN_NEW(p->arena, cyn_dict);
        if (!p->texts) return cyn_nomem(err);
        show_texts(p);
        o.column.dict = p->texts;
    }
    *out = o;
    return CYN_OK;
}

cyn_code cyn_program_operand(cyn_program *p, const cyn_expr *e, cyn_operand *out, cyn_err *err)
{
    uint32_t i;
    const cyn_column *column;
    if (e->kind == CYN_EXPR_COLUMN) {
        CYN_TRY(cyn_program_column(p, e->name, &e->place, &column, err));
        *out = (cyn_operand){.column = *column};
        return CYN_OK;
    }
    CYN_TRY(cyn_program_bind(p, e, &i, err));
    CYN_TRY(add_root(p, e, i, err));
    if (!cyn_vector_is_column(&p->vectors.at[i])) {
        CYN_TRY(cyn_vectors_keep(&p->vectors, i, err));
        return buffer_of(p, &p->vectors.at[i], out, err);
    }
    *out = (cyn_operand){.column = *p->vectors.at[i].column}; /* it lies there as Lua sees it */
    if (out->column.type == CYN_DATE) out->column.type = CYN_INTEGER;
    return CYN_OK;
}

/* ---- evaluation ---- */

bool cyn_program_may_escape(const cyn_program *p)
{
    return p->nroots > 0;
}

cyn_code cyn_program_escape(const cyn_expr *e, cyn_err *err)
{
    return cyn_fail_at(err, CYN_E_ESCAPE, e->place.file, e->place.line, e->place.column,
                       "a row of the expression %s is the interpreter's", e->text ? e->text : "");
}

cyn_code cyn_program_eval(cyn_program *p, size_t first, size_t n, cyn_err *err)
{
    CYN_TRY(cyn_vectors_eval(&p->vectors, first, n, err));
    for (size_t k = 0; k < p->nroots; k++)
        if (cyn_vector_escapes(&p->vectors.at[p->roots[k].vector], n))
            return cyn_program_escape(p->roots[k].expr, err);
    for (size_t k = 0; k < p->ntests; k++)
        cyn_vector_truth(&p->vectors.at[p->tests[k].vector], n, p->tests[k].mask);
    show_texts(p);
    return CYN_OK;
}

void cyn_program_clear(cyn_program *p)
{
    cyn_vectors_clear(&p->vectors);
}
