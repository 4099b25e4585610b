/* The library's modules: as texts and compiled they are the same, and what cannot be taken compiled
 * is compiled when it is needed. */
#include "script/dump.h"
#include "script/require.h"
#include "test.h"
#include <lauxlib.h>

static const cyn_value none = {.kind = CYN_VALUE_NIL};

/* Whether the module, loaded this way, is that of the bytes. */
static bool loads_as(lua_State *L, const cyn_modules *modules, const char *name,
                     const cyn_embedded *bytes)
{
    cyn_buf dump = {0};
    lua_settop(L, 0);
    bool same = cyn_module_load(L, modules, name) == LUA_OK &&
                cyn_dump_write(L, -1, false, &dump) && dump.len == bytes->size &&
                memcmp(dump.data, bytes->data, dump.len) == 0;
    cyn_buf_clear(&dump);
    return same;
}

/* Of any, debug information included; a build without compiled modules has none to hold. */
static void test_chunks_are_the_texts(void)
{
    const cyn_embedded no_chunks[] = {{NULL, NULL, 0}};
    const cyn_modules texts = {&none, cyn_lua_library, no_chunks};
    const cyn_modules both = {&none, cyn_lua_library, cyn_lua_chunks};
    lua_State *L = luaL_newstate();
    for (const cyn_embedded *c = cyn_lua_chunks; c->name && c[1].name; c++) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(strlen(c[1].name) - 4), c[1].name);
        CHECK_INT(loads_as(L, &texts, name, &c[1]), true);
        CHECK_INT(loads_as(L, &both, name, &c[1]), true);
    }
    lua_close(L);
}

/* What a module returns, or the error that it cannot be loaded with. */
static const char *value_of(lua_State *L, const cyn_modules *modules, const char *name)
{
    lua_settop(L, 0);
    if (cyn_module_load(L, modules, name) == LUA_OK) lua_call(L, 0, 1);
    return lua_tostring(L, -1);
}

#define BYTES(text) (const unsigned char *)(text), sizeof(text) - 1

static void test_which_is_taken(void)
{
    lua_State *L = luaL_newstate();
    const cyn_embedded texts[] = {{"a.lua", BYTES("return 'text'")}, {NULL, NULL, 0}};
    cyn_buf dump = {0};
    CHECK_INT(luaL_loadstring(L, "return 'chunk'"), LUA_OK);
    CHECK_INT(cyn_dump_write(L, -1, false, &dump), true);
    const unsigned char *bytes = (const unsigned char *)dump.data;
    const cyn_embedded lua = {"", (const unsigned char *)lua_ident, strlen(lua_ident)};
    const cyn_embedded other = {"", BYTES("$LuaVersion: Lua 5.4.999 $")};
    const cyn_embedded chunk = {"a.lua", bytes, dump.len}, cut = {"a.lua", bytes, dump.len / 2};
    const cyn_embedded text = {"a.lua", BYTES("return 'no chunk'")}, end = {NULL, NULL, 0};
    const cyn_embedded same[] = {lua, chunk, end}, foreign[] = {other, chunk, end},
                       broken[] = {lua, cut, end}, wrong[] = {lua, text, end},
                       lacking[] = {lua, end};
    CHECK_STR(value_of(L, &(cyn_modules){&none, texts, same}, "a"), "chunk");
    CHECK_STR(value_of(L, &(cyn_modules){&none, texts, foreign}, "a"), "text");
    CHECK_STR(value_of(L, &(cyn_modules){&none, texts, broken}, "a"), "text");
    CHECK_STR(value_of(L, &(cyn_modules){&none, texts, wrong}, "a"), "text");
    CHECK_STR(value_of(L, &(cyn_modules){&none, texts, lacking}, "a"), "text");
    CHECK_STR(value_of(L, &(cyn_modules){&none, texts, &end}, "a"), "text");
    CHECK_STR(value_of(L, &(cyn_modules){&none, texts, same}, "b"),
              "the library has no module 'b'");
    cyn_buf_clear(&dump);
    lua_close(L);
}

/* Those of a folder stand in for all, and are texts whatever they look like. */
static void test_given(void)
{
    lua_State *L = luaL_newstate();
    const cyn_embedded texts[] = {{"a.lua", BYTES("return 'text'")}, {NULL, NULL, 0}};
    cyn_buf dump = {0};
    CHECK_INT(luaL_loadstring(L, "return 'chunk'"), LUA_OK);
    CHECK_INT(cyn_dump_write(L, -1, false, &dump), true);
    const cyn_value items[] = {{.kind = CYN_VALUE_TEXT, .n = 14, .s = "return 'given'"},
                               {.kind = CYN_VALUE_TEXT, .n = dump.len, .s = dump.data}};
    const char *const keys[] = {"given", "binary"};
    const cyn_value map = {.kind = CYN_VALUE_MAP, .n = 2, .items = items, .keys = keys};
    const cyn_modules modules = {&map, texts, cyn_lua_chunks};
    CHECK_STR(value_of(L, &modules, "given"), "given");
    CHECK_STR(value_of(L, &modules, "a"), "the library has no module 'a'");
    CHECK_INT(cyn_module_load(L, &modules, "binary"), LUA_ERRSYNTAX);
    cyn_buf_clear(&dump);
    lua_close(L);
}

int main(void)
{
    RUN(test_chunks_are_the_texts);
    RUN(test_which_is_taken);
    RUN(test_given);
    return test_end();
}
