#include "script/judge.h"
#include "script/native.h"
#include "script/reading.h"
#include <lauxlib.h>
#include <string.h>

#define METHODS "cynosure.methods" /* registry: of a series, by name */
#define ASKED   "cynosure.asked"   /* registry: readings asked for in this call; [0] counts them */

bool cyn_judge_is_called(const char *name)
{
    return strchr(name, '(') || cyn_is_reading_method(name);
}

/* ---- What is asked for ---- */

/* Notes the reading once; a condition that makes names up must come to an end. */
static void note_asked(lua_State *L, const char *name)
{
    int top = lua_gettop(L);
    lua_getfield(L, LUA_REGISTRYINDEX, ASKED);
    if (lua_getfield(L, -1, name) == LUA_TNIL) {
        lua_rawgeti(L, top + 1, 0);
        lua_Integer n = lua_tointeger(L, -1) + 1;
        if (n > CYN_CONDITION_READINGS)
            luaL_error(L, "it asks for more than %d different readings", CYN_CONDITION_READINGS);
        lua_pushinteger(L, n);
        lua_rawseti(L, top + 1, 0);
        lua_pushboolean(L, 1);
        lua_setfield(L, top + 1, name);
    }
    lua_settop(L, top);
}

/* Ends the run of this row. */
static int want(lua_State *L, const cyn_row_run *r, const char *name)
{
    cyn_judge *j = r->judge;
    size_t i = 0;
    note_asked(L, name);
    while (i < j->n && strcmp(j->wanted[i], name) != 0)
        i++;
    if (i == j->n && i < CYN_CONDITION_READINGS) {
        snprintf(j->wanted[i], sizeof j->wanted[i], "%s", name);
        j->n++;
    }
    return cyn_raise_waiting(L);
}

static int raise_error(lua_State *L, const cyn_err *e)
{
    if (!e->hint[0]) return luaL_error(L, "%s", e->message);
    return luaL_error(L, "%s (%s)", e->message, e->hint);
}

static bool is_plain(const char *name)
{
    for (int kind = 0; cyn_reading_names[kind]; kind++)
        if (!strcmp(cyn_reading_names[kind], name))
            return !cyn_reading_is_method((cyn_reading_kind)kind);
    return false;
}

int cyn_judge_missing(lua_State *L, const cyn_row_run *r, int names, const char *name)
{
    if (is_plain(name)) return want(L, r, name);
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, names);) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_pushboolean(L, 1);
        lua_rawset(L, -4);
    }
    for (int kind = 0; cyn_reading_names[kind]; kind++) {
        lua_pushboolean(L, 1);
        lua_setfield(L, -2, cyn_reading_names[kind]);
    }
    return cyn_rows_unknown(L, "reading, dimension or parameter", name);
}

/* ---- Methods ---- */

/* Upvalues of a method. FOUND has the columns of what was asked with one argument, by it. */
enum { RUN = 1, NAMES, NAME, IN_TEXT, FOUND };

/* What the arguments from `first` on ask for. */
static void parse_call(lua_State *L, int first, cyn_reading *out)
{
    enum { MOST = 8 };
    cyn_const args[MOST];
    cyn_err e = {0};
    int n = lua_gettop(L) - first + 1;
    const char *name = lua_tostring(L, lua_upvalueindex(NAME));
    if (n > MOST) luaL_error(L, "%s has more arguments than it takes", name);
    for (int i = 0; i < n; i++) {
        int at = first + i, type = lua_type(L, at);
        args[i] = (cyn_const){.kind = CYN_CONST_NIL};
        if (type == LUA_TSTRING) {
            args[i].kind = CYN_CONST_TEXT;
            args[i].s = lua_tolstring(L, at, &args[i].n);
        } else if (type == LUA_TNUMBER && lua_isinteger(L, at)) {
            args[i] = (cyn_const){.kind = CYN_CONST_INTEGER, .i = lua_tointeger(L, at)};
        } else if (type == LUA_TNUMBER) {
            args[i] = (cyn_const){.kind = CYN_CONST_REAL, .r = lua_tonumber(L, at)};
        } else if (type == LUA_TBOOLEAN) {
            args[i].kind = CYN_CONST_BOOLEAN;
        } else if (type != LUA_TNIL) {
            luaL_error(L, "argument %d of %s is a %s, expected a number or a text", i + 1, name,
                       luaL_typename(L, at));
        }
    }
    if (cyn_reading_of_call(name, args, (size_t)n, out, &e) != CYN_OK) raise_error(L, &e);
}

