#include "script/native.h"
#include "alert/reading.h"
#include "alert/rule.h"
#include "base/hash.h"
#include "base/period.h"
#include "base/sheet.h"
#include "base/text.h"
#include "script/code.h"
#include "script/defects.h"
#include "script/encode.h"
#include "script/free.h"
#include "script/helpers.h"
#include "script/reads.h"
#include "script/rows.h"
#include "script/state.h"
#include "script/translate.h"
#include <lauxlib.h>
#include <string.h>

#define SOURCE_LIMIT (256 << 10) /* bytes */

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
    static const char *const kinds[] = {"layer", "lens", "direction", "severity", NULL};
    const char *const *const lists[] = {cyn_layer_names, cyn_lens_names, cyn_direction_names,
                                        cyn_severity_names};
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

/* ---- Readings, of alert rules' conditions ---- */

/* A table: the name of each reading, and whether it takes arguments. */
static int native_readings(lua_State *L)
{
    lua_createtable(L, 0, CYN_READINGS);
    for (int kind = 0; cyn_reading_names[kind]; kind++) {
        lua_pushboolean(L, cyn_reading_is_method((cyn_reading_kind)kind));
        lua_setfield(L, -2, cyn_reading_names[kind]);
    }
    return 1;
}

/* The canonical name of a reading, however it is spelled; or nil, a message and a hint. */
static int native_reading(lua_State *L)
{
    size_t n;
    cyn_reading r;
    cyn_err e = {0};
    const char *s = luaL_checklstring(L, 1, &n);
    if (cyn_reading_parse(s, n, &r, &e) == CYN_OK) {
        lua_pushstring(L, r.name);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, e.message);
    lua_pushstring(L, e.hint);
    return 3;
}

/* ---- Code ---- */

/* As luaL_loadbufferx: leaves the function or a message. The chunk's name begins with @ or =. */
static int load_text(lua_State *L, const char *text, size_t n, const char *chunk)
{
    int status = LUA_ERRSYNTAX;
    if (n > SOURCE_LIMIT)
        lua_pushfstring(L, "%s:1: more than %d KiB of source", chunk + 1, SOURCE_LIMIT >> 10);
    else
        status = luaL_loadbufferx(L, text, n, chunk, "t");
    if (status != LUA_OK || !cyn_push_defect(L, text, n)) return status;
    lua_pushfstring(L, "%s:%d: %s", chunk + 1, (int)lua_tointeger(L, -2), lua_tostring(L, -1));
    lua_replace(L, -4);
    lua_pop(L, 2);
    return LUA_ERRSYNTAX;
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

/* An expression: the function, with the table at index 2 as its environment where one is given, or
 * nil and a message. The text must be an expression by itself and in parentheses, which leaves
 * neither statements nor lists. */
static int native_compile(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_settop(L, 2);
    lua_pushfstring(L, "return %s", text);
    lua_pushfstring(L, "return (%s\n)", text);
    for (int i = 3; i <= 4; i++) {
        size_t size;
        const char *chunk = lua_tolstring(L, i, &size);
        if (strlen(text) != n)
            lua_pushliteral(L, "(expr):1: it holds a NUL byte");
        else if (load_text(L, chunk, size, "=(expr)") == LUA_OK)
            continue;
        const char *message = lua_tostring(L, -1), *colon = strstr(message, ": ");
        lua_pushnil(L);
        if (i == 4)
            lua_pushliteral(L, "expected one expression");
        else
            lua_pushstring(L, colon ? colon + 2 : message);
        return 2;
    }
    if (lua_isnil(L, 2)) return 1;
    lua_pushvalue(L, 2);
    lua_setupvalue(L, -2, 1);
    return 1;
}

typedef struct found_names {
    lua_State *L;
    const char *text;
} found_names;

/* Sets the first place of a name, in bytes from 1, in the table on top. */
static void add_name(void *self, const char *name, size_t n)
{
    const found_names *f = self;
    lua_State *L = f->L;
    lua_pushlstring(L, name, n);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TNIL) {
        lua_pushvalue(L, -2);
        lua_pushinteger(L, name - f->text + 1);
        lua_rawset(L, -5);
    }
    lua_pop(L, 2);
}

/* The names that a row expression may read, with their first places; then true when they cannot be
 * known. */
