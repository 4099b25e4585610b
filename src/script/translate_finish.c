/* The end of a translation: what the code evaluates without using it, and the result for Lua. */
#include "script/translate_impl.h"
#include <lauxlib.h>

/* ---- Errors of values that go unused ----
 *
 * In Lua whatever is computed may raise, used or not; a step that nobody asks for cannot escape.
 * So each step that may escape must be demanded by the result wherever the code evaluates it. Where
 * it is not, the result gets it as a condition that decides nothing.
 */

typedef enum way { WAY_OPEN, WAY_YES, WAY_NO } way;

/* Which side each SELECT takes under the guard, where that is certain. */
static void find_ways(translator *t, guard when, way *ways)
{
    for (uint32_t i = 0; i < t->nsteps; i++) {
        ways[i] = WAY_OPEN;
        if (t->steps[i].op != CYN_OP_SELECT) continue;
        guard is = t->truths[t->steps[i].a];
        if (is == NEVER) continue; /* the code does not decide by it */
        if (guard_and(t, when, guard_not(t, is)) == NEVER) ways[i] = WAY_YES;
        if (guard_and(t, when, is) == NEVER) ways[i] = WAY_NO;
    }
}

/* Whether evaluating the result surely evaluates the step. */
static bool is_demanded(const translator *t, uint32_t result, uint32_t step, const way *ways,
                        bool *demands)
{
    if (step > result) return false;
    for (uint32_t i = 0; i < step; i++)
        demands[i] = false;
    demands[step] = true;
    for (uint32_t i = step + 1; i <= result; i++) {
        const cyn_step *s = &t->steps[i];
        bool a = s->a != CYN_NO_STEP && demands[s->a];
        bool b = s->b != CYN_NO_STEP && demands[s->b];
        bool c = s->c != CYN_NO_STEP && demands[s->c];
        if (s->op != CYN_OP_SELECT)
            demands[i] = a || b || c;
        else
            demands[i] = a || (b && c) || (b && ways[i] == WAY_YES) || (c && ways[i] == WAY_NO);
    }
    return demands[result];
}

static uint32_t demand_all(translator *t, uint32_t result)
{
    way *ways = translator_alloc(t, t->max_steps, sizeof *ways);
    bool *demands = translator_alloc(t, t->max_steps, sizeof *demands);
    guard found = NEVER; /* whose ways these are */
    uint32_t known = 0;
    for (uint32_t i = 0; i < t->nevents && !t->failed; i++) {
        event e = t->events[i];
        if (e.when != found || known != t->nsteps) find_ways(t, e.when, ways);
        found = e.when;
        known = t->nsteps;
        if (is_demanded(t, result, e.step, ways, demands)) continue;
        uint32_t when = guard_step(t, e.when);
        uint32_t computed = e.when == ALWAYS ? e.step : step_sequence(t, when, e.step, when);
        result = step_sequence(t, computed, result, result);
    }
    return result;
}

/* ---- Which steps remain, and their numbers ---- */

static uint32_t number_steps(const translator *t, uint32_t result, uint32_t *numbers)
{
    uint32_t n = 0;
    numbers[result] = 1;
    for (uint32_t i = result + 1; i-- > 0;) {
        const cyn_step *s = &t->steps[i];
        if (!numbers[i]) continue;
        if (s->a != CYN_NO_STEP) numbers[s->a] = 1;
        if (s->b != CYN_NO_STEP) numbers[s->b] = 1;
        if (s->c != CYN_NO_STEP) numbers[s->c] = 1;
    }
    for (uint32_t i = 0; i <= result; i++)
        if (numbers[i]) numbers[i] = ++n;
    return n;
}

/* ---- As a Lua table; catalog_steps.c reads it ---- */

static void set_operand(lua_State *L, const char *key, uint32_t step, const uint32_t *numbers)
{
    if (step == CYN_NO_STEP) return;
    lua_pushinteger(L, numbers[step]);
    lua_setfield(L, -2, key);
}

static void push_list(lua_State *L, const cyn_step *s)
{
    lua_createtable(L, (int)s->nlist, 0);
    for (size_t i = 0; i < s->nlist; i++) {
        constant_push(L, &s->list[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
}

static void push_step(lua_State *L, const cyn_step *s, const uint32_t *numbers, int number)
{
    lua_newtable(L);
    lua_pushstring(L, cyn_step_op_names[s->op]);
    lua_setfield(L, -2, "op");
    set_operand(L, "a", s->a, numbers);
    set_operand(L, "b", s->b, numbers);
    set_operand(L, "c", s->c, numbers);
    if (s->op == CYN_OP_INPUT) {
        lua_pushinteger(L, number);
        lua_setfield(L, -2, "input");
    } else if (s->op == CYN_OP_CONST) {
        constant_push(L, &s->value);
        lua_setfield(L, -2, "value");
    } else if (s->op == CYN_OP_ONE_OF) {
        push_list(L, s);
        lua_setfield(L, -2, "list");
    }
}

static void push_input(lua_State *L, const translator *t, const input *in)
{
    const cyn_const *name = &t->steps[in->step].value;
    lua_createtable(L, 0, 3);
    lua_pushlstring(L, name->s, name->n);
    lua_setfield(L, -2, "name");
    lua_pushstring(L, in->file);
    lua_setfield(L, -2, "file");
    lua_pushinteger(L, in->line);
    lua_setfield(L, -2, "line");
}

static void push_steps(translator *t, uint32_t result, const uint32_t *numbers)
{
    lua_State *L = t->L;
    int inputs = lua_gettop(L) - 1, steps = inputs + 1, n = 0;
    for (uint32_t i = 0, next = 0; i <= result; i++) {
        bool is_input = t->steps[i].op == CYN_OP_INPUT;
        if (numbers[i]) {
            if (is_input) {
                push_input(L, t, &t->inputs[next]);
                lua_rawseti(L, inputs, ++n);
            }
            push_step(L, &t->steps[i], numbers, n);
            lua_rawseti(L, steps, numbers[i]);
        }
        next += is_input;
    }
}

bool push_translation(translator *t, uint32_t result)
{
    lua_State *L = t->L;
    t->line = 0;
    uint32_t *numbers = translator_alloc(t, t->max_steps, sizeof *numbers);
    result = demand_all(t, result);
    if (t->failed) return false;
    if (number_steps(t, result, numbers) > CYN_TRANSLATION_STEPS) {
        refuse(t, "it is too long");
        return false;
    }
    luaL_checkstack(L, 10, NULL);
    lua_createtable(L, 0, 3);
    lua_newtable(L);
    lua_newtable(L);
    push_steps(t, result, numbers);
    lua_setfield(L, -3, "steps");
    lua_setfield(L, -2, "inputs");
    lua_pushvalue(L, t->touched);
    lua_setfield(L, -2, "reads");
    return true;
}
