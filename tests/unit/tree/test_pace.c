/* tree/pace: the line to a target, the states, the forecast at the deadline. docs/numerics.md,
 * G-1 … G-10. */
#include "../base/periods.h"
#include "tree/pace.h"

static cyn_calendar tokyo(void)
{
    static cyn_tz *tz;
    if (!tz) tz = zone("Asia/Tokyo");
    return (cyn_calendar){.tz = tz, .week_start = 1, .fiscal_month = 1};
}

static int64_t date(const char *text)
{
    int64_t days = 0;
    if (!cyn_parse_date(text, strlen(text), &days)) abort();
    return days;
}

/* From 100 on 31 March to 280 on 27 September 2026: 180 days, one a day. */
static cyn_goal_line one_a_day(void)
{
    return (cyn_goal_line){.has_from = true,
                           .has_since = true,
                           .has_by = true,
                           .from = 100,
                           .to = 280,
                           .since = date("2026-03-31"),
                           .by = date("2026-09-27")};
}

static cyn_pace pace_with(const cyn_goal_line *g, cyn_grain grain, const char *period, double value,
                          const double *history, size_t n)
{
    cyn_calendar cal = tokyo();
    cyn_arena *arena = cyn_arena_new(0);
    cyn_pace p = {0};
    if (!arena) abort();
    CHECK_INT(cyn_pace_of(g, &cal, named(&cal, grain, period), value, history, n, arena, &p, NULL),
              CYN_OK);
    cyn_arena_free(arena);
    return p;
}

static cyn_pace pace(const cyn_goal_line *g, cyn_grain grain, const char *period, double value)
{
    return pace_with(g, grain, period, value, NULL, 0);
}

static void test_the_line_counts_days_to_the_last_of_the_period(void)
{
    cyn_goal_line g = one_a_day();
    CHECK_NEAR(pace(&g, day, "2026-04-01", 1).expected, 101, 1e-12);
    CHECK_NEAR(pace(&g, month, "2026-04", 1).expected, 130, 1e-12);
    CHECK_NEAR(pace(&g, week, "2026-W15", 1).expected, 112, 1e-12); /* Sunday, 12 April */
    CHECK(pace(&g, day, "2026-09-27", 1).expected == 280);
    CHECK(pace(&g, month, "2026-12", 1).expected == 280);  /* after the deadline it stays */
    CHECK(isnan(pace(&g, day, "2026-03-30", 1).expected)); /* before it begins there is none */
    CHECK(pace(&g, day, "2026-03-31", 1).expected == 100);
    CHECK(isnan(pace(&g, all, "all", 1).expected));
    g.has_since = false;
    CHECK(isnan(pace(&g, day, "2026-05-01", 1).expected));
}

static void test_a_path_bends_the_line(void)
{
    cyn_goal_line g = one_a_day();
    cyn_waypoint path[] = {{date("2026-04-10"), 105}, {date("2026-06-30"), 250}};
    g.path = path;
    g.npath = 2;
    CHECK_NEAR(pace(&g, day, "2026-04-05", 1).expected, 102.5, 1e-12);
    CHECK(pace(&g, day, "2026-04-10", 1).expected == 105);
    CHECK_NEAR(pace(&g, day, "2026-05-01", 1).expected, 105 + 145.0 * 21 / 81, 1e-12);
    CHECK_NEAR(pace(&g, day, "2026-07-01", 1).expected, 250 + 30.0 / 89, 1e-12);
    g.has_since = false; /* then it begins with the path */
    CHECK(isnan(pace(&g, day, "2026-04-05", 1).expected));
    CHECK(pace(&g, day, "2026-04-10", 1).expected == 105);
    g.has_since = true;
    g.since = date("2026-05-01"); /* later than the path's first point, which is passed over */
    CHECK_NEAR(pace(&g, day, "2026-05-31", 1).expected, 100 + 150.0 * 30 / 60, 1e-12);
}

