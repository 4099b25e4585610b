/* base/sheet: words, labels, merging field by field, status. */
#include "base/arena.h"
#include "base/sheet.h"
#include "test.h"

static void test_words_are_found_by_name(void)
{
    CHECK_INT(cyn_word(cyn_role_names, "guardrail"), CYN_GUARDRAIL);
    CHECK_INT(cyn_word(cyn_layer_names, "lagging"), CYN_LAGGING);
    CHECK_INT(cyn_word(cyn_lens_names, "efficiency"), CYN_EFFICIENCY);
    CHECK_INT(cyn_word(cyn_direction_names, "range"), CYN_RANGE);
    CHECK_INT(cyn_word(cyn_status_names, "red"), CYN_RED);
    CHECK_INT(cyn_word(cyn_role_names, "NSM"), -1);
    CHECK_INT(cyn_word(cyn_role_names, ""), -1);
}

static void test_labels_stand_in_for_each_other(void)
{
    cyn_label both = {"Revenue", "売上"}, ja = {NULL, "売上"}, none = {0};
    CHECK_STR(cyn_label_text(both, "ja", "revenue"), "売上");
    CHECK_STR(cyn_label_text(both, "en", "revenue"), "Revenue");
    CHECK_STR(cyn_label_text(both, NULL, "revenue"), "Revenue");
    CHECK_STR(cyn_label_text(ja, "en", "revenue"), "売上");
    CHECK_STR(cyn_label_text(none, "ja", "revenue"), "revenue");
}

static cyn_sheet full(void)
{
    return (cyn_sheet){
        .name = "aha_rate",
        .file = "metrics/a.lua",
        .line = 7,
        .column = 3,
        .title = {"Aha", "アハ"},
        .role = CYN_KPI,
        .layer = CYN_LEADING,
        .lens = CYN_DEPTH,
        .direction = CYN_UP,
        .unit = "%",
        .why = "why",
        .owner = "growth",
        .formula_text = "a / b",
        .numerator_text = "a",
        .denominator_text = "b",
        .source_text = "events",
        .has_grain = true,
        .grain = {CYN_WEEK, 1},
        .has_target = true,
        .target_from = 0.2,
        .target = 0.4,
        .has_target_by = true,
        .target_by = 20000,
        .has_market = true,
        .market = 0.3,
        .green = {true, true, 0.3, 0.5},
        .yellow = {true, true, 0.2, 0.6},
        .has_review = true,
        .review = 20001,
    };
}

static void check_same(const cyn_sheet *a, const cyn_sheet *b)
{
    CHECK_STR(a->name, b->name);
    CHECK_STR(a->title.en, b->title.en);
    CHECK_STR(a->title.ja, b->title.ja);
    CHECK(a->role == b->role && a->layer == b->layer && a->lens == b->lens);
    CHECK(a->direction == b->direction);
    CHECK_STR(a->unit, b->unit);
    CHECK_STR(a->why, b->why);
    CHECK_STR(a->owner, b->owner);
    CHECK_STR(a->formula_text, b->formula_text);
    CHECK_STR(a->numerator_text, b->numerator_text);
    CHECK_STR(a->denominator_text, b->denominator_text);
    CHECK_STR(a->source_text, b->source_text);
    CHECK(a->has_grain == b->has_grain && cyn_grain_equal(a->grain, b->grain));
    CHECK(a->has_target == b->has_target && a->target == b->target);
    CHECK(a->target_from == b->target_from);
    CHECK(a->has_target_by == b->has_target_by && a->target_by == b->target_by);
    CHECK(a->has_market == b->has_market && a->market == b->market);
    CHECK(a->green.set == b->green.set && a->green.lo == b->green.lo);
    CHECK(a->green.two == b->green.two && a->green.hi == b->green.hi);
    CHECK(a->yellow.set == b->yellow.set && a->yellow.lo == b->yellow.lo);
    CHECK(a->yellow.two == b->yellow.two && a->yellow.hi == b->yellow.hi);
    CHECK(a->has_review == b->has_review && a->review == b->review);
}

