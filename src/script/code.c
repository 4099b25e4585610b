#include "script/code.h"
#include "base/buf.h"
#include <lauxlib.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A walk over the dump of Lua 5.4 (ldump.c): signature, version, format, check data, three sizes,
 * one integer, one float, then the number of upvalues, then the function. */
#define HEADER_SIZE (4 + 1 + 1 + 6 + 3 + sizeof(lua_Integer) + sizeof(lua_Number))

enum {
    DUMP_FALSE = 1,
    DUMP_INTEGER = 3,
    DUMP_SHORT = 4,
    DUMP_TRUE = 17,
    DUMP_FLOAT = 19,
    DUMP_LONG = 20
};

typedef struct walker {
    const uint8_t *at, *end;
    cyn_buf *out;
    bool bad;
} walker;

static void copy(walker *w, uint64_t n)
{
    if (n > (uint64_t)(w->end - w->at)) {
        w->bad = true;
        w->at = w->end;
        return;
    }
    cyn_buf_add(w->out, w->at, (size_t)n);
    w->at += n;
}

/* Sizes have seven bits a byte, the highest first, and the last byte is marked. */
static uint64_t take_size(walker *w, bool keep)
{
    uint64_t n = 0;
    for (;;) {
        if (w->at >= w->end || n > (UINT64_MAX >> 7)) {
            w->bad = true;
            return 0;
        }
        uint8_t byte = *w->at++;
        if (keep) cyn_buf_putc(w->out, (char)byte);
        n = n << 7 | (byte & 0x7f);
        if (byte & 0x80) return n;
    }
}

static void copy_string(walker *w)
{
    uint64_t n = take_size(w, true);
    if (n > 0) copy(w, n - 1);
}

static void copy_constant(walker *w)
{
    int tag = w->at < w->end ? *w->at : -1;
    copy(w, 1);
    switch (tag) {
    case 0:
    case DUMP_FALSE:
    case DUMP_TRUE: break;
    case DUMP_INTEGER: copy(w, sizeof(lua_Integer)); break;
    case DUMP_FLOAT: copy(w, sizeof(lua_Number)); break;
    case DUMP_SHORT:
    case DUMP_LONG: copy_string(w); break;
    default: w->bad = true;
    }
}

static void copy_function(walker *w, int depth)
{
    copy_string(w);      /* source: absent */
    take_size(w, false); /* first and last line: left out */
    take_size(w, false);
    copy(w, 3);                      /* parameters, vararg, stack */
    copy(w, 4 * take_size(w, true)); /* instructions */
    for (uint64_t n = take_size(w, true); n > 0 && !w->bad; n--)
        copy_constant(w);
    copy(w, 3 * take_size(w, true)); /* upvalues */
    for (uint64_t n = take_size(w, true); n > 0 && !w->bad; n--) {
        if (depth > 200)
            w->bad = true;
        else
            copy_function(w, depth + 1);
    }
    for (int i = 0; i < 4; i++) /* debug information: none of any kind */
        if (take_size(w, true) != 0) w->bad = true;
}

static int append(lua_State *L, const void *p, size_t n, void *ud)
{
    (void)L;
    cyn_buf_add(ud, p, n);
    return 0;
}

bool cyn_push_code(lua_State *L, int index)
{
    /* The process owns the buffers, so that an error raised below cannot lose them. */
    static cyn_buf dump, code;
    if (!lua_isfunction(L, index) || lua_iscfunction(L, index)) return false;
    cyn_buf_reset(&dump);
    cyn_buf_reset(&code);
    lua_pushvalue(L, index);
    lua_dump(L, append, &dump, 1);
    lua_pop(L, 1);
    const uint8_t *data = (const uint8_t *)dump.data;
    walker w = {.at = data, .end = data + dump.len, .out = &code};
    copy(&w, HEADER_SIZE + 1);
    copy_function(&w, 0);
    if (dump.failed || code.failed) luaL_error(L, "not enough memory");
    /* A dump of another shape (a patched Lua) still identifies the code, only less patiently. */
    const cyn_buf *result = w.bad || w.at != w.end ? &dump : &code;
    lua_pushlstring(L, result->data, result->len);
    return true;
}
