/* Calls: the library functions that have steps, texts sought in texts, membership, and other Lua
 * functions, which are followed into. */
#include "script/translate_impl.h"
#include <lauxlib.h>
#include <math.h>
#include <string.h>

/* ---- Arguments ---- */

typedef struct call {
    const char *name;
    const value *function;
    values args;
} call;

static values one(translator *t, uint32_t step)
{
    values out = {.list = translator_alloc(t, 1, sizeof *out.list), .n = 1};
    if (t->failed) return (values){0};
    out.list[0] = value_of_step(t, step);
    return out;
}

static values none(void)
{
    return (values){0};
}

/* CYN_NO_STEP where there is none, or it is the constant nil. */
static uint32_t optional(translator *t, const call *c, size_t i)
{
    if (i >= c->args.n) return CYN_NO_STEP;
    uint32_t step = value_step(t, c->args.list[i]);
    const cyn_const *k = t->failed ? NULL : constant_of(t, step);
    return k && k->kind == CYN_CONST_NIL ? CYN_NO_STEP : step;
}

static const cyn_const *constant_argument(translator *t, const call *c, size_t i)
{
    if (i >= c->args.n || c->args.list[i]->kind != VALUE_STEP) return NULL;
    return constant_of(t, c->args.list[i]->step);
}

/* Checks that there are `least` arguments, and how many there are as far as `most`. */
static bool counted(translator *t, const call *c, size_t least, size_t most)
{
    if (c->args.open_ended && c->args.n < most) {
        refuse(t, "it uses all results of a call");
    } else if (c->args.n < least) {
        refuse(t, "it calls %s with too few arguments", c->name);
    }
    return !t->failed;
}

/* ---- Constants: Lua itself calls the function ---- */

/* The one result where all arguments are constants and the call does not fail. */
static bool fold_call(translator *t, const call *c, uint32_t *out)
{
    lua_State *L = t->L;
    int top = lua_gettop(L);
    if (c->args.open_ended || t->failed) return false;
    for (size_t i = 0; i < c->args.n; i++)
        if (!constant_argument(t, c, i)) return false;
    luaL_checkstack(L, (int)c->args.n + 4, NULL);
    value_push(t, c->function);
    for (size_t i = 0; i < c->args.n; i++)
        constant_push(L, constant_argument(t, c, i));
    bool good = lua_pcall(L, (int)c->args.n, LUA_MULTRET, 0) == LUA_OK && lua_gettop(L) == top + 1;
    if (good) {
        const value *v = value_pop(t);
        good = v->kind == VALUE_STEP;
        *out = v->step;
    }
    lua_settop(L, top);
    return good;
}

/* ---- Functions that are one step ---- */

typedef struct simple {
    const char *name;
    cyn_step_op op;
    uint8_t least, most; /* arguments; others are ignored */
} simple;

static const simple simples[] = {
    {"date", CYN_OP_DATE, 1, 1},
    {"day", CYN_OP_DAY, 1, 1},
    {"hour", CYN_OP_HOUR, 1, 1},
    {"math.abs", CYN_OP_ABS, 1, 1},
    {"math.acos", CYN_OP_ACOS, 1, 1},
    {"math.asin", CYN_OP_ASIN, 1, 1},
    {"math.atan", CYN_OP_ATAN, 1, 2},
    {"math.atan2", CYN_OP_ATAN, 1, 2}, /* the same function, where Lua was built with both */
    {"math.ceil", CYN_OP_CEIL, 1, 1},
    {"math.cos", CYN_OP_COS, 1, 1},
    {"math.exp", CYN_OP_EXP, 1, 1},
    {"math.floor", CYN_OP_FLOOR, 1, 1},
    {"math.fmod", CYN_OP_FMOD, 2, 2},
    {"math.log", CYN_OP_LOG, 1, 2},
    {"math.sin", CYN_OP_SIN, 1, 1},
    {"math.sqrt", CYN_OP_SQRT, 1, 1},
    {"math.tan", CYN_OP_TAN, 1, 1},
    {"math.tointeger", CYN_OP_TOINTEGER, 1, 1},
    {"math.type", CYN_OP_MATH_TYPE, 1, 1},
    {"minute", CYN_OP_MINUTE, 1, 1},
    {"month", CYN_OP_MONTH, 1, 1},
    {"second", CYN_OP_SECOND, 1, 1},
    {"string.lower", CYN_OP_LOWER, 1, 1},
    {"string.sub", CYN_OP_SUBTEXT, 2, 3},
    {"string.upper", CYN_OP_UPPER, 1, 1},
    {"time", CYN_OP_TIME, 1, 1},
    {"tostring", CYN_OP_TOSTRING, 1, 1},
    {"type", CYN_OP_TYPE, 1, 1},
    {"week", CYN_OP_WEEK, 1, 1},
    {"weekday", CYN_OP_WEEKDAY, 1, 1},
    {"year", CYN_OP_YEAR, 1, 1},
};

