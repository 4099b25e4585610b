#include "engine/reuse_impl.h"
#include <stdlib.h>

static int by_bounds(const void *a, const void *b)
{
    const cyn_interval *x = a, *y = b;
    if (x->start != y->start) return x->start < y->start ? -1 : 1;
    return (x->end > y->end) - (x->end < y->end);
}

/* Kept intervals are sorted, each is there once; others are not believed. */
static bool is_sorted(const cyn_kept_cells *c)
{
    for (size_t i = 1; i < c->result.nintervals; i++)
        if (by_bounds(&c->intervals[i - 1], &c->intervals[i]) >= 0) return false;
    return true;
}

static size_t find(const cyn_kept_cells *c, cyn_interval in)
{
    if (c->result.nintervals == 0) return CYN_NOT_KEPT;
    const cyn_interval *at = bsearch(&in, c->intervals, c->result.nintervals, sizeof in, by_bounds);
    return at ? (size_t)(at - c->intervals) : CYN_NOT_KEPT;
}

cyn_interval cyn_reuse_cut(cyn_interval in, int64_t end_of_rows)
{
    bool all = in.start == CYN_TIME_MIN && in.end == CYN_TIME_MAX;
    if (!all && in.end > end_of_rows) in.end = end_of_rows;
    return in;
}

/* Whether a new row may be in it. */
static bool is_touched(cyn_interval in, const cyn_cache_before *before)
{
    if (!before || !before->more.any) return false;
    const cyn_cache_times *t = &before->more;
    const int64_t first =
        t->first > CYN_TIME_MIN + CYN_REUSE_SLACK ? t->first - CYN_REUSE_SLACK : CYN_TIME_MIN;
    return in.start <= cyn_reuse_after(t) && in.end > first;
}

/* What kept cells are held against. */
typedef struct matching {
    const cyn_spans *spans;
    const cyn_relation *cohort;     /* NULL: cells depend on the rows of their interval only */
    const cyn_cache_before *before; /* NULL: the same rows */
    int64_t kept_now, end_of_rows;
} matching;

/* Whether the cells of a kept interval are those of now, as far as it looks beyond itself. */
static bool has_settled(const matching *m, cyn_interval kept)
{
    const int64_t now = m->spans->now;
    if (!m->cohort || (!m->before && now == m->kept_now)) return true;
    const cyn_reuse_reach reach = cyn_reuse_reach_of(m->cohort, m->spans->calendar, kept.end);
    if (reach.now > (now < m->kept_now ? now : m->kept_now) - CYN_REUSE_SLACK) return false;
    /* of rows that have come in the past, too: some entity may begin earlier now */
    return !is_touched((cyn_interval){CYN_TIME_MIN, reach.rows}, m->before);
}

/* One that was cut may have reached further. */
static bool is_good(const matching *m, cyn_interval kept)
{
    if (m->before && (kept.end >= m->end_of_rows || is_touched(kept, m->before))) return false;
    return has_settled(m, kept);
}

static size_t match(const matching *m, const cyn_kept_cells *cells, cyn_interval in)
{
    if (is_touched(in, m->before)) return CYN_NOT_KEPT;
    size_t at = find(cells, cyn_reuse_cut(in, m->end_of_rows));
    return at == CYN_NOT_KEPT || has_settled(m, cells->intervals[at]) ? at : CYN_NOT_KEPT;
}

cyn_code cyn_reuse_match(const cyn_reuse_use *use, const cyn_relation *cohort,
                         const cyn_cache_before *before, cyn_reuse_found *found, cyn_err *err)
{
    const cyn_chain *c = &use->spans->chains[use->chain];
    const cyn_kept_cells *cells = &found->cells;
    const matching m = {.spans = use->spans,
                        .cohort = cohort,
                        .before = before,
                        .kept_now = cells->now,
                        .end_of_rows =
                            before ? cyn_reuse_after(&before->old) : cyn_reuse_end_of_rows(use)};
    if (!is_sorted(cells)) return cyn_fail(err, CYN_E_DATA, "kept cells are in disorder");
    size_t *of = CYN_NEW_ARRAY(use->set->arena, c->nintervals + 1, size_t);
    bool *good = CYN_NEW_ARRAY(use->set->arena, cells->result.nintervals + 1, bool);
    if (!of || !good) return cyn_nomem(err);
    for (size_t i = 0; i < cells->result.nintervals; i++)
        good[i] = is_good(&m, cells->intervals[i]);
    found->good = good;
    for (size_t i = 0; i < c->nintervals; i++) {
        of[i] = match(&m, cells, c->intervals[i]);
        found->nmissing += of[i] == CYN_NOT_KEPT;
    }
    found->of = of;
    found->fewer_rows = before != NULL;
    return CYN_OK;
}

