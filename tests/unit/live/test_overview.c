#include "engine/record.h"
#include "live/report_file.h"
#include "shop.h"

static cyn_overview *make(const cyn_opened *o, cyn_store *st, size_t history)
{
    cyn_dataset *d = shop_data(o);
    cyn_overview *v = NULL;
    cyn_err err = {0};
    const cyn_overview_options options = {.now = SHOP_NOW, .history = history};
    CHECK_INT(cyn_overview_make(o, d, st, &options, &v, &err), CYN_OK);
    if (!v) {
        printf("Bail out! %s\n", err.message);
        exit(1);
    }
    cyn_dataset_free(d); /* the overview needs nothing of it */
    return v;
}

static const char *label_of(const cyn_overview *v, cyn_period p)
{
    static char label[64];
    cyn_period_label(&v->opened->project->calendar, p, label, sizeof label);
    return label;
}

static void test_ended_and_running_periods_with_what_they_are_compared_with(void)
{
    cyn_opened *o = shop_open();
    cyn_overview *v = make(o, NULL, 0);
    const cyn_page_metric *m = cyn_overview_metric(v, "revenue");
    CHECK(m && m->ended && m->running);
    CHECK_STR(label_of(v, m->ended->period), "2025-W45");
    CHECK_NEAR(cyn_num_double(m->ended->value), 280, 0);
    CHECK_NEAR(cyn_num_double(m->ended->previous), 100, 0);
    CHECK_INT(m->ended->status, CYN_GREEN);
    CHECK(!m->ended->partial);
    CHECK_STR(label_of(v, m->running->period), "2025-W46");
    CHECK(m->running->partial);
    CHECK_NEAR(cyn_num_double(m->running->value), 70, 0);
    CHECK_NEAR(cyn_num_double(m->running->previous), 250, 0); /* until Thursday 10:00, too */
    CHECK_INT(v->as_of, SHOP_NOW);
    CHECK_INT(v->made, SHOP_NOW);
    CHECK(cyn_overview_metric(v, "nothing") == NULL);
    cyn_overview_unref(v);
    cyn_opened_unref(o);
}

static void test_a_chart_begins_with_its_first_value_and_ends_with_the_ended_period(void)
{
    cyn_opened *o = shop_open();
    cyn_overview *v = make(o, NULL, 0);
    const cyn_page_metric *m = cyn_overview_metric(v, "basket");
    CHECK_INT(m->nvalues, 2);
    CHECK_STR(label_of(v, m->periods[0]), "2025-W44");
    CHECK_STR(label_of(v, m->periods[1]), "2025-W45");
    CHECK_NEAR(cyn_num_double(m->values[0]), 100, 0);
    CHECK_NEAR(cyn_num_double(m->values[1]), 280.0 / 3, 1e-12);
    cyn_overview_unref(v);
    v = make(o, NULL, 1000);
    m = cyn_overview_metric(v, "orders");
    CHECK_NEAR(cyn_num_double(m->values[m->nvalues - 1]), 3, 0);
    CHECK_INT(m->periods[m->nvalues - 1].end, m->ended->period.end);
    for (size_t i = 1; i < m->nvalues; i++)
        CHECK_INT(m->periods[i].start, m->periods[i - 1].end);
    cyn_overview_unref(v);
    cyn_opened_unref(o);
}

static void test_segments_of_the_ended_period_by_each_dimension(void)
{
    cyn_opened *o = shop_open();
    cyn_overview *v = make(o, NULL, 0);
    const cyn_page_metric *m = cyn_overview_metric(v, "revenue");
    CHECK_INT(m->nsegments, 2);
    CHECK_STR(m->segments[0].dims[0], "channel");
    CHECK_STR(m->segments[0].keys[0].s, "ads");
    CHECK_NEAR(cyn_num_double(m->segments[0].value), 250, 0);
    CHECK_NEAR(cyn_num_double(m->segments[0].previous), 100, 0);
    CHECK_STR(m->segments[1].keys[0].s, "seo");
    CHECK_NEAR(cyn_num_double(m->segments[1].value), 30, 0);
    cyn_overview_unref(v);
    cyn_opened_unref(o);
}

