/* live: intervals of many: segments, metrics, periods that come at once; and of those that go. */
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
                             "    columns: { time: timestamp, channel: text }\n";
static const char metrics[] = "metric 'orders' { value = source 'orders':count() }\n"
                              "metric 'twice' { value = source 'orders':count() * 2 }\n";

static void configure(const char *schedule)
{
    char text[2000];
    snprintf(text, sizeof text, "%s%s", config, schedule);
    world_write("cynosure.yaml", text);
}

/* So many orders on each of some days from 1 March 2026 on, no two by the same channel. */
static void make(const char *schedule, int days, int a_day)
{
    cyn_buf text = {0};
    world_make();
    configure(schedule);
    world_write("metrics/shop.lua", metrics);
    cyn_buf_printf(&text, "time,channel\n");
    for (int i = 0; i < days * a_day; i++) {
        char time[64];
        int64_t day = at("2026-03-01T10:00:00Z") + i / a_day * CYN_DAY;
        cyn_format_instant(day, NULL, time, sizeof time);
        cyn_buf_printf(&text, "%s,c%d\n", time, i);
    }
    world_write("orders.csv", text.data);
    cyn_buf_clear(&text);
}

/* What all that is due comes to. */
typedef struct total {
    int64_t batches, failed, points, most; /* most: points of a batch */
    size_t longest;                        /* periods of a batch by channel */
} total;

static total run(world *w)
{
    total t = {0};
    cyn_evaluation done;
    cyn_err err = {0};
    for (;;) {
        if (world_turn(w, &done, &err) != CYN_OK) world_fail("a turn", &err);
        if (done.nmetrics == 0) return t;
        size_t days = (size_t)((done.last.end - done.first.start) / CYN_DAY);
        t.batches++;
        t.failed += done.failed;
        t.points += done.points;
        if (done.points > t.most) t.most = done.points;
        if (*done.by && days > t.longest) t.longest = days;
    }
}

/* The only value of a query. */
static int64_t count(world *w, const char *sql)
{
    sqlite3_stmt *q = NULL;
    int64_t n = -1;
    if (sqlite3_prepare_v2(w->store->db, sql, -1, &q, NULL) == SQLITE_OK &&
        sqlite3_step(q) == SQLITE_ROW)
        n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return n;
}

/* ---- segments ---- */

/* A point stands for each segment in each period that is evaluated with it: so the fewer periods
 * are, the fewer there are for nothing. */
static void test_a_dimension_of_many_values_is_evaluated_in_short_batches(void)
{
    world w;
    make("schedule: { by: [channel] }\n", 120, 25);
    world_now = at("2026-06-29T00:00:00Z");
    world_open(&w);
    total t = run(&w);

    CHECK_INT(t.failed, 0);
    CHECK(t.most <= 2 * 30 * 30 * 25); /* the first batch does not know the dimension */
    CHECK(t.longest <= 30);
    CHECK_INT(count(&w, "SELECT count(*) FROM latest WHERE segment <> '{}'"), 2 * 120 * 25);
    CHECK_INT(count(&w, "SELECT sum(rows) FROM latest WHERE segment <> '{}'"), 2 * 120 * 25);
    CHECK_INT(
        count(&w, "SELECT count(*) FROM ledger WHERE until = (SELECT max(until) FROM ledger)"), 4);
    world_close(&w);
    world_remove();
}

static void test_a_dimension_of_few_values_is_evaluated_in_long_batches(void)
{
    world w;
    make("schedule: { by: [channel] }\n", 300, 1);
    world_write("orders.csv", "time,channel\n2026-03-01T10:00:00Z,ads\n2026-06-01T10:00:00Z,web\n");
    world_now = at("2026-12-26T00:00:00Z");
    world_open(&w);
    total t = run(&w);

    CHECK_INT(t.failed, 0);
    CHECK_INT(t.batches, 3); /* the whole; 30 days by channel, and all the others */
    CHECK_INT((int64_t)t.longest, 270);
    world_close(&w);
    world_remove();
}

/* More than a batch may have: nobody fails for that. */
static void test_too_many_segments_at_once_are_fewer_periods(void)
{
    world w;
    make("schedule: { by: [channel] }\n", 30, 300);
    world_now = at("2026-03-31T00:00:00Z");
    world_open(&w);
    total t = run(&w);

    CHECK_INT(t.failed, 0);
    CHECK(t.most > 0 && t.most <= 200000);
    CHECK(t.longest < 30);
    CHECK_INT(count(&w, "SELECT count(*) FROM latest WHERE segment <> '{}'"), 2 * 30 * 300);
    CHECK_INT(count(&w, "SELECT count(*) FROM ledger WHERE failures > 0"), 0);
    world_close(&w);
    world_remove();
}

/* ---- periods ---- */

