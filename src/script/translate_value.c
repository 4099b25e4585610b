/* What registers hold, and what is read from Lua's own values: captured variables, globals,
 * libraries and constant tables. */
#include "plan/expr.h"
#include "script/reading.h"
#include "script/rows.h"
#include "script/translate_impl.h"
#include <lauxlib.h>
#include <string.h>

#define MAX_CHAIN 8 /* tables behind tables, by __index */

/* ---- Making ---- */

static value *new_value(translator *t, value_kind kind)
{
    value *v = translator_alloc(t, 1, sizeof *v);
    if (!v) return NULL;
    v->kind = kind;
    v->line = t->line;
    v->file = t->file;
    return v;
}

const value *value_unknown(void)
{
    static const value unknown = {.kind = VALUE_UNKNOWN};
    return &unknown;
}

const value *value_of_step(translator *t, uint32_t step)
{
    value *v = new_value(t, VALUE_STEP);
    if (!v) return value_unknown();
    v->step = step;
    return v;
}

/* Every path that is looked up is noted, used or not: the interpreter looks it up, too. */
const value *value_row(translator *t, const char *path)
{
    value *v = new_value(t, VALUE_ROW);
    if (!v) return value_unknown();
    v->path = path;
    if (*path) {
        lua_pushboolean(t->L, 1);
        lua_setfield(t->L, t->touched, path);
    }
    return v;
}

/* A function or table has one number, so that it is known again. */
static const value *value_lua(translator *t)
{
    lua_State *L = t->L;
    value *v = new_value(t, VALUE_LUA);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, t->kept) == LUA_TNIL) {
        lua_pushvalue(L, -2);
        lua_pushinteger(L, ++t->nkept);
        lua_rawset(L, t->kept);
        lua_pushvalue(L, -2);
        lua_rawseti(L, t->kept, t->nkept);
        lua_pop(L, 1);
        lua_pushinteger(L, t->nkept);
    }
    if (v) v->lua = (int)lua_tointeger(L, -1);
    lua_pop(L, 2);
    return v ? v : value_unknown();
}

const value *value_pop(translator *t)
{
    lua_State *L = t->L;
    cyn_const c = {.kind = CYN_CONST_NIL};
    switch (lua_type(L, -1)) {
    case LUA_TNIL: break;
    case LUA_TBOOLEAN:
        c.kind = CYN_CONST_BOOLEAN;
        c.i = lua_toboolean(L, -1);
        break;
    case LUA_TNUMBER:
        c.kind = lua_isinteger(L, -1) ? CYN_CONST_INTEGER : CYN_CONST_REAL;
        if (c.kind == CYN_CONST_INTEGER)
            c.i = lua_tointeger(L, -1);
        else
            c.r = lua_tonumber(L, -1);
        break;
    case LUA_TSTRING:
        c.kind = CYN_CONST_TEXT;
        c.s = lua_tolstring(L, -1, &c.n);
        break;
    case LUA_TFUNCTION: return value_lua(t);
    case LUA_TTABLE: /* as its own module sees it */
        lua_getfield(L, t->options, "original");
        lua_insert(L, -2);
        lua_call(L, 1, 1);
        return value_lua(t);
    default: lua_pop(L, 1); return value_unknown();
    }
    const value *v = value_of_step(t, step_const(t, c)); /* copies a text */
    lua_pop(L, 1);
    return v;
}

const value *value_globals(translator *t, const value *v)
{
    value *globals = new_value(t, VALUE_LUA);
    if (!globals) return value_unknown();
    globals->lua = v->lua;
    globals->globals = true;
    return globals;
}

static bool same_value(const value *a, const value *b)
{
    if (a == b) return true;
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case VALUE_STEP: return a->step == b->step;
    case VALUE_ROW:
    case VALUE_READING: return !strcmp(a->path, b->path);
    case VALUE_LUA: return a->lua == b->lua && a->globals == b->globals;
    default: return false;
    }
}

