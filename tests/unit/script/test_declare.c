/* What scripts declare, and what they are told when they declare it wrongly. */
#include "script_impl.h"
#include <math.h>

static void test_a_formula_is_built_from_aggregates(void)
{
    cyn_script *s = load_text("local events = source 'events'\n"
                              "local lessons = events:where \"event == 'lesson_done'\"\n"
                              "nsm 'lessons_per_learner' {\n"
                              "  value = lessons:count() / events:distinct 'user_id',\n"
                              "}\n");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_catalog *c = cyn_script_catalog(s);
    CHECK_INT(c->nmetrics, 1);
    const cyn_metric *m = cyn_catalog_metric(c, "lessons_per_learner");
    CHECK_INT(m->sheet.role, CYN_NSM);
    CHECK_STR(m->place.file, "metrics/a.lua");
    CHECK_INT(m->place.line, 3);
    CHECK_INT(m->formula->kind, CYN_FORMULA_OP);
    CHECK_INT(m->formula->op, CYN_DIV);
    const cyn_agg *count = c->aggs[m->formula->a->agg], *distinct = c->aggs[m->formula->b->agg];
    CHECK_INT(count->func, CYN_COUNT);
    CHECK(count->arg == NULL);
    CHECK_STR(count->view->source, "events");
    CHECK_INT(count->view->where->kind, CYN_EXPR_SCRIPT);
    CHECK_STR(count->view->where->text, "event == 'lesson_done'");
    CHECK_INT(count->view->where->place.line, 2);
    CHECK_INT(count->view->where->place.column, 31);
    CHECK_INT(count->view->where->nreads, 1);
    CHECK_STR(count->view->where->reads[0], "event");
    CHECK_INT(distinct->func, CYN_DISTINCT);
    CHECK_INT(distinct->arg->kind, CYN_EXPR_COLUMN);
    CHECK_STR(distinct->arg->name, "user_id");
    CHECK(distinct->view->where == NULL);
    cyn_script_free(s);
}

static void test_every_aggregate_has_its_node(void)
{
    static const struct {
        const char *call;
        cyn_agg_func func;
    } cases[] = {{"count()", CYN_COUNT},         {"distinct 'a.b'", CYN_DISTINCT},
                 {"sum '金額'", CYN_SUM},        {"mean 'a'", CYN_MEAN},
                 {"min 'a'", CYN_MIN},           {"max 'a'", CYN_MAX},
                 {"p(95, 'a')", CYN_PERCENTILE}, {"share 'a > 1'", CYN_SHARE},
                 {"variance 'a'", CYN_VARIANCE}, {"stddev 'a'", CYN_STDDEV},
                 {"first 'a'", CYN_FIRST},       {"last 'a'", CYN_LAST}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[200];
        snprintf(text, sizeof text, "metric 'm' { value = source 'events':%s }", cases[i].call);
        cyn_script *s = load_text(text);
        if (!s) continue;
        CHECK_STR(errors_of(s), "");
        const cyn_agg *a = agg_of(s, "m");
        CHECK(a && a->func == cases[i].func);
        if (a && a->func == CYN_SUM) CHECK_STR(a->arg->name, "金額");
        if (a && a->func == CYN_DISTINCT) CHECK_STR(a->arg->name, "a.b");
        if (a && a->func == CYN_PERCENTILE) CHECK(a->p == 95 && a->qtype == 7);
        cyn_script_free(s);
    }
    cyn_script *s = load_text("metric 'm' { value = source 'events':p(50, 'a', { type = 2 }) }");
    if (!s) return;
    CHECK_INT(agg_of(s, "m")->qtype, 2);
    CHECK(!agg_of(s, "m")->approx);
    cyn_script_free(s);
    s = load_text("local e = source 'events'\n"
                  "metric 'p' { value = e:p(50, 'a', { approx = true }) }\n"
                  "metric 'd' { value = e:distinct('a', { approx = true }) }");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    CHECK(agg_of(s, "p")->approx && agg_of(s, "d")->approx);
    cyn_script_free(s);
}

