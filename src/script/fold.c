#include "script/fold.h"
#include "catalog/evaluator.h"
#include "script/rows_impl.h"
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define PAUSED  "cynosure.fold"    /* registry: the accumulator of a cell that goes on */
#define RESERVE ((size_t)64 << 10) /* bytes, for reporting when memory has run out */

/* Where a call keeps what on its Lua stack. LEFT is what merge has made of the chunks before, LOOKS
 * and PARTS what rows have in common. */
enum { ROW = CYN_ROWS_TOP + 1, INIT, STEP, MERGE, FINAL, ACC, LEFT, LOOKS, PARTS };

static const char *const names[] = {
    [INIT] = "init", [STEP] = "step", [MERGE] = "merge", [FINAL] = "final"};

typedef struct fold {
    cyn_row_run rows; /* its slice is the cell's rows in this call; its row the one looked at */
    const uint32_t *cell_rows;
    size_t ncells, cell;
    bool resume, pause;
    size_t chunk; /* rows that are in ACC */
    int running;  /* INIT … FINAL, for messages; 0: none */
} fold;

/* ---- One function ---- */

/* Raises at the place where the function begins; without one, the declaration's is meant. */
static int fail_at(lua_State *L, int fn, const char *message)
{
    lua_Debug ar;
    if (lua_type(L, fn) != LUA_TFUNCTION) return luaL_error(L, "%s", message);
    lua_pushvalue(L, fn);
    lua_getinfo(L, ">S", &ar);
    if (ar.source[0] != '@') return luaL_error(L, "%s", message);
    lua_pushfstring(L, "%s:%d: %s", ar.source + 1, ar.linedefined, message);
    return lua_error(L);
}

static int fail_empty(lua_State *L, int fn)
{
    char message[96];
    snprintf(message, sizeof message, "%s returned nothing, expected the accumulator", names[fn]);
    return fail_at(L, fn, message);
}

/* Calls one of the functions with the n values at these indices; its result becomes ACC. */
static void run_into_acc(lua_State *L, fold *f, int fn, int a, int b)
{
    int n = (a != 0) + (b != 0);
    f->running = fn;
    lua_pushvalue(L, fn);
    if (a) lua_pushvalue(L, a);
    if (b) lua_pushvalue(L, b);
    lua_call(L, n, 1);
    if (lua_isnil(L, -1)) fail_empty(L, fn);
    lua_replace(L, ACC);
}

/* ---- One cell ---- */

static void begin_chunk(lua_State *L, fold *f)
{
    run_into_acc(L, f, INIT, 0, 0);
    f->chunk = 0;
}

/* What the chunks have given so far becomes ACC. */
static void merge_chunks(lua_State *L, fold *f)
{
    if (!lua_isnil(L, LEFT)) run_into_acc(L, f, MERGE, LEFT, ACC);
}

static void end_chunk(lua_State *L, fold *f)
{
    merge_chunks(L, f);
    lua_pushvalue(L, ACC);
    lua_replace(L, LEFT);
}

/* From now on no row can be looked at. */
static void end_row(lua_State *L, fold *f)
{
    f->rows.present = f;
    for (lua_pushnil(L); lua_next(L, PARTS);) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, PARTS);
    }
}

/* Each row is an object of its own, so that an accumulator cannot keep one and see the next in it.
 */
static void begin_row(lua_State *L, fold *f)
{
    lua_createtable(L, 0, 0);
    lua_pushvalue(L, LOOKS);
    lua_setmetatable(L, -2);
    f->rows.present = lua_topointer(L, -1);
    lua_replace(L, ROW);
}

static void step_rows(lua_State *L, fold *f)
{
    const cyn_slice slice = f->rows.slice;
    bool chunks = !lua_isnil(L, MERGE);
    for (size_t i = slice.first; i < slice.first + slice.rows; i++) {
        f->rows.row = i;
        if (chunks && f->chunk == CYN_FOLD_CHUNK) {
            end_chunk(L, f);
            begin_chunk(L, f);
        }
        begin_row(L, f);
        run_into_acc(L, f, STEP, ACC, ROW);
        end_row(L, f);
        f->chunk++;
    }
}

