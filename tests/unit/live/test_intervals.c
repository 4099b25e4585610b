/* live: which periods are evaluated when, why, and how often. */
#include "store/store_impl.h"
#include "world.h"

static const char config[] = "name: A shop\n"
                             "timezone: UTC\n"
                             "grain: day\n"
                             "sources:\n"
                             "  orders:\n"
                             "    type: csv\n"
                             "    path: orders.csv\n"
                             "    time: time\n"
                             "    dimensions: [channel]\n"
                             "    columns: { time: timestamp, channel: text, amount: integer }\n"
                             "  visits:\n"
                             "    type: csv\n"
                             "    path: visits.csv\n"
                             "    time: time\n"
                             "    columns: { time: timestamp }\n";
static const char metrics[] = "metric 'orders' { value = source 'orders':count() }\n"
                              "metric 'sales' { value = source 'orders':sum 'amount' }\n"
                              "metric 'visits' { value = source 'visits':count() }\n";
static const char orders[] = "time,channel,amount\n"
                             "2026-03-01T10:00:00Z,ads,10\n"
                             "2026-03-02T10:00:00Z,web,20\n"
                             "2026-03-03T10:00:00Z,ads,30\n";
static const char visits[] = "time\n2026-03-01T09:00:00Z\n2026-03-02T09:00:00Z\n";

static void make(const char *schedule)
{
    char text[2000];
    world_make();
    snprintf(text, sizeof text, "%s%s", config, schedule);
    world_write("cynosure.yaml", text);
    world_write("metrics/shop.lua", metrics);
    world_write("orders.csv", orders);
    world_write("visits.csv", visits);
}

/* All that is due now, a line for each batch: "due day 2026-03-01 … 2026-03-02 by channel: orders
 * sales", with what failed, what changed and what was restated. */
static const char *due(world *w)
{
    static char out[4000];
    size_t n = 0;
    cyn_evaluation done;
    cyn_err err = {0};
    out[0] = '\0';
    for (int i = 0; i < 50; i++) {
        if (world_turn(w, &done, &err) != CYN_OK) return strcpy(out, err.message);
        if (done.nmetrics == 0) break;
        const cyn_calendar *cal = &w->opened->project->calendar;
        char grain[16], first[64], last[64];
        cyn_format_grain(done.grain, grain);
        cyn_period_label(cal, done.first, first, sizeof first);
        cyn_period_label(cal, done.last, last, sizeof last);
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%s %s %s", n ? "; " : "",
                              cyn_reason_names[done.reason], grain, first);
        if (strcmp(first, last)) n += (size_t)snprintf(out + n, sizeof out - n, "…%s", last);
        if (*done.by) n += (size_t)snprintf(out + n, sizeof out - n, " by %s", done.by);
        for (size_t k = 0; k < done.nmetrics; k++)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%s%s", k ? " " : ": ",
                                  done.metrics[k]->name, done.errors[k].code ? "!" : "");
        n += (size_t)snprintf(out + n, sizeof out - n, " +%d", (int)done.changed);
        if (done.restated)
            n += (size_t)snprintf(out + n, sizeof out - n, " ~%d", (int)done.restated);
    }
    return out;
}

/* The first column of all rows of a query, by ",". */
static const char *query(const char *sql)
{
    static char out[2000];
    char path[400];
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    size_t n = 0;
    out[0] = '\0';
    snprintf(path, sizeof path, "%s/.cynosure/state.db", world_folder);
    sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
    sqlite3_prepare_v2(db, sql, -1, &q, NULL);
    while (q && sqlite3_step(q) == SQLITE_ROW && n < sizeof out - 100) {
        const char *text = (const char *)sqlite3_column_text(q, 0);
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%.90s", n ? "," : "", text ? text : "-");
    }
    sqlite3_finalize(q);
    sqlite3_close(db);
    return out;
}

static void test_periods_are_evaluated_once_when_they_have_ended(void)
{
    world w;
    make("");
    world_now = at("2026-03-03T00:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-01…2026-03-02: orders sales visits +6");
    CHECK_STR(due(&w), "");
    CHECK_INT(cyn_intervals_next(w.intervals), at("2026-03-04T00:00:00Z"));
    world_now = at("2026-03-03T23:59:59Z");
    CHECK_STR(due(&w), "");
    world_now = at("2026-03-04T00:00:00Z");
    CHECK_INT(cyn_intervals_waiting(w.intervals, world_now), 3);
    CHECK_STR(due(&w), "due day 2026-03-03: orders sales visits +3");
    CHECK_STR(due(&w), "");
    world_close(&w);
    CHECK_STR(query("SELECT value FROM value WHERE metric = 'sales' ORDER BY period_start"),
              "10.0,20.0,30.0");
    CHECK_STR(query("SELECT count(*) FROM value WHERE partial"), "0");
    world_remove();
}

static void test_a_restart_goes_on_where_it_stopped(void)
{
    world w;
    make("");
    world_now = at("2026-03-03T00:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-01…2026-03-02: orders sales visits +6");
    world_close(&w);
    world_open(&w);
    CHECK_STR(due(&w), "");
    world_close(&w);
    world_now = at("2026-03-06T12:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-03…2026-03-05: orders sales visits +9");
    CHECK_STR(due(&w), "");
    world_close(&w);
    world_remove();
}

