#include "script/state.h"
#include "base/arena.h"
#include "base/time.h"
#include "script/zygote.h"
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#define COUNT_STEP 1000            /* instructions between two looks at their budget */
#define STUCK      INT64_C(120000) /* microseconds from the deadline to noting the place */

static cyn_state *current; /* the state that signals interrupt */

static void raise_limit(lua_State *L);

/* ---- Hooks ---- */

static void on_hook(lua_State *L, lua_Debug *ar)
{
    cyn_state *s = cyn_state_of(L);
    if (s->overdue) s->late = true;
    if (ar->event == LUA_HOOKCOUNT && !cyn_state_tripped(s)) {
        s->instructions += COUNT_STEP;
        s->spent = s->budget.instructions > 0 && s->instructions > s->budget.instructions;
    }
    if (cyn_state_tripped(s)) raise_limit(L);
}

/* From here on nothing of the run goes on. Safe in a signal handler, which is what it is for. */
static void set_final_hook(lua_State *L)
{
    lua_sethook(L, on_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

/* ---- Memory ---- */

/* What the C library takes for a block: a header, and at least 32 bytes. Small objects are most of
 * what scripts make, so that without it the process would hold half as much again. */
static size_t cost(size_t n)
{
    return n == 0 ? 0 : n < 24 ? 32 : (n + 8 + 15) & ~(size_t)15;
}

/* Lua answers a refusal with a full collection and asks again; a second refusal is final. */
static void refuse(cyn_state *s, const void *p, size_t n)
{
    if (s->refused_size == n && s->refused_block == p && s->L) {
        s->full = true;
        set_final_hook(s->L);
    }
    s->refused_block = p;
    s->refused_size = n;
    s->refused = true;
}

static void *allocate(void *ud, void *p, size_t old, size_t new)
{
    cyn_state *s = ud;
    if (!p) old = 0; /* then it is a kind of object, not a size */
    size_t before = cost(old), after = cost(new);
    if (new == 0) {
        cyn_free(p);
        s->used -= before;
        return NULL;
    }
    void *q = NULL;
    if (after <= before || s->used + (after - before) <= s->budget.memory + s->reserve)
        q = cyn_realloc(p, new);
    if (!q) {
        refuse(s, p, new);
        return NULL;
    }
    s->used = s->used - before + after;
    if (s->used > s->peak) s->peak = s->used;
    if (after > before) s->refused_size = 0;
    return q;
}

cyn_state *cyn_state_new(const cyn_budget *budget, cyn_page *page)
{
    cyn_state *s = cyn_calloc(1, sizeof *s);
    if (!s) return NULL;
    s->budget = *budget;
    s->page = page;
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

/* ---- Signals ---- */

static void set_timer(int64_t microseconds)
{
    struct itimerval t = {
        .it_value = {.tv_sec = microseconds / CYN_SECOND, .tv_usec = microseconds % CYN_SECOND}};
    setitimer(ITIMER_REAL, &t, NULL);
}

/* Walking the stack in a signal handler is no harm here: the process is about to be killed or is
 * crashing, and a C function that has run on for so long leaves the list of calls alone. */
static void note_place(void)
{
    cyn_page *page = current ? current->page : NULL;
    char file[sizeof page->file];
    int line;
    if (!page || !cyn_state_where(current->L, file, sizeof file, &line)) return;
    memcpy(page->file, file, sizeof file);
    page->line = line;
}

static void on_alarm(int signal_number)
{
    (void)signal_number;
    if (!current) return;
    if (current->overdue) {
        note_place();
        return;
    }
    current->overdue = 1;
    set_final_hook(current->L);
    set_timer(STUCK);
}

/* The default action is in force again when this returns, and the instruction fails again. */
static void on_crash(int signal_number)
{
    (void)signal_number;
    note_place();
}

void cyn_state_handle_signals(void)
{
    static char stack[64 << 10]; /* for when the other one has overflowed */
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction act = {.sa_handler = on_alarm, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &act, NULL);
    if (CYN_SANITIZED) return; /* they report crashes themselves */
    sigaltstack(&other, NULL);
    act = (struct sigaction){.sa_handler = on_crash, .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND)};
    sigaction(SIGSEGV, &act, NULL);
    sigaction(SIGBUS, &act, NULL);
}

/* ---- Runs ---- */

void cyn_state_forget(cyn_state *s)
{
    s->late = s->full = s->spent = s->wordy = false;
    s->overdue = 0;
    s->instructions = 0;
    s->refused_size = 0;
    s->refused = false;
}

void cyn_state_arm(cyn_state *s, int64_t timeout)
{
    cyn_state_forget(s);
    s->timeout = timeout;
    s->began = cyn_monotonic();
    s->peak = s->used;
    if (s->budget.instructions > 0) lua_sethook(s->L, on_hook, LUA_MASKCOUNT, COUNT_STEP);
    set_timer(timeout);
}

void cyn_state_wait(cyn_state *s, cyn_wait *w)
{
    int64_t left = s->timeout - (cyn_monotonic() - s->began);
    *w = (cyn_wait){.left = left > 0 ? left : 1, .instructions = s->instructions};
    cyn_state_disarm(s);
}

void cyn_state_go_on(cyn_state *s, const cyn_wait *w)
{
    bool overdue = s->overdue; /* the host asked for the end */
    cyn_state_arm(s, w->left);
    s->instructions = w->instructions;
    if (!overdue) return;
    s->overdue = 1;
    set_final_hook(s->L);
}

void cyn_state_disarm(cyn_state *s)
{
    set_timer(0);
    lua_sethook(s->L, NULL, 0, 0);
}

/* The buffers of Lua's C library (string.rep, concat, format) ask once, without a collection, and
 * raise a text of their own: an ordinary error, but for what it says. */
void cyn_state_failed(lua_State *L, int status)
{
    cyn_state *s = cyn_state_of(L);
    bool buffer = status == LUA_ERRRUN && s->refused && lua_type(L, -1) == LUA_TSTRING &&
                  strcmp(lua_tostring(L, -1), "not enough memory") == 0;
    if (status != LUA_ERRMEM && !buffer) return;
    s->full = true;
    set_final_hook(L);
}

int cyn_state_run(cyn_state *s, int nargs, int nresults)
{
    int status = lua_pcall(s->L, nargs, nresults, 0);
    cyn_state_failed(s->L, status);
    return status;
}

bool cyn_state_tripped(const cyn_state *s)
{
    return s->late || s->full || s->spent || s->wordy;
}

static void raise_limit(lua_State *L)
{
    char file[256], text[64];
    int line;
    cyn_state_limit(cyn_state_of(L), text, sizeof text);
    if (cyn_state_where(L, file, sizeof file, &line))
        lua_pushfstring(L, "%s:%d: %s", file, line, text);
    else
        lua_pushstring(L, text);
    lua_error(L);
}

void cyn_state_check(lua_State *L)
{
    cyn_state *s = cyn_state_of(L);
    if (s->overdue) s->late = true;
    if (cyn_state_tripped(s)) raise_limit(L);
}

void cyn_state_check_output(lua_State *L, size_t bytes)
{
    cyn_state *s = cyn_state_of(L);
    if (s->budget.output == 0 || bytes <= s->budget.output) return;
    s->wordy = true;
    set_final_hook(L);
    raise_limit(L);
}

const char *cyn_state_limit(const cyn_state *s, char *out, size_t size)
{
    if (s->late)
        snprintf(out, size, "ran longer than %g s", (double)s->timeout / CYN_SECOND);
    else if (s->full)
        snprintf(out, size, "used more than %zu MiB of memory", s->budget.memory >> 20);
    else if (s->spent)
        snprintf(out, size, "ran more than %llu instructions",
                 (unsigned long long)s->budget.instructions);
    else if (s->wordy)
        snprintf(out, size, "gave more than %zu MiB of output", s->budget.output >> 20);
    else
        return NULL;
    return out;
}

bool cyn_state_where(lua_State *L, char *file, size_t size, int *line)
{
    lua_Debug ar;
    for (int level = 0; lua_getstack(L, level, &ar); level++) {
        lua_getinfo(L, "S", &ar);
        if (ar.source[0] != '@') continue;
        lua_getinfo(L, "l", &ar); /* it goes through a list */
        if (ar.currentline <= 0) continue;
        size_t n = strnlen(ar.source + 1, size - 1);
        memcpy(file, ar.source + 1, n);
        file[n] = '\0';
        *line = ar.currentline;
        return true;
    }
    return false;
}
