#include "engine/scan_impl.h"
#include <string.h>

static cyn_reuse_use reuse_of(const cyn_scans *s, const cyn_use *u)
{
    return (cyn_reuse_use){.set = s->set, .spans = s->spans, .agg = u->agg, .chain = u->chain};
}

/* ---- what is there ---- */

/* Which of the chain's intervals the source covers now, of an aggregate that has no rows yet. */
static cyn_code find_covered(const cyn_scans *s, const cyn_use *u, const bool **out, cyn_err *err)
{
    const cyn_chain *c = &s->spans->chains[u->chain];
    const cyn_view *view = cyn_scans_agg(s, u)->view;
    bool *covered = CYN_NEW_ARRAY(s->arena, c->nintervals + 1, bool);
    if (!covered) return cyn_nomem(err);
    int source = cyn_project_source(s->set->data->project, view->source);
    cyn_rows rows = {.source = source < 0 ? 0 : (size_t)source, .relation = view->relation};
    cyn_scan sc = {.rows = &rows};
    cyn_scan_find_coverage(s, &sc);
    for (size_t i = 0; i < c->nintervals; i++)
        covered[i] = cyn_scan_covers(&sc, c->intervals[i], i);
    *out = covered;
    return CYN_OK;
}

/* The use's scan is one that does not run: its cells are `found`'s, and `own`'s where those have
 * none, which are of the chain that was run. */
static cyn_code add_kept_scan(cyn_scans *s, cyn_use *u, const cyn_reuse_found *found,
                              const cyn_kept_cells *own, const size_t *own_of, cyn_err *err)
{
    const size_t n = s->spans->chains[u->chain].nintervals;
    cyn_cells_place *places = CYN_NEW_ARRAY(s->arena, n + 1, cyn_cells_place);
    cyn_plan_result *result = CYN_NEW(s->arena, cyn_plan_result);
    const bool *covered = found->cells.covered;
    if (!places || !result) return cyn_nomem(err);
    bool as_kept = found->cells.result.nintervals == n;
    for (size_t i = 0; i < n; i++) {
        places[i] = found->of[i] == CYN_NOT_KEPT ? (cyn_cells_place){own, own_of[i]}
                                                 : (cyn_cells_place){&found->cells, found->of[i]};
        as_kept = as_kept && found->of[i] == i;
    }
    if (as_kept)
        *result = found->cells.result;
    else
        CYN_TRY(cyn_cells_pick(&found->cells, own, places, n, s->arena, result, err));
    if (!found->whole) CYN_TRY(find_covered(s, u, &covered, err));
    CYN_TRY(cyn_scans_add_scan(s, u, &u->scan, err));
    s->scans[u->scan].chain = u->chain;
    s->scans[u->scan].result = result;
    s->scans[u->scan].covered = covered;
    u->position = 0;
    u->immature = result->naggs > 1 ? 1 : CYN_NOWHERE;
    return CYN_OK;
}

cyn_code cyn_scans_take_kept(cyn_scans *s, cyn_use *u, cyn_err *err)
{
    cyn_reuse *reuse = s->set->data->reuse;
    const cyn_reuse_use key = reuse_of(s, u);
    cyn_reuse_found *found = reuse ? CYN_NEW(s->arena, cyn_reuse_found) : NULL;
    if (!found) return reuse ? cyn_nomem(err) : CYN_OK;
    if (!cyn_reuse_find(reuse, &key, found)) return CYN_OK;
    u->kept = found->nmissing == 0 && !found->fewer_rows;
    if (!u->kept) {
        u->found = found;
        return CYN_OK;
    }
    u->bound.agg.func = cyn_scans_agg(s, u)->func;
    return add_kept_scan(s, u, found, &found->cells, NULL, err);
}

/* ---- what is missing ---- */

static bool has_intervals(const cyn_chain *c, const cyn_interval *intervals, size_t n)
{
    if (c->nintervals != n) return false;
    for (size_t i = 0; i < n; i++)
        if (c->intervals[i].start != intervals[i].start || c->intervals[i].end != intervals[i].end)
            return false;
    return true;
}

