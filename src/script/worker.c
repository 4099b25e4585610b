#include "script/worker.h"
#include "base/buf.h"
#include "base/time.h"
#include "catalog/batch.h"
#include "script/adhoc.h"
#include "script/channel.h"
#include "script/confine.h"
#include "script/encode.h"
#include "script/fold.h"
#include "script/free.h"
#include "script/judge.h"
#include "script/library.h"
#include "script/native.h"
#include "script/require.h"
#include "script/rows.h"
#include "script/state.h"
#include "script/zygote.h"
#include <lauxlib.h>
#include <lualib.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LEAN (4 << 10) /* KiB of a state that are not worth a look for garbage */

typedef struct worker {
    int socket;
    cyn_page *page;
    cyn_arena *arena; /* the LOAD message and what is kept of it */
    const cyn_value *message;
    cyn_tz *tz;
    cyn_native_options options;
    cyn_modules modules;
    int64_t load_timeout, call_timeout;
    cyn_state *state;
    size_t heaviest, weight; /* the script that has taken most memory for good */
    cyn_buf out;
} worker;

/* The last thing before scripts run: from here on the process needs no file and no new process. */
static void confine(const worker *w, const cyn_budget *budget)
{
    /* Blocks of their own for whatever is large: growing then moves pages and copies nothing, so
     * that the process holds what the state has been given, and not twice that. */
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20); /* and no trip to the system for each smaller one */
    mallopt(M_TOP_PAD, 1 << 20);
    cyn_state_handle_signals();
    /* Private memory: the Lua state, and the answers of one call. Shared rows do not count. */
    w->page->filtered = cyn_confine(budget->memory + ((size_t)4 << 30));
}

/* ---- Messages ---- */

/* Reads a payload that is one value. */
static cyn_code read_message(int socket, size_t n, cyn_arena *arena, const cyn_value **out,
                             cyn_err *err)
{
    uint8_t *data = cyn_alloc(arena, n + 1);
    if (!data) return cyn_nomem(err);
    CYN_TRY(cyn_channel_read(socket, data, n, 0, err));
    return cyn_wire_read(data, n, arena, out, err);
}

static bool send_failure(worker *w, const cyn_err *e)
{
    cyn_buf_reset(&w->out);
    cyn_wire_error(&w->out, e);
    return !w->out.failed && cyn_channel_send(w->socket, CYN_FRAME_FAILURE, w->out.data, w->out.len,
                                              -1, 0, NULL) == CYN_OK;
}

/* ---- Loading ---- */

static void open_libraries(lua_State *L, worker *w)
{
    static const luaL_Reg libraries[] = {{"_G", luaopen_base},
                                         {LUA_TABLIBNAME, luaopen_table},
                                         {LUA_STRLIBNAME, luaopen_string},
                                         {LUA_MATHLIBNAME, luaopen_math},
                                         {LUA_UTF8LIBNAME, luaopen_utf8}};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].func, 1);
        lua_pop(L, 1);
    }
    cyn_replace_functions(L);
    cyn_push_native(L, &w->options);
    cyn_push_require(L, &w->modules);
    lua_setglobal(L, "require");
}

static void call_loader(lua_State *L, const char *function, const cyn_value *const *args, int n)
{
    lua_getfield(L, -1, function);
    for (int i = 0; i < n; i++) {
        if (args[i]->kind == CYN_VALUE_TEXT)
            lua_pushlstring(L, args[i]->s, args[i]->n);
        else
            lua_pushnil(L);
    }
    lua_call(L, n, 0);
}

/* Tells the loader, which is on the stack, what scripts can require, and in whose state. */
static void give_modules(lua_State *L, const worker *w)
{
    const cyn_value *pack = cyn_value_get(w->message, "pack");
    const cyn_value *modules = cyn_value_get(w->message, "modules");
    call_loader(L, "set_pack", &pack, 1);
    for (size_t i = 0; i < (modules->kind == CYN_VALUE_ARRAY ? modules->n : 0); i++) {
        const cyn_value *m = &modules->items[i];
        const cyn_value *args[] = {cyn_value_get(m, "module"), cyn_value_get(m, "name"),
                                   cyn_value_get(m, "text")};
        call_loader(L, "add_module", args, 3);
    }
}

/* Leaves the loader (lua/cynosure/_loader.lua) on the stack. */
static int open_state(lua_State *L)
{
    worker *w = lua_touserdata(L, 1);
    open_libraries(L, w);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "_loader");
    lua_call(L, 1, 1);
    give_modules(L, w);
    return 1;
}

/* The limit that tripped, where the error at the index does not name it: what Lua, or the script,
 * made of it says less. NULL: the error says all. */