/* Whether the call has one argument that FOUND may have as its key. */
static bool has_key(lua_State *L, int first)
{
    bool number =
        lua_type(L, first) == LUA_TNUMBER && lua_tonumber(L, first) == lua_tonumber(L, first);
    return lua_gettop(L) == first && (number || lua_type(L, first) == LUA_TSTRING);
}

/* The number of the column that the call asks for. Where there is none, the row ends here. */
static lua_Integer find_column(lua_State *L, const cyn_row_run *r, int first)
{
    cyn_reading reading;
    bool key = has_key(L, first);
    if (key) {
        lua_pushvalue(L, first);
        lua_rawget(L, lua_upvalueindex(FOUND));
        lua_Integer column = lua_tointeger(L, -1);
        lua_pop(L, 1);
        if (column > 0) return column;
    }
    parse_call(L, first, &reading);
    lua_getfield(L, lua_upvalueindex(NAMES), reading.name);
    lua_Integer column = lua_tointeger(L, -1);
    lua_pop(L, 1);
    if (column <= 0) return want(L, r, reading.name);
    note_asked(L, reading.name);
    if (key) {
        lua_pushvalue(L, first);
        lua_pushinteger(L, column);
        lua_rawset(L, lua_upvalueindex(FOUND));
    }
    return column;
}

/* s:change "1w", and change "1w" in a text. */
static int call_method(lua_State *L)
{
    const cyn_row_run *r = *(cyn_row_run **)lua_touserdata(L, lua_upvalueindex(RUN));
    const char *name = lua_tostring(L, lua_upvalueindex(NAME));
    int first = lua_toboolean(L, lua_upvalueindex(IN_TEXT)) ? 1 : 2;
    if (!r) return luaL_error(L, "a series cannot be used after its function has returned");
    if (first == 2 && lua_type(L, 1) != LUA_TTABLE)
        return luaL_error(L, "'%s' is called without the series (write a colon: s:%s(…))", name,
                          name);
    const cyn_batch_column *c = &r->batch->columns[find_column(L, r, first) - 1];
    if (c->type == CYN_TEXT) return luaL_error(L, "the reading %s is a text", c->name);
    cyn_push_cell(L, c, r->row, 0);
    return 1;
}

static void push_method(lua_State *L, int names, const char *name, bool in_text)
{
    lua_getfield(L, LUA_REGISTRYINDEX, CYN_RUN_KEY);
    lua_pushvalue(L, names);
    lua_pushstring(L, name);
    lua_pushboolean(L, in_text);
    lua_newtable(L);
    lua_pushcclosure(L, call_method, 5);
}

/* Sets all methods in the table on top. */
static void add_methods(lua_State *L, int names, bool in_text)
{
    for (int kind = 0; cyn_reading_names[kind]; kind++) {
        if (!cyn_reading_is_method((cyn_reading_kind)kind)) continue;
        push_method(L, names, cyn_reading_names[kind], in_text);
        lua_setfield(L, -2, cyn_reading_names[kind]);
    }
}

/* ---- A call ---- */

void cyn_judge_begin(lua_State *L, int names)
{
    lua_createtable(L, 0, CYN_READINGS);
    add_methods(L, names, false);
    lua_setfield(L, LUA_REGISTRYINDEX, METHODS);
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, ASKED);
}

void cyn_judge_add_methods(lua_State *L, int names)
{
    add_methods(L, names, true);
}

bool cyn_judge_push_method(lua_State *L, const char *name)
{
    lua_getfield(L, LUA_REGISTRYINDEX, METHODS);
    if (lua_getfield(L, -1, name) == LUA_TFUNCTION) {
        lua_remove(L, -2);
        return true;
    }
    lua_pop(L, 2);
    return false;
}

void cyn_judge_call(lua_State *L, int nargs)
{
    int status = lua_pcall(L, nargs, 1, 0);
    if (status == LUA_OK) return;
    cyn_state_failed(L, status);
    if (!cyn_is_waiting(L, -1) || cyn_state_tripped(cyn_state_of(L))) lua_error(L);
    lua_pop(L, 1);
    lua_pushnil(L);
}

void cyn_judge_write(const cyn_judge *j, cyn_buf *out)
{
    cyn_wire_array(out, j->n);
    for (size_t i = 0; i < j->n; i++)
        cyn_wire_string(out, j->wanted[i]);
}
