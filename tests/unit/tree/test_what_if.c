/* What if, elasticities and goals (docs/numerics.md, X-15 … X-19). */
#include "formulas.h"
#include "tree/what_if.h"

#define MOST 16
static cyn_arena *arena;
static cyn_metric pool[MOST];
static const cyn_metric *list[MOST];
static double values[MOST];
static size_t count;

static size_t add(const char *name, double value, const char *identity)
{
    cyn_metric *m = &pool[count];
    *m = (cyn_metric){.name = name, .formula = new_formula(arena, CYN_FORMULA_AGG)};
    m->identity = identity ? formula(arena, identity) : NULL;
    values[count] = value;
    list[count] = m;
    return count++;
}

static size_t start(const char *name, double value, const char *identity)
{
    count = 0;
    return add(name, value, identity);
}

static cyn_tree *tree(int depth)
{
    cyn_tree *t = NULL;
    if (cyn_tree_build(list, count, 0, depth, arena, &t, NULL) != CYN_OK) exit(2);
    return t;
}

static cyn_assumption parse(const char *text)
{
    cyn_assumption a = {.metric = "?"};
    cyn_err err = {0};
    if (cyn_parse_assumption(text, arena, &a, &err) != CYN_OK) {
        printf("# %s\n", err.message);
        exit(2);
    }
    for (a.index = 0; a.index < count && strcmp(pool[a.index].name, a.metric) != 0;)
        a.index++;
    return a;
}

/* The first node of a metric, with up to two assumptions, at any depth. */
static cyn_what_if_node ask(const char *metric, const char *first, const char *second)
{
    cyn_tree *t = tree(CYN_TREE_ALL);
    cyn_assumption a[2];
    size_t n = 0;
    if (first) a[n++] = parse(first);
    if (second) a[n++] = parse(second);
    const cyn_what_if_node *nodes = NULL;
    if (cyn_what_if(t, values, a, n, arena, &nodes, NULL) != CYN_OK) exit(2);
    for (size_t i = 0; i < t->count; i++) {
        if (!strcmp(t->nodes[i].metric->name, metric)) return nodes[i];
    }
    exit(2);
}

static void shop(void)
{
    start("revenue", 10000, "orders * price");
    add("orders", 200, "visits * cvr");
    add("price", 50, NULL);
    add("visits", 5000, NULL);
    add("cvr", 0.04, NULL);
    pool[4].sheet.unit = "%";
}

/* ---- assumptions as people write them ---- */

static void check_parse(const char *text, cyn_assumption_kind kind, double by)
{
    cyn_assumption a = {.metric = "?"};
    CHECK_INT(cyn_parse_assumption(text, arena, &a, NULL), CYN_OK);
    CHECK_STR(a.metric, "cvr");
    CHECK_INT(a.kind, kind);
    CHECK_NEAR(a.by, by, 0);
    if (a.kind != kind || a.by != by) printf("# of '%s'\n", text);
}

static void test_forms_of_assumptions(void)
{
    check_parse("cvr=4%", CYN_ASSUME_VALUE, 0.04);
    check_parse("cvr=120", CYN_ASSUME_VALUE, 120);
    check_parse("cvr=.5", CYN_ASSUME_VALUE, 0.5);
    check_parse("cvr=1,000,000.5", CYN_ASSUME_VALUE, 1000000.5);
    check_parse("cvr=1e6", CYN_ASSUME_VALUE, 1e6);
    check_parse("cvr=+500", CYN_ASSUME_ADD, 500);
    check_parse("cvr=-12,500", CYN_ASSUME_ADD, -12500);
    check_parse("cvr=+0.5pt", CYN_ASSUME_POINTS, 0.005);
    check_parse("cvr=-0.5pp", CYN_ASSUME_POINTS, -0.005);
    check_parse("cvr=+10%", CYN_ASSUME_PERCENT, 0.1);
    check_parse("cvr=-10.1%", CYN_ASSUME_PERCENT, -0.101); /* the nearest double to it */
    check_parse("cvr=1e1%", CYN_ASSUME_VALUE, 0.1);
    check_parse("cvr==-5", CYN_ASSUME_VALUE, -5);
    check_parse("cvr == -5 %", CYN_ASSUME_VALUE, -0.05);
    check_parse("  cvr = + 0.5 pt ", CYN_ASSUME_POINTS, 0.005);
}

