#include "base/length.h"
#include "base/text.h"
#include "report/alerts_impl.h"
#include <math.h>
#include <string.h>

/* ---- words ---- */

static const cyn_alert_look states[CYN_ALERT_STATES] = {
    [CYN_ALERT_INACTIVE] = {"·", "well", "正常", NULL},
    [CYN_ALERT_PENDING] = {"◔", "pending", "保留中", "33"},
    [CYN_ALERT_FIRING] = {"●", "firing", "発火中", "31"},
    [CYN_ALERT_RECOVERING] = {"◑", "recovering", "回復待ち", "33"},
    [CYN_ALERT_RESOLVED] = {"✓", "resolved", "解消", "32"},
};

static const cyn_alert_look severities[] = {
    [CYN_SEVERITY_NONE] = {"", "", "", NULL},
    [CYN_INFO] = {"i", "info", "情報", "36"},
    [CYN_WARNING] = {"▲", "warning", "警告", "33"},
    [CYN_CRITICAL] = {"■", "critical", "重大", "31"},
};

static const cyn_alert_look events[] = {
    [CYN_ALERT_NOTHING] = {"", "", "", NULL},
    [CYN_ALERT_FROZEN] = {"=", "frozen", "凍結", NULL},
    [CYN_ALERT_THAWED] = {"≈", "thawed", "凍結解除", NULL},
    [CYN_ALERT_DAMPED] = {"~", "damped", "抑制", NULL},
    [CYN_ALERT_UNDAMPED] = {"-", "undamped", "抑制解除", NULL},
    [CYN_ALERT_FIRED] = {"●", "fired", "発火", "31"},
    [CYN_ALERT_ROSE] = {"▲", "rose", "悪化", "31"},
    [CYN_ALERT_RENEWED] = {"·", "goes on", "継続", NULL},
    [CYN_ALERT_ENDED] = {"✓", "resolved", "解消", "32"},
};

static const cyn_alert_look healths[] = {
    [CYN_HEALTH_OK] = {"✓", "ok", "正常", "32"},
    [CYN_HEALTH_NO_DATA] = {"?", "no data", "データなし", "33"},
    [CYN_HEALTH_ERROR] = {"✗", "error", "エラー", "31"},
};

const cyn_alert_look *cyn_look_of_state(const cyn_alert *a)
{
    return &states[a->state];
}

const cyn_alert_look *cyn_look_of_severity(cyn_severity s)
{
    return &severities[s <= CYN_CRITICAL ? s : CYN_CRITICAL];
}

const cyn_alert_look *cyn_look_of_event(cyn_alert_what what)
{
    return &events[what];
}

const cyn_alert_look *cyn_look_of_health(cyn_alert_health h)
{
    return &healths[h];
}

void cyn_put_look(const cyn_alert_look *look, const cyn_report_options *opts, cyn_buf *out)
{
    if (!look->en[0]) return;
    if (!opts->ascii) cyn_buf_printf(out, "%s ", look->mark);
    cyn_buf_puts(out, cyn_report_words(opts, look->en, look->ja));
}

/* ---- times ---- */

void cyn_put_moment(int64_t at, const cyn_report_options *opts, cyn_buf *out)
{
    if (at == CYN_ALERT_NEVER) {
        cyn_buf_puts(out, opts->ascii ? "-" : "–");
        return;
    }
    cyn_civil c = cyn_tz_civil(opts->calendar->tz, at);
    cyn_buf_printf(out, "%04d-%02d-%02d %02d:%02d", c.year, c.month, c.day, c.hour, c.minute);
    if (c.second) cyn_buf_printf(out, ":%02d", c.second);
}

void cyn_put_length(int64_t micros, const char *language, cyn_buf *out)
{
    cyn_length_put(micros, CYN_LENGTH_LONG, cyn_is_japanese(language), out);
}

int64_t cyn_alert_since(const cyn_alert *a)
{
    if (cyn_alert_is_firing(a)) return a->start;
    return a->state == CYN_ALERT_PENDING ? a->began : a->since;
}

/* ---- cells ---- */

void cyn_put_labels(const cyn_alert_label *labels, size_t n, cyn_buf *out)
{
    for (size_t i = 0; i < n; i++) {
        const char *value = labels[i].value ? labels[i].value : "nil";
        if (i) cyn_buf_puts(out, ", ");
        cyn_clean_text(labels[i].name, strlen(labels[i].name), out);
        cyn_buf_putc(out, '=');
        cyn_clean_text(value, strlen(value), out);
    }
}

void cyn_put_reading(double x, const char *unit, const cyn_report_options *opts, cyn_buf *out)
{
    cyn_put_value(cyn_series_num(x, unit), unit, opts->language, opts->ascii, out);
}

static void put_comma(size_t start, const cyn_report_options *opts, cyn_buf *out)
{
    if (out->len > start) cyn_buf_puts(out, cyn_report_words(opts, "; ", "、"));
}

