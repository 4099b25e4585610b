/* A made-up company for the tests of pages: metrics of every sort, with two years of weeks. */
#pragma once
#include "../report/views.h"
#include "alert/mute.h"
#include "page/page.h"
#include <math.h>
#include <stdio.h>

#define WEEKS 104

typedef struct sample {
    cyn_arena *arena;
    cyn_page_site site;
    cyn_page_data data;
} sample;

static const char *const sample_dims[] = {"channel"};

/* Noise that is the same on every machine. */
static double sample_noise(size_t seed)
{
    uint64_t x = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    x ^= x >> 29;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    return (double)(x >> 40) / (1 << 24) - 0.5;
}

static cyn_num sample_number(double x, const char *unit)
{
    return unit && !strcmp(unit, "%") ? cyn_num_real(x) : cyn_num_integer((int64_t)x);
}

typedef struct sample_shape {
    cyn_metric metric;
    double level, growth, noise; /* of the values; growth over all weeks */
} sample_shape;

static cyn_point *sample_points(sample *s, const sample_shape *shape, const cyn_num *values,
                                cyn_period last)
{
    cyn_point *p = CYN_NEW_ARRAY(s->arena, 6, cyn_point);
    const char *unit = shape->metric.sheet.unit;
    static const char *const names[] = {"ads", "口コミ", "<b>seo</b>"};
    static const double shares[] = {0.5, 0.3, 0.2};
    double now = cyn_num_double(values[WEEKS - 1]);
    bool additive = !unit || strcmp(unit, "%") != 0;
    p[0] = (cyn_point){.metric = &shape->metric,
                       .period = last,
                       .value = values[WEEKS - 1],
                       .previous = values[WEEKS - 2],
                       .last_year = values[WEEKS - 53]};
    p[0].status = cyn_sheet_status(&shape->metric.sheet, now);
    p[1] = (cyn_point){.metric = &shape->metric,
                       .period = cyn_period_shift(s->site.calendar, last, 1),
                       .value = sample_number(additive ? now * 0.6 : now * 1.02, unit),
                       .previous = sample_number(additive ? now * 0.55 : now, unit),
                       .partial = true};
    for (size_t i = 0; i < 3; i++) {
        cyn_const *key = CYN_NEW(s->arena, cyn_const);
        *key = (cyn_const){.kind = CYN_CONST_TEXT, .s = names[i], .n = strlen(names[i])};
        double x = additive ? now * shares[i] : now * (0.8 + shares[i]);
        p[2 + i] = (cyn_point){.metric = &shape->metric,
                               .period = last,
                               .nkeys = 1,
                               .dims = sample_dims,
                               .keys = key,
                               .value = sample_number(x, unit),
                               .previous = sample_number(x * 0.97, unit),
                               .of_part = additive};
    }
    return p;
}

static const char *const sample_parts[] = {"lesson_users", "d1_retention", "nobody_knows"};
static const char *const sample_parents[] = {"revenue"};

static void sample_fill(sample *s, const sample_shape *shape, size_t index, cyn_period last,
                        cyn_page_metric *out)
{
    const char *unit = shape->metric.sheet.unit;
    cyn_period *periods = CYN_NEW_ARRAY(s->arena, WEEKS, cyn_period);
    cyn_num *values = CYN_NEW_ARRAY(s->arena, WEEKS, cyn_num);
    for (size_t i = 0; i < WEEKS; i++) {
        double t = (double)i / (WEEKS - 1);
        double x =
            shape->level * (1 + shape->growth * t + shape->noise * sample_noise(index * 1000 + i) +
                            0.04 * sin((double)i / 52 * 6.28));
        periods[i] = cyn_period_shift(s->site.calendar, last, (int)i - (WEEKS - 1));
        values[i] = index % 7 == 3 && i == 60 ? CYN_MISSING : sample_number(x, unit);
    }
    cyn_point *p = sample_points(s, shape, values, last);
    *out = (cyn_page_metric){.metric = &shape->metric,
                             .ended = &p[0],
                             .running = &p[1],
                             .periods = periods,
                             .values = values,
                             .nvalues = WEEKS,
                             .segments = &p[2],
                             .nsegments = 3,
                             .formula = "distinct(events where event == 'lesson_done', user_id)",
                             .parents = sample_parents,
                             .nparents = 1,
                             .parts = sample_parts,
                             .nparts = 3};
}

