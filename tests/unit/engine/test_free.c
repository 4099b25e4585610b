/* Functions of points: how often they are run, and what becomes of their questions. The worker is
 * played here: a function is the list of values that it asks for, one after the other, and gives
 * their sum. */
#include "base/time.h"
#include "engine/eval.h"
#include "test.h"

typedef struct ask {
    const char *metric; /* NULL: no more */
    int offset;
} ask;

typedef struct script {
    ask asks[4];
    bool fails, stutters; /* the worker dies; asks again for what it was told */
    int calls, points;
} script;

static script scripts[4]; /* by handle */

static bool same(const cyn_question *q, ask a)
{
    return !strcmp(q->metric, a.metric) && q->offset == a.offset && !q->last_year && !q->elsewhere;
}

/* The number of the question, which is added when it is new. */
static uint32_t number_of(ask a, const cyn_free_request *r, cyn_free_reply *reply)
{
    cyn_question *added = (cyn_question *)(uintptr_t)reply->questions;
    for (size_t i = 0; i < r->nquestions; i++)
        if (same(&r->questions[i], a)) return (uint32_t)i;
    size_t k = 0;
    while (k < reply->nquestions && !same(&added[k], a))
        k++;
    added[k] = (cyn_question){.metric = a.metric, .offset = a.offset};
    if (k == reply->nquestions) reply->nquestions++;
    return (uint32_t)(r->nquestions + k);
}

static const cyn_free_answer *find(const cyn_free_point *p, uint32_t question)
{
    for (size_t i = 0; i < p->nanswers; i++)
        if (p->answers[i].question == question) return &p->answers[i];
    return NULL;
}

static cyn_free_result run_point(const script *s, const cyn_free_point *p,
                                 const cyn_free_request *r, cyn_free_reply *reply, cyn_arena *arena)
{
    uint32_t *asked = CYN_NEW_ARRAY(arena, 4, uint32_t);
    cyn_free_result result = {.done = !s->stutters, .asked = asked};
    int64_t sum = 0;
    for (size_t i = 0; i < 4 && s->asks[i].metric; i++) {
        asked[result.nasked++] = number_of(s->asks[i], r, reply);
        const cyn_free_answer *a = find(p, asked[i]);
        if (!a) return (cyn_free_result){.asked = asked, .nasked = result.nasked};
        if (a->error) {
            cyn_err *e = CYN_NEW(arena, cyn_err);
            cyn_fail_at(e, CYN_E_SCRIPT, "metrics/a.lua", 7, 0, "%s", a->error);
            result.error = e;
            return result;
        }
        sum += a->value.i;
    }
    result.value = cyn_num_integer(sum);
    return result;
}

static cyn_code run_free(void *self, const cyn_free_request *r, cyn_arena *arena,
                         cyn_free_reply **out, cyn_err *err)
{
    (void)self;
    script *s = &scripts[r->handle];
    s->calls++;
    s->points += (int)r->npoints;
    if (s->fails) return cyn_fail(err, CYN_E_WORKER, "the script worker died");
    cyn_free_reply *reply = CYN_NEW(arena, cyn_free_reply);
    cyn_free_result *results = CYN_NEW_ARRAY(arena, r->npoints, cyn_free_result);
    *reply =
        (cyn_free_reply){.questions = CYN_NEW_ARRAY(arena, 8, cyn_question), .results = results};
    for (size_t i = 0; i < r->npoints; i++)
        results[i] = run_point(s, &r->points[i], r, reply, arena);
    *out = reply;
    return CYN_OK;
}

/* ---- a project of constants and functions ---- */

static const cyn_place place = {"metrics/a.lua", 3, 0};
static const cyn_formula five = {.kind = CYN_FORMULA_CONST,
                                 .value = {.kind = CYN_NUM_INTEGER, .i = 5}};
static const cyn_formula base = {
    .kind = CYN_FORMULA_METRIC, .place = {"metrics/a.lua", 4, 0}, .metric = "base"};