static void test_a_table_holds_equalities(void)
{
    cyn_script *s = load_text("metric 'm' { value = source 'events':where { plan = 'a', n = 1, "
                              "ok = true }:count() }");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_expr *e = agg_of(s, "m")->view->where; /* (n == 1 and ok == true) and plan == 'a' */
    CHECK_INT(e->kind, CYN_EXPR_AND);
    CHECK_INT(e->b->kind, CYN_EXPR_EQUALS);
    CHECK_STR(e->b->a->name, "plan");
    CHECK_INT(e->b->b->value.kind, CYN_CONST_TEXT);
    CHECK_STR(e->b->b->value.s, "a");
    CHECK_INT(e->a->a->b->value.kind, CYN_CONST_INTEGER);
    CHECK_INT(e->a->b->b->value.kind, CYN_CONST_BOOLEAN);
    cyn_script_free(s);
}

static void test_wheres_are_a_conjunction_and_leave_the_first_alone(void)
{
    cyn_script *s = load_text("local e = source 'events'\nlocal a = e:where 'x > 1'\n"
                              "metric 'both' { value = a:where 'y > 2':count() }\n"
                              "metric 'one' { value = a:count() }\n");
    if (!s) return;
    CHECK_INT(agg_of(s, "both")->view->where->kind, CYN_EXPR_AND);
    CHECK_STR(agg_of(s, "one")->view->where->text, "x > 1");
    cyn_script_free(s);
}

static void test_derived_columns_come_after_what_they_read(void)
{
    cyn_script *s = load_text("metric 'm' { value = source 'events':derive { a = 'b + 1', b = 'c', "
                              "c = 'x * 2', f = function(r) return r.x end }:sum 'a' }");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_view *v = agg_of(s, "m")->view;
    CHECK_INT(v->nderives, 4);
    CHECK_STR(v->derives[0].name, "f");
    CHECK_STR(v->derives[1].name, "c");
    CHECK_STR(v->derives[2].name, "b");
    CHECK_STR(v->derives[3].name, "a");
    cyn_script_free(s);
    check_errors("metric 'm' { value = source 'events':derive { a = 'b+1', b = 'a+1' }:sum 'a' }",
                 "metrics/a.lua:1: derive: these columns need each other: a, b");
}

static void test_the_sheet_comes_with_the_formula(void)
{
    cyn_script *s = load_text(
        "kpi 'aha' {\n value = source 'events':share 'x', title = { en = 'Aha', ja = 'アハ' },\n"
        " unit = '%', why = 'w', owner = 'o', layer = 'leading', lens = 'depth', grain = 'day',\n"
        " direction = 'up', target = { from = 0.2, to = 0.4, by = '2026-12-31' }, market = 0.3,\n"
        " thresholds = { green = 0.4, yellow = 0.2 }, review = '2026-06-30',\n"
        " identity = 'other * 2', drivers = { other = 'down' } }\n"
        "guardrail 'other' { value = 1.5, direction = 'range',\n"
        " thresholds = { green = { 1, 2 }, yellow = { 0.5, 2 } } }\n");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), "aha");
    CHECK_STR(m->sheet.title.ja, "アハ");
    CHECK_INT(m->sheet.role, CYN_KPI);
    CHECK_INT(m->sheet.layer, CYN_LEADING);
    CHECK_INT(m->sheet.lens, CYN_DEPTH);
    CHECK_INT(m->sheet.direction, CYN_UP);
    CHECK_INT(m->sheet.grain.unit, CYN_DAILY);
    CHECK(m->sheet.has_target && m->sheet.target == 0.4 && m->sheet.target_from == 0.2);
    /* GNU date: date -d '2026-12-31 UTC' +%s / 86400 = 20818 */
    CHECK_INT(m->sheet.target_by, 20818);
    CHECK(m->sheet.green.set && !m->sheet.green.two && m->sheet.green.lo == 0.4);
    CHECK(m->sheet.yellow.set && !m->sheet.yellow.two && m->sheet.yellow.lo == 0.2);
    CHECK(m->sheet.has_market && m->sheet.has_review);
    CHECK_STR(m->identity_text, "other * 2");
    CHECK(m->identity && m->identity->op == CYN_MUL);
    CHECK_INT(m->ndrivers, 1);
    CHECK_INT(m->drivers[0].direction, CYN_DOWN);
    m = cyn_catalog_metric(cyn_script_catalog(s), "other");
    CHECK_INT(m->sheet.role, CYN_GUARDRAIL);
    CHECK(m->sheet.yellow.two && m->sheet.yellow.lo == 0.5 && m->sheet.yellow.hi == 2);
    cyn_script_free(s);
}

