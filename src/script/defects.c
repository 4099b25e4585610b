#include "script/defects.h"
#include "script/dump.h"
#include "script/opcode.h"
#include <ctype.h>
#include <lauxlib.h>
#include <string.h>

#define OLD_COMPILER  (LUA_VERSION_RELEASE_NUM <= 50404)
#define MAX_CONSTANTS 255
#define MAX_CHAIN     10000 /* fields in a row */
#define MAX_GAP       3     /* instructions between two of them, which load a key */

typedef struct defect {
    int line;
    const char *message;
} defect;

/* ---- What is compiled ---- */

static bool is_bitwise(opcode op)
{
    switch (op) {
    case OP_BANDK:
    case OP_BORK:
    case OP_BXORK:
    case OP_SHRI:
    case OP_SHLI:
    case OP_BAND:
    case OP_BOR:
    case OP_BXOR:
    case OP_SHL:
    case OP_SHR:
    case OP_BNOT: return true;
    default: return false;
    }
}

/* Whether the instruction replaces a table by one of its fields. */
static bool is_step(uint32_t i)
{
    opcode op = op_of(i);
    return (op == OP_GETFIELD || op == OP_GETTABLE || op == OP_GETI) && a_of(i) == b_of(i);
}

static bool find_in(const cyn_dump_proto *p, defect *out)
{
    size_t chain = 0, gap = 0;
    for (size_t pc = 0; pc < p->ncode; pc++) {
        *out = (defect){.line = cyn_dump_line(p, pc)};
        if (OLD_COMPILER && p->nconstants > MAX_CONSTANTS && is_bitwise(op_of(p->code[pc]))) {
            out->message = "a bitwise operator in a function with more than 255 constants, which "
                           "this Lua may compile wrongly: move it to a function of its own";
            return true;
        }
        if (is_step(p->code[pc])) {
            gap = 0;
            chain++;
        } else if (++gap > MAX_GAP) {
            chain = 0;
        }
        if (chain > MAX_CHAIN) {
            out->message = "a chain of more than 10000 fields, which this Lua cannot report on";
            return true;
        }
    }
    for (size_t i = 0; i < p->nnested; i++)
        if (find_in(&p->nested[i], out)) return true;
    return false;
}

/* ---- What is written ---- */

static const char *skip_blanks(const char *at)
{
    for (;;) {
        while (isspace((unsigned char)*at))
            at++;
        if (strncmp(at, "--", 2) != 0) return at;
        const char *close = strncmp(at, "--[[", 4) == 0 ? strstr(at, "]]") : NULL;
        at = close ? close + 2 : at + strcspn(at, "\n");
    }
}

/* "_ENV <const>": no trace of it is left in the code. A text that holds the words is refused, too:
 * nobody needs them in one. */
static bool find_constant_environment(const char *text, size_t n, defect *out)
{
    const char *at = text, *end = text + n;
    int line = 1;
    while ((at = memmem(at, (size_t)(end - at), "_ENV", 4)) != NULL) {
        at += 4;
        const char *next = skip_blanks(at);
        if (*next != '<') continue;
        next = skip_blanks(next + 1);
        if (strncmp(next, "const", 5) != 0 && strncmp(next, "close", 5) != 0) continue;
        for (const char *c = text; c < at; c++)
            line += *c == '\n';
        *out = (defect){line, "_ENV as a constant, which this Lua compiles wrongly: leave <const> "
                              "away"};
        return true;
    }
    return false;
}

bool cyn_push_defect(lua_State *L, const char *text, size_t n)
{
    static cyn_buf dump; /* the process's, so that an error raised below cannot lose it */
    defect found = {0};
    bool bad = OLD_COMPILER && find_constant_environment(text, n, &found);
    if (!bad) {
        cyn_buf_reset(&dump);
        cyn_arena *arena = cyn_arena_new(0);
        const cyn_dump_proto *p = NULL;
        bool room = arena && cyn_dump_write(L, lua_gettop(L), false, &dump);
        if (room) p = cyn_dump_read(dump.data, dump.len, arena);
        if (p) bad = find_in(p, &found);
        cyn_arena_free(arena);
        if (!room) luaL_error(L, "not enough memory");
    }
    if (!bad) return false;
    lua_pushinteger(L, found.line);
    lua_pushstring(L, found.message);
    return true;
}
