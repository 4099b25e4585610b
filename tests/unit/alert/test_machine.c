/* The table of docs/reference/alert-states.md, a test for each row. Slots are hours. */
#include "../test.h"
#include "alert/machine.h"
#include "base/time.h"
#include "stored.h"

/* ---- a life that is told in words ---- */

typedef struct life {
    cyn_alert a;
    cyn_alert_policy p;
    cyn_alert_events events;
    int severity;
    bool frozen;
    uint64_t definition;
    char told[256];
} life;

static life new_life(int hold, int keep)
{
    life l = {.a = cyn_alert_new(), .p = CYN_ALERT_POLICY, .severity = 1, .definition = 7};
    l.p.hold = hold * CYN_HOUR;
    l.p.keep = keep * CYN_HOUR;
    return l;
}

static size_t tell_event(const cyn_alert_event *e, char *out, size_t size)
{
    int n =
        snprintf(out, size, ", %s%s", e->quiet ? "quietly " : "", cyn_alert_what_names[e->what]);
    if (e->what == CYN_ALERT_ENDED)
        n += snprintf(out + n, size - (size_t)n, ": %s", cyn_alert_reason_names[e->reason]);
    if (e->what == CYN_ALERT_ROSE)
        n += snprintf(out + n, size - (size_t)n, " from %d to %d", e->was, e->severity);
    return (size_t)n;
}

/* "firing since 3, fired": the state, the hour in which it was entered, and the events. */
static const char *tell(life *l)
{
    size_t n = (size_t)snprintf(l->told, sizeof l->told, "%s", cyn_alert_state_names[l->a.state]);
    if (l->a.since != CYN_ALERT_NEVER)
        n += (size_t)snprintf(l->told + n, sizeof l->told - n, " since %d",
                              (int)(l->a.since / CYN_HOUR));
    for (int i = 0; i < l->events.count; i++)
        n += tell_event(&l->events.at[i], l->told + n, sizeof l->told - n);
    return l->told;
}

/* The evaluation of an hour; those between it and the last one were missed. */
static const char *at(life *l, int hour, cyn_alert_sight what)
{
    int64_t slot = hour * CYN_HOUR;
    cyn_alert_seen s = {
        .what = what,
        .severity = l->severity,
        .frozen = l->frozen,
        .slot = slot,
        .before = slot - CYN_HOUR,
        .definition = l->definition,
    };
    if (l->a.slot != CYN_ALERT_NEVER && slot > l->a.slot)
        s.missed = (uint64_t)((slot - l->a.slot) / CYN_HOUR - 1);
    cyn_err err;
    if (!cyn_alert_step(&l->a, &l->p, &s, &l->events)) return "waits";
    CHECK_INT(cyn_alert_check(&l->a, &err), CYN_OK);
    return tell(l);
}

static life firing_life(int keep)
{
    life l = new_life(0, keep);
    CHECK_STR(at(&l, 1, CYN_SEEN_TRUE), "firing since 1, fired");
    return l;
}

/* ---- inactive and pending ---- */

static void test_a1_true_without_hold_fires_at_once(void)
{
    life l = new_life(0, 0);
    l.severity = 3;
    CHECK_STR(at(&l, 5, CYN_SEEN_TRUE), "firing since 5, fired");
    CHECK_INT(l.events.at[0].start, 5 * CYN_HOUR);
    CHECK_INT(l.events.at[0].began, 5 * CYN_HOUR);
    CHECK_INT(l.events.at[0].slot, 5 * CYN_HOUR);
    CHECK_INT(l.events.at[0].severity, 3);
    CHECK_INT(l.events.at[0].was, 0);
}

static void test_a2_true_with_hold_is_pending_and_silent(void)
{
    life l = new_life(2, 0);
    CHECK_STR(at(&l, 5, CYN_SEEN_TRUE), "pending since 5");
    CHECK(!cyn_alert_is_firing(&l.a));
}

static void test_a3_inactive_stays_so_unless_true(void)
{
    life l = new_life(0, 0);
    CHECK_STR(at(&l, 1, CYN_SEEN_FALSE), "inactive");
    CHECK_STR(at(&l, 2, CYN_SEEN_BETWEEN), "inactive");
    CHECK_STR(at(&l, 3, CYN_SEEN_GONE), "inactive");
}

