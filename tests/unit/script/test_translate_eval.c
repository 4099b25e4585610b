/* What steps compute is what Lua computes: each expression over rows of every kind of value, both
 * ways. The steps are run by the few lines of Lua below, which take plan/translation.h by its word;
 * where they escape, the interpreter alone has the answer. */
#include "script/zygote.h"
#include "steps.h"
#include <lauxlib.h>
#include <lualib.h>
#include <math.h>

static const char operations[] =
    "local ops = {}\n"
    "local function is(kind, ...)\n"
    "  for i = 1, select('#', ...) do assert(type((select(i, ...))) == kind) end\n"
    "end\n"
    "local function binary(name, f)\n"
    "  ops[name] = function(a, b)\n"
    "    if a == nil or b == nil then return nil end\n"
    "    is('number', a, b) return f(a, b)\n"
    "  end\n"
    "end\n"
    "for name, sign in pairs { add = '+', sub = '-', mul = '*', div = '/', mod = '%', pow = '^',\n"
    "    idiv = '//', band = '&', bor = '|', bxor = '~', shl = '<<', shr = '>>' } do\n"
    "  binary(name, load('local a, b = ... return a ' .. sign .. ' b'))\n"
    "end\n"
    "local function unary(name, f)\n"
    "  ops[name] = function(a) if a == nil then return nil end is('number', a) return f(a) end\n"
    "end\n"
    "unary('unm', function(a) return -a end)\n"
    "unary('bnot', function(a) return ~a end)\n"
    "ops['not'] = function(a) return not a end\n"
    "function ops.equals(a, b) return a == b end\n"
    "function ops.less(a, b) return a ~= nil and b ~= nil and a < b end\n"
    "function ops.less_equal(a, b) return a ~= nil and b ~= nil and a <= b end\n"
    "function ops.concat(a, b) if a == nil or b == nil then return nil end return a .. b end\n"
    "function ops.len(a) if a == nil then return nil end is('string', a) return #a end\n"
    "function ops.lower(a) is('string', a) return a:lower() end\n"
    "function ops.upper(a) is('string', a) return a:upper() end\n"
    "function ops.subtext(a, b, c)\n"
    "  is('string', a) is('number', b, c or 1) return a:sub(b, c or -1)\n"
    "end\n"
    "function ops.find(a, b, c) is('string', a, b) return (a:find(b, c or 1, true)) end\n"
    "function ops.starts(a, b) is('string', a, b) return a:sub(1, #b) == b end\n"
    "function ops.ends(a, b) is('string', a, b) return b == '' or a:sub(-#b) == b end\n"
    "ops.tostring, ops.type = tostring, type\n"
    "function ops.tonumber(a) assert(type(a) ~= 'string') return tonumber(a) end\n"
    "for _, name in ipairs { 'floor', 'ceil', 'abs', 'max', 'min', 'sqrt' } do\n"
    "  ops[name] = function(...) is('number', ...) return math[name](...) end\n"
    "end\n"
    "function ops.math_type(a) assert(a ~= nil) return math.type(a) end\n"
    "return ops\n";

/* Kinds change from row to row, so that every operation meets every kind. */
static const char *const rows[] = {
    "{ a = 1, b = 2.5, s = 'abc', t = 'b', ok = true }",
    "{ a = 5, b = 5.0, s = 'ABCab', t = 'ab', ok = false }",
    "{ a = 0, b = -0.0, s = '', t = '' }",
    "{ a = math.mininteger, b = 1e300, s = '日本', t = '本', ok = true }",
    "{ b = 3.5, s = 'x.jp', ok = false }",
    "{ a = 7, t = 'jp' }",
    "{ a = 'text', b = 3, s = 4, t = 1, ok = 1 }",
    "{ a = 2.5, b = 2, s = 'b', t = true, ok = 'yes' }",
    "{ a = true, b = 'b', s = 'ab', ok = true }",
    "{ a = '10', b = '3', s = '7', t = 'x', ok = false }",
    "{ a = -3, b = math.maxinteger, s = 'ab', t = 'ab', ok = true }",
    "{ }",
};

