/* Watches: rules over series, from one slot to the next. Rows A… are of
 * docs/reference/alert-states.md. */
#include "alert/calendar.h"
#include "base/time.h"
#include "plan/translation.h"
#include "rules/watch.h"
#include "test.h"

#define MOST     64
#define SEGMENTS 6
#define START    INT64_C(1767571200000000) /* 2026-01-05, a Monday */
#define DAY(n)   (START + (n)*CYN_DAY)

static struct {
    cyn_arena *arena;
    cyn_tz *tz;
    cyn_project project;
    cyn_config config;
    cyn_catalog catalog;
    cyn_metric metric;
    const cyn_metric *metrics[1];
    size_t by_name[1];
    const cyn_rule *rules[MOST];
    size_t nrules;
    /* What the series source gives: values[day][segment]; segments without any value are left out
     * of the series. */
    double values[MOST][SEGMENTS];
    const char *channels[SEGMENTS]; /* their names; NULL: missing */
    size_t ndays, nsegments;
    bool fails;
    size_t gets, requests;
    size_t judged; /* rows that the interpreter was asked about */
    bool raised;
    const cyn_series *fixed; /* given whatever is asked for; NULL: made */
} w;

static const cyn_place place = {"alerts/a.lua", 3, 1};

/* ---- a project ---- */

static void begin(void)
{
    static const char *const channels[SEGMENTS] = {"ads", "seo", "tv", "mail", "shop", NULL};
    memset(&w, 0, sizeof w);
    memcpy(w.channels, channels, sizeof w.channels);
    w.arena = cyn_arena_new(0);
    CHECK_INT(cyn_tz_load("UTC", &w.tz, NULL), CYN_OK);
    w.metric = (cyn_metric){.name = "sales", .place = place};
    strcpy(w.metric.definition, "d");
    w.metrics[0] = &w.metric;
    w.config = (cyn_config){.language = "en", .grain = {CYN_DAILY, 1}};
    w.project = (cyn_project){.arena = w.arena,
                              .config = &w.config,
                              .calendar = {.tz = w.tz, .week_start = 1, .fiscal_month = 1},
                              .catalog = &w.catalog,
                              .metrics = w.metrics,
                              .nmetrics = 1,
                              .by_name = w.by_name};
}

static void end(void)
{
    cyn_arena_free(w.arena);
    cyn_tz_free(w.tz);
}

/* `value < limit`, as the translation of a script; handle 1 is the same for the interpreter. */
static const cyn_expr *below(double limit)
{
    cyn_step *steps = CYN_NEW_ARRAY(w.arena, 3, cyn_step);
    cyn_translation *code = CYN_NEW(w.arena, cyn_translation);
    cyn_translation_input *input = CYN_NEW(w.arena, cyn_translation_input);
    cyn_expr *e = CYN_NEW(w.arena, cyn_expr);
    const char **reads = CYN_NEW_ARRAY(w.arena, 1, const char *);
    for (int i = 0; i < 3; i++)
        steps[i].a = steps[i].b = steps[i].c = CYN_NO_STEP;
    steps[0].op = CYN_OP_INPUT;
    steps[1].op = CYN_OP_CONST;
    steps[1].value = (cyn_const){.kind = CYN_CONST_REAL, .r = limit};
    steps[2].op = CYN_OP_LESS;
    steps[2].a = 0;
    steps[2].b = 1;
    reads[0] = input->name = "value";
    *code = (cyn_translation){.steps = steps, .nsteps = 3, .inputs = input, .ninputs = 1};
    *e = (cyn_expr){.kind = CYN_EXPR_SCRIPT,
                    .place = place,
                    .text = "value < limit",
                    .handle = (uint32_t)(limit * 10),
                    .reads = reads,
                    .nreads = 1,
                    .code = code};
    return e;
}

static const cyn_expr *constant(bool value)
{
    cyn_expr *e = CYN_NEW(w.arena, cyn_expr);
    *e = (cyn_expr){.kind = CYN_EXPR_CONST,
                    .place = place,
                    .text = value ? "true" : "false",
                    .value = {.kind = CYN_CONST_BOOLEAN, .i = value}};
    return e;
}

/* A daily rule: warning below 10. */
static cyn_rule *rule(const char *name)
{
    static const cyn_rule_level warning = {.severity = CYN_WARNING};
    cyn_rule *r = CYN_NEW(w.arena, cyn_rule);
    *r = (cyn_rule){.name = name,
                    .place = place,
                    .metric = "sales",
                    .when = below(10),
                    .levels = &warning,
                    .nlevels = 1,
                    .policy = CYN_ALERT_POLICY};
    strcpy(r->definition, "r");
    w.rules[w.nrules++] = r;
    return r;
}

static cyn_rule *rule_by(const char *name)
{
    static const char *const by[] = {"channel"};
    cyn_rule *r = rule(name);
    r->by = by;
    r->nby = 1;
    return r;
}

/* ---- series ---- */

static const cyn_series *series_of(const cyn_series_request *r, cyn_arena *arena)
{
    size_t days = (size_t)((r->to - START) / CYN_DAY), n = r->ndims ? w.nsegments : 1;
    if (days > w.ndays) days = w.ndays;
    size_t first = days > r->lookback + 1 ? days - r->lookback - 1 : 0, kept = 0;
    cyn_series *s = CYN_NEW(arena, cyn_series);
    cyn_period *periods = CYN_NEW_ARRAY(arena, days + 1, cyn_period);
    int64_t *ready = CYN_NEW_ARRAY(arena, days + 1, int64_t);
    cyn_const *keys = CYN_NEW_ARRAY(arena, n + 1, cyn_const);
    size_t *which = CYN_NEW_ARRAY(arena, n + 1, size_t);
    for (size_t i = 0; i < n; i++) {
        bool there = r->ndims == 0;
        for (size_t d = first; d < days; d++)
            there |= !isnan(w.values[d][i]);
        if (!there) continue;
        const char *name = w.channels[i];
        keys[kept] = name ? (cyn_const){.kind = CYN_CONST_TEXT, .s = name, .n = strlen(name)}
                          : (cyn_const){.kind = CYN_CONST_NIL};
        which[kept++] = i;
    }
    double *values = CYN_NEW_ARRAY(arena, (days - first) * kept + 1, double);
    for (size_t d = first; d < days; d++) {
        periods[d - first] = cyn_period_at(&w.project.calendar, r->grain, DAY((int64_t)d));
        ready[d - first] = periods[d - first].end;
        for (size_t i = 0; i < kept; i++)
            values[(d - first) * kept + i] = w.values[d][which[i]];
    }
    *s = (cyn_series){.metric = r->metric,
                      .calendar = &w.project.calendar,
                      .grain = r->grain,
                      .periods = periods,
                      .nperiods = days - first,
                      .ready = ready,
                      .ndims = r->ndims,
                      .dims = r->dims,
                      .nsegments = kept,
                      .keys = keys,
                      .values = values,
                      .data_end = r->to};
    return s;
}

