/* Trees with their numbers: whatever the metrics are, the lines below a line add up to it
 * (docs/numerics.md, X-15). The worker is played here: what a metric measures is a function of the
 * point, which gives one value in the week asked for and another one in the week before. */
#include "base/time.h"
#include "engine/tree_impl.h"
#include "plan/relation.h"
#include "test.h"
#include "tree/why.h"

#define MOST 32

static struct {
    cyn_arena *arena;
    cyn_tz *tz;
    cyn_metric made[MOST];
    cyn_function functions[MOST];
    cyn_driver drivers[MOST];
    double before[MOST], after[MOST]; /* what is measured, by metric; NaN: missing */
    size_t n;
    int calls; /* of decompose */
    bool cheats;
    cyn_tree_view view;
} w;

static size_t fail_after; /* the n-th allocation while evaluating fails; 0: none */
static const cyn_place place = {"metrics/a.lua", 1, 0};
#define START INT64_C(1761523200000000) /* 2025-10-27, Monday of W44 */

static cyn_code run_free(void *self, const cyn_free_request *r, cyn_arena *arena,
                         cyn_free_reply **out, cyn_err *err)
{
    (void)self;
    cyn_free_reply *reply = CYN_NEW(arena, cyn_free_reply);
    cyn_free_result *results = CYN_NEW_ARRAY(arena, r->npoints, cyn_free_result);
    if (!reply || !results) return cyn_nomem(err);
    for (size_t i = 0; i < r->npoints; i++) {
        const double *values = r->points[i].start < START ? w.before : w.after;
        results[i] = (cyn_free_result){.done = true, .value = cyn_num_real(values[r->handle])};
    }
    *reply = (cyn_free_reply){.results = results};
    *out = reply;
    return CYN_OK;
}

/* A script's decomposition: all of it is the first input's; or twice that, when it cheats. */
static cyn_code decompose(void *self, const cyn_change *changes, size_t n, cyn_arena *arena,
                          const double *const **parts, const cyn_err *const **errors, cyn_err *err)
{
    (void)self, (void)err;
    const double **out = CYN_NEW_ARRAY(arena, n, const double *);
    w.calls++;
    for (size_t i = 0; i < n; i++) {
        double *own = CYN_NEW_ARRAY(arena, changes[i].ninputs, double);
        double change = changes[i].total_after - changes[i].total_before;
        own[0] = w.cheats ? 2 * change : change;
        out[i] = own;
    }
    *parts = out;
    *errors = CYN_NEW_ARRAY(arena, n, const cyn_err *);
    return CYN_OK;
}

/* ---- building a project ---- */

static void begin(void)
{
    memset(&w, 0, sizeof w);
    w.arena = cyn_arena_new(0);
    CHECK_INT(cyn_tz_load("UTC", &w.tz, NULL), CYN_OK);
}

static void end(void)
{
    cyn_arena_free(w.arena);
    cyn_tz_free(w.tz);
}

static cyn_formula *formula(cyn_formula f)
{
    cyn_formula *out = CYN_NEW(w.arena, cyn_formula);
    f.place = place;
    *out = f;
    return out;
}

static cyn_formula *named(const char *metric)
{
    return formula((cyn_formula){.kind = CYN_FORMULA_METRIC, .metric = metric});
}

static cyn_formula *op(cyn_op op, const cyn_formula *a, const cyn_formula *b)
{
    return formula((cyn_formula){.kind = CYN_FORMULA_OP, .op = op, .a = a, .b = b});
}

/* A metric that is measured, with an identity or without one. */
static cyn_metric *measured(const char *name, double before, double after,
                            const cyn_formula *identity)
{
    size_t i = w.n++;
    w.functions[i] =
        (cyn_function){.handle = (uint32_t)i, .digest = cyn_sprintf(w.arena, "%zu", i), .text = ""};
    w.made[i] = (cyn_metric){
        .name = name,
        .place = place,
        .formula = formula((cyn_formula){.kind = CYN_FORMULA_SCRIPT, .function = &w.functions[i]}),
        .identity = identity,
        .identity_text = identity ? "" : NULL};
    w.before[i] = before;
    w.after[i] = after;
    return &w.made[i];
}

