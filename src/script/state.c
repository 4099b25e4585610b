#include "script/state.h"
#include "base/arena.h"
#include "base/time.h"
#include <lauxlib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

static cyn_state *current; /* the state that the alarm interrupts */

static void *allocate(void *ud, void *p, size_t old, size_t new)
{
    cyn_state *s = ud;
    if (!p) old = 0; /* then it is a kind of object, not a size */
    if (new == 0) {
        cyn_free(p);
        s->used -= old;
        return NULL;
    }
    if (new > old && s->used + (new - old) > s->limit + s->reserve) return NULL;
    void *q = cyn_realloc(p, new);
    if (q) s->used += new - old;
    return q;
}

cyn_state *cyn_state_new(size_t limit)
{
    cyn_state *s = cyn_calloc(1, sizeof *s);
    if (!s) return NULL;
    s->limit = limit;
    s->L = lua_newstate(allocate, s);
    if (!s->L) {
        cyn_free(s);
        return NULL;
    }
    *(cyn_state **)lua_getextraspace(s->L) = s;
    current = s;
    return s;
}

cyn_state *cyn_state_of(lua_State *L)
{
    return *(cyn_state **)lua_getextraspace(L);
}

/* ---- The deadline: an alarm that sets a hook, so that code in time pays nothing for it ---- */

static void stop(lua_State *L, lua_Debug *ar)
{
    cyn_state *s = cyn_state_of(L);
    char file[256], text[64];
    int line;
    (void)ar;
    s->late = true;
    cyn_state_limit(s, text, sizeof text);
    if (cyn_state_where(L, file, sizeof file, &line))
        lua_pushfstring(L, "%s:%d: %s", file, line, text);
    else
        lua_pushstring(L, text);
    lua_error(L);
}

static void on_alarm(int signal_number)
{
    (void)signal_number;
    if (current)
        lua_sethook(current->L, stop, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static void set_timer(int64_t microseconds)
{
    struct itimerval t = {
        .it_value = {.tv_sec = microseconds / CYN_SECOND, .tv_usec = microseconds % CYN_SECOND}};
    setitimer(ITIMER_REAL, &t, NULL);
}

void cyn_state_arm(cyn_state *s, int64_t timeout)
{
    struct sigaction act = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &act, NULL);
    s->late = s->full = false;
    s->timeout = timeout;
    set_timer(timeout);
}

void cyn_state_disarm(cyn_state *s)
{
    set_timer(0);
    lua_sethook(s->L, NULL, 0, 0);
}

int cyn_state_run(cyn_state *s, int nargs, int nresults)
{
    int status = lua_pcall(s->L, nargs, nresults, 0);
    if (status == LUA_ERRMEM) s->full = true;
    return status;
}

const char *cyn_state_limit(const cyn_state *s, char *out, size_t size)
{
    if (s->late)
        snprintf(out, size, "ran longer than %g s", (double)s->timeout / CYN_SECOND);
    else if (s->full)
        snprintf(out, size, "used more than %zu MiB of memory", s->limit >> 20);
    else
        return NULL;
    return out;
}

bool cyn_state_where(lua_State *L, char *file, size_t size, int *line)
{
    lua_Debug ar;
    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "Sl", &ar);
        if (ar.source[0] != '@' || ar.currentline <= 0) continue;
        snprintf(file, size, "%s", ar.source + 1);
        *line = ar.currentline;
        return true;
    }
    return false;
}
