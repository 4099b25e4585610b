/* What is drawn of a metric: its ended periods and, last, the one that runs; and how values become
 * heights. Private to src/page. */
#pragma once
#include "page/page_impl.h"

typedef struct cyn_drawn {
    const cyn_page_metric *of;
    size_t first;  /* of the metric's periods */
    size_t ended;  /* so many from there on have ended */
    size_t n;      /* ended, and one that runs */
    double lo, hi; /* of the ended ones; lo > hi: there is no value */
    size_t at_lo, at_hi;
} cyn_drawn;

/* The newest `most` ended periods, 0: all. */
cyn_drawn cyn_drawn_of(const cyn_page_metric *m, size_t most);
cyn_period cyn_drawn_period(const cyn_drawn *d, size_t i);
cyn_num cyn_drawn_value(const cyn_drawn *d, size_t i);

/* A stretch of values with round ends, cut into few round steps. */
typedef struct cyn_scale {
    double lo, hi;
    double step; /* 0: there is no round one (numbers near the end of what a double holds) */
} cyn_scale;
cyn_scale cyn_scale_of(double lo, double hi, int steps);
/* 0 at lo … 1 at hi; beyond them, too. */
double cyn_scale_at(const cyn_scale *s, double x);
/* Whether the running period's value is in the picture. What has passed of a period is often but a
 * part of what it will be; so it never decides the scale. */
bool cyn_drawn_shows_running(const cyn_drawn *d, const cyn_scale *s);
/* The k-th tick; false: there are no more. */
bool cyn_scale_tick(const cyn_scale *s, int k, double *out);

/* ---- lines.c ---- */

/* Where points stand in a drawing of whole units. */
typedef struct cyn_frame {
    cyn_scale scale;
    size_t n;
    double left, width, top, height;
    bool centred; /* each in the middle of its share of the width; else from edge to edge */
} cyn_frame;
/* How far from the top a value is. */
double cyn_frame_down(const cyn_frame *f, double value);

/* The ended periods, with gaps where a value is missing. A value between two gaps is a line of no
 * length, which round caps make a dot. */
void cyn_draw_line(cyn_html *h, const cyn_drawn *d, const cyn_frame *f);
/* From the last value to the one that is not complete yet. */
void cyn_draw_running(cyn_html *h, const cyn_drawn *d, const cyn_frame *f);
/* From where the target's way begins, over its points, to its day; nothing where it has none. */
void cyn_draw_way(cyn_html *h, const cyn_drawn *d, const cyn_sheet *sheet, const cyn_frame *f);
