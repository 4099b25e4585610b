/* What decided about one alert: the condition, what it read, and what became of it. */
#include "alert/reading.h"
#include "base/text.h"
#include "report/alerts_impl.h"
#include "report/json_read.h"
#include <math.h>
#include <string.h>

#define INDENT 14 /* cells of the names on the left */

static const char *words(const cyn_report_options *opts, const char *en, const char *ja)
{
    return cyn_report_words(opts, en, ja);
}

/* "  condition   ", whatever the width of the letters. */
static void put_name(const char *name, cyn_buf *out)
{
    size_t width = cyn_width(name, strlen(name));
    cyn_buf_printf(out, "  %s", name);
    cyn_buf_repeat(out, " ", width < INDENT ? INDENT - width : 1);
}

static void put_text(const char *name, const char *text, cyn_buf *out)
{
    if (!text || !*text) return;
    put_name(name, out);
    cyn_clean_text(text, strlen(text), out);
    cyn_buf_putc(out, '\n');
}

/* ---- the head ---- */

static void put_state(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    const cyn_alert *a = &v->item.alert;
    const cyn_alert_look *severity = cyn_look_of_severity((cyn_severity)a->severity);
    int64_t since = cyn_alert_since(a);
    bool busy = a->state != CYN_ALERT_INACTIVE && a->state != CYN_ALERT_RESOLVED;
    put_name(words(opts, "state", "状態"), out);
    cyn_put_look(cyn_look_of_state(a), opts, out);
    if (busy) {
        cyn_buf_puts(out, words(opts, " (", "（"));
        cyn_buf_puts(out, words(opts, severity->en, severity->ja));
        cyn_buf_puts(out, words(opts, ")", "）"));
    }
    if (since != CYN_ALERT_NEVER) {
        cyn_buf_puts(out, words(opts, " since ", "："));
        cyn_put_moment(since, opts, out);
        if (v->now > since) {
            cyn_buf_puts(out, words(opts, ", for ", "から"));
            cyn_put_length(v->now - since, opts->language, out);
        }
    }
    cyn_buf_putc(out, '\n');
}

/* How much of hold or keep has passed. */
static void put_progress(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    const cyn_alert *a = &v->item.alert;
    const cyn_rule *r = v->item.rule;
    bool pending = a->state == CYN_ALERT_PENDING;
    if (!r || !(pending || a->state == CYN_ALERT_RECOVERING)) return;
    put_name(pending ? "hold" : "keep", out);
    cyn_put_length(cyn_alert_counted(a), opts->language, out);
    cyn_buf_puts(out, words(opts, " of ", " / "));
    cyn_put_length(pending ? r->policy.hold : r->policy.keep, opts->language, out);
    cyn_buf_putc(out, '\n');
}

/* ---- the condition ---- */

static void put_reading_value(cyn_json_span name, cyn_json_span value, const char *unit,
                              const cyn_report_options *opts, cyn_buf *out)
{
    cyn_reading r;
    cyn_buf text = {0};
    double x;
    cyn_json_put_text(name, &text);
    bool known = text.data && cyn_reading_parse(text.data, text.len, &r, NULL) == CYN_OK;
    bool change = known && (r.kind == CYN_READ_DELTA ||
                            (r.kind == CYN_READ_CHANGE && cyn_unit_is_share(unit)));
    cyn_buf_clear(&text);
    if (!cyn_json_real_of(value, &x))
        cyn_json_put_text(value, out);
    else if (change)
        cyn_put_difference(cyn_num_real(x), unit, opts->language, opts->ascii, out);
    else if (known && cyn_reading_look_of(&r) == CYN_LOOK_UNIT)
        cyn_put_reading(x, unit, opts, out);
    else if (known && cyn_reading_look_of(&r) == CYN_LOOK_SHARE)
        cyn_put_reading(x, "%", opts, out);
    else if (known && cyn_reading_look_of(&r) == CYN_LOOK_SECONDS)
        cyn_put_length((int64_t)(x * 1e6), opts->language, out);
    else
        cyn_put_reading(x, NULL, opts, out);
}

static void put_indented(const char *name, size_t n, cyn_buf *out)
{
    cyn_buf_puts(out, "    ");
    cyn_clean_text(name, n, out);
    cyn_buf_repeat(out, " ", n < 2 * INDENT ? 2 * INDENT - n : 1);
}

static void put_params(const cyn_rule *r, const cyn_report_options *opts, cyn_buf *out)
{
    for (size_t i = 0; i < r->nparams; i++) {
        put_indented(r->params[i].name, strlen(r->params[i].name), out);
        cyn_buf_real(out, r->params[i].value);
        cyn_buf_puts(out, words(opts, "  (parameter)\n", "（パラメーター）\n"));
    }
}

