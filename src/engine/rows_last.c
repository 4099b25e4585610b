/* A source's last rows: where the cells of all other intervals are known, only those that are still
 * asked for are to be computed (engine/scan_kept.c). No row before them matters, but that it may be
 * the one with which an entity began.
 *
 * Rows in whatever order: the last ones are those from the first on that has a time in the
 * intervals, or later. New rows are always among them, since they may be what a run fails on.
 */
#include "engine/bind.h"
#include "engine/rows_impl.h"
#include "exec/begun.h"
#include "plan/expr.h"
#include "plan/translation.h"

/* Where tables can be cut: a word of the bits that say which values are there. */
#define WORD_ROWS 64
/* So many rows are looked at in one go: whole zones (column/column.h). */
#define CHUNK_ROWS ((size_t)4 * CYN_ZONE_ROWS)

/* ---- where they will do ---- */

/* Whether a translation gives a boolean in every row that is no escape; then the interpreter's
 * answers are booleans, too. What is true of some rows and 7 of others is an error once both are
 * there (E-6): such an expression has to see all rows. */
static bool is_boolean(const cyn_translation *code)
{
    bool is[CYN_TRANSLATION_STEPS] = {false};
    if (code->nsteps > CYN_TRANSLATION_STEPS) return false;
    for (size_t i = 0; i < code->nsteps; i++)
        is[i] = cyn_step_is_boolean(&code->steps[i], is);
    return is[code->nsteps - 1];
}

static bool is_of_one_kind(const cyn_expr *e)
{
    if (!e) return true;
    switch (e->kind) {
    case CYN_EXPR_COLUMN:
    case CYN_EXPR_CONST: return true;
    case CYN_EXPR_EQUALS:
    case CYN_EXPR_AND: return is_of_one_kind(e->a) && is_of_one_kind(e->b);
    case CYN_EXPR_SCRIPT: return e->code && is_boolean(e->code);
    case CYN_EXPR_STEPS: break;
    }
    return false;
}

/* Where every attempt counts, it depends on all before it where the next one begins. */
static bool can_be_of_last(const cyn_relation *r)
{
    if (r->kind == CYN_JOURNEY && r->every) return false;
    for (size_t k = 0; k < r->nsteps; k++)
        if (!is_of_one_kind(r->steps[k].when)) return false;
    return is_of_one_kind(r->start) && is_of_one_kind(r->active);
}

bool cyn_rows_last_will_do(const cyn_view *view)
{
    while (is_of_one_kind(view->where)) {
        if (!view->relation) return true;
        if (!can_be_of_last(view->relation)) return false;
        view = view->relation->base;
    }
    return false;
}

/* ---- with which row they begin ---- */

/* How late the first rows of a source are, whatever those behind them are. What stands in the place
 * of missing times counts as well: a chunk may only look later than it is. */
struct cyn_rows_lateness {
    size_t source, rows;
    const cyn_column *time;
    int64_t *latest; /* [chunk]: of its rows and all before */
    cyn_rows_lateness *next;
};

static size_t chunks_of(size_t rows)
{
    return (rows + CHUNK_ROWS - 1) / CHUNK_ROWS;
}

static cyn_code new_lateness(cyn_rows_set *set, size_t source, const cyn_column *time, size_t rows,
                             cyn_rows_lateness **out, cyn_err *err)
{
    cyn_rows_lateness *l = CYN_NEW(set->arena, cyn_rows_lateness);
    int64_t *latest = CYN_NEW_ARRAY(set->arena, chunks_of(rows) + 1, int64_t), before = INT64_MIN;
    if (!l || !latest) return cyn_nomem(err);
    for (size_t i = 0; i < chunks_of(rows); i++) {
        const size_t from = i * CHUNK_ROWS, n = rows - from < CHUNK_ROWS ? rows - from : CHUNK_ROWS;
        int64_t least, greatest;
        cyn_column_range(time, from, n, &least, &greatest);
        before = latest[i] = greatest > before ? greatest : before;
    }
    *l = (cyn_rows_lateness){source, rows, time, latest, set->lateness};
    *out = set->lateness = l;
    return CYN_OK;
}

/* The first row that is not before `least`, or one of the few before it where tables can be cut. */
static size_t first_from(const cyn_rows_lateness *l, int64_t least)
{
    size_t low = 0, high = chunks_of(l->rows);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (l->latest[middle] < least)
            low = middle + 1;
        else
            high = middle;
    }
    size_t row = low * CHUNK_ROWS;
    if (row >= l->rows) return l->rows / WORD_ROWS * WORD_ROWS;
    while (cyn_column_integer(l->time, row) < least)
        row++;
    return row / WORD_ROWS * WORD_ROWS;
}

static cyn_code lateness_of(cyn_rows_set *set, size_t source, cyn_rows_lateness **out, cyn_err *err)
{
    const cyn_source_data *data = &set->data->sources[source];
    const char *name = set->data->project->specs[source].time;
    int column = name ? cyn_table_find(data->table, name) : -1;
    *out = set->lateness;
    while (*out && (*out)->source != source)
        *out = (*out)->next;
    if (*out || column < 0) return CYN_OK;
    /* the rows that what is known was computed of */
    size_t rows = data->before.inputs[0] ? data->before.rows : cyn_table_rows(data->table);
    return new_lateness(set, source, cyn_table_column(data->table, (size_t)column), rows, out, err);
}