static void test_thresholds_need_a_direction_that_fits(void)
{
    check_errors("metric 'x' { value = 1, thresholds = { green = 1 } }",
                 "metrics/a.lua:1: 'thresholds' of metric 'x' need a direction\n"
                 "hint: add direction = \"up\", \"down\" or \"range\"");
    check_errors("metric 'x' { value = 1, direction = 'up', thresholds = { green = { 1, 2 } } }",
                 "metrics/a.lua:1: 'green' of 'thresholds' of metric 'x': direction \"up\" takes "
                 "one number");
    check_errors("metric 'x' { value = 1, direction = 'range', thresholds = { yellow = 2 } }",
                 "metrics/a.lua:1: 'yellow' of 'thresholds' of metric 'x': direction \"range\" "
                 "takes { lowest, highest }");
    check_errors("metric 'x' { value = 1, direction = 'up', thresholds = { green = 1, yellow = 2 } "
                 "}",
                 "metrics/a.lua:1: 'yellow' of 'thresholds' of metric 'x' is above green, though "
                 "up is better");
    check_errors("metric 'x' { value = 1, direction = 'down', thresholds = { green = 2, yellow = "
                 "1 } }",
                 "metrics/a.lua:1: 'yellow' of 'thresholds' of metric 'x' is below green, though "
                 "down is better");
    check_errors("metric 'x' { value = 1, direction = 'range', thresholds = { green = { 1, 3 }, "
                 "yellow = { 1, 2 } } }",
                 "metrics/a.lua:1: 'yellow' of 'thresholds' of metric 'x' is a range that does "
                 "not hold the green one");
}

static void test_a_target_has_a_way_and_thresholds_hysteresis(void)
{
    cyn_script *s = load_text(
        "metric 'm' { value = 1, direction = 'up', target = { from = 1, to = 4,\n"
        " since = '2026-07-01', by = '2026-12-31',\n"
        " path = { { at = '2026-09-01', value = 2 }, { at = '2026-10-01', value = 3.5 } } },\n"
        " thresholds = { green = 4, yellow = 2, hysteresis = 0.25 } }");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), "m");
    /* GNU date: date -d '2026-07-01 UTC' +%s / 86400 = 20635; 2026-10-01: 20727 */
    CHECK(m->sheet.has_target_since && m->sheet.target_since == 20635);
    CHECK_INT(m->sheet.npath, 2);
    CHECK_INT(m->sheet.path[1].date, 20727);
    CHECK_NEAR(m->sheet.path[1].value, 3.5, 0);
    CHECK_NEAR(m->sheet.hysteresis, 0.25, 0);
    cyn_script_free(s);
}

static void test_a_way_leads_ahead_and_hysteresis_leaves_room(void)
{
#define TARGET "metric 'm' { value = 1, target = { to = 4, "
#define WHOSE  "metrics/a.lua:1: "
    check_errors(TARGET "path = { { at = '2026-09-01', value = 2 } } } }",
                 WHOSE "'path' of 'target' of metric 'm' needs 'by', the day on which it ends");
    check_errors(TARGET "by = '2026-09-01', path = { { at = '2026-09-01', value = 2 } } } }",
                 WHOSE "item 1 of 'path' of 'target' of metric 'm' is not before 'by'");
    check_errors(TARGET "by = '2026-12-31', since = '2026-09-01', path = { { at = '2026-09-01', "
                        "value = 2 } } } }",
                 WHOSE "item 1 of 'path' of 'target' of metric 'm' is not after 'since'");
    check_errors(TARGET "by = '2026-12-31', path = { { at = '2026-09-02', value = 2 }, { at = "
                        "'2026-09-01', value = 2 } } } }",
                 WHOSE "item 2 of 'path' of 'target' of metric 'm' is not after the one before");
    check_errors(TARGET "by = '2026-12-31', path = { { at = '2026-09-02' } } } }",
                 WHOSE "item 1 of 'path' of 'target' of metric 'm' has no 'value'\n"
                       "hint: add value = …");
    check_errors(TARGET "since = '2026-12-31', by = '2026-12-31' } }",
                 WHOSE "'since' of 'target' of metric 'm' is not before 'by'");
#define RANGE "metric 'm' { value = 1, direction = 'range', thresholds = { "
    check_errors(RANGE "green = { 1, 2 }, hysteresis = -1 } }",
                 WHOSE "'hysteresis' of 'thresholds' of metric 'm' is negative");
    check_errors(RANGE "green = { 1, 2 }, yellow = { 0, 9 }, hysteresis = 0.75 } }",
                 WHOSE "'hysteresis' of 'thresholds' of metric 'm' is more than half the width of "
                       "the range: no value could enter it");
    check_errors(RANGE "yellow = { 0, 9 }, hysteresis = 4.5 } }", "");
}