static void test_lateness_and_cron_come_after_the_end(void)
{
    world w;
    make("schedule: { metrics: { day: { lateness: 6h, cron: '30 */4 * * *' } } }\n");
    world_now = at("2026-03-03T08:29:59Z");
    world_open(&w);
    CHECK_STR(due(&w), "due day 2026-03-01: orders sales visits +3");
    CHECK_INT(cyn_intervals_next(w.intervals), at("2026-03-03T08:30:00Z"));
    world_now = at("2026-03-03T08:30:00Z");
    CHECK_STR(due(&w), "due day 2026-03-02: orders sales visits +3");
    world_close(&w);
    world_remove();
}

static void test_only_what_is_affected_is_evaluated_again(void)
{
    world w;
    make("");
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    (void)due(&w);
    world_write("orders.csv", "time,channel,amount\n"
                              "2026-03-01T10:00:00Z,ads,10\n"
                              "2026-03-02T10:00:00Z,web,20\n"
                              "2026-03-02T11:00:00Z,web,5\n"
                              "2026-03-03T10:00:00Z,ads,30\n");
    world_load(&w);
    CHECK_STR(due(&w), "data day 2026-03-01…2026-03-03: orders sales +2 ~2");
    CHECK_STR(due(&w), "");
    world_load(&w); /* the same */
    CHECK_STR(due(&w), "");
    world_close(&w);
    world_open(&w);
    CHECK_STR(due(&w), "");
    world_close(&w);
    CHECK_STR(query("SELECT value FROM latest WHERE metric = 'sales' ORDER BY period_start"),
              "10.0,25.0,30.0");
    world_remove();
}

static void test_data_that_change_too_late_restate_nothing(void)
{
    world w;
    make("schedule: { restate: 1d }\n");
    world_now = at("2026-03-04T00:00:01Z");
    world_open(&w);
    (void)due(&w);
    world_write("orders.csv", "time,channel,amount\n2026-03-03T10:00:00Z,ads,31\n");
    world_load(&w);
    CHECK_STR(due(&w), "data day 2026-03-03: orders sales +1 ~1");
    world_now = at("2026-03-05T00:00:00Z"); /* the 3rd ended a day ago: just in time */
    (void)due(&w);
    world_write("orders.csv", "time,channel,amount\n2026-03-03T10:00:00Z,ads,320\n");
    world_load(&w);
    CHECK_STR(due(&w), "data day 2026-03-03…2026-03-04: orders sales +1 ~1");
    world_now = at("2026-03-09T00:00:00Z");
    (void)due(&w);
    world_write("orders.csv", "time,channel,amount\n2026-03-03T10:00:00Z,ads,3300\n");
    world_load(&w);
    CHECK_STR(due(&w), "data day 2026-03-07…2026-03-08: orders sales +0");
    world_close(&w);
    CHECK_STR(query("SELECT value FROM latest WHERE metric = 'sales' ORDER BY period_start"),
              "10.0,20.0,320.0,-,-,-,-,-");
    world_remove();
}

static void test_a_new_definition_is_evaluated_for_all_that_is_recorded(void)
{
    world w;
    make("schedule: { restate: 1d }\n");
    world_now = at("2026-03-06T00:00:00Z");
    world_open(&w);
    (void)due(&w);
    world_close(&w);
    world_write("metrics/shop.lua", "local o = source 'orders'\n"
                                    "metric 'orders' { value = o:count() }\n"
                                    "metric 'sales' { value = o:sum 'amount' * 100 }\n"
                                    "metric 'visits' { value = source 'visits':count() }\n");
    world_open(&w);
    CHECK_STR(due(&w), "definition day 2026-03-01…2026-03-05: sales +5 ~3");
    CHECK_STR(due(&w), "");
    world_close(&w);
    CHECK_STR(query("SELECT count(DISTINCT definition) FROM value WHERE metric = 'sales'"), "2");
    CHECK_STR(query("SELECT value FROM latest WHERE metric = 'sales' ORDER BY period_start"),
              "1000.0,2000.0,3000.0,-,-");
    world_remove();
}

/* A metric below another one is part of what the other one means. */
static void test_a_definition_below_is_a_new_definition(void)
{
    world w;
    make("");
    world_write("metrics/more.lua", "metric 'basket' { value = metric.sales / metric.orders }\n");
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    (void)due(&w);
    world_close(&w);
    world_write("metrics/shop.lua", "local o = source 'orders'\n"
                                    "metric 'orders' { value = o:count() }\n"
                                    "metric 'sales' { value = o:sum 'amount' * 2 }\n"
                                    "metric 'visits' { value = source 'visits':count() }\n");
    world_open(&w);
    CHECK_STR(due(&w), "definition day 2026-03-01…2026-03-03: basket sales +6 ~6");
    world_close(&w);
    world_remove();
}

static const char by_channel[] =
    "SELECT segment ->> 'channel' || ' ' || coalesce(value, '-') || ' ' || rows FROM latest"
    " WHERE metric = 'orders' AND segment <> '{}' ORDER BY segment, period_start";

