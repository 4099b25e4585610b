/* One function being run: what the parts of the run share. */
#pragma once
#include "script/translate_impl.h"

/* Where the run may go on: what the registers hold, and under which condition. */
typedef struct state {
    guard when;
    const value **registers;
    struct state *before; /* waits for the same instruction, and has come before */
} state;

/* What a return gives, and when. */
typedef struct returned {
    guard when;
    values values;
    const struct returned *before;
} returned;

typedef struct frame {
    const cyn_dump_proto *p;
    const value *function; /* a LUA; NULL: the text expression */
    int depth;
    state **waiting; /* by instruction: what jumps there */
    values open;     /* results of the call before, from register `open_at` on */
    unsigned open_at;
    const returned *returns;
} frame;

/* The run may go on at instruction `to`, behind `from`, under the condition. */
void go_to(translator *t, frame *f, size_t from, size_t to, const state *s, guard when);
/* Runs the instruction; true when the run goes on behind it. */
bool run_instruction(translator *t, frame *f, const state *s, size_t pc);
