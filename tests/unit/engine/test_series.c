/* Series of data: the same values as an evaluation gives, whichever requests stand together. */
#include "engine/eval.h"
#include "engine/series.h"
#include "plan/relation.h"
#include "test.h"
#include <stdlib.h>

#define START  INT64_C(1767571200000000) /* 2026-01-05, a Monday */
#define DAYS   30
#define ROWS   600
#define DAY(n) (START + (n)*CYN_DAY)

enum { ORDERS, SHARE, BROKEN, SIGNED, RETAINED, METRICS };

static cyn_arena *arena;
static cyn_tz *tz;
static const char *const dimensions[] = {"channel"};
static const cyn_config_source config_source = {
    .name = "events", .time = "time", .dimensions = dimensions, .ndimensions = 1};
static const cyn_config config = {.name = "test",
                                  .language = "en",
                                  .grain = {CYN_DAILY, 1},
                                  .sources = &config_source,
                                  .nsources = 1};
static cyn_source_spec spec = {.name = "events", .time = "time"};
static cyn_load_report report = {.has_time = true};
static cyn_metric metrics[METRICS];
static const cyn_metric *pointers[METRICS];
static const cyn_agg *aggs[8];
static size_t by_name[METRICS];
static cyn_err errors[METRICS];
static cyn_catalog catalog = {.aggs = aggs};
static cyn_project project = {.config = &config,
                              .specs = &spec,
                              .catalog = &catalog,
                              .metrics = pointers,
                              .nmetrics = METRICS,
                              .metric_errors = errors,
                              .by_name = by_name};
static cyn_source_data source_data;
static cyn_dataset dataset = {.project = &project, .sources = &source_data};

/* ---- rows ---- */

static unsigned long state = 7;
static unsigned dice(unsigned n)
{
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    return (unsigned)(state >> 33) % n;
}

/* Channel mail has rows on the first three days only. */
static cyn_table *make_table(void)
{
    static const cyn_column_spec specs[] = {{"time", CYN_TIMESTAMP, 0},
                                            {"channel", CYN_TEXT, 0},
                                            {"amount", CYN_INTEGER, 0},
                                            {"user", CYN_INTEGER, 0}};
    static const char *const channels[] = {"ads", "seo", "tv", "mail"};
    cyn_builder *b;
    cyn_table *t = NULL;
    CHECK_INT(cyn_builder_new(specs, 4, &b, NULL), CYN_OK);
    report.first_time = CYN_TIME_MAX;
    report.last_time = CYN_TIME_MIN;
    for (size_t i = 0; i < ROWS; i++) {
        int64_t time = START + (int64_t)dice(DAYS * 24 * 60) * CYN_MINUTE;
        const char *channel = channels[dice(time < DAY(3) ? 4 : 3)];
        if (time < report.first_time) report.first_time = time;
        if (time > report.last_time) report.last_time = time;
        CHECK(cyn_builder_i64(b, 0, time));
        CHECK(cyn_builder_text(b, 1, channel, strlen(channel)));
        CHECK(cyn_builder_i64(b, 2, dice(100)));
        CHECK(cyn_builder_i64(b, 3, dice(40)));
        CHECK_INT(cyn_builder_end_row(b, NULL), CYN_OK);
    }
    CHECK_INT(cyn_builder_finish(b, &t, NULL), CYN_OK);
    return t;
}

/* ---- metrics ---- */

static uint32_t add_agg(cyn_agg agg)
{
    cyn_agg *own = CYN_NEW(arena, cyn_agg);
    *own = agg;
    aggs[catalog.naggs] = own;
    return (uint32_t)catalog.naggs++;
}

static const cyn_formula *formula(cyn_formula f)
{
    cyn_formula *own = CYN_NEW(arena, cyn_formula);
    *own = f;
    return own;
}

static const cyn_formula *of_agg(cyn_agg agg)
{
    return formula((cyn_formula){.kind = CYN_FORMULA_AGG, .agg = add_agg(agg)});
}

static void define(int which, const char *name, const cyn_formula *f)
{
    metrics[which] = (cyn_metric){.name = name, .formula = f, .definition = "d"};
    pointers[which] = &metrics[which];
}