static const char *const expressions[] = {
    "a + b * 2 - 1",
    "a // b",
    "a % b",
    "-a ^ 2",
    "a / b",
    "a & 3 | 1",
    "a << 1",
    "a >> b",
    "~a",
    "a < b",
    "a <= 2",
    "a > 2.5",
    "a >= b",
    "a == b",
    "a ~= 1",
    "s < t",
    "s == 'ab'",
    "not ok",
    "a and b",
    "a or b",
    "ok and a or b",
    "a > 1 and b < 3 or ok",
    "not (a and b) == ok",
    "a == nil and 0 or a",
    "(a or 1) + (b or 2)",
    "s .. '-' .. t",
    "#s",
    "#s > 2 and s or t",
    "s:lower()",
    "s:upper() == s",
    "s:sub(2)",
    "s:sub(-2, -1)",
    "s:len()",
    "string.len(t)",
    "s:find(t, 1, true)",
    "s:find 'b'",
    "s:find '^ab'",
    "s:find 'ab$'",
    "s:match 'b'",
    "s:match '^ab'",
    "s:match '%.jp$'",
    "s:match '^ab$'",
    "s:match '^ab' ~= nil",
    "not s:match 'ab$'",
    "s:find ''",
    "s:match '$'",
    "tostring(a)",
    "tostring(ok) .. tostring(b)",
    "tonumber(a)",
    "type(a) == 'number' and a + 1",
    "math.floor(b)",
    "math.ceil(b)",
    "math.abs(a)",
    "math.max(a, b, 3)",
    "math.min(a)",
    "math.type(a)",
    "one_of(s, { 'ab', 'abc' })",
    "one_of(a, { 1, 5.0, true, 2.5 })",
    "one_of(a, {})",
    "function(r) return one_of(r.s, LIST) end",
    "function(r) if r.a > 1 then return 'x' elseif r.ok then return r.b else return 1 end end",
    "function(r) local k; if r.a == 1 then k = 'x' elseif r.a == 5 then k = r.s end return k end",
    "function(r) local x = 0; if r.a then x = x + 1 end if r.b then x = x + 2 end return x end",
    "function(r) local y = r.a + 1; if r.ok then return y else return y * 2 end end",
    "function(r) local y = r.a < 'x'; if r.ok then return y end return 1 end",
    "function(r) local y = r.a + 1; return 1 end",
    "function(r) if r.ok then local y = #r.s end return r.t end",
    "function(r) if r.a and r.b then if r.a < r.b then return r.a end return r.b end end",
    "function(r) return (r.a or r.b) and (r.s or r.t) end",
    "function(r) local ok = r.a ~= nil and r.b ~= nil; return ok and r.a / r.b or nil end",
    "function(r) return WEIGHTS[r.s] end",
    "function(r) return SET[r.s] and r.a end",
    "function(r) return net(r) * 2 end",
    "function(r) return clamp(r.a, 0, 3) end",
    "function(r) local s, e = r.s:find 'b'; return e end",
    "function(r) if not r.ok then return nil end if r.a == 1 then return 1 end return r.b end",
    "function(r) return nilable(r.a).x end",
};

static const char first[] =
    "local LIST, SET, WEIGHTS = { 'abc', 'b' }, { ab = true, b = true }, { ab = 2, abc = 'x' }\n"
    "local function net(r) return r.a - (r.b or 0) end\n"
    "local function clamp(x, low, high) if x < low then return low elseif x > high then return "
    "high "
    "end return x end\n"
    "local function nilable(x) return nil end\n";

/* ---- By steps ---- */

static const char escape; /* its address is the value of a step that escapes */

static bool is_escape(lua_State *L, int i)
{
    return lua_touserdata(L, i) == (const void *)&escape && lua_islightuserdata(L, i);
}

static void push_escape(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)&escape);
}

