#include "exec/exec.h"
#include "exec/state_impl.h"
#include "plan/expr.h"
#include <string.h>

/* Rows that one condition keeps, shared by all aggregates that have it. */
typedef struct filter {
    bool all;
    size_t test;     /* unless all */
    cyn_rows rows;   /* of the batch */
    int64_t *passed; /* [place] */
    size_t room;
} filter;

#define NO_STATE SIZE_MAX /* count needs only its filter */

typedef struct bound_agg {
    size_t filter, state;
} bound_agg;

typedef struct run {
    const cyn_plan *plan;
    const cyn_table *table;
    cyn_arena *scratch;
    cyn_program program;
    cyn_grouper grouper;
    filter *filters;
    size_t nfilters;
    cyn_state *states;
    size_t *state_filter; /* whose rows each state is fed */
    size_t nstates;
    bound_agg *aggs;
    cyn_rows some; /* for cyn_state_update */
} run;

/* ---- binding ---- */

static cyn_code new_rows(run *r, cyn_rows *rows, cyn_err *err)
{
    rows->row = CYN_NEW_ARRAY(r->scratch, CYN_BATCH, uint32_t);
    rows->place = CYN_NEW_ARRAY(r->scratch, CYN_BATCH, uint32_t);
    return rows->row && rows->place ? CYN_OK : cyn_nomem(err);
}

static cyn_code bind_filter(run *r, const cyn_expr *where, size_t *out, cyn_err *err)
{
    filter f = {.all = !where};
    if (where) CYN_TRY(cyn_program_condition(&r->program, where, &f.test, err));
    for (size_t i = 0; i < r->nfilters; i++) {
        if (r->filters[i].all == f.all && r->filters[i].test == f.test) {
            *out = i;
            return CYN_OK;
        }
    }
    if (!f.all) CYN_TRY(new_rows(r, &f.rows, err));
    r->filters[r->nfilters] = f;
    *out = r->nfilters++;
    return CYN_OK;
}

/* The most places there can be, as far as the types tell; a bound for choosing, not for counting.
 */
static double max_places(const run *r)
{
    double most = (double)r->grouper.nintervals;
    for (size_t j = 0; j < r->plan->ngroups; j++) {
        const cyn_column *c = r->grouper.groups[j];
        double rows = (double)cyn_table_rows(r->table);
        most *= c->type == CYN_TEXT ? c->dict->count + 1.0 : c->type == CYN_BOOLEAN ? 3 : rows;
    }
    return most;
}

static cyn_code bind_state(run *r, size_t i, cyn_err *err)
{
    const cyn_plan_agg *agg = &r->plan->aggs[i];
    cyn_operand arg;
    cyn_state_kind kind;
    if (!agg->arg) {
        return cyn_fail(err, CYN_E_TYPE, "%s over source '%s' needs an argument",
                        cyn_agg_names[agg->func], r->plan->source);
    }
    CYN_TRY(cyn_program_operand(&r->program, agg->arg, &arg, err));
    CYN_TRY(cyn_state_kind_of(agg, &arg, &kind, err));
    for (size_t j = 0; j < i; j++) {
        const cyn_plan_agg *other = &r->plan->aggs[j];
        cyn_state_kind same;
        if (r->aggs[j].state == NO_STATE || r->aggs[j].filter != r->aggs[i].filter ||
            !cyn_expr_equal(other->arg, agg->arg))
            continue;
        if (cyn_state_kind_of(other, &arg, &same, NULL) == CYN_OK && same == kind) {
            r->aggs[i].state = r->aggs[j].state;
            return CYN_OK;
        }
    }
    cyn_state_init(&r->states[r->nstates], kind, &arg, max_places(r));
    r->state_filter[r->nstates] = r->aggs[i].filter;
    r->aggs[i].state = r->nstates++;
    return CYN_OK;
}

