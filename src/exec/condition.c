#include "exec/condition.h"
#include "exec/vector_impl.h"
#include <string.h>

/* From so many rows on vectors pay: each constant is laid out for a whole batch. */
#define FEW_ROWS 64
/* Steps that are laid out together: some 40 KiB each. */
#define STEPS_AT_ONCE 512

/* ---- row by row ---- */

static cyn_datum text_of(const cyn_dict *d, uint32_t code)
{
    return (cyn_datum){.kind = CYN_DATUM_TEXT,
                       .code = CYN_NO_CODE,
                       .s = d->heap ? d->heap + d->offset[code] : "",
                       .n = (size_t)(d->offset[code + 1] - d->offset[code])};
}

static cyn_datum value_of(const cyn_column *c, size_t row)
{
    cyn_datum out = {.kind = CYN_DATUM_NIL, .code = CYN_NO_CODE};
    if (!cyn_column_has(c, row)) return out;
    switch (c->type) {
    case CYN_TEXT: return text_of(c->dict, c->v.code[row]);
    case CYN_BOOLEAN:
        out.kind = CYN_DATUM_BOOLEAN;
        out.i = c->v.bit[row];
        break;
    case CYN_REAL:
        out.kind = CYN_DATUM_REAL;
        out.r = c->v.f64[row];
        break;
    default:
        out.kind = CYN_DATUM_INTEGER;
        out.i = c->v.i64[row];
        break;
    }
    return out;
}

/* What the rows have in common. */
typedef struct walk {
    const cyn_condition_rows *rows;
    cyn_arena *arena;
    cyn_datum *values; /* [step] */
    cyn_datum_context context;
} walk;

static cyn_datum step_value(walk *w, const cyn_condition *c, const cyn_step *s, size_t row)
{
    if (s->op == CYN_OP_INPUT) return value_of(&w->rows->columns[c->columns[s->input]], row);
    if (s->op == CYN_OP_CONST) return cyn_datum_const(&s->value);
    uint8_t most = cyn_step_arities[s->op].most;
    cyn_vector x = {.op = (int)s->op, .list = s->list, .nlist = s->nlist};
    return cyn_datum_of(&x, &w->values[s->a],
                        most > 1 && s->b != CYN_NO_STEP ? &w->values[s->b] : NULL,
                        most > 2 && s->c != CYN_NO_STEP ? &w->values[s->c] : NULL, &w->context);
}

/* A text that was just made lies where the next one will be. */
static cyn_code keep_text(walk *w, cyn_datum *value, cyn_err *err)
{
    if (value->kind != CYN_DATUM_TEXT || !w->context.room.data) return CYN_OK;
    if (value->s != w->context.room.data) return CYN_OK;
    char *copy = cyn_alloc(w->arena, value->n + 1);
    if (!copy) return cyn_nomem(err);
    memcpy(copy, value->s, value->n);
    value->s = copy;
    return CYN_OK;
}

static cyn_code walk_row(walk *w, const cyn_condition *c, size_t row, uint8_t *truth, cyn_err *err)
{
    for (size_t i = 0; i < c->code->nsteps; i++) {
        w->values[i] = step_value(w, c, &c->code->steps[i], row);
        CYN_TRY(keep_text(w, &w->values[i], err));
        if (w->context.room.failed) return cyn_nomem(err);
    }
    const cyn_datum *last = &w->values[c->code->nsteps - 1];
    *truth = last->kind == CYN_DATUM_ESCAPE ? CYN_TRUTH_ESCAPES
             : cyn_datum_true(last)         ? CYN_TRUTH_HOLDS
                                            : CYN_TRUTH_FAILS;
    return CYN_OK;
}

static cyn_code walk_rows(const cyn_condition *conditions, size_t n, const cyn_condition_rows *rows,
                          cyn_arena *scratch, uint8_t *const *truths, cyn_err *err)
{
    walk w = {.rows = rows, .arena = scratch, .context = {.tz = rows->tz}};
    size_t most = 1;
    cyn_code rc = CYN_OK;
    for (size_t k = 0; k < n; k++)
        if (conditions[k].code->nsteps > most) most = conditions[k].code->nsteps;
    w.values = CYN_NEW_ARRAY(scratch, most, cyn_datum);
    if (!w.values) return cyn_nomem(err);
    for (size_t k = 0; rc == CYN_OK && k < n; k++)
        for (size_t row = 0; rc == CYN_OK && row < rows->rows; row++)
            rc = walk_row(&w, &conditions[k], row, &truths[k][row], err);
    cyn_buf_clear(&w.context.room);
    return rc;
}

