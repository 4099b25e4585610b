#include "serve/prometheus_impl.h"
#include <string.h>

/* {"__name__":"revenue","channel":"ads"} */
void cyn_prometheus_json_labels(cyn_prom_labels l, cyn_buf *out)
{
    cyn_buf_putc(out, '{');
    for (size_t i = 0; i < l.n; i++) {
        if (i) cyn_buf_putc(out, ',');
        cyn_buf_json_string(out, l.at[i].name, strlen(l.at[i].name));
        cyn_buf_putc(out, ':');
        cyn_buf_json_string(out, l.at[i].value, strlen(l.at[i].value));
    }
    cyn_buf_putc(out, '}');
}

/* Seconds, with as many digits as milliseconds need. */
static void put_time(int64_t ms, cyn_buf *out)
{
    uint64_t size = ms < 0 ? (uint64_t)-ms : (uint64_t)ms;
    if (ms < 0) cyn_buf_putc(out, '-');
    cyn_buf_digits(out, size / 1000, 1);
    if (size % 1000 == 0) return;
    cyn_buf_putc(out, '.');
    cyn_buf_digits(out, size % 1000, 3);
}

static void put_point(const cyn_promql_point *p, cyn_buf *out)
{
    cyn_buf_putc(out, '[');
    put_time(p->at, out);
    cyn_buf_puts(out, ",\"");
    cyn_promql_put_number(p->value, out);
    cyn_buf_puts(out, "\"]");
}

static void put_row(const cyn_promql_row *row, bool matrix, cyn_buf *out)
{
    cyn_buf_puts(out, "{\"metric\":");
    cyn_prometheus_json_labels(row->labels, out);
    cyn_buf_puts(out, matrix ? ",\"values\":[" : ",\"value\":");
    for (size_t i = 0; i < row->n && (matrix || i == 0); i++) {
        if (i) cyn_buf_putc(out, ',');
        put_point(&row->points[i], out);
    }
    cyn_buf_puts(out, matrix ? "]}" : "}");
}

void cyn_prometheus_json_result(const cyn_promql_result *r, int64_t at, cyn_buf *out)
{
    cyn_buf_printf(out, "{\"resultType\":\"%s\",\"result\":", cyn_promql_type_names[r->type]);
    if (r->type == CYN_PROMQL_STRING) {
        cyn_buf_putc(out, '[');
        put_time(at, out);
        cyn_buf_putc(out, ',');
        cyn_buf_json_string(out, r->text, strlen(r->text));
        cyn_buf_putc(out, ']');
    } else if (r->type == CYN_PROMQL_SCALAR) {
        put_point(&r->rows[0].points[0], out);
    } else {
        cyn_buf_putc(out, '[');
        for (size_t i = 0; i < r->n; i++) {
            if (i) cyn_buf_putc(out, ',');
            put_row(&r->rows[i], r->type == CYN_PROMQL_MATRIX, out);
        }
        cyn_buf_putc(out, ']');
    }
    cyn_buf_putc(out, '}');
}
