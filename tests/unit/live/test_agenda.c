/* live: what runs next, as the state of the project says. */
#include "live/agenda.h"
#include "store/store_impl.h"
#include "world.h"

/* A day of its own is immature until the day after it has ended, one metric fails, one is slower
 * than the others: each kind of row that the ledger has. */
static const char config[] = "name: A shop\n"
                             "timezone: UTC\n"
                             "grain: day\n"
                             "schedule: { by: [channel], catch_up: 0 }\n"
                             "sources:\n"
                             "  orders:\n"
                             "    type: csv\n"
                             "    path: orders.csv\n"
                             "    time: time\n"
                             "    dimensions: [channel]\n"
                             "    columns: { time: timestamp, channel: text, user: text }\n";
static const char metrics[] =
    "local o = source 'orders'\n"
    "metric 'orders' { value = o:count() }\n"
    "metric 'back' { value = o:retention { entity = 'user', start = 'true', at = '1d' } }\n"
    "metric 'broken' { value = o:sum(function(r) error 'it is broken' end) }\n";
static const char orders[] = "time,channel,user\n"
                             "2026-03-01T10:00:00Z,ads,a\n"
                             "2026-03-02T10:00:00Z,web,a\n"
                             "2026-03-03T10:00:00Z,ads,b\n";

static void make(world *w)
{
    cyn_evaluation done = {.nmetrics = 1};
    cyn_err err = {0};
    world_make();
    world_write("cynosure.yaml", config);
    world_write("metrics/shop.lua", metrics);
    world_write("orders.csv", orders);
    world_now = at("2026-03-04T00:00:00Z");
    world_open(w);
    while (done.nmetrics > 0)
        if (world_turn(w, &done, &err) != CYN_OK) world_fail("a turn", &err);
}

static void run_sql(const char *sql)
{
    char path[400];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/.cynosure/state.db", world_folder);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK ||
        sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        printf("Bail out! %s: %s\n", sql, sqlite3_errmsg(db));
        exit(1);
    }
    sqlite3_close(db);
}

static void check_same(const cyn_interval_state *a, const cyn_interval_state *b)
{
    CHECK(a->metric == b->metric);
    CHECK_STR(a->by, b->by);
    CHECK_INT(a->due, b->due);
    CHECK_INT(a->period.start, b->period.start);
    CHECK_INT(a->period.end, b->period.end);
    CHECK(a->row && b->row);
    if (!a->row || !b->row) return;
    CHECK_INT(a->row->at, b->row->at);
    CHECK_INT(a->row->took, b->row->took);
    CHECK_INT(a->row->late, b->row->late);
    CHECK_INT(a->row->failures, b->row->failures);
    CHECK_STR(a->row->error ? a->row->error : "-", b->row->error ? b->row->error : "-");
}

static void test_a_glance_sees_of_each_metric_what_a_look_sees(void)
{
    world w;
    make(&w);
    cyn_intervals *look = NULL, *glance = NULL;
    const cyn_interval_state *all = NULL, *some = NULL;
    size_t n = 0, count = 0;
    const cyn_project *p = w.opened->project;
    CHECK_INT(cyn_intervals_new(p, w.store, world_now, &look, NULL), CYN_OK);
    CHECK_INT(cyn_intervals_glance(p, w.store, &glance, NULL), CYN_OK);
    CHECK_INT(cyn_intervals_states(look, w.arena, &all, &n, NULL), CYN_OK);
    CHECK_INT(cyn_intervals_states(glance, w.arena, &some, &count, NULL), CYN_OK);
    CHECK_INT(n, 6);
    CHECK_INT(count, n);
    int64_t failures = 0;
    for (size_t i = 0; i < n && i < count; i++) {
        check_same(&all[i], &some[i]);
        failures += some[i].row ? some[i].row->failures : 0;
    }
    CHECK(failures > 0);
    cyn_intervals_free(look);
    cyn_intervals_free(glance);
    world_close(&w);
    world_remove();
}

/* What a state of years holds much of, values above all, is not read for a list of what is next. */
static void test_the_agenda_reads_the_ledger_alone(void)
{
    world w;
    make(&w);
    const cyn_agenda_item *items = NULL;
    size_t n = 0;
    cyn_err err = {0};
    run_sql("DROP VIEW latest; DROP TABLE stretch; DROP TABLE value;");
    CHECK_INT(cyn_agenda_of(w.opened->project, w.store, world_now, CYN_AGENDA_METRIC, w.arena,
                            &items, &n, &err),
              CYN_OK);
    CHECK_STR(err.message, "");
    CHECK_INT(n, 6);
    for (size_t i = 0; i < n; i++)
        CHECK(items[i].next > world_now);
    world_close(&w);
    world_remove();
}

int main(void)
{
    cyn_err err = {0};
    if (cyn_zygote_start(&err) != CYN_OK) world_fail("no script workers", &err);
    RUN(test_a_glance_sees_of_each_metric_what_a_look_sees);
    RUN(test_the_agenda_reads_the_ledger_alone);
    cyn_zygote_stop();
    return test_end();
}