static void push_const(lua_State *L, const cyn_const *c)
{
    switch (c->kind) {
    case CYN_CONST_NIL: lua_pushnil(L); break;
    case CYN_CONST_BOOLEAN: lua_pushboolean(L, c->i != 0); break;
    case CYN_CONST_INTEGER: lua_pushinteger(L, c->i); break;
    case CYN_CONST_REAL: lua_pushnumber(L, c->r); break;
    case CYN_CONST_TEXT: lua_pushlstring(L, c->s, c->n); break;
    }
}

static void push_one_of(lua_State *L, const cyn_step *s, int value)
{
    bool found = false;
    for (size_t i = 0; i < s->nlist; i++) {
        push_const(L, &s->list[i]);
        found = found || lua_compare(L, value, -1, LUA_OPEQ);
        lua_pop(L, 1);
    }
    lua_pushboolean(L, found);
}

/* Operations at 1, the row at 2, values of the steps before from `base` on. */
static void push_operation(lua_State *L, const cyn_step *s, int base)
{
    const uint32_t operands[] = {s->a, s->b, s->c};
    int top = lua_gettop(L), n = 0;
    for (int i = 0; i < 3 && operands[i] != CYN_NO_STEP; i++) {
        if (is_escape(L, base + (int)operands[i])) {
            push_escape(L);
            return;
        }
    }
    if (s->op == CYN_OP_ONE_OF) {
        push_one_of(L, s, base + (int)s->a);
        return;
    }
    lua_getfield(L, 1, cyn_step_op_names[s->op]);
    for (; n < 3 && operands[n] != CYN_NO_STEP; n++)
        lua_pushvalue(L, base + (int)operands[n]);
    if (lua_pcall(L, n, 1, 0) == LUA_OK) return;
    lua_settop(L, top);
    push_escape(L);
}

static void push_value_of(lua_State *L, const cyn_translation *code, const cyn_step *s, int base)
{
    if (s->op == CYN_OP_INPUT) {
        lua_getfield(L, 2, code->inputs[s->input].name);
    } else if (s->op == CYN_OP_CONST) {
        push_const(L, &s->value);
    } else if (s->op == CYN_OP_SELECT) {
        int a = base + (int)s->a;
        lua_pushvalue(L, is_escape(L, a)       ? a
                         : lua_toboolean(L, a) ? base + (int)s->b
                                               : base + (int)s->c);
    } else {
        push_operation(L, s, base);
    }
}

/* Leaves the value of the last step on the stack. */
static void push_result(lua_State *L, const cyn_translation *code)
{
    int base = lua_gettop(L) + 1;
    luaL_checkstack(L, (int)code->nsteps + 10, NULL);
    for (size_t i = 0; i < code->nsteps; i++)
        push_value_of(L, code, &code->steps[i], base);
}

/* ---- By the interpreter ---- */

typedef struct cell {
    int64_t i;
    double r;
    uint8_t boolean;
    uint32_t code;
    uint64_t offsets[2], valid;
} cell;

static void fill_column(lua_State *L, const char *name, cell *c, cyn_batch_column *out)
{
    size_t n = 0;
    *c = (cell){.valid = 1};
    *out =
        (cyn_batch_column){.name = name, .type = CYN_INTEGER, .values = &c->i, .valid = &c->valid};
    switch (lua_getfield(L, 2, name)) {
    case LUA_TBOOLEAN:
        c->boolean = lua_toboolean(L, -1) != 0;
        out->type = CYN_BOOLEAN;
        out->values = &c->boolean;
        break;
    case LUA_TNUMBER:
        c->i = lua_tointeger(L, -1);
        c->r = lua_tonumber(L, -1);
        if (lua_isinteger(L, -1)) break;
        out->type = CYN_REAL;
        out->values = &c->r;
        break;
    case LUA_TSTRING:
        out->dict_heap = lua_tolstring(L, -1, &n); /* the row keeps it */
        out->type = CYN_TEXT;
        out->values = &c->code;
        c->offsets[1] = n;
        out->dict_offset = c->offsets;
        out->dict_count = 1;
        break;
    default: c->valid = 0;
    }
    lua_pop(L, 1);
}

