/* What rules see of the series that a test gives. */
#include "rules/case_series.h"
#include "test.h"

static cyn_arena *arena;
static const cyn_metric metric = {.name = "m",
                                  .sheet = {.has_grain = true, .grain = {CYN_DAILY, 1}}};
static const cyn_metric other = {.name = "o",
                                 .sheet = {.has_grain = true, .grain = {CYN_DAILY, 1}}};
static const cyn_metric *const metrics[] = {&metric, &other};
static const size_t by_name[] = {0, 1};
static cyn_project project = {
    .calendar = {.week_start = 1, .fiscal_month = 1},
    .metrics = metrics,
    .nmetrics = 2,
    .by_name = by_name,
};

static int64_t day(int d)
{
    return cyn_days_from_civil(2026, 1, d) * CYN_DAY;
}

#define SEGMENT(key, text)                                                                         \
    .segment =                                                                                     \
        (const cyn_case_field[]){{key, {.kind = CYN_CONST_TEXT, .s = (text), .n = strlen(text)}}}, \
    .nsegment = 1

static const cyn_case_series given[] = {
    {.metric = "m", .from = "2026-01-05", .values = "1+1x3", SEGMENT("channel", "ads")},
    {.metric = "m", .from = "2026-01-06", .values = "7 _ 9", SEGMENT("channel", "seo")},
    {.metric = "m", .from = "2026-01-05", .values = "10x9"},
};

static cyn_test_series *make(const cyn_case_series *series, size_t n, cyn_err *err)
{
    cyn_case *c = CYN_NEW(arena, cyn_case);
    cyn_test_series *out = NULL;
    *c = (cyn_case){.name = "t", .series = series, .nseries = n};
    CHECK_INT(cyn_test_series_new(&project, c, arena, &out, err) == CYN_OK, out != NULL);
    return out;
}

/* The series at one slot. */
static const cyn_series *ask(cyn_test_series *s, cyn_series_request r, int64_t slot)
{
    cyn_series_reply reply = {0};
    cyn_series_source source = cyn_test_series_source(s);
    r.from = r.to = slot;
    r.grain = metric.sheet.grain;
    if (!r.metric) r.metric = &metric;
    CHECK_INT(source.get(source.self, &r, 1, arena, &reply, NULL), CYN_OK);
    CHECK(reply.series && !reply.error);
    return reply.series;
}

static const char *const by_channel[] = {"channel"};
#define BY_CHANNEL .dims = by_channel, .ndims = 1

static void check_row(const cyn_series *s, size_t period, double ads, double seo)
{
    CHECK_INT(s->nsegments, 2);
    CHECK_NEAR(s->values[period * 2], ads, 0);
    CHECK_NEAR(s->values[period * 2 + 1], seo, 0);
}

static void test_segments_are_those_of_the_dimensions(void)
{
    cyn_test_series *s = make(given, 3, NULL);
    const cyn_series *all = ask(s, (cyn_series_request){.lookback = 2}, day(8));
    CHECK_INT(all->nsegments, 1);
    CHECK_INT(all->ndims, 0);
    CHECK_INT(all->nperiods, 3);
    CHECK_NEAR(all->values[2], 10, 0);
    const cyn_series *parts = ask(s, (cyn_series_request){BY_CHANNEL}, day(8));
    CHECK_INT(parts->ndims, 1);
    CHECK_INT(parts->nsegments, 2);
    CHECK_STR(parts->keys[0].s, "ads");
    CHECK_STR(parts->keys[1].s, "seo");
}

static void test_the_last_period_is_the_one_that_has_ended(void)
{
    cyn_test_series *s = make(given, 3, NULL);
    const cyn_series *at = ask(s, (cyn_series_request){BY_CHANNEL, .lookback = 3}, day(8));
    CHECK_INT(at->nperiods, 4);
    CHECK_INT(at->periods[3].start, day(7));
    CHECK_INT(at->ready[3], day(8));
    check_row(at, 0, NAN, NAN); /* before the first value */
    check_row(at, 1, 1, NAN);
    check_row(at, 2, 2, 7);
    check_row(at, 3, 3, NAN); /* _ */
    at = ask(s, (cyn_series_request){BY_CHANNEL}, day(8) - 1);
    CHECK_INT(at->periods[0].start, day(6));
    at = ask(s, (cyn_series_request){BY_CHANNEL}, day(20));
    check_row(at, 0, NAN, NAN); /* after the last one */
}

