/* A backtest for programs: an object per line, the rule's first. */
#include "report/backtest_impl.h"
#include <math.h>
#include <string.h>

static void put_count(const char *name, size_t n, cyn_buf *out)
{
    cyn_json_number(out, name, cyn_num_integer((int64_t)n));
}

/* Durations are seconds. */
static void put_seconds(const char *name, int64_t micros, cyn_buf *out)
{
    cyn_json_real(out, name, (double)micros / CYN_SECOND);
}

static void put_settings(const cyn_backtest_view *v, const char *const *values, cyn_buf *out)
{
    cyn_json_key(out, "set");
    cyn_buf_putc(out, '{');
    for (size_t i = 0; i < v->nsettings; i++) {
        if (i) cyn_buf_putc(out, ',');
        cyn_buf_json_string(out, v->settings[i], strlen(v->settings[i]));
        cyn_buf_putc(out, ':');
        cyn_buf_json_string(out, values[i], strlen(values[i]));
    }
    cyn_buf_putc(out, '}');
}

static void put_share(const char *name, const cyn_backtest_share *s, cyn_buf *out)
{
    cyn_json_key(out, name);
    cyn_buf_puts(out, "{\"value\":");
    cyn_buf_real(out, s->share);
    put_count("k", s->k, out);
    put_count("n", s->n, out);
    cyn_json_real(out, "low", s->low);
    cyn_json_real(out, "high", s->high);
    cyn_buf_putc(out, '}');
}

/* From the beginning of a known incident on; null: it was not found. */
static void put_delay(int64_t micros, cyn_buf *out)
{
    cyn_json_real(out, "delay_s", micros == CYN_ALERT_NEVER ? NAN : (double)micros / CYN_SECOND);
}

static void put_score(const cyn_backtest_score *s, cyn_buf *out)
{
    put_share("precision", &s->precision, out);
    put_share("recall", &s->recall, out);
    put_delay(s->delay, out);
    put_seconds("tolerance_s", s->tolerance, out);
    put_count("outside", s->outside, out);
}

static void put_figures(const cyn_backtest_result *r, cyn_buf *out)
{
    put_count("slots", r->slots, out);
    put_count("no_data", r->no_data, out);
    put_count("errors", r->errors, out);
    put_count("frozen", r->frozen, out);
    put_count("segments", r->segments, out);
    put_count("incidents", r->nincidents, out);
    put_count("pages", r->pages, out);
    cyn_json_real(out, "pages_per_week", r->pages_per_week);
    put_seconds("firing_s", r->firing, out);
    if (r->score.given) put_score(&r->score, out);
    if (r->error) cyn_json_error(out, "error", r->error);
}

static void put_rule(const cyn_backtest_words *w, const char *type, const cyn_backtest_result *r,
                     const char *const *values, const bool *own, cyn_buf *out)
{
    cyn_buf_printf(out, "{\"type\":\"%s\"", type);
    cyn_json_text(out, "rule", r->rule->name);
    cyn_json_text(out, "metric", r->rule->metric);
    cyn_json_moment(out, "from", r->from, w->opts);
    cyn_json_moment(out, "to", r->to, w->opts);
    put_settings(w->view, values, out);
    if (own) cyn_json_boolean(out, "own", *own);
    put_figures(r, out);
    cyn_buf_puts(out, "}\n");
}

static void put_incident(const cyn_backtest_words *w, const cyn_backtest_incident *it, cyn_buf *out)
{
    const cyn_backtest_result *r = w->view->result;
    bool open = it->end == CYN_ALERT_NEVER;
    cyn_buf_puts(out, "{\"type\":\"incident\"");
    cyn_json_text(out, "alert", it->identity);
    cyn_json_labels(out, "segment", it->labels, it->nlabels);
    cyn_json_moment(out, "began", it->began, w->opts);
    cyn_json_moment(out, "start", it->start, w->opts);
    cyn_json_moment(out, "end", it->end, w->opts);
    put_seconds("for_s", (open ? r->to : it->end) - it->start, out);
    cyn_json_text(out, "severity", cyn_severity_names[it->severity]);
    cyn_json_real(out, "value", it->value);
    cyn_json_text(out, "reason", cyn_alert_reason_names[it->reason]);
    cyn_json_boolean(out, "told", it->told);
    if (r->score.given) cyn_json_boolean(out, "known", it->known);
    cyn_buf_puts(out, "}\n");
}

static void put_known(const cyn_backtest_words *w, const cyn_backtest_match *m, cyn_buf *out)
{
    cyn_buf_puts(out, "{\"type\":\"known\"");
    cyn_json_text(out, "name", m->known->name);
    cyn_json_moment(out, "from", m->known->from, w->opts);
    cyn_json_moment(out, "to", m->known->to, w->opts);
    cyn_json_labels(out, "segment", m->known->labels, m->known->nlabels);
    cyn_json_boolean(out, "counted", !m->outside);
    cyn_json_boolean(out, "found", m->found);
    put_delay(m->found ? m->delay : CYN_ALERT_NEVER, out);
    cyn_buf_puts(out, "}\n");
}

void cyn_backtest_json(const cyn_backtest_words *w, cyn_buf *out)
{
    const cyn_backtest_view *v = w->view;
    for (size_t i = 0; i < v->ntrials; i++)
        put_rule(w, "trial", &v->trials[i].result, v->trials[i].values, &v->trials[i].own, out);
    if (!v->result) return;
    put_rule(w, "rule", v->result, v->values, NULL, out);
    for (size_t i = 0; i < v->result->nincidents; i++)
        put_incident(w, &v->result->incidents[i], out);
    for (size_t i = 0; i < v->result->score.nmatches; i++)
        put_known(w, &v->result->score.matches[i], out);
}
