/* Opened projects: several at once, each evaluated by a thread of its own. */
#include "engine/eval.h"
#include "folder.h"
#include "live/stock.h"
#include <pthread.h>

static const char yaml[] = "name: opened\n"
                           "timezone: UTC\n"
                           "grain: day\n"
                           "as_of: data\n"
                           "sources:\n"
                           "  events: {type: csv, path: data.csv, time: at}\n";
/* A row function that has no translation, and a function over points: both are the workers' work.
 */
static const char script[] =
    "local events = source \"events\"\n"
    "local odd = function(r) local t = {} for i = 1, r.n do t[i] = i end return #t % 2 == 1 end\n"
    "metric \"odd\" { value = events:where(odd):count() }\n"
    "metric \"twice\" { value = function(at) return 2 * at:get \"odd\" end }\n";

static void make_project(void)
{
    make_folder((const char *const[]){"metrics", ".cynosure"}, 2);
    put_file("cynosure.yaml", yaml);
    put_file("metrics/m.lua", script);
    put_file("data.csv", "at,n\n2026-01-01T01:00:00Z,1\n2026-01-01T02:00:00Z,2\n"
                         "2026-01-01T03:00:00Z,3\n2026-01-02T00:00:00Z,4\n");
}

typedef struct work {
    const cyn_opened *opened;
    const cyn_stock *stock;
    double odd, twice;
    bool failed;
} work;

static void evaluate(work *w)
{
    const char *const names[] = {"odd", "twice"};
    const cyn_eval_request request = {.metrics = names, .nmetrics = 2, .at = "2026-01-01"};
    cyn_arena *arena = cyn_arena_new(0);
    cyn_dataset *data = NULL;
    cyn_eval_result result;
    w->failed = cyn_stock_dataset(w->stock, w->opened->project, &data, NULL) != CYN_OK ||
                cyn_evaluate(w->opened->project, data, &request, arena, &result, NULL) != CYN_OK ||
                result.npoints != 2;
    if (!w->failed) {
        w->odd = cyn_num_double(result.points[0].value);
        w->twice = cyn_num_double(result.points[1].value);
    }
    cyn_dataset_free(data);
    cyn_arena_free(arena);
}

static void *run(void *self)
{
    work *w = self;
    for (int i = 0; i < 10 && !w->failed; i++) {
        if (i % 3 == 2) cyn_script_rest(w->opened->script); /* so that workers are started, too */
        evaluate(w);
    }
    return NULL;
}

static const cyn_stock *load(const cyn_opened *o)
{
    cyn_stock *s = NULL;
    cyn_err err = {0};
    cyn_err_list notes;
    const cyn_stock_options options = {0};
    cyn_err_list_init(&notes, o->arena);
    CHECK_INT(cyn_stock_load(o->project, NULL, &options, &s, &notes, &err), CYN_OK);
    must(s != NULL, err.message);
    return s;
}

static cyn_opened *open_keeping(void)
{
    cyn_opened *o = NULL;
    const cyn_open_options options = {.keep = true};
    must(cyn_open(folder, &options, &o, NULL) == CYN_OK, "cannot open");
    return o;
}

static bool has_worker(const cyn_opened *o)
{
    cyn_script_usage u = {0};
    return cyn_script_use(o->script, 0, &u) && u.memory > 0;
}

static void test_threads_evaluate_side_by_side_each_with_scripts_of_its_own(void)
{
    enum { THREADS = 3 };
    work works[THREADS];
    pthread_t threads[THREADS];
    make_project();
    cyn_opened *first = open_keeping();
    const cyn_stock *stock = load(first);
    CHECK(has_worker(first));
    for (size_t i = 0; i < THREADS; i++) {
        cyn_opened *o = i == 0 ? cyn_opened_ref(first) : i == 1 ? open_keeping() : must_open();
        works[i] = (work){.opened = o, .stock = stock};
        CHECK(has_worker(o) == (i != 1)); /* of one what the first has declared is enough */
    }
    for (size_t i = 0; i < THREADS; i++)
        must(pthread_create(&threads[i], NULL, run, &works[i]) == 0, "no thread");
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(!works[i].failed);
        CHECK_NEAR(works[i].odd, 2, 0);
        CHECK_NEAR(works[i].twice, 4, 0);
        cyn_opened_unref(works[i].opened);
    }
    cyn_stock_unref(stock);
    cyn_opened_unref(first);
    drop_folder();
}