static cyn_code get(void *self, const cyn_series_request *requests, size_t n, cyn_arena *arena,
                    cyn_series_reply *out, cyn_err *err)
{
    (void)self, (void)err;
    static const cyn_err broken = {.code = CYN_E_DATA, .message = "the file is gone"};
    w.gets++;
    w.requests += n;
    for (size_t i = 0; i < n; i++)
        out[i] = w.fails   ? (cyn_series_reply){.error = &broken}
                 : w.fixed ? (cyn_series_reply){.series = w.fixed}
                           : (cyn_series_reply){.series = series_of(&requests[i], arena)};
    return CYN_OK;
}

static const cyn_series_source source = {.get = get};

/* The interpreter is played: handles say the limit; one of them asks for another reading first. */
#define ASKS        7777U
#define ASKS_FAR    7778U /* for one that needs more periods than there are */
#define RAISES_ONCE 7779U
static cyn_code judge(void *self, uint32_t handle, const cyn_batch *batch, cyn_arena *arena,
                      cyn_answers **out, const char *const **wanted, size_t *nwanted, cyn_err *err)
{
    static const char *const previous[] = {"previous"}, *const far[] = {"mean(9)"};
    (void)self;
    bool raises = handle == 0 || (handle == RAISES_ONCE && !w.raised);
    w.raised |= handle == RAISES_ONCE;
    if (raises) return cyn_fail_at(err, CYN_E_SCRIPT, "alerts/a.lua", 4, 0, "it raised");
    cyn_answers *a = CYN_NEW(arena, cyn_answers);
    uint8_t *kind = CYN_NEW_ARRAY(arena, batch->rows + 1, uint8_t);
    const cyn_batch_column *c = NULL;
    const char *name = handle == ASKS ? "previous" : handle == ASKS_FAR ? "mean(9)" : "value";
    for (size_t i = 0; i < batch->ncolumns; i++)
        if (!strcmp(batch->columns[i].name, name)) c = &batch->columns[i];
    w.judged += batch->rows;
    *a = (cyn_answers){.rows = batch->rows, .kind = kind};
    *out = a;
    *nwanted = c ? 0 : 1;
    *wanted = handle == ASKS_FAR ? far : previous;
    const double *x = c ? c->values : NULL;
    for (size_t i = 0; x && i < batch->rows; i++) {
        bool known = !c->valid || (c->valid[i / 64] >> i % 64 & 1);
        double limit = handle == ASKS || handle == ASKS_FAR ? 10 : handle / 10.0;
        kind[i] = known && x[i] < limit ? CYN_ANSWER_TRUE : CYN_ANSWER_FALSE;
    }
    return CYN_OK;
}

static void days(const double *values, size_t n)
{
    for (size_t d = 0; d < n; d++)
        w.values[d][0] = values[d];
    w.ndays = n;
    w.nsegments = 1;
}

/* ---- watching ---- */

static cyn_watch *watch_with(bool interpret)
{
    cyn_watch *out = NULL;
    cyn_err err = {0};
    cyn_watch_options options = {.rules = w.rules, .nrules = w.nrules, .interpret = interpret};
    w.catalog.rules = w.rules;
    w.catalog.nrules = w.nrules;
    w.project.evaluator.judge = judge;
    CHECK_INT(cyn_watch_new(&w.project, &options, &out, &err), CYN_OK);
    return out;
}

static cyn_watch *watch(void)
{
    return watch_with(false);
}

static cyn_watch_result run(cyn_watch *watch, int64_t now)
{
    cyn_watch_result r = {0};
    cyn_err err = {0};
    CHECK_INT(cyn_watch_run(watch, now, source, w.arena, &r, &err), CYN_OK);
    if (err.code) printf("# %s\n", err.message);
    return r;
}

/* "fired rule{…} at day" for each event of the days 1 … n, in a line. */
static const char *story(cyn_watch *watch, int64_t n)
{
    cyn_buf b = {0};
    for (int64_t d = 1; d <= n; d++) {
        cyn_watch_result r = run(watch, DAY(d));
        for (size_t i = 0; i < r.nevents; i++)
            cyn_buf_printf(&b, "%s%lld %s %s%s", b.len ? "; " : "", (long long)d,
                           cyn_alert_what_names[r.events[i].event.what],
                           r.events[i].notice.identity, r.events[i].tell ? "!" : "");
    }
    const char *out = cyn_strdup(w.arena, b.data ? b.data : "");
    cyn_buf_clear(&b);
    return out;
}

static cyn_alert_state state_of(const cyn_watch *watch, const char *identity)
{
    const cyn_watch_alert *all;
    size_t n;
    CHECK_INT(cyn_watch_alerts(watch, w.arena, &all, &n, NULL), CYN_OK);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(all[i].identity, identity)) return all[i].alert.state;
    return CYN_ALERT_INACTIVE;
}

/* ---- one alert ---- */

static void test_fires_and_resolves(void)
{
    begin();
    days((double[]){20, 5, 5, 20}, 4);
    rule("low");
    cyn_watch *it = watch();
    CHECK_STR(story(it, 4), "2 fired low!; 4 resolved low!"); /* A1, A10 */
    CHECK_INT(state_of(it, "low"), CYN_ALERT_RESOLVED);
    cyn_watch_free(it);
    end();
}

static void test_holds_before_it_fires(void)
{
    begin();
    days((double[]){5, 5, 20, 5, 5, 5}, 6);
    rule("low")->policy.hold = 2 * CYN_DAY;
    cyn_watch *it = watch();
    CHECK_STR(story(it, 6), "6 fired low!"); /* A2, A3, A5 */
    cyn_watch_free(it);
    end();
}

static void test_the_worst_level_that_holds_counts(void)
{
    begin();
    days((double[]){9, 4, 9, 20}, 4);
    cyn_rule *r = rule("low");
    const cyn_rule_level levels[] = {{CYN_WARNING, below(10)}, {CYN_CRITICAL, below(5)}};
    r->when = NULL;
    r->levels = levels;
    r->nlevels = 2;
    cyn_watch *it = watch();
    cyn_watch_result first = run(it, DAY(1)), second = run(it, DAY(2)), third = run(it, DAY(3));
    CHECK_INT(first.events[0].notice.severity, CYN_WARNING);
    CHECK_INT(second.events[0].event.what, CYN_ALERT_ROSE); /* A8 */
    CHECK_INT(second.events[0].notice.severity, CYN_CRITICAL);
    CHECK(second.events[0].tell);
    CHECK_INT(third.nevents, 1); /* A9: it is milder now */
    CHECK_INT(third.events[0].event.what, CYN_ALERT_RENEWED);
    CHECK(!third.events[0].tell);
    cyn_watch_free(it);
    end();
}