static void test_metrics_refer_to_each_other_across_files_and_forward(void)
{
    cyn_script_file files[] = {SCRIPT("metrics/a.lua", "metric 'a' { value = -metric.b ^ 2 % 3 }"),
                               SCRIPT("metrics/b.lua", "metric 'b' { value = 4 }")};
    cyn_script_options o = test_options();
    cyn_script *s;
    cyn_err err = {0};
    if (cyn_script_load(files, 2, &o, &s, &err) != CYN_OK) {
        CHECK_STR(err.message, "");
        return;
    }
    CHECK_STR(errors_of(s), "");
    CHECK_INT(cyn_script_catalog(s)->nmetrics, 2);
    const cyn_formula *f = cyn_catalog_metric(cyn_script_catalog(s), "a")->formula;
    CHECK_INT(f->op, CYN_MOD); /* (-(b ^ 2)) % 3 */
    CHECK_INT(f->a->op, CYN_NEG);
    CHECK(f->a->b == NULL);
    CHECK_STR(f->a->a->a->metric, "b");
    cyn_script_free(s);
}

/* Which metrics a formula refers to is the host's to check (cyn_metric_define): the metric stays,
 * to be shown with its error. */
static void test_metrics_with_wrong_references_stay(void)
{
    cyn_script *s = load_text("metric 'x' { value = metric.revenu * 2 }\n"
                              "metric 'a' { value = metric.b }\nmetric 'b' { value = metric.a }\n");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_catalog *c = cyn_script_catalog(s);
    CHECK_INT(c->nmetrics, 3);
    CHECK_STR(cyn_catalog_metric(c, "x")->formula->a->metric, "revenu");
    CHECK_INT(cyn_catalog_metric(c, "x")->formula->a->place.line, 1);
    cyn_script_free(s);
}

static void test_wrong_names_in_identities_and_drivers_are_named(void)
{
    check_errors("metric 'revenue' { value = 1, identity = 'a2 * 3', drivers = { revenu = 'up' } }",
                 "metrics/a.lua:1: metric 'revenue', drivers: there is no metric 'revenu'\n"
                 "metrics/a.lua:1: metric 'revenue', identity: there is no metric 'a2'");
}

static void test_a_text_holds_any_character_but_nul(void)
{
    cyn_script *s = load_text("metric 'x' { value = 1, title = 'Pizzas a day, %z' }\n"
                              "metric 'zoo' { value = 1, identity = 'x * 1' }\n"
                              "metric 'y' { value = 1, identity = 'zoo * 1' }");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    CHECK_STR(cyn_catalog_metric(cyn_script_catalog(s), "x")->sheet.title.en, "Pizzas a day, %z");
    cyn_script_free(s);
    check_errors("metric 'x' { value = 1, title = 'a\\0b' }",
                 "metrics/a.lua:1: 'title' of metric 'x' holds a NUL byte");
}