static void test_every_lacking_field_is_filled(void)
{
    cyn_sheet into = {.name = "aha_rate", .file = "kpis.yaml", .line = 2}, from = full();
    CHECK_INT(cyn_sheet_merge(&into, &from, NULL), CYN_OK);
    check_same(&into, &from);
    CHECK_STR(into.file, "kpis.yaml");
    cyn_sheet empty = {0};
    CHECK_INT(cyn_sheet_merge(&empty, &from, NULL), CYN_OK);
    CHECK_STR(empty.file, "metrics/a.lua");
    CHECK_INT(empty.line, 7);
}

static void test_given_fields_stay_when_the_other_lacks_them(void)
{
    cyn_sheet into = full(), want = full(), from = {.name = "aha_rate"};
    CHECK_INT(cyn_sheet_merge(&into, &from, NULL), CYN_OK);
    check_same(&into, &want);
}

static void test_equal_fields_are_no_conflict(void)
{
    cyn_sheet into = full(), from = full(), want = full();
    char unit[] = "%"; /* equal text elsewhere */
    from.unit = unit;
    CHECK_INT(cyn_sheet_merge(&into, &from, NULL), CYN_OK);
    check_same(&into, &want);
    into.target_from = NAN; /* a target without its start takes the other's */
    CHECK_INT(cyn_sheet_merge(&into, &from, NULL), CYN_OK);
    CHECK(into.target_from == 0.2);
}

/* One field of `from` differs; the message must hold field and both values. */
static void check_conflict(cyn_sheet from, const char *field, const char *now, const char *before)
{
    cyn_sheet into = full(), want = full();
    cyn_err err = {0};
    char text[200];
    into.file = "kpis.yaml";
    into.line = 12;
    into.column = 5;
    into.layer = CYN_LAYER_NONE; /* would be filled */
    CHECK_INT(cyn_sheet_merge(&into, &from, &err), CYN_E_CONFLICT);
    snprintf(text, sizeof text, "metric 'aha_rate': %s is '%s' here, but '%s' in kpis.yaml:12:5",
             field, now, before);
    CHECK_STR(err.message, text);
    CHECK_STR(err.file, "metrics/a.lua");
    CHECK_INT(err.line, 7);
    CHECK_INT(into.layer, CYN_LAYER_NONE); /* nothing was filled */
    into.layer = CYN_LEADING;
    check_same(&into, &want);
}

static void test_each_field_can_conflict(void)
{
    cyn_sheet s;
    s = full(), s.title.en = "Eureka", check_conflict(s, "title (en)", "Eureka", "Aha");
    s = full(), s.title.ja = "瞬間", check_conflict(s, "title (ja)", "瞬間", "アハ");
    s = full(), s.role = CYN_NSM, check_conflict(s, "role", "nsm", "kpi");
    s = full(), s.lens = CYN_BREADTH, check_conflict(s, "lens", "breadth", "depth");
    s = full(), s.direction = CYN_DOWN, check_conflict(s, "direction", "down", "up");
    s = full(), s.unit = "pt", check_conflict(s, "unit", "pt", "%");
    s = full(), s.why = "x", check_conflict(s, "why", "x", "why");
    s = full(), s.owner = "x", check_conflict(s, "owner", "x", "growth");
    s = full(), s.formula_text = "x", check_conflict(s, "formula", "x", "a / b");
    s = full(), s.numerator_text = "x", check_conflict(s, "numerator", "x", "a");
    s = full(), s.denominator_text = "x", check_conflict(s, "denominator", "x", "b");
    s = full(), s.source_text = "x", check_conflict(s, "source", "x", "events");
    s = full(), s.grain.unit = CYN_MONTH, check_conflict(s, "grain", "month", "week");
    s = full(), s.target = 0.5, check_conflict(s, "target", "0.5", "0.4");
    s = full(), s.target_from = 0.1, check_conflict(s, "from (of target)", "0.1", "0.2");
    s = full(), s.market = 1, check_conflict(s, "market", "1", "0.3");
    s = full(), s.green.lo = 0.25, check_conflict(s, "green", "0.25 … 0.5", "0.3 … 0.5");
    s = full(), s.yellow.two = false, check_conflict(s, "yellow", "0.2", "0.2 … 0.6");
    /* GNU date: date -u -d '1970-01-01 +20000 days' +%F, and so on */
    s = full(), s.target_by = 20001,
    check_conflict(s, "by (of target)", "2024-10-05", "2024-10-04");
    s = full(), s.review = 20000, check_conflict(s, "review", "2024-10-04", "2024-10-05");
}

