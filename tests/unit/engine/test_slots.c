/* Which intervals an evaluation needs (docs/numerics.md, P-…). Zone UTC, so instants are plain. */
#include "engine/slots.h"
#include "test.h"

static cyn_tz *utc;
static cyn_calendar cal;
static cyn_arena *arena;

static int64_t at(const char *text)
{
    int64_t t = 0;
    CHECK(cyn_parse_instant(text, strlen(text), utc, &t));
    return t;
}

static cyn_period month(const char *label)
{
    cyn_period p = {0};
    CHECK_INT(cyn_parse_period(&cal, (cyn_grain){CYN_MONTH, 1}, label, &p, NULL), CYN_OK);
    return p;
}

static cyn_slots slots_of(const cyn_period *periods, size_t n, const char *now, size_t history)
{
    cyn_slots s = {0};
    CHECK_INT(cyn_slots_make(&cal, periods, n, at(now), history, arena, &s, NULL), CYN_OK);
    return s;
}

static void test_an_ended_period_is_compared_with_whole_ones(void)
{
    cyn_period p = month("2026-03");
    cyn_slots s = slots_of(&p, 1, "2026-04-10", 0);
    CHECK_INT(s.full.count, 3); /* 2025-03, 2026-02, 2026-03 */
    CHECK_INT(s.parts.count, 0);
    CHECK(!s.slots[0].partial);
    CHECK_INT(s.full.intervals[s.slots[0].last_year].start, at("2025-03-01"));
    CHECK_INT(s.full.intervals[s.slots[0].previous].start, at("2026-02-01"));
    CHECK_INT(s.full.intervals[s.slots[0].current].end, at("2026-04-01"));
}

static void test_a_partial_period_is_compared_with_the_same_elapsed_part(void)
{
    cyn_period p = month("2026-03");
    cyn_slots s = slots_of(&p, 1, "2026-03-11T06:00", 0);
    CHECK(s.slots[0].partial);
    CHECK_INT(s.full.intervals[s.slots[0].current].end, at("2026-03-11T06:00"));
    cyn_interval previous = s.parts.intervals[s.slots[0].previous];
    CHECK_INT(previous.start, at("2026-02-01"));
    CHECK_INT(previous.end, at("2026-02-11T06:00"));
    CHECK_INT(s.parts.intervals[s.slots[0].last_year].end, at("2025-03-11T06:00"));
}

static void test_the_elapsed_part_never_exceeds_the_shorter_period(void)
{
    cyn_period p = month("2026-03");
    cyn_slots s = slots_of(&p, 1, "2026-03-31", 0); /* 30 days; February has 28 */
    CHECK_INT(s.parts.intervals[s.slots[0].previous].end, at("2026-03-01"));
}

static void test_a_period_that_has_not_begun_has_no_slot(void)
{
    cyn_period p = month("2026-05");
    cyn_slots s = slots_of(&p, 1, "2026-03-31", 0);
    CHECK(s.slots[0].current == CYN_NO_SLOT && s.slots[0].partial);
    CHECK_INT(s.full.count, 0);
}

static void test_ranges_share_their_intervals(void)
{
    cyn_period p[] = {month("2026-01"), month("2026-02"), month("2026-03")};
    cyn_slots s = slots_of(p, 3, "2026-04-10", 12);
    CHECK_INT(s.full.count, 7); /* 3 of 2025, December, 3 of 2026 */
    CHECK_INT(s.slots[2].previous, s.slots[1].current);
    CHECK_INT(s.nhistory, 0);
    for (size_t i = 1; i < s.full.count; i++)
        CHECK(s.full.intervals[i - 1].end <= s.full.intervals[i].start);
}

static void test_history_ends_with_the_period_itself(void)
{
    cyn_period p = month("2026-03");
    cyn_slots s = slots_of(&p, 1, "2026-04-10", 12);
    CHECK_INT(s.nhistory, 12);
    CHECK_INT(s.history[11], s.slots[0].current);
    CHECK_INT(s.full.intervals[s.history[0]].start, at("2025-04-01"));
}

static void test_grain_all_has_one_slot_and_no_comparison(void)
{
    cyn_period p = cyn_period_at(&cal, (cyn_grain){CYN_ALL, 1}, at("2026-01-01"));
    cyn_slots s = slots_of(&p, 1, "2026-04-10", 12);
    CHECK_INT(s.full.count, 1);
    CHECK(s.slots[0].previous == CYN_NO_SLOT && !s.slots[0].partial);
}

int main(void)
{
    arena = cyn_arena_new(0);
    if (!arena || cyn_tz_load("UTC", &utc, NULL) != CYN_OK) return 99;
    cal = (cyn_calendar){.tz = utc, .week_start = 1, .fiscal_month = 1};
    RUN(test_an_ended_period_is_compared_with_whole_ones);
    RUN(test_a_partial_period_is_compared_with_the_same_elapsed_part);
    RUN(test_the_elapsed_part_never_exceeds_the_shorter_period);
    RUN(test_a_period_that_has_not_begun_has_no_slot);
    RUN(test_ranges_share_their_intervals);
    RUN(test_history_ends_with_the_period_itself);
    RUN(test_grain_all_has_one_slot_and_no_comparison);
    cyn_tz_free(utc);
    cyn_arena_free(arena);
    return test_end();
}