const value *value_either(translator *t, guard when, const value *yes, const value *no)
{
    if (same_value(yes, no)) return yes;
    if (yes->kind == VALUE_UNKNOWN || no->kind == VALUE_UNKNOWN) return value_unknown();
    uint32_t depth = 1 + (yes->depth > no->depth ? yes->depth : no->depth);
    value *v = depth > MAX_EITHER ? NULL : new_value(t, VALUE_EITHER);
    uint32_t *chosen = v ? translator_alloc(t, 1, sizeof *chosen) : NULL;
    if (!chosen) return value_unknown();
    *chosen = CYN_NO_STEP;
    bool turned = !guard_is_positive(t, when);
    v->chosen = chosen;
    v->when = turned ? guard_not(t, when) : when;
    v->yes = turned ? no : yes;
    v->no = turned ? yes : no;
    v->depth = depth;
    return v;
}

/* ---- Using ---- */

void value_push(translator *t, const value *v)
{
    lua_rawgeti(t->L, t->kept, v->lua);
}

void constant_push(lua_State *L, const cyn_const *c)
{
    switch (c->kind) {
    case CYN_CONST_NIL: lua_pushnil(L); break;
    case CYN_CONST_BOOLEAN: lua_pushboolean(L, c->i != 0); break;
    case CYN_CONST_INTEGER: lua_pushinteger(L, c->i); break;
    case CYN_CONST_REAL: lua_pushnumber(L, c->r); break;
    case CYN_CONST_TEXT: lua_pushlstring(L, c->s, c->n); break;
    }
}

const char *value_name(translator *t, const value *v)
{
    lua_State *L = t->L;
    lua_getfield(L, t->options, "name_of");
    value_push(t, v);
    lua_call(L, 1, 1);
    const char *s = lua_tostring(L, -1), *name = s ? cyn_strdup(t->arena, s) : NULL;
    lua_pop(L, 1);
    return name;
}

uint32_t value_step(translator *t, const value *v)
{
    if (t->failed) return 0;
    switch (v->kind) {
    case VALUE_STEP: return v->step;
    case VALUE_ROW:
        if (*v->path) return step_input(t, v);
        refuse(t, "it uses the row as a whole");
        return 0;
    case VALUE_EITHER: {
        if (*v->chosen != CYN_NO_STEP) return *v->chosen;
        uint32_t yes = value_step(t, v->yes), no = value_step(t, v->no);
        uint32_t made = t->failed ? 0 : step_select(t, guard_step(t, v->when), yes, no);
        return *v->chosen = made;
    }
    case VALUE_LUA: {
        const char *name = value_name(t, v);
        if (name)
            refuse(t, "it uses %s as a value", name);
        else
            refuse(t, "it uses a table or function as a value");
        return 0;
    }
    case VALUE_READING: {
        cyn_err fault = {0};
        cyn_reading_uncalled(v->path, t->text, &fault);
        refuse_fault(t, &fault);
        return 0;
    }
    case VALUE_NAMES: refuse(t, "it uses _ENV"); return 0;
    case VALUE_LIST: refuse(t, "it makes a table"); return 0;
    case VALUE_UNKNOWN: break;
    }
    refuse(t, "it has too many branches");
    return 0;
}

/* In a text a helper's name may be a column's, too, unless it is called or looked into. */
guard value_truth(translator *t, const value *v)
{
    bool certain = v->kind == VALUE_LIST || (v->kind == VALUE_LUA && !t->text) ||
                   (v->kind == VALUE_ROW && !*v->path);
    if (certain) return ALWAYS;
    uint32_t step = value_step(t, v);
    return guard_of(t, step);
}

/* ---- Looking up ---- */

static bool option_set(translator *t, const char *key)
{
    lua_getfield(t->L, t->options, "changes");
    lua_getfield(t->L, -1, key);
    bool set = lua_toboolean(t->L, -1);
    lua_pop(t->L, 2);
    return set;
}

static const value *row_field(translator *t, const value *row, const cyn_const *key)
{
    if (!key || key->kind != CYN_CONST_TEXT || key->n == 0 || strlen(key->s) != key->n) {
        refuse(t, "it reads a column whose name is computed");
        return value_unknown();
    }
    if (!*row->path) {
        const char *name = cyn_strndup(t->arena, key->s, key->n);
        const value *reading = name ? value_reading(t, name) : NULL;
        if (reading) return reading;
        return name ? value_row(t, name) : value_unknown();
    }
    if (t->condition && strchr(row->path, '(')) {
        refuse(t, "it looks into a value");
        return value_unknown();
    }
    const char *path = cyn_sprintf(t->arena, "%s.%s", row->path, key->s);
    return path ? value_row(t, path) : value_unknown();
}

