/* Timetables of both kinds, and what is run next after a run. */
#include "sched/timetable.h"
#include "zones.h"

static cyn_timetable timetable(const char *text, const cyn_tz *tz)
{
    cyn_timetable t = {0};
    cyn_err err = {0};
    CHECK_INT(cyn_timetable_parse(text, tz, 1, &t, &err), CYN_OK);
    if (err.code != CYN_OK) printf("# %s\n", err.message);
    return t;
}

static void test_durations_are_slots_and_all_else_is_cron(void)
{
    cyn_tz *tz = zone("Asia/Tokyo");
    cyn_timetable t = timetable("1d", tz);
    CHECK_INT(t.kind, CYN_TIMETABLE_SLOTS);
    CHECK_STR(shown(tz, cyn_timetable_after(&t, when(tz, "2026-11-20 09:00"))),
              "2026-11-21T00:00:00+09:00");
    CHECK_STR(shown(tz, cyn_timetable_at(&t, when(tz, "2026-11-20 09:00"))),
              "2026-11-20T00:00:00+09:00");
    t = timetable("0 9 * * MON", tz);
    CHECK_INT(t.kind, CYN_TIMETABLE_CRON);
    CHECK_STR(shown(tz, cyn_timetable_after(&t, when(tz, "2026-11-20 09:00"))),
              "2026-11-23T09:00:00+09:00");
    CHECK_STR(shown(tz, cyn_timetable_at(&t, when(tz, "2026-11-20 09:00"))),
              "2026-11-16T09:00:00+09:00");
    cyn_tz_free(tz);
}

static void test_weeks_begin_where_the_project_says(void)
{
    cyn_timetable t = {0};
    cyn_err err;
    CHECK_INT(cyn_timetable_parse("1w", NULL, 7, &t, &err), CYN_OK);
    CHECK_STR(shown(NULL, cyn_timetable_after(&t, when(NULL, "2026-11-20"))),
              "2026-11-22T00:00:00Z");
}

static void test_never_is_never(void)
{
    cyn_timetable t = {.kind = CYN_TIMETABLE_NEVER};
    CHECK_INT(cyn_timetable_after(&t, 0), CYN_SLOT_END);
    CHECK_INT(cyn_timetable_at(&t, 0), CYN_SLOT_NONE);
    CHECK_INT(cyn_timetable_missed(&t, 0, CYN_DAY, 10), 0);
}

static void test_texts_that_are_neither_are_refused(void)
{
    static const struct {
        const char *text;
        cyn_code code;
    } cases[] = {{"", CYN_E_SYNTAX},      {"15min", CYN_E_SYNTAX}, {"1.5h", CYN_E_SYNTAX},
                 {"often", CYN_E_SYNTAX}, {"0s", CYN_E_RANGE},     {"500ms", CYN_E_RANGE},
                 {"367d", CYN_E_RANGE},   {"5 * *", CYN_E_SYNTAX}, {"0 0 30 2 *", CYN_E_RANGE}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_timetable t = {.kind = CYN_TIMETABLE_NEVER};
        cyn_err err = {0};
        CHECK_INT(cyn_timetable_parse(cases[i].text, NULL, 1, &t, &err), cases[i].code);
        CHECK(*err.message);
        CHECK_INT(t.kind, CYN_TIMETABLE_NEVER);
    }
}

/* Both kinds count the same where they mean the same, and stop at the most. */
static void test_missed_times_are_counted_alike(void)
{
    cyn_timetable slots = timetable("1h", NULL), cron = timetable("@hourly", NULL);
    int64_t from = when(NULL, "2026-11-20 09:00");
    for (int64_t to = from - CYN_HOUR; to < from + 30 * CYN_HOUR; to += 20 * CYN_MINUTE) {
        uint64_t n = cyn_timetable_missed(&slots, from, to, 20);
        CHECK_INT(cyn_timetable_missed(&cron, from, to, 20), n);
        CHECK(n <= 20);
    }
    CHECK_INT(cyn_timetable_missed(&cron, from, from + 3 * CYN_HOUR, 20), 2);
    CHECK_INT(cyn_timetable_missed(&cron, CYN_SLOT_NONE, from, 20), 0);
}

