#include "script/rows.h"
#include "base/arena.h"
#include "base/text.h"
#include "base/time.h"
#include "script/judge.h"
#include "script/missing.h"
#include "script/rows_impl.h"
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESERVE ((size_t)64 << 10) /* bytes, for reporting when memory has run out */

/* Where a call keeps what on its Lua stack; the last two for text expressions only. */
enum { RECORD = CYN_ROWS_RECORD, NAMES = CYN_ROWS_NAMES, SEEN, ENV, TABLES };

typedef cyn_row_run run;

/* ---- Names: which columns there are, and which paths lead to some ---- */

static bool is_read(lua_State *L, const run *r, const char *name)
{
    int top = lua_gettop(L);
    if (r->judge && cyn_judge_is_called(name)) return true; /* what it asks for is seen later */
    bool read = lua_getfield(L, RECORD, "reads") != LUA_TTABLE;
    if (!read) read = lua_getfield(L, -1, name) != LUA_TNIL;
    lua_settop(L, top);
    return read;
}

/* Pushes a table: the number of each column read by name, 0 for each path above one. */
static void push_names(lua_State *L, const run *r)
{
    const cyn_batch *b = r->batch;
    lua_createtable(L, 0, (int)b->ncolumns);
    for (size_t i = 0; i < b->ncolumns; i++) {
        const char *name = b->columns[i].name;
        if (name[0] == '#' || !is_read(L, r, name)) continue;
        bool called = r->judge && cyn_judge_is_called(name);
        for (const char *dot = called ? NULL : strchr(name, '.'); dot; dot = strchr(dot + 1, '.')) {
            lua_pushlstring(L, name, (size_t)(dot - name));
            lua_pushvalue(L, -1);
            if (lua_rawget(L, -3) == LUA_TNIL) {
                lua_pushvalue(L, -2);
                lua_pushinteger(L, 0);
                lua_rawset(L, -5);
            }
            lua_pop(L, 2);
        }
        lua_pushinteger(L, (lua_Integer)i + 1);
        lua_setfield(L, -2, name);
    }
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Whether the object at index 1 is another row, or a part of another. */
static bool is_past(lua_State *L, const run *r)
{
    if (!r->present) return false;
    if (lua_rawlen(L, lua_upvalueindex(3)) == 0) return r->present != lua_topointer(L, 1);
    lua_pushvalue(L, lua_upvalueindex(3));
    lua_rawget(L, lua_upvalueindex(5));
    bool past = !lua_rawequal(L, -1, 1);
    lua_pop(L, 1);
    return past;
}

static run *current_run(lua_State *L)
{
    run **link = lua_touserdata(L, lua_upvalueindex(1));
    if (!*link || is_past(L, *link))
        luaL_error(L, "a row cannot be used after its function has returned");
    return *link;
}

/* Pushes "prefix.key", or the key alone at the top. */
static void push_path(lua_State *L, int prefix, int key)
{
    if (lua_rawlen(L, prefix) == 0) {
        lua_pushvalue(L, key);
        return;
    }
    lua_pushvalue(L, prefix);
    lua_pushliteral(L, ".");
    lua_pushvalue(L, key);
    lua_concat(L, 3);
}

int cyn_rows_unknown(lua_State *L, const char *what, const char *name)
{
    int known = lua_gettop(L);
    size_t n = 0, i = 0;
    for (lua_pushnil(L); lua_next(L, known); lua_pop(L, 1))
        n++;
    const char **names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 0);
    for (lua_pushnil(L); lua_next(L, known); lua_pop(L, 1))
        names[i++] = lua_tostring(L, -2);
    qsort(names, n, sizeof *names, by_bytes); /* the nearest must not depend on a table's order */
    const char *near = cyn_nearest(name, names, n);
    if (near) return luaL_error(L, "unknown %s '%s' (did you mean '%s'?)", what, name, near);
    return luaL_error(L, "unknown %s '%s'", what, name);
}

/* __index of the environment of a text expression and of the tables in it, reached only for what is
 * not set: a column that is missing in this row, or no column at all.
 * Upvalues: the run, names, prefix. */
