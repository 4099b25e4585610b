#include "script/missing.h"

static int spread_nil(lua_State *L)
{
    lua_pushnil(L);
    return 1;
}

static int never(lua_State *L)
{
    lua_pushboolean(L, 0);
    return 1;
}

void cyn_set_nil_metatable(lua_State *L)
{
    static const char *const spreading[] = {
        "__add", "__sub",  "__mul", "__div",  "__mod", "__pow", "__unm",  "__idiv", "__concat",
        "__len", "__band", "__bor", "__bxor", "__shl", "__shr", "__bnot", "__index"};
    lua_pushnil(L);
    lua_createtable(L, 0, 19);
    for (size_t i = 0; i < sizeof spreading / sizeof *spreading; i++) {
        lua_pushcfunction(L, spread_nil);
        lua_setfield(L, -2, spreading[i]);
    }
    lua_pushcfunction(L, never);
    lua_setfield(L, -2, "__lt");
    lua_pushcfunction(L, never);
    lua_setfield(L, -2, "__le");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

void cyn_drop_nil_metatable(lua_State *L)
{
    lua_pushnil(L);
    lua_pushnil(L);
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}
