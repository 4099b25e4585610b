/* The library's own modules, and the require by which they find each other.
 *
 * They are part of this program twice: as texts, and compiled when it was built, debug information
 * included, which spares each worker most of the time until it runs its first script. Compiled ones
 * are taken where the Lua that runs is the release that made them; else, and where Lua refuses one,
 * the text is. Modules of another folder are texts. Scripts are never anything else.
 *
 *     cyn_push_native(L, &options);
 *     cyn_push_require(L, &modules); // takes its place; `modules` outlives the state
 *     lua_setglobal(L, "require");
 */
#pragma once
#include "base/embed.h"
#include "catalog/wire.h"
#include <lua.h>

typedef struct cyn_modules {
    const cyn_value *given; /* a map of texts by name, which stands in for the others; or nil */
    const cyn_embedded *texts, *chunks; /* the first of the chunks says which Lua made them */
} cyn_modules;

/* Those of this program. */
extern const cyn_embedded cyn_lua_library[], cyn_lua_chunks[];

/* As luaL_loadbufferx(): pushes the module's function, or an error. */
int cyn_module_load(lua_State *L, const cyn_modules *modules, const char *name);
/* Table of the C functions (script/native.h), which is the module "_native" → require. */
void cyn_push_require(lua_State *L, const cyn_modules *modules);
