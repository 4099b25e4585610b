/* Code that this Lua compiles or reports wrongly, met by refusing it; docs/reference/limits.md.
 *
 * Lua 5.4.4, which Debian 12 has, makes wrong code of a constant _ENV and of bitwise operators in
 * functions with more than 255 constants. Up to 5.4.6, the message of an error at the end of a very
 * long chain of fields takes C stack for each of them, and the process crashes.
 */
#pragma once
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether the function on top of the stack, compiled from the text, is affected: then pushes the
 * line, as a number, and a message. May raise (memory). */
bool cyn_push_defect(lua_State *L, const char *text, size_t n);
