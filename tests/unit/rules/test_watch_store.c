/* What an evaluation leaves behind in the store. */
#include "dispatch_world.h"
#include "rules/watch_store.h"

static const char *const channels_of_rule[] = {"ops"};
static const cyn_rule rule = {.name = "a", .notify = channels_of_rule, .nnotify = 1};

static cyn_watch_rule rule_at(int64_t slot, uint64_t missed, const cyn_err *error)
{
    return (cyn_watch_rule){.rule = &rule,
                            .slot = slot,
                            .missed = missed,
                            .health = error ? CYN_HEALTH_ERROR : CYN_HEALTH_OK,
                            .error = error,
                            .segments = 3,
                            .firing = 1};
}

static cyn_watch_event event_at(int64_t at, cyn_alert_what what, const cyn_rule *of, bool tell)
{
    cyn_watch_event e = {
        .rule = of, .tell = tell, .event = {.what = what, .slot = at, .start = T0}};
    e.notice = (cyn_notice){.rule = "a",
                            .metric = "m",
                            .identity = "a",
                            .what = what,
                            .firing = what != CYN_ALERT_ENDED,
                            .severity = CYN_WARNING,
                            .at = at,
                            .start = T0,
                            .ended = CYN_ALERT_NEVER,
                            .value = 1,
                            .target = NAN,
                            .title = "a",
                            .summary = "",
                            .description = "",
                            .facts = "{}"};
    cyn_alert_event_key("a", &e.event, e.notice.key);
    cyn_alert_incident_key("a", T0, e.notice.incident);
    return e;
}

static void keep(const cyn_watch_rule *r, const cyn_watch_event *e, int64_t now)
{
    cyn_watch_result result = {.rules = r, .nrules = r != NULL, .events = e, .nevents = e != NULL};
    CHECK_INT(cyn_watch_keep(NULL, store, now, &result, NULL), CYN_OK);
}