/* ---- by vectors ---- */

static cyn_code add_step(cyn_vectors *v, const cyn_condition *c, const cyn_step *s,
                         const cyn_condition_rows *rows, const uint32_t *number, uint32_t *out,
                         cyn_err *err)
{
    uint8_t most = cyn_step_arities[s->op].most;
    cyn_vector x = {.op = (int)s->op,
                    .a = CYN_NO_STEP,
                    .b = CYN_NO_STEP,
                    .c = CYN_NO_STEP,
                    .value = s->value,
                    .list = s->list,
                    .nlist = s->nlist};
    if (s->op == CYN_OP_INPUT) {
        x.column = &rows->columns[c->columns[s->input]];
    } else if (s->op != CYN_OP_CONST) {
        x.a = number[s->a];
        if (most > 1 && s->b != CYN_NO_STEP) x.b = number[s->b];
        if (most > 2 && s->c != CYN_NO_STEP) x.c = number[s->c];
    }
    return cyn_vectors_add(v, &x, out, err);
}

/* The vector that is the condition; its memory is its own. */
static cyn_code add_condition(cyn_vectors *v, const cyn_condition *c,
                              const cyn_condition_rows *rows, uint32_t *out, cyn_err *err)
{
    size_t n = c->code->nsteps;
    uint32_t *number = CYN_NEW_ARRAY(v->arena, n, uint32_t);
    if (!number) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(add_step(v, c, &c->code->steps[i], rows, number, &number[i], err));
    *out = number[n - 1];
    return cyn_vectors_keep(v, *out, err);
}

static void read_truth(const cyn_vector *x, size_t n, uint8_t *out)
{
    cyn_vector_truth(x, n, out);
    if (!cyn_vector_escapes(x, n)) return;
    bool mixed = x->shape == CYN_SHAPE_MIXED;
    const uint8_t *why = mixed ? x->kind : x->lack;
    uint8_t escape = mixed ? (uint8_t)CYN_DATUM_ESCAPE : (uint8_t)CYN_LACK_ESCAPE;
    for (size_t i = 0; i < n; i++)
        if (why[i] == escape) out[i] = CYN_TRUTH_ESCAPES;
}

static cyn_code eval_rows(cyn_vectors *v, const cyn_condition *conditions, size_t n,
                          const cyn_condition_rows *rows, uint8_t *const *truths, cyn_err *err)
{
    uint32_t *which = CYN_NEW_ARRAY(v->arena, n, uint32_t);
    if (!which) return cyn_nomem(err);
    for (size_t k = 0; k < n; k++)
        CYN_TRY(add_condition(v, &conditions[k], rows, &which[k], err));
    for (size_t first = 0; first < rows->rows; first += CYN_BATCH) {
        size_t left = rows->rows - first, count = left < CYN_BATCH ? left : CYN_BATCH;
        CYN_TRY(cyn_vectors_eval(v, first, count, err));
        for (size_t k = 0; k < n; k++)
            read_truth(&v->at[which[k]], count, truths[k] + first);
    }
    return CYN_OK;
}

/* As many as are laid out together; how many they are. */
static size_t some_of(const cyn_condition *conditions, size_t n)
{
    size_t k = 1, steps = conditions[0].code->nsteps;
    while (k < n && steps + conditions[k].code->nsteps <= STEPS_AT_ONCE)
        steps += conditions[k++].code->nsteps;
    return k;
}

static cyn_code run_vectors(const cyn_condition *conditions, size_t n,
                            const cyn_condition_rows *rows, uint8_t *const *truths, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_vectors v = {.arena = arena, .tz = rows->tz, .rows = rows->rows};
    cyn_code rc = eval_rows(&v, conditions, n, rows, truths, err);
    cyn_vectors_clear(&v);
    cyn_arena_free(arena);
    return rc;
}

cyn_code cyn_conditions_run(const cyn_condition *conditions, size_t n,
                            const cyn_condition_rows *rows, cyn_arena *scratch,
                            uint8_t *const *truths, cyn_err *err)
{
    if (n == 0 || rows->rows == 0) return CYN_OK;
    if (rows->rows < FEW_ROWS) return walk_rows(conditions, n, rows, scratch, truths, err);
    for (size_t k = 0; k < n;) {
        size_t some = some_of(conditions + k, n - k);
        CYN_TRY(run_vectors(conditions + k, some, rows, truths + k, err));
        k += some;
    }
    return CYN_OK;
}