static void test_what_a_cron_expression_held_back_was_not_missed(void)
{
    world w;
    cyn_err said = {0};
    make("schedule: { catch_up: 3, metrics: { day: { cron: '0 9 1 * *' } } }\n", 100, 1);
    world_now = at("2026-04-01T09:00:30Z");
    world_open(&w);
    CHECK_INT(run(&w).points, 2 * 31);
    world_now = at("2026-05-01T09:00:30Z");
    CHECK_INT(run(&w).points, 2 * 30);
    CHECK(!cyn_intervals_said(w.intervals, &said));
    world_close(&w);
    /* Nobody served on 1 June: of May no more than is caught up. */
    world_now = at("2026-07-01T09:00:30Z");
    world_open(&w);
    CHECK_INT(run(&w).points, 2 * (3 + 30));
    CHECK(cyn_intervals_said(w.intervals, &said));
    CHECK(strstr(said.message, "2026-05-01 to 2026-05-28 were missed"));
    CHECK(!cyn_intervals_said(w.intervals, &said));
    world_close(&w);
    world_remove();
}

/* One that comes more often than the grain holds nothing back. */
static void test_a_frequent_cron_expression_leaves_behind_what_is_too_old(void)
{
    world w;
    make("schedule: { catch_up: 3, metrics: { day: { cron: '0 * * * *' } } }\n", 100, 1);
    world_now = at("2026-04-01T09:30:00Z");
    world_open(&w);
    CHECK_INT(run(&w).points, 2 * (1 + 3));
    world_close(&w);
    world_remove();
}

/* ---- metrics ---- */

#define MANY 40

static void write_many(const char *body)
{
    cyn_buf text = {0};
    for (int i = 0; i < MANY; i++)
        cyn_buf_printf(&text, "metric 'm%02d' { value = %s }\n", i, body);
    world_write("metrics/shop.lua", text.data);
    cyn_buf_clear(&text);
}

/* More than there is room for in what is kept to be said. */
static void test_all_that_fail_again_and_again_are_said_together(void)
{
    world w;
    cyn_err said = {0};
    make("", 1, 1);
    write_many("function(at) error 'no' end");
    world_now = at("2026-03-02T00:00:00Z");
    world_open(&w);
    for (int i = 0; i < CYN_QUARANTINE; i++) {
        CHECK(!cyn_intervals_said(w.intervals, &said));
        CHECK_INT(run(&w).failed, MANY);
        world_now += 20 * CYN_MINUTE;
    }
    CHECK(cyn_intervals_said(w.intervals, &said));
    CHECK(strstr(said.message, " and 39 others failed 5 times in a row: "));
    CHECK(!cyn_intervals_said(w.intervals, &said));
    CHECK_INT((int64_t)cyn_intervals_quarantined(w.intervals), MANY);
    world_close(&w);
    world_remove();
}

static void test_what_is_due_together_is_evaluated_together(void)
{
    world w;
    make("schedule: { spread: 4h }\n", 100, 1);
    write_many("source 'orders':count()");
    world_now = at("2026-06-09T12:00:00Z");
    world_open(&w);
    CHECK_INT(run(&w).batches, 1); /* each is due at its moment; now all are */
    world_now = at("2026-06-10T02:00:00Z");
    total t = run(&w);
    CHECK(t.batches == 1 && t.points > 0 && t.points < MANY);
    world_close(&w);
    world_open(&w); /* the others are a day behind */
    CHECK_INT(run(&w).batches, 0);
    int64_t before = t.points;
    world_now = at("2026-06-11T02:00:00Z");
    t = run(&w);
    CHECK(t.batches > 1);
    CHECK_INT(t.points, MANY);
    CHECK(before > 0);
    world_close(&w);
    world_remove();
}

/* ---- those that go ---- */

static const char known[] = "SELECT count(*) FROM ledger";

static void forget(world *w)
{
    cyn_err err = {0};
    if (cyn_intervals_forget(w->intervals, w->store, world_now, &err) != CYN_OK)
        world_fail("cannot forget", &err);
}

static void test_what_is_gone_for_a_month_is_forgotten(void)
{
    world w;
    make("schedule: { by: [channel] }\n", 3, 1);
    world_now = at("2026-03-04T00:00:00Z");
    world_open(&w);
    (void)run(&w);
    forget(&w);
    CHECK_INT(count(&w, known), 4);
    world_close(&w);
    configure("");
    world_write("metrics/shop.lua", "metric 'orders' { value = source 'orders':count() }\n");
    world_now += 29 * CYN_DAY;
    world_open(&w);
    forget(&w); /* they may come back */
    CHECK_INT(count(&w, known), 4);
    world_close(&w);
    world_now += 2 * CYN_DAY;
    world_open(&w);
    forget(&w);
    CHECK_INT(count(&w, known), 1); /* one that is there stays, however long nobody served */
    CHECK_INT(count(&w, "SELECT count(*) FROM latest WHERE metric = 'twice' AND segment = '{}'"),
              3);
    world_close(&w);
    world_remove();
}

int main(void)
{
    cyn_err err = {0};
    if (cyn_zygote_start(&err) != CYN_OK) world_fail("no script workers", &err);
    RUN(test_a_dimension_of_many_values_is_evaluated_in_short_batches);
    RUN(test_a_dimension_of_few_values_is_evaluated_in_long_batches);
    RUN(test_too_many_segments_at_once_are_fewer_periods);
    RUN(test_what_a_cron_expression_held_back_was_not_missed);
    RUN(test_a_frequent_cron_expression_leaves_behind_what_is_too_old);
    RUN(test_all_that_fail_again_and_again_are_said_together);
    RUN(test_what_is_due_together_is_evaluated_together);
    RUN(test_what_is_gone_for_a_month_is_forgotten);
    cyn_zygote_stop();
    return test_end();
}
