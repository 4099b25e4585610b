/* Kept cells of one request and another's, of fewer rows and more: which of them are still right,
 * and that what is put together is what one run over all would have computed. */
#include "engine/reuse_impl.h"
#include "plan/translation.h"
#include "test.h"

#define DAY INT64_C(86400000000)

static const cyn_cell nothing = {.value = {.kind = CYN_NUM_INTEGER}};

static cyn_cell count(int64_t n)
{
    return (cyn_cell){.value = cyn_num_integer(n), .rows = n};
}

/* Cells over days, one number for each segment and interval. */
static cyn_kept_cells days(cyn_arena *arena, const int64_t (*day)[2], size_t n, const char *keys,
                           const int64_t *counts)
{
    size_t segments = strlen(keys);
    cyn_interval *in = CYN_NEW_ARRAY(arena, n + 1, cyn_interval);
    cyn_const *key = CYN_NEW_ARRAY(arena, segments + 1, cyn_const);
    cyn_cell *cells = CYN_NEW_ARRAY(arena, n * segments + 1, cyn_cell);
    for (size_t i = 0; i < n; i++)
        in[i] = (cyn_interval){day[i][0] * DAY, day[i][1] * DAY};
    for (size_t s = 0; s < segments; s++)
        key[s] = (cyn_const){.kind = CYN_CONST_TEXT, .s = &keys[s], .n = 1};
    for (size_t i = 0; i < n * segments; i++)
        cells[i] = count(counts[i]);
    return (cyn_kept_cells){.result = {.naggs = 1,
                                       .nsegments = segments,
                                       .nintervals = n,
                                       .ngroups = 1,
                                       .keys = key,
                                       .cells = cells,
                                       .none = &nothing},
                            .intervals = in,
                            .covered = CYN_NEW_ARRAY(arena, n + 1, bool)};
}

/* "a: 1 2; b: 3 4" */
static const char *text_of(const cyn_plan_result *r)
{
    static char out[256];
    size_t used = 0;
    *out = '\0';
    for (size_t s = 0; s < r->nsegments; s++) {
        used +=
            (size_t)snprintf(out + used, sizeof out - used, "%s%.1s:", s ? "; " : "", r->keys[s].s);
        for (size_t i = 0; i < r->nintervals; i++)
            used += (size_t)snprintf(out + used, sizeof out - used, " %lld",
                                     (long long)cyn_plan_cell(r, 0, s, i)->rows);
    }
    return out;
}

static void test_segments_of_two_parts_meet(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    const int64_t old_days[][2] = {{0, 1}, {1, 2}}, new_days[][2] = {{2, 3}};
    cyn_kept_cells old = days(arena, old_days, 2, "ac", (int64_t[]){1, 2, 3, 4});
    cyn_kept_cells new = days(arena, new_days, 1, "bc", (int64_t[]){5, 6});
    const cyn_cells_place places[] = {{&old, 0}, {&new, 0}, {&old, 1}};
    cyn_plan_result r;
    CHECK_INT(cyn_cells_pick(&old, &new, places, 3, arena, &r, NULL), CYN_OK);
    CHECK_STR(text_of(&r), "a: 1 0 2; b: 0 5 0; c: 3 6 4");
    CHECK_INT(cyn_plan_cell(&r, 0, 1, 0)->value.kind, CYN_NUM_INTEGER);
    cyn_kept_cells empty = days(arena, new_days, 1, "", NULL);
    const cyn_cells_place both[] = {{&old, 0}, {&empty, 0}};
    CHECK_INT(cyn_cells_pick(&old, &empty, both, 2, arena, &r, NULL), CYN_OK);
    CHECK_STR(text_of(&r), "a: 1 0; c: 3 0");
    CHECK_INT(cyn_cells_pick(&empty, &empty, both + 1, 1, arena, &r, NULL), CYN_OK);
    CHECK_INT(r.nsegments, 0);
    cyn_arena_free(arena);
}