static const char *limit_unsaid(const cyn_state *s, int index, char *out, size_t size)
{
    const char *limit = cyn_state_limit(s, out, size);
    const char *message = lua_type(s->L, index) == LUA_TSTRING ? lua_tostring(s->L, index) : "";
    return limit && !strstr(message, limit) ? limit : NULL;
}

/* loader, error object, file → notes the error. */
static int note_failure(lua_State *L)
{
    worker *w = lua_touserdata(L, lua_upvalueindex(1));
    char text[64];
    const char *limit = limit_unsaid(w->state, 2, text, sizeof text);
    lua_getfield(L, 1, "failed");
    lua_pushvalue(L, 3);
    if (limit)
        lua_pushstring(L, limit);
    else
        lua_pushvalue(L, 2);
    lua_call(L, 2, 0);
    return 0;
}

/* Ends this process because of one script, for the host to start another without it. The others
 * could not live with what it has made: it fills the memory, or the catalog. */
static _Noreturn void give_up(const worker *w, size_t file, const char *reason)
{
    snprintf(w->page->reason, sizeof w->page->reason, "%s", reason);
    w->page->culprit = (uint32_t)file + 1;
    _exit(0);
}

/* For the host to read: what the run that has just ended took. */
static void note_usage(worker *w, size_t file, size_t before)
{
    const cyn_state *s = w->state;
    size_t weight = s->used > before ? s->used - before : 0;
    if (weight >= w->weight) {
        w->heaviest = file;
        w->weight = weight;
    }
    if (file >= CYN_PAGE_FILES) return;
    w->page->used[file] = (cyn_usage){
        .time = cyn_monotonic() - s->began, .memory = s->peak, .instructions = s->instructions};
}

/* Runs one script, with the loader at index 1, and notes what goes wrong; false when even that
 * fails. */
static bool run_file(worker *w, size_t file, const char *name, const cyn_value *text,
                     const char *failed)
{
    cyn_state *s = w->state;
    lua_State *L = s->L;
    size_t before = s->used;
    char reason[sizeof w->page->reason] = "";
    if (failed) { /* the host saw it fail before, and says how */
        cyn_state_forget(s);
        lua_pushstring(L, failed);
    } else {
        cyn_state_arm(s, w->load_timeout);
        lua_getfield(L, 1, "run");
        lua_pushstring(L, name);
        lua_pushlstring(L, text->s, text->n);
        int status = cyn_state_run(s, 2, 0);
        cyn_state_disarm(s);
        note_usage(w, file, before);
        if (status == LUA_OK) return true;
        if (!limit_unsaid(s, -1, reason, sizeof reason) && lua_type(L, -1) == LUA_TSTRING)
            snprintf(reason, sizeof reason, "%s", lua_tostring(L, -1));
    }
    s->reserve = (size_t)16 << 20;
    lua_pushlightuserdata(L, w);
    lua_pushcclosure(L, note_failure, 1);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, -3);
    lua_pushstring(L, name);
    int status = cyn_state_run(s, 3, 0);
    lua_settop(L, 1);
    lua_gc(L, LUA_GCCOLLECT);
    s->reserve = 0;
    if (s->full && s->used > before + s->budget.memory / 4) give_up(w, file, reason);
    return status == LUA_OK;
}

/* With the loader: its catalog into w->out. */
static int encode_catalog(lua_State *L)
{
    worker *w = lua_touserdata(L, 2);
    lua_getfield(L, 1, "finish");
    lua_call(L, 0, 1);
    cyn_encode(L, -1, &w->out);
    return 0;
}

static cyn_code lua_failure(worker *w, cyn_err *err)
{
    const char *message = lua_tostring(w->state->L, -1);
    return cyn_fail(err, CYN_E_SCRIPT, "the scripts cannot be loaded: %s",
                    message ? message : "the error is no text");
}

static cyn_code run_files(worker *w, cyn_err *err)
{
    const cyn_value *files = cyn_value_get(w->message, "files");
    for (size_t i = 0; i < (files->kind == CYN_VALUE_ARRAY ? files->n : 0); i++) {
        const cyn_value *name = cyn_value_get(&files->items[i], "name");
        const cyn_value *text = cyn_value_get(&files->items[i], "text");
        if (name->kind != CYN_VALUE_TEXT || text->kind != CYN_VALUE_TEXT)
            return cyn_fail(err, CYN_E_WORKER, "a message to the script worker is malformed");
        cyn_buf_reset(&w->out);
        cyn_wire_integer(&w->out, (int64_t)i);
        CYN_TRY(cyn_buf_check(&w->out, err));
        CYN_TRY(cyn_channel_send(w->socket, CYN_FRAME_FILE, w->out.data, w->out.len, -1, 0, err));
        if (!run_file(w, i, name->s, text, cyn_value_text(&files->items[i], "failed")))
            return lua_failure(w, err);
    }
    return CYN_OK;
}

