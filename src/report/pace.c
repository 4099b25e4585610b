#include "report/pace.h"
#include "report/failures.h"
#include "report/goal_impl.h"
#include "report/grid_impl.h"
#include "report/json_impl.h"
#include <math.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { METRIC, PERIOD, VALUE, EXPECTED, TARGET, BY, PROGRESS, PACE, FORECAST, METHOD };
static const cyn_grid_head heads[] = {
    [METRIC] = {"METRIC", "指標", CYN_LEFT, 0, true},
    [PERIOD] = {"PERIOD", "期間", CYN_LEFT, 6, false},
    [VALUE] = {"VALUE", "値", CYN_RIGHT, 0, false},
    [EXPECTED] = {"EXPECTED", "現時点の目安", CYN_RIGHT, 4, false},
    [TARGET] = {"TARGET", "目標", CYN_RIGHT, 1, false},
    [BY] = {"BY", "期限", CYN_LEFT, 3, false},
    [PROGRESS] = {"PROGRESS", "進捗", CYN_LEFT, 5, false},
    [PACE] = {"PACE", "ペース", CYN_LEFT, 0, false},
    [FORECAST] = {"AT DEADLINE", "期限の予測", CYN_RIGHT, 2, false},
    [METHOD] = {"METHOD", "方法", CYN_LEFT, 7, false},
};

static const char *method_words(cyn_forecast_method m)
{
    static const char *const words[] = {"", "Holt", "Holt–Winters"};
    return words[m];
}

static void add_row(cyn_grid *g, const cyn_goal *goal)
{
    const cyn_report_options *opts = g->opts;
    const cyn_metric *m = goal->metric;
    char label[64];
    cyn_period_label(opts->calendar, goal->period, label, sizeof label);
    bool all = goal->period.grain.unit == CYN_ALL;
    const char *title = cyn_label_text(m->sheet.title, opts->language, m->name);
    cyn_put_star(m, opts->ascii, &g->cell);
    cyn_clean_text(title, strlen(title), &g->cell);
    cyn_grid_take(g, METRIC);
    cyn_grid_text(g, PERIOD, all ? cyn_report_words(opts, "all", "全期間") : label);
    cyn_put_goal_value(goal, opts, &g->cell);
    cyn_grid_take(g, VALUE);
    cyn_put_goal_expected(goal, opts, &g->cell);
    cyn_grid_take(g, EXPECTED);
    cyn_put_goal_target(goal, opts, &g->cell);
    cyn_grid_take(g, TARGET);
    cyn_put_date(goal->line.has_by, goal->line.by, opts, &g->cell);
    cyn_grid_take(g, BY);
    cyn_put_progress(goal->has_line ? goal->pace.progress : NAN, opts, &g->cell);
    cyn_grid_take(g, PROGRESS);
    cyn_put_pace(goal->pace.state, opts, &g->cell);
    cyn_grid_take(g, PACE);
    cyn_put_goal_forecast(goal, opts, &g->cell);
    cyn_grid_take(g, FORECAST);
    const char *method = method_words(goal->pace.at_deadline.method);
    cyn_grid_text(g, METHOD,
                  opts->ascii && *method ? cyn_forecast_names[goal->pace.at_deadline.method]
                                         : method);
    cyn_grid_row(g);
    const char *sgr = cyn_pace_sgr(goal->pace.state);
    if (sgr) cyn_text_table_colour(g->text, PACE, sgr);
    if (goal->error) cyn_text_table_colour(g->text, VALUE, cyn_status_looks[CYN_RED].sgr);
}

/* It is heading for a day ahead, and the history does not say where it will be then. */
static bool lacks_forecast(const cyn_goal *goal)
{
    bool open = goal->pace.state != CYN_PACE_REACHED && goal->pace.state != CYN_PACE_MISSED;
    return goal->has_line && goal->line.has_by && open && !goal->error &&
           goal->pace.at_deadline.method == CYN_FORECAST_NONE;
}

/* What the table leaves open. */
static void put_notes(const cyn_goal *goals, size_t n, const cyn_report_options *opts, cyn_buf *out)
{
    const char *item = opts->format == CYN_FORMAT_MARKDOWN ? "- " : "";
    bool forecast = false, too_short = false, no_line = false;
    for (size_t i = 0; i < n; i++) {
        forecast |= goals[i].pace.at_deadline.method != CYN_FORECAST_NONE;
        too_short |= lacks_forecast(&goals[i]);
        no_line |= goals[i].has_line && goals[i].line.has_by && isnan(goals[i].pace.expected) &&
                   (!goals[i].line.has_from || !goals[i].line.has_since);
    }
    if (forecast || too_short || no_line) cyn_buf_putc(out, '\n');
    if (forecast)
        cyn_buf_printf(out, "%s%s%s\n", item, opts->ascii ? "+-" : "±",
                       cyn_report_words(opts, ": 95 % prediction interval", "：95%予測区間"));
    if (too_short)
        cyn_buf_printf(
            out, "%s%s\n", item,
            cyn_report_words(opts, "at deadline: needs 8 periods, and as many behind as ahead",
                             "期限の予測には8期間以上、かつ期限までの期間数以上の履歴が必要です"));
    if (no_line)
        cyn_buf_printf(
            out, "%s%s\n", item,
            cyn_report_words(opts, "expected: needs the target's from and since, or a path",
                             "現時点の目安には目標の from と since（または path）が必要です"));
    cyn_failures failures = {0};
    for (size_t i = 0; i < n; i++)
        if (goals[i].error) cyn_failures_add(&failures, goals[i].metric, goals[i].error);
    if (failures.count) cyn_buf_putc(out, '\n');
    cyn_failures_write(&failures, opts, out);
    cyn_failures_clear(&failures);
}

static cyn_code write_table(const cyn_goal *goals, size_t n, const cyn_report_options *opts,
                            cyn_buf *out, cyn_err *err)
{
    cyn_grid g;
    if (n == 0) {
        cyn_buf_puts(out, cyn_report_words(opts, "No metric has a target.\n",
                                           "目標のある指標はありません。\n"));
        return CYN_OK;
    }
    CYN_TRY(cyn_grid_init(&g, heads, COUNT(heads), opts, err));
    for (size_t i = 0; i < n; i++)
        add_row(&g, &goals[i]);
    CYN_TRY(cyn_grid_write(&g, out, err));
    put_notes(goals, n, opts, out);
    return CYN_OK;
}

static void write_json(const cyn_goal *goals, size_t n, const cyn_report_options *opts,
                       cyn_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const cyn_metric *m = goals[i].metric;
        cyn_buf_puts(out, "{\"metric\":");
        cyn_buf_json_string(out, m->name, strlen(m->name));
        cyn_json_text(out, "title", cyn_label_text(m->sheet.title, opts->language, NULL));
        cyn_json_goal(out, &goals[i], opts->calendar);
        cyn_buf_puts(out, "}\n");
    }
}

cyn_code cyn_report_targets(const cyn_goal *goals, size_t n, const cyn_report_options *opts,
                            cyn_buf *out, cyn_err *err)
{
    switch (opts->format) {
    case CYN_FORMAT_TABLE:
    case CYN_FORMAT_MARKDOWN: CYN_TRY(write_table(goals, n, opts, out, err)); break;
    case CYN_FORMAT_JSON: write_json(goals, n, opts, out); break;
    case CYN_FORMAT_CSV: return cyn_fail(err, CYN_E_UNSUPPORTED, "targets are not written as CSV");
    }
    return cyn_buf_check(out, err);
}
