/* serve: what strangers are told of errors. */
#include "../test.h"
#include "serve/discreet.h"
#include "tree/why.h"

static const cyn_err failure = {.code = CYN_E_SCRIPT,
                                .message = "cannot open '/srv/secret'",
                                .file = "metrics/m.lua",
                                .line = 3};
static cyn_request stranger = {.language = "en"}, owner = {.language = "en", .may_know = true};

static void check_told(const cyn_err *e)
{
    CHECK(e != NULL);
    if (!e) return;
    CHECK_INT(e->code, CYN_E_SCRIPT);
    CHECK_STR(e->message, "the server's log says why");
    CHECK_STR(e->file, "");
    CHECK_INT(e->line, 0);
}

static void test_errors_of_points_are_those_that_failed_alone(void)
{
    const cyn_point given[] = {{.rows = 1}, {.rows = 2, .failed = true, .error = &failure}};
    const cyn_point *items = given;
    CHECK_INT(cyn_discreet_points(&stranger, &items, 2, NULL), CYN_OK);
    CHECK(items[0].error == NULL);
    CHECK_INT(items[1].rows, 2);
    check_told(items[1].error);
    CHECK_STR(given[1].error->message, "cannot open '/srv/secret'");
    items = given;
    CHECK_INT(cyn_discreet_points(&owner, &items, 2, NULL), CYN_OK);
    CHECK(items == given);
    items = given;
    CHECK_INT(cyn_discreet_points(&stranger, &items, 1, NULL), CYN_OK);
    CHECK(items == given);
}

static void test_a_metric_has_points_in_several_places(void)
{
    const cyn_point failed = {.failed = true, .error = &failure};
    const cyn_page_metric given[] = {
        {.ended = &failed, .running = &failed, .segments = &failed, .nsegments = 1}, {0}};
    const cyn_page_metric *items = given;
    CHECK_INT(cyn_discreet_metrics(&stranger, &items, 2, NULL), CYN_OK);
    check_told(items[0].ended->error);
    check_told(items[0].running->error);
    check_told(items[0].segments[0].error);
    CHECK(items[1].ended == NULL && items[1].running == NULL);
}

static void test_a_tree_says_what_is_no_error(void)
{
    const cyn_point failed = {.failed = true, .error = &failure};
    const char *ours = cyn_why_labels[CYN_WHY_NO_TOTAL].en;
    const cyn_tree_item lines[] = {
        {.method = CYN_METHOD_NONE, .why = "metrics/m.lua:3: cannot open '/srv/secret'"},
        {.method = CYN_METHOD_NONE, .why = ours, .point = &failed},
        {.method = CYN_METHOD_ADDITIVE, .why = "as the script says"},
        {.method = CYN_METHOD_NONE, .why = ""}};
    const cyn_tree_view given = {.items = lines, .count = 4}, *views[] = {&given};
    const cyn_tree_view *const *trees = views;
    CHECK_INT(cyn_discreet_trees(&stranger, &trees, 1, NULL), CYN_OK);
    const cyn_tree_item *told = trees[0]->items;
    CHECK_STR(told[0].why, "the server's log says why");
    CHECK_STR(told[1].why, ours);
    check_told(told[1].point->error);
    CHECK_STR(told[2].why, "as the script says");
    CHECK_STR(told[3].why, "");
    trees = views;
    CHECK_INT(cyn_discreet_trees(&owner, &trees, 1, NULL), CYN_OK);
    CHECK(trees == views);
}

static void test_a_goal_is_told_without_its_error(void)
{
    const cyn_goal goal = {.value = cyn_num_integer(5), .error = &failure};
    const cyn_okr_item lines[] = {{.name = "a", .goal = &goal}, {.name = "b"}};
    const cyn_okr_view given = {.items = lines, .count = 2, .failed = 1}, *view = &given;
    CHECK_INT(cyn_discreet_okrs(&stranger, &view, NULL), CYN_OK);
    check_told(view->items[0].goal->error);
    CHECK_NEAR(cyn_num_double(view->items[0].goal->value), 5, 0);
    CHECK(view->items[1].goal == NULL);
    view = &given;
    CHECK_INT(cyn_discreet_okrs(&owner, &view, NULL), CYN_OK);
    CHECK(view == &given);
}

int main(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    stranger.arena = owner.arena = arena;
    RUN(test_errors_of_points_are_those_that_failed_alone);
    RUN(test_a_metric_has_points_in_several_places);
    RUN(test_a_tree_says_what_is_no_error);
    RUN(test_a_goal_is_told_without_its_error);
    cyn_arena_free(arena);
    return test_end();
}
