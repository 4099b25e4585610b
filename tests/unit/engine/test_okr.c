/* engine/okr: what a key result takes from its objective and from its metric. docs/numerics.md,
 * G-11. What hangs on what is in tests/golden/goals.py. */
#include "engine/okr.h"
#include "test.h"

static const cyn_waypoint path[] = {{150, 0.35}};

/* From 30 % on day 100 to 45 % on day 200. */
static cyn_sheet sheet(void)
{
    return (cyn_sheet){.direction = CYN_UP,
                       .has_target = true,
                       .target_from = 0.3,
                       .target = 0.45,
                       .has_target_since = true,
                       .target_since = 100,
                       .has_target_by = true,
                       .target_by = 200,
                       .path = path,
                       .npath = 1};
}

static cyn_goal_line goal(cyn_objective o, cyn_key_result r, cyn_sheet s)
{
    cyn_goal_line g = {0};
    CHECK(cyn_goal_of_result(&o, &r, &s, &g));
    return g;
}

static void test_all_that_is_left_open_is_the_metrics_target(void)
{
    cyn_goal_line g = goal((cyn_objective){0}, (cyn_key_result){0}, sheet());
    CHECK(g.direction == CYN_UP && g.to == 0.45);
    CHECK(g.has_from && g.from == 0.3 && g.has_since && g.since == 100);
    CHECK(g.has_by && g.by == 200);
    CHECK(g.path == path && g.npath == 1);
}

static void test_the_objectives_deadline_comes_before_the_metrics(void)
{
    cyn_objective o = {.has_since = true, .since = 120, .has_by = true, .by = 180};
    cyn_goal_line g = goal(o, (cyn_key_result){0}, sheet());
    CHECK(g.by == 180 && g.to == 0.45);
    CHECK(g.from == 0.3 && g.since == 100); /* the two go together */
    CHECK_INT(g.npath, 0);                  /* it ends on another day */
    cyn_key_result r = {.has_by = true, .by = 160, .has_since = true, .since = 110};
    g = goal(o, r, sheet());
    CHECK(g.by == 160 && g.since == 110);
}

static void test_a_start_of_its_own_never_gets_the_metrics_day(void)
{
    cyn_key_result r = {.has_from = true, .from = 0.4};
    cyn_goal_line g = goal((cyn_objective){0}, r, sheet());
    CHECK(g.from == 0.4 && !g.has_since);
    CHECK_INT(g.npath, 0);
    g = goal((cyn_objective){.has_since = true, .since = 130}, r, sheet());
    CHECK(g.has_since && g.since == 130);
}

static void test_a_metric_without_start_takes_the_objectives_day(void)
{
    cyn_sheet s = sheet();
    s.has_target_since = false;
    cyn_goal_line g =
        goal((cyn_objective){.has_since = true, .since = 130}, (cyn_key_result){0}, s);
    CHECK(g.from == 0.3 && g.has_since && g.since == 130);
}

static void test_a_target_of_its_own_needs_none_of_the_metrics(void)
{
    cyn_sheet none = {.direction = CYN_DOWN, .target_from = NAN};
    cyn_key_result r = {.has_to = true, .to = 5};
    cyn_goal_line g = goal((cyn_objective){0}, r, none);
    CHECK(g.to == 5 && g.direction == CYN_DOWN && !g.has_from && !g.has_by && !g.has_since);
    r.direction = CYN_UP;
    CHECK_INT(goal((cyn_objective){0}, r, none).direction, CYN_UP);
    cyn_objective o = {0};
    cyn_key_result open = {0};
    CHECK(!cyn_goal_of_result(&o, &open, &none, &g)); /* nobody says how far */
}

static void test_the_green_range_is_the_metrics(void)
{
    cyn_sheet s = {.direction = CYN_RANGE, .target_from = NAN, .green = {true, true, 2, 4}};
    cyn_key_result r = {.has_to = true, .to = 3};
    cyn_goal_line g = goal((cyn_objective){0}, r, s);
    CHECK(g.range.set && g.range.lo == 2 && g.range.hi == 4);
    r.direction = CYN_UP;
    CHECK(!goal((cyn_objective){0}, r, s).range.set);
}

int main(void)
{
    RUN(test_all_that_is_left_open_is_the_metrics_target);
    RUN(test_the_objectives_deadline_comes_before_the_metrics);
    RUN(test_a_start_of_its_own_never_gets_the_metrics_day);
    RUN(test_a_metric_without_start_takes_the_objectives_day);
    RUN(test_a_target_of_its_own_needs_none_of_the_metrics);
    RUN(test_the_green_range_is_the_metrics);
    return test_end();
}
