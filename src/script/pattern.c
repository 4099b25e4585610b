#include "script/pattern.h"
#include "script/state.h"
#include <ctype.h>
#include <string.h>

#define MAX_CAPTURES 32
#define MAX_DEPTH    200  /* of nested attempts, each of which takes C stack */
#define LOOK_EVERY   4096 /* steps between two looks at the budgets */

/* Lengths of captures that are none. */
#define UNFINISHED (-1) /* its parenthesis has not been closed */
#define POSITION   (-2) /* "()": where it is, and no text */

typedef struct capture {
    const char *start;
    ptrdiff_t length;
} capture;

typedef struct matcher {
    lua_State *L;
    const char *text, *text_end, *pattern_end;
    int depth, ncaptures;
    unsigned steps;
    capture captures[MAX_CAPTURES];
} matcher;

static void step(matcher *m)
{
    if (++m->steps % LOOK_EVERY == 0) cyn_state_check(m->L);
}

/* ---- One character ---- */

static bool in_class(int c, int class)
{
    bool in;
    switch (tolower(class)) {
    case 'a': in = isalpha(c); break;
    case 'c': in = iscntrl(c); break;
    case 'd': in = isdigit(c); break;
    case 'g': in = isgraph(c); break;
    case 'l': in = islower(c); break;
    case 'p': in = ispunct(c); break;
    case 's': in = isspace(c); break;
    case 'u': in = isupper(c); break;
    case 'w': in = isalnum(c); break;
    case 'x': in = isxdigit(c); break;
    default: return class == c; /* an escaped character */
    }
    return isupper(class) ? !in : in;
}