static void test_a4_pending_fires_once_hold_has_passed_inclusive(void)
{
    life l = new_life(2, 0);
    at(&l, 1, CYN_SEEN_TRUE);
    at(&l, 2, CYN_SEEN_TRUE);
    CHECK_STR(at(&l, 3, CYN_SEEN_TRUE), "firing since 3, fired");
    CHECK_INT(l.events.at[0].began, 1 * CYN_HOUR);
    CHECK_INT(l.events.at[0].start, 3 * CYN_HOUR);
}

static void test_a5_pending_waits_for_hold(void)
{
    life l = new_life(2, 0);
    at(&l, 1, CYN_SEEN_TRUE);
    CHECK_STR(at(&l, 2, CYN_SEEN_TRUE), "pending since 1");
    CHECK_INT(cyn_alert_counted(&l.a), CYN_HOUR);
    l.p.hold = 2 * CYN_HOUR + 1; /* one microsecond more than the next evaluation has */
    CHECK_STR(at(&l, 3, CYN_SEEN_TRUE), "pending since 1");
}

static void test_a6_pending_that_is_not_true_is_dropped_silently(void)
{
    static const cyn_alert_sight sights[] = {CYN_SEEN_FALSE, CYN_SEEN_BETWEEN, CYN_SEEN_GONE};
    for (size_t i = 0; i < 3; i++) {
        life l = new_life(2, 0);
        at(&l, 1, CYN_SEEN_TRUE);
        CHECK_STR(at(&l, 2, sights[i]), "inactive since 2");
        CHECK_STR(at(&l, 3, CYN_SEEN_TRUE), "pending since 3");
    }
}

/* ---- firing ---- */

static void test_a7_firing_goes_on_while_not_cleared(void)
{
    life l = firing_life(0);
    CHECK_STR(at(&l, 2, CYN_SEEN_TRUE), "firing since 1, renewed");
    CHECK_STR(at(&l, 3, CYN_SEEN_BETWEEN), "firing since 1, renewed");
    CHECK_INT(l.events.at[0].start, 1 * CYN_HOUR);
}

static void test_a8_a_rise_of_severity_is_told(void)
{
    life l = firing_life(0);
    l.severity = 2;
    CHECK_STR(at(&l, 2, CYN_SEEN_TRUE), "firing since 1, rose from 1 to 2");
    CHECK_INT(l.events.at[0].start, 1 * CYN_HOUR);
}

static void test_a9_a_fall_of_severity_is_silent(void)
{
    life l = firing_life(0);
    l.severity = 3;
    at(&l, 2, CYN_SEEN_TRUE);
    l.severity = 1;
    CHECK_STR(at(&l, 3, CYN_SEEN_TRUE), "firing since 1, renewed");
    CHECK_INT(l.a.severity, 1);
    l.severity = 0; /* nothing was said about it */
    CHECK_STR(at(&l, 4, CYN_SEEN_BETWEEN), "firing since 1, renewed");
    CHECK_INT(l.a.severity, 1);
    l.severity = 3;
    CHECK_STR(at(&l, 5, CYN_SEEN_TRUE), "firing since 1, rose from 1 to 3");
}

static void test_a10_false_without_keep_resolves(void)
{
    life l = firing_life(0);
    CHECK_STR(at(&l, 2, CYN_SEEN_FALSE), "resolved since 2, resolved: recovered");
    CHECK_INT(l.events.at[0].start, 1 * CYN_HOUR);
    CHECK(!cyn_alert_is_firing(&l.a));
}

static void test_a11_false_with_keep_recovers_and_fires_outwardly(void)
{
    life l = firing_life(2);
    CHECK_STR(at(&l, 2, CYN_SEEN_FALSE), "recovering since 2, renewed");
    CHECK(cyn_alert_is_firing(&l.a));
}

static void test_a12_a_segment_that_is_gone_is_kept_for_two_evaluations(void)
{
    life l = firing_life(0);
    CHECK_STR(at(&l, 2, CYN_SEEN_GONE), "firing since 1");
    CHECK_STR(at(&l, 3, CYN_SEEN_GONE), "firing since 1");
    CHECK_INT(l.a.gone, 2);
    CHECK_STR(at(&l, 4, CYN_SEEN_TRUE), "firing since 1, renewed"); /* it came back */
    CHECK_STR(at(&l, 5, CYN_SEEN_GONE), "firing since 1");
    CHECK_INT(l.a.gone, 1);
}

