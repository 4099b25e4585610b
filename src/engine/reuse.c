#include "base/hash.h"
#include "engine/inputs.h"
#include "engine/reuse_impl.h"
#include "store/cells.h"
#include <string.h>

/* More cells than this are as fast computed as read. */
#define CELLS_MAX ((size_t)1 << 20)
/* So many times the cells of the last request are kept of all requests, or so many if that is more:
 * whoever asks up to this moment asks for another interval each time. */
#define REQUESTS_MAX 4
#define CELLS_ALWAYS ((size_t)1 << 16)

typedef struct added {
    char key[CYN_HASH_SIZE];
    cyn_buf data;
    struct added *next;
} added;

struct cyn_reuse {
    cyn_dataset *data;
    char project[CYN_HASH_SIZE]; /* of what all keys have in common */
    added *first;
    size_t count;
    bool kept; /* something was written */
};

cyn_code cyn_reuse_new(cyn_dataset *d, cyn_reuse **out, cyn_err *err)
{
    cyn_reuse *r = CYN_NEW(d->arena, cyn_reuse);
    if (!r) return cyn_nomem(err);
    *r = (cyn_reuse){.data = d};
    if (!cyn_reuse_project_key(d->project, r->project))
        return cyn_fail(err, CYN_E_STATE, "nothing can be reused: the program cannot be told");
    *out = r;
    return CYN_OK;
}

/* ---- finding ---- */

static bool read_cells(cyn_reuse *r, const cyn_reuse_use *use, const char *key, cyn_kept_cells *out)
{
    cyn_store *st;
    const void *data = NULL;
    size_t size = 0;
    if (r->data->cache.fills && !r->kept) return false; /* there is nothing in a new state */
    return cyn_cache_state(&r->data->cache, &st, NULL) == CYN_OK &&
           cyn_store_cells(st, key, use->set->arena, &data, &size, NULL) == CYN_OK && data &&
           cyn_cells_read(data, size, use->set->arena, out, NULL) == CYN_OK &&
           out->result.ngroups == use->set->nby;
}

/* All intervals of the chain, in its order. */
static bool match_whole(const cyn_reuse_use *use, cyn_reuse_found *found)
{
    const size_t n = use->spans->chains[use->chain].nintervals;
    size_t *of = CYN_NEW_ARRAY(use->set->arena, n + 1, size_t);
    if (!of || found->cells.result.nintervals != n) return false;
    for (size_t i = 0; i < n; i++)
        of[i] = i;
    found->of = of;
    found->whole = true;
    return true;
}

static bool find_of(cyn_reuse *r, const cyn_reuse_use *use, const char *inputs,
                    const cyn_cache_before *before, cyn_reuse_found *out)
{
    char key[CYN_HASH_SIZE];
    cyn_reuse_found found = {0};
    if (!cyn_reuse_key(r->project, use, inputs, key) || !read_cells(r, use, key, &found.cells))
        return false;
    const cyn_relation *cohort = cyn_reuse_cohort(r->data->project->catalog->aggs[use->agg]->view);
    bool ok = cyn_reuse_by_interval(use)
                  ? cyn_reuse_match(use, cohort, before, &found, NULL) == CYN_OK
                  : match_whole(use, &found);
    if (ok) *out = found;
    return ok;
}

static const cyn_source_data *data_of(const cyn_reuse *r, const cyn_reuse_use *use)
{
    const cyn_project *p = r->data->project;
    int source = cyn_project_source(p, p->catalog->aggs[use->agg]->view->source);
    return source < 0 ? NULL : &r->data->sources[source];
}

bool cyn_reuse_find(cyn_reuse *r, const cyn_reuse_use *use, cyn_reuse_found *out)
{
    const cyn_source_data *data = data_of(r, use);
    if (!data) return false;
    return find_of(r, use, data->inputs, NULL, out) ||
           (data->inputs[0] && cyn_reuse_by_interval(use) &&
            find_of(r, use, data->before.inputs, &data->before, out));
}

/* ---- keeping ---- */

