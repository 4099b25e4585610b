#include "report/goal_impl.h"
#include "report/grid_impl.h"
#include "report/json_impl.h"
#include <math.h>
#include <string.h>

#define BAR 10 /* cells */

/* ---- words ---- */

static const struct {
    const char *mark, *en, *ja, *sgr;
} looks[] = {
    [CYN_PACE_NONE] = {"", "", "", NULL},
    [CYN_PACE_REACHED] = {"✓", "reached", "達成", "32"},
    [CYN_PACE_AHEAD] = {"●", "ahead", "順調", "32"},
    [CYN_PACE_BEHIND] = {"▼", "behind", "遅れ", "31"},
    [CYN_PACE_RISK] = {"▲", "at risk", "未達の恐れ", "33"},
    [CYN_PACE_MISSED] = {"✗", "missed", "未達", "31"},
};

void cyn_put_pace(cyn_pace_state s, const cyn_report_options *opts, cyn_buf *out)
{
    if (s == CYN_PACE_NONE) return;
    if (!opts->ascii) cyn_buf_printf(out, "%s ", looks[s].mark);
    cyn_buf_puts(out, cyn_report_words(opts, looks[s].en, looks[s].ja));
}

const char *cyn_pace_sgr(cyn_pace_state s)
{
    return looks[s].sgr;
}

static void put_none(const cyn_report_options *opts, cyn_buf *out)
{
    cyn_buf_puts(out, opts->ascii ? "-" : "–");
}

/* ---- numbers ---- */

/* Whole percents, cut: 99.6 % is not yet 100 %. */
void cyn_put_progress(double progress, const cyn_report_options *opts, cyn_buf *out)
{
    if (isnan(progress)) {
        put_none(opts, out);
        return;
    }
    double percent = floor(progress * 100 + 1e-9);
    size_t full = (size_t)fmin(fmax(percent / 100 * BAR, 0), BAR);
    cyn_buf_repeat(out, opts->ascii ? "#" : "█", full);
    cyn_buf_repeat(out, opts->ascii ? "." : "░", BAR - full);
    cyn_buf_printf(out, fabs(percent) < 1e6 ? " %3.0f" : " %.2g", percent);
    cyn_buf_puts(out, cyn_report_words(opts, " %", "%"));
}

static void put_value(const cyn_goal *g, cyn_num n, const cyn_report_options *opts, cyn_buf *out)
{
    cyn_put_value(n, g->metric->sheet.unit, opts->language, opts->ascii, out);
}

void cyn_put_goal_value(const cyn_goal *g, const cyn_report_options *opts, cyn_buf *out)
{
    if (g->error)
        cyn_buf_puts(out, cyn_report_words(opts, "error", "エラー"));
    else
        put_value(g, g->value, opts, out);
}

void cyn_put_goal_expected(const cyn_goal *g, const cyn_report_options *opts, cyn_buf *out)
{
    put_value(g, g->has_line ? cyn_num_real(g->pace.expected) : CYN_MISSING, opts, out);
}

void cyn_put_goal_target(const cyn_goal *g, const cyn_report_options *opts, cyn_buf *out)
{
    if (!g->has_line) {
        put_none(opts, out);
    } else if (g->line.range.set) {
        put_value(g, cyn_written_num(g->line.range.lo), opts, out);
        cyn_buf_puts(out, opts->ascii ? " .. " : " … ");
        put_value(g, cyn_written_num(g->line.range.hi), opts, out);
    } else {
        put_value(g, cyn_written_num(g->line.to), opts, out);
    }
}