/* The end of the item at p: a character, %x, or a set in brackets. */
static const char *item_end(matcher *m, const char *p)
{
    if (*p == '%') {
        if (p + 1 == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 2;
    }
    if (*p != '[') return p + 1;
    p += p + 1 < m->pattern_end && p[1] == '^' ? 2 : 1;
    /* The first character belongs to the set even if it is a ]. */
    for (bool first = true; first || p >= m->pattern_end || *p != ']'; first = false) {
        if (p >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
        p += *p == '%' && p + 1 < m->pattern_end ? 2 : 1;
    }
    return p + 1;
}

/* p is behind the [, close at the ]. */
static bool in_set(int c, const char *p, const char *close)
{
    bool negated = *p == '^';
    for (p += negated; p < close; p++) {
        bool in;
        if (*p == '%') {
            in = in_class(c, (unsigned char)*++p);
        } else if (p + 2 < close && p[1] == '-') {
            in = (unsigned char)p[0] <= c && c <= (unsigned char)p[2];
            p += 2;
        } else {
            in = (unsigned char)*p == c;
        }
        if (in) return !negated;
    }
    return negated;
}

/* Whether the character at s is one of the item [p, end). */
static bool is_one(const matcher *m, const char *s, const char *p, const char *end)
{
    if (s >= m->text_end) return false;
    int c = (unsigned char)*s;
    switch (*p) {
    case '.': return true;
    case '%': return in_class(c, (unsigned char)p[1]);
    case '[': return in_set(c, p + 1, end - 1);
    default: return (unsigned char)*p == c;
    }
}

/* ---- Attempts: where the rest of the pattern, from p, ends when it matches at s; or NULL ---- */

static const char *attempt(matcher *m, const char *s, const char *p);

/* As many as possible, then fewer. */
static const char *longest(matcher *m, const char *s, const char *p, const char *end)
{
    const char *last = s;
    while (is_one(m, last, p, end))
        last++;
    if (last - s >= LOOK_EVERY) cyn_state_check(m->L);
    for (; last >= s; last--) {
        const char *found = attempt(m, last, end + 1);
        if (found) return found;
    }
    return NULL;
}

/* As few as possible, then more. */
static const char *shortest(matcher *m, const char *s, const char *p, const char *end)
{
    for (;; s++) {
        const char *found = attempt(m, s, end + 1);
        if (found) return found;
        if (!is_one(m, s, p, end)) return NULL;
    }
}

static const char *open_capture(matcher *m, const char *s, const char *p, ptrdiff_t kind)
{
    if (m->ncaptures >= MAX_CAPTURES) luaL_error(m->L, "too many captures");
    m->captures[m->ncaptures++] = (capture){s, kind};
    const char *found = attempt(m, s, p);
    if (!found) m->ncaptures--;
    return found;
}

static const char *close_capture(matcher *m, const char *s, const char *p)
{
    int i = m->ncaptures - 1;
    while (i >= 0 && m->captures[i].length != UNFINISHED)
        i--;
    if (i < 0) luaL_error(m->L, "invalid pattern capture");
    m->captures[i].length = s - m->captures[i].start;
    const char *found = attempt(m, s, p);
    if (!found) m->captures[i].length = UNFINISHED;
    return found;
}

/* %1: the same text as that capture. */
static const char *repeat_capture(matcher *m, const char *s, int digit)
{
    int i = digit - '1';
    if (i < 0 || i >= m->ncaptures || m->captures[i].length == UNFINISHED)
        luaL_error(m->L, "invalid capture index %%%d", i + 1);
    const capture *c = &m->captures[i];
    if (c->length == POSITION || c->length > m->text_end - s) return NULL;
    return memcmp(c->start, s, (size_t)c->length) == 0 ? s + c->length : NULL;
}

/* %bxy, p at the x: from an x to the y that closes it. */
static const char *balance(matcher *m, const char *s, const char *p)
{
    if (p + 1 >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->text_end || *s != *p) return NULL;
    size_t open = 1;
    while (++s < m->text_end) {
        step(m);
        if (*s == p[1]) {
            if (--open == 0) return s + 1;
        } else if (*s == *p) {
            open++;
        }
    }
    return NULL;
}

/* %f[set], p at the [: between a character outside the set and one in it; \0 is beyond both ends.
 */
static bool at_frontier(matcher *m, const char *s, const char *p, const char **end)
{
    if (p >= m->pattern_end || *p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
    *end = item_end(m, p);
    int before = s == m->text ? 0 : (unsigned char)s[-1];
    int here = s < m->text_end ? (unsigned char)*s : 0;
    return !in_set(before, p + 1, *end - 1) && in_set(here, p + 1, *end - 1);
}

/* One item, with what may follow it (* + - ?). NULL: no match. *p: where to go on; NULL: nowhere,
 * for the rest has been matched. */
static const char *single(matcher *m, const char *s, const char **p)
{
    const char *item = *p, *end = item_end(m, item);
    switch (end < m->pattern_end ? *end : '\0') {
    case '*': *p = NULL; return longest(m, s, item, end);
    case '+': *p = NULL; return is_one(m, s, item, end) ? longest(m, s + 1, item, end) : NULL;
    case '-': *p = NULL; return shortest(m, s, item, end);
    case '?':
        if (is_one(m, s, item, end)) {
            const char *found = attempt(m, s + 1, end + 1);
            if (found) {
                *p = NULL;
                return found;
            }
        }
        *p = end + 1;
        return s;
    default: *p = end; return is_one(m, s, item, end) ? s + 1 : NULL;
    }
}

/* %b, %f, %1 and their like; else a single item. */
static const char *escape(matcher *m, const char *s, const char **p)
{
    const char *at = *p;
    int kind = at + 1 < m->pattern_end ? (unsigned char)at[1] : 0;
    if (kind == 'b') {
        *p = at + 4;
        return balance(m, s, at + 2);
    }
    if (kind == 'f') return at_frontier(m, s, at + 2, p) ? s : NULL;
    if (!isdigit(kind)) return single(m, s, p);
    *p = at + 2;
    return repeat_capture(m, s, kind);
}

static const char *attempt(matcher *m, const char *s, const char *p)
{
    if (m->depth >= MAX_DEPTH) luaL_error(m->L, "pattern too complex");
    m->depth++;
    while (s && p && p < m->pattern_end) {
        step(m);
        if (*p == '(') {
            bool position = p + 1 < m->pattern_end && p[1] == ')';
            s = open_capture(m, s, p + 1 + position, position ? POSITION : UNFINISHED);
            p = NULL;
        } else if (*p == ')') {
            s = close_capture(m, s, p + 1);
            p = NULL;
        } else if (*p == '$' && p + 1 == m->pattern_end) {
            s = s == m->text_end ? s : NULL;
            p = NULL;
        } else if (*p == '%') {
            s = escape(m, s, &p);
        } else {
            s = single(m, s, &p);
        }
    }
    m->depth--;
    return s;
}

/* The first attempt at s. */
static const char *try_at(matcher *m, const char *s, const char *pattern)
{
    m->depth = m->ncaptures = 0;
    return attempt(m, s, pattern);
}

/* ---- What was captured ---- */

/* The i-th capture of the match [s, e); the whole of it where the pattern has no captures. */
static void push_capture(const matcher *m, int i, const char *s, const char *e)
{
    if (i >= m->ncaptures) {
        if (i > 0) luaL_error(m->L, "invalid capture index %%%d", i + 1);
        lua_pushlstring(m->L, s, (size_t)(e - s));
        return;
    }
    const capture *c = &m->captures[i];
    if (c->length == UNFINISHED) luaL_error(m->L, "unfinished capture");
    if (c->length == POSITION)
        lua_pushinteger(m->L, c->start - m->text + 1);
    else
        lua_pushlstring(m->L, c->start, (size_t)c->length);
}

/* All captures, or the whole match where there are none and `whole` is wanted. */
static int push_captures(const matcher *m, const char *s, const char *e, bool whole)
{
    int n = m->ncaptures == 0 && whole ? 1 : m->ncaptures;
    luaL_checkstack(m->L, n, "too many captures");
    for (int i = 0; i < n; i++)
        push_capture(m, i, s, e);
    return n;
}

/* ---- The functions ---- */

/* A matcher for the text at 1 and the pattern at 2. */
static matcher prepare(lua_State *L, const char **pattern)
{
    size_t ls, lp;
    const char *s = luaL_checklstring(L, 1, &ls);
    *pattern = luaL_checklstring(L, 2, &lp);
    return (matcher){.L = L, .text = s, .text_end = s + ls, .pattern_end = *pattern + lp};
}

/* The offset that the argument means: counted from 1, or from the end when negative. May lie behind
 * the end. */
static size_t start_offset(lua_State *L, int arg, size_t n)
{
    lua_Integer i = luaL_optinteger(L, arg, 1);
    if (i > 0) return (size_t)i - 1;
    if (i == 0 || i < -(lua_Integer)n) return 0;
    return n - (size_t)-i;
}

static bool is_plain(const char *pattern, const char *end)
{
    for (; pattern < end; pattern++)
        if (*pattern && strchr("^$*+?.([%-", *pattern)) return false;
    return true;
}

static int push_span(const matcher *m, const char *s, const char *e)
{
    lua_pushinteger(m->L, s - m->text + 1);
    lua_pushinteger(m->L, e - m->text);
    return 2;
}

static int search(lua_State *L, bool find)
{
    const char *pattern;
    matcher m = prepare(L, &pattern);
    size_t n = (size_t)(m.text_end - m.text), start = start_offset(L, 3, n);
    if (start > n) {
        lua_pushnil(L);
        return 1;
    }
    if (find && (lua_toboolean(L, 4) || is_plain(pattern, m.pattern_end))) {
        size_t size = (size_t)(m.pattern_end - pattern);
        const char *s = memmem(m.text + start, n - start, pattern, size);
        if (s) return push_span(&m, s, s + size);
        lua_pushnil(L);
        return 1;
    }
    bool anchored = *pattern == '^' && pattern < m.pattern_end;
    pattern += anchored;
    for (const char *s = m.text + start; s <= m.text_end; s++) {
        const char *e = try_at(&m, s, pattern);
        if (e && !find) return push_captures(&m, s, e, true);
        if (e) return push_span(&m, s, e) + push_captures(&m, s, e, false);
        if (anchored) break;
        step(&m);
    }
    lua_pushnil(L);
    return 1;
}

static int find_function(lua_State *L)
{
    return search(L, true);
}

static int match_function(lua_State *L)
{
    return search(L, false);
}

/* Upvalues: text, pattern, where to go on, the end of the last match (-1: none). */
static int gmatch_next(lua_State *L)
{
    const char *pattern;
    lua_settop(L, 0);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, lua_upvalueindex(2));
    matcher m = prepare(L, &pattern);
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    for (const char *s = m.text + lua_tointeger(L, lua_upvalueindex(3)); s <= m.text_end; s++) {
        const char *e = try_at(&m, s, pattern);
        step(&m);
        if (!e || e - m.text == last) continue;
        lua_pushinteger(L, e - m.text);
        lua_copy(L, -1, lua_upvalueindex(3));
        lua_copy(L, -1, lua_upvalueindex(4));
        return push_captures(&m, s, e, true);
    }
    return 0;
}

static int gmatch_function(lua_State *L)
{
    size_t n;
    luaL_checklstring(L, 1, &n);
    luaL_checkstring(L, 2);
    size_t start = start_offset(L, 3, n);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(start > n ? n + 1 : start));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, gmatch_next, 4);
    return 1;
}