static void test_between_the_thresholds_it_goes_on(void)
{
    begin();
    days((double[]){5, 12, 5, 16, 12}, 5);
    cyn_expr *well = CYN_NEW(w.arena, cyn_expr); /* not (value < 15) */
    cyn_step *steps = CYN_NEW_ARRAY(w.arena, 4, cyn_step);
    cyn_translation *code = CYN_NEW(w.arena, cyn_translation);
    *well = *below(15);
    *code = *well->code;
    memcpy(steps, code->steps, 3 * sizeof *steps);
    steps[3] = (cyn_step){.op = CYN_OP_NOT, .a = 2, .b = CYN_NO_STEP, .c = CYN_NO_STEP};
    code->steps = steps;
    code->nsteps = 4;
    well->code = code;
    rule("low")->clear = well;
    cyn_watch *it = watch();
    CHECK_STR(story(it, 5), "1 fired low!; 4 resolved low!"); /* A7 */
    cyn_watch_free(it);
    end();
}

static void test_a_notice_says_what_decided(void)
{
    begin();
    days((double[]){20, 5}, 2);
    cyn_rule *r = rule("low");
    const cyn_rule_label labels[] = {{"team", "growth"}};
    r->labels = labels;
    r->nlabels = 1;
    r->summary.en = "{metric} is {value} ({change_1d}), {severity} for {team}; {{{nobody}}}";
    r->title.en = "Low sales";
    r->owner = "ana";
    cyn_watch *it = watch();
    (void)run(it, DAY(1));
    cyn_watch_result result = run(it, DAY(2));
    CHECK_INT(result.nevents, 1);
    const cyn_notice *n = &result.events[0].notice;
    CHECK_STR(n->summary, "sales is 5 (-75.0 %), warning for growth; {{nobody}}");
    CHECK_STR(n->title, "Low sales");
    CHECK_STR(n->period, "2026-01-06");
    CHECK_STR(n->facts, "{\"when\":\"value < limit\",\"readings\":{\"value\":5},"
                        "\"holds\":{\"warning\":true}}");
    CHECK_NEAR(n->value, 5, 0);
    CHECK_INT(n->nlabels, 1);
    CHECK_STR(n->labels[0].value, "growth");
    CHECK_INT(n->start, DAY(2));
    CHECK(n->firing && n->ended == CYN_ALERT_NEVER);
    cyn_watch_free(it);
    end();
}

/* ---- segments ---- */

static void set_segments(size_t n)
{
    w.nsegments = n;
    w.ndays = 12;
    for (size_t d = 0; d < MOST; d++)
        for (size_t i = 0; i < SEGMENTS; i++)
            w.values[d][i] = 20;
}

static void test_each_segment_is_an_alert(void)
{
    begin();
    set_segments(SEGMENTS);
    rule_by("low");
    w.values[1][1] = w.values[1][5] = 3;
    cyn_watch *it = watch();
    CHECK_STR(story(it, 3), "2 fired low{channel=\"seo\"}!; 2 fired low{channel=nil}!; "
                            "3 resolved low{channel=\"seo\"}!; 3 resolved low{channel=nil}!");
    cyn_watch_free(it);
    end();
}

static void test_only_alerts_that_are_something_are_kept(void)
{
    begin();
    set_segments(SEGMENTS);
    rule_by("low");
    w.values[0][2] = 3;
    cyn_watch *it = watch();
    cyn_watch_result r = run(it, DAY(1));
    CHECK_INT(r.nchanged, 1);
    CHECK_INT(r.rules[0].segments, SEGMENTS);
    CHECK_INT(r.rules[0].firing, 1);
    cyn_watch_free(it);
    end();
}

static void test_a_segment_that_is_gone_is_resolved_in_the_end(void)
{
    begin();
    set_segments(2);
    rule_by("low");
    w.values[0][0] = 3;
    for (int d = 1; d < 12; d++)
        w.values[d][0] = NAN;
    cyn_watch *it = watch();
    CHECK_STR(story(it, 6),
              "1 fired low{channel=\"ads\"}!; 4 resolved low{channel=\"ads\"}!"); /* A12, A13 */
    cyn_watch_free(it);
    end();
}

static void test_no_data_at_all_follows_the_policy(void)
{
    begin();
    set_segments(2);
    for (int d = 0; d < 12; d++)
        w.values[d][0] = w.values[d][1] = d == 2 ? 20 : NAN;
    rule_by("fires")->policy.no_data = CYN_INSTEAD_FIRE;
    rule_by("keeps");
    cyn_watch *it = watch();
    cyn_watch_result r = run(it, DAY(1));
    CHECK_INT(r.rules[0].health, CYN_HEALTH_NO_DATA);
    CHECK_INT(r.nevents, 1); /* A20 */
    CHECK_STR(r.events[0].notice.identity, "fires");
    CHECK_STR(r.events[0].notice.facts, "{\"when\":\"value < limit\",\"seen\":\"no data\"}");
    /* Data are back: what fired for the lack of them is over. */
    CHECK_STR(story(it, 3), "3 resolved fires!");
    cyn_watch_free(it);
    end();
}

static void test_readings_without_value_are_judged_without(void)
{
    begin();
    days((double[]){NAN, NAN}, 2);
    cyn_rule *r = rule("always");
    r->when = constant(true);
    cyn_watch *it = watch();
    CHECK_STR(story(it, 1), "1 fired always!");
    cyn_watch_free(it);
    end();
}

/* ---- rules ---- */

static void test_a_rule_that_fails_leaves_the_others_alone(void)
{
    begin();
    days((double[]){5, 5}, 2);
    cyn_rule *lost = rule("lost");
    cyn_rule *raises = rule("raises");
    cyn_expr *e = CYN_NEW(w.arena, cyn_expr);
    *e = *raises->when;
    e->code = NULL;
    e->handle = 0;
    raises->when = e;
    lost->metric = "sale";
    lost->policy.on_error = CYN_INSTEAD_FIRE;
    rule("low");
    cyn_watch *it = watch();
    cyn_watch_result r = run(it, DAY(1));
    CHECK_INT(r.nrules, 3);
    CHECK_INT(r.rules[0].health, CYN_HEALTH_ERROR);
    CHECK(strstr(r.rules[0].error->hint, "sales") != NULL);
    CHECK_INT(r.rules[1].health, CYN_HEALTH_ERROR);
    CHECK_STR(r.rules[1].error->message, "it raised");
    CHECK_INT(r.rules[2].health, CYN_HEALTH_OK);
    CHECK_INT(r.nevents, 2); /* A21: one fires because of its error */
    CHECK_STR(r.events[0].notice.identity, "lost");
    CHECK_STR(r.events[1].notice.identity, "low");
    cyn_watch_free(it);
    end();
}

static void test_a_series_that_fails_is_an_error_of_its_rules(void)
{
    begin();
    days((double[]){5, 5}, 2);
    rule("low");
    cyn_watch *it = watch();
    (void)run(it, DAY(1));
    w.fails = true;
    cyn_watch_result r = run(it, DAY(2));
    CHECK_INT(r.rules[0].health, CYN_HEALTH_ERROR);
    CHECK_STR(r.rules[0].error->message, "the file is gone");
    CHECK_INT(state_of(it, "low"), CYN_ALERT_FIRING);
    cyn_watch_free(it);
    end();
}

