/* Relations, windows and folds in a message that may be anything. */
#include "catalog/catalog.h"
#include "message.h"
#include "plan/relation.h"
#include "test.h"

/* A catalog of columns x and y (expressions 1 and 2) and a script (3), whose first view is the
 * source's rows and whose second those of the relation; one metric m, whose formula is the last. */
static cyn_buf write_message(const char *relations, const char *views, const char *agg,
                             const char *formulas, int last)
{
    char text[4000];
    snprintf(text, sizeof text,
             "{exprs: [{kind: column, text: x, name: x}, {kind: column, text: y, name: y},"
             " {kind: script, text: f, handle: 5, reads: [], digest: d}],"
             " relations: [%s], views: [{source: events} %s], aggs: [%s],"
             " formulas: [{kind: agg, agg: 1} %s], metrics: [{name: m, formula: %d}]}",
             relations, views, agg, formulas, last);
    cyn_buf b = {0};
    put_value(&b, text);
    return b;
}

static cyn_code read_message(cyn_buf b, cyn_catalog **out)
{
    *out = NULL;
    cyn_code rc = cyn_catalog_read((const uint8_t *)b.data, b.len, out, NULL);
    if (rc != CYN_OK) CHECK(*out == NULL);
    cyn_buf_clear(&b);
    return rc;
}

#define VIEW  ", {source: events, relation: 1, where: 1}"
#define COUNT "{func: count, view: 2}"

static cyn_code read_relation(const char *relation, cyn_catalog **out)
{
    return read_message(write_message(relation, VIEW, COUNT, "", 1), out);
}

static const cyn_relation *relation_of(const cyn_catalog *c)
{
    return c->aggs[0]->view->relation;
}

/* ---- relations ---- */

static void test_every_kind_of_relation_is_built(void)
{
    cyn_catalog *c;
    const char *per = "{kind: per, base: 1, entity: 1, func: p, arg: 2, p: 90.5, qtype: 6}";
    CHECK_INT(read_relation(per, &c), CYN_OK);
    if (!c) return;
    const cyn_relation *r = relation_of(c);
    CHECK(r->kind == CYN_PER && r->func == CYN_PERCENTILE && r->p == 90.5 && r->qtype == 6);
    CHECK_STR(r->entity->name, "x");
    CHECK_STR(r->arg->name, "y");
    CHECK_STR(r->base->source, "events");
    CHECK_STR(c->aggs[0]->view->where->name, "x");
    cyn_catalog_free(c);

    const char *journey = "{kind: journey, base: 1, entity: 1, within: 60, every: true, same: [2],"
                          " steps: [{when: 1}, {when: 2, within: 7}]}";
    CHECK_INT(read_relation(journey, &c), CYN_OK);
    if (!c) return;
    r = relation_of(c);
    CHECK(r->kind == CYN_JOURNEY && r->nsteps == 2 && r->nsame == 1 && r->within == 60);
    CHECK(r->every && !r->strict && !r->any_order);
    CHECK_INT(r->steps[0].within, 0);
    CHECK_INT(r->steps[1].within, 7);
    CHECK_STR(r->steps[1].when->name, "y");
    CHECK_STR(r->same[0]->name, "y");
    cyn_catalog_free(c);

    const char *retention = "{kind: retention, base: 1, entity: 1, start: 2, arg: 1, mode: within,"
                            " unit: month, n: 3}";
    CHECK_INT(read_relation(retention, &c), CYN_OK);
    if (!c) return;
    r = relation_of(c);
    CHECK(r->kind == CYN_RETENTION && r->mode == CYN_WITHIN && r->unit == CYN_MONTH && r->n == 3);
    CHECK(r->start && r->arg && !r->active);
    cyn_catalog_free(c);

    CHECK_INT(read_relation("{kind: balance, base: 1, entity: 1, arg: 2, from: 1, to: 2}", &c),
              CYN_OK);
    if (!c) return;
    r = relation_of(c);
    CHECK(r->kind == CYN_BALANCE && r->from && r->to);
    cyn_catalog_free(c);

    CHECK_INT(read_relation("{kind: movement, base: 1, entity: 1, arg: 2}", &c), CYN_OK);
    if (!c) return;
    r = relation_of(c);
    CHECK(r->kind == CYN_MOVEMENT && !r->from && !r->to);
    cyn_catalog_free(c);
}

