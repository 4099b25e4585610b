/* The compiled code of a Lua function as bytes that do not change when it moves in its file. */
#pragma once
#include <lua.h>
#include <stdbool.h>

/* Pushes the code of the Lua function at `index` as a string: lua_dump without debug information
 * and without the line numbers that lua_dump keeps even then. False, pushing nothing, when the
 * value is not a Lua function. May raise (memory). */
bool cyn_push_code(lua_State *L, int index);