cyn_code cyn_rows_first(cyn_rows_set *set, size_t source, const cyn_chain *chain, size_t *out,
                        cyn_err *err)
{
    cyn_rows_lateness *l = NULL;
    *out = 0;
    if (chain->nintervals == 0) return CYN_OK;
    CYN_TRY(lateness_of(set, source, &l, err));
    if (!l) return CYN_OK;
    int64_t least = chain->intervals[0].start; /* they are sorted */
    if (l->time->type == CYN_DATE && least != CYN_TIME_MIN && least != CYN_TIME_MAX)
        least = cyn_tz_date(set->data->project->calendar.tz, least);
    *out = first_from(l, least);
    return CYN_OK;
}

/* ---- who began before ---- */

/* Who began what a relation is about: it is asked once for all that begin alike. */
struct cyn_rows_begun {
    size_t source;
    const cyn_expr *where, *entity, *start; /* over all rows of the source */
    cyn_begun *begun;
    cyn_rows_begun *next;
};

static const cyn_expr *start_of(const cyn_relation *r)
{
    return r->kind == CYN_JOURNEY ? r->steps[0].when : r->start;
}

/* Of a cohort, no more than how it begins. */
static cyn_relation beginning_of(const cyn_relation *r)
{
    cyn_relation b = {.kind = r->kind, .base = r->base, .entity = r->entity, .place = r->place};
    if (r->kind == CYN_JOURNEY) {
        b.steps = r->steps;
        b.nsteps = 1;
    } else {
        b.start = r->start;
    }
    return b;
}

static const cyn_rows_begun *find_begun(const cyn_rows_set *set, const cyn_rows_begun *like)
{
    for (const cyn_rows_begun *b = set->begun; b; b = b->next)
        if (b->source == like->source && cyn_expr_equal(b->where, like->where) &&
            cyn_expr_equal(b->entity, like->entity) && cyn_expr_equal(b->start, like->start))
            return b;
    return NULL;
}

/* Binds how a cohort begins to all rows of its source, and asks who has begun unless that is known.
 */
static cyn_code begun_as(cyn_rows_set *set, cyn_rows *all, const cyn_relation *r, cyn_binding how,
                         const cyn_relation_input *in, const cyn_rows_begun **out, cyn_err *err)
{
    const cyn_relation beginning = beginning_of(r);
    cyn_relation bound;
    const char **groups;
    cyn_relation_input whole = {.time = all->time, .calendar = in->calendar, .now = in->now};
    CYN_TRY(
        cyn_bind_relation(set, all, &beginning, how, NULL, 0, &bound, &whole.where, &groups, err));
    whole.table = all->table;
    const cyn_rows_begun like = {.source = all->source,
                                 .where = whole.where,
                                 .entity = bound.entity,
                                 .start = start_of(&bound)};
    *out = find_begun(set, &like);
    if (*out) return CYN_OK;
    cyn_rows_begun *b = CYN_NEW(set->arena, cyn_rows_begun);
    if (!b) return cyn_nomem(err);
    *b = like;
    CYN_TRY(cyn_exec_begun(&bound, &whole, set->cancel, &b->begun, err));
    b->next = set->begun;
    set->begun = b;
    *out = b;
    return CYN_OK;
}

/* Where a row is the interpreter's, once more over columns that have its answer. */
static cyn_code need_begun(cyn_rows_set *set, const cyn_rows *base, const cyn_relation *r,
                           const cyn_relation_input *in, const cyn_rows_begun **out, cyn_err *err)
{
    cyn_rows *all;
    cyn_err why = {0};
    CYN_TRY(cyn_rows_of_source(set, base->source, 0, &all, err));
    cyn_code rc = begun_as(set, all, r, CYN_BIND_STEPS, in, out, &why);
    if (rc == CYN_E_ESCAPE) return begun_as(set, all, r, CYN_BIND_COLUMNS, in, out, err);
    if (rc != CYN_OK && err) *err = why;
    return rc;
}

static cyn_code join_condition(cyn_rows_set *set, const char *name, cyn_relation_input *in,
                               cyn_err *err)
{
    cyn_expr *since = CYN_NEW(set->arena, cyn_expr), *both = CYN_NEW(set->arena, cyn_expr);
    if (!since || !both) return cyn_nomem(err);
    *since = (cyn_expr){.kind = CYN_EXPR_COLUMN, .text = name, .name = name};
    *both = (cyn_expr){.kind = CYN_EXPR_AND, .text = name, .a = since, .b = in->where};
    in->where = in->where ? both : since;
    return CYN_OK;
}

cyn_code cyn_rows_leave_out_begun(cyn_rows_set *set, const cyn_rows *base, const cyn_relation *r,
                                  cyn_relation_input *in, cyn_table **joined, cyn_err *err)
{
    static const char name[] = "#since";
    const cyn_rows_begun *b;
    cyn_table *since;
    *joined = NULL;
    if (base->first == 0 || cyn_relation_by_period(r)) return CYN_OK;
    CYN_TRY(need_begun(set, base, r, in, &b, err));
    CYN_TRY(join_condition(set, name, in, err));
    CYN_TRY(cyn_begun_since(b->begun, in->table, base->first, r->entity->name, name, &since, err));
    cyn_code rc = cyn_table_join_columns(in->table, since, joined, err);
    cyn_table_unref(since);
    if (rc == CYN_OK) in->table = *joined;
    return rc;
}

void cyn_rows_clear_begun(cyn_rows_set *set)
{
    for (cyn_rows_begun *b = set->begun; b; b = b->next)
        cyn_begun_free(b->begun);
    set->begun = NULL;
}
