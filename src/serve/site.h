/* The site: what handlers may see and do. Made by the daemon, used by all threads of the server.
 *
 *     const cyn_overview *v = cyn_site_overview(site);      // NULL: nothing was evaluated yet
 *     …
 *     cyn_overview_unref(v);
 */
#pragma once
#include "live/overview.h"
#include "live/stock.h"
#include "serve/gauges.h"
#include "serve/http.h"
#include "store/alerts.h"

struct cyn_site {
    const char *dir, *state; /* the project's folder, its state.db */
    cyn_gauges *gauges;
    void *self;
    /* A reference, which the caller gives back. */
    const cyn_overview *(*overview)(void *self);
    /* The project as it is loaded now; likewise. */
    const cyn_opened *(*opened)(void *self);
    /* What is wrong with it, or with a newer one that was refused; lives in the arena. */
    cyn_code (*findings)(void *self, cyn_arena *arena, const cyn_err **out, size_t *n,
                         cyn_err *err);
    /* Facts for the page of health; likewise. *ready: it has loaded and evaluated once, and goes
     * on doing so; else why not. */
    cyn_code (*health)(void *self, cyn_arena *arena, const cyn_page_fact **out, size_t *n,
                       bool *healthy, bool *ready, const char **why, cyn_err *err);
    /* The same facts in "en" or "ja"; NULL: they are to be had in the project's language alone. */
    cyn_code (*facts)(void *self, const char *language, cyn_arena *arena, const cyn_page_fact **out,
                      size_t *n, cyn_err *err);
    /* What is known of a source's rows, copied into the arena; *out NULL: it was not loaded yet.
     * NULL: nothing is known of any. */
    cyn_code (*source)(void *self, const char *name, cyn_arena *arena, const cyn_stock_source **out,
                       cyn_err *err);
    /* Something was written that deliveries or rules depend on: they are to look again. */
    void (*wake)(void *self);
    /* The state could not be read: it may be damaged, or gone. */
    void (*doubt)(void *self);
    int64_t (*clock)(void);
    const atomic_bool *stopping; /* what takes its time ends when that is set; NULL */
    atomic_int queries;          /* that are being answered */
    _Atomic(int64_t) crowded;    /* monotonic: when one was turned away; 0: none was */
    struct cyn_readers *readers; /* NULL: each reader of the state is opened anew */
};

/* Connections that are kept open between requests. Freed after the server has stopped. */
typedef struct cyn_readers cyn_readers;
cyn_readers *cyn_readers_new(void); /* NULL when memory is exhausted */
void cyn_readers_free(cyn_readers *all);

const cyn_overview *cyn_site_overview(const cyn_site *s);
const cyn_opened *cyn_site_opened(const cyn_site *s);
/* The state, for reading; a connection of a pool, given back by cyn_site_done(). */
CYN_NODISCARD cyn_code cyn_site_reader(const cyn_site *s, cyn_store **out, cyn_err *err);
void cyn_site_done(const cyn_site *s, cyn_store *st);

/* ---- routes, by who answers them ---- */
extern const cyn_route cyn_routes_api[];        /* api.c: /api/v1/…, the product's own */
extern const cyn_route cyn_routes_prometheus[]; /* prometheus.c: /metrics, /api/v1/query … */
extern const cyn_route cyn_routes_pages[];      /* pages.c: /, /metric/…, and their forms */
extern const cyn_route cyn_routes_health[];     /* health.c: /-/healthy, /-/ready */
extern const size_t cyn_nroutes_api, cyn_nroutes_prometheus, cyn_nroutes_pages, cyn_nroutes_health;
/* All of them, for cyn_http_start(). */
CYN_NODISCARD cyn_code cyn_site_routes(cyn_arena *arena, const cyn_route **out, size_t *n,
                                       cyn_err *err);