static const simple *find_simple(const char *name)
{
    for (size_t i = 0; i < sizeof simples / sizeof *simples; i++)
        if (!strcmp(simples[i].name, name)) return &simples[i];
    return NULL;
}

static values call_simple(translator *t, const call *c, const simple *s)
{
    uint32_t folded, operand[3] = {CYN_NO_STEP, CYN_NO_STEP, CYN_NO_STEP};
    if (!counted(t, c, s->least, s->most)) return none();
    if (fold_call(t, c, &folded)) return one(t, folded);
    for (size_t i = 0; i < s->most; i++) {
        operand[i] = i < s->least ? value_step(t, c->args.list[i]) : optional(t, c, i);
    }
    return one(t, step_op(t, s->op, operand[0], operand[1], operand[2]));
}

/* tonumber with a base is another function. */
static values call_tonumber(translator *t, const call *c)
{
    uint32_t folded;
    if (!counted(t, c, 1, 2)) return none();
    if (fold_call(t, c, &folded)) return one(t, folded);
    if (c->args.n > 1) refuse(t, "it calls tonumber with a base");
    if (t->failed) return none();
    return one(
        t, step_op(t, CYN_OP_TONUMBER, value_step(t, c->args.list[0]), CYN_NO_STEP, CYN_NO_STEP));
}

/* math.max and math.min compare from left to right; one argument must be a number all the same. */
static values call_extreme(translator *t, const call *c, cyn_step_op op)
{
    uint32_t folded;
    if (!counted(t, c, 1, SIZE_MAX)) return none();
    if (fold_call(t, c, &folded)) return one(t, folded);
    uint32_t out = value_step(t, c->args.list[0]);
    if (c->args.n == 1) return one(t, step_op(t, op, out, out, CYN_NO_STEP));
    for (size_t i = 1; i < c->args.n && !t->failed; i++) {
        uint32_t next = value_step(t, c->args.list[i]);
        out = step_op(t, op, out, next, CYN_NO_STEP);
    }
    return one(t, out);
}

/* Unlike #, string.len does not take nil; taking the whole of the text says so. */
static values call_length(translator *t, const call *c)
{
    uint32_t folded;
    if (!counted(t, c, 1, 1)) return none();
    if (fold_call(t, c, &folded)) return one(t, folded);
    uint32_t text =
        step_op(t, CYN_OP_SUBTEXT, value_step(t, c->args.list[0]), step_integer(t, 1), CYN_NO_STEP);
    return one(t, step_op(t, CYN_OP_LEN, text, CYN_NO_STEP, CYN_NO_STEP));
}

/* ---- Texts in texts ---- */

typedef struct pattern {
    bool begins, ends; /* ^, $ */
    char *text;
    size_t n;
} pattern;

/* Reads a pattern that is a text but for anchors; %. stands for a dot. */
static bool read_pattern(translator *t, const cyn_const *c, bool plain, pattern *out)
{
    size_t i = 0, n = c->n;
    *out = (pattern){.text = translator_alloc(t, n + 1, 1)};
    if (!out->text) return false;
    if (plain) {
        memcpy(out->text, c->s, n);
        out->n = n;
        return true;
    }
    if (n > 0 && c->s[0] == '^') {
        out->begins = true;
        i = 1;
    }
    for (; i < n; i++) {
        char at = c->s[i];
        if (at == '$' && i + 1 == n) {
            out->ends = true;
            break;
        }
        if (at == '%' && i + 1 < n && strchr("^$*+?.([%-])", c->s[i + 1]) && c->s[i + 1])
            at = c->s[++i];
        else if (strchr("^$*+?.([%-", at) && at)
            return false;
        out->text[out->n++] = at;
    }
    return true;
}

/* An operation that cannot escape where its value is used, and may be left out elsewhere. */
static uint32_t safe_op(translator *t, cyn_step_op op, uint32_t a, uint32_t b)
{
    guard when = t->when;
    t->when = NEVER;
    uint32_t step = step_op(t, op, a, b, CYN_NO_STEP);
    t->when = when;
    return step;
}