/* ---- intervals of several requests ---- */

typedef struct picking {
    cyn_interval *intervals;
    cyn_cells_place *places;
    bool *covered;
    size_t n;
} picking;

static bool new_picking(picking *p, size_t most, cyn_arena *arena)
{
    *p = (picking){.intervals = CYN_NEW_ARRAY(arena, most + 1, cyn_interval),
                   .places = CYN_NEW_ARRAY(arena, most + 1, cyn_cells_place),
                   .covered = CYN_NEW_ARRAY(arena, most + 1, bool)};
    return p->intervals && p->places && p->covered;
}

static void pick(picking *p, const cyn_kept_cells *from, size_t interval, cyn_interval as)
{
    p->intervals[p->n] = as;
    p->covered[p->n] = from->covered && from->covered[interval];
    p->places[p->n++] = (cyn_cells_place){from, interval};
}

static cyn_code picked(const picking *p, const cyn_kept_cells *a, const cyn_kept_cells *b,
                       cyn_arena *arena, cyn_kept_cells *out, cyn_err *err)
{
    cyn_kept_cells cells = {.intervals = p->intervals, .covered = p->covered};
    CYN_TRY(cyn_cells_pick(a, b, p->places, p->n, arena, &cells.result, err));
    *out = cells;
    return CYN_OK;
}

cyn_code cyn_reuse_unite(const cyn_kept_cells *a, const cyn_kept_cells *b, const bool *good,
                         cyn_arena *arena, cyn_kept_cells *out, cyn_err *err)
{
    const size_t na = a->result.nintervals, nb = b->result.nintervals;
    picking p;
    if (!new_picking(&p, na + nb, arena)) return cyn_nomem(err);
    for (size_t i = 0, k = 0; i < na || k < nb;) {
        int order = i == na ? 1 : k == nb ? -1 : by_bounds(&a->intervals[i], &b->intervals[k]);
        if (order <= 0)
            pick(&p, a, i, a->intervals[i]);
        else if (!good || good[k])
            pick(&p, b, k, b->intervals[k]);
        i += order <= 0;
        k += order >= 0;
    }
    return picked(&p, a, b, arena, out, err);
}

/* Whether no interval is cut. Those of a chain are sorted, each once. */
static bool is_as_kept(const cyn_kept_cells *cells, int64_t end)
{
    for (size_t i = 0; i < cells->result.nintervals; i++) {
        const cyn_interval in = cells->intervals[i], cut = cyn_reuse_cut(in, end);
        if (by_bounds(&in, &cut) != 0) return false;
    }
    return is_sorted(cells);
}

cyn_code cyn_reuse_cut_cells(const cyn_reuse_use *use, const cyn_kept_cells *cells,
                             cyn_kept_cells *out, cyn_err *err)
{
    const int64_t end = cyn_reuse_end_of_rows(use);
    picking p;
    if (is_as_kept(cells, end)) {
        *out = *cells;
        return CYN_OK;
    }
    if (!new_picking(&p, cells->result.nintervals, use->set->arena)) return cyn_nomem(err);
    for (size_t i = 0; i < cells->result.nintervals; i++) {
        cyn_interval in = cyn_reuse_cut(cells->intervals[i], end);
        if (p.n == 0 || by_bounds(&p.intervals[p.n - 1], &in) < 0) pick(&p, cells, i, in);
    }
    return picked(&p, cells, cells, use->set->arena, out, err);
}
