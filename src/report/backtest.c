#include "report/backtest.h"
#include "base/text.h"
#include "report/backtest_impl.h"
#include <math.h>
#include <string.h>

/* ---- words ---- */

void cyn_put_delay(const cyn_backtest_words *w, int64_t micros, cyn_buf *out)
{
    if (micros < 0) cyn_buf_putc(out, '-');
    cyn_put_length(micros < 0 ? -micros : micros, w->opts->language, out);
}

void cyn_put_segment(const cyn_backtest_result *r, const cyn_alert_label *labels, size_t n,
                     cyn_buf *out)
{
    if (n == 0) cyn_clean_text(r->rule->name, strlen(r->rule->name), out);
    cyn_put_labels(labels, n, out);
}

/* "75.0 % (3 of 4; 95 %: 30.1 to 95.4 %)" */
static void put_share(const cyn_backtest_words *w, const cyn_backtest_share *s, cyn_buf *out)
{
    if (s->n == 0) {
        cyn_buf_puts(out, w->opts->ascii ? "-" : "–");
        return;
    }
    cyn_buf_printf(out,
                   w->ja ? "%.1f%%（%zu/%zu、95%%区間 %.0f〜%.0f%%）"
                         : "%.1f %% (%zu of %zu; 95 %%: %.0f to %.0f %%)",
                   100 * s->share, s->k, s->n, 100 * s->low, 100 * s->high);
}

/* ---- the head ---- */

static void put_settings(const cyn_backtest_words *w, cyn_buf *out)
{
    const cyn_backtest_view *v = w->view;
    for (size_t i = 0; v->result && i < v->nsettings; i++) {
        cyn_buf_puts(out, i ? ", " : cyn_backtest_say(w, " with ", "（"));
        cyn_clean_text(v->settings[i], strlen(v->settings[i]), out);
        cyn_buf_putc(out, '=');
        cyn_clean_text(v->values[i], strlen(v->values[i]), out);
    }
    if (v->result && v->nsettings) cyn_buf_puts(out, cyn_backtest_say(w, "", "）"));
}

/* "0.14", "3.5", "120" */
static void put_rate(double rate, cyn_buf *out)
{
    cyn_buf_printf(out, rate < 10 ? "%.2g" : "%.0f", rate);
}

static void put_counts(const cyn_backtest_words *w, const cyn_backtest_result *r, cyn_buf *out)
{
    double share = (double)r->firing / ((double)r->to - (double)r->from);
    if (w->ja)
        cyn_buf_printf(out, "インシデント%zu件、通知%zu回（週", r->nincidents, r->pages);
    else
        cyn_buf_printf(out, "%zu incident%s, %zu page%s (", r->nincidents,
                       r->nincidents == 1 ? "" : "s", r->pages, r->pages == 1 ? "" : "s");
    put_rate(r->pages_per_week, out);
    cyn_buf_puts(out, cyn_backtest_say(w, " a week), firing ", "回）、発火 "));
    cyn_put_length(r->firing, w->opts->language, out);
    cyn_buf_printf(out, w->ja ? "（%.1f%%）" : " (%.1f %%)", 100 * share);
}

/* "aha_drop, 2026-01-05 00:00 to 2026-11-22 00:00: 12 incidents, …" */
static void put_head(const cyn_backtest_words *w, const cyn_backtest_result *r, cyn_buf *out)
{
    bool markdown = w->opts->format == CYN_FORMAT_MARKDOWN;
    cyn_buf line = {0};
    cyn_clean_text(r->rule->name, strlen(r->rule->name), &line);
    put_settings(w, &line);
    cyn_buf_puts(&line, cyn_backtest_say(w, ", ", " "));
    cyn_put_moment(r->from, w->opts, &line);
    cyn_buf_puts(&line, cyn_backtest_say(w, " to ", "〜"));
    cyn_put_moment(r->to, w->opts, &line);
    if (w->view->result) {
        cyn_buf_puts(&line, cyn_backtest_say(w, ": ", "："));
        put_counts(w, r, &line);
    }
    if (line.failed) out->failed = true;
    bool bold = w->opts->colour && !markdown;
    cyn_buf_puts(out, markdown ? "**" : bold ? "\033[1m" : "");
    if (markdown)
        cyn_put_markdown(line.data ? line.data : "", line.len, out);
    else if (line.len)
        cyn_buf_add(out, line.data, line.len);
    cyn_buf_puts(out, markdown ? "**\n" : bold ? "\033[0m\n" : "\n");
    cyn_buf_clear(&line);
}

/* ---- what follows ---- */

