/* Charts as SVG inside of a page.
 *
 * A chart is as wide as its place, and its text as large as all text: what stands side by side is
 * placed in per cent, and only lines are in a drawing of its own that is stretched. So it needs no
 * script, and nothing is tiny on a phone. */
#include "page/page_impl.h"
#include "page/series_impl.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOP    18 /* of the plot */
#define PLOT   190
#define BOTTOM 30   /* below it */
#define WIDE   1000 /* of the stretched drawing */
#define STEPS  4
#define LABELS 5  /* of the time axis, at most */
#define BRIEF  53 /* periods where there are many charts: a year of weeks, and one */

/* ---- charts ---- */

typedef struct chart {
    cyn_drawn d;
    cyn_frame f;
    const cyn_sheet *sheet;
    bool judged; /* target and thresholds are about these periods */
    int id;
} chart;

/* Beyond what the values take, up to this much of their height, the target and the thresholds are
 * in the picture; farther away they would press the line flat. */
#define REACH 3.0

static void widen(double x, double lo, double hi, double *to_lo, double *to_hi)
{
    double far = (hi > lo ? hi - lo : fabs(hi)) * REACH;
    if (!isfinite(x) || x < lo - far || x > hi + far) return;
    if (x < *to_lo) *to_lo = x;
    if (x > *to_hi) *to_hi = x;
}

static cyn_scale scale_of(const chart *c)
{
    double lo = c->d.lo, hi = c->d.hi;
    if (c->judged) {
        const cyn_sheet *s = c->sheet;
        if (s->has_target) widen(s->target, c->d.lo, c->d.hi, &lo, &hi);
        if (s->green.set) widen(s->green.lo, c->d.lo, c->d.hi, &lo, &hi);
        if (s->green.set && s->green.two) widen(s->green.hi, c->d.lo, c->d.hi, &lo, &hi);
        if (s->yellow.set) widen(s->yellow.lo, c->d.lo, c->d.hi, &lo, &hi);
        if (s->yellow.set && s->yellow.two) widen(s->yellow.hi, c->d.lo, c->d.hi, &lo, &hi);
    }
    if (lo > 0 && lo <= hi / 2) lo = 0; /* near enough to zero that it belongs to the picture */
    return cyn_scale_of(lo, hi, STEPS);
}

static void put_percent(cyn_html *h, const char *name, double share)
{
    cyn_buf_printf(h->out, " %s=\"", name);
    cyn_buf_real(h->out, round(share * 10000) / 100);
    cyn_html_raw(h, "%\"");
}

static void put_units(cyn_html *h, const char *name, double x)
{
    cyn_buf_printf(h->out, " %s=\"", name);
    cyn_buf_real(h->out, round(x * 10) / 10);
    cyn_html_raw(h, "\"");
}

