/* What readings say of one series, period by period: bench-detect MINUTES START READING…
 *
 * Periods of so many minutes begin at START, seconds since 1970-01-01T00:00Z. Standard input has a
 * value for each, `nan` where there is none; standard output a line for each with all readings at
 * that period, `nan` where there is none. Standard error has, for each reading, its name and the
 * nanoseconds of processor time that it took on the average.
 *
 * scripts/bench detect builds it against the engine's libraries.
 */
#include "alert/reading.h"
#include "bench.h"
#include <string.h>

#define MOST_READINGS 32

static double *read_values(size_t *n)
{
    double *values = NULL, x;
    size_t room = 0;
    *n = 0;
    while (scanf("%lf", &x) == 1) {
        if (*n == room) {
            room = room ? 2 * room : 1024;
            values = need_memory(realloc(values, room * sizeof *values));
        }
        values[(*n)++] = x;
    }
    return values;
}

static cyn_series make_series(const cyn_metric *m, const cyn_calendar *cal, int minutes,
                              int64_t start, const double *values, size_t n)
{
    cyn_period *periods = need_memory(calloc(n, sizeof *periods));
    int64_t *ready = need_memory(calloc(n, sizeof *ready));
    cyn_grain grain =
        minutes == 60 ? (cyn_grain){CYN_HOURLY, 1} : (cyn_grain){CYN_MINUTES, minutes};
    for (size_t i = 0; i < n; i++) {
        periods[i] = cyn_period_at(cal, grain, start + (int64_t)i * minutes * CYN_MINUTE);
        ready[i] = periods[i].end;
    }
    return (cyn_series){.metric = m,
                        .calendar = cal,
                        .grain = grain,
                        .periods = periods,
                        .nperiods = n,
                        .ready = ready,
                        .nsegments = 1,
                        .values = values,
                        .data_end = periods[n - 1].end};
}

/* A reading at every period. */
static double *read_all(const char *name, const cyn_series *s)
{
    cyn_reading r;
    double *out = need_memory(calloc(s->nperiods, sizeof *out)), began = now();
    need(cyn_reading_parse(name, strlen(name), &r, &err));
    for (size_t i = 0; i < s->nperiods; i++) {
        cyn_arena *scratch = need_memory(cyn_arena_new(0));
        need(cyn_reading_compute(&r, s, i, s->ready[i], scratch, &out[i], &err));
        cyn_arena_free(scratch);
    }
    fprintf(stderr, "%s %.0f\n", r.name, (now() - began) / (double)s->nperiods);
    return out;
}

int main(int argc, char **argv)
{
    double *answers[MOST_READINGS];
    int readings = argc - 3;
    size_t n;
    if (readings < 1 || readings > MOST_READINGS) {
        fputs("usage: bench-detect MINUTES START READING…\n", stderr);
        return 2;
    }
    cyn_tz *tz;
    need(cyn_tz_load("UTC", &tz, &err));
    const cyn_calendar cal = {.tz = tz, .week_start = 1, .fiscal_month = 1};
    const cyn_metric metric = {.name = "m"};
    double *values = read_values(&n);
    if (n == 0) return 0;
    cyn_series s =
        make_series(&metric, &cal, atoi(argv[1]), atoll(argv[2]) * CYN_SECOND, values, n);
    for (int k = 0; k < readings; k++)
        answers[k] = read_all(argv[3 + k], &s);
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < readings; k++)
            printf("%.9g%c", answers[k][i], k + 1 < readings ? ' ' : '\n');
    return 0;
}