/* Pushes the answer, or an escape for an error. */
static void push_answer(lua_State *L, cyn_script *s, const cyn_expr *e)
{
    static const char *const names[] = {"a", "b", "s", "t", "ok"};
    cell cells[5];
    cyn_batch_column columns[5];
    cyn_arena *arena = cyn_arena_new(0);
    cyn_evaluator ev = cyn_script_evaluator(s);
    cyn_answers *answers = NULL;
    double x;
    for (size_t i = 0; i < 5; i++)
        fill_column(L, names[i], &cells[i], &columns[i]);
    cyn_batch batch = {1, columns, 5};
    if (ev.eval(ev.self, e->handle, &batch, arena, &answers, NULL) != CYN_OK) {
        push_escape(L);
    } else {
        memcpy(&x, &answers->bits[0], sizeof x);
        switch (answers->kind[0]) {
        case CYN_ANSWER_NIL: lua_pushnil(L); break;
        case CYN_ANSWER_FALSE: lua_pushboolean(L, 0); break;
        case CYN_ANSWER_TRUE: lua_pushboolean(L, 1); break;
        case CYN_ANSWER_INTEGER: lua_pushinteger(L, (lua_Integer)answers->bits[0]); break;
        case CYN_ANSWER_REAL: lua_pushnumber(L, x); break;
        default: lua_pushlstring(L, answers->heap + answers->bits[0], answers->text_length[0]);
        }
    }
    cyn_arena_free(arena);
}

/* ---- Both ---- */

/* An answer that is no finite number counts as missing (M-3). */
static void drop_infinite(lua_State *L)
{
    if (lua_type(L, -1) != LUA_TNUMBER || isfinite(lua_tonumber(L, -1))) return;
    lua_pop(L, 1);
    lua_pushnil(L);
}

static bool same_bits(lua_State *L, int i, int j)
{
    if (lua_type(L, i) != lua_type(L, j) || lua_isinteger(L, i) != lua_isinteger(L, j))
        return false;
    if (lua_type(L, i) != LUA_TNUMBER || lua_isinteger(L, i)) return lua_rawequal(L, i, j);
    double x = lua_tonumber(L, i), y = lua_tonumber(L, j);
    return memcmp(&x, &y, sizeof x) == 0;
}

static void check_row(lua_State *L, cyn_script *s, const cyn_expr *e, const char *row, int *escapes)
{
    lua_settop(L, 1);
    CHECK_INT(luaL_loadstring(L, "return assert(load('return ' .. ...))()"), LUA_OK);
    lua_pushstring(L, row);
    lua_call(L, 1, 1);
    push_result(L, e->code);
    if (is_escape(L, -1)) {
        ++*escapes;
        return;
    }
    drop_infinite(L);
    int steps = lua_gettop(L);
    push_answer(L, s, e);
    if (same_bits(L, steps, -1)) return;
    printf("# %s over %s: steps give %s, Lua %s\n", e->text, row, luaL_tolstring(L, steps, NULL),
           is_escape(L, steps + 1) ? "an error" : luaL_tolstring(L, steps + 1, NULL));
    CHECK(!"equal answers");
}

static void test_steps_compute_what_lua_computes(void)
{
    size_t n = sizeof expressions / sizeof *expressions, nrows = sizeof rows / sizeof *rows;
    int escapes = 0;
    cyn_script *s = load_expressions(first, expressions, n);
    lua_State *L = luaL_newstate();
    CHECK(L != NULL);
    if (!s || !L) return;
    luaL_openlibs(L);
    CHECK_INT(luaL_dostring(L, operations), LUA_OK);
    for (size_t i = 0; i < n; i++) {
        const cyn_expr *e = expression(s, i);
        if (!e || !e->code) printf("# %s: %s\n", expressions[i], steps_of(e));
        CHECK(e && e->code);
        for (size_t k = 0; e && e->code && k < nrows; k++)
            check_row(L, s, e, rows[k], &escapes);
    }
    CHECK(escapes * 2 < (int)(n * nrows)); /* most rows are for steps to answer */
    lua_close(L);
    cyn_script_free(s);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_steps_compute_what_lua_computes);
    cyn_zygote_stop();
    return test_end();
}
