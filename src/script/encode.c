#include "script/encode.h"
#include "catalog/wire.h"
#include "script/state.h"
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#define FEW 48 /* entries of a map that are sorted without memory of Lua's */

typedef struct entry {
    const char *key;
    int at; /* of the stack, where its value is; of many it is looked up */
} entry;

static int by_bytes(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->key, ((const entry *)b)->key);
}

static void encode(lua_State *L, int index, int depth, cyn_buf *out);

static void encode_array(lua_State *L, int index, int depth, cyn_buf *out)
{
    lua_Integer n = (lua_Integer)lua_rawlen(L, index);
    cyn_wire_array(out, (size_t)n);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, index, i);
        encode(L, lua_gettop(L), depth + 1, out);
        lua_pop(L, 1);
    }
}

static size_t count_keys(lua_State *L, int index)
{
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) luaL_error(L, "a map with a key that is no text");
        n++;
    }
    return n;
}

/* The table keeps the keys alive, the userdata the list of them. */
static void encode_many(lua_State *L, int index, int depth, cyn_buf *out)
{
    size_t n = count_keys(L, index), i = 0;
    entry *entries = lua_newuserdatauv(L, (n + 1) * sizeof *entries, 0);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        entries[i++].key = lua_tostring(L, -2);
    qsort(entries, n, sizeof *entries, by_bytes);
    cyn_wire_map(out, n);
    for (i = 0; i < n; i++) {
        cyn_wire_key(out, entries[i].key);
        lua_pushstring(L, entries[i].key);
        lua_rawget(L, index);
        encode(L, lua_gettop(L), depth + 1, out);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

static void encode_few(lua_State *L, int depth, entry *entries, size_t n, cyn_buf *out)
{
    qsort(entries, n, sizeof *entries, by_bytes);
    cyn_wire_map(out, n);
    for (size_t i = 0; i < n; i++) {
        cyn_wire_key(out, entries[i].key);
        encode(L, entries[i].at, depth + 1, out);
    }
}

/* Most maps have few entries: their values wait on the stack. */
static void encode_map(lua_State *L, int index, int depth, cyn_buf *out)
{
    entry entries[FEW];
    size_t n = 0;
    int top = lua_gettop(L);
    luaL_checkstack(L, FEW + 8, "nested too deeply");
    for (lua_pushnil(L); lua_next(L, index) && n < FEW; n++) {
        if (lua_type(L, -2) != LUA_TSTRING) luaL_error(L, "a map with a key that is no text");
        entries[n] = (entry){lua_tostring(L, -2), lua_gettop(L) - 1};
        lua_insert(L, -2); /* the value, and the key above it for the next round */
    }
    bool few = lua_gettop(L) == top + (int)n;
    if (few) encode_few(L, depth, entries, n, out);
    lua_settop(L, top);
    if (!few) encode_many(L, index, depth, out);
}

static void encode_table(lua_State *L, int index, int depth, cyn_buf *out)
{
    luaL_checkstack(L, 8, "nested too deeply");
    cyn_state_check_output(L, out->len);
    if (depth >= CYN_WIRE_DEPTH) luaL_error(L, "nested too deeply");
    bool array = lua_rawgeti(L, index, 1) != LUA_TNIL;
    lua_pop(L, 1);
    if (array)
        encode_array(L, index, depth, out);
    else
        encode_map(L, index, depth, out);
}

static void encode(lua_State *L, int index, int depth, cyn_buf *out)
{
    size_t n;
    switch (lua_type(L, index)) {
    case LUA_TNIL: cyn_wire_nil(out); break;
    case LUA_TBOOLEAN: cyn_wire_boolean(out, lua_toboolean(L, index)); break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            cyn_wire_integer(out, lua_tointeger(L, index));
        else
            cyn_wire_real(out, lua_tonumber(L, index));
        break;
    case LUA_TSTRING: {
        const char *s = lua_tolstring(L, index, &n);
        cyn_wire_text(out, s, n);
        break;
    }
    case LUA_TTABLE: encode_table(L, index, depth, out); break;
    default: luaL_error(L, "a %s has no encoding", luaL_typename(L, index));
    }
}

void cyn_encode(lua_State *L, int index, cyn_buf *out)
{
    encode(L, lua_absindex(L, index), 0, out);
}
