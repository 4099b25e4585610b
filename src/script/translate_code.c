/* What each instruction does to registers. */
#include "script/opcode.h"
#include "script/translate_frame.h"
#include <stdlib.h>
#include <string.h>

/* ---- Operands ---- */

static const value *get(translator *t, const frame *f, const state *s, unsigned i)
{
    if (i < (unsigned)f->p->stack) return s->registers[i];
    refuse(t, "its code has another form than expected");
    return value_unknown();
}

static void set(translator *t, const frame *f, const state *s, unsigned i, const value *v)
{
    if (i < (unsigned)f->p->stack)
        s->registers[i] = v;
    else
        refuse(t, "its code has another form than expected");
}

static void set_step(translator *t, const frame *f, const state *s, unsigned i, uint32_t step)
{
    set(t, f, s, i, value_of_step(t, step));
}

static uint32_t step_at(translator *t, const frame *f, const state *s, unsigned i)
{
    return value_step(t, get(t, f, s, i));
}

static uint32_t constant_step(translator *t, const frame *f, size_t i)
{
    if (i < f->p->nconstants) return step_const(t, f->p->constants[i]);
    refuse(t, "its code has another form than expected");
    return 0;
}

static const value *constant_value(translator *t, const frame *f, size_t i)
{
    return value_of_step(t, constant_step(t, f, i));
}

/* ---- Captured variables ---- */

static bool is_changed(translator *t, int function, unsigned index)
{
    lua_State *L = t->L;
    int top = lua_gettop(L);
    lua_getfield(L, t->options, "changes");
    lua_getfield(L, -1, "variables");
    lua_pushlightuserdata(L, lua_upvalueid(L, function, (int)index + 1));
    bool changed = lua_rawget(L, -2) != LUA_TNIL;
    lua_settop(L, top);
    return changed;
}

static const value *captured(translator *t, const frame *f, unsigned index)
{
    lua_State *L = t->L;
    if (!f->function) {
        value *names = translator_alloc(t, 1, sizeof *names);
        if (names) names->kind = VALUE_NAMES;
        return names ? names : value_unknown();
    }
    value_push(t, f->function);
    int function = lua_gettop(L);
    const char *name = lua_getupvalue(L, function, (int)index + 1);
    const value *v = value_unknown();
    if (!name) {
        refuse(t, "its code has another form than expected");
    } else if (is_changed(t, function, index)) {
        refuse(t, "it reads '%s', which a function changes", name);
    } else {
        v = value_pop(t);
        if (v->kind == VALUE_UNKNOWN) refuse(t, "it uses '%s', which is no plain value", name);
        if (v->kind == VALUE_LUA && !strcmp(name, "_ENV")) v = value_globals(t, v);
    }
    lua_settop(L, function - 1);
    return v;
}

/* ---- Lists ---- */

static values values_at(translator *t, const frame *f, const state *s, unsigned from, unsigned n,
                        bool open)
{
    if (open && f->open_at < from) refuse(t, "its code has another form than expected");
    if (t->failed) return (values){0};
    if (open) n = f->open_at - from;
    values out = {.list = translator_alloc(t, n + f->open.n + 1, sizeof *out.list)};
    if (!out.list) return (values){0};
    for (unsigned i = 0; i < n; i++)
        out.list[out.n++] = get(t, f, s, from + i);
    if (!open) return out;
    for (size_t i = 0; i < f->open.n; i++)
        out.list[out.n++] = f->open.list[i];
    out.open_ended = f->open.open_ended;
    return out;
}

static void set_list(translator *t, const frame *f, const state *s, uint32_t i)
{
    const value *table = get(t, f, s, a_of(i));
    values more = values_at(t, f, s, a_of(i) + 1, b_of(i), b_of(i) == 0);
    value *v = translator_alloc(t, 1, sizeof *v);
    if (t->failed) return;
    if (table->kind != VALUE_LIST || k_of(i) || c_of(i) != table->nitems || more.open_ended) {
        refuse(t, "it makes a table");
        return;
    }
    *v = *table;
    v->items = translator_alloc(t, table->nitems + more.n, sizeof *v->items);
    if (!v->items) return;
    for (size_t j = 0; j < table->nitems; j++)
        v->items[j] = table->items[j];
    for (size_t j = 0; j < more.n; j++)
        v->items[v->nitems++] = more.list[j];
    set(t, f, s, a_of(i), v);
}

/* ---- Calls and returns ---- */

