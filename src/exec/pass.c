#include "exec/listing_impl.h"
#include "exec/pass_impl.h"
#include "plan/expr.h"
#include <string.h>

/* ---- binding ---- */

static cyn_code new_rows(cyn_pass *p, cyn_rows *rows, cyn_err *err)
{
    rows->row = CYN_NEW_ARRAY(p->scratch, CYN_BATCH, uint32_t);
    rows->place = CYN_NEW_ARRAY(p->scratch, CYN_BATCH, uint32_t);
    return rows->row && rows->place ? CYN_OK : cyn_nomem(err);
}

static cyn_code bind_filter(cyn_pass *p, const cyn_expr *where, size_t *out, cyn_err *err)
{
    cyn_filter f = {.all = !where};
    if (where) CYN_TRY(cyn_program_condition(&p->program, where, &f.test, err));
    for (size_t i = 0; i < p->nfilters; i++) {
        if (p->filters[i].all == f.all && p->filters[i].test == f.test) {
            *out = i;
            return CYN_OK;
        }
    }
    if (!f.all) CYN_TRY(new_rows(p, &f.rows, err));
    f.place = f.rows.place;
    p->filters[p->nfilters] = f;
    *out = p->nfilters++;
    return CYN_OK;
}

/* The most places there can be, as far as the types tell; a bound for choosing, not for counting.
 */
static double max_places(const cyn_pass *p)
{
    double most = (double)p->grouper.width;
    for (size_t j = 0; j < p->plan->ngroups; j++) {
        const cyn_column *c = p->grouper.groups[j];
        double rows = (double)cyn_table_rows(p->table);
        most *= c->type == CYN_TEXT ? c->dict->count + 1.0 : c->type == CYN_BOOLEAN ? 3 : rows;
    }
    return most;
}

static cyn_code check_order(const cyn_pass *p, const cyn_plan_agg *agg, cyn_err *err)
{
    if (p->grouper.time || (agg->func != CYN_FIRST && agg->func != CYN_LAST)) return CYN_OK;
    return cyn_fail_at(err, CYN_E_NAME, agg->arg->place.file, agg->arg->place.line,
                       agg->arg->place.column,
                       "%s over source '%s' needs a time column, and the source has none",
                       cyn_agg_names[agg->func], p->plan->source);
}

static cyn_code bind_state(cyn_pass *p, size_t i, cyn_err *err)
{
    const cyn_plan_agg *agg = &p->plan->aggs[i];
    cyn_operand arg;
    cyn_state_kind kind;
    if (!agg->arg) {
        return cyn_fail(err, CYN_E_TYPE, "%s over source '%s' needs an argument",
                        cyn_agg_names[agg->func], p->plan->source);
    }
    CYN_TRY(cyn_program_operand(&p->program, agg->arg, &arg, err));
    CYN_TRY(check_order(p, agg, err));
    CYN_TRY(cyn_state_kind_of(agg, &arg, &kind, err));
    for (size_t j = 0; j < i; j++) {
        const cyn_plan_agg *other = &p->plan->aggs[j];
        cyn_state_kind same;
        if (p->aggs[j].state == CYN_NO_STATE || p->aggs[j].filter != p->aggs[i].filter ||
            !cyn_expr_equal(other->arg, agg->arg))
            continue;
        if (cyn_state_kind_of(other, &arg, &same, NULL) == CYN_OK && same == kind) {
            p->aggs[i].state = p->aggs[j].state;
            p->aggs[i].ask = cyn_state_ask(&p->states[p->aggs[i].state], agg);
            return CYN_OK;
        }
    }
    cyn_state *s = &p->states[p->nstates];
    cyn_state_init(s, kind, &arg, p->grouper.time, p->scratch);
    s->asks = CYN_NEW_ARRAY(p->scratch, p->plan->naggs, cyn_ask);
    if (!s->asks) return cyn_nomem(err);
    p->aggs[i].ask = cyn_state_ask(s, agg);
    p->state_filter[p->nstates] = p->aggs[i].filter;
    p->aggs[i].state = p->nstates++;
    return CYN_OK;
}

