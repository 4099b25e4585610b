#include "engine/bind.h"
#include "engine/needs.h"
#include "engine/rows_impl.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cyn_code cyn_rows_set_new(cyn_dataset *d, const char *const *by, size_t nby,
                          const atomic_bool *cancel, cyn_arena *arena, cyn_rows_set **out,
                          cyn_err *err)
{
    cyn_rows_set *set = CYN_NEW(arena, cyn_rows_set);
    if (!set) return cyn_nomem(err);
    *set = (cyn_rows_set){.data = d, .by = by, .nby = nby, .cancel = cancel, .arena = arena};
    *out = set;
    return CYN_OK;
}

void cyn_rows_set_free(cyn_rows_set *set)
{
    if (!set) return;
    cyn_rows_clear_begun(set);
    for (size_t i = 0; i < set->count; i++)
        cyn_table_unref(set->items[i]->table);
}

bool cyn_relation_by_period(const cyn_relation *r)
{
    return r && (r->kind == CYN_PER || r->kind == CYN_BALANCE || r->kind == CYN_MOVEMENT);
}

static cyn_code add_rows(cyn_rows_set *set, const cyn_rows *rows, cyn_rows **out, cyn_err *err)
{
    void *more = cyn_grown(set->arena, set->items, set->count, &set->capacity, sizeof *set->items);
    if (!more) return cyn_nomem(err);
    set->items = more;
    cyn_rows *kept = CYN_NEW(set->arena, cyn_rows);
    if (!kept) return cyn_nomem(err);
    *kept = *rows;
    set->items[set->count++] = kept;
    *out = kept;
    return CYN_OK;
}

static cyn_rows *find_rows(const cyn_rows_set *set, size_t source, size_t first,
                           const cyn_relation *relation, const cyn_spans *spans, size_t chain)
{
    bool by_period = cyn_relation_by_period(relation);
    for (size_t i = 0; i < set->count; i++) {
        cyn_rows *r = set->items[i];
        if (r->source != source || r->first != first || r->relation != relation) continue;
        if (by_period && (r->spans != spans || r->chain != chain)) continue;
        return r;
    }
    return NULL;
}

cyn_code cyn_rows_expect(cyn_rows_set *set, const cyn_view *view, cyn_err *err)
{
    for (const cyn_relation *r = view->relation; r; r = r->base->relation) {
        for (size_t i = 0; i < set->nexpected; i++)
            if (set->expected[i] == r) return CYN_OK;
        void *more = cyn_grown(set->arena, set->expected, set->nexpected, &set->expected_capacity,
                               sizeof *set->expected);
        if (!more) return cyn_nomem(err);
        set->expected = more;
        set->expected[set->nexpected++] = r;
    }
    return CYN_OK;
}

static cyn_code need_source(cyn_rows_set *set, const cyn_view *view, size_t *out, cyn_err *err)
{
    int source = cyn_project_source(set->data->project, view->source);
    if (source < 0)
        return cyn_fail_at(err, CYN_E_NAME, view->place.file, view->place.line, view->place.column,
                           "no source is named '%s'", view->source);
    *out = (size_t)source;
    return cyn_dataset_need(set->data, (size_t)source, err);
}

/* ---- relations ---- */

/* Dimensions that the relation's rows carry: those asked for, and for rows that are not made for
 * segments all that the source declares. */
static cyn_code carried_dimensions(cyn_rows_set *set, const cyn_relation *r, size_t source,
                                   const char ***out, size_t *count, cyn_err *err)
{
    const cyn_config_source *s = &set->data->project->config->sources[source];
    const char **names = CYN_NEW_ARRAY(set->arena, set->nby + s->ndimensions + 1, const char *);
    if (!names) return cyn_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < set->nby; i++)
        names[n++] = set->by[i];
    for (size_t i = 0; !cyn_relation_by_period(r) && i < s->ndimensions; i++) {
        bool there = false;
        for (size_t k = 0; k < n; k++)
            there = there || strcmp(names[k], s->dimensions[i]) == 0;
        if (!there) names[n++] = s->dimensions[i];
    }
    *out = names;
    *count = n;
    return CYN_OK;
}

