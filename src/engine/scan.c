#include "engine/custom.h"
#include "engine/scan_impl.h"
#include "exec/exec.h"
#include <string.h>

cyn_code cyn_scans_new(cyn_rows_set *set, cyn_spans *spans, cyn_scans **out, cyn_err *err)
{
    cyn_scans *s = CYN_NEW(set->arena, cyn_scans);
    if (!s) return cyn_nomem(err);
    *s = (cyn_scans){.set = set, .spans = spans, .arena = set->arena};
    *out = s;
    return CYN_OK;
}

/* ---- uses ---- */

static cyn_code use_row(cyn_scans *s, size_t chain, size_t **out, cyn_err *err)
{
    while (chain >= s->chain_capacity) {
        void *more = cyn_grown(s->arena, s->use_of, s->chain_capacity, &s->chain_capacity,
                               sizeof *s->use_of);
        if (!more) return cyn_nomem(err);
        s->use_of = more;
    }
    if (!s->use_of[chain])
        s->use_of[chain] =
            CYN_NEW_ARRAY(s->arena, s->set->data->project->catalog->naggs + 1, size_t);
    *out = s->use_of[chain];
    return *out ? CYN_OK : cyn_nomem(err);
}

static bool same_scan(const cyn_scans *s, const cyn_scan *sc, const cyn_use *u)
{
    if (sc->rows != u->bound.rows || sc->chain != u->run) return false;
    for (size_t i = 0; i < s->set->nby; i++)
        if (strcmp(sc->groups[i], u->bound.groups[i]) != 0) return false;
    return true;
}

cyn_code cyn_scans_add_scan(cyn_scans *s, const cyn_use *u, size_t *out, cyn_err *err)
{
    void *more = cyn_grown(s->arena, s->scans, s->nscans, &s->scan_capacity, sizeof *s->scans);
    if (!more) return cyn_nomem(err);
    s->scans = more;
    size_t *uses = CYN_NEW_ARRAY(s->arena, s->set->data->project->catalog->naggs + 1, size_t);
    if (!uses) return cyn_nomem(err);
    s->scans[s->nscans] =
        (cyn_scan){.rows = u->bound.rows, .groups = u->bound.groups, .chain = u->run, .uses = uses};
    *out = s->nscans++;
    return CYN_OK;
}

static cyn_code join_scan(cyn_scans *s, size_t number, cyn_err *err)
{
    cyn_use *u = &s->uses[number];
    size_t k = 0;
    while (k < s->nscans && !same_scan(s, &s->scans[k], u))
        k++;
    if (k == s->nscans) CYN_TRY(cyn_scans_add_scan(s, u, &k, err));
    u->scan = k;
    s->scans[k].uses[s->scans[k].nuses++] = number;
    return CYN_OK;
}

cyn_code cyn_scans_add(cyn_scans *s, uint32_t agg, size_t chain, cyn_err *err)
{
    size_t *row;
    CYN_TRY(use_row(s, chain, &row, err));
    if (row[agg]) return CYN_OK;
    void *more = cyn_grown(s->arena, s->uses, s->nuses, &s->use_capacity, sizeof *s->uses);
    if (!more) return cyn_nomem(err);
    s->uses = more;
    cyn_use *u = &s->uses[s->nuses];
    *u = (cyn_use){.agg = agg, .chain = chain, .run = chain};
    row[agg] = ++s->nuses;
    CYN_TRY(cyn_scans_take_kept(s, u, err));
    if (u->kept) return CYN_OK;
    return cyn_rows_expect(s->set, s->set->data->project->catalog->aggs[agg]->view, err);
}

bool cyn_scans_has(const cyn_scans *s, uint32_t agg, size_t chain)
{
    return cyn_scans_use(s, agg, chain) != NULL;
}

cyn_code cyn_scans_error(const cyn_scans *s, uint32_t agg, size_t chain, cyn_err *err)
{
    const cyn_use *u = cyn_scans_use(s, agg, chain);
    if (!u) return CYN_OK; /* below a metric that failed for another reason */
    if (u->error.code != CYN_OK && err) *err = u->error;
    return u->error.code;
}

/* ---- running ---- */

