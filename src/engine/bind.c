#include "engine/bind.h"
#include "base/text.h"
#include "engine/derive.h"
#include <string.h>

/* What an expression can see: the rows' columns and the view's first `nderives` derived ones. */
typedef struct scope {
    cyn_rows_set *set;
    cyn_rows *rows;
    const cyn_view *view;
    size_t nderives;
    cyn_arena *arena;
} scope;

static const cyn_table *table_of(const scope *s)
{
    return s->rows->table;
}

/* "source 'events'", "the journey over source 'events'" */
static const char *rows_name(const scope *s)
{
    const char *source = s->set->data->project->config->sources[s->rows->source].name;
    const cyn_relation *r = s->rows->relation;
    const char *name =
        r ? cyn_sprintf(s->arena, "the %s over source '%s'", cyn_relation_names[r->kind], source)
          : cyn_sprintf(s->arena, "source '%s'", source);
    return name ? name : source;
}

static cyn_code bind_expr(const scope *s, const cyn_expr *e, const cyn_expr **out, cyn_err *err);

static int find_derive(const scope *s, const char *name)
{
    for (size_t i = s->nderives; i-- > 0;)
        if (strcmp(s->view->derives[i].name, name) == 0) return (int)i;
    return -1;
}

/* Hidden columns ("#1") are nobody's to name. */
static int find_column(const scope *s, const char *name)
{
    return name[0] == '#' ? -1 : cyn_table_find(table_of(s), name);
}