static void test_a13_a_segment_that_stays_gone_is_resolved(void)
{
    life l = firing_life(5);
    at(&l, 2, CYN_SEEN_GONE);
    at(&l, 3, CYN_SEEN_GONE);
    CHECK_STR(at(&l, 4, CYN_SEEN_GONE), "resolved since 4, resolved: no longer reported");
    life at_once = firing_life(0);
    at_once.p.gone_after = 0;
    CHECK_STR(at(&at_once, 2, CYN_SEEN_GONE), "resolved since 2, resolved: no longer reported");
}

/* ---- recovering and resolved ---- */

static void test_a14_true_again_is_the_same_incident(void)
{
    life l = firing_life(2);
    at(&l, 2, CYN_SEEN_FALSE);
    CHECK_STR(at(&l, 3, CYN_SEEN_TRUE), "firing since 3, renewed");
    CHECK_INT(l.events.at[0].start, 1 * CYN_HOUR);
    CHECK_STR(at(&l, 4, CYN_SEEN_FALSE), "recovering since 4, renewed"); /* keep begins anew */
    l.severity = 2;
    CHECK_STR(at(&l, 5, CYN_SEEN_TRUE), "firing since 5, rose from 1 to 2");
}

static void test_a15_recovering_waits_for_keep_and_between_is_no_relapse(void)
{
    life l = firing_life(3);
    at(&l, 2, CYN_SEEN_FALSE);
    CHECK_STR(at(&l, 3, CYN_SEEN_FALSE), "recovering since 2, renewed");
    CHECK_STR(at(&l, 4, CYN_SEEN_BETWEEN), "recovering since 2, renewed");
}

static void test_a16_recovering_resolves_once_keep_has_passed(void)
{
    static const cyn_alert_sight sights[] = {CYN_SEEN_FALSE, CYN_SEEN_BETWEEN, CYN_SEEN_GONE};
    for (size_t i = 0; i < 3; i++) {
        life l = firing_life(2);
        at(&l, 2, CYN_SEEN_FALSE);
        at(&l, 3, CYN_SEEN_FALSE);
        CHECK_STR(at(&l, 4, sights[i]), "resolved since 4, resolved: recovered");
    }
    life relapse = firing_life(2);
    at(&relapse, 2, CYN_SEEN_FALSE);
    CHECK_STR(at(&relapse, 9, CYN_SEEN_TRUE), "firing since 9, renewed");
}

static void test_a17_recovering_that_is_gone_resolves_by_whichever_comes_first(void)
{
    life l = firing_life(9);
    at(&l, 2, CYN_SEEN_FALSE);
    CHECK_STR(at(&l, 3, CYN_SEEN_GONE), "recovering since 2");
    CHECK_STR(at(&l, 4, CYN_SEEN_GONE), "recovering since 2");
    CHECK_STR(at(&l, 5, CYN_SEEN_GONE), "resolved since 5, resolved: no longer reported");
}

static void test_a18_true_after_the_end_is_a_new_incident(void)
{
    life l = firing_life(0);
    at(&l, 2, CYN_SEEN_FALSE);
    CHECK_STR(at(&l, 3, CYN_SEEN_TRUE), "firing since 3, fired");
    CHECK_INT(l.events.at[0].start, 3 * CYN_HOUR);
    at(&l, 4, CYN_SEEN_FALSE);
    l.p.hold = CYN_HOUR;
    CHECK_STR(at(&l, 5, CYN_SEEN_TRUE), "pending since 5");
    CHECK_STR(at(&l, 6, CYN_SEEN_TRUE), "firing since 6, fired");
    l.severity = 3;
    at(&l, 7, CYN_SEEN_TRUE);
    at(&l, 8, CYN_SEEN_FALSE);
    l.p.hold = l.severity = 0; /* what is not said is not taken from another incident */
    at(&l, 9, CYN_SEEN_TRUE);
    CHECK_INT(l.events.at[0].severity, 1);
}

static void test_a19_resolved_stays_so_until_true(void)
{
    life l = firing_life(0);
    at(&l, 2, CYN_SEEN_FALSE);
    CHECK_STR(at(&l, 3, CYN_SEEN_FALSE), "resolved since 2");
    CHECK_STR(at(&l, 4, CYN_SEEN_BETWEEN), "resolved since 2");
    CHECK_STR(at(&l, 5, CYN_SEEN_GONE), "resolved since 2");
    CHECK(!cyn_alert_is_forgettable(&l.a, 4 * CYN_HOUR, 5 * CYN_HOUR));
    CHECK(cyn_alert_is_forgettable(&l.a, 3 * CYN_HOUR, 5 * CYN_HOUR));
}