static const cyn_formula *const names_base[] = {&base};
static const cyn_function functions[] = {
    {.handle = 0, .digest = "0", .text = "", .reads = names_base, .nreads = 1},
    {.handle = 1, .digest = "1", .text = ""},
    {.handle = 2, .digest = "2", .text = ""},
};
static const cyn_formula formulas[] = {
    {.kind = CYN_FORMULA_SCRIPT, .place = {"metrics/a.lua", 3, 0}, .function = &functions[0]},
    {.kind = CYN_FORMULA_SCRIPT, .place = {"metrics/a.lua", 5, 0}, .function = &functions[1]},
    {.kind = CYN_FORMULA_SCRIPT, .place = {"metrics/a.lua", 6, 0}, .function = &functions[2]},
};

/* Metrics base = 5, and f, g, h, which run scripts 0, 1 and 2; f names base. */
typedef struct world {
    cyn_arena *arena;
    cyn_tz *tz;
    cyn_eval_result result;
} world;

static void evaluate(world *w, const char *const *names, size_t n)
{
    static cyn_metric made[4];
    static cyn_err errors[4];
    static const cyn_config config = {.grain = {CYN_WEEK, 1}};
    static const size_t by_name[] = {0, 1, 2, 3};
    cyn_metric *metrics[4];
    cyn_err err = {0};
    cyn_dataset *data = NULL;
    w->arena = cyn_arena_new(0);
    for (size_t i = 0; i < 4; i++) {
        made[i] = (cyn_metric){.name = (const char *const[]){"base", "f", "g", "h"}[i],
                               .place = place,
                               .formula = i == 0 ? &five : &formulas[i - 1]};
        metrics[i] = &made[i];
        errors[i] = (cyn_err){0};
    }
    for (size_t i = 0; i < 4; i++)
        CHECK_INT(cyn_metric_define(metrics, by_name, 4, i, NULL, &errors[i]), CYN_OK);
    CHECK_INT(cyn_tz_load("UTC", &w->tz, &err), CYN_OK);
    const cyn_catalog catalog = {0};
    cyn_project p = {.config = &config,
                     .dir = "",
                     .calendar = {.tz = w->tz, .week_start = 1, .fiscal_month = 1},
                     .catalog = &catalog,
                     .evaluator = {.run_free = run_free},
                     .metrics = (const cyn_metric *const *)metrics,
                     .nmetrics = 4,
                     .by_name = by_name,
                     .metric_errors = errors};
    cyn_eval_request request = {.metrics = names, .nmetrics = n, .last = 3, .as_of = "2026-11-02"};
    CHECK_INT(cyn_dataset_new(&p, NULL, &data, &err), CYN_OK);
    CHECK_INT(cyn_evaluate(&p, data, &request, w->arena, &w->result, &err), CYN_OK);
    CHECK_STR(err.message, "");
    cyn_dataset_free(data);
}

static void end(world *w)
{
    cyn_arena_free(w->arena);
    cyn_tz_free(w->tz);
    memset(scripts, 0, sizeof scripts);
}

/* All values, or the first error. */
static const char *shown(const world *w)
{
    static char out[1000];
    size_t at = 0;
    for (size_t i = 0; i < w->result.npoints && at + 400 < sizeof out; i++) {
        const cyn_point *p = &w->result.points[i];
        if (p->failed) cyn_err_format(p->error, out, sizeof out);
        if (p->failed) return out;
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%lld", i ? " " : "",
                               (long long)p->value.i);
    }
    return out;
}

static const char *const f[] = {"f"}, *const g[] = {"g"}, *const f_g[] = {"f", "g"};

/* Three weeks; the one before each, of which one is new; and each week of last year. */
static void test_what_a_function_names_takes_one_call_for_all_points(void)
{
    world w;
    scripts[0] = (script){.asks = {{"base", 0}}};
    evaluate(&w, f, 1);
    CHECK_STR(shown(&w), "5 5 5");
    CHECK_INT(scripts[0].calls, 1);
    CHECK_INT(scripts[0].points, 7);
    end(&w);
}