static int index_missing(lua_State *L)
{
    if (lua_type(L, 2) != LUA_TSTRING) return 0;
    push_path(L, lua_upvalueindex(3), 2);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, lua_upvalueindex(2)) != LUA_TNIL) return 0;
    const run *r = *(run **)lua_touserdata(L, lua_upvalueindex(1));
    if (r && r->judge) return cyn_judge_missing(L, r, lua_upvalueindex(2), lua_tostring(L, -2));
    lua_getfield(L, LUA_REGISTRYINDEX, CYN_ROW_NAMES);
    return cyn_rows_unknown(L, "name", lua_tostring(L, -3));
}

/* Gives the table on top the __index above, for the prefix of n bytes. */
static void set_missing_index(lua_State *L, const char *prefix, size_t n)
{
    lua_createtable(L, 0, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, CYN_RUN_KEY);
    lua_pushvalue(L, NAMES);
    lua_pushlstring(L, prefix, n);
    lua_pushcclosure(L, index_missing, 3);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

/* ---- Text expressions: each column has a table and a key, set before each row ---- */

typedef struct binding {
    const cyn_batch_column *column;
    int table, key, texts; /* stack indices */
} binding;

/* Pushes the table in which the last part of a dotted name is set, making those on the way. */
static void push_table_of(lua_State *L, const char *name, size_t n)
{
    const char *dot = memrchr(name, '.', n);
    if (!dot) {
        lua_pushvalue(L, ENV);
        return;
    }
    size_t length = (size_t)(dot - name);
    lua_pushlstring(L, name, length);
    if (lua_rawget(L, TABLES) == LUA_TTABLE) return;
    lua_pop(L, 1);
    luaL_checkstack(L, 10, "a name with too many dots");
    push_table_of(L, name, length);
    lua_newtable(L);
    set_missing_index(L, name, length);
    const char *before = memrchr(name, '.', length), *last = before ? before + 1 : name;
    lua_pushlstring(L, last, (size_t)(dot - last));
    lua_pushvalue(L, -2);
    lua_rawset(L, -4);
    lua_pushlstring(L, name, length);
    lua_pushvalue(L, -2);
    lua_rawset(L, TABLES);
    lua_remove(L, -2);
}

/* A column above others ("payload" beside "payload.size") hides them in text expressions. */
static bool is_hidden(lua_State *L, const char *name)
{
    bool column = false;
    for (const char *dot = strchr(name, '.'); dot && !column; dot = strchr(dot + 1, '.')) {
        lua_pushlstring(L, name, (size_t)(dot - name));
        lua_rawget(L, NAMES);
        column = lua_tointeger(L, -1) > 0;
        lua_pop(L, 1);
    }
    return column;
}

/* The environment begins as a copy of what expressions can name; columns go over it. */
static void push_environment(lua_State *L, const run *r)
{
    lua_newtable(L);
    lua_getfield(L, LUA_REGISTRYINDEX, CYN_ROW_NAMES);
    for (lua_pushnil(L); lua_next(L, -2);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -5);
    }
    lua_pop(L, 1);
    if (r->judge) cyn_judge_add_methods(L, NAMES);
    set_missing_index(L, "", 0);
}

/* Calls the function with its arguments on the stack for one row. */
static void call_row(lua_State *L, const run *r, int nargs)
{
    if (r->judge)
        cyn_judge_call(L, nargs);
    else
        lua_call(L, nargs, 1);
}

/* Pushes what the bindings need, and the bindings themselves; returns their number. */
static size_t push_bindings(lua_State *L, const run *r, binding **out)
{
    const cyn_batch *b = r->batch;
    binding *list = lua_newuserdatauv(L, (b->ncolumns + 1) * sizeof *list, 0);
    size_t n = 0;
    for (size_t i = 0; i < b->ncolumns; i++) {
        const cyn_batch_column *c = &b->columns[i];
        if (!is_read(L, r, c->name) || is_hidden(L, c->name)) continue;
        if (r->judge && cyn_judge_is_called(c->name)) continue;
        luaL_checkstack(L, 10, "too many columns");
        const char *dot = strrchr(c->name, '.');
        push_table_of(L, c->name, strlen(c->name));
        lua_pushstring(L, dot ? dot + 1 : c->name);
        lua_newtable(L);
        int top = lua_gettop(L);
        list[n++] = (binding){.column = c, .table = top - 2, .key = top - 1, .texts = top};
    }
    *out = list;
    return n;
}

