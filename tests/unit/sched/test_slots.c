/* Timetables, in zones that skip and repeat hours, midnights and a whole date. */
#include "sched/slots.h"
#include "zones.h"

static cyn_slots timetable(int64_t every, int64_t at, const cyn_tz *tz)
{
    cyn_slots s = {0};
    cyn_err err;
    CHECK_INT(cyn_slots_init(every, at, tz, 1, &s, &err), CYN_OK);
    return s;
}

/* The slots in (from, to], which must be these. */
static void check_slots(const cyn_slots *s, const char *from, const char *to,
                        const char *const *want, size_t count)
{
    cyn_arena *a = cyn_arena_new(0);
    int64_t *slots = NULL;
    size_t n = 0;
    uint64_t left = 9;
    cyn_err err;
    CHECK_INT(
        cyn_slots_between(s, when(s->tz, from), when(s->tz, to), 100, a, &slots, &n, &left, &err),
        CYN_OK);
    CHECK_INT(n, count);
    CHECK_INT(left, 0);
    for (size_t i = 0; i < n && i < count; i++)
        CHECK_STR(shown(s->tz, slots[i]), want[i]);
    cyn_arena_free(a);
}
#define CHECK_SLOTS(s, from, to, ...)                                                              \
    check_slots(s, from, to, (const char *const[]){__VA_ARGS__},                                   \
                sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void test_fixed_intervals_are_aligned_to_the_epoch(void)
{
    cyn_tz *tz = zone("Asia/Kolkata"); /* five and a half hours: not aligned to the local day */
    cyn_slots s = timetable(6 * CYN_HOUR, 0, tz);
    CHECK_SLOTS(&s, "2026-11-22 00:00", "2026-11-23 00:00", "2026-11-22T05:30:00+05:30",
                "2026-11-22T11:30:00+05:30", "2026-11-22T17:30:00+05:30",
                "2026-11-22T23:30:00+05:30");
    s = timetable(7 * CYN_MINUTE, 30 * CYN_SECOND, NULL);
    CHECK_SLOTS(&s, "1969-12-31 23:50", "1970-01-01 00:10", "1969-12-31T23:53:30Z",
                "1970-01-01T00:00:30Z", "1970-01-01T00:07:30Z");
    cyn_tz_free(tz);
}

static void test_fixed_intervals_know_no_dst(void)
{
    cyn_tz *tz = zone("Europe/Berlin");
    cyn_slots s = timetable(CYN_HOUR, 0, tz);
    CHECK_SLOTS(&s, "2026-03-29 00:59", "2026-03-29 04:00", "2026-03-29T01:00:00+01:00",
                "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00");
    CHECK_SLOTS(&s, "2026-10-25 01:59", "2026-10-25 03:00", "2026-10-25T02:00:00+02:00",
                "2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00");
    cyn_tz_free(tz);
}

static void test_days_begin_at_local_midnight_whatever_their_length(void)
{
    cyn_tz *tz = zone("Europe/Berlin");
    cyn_slots s = timetable(CYN_DAY, 0, tz);
    CHECK_SLOTS(&s, "2026-03-28 00:00", "2026-03-30 23:00", "2026-03-29T00:00:00+01:00",
                "2026-03-30T00:00:00+02:00");
    CHECK_STR(shown(tz, cyn_slot_at(&s, when(tz, "2026-03-29 23:59"))),
              "2026-03-29T00:00:00+01:00");
    CHECK_STR(shown(tz, cyn_slot_before(&s, when(tz, "2026-03-30 00:00"))),
              "2026-03-29T00:00:00+01:00");
    cyn_tz_free(tz);
}

static void test_a_time_that_is_skipped_runs_once(void)
{
    cyn_tz *tz = zone("America/New_York");
    cyn_slots s = timetable(CYN_DAY, 2 * CYN_HOUR + 30 * CYN_MINUTE, tz);
    CHECK_SLOTS(&s, "2026-03-07 12:00", "2026-03-09 12:00", "2026-03-08T03:30:00-04:00",
                "2026-03-09T02:30:00-04:00");
    cyn_tz_free(tz);
}

static void test_a_time_that_is_repeated_runs_once(void)
{
    cyn_tz *tz = zone("America/New_York");
    cyn_slots s = timetable(CYN_DAY, CYN_HOUR + 30 * CYN_MINUTE, tz);
    CHECK_SLOTS(&s, "2026-10-31 12:00", "2026-11-02 12:00", "2026-11-01T01:30:00-04:00",
                "2026-11-02T01:30:00-05:00");
    cyn_tz_free(tz);
}

static void test_a_midnight_that_is_skipped_or_repeated_runs_once(void)
{
    cyn_tz *paulo = zone("America/Sao_Paulo"), *havana = zone("America/Havana"),
           *toronto = zone("America/Toronto");
    cyn_slots s = timetable(CYN_DAY, 0, paulo);
    CHECK_SLOTS(&s, "2018-11-03 12:00", "2018-11-05 12:00", "2018-11-04T01:00:00-02:00",
                "2018-11-05T00:00:00-02:00");
    s = timetable(CYN_DAY, 0, havana); /* at 1 o'clock of 2 November it is midnight again */
    CHECK_SLOTS(&s, "2025-11-01 12:00", "2025-11-03 12:00", "2025-11-02T00:00:00-04:00",
                "2025-11-03T00:00:00-05:00");
    s = timetable(CYN_DAY, 0, toronto); /* from 23:30 the clock jumped to 00:30: the day's first */
    CHECK_SLOTS(&s, "1919-03-30 12:00", "1919-03-31 12:00", "1919-03-31T00:30:00-04:00");
    cyn_tz_free(toronto);
    cyn_tz_free(paulo);
    cyn_tz_free(havana);
}

static void test_a_clock_put_back_over_midnight_runs_no_day_twice(void)
{
    cyn_tz *tz = zone("America/St_Johns"); /* at 00:01 of the 7th it is 23:01 of the 6th */
    cyn_slots s = timetable(CYN_DAY, 0, tz);
    CHECK_SLOTS(&s, "2010-11-05 12:00", "2010-11-08 12:00", "2010-11-06T00:00:00-02:30",
                "2010-11-07T00:00:00-02:30", "2010-11-08T00:00:00-03:30");
    CHECK_STR(shown(tz, cyn_slot_at(&s, when(tz, "2010-11-06 23:30-03:30"))),
              "2010-11-07T00:00:00-02:30");
    CHECK_STR(shown(tz, cyn_slot_after(&s, when(tz, "2010-11-06 23:30-03:30"))),
              "2010-11-08T00:00:00-03:30");
    cyn_tz_free(tz);
}

static void test_a_date_that_is_skipped_does_not_run(void)
{
    cyn_tz *tz = zone("Pacific/Apia"); /* had no 30 December 2011 */
    for (int64_t at = 0; at < 24; at += 9) {
        cyn_slots s = timetable(CYN_DAY, at * CYN_HOUR, tz);
        int64_t from = when(tz, "2011-12-28 23:30"), to = when(tz, "2012-01-01 23:30");
        CHECK_INT(cyn_slots_missed(&s, from, to), 3);
        CHECK_INT(cyn_slot_after(&s, cyn_slot_after(&s, from)) - cyn_slot_after(&s, from), CYN_DAY);
    }
    cyn_tz_free(tz);
}

static void test_weeks_begin_where_the_project_says(void)
{
    cyn_slots s = timetable(7 * CYN_DAY, 0, NULL);
    CHECK_SLOTS(&s, "2026-11-10", "2026-11-23", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z");
    CHECK_INT(cyn_slots_init(7 * CYN_DAY, 0, NULL, 7, &s, NULL), CYN_OK);
    CHECK_SLOTS(&s, "2026-11-10", "2026-11-23", "2026-11-15T00:00:00Z", "2026-11-22T00:00:00Z");
    s = timetable(3 * CYN_DAY, 0, NULL);
    CHECK_SLOTS(&s, "1969-12-28", "1970-01-05", "1969-12-29T00:00:00Z", "1970-01-01T00:00:00Z",
                "1970-01-04T00:00:00Z");
}

static void test_missed_slots_lie_between(void)
{
    cyn_slots s = timetable(CYN_HOUR, 0, NULL);
    int64_t t = when(NULL, "2026-11-22 10:00");
    CHECK_INT(cyn_slots_missed(&s, t, t + CYN_HOUR), 0);
    CHECK_INT(cyn_slots_missed(&s, t, t + 4 * CYN_HOUR), 3);
    CHECK_INT(cyn_slots_missed(&s, t, t), 0);
    CHECK_INT(cyn_slots_missed(&s, t, t - 4 * CYN_HOUR), 0);
    CHECK_INT(cyn_slots_missed(&s, t, INT64_MIN), 0);
    CHECK_INT(cyn_slots_missed(&s, CYN_SLOT_NONE, t), 0);
}

static void test_a_list_to_catch_up_is_bounded(void)
{
    cyn_arena *a = cyn_arena_new(0);
    cyn_slots s = timetable(CYN_MINUTE, 0, NULL);
    int64_t *slots = NULL, t = when(NULL, "2026-11-22 10:00");
    size_t n = 0;
    uint64_t left = 0;
    CHECK_INT(cyn_slots_between(&s, t, t + CYN_DAY, 10, a, &slots, &n, &left, NULL), CYN_OK);
    CHECK_INT(n, 10);
    CHECK_INT(left, 1430);
    CHECK_INT(slots[0], t + CYN_MINUTE); /* oldest first */
    CHECK_INT(slots[9], t + 10 * CYN_MINUTE);
    CHECK_INT(cyn_slots_between(&s, slots[9], t + CYN_DAY, 2000, a, &slots, &n, &left, NULL),
              CYN_OK);
    CHECK_INT(n, 1430); /* and on from there */
    CHECK_INT(slots[1429], t + CYN_DAY);
    CHECK_INT(cyn_slots_between(&s, t, t - 1, 10, a, &slots, &n, &left, NULL), CYN_OK);
    CHECK_INT(n + left, 0);
    cyn_arena_free(a);
    a = cyn_arena_new(1000);
    CHECK_INT(cyn_slots_between(&s, t, t + CYN_DAY, 1440, a, &slots, &n, &left, NULL), CYN_E_NOMEM);
    cyn_arena_free(a);
}

/* Every neighbour is the nearest one, by walking. */
static void test_neighbours_agree_with_walking(void)
{
    static const char *const zones[] = {"Pacific/Apia", "America/Havana", "Australia/Lord_Howe",
                                        "America/St_Johns"};
    static const int64_t lengths[] = {CYN_DAY, 7 * CYN_DAY, 3 * CYN_DAY, 36 * CYN_HOUR, CYN_HOUR};
    uint64_t seed = 6;
    for (int i = 0; i < 600; i++) {
        cyn_tz *tz = zone(zones[below(&seed, 4)]);
        int64_t at = below(&seed, 2) * below(&seed, 3600) * CYN_SECOND;
        cyn_slots s = timetable(lengths[below(&seed, 5)], at, tz);
        int64_t t = when(NULL, "2011-01-01") + below(&seed, 400 * 86400) * CYN_SECOND;
        int64_t slot = cyn_slot_at(&s, t), next = cyn_slot_after(&s, t), end = t;
        int many = below(&seed, 9);
        CHECK(slot <= t && t < next);
        CHECK_INT(cyn_slot_after(&s, slot), next);
        CHECK_INT(cyn_slot_at(&s, next), next);
        CHECK_INT(cyn_slot_at(&s, next - 1), slot);
        CHECK_INT(cyn_slot_before(&s, next), slot);
        for (int k = 0; k < many; k++)
            end = cyn_slot_after(&s, end);
        CHECK_INT(cyn_slots_missed(&s, t, end), many ? many - 1 : 0);
        cyn_tz_free(tz);
    }
}

static void test_time_has_ends(void)
{
    cyn_tz *tz = zone("America/New_York");
    static const int64_t lengths[] = {CYN_SECOND, CYN_HOUR, CYN_DAY, 366 * CYN_DAY};
    for (int i = 0; i < 4; i++) {
        cyn_slots s = timetable(lengths[i], 0, tz);
        CHECK_STR(shown(tz, cyn_slot_at(&s, INT64_MIN)), "none");
        CHECK_STR(shown(tz, cyn_slot_before(&s, INT64_MIN)), "none");
        CHECK_STR(shown(tz, cyn_slot_after(&s, INT64_MAX)), "end");
        int64_t first = cyn_slot_after(&s, INT64_MIN), last = cyn_slot_at(&s, INT64_MAX);
        CHECK_INT(cyn_slot_at(&s, first), first);
        CHECK_STR(shown(tz, cyn_slot_before(&s, first)), "none");
        CHECK_INT(cyn_slot_at(&s, last), last);
        CHECK_INT(cyn_slot_at(&s, INT64_MAX - 1), last);
        CHECK_STR(shown(tz, cyn_slot_after(&s, last)), "end");
    }
    cyn_tz_free(tz);
}

static void test_lengths_and_times_out_of_bounds_are_refused(void)
{
    cyn_slots s;
    cyn_err err;
    CHECK_INT(cyn_slots_init(0, 0, NULL, 1, &s, &err), CYN_E_RANGE);
    CHECK_INT(cyn_slots_init(CYN_SECOND - 1, 0, NULL, 1, &s, &err), CYN_E_RANGE);
    CHECK_INT(cyn_slots_init(367 * CYN_DAY, 0, NULL, 1, &s, &err), CYN_E_RANGE);
    CHECK_INT(cyn_slots_init(CYN_HOUR, CYN_HOUR, NULL, 1, &s, &err), CYN_E_RANGE);
    CHECK_INT(cyn_slots_init(CYN_HOUR, -1, NULL, 1, &s, &err), CYN_E_RANGE);
    CHECK_INT(cyn_slots_init(7 * CYN_DAY, CYN_DAY, NULL, 1, &s, &err), CYN_E_RANGE);
    CHECK_INT(cyn_slots_init(CYN_DAY, 0, NULL, 8, &s, &err), CYN_E_RANGE);
}

int main(void)
{
    RUN(test_fixed_intervals_are_aligned_to_the_epoch);
    RUN(test_fixed_intervals_know_no_dst);
    RUN(test_days_begin_at_local_midnight_whatever_their_length);
    RUN(test_a_time_that_is_skipped_runs_once);
    RUN(test_a_time_that_is_repeated_runs_once);
    RUN(test_a_midnight_that_is_skipped_or_repeated_runs_once);
    RUN(test_a_clock_put_back_over_midnight_runs_no_day_twice);
    RUN(test_a_date_that_is_skipped_does_not_run);
    RUN(test_weeks_begin_where_the_project_says);
    RUN(test_missed_slots_lie_between);
    RUN(test_a_list_to_catch_up_is_bounded);
    RUN(test_neighbours_agree_with_walking);
    RUN(test_time_has_ends);
    RUN(test_lengths_and_times_out_of_bounds_are_refused);
    return test_end();
}
