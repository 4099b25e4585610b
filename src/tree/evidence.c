#include "tree/evidence.h"
#include <math.h>
#include <string.h>

const char *const cyn_verdict_names[] = {
    [CYN_AS_EXPECTED] = "as_expected", [CYN_OPPOSITE] = "opposite",   [CYN_RELATED] = "related",
    [CYN_UNRELATED] = "unrelated",     [CYN_UNVARYING] = "unvarying", [CYN_TOO_SHORT] = "too_short",
    [CYN_UNKNOWN] = "unknown",         [CYN_UNKNOWN + 1] = NULL,
};

/* ---- one relation ---- */

static cyn_verdict verdict_of(const cyn_evidence *e)
{
    const cyn_correlation *c = &e->correlation;
    if (c->constant) return CYN_UNVARYING;
    if (!c->enough) return CYN_TOO_SHORT;
    if (c->low <= 0 && c->high >= 0) return CYN_UNRELATED;
    if (e->expected != CYN_UP && e->expected != CYN_DOWN) return CYN_RELATED;
    return (c->low > 0) == (e->expected == CYN_UP) ? CYN_AS_EXPECTED : CYN_OPPOSITE;
}

/* n pairs of differences take n + season periods; series with a memory need more of them (C-8). */
static void count_history(cyn_evidence *e)
{
    const cyn_correlation *c = &e->correlation;
    double each = c->n > 0 ? (double)c->n / c->effective_n : 1;
    e->has = c->n > 0 ? c->n + (size_t)e->season : 0;
    e->needs = (size_t)ceil(CYN_CORRELATION_LEAST * each - 1e-9) + (size_t)e->season;
}

cyn_code cyn_evidence_judge(cyn_evidence *e, const double *x, const double *y, size_t n,
                            int max_lag, int season, cyn_arena *arena, cyn_err *err)
{
    e->season = cyn_correlation_season(x, y, n, season);
    CYN_TRY(cyn_correlate(x, y, n, max_lag, e->season, arena, &e->correlation, err));
    e->verdict = verdict_of(e);
    count_history(e);
    return CYN_OK;
}

double cyn_evidence_distance(const cyn_evidence *e)
{
    const cyn_correlation *c = &e->correlation;
    return c->enough ? fmax(0, fmax(c->low, -c->high)) : 0;
}

/* ---- ranking ---- */

static int layer_rank(const cyn_metric *m)
{
    return m->sheet.layer == CYN_LAYER_NONE ? CYN_LAGGING + 1 : (int)m->sheet.layer;
}

static bool is_candidate(const cyn_evidence *e)
{
    return e->verdict <= CYN_RELATED;
}

static int compare(const cyn_evidence *a, const cyn_evidence *b)
{
    if (is_candidate(a) != is_candidate(b)) return is_candidate(a) ? -1 : 1;
    if (!is_candidate(a) && a->verdict != b->verdict) return a->verdict < b->verdict ? -1 : 1;
    if (is_candidate(a)) {
        int layers = layer_rank(a->metric) - layer_rank(b->metric);
        double closer = cyn_evidence_distance(b) - cyn_evidence_distance(a);
        if (layers) return layers;
        if (closer < 0 || closer > 0) return closer < 0 ? -1 : 1;
    }
    return strcmp(a->metric->name, b->metric->name);
}

/* By insertion: there are dozens of drivers, not millions. */
size_t cyn_evidence_rank(cyn_evidence *list, size_t n)
{
    size_t candidates = 0;
    for (size_t i = 0; i < n; i++) {
        cyn_evidence e = list[i];
        size_t j = i;
        for (; j > 0 && compare(&list[j - 1], &e) > 0; j--)
            list[j] = list[j - 1];
        list[j] = e;
        candidates += is_candidate(&e);
    }
    return candidates;
}
