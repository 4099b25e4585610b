/* From the code that Lua compiled to steps over columns (plan/translation.h).
 *
 * The compiled function is run once on abstract values, in the order of its instructions. A jump
 * forward splits the run by a condition; where the parts meet again, values that differ become one
 * that is chosen by that condition. So the number of steps grows with the code, never with the
 * number of ways through it. Captured variables and tables count as constants where no function
 * that runs later changes them, and calls of other Lua functions are followed into.
 *
 * What it cannot follow (a loop, an unknown function, a row used as a whole …) it refuses with a
 * reason; the expression then stays with the interpreter, which is always right.
 */
#pragma once
#include <lua.h>
#include <stdbool.h>

/* Pushes a table of what the Lua function at `index` may change when it is called: `variables`, the
 * identities of captured variables; `assigned`, names of globals; tables = true, some table;
 * globals = true, any global. `names` are the globals that it reads. Sets have their members as
 * keys. What the function calls is for the caller to visit. May raise (memory). */
void cyn_push_changes(lua_State *L, int index);

/* Arguments: at 1 the Lua function, at 2 a table of
 *   text      true for a text expression
 *   names     of a text: a set of the names that it may read as columns
 *   file      where the expression begins
 *   line      of a text: its first line; nil where that is not known
 *   changes   the tables above of all functions that run later, in one
 *   condition true for an alert rule's: names of readings that take arguments are called
 *   name_of   a function that names the sandbox's functions and libraries
 *   original  a function that gives the table behind a read-only view
 * Pushes the table {inputs, steps, reads} as catalog_steps.c takes it, `reads` with every column
 * and path that is looked up; or nil, the reason, and, where a condition is wrong and not only
 * untranslatable, the error as a table. Returns the number of values pushed. May raise (memory). */
int cyn_translate(lua_State *L);