static void test_a_metric_that_fails_is_a_failed_point_beside_the_others(void)
{
    cyn_opened *o = shop_open();
    cyn_overview *v = make(o, NULL, 0);
    const cyn_page_metric *m = cyn_overview_metric(v, "broken");
    CHECK(m->ended->failed && !m->running);
    CHECK(m->ended->error && strstr(m->ended->error->message, "it is broken") != NULL);
    CHECK_INT(m->nvalues, 0);
    CHECK_INT(m->nsegments, 0);
    CHECK_INT(v->failed, 1);
    CHECK(!cyn_overview_metric(v, "orders")->ended->failed);
    cyn_overview_unref(v);
    cyn_opened_unref(o);
}

static void test_trees_formulas_parts_and_parents(void)
{
    cyn_opened *o = shop_open();
    cyn_overview *v = make(o, NULL, 0);
    CHECK_INT(v->data.ntrees, 1);
    CHECK_STR(v->data.trees[0]->items[0].node->metric->name, "revenue");
    CHECK_NEAR(v->data.trees[0]->change, 180, 0);
    const cyn_page_metric *revenue = cyn_overview_metric(v, "revenue");
    const cyn_page_metric *basket = cyn_overview_metric(v, "basket");
    CHECK_STR(revenue->formula, "sum(orders, amount)");
    CHECK_INT(revenue->nparts, 2);
    CHECK_STR(revenue->parts[0], "orders");
    CHECK_STR(revenue->parts[1], "basket");
    CHECK_INT(revenue->nparents, 0);
    CHECK_INT(basket->nparents, 1);
    CHECK_STR(basket->parents[0], "revenue");
    CHECK_INT(basket->nparts, 0);
    cyn_overview_unref(v);
    cyn_opened_unref(o);
}

/* ---- recorded ---- */

/* As many weeks as it takes to compare with last year, whole and by channel. */
static void record_weeks(const cyn_opened *o)
{
    static const char *const by[] = {"channel"};
    for (size_t nby = 0; nby < 2; nby++) {
        cyn_arena *arena = cyn_arena_new(0);
        cyn_dataset *d = shop_data(o);
        cyn_eval_request r = {.last = 60, .by = by, .nby = nby};
        cyn_eval_result result;
        cyn_err_list notes;
        cyn_err err = {0};
        cyn_err_list_init(&notes, arena);
        CHECK_INT(cyn_evaluate(o->project, d, &r, arena, &result, &err), CYN_OK);
        CHECK_INT(cyn_record_points(o->project, d, &result, "eval", &notes, &err), CYN_OK);
        CHECK_INT(notes.count, 0);
        cyn_dataset_free(d);
        cyn_arena_free(arena);
    }
}

static void check_number(cyn_num is, cyn_num wanted)
{
    CHECK_INT(is.kind == CYN_NUM_MISSING, wanted.kind == CYN_NUM_MISSING);
    CHECK_INT(cyn_num_compare(is, wanted), 0);
}

static void check_point(const cyn_point *is, const cyn_point *wanted)
{
    CHECK_INT(is->period.start, wanted->period.start);
    CHECK_INT(is->period.end, wanted->period.end);
    check_number(is->value, wanted->value);
    check_number(is->numerator, wanted->numerator);
    check_number(is->denominator, wanted->denominator);
    check_number(is->previous, wanted->previous);
    check_number(is->last_year, wanted->last_year);
    CHECK_INT(is->rows, wanted->rows);
    CHECK_INT(is->status, wanted->status);
    CHECK_INT(is->of_part, wanted->of_part);
    CHECK_INT(is->nkeys, wanted->nkeys);
    for (size_t i = 0; i < is->nkeys && i < wanted->nkeys; i++) {
        CHECK_STR(is->dims[i], wanted->dims[i]);
        CHECK_STR(is->keys[i].s, wanted->keys[i].s);
    }
}

