/* How a metric stands: its value with all that it is held against. */
#include "page/page_impl.h"

cyn_point cyn_html_ended(const cyn_page_metric *m)
{
    return m->ended ? *m->ended : (cyn_point){.metric = m->metric};
}

static void put_failure(cyn_html *h, const cyn_point *p)
{
    cyn_html_raw(h, "<span class=\"failed\">");
    cyn_html_say(h, "error", "エラー");
    cyn_html_raw(h, "</span>");
    if (!p->error) return;
    cyn_html_raw(h, " <small class=\"reason\">");
    cyn_html_place(h, p->error);
    cyn_html_text(h, p->error->message);
    cyn_html_raw(h, "</small>");
}

void cyn_html_point(cyn_html *h, const cyn_point *p)
{
    if (p->failed) {
        put_failure(h, p);
        return;
    }
    cyn_html_value(h, p->value, p->metric->sheet.unit);
    if (p->immature && !cyn_num_is_missing(p->value))
        cyn_buf_printf(h->out, " <small class=\"young\">%s</small>",
                       cyn_html_words(h, "maturing", "観測中"));
}

void cyn_html_running(cyn_html *h, const cyn_page_metric *m)
{
    if (!m->running || m->running->failed || cyn_num_is_missing(m->running->value)) return;
    cyn_html_raw(h, "<span class=\"running\">");
    cyn_html_period(h, m->running->period);
    cyn_html_say(h, " so far: ", " 途中：");
    cyn_html_value(h, m->running->value, m->metric->sheet.unit);
    cyn_html_raw(h, "</span>");
}

/* A figure that somebody wrote, with the digits that it was written with. */
static void put_written(cyn_html *h, cyn_num n, const char *unit)
{
    cyn_html_value(h, n.kind == CYN_NUM_REAL ? cyn_written_num(n.r) : n, unit);
}

void cyn_html_target(cyn_html *h, const cyn_point *p)
{
    put_written(h, cyn_point_target(p), p->metric->sheet.unit);
}

static void open_fact(cyn_html *h, const char *en, const char *ja)
{
    cyn_buf_printf(h->out, "<div><dt>%s</dt><dd>", cyn_html_words(h, en, ja));
}

static void close_fact(cyn_html *h)
{
    cyn_html_raw(h, "</dd></div>");
}

static void put_facts(cyn_html *h, const cyn_point *p)
{
    cyn_html_raw(h, "<dl class=\"facts\">");
    open_fact(h, "vs previous", "前期比");
    cyn_html_change(h, p->metric, p->previous, p->value);
    close_fact(h);
    open_fact(h, "vs last year", "前年比");
    cyn_html_change(h, p->metric, p->last_year, p->value);
    close_fact(h);
    if (!cyn_num_is_missing(cyn_point_target(p))) {
        open_fact(h, "target", "目標");
        cyn_html_target(h, p);
        close_fact(h);
    }
    if (!cyn_num_is_missing(cyn_point_market(p))) {
        open_fact(h, "market", "市場");
        put_written(h, cyn_point_market(p), p->metric->sheet.unit);
        close_fact(h);
    }
    cyn_html_raw(h, "</dl>\n");
}

void cyn_html_standing(cyn_html *h, const cyn_page_metric *m)
{
    const cyn_point ended = cyn_html_ended(m), *p = &ended;
    cyn_html_raw(h, "<p class=\"big\">");
    cyn_html_point(h, p);
    cyn_html_raw(h, "</p>\n<p class=\"sub\">");
    cyn_html_status(h, p->status);
    cyn_html_raw(h, " <span class=\"period\">");
    if (m->ended) cyn_html_period(h, p->period);
    cyn_html_raw(h, "</span> ");
    cyn_html_running(h, m);
    cyn_html_raw(h, "</p>\n");
    put_facts(h, p);
}
