/* Which stretches of time an evaluation needs (docs/numerics.md, P-… and W-…). */
#include "engine/span.h"
#include "test.h"

static cyn_tz *utc, *berlin;
static cyn_calendar cal;
static cyn_arena *arena;

static int64_t at(const char *text)
{
    int64_t t = 0;
    CHECK(cyn_parse_instant(text, strlen(text), cal.tz, &t));
    return t;
}

static cyn_period period(cyn_grain_unit unit, const char *label)
{
    cyn_period p = {0};
    CHECK_INT(cyn_parse_period(&cal, (cyn_grain){unit, 1}, label, &p, NULL), CYN_OK);
    return p;
}

static cyn_spans *spans_of(const cyn_period *periods, size_t n, const char *now, size_t history)
{
    cyn_spans *s = NULL;
    CHECK_INT(cyn_spans_new(&cal, at(now), arena, &s, NULL), CYN_OK);
    CHECK_INT(cyn_spans_request(s, periods, n, history, NULL), CYN_OK);
    return s;
}

static cyn_spans *months(const char *label, const char *now, size_t history)
{
    cyn_period p = period(CYN_MONTH, label);
    return spans_of(&p, 1, now, history);
}

static cyn_interval base(const cyn_spans *s, size_t span)
{
    return s->chains[0].intervals[s->chains[0].interval_of[span]];
}

/* The stretch that the current period's span becomes through one window or fold. */
static cyn_interval through(cyn_spans *s, cyn_formula f, size_t k)
{
    cyn_formula *kept = CYN_NEW(arena, cyn_formula);
    size_t chain = 0;
    *kept = f;
    CHECK_INT(cyn_spans_chain(s, 0, kept, &chain, NULL), CYN_OK);
    size_t span = cyn_spans_through(s, chain, s->slots[0].current, k);
    return s->chains[chain].intervals[s->chains[chain].interval_of[span]];
}

static cyn_formula window(cyn_window_kind kind, cyn_grain_unit unit, int n)
{
    return (cyn_formula){.kind = CYN_FORMULA_WINDOW, .window = {kind, unit, n}};
}

#define CHECK_SPAN(interval, from, to)                                                             \
    do {                                                                                           \
        cyn_interval i_ = (interval);                                                              \
        CHECK_INT(i_.start, at(from));                                                             \
        CHECK_INT(i_.end, at(to));                                                                 \
    } while (0)

static void test_an_ended_period_is_compared_with_whole_ones(void)
{
    cyn_spans *s = months("2026-03", "2026-04-10", 0);
    CHECK_INT(s->chains[0].nintervals, 3);
    CHECK(!s->slots[0].partial);
    CHECK_SPAN(base(s, s->slots[0].current), "2026-03-01", "2026-04-01");
    CHECK_SPAN(base(s, s->slots[0].previous), "2026-02-01", "2026-03-01");
    CHECK_SPAN(base(s, s->slots[0].last_year), "2025-03-01", "2025-04-01");
}

static void test_a_partial_period_is_compared_with_the_same_elapsed_part(void)
{
    cyn_spans *s = months("2026-03", "2026-03-11T06:00", 0);
    CHECK(s->slots[0].partial);
    CHECK_SPAN(base(s, s->slots[0].current), "2026-03-01", "2026-03-11T06:00");
    CHECK_SPAN(base(s, s->slots[0].previous), "2026-02-01", "2026-02-11T06:00");
    CHECK_SPAN(base(s, s->slots[0].last_year), "2025-03-01", "2025-03-11T06:00");
}

static void test_the_elapsed_part_never_exceeds_the_shorter_period(void)
{
    cyn_spans *s = months("2026-03", "2026-03-31", 0); /* 30 days; February has 28 */
    CHECK_SPAN(base(s, s->slots[0].previous), "2026-02-01", "2026-03-01");
}

static void test_a_period_that_has_not_begun_has_no_span(void)
{
    cyn_spans *s = months("2026-05", "2026-03-31", 12);
    CHECK(s->slots[0].current == CYN_NO_SPAN && s->slots[0].partial);
    CHECK_INT(s->chains[0].nspans, 0);
    CHECK_INT(s->nhistory, 0);
}