static void take_answer(lua_State *L, run *r)
{
    if (!cyn_collector_take(&r->answers, L, r->row - r->slice.first, SEEN))
        luaL_error(L, "the result is a %s, expected a number, a text, a boolean or nil",
                   luaL_typename(L, -1));
    lua_pop(L, 1);
}

static void run_text(lua_State *L, run *r)
{
    binding *list;
    size_t end = r->slice.first + r->slice.rows;
    push_environment(L, r); /* ENV */
    lua_newtable(L);        /* TABLES */
    lua_getfield(L, RECORD, "fn");
    int fn = lua_gettop(L);
    lua_pushvalue(L, ENV);
    lua_setupvalue(L, fn, 1);
    size_t n = push_bindings(L, r, &list);
    luaL_checkstack(L, 10, NULL);
    for (r->row = r->slice.first; r->row < end; r->row++) {
        for (size_t i = 0; i < n; i++) {
            lua_pushvalue(L, list[i].key);
            cyn_push_cell(L, list[i].column, r->row, list[i].texts);
            lua_rawset(L, list[i].table);
        }
        lua_pushvalue(L, fn);
        call_row(L, r, 0);
        take_answer(L, r);
    }
}

/* ---- Functions: a row object that looks columns up ---- */

static void push_row_object(lua_State *L, int prefix);

/* Upvalues: the run, names, prefix, texts by column, row objects by prefix. */
static int row_index(lua_State *L)
{
    run *r = current_run(L);
    if (lua_type(L, 2) != LUA_TSTRING)
        return luaL_error(L, "a row has columns by name, not by %s", luaL_typename(L, 2));
    if (lua_rawlen(L, lua_upvalueindex(3)) > 0) {
        push_path(L, lua_upvalueindex(3), 2);
        lua_replace(L, 2);
    }
    if (r->judge && cyn_judge_push_method(L, lua_tostring(L, 2))) return 1;
    lua_pushvalue(L, 2);
    int found = lua_rawget(L, lua_upvalueindex(2));
    lua_Integer column = lua_tointeger(L, -1);
    if (column > 0) {
        const cyn_batch_column *c = &r->batch->columns[column - 1];
        if (c->type == CYN_TEXT) lua_rawgeti(L, lua_upvalueindex(4), column);
        cyn_push_cell(L, c, r->row, 4);
        return 1;
    }
    if (found == LUA_TNIL && r->judge)
        return cyn_judge_missing(L, r, lua_upvalueindex(2), lua_tostring(L, 2));
    if (found == LUA_TNIL) {
        lua_pushvalue(L, lua_upvalueindex(2));
        return cyn_rows_unknown(L, "column", lua_tostring(L, 2));
    }
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(5)) == LUA_TNIL) push_row_object(L, 2);
    return 1;
}

static int row_newindex(lua_State *L)
{
    const run *r = *(run **)lua_touserdata(L, lua_upvalueindex(1));
    if (r && r->judge) return luaL_error(L, "a series cannot be changed");
    return luaL_error(L, "a row cannot be changed; use derive for a new column");
}

/* Pushes the object for the columns below the prefix at the index, and remembers it. Within
 * row_index, the upvalues are at hand; at the first call, they are made. */
static void push_row_object(lua_State *L, int prefix)
{
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    for (int i = 1; i <= 5; i++)
        lua_pushvalue(L, i == 3 ? prefix : lua_upvalueindex(i));
    lua_pushcclosure(L, row_index, 5);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushcclosure(L, row_newindex, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, prefix);
    lua_pushvalue(L, -2);
    lua_rawset(L, lua_upvalueindex(5));
}

/* With the same upvalues as row_index: pushes the object of the whole row. */
static int make_row(lua_State *L)
{
    lua_pushliteral(L, "");
    push_row_object(L, lua_gettop(L));
    return 1;
}

