/* Hidden columns and shared steps: whatever computes the same of the same rows is there once. */
#include "engine/bind_impl.h"
#include "engine/derive.h"
#include "exec/exec.h"
#include "plan/expr.h"
#include "plan/translation.h"
#include <string.h>

/* ---- keys: equal ones compute equal values of the same rows ---- */

static void write_script(const cyn_expr *e, cyn_buf *out)
{
    if (e->digest && *e->digest)
        cyn_buf_printf(out, "%s", e->digest);
    else
        cyn_buf_printf(out, "script %u", e->handle);
}

/* Steps are shared, so that their number says which they are. */
static size_t steps_number(const cyn_rows *rows, const cyn_expr *steps)
{
    size_t i = 0;
    while (i < rows->nsteps && rows->steps[i].expr != steps)
        i++;
    return i;
}

/* Texts are counted, so that no text looks like another key. */
static void write_key(const cyn_scope *s, const cyn_expr *e, cyn_buf *out)
{
    switch (e->kind) {
    case CYN_EXPR_COLUMN: cyn_buf_printf(out, "column %zu %s", strlen(e->name), e->name); break;
    case CYN_EXPR_CONST:
        cyn_buf_printf(out, "const %d %zu ", e->value.kind, e->value.n);
        cyn_const_text(&e->value, out);
        break;
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND:
        cyn_buf_puts(out, e->kind == CYN_EXPR_AND ? "and(" : "equals(");
        write_key(s, e->a, out);
        cyn_buf_putc(out, ',');
        write_key(s, e->b, out);
        cyn_buf_putc(out, ')');
        break;
    case CYN_EXPR_SCRIPT:
    case CYN_EXPR_STEPS: cyn_buf_printf(out, "steps %zu", steps_number(s->rows, e)); break;
    }
}

static const char *take_key(const cyn_scope *s, cyn_buf *key)
{
    char *copy = key->failed ? NULL : cyn_strdup(s->arena, key->data);
    cyn_buf_clear(key);
    return copy;
}

static const char *expr_key(const cyn_scope *s, const cyn_expr *bound)
{
    cyn_buf key = {0};
    write_key(s, bound, &key);
    return take_key(s, &key);
}

static const char *script_key(const cyn_scope *s, const cyn_expr *script,
                              const cyn_bound_input *inputs, size_t n)
{
    cyn_buf key = {0};
    write_script(script, &key);
    for (size_t i = 0; i < n; i++) {
        cyn_buf_printf(&key, "|%zu %s=", strlen(inputs[i].name), inputs[i].name);
        write_key(s, inputs[i].expr, &key);
    }
    return take_key(s, &key);
}

/* ---- steps ---- */

cyn_code cyn_hidden_steps(const cyn_scope *s, const cyn_expr *script, const cyn_bound_input *inputs,
                          const cyn_expr **out, cyn_err *err)
{
    size_t n = script->code->ninputs;
    const char *key = script_key(s, script, inputs, n);
    if (!key) return cyn_nomem(err);
    *out = cyn_rows_steps(s->rows, key);
    if (*out) return CYN_OK;
    cyn_expr *steps = CYN_NEW(s->arena, cyn_expr);
    const cyn_expr **list = CYN_NEW_ARRAY(s->arena, n + 1, const cyn_expr *);
    if (!steps || !list) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        list[i] = inputs[i].expr;
    *steps = *script;
    steps->kind = CYN_EXPR_STEPS;
    steps->inputs = list;
    *out = steps;
    return cyn_rows_add_steps(s->set, s->rows, key, steps, err);
}

/* ---- columns ---- */

static cyn_code refer(const cyn_scope *s, const cyn_expr *e, const char *name, const cyn_expr **out,
                      cyn_err *err)
{
    cyn_expr *column = CYN_NEW(s->arena, cyn_expr);
    if (!column) return cyn_nomem(err);
    *column = (cyn_expr){.kind = CYN_EXPR_COLUMN, .place = e->place, .text = e->text, .name = name};
    *out = column;
    return CYN_OK;
}

static const char *new_name(const cyn_scope *s)
{
    return cyn_sprintf(s->arena, "#%zu", s->rows->nhidden + 1);
}

/* Remembers steps that escape, so that they are not run to that end again and again. */
static cyn_code run_whole(const cyn_scope *s, const cyn_expr *bound, const char *name,
                          cyn_table **out, cyn_err *err)
{
    cyn_rows *rows = s->rows;
    size_t number = steps_number(rows, bound);
    if (number < rows->nsteps && rows->steps[number].escape) return CYN_E_ESCAPE;
    cyn_code rc = cyn_exec_expr_column(bound, rows->table, s->set->data->project->calendar.tz, name,
                                       s->set->cancel, out, err);
    if (rc == CYN_E_ESCAPE && number < rows->nsteps) rows->steps[number].escape = true;
    return rc;
}

/* Making an input may have replaced the table since, but it has its columns still. */
static cyn_code ask(const cyn_scope *s, const cyn_expr *script, const cyn_bound_input *inputs,
                    size_t n, const char *name, cyn_table **out, cyn_err *err)
{
    const cyn_table *t = s->rows->table;
    cyn_derive_input *columns = CYN_NEW_ARRAY(s->arena, n + 1, cyn_derive_input);
    if (!columns) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++) {
        int column = cyn_table_find(t, inputs[i].expr->name);
        columns[i] = (cyn_derive_input){.name = inputs[i].name,
                                        .column = cyn_table_column(t, (size_t)column)};
    }
    return cyn_derive_column(&s->set->data->project->evaluator, script, columns, n,
                             cyn_table_rows(t), name, out, err);
}

/* The column of this key, which is made where nobody has needed it before: by the interpreter of
 * `inputs`, or (NULL) by the executor. */
static cyn_code hide(const cyn_scope *s, const cyn_expr *e, const char *key,
                     const cyn_bound_input *inputs, size_t n, const cyn_expr **out, cyn_err *err)
{
    if (!key) return cyn_nomem(err);
    const char *name = cyn_rows_hidden(s->rows, key);
    if (!name) {
        cyn_table *column;
        name = new_name(s);
        if (!name) return cyn_nomem(err);
        CYN_TRY(inputs ? ask(s, e, inputs, n, name, &column, err)
                       : run_whole(s, e, name, &column, err));
        CYN_TRY(cyn_rows_join(s->set, s->rows, column, key, name, err));
    }
    return refer(s, e, name, out, err);
}

cyn_code cyn_hidden_values(const cyn_scope *s, const cyn_expr *bound, const cyn_expr **out,
                           cyn_err *err)
{
    return hide(s, bound, expr_key(s, bound), NULL, 0, out, err);
}

cyn_code cyn_hidden_answers(const cyn_scope *s, const cyn_expr *script,
                            const cyn_bound_input *inputs, size_t n, const cyn_expr **out,
                            cyn_err *err)
{
    return hide(s, script, script_key(s, script, inputs, n), inputs, n, out, err);
}
