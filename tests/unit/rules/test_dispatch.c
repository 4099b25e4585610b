/* What becomes of events that are to be told: docs/reference/notifications.md. */
#include "dispatch_world.h"

#define MIN CYN_MINUTE

static void test_a_beginning_and_its_end_are_told_once_each(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    new_world(channels, 1);
    fires("a", T0);
    cyn_dispatch_result r = dispatch(T0);
    CHECK_STR(sent(), "ops: fired a");
    CHECK_INT(r.sent, 1);
    CHECK_INT(r.next, CYN_TIME_MAX);
    dispatch(T0 + MIN);
    CHECK_STR(sent(), "");
    ends("a", T0 + 10 * MIN, T0);
    dispatch(T0 + 10 * MIN);
    CHECK_STR(sent(), "ops: resolved a");
    dispatch(T0 + CYN_DAY);
    CHECK_STR(sent(), "");
    CHECK(strstr(deliveries(), "\"state\":\"sent\""));
    end_world();
}

static void test_groups_wait_first_and_between(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].group_wait = 30 * CYN_SECOND;
    new_world(channels, 1);
    fires("a{x", T0);
    cyn_dispatch_result r = dispatch(T0);
    CHECK_STR(sent(), "");
    CHECK_INT(r.waiting, 1);
    CHECK_INT(r.next, T0 + 30 * CYN_SECOND);
    fires("a{y", T0 + 20 * CYN_SECOND);
    fires("b", T0 + 20 * CYN_SECOND); /* a group of its own */
    dispatch(T0 + 30 * CYN_SECOND);
    CHECK_STR(sent(), "ops: fired a{x, fired a{y");
    dispatch(T0 + 50 * CYN_SECOND);
    CHECK_STR(sent(), "ops: fired b");
    ends("a{x", T0 + MIN, T0);
    r = dispatch(T0 + 2 * MIN);
    CHECK_STR(sent(), ""); /* 5 min after the message of 0:30 */
    CHECK_INT(r.next, T0 + 5 * MIN + 30 * CYN_SECOND);
    fires("a{x", T0 + 4 * MIN); /* what came and went meanwhile is told, in order */
    dispatch(r.next);
    CHECK_STR(sent(), "ops: resolved a{x, fired a{x");
    end_world();
}

static void test_a_group_keeps_an_alert_whatever_becomes_of_its_labels(void)
{
    static const char *const by_severity[] = {"severity"};
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].group_by = by_severity;
    new_world(channels, 1);
    fires("a", T0);
    dispatch(T0);
    CHECK_STR(seen[0].group, "alerts{severity=\"warning\"}");
    rises("a", T0 + MIN, T0); /* critical now: in a group of its own it would overtake */
    CHECK_INT(dispatch(T0 + MIN).next, T0 + 5 * MIN);
    dispatch(T0 + 5 * MIN);
    CHECK_STR(seen[1].group, "alerts{severity=\"warning\"}");
    CHECK_STR(sent(), "ops: fired a; ops: rose a");
    end_world();
}

static cyn_notify_result come_later(const char *channel, const cyn_message *m)
{
    (void)channel, (void)m;
    return (cyn_notify_result){.outcome = CYN_NOTIFY_LATER, .detail = "HTTP 503"};
}

static void test_what_begins_anew_follows_an_end_that_is_still_on_its_way(void)
{
    static const char *const by_severity[] = {"severity"};
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].group_by = by_severity;
    channels[0].group_interval = 0;
    new_world(channels, 1);
    fires("a", T0);
    dispatch(T0);
    ends("a", T0 + MIN, T0);
    answer = come_later;
    dispatch(T0 + MIN);
    CHECK_STR(sent(), "ops: fired a; ops: resolved a");
    answer = NULL;
    int64_t again = T0 + MIN + CYN_SECOND / 2; /* before the next attempt; critical at once */
    rises("a", again, again);
    dispatch(again);
    CHECK_STR(sent(), "");
    dispatch(T0 + 2 * MIN);
    CHECK_STR(seen[1].group, "alerts{severity=\"warning\"}");
    CHECK_STR(sent(), "ops: resolved a; ops: rose a");
    ends("a", T0 + 3 * MIN, again);
    dispatch(T0 + 3 * MIN);
    rises("a", T0 + 4 * MIN, T0 + 4 * MIN); /* all was delivered: a group as any other */
    dispatch(T0 + 4 * MIN);
    CHECK_STR(seen[1].group, "alerts{severity=\"critical\"}");
    end_world();
}