/* ---- no data, errors, values that cannot be judged ---- */

/* What a policy makes of an instance that is inactive, pending, firing or recovering. */
static void check_instead(cyn_alert_sight what, cyn_alert_instead instead,
                          const char *const want[4])
{
    for (int i = 0; i < 4; i++) {
        life l = new_life(i == 1 ? 1 : 0, i == 3 ? 1 : 0);
        l.p.no_data = what == CYN_SEEN_NO_DATA ? instead : CYN_INSTEAD_KEEP;
        l.p.on_error = what == CYN_SEEN_ERROR ? instead : CYN_INSTEAD_KEEP;
        if (i > 0) at(&l, 1, CYN_SEEN_TRUE);
        if (i == 3) at(&l, 2, CYN_SEEN_FALSE);
        l.severity = 0;
        CHECK_STR(at(&l, 3, what), want[i]);
    }
}

static void test_a20_no_data_is_what_the_rule_says(void)
{
    check_instead(CYN_SEEN_NO_DATA, CYN_INSTEAD_KEEP,
                  (const char *const[]){"inactive", "pending since 1", "firing since 1",
                                        "recovering since 2"});
    check_instead(CYN_SEEN_NO_DATA, CYN_INSTEAD_OK,
                  (const char *const[]){"inactive", "inactive since 3",
                                        "resolved since 3, resolved: no data",
                                        "resolved since 3, resolved: no data"});
    check_instead(CYN_SEEN_NO_DATA, CYN_INSTEAD_FIRE,
                  (const char *const[]){"firing since 3, fired", "firing since 3, fired",
                                        "firing since 1, renewed", "firing since 3, renewed"});
    CHECK_INT(cyn_alert_health_of(CYN_SEEN_NO_DATA), CYN_HEALTH_NO_DATA);
    CHECK_INT(cyn_alert_health_of(CYN_SEEN_GONE), CYN_HEALTH_OK);
}

static void test_a21_an_error_is_what_the_rule_says(void)
{
    check_instead(CYN_SEEN_ERROR, CYN_INSTEAD_KEEP,
                  (const char *const[]){"inactive", "pending since 1", "firing since 1",
                                        "recovering since 2"});
    check_instead(CYN_SEEN_ERROR, CYN_INSTEAD_OK,
                  (const char *const[]){"inactive", "inactive since 3",
                                        "resolved since 3, resolved: error",
                                        "resolved since 3, resolved: error"});
    check_instead(CYN_SEEN_ERROR, CYN_INSTEAD_FIRE,
                  (const char *const[]){"firing since 3, fired", "firing since 3, fired",
                                        "firing since 1, renewed", "firing since 3, renewed"});
    CHECK_INT(cyn_alert_health_of(CYN_SEEN_ERROR), CYN_HEALTH_ERROR);
}

static void test_a20_a_segment_is_not_gone_where_nothing_was_reported(void)
{
    life l = firing_life(0);
    at(&l, 2, CYN_SEEN_GONE);
    at(&l, 3, CYN_SEEN_NO_DATA);
    at(&l, 4, CYN_SEEN_ERROR);
    CHECK_INT(l.a.gone, 1);
    CHECK_STR(at(&l, 5, CYN_SEEN_GONE), "firing since 1");
    CHECK_STR(at(&l, 6, CYN_SEEN_GONE), "resolved since 6, resolved: no longer reported");
}

static void test_a22_what_cannot_be_judged_changes_nothing(void)
{
    life l = new_life(2, 2);
    at(&l, 1, CYN_SEEN_TRUE);
    CHECK_STR(at(&l, 2, CYN_SEEN_NOT_READY), "pending since 1");
    CHECK_STR(at(&l, 3, CYN_SEEN_NOT_READY), "pending since 1"); /* hold passed, but true? */
    CHECK_STR(at(&l, 4, CYN_SEEN_TRUE), "firing since 4, fired");
    at(&l, 5, CYN_SEEN_FALSE);
    CHECK_STR(at(&l, 8, CYN_SEEN_NOT_READY), "recovering since 5");
    CHECK_STR(at(&l, 9, CYN_SEEN_FALSE), "resolved since 9, resolved: recovered");
    life reported = firing_life(0); /* a partial value is a value: the segment is there */
    at(&reported, 2, CYN_SEEN_GONE);
    at(&reported, 3, CYN_SEEN_GONE);
    at(&reported, 4, CYN_SEEN_NOT_READY);
    CHECK_STR(at(&reported, 5, CYN_SEEN_GONE), "firing since 1");
}