static added *find_added(const cyn_reuse *r, const char *key)
{
    added *a = r->first;
    while (a && strcmp(a->key, key) != 0)
        a = a->next;
    return a;
}

/* `own` and whatever of `other` is worth keeping beside it. */
static cyn_kept_cells with(const cyn_kept_cells *own, const cyn_kept_cells *other, const bool *good,
                           cyn_arena *arena)
{
    cyn_kept_cells both;
    size_t most = REQUESTS_MAX * own->result.nintervals * own->result.nsegments;
    if (most < CELLS_ALWAYS) most = CELLS_ALWAYS;
    if (own->result.naggs != other->result.naggs ||
        cyn_reuse_unite(own, other, good, arena, &both, NULL) != CYN_OK ||
        both.result.nintervals * both.result.nsegments > most)
        return *own;
    return both;
}

/* What this run has added under the key; false where there is nothing. */
static bool read_added(const cyn_reuse *r, const char *key, cyn_arena *arena, cyn_kept_cells *out)
{
    const added *a = find_added(r, key);
    return a && cyn_cells_read(a->data.data, a->data.len, arena, out, NULL) == CYN_OK;
}

static void add(cyn_reuse *r, const char *key, const cyn_kept_cells *cells)
{
    cyn_buf data = {0};
    cyn_cells_write(cells, &data);
    added *a = find_added(r, key);
    if (!a && !data.failed && (a = CYN_NEW(r->data->arena, added))) {
        memcpy(a->key, key, sizeof a->key);
        a->next = r->first;
        r->first = a;
        r->count++;
    }
    if (!a || data.failed) {
        cyn_buf_clear(&data);
        return;
    }
    cyn_buf_clear(&a->data);
    a->data = data;
}

void cyn_reuse_add(cyn_reuse *r, const cyn_reuse_use *use, const cyn_kept_cells *cells,
                   const cyn_reuse_found *found)
{
    char key[CYN_HASH_SIZE];
    const cyn_plan_result *p = &cells->result;
    const cyn_source_data *data = data_of(r, use);
    if (!data || p->nsegments > CELLS_MAX / (p->nintervals + 1) ||
        !cyn_reuse_key(r->project, use, data->inputs, key))
        return;
    cyn_kept_cells kept = *cells, other;
    cyn_arena *arena = use->set->arena;
    if (cyn_reuse_by_interval(use)) {
        if (cyn_reuse_cut_cells(use, cells, &kept, NULL) != CYN_OK) return;
        kept.now = use->spans->now;
        if (found) kept = with(&kept, &found->cells, found->good, arena);
        /* the same aggregate may be asked for under several chains */
        if (read_added(r, key, arena, &other)) kept = with(&kept, &other, NULL, arena);
    }
    add(r, key, &kept);
}

static cyn_code write_added(const cyn_reuse *r, cyn_store *st, cyn_err *err)
{
    cyn_stored_cells *cells = CYN_NEW_ARRAY(r->data->arena, r->count, cyn_stored_cells);
    size_t n = 0;
    if (!cells) return cyn_nomem(err);
    for (const added *a = r->first; a; a = a->next)
        cells[n++] = (cyn_stored_cells){.key = a->key, .data = a->data.data, .size = a->data.len};
    return cyn_store_keep_cells(st, cells, n, err);
}

static void drop_added(cyn_reuse *r)
{
    for (added *a = r->first; a; a = a->next)
        cyn_buf_clear(&a->data);
    r->first = NULL;
    r->count = 0;
}

cyn_code cyn_reuse_keep(cyn_reuse *r, cyn_store *st, cyn_err *err)
{
    cyn_code rc = r->count > 0 ? write_added(r, st, err) : CYN_OK;
    r->kept = true;
    drop_added(r);
    return rc;
}

void cyn_reuse_finish(cyn_reuse *r)
{
    cyn_store *st;
    if (!r) return;
    if (r->count > 0 && cyn_cache_state(&r->data->cache, &st, NULL) == CYN_OK)
        (void)!cyn_reuse_keep(r, st, NULL);
    drop_added(r);
}
