#include "report/words.h"
#include "serve/prometheus_impl.h"
#include <math.h>
#include <string.h>

/* ---- labels ---- */

/* What one line is made with; the next one uses the memory again. */
typedef struct making {
    cyn_buf name, value;
} making;

static void clear(making *m)
{
    cyn_buf_clear(&m->name);
    cyn_buf_clear(&m->value);
}

static void put_label(const char *name, const char *value, cyn_buf *out)
{
    if (out->len && out->data[out->len - 1] != '{') cyn_buf_putc(out, ',');
    cyn_buf_printf(out, "%s=", name);
    cyn_prometheus_quote(value, strlen(value), out);
}

/* `,channel=` */
static void put_dimension(const char *dimension, making *m, cyn_buf *out)
{
    cyn_buf_reset(&m->name);
    cyn_prometheus_label_name(dimension, &m->name);
    if (!m->name.failed) cyn_buf_printf(out, ",%s=", m->name.data);
    out->failed |= m->name.failed;
}

/* A text that is not NUL-terminated, or no text at all. */
static void put_key(const cyn_const *k, making *m, cyn_buf *out)
{
    cyn_buf_reset(&m->value);
    cyn_put_key(k, &m->value);
    if (m->value.len)
        cyn_prometheus_quote(m->value.data, m->value.len, out);
    else
        cyn_buf_printf(out, "\"%s\"",
                       cyn_prometheus_segment_value(k->kind == CYN_CONST_NIL ? NULL : ""));
    out->failed |= m->value.failed;
}

/* `{metric="aha_rate",grain="week",channel="ads"`, without its end. */
static void put_point_labels(const cyn_point *p, making *m, cyn_buf *out)
{
    char grain[16];
    cyn_format_grain(p->period.grain, grain);
    cyn_buf_putc(out, '{');
    put_label("metric", p->metric->name, out);
    put_label("grain", grain, out);
    for (size_t i = 0; i < p->nkeys; i++) {
        put_dimension(p->dims[i], m, out);
        put_key(&p->keys[i], m, out);
    }
}

/* ---- families ---- */

typedef double (*reading)(const cyn_point *p);

static double value_of(const cyn_point *p)
{
    return cyn_num_double(p->value);
}

static double numerator_of(const cyn_point *p)
{
    return cyn_num_double(p->numerator);
}

static double denominator_of(const cyn_point *p)
{
    return cyn_num_double(p->denominator);
}

static double target_of(const cyn_point *p)
{
    return cyn_num_double(cyn_point_target(p));
}

static double market_of(const cyn_point *p)
{
    return cyn_num_double(cyn_point_market(p));
}

static double start_of(const cyn_point *p)
{
    return p->period.start == CYN_TIME_MIN ? NAN : (double)p->period.start / CYN_SECOND;
}

static double end_of(const cyn_point *p)
{
    return p->period.end == CYN_TIME_MAX ? NAN : (double)p->period.end / CYN_SECOND;
}

static double failed_of(const cyn_point *p)
{
    return p->failed;
}

typedef struct family {
    const char *name, *help;
    reading read; /* NAN: there is none, and no line */
    enum { ENDED, WHOLE, RUNNING } of;
} family;

static const family families[] = {
    {CYN_PROMETHEUS_VALUE, "Value of the last period that has ended.", value_of, ENDED},
    {"cynosure_metric_running_value", "Value so far of the period that has not ended.", value_of,
     RUNNING},
    {"cynosure_metric_numerator", "Numerator of the value, where it is a ratio.", numerator_of,
     ENDED},
    {"cynosure_metric_denominator", "Denominator of the value, where it is a ratio.",
     denominator_of, ENDED},
    {"cynosure_metric_target", "Target of the definition sheet.", target_of, WHOLE},
    {"cynosure_metric_market", "The market's figure of the definition sheet.", market_of, WHOLE},
    {"cynosure_metric_period_start_timestamp_seconds", "When the period of the value began.",
     start_of, WHOLE},
    {"cynosure_metric_period_end_timestamp_seconds", "When the period of the value ended.", end_of,
     WHOLE},
    {"cynosure_metric_failed", "Whether the metric has no value because of an error.", failed_of,
     WHOLE},
};

