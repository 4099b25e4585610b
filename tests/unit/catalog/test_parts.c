/* What metrics say about their parts and targets, in messages that may be anything. */
#include "catalog/catalog.h"
#include "message.h"
#include "test.h"

#define DIGEST "bbb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"

/* 1: a, 2: 5, 3: a * 5, 4: max(a * 5, a), 5: that before, 6: count, 7: abs(count), 8: a's mean of
 * two, 9: a count times a. */
static const char formulas[] =
    "aggs: [{func: count, view: 1}], views: [{source: events}], formulas: [{kind: metric, metric: "
    "a}, {kind: const, value: 5}, {kind: op, op: *, a: 1, b: 2}, {kind: call, call: max, a: 3, b: "
    "1}, {kind: window, window: offset, unit: all, n: -1, a: 4}, {kind: agg, agg: 1}, {kind: call, "
    "call: abs, a: 6}, {kind: fold, fold: mean, n: 2, a: 1}, {kind: op, op: *, a: 6, b: 1}]";

/* A metric a that counts, and a metric m with these fields. */
static cyn_code read_metric(const char *fields, cyn_catalog **out, cyn_err *err)
{
    char text[2000];
    cyn_buf b = {0};
    snprintf(text, sizeof text,
             "{%s, metrics: [{name: a, formula: 6}, {name: m, file: m.lua, line: 3, column: 0, "
             "%s}]}",
             formulas, fields);
    put_value(&b, text);
    cyn_code rc = cyn_catalog_read((const uint8_t *)b.data, b.len, out, err);
    cyn_buf_clear(&b);
    return rc;
}

static void check_identity(const char *fields, const char *text, cyn_formula_kind kind)
{
    cyn_catalog *c = NULL;
    CHECK_INT(read_metric(fields, &c, NULL), CYN_OK);
    if (!c) return;
    const cyn_metric *m = cyn_catalog_metric(c, "m");
    CHECK_INT(c->nerrors, 0);
    CHECK_STR(m->identity_text, text);
    CHECK(m->identity && m->identity->kind == kind);
    cyn_catalog_free(c);
}

static void test_an_identity_is_a_formula_of_metrics(void)
{
    check_identity("formula: 6, identity: 1", "a", CYN_FORMULA_METRIC);
    check_identity("formula: 6, identity: 3, identity_text: a*5", "a*5", CYN_FORMULA_OP);
    check_identity("formula: 6, identity: 4", "max(a * 5, a)", CYN_FORMULA_CALL);
    check_identity("formula: 6, identity: 5", "max(a * 5, a):offset(-1)", CYN_FORMULA_WINDOW);
}

static void test_functions_have_their_operands(void)
{
    cyn_catalog *c = NULL;
    CHECK_INT(read_metric("formula: 7", &c, NULL), CYN_OK);
    if (!c) return;
    const cyn_formula *f = cyn_catalog_metric(c, "m")->formula;
    CHECK_INT(f->kind, CYN_FORMULA_CALL);
    CHECK_INT(f->call, CYN_CALL_ABS);
    CHECK(f->a && f->a->kind == CYN_FORMULA_AGG && !f->b);
    cyn_catalog_free(c);
}

static void test_a_method_comes_with_what_it_needs(void)
{
    cyn_catalog *c = NULL;
    CHECK_INT(read_metric("formula: 3, decompose: shapley", &c, NULL), CYN_OK);
    if (c) CHECK_INT(cyn_catalog_metric(c, "m")->decompose, CYN_METHOD_SHAPLEY);
    cyn_catalog_free(c);
    c = NULL;
    CHECK_INT(read_metric("formula: 6, identity: 1, decompose: script, decomposer: {handle: 3, "
                          "digest: " DIGEST ", text: f}",
                          &c, NULL),
              CYN_OK);
    if (!c) return;
    const cyn_metric *m = cyn_catalog_metric(c, "m");
    CHECK_INT(m->decompose, CYN_METHOD_SCRIPT);
    CHECK(m->decomposer && m->decomposer->handle == 3);
    CHECK_INT(cyn_catalog_metric(c, "a")->decompose, CYN_METHOD_AUTO);
    cyn_catalog_free(c);
}