static void do_call(translator *t, frame *f, const state *s, uint32_t i, bool tail)
{
    unsigned a = a_of(i), c = tail ? 0 : c_of(i);
    values args = values_at(t, f, s, a + 1, b_of(i) ? b_of(i) - 1 : 0, b_of(i) == 0);
    values out = call_value(t, get(t, f, s, a), args, f->depth);
    if (t->failed) return;
    if (c == 0) {
        f->open = out;
        f->open_at = a;
        return;
    }
    if (out.open_ended && c - 1 > out.n) refuse(t, "it uses all results of a call");
    for (unsigned k = 0; k + 1 < c; k++)
        set(t, f, s, a + k, k < out.n ? out.list[k] : value_of_step(t, step_nil(t)));
}

static void do_return(translator *t, frame *f, const state *s, values out)
{
    returned *r = translator_alloc(t, 1, sizeof *r);
    if (!r) return;
    if (f->depth == 0 && out.n > 0) { /* the answer of a row: here the line is known */
        out.n = 1;
        out.list[0] = value_of_step(t, value_step(t, out.list[0]));
    }
    *r = (returned){s->when, out, f->returns};
    f->returns = r;
}

/* ---- Instructions ---- */

static const cyn_step_op operators[OPCODES] = {
    [OP_ADDK] = CYN_OP_ADD,   [OP_SUBK] = CYN_OP_SUB,   [OP_MULK] = CYN_OP_MUL,
    [OP_MODK] = CYN_OP_MOD,   [OP_POWK] = CYN_OP_POW,   [OP_DIVK] = CYN_OP_DIV,
    [OP_IDIVK] = CYN_OP_IDIV, [OP_BANDK] = CYN_OP_BAND, [OP_BORK] = CYN_OP_BOR,
    [OP_BXORK] = CYN_OP_BXOR, [OP_ADD] = CYN_OP_ADD,    [OP_SUB] = CYN_OP_SUB,
    [OP_MUL] = CYN_OP_MUL,    [OP_MOD] = CYN_OP_MOD,    [OP_POW] = CYN_OP_POW,
    [OP_DIV] = CYN_OP_DIV,    [OP_IDIV] = CYN_OP_IDIV,  [OP_BAND] = CYN_OP_BAND,
    [OP_BOR] = CYN_OP_BOR,    [OP_BXOR] = CYN_OP_BXOR,  [OP_SHL] = CYN_OP_SHL,
    [OP_SHR] = CYN_OP_SHR,    [OP_UNM] = CYN_OP_UNM,    [OP_BNOT] = CYN_OP_BNOT,
    [OP_NOT] = CYN_OP_NOT,    [OP_LEN] = CYN_OP_LEN};

static bool is_bitwise(opcode op)
{
    return (op >= OP_BANDK && op <= OP_SHLI) || (op >= OP_BAND && op <= OP_SHR) || op == OP_BNOT;
}

static void do_unary(translator *t, const frame *f, const state *s, uint32_t i)
{
    const value *v = get(t, f, s, b_of(i));
    if (op_of(i) == OP_NOT && v->kind != VALUE_STEP && value_truth(t, v) == ALWAYS) {
        set_step(t, f, s, a_of(i), step_boolean(t, false));
        return;
    }
    uint32_t x = value_step(t, v);
    set_step(t, f, s, a_of(i), step_op(t, operators[op_of(i)], x, CYN_NO_STEP, CYN_NO_STEP));
}

static void do_binary(translator *t, const frame *f, const state *s, uint32_t i)
{
    opcode op = op_of(i);
    uint32_t x = step_at(t, f, s, b_of(i)), y;
    cyn_step_op with = operators[op];
    if (op == OP_ADDI) {
        with = CYN_OP_ADD;
        y = step_integer(t, sc_of(i));
    } else if (op == OP_SHRI) { /* x << 2 is compiled as x >> -2 */
        with = sc_of(i) < 0 ? CYN_OP_SHL : CYN_OP_SHR;
        y = step_integer(t, abs(sc_of(i)));
    } else if (op == OP_SHLI) {
        with = CYN_OP_SHL;
        y = x;
        x = step_integer(t, sc_of(i));
    } else if (op <= OP_BXORK) {
        y = constant_step(t, f, c_of(i));
    } else {
        y = step_at(t, f, s, c_of(i));
    }
    set_step(t, f, s, a_of(i), step_op(t, with, x, y, CYN_NO_STEP));
}

/* From right to left, as Lua does. */
static void do_concat(translator *t, const frame *f, const state *s, uint32_t i)
{
    unsigned a = a_of(i), n = b_of(i);
    if (n == 0) return;
    uint32_t out = step_at(t, f, s, a + n - 1);
    for (unsigned k = n - 1; k-- > 0;) {
        uint32_t left = step_at(t, f, s, a + k);
        out = step_op(t, CYN_OP_CONCAT, left, out, CYN_NO_STEP);
    }
    set_step(t, f, s, a, out);
}