/* The only rule's evaluation: "error again, repeated; missed 2 ". */
static const char *evaluation(cyn_watch *it, int64_t now)
{
    cyn_watch_result r = run(it, now);
    if (r.nrules != 1) return "none";
    const cyn_watch_rule *o = &r.rules[0];
    return cyn_sprintf(w.arena, "%s%s%s, %llu missed, %zu changed",
                       cyn_alert_health_names[o->health], o->again ? " again" : "",
                       o->repeated ? " repeated" : "", (unsigned long long)o->missed, r.nchanged);
}

/* Of three segments one fires; then the two others are one alert, and all three are low. */
static void set_twins(void)
{
    set_segments(3);
    w.values[0][2] = w.values[1][0] = w.values[1][1] = w.values[1][2] = 3;
}

static void test_two_segments_alike_are_an_error_of_their_rule(void)
{
    begin();
    set_twins();
    rule_by("twins");
    rule("whole");
    cyn_watch *it = watch();
    CHECK_STR(story(it, 1), "1 fired twins{channel=\"tv\"}!");
    w.channels[1] = "ads";
    cyn_watch_result r = run(it, DAY(2)); /* A32 */
    CHECK_INT(r.rules[0].health, CYN_HEALTH_ERROR);
    CHECK_INT(r.rules[0].error->code, CYN_E_CONFLICT);
    CHECK_STR(r.rules[0].error->message, "two segments are both twins{channel=\"ads\"}");
    CHECK_STR(r.rules[0].error->file, place.file);
    CHECK_INT(r.rules[1].health, CYN_HEALTH_OK);
    CHECK_INT(r.nchanged, 1); /* nothing of the rule was stepped */
    CHECK_STR(r.changed[0].identity, "whole");
    CHECK_INT(state_of(it, "twins{channel=\"tv\"}"), CYN_ALERT_FIRING);
    CHECK_INT(state_of(it, "twins{channel=\"ads\"}"), CYN_ALERT_INACTIVE);
    w.channels[1] = "seo"; /* told apart, the slot is tried again */
    r = run(it, DAY(2) + CYN_HOUR);
    CHECK_INT(r.nrules, 1);
    CHECK_INT(r.rules[0].health, CYN_HEALTH_OK);
    CHECK_INT(r.rules[0].firing, 3);
    cyn_watch_free(it);
    end();
}

/* What fires for an error is the rule, not the segment that was met before it showed. */
static void test_two_segments_alike_may_fire_as_an_error(void)
{
    begin();
    set_twins();
    w.values[0][2] = 20;
    rule_by("twins")->policy.on_error = CYN_INSTEAD_FIRE;
    w.channels[1] = "ads";
    cyn_watch *it = watch();
    CHECK_STR(story(it, 2), "2 fired twins!"); /* A21, A32 */
    cyn_watch_free(it);
    end();
}

static void test_a_slot_that_failed_is_tried_again(void)
{
    begin();
    days((double[]){20, 5, 5, 5, 5}, 5);
    rule("low");
    cyn_watch *it = watch();
    CHECK_STR(evaluation(it, DAY(1)), "ok, 0 missed, 0 changed");
    CHECK(!cyn_watch_may_retry(it));
    w.fails = true;
    CHECK_STR(evaluation(it, DAY(2)), "error again, 0 missed, 0 changed"); /* A21 */
    CHECK(cyn_watch_may_retry(it));
    CHECK_INT(cyn_watch_next(it, DAY(2)), DAY(3)); /* a replay goes on */
    CHECK_STR(evaluation(it, DAY(2) + CYN_MINUTE), "error again repeated, 0 missed, 0 changed");
    w.fails = false;
    CHECK_STR(evaluation(it, DAY(2) + CYN_HOUR), "ok, 0 missed, 1 changed");
    CHECK_INT(state_of(it, "low"), CYN_ALERT_FIRING);
    CHECK(!cyn_watch_may_retry(it));
    CHECK_STR(evaluation(it, DAY(2) + 2 * CYN_HOUR), "none");
    cyn_watch_free(it);
    end();
}

static void test_a_slot_that_failed_for_good_was_missed(void)
{
    begin();
    days((double[]){5, 5, 5, 5, 5}, 5);
    rule("low")->policy.hold = 2 * CYN_DAY;
    cyn_watch *it = watch();
    CHECK_STR(evaluation(it, DAY(1)), "ok, 0 missed, 1 changed");
    w.fails = true;
    CHECK_STR(evaluation(it, DAY(2)), "error again, 0 missed, 0 changed");
    CHECK_STR(evaluation(it, DAY(3)), "error again, 1 missed, 0 changed");
    w.fails = false;
    CHECK_STR(evaluation(it, DAY(4)), "ok, 2 missed, 1 changed");
    CHECK_INT(state_of(it, "low"), CYN_ALERT_PENDING); /* A25: one day of three counts */
    CHECK_STR(evaluation(it, DAY(5)), "ok, 0 missed, 1 changed");
    CHECK_INT(state_of(it, "low"), CYN_ALERT_FIRING);
    cyn_watch_free(it);
    end();
}

/* With `ok` and `fire` the policy has made something of it. */
static void test_an_error_that_counts_as_something_was_an_evaluation(void)
{
    begin();
    days((double[]){5, 5, 5}, 3);
    cyn_rule *r = rule("low");
    r->policy.on_error = CYN_INSTEAD_OK;
    cyn_watch *it = watch();
    CHECK_STR(evaluation(it, DAY(1)), "ok, 0 missed, 1 changed");
    w.fails = true;
    CHECK_STR(evaluation(it, DAY(2)), "error, 0 missed, 1 changed");
    CHECK_INT(state_of(it, "low"), CYN_ALERT_RESOLVED);
    CHECK_STR(evaluation(it, DAY(2) + CYN_HOUR), "none");
    r->policy.on_error = CYN_INSTEAD_FIRE;
    CHECK_STR(evaluation(it, DAY(3)), "error, 0 missed, 1 changed");
    CHECK_INT(state_of(it, "low"), CYN_ALERT_FIRING);
    CHECK_STR(evaluation(it, DAY(3) + CYN_HOUR), "none");
    CHECK(!cyn_watch_may_retry(it));
    cyn_watch_free(it);
    end();
}

/* What is wrong with a rule itself is not mended by trying. */
static void test_a_broken_rule_is_no_reason_to_retry(void)
{
    begin();
    days((double[]){5, 5}, 2);
    rule("lost")->metric = "sale";
    cyn_watch *it = watch();
    CHECK_STR(evaluation(it, DAY(1)), "error again, 0 missed, 0 changed");
    CHECK(!cyn_watch_may_retry(it));
    CHECK_STR(evaluation(it, DAY(1) + CYN_HOUR), "error again repeated, 0 missed, 0 changed");
    cyn_watch_free(it);
    end();
}

