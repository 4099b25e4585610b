/* From expressions to steps: which ones there are, and why some have none. */
#include "script/zygote.h"
#include "steps.h"

typedef struct example {
    const char *expression, *steps;
} example;

/* Each expression with the steps, or the reason, that it has; `first` are lines before them. */
static void check_all(const char *first, const example *list, size_t n)
{
    const char *expressions[100];
    for (size_t i = 0; i < n; i++)
        expressions[i] = list[i].expression;
    cyn_script *s = load_expressions(first, expressions, n);
    if (!s) return;
    for (size_t i = 0; i < n; i++) {
        const char *steps = steps_of(expression(s, i));
        if (strcmp(steps, list[i].steps) != 0) printf("# %s\n", list[i].expression);
        CHECK_STR(steps, list[i].steps);
    }
    cyn_script_free(s);
}

#define CHECK_ALL(first, list) check_all(first, list, sizeof(list) / sizeof *(list))

/* docs/numerics.md, E-3 … E-5 say what the operations mean. */
static void test_operators_become_steps(void)
{
    static const example list[] = {
        {"(amount)", "amount"},
        {"hour or type(x)", "type x; select hour hour $0"}, /* not called it is a column */
        {"payload.size > 3", "less 3 ['payload.size']"},
        {"payload['a b']", "['payload.a b']"},
        {"a == b", "equals a b"},
        {"a ~= 1", "equals a 1; not $0"},
        {"a < b", "less a b"},
        {"a >= b", "less_equal b a"},
        {"a <= 2", "less_equal a 2"},
        {"a > 2.5", "less 2.5 a"},
        {"not a", "not a"},
        {"a + b * 2 - 1", "mul b 2; add a $0; add $1 -1"},
        {"10 - a / b", "div a b; sub 10 $0"},
        {"a % b // 3", "mod a b; idiv $0 3"},
        {"1 // 0", "idiv 1 0"},
        {"-x ^ 2", "pow x 2; unm $0"},
        {"x & 3 | y ~ z", "band x 3; bxor y z; bor $0 $1"},
        {"~x", "bnot x"},
        {"x << 2", "shl x 2"},
        {"2 << x", "shl 2 x"},
        {"x >> 2", "shr x 2"},
        {"x >> y", "shr x y"},
        {"a .. '-' .. b", "concat '-' b; concat a $0"},
        {"#name", "len name"},
        {"(a > 1) == true", "less 1 a"},
        {"(a > 1) ~= true", "less 1 a; not $0"},
    };
    CHECK_ALL("", list);
}

static void test_and_or_not_become_choices(void)
{
    static const example list[] = {
        {"amount > 100 and channel == 'ads'",
         "less 100 amount; equals channel 'ads'; select $0 $1 $0"},
        {"a or b", "select a a b"},
        {"a and b", "select a b a"},
        {"a and b or c", "select a b a; select $0 b c"},
        {"a and b and c and d", "select c d c; select b $0 b; select a $1 a"},
        {"(a or b) and (c or d)", "select c c d; select a a b; select $1 $0 b"},
        {"not (a > 1 and b < 2)", "less 1 a; less b 2; select $0 $1 $0; not $2"},
        {"a == nil and 0 or a", "equals a nil; select $0 0 a"},
        {"hour(ts) >= 9 and hour(ts) < 18",
         "hour ts; less_equal 9 $0; less $0 18; select $1 $2 $1"},
    };
    CHECK_ALL("", list);
}

