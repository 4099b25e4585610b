/* Guards: ordered binary decision diagrams over the truth of steps, in the order in which the code
 * first decides by them. For conditions as people write them they stay as small as the code. */
#include "script/translate_impl.h"

static memo *memo_of(translator *t, uint32_t hash)
{
    return &t->memos[hash & (t->max_steps - 1)];
}

bool guards_init(translator *t)
{
    t->guards = translator_alloc(t, t->max_guards, sizeof *t->guards);
    t->guard_slots = translator_alloc(t, 2 * (size_t)t->max_guards, sizeof *t->guard_slots);
    t->memos = translator_alloc(t, t->max_steps, sizeof *t->memos);
    t->variable = translator_alloc(t, t->max_steps, sizeof *t->variable);
    t->nguards = 2; /* NEVER and ALWAYS */
    return !t->failed;
}

static uint32_t hash3(uint32_t a, uint32_t b, uint32_t c)
{
    uint64_t h = a * UINT64_C(0x9e3779b97f4a7c15) + b;
    h = (h ^ h >> 31) * UINT64_C(0xbf58476d1ce4e5b9) + c;
    h = (h ^ h >> 29) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(h >> 32);
}

static guard make(translator *t, uint32_t step, guard yes, guard no)
{
    if (yes == no || t->failed) return yes;
    uint32_t h = hash3(step, yes, no), mask = 2 * t->max_guards - 1;
    uint32_t *slot = &t->guard_slots[h & mask];
    for (; *slot; slot = &t->guard_slots[++h & mask]) {
        const guard_node *n = &t->guards[*slot];
        if (n->step == step && n->yes == yes && n->no == no) return *slot;
    }
    if (t->nguards == t->max_guards) {
        refuse_full(t, "it has too many branches");
        return NEVER;
    }
    t->guards[t->nguards] = (guard_node){step, yes, no, CYN_NO_STEP};
    return *slot = t->nguards++;
}

/* ---- Operations ---- */

/* Constants are below all decisions. */
static uint32_t order_of(const translator *t, guard a)
{
    return a <= ALWAYS ? UINT32_MAX : t->variable[t->guards[a].step];
}

static guard branch(const translator *t, guard a, uint32_t order, bool yes)
{
    if (order_of(t, a) != order) return a;
    return yes ? t->guards[a].yes : t->guards[a].no;
}

static guard top_of(const translator *t, guard a, guard b, guard c)
{
    guard top = order_of(t, a) <= order_of(t, b) ? a : b;
    return order_of(t, top) <= order_of(t, c) ? top : c;
}

/* a ? b : c */
static guard choose(translator *t, guard a, guard b, guard c)
{
    if (a == ALWAYS || b == c) return b;
    if (a == NEVER) return c;
    if (b == ALWAYS && c == NEVER) return a;
    if (t->failed) return NEVER;
    memo *m = memo_of(t, hash3(a, b, c));
    if (m->used && !m->restricting && m->a == a && m->b == b && m->c == c) return m->result;
    guard top = top_of(t, a, b, c);
    uint32_t order = order_of(t, top), step = t->guards[top].step;
    guard yes =
        choose(t, branch(t, a, order, true), branch(t, b, order, true), branch(t, c, order, true));
    guard no = choose(t, branch(t, a, order, false), branch(t, b, order, false),
                      branch(t, c, order, false));
    guard result = make(t, step, yes, no);
    *m = (memo){a, b, c, result, false, true};
    return result;
}

guard guard_not(translator *t, guard a)
{
    return choose(t, a, NEVER, ALWAYS);
}

guard guard_and(translator *t, guard a, guard b)
{
    return choose(t, a, b, NEVER);
}

guard guard_or(translator *t, guard a, guard b)
{
    return choose(t, a, ALWAYS, b);
}

guard guard_within(translator *t, guard a, guard care)
{
    if (care <= ALWAYS || a <= ALWAYS || t->failed) return a;
    if (a == care) return ALWAYS;
    memo *m = memo_of(t, hash3(a, care, UINT32_MAX));
    if (m->used && m->restricting && m->a == a && m->b == care) return m->result;
    guard result;
    guard_node n = t->guards[a], d = t->guards[care];
    if (order_of(t, care) < order_of(t, a)) {
        result = d.yes == NEVER  ? guard_within(t, a, d.no)
                 : d.no == NEVER ? guard_within(t, a, d.yes)
                                 : guard_within(t, a, guard_or(t, d.yes, d.no));
    } else {
        uint32_t order = order_of(t, a);
        guard yes = branch(t, care, order, true), no = branch(t, care, order, false);
        if (yes == NEVER)
            result = guard_within(t, n.no, no);
        else if (no == NEVER)
            result = guard_within(t, n.yes, yes);
        else
            result = make(t, n.step, guard_within(t, n.yes, yes), guard_within(t, n.no, no));
    }
    *m = (memo){a, care, 0, result, true, true};
    return result;
}

bool guard_is_positive(const translator *t, guard a)
{
    while (a > ALWAYS)
        a = t->guards[a].yes;
    return a == ALWAYS;
}

/* ---- To and from steps ---- */

guard guard_of(translator *t, uint32_t step)
{
    if (t->failed) return NEVER;
    const cyn_step *s = &t->steps[step];
    if (s->op == CYN_OP_CONST)
        return s->value.kind == CYN_CONST_NIL || (s->value.kind == CYN_CONST_BOOLEAN && !s->value.i)
                   ? NEVER
                   : ALWAYS;
    if (s->op == CYN_OP_NOT) return guard_not(t, guard_of(t, s->a));
    if (t->truths[step] != NEVER) return t->truths[step];
    if (!t->variable[step]) t->variable[step] = ++t->nvariables;
    return t->truths[step] = make(t, step, ALWAYS, NEVER);
}

uint32_t guard_step(translator *t, guard a)
{
    if (t->failed || a <= ALWAYS) return step_boolean(t, a == ALWAYS);
    guard_node n = t->guards[a];
    if (n.made != CYN_NO_STEP) return n.made;
    /* Where the step itself decides, it is the truth that is asked for. */
    uint32_t yes = n.yes == ALWAYS ? n.step : guard_step(t, n.yes);
    uint32_t no = n.no == NEVER ? n.step : guard_step(t, n.no);
    uint32_t made = yes == no && yes == n.step ? n.step : step_select(t, n.step, yes, no);
    if (t->failed) return 0;
    if (t->steps[made].op == CYN_OP_SELECT && t->truths[made] == NEVER) t->truths[made] = a;
    return t->guards[a].made = made;
}
