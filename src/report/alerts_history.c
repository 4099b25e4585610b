/* What happened: events, silences, messages that were given up. */
#include "base/text.h"
#include "report/alerts_impl.h"
#include <math.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static cyn_code unsupported(const char *what, cyn_err *err)
{
    return cyn_fail(err, CYN_E_UNSUPPORTED, "%s are not written as CSV", what);
}

/* ---- events ---- */

/* TOLD is the last one: what has just happened has not been told. */
enum { AT, EVENT, SEVERITY, RULE, SEGMENT, VALUE, PERIOD, TEXT, TOLD };
static const cyn_grid_head event_heads[] = {
    [AT] = {"AT", "時刻", CYN_LEFT, 0, false},
    [EVENT] = {"EVENT", "イベント", CYN_LEFT, 0, false},
    [SEVERITY] = {"SEVERITY", "重大度", CYN_LEFT, 1, false},
    [RULE] = {"RULE", "ルール", CYN_LEFT, 0, true},
    [SEGMENT] = {"SEGMENT", "セグメント", CYN_LEFT, 0, true},
    [VALUE] = {"VALUE", "値", CYN_RIGHT, 2, false},
    [PERIOD] = {"PERIOD", "期間", CYN_LEFT, 4, false},
    [TEXT] = {"SUMMARY", "内容", CYN_LEFT, 5, true},
    [TOLD] = {"TOLD", "通知", CYN_LEFT, 3, true},
};

static void put_event(cyn_grid *g, const cyn_notice *n)
{
    const cyn_alert_look *look = cyn_look_of_event(n->what);
    cyn_put_look(look, g->opts, &g->cell);
    if (n->what == CYN_ALERT_ENDED && n->reason > CYN_REASON_RECOVERED) {
        static const char *const ja[CYN_ALERT_REASONS] = {"",           "",       "セグメントなし",
                                                          "データなし", "エラー", "ルール削除"};
        cyn_buf_puts(&g->cell, cyn_report_words(g->opts, ": ", "："));
        cyn_buf_puts(&g->cell,
                     cyn_report_words(g->opts, cyn_alert_reason_names[n->reason], ja[n->reason]));
    }
    cyn_grid_take(g, EVENT);
}

static void add_event(cyn_grid *g, const cyn_history_item *i)
{
    const cyn_notice *n = i->notice;
    const cyn_report_options *opts = g->opts;
    const cyn_alert_look *severity = cyn_look_of_severity(n->severity);
    cyn_put_moment(n->at, opts, &g->cell);
    cyn_grid_take(g, AT);
    put_event(g, n);
    cyn_grid_text(g, SEVERITY, cyn_report_words(opts, severity->en, severity->ja));
    cyn_grid_text(g, RULE, n->rule);
    cyn_put_labels(n->labels, i->nsegment, &g->cell);
    cyn_grid_take(g, SEGMENT);
    cyn_put_reading(n->value, n->unit, opts, &g->cell);
    cyn_grid_take(g, VALUE);
    cyn_grid_text(g, PERIOD, n->period ? n->period : "");
    cyn_grid_text(g, TEXT, n->summary ? n->summary : "");
    if (i->deliveries) {
        if (i->quiet)
            cyn_buf_puts(&g->cell, cyn_report_words(opts, "nobody: quiet", "通知なし（抑制中）"));
        else
            cyn_put_deliveries(i->deliveries, opts, &g->cell);
        cyn_grid_take(g, TOLD);
    }
    cyn_grid_row(g);
    if (cyn_look_of_event(n->what)->sgr)
        cyn_text_table_colour(g->text, EVENT, cyn_look_of_event(n->what)->sgr);
    if (severity->sgr) cyn_text_table_colour(g->text, SEVERITY, severity->sgr);
}

static void json_event(const cyn_history_item *i, const cyn_report_options *opts, cyn_buf *out)
{
    const cyn_notice *n = i->notice;
    cyn_buf_puts(out, "{\"type\":\"event\"");
    cyn_json_moment(out, "at", n->at, opts);
    cyn_json_text(out, "event", cyn_alert_what_names[n->what]);
    cyn_json_text(out, "reason", cyn_alert_reason_names[n->reason]);
    cyn_json_text(out, "severity", cyn_look_of_severity(n->severity)->en);
    cyn_json_text(out, "alert", n->identity);
    cyn_json_text(out, "rule", n->rule);
    cyn_json_text(out, "metric", n->metric);
    cyn_json_labels(out, "segment", n->labels, i->nsegment);
    cyn_json_labels(out, "labels", n->labels + i->nsegment, n->nlabels - i->nsegment);
    cyn_json_boolean(out, "firing", n->firing);
    cyn_json_moment(out, "start", n->start, opts);
    cyn_json_moment(out, "ended", n->ended, opts);
    cyn_json_real(out, "value", n->value);
    cyn_json_real(out, "target", n->target);
    cyn_json_text(out, "unit", n->unit);
    cyn_json_text(out, "period", n->period);
    cyn_json_text(out, "summary", n->summary);
    cyn_json_text(out, "key", n->key);
    cyn_json_text(out, "incident", n->incident);
    cyn_json_text(out, "fingerprint", n->alert);
    cyn_json_boolean(out, "quiet", i->quiet);
    cyn_json_raw(out, "facts", n->facts);
    cyn_json_deliveries(out, i->deliveries, opts);
    cyn_buf_puts(out, "}\n");
}