static void test_relations_that_lack_or_contradict_something_are_refused(void)
{
    static const char *const cases[] = {
        "{kind: pre, base: 1, entity: 1, func: count}",
        "{kind: per, base: 2, entity: 1, func: count}", /* itself */
        "{kind: per, base: 0, entity: 1, func: count}",
        "{kind: per, base: 1, entity: 4, func: count}",
        "{kind: per, base: 1, func: count}",
        "{kind: per, base: 1, entity: 1, func: sum}",
        "{kind: per, base: 1, entity: 1, func: p, arg: 1, p: 101, qtype: 7}",
        "{kind: per, base: 1, entity: 1, func: p, arg: 1, p: 50}",
        "{kind: journey, base: 1, entity: 1}",
        "{kind: journey, base: 1, entity: 1, steps: [{when: 1}]}",
        "{kind: journey, base: 1, entity: 1, steps: [{when: 1}, {within: 1}]}",
        "{kind: journey, base: 1, entity: 1, steps: [{when: 1}, {when: 9}]}",
        "{kind: journey, base: 1, entity: 1, steps: [1, 2]}",
        "{kind: journey, base: 1, entity: 1, steps: [{when: 1}, {when: 2, within: 0}]}",
        "{kind: journey, base: 1, entity: 1, steps: [{when: 1}, {when: 2}], within: -1}",
        "{kind: journey, base: 1, entity: 1, steps: [{when: 1}, {when: 2}], same: [0]}",
        "{kind: journey, base: 1, entity: 1, steps: [{when: 1}, {when: 2}], same: [x]}",
        "{kind: journey, base: 1, entity: 1, steps: [{when: 1}, {when: 2}], strict: 1}",
        "{kind: retention, base: 1, entity: 1, mode: bounded, unit: day, n: 1}",
        "{kind: retention, base: 1, entity: 1, start: 1, mode: bounded, unit: year, n: 1}",
        "{kind: retention, base: 1, entity: 1, start: 1, mode: bounded, unit: day, n: 0}",
        "{kind: retention, base: 1, entity: 1, start: 1, mode: rolling, unit: day, n: 1}",
        "{kind: balance, base: 1, entity: 1}",
        "{kind: balance, base: 1, entity: 1, arg: 1, from: 1}",
        "{kind: movement, base: 1, entity: 1, arg: 1, to: 1}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_catalog *c;
        cyn_code rc = read_relation(cases[i], &c);
        if (rc != CYN_E_WORKER) CHECK_STR(cases[i], "refused");
        cyn_catalog_free(c);
    }
}

/* relation 1 over view 1 (the source), view 2 over relation 1, relation 2 over view 2, … */
static cyn_code read_nested(int n, cyn_catalog **out)
{
    char relations[2000] = "", views[2000] = "", agg[40];
    size_t r = 0, v = 0;
    for (int i = 1; i <= n; i++) {
        r += (size_t)snprintf(relations + r, sizeof relations - r,
                              "%s{kind: per, base: %d, entity: 1, func: count}", i > 1 ? ", " : "",
                              i);
        v += (size_t)snprintf(views + v, sizeof views - v, ", {source: events, relation: %d}", i);
    }
    snprintf(agg, sizeof agg, "{func: count, view: %d}", n + 1);
    return read_message(write_message(relations, views, agg, "", 1), out);
}

static void test_relations_nest_up_to_a_limit(void)
{
    cyn_catalog *c;
    CHECK_INT(read_nested(8, &c), CYN_OK);
    int n = 0;
    for (const cyn_view *v = c ? c->aggs[0]->view : NULL; v && v->relation; v = v->relation->base)
        n++;
    CHECK_INT(n, 8);
    cyn_catalog_free(c);
    CHECK_INT(read_nested(9, &c), CYN_E_WORKER);
}

static void test_views_of_one_relation_share_it_and_its_source(void)
{
    const char *per = "{kind: per, base: 1, entity: 1, func: count}";
    cyn_catalog *c;
    cyn_buf b = write_message(per, VIEW ", {source: events, relation: 1}",
                              COUNT ", {func: sum, view: 3, arg: 1}", "", 1);
    CHECK_INT(read_message(b, &c), CYN_OK);
    if (c) CHECK(c->aggs[0]->view->relation == c->aggs[1]->view->relation);
    cyn_catalog_free(c);
    b = write_message(per, ", {source: orders, relation: 1}", COUNT, "", 1);
    CHECK_INT(read_message(b, &c), CYN_E_WORKER);
    b = write_message(per, ", {source: events, relation: 2}", COUNT, "", 1);
    CHECK_INT(read_message(b, &c), CYN_E_WORKER);
}