static void test_what_is_silenced_is_told_when_the_silence_ends_and_it_goes_on(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    new_world(channels, 1);
    silence("a", T0, T0 + CYN_HOUR);
    fires("a", T0);
    fires("b", T0);
    cyn_dispatch_result r = dispatch(T0);
    CHECK_STR(sent(), "ops: fired b");
    CHECK_INT(r.muted, 1);
    CHECK_INT(r.next, T0 + CYN_HOUR);
    CHECK(strstr(deliveries(), "silence 1 by kim until 2026-11-09T01:00:00+00:00: work"));
    rises("a", T0 + 10 * MIN, T0);
    dispatch(T0 + 10 * MIN);
    CHECK_STR(sent(), "");
    dispatch(T0 + CYN_HOUR); /* half-open; one message, of what it is by now */
    CHECK_STR(sent(), "ops: rose a");
    CHECK(strstr(deliveries(), "what followed it is told"));
    end_world();
}

static void test_what_was_silenced_until_it_was_over_is_not_told_nor_is_its_end(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    new_world(channels, 1);
    silence("a", T0, T0 + CYN_HOUR);
    fires("a", T0);
    dispatch(T0);
    ends("a", T0 + 10 * MIN, T0);
    cyn_dispatch_result r = dispatch(T0 + 2 * CYN_HOUR);
    CHECK_STR(sent(), "");
    CHECK_INT(r.muted + r.waiting, 0);
    CHECK(strstr(deliveries(), "it was muted until it was over"));
    CHECK(strstr(deliveries(), "its beginning was not told"));
    end_world();
}

static void test_the_end_of_what_was_told_is_told_silence_or_not(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    new_world(channels, 1);
    fires("a", T0);
    dispatch(T0);
    silence("rule=~\".*\"", T0 + MIN, T0 + CYN_DAY);
    ends("a", T0 + 10 * MIN, T0);
    dispatch(T0 + 10 * MIN);
    CHECK_STR(sent(), "ops: fired a; ops: resolved a");
    end_world();
}

static void test_maintenance_and_inhibition_mute(void)
{
    static const char *const all[] = {"rule=~\"b|c\""}, *const source[] = {"source_rule"},
                             *const target[] = {"rule=d"}, *const equal[] = {"at"};
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    const cyn_config_maintenance windows[] = {
        {.match = all, .nmatch = 1, .from = T0, .until = T0 + CYN_HOUR, .why = "move"}};
    const cyn_config_inhibition inhibit[] = {{.source = source,
                                              .target = target,
                                              .equal = equal,
                                              .nsource = 1,
                                              .ntarget = 1,
                                              .nequal = 1}};
    new_world(channels, 1);
    config.maintenance = windows;
    config.nmaintenance = 1;
    config.inhibit = inhibit;
    config.ninhibit = 1;
    fires("source_rule{x", T0);
    fires("b", T0);
    fires("d{x", T0);
    fires("d{y", T0); /* elsewhere */
    CHECK_INT(dispatch(T0).muted, 2);
    CHECK_STR(sent(), "ops: fired d{y; ops: fired source_rule{x");
    CHECK(strstr(deliveries(), "inhibited by source_rule{x"));
    CHECK(strstr(deliveries(), "maintenance until 2026-11-09T01:00:00+00:00: move"));
    ends("source_rule{x", T0 + 10 * MIN, T0);
    dispatch(T0 + 10 * MIN);
    CHECK_STR(sent(), "ops: fired d{x; ops: resolved source_rule{x");
    dispatch(T0 + CYN_HOUR);
    CHECK_STR(sent(), "ops: fired b");
    end_world();
}