/* Of what both have the first one's counts. */
static void test_intervals_of_two_requests_are_kept_together(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    const int64_t ours[][2] = {{0, 1}, {1, 2}, {3, 4}}, theirs[][2] = {{0, 7}, {1, 2}, {2, 3}};
    cyn_kept_cells a = days(arena, ours, 3, "x", (int64_t[]){1, 2, 3}), both;
    cyn_kept_cells b = days(arena, theirs, 3, "x", (int64_t[]){70, 80, 90});
    CHECK_INT(cyn_reuse_unite(&a, &b, NULL, arena, &both, NULL), CYN_OK);
    CHECK_STR(text_of(&both.result), "x: 1 70 2 90 3");
    CHECK_INT(both.intervals[1].end, 7 * DAY);
    const bool good[] = {false, true, true};
    CHECK_INT(cyn_reuse_unite(&a, &b, good, arena, &both, NULL), CYN_OK);
    CHECK_STR(text_of(&both.result), "x: 1 2 90 3");
    cyn_arena_free(arena);
}

/* The days of the chain that are known: "+" and, of those that are not, "-". */
static const char *known(cyn_arena *arena, const int64_t (*asked)[2], size_t n,
                         const cyn_kept_cells *kept, cyn_cache_times old, cyn_cache_times more)
{
    static char out[32];
    cyn_interval *in = CYN_NEW_ARRAY(arena, n, cyn_interval);
    for (size_t i = 0; i < n; i++)
        in[i] = (cyn_interval){asked[i][0] * DAY, asked[i][1] * DAY};
    cyn_chain chain = {.intervals = in, .nintervals = n};
    cyn_spans spans = {.chains = &chain, .nchains = 1};
    cyn_rows_set set = {.arena = arena};
    const cyn_reuse_use use = {.set = &set, .spans = &spans};
    const cyn_cache_before before = {.old = old, .more = more};
    cyn_reuse_found found = {.cells = *kept};
    CHECK_INT(cyn_reuse_match(&use, NULL, &before, &found, NULL), CYN_OK);
    CHECK(found.fewer_rows);
    size_t missing = 0;
    for (size_t i = 0; i < n; i++) {
        out[i] = found.of[i] == CYN_NOT_KEPT ? '-' : '+';
        missing += found.of[i] == CYN_NOT_KEPT;
    }
    CHECK_INT(found.nmissing, missing);
    out[n] = '\0';
    return out;
}

/* Times of dates may be up to two days off, so that days beside a new row are counted again, too.
 */
static void test_intervals_that_new_rows_touch_are_not_known(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    const int64_t kept_days[][2] = {{0, 1}, {10, 11}, {20, 21}, {20, 33}};
    const int64_t asked[][2] = {{0, 1}, {0, 2}, {10, 11}, {20, 21}, {20, 90}};
    cyn_kept_cells kept = days(arena, kept_days, 4, "x", (int64_t[]){1, 2, 3, 4});
    const cyn_cache_times until_30 = {.any = true, .last = 30 * DAY}, none = {0};
    cyn_cache_times on_10 = {.any = true, .first = 10 * DAY, .last = 10 * DAY};
    cyn_cache_times on_80 = {.any = true, .first = 80 * DAY, .last = 80 * DAY};
    /* Day 33 is where the 30 days of old rows surely end: {20, 90} had the same of them. */
    CHECK_STR(known(arena, asked, 5, &kept, until_30, none), "+-+++");
    CHECK_STR(known(arena, asked, 5, &kept, until_30, on_10), "+--++");
    CHECK_STR(known(arena, asked, 5, &kept, until_30, on_80), "+-++-");
    cyn_arena_free(arena);
}

/* Of an interval that is kept as one that ends with the rows it is not known where it ended. */
static void test_an_open_interval_is_not_kept_on(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    const int64_t kept_days[][2] = {{0, 1}, {20, 33}};
    cyn_kept_cells kept = days(arena, kept_days, 2, "x", (int64_t[]){1, 2});
    cyn_interval in = {0, DAY};
    cyn_chain chain = {.intervals = &in, .nintervals = 1};
    cyn_spans spans = {.chains = &chain, .nchains = 1};
    cyn_rows_set set = {.arena = arena};
    const cyn_reuse_use use = {.set = &set, .spans = &spans};
    const cyn_cache_before before = {.old = {.any = true, .last = 30 * DAY}};
    cyn_reuse_found found = {.cells = kept};
    CHECK_INT(cyn_reuse_match(&use, NULL, &before, &found, NULL), CYN_OK);
    CHECK(found.good[0]);
    CHECK(!found.good[1]);
    cyn_arena_free(arena);
}

/* ---- cohorts ---- */

static const cyn_calendar calendar = {.week_start = 1, .fiscal_month = 1};
static const cyn_journey_step windowed[] = {{0}, {.within = 2 * DAY}, {.within = 3 * DAY}},
                              loose[] = {{0}, {.within = 2 * DAY}, {0}};