/* A metric that is what its formula says. */
static cyn_metric *computed(const char *name, const cyn_formula *f)
{
    cyn_metric *m = &w.made[w.n++];
    *m = (cyn_metric){.name = name, .place = place, .formula = f};
    return m;
}

static void set_target(cyn_metric *m, double target)
{
    m->sheet.has_target = true;
    m->sheet.target = target;
}

static cyn_code evaluate(const cyn_tree_request *request, cyn_err *err)
{
    static const cyn_config config = {.grain = {CYN_WEEK, 1}};
    const cyn_catalog catalog = {0};
    cyn_metric *metrics[MOST];
    size_t names[MOST];
    cyn_err errors[MOST] = {0};
    cyn_dataset *data = NULL;
    for (size_t i = 0; i < w.n; i++)
        metrics[i] = &w.made[i];
    cyn_metric_sort_names((const cyn_metric *const *)metrics, w.n, names);
    for (size_t i = 0; i < w.n; i++)
        CHECK_INT(cyn_metric_define(metrics, names, w.n, i, NULL, &errors[i]), CYN_OK);
    cyn_project p = {.config = &config,
                     .dir = "",
                     .calendar = {.tz = w.tz, .week_start = 1, .fiscal_month = 1},
                     .catalog = &catalog,
                     .evaluator = {.run_free = run_free, .decompose = decompose},
                     .metrics = (const cyn_metric *const *)metrics,
                     .nmetrics = w.n,
                     .by_name = names,
                     .metric_errors = errors};
    CHECK_INT(cyn_dataset_new(&p, NULL, &data, NULL), CYN_OK);
    cyn_test_fail_after(fail_after);
    cyn_code rc = cyn_tree_evaluate(&p, data, request, w.arena, &w.view, err);
    cyn_test_fail_after(0);
    cyn_dataset_free(data);
    return rc;
}

static void grow(const char *root, cyn_against_kind against)
{
    cyn_err err = {0};
    cyn_tree_request r = {.root = root,
                          .at = "2025-W44",
                          .as_of = "2025-11-10",
                          .against = {.kind = against},
                          .depth = CYN_TREE_ALL};
    CHECK_INT(evaluate(&r, &err), CYN_OK);
    CHECK_STR(err.message, "");
}

/* ---- looking at lines ---- */

static const cyn_tree_item *line_of(const char *metric)
{
    static const cyn_tree_item none = {.why = "no such line"};
    for (size_t i = 0; i < w.view.count; i++)
        if (w.view.items[i].node && !strcmp(w.view.items[i].node->metric->name, metric))
            return &w.view.items[i];
    return &none;
}

static const cyn_tree_item *residual_below(const char *metric)
{
    static const cyn_tree_item none = {.contribution = NAN, .why = "no such line"};
    size_t parent = (size_t)(line_of(metric) - w.view.items);
    for (size_t i = 0; i < w.view.count; i++)
        if (w.view.items[i].line == CYN_LINE_RESIDUAL && w.view.items[i].parent == parent)
            return &w.view.items[i];
    return &none;
}

/* Holds every line that was shared out against the lines below it; how many there were. */
static int check_sums(void)
{
    int checked = 0;
    for (size_t i = 0; i < w.view.count; i++) {
        const cyn_tree_item *item = &w.view.items[i];
        double sum = 0, size = fabs(item->contribution);
        if (item->method == CYN_METHOD_NONE || isnan(item->contribution)) continue;
        for (size_t k = i + 1; k < item->end; k++) {
            const cyn_tree_item *below = &w.view.items[k];
            bool driver = below->node && below->node->link == CYN_LINK_DRIVER;
            if (below->parent != i || driver) continue;
            sum += below->contribution;
            size = fmax(size, fabs(below->contribution));
        }
        CHECK(fabs(sum - item->contribution) <= 1e-9 * size);
        checked++;
    }
    return checked;
}

/* ---- worked examples ---- */

/* 1000 · 2 · 50 → 1200 · 1.8 · 55, by logarithmic means. */
static void users_orders_price(void)
{
    measured("users", 1000, 1200, NULL);
    measured("orders", 2, 1.8, NULL);
    measured("price", 50, 55, NULL);
}