static void put_who(const char *who, const char *en, const char *ja, const cyn_report_options *opts,
                    cyn_buf *out)
{
    bool japanese = cyn_is_japanese(opts->language);
    if (!japanese) cyn_buf_puts(out, en);
    cyn_clean_text(who, strlen(who), out);
    if (japanese) cyn_buf_puts(out, ja);
}

static void put_until(int64_t until, const cyn_report_options *opts, cyn_buf *out)
{
    if (until == CYN_ALERT_NO_CHANGE) return;
    cyn_buf_puts(out, cyn_report_words(opts, " until ", "（"));
    cyn_put_moment(until, opts, out);
    cyn_buf_puts(out, cyn_report_words(opts, "", "まで）"));
}

static void put_muting(const cyn_muting *m, const cyn_report_options *opts, cyn_buf *out)
{
    const char *why = NULL;
    switch (m->kind) {
    case CYN_MUTE_SILENCE:
        put_who(m->silence->who ? m->silence->who : "?", "silenced by ", "が通知停止中", opts, out);
        why = m->silence->why;
        break;
    case CYN_MUTE_MAINTENANCE:
        cyn_buf_puts(out, cyn_report_words(opts, "maintenance", "メンテナンス中"));
        why = m->maintenance->why;
        break;
    case CYN_MUTE_INHIBITION:
        put_who(m->by->identity, "inhibited by ", "の発火中は通知しない", opts, out);
        break;
    }
    put_until(m->until, opts, out);
    if (!why || !*why) return;
    cyn_buf_puts(out, cyn_report_words(opts, ": ", "："));
    cyn_clean_text(why, strlen(why), out);
}

static void put_item(const char *en, const char *ja, size_t start, const cyn_report_options *opts,
                     cyn_buf *out)
{
    put_comma(start, opts, out);
    cyn_buf_puts(out, cyn_report_words(opts, en, ja));
}

static void put_frozen(const cyn_alert_item *i, size_t start, const cyn_report_options *opts,
                       cyn_buf *out)
{
    if (!i->frozen_by) {
        put_item("frozen: what it depends on fires", "凍結中：依存先が発火中", start, opts, out);
        return;
    }
    put_item("frozen: ", "凍結中：", start, opts, out);
    cyn_clean_text(i->frozen_by, strlen(i->frozen_by), out);
    cyn_buf_puts(out, cyn_report_words(opts, " fires", "が発火中"));
}

void cyn_put_health(const cyn_rule_item *i, const cyn_report_options *opts, cyn_buf *out)
{
    cyn_put_look(cyn_look_of_health(i->broken ? CYN_HEALTH_ERROR : i->health), opts, out);
    if (!i->frozen_by) return;
    cyn_buf_puts(out, cyn_report_words(opts, ", frozen by ", "、凍結中（"));
    cyn_clean_text(i->frozen_by, strlen(i->frozen_by), out);
    cyn_buf_puts(out, cyn_report_words(opts, "", "が発火中）"));
}

void cyn_put_care(const cyn_alert_item *i, const cyn_report_options *opts, cyn_buf *out)
{
    size_t start = out->len;
    if (i->ack.who) put_who(i->ack.who, "acknowledged by ", "が対応中", opts, out);
    if (i->muted) {
        put_comma(start, opts, out);
        put_muting(&i->muting, opts, out);
    }
    if (i->alert.damped) put_item("flaps", "不安定", start, opts, out);
    if (i->alert.frozen) put_frozen(i, start, opts, out);
    if (i->unread)
        put_item("its rule's script does not load", "スクリプトを読み込めない", start, opts, out);
    else if (!i->rule)
        put_item("its rule is gone", "ルールは削除済み", start, opts, out);
}

/* ---- JSON ---- */

void cyn_json_moment(cyn_buf *b, const char *name, int64_t at, const cyn_report_options *opts)
{
    char iso[64];
    if (at != CYN_ALERT_NEVER) cyn_format_instant(at, opts->calendar->tz, iso, sizeof iso);
    cyn_json_text(b, name, at == CYN_ALERT_NEVER ? NULL : iso);
}

void cyn_json_labels(cyn_buf *b, const char *name, const cyn_alert_label *labels, size_t n)
{
    cyn_json_key(b, name);
    cyn_buf_putc(b, '{');
    for (size_t i = 0; i < n; i++) {
        if (i) cyn_buf_putc(b, ',');
        cyn_buf_json_string(b, labels[i].name, strlen(labels[i].name));
        cyn_buf_putc(b, ':');
        if (labels[i].value)
            cyn_buf_json_string(b, labels[i].value, strlen(labels[i].value));
        else
            cyn_buf_puts(b, "null");
    }
    cyn_buf_putc(b, '}');
}

void cyn_json_raw(cyn_buf *b, const char *name, const char *json)
{
    cyn_json_key(b, name);
    cyn_buf_puts(b, json && *json ? json : "null");
}