static void do_self(translator *t, const frame *f, const state *s, uint32_t i)
{
    const value *object = get(t, f, s, b_of(i));
    const value *key = k_of(i) ? constant_value(t, f, c_of(i)) : get(t, f, s, c_of(i));
    const value *method;
    if (object->kind == VALUE_ROW && !*object->path && !t->condition) {
        refuse(t, "it calls a method of the row");
        return;
    }
    if (object->kind == VALUE_ROW && !*object->path) {
        method = reading_method(t, key);
    } else if (object->kind == VALUE_LUA) {
        method = value_index(t, object, key);
    } else {
        object = value_of_step(t, value_step(t, object));
        const cyn_const *c = t->failed ? NULL : constant_of(t, object->step);
        if (c && c->kind != CYN_CONST_TEXT) refuse(t, "it calls a method of what is no text");
        method = value_method(t, key);
    }
    set(t, f, s, a_of(i) + 1, object);
    set(t, f, s, a_of(i), method);
}

/* ---- Conditions: each is followed by a jump, taken where it is as k says ---- */

static guard compared(translator *t, cyn_step_op op, uint32_t a, uint32_t b)
{
    uint32_t step = step_op(t, op, a, b, CYN_NO_STEP);
    return guard_of(t, step);
}

static guard condition(translator *t, const frame *f, const state *s, uint32_t i)
{
    uint32_t a = op_of(i) == OP_TEST || op_of(i) == OP_TESTSET ? 0 : step_at(t, f, s, a_of(i));
    switch (op_of(i)) {
    case OP_EQ: return compared(t, CYN_OP_EQUALS, a, step_at(t, f, s, b_of(i)));
    case OP_LT: return compared(t, CYN_OP_LESS, a, step_at(t, f, s, b_of(i)));
    case OP_LE: return compared(t, CYN_OP_LESS_EQUAL, a, step_at(t, f, s, b_of(i)));
    case OP_EQK: return compared(t, CYN_OP_EQUALS, a, constant_step(t, f, b_of(i)));
    case OP_EQI: return compared(t, CYN_OP_EQUALS, a, step_integer(t, sb_of(i)));
    case OP_LTI: return compared(t, CYN_OP_LESS, a, step_integer(t, sb_of(i)));
    case OP_LEI: return compared(t, CYN_OP_LESS_EQUAL, a, step_integer(t, sb_of(i)));
    case OP_GTI: return compared(t, CYN_OP_LESS, step_integer(t, sb_of(i)), a);
    case OP_GEI: return compared(t, CYN_OP_LESS_EQUAL, step_integer(t, sb_of(i)), a);
    case OP_TEST: return value_truth(t, get(t, f, s, a_of(i)));
    default: return value_truth(t, get(t, f, s, b_of(i))); /* TESTSET */
    }
}

static void do_branch(translator *t, frame *f, const state *s, size_t pc)
{
    uint32_t i = f->p->code[pc];
    guard is = condition(t, f, s, i);
    if (t->failed) return;
    if (pc + 1 >= f->p->ncode || op_of(f->p->code[pc + 1]) != OP_JMP) {
        refuse(t, "its code has another form than expected");
        return;
    }
    guard jumps = guard_and(t, s->when, k_of(i) ? is : guard_not(t, is));
    guard stays = guard_and(t, s->when, guard_not(t, jumps));
    go_to(t, f, pc, pc + 2, s, stays);
    if (jumps == NEVER) return;
    if (op_of(i) == OP_TESTSET) set(t, f, s, a_of(i), get(t, f, s, b_of(i)));
    go_to(t, f, pc, pc + 2 + (size_t)(ptrdiff_t)sj_of(f->p->code[pc + 1]), s, jumps);
}

/* ---- Any instruction ---- */