static cyn_code write_events(const cyn_history_item *items, size_t n,
                             const cyn_report_options *opts, cyn_buf *out, cyn_err *err)
{
    cyn_grid g;
    size_t columns = items[0].deliveries ? COUNT(event_heads) : TOLD;
    CYN_TRY(cyn_grid_init(&g, event_heads, columns, opts, err));
    for (size_t i = 0; i < n; i++)
        add_event(&g, &items[i]);
    return cyn_grid_write(&g, out, err);
}

cyn_code cyn_report_history(const cyn_history_item *items, size_t n, const cyn_report_options *opts,
                            cyn_buf *out, cyn_err *err)
{
    if (opts->format == CYN_FORMAT_CSV) return unsupported("events", err);
    if (opts->format == CYN_FORMAT_JSON)
        for (size_t i = 0; i < n; i++)
            json_event(&items[i], opts, out);
    else if (n == 0)
        cyn_buf_puts(out, cyn_report_words(opts, "Nothing happened.\n", "記録はありません。\n"));
    else
        CYN_TRY(write_events(items, n, opts, out, err));
    return cyn_buf_check(out, err);
}

/* ---- silences ---- */

enum { ID, MATCH, FROM, UNTIL, LEFT, WHO, WHY };
static const cyn_grid_head silence_heads[] = {
    [ID] = {"ID", "ID", CYN_RIGHT, 0, false},      [MATCH] = {"MATCHES", "対象", CYN_LEFT, 0, true},
    [FROM] = {"FROM", "開始", CYN_LEFT, 3, false}, [UNTIL] = {"UNTIL", "終了", CYN_LEFT, 0, false},
    [LEFT] = {"LEFT", "残り", CYN_LEFT, 2, false}, [WHO] = {"WHO", "設定者", CYN_LEFT, 1, true},
    [WHY] = {"WHY", "理由", CYN_LEFT, 1, true},
};

static void put_matchers(const cyn_alert_silence *s, const cyn_report_options *opts, cyn_buf *out)
{
    for (size_t i = 0; i < s->nmatchers; i++) {
        if (i) cyn_buf_putc(out, ' ');
        cyn_matcher_text(&s->matchers[i], out);
        if (cyn_matcher_is_refused(&s->matchers[i]))
            cyn_buf_puts(out, cyn_report_words(opts, " (no regular expression: matches nothing)",
                                               "（正規表現ではないため何にも一致しません）"));
    }
}

static void add_silence(cyn_grid *g, const cyn_alert_silence *s, int64_t now)
{
    const cyn_report_options *opts = g->opts;
    cyn_buf_printf(&g->cell, "%lld", (long long)s->id);
    cyn_grid_take(g, ID);
    put_matchers(s, opts, &g->cell);
    cyn_grid_take(g, MATCH);
    cyn_put_moment(s->from, opts, &g->cell);
    cyn_grid_take(g, FROM);
    cyn_put_moment(s->until, opts, &g->cell);
    cyn_grid_take(g, UNTIL);
    if (s->until > now)
        cyn_put_length(s->until - now, opts->language, &g->cell);
    else
        cyn_buf_puts(&g->cell, cyn_report_words(opts, "ended", "終了"));
    cyn_grid_take(g, LEFT);
    cyn_grid_text(g, WHO, s->who ? s->who : "");
    cyn_grid_text(g, WHY, s->why ? s->why : "");
    cyn_grid_row(g);
}

static void json_silence(const cyn_alert_silence *s, int64_t now, const cyn_report_options *opts,
                         cyn_buf *out)
{
    cyn_buf text = {0};
    cyn_buf_printf(out, "{\"type\":\"silence\",\"id\":%lld,\"matchers\":[", (long long)s->id);
    for (size_t i = 0; i < s->nmatchers; i++) {
        cyn_buf_reset(&text);
        cyn_matcher_text(&s->matchers[i], &text);
        if (i) cyn_buf_putc(out, ',');
        cyn_buf_json_string(out, text.data ? text.data : "", text.len);
    }
    cyn_buf_putc(out, ']');
    cyn_json_boolean(out, "refused", cyn_silence_is_refused(s));
    cyn_json_moment(out, "from", s->from, opts);
    cyn_json_moment(out, "until", s->until, opts);
    cyn_json_boolean(out, "active", s->from <= now && now < s->until);
    cyn_json_text(out, "who", s->who);
    cyn_json_text(out, "why", s->why);
    cyn_buf_puts(out, "}\n");
    if (text.failed) out->failed = true;
    cyn_buf_clear(&text);
}