static void test_dimensions_are_recorded_where_a_metric_has_them(void)
{
    world w;
    make("schedule: { by: [channel] }\n");
    world_now = at("2026-03-03T00:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-01…2026-03-02: orders sales visits +6; "
                       "caught up day 2026-03-01…2026-03-02 by channel: orders sales +4");
    world_now = at("2026-03-04T00:00:00Z");
    CHECK_STR(due(&w), "due day 2026-03-03: orders sales visits +3; "
                       "due day 2026-03-03 by channel: orders sales +2");
    /* A segment whose rows went is said to have none; one that never had any is not mentioned. */
    world_write("orders.csv", "time,channel,amount\n"
                              "2026-03-01T10:00:00Z,ads,10\n"
                              "2026-03-02T10:00:00Z,ads,20\n"
                              "2026-03-04T10:00:00Z,ads,40\n");
    world_load(&w);
    CHECK_STR(due(&w), "data day 2026-03-01…2026-03-03: orders sales +2 ~2; "
                       "data day 2026-03-01…2026-03-03 by channel: orders sales +6 ~4");
    CHECK_STR(query(by_channel), "ads 1.0 1,ads 1.0 1,ads 0.0 0,web - 0");
    /* Of a segment that is gone altogether nothing is said again; it may come back. */
    world_write("orders.csv", "time,channel,amount\n"
                              "2026-03-01T10:00:00Z,ads,10\n"
                              "2026-03-02T10:00:00Z,ads,20\n"
                              "2026-03-04T10:00:00Z,ads,41\n");
    world_load(&w);
    CHECK_STR(due(&w), "data day 2026-03-01…2026-03-03: orders sales +0; "
                       "data day 2026-03-01…2026-03-03 by channel: orders sales +0");
    world_write("orders.csv", orders);
    world_load(&w);
    CHECK_STR(due(&w), "data day 2026-03-01…2026-03-03: orders sales +2 ~2; "
                       "data day 2026-03-01…2026-03-03 by channel: orders sales +6 ~6");
    CHECK_STR(query(by_channel), "ads 1.0 1,ads 0.0 0,ads 1.0 1,web 1.0 1");
    world_close(&w);
    world_remove();
}

/* Who is back seven days later is known when the eighth day after has begun: long after the data
 * changed last. */
static const char back[] = "metric 'back' { value = source 'orders':retention { entity = 'channel',"
                           "  start = 'amount > 0' }:at '7d' }\n";
static const char of_back[] = "SELECT period || ' ' || coalesce(value, '-') || ' ' || immature FROM"
                              " latest WHERE metric = 'back' AND segment = '{}' ORDER BY period";

static void test_what_is_immature_is_evaluated_again_when_it_is_final(void)
{
    world w;
    make("schedule: { lateness: 1h, restate: 2d, by: [channel] }\n");
    world_write("metrics/shop.lua", back);
    world_write("orders.csv", "time,channel,amount\n"
                              "2026-03-01T10:00:00Z,ads,10\n"
                              "2026-03-02T10:00:00Z,web,20\n");
    world_now = at("2026-03-03T01:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-01…2026-03-02: back +2; "
                       "caught up day 2026-03-01…2026-03-02 by channel: back +2");
    CHECK_STR(query(of_back), "2026-03-01 0.0 1,2026-03-02 0.0 1");
    world_write("orders.csv", "time,channel,amount\n"
                              "2026-03-01T10:00:00Z,ads,10\n"
                              "2026-03-02T10:00:00Z,web,20\n"
                              "2026-03-08T10:00:00Z,ads,30\n");
    world_now = at("2026-03-09T00:59:59Z");
    world_load(&w);
    CHECK(strstr(due(&w), "2026-03-07") != NULL);
    CHECK_STR(query(of_back), "2026-03-01 0.0 1,2026-03-02 0.0 1,2026-03-03 - 0,2026-03-04 - 0,"
                              "2026-03-05 - 0,2026-03-06 - 0,2026-03-07 - 0");
    CHECK_INT(cyn_intervals_next(w.intervals), at("2026-03-09T01:00:00Z"));
    world_close(&w); /* it is known without the program, too */
    world_open(&w);
    CHECK_STR(due(&w), "");
    world_now = at("2026-03-09T01:00:00Z");
    CHECK_STR(due(&w), "due day 2026-03-08: back +1; due day 2026-03-01: back +1 ~1; "
                       "due day 2026-03-08 by channel: back +0; "
                       "due day 2026-03-01 by channel: back +1 ~1");
    CHECK_STR(query("SELECT segment || immature FROM latest WHERE period = '2026-03-01'"),
              "{\"channel\":\"ads\"}0,{}0");
    CHECK_STR(due(&w), "");
    world_now = at("2026-03-20T00:00:00Z");
    CHECK(strstr(due(&w), "due day 2026-03-02"));
    CHECK_STR(query("SELECT count(*) FROM latest WHERE immature"), "0");
    CHECK_INT(cyn_intervals_next(w.intervals), at("2026-03-20T01:00:00Z"));
    world_close(&w);
    world_open(&w);
    CHECK_STR(due(&w), "");
    world_close(&w);
    world_remove();
}