/* Makes the rows of a use, and finds it a scan. */
static cyn_code bind_use(cyn_scans *s, size_t number, cyn_err *err)
{
    cyn_use *u = &s->uses[number];
    const cyn_agg *agg = s->set->data->project->catalog->aggs[u->agg];
    cyn_code rc = cyn_bind_agg(s->set, agg, s->spans, u->run, CYN_BIND_STEPS, &u->bound, &u->error);
    if (rc == CYN_OK) return join_scan(s, number, err);
    if (cyn_concerns_all(rc) && err) *err = u->error;
    return cyn_concerns_all(rc) ? rc : CYN_OK;
}

static bool can_be_immature(const cyn_rows *rows)
{
    return rows->relation &&
           (rows->relation->kind == CYN_JOURNEY || rows->relation->kind == CYN_RETENTION);
}

/* The plan's aggregates: each use's own and, over cohorts, how many of its rows are immature. */
static cyn_code plan_aggs(cyn_scans *s, cyn_scan *sc, cyn_plan_agg **out, size_t *count,
                          cyn_err *err)
{
    static const cyn_expr immature = {
        .kind = CYN_EXPR_COLUMN, .text = "immature", .name = "immature"};
    cyn_plan_agg *aggs = CYN_NEW_ARRAY(s->arena, 2 * sc->nuses, cyn_plan_agg);
    if (!aggs) return cyn_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < sc->nuses; i++) {
        cyn_use *u = &s->uses[sc->uses[i]];
        u->position = n;
        u->immature = CYN_NOWHERE;
        aggs[n++] = u->bound.agg;
        if (!can_be_immature(sc->rows)) continue;
        u->immature = n;
        aggs[n++] = (cyn_plan_agg){.func = CYN_SUM, .where = u->bound.agg.where, .arg = &immature};
    }
    *out = aggs;
    *count = n;
    return CYN_OK;
}

/* Without aggregates. */
static cyn_plan plan_of(const cyn_scans *s, const cyn_scan *sc)
{
    const cyn_chain *chain = &s->spans->chains[sc->chain];
    return (cyn_plan){
        .source = s->set->data->project->specs[sc->rows->source].name,
        .time = sc->rows->time,
        .interval = sc->rows->interval,
        .tz = s->spans->calendar->tz,
        .intervals = chain->intervals,
        .nintervals = chain->nintervals,
        .groups = sc->groups,
        .ngroups = s->set->nby,
    };
}

static cyn_code run_plan(cyn_scans *s, cyn_scan *sc)
{
    cyn_scan_find_coverage(s, sc);
    if (s->spans->chains[sc->chain].nintervals == 0) return CYN_OK;
    cyn_plan plan = plan_of(s, sc);
    cyn_plan_agg *aggs = NULL;
    CYN_TRY(plan_aggs(s, sc, &aggs, &plan.naggs, &sc->error));
    plan.aggs = aggs;
    cyn_plan_result *result;
    CYN_TRY(cyn_exec_run(&plan, sc->rows->table, s->set->cancel, s->arena, &result, &sc->error));
    sc->result = result;
    return CYN_OK;
}

/* A scan of one use. */
static cyn_code run_alone(cyn_scans *s, size_t number, cyn_err *err)
{
    cyn_use *u = &s->uses[number];
    size_t k = 0;
    CYN_TRY(cyn_scans_add_scan(s, u, &k, err));
    cyn_scan *sc = &s->scans[k];
    sc->uses[sc->nuses++] = number;
    u->scan = k;
    cyn_code rc = run_plan(s, sc);
    u->error = sc->error;
    if (cyn_concerns_all(rc) && err) *err = sc->error;
    return cyn_concerns_all(rc) ? rc : CYN_OK;
}

/* Some row is the interpreter's: once more over columns that have its answer. */
static cyn_code run_over_columns(cyn_scans *s, size_t number, cyn_err *err)
{
    cyn_use *u = &s->uses[number];
    const cyn_agg *agg = s->set->data->project->catalog->aggs[u->agg];
    u->error = (cyn_err){0};
    cyn_code rc =
        cyn_bind_agg(s->set, agg, s->spans, u->run, CYN_BIND_COLUMNS, &u->bound, &u->error);
    if (rc == CYN_OK) return run_alone(s, number, err);
    if (cyn_concerns_all(rc) && err) *err = u->error;
    return cyn_concerns_all(rc) ? rc : CYN_OK;
}

/* Of several uses each is run alone, so that the one at fault fails alone, and only the one with
 * such a row has it asked for: what a metric gives must not depend on the metrics beside it. */