static void json_ack(cyn_buf *b, const cyn_ack_item *ack, const cyn_report_options *opts)
{
    cyn_json_key(b, "acknowledged");
    if (!ack->who) {
        cyn_buf_puts(b, "null");
        return;
    }
    cyn_buf_puts(b, "{\"who\":");
    cyn_buf_json_string(b, ack->who, strlen(ack->who));
    cyn_json_text(b, "why", ack->why);
    cyn_json_moment(b, "at", ack->at, opts);
    cyn_buf_putc(b, '}');
}

static void json_muting(cyn_buf *b, const cyn_alert_item *i, const cyn_report_options *opts)
{
    static const char *const kinds[] = {"silence", "maintenance", "inhibition"};
    const cyn_muting *m = &i->muting;
    cyn_json_key(b, "muted");
    if (!i->muted) {
        cyn_buf_puts(b, "null");
        return;
    }
    bool silence = m->kind == CYN_MUTE_SILENCE, window = m->kind == CYN_MUTE_MAINTENANCE;
    cyn_buf_printf(b, "{\"kind\":\"%s\"", kinds[m->kind]);
    cyn_json_number(b, "id", silence ? cyn_num_integer(m->silence->id) : CYN_MISSING);
    cyn_json_text(b, "who", silence ? m->silence->who : NULL);
    cyn_json_text(b, "why", silence ? m->silence->why : window ? m->maintenance->why : NULL);
    cyn_json_text(b, "by", silence || window ? NULL : m->by->identity);
    cyn_json_moment(b, "until", m->until == CYN_ALERT_NO_CHANGE ? CYN_ALERT_NEVER : m->until, opts);
    cyn_buf_putc(b, '}');
}

void cyn_json_alert(cyn_buf *b, const cyn_alert_item *i, const cyn_report_options *opts)
{
    const cyn_alert *a = &i->alert;
    char key[CYN_ALERT_KEY];
    cyn_alert_key(i->identity, key);
    cyn_json_text(b, "alert", i->identity);
    cyn_json_text(b, "fingerprint", key);
    cyn_json_text(b, "rule", i->rule_name);
    cyn_json_text(b, "metric", i->rule ? i->rule->metric : NULL);
    cyn_json_labels(b, "segment", i->labels, i->nlabels);
    cyn_json_text(b, "state", cyn_alert_state_names[a->state]);
    cyn_json_boolean(b, "firing", cyn_alert_is_firing(a));
    cyn_json_text(b, "severity", cyn_look_of_severity((cyn_severity)a->severity)->en);
    cyn_json_moment(b, "since", cyn_alert_since(a), opts);
    cyn_json_moment(b, "began", a->began, opts);
    cyn_json_moment(b, "start", a->start, opts);
    cyn_json_moment(b, "evaluated", a->slot, opts);
    cyn_json_real(b, "value", i->value);
    cyn_json_real(b, "target", i->target);
    cyn_json_text(b, "unit", i->unit);
    cyn_json_text(b, "period", i->period);
    cyn_json_text(b, "summary", i->summary);
    cyn_json_text(b, "reason", cyn_alert_reason_names[a->reason]);
    cyn_json_boolean(b, "damped", a->damped);
    cyn_json_boolean(b, "frozen", a->frozen);
    cyn_json_text(b, "frozen_by", a->frozen ? i->frozen_by : NULL);
    cyn_json_number(b, "missed", cyn_num_integer((int64_t)a->missed));
    cyn_json_deliveries(b, i->deliveries, opts);
    json_ack(b, &i->ack, opts);
    json_muting(b, i, opts);
    cyn_json_text(b, "owner", i->owner);
    cyn_json_text(b, "runbook", i->rule ? i->rule->runbook : NULL);
}

void cyn_json_rule(cyn_buf *b, const cyn_rule_item *i, const cyn_report_options *opts)
{
    const cyn_rule *r = i->rule;
    cyn_json_text(b, "rule", i->name);
    cyn_json_text(b, "title", r ? cyn_label_text(r->title, opts->language, NULL) : NULL);
    cyn_json_text(b, "metric", r ? r->metric : NULL);
    cyn_json_text(b, "file", r ? r->place.file : NULL);
    cyn_json_number(b, "line", r ? cyn_num_integer(r->place.line) : CYN_MISSING);
    cyn_json_text(b, "health", i->evaluated ? cyn_alert_health_names[i->health] : NULL);
    cyn_json_moment(b, "health_since", i->evaluated ? i->health_since : CYN_ALERT_NEVER, opts);
    cyn_json_moment(b, "evaluated", i->evaluated ? i->slot : CYN_ALERT_NEVER, opts);
    cyn_json_number(b, "missed", cyn_num_integer((int64_t)i->missed));
    cyn_json_number(b, "segments", cyn_num_integer(i->segments));
    cyn_json_number(b, "firing", cyn_num_integer(i->firing));
    cyn_json_number(b, "pending", cyn_num_integer(i->pending));
    cyn_json_text(b, "frozen_by", i->frozen_by);
    cyn_json_boolean(b, "ahead", i->ahead);
    if (i->broken)
        cyn_json_error(b, "error", i->broken);
    else
        cyn_json_text(b, "error", i->error);
}