static void test_rules_alike_share_a_series(void)
{
    begin();
    days((double[]){5}, 1);
    set_segments(2);
    rule("one");
    rule("two")->when = below(7);
    rule_by("three");
    cyn_watch *it = watch();
    (void)run(it, DAY(1));
    CHECK_INT(w.gets, 1);
    CHECK_INT(w.requests, 2);
    cyn_watch_free(it);
    end();
}

static void test_what_depends_on_something_that_fires_is_frozen(void)
{
    begin();
    days((double[]){8, 4, 4, 8, 20}, 5);
    static const char *const parent[] = {"parent"};
    cyn_rule *child = rule("child"); /* stands before its parent, and is stepped after it */
    child->depends = parent;
    child->ndepends = 1;
    rule("parent")->when = below(5);
    cyn_watch *it = watch();
    CHECK_STR(story(it, 5), "1 fired child!; 2 frozen child; 2 fired parent!; 4 thawed child; "
                            "4 resolved parent!; 5 resolved child!"); /* A27, A28 */
    cyn_watch_free(it);
    end();
}

static void test_nothing_begins_while_it_is_frozen(void)
{
    begin();
    days((double[]){20, 4, 4, 20}, 4);
    static const char *const parent[] = {"parent"};
    cyn_rule *child = rule("child");
    child->depends = parent;
    child->ndepends = 1;
    rule("parent")->when = below(5);
    cyn_watch *it = watch();
    CHECK_STR(story(it, 4), "2 fired parent!; 4 resolved parent!");
    cyn_watch_free(it);
    end();
}

static void test_a_rule_without_an_alert_says_by_whom_it_is_frozen(void)
{
    static const char *const parents[] = {"calm", "parent"}, *const want[] = {NULL, "parent", NULL};
    begin();
    days((double[]){20, 4, 20}, 3);
    cyn_rule *child = rule("child");
    child->depends = parents;
    child->ndepends = 2;
    rule("parent")->when = below(5);
    rule("calm")->when = below(1);
    cyn_watch *it = watch();
    for (int64_t d = 1; d <= 3; d++) {
        cyn_watch_result r = run(it, DAY(d));
        CHECK_INT(r.nrules, 3);
        for (size_t i = 0; i < r.nrules; i++)
            CHECK_STR(r.rules[i].frozen_by, r.rules[i].rule == child ? want[d - 1] : NULL);
    }
    cyn_watch_free(it);
    end();
}

static void test_rules_evaluated_under_a_later_clock_wait_for_it(void)
{
    const cyn_rule *last = NULL;
    int64_t slot = -1;
    begin();
    days((double[]){20, 20}, 2);
    rule("day")->when = below(5);
    rule("later")->when = below(5);
    cyn_watch *it = watch();
    CHECK_INT(cyn_watch_ahead(it, DAY(1), &last, &slot), 0); /* never evaluated */
    (void)run(it, DAY(2));
    CHECK_INT(cyn_watch_ahead(it, DAY(2), &last, &slot), 0);
    CHECK_INT(slot, -1);
    CHECK_INT(cyn_watch_restore_rule(it, "later", DAY(300), NULL), CYN_OK);
    CHECK_INT(cyn_watch_ahead(it, DAY(2), &last, &slot), 1);
    CHECK_INT(cyn_watch_ahead(it, DAY(1), &last, &slot), 2);
    CHECK_STR(last->name, "later");
    CHECK_INT(slot, DAY(300));
    CHECK_INT(run(it, DAY(1)).nrules, 0); /* nothing is evaluated twice */
    CHECK_INT(cyn_watch_ahead(it, DAY(300), &last, &slot), 0);
    cyn_watch_free(it);
    end();
}

static void test_a_circle_is_an_error_of_its_rules(void)
{
    begin();
    days((double[]){5}, 1);
    static const char *const names[] = {"a", "b", "c"};
    cyn_rule *a = rule("a"), *b = rule("b"), *c = rule("c"), *d = rule("d");
    a->depends = &names[1];
    b->depends = &names[2];
    c->depends = &names[1];
    d->depends = &names[0];
    a->ndepends = b->ndepends = c->ndepends = d->ndepends = 1;
    cyn_watch *it = watch();
    cyn_watch_result r = run(it, DAY(1));
    CHECK_INT(r.rules[0].health, CYN_HEALTH_OK);
    CHECK_INT(r.rules[1].health, CYN_HEALTH_ERROR);
    CHECK_INT(r.rules[2].health, CYN_HEALTH_ERROR);
    CHECK_INT(r.rules[3].health, CYN_HEALTH_OK);
    CHECK(strstr(r.rules[1].error->message, "depends on itself") != NULL);
    cyn_watch_free(it);
    end();
}

static void test_off_duty_nothing_is_evaluated_or_missed(void)
{
    begin();
    const cyn_config_calendar office[] = {{.name = "office", .days = CYN_ALERT_WORKDAYS}};
    w.config.calendars = office;
    w.config.ncalendars = 1;
    set_segments(1);
    rule("low")->calendar = "office";
    cyn_watch *it = watch();
    for (int64_t d = 1; d <= 4; d++)
        CHECK_INT(run(it, DAY(d)).nrules, 1);
    CHECK_INT(cyn_watch_next(it, DAY(4)), DAY(7)); /* over the weekend */
    CHECK_INT(run(it, DAY(5)).nrules, 0);
    cyn_watch_result monday = run(it, DAY(7)), wednesday = run(it, DAY(9));
    CHECK_INT(monday.rules[0].missed, 0);
    CHECK_INT(wednesday.rules[0].missed, 1);
    cyn_watch_free(it);
    end();
}

static void test_a_slot_is_evaluated_once(void)
{
    begin();
    set_segments(1);
    rule("low");
    cyn_watch *it = watch();
    CHECK_INT(run(it, DAY(2)).nrules, 1);
    CHECK_INT(run(it, DAY(2) + CYN_HOUR).nrules, 0);
    CHECK_INT(run(it, DAY(1)).nrules, 0); /* A24 */
    CHECK_INT(run(it, DAY(3)).nrules, 1);
    CHECK_INT(cyn_watch_next(it, DAY(3)), DAY(4));
    cyn_watch_free(it);
    end();
}