/* The replacement text at 3, with %0 … %9 and %% in it, for the match [s, e). */
static void add_text(const matcher *m, luaL_Buffer *b, const char *s, const char *e)
{
    size_t n;
    const char *at = lua_tolstring(m->L, 3, &n), *end = at + n;
    while (at < end) {
        const char *percent = memchr(at, '%', (size_t)(end - at));
        luaL_addlstring(b, at, (size_t)((percent ? percent : end) - at));
        if (!percent) return;
        char kind = percent[1]; /* \0 at the end of the text */
        at = percent + 2;
        if (kind == '%') {
            luaL_addchar(b, '%');
        } else if (kind == '0') {
            luaL_addlstring(b, s, (size_t)(e - s));
        } else if (isdigit((unsigned char)kind)) {
            push_capture(m, kind - '1', s, e);
            luaL_tolstring(m->L, -1, NULL); /* a position is a number */
            lua_remove(m->L, -2);
            luaL_addvalue(b);
        } else {
            luaL_error(m->L, "invalid use of '%%' in replacement string");
        }
    }
}

/* What stands for the match [s, e); false when it is what was there. */
static bool add_replacement(const matcher *m, luaL_Buffer *b, const char *s, const char *e)
{
    lua_State *L = m->L;
    switch (lua_type(L, 3)) {
    case LUA_TFUNCTION:
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(m, s, e, true), 1);
        break;
    case LUA_TTABLE:
        push_capture(m, 0, s, e);
        lua_gettable(L, 3);
        break;
    default: add_text(m, b, s, e); return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(b, s, (size_t)(e - s));
        return false;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(b);
    return true;
}