static cyn_code read_options(worker *w, size_t n, cyn_budget *budget, cyn_err *err)
{
    CYN_TRY(read_message(w->socket, n, w->arena, &w->message, err));
    const char *zone = cyn_value_text(w->message, "timezone");
    const cyn_value *sources = cyn_value_get(w->message, "sources");
    CYN_TRY(cyn_tz_load(zone ? zone : "UTC", &w->tz, err));
    size_t count = sources->kind == CYN_VALUE_ARRAY ? sources->n : 0;
    const char **names = CYN_NEW_ARRAY(w->arena, count + 1, const char *);
    if (!names) return cyn_nomem(err);
    for (size_t i = 0; i < count; i++)
        names[i] = sources->items[i].kind == CYN_VALUE_TEXT ? sources->items[i].s : "";
    w->options = (cyn_native_options){.tz = w->tz, .sources = names, .nsources = count};
    w->modules =
        (cyn_modules){cyn_value_get(w->message, "library"), cyn_lua_library, cyn_lua_chunks};
    w->load_timeout = cyn_value_integer(w->message, "load_timeout");
    w->call_timeout = cyn_value_integer(w->message, "call_timeout");
    *budget = (cyn_budget){.memory = (size_t)cyn_value_integer(w->message, "memory_limit"),
                           .instructions = (uint64_t)cyn_value_integer(w->message, "instructions"),
                           .output = (size_t)cyn_value_integer(w->message, "output_limit")};
    return CYN_OK;
}

static cyn_code load(worker *w, size_t n, cyn_err *err)
{
    cyn_budget budget = {0};
    CYN_TRY(read_options(w, n, &budget, err));
    confine(w, &budget);
    w->state = cyn_state_new(&budget, w->page);
    if (!w->state) return cyn_nomem(err);
    lua_State *L = w->state->L;
    lua_gc(L, LUA_GCSTEP, -LEAN); /* a debt that is negative: as if so much had been collected */
    lua_pushcfunction(L, open_state);
    lua_pushlightuserdata(L, w);
    if (cyn_state_run(w->state, 1, 1) != LUA_OK) return lua_failure(w, err);
    CYN_TRY(run_files(w, err));
    cyn_buf_reset(&w->out);
    cyn_state_arm(w->state, w->load_timeout);
    lua_pushcfunction(L, encode_catalog);
    lua_pushvalue(L, 1);
    lua_pushlightuserdata(L, w);
    int status = cyn_state_run(w->state, 2, 0);
    cyn_state_disarm(w->state);
    if (status != LUA_OK && cyn_state_tripped(w->state) && w->weight > 0) {
        char limit[64];
        give_up(w, w->heaviest, cyn_state_limit(w->state, limit, sizeof limit));
    }
    if (status != LUA_OK) return lua_failure(w, err);
    lua_settop(L, 0);
    CYN_TRY(cyn_buf_check(&w->out, err));
    return cyn_channel_send(w->socket, CYN_FRAME_CATALOG, w->out.data, w->out.len, -1, 0, err);
}

/* ---- Calls ---- */

/* Maps the shared rows. They are sealed, so they can neither shrink nor change under us. */
static cyn_code map_rows(int fd, const void **data, size_t *n, cyn_err *err)
{
    off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END); /* fstat would open the way to any file */
    if (size <= 0) return cyn_fail(err, CYN_E_WORKER, "a call came without rows");
    void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED) return cyn_fail_errno(err, "cannot map", "rows");
    *data = p;
    *n = (size_t)size;
    return CYN_OK;
}

static cyn_code read_slice(const cyn_value *message, const cyn_batch *batch, cyn_slice *out,
                           cyn_err *err)
{
    size_t first = (size_t)cyn_value_integer(message, "first"),
           rows = (size_t)cyn_value_integer(message, "rows");
    if (first > batch->rows || rows > batch->rows - first)
        return cyn_fail(err, CYN_E_WORKER, "a call is about rows that there are not");
    *out = (cyn_slice){first, rows};
    return CYN_OK;
}

/* What the rows are for. */
static cyn_code answer(worker *w, cyn_frame_type type, const cyn_value *message,
                       const cyn_batch *batch, cyn_judge *judge, cyn_err *err)
{
    cyn_slice slice = {0};
    cyn_buf_reset(&w->out);
    if (type == CYN_FRAME_FOLD)
        return cyn_fold_run(w->state, message, batch, w->call_timeout, &w->out, err);
    CYN_TRY(read_slice(message, batch, &slice, err));
    return cyn_rows_run(w->state, (uint32_t)cyn_value_integer(message, "handle"), batch, slice,
                        type == CYN_FRAME_JUDGE ? judge : NULL, w->call_timeout, &w->out, err);
}