static void test_a_project_that_cannot_be_used_says_why(void)
{
    cyn_opened *o = NULL;
    cyn_err err = {0};
    const cyn_open_options options = {0};
    make_project();
    put_file("cynosure.yaml", "name: opened\ntimezone: Nowhere/At_all\n");
    CHECK_INT(cyn_open(folder, &options, &o, &err), CYN_E_NAME);
    CHECK(o && !o->usable && o->findings.count > 0);
    CHECK(strstr(err.message, "Nowhere/At_all") != NULL);
    cyn_opened_unref(o);
    drop_folder();
}

static void test_a_broken_script_leaves_the_others_usable(void)
{
    make_project();
    put_file("metrics/z.lua", "metric \"broken\" {\n");
    cyn_opened *o = must_open();
    CHECK(o->usable);
    CHECK_INT(o->findings.count, 1);
    CHECK_STR(o->findings.items[0].file, "metrics/z.lua");
    const cyn_stock *stock = load(o);
    work w = {.opened = o, .stock = stock};
    evaluate(&w);
    CHECK(!w.failed);
    CHECK_NEAR(w.odd, 2, 0);
    cyn_stock_unref(stock);
    cyn_opened_unref(o);
    drop_folder();
}

static const char slow[] = "metric \"slow\" { value = function(at)\n"
                           "  for i = 1, 1e9 do if i > 3e6 then return i end end\n"
                           "end }\n";

/* The other one has the same places, workers of its own, and its own time. */
static void test_opened_again_it_is_the_project_that_was_read_then(void)
{
    cyn_opened *quick = NULL, *again = NULL;
    cyn_err err = {0};
    const cyn_open_options hasty = {.call_time = CYN_SECOND / 1000}, patient = {0};
    make_project();
    put_file("metrics/s.lua", slow);
    put_file("metrics/z.lua", "metric \"broken\" {\n");
    CHECK_INT(cyn_open(folder, &hasty, &quick, &err), CYN_OK);
    put_file("metrics/m.lua", "metric \"other\" { value = function(at) return 1 end }\n");
    CHECK_INT(cyn_open_again(quick, &patient, &again, &err), CYN_OK);
    must(quick && again, err.message);
    CHECK_INT(again->project->nmetrics, 3);
    for (size_t i = 0; i < 3; i++)
        CHECK_STR(again->project->metrics[i]->name, quick->project->metrics[i]->name);
    CHECK_INT(again->findings.count, 1);
    CHECK_STR(again->findings.items[0].file, "metrics/z.lua");
    CHECK_INT(cyn_script_worked(quick->script).overruns, 0);
    const cyn_stock *stock = load(quick);
    const char *const names[] = {"slow"};
    const cyn_eval_request request = {.metrics = names, .nmetrics = 1, .at = "2026-01-01"};
    const cyn_opened *const both[] = {quick, again};
    for (size_t i = 0; i < 2; i++) {
        cyn_arena *arena = cyn_arena_new(0);
        cyn_dataset *data = NULL;
        cyn_eval_result result;
        CHECK_INT(cyn_stock_dataset(stock, both[i]->project, &data, &err), CYN_OK);
        CHECK_INT(cyn_evaluate(both[i]->project, data, &request, arena, &result, &err), CYN_OK);
        CHECK_INT(result.points[0].failed, i == 0);
        CHECK(i == 1 || result.points[0].error->overran);
        CHECK_INT(cyn_script_worked(both[i]->script).overruns, i == 0);
        cyn_dataset_free(data);
        cyn_arena_free(arena);
    }
    cyn_stock_unref(stock);
    cyn_opened_unref(quick); /* the other one keeps what it needs of it */
    CHECK_STR(again->project->config->name, "opened");
    cyn_opened_unref(again);
    drop_folder();
}

int main(void)
{
    must(cyn_zygote_start(NULL) == CYN_OK, "no zygote");
    RUN(test_threads_evaluate_side_by_side_each_with_scripts_of_its_own);
    RUN(test_a_project_that_cannot_be_used_says_why);
    RUN(test_a_broken_script_leaves_the_others_usable);
    RUN(test_opened_again_it_is_the_project_that_was_read_then);
    cyn_zygote_stop();
    return test_end();
}
