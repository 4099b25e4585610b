/* How incidents stand to known ones, and the figures of a replay. */
#include "test.h"
#include "alert/backtest.h"

#define HOURS(n) ((n)*CYN_HOUR)

static const cyn_alert_label ads[] = {{"channel", "ads"}};
static const cyn_alert_label seo[] = {{"channel", "seo"}};

static cyn_backtest_incident incident(int64_t start, int64_t end, const cyn_alert_label *labels)
{
    return (cyn_backtest_incident){.identity = labels ? labels->value : "rule",
                                   .labels = labels,
                                   .nlabels = labels != NULL,
                                   .start = start,
                                   .end = end,
                                   .told = true};
}

static cyn_known_incident known(int64_t from, int64_t to, const cyn_alert_label *labels)
{
    return (cyn_known_incident){
        .from = from, .to = to, .labels = labels, .nlabels = labels != NULL};
}

static cyn_backtest_score judge(cyn_arena *arena, cyn_backtest_incident *incidents, size_t n,
                                const cyn_known_incident *list, size_t nknown, int64_t tolerance)
{
    cyn_backtest_score score = {0};
    cyn_backtest_bounds bounds = {0, HOURS(100), tolerance};
    CHECK_INT(cyn_backtest_judge(incidents, n, list, nknown, &bounds, arena, &score, NULL), CYN_OK);
    return score;
}

/* Python: the roots of (p - k/n)² = z² p (1 - p) / n, z from statistics.NormalDist. */
static void test_a_share_has_wilsons_interval(void)
{
    cyn_backtest_share s = cyn_backtest_share_of(3, 4);
    CHECK_NEAR(s.share, 0.75, 0);
    CHECK_NEAR(s.low, 0.30064184258240206, 1e-12);
    CHECK_NEAR(s.high, 0.9544127391902995, 1e-12);
    s = cyn_backtest_share_of(50, 200);
    CHECK_NEAR(s.low, 0.195081680068175, 1e-12);
    CHECK_NEAR(s.high, 0.31434098312045833, 1e-12);
}

static void test_none_and_all_reach_to_the_end_and_no_cases_say_nothing(void)
{
    cyn_backtest_share none = cyn_backtest_share_of(0, 10), all = cyn_backtest_share_of(10, 10);
    CHECK(none.share == 0 && none.low == 0);
    CHECK_NEAR(none.high, 0.27753279986288915, 1e-12);
    CHECK(all.share == 1 && all.high == 1);
    CHECK_NEAR(all.low, 0.7224672001371111, 1e-12);
    cyn_backtest_share empty = cyn_backtest_share_of(0, 0);
    CHECK(isnan(empty.share) && isnan(empty.low) && isnan(empty.high));
}

static void test_what_starts_within_a_known_one_announces_it(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_backtest_incident got[] = {incident(HOURS(11), HOURS(12), NULL),
                                   incident(HOURS(13), HOURS(14), NULL),
                                   incident(HOURS(30), HOURS(31), NULL)};
    cyn_known_incident list[] = {known(HOURS(50), HOURS(51), NULL),
                                 known(HOURS(10), HOURS(14), NULL)};
    cyn_backtest_score s = judge(arena, got, 3, list, 2, 0);
    CHECK(got[0].known && got[1].known && !got[2].known);
    CHECK_INT(s.precision.k, 2);
    CHECK_INT(s.precision.n, 3);
    CHECK_INT(s.recall.k, 1);
    CHECK_INT(s.recall.n, 2);
    CHECK(s.matches[0].known == &list[1] && s.matches[0].found && !s.matches[1].found);
    CHECK_INT(s.delay, HOURS(1));
    cyn_arena_free(arena);
}

static void test_what_has_gone_on_since_before_announces_nothing(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_backtest_incident got[] = {incident(0, CYN_ALERT_NEVER, NULL)};
    cyn_known_incident list[] = {known(HOURS(10), HOURS(14), NULL)};
    cyn_backtest_score s = judge(arena, got, 1, list, 1, 0);
    CHECK(!got[0].known && s.recall.k == 0 && s.precision.k == 0);
    CHECK(s.delay == CYN_ALERT_NEVER);
    cyn_arena_free(arena);
}