static cyn_formula *their_product(void)
{
    return op(CYN_MUL, op(CYN_MUL, named("users"), named("orders")), named("price"));
}

static void test_a_product_is_shared_out(void)
{
    begin();
    users_orders_price();
    measured("revenue", 100000, 118800, their_product());
    grow("revenue", CYN_AGAINST_PREVIOUS);
    CHECK_INT(w.view.count, 4);
    CHECK_NEAR(w.view.change, 18800, 1e-12);
    CHECK_NEAR(line_of("users")->contribution, 19896.7955820731, 1e-9);
    CHECK_NEAR(line_of("orders")->contribution, -11498.0185521051, 1e-9);
    CHECK_NEAR(line_of("price")->contribution, 10401.2229700320, 1e-9);
    CHECK_NEAR(line_of("users")->share, 19896.7955820731 / 18800, 1e-9);
    CHECK_INT(line_of("users")->mark, CYN_MARK_BEST);
    CHECK_INT(line_of("orders")->mark, CYN_MARK_WORST);
    CHECK_INT(line_of("price")->mark, CYN_MARK_NONE);
    CHECK_INT(line_of("revenue")->method, CYN_METHOD_LMDI);
    CHECK_INT(check_sums(), 1);
    end();
}

static void test_parts_of_parts_contribute_in_the_roots_unit(void)
{
    begin();
    users_orders_price();
    computed("revenue", their_product());
    measured("cost", 40000, 70000, NULL);
    computed("profit", op(CYN_SUB, named("revenue"), named("cost")));
    grow("profit", CYN_AGAINST_PREVIOUS);
    CHECK_NEAR(line_of("profit")->contribution, -11200, 1e-12);
    CHECK_NEAR(line_of("revenue")->contribution, 18800, 1e-9);
    CHECK_NEAR(line_of("cost")->contribution, -30000, 1e-12);
    CHECK_NEAR(line_of("price")->contribution, 10401.2229700320, 1e-9);
    CHECK_NEAR(line_of("price")->depth, 2, 0);
    CHECK_INT(check_sums(), 2);
    end();
}

static void test_what_an_identity_leaves_open_is_a_line_of_its_own(void)
{
    begin();
    users_orders_price();
    measured("revenue", 100000, 119800, their_product()); /* 1000 more than the product */
    computed("doubled",
             op(CYN_MUL, named("revenue"),
                formula((cyn_formula){.kind = CYN_FORMULA_CONST, .value = cyn_num_integer(2)})));
    grow("doubled", CYN_AGAINST_PREVIOUS);
    CHECK_NEAR(residual_below("revenue")->part, 1000, 1e-9);
    CHECK_NEAR(residual_below("revenue")->contribution, 2000, 1e-9);
    CHECK(isnan(residual_below("doubled")->contribution)); /* there is none */
    CHECK_INT(check_sums(), 2);
    end();
}

static void test_a_metric_contributes_wherever_it_occurs(void)
{
    begin();
    measured("a", 1, 3, NULL);
    measured("b", 10, 20, NULL);
    computed("left", op(CYN_ADD, named("a"), named("b")));
    computed("root", op(CYN_ADD, named("left"), named("a")));
    grow("root", CYN_AGAINST_PREVIOUS);
    CHECK_INT(w.view.count, 5);
    double sum = 0;
    for (size_t i = 0; i < w.view.count; i++)
        if (!strcmp(w.view.items[i].node->metric->name, "a")) sum += w.view.items[i].contribution;
    CHECK_NEAR(sum, 4, 1e-12);
    CHECK_INT(check_sums(), 2);
    end();
}