static const cyn_expr *column(const char *name)
{
    cyn_expr *e = CYN_NEW(arena, cyn_expr);
    *e = (cyn_expr){.kind = CYN_EXPR_COLUMN, .text = name, .name = name};
    return e;
}

static const cyn_view *cohorts(cyn_relation_kind kind)
{
    static const cyn_view events = {.source = "events"};
    static const cyn_expr always = {.kind = CYN_EXPR_CONST,
                                    .value = {.kind = CYN_CONST_BOOLEAN, .i = 1}};
    static const cyn_journey_step steps[] = {{.when = &always}, {.when = &always}};
    cyn_relation *r = CYN_NEW(arena, cyn_relation);
    cyn_view *view = CYN_NEW(arena, cyn_view);
    *r = (cyn_relation){.kind = kind, .base = &events, .entity = column("user")};
    if (kind == CYN_JOURNEY) {
        r->steps = steps;
        r->nsteps = 2;
        r->within = 3 * CYN_DAY;
    } else {
        r->start = &always;
        r->unit = CYN_DAILY;
        r->n = 7;
    }
    *view = (cyn_view){.source = "events", .relation = r};
    return view;
}

static void begin(void)
{
    static const cyn_view events = {.source = "events"};
    CHECK_INT(cyn_tz_load("UTC", &tz, NULL), CYN_OK);
    arena = cyn_arena_new(0);
    catalog.naggs = 0;
    spec.tz = tz;
    project.calendar = (cyn_calendar){.tz = tz, .week_start = 1, .fiscal_month = 1};
    const cyn_formula *count = of_agg((cyn_agg){.func = CYN_COUNT, .view = &events});
    const cyn_formula *sum =
        of_agg((cyn_agg){.func = CYN_SUM, .view = &events, .arg = column("amount")});
    define(ORDERS, "a_orders", count);
    define(SHARE, "b_share",
           formula((cyn_formula){.kind = CYN_FORMULA_OP, .op = CYN_DIV, .a = sum, .b = count}));
    define(BROKEN, "c_broken",
           of_agg((cyn_agg){.func = CYN_SUM, .view = &events, .arg = column("amonut")}));
    define(SIGNED, "d_signed", of_agg((cyn_agg){.func = CYN_COUNT, .view = cohorts(CYN_JOURNEY)}));
    define(RETAINED, "e_retained",
           of_agg((cyn_agg){.func = CYN_COUNT, .view = cohorts(CYN_RETENTION)}));
    for (size_t i = 0; i < METRICS; i++)
        by_name[i] = i;
    source_data = (cyn_source_data){.tried = true, .table = make_table(), .report = &report};
}

static void end(void)
{
    cyn_table_unref(source_data.table);
    cyn_arena_free(arena);
    cyn_tz_free(tz);
}

static cyn_series_request request(int metric, int64_t at)
{
    return (cyn_series_request){
        .metric = &metrics[metric], .grain = {CYN_DAILY, 1}, .lookback = 5, .from = at, .to = at};
}

static cyn_series_request by_channel(int metric, int64_t at)
{
    cyn_series_request r = request(metric, at);
    r.dims = dimensions;
    r.ndims = 1;
    return r;
}

static void get(const cyn_series_request *requests, size_t n, cyn_series_reply *out)
{
    cyn_err err = {0};
    cyn_series_data data = {.project = &project, .data = &dataset};
    cyn_series_source source = cyn_series_from_data(&data);
    CHECK_INT(source.get(source.self, requests, n, arena, out, &err), CYN_OK);
    if (err.code) printf("# %s\n", err.message);
}

static const cyn_series *get_one(cyn_series_request r)
{
    cyn_series_reply out = {0};
    get(&r, 1, &out);
    CHECK(out.series != NULL);
    if (out.error) printf("# %s\n", out.error->message);
    return out.series;
}

/* ---- what an evaluation says ---- */

static const char *label(int64_t t)
{
    char *out = cyn_alloc(arena, 48);
    cyn_period_label(&project.calendar,
                     cyn_period_at(&project.calendar, (cyn_grain){CYN_DAILY, 1}, t), out, 48);
    return out;
}

