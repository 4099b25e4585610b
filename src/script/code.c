#include "script/code.h"
#include "script/dump.h"
#include <lauxlib.h>

/* Copies the dump up to `end` without the line numbers of the function and those in it; `at` is how
 * far the copy has come. */
static void copy_function(const cyn_buf *dump, const cyn_dump_proto *p, size_t *at, cyn_buf *out)
{
    cyn_buf_add(out, dump->data + *at, p->lines_begin - *at);
    *at = p->lines_end;
    for (size_t i = 0; i < p->nnested; i++)
        copy_function(dump, &p->nested[i], at, out);
}

static bool copy_code(const cyn_buf *dump, cyn_buf *out)
{
    size_t at = 0;
    cyn_arena *arena = cyn_arena_new(0);
    const cyn_dump_proto *p = arena ? cyn_dump_read(dump->data, dump->len, arena) : NULL;
    if (p) {
        copy_function(dump, p, &at, out);
        cyn_buf_add(out, dump->data + at, dump->len - at);
    }
    cyn_arena_free(arena);
    return p != NULL;
}

bool cyn_push_code(lua_State *L, int index)
{
    /* The process owns the buffers, so that an error raised below cannot lose them. */
    static cyn_buf dump, code;
    if (!lua_isfunction(L, index) || lua_iscfunction(L, index)) return false;
    cyn_buf_reset(&dump);
    cyn_buf_reset(&code);
    if (!cyn_dump_write(L, index, true, &dump)) luaL_error(L, "not enough memory");
    /* A dump of another shape (a patched Lua) still identifies the code, only less patiently. */
    const cyn_buf *result = copy_code(&dump, &code) ? &code : &dump;
    if (code.failed) luaL_error(L, "not enough memory");
    lua_pushlstring(L, result->data, result->len);
    return true;
}
