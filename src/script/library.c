#include "script/library.h"
#include "script/pattern.h"
#include "script/state.h"
#include <lauxlib.h>
#include <lualib.h>
#include <string.h>

#define LOOK_EVERY 1024 /* steps between two looks at the budgets */

/* Looks at the budgets now and then. */
static void pace(lua_State *L, lua_Integer step)
{
    if (step % LOOK_EVERY == 0) cyn_state_check(L);
}

/* ---- Values as text, without addresses ---- */

/* As luaL_tolstring, but "table", not "table: 0x55…": that would differ from run to run. */
static const char *push_text(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    int type = lua_type(L, index);
    bool plain =
        type == LUA_TNIL || type == LUA_TBOOLEAN || type == LUA_TNUMBER || type == LUA_TSTRING;
    if (plain) return luaL_tolstring(L, index, NULL);
    if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        lua_pop(L, 1);
        return luaL_tolstring(L, index, NULL);
    }
    if (luaL_getmetafield(L, index, "__name") == LUA_TSTRING) return lua_tostring(L, -1);
    return lua_pushstring(L, lua_typename(L, type));
}

static int safe_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    push_text(L, 1);
    return 1;
}

/* The conversion at `at`, which is behind a %: its letter, or 0 at the end of the format. */
static const char *find_letter(const char *at, const char *end)
{
    while (at < end && *at && strchr("-+ #0123456789.", *at))
        at++;
    return at;
}

/* Upvalue: Lua's own. */
static int safe_format(lua_State *L)
{
    size_t n;
    const char *format = luaL_checklstring(L, 1, &n), *end = format + n;
    int top = lua_gettop(L), arg = 1;
    for (const char *at = format; at < end; at++) {
        if (*at != '%') continue;
        at = find_letter(at + 1, end);
        if (at >= end) break; /* Lua says what is wrong with it */
        if (*at == '%') continue;
        arg++;
        if (*at == 'p') return luaL_error(L, "%%p is not allowed: addresses differ in every run");
        if (*at != 's' || arg > top) continue;
        push_text(L, arg);
        lua_replace(L, arg);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, top, 1);
    return 1;
}

/* Lua's goes round n times even where there is nothing to repeat. Upvalue: Lua's own. */
static int safe_rep(lua_State *L)
{
    size_t n, between = 0;
    luaL_checklstring(L, 1, &n);
    luaL_checkinteger(L, 2);
    luaL_optlstring(L, 3, "", &between);
    lua_settop(L, 3);
    if (n + between == 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 3, 1);
    return 1;
}

/* ---- Tables ---- */

/* t[i] = t[i + by] for i from first to last, in the direction that overwrites nothing unread. */
static void shift(lua_State *L, lua_Integer first, lua_Integer last, lua_Integer by)
{
    lua_Integer step = by > 0 ? 1 : -1, i = by > 0 ? first : last;
    for (lua_Integer left = last - first + 1; left > 0; left--, i += step) {
        lua_geti(L, 1, i + by);
        lua_seti(L, 1, i);
        pace(L, left);
    }
}

static int safe_insert(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer end = (lua_Integer)((lua_Unsigned)luaL_len(L, 1) + 1); /* the first free place */
    switch (lua_gettop(L)) {
    case 2: lua_seti(L, 1, end); return 0;
    case 3: {
        lua_Integer at = luaL_checkinteger(L, 2);
        luaL_argcheck(L, (lua_Unsigned)at - 1u < (lua_Unsigned)end, 2, "position out of bounds");
        shift(L, at + 1, end, -1);
        lua_seti(L, 1, at);
        return 0;
    }
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
    }
}

static int safe_remove(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_Integer size = luaL_len(L, 1), at = luaL_optinteger(L, 2, size);
    if (at != size)
        luaL_argcheck(L, (lua_Unsigned)at - 1u <= (lua_Unsigned)size, 2, "position out of bounds");
    lua_geti(L, 1, at);
    if (at < size) shift(L, at, size - 1, 1);
    lua_pushnil(L);
    lua_seti(L, 1, at < size ? size : at);
    return 1;
}