static void test_the_tolerance_widens_both_ends_inclusively(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_known_incident list[] = {known(HOURS(10), HOURS(14), NULL)};
    static const struct {
        int64_t start;
        bool known;
    } cases[] = {{HOURS(8), true},  {HOURS(8) - 1, false}, {HOURS(10), true},
                 {HOURS(14), true}, {HOURS(16), true},     {HOURS(16) + 1, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_backtest_incident got[] = {incident(cases[i].start, HOURS(20), NULL)};
        cyn_backtest_score s = judge(arena, got, 1, list, 1, HOURS(2));
        CHECK_INT(got[0].known, cases[i].known);
        if (cases[i].known) CHECK_INT(s.delay, cases[i].start - HOURS(10));
    }
    cyn_backtest_incident got[] = {incident(0, 1, NULL)};
    CHECK_INT(judge(arena, got, 1, list, 1, INT64_MAX).recall.k, 1);
    cyn_arena_free(arena);
}

static void test_a_known_one_is_about_its_segments_only(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    static const cyn_alert_label nothing[] = {{"channel", NULL}};
    cyn_backtest_incident got[] = {incident(HOURS(11), HOURS(12), seo),
                                   incident(HOURS(12), HOURS(13), ads),
                                   incident(HOURS(13), HOURS(14), nothing)};
    cyn_known_incident list[] = {known(HOURS(10), HOURS(14), ads)};
    cyn_backtest_score s = judge(arena, got, 3, list, 1, 0);
    CHECK(!got[0].known && got[1].known && !got[2].known);
    CHECK_INT(s.delay, HOURS(2));
    cyn_arena_free(arena);
}

static void test_known_ones_outside_of_the_replay_do_not_count(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_backtest_incident got[] = {incident(HOURS(1), HOURS(2), NULL)};
    cyn_known_incident list[] = {known(-HOURS(1), HOURS(5), NULL),
                                 known(HOURS(100), HOURS(101), NULL)};
    cyn_backtest_score s = judge(arena, got, 1, list, 2, 0);
    CHECK_INT(s.outside, 2);
    CHECK_INT(s.recall.n, 0);
    CHECK(isnan(s.recall.share));
    CHECK(got[0].known); /* it is no false alarm */
    CHECK(s.delay == CYN_ALERT_NEVER);
    cyn_arena_free(arena);
}

static void test_what_nobody_was_told_announces_nothing(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_backtest_incident got[] = {incident(HOURS(11), HOURS(12), NULL)};
    cyn_known_incident list[] = {known(HOURS(10), HOURS(14), NULL)};
    got[0].told = false;
    cyn_backtest_score s = judge(arena, got, 1, list, 1, 0);
    CHECK_INT(s.precision.n, 0);
    CHECK_INT(s.recall.k, 0);
    cyn_arena_free(arena);
}

static void test_the_delay_is_the_median_of_those_found(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_backtest_incident got[] = {incident(HOURS(10), HOURS(11), NULL),
                                   incident(HOURS(23), HOURS(24), NULL),
                                   incident(HOURS(34), HOURS(35), NULL)};
    cyn_known_incident list[] = {
        known(HOURS(11), HOURS(12), NULL), known(HOURS(20), HOURS(24), NULL),
        known(HOURS(30), HOURS(40), NULL), known(HOURS(60), HOURS(61), NULL)};
    CHECK_INT(judge(arena, got, 3, list, 4, HOURS(1)).delay, HOURS(3));
    CHECK_INT(judge(arena, got, 2, list, 4, HOURS(1)).delay, HOURS(1)); /* between -1 and 3 */
    cyn_arena_free(arena);
}

static void test_pages_are_five_minutes_apart_at_least(void)
{
    int64_t m = CYN_MINUTE;
    int64_t slots[] = {0, 0, 1 * m, 4 * m, 5 * m, 6 * m, 20 * m, 25 * m};
    CHECK_INT(cyn_backtest_pages(slots, 0, 5 * m), 0);
    CHECK_INT(cyn_backtest_pages(slots, 2, 5 * m), 1); /* one slot, one message */
    CHECK_INT(cyn_backtest_pages(slots, 5, 5 * m), 2); /* 1 … 5 go along at 5 */
    CHECK_INT(cyn_backtest_pages(slots, 6, 5 * m), 3); /* 6 waits until 10 */
    CHECK_INT(cyn_backtest_pages(slots, 8, 5 * m), 5);
    CHECK_INT(cyn_backtest_pages(slots, 8, 0), 7);
}

static void test_time_in_which_several_fire_counts_once(void)
{
    cyn_backtest_incident got[] = {
        incident(HOURS(1), HOURS(5), ads), incident(HOURS(2), HOURS(3), seo),
        incident(HOURS(4), HOURS(6), seo), incident(HOURS(8), CYN_ALERT_NEVER, ads)};
    CHECK_INT(cyn_backtest_firing(got, 4, HOURS(10)), HOURS(5 + 2));
    CHECK_INT(cyn_backtest_firing(got, 0, HOURS(10)), 0);
}

int main(void)
{
    RUN(test_a_share_has_wilsons_interval);
    RUN(test_none_and_all_reach_to_the_end_and_no_cases_say_nothing);
    RUN(test_what_starts_within_a_known_one_announces_it);
    RUN(test_what_has_gone_on_since_before_announces_nothing);
    RUN(test_the_tolerance_widens_both_ends_inclusively);
    RUN(test_a_known_one_is_about_its_segments_only);
    RUN(test_known_ones_outside_of_the_replay_do_not_count);
    RUN(test_what_nobody_was_told_announces_nothing);
    RUN(test_the_delay_is_the_median_of_those_found);
    RUN(test_pages_are_five_minutes_apart_at_least);
    RUN(test_time_in_which_several_fire_counts_once);
    return test_end();
}
