/* The compiled code of a Lua function as a structure: a reader of what lua_dump writes.
 *
 * The format is that of Lua 5.4, which its manual does not promise: whoever relies on more than its
 * shape asks cyn_dump_is_known first. A dump of another shape is refused, never followed.
 *
 *     cyn_dump_proto *p = cyn_dump_read(data, n, arena);      NULL: malformed, or no memory
 *     for (size_t pc = 0; pc < p->ncode; pc++) … cyn_dump_line(p, pc) …
 *
 * Everything lives in the arena, texts and instructions too.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "plan/plan.h"
#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct cyn_dump_upvalue {
    bool in_stack; /* a local of the enclosing function, else one of its upvalues */
    uint8_t index;
} cyn_dump_upvalue;

typedef struct cyn_dump_proto cyn_dump_proto;
struct cyn_dump_proto {
    int parameters, stack;
    bool varargs;
    const uint32_t *code;
    size_t ncode;
    const cyn_const *constants;
    size_t nconstants;
    const cyn_dump_upvalue *upvalues;
    size_t nupvalues;
    const cyn_dump_proto *nested;
    size_t nnested;
    const int *lines; /* of each instruction; NULL in a stripped dump */
    /* Where in the dump the numbers of its first and last line stand. */
    size_t lines_begin, lines_end;
};

/* Appends lua_dump's bytes of the Lua function at the index; false when the buffer failed. */
bool cyn_dump_write(lua_State *L, int index, bool strip, cyn_buf *out);
const cyn_dump_proto *cyn_dump_read(const void *data, size_t n, cyn_arena *arena);
/* 0 where there is no debug information. */
int cyn_dump_line(const cyn_dump_proto *p, size_t pc);

/* Leaves a userdata on the stack that owns the arena, whatever is raised meanwhile; whoever is done
 * frees the arena and sets it to NULL. May raise (memory). */
cyn_arena **cyn_push_arena(lua_State *L, size_t limit);

/* Whether this Lua compiles a known function to the instructions that opcode.h names. May raise
 * (memory). */
bool cyn_dump_is_known(lua_State *L);