/* P-16 */
static cyn_spans *compared(const char *label, const char *now, const char *against)
{
    cyn_spans *s = NULL;
    cyn_period p = period(CYN_MONTH, label);
    CHECK_INT(cyn_spans_new(&cal, at(now), arena, &s, NULL), CYN_OK);
    cyn_spans_compare(s, period(CYN_MONTH, against));
    CHECK_INT(cyn_spans_request(s, &p, 1, 0, NULL), CYN_OK);
    return s;
}

static void test_any_other_period_is_compared_with(void)
{
    cyn_spans *s = compared("2026-03", "2026-04-10", "2025-08");
    CHECK_SPAN(base(s, s->slots[0].against), "2025-08-01", "2025-09-01");
    s = compared("2026-03", "2026-03-11T06:00", "2025-08");
    CHECK_SPAN(base(s, s->slots[0].against), "2025-08-01", "2025-08-11T06:00");
    s = compared("2026-03", "2026-03-31", "2026-02"); /* 30 days; February has 28 */
    CHECK_SPAN(base(s, s->slots[0].against), "2026-02-01", "2026-03-01");
    CHECK(months("2026-03", "2026-04-10", 0)->slots[0].against == CYN_NO_SPAN); /* not asked for */
}

static void test_a_period_of_which_less_has_passed_is_not_compared_with(void)
{
    CHECK(compared("2026-03", "2026-04-10", "2026-04")->slots[0].against == CYN_NO_SPAN);
    CHECK(compared("2026-04", "2026-04-10", "2026-05")->slots[0].against == CYN_NO_SPAN);
    cyn_spans *s = compared("2026-04", "2026-04-10", "2026-04"); /* with itself */
    CHECK_SPAN(base(s, s->slots[0].against), "2026-04-01", "2026-04-10");
}

static void test_ranges_share_their_intervals(void)
{
    cyn_period p[] = {period(CYN_MONTH, "2026-01"), period(CYN_MONTH, "2026-02"),
                      period(CYN_MONTH, "2026-03")};
    cyn_spans *s = spans_of(p, 3, "2026-04-10", 12);
    CHECK_INT(s->chains[0].nintervals, 7); /* 3 of 2025, December, 3 of 2026 */
    CHECK_INT(s->nhistory, 0);
    for (size_t i = 1; i < s->chains[0].nintervals; i++)
        CHECK(s->chains[0].intervals[i - 1].end <= s->chains[0].intervals[i].start);
}

static void test_history_ends_with_the_period_itself(void)
{
    cyn_spans *s = months("2026-03", "2026-04-10", 12);
    CHECK_INT(s->nhistory, 12);
    CHECK_INT(s->history[11], s->slots[0].current);
    CHECK_SPAN(base(s, s->history[0]), "2025-04-01", "2025-05-01");
}

static void test_grain_all_has_one_span_and_no_comparison(void)
{
    cyn_period p = cyn_period_at(&cal, (cyn_grain){CYN_ALL, 1}, at("2026-01-01"));
    cyn_spans *s = spans_of(&p, 1, "2026-04-10", 12);
    CHECK_INT(s->chains[0].nintervals, 1);
    CHECK(s->slots[0].previous == CYN_NO_SPAN && !s->slots[0].partial);
}

static void test_rolling_ends_with_the_period(void)
{
    cyn_spans *s = months("2026-03", "2026-04-10", 0);
    CHECK_SPAN(through(s, window(CYN_ROLLING, CYN_DAILY, 28), 0), "2026-03-04", "2026-04-01");
    CHECK_SPAN(through(s, window(CYN_ROLLING, CYN_MONTH, 3), 0), "2026-01-01", "2026-04-01");
}

static void test_rolling_days_keep_the_time_of_day_over_dst(void)
{
    cal.tz = berlin; /* clocks go forward on 2026-03-29 */
    cyn_spans *s = months("2026-03", "2026-04-10", 0);
    CHECK_SPAN(through(s, window(CYN_ROLLING, CYN_DAILY, 7), 0), "2026-03-25", "2026-04-01");
    cal.tz = utc;
}

static void test_to_date_begins_with_the_unit(void)
{
    cyn_period p = period(CYN_DAILY, "2026-03-11");
    cyn_spans *s = spans_of(&p, 1, "2026-04-10", 0);
    CHECK_SPAN(through(s, window(CYN_TO_DATE, CYN_MONTH, 1), 0), "2026-03-01", "2026-03-12");
    CHECK_SPAN(through(s, window(CYN_TO_DATE, CYN_YEAR, 1), 0), "2026-01-01", "2026-03-12");
}