/* "± 2.1 pt"; an interval that was cut at 0 is not symmetric, and shows its ends. */
static void put_interval(const cyn_goal *g, const cyn_report_options *opts, cyn_buf *out)
{
    const cyn_forecast *f = &g->pace.at_deadline;
    double up = f->high - f->value, down = f->value - f->low;
    if (fabs(up - down) > 1e-9 * (f->high - f->low)) {
        cyn_buf_puts(out, " (");
        put_value(g, cyn_num_real(f->low), opts, out);
        cyn_buf_puts(out, opts->ascii ? " .. " : " … ");
        put_value(g, cyn_num_real(f->high), opts, out);
        cyn_buf_putc(out, ')');
        return;
    }
    cyn_buf spread = {0};
    cyn_put_difference(cyn_num_real(up), g->metric->sheet.unit, opts->language, opts->ascii,
                       &spread);
    const char *text = spread.data ? spread.data : "0";
    cyn_buf_printf(out, "%s%s", opts->ascii ? " +- " : " ± ", text + (*text == '+'));
    if (spread.failed) out->failed = true;
    cyn_buf_clear(&spread);
}

void cyn_put_goal_forecast(const cyn_goal *g, const cyn_report_options *opts, cyn_buf *out)
{
    const cyn_forecast *f = &g->pace.at_deadline;
    if (!g->has_line || f->method == CYN_FORECAST_NONE) {
        put_none(opts, out);
        return;
    }
    put_value(g, cyn_num_real(f->value), opts, out);
    put_interval(g, opts, out);
}

void cyn_put_date(bool given, int64_t date, const cyn_report_options *opts, cyn_buf *out)
{
    char text[40];
    cyn_format_date(date, text, sizeof text);
    if (given)
        cyn_buf_puts(out, text);
    else
        put_none(opts, out);
}

/* ---- JSON ---- */

void cyn_json_date(cyn_buf *b, const char *name, bool given, int64_t date)
{
    char text[40];
    cyn_format_date(date, text, sizeof text);
    cyn_json_text(b, name, given ? text : NULL);
}

static void json_line(cyn_buf *b, const cyn_goal_line *g)
{
    cyn_json_key(b, "target");
    cyn_buf_puts(b, "{\"to\":");
    cyn_buf_real(b, g->to);
    cyn_json_real(b, "from", g->has_from ? g->from : NAN);
    cyn_json_date(b, "since", g->has_since, g->since);
    cyn_json_date(b, "by", g->has_by, g->by);
    cyn_json_text(b, "direction", cyn_direction_names[g->direction]);
    cyn_json_real(b, "low", g->range.set ? g->range.lo : NAN);
    cyn_json_real(b, "high", g->range.set ? g->range.hi : NAN);
    cyn_buf_putc(b, '}');
}

static void json_forecast(cyn_buf *b, const cyn_forecast *f)
{
    cyn_json_key(b, "at_deadline");
    if (f->method == CYN_FORECAST_NONE) {
        cyn_buf_puts(b, "null");
        return;
    }
    cyn_buf_puts(b, "{\"value\":");
    cyn_buf_real(b, f->value);
    cyn_json_real(b, "low", f->low);
    cyn_json_real(b, "high", f->high);
    cyn_json_text(b, "method", cyn_forecast_names[f->method]);
    cyn_json_real(b, "alpha", f->alpha);
    cyn_json_real(b, "beta", f->beta);
    cyn_json_real(b, "gamma", f->method == CYN_FORECAST_HOLT_WINTERS ? f->gamma : NAN);
    cyn_json_number(b, "n", cyn_num_integer((int64_t)f->n));
    cyn_buf_putc(b, '}');
}

void cyn_json_goal(cyn_buf *b, const cyn_goal *g, const cyn_calendar *cal)
{
    char grain[16], label[64];
    cyn_format_grain(g->period.grain, grain);
    cyn_period_label(cal, g->period, label, sizeof label);
    cyn_json_text(b, "grain", grain);
    cyn_json_text(b, "period", label);
    cyn_json_number(b, "value", g->value);
    if (g->has_line) {
        json_line(b, &g->line);
        cyn_json_real(b, "progress", g->pace.progress);
        cyn_json_real(b, "expected", g->pace.expected);
        cyn_json_text(b, "state", cyn_pace_names[g->pace.state]);
        json_forecast(b, &g->pace.at_deadline);
    } else {
        cyn_json_text(b, "target", NULL);
    }
    if (g->error) cyn_json_error(b, "error", g->error);
}
