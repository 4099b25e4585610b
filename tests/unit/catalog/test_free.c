/* Functions of points on the wire: what is sent, and replies that may be anything. */
#include "base/time.h"
#include "catalog/catalog.h"
#include "catalog/free.h"
#include "message.h"
#include "test.h"

static const cyn_question known[] = {{.metric = "a"}};
static const cyn_free_point points[2];
static const cyn_free_request request = {
    .questions = known, .nquestions = 1, .points = points, .npoints = 2};

/* Reads the reply to the request above, two points and one question. */
static cyn_code read_reply(const char *text, cyn_arena *arena, cyn_free_reply **out, cyn_err *err)
{
    cyn_buf b = {0};
    put_value(&b, text);
    cyn_code rc = cyn_free_reply_read((const uint8_t *)b.data, b.len, &request, arena, out, err);
    cyn_buf_clear(&b);
    return rc;
}

static void test_a_good_reply_is_read(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_free_reply *r = NULL;
    cyn_err err = {0};
    CHECK_INT(
        read_reply("{questions: [{metric: b, offset: -2, last_year: false, segment: {c: 1, d: "
                   "ads}}], results: [{done: true, value: 2.5, asked: [0]}, {done: false, "
                   "asked: [0, 1]}]}",
                   arena, &r, &err),
        CYN_OK);
    CHECK_STR(err.message, "");
    if (r) {
        CHECK_INT(r->nquestions, 1);
        CHECK_STR(r->questions[0].metric, "b");
        CHECK_INT(r->questions[0].offset, -2);
        CHECK(r->questions[0].elsewhere);
        CHECK_STR(r->questions[0].segment.dims[1], "d");
        CHECK_INT(r->questions[0].segment.keys[0].i, 1);
        CHECK(r->results[0].done && !r->results[1].done);
        CHECK_NEAR(cyn_num_double(r->results[0].value), 2.5, 0);
        CHECK_INT(r->results[1].nasked, 2);
        CHECK_INT(r->results[1].asked[1], 1);
    }
    cyn_arena_free(arena);
}

static void test_lists_without_items_may_be_maps(void) /* Lua cannot tell them apart */
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_free_reply *r = NULL;
    CHECK_INT(
        read_reply("{questions: {}, results: [{done: true, asked: {}}, {done: true, asked: {}, "
                   "error: {code: 9, message: no}}]}",
                   arena, &r, NULL),
        CYN_OK);
    if (r) CHECK(cyn_num_is_missing(r->results[0].value));
    if (r) CHECK_STR(r->results[1].error->message, "no");
    cyn_arena_free(arena);
}

static void test_anything_else_is_refused(void)
{
#define RESULTS "results: [{done: true, asked: {}}, {done: true, asked: {}}]"
    static const char *const bad[] = {
        "x",
        "{}",
        "{questions: {}}",
        "{questions: x, " RESULTS "}",
        "{questions: {}, results: [{done: true, asked: {}}]}",
        "{questions: {}, results: [1, {done: true, asked: {}}]}",
        "{questions: {}, results: [{asked: {}}, {done: true, asked: {}}]}",
        "{questions: {}, results: [{done: false, asked: {}}, {done: true, asked: {}}]}",
        "{questions: {}, results: [{done: true}, {done: true, asked: {}}]}",
        "{questions: {}, results: [{done: true, asked: [1]}, {done: true, asked: {}}]}",
        "{questions: {}, results: [{done: true, asked: [-1]}, {done: true, asked: {}}]}",
        "{questions: {}, results: [{done: true, asked: [0.0]}, {done: true, asked: {}}]}",
        "{questions: {}, results: [{done: true, value: x, asked: {}}, {done: true, asked: {}}]}",
        "{questions: {}, results: [{done: true, error: x, asked: {}}, {done: true, asked: {}}]}",
        "{questions: [{offset: 0, last_year: false}], " RESULTS "}",
        "{questions: [{metric: b, last_year: false}], " RESULTS "}",
        "{questions: [{metric: b, offset: 0}], " RESULTS "}",
        "{questions: [{metric: b, offset: 1001, last_year: false}], " RESULTS "}",
        "{questions: [{metric: b, offset: -1001, last_year: false}], " RESULTS "}",
        "{questions: [{metric: b, offset: 0, last_year: false, segment: [1]}], " RESULTS "}",
        "{questions: [{metric: b, offset: 0, last_year: false, segment: {d: 1, c: 1}}], " RESULTS
        "}",
        "{questions: [{metric: b, offset: 0, last_year: false, segment: {c: [1]}}], " RESULTS "}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cyn_arena *arena = cyn_arena_new(0);
        cyn_free_reply *r = NULL;
        cyn_err err = {0};
        CHECK_INT(read_reply(bad[i], arena, &r, &err), CYN_E_WORKER);
        if (r) printf("# accepted: %s\n", bad[i]);
        cyn_arena_free(arena);
    }
}