/* A state is looked at just before the end; of a stretch without end, now. */
static cyn_code relation_intervals(cyn_rows_set *set, const cyn_relation *r, const cyn_spans *spans,
                                   size_t chain, cyn_relation_input *in, cyn_err *err)
{
    const cyn_chain *c = &spans->chains[chain];
    in->nintervals = c->nintervals;
    in->intervals = c->intervals;
    if (r->kind == CYN_PER) return CYN_OK;
    cyn_interval *cut = CYN_NEW_ARRAY(set->arena, c->nintervals + 1, cyn_interval);
    if (!cut) return cyn_nomem(err);
    for (size_t i = 0; i < c->nintervals; i++) {
        cut[i] = c->intervals[i];
        if (cut[i].end == CYN_TIME_MAX) cut[i].end = spans->now;
    }
    in->intervals = cut;
    return CYN_OK;
}

/* The different times of a column, sorted; runs of equal ones are taken once. */
static cyn_code distinct_times(const cyn_column *c, size_t rows, const cyn_tz *tz, cyn_arena *arena,
                               int64_t **out, size_t *count, cyn_err *err)
{
    int64_t *times = CYN_NEW_ARRAY(arena, rows + 1, int64_t);
    if (!times) return cyn_nomem(err);
    size_t n = 0;
    int64_t last = 0;
    for (size_t i = 0; i < rows; i++) {
        if (!cyn_column_has(c, i) || (n > 0 && cyn_column_integer(c, i) == last)) continue;
        last = cyn_column_integer(c, i);
        times[n++] = c->type == CYN_DATE ? cyn_tz_midnight(tz, last) : last;
    }
    qsort(times, n, sizeof *times, cyn_compare_times);
    *out = times;
    *count = n;
    return CYN_OK;
}

/* A period without any snapshot has no state: its balance is missing, not zero (B-4). */
static cyn_code find_states(const cyn_rows *base, const cyn_relation_input *in, cyn_arena *arena,
                            const bool **out, cyn_err *err)
{
    int column = base->time ? cyn_table_find(base->table, base->time) : -1;
    if (column < 0) return CYN_OK;
    cyn_arena *scratch = cyn_arena_new(0);
    bool *has = CYN_NEW_ARRAY(arena, in->nintervals + 1, bool);
    int64_t *times = NULL;
    size_t n = 0;
    cyn_code rc = scratch && has ? distinct_times(cyn_table_column(base->table, (size_t)column),
                                                  cyn_table_rows(base->table), in->calendar->tz,
                                                  scratch, &times, &n, err)
                                 : cyn_nomem(err);
    for (size_t i = 0; rc == CYN_OK && i < in->nintervals; i++) {
        size_t low = 0, high = n; /* the first snapshot at or after the start */
        while (low < high) {
            size_t mid = low + (high - low) / 2;
            if (times[mid] < in->intervals[i].start)
                low = mid + 1;
            else
                high = mid;
        }
        has[i] = low < n && times[low] < in->intervals[i].end;
    }
    cyn_arena_free(scratch);
    *out = has;
    return rc;
}

/* An error without a place is somewhere in the relation. */
static void place_error(const cyn_relation *r, cyn_err *err)
{
    if (!err || err->file[0] || !r->place.file) return;
    snprintf(err->file, sizeof err->file, "%s", r->place.file);
    err->line = r->place.line;
    err->column = r->place.column;
}

/* Relations that are made together: the one that is asked for and, over the same rows, those that
 * will be asked for and differ from it in little. */
typedef struct family {
    cyn_rows *base;
    size_t n;
    const cyn_relation **of;
    cyn_relation *bound;
    cyn_table **tables;
    cyn_table *joined; /* what they are made of where that is no rows' table; or NULL */
} family;

