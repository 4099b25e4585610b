#include "script/native.h"
#include "base/hash.h"
#include "base/period.h"
#include "base/sheet.h"
#include "base/text.h"
#include "script/code.h"
#include "script/helpers.h"
#include "script/reads.h"
#include "script/rows.h"
#include "script/state.h"
#include <lauxlib.h>
#include <string.h>

/* ---- Names and words ---- */

/* Of the texts in the list at index 2, the one nearest to the text at index 1. */
static int native_nearest(lua_State *L)
{
    const char *word = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t n = lua_rawlen(L, 2);
    const char **names = lua_newuserdatauv(L, (n + 1) * sizeof *names, 0);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(L, 2, (lua_Integer)i + 1);
        names[i] = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        lua_pop(L, 1); /* the list keeps it */
    }
    lua_pushstring(L, cyn_nearest(word, names, n));
    return 1;
}

static int native_is_identifier(lua_State *L)
{
    size_t n;
    const char *s = luaL_checklstring(L, 1, &n);
    lua_pushboolean(L, strlen(s) == n && cyn_is_identifier(s));
    return 1;
}

static void push_words(lua_State *L, const char *const *names)
{
    lua_newtable(L);
    for (lua_Integer i = 1; names[i]; i++) { /* the first is "not given" */
        lua_pushstring(L, names[i]);
        lua_rawseti(L, -2, i);
    }
}

static int native_words(lua_State *L)
{
    static const char *const kinds[] = {"layer", "lens", "direction", NULL};
    const char *const *const lists[] = {cyn_layer_names, cyn_lens_names, cyn_direction_names};
    push_words(L, lists[luaL_checkoption(L, 1, NULL, kinds)]);
    return 1;
}

static int native_sources(lua_State *L)
{
    const cyn_native_options *o = lua_touserdata(L, lua_upvalueindex(1));
    lua_createtable(L, (int)o->nsources, 0);
    for (size_t i = 0; i < o->nsources; i++) {
        lua_pushstring(L, o->sources[i]);
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int native_grain(lua_State *L)
{
    cyn_grain g;
    cyn_err e = {0};
    lua_settop(L, 1);
    if (cyn_parse_grain(luaL_checkstring(L, 1), &g, &e) == CYN_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, e.message);
    lua_pushstring(L, e.hint);
    return 3;
}

static int native_date(lua_State *L)
{
    size_t n;
    int64_t days;
    const char *s = luaL_checklstring(L, 1, &n);
    if (cyn_parse_date(s, n, &days))
        lua_pushinteger(L, days);
    else
        lua_pushnil(L);
    return 1;
}

/* The microseconds of a duration, or nil. */
static int native_duration(lua_State *L)
{
    size_t n;
    int64_t length;
    const char *s = luaL_checklstring(L, 1, &n);
    if (cyn_parse_duration(s, n, &length))
        lua_pushinteger(L, length);
    else
        lua_pushnil(L);
    return 1;
}

/* ---- Code ---- */

static int load_text(lua_State *L, const char *text, size_t n, const char *chunk)
{
    return luaL_loadbufferx(L, text, n, chunk, "t");
}

/* A script file with its environment: the function, or nil and a message. */
static int native_chunk(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n), *name = luaL_checkstring(L, 2);
    luaL_checktype(L, 3, LUA_TTABLE);
    if (load_text(L, text, n, lua_pushfstring(L, "@%s", name)) != LUA_OK) {
        lua_pushnil(L);
        lua_insert(L, -2);
        return 2;
    }
    lua_pushvalue(L, 3);
    lua_setupvalue(L, -2, 1);
    return 1;
}

/* A row expression: the function, or nil and a message. The text must be an expression by itself
 * and in parentheses, which leaves neither statements nor lists. */
static int native_compile(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_pushfstring(L, "return %s", text);
    lua_pushfstring(L, "return (%s\n)", text);
    for (int i = 2; i <= 3; i++) {
        size_t size;
        const char *chunk = lua_tolstring(L, i, &size);
        if (strlen(text) != n)
            lua_pushliteral(L, "(expr):1: it holds a NUL byte");
        else if (load_text(L, chunk, size, "=(expr)") == LUA_OK)
            continue;
        const char *message = lua_tostring(L, -1), *colon = strstr(message, ": ");
        lua_pushnil(L);
        if (i == 3)
            lua_pushliteral(L, "expected one expression");
        else
            lua_pushstring(L, colon ? colon + 2 : message);
        return 2;
    }
    return 1;
}

static void add_name(void *self, const char *name, size_t n)
{
    lua_State *L = self;
    lua_pushlstring(L, name, n);
    lua_pushboolean(L, 1);
    lua_rawset(L, -3);
}

/* The set of names that a row expression may read; then true when that cannot be known. */
static int native_reads(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_newtable(L);
    lua_pushboolean(L, cyn_expression_reads(text, n, add_name, L));
    return 2;
}

static int native_is_column(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_pushboolean(L, cyn_expression_is_column(text, n));
    return 1;
}

static int native_code(lua_State *L)
{
    luaL_checkany(L, 1);
    return cyn_push_code(L, 1) ? 1 : 0;
}

static int native_upvalue(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    const char *name = lua_getupvalue(L, 1, (int)luaL_checkinteger(L, 2));
    if (!name) return 0;
    lua_pushstring(L, name);
    lua_insert(L, -2);
    return 2;
}

static int native_sha256(lua_State *L)
{
    size_t n;
    const char *s = luaL_checklstring(L, 1, &n);
    char hex[65];
    cyn_sha256 h = cyn_sha256_of(s, n);
    cyn_hex(h.bytes, sizeof h.bytes, hex);
    lua_pushstring(L, hex);
    return 1;
}

/* Where the script is: file and line of the nearest frame of a project script. */
static int native_where(lua_State *L)
{
    char file[256];
    int line;
    if (!cyn_state_where(L, file, sizeof file, &line)) return 0;
    lua_pushstring(L, file);
    lua_pushinteger(L, line);
    return 2;
}

/* The file and the line in which a Lua function begins. */
static int native_definition(lua_State *L)
{
    lua_Debug ar;
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushvalue(L, 1);
    lua_getinfo(L, ">S", &ar);
    lua_pushstring(L, ar.source[0] == '@' ? ar.source + 1 : ar.short_src);
    lua_pushinteger(L, ar.linedefined);
    return 2;
}

/* Keeps an expression's record (script/rows.h) and numbers it. */
static int native_keep(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, LUA_REGISTRYINDEX, CYN_HANDLES);
    lua_Integer handle = (lua_Integer)lua_rawlen(L, -1) + 1;
    lua_pushvalue(L, 1);
    lua_rawseti(L, -2, handle);
    lua_pushinteger(L, handle);
    return 1;
}

