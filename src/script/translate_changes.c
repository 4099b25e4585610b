/* What a function may change, found in its code. */
#include "script/dump.h"
#include "script/opcode.h"
#include "script/translate.h"
#include <lauxlib.h>
#include <string.h>

#define MAX_CAPTURED 256
#define OWN_LOCAL    0 /* a variable of the enclosing function, and none that it captured */

/* Captured variables have the numbers that lua_getupvalue counts by, from 1. */
typedef struct scan {
    lua_State *L;
    int function, out; /* stack indices */
} scan;

static void set_flag(const scan *s, const char *key)
{
    lua_pushboolean(s->L, 1);
    lua_setfield(s->L, s->out, key);
}

static bool is_globals(const scan *s, int variable)
{
    const char *name = variable ? lua_getupvalue(s->L, s->function, variable) : NULL;
    if (name) lua_pop(s->L, 1);
    return name && !strcmp(name, "_ENV");
}

static void add_variable(const scan *s, int variable)
{
    if (variable == OWN_LOCAL) return;
    lua_getfield(s->L, s->out, "variables");
    lua_pushlightuserdata(s->L, lua_upvalueid(s->L, s->function, variable));
    lua_pushboolean(s->L, 1);
    lua_rawset(s->L, -3);
    lua_pop(s->L, 1);
}

/* A global that is read or assigned. */
static void add_name(const scan *s, const char *set, const cyn_dump_proto *p, unsigned constant)
{
    if (constant >= p->nconstants || p->constants[constant].kind != CYN_CONST_TEXT) return;
    const cyn_const *name = &p->constants[constant];
    lua_getfield(s->L, s->out, set);
    lua_pushlstring(s->L, name->s, name->n);
    lua_pushboolean(s->L, 1);
    lua_rawset(s->L, -3);
    lua_pop(s->L, 1);
}

static void scan_proto(const scan *s, const cyn_dump_proto *p, const int *captured);

static void scan_nested(const scan *s, const cyn_dump_proto *p, const int *captured)
{
    int below[MAX_CAPTURED];
    for (size_t i = 0; i < p->nupvalues && i < MAX_CAPTURED; i++) {
        const cyn_dump_upvalue *u = &p->upvalues[i];
        below[i] = u->in_stack ? OWN_LOCAL : captured[u->index];
    }
    scan_proto(s, p, below);
}

static void scan_proto(const scan *s, const cyn_dump_proto *p, const int *captured)
{
    for (size_t pc = 0; pc < p->ncode; pc++) {
        uint32_t i = p->code[pc];
        switch (op_of(i)) {
        case OP_SETUPVAL: add_variable(s, captured[b_of(i)]); break;
        case OP_SETTABUP:
            if (is_globals(s, captured[a_of(i)]))
                add_name(s, "assigned", p, b_of(i));
            else
                set_flag(s, "tables");
            break;
        case OP_SETTABLE:
        case OP_SETI:
        case OP_SETFIELD: set_flag(s, "tables"); break;
        case OP_GETUPVAL:
            if (is_globals(s, captured[b_of(i)])) set_flag(s, "globals");
            break;
        case OP_GETTABUP:
            if (is_globals(s, captured[b_of(i)])) add_name(s, "names", p, c_of(i));
            break;
        default: break;
        }
    }
    luaL_checkstack(s->L, 4, NULL);
    for (size_t i = 0; i < p->nnested; i++)
        scan_nested(s, &p->nested[i], captured);
}

/* Of code that cannot be read everything may be changed. */
static void fear_all(const scan *s)
{
    set_flag(s, "tables");
    set_flag(s, "globals");
    for (int i = 1; lua_getupvalue(s->L, s->function, i); i++) {
        lua_pop(s->L, 1);
        add_variable(s, i);
    }
}

void cyn_push_changes(lua_State *L, int index)
{
    static cyn_buf dump; /* the process owns it: an error cannot lose it */
    scan s = {L, lua_absindex(L, index), lua_gettop(L) + 1};
    lua_createtable(L, 0, 5);
    static const char *const sets[] = {"variables", "names", "assigned"};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        lua_newtable(L);
        lua_setfield(L, s.out, sets[i]);
    }
    cyn_buf_reset(&dump);
    cyn_arena **box = cyn_push_arena(L, 0);
    const cyn_dump_proto *p = NULL;
    if (cyn_dump_write(L, s.function, false, &dump)) p = cyn_dump_read(dump.data, dump.len, *box);
    int captured[MAX_CAPTURED];
    for (int i = 0; i < MAX_CAPTURED; i++)
        captured[i] = p && (size_t)i < p->nupvalues ? i + 1 : OWN_LOCAL;
    if (p)
        scan_proto(&s, p, captured);
    else
        fear_all(&s);
    cyn_arena_free(*box);
    *box = NULL;
    lua_settop(L, s.out);
}