/* The place in the subject where the pattern is found, or nil. */
static uint32_t place_of(translator *t, uint32_t subject, const pattern *p, uint32_t from)
{
    uint32_t text = step_text(t, p->text, p->n), nil = step_nil(t);
    if (!p->begins && !p->ends) return step_op(t, CYN_OP_FIND, subject, text, from);
    if (p->begins) {
        uint32_t found = step_op(t, CYN_OP_STARTS, subject, text, CYN_NO_STEP);
        if (p->ends) {
            uint32_t same = step_op(t, CYN_OP_EQUALS, subject, text, CYN_NO_STEP);
            found = step_select(t, found, same, found);
        }
        return step_select(t, found, step_integer(t, 1), nil);
    }
    uint32_t found = step_op(t, CYN_OP_ENDS, subject, text, CYN_NO_STEP);
    uint32_t length = safe_op(t, CYN_OP_LEN, subject, CYN_NO_STEP);
    uint32_t place = safe_op(t, CYN_OP_SUB, length, step_integer(t, (int64_t)p->n - 1));
    return step_select(t, found, place, nil);
}

static bool take_pattern(translator *t, const call *c, bool plain, pattern *p)
{
    const cyn_const *k = constant_argument(t, c, 1);
    if (!k) {
        refuse(t, "it calls %s with a computed pattern", c->name);
        return false;
    }
    if (k->kind != CYN_CONST_TEXT || !read_pattern(t, k, plain, p)) {
        refuse(t, "it calls %s with a pattern that is no plain text", c->name);
        return false;
    }
    return !t->failed;
}

/* Whether the fourth argument of string.find says that the text stands for itself. */
static bool is_plain(translator *t, const call *c)
{
    if (c->args.n <= 3) return false;
    uint32_t flag = value_step(t, c->args.list[3]);
    if (!constant_of(t, flag)) refuse(t, "it calls %s with a computed pattern", c->name);
    return !t->failed && guard_of(t, flag) == ALWAYS;
}

/* Where a text begins and ends; the end is computed only where it is used. */
static values found_at(translator *t, uint32_t place, uint32_t length)
{
    values out = {.list = translator_alloc(t, 2, sizeof *out.list), .n = 2, .open_ended = true};
    if (t->failed) return none();
    uint32_t more = safe_op(t, CYN_OP_SUB, length, step_integer(t, 1));
    out.list[0] = value_of_step(t, place);
    out.list[1] = value_of_step(t, safe_op(t, CYN_OP_ADD, place, more));
    return out;
}

/* string.find(s, pattern, init, plain) */
static values call_find(translator *t, const call *c)
{
    pattern p;
    if (!counted(t, c, 2, 4)) return none();
    bool plain = is_plain(t, c);
    if (t->failed) return none();
    uint32_t subject = value_step(t, c->args.list[0]), from = optional(t, c, 2);
    if (plain && !constant_argument(t, c, 1)) {
        uint32_t text = value_step(t, c->args.list[1]);
        uint32_t place = step_op(t, CYN_OP_FIND, subject, text, from);
        return found_at(t, place, safe_op(t, CYN_OP_LEN, text, CYN_NO_STEP));
    }
    if (!take_pattern(t, c, plain, &p)) return none();
    if (from != CYN_NO_STEP && (p.begins || p.ends))
        refuse(t, "it calls %s with an anchor and a start", c->name);
    return found_at(t, place_of(t, subject, &p, from), step_integer(t, (int64_t)p.n));
}

/* string.match(s, pattern): the text itself where it is found. */
static values call_match(translator *t, const call *c)
{
    pattern p;
    if (!counted(t, c, 2, 3) || !take_pattern(t, c, false, &p)) return none();
    uint32_t subject = value_step(t, c->args.list[0]), from = optional(t, c, 2), found;
    uint32_t text = step_text(t, p.text, p.n), nil = step_nil(t);
    if (from != CYN_NO_STEP && (p.begins || p.ends))
        refuse(t, "it calls %s with an anchor and a start", c->name);
    if (p.begins == p.ends)
        found = place_of(t, subject, &p, from);
    else
        found = step_op(t, p.begins ? CYN_OP_STARTS : CYN_OP_ENDS, subject, text, CYN_NO_STEP);
    return one(t, step_select(t, found, text, nil));
}

/* ---- Membership ---- */

static void add_item(const cyn_const *c, cyn_const *list, size_t *n)
{
    bool matters = c->kind != CYN_CONST_NIL && !(c->kind == CYN_CONST_REAL && isnan(c->r));
    if (matters) list[(*n)++] = *c;
}

static bool take_items(translator *t, const value *list, cyn_const *out, size_t *n)
{
    for (size_t i = 0; i < list->nitems; i++) {
        const value *item = list->items[i];
        const cyn_const *c = item->kind == VALUE_STEP ? constant_of(t, item->step) : NULL;
        if (!c) return false;
        add_item(c, out, n);
    }
    return true;
}

