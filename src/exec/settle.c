#include "exec/settle_impl.h"
#include "plan/expr.h"

/* What has been computed so far: columns[i] stands for done[i]. */
typedef struct settling {
    cyn_settled *s;
    const cyn_table *input;
    const atomic_bool *cancel;
    const cyn_expr **done, **columns;
    size_t n, room;
} settling;

static cyn_code reserve(settling *g, cyn_err *err)
{
    if (g->n < g->room) return CYN_OK;
    size_t room = g->room ? g->room * 2 : 8;
    const cyn_expr **done = CYN_NEW_ARRAY(g->s->arena, room, const cyn_expr *);
    const cyn_expr **columns = CYN_NEW_ARRAY(g->s->arena, room, const cyn_expr *);
    if (!done || !columns) return cyn_nomem(err);
    for (size_t i = 0; i < g->n; i++) {
        done[i] = g->done[i];
        columns[i] = g->columns[i];
    }
    g->done = done;
    g->columns = columns;
    g->room = room;
    return CYN_OK;
}

static cyn_code join(cyn_settled *s, const cyn_table *more, cyn_err *err)
{
    cyn_table *joined;
    CYN_TRY(cyn_table_join_columns(s->table, more, &joined, err));
    cyn_table_unref(s->table);
    s->table = joined;
    return CYN_OK;
}

/* A column in place of e; the same for equal expressions. */
static cyn_code compute(settling *g, const cyn_expr *e, const cyn_expr **out, cyn_err *err)
{
    for (size_t i = 0; i < g->n; i++) {
        if (!cyn_expr_equal(g->done[i], e)) continue;
        *out = g->columns[i];
        return CYN_OK;
    }
    CYN_TRY(reserve(g, err));
    cyn_expr *column = CYN_NEW(g->s->arena, cyn_expr);
    char *name = cyn_sprintf(g->s->arena, "#settled %zu", g->n); /* no source has such a name */
    cyn_table *computed;
    if (!column || !name) return cyn_nomem(err);
    CYN_TRY(cyn_exec_expr_column(e, g->input, g->s->plan.tz, name, g->cancel, &computed, err));
    cyn_code rc = join(g->s, computed, err);
    cyn_table_unref(computed);
    if (rc != CYN_OK) return rc;
    *column = (cyn_expr){.kind = CYN_EXPR_COLUMN, .place = e->place, .text = e->text, .name = name};
    g->done[g->n] = e;
    g->columns[g->n++] = column;
    *out = column;
    return CYN_OK;
}

/* ---- expressions ---- */

/* Numbers of both kinds are of one sort. */
static int sorts(unsigned kinds)
{
    bool number = kinds & (CYN_KIND_INTEGER | CYN_KIND_REAL), text = kinds & CYN_KIND_TEXT,
         boolean = kinds & CYN_KIND_BOOLEAN;
    return number + text + boolean;
}

/* A condition asks for the truth of its values only, but of several sorts they are an error. */
static cyn_code settle_condition(settling *g, const cyn_expr *e, const cyn_expr **out, cyn_err *err)
{
    unsigned kinds = 0;
    *out = e;
    if (e->kind == CYN_EXPR_STEPS) {
        CYN_TRY(cyn_exec_expr_kinds(e, g->input, &kinds, err));
        return sorts(kinds) > 1 ? compute(g, e, out, err) : CYN_OK;
    }
    if (e->kind != CYN_EXPR_EQUALS && e->kind != CYN_EXPR_AND) return CYN_OK;
    cyn_expr *copy = CYN_NEW(g->s->arena, cyn_expr);
    if (!copy) return cyn_nomem(err);
    *copy = *e;
    CYN_TRY(settle_condition(g, e->a, &copy->a, err));
    CYN_TRY(settle_condition(g, e->b, &copy->b, err));
    if (copy->a != e->a || copy->b != e->b) *out = copy;
    return CYN_OK;
}

static cyn_code settle_argument(settling *g, const cyn_expr *e, const cyn_expr **out, cyn_err *err)
{
    const unsigned numbers = CYN_KIND_INTEGER | CYN_KIND_REAL;
    unsigned kinds = 0;
    if (e->kind != CYN_EXPR_STEPS) return settle_condition(g, e, out, err);
    CYN_TRY(cyn_exec_expr_kinds(e, g->input, &kinds, err));
    *out = e;
    if (sorts(kinds) <= 1 && !(kinds & CYN_KIND_TEXT) && (kinds & numbers) != numbers)
        return CYN_OK;
    return compute(g, e, out, err);
}

static cyn_code settle_aggs(settling *g, cyn_err *err)
{
    cyn_plan *plan = &g->s->plan;
    cyn_plan_agg *aggs = CYN_NEW_ARRAY(g->s->arena, plan->naggs + 1, cyn_plan_agg);
    if (!aggs) return cyn_nomem(err);
    for (size_t i = 0; i < plan->naggs; i++) {
        aggs[i] = plan->aggs[i];
        if (aggs[i].where) CYN_TRY(settle_condition(g, aggs[i].where, &aggs[i].where, err));
        if (aggs[i].arg) CYN_TRY(settle_argument(g, aggs[i].arg, &aggs[i].arg, err));
    }
    plan->aggs = aggs;
    return CYN_OK;
}

cyn_code cyn_settle(const cyn_plan *plan, const cyn_table *table, const atomic_bool *cancel,
                    cyn_settled *out, cyn_err *err)
{
    cyn_settled s = {.plan = *plan, .table = cyn_table_ref(table)};
    settling g = {.s = &s, .input = table, .cancel = cancel};
    s.arena = cyn_arena_new(0);
    cyn_code rc = s.arena ? settle_aggs(&g, err) : cyn_nomem(err);
    if (rc == CYN_OK) {
        *out = s;
    } else {
        cyn_settled_clear(&s);
    }
    return rc;
}

void cyn_settled_clear(cyn_settled *s)
{
    cyn_table_unref(s->table);
    cyn_arena_free(s->arena);
}
