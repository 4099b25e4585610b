/* Functions of Lua's own libraries, made safe to hand to scripts.
 *
 * Lua's are C loops that no hook interrupts: table.move over 2^53 nils, table.insert into a table
 * whose __len lies, string.rep of nothing. These look at the budgets every so often, never show an
 * address, and give the same answer in every run: table.sort is a stable merge sort, where Lua's
 * picks pivots by the clock. docs/reference/limits.md lists what differs.
 */
#pragma once
#include <lua.h>

/* Puts them over the functions of the same name in the global tables `string` and `table`, and
 * over `tostring`. May raise. */
void cyn_replace_functions(lua_State *L);
