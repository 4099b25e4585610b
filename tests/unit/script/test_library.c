/* The library functions that scripts get, held against Lua's own; and what they refuse. */
#include "script/library.h"
#include "script/state.h"
#include "test.h"
#include <lauxlib.h>
#include <lualib.h>

static const cyn_budget budget = {.memory = (size_t)64 << 20};

static int open_both(lua_State *L)
{
    luaL_openlibs(L);
    if (luaL_dostring(L, "own = { string = {}, table = {}, tostring = tostring }\n"
                         "for _, lib in ipairs { 'string', 'table' } do\n"
                         "  for k, v in pairs(_G[lib]) do own[lib][k] = v end\n"
                         "end"))
        return lua_error(L);
    cyn_replace_functions(L);
    return 0;
}

/* Runs Lua code, which raises when something is not as it should be. */
static void check_lua(const char *code)
{
    cyn_state *s = cyn_state_new(&budget, NULL);
    lua_pushcfunction(s->L, open_both);
    CHECK_INT(cyn_state_run(s, 0, 0), LUA_OK);
    int status = luaL_loadstring(s->L, code);
    if (status == LUA_OK) status = cyn_state_run(s, 0, 0);
    CHECK_INT(status, LUA_OK);
    if (status != LUA_OK) printf("# %s\n", lua_tostring(s->L, -1));
    lua_close(s->L);
    free(s);
}

/* Random patterns over few characters, so that they often match and often are malformed. Errors
 * must agree too, but for the function's name in them. */
static const char patterns_agree[] =
    "math.randomseed(20261121)\n"
    "local parts = { 'a', 'b', '.', '%a', '%d', '%W', '[ab]', '[^a]', '[a-b1]', '[]]', '[%]x]',\n"
    "  '[%a-]', '(', ')', '()', '*', '+', '-', '?', '%b()', '%f[a]', '%f[^b]', '%1', '%2', '^',\n"
    "  '$', '%', '[', 'x', '1', '%.', '%s', '\\0', '[\\0a]', '[a-]', '%u', '[^%s]' }\n"
    "local letters = { 'a', 'b', 'a', 'b', '1', '(', ')', ' ', 'x', '.', 'B', ']', '\\0' }\n"
    "local function some(list, most)\n"
    "  local out = {}\n"
    "  for i = 1, math.random(0, most) do out[i] = list[math.random(#list)] end\n"
    "  return table.concat(out)\n"
    "end\n"
    "local function run(f, ...)\n"
    "  local got = table.pack(pcall(f, ...))\n"
    "  if not got[1] then got[2] = got[2]:gsub(\"bad argument #(%d) to '.-'\", 'bad %1') end\n"
    "  for i = 1, got.n do got[i] = math.type(got[i]) and '#' .. got[i] or own.tostring(got[i]) "
    "end\n"
    "  return own.table.concat(got, '|')\n"
    "end\n"
    "local function collect(gmatch, ...)\n"
    "  local all = {}\n"
    "  for a, b in gmatch(...) do all[#all + 1] = own.tostring(a) .. ',' .. own.tostring(b) end\n"
    "  return own.table.concat(all, ';')\n"
    "end\n"
    "local matches = 0\n"
    "for round = 1, 60000 do\n"
    "  local s, p, init = some(letters, 12), some(parts, 6), math.random(-14, 14)\n"
    "  local repl = some({ 'q', '%1', '%0', '%2', '%%', '%', 'z' }, 3)\n"
    "  local calls = {\n"
    "    { 'find', s, p, init }, { 'match', s, p, init }, { 'find', s, p, init, true },\n"
    "    { 'gsub', s, p, repl }, { 'gsub', s, p, repl, math.random(0, 3) },\n"
    "    { 'gsub', s, p, { a = 'A', b = false, [1] = 7 } },\n"
    "    { 'gsub', s, p, function(x, y) return y and x end } }\n"
    "  for _, c in ipairs(calls) do\n"
    "    local want = run(own.string[c[1]], table.unpack(c, 2))\n"
    "    local got = run(string[c[1]], table.unpack(c, 2))\n"
    "    if got:sub(1, 4) == 'true' then matches = matches + 1 end\n"
    "    if got ~= want then\n"
    "      error(('%s(%q, %q, …): got %s, expected %s'):format(c[1], s, p, got, want))\n"
    "    end\n"
    "  end\n"
    "  local want = run(collect, own.string.gmatch, s, p, init)\n"
    "  local got = run(collect, string.gmatch, s, p, init)\n"
    "  if got ~= want then error(('gmatch(%q, %q): got %s, expected %s'):format(s, p, got, want)) "
    "end\n"
    "end\n"
    "assert(matches > 100000)";