static cyn_code new_family(cyn_rows_set *set, cyn_rows *base, const cyn_relation *r, family *f,
                           cyn_err *err)
{
    size_t room = set->nexpected + 1;
    *f = (family){.base = base, .n = 1};
    f->of = CYN_NEW_ARRAY(set->arena, room, const cyn_relation *);
    f->bound = CYN_NEW_ARRAY(set->arena, room, cyn_relation);
    f->tables = CYN_NEW_ARRAY(set->arena, room, cyn_table *);
    if (!f->of || !f->bound || !f->tables) return cyn_nomem(err);
    f->of[0] = r;
    return CYN_OK;
}

/* Binds a relation's expressions to the rows below it. */
static cyn_code bind_relation(cyn_rows_set *set, cyn_rows *base, const cyn_relation *r,
                              cyn_binding how, cyn_relation_input *in, cyn_relation *bound,
                              cyn_err *err)
{
    const char **groups = NULL;
    CYN_TRY(cyn_bind_relation(set, base, r, how, in->group_names, in->ngroups, bound, &in->where,
                              &groups, err));
    in->groups = groups;
    in->table = base->table; /* binding may have joined columns to it */
    return CYN_OK;
}

static bool is_made(const cyn_rows_set *set, const cyn_relation *r, const cyn_rows *base)
{
    return find_rows(set, base->source, base->first, r, NULL, 0) != NULL;
}

/* Whoever asks for one that cannot be bound will be told. */
static cyn_code find_family(cyn_rows_set *set, family *f, cyn_relation_input *in, cyn_err *err)
{
    CYN_TRY(bind_relation(set, f->base, f->of[0], CYN_BIND_STEPS, in, &f->bound[0], err));
    for (size_t i = 0; i < set->nexpected && f->of[0]->kind == CYN_RETENTION; i++) {
        const cyn_relation *r = set->expected[i];
        if (r == f->of[0] || r->base != f->of[0]->base || is_made(set, r, f->base)) continue;
        cyn_relation *bound = &f->bound[f->n];
        if (bind_relation(set, f->base, r, CYN_BIND_STEPS, in, bound, NULL) != CYN_OK) continue;
        if (cyn_exec_retentions_meet(&f->bound[0], bound)) f->of[f->n++] = r;
    }
    return CYN_OK;
}

/* The columns that are read of their rows. */
static cyn_code find_wanted(cyn_rows_set *set, const family *f, cyn_relation_input *in,
                            cyn_err *err)
{
    static const char *const of_cohorts[] = {"time", "immature"}, *const entity[] = {"entity"};
    cyn_needs needs = {0};
    for (size_t i = 0; i < f->n; i++)
        CYN_TRY(cyn_needs_add_relation(set->data->project, f->of[i], set->arena, &needs, err));
    CYN_TRY(cyn_needs_add(&needs, set->by, set->nby, set->arena, err));
    if (!cyn_relation_by_period(f->of[0]))
        CYN_TRY(cyn_needs_add(&needs, of_cohorts, 2, set->arena, err));
    if (set->entities) CYN_TRY(cyn_needs_add(&needs, entity, 1, set->arena, err));
    in->wanted = needs.all ? NULL : needs.names;
    in->nwanted = needs.all ? 0 : needs.count;
    return CYN_OK;
}

static void drop_joined(family *f)
{
    cyn_table_unref(f->joined);
    f->joined = NULL;
}

/* Over columns that have the interpreter's answers. */
static cyn_code run_over_columns(cyn_rows_set *set, family *f, cyn_relation_input *in, cyn_err *err)
{
    drop_joined(f);
    CYN_TRY(bind_relation(set, f->base, f->of[0], CYN_BIND_COLUMNS, in, &f->bound[0], err));
    CYN_TRY(cyn_rows_leave_out_begun(set, f->base, f->of[0], in, &f->joined, err));
    return cyn_exec_relation(&f->bound[0], in, set->cancel, &f->tables[0], err);
}

