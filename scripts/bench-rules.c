/* What an evaluation of alert rules costs: rules of one segment each, or one rule of many segments;
 * 10 % of them fire, and all that comes of it is stored.
 *
 *   bench-rules rules|segments N RUNS STATE      series are there already
 *   bench-rules scan N RUNS STATE                one rule of N segments; the metric is computed of
 *                                                N (RUNS + 5) rows in memory
 *
 * Prints a line of JSON: medians of microseconds. scripts/bench rules builds it against the
 * engine's libraries.
 */
#include "base/time.h"
#include "bench.h"
#include "plan/translation.h"
#include "rules/watch_store.h"
#include <math.h>
#include <string.h>
#include <time.h>

#define START INT64_C(1767571200000000)
#define EVERY CYN_MINUTE

static double now_micros(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- a project ---- */

static cyn_arena *arena;
static cyn_tz *tz;
static const char *const dimensions[] = {"host"};
static const cyn_config_source config_source = {
    .name = "events", .time = "time", .dimensions = dimensions, .ndimensions = 1};
static cyn_config config = {.name = "bench",
                            .language = "en",
                            .grain = {CYN_MINUTES, 1},
                            .sources = &config_source,
                            .nsources = 1};
static cyn_source_spec spec = {.name = "events", .time = "time"};
static cyn_load_report report = {.has_time = true};
static cyn_source_data source_data = {.tried = true, .report = &report};
static cyn_catalog catalog;
static cyn_project project;
static cyn_dataset dataset = {.project = &project, .sources = &source_data};
static cyn_metric *metrics;
static size_t nsegments; /* of each metric */

/* value > 0.9, of values that are evenly spread from 0 to 1 */
static const cyn_expr *above(double limit)
{
    cyn_step *steps = CYN_NEW_ARRAY(arena, 3, cyn_step);
    cyn_translation *code = CYN_NEW(arena, cyn_translation);
    cyn_translation_input *input = CYN_NEW(arena, cyn_translation_input);
    cyn_expr *e = CYN_NEW(arena, cyn_expr);
    for (int i = 0; i < 3; i++)
        steps[i].a = steps[i].b = steps[i].c = CYN_NO_STEP;
    steps[0].op = CYN_OP_INPUT;
    steps[1].op = CYN_OP_CONST;
    steps[1].value = (cyn_const){.kind = CYN_CONST_REAL, .r = limit};
    steps[2].op = CYN_OP_LESS;
    steps[2].a = 1;
    steps[2].b = 0;
    input->name = "value";
    *code = (cyn_translation){.steps = steps, .nsteps = 3, .inputs = input, .ninputs = 1};
    *e = (cyn_expr){.kind = CYN_EXPR_SCRIPT, .text = "value > 0.9", .code = code};
    return e;
}

static void make_rules(size_t n, bool by, double limit)
{
    static const cyn_rule_level warning = {.severity = CYN_WARNING};
    cyn_rule *rules = CYN_NEW_ARRAY(arena, n, cyn_rule);
    const cyn_rule **list = CYN_NEW_ARRAY(arena, n, const cyn_rule *);
    const cyn_metric **shown = CYN_NEW_ARRAY(arena, n, const cyn_metric *);
    size_t *by_name = CYN_NEW_ARRAY(arena, n, size_t);
    metrics = CYN_NEW_ARRAY(arena, n, cyn_metric);
    for (size_t i = 0; i < n; i++) {
        metrics[i] = (cyn_metric){.name = cyn_sprintf(arena, "metric_%06zu", i), .definition = "d"};
        shown[i] = &metrics[i];
        by_name[i] = i;
        rules[i] = (cyn_rule){.name = cyn_sprintf(arena, "rule_%06zu", i),
                              .place = {"alerts/bench.lua", (int)i + 1, 1},
                              .metric = metrics[i].name,
                              .by = dimensions,
                              .nby = by,
                              .when = above(limit),
                              .levels = &warning,
                              .nlevels = 1,
                              .policy = CYN_ALERT_POLICY,
                              .every = EVERY,
                              .summary = {"{metric} is {value}, {severity} since {since}", NULL},
                              .definition = "d"};
        list[i] = &rules[i];
    }
    catalog = (cyn_catalog){.rules = list, .nrules = n};
    project = (cyn_project){.arena = arena,
                            .config = &config,
                            .specs = &spec,
                            .calendar = {.tz = tz, .week_start = 1, .fiscal_month = 1},
                            .catalog = &catalog,
                            .metrics = shown,
                            .nmetrics = n,
                            .by_name = by_name};
}

/* ---- series that are there ---- */

static double value_of(size_t i)
{
    return (double)(i * 7919 % 1000) / 1000 + 0.0005;
}

static const cyn_series *make_series(const cyn_series_request *r, const cyn_const *keys,
                                     cyn_arena *a)
{
    size_t periods = r->lookback + 1;
    cyn_series *s = CYN_NEW(a, cyn_series);
    cyn_period *list = CYN_NEW_ARRAY(a, periods, cyn_period);
    int64_t *ready = CYN_NEW_ARRAY(a, periods, int64_t);
    double *values = CYN_NEW_ARRAY(a, periods * nsegments, double);
    size_t first = r->ndims ? 0 : (size_t)(r->metric - metrics);
    for (size_t p = 0; p < periods; p++) {
        int64_t back = (int64_t)(periods - p);
        list[p] = (cyn_period){r->grain, r->to - back * EVERY, r->to - (back - 1) * EVERY};
        ready[p] = list[p].end;
        for (size_t i = 0; i < nsegments; i++)
            values[p * nsegments + i] = value_of(first + i);
    }
    *s = (cyn_series){.metric = r->metric,
                      .calendar = &project.calendar,
                      .grain = r->grain,
                      .periods = list,
                      .nperiods = periods,
                      .ready = ready,
                      .ndims = r->ndims,
                      .dims = r->dims,
                      .nsegments = nsegments,
                      .keys = keys,
                      .values = values,
                      .data_end = r->to};
    return s;
}

static cyn_code get_made(void *self, const cyn_series_request *requests, size_t n, cyn_arena *a,
                         cyn_series_reply *out, cyn_err *e)
{
    (void)e;
    for (size_t i = 0; i < n; i++)
        out[i].series = make_series(&requests[i], self, a);
    return CYN_OK;
}

static const cyn_const *make_keys(size_t n)
{
    cyn_const *keys = CYN_NEW_ARRAY(arena, n, cyn_const);
    for (size_t i = 0; i < n; i++) {
        char *name = cyn_sprintf(arena, "host-%07zu", i);
        keys[i] = (cyn_const){.kind = CYN_CONST_TEXT, .s = name, .n = strlen(name)};
    }
    return keys;
}

/* ---- series of rows ---- */

/* A row for each host and minute; the metric is a mean. */
static void make_rows(size_t hosts, const cyn_const *keys, size_t minutes)
{
    static const cyn_column_spec specs[] = {
        {"time", CYN_TIMESTAMP, 0}, {"host", CYN_TEXT, 0}, {"load", CYN_REAL, 0}};
    static const cyn_view view = {.source = "events"};
    static const cyn_expr load = {.kind = CYN_EXPR_COLUMN, .text = "load", .name = "load"};
    static const cyn_agg mean = {.func = CYN_MEAN, .view = &view, .arg = &load};
    static const cyn_agg *const aggs[] = {&mean};
    static const cyn_formula formula = {.kind = CYN_FORMULA_AGG};
    cyn_builder *b;
    need(cyn_builder_new(specs, 3, &b, &err));
    report.first_time = START;
    for (size_t minute = 0; minute < minutes; minute++)
        for (size_t i = 0; i < hosts; i++) {
            report.last_time = START + (int64_t)minute * CYN_MINUTE;
            if (!cyn_builder_i64(b, 0, report.last_time) ||
                !cyn_builder_text(b, 1, keys[i].s, keys[i].n) ||
                !cyn_builder_f64(b, 2, value_of(i)))
                need(cyn_nomem(&err));
            need(cyn_builder_end_row(b, &err));
        }
    need(cyn_builder_finish(b, &source_data.table, &err));
    spec.tz = tz;
    metrics[0].formula = &formula;
    catalog.aggs = aggs;
    catalog.naggs = 1;
}

/* ---- runs ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    qsort(x, n, sizeof *x, by_size);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static double peak_megabytes(void)
{
    char line[256];
    double kilobytes = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "VmHWM:", 6)) kilobytes = atof(line + 6);
    if (f) fclose(f);
    return kilobytes / 1024;
}

static void run_all(cyn_series_source source, size_t n, size_t runs, const char *state)
{
    cyn_watch *w;
    cyn_store *st;
    cyn_watch_options options = {0};
    double *judge = calloc(runs, sizeof *judge), *keep = calloc(runs, sizeof *keep);
    size_t firing = 0;
    if (!judge || !keep) exit(1);
    need(cyn_watch_new(&project, &options, &w, &err));
    need(cyn_store_open(state, &st, &err));
    /* The first two make alerts, and find memory and pages. */
    for (size_t k = 0; k < runs + 2; k++) {
        int64_t now = START + (int64_t)(k + 3) * EVERY;
        cyn_arena *a = cyn_arena_new(0);
        cyn_watch_result result;
        double t0 = now_micros();
        need(cyn_watch_run(w, now, source, a, &result, &err));
        double t1 = now_micros();
        need(cyn_watch_keep(w, st, now, &result, &err));
        double t2 = now_micros();
        if (k >= 2) judge[k - 2] = t1 - t0;
        if (k >= 2) keep[k - 2] = t2 - t1;
        firing = 0;
        for (size_t i = 0; i < result.nrules; i++)
            firing += result.rules[i].firing;
        cyn_arena_free(a);
    }
    printf("{\"n\":%zu,\"firing\":%zu,\"evaluate\":%.1f,\"store\":%.1f,\"peak_mb\":%.1f}\n", n,
           firing, median(judge, runs), median(keep, runs), peak_megabytes());
    cyn_store_close(st);
    cyn_watch_free(w);
    free(judge);
    free(keep);
}

int main(int argc, char **argv)
{
    if (argc != 5) return 2;
    const char *what = argv[1];
    size_t n = strtoul(argv[2], NULL, 10), runs = strtoul(argv[3], NULL, 10);
    bool rules = !strcmp(what, "rules"), scan = !strcmp(what, "scan");
    arena = cyn_arena_new(0);
    need(cyn_tz_load("UTC", &tz, &err));
    make_rules(rules ? n : 1, !rules, 0.9);
    nsegments = rules ? 1 : n;
    const cyn_const *keys = rules ? NULL : make_keys(n);
    if (scan) make_rows(n, keys, runs + 5);
    cyn_series_data data = {.project = &project, .data = &dataset};
    cyn_series_source source = scan ? cyn_series_from_data(&data)
                                    : (cyn_series_source){.self = (void *)keys, .get = get_made};
    run_all(source, n, runs, argv[4]);
    cyn_table_unref(source_data.table);
    cyn_arena_free(arena);
    cyn_tz_free(tz);
    return 0;
}