static void acknowledge(const char *identity, int64_t start, int64_t now)
{
    cyn_ack ack = {.identity = identity, .start = start, .at = now, .who = "kim"};
    CHECK_INT(cyn_store_ack(store, &ack, NULL), CYN_OK);
}

static void test_what_fires_on_is_repeated_until_somebody_acknowledges(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    char keys[3][65];
    channels[0].remind = CYN_HOUR;
    new_world(channels, 1);
    fires("a{x", T0);
    fires("a{y", T0);
    CHECK_INT(dispatch(T0).next, T0 + CYN_HOUR);
    for (int hour = 1; hour <= 3; hour++) {
        nseen = 0;
        dispatch(T0 + hour * CYN_HOUR);
        snprintf(keys[hour - 1], sizeof *keys, "%s", seen[0].key);
        if (hour == 1) acknowledge("a{x", T0, T0 + hour * CYN_HOUR);
        CHECK_STR(sent(), hour == 1 ? "ops again: fired a{x, fired a{y" : "ops again: fired a{y");
    }
    CHECK(strcmp(keys[0], keys[1]) != 0 && strcmp(keys[1], keys[2]) != 0);
    ends("a{x", T0 + 200 * MIN, T0); /* an acknowledged one ends as any other */
    ends("a{y", T0 + 200 * MIN, T0);
    CHECK_INT(dispatch(T0 + 200 * MIN).next, CYN_TIME_MAX);
    CHECK_STR(sent(), "ops: resolved a{x, resolved a{y");
    end_world();
}

static void test_others_hear_once_of_what_nobody_acknowledged_and_of_its_end(void)
{
    static const char *const match[] = {"rule=~\"a.*\""}, *const to[] = {"boss"};
    const cyn_config_channel channels[] = {CHANNEL("ops"), CHANNEL("boss")};
    const cyn_config_escalation escalate[] = {
        {.match = match, .nmatch = 1, .after = 30 * MIN, .to = to, .nto = 1}};
    new_world(channels, 2);
    config.escalate = escalate;
    config.nescalate = 1;
    fires("a", T0);
    fires("acked", T0);
    fires("other", T0);
    dispatch(T0);
    acknowledge("acked", T0, T0 + MIN);
    sent();
    CHECK_INT(dispatch(T0 + 29 * MIN).next, T0 + 30 * MIN);
    CHECK_STR(sent(), "");
    dispatch(T0 + 30 * MIN);
    CHECK_STR(sent(), "boss escalated: fired a");
    dispatch(T0 + 5 * CYN_HOUR);
    CHECK_STR(sent(), "");
    ends("a", T0 + 6 * CYN_HOUR, T0);
    dispatch(T0 + 6 * CYN_HOUR);
    const char *all = sent();
    CHECK(strstr(all, "boss: resolved a") && strstr(all, "ops: resolved a"));
    end_world();
}

/* ---- failures ---- */

static cyn_notify_outcome outcome;
static int64_t retry_after;
static cyn_notify_result same_answer(const char *channel, const cyn_message *m)
{
    (void)channel, (void)m;
    cyn_notify_result r = {.outcome = outcome, .retry_after = retry_after, .detail = "HTTP 503"};
    return r;
}

static void test_a_message_is_tried_again_under_its_key_and_later_ones_wait(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].group_interval = 0;
    new_world(channels, 1);
    answer = same_answer;
    outcome = CYN_NOTIFY_LATER;
    retry_after = 0;
    fires("a", T0);
    int64_t now = T0, delay[12];
    for (int i = 0; i < 12; i++) {
        cyn_dispatch_result r = dispatch(now);
        CHECK_INT(r.failed, 1);
        delay[i] = r.next - now;
        CHECK(delay[i] >= CYN_SECOND && delay[i] <= 15 * MIN);
        if (i == 3) ends("a", now, T0); /* has to wait for the beginning */
        cyn_store_close(store);         /* a restart changes nothing */
        open_world();
        CHECK_STR(seen[nseen - 1].text, "fired a");
        CHECK_STR(seen[nseen - 1].key, seen[0].key);
        dispatch(r.next - 1); /* not before its time */
        CHECK_INT(nseen, (size_t)i + 1);
        now = r.next;
    }
    CHECK(delay[0] < 2 * CYN_SECOND && delay[1] >= 2 * CYN_SECOND && delay[11] >= 10 * MIN);
    outcome = CYN_NOTIFY_SENT;
    dispatch(now);
    CHECK_STR(seen[12].text, "fired a");
    CHECK_STR(seen[13].text, "resolved a");
    CHECK_INT(nseen, 14);
    end_world();
}