static cyn_overview *make_recorded(const cyn_opened *o, cyn_store *st, const atomic_bool *marks)
{
    cyn_dataset *d = shop_data(o);
    cyn_overview *v = NULL;
    cyn_err err = {0};
    const cyn_overview_options options = {.now = SHOP_NOW, .recorded = marks};
    CHECK_INT(cyn_overview_make(o, d, st, &options, &v, &err), CYN_OK);
    if (!v) exit(1);
    cyn_dataset_free(d);
    return v;
}

static void test_what_is_recorded_is_shown_as_if_it_were_evaluated(void)
{
    cyn_opened *o = shop_open();
    record_weeks(o);
    cyn_store *st = shop_state();
    atomic_bool marks[4] = {true, true, true, true};
    cyn_overview *evaluated = make(o, st, 0), *v = make_recorded(o, st, marks);
    size_t compared = 0;
    for (size_t i = 0; i < v->data.nmetrics; i++) {
        const cyn_page_metric *is = &v->data.metrics[i], *wanted = &evaluated->data.metrics[i];
        CHECK(is->running == NULL); /* that is not recorded */
        CHECK_INT(is->ended == NULL, wanted->ended->failed);
        if (!is->ended) continue;
        check_point(is->ended, wanted->ended);
        CHECK_INT(is->nvalues, wanted->nvalues);
        for (size_t k = 0; k < is->nvalues && k < wanted->nvalues; k++) {
            CHECK_INT(is->periods[k].start, wanted->periods[k].start);
            check_number(is->values[k], wanted->values[k]);
        }
        CHECK_INT(is->nsegments, wanted->nsegments);
        for (size_t k = 0; k < is->nsegments && k < wanted->nsegments; k++)
            check_point(&is->segments[k], &wanted->segments[k]);
        compared++;
    }
    CHECK_INT(compared, 3);
    CHECK_INT(v->data.ntrees, 0);
    cyn_overview_unref(v);
    cyn_overview_unref(evaluated);
    cyn_store_close(st);
    cyn_opened_unref(o);
}

/* The tree of the revenue shows orders; what it does not show hides no tree. */
static void test_trees_are_left_out_that_show_what_is_recorded(void)
{
    cyn_opened *o = shop_open();
    for (size_t i = 0; i < o->project->nmetrics; i++) {
        atomic_bool marks[4] = {false, false, false, false};
        const char *name = o->project->metrics[i]->name;
        marks[i] = true;
        cyn_overview *v = make_recorded(o, NULL, marks);
        CHECK_INT(v->data.ntrees, strcmp(name, "broken") == 0);
        CHECK(cyn_overview_metric(v, name)->ended == NULL); /* there is no state */
        cyn_overview_unref(v);
    }
    cyn_opened_unref(o);
}

/* Whoever evaluates what takes long makes the trees that show it, and no others. */
static void test_trees_of_somebody_else_are_taken_over(void)
{
    cyn_opened *o = shop_open(), *again = NULL;
    const cyn_open_options plain = {0};
    cyn_err err = {0};
    if (cyn_open_again(o, &plain, &again, &err) != CYN_OK) exit(1);
    for (size_t i = 0; i < o->project->nmetrics; i++) {
        atomic_bool marks[4] = {false, false, false, false};
        const bool broken = strcmp(o->project->metrics[i]->name, "broken") == 0;
        cyn_overview *trees = NULL, *v = NULL;
        cyn_dataset *d = shop_data(o), *own = shop_data(again);
        cyn_overview_options options = {.now = SHOP_NOW, .recorded = marks, .trees_alone = true};
        marks[i] = true;
        CHECK_INT(cyn_overview_make(again, own, NULL, &options, &trees, &err), CYN_OK);
        CHECK_INT(trees->data.ntrees, !broken);
        CHECK_INT(trees->data.nmetrics, 0);
        options = (cyn_overview_options){.now = SHOP_NOW, .recorded = marks, .also = trees};
        CHECK_INT(cyn_overview_make(o, d, NULL, &options, &v, &err), CYN_OK);
        cyn_overview_unref(trees);
        cyn_dataset_free(d);
        cyn_dataset_free(own);
        CHECK_INT(v->data.ntrees, 1);
        CHECK_NEAR(v->data.trees[0]->change, 180, 0);
        CHECK_INT(v->data.trees[0]->items[0].node->metric == o->project->metrics[0], broken);
        cyn_overview_unref(v);
    }
    cyn_opened_unref(again);
    cyn_opened_unref(o);
}

