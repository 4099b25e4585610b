/* Steps: constants are folded, needless ones simplified away, and each is made only once. */
#include "plan/expr.h"
#include "script/translate_impl.h"
#include <math.h>
#include <string.h>

bool steps_init(translator *t)
{
    t->steps = translator_alloc(t, t->max_steps, sizeof *t->steps);
    t->step_slots = translator_alloc(t, 2 * (size_t)t->max_steps, sizeof *t->step_slots);
    t->booleans = translator_alloc(t, t->max_steps, sizeof *t->booleans);
    t->truths = translator_alloc(t, t->max_steps, sizeof *t->truths);
    t->event_last = translator_alloc(t, t->max_steps, sizeof *t->event_last);
    t->events = translator_alloc(t, t->max_steps, sizeof *t->events);
    t->inputs = translator_alloc(t, t->max_steps, sizeof *t->inputs);
    return !t->failed;
}

/* ---- Each step once ---- */

static uint64_t mix(uint64_t h, uint64_t x)
{
    h = (h ^ x) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 29;
}

static uint64_t hash_const(uint64_t h, const cyn_const *c)
{
    uint64_t bits = (uint64_t)c->i;
    if (c->kind == CYN_CONST_REAL) memcpy(&bits, &c->r, sizeof bits);
    h = mix(mix(h, c->kind), bits);
    for (size_t i = 0; c->kind == CYN_CONST_TEXT && i < c->n; i++)
        h = mix(h, (unsigned char)c->s[i]);
    return h;
}

static uint64_t hash_step(const cyn_step *s)
{
    uint64_t h = mix(mix(mix(s->op, s->a), s->b), s->c);
    h = hash_const(h, &s->value);
    for (size_t i = 0; i < s->nlist; i++)
        h = hash_const(h, &s->list[i]);
    return h;
}

/* Bit for bit: neither are 1 and 1.0 one constant, nor 0.0 and -0.0. */
static bool same_const(const cyn_const *a, const cyn_const *b)
{
    if (a->kind != b->kind) return false;
    if (a->kind == CYN_CONST_REAL) return memcmp(&a->r, &b->r, sizeof a->r) == 0;
    return cyn_const_equal(a, b);
}

static bool same_step(const cyn_step *x, const cyn_step *y)
{
    if (x->op != y->op || x->a != y->a || x->b != y->b || x->c != y->c || x->nlist != y->nlist ||
        !same_const(&x->value, &y->value))
        return false;
    for (size_t i = 0; i < x->nlist; i++)
        if (!same_const(&x->list[i], &y->list[i])) return false;
    return true;
}

bool may_escape(cyn_step_op op)
{
    switch (op) {
    case CYN_OP_INPUT:
    case CYN_OP_CONST:
    case CYN_OP_SELECT:
    case CYN_OP_NOT:
    case CYN_OP_EQUALS:
    case CYN_OP_ONE_OF:
    case CYN_OP_TOSTRING:
    case CYN_OP_TYPE: return false;
    default: return true;
    }
}

static void note_event(translator *t, uint32_t step)
{
    if (t->when == NEVER) return; /* whoever made it knows that it cannot escape */
    uint32_t last = t->event_last[step];
    if (last && t->events[last - 1].when == t->when) return;
    if (t->nevents == t->max_steps) {
        refuse_full(t, "it is too long");
        return;
    }
    t->events[t->nevents++] = (event){step, t->when};
    t->event_last[step] = t->nevents;
}

static uint32_t add_step(translator *t, const cyn_step *s)
{
    if (t->failed) return 0;
    uint64_t h = hash_step(s);
    uint64_t mask = 2 * (uint64_t)t->max_steps - 1;
    uint32_t *slot = &t->step_slots[h & mask];
    while (*slot && !same_step(&t->steps[*slot - 1], s))
        slot = &t->step_slots[++h & mask];
    if (!*slot) {
        if (t->nsteps == t->max_steps) {
            refuse_full(t, "it is too long");
            return 0;
        }
        t->steps[t->nsteps] = *s;
        t->booleans[t->nsteps] = cyn_step_is_boolean(s, t->booleans);
        *slot = ++t->nsteps;
    }
    uint32_t number = *slot - 1;
    if (may_escape(s->op)) note_event(t, number);
    return number;
}

