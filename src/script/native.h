/* The C functions that the Lua library calls; lua/cynosure/_meta/native.lua describes them. */
#pragma once
#include "base/time.h"
#include <lua.h>

typedef struct cyn_native_options {
    const cyn_tz *tz;
    const char *const *sources;
    size_t nsources;
} cyn_native_options;

/* Pushes the table of natives; sets up the registry tables of script/rows.h. The options must
 * outlive the state. */
void cyn_push_native(lua_State *L, const cyn_native_options *options);

/* What a run raises that waits for the host: no pcall of a script's swallows it. */
int cyn_raise_waiting(lua_State *L);
bool cyn_is_waiting(lua_State *L, int index);
