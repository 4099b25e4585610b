/* live: the objectives and key results that an overview carries. */
#include "folder.h"
#include "live/overview.h"
#include "live/stock.h"
#include "script/script.h"
#include <math.h>

static const char yaml[] = "name: okrs\n"
                           "timezone: UTC\n"
                           "grain: day\n"
                           "as_of: 2026-01-08\n"
                           "sources:\n"
                           "  events: {type: csv, path: data.csv, time: at}\n";
static const char script[] = "local events = source \"events\"\n"
                             "nsm \"orders\" { value = events:count() }\n"
                             "metric \"twice\" { value = function(at)\n"
                             "  return 2 * at:get \"orders\"\n"
                             "end }\n";
#define OKRS(to)                                                                                   \
    "objectives:\n"                                                                                \
    "  more:\n"                                                                                    \
    "    title: More\n"                                                                            \
    "    supports: orders\n"                                                                       \
    "    key_results:\n"                                                                           \
    "      - { metric: orders, from: 0, to: " to " }\n"                                            \
    "      - { metric: twice, from: 0, to: 20 }\n"

static void make_project(void)
{
    make_folder((const char *const[]){"metrics"}, 1);
    put_file("cynosure.yaml", yaml);
    put_file("metrics/m.lua", script);
    put_file("data.csv", "at\n2026-01-06T01:00:00Z\n2026-01-07T02:00:00Z\n2026-01-07T03:00:00Z\n"
                         "2026-01-07T04:00:00Z\n2026-01-07T05:00:00Z\n");
}

/* `recorded`: NULL, or the metrics that are not to be evaluated. */
static cyn_overview *make(const cyn_opened *o, const atomic_bool *recorded)
{
    const cyn_overview_options options = {.now = 1, .recorded = recorded};
    const cyn_stock_options loading = {0};
    cyn_stock *stock = NULL;
    cyn_dataset *data = NULL;
    cyn_overview *v = NULL;
    cyn_err err = {0};
    cyn_err_list notes;
    cyn_err_list_init(&notes, o->arena);
    must(cyn_stock_load(o->project, NULL, &loading, &stock, &notes, &err) == CYN_OK, err.message);
    must(cyn_stock_dataset(stock, o->project, &data, &err) == CYN_OK, err.message);
    must(cyn_overview_make(o, data, NULL, &options, &v, &err) == CYN_OK, err.message);
    cyn_dataset_free(data);
    cyn_stock_unref(stock);
    return v;
}

static const cyn_okr_item *result_of(const cyn_overview *v, const char *metric)
{
    for (size_t i = 0; v->okrs && i < v->okrs->count; i++)
        if (v->okrs->items[i].line == CYN_OKR_RESULT && !strcmp(v->okrs->items[i].name, metric))
            return &v->okrs->items[i];
    printf("Bail out! no key result '%s'\n", metric);
    exit(1);
}

static void test_key_results_are_judged_by_the_last_ended_period(void)
{
    make_project();
    put_file("okrs.yaml", OKRS("10"));
    cyn_opened *o = must_open();
    cyn_overview *v = make(o, NULL);
    CHECK_NEAR(result_of(v, "orders")->progress, 0.4, 1e-12);
    CHECK_NEAR(result_of(v, "twice")->progress, 0.4, 1e-12);
    CHECK_NEAR(cyn_num_double(result_of(v, "twice")->goal->value), 8, 0);
    cyn_overview_unref(v);
    cyn_opened_unref(o);
    drop_folder();
}

static void test_what_is_left_out_of_the_overview_is_not_evaluated_for_them(void)
{
    atomic_bool recorded[2] = {false, false};
    make_project();
    put_file("okrs.yaml", OKRS("10"));
    cyn_opened *o = must_open();
    atomic_store(&recorded[cyn_project_metric(o->project, "twice")], true);
    cyn_overview *v = make(o, recorded);
    const cyn_goal *twice = result_of(v, "twice")->goal;
    CHECK_NEAR(result_of(v, "orders")->progress, 0.4, 1e-12);
    CHECK(isnan(result_of(v, "twice")->progress));
    CHECK(cyn_num_is_missing(twice->value));
    CHECK(twice->error == NULL);
    CHECK_INT(twice->period.start, result_of(v, "orders")->goal->period.start);
    cyn_overview_unref(v);
    cyn_opened_unref(o);
    drop_folder();
}

static void test_a_project_without_objectives_has_none(void)
{
    make_project();
    cyn_opened *o = must_open();
    cyn_overview *v = make(o, NULL);
    CHECK(v->okrs == NULL);
    cyn_overview_unref(v);
    cyn_opened_unref(o);
    drop_folder();
}

static void test_the_tag_differs_when_a_target_does(void)
{
    make_project();
    put_file("okrs.yaml", OKRS("10"));
    cyn_opened *o = must_open();
    cyn_overview *a = make(o, NULL), *same = make(o, NULL);
    put_file("okrs.yaml", OKRS("11"));
    cyn_opened *changed = must_open();
    cyn_overview *b = make(changed, NULL);
    CHECK_STR(a->etag, same->etag);
    CHECK(strcmp(a->etag, b->etag) != 0);
    cyn_overview_unref(a);
    cyn_overview_unref(same);
    cyn_overview_unref(b);
    cyn_opened_unref(o);
    cyn_opened_unref(changed);
    drop_folder();
}

int main(void)
{
    must(cyn_zygote_start(NULL) == CYN_OK, "no zygote");
    RUN(test_key_results_are_judged_by_the_last_ended_period);
    RUN(test_what_is_left_out_of_the_overview_is_not_evaluated_for_them);
    RUN(test_a_project_without_objectives_has_none);
    RUN(test_the_tag_differs_when_a_target_does);
    cyn_zygote_stop();
    return test_end();
}
