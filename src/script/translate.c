#include "script/translate.h"
#include "script/translate_impl.h"
#include <lauxlib.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void refuse(translator *t, const char *fmt, ...)
{
    if (t->failed) return;
    va_list list;
    va_start(list, fmt);
    int n = vsnprintf(t->why, sizeof t->why, fmt, list);
    va_end(list);
    t->failed = true;
    if (t->line <= 0 || n < 0 || (size_t)n >= sizeof t->why) return;
    bool here = !t->file || !t->root_file || !strcmp(t->file, t->root_file);
    if (here)
        snprintf(t->why + n, sizeof t->why - (size_t)n, " (line %d)", t->line);
    else
        snprintf(t->why + n, sizeof t->why - (size_t)n, " (%s:%d)", t->file, t->line);
}

void refuse_fault(translator *t, cyn_err *fault)
{
    if (t->failed) return;
    if (t->file) snprintf(fault->file, sizeof fault->file, "%s", t->file);
    fault->line = t->line;
    t->fault = *fault;
    refuse(t, "%s", fault->message);
}

void refuse_full(translator *t, const char *why)
{
    if (!t->failed) t->full = true;
    refuse(t, "%s", why);
}

void *translator_alloc(translator *t, size_t count, size_t size)
{
    void *p = cyn_alloc_array(t->arena, count ? count : 1, size);
    if (!p) refuse(t, "it is too long");
    return p;
}

static uint32_t run_expression(translator *t)
{
    values out, row = {.list = translator_alloc(t, 1, sizeof *row.list), .n = 1};
    if (t->failed) return 0;
    row.list[0] = value_row(t, "");
    lua_pushvalue(t->L, 1);
    out = t->text ? run_text(t) : run_function(t, value_pop(t), row, 0);
    if (t->failed) return 0;
    return out.n > 0 ? value_step(t, out.list[0]) : step_nil(t);
}

static bool is_known(lua_State *L)
{
    static enum { UNASKED, KNOWN, OTHER } answer;
    if (answer == UNASKED) answer = cyn_dump_is_known(L) ? KNOWN : OTHER;
    return answer == KNOWN;
}

static bool translate(translator *t)
{
    if (!is_known(t->L)) {
        refuse(t, "this version of Lua compiles in another way");
        return false;
    }
    if (!steps_init(t) || !guards_init(t)) return false;
    uint32_t result = run_expression(t);
    return !t->failed && push_translation(t, result);
}

static void read_options(translator *t)
{
    lua_State *L = t->L;
    lua_getfield(L, t->options, "text");
    t->text = lua_toboolean(L, -1);
    lua_getfield(L, t->options, "condition");
    t->condition = lua_toboolean(L, -1);
    lua_getfield(L, t->options, "file");
    t->file = t->root_file = lua_tostring(L, -1); /* the options keep it */
    lua_getfield(L, t->options, "line");
    t->text_line = (int)lua_tointeger(L, -1);
    lua_pop(L, 4);
}

/* The fault as a table, or nil. */
static void push_fault(lua_State *L, const cyn_err *e)
{
    if (e->code == CYN_OK) {
        lua_pushnil(L);
        return;
    }
    lua_createtable(L, 0, 5);
    lua_pushinteger(L, e->code);
    lua_setfield(L, -2, "code");
    lua_pushstring(L, e->message);
    lua_setfield(L, -2, "message");
    if (e->hint[0]) {
        lua_pushstring(L, e->hint);
        lua_setfield(L, -2, "hint");
    }
    lua_pushstring(L, e->file);
    lua_setfield(L, -2, "file");
    lua_pushinteger(L, e->line);
    lua_setfield(L, -2, "line");
}

/* Pushes what cyn_translate gives; false, leaving the two arguments only, when there is no room. */
static bool attempt(lua_State *L, uint32_t max_steps)
{
    lua_newtable(L); /* kept */
    lua_newtable(L); /* touched */
    cyn_arena **box = cyn_push_arena(L, TRANSLATOR_BYTES);
    translator *t = CYN_NEW(*box, translator);
    if (!t) return luaL_error(L, "not enough memory");
    *t = (translator){.L = L, .arena = *box, .options = 2, .kept = 3, .touched = 4, .when = ALWAYS};
    t->max_steps = max_steps;
    t->max_guards = GUARDS_PER_STEP * max_steps;
    read_options(t);
    bool done = translate(t), again = t->full && max_steps < MAX_STEPS;
    if (!done) {
        lua_settop(L, 5);
        lua_pushnil(L);
        lua_pushstring(L, t->why);
        push_fault(L, &t->fault);
    }
    cyn_arena_free(*box);
    *box = NULL;
    if (again) lua_settop(L, 2);
    return !again;
}

int cyn_translate(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    if (!attempt(L, FEW_STEPS)) attempt(L, MAX_STEPS);
    return lua_gettop(L) - 5; /* above the arguments and what the translator kept there */
}