static void test_drivers_stand_last_and_contribute_nothing(void)
{
    begin();
    measured("speed", 5, 4, NULL);
    measured("a", 1, 3, NULL);
    cyn_metric *root = measured("root", 1, 4, named("a"));
    w.drivers[0] = (cyn_driver){"speed", CYN_DOWN};
    root->drivers = w.drivers;
    root->ndrivers = 1;
    grow("root", CYN_AGAINST_PREVIOUS);
    CHECK_INT(w.view.count, 4);
    CHECK_INT(w.view.items[2].line, CYN_LINE_RESIDUAL);
    CHECK_INT(w.view.items[3].node->link, CYN_LINK_DRIVER);
    CHECK(isnan(w.view.items[3].contribution) && isnan(w.view.items[3].part));
    CHECK_NEAR(cyn_num_double(w.view.items[3].point->against.value), 5, 0);
    CHECK_INT(check_sums(), 1);
    end();
}

/* ---- where there is nothing to share out ---- */

static void test_a_missing_value_leaves_its_parent_without_parts(void)
{
    begin();
    measured("a", NAN, 3, NULL);
    measured("b", 1, 2, NULL);
    measured("sum", 4, 5, op(CYN_ADD, named("a"), named("b")));
    measured("c", 1, 2, NULL);
    computed("root", op(CYN_ADD, named("sum"), named("c")));
    grow("root", CYN_AGAINST_PREVIOUS);
    CHECK_INT(line_of("sum")->method, CYN_METHOD_NONE);
    CHECK_STR(line_of("sum")->why, cyn_why_labels[CYN_WHY_NO_INPUT].en);
    CHECK(isnan(line_of("b")->contribution));
    CHECK_NEAR(line_of("sum")->contribution, 1, 1e-12); /* its own change is known */
    CHECK_INT(check_sums(), 1);
    end();
}

static void test_an_identity_with_a_window_has_no_parts_and_says_why(void)
{
    begin();
    cyn_formula *last = formula((cyn_formula){
        .kind = CYN_FORMULA_WINDOW, .a = named("a"), .window = {CYN_OFFSET, CYN_ALL, -1}});
    measured("a", 1, 3, NULL);
    measured("root", 1, 4, op(CYN_ADD, named("a"), last));
    grow("root", CYN_AGAINST_PREVIOUS);
    CHECK_INT(line_of("root")->method, CYN_METHOD_NONE);
    CHECK(line_of("root")->why[0] != '\0');
    CHECK(isnan(line_of("a")->contribution));
    end();
}

static void test_shares_of_no_change_are_missing(void)
{
    begin();
    measured("a", 1, 3, NULL);
    measured("b", 5, 3, NULL);
    computed("root", op(CYN_ADD, named("a"), named("b")));
    grow("root", CYN_AGAINST_PREVIOUS);
    CHECK_NEAR(line_of("a")->contribution, 2, 1e-12);
    CHECK(isnan(line_of("a")->share) && isnan(line_of("root")->share));
    CHECK_INT(line_of("a")->mark, CYN_MARK_BEST);
    end();
}

static void test_what_should_go_down_is_best_when_it_does(void)
{
    begin();
    measured("a", 1, 3, NULL);
    measured("b", 5, 3, NULL);
    computed("root", op(CYN_ADD, named("a"), named("b")))->sheet.direction = CYN_DOWN;
    grow("root", CYN_AGAINST_PREVIOUS);
    CHECK_INT(line_of("a")->mark, CYN_MARK_WORST);
    CHECK_INT(line_of("b")->mark, CYN_MARK_BEST);
    end();
}

static void test_a_depth_leaves_the_rest_out(void)
{
    begin();
    measured("a", 1, 3, NULL);
    computed("middle", op(CYN_ADD, named("a"), named("a")));
    computed("root", op(CYN_ADD, named("middle"), named("a")));
    cyn_tree_request r = {.root = "root", .at = "2025-W44", .as_of = "2025-11-10", .depth = 1};
    CHECK_INT(evaluate(&r, NULL), CYN_OK);
    CHECK_INT(w.view.count, 3);
    CHECK(line_of("middle")->node->cut);
    CHECK_NEAR(line_of("middle")->contribution, 4, 1e-12);
    CHECK_INT(check_sums(), 1);
    end();
}

/* ---- against the sheet ---- */