static void test_what_a_japanese_keyboard_types(void)
{
    check_parse("cvr＝４％", CYN_ASSUME_VALUE, 0.04);
    check_parse("cvr＝＋０．５ポイント", CYN_ASSUME_POINTS, 0.005);
    check_parse("cvr=－１，０００", CYN_ASSUME_ADD, -1000);
    check_parse("cvr=−10％", CYN_ASSUME_PERCENT, -0.1);
    check_parse("cvr　＝　１２０", CYN_ASSUME_VALUE, 120);
    check_parse("ｃｖｒ=+1ｐｔ", CYN_ASSUME_POINTS, 0.01);
}

static void check_refused(const char *text, const char *message)
{
    cyn_assumption a = {.metric = "untouched"};
    cyn_err err = {0};
    CHECK_INT(cyn_parse_assumption(text, arena, &a, &err), CYN_E_SYNTAX);
    CHECK(strstr(err.message, message) != NULL);
    CHECK(strstr(err.message, text) != NULL);
    CHECK(strstr(err.hint, "cvr=+0.5pt") != NULL);
    CHECK_STR(a.metric, "untouched");
}

static void test_what_is_no_assumption_is_refused(void)
{
    check_refused("cvr", "there is no '='");
    check_refused("", "there is no '='");
    check_refused("=4", "there is no metric before the '='");
    check_refused("cvr=", "there is no number");
    check_refused("cvr=+", "there is no number");
    check_refused("cvr=%", "there is no number");
    check_refused("cvr=four", "there is no number");
    check_refused("cvr=4 5", "there is no number");
    check_refused("cvr=+-5", "there is no number");
    check_refused("cvr=1,5", "there is no number");
    check_refused("cvr=1,0000", "there is no number");
    check_refused("cvr=,100", "there is no number");
    check_refused("cvr=1234,567", "there is no number");
    check_refused("cvr=1.5,000", "there is no number");
    check_refused("cvr=nan", "there is no number");
    check_refused("cvr=1e999", "there is no number");
    check_refused("cvr=0x10", "there is no number");
    check_refused("cvr=4pt", "points are added");
    check_refused("cvr=\xef\xbc", "there is no number"); /* cut in the middle of a character */
}

/* ---- what follows ---- */

static void test_all_above_follows(void)
{
    shop();
    cyn_what_if_node root = ask("revenue", "cvr=+0.5pt", NULL);
    CHECK_NEAR(root.before, 10000, 0);
    CHECK_NEAR(root.after, 11250, 1e-14);
    CHECK_NEAR(ask("orders", "cvr=+0.5pt", NULL).after, 225, 1e-14);
    CHECK_NEAR(ask("visits", "cvr=+0.5pt", NULL).after, 5000, 0);
    CHECK(ask("cvr", "cvr=+0.5pt", NULL).assumed && !root.assumed);
    CHECK_NEAR(ask("revenue", "visits=+10%", "price=60").after, 13200, 1e-14);
    CHECK_NEAR(ask("revenue", NULL, NULL).after, 10000, 0);
}

/* What was measured beside the identity stays beside it. */
static void test_residuals_stay(void)
{
    shop();
    values[0] = 10003;
    values[1] = 201;
    CHECK_NEAR(ask("orders", "cvr=5%", NULL).after, 251, 1e-14);
    CHECK_NEAR(ask("revenue", "cvr=5%", NULL).after, 251 * 50 + 10003 - 201 * 50, 1e-14);
    CHECK_NEAR(ask("revenue", NULL, NULL).after, 10003, 0);
}

static void test_an_assumption_wins_over_the_parts(void)
{
    shop();
    cyn_what_if_node root = ask("revenue", "orders=300", "cvr=8%");
    CHECK_NEAR(root.after, 15000, 0);
    CHECK(!ask("cvr", "orders=300", NULL).reaches);
    CHECK(ask("price", "orders=300", NULL).reaches);
    CHECK(ask("cvr", NULL, NULL).reaches);
}

static void test_assumptions_on_one_metric_follow_each_other(void)
{
    shop();
    CHECK_NEAR(ask("price", "price=60", "price=+10%").after, 66, 1e-14);
}

/* One metric at two places has one value. */
static void test_a_repeated_metric_has_one_value(void)
{
    start("a", 30, "b + c");
    add("b", 10, "x * 2");
    add("c", 20, "x * 4");
    add("x", 5, NULL);
    CHECK_NEAR(ask("a", "x=6", NULL).after, 36, 0);
    CHECK_NEAR(ask("x", NULL, NULL).slope, 6, 0);
    CHECK_NEAR(ask("x", NULL, NULL).elasticity, 1, 1e-15);
}

