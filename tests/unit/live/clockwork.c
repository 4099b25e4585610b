/* Intervals and rules under a clock that somebody else sets: clockwork FOLDER. Reads a line at a
 * time:
 *
 *     now MICROSECONDS      what time it is
 *     open | close          the project, its state and its intervals; a restart is both
 *     load                  looks at the files
 *     next                  prints when something is due
 *     turn                  evaluates what is due, and prints each batch as an object, then "."
 *     next rules            prints when a rule is due
 *     turn rules            evaluates the rules that are due, and prints each, then "."
 *
 * The rest is its caller's, who knows what has to come of it (year.py). */
#include "rules/watch_store.h"
#include "world.h"
#include <inttypes.h>

static void print_batch(const world *w, const cyn_evaluation *e)
{
    const cyn_calendar *cal = &w->opened->project->calendar;
    char grain[16], label[64];
    cyn_format_grain(e->grain, grain);
    printf("{\"reason\":\"%s\",\"grain\":\"%s\",\"by\":\"%s\",\"due\":%" PRId64
           ",\"first\":%" PRId64 ",\"last\":%" PRId64 ",\"changed\":%" PRId64
           ",\"restated\":%" PRId64 ",\"labels\":[",
           cyn_reason_names[e->reason], grain, e->by, e->due, e->first.start, e->last.end,
           e->changed, e->restated);
    for (cyn_period p = e->first; p.start < e->last.end; p = cyn_period_shift(cal, p, 1)) {
        cyn_period_label(cal, p, label, sizeof label);
        printf("%s\"%s\"", p.start == e->first.start ? "" : ",", label);
    }
    printf("],\"metrics\":[");
    for (size_t i = 0; i < e->nmetrics; i++)
        printf("%s\"%s\"", i ? "," : "", e->metrics[i]->name);
    printf("],\"failed\":[");
    const char *comma = "";
    for (size_t i = 0; i < e->nmetrics; i++) {
        if (e->errors[i].code == CYN_OK) continue;
        printf("%s\"%s\"", comma, e->metrics[i]->name);
        comma = ",";
    }
    printf("],\"took\":%" PRId64 "}\n", e->took);
}

static void turn(world *w)
{
    cyn_evaluation done = {0};
    do {
        cyn_err err = {0};
        if (world_turn(w, &done, &err) != CYN_OK) world_fail("a turn", &err);
        if (done.nmetrics) print_batch(w, &done);
    } while (done.nmetrics);
    for (cyn_err note; cyn_intervals_said(w->intervals, &note);)
        printf("{\"note\":\"%s\"}\n", note.message);
    printf(".\n");
}

/* ---- rules ---- */

static cyn_watch *watch; /* NULL: not asked for since the project was opened */

static cyn_watch *open_watch(world *w)
{
    const cyn_watch_options options = {0};
    cyn_err err = {0};
    cyn_err_list notes;
    cyn_arena *arena = cyn_arena_new(0);
    if (watch) {
        cyn_arena_free(arena);
        return watch;
    }
    cyn_err_list_init(&notes, arena);
    if (cyn_watch_new(w->opened->project, &options, &watch, &err) != CYN_OK ||
        cyn_watch_load(watch, w->store, world_now, &notes, &err) != CYN_OK)
        world_fail("no watch", &err);
    if (notes.count) world_fail("the state of rules", &notes.items[0]);
    cyn_arena_free(arena);
    return watch;
}

static void close_watch(void)
{
    cyn_watch_free(watch);
    watch = NULL;
}

static void turn_rules(world *w)
{
    cyn_series_data series = {.project = w->opened->project, .data = w->data};
    cyn_watch_result result = {0};
    cyn_err err = {0};
    cyn_arena *arena = cyn_arena_new(0);
    if (cyn_watch_run(open_watch(w), world_now, cyn_series_from_data(&series), arena, &result,
                      &err) != CYN_OK ||
        cyn_watch_keep(watch, w->store, world_now, &result, &err) != CYN_OK)
        world_fail("a turn of rules", &err);
    for (size_t i = 0; i < result.nrules; i++) {
        const cyn_watch_rule *r = &result.rules[i];
        printf("{\"rule\":\"%s\",\"slot\":%" PRId64 ",\"missed\":%" PRIu64
               ",\"failed\":%s,\"firing\":%zu}\n",
               r->rule->name, r->slot, r->missed, r->health == CYN_HEALTH_ERROR ? "true" : "false",
               r->firing);
    }
    printf(".\n");
    cyn_arena_free(arena);
}

int main(int argc, char **argv)
{
    char line[100];
    world w = {0};
    cyn_err err = {0};
    if (argc != 2) return 2;
    snprintf(world_folder, sizeof world_folder, "%s", argv[1]);
    if (cyn_zygote_start(&err) != CYN_OK) world_fail("no script workers", &err);
    while (fgets(line, sizeof line, stdin)) {
        if (!strncmp(line, "now ", 4)) world_now = strtoll(line + 4, NULL, 10);
        if (!strcmp(line, "open\n")) world_open(&w);
        if (!strcmp(line, "close\n")) {
            close_watch();
            world_close(&w);
        }
        if (!strcmp(line, "load\n")) world_load(&w);
        if (!strcmp(line, "next\n")) printf("%" PRId64 "\n", cyn_intervals_next(w.intervals));
        if (!strcmp(line, "turn\n")) turn(&w);
        if (!strcmp(line, "next rules\n"))
            printf("%" PRId64 "\n", cyn_watch_next(open_watch(&w), world_now));
        if (!strcmp(line, "turn rules\n")) turn_rules(&w);
        fflush(stdout);
    }
    close_watch();
    if (w.opened) world_close(&w);
    cyn_zygote_stop();
    return 0;
}
