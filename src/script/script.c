#include "script/script.h"
#include "base/buf.h"
#include "base/time.h"
#include "catalog/wire.h"
#include "script/converse.h"
#include "script/decompose.h"
#include "script/fold_call.h"
#include "script/free_call.h"
#include "script/kept.h"
#include "script/pool.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cyn_script {
    cyn_arena *arena;
    const cyn_settings *settings;
    cyn_script_file *files;
    size_t nfiles;
    cyn_program *programs; /* the project's, then one for each pack with scripts, by name */
    cyn_pool *pools;       /* [program]; of no size where the program cannot be loaded */
    size_t nprograms;
    cyn_catalog *catalog;
    const cyn_script_keep *keep; /* NULL: nothing is kept */
    char key[CYN_KEPT_KEY];      /* under which it is */
    cyn_script_work work;
};

/* ---- Which files share a state ---- */

static bool copy_file(cyn_arena *arena, const cyn_script_file *from, cyn_script_file *to)
{
    *to = (cyn_script_file){.name = cyn_strdup(arena, from->name),
                            .text = cyn_strndup(arena, from->text, from->size),
                            .size = from->size,
                            .pack = from->pack ? cyn_strdup(arena, from->pack) : NULL,
                            .module = from->module ? cyn_strdup(arena, from->module) : NULL};
    return to->name && to->text && !to->pack == !from->pack && !to->module == !from->module;
}

static cyn_code copy_files(cyn_script *s, const cyn_script_file *files, size_t n, cyn_err *err)
{
    s->files = CYN_NEW_ARRAY(s->arena, n + 1, cyn_script_file);
    if (!s->files) return cyn_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (!copy_file(s->arena, &files[i], &s->files[i])) return cyn_nomem(err);
    s->nfiles = n;
    return CYN_OK;
}