static void test_a_partial_series_ends_with_the_running_period(void)
{
    cyn_test_series *s = make(given, 3, NULL);
    const cyn_series *at =
        ask(s, (cyn_series_request){BY_CHANNEL, .partial = true, .lookback = 1}, day(8) + CYN_HOUR);
    CHECK(at->partial);
    CHECK_INT(at->nperiods, 2);
    CHECK_INT(at->periods[1].start, day(8));
    CHECK_INT(at->ready[1], day(8));
    check_row(at, 1, 4, 9);
}

static void test_a_metric_without_series_has_no_data(void)
{
    cyn_test_series *s = make(given, 3, NULL);
    const cyn_series *at = ask(s, (cyn_series_request){.metric = &other}, day(8));
    CHECK_INT(at->nsegments, 1);
    CHECK(isnan(at->values[0]));
    CHECK_INT(at->data_end, CYN_TIME_MIN);
    at = ask(s, (cyn_series_request){.metric = &other, BY_CHANNEL}, day(8));
    CHECK_INT(at->nsegments, 0);
}

static void test_data_are_as_old_as_the_newest_value(void)
{
    cyn_test_series *s = make(given, 2, NULL);
    CHECK_INT(ask(s, (cyn_series_request){BY_CHANNEL}, day(6))->data_end, day(6));
    CHECK_INT(ask(s, (cyn_series_request){BY_CHANNEL}, day(7) + 1)->data_end, day(7) + 1);
    CHECK_INT(ask(s, (cyn_series_request){BY_CHANNEL}, day(20))->data_end, day(9));
}

static void test_parts_and_rows_are_missing(void)
{
    cyn_test_series *s = make(given, 3, NULL);
    const cyn_series *at = ask(s, (cyn_series_request){.parts = true, .rows = true}, day(8));
    CHECK(isnan(at->numerators[0]) && isnan(at->denominators[0]) && isnan(at->rows[0]));
    CHECK_NEAR(at->values[0], 10, 0);
}

static void test_a_series_starts_when_it_can_be_judged(void)
{
    cyn_test_series *s = make(given + 1, 1, NULL);
    CHECK_INT(cyn_test_series_start(s, "m", false), day(7));
    CHECK_INT(cyn_test_series_start(s, "m", true), day(6));
    CHECK_INT(cyn_test_series_start(s, "o", true), CYN_TIME_MAX);
}

static void check_error(cyn_case_series series, cyn_code code, const char *message, int column)
{
    cyn_err err = {0};
    series.place = (cyn_place){.file = "t.lua", .line = 3, .column = 10};
    CHECK(!make(&series, 1, &err));
    CHECK_INT(err.code, code);
    CHECK_STR(err.message, message);
    CHECK_STR(err.file, "t.lua");
    CHECK_INT(err.line, 3);
    CHECK_INT(err.column, column);
}

static void test_errors_have_their_place_in_the_script(void)
{
    check_error((cyn_case_series){.metric = "m", .from = "2026-01-05", .values = "1 2 x"},
                CYN_E_SYNTAX, "series of 'm': 'x': expected a number", 14);
    check_error((cyn_case_series){.metric = "m", .from = "2026-01-05", .values = " "}, CYN_E_RANGE,
                "series of 'm': there are no values", 10);
    check_error((cyn_case_series){.metric = "mm", .from = "2026-01-05", .values = "1"}, CYN_E_NAME,
                "series of 'mm': no metric is named 'mm'", 10);
    check_error((cyn_case_series){.metric = "m", .values = "1"}, CYN_E_NAME,
                "series of 'm': it does not say when it begins", 10);
    check_error(
        (cyn_case_series){.metric = "m", .from = "2026-01-05", .grain = "all", .values = "1"},
        CYN_E_UNSUPPORTED, "series of 'm': the metric has one period, which never ends", 10);
}

static void test_labels_name_one_series(void)
{
    const cyn_case_series twice[] = {given[0], given[1], given[0]};
    cyn_err err = {0};
    CHECK(!make(twice, 3, &err));
    CHECK_INT(err.code, CYN_E_CONFLICT);
}

int main(void)
{
    arena = cyn_arena_new(0);
    RUN(test_segments_are_those_of_the_dimensions);
    RUN(test_the_last_period_is_the_one_that_has_ended);
    RUN(test_a_partial_series_ends_with_the_running_period);
    RUN(test_a_metric_without_series_has_no_data);
    RUN(test_data_are_as_old_as_the_newest_value);
    RUN(test_parts_and_rows_are_missing);
    RUN(test_a_series_starts_when_it_can_be_judged);
    RUN(test_errors_have_their_place_in_the_script);
    RUN(test_labels_name_one_series);
    cyn_arena_free(arena);
    return test_end();
}