static void test_approximation_is_for_percentiles_and_distinct_only(void)
{
    static const struct {
        const char *agg;
        cyn_code want;
    } cases[] = {{"{func: distinct, view: 1, arg: 1, approx: true}", CYN_OK},
                 {"{func: p, view: 1, arg: 1, p: 50, qtype: 7, approx: true}", CYN_OK},
                 {"{func: sum, view: 1, arg: 1, approx: true}", CYN_E_WORKER},
                 {"{func: distinct, view: 1, arg: 1, approx: 1}", CYN_E_WORKER}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_catalog *c;
        CHECK_INT(read_message(write_message("", "", cases[i].agg, "", 1), &c), cases[i].want);
        if (c) CHECK(c->aggs[0]->approx);
        cyn_catalog_free(c);
    }
}

static void test_a_custom_aggregate_is_of_functions_and_of_no_entity(void)
{
    const char *of_functions = "{func: aggregate, view: 1, arg: 3}";
    cyn_catalog *c;
    CHECK_INT(read_message(write_message("", "", of_functions, "", 1), &c), CYN_OK);
    if (c) CHECK(c->aggs[0]->func == CYN_CUSTOM && c->aggs[0]->arg->handle == 5);
    cyn_catalog_free(c);
    const char *of_column = "{func: aggregate, view: 1, arg: 1}";
    CHECK_INT(read_message(write_message("", "", of_column, "", 1), &c), CYN_E_WORKER);
    CHECK_INT(read_message(write_message("", "", "{func: aggregate, view: 1}", "", 1), &c),
              CYN_E_WORKER);
    CHECK_INT(read_relation("{kind: per, base: 1, entity: 1, func: aggregate, arg: 3}", &c),
              CYN_E_WORKER);
}

/* ---- windows and folds ---- */

static cyn_code read_formula(const char *formula, cyn_catalog **out)
{
    char text[300];
    snprintf(text, sizeof text, ", %s", formula);
    return read_message(write_message("", "", "{func: count, view: 1}", text, 2), out);
}

static void test_windows_and_folds_are_built(void)
{
    static const struct {
        const char *formula;
        cyn_window_kind kind;
        cyn_grain_unit unit;
        int n;
    } cases[] = {
        {"{kind: window, window: rolling, unit: minute, n: 90, a: 1}", CYN_ROLLING, CYN_MINUTES,
         90},
        {"{kind: window, window: to_date, unit: year, n: 1, a: 1}", CYN_TO_DATE, CYN_YEAR, 1},
        {"{kind: window, window: cumulative, unit: all, n: 1, a: 1}", CYN_CUMULATIVE, CYN_ALL, 1},
        {"{kind: window, window: offset, unit: all, n: -2, a: 1}", CYN_OFFSET, CYN_ALL, -2},
        {"{kind: window, window: offset, unit: day, n: 1, a: 1}", CYN_OFFSET, CYN_DAILY, 1}};
    cyn_catalog *c;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(read_formula(cases[i].formula, &c), CYN_OK);
        if (!c) continue;
        const cyn_formula *f = c->metrics[0]->formula;
        CHECK_INT(f->kind, CYN_FORMULA_WINDOW);
        CHECK_INT(f->window.kind, cases[i].kind);
        CHECK_INT(f->window.unit, cases[i].unit);
        CHECK_INT(f->window.n, cases[i].n);
        CHECK_INT(f->a->kind, CYN_FORMULA_AGG);
        cyn_catalog_free(c);
    }
    CHECK_INT(read_formula("{kind: fold, fold: max, n: 7, a: 1}", &c), CYN_OK);
    if (!c) return;
    const cyn_formula *f = c->metrics[0]->formula;
    CHECK(f->kind == CYN_FORMULA_FOLD && f->fold == CYN_MAX && f->n == 7 && f->a);
    cyn_catalog_free(c);
}

static void test_windows_without_meaning_are_refused(void)
{
    static const char *const cases[] = {
        "{kind: window, window: sliding, unit: day, n: 1, a: 1}",
        "{kind: window, window: rolling, unit: all, n: 1, a: 1}",
        "{kind: window, window: rolling, unit: day, n: 0, a: 1}",
        "{kind: window, window: rolling, unit: day, n: 100001, a: 1}",
        "{kind: window, window: to_date, unit: day, n: 1, a: 1}",
        "{kind: window, window: cumulative, unit: day, n: 1, a: 1}",
        "{kind: window, window: offset, unit: day, n: 0, a: 1}",
        "{kind: window, window: offset, unit: hour, n: 1, a: 1}",
        "{kind: window, window: offset, unit: day, n: 1, a: 2}", /* itself */
        "{kind: window, window: offset, unit: day, n: 1}",
        "{kind: fold, fold: median, n: 7, a: 1}",
        "{kind: fold, fold: mean, n: 0, a: 1}",
        "{kind: fold, fold: mean, n: 1001, a: 1}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cyn_catalog *c;
        cyn_code rc = read_formula(cases[i], &c);
        if (rc != CYN_E_WORKER) CHECK_STR(cases[i], "refused");
        cyn_catalog_free(c);
    }
}