/* What the answers lack. They have gone already: no failure can take their place. */
static cyn_code send_wanted(worker *w, const cyn_judge *judge, cyn_err *err)
{
    cyn_buf_reset(&w->out);
    cyn_judge_write(judge, &w->out);
    CYN_TRY(cyn_buf_check(&w->out, err));
    return cyn_channel_send(w->socket, CYN_FRAME_VALUES, w->out.data, w->out.len, -1, 0, err);
}

static cyn_code call(worker *w, cyn_frame f, int fd, cyn_arena *arena, cyn_err *err)
{
    const cyn_value *message;
    const cyn_batch *batch;
    const void *data = NULL;
    size_t size = 0;
    cyn_judge judge = {.n = 0};
    cyn_code rc = read_message(w->socket, (size_t)f.length, arena, &message, err);
    if (rc == CYN_OK && !w->state) rc = cyn_fail(err, CYN_E_WORKER, "nothing has been loaded");
    if (rc == CYN_OK) rc = map_rows(fd, &data, &size, err);
    if (rc == CYN_OK) rc = cyn_batch_open(data, size, arena, &batch, err);
    if (rc == CYN_OK) rc = answer(w, f.type, message, batch, &judge, err);
    if (data) munmap((void *)(uintptr_t)data, size);
    if (rc != CYN_OK) return rc;
    CYN_TRY(cyn_channel_send(w->socket, CYN_FRAME_ANSWERS, w->out.data, w->out.len, -1, 0, err));
    return f.type == CYN_FRAME_JUDGE ? send_wanted(w, &judge, err) : CYN_OK;
}

/* A function over points or changes. */
static cyn_code run_free(worker *w, const char *key, size_t n, cyn_arena *arena, cyn_err *err)
{
    const cyn_value *message;
    CYN_TRY(read_message(w->socket, n, arena, &message, err));
    cyn_buf_reset(&w->out);
    CYN_TRY(cyn_free_run(w->state, key, message, w->call_timeout, &w->out, err));
    return cyn_channel_send(w->socket, CYN_FRAME_VALUES, w->out.data, w->out.len, -1, 0, err);
}

static bool respond(void *self, cyn_frame frame, int passed);

/* An ad-hoc script, which asks the host for whatever it needs. */
static cyn_code run_adhoc(worker *w, size_t n, cyn_arena *arena, cyn_err *err)
{
    const cyn_adhoc_server server = {.self = w, .respond = respond};
    const cyn_value *message;
    bool more = false;
    CYN_TRY(read_message(w->socket, n, arena, &message, err));
    CYN_TRY(cyn_adhoc_run(w->state, w->socket, message, w->call_timeout, &server, &more, err));
    cyn_buf_reset(&w->out);
    cyn_wire_boolean(&w->out, more);
    CYN_TRY(cyn_buf_check(&w->out, err));
    return cyn_channel_send(w->socket, CYN_FRAME_DONE, w->out.data, w->out.len, -1, 0, err);
}

static bool is_about_rows(cyn_frame_type type)
{
    return type == CYN_FRAME_CALL || type == CYN_FRAME_FOLD || type == CYN_FRAME_JUDGE;
}

/* One request, whose header has come; false when the host has gone. */
static bool respond(void *self, cyn_frame frame, int passed)
{
    worker *w = self;
    cyn_err err = {0};
    cyn_arena *arena = cyn_arena_new(0);
    cyn_code rc = arena ? cyn_fail(&err, CYN_E_WORKER, "an unexpected request") : cyn_nomem(&err);
    if (arena && frame.type == CYN_FRAME_LOAD && !w->state)
        rc = load(w, (size_t)frame.length, &err);
    else if (arena && is_about_rows(frame.type))
        rc = call(w, frame, passed, arena, &err);
    else if (arena && frame.type == CYN_FRAME_RUN && w->state)
        rc = run_adhoc(w, (size_t)frame.length, arena, &err);
    else if (arena && frame.type == CYN_FRAME_FREE && w->state)
        rc = run_free(w, CYN_FREE, (size_t)frame.length, arena, &err);
    else if (arena && frame.type == CYN_FRAME_DECOMPOSE && w->state)
        rc = run_free(w, CYN_DECOMPOSE, (size_t)frame.length, arena, &err);
    cyn_arena_free(arena);
    if (passed >= 0) close(passed);
    cyn_buf_clear(&w->out); /* answers are large; the next may not be */
    return rc == CYN_OK || send_failure(w, &err);
}

static bool serve(worker *w)
{
    cyn_frame frame;
    int passed = -1;
    return cyn_channel_receive(w->socket, CYN_MESSAGE_LIMIT, &frame, &passed, 0, NULL) == CYN_OK &&
           respond(w, frame, passed);
}

_Noreturn void cyn_worker_main(int socket, cyn_page *page)
{
    worker w = {.socket = socket, .page = page, .arena = cyn_arena_new(0)};
    while (w.arena && serve(&w))
        continue;
    _exit(0);
}