static cyn_rule_row stored_rule(void)
{
    const cyn_rule_row *rows = NULL;
    size_t n = 0;
    CHECK_INT(cyn_store_rules(store, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 1);
    return n ? rows[0] : (cyn_rule_row){0};
}

static void test_missed_slots_add_up_and_health_says_since_when(void)
{
    cyn_err error = {0};
    new_world(NULL, 0);
    cyn_fail_at(&error, CYN_E_SCRIPT, "alerts/a.lua", 3, 0, "no");
    cyn_watch_rule steps[] = {rule_at(T0, 0, NULL), rule_at(T0 + CYN_HOUR, 2, NULL),
                              rule_at(T0 + 2 * CYN_HOUR, 3, &error),
                              rule_at(T0 + 3 * CYN_HOUR, 0, &error)};
    for (size_t i = 0; i < 2; i++)
        keep(&steps[i], NULL, T0);
    CHECK_INT(stored_rule().missed, 2);
    CHECK_INT(stored_rule().health_since, T0);
    CHECK_STR(stored_rule().error, NULL);
    cyn_store_close(store); /* in another process, too */
    open_world();
    for (size_t i = 2; i < 4; i++)
        keep(&steps[i], NULL, T0);
    cyn_rule_row row = stored_rule();
    CHECK_INT(row.missed, 5);
    CHECK_INT(row.slot, T0 + 3 * CYN_HOUR);
    CHECK_INT(row.health, CYN_HEALTH_ERROR);
    CHECK_INT(row.health_since, T0 + 2 * CYN_HOUR);
    CHECK_STR(row.error, "alerts/a.lua:3: no");
    CHECK_INT(row.segments * 10 + row.firing, 31);
    end_world();
}

/* A21 with `keep`: the rule stays at its last slot, and what was missed is counted once. */
static void test_an_evaluation_that_is_tried_again_leaves_the_slot(void)
{
    cyn_err error = {0};
    new_world(NULL, 0);
    cyn_fail_at(&error, CYN_E_DATA, NULL, 0, 0, "the file is gone");
    cyn_watch_rule first = rule_at(T0, 0, &error), ok = rule_at(T0 + CYN_HOUR, 0, NULL);
    cyn_watch_rule failed = rule_at(T0 + 3 * CYN_HOUR, 1, &error);
    first.again = failed.again = true;
    keep(&first, NULL, T0);
    CHECK_INT(stored_rule().slot, CYN_ALERT_NEVER);
    CHECK_INT(stored_rule().health_since, T0);
    keep(&ok, NULL, T0);
    for (int tries = 0; tries < 3; tries++)
        keep(&failed, NULL, T0);
    CHECK_INT(stored_rule().slot, T0 + CYN_HOUR);
    CHECK_INT(stored_rule().missed, 0);
    CHECK_INT(stored_rule().health, CYN_HEALTH_ERROR);
    CHECK_INT(stored_rule().health_since, T0 + 3 * CYN_HOUR);
    CHECK_STR(stored_rule().error, "the file is gone");
    cyn_watch_rule later = rule_at(T0 + 4 * CYN_HOUR, 2, NULL);
    keep(&later, NULL, T0);
    CHECK_INT(stored_rule().slot, T0 + 4 * CYN_HOUR);
    CHECK_INT(stored_rule().missed, 2);
    end_world();
}

static void test_a_rule_remembers_by_whom_it_is_frozen(void)
{
    new_world(NULL, 0);
    cyn_watch_rule steps[] = {rule_at(T0, 0, NULL), rule_at(T0 + CYN_HOUR, 0, NULL),
                              rule_at(T0 + 2 * CYN_HOUR, 0, NULL)};
    steps[0].frozen_by = "p";
    steps[1].frozen_by = "q";
    for (size_t i = 0; i < 3; i++) {
        keep(&steps[i], NULL, T0);
        CHECK_STR(stored_rule().frozen_by, steps[i].frozen_by);
        CHECK_INT(stored_rule().slot, steps[i].slot);
    }
    end_world();
}

static void test_a_rule_that_is_gone_is_forgotten(void)
{
    static const char *const gone[] = {"a", "never stored"};
    new_world(NULL, 0);
    cyn_watch_rule r = rule_at(T0, 0, NULL);
    keep(&r, NULL, T0);
    cyn_watch_result result = {.gone = gone, .ngone = 2};
    CHECK_INT(cyn_watch_keep(NULL, store, T0, &result, NULL), CYN_OK);
    const cyn_rule_row *rows = NULL;
    size_t n = 7;
    CHECK_INT(cyn_store_rules(store, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 0);
    end_world();
}

static void test_only_what_is_to_be_told_reaches_the_outbox(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    new_world(channels, 1);
    cyn_watch_event fired = event_at(T0, CYN_ALERT_FIRED, &rule, true);
    cyn_watch_event damped = event_at(T0 + CYN_HOUR, CYN_ALERT_DAMPED, &rule, false);
    keep(NULL, &fired, T0);
    keep(NULL, &damped, T0 + CYN_HOUR);
    keep(NULL, &fired, T0 + CYN_HOUR); /* the same slot once more */
    CHECK_STR(deliveries(), "[{\"channel\":\"ops\",\"state\":\"waiting\",\"at\":1794182400000000,"
                            "\"message\":null,\"detail\":\"\"}][]");
    end_world();
}

static void test_the_end_of_a_rule_that_is_gone_is_told_where_it_fired(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    new_world(channels, 1);
    cyn_watch_rule r = rule_at(T0, 0, NULL);
    cyn_watch_event fired = event_at(T0, CYN_ALERT_FIRED, &rule, true);
    cyn_watch_event ended = event_at(T0 + CYN_HOUR, CYN_ALERT_ENDED, NULL, true);
    keep(&r, &fired, T0);
    dispatch(T0);
    cyn_watch_alert gone = {.rule_name = "a", .identity = "a", .forgotten = true};
    cyn_watch_result result = {
        .events = &ended, .nevents = 1, .changed = &gone, .nchanged = 1}; /* A23 */
    CHECK_INT(cyn_watch_keep(NULL, store, T0 + CYN_HOUR, &result, NULL), CYN_OK);
    const cyn_rule_row *rows = NULL;
    size_t n = 7;
    CHECK_INT(cyn_store_rules(store, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 0);
    dispatch(T0 + CYN_HOUR);
    CHECK_STR(sent(), "ops: fired a; ops: resolved a");
    end_world();
}

static int64_t last_event(const char *of, int64_t to)
{
    int64_t slot = 7;
    CHECK_INT(cyn_store_last_event(store, of, to, &slot, NULL), CYN_OK);
    return slot;
}

/* So that a rule that comes back has none of its events a second time. */
static void test_the_slot_of_a_rules_last_event_is_known(void)
{
    new_world(NULL, 0);
    cyn_watch_event fired = event_at(T0, CYN_ALERT_FIRED, &rule, true);
    cyn_watch_event ended = event_at(T0 + CYN_HOUR, CYN_ALERT_ENDED, NULL, true);
    ended.notice.reason = CYN_REASON_WITHDRAWN; /* at no slot */
    keep(NULL, &fired, T0);
    keep(NULL, &ended, T0);
    CHECK_INT(last_event("a", T0 + CYN_DAY), T0);
    CHECK_INT(last_event("a", T0), T0);
    CHECK_INT(last_event("a", T0 - 1), CYN_ALERT_NEVER);
    CHECK_INT(last_event("b", T0 + CYN_DAY), CYN_ALERT_NEVER);
    end_world();
}

static void test_what_could_not_be_kept_can_be_kept_later(void)
{
    new_world(NULL, 0);
    cyn_store *other = NULL;
    cyn_watch_rule r = rule_at(T0, 4, NULL);
    cyn_watch_result result = {.rules = &r, .nrules = 1};
    CHECK_INT(cyn_store_open(state_path, &other, NULL), CYN_OK);
    for (size_t n = 1; n < 40; n++) {
        cyn_test_fail_after(n);
        cyn_code rc = cyn_watch_keep(NULL, store, T0, &result, NULL);
        cyn_test_fail_after(0);
        if (rc == CYN_OK) break;
        CHECK_INT(rc, CYN_E_NOMEM);
        const cyn_rule_row *rows = NULL;
        size_t count = 7;
        CHECK_INT(cyn_store_rules(other, arena, &rows, &count, NULL), CYN_OK);
        CHECK_INT(count, 0);
    }
    CHECK_INT(stored_rule().missed, 4); /* and not twice */
    cyn_store_close(other);
    end_world();
}

int main(void)
{
    RUN(test_missed_slots_add_up_and_health_says_since_when);
    RUN(test_an_evaluation_that_is_tried_again_leaves_the_slot);
    RUN(test_a_rule_remembers_by_whom_it_is_frozen);
    RUN(test_a_rule_that_is_gone_is_forgotten);
    RUN(test_only_what_is_to_be_told_reaches_the_outbox);
    RUN(test_the_end_of_a_rule_that_is_gone_is_told_where_it_fired);
    RUN(test_the_slot_of_a_rules_last_event_is_known);
    RUN(test_what_could_not_be_kept_can_be_kept_later);
    return test_end();
}
