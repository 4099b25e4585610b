/* The state of a project: opened once. A new one is made while the first source is loaded, since
 * the disk is waited for several times meanwhile; there is nothing to be found in it. */
#include "engine/cache_impl.h"
#include <pthread.h>
#include <unistd.h>

struct cyn_cache_making {
    pthread_t thread;
    cyn_arena *arena;
    const char *path;
    cyn_store *store;
    cyn_err why; /* code CYN_OK: it is made */
};

static void *make(void *self)
{
    cyn_cache_making *m = self;
    m->why.code = cyn_store_open_to_fill(m->path, &m->store, &m->why);
    return NULL;
}

bool cyn_cache_make_state(cyn_cache *cache)
{
    cyn_arena *arena = cache->state || cache->making ? NULL : cyn_arena_new(0);
    cyn_cache_making *m = arena ? CYN_NEW(arena, cyn_cache_making) : NULL;
    if (m) *m = (cyn_cache_making){.arena = arena, .path = cyn_state_path(cache->dir, arena)};
    if (!m || !m->path || access(m->path, F_OK) == 0 ||
        pthread_create(&m->thread, NULL, make, m) != 0) {
        cyn_arena_free(arena);
        return false;
    }
    cache->making = m;
    cache->fills = true;
    return true;
}

static cyn_code take_made(cyn_cache *cache, cyn_err *err)
{
    cyn_cache_making *m = cache->making;
    pthread_join(m->thread, NULL);
    cyn_code rc = m->why.code;
    cache->making = NULL;
    cache->state = m->store;
    if (rc != CYN_OK && err) *err = m->why;
    cyn_arena_free(m->arena);
    return rc;
}

static cyn_code open_state(cyn_cache *cache, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    const char *path = arena ? cyn_state_path(cache->dir, arena) : NULL;
    cyn_code rc = !path          ? cyn_nomem(err)
                  : cache->fills ? cyn_store_open_to_fill(path, &cache->state, err)
                                 : cyn_store_open(path, &cache->state, err);
    cyn_arena_free(arena);
    return rc;
}

cyn_code cyn_cache_state(cyn_cache *cache, cyn_store **out, cyn_err *err)
{
    if (!cache->state && !cache->making) cache->state = cyn_cache_take_kept(cache);
    if (cache->making)
        CYN_TRY(take_made(cache, err));
    else if (!cache->state)
        CYN_TRY(open_state(cache, err));
    *out = cache->state;
    return CYN_OK;
}

void cyn_cache_close_state(cyn_cache *cache)
{
    if (cache->making) (void)take_made(cache, NULL);
    cyn_store_close(cache->state);
    cache->state = NULL;
}