static void test_patterns_give_what_luas_own_give(void)
{
    check_lua(patterns_agree);
}

static void test_deep_patterns_are_refused_as_by_lua(void)
{
    check_lua("for _, p in ipairs { ('a?'):rep(300), ('('):rep(33), ('(a'):rep(20) .. ')' } do\n"
              "  local text = ('a'):rep(400)\n"
              "  local ok, want = pcall(own.string.find, text, p)\n"
              "  local mine, got = pcall(string.find, text, p)\n"
              "  assert(ok == mine and got == want, got)\n"
              "end");
}

static void test_lists_change_as_with_luas_own(void)
{
    check_lua("math.randomseed(7)\n"
              "local function same(f, want, ...)\n"
              "  local a, b = {}, {}\n"
              "  for i = 1, math.random(0, 9) do a[i], b[i] = i, i end\n"
              "  local r = table.pack(pcall(f, a, ...))\n"
              "  local w = table.pack(pcall(want, b, ...))\n"
              "  assert(r[1] == w[1] and r.n == w.n)\n"
              "  if r[1] and type(r[2]) ~= 'table' then assert(r[2] == w[2]) end\n"
              "  for i = -30, 60 do assert(a[i] == b[i]) end\n"
              "end\n"
              "for round = 1, 20000 do\n"
              "  local i, j, k = math.random(-3, 12), math.random(-3, 12), math.random(-3, 12)\n"
              "  same(table.insert, own.table.insert, i, 'x')\n"
              "  same(table.insert, own.table.insert, 'x')\n"
              "  same(table.remove, own.table.remove, i)\n"
              "  same(table.remove, own.table.remove)\n"
              "  same(table.move, own.table.move, i, j, k)\n"
              "end\n"
              "assert(not pcall(table.insert, {}, 1, 2, 3))\n"
              "assert(not pcall(table.move, {}, math.mininteger, math.maxinteger, 1))");
}

static void test_sorting_is_right_and_stable(void)
{
    check_lua("math.randomseed(11)\n"
              "for n = 0, 70 do\n"
              "  local a, b = {}, {}\n"
              "  for i = 1, n do a[i] = math.random(1, 20) b[i] = a[i] end\n"
              "  table.sort(a) own.table.sort(b)\n"
              "  for i = 1, n do assert(a[i] == b[i]) end\n"
              "  local pairs_ = {}\n"
              "  for i = 1, n do pairs_[i] = { math.random(1, 5), i } end\n"
              "  table.sort(pairs_, function(x, y) return x[1] > y[1] end)\n"
              "  for i = 2, n do\n"
              "    local x, y = pairs_[i - 1], pairs_[i]\n"
              "    assert(x[1] > y[1] or x[1] == y[1] and x[2] < y[2])\n"
              "  end\n"
              "end\n"
              "assert(not pcall(table.sort, { 1, 'a' }))\n"
              "table.sort({ 3, 1, 2 }, function() return true end)");
}

static void test_no_address_shows(void)
{
    check_lua("assert(tostring {} == 'table' and tostring(print) == 'function')\n"
              "assert(('%s %s'):format({}, print) == 'table function')\n"
              "assert(tostring(setmetatable({}, { __name = 'thing' })) == 'thing')\n"
              "local t = setmetatable({}, { __tostring = function() return 'mine' end })\n"
              "assert(tostring(t) == 'mine' and ('%-6s|'):format(t) == 'mine  |')\n"
              "assert(not pcall(string.format, '%p', {}))\n"
              "assert(('%d%% %5.1f %q'):format(3, 2.25, 'x') == '3%   2.2 \"x\"')\n"
              "assert(tostring(nil) == 'nil' and tostring(1.0) == '1.0')\n"
              "assert(not pcall(string.format, '%d'))");
}

static void test_nothing_repeated_takes_no_time(void)
{
    check_lua("assert((''):rep(1 << 62) == '' and (''):rep(1 << 62, '') == '')\n"
              "assert(('a'):rep(3, '-') == 'a-a-a' and ('a'):rep(-1) == '')");
}

int main(void)
{
    RUN(test_patterns_give_what_luas_own_give);
    RUN(test_deep_patterns_are_refused_as_by_lua);
    RUN(test_lists_change_as_with_luas_own);
    RUN(test_sorting_is_right_and_stable);
    RUN(test_no_address_shows);
    RUN(test_nothing_repeated_takes_no_time);
    return test_end();
}