static cyn_code bind_agg(run *r, size_t i, cyn_err *err)
{
    const cyn_plan_agg *agg = &r->plan->aggs[i];
    if (agg->func == CYN_PERCENTILE &&
        !(agg->p >= 0 && agg->p <= 100 && agg->qtype >= 1 && agg->qtype <= 9)) {
        return cyn_fail(err, CYN_E_RANGE, "percentile %g of type %d, expected 0 … 100 and 1 … 9",
                        agg->p, agg->qtype);
    }
    CYN_TRY(bind_filter(r, agg->where, &r->aggs[i].filter, err));
    r->aggs[i].state = NO_STATE;
    return agg->func == CYN_COUNT ? CYN_OK : bind_state(r, i, err);
}

static cyn_code bind(run *r, cyn_err *err)
{
    size_t n = r->plan->naggs + 1; /* never an empty array */
    r->scratch = cyn_arena_new(0);
    if (!r->scratch) return cyn_nomem(err);
    r->program = (cyn_program){.table = r->table, .source = r->plan->source, .arena = r->scratch};
    r->filters = CYN_NEW_ARRAY(r->scratch, n, filter);
    r->states = CYN_NEW_ARRAY(r->scratch, n, cyn_state);
    r->state_filter = CYN_NEW_ARRAY(r->scratch, n, size_t);
    r->aggs = CYN_NEW_ARRAY(r->scratch, n, bound_agg);
    if (!r->filters || !r->states || !r->state_filter || !r->aggs) return cyn_nomem(err);
    CYN_TRY(new_rows(r, &r->some, err));
    CYN_TRY(cyn_grouper_init(&r->grouper, r->plan, &r->program, err));
    for (size_t i = 0; i < r->plan->naggs; i++)
        CYN_TRY(bind_agg(r, i, err));
    return CYN_OK;
}

static void clear(run *r)
{
    for (size_t i = 0; i < r->nfilters; i++)
        cyn_free(r->filters[i].passed);
    for (size_t i = 0; i < r->nstates; i++)
        cyn_state_clear(&r->states[i]);
    cyn_grouper_clear(&r->grouper);
    cyn_arena_free(r->scratch);
}

/* ---- scanning ---- */

static cyn_code reserve(run *r, cyn_err *err)
{
    size_t places = r->grouper.nsegments * r->grouper.nintervals;
    for (size_t i = 0; i < r->nfilters; i++) {
        filter *f = &r->filters[i];
        if (places <= f->room) continue;
        size_t room = places > f->room * 2 ? places : f->room * 2;
        int64_t *bigger = cyn_realloc(f->passed, room * sizeof *bigger);
        if (!bigger) return cyn_nomem(err);
        memset(bigger + f->room, 0, (room - f->room) * sizeof *bigger);
        f->passed = bigger;
        f->room = room;
    }
    for (size_t i = 0; i < r->nstates; i++)
        CYN_TRY(cyn_state_reserve(&r->states[i], places, err));
    return CYN_OK;
}

static void keep_rows(filter *f, const cyn_rows *all, const uint8_t *mask)
{
    size_t n = 0;
    for (size_t k = 0; k < all->n; k++) {
        f->rows.row[n] = all->row[k];
        f->rows.place[n] = all->place[k];
        n += mask[all->row[k]];
    }
    f->rows.n = n;
}

static cyn_code scan_batch(run *r, size_t first, size_t n, cyn_err *err)
{
    CYN_TRY(cyn_grouper_batch(&r->grouper, first, n, err));
    if (r->grouper.rows.n == 0) return CYN_OK;
    CYN_TRY(reserve(r, err));
    cyn_program_eval(&r->program, first, n);
    for (size_t i = 0; i < r->nfilters; i++) {
        filter *f = &r->filters[i];
        if (f->all) {
            f->rows = r->grouper.rows;
        } else {
            keep_rows(f, &r->grouper.rows, r->program.tests[f->test].mask);
        }
        for (size_t k = 0; k < f->rows.n; k++)
            f->passed[f->rows.place[k]]++;
    }
    for (size_t i = 0; i < r->nstates; i++) {
        const cyn_rows *rows = &r->filters[r->state_filter[i]].rows;
        CYN_TRY(cyn_state_update(&r->states[i], rows, first, &r->some, err));
    }
    return CYN_OK;
}