static const cyn_sheet sample_sheets[] = {
    {.title = {"Weekly learners", "週間学習者数"},
     .role = CYN_NSM,
     .layer = CYN_COINCIDENT,
     .lens = CYN_BREADTH,
     .direction = CYN_UP,
     .unit = "users",
     .why = "Learners who come back are what all else follows from.",
     .owner = "growth",
     .formula_text = "learners with a finished lesson in the week",
     .has_target = true,
     .target_from = 9000,
     .target = 15000,
     .has_target_by = true,
     .target_by = 20818,
     .has_target_since = true,
     .target_since = 20270,
     .green = {.set = true, .lo = 12000},
     .yellow = {.set = true, .lo = 10000}},
    {.title = {"Aha rate", "Aha到達率"},
     .role = CYN_KPI,
     .layer = CYN_LEADING,
     .direction = CYN_UP,
     .unit = "%",
     .target_from = NAN,
     .has_target = true,
     .target = 0.4,
     .green = {.set = true, .lo = 0.4},
     .yellow = {.set = true, .lo = 0.35}},
    {.title = {"Learners with a lesson", "レッスン利用者"},
     .layer = CYN_LEADING,
     .direction = CYN_UP,
     .unit = "users"},
    {.title = {"D1 retention", "翌日継続率"},
     .layer = CYN_COINCIDENT,
     .direction = CYN_UP,
     .unit = "%",
     .green = {.set = true, .lo = 0.3},
     .yellow = {.set = true, .lo = 0.25}},
    {.title = {"Revenue", "売上"},
     .role = CYN_KGI,
     .layer = CYN_LAGGING,
     .direction = CYN_UP,
     .unit = "JPY",
     .target_from = NAN,
     .has_target = true,
     .target = 5000000,
     .has_market = true,
     .market = 4800000},
    {.title = {"Churn", "解約率"},
     .role = CYN_GUARDRAIL,
     .layer = CYN_LAGGING,
     .direction = CYN_DOWN,
     .unit = "%",
     .green = {.set = true, .lo = 0.04},
     .yellow = {.set = true, .lo = 0.05}},
    {.title = {"Time to value", "価値到達時間"},
     .direction = CYN_RANGE,
     .unit = "h",
     .green = {.set = true, .two = true, .lo = 2, .hi = 6},
     .yellow = {.set = true, .two = true, .lo = 1, .hi = 12}},
};
static const struct {
    const char *name;
    double level, growth, noise;
} sample_numbers[] = {{"weekly_learners", 9500, 0.35, 0.06}, {"aha_rate", 0.33, 0.15, 0.12},
                      {"lesson_users", 21000, 0.3, 0.08},    {"d1_retention", 0.24, 0.05, 0.1},
                      {"revenue", 3900000, 0.25, 0.08},      {"churn", 0.055, -0.2, 0.2},
                      {"time_to_value", 9, -0.3, 0.1}};
#define SAMPLE_SORTS (sizeof sample_sheets / sizeof *sample_sheets)

static const cyn_page_restated sample_restated[] = {
    {.period = "2026-W44", .before = INT(12600), .after = INT(12711), .at = 1794700000000000},
    {.period = "2026-W40",
     .before = INT(11800),
     .after = INT(11900),
     .at = 1792800000000000,
     .redefined = true},
};

static cyn_page_event sample_events[] = {
    {1747000000000000, "count lessons of at least a minute", CYN_PAGE_SEAM},
    {1762000000000000, "新しいオンボーディング", CYN_PAGE_NOTE},
    {1775000000000000, "Aha rate drops <in ads>", CYN_PAGE_FIRED},
    {1790000000000000, "Campaign “Autumn”", CYN_PAGE_NOTE},
    {1793000000000000, "Aha rate drops", CYN_PAGE_FIRED},
    {1000000000000000, "long ago, and in no picture", CYN_PAGE_NOTE},
};

static const cyn_rule sample_rule = {.name = "aha_drop",
                                     .metric = "aha_rate",
                                     .title = {"Aha rate drops", "Aha到達率の低下"},
                                     .runbook = "https://example.org/runbooks/aha?a=1&b=2",
                                     .owner = "growth"};
static const cyn_rule sample_rule_2 = {.name = "revenue_low",
                                       .metric = "revenue",
                                       .title = {"Revenue is low", "売上の不足"},
                                       .runbook = "javascript:alert(1)"};
static const cyn_alert_label sample_labels[] = {{"channel", "ads \"x\" \\ <i>"}};