static void test_branches_meet_again_as_choices(void)
{
    static const example list[] = {
        {"function(r) if r.a > 1 then return 'x' elseif r.b then return r.c else return 1 end end",
         "less 1 a; select b c 1; select $0 'x' $1"},
        {"function(r) local k; if r.a == 1 then k = 'x' elseif r.a == 2 then k = 'y' else k = 'z' "
         "end return k end",
         "equals a 1; equals a 2; select $1 'y' 'z'; select $0 'x' $2"},
        {"function(r) local x = r.a; if x == nil then x = 0 end return x * 2 end",
         "equals a nil; select $0 0 a; mul $1 2"},
        {"function(r) local x = 0; if r.a then x = x + 1 end if r.b then x = x + 2 end return x "
         "end",
         "select a 1 0; add $0 2; select b $1 $0"},
        {"function(r) if r.a > 1 and r.b < 2 or r.c == 3 then return 1 end return 0 end",
         "less 1 a; less b 2; equals c 3; select $1 $1 $2; select $0 $3 $2; select $4 1 0"},
        {"function(r) if r.a then if r.b then return 1 end else return 2 end return 3 end",
         "select a 3 2; select a b a; select $1 1 $0"},
        {"function(r) if r.a then return 1 end if not r.a then return 2 end return r.unseen end",
         "select a 1 2"},
        {"function(r) do goto out end ::out:: return r.a end", "a"},
        {"function() return 3 end", "3"},
        {"function(r) return 10 - r.x, 2 end", "sub 10 x"},
        {"function(r) end", "nil"},
    };
    CHECK_ALL("", list);
}

/* In Lua a value that nobody uses is computed all the same, and may raise. */
static void test_what_may_raise_is_evaluated_where_the_code_does(void)
{
    static const example list[] = {
        {"function(r) local y = r.a + 1; return 1 end", "add a 1; select $0 1 1"},
        {"function(r) local y = r.a < 'x'; if r.c then return y end return 1 end",
         "less a 'x'; select c $0 1; select $0 $1 $1"},
        {"function(r) local y = r.a + 1; if r.c then return y else return y * 2 end end",
         "add a 1; mul $0 2; select c $0 $1"},
        {"function(r) local y = r.a == 1; return 1 end", "1"},
        {"function(r) if r.c then local y = #r.s end return 1 end",
         "len s; select c $0 c; select $1 1 1"},
    };
    CHECK_ALL("", list);
}

static void test_library_functions_become_steps(void)
{
    static const example list[] = {
        {"name:lower() == 'x'", "lower name; equals $0 'x'"},
        {"string.upper(name)", "upper name"},
        {"name:len()", "subtext name 1; len $0"},
        {"name:sub(1, 3)", "subtext name 1 3"},
        {"name:sub(2)", "subtext name 2"},
        {"name:find('a.b', 1, true)", "find name 'a.b' 1"},
        {"name:find 'ab'", "find name 'ab'"},
        {"name:find '^ab'", "starts name 'ab'; select $0 1 nil"},
        {"name:find 'ab$'", "ends name 'ab'; len name; sub $1 1; select $0 $2 nil"},
        {"name:match 'ab'", "find name 'ab'; select $0 'ab' nil"},
        {"name:match '^ab' ~= nil", "starts name 'ab'"},
        {"name:match '%.jp$'", "ends name '.jp'; select $0 '.jp' nil"},
        {"name:match '^ab$'",
         "starts name 'ab'; equals name 'ab'; select $0 $1 $0; select $2 'ab' nil"},
        {"function(r) local s, e = r.name:find 'ab' return e end", "find name 'ab'; add $0 1"},
        {"tostring(name:find 'ab')", "find name 'ab'; tostring $0"},
        {"math.floor(amount / 100)", "div amount 100; floor $0"},
        {"math.max(a, b, 3)", "max a b; max $0 3"},
        {"math.min(a)", "min a a"},
        {"math.atan(y, x) + math.log(y)", "atan y x; log y; add $0 $1"},
        {"math.log(y, 2)", "log y 2"},
        {"math.type(a)", "math_type a"},
        {"math.tointeger(a)", "tointeger a"},
        {"tostring(a) .. tonumber(b)", "tostring a; tonumber b; concat $0 $1"},
        {"type(a) == 'number'", "type a; equals $0 'number'"},
        {"calendar.hour(ts) + weekday(ts)", "hour ts; weekday ts; add $0 $1"},
        {"date(ts) >= d", "date ts; less_equal d $0"},
        {"one_of(channel, {'ads', 'web', 1, 2.5})", "one_of channel {'ads', 'web', 1, 2.5}"},
        {"one_of(channel, {'ads', nil, 0/0})", "one_of channel {'ads'}"},
        {"one_of(channel, {})", "false"},
        {"function(r) return r.name:lower() end", "lower name"},
        {"function(r) return string.lower(r['名前']) end", "lower ['名前']"},
    };
    CHECK_ALL("", list);
}