static cyn_code bind_agg(cyn_pass *p, size_t i, cyn_err *err)
{
    const cyn_plan_agg *agg = &p->plan->aggs[i];
    if (agg->func == CYN_PERCENTILE &&
        !(agg->p >= 0 && agg->p <= 100 && agg->qtype >= 1 && agg->qtype <= 9)) {
        return cyn_fail(err, CYN_E_RANGE, "percentile %g of type %d, expected 0 … 100 and 1 … 9",
                        agg->p, agg->qtype);
    }
    CYN_TRY(bind_filter(p, agg->where, &p->aggs[i].filter, err));
    p->aggs[i].state = CYN_NO_STATE;
    return agg->func == CYN_COUNT ? CYN_OK : bind_state(p, i, err);
}

cyn_code cyn_pass_bind(cyn_pass *p, const cyn_plan *plan, const cyn_table *table, cyn_err *err)
{
    size_t n = plan->naggs + 1; /* never an empty array */
    *p = (cyn_pass){.plan = plan, .table = table};
    p->scratch = cyn_arena_new(0);
    if (!p->scratch) return cyn_nomem(err);
    p->program = (cyn_program){
        .table = p->table, .source = p->plan->source, .tz = p->plan->tz, .arena = p->scratch};
    p->filters = CYN_NEW_ARRAY(p->scratch, n, cyn_filter);
    p->states = CYN_NEW_ARRAY(p->scratch, n, cyn_state);
    p->state_filter = CYN_NEW_ARRAY(p->scratch, n, size_t);
    p->aggs = CYN_NEW_ARRAY(p->scratch, n, cyn_bound_agg);
    if (!p->filters || !p->states || !p->state_filter || !p->aggs) return cyn_nomem(err);
    CYN_TRY(new_rows(p, &p->some.rows, err));
    CYN_TRY(cyn_grouper_init(&p->grouper, p->plan, &p->program, err));
    for (size_t i = 0; i < p->plan->naggs; i++)
        CYN_TRY(bind_agg(p, i, err));
    p->grouper.defers = true;
    for (size_t i = 0; i < p->nfilters; i++)
        p->grouper.defers = p->grouper.defers && !p->filters[i].all;
    return CYN_OK;
}

void cyn_pass_choose(cyn_pass *p, const cyn_pass *like)
{
    for (size_t i = 0; i < p->nstates; i++) {
        if (like) {
            cyn_state_choose_as(&p->states[i], &like->states[i]);
        } else {
            cyn_state_choose(&p->states[i], max_places(p), cyn_table_rows(p->table));
        }
    }
}

void cyn_pass_clear(cyn_pass *p)
{
    for (size_t i = 0; i < p->nfilters; i++)
        cyn_free(p->filters[i].passed);
    for (size_t i = 0; i < p->nstates; i++)
        cyn_state_clear(&p->states[i]);
    cyn_grouper_clear(&p->grouper);
    cyn_program_clear(&p->program);
    cyn_arena_free(p->scratch);
}

/* ---- scanning ---- */

size_t cyn_pass_places(const cyn_pass *p)
{
    return p->grouper.nsegments * p->grouper.width;
}

static cyn_code reserve(cyn_pass *p, size_t places, cyn_err *err)
{
    for (size_t i = 0; i < p->nfilters; i++) {
        cyn_filter *f = &p->filters[i];
        if (places <= f->room) continue;
        size_t room = places > f->room * 2 ? places : f->room * 2;
        int64_t *bigger = cyn_realloc(f->passed, room * sizeof *bigger);
        if (!bigger) return cyn_nomem(err);
        memset(bigger + f->room, 0, (room - f->room) * sizeof *bigger);
        f->passed = bigger;
        f->room = room;
    }
    for (size_t i = 0; i < p->nstates; i++)
        CYN_TRY(cyn_state_reserve(&p->states[i], places, err));
    return CYN_OK;
}

static size_t keep_some(cyn_filter *f, const cyn_rows *all, const uint8_t *mask)
{
    size_t n = 0;
    for (size_t k = 0; k < all->n; k++) {
        f->rows.row[n] = all->row[k];
        f->rows.place[n] = all->place[k];
        n += mask[all->row[k]];
    }
    return n;
}