static void test_what_was_missed_too_long_ago_is_left_out_aloud(void)
{
    world w;
    cyn_err said = {0};
    make("schedule: { catch_up: 2 }\n");
    world_now = at("2026-03-03T00:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-01…2026-03-02: orders sales visits +6");
    CHECK(!cyn_intervals_said(w.intervals, &said));
    world_close(&w);
    world_now = at("2026-03-10T00:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-07…2026-03-09: orders sales visits +9");
    CHECK(cyn_intervals_said(w.intervals, &said));
    CHECK(
        strstr(said.message, "metric 'orders' and 2 others: 2026-03-03 to 2026-03-06 were missed"));
    CHECK(strstr(said.hint, "--from 2026-03-03 --to 2026-03-06"));
    CHECK(!cyn_intervals_said(w.intervals, &said));
    world_close(&w);
    /* What was evaluated before is recorded all the same: a new definition is about it, too. */
    world_write("metrics/shop.lua", "local o = source 'orders'\n"
                                    "metric 'orders' { value = o:count() * 2 }\n"
                                    "metric 'sales' { value = o:sum 'amount' }\n"
                                    "metric 'visits' { value = source 'visits':count() }\n");
    world_open(&w);
    CHECK_STR(due(&w), "definition day 2026-03-01…2026-03-02: orders +2 ~2; "
                       "definition day 2026-03-07…2026-03-09: orders +3");
    world_close(&w);
    world_open(&w);
    CHECK_STR(due(&w), "");
    world_close(&w);
    CHECK_STR(query("SELECT metric FROM stretch"), "orders,sales,visits");
    world_remove();
}

static void test_the_end_of_the_data_is_now_where_the_project_says_so(void)
{
    world w;
    make("as_of: data\n");
    world_now = at("2026-06-01T00:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-01…2026-03-02: orders sales visits +6");
    CHECK_INT(cyn_intervals_next(w.intervals), CYN_TIME_MAX);
    world_now = at("2026-06-02T00:00:00Z");
    CHECK_STR(due(&w), "");
    world_write("visits.csv", "time\n2026-03-01T09:00:00Z\n2026-03-02T09:00:00Z\n"
                              "2026-03-04T09:00:00Z\n");
    world_load(&w);
    CHECK_STR(due(&w), "due day 2026-03-03: orders sales visits +3; "
                       "data day 2026-03-01…2026-03-02: visits +0");
    world_close(&w);
    world_remove();
}

/* ---- failures ---- */

static const char fussy[] = "metric 'fussy' { value = function(at)\n"
                            "  local n = at:get 'orders'\n"
                            "  if at.period == '2026-03-02' then error 'no Monday' end\n"
                            "  return n\n"
                            "end }\n";

static void test_a_failing_metric_keeps_its_place_and_stops_nobody(void)
{
    world w;
    cyn_err said = {0};
    make("");
    world_write("metrics/fussy.lua", fussy);
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    const char *all = due(&w);

    CHECK(strstr(all, "caught up day 2026-03-01…2026-03-03: orders sales visits +9;"));
    CHECK(strstr(all, "day 2026-03-01: fussy +1"));  /* what comes before it is recorded */
    CHECK(strstr(all, "day 2026-03-02: fussy! +0")); /* it is, and not what follows */
    CHECK_STR(query("SELECT failures || error FROM ledger WHERE metric = 'fussy'"),
              "1metrics/fussy.lua:3: no Monday");
    int64_t next = cyn_intervals_next(w.intervals);
    CHECK(next > world_now + 50 * CYN_SECOND && next <= world_now + CYN_MINUTE);
    for (int i = 2; i <= 5; i++) {
        CHECK_INT(cyn_intervals_quarantined(w.intervals), 0);
        CHECK(!cyn_intervals_said(w.intervals, &said));
        world_now = cyn_intervals_next(w.intervals);
        CHECK_STR(due(&w), "retry day 2026-03-02: fussy! +0");
    }
    CHECK_INT(cyn_intervals_quarantined(w.intervals), 1);
    CHECK(cyn_intervals_said(w.intervals, &said));
    CHECK(strstr(said.message, "metric 'fussy' failed 5 times in a row: metrics/fussy.lua:3: no"));
    CHECK(!cyn_intervals_said(w.intervals, &said));
    world_close(&w);
    world_open(&w); /* a restart does not make it impatient */
    CHECK_STR(due(&w), "");
    CHECK(cyn_intervals_next(w.intervals) > world_now + 10 * CYN_MINUTE);
    world_close(&w);
    world_write("metrics/fussy.lua", "metric 'fussy' { value = function(at)\n"
                                     "  return at:get 'orders'\n"
                                     "end }\n");
    world_now += CYN_HOUR;
    world_open(&w);
    all = due(&w);

    CHECK_STR(all, "caught up day 2026-03-02…2026-03-03: fussy +2; "
                   "definition day 2026-03-01: fussy +1");
    CHECK_STR(query("SELECT failures || coalesce(error, '-') FROM ledger WHERE metric = 'fussy'"),
              "0-");
    CHECK_STR(query("SELECT value FROM latest WHERE metric = 'fussy' ORDER BY period_start"),
              "1.0,1.0,1.0");
    world_close(&w);
    world_remove();
}

/* ---- what was otherwise before ---- */

static const char doubled[] = "local o = source 'orders'\n"
                              "metric 'orders' { value = o:count() * 2 }\n"
                              "metric 'sales' { value = o:sum 'amount' }\n"
                              "metric 'visits' { value = source 'visits':count() }\n";
/* It fails on the second. */
static const char broken[] = "metric 'sales' { value = source 'orders':sum 'amount' }\n"
                             "metric 'visits' { value = source 'visits':count() }\n"
                             "metric 'orders' { value = function(at)\n"
                             "  if at.period == '2026-03-02' then error 'no Monday' end\n"
                             "  return at:get 'visits' * 100\n"
                             "end }\n";
static const char of_orders[] =
    "SELECT coalesce(value, '-') FROM latest WHERE metric = 'orders' ORDER BY period_start";