static void test_progress_is_the_share_of_the_way(void)
{
    cyn_goal_line g = one_a_day();
    CHECK_NEAR(pace(&g, day, "2026-04-01", 145).progress, 0.25, 1e-12);
    CHECK_NEAR(pace(&g, day, "2026-04-01", 91).progress, -0.05, 1e-12);
    CHECK_NEAR(pace(&g, day, "2026-04-01", 370).progress, 1.5, 1e-12);
    g.from = 280;
    CHECK(isnan(pace(&g, day, "2026-04-01", 145).progress));
    g.from = -1e308; /* a way longer than the largest double is not one of no progress */
    g.to = 1e308;
    CHECK(isnan(pace(&g, day, "2026-04-01", 145).progress));
    g.has_from = false;
    CHECK(isnan(pace(&g, day, "2026-04-01", 145).progress));
}

static void test_states_without_a_forecast(void)
{
    cyn_goal_line g = one_a_day();
    CHECK_INT(pace(&g, month, "2026-04", 280).state, CYN_PACE_REACHED);
    CHECK_INT(pace(&g, month, "2026-04", 130).state, CYN_PACE_AHEAD); /* on the line is enough */
    CHECK_INT(pace(&g, month, "2026-04", 129.9).state, CYN_PACE_BEHIND);
    CHECK_INT(pace(&g, month, "2026-08", 279).state, CYN_PACE_AHEAD);
    CHECK_INT(pace(&g, month, "2026-09", 279).state, CYN_PACE_MISSED);
    CHECK_INT(pace(&g, month, "2026-09", 280).state, CYN_PACE_REACHED);
    CHECK_INT(pace(&g, month, "2026-04", NAN).state, CYN_PACE_NONE);
    CHECK_INT(pace(&g, month, "2026-09", NAN).state, CYN_PACE_NONE); /* missing is not missed */
    CHECK_INT(pace(&g, all, "all", 130).state, CYN_PACE_NONE);
    CHECK_INT(pace(&g, all, "all", 281).state, CYN_PACE_REACHED);
    g.has_from = false; /* no line, no forecast: nothing can be said */
    CHECK_INT(pace(&g, month, "2026-04", 200).state, CYN_PACE_NONE);
    CHECK_INT(pace(&g, month, "2026-09", 200).state, CYN_PACE_MISSED);
    g.has_by = false;
    CHECK_INT(pace(&g, month, "2026-09", 200).state, CYN_PACE_NONE);
}

static void test_down_and_range(void)
{
    cyn_goal_line g = one_a_day();
    g.from = 280;
    g.to = 100; /* no direction: the target is lower, so lower is better */
    CHECK_NEAR(pace(&g, month, "2026-04", 1).expected, 250, 1e-12);
    CHECK_INT(pace(&g, month, "2026-04", 250).state, CYN_PACE_AHEAD);
    CHECK_INT(pace(&g, month, "2026-04", 251).state, CYN_PACE_BEHIND);
    CHECK_INT(pace(&g, month, "2026-04", 100).state, CYN_PACE_REACHED);
    g.direction = CYN_UP; /* said so: 100 has long been reached */
    CHECK_INT(pace(&g, month, "2026-04", 251).state, CYN_PACE_REACHED);
    g.direction = CYN_RANGE;
    g.range = (cyn_bound){true, true, 90, 110};
    CHECK_INT(pace(&g, month, "2026-04", 91).state, CYN_PACE_REACHED);
    CHECK_INT(pace(&g, month, "2026-04", 240).state, CYN_PACE_AHEAD);
    CHECK_INT(pace(&g, month, "2026-04", -49).state, CYN_PACE_AHEAD); /* as near as 249 */
    CHECK_INT(pace(&g, month, "2026-04", -60.1).state, CYN_PACE_BEHIND);
}

