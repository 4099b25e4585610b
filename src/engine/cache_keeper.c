/* Keeping, while what was loaded is already worked with: one source after the other, each in a
 * thread that waits for the one before, since they write to one folder. */
#include "engine/cache_impl.h"
#include <pthread.h>

struct cyn_cache_task {
    cyn_cache_task *before;
    pthread_t thread;
    cyn_arena *arena;
    cyn_cache_folder folder;
    const cyn_inputs *inputs;
    cyn_piece *pieces;
    size_t npieces;
    const atomic_bool *cancel;
    cyn_err why;      /* code CYN_OK: nothing went wrong */
    atomic_bool done; /* the store is not used any more */
};

static void *run(void *self)
{
    cyn_cache_task *t = self;
    if (t->before) pthread_join(t->before->thread, NULL);
    if (cyn_inputs_unchanged(t->inputs))
        t->why.code = cyn_cache_keep(&t->folder, t->inputs, t->pieces, t->npieces, t->cancel,
                                     t->arena, &t->why);
    atomic_store(&t->done, true);
    return NULL;
}

cyn_store *cyn_cache_take_kept(cyn_cache *cache)
{
    cyn_cache_task *t = cache->tasks;
    if (!t || !atomic_load(&t->done)) return NULL;
    cyn_store *st = t->folder.store;
    t->folder.store = NULL;
    return st;
}

static void free_task(cyn_cache_task *t)
{
    for (size_t i = 0; i < t->npieces; i++)
        cyn_table_unref(t->pieces[i].table);
    cyn_store_close(t->folder.store);
    cyn_arena_free(t->arena);
}

bool cyn_cache_keep_later(cyn_cache *cache, const cyn_cache_folder *f, const cyn_inputs *in,
                          const cyn_piece *pieces, size_t n, const atomic_bool *cancel)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_cache_task *t = arena ? CYN_NEW(arena, cyn_cache_task) : NULL;
    cyn_piece *kept = t ? CYN_NEW_ARRAY(arena, n + 1, cyn_piece) : NULL;
    if (!kept) {
        cyn_arena_free(arena);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        kept[i] = pieces[i];
        kept[i].table = cyn_table_ref(pieces[i].table);
    }
    *t = (cyn_cache_task){.before = cache->tasks,
                          .arena = arena,
                          .folder = *f,
                          .inputs = in,
                          .pieces = kept,
                          .npieces = n,
                          .cancel = cancel};
    if (pthread_create(&t->thread, NULL, run, t) != 0) {
        t->folder.store = NULL; /* the caller's again */
        free_task(t);
        return false;
    }
    cache->tasks = t;
    cache->state = NULL; /* the task's, which works while others ask */
    return true;
}

void cyn_cache_finish(cyn_cache *cache)
{
    cyn_cache_task *t = cache->tasks;
    if (t) pthread_join(t->thread, NULL); /* and with it all before */
    while (t) {
        cyn_cache_task *before = t->before;
        cyn_cache_note(cache, &t->why);
        free_task(t);
        t = before;
    }
    cache->tasks = NULL;
    cyn_cache_close_state(cache);
}
