#include "engine/bind.h"
#include "base/text.h"
#include "engine/derive.h"
#include <string.h>

/* What an expression can see: the table's columns and the view's first `nderives` derived ones. */
typedef struct scope {
    cyn_dataset *data;
    size_t source;
    const cyn_view *view;
    size_t nderives;
    cyn_arena *arena;
} scope;

static const cyn_table *table_of(const scope *s)
{
    return s->data->sources[s->source].table;
}

static const char *source_name(const scope *s)
{
    return s->data->project->config->sources[s->source].name;
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
                "source '%s' has no column '%s' (in '%s')", source_name(s), name, e->text);
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
    char *copy = key.failed ? NULL : cyn_strdup(s->data->arena, key.data);
    cyn_buf_clear(&key);
    return copy;
}

static const char *find_hidden(const cyn_source_data *sd, const char *key)
{
    for (size_t i = 0; i < sd->nhidden; i++)
        if (strcmp(sd->hidden[i].key, key) == 0) return sd->hidden[i].name;
    return NULL;
}

static cyn_code remember_hidden(cyn_dataset *d, cyn_source_data *sd, const char *key,
                                const char *name, cyn_err *err)
{
    if (sd->nhidden == sd->hidden_capacity) {
        size_t capacity = sd->hidden_capacity ? 2 * sd->hidden_capacity : 16;
        cyn_hidden_column *more = CYN_NEW_ARRAY(d->arena, capacity, cyn_hidden_column);
        if (!more) return cyn_nomem(err);
        if (sd->nhidden) memcpy(more, sd->hidden, sd->nhidden * sizeof *more);
        sd->hidden = more;
        sd->hidden_capacity = capacity;
    }
    sd->hidden[sd->nhidden++] = (cyn_hidden_column){.key = key, .name = name};
    return CYN_OK;
}

/* Has the script compute the column and joins it to the source's table. */
static cyn_code add_hidden(const scope *s, const cyn_expr *e, const input_list *inputs,
                           const char *key, const char **out, cyn_err *err)
{
    cyn_source_data *sd = &s->data->sources[s->source];
    const char *name = cyn_sprintf(s->data->arena, "#%zu", sd->nhidden + 1);
    if (!name) return cyn_nomem(err);
    cyn_table *column, *joined;
    CYN_TRY(cyn_derive_column(&s->data->project->evaluator, e, inputs->items, inputs->count,
                              cyn_table_rows(sd->table), name, &column, err));
    cyn_code rc = cyn_table_join_columns(sd->table, column, &joined, err);
    cyn_table_unref(column);
    if (rc != CYN_OK) return rc;
    cyn_table_unref(sd->table);
    sd->table = joined;
    *out = name;
    return remember_hidden(s->data, sd, key, name, err);
}

static cyn_code bind_script(const scope *s, const cyn_expr *e, const cyn_expr **out, cyn_err *err)
{
    input_list inputs;
    CYN_TRY(collect_inputs(s, e, &inputs, err));
    const char *key = hidden_key(s, e, &inputs);
    if (!key) return cyn_nomem(err);
    const char *name = find_hidden(&s->data->sources[s->source], key);
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
    const cyn_config_source *source = &s->data->project->config->sources[s->source];
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

/* The column that holds a dimension's values; a derived one is made if it is not there yet. */
static cyn_code bind_dimension(const scope *s, const char *name, const char **out, cyn_err *err)
{
    const cyn_config_source *source = &s->data->project->config->sources[s->source];
    if (find_derive(s, name) < 0 && !declared_dimension(source, name))
        return unknown_dimension(s, name, err);
    cyn_expr reference = {
        .kind = CYN_EXPR_COLUMN, .place = s->view->place, .text = name, .name = name};
    const cyn_expr *bound;
    CYN_TRY(bind_name(s, name, &reference, &bound, err));
    if (bound->kind != CYN_EXPR_COLUMN) return unknown_dimension(s, name, err);
    *out = bound->name;
    return CYN_OK;
}

cyn_code cyn_bind_agg(cyn_dataset *d, const cyn_agg *agg, const char *const *by, size_t nby,
                      cyn_arena *arena, cyn_bound_agg *out, cyn_err *err)
{
    const cyn_view *view = agg->view;
    int source = cyn_project_source(d->project, view->source);
    if (source < 0)
        return cyn_fail_at(err, CYN_E_NAME, view->place.file, view->place.line, view->place.column,
                           "no source is named '%s'", view->source);
    CYN_TRY(cyn_dataset_need(d, (size_t)source, err));
    scope s = {.data = d,
               .source = (size_t)source,
               .view = view,
               .nderives = view->nderives,
               .arena = arena};
    const char **groups = CYN_NEW_ARRAY(arena, nby + 1, const char *);
    if (!groups) return cyn_nomem(err);
    cyn_plan_agg bound = {.func = agg->func, .p = agg->p, .qtype = agg->qtype};
    if (view->where) CYN_TRY(bind_expr(&s, view->where, &bound.where, err));
    if (agg->arg) CYN_TRY(bind_expr(&s, agg->arg, &bound.arg, err));
    for (size_t i = 0; i < nby; i++)
        CYN_TRY(bind_dimension(&s, by[i], &groups[i], err));
    *out = (cyn_bound_agg){.source = (size_t)source, .agg = bound, .groups = groups};
    return CYN_OK;
}
