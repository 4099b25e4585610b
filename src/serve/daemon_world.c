#include "serve/daemon_impl.h"

/* ---- counting ---- */

cyn_generation *cyn_generation_ref(cyn_generation *g)
{
    atomic_fetch_add_explicit(&g->refs, 1, memory_order_relaxed);
    return g;
}

void cyn_generation_unref(cyn_generation *g)
{
    if (!g || atomic_fetch_sub_explicit(&g->refs, 1, memory_order_acq_rel) > 1) return;
    cyn_opened_unref(g->metrics);
    cyn_opened_unref(g->rules);
    cyn_free(g->slow_metrics.marks);
    cyn_free(g->slow_rules.marks);
    cyn_free(g);
}

bool cyn_slow_mark(cyn_slow *s, size_t which)
{
    if (atomic_exchange(&s->marks[which], true)) return false;
    atomic_fetch_add(&s->count, 1);
    return true;
}

cyn_world *cyn_world_new(cyn_generation *g, const cyn_stock *stock, int64_t number)
{
    cyn_world *w = cyn_calloc(1, sizeof *w);
    if (!w) {
        cyn_generation_unref(g);
        cyn_stock_unref(stock);
        return NULL;
    }
    atomic_init(&w->refs, 1);
    w->generation = g;
    w->stock = stock;
    w->number = number;
    return w;
}

cyn_world *cyn_world_ref(cyn_world *w)
{
    atomic_fetch_add_explicit(&w->refs, 1, memory_order_relaxed);
    return w;
}

void cyn_world_unref(cyn_world *w)
{
    if (!w || atomic_fetch_sub_explicit(&w->refs, 1, memory_order_acq_rel) > 1) return;
    cyn_stock_unref(w->stock);
    cyn_generation_unref(w->generation);
    cyn_free(w);
}

cyn_code cyn_world_dataset(const cyn_world *w, const cyn_project *p, bool cache, cyn_dataset **out,
                           cyn_err *err)
{
    CYN_TRY(cyn_stock_dataset(w->stock, p, out, err));
    if (!cache) return CYN_OK;
    cyn_dataset_use_cache(*out);
    cyn_dataset_reuse(*out);
    return CYN_OK;
}

/* ---- handing on ---- */

cyn_world *cyn_daemon_world(cyn_daemon *d)
{
    pthread_mutex_lock(&d->mutex);
    cyn_world *w = d->world ? cyn_world_ref(d->world) : NULL;
    pthread_mutex_unlock(&d->mutex);
    return w;
}

void cyn_daemon_set_world(cyn_daemon *d, cyn_world *w)
{
    pthread_mutex_lock(&d->mutex);
    cyn_world *old = d->world;
    d->world = w;
    if (old && old->generation != w->generation) atomic_store(&old->generation->over, true);
    if (atomic_load(&d->stopping)) atomic_store(&w->generation->over, true);
    pthread_mutex_unlock(&d->mutex);
    cyn_world_unref(old);
    for (size_t i = 0; i < CYN_LANES; i++)
        if (i != CYN_LANE_LOADING) cyn_lane_ring(&d->lanes[i]);
}

/* Who sets a world after this sees that the daemon stops. */
void cyn_daemon_end_worlds(cyn_daemon *d)
{
    pthread_mutex_lock(&d->mutex);
    if (d->world) atomic_store(&d->world->generation->over, true);
    pthread_mutex_unlock(&d->mutex);
}

cyn_generation *cyn_daemon_latest(cyn_daemon *d)
{
    pthread_mutex_lock(&d->mutex);
    cyn_generation *g = d->latest ? cyn_generation_ref(d->latest) : NULL;
    pthread_mutex_unlock(&d->mutex);
    return g;
}

const cyn_overview *cyn_daemon_overview(cyn_daemon *d)
{
    pthread_mutex_lock(&d->mutex);
    const cyn_overview *v = d->view ? cyn_overview_ref(d->view) : NULL;
    pthread_mutex_unlock(&d->mutex);
    return v;
}

void cyn_daemon_set_overview(cyn_daemon *d, const cyn_overview *v)
{
    pthread_mutex_lock(&d->mutex);
    const cyn_overview *old = d->view;
    d->view = v;
    pthread_mutex_unlock(&d->mutex);
    cyn_overview_unref(old);
    cyn_lane_ring(&d->lanes[CYN_LANE_JOBS]);
}

const cyn_overview *cyn_daemon_trees(cyn_daemon *d)
{
    pthread_mutex_lock(&d->mutex);
    const cyn_overview *v = d->trees ? cyn_overview_ref(d->trees) : NULL;
    pthread_mutex_unlock(&d->mutex);
    return v;
}

void cyn_daemon_set_trees(cyn_daemon *d, const cyn_overview *v)
{
    pthread_mutex_lock(&d->mutex);
    const cyn_overview *old = d->trees;
    d->trees = v;
    pthread_mutex_unlock(&d->mutex);
    cyn_overview_unref(old);
}

/* ---- opening ---- */

static cyn_code make_marks(cyn_slow *s, size_t n, cyn_err *err)
{
    s->marks = cyn_calloc(n + 1, sizeof *s->marks);
    return s->marks ? CYN_OK : cyn_nomem(err);
}

cyn_code cyn_generation_open(const char *dir, const cyn_open_options *options, cyn_opened **first,
                             cyn_generation **out, cyn_err *err)
{
    cyn_open_options quick = *options;
    quick.call_time = CYN_QUICK_CALL;
    CYN_TRY(cyn_open(dir, &quick, first, err));
    cyn_generation *g = cyn_calloc(1, sizeof *g);
    if (!g) return cyn_nomem(err);
    atomic_init(&g->refs, 1);
    g->metrics = cyn_opened_ref(*first);
    const cyn_project *p = g->metrics->project;
    cyn_code rc = cyn_open_again(g->metrics, &quick, &g->rules, err);
    if (rc == CYN_OK) rc = make_marks(&g->slow_metrics, p->nmetrics, err);
    if (rc == CYN_OK) rc = make_marks(&g->slow_rules, p->catalog->nrules, err);
    if (rc == CYN_OK)
        *out = g;
    else
        cyn_generation_unref(g);
    return rc;
}

cyn_code cyn_generation_open_slow(cyn_generation *g, const cyn_opened *quick, const char *library,
                                  cyn_opened **out, cyn_err *err)
{
    const cyn_open_options options = {.library = library, .cancel = &g->over};
    return cyn_open_again(quick, &options, out, err);
}