static void take_result(lua_State *L, fold *f, size_t answer)
{
    merge_chunks(L, f);
    bool own = !lua_isnil(L, FINAL);
    f->running = own ? FINAL : 0;
    lua_pushvalue(L, own ? FINAL : ACC);
    if (own) lua_pushvalue(L, ACC);
    if (own) lua_call(L, 1, 1);
    int type = lua_type(L, -1);
    if (type != LUA_TNUMBER && type != LUA_TBOOLEAN && type != LUA_TNIL) {
        char message[128];
        snprintf(message, sizeof message, "%s is a %s, expected a number, a boolean or nil",
                 own ? "the result" : "without final, the accumulator is the result: it",
                 lua_typename(L, type));
        fail_at(L, FINAL, message);
    }
    cyn_collector_take(&f->rows.answers, L, answer, 0);
    lua_pop(L, 1);
}

/* ---- A cell that goes on in the next call ---- */

static void put_aside(lua_State *L, const fold *f)
{
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, f->rows.handle);
    lua_setfield(L, -2, "handle");
    lua_pushinteger(L, (lua_Integer)f->chunk);
    lua_setfield(L, -2, "chunk");
    lua_pushvalue(L, ACC);
    lua_setfield(L, -2, "acc");
    lua_pushvalue(L, LEFT);
    lua_setfield(L, -2, "left");
    lua_setfield(L, LUA_REGISTRYINDEX, PAUSED);
}

static void forget_paused(lua_State *L)
{
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, PAUSED);
}

static void take_up(lua_State *L, fold *f)
{
    bool there = lua_getfield(L, LUA_REGISTRYINDEX, PAUSED) == LUA_TTABLE;
    if (there) {
        lua_getfield(L, -1, "handle");
        there = lua_tointeger(L, -1) == (lua_Integer)f->rows.handle;
        lua_pop(L, 1);
    }
    if (!there) luaL_error(L, "the accumulator of the rows before is gone");
    lua_getfield(L, -1, "acc");
    lua_replace(L, ACC);
    lua_getfield(L, -1, "left");
    lua_replace(L, LEFT);
    lua_getfield(L, -1, "chunk");
    f->chunk = (size_t)lua_tointeger(L, -1);
    lua_pop(L, 2);
    forget_paused(L);
}

/* ---- One call ---- */