static void sample_alerts(sample *s)
{
    static const cyn_alert_silence silence = {.id = 3, .who = "kim", .why = "deploy"};
    cyn_alert_item *items = CYN_NEW_ARRAY(s->arena, 3, cyn_alert_item);
    cyn_alerts_view *view = CYN_NEW(s->arena, cyn_alerts_view);
    int64_t now = s->site.now;
    items[0] = (cyn_alert_item){.rule = &sample_rule,
                                .rule_name = "aha_drop",
                                .identity = "aha_drop{channel=\"ads\"}",
                                .labels = sample_labels,
                                .nlabels = 1,
                                .alert = {.state = CYN_ALERT_FIRING,
                                          .severity = CYN_CRITICAL,
                                          .slot = now,
                                          .since = now - 3 * CYN_HOUR,
                                          .began = now - 4 * CYN_HOUR,
                                          .start = now - 3 * CYN_HOUR},
                                .value = 0.31,
                                .target = 0.4,
                                .unit = "%",
                                .period = "2026-W46",
                                .owner = "growth",
                                .deliveries = "[{\"channel\":\"growth\",\"state\":\"sent\","
                                              "\"at\":1,\"message\":1,\"detail\":\"ok\"}]"};
    items[1] = items[0];
    items[1].rule = &sample_rule_2;
    items[1].rule_name = items[1].identity = "revenue_low";
    items[1].nlabels = 0;
    items[1].alert.severity = CYN_WARNING;
    items[1].value = 4210000;
    items[1].target = NAN;
    items[1].unit = "JPY";
    items[1].ack = (cyn_ack_item){.who = "kim <kim@example.org>", .at = now};
    items[1].muted = true;
    items[1].muting =
        (cyn_muting){.kind = CYN_MUTE_SILENCE, .until = now + CYN_HOUR, .silence = &silence};
    items[2] = items[0];
    items[2].rule = NULL;
    items[2].alert.state = CYN_ALERT_PENDING;
    items[2].alert.severity = CYN_INFO;
    cyn_rule_item *rules = CYN_NEW_ARRAY(s->arena, 2, cyn_rule_item);
    rules[0] = (cyn_rule_item){.name = "aha_drop",
                               .rule = &sample_rule,
                               .evaluated = true,
                               .slot = now,
                               .segments = 3,
                               .firing = 1};
    rules[1] = (cyn_rule_item){.name = "revenue_low",
                               .rule = &sample_rule_2,
                               .evaluated = true,
                               .health = CYN_HEALTH_ERROR,
                               .error = "attempt to compare nil with <number>",
                               .slot = now};
    *view = (cyn_alerts_view){.alerts = items,
                              .nalerts = 3,
                              .rules = rules,
                              .nrules = 2,
                              .waiting = 2,
                              .dead = 1,
                              .now = now};
    cyn_matcher *m = CYN_NEW_ARRAY(s->arena, 2, cyn_matcher);
    m[0] = (cyn_matcher){.name = "rule", .value = "aha_drop"};
    m[1] = (cyn_matcher){.name = "channel", .value = "<script>alert(1)</script>"};
    cyn_alert_silence *silences = CYN_NEW(s->arena, cyn_alert_silence);
    *silences = silence;
    silences->matchers = m;
    silences->nmatchers = 2;
    silences->from = now - CYN_HOUR;
    silences->until = now + CYN_HOUR;
    cyn_notice *notice = CYN_NEW(s->arena, cyn_notice);
    *notice = (cyn_notice){.rule = "aha_drop",
                           .metric = "aha_rate",
                           .identity = "aha_drop",
                           .labels = sample_labels,
                           .nlabels = 1,
                           .what = CYN_ALERT_FIRED,
                           .severity = CYN_CRITICAL,
                           .at = now - 3 * CYN_HOUR,
                           .value = 0.31,
                           .unit = "%",
                           .title = "Aha rate drops"};
    cyn_history_item *history = CYN_NEW(s->arena, cyn_history_item);
    *history = (cyn_history_item){.notice = notice, .nsegment = 1};
    s->data.alerts = view;
    s->data.silences = silences;
    s->data.nsilences = 1;
    s->data.history = history;
    s->data.nhistory = 1;
}