void cyn_rows_push(lua_State *L, const cyn_batch *b)
{
    lua_getfield(L, LUA_REGISTRYINDEX, CYN_RUN_KEY);
    lua_pushvalue(L, NAMES);
    lua_pushliteral(L, "");
    lua_createtable(L, (int)b->ncolumns, 0);
    for (size_t i = 0; i < b->ncolumns; i++) {
        lua_newtable(L);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    lua_newtable(L);
    lua_pushcclosure(L, make_row, 5);
    lua_call(L, 0, 1);
}

void cyn_rows_push_common(lua_State *L, int row)
{
    lua_getmetatable(L, row);
    lua_getfield(L, -1, "__index");
    lua_getupvalue(L, -1, 5);
    lua_remove(L, -2);
}

static void run_function(lua_State *L, run *r)
{
    size_t end = r->slice.first + r->slice.rows;
    cyn_rows_push(L, r->batch);
    int row = lua_gettop(L);
    lua_getfield(L, RECORD, "fn");
    for (r->row = r->slice.first; r->row < end; r->row++) {
        lua_pushvalue(L, row + 1);
        lua_pushvalue(L, row);
        call_row(L, r, 1);
        take_answer(L, r);
    }
}

/* ---- One call ---- */

void cyn_rows_begin(lua_State *L, run *r)
{
    luaL_checkstack(L, 40, NULL);
    lua_getfield(L, LUA_REGISTRYINDEX, CYN_HANDLES);
    if (lua_rawgeti(L, -1, r->handle) != LUA_TTABLE)
        luaL_error(L, "there is no expression %d", (int)r->handle);
    lua_replace(L, RECORD);
    run **link = lua_newuserdatauv(L, sizeof(run *), 0);
    *link = r;
    lua_setfield(L, LUA_REGISTRYINDEX, CYN_RUN_KEY);
    push_names(L, r); /* NAMES */
    if (r->judge) cyn_judge_begin(L, NAMES);
    cyn_set_nil_metatable(L);
}

static int run_rows(lua_State *L)
{
    run *r = lua_touserdata(L, 1);
    lua_settop(L, 0);
    cyn_rows_begin(L, r);
    lua_newtable(L); /* SEEN */
    lua_getfield(L, RECORD, "is_text");
    bool is_text = lua_toboolean(L, -1);
    lua_pop(L, 1);
    if (is_text)
        run_text(L, r);
    else
        run_function(L, r);
    return 0;
}

void cyn_rows_end(lua_State *L)
{
    cyn_drop_nil_metatable(L);
    if (lua_getfield(L, LUA_REGISTRYINDEX, CYN_RUN_KEY) == LUA_TUSERDATA)
        *(run **)lua_touserdata(L, -1) = NULL;
    lua_pop(L, 1);
}

/* The error object is on top. */
static cyn_code row_error(cyn_state *s, const run *r, cyn_err *err)
{
    char where[32];
    snprintf(where, sizeof where, "%s %zu", r->judge ? "segment" : "row", r->row + 1);
    return cyn_rows_fail(s, r->handle, where, "", err);
}

cyn_code cyn_rows_write(const cyn_collector *c, size_t rows, cyn_buf *out, cyn_err *err)
{
    if (c->heap.failed) return cyn_nomem(err);
    cyn_answers a = {.rows = rows, .kind = c->kind};
    if (c->has_bits) a.bits = c->bits;
    if (c->has_text) a.text_length = c->text_length;
    a.heap = c->heap.data;
    a.heap_size = c->heap.len;
    cyn_answers_write(&a, out);
    return cyn_buf_check(out, err);
}

cyn_code cyn_rows_run(cyn_state *s, uint32_t handle, const cyn_batch *batch, cyn_slice slice,
                      struct cyn_judge *judge, int64_t timeout, cyn_buf *out, cyn_err *err)
{
    lua_State *L = s->L;
    cyn_code rc = CYN_OK;
    run r = {.batch = batch, .handle = handle, .slice = slice, .judge = judge};
    if (!cyn_collector_init(&r.answers, slice.rows)) {
        rc = cyn_nomem(err);
        goto done;
    }
    cyn_state_arm(s, timeout);
    lua_pushcfunction(L, run_rows);
    lua_pushlightuserdata(L, &r);
    int status = cyn_state_run(s, 1, 0);
    cyn_state_disarm(s);
    s->reserve = RESERVE; /* the script may have used up everything */
    cyn_rows_end(L);
    if (status != LUA_OK) rc = row_error(s, &r, err);
    lua_settop(L, 0);
    s->reserve = 0;
    if (rc == CYN_OK) rc = cyn_rows_write(&r.answers, slice.rows, out, err);
done:
    cyn_collector_clear(&r.answers);
    return rc;
}
