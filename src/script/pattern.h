/* Lua's patterns, with an eye on the clock: string.find, match, gmatch and gsub.
 *
 * Lua's own matcher is C that no hook interrupts, and a pattern such as ("a*"):rep(30) .. "b" runs
 * for years. This one gives the same answers and the same errors, and looks at the budgets of the
 * run every so many steps. tests/fuzz/patterns.py holds the two against each other.
 */
#pragma once
#include <lauxlib.h>

extern const luaL_Reg cyn_pattern_functions[];