static void put_readings(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    cyn_json_span readings, name, value;
    if (!v->facts || !cyn_json_find(v->facts, "readings", &readings)) return;
    cyn_json_at at = cyn_json_open(readings.s);
    while (cyn_json_next(&at, &name, &value)) {
        cyn_buf key = {0};
        cyn_json_put_text(name, &key);
        put_indented(key.data ? key.data : "", key.len, out);
        put_reading_value(name, value, v->item.unit, opts, out);
        cyn_buf_putc(out, '\n');
        if (key.failed) out->failed = true;
        cyn_buf_clear(&key);
    }
}

/* Whether the condition of a level, or `clear`, held, as it was noted; nothing where that is not
 * known. */
static void put_held(const cyn_why_view *v, const char *level, const cyn_report_options *opts,
                     cyn_buf *out)
{
    cyn_json_span holds, value;
    if (!level || !v->facts || !cyn_json_find(v->facts, "holds", &holds)) return;
    if (!cyn_json_find(holds.s, level, &value)) return;
    bool held = value.n == 4 && memcmp(value.s, "true", 4) == 0;
    cyn_buf_puts(out, opts->ascii ? "  -> " : "  → ");
    cyn_buf_puts(out, held ? words(opts, "holds", "成立") : words(opts, "does not hold", "不成立"));
}

static void put_condition(const cyn_why_view *v, const char *name, const char *level,
                          const cyn_expr *e, const cyn_report_options *opts, cyn_buf *out)
{
    if (!e) return;
    const char *text = v->text_of(v->self, e);
    put_name(name, out);
    cyn_clean_text(text, strlen(text), out);
    if (e->place.line > 0)
        cyn_buf_printf(out, "  (%s:%d)", e->place.file ? e->place.file : "", e->place.line);
    put_held(v, level, opts, out);
    cyn_buf_putc(out, '\n');
}

static void put_conditions(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    const cyn_rule *r = v->item.rule;
    if (!r) return;
    /* The only level, where it has no condition of its own, is what `when` is about. */
    bool alone = r->nlevels == 1 && !r->levels[0].when;
    put_condition(v, "when", alone ? cyn_severity_names[r->levels[0].severity] : NULL, r->when,
                  opts, out);
    for (size_t i = 0; i < r->nlevels; i++) {
        const char *word = cyn_severity_names[r->levels[i].severity];
        put_condition(v, word, word, r->levels[i].when, opts, out);
    }
    put_condition(v, "clear", "clear", r->clear, opts, out);
}

/* ---- the series ---- */

static void put_series(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    char label[64];
    if (v->nvalues == 0) return;
    put_name(words(opts, "series", "推移"), out);
    cyn_sparkline(v->values, v->nvalues, opts->ascii, out);
    cyn_buf_putc(out, '\n');
    for (size_t i = v->nvalues > 6 ? v->nvalues - 6 : 0; i < v->nvalues; i++) {
        cyn_period_label(opts->calendar, v->periods[i], label, sizeof label);
        put_indented(label, strlen(label), out);
        cyn_put_reading(cyn_num_double(v->values[i]), v->item.unit, opts, out);
        cyn_buf_putc(out, '\n');
    }
}

/* ---- who knows ---- */

static void put_missed(uint64_t missed, const cyn_report_options *opts, cyn_buf *out)
{
    if (words(opts, "", "ja")[0] && missed)
        cyn_buf_printf(out, "、未実行%llu回", (unsigned long long)missed);
    else if (missed)
        cyn_buf_printf(out, ", %llu slot%s missed", (unsigned long long)missed,
                       missed == 1 ? "" : "s");
}

static void put_health(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    const cyn_rule_item *r = v->rule;
    if (!r || !(r->evaluated || r->broken)) return;
    put_name(words(opts, "health", "評価"), out);
    cyn_put_health(r, opts, out);
    if (r->evaluated) {
        cyn_buf_puts(out, words(opts, ", evaluated ", "、評価 "));
        cyn_put_moment(r->slot, opts, out);
    }
    if (r->ahead)
        cyn_buf_puts(out, words(opts, ": it waits until then, the clock was set back",
                                "（時計が戻されたため、それまで待機）"));
    put_missed(r->missed, opts, out);
    cyn_buf_putc(out, '\n');
    put_text(words(opts, "error", "エラー"), r->broken ? r->broken->message : r->error, out);
}

static void put_events(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    for (size_t i = 0; i < v->nevents; i++) {
        const cyn_history_item *e = &v->events[i];
        put_name(i ? "" : words(opts, "history", "履歴"), out);
        cyn_put_moment(e->notice->at, opts, out);
        cyn_buf_puts(out, "  ");
        cyn_put_look(cyn_look_of_event(e->notice->what), opts, out);
        cyn_buf deliveries = {0};
        cyn_put_deliveries(e->deliveries, opts, &deliveries);
        if (deliveries.len) cyn_buf_printf(out, "  (%s)", deliveries.data);
        if (deliveries.failed) out->failed = true;
        cyn_buf_clear(&deliveries);
        cyn_buf_putc(out, '\n');
    }
}