/* ---- marks ---- */

static void record(const cyn_opened *o)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_dataset *d = shop_data(o);
    cyn_eval_request r = {.last = 1};
    cyn_eval_result result;
    cyn_err_list notes;
    cyn_err err = {0};
    cyn_err_list_init(&notes, arena);
    CHECK_INT(cyn_evaluate(o->project, d, &r, arena, &result, NULL), CYN_OK);
    CHECK_INT(cyn_record_points(o->project, d, &result, "eval", &notes, &err), CYN_OK);
    CHECK_STR(err.message, "");
    cyn_dataset_free(d);
    cyn_arena_free(arena);
}

static void add_event(cyn_store *st, const char *metric, int64_t at)
{
    static int n;
    cyn_notice notice = {.rule = "few_orders",
                         .metric = metric,
                         .identity = "few_orders",
                         .what = CYN_ALERT_FIRED,
                         .severity = CYN_WARNING,
                         .firing = true,
                         .at = at,
                         .start = at,
                         .ended = CYN_ALERT_NEVER,
                         .value = 1,
                         .target = NAN,
                         .title = "Few orders",
                         .summary = "only 1",
                         .description = "",
                         .facts = "{}"};
    const cyn_alert_event event = {.what = CYN_ALERT_FIRED, .slot = at, .start = at};
    snprintf(notice.key, sizeof notice.key, "key%d", ++n);
    CHECK_INT(cyn_store_begin_alerts(st, at, NULL), CYN_OK);
    CHECK_INT(cyn_store_add_event(st, &notice, &event, NULL, 0, NULL), CYN_OK);
    CHECK_INT(cyn_store_commit_alerts(st, NULL), CYN_OK);
}

static void check_mark(const cyn_page_metric *m, size_t i, int kind, const char *text)
{
    CHECK(i < m->nevents);
    if (i >= m->nevents) return;
    CHECK_INT(m->events[i].kind, kind);
    CHECK_STR(m->events[i].text, text);
}

static void test_annotations_seams_and_alerts_that_fired_are_marks_in_order(void)
{
    cyn_opened *o = shop_open();
    record(o);
    cyn_opened_unref(o);
    shop_write("metrics/shop.lua", "local orders = source 'orders'\n"
                                   "nsm 'revenue' { value = orders:sum 'amount' * 2 }\n"
                                   "metric 'orders' { value = orders:count() }\n");
    o = shop_open();
    record(o);
    cyn_store *st = shop_state();
    add_event(st, "orders", SHOP_NOW);
    add_event(st, "gone", SHOP_NOW);
    cyn_overview *v = make(o, st, 0);
    const cyn_page_metric *orders = cyn_overview_metric(v, "orders");
    CHECK_INT(orders->nevents, 3);
    check_mark(orders, 0, CYN_PAGE_NOTE, "Ads began");
    check_mark(orders, 1, CYN_PAGE_NOTE, "New prices");
    check_mark(orders, 2, CYN_PAGE_FIRED, "only 1");
    const cyn_page_metric *revenue = cyn_overview_metric(v, "revenue");
    CHECK_INT(revenue->nevents, 2); /* the first definition is no seam */
    check_mark(revenue, 0, CYN_PAGE_NOTE, "New prices");
    check_mark(revenue, 1, CYN_PAGE_SEAM, "sum(orders, amount) → sum(orders, amount) * 2");
    CHECK_INT(revenue->events[1].at, v->as_of); /* among the periods, not when somebody ran it */
    cyn_overview_unref(v);
    cyn_store_close(st);
    cyn_opened_unref(o);
    shop_write("metrics/shop.lua", shop_metrics);
}

/* ---- what changes faster ---- */