static void test_misuse_names_the_line_and_the_nearest_word(void)
{
    static const char *const cases[][2] = {
        {"local e = source 'event'",
         "metrics/a.lua:1: there is no source 'event'\nhint: did you mean 'events'?"},
        {"local e = source 'events'\ne:wher 'x'",
         "metrics/a.lua:2: source has no method 'wher'\nhint: did you mean 'where'?"},
        {"\nmetrc 'x' {}", "metrics/a.lua:2: unknown name 'metrc'\nhint: did you mean 'metric'?"},
        {"metric 'x' { valu = 1 }",
         "metrics/a.lua:1: metric 'x' has an unknown field 'valu'\nhint: did you mean 'value'?"},
        {"metric 'x' { }", "metrics/a.lua:1: metric 'x' has no value\n"
                           "hint: add value = …, a formula"},
        {"metric 'x'", "metrics/a.lua:1: the declaration of 'x' has no table\n"
                       "hint: metric \"x\" { value = … } declares, metric.x is its value"},
        {"metric 'x' { value = source 'events' }",
         "metrics/a.lua:1: 'value' of metric 'x' is a source, expected a formula or a number\n"
         "hint: add an aggregate, such as :count()"},
        {"metric \"x\" { value = metric.y + function(at) return 1 end }",
         "metrics/a.lua:1: the right side of '+' is a function, expected a formula or a number\n"
         "hint: only a metric's whole value can be a function: value = function(at) … end"},
        {"source('events').where('x')", "metrics/a.lua:1: where is called without a source\n"
                                        "hint: write a colon: events:where(…)"},
        {"require 'x'", "metrics/a.lua:1: there is no module 'x'"},
        {"print 'x'", "metrics/a.lua:1: 'print' does not exist\n"
                      "hint: scripts cannot print; cynosure eval shows their metrics"},
        {"metric 'a' { value = 1 }\n\nmetric 'a' { value = 2 }",
         "metrics/a.lua:3: metric 'a' is already declared at metrics/a.lua:1"},
        {"metric 'x' { value = 1, layer = 'leadin' }",
         "metrics/a.lua:1: 'layer' of metric 'x' is 'leadin', expected one of: leading, "
         "coincident, lagging\nhint: did you mean 'leading'?"},
        {"metric 'x' { value = 1, title = 3 }",
         "metrics/a.lua:1: 'title' of metric 'x' is a number, expected a text"},
        {"metric '1x' { value = 1 }",
         "metrics/a.lua:1: the name of a metric is '1x', expected letters, digits and _, with no "
         "digit first"},
        {"metric 'end' { value = 1 }",
         "metrics/a.lua:1: the name of a metric is 'end', which is a word of Lua"},
        {"metric 'x' { value = source 'events':count() < 3 }",
         "metrics/a.lua:1: a formula can only be computed with + - * / ^ %\n"
         "hint: its value is not known while scripts are loaded"},
        {"source 'events':p(101, 'x')", "metrics/a.lua:1: p is 101, expected 0 … 100"},
        {"source 'events':p(50, 'x', { type = 10 })",
         "metrics/a.lua:1: 'type' of the options of p is 10, expected one of 1 … 9 (Hyndman and "
         "Fan's)"},
        {"source 'events':count 'x'",
         "metrics/a.lua:1: count takes no argument\nhint: count rows with :where(…):count(), "
         "different values with :distinct(…)"},
        {"source 'events':where { plan = { 'a', 'b' } }",
         "metrics/a.lua:1: 'plan' of where is a table; one value per column in this version\n"
         "hint: for several values write \"plan == 'a' or plan == 'b'\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_errors(cases[i][0], cases[i][1]);
}

static void test_wrong_expressions_are_errors_at_their_column(void)
{
    check_errors(
        "local e = source 'events'\nlocal a = e:where \"amount = 100\"",
        "metrics/a.lua:2:20: where: 'amount = 100' is no Lua expression: <eof> expected near '='\n"
        "hint: Lua compares with ==");
    check_errors(
        "source 'events':where 'a != 1'",
        "metrics/a.lua:1:24: where: 'a != 1' is no Lua expression: <eof> expected near '!'\n"
        "hint: Lua writes ~= for 'not equal'");
    check_errors(
        "source 'events':where '1) + (2'",
        "metrics/a.lua:1:24: where: '1) + (2' is no Lua expression: <eof> expected near ')'");
    check_errors("source 'events':where 'a, b'",
                 "metrics/a.lua:1:24: where: 'a, b' is no Lua expression: expected one expression");
    check_errors("source 'events':where '  '", "metrics/a.lua:1:24: where is empty");
}

static void test_an_error_ends_its_file_only_and_keeps_what_came_before(void)
{
    cyn_script_file files[] = {
        SCRIPT("metrics/a.lua", "metric 'a' { value = 1 }\nlocal x = nil + 1"),
        SCRIPT("metrics/b.lua", "metric 'b' { value = = 4 }"),
        SCRIPT("metrics/c.lua", "metric 'c' { value = 4 }")};
    cyn_script_options o = test_options();
    cyn_script *s;
    if (cyn_script_load(files, 3, &o, &s, NULL) != CYN_OK) {
        CHECK(0);
        return;
    }
    CHECK_STR(errors_of(s), "metrics/a.lua:2: attempt to perform arithmetic on a nil value\n"
                            "metrics/b.lua:1: unexpected symbol near '='");
    CHECK(cyn_catalog_metric(cyn_script_catalog(s), "a") != NULL);
    CHECK(cyn_catalog_metric(cyn_script_catalog(s), "b") == NULL);
    CHECK(cyn_catalog_metric(cyn_script_catalog(s), "c") != NULL);
    cyn_script_free(s);
}

static void test_files_do_not_see_each_others_globals(void)
{
    cyn_script_file files[] = {SCRIPT("metrics/a.lua", "shared = 1"),
                               SCRIPT("metrics/b.lua", "metric 'b' { value = shared }")};
    cyn_script_options o = test_options();
    cyn_script *s;
    if (cyn_script_load(files, 2, &o, &s, NULL) != CYN_OK) {
        CHECK(0);
        return;
    }
    CHECK_STR(errors_of(s), "metrics/b.lua:1: unknown name 'shared'");
    cyn_script_free(s);
}

/* The digest of the function that a script captures n in, moved down by some lines. */
static void digest_of(const char *before, const char *body, char out[65])
{
    char text[500];
    out[0] = '\0';
    snprintf(text, sizeof text,
             "%slocal function f(x) return %s end\n"
             "metric 'm' { value = source 'events':sum(function(r) return f(r.x) end) }",
             before, body);
    cyn_script *s = load_text(text);
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    snprintf(out, 65, "%s", agg_of(s, "m")->arg->digest);
    cyn_script_free(s);
}

static void test_a_functions_digest_follows_its_meaning_and_not_its_place(void)
{
    char first[65], moved[65], changed[65], captured[65], constant[65], other[65];
    digest_of("", "x + 1", first);
    digest_of("-- a comment\n\n", "x  +  1", moved);
    digest_of("", "x + 2", changed);
    digest_of("local n = 1\n", "x + n",
              captured); /* a constant to the compiler when <const> only */
    digest_of("local n = 2\n", "x + n", constant);
    digest_of("local n = { 1, a = 'b' }\n", "n[x]", other);
    CHECK_INT(strlen(first), 64);
    CHECK_STR(moved, first);
    CHECK(strcmp(changed, first) != 0);
    CHECK(strcmp(captured, constant) != 0);
    digest_of("local n = { 1, a = 'b' }\n", "n[x]", first);
    CHECK_STR(other, first);
    digest_of("local n = { 1, a = 'c' }\n", "n[x]", first);
    CHECK(strcmp(other, first) != 0);
}

static void test_reads_hold_names_and_paths_but_no_fields_strings_or_comments(void)
{
    cyn_script *s =
        load_text("metric 'm' { value = source 'events':sum [[a.b.c + #d .. 'e' + f:g() "
                  "+ h['i'] + 0x1F + 1e5 --[=[ j ]=] + math.abs(k) -- l]] }");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_expr *e = agg_of(s, "m")->arg;
    static const char *const want[] = {"a", "a.b", "a.b.c", "d", "f", "h", "k"};
    CHECK_INT(e->nreads, 7);
    for (size_t i = 0; i < e->nreads && i < 7; i++)
        CHECK_STR(e->reads[i], want[i]);
    CHECK(!e->reads_all);
    cyn_script_free(s);
    s = load_text("metric 'm' { value = source 'events':sum [[(function() return x end)()]] }");
    if (!s) return;
    CHECK(agg_of(s, "m")->arg->reads_all);
    cyn_script_free(s);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_a_formula_is_built_from_aggregates);
    RUN(test_every_aggregate_has_its_node);
    RUN(test_a_table_holds_equalities);
    RUN(test_wheres_are_a_conjunction_and_leave_the_first_alone);
    RUN(test_derived_columns_come_after_what_they_read);
    RUN(test_the_sheet_comes_with_the_formula);
    RUN(test_a_target_has_a_way_and_thresholds_hysteresis);
    RUN(test_a_way_leads_ahead_and_hysteresis_leaves_room);
    RUN(test_metrics_refer_to_each_other_across_files_and_forward);
    RUN(test_thresholds_need_a_direction_that_fits);
    RUN(test_metrics_with_wrong_references_stay);
    RUN(test_wrong_names_in_identities_and_drivers_are_named);
    RUN(test_a_text_holds_any_character_but_nul);
    RUN(test_misuse_names_the_line_and_the_nearest_word);
    RUN(test_wrong_expressions_are_errors_at_their_column);
    RUN(test_an_error_ends_its_file_only_and_keeps_what_came_before);
    RUN(test_files_do_not_see_each_others_globals);
    RUN(test_a_functions_digest_follows_its_meaning_and_not_its_place);
    RUN(test_reads_hold_names_and_paths_but_no_fields_strings_or_comments);
    cyn_zygote_stop();
    return test_end();
}