static void test_constants_are_folded_as_lua_computes_them(void)
{
    static const example list[] = {
        {"a + (2 ^ 3 - 1)", "add a 7.0"},
        {"a == (1 << 62) * 4", "equals a 0"},
        {"a == -7 // 2", "equals a -4"},
        {"a == 7 // 0.0", "equals a 1/0"},
        {"'x' .. 1 .. 2.0", "'x12.0'"},
        {"math.pi * r", "mul 3.141592653589793 r"},
        {"d >= date '2018-01-01'", "less_equal 17532 d"},
        {"a == ('ab'):upper() .. #'abc'", "equals a 'AB3'"},
        {"a == math.maxinteger + 1", "equals a -9223372036854775808"},
        {"a == string.format('%03d', 7)", "equals a '007'"},
        {"nil + a", "nil"},
        {"nil < a", "false"},
        {"1 < 2 and a or b", "select a a b"},
        {"one_of(2.0, {1, 2}) and a", "a"},
    };
    CHECK_ALL("", list);
}

static void test_captured_values_and_functions_are_followed(void)
{
    static const char first[] =
        "local WEIGHTS, SET = { ads = 2, web = 3 }, { ads = true, web = true }\n"
        "local LIST, LIMIT, count = { 'a', 'b' }, 10, 0\n"
        "RATE = 0.1\n"
        "function net(r) return r.amount - (r.fee or 0) end\n"
        "local m = { deep = function(x) if x then return x + 1 end return 0 end }\n"
        "local function twice(x, n) if n == 0 then return x end return 2 * x end\n"
        "local function two() return 1, 2 end\n"
        "local function pick(a, b, c) return c or b end\n"
        "LIMIT = 20\n";
    static const example list[] = {
        {"function(r) return net(r) * RATE + LIMIT end",
         "select fee fee 0; sub amount $0; mul $1 0.1; add $2 20"},
        {"function(r) return WEIGHTS[r.x] end",
         "equals x 'web'; select $0 3 nil; equals x 'ads'; select $2 2 $1"},
        {"function(r) return SET[r.x] end", "one_of x {'ads', 'web'}; select $0 $0 nil"},
        {"function(r) return r[LIST[1]] end", "a"},
        {"function(r) return one_of(r.x, LIST) end", "one_of x {'a', 'b'}"},
        {"function(r) return m.deep(r.x) end", "add x 1; select x $0 0"},
        {"function(r) return twice(r.x, 1) end", "mul x 2"},
        {"function(r) return pick(r.x, two()) end", "2"},
        {"function(r) return WEIGHTS.none end", "nil"},
        {"(net)", "net"}, /* in a text it is a column, whatever the script declares */
    };
    CHECK_ALL(first, list);
}

static void test_what_cannot_be_followed_says_why(void)
{
    static const example list[] = {
        {"function(r) for i = 1, 3 do if r.x == i then return i end end end",
         "it has a loop (line 1)"},
        {"function(r) while r.x do end end", "it has a loop (line 2)"},
        {"function(r) return r end", "it uses the row as a whole (line 3)"},
        {"function(r) return (function() return 1 end)() end", "it makes a function (line 4)"},
        {"function(r) return select('#', r.a) end", "it calls select (line 5)"},
        {"function(...) return ... end", "it uses ... (line 6)"},
        {"function(r) return r:lower() end", "it calls a method of the row (line 7)"},
        {"function(r) return r.name:gsub('a', 'b') end", "it calls string.gsub (line 8)"},
        {"function(r) return r.a .. string end", "it uses string as a value (line 9)"},
        {"function(r) return r[r.a] end", "it reads a column whose name is computed (line 10)"},
        {"function(r) return (r.a or r.b).c end", "it looks into a value (line 11)"},
        {"function(r) return { r.a } end", "it makes a table (line 12)"},
        {"function(r) return r.f(1) end", "it calls 'f', which is no known function (line 13)"},
        {"name:find 'a+'", "it calls string.find with a pattern that is no plain text"},
        {"name:find(other)", "it calls string.find with a computed pattern"},
        {"name:rep(3)", "it calls string.rep"},
        {"name:frobnicate()", "it calls the method 'frobnicate'"},
        {"tonumber(b, 16)", "it calls tonumber with a base"},
        {"one_of(channel, {a, 'b'})", "it calls one_of with a list that is not constant"},
        {"hour()", "it calls hour with too few arguments"},
        {"hour(ts) + #hour", "it calls 'hour', which is no known function"},
        {"string or 1", "it uses string as a value"},
        {"foo(1)", "it calls 'foo', which is no known function"},
        {"math.max(name:find 'x')", "it uses all results of a call"},
        {"_ENV.a + 1", "add a 1"},
    };
    CHECK_ALL("", list);
}