static const cyn_point *point_at(int metric, bool by, int64_t day, const char *as_of,
                                 const char *channel)
{
    cyn_eval_request r = {.metrics = &metrics[metric].name,
                          .nmetrics = 1,
                          .has_grain = true,
                          .grain = {CYN_DAILY, 1},
                          .at = label(day),
                          .by = dimensions,
                          .nby = by,
                          .all_segments = true,
                          .as_of = as_of};
    cyn_eval_result result;
    CHECK_INT(cyn_evaluate(&project, &dataset, &r, arena, &result, NULL), CYN_OK);
    for (size_t i = 0; i < result.npoints; i++)
        if (!by || (result.points[i].keys[0].s && !strcmp(result.points[i].keys[0].s, channel)))
            return &result.points[i];
    return NULL;
}

static void agrees(const cyn_series *s, int metric, const char *as_of)
{
    for (size_t p = 0; p < s->nperiods; p++)
        for (size_t i = 0; i < s->nsegments; i++) {
            const char *channel = s->ndims ? s->keys[i].s : NULL;
            const cyn_point *point =
                point_at(metric, s->ndims > 0, s->periods[p].start, as_of, channel);
            double value = point ? cyn_num_double(point->value) : NAN;
            if (!point) value = metric == ORDERS ? 0 : NAN; /* no row on that day */
            CHECK_NEAR(s->values[p * s->nsegments + i], value, 0);
        }
}

/* ---- tests ---- */

static void test_values_are_those_of_an_evaluation(void)
{
    begin();
    const cyn_series *whole = get_one(request(SHARE, DAY(20) + 5 * CYN_HOUR));
    CHECK_INT(whole->nperiods, 6);
    CHECK_INT(whole->nsegments, 1);
    CHECK_INT(whole->periods[5].end, DAY(20));
    agrees(whole, SHARE, "2026-01-25");
    const cyn_series *channels = get_one(by_channel(ORDERS, DAY(20)));
    CHECK_INT(channels->nsegments, 3);
    agrees(channels, ORDERS, "2026-01-25");
    agrees(get_one(by_channel(SHARE, DAY(20))), SHARE, "2026-01-25");
    end();
}

static void test_a_segment_belongs_to_it_as_long_as_its_periods_have_rows(void)
{
    begin();
    CHECK_INT(get_one(by_channel(ORDERS, DAY(8)))->nsegments, 4); /* the 3rd to the 8th day */
    CHECK_INT(get_one(by_channel(ORDERS, DAY(9)))->nsegments, 3);
    /* What another request looks at is none of its business. */
    cyn_series_request both[] = {by_channel(ORDERS, DAY(9)), by_channel(SHARE, DAY(9))};
    cyn_series_reply out[2] = {0};
    both[1].lookback = 8;
    get(both, 2, out);
    CHECK_INT(out[0].series->nsegments, 3);
    CHECK_INT(out[0].series->nperiods, 6);
    CHECK_INT(out[1].series->nsegments, 4);
    CHECK_INT(out[1].series->nperiods, 9);
    agrees(out[0].series, ORDERS, "2026-01-25");
    agrees(out[1].series, SHARE, "2026-01-25");
    end();
}

static void test_parts_and_rows_come_where_they_are_asked_for(void)
{
    begin();
    cyn_series_request r = by_channel(SHARE, DAY(20));
    const cyn_series *plain = get_one(r);
    CHECK(!plain->numerators && !plain->denominators && !plain->rows);
    r.parts = r.rows = true;
    const cyn_series *s = get_one(r);
    for (size_t i = 0; i < s->nperiods * s->nsegments; i++) {
        CHECK_NEAR(s->values[i], s->numerators[i] / s->denominators[i], 1e-15);
        CHECK_NEAR(s->rows[i], s->denominators[i], 0);
    }
    end();
}

static void test_running_periods_are_as_long_as_what_has_passed(void)
{
    begin();
    cyn_series_request r = request(ORDERS, DAY(20) + 7 * CYN_HOUR);
    r.partial = true;
    const cyn_series *s = get_one(r);
    CHECK_INT(s->nperiods, 6);
    CHECK(s->partial);
    CHECK_INT(s->periods[5].start, DAY(20));
    const cyn_point *p = point_at(ORDERS, false, DAY(20), "2026-01-25 07:00", NULL);
    CHECK_NEAR(s->values[5], cyn_num_double(p->value), 0);
    CHECK_NEAR(s->values[4], cyn_num_double(p->previous), 0);
    size_t judged;
    CHECK(cyn_series_judged(s, r.to, &judged));
    CHECK_INT(judged, 5);
    end();
}

