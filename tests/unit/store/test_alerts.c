/* What is remembered of rules, alerts and their events. The second eye is SQL. */
#include "alert_rows.h"

static cyn_arena *arena;

static void begin(cyn_store *st, int64_t now)
{
    cyn_err err = {0};
    if (cyn_store_begin_alerts(st, now, &err) != CYN_OK) printf("# %s\n", err.message);
}

static void put_rule_at(cyn_store *st, const char *name, int64_t slot)
{
    cyn_rule_row row = {.rule = name, .slot = slot, .health_since = MINUTE_0, .segments = 1};
    CHECK_INT(cyn_store_put_rule(st, &row, NULL), CYN_OK);
}

static void test_rules_come_back_as_they_were_put(void)
{
    new_folder();
    cyn_store *st = open_store();
    const cyn_rule_row *rows = NULL;
    size_t n = 9;
    cyn_rule_row bad = {.rule = "b\"名",
                        .slot = MINUTE_0,
                        .missed = 3,
                        .health = CYN_HEALTH_ERROR,
                        .health_since = 5,
                        .error = "alerts/b.lua:3: no",
                        .frozen_by = "a",
                        .segments = 12,
                        .firing = 2,
                        .pending = 1};
    CHECK_INT(cyn_store_rules(st, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 0);
    begin(st, MINUTE_0);
    CHECK_INT(cyn_store_put_rule(st, &bad, NULL), CYN_OK);
    put_rule_at(st, "a", MINUTE_0 + CYN_MINUTE);
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    cyn_store_close(st);
    st = open_store();
    CHECK_INT(cyn_store_rules(st, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 2);
    CHECK_STR(rows[0].rule, "a");
    CHECK_INT(rows[0].slot, MINUTE_0 + CYN_MINUTE);
    CHECK_STR(rows[0].error, NULL);
    CHECK_STR(rows[0].frozen_by, NULL);
    CHECK_STR(rows[1].frozen_by, "a");
    CHECK_STR(rows[1].rule, "b\"名");
    CHECK_INT(rows[1].slot, MINUTE_0);
    CHECK_INT(rows[1].missed, 3);
    CHECK_INT(rows[1].health, CYN_HEALTH_ERROR);
    CHECK_INT(rows[1].health_since, 5);
    CHECK_STR(rows[1].error, "alerts/b.lua:3: no");
    CHECK_INT(rows[1].segments * 100 + rows[1].firing * 10 + rows[1].pending, 1221);
    cyn_store_close(st);
    remove_folder();
}

/* The slot of each rule, as SQL sees it, in minutes. */
static const char *slots_by_sql(void)
{
    return query("SELECT rule || ':' || ((slot - 1794182400000000) / 60000000) FROM rule"
                 " JOIN rule_slot ON id = turn ORDER BY rule");
}

static void test_rules_that_move_together_share_a_row_and_part_when_they_do_not(void)
{
    new_folder();
    cyn_store *st = open_store();
    static const char *const names[] = {"a", "b", "c"};
    for (int minute = 0; minute < 2; minute++) {
        begin(st, MINUTE_0);
        for (size_t i = 0; i < 3; i++)
            put_rule_at(st, names[i], MINUTE_0 + minute * CYN_MINUTE);
        CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    }
    CHECK_STR(slots_by_sql(), "a:1,b:1,c:1");
    CHECK_STR(query("SELECT count(*) FROM rule_slot"), "1");
    begin(st, MINUTE_0);
    put_rule_at(st, "b", MINUTE_0 + 5 * CYN_MINUTE); /* b goes its own way */
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    CHECK_STR(slots_by_sql(), "a:1,b:5,c:1");
    begin(st, MINUTE_0);
    put_rule_at(st, "a", MINUTE_0 + 6 * CYN_MINUTE);
    put_rule_at(st, "c", MINUTE_0 + 7 * CYN_MINUTE); /* all of a turn, but apart */
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    CHECK_STR(slots_by_sql(), "a:6,b:5,c:7");
    CHECK_STR(query("SELECT count(*) FROM rule_slot"), "3");
    begin(st, MINUTE_0);
    CHECK_INT(cyn_store_drop_rule(st, "a", NULL), CYN_OK);
    put_rule_at(st, "d", MINUTE_0 + 7 * CYN_MINUTE); /* a new one joins those of its slot */
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    CHECK_STR(slots_by_sql(), "b:5,c:7,d:7");
    CHECK_STR(query("SELECT count(*) FROM rule_slot"), "2");
    cyn_store_close(st);
    remove_folder();
}

/* Random rules move, come and go, commit or not, by one or another connection. */
static void test_slots_are_right_whatever_moves(void)
{
    enum { RULES = 12, ROUNDS = 400 };
    int64_t want[RULES], after[RULES]; /* -1: there is none */
    char expected[1024], name[16];
    new_folder();
    cyn_store *stores[2] = {open_store(), open_store()};
    srandom(7);
    for (int i = 0; i < RULES; i++)
        want[i] = -1;
    for (int round = 0; round < ROUNDS; round++) {
        cyn_store *st = stores[random() % 8 == 0];
        memcpy(after, want, sizeof want);
        begin(st, MINUTE_0);
        bool together = random() % 2;
        for (int i = 0; i < RULES; i++) {
            snprintf(name, sizeof name, "r%02d", i);
            if (!together && random() % 2) continue;
            if (random() % 20 == 0) {
                CHECK_INT(cyn_store_drop_rule(st, name, NULL), CYN_OK);
                after[i] = -1;
            } else {
                after[i] = together ? round : random() % 5 + round;
                put_rule_at(st, name, MINUTE_0 + after[i] * CYN_MINUTE);
            }
        }
        if (random() % 4 == 0) {
            cyn_store_undo_alerts(st);
        } else {
            CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
            memcpy(want, after, sizeof want);
        }
        size_t n = 0;
        expected[0] = '\0';
        for (int i = 0; i < RULES; i++)
            if (want[i] >= 0)
                n += (size_t)snprintf(expected + n, sizeof expected - n, "%sr%02d:%lld",
                                      n ? "," : "", i, (long long)want[i]);
        CHECK_STR(slots_by_sql(), expected);
    }
    CHECK_STR(query("SELECT id FROM rule_slot WHERE id NOT IN (SELECT turn FROM rule)"), "");
    cyn_store_close(stores[0]);
    cyn_store_close(stores[1]);
    remove_folder();
}

/* Member by member: what lies between them is nobody's. */
static bool is_same(const cyn_alert *a, const cyn_alert *b)
{
    return a->state == b->state && a->reason == b->reason && a->slot == b->slot &&
           a->since == b->since && a->idle == b->idle && a->began == b->began &&
           a->start == b->start && a->severity == b->severity && a->gone == b->gone &&
           a->missed == b->missed && a->definition == b->definition && a->states == b->states &&
           a->nstates == b->nstates && a->damped == b->damped && a->frozen == b->frozen;
}

static void test_alerts_come_back_to_the_last_bit(void)
{
    new_folder();
    cyn_store *st = open_store();
    const cyn_alert_label labels[] = {{"z", "\xff not UTF-8 \"\n"}, {"a", NULL}, {"b", ""}};
    cyn_alert_row row = {.rule = "r",
                         .identity = "r{z=…}",
                         .labels = labels,
                         .nlabels = 3,
                         .alert = firing_alert(MINUTE_0),
                         .told = {.start = CYN_ALERT_NEVER, .severity = 3},
                         .value = -0.0,
                         .period = "2026-W45",
                         .facts = "{}"};
    row.alert.definition = UINT64_MAX; /* A31: as it was, to the last bit */
    cyn_alert_row plain = {
        .rule = "r", .identity = "r", .alert = firing_alert(MINUTE_0), .value = NAN};
    begin(st, MINUTE_0);
    CHECK_INT(cyn_store_put_alert(st, &plain, NULL), CYN_OK);
    CHECK_INT(cyn_store_put_alert(st, &row, NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    cyn_store_close(st);
    st = open_store();
    const cyn_alert_row *rows = NULL;
    size_t n = 0;
    cyn_err bad = {.code = CYN_E_IO};
    CHECK_INT(cyn_store_alerts(st, arena, &rows, &n, &bad, NULL), CYN_OK);
    CHECK_INT(bad.code, CYN_OK);
    CHECK_INT(n, 2);
    CHECK(isnan(rows[0].value) && !rows[0].period && !rows[0].facts && rows[0].nlabels == 0);
    CHECK_STR(rows[1].labels[0].value, "\xff not UTF-8 \"\n");
    CHECK_STR(rows[1].labels[1].name, "a");
    CHECK_STR(rows[1].labels[1].value, NULL);
    CHECK_STR(rows[1].labels[2].value, "");
    CHECK(is_same(&rows[1].alert, &row.alert));
    CHECK_INT(rows[1].told.start, CYN_ALERT_NEVER);
    CHECK_INT(rows[1].told.severity, 3);
    begin(st, MINUTE_0);
    CHECK_INT(cyn_store_drop_alert(st, "r", NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    CHECK_STR(query("SELECT identity FROM alert"), "r{z=…}");
    cyn_store_close(st);
    remove_folder();
}

static void test_an_alert_that_cannot_be_understood_is_noted_and_left_out(void)
{
    static const char *const damage[] = {
        "UPDATE alert SET state = 'flying' WHERE identity = 'a'",
        "UPDATE alert SET state = 'firing', start = -9223372036854775808 WHERE identity = 'a'",
        "UPDATE alert SET start = 1, nstates = 99 WHERE identity = 'a'",
        "UPDATE alert SET nstates = 1, labels = x'6100' WHERE identity = 'a'",
    };
    new_folder();
    cyn_store *st = open_store();
    static const char *const names[] = {"a", "b"};
    begin(st, MINUTE_0);
    for (int i = 0; i < 2; i++) {
        cyn_alert_row row = {
            .rule = names[i], .identity = names[i], .alert = firing_alert(MINUTE_0)};
        CHECK_INT(cyn_store_put_alert(st, &row, NULL), CYN_OK);
    }
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        const cyn_alert_row *rows = NULL;
        size_t n = 0;
        cyn_err bad = {0};
        CHECK_STR(query(damage[i]), "");
        CHECK_INT(cyn_store_alerts(st, arena, &rows, &n, &bad, NULL), CYN_OK);
        CHECK_INT(bad.code, CYN_E_STATE);
        CHECK(strstr(bad.message, "alert a: "));
        CHECK_INT(n, 1);
        CHECK_STR(rows[0].identity, "b");
    }
    cyn_store_close(st);
    remove_folder();
}

static void add_event(cyn_store *st, const cyn_notice *n, const char *const *channels, size_t count)
{
    cyn_alert_event e = {.what = n->what};
    CHECK_INT(cyn_store_add_event(st, n, &e, channels, count, NULL), CYN_OK);
}

static void test_an_event_is_recorded_once_with_a_row_for_each_channel(void)
{
    static const char *const channels[] = {"ops", "mail", "ops"};
    new_folder();
    cyn_store *st = open_store();
    cyn_notice n = notice_of("a", CYN_ALERT_FIRED, MINUTE_0, MINUTE_0);
    const cyn_alert_label labels[] = {{"channel", "ads"}, {"team", NULL}};
    n.labels = labels;
    n.nlabels = 2;
    n.unit = "%";
    for (int i = 0; i < 2; i++) {
        begin(st, MINUTE_0 + i);
        add_event(st, &n, channels, 3);
        CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    }
    CHECK_STR(query("SELECT recorded - 1794182400000000 FROM alert_event"), "0");
    CHECK_STR(query("SELECT channel || state FROM outbox ORDER BY id"), "opswaiting,mailwaiting");
    cyn_event_filter all = {.from = INT64_MIN, .to = INT64_MAX};
    const cyn_event_row *rows = NULL;
    size_t count = 0;
    CHECK_INT(cyn_store_events(st, &all, arena, &rows, &count, NULL), CYN_OK);
    CHECK_INT(count, 1);
    CHECK_STR(rows[0].notice.key, n.key);
    CHECK_STR(rows[0].notice.incident, n.incident);
    CHECK_STR(rows[0].notice.alert, n.alert);
    CHECK_STR(rows[0].notice.labels[0].value, "ads");
    CHECK_STR(rows[0].notice.unit, "%");
    CHECK(rows[0].notice.value == 0.25 && isnan(rows[0].notice.target));
    CHECK(rows[0].notice.firing && rows[0].notice.ended == CYN_ALERT_NEVER);
    CHECK_INT(rows[0].notice.severity, CYN_WARNING);
    CHECK(strstr(rows[0].deliveries, "\"channel\":\"ops\",\"state\":\"waiting\""));
    cyn_store_close(st);
    remove_folder();
}

static void test_damaged_facts_are_none(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_notice n = notice_of("a", CYN_ALERT_FIRED, MINUTE_0, MINUTE_0);
    cyn_alert_row row = {.rule = "a",
                         .identity = "a",
                         .alert = firing_alert(MINUTE_0),
                         .facts = "{\"readings\":{\"value\":1}}"};
    begin(st, MINUTE_0);
    add_event(st, &n, NULL, 0);
    CHECK_INT(cyn_store_put_alert(st, &row, NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    cyn_event_filter all = {.from = INT64_MIN, .to = INT64_MAX};
    for (int damaged = 0; damaged < 2; damaged++) {
        const cyn_event_row *events = NULL;
        const cyn_alert_row *alerts = NULL;
        size_t count = 0, rows = 0;
        cyn_err bad = {0};
        CHECK_INT(cyn_store_events(st, &all, arena, &events, &count, NULL), CYN_OK);
        CHECK_INT(cyn_store_alerts(st, arena, &alerts, &rows, &bad, NULL), CYN_OK);
        CHECK(count == 1 && rows == 1 && bad.code == CYN_OK);
        CHECK(damaged ? !events[0].notice.facts : !strcmp(events[0].notice.facts, n.facts));
        CHECK(damaged ? !alerts[0].facts : !strcmp(alerts[0].facts, row.facts));
        CHECK_STR(query("UPDATE alert SET facts = '{'"), "");
        CHECK_STR(query("UPDATE alert_event SET facts = '{\"a\":'"), "");
    }
    cyn_store_close(st);
    remove_folder();
}

static void test_events_are_told_newest_first_and_by_what_is_asked(void)
{
    new_folder();
    cyn_store *st = open_store();
    begin(st, MINUTE_0);
    for (int i = 0; i < 6; i++) {
        int64_t at = MINUTE_0 + i * CYN_MINUTE;
        cyn_notice n = notice_of(i % 2 ? "odd" : "even", CYN_ALERT_FIRED, at, at);
        add_event(st, &n, NULL, 0);
    }
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    const cyn_event_row *rows = NULL;
    size_t n = 0;
    cyn_event_filter odd = {.rule = "odd", .from = INT64_MIN, .to = INT64_MAX, .most = 2};
    CHECK_INT(cyn_store_events(st, &odd, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 2);
    CHECK_INT(rows[0].notice.at, MINUTE_0 + 5 * CYN_MINUTE);
    CHECK_INT(rows[1].notice.at, MINUTE_0 + 3 * CYN_MINUTE);
    cyn_event_filter some = {
        .identity = "even", .from = MINUTE_0 + 2 * CYN_MINUTE, .to = MINUTE_0 + 4 * CYN_MINUTE};
    CHECK_INT(cyn_store_events(st, &some, arena, &rows, &n, NULL), CYN_OK);
    CHECK_INT(n, 1); /* half-open */
    CHECK_STR(rows[0].deliveries, "[]");
    cyn_store_close(st);
    remove_folder();
}

static void test_old_events_go_but_not_what_is_still_to_be_told(void)
{
    static const char *const channels[] = {"ops"};
    new_folder();
    cyn_store *st = open_store();
    begin(st, MINUTE_0);
    cyn_notice kept = notice_of("kept", CYN_ALERT_FIRED, MINUTE_0, MINUTE_0);
    cyn_notice old = notice_of("old", CYN_ALERT_FIRED, MINUTE_0, MINUTE_0);
    add_event(st, &kept, channels, 1);
    add_event(st, &old, NULL, 0);
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    int64_t day = MINUTE_0 + 400 * CYN_DAY;
    for (int i = 0; i < 2; i++, day += CYN_DAY) {
        cyn_notice now = notice_of("now", CYN_ALERT_FIRED, day, day);
        begin(st, day);
        add_event(st, &now, NULL, 0);
        CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
        CHECK_STR(query("SELECT rule FROM alert_event ORDER BY id"),
                  i == 0 ? "kept,old,now" : "kept,now,now");
    }
    cyn_store_close(st);
    remove_folder();
}

static void test_what_is_not_committed_leaves_nothing(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_err err = {0};
    begin(st, MINUTE_0);
    put_rule_at(st, "a", MINUTE_0);
    cyn_notice n = notice_of("a", CYN_ALERT_FIRED, MINUTE_0, MINUTE_0);
    add_event(st, &n, NULL, 0);
    CHECK_INT(cyn_store_begin_alerts(st, MINUTE_0, &err), CYN_E_STATE);
    cyn_store_undo_alerts(st);
    CHECK_INT(cyn_store_commit_alerts(st, &err), CYN_E_STATE);
    CHECK(strstr(err.message, "no transaction is open"));
    CHECK_STR(query("SELECT count(*) FROM rule"), "0");
    CHECK_STR(query("SELECT count(*) FROM alert_event"), "0");
    begin(st, MINUTE_0); /* and it can be used on */
    put_rule_at(st, "a", MINUTE_0 + CYN_MINUTE);
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    CHECK_STR(slots_by_sql(), "a:1");
    cyn_store_close(st);
    remove_folder();
}

static void test_silences_are_kept_with_who_and_why_and_can_be_ended(void)
{
    new_folder();
    cyn_store *st = open_store();
    const char *const texts[] = {"aha_drop", "channel=~\"a.*|b\\\"\\n\""};
    const cyn_matcher *matchers = NULL;
    CHECK_INT(cyn_matchers_parse(texts, 2, arena, &matchers, NULL), CYN_OK);
    cyn_alert_silence s = {.matchers = matchers,
                           .nmatchers = 2,
                           .from = MINUTE_0,
                           .until = MINUTE_0 + CYN_HOUR,
                           .who = "kim",
                           .why = "deploy"};
    int64_t id = 0;
    cyn_err err = {0};
    CHECK_INT(cyn_store_add_silence(st, &s, MINUTE_0, &id, NULL), CYN_OK);
    const cyn_alert_silence *list = NULL;
    size_t n = 0;
    CHECK_INT(cyn_store_silences(st, MINUTE_0, false, arena, &list, &n, NULL), CYN_OK);
    CHECK_INT(n, 1);
    CHECK_INT(list[0].id, id);
    CHECK_STR(list[0].who, "kim");
    CHECK_STR(list[0].why, "deploy");
    cyn_buf text = {0};
    cyn_matcher_text(&list[0].matchers[1], &text);
    CHECK_STR(text.data, texts[1]);
    cyn_buf_clear(&text);
    cyn_silences_free(list, n);
    CHECK_INT(cyn_store_end_silence(st, id + 1, MINUTE_0, &err), CYN_E_NAME);
    CHECK_INT(cyn_store_end_silence(st, id, MINUTE_0 + CYN_MINUTE, NULL), CYN_OK);
    CHECK_INT(cyn_store_end_silence(st, id, MINUTE_0 + CYN_MINUTE, &err), CYN_E_NAME);
    CHECK_INT(cyn_store_silences(st, MINUTE_0 + CYN_MINUTE, false, arena, &list, &n, NULL), CYN_OK);
    CHECK_INT(n, 0);
    CHECK_INT(cyn_store_silences(st, MINUTE_0 + CYN_MINUTE, true, arena, &list, &n, NULL), CYN_OK);
    CHECK_INT(n, 1); /* for the record */
    CHECK_INT(list[0].until, MINUTE_0 + CYN_MINUTE);
    cyn_silences_free(list, n);
    s.nmatchers = 0;
    CHECK_INT(cyn_store_add_silence(st, &s, MINUTE_0, &id, &err), CYN_E_RANGE);
    cyn_matchers_free(matchers, 2);
    cyn_store_close(st);
    remove_folder();
}

static void test_only_what_fires_can_be_acknowledged(void)
{
    new_folder();
    cyn_store *st = open_store();
    cyn_alert_row row = {.rule = "a", .identity = "a", .alert = firing_alert(MINUTE_0)};
    cyn_ack ack = {.identity = "a", .start = MINUTE_0, .at = MINUTE_0, .who = "kim"};
    cyn_err err = {0};
    CHECK_INT(cyn_store_ack(st, &ack, &err), CYN_E_NAME);
    begin(st, MINUTE_0);
    CHECK_INT(cyn_store_put_alert(st, &row, NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
    CHECK_INT(cyn_store_ack(st, &ack, &err), CYN_OK);
    ack.who = "lee";
    ack.why = "on it";
    CHECK_INT(cyn_store_ack(st, &ack, NULL), CYN_OK);
    const cyn_ack *acks = NULL;
    size_t n = 0;
    CHECK_INT(cyn_store_acks(st, arena, &acks, &n, NULL), CYN_OK);
    CHECK_INT(n, 1);
    CHECK_STR(acks[0].who, "lee");
    CHECK_STR(acks[0].why, "on it");
    CHECK_INT(cyn_store_unack(st, "a", MINUTE_0, NULL), CYN_OK);
    CHECK_INT(cyn_store_unack(st, "a", MINUTE_0, &err), CYN_E_NAME);
    ack.start += CYN_MINUTE; /* another incident */
    CHECK_INT(cyn_store_ack(st, &ack, &err), CYN_E_NAME);
    cyn_store_close(st);
    remove_folder();
}

static void test_a_busy_store_says_so_and_loses_nothing(void)
{
    new_folder();
    cyn_store *first = open_store(), *second = open_store();
    cyn_err err = {0};
    begin(first, MINUTE_0);
    put_rule_at(first, "a", MINUTE_0);
    cyn_store_set_patience(second, 1);
    CHECK_INT(cyn_store_begin_alerts(second, MINUTE_0, &err), CYN_E_STATE);
    CHECK(strstr(err.message, "another process is writing to it"));
    CHECK_INT(cyn_store_commit_alerts(first, NULL), CYN_OK);
    begin(second, MINUTE_0);
    put_rule_at(second, "b", MINUTE_0);
    CHECK_INT(cyn_store_commit_alerts(second, NULL), CYN_OK);
    CHECK_STR(slots_by_sql(), "a:0,b:0");
    cyn_store_close(first);
    cyn_store_close(second);
    remove_folder();
}

static cyn_code whole_evaluation(cyn_store *st, cyn_err *err)
{
    static const char *const channels[] = {"ops"};
    cyn_rule_row rule = {.rule = "a", .slot = MINUTE_0, .error = "no"};
    const cyn_alert_label labels[] = {{"channel", "ads"}};
    cyn_alert_row row = {.rule = "a",
                         .identity = "a",
                         .labels = labels,
                         .nlabels = 1,
                         .alert = firing_alert(MINUTE_0)};
    cyn_notice n = notice_of("a", CYN_ALERT_FIRED, MINUTE_0, MINUTE_0);
    cyn_alert_event e = {.what = CYN_ALERT_FIRED};
    CYN_TRY(cyn_store_begin_alerts(st, MINUTE_0, err));
    CYN_TRY(cyn_store_put_rule(st, &rule, err));
    CYN_TRY(cyn_store_put_alert(st, &row, err));
    CYN_TRY(cyn_store_add_event(st, &n, &e, channels, 1, err));
    return cyn_store_commit_alerts(st, err);
}

static void test_every_failing_allocation_leaves_all_or_nothing(void)
{
    new_folder();
    cyn_code rc = CYN_E_NOMEM;
    cyn_store_close(open_store());
    for (size_t n = 1; n < 200 && rc != CYN_OK; n++) {
        cyn_store *st = open_store();
        cyn_test_fail_after(n);
        rc = whole_evaluation(st, NULL);
        cyn_test_fail_after(0);
        CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
        cyn_store_undo_alerts(st);
        cyn_store_close(st);
        CHECK_STR(query("SELECT (SELECT count(*) FROM rule) || (SELECT count(*) FROM alert)"
                        " || (SELECT count(*) FROM alert_event) || (SELECT count(*) FROM outbox)"),
                  rc == CYN_OK ? "1111" : "0000");
    }
    CHECK_INT(rc, CYN_OK);
    remove_folder();
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_rules_come_back_as_they_were_put);
    RUN(test_rules_that_move_together_share_a_row_and_part_when_they_do_not);
    RUN(test_slots_are_right_whatever_moves);
    RUN(test_alerts_come_back_to_the_last_bit);
    RUN(test_an_alert_that_cannot_be_understood_is_noted_and_left_out);
    RUN(test_an_event_is_recorded_once_with_a_row_for_each_channel);
    RUN(test_damaged_facts_are_none);
    RUN(test_events_are_told_newest_first_and_by_what_is_asked);
    RUN(test_old_events_go_but_not_what_is_still_to_be_told);
    RUN(test_what_is_not_committed_leaves_nothing);
    RUN(test_silences_are_kept_with_who_and_why_and_can_be_ended);
    RUN(test_only_what_fires_can_be_acknowledged);
    RUN(test_a_busy_store_says_so_and_loses_nothing);
    RUN(test_every_failing_allocation_leaves_all_or_nothing);
    cyn_arena_free(arena);
    return test_end();
}
