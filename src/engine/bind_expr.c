/* Expressions over what a view sees, bound to the columns of its rows. */
#include "base/text.h"
#include "engine/bind_impl.h"
#include "exec/exec.h"
#include "plan/translation.h"
#include <string.h>

/* ---- names ---- */

/* "source 'events'", "the journey over source 'events'" */
static const char *rows_name(const cyn_scope *s)
{
    const char *source = s->set->data->project->config->sources[s->rows->source].name;
    const cyn_relation *r = s->rows->relation;
    const char *name =
        r ? cyn_sprintf(s->arena, "the %s over source '%s'", cyn_relation_names[r->kind], source)
          : cyn_sprintf(s->arena, "source '%s'", source);
    return name ? name : source;
}

int cyn_scope_derive(const cyn_scope *s, const char *name)
{
    for (size_t i = s->nderives; i-- > 0;)
        if (strcmp(s->view->derives[i].name, name) == 0) return (int)i;
    return -1;
}

int cyn_scope_column(const cyn_scope *s, const char *name)
{
    return name[0] == '#' ? -1 : cyn_table_find(s->rows->table, name);
}

static bool is_known(const cyn_scope *s, const char *name)
{
    return cyn_scope_derive(s, name) >= 0 || cyn_scope_column(s, name) >= 0;
}

static cyn_code unknown_column(const cyn_scope *s, const char *name, const cyn_expr *e,
                               cyn_err *err)
{
    const cyn_table *t = s->rows->table;
    const char *names[512];
    size_t n = 0;
    for (size_t i = 0; i < s->nderives && n < 512; i++)
        names[n++] = s->view->derives[i].name;
    for (size_t i = 0; i < cyn_table_width(t) && n < 512; i++)
        if (cyn_table_column(t, i)->name[0] != '#') names[n++] = cyn_table_column(t, i)->name;
    cyn_fail_at(err, CYN_E_NAME, e->place.file, e->place.line, e->place.column,
                "%s has no column '%s' (in '%s')", rows_name(s), name, e->text);
    const char *near = cyn_nearest(name, names, n);
    if (near) {
        cyn_hint(err, "did you mean '%s'?", near);
        return CYN_E_NAME;
    }
    cyn_buf list = {0};
    for (size_t i = 0; i < n && list.len < 240; i++)
        cyn_buf_printf(&list, "%s%s", i ? ", " : "", names[i]);
    if (list.data) cyn_hint(err, "its columns are: %s", list.data);
    cyn_buf_clear(&list);
    return CYN_E_NAME;
}

/* The scope in which a derived column's own expression stands: it sees the ones before. */
static cyn_scope inner_scope(const cyn_scope *s, int derive)
{
    cyn_scope inner = *s;
    inner.nderives = (size_t)derive;
    return inner;
}

/* The table's column of this name, or what the derived one computes. */
static cyn_code bind_name(const cyn_scope *s, const char *name, const cyn_expr *e, cyn_use use,
                          const cyn_expr **out, cyn_err *err)
{
    int derive = cyn_scope_derive(s, name);
    if (derive >= 0) {
        cyn_scope inner = inner_scope(s, derive);
        return cyn_bind_expr(&inner, s->view->derives[derive].expr, use, out, err);
    }
    int column = cyn_scope_column(s, name);
    if (column < 0) return unknown_column(s, name, e, err);
    cyn_expr *bound = CYN_NEW(s->arena, cyn_expr);
    if (!bound) return cyn_nomem(err);
    *bound = *e;
    bound->kind = CYN_EXPR_COLUMN;
    bound->name = cyn_table_column(s->rows->table, (size_t)column)->name;
    *out = bound;
    return CYN_OK;
}

cyn_code cyn_bind_column(const cyn_scope *s, const char *name, const cyn_expr *e,
                         const cyn_expr **out, cyn_err *err)
{
    cyn_scope columns = *s;
    columns.columns = true;
    CYN_TRY(bind_name(&columns, name, e, CYN_USE_VALUE, out, err));
    return (*out)->kind == CYN_EXPR_COLUMN ? CYN_OK : cyn_hidden_values(s, *out, out, err);
}