/* Whether a text reads the name as a column: a function's name that is not only called. */
static bool is_read(translator *t, const cyn_const *key)
{
    lua_State *L = t->L;
    int top = lua_gettop(L);
    lua_getfield(L, t->options, "names");
    constant_push(L, key);
    bool read = lua_istable(L, -2) && lua_rawget(L, -2) != LUA_TNIL;
    lua_settop(L, top);
    return read;
}

/* A name of a text expression: what calculations can name, else a column. */
static const value *named(translator *t, const cyn_const *key)
{
    lua_getfield(t->L, LUA_REGISTRYINDEX, CYN_ROW_NAMES);
    constant_push(t->L, key);
    int type = lua_rawget(t->L, -2);
    lua_remove(t->L, -2);
    bool column = type == LUA_TNIL || (type == LUA_TFUNCTION && is_read(t, key));
    if (!column) return value_pop(t);
    lua_pop(t->L, 1);
    return row_field(t, value_row(t, ""), key);
}

/* Replaces table and key on the stack by the field, as a lookup without calls finds it; false,
 * leaving neither, where it would call a function. */
static bool look_up(lua_State *L)
{
    int table = lua_gettop(L) - 1, key = table + 1;
    for (int i = 0; i < MAX_CHAIN; i++) {
        lua_pushvalue(L, key);
        if (lua_rawget(L, table) != LUA_TNIL || !luaL_getmetafield(L, table, "__index")) {
            lua_replace(L, table);
            lua_settop(L, table);
            return true;
        }
        if (!lua_istable(L, -1)) break;
        lua_replace(L, table);
        lua_settop(L, key);
    }
    lua_settop(L, table - 1);
    return false;
}

static bool is_assigned(translator *t, const cyn_const *key)
{
    lua_State *L = t->L;
    int top = lua_gettop(L);
    lua_getfield(L, t->options, "changes");
    lua_getfield(L, -1, "assigned");
    constant_push(L, key);
    bool assigned = lua_rawget(L, -2) != LUA_TNIL;
    lua_settop(L, top);
    return assigned || option_set(t, "globals");
}

static const value *table_field(translator *t, const value *table, const cyn_const *key)
{
    lua_State *L = t->L;
    if (table->globals && is_assigned(t, key)) {
        refuse(t, "it reads the global '%s', which a function may change", key->s);
        return value_unknown();
    }
    if (!table->globals && !value_name(t, table) && option_set(t, "tables")) {
        refuse(t, "it reads a table that a function may change");
        return value_unknown();
    }
    luaL_checkstack(L, 8, NULL);
    value_push(t, table);
    constant_push(L, key);
    if (!look_up(L)) {
        refuse(t, "it looks up '%s', which calls a function",
               key->kind == CYN_CONST_TEXT ? key->s : "?");
        return value_unknown();
    }
    return value_pop(t);
}

/* ---- Small constant tables: t[x] is a chain of choices, or membership ---- */

typedef struct entries {
    cyn_const keys[MAX_SMALL_TABLE];
    uint32_t values[MAX_SMALL_TABLE];
    size_t n;
    bool all_true;
} entries;

static int compare_const(const cyn_const *a, const cyn_const *b)
{
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    if (a->kind == CYN_CONST_REAL) return (a->r > b->r) - (a->r < b->r);
    if (a->kind != CYN_CONST_TEXT) return (a->i > b->i) - (a->i < b->i);
    int order = memcmp(a->s, b->s, a->n < b->n ? a->n : b->n);
    return order ? order : (a->n > b->n) - (a->n < b->n);
}

/* In the order of the keys: that of the table differs from run to run. */
static void insert_entry(entries *e, const cyn_const *key, uint32_t chosen)
{
    size_t i = e->n++;
    for (; i > 0 && compare_const(key, &e->keys[i - 1]) < 0; i--) {
        e->keys[i] = e->keys[i - 1];
        e->values[i] = e->values[i - 1];
    }
    e->keys[i] = *key;
    e->values[i] = chosen;
}