static void test_a_receiver_that_asks_for_time_gets_it_for_the_whole_channel(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    new_world(channels, 1);
    answer = same_answer;
    outcome = CYN_NOTIFY_LATER;
    retry_after = 45 * MIN;
    fires("a", T0);
    fires("b", T0);
    cyn_dispatch_result r = dispatch(T0);
    CHECK_INT(nseen, 1); /* the other is not even tried */
    CHECK_INT(r.next, T0 + 45 * MIN);
    dispatch(T0 + 30 * MIN);
    CHECK_INT(nseen, 1);
    fires("c", T0 + 30 * MIN); /* nor is what came meanwhile, which so asks for no more time */
    CHECK_INT(dispatch(T0 + 30 * MIN).next, T0 + 45 * MIN);
    CHECK_INT(nseen, 1);
    outcome = CYN_NOTIFY_SENT;
    dispatch(T0 + 45 * MIN);
    CHECK_STR(sent(), "ops: fired a; ops: fired a; ops: fired b; ops: fired c");
    end_world();
}

static void test_time_that_was_asked_for_is_given_though_the_message_is_given_up(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].give_up = 30 * MIN;
    new_world(channels, 1);
    answer = same_answer;
    outcome = CYN_NOTIFY_LATER;
    retry_after = 45 * MIN;
    fires("a", T0);
    fires("b", T0);
    cyn_dispatch_result r = dispatch(T0);
    CHECK_INT(r.dead, 1);
    CHECK_INT(r.next, T0 + 45 * MIN);
    answer = NULL;
    dispatch(T0 + 44 * MIN);
    CHECK_STR(sent(), "ops: fired a");
    dispatch(T0 + 45 * MIN);
    CHECK_STR(sent(), "ops: fired b");
    end_world();
}

static cyn_notify_result slow_answer(const char *channel, const cyn_message *m)
{
    atomic_fetch_add(&clock_now, 20 * CYN_SECOND);
    return same_answer(channel, m);
}

static void test_waits_count_from_the_answer(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    new_world(channels, 1);
    answer = slow_answer;
    outcome = CYN_NOTIFY_LATER;
    retry_after = 10 * CYN_SECOND;
    fires("a", T0);
    CHECK_INT(dispatch(T0).next, T0 + 30 * CYN_SECOND);
    retry_after = 0;
    int64_t next = dispatch(T0 + 30 * CYN_SECOND).next - T0;
    CHECK(next >= 52 * CYN_SECOND && next < 53 * CYN_SECOND); /* 2 s, and up to half as much */
    end_world();
}

static void check_open(const char *rule, int64_t waiting, int64_t dead)
{
    int64_t w = -1, d = -1;
    CHECK_INT(cyn_store_count_open(store, rule, &w, &d, NULL), CYN_OK);
    CHECK_INT(w, waiting);
    CHECK_INT(d, dead);
}

