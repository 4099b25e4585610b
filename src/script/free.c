#include "script/free.h"
#include "script/decode.h"
#include "script/encode.h"
#include "script/missing.h"
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#define RESERVE ((size_t)64 << 10) /* bytes, for reporting when memory has run out */

typedef struct call {
    const char *key;
    const cyn_value *request;
    cyn_buf *out;
} call;

static int run(lua_State *L)
{
    const call *c = lua_touserdata(L, 1);
    if (lua_getfield(L, LUA_REGISTRYINDEX, c->key) != LUA_TFUNCTION)
        return luaL_error(L, "no library is loaded");
    cyn_push_value(L, c->request);
    cyn_set_nil_metatable(L);
    lua_call(L, 1, 1);
    cyn_drop_nil_metatable(L);
    cyn_encode(L, lua_gettop(L), c->out);
    return 0;
}

/* What goes wrong for all at once is a budget: who met it, where that is known, is the
 * script line that ran; the host knows whose function it was. */
static cyn_code fail_run(cyn_state *s, cyn_err *err)
{
    char limit[64], file[256];
    int line = 0, used = 0;
    const char *message = lua_type(s->L, -1) == LUA_TSTRING ? lua_tostring(s->L, -1) : "?";
    bool placed = sscanf(message, "%255[^:\n]:%d: %n", file, &line, &used) == 2 && used > 0;
    const char *text = cyn_state_limit(s, limit, sizeof limit);
    if (!text) text = placed ? message + used : message;
    return cyn_fail_at(err, CYN_E_SCRIPT, placed ? file : NULL, line, 0, "%s", text);
}

cyn_code cyn_free_run(cyn_state *s, const char *key, const cyn_value *request, int64_t timeout,
                      cyn_buf *out, cyn_err *err)
{
    lua_State *L = s->L;
    call c = {.key = key, .request = request, .out = out};
    cyn_state_arm(s, timeout);
    lua_pushcfunction(L, run);
    lua_pushlightuserdata(L, &c);
    int status = cyn_state_run(s, 1, 0);
    cyn_state_disarm(s);
    s->reserve = RESERVE;
    cyn_drop_nil_metatable(L);
    cyn_code rc = status == LUA_OK ? cyn_buf_check(out, err) : fail_run(s, err);
    lua_settop(L, 0);
    s->reserve = 0;
    return rc;
}