static void test_alerts_of_a_rule_that_is_gone_are_withdrawn(void)
{
    begin();
    days((double[]){5, 5}, 2);
    rule("low");
    cyn_watch *before = watch();
    cyn_watch_result r = run(before, DAY(1));
    w.nrules = 0;
    rule("other");
    cyn_watch *after = watch();
    CHECK_INT(cyn_watch_restore_alert(after, "low", NULL, 0, &r.changed[0].alert,
                                      &r.changed[0].told, NULL),
              CYN_OK);
    cyn_watch_result gone = run(after, DAY(2));
    CHECK_INT(gone.nevents, 2);
    CHECK_INT(gone.events[1].event.reason, CYN_REASON_WITHDRAWN); /* A23 */
    CHECK_STR(gone.events[1].notice.rule, "low");
    CHECK(gone.events[1].tell);
    bool dropped = false;
    for (size_t i = 0; i < gone.nchanged; i++)
        dropped |= gone.changed[i].forgotten && !strcmp(gone.changed[i].identity, "low");
    CHECK(dropped);
    cyn_watch_free(before);
    cyn_watch_free(after);
    end();
}

/* The same value of another dimension is another segment. */
static void test_alerts_of_other_dimensions_are_no_longer_reported(void)
{
    static const char *const shop[] = {"shop"};
    begin();
    set_segments(2);
    for (int d = 0; d < 12; d++)
        w.values[d][1] = 3;
    cyn_rule *r = rule_by("low");
    const char *const *channel = r->by;
    r->by = shop;
    cyn_watch *before = watch();
    cyn_watch_alert alert = run(before, DAY(1)).changed[0];
    CHECK_STR(alert.identity, "low{shop=\"seo\"}");
    r->by = channel;
    cyn_watch *after = watch();
    CHECK_INT(cyn_watch_restore_rule(after, "low", DAY(1), NULL), CYN_OK);
    for (int twice = 0; twice < 2; twice++) { /* nor are two of them the same */
        cyn_alert_label label = {twice ? "city" : "shop", "seo"};
        CHECK_INT(cyn_watch_restore_alert(after, "low", &label, 1, &alert.alert, &alert.told, NULL),
                  CYN_OK);
    }
    CHECK_STR(story(after, 5), "2 fired low{channel=\"seo\"}!; 4 resolved low{shop=\"seo\"}!; "
                               "4 resolved low{city=\"seo\"}!");
    cyn_watch_free(before);
    cyn_watch_free(after);
    end();
}

/* Nobody knows whether a rule is gone while a script cannot be read. */
static void test_nothing_is_withdrawn_while_a_script_fails(void)
{
    begin();
    days((double[]){5, 5}, 2);
    rule("low");
    cyn_watch *before = watch();
    cyn_watch_result r = run(before, DAY(1));
    w.nrules = 0;
    w.catalog.nerrors = 1;
    cyn_watch *after = watch();
    CHECK_INT(cyn_watch_restore_alert(after, "low", NULL, 0, &r.changed[0].alert,
                                      &r.changed[0].told, NULL),
              CYN_OK);
    CHECK_INT(run(after, DAY(2)).nevents, 0);
    CHECK_INT(state_of(after, "low"), CYN_ALERT_FIRING);
    cyn_watch_free(before);
    cyn_watch_free(after);
    end();
}

/* Some of the rules, beside others that watch the rest. */
static cyn_watch *watch_some(const cyn_rule *const *rules, size_t n, bool leave_gone)
{
    cyn_watch *out = NULL;
    const cyn_watch_options options = {.rules = rules, .nrules = n, .leave_gone = leave_gone};
    CHECK_INT(cyn_watch_new(&w.project, &options, &out, NULL), CYN_OK);
    return out;
}

static void put_back(cyn_watch *to, const cyn_watch_result *r)
{
    for (size_t i = 0; i < r->nrules; i++)
        CHECK_INT(cyn_watch_restore_rule(to, r->rules[i].rule->name, r->rules[i].slot, NULL),
                  CYN_OK);
    for (size_t i = 0; i < r->nchanged; i++) {
        const cyn_watch_alert *a = &r->changed[i];
        CHECK_INT(cyn_watch_restore_alert(to, a->rule_name, a->labels, a->nlabels, &a->alert,
                                          &a->told, NULL),
                  CYN_OK);
    }
}

/* All rules fire in one watch; then each is in one of two, and one is gone. */
static void test_two_watches_share_the_rules_of_a_project(void)
{
    begin();
    days((double[]){5, 5, 20, 20}, 4);
    rule("here");
    rule("there");
    rule("gone");
    cyn_watch *before = watch();
    cyn_watch_result r = run(before, DAY(1));
    CHECK_INT(r.nevents, 3);
    w.catalog.nrules = 2;
    cyn_watch *one = watch_some(&w.rules[0], 1, false), *two = watch_some(&w.rules[1], 1, true);
    put_back(one, &r);
    put_back(two, &r);
    CHECK_INT(state_of(two, "there"), CYN_ALERT_FIRING);
    const cyn_watch_alert *alerts;
    size_t n = 0;
    CHECK_INT(cyn_watch_alerts(two, w.arena, &alerts, &n, NULL), CYN_OK);
    CHECK_INT(n, 1); /* what fires is counted once */
    cyn_watch_result first = run(one, DAY(2)), second = run(two, DAY(2));
    CHECK_INT(first.ngone, 1);
    CHECK_STR(first.gone[0], "gone");
    CHECK_INT(second.ngone, 0);
    CHECK_INT(second.nrules, 1);
    CHECK_INT(second.nevents, 0); /* it goes on firing, and nothing is withdrawn twice */
    for (size_t i = 0; i < first.nevents; i++)
        CHECK_STR(first.events[i].notice.rule, "gone");
    CHECK(first.nevents > 0);
    CHECK_STR(story(two, 3), "3 resolved there!");
    CHECK_STR(story(one, 3), "3 resolved here!");
    cyn_watch_free(before);
    cyn_watch_free(one);
    cyn_watch_free(two);
    end();
}

/* A watch of no rules has nothing to do, and is not one of all. */
static void test_a_watch_may_have_no_rules(void)
{
    begin();
    days((double[]){5}, 1);
    rule("low");
    cyn_watch_free(watch());
    cyn_watch *none = watch_some(w.rules, 0, false);
    CHECK_INT(run(none, DAY(1)).nrules, 0);
    CHECK_INT(cyn_watch_next(none, DAY(1)), CYN_SLOT_END);
    cyn_watch_free(none);
    end();
}

static void depend(cyn_rule *r, const char *on)
{
    const char **names = CYN_NEW_ARRAY(w.arena, 1, const char *);
    names[0] = on;
    r->depends = names;
    r->ndepends = 1;
}

static void test_rules_that_depend_on_each_other_are_a_bundle(void)
{
    static const struct {
        const char *name, *on;
        uint32_t bundle;
    } all[] = {{"f", "d", 0},       {"alone", NULL, 1},    {"b", "a", 2},
               {"d", "e", 0},       {"e", NULL, 0},        {"a", "b", 2},
               {"self", "self", 6}, {"lost", "nobody", 7}, {"c", "b", 2}};
    const size_t n = sizeof all / sizeof *all;
    uint32_t *bundles;
    begin();
    for (size_t i = 0; i < n; i++) {
        cyn_rule *r = rule(all[i].name);
        if (all[i].on) depend(r, all[i].on);
    }
    w.catalog.rules = w.rules;
    w.catalog.nrules = w.nrules;
    CHECK_INT(cyn_watch_bundles(&w.catalog, w.arena, &bundles, NULL), CYN_OK);
    for (size_t i = 0; i < n; i++)
        CHECK_INT(bundles[i], all[i].bundle);
    end();
}

