/* From when on a period is judged: its end, or when the windows of its cohorts have passed (I-1).
 */
#include "engine/series_impl.h"
#include "plan/relation.h"

/* The time in which an attempt can go on after its first step; CYN_TIME_MAX: there is no end. */
static int64_t journey_window(const cyn_relation *r)
{
    int64_t sum = 0;
    for (size_t k = 1; k < r->nsteps; k++) {
        bool open = r->steps[k].within <= 0 || sum == CYN_TIME_MAX;
        if (open || __builtin_add_overflow(sum, r->steps[k].within, &sum)) sum = CYN_TIME_MAX;
    }
    return r->within > 0 && r->within < sum ? r->within : sum;
}

/* From when on nothing changes any more in rows whose time is before t (I-1). */
static int64_t settled_after(const cyn_calendar *cal, const cyn_relation *r, int64_t t)
{
    for (; r && t != CYN_TIME_MAX; r = r->base->relation) {
        if (r->kind == CYN_JOURNEY) {
            int64_t window = journey_window(r);
            if (window == CYN_TIME_MAX || __builtin_add_overflow(t, window, &t)) t = CYN_TIME_MAX;
        } else if (r->kind == CYN_RETENTION) {
            cyn_period last = cyn_period_at(cal, (cyn_grain){r->unit, 1}, t - 1);
            t = cyn_period_shift(cal, last, r->n + 1).start;
        }
    }
    return t;
}

typedef struct readiness {
    const cyn_project *project;
    const cyn_spans *spans;
    int64_t ready;
} readiness;

/* The span that the base span has become in the chain, the latest of a fold. */
static size_t through_chain(const cyn_spans *s, size_t chain, size_t base)
{
    if (chain == 0) return base;
    const cyn_chain *c = &s->chains[chain];
    return cyn_spans_through(s, chain, through_chain(s, c->parent, base), 0);
}

static cyn_code visit_ready(void *self, uint32_t agg, size_t chain, cyn_err *err)
{
    (void)err;
    readiness *r = self;
    size_t span = through_chain(r->spans, chain, 0);
    int64_t end = r->spans->chains[chain].spans[span].end;
    const cyn_view *view = r->project->catalog->aggs[agg]->view;
    int64_t ready = settled_after(&r->project->calendar, view->relation, end);
    if (ready > r->ready) r->ready = ready;
    return CYN_OK;
}

cyn_code cyn_series_ready_at(const cyn_project *p, const cyn_metric *m, cyn_period period,
                             cyn_arena *scratch, int64_t *out, cyn_err *err)
{
    cyn_spans *spans;
    cyn_span span = {.start = period.start, .end = period.end, .period = period, .is_period = true};
    *out = CYN_TIME_MIN;
    if (period.grain.unit == CYN_ALL) return CYN_OK;
    CYN_TRY(cyn_spans_new(&p->calendar, period.end, scratch, &spans, err));
    CYN_TRY(cyn_spans_choose(spans, &span, 1, err));
    readiness r = {.project = p, .spans = spans, .ready = period.end};
    CYN_TRY(cyn_each_use(p, spans, m, visit_ready, &r, err));
    *out = r.ready;
    return CYN_OK;
}