static cyn_code run_family(cyn_rows_set *set, family *f, cyn_relation_input *in, cyn_err *err)
{
    const cyn_relation **specs = CYN_NEW_ARRAY(set->arena, f->n, const cyn_relation *);
    if (!specs) return cyn_nomem(err);
    for (size_t i = 0; i < f->n; i++)
        specs[i] = &f->bound[i];
    return f->n > 1 ? cyn_exec_retentions(specs, f->n, in, set->cancel, f->tables, err)
                    : cyn_exec_relation(specs[0], in, set->cancel, f->tables, err);
}

/* What a relation gives must not depend on the others: where they fail, it is made alone. Where a
 * row is the interpreter's, once more over columns that have its answer. */
static cyn_code make_family(cyn_rows_set *set, family *f, cyn_relation_input *in, cyn_err *err)
{
    cyn_err why = {0};
    cyn_code rc = find_family(set, f, in, &why);
    if (rc == CYN_OK) rc = find_wanted(set, f, in, &why);
    if (rc == CYN_OK) rc = cyn_rows_leave_out_begun(set, f->base, f->of[0], in, &f->joined, &why);
    if (rc == CYN_OK) rc = run_family(set, f, in, &why);
    if (rc != CYN_OK && rc != CYN_E_CANCEL && f->n > 1) {
        f->n = 1;
        why = (cyn_err){0};
        rc = run_family(set, f, in, &why);
    }
    if (rc == CYN_E_ESCAPE) {
        why = (cyn_err){0};
        rc = run_over_columns(set, f, in, &why);
    }
    drop_joined(f);
    if (rc == CYN_OK) return CYN_OK;
    place_error(f->of[0], &why);
    if (err) *err = why;
    return rc;
}

/* Adds the rows of each; the first is that of the relation asked for. */
static cyn_code add_family(cyn_rows_set *set, const family *f, cyn_rows rows, cyn_rows **out,
                           cyn_err *err)
{
    cyn_rows *added;
    cyn_code rc = CYN_OK;
    for (size_t i = 0; i < f->n; i++) {
        rows.relation = f->of[i];
        rows.table = f->tables[i];
        if (rc == CYN_OK) rc = add_rows(set, &rows, i ? &added : out, err);
        if (rc != CYN_OK) cyn_table_unref(f->tables[i]);
    }
    return rc;
}

/* Of a view over the source's rows from `first` on. */
static cyn_code rows_from(cyn_rows_set *set, size_t source, size_t first, const cyn_view *view,
                          const cyn_spans *spans, size_t chain, cyn_rows **out, cyn_err *err);

static cyn_code make_relation(cyn_rows_set *set, size_t source, size_t first, const cyn_view *view,
                              const cyn_spans *spans, size_t chain, cyn_rows **out, cyn_err *err)
{
    const cyn_relation *r = view->relation;
    cyn_rows *base;
    family f;
    const char **names = NULL;
    size_t n = 0;
    CYN_TRY(rows_from(set, source, first, r->base, spans, chain, &base, err));
    CYN_TRY(carried_dimensions(set, r, source, &names, &n, err));
    cyn_relation_input in = {.time = base->time,
                             .interval = base->interval,
                             .calendar = spans->calendar,
                             .grain = spans->nslots ? spans->slots[0].period.grain
                                                    : (cyn_grain){CYN_ALL, 1},
                             .now = spans->now,
                             .group_names = names,
                             .ngroups = n};
    CYN_TRY(relation_intervals(set, r, spans, chain, &in, err));
    const bool *has_state = NULL;
    if ((r->kind == CYN_BALANCE || r->kind == CYN_MOVEMENT) && !r->from)
        CYN_TRY(find_states(base, &in, set->arena, &has_state, err));
    CYN_TRY(new_family(set, base, r, &f, err));
    CYN_TRY(make_family(set, &f, &in, err));
    bool by_period = cyn_relation_by_period(r);
    cyn_rows rows = {.source = source,
                     .first = first,
                     .spans = by_period ? spans : NULL,
                     .chain = by_period ? chain : 0,
                     .time = by_period ? NULL : "time",
                     .interval = by_period ? "#interval" : NULL,
                     .has_state = has_state};
    return add_family(set, &f, rows, out, err);
}