/* The days of the chain whose cells are known: as of `now`, having been kept on `kept_now`. */
static const char *known_of(cyn_arena *arena, const cyn_relation *cohort, int64_t kept_now,
                            int64_t now, const cyn_cache_before *before)
{
    static char out[32];
    const int64_t week[][2] = {{4, 11}, {11, 18}, {18, 25}, {25, 32}, {32, 39}};
    const size_t n = sizeof week / sizeof *week;
    cyn_kept_cells kept = days(arena, week, n, "x", (int64_t[]){1, 2, 3, 4, 5});
    kept.now = kept_now * DAY;
    cyn_chain chain = {.intervals = kept.intervals, .nintervals = n};
    cyn_spans spans = {.chains = &chain, .nchains = 1, .calendar = &calendar, .now = now * DAY};
    cyn_source_data source = {0};
    cyn_dataset data = {.sources = &source};
    cyn_rows_set set = {.data = &data, .arena = arena};
    const cyn_reuse_use use = {.set = &set, .spans = &spans};
    const cyn_cache_before other = {.old = {.any = true, .last = 90 * DAY}};
    cyn_reuse_found found = {.cells = kept};
    CHECK_INT(cyn_reuse_match(&use, cohort, before ? before : &other, &found, NULL), CYN_OK);
    for (size_t i = 0; i < n; i++) {
        bool is_known = found.of[i] != CYN_NOT_KEPT;
        out[i] = is_known ? '+' : '-';
        CHECK_INT(found.good[i], is_known); /* all of them end before the rows did */
    }
    out[n] = '\0';
    return out;
}

static cyn_cache_before rows_on(int64_t day)
{
    return (cyn_cache_before){.old = {.any = true, .last = 90 * DAY},
                              .more = {.any = true, .first = day * DAY, .last = 90 * DAY}};
}

/* Of a week that ends with day 10, and a window of five days: day 16 is beyond it, and three days
 * more where a date is a midnight of any zone. */
static void test_a_journey_that_is_over_stays_known(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_relation within = {.kind = CYN_JOURNEY, .steps = loose, .nsteps = 3, .within = 5 * DAY};
    cyn_relation by_step = {.kind = CYN_JOURNEY, .steps = windowed, .nsteps = 3};
    cyn_relation open = {.kind = CYN_JOURNEY, .steps = loose, .nsteps = 3};
    cyn_cache_before on_18 = rows_on(18), on_19 = rows_on(19), on_3 = rows_on(3), past = on_3;
    past.more.last = 4 * DAY;
    CHECK_STR(known_of(arena, &within, 99, 99, &on_18), "-----");
    CHECK_STR(known_of(arena, &within, 99, 99, &on_19), "+----");
    CHECK_STR(known_of(arena, &by_step, 99, 99, &on_18), "-----");
    CHECK_STR(known_of(arena, &by_step, 99, 99, &on_19), "+----");
    CHECK_STR(known_of(arena, &open, 99, 99, &on_19), "-----");
    CHECK_STR(known_of(arena, &within, 99, 99, &on_3), "-----");
    CHECK_STR(known_of(arena, &within, 99, 99, &past), "-----"); /* who began later may have then */
    cyn_arena_free(arena);
}

/* The week before the one of now is immature still. */
static void test_a_cohort_is_known_as_of_another_now_once_it_is_mature(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_relation within = {.kind = CYN_JOURNEY, .steps = loose, .nsteps = 3, .within = 5 * DAY};
    CHECK_STR(known_of(arena, &within, 25, 25, NULL), "+----");
    CHECK_STR(known_of(arena, &within, 26, 26, NULL), "++---");
    CHECK_STR(known_of(arena, &within, 26, 99, NULL), "++---");
    CHECK_STR(known_of(arena, &within, 99, 26, NULL), "++---");
    CHECK_STR(known_of(arena, &within, 99, 99, NULL), "+++++");
    cyn_arena_free(arena);
}

/* Of who starts on a Sunday, day 10, the second day after is day 12, the week after goes until day
 * 17, and the month after until the last of February, day 58. */
