/* What a script raised in a row, as an error of its expression: where it stands, and which row. */
#include "script/rows_impl.h"
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

/* "metrics/x.lua:12: message" gives its place away; "(expr):1: message" has the declaration's. */
static const char *strip_place(const char *message, cyn_err *e)
{
    char file[sizeof e->file];
    int line = 0, used = 0;
    if (sscanf(message, "%255[^:\n]:%d: %n", file, &line, &used) != 2 || used == 0) return message;
    if (strcmp(file, "(expr)") != 0) {
        memcpy(e->file, file, sizeof file);
        e->line = line;
        e->column = 0;
    }
    return message + used;
}

/* Lua calls a name of the environment a global. */
static void copy_message(const char *message, char *out, size_t size)
{
    const char *at = strstr(message, "(global '");
    if (at)
        snprintf(out, size, "%.*s(column '%s", (int)(at - message), message, at + 9);
    else
        snprintf(out, size, "%s", message);
}

static const char *record_text(lua_State *L, int record, const char *key)
{
    const char *s = lua_getfield(L, record, key) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    lua_pop(L, 1); /* the record keeps it */
    return s;
}

static int record_integer(lua_State *L, int record, const char *key)
{
    lua_getfield(L, record, key);
    int i = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
    return i;
}

/* The text of the error object on top, which stays there: a text, or one of the library's errors
 * (lua/cynosure/_errors.lua), whose fields are read without their metatable. */
static const char *error_text(lua_State *L, char *out, size_t size)
{
    int top = lua_gettop(L);
    const char *text = lua_type(L, top) == LUA_TSTRING ? lua_tostring(L, top) : NULL;
    if (lua_istable(L, top)) {
        lua_pushliteral(L, "message");
        if (lua_rawget(L, top) == LUA_TSTRING) {
            snprintf(out, size, "%s", lua_tostring(L, -1));
            text = out;
        }
        lua_settop(L, top);
    }
    return text ? text : "the error is no text";
}

cyn_code cyn_rows_fail(cyn_state *s, uint32_t handle, const char *where, const char *part,
                       cyn_err *err)
{
    lua_State *L = s->L;
    char limit[64], text[512], fields[512];
    cyn_err place = {0};
    const char *message = error_text(L, fields, sizeof fields);
    lua_getfield(L, LUA_REGISTRYINDEX, CYN_HANDLES);
    lua_rawgeti(L, -1, handle);
    int record = lua_gettop(L);
    if (!lua_istable(L, record)) return cyn_fail(err, CYN_E_WORKER, "%s", message);
    snprintf(place.file, sizeof place.file, "%s", record_text(L, record, "file"));
    place.line = record_integer(L, record, "line");
    place.column = record_integer(L, record, "column");
    copy_message(strip_place(message, &place), text, sizeof text);
    if (cyn_state_limit(s, limit, sizeof limit)) snprintf(text, sizeof text, "%s", limit);
    return cyn_fail_at(err, s->late ? CYN_E_WORKER : CYN_E_SCRIPT, place.file, place.line,
                       place.column, "%s: %s, in: %s%.160s", where, text, part,
                       record_text(L, record, "text"));
}