static void test_alerts_silences_events_and_agenda_are_those_of_now(void)
{
    const unsigned everything = CYN_NOW_RULES | CYN_NOW_AGENDA;
    cyn_opened *o = shop_open();
    cyn_overview *v = make(o, NULL, 0);
    cyn_store *st = shop_state();
    cyn_arena *arena = cyn_arena_new(0);
    cyn_matcher matcher;
    int64_t id = 0;
    CHECK_INT(cyn_matcher_parse("rule=~few.*", arena, &matcher, NULL), CYN_OK);
    const cyn_alert_silence silence = {.matchers = &matcher,
                                       .nmatchers = 1,
                                       .from = SHOP_NOW,
                                       .until = SHOP_NOW + CYN_HOUR,
                                       .who = "kim",
                                       .why = "x"};
    CHECK_INT(cyn_store_add_silence(st, &silence, SHOP_NOW, &id, NULL), CYN_OK);
    cyn_matchers_free(&matcher, 1);
    add_event(st, "orders", SHOP_NOW + 1);
    cyn_page_data now;
    CHECK_INT(cyn_overview_now(v, st, SHOP_NOW, CYN_NOW_ALERTS, NULL, arena, &now, NULL), CYN_OK);
    CHECK(now.alerts != NULL && now.alerts->nrules == 0); /* what was not asked for */
    CHECK(now.nagenda == 0 && now.nhistory == 0);
    CHECK_INT(cyn_overview_now(v, st, SHOP_NOW, everything, NULL, arena, &now, NULL), CYN_OK);
    CHECK(now.metrics == v->data.metrics && now.nmetrics == v->data.nmetrics);
    CHECK_INT(now.alerts->nrules, 1);
    CHECK_INT(now.alerts->nalerts, 0);
    CHECK_INT(now.nsilences, 1);
    CHECK_STR(now.silences[0].who, "kim");
    CHECK(now.nhistory >= 1);
    CHECK_INT(now.history[0].notice->at, SHOP_NOW + 1); /* the newest first */
    CHECK(now.nagenda > 0);
    CHECK_INT(cyn_overview_now(v, st, SHOP_NOW + CYN_HOUR, everything, NULL, arena, &now, NULL),
              CYN_OK);
    CHECK_INT(now.nsilences, 0);
    cyn_arena_free(arena);
    cyn_store_close(st);
    cyn_overview_unref(v);
    cyn_opened_unref(o);
}

/* ---- the tag ---- */

static void test_the_tag_differs_when_anything_does(void)
{
    cyn_opened *o = shop_open();
    cyn_overview *a = make(o, NULL, 0), *b = make(o, NULL, 0);
    CHECK_STR(a->etag, b->etag);
    CHECK_INT(strlen(a->etag), 32);
    cyn_overview_unref(b);
    char longer[sizeof shop_orders + 64];
    snprintf(longer, sizeof longer, "%s2025-11-12 09:00:00,seo,1\n", shop_orders);
    shop_write("orders.csv", longer);
    b = make(o, NULL, 0); /* of the running week alone */
    CHECK(strcmp(a->etag, b->etag) != 0);
    cyn_overview_unref(b);
    shop_write("orders.csv", shop_orders);
    b = make(o, NULL, 1); /* another chart */
    CHECK(strcmp(a->etag, b->etag) != 0);
    cyn_overview_unref(b);
    cyn_opened_unref(o);
    shop_write("kpis.yaml", "metrics: {revenue: {title: {en: Revenue, ja: 売上}, unit: JPY,"
                            " target: 250, direction: up, why: Rent is due,"
                            " thresholds: {green: 250, yellow: 200}}}\n");
    o = shop_open(); /* nothing but a reason came */
    b = make(o, NULL, 0);
    CHECK(strcmp(a->etag, b->etag) != 0);
    cyn_overview_unref(b);
    cyn_overview_unref(a);
    cyn_opened_unref(o);
}

static void test_an_overview_keeps_its_project(void)
{
    cyn_opened *o = shop_open();
    cyn_overview *v = make(o, NULL, 0), *again = cyn_overview_ref(v);
    cyn_opened_unref(o);
    cyn_overview_unref(v);
    CHECK_STR(again->opened->project->config->name, "Shop");
    CHECK_STR(cyn_overview_metric(again, "revenue")->metric->sheet.unit, "JPY");
    cyn_overview_unref(again);
    cyn_overview_unref(NULL);
}