/* 99 · 99 = 9,801 values are fewer than the limit of 10,000 parts, 100 · 100 with them are not. */
static void test_a_fold_counts_as_often_as_it_computes(void)
{
    for (int n = 99; n <= 100; n++) {
        char formulas[200];
        cyn_catalog *c;
        snprintf(formulas, sizeof formulas,
                 ", {kind: fold, fold: sum, n: %d, a: 1}, {kind: fold, fold: sum, n: %d, a: 2}", n,
                 n);
        CHECK_INT(read_message(write_message("", "", "{func: count, view: 1}", formulas, 3), &c),
                  n == 99 ? CYN_OK : CYN_E_WORKER);
        cyn_catalog_free(c);
    }
}

/* Whom a formula refers to is for cyn_metric_define to say, beside the metrics that are fine. */
static void test_metrics_may_refer_to_any_name(void)
{
    cyn_catalog *c;
    CHECK_INT(read_formula("{kind: metric, metric: m}", &c), CYN_OK);
    cyn_catalog_free(c);
    CHECK_INT(read_formula("{kind: metric, metric: nobody}", &c), CYN_OK);
    cyn_catalog_free(c);
}

/* ---- hostility ---- */

static cyn_buf write_everything(void)
{
    return write_message(
        "{kind: journey, base: 1, entity: 1, same: [2], steps: [{when: 1}, {when: 2, within: 7}]},"
        "{kind: per, base: 2, entity: 1, func: count}",
        VIEW ", {source: events, relation: 2, derives: [{name: d, expr: 2}]}",
        "{func: sum, view: 3, arg: 1}",
        ", {kind: window, window: rolling, unit: day, n: 7, a: 1}, {kind: fold, fold: mean, n: 3, "
        "a: 2}",
        3);
}

/* Fails the first allocation, the second, … until all succeed. */
static void test_exhausted_memory_is_an_error_wherever_it_strikes(void)
{
    cyn_buf b = write_everything();
    cyn_code rc = CYN_E_NOMEM;
    int n = 0;
    while (rc == CYN_E_NOMEM && n < 10000) {
        cyn_catalog *c = NULL;
        cyn_test_fail_after(++n);
        rc = cyn_catalog_read((const uint8_t *)b.data, b.len, &c, NULL);
        cyn_test_fail_after(0);
        CHECK_INT(rc, c ? CYN_OK : CYN_E_NOMEM);
        cyn_catalog_free(c);
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(n > 2);
    cyn_buf_clear(&b);
}

static void test_no_cut_or_damaged_message_does_harm(void)
{
    cyn_buf b = write_everything();
    uint32_t seed = 7;
    uint8_t *copy = malloc(b.len);
    for (int round = 0; copy && round < 20000; round++) {
        size_t n = b.len;
        memcpy(copy, b.data, n);
        seed = seed * 1664525u + 1013904223u;
        copy[(seed >> 8) % n] ^= (uint8_t)(1u << (seed >> 4) % 8);
        if (round % 16 == 0) n = (seed >> 12) % n;
        cyn_catalog *c = NULL;
        cyn_code rc = cyn_catalog_read(copy, n, &c, NULL);
        if ((rc == CYN_OK) != (c != NULL)) CHECK(0);
        cyn_catalog_free(c);
    }
    free(copy);
    cyn_buf_clear(&b);
}

int main(void)
{
    RUN(test_every_kind_of_relation_is_built);
    RUN(test_relations_that_lack_or_contradict_something_are_refused);
    RUN(test_relations_nest_up_to_a_limit);
    RUN(test_views_of_one_relation_share_it_and_its_source);
    RUN(test_approximation_is_for_percentiles_and_distinct_only);
    RUN(test_a_custom_aggregate_is_of_functions_and_of_no_entity);
    RUN(test_windows_and_folds_are_built);
    RUN(test_windows_without_meaning_are_refused);
    RUN(test_a_fold_counts_as_often_as_it_computes);
    RUN(test_metrics_may_refer_to_any_name);
    RUN(test_exhausted_memory_is_an_error_wherever_it_strikes);
    RUN(test_no_cut_or_damaged_message_does_harm);
    return test_end();
}