/* ---- conditions ---- */

static void test_a_script_may_look_further_back_than_was_known(void)
{
    begin();
    days((double[]){5, 20, 5, 20}, 4);
    cyn_rule *r = rule("low");
    cyn_expr *e = CYN_NEW(w.arena, cyn_expr);
    *e = (cyn_expr){.kind = CYN_EXPR_SCRIPT, .place = place, .handle = ASKS, .reads_all = true};
    r->when = e;
    cyn_watch *it = watch();
    CHECK_STR(story(it, 4), "2 fired low!; 3 resolved low!; 4 fired low!");
    cyn_watch_free(it);
    end();
}

/* An alert that is gone says why nothing was seen of it. */
static void test_an_error_of_a_round_that_is_done_again_is_forgotten(void)
{
    static const cyn_alert_label tv = {"channel", "tv"};
    begin();
    set_segments(1);
    cyn_rule *r = rule_by("low");
    w.values[0][0] = 3;
    cyn_watch *before = watch();
    cyn_watch_alert fired = run(before, DAY(1)).changed[0];
    cyn_expr *e = CYN_NEW_ARRAY(w.arena, 2, cyn_expr);
    e[0] =
        (cyn_expr){.kind = CYN_EXPR_SCRIPT, .place = place, .handle = ASKS_FAR, .reads_all = true};
    e[1] = *r->when;
    e[1].code = NULL;
    e[1].handle = RAISES_ONCE;
    r->when = &e[0];
    r->clear = &e[1];
    cyn_watch *after = watch();
    CHECK_INT(cyn_watch_restore_alert(after, "low", &tv, 1, &fired.alert, &fired.told, NULL),
              CYN_OK);
    cyn_watch_result result = run(after, DAY(9));
    CHECK(w.raised);
    CHECK_INT(result.rules[0].health, CYN_HEALTH_OK);
    CHECK_INT(result.nchanged, 1);
    const char *facts = result.nchanged ? result.changed[0].facts : "";
    CHECK(strstr(facts, "\"seen\":\"gone\"") && !strstr(facts, "it raised"));
    cyn_watch_free(before);
    cyn_watch_free(after);
    end();
}

/* A number and a text cannot be compared: every row escapes, and the interpreter has the say. */
static void test_rows_that_escape_are_asked_of_the_interpreter(void)
{
    begin();
    set_segments(3);
    w.values[1][2] = 3;
    w.values[1][1] = NAN;
    cyn_rule *r = rule_by("low");
    cyn_expr *e = CYN_NEW(w.arena, cyn_expr);
    cyn_translation *code = CYN_NEW(w.arena, cyn_translation);
    cyn_step *steps = CYN_NEW_ARRAY(w.arena, 3, cyn_step);
    *e = *r->when;
    *code = *e->code;
    memcpy(steps, code->steps, 3 * sizeof *steps);
    steps[1].value = (cyn_const){.kind = CYN_CONST_TEXT, .s = "10", .n = 2};
    code->steps = steps;
    e->code = code;
    r->when = e;
    cyn_watch *it = watch();
    CHECK_STR(story(it, 2), "2 fired low{channel=\"tv\"}!");
    CHECK_INT(w.judged, 3 + 2); /* those that were reported */
    cyn_watch_free(it);
    end();
}

static unsigned long state = 42;
static unsigned dice(unsigned n)
{
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    return (unsigned)(state >> 33) % n;
}

static void random_values(void)
{
    set_segments(SEGMENTS);
    w.ndays = 40;
    for (size_t d = 0; d < w.ndays; d++)
        for (size_t i = 0; i < SEGMENTS; i++)
            w.values[d][i] = dice(6) == 0 ? NAN : dice(20);
}

static void random_rules(void)
{
    for (int i = 0; i < 3; i++) {
        cyn_rule *r = i ? rule_by(i == 1 ? "one" : "two") : rule("whole");
        cyn_rule_level *levels = CYN_NEW_ARRAY(w.arena, 2, cyn_rule_level);
        levels[0] = (cyn_rule_level){CYN_WARNING, below(4 + dice(10))};
        levels[1] = (cyn_rule_level){CYN_CRITICAL, below(1 + dice(4))};
        r->when = dice(2) ? below(10) : NULL;
        r->levels = levels;
        r->nlevels = 2;
        r->policy.hold = (int64_t)dice(3) * CYN_DAY;
        r->policy.keep = (int64_t)dice(3) * CYN_DAY;
        r->policy.no_data = (cyn_alert_instead)dice(3);
    }
}

static void test_the_interpreter_and_vectors_see_the_same(void)
{
    begin();
    for (int round = 0; round < 20; round++) {
        w.nrules = 0;
        random_values();
        random_rules();
        cyn_watch *one = watch_with(false), *two = watch_with(true);
        const char *vectors = story(one, 40);
        size_t judged = w.judged;
        CHECK_STR(story(two, 40), vectors);
        CHECK(w.judged > judged);
        cyn_watch_free(one);
        cyn_watch_free(two);
    }
    end();
}

/* Puts everything away and takes it back, as a restart does. */
static cyn_watch *restarted(cyn_watch *before, int64_t slot)
{
    const cyn_watch_alert *all;
    size_t n;
    cyn_watch *after = watch();
    CHECK_INT(cyn_watch_alerts(before, w.arena, &all, &n, NULL), CYN_OK);
    for (size_t i = 0; i < w.nrules; i++)
        CHECK_INT(cyn_watch_restore_rule(after, w.rules[i]->name, slot, NULL), CYN_OK);
    for (size_t i = 0; i < n; i++)
        CHECK_INT(cyn_watch_restore_alert(after, all[i].rule_name, all[i].labels, all[i].nlabels,
                                          &all[i].alert, &all[i].told, NULL),
                  CYN_OK);
    cyn_watch_free(before);
    return after;
}

/* Which events there are, and their keys; not their order among alerts that are not reported. */
static void add_keys(cyn_buf *b, const cyn_watch_result *r)
{
    uint64_t sum[2] = {0, 0};
    for (size_t i = 0; i < r->nevents; i++) {
        uint64_t bits[2];
        memcpy(bits, r->events[i].notice.key, sizeof bits);
        sum[0] += bits[0] * 31 + (uint64_t)r->events[i].event.what * 2 + r->events[i].tell;
        sum[1] ^= bits[1];
    }
    cyn_buf_printf(b, "%zu %llx %llx\n", r->nevents, (unsigned long long)sum[0],
                   (unsigned long long)sum[1]);
}