/* ---- Constants ---- */

#define BARE(o)                                                                                    \
    {                                                                                              \
        .op = (o), .a = CYN_NO_STEP, .b = CYN_NO_STEP, .c = CYN_NO_STEP                            \
    }

uint32_t step_const(translator *t, cyn_const c)
{
    cyn_step s = BARE(CYN_OP_CONST);
    s.value = c;
    if (c.kind == CYN_CONST_TEXT) {
        s.value.s = cyn_strndup(t->arena, c.s, c.n);
        if (!s.value.s) refuse(t, "it is too long");
    }
    return add_step(t, &s);
}

uint32_t step_integer(translator *t, int64_t i)
{
    return step_const(t, (cyn_const){.kind = CYN_CONST_INTEGER, .i = i});
}

uint32_t step_boolean(translator *t, bool b)
{
    return step_const(t, (cyn_const){.kind = CYN_CONST_BOOLEAN, .i = b});
}

uint32_t step_nil(translator *t)
{
    return step_const(t, (cyn_const){.kind = CYN_CONST_NIL});
}

uint32_t step_text(translator *t, const char *s, size_t n)
{
    return step_const(t, (cyn_const){.kind = CYN_CONST_TEXT, .s = s, .n = n});
}

const cyn_const *constant_of(const translator *t, uint32_t step)
{
    if (step >= t->nsteps || t->steps[step].op != CYN_OP_CONST) return NULL;
    return &t->steps[step].value;
}

/* -1: it is no constant. */
static int truth_of(const translator *t, uint32_t step)
{
    const cyn_const *c = constant_of(t, step);
    if (!c) return -1;
    return c->kind != CYN_CONST_NIL && !(c->kind == CYN_CONST_BOOLEAN && !c->i);
}

static bool is_constant_boolean(const translator *t, uint32_t step, bool which)
{
    const cyn_const *c = constant_of(t, step);
    return c && c->kind == CYN_CONST_BOOLEAN && !c->i == !which;
}

bool is_boolean(const translator *t, uint32_t step)
{
    return t->booleans[step];
}

/* ---- Inputs and membership ---- */

uint32_t step_input(translator *t, const value *row)
{
    cyn_step s = BARE(CYN_OP_INPUT);
    s.value = (cyn_const){.kind = CYN_CONST_TEXT, .s = row->path, .n = strlen(row->path)};
    uint32_t before = t->nsteps, step = add_step(t, &s);
    if (t->nsteps > before) t->inputs[t->ninputs++] = (input){step, row->file, row->line};
    return step;
}

uint32_t step_one_of(translator *t, uint32_t a, const cyn_const *list, size_t n)
{
    const cyn_const *c = constant_of(t, a);
    cyn_step s = BARE(CYN_OP_ONE_OF);
    s.a = a;
    s.list = list;
    s.nlist = n;
    if (n == 0) return step_boolean(t, false);
    if (!c) return add_step(t, &s);
    bool found = false;
    for (size_t i = 0; i < n && !found; i++)
        found = cyn_const_equal(c, &list[i]);
    return step_boolean(t, found);
}

/* ---- Folding: what Lua's own operators give for constants, where they cannot raise ---- */

static bool is_number(const cyn_const *c)
{
    return c->kind == CYN_CONST_INTEGER || c->kind == CYN_CONST_REAL;
}

static bool is_integral(const cyn_const *c)
{
    return c->kind == CYN_CONST_INTEGER ||
           (c->kind == CYN_CONST_REAL && c->r >= -0x1p63 && c->r < 0x1p63 && floor(c->r) == c->r);
}

static const int lua_operators[CYN_OPS] = {
    [CYN_OP_ADD] = LUA_OPADD,   [CYN_OP_SUB] = LUA_OPSUB,   [CYN_OP_MUL] = LUA_OPMUL,
    [CYN_OP_DIV] = LUA_OPDIV,   [CYN_OP_MOD] = LUA_OPMOD,   [CYN_OP_POW] = LUA_OPPOW,
    [CYN_OP_IDIV] = LUA_OPIDIV, [CYN_OP_UNM] = LUA_OPUNM,   [CYN_OP_BAND] = LUA_OPBAND,
    [CYN_OP_BOR] = LUA_OPBOR,   [CYN_OP_BXOR] = LUA_OPBXOR, [CYN_OP_SHL] = LUA_OPSHL,
    [CYN_OP_SHR] = LUA_OPSHR,   [CYN_OP_BNOT] = LUA_OPBNOT};