/* Twelve months that rise by 10 up to April 2026, whose value is 210. */
static void test_the_forecast_is_that_of_the_deadlines_period(void)
{
    double history[12];
    for (int i = 0; i < 12; i++)
        history[i] = 100 + 10 * i;
    cyn_goal_line g = one_a_day();
    cyn_pace p = pace_with(&g, month, "2026-04", 210, history, 12);
    CHECK_INT(p.at_deadline.method, CYN_FORECAST_HOLT);
    CHECK_NEAR(p.at_deadline.value, 260, 1e-12); /* September: five months later */
    CHECK_INT(p.state, CYN_PACE_RISK);           /* ahead of the line's 130, but 260 < 280 */
    g.to = 260;
    CHECK_INT(pace_with(&g, month, "2026-04", 210, history, 12).state, CYN_PACE_AHEAD);
    g.by = date("2026-09-30");
    CHECK_NEAR(pace_with(&g, month, "2026-04", 210, history, 12).at_deadline.value, 260, 1e-12);
    g.by = date("2026-10-01");
    CHECK_NEAR(pace_with(&g, month, "2026-04", 210, history, 12).at_deadline.value, 270, 1e-12);
    g.by = date("2027-04-30"); /* as far as the history is long, and one day more */
    CHECK_NEAR(pace_with(&g, month, "2026-04", 210, history, 12).at_deadline.value, 330, 1e-12);
    g.by = date("2027-05-01");
    CHECK_INT(pace_with(&g, month, "2026-04", 210, history, 12).at_deadline.method,
              CYN_FORECAST_NONE);
    g.by = date("2026-04-30"); /* today */
    CHECK_INT(pace_with(&g, month, "2026-04", 210, history, 12).at_deadline.method,
              CYN_FORECAST_NONE);
}

static void test_without_a_line_the_forecast_alone_decides(void)
{
    double history[12];
    for (int i = 0; i < 12; i++)
        history[i] = 100 + 10 * i;
    cyn_goal_line g = {.has_by = true, .to = 260, .by = date("2026-09-30")};
    CHECK_INT(pace_with(&g, month, "2026-04", 210, history, 12).state, CYN_PACE_AHEAD);
    g.to = 261;
    CHECK_INT(pace_with(&g, month, "2026-04", 210, history, 12).state, CYN_PACE_RISK);
}

/* Two weeks with a quiet weekend: a deadline on a Sunday meets one. */
static void test_days_have_the_season_of_a_week(void)
{
    double history[28];
    for (int i = 0; i < 28; i++)
        history[i] = i % 7 < 5 ? 50 : 8; /* from a Monday on */
    cyn_goal_line g = {.has_by = true, .to = 50, .by = date("2026-05-03")};
    cyn_pace p = pace_with(&g, day, "2026-04-26", 8, history, 28);
    CHECK_INT(p.at_deadline.method, CYN_FORECAST_HOLT_WINTERS);
    CHECK_NEAR(p.at_deadline.value, 8, 1e-9);
    g.by = date("2026-05-01");
    CHECK_NEAR(pace_with(&g, day, "2026-04-26", 8, history, 28).at_deadline.value, 50, 1e-9);
}

static void test_the_goal_of_a_sheet(void)
{
    cyn_sheet s = {.target_from = NAN, .direction = CYN_RANGE, .green = {true, true, 1, 2}};
    cyn_goal_line g;
    CHECK(!cyn_goal_of_sheet(&s, &g));
    s.has_target = true;
    s.target = 1.5;
    CHECK(cyn_goal_of_sheet(&s, &g));
    CHECK(!g.has_from && !g.has_by && !g.has_since && g.to == 1.5);
    CHECK(g.range.set && g.range.lo == 1 && g.range.hi == 2);
    s.direction = CYN_DOWN;
    s.target_from = 3;
    CHECK(cyn_goal_of_sheet(&s, &g) && g.has_from && g.from == 3 && !g.range.set);
}

int main(void)
{
    RUN(test_the_line_counts_days_to_the_last_of_the_period);
    RUN(test_a_path_bends_the_line);
    RUN(test_progress_is_the_share_of_the_way);
    RUN(test_states_without_a_forecast);
    RUN(test_down_and_range);
    RUN(test_the_forecast_is_that_of_the_deadlines_period);
    RUN(test_without_a_line_the_forecast_alone_decides);
    RUN(test_days_have_the_season_of_a_week);
    RUN(test_the_goal_of_a_sheet);
    return test_end();
}