static void test_what_is_given_up_is_kept_and_can_be_sent_again(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].give_up = CYN_HOUR;
    new_world(channels, 1);
    answer = same_answer;
    outcome = CYN_NOTIFY_LATER;
    retry_after = 0;
    fires("a", T0);
    cyn_dispatch_result r = {.next = T0};
    for (int i = 0; i < 100 && r.dead == 0; i++)
        r = dispatch(r.next);
    CHECK_INT(r.dead, 1);
    const cyn_message_row *dead = NULL;
    size_t n = 0;
    CHECK_INT(cyn_store_messages(store, CYN_MESSAGE_DEAD, arena, &dead, &n, NULL), CYN_OK);
    CHECK_INT(n, 1);
    CHECK_INT(dead[0].tried, T0 + CYN_HOUR); /* a last attempt at the very end */
    CHECK_STR(dead[0].detail, "HTTP 503");
    CHECK_INT(dead[0].nevents, 1);
    check_open(NULL, 0, 1);
    outcome = CYN_NOTIFY_SENT;
    dispatch(T0 + 2 * CYN_HOUR);
    size_t before = nseen;
    CHECK_INT(cyn_store_resend(store, dead[0].id, T0 + 3 * CYN_HOUR, NULL), CYN_OK);
    check_open(NULL, 1, 0);
    check_open("a", 1, 0);
    check_open("another rule", 0, 0);
    CHECK_INT(cyn_store_resend(store, dead[0].id, T0 + 3 * CYN_HOUR, NULL), CYN_E_NAME);
    dispatch(T0 + 3 * CYN_HOUR);
    check_open(NULL, 0, 0);
    CHECK_INT(nseen, before + 1);
    CHECK_STR(seen[before].key, seen[0].key);
    end_world();
}

static cyn_notify_result refuse_a(const char *channel, const cyn_message *m)
{
    (void)channel;
    cyn_notify_result r = {.detail = "HTTP 400"};
    r.outcome = strcmp(m->group, "a") ? CYN_NOTIFY_SENT : CYN_NOTIFY_REFUSED;
    return r;
}

static void test_what_is_refused_is_dead_at_once_and_delays_nothing(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    new_world(channels, 1);
    answer = refuse_a;
    fires("a", T0);
    fires("b", T0);
    cyn_err_list notes;
    cyn_err_list_init(&notes, arena);
    cyn_dispatch_options o = {.project = &project, .store = store, .send = post};
    cyn_dispatch_result r = {0};
    CHECK_INT(cyn_dispatch(&o, T0, &notes, &r, NULL), CYN_OK);
    CHECK_INT(r.dead, 1);
    CHECK_INT(r.sent, 1);
    CHECK_INT(notes.count, 1);
    CHECK_STR(notes.items[0].message, "channel 'ops': HTTP 400: message 1 is given up");
    end_world();
}

static void test_a_rate_is_kept_and_nothing_is_lost_by_it(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].rate = 2;
    channels[0].rate_per = CYN_HOUR;
    new_world(channels, 1);
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    for (int i = 0; i < 5; i++)
        fires(names[i], T0);
    CHECK_INT(dispatch(T0).next, T0 + CYN_HOUR);
    CHECK_STR(sent(), "ops: fired a; ops: fired b");
    dispatch(T0 + CYN_HOUR - 1);
    CHECK_STR(sent(), "");
    dispatch(T0 + CYN_HOUR);
    CHECK_STR(sent(), "ops: fired c; ops: fired d");
    dispatch(T0 + 2 * CYN_HOUR);
    CHECK_STR(sent(), "ops: fired e");
    end_world();
}

static void test_what_is_too_much_for_one_round_goes_in_the_next(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].rate = 1000;
    channels[0].rate_per = CYN_HOUR;
    new_world(channels, 1);
    for (int i = 0; i < 201; i++) {
        char name[16];
        snprintf(name, sizeof name, "r%d", i);
        fires(name, T0);
    }
    CHECK_INT(dispatch(T0).next, T0); /* which need not wait for the rate */
    CHECK_INT(nseen, 200);
    CHECK_INT(dispatch(T0).next, CYN_TIME_MAX);
    CHECK_INT(nseen, 201);
    end_world();
}

static void test_channels_do_not_wait_for_each_other(void)
{
    static const char *const both[] = {"ops", "mail"};
    const cyn_config_channel channels[] = {CHANNEL("ops"), CHANNEL("mail")};
    new_world(channels, 2);
    answer = same_answer;
    outcome = CYN_NOTIFY_LATER;
    retry_after = 0;
    happens("a", CYN_ALERT_FIRED, T0, T0, both, 2);
    CHECK_INT(dispatch(T0).failed, 2);
    CHECK(strcmp(seen[0].channel, seen[1].channel) != 0);
    CHECK(strcmp(seen[0].key, seen[1].key) != 0);
    end_world();
}