/* Slots at which nothing could be judged. */
static void put_unjudged(const cyn_backtest_words *w, const cyn_backtest_result *r, cyn_buf *out)
{
    unsigned long long slots = r->slots, no_data = r->no_data, errors = r->errors;
    unsigned long long frozen = r->frozen;
    if (slots == 0)
        cyn_buf_puts(out, cyn_backtest_say(w, "\nThe rule has no evaluation in this time.\n",
                                           "\nこの期間に評価はありません。\n"));
    if (no_data)
        cyn_buf_printf(out,
                       w->ja ? "\n評価%llu回のうち%llu回はデータがありませんでした。\n"
                             : "\nOf %llu evaluations %llu had no data.\n",
                       slots, no_data);
    if (errors)
        cyn_buf_printf(out,
                       w->ja ? "\n評価%llu回のうち%llu回は失敗しました。\n"
                             : "\nOf %llu evaluations %llu failed.\n",
                       slots, errors);
    if (frozen)
        cyn_buf_printf(out,
                       w->ja ? "\n評価%llu回のうち%llu回は依存先の発火中で、凍結されていました。\n"
                             : "\nOf %llu evaluations %llu were frozen by a rule that fired.\n",
                       slots, frozen);
}

/* Begins a figure's line. */
static void put_figure(const cyn_backtest_words *w, const char *en, const char *ja, cyn_buf *out)
{
    cyn_buf_puts(out, w->opts->format == CYN_FORMAT_MARKDOWN ? "\n- " : "\n");
    cyn_buf_puts(out, cyn_backtest_say(w, en, ja));
}

static void put_score(const cyn_backtest_words *w, const cyn_backtest_score *s, cyn_buf *out)
{
    put_figure(w, "precision  ", "適合率  ", out);
    put_share(w, &s->precision, out);
    put_figure(w, "recall     ", "再現率  ", out);
    put_share(w, &s->recall, out);
    put_figure(w, "delay      ", "遅れ    ", out);
    if (s->delay == CYN_ALERT_NEVER) {
        cyn_buf_puts(out, w->opts->ascii ? "-" : "–");
    } else {
        cyn_buf_puts(out, cyn_backtest_say(w, "median ", "中央値 "));
        cyn_put_delay(w, s->delay, out);
        cyn_buf_printf(out, w->ja ? "（n = %zu）" : " (n = %zu)", s->recall.k);
    }
    put_figure(w, "tolerance  ", "許容    ", out);
    cyn_put_length(s->tolerance, w->opts->language, out);
    cyn_buf_putc(out, '\n');
    if (s->outside)
        cyn_buf_printf(out,
                       w->ja ? "\n期間外に始まるため数えない既知のインシデント：%zu件\n"
                             : "\nKnown incidents that begin outside of this time, and do not "
                               "count: %zu\n",
                       s->outside);
}

static cyn_code write_single(const cyn_backtest_words *w, cyn_buf *out, cyn_err *err)
{
    const cyn_backtest_result *r = w->view->result;
    put_head(w, r, out);
    CYN_TRY(cyn_backtest_timeline(w, out, err));
    if (r->nincidents) CYN_TRY(cyn_backtest_incidents(w, out, err));
    if (r->score.nmatches) CYN_TRY(cyn_backtest_known(w, out, err));
    if (r->score.given) put_score(w, &r->score, out);
    put_unjudged(w, r, out);
    return CYN_OK;
}

static cyn_code write_sweep(const cyn_backtest_words *w, cyn_buf *out, cyn_err *err)
{
    const cyn_backtest_result *first = &w->view->trials[0].result;
    put_head(w, first, out);
    cyn_buf_putc(out, '\n');
    CYN_TRY(cyn_backtest_sweep(w, out, err));
    cyn_buf_puts(out, w->opts->ascii ? "\n* " : "\n◆ ");
    cyn_buf_puts(out, cyn_backtest_say(w, "the rule as it is\n", "ルール本来の設定\n"));
    if (first->score.given) {
        cyn_buf_printf(
            out, w->ja ? "既知のインシデント%zu件、許容 " : "known incidents: %zu, tolerance ",
            first->score.nmatches - first->score.outside);
        cyn_put_length(first->score.tolerance, w->opts->language, out);
        cyn_buf_putc(out, '\n');
    }
    return CYN_OK;
}

cyn_code cyn_report_backtest(const cyn_backtest_view *view, const cyn_report_options *opts,
                             cyn_buf *out, cyn_err *err)
{
    cyn_backtest_words w = {.view = view, .opts = opts, .ja = cyn_is_japanese(opts->language)};
    switch (opts->format) {
    case CYN_FORMAT_JSON: cyn_backtest_json(&w, out); break;
    case CYN_FORMAT_CSV:
        return cyn_fail(err, CYN_E_UNSUPPORTED,
                        "backtest has no CSV, expected 'table', 'json' or 'markdown'");
    case CYN_FORMAT_TABLE:
    case CYN_FORMAT_MARKDOWN:
        CYN_TRY(view->result ? write_single(&w, out, err) : write_sweep(&w, out, err));
        break;
    }
    return cyn_buf_check(out, err);
}
