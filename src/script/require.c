#include "script/require.h"
#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>

/* The entry for "name.lua"; NULL: there is none. */
static const cyn_embedded *find(const cyn_embedded *list, const char *name)
{
    size_t n = strlen(name);
    for (; list->name; list++)
        if (strncmp(list->name, name, n) == 0 && strcmp(list->name + n, ".lua") == 0) return list;
    return NULL;
}

/* Other releases may have other instructions, and Lua looks at its version only. */
static bool is_of_this_lua(const cyn_embedded *chunks)
{
    return chunks->name && chunks->size == strlen(lua_ident) &&
           memcmp(chunks->data, lua_ident, chunks->size) == 0;
}

static int load(lua_State *L, const char *name, const void *data, size_t n, const char *mode)
{
    int status = luaL_loadbufferx(L, data, n, lua_pushfstring(L, "=cynosure/%s", name), mode);
    lua_remove(L, -2);
    return status;
}

static bool load_chunk(lua_State *L, const cyn_embedded *chunks, const char *name)
{
    const cyn_embedded *chunk = is_of_this_lua(chunks) ? find(chunks + 1, name) : NULL;
    if (!chunk) return false;
    if (load(L, name, chunk->data, chunk->size, "b") == LUA_OK) return true;
    lua_pop(L, 1);
    return false;
}

int cyn_module_load(lua_State *L, const cyn_modules *m, const char *name)
{
    const cyn_value *given = cyn_value_get(m->given, name);
    if (given->kind == CYN_VALUE_TEXT) return load(L, name, given->s, given->n, "t");
    const cyn_embedded *text = m->given->kind == CYN_VALUE_NIL ? find(m->texts, name) : NULL;
    if (text && load_chunk(L, m->chunks, name)) return LUA_OK;
    if (text) return load(L, name, text->data, text->size, "t");
    luaL_where(L, 1);
    lua_pushfstring(L, "the library has no module '%s'", name);
    lua_concat(L, 2);
    return LUA_ERRFILE;
}

/* Upvalues: the modules, and what came of those that have run. */
static int require(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const cyn_modules *modules = lua_touserdata(L, lua_upvalueindex(1));
    if (lua_getfield(L, lua_upvalueindex(2), name) != LUA_TNIL) return 1;
    if (cyn_module_load(L, modules, name) != LUA_OK) return lua_error(L);
    lua_call(L, 0, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, lua_upvalueindex(2), name);
    return 1;
}

void cyn_push_require(lua_State *L, const cyn_modules *modules)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)modules);
    lua_newtable(L);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "_native");
    lua_pushcclosure(L, require, 2);
    lua_replace(L, -2);
}