static void test_restarts_change_no_event(void) /* A31 */
{
    begin();
    for (int round = 0; round < 20; round++) {
        w.nrules = 0;
        random_values();
        random_rules();
        cyn_buf straight = {0}, broken = {0};
        cyn_watch *one = watch(), *two = watch();
        for (int64_t d = 1; d <= 40; d++) {
            cyn_watch_result a = run(one, DAY(d)), b = run(two, DAY(d));
            add_keys(&straight, &a);
            add_keys(&broken, &b);
            if (dice(3) == 0) two = restarted(two, DAY(d));
        }
        CHECK_STR(broken.data, straight.data);
        cyn_buf_clear(&straight);
        cyn_buf_clear(&broken);
        cyn_watch_free(one);
        cyn_watch_free(two);
    }
    end();
}

static void test_after_flapping_what_it_is_gets_told(void)
{
    begin();
    w.ndays = 60;
    w.nsegments = 1;
    for (int d = 0; d < 60; d++)
        w.values[d][0] = d < 20 && d % 2 ? 20 : 5;
    rule("low");
    cyn_watch *it = watch();
    bool firing = false, damped = false;
    size_t quiet = 0;
    for (int64_t d = 1; d <= 60; d++) {
        cyn_watch_result r = run(it, DAY(d));
        for (size_t i = 0; i < r.nevents; i++) {
            if (r.events[i].tell) firing = r.events[i].notice.firing;
            if (r.events[i].event.what == CYN_ALERT_DAMPED) damped = true;
            quiet += r.events[i].event.quiet;
        }
    }
    CHECK(damped);
    CHECK(quiet > 2);
    CHECK(firing); /* A30: it fires, and that is what was told last */
    cyn_watch_free(it);
    end();
}

/* Flaps until `last`, then stays at what it is; restarted while it is damped. How often it is told
 * after that. */
static size_t told_after_restart(double last)
{
    w.ndays = 60;
    w.nsegments = 1;
    for (int d = 0; d < 60; d++)
        w.values[d][0] = d >= 20 ? last : d % 2 ? 20 : 5;
    cyn_watch *it = watch();
    bool firing = true;
    size_t told = 0;
    for (int64_t d = 1; d <= 60; d++) {
        cyn_watch_result r = run(it, DAY(d));
        for (size_t i = 0; i < r.nevents; i++) {
            if (d <= 15 && r.events[i].tell) firing = r.events[i].notice.firing;
            told += d > 15 && r.events[i].tell;
        }
        if (d == 15) it = restarted(it, DAY(d));
    }
    cyn_watch_free(it);
    CHECK(!firing); /* the last that was told: it is resolved */
    return told;
}

static void test_what_was_told_survives_a_restart(void) /* A30, A31 */
{
    begin();
    rule("low");
    CHECK_INT(told_after_restart(20), 0);
    CHECK_INT(told_after_restart(5), 1); /* it fires */
    end();
}

static void test_exhausted_memory_is_an_error_and_nothing_leaks(void)
{
    begin();
    set_segments(SEGMENTS);
    w.values[1][0] = w.values[1][5] = 3;
    rule_by("low")->summary.en = "{channel}: {value}, {change_1d}";
    static const char *const by[] = {"channel"};
    cyn_series_request request = {.metric = &w.metric,
                                  .grain = {CYN_DAILY, 1},
                                  .dims = by,
                                  .ndims = 1,
                                  .lookback = 2,
                                  .from = DAY(2),
                                  .to = DAY(2)};
    w.fixed = series_of(&request, w.arena);
    cyn_watch_options options = {.rules = w.rules, .nrules = w.nrules};
    cyn_code code = CYN_E_NOMEM;
    size_t n = 0;
    while (code != CYN_OK && n < 10000) {
        cyn_watch *it = NULL;
        cyn_watch_result r = {0};
        cyn_arena *arena = cyn_arena_new(0);
        cyn_test_fail_after(++n);
        code = cyn_watch_new(&w.project, &options, &it, NULL);
        if (code == CYN_OK) code = cyn_watch_run(it, DAY(2), source, arena, &r, NULL);
        cyn_test_fail_after(0);
        CHECK(code == CYN_E_NOMEM || (code == CYN_OK && r.nevents == 2));
        cyn_watch_free(it);
        cyn_arena_free(arena);
    }
    CHECK_INT(code, CYN_OK);
    CHECK(n > 20);
    end();
}

int main(void)
{
    RUN(test_fires_and_resolves);
    RUN(test_holds_before_it_fires);
    RUN(test_the_worst_level_that_holds_counts);
    RUN(test_between_the_thresholds_it_goes_on);
    RUN(test_a_notice_says_what_decided);
    RUN(test_each_segment_is_an_alert);
    RUN(test_only_alerts_that_are_something_are_kept);
    RUN(test_a_segment_that_is_gone_is_resolved_in_the_end);
    RUN(test_no_data_at_all_follows_the_policy);
    RUN(test_readings_without_value_are_judged_without);
    RUN(test_a_rule_that_fails_leaves_the_others_alone);
    RUN(test_a_series_that_fails_is_an_error_of_its_rules);
    RUN(test_two_segments_alike_are_an_error_of_their_rule);
    RUN(test_two_segments_alike_may_fire_as_an_error);
    RUN(test_a_slot_that_failed_is_tried_again);
    RUN(test_a_slot_that_failed_for_good_was_missed);
    RUN(test_an_error_that_counts_as_something_was_an_evaluation);
    RUN(test_a_broken_rule_is_no_reason_to_retry);
    RUN(test_rules_alike_share_a_series);
    RUN(test_what_depends_on_something_that_fires_is_frozen);
    RUN(test_nothing_begins_while_it_is_frozen);
    RUN(test_a_rule_without_an_alert_says_by_whom_it_is_frozen);
    RUN(test_rules_evaluated_under_a_later_clock_wait_for_it);
    RUN(test_a_circle_is_an_error_of_its_rules);
    RUN(test_off_duty_nothing_is_evaluated_or_missed);
    RUN(test_a_slot_is_evaluated_once);
    RUN(test_alerts_of_a_rule_that_is_gone_are_withdrawn);
    RUN(test_alerts_of_other_dimensions_are_no_longer_reported);
    RUN(test_nothing_is_withdrawn_while_a_script_fails);
    RUN(test_two_watches_share_the_rules_of_a_project);
    RUN(test_a_watch_may_have_no_rules);
    RUN(test_rules_that_depend_on_each_other_are_a_bundle);
    RUN(test_a_script_may_look_further_back_than_was_known);
    RUN(test_an_error_of_a_round_that_is_done_again_is_forgotten);
    RUN(test_rows_that_escape_are_asked_of_the_interpreter);
    RUN(test_the_interpreter_and_vectors_see_the_same);
    RUN(test_restarts_change_no_event);
    RUN(test_after_flapping_what_it_is_gets_told);
    RUN(test_what_was_told_survives_a_restart);
    RUN(test_exhausted_memory_is_an_error_and_nothing_leaks);
    return test_end();
}