static void configure(const char *head, const char *schedule)
{
    char text[2000];
    snprintf(text, sizeof text, "name: A shop\n%s%s%s", head, strstr(config, "sources:"), schedule);
    world_write("cynosure.yaml", text);
}

/* Recorded by one calendar and evaluated again by another, of which the first period begins before
 * what is recorded, and the last one ends after it. */
static void check_calendars(const char *before, const char *after, const char *now,
                            const char *wanted, const char *next)
{
    world w;
    make("");
    configure(before, "");
    world_now = at(now);
    world_open(&w);
    CHECK(strstr(due(&w), "caught up"));
    world_close(&w);
    configure(after, "");
    world_write("metrics/shop.lua", doubled);
    world_open(&w);
    CHECK_STR(due(&w), wanted);
    CHECK_STR(due(&w), "");
    CHECK_INT(cyn_intervals_next(w.intervals), at(next));
    CHECK_STR(query("SELECT count(*) FROM value WHERE partial"), "0");
    world_close(&w);
    world_open(&w);
    CHECK_STR(due(&w), "");
    world_now = at(next);
    CHECK(strstr(due(&w), "sales visits +"));
    CHECK_STR(due(&w), "");
    world_close(&w);
    world_remove();
}

static void test_another_calendar_evaluates_what_was_recorded_by_the_former(void)
{
    check_calendars("timezone: UTC\ngrain: day\n", "timezone: Asia/Tokyo\ngrain: day\n",
                    "2026-03-05T01:00:00Z",
                    "data day 2026-03-01…2026-03-04: sales visits +8; "
                    "definition day 2026-03-01…2026-03-04: orders +4",
                    "2026-03-05T15:00:00Z");
    check_calendars("timezone: UTC\ngrain: week\nweek_start: monday\n",
                    "timezone: UTC\ngrain: week\nweek_start: sunday\n", "2026-03-23T01:00:00Z",
                    "definition week 2026-02-22/P7D…2026-03-15/P7D: orders +4",
                    "2026-03-29T00:00:00Z");
    check_calendars("timezone: UTC\ngrain: quarter\n",
                    "timezone: UTC\ngrain: quarter\nfiscal_year_start: february\n",
                    "2026-07-02T00:00:00Z", "definition quarter FY2026-Q4…FY2027-Q1: orders +2",
                    "2026-08-01T00:00:00Z");
}

/* While a definition is evaluated again it fails; then the former one is there again, of which the
 * ledger still speaks. */
static void test_a_definition_that_is_taken_back_halfway_leaves_nothing_behind(void)
{
    world w;
    make("");
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    (void)due(&w);
    CHECK_STR(query(of_orders), "1.0,1.0,1.0");
    world_close(&w);
    world_write("metrics/shop.lua", broken);
    world_open(&w);
    CHECK(strstr(due(&w), "day 2026-03-02: orders!"));
    CHECK_STR(query(of_orders), "100.0,1.0,1.0");
    world_close(&w);
    world_write("metrics/shop.lua", metrics);
    world_open(&w);
    CHECK_STR(due(&w), "definition day 2026-03-01…2026-03-03: orders +1 ~1");
    CHECK_STR(query(of_orders), "1.0,1.0,1.0");
    CHECK_STR(query("SELECT redo || failures || failed FROM ledger"), "0,0,0");
    world_close(&w);
    world_open(&w);
    CHECK_STR(due(&w), "");
    world_close(&w);
    world_remove();
}

/* ---- clocks ---- */

static void test_what_fails_is_tried_again_by_the_clock_though_now_is_a_date(void)
{
    world w;
    make("as_of: 2026-03-04\n");
    world_write("metrics/fussy.lua", fussy);
    world_now = at("2026-06-01T00:00:00Z");
    world_open(&w);
    CHECK(strstr(due(&w), "day 2026-03-02: fussy! +0"));
    int64_t next = cyn_intervals_next(w.intervals);
    CHECK(next > world_now + 50 * CYN_SECOND && next <= world_now + CYN_MINUTE);
    world_now = next;
    CHECK_STR(due(&w), "retry day 2026-03-02: fussy! +0");
    CHECK(cyn_intervals_next(w.intervals) > world_now + 100 * CYN_SECOND);
    world_close(&w);
    world_remove();
}

