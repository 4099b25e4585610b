/* Modules by name, read-only for who requires them; packs in states of their own. */
#include "script_impl.h"

#define MODULE(file, name, text)                                                                   \
    {                                                                                              \
        (file), (text), sizeof(text) - 1, NULL, (name)                                             \
    }
#define PACKED(file, pack, text)                                                                   \
    {                                                                                              \
        (file), (text), sizeof(text) - 1, (pack), NULL                                             \
    }
#define PACK_MODULE(file, pack, name, text)                                                        \
    {                                                                                              \
        (file), (text), sizeof(text) - 1, (pack), (name)                                           \
    }

static cyn_script *load_files(const cyn_script_file *files, size_t n)
{
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    cyn_err err = {0};
    cyn_code rc = cyn_script_load(files, n, &o, &s, &err);
    CHECK_STR(err.message, "");
    return rc == CYN_OK ? s : NULL;
}

/* Loads the files, which must give exactly these errors. */
static void check_files(const cyn_script_file *files, size_t n, const char *expected)
{
    cyn_script *s = load_files(files, n);
    if (!s) return;
    CHECK_STR(errors_of(s), expected);
    cyn_script_free(s);
}

#define CHECK_FILES(files, expected) check_files(files, sizeof(files) / sizeof *(files), expected)

/* A script beside the module "m", which must fail like this; NULL: it must not fail. */
static void check_with(const char *module, const char *script, const char *expected)
{
    cyn_script_file files[] = {{"metrics/a.lua", script, strlen(script), NULL, NULL},
                               {"lib/m.lua", module, strlen(module), NULL, "m"}};
    check_files(files, 2, expected ? expected : "");
}

static const char *digest(const cyn_script *s, const char *metric)
{
    return s ? agg_of(s, metric)->arg->digest : "";
}

/* ---- What a module gives ---- */

static void test_a_module_runs_once_and_gives_its_value(void)
{
    static const cyn_script_file files[] = {
        MODULE("lib/m.lua", "m",
               "local n = 0\nreturn { next = function() n = n + 1 return n end }"),
        MODULE("lib/finance/tax.lua", "finance.tax", "return { rate = 0.1, name = 'tax' }"),
        SCRIPT("metrics/a.lua", "assert(require 'm'.next() == 1 and require 'm'.next() == 2)\n"
                                "local tax = require 'finance.tax'\n"
                                "assert(tax == require 'finance.tax')\n"
                                "metric 'a' { value = tax.rate, why = tax.name }"),
        SCRIPT("metrics/b.lua", "assert(require 'm'.next() == 3)\nmetric 'b' { value = 1 }")};
    cyn_script *s = load_files(files, 4);
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    CHECK(cyn_catalog_metric(cyn_script_catalog(s), "a") != NULL);
    CHECK_STR(cyn_catalog_metric(cyn_script_catalog(s), "a")->sheet.why, "tax");
    CHECK(cyn_catalog_metric(cyn_script_catalog(s), "b") != NULL);
    cyn_script_free(s);
}

static void test_what_a_module_gives_reads_like_a_table(void)
{
    check_with(
        "local Money = { __add = function(a, b) return a.n + b.n end,\n"
        "  __call = function(self, x) return self.n + x end }\n"
        "return { list = { 3, 1, 2 }, one = setmetatable({ n = 1 }, Money), deep = { { x = 5 } },\n"
        "  math = math, source = source 'events', sum = function(t)\n"
        "    local s = 0 for _, v in ipairs(t) do s = s + v end return s end }",
        "local m = require 'm'\n"
        "assert(#m.list == 3 and m.list[1] == 3 and m.list[4] == nil)\n"
        "assert(table.concat(m.list, ' ') == '3 1 2' and select('#', table.unpack(m.list)) == 3)\n"
        "local keys = '' for k in pairs(m) do keys = keys .. k .. ' ' end\n"
        "assert(keys == 'deep list math one source sum ', keys)\n"
        "assert(m.sum(m.list) == 6 and m.one + m.one == 2 and m.one(2) == 3)\n"
        "assert(m.deep[1].x == 5 and m.deep == m.deep and next(m.deep) == 1)\n"
        "assert(rawlen(m.list) == 3 and rawget(m.list, 2) == 1 and m.math.floor(1.5) == 1)\n"
        "metric 'a' { value = m.source:count() }",
        NULL);
}