static void test_a_circle_ends_at_a_leaf(void)
{
    start("revenue", 1000, "orders * price");
    add("orders", 20, NULL);
    add("price", 50, "revenue / orders");
    CHECK_NEAR(ask("revenue", "orders=+10%", NULL).after, 1100, 1e-14);
    CHECK_NEAR(ask("price", "orders=+10%", NULL).after, 50, 0);
    start("revenue", 1000, "orders * price");
    add("orders", 20, "revenue / price + price - 50");
    add("price", 50, NULL);
    CHECK_NEAR(ask("revenue", "price=+10%", NULL).after, 1100, 1e-14);
    CHECK_NEAR(ask("price", NULL, NULL).slope, 20, 0);
}

static void test_missing_values_matter_where_they_are_needed(void)
{
    start("a", 30, "b + c");
    add("b", 10, "x * y");
    add("c", 20, NULL);
    add("x", NAN, NULL);
    add("y", 2, NULL);
    CHECK_NEAR(ask("a", "c=25", NULL).after, 35, 0); /* b stays what was measured */
    CHECK_NEAR(ask("a", "y=3", NULL).after, NAN, 0); /* it cannot be computed */
    CHECK_NEAR(ask("a", "x=3", NULL).after, NAN, 0); /* nor what the identity was off by */
    CHECK_NEAR(ask("x", "x=+10%", NULL).after, NAN, 0);
    CHECK_NEAR(ask("y", NULL, NULL).slope, NAN, 0);
    CHECK_NEAR(ask("b", NULL, NULL).slope, 1, 0);
}

static void test_drivers_do_not_reach_the_root(void)
{
    static const cyn_driver drivers[] = {{"speed", CYN_DOWN}};
    shop();
    add("speed", 3, "size / 10");
    add("size", 30, NULL);
    pool[0].drivers = drivers;
    pool[0].ndrivers = 1;
    cyn_what_if_node speed = ask("speed", "size=40", NULL);
    CHECK_NEAR(speed.after, 4, 1e-15); /* its own identity holds */
    CHECK(!speed.reaches);
    CHECK_NEAR(speed.slope, NAN, 0);
    CHECK_NEAR(ask("revenue", "size=40", NULL).after, 10000, 0);
}

static void test_a_cut_tree_ends_at_what_it_shows(void)
{
    shop();
    cyn_tree *t = tree(1);
    cyn_assumption a = parse("orders=+10%");
    const cyn_what_if_node *nodes = NULL;
    CHECK_INT(cyn_what_if(t, values, &a, 1, arena, &nodes, NULL), CYN_OK);
    CHECK_NEAR(nodes[0].after, 11000, 1e-14);
    a = parse("cvr=8%"); /* not in this tree */
    CHECK_INT(cyn_what_if(t, values, &a, 1, arena, &nodes, NULL), CYN_OK);
    CHECK_NEAR(nodes[0].after, 10000, 0);
}

static void test_elasticities_chain(void)
{
    shop();
    cyn_what_if_node cvr = ask("cvr", "cvr=8%", NULL); /* at the present values */
    CHECK_NEAR(cvr.elasticity, 1, 1e-14);
    CHECK_NEAR(cvr.slope, 250000, 1e-14);
    CHECK_NEAR(ask("revenue", NULL, NULL).slope, 1, 0);
    values[0] = 0;
    CHECK_NEAR(ask("cvr", NULL, NULL).elasticity, NAN, 0);
    start("ltv", 80, "arpu / churn");
    add("arpu", 4, NULL);
    add("churn", 0.05, NULL);
    CHECK_NEAR(ask("churn", NULL, NULL).elasticity, -1, 1e-14);
}

/* ---- goals ---- */

static cyn_sought seek(const char *metric, double target, const char *first)
{
    cyn_tree *t = tree(CYN_TREE_ALL);
    const cyn_sought *goals = NULL;
    size_t n = 0;
    cyn_assumption a;
    if (first) a = parse(first);
    if (cyn_goal_seek(t, values, &a, first ? 1 : 0, target, arena, &goals, &n, NULL) != CYN_OK)
        exit(2);
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(t->nodes[goals[i].node].metric->name, metric)) return goals[i];
    }
    printf("# there is no goal for %s\n", metric);
    exit(2);
}

static void check_goal(const char *metric, double target, double want)
{
    cyn_sought g = seek(metric, target, NULL);
    CHECK_INT(g.state, CYN_SOUGHT_FOUND);
    CHECK_NEAR(g.value, want, 1e-12);
}