/* A table of the script, on the stack at `table`: items 1 … size and nothing else. */
static bool take_table(translator *t, int table, lua_Unsigned size, cyn_const *out, size_t *n)
{
    lua_State *L = t->L;
    lua_Unsigned entries = 0;
    if (lua_getmetatable(L, table)) return false;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        entries++;
    if (entries != size) return false;
    for (lua_Unsigned i = 1; i <= size; i++) {
        lua_rawgeti(L, table, (lua_Integer)i);
        const value *item = value_pop(t);
        const cyn_const *c = item->kind == VALUE_STEP ? constant_of(t, item->step) : NULL;
        if (!c) return false;
        add_item(c, out, n);
    }
    return true;
}

/* The constants of a list that the script made before. */
static cyn_const *script_list(translator *t, const value *list, size_t *n)
{
    lua_State *L = t->L;
    int top = lua_gettop(L);
    luaL_checkstack(L, 8, NULL);
    lua_getfield(L, t->options, "changes");
    lua_getfield(L, -1, "tables");
    bool constant = !lua_toboolean(L, -1) && !value_name(t, list);
    value_push(t, list);
    cyn_const *out = NULL;
    if (constant && lua_istable(L, -1)) {
        lua_Unsigned size = lua_rawlen(L, -1);
        out = translator_alloc(t, size, sizeof *out);
        if (out && !take_table(t, lua_gettop(L), size, out, n)) out = NULL;
    }
    lua_settop(L, top);
    return out;
}

static values call_one_of(translator *t, const call *c)
{
    size_t n = 0;
    cyn_const *list = NULL;
    if (!counted(t, c, 2, 2)) return none();
    const value *v = c->args.list[1];
    if (v->kind == VALUE_LIST) {
        list = translator_alloc(t, v->nitems, sizeof *list);
        if (list && !take_items(t, v, list, &n)) list = NULL;
    } else if (v->kind == VALUE_LUA) {
        list = script_list(t, v, &n);
    }
    if (!list) {
        refuse(t, "it calls one_of with a list that is not constant");
        return none();
    }
    return one(t, step_one_of(t, value_step(t, c->args.list[0]), list, n));
}

/* ---- Any call ---- */

/* Others that give the same for the same constants, and little of it. */
static bool is_foldable(const char *name)
{
    static const char *const names[] = {"math.deg",       "math.modf",      "math.rad",
                                        "math.ult",       "string.byte",    "string.char",
                                        "string.format",  "string.reverse", "utf8.char",
                                        "utf8.codepoint", "utf8.len",       NULL};
    for (size_t i = 0; names[i]; i++)
        if (!strcmp(names[i], name)) return true;
    return false;
}

static values call_library(translator *t, const call *c)
{
    const simple *s = find_simple(c->name);
    uint32_t folded;
    if (s) return call_simple(t, c, s);
    if (!strcmp(c->name, "tonumber")) return call_tonumber(t, c);
    if (!strcmp(c->name, "math.max")) return call_extreme(t, c, CYN_OP_MAX);
    if (!strcmp(c->name, "math.min")) return call_extreme(t, c, CYN_OP_MIN);
    if (!strcmp(c->name, "string.len")) return call_length(t, c);
    if (!strcmp(c->name, "string.find")) return call_find(t, c);
    if (!strcmp(c->name, "string.match")) return call_match(t, c);
    if (!strcmp(c->name, "one_of")) return call_one_of(t, c);
    if (is_foldable(c->name) && fold_call(t, c, &folded)) return one(t, folded);
    refuse(t, "it calls %s", c->name);
    return none();
}

values call_value(translator *t, const value *function, values args, int depth)
{
    lua_State *L = t->L;
    if (t->failed) return none();
    if (function->kind == VALUE_READING) return call_reading(t, function, args);
    if (t->condition && function->kind == VALUE_ROW && *function->path) {
        refuse_call(t, function->path);
        return none();
    }
    if (function->kind == VALUE_ROW && *function->path) {
        refuse(t, "it calls '%s', which is no known function", function->path);
        return none();
    }
    if (function->kind != VALUE_LUA) {
        refuse(t, "it calls a computed value");
        return none();
    }
    const char *name = value_name(t, function);
    if (name) return call_library(t, &(call){name, function, args});
    luaL_checkstack(L, 4, NULL);
    value_push(t, function);
    bool follow = lua_isfunction(L, -1) && !lua_iscfunction(L, -1);
    lua_pop(L, 1);
    if (follow) return run_function(t, function, args, depth + 1);
    refuse(t, "it calls a function that is not Lua");
    return none();
}