/* Sets what a text expression can name beside columns. */
static int native_row_names(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, CYN_ROW_NAMES);
    return 0;
}

/* ---- Protected calls that cannot swallow a limit ---- */

static int finish_call(lua_State *L, int status, int first)
{
    cyn_state *s = cyn_state_of(L);
    if (status == LUA_ERRMEM) s->full = true;
    if (status != LUA_OK && (s->late || s->full)) return lua_error(L);
    lua_pushboolean(L, status == LUA_OK);
    lua_insert(L, first);
    return lua_gettop(L) - first + 1;
}

static int native_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    return finish_call(L, lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0), 1);
}

/* xpcall(f, handler, …): the handler stays below what is called. */
static int native_xpcall(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 1);
    lua_copy(L, 2, 1);
    lua_replace(L, 2);
    return finish_call(L, lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 1), 2);
}

/* ---- The table ---- */

static const luaL_Reg natives[] = {{"chunk", native_chunk},
                                   {"code", native_code},
                                   {"compile", native_compile},
                                   {"date", native_date},
                                   {"definition", native_definition},
                                   {"duration", native_duration},
                                   {"grain", native_grain},
                                   {"is_column", native_is_column},
                                   {"is_identifier", native_is_identifier},
                                   {"keep", native_keep},
                                   {"nearest", native_nearest},
                                   {"pcall", native_pcall},
                                   {"reads", native_reads},
                                   {"row_names", native_row_names},
                                   {"sha256", native_sha256},
                                   {"sources", native_sources},
                                   {"upvalue", native_upvalue},
                                   {"where", native_where},
                                   {"words", native_words},
                                   {"xpcall", native_xpcall},
                                   {NULL, NULL}};

/* The number of each kind of error by name. */
static void push_codes(lua_State *L)
{
    lua_newtable(L);
    for (int code = CYN_OK + 1; code <= CYN_E_UNSUPPORTED; code++) {
        lua_pushinteger(L, code);
        lua_setfield(L, -2, cyn_code_name((cyn_code)code));
    }
}

void cyn_push_native(lua_State *L, const cyn_native_options *options)
{
    lua_newtable(L);
    lua_setfield(L, LUA_REGISTRYINDEX, CYN_HANDLES);
    lua_createtable(L, 0, (int)(sizeof natives / sizeof *natives));
    lua_pushlightuserdata(L, (void *)(uintptr_t)options);
    luaL_setfuncs(L, natives, 1);
    push_codes(L);
    lua_setfield(L, -2, "codes");
    cyn_push_helpers(L, options->tz);
    lua_setfield(L, -2, "helpers");
}