static bool is_arithmetic(cyn_step_op op)
{
    return op >= CYN_OP_ADD && op <= CYN_OP_BNOT;
}

static bool raises(cyn_step_op op, const cyn_const *a, const cyn_const *b)
{
    if (!is_number(a) || !is_number(b)) return true;
    if (op >= CYN_OP_BAND) return !is_integral(a) || !is_integral(b);
    return (op == CYN_OP_IDIV || op == CYN_OP_MOD) && b->kind == CYN_CONST_INTEGER && b->i == 0;
}

/* The number or text on top of the stack as a constant step; pops it. */
static uint32_t pop_constant(translator *t)
{
    const value *v = value_pop(t);
    return value_step(t, v);
}

static bool fold_arithmetic(translator *t, cyn_step_op op, const cyn_const *a, const cyn_const *b,
                            uint32_t *out)
{
    bool unary = op == CYN_OP_UNM || op == CYN_OP_BNOT;
    if ((a && a->kind == CYN_CONST_NIL) || (!unary && b && b->kind == CYN_CONST_NIL)) {
        *out = step_nil(t);
        return true;
    }
    if (!a || (!unary && !b) || raises(op, a, unary ? a : b)) return false;
    constant_push(t->L, a);
    if (!unary) constant_push(t->L, b);
    lua_arith(t->L, lua_operators[op]);
    *out = pop_constant(t);
    return true;
}

static bool fold_order(translator *t, cyn_step_op op, const cyn_const *a, const cyn_const *b,
                       uint32_t *out)
{
    bool less = false;
    if ((a && a->kind == CYN_CONST_NIL) || (b && b->kind == CYN_CONST_NIL)) {
        *out = step_boolean(t, false);
        return true;
    }
    if (!a || !b ||
        !((is_number(a) && is_number(b)) ||
          (a->kind == CYN_CONST_TEXT && b->kind == CYN_CONST_TEXT)))
        return false;
    constant_push(t->L, a);
    constant_push(t->L, b);
    less = lua_compare(t->L, -2, -1, op == CYN_OP_LESS ? LUA_OPLT : LUA_OPLE);
    lua_pop(t->L, 2);
    *out = step_boolean(t, less);
    return true;
}

static bool fold_concat(translator *t, const cyn_const *a, const cyn_const *b, uint32_t *out)
{
    if ((a && a->kind == CYN_CONST_NIL) || (b && b->kind == CYN_CONST_NIL)) {
        *out = step_nil(t);
        return true;
    }
    if (!a || !b || a->kind == CYN_CONST_BOOLEAN || b->kind == CYN_CONST_BOOLEAN) return false;
    constant_push(t->L, a);
    constant_push(t->L, b);
    lua_concat(t->L, 2);
    *out = pop_constant(t);
    return true;
}

static bool fold(translator *t, cyn_step_op op, uint32_t a, uint32_t b, uint32_t *out)
{
    const cyn_const *x = constant_of(t, a), *y = constant_of(t, b);
    if (is_arithmetic(op)) return fold_arithmetic(t, op, x, y, out);
    switch (op) {
    case CYN_OP_LESS:
    case CYN_OP_LESS_EQUAL: return fold_order(t, op, x, y, out);
    case CYN_OP_CONCAT: return fold_concat(t, x, y, out);
    case CYN_OP_EQUALS:
        if (!x || !y) return false;
        *out = step_boolean(t, cyn_const_equal(x, y));
        return true;
    case CYN_OP_NOT:
        if (!x) return false;
        *out = step_boolean(t, !truth_of(t, a));
        return true;
    case CYN_OP_LEN:
        if (!x || (x->kind != CYN_CONST_TEXT && x->kind != CYN_CONST_NIL)) return false;
        *out = x->kind == CYN_CONST_NIL ? step_nil(t) : step_integer(t, (int64_t)x->n);
        return true;
    default: return false;
    }
}

