/* Lua tables as wire values (catalog/wire.h). */
#pragma once
#include "base/buf.h"
#include <lua.h>

/* Appends the value at `index`. A table with an item 1 is an array, any other a map with text keys,
 * written in order of their bytes, so that equal declarations give equal messages. Raises on what
 * has no encoding (functions, cycles). */
void cyn_encode(lua_State *L, int index, cyn_buf *out);
