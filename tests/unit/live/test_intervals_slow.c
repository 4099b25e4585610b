/* live: two who share the metrics out, as the lanes of the daemon do: one with little time for a
 * call of a script, which leaves what overruns to the other. */
#include "world.h"

static const char config[] = "name: Shared\n"
                             "timezone: UTC\n"
                             "grain: day\n"
                             "sources:\n"
                             "  orders: {type: csv, path: orders.csv, time: time}\n";
/* What 'hidden' asks for hangs, and it says nothing of that. */
static const char metrics[] =
    "local orders = source 'orders'\n"
    "metric 'endless' { value = function(at) while true do end end }\n"
    "metric 'hidden' { value = function(at)\n"
    "  return pcall(function() return at:get 'endless' end) and 1 or -1\n"
    "end }\n"
    "metric 'orders' { value = orders:count() }\n"
    "metric 'twice' { value = function(at) return 2 * at:get 'orders' end }\n";
static const char orders[] = "time\n2026-03-01T10:00:00Z\n2026-03-02T10:00:00Z\n";

#define QUICK (CYN_SECOND / 10)

/* Who is slow, as both know it. */
static bool slow[8];

static bool is_quick_one(const void *self, size_t metric)
{
    (void)self;
    return !slow[metric];
}

static bool is_slow_one(const void *self, size_t metric)
{
    (void)self;
    return slow[metric];
}

static void note_slow(void *self, size_t metric)
{
    (void)self;
    slow[metric] = true;
}

static void make(void)
{
    world_make();
    world_write("cynosure.yaml", config);
    world_write("metrics/shared.lua", metrics);
    world_write("orders.csv", orders);
    world_now = at("2026-03-02T00:00:00Z");
    memset(slow, 0, sizeof slow);
}

static void open_one(world *w, bool (*mine)(const void *self, size_t metric))
{
    char path[400];
    cyn_err err = {0};
    const cyn_open_options options = {.call_time = QUICK};
    *w = (world){.arena = cyn_arena_new(0)};
    snprintf(path, sizeof path, "%s/.cynosure/state.db", world_folder);
    if (cyn_open(world_folder, &options, &w->opened, &err) != CYN_OK ||
        cyn_store_open(path, &w->store, &err) != CYN_OK ||
        cyn_intervals_new(w->opened->project, w->store, world_now, &w->intervals, &err) != CYN_OK)
        world_fail("cannot open", &err);
    cyn_intervals_share(w->intervals, mine, NULL);
    world_load(w);
}

/* All that is due, by name: "orders endless(left) twice". What is left goes to the other. */
static const char *due(world *w, bool leaves)
{
    static char out[400];
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < 10; i++) {
        const cyn_turn turn = {.data = w->data,
                               .store = w->store,
                               .now = world_now,
                               .clock = world_clock,
                               .scripts = w->opened->script,
                               .leaves = leaves};
        cyn_evaluation done;
        cyn_err err = {0};
        cyn_arena_free(w->arena);
        w->arena = cyn_arena_new(0);
        if (cyn_intervals_run(w->intervals, &turn, w->arena, &done, &err) != CYN_OK)
            return strcpy(out, err.message);
        if (done.nmetrics == 0) break;
        const char *name = done.metrics[0]->name, *how = done.errors[0].code ? "!" : "";
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%s%s", n ? " " : "", name,
                              done.left ? "(left)" : how);
        if (!done.left) continue;
        slow[cyn_project_metric(w->opened->project, name)] = true;
        cyn_intervals_share(w->intervals, is_quick_one, NULL);
    }
    return out;
}

/* What the ledger has of it: rows, and failures. */
static const char *noted(const world *w, const char *metric)
{
    static char out[40];
    const cyn_ledger_row *rows = NULL;
    size_t n = 0, found = 0;
    int64_t failures = 0;
    cyn_arena *arena = cyn_arena_new(0);
    if (cyn_store_ledger(w->store, arena, &rows, &n, NULL) != CYN_OK) return "no ledger";
    for (size_t i = 0; i < n; i++) {
        if (strcmp(rows[i].metric, metric) != 0) continue;
        found++;
        failures += rows[i].failures;
    }
    cyn_arena_free(arena);
    snprintf(out, sizeof out, "%d, %d", (int)found, (int)failures);
    return out;
}

static void test_what_overran_is_left_and_nothing_of_it_is_recorded(void)
{
    world w;
    make();
    open_one(&w, is_quick_one);
    CHECK_STR(due(&w, true), "orders endless(left) hidden(left) twice");
    CHECK_STR(noted(&w, "endless"), "0, 0");
    CHECK_STR(noted(&w, "hidden"), "0, 0"); /* its value, too, was made in too little time */
    CHECK_STR(noted(&w, "twice"), "1, 0");
    CHECK_INT(cyn_intervals_next(w.intervals), at("2026-03-03T00:00:00Z"));
    CHECK_INT(cyn_intervals_waiting(w.intervals, world_now), 0);
    world_close(&w);
    world_remove();
}

