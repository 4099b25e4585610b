#include "exec/exec.h"
#include "exec/parallel.h"
#include "exec/pass_impl.h"
#include "exec/settle_impl.h"

/* ---- scanning ---- */

/* A worker's task. The rows of a relation are fewer than a source's, and take as long each. */
#define RANGE_ROWS (CYN_SHARE_ROWS / 4)

/* A scan by several passes, one for each worker. */
typedef struct crew {
    cyn_pass *pass;
    cyn_code *code; /* [worker] */
    cyn_err *err;
    size_t rows;
    const atomic_bool *cancel;
    atomic_bool failed; /* the others may stop */
} crew;

static void scan_range(void *self, size_t worker, size_t range)
{
    crew *c = self;
    size_t first = range * RANGE_ROWS;
    size_t n = c->rows - first < RANGE_ROWS ? c->rows - first : RANGE_ROWS;
    if (atomic_load_explicit(&c->failed, memory_order_relaxed)) return;
    c->code[worker] = cyn_pass_scan(&c->pass[worker], first, n, c->cancel, &c->err[worker]);
    if (c->code[worker] != CYN_OK) atomic_store(&c->failed, true);
}

static cyn_code scan(cyn_pass *pass, size_t workers, const cyn_table *table,
                     const atomic_bool *cancel, cyn_arena *scratch, cyn_err *err)
{
    crew c = {.pass = pass, .rows = cyn_table_rows(table), .cancel = cancel};
    c.code = CYN_NEW_ARRAY(scratch, workers, cyn_code);
    c.err = CYN_NEW_ARRAY(scratch, workers, cyn_err);
    if (!c.code || !c.err) return cyn_nomem(err);
    size_t ranges = (c.rows + RANGE_ROWS - 1) / RANGE_ROWS;
    cyn_parallel(workers, ranges, &(cyn_job){&c, scan_range});
    for (size_t i = 0; i < workers; i++) {
        if (c.code[i] == CYN_OK) continue;
        if (err) *err = c.err[i];
        return c.code[i];
    }
    return CYN_OK;
}

/* ---- the result ---- */

static cyn_code fill_cell(cyn_pass *p, size_t agg, size_t place, cyn_cell *out, cyn_err *err)
{
    const cyn_bound_agg *b = &p->aggs[agg];
    *out = (cyn_cell){.rows = p->filters[b->filter].passed[place]};
    if (b->state != CYN_NO_STATE)
        return cyn_state_cell(&p->states[b->state], &p->plan->aggs[agg], b->ask, place, out, err);
    out->value = cyn_num_integer(out->rows);
    return CYN_OK;
}

static cyn_code fill_cells(cyn_pass *p, size_t agg, const size_t *order, cyn_cell *cells,
                           cyn_err *err)
{
    size_t counted = p->grouper.width, asked = p->plan->nintervals;
    for (size_t s = 0; s < p->grouper.nsegments; s++) {
        for (size_t i = 0; i < asked; i++) {
            cyn_cell *cell = &cells[s * asked + i];
            if (i < counted)
                CYN_TRY(fill_cell(p, agg, order[s] * counted + i, cell, err));
            else /* a snapshot is the same in every interval */
                *cell = cells[s * asked];
        }
    }
    return CYN_OK;
}

static cyn_code fill_keys(const cyn_pass *p, const size_t *order, cyn_const *keys, cyn_arena *arena,
                          cyn_err *err)
{
    size_t ngroups = p->plan->ngroups;
    for (size_t s = 0; s < p->grouper.nsegments; s++) {
        for (size_t j = 0; j < ngroups; j++)
            CYN_TRY(cyn_grouper_key(&p->grouper, order[s], j, arena, &keys[s * ngroups + j], err));
    }
    return CYN_OK;
}

