/* Reading compiled code: of functions as Lua dumps them, and of bytes that are none. */
#include "script/code.h"
#include "script/dump.h"
#include "script/opcode.h"
#include "test.h"
#include <lauxlib.h>

static const char source[] =
    "local limit <const> = 5 local text = 'a long text, longer than forty bytes, it is'\n"
    "local function outer(a, ...)\n"
    "  local function inner(b) return b + limit, text, 2.5, nil, true, false end\n"
    "  return inner(a), ~7, 1 << 40\n"
    "end\n"
    "return outer\n";

static lua_State *new_state(const char *chunk)
{
    lua_State *L = luaL_newstate();
    if (L && luaL_loadstring(L, chunk) != LUA_OK) printf("# %s\n", lua_tostring(L, -1));
    return L;
}

static void test_this_lua_is_the_one_that_the_translator_knows(void)
{
    lua_State *L = new_state("");
    CHECK(cyn_dump_is_known(L));
    lua_close(L);
}

static void test_a_function_is_read_whole(void)
{
    lua_State *L = new_state(source);
    cyn_buf dump = {0};
    cyn_arena *arena = cyn_arena_new(0);
    CHECK(cyn_dump_write(L, -1, false, &dump));
    const cyn_dump_proto *p = cyn_dump_read(dump.data, dump.len, arena);
    CHECK(p != NULL);
    if (p) {
        CHECK_INT(p->nnested, 1);
        CHECK_INT(op_of(p->code[0]), OP_VARARGPREP);
        CHECK_INT(cyn_dump_line(p, p->ncode - 1), 6);
        CHECK_INT(cyn_dump_line(p, p->ncode), 0);
        const cyn_dump_proto *outer = &p->nested[0], *inner = &outer->nested[0];
        CHECK_INT(outer->parameters, 1);
        CHECK(outer->varargs && !inner->varargs);
        CHECK_INT(inner->nupvalues, 1); /* limit is compiled in */
        CHECK(!inner->upvalues[0].in_stack);
        CHECK(outer->upvalues[0].in_stack);
        CHECK_INT(cyn_dump_line(inner, 0), 3);
        CHECK_INT(inner->nconstants, 1);
        CHECK(inner->nconstants == 1 && inner->constants[0].r == 2.5);
    }
    cyn_arena_free(arena);
    cyn_buf_clear(&dump);
    lua_close(L);
}

static void test_lines_far_apart_are_found(void)
{
    cyn_buf text = {0}, dump = {0};
    for (int i = 1; i <= 150; i++) {
        cyn_buf_puts(&text, "do local a = ... end");
        cyn_buf_repeat(&text, "\n", i % 7 == 0 ? 200 : 1);
    }
    cyn_buf_puts(&text, "x = 1");
    lua_State *L = new_state(text.data);
    cyn_arena *arena = cyn_arena_new(0);
    int last = 1;
    for (const char *c = text.data; *c; c++)
        last += *c == '\n';
    CHECK(cyn_dump_write(L, -1, false, &dump));
    const cyn_dump_proto *p = cyn_dump_read(dump.data, dump.len, arena);
    CHECK(p && cyn_dump_line(p, p->ncode - 1) == last);
    CHECK(p && cyn_dump_line(p, 1) == 1);
    cyn_arena_free(arena);
    cyn_buf_clear(&dump);
    cyn_buf_clear(&text);
    lua_close(L);
}

/* Digests are made of these bytes: they must not depend on where the function stands. */
static void test_code_does_not_depend_on_lines(void)
{
    lua_State *L = new_state("return function(a) return function() return a + 1 end end");
    CHECK(cyn_push_code(L, 1));
    CHECK_INT(
        luaL_loadstring(L, "\n\nreturn function(a)\n return\n function() return a + 1 end end"),
        LUA_OK);
    CHECK(cyn_push_code(L, 3));
    CHECK(lua_rawequal(L, 2, 4));
    CHECK_INT(luaL_loadstring(L, "return function(a) return function() return a + 2 end end"),
              LUA_OK);
    CHECK(cyn_push_code(L, 5));
    CHECK(!lua_rawequal(L, 2, 6));
    lua_pushcfunction(L, lua_error);
    CHECK(!cyn_push_code(L, -1));
    lua_close(L);
}

/* A repeatable sequence, so that a failure can be run again. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void test_no_damaged_dump_does_harm(void)
{
    lua_State *L = new_state(source);
    cyn_buf dump = {0};
    uint32_t seed = 7;
    int read = 0, refused = 0;
    CHECK(cyn_dump_write(L, -1, false, &dump));
    uint8_t *copy = malloc(dump.len);
    for (int round = 0; copy && round < 20000; round++) {
        size_t n = dump.len;
        memcpy(copy, dump.data, n);
        for (uint32_t i = 1 + next_random(&seed) % 3; i > 0; i--)
            copy[next_random(&seed) % n] = (uint8_t)next_random(&seed);
        if (next_random(&seed) % 4 == 0) n = next_random(&seed) % n;
        cyn_arena *arena = cyn_arena_new((size_t)1 << 20);
        const cyn_dump_proto *p = cyn_dump_read(copy, n, arena);
        read += p != NULL;
        refused += p == NULL;
        cyn_arena_free(arena);
    }
    CHECK(read > 100 && refused > 1000); /* both ways were gone */
    free(copy);
    cyn_buf_clear(&dump);
    lua_close(L);
}

int main(void)
{
    RUN(test_this_lua_is_the_one_that_the_translator_knows);
    RUN(test_a_function_is_read_whole);
    RUN(test_lines_far_apart_are_found);
    RUN(test_code_does_not_depend_on_lines);
    RUN(test_no_damaged_dump_does_harm);
    return test_end();
}