static void test_goals_of_each_leaf(void)
{
    shop();
    check_goal("cvr", 12500, 0.05);
    check_goal("visits", 12500, 6250);
    check_goal("price", 12500, 62.5);
    const cyn_sought *goals = NULL;
    size_t n = 0;
    CHECK_INT(cyn_goal_seek(tree(CYN_TREE_ALL), values, NULL, 0, 12500, arena, &goals, &n, NULL),
              CYN_OK);
    CHECK_INT(n, 3); /* the leaves, and neither orders nor the root */
    CHECK_INT(seek("cvr", 10000, NULL).state, CYN_SOUGHT_MET);
    /* what is assumed helps */
    CHECK_NEAR(seek("cvr", 12500, "price=60").value, 12500.0 / 60 / 5000, 1e-12);
    /* an assumption in the way */
    CHECK_INT(seek("cvr", 12500, "orders=300").state, CYN_SOUGHT_NONE);
}

static void test_goals_beyond_what_can_be(void)
{
    shop();
    cyn_sought g = seek("cvr", 300000, NULL); /* 120 % */
    CHECK_INT(g.state, CYN_SOUGHT_FOUND);
    CHECK_NEAR(g.value, 1.2, 1e-12);
    CHECK(g.beyond);
    CHECK(!seek("cvr", 250000 * 0.99, NULL).beyond);
    CHECK(seek("visits", -100, NULL).beyond);
    CHECK(!seek("visits", 300000, NULL).beyond);
    pool[4].sheet.unit = NULL; /* a ratio that is no share may be above 1 */
    CHECK(!seek("cvr", 300000, NULL).beyond);
}

static void test_goals_of_curves(void)
{
    start("ltv", 80, "arpu / churn");
    add("arpu", 4, NULL);
    add("churn", 0.05, NULL);
    check_goal("churn", 100, 0.04);
    check_goal("churn", 80e4, 0.05e-4);
    check_goal("churn", -40, -0.1);
    CHECK(seek("churn", -40, NULL).beyond);
    CHECK_INT(seek("churn", 0, NULL).state, CYN_SOUGHT_NEVER); /* a pole is passed, and no zero */
    start("y", 25, "x ^ 2");
    add("x", 5, NULL);
    check_goal("x", 49, 7);
    check_goal("x", 2, sqrt(2));
    start("y", 8, "x * (10 - x) - 8");
    add("x", 2, NULL);
    CHECK_NEAR(seek("x", 17, NULL).value, 5, 1e-7); /* the top itself, where it is level */
    check_goal("x", 13, 3);                         /* and not 7 */
    values[1] = 8;
    check_goal("x", 13, 7); /* from the other side */
    start("y", 2 * (exp(1) - 1), "exp(log(x) + 1) - x");
    add("x", 2, NULL);
    check_goal("x", 10, 10 / (exp(1) - 1));
}

/* What passes the target in a pole, or in a step, is no solution. */
static void test_poles_and_steps_are_no_solutions(void)
{
    start("y", -1, "1 / (x - 3)");
    add("x", 2, NULL);
    check_goal("x", 5, 3.2);
    start("y", 0, "x - x % 10");
    add("x", 5, NULL);
    cyn_sought g = seek("x", 4, NULL);
    CHECK_INT(g.state, CYN_SOUGHT_NEVER);
    CHECK_NEAR(g.best, 5, 0);
    CHECK_NEAR(g.root_at_best, 0, 0);
    check_goal("x", 10, 10);
}

/* On either side there is one. */
static void test_the_nearest_of_two_solutions(void)
{
    for (int down = 1; down < 10; down++) {
        for (int up = 1; up < 10; up++) {
            char text[64];
            if (down == up) continue;
            snprintf(text, sizeof text, "(x - %d) * (x - %d)", 10 - down, 10 + up);
            start("y", -down * up, text);
            add("x", 10, NULL);
            check_goal("x", 0, down < up ? 10 - down : 10 + up);
        }
    }
}

/* Between two points of the search there are two solutions: the turn is looked into. */
static void test_a_narrow_turn_is_seen(void)
{
    start("y", -9, "1 - (x - 11) ^ 2 / 0.01");
    add("x", 10, NULL);
    values[0] = 1 - 1 / 0.01;
    check_goal("x", 0.75, 10.95);
    CHECK_NEAR(seek("x", 1, NULL).value, 11, 1e-7);
}