static void test_an_input_without_a_target_counts_as_unchanged(void)
{
    begin();
    set_target(measured("a", 1, 30, NULL), 50);
    measured("b", 1, 7, NULL);
    set_target(computed("root", op(CYN_ADD, named("a"), named("b"))), 60);
    grow("root", CYN_AGAINST_TARGET);
    CHECK_NEAR(w.view.change, 37 - 60, 1e-12);
    CHECK(!w.view.has_against_period);
    CHECK_NEAR(line_of("a")->contribution, -20, 1e-12);
    CHECK_NEAR(line_of("b")->contribution, 0, 0);
    CHECK_NEAR(residual_below("root")->contribution, -3, 1e-9);
    CHECK_STR(residual_below("root")->why, cyn_why_labels[CYN_WHY_NOT_BROKEN_DOWN].en);
    CHECK_INT(check_sums(), 1);
    end();
}

static void test_a_root_without_a_target_says_so(void)
{
    begin();
    set_target(measured("a", 1, 30, NULL), 50);
    computed("root", op(CYN_ADD, named("a"), named("a")));
    grow("root", CYN_AGAINST_TARGET);
    CHECK(isnan(w.view.change));
    CHECK_STR(line_of("root")->why, cyn_why_labels[CYN_WHY_NO_TARGET].en);
    end();
}

/* ---- by the script's own function ---- */

static void scripts(bool cheat)
{
    static const cyn_function own = {.handle = 7, .digest = "d", .text = ""};
    begin();
    w.cheats = cheat;
    measured("a", 1, 3, NULL);
    measured("b", 5, 9, NULL);
    cyn_metric *both[] = {computed("left", op(CYN_ADD, named("a"), named("b"))),
                          computed("root", op(CYN_SUB, named("left"), named("a")))};
    for (size_t i = 0; i < 2; i++) {
        both[i]->decompose = CYN_METHOD_SCRIPT;
        both[i]->decomposer = &own;
    }
    grow("root", CYN_AGAINST_PREVIOUS);
}

static void test_all_changes_of_one_function_take_one_call(void)
{
    scripts(false);
    CHECK_INT(w.calls, 1);
    CHECK_INT(line_of("root")->method, CYN_METHOD_SCRIPT);
    CHECK_NEAR(line_of("left")->contribution, 4, 1e-12); /* 4 of 4, a change of 6 */
    CHECK_NEAR(line_of("a")->contribution, 4, 1e-12);    /* all 6 of these, each worth 4/6 */
    CHECK_INT(check_sums(), 2);
    end();
}

static void test_parts_that_do_not_add_up_are_refused(void)
{
    scripts(true);
    CHECK_INT(line_of("root")->method, CYN_METHOD_NONE);
    CHECK_STR(line_of("root")->why, cyn_why_labels[CYN_WHY_NOT_ALL].en);
    end();
}

/* ---- segments ---- */

static const cyn_view rows = {.source = "events"};
static const cyn_relation journey = {.kind = CYN_JOURNEY, .base = &rows};
static const cyn_relation per_user = {.kind = CYN_PER, .base = &rows};
static const cyn_view attempts = {.source = "events", .relation = &journey};
static const cyn_view users = {.source = "events", .relation = &per_user};
static const cyn_agg aggs[] = {
    {.func = CYN_COUNT, .view = &rows},     {.func = CYN_SUM, .view = &rows},
    {.func = CYN_DISTINCT, .view = &rows},  {.func = CYN_MEAN, .view = &rows},
    {.func = CYN_COUNT, .view = &attempts}, {.func = CYN_COUNT, .view = &users}};
enum { COUNT, SUM, DISTINCT, MEAN, ATTEMPTS, USERS };

static cyn_formula *agg(uint32_t which)
{
    return formula((cyn_formula){.kind = CYN_FORMULA_AGG, .agg = which});
}

static cyn_formula *number(int64_t i)
{
    return formula((cyn_formula){.kind = CYN_FORMULA_CONST, .value = cyn_num_integer(i)});
}

static cyn_formula *over_time(cyn_formula_kind kind, cyn_agg_func fold, const cyn_formula *f)
{
    return formula((cyn_formula){.kind = kind, .fold = fold, .n = 3, .a = f});
}

