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

static const cyn_waypoint path[] = {{19900, 0.25}, {19950, 0.3}};
static const cyn_silence silences[] = {{"no-market", "nobody publishes it", 9, 5}};

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
        .has_target_since = true,
        .target_since = 19800,
        .path = path,
        .npath = 2,
        .has_market = true,
        .market = 0.3,
        .green = {true, true, 0.3, 0.5},
        .yellow = {true, true, 0.2, 0.6},
        .hysteresis = 0.01,
        .silences = silences,
        .nsilences = 1,
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
    CHECK(a->has_target_since == b->has_target_since && a->target_since == b->target_since);
    CHECK(a->path == b->path && a->npath == b->npath);
    CHECK(a->hysteresis == b->hysteresis);
    CHECK(a->silences == b->silences && a->nsilences == b->nsilences);
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
    const cyn_waypoint same_path[] = {{19900, 0.25}, {19950, 0.3}};
    from.unit = unit;
    from.path = same_path;
    const cyn_silence same_silences[] = {{"no-market", "nobody publishes it", 3, 1}};
    from.silences = same_silences;
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
    s = full(), s.target_since = 19801,
    check_conflict(s, "since (of target)", "2024-03-19", "2024-03-18");
    s = full(), s.npath = 1,
    check_conflict(s, "path (of target)", "2024-06-26: 0.25", "2024-06-26: 0.25, 2024-08-15: 0.3");
    s = full(), s.hysteresis = 0.02, check_conflict(s, "hysteresis", "0.02", "0.01");
    const cyn_silence other[] = {{"no-market", "we do not care", 9, 5}};
    s = full(), s.silences = other,
    check_conflict(s, "silence", "no-market: we do not care", "no-market: nobody publishes it");
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

/* The colours of a series, one letter for each of its values; '-': none. */
static const char *colours(const cyn_sheet *s, const double *values, size_t n)
{
    static char text[40];
    for (size_t i = 0; i < n; i++)
        text[i] = "-gyr"[cyn_sheet_status_after(s, values, i + 1)];
    text[n] = 0;
    return text;
}

#define COLOURS(s, ...)                                                                            \
    colours(s, (const double[]){__VA_ARGS__}, sizeof(double[]){__VA_ARGS__} / sizeof(double))

static void test_s6_a_value_has_to_pass_a_threshold_by_the_hysteresis(void)
{
    cyn_sheet s = {.direction = CYN_UP, .hysteresis = 1};
    s.green = (cyn_bound){true, false, 10, 0};
    s.yellow = (cyn_bound){true, false, 5, 0};
    CHECK_STR(COLOURS(&s, 10, 9, 8.99, 10.99, 11, 9), "ggyygg");
    CHECK_STR(COLOURS(&s, 9.99, 10, 4, 3.99, 5.99, 6, 4), "yyyrryy");
    CHECK_STR(COLOURS(&s, 4, 11, 3), "rgr"); /* over both at once */
    CHECK_STR(COLOURS(&s, 10, 3.99, 9.5), "gry");
}

static void test_s6_downwards_and_in_a_range(void)
{
    cyn_bound ten = {true, false, 10, 0}, range = {true, true, 4, 8};
    cyn_sheet down = {.direction = CYN_DOWN, .green = ten, .hysteresis = 2};
    CHECK_STR(COLOURS(&down, 10, 12, 12.1, 10, 8.1, 8), "ggrrrg");
    cyn_sheet in = {.direction = CYN_RANGE, .green = range, .hysteresis = 1};
    CHECK_STR(COLOURS(&in, 4, 3, 2.9, 4.9, 5, 9, 9.1, 7.1, 7), "ggrrggrrg");
}

static void test_s6_a_missing_value_has_no_colour_and_keeps_the_one_before(void)
{
    cyn_bound ten = {true, false, 10, 0};
    cyn_sheet s = {.direction = CYN_UP, .green = ten, .hysteresis = 1};
    CHECK_STR(COLOURS(&s, NAN, 10, NAN, 9.5, NAN, 8, NAN, 10.5), "-g-g-r-r");
    CHECK_INT(cyn_sheet_status_after(&s, NULL, 0), CYN_STATUS_NONE);
    s.direction = CYN_DIRECTION_NONE;
    CHECK_STR(COLOURS(&s, 10, 12), "--");
}

/* 0.1 + 0.2 > 0.3 and 0.7 + 0.1 < 0.8 in doubles; people write the sum. */
static void test_s6_thresholds_move_as_they_are_written(void)
{
    cyn_sheet s = {.direction = CYN_UP, .hysteresis = 0.2};
    s.green = (cyn_bound){true, false, 0.1, 0};
    CHECK_STR(COLOURS(&s, 0, 0.3), "rg");
    s.direction = CYN_DOWN;
    s.hysteresis = 0.1;
    s.green.lo = 0.7;
    CHECK_STR(COLOURS(&s, 0, 0.8), "gg");
}

/* What decides is the last value that lies clear of both thresholds: nothing before it matters. */
static void test_s6_does_not_depend_on_where_the_history_begins(void)
{
    cyn_sheet s = {.direction = CYN_UP, .hysteresis = 1};
    s.green = (cyn_bound){true, false, 10, 0};
    s.yellow = (cyn_bound){true, false, 5, 0};
    unsigned random = 1;
    double values[200];
    size_t clear = 200, compared = 0;
    for (size_t i = 0; i < 200; i++) {
        random = random * 1103515245u + 12345u;
        values[i] = (double)(random >> 16 & 1023) / 64.0;
        if (values[i] >= 11 || values[i] < 4 || (values[i] >= 6 && values[i] < 9)) clear = i;
        if (clear == 200) continue;
        CHECK_INT(cyn_sheet_status_after(&s, values + clear, i + 1 - clear),
                  cyn_sheet_status_after(&s, values, i + 1));
        compared += clear < i;
    }
    CHECK(compared > 20);
}

static void test_without_hysteresis_the_history_does_not_matter(void)
{
    cyn_sheet s = {.direction = CYN_DOWN};
    s.green = (cyn_bound){true, false, 5, 0};
    s.yellow = (cyn_bound){true, false, 10, 0};
    double values[] = {3, 12, 5, 10, 5.01, 10.01, 4.99};
    for (size_t n = 1; n <= 7; n++)
        CHECK_INT(cyn_sheet_status_after(&s, values, n), cyn_sheet_status(&s, values[n - 1]));
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
    RUN(test_s6_a_value_has_to_pass_a_threshold_by_the_hysteresis);
    RUN(test_s6_downwards_and_in_a_range);
    RUN(test_s6_a_missing_value_has_no_colour_and_keeps_the_one_before);
    RUN(test_s6_thresholds_move_as_they_are_written);
    RUN(test_s6_does_not_depend_on_where_the_history_begins);
    RUN(test_without_hysteresis_the_history_does_not_matter);
    return test_end();
}