static void test_what_is_no_part_of_a_metric_is_refused(void)
{
    static const char *const bad[][2] = {
        {"formula: 6, identity: 0", "identity"},
        {"formula: 6, identity: 10", "identity"},
        {"formula: 6, identity: a", "identity"},
        {"formula: 6, identity: 6", "identity"}, /* rows */
        {"formula: 6, identity: 7", "identity"},
        {"formula: 6, identity: 8", "identity"},
        {"formula: 6, identity: 9", "identity"},
        {"formula: 6, identity: 1, identity_text: 7", "identity_text"},
        {"formula: 6, identity_text: a", "identity_text"},
        {"formula: 3, decompose: owen", "decompose"},
        {"formula: 3, decompose: none", "decompose"},
        {"formula: 3, decompose: sharply", "decompose"},
        {"formula: 6, decompose: lmdi", "decompose"}, /* of nothing */
        {"formula: 9, decompose: lmdi", "decompose"},
        {"formula: 3, decompose: script", "decomposer"},
        {"formula: 3, decompose: script, decomposer: f", "decomposer"},
        {"formula: 3, decompose: script, decomposer: {handle: 0, digest: " DIGEST ", text: f}",
         "decomposer"},
        {"formula: 3, decompose: script, decomposer: {handle: 1, digest: 00, text: f}",
         "decomposer"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cyn_catalog *c = NULL;
        cyn_err err = {0};
        char want[200];
        snprintf(want, sizeof want,
                 "the script worker's catalog is malformed: field '%s' of metric 2", bad[i][1]);
        CHECK_INT(read_metric(bad[i][0], &c, &err), CYN_E_WORKER);
        CHECK_STR(err.message, want);
        if (c) printf("# accepted: %s\n", bad[i][0]);
    }
}

static void test_a_malformed_function_call_is_refused(void)
{
    static const char *const bad[] = {
        "{kind: call, call: sin, a: 1}", "{kind: call, a: 1}",
        "{kind: call, call: abs}",       "{kind: call, call: min, a: 1}",
        "{kind: call, call: abs, a: 2}", "{kind: call, call: max, a: 1, b: 2}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char text[500];
        cyn_buf b = {0};
        cyn_catalog *c = NULL;
        snprintf(text, sizeof text, "{formulas: [{kind: metric, metric: a}, %s], metrics: []}",
                 bad[i]);
        put_value(&b, text);
        CHECK_INT(cyn_catalog_read((const uint8_t *)b.data, b.len, &c, NULL), CYN_E_WORKER);
        CHECK(c == NULL);
        cyn_buf_clear(&b);
    }
}

/* ---- targets ---- */

static void test_a_way_to_the_target_is_read(void)
{
    cyn_catalog *c = NULL;
    CHECK_INT(read_metric("formula: 6, sheet: {target: 9, target_from: 1, target_since: 100, "
                          "target_by: 200, target_path: [{at: 110, value: 2.5}, {at: 150, value: "
                          "4}], hysteresis: 0.5}",
                          &c, NULL),
              CYN_OK);
    if (!c) return;
    const cyn_sheet *s = &cyn_catalog_metric(c, "m")->sheet;
    CHECK(s->has_target_since && s->target_since == 100 && s->target_by == 200);
    CHECK_INT(s->npath, 2);
    CHECK_INT(s->path[1].date, 150);
    CHECK_NEAR(s->path[0].value, 2.5, 0);
    CHECK_NEAR(s->hysteresis, 0.5, 0);
    s = &cyn_catalog_metric(c, "a")->sheet;
    CHECK(!s->has_target_since && s->npath == 0 && s->hysteresis == 0);
    cyn_catalog_free(c);
}

static void test_a_way_that_leads_nowhere_is_refused(void)
{
    static const char *const bad[] = {
        "target_path: [{at: 110, value: 2}]", /* no target */
        "target: 9, target_path: x",
        "target: 9, target_path: [1]",
        "target: 9, target_path: [{at: 110}]",
        "target: 9, target_path: [{at: 1.5, value: 2}]",
        "target: 9, target_path: [{at: 110, value: x}]",
        "target: 9, target_path: [{at: 110, value: 2}, {at: 110, value: 3}]",
        "target: 9, target_by: 110, target_path: [{at: 110, value: 2}]",
        "target: 9, target_since: 110, target_path: [{at: 110, value: 2}]",
        "target: 9, target_since: x",
        "hysteresis: -1",
        "hysteresis: x",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char fields[500];
        cyn_catalog *c = NULL;
        snprintf(fields, sizeof fields, "formula: 6, sheet: {%s}", bad[i]);
        CHECK_INT(read_metric(fields, &c, NULL), CYN_E_WORKER);
        if (c) printf("# accepted: %s\n", bad[i]);
    }
}

int main(void)
{
    RUN(test_an_identity_is_a_formula_of_metrics);
    RUN(test_functions_have_their_operands);
    RUN(test_a_method_comes_with_what_it_needs);
    RUN(test_what_is_no_part_of_a_metric_is_refused);
    RUN(test_a_malformed_function_call_is_refused);
    RUN(test_a_way_to_the_target_is_read);
    RUN(test_a_way_that_leads_nowhere_is_refused);
    return test_end();
}