static cyn_code unknown_column(const scope *s, const char *name, const cyn_expr *e, cyn_err *err)
{
    const cyn_table *t = table_of(s);
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

/* The table's column of this name, or the derived one's. */
static cyn_code bind_name(const scope *s, const char *name, const cyn_expr *e, const cyn_expr **out,
                          cyn_err *err)
{
    int derive = find_derive(s, name);
    if (derive >= 0) {
        scope inner = *s;
        inner.nderives = (size_t)derive;
        return bind_expr(&inner, s->view->derives[derive].expr, out, err);
    }
    int column = find_column(s, name);
    if (column < 0) return unknown_column(s, name, e, err);
    cyn_expr *bound = CYN_NEW(s->arena, cyn_expr);
    if (!bound) return cyn_nomem(err);
    *bound = *e;
    bound->kind = CYN_EXPR_COLUMN;
    bound->name = cyn_table_column(table_of(s), (size_t)column)->name;
    *out = bound;
    return CYN_OK;
}

/* A script may read "payload" on its way to "payload.size", and call methods of a column's text. */
static bool leads_to_column(const scope *s, const char *name)
{
    const cyn_table *t = table_of(s);
    size_t n = strlen(name);
    for (size_t i = 0; i < cyn_table_width(t); i++) {
        const char *c = cyn_table_column(t, i)->name;
        if (strncmp(c, name, n) == 0 && c[n] == '.') return true;
    }
    const char *dot = strrchr(name, '.');
    if (!dot) return false;
    char *prefix = cyn_strndup(s->arena, name, (size_t)(dot - name));
    return prefix && (find_derive(s, prefix) >= 0 || find_column(s, prefix) >= 0 ||
                      leads_to_column(s, prefix));
}

typedef struct input_list {
    cyn_derive_input *items;
    size_t count;
} input_list;

/* Adds what `name` stands for as an input; the name stays the one that the script knows. */
static cyn_code add_input(const scope *s, const char *name, const cyn_expr *e, input_list *list,
                          cyn_err *err)
{
    const cyn_expr *bound;
    CYN_TRY(bind_name(s, name, e, &bound, err));
    if (bound->kind != CYN_EXPR_COLUMN)
        return cyn_fail_at(err, CYN_E_UNSUPPORTED, e->place.file, e->place.line, e->place.column,
                           "derived column '%s' cannot be read by another expression", name);
    int column = cyn_table_find(table_of(s), bound->name);
    list->items[list->count++] =
        (cyn_derive_input){.name = name, .column = cyn_table_column(table_of(s), (size_t)column)};
    return CYN_OK;
}

/* The columns that a script expression is given. Making a derived one replaces the table, but a
 * joined table keeps those that it was made of, so that pointers taken earlier stay good. */
static cyn_code collect_inputs(const scope *s, const cyn_expr *e, input_list *list, cyn_err *err)
{
    size_t width = cyn_table_width(table_of(s));
    list->count = 0;
    list->items = CYN_NEW_ARRAY(s->arena, e->nreads + s->nderives + width + 1, cyn_derive_input);
    if (!list->items) return cyn_nomem(err);
    if (!e->reads_all) {
        for (size_t i = 0; i < e->nreads; i++) {
            const char *name = e->reads[i];
            if (find_derive(s, name) >= 0 || find_column(s, name) >= 0)
                CYN_TRY(add_input(s, name, e, list, err));
            else if (!leads_to_column(s, name))
                return unknown_column(s, name, e, err);
        }
        return CYN_OK;
    }
    for (size_t i = 0; i < s->nderives; i++)
        CYN_TRY(add_input(s, s->view->derives[i].name, e, list, err));
    for (size_t i = 0; i < width; i++) {
        const char *name = cyn_table_column(table_of(s), i)->name;
        if (name[0] != '#' && find_derive(s, name) < 0) CYN_TRY(add_input(s, name, e, list, err));
    }
    return CYN_OK;
}

/* Equal keys compute equal columns: the text of a string expression (or the function's number), and
 * the columns behind the names that it reads. */
static const char *hidden_key(const scope *s, const cyn_expr *e, const input_list *inputs)
{
    cyn_buf key = {0};
    if (e->reads_all)
        cyn_buf_printf(&key, "function %u", e->handle);
    else
        cyn_buf_puts(&key, e->text);
    for (size_t i = 0; i < inputs->count && !e->reads_all; i++)
        cyn_buf_printf(&key, "|%s=%s", inputs->items[i].name, inputs->items[i].column->name);
    for (size_t i = 0; i < s->nderives && e->reads_all; i++)
        cyn_buf_printf(&key, "|%s=%s", inputs->items[i].name, inputs->items[i].column->name);
    char *copy = key.failed ? NULL : cyn_strdup(s->arena, key.data);
    cyn_buf_clear(&key);
    return copy;
}

/* Has the script compute the column and joins it to the rows. */
static cyn_code add_hidden(const scope *s, const cyn_expr *e, const input_list *inputs,
                           const char *key, const char **out, cyn_err *err)
{
    const char *name = cyn_sprintf(s->arena, "#%zu", s->rows->nhidden + 1);
    if (!name) return cyn_nomem(err);
    cyn_table *column;
    CYN_TRY(cyn_derive_column(&s->set->data->project->evaluator, e, inputs->items, inputs->count,
                              cyn_table_rows(s->rows->table), name, &column, err));
    *out = name;
    return cyn_rows_join(s->set, s->rows, column, key, name, err);
}

static cyn_code bind_script(const scope *s, const cyn_expr *e, const cyn_expr **out, cyn_err *err)
{
    input_list inputs;
    CYN_TRY(collect_inputs(s, e, &inputs, err));
    const char *key = hidden_key(s, e, &inputs);
    if (!key) return cyn_nomem(err);
    const char *name = cyn_rows_hidden(s->rows, key);
    if (!name) CYN_TRY(add_hidden(s, e, &inputs, key, &name, err));
    cyn_expr *bound = CYN_NEW(s->arena, cyn_expr);
    if (!bound) return cyn_nomem(err);
    *bound = (cyn_expr){.kind = CYN_EXPR_COLUMN, .place = e->place, .text = e->text, .name = name};
    *out = bound;
    return CYN_OK;
}

static cyn_code bind_pair(const scope *s, const cyn_expr *e, const cyn_expr **out, cyn_err *err)
{
    cyn_expr *bound = CYN_NEW(s->arena, cyn_expr);
    if (!bound) return cyn_nomem(err);
    *bound = *e;
    CYN_TRY(bind_expr(s, e->a, &bound->a, err));
    CYN_TRY(bind_expr(s, e->b, &bound->b, err));
    *out = bound;
    return CYN_OK;
}

static cyn_code bind_expr(const scope *s, const cyn_expr *e, const cyn_expr **out, cyn_err *err)
{
    switch (e->kind) {
    case CYN_EXPR_COLUMN: return bind_name(s, e->name, e, out, err);
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND: return bind_pair(s, e, out, err);
    case CYN_EXPR_SCRIPT: return bind_script(s, e, out, err);
    default: *out = e; return CYN_OK;
    }
}

static bool declared_dimension(const cyn_config_source *s, const char *name)
{
    for (size_t i = 0; i < s->ndimensions; i++)
        if (strcmp(s->dimensions[i], name) == 0) return true;
    return false;
}

static cyn_code unknown_dimension(const scope *s, const char *name, cyn_err *err)
{
    const cyn_config_source *source = &s->set->data->project->config->sources[s->rows->source];
    const cyn_place *place = &s->view->place;
    cyn_fail_at(err, CYN_E_NAME, place->file, place->line, place->column,
                "source '%s' has no dimension '%s'", source->name, name);
    const char *names[256];
    size_t n = 0;
    for (size_t i = 0; i < s->nderives && n < 256; i++)
        names[n++] = s->view->derives[i].name;
    for (size_t i = 0; i < source->ndimensions && n < 256; i++)
        names[n++] = source->dimensions[i];
    const char *near = cyn_nearest(name, names, n);
    if (near)
        cyn_hint(err, "did you mean '%s'?", near);
    else if (find_column(s, name) >= 0)
        cyn_hint(err, "it is a column: add it to 'dimensions' of '%s' in cynosure.yaml",
                 source->name);
    else
        cyn_hint(err, "dimensions are listed under the source in cynosure.yaml, or derived");
    return CYN_E_NAME;
}

/* The column that holds a dimension's values; a derived one is made if it is not there yet. The
 * rows of a relation carry their dimensions as columns. */
static cyn_code bind_dimension(const scope *s, const char *name, const char **out, cyn_err *err)
{
    const cyn_config_source *source = &s->set->data->project->config->sources[s->rows->source];
    bool known = find_derive(s, name) >= 0 ||
                 (s->rows->relation ? find_column(s, name) >= 0 : declared_dimension(source, name));
    if (!known) return unknown_dimension(s, name, err);
    cyn_expr reference = {
        .kind = CYN_EXPR_COLUMN, .place = s->view->place, .text = name, .name = name};
    const cyn_expr *bound;
    CYN_TRY(bind_name(s, name, &reference, &bound, err));
    if (bound->kind != CYN_EXPR_COLUMN) return unknown_dimension(s, name, err);
    *out = bound->name;
    return CYN_OK;
}

static cyn_code bind_dimensions(const scope *s, const char *const *names, size_t n,
                                const char ***out, cyn_err *err)
{
    const char **columns = CYN_NEW_ARRAY(s->arena, n + 1, const char *);
    if (!columns) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(bind_dimension(s, names[i], &columns[i], err));
    *out = columns;
    return CYN_OK;
}

static scope scope_of(cyn_rows_set *set, cyn_rows *rows, const cyn_view *view)
{
    return (scope){
        .set = set, .rows = rows, .view = view, .nderives = view->nderives, .arena = set->arena};
}

static cyn_code bind_optional(const scope *s, const cyn_expr *e, const cyn_expr **out, cyn_err *err)
{
    *out = NULL;
    return e ? bind_expr(s, e, out, err) : CYN_OK;
}

cyn_code cyn_bind_agg(cyn_rows_set *set, const cyn_agg *agg, const cyn_spans *spans, size_t chain,
                      cyn_bound_agg *out, cyn_err *err)
{
    cyn_rows *rows;
    CYN_TRY(cyn_rows_of(set, agg->view, spans, chain, &rows, err));
    scope s = scope_of(set, rows, agg->view);
    const char **groups;
    cyn_plan_agg bound = {
        .func = agg->func, .p = agg->p, .qtype = agg->qtype, .approx = agg->approx};
    CYN_TRY(bind_optional(&s, agg->view->where, &bound.where, err));
    CYN_TRY(bind_optional(&s, agg->arg, &bound.arg, err));
    CYN_TRY(bind_dimensions(&s, set->by, set->nby, &groups, err));
    *out = (cyn_bound_agg){.rows = rows, .agg = bound, .groups = groups};
    return CYN_OK;
}

static cyn_code bind_list(const scope *s, const cyn_expr *const *from, size_t n,
                          const cyn_expr *const **out, cyn_err *err)
{
    const cyn_expr **list = CYN_NEW_ARRAY(s->arena, n + 1, const cyn_expr *);
    if (!list) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        CYN_TRY(bind_expr(s, from[i], &list[i], err));
    *out = list;
    return CYN_OK;
}

static cyn_code bind_steps(const scope *s, cyn_relation *r, cyn_err *err)
{
    cyn_journey_step *steps = CYN_NEW_ARRAY(s->arena, r->nsteps + 1, cyn_journey_step);
    if (!steps) return cyn_nomem(err);
    for (size_t i = 0; i < r->nsteps; i++) {
        steps[i] = r->steps[i];
        CYN_TRY(bind_expr(s, r->steps[i].when, &steps[i].when, err));
    }
    r->steps = steps;
    return CYN_OK;
}

cyn_code cyn_bind_relation(cyn_rows_set *set, cyn_rows *base, const cyn_relation *r,
                           const char *const *names, size_t n, cyn_relation *bound,
                           const cyn_expr **where, const char ***groups, cyn_err *err)
{
    scope s = scope_of(set, base, r->base);
    *bound = *r;
    CYN_TRY(bind_optional(&s, r->base->where, where, err));
    CYN_TRY(bind_optional(&s, r->entity, &bound->entity, err));
    CYN_TRY(bind_optional(&s, r->arg, &bound->arg, err));
    CYN_TRY(bind_optional(&s, r->start, &bound->start, err));
    CYN_TRY(bind_optional(&s, r->active, &bound->active, err));
    CYN_TRY(bind_optional(&s, r->from, &bound->from, err));
    CYN_TRY(bind_optional(&s, r->to, &bound->to, err));
    CYN_TRY(bind_list(&s, r->same, r->nsame, &bound->same, err));
    CYN_TRY(bind_steps(&s, bound, err));
    return bind_dimensions(&s, names, n, groups, err);
}