static void keep_rows(cyn_filter *f, const cyn_grouper *g, size_t first, const uint8_t *mask)
{
    const cyn_rows *all = &g->rows;
    cyn_rows *kept = &f->rows;
    bool shared = all->together && !g->deferred;
    kept->together = all->together;
    kept->whole = false;
    kept->place = shared ? all->place : f->place;
    if (!all->whole) {
        kept->n = keep_some(f, all, mask);
        return;
    }
    kept->n = cyn_list_kept(mask, all->n, kept->row);
    if (g->deferred) {
        cyn_grouper_move(g, first, kept);
        return;
    }
    for (size_t k = 0; !shared && k < kept->n; k++)
        kept->place[k] = all->place[kept->row[k]];
}

static void count_rows(cyn_filter *f)
{
    const cyn_rows *rows = &f->rows;
    if (rows->together && rows->n > 0) {
        f->passed[rows->place[0]] += (int64_t)rows->n;
        return;
    }
    for (size_t k = 0; k < rows->n; k++)
        f->passed[rows->place[k]]++;
}

static cyn_code scan_batch(cyn_pass *p, size_t first, size_t *n, cyn_err *err)
{
    CYN_TRY(cyn_grouper_batch(&p->grouper, first, n, err));
    if (p->grouper.rows.n == 0 && !cyn_program_may_escape(&p->program)) return CYN_OK;
    CYN_TRY(reserve(p, cyn_pass_places(p), err));
    CYN_TRY(cyn_program_eval(&p->program, first, *n, err));
    for (size_t i = 0; i < p->nfilters; i++) {
        cyn_filter *f = &p->filters[i];
        if (f->all) {
            f->rows = p->grouper.rows;
        } else {
            keep_rows(f, &p->grouper, first, p->program.tests[f->test].mask);
        }
        count_rows(f);
    }
    p->some.of = NULL;
    p->some.n = *n;
    for (size_t i = 0; i < p->nstates; i++) {
        const cyn_rows *rows = &p->filters[p->state_filter[i]].rows;
        CYN_TRY(cyn_state_update(&p->states[i], rows, first, &p->some, err));
    }
    return CYN_OK;
}

/* Batches end at multiples of CYN_BATCH, also after one that was cut short. */
cyn_code cyn_pass_batch(cyn_pass *p, size_t first, size_t *n, const atomic_bool *cancel,
                        cyn_err *err)
{
    size_t room = CYN_BATCH - first % CYN_BATCH;
    if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
        return cyn_fail(err, CYN_E_CANCEL, "stopped while scanning '%s'", p->plan->source);
    if (*n > room) *n = room;
    return scan_batch(p, first, n, err);
}

cyn_code cyn_pass_scan(cyn_pass *p, size_t first, size_t n, const atomic_bool *cancel, cyn_err *err)
{
    for (size_t end = first + n; first < end; first += n) {
        n = end - first;
        CYN_TRY(cyn_pass_batch(p, first, &n, cancel, err));
    }
    return CYN_OK;
}

/* ---- what several passes found ---- */

void cyn_pass_collect(cyn_pass *p)
{
    cyn_grouper_collect(&p->grouper);
}

static void merge_passed(cyn_filter *f, const cyn_filter *from, const cyn_places *map)
{
    size_t places = from->room ? map->segments * map->width : 0;
    for (size_t i = 0; i < places; i++)
        CYN_EACH_PLACE(map, i, to, { f->passed[to] += from->passed[i]; });
}

cyn_code cyn_pass_merge(cyn_pass *p, cyn_pass *other, cyn_err *err)
{
    cyn_places *map = CYN_NEW(p->scratch, cyn_places);
    if (!map) return cyn_nomem(err);
    CYN_TRY(reserve(other, cyn_pass_places(other), err)); /* it may have met no row */
    CYN_TRY(cyn_grouper_adopt(&p->grouper, &other->grouper, p->scratch, map, err));
    CYN_TRY(reserve(p, cyn_pass_places(p), err));
    for (size_t i = 0; i < p->nfilters; i++)
        merge_passed(&p->filters[i], &other->filters[i], map);
    for (size_t i = 0; i < p->nstates; i++)
        CYN_TRY(cyn_state_merge(&p->states[i], &other->states[i], map, err));
    return CYN_OK;
}

cyn_code cyn_pass_finish(cyn_pass *p, const atomic_bool *cancel, cyn_err *err)
{
    CYN_TRY(reserve(p, cyn_pass_places(p) + 1, err)); /* without any row there are places, too */
    return cyn_states_finish(p->states, p->nstates, p->grouper.width, cancel, err);
}