static int native_reads(lua_State *L)
{
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    lua_newtable(L);
    lua_pushboolean(L, cyn_expression_reads(text, n, add_name, &(found_names){L, text}));
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

/* A value as a message (catalog/wire.h), in a text. */
static int native_encode(lua_State *L)
{
    static cyn_buf message; /* the process's, so that an error raised below cannot lose it */
    cyn_buf_reset(&message);
    cyn_encode(L, 1, &message);
    if (message.failed) return luaL_error(L, "not enough memory");
    lua_pushlstring(L, message.data, message.len);
    return 1;
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

/* The file of a Lua function, and the lines in which it begins and ends. */
static int native_definition(lua_State *L)
{
    lua_Debug ar;
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_pushvalue(L, 1);
    lua_getinfo(L, ">S", &ar);
    lua_pushstring(L, ar.source[0] == '@' ? ar.source + 1 : ar.short_src);
    lua_pushinteger(L, ar.linedefined);
    lua_pushinteger(L, ar.lastlinedefined);
    return 3;
}

/* What a Lua function calls its first parameter, or nil. */
static int native_parameter(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_pushstring(L, lua_getlocal(L, NULL, 1));
    return 1;
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

/* The records of all that was kept, by number. */
static int native_kept(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, CYN_HANDLES);
    return 1;
}

/* ---- Translation: script/translate.h ---- */

static int native_changes(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    cyn_push_changes(L, 1);
    return 1;
}

/* The metatable of a table, whatever its __metatable says. */
static int native_metatable(lua_State *L)
{
    luaL_checkany(L, 1);
    return lua_getmetatable(L, 1);
}

static int native_translate(lua_State *L)
{
    return cyn_translate(L);
}

static int native_one_of(lua_State *L)
{
    return cyn_one_of(L);
}

/* Sets what a text expression can name beside columns. */
static int native_row_names(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, CYN_ROW_NAMES);
    return 0;
}

/* Set the functions that run those of points and of changes (script/free.h). */
static int serve(lua_State *L, const char *key)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, key);
    return 0;
}

static int native_serve_free(lua_State *L)
{
    return serve(L, CYN_FREE);
}

static int native_serve_decompose(lua_State *L)
{
    return serve(L, CYN_DECOMPOSE);
}

/* ---- Protected calls that can swallow neither a limit nor the end of a run that waits ---- */

static const char waiting; /* its address is what such a run raises */

int cyn_raise_waiting(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)&waiting);
    return lua_error(L);
}

bool cyn_is_waiting(lua_State *L, int index)
{
    return lua_islightuserdata(L, index) && lua_touserdata(L, index) == (const void *)&waiting;
}

static int finish_call(lua_State *L, int status, int first)
{
    cyn_state *s = cyn_state_of(L);
    cyn_state_failed(L, status);
    if (status != LUA_OK && (cyn_state_tripped(s) || cyn_is_waiting(L, -1))) return lua_error(L);
    lua_pushboolean(L, status == LUA_OK);
    lua_insert(L, first);
    return lua_gettop(L) - first + 1;
}

static int native_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    return finish_call(L, lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0), 1);
}

/* The library's own pcall, which ends a run that waits. */
static int native_attempt(lua_State *L)
{
    luaL_checkany(L, 1);
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    if (status == LUA_OK || !cyn_is_waiting(L, -1)) return finish_call(L, status, 1);
    lua_pushboolean(L, 0);
    return 1;
}

/* The message handler around the script's own (upvalue): that one runs without hooks when a hook
 * raised the error, so a budget that has tripped must not reach it. */
static int handle_error(lua_State *L)
{
    lua_settop(L, 1);
    if (cyn_state_tripped(cyn_state_of(L)) || cyn_is_waiting(L, 1)) return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

/* xpcall(f, handler, …): the handler stays below what is called. */
static int native_xpcall(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, handle_error, 1);
    lua_copy(L, 1, 2);
    lua_replace(L, 1);
    return finish_call(L, lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 1), 2);
}

/* ---- The table ---- */

static const luaL_Reg natives[] = {{"attempt", native_attempt},
                                   {"changes", native_changes},
                                   {"chunk", native_chunk},
                                   {"code", native_code},
                                   {"compile", native_compile},
                                   {"date", native_date},
                                   {"definition", native_definition},
                                   {"duration", native_duration},
                                   {"encode", native_encode},
                                   {"grain", native_grain},
                                   {"is_column", native_is_column},
                                   {"is_identifier", native_is_identifier},
                                   {"keep", native_keep},
                                   {"kept", native_kept},
                                   {"metatable", native_metatable},
                                   {"nearest", native_nearest},
                                   {"one_of", native_one_of},
                                   {"parameter", native_parameter},
                                   {"pcall", native_pcall},
                                   {"reading", native_reading},
                                   {"readings", native_readings},
                                   {"reads", native_reads},
                                   {"row_names", native_row_names},
                                   {"serve_decompose", native_serve_decompose},
                                   {"serve_free", native_serve_free},
                                   {"sha256", native_sha256},
                                   {"sources", native_sources},
                                   {"translate", native_translate},
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
    lua_pushlightuserdata(L, (void *)(uintptr_t)&waiting);
    lua_setfield(L, -2, "waiting");
    cyn_push_helpers(L, options->tz);
    lua_setfield(L, -2, "helpers");
}