static void test_a_cancelled_one_is_none(void)
{
    atomic_bool stop = true;
    cyn_opened *o = shop_open();
    cyn_dataset *d = shop_data(o);
    cyn_overview *v = NULL;
    const cyn_overview_options options = {.now = SHOP_NOW, .cancel = &stop};
    CHECK_INT(cyn_overview_make(o, d, NULL, &options, &v, NULL), CYN_E_CANCEL);
    CHECK(v == NULL);
    cyn_dataset_free(d);
    cyn_opened_unref(o);
}

/* Links may lead within the folder, and nowhere else. */
static void test_a_report_stays_within_its_folder(void)
{
    cyn_opened *o = shop_open();
    cyn_overview *v = make(o, NULL, 0);
    char outside[] = "/tmp/cyn_outside_XXXXXX", path[600], link[600];
    cyn_err err = {0};
    const cyn_report_file_options options = {.now = SHOP_NOW, .within = shop};
    CHECK(mkdtemp(outside) != NULL);
    snprintf(link, sizeof link, "%s/away", shop);
    CHECK_INT(symlink(outside, link), 0);
    snprintf(path, sizeof path, "%s/away/week.html", shop);
    CHECK_INT(cyn_report_file(v, NULL, &options, path, &err), CYN_E_CONFLICT);
    CHECK(strstr(err.message, "outside of"));
    snprintf(path, sizeof path, "%s/away/new/folder/week.html", shop);
    CHECK_INT(cyn_report_file(v, NULL, &options, path, &err), CYN_E_CONFLICT);
    CHECK_INT(rmdir(outside), 0); /* nothing was made there */
    CHECK_INT(cyn_report_file(v, NULL, &options, path, &err),
              CYN_E_IO); /* the link leads nowhere */
    CHECK_INT(unlink(link), 0);
    snprintf(path, sizeof path, "%s/made/here/week.html", shop);
    CHECK_INT(cyn_report_file(v, NULL, &options, path, &err), CYN_OK);
    CHECK_INT(unlink(path), 0);
    snprintf(path, sizeof path, "%s/made", shop);
    CHECK_INT(symlink(path, link), 0);
    snprintf(path, sizeof path, "%s/away/week.html", shop);
    CHECK_INT(cyn_report_file(v, NULL, &options, path, &err), CYN_OK);
    CHECK_INT(unlink(path), 0);
    CHECK_INT(unlink(link), 0);
    snprintf(path, sizeof path, "%s/made/here", shop);
    CHECK_INT(rmdir(path), 0);
    snprintf(path, sizeof path, "%s/made", shop);
    CHECK_INT(rmdir(path), 0);
    cyn_overview_unref(v);
    cyn_opened_unref(o);
}

int main(void)
{
    if (cyn_zygote_start(NULL) != CYN_OK) return 1;
    shop_make();
    RUN(test_ended_and_running_periods_with_what_they_are_compared_with);
    RUN(test_a_chart_begins_with_its_first_value_and_ends_with_the_ended_period);
    RUN(test_segments_of_the_ended_period_by_each_dimension);
    RUN(test_a_metric_that_fails_is_a_failed_point_beside_the_others);
    RUN(test_trees_formulas_parts_and_parents);
    RUN(test_what_is_recorded_is_shown_as_if_it_were_evaluated);
    RUN(test_trees_are_left_out_that_show_what_is_recorded);
    RUN(test_trees_of_somebody_else_are_taken_over);
    RUN(test_annotations_seams_and_alerts_that_fired_are_marks_in_order);
    RUN(test_alerts_silences_events_and_agenda_are_those_of_now);
    RUN(test_the_tag_differs_when_anything_does);
    RUN(test_an_overview_keeps_its_project);
    RUN(test_a_cancelled_one_is_none);
    RUN(test_a_report_stays_within_its_folder);
    shop_remove();
    return test_end();
}