/* Where the i-th period's middle is, of the whole width. */
static double middle(const chart *c, size_t i)
{
    return ((double)i + 0.5) / (double)c->d.n;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Each stretch between two thresholds has the colour of what is in its middle: whatever direction,
 * bounds and their number mean is known in one place. */
static void put_bands(cyn_html *h, const chart *c)
{
    const cyn_sheet *s = c->sheet;
    const cyn_scale *scale = &c->f.scale;
    double cuts[6] = {scale->lo, scale->hi};
    size_t n = 2;
    if (!c->judged || !s->green.set) return;
    const double bounds[] = {s->green.lo, s->green.two ? s->green.hi : NAN,
                             s->yellow.set ? s->yellow.lo : NAN,
                             s->yellow.set && s->yellow.two ? s->yellow.hi : NAN};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        if (bounds[i] > scale->lo && bounds[i] < scale->hi) cuts[n++] = bounds[i];
    qsort(cuts, n, sizeof *cuts, by_size);
    for (size_t i = 0; i + 1 < n; i++) {
        cyn_status status = cyn_sheet_status(s, cuts[i] / 2 + cuts[i + 1] / 2);
        if (status == CYN_STATUS_NONE || cuts[i] == cuts[i + 1]) continue;
        double y0 = cyn_frame_down(&c->f, cuts[i + 1]), y1 = cyn_frame_down(&c->f, cuts[i]);
        cyn_buf_printf(h->out, "<rect class=\"band %s\" x=\"0\" width=\"100%%\"",
                       cyn_status_names[status]);
        put_units(h, "y", y0);
        put_units(h, "height", y1 - y0);
        cyn_html_raw(h, "/>\n");
    }
}

/* From edge to edge of the stretched drawing. */
static void put_level(cyn_html *h, const cyn_frame *f, double x)
{
    cyn_html_raw(h, "M0 ");
    cyn_buf_real(h->out, round(cyn_frame_down(f, x) * 10) / 10);
    cyn_buf_printf(h->out, "h%d", WIDE);
}

static void put_grid(cyn_html *h, const chart *c, const cyn_frame *f)
{
    double x = 0;
    cyn_html_raw(h, "<path class=\"grid\" d=\"");
    for (int k = 0; cyn_scale_tick(&c->f.scale, k, &x); k++)
        put_level(h, f, x);
    cyn_html_raw(h, "\"/>");
}

static void put_target(cyn_html *h, const chart *c, const cyn_frame *f)
{
    cyn_html_raw(h, "<path class=\"target\" d=\"");
    put_level(h, f, c->sheet->target);
    cyn_html_raw(h, "\"/>");
}

/* Over the line, so that they can be read where it passes. */
/* All with as many digits as the step needs: 3.0, 3.5, 4.0. */
static cyn_num tick_num(const chart *c, double x)
{
    const char *unit = c->sheet->unit;
    double step = c->f.scale.step, whole = x;
    int digits = 0;
    while (digits < 6 && step > 0 && fabs(step - round(step)) > 1e-9 * step) {
        step *= 10;
        whole *= 10;
        digits++;
    }
    if (!digits || fabs(whole) > 1e15 || (unit && cyn_unit_shown(unit)))
        return cyn_series_num(x, unit);
    return cyn_num_decimal(llround(whole), digits);
}

static void put_values_axis(cyn_html *h, const chart *c)
{
    double x = 0;
    for (int k = 0; cyn_scale_tick(&c->f.scale, k, &x); k++) {
        double y = cyn_frame_down(&c->f, x);
        cyn_html_raw(h, "<text class=\"tick\" x=\"0\"");
        put_units(h, "y", y - 4);
        cyn_html_raw(h, ">");
        cyn_format_value(tick_num(c, x), c->sheet->unit, h->site->language, &h->text);
        cyn_html_take(h);
        cyn_html_raw(h, "</text>\n");
    }
}

/* Every other label gives way where it is narrow. */
static void put_time_axis(cyn_html *h, const chart *c)
{
    size_t n = c->d.n, labels = n < LABELS ? n : LABELS;
    for (size_t k = 0; k < labels; k++) {
        size_t i = labels > 1 ? k * (n - 1) / (labels - 1) : 0;
        const char *anchor = n <= LABELS      ? "middle"
                             : k == 0         ? "start"
                             : k + 1 < labels ? "middle"
                                              : "end";
        double x = n <= LABELS ? middle(c, i) : k == 0 ? 0 : k + 1 < labels ? middle(c, i) : 1;
        cyn_buf_printf(h->out, "<text class=\"tick%s\" text-anchor=\"%s\" y=\"%d\"",
                       k % 2 ? " spare" : "", anchor, TOP + PLOT + 22);
        put_percent(h, "x", x);
        cyn_html_raw(h, ">");
        cyn_html_period(h, cyn_drawn_period(&c->d, i));
        cyn_html_raw(h, "</text>\n");
    }
}

static bool has_target(const chart *c)
{
    if (!c->judged || !c->sheet->has_target) return false;
    double at = cyn_scale_at(&c->f.scale, c->sheet->target);
    return at >= 0 && at <= 1;
}

/* Above its line; below it where the numbers of events would be in the way. */
static void put_target_label(cyn_html *h, const chart *c)
{
    if (!has_target(c)) return;
    double y = cyn_frame_down(&c->f, c->sheet->target);
    cyn_html_raw(h, "<text class=\"target\" text-anchor=\"end\" x=\"100%\"");
    put_units(h, "y", y < TOP + 14 ? y + 14 : y - 4);
    cyn_html_raw(h, ">");
    cyn_html_say(h, "target ", "目標 ");
    cyn_format_value(cyn_written_num(c->sheet->target), c->sheet->unit, h->site->language,
                     &h->text);
    cyn_html_take(h);
    cyn_html_raw(h, "</text>\n");
}

static void put_dot(cyn_html *h, const chart *c, const char *class, size_t i)
{
    double x = cyn_num_double(cyn_drawn_value(&c->d, i));
    if (isnan(x)) return;
    cyn_buf_printf(h->out, "<circle class=\"%s\" r=\"4\"", class);
    put_percent(h, "cx", middle(c, i));
    put_units(h, "cy", cyn_frame_down(&c->f, x));
    cyn_html_raw(h, "/>\n");
}

static void put_series(cyn_html *h, const chart *c)
{
    cyn_frame f = c->f;
    f.width = WIDE;
    f.top = 0;
    cyn_buf_printf(h->out,
                   "<svg x=\"0\" y=\"%d\" width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\" "
                   "preserveAspectRatio=\"none\" overflow=\"visible\">",
                   TOP, PLOT, WIDE, PLOT);
    put_grid(h, c, &f);
    if (has_target(c)) put_target(h, c, &f);
    if (c->judged) cyn_draw_way(h, &c->d, c->sheet, &f);
    cyn_draw_line(h, &c->d, &f);
    cyn_draw_running(h, &c->d, &f);
    cyn_html_raw(h, "</svg>\n");
    if (c->d.ended) put_dot(h, c, "last", c->d.ended - 1);
    if (cyn_drawn_shows_running(&c->d, &c->f.scale)) put_dot(h, c, "open", c->d.ended);
}

/* ---- events ---- */

/* Where an instant is, of the whole width; negative: not in the picture. */
static double moment(const chart *c, int64_t at)
{
    for (size_t i = 0; i < c->d.n; i++) {
        cyn_period p = cyn_drawn_period(&c->d, i);
        if (at < p.start || at >= p.end) continue;
        if (p.grain.unit == CYN_ALL) return middle(c, i);
        double within = ((double)at - (double)p.start) / ((double)p.end - (double)p.start);
        return ((double)i + within) / (double)c->d.n;
    }
    return -1;
}

static bool is_drawn(const chart *c, const cyn_page_event *e)
{
    return moment(c, e->at) >= 0;
}

/* A firing is a mark below the plot; what somebody should read has a line and a number. */
static void put_event(cyn_html *h, const chart *c, const cyn_page_event *e, int number)
{
    double x = moment(c, e->at);
    if (e->kind == CYN_PAGE_FIRED) {
        cyn_buf_printf(h->out, "<text class=\"fired\" text-anchor=\"middle\" y=\"%d\"",
                       TOP + PLOT + 9);
        put_percent(h, "x", x);
        cyn_html_raw(h, ">▲</text>\n");
        return;
    }
    cyn_buf_printf(h->out, "<line class=\"%s\" y1=\"%d\" y2=\"%d\"",
                   e->kind == CYN_PAGE_SEAM ? "seam" : "note", TOP - 2, TOP + PLOT);
    put_percent(h, "x1", x);
    put_percent(h, "x2", x);
    cyn_buf_printf(h->out, "/>\n<text class=\"mark\" text-anchor=\"middle\" y=\"%d\"", TOP - 6);
    put_percent(h, "x", x);
    cyn_buf_printf(h->out, ">%d</text>\n", number);
}

static void put_events(cyn_html *h, const chart *c)
{
    int number = 0;
    for (size_t i = 0; i < c->d.of->nevents; i++) {
        const cyn_page_event *e = &c->d.of->events[i];
        if (!is_drawn(c, e)) continue;
        if (e->kind != CYN_PAGE_FIRED) number++;
        put_event(h, c, e, number);
    }
}

static void put_event_item(cyn_html *h, const cyn_page_event *e, int number)
{
    const char *text = h->ja && e->ja ? e->ja : e->text;
    static const char *const en[] = {"definition changed", "note", "alert fired"};
    static const char *const ja[] = {"定義の変更", "注記", "アラート発火"};
    cyn_html_raw(h, "<li><span class=\"mark\" aria-hidden=\"true\">");
    if (e->kind == CYN_PAGE_FIRED)
        cyn_html_raw(h, "▲");
    else
        cyn_html_number(h, number);
    cyn_html_raw(h, "</span> ");
    cyn_html_moment(h, e->at);
    cyn_buf_printf(h->out, " <span class=\"kind\">%s</span> ",
                   cyn_html_words(h, en[e->kind], ja[e->kind]));
    cyn_html_text(h, text);
    cyn_html_raw(h, "</li>\n");
}

static void put_event_list(cyn_html *h, const chart *c)
{
    int number = 0;
    bool any = false;
    for (size_t i = 0; i < c->d.of->nevents; i++) {
        const cyn_page_event *e = &c->d.of->events[i];
        if (!is_drawn(c, e)) continue;
        if (!any)
            cyn_buf_printf(h->out, "<ul class=\"events\" aria-label=\"%s\">\n",
                           cyn_html_words(h, "Events in the chart", "グラフ中の出来事"));
        any = true;
        if (e->kind != CYN_PAGE_FIRED) number++;
        put_event_item(h, e, number);
    }
    if (any) cyn_html_raw(h, "</ul>\n");
}

/* ---- for those who cannot see it ---- */

static void compose_extreme(cyn_html *h, const chart *c, const char *en, const char *ja, size_t i)
{
    char label[64];
    cyn_period_label(h->site->calendar, cyn_drawn_period(&c->d, i), label, sizeof label);
    cyn_buf_printf(&h->text, "%s%s ", cyn_html_words(h, en, ja), label);
    cyn_format_value(cyn_drawn_value(&c->d, i), c->sheet->unit, h->site->language, &h->text);
}

static void put_description(cyn_html *h, const chart *c)
{
    cyn_buf_printf(h->out, "<title id=\"c%dt\">", c->id);
    cyn_html_text(h, cyn_html_title(h, c->d.of->metric));
    cyn_buf_printf(h->out, "</title>\n<desc id=\"c%dd\">", c->id);
    compose_extreme(h, c, "From ", "最初 ", 0);
    compose_extreme(h, c, " to ", "、最後 ", c->d.n - 1);
    compose_extreme(h, c, "; lowest in ", "、最小 ", c->d.at_lo);
    compose_extreme(h, c, ", highest in ", "、最大 ", c->d.at_hi);
    cyn_html_take(h);
    cyn_html_raw(h, "</desc>\n");
}

static void put_row(cyn_html *h, const chart *c, size_t i)
{
    cyn_html_raw(h, "<tr><th scope=\"row\">");
    cyn_html_period(h, cyn_drawn_period(&c->d, i));
    if (i == c->d.ended) cyn_html_say(h, " so far", " 途中");
    cyn_html_raw(h, "</th><td class=\"number\">");
    cyn_html_value(h, cyn_drawn_value(&c->d, i), c->sheet->unit);
    cyn_html_raw(h, "</td><td class=\"number\">");
    /* What has passed of a period cannot be held against a whole one. */
    cyn_num before = i && i < c->d.ended ? cyn_drawn_value(&c->d, i - 1) : CYN_MISSING;
    if (i == c->d.ended) before = c->d.of->running->previous;
    cyn_html_change(h, c->d.of->metric, before, cyn_drawn_value(&c->d, i));
    cyn_html_raw(h, "</td></tr>\n");
}

static void put_numbers(cyn_html *h, const chart *c)
{
    const char *title = cyn_html_words(h, "The chart's numbers", "グラフの数値");
    cyn_buf_printf(h->out,
                   "<details class=\"numbers\"><summary>%s</summary>\n<div class=\"scroll\" "
                   "tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table class=\"plain\" "
                   "aria-label=\"%s\"><thead><tr>",
                   title, title, title);
    cyn_html_column(h, NULL, "Period", "期間");
    cyn_html_column(h, "number", "Value", "値");
    cyn_html_column(h, "number", "Change", "変化");
    cyn_html_raw(h, "</tr></thead><tbody>\n");
    for (size_t i = c->d.n; i-- > 0;)
        put_row(h, c, i);
    cyn_html_raw(h, "</tbody></table></div></details>\n");
}

/* The same in a tenth of the room: lines, which can be read, and copied into a spreadsheet. */
static void put_figures(cyn_html *h, const chart *c)
{
    cyn_html_raw(h, "<details class=\"numbers\"><summary>");
    cyn_html_say(h, "The chart's numbers", "グラフの数値");
    cyn_html_raw(h, "</summary>\n<pre class=\"figures\">\n"); /* its first line end is none */
    for (size_t i = c->d.n; i-- > 0;) {
        cyn_html_period(h, cyn_drawn_period(&c->d, i));
        if (i == c->d.ended) cyn_html_say(h, " so far", " 途中");
        cyn_html_raw(h, "\t");
        cyn_format_value(cyn_drawn_value(&c->d, i), c->sheet->unit, h->site->language, &h->text);
        cyn_html_take(h);
        cyn_html_raw(h, "\n");
    }
    cyn_html_raw(h, "</pre></details>\n");
}

static void put_drawing(cyn_html *h, const chart *c)
{
    cyn_buf_printf(h->out,
                   "<svg class=\"plot\" width=\"100%%\" height=\"%d\" role=\"img\" "
                   "aria-labelledby=\"c%dt c%dd\">\n",
                   TOP + PLOT + BOTTOM, c->id, c->id);
    put_description(h, c);
    put_bands(h, c);
    put_events(h, c);
    put_series(h, c);
    put_values_axis(h, c);
    put_time_axis(h, c);
    put_target_label(h, c);
    cyn_html_raw(h, "</svg>\n");
}

void cyn_html_chart(cyn_html *h, const cyn_page_metric *m)
{
    chart c = {
        .d = cyn_drawn_of(m, h->brief ? BRIEF : 0), .sheet = &m->metric->sheet, .id = ++h->ids};
    cyn_html_raw(h, "<figure class=\"chart\">\n");
    if (c.d.lo > c.d.hi && m->ended && m->ended->failed) {
        cyn_html_element(h, "p", "none",
                         cyn_html_words(h, "There is no chart: the last evaluation failed.",
                                        "最後の評価が失敗したため、グラフはありません。"));
    } else if (c.d.lo > c.d.hi) {
        cyn_html_element(h, "p", "none",
                         cyn_html_words(h, "There are no values yet.", "値はまだありません。"));
    } else {
        c.judged = cyn_sheet_is_about(c.sheet, cyn_drawn_period(&c.d, 0).grain);
        c.f = (cyn_frame){.n = c.d.n, .top = TOP, .height = PLOT, .centred = true};
        c.f.scale = scale_of(&c);
        put_drawing(h, &c);
        put_event_list(h, &c);
        if (h->brief)
            put_figures(h, &c);
        else
            put_numbers(h, &c);
    }
    cyn_html_raw(h, "</figure>\n");
}
