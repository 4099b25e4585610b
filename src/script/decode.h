/* Wire values (catalog/wire.h) as Lua values: the other way of script/encode.h. */
#pragma once
#include "catalog/wire.h"
#include <lua.h>

/* Pushes the value; arrays and maps become tables. Raises when memory or the stack is exhausted. */
void cyn_push_value(lua_State *L, const cyn_value *v);