static void sample_agenda(sample *s)
{
    cyn_agenda_item *items = CYN_NEW_ARRAY(s->arena, 4, cyn_agenda_item);
    int64_t now = s->site.now;
    items[0] = (cyn_agenda_item){.kind = CYN_AGENDA_SOURCE,
                                 .name = "events",
                                 .when = "every 1min",
                                 .next = now + 20 * CYN_SECOND,
                                 .last = now - 40 * CYN_SECOND,
                                 .took = 12000,
                                 .late = 0};
    items[1] = (cyn_agenda_item){.kind = CYN_AGENDA_METRIC,
                                 .name = "aha_rate",
                                 .when = "week + 6h",
                                 .period = "2026-W47",
                                 .next = now + 30 * CYN_HOUR,
                                 .last = now - 5 * CYN_DAY,
                                 .took = 1400000,
                                 .late = 90 * CYN_SECOND};
    items[2] = (cyn_agenda_item){.kind = CYN_AGENDA_RULE,
                                 .name = "aha_drop",
                                 .title = "Aha rate <drops>",
                                 .when = "every 1h",
                                 .next = now,
                                 .last = now - CYN_HOUR,
                                 .took = -1,
                                 .late = -1,
                                 .failures = 3,
                                 .missed = 2,
                                 .error = "metrics/aha.lua:3: attempt to index nil"};
    items[3] = (cyn_agenda_item){.kind = CYN_AGENDA_REPORT,
                                 .name = "weekly",
                                 .when = "0 9 * * MON",
                                 .next = CYN_TIME_MAX,
                                 .last = CYN_TIME_MIN,
                                 .took = -1,
                                 .late = -1};
    s->data.agenda = items;
    s->data.nagenda = 4;
}

/* n metrics, of which the first are the sorts above; the calendar is that of options.h. */
static sample sample_new(const char *language, size_t n)
{
    sample s = {.arena = cyn_arena_new(0)};
    static const cyn_tree_view *const trees[] = {&revenue_view, &ratio_view};
    static const cyn_err findings[] = {{.code = CYN_E_NAME,
                                        .file = "metrics/<aha>.lua",
                                        .line = 12,
                                        .column = 3,
                                        .message = "unknown column 'amuont'",
                                        .hint = "did you mean 'amount'?"}};
    s.site = (cyn_page_site){.name = strcmp(language, "ja") ? "Learning app" : "学習アプリ",
                             .description = "What learners & teachers do.",
                             .language = language,
                             .calendar = &calendar,
                             .now = 1795100000000000, /* 2026-11-19 */
                             .as_of = 1795099000000000,
                             .made = 1795099500000000};
    cyn_period last = cyn_period_shift(
        &calendar, cyn_period_at(&calendar, (cyn_grain){CYN_WEEK, 1}, s.site.now), -1);
    sample_shape *shapes = CYN_NEW_ARRAY(s.arena, n, sample_shape);
    cyn_page_metric *metrics = CYN_NEW_ARRAY(s.arena, n, cyn_page_metric);
    for (size_t i = 0; i < n; i++) {
        size_t sort = i < SAMPLE_SORTS ? i : 1 + i % (SAMPLE_SORTS - 1);
        shapes[i] = (sample_shape){.level = sample_numbers[sort].level,
                                   .growth = sample_numbers[sort].growth,
                                   .noise = sample_numbers[sort].noise};
        shapes[i].metric.name = i < SAMPLE_SORTS
                                    ? sample_numbers[sort].name
                                    : cyn_sprintf(s.arena, "%s_%zu", sample_numbers[sort].name, i);
        shapes[i].metric.sheet = sample_sheets[sort];
        sample_fill(&s, &shapes[i], i, last, &metrics[i]);
        metrics[i].restated = sample_restated;
        metrics[i].nrestated = i == 0 ? 2 : 0;
        metrics[i].events = sample_events;
        metrics[i].nevents = i < 2 ? sizeof sample_events / sizeof *sample_events : 0;
    }
    s.data = (cyn_page_data){.metrics = metrics,
                             .nmetrics = n,
                             .trees = trees,
                             .ntrees = 2,
                             .findings = findings,
                             .nfindings = 1};
    sample_alerts(&s);
    sample_agenda(&s);
    return s;
}

static const cyn_page_fact sample_facts[] = {{"state.db", "12 MiB, writable", CYN_FACT_GOOD},
                                             {"metrics lane", "stuck for 3 min <!--", CYN_FACT_BAD},
                                             {"started", "2026-11-01 09:00", CYN_FACT_PLAIN}};
