/* One Lua state with limits on memory and wall time; the way into Lua.
 *
 * Only code below cyn_state_run() touches the state, so every error of Lua, including exhausted
 * memory, comes back as a value. A tripped limit stays tripped until the run ends, whatever the
 * script catches: the sandbox's pcall raises it again, and the deadline's hook fires at every
 * instruction. There is one state per process, for the alarm signal needs to find it.
 *
 *     cyn_state *s = cyn_state_new(limit);
 *     lua_State *L = cyn_state_begin(s, timeout);
 *     lua_pushcfunction(L, run); lua_pushlightuserdata(L, what);
 *     int status = cyn_state_run(s, 1);              // on failure the error object is on the stack
 */
#pragma once
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cyn_state {
    lua_State *L;
    size_t used, limit, reserve; /* reserve: on top of the limit, while the host reports */
    int64_t timeout;             /* of the present run, microseconds */
    bool late;                   /* its deadline has passed */
    bool full;                   /* it met the memory limit */
} cyn_state;

/* NULL when memory is exhausted. */
cyn_state *cyn_state_new(size_t limit);
/* The state that owns L. */
cyn_state *cyn_state_of(lua_State *L);
/* Starts the clock of a run. */
void cyn_state_arm(cyn_state *s, int64_t timeout);
void cyn_state_disarm(cyn_state *s);
/* lua_pcall of the function and its nargs arguments on the stack, under the armed deadline. */
int cyn_state_run(cyn_state *s, int nargs, int nresults);
/* "ran longer than 10 s" or "used more than 256 MiB of memory"; NULL: no limit was met. */
const char *cyn_state_limit(const cyn_state *s, char *out, size_t size);
/* The nearest frame of a project script on the stack: "metrics/x.lua", line. False if none is. */
bool cyn_state_where(lua_State *L, char *file, size_t size, int *line);
