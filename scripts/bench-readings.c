/* What readings cost over many segments: bench-readings SEGMENTS RUNS
 *
 * A series of days, read at its last one; nanoseconds of processor time per segment, the median of
 * the runs. What looks back costs as much as it looks at.
 *
 * scripts/bench readings builds it against the engine's libraries.
 */
#include "alert/reading.h"
#include "bench.h"
#include <string.h>

#define PERIODS   60
#define MOST_RUNS 100
#define FEW       10000 /* segments, beyond which nobody waits for a forecast of each */

static const char *const names[] = {
    "value",   "change(\"1w\")", "delta",      "status",   "mean(4)", "mean(28)",
    "min(28)", "p(95,28)",       "stddev(28)", "zscore",   "mad",     "ewma",
    "cusum",   "change_point",   "season",     "forecast",
};
#define NAMES (sizeof names / sizeof *names)

static cyn_series make_series(const cyn_metric *m, const cyn_calendar *cal, size_t segments)
{
    cyn_period *periods = need_memory(calloc(PERIODS, sizeof *periods));
    int64_t *ready = need_memory(calloc(PERIODS, sizeof *ready));
    double *values = need_memory(calloc(PERIODS * segments, sizeof *values));
    uint64_t state = 7;
    for (size_t i = 0; i < PERIODS; i++) {
        periods[i] = cyn_period_at(cal, (cyn_grain){CYN_DAILY, 1}, (20000 + (int64_t)i) * CYN_DAY);
        ready[i] = periods[i].end;
    }
    for (size_t i = 0; i < PERIODS * segments; i++) {
        state = state * 6364136223846793005 + 1442695040888963407;
        values[i] = (double)(state >> 33) / 1e6;
    }
    return (cyn_series){.metric = m,
                        .calendar = cal,
                        .grain = {CYN_DAILY, 1},
                        .periods = periods,
                        .nperiods = PERIODS,
                        .ready = ready,
                        .nsegments = segments,
                        .values = values,
                        .data_end = periods[PERIODS - 1].end};
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Nanoseconds per segment. */
static double measure(const char *name, const cyn_series *s, double *out, int runs)
{
    cyn_reading r;
    double took[MOST_RUNS];
    need(cyn_reading_parse(name, strlen(name), &r, &err));
    for (int i = 0; i < runs; i++) {
        cyn_arena *scratch = need_memory(cyn_arena_new(0));
        double began = now();
        need(cyn_reading_compute(&r, s, PERIODS - 1, s->ready[PERIODS - 1], scratch, out, &err));
        took[i] = (now() - began) / (double)s->nsegments;
        cyn_arena_free(scratch);
    }
    qsort(took, (size_t)runs, sizeof *took, by_size);
    return took[runs / 2];
}

int main(int argc, char **argv)
{
    size_t segments = argc == 3 ? strtoul(argv[1], NULL, 10) : 0;
    int runs = argc == 3 ? atoi(argv[2]) : 0;
    if (segments < 1 || runs < 1 || runs > MOST_RUNS) {
        fputs("usage: bench-readings SEGMENTS RUNS\n", stderr);
        return 2;
    }
    cyn_tz *tz;
    need(cyn_tz_load("UTC", &tz, &err));
    const cyn_calendar cal = {.tz = tz, .week_start = 1, .fiscal_month = 1};
    const cyn_metric metric = {.name = "m",
                               .sheet = {.direction = CYN_UP, .green = {.set = true, .lo = 1000}}};
    cyn_series s = make_series(&metric, &cal, segments);
    double *out = need_memory(calloc(segments, sizeof *out));
    memset(out, 1, segments * sizeof *out); /* so that its pages are there */
    printf("%zu segments, nanoseconds of processor time per segment, median of %d\n\n", segments,
           runs);
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(names[i], "forecast") != 0 || segments <= FEW)
            printf("%-14s %10.1f\n", names[i], measure(names[i], &s, out, runs));
    return 0;
}