static void test_captured_values_that_change_are_no_constants(void)
{
    static const char first[] = "local n, fixed, t = 1, 2, { a = 1 }\n"
                                "seen = 0\n"
                                "local function bump() n = n + 1 end\n"
                                "local function rec(x) return rec(x) end\n";
    static const example list[] = {
        {"function(r) return r.x + n end", "it reads 'n', which a function changes (line 5)"},
        {"function(r) return r.x + fixed end", "add x 2"},
        {"function(r) bump() return 1 end", "it reads 'n', which a function changes (line 3)"},
        {"function(r) seen = r.x return 1 end",
         "it assigns a variable that is not its own (line 8)"},
        {"function(r) return seen end",
         "it reads the global 'seen', which a function may change (line 9)"},
        {"function(r) return t.a end", "it reads a table that a function may change (line 10)"},
        {"function(r) t.a = 2 return 1 end", "it changes a table (line 11)"},
        {"function(r) return math.abs(r.x) end", "abs x"},
    };
    CHECK_ALL(first, list);
}

/* Nothing that is loaded later runs once rows do: a change while loading does not count. */
static void test_values_are_those_at_the_end_of_loading(void)
{
    cyn_script *s =
        load_text("local n = 1\n"
                  "metric 'm' { value = source 'events':sum(function(r) return r.x * n end) }\n"
                  "n = 5\n");
    if (!s) return;
    CHECK_STR(steps_of(agg_of(s, "m")->arg), "mul x 5");
    cyn_script_free(s);
}

static void test_size_grows_with_the_code_and_not_with_its_ways(void)
{
    cyn_buf b = {0};
    cyn_buf_puts(&b, "function(r) local x = 0 ");
    for (int i = 0; i < 60; i++)
        cyn_buf_printf(&b, "if r.c%d then x = x + %d end ", i, i + 1);
    cyn_buf_puts(&b, "return x end");
    const char *one[] = {b.data};
    cyn_script *s = load_expressions("", one, 1);
    if (s) {
        const cyn_expr *e = expression(s, 0);
        CHECK(e->code && e->code->nsteps < 60 * 4 + 2); /* column, constant, sum, choice */
        CHECK(e->code && e->code->ninputs == 60);
        cyn_script_free(s);
    }
    cyn_buf_clear(&b);
}

static void test_too_much_is_refused(void)
{
    cyn_buf b = {0}, nest = {0};
    cyn_buf_puts(&b, "a");
    for (int i = 0; i < 5000; i++)
        cyn_buf_printf(&b, " + %d.5", i);
    cyn_buf_puts(&nest, "local function f0(x) return x + 1 end\n");
    for (int i = 1; i < 30; i++)
        cyn_buf_printf(&nest, "local function f%d(x) return f%d(x) + f%d(x + 1) end\n", i, i - 1,
                       i - 1);
    const char *list[] = {b.data, "function(r) return f7(r.x) end",
                          "function(r) return f29(r.x) end"};
    cyn_script *s = load_expressions(nest.data, list, 3);
    if (s) {
        CHECK_STR(steps_of(expression(s, 0)), "it is too long");
        CHECK(expression(s, 1)->code != NULL);
        CHECK_STR(steps_of(expression(s, 2)), "its functions call each other too deeply (line 23)");
        cyn_script_free(s);
    }
    cyn_buf_clear(&b);
    cyn_buf_clear(&nest);
}

