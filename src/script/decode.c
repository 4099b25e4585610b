#include "script/decode.h"
#include <lauxlib.h>

static void push_items(lua_State *L, const cyn_value *v)
{
    int keyed = v->kind == CYN_VALUE_MAP ? (int)v->n : 0;
    luaL_checkstack(L, 4, "nested too deeply");
    lua_createtable(L, keyed ? 0 : (int)v->n, keyed);
    for (size_t i = 0; i < v->n; i++) {
        cyn_push_value(L, &v->items[i]);
        if (keyed)
            lua_setfield(L, -2, v->keys[i]);
        else
            lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

void cyn_push_value(lua_State *L, const cyn_value *v)
{
    switch (v->kind) {
    case CYN_VALUE_NIL: lua_pushnil(L); break;
    case CYN_VALUE_BOOLEAN: lua_pushboolean(L, v->i != 0); break;
    case CYN_VALUE_INTEGER: lua_pushinteger(L, v->i); break;
    case CYN_VALUE_REAL: lua_pushnumber(L, v->r); break;
    case CYN_VALUE_TEXT: lua_pushlstring(L, v->s, v->n); break;
    case CYN_VALUE_ARRAY:
    case CYN_VALUE_MAP: push_items(L, v); break;
    }
}