static void test_ends_are_not_told_where_they_are_not_wanted(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].resolved = false;
    new_world(channels, 1);
    fires("a", T0);
    dispatch(T0);
    ends("a", T0 + 10 * MIN, T0);
    dispatch(T0 + 10 * MIN);
    fires("a", T0 + 20 * MIN);
    dispatch(T0 + 20 * MIN);
    CHECK_STR(sent(), "ops: fired a; ops: fired a");
    CHECK(strstr(deliveries(), "this channel does not tell ends"));
    end_world();
}

static void test_that_a_channel_is_missing_is_said_once(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    cyn_dispatch_result r = {0};
    cyn_err_list notes;
    new_world(channels, 1);
    cyn_err_list_init(&notes, arena);
    config.nchannels = 0;
    fires("a", T0);
    fires("b", T0);
    cyn_dispatch_options o = {.project = &project, .store = store, .send = post};
    CHECK_INT(cyn_dispatch(&o, T0, &notes, &r, NULL), CYN_OK);
    CHECK_INT(r.waiting, 2);
    CHECK_INT(notes.count, 1);
    CHECK_STR(notes.items[0].message,
              "events wait for channel 'ops', which is not in cynosure.yaml");
    end_world();
}

static void test_a_channel_that_is_missing_loses_nothing_for_a_day(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    new_world(channels, 1);
    config.nchannels = 0;
    fires("a", T0);
    CHECK_INT(dispatch(T0 + CYN_HOUR).waiting, 1);
    config.nchannels = 1;
    dispatch(T0 + 2 * CYN_HOUR);
    CHECK_STR(sent(), "ops: fired a");
    config.nchannels = 0;
    fires("b", T0 + 2 * CYN_HOUR);
    dispatch(T0 + 26 * CYN_HOUR);
    config.nchannels = 1;
    CHECK_INT(dispatch(T0 + 27 * CYN_HOUR).waiting, 0);
    CHECK(strstr(deliveries(), "there is no such channel"));
    end_world();
}

static void test_an_alertmanager_hears_of_all_that_fires_every_minute(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].type = CYN_CHANNEL_ALERTMANAGER;
    new_world(channels, 1);
    silence("a", T0, T0 + CYN_DAY); /* it has silences of its own */
    fires("a", T0);
    fires("b", T0);
    CHECK_INT(dispatch(T0).next, T0 + MIN);
    CHECK_STR(sent(), "ops: fired a, fired b");
    answer = same_answer;
    outcome = CYN_NOTIFY_LATER;
    retry_after = 0;
    dispatch(T0 + MIN);
    answer = NULL;
    dispatch(T0 + 2 * MIN);
    CHECK_STR(sent(), "ops again: fired a, fired b; ops again: fired a, fired b");
    ends("a", T0 + 2 * MIN, T0);
    dispatch(T0 + 2 * MIN);
    CHECK_STR(sent(), "ops: resolved a");
    dispatch(T0 + 3 * MIN);
    CHECK_STR(sent(), "ops again: fired b");
    const cyn_message_row *rows = NULL;
    size_t n = 0;
    CHECK_INT(cyn_store_messages(store, CYN_MESSAGE_SENT, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 2); /* repetitions are not kept */
    end_world();
}

static void test_a_clock_that_is_set_back_delays_nothing(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].group_wait = MIN;
    channels[0].remind = CYN_HOUR;
    new_world(channels, 1);
    int64_t ahead = T0 + 365 * CYN_DAY;
    fires("a", ahead);
    dispatch(ahead + MIN);
    fires("b", ahead);
    answer = same_answer;
    outcome = CYN_NOTIFY_LATER;
    retry_after = 0;
    dispatch(ahead + MIN);
    answer = NULL;
    sent();
    fires("a{y", ahead + MIN);
    dispatch(T0);
    CHECK_STR(sent(), "ops: fired b; ops: fired a{y");
    CHECK_INT(dispatch(T0).next, T0 + CYN_HOUR); /* and what is repeated counts from here */
    end_world();
}