/* An arena of 16 bytes, of 32, … until all fits: a good reply is never a malformed one. */
static void test_memory_runs_out_wherever_it_may(void)
{
    cyn_code rc = CYN_E_NOMEM;
    size_t limit = 0;
    while (rc == CYN_E_NOMEM && limit < 100000) {
        cyn_free_reply *r = NULL;
        cyn_arena *arena = cyn_arena_new(limit += 16);
        rc = read_reply("{questions: [{metric: b, offset: -2, last_year: false, segment: {c: 1, d: "
                        "ads}}], results: [{done: true, value: 2.5, asked: [0]}, {done: true, "
                        "asked: [0, 1], error: {code: 9, message: no}}]}",
                        arena, &r, NULL);
        CHECK_INT(rc, r ? CYN_OK : CYN_E_NOMEM);
        cyn_arena_free(arena);
    }
    CHECK_INT(rc, CYN_OK);
    CHECK(limit > 64);
}

static void test_a_request_holds_points_and_answers(void)
{
    static const char *const dims[] = {"channel"};
    static const cyn_const ads[] = {{.kind = CYN_CONST_TEXT, .s = "ads", .n = 3}};
    static const cyn_free_answer answers[] = {
        {0, {.kind = CYN_NUM_DECIMAL, .scale = 2, .i = 150}, NULL},
        {1, {.kind = CYN_NUM_MISSING}, NULL},
        {2, {.kind = CYN_NUM_MISSING}, "no"}};
    const cyn_free_point point = {.period = "all",
                                  .grain = "all",
                                  .start = CYN_TIME_MIN,
                                  .stop = 1500000,
                                  .partial = true,
                                  .segment = {1, dims, ads},
                                  .answers = answers,
                                  .nanswers = 3};
    const cyn_free_request sent = {
        .handle = 7, .questions = known, .nquestions = 1, .points = &point, .npoints = 1};
    cyn_buf b = {0};
    const cyn_value *tree = NULL;
    cyn_arena *arena = cyn_arena_new(0);
    cyn_free_request_write(&sent, &b);
    CHECK_INT(cyn_wire_read((const uint8_t *)b.data, b.len, arena, &tree, NULL), CYN_OK);
    if (tree) {
        const cyn_value *p = &cyn_value_get(tree, "points")->items[0];
        const cyn_value *list = cyn_value_get(p, "answers");
        CHECK_INT(cyn_value_get(tree, "handle")->i, 7);
        CHECK_STR(cyn_value_get(&cyn_value_get(tree, "questions")->items[0], "metric")->s, "a");
        CHECK_INT(cyn_value_get(p, "start")->kind, CYN_VALUE_NIL);
        CHECK_NEAR(cyn_value_get(p, "stop")->r, 1.5, 0);
        CHECK_STR(cyn_value_get(cyn_value_get(p, "segment"), "channel")->s, "ads");
        CHECK_INT(list->n, 6);
        CHECK_NEAR(list->items[1].r, 1.5, 0);
        CHECK_INT(list->items[3].kind, CYN_VALUE_BOOLEAN); /* missing: a list has no gaps */
        CHECK_STR(list->items[5].s, "no");
    }
    cyn_buf_clear(&b);
    cyn_arena_free(arena);
}

/* ---- in the catalog ---- */

#define DIGEST "bbb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"

static cyn_code read_catalog(const char *formula, cyn_catalog **out)
{
    char text[1000];
    cyn_buf b = {0};
    snprintf(text, sizeof text, "{formulas: [%s], metrics: [{name: m, formula: 1}]}", formula);
    put_value(&b, text);
    cyn_code rc = cyn_catalog_read((const uint8_t *)b.data, b.len, out, NULL);
    cyn_buf_clear(&b);
    return rc;
}

static void test_a_function_has_what_it_needs(void)
{
    cyn_catalog *c = NULL;
    CHECK_INT(
        read_catalog("{kind: script, file: m.lua, line: 4, column: 0, handle: 3, digest: " DIGEST
                     ", text: f, reads: [{metric: a, line: 5}]}",
                     &c),
        CYN_OK);
    if (!c) return;
    const cyn_formula *f = c->metrics[0]->formula;
    CHECK_INT(f->kind, CYN_FORMULA_SCRIPT);
    CHECK_INT(f->function->handle, 3);
    CHECK_INT(f->function->nreads, 1);
    CHECK_STR(f->function->reads[0]->metric, "a");
    CHECK_INT(f->function->reads[0]->place.line, 5);
    CHECK_STR(f->function->reads[0]->place.file, "m.lua");
    cyn_catalog_free(c);
}

static void test_a_malformed_function_is_refused(void)
{
    static const char *const bad[] = {
        "{kind: script}",
        "{kind: script, handle: 0, digest: " DIGEST ", text: f}",
        "{kind: script, handle: 1, digest: 00, text: f}",
        "{kind: script, handle: 1, digest: " DIGEST "}",
        "{kind: script, handle: 1, digest: " DIGEST ", text: f, reads: x}",
        "{kind: script, handle: 1, digest: " DIGEST ", text: f, reads: [{line: 5}]}",
        "{kind: script, handle: 1, digest: " DIGEST ", text: f, reads: [{metric: a, line: -1}]}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cyn_catalog *c = NULL;
        CHECK_INT(read_catalog(bad[i], &c), CYN_E_WORKER);
        cyn_catalog_free(c);
    }
}

int main(void)
{
    RUN(test_a_good_reply_is_read);
    RUN(test_lists_without_items_may_be_maps);
    RUN(test_anything_else_is_refused);
    RUN(test_memory_runs_out_wherever_it_may);
    RUN(test_a_request_holds_points_and_answers);
    RUN(test_a_function_has_what_it_needs);
    RUN(test_a_malformed_function_is_refused);
    return test_end();
}
