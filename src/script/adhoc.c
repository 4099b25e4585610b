#include "script/adhoc.h"
#include "base/arena.h"
#include "script/channel.h"
#include "script/decode.h"
#include "script/encode.h"
#include "script/worker.h"
#include <lauxlib.h>
#include <string.h>

/* One run. What it holds while Lua runs belongs to it, so that no error can lose it. */
typedef struct adhoc {
    cyn_state *state;
    int socket;
    const cyn_adhoc_server *server;
    const cyn_value *message;
    cyn_buf question;
    cyn_arena *answer;
    bool more;
} adhoc;

/* The run that asks; there is one state per process. A function that outlives its run finds none.
 */
static adhoc *current;

/* ---- Asking ---- */

/* The header of the answer; what the host wants done before it can give one is done. */
static cyn_code wait_for_answer(const adhoc *a, cyn_frame *frame, cyn_err *err)
{
    for (;;) {
        int passed = -1;
        CYN_TRY(cyn_channel_receive(a->socket, CYN_MESSAGE_LIMIT, frame, &passed, 0, err));
        if (frame->type == CYN_FRAME_REPLY || frame->type == CYN_FRAME_FAILURE) return CYN_OK;
        if (!a->server->respond(a->server->self, *frame, passed))
            return cyn_fail(err, CYN_E_WORKER, "the host has gone");
    }
}

/* Sends the question and waits; the answer's tree is in a->answer. */
static cyn_code exchange(adhoc *a, const cyn_value **out, cyn_err *err)
{
    cyn_frame frame;
    CYN_TRY(cyn_buf_check(&a->question, err));
    CYN_TRY(
        cyn_channel_send(a->socket, CYN_FRAME_ASK, a->question.data, a->question.len, -1, 0, err));
    CYN_TRY(wait_for_answer(a, &frame, err));
    uint8_t *data = cyn_alloc(a->answer, (size_t)frame.length + 1);
    if (!data) return cyn_nomem(err);
    CYN_TRY(cyn_channel_read(a->socket, data, (size_t)frame.length, 0, err));
    CYN_TRY(cyn_wire_read(data, (size_t)frame.length, a->answer, out, err));
    if (frame.type == CYN_FRAME_REPLY) return CYN_OK;
    cyn_err told = {0};
    if (!cyn_value_error(*out, &told))
        return cyn_fail(err, CYN_E_WORKER, "the host answered with an unexpected frame");
    *err = told;
    return told.code;
}

/* The script sees the host's error as any other: a text with the place that asked. */
static int raise_error(lua_State *L, const cyn_err *e)
{
    char text[sizeof e->message + sizeof e->hint + 32], file[256];
    int line;
    cyn_err plain = *e;
    plain.file[0] = '\0'; /* its place is the declaration's; who asked is of more use */
    cyn_err_format(&plain, text, sizeof text);
    if (cyn_state_where(L, file, sizeof file, &line))
        lua_pushfstring(L, "%s:%d: %s", file, line, text);
    else
        lua_pushstring(L, text);
    return lua_error(L);
}

/* question → answer */
static int ask(lua_State *L)
{
    adhoc *a = current;
    const cyn_value *answer = NULL;
    cyn_err err = {0};
    cyn_wait waiting;
    if (!a) {
        (void)cyn_fail(&err, CYN_E_SCRIPT, "only a running script can ask, no function of rows");
        return raise_error(L, &err);
    }
    cyn_buf_reset(&a->question);
    cyn_encode(L, 1, &a->question);
    cyn_state_wait(a->state, &waiting);
    current = NULL; /* functions of rows cannot ask */
    cyn_arena_free(a->answer);
    a->answer = cyn_arena_new(0);
    cyn_code rc = a->answer ? exchange(a, &answer, &err) : cyn_nomem(&err);
    current = a;
    cyn_state_go_on(a->state, &waiting);
    if (rc != CYN_OK) return raise_error(L, &err);
    cyn_push_value(L, answer);
    return 1;
}

/* ---- Running ---- */

static int run(lua_State *L)
{
    adhoc *a = lua_touserdata(L, 1);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "_adhoc");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "run");
    lua_pushcfunction(L, ask);
    cyn_push_value(L, a->message);
    lua_call(L, 2, 1);
    a->more = lua_type(L, -1) == LUA_TSTRING && strcmp(lua_tostring(L, -1), "more") == 0;
    return 0;
}

/* error object → message, hint, file, line (lua/cynosure/_adhoc.lua, explain) */
static int explain(lua_State *L)
{
    lua_getglobal(L, "require");
    lua_pushliteral(L, "_adhoc");
    lua_call(L, 1, 1);
    lua_getfield(L, -1, "explain");
    lua_pushvalue(L, 1);
    lua_call(L, 1, 4);
    return 4;
}

/* The error object is on top. */
static cyn_code script_error(const adhoc *a, cyn_err *err)
{
    lua_State *L = a->state->L;
    char limit[64];
    const char *tripped = cyn_state_limit(a->state, limit, sizeof limit);
    lua_pushcfunction(L, explain);
    lua_insert(L, -2);
    if (cyn_state_run(a->state, 1, 4) != LUA_OK)
        return cyn_fail(err, CYN_E_SCRIPT, "%s", tripped ? tripped : "the error cannot be shown");
    const char *message = lua_tostring(L, -4), *hint = lua_tostring(L, -3);
    if (!message || (tripped && !strstr(message, tripped)))
        message = tripped ? tripped : "the error is no text";
    cyn_fail_at(err, CYN_E_SCRIPT, lua_tostring(L, -2), (int)lua_tointeger(L, -1), 0, "%s",
                message);
    if (hint) cyn_hint(err, "%s", hint);
    return CYN_E_SCRIPT;
}

cyn_code cyn_adhoc_run(cyn_state *s, int socket, const cyn_value *message, int64_t timeout,
                       const cyn_adhoc_server *server, bool *more, cyn_err *err)
{
    adhoc a = {.state = s, .socket = socket, .server = server, .message = message};
    cyn_state_arm(s, timeout);
    current = &a;
    lua_pushcfunction(s->L, run);
    lua_pushlightuserdata(s->L, &a);
    int status = cyn_state_run(s, 1, 0);
    cyn_state_disarm(s);
    current = NULL;
    s->reserve = (size_t)64 << 10; /* bytes: the script may have used up everything */
    cyn_code rc = status == LUA_OK ? CYN_OK : script_error(&a, err);
    s->reserve = 0;
    lua_settop(s->L, 0);
    cyn_buf_clear(&a.question);
    cyn_arena_free(a.answer);
    *more = a.more;
    return rc;
}