static void test_time_that_a_wrong_clock_promised_strands_nothing(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    int64_t ahead = T0 + 365 * CYN_DAY;
    new_world(channels, 1);
    answer = same_answer;
    outcome = CYN_NOTIFY_REFUSED;
    fires("a", T0);
    CHECK_INT(dispatch(T0).dead, 1);
    fires("b", T0);
    fires("c", T0);
    outcome = CYN_NOTIFY_LATER;
    retry_after = 45 * MIN;
    dispatch(ahead); /* c is not tried: the channel is silent until a day of next year */
    CHECK_INT(cyn_store_resend(store, 1, ahead, NULL), CYN_OK);
    answer = NULL;
    sent();
    dispatch(T0 + MIN);
    CHECK_STR(sent(), "ops: fired a; ops: fired b; ops: fired c");
    end_world();
}

static void test_an_alertmanager_gets_the_time_that_it_asks_for(void)
{
    cyn_config_channel channels[] = {CHANNEL("ops")};
    channels[0].type = CYN_CHANNEL_ALERTMANAGER;
    new_world(channels, 1);
    fires("a", T0);
    dispatch(T0);
    answer = same_answer;
    outcome = CYN_NOTIFY_LATER;
    retry_after = 5 * MIN;
    dispatch(T0 + MIN);
    answer = NULL;
    CHECK_STR(sent(), "ops: fired a; ops again: fired a");
    for (int minute = 2; minute < 6; minute++)
        dispatch(T0 + minute * MIN);
    CHECK_STR(sent(), "");
    dispatch(T0 + 6 * MIN);
    CHECK_STR(sent(), "ops again: fired a"); /* once: what was not sent is not kept */
    end_world();
}

static void test_cancelled_nothing_is_recorded_as_sent(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    atomic_bool cancel = true;
    cyn_dispatch_result r = {0};
    cyn_err err = {0};
    new_world(channels, 1);
    fires("a", T0);
    cyn_dispatch_options o = {.project = &project, .store = store, .send = post, .cancel = &cancel};
    CHECK_INT(cyn_dispatch(&o, T0, NULL, &r, &err), CYN_E_CANCEL);
    CHECK_STR(sent(), "");
    CHECK(strstr(deliveries(), "\"state\":\"waiting\""));
    dispatch(T0);
    CHECK_STR(sent(), "ops: fired a");
    end_world();
}

static void test_whenever_memory_runs_out_it_is_told_in_the_end_under_one_key(void)
{
    const cyn_config_channel channels[] = {CHANNEL("ops")};
    cyn_dispatch_result r = {0};
    new_world(channels, 1);
    silence("b", T0, T0 + CYN_HOUR);
    fires("a", T0);
    fires("b", T0);
    cyn_dispatch_options o = {.project = &project, .store = store, .send = post};
    cyn_code rc = CYN_E_NOMEM;
    size_t failures = 0;
    for (; failures < 1000 && rc != CYN_OK; failures++) {
        cyn_test_fail_after(failures + 1);
        rc = cyn_dispatch(&o, T0, NULL, &r, NULL);
        cyn_test_fail_after(0);
        CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
    }
    CHECK(rc == CYN_OK && failures > 30);
    CHECK(nseen >= 1);
    for (size_t i = 0; i < nseen; i++) {
        CHECK_STR(seen[i].text, "fired a");
        CHECK_STR(seen[i].key, seen[0].key);
    }
    CHECK(strstr(deliveries(), "\"state\":\"sent\"") && strstr(deliveries(), "held"));
    end_world();
}

/* ---- pure functions ---- */