static void test_each_question_after_an_answer_takes_one_more_for_all_points(void)
{
    world w;
    scripts[1] = (script){.asks = {{"base", 0}, {"base", -1}, {"base", -700}}};
    evaluate(&w, g, 1);
    CHECK_STR(shown(&w), "15 15 15");
    CHECK_INT(scripts[1].calls, 4);
    CHECK_INT(scripts[1].points, 4 * 7);
    end(&w);
}

/* f's own seven weeks, and of those before them two that are not among them. g waits for these, so
 * that it runs three times: two questions, and the end. */
static void test_a_value_is_computed_once_whoever_asks(void)
{
    world w;
    scripts[0] = (script){.asks = {{"base", 0}}};
    scripts[1] = (script){.asks = {{"f", 0}, {"f", -1}}};
    evaluate(&w, f_g, 2);
    CHECK_STR(shown(&w), "5 5 5 10 10 10");
    CHECK_INT(scripts[0].points, 9);
    CHECK_INT(scripts[0].calls, 2);
    CHECK_INT(scripts[1].calls, 3);
    end(&w);
}

static void test_a_circle_of_functions_is_named(void) /* D-5, F-6 */
{
    world w;
    scripts[1] = (script){.asks = {{"h", -1}}};
    scripts[2] = (script){.asks = {{"base", 0}, {"g", 0}}};
    evaluate(&w, g, 1);
    CHECK_STR(shown(&w),
              "metrics/a.lua:7: metric 'h': metrics/a.lua:6: metric h → g → h goes in a circle");
    end(&w);
}

static void test_a_function_of_itself_in_another_period_is_a_circle(void)
{
    world w;
    scripts[1] = (script){.asks = {{"g", -1}}};
    evaluate(&w, g, 1);
    CHECK_STR(shown(&w), "metrics/a.lua:5: metric g → g goes in a circle");
    end(&w);
}

static void test_an_unknown_metric_is_the_askers_error_with_the_nearest_name(void)
{
    world w;
    scripts[1] = (script){.asks = {{"bose", 0}}};
    evaluate(&w, g, 1);
    CHECK_STR(shown(&w), "metrics/a.lua:7: no metric is named 'bose' (did you mean 'base'?)");
    end(&w);
}

static void test_a_worker_that_dies_costs_that_function_only(void)
{
    world w;
    scripts[0] = (script){.asks = {{"base", 0}}};
    scripts[1] = (script){.asks = {{"base", 0}}, .fails = true};
    evaluate(&w, f_g, 2);
    CHECK_INT(w.result.npoints, 4);
    CHECK_INT(w.result.failed, 1);
    CHECK_INT(w.result.points[2].value.i, 5);
    CHECK_STR(w.result.points[3].error->message, "the script worker died");
    CHECK_STR(w.result.points[3].error->file, "metrics/a.lua");
    CHECK_INT(scripts[1].calls, 1);
    end(&w);
}

static void test_a_worker_that_asks_for_what_it_knows_is_stopped(void)
{
    world w;
    scripts[0] = (script){.asks = {{"base", 0}}, .stutters = true};
    evaluate(&w, f, 1);
    CHECK_STR(shown(&w), "metrics/a.lua:3: asks for what it has been told");
    CHECK_INT(scripts[0].calls, 1);
    end(&w);
}

int main(void)
{
    RUN(test_what_a_function_names_takes_one_call_for_all_points);
    RUN(test_each_question_after_an_answer_takes_one_more_for_all_points);
    RUN(test_a_value_is_computed_once_whoever_asks);
    RUN(test_a_circle_of_functions_is_named);
    RUN(test_a_function_of_itself_in_another_period_is_a_circle);
    RUN(test_an_unknown_metric_is_the_askers_error_with_the_nearest_name);
    RUN(test_a_worker_that_dies_costs_that_function_only);
    RUN(test_a_worker_that_asks_for_what_it_knows_is_stopped);
    return test_end();
}