/* A choice between two constants: what a match or a lookup gives, often compared at once. */
static const cyn_step *choice_of_constants(const translator *t, uint32_t step)
{
    const cyn_step *s = &t->steps[step];
    bool is = s->op == CYN_OP_SELECT && constant_of(t, s->b) && constant_of(t, s->c);
    return is ? s : NULL;
}

static bool simplify_not(translator *t, uint32_t a, uint32_t *out)
{
    const cyn_step *s = &t->steps[a], *choice = choice_of_constants(t, a);
    if (s->op == CYN_OP_NOT && is_boolean(t, s->a)) {
        *out = s->a;
        return true;
    }
    if (!choice) return false;
    uint32_t condition = choice->a, yes = step_boolean(t, !truth_of(t, choice->b)),
             no = step_boolean(t, !truth_of(t, choice->c));
    *out = step_select(t, condition, yes, no);
    return true;
}

static bool simplify_equals(translator *t, uint32_t a, uint32_t b, uint32_t *out)
{
    if (constant_of(t, a)) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    const cyn_const *k = constant_of(t, b);
    const cyn_step *choice = choice_of_constants(t, a);
    if (!k) return false;
    if (is_boolean(t, a) && k->kind == CYN_CONST_BOOLEAN) {
        *out = k->i ? a : step_op(t, CYN_OP_NOT, a, CYN_NO_STEP, CYN_NO_STEP);
        return true;
    }
    if (!choice) return false;
    uint32_t condition = choice->a, yes = choice->b, no = choice->c;
    yes = step_op(t, CYN_OP_EQUALS, yes, b, CYN_NO_STEP);
    no = step_op(t, CYN_OP_EQUALS, no, b, CYN_NO_STEP);
    *out = step_select(t, condition, yes, no);
    return true;
}

uint32_t step_op(translator *t, cyn_step_op op, uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t out;
    if (t->failed) return 0;
    if (op == CYN_OP_SELECT) return step_select(t, a, b, c);
    if (fold(t, op, a, b, &out)) return out;
    if (op == CYN_OP_NOT && simplify_not(t, a, &out)) return out;
    if (op == CYN_OP_EQUALS && simplify_equals(t, a, b, &out)) return out;
    return add_step(t, &(cyn_step){.op = op, .a = a, .b = b, .c = c});
}

/* ---- Choices ---- */

uint32_t step_sequence(translator *t, uint32_t a, uint32_t b, uint32_t c)
{
    return add_step(t, &(cyn_step){.op = CYN_OP_SELECT, .a = a, .b = b, .c = c});
}

/* A simpler step that decides as this one does, or the opposite way (*turned changes). */
static uint32_t decider(const translator *t, uint32_t a, bool *turned)
{
    for (;;) {
        const cyn_step *s = &t->steps[a];
        if (s->op == CYN_OP_NOT) {
            *turned = !*turned;
        } else if (!choice_of_constants(t, a) || truth_of(t, s->b) == truth_of(t, s->c)) {
            return a;
        } else if (truth_of(t, s->c)) {
            *turned = !*turned;
        }
        a = s->a;
    }
}

/* The same choice is written in one way only, `a and b` as SELECT a, b, a. */
uint32_t step_select(translator *t, uint32_t a, uint32_t b, uint32_t c)
{
    bool turned = false;
    if (t->failed) return 0;
    a = decider(t, a, &turned);
    if (turned) {
        uint32_t swap = b;
        b = c;
        c = swap;
    }
    int known = truth_of(t, a);
    if (known >= 0) return known ? b : c;
    if (b == c) return b;
    if (is_boolean(t, a)) {
        if (is_constant_boolean(t, b, true)) b = a;
        if (is_constant_boolean(t, c, false)) c = a;
        if (b == a && c == a) return a;
    }
    if (is_constant_boolean(t, b, false) && is_constant_boolean(t, c, true))
        return step_op(t, CYN_OP_NOT, a, CYN_NO_STEP, CYN_NO_STEP);
    return step_sequence(t, a, b, c);
}
