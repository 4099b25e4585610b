#include "script/encode.h"
#include "catalog/wire.h"
#include "script/state.h"
#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
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

static void encode_map(lua_State *L, int index, int depth, cyn_buf *out)
{
    size_t n = 0, i = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING) luaL_error(L, "a map with a key that is no text");
        n++;
    }
    /* The table keeps the keys alive, the userdata the list of them. */
    const char **keys = lua_newuserdatauv(L, (n + 1) * sizeof *keys, 0);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        keys[i++] = lua_tostring(L, -2);
    qsort(keys, n, sizeof *keys, by_bytes);
    cyn_wire_map(out, n);
    for (i = 0; i < n; i++) {
        cyn_wire_key(out, keys[i]);
        lua_pushstring(L, keys[i]);
        lua_rawget(L, index);
        encode(L, lua_gettop(L), depth + 1, out);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
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