static void test_a_clock_that_was_ahead_makes_nobody_wait(void)
{
    world w;
    cyn_err said = {0};
    make("");
    world_now = at("2026-04-01T00:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-01…2026-03-31: orders sales visits +93");
    world_close(&w);
    world_now = at("2026-03-03T12:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "");
    CHECK_INT(cyn_intervals_next(w.intervals), at("2026-03-04T00:00:00Z"));
    CHECK(cyn_intervals_said(w.intervals, &said));
    CHECK(strstr(said.message, "metric 'orders' and 2 others: evaluated up to 2026-03-31, which"));
    CHECK(!cyn_intervals_said(w.intervals, &said));
    world_close(&w);
    world_write("metrics/shop.lua", doubled); /* the running period is not evaluated again */
    world_open(&w);
    CHECK_STR(due(&w), "definition day 2026-03-01…2026-03-02: orders +2 ~2");
    world_now = at("2026-03-04T00:00:00Z");
    CHECK_STR(due(&w), "due day 2026-03-03: orders sales visits +1 ~1");
    CHECK_STR(query("SELECT count(*) FROM value WHERE partial"), "0");
    world_close(&w);
    world_remove();
}

/* A little: what ran does not run again. */
static void test_a_clock_that_is_put_back_a_little_evaluates_nothing_twice(void)
{
    world w;
    cyn_err said = {0};
    make("");
    world_now = at("2026-03-04T00:00:10Z");
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-01…2026-03-03: orders sales visits +9");
    world_close(&w);
    world_now = at("2026-03-03T23:59:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "");
    CHECK(!cyn_intervals_said(w.intervals, &said));
    CHECK_INT(cyn_intervals_next(w.intervals), at("2026-03-05T00:00:00Z"));
    world_close(&w);
    world_remove();
}

static void test_a_row_with_a_wrong_time_is_said_and_can_be_mended(void)
{
    world w;
    cyn_err said = {0};
    make("as_of: data\nschedule: { catch_up: 5 }\n");
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-01…2026-03-02: orders sales visits +6");
    CHECK(!cyn_intervals_said(w.intervals, &said));
    world_write("visits.csv", "time\n2026-03-01T09:00:00Z\n2099-03-02T09:00:00Z\n");
    world_load(&w);
    CHECK(cyn_intervals_said(w.intervals, &said));
    CHECK_STR(said.message, "source 'visits' ends at 2099-03-02T09:00:00+00:00, which has not "
                            "come yet: that is taken for now (as_of: data)");
    CHECK(strstr(due(&w), "caught up day 2099-02-24…2099-03-01: orders sales visits"));
    world_close(&w);
    world_write("visits.csv", "time\n2026-03-01T09:00:00Z\n2026-03-04T09:00:00Z\n");
    world_open(&w);
    CHECK(strstr(due(&w), "due day 2026-03-03: orders sales visits +3"));
    CHECK(cyn_intervals_said(w.intervals, &said));
    CHECK(strstr(said.message, "evaluated up to 2099-03-01, which has not come yet"));
    CHECK(!cyn_intervals_said(w.intervals, &said));
    world_close(&w);
    world_remove();
}

/* ---- failures and what mends them ---- */

static void test_what_failed_by_another_definition_is_not_held_against_todays(void)
{
    world w;
    make("");
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    (void)due(&w);
    world_close(&w);
    world_write("metrics/shop.lua", broken);
    world_open(&w);
    for (int i = 0; i < 7; i++) {
        (void)due(&w);
        world_now = cyn_intervals_next(w.intervals);
    }
    CHECK_INT(cyn_intervals_quarantined(w.intervals), 1);
    CHECK_STR(query("SELECT failures || substr(failed, 1, 5) FROM ledger WHERE metric = 'orders'"),
              "7redo:");
    world_close(&w);
    world_open(&w); /* of this definition they are remembered */
    CHECK_INT(cyn_intervals_quarantined(w.intervals), 1);
    CHECK_STR(due(&w), "retry day 2026-03-02: orders! +0");
    world_close(&w);
    world_write("metrics/shop.lua", doubled);
    world_open(&w);
    CHECK_INT(cyn_intervals_quarantined(w.intervals), 0);
    CHECK_STR(due(&w), "definition day 2026-03-01…2026-03-03: orders +3 ~3");
    world_close(&w);
    world_remove();
}

/* Old periods that fail hold no new ones back, whatever is remembered of them. */
static void test_a_failing_redo_does_not_make_new_periods_wait(void)
{
    world w;
    make("");
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    (void)due(&w);
    world_close(&w);
    world_write("metrics/shop.lua", broken);
    world_now = at("2026-03-04T23:59:30Z");
    world_open(&w);
    CHECK(strstr(due(&w), "day 2026-03-02: orders! +0"));
    world_close(&w);
    world_open(&w);
    world_now = at("2026-03-05T00:00:00Z");
    CHECK(strstr(due(&w), "due day 2026-03-04: orders +1"));
    world_close(&w);
    world_remove();
}

static void test_a_source_that_is_there_again_ends_the_wait(void)
{
    world w;
    make("");
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    (void)due(&w);
    world_close(&w);
    world_remove_file("orders.csv");
    world_now = at("2026-03-05T00:00:00Z");
    world_open(&w);
    for (int i = 0; i < 14; i++) {
        (void)due(&w);
        world_now = cyn_intervals_next(w.intervals);
    }
    CHECK_INT(cyn_intervals_quarantined(w.intervals), 2);
    world_now -= CYN_MINUTE; /* none is due yet */
    world_write("orders.csv", orders);
    world_load(&w);
    CHECK_STR(due(&w), "due day 2026-03-04: orders sales +2; "
                       "data day 2026-03-01…2026-03-03: orders sales +0");
    CHECK_STR(query("SELECT failures || failed FROM ledger"), "0,0,0");
    CHECK_INT(cyn_intervals_quarantined(w.intervals), 0);
    world_close(&w);
    world_remove();
}

/* ---- where the data come later ---- */

static const char of_sales[] =
    "SELECT count(*) || ' ' || sum(value) FROM latest WHERE metric = 'sales'";

static void test_a_source_that_was_missing_at_first_begins_with_its_rows(void)
{
    world w;
    make("");
    world_remove_file("orders.csv");
    world_now = at("2026-03-10T00:00:00Z");
    world_open(&w);
    CHECK(strstr(due(&w), "day 2026-03-09: orders! sales!"));
    world_close(&w);
    world_open(&w);
    world_now += CYN_HOUR;
    CHECK(strstr(due(&w), "retry day 2026-03-09: orders! sales!"));
    world_close(&w);
    world_write("orders.csv", orders);
    world_open(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-01…2026-03-09: orders sales +18");
    world_close(&w);
    CHECK_STR(query(of_sales), "9 60.0");
    world_remove();
}

static void test_what_only_failed_begins_with_its_rows_though_these_are_later(void)
{
    world w;
    make("");
    world_remove_file("orders.csv");
    world_now = at("2026-03-03T00:00:00Z");
    world_open(&w);
    CHECK(strstr(due(&w), "day 2026-03-02: orders! sales!"));
    world_close(&w);
    world_write("orders.csv", "time,channel,amount\n2026-03-05T10:00:00Z,ads,10\n");
    world_now = at("2026-03-07T00:00:00Z");
    world_open(&w);
    CHECK(strstr(due(&w), "caught up day 2026-03-05…2026-03-06: orders sales +4"));
    world_close(&w);
    CHECK_STR(query(of_sales), "2 10.0");
    world_remove();
}

static void test_a_source_that_was_empty_at_first_begins_with_its_rows(void)
{
    world w;
    make("schedule: { catch_up: 6 }\n");
    world_write("orders.csv", "time,channel,amount\n");
    world_now = at("2026-03-10T00:00:00Z");
    world_open(&w);
    CHECK(strstr(due(&w), "day 2026-03-09: orders sales"));
    CHECK_STR(query("SELECT until - since FROM ledger WHERE metric = 'sales'"), "86400000000");
    world_close(&w);
    world_open(&w);
    world_write("orders.csv", orders);
    world_load(&w);
    CHECK_STR(due(&w), "caught up day 2026-03-03…2026-03-09: orders sales +12");
    CHECK_STR(due(&w), "");
    world_load(&w);
    CHECK_STR(due(&w), "");
    world_close(&w);
    CHECK_STR(query(of_sales), "7 30.0");
    world_remove();
}

/* ---- failures of the whole ---- */

static int left;

static int interrupt(void *unused)
{
    (void)unused;
    return left-- == 0; /* once: undoing is not disturbed */
}

static const char recorded[] = "SELECT metric || ' ' || period || ' ' || coalesce(value, '-')"
                               " FROM value ORDER BY metric, period_start, run";

/* The state fails at each step of its machine in turn. Whenever it does nothing of the batch is
 * recorded, or all of it; the batch is due again, and what is recorded in the end is what would
 * have been without. */
static void test_a_state_that_fails_anywhere_leaves_all_or_nothing(void)
{
    world w;
    char wanted[2000] = "";
    make("");
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    (void)due(&w);
    snprintf(wanted, sizeof wanted, "%s", query(recorded));
    world_close(&w);
    world_remove();
    CHECK(strlen(wanted) > 100);
    bool passed = false;
    int tries = 0;
    for (int step = 1; !passed && step < 20000; step += 37, tries++) {
        cyn_evaluation done;
        make("");
        world_open(&w);
        left = step;
        sqlite3_progress_handler(w.store->db, 1, interrupt, NULL);
        passed = world_turn(&w, &done, NULL) == CYN_OK;
        sqlite3_progress_handler(w.store->db, 0, NULL, NULL);
        const char *now = query("SELECT count(DISTINCT metric) FROM value");
        CHECK(!strcmp(now, "0") || !strcmp(now, "3"));
        if (!passed) CHECK_INT(done.nmetrics, 0);
        (void)due(&w);
        CHECK_STR(query(recorded), wanted);
        world_close(&w);
        world_open(&w);
        CHECK_STR(due(&w), "");
        world_close(&w);
        world_remove();
    }
    CHECK(passed && tries > 10);
}

static void test_exhausted_memory_is_an_error_after_which_all_goes_on(void)
{
    world w;
    cyn_code rc = CYN_E_NOMEM;
    make("schedule: { by: [channel] }\n");
    world_write("metrics/fussy.lua", "metric 'free' { value = function(at)\n"
                                     "  return at:get 'orders'\n"
                                     "end }\n");
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    size_t n = 1;
    for (; rc != CYN_OK && n < 100000; n += 1 + n / 20) {
        cyn_evaluation done;
        cyn_arena_free(w.arena);
        w.arena = cyn_arena_new(0);
        const cyn_turn turn = {.data = w.data, .store = w.store, .now = world_now};
        cyn_test_fail_after(n);
        rc = cyn_intervals_run(w.intervals, &turn, w.arena, &done, NULL);
        cyn_test_fail_after(0);
        CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
    }
    CHECK(n > 10 && n < 100000);
    (void)due(&w);
    CHECK_STR(query("SELECT DISTINCT metric || dims || failures FROM ledger ORDER BY 1"),
              "free0,freechannel0,orders0,orderschannel0,sales0,saleschannel0,visits0");
    CHECK_STR(query("SELECT value FROM value WHERE metric = 'free' AND segment = '{}'"),
              "1.0,1.0,1.0");
    world_close(&w);
    world_remove();
}

/* ---- backfill ---- */

static size_t batches;

static void count_batch(void *self, size_t done, size_t all, const cyn_evaluation *batch)
{
    (void)self, (void)done, (void)all;
    batches += batch != NULL;
}

static cyn_evaluation backfill(world *w, const char *from, const char *to, bool again)
{
    const cyn_project *p = w->opened->project;
    const cyn_metric *one = p->metrics[cyn_project_metric(p, "sales")];
    const cyn_backfill ask = {.metrics = &one,
                              .nmetrics = 1,
                              .grain = {CYN_DAILY, 1},
                              .from = at(from),
                              .to = at(to),
                              .again = again,
                              .progress = count_batch};
    const cyn_turn turn = {.data = w->data, .store = w->store, .now = world_now};
    cyn_evaluation sum;
    cyn_err err = {0};
    batches = 0;
    if (cyn_backfill_run(p, &ask, &turn, &sum, &err) != CYN_OK) world_fail("backfill", &err);
    return sum;
}

static void test_a_backfill_does_what_is_missing(void)
{
    world w;
    make("");
    world_now = at("2026-03-10T00:00:00Z");
    world_open(&w);
    cyn_evaluation sum = backfill(&w, "2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z", false);
    CHECK_INT(sum.points, 2);
    CHECK_INT(sum.changed, 2);
    sum = backfill(&w, "2026-03-01T00:00:00Z", "2026-03-03T00:00:00Z", false);
    CHECK_INT(sum.run, 0);
    CHECK_INT(batches, 0);
    sum = backfill(&w, "2026-03-01T00:00:00Z", "2026-03-04T00:00:00Z", false);
    CHECK_INT(sum.first.start, at("2026-03-03T00:00:00Z")); /* it goes on */
    CHECK_INT(sum.changed, 1);
    sum = backfill(&w, "2026-03-01T00:00:00Z", "2026-03-04T00:00:00Z", true);
    CHECK_INT(sum.points, 3);
    CHECK_INT(sum.changed, 0);
    sum = backfill(&w, "2026-03-09T00:00:00Z", "2026-05-01T00:00:00Z", false);
    CHECK_INT(sum.points, 1); /* what has not ended has no value to record */
    world_write("orders.csv", "time,channel,amount\n2026-03-02T10:00:00Z,ads,7\n"
                              "2026-03-05T10:00:00Z,ads,8\n");
    world_load(&w);
    sum = backfill(&w, "2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z", false);
    CHECK_INT(sum.changed, 2); /* of other data it is not the same */
    CHECK_INT(sum.restated, 2);
    world_close(&w);
    world_remove();
}

/* What was backfilled before the ledger begins is recorded like the rest: a new definition is about
 * it, too. */
static void test_what_was_backfilled_follows_a_new_definition(void)
{
    world w;
    make("schedule: { catch_up: 0 }\n");
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    CHECK_STR(due(&w), "due day 2026-03-03: orders sales visits +3");
    (void)backfill(&w, "2026-03-01T00:00:00Z", "2026-03-04T00:00:00Z", false);
    world_close(&w);
    world_write("metrics/shop.lua", "local o = source 'orders'\n"
                                    "metric 'orders' { value = o:count() }\n"
                                    "metric 'sales' { value = o:sum 'amount' * 2 }\n"
                                    "metric 'visits' { value = source 'visits':count() }\n");
    world_open(&w);
    CHECK_STR(due(&w), "definition day 2026-03-01…2026-03-03: sales +3 ~3");
    world_close(&w);
    world_remove();
}

int main(void)
{
    cyn_err err = {0};
    if (cyn_zygote_start(&err) != CYN_OK) world_fail("no script workers", &err);
    RUN(test_periods_are_evaluated_once_when_they_have_ended);
    RUN(test_a_restart_goes_on_where_it_stopped);
    RUN(test_lateness_and_cron_come_after_the_end);
    RUN(test_only_what_is_affected_is_evaluated_again);
    RUN(test_data_that_change_too_late_restate_nothing);
    RUN(test_a_new_definition_is_evaluated_for_all_that_is_recorded);
    RUN(test_a_definition_below_is_a_new_definition);
    RUN(test_dimensions_are_recorded_where_a_metric_has_them);
    RUN(test_what_is_immature_is_evaluated_again_when_it_is_final);
    RUN(test_what_was_missed_too_long_ago_is_left_out_aloud);
    RUN(test_the_end_of_the_data_is_now_where_the_project_says_so);
    RUN(test_a_failing_metric_keeps_its_place_and_stops_nobody);
    RUN(test_another_calendar_evaluates_what_was_recorded_by_the_former);
    RUN(test_a_definition_that_is_taken_back_halfway_leaves_nothing_behind);
    RUN(test_what_fails_is_tried_again_by_the_clock_though_now_is_a_date);
    RUN(test_a_clock_that_was_ahead_makes_nobody_wait);
    RUN(test_a_clock_that_is_put_back_a_little_evaluates_nothing_twice);
    RUN(test_a_row_with_a_wrong_time_is_said_and_can_be_mended);
    RUN(test_what_failed_by_another_definition_is_not_held_against_todays);
    RUN(test_a_failing_redo_does_not_make_new_periods_wait);
    RUN(test_a_source_that_is_there_again_ends_the_wait);
    RUN(test_a_source_that_was_missing_at_first_begins_with_its_rows);
    RUN(test_what_only_failed_begins_with_its_rows_though_these_are_later);
    RUN(test_a_source_that_was_empty_at_first_begins_with_its_rows);
    RUN(test_a_state_that_fails_anywhere_leaves_all_or_nothing);
    RUN(test_exhausted_memory_is_an_error_after_which_all_goes_on);
    RUN(test_a_backfill_does_what_is_missing);
    RUN(test_what_was_backfilled_follows_a_new_definition);
    cyn_zygote_stop();
    return test_end();
}