static void test_a23_a_rule_that_is_withdrawn_leaves_nothing_firing(void)
{
    life l = firing_life(5);
    CHECK_STR(at(&l, 2, CYN_SEEN_WITHDRAWN), "resolved since 2, resolved: rule withdrawn");
    CHECK_STR(at(&l, 3, CYN_SEEN_WITHDRAWN), "resolved since 2");
    life pending = new_life(5, 0), frozen = firing_life(5);
    at(&pending, 1, CYN_SEEN_TRUE);
    CHECK_STR(at(&pending, 2, CYN_SEEN_WITHDRAWN), "inactive since 2");
    frozen.frozen = true;
    at(&frozen, 2, CYN_SEEN_TRUE);
    CHECK_STR(at(&frozen, 3, CYN_SEEN_WITHDRAWN),
              "resolved since 3, thawed, resolved: rule withdrawn");
}

/* ---- clocks, restarts, changes of the rule ---- */

static void test_a24_a_slot_that_is_not_later_is_waited_over(void)
{
    life l = firing_life(0);
    at(&l, 5, CYN_SEEN_TRUE);
    cyn_alert before = l.a;
    CHECK_STR(at(&l, 5, CYN_SEEN_FALSE), "waits"); /* the same once more */
    CHECK_STR(at(&l, 2, CYN_SEEN_FALSE), "waits"); /* the clock was set back */
    CHECK_INT(l.events.count, 0);
    CHECK(!memcmp(&before, &l.a, sizeof before));
    CHECK_STR(at(&l, 6, CYN_SEEN_FALSE), "resolved since 6, resolved: recovered");
}

static void test_a25_missed_slots_are_counted_and_not_held(void)
{
    life l = new_life(3, 0);
    at(&l, 1, CYN_SEEN_TRUE);
    CHECK_STR(at(&l, 10, CYN_SEEN_TRUE), "pending since 1"); /* down from 2 to 9: an hour counts */
    CHECK_INT(cyn_alert_counted(&l.a), CYN_HOUR);
    CHECK_INT(l.a.missed, 8);
    CHECK_STR(at(&l, 11, CYN_SEEN_TRUE), "pending since 1");
    CHECK_STR(at(&l, 12, CYN_SEEN_TRUE), "firing since 12, fired");
    l.p.keep = 3 * CYN_HOUR; /* keep is a matter of the clock alone */
    at(&l, 13, CYN_SEEN_FALSE);
    CHECK_STR(at(&l, 20, CYN_SEEN_FALSE), "resolved since 20, resolved: recovered");
    CHECK_INT(l.a.missed, 14);
}

static void test_a25_down_time_is_held_where_the_rule_says_so(void)
{
    life l = new_life(3, 0);
    l.p.hold_counts_down_time = true;
    at(&l, 1, CYN_SEEN_TRUE);
    CHECK_STR(at(&l, 10, CYN_SEEN_TRUE), "firing since 10, fired");
}

static void test_a26_a_changed_definition_keeps_an_incident(void)
{
    life l = firing_life(2);
    l.definition = 8;
    CHECK_STR(at(&l, 2, CYN_SEEN_TRUE), "firing since 1, renewed");
    CHECK_INT(l.events.at[0].start, 1 * CYN_HOUR);
    at(&l, 3, CYN_SEEN_FALSE);
    l.definition = 9;
    CHECK_STR(at(&l, 4, CYN_SEEN_FALSE), "recovering since 3, renewed");
    CHECK_STR(at(&l, 5, CYN_SEEN_FALSE), "resolved since 5, resolved: recovered");
}

