/* The run through a function: what waits where, and what comes back. */
#include "script/translate_frame.h"
#include <lauxlib.h>
#include <string.h>

/* ---- States ---- */

static state *copy_state(translator *t, const frame *f, const state *s, guard when)
{
    size_t n = (size_t)f->p->stack;
    state *copy = translator_alloc(t, 1, sizeof *copy);
    const value **registers = translator_alloc(t, n, sizeof *registers);
    if (!copy || !registers) return NULL;
    memcpy(registers, s->registers, n * sizeof *registers);
    *copy = (state){when, registers, NULL};
    return copy;
}

/* What came first is chosen by its own condition, as far as that tells them apart; so `elseif`
 * becomes a choice within the choice. */
static state *join(translator *t, const frame *f, state *first, const state *rest)
{
    guard both = guard_or(t, first->when, rest->when);
    guard when = guard_within(t, first->when, both);
    for (int i = 0; i < f->p->stack; i++)
        first->registers[i] = value_either(t, when, first->registers[i], rest->registers[i]);
    first->when = both;
    return first;
}

void go_to(translator *t, frame *f, size_t from, size_t to, const state *s, guard when)
{
    if (t->failed || when == NEVER) return;
    if (to <= from) {
        refuse(t, "it has a loop");
    } else if (to >= f->p->ncode) {
        refuse(t, "its code has another form than expected");
    } else {
        state *copy = copy_state(t, f, s, when);
        if (!copy) return;
        copy->before = f->waiting[to];
        f->waiting[to] = copy;
    }
}

/* ---- Returns ---- */

static const value *result_at(translator *t, const values *v, size_t i)
{
    return i < v->n ? v->list[i] : value_of_step(t, step_nil(t));
}

/* Returns are joined as states are; those of fewer values end in nil. */
static values join_returns(translator *t, const returned *last)
{
    if (t->failed || !last) return (values){0};
    values out = last->values;
    guard all = last->when;
    for (const returned *r = last->before; r && !t->failed; r = r->before) {
        guard both = guard_or(t, r->when, all), when = guard_within(t, r->when, both);
        size_t n = r->values.n > out.n ? r->values.n : out.n;
        const value **list = translator_alloc(t, n, sizeof *list);
        if (!list) break;
        for (size_t i = 0; i < n; i++)
            list[i] = value_either(t, when, result_at(t, &r->values, i), result_at(t, &out, i));
        bool open_ended = r->values.open_ended || out.open_ended || r->values.n != out.n;
        out = (values){list, n, open_ended};
        all = both;
    }
    return out;
}

/* ---- One instruction after the other ---- */

/* A text begins at its place in the script, where that is known. */
static int line_of(const translator *t, const frame *f, size_t pc)
{
    int line = cyn_dump_line(f->p, pc);
    if (f->function) return line;
    return t->text_line > 0 ? t->text_line + line - 1 : 0;
}

static void run_code(translator *t, frame *f, state *current)
{
    for (size_t pc = 0; pc < f->p->ncode && !t->failed; pc++) {
        for (state *s = f->waiting[pc]; s; s = s->before)
            current = current ? join(t, f, s, current) : s;
        if (!current) continue;
        t->when = current->when;
        t->line = line_of(t, f, pc);
        if (++t->instructions > MAX_INSTRUCTIONS) refuse(t, "it is too long");
        if (!run_instruction(t, f, current, pc)) current = NULL;
    }
}

/* ---- Functions ---- */

static const char *source_of(translator *t, const value *function)
{
    lua_Debug ar;
    value_push(t, function);
    lua_getinfo(t->L, ">S", &ar);
    return cyn_strdup(t->arena, ar.source[0] == '@' ? ar.source + 1 : ar.short_src);
}

/* The code of the Lua function on top of the stack, which it pops. */
static const cyn_dump_proto *read_code(translator *t)
{
    static cyn_buf dump; /* the process owns it: an error cannot lose it */
    cyn_buf_reset(&dump);
    bool written = cyn_dump_write(t->L, -1, false, &dump);
    lua_pop(t->L, 1);
    const cyn_dump_proto *p = written ? cyn_dump_read(dump.data, dump.len, t->arena) : NULL;
    if (!p || p->parameters > p->stack) {
        refuse(t, "its code has another form than expected");
        return NULL;
    }
    return p;
}

static values run_proto(translator *t, const cyn_dump_proto *p, const value *function, values args,
                        int depth)
{
    frame f = {.p = p, .function = function, .depth = depth};
    state start = {.when = t->when};
    f.waiting = translator_alloc(t, p->ncode, sizeof(state *));
    start.registers = translator_alloc(t, (size_t)p->stack, sizeof *start.registers);
    if (t->failed) return (values){0};
    for (int i = 0; i < p->stack; i++)
        start.registers[i] = i >= p->parameters   ? value_unknown()
                             : (size_t)i < args.n ? args.list[i]
                                                  : value_of_step(t, step_nil(t));
    if (args.open_ended && args.n < (size_t)p->parameters)
        refuse(t, "it uses all results of a call");
    run_code(t, &f, &start);
    return join_returns(t, f.returns);
}

values run_function(translator *t, const value *function, values args, int depth)
{
    if (depth > MAX_INLINED) {
        refuse(t, "its functions call each other too deeply");
        return (values){0};
    }
    const char *file = t->file;
    int line = t->line;
    guard when = t->when;
    t->file = source_of(t, function);
    luaL_checkstack(t->L, 20, NULL);
    value_push(t, function);
    const cyn_dump_proto *p = read_code(t);
    values out = {0};
    if (p) out = run_proto(t, p, function, args, depth);
    t->file = file;
    t->line = line;
    t->when = when;
    return out;
}

values run_text(translator *t)
{
    const cyn_dump_proto *p = read_code(t);
    return p ? run_proto(t, p, NULL, (values){0}, 0) : (values){0};
}