static void test_retention_is_over_when_its_unit_is(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    cyn_relation d2 = {.kind = CYN_RETENTION, .unit = CYN_DAILY, .n = 2};
    cyn_relation w1 = {.kind = CYN_RETENTION, .unit = CYN_WEEK, .n = 1, .mode = CYN_WITHIN};
    cyn_relation m1 = {.kind = CYN_RETENTION, .unit = CYN_MONTH, .n = 1};
    cyn_relation ever = {.kind = CYN_RETENTION, .unit = CYN_DAILY, .n = 2, .mode = CYN_UNBOUNDED};
    cyn_cache_before on_15 = rows_on(15), on_16 = rows_on(16), on_20 = rows_on(20),
                     on_21 = rows_on(21), on_61 = rows_on(61), on_62 = rows_on(62);
    CHECK_STR(known_of(arena, &d2, 99, 99, &on_15), "-----");
    CHECK_STR(known_of(arena, &d2, 99, 99, &on_16), "+----");
    CHECK_STR(known_of(arena, &w1, 99, 99, &on_20), "-----");
    CHECK_STR(known_of(arena, &w1, 99, 99, &on_21), "+----");
    CHECK_STR(known_of(arena, &m1, 99, 99, &on_61), "-----");
    CHECK_STR(known_of(arena, &m1, 99, 99, &on_62), "+++--");
    CHECK_STR(known_of(arena, &ever, 99, 99, &on_62), "-----");
    CHECK_STR(known_of(arena, &ever, 99, 99, NULL), "+++++"); /* no rows with a time came */
    cyn_arena_free(arena);
}

/* Times are reals, and what is made of them is, too; of other columns nothing is said. */
static void test_what_is_derived_of_times_is_of_one_kind(void)
{
    const cyn_relation journey = {.kind = CYN_JOURNEY, .nsteps = 2}, kept = {.kind = CYN_RETENTION};
    const cyn_translation_input inputs[] = {{.name = "t2"}, {.name = "t1"}};
    cyn_step steps[] = {{.op = CYN_OP_INPUT, .input = 0},
                        {.op = CYN_OP_INPUT, .input = 1},
                        {.op = CYN_OP_SUB, .a = 0, .b = 1}};
    cyn_translation_input third[] = {{.name = "t3"}, {.name = "t1"}};
    cyn_translation code = {.steps = steps, .nsteps = 3, .inputs = inputs, .ninputs = 2};
    const cyn_expr between = {.kind = CYN_EXPR_SCRIPT, .code = &code};
    const cyn_expr function = {.kind = CYN_EXPR_SCRIPT}, name = {.kind = CYN_EXPR_COLUMN};
    CHECK(cyn_reuse_is_of_times(&journey, &between));
    CHECK(!cyn_reuse_is_of_times(&kept, &between));
    CHECK(!cyn_reuse_is_of_times(&journey, &function));
    CHECK(!cyn_reuse_is_of_times(&journey, &name));
    code.inputs = third;
    CHECK(!cyn_reuse_is_of_times(&journey, &between));
    code.inputs = inputs;
    steps[2].op = CYN_OP_FLOOR;
    CHECK(!cyn_reuse_is_of_times(&journey, &between));
}

static void test_kept_cells_in_disorder_are_refused(void)
{
    cyn_arena *arena = cyn_arena_new(0);
    const int64_t twice[][2] = {{0, 1}, {0, 1}};
    cyn_chain chain = {0};
    cyn_spans spans = {.chains = &chain, .nchains = 1};
    cyn_rows_set set = {.arena = arena};
    const cyn_reuse_use use = {.set = &set, .spans = &spans};
    const cyn_cache_before before = {0};
    cyn_reuse_found found = {.cells = days(arena, twice, 2, "x", (int64_t[]){1, 2})};
    CHECK_INT(cyn_reuse_match(&use, NULL, &before, &found, NULL), CYN_E_DATA);
    cyn_arena_free(arena);
}

int main(void)
{
    RUN(test_segments_of_two_parts_meet);
    RUN(test_intervals_of_two_requests_are_kept_together);
    RUN(test_intervals_that_new_rows_touch_are_not_known);
    RUN(test_an_open_interval_is_not_kept_on);
    RUN(test_a_journey_that_is_over_stays_known);
    RUN(test_a_cohort_is_known_as_of_another_now_once_it_is_mature);
    RUN(test_retention_is_over_when_its_unit_is);
    RUN(test_what_is_derived_of_times_is_of_one_kind);
    RUN(test_kept_cells_in_disorder_are_refused);
    return test_end();
}