static void test_nothing_in_it_can_be_changed(void)
{
    static const char module[] = "return { list = { 3, 1, 2 }, deep = { { x = 5 } } }";
    static const char *const changes[] = {
        "require 'm'.x = 1",
        "require 'm'.list[1] = 0",
        "require 'm'.deep[1].x = 0",
        "table.sort(require 'm'.list)",
        "table.insert(require 'm'.list, 4)",
        "for _, v in pairs(require 'm'.deep) do v.x = 0 end",
        "select(2, next(require 'm'.deep)).x = 0",
        "rawget(require 'm'.deep, 1).x = 0",
        "local t = { table.unpack(require 'm'.deep) } t[1].x = 0",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        check_with(module, changes[i], "metrics/a.lua:1: what module 'm' gives cannot be changed");
    check_with(module, "assert(not pcall(setmetatable, require 'm', {}))", NULL);
}

static void test_a_module_builds_sources_and_formulas_but_declares_nothing(void)
{
    check_with("local e = source 'events'\n"
               "return { of = function(name) return e:where { event = name }:count() end,\n"
               "  half = function() return metric.a / 2 end }",
               "local m = require 'm'\nmetric 'a' { value = m.of 'x' }\n"
               "metric 'b' { value = m.half() }",
               NULL);
    check_with("metric 'x' { value = 1 }", "require 'm'",
               "lib/m.lua:1: a module declares nothing; required at metrics/a.lua:1\n"
               "hint: declare in a file of metrics/; a module gives functions and values");
    check_with("return function() nsm 'x' { value = 1 } end", "require 'm'()",
               "lib/m.lua:1: a module declares nothing\n"
               "hint: declare in a file of metrics/; a module gives functions and values");
}

/* ---- What goes wrong ---- */

static void test_names_are_no_paths_and_unknown_ones_have_neighbours(void)
{
    static const char *const paths[] = {"/etc/passwd", "../m", "..m",   "lib/m",
                                        "m.lua",       "",     "a\\\\b"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char script[64];
        snprintf(script, sizeof script, "require '%s'", paths[i]);
        cyn_script *s = load_text(script);
        if (!s) continue;
        CHECK(strstr(errors_of(s), "is no module's name\nhint: modules are named:") != NULL);
        cyn_script_free(s);
    }
    static const cyn_script_file files[] = {
        SCRIPT("metrics/a.lua", "require 'finance.tox'"),
        MODULE("lib/finance/tax.lua", "finance.tax", "return 1")};
    CHECK_FILES(files, "metrics/a.lua:1: there is no module 'finance.tox'\n"
                       "hint: did you mean 'finance.tax'?");
    check_with("return 1", "require 'm'\nrequire('m', 2)",
               "metrics/a.lua:2: require has more arguments than it takes");
    check_with("return 1", "require(1)",
               "metrics/a.lua:1: the name of the module is a number, expected a text");
    /* The library's own modules are not there. */
    check_with("return 1", "require '_expr'", "metrics/a.lua:1: there is no module '_expr'");
}

static void test_an_error_in_a_module_names_the_chain(void)
{
    static const cyn_script_file files[] = {
        SCRIPT("metrics/a.lua", "\nlocal b = require 'b'"),
        SCRIPT("metrics/c.lua", "metric 'c' { value = 1 }\n\nrequire 'c'"),
        MODULE("lib/b.lua", "b", "local c = require 'c'\nreturn {}"),
        MODULE("lib/c.lua", "c", "local x = 1\nerror 'boom'")};
    CHECK_FILES(files, "lib/c.lua:2: boom; required at lib/b.lua:1; required at metrics/a.lua:2\n"
                       "lib/c.lua:2: boom; required at metrics/c.lua:3");
    check_with("return +", "require 'm'",
               "lib/m.lua:1: unexpected symbol near '+'; required at metrics/a.lua:1");
    check_with("local x = 1", "require 'm'",
               "lib/m.lua: the module returns nothing; required at metrics/a.lua:1\n"
               "hint: end it with return and a table of what it gives");
    check_with("error {}", "assert(not pcall(require, 'm')) require 'm'",
               "lib/m.lua: the module raised a table as its error, expected a text; "
               "required at metrics/a.lua:1");
}

static void test_modules_that_need_each_other_are_named(void)
{
    static const cyn_script_file files[] = {SCRIPT("metrics/a.lua", "require 'b'"),
                                            MODULE("lib/b.lua", "b", "\nrequire 'c'"),
                                            MODULE("lib/c.lua", "c", "\n\nrequire 'b'")};
    CHECK_FILES(files, "lib/c.lua:3: modules need each other: lib/b.lua:2 requires 'c', "
                       "lib/c.lua:3 requires 'b'; required at lib/b.lua:2; "
                       "required at metrics/a.lua:1");
    check_with("return require 'm'", "require 'm'",
               "lib/m.lua: modules need each other: lib/m.lua requires 'm'; "
               "required at metrics/a.lua:1");
}

static void test_a_module_shares_the_budget_of_its_script(void)
{
    static const cyn_script_file files[] = {
        SCRIPT("metrics/a.lua", "pcall(require, 'm')\nmetric 'never' { value = 1 }"),
        SCRIPT("metrics/b.lua", "metric 'b' { value = require 'n' }"),
        MODULE("lib/m.lua", "m", "while true do end"), MODULE("lib/n.lua", "n", "return 2")};
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    o.load_timeout = CYN_SECOND / 5;
    CHECK_INT(cyn_script_load(files, 4, &o, &s, NULL), CYN_OK);
    if (!s) return;
    CHECK(strstr(errors_of(s), "ran longer than 0.2 s") != NULL);
    CHECK_INT(cyn_script_catalog(s)->nerrors, 1);
    CHECK_INT(cyn_script_catalog(s)->nmetrics, 1);
    cyn_script_free(s);
}

/* ---- Digests ---- */

static void test_a_digest_covers_what_comes_from_modules(void)
{
    static const char script[] =
        "local m = require 'm'\nlocal e = source 'events'\n"
        "metric 'x' { value = e:sum(function(r) return m.twice(r.n) * m.rates.b end) }";
    static const char *const modules[] = {
        "return { rates = { b = 2 }, twice = function(n) return n * 2 end }",
        "return { rates = { b = 3 }, twice = function(n) return n * 2 end }",
        "return { rates = { b = 2 }, twice = function(n) return n * 3 end }",
        "\n\nreturn { twice = function(x) return x * 2 end, rates = { b = 2 } }"};
    cyn_script *s[4];
    for (size_t i = 0; i < 4; i++) {
        cyn_script_file files[] = {{"metrics/a.lua", script, sizeof script - 1, NULL, NULL},
                                   {"lib/m.lua", modules[i], strlen(modules[i]), NULL, "m"}};
        s[i] = load_files(files, 2);
    }
    CHECK(strcmp(digest(s[0], "x"), digest(s[1], "x")) != 0);
    CHECK(strcmp(digest(s[0], "x"), digest(s[2], "x")) != 0);
    CHECK_STR(digest(s[3], "x"), digest(s[0], "x"));
    for (size_t i = 0; i < 4; i++)
        cyn_script_free(s[i]);
}

static void test_rows_cannot_require(void)
{
    static const int64_t values[] = {1};
    static const cyn_batch_column columns[] = {
        {.name = "n", .type = CYN_INTEGER, .values = values}};
    static const cyn_batch batch = {1, columns, 1};
    cyn_script *s =
        load_text("metric 'x' { value = source 'events':sum(function(r) return require 'm' end) }");
    if (!s) return;
    cyn_evaluator ev = cyn_script_evaluator(s);
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers *a;
    cyn_err err = {0};
    CHECK_INT(ev.eval(ev.self, agg_of(s, "x")->arg->handle, &batch, arena, &a, &err), CYN_E_SCRIPT);
    CHECK_STR(
        err.message,
        "row 1: require does not work where rows or formulas are computed, in: function (line 1)");
    cyn_arena_free(arena);
    cyn_script_free(s);
}

/* ---- Packs ---- */

/* Index of the metric's only script expression answers for one row with n = 5. */
static int64_t answer(cyn_script *s, const char *metric)
{
    static const int64_t values[] = {5};
    static const cyn_batch_column columns[] = {
        {.name = "n", .type = CYN_INTEGER, .values = values}};
    static const cyn_batch batch = {1, columns, 1};
    cyn_evaluator ev = cyn_script_evaluator(s);
    cyn_arena *arena = cyn_arena_new(0);
    cyn_answers *a = NULL;
    cyn_err err = {0};
    (void)!ev.eval(ev.self, agg_of(s, metric)->arg->handle, &batch, arena, &a, &err);
    CHECK_STR(err.message, "");
    int64_t result = a ? (int64_t)a->bits[0] : -1;
    cyn_arena_free(arena);
    return result;
}

static void test_each_pack_has_a_state_and_handles_of_its_own(void)
{
    static const char text[] = "local m = require 'one'\n"
                               "metric '%s' { value = source 'events':sum(function(r)\n"
                               "  return r.n * m.factor + m.next() end) }";
    char own[256], two[256];
    snprintf(own, sizeof own, text, "own");
    snprintf(two, sizeof two, text, "two");
    const cyn_script_file files[] = {
        {"metrics/a.lua", own, strlen(own), NULL, NULL},
        PACKED("packs/one/metrics/a.lua", "one",
               "metric 'one' { value = source 'events':sum(function(r) return r.n * 10 end) }"),
        {"packs/two/metrics/a.lua", two, strlen(two), "two", NULL},
        PACK_MODULE(
            "packs/one/init.lua", "one", "one",
            "local n = 0\nreturn { factor = 2, next = function() n = n + 1 return n end }")};
    cyn_script *s = load_files(files, 4);
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    CHECK_INT(cyn_script_catalog(s)->nmetrics, 3);
    CHECK_INT(answer(s, "own"), 11);
    CHECK_INT(answer(s, "own"), 12);
    CHECK_INT(answer(s, "two"), 11); /* its own copy of the module */
    CHECK_INT(answer(s, "one"), 50);
    cyn_script_free(s);
}

static void test_a_pack_does_not_see_the_projects_modules(void)
{
    static const cyn_script_file files[] = {
        PACKED("packs/one/metrics/a.lua", "one", "require 'dates'"),
        MODULE("lib/dates.lua", "dates", "return {}")};
    CHECK_FILES(files, "packs/one/metrics/a.lua:1: there is no module 'dates'\n"
                       "hint: a pack finds its own modules and those of other packs, by their full "
                       "names");
}

static void test_names_that_two_claim_are_errors_with_both_places(void)
{
    static const cyn_script_file files[] = {
        SCRIPT("metrics/a.lua", "metric 'x' { value = 1 }"),
        PACKED("packs/one/metrics/a.lua", "one",
               "\nmetric 'x' { value = 2 }\nmetric 'y' { value = 3 }"),
        PACKED("packs/two/metrics/b.lua", "two", "kpi 'y' { value = 4 }")};
    CHECK_FILES(files,
                "packs/one/metrics/a.lua:2: metric 'x' is already declared at metrics/a.lua:1\n"
                "packs/two/metrics/b.lua:1: metric 'y' is already declared at "
                "packs/one/metrics/a.lua:3");
    static const cyn_script_file twice[] = {
        SCRIPT("metrics/a.lua", "require 'one'"), MODULE("lib/one.lua", "one", "return 1"),
        PACK_MODULE("packs/one/init.lua", "one", "one", "return 2")};
    CHECK_FILES(twice, "metrics/a.lua:1: module 'one' is both lib/one.lua and packs/one/init.lua\n"
                       "hint: rename one");
}

static void test_metrics_know_those_of_other_states_by_name(void)
{
    static const cyn_script_file files[] = {
        SCRIPT("metrics/a.lua", "metric 'sum' { value = metric.one + metric.two,\n"
                                "  identity = 'one + two', drivers = { one = 'up' } }"),
        PACKED("packs/one/metrics/a.lua", "one",
               "metric 'one' { value = source 'events':count() }"),
        PACKED("packs/two/metrics/a.lua", "two",
               "metric 'two' { value = source 'orders':sum 'n', drivers = { onne = 'up' } }\n"
               "metric 'three' { value = 1, identity = 'one * tow' }")};
    cyn_script *s = load_files(files, 3);
    if (!s) return;
    CHECK_STR(errors_of(s),
              "packs/two/metrics/a.lua:1: metric 'two', drivers: there is no metric "
              "'onne'\nhint: did you mean 'one'?\n"
              "packs/two/metrics/a.lua:2: metric 'three', identity: there is no metric "
              "'tow'\nhint: did you mean 'two'?");
    const cyn_catalog *c = cyn_script_catalog(s);
    CHECK_STR(cyn_catalog_metric(c, "sum")->identity_text, "one + two");
    CHECK_INT(cyn_catalog_metric(c, "sum")->ndrivers, 1);
    CHECK_INT(cyn_catalog_metric(c, "two")->ndrivers, 0);
    CHECK(cyn_catalog_metric(c, "three")->identity == NULL);
    CHECK_INT(agg_of(s, "one")->func, CYN_COUNT);
    CHECK_INT(agg_of(s, "two")->func, CYN_SUM);
    cyn_script_free(s);
}

static void test_a_pack_that_fails_leaves_the_others_alone(void)
{
    static const cyn_script_file files[] = {
        SCRIPT("metrics/a.lua", "metric 'a' { value = 1 }"),
        PACKED("packs/bad/metrics/a.lua", "bad", "string.rep = nil"),
        PACKED("packs/loop/metrics/a.lua", "loop", "while true do end"),
        PACKED("packs/good/metrics/a.lua", "good", "metric 'g' { value = ('ab'):rep(2):len() }")};
    cyn_script_options o = test_options();
    cyn_script *s = NULL;
    o.load_timeout = CYN_SECOND / 5;
    CHECK_INT(cyn_script_load(files, 4, &o, &s, NULL), CYN_OK);
    if (!s) return;
    CHECK_STR(errors_of(s), "packs/bad/metrics/a.lua:1: string cannot be changed\n"
                            "packs/loop/metrics/a.lua:1: ran longer than 0.2 s");
    CHECK_INT(cyn_script_catalog(s)->nmetrics, 2);
    cyn_script_free(s);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_a_module_runs_once_and_gives_its_value);
    RUN(test_what_a_module_gives_reads_like_a_table);
    RUN(test_nothing_in_it_can_be_changed);
    RUN(test_a_module_builds_sources_and_formulas_but_declares_nothing);
    RUN(test_names_are_no_paths_and_unknown_ones_have_neighbours);
    RUN(test_an_error_in_a_module_names_the_chain);
    RUN(test_modules_that_need_each_other_are_named);
    RUN(test_a_module_shares_the_budget_of_its_script);
    RUN(test_a_digest_covers_what_comes_from_modules);
    RUN(test_rows_cannot_require);
    RUN(test_each_pack_has_a_state_and_handles_of_its_own);
    RUN(test_a_pack_does_not_see_the_projects_modules);
    RUN(test_names_that_two_claim_are_errors_with_both_places);
    RUN(test_metrics_know_those_of_other_states_by_name);
    RUN(test_a_pack_that_fails_leaves_the_others_alone);
    cyn_zygote_stop();
    return test_end();
}
