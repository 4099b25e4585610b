/* Maps become the same bytes whatever their size, and the order in which their keys came. */
#include "catalog/wire.h"
#include "script/encode.h"
#include "script/state.h"
#include "test.h"
#include <lauxlib.h>
#include <lualib.h>

static const cyn_budget budget = {.memory = (size_t)64 << 20};

static int run(lua_State *L)
{
    luaL_openlibs(L);
    if (luaL_loadstring(L, lua_touserdata(L, 1)) != LUA_OK) return lua_error(L);
    lua_call(L, 0, 1);
    cyn_encode(L, -1, lua_touserdata(L, 2));
    return 0;
}

/* Encodes what the code returns; the error that it raises instead, else "". */
static const char *encode(const char *code, cyn_buf *out)
{
    static char error[200];
    cyn_state *s = cyn_state_new(&budget, NULL);
    lua_pushcfunction(s->L, run);
    lua_pushlightuserdata(s->L, (void *)(uintptr_t)code);
    lua_pushlightuserdata(s->L, out);
    int status = cyn_state_run(s, 2, 0);
    snprintf(error, sizeof error, "%s", status == LUA_OK ? "" : lua_tostring(s->L, -1));
    lua_close(s->L);
    free(s);
    return error;
}

/* k001 … with the values 1 …, the last one first. */
static void check_map(int n)
{
    char code[200];
    cyn_buf out = {0}, want = {0};
    snprintf(code, sizeof code,
             "local t = {} for i = %d, 1, -1 do t[('k%%03d'):format(i)] = { v = i } end return t",
             n);
    CHECK_STR(encode(code, &out), "");
    cyn_wire_map(&want, (size_t)n);
    for (int i = 1; i <= n; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%03d", i);
        cyn_wire_key(&want, key);
        cyn_wire_map(&want, 1);
        cyn_wire_key(&want, "v");
        cyn_wire_integer(&want, i);
    }
    CHECK_INT(out.len, want.len);
    CHECK(out.len == want.len && memcmp(out.data, want.data, want.len) == 0);
    cyn_buf_clear(&out);
    cyn_buf_clear(&want);
}

static void test_maps_of_any_size(void)
{
    const int sizes[] = {1, 2, 47, 48, 49, 50, 300};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_map(sizes[i]);
}

static void test_what_has_no_encoding(void)
{
    cyn_buf out = {0};
    const char *no_text = "a map with a key that is no text";
    CHECK_STR(encode("return { a = 1, [7] = 2 }", &out), no_text);
    CHECK_STR(
        encode("local t = { [true] = 1 } for i = 1, 99 do t['k' .. i] = i end return t", &out),
        no_text);
    CHECK_STR(encode("return { a = print }", &out), "a function has no encoding");
    CHECK_STR(encode("local t = {} t.t = t return t", &out), "nested too deeply");
    cyn_buf_clear(&out);
}

int main(void)
{
    RUN(test_maps_of_any_size);
    RUN(test_what_has_no_encoding);
    return test_end();
}
