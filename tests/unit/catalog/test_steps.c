/* Translations in a message that may be anything. */
#include "catalog/catalog.h"
#include "message.h"
#include "plan/translation.h"
#include "test.h"

/* A catalog with one expression, whose code has these inputs and steps, and what else is said. */
static cyn_buf write_code(const char *inputs, const char *steps, const char *more)
{
    char text[4000];
    snprintf(text, sizeof text,
             "{exprs: [{kind: script, text: t, handle: 1, digest: d, reads: [x, y] %s,"
             " code: {inputs: [%s], steps: [%s]}}], views: [{source: events}],"
             " aggs: [{func: sum, view: 1, arg: 1}], formulas: [{kind: agg, agg: 1}],"
             " metrics: [{name: m, formula: 1}]}",
             more, inputs, steps);
    cyn_buf b = {0};
    put_value(&b, text);
    return b;
}

static cyn_code read_code(cyn_buf b, cyn_catalog **out)
{
    *out = NULL;
    cyn_code rc = cyn_catalog_read((const uint8_t *)b.data, b.len, out, NULL);
    if (rc != CYN_OK) CHECK(*out == NULL);
    cyn_buf_clear(&b);
    return rc;
}

#define X  "{name: x, file: a.lua, line: 3, column: 7}"
#define Y  "{name: y, line: 4}"
#define IN "{op: input, input: 1}, "

static void test_good_code_is_built(void)
{
    cyn_catalog *c;
    cyn_buf b = write_code(X ", " Y,
                           IN "{op: const, value: 2.5}, {op: less, a: 2, b: 1}, "
                              "{op: one_of, a: 1, list: [1, two, 3.5, true]}, {op: const}, "
                              "{op: select, a: 3, b: 4, c: 5}, {op: subtext, a: 1, b: 2}",
                           "");
    CHECK_INT(read_code(b, &c), CYN_OK);
    if (!c) return;
    const cyn_expr *e = c->aggs[0]->arg;
    const cyn_translation *t = e->code;
    CHECK(e->why == NULL && t != NULL);
    CHECK_INT(t->ninputs, 2);
    CHECK_STR(t->inputs[0].name, "x");
    CHECK_STR(t->inputs[0].place.file, "a.lua");
    CHECK_INT(t->inputs[0].place.line, 3);
    CHECK_INT(t->inputs[0].place.column, 7);
    CHECK_INT(t->inputs[1].place.column, 0);
    CHECK_INT(t->nsteps, 7);
    CHECK_INT(t->steps[0].op, CYN_OP_INPUT);
    CHECK_INT(t->steps[0].a, CYN_NO_STEP);
    CHECK(t->steps[1].value.kind == CYN_CONST_REAL && t->steps[1].value.r == 2.5);
    CHECK(t->steps[2].a == 1 && t->steps[2].b == 0 && t->steps[2].c == CYN_NO_STEP);
    CHECK_INT(t->steps[3].nlist, 4);
    CHECK_STR(t->steps[3].list[1].s, "two");
    CHECK_INT(t->steps[3].list[3].kind, CYN_CONST_BOOLEAN);
    CHECK_INT(t->steps[4].value.kind, CYN_CONST_NIL);
    CHECK(t->steps[5].a == 2 && t->steps[5].b == 3 && t->steps[5].c == 4);
    CHECK_INT(t->steps[6].c, CYN_NO_STEP);
    cyn_catalog_free(c);
}

static void test_a_reason_comes_in_place_of_code(void)
{
    cyn_buf b = {0};
    cyn_catalog *c = NULL;
    put_value(&b, "{exprs: [{kind: script, text: t, handle: 1, digest: d, why: loop}],"
                  " views: [{source: events}], aggs: [{func: sum, view: 1, arg: 1}],"
                  " formulas: [{kind: agg, agg: 1}], metrics: [{name: m, formula: 1}]}");
    CHECK_INT(read_code(b, &c), CYN_OK);
    if (!c) return;
    CHECK_STR(c->aggs[0]->arg->why, "loop");
    CHECK(c->aggs[0]->arg->code == NULL);
    cyn_catalog_free(c);
}