static int safe_move(lua_State *L)
{
    lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3);
    lua_Integer to = luaL_checkinteger(L, 4);
    int target = lua_isnoneornil(L, 5) ? 1 : 5;
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checktype(L, target, LUA_TTABLE);
    lua_settop(L, 5);
    if (last >= first) {
        luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3,
                      "too many elements to move");
        lua_Integer n = last - first + 1;
        luaL_argcheck(L, to <= LUA_MAXINTEGER - n + 1, 4, "destination wrap around");
        bool same = target == 1 || lua_compare(L, 1, target, LUA_OPEQ);
        bool upward = to > last || to <= first || !same;
        for (lua_Integer k = 0; k < n; k++) {
            lua_Integer i = upward ? k : n - 1 - k;
            lua_geti(L, 1, first + i);
            lua_seti(L, target, to + i);
            pace(L, k);
        }
    }
    lua_pushvalue(L, target);
    return 1;
}

/* ---- table.sort: merges runs of doubling length, from one table to the other and back ---- */

enum { SORTED = 1, LESS = 2, FROM = 3, TO = 4 };

/* Whether the value on top goes before the one below it. */
static bool goes_before(lua_State *L)
{
    if (lua_isnil(L, LESS)) return lua_compare(L, -1, -2, LUA_OPLT);
    lua_pushvalue(L, LESS);
    lua_pushvalue(L, -2);
    lua_pushvalue(L, -4);
    lua_call(L, 2, 1);
    bool before = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return before;
}

/* FROM[a … b) and FROM[b … c) into TO[a … c). Equal values keep their order. */
static void merge(lua_State *L, lua_Integer a, lua_Integer b, lua_Integer c)
{
    lua_Integer i = a, k = b;
    for (lua_Integer to = a; to < c; to++) {
        bool right = i >= b;
        if (!right && k < c) {
            lua_rawgeti(L, FROM, i);
            lua_rawgeti(L, FROM, k);
            right = goes_before(L);
            lua_pop(L, 2);
        }
        lua_rawgeti(L, FROM, right ? k++ : i++);
        lua_rawseti(L, TO, to);
        pace(L, to);
    }
}

static lua_Integer least(lua_Integer a, lua_Integer b)
{
    return a < b ? a : b;
}

static int stable_sort(lua_State *L)
{
    luaL_checktype(L, SORTED, LUA_TTABLE);
    if (!lua_isnoneornil(L, LESS)) luaL_checktype(L, LESS, LUA_TFUNCTION);
    lua_settop(L, LESS);
    lua_Integer n = luaL_len(L, SORTED);
    luaL_argcheck(L, n < INT32_MAX, 1, "array too big");
    lua_newtable(L);
    lua_newtable(L);
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_geti(L, SORTED, i) == LUA_TNIL && lua_isnil(L, LESS))
            return luaL_error(L, "the list to sort has no value at %I", (LUAI_UACINT)i);
        lua_rawseti(L, FROM, i);
        pace(L, i);
    }
    for (lua_Integer run = 1; run < n; run *= 2) {
        for (lua_Integer a = 1; a <= n; a += 2 * run)
            merge(L, a, least(a + run, n + 1), least(a + 2 * run, n + 1));
        lua_pushvalue(L, FROM);
        lua_copy(L, TO, FROM);
        lua_replace(L, TO);
    }
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, FROM, i);
        lua_seti(L, SORTED, i);
        pace(L, i);
    }
    return 0;
}

/* ---- The replacements ---- */

/* With the library on top: the function over the one of that name, which becomes its upvalue. */
static void wrap(lua_State *L, const char *name, lua_CFunction f)
{
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, f, 1);
    lua_setfield(L, -2, name);
}

void cyn_replace_functions(lua_State *L)
{
    static const luaL_Reg tables[] = {{"insert", safe_insert},
                                      {"move", safe_move},
                                      {"remove", safe_remove},
                                      {"sort", stable_sort},
                                      {NULL, NULL}};
    lua_getglobal(L, LUA_TABLIBNAME);
    luaL_setfuncs(L, tables, 0);
    lua_getglobal(L, LUA_STRLIBNAME);
    wrap(L, "format", safe_format);
    wrap(L, "rep", safe_rep);
    luaL_setfuncs(L, cyn_pattern_functions, 0);
    lua_pop(L, 2);
    lua_pushcfunction(L, safe_tostring);
    lua_setglobal(L, "tostring");
}