static int gsub_function(lua_State *L)
{
    const char *pattern, *last = NULL;
    matcher m = prepare(L, &pattern);
    int type = lua_type(L, 3);
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                         type == LUA_TTABLE,
                     3, "string/function/table");
    lua_Integer n = 0, most = luaL_optinteger(L, 4, m.text_end - m.text + 1);
    bool anchored = *pattern == '^' && pattern < m.pattern_end, changed = false;
    luaL_Buffer b;
    pattern += anchored;
    luaL_buffinit(L, &b);
    const char *s = m.text;
    while (n < most) {
        const char *e = try_at(&m, s, pattern);
        step(&m);
        if (e && e != last) {
            n++;
            changed |= add_replacement(&m, &b, s, e);
            s = last = e;
        } else if (s < m.text_end) {
            luaL_addchar(&b, *s++);
        } else {
            break;
        }
        if (anchored) break;
    }
    if (changed) {
        luaL_addlstring(&b, s, (size_t)(m.text_end - s));
        luaL_pushresult(&b);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, n);
    return 2;
}

const luaL_Reg cyn_pattern_functions[] = {{"find", find_function},
                                          {"gmatch", gmatch_function},
                                          {"gsub", gsub_function},
                                          {"match", match_function},
                                          {NULL, NULL}};