static void test_a26_a_changed_definition_begins_pending_anew(void)
{
    life l = new_life(2, 0);
    at(&l, 1, CYN_SEEN_TRUE);
    l.definition = 8;
    CHECK_STR(at(&l, 2, CYN_SEEN_TRUE), "pending since 2");
    CHECK_STR(at(&l, 3, CYN_SEEN_TRUE), "pending since 2");
    l.definition = 9;
    CHECK_STR(at(&l, 4, CYN_SEEN_NOT_READY), "inactive since 4"); /* never true by this one */
    l.p.hold = 0;
    l.definition = 10;
    CHECK_STR(at(&l, 5, CYN_SEEN_TRUE), "firing since 5, fired");
}

/* ---- dependencies ---- */

static void test_a27_what_depends_on_something_firing_stands_still(void)
{
    life l = firing_life(0);
    l.frozen = true;
    CHECK_STR(at(&l, 2, CYN_SEEN_FALSE), "firing since 1, quietly frozen");
    CHECK_STR(at(&l, 3, CYN_SEEN_FALSE), "firing since 1");
    CHECK_STR(at(&l, 4, CYN_SEEN_GONE), "firing since 1");
    CHECK_INT(l.a.gone, 0);
    life idle = new_life(0, 0);
    idle.frozen = true;
    CHECK_STR(at(&idle, 1, CYN_SEEN_TRUE), "inactive, quietly frozen");
}

static void test_a28_thawed_goes_on_where_it_stood(void)
{
    life l = firing_life(0);
    l.frozen = true;
    at(&l, 2, CYN_SEEN_FALSE);
    l.frozen = false;
    CHECK_STR(at(&l, 3, CYN_SEEN_FALSE), "resolved since 3, thawed, resolved: recovered");
}

static void test_a28_frozen_time_counts_neither_for_hold_nor_for_keep(void)
{
    life l = new_life(2, 2);
    l.p.hold_counts_down_time = true;
    at(&l, 1, CYN_SEEN_TRUE);
    l.frozen = true;
    at(&l, 2, CYN_SEEN_TRUE);
    at(&l, 5, CYN_SEEN_TRUE);
    l.frozen = false;
    CHECK_STR(at(&l, 6, CYN_SEEN_TRUE), "pending since 1, thawed");
    CHECK_STR(at(&l, 7, CYN_SEEN_TRUE), "firing since 7, fired");
    at(&l, 8, CYN_SEEN_FALSE);
    l.frozen = true;
    at(&l, 9, CYN_SEEN_FALSE);
    l.frozen = false;
    CHECK_STR(at(&l, 10, CYN_SEEN_FALSE), "recovering since 8, thawed, renewed");
    CHECK_STR(at(&l, 11, CYN_SEEN_FALSE), "resolved since 11, resolved: recovered");
}

/* ---- flapping ---- */

/* Fires and resolves in turn: so many changes, the first of them at hour 2. */
static int flap(life *l, int changes)
{
    at(l, 1, CYN_SEEN_FALSE);
    for (int i = 0; i < changes; i++)
        at(l, 2 + i, i % 2 ? CYN_SEEN_FALSE : CYN_SEEN_TRUE);
    return 1 + changes;
}

static void test_a29_six_changes_of_twenty_are_flapping(void)
{
    life l = new_life(0, 0);
    flap(&l, 5);
    CHECK(!l.a.damped);
    CHECK_STR(at(&l, 7, CYN_SEEN_FALSE), "resolved since 7, quietly damped, quietly resolved: "
                                         "recovered");
    CHECK_STR(at(&l, 8, CYN_SEEN_TRUE), "firing since 8, quietly fired");
    life never = new_life(0, 0);
    never.p.damp_at = 0;
    flap(&never, 20);
    CHECK(!never.a.damped);
}

static void test_a29_changes_that_hold_and_keep_smooth_away_are_none(void)
{
    life l = new_life(2, 2);
    flap(&l, 40);
    CHECK(!l.a.damped);
}

static void test_a30_four_changes_of_twenty_are_calm(void)
{
    life l = new_life(0, 0);
    int hour = flap(&l, 6); /* at 2, 3, 4, 5, 6 and 7 */
    while (hour < 22) {
        at(&l, ++hour, CYN_SEEN_FALSE);
        CHECK(l.a.damped);
    }
    CHECK_STR(at(&l, 23, CYN_SEEN_FALSE), "resolved since 7, undamped"); /* states of 3 … 23 */
    CHECK(cyn_alert_is_forgettable(&l.a, 0, 23 * CYN_HOUR));
}