/* True when the run goes on behind the instruction. */
static bool run_load(translator *t, frame *f, const state *s, size_t pc)
{
    uint32_t i = f->p->code[pc];
    unsigned a = a_of(i);
    switch (op_of(i)) {
    case OP_MOVE: set(t, f, s, a, get(t, f, s, b_of(i))); break;
    case OP_LOADI: set_step(t, f, s, a, step_integer(t, sbx_of(i))); break;
    case OP_LOADF:
        set_step(t, f, s, a,
                 step_const(t, (cyn_const){.kind = CYN_CONST_REAL, .r = (double)sbx_of(i)}));
        break;
    case OP_LOADK: set_step(t, f, s, a, constant_step(t, f, bx_of(i))); break;
    case OP_LOADKX:
        set_step(t, f, s, a,
                 constant_step(t, f, pc + 1 < f->p->ncode ? ax_of(f->p->code[pc + 1]) : SIZE_MAX));
        break;
    case OP_LOADFALSE: set_step(t, f, s, a, step_boolean(t, false)); break;
    case OP_LFALSESKIP:
        set_step(t, f, s, a, step_boolean(t, false));
        go_to(t, f, pc, pc + 2, s, s->when);
        return false;
    case OP_LOADTRUE: set_step(t, f, s, a, step_boolean(t, true)); break;
    case OP_LOADNIL:
        for (unsigned k = 0; k <= b_of(i); k++)
            set_step(t, f, s, a + k, step_nil(t));
        break;
    case OP_GETUPVAL: set(t, f, s, a, captured(t, f, b_of(i))); break;
    case OP_GETTABUP:
        set(t, f, s, a, value_index(t, captured(t, f, b_of(i)), constant_value(t, f, c_of(i))));
        break;
    case OP_GETTABLE:
        set(t, f, s, a, value_index(t, get(t, f, s, b_of(i)), get(t, f, s, c_of(i))));
        break;
    case OP_GETI:
        set(t, f, s, a,
            value_index(t, get(t, f, s, b_of(i)), value_of_step(t, step_integer(t, c_of(i)))));
        break;
    case OP_GETFIELD:
        set(t, f, s, a, value_index(t, get(t, f, s, b_of(i)), constant_value(t, f, c_of(i))));
        break;
    default: { /* NEWTABLE */
        value *list = translator_alloc(t, 1, sizeof *list);
        if (!list) return false;
        list->kind = VALUE_LIST;
        set(t, f, s, a, list);
    }
    }
    return true;
}

static bool run_refused(translator *t, opcode op)
{
    switch (op) {
    case OP_SETUPVAL: refuse(t, "it assigns a variable that is not its own"); break;
    case OP_SETTABLE:
    case OP_SETI:
    case OP_SETFIELD: refuse(t, "it changes a table"); break;
    case OP_FORLOOP:
    case OP_FORPREP:
    case OP_TFORPREP:
    case OP_TFORCALL:
    case OP_TFORLOOP: refuse(t, "it has a loop"); break;
    case OP_CLOSURE: refuse(t, "it makes a function"); break;
    case OP_VARARG: refuse(t, "it uses ..."); break;
    default: refuse(t, "its code has another form than expected");
    }
    return false;
}

bool run_instruction(translator *t, frame *f, const state *s, size_t pc)
{
    uint32_t i = f->p->code[pc];
    opcode op = op_of(i);
    if (is_bitwise(op) && f->p->nconstants > 255)
        refuse(t, "it has a bitwise operator among more than 255 constants");
    if (op <= OP_GETFIELD && op != OP_SETUPVAL) return run_load(t, f, s, pc);
    if (op >= OP_ADDI && op <= OP_SHR) return do_binary(t, f, s, i), true;
    if (op >= OP_EQ && op <= OP_TESTSET) return do_branch(t, f, s, pc), false;
    switch (op) {
    case OP_SETTABUP: /* of a script's globals, or of a captured table */
        refuse(t, captured(t, f, a_of(i))->globals ? "it assigns a variable that is not its own"
                                                   : "it changes a table");
        return false;
    case OP_NEWTABLE: return run_load(t, f, s, pc);
    case OP_UNM:
    case OP_BNOT:
    case OP_NOT:
    case OP_LEN: do_unary(t, f, s, i); return true;
    case OP_SELF: do_self(t, f, s, i); return true;
    case OP_CONCAT: do_concat(t, f, s, i); return true;
    case OP_SETLIST: set_list(t, f, s, i); return true;
    case OP_CALL: do_call(t, f, s, i, false); return true;
    case OP_TAILCALL: do_call(t, f, s, i, true); return true; /* a RETURN follows */
    case OP_JMP: go_to(t, f, pc, pc + 1 + (size_t)(ptrdiff_t)sj_of(i), s, s->when); return false;
    case OP_RETURN:
        do_return(t, f, s, values_at(t, f, s, a_of(i), b_of(i) ? b_of(i) - 1 : 0, b_of(i) == 0));
        return false;
    case OP_RETURN0: do_return(t, f, s, (values){0}); return false;
    case OP_RETURN1: do_return(t, f, s, values_at(t, f, s, a_of(i), 1, false)); return false;
    case OP_MMBIN:
    case OP_MMBINI:
    case OP_MMBINK:
    case OP_VARARGPREP:
    case OP_EXTRAARG: return true; /* belong to the instruction before */
    default: return run_refused(t, op);
    }
}