/* Whether segments of a metric with this formula add up. */
static bool adds_up(const cyn_formula *f)
{
    const cyn_agg *const list[] = {&aggs[0], &aggs[1], &aggs[2], &aggs[3], &aggs[4], &aggs[5]};
    const cyn_catalog catalog = {.aggs = list, .naggs = 6};
    const cyn_metric m = {.name = "m", .formula = f, .definition = "d"};
    const cyn_metric *const metrics[] = {&m};
    const size_t names[] = {0};
    const cyn_project p = {
        .catalog = &catalog, .metrics = metrics, .nmetrics = 1, .by_name = names};
    const cyn_metric of = {.name = "of", .formula = named("m"), .definition = "e"};
    CHECK_INT(tree_is_additive(&p, &of), tree_is_additive(&p, &m));
    return tree_is_additive(&p, &m);
}

static void test_segments_of_counts_and_sums_add_up(void)
{
    begin();
    CHECK(adds_up(agg(COUNT)) && adds_up(agg(SUM)));
    CHECK(adds_up(op(CYN_SUB, agg(SUM), op(CYN_NEG, agg(COUNT), NULL))));
    CHECK(adds_up(op(CYN_MUL, number(3), agg(SUM))));
    CHECK(adds_up(op(CYN_DIV, agg(SUM), number(100))));
    CHECK(adds_up(agg(ATTEMPTS))); /* each is where its first step was */
    CHECK(adds_up(over_time(CYN_FORMULA_WINDOW, CYN_COUNT, agg(SUM))));
    CHECK(adds_up(over_time(CYN_FORMULA_FOLD, CYN_SUM, agg(SUM))));
    end();
}

static void test_segments_of_all_else_need_not_add_up(void)
{
    begin();
    CHECK(!adds_up(agg(DISTINCT))); /* a user of two channels is one user */
    CHECK(!adds_up(agg(USERS)));
    CHECK(!adds_up(agg(MEAN)));
    CHECK(!adds_up(op(CYN_ADD, agg(SUM), number(1))));
    CHECK(!adds_up(op(CYN_MUL, agg(SUM), agg(COUNT))));
    CHECK(!adds_up(op(CYN_DIV, number(100), agg(SUM))));
    CHECK(!adds_up(over_time(CYN_FORMULA_FOLD, CYN_MEAN, agg(SUM)))); /* of known values only */
    end();
}

/* ---- mistakes ---- */

static void test_an_unknown_root_is_an_error(void)
{
    begin();
    measured("revenue", 1, 2, NULL);
    cyn_err err = {0};
    cyn_tree_request r = {.root = "revenu", .depth = CYN_TREE_ALL};
    CHECK_INT(evaluate(&r, &err), CYN_E_NAME);
    CHECK_STR(err.hint, "did you mean 'revenue'?");
    end();
}

static void test_a_month_is_no_week_to_compare_with(void)
{
    begin();
    measured("revenue", 1, 2, NULL);
    cyn_err err = {0};
    cyn_tree_request r = {.root = "revenue",
                          .at = "2025-W44",
                          .as_of = "2025-11-10",
                          .against = {.kind = CYN_AGAINST_PERIOD, .period = "2025-10"},
                          .depth = CYN_TREE_ALL};
    CHECK_INT(evaluate(&r, &err), CYN_E_RANGE);
    CHECK_STR(err.message, "--against: '2025-10' is a month, and the grain is week");
    end();
}

static void test_a_metric_below_itself_is_shown_and_not_followed(void)
{
    begin();
    measured("b", 1, 3, named("a"));
    measured("a", 1, 3, named("b"));
    grow("a", CYN_AGAINST_PREVIOUS);
    CHECK_INT(w.view.count, 3);
    CHECK(w.view.items[2].node->again);
    CHECK_NEAR(w.view.items[2].contribution, 2, 1e-12);
    CHECK_INT(check_sums(), 2);
    end();
}

static void test_a_tree_can_be_stopped(void)
{
    const atomic_bool stop = true;
    begin();
    measured("a", 1, 3, NULL);
    computed("root", op(CYN_ADD, named("a"), named("a")));
    cyn_tree_request r = {
        .root = "root", .at = "2025-W44", .as_of = "2025-11-10", .depth = CYN_TREE_ALL};
    r.cancel = &stop;
    CHECK_INT(evaluate(&r, NULL), CYN_E_CANCEL);
    end();
}