static void test_a30_flapping_is_not_forgotten(void)
{
    life l = new_life(0, 0);
    int hour = flap(&l, 6);
    CHECK(!cyn_alert_is_forgettable(&l.a, 0, hour * CYN_HOUR));
    CHECK_STR(at(&l, ++hour, CYN_SEEN_WITHDRAWN), "resolved since 7, undamped");
    life changed = new_life(0, 0);
    hour = flap(&changed, 6);
    changed.definition = 8;
    CHECK_STR(at(&changed, ++hour, CYN_SEEN_FALSE), "resolved since 7, undamped");
}

/* ---- what is stored and read back ---- */

/* Nothing of it is left but what was written. */
static void restart(life *l)
{
    char text[512];
    write_fields(&l->a, text, sizeof text);
    l->a = cyn_alert_new();
    CHECK(read_fields(text, &l->a));
}

static void test_a31_pending_firing_and_recovering_survive_a_restart(void)
{
    life l = new_life(3, 3);
    at(&l, 1, CYN_SEEN_TRUE);
    restart(&l);
    CHECK_STR(at(&l, 3, CYN_SEEN_TRUE), "pending since 1"); /* at 2 it was down */
    restart(&l);
    CHECK_STR(at(&l, 4, CYN_SEEN_TRUE), "pending since 1");
    restart(&l);
    CHECK_STR(at(&l, 5, CYN_SEEN_TRUE), "firing since 5, fired");
    restart(&l);
    CHECK_STR(at(&l, 6, CYN_SEEN_FALSE), "recovering since 6, renewed");
    CHECK_INT(l.events.at[0].start, 5 * CYN_HOUR);
    restart(&l);
    CHECK_STR(at(&l, 8, CYN_SEEN_FALSE), "recovering since 6, renewed");
    restart(&l);
    CHECK_STR(at(&l, 9, CYN_SEEN_FALSE), "resolved since 9, resolved: recovered");
    CHECK_INT(l.events.at[0].start, 5 * CYN_HOUR);
    restart(&l);
    CHECK_STR(at(&l, 8, CYN_SEEN_TRUE), "waits");
}

static void test_a31_flapping_absences_and_freezing_survive_a_restart(void)
{
    life l = new_life(0, 0), gone = firing_life(0), frozen = firing_life(0);
    flap(&l, 5);
    restart(&l);
    CHECK_STR(at(&l, 7, CYN_SEEN_FALSE),
              "resolved since 7, quietly damped, quietly resolved: recovered");
    at(&gone, 2, CYN_SEEN_GONE);
    at(&gone, 3, CYN_SEEN_GONE);
    restart(&gone);
    CHECK_STR(at(&gone, 4, CYN_SEEN_GONE), "resolved since 4, resolved: no longer reported");
    frozen.frozen = true;
    at(&frozen, 2, CYN_SEEN_TRUE);
    restart(&frozen);
    CHECK_STR(at(&frozen, 3, CYN_SEEN_TRUE), "firing since 1");
}

static void test_a31_a_damaged_instance_is_refused(void)
{
    life l = firing_life(0);
    cyn_err err;
    cyn_alert bad[] = {l.a, l.a, l.a, l.a, l.a, l.a, l.a, l.a, l.a, l.a, l.a, l.a};
    bad[0].state = (cyn_alert_state)9;
    bad[1].state = (cyn_alert_state)-1;
    bad[2].reason = CYN_REASON_GONE;
    bad[3].start = CYN_ALERT_NEVER;
    bad[4].since = l.a.slot + 1;
    bad[5].severity = 0;
    bad[6].nstates = 22;
    bad[7].states = 2;
    bad[8].idle = -1;
    bad[9].gone = -1;
    bad[10].state = CYN_ALERT_PENDING;
    bad[11].state = CYN_ALERT_INACTIVE;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK_INT(cyn_alert_check(&bad[i], &err), CYN_E_STATE);
        CHECK(strstr(err.message, "damaged") && err.hint[0]);
    }
    CHECK_INT(cyn_alert_check(&l.a, &err), CYN_OK);
    l.a = cyn_alert_new();
    CHECK_INT(cyn_alert_check(&l.a, &err), CYN_OK);
}