static void test_inputs_stand_where_their_names_do(void)
{
    cyn_script *s =
        load_text("local e = source 'events'\n"
                  "metric 'm' { value = e:sum \"'amount 金' == kind and amount > 1\" }\n"
                  "metric 'f' {\n"
                  "  value = e:sum(function(r)\n"
                  "    return r.amount * r['a b'] + r.twice + r.twice\n"
                  "  end)\n"
                  "}\n");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_translation *text = agg_of(s, "m")->arg->code, *f = agg_of(s, "f")->arg->code;
    CHECK_INT(text->ninputs, 2);
    CHECK_STR(text->inputs[0].name, "kind");
    CHECK_STR(text->inputs[0].place.file, "metrics/a.lua");
    CHECK_INT(text->inputs[0].place.line, 2);
    CHECK_INT(text->inputs[0].place.column, 43);
    CHECK_STR(text->inputs[1].name, "amount");
    CHECK_INT(text->inputs[1].place.column, 52);
    CHECK_INT(f->ninputs, 3);
    CHECK_STR(f->inputs[0].name, "amount");
    CHECK_INT(f->inputs[0].place.line, 5);
    CHECK_INT(f->inputs[0].place.column, 14);
    CHECK_STR(f->inputs[1].name, "a b");
    CHECK_INT(f->inputs[1].place.column, 26);
    CHECK_STR(f->inputs[2].name, "twice");
    CHECK_INT(f->inputs[2].place.column, 0); /* it stands there twice */
    cyn_script_free(s);
}

static void test_translated_expressions_read_just_what_they_look_up(void)
{
    static const char *const list[] = {
        "function(r) local unused = r.b; return r.payload.size end",
        "function(r) for i = 1, 2 do end return r.a end",
    };
    cyn_script *s = load_expressions("", list, 2);
    if (!s) return;
    const cyn_expr *e = expression(s, 0);
    CHECK_INT(e->reads_all, 0);
    CHECK_INT(e->nreads, 3);
    if (e->nreads == 3) {
        CHECK_STR(e->reads[0], "b");
        CHECK_STR(e->reads[1], "payload");
        CHECK_STR(e->reads[2], "payload.size");
    }
    CHECK_INT(e->code->ninputs, 1);
    CHECK(expression(s, 1)->reads_all && expression(s, 1)->why);
    cyn_script_free(s);
}

/* Debian's Lua 5.4.4 compiles these wrongly. */
static void test_bitwise_operators_among_many_constants_are_refused(void)
{
    cyn_buf b = {0};
    cyn_buf_puts(&b, "function(r) local x = r.x ");
    for (int i = 0; i < 300; i++)
        cyn_buf_printf(&b, "if x == %d.5 then x = 1 end ", i);
    cyn_buf_puts(&b, "return x & 7.0 end");
    const char *one[] = {b.data};
    cyn_script_file file = {"metrics/a.lua", NULL, 0};
    cyn_buf text = {0};
    cyn_buf_printf(&text, "metric 'm0' { value = source 'events':sum(%s) }", one[0]);
    file.text = text.data;
    file.size = text.len;
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    CHECK_INT(cyn_script_load(&file, 1, &o, &s, NULL), CYN_OK);
    if (s) {
        const cyn_expr *e = expression(s, 0); /* none where the script itself was refused */
        CHECK(e ? e->code == NULL : strstr(errors_of(s), "255") != NULL);
        cyn_script_free(s);
    }
    cyn_buf_clear(&b);
    cyn_buf_clear(&text);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_operators_become_steps);
    RUN(test_and_or_not_become_choices);
    RUN(test_branches_meet_again_as_choices);
    RUN(test_what_may_raise_is_evaluated_where_the_code_does);
    RUN(test_library_functions_become_steps);
    RUN(test_constants_are_folded_as_lua_computes_them);
    RUN(test_captured_values_and_functions_are_followed);
    RUN(test_what_cannot_be_followed_says_why);
    RUN(test_captured_values_that_change_are_no_constants);
    RUN(test_values_are_those_at_the_end_of_loading);
    RUN(test_size_grows_with_the_code_and_not_with_its_ways);
    RUN(test_too_much_is_refused);
    RUN(test_inputs_stand_where_their_names_do);
    RUN(test_translated_expressions_read_just_what_they_look_up);
    RUN(test_bitwise_operators_among_many_constants_are_refused);
    cyn_zygote_stop();
    return test_end();
}