/* ---- overrun ---- */

static void check_next(cyn_overrun policy, const char *ran, const char *now, const char *next,
                       uint64_t missed)
{
    cyn_timetable t = timetable("0 * * * *", NULL);
    uint64_t count = 99;
    int64_t got = cyn_overrun_next(policy, &t, *ran ? when(NULL, ran) : CYN_SLOT_NONE,
                                   when(NULL, now), &count);
    CHECK_STR(shown(NULL, got), next);
    CHECK_INT(count, missed);
}

static void test_what_ran_in_time_runs_again_at_the_next_time(void)
{
    for (int policy = 0; cyn_overrun_names[policy]; policy++) {
        check_next((cyn_overrun)policy, "2026-11-20 09:00", "2026-11-20 09:10",
                   "2026-11-20T10:00:00Z", 0);
        check_next((cyn_overrun)policy, "", "2026-11-20 09:10", "2026-11-20T10:00:00Z", 0);
    }
}

static void test_times_that_came_meanwhile_are_dealt_with_as_asked(void)
{
    check_next(CYN_OVERRUN_LATEST, "2026-11-20 09:00", "2026-11-20 12:10", "2026-11-20T12:00:00Z",
               2);
    check_next(CYN_OVERRUN_SKIP, "2026-11-20 09:00", "2026-11-20 12:10", "2026-11-20T13:00:00Z", 3);
    check_next(CYN_OVERRUN_QUEUE, "2026-11-20 09:00", "2026-11-20 12:10", "2026-11-20T10:00:00Z",
               0);
    /* A time that comes at this very moment came. */
    check_next(CYN_OVERRUN_LATEST, "2026-11-20 09:00", "2026-11-20 10:00", "2026-11-20T10:00:00Z",
               0);
    check_next(CYN_OVERRUN_SKIP, "2026-11-20 09:00", "2026-11-20 10:00", "2026-11-20T11:00:00Z", 1);
}

static void test_a_clock_put_back_runs_nothing_twice_and_silences_nothing_for_long(void)
{
    for (int policy = 0; cyn_overrun_names[policy]; policy++) {
        check_next((cyn_overrun)policy, "2026-11-20 10:00", "2026-11-20 09:59",
                   "2026-11-20T11:00:00Z", 0);
        check_next((cyn_overrun)policy, "2031-01-01 10:00", "2026-11-20 09:59",
                   "2026-11-20T10:00:00Z", 0);
    }
}

/* Whatever the times at which it is asked: `queue` runs each once, `latest` and `skip` run or miss
 * each once, in order. */
static void test_every_time_runs_or_is_missed_exactly_once(void)
{
    uint64_t seed = 7;
    for (int policy = 0; cyn_overrun_names[policy]; policy++) {
        cyn_timetable t = timetable("*/10 * * * *", NULL);
        int64_t start = when(NULL, "2026-11-20 00:00"), now = start, ran = start;
        uint64_t runs = 0, missed = 0, count;
        for (int i = 0; i < 1000; i++) {
            int64_t next = cyn_overrun_next((cyn_overrun)policy, &t, ran, now, &count);
            CHECK(next > ran);
            missed += count;
            if (next > now) now = next;
            ran = next;
            runs++;
            now += below(&seed, 40) * CYN_MINUTE / 2;
        }
        CHECK_INT(runs + missed, (ran - start) / (10 * CYN_MINUTE));
        CHECK(policy == CYN_OVERRUN_QUEUE ? missed == 0 : missed > 100);
    }
}

int main(void)
{
    RUN(test_durations_are_slots_and_all_else_is_cron);
    RUN(test_weeks_begin_where_the_project_says);
    RUN(test_never_is_never);
    RUN(test_texts_that_are_neither_are_refused);
    RUN(test_missed_times_are_counted_alike);
    RUN(test_what_ran_in_time_runs_again_at_the_next_time);
    RUN(test_times_that_came_meanwhile_are_dealt_with_as_asked);
    RUN(test_a_clock_put_back_runs_nothing_twice_and_silences_nothing_for_long);
    RUN(test_every_time_runs_or_is_missed_exactly_once);
    return test_end();
}