/* A chain of just these intervals of a chain; uses that lack the same share it, and so a scan. */
static cyn_code part_of(cyn_scans *s, size_t chain, const cyn_interval *intervals, size_t n,
                        size_t *out, cyn_err *err)
{
    for (size_t i = 0; i < s->nparts; i++) {
        *out = s->parts[i].chain;
        if (s->parts[i].of == chain && has_intervals(&s->spans->chains[*out], intervals, n))
            return CYN_OK;
    }
    void *more = cyn_grown(s->arena, s->parts, s->nparts, &s->part_capacity, sizeof *s->parts);
    cyn_span *spans = CYN_NEW_ARRAY(s->arena, n + 1, cyn_span);
    if (!more || !spans) return cyn_nomem(err);
    s->parts = more;
    for (size_t i = 0; i < n; i++)
        spans[i] = (cyn_span){.start = intervals[i].start, .end = intervals[i].end};
    CYN_TRY(cyn_spans_add(s->spans, spans, n, out, err));
    s->spans->chains[*out].rest = true;
    s->parts[s->nparts++] = (cyn_chain_part){.of = chain, .chain = *out};
    return CYN_OK;
}

/* Where nothing is missing, but rows have come that a run could fail on, no interval's cells are
 * computed: those of an empty one. */
cyn_code cyn_scans_choose_run(cyn_scans *s, cyn_use *u, cyn_err *err)
{
    if (!u->found) return CYN_OK;
    const cyn_chain *c = &s->spans->chains[u->chain];
    cyn_interval *missing = CYN_NEW_ARRAY(s->arena, u->found->nmissing + 1, cyn_interval);
    size_t n = 0;
    if (!missing) return cyn_nomem(err);
    for (size_t i = 0; i < c->nintervals; i++)
        if (u->found->of[i] == CYN_NOT_KEPT) missing[n++] = c->intervals[i];
    if (n == 0) missing[n++] = (cyn_interval){CYN_TIME_MAX, CYN_TIME_MAX};
    return part_of(s, u->chain, missing, n, &u->run, err);
}

/* ---- what was computed ---- */

bool cyn_scans_copy(const cyn_scans *s, const cyn_use *u, cyn_plan_result *out, cyn_cell **cells)
{
    const cyn_plan_result *all = s->scans[u->scan].result;
    const size_t each = all->nsegments * all->nintervals;
    cyn_cell *none = CYN_NEW_ARRAY(s->arena, 2, cyn_cell);
    *out = *all;
    out->naggs = u->immature == CYN_NOWHERE ? 1 : 2;
    out->cells = *cells = CYN_NEW_ARRAY(s->arena, 2 * each + 1, cyn_cell);
    if (!*cells || !none) return false;
    memcpy(*cells, all->cells + u->position * each, each * sizeof **cells);
    none[0] = all->none[u->position];
    out->none = none;
    if (out->naggs == 1) return true;
    memcpy(*cells + each, all->cells + u->immature * each, each * sizeof **cells);
    none[1] = all->none[u->immature];
    return true;
}

/* The missing intervals have been computed, in their order. */
static cyn_code put_together(cyn_scans *s, cyn_use *u, cyn_err *err)
{
    const size_t n = s->spans->chains[u->chain].nintervals;
    const cyn_reuse_found *found = u->found;
    size_t *own_of = CYN_NEW_ARRAY(s->arena, n + 1, size_t), computed = 0;
    cyn_kept_cells *own = CYN_NEW(s->arena, cyn_kept_cells);
    cyn_cell *cells;
    if (!own_of || !own || !cyn_scans_copy(s, u, &own->result, &cells)) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (found->of[i] == CYN_NOT_KEPT) own_of[i] = computed++;
    return add_kept_scan(s, u, found, own, own_of, err);
}

static cyn_code keep(const cyn_scans *s, const cyn_use *u, cyn_err *err)
{
    const cyn_scan *sc = &s->scans[u->scan];
    const cyn_chain *chain = &s->spans->chains[u->chain];
    cyn_kept_cells kept = {.intervals = chain->intervals};
    cyn_cell *cells;
    bool *covered = CYN_NEW_ARRAY(s->arena, chain->nintervals + 1, bool);
    if (!covered || !cyn_scans_copy(s, u, &kept.result, &cells)) return cyn_nomem(err);
    for (size_t i = 0; i < chain->nintervals; i++)
        covered[i] = cyn_scan_covers(sc, chain->intervals[i], i);
    kept.covered = covered;
    const cyn_reuse_use key = reuse_of(s, u);
    cyn_reuse_add(s->set->data->reuse, &key, &kept, u->found);
    return CYN_OK;
}

cyn_code cyn_scans_keep(cyn_scans *s, cyn_use *u, cyn_err *err)
{
    if (u->kept || u->error.code != CYN_OK) return CYN_OK; /* it may have no scan */
    if (!s->scans[u->scan].result) return CYN_OK;
    if (u->found) CYN_TRY(put_together(s, u, err));
    return keep(s, u, err);
}
