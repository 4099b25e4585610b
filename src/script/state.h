/* One Lua state with budgets for memory, wall time, instructions and output; the way into Lua.
 *
 * Only code below cyn_state_run() touches the state, so every error of Lua, including exhausted
 * memory, comes back as a value. A tripped budget stays tripped until the run ends, whatever the
 * script catches: the sandbox's pcall and xpcall raise it again, and a hook raises it at every call
 * and instruction, in metamethods, __close and comparators too. The hook is set by an alarm, or by
 * the allocator when memory is refused, so that code within its budget pays nothing for it. There
 * is one state per process, for the alarm needs to find it.
 *
 *     cyn_state *s = cyn_state_new(&budget, page);
 *     cyn_state_arm(s, timeout);
 *     lua_pushcfunction(s->L, run); lua_pushlightuserdata(s->L, what);
 *     int status = cyn_state_run(s, 1, 0);           // on failure the error object is on the stack
 *     cyn_state_disarm(s);
 *
 * Where C code runs on past the deadline that no hook interrupts (a pattern that backtracks), the
 * alarm comes again and notes file and line in the page, for the host's kill to quote; a crash does
 * the same.
 */
#pragma once
#include "script/page.h"
#include <lua.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cyn_budget {
    size_t memory;         /* bytes of the Lua state, the allocator's own included */
    uint64_t instructions; /* of each run; 0: not counted, for counting costs */
    size_t output;         /* bytes of a catalog, or of the texts in the answers of one call */
} cyn_budget;

typedef struct cyn_state {
    lua_State *L;
    cyn_budget budget;
    cyn_page *page;                /* NULL: none */
    size_t used, reserve;          /* reserve: on top of the budget, while the host reports */
    size_t peak;                   /* the most that was used in the present run */
    int64_t timeout, began;        /* of the present run, microseconds */
    uint64_t instructions;         /* of the present run, as far as they are counted */
    volatile sig_atomic_t overdue; /* the alarm came */
    bool late;                     /* the deadline has passed */
    bool full;                     /* the memory budget was met, and a collection did not help */
    bool spent;                    /* the instructions are used up */
    bool wordy;                    /* the output budget was met */
    const void *refused_block;     /* the request refused last, to be tried again after a … */
    size_t refused_size;           /* … collection */
    bool refused;                  /* some request was, in this run */
} cyn_state;

/* NULL when memory is exhausted. */
cyn_state *cyn_state_new(const cyn_budget *budget, cyn_page *page);
/* The state that owns L. */
cyn_state *cyn_state_of(lua_State *L);
/* Has alarms and crashes handled; before the system-call filter, which forbids it. */
void cyn_state_handle_signals(void);
/* As if no budget had ever tripped. */
void cyn_state_forget(cyn_state *s);
/* Does that, and starts the clock of a run. */
void cyn_state_arm(cyn_state *s, int64_t timeout);
void cyn_state_disarm(cyn_state *s);
/* A run that waits for the host in the middle of a C function: its clock stands still, and other
 * runs of the same state may come and go meanwhile. */
typedef struct cyn_wait {
    int64_t left; /* microseconds */
    uint64_t instructions;
} cyn_wait;
void cyn_state_wait(cyn_state *s, cyn_wait *w);
void cyn_state_go_on(cyn_state *s, const cyn_wait *w);
/* lua_pcall of the function and its nargs arguments on the stack, under the armed deadline. */
int cyn_state_run(cyn_state *s, int nargs, int nresults);
/* For whoever calls lua_pcall itself: notes a failure for want of memory, which is final. The error
 * is still on top of the stack. */
void cyn_state_failed(lua_State *L, int status);
/* Whether some budget has tripped in this run. */
bool cyn_state_tripped(const cyn_state *s);
/* For C functions with long loops of their own: raises when a budget has tripped. */
void cyn_state_check(lua_State *L);
/* Raises when so many bytes of output are more than the budget allows. */
void cyn_state_check_output(lua_State *L, size_t bytes);
/* "ran longer than 10 s" or "used more than 256 MiB of memory"; NULL: no budget has tripped. */
const char *cyn_state_limit(const cyn_state *s, char *out, size_t size);
/* The nearest frame of a project script on the stack: "metrics/x.lua", line. False if none is. */
bool cyn_state_where(lua_State *L, char *file, size_t size, int *line);