static void put_value_line(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    put_name(words(opts, "value", "値"), out);
    cyn_put_reading(v->item.value, v->item.unit, opts, out);
    if (v->item.period)
        cyn_buf_printf(out, words(opts, "", "j")[0] ? "（%s）" : " in %s", v->item.period);
    if (!isnan(v->item.target)) {
        cyn_buf_puts(out, words(opts, ", target ", "、目標 "));
        cyn_put_reading(v->item.target, v->item.unit, opts, out);
    }
    cyn_buf_putc(out, '\n');
}

static void put_care_line(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    cyn_buf text = {0};
    cyn_put_deliveries(v->item.deliveries, opts, &text);
    put_text(words(opts, "told", "通知"), text.data, out);
    cyn_buf_reset(&text);
    cyn_put_care(&v->item, opts, &text);
    put_text(words(opts, "note", "備考"), text.len ? text.data : NULL, out);
    put_text(words(opts, "because", "理由"), v->item.ack.why, out);
    if (text.failed) out->failed = true;
    cyn_buf_clear(&text);
}

static void write_text(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    const cyn_rule *r = v->item.rule;
    const char *title = r ? cyn_label_text(r->title, opts->language, NULL) : NULL;
    char key[CYN_ALERT_KEY];
    cyn_alert_key(v->item.identity, key);
    cyn_buf_puts(out, opts->colour ? "\033[1m" : "");
    cyn_clean_text(v->item.identity, strlen(v->item.identity), out);
    cyn_buf_puts(out, opts->colour ? "\033[0m" : "");
    if (title) {
        cyn_buf_puts(out, words(opts, ": ", "："));
        cyn_clean_text(title, strlen(title), out);
    }
    cyn_buf_putc(out, '\n');
    put_state(v, opts, out);
    put_progress(v, opts, out);
    put_value_line(v, opts, out);
    put_conditions(v, opts, out);
    put_readings(v, opts, out);
    if (r) put_params(r, opts, out);
    put_series(v, opts, out);
    put_health(v, opts, out);
    put_care_line(v, opts, out);
    put_events(v, opts, out);
    put_text(words(opts, "owner", "担当"), v->item.owner, out);
    put_text(words(opts, "runbook", "手順書"), r ? r->runbook : NULL, out);
    put_text(words(opts, "fingerprint", "識別子"), key, out);
}

/* ---- JSON ---- */

static void json_condition(const cyn_why_view *v, const char *name, const cyn_expr *e, cyn_buf *b)
{
    if (e) cyn_json_text(b, name, v->text_of(v->self, e));
}

static void write_json(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out)
{
    const cyn_rule *r = v->item.rule;
    const char *file = r && r->place.file ? r->place.file : "";
    char label[64];
    cyn_buf_puts(out, "{\"type\":\"why\"");
    cyn_json_alert(out, &v->item, opts);
    cyn_json_key(out, "conditions");
    cyn_buf_puts(out, "{\"file\":");
    cyn_buf_json_string(out, file, strlen(file));
    if (r) json_condition(v, "when", r->when, out);
    for (size_t i = 0; r && i < r->nlevels; i++)
        json_condition(v, cyn_severity_names[r->levels[i].severity], r->levels[i].when, out);
    if (r) json_condition(v, "clear", r->clear, out);
    cyn_buf_putc(out, '}');
    cyn_json_raw(out, "facts", v->facts);
    cyn_json_real(out, "counted_s", (double)cyn_alert_counted(&v->item.alert) / 1e6);
    cyn_json_text(out, "health", v->rule ? cyn_alert_health_names[v->rule->health] : NULL);
    cyn_json_boolean(out, "ahead", v->rule && v->rule->ahead);
    cyn_json_text(out, "error", v->rule ? v->rule->error : NULL);
    cyn_json_key(out, "series");
    cyn_buf_putc(out, '[');
    for (size_t i = 0; i < v->nvalues; i++) {
        cyn_period_label(opts->calendar, v->periods[i], label, sizeof label);
        cyn_buf_printf(out, "%s{\"period\":\"%s\",\"value\":", i ? "," : "", label);
        cyn_buf_num(out, v->values[i]);
        cyn_buf_putc(out, '}');
    }
    cyn_buf_puts(out, "]}\n");
}

cyn_code cyn_report_why(const cyn_why_view *v, const cyn_report_options *opts, cyn_buf *out,
                        cyn_err *err)
{
    if (opts->format == CYN_FORMAT_JSON)
        write_json(v, opts, out);
    else
        write_text(v, opts, out);
    return cyn_buf_check(out, err);
}