static cyn_code result(cyn_pass *p, cyn_arena *arena, cyn_plan_result **out, cyn_err *err)
{
    const cyn_plan *plan = p->plan;
    size_t segments = p->grouper.nsegments, width = segments * plan->nintervals;
    cyn_plan_result *result = CYN_NEW(arena, cyn_plan_result);
    size_t *order = CYN_NEW_ARRAY(p->scratch, segments + 1, size_t);
    cyn_const *keys = CYN_NEW_ARRAY(arena, segments * plan->ngroups + 1, cyn_const);
    cyn_cell *cells = CYN_NEW_ARRAY(arena, plan->naggs * width + 1, cyn_cell);
    cyn_cell *none = CYN_NEW_ARRAY(arena, plan->naggs + 1, cyn_cell);
    if (!result || !order || !keys || !cells || !none) return cyn_nomem(err);
    cyn_grouper_order(&p->grouper, order);
    CYN_TRY(fill_keys(p, order, keys, arena, err));
    for (size_t i = 0; i < plan->naggs; i++) {
        CYN_TRY(fill_cells(p, i, order, cells + i * width, err));
        CYN_TRY(fill_cell(p, i, cyn_pass_places(p), &none[i], err));
    }
    *result = (cyn_plan_result){.naggs = plan->naggs,
                                .nsegments = segments,
                                .nintervals = plan->nintervals,
                                .ngroups = plan->ngroups,
                                .keys = keys,
                                .cells = cells,
                                .none = none,
                                .scanned = (int64_t)cyn_table_rows(p->table)};
    cyn_grouper_covered(&p->grouper, result);
    *out = result;
    return CYN_OK;
}

/* ---- all of it ---- */

/* A lone pass over intervals that do not overlap is the result; else one more collects. */
static cyn_code collect(cyn_pass *pass, size_t workers, const cyn_plan *plan,
                        const cyn_table *table, const atomic_bool *cancel, cyn_pass **out,
                        cyn_err *err)
{
    cyn_pass *all = pass;
    if (workers > 1 || pass->grouper.spans.cut) {
        all = &pass[workers];
        CYN_TRY(cyn_pass_bind(all, plan, table, err));
        cyn_pass_choose(all, pass);
        cyn_pass_collect(all);
        for (size_t i = 0; i < workers; i++)
            CYN_TRY(cyn_pass_merge(all, &pass[i], err));
    }
    *out = all;
    return cyn_pass_finish(all, cancel, err);
}

static cyn_code run(const cyn_plan *plan, const cyn_table *table, const atomic_bool *cancel,
                    cyn_arena *arena, cyn_plan_result **out, cyn_err *err)
{
    size_t workers = cyn_workers_for((cyn_table_rows(table) + RANGE_ROWS - 1) / RANGE_ROWS);
    cyn_code rc = CYN_E_NOMEM;
    cyn_pass *all, *pass = NULL;
    cyn_arena *scratch = cyn_arena_new(0);
    if (scratch) pass = CYN_NEW_ARRAY(scratch, workers + 1, cyn_pass);
    if (!pass) {
        cyn_nomem(err);
        goto done;
    }
    for (size_t i = 0; i < workers; i++) {
        CYN_GOTO(cyn_pass_bind(&pass[i], plan, table, err));
        cyn_pass_choose(&pass[i], i > 0 ? &pass[0] : NULL);
    }
    CYN_GOTO(scan(pass, workers, table, cancel, scratch, err));
    CYN_GOTO(collect(pass, workers, plan, table, cancel, &all, err));
    CYN_GOTO(result(all, arena, out, err));
done:
    for (size_t i = 0; pass && i <= workers; i++)
        cyn_pass_clear(&pass[i]);
    cyn_arena_free(scratch);
    return rc;
}

cyn_code cyn_exec_run(const cyn_plan *plan, const cyn_table *table, const atomic_bool *cancel,
                      cyn_arena *arena, cyn_plan_result **out, cyn_err *err)
{
    cyn_settled settled;
    CYN_TRY(cyn_settle(plan, table, cancel, &settled, err));
    cyn_code rc = run(&settled.plan, settled.table, cancel, arena, out, err);
    cyn_settled_clear(&settled);
    return rc;
}

cyn_code cyn_exec_check(const cyn_plan *plan, const cyn_table *table, cyn_err *err)
{
    cyn_pass pass = {0};
    cyn_code rc = cyn_pass_bind(&pass, plan, table, err);
    cyn_pass_clear(&pass);
    return rc;
}