static cyn_code scan(run *r, const atomic_bool *cancel, cyn_err *err)
{
    size_t rows = cyn_table_rows(r->table);
    for (size_t first = 0; first < rows; first += CYN_BATCH) {
        size_t n = rows - first < CYN_BATCH ? rows - first : CYN_BATCH;
        if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
            return cyn_fail(err, CYN_E_CANCEL, "stopped while scanning '%s'", r->plan->source);
        CYN_TRY(scan_batch(r, first, n, err));
    }
    CYN_TRY(reserve(r, err)); /* without any row there are places all the same */
    for (size_t i = 0; i < r->nstates; i++)
        CYN_TRY(cyn_state_finish(&r->states[i], err));
    return CYN_OK;
}

/* ---- the result ---- */

static cyn_code fill_cells(run *r, size_t agg, const size_t *order, cyn_cell *cells, cyn_err *err)
{
    const bound_agg *b = &r->aggs[agg];
    size_t counted = r->grouper.nintervals, asked = r->plan->nintervals;
    for (size_t s = 0; s < r->grouper.nsegments; s++) {
        for (size_t i = 0; i < asked; i++) {
            cyn_cell *cell = &cells[s * asked + i];
            size_t place = order[s] * counted + i;
            if (i >= counted) { /* a snapshot is the same in every interval */
                *cell = cells[s * asked];
                continue;
            }
            *cell = (cyn_cell){.rows = r->filters[b->filter].passed[place]};
            if (b->state == NO_STATE) {
                cell->value = cyn_num_integer(cell->rows);
            } else {
                CYN_TRY(
                    cyn_state_cell(&r->states[b->state], &r->plan->aggs[agg], place, cell, err));
            }
        }
    }
    return CYN_OK;
}

static cyn_code fill_keys(const run *r, const size_t *order, cyn_const *keys, cyn_arena *arena,
                          cyn_err *err)
{
    size_t ngroups = r->plan->ngroups;
    for (size_t s = 0; s < r->grouper.nsegments; s++) {
        for (size_t j = 0; j < ngroups; j++)
            CYN_TRY(cyn_grouper_key(&r->grouper, order[s], j, arena, &keys[s * ngroups + j], err));
    }
    return CYN_OK;
}

static cyn_code result(run *r, cyn_arena *arena, cyn_plan_result **out, cyn_err *err)
{
    const cyn_plan *plan = r->plan;
    size_t segments = r->grouper.nsegments, width = segments * plan->nintervals;
    cyn_plan_result *result = CYN_NEW(arena, cyn_plan_result);
    size_t *order = CYN_NEW_ARRAY(r->scratch, segments + 1, size_t);
    cyn_const *keys = CYN_NEW_ARRAY(arena, segments * plan->ngroups + 1, cyn_const);
    cyn_cell *cells = CYN_NEW_ARRAY(arena, plan->naggs * width + 1, cyn_cell);
    if (!result || !order || !keys || !cells) return cyn_nomem(err);
    cyn_grouper_order(&r->grouper, order);
    CYN_TRY(fill_keys(r, order, keys, arena, err));
    for (size_t i = 0; i < plan->naggs; i++)
        CYN_TRY(fill_cells(r, i, order, cells + i * width, err));
    *result = (cyn_plan_result){.naggs = plan->naggs,
                                .nsegments = segments,
                                .nintervals = plan->nintervals,
                                .ngroups = plan->ngroups,
                                .keys = keys,
                                .cells = cells,
                                .scanned = (int64_t)cyn_table_rows(r->table)};
    cyn_grouper_covered(&r->grouper, result);
    *out = result;
    return CYN_OK;
}

cyn_code cyn_exec_run(const cyn_plan *plan, const cyn_table *table, const atomic_bool *cancel,
                      cyn_arena *arena, cyn_plan_result **out, cyn_err *err)
{
    run r = {.plan = plan, .table = table};
    cyn_code rc = bind(&r, err);
    if (rc == CYN_OK) rc = scan(&r, cancel, err);
    if (rc == CYN_OK) rc = result(&r, arena, out, err);
    clear(&r);
    return rc;
}

cyn_code cyn_exec_check(const cyn_plan *plan, const cyn_table *table, cyn_err *err)
{
    run r = {.plan = plan, .table = table};
    cyn_code rc = bind(&r, err);
    clear(&r);
    return rc;
}