static void test_what_overran_is_due_as_before_until_it_is_given_away(void)
{
    world w;
    cyn_evaluation done;
    cyn_err err = {0};
    make();
    open_one(&w, is_quick_one);
    const cyn_turn turn = {.data = w.data,
                           .store = w.store,
                           .now = world_now,
                           .clock = world_clock,
                           .scripts = w.opened->script,
                           .leaves = true};
    for (int i = 0; i < 3; i++) /* the others are before it, or behind */
        CHECK_INT(cyn_intervals_run(w.intervals, &turn, w.arena, &done, &err), CYN_OK);
    CHECK(done.left && done.more);
    CHECK_STR(done.metrics[0]->name, "endless");
    CHECK(done.in_scripts >= QUICK);
    CHECK_INT(cyn_intervals_waiting(w.intervals, world_now), 3);
    world_close(&w);
    world_remove();
}

static void test_each_evaluates_its_own_over_one_ledger(void)
{
    world quick, other;
    make();
    open_one(&quick, is_quick_one);
    CHECK_STR(due(&quick, true), "orders endless(left) hidden(left) twice");
    open_one(&other, is_slow_one);
    CHECK_STR(due(&other, false), "endless! hidden");
    CHECK_STR(noted(&other, "endless"), "1, 1");
    world_now = at("2026-03-03T00:00:00Z");
    CHECK_STR(due(&quick, true), "orders twice");
    CHECK_STR(due(&other, false), "hidden endless!"); /* again, after what is new */
    world_close(&other);
    world_close(&quick);
    world_remove();
}

static void test_quarantine_counts_for_who_evaluates(void)
{
    world quick, other;
    make();
    open_one(&quick, is_quick_one);
    (void)due(&quick, true);
    open_one(&other, is_slow_one);
    for (int i = 0; i < CYN_QUARANTINE; i++) {
        (void)due(&other, false);
        world_now += CYN_DAY; /* beyond the longest wait */
    }
    CHECK_INT(cyn_intervals_quarantined(other.intervals), 1);
    world_close(&quick);
    open_one(&quick, is_quick_one); /* the ledger has it */
    CHECK_INT(cyn_intervals_quarantined(quick.intervals), 0);
    world_close(&other);
    world_close(&quick);
    world_remove();
}

static void test_what_the_other_one_does_is_not_forgotten(void)
{
    world quick, other;
    cyn_err err = {0};
    make();
    open_one(&quick, is_quick_one);
    (void)due(&quick, true);
    open_one(&other, is_slow_one);
    (void)due(&other, false);
    const int64_t later = world_now + 40 * CYN_DAY;
    CHECK_INT(cyn_intervals_forget(quick.intervals, quick.store, later, &err), CYN_OK);
    CHECK_STR(noted(&quick, "hidden"), "1, 0");
    CHECK_INT(cyn_intervals_forget(other.intervals, other.store, later, &err), CYN_OK);
    CHECK_STR(noted(&quick, "twice"), "1, 0");
    world_close(&other);
    world_close(&quick);
    world_remove();
}

static void test_the_ledger_knows_what_took_long_as_it_is_defined_now(void)
{
    world w;
    make();
    open_one(&w, is_quick_one);
    (void)due(&w, false); /* all of them, failures included */
    world_close(&w);
    open_one(&w, is_quick_one);
    cyn_intervals_long(w.intervals, QUICK / 2, note_slow, NULL);
    const cyn_project *p = w.opened->project;
    CHECK(slow[cyn_project_metric(p, "endless")] && slow[cyn_project_metric(p, "hidden")]);
    CHECK(!slow[cyn_project_metric(p, "orders")] && !slow[cyn_project_metric(p, "twice")]);
    world_close(&w);
    memset(slow, 0, sizeof slow);
    world_write("metrics/shared.lua", "metric 'endless' { value = function(at) return 1 end }\n"
                                      "metric 'hidden' { value = function(at) return 2 end }\n");
    open_one(&w, is_quick_one);
    cyn_intervals_long(w.intervals, QUICK / 2, note_slow, NULL);
    CHECK(!slow[0] && !slow[1]);
    world_close(&w);
    world_remove();
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    RUN(test_what_overran_is_left_and_nothing_of_it_is_recorded);
    RUN(test_what_overran_is_due_as_before_until_it_is_given_away);
    RUN(test_each_evaluates_its_own_over_one_ledger);
    RUN(test_quarantine_counts_for_who_evaluates);
    RUN(test_what_the_other_one_does_is_not_forgotten);
    RUN(test_the_ledger_knows_what_took_long_as_it_is_defined_now);
    cyn_zygote_stop();
    return test_end();
}