static void test_cumulative_has_no_beginning(void)
{
    cyn_spans *s = months("2026-03", "2026-04-10", 0);
    cyn_interval i = through(s, window(CYN_CUMULATIVE, CYN_ALL, 0), 0);
    CHECK(i.start == CYN_TIME_MIN);
    CHECK_INT(i.end, at("2026-04-01"));
}

static void test_offsets_lead_to_whole_periods_or_the_same_part(void)
{
    cyn_spans *s = months("2026-03", "2026-04-10", 0);
    CHECK_SPAN(through(s, window(CYN_OFFSET, CYN_ALL, -2), 0), "2026-01-01", "2026-02-01");
    CHECK_SPAN(through(s, window(CYN_OFFSET, CYN_YEAR, -1), 0), "2025-03-01", "2025-04-01");
    s = months("2026-03", "2026-03-11", 0);
    CHECK_SPAN(through(s, window(CYN_OFFSET, CYN_ALL, -1), 0), "2026-02-01", "2026-02-11");
}

static void test_an_offset_of_a_year_aligns_weeks(void)
{
    cyn_period p = period(CYN_WEEK, "2026-W45");
    cyn_spans *s = spans_of(&p, 1, "2026-11-21", 0);
    CHECK_SPAN(through(s, window(CYN_OFFSET, CYN_YEAR, -1), 0), "2025-11-03", "2025-11-10");
}

static void test_windows_nest(void)
{
    cyn_spans *s = months("2026-03", "2026-04-10", 0);
    cyn_formula outer = window(CYN_OFFSET, CYN_YEAR, -1),
                inner = window(CYN_ROLLING, CYN_DAILY, 28);
    size_t first = 0, second = 0, again = 0;
    CHECK_INT(cyn_spans_chain(s, 0, &outer, &first, NULL), CYN_OK);
    CHECK_INT(cyn_spans_chain(s, first, &inner, &second, NULL), CYN_OK);
    CHECK_INT(cyn_spans_chain(s, first, &inner, &again, NULL), CYN_OK);
    CHECK_INT(second, again);
    size_t span = cyn_spans_through(s, first, s->slots[0].current, 0);
    span = cyn_spans_through(s, second, span, 0);
    const cyn_chain *c = &s->chains[second];
    CHECK_SPAN(c->intervals[c->interval_of[span]], "2025-03-04", "2025-04-01");
}

static void test_a_fold_looks_at_the_last_periods(void)
{
    cyn_spans *s = months("2026-03", "2026-04-10", 0);
    cyn_formula fold = {.kind = CYN_FORMULA_FOLD, .fold = CYN_MEAN, .n = 3};
    CHECK_SPAN(through(s, fold, 0), "2026-03-01", "2026-04-01");
    CHECK_SPAN(through(s, fold, 2), "2026-01-01", "2026-02-01");
}

int main(void)
{
    arena = cyn_arena_new(0);
    if (!arena || cyn_tz_load("UTC", &utc, NULL) != CYN_OK ||
        cyn_tz_load("Europe/Berlin", &berlin, NULL) != CYN_OK)
        return 99;
    cal = (cyn_calendar){.tz = utc, .week_start = 1, .fiscal_month = 1};
    RUN(test_an_ended_period_is_compared_with_whole_ones);
    RUN(test_a_partial_period_is_compared_with_the_same_elapsed_part);
    RUN(test_the_elapsed_part_never_exceeds_the_shorter_period);
    RUN(test_a_period_that_has_not_begun_has_no_span);
    RUN(test_any_other_period_is_compared_with);
    RUN(test_a_period_of_which_less_has_passed_is_not_compared_with);
    RUN(test_ranges_share_their_intervals);
    RUN(test_history_ends_with_the_period_itself);
    RUN(test_grain_all_has_one_span_and_no_comparison);
    RUN(test_rolling_ends_with_the_period);
    RUN(test_rolling_days_keep_the_time_of_day_over_dst);
    RUN(test_to_date_begins_with_the_unit);
    RUN(test_cumulative_has_no_beginning);
    RUN(test_offsets_lead_to_whole_periods_or_the_same_part);
    RUN(test_an_offset_of_a_year_aligns_weeks);
    RUN(test_windows_nest);
    RUN(test_a_fold_looks_at_the_last_periods);
    cyn_tz_free(utc);
    cyn_tz_free(berlin);
    cyn_arena_free(arena);
    return test_end();
}