cyn_code cyn_report_silences(const cyn_alert_silence *items, size_t n, int64_t now,
                             const cyn_report_options *opts, cyn_buf *out, cyn_err *err)
{
    cyn_grid g;
    if (opts->format == CYN_FORMAT_CSV) return unsupported("silences", err);
    if (opts->format == CYN_FORMAT_JSON) {
        for (size_t i = 0; i < n; i++)
            json_silence(&items[i], now, opts, out);
    } else if (n == 0) {
        cyn_buf_puts(out,
                     cyn_report_words(opts, "Nothing is silenced.\n", "通知停止はありません。\n"));
    } else {
        CYN_TRY(cyn_grid_init(&g, silence_heads, COUNT(silence_heads), opts, err));
        for (size_t i = 0; i < n; i++)
            add_silence(&g, &items[i], now);
        CYN_TRY(cyn_grid_write(&g, out, err));
    }
    return cyn_buf_check(out, err);
}

/* ---- messages that were given up ---- */

enum { DEAD_ID, CHANNEL, GROUP, MADE, TRIED, ATTEMPTS, EVENTS, DETAIL };
static const cyn_grid_head dead_heads[] = {
    [DEAD_ID] = {"ID", "ID", CYN_RIGHT, 0, false},
    [CHANNEL] = {"CHANNEL", "通知先", CYN_LEFT, 0, true},
    [GROUP] = {"ABOUT", "対象", CYN_LEFT, 0, true},
    [MADE] = {"MADE", "作成", CYN_LEFT, 1, false},
    [TRIED] = {"LAST TRIED", "最終試行", CYN_LEFT, 3, false},
    [ATTEMPTS] = {"TRIES", "試行", CYN_RIGHT, 2, false},
    [EVENTS] = {"EVENTS", "件数", CYN_RIGHT, 4, false},
    [DETAIL] = {"WHAT CAME BACK", "応答", CYN_LEFT, 0, true},
};

static void put_number(cyn_grid *g, size_t col, int64_t n)
{
    cyn_buf_printf(&g->cell, "%lld", (long long)n);
    cyn_grid_take(g, col);
}

static void add_dead(cyn_grid *g, const cyn_dead_item *d)
{
    put_number(g, DEAD_ID, d->id);
    cyn_grid_text(g, CHANNEL, d->channel);
    cyn_grid_text(g, GROUP, d->group);
    cyn_put_moment(d->made, g->opts, &g->cell);
    cyn_grid_take(g, MADE);
    cyn_put_moment(d->tried, g->opts, &g->cell);
    cyn_grid_take(g, TRIED);
    put_number(g, ATTEMPTS, d->attempts);
    put_number(g, EVENTS, d->events);
    cyn_grid_text(g, DETAIL, d->detail);
    cyn_grid_row(g);
}

static void json_dead(const cyn_dead_item *d, const cyn_report_options *opts, cyn_buf *out)
{
    cyn_buf_printf(out, "{\"type\":\"dead\",\"id\":%lld", (long long)d->id);
    cyn_json_text(out, "channel", d->channel);
    cyn_json_text(out, "group", d->group);
    cyn_json_text(out, "key", d->key);
    cyn_json_moment(out, "made", d->made, opts);
    cyn_json_moment(out, "tried", d->tried, opts);
    cyn_json_number(out, "attempts", cyn_num_integer(d->attempts));
    cyn_json_number(out, "events", cyn_num_integer(d->events));
    cyn_json_text(out, "detail", d->detail);
    cyn_buf_puts(out, "}\n");
}

cyn_code cyn_report_dead(const cyn_dead_item *items, size_t n, const cyn_report_options *opts,
                         cyn_buf *out, cyn_err *err)
{
    cyn_grid g;
    if (opts->format == CYN_FORMAT_CSV) return unsupported("messages", err);
    if (opts->format == CYN_FORMAT_JSON) {
        for (size_t i = 0; i < n; i++)
            json_dead(&items[i], opts, out);
    } else if (n == 0) {
        cyn_buf_puts(out, cyn_report_words(opts, "No message was given up.\n",
                                           "届かなかった通知はありません。\n"));
    } else {
        CYN_TRY(cyn_grid_init(&g, dead_heads, COUNT(dead_heads), opts, err));
        for (size_t i = 0; i < n; i++)
            add_dead(&g, &items[i]);
        CYN_TRY(cyn_grid_write(&g, out, err));
    }
    return cyn_buf_check(out, err);
}