static void test_cohorts_are_ready_when_their_window_has_passed(void) /* I-1 */
{
    begin();
    size_t judged = 0;
    const cyn_series *orders = get_one(request(ORDERS, DAY(20)));
    const cyn_series *journey = get_one(request(SIGNED, DAY(20)));
    const cyn_series *retained = get_one(request(RETAINED, DAY(20)));
    for (size_t i = 0; i < orders->nperiods; i++)
        CHECK_INT(orders->ready[i], orders->periods[i].end);
    for (size_t i = 0; i < journey->nperiods; i++)
        CHECK_INT(journey->ready[i], journey->periods[i].end + 3 * CYN_DAY);
    for (size_t i = 0; i < retained->nperiods; i++)
        CHECK_INT(retained->ready[i], retained->periods[i].end + 7 * CYN_DAY);
    CHECK(cyn_series_judged(journey, DAY(20), &judged));
    CHECK_INT(journey->periods[judged].end, DAY(17));
    CHECK_INT(judged, 5); /* as far back as was asked for lies before it */
    CHECK(cyn_series_judged(retained, DAY(20), &judged));
    CHECK_INT(retained->periods[judged].end, DAY(13));
    CHECK_INT(judged, 5);
    /* Whether it is ready agrees with what an evaluation says of the period. */
    CHECK(point_at(RETAINED, false, DAY(0), "2026-01-12", NULL)->immature);
    CHECK(!point_at(RETAINED, false, DAY(0), "2026-01-13", NULL)->immature);
    CHECK_INT(get_one(request(RETAINED, DAY(8)))->ready[5], DAY(8));
    end();
}

/* A backtest asks once for all of its slots. */
static void test_a_long_series_has_what_each_slot_would_have_seen(void)
{
    begin();
    cyn_series_request r = by_channel(ORDERS, DAY(20));
    r.from = DAY(10);
    const cyn_series *s = get_one(r);
    CHECK_INT(s->nperiods, 16);
    size_t judged;
    for (int64_t d = 10; d <= 20; d++) {
        const cyn_series *live = get_one(by_channel(ORDERS, DAY(d)));
        CHECK(cyn_series_judged(s, DAY(d), &judged));
        CHECK_INT(s->periods[judged].end, DAY(d));
        for (size_t i = 0; i < live->nsegments; i++)
            CHECK_NEAR(s->values[judged * s->nsegments + i], live->values[5 * live->nsegments + i],
                       0);
    }
    end();
}

static void test_a_metric_that_cannot_be_computed_fails_alone(void)
{
    begin();
    cyn_series_request all[] = {request(ORDERS, DAY(20)), request(BROKEN, DAY(20))};
    cyn_series_reply out[2] = {0};
    get(all, 2, out);
    CHECK(out[0].series && !out[0].error);
    CHECK(!out[1].series && out[1].error);
    CHECK(strstr(out[1].error->message, "amonut") != NULL);
    end();
}

static void test_data_end_where_the_rows_end_or_the_slot_is(void)
{
    begin();
    CHECK_INT(get_one(request(ORDERS, DAY(20)))->data_end, DAY(20));
    CHECK_INT(get_one(request(ORDERS, DAY(40)))->data_end, report.last_time + 1);
    end();
}

int main(void)
{
    RUN(test_values_are_those_of_an_evaluation);
    RUN(test_a_segment_belongs_to_it_as_long_as_its_periods_have_rows);
    RUN(test_parts_and_rows_come_where_they_are_asked_for);
    RUN(test_running_periods_are_as_long_as_what_has_passed);
    RUN(test_cohorts_are_ready_when_their_window_has_passed);
    RUN(test_a_long_series_has_what_each_slot_would_have_seen);
    RUN(test_a_metric_that_cannot_be_computed_fails_alone);
    RUN(test_data_end_where_the_rows_end_or_the_slot_is);
    return test_end();
}
