/* Missing values in Lua: nil's metatable while expressions over rows and functions of points run.
 *
 * Arithmetic, concatenation, length and indexing of nil give nil, ordering comparisons are false
 * (docs/numerics.md, E-5). While scripts are loaded nil is Lua's own.
 */
#pragma once
#include <lua.h>

void cyn_set_nil_metatable(lua_State *L); /* may raise (memory) */
void cyn_drop_nil_metatable(lua_State *L);