/* A script may read "payload" on its way to "payload.size", and call methods of a column's text. */
static bool leads_to_column(const cyn_scope *s, const char *name)
{
    const cyn_table *t = s->rows->table;
    size_t n = strlen(name);
    for (size_t i = 0; i < cyn_table_width(t); i++) {
        const char *c = cyn_table_column(t, i)->name;
        if (strncmp(c, name, n) == 0 && c[n] == '.') return true;
    }
    const char *dot = strrchr(name, '.');
    if (!dot) return false;
    char *prefix = cyn_strndup(s->arena, name, (size_t)(dot - name));
    return prefix && (is_known(s, prefix) || leads_to_column(s, prefix));
}

/* ---- translations ---- */

/* Who reads the column, and where. */
static cyn_expr reader(const cyn_expr *e, const cyn_translation_input *input)
{
    cyn_expr r = *e;
    if (input->place.file) r.place = input->place;
    return r;
}

/* STEPS take columns and other steps. */
static cyn_code bind_input(const cyn_scope *s, const char *name, const cyn_expr *e,
                           const cyn_expr **out, cyn_err *err)
{
    if (s->columns) return cyn_bind_column(s, name, e, out, err);
    CYN_TRY(bind_name(s, name, e, CYN_USE_VALUE, out, err));
    if ((*out)->kind == CYN_EXPR_COLUMN || (*out)->kind == CYN_EXPR_STEPS) return CYN_OK;
    return cyn_bind_column(s, name, e, out, err);
}

/* NULL where the translation does not suit the data: it takes for a column what only leads to some,
 * and what Lua has there the interpreter knows. */
static cyn_code bind_steps(const cyn_scope *s, const cyn_expr *e, unsigned *kinds,
                           const cyn_expr **out, cyn_err *err)
{
    const cyn_translation *code = e->code;
    cyn_bound_input *inputs = CYN_NEW_ARRAY(s->arena, code->ninputs + 1, cyn_bound_input);
    if (!inputs) return cyn_nomem(err);
    *out = NULL;
    for (size_t i = 0; i < code->ninputs; i++) {
        const cyn_expr who = reader(e, &code->inputs[i]);
        inputs[i].name = code->inputs[i].name;
        if (!is_known(s, inputs[i].name) && leads_to_column(s, inputs[i].name)) return CYN_OK;
        CYN_TRY(bind_input(s, inputs[i].name, &who, &inputs[i].expr, err));
    }
    CYN_TRY(cyn_hidden_steps(s, e, inputs, out, err));
    return cyn_exec_expr_kinds(*out, s->rows->table, kinds, err);
}

/* ---- the interpreter ---- */

typedef struct input_list {
    cyn_bound_input *items;
    size_t count;
} input_list;

/* Adds what `name` stands for as an input; the name stays the one that the script knows. */
static cyn_code add_input(const cyn_scope *s, const char *name, const cyn_expr *e, input_list *list,
                          cyn_err *err)
{
    cyn_bound_input *input = &list->items[list->count];
    CYN_TRY(cyn_bind_column(s, name, e, &input->expr, err));
    input->name = name;
    list->count++;
    return CYN_OK;
}

static cyn_code add_read(const cyn_scope *s, const char *name, const cyn_expr *e, input_list *list,
                         cyn_err *err)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0) return CYN_OK;
    if (is_known(s, name)) return add_input(s, name, e, list, err);
    return leads_to_column(s, name) ? CYN_OK : unknown_column(s, name, e, err);
}

/* A function that may read anything is given all that there is. */
static cyn_code add_all(const cyn_scope *s, const cyn_expr *e, size_t width, input_list *list,
                        cyn_err *err)
{
    for (size_t i = 0; i < s->nderives; i++)
        if (cyn_scope_derive(s, s->view->derives[i].name) == (int)i)
            CYN_TRY(add_input(s, s->view->derives[i].name, e, list, err));
    for (size_t i = 0; i < width; i++) {
        const char *name = cyn_table_column(s->rows->table, i)->name;
        if (name[0] != '#' && cyn_scope_derive(s, name) < 0)
            CYN_TRY(add_input(s, name, e, list, err));
    }
    return CYN_OK;
}