static void test_a_policy_out_of_bounds_is_refused(void)
{
    cyn_err err;
    cyn_alert_policy good = CYN_ALERT_POLICY, bad[6];
    for (int i = 0; i < 6; i++)
        bad[i] = good;
    bad[0].hold = -1;
    bad[1].keep = -1;
    bad[2].gone_after = -1;
    bad[3].damp_at = 101;
    bad[4].calm_at = 30;
    bad[5].calm_at = -1;
    CHECK_INT(cyn_alert_check_policy(&good, &err), CYN_OK);
    for (int i = 0; i < 6; i++)
        CHECK_INT(cyn_alert_check_policy(&bad[i], &err), CYN_E_RANGE);
}

static void test_times_at_both_ends_do_not_overflow(void)
{
    cyn_alert a = cyn_alert_new();
    cyn_alert_events events;
    cyn_alert_policy p = CYN_ALERT_POLICY;
    p.hold = INT64_MAX;
    cyn_alert_seen s = {.what = CYN_SEEN_TRUE, .slot = INT64_MIN + 1, .before = INT64_MIN};
    cyn_alert_step(&a, &p, &s, &events);
    s.slot = INT64_MAX;
    s.before = INT64_MAX - 1;
    s.missed = UINT64_MAX;
    p.hold_counts_down_time = true;
    cyn_alert_step(&a, &p, &s, &events);
    CHECK_INT(a.state, CYN_ALERT_FIRING); /* more time passed than a duration can say */
    CHECK(a.missed == UINT64_MAX);
}

int main(void)
{
    RUN(test_a1_true_without_hold_fires_at_once);
    RUN(test_a2_true_with_hold_is_pending_and_silent);
    RUN(test_a3_inactive_stays_so_unless_true);
    RUN(test_a4_pending_fires_once_hold_has_passed_inclusive);
    RUN(test_a5_pending_waits_for_hold);
    RUN(test_a6_pending_that_is_not_true_is_dropped_silently);
    RUN(test_a7_firing_goes_on_while_not_cleared);
    RUN(test_a8_a_rise_of_severity_is_told);
    RUN(test_a9_a_fall_of_severity_is_silent);
    RUN(test_a10_false_without_keep_resolves);
    RUN(test_a11_false_with_keep_recovers_and_fires_outwardly);
    RUN(test_a12_a_segment_that_is_gone_is_kept_for_two_evaluations);
    RUN(test_a13_a_segment_that_stays_gone_is_resolved);
    RUN(test_a14_true_again_is_the_same_incident);
    RUN(test_a15_recovering_waits_for_keep_and_between_is_no_relapse);
    RUN(test_a16_recovering_resolves_once_keep_has_passed);
    RUN(test_a17_recovering_that_is_gone_resolves_by_whichever_comes_first);
    RUN(test_a18_true_after_the_end_is_a_new_incident);
    RUN(test_a19_resolved_stays_so_until_true);
    RUN(test_a20_no_data_is_what_the_rule_says);
    RUN(test_a20_a_segment_is_not_gone_where_nothing_was_reported);
    RUN(test_a21_an_error_is_what_the_rule_says);
    RUN(test_a22_what_cannot_be_judged_changes_nothing);
    RUN(test_a23_a_rule_that_is_withdrawn_leaves_nothing_firing);
    RUN(test_a24_a_slot_that_is_not_later_is_waited_over);
    RUN(test_a25_missed_slots_are_counted_and_not_held);
    RUN(test_a25_down_time_is_held_where_the_rule_says_so);
    RUN(test_a26_a_changed_definition_keeps_an_incident);
    RUN(test_a26_a_changed_definition_begins_pending_anew);
    RUN(test_a27_what_depends_on_something_firing_stands_still);
    RUN(test_a28_thawed_goes_on_where_it_stood);
    RUN(test_a28_frozen_time_counts_neither_for_hold_nor_for_keep);
    RUN(test_a29_six_changes_of_twenty_are_flapping);
    RUN(test_a29_changes_that_hold_and_keep_smooth_away_are_none);
    RUN(test_a30_four_changes_of_twenty_are_calm);
    RUN(test_a30_flapping_is_not_forgotten);
    RUN(test_a31_pending_firing_and_recovering_survive_a_restart);
    RUN(test_a31_flapping_absences_and_freezing_survive_a_restart);
    RUN(test_a31_a_damaged_instance_is_refused);
    RUN(test_a_policy_out_of_bounds_is_refused);
    RUN(test_times_at_both_ends_do_not_overflow);
    return test_end();
}