static cyn_code run_apart(cyn_scans *s, size_t k, cyn_err *err)
{
    cyn_scan failed = s->scans[k]; /* a copy: the list grows */
    for (size_t i = 0; i < failed.nuses; i++) {
        size_t number = failed.uses[i];
        if (failed.nuses > 1) CYN_TRY(run_alone(s, number, err));
        if (s->uses[number].error.code == CYN_E_ESCAPE) CYN_TRY(run_over_columns(s, number, err));
    }
    return CYN_OK;
}

static cyn_code run_scan(cyn_scans *s, size_t k, cyn_err *err)
{
    cyn_scan *sc = &s->scans[k];
    cyn_code rc = run_plan(s, sc);
    if (rc == CYN_OK) return CYN_OK;
    if (cyn_concerns_all(rc)) {
        if (err) *err = sc->error;
        return rc;
    }
    if (sc->nuses == 1) s->uses[sc->uses[0]].error = sc->error;
    return run_apart(s, k, err);
}

/* ---- custom aggregates ---- */

/* The use's rows are counted: in cells of its own, the counts become values. */
static cyn_code fold_cells(cyn_scans *s, cyn_use *u, cyn_err *err)
{
    cyn_scan sc = s->scans[u->scan]; /* a copy: the list grows */
    cyn_cell *cells;
    cyn_plan_result *own = CYN_NEW(s->arena, cyn_plan_result);
    if (!own || !cyn_scans_copy(s, u, own, &cells)) return cyn_nomem(err);
    cyn_plan plan = plan_of(s, &sc);
    plan.aggs = &u->bound.agg;
    plan.naggs = 1;
    CYN_TRY(cyn_custom_cells(s->set, cyn_scans_agg(s, u), sc.rows, &plan, u->empty, cells, err));
    sc.result = own;
    size_t number;
    CYN_TRY(cyn_scans_add_scan(s, u, &number, err));
    s->scans[number] = sc;
    u->scan = number;
    u->position = 0;
    if (u->immature != CYN_NOWHERE) u->immature = 1;
    return CYN_OK;
}

static cyn_code run_custom(cyn_scans *s, cyn_use *u, cyn_err *err)
{
    if (cyn_scans_agg(s, u)->func != CYN_CUSTOM || u->error.code != CYN_OK) return CYN_OK;
    cyn_code rc = cyn_custom_empty(s->set, cyn_scans_agg(s, u), &u->empty, &u->error);
    const cyn_scan *sc = &s->scans[u->scan];
    if (rc == CYN_OK && sc->result && !sc->covered) rc = fold_cells(s, u, &u->error);
    if (cyn_concerns_all(rc) && err) *err = u->error;
    return cyn_concerns_all(rc) ? rc : CYN_OK;
}

cyn_code cyn_scans_run(cyn_scans *s, cyn_err *err)
{
    for (size_t i = 0; i < s->nuses; i++) {
        if (s->uses[i].kept) continue;
        CYN_TRY(cyn_scans_choose_run(s, &s->uses[i], err));
        CYN_TRY(bind_use(s, i, err));
    }
    size_t planned = s->nscans; /* running apart appends, and runs what it appends */
    for (size_t k = 0; k < planned; k++)
        if (!s->scans[k].covered) CYN_TRY(run_scan(s, k, err));
    for (size_t i = 0; i < s->nuses; i++)
        CYN_TRY(run_custom(s, &s->uses[i], err));
    for (size_t i = 0; s->set->data->reuse && i < s->nuses; i++)
        if (!s->keeps_later || s->uses[i].found) CYN_TRY(cyn_scans_keep(s, &s->uses[i], err));
    return cyn_scans_settle(s, err);
}

/* ---- keeping apart ---- */

void cyn_scans_keep_later(cyn_scans *s)
{
    s->keeps_later = true;
}

/* By copies that have an arena of their own: what they share is only read. */
void cyn_scans_keep_rest(const cyn_scans *s)
{
    cyn_arena *arena = s->keeps_later && s->set->data->reuse ? cyn_arena_new(0) : NULL;
    if (!arena) return;
    cyn_rows_set set = *s->set;
    cyn_spans spans = *s->spans;
    cyn_scans copy = *s;
    set.arena = spans.arena = copy.arena = arena;
    copy.set = &set;
    copy.spans = &spans;
    cyn_code rc = CYN_OK;
    for (size_t i = 0; rc == CYN_OK && i < s->nuses; i++)
        if (!s->uses[i].found) rc = cyn_scans_keep(&copy, &copy.uses[i], NULL);
    cyn_arena_free(arena);
}