static void test_every_failing_allocation_is_an_ordinary_error(void)
{
    cyn_code rc = CYN_E_NOMEM;
    for (size_t n = 1; n < 2000 && rc != CYN_OK; n++) {
        begin();
        users_orders_price();
        measured("revenue", 100000, 119800, their_product());
        cyn_tree_request r = {
            .root = "revenue", .at = "2025-W44", .as_of = "2025-11-10", .depth = CYN_TREE_ALL};
        fail_after = n;
        rc = evaluate(&r, NULL);
        CHECK(rc == CYN_OK || rc == CYN_E_NOMEM);
        end();
    }
    CHECK_INT(rc, CYN_OK);
    fail_after = 0;
}

/* ---- random trees ---- */

static uint32_t random_state;
static uint32_t below(uint32_t n)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % n;
}

static double some(void)
{
    return 0.5 + below(2000) / 1000.0;
}

/* Over two to four of the metrics that there are, each once or several times. */
static const cyn_formula *random_formula(void)
{
    static const cyn_op ops[] = {CYN_ADD, CYN_SUB, CYN_MUL, CYN_MUL, CYN_DIV};
    const cyn_formula *f = named(w.made[below((uint32_t)w.n)].name);
    for (uint32_t more = 1 + below(3); more > 0; more--) {
        const cyn_formula *other = named(w.made[below((uint32_t)w.n)].name);
        cyn_op o = ops[below(5)];
        f = below(2) ? op(o, f, other) : op(o, other, f);
    }
    return f;
}

static void random_tree(uint32_t seed)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
    random_state = seed;
    begin();
    uint32_t leaves = 3 + below(3), all = leaves + 2 + below(4);
    for (uint32_t i = 0; i < all; i++) {
        if (i < leaves)
            measured(names[i], some(), some(), NULL);
        else if (below(3) == 0)
            measured(names[i], some(), some(), random_formula()); /* that does not hold */
        else
            computed(names[i], random_formula());
    }
    grow(names[all - 1], CYN_AGAINST_PREVIOUS);
}

static void test_random_trees_add_up_at_every_line(void)
{
    int checked = 0, seeds = 400;
    for (int seed = 1; seed <= seeds; seed++) {
        random_tree((uint32_t)seed);
        checked += check_sums();
        if (test_failed_here) printf("# seed %d\n", seed);
        end();
        if (test_failed_here) break;
    }
    CHECK(checked > 2 * seeds);
}

int main(void)
{
    RUN(test_a_product_is_shared_out);
    RUN(test_parts_of_parts_contribute_in_the_roots_unit);
    RUN(test_what_an_identity_leaves_open_is_a_line_of_its_own);
    RUN(test_a_metric_contributes_wherever_it_occurs);
    RUN(test_drivers_stand_last_and_contribute_nothing);
    RUN(test_a_missing_value_leaves_its_parent_without_parts);
    RUN(test_an_identity_with_a_window_has_no_parts_and_says_why);
    RUN(test_shares_of_no_change_are_missing);
    RUN(test_what_should_go_down_is_best_when_it_does);
    RUN(test_a_depth_leaves_the_rest_out);
    RUN(test_an_input_without_a_target_counts_as_unchanged);
    RUN(test_a_root_without_a_target_says_so);
    RUN(test_all_changes_of_one_function_take_one_call);
    RUN(test_parts_that_do_not_add_up_are_refused);
    RUN(test_segments_of_counts_and_sums_add_up);
    RUN(test_segments_of_all_else_need_not_add_up);
    RUN(test_an_unknown_root_is_an_error);
    RUN(test_a_month_is_no_week_to_compare_with);
    RUN(test_a_metric_below_itself_is_shown_and_not_followed);
    RUN(test_a_tree_can_be_stopped);
    RUN(test_every_failing_allocation_is_an_ordinary_error);
    RUN(test_random_trees_add_up_at_every_line);
    return test_end();
}
