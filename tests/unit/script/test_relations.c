/* Relations and windows as scripts declare them, and what misuse is answered with. */
#include "plan/relation.h"
#include "script_impl.h"

/* Loads a metric 'm' of the expression, where e is the source 'events'. */
static cyn_script *load_value(const char *value)
{
    char text[1000];
    snprintf(text, sizeof text, "local e = source 'events'\nmetric 'm' { value = %s }", value);
    cyn_script *s = load_text(text);
    if (s) CHECK_STR(errors_of(s), "");
    return s;
}

static const cyn_formula *formula_of(const cyn_script *s)
{
    const cyn_metric *m = cyn_catalog_metric(cyn_script_catalog(s), "m");
    CHECK(m != NULL);
    return m ? m->formula : NULL;
}

static const cyn_relation *relation_of(const cyn_script *s)
{
    const cyn_agg *a = agg_of(s, "m");
    CHECK(a && a->view->relation);
    return a ? a->view->relation : NULL;
}

/* ---- per ---- */

static void test_per_makes_rows_that_filter_and_aggregate(void)
{
    cyn_script *s = load_value("e:where 'paid':per 'user_id':sum 'minutes':where 'value >= 90':"
                               "count()");
    if (!s) return;
    const cyn_relation *r = relation_of(s);
    if (r) {
        const cyn_agg *a = agg_of(s, "m");
        CHECK_INT(a->func, CYN_COUNT);
        CHECK_STR(a->view->source, "events");
        CHECK_STR(a->view->where->text, "value >= 90");
        CHECK_INT(r->kind, CYN_PER);
        CHECK_STR(r->entity->name, "user_id");
        CHECK_INT(r->func, CYN_SUM);
        CHECK_STR(r->arg->name, "minutes");
        CHECK_STR(r->base->where->text, "paid");
        CHECK(r->base->relation == NULL);
        CHECK_INT(r->place.line, 2);
    }
    cyn_script_free(s);
}