/* The columns that the interpreter is given. */
static cyn_code collect_inputs(const cyn_scope *s, const cyn_expr *e, input_list *list,
                               cyn_err *err)
{
    size_t width = cyn_table_width(s->rows->table), known = e->code ? e->code->ninputs : 0;
    size_t most = e->nreads + known + s->nderives + width;
    *list = (input_list){.items = CYN_NEW_ARRAY(s->arena, most + 1, cyn_bound_input)};
    if (!list->items) return cyn_nomem(err);
    if (e->reads_all && !e->code) return add_all(s, e, width, list, err);
    for (size_t i = 0; i < known; i++) {
        const cyn_expr who = reader(e, &e->code->inputs[i]);
        CYN_TRY(add_read(s, e->code->inputs[i].name, &who, list, err));
    }
    for (size_t i = 0; i < e->nreads; i++)
        CYN_TRY(add_read(s, e->reads[i], e, list, err));
    return CYN_OK;
}

static cyn_code ask(const cyn_scope *s, const cyn_expr *e, const cyn_expr **out, cyn_err *err)
{
    input_list inputs;
    CYN_TRY(collect_inputs(s, e, &inputs, err));
    return cyn_hidden_answers(s, e, inputs.items, inputs.count, out, err);
}

cyn_code cyn_bind_inputs(const cyn_scope *s, const cyn_expr *script, const cyn_bound_input **out,
                         size_t *n, cyn_err *err)
{
    input_list inputs;
    CYN_TRY(collect_inputs(s, script, &inputs, err));
    *out = inputs.items;
    *n = inputs.count;
    return CYN_OK;
}

/* ---- expressions ---- */

static bool is_uniform(unsigned kinds, cyn_use use)
{
    kinds &= ~CYN_KIND_NIL;
    if (use == CYN_USE_TRUTH && kinds & CYN_KIND_REAL) kinds &= ~CYN_KIND_INTEGER;
    return (kinds & (kinds - 1)) == 0;
}

/* A hidden column, of the interpreter's answers only where the executor cannot make it. */
static cyn_code bind_hidden(const cyn_scope *s, const cyn_expr *e, const cyn_expr **out,
                            cyn_err *err)
{
    cyn_scope columns = *s;
    const cyn_expr *steps = NULL;
    unsigned kinds;
    columns.columns = true;
    if (e->code) CYN_TRY(bind_steps(&columns, e, &kinds, &steps, err));
    if (!steps || s->set->interpret) return ask(&columns, e, out, err);
    cyn_err why = {0};
    cyn_code rc = cyn_hidden_values(&columns, steps, out, &why);
    if (rc == CYN_E_ESCAPE) return ask(&columns, e, out, err);
    if (rc != CYN_OK && err) *err = why;
    return rc;
}

static cyn_code bind_script(const cyn_scope *s, const cyn_expr *e, cyn_use use,
                            const cyn_expr **out, cyn_err *err)
{
    const cyn_expr *steps = NULL;
    unsigned kinds = 0;
    if (e->code && !s->columns) CYN_TRY(bind_steps(s, e, &kinds, &steps, err));
    if (!steps || !is_uniform(kinds, use)) return bind_hidden(s, e, out, err);
    *out = steps;
    return CYN_OK;
}

static cyn_code bind_pair(const cyn_scope *s, const cyn_expr *e, const cyn_expr **out, cyn_err *err)
{
    cyn_use use = e->kind == CYN_EXPR_AND ? CYN_USE_TRUTH : CYN_USE_VALUE;
    cyn_expr *bound = CYN_NEW(s->arena, cyn_expr);
    if (!bound) return cyn_nomem(err);
    *bound = *e;
    CYN_TRY(cyn_bind_expr(s, e->a, use, &bound->a, err));
    CYN_TRY(cyn_bind_expr(s, e->b, use, &bound->b, err));
    *out = bound;
    return CYN_OK;
}

cyn_code cyn_bind_expr(const cyn_scope *s, const cyn_expr *e, cyn_use use, const cyn_expr **out,
                       cyn_err *err)
{
    switch (e->kind) {
    case CYN_EXPR_COLUMN: return bind_name(s, e->name, e, use, out, err);
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND: return bind_pair(s, e, out, err);
    case CYN_EXPR_SCRIPT: return bind_script(s, e, use, out, err);
    case CYN_EXPR_CONST:
    case CYN_EXPR_STEPS: break;
    }
    *out = e;
    return CYN_OK;
}