static void put_head(const char *name, const char *help, cyn_buf *out)
{
    cyn_buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

static void put_line(const family *f, const cyn_point *p, making *m, cyn_buf *out)
{
    double x = p ? f->read(p) : NAN;
    if (isnan(x)) return;
    cyn_buf_puts(out, f->name);
    put_point_labels(p, m, out);
    cyn_buf_puts(out, "} ");
    cyn_buf_real(out, x);
    cyn_buf_putc(out, '\n');
}

static void put_family(const cyn_overview *v, const family *f, making *with, cyn_buf *out)
{
    put_head(f->name, f->help, out);
    for (size_t i = 0; i < v->data.nmetrics; i++) {
        const cyn_page_metric *m = &v->data.metrics[i];
        put_line(f, f->of == RUNNING ? m->running : m->ended, with, out);
        for (size_t k = 0; f->of == ENDED && k < m->nsegments; k++)
            put_line(f, &m->segments[k], with, out);
    }
}

/* One line of each colour, 1 for the one that it has: as OpenMetrics writes a state. */
static void put_statuses(const cyn_overview *v, making *m, cyn_buf *out)
{
    static const char name[] = "cynosure_metric_status";
    put_head(name, "Status against the thresholds of the definition sheet.", out);
    for (size_t i = 0; i < v->data.nmetrics; i++) {
        const cyn_point *p = v->data.metrics[i].ended;
        if (!p || p->status == CYN_STATUS_NONE) continue;
        for (cyn_status s = CYN_GREEN; s <= CYN_RED; s++) {
            cyn_buf_puts(out, name);
            put_point_labels(p, m, out);
            put_label("status", cyn_status_names[s], out);
            cyn_buf_printf(out, "} %d\n", p->status == s);
        }
    }
}

static void put_if(const char *name, const char *value, cyn_buf *out)
{
    if (value && *value) put_label(name, value, out);
}

static void put_info(const cyn_overview *v, cyn_buf *out)
{
    static const char name[] = "cynosure_metric_info";
    const char *language = v->opened->project->config->language;
    put_head(name, "What the definition sheet says of the metric.", out);
    for (size_t i = 0; i < v->data.nmetrics; i++) {
        const cyn_metric *m = v->data.metrics[i].metric;
        const cyn_sheet *s = &m->sheet;
        cyn_buf_printf(out, "%s{", name);
        put_label("metric", m->name, out);
        put_if("title", cyn_label_text(s->title, language, NULL), out);
        put_if("unit", s->unit, out);
        put_if("role", cyn_role_names[s->role], out);
        put_if("layer", cyn_layer_names[s->layer], out);
        put_if("lens", cyn_lens_names[s->lens], out);
        put_if("direction", cyn_direction_names[s->direction], out);
        put_if("owner", s->owner, out);
        put_label("definition", m->definition, out);
        cyn_buf_puts(out, "} 1\n");
    }
}

void cyn_prometheus_put_values(const cyn_overview *v, cyn_buf *out)
{
    making m = {0};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        put_family(v, &families[i], &m, out);
    put_statuses(v, &m, out);
    put_info(v, out);
    put_head("cynosure_overview_timestamp_seconds", "When these values were computed.", out);
    cyn_buf_puts(out, "cynosure_overview_timestamp_seconds ");
    cyn_buf_real(out, (double)v->made / CYN_SECOND);
    cyn_buf_putc(out, '\n');
    clear(&m);
}

/* ---- alerts ---- */

static void put_alert_labels(const cyn_alert_row *a, making *m, cyn_buf *out)
{
    put_label("alertname", a->rule, out);
    if (a->alert.severity > 0) put_label("severity", cyn_severity_names[a->alert.severity], out);
    for (size_t i = 0; i < a->nlabels; i++) {
        const char *value = cyn_prometheus_segment_value(a->labels[i].value);
        put_dimension(a->labels[i].name, m, out);
        cyn_prometheus_quote(value, strlen(value), out);
    }
}

static bool is_shown(const cyn_alert_row *a)
{
    return a->alert.state == CYN_ALERT_PENDING || cyn_alert_is_firing(&a->alert);
}

cyn_code cyn_prometheus_put_alerts(const cyn_alert_row *alerts, size_t n, cyn_buf *out,
                                   cyn_err *err)
{
    making m = {0};
    put_head("ALERTS", "Alerts that are pending or fire, as Prometheus shows its own.", out);
    for (size_t i = 0; i < n; i++) {
        if (!is_shown(&alerts[i])) continue;
        cyn_buf_puts(out, "ALERTS{");
        put_alert_labels(&alerts[i], &m, out);
        put_label("alertstate", cyn_alert_is_firing(&alerts[i].alert) ? "firing" : "pending", out);
        cyn_buf_puts(out, "} 1\n");
    }
    put_head("ALERTS_FOR_STATE", "Since when the condition of the alert holds.", out);
    for (size_t i = 0; i < n; i++) {
        if (!is_shown(&alerts[i]) || alerts[i].alert.began == CYN_ALERT_NEVER) continue;
        cyn_buf_puts(out, "ALERTS_FOR_STATE{");
        put_alert_labels(&alerts[i], &m, out);
        cyn_buf_puts(out, "} ");
        cyn_buf_real(out, (double)alerts[i].alert.began / CYN_SECOND);
        cyn_buf_putc(out, '\n');
    }
    clear(&m);
    return cyn_buf_check(out, err);
}