static void test_a_key_says_all_that_makes_the_message(void)
{
    static const char *const events[] = {"k1", "k2"}, *const other[] = {"k1k", "2"};
    char keys[7][65];
    CHECK_INT(cyn_dispatch_key("c", "g", 0, 0, events, 2, keys[0], NULL), CYN_OK);
    CHECK_INT(cyn_dispatch_key("d", "g", 0, 0, events, 2, keys[1], NULL), CYN_OK);
    CHECK_INT(cyn_dispatch_key("c", "h", 0, 0, events, 2, keys[2], NULL), CYN_OK);
    CHECK_INT(cyn_dispatch_key("c", "g", 1, 0, events, 2, keys[3], NULL), CYN_OK);
    CHECK_INT(cyn_dispatch_key("c", "g", 1, 1, events, 2, keys[4], NULL), CYN_OK);
    CHECK_INT(cyn_dispatch_key("c", "g", 0, 0, other, 2, keys[5], NULL), CYN_OK);
    CHECK_INT(cyn_dispatch_key("cg", "", 0, 0, events, 2, keys[6], NULL), CYN_OK);
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < i; j++)
            CHECK(strcmp(keys[i], keys[j]) != 0);
    /* printf '1:c1:gnews 0 2:2:k12:k2' | sha256sum: receivers compare keys across versions */
    CHECK_STR(keys[0], "29c8cb9274eda62eb01212b67c5b76a158e2bd5e1e7356e26bc8949db11114f3");
}

static void test_waits_double_up_to_ten_minutes_and_differ_by_key(void)
{
    int64_t sum = 0;
    for (int64_t n = 1; n <= 12; n++) {
        int64_t full = CYN_SECOND << (n - 1), base = full < 10 * MIN ? full : 10 * MIN;
        int64_t got = cyn_dispatch_backoff("k", n);
        CHECK(got >= base && got <= base + base / 2);
        CHECK_INT(cyn_dispatch_backoff("k", n), got);
        sum += got != cyn_dispatch_backoff("other", n);
    }
    CHECK_INT(sum, 12); /* also of those that wait for as long as it gets */
    int64_t most = cyn_dispatch_backoff("k", INT64_MAX);
    CHECK(most >= 10 * MIN && most <= 15 * MIN);
}

int main(void)
{
    RUN(test_a_beginning_and_its_end_are_told_once_each);
    RUN(test_groups_wait_first_and_between);
    RUN(test_a_group_keeps_an_alert_whatever_becomes_of_its_labels);
    RUN(test_what_begins_anew_follows_an_end_that_is_still_on_its_way);
    RUN(test_what_is_silenced_is_told_when_the_silence_ends_and_it_goes_on);
    RUN(test_what_was_silenced_until_it_was_over_is_not_told_nor_is_its_end);
    RUN(test_the_end_of_what_was_told_is_told_silence_or_not);
    RUN(test_maintenance_and_inhibition_mute);
    RUN(test_what_fires_on_is_repeated_until_somebody_acknowledges);
    RUN(test_others_hear_once_of_what_nobody_acknowledged_and_of_its_end);
    RUN(test_a_message_is_tried_again_under_its_key_and_later_ones_wait);
    RUN(test_a_receiver_that_asks_for_time_gets_it_for_the_whole_channel);
    RUN(test_time_that_was_asked_for_is_given_though_the_message_is_given_up);
    RUN(test_waits_count_from_the_answer);
    RUN(test_what_is_given_up_is_kept_and_can_be_sent_again);
    RUN(test_what_is_refused_is_dead_at_once_and_delays_nothing);
    RUN(test_a_rate_is_kept_and_nothing_is_lost_by_it);
    RUN(test_what_is_too_much_for_one_round_goes_in_the_next);
    RUN(test_channels_do_not_wait_for_each_other);
    RUN(test_ends_are_not_told_where_they_are_not_wanted);
    RUN(test_that_a_channel_is_missing_is_said_once);
    RUN(test_a_channel_that_is_missing_loses_nothing_for_a_day);
    RUN(test_an_alertmanager_hears_of_all_that_fires_every_minute);
    RUN(test_a_clock_that_is_set_back_delays_nothing);
    RUN(test_time_that_a_wrong_clock_promised_strands_nothing);
    RUN(test_an_alertmanager_gets_the_time_that_it_asks_for);
    RUN(test_cancelled_nothing_is_recorded_as_sent);
    RUN(test_whenever_memory_runs_out_it_is_told_in_the_end_under_one_key);
    RUN(test_a_key_says_all_that_makes_the_message);
    RUN(test_waits_double_up_to_ten_minutes_and_differ_by_key);
    return test_end();
}
