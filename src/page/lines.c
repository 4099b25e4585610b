/* Lines of charts, and sparklines. */
#include "page/page_impl.h"
#include "page/series_impl.h"
#include "tree/pace.h"
#include <math.h>

#define SPARK_PERIODS 52
#define SPARK_WIDTH   1200
#define SPARK_HEIGHT  280
#define SPARK_PAD     30

static double across(const cyn_frame *f, size_t i)
{
    if (f->centred) return f->left + f->width * ((double)i + 0.5) / (double)f->n;
    return f->n > 1 ? f->left + f->width * (double)i / (double)(f->n - 1) : f->left + f->width / 2;
}

double cyn_frame_down(const cyn_frame *f, double x)
{
    return f->top + f->height * (1 - cyn_scale_at(&f->scale, x));
}

static void put_whole(cyn_html *h, double x)
{
    long long n = llround(x);
    if (n < 0) cyn_buf_putc(h->out, '-');
    cyn_buf_digits(h->out, (uint64_t)(n < 0 ? -n : n), 1);
}

static void put_position(cyn_html *h, const cyn_frame *f, size_t i, double value)
{
    put_whole(h, across(f, i));
    cyn_buf_putc(h->out, ' ');
    put_whole(h, cyn_frame_down(f, value));
}

/* Where the line is, in whole units: so steps from there add up to where it should be. */
typedef struct pen {
    double x, y;
    bool drawing, stepped;
} pen;

static void move_pen(cyn_html *h, pen *p, double x, double y)
{
    cyn_buf_putc(h->out, 'M');
    put_whole(h, x);
    cyn_buf_putc(h->out, ' ');
    put_whole(h, y);
    cyn_html_raw(h, "h0");
    *p = (pen){.x = x, .y = y, .drawing = true};
}

/* A sign parts two numbers as well as a space does. */
static void step_pen(cyn_html *h, pen *p, double x, double y)
{
    if (!p->stepped)
        cyn_buf_putc(h->out, 'l');
    else if (x >= p->x)
        cyn_buf_putc(h->out, ' ');
    put_whole(h, x - p->x);
    if (y >= p->y) cyn_buf_putc(h->out, ' ');
    put_whole(h, y - p->y);
    *p = (pen){.x = x, .y = y, .drawing = true, .stepped = true};
}

void cyn_draw_line(cyn_html *h, const cyn_drawn *d, const cyn_frame *f)
{
    pen p = {0};
    cyn_html_raw(h, "<path class=\"line\" d=\"");
    for (size_t i = 0; i < d->ended; i++) {
        double value = cyn_num_double(cyn_drawn_value(d, i));
        double x = round(across(f, i)), y = round(cyn_frame_down(f, value));
        if (isnan(value))
            p.drawing = false;
        else if (p.drawing)
            step_pen(h, &p, x, y);
        else
            move_pen(h, &p, x, y);
    }
    cyn_html_raw(h, "\"/>");
}

void cyn_draw_running(cyn_html *h, const cyn_drawn *d, const cyn_frame *f)
{
    if (d->ended == 0 || !cyn_drawn_shows_running(d, &f->scale)) return;
    double x = cyn_num_double(cyn_drawn_value(d, d->ended - 1));
    double y = cyn_num_double(cyn_drawn_value(d, d->ended));
    if (isnan(x)) return;
    cyn_html_raw(h, "<path class=\"line running\" d=\"M");
    put_position(h, f, d->ended - 1, x);
    cyn_buf_putc(h->out, 'L');
    put_position(h, f, d->ended, y);
    cyn_html_raw(h, "\"/>");
}

/* ---- the way to a target ---- */

/* Where the value should be at the end of the i-th period; NaN: before the way begins, and where
 * there is none. */
static double expected(cyn_html *h, const cyn_drawn *d, const cyn_goal_line *goal, size_t i,
                       cyn_arena *arena)
{
    cyn_pace pace = {.expected = NAN};
    if (cyn_pace_of(goal, h->site->calendar, cyn_drawn_period(d, i), NAN, NULL, 0, arena, &pace,
                    NULL) != CYN_OK)
        h->out->failed = true;
    return pace.expected;
}

void cyn_draw_way(cyn_html *h, const cyn_drawn *d, const cyn_sheet *sheet, const cyn_frame *f)
{
    cyn_goal_line goal;
    bool on_it = false;
    if (!cyn_goal_of_sheet(sheet, &goal) || !goal.has_by) return;
    if (!goal.npath && !(goal.has_from && goal.has_since)) return;
    cyn_arena *arena = cyn_arena_new(0);
    if (!arena) {
        h->out->failed = true;
        return;
    }
    cyn_html_raw(h, "<path class=\"way\" d=\"");
    for (size_t i = 0; i < d->n; i++) {
        double x = expected(h, d, &goal, i, arena), at = cyn_scale_at(&f->scale, x);
        bool shown = at >= 0 && at <= 1;
        if (shown) {
            cyn_buf_putc(h->out, on_it ? 'L' : 'M');
            put_position(h, f, i, x);
        }
        on_it = shown;
    }
    cyn_html_raw(h, "\"/>");
    cyn_arena_free(arena);
}

/* ---- sparklines ---- */

void cyn_html_sparkline(cyn_html *h, const cyn_page_metric *m)
{
    cyn_drawn d = cyn_drawn_of(m, SPARK_PERIODS);
    if (d.ended == 0 || d.lo > d.hi) return;
    const char *unit = m->metric->sheet.unit;
    cyn_frame f = {.scale = {d.lo, d.hi, 0},
                   .n = d.n,
                   .left = SPARK_PAD,
                   .width = SPARK_WIDTH - 2 * SPARK_PAD,
                   .top = SPARK_PAD,
                   .height = SPARK_HEIGHT - 2 * SPARK_PAD};
    cyn_buf_printf(h->out,
                   "<svg class=\"spark\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
                   "role=\"img\" aria-label=\"%s ",
                   SPARK_WIDTH, SPARK_HEIGHT, cyn_html_words(h, "Trend:", "推移："));
    cyn_format_value(cyn_drawn_value(&d, d.at_lo), unit, h->site->language, &h->text);
    cyn_buf_puts(&h->text, cyn_html_words(h, " to ", "〜"));
    cyn_format_value(cyn_drawn_value(&d, d.at_hi), unit, h->site->language, &h->text);
    cyn_html_take(h);
    cyn_html_raw(h, "\">");
    cyn_draw_line(h, &d, &f);
    cyn_draw_running(h, &d, &f);
    double last = cyn_num_double(cyn_drawn_value(&d, d.ended - 1));
    if (!isnan(last)) {
        cyn_html_raw(h, "<path class=\"dot\" d=\"M");
        put_position(h, &f, d.ended - 1, last);
        cyn_html_raw(h, "h0\"/>");
    }
    cyn_html_raw(h, "</svg>");
}
