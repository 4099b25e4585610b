/* What handlers see of the daemon, and their connections to its state. */
#include "serve/site.h"
#include "store/history.h"
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

enum { KEPT = 8 }; /* idle connections: as many as threads of a server ask at once, and some */

typedef struct reader {
    cyn_store *store;
    dev_t device; /* of the file that it reads: a repair puts another one in its place */
    ino_t inode;
} reader;

struct cyn_readers {
    pthread_mutex_t mutex;
    reader idle[KEPT], lent[KEPT];
    size_t nidle, nlent;
};

const cyn_overview *cyn_site_overview(const cyn_site *s)
{
    return s->overview ? s->overview(s->self) : NULL;
}

const cyn_opened *cyn_site_opened(const cyn_site *s)
{
    return s->opened ? s->opened(s->self) : NULL;
}

/* ---- readers ---- */

cyn_readers *cyn_readers_new(void)
{
    cyn_readers *all = cyn_calloc(1, sizeof *all);
    if (all) pthread_mutex_init(&all->mutex, NULL);
    return all;
}

void cyn_readers_free(cyn_readers *all)
{
    if (!all) return;
    for (size_t i = 0; i < all->nidle; i++)
        cyn_store_close(all->idle[i].store);
    pthread_mutex_destroy(&all->mutex);
    cyn_free(all);
}

static bool reads_file(const reader *r, const struct stat *file)
{
    return r->device == file->st_dev && r->inode == file->st_ino;
}

/* An idle reader of that file, noted as lent; those of another file are closed. NULL: none. */
static cyn_store *take_idle(cyn_readers *all, const struct stat *file)
{
    cyn_store *found = NULL;
    reader stale[KEPT];
    size_t nstale = 0;
    pthread_mutex_lock(&all->mutex);
    while (!found && all->nidle > 0) {
        reader r = all->idle[--all->nidle];
        if (!reads_file(&r, file)) {
            stale[nstale++] = r;
        } else if (all->nlent < KEPT) {
            all->lent[all->nlent++] = r;
            found = r.store;
        }
    }
    pthread_mutex_unlock(&all->mutex);
    for (size_t i = 0; i < nstale; i++)
        cyn_store_close(stale[i].store);
    return found;
}

/* Without room for its note it is closed when it is given back. */
static void note_lent(cyn_readers *all, cyn_store *store, const struct stat *file)
{
    pthread_mutex_lock(&all->mutex);
    if (all->nlent < KEPT)
        all->lent[all->nlent++] =
            (reader){.store = store, .device = file->st_dev, .inode = file->st_ino};
    pthread_mutex_unlock(&all->mutex);
}

cyn_code cyn_site_reader(const cyn_site *s, cyn_store **out, cyn_err *err)
{
    struct stat file;
    bool pooled = s->readers && stat(s->state, &file) == 0;
    cyn_store *store = pooled ? take_idle(s->readers, &file) : NULL;
    if (!store) {
        CYN_TRY(cyn_store_open_reader(s->state, &store, err));
        if (pooled) note_lent(s->readers, store, &file);
    }
    *out = store;
    return CYN_OK;
}

void cyn_site_done(const cyn_site *s, cyn_store *store)
{
    cyn_readers *all = s->readers;
    bool kept = false;
    if (!store) return;
    if (all) {
        pthread_mutex_lock(&all->mutex);
        for (size_t i = 0; i < all->nlent && !kept; i++)
            if (all->lent[i].store == store) {
                if (all->nidle < KEPT) {
                    all->idle[all->nidle++] = all->lent[i];
                    kept = true;
                }
                all->lent[i] = all->lent[--all->nlent];
                break;
            }
        pthread_mutex_unlock(&all->mutex);
    }
    if (!kept) cyn_store_close(store);
}

/* ---- routes ---- */

cyn_code cyn_site_routes(cyn_arena *arena, const cyn_route **out, size_t *n, cyn_err *err)
{
    const struct {
        const cyn_route *items;
        size_t count;
    } groups[] = {
        {cyn_routes_health, cyn_nroutes_health},
        {cyn_routes_api, cyn_nroutes_api},
        {cyn_routes_prometheus, cyn_nroutes_prometheus},
        {cyn_routes_pages, cyn_nroutes_pages},
    };
    size_t total = 0;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        total += groups[i].count;
    cyn_route *all = CYN_NEW_ARRAY(arena, total, cyn_route);
    if (!all) return cyn_nomem(err);
    *n = 0;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        for (size_t k = 0; k < groups[i].count; k++)
            all[(*n)++] = groups[i].items[k];
    *out = all;
    return CYN_OK;
}