cyn_code cyn_rows_of_source(cyn_rows_set *set, size_t source, size_t first, cyn_rows **out,
                            cyn_err *err)
{
    *out = find_rows(set, source, first, NULL, NULL, 0);
    if (*out) return CYN_OK;
    const cyn_table *all = set->data->sources[source].table;
    cyn_table *table = NULL;
    if (first > 0)
        CYN_TRY(cyn_table_tail(all, first, &table, err));
    else
        table = cyn_table_ref(all);
    const cyn_rows rows = {.source = source,
                           .first = first,
                           .table = table,
                           .time = set->data->project->specs[source].time};
    cyn_code rc = add_rows(set, &rows, out, err);
    if (rc != CYN_OK) cyn_table_unref(table);
    return rc;
}

static cyn_code rows_from(cyn_rows_set *set, size_t source, size_t first, const cyn_view *view,
                          const cyn_spans *spans, size_t chain, cyn_rows **out, cyn_err *err)
{
    if (!view->relation) return cyn_rows_of_source(set, source, first, out, err);
    *out = find_rows(set, source, first, view->relation, spans, chain);
    return *out ? CYN_OK : make_relation(set, source, first, view, spans, chain, out, err);
}

cyn_code cyn_rows_of(cyn_rows_set *set, const cyn_view *view, const cyn_spans *spans, size_t chain,
                     cyn_rows **out, cyn_err *err)
{
    size_t source = 0, first = 0;
    CYN_TRY(need_source(set, view, &source, err));
    if (spans && spans->chains[chain].rest && cyn_rows_last_will_do(view))
        CYN_TRY(cyn_rows_first(set, source, &spans->chains[chain], &first, err));
    return rows_from(set, source, first, view, spans, chain, out, err);
}

/* ---- hidden columns ---- */

const char *cyn_rows_hidden(const cyn_rows *rows, const char *key)
{
    for (size_t i = 0; i < rows->nhidden; i++)
        if (strcmp(rows->hidden[i].key, key) == 0) return rows->hidden[i].name;
    return NULL;
}

cyn_code cyn_rows_join(cyn_rows_set *set, cyn_rows *rows, cyn_table *column, const char *key,
                       const char *name, cyn_err *err)
{
    cyn_table *joined;
    cyn_code rc = cyn_table_join_columns(rows->table, column, &joined, err);
    cyn_table_unref(column);
    if (rc != CYN_OK) return rc;
    cyn_table_unref(rows->table);
    rows->table = joined;
    void *more = cyn_grown(set->arena, rows->hidden, rows->nhidden, &rows->hidden_capacity,
                           sizeof *rows->hidden);
    if (!more) return cyn_nomem(err);
    rows->hidden = more;
    rows->hidden[rows->nhidden++] = (cyn_hidden_column){.key = key, .name = name};
    return CYN_OK;
}

/* ---- shared steps ---- */

const cyn_expr *cyn_rows_steps(const cyn_rows *rows, const char *key)
{
    for (size_t i = 0; i < rows->nsteps; i++)
        if (strcmp(rows->steps[i].key, key) == 0) return rows->steps[i].expr;
    return NULL;
}

cyn_code cyn_rows_add_steps(cyn_rows_set *set, cyn_rows *rows, const char *key,
                            const cyn_expr *expr, cyn_err *err)
{
    void *more = cyn_grown(set->arena, rows->steps, rows->nsteps, &rows->steps_capacity,
                           sizeof *rows->steps);
    if (!more) return cyn_nomem(err);
    rows->steps = more;
    rows->steps[rows->nsteps++] = (cyn_shared_steps){.key = key, .expr = expr};
    return CYN_OK;
}