/* Key and value are on the stack; keeps the key there. */
static bool take_entry(translator *t, entries *e)
{
    const value *v = value_pop(t);
    lua_pushvalue(t->L, -1);
    const value *k = value_pop(t);
    if (e->n == MAX_SMALL_TABLE || v->kind != VALUE_STEP || k->kind != VALUE_STEP) return false;
    const cyn_const *c = constant_of(t, v->step), *key = constant_of(t, k->step);
    if (!c || !key) return false;
    e->all_true = e->all_true && c->kind == CYN_CONST_BOOLEAN && c->i;
    insert_entry(e, key, v->step);
    return true;
}

static bool take_entries(translator *t, const value *table, entries *e)
{
    lua_State *L = t->L;
    int top = lua_gettop(L);
    bool good = true;
    luaL_checkstack(L, 8, NULL);
    value_push(t, table);
    if (lua_getmetatable(L, -1)) good = false;
    for (lua_settop(L, top + 1), lua_pushnil(L); good && lua_next(L, top + 1);)
        good = take_entry(t, e) && !t->failed;
    lua_settop(L, top);
    return good;
}

static const value *small_table(translator *t, const value *table, const value *key)
{
    entries e = {.all_true = true};
    if (value_name(t, table) || option_set(t, "tables") || !take_entries(t, table, &e)) {
        refuse(t, "it looks up a computed key in a table");
        return value_unknown();
    }
    uint32_t x = value_step(t, key), out = step_nil(t);
    if (e.all_true && e.n > 0) {
        cyn_const *list = translator_alloc(t, e.n, sizeof *list);
        if (list) memcpy(list, e.keys, e.n * sizeof *list);
        uint32_t found = list ? step_one_of(t, x, list, e.n) : 0;
        return value_of_step(t, step_select(t, found, step_boolean(t, true), out));
    }
    for (size_t i = e.n; i-- > 0;) {
        uint32_t is = step_op(t, CYN_OP_EQUALS, x, step_const(t, e.keys[i]), CYN_NO_STEP);
        out = step_select(t, is, e.values[i], out);
    }
    return value_of_step(t, out);
}

/* ---- Any lookup ---- */

static const cyn_const *constant_key(translator *t, const value *key)
{
    return key->kind == VALUE_STEP ? constant_of(t, key->step) : NULL;
}

const value *value_index(translator *t, const value *object, const value *key)
{
    const cyn_const *k = constant_key(t, key);
    if (t->failed) return value_unknown();
    switch (object->kind) {
    case VALUE_ROW: return row_field(t, object, k);
    case VALUE_NAMES:
        if (k && k->kind == CYN_CONST_TEXT) return named(t, k);
        break;
    case VALUE_LUA:
        value_push(t, object);
        bool table = lua_istable(t->L, -1);
        lua_pop(t->L, 1);
        if (!table) break;
        if (object->globals && (!k || k->kind != CYN_CONST_TEXT)) break;
        return k && k->kind != CYN_CONST_NIL ? table_field(t, object, k)
                                             : small_table(t, object, key);
    case VALUE_STEP: {
        const cyn_const *c = constant_of(t, object->step);
        if (c && c->kind == CYN_CONST_NIL) return object; /* a field of nil is nil */
        break;
    }
    default: break;
    }
    refuse(t, "it looks into a value");
    return value_unknown();
}

const value *value_method(translator *t, const value *key)
{
    lua_State *L = t->L;
    const cyn_const *k = constant_key(t, key);
    if (!k || k->kind != CYN_CONST_TEXT) return value_unknown();
    int top = lua_gettop(L);
    lua_pushliteral(L, "");
    if (luaL_getmetafield(L, -1, "__index") && lua_istable(L, -1)) {
        constant_push(L, k);
        if (look_up(L) && lua_isfunction(L, -1)) {
            const value *method = value_pop(t);
            lua_settop(L, top);
            return method;
        }
    }
    lua_settop(L, top);
    refuse(t, "it calls the method '%s'", k->s);
    return value_unknown();
}