static void test_wrong_steps_are_refused(void)
{
    static const char *const steps[] = {
        "",
        "{op: jump}",
        "{a: 1}",
        "{op: input}",
        "{op: input, input: 0}",
        "{op: input, input: 2}",
        "{op: input, input: x}",
        IN "{op: not}",
        IN "{op: not, a: 2}", /* itself */
        IN "{op: not, a: 0}",
        IN "{op: not, a: -1}",
        IN "{op: not, a: 1.0}",
        IN "{op: not, a: 4294967295}",
        IN "{op: not, a: 1, b: 1}",
        IN "{op: add, a: 1}",
        IN "{op: add, a: 1, b: 3}, {op: const}", /* a later one */
        IN "{op: add, a: 1, b: 1, c: 1}",
        IN "{op: select, a: 1, b: 1}",
        IN "{op: subtext, a: 1, c: 1}",
        IN "{op: input, a: 1, input: 1}",
        IN "{op: one_of, list: [1]}",
        IN "{op: one_of, a: 1, list: [[1]]}",
        IN "{op: one_of, a: 1, list: {x: 1}}",
        IN "{op: const, value: [1]}",
        IN "7",
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        cyn_catalog *c;
        CHECK_INT(read_code(write_code(X, steps[i], ""), &c), CYN_E_WORKER);
        if (c) printf("# %s\n", steps[i]);
        cyn_catalog_free(c);
    }
}

static void test_wrong_inputs_and_companions_are_refused(void)
{
    static const char *const inputs[] = {"{line: 1}", "{name: 1}", "{name: x, file: a, line: one}",
                                         "x", X ", {}"};
    static const char *const more[] = {", reads_all: true", ", why: because"};
    cyn_catalog *c;
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        CHECK_INT(read_code(write_code(inputs[i], IN "{op: not, a: 1}", ""), &c), CYN_E_WORKER);
        cyn_catalog_free(c);
    }
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        CHECK_INT(read_code(write_code(X, IN "{op: not, a: 1}", more[i]), &c), CYN_E_WORKER);
        cyn_catalog_free(c);
    }
}

/* One constant more than fits, and a list with NaN or nil, which no text can say. */
static cyn_code read_list(double item, size_t steps)
{
    cyn_buf b = {0};
    cyn_catalog *c = NULL;
    cyn_wire_map(&b, 1);
    cyn_wire_key(&b, "exprs");
    cyn_wire_array(&b, 1);
    cyn_wire_map(&b, 5);
    static const char *const keys[] = {"kind", "text", "digest"};
    for (size_t i = 0; i < 3; i++) {
        cyn_wire_key(&b, keys[i]);
        cyn_wire_string(&b, "script");
    }
    cyn_wire_key(&b, "handle");
    cyn_wire_integer(&b, 1);
    cyn_wire_key(&b, "code");
    cyn_wire_map(&b, 1);
    cyn_wire_key(&b, "steps");
    cyn_wire_array(&b, steps);
    put_value(&b, "{op: const}");
    for (size_t i = 1; i < steps; i++) {
        cyn_wire_map(&b, 3);
        cyn_wire_key(&b, "op");
        cyn_wire_string(&b, "one_of");
        cyn_wire_key(&b, "a");
        cyn_wire_integer(&b, 1);
        cyn_wire_key(&b, "list");
        cyn_wire_array(&b, 1);
        cyn_wire_real(&b, item);
    }
    cyn_code rc = read_code(b, &c);
    cyn_catalog_free(c);
    return rc;
}

static void test_lists_hold_no_nan_and_there_are_not_too_many_steps(void)
{
    CHECK_INT(read_list(1.5, 2), CYN_OK);
    CHECK_INT(read_list((double)INFINITY, 2), CYN_OK);
    CHECK_INT(read_list((double)NAN, 2), CYN_E_WORKER);
    CHECK_INT(read_list(1.5, CYN_TRANSLATION_STEPS), CYN_OK);
    CHECK_INT(read_list(1.5, CYN_TRANSLATION_STEPS + 1), CYN_E_WORKER);
}

int main(void)
{
    RUN(test_good_code_is_built);
    RUN(test_a_reason_comes_in_place_of_code);
    RUN(test_wrong_steps_are_refused);
    RUN(test_wrong_inputs_and_companions_are_refused);
    RUN(test_lists_hold_no_nan_and_there_are_not_too_many_steps);
    return test_end();
}