static bool same_pack(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Its own scripts, and the modules that it may require: a pack works in any project, so it sees the
 * modules of packs only. */
static cyn_code make_program(cyn_script *s, const char *pack, cyn_program *out, cyn_err *err)
{
    cyn_program p = {.arena = s->arena,
                     .settings = s->settings,
                     .pack = pack,
                     .scripts = CYN_NEW_ARRAY(s->arena, s->nfiles + 1, const cyn_script_file *),
                     .failed = CYN_NEW_ARRAY(s->arena, s->nfiles + 1, const char *),
                     .modules = CYN_NEW_ARRAY(s->arena, s->nfiles + 1, const cyn_script_file *)};
    if (!p.scripts || !p.failed || !p.modules) return cyn_nomem(err);
    for (size_t i = 0; i < s->nfiles; i++) {
        const cyn_script_file *f = &s->files[i];
        if (f->module && (!pack || f->pack)) p.modules[p.nmodules++] = f;
        if (!f->module && same_pack(f->pack, pack)) p.scripts[p.nscripts++] = f;
    }
    *out = p;
    return CYN_OK;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static cyn_code make_programs(cyn_script *s, cyn_err *err)
{
    const char **packs = CYN_NEW_ARRAY(s->arena, s->nfiles + 1, const char *);
    size_t n = 0;
    if (!packs) return cyn_nomem(err);
    for (size_t i = 0; i < s->nfiles; i++)
        if (s->files[i].pack && !s->files[i].module) packs[n++] = s->files[i].pack;
    qsort(packs, n, sizeof *packs, by_text);
    s->programs = CYN_NEW_ARRAY(s->arena, n + 1, cyn_program);
    s->pools = CYN_NEW_ARRAY(s->arena, n + 1, cyn_pool);
    if (!s->programs || !s->pools) return cyn_nomem(err);
    CYN_TRY(make_program(s, NULL, &s->programs[s->nprograms++], err));
    for (size_t i = 0; i < n; i++)
        if (i == 0 || strcmp(packs[i - 1], packs[i]) != 0)
            CYN_TRY(make_program(s, packs[i], &s->programs[s->nprograms++], err));
    return CYN_OK;
}

/* ---- Loading ---- */

/* A pack that cannot be loaded declares nothing but its error. */
static cyn_code failed_part(cyn_program *p, cyn_err *e, cyn_err *err)
{
    cyn_buf b = {0};
    if (!e->file[0]) snprintf(e->file, sizeof e->file, "packs/%s", p->pack);
    cyn_wire_map(&b, 1);
    cyn_wire_key(&b, "errors");
    cyn_wire_array(&b, 1);
    cyn_wire_error(&b, e);
    cyn_code rc = cyn_buf_check(&b, err);
    uint8_t *message = rc == CYN_OK ? cyn_malloc(b.len) : NULL;
    if (message) {
        memcpy(message, b.data, b.len);
        p->message = message;
        p->message_size = b.len;
    }
    cyn_buf_clear(&b);
    return message ? CYN_OK : cyn_nomem(err);
}

static cyn_code load_program(cyn_program *p, cyn_pool *pool, cyn_err *err)
{
    cyn_err e = {0};
    cyn_process *first;
    cyn_code rc = cyn_pool_worker(pool, &first, &e);
    if (rc == CYN_OK) return CYN_OK;
    cyn_pool_clear(pool);
    if (p->pack && !cyn_concerns_all(rc)) return failed_part(p, &e, err);
    if (err) *err = e;
    return rc;
}

/* The catalog of what the programs' messages say. */
static cyn_code join_programs(cyn_script *s, cyn_err *err)
{
    cyn_catalog_part *parts = CYN_NEW_ARRAY(s->arena, s->nprograms, cyn_catalog_part);
    if (!parts) return cyn_nomem(err);
    for (size_t i = 0; i < s->nprograms; i++) {
        const cyn_program *p = &s->programs[i];
        parts[i] = (cyn_catalog_part){.data = p->message, .size = p->message_size, .pack = p->pack};
    }
    return cyn_catalog_join(parts, s->nprograms, &s->catalog, err);
}

static cyn_code run_programs(cyn_script *s, cyn_err *err)
{
    for (size_t i = 0; i < s->nprograms; i++)
        CYN_TRY(load_program(&s->programs[i], &s->pools[i], err));
    CYN_TRY(join_programs(s, err));
    if (s->keep && s->catalog->nerrors == 0)
        cyn_kept_add(s->keep, s->key, s->programs, s->nprograms);
    return CYN_OK;
}

/* The catalog as it was kept; false where it was not, or cannot be used. */
static bool recall_programs(cyn_script *s)
{
    if (!s->keep || !cyn_kept_find(s->keep, s->key, s->programs, s->nprograms)) return false;
    if (join_programs(s, NULL) == CYN_OK) {
        if (s->catalog->nerrors == 0) return true;
        cyn_catalog_free(s->catalog);
        s->catalog = NULL;
    }
    for (size_t i = 0; i < s->nprograms; i++)
        cyn_program_unload(&s->programs[i]);
    return false;
}

static cyn_code load_programs(cyn_script *s, const cyn_script_keep *keep, cyn_err *err)
{
    for (size_t i = 0; i < s->nprograms; i++)
        CYN_TRY(cyn_pool_init(&s->pools[i], &s->programs[i], err));
    if (keep && cyn_kept_key(s->programs, s->nprograms, s->key)) s->keep = keep;
    return recall_programs(s) ? CYN_OK : run_programs(s, err);
}

/* Whatever else comes of it: what a worker does not declare is kept no longer. */
static void drop_kept(cyn_script *s)
{
    bool differs = false;
    for (size_t i = 0; i < s->nprograms; i++)
        differs = differs || s->programs[i].differs;
    if (!differs || !s->keep) return;
    s->keep->drop(s->keep->self);
    s->keep = NULL;
}

cyn_code cyn_script_load(const cyn_script_file *files, size_t n, const cyn_script_options *opts,
                         cyn_script **out, cyn_err *err)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_script *s = arena ? CYN_NEW(arena, cyn_script) : NULL;
    if (!s) {
        cyn_arena_free(arena);
        return cyn_nomem(err);
    }
    s->arena = arena;
    cyn_code rc = cyn_settings_make(arena, opts, &s->settings, err);
    if (rc == CYN_OK) rc = copy_files(s, files, n, err);
    if (rc == CYN_OK) rc = make_programs(s, err);
    if (rc == CYN_OK) rc = load_programs(s, opts->keep, err);
    if (rc == CYN_OK)
        *out = s;
    else
        cyn_script_free(s);
    return rc;
}

void cyn_script_rest(cyn_script *s)
{
    for (size_t i = 0; i < s->nprograms; i++)
        cyn_pool_rest(&s->pools[i]);
}

void cyn_script_free(cyn_script *s)
{
    if (!s) return;
    for (size_t i = 0; i < s->nprograms; i++) {
        cyn_pool_clear(&s->pools[i]);
        cyn_program_unload(&s->programs[i]);
    }
    cyn_catalog_free(s->catalog);
    cyn_arena_free(s->arena);
}

const cyn_catalog *cyn_script_catalog(const cyn_script *s)
{
    return s->catalog;
}

/* What the first worker of a program has left in its page; NULL: it has none. */
static const cyn_page *page_of(const cyn_script *s, size_t program)
{
    return s->pools[program].size > 0 ? s->pools[program].workers[0].page : NULL;
}

bool cyn_script_use(const cyn_script *s, size_t i, cyn_script_usage *out)
{
    for (size_t k = 0; k < s->nprograms; i -= s->programs[k++].nscripts) {
        if (i >= s->programs[k].nscripts) continue;
        const cyn_page *page = page_of(s, k);
        cyn_usage u = page && i < CYN_PAGE_FILES ? page->used[i] : (cyn_usage){0};
        *out =
            (cyn_script_usage){s->programs[k].scripts[i]->name, u.time, u.memory, u.instructions};
        return true;
    }
    return false;
}

cyn_script_work cyn_script_worked(const cyn_script *s)
{
    return s->work;
}

bool cyn_script_is_filtered(const cyn_script *s)
{
    for (size_t k = 0; k < s->nprograms; k++) {
        const cyn_page *page = page_of(s, k);
        if (page && !page->filtered) return false;
    }
    return true;
}

/* ---- Calls ---- */

static const cyn_expr *find_in(const cyn_expr *e, uint32_t handle)
{
    if (!e) return NULL;
    if (e->kind == CYN_EXPR_SCRIPT) return e->handle == handle ? e : NULL;
    const cyn_expr *found = find_in(e->a, handle);
    return found ? found : find_in(e->b, handle);
}

/* The expression behind a handle, for messages. */
static const cyn_expr *find_expr(const cyn_catalog *c, uint32_t handle)
{
    const cyn_expr *found = NULL;
    for (size_t i = 0; i < c->nrules && !found; i++) {
        const cyn_rule *r = c->rules[i];
        found = find_in(r->when, handle);
        if (!found) found = find_in(r->clear, handle);
        for (size_t k = 0; k < r->nlevels && !found; k++)
            found = find_in(r->levels[k].when, handle);
    }
    for (size_t i = 0; i < c->naggs && !found; i++) {
        const cyn_view *v = c->aggs[i]->view;
        found = find_in(c->aggs[i]->arg, handle);
        if (!found) found = find_in(v->where, handle);
        for (size_t k = 0; k < v->nderives && !found; k++)
            found = find_in(v->derives[k].expr, handle);
    }
    return found;
}

/* What a worker that died, hung or sent nonsense cannot say: which expression it was about. */
static cyn_code place_loss(const cyn_script *s, uint32_t handle, cyn_err *e)
{
    const cyn_expr *expr = find_expr(s->catalog, handle);
    char message[sizeof e->message];
    cyn_place at = expr ? expr->place : (cyn_place){0};
    char file[sizeof e->file];
    if (cyn_concerns_all(e->code)) return e->code;
    if (e->line > 0) { /* the worker left word of it */
        memcpy(file, e->file, sizeof file);
        at = (cyn_place){file, e->line, 0};
    }
    if (e->code == CYN_E_LIMIT)
        snprintf(message, sizeof message, "ran longer than %g s and was stopped",
                 (double)s->settings->call_timeout / CYN_SECOND);
    else
        snprintf(message, sizeof message, "%s", e->message);
    return cyn_fail_at(e, CYN_E_WORKER, at.file, at.line, at.column, "%s%s%.160s", message,
                       expr ? ", in: " : "", expr ? expr->text : "");
}

/* The workers that know the handle; NULL when there are none. */
static cyn_pool *pool_of(const cyn_script *s, uint32_t handle)
{
    size_t which = CYN_HANDLE_PART(handle);
    return which < s->nprograms && s->pools[which].size > 0 ? &s->pools[which] : NULL;
}

/* A call's result, and its error, if any, as the caller sees it. What a worker says of the time is
 * not believed: the host has a clock of its own. */
static cyn_code finish(cyn_script *s, uint32_t handle, int64_t began, cyn_code rc, bool lost,
                       cyn_err *e, cyn_err *err)
{
    const int64_t took = cyn_monotonic() - began;
    drop_kept(s);
    s->work.time += took;
    if (rc == CYN_OK) return CYN_OK;
    if (lost) rc = place_loss(s, handle, e);
    e->overran = !cyn_concerns_all(rc) && took >= s->settings->call_timeout;
    s->work.overruns += e->overran;
    if (err) *err = *e;
    return rc;
}

static cyn_code eval(void *self, uint32_t handle, const cyn_batch *batch, cyn_arena *arena,
                     cyn_answers **out, cyn_err *err)
{
    cyn_script *s = self;
    const int64_t began = cyn_monotonic();
    cyn_err e = {0};
    bool lost = false;
    cyn_pool *pool = pool_of(s, handle);
    if (!pool) return cyn_fail(err, CYN_E_WORKER, "there is no expression %u", handle);
    cyn_code rc = cyn_pool_eval(pool, CYN_HANDLE_LOCAL(handle), batch, arena, out, &lost, &e);
    return finish(s, handle, began, rc, lost, &e, err);
}

static cyn_code run_free(void *self, const cyn_free_request *request, cyn_arena *arena,
                         cyn_free_reply **out, cyn_err *err)
{
    cyn_script *s = self;
    const int64_t began = cyn_monotonic();
    cyn_err e = {0};
    bool lost = false;
    cyn_free_request local = *request;
    cyn_pool *pool = pool_of(s, request->handle);
    if (!pool) return cyn_fail(err, CYN_E_WORKER, "there is no function %u", request->handle);
    local.handle = CYN_HANDLE_LOCAL(request->handle);
    cyn_code rc = cyn_pool_run_free(pool, &local, arena, out, &lost, &e);
    return finish(s, request->handle, began, rc, lost, &e, err);
}

static cyn_code fold(void *self, const cyn_fold *request, cyn_arena *arena, cyn_answers **out,
                     cyn_err *err)
{
    cyn_script *s = self;
    const int64_t began = cyn_monotonic();
    cyn_err e = {0};
    bool lost = false;
    cyn_fold local = *request;
    cyn_pool *pool = pool_of(s, request->handle);
    if (!pool) return cyn_fail(err, CYN_E_WORKER, "there is no aggregate %u", request->handle);
    local.handle = CYN_HANDLE_LOCAL(request->handle);
    cyn_code rc = cyn_pool_fold(pool, &local, arena, out, &lost, &e);
    return finish(s, request->handle, began, rc, lost, &e, err);
}

static cyn_code decompose(void *self, const cyn_change *changes, size_t n, cyn_arena *arena,
                          const double *const **parts, const cyn_err *const **errors, cyn_err *err)
{
    cyn_script *s = self;
    const int64_t began = cyn_monotonic();
    cyn_err e = {0};
    bool lost = false;
    if (n == 0) return CYN_OK;
    uint32_t handle = changes[0].handle;
    cyn_pool *pool = pool_of(s, handle);
    if (!pool) return cyn_fail(err, CYN_E_WORKER, "there is no decomposition %u", handle);
    cyn_code rc = cyn_pool_decompose(pool, CYN_HANDLE_LOCAL(handle), changes, n, arena, parts,
                                     errors, &lost, &e);
    return finish(s, handle, began, rc, lost, &e, err);
}

static cyn_code judge(void *self, uint32_t handle, const cyn_batch *batch, cyn_arena *arena,
                      cyn_answers **out, const char *const **wanted, size_t *nwanted, cyn_err *err)
{
    cyn_script *s = self;
    const int64_t began = cyn_monotonic();
    cyn_err e = {0};
    bool lost = false;
    cyn_pool *pool = pool_of(s, handle);
    if (!pool) return cyn_fail(err, CYN_E_WORKER, "there is no condition %u", handle);
    cyn_code rc = cyn_pool_judge(pool, CYN_HANDLE_LOCAL(handle), batch, arena, out, wanted, nwanted,
                                 &lost, &e);
    return finish(s, handle, began, rc, lost, &e, err);
}

cyn_evaluator cyn_script_evaluator(cyn_script *s)
{
    return (cyn_evaluator){.self = s,
                           .eval = eval,
                           .run_free = run_free,
                           .fold = fold,
                           .decompose = decompose,
                           .judge = judge};
}

/* ---- Ad-hoc scripts ---- */

cyn_code cyn_script_run(cyn_script *s, const cyn_adhoc_chunk *chunk,
                        const cyn_conversation *conversation, bool *more, cyn_err *err)
{
    cyn_process *worker = NULL;
    cyn_code rc = cyn_pool_talk(&s->pools[0], &worker, err);
    drop_kept(s);
    if (rc != CYN_OK) return rc;
    return cyn_converse(worker, chunk, conversation, s->settings->call_timeout, s->settings->cancel,
                        more, err);
}