static void test_limits_are_never_passed(void)
{
    start("y", 77, "min(x, 100)");
    add("x", 77, NULL);
    check_goal("x", 95, 95);
    cyn_sought g = seek("x", 120, NULL);
    CHECK_INT(g.state, CYN_SOUGHT_NEVER);
    CHECK_NEAR(g.best, 100, 1e-9); /* where the level begins */
    CHECK_NEAR(g.root_at_best, 100, 1e-12);
    start("y", 0.5, "x / (abs(x) + 10)");
    add("x", 10, NULL);
    g = seek("x", 2, NULL);
    CHECK_INT(g.state, CYN_SOUGHT_NEVER);
    CHECK(g.root_at_best > 0.99 && g.root_at_best < 1);
    start("y", 4, "x * 0 + 4");
    add("x", 1, NULL);
    g = seek("x", 5, NULL);
    CHECK_INT(g.state, CYN_SOUGHT_NEVER);
    CHECK_NEAR(g.best, 1, 0);
    CHECK_NEAR(g.root_at_best, 4, 0);
    start("y", 9, "max(x, 0) ^ 2 + 5"); /* its lowest is held below 0 */
    add("x", 2, NULL);
    g = seek("x", 4, NULL);
    CHECK_INT(g.state, CYN_SOUGHT_NEVER);
    CHECK(fabs(g.best) < 1e-5);
    CHECK_NEAR(g.root_at_best, 5, 1e-9);
}

static void test_goals_from_zero(void)
{
    start("y", 7, "3 * x + 7");
    add("x", 0, NULL);
    check_goal("x", 1e9 + 7, 1e9 / 3);
    start("y", 0, "x ^ 3 * 1000");
    add("x", 0, NULL);
    check_goal("x", 8e-6, 2e-3);
    check_goal("x", -27000, -3);
}

static void test_goals_keep_residuals(void)
{
    shop();
    values[0] = 10500; /* 500 beside the identity */
    check_goal("price", 12500, 60);
}

static void test_missing_values_have_no_goal(void)
{
    shop();
    values[4] = NAN;
    CHECK_INT(seek("cvr", 12500, NULL).state, CYN_SOUGHT_NONE);
    CHECK_INT(seek("price", 12500, NULL).state, CYN_SOUGHT_FOUND);
    values[0] = NAN;
    CHECK_INT(seek("price", 12500, NULL).state, CYN_SOUGHT_NONE);
}

static void test_exhausted_memory_is_an_error(void)
{
    size_t n = 1;
    shop();
    cyn_tree *t = tree(CYN_TREE_ALL);
    cyn_assumption a = parse("cvr=5%");
    for (;; n++) {
        const cyn_what_if_node *nodes = NULL;
        const cyn_sought *goals = NULL;
        size_t found = 0;
        cyn_arena *own = cyn_arena_new(0);
        cyn_test_fail_after(n);
        cyn_code rc = cyn_what_if(t, values, &a, 1, own, &nodes, NULL);
        if (rc == CYN_OK) rc = cyn_goal_seek(t, values, &a, 1, 20000, own, &goals, &found, NULL);
        cyn_test_fail_after(0);
        cyn_arena_free(own);
        if (rc == CYN_OK) break;
        CHECK_INT(rc, CYN_E_NOMEM);
    }
    CHECK(n > 2);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_forms_of_assumptions);
    RUN(test_what_a_japanese_keyboard_types);
    RUN(test_what_is_no_assumption_is_refused);
    RUN(test_all_above_follows);
    RUN(test_residuals_stay);
    RUN(test_an_assumption_wins_over_the_parts);
    RUN(test_assumptions_on_one_metric_follow_each_other);
    RUN(test_a_repeated_metric_has_one_value);
    RUN(test_a_circle_ends_at_a_leaf);
    RUN(test_missing_values_matter_where_they_are_needed);
    RUN(test_drivers_do_not_reach_the_root);
    RUN(test_a_cut_tree_ends_at_what_it_shows);
    RUN(test_elasticities_chain);
    RUN(test_goals_of_each_leaf);
    RUN(test_goals_beyond_what_can_be);
    RUN(test_goals_of_curves);
    RUN(test_poles_and_steps_are_no_solutions);
    RUN(test_the_nearest_of_two_solutions);
    RUN(test_a_narrow_turn_is_seen);
    RUN(test_limits_are_never_passed);
    RUN(test_goals_from_zero);
    RUN(test_goals_keep_residuals);
    RUN(test_missing_values_have_no_goal);
    RUN(test_exhausted_memory_is_an_error);
    cyn_arena_free(arena);
    return test_end();
}