static void push_functions(lua_State *L)
{
    static const char *const fields[] = {"init", "fn", "merge", "final"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        lua_getfield(L, CYN_ROWS_RECORD, fields[i]);
    if (!lua_isfunction(L, INIT) || !lua_isfunction(L, STEP))
        luaL_error(L, "there is no aggregate");
}

static int run(lua_State *L)
{
    fold *f = lua_touserdata(L, 1);
    lua_settop(L, 0);
    cyn_rows_begin(L, &f->rows);
    cyn_rows_push(L, f->rows.batch);
    push_functions(L);
    lua_settop(L, LEFT);
    cyn_rows_push_common(L, ROW); /* LOOKS, PARTS */
    end_row(L, f);
    if (!f->resume) forget_paused(L); /* nobody came back for it */
    for (f->cell = 0; f->cell < f->ncells; f->cell++) {
        bool more = f->pause && f->cell + 1 == f->ncells;
        f->rows.slice.first += f->rows.slice.rows;
        f->rows.slice.rows = f->cell_rows[f->cell];
        f->rows.row = f->rows.slice.first;
        lua_pushnil(L);
        lua_replace(L, LEFT);
        if (f->cell == 0 && f->resume)
            take_up(L, f);
        else
            begin_chunk(L, f);
        step_rows(L, f);
        if (more)
            put_aside(L, f);
        else
            take_result(L, f, f->cell);
    }
    return 0;
}

/* The number of the present row in its table, from 1. */
static long long row_number(const fold *f)
{
    const cyn_batch *b = f->rows.batch;
    for (size_t i = 0; i < b->ncolumns; i++)
        if (strcmp(b->columns[i].name, CYN_ROW_NUMBER) == 0 && b->columns[i].type == CYN_INTEGER)
            return ((const int64_t *)b->columns[i].values)[f->rows.row] + 1;
    return (long long)f->rows.row + 1;
}

/* The error object is on top. */
static cyn_code fail(cyn_state *s, const fold *f, cyn_err *err)
{
    char where[48] = "over no rows", part[32] = "";
    if (f->running) snprintf(part, sizeof part, "%s of ", names[f->running]);
    if (f->rows.slice.rows > 0)
        snprintf(where, sizeof where, "%s %lld", f->running == STEP ? "row" : "at row",
                 row_number(f));
    return cyn_rows_fail(s, f->rows.handle, where, part, err);
}

static cyn_code read_request(const cyn_value *request, const cyn_batch *batch, cyn_arena *arena,
                             fold *f, cyn_err *err)
{
    static const char wrong[] = "a call is about cells that there are not";
    const cyn_value *handle = cyn_value_get(request, "handle");
    const cyn_value *cells = cyn_value_get(request, "cells");
    const cyn_value *resume = cyn_value_get(request, "resume");
    const cyn_value *pause = cyn_value_get(request, "pause");
    size_t total = 0;
    if (handle->kind != CYN_VALUE_INTEGER || cells->kind != CYN_VALUE_ARRAY || cells->n == 0)
        return cyn_fail(err, CYN_E_WORKER, wrong);
    uint32_t *rows = CYN_NEW_ARRAY(arena, cells->n, uint32_t);
    if (!rows) return cyn_nomem(err);
    for (size_t i = 0; i < cells->n; i++) {
        const cyn_value *v = &cells->items[i];
        if (v->kind != CYN_VALUE_INTEGER || v->i < 0 || (uint64_t)v->i > batch->rows - total)
            return cyn_fail(err, CYN_E_WORKER, wrong);
        rows[i] = (uint32_t)v->i;
        total += rows[i];
    }
    if (total != batch->rows) return cyn_fail(err, CYN_E_WORKER, wrong);
    *f = (fold){.rows = {.batch = batch, .handle = (uint32_t)handle->i},
                .cell_rows = rows,
                .ncells = cells->n,
                .resume = resume->kind == CYN_VALUE_BOOLEAN && resume->i,
                .pause = pause->kind == CYN_VALUE_BOOLEAN && pause->i};
    return CYN_OK;
}

static cyn_code run_cells(cyn_state *s, fold *f, int64_t timeout, cyn_buf *out, cyn_err *err)
{
    lua_State *L = s->L;
    if (!cyn_collector_init(&f->rows.answers, f->ncells)) return cyn_nomem(err);
    cyn_state_arm(s, timeout);
    lua_pushcfunction(L, run);
    lua_pushlightuserdata(L, f);
    int status = cyn_state_run(s, 1, 0);
    cyn_state_disarm(s);
    s->reserve = RESERVE; /* the script may have used up everything */
    cyn_rows_end(L);
    cyn_code rc = status == LUA_OK ? CYN_OK : fail(s, f, err);
    if (rc != CYN_OK) forget_paused(L);
    lua_settop(L, 0);
    s->reserve = 0;
    return rc == CYN_OK ? cyn_rows_write(&f->rows.answers, f->ncells - f->pause, out, err) : rc;
}

cyn_code cyn_fold_run(cyn_state *s, const cyn_value *request, const cyn_batch *batch,
                      int64_t timeout, cyn_buf *out, cyn_err *err)
{
    fold f;
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) return cyn_nomem(err);
    cyn_code rc = read_request(request, batch, arena, &f, err);
    if (rc == CYN_OK) {
        rc = run_cells(s, &f, timeout, out, err);
        cyn_collector_clear(&f.rows.answers);
    }
    cyn_arena_free(arena);
    return rc;
}