static void test_value_is_meant_over_a_per_unless_another_is_said(void)
{
    static const char *const calls[][2] = {
        {"p(90)", "value"}, {"p(90, { type = 6 })", "value"}, {"mean()", "value"},
        {"sum()", "value"}, {"distinct()", "value"},          {"stddev()", "value"},
        {"max()", "value"}, {"min 'entity'", "entity"},       {"p(90, 'x')", "x"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        char text[200];
        snprintf(text, sizeof text, "e:per 'user_id':count():%s", calls[i][0]);
        cyn_script *s = load_value(text);
        if (!s) continue;
        const cyn_agg *a = agg_of(s, "m");
        CHECK(a && a->arg->kind == CYN_EXPR_COLUMN);
        if (a) CHECK_STR(a->arg->name, calls[i][1]);
        if (i == 1 && a) CHECK_INT(a->qtype, 6);
        cyn_script_free(s);
    }
}

static void test_relations_nest_and_share_what_is_the_same(void)
{
    cyn_script *s =
        load_text("local e = source 'events'\n"
                  "local days = e:derive { d = 'date(ts)' }:per 'd':p(50, 'x')\n"
                  "metric 'm' { value = days:per 'value // 10':count():max() }\n"
                  "metric 'n' { value = days:count() / days:where 'value > 1':count() }");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    const cyn_catalog *c = cyn_script_catalog(s);
    const cyn_relation *outer = relation_of(s), *inner = outer ? outer->base->relation : NULL;
    CHECK(inner && inner->func == CYN_PERCENTILE && inner->p == 50 && inner->qtype == 7);
    CHECK(inner && inner->base->nderives == 1 && inner->base->relation == NULL);
    const cyn_formula *n = cyn_catalog_metric(c, "n")->formula;
    CHECK(c->aggs[n->a->agg]->view->relation == inner);
    CHECK(c->aggs[n->b->agg]->view->relation == inner);
    cyn_script_free(s);
}

/* ---- journeys ---- */

#define JOURNEY                                                                                    \
    "e:journey { entity = 'user_id', steps = { \"event == 'signup'\", { when = { event = 'aha' "   \
    "}, within = '1d' }, 'paid' }, within = '14d', same = { 'product_id', 'plan' }, "

static void test_a_journey_carries_its_steps_and_limits(void)
{
    cyn_script *s = load_value(JOURNEY "strict = true, attempts = 'every' }:count()");
    if (!s) return;
    const cyn_relation *r = relation_of(s);
    if (r) {
        CHECK_INT(r->kind, CYN_JOURNEY);
        CHECK_INT(r->nsteps, 3);
        CHECK_STR(r->steps[0].when->text, "event == 'signup'");
        CHECK_INT(r->steps[0].within, 0);
        CHECK_INT(r->steps[1].when->kind, CYN_EXPR_EQUALS);
        CHECK_INT(r->steps[1].within, 86400 * CYN_SECOND);
        CHECK_STR(r->steps[2].when->name, "paid");
        CHECK_INT(r->within, 14 * 86400 * CYN_SECOND);
        CHECK(r->strict && r->every && !r->any_order);
        CHECK_INT(r->nsame, 2);
        CHECK_STR(r->same[1]->name, "plan");
    }
    cyn_script_free(s);
    s = load_value(JOURNEY "any_order = true, attempts = 'first' }:count()");
    if (!s) return;
    r = relation_of(s);
    CHECK(r && r->any_order && !r->every && !r->strict);
    cyn_script_free(s);
}

/* A share has the two counts as its parts: those that reached the step, of those that could. */
static void test_rates_are_shares_of_who_reached_the_step_before(void)
{
    static const struct {
        const char *call, *where, *arg;
        bool lost;
    } cases[] = {{"rate()", NULL, "reached_3", false},
                 {"rate(2)", NULL, "reached_2", false},
                 {"rate(3, 2)", "reached_2", "reached_3", false},
                 {"drop_off(2)", NULL, "reached_2", true},
                 {"drop_off(3)", "reached_2", "reached_3", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[500];
        snprintf(text, sizeof text, "%s }:%s", JOURNEY, cases[i].call);
        cyn_script *s = load_value(text);
        if (!s) continue;
        const cyn_agg *a = agg_of(s, "m");
        CHECK(a && a->func == CYN_SHARE);
        if (a) {
            const cyn_expr *arg = cases[i].lost ? a->arg->a : a->arg;
            CHECK_STR(arg->name, cases[i].arg);
            CHECK_STR(a->view->where ? a->view->where->name : NULL, cases[i].where);
            CHECK(!cases[i].lost ||
                  (a->arg->kind == CYN_EXPR_EQUALS && a->arg->b->value.kind == CYN_CONST_BOOLEAN &&
                   a->arg->b->value.i == 0));
        }
        cyn_script_free(s);
    }
}

static void test_a_journey_filters_and_counts_and_keeps_its_methods(void)
{
    cyn_script *s = load_value(JOURNEY "}:where \"channel == 'ads'\":reach(2)");
    if (!s) return;
    const cyn_agg *a = agg_of(s, "m");
    CHECK(a && a->func == CYN_COUNT && a->view->where->kind == CYN_EXPR_AND);
    if (a) CHECK_STR(a->view->where->b->name, "reached_2");
    cyn_script_free(s);
    s = load_value(JOURNEY "}:reach(1)"); /* every attempt reached the first step */
    if (!s) return;
    CHECK(agg_of(s, "m") && agg_of(s, "m")->view->where == NULL);
    cyn_script_free(s);
}

static void test_time_between_steps_is_a_column_of_who_reached_both(void)
{
    static const char *const cases[][3] = {{"time():p(50)", "t3 - t1", "reached_3"},
                                           {"time(1, 2):mean()", "t2 - t1", "reached_2"},
                                           {"time(2, 3):max()", "t3 - t2", "reached_3"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[500];
        snprintf(text, sizeof text, "%s }:%s", JOURNEY, cases[i][0]);
        cyn_script *s = load_value(text);
        if (!s) continue;
        const cyn_agg *a = agg_of(s, "m");
        CHECK(a && a->view->nderives == 1);
        if (a) {
            CHECK_STR(a->arg->name, "value");
            CHECK_STR(a->view->derives[0].name, "value");
            CHECK_STR(a->view->derives[0].expr->text, cases[i][1]);
            CHECK_STR(a->view->where->name, cases[i][2]);
        }
        cyn_script_free(s);
    }
}

/* ---- retention ---- */

static void test_one_retention_gives_a_rate_for_each_offset(void)
{
    cyn_script *s = load_text(
        "local keep = source 'events':retention { entity = 'user_id', start = \"event == 's'\", "
        "active = { event = 'a' }, mode = 'unbounded' }\n"
        "metric 'd1' { value = keep:at '1d' }\nmetric 'w2' { value = keep:at '2w' }\n"
        "metric 'm' { value = keep:cohort '3m':where 'x':rate() }\n");
    if (!s) return;
    CHECK_STR(errors_of(s), "");
    static const struct {
        const char *metric;
        cyn_grain_unit unit;
        int n;
    } cases[] = {{"d1", CYN_DAILY, 1}, {"w2", CYN_WEEK, 2}, {"m", CYN_MONTH, 3}};
    for (size_t i = 0; i < 3; i++) {
        const cyn_agg *a = agg_of(s, cases[i].metric);
        const cyn_relation *r = a ? a->view->relation : NULL;
        CHECK(r && r->kind == CYN_RETENTION && r->mode == CYN_UNBOUNDED);
        if (!r) continue;
        CHECK_INT(a->func, CYN_SHARE);
        CHECK_STR(a->arg->name, "retained");
        CHECK_INT(r->unit, cases[i].unit);
        CHECK_INT(r->n, cases[i].n);
        CHECK_STR(r->start->text, "event == 's'");
        CHECK_INT(r->active->kind, CYN_EXPR_EQUALS);
        CHECK(r->arg == NULL);
    }
    CHECK_STR(agg_of(s, "m")->view->where->name, "x");
    cyn_script_free(s);
}

static void test_retention_of_a_value_divides_it_by_what_it_was(void)
{
    cyn_script *s = load_value("e:retention { entity = 'u', start = 's', at = '1m', value = 'v' }");
    if (!s) return;
    const cyn_formula *f = formula_of(s);
    const cyn_catalog *c = cyn_script_catalog(s);
    CHECK(f && f->kind == CYN_FORMULA_OP && f->op == CYN_DIV);
    if (f) {
        const cyn_agg *value = c->aggs[f->a->agg], *base = c->aggs[f->b->agg];
        CHECK(value->func == CYN_SUM && base->func == CYN_SUM);
        CHECK_STR(value->arg->name, "value");
        CHECK_STR(base->arg->name, "base");
        CHECK(value->view == base->view);
        CHECK_INT(value->view->relation->mode, CYN_BOUNDED);
        CHECK_STR(value->view->relation->arg->name, "v");
        CHECK(value->view->relation->active == NULL);
    }
    cyn_script_free(s);
}

/* ---- balances and movements ---- */

#define INTERVALS "{ entity = 'c', value = 'mrr', from = 'valid_from', to = 'valid_to' }"

static void test_balances_come_from_intervals_or_snapshots(void)
{
    cyn_script *s = load_value("e:balance " INTERVALS ":total()");
    if (!s) return;
    const cyn_relation *r = relation_of(s);
    CHECK(r && r->kind == CYN_BALANCE && r->from && r->to);
    if (r) {
        CHECK_STR(agg_of(s, "m")->arg->name, "value");
        CHECK_STR(r->arg->name, "mrr");
        CHECK_STR(r->to->name, "valid_to");
    }
    cyn_script_free(s);
    s = load_value("e:balance { entity = 'c', value = 'mrr' }:p(50)");
    if (!s) return;
    r = relation_of(s);
    CHECK(r && !r->from && !r->to);
    CHECK_STR(agg_of(s, "m")->arg->name, "value");
    cyn_script_free(s);
}

static void check_formula(const char *value, const char *want)
{
    cyn_script *s = load_value(value);
    if (!s) return;
    /* The relation is the same everywhere: only what is asked of it matters here. */
    const cyn_catalog *c = cyn_script_catalog(s);
    const cyn_view plain = {.source = "r"};
    cyn_agg aggs[16];
    cyn_view views[16];
    const cyn_agg *list[16];
    CHECK(c->naggs <= 16);
    for (size_t i = 0; i < c->naggs && i < 16; i++) {
        views[i] = plain;
        views[i].where = c->aggs[i]->view->where;
        aggs[i] = *c->aggs[i];
        aggs[i].view = &views[i];
        list[i] = &aggs[i];
    }
    cyn_buf b = {0};
    CHECK_INT(cyn_formula_text(formula_of(s), list, &b, NULL), CYN_OK);
    CHECK_STR(b.data, want);
    cyn_buf_clear(&b);
    cyn_script_free(s);
}

/* The definitions are those of ../shared/data/saas/SOURCE.md. */
static void test_movements_give_their_parts_and_rates(void)
{
    check_formula("e:movement " INTERVALS ":reactivation()", "sum(r, reactivation)");
    check_formula("e:movement " INTERVALS ":entities 'churn'", "count(r where churn > 0)");
    check_formula("e:movement " INTERVALS ":nrr()",
                  "(sum(r, opening) + sum(r, expansion) - sum(r, contraction) - sum(r, churn)) / "
                  "sum(r, opening)");
    check_formula("e:movement " INTERVALS ":grr()",
                  "(sum(r, opening) - sum(r, contraction) - sum(r, churn)) / sum(r, opening)");
    check_formula("e:movement " INTERVALS ":logo_churn()",
                  "count(r where churn > 0) / count(r where opening > 0)");
    check_formula("e:movement " INTERVALS ":quick_ratio()",
                  "(sum(r, new) + sum(r, expansion) + sum(r, reactivation)) / (sum(r, contraction) "
                  "+ sum(r, churn))");
}

/* ---- windows ---- */

static void test_windows_go_on_any_formula_and_compose(void)
{
    check_formula("e:count():rolling '28d'", "count(r):rolling '28d'");
    check_formula("e:count():rolling '90min'", "count(r):rolling '90min'");
    check_formula("e:count():rolling '3m':offset(-1, 'year')",
                  "count(r):rolling '3m':offset(-1, 'year')");
    check_formula("(e:sum 'x' / e:count()):to_date 'month'",
                  "(sum(r, x) / count(r)):to_date 'month'");
    check_formula("-e:count():cumulative()", "-count(r):cumulative()");
    check_formula("metric.m2:offset(-1):over(7, 'mean') - 3", "m2:offset(-1):over(7, 'mean') - 3");
    cyn_script *s = load_value("e:count():rolling '12h':to_date 'quarter':over(4, 'max')");
    if (!s) return;
    const cyn_formula *f = formula_of(s);
    if (f) {
        CHECK_INT(f->kind, CYN_FORMULA_FOLD);
        CHECK_INT(f->fold, CYN_MAX);
        CHECK_INT(f->n, 4);
        CHECK_INT(f->a->window.kind, CYN_TO_DATE);
        CHECK_INT(f->a->window.unit, CYN_QUARTER);
        CHECK_INT(f->a->a->window.kind, CYN_ROLLING);
        CHECK_INT(f->a->a->window.unit, CYN_HOURLY);
        CHECK_INT(f->a->a->window.n, 12);
        CHECK_INT(f->a->a->a->kind, CYN_FORMULA_AGG);
    }
    cyn_script_free(s);
}

/* ---- misuse ---- */

/* What the expression is answered with, on line 2. */
static void check_misuse(const char *expression, const char *want)
{
    char text[1000], all[700];
    snprintf(text, sizeof text, "local e = source 'events'\nlocal x = %s", expression);
    snprintf(all, sizeof all, "metrics/a.lua:2: %s", want);
    check_errors(text, all);
}

#define STEPS "entity = 'u', steps = { 'a', 'b', 'c' }"

static void test_misuse_of_relations_says_what_is_wrong(void)
{
    static const char *const cases[][2] = {
        {"e:per 'u':where 'x'",
         "per is not aggregated yet, so there is nothing for where\nhint: filter rows before: "
         "events:where(…):per …; or their values: per \"user_id\":count():where(…)"},
        {"e:per 'u':cuont()", "per has no method 'cuont'\nhint: did you mean 'count'?"},
        {"e:per 'u' + 1",
         "the left side of '+' is a per, expected a formula or a number\nhint: add what to "
         "compute of each, such as :count()"},
        {"e:per 'u':count():first 'x'",
         "first needs rows with a time, which those of per have not\nhint: they stand for a "
         "whole period"},
        {"e:per 'u':p(50, 'x', { approx = true })",
         "the options of p has an unknown field 'approx'"},
        {"e:per()",
         "per is nothing, expected a Lua expression in a text, or a function of the row"},
        {"e:per('u', 'v')", "per has more arguments than it takes"},
        {"e:sum()",
         "sum is nothing, expected a Lua expression in a text, or a function of the row"},
        {"e:distinct('u', { aprox = true })",
         "the options of distinct has an unknown field 'aprox'\nhint: did you mean 'approx'?"},
        {"e:distinct('u', { approx = 1 })",
         "'approx' of the options of distinct is a number, expected true or false"},
        {"e:journey { steps = { 'a', 'b' } }", "journey has no 'entity'\nhint: add entity = …"},
        {"e:journey { entity = 'u' }", "journey has no 'steps'\nhint: add steps = …"},
        {"e:journey { entity = 'u', steps = { 'a' } }",
         "'steps' of journey has 1, expected two or more steps"},
        {"e:journey { entity = 'u', steps = { 'a', x = 'b' } }",
         "'steps' of journey has an entry 'x', expected a list without names and gaps"},
        {"e:journey { entity = 'u', steps = { 'a', { when = 'b', whithin = '1d' } } }",
         "item 2 of 'steps' of journey has an unknown field 'whithin'\nhint: did you mean "
         "'within'?"},
        {"e:journey { entity = 'u', steps = { 'a', { within = '1d' } } }",
         "item 2 of 'steps' of journey has no 'when'\nhint: add when = …, a condition"},
        {"e:journey { entity = 'u', steps = { { when = 'a', within = '1d' }, 'b' } }",
         "'steps' of journey: the first step has a 'within'\nhint: it limits the time since the "
         "step before"},
        {"e:journey { " STEPS ", within = '14 days' }",
         "'within' of journey is '14 days', expected a duration such as 30m, 12h, 14d or 2w"},
        {"e:journey { " STEPS ", within = 14 }",
         "'within' of journey is a number, expected a text"},
        {"e:journey { " STEPS ", attempts = 'evry' }",
         "'attempts' of journey is 'evry', expected one of: first, every\nhint: did you mean "
         "'every'?"},
        {"e:journey { " STEPS " }:rate(4)", "rate: there is no step 4, expected 2 … 3"},
        {"e:journey { " STEPS " }:rate(2, 3)",
         "rate goes from step 3 to step 2, expected a later one\nhint: the step to reach comes "
         "first: rate(3, 2)"},
        {"e:journey { " STEPS " }:drop_off()",
         "drop_off is given no step, expected the number of a step, 2 … 3"},
        {"e:journey { " STEPS " }:drop_off(1)", "drop_off: there is no step 1, expected 2 … 3"},
        {"e:journey { " STEPS " }:reach '2'",
         "reach is given a string, expected the number of a step, 1 … 3"},
        {"e:journey { " STEPS " }:time(1)",
         "time takes two steps, or none for the first and the last\nhint: time(1, 2) is the time "
         "from step 1 to step 2"},
        {"e:journey { " STEPS " }:time(3, 2)",
         "time goes from step 3 to step 2, expected an earlier and a later one"},
        {"e:journey { " STEPS " }:rat()",
         "journey has no method 'rat'\nhint: did you mean 'rate'?"},
        {"e:journey { " STEPS " } * 2",
         "the left side of '*' is a journey, expected a formula or a number\nhint: add :rate(), "
         ":count() or another aggregate"},
        {"e:per 'u':count():journey { " STEPS " }",
         "journey needs rows with a time, which those of per have not\nhint: they stand for a "
         "whole period"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_misuse(cases[i][0], cases[i][1]);
}

static void test_misuse_of_retention_and_balances_says_what_is_wrong(void)
{
    static const char *const cases[][2] = {
        {"e:retention { entity = 'u' }", "retention has no 'start'\nhint: add start = …"},
        {"e:retention { entity = 'u', start = 's', mode = 'rolling' }",
         "'mode' of retention is 'rolling', expected one of: bounded, unbounded, within"},
        {"e:retention { entity = 'u', start = 's' }:at '1x'",
         "at is '1x', expected a whole number and one of d, m, w, such as 1d"},
        {"e:retention { entity = 'u', start = 's', at = '0d' }",
         "'at' of retention is '0d', expected 1 … 100000"},
        {"e:retention { entity = 'u', start = 's' }:count()",
         "retention has no rows for count before its offset is known\nhint: keep:cohort "
         "\"1d\":count(…)"},
        {"e:retention { entity = 'u', start = 's' } / 2",
         "the left side of '/' is a retention, expected a formula or a number\nhint: add the "
         "offset: :at \"1d\""},
        {"e:balance { entity = 'u', value = 'v', from = 'f' }",
         "balance has 'from' but no 'to'\nhint: give both for intervals, neither for snapshots"},
        {"e:movement { entity = 'u', value = 'v', to = 't' }",
         "movement has 'to' but no 'from'\nhint: give both for intervals, neither for snapshots"},
        {"e:balance { entity = 'u' }", "balance has no 'value'\nhint: add value = …"},
        {"e:movement { entity = 'u', value = 'v' }:entities 'chrun'",
         "the part of entities is 'chrun', expected one of: opening, new, expansion, contraction, "
         "churn, reactivation, closing\nhint: did you mean 'churn'?"},
        {"e.balance { entity = 'u', value = 'v' }", "balance is called without a source\n"
                                                    "hint: write a colon: events:balance(…)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_misuse(cases[i][0], cases[i][1]);
}

static void test_misuse_of_windows_says_what_is_wrong(void)
{
    static const char *const cases[][2] = {
        {"e:count():rolling '28'",
         "rolling is '28', expected a whole number and one of d, h, m, min, q, w, y, such as 1d"},
        {"e:count():rolling(28)", "rolling is a number, expected a text"},
        {"e:count():rolling '99999999999999999999d'",
         "rolling is '99999999999999999999d', expected 1 … 100000"},
        {"e:count():to_date 'mont'", "to_date is 'mont', expected one of: week, month, quarter, "
                                     "year\nhint: did you mean 'month'?"},
        {"e:count():offset(0)", "offset is 0, expected a whole number other than 0\n"
                                "hint: offset(-1) is the period before"},
        {"e:count():offset(-1, 'yaer')",
         "the unit of offset is 'yaer', expected one of: day, week, month, quarter, year\n"
         "hint: did you mean 'year'?"},
        {"e:count():over(0, 'mean')", "over is 0, expected a number of periods, 1 … 1000"},
        {"e:count():over(7, 'median')",
         "the second argument of over is 'median', expected one of: mean, sum, min, max\n"
         "hint: did you mean 'mean'?"},
        {"e:count():roling '28d'", "formula has no method 'roling'\nhint: did you mean 'rolling'?"},
        {"e:count():over(200, 'sum'):over(200, 'sum')",
         "a formula has more than 10000 parts, or more than 1000 nested ones"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_misuse(cases[i][0], cases[i][1]);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_per_makes_rows_that_filter_and_aggregate);
    RUN(test_value_is_meant_over_a_per_unless_another_is_said);
    RUN(test_relations_nest_and_share_what_is_the_same);
    RUN(test_a_journey_carries_its_steps_and_limits);
    RUN(test_rates_are_shares_of_who_reached_the_step_before);
    RUN(test_a_journey_filters_and_counts_and_keeps_its_methods);
    RUN(test_time_between_steps_is_a_column_of_who_reached_both);
    RUN(test_one_retention_gives_a_rate_for_each_offset);
    RUN(test_retention_of_a_value_divides_it_by_what_it_was);
    RUN(test_balances_come_from_intervals_or_snapshots);
    RUN(test_movements_give_their_parts_and_rates);
    RUN(test_windows_go_on_any_formula_and_compose);
    RUN(test_misuse_of_relations_says_what_is_wrong);
    RUN(test_misuse_of_retention_and_balances_says_what_is_wrong);
    RUN(test_misuse_of_windows_says_what_is_wrong);
    cyn_zygote_stop();
    return test_end();
}