static void test_exhausted_memory_is_an_error_without_leaks(void)
{
    cyn_sheet into = full(), from = full();
    from.green.lo = 0.25;
    cyn_code code = CYN_E_NOMEM;
    size_t n = 0;
    while (code == CYN_E_NOMEM && n < 50) {
        cyn_test_fail_after(++n);
        code = cyn_sheet_merge(&into, &from, NULL);
        cyn_test_fail_after(0);
    }
    CHECK_INT(code, CYN_E_CONFLICT);
    CHECK_INT(n, 4); /* three buffers: two values and a place */
}

static cyn_status status(cyn_direction direction, cyn_bound green, cyn_bound yellow, double value)
{
    cyn_sheet s = {.direction = direction, .green = green, .yellow = yellow};
    return cyn_sheet_status(&s, value);
}

static void test_status_upwards_and_downwards_includes_the_bound(void)
{
    cyn_bound ten = {true, false, 10, 0}, five = {true, false, 5, 0};
    CHECK_INT(status(CYN_UP, ten, five, 10), CYN_GREEN);
    CHECK_INT(status(CYN_UP, ten, five, 9.99), CYN_YELLOW);
    CHECK_INT(status(CYN_UP, ten, five, 5), CYN_YELLOW);
    CHECK_INT(status(CYN_UP, ten, five, 4.99), CYN_RED);
    CHECK_INT(status(CYN_DOWN, five, ten, 5), CYN_GREEN);
    CHECK_INT(status(CYN_DOWN, five, ten, 10), CYN_YELLOW);
    CHECK_INT(status(CYN_DOWN, five, ten, 10.01), CYN_RED);
}

static void test_status_of_a_range_includes_both_ends(void)
{
    cyn_bound inner = {true, true, 4, 6}, outer = {true, true, 3, 7};
    CHECK_INT(status(CYN_RANGE, inner, outer, 4), CYN_GREEN);
    CHECK_INT(status(CYN_RANGE, inner, outer, 6), CYN_GREEN);
    CHECK_INT(status(CYN_RANGE, inner, outer, 3), CYN_YELLOW);
    CHECK_INT(status(CYN_RANGE, inner, outer, 6.5), CYN_YELLOW);
    CHECK_INT(status(CYN_RANGE, inner, outer, 7.1), CYN_RED);
}

static void test_one_bound_makes_two_colours(void)
{
    cyn_bound ten = {true, false, 10, 0}, none = {0};
    CHECK_INT(status(CYN_UP, ten, none, 10), CYN_GREEN);
    CHECK_INT(status(CYN_UP, ten, none, 9), CYN_RED);
    CHECK_INT(status(CYN_UP, none, ten, 10), CYN_YELLOW);
    CHECK_INT(status(CYN_UP, none, ten, 9), CYN_RED);
}

static void test_no_status_without_value_direction_or_bounds(void)
{
    cyn_bound ten = {true, false, 10, 0}, none = {0};
    CHECK_INT(status(CYN_UP, ten, ten, NAN), CYN_STATUS_NONE);
    CHECK_INT(status(CYN_DIRECTION_NONE, ten, ten, 1), CYN_STATUS_NONE);
    CHECK_INT(status(CYN_UP, none, none, 1), CYN_STATUS_NONE);
    CHECK_INT(status(CYN_RANGE, ten, ten, 1), CYN_STATUS_NONE); /* a range has two ends */
}

int main(void)
{
    RUN(test_words_are_found_by_name);
    RUN(test_labels_stand_in_for_each_other);
    RUN(test_every_lacking_field_is_filled);
    RUN(test_given_fields_stay_when_the_other_lacks_them);
    RUN(test_equal_fields_are_no_conflict);
    RUN(test_each_field_can_conflict);
    RUN(test_exhausted_memory_is_an_error_without_leaks);
    RUN(test_status_upwards_and_downwards_includes_the_bound);
    RUN(test_status_of_a_range_includes_both_ends);
    RUN(test_one_bound_makes_two_colours);
    RUN(test_no_status_without_value_direction_or_bounds);
    return test_end();
}
