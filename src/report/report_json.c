#include "report/json_impl.h"
#include <string.h>

static void against(cyn_buf *b, const cyn_point *p, const cyn_report_options *opts)
{
    const cyn_against *a = opts->against;
    cyn_period period;
    char label[64] = "";
    if (!a) return;
    if (cyn_against_period(a, opts->calendar, p->period, &period))
        cyn_period_label(opts->calendar, period, label, sizeof label);
    cyn_buf_printf(b, ",\"against\":{\"kind\":\"%s\"", cyn_against_names[a->kind]);
    cyn_json_text(b, "period", label);
    cyn_json_number(b, "value", p->against.value);
    cyn_buf_putc(b, '}');
}

static void point(cyn_buf *b, const cyn_point *p, const cyn_report_options *opts)
{
    const cyn_calendar *cal = opts->calendar;
    char grain[16], label[64];
    cyn_format_grain(p->period.grain, grain);
    cyn_period_label(cal, p->period, label, sizeof label);

    cyn_buf_puts(b, "{\"metric\":");
    cyn_buf_json_string(b, p->metric->name, strlen(p->metric->name));
    cyn_json_text(b, "grain", grain);
    cyn_json_text(b, "period", label);
    cyn_json_instant(b, "start", p->period, p->period.start, cal);
    cyn_json_instant(b, "end", p->period, p->period.end, cal);
    cyn_json_segment(b, "segment", p);
    cyn_json_number(b, "value", p->failed ? CYN_MISSING : p->value);
    cyn_json_number(b, "numerator", p->numerator);
    cyn_json_number(b, "denominator", p->denominator);
    cyn_json_number(b, "rows", cyn_num_integer(p->rows));
    cyn_json_boolean(b, "partial", p->partial);
    cyn_json_boolean(b, "immature", p->immature);
    cyn_json_number(b, "previous", p->previous);
    cyn_json_number(b, "last_year", p->last_year);
    against(b, p, opts);
    cyn_json_number(b, "target", cyn_point_target(p));
    cyn_json_text(b, "status", cyn_status_names[p->status]);
    cyn_json_text(b, "definition", p->metric->definition);
    if (p->failed) cyn_json_error(b, "error", p->error);
    cyn_buf_puts(b, "}\n");
}

void cyn_report_json(const cyn_point *points, size_t n, const cyn_report_options *opts,
                     cyn_buf *out)
{
    for (size_t i = 0; i < n; i++)
        point(out, &points[i], opts);
}
